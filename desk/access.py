"""My access: the page where all staff make access tokens for their programs, see them and revoke them."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from contacts.admin.sending import TOKEN, key_of
from contacts.keys import Secret
from contacts.models import AccessToken, Office
from contacts.models.sent_forms import SentForm
from contacts.models.tokens import MOST
from contacts.scopes import READ, WRITE
from desk.views import page
from reminders.due import office_today

USUALLY = datetime.timedelta(days=90)
AT_MOST = datetime.timedelta(days=365)
HOW = {
    "": ((), gettext_lazy("nothing")),
    READ: ((READ,), gettext_lazy("read only")),
    WRITE: ((READ, WRITE), gettext_lazy("read and write")),
}


class AccessForm(forms.ModelForm):
    """A token of one's own: what it is for, until when, and for each group of resources what it may do."""

    expires_on = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("A year at most. Choose a day soon: what is forgotten then ends by itself."),
    )

    class Meta:
        model = AccessToken
        fields = ("name",)

    def __init__(self, *args: Any, user: Any, today: datetime.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.instance.user = user
        self.today = today
        self.fields["expires_on"].initial = today + USUALLY
        choices = [(key, words) for key, (_scopes, words) in HOW.items()]
        for group, (label, _models) in settings.API_SCOPES.items():
            self.fields[group] = forms.ChoiceField(label=label, choices=choices, required=False)

    def about(self) -> list[Any]:
        return [self["name"], self["expires_on"]]

    def scopes(self) -> list[Any]:
        return [self[group] for group in settings.API_SCOPES]

    def clean_expires_on(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["expires_on"]
        if day < self.today:
            raise ValidationError(_("That day has passed. Choose one that is still to come."), code="past")
        if day > self.today + AT_MOST:
            raise ValidationError(
                _("A token lives for a year at most. Choose an earlier day."), code="too_late"
            )
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.instance.scopes = [
            f"{group}:{how}" for group in settings.API_SCOPES for how in HOW[cleaned.get(group, "")][0]
        ]
        if not self.instance.scopes:
            raise ValidationError(_("Choose at least one thing that the token may read."), code="nothing")
        if day := cleaned.get("expires_on"):
            last_second = datetime.time(23, 59, 59, tzinfo=Office.current().zone)
            self.instance.expires_at = datetime.datetime.combine(day, last_second)
        return cleaned

    def make(self) -> tuple[AccessToken, Secret]:
        token = self.instance
        return AccessToken.objects.make(
            token.user, name=token.name, scopes=token.scopes, expires_at=token.expires_at
        )


@require_http_methods(["GET", "HEAD", "POST"])
def access(request: HttpRequest) -> HttpResponse:
    """A new token is shown once, in the answer to the form, and kept nowhere; sent again, nothing is made."""
    user: Any = request.user
    if "revoke" in request.POST:
        return _revoked(request)
    form = AccessForm(request.POST or None, user=user, today=office_today())
    made, secret = None, ""
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                sent, is_first = SentForm.objects.get_or_create(key=key_of(request))
                if not is_first:
                    messages.info(request, _("This token was made already, and was shown that once."))
                    return redirect("desk:access")
                made, secret = form.make()
                sent.came_of_it(made)
            form = AccessForm(user=user, today=office_today())
        except ValidationError as refusal:  # meanwhile there are too many
            form.add_error(None, refusal)
    tokens = AccessToken.objects.filter(user=user).open(now=timezone.now())
    return page(
        request,
        "desk/access.html",
        title=_("My access"),
        subtitle=_("Tokens by which programs reach the data through the API, in your name."),
        form=form,
        made=made,
        secret=secret,
        tokens=tokens,
        most=MOST,
        # A new one whenever the form is shown, so that a second token may be called like the first.
        sending=(TOKEN, uuid.uuid4().hex),
    )


def _revoked(request: HttpRequest) -> HttpResponse:
    pk = request.POST["revoke"]
    own = AccessToken.objects.filter(user=request.user.pk)  # type: ignore[misc]
    token = own.filter(pk=pk).first() if pk.isdecimal() else None
    if token is None:
        messages.info(request, _("This token is not there any more."))
    else:
        token.delete()
        said = _("“%(name)s” opens nothing any more.") % {"name": token.name}
        messages.success(request, said)
    return redirect("desk:access")
