"""A link in the mail that marks a follow-up done: signed, for a time, for one use, and only for who may.

Whoever has the link has no right by it: it asks to sign in. Opening it changes nothing, because programs that
look for malice in mails open every link; the button on its page does.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from delegations.models import FollowUp
from reminders.due import office_today
from reminders.models import Reminder

VALID_FOR = datetime.timedelta(days=45)


class NoUseError(Exception):
    """The link is of no use any more; the sentence says why."""


def _signer() -> Signer:
    return Signer(salt="goldenbook.reminders.done")


def link_for(reminder: Reminder, *, today: datetime.date) -> str:
    signed = _signer().sign_object([reminder.pk, (today + VALID_FOR).isoformat()])
    return settings.SITE_URL + reverse("done", args=[signed])


def opened(signed: str, *, today: datetime.date) -> tuple[Reminder, FollowUp]:
    """The reminder whose mail held the link, and its follow-up."""
    try:
        pk, until = _signer().unsign_object(signed)
    except BadSignature as error:
        raise NoUseError(_("This link is not whole. Open the follow-up itself instead.")) from error
    if datetime.date.fromisoformat(until) < today:
        raise NoUseError(_("This link has expired. Open the follow-up itself instead."))
    found = Reminder.objects.filter(pk=pk, follow_up__isnull=False).select_related("follow_up").first()
    if found is None or found.follow_up is None:
        raise NoUseError(_("What this link was about is no longer on record."))
    return found, found.follow_up


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def done(request: HttpRequest, signed: str) -> HttpResponse:
    """A page with a button; the button marks the follow-up done, once."""
    if not request.user.has_perm("delegations.change_followup"):
        raise PermissionDenied
    today = office_today()
    try:
        reminder, promise = opened(signed, today=today)
        refuse_settled(reminder, promise)
        if request.method == "POST":
            complete_once(reminder, promise, today=today)
            messages.success(request, _("Done: “%(title)s”.") % {"title": promise.title})
            return redirect(promise.get_absolute_url())
    except NoUseError as reason:
        return _page(request, status=410, reason=str(reason), promise=_named(signed))
    return _page(request, promise=promise)


def refuse_settled(reminder: Reminder, promise: FollowUp) -> None:
    if promise.state == FollowUp.State.DONE:
        raise NoUseError(_("“%(title)s” is done already. Thank you.") % {"title": promise.title})
    if promise.state == FollowUp.State.DROPPED:
        raise NoUseError(_("“%(title)s” was dropped: it will not be kept.") % {"title": promise.title})
    if reminder.done_link_used_at:
        text = _("This link was used already; since then somebody opened “%(title)s” again.")
        raise NoUseError(text % {"title": promise.title})


@transaction.atomic
def complete_once(reminder: Reminder, promise: FollowUp, *, today: datetime.date) -> None:
    """The database says who was first."""
    promise = FollowUp.objects.select_for_update().get(pk=promise.pk)
    fresh = Reminder.objects.filter(pk=reminder.pk, done_link_used_at__isnull=True)
    if promise.state != FollowUp.State.OPEN or not fresh.update(done_link_used_at=timezone.now()):
        reminder.refresh_from_db(fields=["done_link_used_at"])
        refuse_settled(reminder, promise)
    promise.complete(on=today)


def _named(signed: str) -> FollowUp | None:
    """What an old link was about, so that one gets there all the same."""
    try:
        pk, _until = _signer().unsign_object(signed)
    except BadSignature:
        return None
    reminder = Reminder.objects.filter(pk=pk).select_related("follow_up").first()
    return reminder.follow_up if reminder else None


def _page(request: HttpRequest, *, status: int = 200, reason: str = "", **context: Any) -> HttpResponse:
    request.current_app = admin.site.name  # type: ignore[attr-defined]
    title = _("This link is of no use any more") if reason else _("Is it done?")
    found = {**admin.site.each_context(request), "title": title, "reason": reason, **context}
    return TemplateResponse(request, "reminders/done.html", found, status=status)
