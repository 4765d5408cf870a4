"""What there is to say about each reminder: facts read at once, then one entry each."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import Q, prefetch_related_objects
from django.urls import reverse
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.counterparts import counterparts, heads_of
from contacts.dates import Precision
from contacts.models import CityDate, User
from delegations.jubilee import began_late, celebration_of
from delegations.models import Delegation, FollowUp
from relations.anniversaries import occurrences
from relations.models import Agreement, Interaction, Partnership
from reminders.addressees import Addressee
from reminders.contact import Contact, day_of, last_contacts, last_visits
from reminders.done import link_for
from reminders.models import Rule, Stage
from reminders.phrases import days_ago, in_days, when_it_is, years_of
from reminders.placeholders import filled_in
from reminders.sources.anniversaries import founded
from reminders.sources.base import month_days
from reminders.verdicts import Standing

FOLLOW_UPS_NAMED = 3

Subject = Rule.Subject


@dataclass(frozen=True, slots=True)
class Told:
    """A reminder, and the one it is told to."""

    standing: Standing
    addressee: Addressee


@dataclass(frozen=True, slots=True)
class Action:
    """What can be done about it, by a link."""

    label: str
    url: str


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
    actions: list[Action] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What the entry is called where its years or its state stand beside it already."""
        return self.name if self.figure or self.label else self.headline

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


def tie_of(row: Any) -> Partnership | None:
    """The tie that a visit, an agreement or a promise belongs to."""
    if not isinstance(row, FollowUp):
        return row.partnership
    behind = (row, row.occasion, row.agreement, row.interaction, row.visit)
    return next((each.partnership for each in behind if each and each.partnership), None)


def context_of(row: Agreement | Delegation) -> list[str]:
    """Its tie, unless the title names it already."""
    return [f"{row.partnership}."] if row.partnership and str(row.partnership) not in row.title else []


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
        quiet = [each.row for each in every if each.reminder.stage.rule.subject == Subject.QUIET_TIE]
        self.contacts: dict[int, Contact] = last_contacts(quiet, today=today) if quiet else {}
        self.follow_ups = self._follow_ups(set(ties)) if ties else {}
        self.anniversaries = self._anniversaries(every)
        promises = [each.row for each in every if each.reminder.stage.rule.subject == Subject.FOLLOW_UP]
        people = {row.counterpart for row in promises if row.counterpart}
        self.counterparts = counterparts(people, today=today) if people else {}
        dates = [each.row for each in every if each.reminder.stage.rule.subject == Subject.CITY_DATE]
        greeted = {date.city for date in dates if date.kind != CityDate.Kind.ELECTION}
        self.heads = heads_of(greeted, today=today) if greeted else {}
        staff = {each.responsible for each in every if each.responsible}
        self.staff = User.objects.in_bulk(staff) if staff else {}

    def _follow_ups(self, ties: set[int]) -> dict[int, list[str]]:
        """By tie the titles of what is still open, the most pressing first."""
        of_ties = Q(partnership__in=ties) | Q(delegation__partnership__in=ties)
        of_ties |= Q(agreement__partnership__in=ties) | Q(interaction__partnership__in=ties)
        of_ties |= Q(occasion__partnership__in=ties)
        found: dict[int, list[str]] = defaultdict(list)
        rows = FollowUp.objects.open().filter(of_ties)
        for row in rows.select_related("delegation", "agreement", "interaction", "occasion"):
            behind = (row, row.delegation, row.agreement, row.interaction, row.occasion)
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
            Subject.PARTNER_CITIES_DAY: self._partner_cities_day,
        }
        item = write[stage.rule.subject](told.standing)
        item.lines.append(self._whose(told))
        item.actions = self._actions(told)
        return self._in_their_own_words(item, stage, told.standing)

    def _item(self, standing: Standing, *, name: str, headline: str, url: str = "", **more: Any) -> Item:
        days = (standing.happening.counts_from - self.today).days
        return Item(
            name, headline, days, settings.SITE_URL + (url or standing.row.get_absolute_url()), **more
        )

    def _anniversary(self, standing: Standing) -> Item:
        tie, happening = standing.row, standing.happening
        sentences = [capfirst(when_it_is(happening.occurs_on, today=self.today))]
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
        sentences = context_of(agreement)
        if agreement.notice_days is not None:
            sentences.append(_("Last day to give notice: %(when)s") % facts)
        else:
            sentences.append(_("It expires %(when)s") % facts)
        if months := agreement.renews_by_months:
            renews = ngettext(
                "Then it renews itself by %(count)d month.",
                "Then it renews itself by %(count)d months.",
                months,
            )
            sentences.append(renews % {"count": months})
        return self._item(
            standing, name=agreement.title, headline=agreement.title, lines=[" ".join(sentences)]
        )

    def _follow_up(self, standing: Standing) -> Item:
        row: FollowUp = standing.row
        visit = row.visit
        behind: list[Any] = [row.partnership, row.occasion, row.agreement and row.agreement.partnership]
        behind += [row.project, visit and visit.partnership, row.city, visit]
        context = next(filter(None, behind), None)
        sentences = [f"{context}."] if context else []
        if row.due_on and row.due_on.precision != Precision.DAY:
            sentences.append(_("Due %(when)s.") % {"when": row.due_on.display_in()})
        if visit and visit.starts_on:
            sentences.append(
                _("Promised during the visit %(when)s.") % {"when": visit.starts_on.display_in()}
            )
        if row.step_id:
            sentences += self._place_in_plan(row)
        if not row.step_id or row.owed_by != FollowUp.OwedBy.US:
            sentences.append(self._who_owes(row))
        if row.counterpart_id and (whom := self.facts.counterparts.get(row.counterpart_id)):
            why = whom.explained() or _("Counterpart: %(whom)s.") % {"whom": whom.label}
            sentences.append(why)
        return self._item(
            standing,
            name=row.title,
            headline=row.title,
            lines=[" ".join(sentences)],
        )

    def _actions(self, told: Told) -> list[Action]:
        """Done, and where they owe it the polite reminder, for who may; none of what is in no database."""
        row, reminder = told.standing.row, told.standing.reminder
        if not (isinstance(row, FollowUp) and reminder.pk and told.addressee.keeps_promises):
            return []
        actions = [Action(_("Mark as done"), link_for(reminder, today=self.today))]
        if row.is_theirs:
            page = reverse("admin:delegations_followup_do", args=[row.pk, "remind-them"])
            actions.append(Action(_("Remind them politely"), settings.SITE_URL + page))
        return actions

    def _place_in_plan(self, row: FollowUp) -> list[str]:
        """Of a step of a jubilee plan how far it is from the celebration, and whether it began late."""
        celebration = celebration_of(row.occasion) if row.occasion else None
        if celebration is None:
            return []
        facts = {"distance": row.distance.display(), "when": celebration.begin.display_in()}
        said = [_("Celebrated %(when)s; this step: %(distance)s.") % facts]
        if late := began_late(row, today=self.today):
            said.append(f"{late[0].upper()}{late[1:]}.")
        return said

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
        sentences = [*context_of(visit), _("Begins %(when)s") % {"when": when}]
        return self._item(standing, name=visit.title, headline=visit.title, lines=[" ".join(sentences)])

    def _report(self, standing: Standing) -> Item:
        visit: Delegation = standing.row
        when = when_it_is(standing.happening.occurs_on, today=self.today)
        return self._item(
            standing,
            name=visit.title,
            headline=_("Report of “%(visit)s” is missing") % {"visit": visit.title},
            label=_("report missing"),
            lines=[_("The visit ended %(when)s") % {"when": when}],
        )

    def _quiet_tie(self, standing: Standing) -> Item:
        tie: Partnership = standing.row
        return self._item(
            standing,
            name=str(tie),
            headline=_("%(tie)s has gone quiet") % {"tie": tie},
            label=_("quiet"),
            lines=[
                _("No contact on record for twelve months or more."),
                self._last_contact(tie),
                *self._open_follow_ups(tie),
            ],
        )

    def _city_date(self, standing: Standing) -> Item:
        row = standing.row
        label = row.label or row.get_kind_display()
        return self._item(
            standing,
            name=label,
            headline=_("%(day)s in %(city)s") % {"city": row.city.short_name, "day": capfirst(label)},
            url=row.city.get_absolute_url(),
            lines=[
                capfirst(when_it_is(standing.happening.occurs_on, today=self.today)),
                *self._greeting(row),
            ],
        )

    def _greeting(self, date: CityDate) -> list[str]:
        """Who is congratulated; nobody who died, left or is not to be written to."""
        if date.kind == CityDate.Kind.ELECTION:
            return []
        head = self.facts.heads.get(date.city_id)
        if head is None:
            return [_("Who heads the city is not on record.")]
        if head.person is None:
            return [head.explained()]
        return [_("A greeting goes to %(whom)s.") % {"whom": head.label}]

    def _partner_cities_day(self, standing: Standing) -> Item:
        name = _("Day of partner cities")
        return self._item(
            standing,
            name=name,
            headline=name,
            url=reverse("admin:relations_partnership_changelist"),
            lines=[
                capfirst(when_it_is(standing.happening.occurs_on, today=self.today)),
                _("A day to greet all partner cities, and to show the public what ties us."),
            ],
        )

    def _last_visit(self, tie: Partnership) -> str:
        visit = self.facts.visits.get(tie.pk)
        day = day_of(visit) if visit else None
        if visit is None or day is None:
            return _("No visit with a date on record.")
        return _("Last visit: %(visit)s, %(when)s.") % {"visit": visit.title, "when": day.display_short()}

    def _last_contact(self, tie: Partnership) -> str:
        contact = self.facts.contacts.get(tie.pk)
        if contact and isinstance(contact.what, Interaction):
            return _("Last contact: %(contact)s") % {"contact": contact.what}
        return self._last_visit(tie)

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
        if told.standing.reminder.stage.rule.subject == Subject.PARTNER_CITIES_DAY:
            return _("It concerns the office as a whole.")
        if told.addressee.for_whom:
            return _("You stand in for %(name)s.") % {"name": told.addressee.for_whom}
        responsible = self.facts.staff.get(told.standing.responsible or 0)
        if responsible is None:
            return _("Nobody is responsible for it yet.")
        return _("Responsible: %(name)s.") % {"name": responsible}

    def _in_their_own_words(self, item: Item, stage: Stage, standing: Standing) -> Item:
        """The office may have its own heading and text for a stage, in some languages or in all."""
        language = translation.get_language() or settings.LANGUAGE_CODE
        heading, text = stage.subject.get(language), stage.text.get(language)
        if not heading and not text:
            return item
        facts = self._marks(item, standing)
        if heading:
            item.headline, item.figure = filled_in(heading, facts), None
            item.name = item.headline
        if text:
            item.lines.append(filled_in(text, facts))
        return item

    def _marks(self, item: Item, standing: Standing) -> dict[str, str]:
        """What stands for each of the placeholders, see placeholders.py."""
        visit = self.facts.visits.get(standing.row.pk) if isinstance(standing.row, Partnership) else None
        day = day_of(visit) if visit else None
        responsible = self.facts.staff.get(standing.responsible or 0)
        return {
            "name": item.name,
            "date": standing.happening.occurs_on.display(),
            "in_days": in_days(item.days) if item.days >= 0 else days_ago(-item.days),
            "days": str(abs(item.days)),
            "years": str(standing.happening.years),
            "city": self._city(standing),
            "responsible": str(responsible or _("nobody")),
            "last_visit": f"{visit.title}, {day.display_short()}" if visit and day else _("none on record"),
        }

    def _city(self, standing: Standing) -> str:
        """The partner city that it has to do with; a dash where there is none."""
        row = standing.row
        if isinstance(row, CityDate):
            return row.city.short_name
        tie = row if isinstance(row, Partnership) else tie_of(row)
        city = tie.partner if tie else getattr(row, "city", None)
        return city.short_name if city else "–"
