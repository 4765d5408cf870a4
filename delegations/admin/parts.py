"""What a visit consists of: stops, participants, programme, outcomes, partners."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import time_format
from django.utils.translation import gettext_lazy as _

from contacts.admin import (
    BlockInline,
    PartAdmin,
    PublishableAdmin,
    PublishedFilter,
    RecordAdmin,
    RecordForm,
    Rows,
    TableInline,
    Verb,
    badge,
    with_small,
)
from contacts.admin.widgets import Chooser, ChooserOfMany
from delegations.models import (
    DelegationPartner,
    Outcome,
    Participant,
    ProgrammeItem,
    Stop,
)

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


class PickWithinVisit(WithinVisit, Chooser):
    pass


class PickManyWithinVisit(WithinVisit, ChooserOfMany):
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


# --- rows on the page of their visit ---


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


class StopInline(OfVisit, TableInline):
    model = Stop
    formset = StopFormSet
    fields = ["order", "city", "arrives_on", "departs_on", "note"]


class ParticipantInline(OfVisit, BlockInline):
    model = Participant
    fieldsets = [
        (
            None,
            {"fields": [("person", "group"), ("post", "organisation"), ("side", "role", "bench", "reply")]},
        )
    ]


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


class PartnerInline(TableInline):
    model = DelegationPartner
    fields = ["organisation", "role"]


# --- pages of their own ---


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
    list_display = ["title", "delegation", "kind", "state_badge", "when"]
    list_filter = ["state", "kind", "is_highlight", PublishedFilter]
    verbs = (
        Verb(
            "took_place",
            _("It took place"),
            ProgrammeItem.mark_took_place,
            done=_("took place"),
            possible=lambda item: item.state != ProgrammeItem.State.TOOK_PLACE,
        ),
        Verb(
            "cancel",
            _("Cancel it"),
            ProgrammeItem.cancel,
            done=_("is cancelled"),
            help=_("It stays in the programme and is marked as cancelled."),
            possible=lambda item: item.state != ProgrammeItem.State.CANCELLED,
            is_grave=True,
        ),
        *PublishableAdmin.publishing,
    )
    of_visit = ("stop", "hosts", "attendees")
    fieldsets = [
        (None, {"fields": ["delegation", ("order", "kind", "state"), "title", "is_highlight"]}),
        (_("When and where"), {"fields": [("on", "starts_at", "ends_at"), ("stop", "place")]}),
        (_("With whom"), {"fields": ["organisations", "organiser", "hosts", "attendees"]}),
        (_("Content"), {"fields": ["topic", "talking_points", "note", ("project", "agreement")]}),
    ]

    @admin.display(description=_("when"), ordering="on")
    def when(self, item: ProgrammeItem) -> str | None:
        """The day, and below it the hour; an hour alone where no day is known."""
        day = item.on.display_short() if item.on else ""
        hour = time_format(item.starts_at, "TIME_FORMAT") if item.starts_at else ""
        return with_small(day, hour) if day else hour or None

    @admin.display(description=_("state"), ordering="state")
    def state_badge(self, item: ProgrammeItem) -> str:
        return badge(ITEM_SHAPES.get(ProgrammeItem.State(item.state), "plan"), item.get_state_display())


@admin.register(Outcome)
class OutcomeAdmin(PartOfVisitAdmin):
    list_display = ["__str__", "delegation", "project", "agreement"]
    of_visit = ("programme_item",)
    fields = ["delegation", "programme_item", "text", ("project", "agreement"), "decision"]
