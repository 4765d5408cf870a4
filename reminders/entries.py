"""What there is to say about each reminder: facts read at once, then one entry each."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import Q, prefetch_related_objects
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.dates import Precision
from contacts.models import User
from delegations.models import Delegation, FollowUp
from relations.anniversaries import occurrences
from relations.models import Agreement, Partnership
from reminders.addressees import Addressee
from reminders.contact import day_of, last_visits
from reminders.due import Standing
from reminders.models import Rule, Stage
from reminders.phrases import in_days, when_it_is, years_of
from reminders.sources import founded, month_days

FOLLOW_UPS_NAMED = 3

Subject = Rule.Subject


@dataclass(frozen=True, slots=True)
class Told:
    """A reminder, and the one it is told to."""

    standing: Standing
    addressee: Addressee


@dataclass(slots=True)
class Item:
    """One entry of the mail."""

    name: str
    headline: str
    days: int
    url: str
    lines: list[str] = field(default_factory=list)
    figure: int | None = None
    """The years of an anniversary, which stand beside it."""
    label: str = ""

    @property
    def when(self) -> str:
        if self.label:
            return self.label
        if self.days < 0:
            return ngettext("%(count)d day late", "%(count)d days late", -self.days) % {"count": -self.days}
        return in_days(self.days)

    @property
    def tone(self) -> str:
        return "late" if self.days < 0 else "soon" if self.days else "today"


class Facts:
    """What the entries of one mail need besides their rows: read at once, however many entries there are."""

    def __init__(self, told: Iterable[Told], *, today: datetime.date) -> None:
        self.today = today
        every = [each.standing for each in told]
        ties = {
            each.row.pk: each.row
            for each in every
            if each.reminder.stage.rule.subject in (Subject.ANNIVERSARY, Subject.QUIET_TIE)
        }
        prefetch_related_objects(list(ties.values()), "further_cities")
        self.visits: dict[int, Delegation] = last_visits(ties.values(), today=today) if ties else {}
        self.follow_ups = self._follow_ups(set(ties)) if ties else {}
        self.anniversaries = self._anniversaries(every)
        people = {each.responsible for each in every if each.responsible}
        self.staff = User.objects.in_bulk(people) if people else {}

    def _follow_ups(self, ties: set[int]) -> dict[int, list[str]]:
        """By tie the titles of what is still open, the most pressing first."""
        of_ties = Q(partnership__in=ties) | Q(delegation__partnership__in=ties)
        of_ties |= Q(agreement__partnership__in=ties)
        found: dict[int, list[str]] = defaultdict(list)
        rows = FollowUp.objects.open().filter(of_ties).select_related("delegation", "agreement")
        for row in rows:
            behind = (row, row.delegation, row.agreement)
            for tie in ties & {each.partnership_id for each in behind if each and each.partnership_id}:
                found[tie].append(row.title)
        return found

    def _anniversaries(self, every: list[Standing]) -> dict[datetime.date, list[tuple[Partnership, int]]]:
        """By day all ties that have an anniversary on it, with their years."""
        days = {
            each.happening.counts_from
            for each in every
            if each.reminder.stage.rule.subject == Subject.ANNIVERSARY and each.happening.occurs_on.day
        }
        found: dict[datetime.date, list[tuple[Partnership, int]]] = defaultdict(list)
        if not days:
            return found
        ties = Partnership.objects.reminded(self.today).filter(founded_month_day__in=month_days(days))
        for tie in ties.select_related("home", "partner"):
            for day in days:
                for each in occurrences(founded(tie), day, day):
                    if each.precision == Precision.DAY:
                        found[day].append((tie, each.years))
        return found


class Writer:
    """Turns each reminder into an entry, in the language that is active."""

    def __init__(self, facts: Facts, *, today: datetime.date) -> None:
        self.facts, self.today = facts, today

    def item(self, told: Told) -> Item:
        stage = told.standing.reminder.stage
        write: dict[str, Callable[[Standing], Item]] = {
            Subject.ANNIVERSARY: self._anniversary,
            Subject.AGREEMENT_EXPIRY: self._agreement,
            Subject.FOLLOW_UP: self._follow_up,
            Subject.DELEGATION: self._departure,
            Subject.REPORT: self._report,
            Subject.QUIET_TIE: self._quiet_tie,
            Subject.CITY_DATE: self._city_date,
        }
        item = write[stage.rule.subject](told.standing)
        item.lines.append(self._whose(told))
        return self._in_their_own_words(item, stage, told.standing)

    def _item(self, standing: Standing, *, name: str, headline: str, url: str = "", **more: Any) -> Item:
        days = (standing.happening.counts_from - self.today).days
        return Item(
            name, headline, days, settings.SITE_URL + (url or standing.row.get_absolute_url()), **more
        )

    def _anniversary(self, standing: Standing) -> Item:
        tie, happening = standing.row, standing.happening
        sentences = [when_it_is(happening.occurs_on, today=self.today)]
        for other, years in self.facts.anniversaries.get(happening.counts_from, []):
            if other.pk != tie.pk and happening.occurs_on.day:
                sentences.append(_("On the same day: %(what)s.") % {"what": years_of(str(other), years)})
        return self._item(
            standing,
            name=str(tie),
            headline=years_of(str(tie), happening.years),
            figure=happening.years,
            lines=[" ".join(sentences), self._last_visit(tie), *self._open_follow_ups(tie)],
        )

    def _agreement(self, standing: Standing) -> Item:
        agreement: Agreement = standing.row
        facts = {"when": when_it_is(standing.happening.occurs_on, today=self.today)}
        if agreement.notice_days is not None:
            sentences = [_("Last day to give notice: %(when)s") % facts]
        else:
            sentences = [_("It expires %(when)s") % facts]
        if months := agreement.renews_by_months:
            renews = ngettext(
                "Then it renews itself by %(count)d month.",
                "Then it renews itself by %(count)d months.",
                months,
            )
            sentences.append(renews % {"count": months})
        if agreement.partnership:
            sentences.append(f"{agreement.partnership}.")
        return self._item(
            standing, name=agreement.title, headline=agreement.title, lines=[" ".join(sentences)]
        )

    def _follow_up(self, standing: Standing) -> Item:
        row: FollowUp = standing.row
        item, outcome = row.programme_item, row.outcome
        visit = row.delegation or (item.delegation if item else None)
        visit = visit or (outcome.delegation if outcome else None)
        behind: list[Any] = [row.partnership, row.agreement and row.agreement.partnership, row.project]
        behind += [row.occasion and row.occasion.partnership, visit and visit.partnership, row.city, visit]
        context = next(filter(None, behind), None)
        sentences = [f"{context}."] if context else []
        if row.due_on and row.due_on.precision != Precision.DAY:
            sentences.append(_("Due %(when)s.") % {"when": row.due_on.display_in()})
        if visit and visit.starts_on:
            sentences.append(
                _("Promised during the visit %(when)s.") % {"when": visit.starts_on.display_in()}
            )
        sentences.append(self._who_owes(row))
        return self._item(standing, name=row.title, headline=row.title, lines=[" ".join(sentences)])

    def _who_owes(self, row: FollowUp) -> str:
        if row.owed_by == FollowUp.OwedBy.US:
            return _("We owe it.")
        if row.owed_by == FollowUp.OwedBy.BOTH:
            return _("Both sides owe it.")
        if row.organisation:
            return _("%(organisation)s owes it.") % {"organisation": row.organisation.title}
        return _("They owe it.")

    def _departure(self, standing: Standing) -> Item:
        visit: Delegation = standing.row
        when = when_it_is(standing.happening.occurs_on, today=self.today)
        sentences = [_("Begins %(when)s") % {"when": when}]
        if visit.partnership:
            sentences.append(f"{visit.partnership}.")
        return self._item(standing, name=visit.title, headline=visit.title, lines=[" ".join(sentences)])

    def _report(self, standing: Standing) -> Item:
        visit: Delegation = standing.row
        when = when_it_is(standing.happening.occurs_on, today=self.today)
        return self._item(
            standing,
            name=visit.title,
            headline=_("Report missing: %(visit)s") % {"visit": visit.title},
            label=_("missing"),
            lines=[_("The visit ended %(when)s") % {"when": when}],
        )

    def _quiet_tie(self, standing: Standing) -> Item:
        tie: Partnership = standing.row
        return self._item(
            standing,
            name=str(tie),
            headline=_("Quiet: %(tie)s") % {"tie": tie},
            label=_("quiet"),
            lines=[
                _("No contact on record for twelve months or more."),
                self._last_visit(tie),
                *self._open_follow_ups(tie),
            ],
        )

    def _city_date(self, standing: Standing) -> Item:
        row = standing.row
        label = row.label or row.get_kind_display()
        return self._item(
            standing,
            name=label,
            headline=_("%(city)s: %(day)s") % {"city": row.city.short_name, "day": label},
            url=row.city.get_absolute_url(),
            lines=[when_it_is(standing.happening.occurs_on, today=self.today)],
        )

    def _last_visit(self, tie: Partnership) -> str:
        visit = self.facts.visits.get(tie.pk)
        day = day_of(visit) if visit else None
        if visit is None or day is None:
            return _("No visit on record.")
        return _("Last visit: %(visit)s, %(when)s.") % {"visit": visit.title, "when": day.display_short()}

    def _open_follow_ups(self, tie: Partnership) -> list[str]:
        titles = self.facts.follow_ups.get(tie.pk, [])
        if not titles:
            return []
        named = "; ".join(titles[:FOLLOW_UPS_NAMED])
        if (more := len(titles) - FOLLOW_UPS_NAMED) > 0:
            named += ngettext("; and %(count)d more", "; and %(count)d more", more) % {"count": more}
        count = len(titles)
        text = ngettext(
            "%(count)d open follow-up: %(titles)s.", "%(count)d open follow-ups: %(titles)s.", count
        )
        return [text % {"count": count, "titles": named}]

    def _whose(self, told: Told) -> str:
        if told.addressee.for_whom:
            return _("You stand in for %(name)s.") % {"name": told.addressee.for_whom}
        responsible = self.facts.staff.get(told.standing.responsible or 0)
        if responsible is None:
            return _("Nobody is responsible for it yet.")
        return _("Responsible: %(name)s.") % {"name": responsible}

    def _in_their_own_words(self, item: Item, stage: Stage, standing: Standing) -> Item:
        """The office may have its own heading and text for a stage, in some languages or in all."""
        language = translation.get_language() or settings.LANGUAGE_CODE
        facts = {
            "{name}": item.name,
            "{date}": standing.happening.occurs_on.display(),
            "{days}": str(abs(item.days)),
            "{years}": str(standing.happening.years),
        }
        if heading := stage.subject.get(language):
            item.headline, item.figure = filled_in(heading, facts), None
        if text := stage.text.get(language):
            item.lines.append(filled_in(text, facts))
        return item


def filled_in(text: str, facts: dict[str, str]) -> str:
    for mark, fact in facts.items():
        text = text.replace(mark, fact)
    return " ".join(text.split())
