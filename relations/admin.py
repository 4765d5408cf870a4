"""The pages of what ties us. What all pages have in common stands in contacts/admin.py."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from contacts.admin import (
    BlockInline,
    CountryFilter,
    MineFilter,
    PartAdmin,
    PublishableAdmin,
    PublishedFilter,
    RecordAdmin,
    TableInline,
    badge,
    list_link,
)
from relations.anniversaries import Milestone, next_anniversary
from relations.models import (
    Agreement,
    CouncilDecision,
    Funding,
    Occasion,
    Partnership,
    PartnershipEvent,
    Project,
    ProjectPartner,
    ProjectPlace,
    Signature,
    Theme,
)

STATUS_SHAPES = {
    Partnership.Status.PROPOSED: "plan",
    Partnership.Status.ACTIVE: "ok",
    Partnership.Status.DORMANT: "asleep",
    Partnership.Status.SUSPENDED: "warn",
    Partnership.Status.ENDED: "over",
    Partnership.Status.UNKNOWN: "open",
}
AGREEMENT_SHAPES = {
    Agreement.State.SIGNED: "ok",
    Agreement.State.EXPIRED: "over",
    Agreement.State.TERMINATED: "over",
}
PROJECT_SHAPES = {
    Project.State.IDEA: "open",
    Project.State.RUNNING: "ok",
    Project.State.COMPLETED: "over",
    Project.State.STOPPED: "over",
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


class PartnerCountryFilter(CountryFilter):
    path = "partner__country"


class EventInline(BlockInline):
    model = PartnershipEvent
    fk_name = "partnership"
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


@admin.register(Partnership)
class PartnershipAdmin(PublishableAdmin):
    list_display = ["__str__", "status_badge", "founded", "anniversary", "responsible"]
    list_filter = [StatusFilter, "kind", PartnerCountryFilter, MineFilter, PublishedFilter]
    inlines = [EventInline, AgreementInline]
    readonly_fields = ["standing", "coming_anniversary", "events_link"]
    fieldsets = [
        (None, {"fields": [("home", "partner"), "kind", ("founded", "founded_note"), "responsible"]}),
        (_("Where it stands"), {"fields": ["standing", "coming_anniversary", "events_link"]}),
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
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj else [each for each in fieldsets if "standing" not in each[1]["fields"]]

    def for_list(self, queryset: Any) -> Any:
        today = timezone.localdate()
        return super().for_list(queryset).with_status(today).with_reminded(today)

    @admin.display(description=_("status"))
    def status_badge(self, tie: Partnership) -> str:
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
        years = str(coming.years) if coming.milestone == Milestone.NONE else badge("gold", str(coming.years))
        return format_html("{} {}", years, coming.when.display_short())

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


class DueAgreementFilter(admin.SimpleListFilter):
    """Signed agreements whose term ends soon."""

    title = _("expiry")
    parameter_name = "expires"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("180", _("Within six months")), ("past", _("Past its end")), ("never", _("Without an end"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        today = timezone.localdate()
        match self.value():
            case "180":
                soon = today + datetime.timedelta(days=180)
                return queryset.in_force().filter(valid_until__range=(today, soon))
            case "past":
                return queryset.in_force().filter(valid_until__lt=today)
            case "never":
                return queryset.filter(state=Agreement.State.SIGNED, valid_until__isnull=True)
        return queryset


class SignatureInline(TableInline):
    model = Signature
    fields = ["person", "post", "for_city", "on"]


@admin.register(Agreement)
class AgreementAdmin(PublishableAdmin):
    list_display = ["title", "kind", "state_badge", "partnership", "signed_on", "valid_until"]
    list_filter = ["state", "kind", DueAgreementFilter, PublishedFilter]
    inlines = [SignatureInline]
    fieldsets = [
        (None, {"fields": ["title", ("kind", "state"), "partnership", "cities", "organisations"]}),
        (
            _("Signing and term"),
            {
                "fields": [
                    ("sent_on", "signed_on", "place"),
                    ("valid_from", "valid_until"),
                    ("notice_days", "renews_by_months"),
                ]
            },
        ),
        (_("Decision and papers"), {"fields": ["decision", "documents"]}),
    ]

    @admin.display(description=_("state"), ordering="state")
    def state_badge(self, agreement: Agreement) -> str:
        return badge(
            AGREEMENT_SHAPES.get(Agreement.State(agreement.state), "plan"), agreement.get_state_display()
        )


@admin.register(Signature)
class SignatureAdmin(PartAdmin):
    list_display = ["person", "agreement", "post", "for_city", "on"]
    fields = ["agreement", "person", "post", "for_city", "on"]


@admin.register(CouncilDecision)
class CouncilDecisionAdmin(RecordAdmin):
    list_display = ["__str__", "title", "on", "result"]
    fields = ["body", ("number", "on"), "title", "result", "url"]


class ProjectPartnerInline(TableInline):
    model = ProjectPartner
    fields = ["organisation", "role"]


class ProjectPlaceInline(TableInline):
    model = ProjectPlace
    fields = ["city", "venue", "since", "until"]


class FundingInline(TableInline):
    model = Funding
    fields = ["programme", "amount", "currency", "reference"]


@admin.register(Project)
class ProjectAdmin(PublishableAdmin):
    list_display = ["title", "kind", "state_badge", "starts_on", "ends_on", "responsible"]
    list_filter = ["state", "kind", MineFilter, PublishedFilter]
    inlines = [ProjectPartnerInline, ProjectPlaceInline, FundingInline]
    fieldsets = [
        (None, {"fields": ["title", ("kind", "state"), ("starts_on", "ends_on"), "summary", "responsible"]}),
        (_("With whom"), {"fields": ["partnerships", "cities", "people"]}),
        (_("Themes"), {"classes": ["collapse"], "fields": ["themes", "sdgs"]}),
        (_("Result"), {"classes": ["collapse"], "fields": ["result", "statements"]}),
    ]

    @admin.display(description=_("state"), ordering="state")
    def state_badge(self, project: Project) -> str:
        return badge(PROJECT_SHAPES.get(Project.State(project.state), "plan"), project.get_state_display())


@admin.register(ProjectPartner)
class ProjectPartnerAdmin(PartAdmin):
    list_display = ["project", "organisation", "role"]
    fields = ["project", "organisation", "role"]


@admin.register(ProjectPlace)
class ProjectPlaceAdmin(PartAdmin):
    list_display = ["project", "city", "venue", "since", "until"]
    fields = ["project", "city", "venue", ("since", "until")]


@admin.register(Funding)
class FundingAdmin(PartAdmin):
    list_display = ["project", "programme", "amount", "currency"]
    fields = ["project", "programme", ("amount", "currency"), "reference"]


@admin.register(Occasion)
class OccasionAdmin(RecordAdmin):
    list_display = ["__str__", "partnership", "years", "celebrated_from", "state"]
    list_filter = ["state"]
    fieldsets = [
        (None, {"fields": ["partnership", ("years", "label"), "state"]}),
        (_("Celebration"), {"fields": [("celebrated_from", "celebrated_until"), "motto", "budget"]}),
    ]


@admin.register(Theme)
class ThemeAdmin(RecordAdmin):
    list_display = ["__str__", "parent", "slug"]
    fields = [("name_de", "name_en"), "slug", "parent", "sdgs"]
    prepopulated_fields = {"slug": ["name_de"]}
