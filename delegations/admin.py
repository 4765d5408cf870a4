"""The pages of visits and promises. What all pages have in common stands in contacts/admin.py."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.db import models
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.admin import (
    BlockInline,
    MineFilter,
    PartAdmin,
    PublishableAdmin,
    PublishedFilter,
    RecordAdmin,
    RecordForm,
    Rows,
    TableInline,
    badge,
)
from contacts.dates import PartialDate
from delegations.models import (
    Delegation,
    DelegationPartner,
    FollowUp,
    GoldenBookEntry,
    GoldenBookSigner,
    Outcome,
    Participant,
    ProgrammeItem,
    Stop,
)

STATE_SHAPES = {
    Delegation.State.IDEA: "open",
    Delegation.State.CONFIRMED: "ok",
    Delegation.State.UNDER_WAY: "ok",
    Delegation.State.COMPLETED: "over",
    Delegation.State.POSTPONED: "warn",
    Delegation.State.CANCELLED: "over",
}
ITEM_SHAPES = {
    ProgrammeItem.State.TOOK_PLACE: "ok",
    ProgrammeItem.State.CANCELLED: "over",
    ProgrammeItem.State.UNKNOWN: "open",
}


# --- choices among what belongs to the same visit ---


class WithinVisit:
    """A picker that offers what belongs to one visit."""

    visit: str | None = None

    def get_url(self) -> str:
        url: str = super().get_url()  # type: ignore[misc]
        return f"{url}?visit={self.visit or 0}"


class PickWithinVisit(WithinVisit, AutocompleteSelect):
    pass


class PickManyWithinVisit(WithinVisit, AutocompleteSelectMultiple):
    pass


class OfVisit(Rows):
    """Pages and rows of what is part of a visit: stops, guests and items are chosen from that visit only."""

    of_visit: tuple[str, ...] = ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.of_visit:
            kwargs |= self._within_visit(PickWithinVisit, db_field, request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.of_visit:
            kwargs |= self._within_visit(PickManyWithinVisit, db_field, request)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def _within_visit(self, picker: type[Any], db_field: Any, request: HttpRequest) -> dict[str, Any]:
        visit = self.visit_of(request)
        widget = picker(db_field, self.admin_site)
        widget.visit = visit
        rows = self.get_field_queryset(None, db_field, request)
        return {"widget": widget, "queryset": rows.filter(delegation=visit) if rows is not None else rows}

    def visit_of(self, request: HttpRequest) -> str | None:
        """The visit that the page is about: the page's own, or the one its field names."""
        found: Any = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
        if not isinstance(self, admin.options.InlineModelAdmin):
            record = self.model._default_manager.filter(pk=found) if str(found).isdecimal() else None
            found = request.POST.get("delegation") or request.GET.get("delegation")
            if not found and record is not None:
                found = record.values_list("delegation", flat=True).first()
        return str(found) if str(found).isdecimal() else None


def of_visit(request: HttpRequest, queryset: Any) -> Any:
    """What a picker within a visit offers; other lists stay whole."""
    visit = request.GET.get("visit", "")
    if request.path == reverse("admin:autocomplete") and visit.isdecimal():
        return queryset.filter(delegation=visit)
    return queryset


class PartOfVisitAdmin(OfVisit, RecordAdmin):
    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet, bool]:
        return super().get_search_results(request, of_visit(request, queryset), search_term)


# --- a visit that is put off: its stops and its programme move with it, in one form ---


class DelegationForm(RecordForm):
    parts_move_along = False
    """Whether the user may change stops and programme too: what stands on the form is then compared there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.checks_parts = not (self.is_bound and self.parts_move_along)


class StopFormSet(BaseInlineFormSet):
    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.instance.checks_parts = self.instance.checks_parts
        self.instance.stops_on_form = self


class ItemForm(RecordForm):
    def clean_stop(self) -> Stop | None:
        """The stop as it stands on the same form, with its new days."""
        chosen = self.cleaned_data.get("stop")
        field: Any = self.fields["delegation"]
        visit = field.parent_instance
        if chosen is None or visit.checks_parts:
            return chosen
        stops = [form.instance for form in visit.stops_on_form.forms]
        return next((stop for stop in stops if stop.pk == chosen.pk), chosen)


# --- the parts of a visit ---


class StopInline(OfVisit, TableInline):
    model = Stop
    formset = StopFormSet
    fields = ["order", "city", "arrives_on", "departs_on", "note"]


class ParticipantInline(OfVisit, TableInline):
    model = Participant
    fields = ["side", "role", "person", "group", "post", "organisation", "bench", "reply"]


class ProgrammeInline(OfVisit, BlockInline):
    model = ProgrammeItem
    form = ItemForm
    of_visit = ("stop", "hosts", "attendees")
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("order", "kind", "state"),
                    "title",
                    ("on", "starts_at", "ends_at"),
                    ("stop", "place"),
                    "organisations",
                    ("hosts", "attendees"),
                ]
            },
        ),
        (
            _("Content and links"),
            {
                "classes": ["collapse"],
                "fields": [
                    "topic",
                    "talking_points",
                    "organiser",
                    ("project", "agreement"),
                    "is_highlight",
                    "note",
                ],
            },
        ),
    ]


class OutcomeInline(OfVisit, TableInline):
    model = Outcome
    of_visit = ("programme_item",)
    fields = ["text", "programme_item", "project", "agreement"]


class FollowUpInline(TableInline):
    model = FollowUp
    fields = ["title", "owed_by", "assignee", "due_on", "state"]
    readonly_fields = ["state"]


class PartnerInline(TableInline):
    model = DelegationPartner
    fields = ["organisation", "role"]


# --- visits ---


class WhenFilter(admin.SimpleListFilter):
    title = _("when")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [
            ("coming", _("Coming")),
            ("now", _("Today")),
            ("report", _("Over, without a report")),
            ("undated", _("Without a date")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        today = timezone.localdate()
        match self.value():
            case "coming":
                return queryset.coming(today)
            case "now":
                return queryset.filter(starts_on__on_or_before=today, ends_on__on_or_after=today)
            case "report":
                over = models.Q(ends_on__isnull=False) & ~models.Q(ends_on__on_or_after=today)
                return queryset.without_report().filter(over)
            case "undated":
                return queryset.filter(starts_on__isnull=True)
        return queryset


@admin.register(Delegation)
class DelegationAdmin(PublishableAdmin):
    form = DelegationForm
    list_display = ["title", "direction", "state_badge", "starts_on", "ends_on", "partnership", "responsible"]
    list_filter = ["state", WhenFilter, "direction", "kind", MineFilter, PublishedFilter]
    inlines = [StopInline, ParticipantInline, ProgrammeInline, OutcomeInline, FollowUpInline, PartnerInline]
    actions = [*PublishableAdmin.actions, "complete", "cancel"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "title",
                    ("direction", "kind", "state"),
                    ("starts_on", "ends_on", "dates_note"),
                    ("home", "partnership"),
                    "responsible",
                ]
            },
        ),
        (_("What it is about"), {"fields": ["purpose", ("occasion", "parent"), "themes"]}),
        (_("Who goes, who receives"), {"fields": [("sent_by", "host"), ("size", "benches")]}),
        (
            _("Report and papers"),
            {
                "classes": ["collapse"],
                "fields": ["summary", "report", "decision", "documents", "statements"],
            },
        ),
    ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.parts_move_along = request.user.has_perms(
            ["delegations.change_stop", "delegations.change_programmeitem"]
        )
        return form

    @admin.display(description=_("state"), ordering="state")
    def state_badge(self, visit: Delegation) -> str:
        return badge(STATE_SHAPES.get(Delegation.State(visit.state), "plan"), visit.get_state_display())

    @admin.action(description=_("The visit took place"), permissions=["change"])
    def complete(self, request: HttpRequest, queryset: Any) -> None:
        self.do_each(request, queryset, Delegation.complete)

    @admin.action(description=_("Cancel the visit"), permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: Any) -> None:
        self.do_each(request, queryset, Delegation.cancel)


@admin.register(DelegationPartner)
class DelegationPartnerAdmin(PartAdmin):
    list_display = ["delegation", "organisation", "role"]
    fields = ["delegation", "organisation", "role"]


@admin.register(Stop)
class StopAdmin(PartOfVisitAdmin, PartAdmin):
    list_display = ["delegation", "order", "city", "arrives_on", "departs_on"]
    fields = ["delegation", ("order", "city"), ("arrives_on", "departs_on"), "note"]


@admin.register(Participant)
class ParticipantAdmin(PartOfVisitAdmin):
    list_display = ["__str__", "delegation", "side", "role", "reply", "attended"]
    list_filter = ["side", "role", "bench", "reply"]
    of_visit = ("stop",)
    fieldsets = [
        (None, {"fields": ["delegation", ("person", "group"), ("post", "organisation")]}),
        (_("Part in the visit"), {"fields": [("side", "role", "bench"), "order", "stop"]}),
        (_("Reply"), {"fields": [("reply", "attended"), "note"]}),
        (_("Needs"), {"fields": ["diet", "access_needs"]}),
    ]


@admin.register(ProgrammeItem)
class ProgrammeItemAdmin(PartOfVisitAdmin, PublishableAdmin):
    list_display = ["title", "delegation", "kind", "state_badge", "on", "starts_at", "is_highlight"]
    list_filter = ["state", "kind", "is_highlight", PublishedFilter]
    actions = [*PublishableAdmin.actions, "took_place", "cancel"]
    of_visit = ("stop", "hosts", "attendees")
    fieldsets = [
        (None, {"fields": ["delegation", ("order", "kind", "state"), "title", "is_highlight"]}),
        (_("When and where"), {"fields": [("on", "starts_at", "ends_at"), ("stop", "place")]}),
        (_("With whom"), {"fields": ["organisations", "organiser", "hosts", "attendees"]}),
        (_("Content"), {"fields": ["topic", "talking_points", "note", ("project", "agreement")]}),
    ]

    @admin.display(description=_("state"), ordering="state")
    def state_badge(self, item: ProgrammeItem) -> str:
        return badge(ITEM_SHAPES.get(ProgrammeItem.State(item.state), "plan"), item.get_state_display())

    @admin.action(description=_("It took place"), permissions=["change"])
    def took_place(self, request: HttpRequest, queryset: Any) -> None:
        self.do_each(request, queryset, ProgrammeItem.mark_took_place)

    @admin.action(description=_("Cancel it"), permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: Any) -> None:
        self.do_each(request, queryset, ProgrammeItem.cancel)


@admin.register(Outcome)
class OutcomeAdmin(PartOfVisitAdmin):
    list_display = ["__str__", "delegation", "project", "agreement"]
    of_visit = ("programme_item",)
    fields = ["delegation", "programme_item", "text", ("project", "agreement"), "decision"]


# --- promises ---


class DueFilter(admin.SimpleListFilter):
    title = _("due")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [
            ("overdue", _("Overdue")),
            ("7", _("Within a week")),
            ("30", _("Within a month")),
            ("undated", _("Without a date")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        today = timezone.localdate()
        match self.value():
            case "overdue":
                return queryset.overdue(today)
            case "7" | "30" as days:
                return queryset.due_by(today + datetime.timedelta(days=int(days)))
            case "undated":
                return queryset.open().filter(due_on__isnull=True)
        return queryset


class MyFollowUpsFilter(MineFilter):
    path = "assignee"


@admin.register(FollowUp)
class FollowUpAdmin(RecordAdmin):
    list_display = ["title", "owed_by", "due", "state_badge", "assignee", "delegation", "partnership"]
    list_filter = ["state", DueFilter, MyFollowUpsFilter, "owed_by", "priority"]
    actions = ["complete", "postpone_a_week", "drop", "reopen"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "title",
                    "text",
                    ("owed_by", "assignee"),
                    ("due_on", "priority"),
                    ("state", "done_on"),
                ]
            },
        ),
        (
            _("Where it was promised"),
            {"fields": ["delegation", "partnership", "project", "agreement", "city"]},
        ),
        (
            _("More exactly"),
            {
                "classes": ["collapse"],
                "fields": ["programme_item", "outcome", "occasion", ("counterpart", "organisation")],
            },
        ),
    ]

    @admin.display(description=_("due"), ordering="due_on")
    def due(self, promise: FollowUp) -> str | None:
        if promise.due_on is None:
            return None
        day = promise.due_on.display_short()
        return badge("late", day) if promise.is_overdue(timezone.localdate()) else day

    @admin.display(description=_("state"), ordering="state")
    def state_badge(self, promise: FollowUp) -> str:
        shapes = {FollowUp.State.OPEN: "open", FollowUp.State.DONE: "ok", FollowUp.State.DROPPED: "over"}
        return badge(shapes[FollowUp.State(promise.state)], promise.get_state_display())

    @admin.action(description=_("Done today"), permissions=["change"])
    def complete(self, request: HttpRequest, queryset: Any) -> None:
        today = timezone.localdate()
        self.do_each(request, queryset.open(), lambda promise: promise.complete(on=today))

    @admin.action(description=_("Postpone by a week"), permissions=["change"])
    def postpone_a_week(self, request: HttpRequest, queryset: Any) -> None:
        """A week from when it was due; what is late gets a week from today."""
        today = timezone.localdate()

        def postpone(promise: FollowUp) -> None:
            due = max(promise.due_on.last_day, today) if promise.due_on else today
            promise.postpone(to=PartialDate.of(due + datetime.timedelta(days=7)))

        self.do_each(request, queryset.open(), postpone)

    @admin.action(description=_("Drop: it will not be kept"), permissions=["change"])
    def drop(self, request: HttpRequest, queryset: Any) -> None:
        self.do_each(request, queryset.open(), FollowUp.drop)

    @admin.action(description=_("Open again"), permissions=["change"])
    def reopen(self, request: HttpRequest, queryset: Any) -> None:
        self.do_each(request, queryset, FollowUp.reopen)


# --- the Golden Book ---


class SignerInline(TableInline):
    model = GoldenBookSigner
    fields = ["person", "post"]


@admin.register(GoldenBookEntry)
class GoldenBookEntryAdmin(RecordAdmin):
    list_display = ["__str__", "on", "city", "volume", "page", "delegation"]
    inlines = [SignerInline]
    fieldsets = [
        (None, {"fields": ["city", "on", "occasion_text", "delegation"]}),
        (_("Where it stands"), {"fields": [("volume", "page"), "photo"]}),
    ]


@admin.register(GoldenBookSigner)
class GoldenBookSignerAdmin(PartAdmin):
    list_display = ["person", "post", "entry"]
    fields = ["entry", "person", "post"]
