"""What everybody on the staff decides about their own account, without a right to others."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.admin import RecordForm
from contacts.models import User


class AccountForm(RecordForm):
    """Language, reminder mail, absence and stand-in of one user, and nothing else of the account."""

    class Meta:
        model = User
        fields = ("language", "digest", "away_from", "away_until", "stand_in")
        help_texts = {
            "language": _("Of these pages and of the mails to you."),
            "digest": _(
                "What is due today or overdue does not wait for the weekly mail. That one comes on Monday, "
                "or on the next working day after it."
            ),
            "away_from": _(
                "Your reminders go to your stand-in while you are away, else to the head of office."
            ),
        }
        widgets = {
            "digest": forms.RadioSelect,
            **{
                name: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
                for name in ("away_from", "away_until")
            },
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        colleagues: Any = self.fields["stand_in"]
        colleagues.queryset = User.objects.active().filter(is_staff=True).exclude(pk=self.instance.pk)
        colleagues.empty_label = _("nobody: the head of office")

    def save(self, commit: bool = True) -> User:
        """Only what stands in the form: an administrator may change the rest at the same moment."""
        self.instance.save(update_fields=self.changed_data)
        return self.instance
