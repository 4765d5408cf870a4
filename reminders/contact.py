"""When somebody of a tie last met."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from django.db.models import Q

from contacts.dates import PartialDate
from delegations.models import Delegation
from relations.models import Partnership

# For more ties than these all visits are read: a list of thousands of cities is no question for a database.
FEW = 100


def day_of(visit: Delegation) -> PartialDate | None:
    return visit.ends_on or visit.starts_on


def cities_of(tie: Partnership) -> set[int]:
    return {tie.home_id, tie.partner_id, *(city.pk for city in tie.further_cities.all())}


def last_visits(ties: Iterable[Partnership], *, today: datetime.date) -> dict[int, Delegation]:
    """By tie, its latest visit that took place by that day; the ties have their further cities prefetched.

    A visit is within a tie when it says so, or when one city of the tie had a stop in another one of it.
    """
    cities = {tie.pk: cities_of(tie) for tie in ties}
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
        within = Q(partnership__in=cities) | Q(home__in=everywhere, stops__city__in=everywhere)
        visits = visits.filter(within).distinct()
    needed = visits.only("title", "partnership", "home", "starts_on", "ends_on")
    return needed.prefetch_related("stops").iterator(chunk_size=500)


def _last_day(visit: Delegation) -> datetime.date:
    day = day_of(visit)
    assert day is not None  # the look-up asks for a first day
    return day.last_day
