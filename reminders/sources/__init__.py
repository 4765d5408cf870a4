"""Where reminders come from: rows with a date that stages count from, as they are on one day."""

from __future__ import annotations

import datetime

from delegations.models import Delegation
from relations.models import Interaction, PartnershipEvent
from reminders.rulebook import Rulebook
from reminders.sources.agreements import Agreements
from reminders.sources.anniversaries import Anniversaries
from reminders.sources.base import Source
from reminders.sources.city_dates import CityDates, PartnerCitiesDay
from reminders.sources.promises import FollowUps
from reminders.sources.quiet_ties import QuietTies
from reminders.sources.visits import Departures, Reports

SOURCES: tuple[type[Source], ...] = (
    Anniversaries,
    Agreements,
    FollowUps,
    Departures,
    Reports,
    QuietTies,
    CityDates,
    PartnerCitiesDay,
)


def sources(today: datetime.date, book: Rulebook | None = None) -> dict[str, Source]:
    book = book or Rulebook()
    return {source.subject: source(today, book) for source in SOURCES}


def days_of_change(start: datetime.date, end: datetime.date) -> set[datetime.date]:
    """The days after the first, until the last, from which something counts that is dated ahead.

    From such a day on the rows are others, or were last heard of on another day.
    """
    events = PartnershipEvent.objects.filter(on__on_or_after=start).values_list("on", flat=True)
    visits = Delegation.objects.took_place().filter(starts_on__on_or_after=start)
    begun = [date.first_day for date in (*events, *visits.values_list("starts_on", flat=True)) if date]
    told = Interaction.objects.filter(on__gt=start).values_list("on", flat=True)
    return {day for day in (*begun, *told) if start < day <= end}
