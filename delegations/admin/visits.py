"""Visits."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts import money
from contacts.admin import (
    EMPTY,
    CountryFilter,
    MineFilter,
    PublishableAdmin,
    PublishedFilter,
    RecordForm,
    RelatedFilter,
    Tab,
    Verb,
    badge,
    fields_of,
    with_mark,
)
from contacts.dates import display_span
from delegations.admin.keeping import CostInline, GiftInline
from delegations.admin.parts import (
    OutcomeInline,
    ParticipantInline,
    PartnerInline,
    ProgrammeInline,
    StopInline,
)
from delegations.admin.promises import FollowUpInline, answering
from delegations.models import (
    Delegation,
    Stop,
)
from delegations.models.costs import Total

STATE_SHAPES = {
    Delegation.State.IDEA: "open",
    Delegation.State.CONFIRMED: "ok",
    Delegation.State.UNDER_WAY: "ok",
    Delegation.State.COMPLETED: "over",
    Delegation.State.POSTPONED: "warn",
    Delegation.State.CANCELLED: "over",
}
OVER = (Delegation.State.COMPLETED, Delegation.State.CANCELLED)
DIRECTION_MARKS: dict[str, str] = {
    Delegation.Direction.OUTBOUND: "visit-out",
    Delegation.Direction.INBOUND: "visit-in",
}


class WhenFilter(admin.SimpleListFilter):
    title = _("when")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [
            ("coming", _("Coming")),
            ("now", _("Under way")),
            ("finish", _("To be finished")),
            ("report", _("Over, without a report")),
            ("undated", _("Without a date")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        today = timezone.localdate()
        match self.value():
            case "coming":
                return queryset.coming(today)
            case "now":
                return queryset.under_way(today)
            case "finish":
                return queryset.to_finish(today)
            case "report":
                return queryset.without_report().over(today)
            case "undated":
                return queryset.filter(starts_on__isnull=True)
        return queryset


class VisitedCountryFilter(CountryFilter):
    path = "stops__city__country"

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        stopped = Stop.objects.filter(city__country=self.value()).values("delegation")
        return queryset.filter(pk__in=stopped) if self.value() else queryset


class MyVisitsFilter(MineFilter):
    """As the first page counts them: with the visits of my ties that nobody else answers for."""

    def of(self, queryset: Any, user: Any) -> Any:
        return queryset.of_staff([user.pk]) if user else queryset.of_nobody()


# --- put off, its stops and its programme move with it in one form ---


class DelegationForm(RecordForm):
    parts_move_along = False
    """Whether the user may change stops and programme too: what stands on the form is then compared there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.checks_parts = not (self.is_bound and self.parts_move_along)


# --- the pages ---


@admin.register(Delegation)
class DelegationAdmin(PublishableAdmin):
    form = DelegationForm
    list_display = ["visit", "state_badge", "when", "where", "partnership", "in_charge"]
    list_filter = [
        *("state", WhenFilter, "direction", "kind", VisitedCountryFilter, MyVisitsFilter),
        *(("themes", RelatedFilter), PublishedFilter),
    ]
    tabs: tuple[Tab, ...] = (
        Tab(_("Coming"), {"when": "coming"}),
        Tab(_("Under way"), {"when": "now"}),
        Tab(_("To be finished"), {"when": "finish"}),
        Tab(_("Mine"), {"mine": "yes"}),
    )
    inlines = [
        *(StopInline, ParticipantInline, ProgrammeInline, OutcomeInline, FollowUpInline, PartnerInline),
        *(GiftInline, CostInline),
    ]
    readonly_fields = ["cost_in_all"]
    verbs = (
        Verb(
            "complete",
            _("The visit took place"),
            Delegation.complete,
            done=_("is completed"),
            help=_("The first page asks for its outcomes and its report until they are there."),
            possible=lambda visit: visit.state not in OVER,
        ),
        Verb(
            "postpone",
            _("Postpone"),
            Delegation.postpone,
            done=_("is postponed"),
            help=_(
                "Stops and programme move along by as many days. Without new dates they lose theirs, and "
                "nobody knows until when the visit is put off."
            ),
            asks=fields_of(Delegation, "starts_on", "ends_on"),
            possible=lambda visit: visit.state not in OVER,
        ),
        Verb(
            "cancel",
            _("Cancel the visit"),
            Delegation.cancel,
            done=_("is cancelled"),
            help=_("It stays on record with all that was planned, and nobody is reminded of it any more."),
            possible=lambda visit: visit.state not in OVER,
            is_grave=True,
        ),
        *PublishableAdmin.publishing,
    )
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

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not request.user.has_perm("delegations.view_cost") or not obj.costs.exists():
            return fieldsets
        *others, about = fieldsets
        return [*others, (_("Costs in all"), {"fields": ["cost_in_all"]}), about]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.parts_move_along = request.user.has_perms(
            ["delegations.change_stop", "delegations.change_programmeitem"]
        )
        return form

    def for_list(self, queryset: Any) -> Any:
        rows = super().for_list(queryset).select_related("responsible", "partnership__responsible")
        return rows.prefetch_related("stops__city")

    def in_short(self, record: Any) -> str:
        return " · ".join(filter(None, (self.when(record), self.where(record))))

    @admin.display(description=_("visit"), ordering="title")
    def visit(self, visit: Delegation) -> str:
        name = DIRECTION_MARKS.get(visit.direction, "joint")
        return with_mark(name, visit.title, visit.get_direction_display() or visit.get_kind_display())

    @admin.display(description=_("when"), ordering="starts_on")
    def when(self, visit: Delegation) -> str:
        """First and last day as far as they are known."""
        return display_span(visit.starts_on, visit.ends_on) or gettext("date open")

    @admin.display(description=_("where"))
    def where(self, visit: Delegation) -> str | None:
        return ", ".join(dict.fromkeys(stop.city.short_name for stop in visit.stops.all())) or None

    @admin.display(description=_("responsible"), ordering="responsible__sort")
    def in_charge(self, visit: Delegation) -> str | None:
        return answering(visit.responsible, visit.partnership.responsible if visit.partnership else None)

    @admin.display(description=_("state"), ordering="state")
    def state_badge(self, visit: Delegation) -> str:
        return badge(STATE_SHAPES.get(Delegation.State(visit.state), "plan"), visit.get_state_display())

    @admin.display(description=_("costs"))
    def cost_in_all(self, visit: Delegation) -> str:
        """A line a currency, and what of it is ours."""
        ours = {total.currency: total for total in visit.costs.borne_by_us().totals()}
        lines = []
        for total in visit.costs.all().totals():
            text = _sums(gettext("planned %(planned)s, actual %(actual)s"), total)
            if ours.get(total.currency) != total:
                mine = ours.get(total.currency, Total(total.currency, None, None))
                text += "; " + _sums(gettext("of it by us: planned %(planned)s, actual %(actual)s"), mine)
            lines.append((text,))
        return format_html_join("", "<p>{}</p>", lines) or gettext("No costs are on record.")


def _sums(text: str, total: Total) -> str:
    planned, actual = (money.display(sum_, total.currency) for sum_ in (total.planned, total.actual))
    return text % {"planned": planned or EMPTY, "actual": actual or EMPTY}
