"""What the calendar of a member of staff holds: what they chose, as far as they may see it on that day."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils import translation
from django.utils.translation import gettext_noop

from contacts.calendars import calendar_of
from contacts.dates import PartialDate
from contacts.models import User
from contacts.viewpoint import narrowed
from delegations.models import Delegation, ProgrammeItem, Stop
from desk.anniversaries import anniversaries, ties_of
from desk.calendars import anniversary_entry, follow_up_entry, item_entry, visit_entries
from desk.models import CalendarFeed
from reminders.sources.promises import FollowUps

if TYPE_CHECKING:
    import icalendar

# Anniversaries of this year and the two that follow; visits also those of last year.
YEARS_AHEAD = 2
YEARS_BACK = 1
# Entries of one kind at most, of visits the latest.
MOST = 1_500


def open_calendar_of(user: User) -> CalendarFeed | None:
    feed = CalendarFeed.objects.select_related("user").filter(user=user).first()
    return feed if feed and feed.is_open else None


@transaction.atomic
def revoke_calendar(user: User) -> None:
    """Their address opens nothing from now on; the history of the account says who did it."""
    feed = open_calendar_of(user)
    if feed is None:  # somebody was faster
        return
    feed.revoke()
    user._change_reason = gettext_noop("calendar subscription revoked")  # type: ignore[attr-defined]
    user.save(update_fields=["version"])


def feed_of(feed: CalendarFeed, *, today: datetime.date) -> bytes:
    """The calendar in the language of its owner, without what they may not see: without rights it is empty.

    Empty, not refused: programs then take out what they had, where an error leaves it standing.
    """
    with translation.override(feed.user.language):
        return calendar_of("Goldenbook", _entries(feed, today))


def _entries(feed: CalendarFeed, today: datetime.date) -> Iterator[icalendar.Event]:
    """A number of queries that does not grow with the rows."""
    may = feed.user.has_perm
    if feed.anniversaries and may("relations.view_partnership"):
        yield from _anniversaries(feed, today)
    if feed.follow_ups and may("delegations.view_followup"):
        yield from _follow_ups(feed, today)
    sees_programme = feed.programme and may("delegations.view_programmeitem")
    if may("delegations.view_delegation") and (feed.visits or sees_programme):
        visits = list(_visits(feed, today))
        if feed.visits:
            for visit in visits:
                yield from visit_entries(visit)
        if sees_programme:
            yield from _items(feed, visits)


def _is_mine(feed: CalendarFeed) -> bool:
    return feed.whose == CalendarFeed.Whose.MINE


def _anniversaries(feed: CalendarFeed, today: datetime.date) -> Iterator[icalendar.Event]:
    ties = ties_of(today=today, homes=[feed.home])
    if _is_mine(feed):
        ties = ties.filter(responsible=feed.user)
    start, end = datetime.date(today.year, 1, 1), datetime.date(today.year + YEARS_AHEAD, 12, 31)
    for each in anniversaries(ties, start=start, end=end)[:MOST]:
        if made := anniversary_entry(each):
            yield made


def _follow_ups(feed: CalendarFeed, today: datetime.date) -> Iterator[icalendar.Event]:
    """What is open; done it vanishes."""
    source = FollowUps(today)
    rows: Any = narrowed(source.rows(), feed.home).filter(due_on__isnull=False)
    if _is_mine(feed):
        rows = rows.with_responsible().filter(answering=feed.user.pk)
    for row in rows.select_related(*source.related).order_by("due_on", "pk")[:MOST]:
        if made := follow_up_entry(row):
            yield made


def _visits(feed: CalendarFeed, today: datetime.date) -> Any:
    """Those with a date, of their own or of a stop, in these years; what was called off included."""
    first = PartialDate(today.year - YEARS_BACK)
    last = PartialDate(today.year + YEARS_AHEAD)
    begins = models.Q(starts_on__on_or_before=last) & (
        models.Q(ends_on__on_or_after=first) | models.Q(ends_on__isnull=True, starts_on__on_or_after=first)
    )
    stops = Stop.objects.filter(arrives_on__on_or_before=last, arrives_on__on_or_after=first)
    rows: Any = narrowed(Delegation.objects.all(), feed.home)
    rows = rows.filter(begins | models.Q(starts_on__isnull=True, pk__in=stops.values("delegation")))
    if _is_mine(feed):
        rows = rows.filter(pk__in=_my_visits(feed))
    cities = models.Prefetch("stops", Stop.objects.select_related("city"))
    latest_first = models.F("starts_on").desc(nulls_first=True)
    return rows.select_related("home").prefetch_related(cities).order_by(latest_first, "pk")[:MOST]


def _my_visits(feed: CalendarFeed) -> Any:
    """Those that the owner answers for, or goes along with."""
    mine = Delegation.objects.of_staff([feed.user.pk]).order_by()
    if feed.user.person_id is None:
        return mine.values("pk")
    along = models.Q(participants__person=feed.user.person_id)
    return Delegation.objects.filter(models.Q(pk__in=mine.values("pk")) | along).order_by().values("pk")


def _items(feed: CalendarFeed, visits: list[Delegation]) -> Iterator[icalendar.Event]:
    items = ProgrammeItem.objects.filter(delegation__in=[visit.pk for visit in visits], on__isnull=False)
    rows = items.select_related("delegation", "stop__city").order_by("-on", "order", "pk")
    for item in rows[:MOST]:
        if made := item_entry(item, with_alarm=feed.alarms):
            yield made
