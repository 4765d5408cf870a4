"""When somebody of a tie last met."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.db.models import Q

from contacts.dates import PartialDate
from delegations.models import Delegation
from relations.models import Partnership


def day_of(visit: Delegation) -> PartialDate | None:
    return visit.ends_on or visit.starts_on


def cities_of(tie: Partnership) -> set[int]:
    return {tie.home_id, tie.partner_id, *(city.pk for city in tie.further_cities.all())}


def last_visits(ties: Iterable[Partnership], *, today: datetime.date) -> dict[int, Delegation]:
    """By tie, its latest visit that took place by that day; the ties have their further cities prefetched.

    A visit is within a tie when it says so, or when one city of the tie had a stop in another one of it.
    """
    cities = {
        tie.pk: {tie.home_id, tie.partner_id, *(c.pk for c in tie.further_cities.all())} for tie in ties
    }
    everywhere = set().union(*cities.values())
    visits = (
        Delegation.objects.took_place()
        .filter(starts_on__on_or_before=today)
        .filter(Q(partnership__in=cities) | Q(home__in=everywhere, stops__city__in=everywhere))
        .prefetch_related("stops")
        .distinct()
    )
    latest: dict[int, Delegation] = {}
    for visit in sorted(visits, key=lambda visit: (_last_day(visit), visit.pk)):
        stops = {stop.city_id for stop in visit.stops.all()}
        for tie, members in cities.items():
            crossed = visit.home_id in members and (stops & members) - {visit.home_id}
            if visit.partnership_id == tie or crossed:
                latest[tie] = visit
    return latest


def _last_day(visit: Delegation) -> datetime.date:
    day = day_of(visit)
    assert day is not None  # the look-up asks for a first day
    return day.last_day
