"""Calendars for other programs (iCalendar, RFC 5545): what becomes an entry, and how.

What is known to the month is one entry over the whole month, and its title says that no day is known. What is
known to the year alone would be a bar over all the year: only a round anniversary is worth it, all else of
which nobody knows the month stays out of the calendar. No entry ever stands on a day that somebody made up.

An entry keeps its UID for ever; SEQUENCE and LAST-MODIFIED count on with the rows it tells of, so that other
programs take over what changed, and the same rows are the same bytes. What an entry may say is written out
field by field: nothing that only some may see, such as talking points, notes, needs or addresses of people.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from contacts.calendars import DAY, days_between, event, without_day
from contacts.dates import Precision
from delegations.calendars import status_of
from delegations.models import Delegation, FollowUp, ProgrammeItem, Stop
from desk.anniversaries import Anniversary, country_of
from desk.day import origin_of
from desk.visits import route_of, span_of

if TYPE_CHECKING:
    import icalendar

# Time enough to walk over to the next item of a programme.
ALARM_BEFORE = datetime.timedelta(minutes=30)


# --- one entry ---


def entry(
    key: str,
    title: str,
    start: datetime.date,
    end: datetime.date | None,
    *,
    rows: Iterable[Any],
    url: str,
    **more: Any,
) -> icalendar.Event:
    """An entry that ends before `end`; `rows` are those it tells of."""
    rows = list(rows)
    changed_at = max(row.changed_at for row in rows).replace(microsecond=0)
    made = event(key, title, start, end, stamp=changed_at, url=settings.SITE_URL + url, **more)
    made.add("last-modified", changed_at)
    made.add("sequence", sum(row.version - 1 for row in rows))
    return made


# --- what becomes one ---


def has_entry(each: Anniversary) -> bool:
    """Of which only the year is known, it would fill the year for nothing, unless it is a round one."""
    return each.precision != Precision.YEAR or each.is_round


def anniversary_entry(each: Anniversary, *, meets: str = "") -> icalendar.Event | None:
    """The day; the whole month, or for a round one the whole year, where no more is known.

    `meets` says what gets in its way.
    """
    when, tie = each.when, each.tie
    if not has_entry(each):
        return None
    title = f"{each.label} ({each.milestone.label})" if each.is_round else each.label
    return entry(
        # By year, so that a corrected founding date changes the entry instead of making a second one.
        f"anniversary-{tie.pk}-{when.year}",
        without_day(title, when),
        when.first_day,
        when.last_day + DAY,
        rows=[tie],
        url=tie.get_absolute_url(),
        about=[
            _("Founded: %(date)s") % {"date": each.founded.display()},
            _("What gets in its way: %(what)s") % {"what": meets} if meets else "",
        ],
        kind=_("Anniversary"),
    )


def follow_up_entry(row: FollowUp) -> icalendar.Event | None:
    """The day it is due; a month is due on its last day, as in the reminders.

    A task (VTODO) would be more to the point, but the calendars that subscribe to an address, Outlook, Google
    and Apple alike, show no tasks of it.
    """
    due = row.due_on
    if due is None or due.precision == Precision.YEAR:
        return None
    title = _("Due: %(title)s") % {"title": row.title}
    return entry(
        f"follow-up-{row.pk}",
        without_day(title, due),
        due.last_day,
        due.last_day + DAY,
        rows=[row],
        url=row.get_absolute_url(),
        about=[str(origin_of(row) or ""), _("Owed by: %(whom)s") % {"whom": row.get_owed_by_display()}],
        kind=_("Follow-up"),
    )


def visit_entries(visit: Delegation) -> Iterator[icalendar.Event]:
    """One for each stop that has a date; the visit itself where none has. Stops come with their cities."""
    legs = [(stop, days) for stop in visit.stops.all() if (days := _days_of(stop))]
    for stop, days in legs:
        dates = (stop.arrives_on, stop.departs_on)
        title = f"{stop.city.short_name}: {visit.title}"
        yield _visit_entry(visit, f"stop-{stop.pk}", without_day(title, *dates), days, stop)
    days = days_between(visit.starts_on, visit.ends_on)
    if not legs and days:
        title = without_day(visit.title, visit.starts_on, visit.ends_on)
        yield _visit_entry(visit, f"visit-{visit.pk}", title, days, None)


def _days_of(stop: Stop) -> tuple[datetime.date, datetime.date] | None:
    return days_between(stop.arrives_on, stop.departs_on)


def _visit_entry(
    visit: Delegation,
    key: str,
    title: str,
    days: tuple[datetime.date, datetime.date],
    stop: Stop | None,
) -> icalendar.Event:
    cities = [stop.city] if stop else [each.city for each in visit.stops.all()]
    return entry(
        key,
        title,
        *days,
        rows=[visit, *([stop] if stop else [])],
        url=visit.get_absolute_url(),
        about=[
            route_of(visit),
            _("Whole visit: %(span)s") % {"span": span_of(visit)} if stop else "",
            visit.dates_note,
            _("State: %(state)s") % {"state": visit.get_state_display()},
        ],
        status=status_of(visit),
        where=", ".join(f"{city.short_name}, {country_of(city)}" for city in cities),
        kind=_("Visit"),
    )


def item_entry(item: ProgrammeItem, *, with_alarm: bool) -> icalendar.Event | None:
    """At its time in the zone of the stop's city; where that is not known the time floats with the reader.

    Without a time it takes the day; without a day the entry of the visit must do.
    """
    if item.on is None or item.on.precision != Precision.DAY:
        return None
    day, visit = item.on.first_day, item.delegation
    start, end = _times_of(item, day)
    is_off = item.state == ProgrammeItem.State.CANCELLED or status_of(visit) == "CANCELLED"
    is_fixed = visit.state not in (Delegation.State.IDEA, Delegation.State.PLANNED)
    made = entry(
        f"programme-{item.pk}",
        item.title,
        start,
        end,
        rows=[visit, item],
        url=item.get_absolute_url(),
        about=[
            visit.title,
            item.topic,
            _("Local time; the time zone is not known.") if item.starts_at and not item.zone else "",
        ],
        status="CANCELLED" if is_off else "CONFIRMED" if is_fixed else "TENTATIVE",
        where=", ".join(filter(None, (item.place, item.stop.city.short_name if item.stop else ""))),
        kind=_("Programme"),
        is_busy=item.starts_at is not None and not is_off,
    )
    if with_alarm and item.starts_at and not is_off:
        made.add_component(_alarm(item.title))
    return made


def _times_of(item: ProgrammeItem, day: datetime.date) -> tuple[datetime.date, datetime.date | None]:
    if item.starts_at is None:
        return day, day + DAY
    start = datetime.datetime.combine(day, item.starts_at, tzinfo=item.zone)
    if item.ends_at is None:
        return start, None
    # A reception that ends after midnight.
    last = day + DAY if item.ends_at < item.starts_at else day
    return start, datetime.datetime.combine(last, item.ends_at, tzinfo=item.zone)


def _alarm(title: str) -> icalendar.Alarm:
    import icalendar

    alarm = icalendar.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", -ALARM_BEFORE)
    return alarm
