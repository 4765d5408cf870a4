"""Pages of lower rooms, completed by what only a look across the rooms can show."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from contacts.admin import EMPTY, CityAdmin, PublishedFilter, Tab, UserAdmin, Verb, fields_of, link
from contacts.admin.values import readable
from contacts.models import City, User
from delegations import jubilee
from delegations.models import Delegation, FollowUp
from desk.feeds import open_calendar_of, revoke_calendar
from desk.models import CalendarFeed
from desk.plans import plan_page
from relations.admin import OccasionAdmin, PartnershipAdmin
from relations.models import Occasion, Partnership, Project
from reminders.contact import is_quiet, last_contacts
from reminders.due import office_today

admin.site.unregister(City)


@admin.register(City)
class CityWithTiesAdmin(CityAdmin):
    """A city with its ties, the visits that stopped there, and the projects it takes part in."""

    readonly_fields = ["its_ties", "its_visits", "its_projects"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        first, *others = super().get_fieldsets(request, obj)
        if obj is None:
            return [first, *others]
        return [first, (_("What ties us"), {"fields": self._across(request)}), *others]

    def _across(self, request: HttpRequest) -> list[str]:
        """What the reader may see of the other rooms."""
        rights = {
            "its_ties": "relations.view_partnership",
            "its_visits": "delegations.view_delegation",
            "its_projects": "relations.view_project",
        }
        return [name for name, right in rights.items() if request.user.has_perm(right)]

    @admin.display(description=_("partnerships"))
    def its_ties(self, city: City) -> str:
        return _links(Partnership.objects.of_city(city).labelled())

    @admin.display(description=_("visits"))
    def its_visits(self, city: City) -> str:
        stopped = Delegation.objects.filter(stops__city=city).values("pk")
        return _links(Delegation.objects.filter(pk__in=stopped))

    @admin.display(description=_("projects"))
    def its_projects(self, city: City) -> str:
        return _links(Project.objects.filter(cities=city))


class ContactFilter(admin.SimpleListFilter):
    """Ties on the books by whether anybody was in contact of late."""

    title = _("contact")
    parameter_name = "contact"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("quiet", _("None for twelve months"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() != "quiet":
            return queryset
        today = timezone.localdate()
        ties = list(Partnership.objects.reminded(today).prefetch_related("further_cities"))
        contacts = last_contacts(ties, today=today)
        days = {tie.pk: contacts[tie.pk].on if tie.pk in contacts else None for tie in ties}
        return queryset.filter(pk__in=[pk for pk, day in days.items() if is_quiet(day, today=today)])


def can_be_planned(tie: Partnership) -> bool:
    """Whether its next round anniversary may have a plan, and has none yet."""
    today = office_today()
    coming = Occasion.objects.filter(partnership=tie, years=jubilee.coming_years(tie, today=today) or 0)
    is_planned = FollowUp.objects.of_plan(coming).exists()
    return not is_planned and Partnership.objects.reminded(today).filter(pk=tie.pk).exists()


PLAN_OF_TIE = Verb(
    "plan_jubilee",
    _("Plan the jubilee"),
    jubilee.plan,
    done=_("has a plan for its next round anniversary"),
    possible=can_be_planned,
    also_needs=jubilee.RIGHTS_TO_PLAN,
    on_day=True,
    leads_on=True,
)

admin.site.unregister(Partnership)


@admin.register(Partnership)
class TieWithContactsAdmin(PartnershipAdmin):
    """A tie with its last contact, be it a visit, a call or a letter, and with its jubilees."""

    verbs = (PLAN_OF_TIE, *PartnershipAdmin.verbs)
    readonly_fields = [*PartnershipAdmin.readonly_fields, "jubilees"]
    list_display = [*PartnershipAdmin.list_display[:-1], "last_contact", "responsible"]
    list_filter = [*PartnershipAdmin.list_filter[:-1], ContactFilter, PublishedFilter]
    tabs: tuple[Tab, ...] = (
        *PartnershipAdmin.tabs,
        Tab(_("No contact for twelve months"), {"contact": "quiet"}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Its jubilees stand below the next anniversary."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not request.user.has_perm("relations.view_occasion"):
            return fieldsets
        return [
            (title, {**options, "fields": [*options["fields"], "jubilees"]})
            if "coming_anniversary" in options["fields"]
            else (title, options)
            for title, options in fieldsets
        ]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "founded" in form.changed_data:
            jubilee.follow_tie(obj, today=office_today())

    @admin.display(description=pgettext_lazy("celebrations of a tie", "jubilees"))
    def jubilees(self, tie: Partnership) -> str:
        occasions = list(tie.occasions.labelled())  # type: ignore[attr-defined]
        plans = jubilee.progress_of(occasions, today=office_today())
        words = [(link(each), _standing(each, plans.get(each.pk))) for each in reversed(occasions)]
        return format_html_join("", "<p>{}: {}</p>", words) or EMPTY

    def for_list(self, queryset: Any) -> Any:
        return super().for_list(queryset).prefetch_related("further_cities")

    def with_computed(self, rows: list[Any]) -> list[Any]:
        contacts = last_contacts(rows, today=timezone.localdate())
        for tie in rows:
            tie.last = contacts[tie.pk].on if tie.pk in contacts else None
        return rows

    @admin.display(description=_("last contact"))
    def last_contact(self, tie: Any) -> str | None:
        return tie.last.display_short() if tie.last else None


def _standing(occasion: Occasion, progress: jubilee.Progress | None) -> str:
    """How far its plan has come; of others, and of those settled, what became of them."""
    if progress is None:
        return occasion.get_state_display()
    if occasion.state == Occasion.State.PLANNED:
        return progress.display()
    return f"{occasion.get_state_display()}, {progress.display()}"


# --- whose calendar can be fetched ---


admin.site.unregister(User)


@admin.register(User)
class UserWithCalendarAdmin(UserAdmin):
    """An account with its calendar subscription, which ends here where its address went astray."""

    verbs = (
        Verb(
            "revoke_calendar",
            _("Revoke the calendar subscription"),
            revoke_calendar,
            done=_("has no calendar subscription any more: its address opens nothing from now on"),
            help=_(
                "Calendars that fetch it are refused from now on. The member of staff can make a new address."
            ),
            possible=lambda user: open_calendar_of(user) is not None,
            is_grave=True,
        ),
    )
    readonly_fields = [*UserAdmin.readonly_fields, "calendar"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        *others, about = fieldsets
        return [*others, (_("Calendar subscription"), {"fields": ["calendar"]}), about]

    @admin.display(description=_("address for calendars"))
    def calendar(self, user: User) -> str:
        feed = open_calendar_of(user)
        if feed is None:
            return pgettext("address for calendars", "none")
        facts = {
            "made": readable(CalendarFeed._meta.get_field("made_at"), feed.made_at),
            "fetched": readable(CalendarFeed._meta.get_field("fetched_at"), feed.fetched_at),
        }
        if feed.fetched_at is None:
            return gettext("made %(made)s, never fetched") % facts
        return gettext("made %(made)s, last fetched %(fetched)s") % facts


# --- jubilees ---


def is_in(*states: Occasion.State) -> Any:
    return lambda occasion: occasion.state in states


def may_have_been_celebrated(occasion: Occasion) -> bool:
    """It is planned, and its first day is not ahead."""
    celebration = jubilee.celebration_of(occasion)
    begun = celebration is None or celebration.begin.first_day <= office_today()
    return occasion.state == Occasion.State.PLANNED and begun


def can_have_a_plan(occasion: Occasion) -> bool:
    return occasion.state == Occasion.State.PLANNED and not jubilee.is_planned(occasion)


PLANNED, POSTPONED = Occasion.State.PLANNED, Occasion.State.POSTPONED
SKIPPED, CELEBRATED = Occasion.State.SKIPPED, Occasion.State.CELEBRATED

LIFE_OF_A_JUBILEE = (
    Verb(
        "plan_jubilee",
        _("Plan the jubilee"),
        jubilee.plan_for,
        done=_("has a plan"),
        possible=can_have_a_plan,
        also_needs=jubilee.RIGHTS_TO_PLAN,
        on_day=True,
    ),
    Verb(
        "move",
        _("Move the celebration"),
        jubilee.move,
        done=_("has a new date"),
        help=_(
            "Open steps of the plan move along. What is done or dropped stays, and so does what somebody "
            "gave a date of its own. You see what moves before anything is changed."
        ),
        asks=fields_of(Occasion, "celebrated_from", "celebrated_until"),
        required=("celebrated_from",),
        initial=lambda occasion: {
            "celebrated_from": occasion.celebrated_from or occasion.anniversary,
            "celebrated_until": occasion.celebrated_until,
        },
        possible=is_in(PLANNED, POSTPONED),
        also_needs=jubilee.RIGHTS_TO_MOVE,
        on_day=True,
        foresee=jubilee.foresee_move,
        foreseen_template="desk/plan_moves.html",
    ),
    Verb(
        "postpone",
        _("Postpone without a date"),
        jubilee.postpone,
        done=_("is postponed"),
        help=_(
            "Nobody knows until when: the celebration loses its date, and the open steps of the plan lose "
            "theirs, so that nothing is asked for. What somebody gave a date of its own keeps it."
        ),
        asks=fields_of(Occasion, "reason"),
        possible=is_in(PLANNED),
        also_needs=jubilee.RIGHTS_TO_MOVE,
        on_day=True,
    ),
    Verb(
        "celebrate",
        _("It was celebrated"),
        Occasion.celebrate,
        done=_("was celebrated"),
        possible=may_have_been_celebrated,
    ),
    Verb(
        "take_up",
        _("Take up again"),
        jubilee.take_up,
        done=_("is planned again"),
        possible=is_in(SKIPPED, CELEBRATED),
        also_needs=jubilee.RIGHTS_TO_MOVE,
        on_day=True,
    ),
    Verb(
        "skip",
        _("Do not celebrate"),
        jubilee.skip,
        done=_("is not celebrated"),
        help=_("Open steps of the plan fall away, each with your reason. Taken up again, they open again."),
        asks=fields_of(Occasion, "reason"),
        required=("reason",),
        possible=is_in(PLANNED, POSTPONED),
        also_needs=jubilee.RIGHTS_TO_MOVE,
        on_day=True,
        is_grave=True,
    ),
)

admin.site.unregister(Occasion)


@admin.register(Occasion)
class JubileeAdmin(OccasionAdmin):
    """A celebrated anniversary with its plan. Once that runs, dates and state are changed by its buttons."""

    change_form_template = "desk/jubilee.html"
    list_display = [*OccasionAdmin.list_display, "plan"]
    verbs = LIFE_OF_A_JUBILEE
    moves_the_plan = ("partnership", "years", "state", "reason", "celebrated_from", "celebrated_until")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields = super().get_readonly_fields(request, obj)
        if obj is None or not jubilee.is_planned(obj):
            return fields
        return [*fields, *(self._as_read(name) for name in self.moves_the_plan)]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not jubilee.is_planned(obj):
            return fieldsets
        as_read = {name: self._as_read(name) for name in self.moves_the_plan}
        return [
            (title, {**options, "fields": [_replaced(line, as_read) for line in options["fields"]]})
            for title, options in fieldsets
        ]

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        occasion = context.get("original")
        if occasion is not None and not context.get("is_popup"):
            if request.user.has_perm("delegations.view_followup"):
                context["plan"] = plan_page(occasion, today=office_today())
            context["may_change_steps"] = request.user.has_perm("delegations.change_followup")
            context["undo"] = request.session.pop("undo", None)
        return super().render_change_form(request, context, *args, **kwargs)

    def with_computed(self, rows: list[Any]) -> list[Any]:
        plans = jubilee.progress_of(rows, today=office_today())
        for row in rows:
            row.progress = plans.get(row.pk)
        return rows

    @admin.display(description=_("plan"))
    def plan(self, occasion: Any) -> str | None:
        return occasion.progress.display() if occasion.progress else None


def _replaced(line: Any, names: dict[str, Any]) -> Any:
    if isinstance(line, list | tuple):
        return [names.get(name, name) for name in line]
    return names.get(line, line)


def _links(records: QuerySet) -> str:
    return format_html_join(", ", "{}", ((link(record),) for record in records)) or EMPTY
