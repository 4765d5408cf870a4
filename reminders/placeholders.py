"""Marks within the office's own texts that are filled in with facts: {name}, {date} …"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from contacts.fields import language_names

# By mark what it stands for, and the subjects of rules that know it; None: all.
PLACEHOLDERS: dict[str, tuple[Any, tuple[str, ...] | None]] = {
    "name": (_("what it is about"), None),
    "date": (_("when it is"), None),
    "in_days": (_("how long until then: “in 30 days”, “today”, “3 days ago”"), None),
    "days": (_("the number of days until then, or since"), None),
    "years": (_("how many years it has been"), ("anniversary", "quiet_tie")),
    "city": (_("the partner city"), None),
    "responsible": (_("who is responsible"), None),
    "last_visit": (_("the last visit, with its date"), ("anniversary", "quiet_tie")),
}
# A whole mark, or a brace that begins or ends none.
_MARK = re.compile(r"\{(?P<name>[^{}\n]*)\}|[{}]")


def known_to(subject: str | None) -> dict[str, Any]:
    """What a rule for this subject may name, and what it means; without a subject all there is."""
    return {
        name: meaning
        for name, (meaning, subjects) in PLACEHOLDERS.items()
        if subjects is None or not subject or subject in subjects
    }


def check(texts: dict[str, str], subject: str | None) -> None:
    """Refuse a text of which something would stay as it is typed, or be empty."""
    known = known_to(subject)
    faults = [
        _fault(mark, language, known)
        for language, text in texts.items()
        for mark in _MARK.finditer(str(text))
        if mark["name"] not in known
    ]
    if faults:
        raise ValidationError(faults)


def _fault(mark: re.Match[str], language: str, known: Iterable[str]) -> ValidationError:
    facts = {
        "language": language_names().get(language, language),
        "mark": mark[0] if mark["name"] is not None else mark.string[mark.start() : mark.start() + 20],
        "allowed": ", ".join(f"{{{name}}}" for name in known),
    }
    if mark["name"] is None:
        message = _("%(language)s: “%(mark)s”: this brace has no other. Allowed are %(allowed)s.")
        return ValidationError(message, code="unclosed_placeholder", params=facts)
    message = _("%(language)s: “%(mark)s” is not known here. Allowed are %(allowed)s.")
    return ValidationError(message, code="unknown_placeholder", params=facts)


def filled_in(text: str, facts: dict[str, str]) -> str:
    """With the facts instead of the marks, each once: what a fact says is no mark."""
    filled = _MARK.sub(lambda mark: facts.get(mark["name"] or "", mark[0]), text)
    return " ".join(filled.split())
