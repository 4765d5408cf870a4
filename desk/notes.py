"""A contact noted in seconds: what about, with whom, what was said, and what is to be done about it."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.dates import PartialDateFormField
from contacts.viewpoint import narrowed
from delegations.models import FollowUp
from desk.search import LONGEST, Hit, search
from relations.models import Interaction, Partnership

ABOUT = {"partnerships": "partnership", "cities": "city", "projects": "project"}
"""What a contact can be about, with the field of the note that takes it."""
WITH = {"people": "people", "organisations": "organisations"}
OFFERED = 300
"""Ties named as one types."""


class ContactNoteForm(forms.Form):
    """The rows are typed by name, in any spelling; where several fit, the form comes back with a choice."""

    about = forms.CharField(
        label=gettext_lazy("What it was about"),
        required=False,
        max_length=LONGEST,
        help_text=gettext_lazy("A tie, a city or a project, in any spelling."),
        widget=forms.TextInput(attrs={"list": "ties", "autocomplete": "off"}),
    )
    with_whom = forms.CharField(
        label=gettext_lazy("With whom"),
        required=False,
        max_length=LONGEST,
        help_text=gettext_lazy("A person or an institution, if it was one that is kept here."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of contact"),
        choices=Interaction.Kind.choices,
        initial=Interaction.Kind.CALL,
    )
    on = forms.DateField(
        label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    summary = forms.CharField(
        label=gettext_lazy("What was said"), widget=forms.Textarea(attrs={"rows": 4, "maxlength": 10_000})
    )
    follow_up = forms.CharField(
        label=gettext_lazy("What is to be done"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Becomes a follow-up of yours. Empty: the note itself, if a day is given."),
    )
    due_on = PartialDateFormField(label=gettext_lazy("Due"), required=False)

    def __init__(self, *args: Any, user: Any, today: datetime.date, home: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.today, self.home = user, today, home
        self.chosen: dict[str, Any] = {}
        self.choices: dict[str, list[Hit]] = {}
        """By field the rows that fit what was typed, where these are several."""
        self.fields["on"].initial = today
        self.fields["on"].widget.attrs["max"] = today.isoformat()
        if not user.has_perm("delegations.add_followup"):
            del self.fields["follow_up"], self.fields["due_on"]

    def ties(self) -> list[str]:
        """The names of ties that are offered as one types."""
        if not self.user.has_perm("relations.view_partnership"):
            return []
        ties = narrowed(Partnership.objects.current(self.today), self.home).labelled()
        return [str(tie) for tie in ties[:OFFERED]]

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        if not self.errors.keys() & {"about", "with_whom"} and not (facts["about"] or facts["with_whom"]):
            self.add_error("about", _("Say what it was about or with whom it was."))
        self._choose("about", ABOUT)
        self._choose("with_whom", WITH)
        return facts

    def _choose(self, name: str, resources: dict[str, str]) -> None:
        """The one row that was meant, or an error with those that may have been."""
        text = self.cleaned_data.get(name, "")
        if not text:
            return
        groups = search(text, user=self.user, today=self.today, only=resources)
        hits = [hit for group in groups for hit in group.hits]
        picked = [hit for hit in hits if key_of(hit) == self.data.get(f"{name}_choice")]
        exact = [hit for hit in hits if hit.name.casefold() == text.casefold()]
        meant = picked or (exact if len(exact) == 1 else hits)
        if len(meant) == 1:
            self.chosen[name] = meant[0]
        elif meant:
            self.choices[name] = meant
            self.add_error(name, _("Several fit. Choose one of them below."))
        else:
            self.add_error(name, _("Nothing here is called so. Check the spelling, or enter it first."))

    def save(self) -> Interaction | None:
        """The note with its follow-up; None where the models refuse, with their sentences on the form."""
        try:
            with transaction.atomic():
                return self._saved()
        except ValidationError as error:
            for name, errors in error.error_dict.items():
                self.add_error(name if name in self.fields else None, errors)
            return None

    def _saved(self) -> Interaction:
        facts = self.cleaned_data
        note = Interaction(kind=facts["kind"], on=facts["on"], summary=facts["summary"], by=self.user)
        if about := self.chosen.get("about"):
            setattr(note, f"{ABOUT[about.kind.resource]}_id", about.id)
        note.full_clean()
        note.save()
        if whom := self.chosen.get("with_whom"):
            getattr(note, WITH[whom.kind.resource]).add(whom.id)
        if facts.get("due_on") or facts.get("follow_up"):
            promise = self._follow_up(note)
            promise.full_clean()
            promise.save()
        return note

    def _follow_up(self, note: Interaction) -> FollowUp:
        facts = self.cleaned_data
        return FollowUp(
            title=facts["follow_up"] or Truncator(" ".join(note.summary.split())).chars(300),
            due_on=facts["due_on"],
            assignee=self.user,
            interaction=note,
            partnership=note.partnership,
            project=note.project,
            city=note.city,
        )


def key_of(hit: Hit) -> str:
    return f"{hit.kind.resource}:{hit.id}"
