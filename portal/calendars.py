"""Public calendars (iCalendar, RFC 5545): anniversaries and visits, all day.

What is known to the month is one entry over the whole month, and its title says that no day is known; of the
year alone only a round anniversary is an entry. The moment of an entry is that of its publication: when
somebody last worked on the row is nobody's business, and a calendar that is subscribed to is replaced whole.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.calendars import DAY, calendar_of, days_between, event, without_day
from contacts.dates import Precision
from contacts.models import Office
from delegations.calendars import status_of
from delegations.models import Delegation
from portal.api import Anniversary, AnniversaryQuery, AnniversaryViewSet, VisitViewSet
from portal.files import AsItIs, Undated, address_of, at_most
from portal.naming import name_of
from relations.anniversaries import Milestone, Occurrence
from reminders.phrases import years_of

if TYPE_CHECKING:
    import icalendar

# Without a year: this one and the two that follow, as in the calendars of the staff.
YEARS_AHEAD = 2


class Ics(AsItIs):
    media_type = "text/calendar"
    format = "ics"


def calendar(title: str, entries: Iterable[icalendar.Event]) -> bytes:
    return calendar_of(f"{title} – {Office.current().title}", entries)


# --- anniversaries ---


class AnniversaryCalendarQuery(AnniversaryQuery):
    year = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=9999,
        help_text="In which they are. Without it: this year and the two that follow.",
    )


class AnniversaryCalendar(Undated, AnniversaryViewSet):
    """Anniversaries of ties, an entry for each year; a month without a day takes the month and says so."""

    renderer_classes = (Ics,)
    query_class = AnniversaryCalendarQuery
    about = "iCalendar after RFC 5545, all-day events."

    def made(self, request: Request) -> Response:
        year = self.asked.pop("year", None)
        first, self.year = (year, year) if year else (self.today.year, self.today.year + YEARS_AHEAD)
        ties = self.all_of(self.found().order_by("founded_month_day", "pk"))
        coming = [
            Anniversary(tie, Occurrence(tie.founded, count - tie.founded.year))
            for count in range(first, self.year + 1)
            for tie in ties
            if count > tie.founded.year
        ]
        entries = filter(None, (anniversary_entry(each, self.language) for each in at_most(coming)))
        return Response(calendar(_("Anniversaries"), entries))


def anniversary_entry(each: Anniversary, language: str) -> icalendar.Event | None:
    that, on = each.occurrence, each.occurrence.when
    is_round = that.milestone != Milestone.NONE
    if that.precision == Precision.YEAR and not is_round:
        return None
    title = years_of(name_of(each.tie, language), that.years)
    return event(
        # By year, so that a corrected founding date changes the entry instead of making a second one.
        f"public-anniversary-{each.tie.pk}-{on.year}",
        without_day(f"{title} ({that.milestone.label})" if is_round else title, on),
        on.first_day,
        last_day_after(on.last_day),
        stamp=moment_of(each.tie),
        url=address_of("anniversaries", each.id),
        about=[_("Founded: %(date)s") % {"date": that.founded.display()}],
        kind=_("Anniversary"),
    )


# --- visits ---


class VisitCalendar(Undated, VisitViewSet):
    """Visits, an entry for each stop that has a date; for the visit itself where none has."""

    renderer_classes = (Ics,)
    about = "iCalendar after RFC 5545, all-day events."

    def made(self, request: Request) -> Response:
        visits = self.all_of(self.found().order_by(F("starts_on").desc(nulls_last=True), "pk"))
        pairs = zip(visits, self.facts(visits), strict=True)
        entries = (entry for visit, facts in pairs for entry in visit_entries(visit, facts))
        return Response(calendar(pgettext("to the public", "Visits"), entries))


def visit_entries(visit: Any, facts: Mapping[str, Any]) -> Iterator[icalendar.Event]:
    cities = [stop["city"]["name"] for stop in facts["stops"]]
    legs = [
        (stop, city, days)
        for stop, city in zip(visit.public_stops, cities, strict=True)
        if (days := days_between(stop.arrives_on, stop.departs_on))
    ]
    for stop, city, days in legs:
        title = without_day(f"{city}: {facts['name']}", stop.arrives_on, stop.departs_on)
        yield visit_entry(visit, facts, f"public-stop-{stop.pk}", title, days, where=city)
    days = days_between(visit.starts_on, visit.ends_on)
    if not legs and days:
        title = without_day(facts["name"], visit.starts_on, visit.ends_on)
        yield visit_entry(visit, facts, f"public-visit-{visit.pk}", title, days, where=", ".join(cities))


def visit_entry(
    visit: Delegation,
    facts: Mapping[str, Any],
    key: str,
    title: str,
    days: tuple[datetime.date, datetime.date],
    *,
    where: str,
) -> icalendar.Event:
    return event(
        key,
        title,
        *days,
        stamp=moment_of(visit),
        url=address_of("visits", facts["id"]),
        about=[
            " – ".join(stop["city"]["name"] for stop in facts["stops"]),
            facts["summary"] or facts["purpose"],
            _("State: %(state)s") % {"state": Delegation.State(facts["state"]).label},
        ],
        status=status_of(visit),
        where=where,
        kind=pgettext("to the public", "Visit"),
    )


# --- of both ---


def moment_of(row: Any) -> datetime.datetime:
    """When it became public; an entry is of no other moment, so the same rows are the same bytes."""
    published_at: datetime.datetime = row.published_at
    return published_at


def last_day_after(day: datetime.date) -> datetime.date | None:
    """An entry ends before the day after; after the last one that there is nothing comes."""
    return day + DAY if day < datetime.date.max else None
