"""Rules as an office would say them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from babel.lists import format_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from contacts.dates import reader_locale
from contacts.models import User
from contacts.models.office import role_title
from relations.anniversaries import Milestone
from reminders.addressees import READS, named_by, rights_of
from reminders.models import Rule, Stage


def detail(rule: Rule) -> str:
    """Which years, or the day that is counted from."""
    texts: dict[str, str] = {
        Rule.Milestone.ROUND: _("10, 15, 20 … years"),
        Rule.Milestone.JUBILEE: _("25, 50, 75 … years"),
        Rule.Subject.AGREEMENT_EXPIRY: _("last day to give notice, else their end"),
        Rule.Subject.FOLLOW_UP: _("the day they are due"),
        Rule.Subject.REPORT: _("the day of return"),
        Rule.Subject.QUIET_TIE: _("twelve months without contact, then each year"),
    }
    return texts.get(rule.milestone or rule.subject, "")


def about(rule: Rule) -> str:
    """What it speaks of: "Round anniversaries (10, 15, 20 … years)"."""
    return f"{rule.name} ({detail(rule)})" if detail(rule) else rule.name


def sentence(rule: Rule, stages: Iterable[Stage]) -> str:
    """ "Round anniversaries (…): 365, 180, 90, 30 and 7 days before to whoever is responsible."."""
    when = times(stages)
    facts = {"about": about(rule), "when": when}
    if not when:
        return _("%(about)s: says nothing, because no stage is in use.") % facts
    return _("%(about)s: %(when)s.") % facts


def times(stages: Iterable[Stage]) -> str:
    """When it speaks up, and to whom."""
    by_addressee: dict[str, list[Stage]] = defaultdict(list)
    for stage in sorted(stages, key=lambda stage: -stage.days):
        if stage.is_active:
            by_addressee[whom(stage)].append(stage)
    return "; ".join(
        _("%(when)s to %(whom)s") % {"when": _days(mine), "whom": whom} for whom, mine in by_addressee.items()
    )


def whom(stage: Stage) -> str:
    """ "whoever is responsible, everybody in the role “protocol” and Nora Beispiel"."""
    part = {
        Stage.Addressee.RESPONSIBLE: [pgettext("told to", "whoever is responsible")],
        Stage.Addressee.HEAD: [pgettext("told to", "the head of office")],
        Stage.Addressee.NAMED: [],
    }
    named = stage.named
    roles = [
        pgettext("told to", "everybody in the role “%(role)s”") % {"role": role_title(role)}
        for role in named.roles
    ]
    nobody = pgettext("told to", "nobody")
    return joined([*part[Stage.Addressee(stage.addressee)], *roles, *map(str, named.users)]) or nobody


def _days(stages: list[Stage]) -> str:
    once = [stage for stage in stages if not stage.repeat_days]
    before = [stage.days for stage in once if stage.days > 0]
    after = [-stage.days for stage in once if stage.days < 0]
    parts = []
    if before:
        count = before[0] if len(before) == 1 else len(before)
        parts.append(ngettext("%(days)s day before", "%(days)s days before", count) % _listed(before))
    if len(before) + len(after) < len(once):
        parts.append(_("on the day"))
    if after:
        count = after[0] if len(after) == 1 else len(after)
        parts.append(ngettext("%(days)s day after", "%(days)s days after", count) % _listed(after))
    parts += [_again(stage) for stage in stages if stage.repeat_days]
    return joined(parts)


def _listed(days: list[int]) -> dict[str, str]:
    return {"days": joined([str(day) for day in days])}


def _again(stage: Stage) -> str:
    count = stage.repeat_days or 1
    every = ngettext("once a day", "every %(count)d days", count) % {"count": count}
    if stage.days == 0:
        return _("from the day itself %(every)s until it is done") % {"every": every}
    late = ngettext("from %(count)d day after", "from %(count)d days after", -stage.days)
    return _("%(from)s %(every)s until it is done") % {"from": late % {"count": -stage.days}, "every": every}


def joined(texts: list[str]) -> str:
    """ "365, 180 and 90"."""
    return format_list(texts, locale=reader_locale())


def precedence(rule: Rule, rules: Iterable[Rule]) -> str:
    """Which of the other rules in use it goes before, and which go before it: of several one counts."""
    rarest = Rule.RAREST_FIRST[Milestone.JUBILEE]
    mine = [each for each in rules if each.subject == rule.subject and each.is_active]
    others = {each.milestone: each.name for each in mine}
    if rule.milestone not in rarest or not rule.is_active:
        return ""
    place = rarest.index(rule.milestone)
    rarer = [others[each] for each in rarest[:place] if each in others]
    commoner = [others[each] for each in rarest[place + 1 :] if each in others]
    sentences = []
    if commoner:
        sentences.append(_("Goes before: %(rules)s.") % {"rules": joined(commoner)})
    if rarer:
        sentences.append(_("Only where none of these counts: %(rules)s.") % {"rules": joined(rarer)})
    return " ".join(sentences)


def warnings(rule: Rule, stages: Iterable[Stage], rules: Iterable[Rule]) -> list[str]:
    """What may not be meant."""
    if not rule.is_active:
        return [_("The rule is switched off: nothing is sent by it.")]
    in_use = [stage for stage in stages if stage.is_active]
    if in_use:
        return _unheard(in_use)
    rarest = Rule.RAREST_FIRST[Milestone.JUBILEE]
    others = [each for each in rules if each.milestone in rarest and each.pk != rule.pk]
    text = _("No stage is in use: the rule is in use and says nothing.")
    if rule.milestone in rarest[:-1] and others:
        text += " " + _("No other rule speaks instead; for that, switch this one off.")
    return [text]


def _unheard(stages: list[Stage]) -> list[str]:
    """Who is named and gets nothing, and which stages nobody is left of whom they name."""
    reached = named_by(stages)
    lost = {
        user.pk: user
        for stage in stages
        for user in stage.named.users
        if user.pk not in reached.get(stage.pk, ())
    }
    said = []
    if lost:
        text = ngettext(
            "%(names)s is named and gets nothing: the account is closed, or lacks an address or a role.",
            "%(names)s are named and get nothing: the accounts are closed, or lack an address or a role.",
            len(lost),
        )
        said.append(text % {"names": joined([str(user) for user in lost.values()])})
    left = [each for each in stages if each.addressee == Stage.Addressee.NAMED and not reached.get(each.pk)]
    if left:
        days = joined([stage.display_days() for stage in left])
        said.append(
            _("Nobody named is there to get it, so it goes to the head of office: %(days)s.") % {"days": days}
        )
    return said


def why_nothing(user: User) -> str:
    """Why no reminders come to this user of the staff, said to them; empty if they do."""
    if user.person and user.person.deceased_on:
        text = _("Reminders do not come to you: on record you are the person %(name)s, who has died.")
        return text % {"name": user.person}
    if not user.email:
        return _("Reminders do not come to you: your account has no e-mail address.")
    missing = READS.keys() - rights_of([user])[user.pk]
    if not missing:
        return ""
    unseen = [str(model._meta.verbose_name_plural) for right, model in READS.items() if right in missing]
    text = _("Reminders do not come to you, for they speak of what your roles do not show: %(kinds)s.")
    return text % {"kinds": joined(unseen)}
