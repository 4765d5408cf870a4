"""Follow-ups, and the steps that a jubilee plan makes of them."""

from __future__ import annotations

import datetime
from typing import Any

from dateutil.relativedelta import relativedelta
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.admin import (
    MineFilter,
    RecordAdmin,
    Tab,
    TableInline,
    Verb,
    badge,
    with_small,
)
from contacts.admin.values import label_paths
from contacts.models import User
from delegations import jubilee
from delegations.letters import polite_reminder
from delegations.models import (
    FollowUp,
    JubileeStep,
)

ORIGINS = ("delegation", "partnership", "occasion", "project", "agreement", "city")
STATE_OF_PROMISE = ("state", "done_on", "dropped_because")


def answering(named: User | None, other: User | None) -> str | None:
    """Who answers for it; somebody who does because nobody is named is told apart."""
    if named is None and other is not None:
        return with_small(other, gettext("derived"))
    return str(named) if named else None


class FollowUpInline(TableInline):
    model = FollowUp
    fields = ["title", "owed_by", "assignee", "due_on", "state"]
    readonly_fields = ["state"]


class DueFilter(admin.SimpleListFilter):
    title = _("due")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [
            ("overdue", _("Overdue")),
            ("7", _("Within a week")),
            ("month", _("This month")),
            ("30", _("Within 30 days")),
            ("undated", _("Without a date")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        today = timezone.localdate()
        match self.value():
            case "overdue":
                return queryset.overdue(today)
            case "7" | "30" as days:
                return queryset.due_by(today + datetime.timedelta(days=int(days)))
            case "month":
                return queryset.due_by(today + relativedelta(day=31))
            case "undated":
                return queryset.open().filter(due_on__isnull=True)
        return queryset


class MyFollowUpsFilter(MineFilter):
    """As the menu and the first page count them: with what comes to me by a visit, a project or a tie."""

    def of(self, queryset: Any, user: Any) -> Any:
        return queryset.with_responsible().filter(answering=user and user.pk)


def is_open(promise: FollowUp) -> bool:
    return promise.state == FollowUp.State.OPEN


def a_week_later(promise: FollowUp) -> dict[str, Any]:
    """A week from when it was due; what is late gets a week from today."""
    return {"to": promise.due_after(datetime.timedelta(days=7), today=timezone.localdate())}


def the_letter(promise: FollowUp, user: Any) -> dict[str, Any]:
    return {"letter": polite_reminder(promise, sender=user, today=timezone.localdate())}


@admin.register(FollowUp)
class FollowUpAdmin(RecordAdmin):
    list_display = ["title", "due", "state_badge", "owed_by", "in_charge", "promised"]
    list_filter = ["state", DueFilter, MyFollowUpsFilter, "owed_by", "priority"]
    tabs: tuple[Tab, ...] = (
        Tab(_("Mine, open"), {"mine": "yes", "state__exact": FollowUp.State.OPEN.value}),
        Tab(_("Overdue"), {"due": "overdue"}),
        Tab(_("This month"), {"due": "month"}),
        Tab(_("All open"), {"state__exact": FollowUp.State.OPEN.value}),
    )
    verbs = (
        Verb(
            "complete",
            _("Done"),
            FollowUp.complete,
            done=_("is done"),
            asks={"on": FollowUp._meta.get_field("done_on")},
            required=("on",),
            initial=lambda promise: {"on": timezone.localdate()},
            possible=is_open,
            in_bulk=_("Done today"),
        ),
        Verb(
            "postpone",
            _("Postpone"),
            FollowUp.postpone,
            done=_("is due later"),
            asks={"to": FollowUp._meta.get_field("due_on")},
            required=("to",),
            initial=a_week_later,
            possible=is_open,
            in_bulk=_("Postpone by a week"),
        ),
        Verb(
            "drop",
            _("Drop"),
            FollowUp.drop,
            done=_("will not be kept"),
            help=_("That it was promised stays on record."),
            asks={"reason": FollowUp._meta.get_field("dropped_because")},
            possible=is_open,
            in_bulk=_("Drop: it will not be kept"),
            is_grave=True,
        ),
        Verb(
            "remind-them",
            _("Remind politely"),
            FollowUp.note_reminder,
            done=_("was politely asked for, and a contact note says so"),
            possible=lambda promise: promise.is_theirs,
            template="delegations/polite_reminder.html",
            shows=the_letter,
            button=_("Sent: note the contact"),
            also_needs=("relations.add_interaction",),
            by_user=True,
        ),
        Verb(
            "reopen",
            _("Open again"),
            FollowUp.reopen,
            done=_("is open again"),
            possible=lambda promise: not is_open(promise),
        ),
    )
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "title",
                    "text",
                    ("owed_by", "assignee"),
                    ("due_on", "priority"),
                    STATE_OF_PROMISE,
                    "place_in_plan",
                ]
            },
        ),
        (
            _("Where it was promised"),
            {"fields": ["delegation", "partnership", "occasion", "project", "agreement", "city"]},
        ),
        (
            _("More exactly"),
            {
                "classes": ["collapse"],
                "fields": [
                    ("programme_item", "outcome"),
                    "interaction",
                    ("counterpart", "organisation"),
                ],
            },
        ),
    ]
    readonly_fields = ["write_to", "place_in_plan"]

    @admin.display(description=_("in the jubilee plan"))
    def place_in_plan(self, promise: FollowUp) -> str:
        """How far from the celebration it is planned, and whether it moves with it."""
        words = [promise.distance.display()]
        if promise.follows_the_plan and promise.due_on:
            words.append(gettext("moves with the celebration"))
        elif promise.state == FollowUp.State.OPEN and promise.planned_on:
            text = gettext("by the plan due %(when)s; the date set by hand stays")
            words.append(text % {"when": promise.planned_on.display_in()})
        if late := jubilee.began_late(promise, today=timezone.localdate()):
            words.append(late)
        return "; ".join(words)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Of a step of a jubilee plan its place there; where a counterpart is named, whom to write to.

        That is not to be overlooked, so it stands with what is asked first. A promise that is only being
        entered is open.
        """
        (name, first), *others = super().get_fieldsets(request, obj)
        needless: list[Any] = [list(STATE_OF_PROMISE)] if obj is None else []
        if obj is None or obj.step_id is None:
            needless.append(list("place_in_plan"))
        # A line of several fields is a tuple here and a list there.
        fields = [line for line in first["fields"] if list(line) not in needless]
        if obj is not None and obj.counterpart_id:
            fields.append("write_to")
        return [(name, {**first, "fields": fields}), *others]

    def in_short(self, record: Any) -> str:
        if record.due_on is None or not is_open(record):
            return ""
        day = gettext("due %(date)s") % {"date": record.due_on.display_short()}
        return badge("late", day) if record.is_overdue(timezone.localdate()) else day

    def for_list(self, queryset: Any) -> Any:
        rows = super().for_list(queryset).with_responsible()
        return rows.select_related("assignee", *label_paths(FollowUp, ORIGINS))

    def with_computed(self, rows: list[Any]) -> list[Any]:
        staff = User.objects.in_bulk({promise.answering for promise in rows})
        for promise in rows:
            promise.answers = staff.get(promise.answering)
        return rows

    @admin.display(description=_("in charge"), ordering="assignee__sort")
    def in_charge(self, promise: Any) -> str | None:
        return answering(promise.assignee, promise.answers)

    @admin.display(description=_("whom to write to"))
    def write_to(self, promise: FollowUp) -> str | None:
        """The counterpart, or who holds their post now: people leave, die, or want no letters."""
        whom = promise.whom_to_write(today=timezone.localdate())
        return (whom.explained() or whom.label) if whom else None

    @admin.display(description=_("promised in"))
    def promised(self, promise: FollowUp) -> str | None:
        """The visit, tie or whatever else it was promised in, the nearest first."""
        return next((str(origin) for name in ORIGINS if (origin := getattr(promise, name))), None)

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


# --- what jubilee plans consist of ---


@admin.register(JubileeStep)
class JubileeStepAdmin(RecordAdmin):
    list_title = _("Steps of a jubilee")
    list_display = ["__str__", "distance", "owner", "order", "origin", "is_active"]
    list_filter = ["is_active", "owner"]
    verbs = (
        Verb(
            "reset",
            _("As it came with the house"),
            JubileeStep.reset,
            done=_("is as it came with the house"),
            possible=lambda step: bool(step.key) and not step.is_as_shipped,
        ),
    )
    fieldsets = [
        (None, {"fields": ["title", "text"]}),
        (_("When, and by whom"), {"fields": [("count", "unit", "side"), "owner"]}),
        (_("In the list"), {"fields": [("order", "is_active")]}),
    ]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What came with the house is switched off instead, so that it can be had back."""
        return super().has_delete_permission(request, obj) and not (obj and obj.key)

    @admin.display(description=_("when"))
    def distance(self, step: JubileeStep) -> str:
        return step.offset.display()

    @admin.display(description=_("origin"))
    def origin(self, step: JubileeStep) -> str:
        if not step.key:
            return gettext("our own")
        return gettext("as it came") if step.is_as_shipped else gettext("changed")
