"""What gets in each other's way: anniversaries of one day, several round ones at once, a visit, an election.

Only what is certain is called a clash. A date known to the month may meet another one of that month, so the
day is to be found out; of one known to the year nothing is said.
"""

from __future__ import annotations

import datetime
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from babel.dates import format_skeleton
from babel.lists import format_list
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contacts.dates import PartialDate, Precision, reader_locale
from contacts.models import City, CityDate
from delegations.models import Delegation
from desk.anniversaries import Anniversary, country_of, day_of_year
from desk.visits import span_of
from relations.models import Partnership
from reminders.phrases import full_day, spelled, weekday_in_short

WITHIN = datetime.timedelta(days=31)
# So long before or after an anniversary an election is worth knowing of.
ELECTION_NEAR = datetime.timedelta(days=30)
# So long without a round one is called calm.
CALM = datetime.timedelta(days=365)


class Kind(models.TextChoices):
    SAME_DAY = "same_day", gettext_lazy("same day each year")
    SAME_MONTH = "same_month", gettext_lazy("same month each year, no day known")
    CLOSE = "close", gettext_lazy("round ones within a month")
    FULL_YEAR = "full_year", gettext_lazy("several round ones in one year")
    VISIT = "visit", gettext_lazy("a visit on that day")
    CITY_DATE = "city_date", gettext_lazy("a day of the city, or an election nearby")


@dataclass(slots=True)
class Clash:
    kind: Kind
    start: datetime.date
    title: str
    text: str
    shape: str
    badge: str
    anniversaries: list[Anniversary] = field(default_factory=list)
    visit: Delegation | None = None
    city_date: CityDate | None = None

    @property
    def is_yearly(self) -> bool:
        """Of whole ties; its anniversaries are only the first ones then."""
        return self.kind in (Kind.SAME_DAY, Kind.SAME_MONTH)

    def beside(self, tie: Partnership) -> str:
        """What it says in the row of one of the ties: "same day: Treptow-Köpenick–Tepebaşı"."""
        others = dict.fromkeys(str(each.tie) for each in self.anniversaries if each.tie.pk != tie.pk)
        return f"{self.badge}: {', '.join(others) or self.title}"


@dataclass(frozen=True, slots=True)
class Calm:
    """A stretch of a year or more without a round one."""

    start: datetime.date
    end: datetime.date

    @property
    def display(self) -> str:
        locale = reader_locale()
        return _("%(start)s to %(end)s") % {
            "start": format_skeleton("yMMMM", self.start, locale=locale),
            "end": format_skeleton("yMMMM", self.end, locale=locale),
        }

    @property
    def length(self) -> str:
        months = round((self.end - self.start).days / 30.44)
        return ngettext("%(count)d month", "%(count)d months", months) % {"count": months}


def calm_between(
    round_ones: Sequence[Anniversary], *, start: datetime.date, end: datetime.date
) -> list[Calm]:
    """The stretches without a round one, of those of which only the year is known all the year."""
    day = datetime.timedelta(days=1)
    found, free_from = [], start
    for each in sorted(round_ones, key=lambda each: each.on):
        if each.on - free_from >= CALM:
            found.append(Calm(free_from, each.on - day))
        free_from = max(free_from, min(each.when.last_day, end) + day)
    if end - free_from >= CALM:
        found.append(Calm(free_from, end))
    return found


def clashes_of(
    everything: list[Anniversary],
    round_ones: list[Anniversary],
    *,
    today: datetime.date,
    full: int,
    with_visits: bool,
    with_city_dates: bool,
) -> list[Clash]:
    """What returns each year first, then what meets a round one, in order; nothing that is over."""
    ahead = [each for each in everything if each.when.last_day >= today]
    round_ones = [each for each in round_ones if each.when.last_day >= today]
    close = _close(round_ones)
    single = [*close, *_full_years(round_ones, full, besides=close)]
    if with_city_dates:
        single += _on_city_dates(round_ones)
    if with_visits:
        single += _on_visits(round_ones, today)
    return [*_pairs(ahead), *sorted(single, key=lambda clash: (clash.start, clash.kind))]


# --- what returns each year ---


def _pairs(ahead: list[Anniversary]) -> list[Clash]:
    """Ties of one day; after them those of one month, if of none the day is known."""
    by_tie: dict[int, list[Anniversary]] = defaultdict(list)
    for each in ahead:
        by_tie[each.tie.pk].append(each)
    by_day: dict[tuple[bool, int, int], list[list[Anniversary]]] = defaultdict(list)
    for some in by_tie.values():
        month, day = some[0].founded.month, some[0].founded.day
        if month is not None:
            by_day[day is None, month, day or 0].append(some)
    return [_pair(ties) for _day, ties in sorted(by_day.items()) if len(ties) > 1]


def _pair(ties: list[list[Anniversary]]) -> Clash:
    first = [each[0] for each in ties]
    names = _joined(str(each.tie) for each in first)
    founded = first[0].founded
    day = day_of_year(founded)
    title = _("%(day)s, every year") % {"day": day}
    if founded.day is None:
        text = _("%(names)s: only the month is known.") % {"names": names}
        return Clash(Kind.SAME_MONTH, first[0].on, title, text, "plan", _("find out the day"), first)
    sentences = [f"{names}.", *_in_common(first), *_first_round(ties)]
    return Clash(Kind.SAME_DAY, first[0].on, title, " ".join(sentences), "late", _("same day"), first)


def _in_common(found: list[Anniversary]) -> list[str]:
    homes = {_whole(each.tie.home) for each in found}
    countries = {each.tie.partner.country for each in found}
    if len(homes) > 1:
        return []
    city = next(iter(homes)).short_name
    if len(countries) > 1:
        return [_("Each of them in %(city)s.") % {"city": city}]
    country = country_of(found[0].tie.partner)
    return [_("Each of them in %(city)s, partner country %(country)s.") % {"city": city, "country": country}]


def _whole(city: City) -> City:
    return city.parent or city


def _first_round(ties: list[list[Anniversary]]) -> list[str]:
    """The first year in which one of them is round, with what the others are then."""
    everything = [each for tie in ties for each in tie]
    years = [each.when.year for each in everything if each.is_round]
    if not years:
        return []
    then = [each for each in everything if each.when.year == min(years)]
    then.sort(key=lambda each: (not each.is_round, str(each.tie)))
    text = _("For the first time with a round one: %(day)s (%(names)s).")
    return [text % {"day": full_day(then[0].on), "names": ", ".join(each.label for each in then)}]


# --- several at once ---


def _close(round_ones: list[Anniversary]) -> list[Clash]:
    """Round ones that certainly lie within a month of each other."""
    dated = sorted(
        (each for each in round_ones if each.precision != Precision.YEAR),
        key=lambda each: (each.on, each.when.last_day),
    )
    found, before = [], set[int]()
    for number, each in enumerate(dated):
        upto = bisect(dated, each.on + WITHIN, lo=number, key=lambda later: later.on)
        # One of which only the month is known may end too late, and another that begins after it may not.
        group = [at for at in range(number, upto) if dated[at].when.last_day <= each.on + WITHIN]
        # What the group before holds already is no new one.
        if len(group) > 1 and not before.issuperset(group):
            found.append(_group([dated[at] for at in group]))
        before = set(group)
    return found


def _group(some: list[Anniversary]) -> Clash:
    first, last = some[0], max(some, key=lambda each: each.when.last_day)
    title = first.when.display()
    if first.when != last.when:
        title = f"{title} – {last.when.display()}"
    badge = _("%(number)s within a month") % {"number": spelled(len(some))}
    if all(each.when == first.when and each.precision == Precision.DAY for each in some):
        badge = _("same day")
    return Clash(Kind.CLOSE, first.on, title, _each_with_day(some), "late", badge, some)


def _full_years(round_ones: list[Anniversary], full: int, *, besides: list[Clash]) -> list[Clash]:
    by_year: dict[int, list[Anniversary]] = defaultdict(list)
    for each in round_ones:
        by_year[each.when.year].append(each)
    said = [clash.anniversaries for clash in besides]
    return [
        Clash(
            Kind.FULL_YEAR,
            some[0].on,
            str(year),
            _each_with_day(some),
            "warn",
            _("%(number)s in one year") % {"number": spelled(len(some))},
            some,
        )
        for year, some in by_year.items()
        if len(some) >= full and some not in said
    ]


def _each_with_day(some: list[Anniversary]) -> str:
    """ "25 years Düsseldorf–Chongqing (22 July), 25 years Osnabrück–Çanakkale (May)"."""
    return ", ".join(f"{each.label} ({_within_year(each.when)})" for each in some) + "."


def _within_year(when: PartialDate) -> str:
    match when.precision:
        case Precision.DAY:
            return weekday_in_short(when.first_day)
        case Precision.MONTH:
            return day_of_year(when)
    return _("day and month not known")


# --- what else is on that day ---


def _on_visits(round_ones: list[Anniversary], today: datetime.date) -> list[Clash]:
    """Visits of other ties that take all or part of the staff away on the day of a round one."""
    dated = [each for each in round_ones if each.precision == Precision.DAY]
    if not dated:
        return []
    state = Delegation.State
    visits = (
        Delegation.objects.filter(
            state__in=[state.IDEA, state.PLANNED, state.CONFIRMED, state.UNDER_WAY],
            starts_on__on_or_before=PartialDate.of(dated[-1].on),
        )
        .filter(models.Q(ends_on__isnull=True) | models.Q(ends_on__on_or_after=PartialDate.of(today)))
        .select_related("occasion")
        .prefetch_related("stops")
    )
    return [
        _visit_clash(each, visit)
        for visit in visits
        if (days := _days_of(visit)) is not None
        for each in dated
        if days[0] <= each.on <= days[1] and not _belongs_to(visit, each)
    ]


def _days_of(visit: Delegation) -> tuple[datetime.date, datetime.date] | None:
    """Its days, if they are known; of a month nobody can say that it meets a day."""
    begin, end = visit.starts_on, visit.ends_on or visit.starts_on
    if begin is None or end is None or begin.day is None or end.day is None:
        return None
    return begin.first_day, end.first_day


def _belongs_to(visit: Delegation, each: Anniversary) -> bool:
    """Whether the visit is of this tie, and so perhaps the celebration itself."""
    ties = {visit.partnership_id, visit.occasion.partnership_id if visit.occasion else None}
    partner = each.tie.partner_id
    return each.tie.pk in ties or any(stop.city_id == partner for stop in visit.stops.all())


def _visit_clash(each: Anniversary, visit: Delegation) -> Clash:
    text = _("%(name)s falls on the visit “%(visit)s” (%(span)s).")
    facts = {"name": each.label, "visit": visit, "span": span_of(visit)}
    badge = _("visit that day")
    return Clash(Kind.VISIT, each.on, each.display_when, text % facts, "warn", badge, [each], visit=visit)


def _on_city_dates(round_ones: list[Anniversary]) -> list[Clash]:
    """Days of one of the two cities, such as its national day; elections a month before or after."""
    known = [each for each in round_ones if each.precision != Precision.YEAR]
    by_city: dict[int, list[CityDate]] = defaultdict(list)
    cities = {pk for each in known for pk in (each.tie.home_id, each.tie.partner_id)}
    for date in CityDate.objects.filter(city__in=cities).select_related("city__parent") if cities else ():
        by_city[date.city_id].append(date)
    return [
        _city_clash(each, date, day)
        for each in known
        for city in (each.tie.home_id, each.tie.partner_id)
        for date in by_city[city]
        if (day := _meets(each.when, date)) is not None
    ]


def _meets(when: PartialDate, date: CityDate) -> datetime.date | None:
    """The day of the city that meets the anniversary; None where it does not."""
    if len(date.on) == len("2029-03-25"):
        day = datetime.date.fromisoformat(date.on)
    elif date.on == "02-29":
        return None  # kept on another day in most years
    else:
        day = datetime.date.fromisoformat(f"{when.year:04}-{date.on}")
    if date.kind == CityDate.Kind.ELECTION:
        near = when.first_day - ELECTION_NEAR <= day <= when.last_day + ELECTION_NEAR
        return day if near else None
    return day if when.day is not None and day == when.first_day else None


def _city_clash(each: Anniversary, date: CityDate, day: datetime.date) -> Clash:
    text = _("%(name)s, and %(date)s on %(day)s.")
    facts = {"name": each.label, "date": date, "day": PartialDate.of(day).display()}
    badge = date.get_kind_display()
    title = each.display_when
    return Clash(Kind.CITY_DATE, each.on, title, text % facts, "plan", badge, [each], city_date=date)


def _joined(names: Iterable[Any]) -> str:
    return format_list([str(name) for name in names], locale=reader_locale())
