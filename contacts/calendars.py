"""Calendar files (iCalendar, RFC 5545): what all of ours have in common, whoever may read them.

An entry takes whole days or a time. What is known to the month takes the month, and its title says that no
day is known; of the year alone there is no span. No entry ever stands on a day that somebody made up.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from contacts.dates import PartialDate, Precision

# Three megabytes, which only the processes hold that ever make a calendar.
if TYPE_CHECKING:
    import icalendar

DAY = datetime.timedelta(days=1)
REFRESHED_EVERY = datetime.timedelta(hours=1)
MEDIA_TYPE = "text/calendar; charset=utf-8"


def calendar_of(title: str, entries: Iterable[icalendar.Event]) -> bytes:
    """The file, in the order of the entries."""
    import icalendar

    entries = list(entries)
    calendar = icalendar.Calendar()
    calendar.add("prodid", f"-//Goldenbook//Goldenbook//{(get_language() or 'de')[:2].upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    for name in ("name", "x-wr-calname"):
        calendar.add(name, title)
    calendar.add("refresh-interval", REFRESHED_EVERY, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for component in (*_zones_of(entries), *entries):
        calendar.add_component(component)
    return calendar.to_ical(sorted=False)


# --- one entry ---


def event(
    key: str,
    title: str,
    start: datetime.date,
    end: datetime.date | None,
    *,
    stamp: datetime.datetime,
    url: str,
    about: Iterable[str] = (),
    status: str = "CONFIRMED",
    where: str = "",
    kind: str = "",
    is_busy: bool = False,
) -> icalendar.Event:
    """An entry that ends before `end`, and keeps its UID for ever; the same facts are the same bytes."""
    import icalendar

    made = icalendar.Event()
    made.add("uid", f"{key}@{urlsplit(settings.SITE_URL).hostname or 'localhost'}")
    made.add("dtstamp", stamp.replace(microsecond=0))
    made.add("dtstart", start)
    if end is not None:
        made.add("dtend", end)
    made.add("summary", title)
    made.add("description", "\n".join([*filter(None, about), url]))
    made.add("url", url)
    if where:
        made.add("location", where)
    if kind:
        made.add("categories", [kind])
    made.add("status", status)
    made.add("transp", "OPAQUE" if is_busy else "TRANSPARENT")
    return made


def days_between(
    begin: PartialDate | None, end: PartialDate | None
) -> tuple[datetime.date, datetime.date] | None:
    """The first day and the day after the last, of dates known at least to the month; else None."""
    known = [date for date in (begin, end) if date and date.precision != Precision.YEAR]
    if not known:
        return None
    return known[0].first_day, known[-1].last_day + DAY


def without_day(title: str, *dates: PartialDate | None) -> str:
    """The title, followed by what is known, where not all days are: "… (May 2027, day not known)"."""
    vague = [date for date in dates if date and date.precision != Precision.DAY]
    if not vague:
        return title
    known = " – ".join(dict.fromkeys(date.display() for date in dates if date))
    return _("%(title)s (%(when)s, day not known)") % {"title": title, "when": known}


# --- time zones ---


def _zones_of(entries: list[Any]) -> Iterator[icalendar.Timezone]:
    """The zones that the entries name, in the years that they take place in.

    Our own, because the library's are an hour late in spring and come in another order each time.
    """
    starts = [made["dtstart"].dt for made in entries]
    zoned = [at for at in starts if isinstance(at, datetime.datetime) and isinstance(at.tzinfo, ZoneInfo)]
    if not zoned:
        return
    first, last = min(at.year for at in zoned), max(at.year for at in zoned) + 2
    names = sorted({at.tzinfo.key for at in zoned if isinstance(at.tzinfo, ZoneInfo)})
    for name in names:
        yield timezone_of(ZoneInfo(name), first, last)


def timezone_of(zone: ZoneInfo, first: int, last: int) -> icalendar.Timezone:
    """A zone from the first year to before the last: what holds at first, and each change of the clocks."""
    import icalendar

    made = icalendar.Timezone()
    made.add("tzid", zone.key)
    now = datetime.datetime(first, 1, 1, tzinfo=datetime.UTC)
    end = datetime.datetime(last, 1, 1, tzinfo=datetime.UTC)
    made.add_component(_observance(zone, now, before=now))
    while now < end:
        if _clock(zone, now) != _clock(zone, now + DAY):
            at = _change_within(zone, now, now + DAY)
            made.add_component(_observance(zone, at, before=now))
        now += DAY
    return made


def _clock(zone: ZoneInfo, moment: datetime.datetime) -> tuple[Any, ...]:
    local = moment.astimezone(zone)
    return local.utcoffset(), local.tzname()


def _change_within(zone: ZoneInfo, before: datetime.datetime, after: datetime.datetime) -> datetime.datetime:
    """The minute from which the clocks show the new time."""
    while after - before > datetime.timedelta(minutes=1):
        minutes = (after - before) // datetime.timedelta(minutes=2)
        middle = before + datetime.timedelta(minutes=minutes)
        if _clock(zone, middle) == _clock(zone, before):
            before = middle
        else:
            after = middle
    return after


def _observance(zone: ZoneInfo, at: datetime.datetime, *, before: datetime.datetime) -> Any:
    """It begins at an hour of the clock that holds until then."""
    import icalendar

    old, new = before.astimezone(zone).utcoffset(), at.astimezone(zone)
    # Ireland's and Morocco's winters count as a time that is saved backwards; programs know no such thing.
    is_summer = (new.dst() or datetime.timedelta()) > datetime.timedelta()
    made = icalendar.TimezoneDaylight() if is_summer else icalendar.TimezoneStandard()
    made.add("dtstart", (at + (old or datetime.timedelta())).replace(tzinfo=None))
    made.add("tzoffsetfrom", old)
    made.add("tzoffsetto", new.utcoffset())
    made.add("tzname", new.tzname())
    return made
