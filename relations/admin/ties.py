"""Ties between cities, and the events of their life."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import flatten
from django.db.models.functions import Concat
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from contacts.admin import (
    BlockInline,
    CountryFilter,
    MineFilter,
    PublishableAdmin,
    PublishedFilter,
    RecordAdmin,
    RelatedFilter,
    Tab,
    TableInline,
    Verb,
    badge,
    fields_of,
    link,
    list_link,
    with_mark,
)
from relations.anniversaries import Milestone, Occurrence, next_anniversary
from relations.models import (
    Agreement,
    Interaction,
    Partnership,
    PartnershipEvent,
)

CONTACTS_SHOWN = 5
STATUS_SHAPES = {
    Partnership.Status.PROPOSED: "plan",
    Partnership.Status.ACTIVE: "ok",
    Partnership.Status.DORMANT: "asleep",
    Partnership.Status.SUSPENDED: "warn",
    Partnership.Status.ENDED: "over",
    Partnership.Status.UNKNOWN: "open",
}
KIND_MARKS = {
    Partnership.Kind.PARTNERSHIP: "partnership",
    Partnership.Kind.FRIENDSHIP: "friendship",
    Partnership.Kind.CONTACT: "contact",
    Partnership.Kind.PROJECT: "project",
    Partnership.Kind.CLIMATE: "project",
}


class StatusFilter(admin.SimpleListFilter):
    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return Partnership.Status.choices

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self.value()
        if chosen not in Partnership.Status.values:
            return queryset
        return queryset.in_status(Partnership.Status(chosen), today=timezone.localdate())


class MilestoneFilter(admin.SimpleListFilter):
    """Ties whose next anniversary within a year is one to plan for."""

    title = _("next anniversary")
    parameter_name = "milestone"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [
            ("round", _("Round or a jubilee")),
            ("jubilee", _("A jubilee")),
            ("quarter", _("Within three months")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        wanted = self.value()
        if wanted not in ("round", "jubilee", "quarter"):
            return queryset
        today = timezone.localdate()
        ties = Partnership.objects.reminded(today).filter(founded__isnull=False)
        found = [
            tie
            for tie, founded in ties.values_list("pk", "founded")
            if founded and self._is(wanted, next_anniversary(founded, today), today)
        ]
        return queryset.filter(pk__in=found)

    def _is(self, wanted: str, coming: Occurrence | None, today: datetime.date) -> bool:
        if coming is None:
            return False
        match wanted:
            case "round":
                return coming.milestone != Milestone.NONE
            case "jubilee":
                return coming.milestone == Milestone.JUBILEE
        return coming.on <= today + datetime.timedelta(days=92)


class PartnerCountryFilter(CountryFilter):
    path = "partner__country"


class EventInline(BlockInline):
    model = PartnershipEvent
    fk_name = "partnership"
    verbose_name = pgettext_lazy("in the life of a tie", "event")
    verbose_name_plural = _("events")
    fieldsets = [
        (None, {"fields": [("kind", "on", "level"), "reason"]}),
        (
            _("Decision and source"),
            {
                "classes": ["collapse"],
                "fields": [("decided_by", "decision"), "review_on", "merged_into", "source"],
            },
        ),
    ]


class AgreementInline(TableInline):
    model = Agreement
    fields = ["title", "kind", "state", "signed_on", "valid_until"]


EVENT_FACTS = fields_of(
    PartnershipEvent, "on", "level", "reason", "decided_by", "decision", "review_on", "source"
)
# How far it reaches, and when to look at it again, is asked of a tie that rests, not of one that ends.
LAST_FACTS = fields_of(PartnershipEvent, "on", "reason", "decided_by", "decision", "source")
LIFE_OF_A_TIE = (
    Verb(
        "suspend",
        _("Suspend"),
        Partnership.suspend,
        done=_("is suspended"),
        help=_("Rest the tie, wholly or between the administrations only. Reminders fall silent."),
        asks=EVENT_FACTS,
        possible=lambda tie: tie.status not in (Partnership.Status.SUSPENDED, Partnership.Status.ENDED),
    ),
    Verb(
        "resume",
        _("Resume"),
        Partnership.resume,
        done=_("is active again"),
        help=_("Take the tie up again. Its anniversaries are reminded of from now on."),
        asks=EVENT_FACTS,
        possible=lambda tie: tie.status in (Partnership.Status.SUSPENDED, Partnership.Status.DORMANT),
    ),
    Verb(
        "step_up",
        _("Step up"),
        Partnership.step_up,
        done=_("goes on as a closer tie"),
        help=_("Make a closer tie out of this one. Both are kept; anniversaries count for the closer one."),
        asks=fields_of(Partnership, "kind", "founded")
        | fields_of(PartnershipEvent, "reason", "decided_by", "decision", "source"),
        required=("kind",),
        possible=lambda tie: (
            tie.kind != Partnership.Kind.PARTNERSHIP and tie.status != Partnership.Status.ENDED
        ),
    ),
    Verb(
        "merge",
        _("Merge into another tie"),
        Partnership.merge,
        done=_("goes on in the other tie"),
        help=_("For example after a reform of districts. This tie ends, its history is kept."),
        asks={"into": PartnershipEvent._meta.get_field("merged_into")} | LAST_FACTS,
        required=("into", "on"),
        possible=lambda tie: tie.status != Partnership.Status.ENDED,
        is_grave=True,
    ),
    Verb(
        "end",
        _("End"),
        Partnership.end,
        done=_("is ended"),
        help=_("End the tie for good. All that belongs to it is kept; a new beginning is a new tie."),
        asks=LAST_FACTS,
        required=("on",),
        possible=lambda tie: tie.status != Partnership.Status.ENDED,
        is_grave=True,
    ),
)


@admin.register(Partnership)
class PartnershipAdmin(PublishableAdmin):
    verbs = (*LIFE_OF_A_TIE, *PublishableAdmin.publishing)
    list_display = ["cities", "status_badge", "founded", "anniversary", "responsible"]
    list_filter = [
        *(StatusFilter, "kind", PartnerCountryFilter, MilestoneFilter, MineFilter),
        *(("themes", RelatedFilter), PublishedFilter),
    ]
    tabs: tuple[Tab, ...] = (
        Tab(_("Mine"), {"mine": "yes"}),
        Tab(_("Round within a year"), {"milestone": "round"}),
        Tab(_("Suspended"), {"status": Partnership.Status.SUSPENDED.value}),
    )
    inlines = [EventInline, AgreementInline]
    readonly_fields = ["standing", "coming_anniversary", "events_link", "latest_contacts", "contact_note"]
    fieldsets = [
        (None, {"fields": [("home", "partner"), "kind", ("founded", "founded_note"), "responsible"]}),
        (_("Where it stands"), {"fields": ["standing", "coming_anniversary", "events_link"]}),
        (_("Contacts"), {"fields": ["latest_contacts", "contact_note"]}),
        (_("What it is about"), {"fields": ["themes", "motto", "story", "counterpart_posts"]}),
        (
            _("Further cities, origin and numbers"),
            {
                "classes": ["collapse"],
                "fields": [
                    "further_cities",
                    "partner_term",
                    "predecessor",
                    "decision",
                    "statements",
                    ("rgre_code", "wikidata_id"),
                ],
            },
        ),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """A tie that is only being entered stands nowhere yet, and has had no contacts."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            told_later = {"standing", "latest_contacts"}
            return [each for each in fieldsets if not told_later & set(flatten(each[1]["fields"]))]
        return fieldsets

    def hidden_fields(self, request: HttpRequest | None) -> set[str]:
        """Also what the user may not see of other rows, and the link to a form that is not theirs."""
        may = request.user.has_perm if request else (lambda right: False)
        rights = {
            "latest_contacts": "relations.view_interaction",
            "contact_note": "relations.add_interaction",
        }
        return super().hidden_fields(request) | {name for name, right in rights.items() if not may(right)}

    def for_list(self, queryset: Any) -> Any:
        today = timezone.localdate()
        return super().for_list(queryset).with_status(today).with_reminded(today).with_stepped_up(today)

    @admin.display(description=_("cities"), ordering=Concat("home__name_de", "partner__name_de"))
    def cities(self, tie: Partnership) -> str:
        has_ended = tie.status == Partnership.Status.ENDED
        name = "ended" if has_ended else KIND_MARKS[Partnership.Kind(tie.kind)]
        return with_mark(name, tie.pair, tie.get_kind_display())

    def state_of(self, record: Any) -> str:
        return self.status_badge(record)

    @admin.display(description=_("status"))
    def status_badge(self, tie: Partnership) -> str:
        if getattr(tie, "is_stepped_up", False):
            return badge("over", _("stepped up"))
        return badge(STATUS_SHAPES[tie.status], tie.status.label)

    @admin.display(description=_("status"))
    def standing(self, tie: Partnership) -> str:
        """The status in words, with the date of the end where there is one."""
        return format_html("{} {}", self.status_badge(tie), tie.ended_on.display() if tie.ended_on else "")

    @admin.display(description=_("next anniversary"))
    def anniversary(self, tie: Any) -> str | None:
        """Of ties that reminders speak of: an earlier one that was stepped up is history."""
        coming = next_anniversary(tie.founded, timezone.localdate()) if tie.founded else None
        if coming is None or not tie.is_reminded:
            return None
        if coming.milestone == Milestone.NONE:
            return format_html("<strong>{}</strong> · {}", coming.years, coming.when.display_short())
        return format_html("{} {}", badge("gold", str(coming.years)), coming.when.display_short())

    @admin.display(description=_("next anniversary"))
    def coming_anniversary(self, tie: Partnership) -> str:
        """In words: how many years, when, and how long until then."""
        if tie.founded is None:
            return gettext("Nobody has entered when it was founded.")
        today = timezone.localdate()
        coming = next_anniversary(tie.founded, today)
        if coming is None or not Partnership.objects.reminded(today).filter(pk=tie.pk).exists():
            return gettext("No more anniversaries are counted.")
        years = ngettext("%(count)d year", "%(count)d years", coming.years) % {"count": coming.years}
        return gettext("%(years)s %(when)s, %(left)s") % {
            "years": years,
            "when": coming.when.display_in(),
            "left": _days_left(today, coming.on),
        }

    @admin.display(description=_("life of the tie"))
    def events_link(self, tie: Partnership) -> str:
        count = tie.events.count()
        label = ngettext("%(count)d event", "%(count)d events", count) % {"count": count}
        return list_link(PartnershipEvent, label, partnership__id__exact=tie.pk)

    @admin.display(description=_("latest contacts"))
    def latest_contacts(self, tie: Partnership) -> str:
        notes = Interaction.objects.of_tie(tie)
        latest = notes.labelled()[:CONTACTS_SHOWN]
        if not latest:
            return gettext("No contact note is on record.")
        count = notes.count()
        label = ngettext("%(count)d contact note", "%(count)d contact notes", count) % {"count": count}
        return format_html(
            "<ul>{}</ul>{}",
            format_html_join("", "<li>{}</li>", ((link(note),) for note in latest)),
            list_link(Interaction, label, tie=tie.pk),
        )

    @admin.display(description=_("new contact"))
    def contact_note(self, tie: Partnership) -> str:
        url = reverse("admin:relations_interaction_add", query={"partnership": tie.pk})
        return format_html('<a href="{}">{}</a>', url, gettext("Write a contact note"))


def _days_left(today: datetime.date, day: datetime.date) -> str:
    days = (day - today).days
    if days <= 0:
        return gettext("which is now")
    return ngettext("in %(count)d day", "in %(count)d days", days) % {"count": days}


@admin.register(PartnershipEvent)
class PartnershipEventAdmin(RecordAdmin):
    list_display = ["partnership", "kind", "on", "level", "decided_by"]
    list_filter = ["kind"]
    fieldsets = [
        (None, {"fields": ["partnership", ("kind", "on", "level"), "reason", "merged_into"]}),
        (_("Decision and source"), {"fields": ["decided_by", "decision", "review_on", "source"]}),
    ]
