"""A polite reminder of what the other side promised, for the officer's own mailbox; nothing is sent here."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.utils import translation
from django.utils.translation import gettext as _

from contacts.counterparts import Counterpart
from contacts.models import Office, User
from contacts.salutation import in_letters
from delegations.models import FollowUp

# What letters are written in; who reads neither gets English.
LANGUAGES = ("de", "en")
OTHERWISE = "en"


@dataclass(frozen=True, slots=True)
class Letter:
    address: str
    subject: str
    text: str
    language: str
    whom: Counterpart | None

    @property
    def mailto(self) -> str:
        """Opens a mail program with all of it filled in (RFC 6068: lines end in CRLF, a blank is %20)."""
        body = self.text.replace("\n", "\r\n")
        subject, body = (quote(part, safe="") for part in (self.subject, body))
        return f"mailto:{quote(self.address, safe='@')}?subject={subject}&body={body}"


def polite_reminder(promise: FollowUp, *, sender: User, today: datetime.date) -> Letter:
    """To the counterpart, or to whoever holds their post now, in a language that they read."""
    whom = promise.whom_to_write(today=today)
    language = _language_of(whom)
    with translation.override(language):
        subject = _("A friendly reminder: %(title)s") % {"title": promise.title}
        text = _text(promise, whom, sender=sender, today=today)
    return Letter(_address(promise, whom), subject, text, language, whom)


def _language_of(whom: Counterpart | None) -> str:
    spoken = whom.person.correspondence_language[:2] if whom and whom.person else ""
    return spoken if spoken in LANGUAGES else OTHERWISE


def _address(promise: FollowUp, whom: Counterpart | None) -> str:
    """A successor is written to at the post; where nobody is to be written to, their organisation is."""
    person, post = (whom.person, whom.addressed_post) if whom else (None, None)
    official, own = post.email if post else "", person.email if person else ""
    of_body = promise.organisation.email if promise.organisation else ""
    first, second = (official, own) if whom and whom.is_another else (own, official)
    return first or second or of_body


def _text(promise: FollowUp, whom: Counterpart | None, *, sender: User, today: datetime.date) -> str:
    person = whom.person if whom else None
    salutation = in_letters(person, whom.addressed_post if whom else None)
    if promise.owed_by == FollowUp.OwedBy.BOTH:
        promised = _("We had agreed on this together:")
        question = _("May I kindly ask how it stands on your side?")
    else:
        is_theirs = whom is not None and person is not None and not whom.is_another
        promised = _("You had kindly promised us:") if is_theirs else _("Your office had kindly promised us:")
        question = _("May I kindly ask how it stands, and when we may expect it?")
    closing = _(
        "A short note would be a great help. If you have replied in the meantime, please disregard this "
        "message."
    )
    paragraphs = [
        salutation,
        " ".join(filter(None, [_origin(promise), promised])),
        _("“%(title)s”") % {"title": promise.title},
        " ".join(filter(None, [_when_due(promise, today), question, closing])),
        _("With kind regards"),
        f"{sender}\n{Office.current().title}",
    ]
    return "\n\n".join(paragraphs)


def _origin(promise: FollowUp) -> str:
    """What the promise came of: it begins the letter."""
    visit, note, tie = promise.visit, promise.interaction, promise.tie
    if visit and visit.starts_on:
        facts: dict[str, Any] = {"visit": visit.title, "when": visit.starts_on.display_in()}
        return _("I gladly think back to the visit “%(visit)s” %(when)s.") % facts
    if visit:
        return _("I gladly think back to the visit “%(visit)s”.") % {"visit": visit.title}
    if note:
        return _("I am writing about our contact of %(day)s.") % {"day": note.day.display()}
    if tie:
        return _("I am writing about what ties us: %(tie)s.") % {"tie": tie}
    return _("I am writing about a matter of which we spoke some time ago.")


def _when_due(promise: FollowUp, today: datetime.date) -> str:
    if promise.due_on is None:
        return ""
    facts = {"when": promise.due_on.display_in()}
    if promise.due_on.last_day < today:
        return _("This was planned %(when)s.") % facts
    return _("This is planned %(when)s.") % facts
