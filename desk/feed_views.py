"""The calendar that programs fetch by its address, and the page where its owner makes, renews and ends it."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from contacts.calendars import MEDIA_TYPE
from contacts.models import City
from desk.feeds import feed_of
from desk.models import CalendarFeed
from desk.views import page
from reminders.due import office_today

# The address is the key: it is passed on to nobody, and kept by no cache that others share.
UNSHARED = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


@require_safe
def calendar_feed(request: HttpRequest, key: str) -> HttpResponse:
    """For whoever has the key, with the rights that its owner has now. Nobody is signed in by it."""
    feed = CalendarFeed.objects.of_key(key)
    response = _not_found() if feed is None else _answer(request, feed)
    for name, value in UNSHARED.items():
        response[name] = value
    return response


def _not_found() -> HttpResponse:
    said = _("There is no calendar at this address, or no longer. Make a new address in Goldenbook.")
    headers = {"Cache-Control": "no-store"}
    return HttpResponseNotFound(said, content_type="text/plain; charset=utf-8", headers=headers)


def _answer(request: HttpRequest, feed: CalendarFeed) -> HttpResponse:
    content = feed_of(feed, today=office_today())
    feed.note_fetch(request.headers.get("User-Agent", ""), now=timezone.now())
    headers = {
        "Cache-Control": "private, no-cache",
        "ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"',
        "Content-Disposition": 'inline; filename="goldenbook.ics"',
        "Content-Language": feed.user.language,
    }
    response = HttpResponse(content, content_type=MEDIA_TYPE, headers=headers)
    answer: Any = get_conditional_response(request, etag=headers["ETag"], response=response)
    return answer


def _first_one(user: Any) -> CalendarFeed:
    """One's own work at first; of those who only look, everybody's."""
    keeps = user.has_perm("delegations.change_followup")
    return CalendarFeed(user=user, whose=CalendarFeed.Whose.MINE if keeps else CalendarFeed.Whose.ALL)


class CalendarFeedForm(forms.ModelForm):
    class Meta:
        model = CalendarFeed
        fields = (*CalendarFeed.PARTS, "alarms", "whose", "home")
        widgets = {"whose": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        home = self.fields["home"]
        assert isinstance(home, forms.ModelChoiceField)
        home.queryset = City.objects.home().labelled()
        home.empty_label = str(gettext_lazy("all"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not any(cleaned.get(part) for part in CalendarFeed.PARTS):
            message = _("Choose at least one thing that the calendar should hold.")
            self.add_error(CalendarFeed.PARTS[0], ValidationError(message, code="nothing"))
        return cleaned


@require_http_methods(["GET", "HEAD", "POST"])
def subscription(request: HttpRequest) -> HttpResponse:
    """One's own calendar. A new address is shown once, in the answer to the button, and kept nowhere."""
    user: Any = request.user
    feed = CalendarFeed.objects.filter(user=user).first() or _first_one(user)
    if "revoke" in request.POST:
        feed.revoke()
        messages.success(request, _("The address opens nothing any more."))
        return redirect("desk:subscription")
    form = CalendarFeedForm(request.POST or None, instance=feed)
    address = ""
    if request.method == "POST" and form.is_valid():
        # Not the key: an administrator may have revoked it meanwhile.
        feed.keep(*form.fields)
        if "renew" not in request.POST:
            messages.success(request, _("Saved. Calendars take it over when they ask the next time."))
            return redirect("desk:subscription")
        address = request.build_absolute_uri(reverse("calendar-feed", args=[feed.renew()]))
    return page(
        request,
        "desk/subscription.html",
        title=_("Subscribe to the calendar"),
        subtitle=_("Anniversaries, follow-ups and visits in Outlook, on a telephone, wherever you plan."),
        feed=feed,
        form=form,
        address=address,
        webcal="webcal" + address.removeprefix("https").removeprefix("http") if address else "",
    )
