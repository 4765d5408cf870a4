"""When the cities of a tie last had to do with each other: on a visit, in a call, by letter."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from operator import or_
from typing import TypeAlias

from dateutil.relativedelta import relativedelta
from django.db.models import Min, Q

from contacts.dates import PartialDate
from contacts.records import batches
from delegations.models import Delegation
from relations.models import Interaction, Partnership

QUIET_AFTER = relativedelta(months=12)
# For more ties than these all visits are read: a list of thousands of cities is no question for a database.
FEW = 500
DAY = datetime.timedelta(days=1)
Span: TypeAlias = tuple[datetime.date, datetime.date]
"""The first and the last of some days."""


def day_of(visit: Delegation) -> PartialDate | None:
    return visit.ends_on or visit.starts_on


def is_quiet(contact: PartialDate | None, *, today: datetime.date) -> bool:
    """Whether the last contact on record, if there is one, is more than twelve months ago."""
    return contact is None or contact.last_day < today - QUIET_AFTER


@dataclass(frozen=True, slots=True)
class Contact:
    """A visit or a contact note, and when it was."""

    what: Delegation | Interaction
    on: PartialDate


def last_contacts(ties: Iterable[Partnership], *, today: datetime.date) -> dict[int, Contact]:
    """By tie, its latest contact by that day; the ties have their further cities prefetched.

    A contact is a visit within the tie that took place, see `last_visits`, or a contact note that counts for
    it, see `InteractionQuerySet.of_tie`. A day not known exactly is taken for the last that it may have been.
    """
    ties = list(ties)
    found = {
        tie: Contact(note, note.day) for tie, note in Interaction.objects.up_to(today).latest_of(ties).items()
    }
    for tie, visit in last_visits(ties, today=today).items():
        day, other = day_of(visit), found.get(tie)
        if day and (other is None or other.on.last_day <= day.last_day):
            found[tie] = Contact(visit, day)
    return found


# --- which ties to ask for ---


def first_contact_on() -> datetime.date | None:
    """No contact is on record from before that day."""
    note = Interaction.objects.aggregate(first=Min("on"))["first"]
    visit = Delegation.objects.aggregate(first=Min("starts_on"))["first"]
    return min((day for day in (note, visit and visit.first_day) if day), default=None)


def years_before(days: Sequence[datetime.date], earliest: datetime.date) -> list[Span]:
    """The same days of each year before, back to the earliest; these days follow one another.

    One more on the right, for what counts from 29 February is kept on the 28th.
    """
    spans: list[Span] = []
    for years in range(1, min(days[-1].year - earliest.year, days[0].year - 1) + 1):
        back = relativedelta(years=years)
        first, last = days[0] - back, days[-1] - back + DAY
        if spans and last >= spans[-1][0]:
            spans[-1] = (first, spans[-1][1])
        else:
            spans.append((first, last))
    return spans


def ties_met(spans: Iterable[Span]) -> set[int]:
    """Keys of the ties that had a contact in one of these spans; some may have had none, none is missing.

    Some spans at a time: a database takes an "or" of a hundred, not one of the years since the oldest
    claim of a visit.
    """
    found: set[int] = set()
    rest = iter(spans)
    while some := list(islice(rest, 50)):
        on = reduce(or_, (Q(on__range=span) for span in some))
        found |= Interaction.objects.filter(on).ties()
        ended = reduce(or_, (_ends_in("ends_on", span) for span in some))
        ended |= Q(ends_on__isnull=True) & reduce(or_, (_ends_in("starts_on", span) for span in some))
        visits = Delegation.objects.took_place().filter(ended).order_by().only("partnership", "home")
        for batch in batches(visits.prefetch_related("stops").iterator(chunk_size=500)):
            found |= _ties_visited(batch)
    return found


def _ends_in(field: str, span: Span) -> Q:
    """Dates as they are stored whose last day is one of these."""
    first, last = span
    years = [str(PartialDate(year)) for year in range(first.year, last.year + 1)]
    months = [f"{year}-{month:02}" for year in years for month in range(1, 13)]
    whole = [date for date in (*years, *months) if first <= PartialDate.parse(date).last_day <= last]
    return Q(**{f"{field}__range": (str(first), str(last))}) | Q(**{f"{field}__in": whole})


def _ties_visited(visits: Collection[Delegation]) -> set[int]:
    """Ties that these visits name, and those between where they set out from and where they went."""
    homes = {visit.home_id for visit in visits if visit.home_id}
    stops = {stop.city_id for visit in visits for stop in visit.stops.all()}
    pairs = Q(home__in=homes, partner__in=stops) | Q(home__in=stops, partner__in=homes)
    ties = Partnership.objects.filter(pairs).order_by().values_list("pk", flat=True)
    further = Partnership.further_cities.through.objects.filter(city__in=homes | stops)
    named = {visit.partnership_id for visit in visits if visit.partnership_id}
    return {*named, *ties, *further.values_list("partnership", flat=True)}


# --- what it was ---


def last_visits(ties: Iterable[Partnership], *, today: datetime.date) -> dict[int, Delegation]:
    """By tie, its latest visit that took place by that day; the ties have their further cities prefetched.

    A visit is within a tie when it says so, or when one city of the tie had a stop in another one of it.
    """
    cities = {tie.pk: tie.city_ids() for tie in ties}
    ties_of: dict[int | None, set[int]] = defaultdict(set)
    for tie, members in cities.items():
        for city in members:
            ties_of[city].add(tie)
    latest: dict[int, tuple[datetime.date, int, Delegation]] = {}
    for visit in _visits(cities, ties_of, today=today):
        stops = {stop.city_id for stop in visit.stops.all()} - {visit.home_id}
        within = {tie for tie in ties_of.get(visit.home_id, ()) if stops & cities[tie]}
        if visit.partnership_id in cities:
            within.add(visit.partnership_id)
        entry = (_last_day(visit), visit.pk, visit)
        for tie in within:
            latest[tie] = max(latest.get(tie, entry), entry)
    return {tie: visit for tie, (_day, _pk, visit) in latest.items()}


def _visits(
    cities: Collection[int], everywhere: Collection[int | None], *, today: datetime.date
) -> Iterator[Delegation]:
    visits = Delegation.objects.took_place().filter(starts_on__on_or_before=today)
    if len(cities) <= FEW:
        # Keys, no join within an "or": each side is then looked up by its index.
        stopped = visits.order_by().filter(home__in=everywhere, stops__city__in=everywhere)
        here = set(stopped.values_list("pk", flat=True))
        visits = visits.filter(Q(partnership__in=cities) | Q(pk__in=here))
    needed = visits.only("title", "partnership", "home", "starts_on", "ends_on")
    return needed.prefetch_related("stops").iterator(chunk_size=500)


def _last_day(visit: Delegation) -> datetime.date:
    day = day_of(visit)
    assert day is not None  # the look-up asks for a first day
    return day.last_day
