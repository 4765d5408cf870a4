"""The mail as a whole: subject, sections, summary, as text and as HTML."""

from __future__ import annotations

import datetime
import textwrap
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Any

from babel.dates import format_date, format_time
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from contacts.dates import reader_locale
from contacts.models import User
from contacts.names import sort_key
from relations.anniversaries import Milestone, milestone
from reminders.entries import Facts, Item, Subject, Told, Writer
from reminders.phrases import spelled, weekday_and_date, weekday_and_day
from reminders.verdicts import Standing

WIDTH = 72
# An agreement that somebody must act on has not run out: many go on by themselves.
NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Content:
    subject: str
    text: str
    html: str


@dataclass(slots=True)
class Section:
    title: str
    items: list[Item]
    shows_when: bool = False

    def as_text(self) -> str:
        return "\n\n".join(self._entry(item) for item in self.items)

    def _entry(self, item: Item) -> str:
        headline = f"{item.when}: {item.headline}" if self.shows_when else item.headline
        details = [row for line in item.lines for row in wrapped(line, first="  ", rest="  ")]
        links = [f"  {item.url}", *(f"  {action.label}: {action.url}" for action in item.actions)]
        return "\n".join([*wrapped(headline, first="* ", rest="  "), *details, *links])


def wrapped(text: str, *, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def compose(told: list[Told], recipient: User, *, today: datetime.date, now: datetime.datetime) -> Content:
    """The mail of these reminders in the recipient's language. `now` is the clock of the office."""
    with translation.override(recipient.language):
        writer = Writer(Facts(told, today=today), today=today)
        entries = [(each.standing, writer.item(each)) for each in once(told)]
        entries.sort(key=by_day_and_weight)
        sections = in_sections(entries)
        subject = subject_of(entries, day=today)
        context = {
            "language": recipient.language,
            "subject": subject,
            "date": weekday_and_date(today),
            "greeting": greeting(recipient, now=now),
            "summary": summary(entries),
            "sections": sections,
            "home": f"{settings.SITE_URL}/",
            "account": settings.SITE_URL + reverse(settings.ACCOUNT_URL),
            "choices": _("Daily or weekly? Away? Choose it here"),
            "foot": foot(now=now),
        }
        html = render_to_string("reminders/digest.html", context)
        return Content(subject, as_text(context), inliner().inline(html))


def once(told: list[Told]) -> list[Told]:
    """Without what reads the same: whoever is responsible and named, or stands in for both, reads it once.

    What they get as their own goes before what they get for another.
    """
    ordered = sorted(told, key=lambda each: (each.addressee.for_whom is not None, each.standing.to.user or 0))
    kept: dict[Any, Told] = {}
    for each in ordered:
        happening, stage = each.standing.happening, each.standing.reminder.stage
        subject = (stage.rule.subject, happening.subject.pk, happening.occurrence)
        own_words = (tuple(sorted(stage.subject.items())), tuple(sorted(stage.text.items())))
        kept.setdefault((subject, own_words), each)
    return list(kept.values())


def by_day_and_weight(entry: tuple[Standing, Item]) -> tuple[Any, ...]:
    """Of one day the round anniversaries first: the subject names what comes first."""
    standing, item = entry
    is_round = standing.happening.years and milestone(standing.happening.years) != Milestone.NONE
    return item.days, not is_round, sort_key(item.headline)


@cache
def inliner() -> Any:
    """Mail programs ignore style sheets: the rules go into the tags. Those for narrow screens stay."""
    import css_inline  # only the processes hold it that write mails

    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def in_sections(entries: list[tuple[Standing, Item]]) -> list[Section]:
    """What is late first, then today's, then the rest by what it is about."""
    about: dict[str, list[Item]] = defaultdict(list)
    for standing, item in entries:
        about[place_of(standing, item)].append(item)
    titles = {
        "late": _("Overdue"),
        "today": _("Today"),
        "anniversaries": pgettext("of any number of years", "Anniversaries"),
        "agreements": _("Agreements"),
        "visits": _("Visits"),
        "follow_ups": _("Follow-ups"),
        "quiet": _("Quiet ties"),
        "cities": _("Days of partner cities"),
    }
    shows_when = {"late", "follow_ups"}
    return [Section(title, about[key], key in shows_when) for key, title in titles.items() if about[key]]


def place_of(standing: Standing, item: Item) -> str:
    subject = standing.reminder.stage.rule.subject
    if subject == Subject.FOLLOW_UP and item.days < 0:
        return "late"
    if item.days == 0 and standing.happening.occurs_on.day and subject != Subject.QUIET_TIE:
        return "today"
    return {
        Subject.ANNIVERSARY: "anniversaries",
        Subject.AGREEMENT_EXPIRY: "agreements",
        Subject.FOLLOW_UP: "follow_ups",
        Subject.DELEGATION: "visits",
        Subject.REPORT: "visits",
        Subject.QUIET_TIE: "quiet",
        Subject.CITY_DATE: "cities",
        Subject.PARTNER_CITIES_DAY: "cities",
    }[Subject(subject)]


def subject_of(entries: list[tuple[Standing, Item]], *, day: datetime.date) -> str:
    """ "3 overdue, 1 today: Your reminders on Monday, 23 November"; else what comes first."""
    places = [place_of(standing, item) for standing, item in entries]
    late, today = places.count("late"), places.count("today")
    parts = []
    if late:
        parts.append(ngettext("%(count)d overdue", "%(count)d overdue", late) % {"count": late})
    if today:
        parts.append(ngettext("%(count)d today", "%(count)d today", today) % {"count": today})
    if not parts:
        parts.append(entries[0][1].headline)
        if more := len(entries) - 1:
            parts.append(ngettext("%(count)d more", "%(count)d more", more) % {"count": more})
    facts = {"what": ", ".join(parts), "day": weekday_and_day(day)}
    return _("%(what)s: Your reminders on %(day)s") % facts


def greeting(recipient: User, *, now: datetime.datetime) -> str:
    if now.hour < 11:
        return _("Good morning, %(name)s,") % {"name": recipient}
    return _("Hello, %(name)s,") % {"name": recipient}


def summary(entries: list[tuple[Standing, Item]]) -> str:
    """What the mail is about in a sentence or two."""
    ahead = [(standing, item) for standing, item in entries if place_of(standing, item) != "today"]
    clauses = [*late_and_today(entries), *coming(ahead)]
    keeps_small = pgettext("is the sentence after the greeting begun with a capital letter? yes or no", "yes")
    sentences = [clause[0].upper() + clause[1:] for clause in clauses]
    if clauses and keeps_small == "no":
        sentences[0] = clauses[0]
    return " ".join(f"{sentence}." for sentence in sentences)


def late_and_today(entries: list[tuple[Standing, Item]]) -> list[str]:
    follow_ups = [item for each, item in entries if each.reminder.stage.rule.subject == Subject.FOLLOW_UP]
    late = sum(item.days < 0 for item in follow_ups)
    today = sum(item.days == 0 for item in follow_ups)
    clauses = []
    if late:
        text = ngettext("one follow-up is overdue", "%(count)s follow-ups are overdue", late)
        clauses.append(text % {"count": spelled(late)})
    if today:
        if late:
            text = ngettext("one is due today", "%(count)s are due today", today)
        else:
            text = ngettext("one follow-up is due today", "%(count)s follow-ups are due today", today)
        clauses.append(text % {"count": spelled(today)})
    said = [", ".join(clauses)] if clauses else []
    others = [each for each in entries if each[0].reminder.stage.rule.subject != Subject.FOLLOW_UP]
    if dates := sum(place_of(*each) == "today" for each in others):
        text = ngettext("one date is today", "%(count)s dates are today", dates)
        said.append(text % {"count": spelled(dates)})
    return said


def coming(entries: list[tuple[Standing, Item]]) -> list[str]:
    count: dict[str, int] = defaultdict(int)
    for standing, item in entries:
        subject = standing.reminder.stage.rule.subject
        if subject == Subject.AGREEMENT_EXPIRY and standing.row.notice_days is not None:
            count[NOTICE] += 1
        elif subject != Subject.FOLLOW_UP or item.days > 0:
            count[subject] += 1
    texts = {
        NOTICE: ngettext(
            "the last day to give notice of an agreement is coming up",
            "the last days to give notice of %(count)s agreements are coming up",
            count[NOTICE],
        ),
        Subject.AGREEMENT_EXPIRY: ngettext(
            "an agreement is running out",
            "%(count)s agreements are running out",
            count[Subject.AGREEMENT_EXPIRY],
        ),
        Subject.DELEGATION: ngettext(
            "a visit is coming up", "%(count)s visits are coming up", count[Subject.DELEGATION]
        ),
        Subject.REPORT: ngettext(
            "a report is missing", "%(count)s reports are missing", count[Subject.REPORT]
        ),
        Subject.FOLLOW_UP: ngettext(
            "a follow-up is due soon", "%(count)s follow-ups are due soon", count[Subject.FOLLOW_UP]
        ),
        Subject.QUIET_TIE: ngettext(
            "a tie has gone quiet", "%(count)s ties have gone quiet", count[Subject.QUIET_TIE]
        ),
        Subject.CITY_DATE: ngettext(
            "an important day of a partner city is coming up",
            "%(count)s important days of partner cities are coming up",
            count[Subject.CITY_DATE],
        ),
        Subject.PARTNER_CITIES_DAY: _("the day of partner cities is coming up"),
    }
    others = [text % {"count": spelled(count[key])} for key, text in texts.items() if count[key]]
    return [*anniversaries(entries), *others]


def anniversaries(entries: list[tuple[Standing, Item]]) -> list[str]:
    years = [
        standing.happening.years
        for standing, _item in entries
        if standing.reminder.stage.rule.subject == Subject.ANNIVERSARY
    ]
    if not years:
        return []
    every, rounds = len(years), sum(milestone(each) != Milestone.NONE for each in years)
    if rounds == 0:
        text = ngettext("an anniversary is coming up", "%(all)s anniversaries are coming up", every)
    elif rounds == every:
        text = ngettext(
            "a round anniversary is coming up", "%(all)s round anniversaries are coming up", every
        )
    else:
        text = ngettext(
            "%(all)s anniversaries are coming up, one of them round",
            "%(all)s anniversaries are coming up, %(round)s of them round",
            rounds,
        )
    return [text % {"all": spelled(every), "round": spelled(rounds)}]


def foot(*, now: datetime.datetime) -> list[str]:
    locale = reader_locale()
    as_of = {
        "date": format_date(now.date(), "medium", locale=locale),
        "time": format_time(now.time(), "short", locale=locale),
    }
    return [
        _(
            "You get this mail because you are responsible for these matters or named to be told of them, "
            "stand in for someone who is, or head the office."
        ),
        _("As of %(date)s, %(time)s.") % as_of,
    ]


def as_text(context: dict[str, Any]) -> str:
    head = [context["greeting"], "", *wrapped(context["summary"])]
    body: list[str] = []
    for section in context["sections"]:
        body += ["", "", section.title.upper(), "", section.as_text()]
    foot_lines = wrapped(" ".join(context["foot"]))
    open_it = _("Open my day: %(url)s") % {"url": context["home"]}
    choose = f"{context['choices']}: {context['account']}"
    return "\n".join([*head, *body, "", "", open_it, "", "--", *foot_lines, choose, ""])
