"""The staff's pages that look across rooms. What they show is worked out in day.py and search.py."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contacts.admin.sending import TOKEN, key_of
from contacts.dates import PartialDate
from contacts.models import City, Office, User
from contacts.models.sent_forms import SentForm
from contacts.names import is_too_short
from contacts.viewpoint import choose_home, chosen_home
from delegations.models import FollowUp
from desk.account import AccountForm
from desk.beginning import first_steps
from desk.day import Whose, day_of_user
from desk.notes import ContactNoteForm
from desk.office import OfficeForm
from desk.plans import MAY_PLAN
from desk.search import LONGEST, Group, search
from reminders.due import office_today
from reminders.in_words import why_nothing
from reminders.phrases import full_day

SPANS: dict[str, datetime.timedelta | relativedelta] = {
    "week": datetime.timedelta(days=7),
    "month": relativedelta(months=1),
}


def page(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    """A page in the frame of the admin."""
    request.current_app = admin.site.name  # type: ignore[attr-defined]
    return TemplateResponse(request, template, {**admin.site.each_context(request), **context})


# --- the first page ---


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The officer's day; on the first start, the office's own data before it."""
    user: Any = request.user
    is_new = Office.current().confirmed_at is None
    if is_new and user.has_perm("contacts.change_office") and not request.session.get("office_later"):
        return redirect("desk:office")
    whose, today = _whose(request), office_today()
    found = day_of_user(user, whose=whose, home=chosen_home(request), today=today)
    return page(
        request,
        "desk/home.html",
        title=full_day(today),
        subtitle=found.headline,
        day=found,
        whose=whose,
        choices=[(each, found.due.counts[each] if found.due else None) for each in Whose],
        may_change=user.has_perm("delegations.change_followup"),
        may_plan=user.has_perms(MAY_PLAN),
        first_steps=first_steps(user),
        undo=request.session.pop("undo", None),
        office_is_new=is_new,
    )


def _whose(request: HttpRequest) -> Whose:
    """As asked for, else as last time; at first one's own, or everybody's for those who only look."""
    asked = request.GET.get("whose")
    if asked in Whose.values:
        request.session["whose"] = asked
    keeps = request.user.has_perm("delegations.change_followup")
    return Whose(request.session.get("whose") or (Whose.MINE if keeps else Whose.ALL))


# --- the office's own data, on the first start ---


@require_http_methods(["GET", "HEAD", "POST"])
def office(request: HttpRequest) -> HttpResponse:
    """Whoever leads or administers is asked once; from then on it is a form of the administration."""
    user: Any = request.user
    if not user.has_perm("contacts.change_office"):
        raise PermissionDenied
    kept = Office.current()
    if kept.confirmed_at is not None:
        return redirect(kept.get_absolute_url())
    if "later" in request.POST:
        request.session["office_later"] = True
        return redirect("desk:home")
    form = OfficeForm(request.POST or None, instance=kept, keeps_cities=user.has_perm("contacts.change_city"))
    if form.is_valid():
        form.save()
        messages.success(request, _("Welcome. These data are kept under Administration from now on."))
        for city in form.cleaned_data.get("cities", []):
            messages.info(request, form.told(city))
        return redirect("desk:home")
    return page(
        request,
        "desk/office.html",
        title=_("Your office"),
        subtitle=_("A minute, and the house is set up. What stands here comes from its settings."),
        form=form,
        home_cities_kept=City.objects.home().labelled(),
    )


# --- one's own account ---


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Language, reminder mail, absence and stand-in: everybody's own, and nobody else's."""
    mine = User.objects.get(pk=request.user.pk)
    form = AccountForm(request.POST or None, instance=mine)
    if not form.is_valid():
        subtitle = _("Signed in as %(name)s") % {"name": request.user.get_username()}
        facts = {"title": _("My account"), "subtitle": subtitle, "form": form}
        return page(request, "desk/account.html", why_nothing=why_nothing(mine), **facts)
    form.save()
    with translation.override(mine.language):
        messages.success(request, _("Your account is as you wish."))
    answer = redirect("desk:account")
    if "language" in form.changed_data:
        keep_language(answer, mine.language)
    return answer


def keep_language(answer: HttpResponse, language: str) -> None:
    """As the switch in the head of each page does."""
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        domain=settings.LANGUAGE_COOKIE_DOMAIN,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
    )


# --- promises, done or put off with one click ---


@require_POST
@transaction.atomic
def complete(request: HttpRequest, pk: int) -> HttpResponse:
    """The promise was kept today."""
    row = _promise(request, pk)
    if row.state != FollowUp.State.OPEN:
        messages.info(request, _("“%(title)s” was settled already.") % {"title": row.title})
        return _back(request)
    row.complete(on=office_today())
    said = _("Done: “%(title)s”.") % {"title": row.title}
    _offer_undo(request, reverse("desk:reopen", args=[row.pk]), said)
    return _back(request)


@require_POST
@transaction.atomic
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """It was not done after all."""
    row = _promise(request, pk)
    row.reopen()
    messages.success(request, _("“%(title)s” is open again.") % {"title": row.title})
    return _back(request)


@require_POST
@transaction.atomic
def postpone(request: HttpRequest, pk: int) -> HttpResponse:
    """Due later: by a week, by a month, or on a day (`to`); `back` takes such a step back."""
    row = _promise(request, pk)
    before, by = row.due_on, request.POST.get("by", "")
    if row.state != FollowUp.State.OPEN:
        messages.info(request, _("“%(title)s” was settled already.") % {"title": row.title})
        return _back(request)
    try:
        row.postpone(to=_new_day(row, by, request.POST.get("to", ""), today=office_today()))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return _back(request)
    assert row.due_on is not None
    said = _("“%(title)s” is due %(when)s.") % {"title": row.title, "when": row.due_on.display_in()}
    if by == "back" or before is None:
        messages.success(request, said)
    else:
        _offer_undo(request, reverse("desk:postpone", args=[row.pk]), said, by="back", to=str(before))
    return _back(request)


def _new_day(row: FollowUp, by: str, to: str, *, today: datetime.date) -> PartialDate:
    if by in SPANS:
        return row.due_after(SPANS[by], today=today)
    if not to.strip():
        raise ValidationError(_("Say until when: choose a day."))
    day = PartialDate.parse(to)
    if by != "back" and day.last_day < today:
        raise ValidationError(_("That day has passed. Choose one that is still to come."))
    return day


def _promise(request: HttpRequest, pk: int) -> FollowUp:
    if not request.user.has_perm("delegations.change_followup"):
        raise PermissionDenied
    return get_object_or_404(FollowUp.objects.select_for_update(), pk=pk)


def _offer_undo(request: HttpRequest, url: str, said: str, **fields: str) -> None:
    """Said once, on the next page, with a button that takes it back and leads to the same page."""
    back = {"next": request.POST["next"]} if "next" in request.POST else {}
    request.session["undo"] = {"url": url, "said": said, "fields": fields | back}


# --- a contact noted in seconds ---


@require_http_methods(["GET", "HEAD", "POST"])
def contact_note(request: HttpRequest) -> HttpResponse:
    """A short form; `?about=` and `?with_whom=` fill in a name."""
    if not request.user.has_perm("relations.add_interaction"):
        raise PermissionDenied
    form = ContactNoteForm(
        request.POST or None,
        initial={name: request.GET[name] for name in ("about", "with_whom") if name in request.GET},
        user=request.user,
        today=office_today(),
        home=chosen_home(request),
    )
    if request.method == "POST" and form.is_valid() and (note := _saved_once(request, form)):
        messages.success(request, _("Noted: %(note)s") % {"note": note})
        return _back(request)
    context = {"form": form, "next": request.POST.get("next") or request.GET.get("next", "")}
    # A new token whenever the form is shown, so that a note of the same words can follow the first.
    return page(
        request, "desk/contact_note.html", title=_("Contact note"), token=(TOKEN, uuid.uuid4().hex), **context
    )


def _saved_once(request: HttpRequest, form: ContactNoteForm) -> Any:
    """The note; a form sent twice leads to the first one. None where it was refused, or is deleted since."""
    if not request.POST.get(TOKEN):
        return form.save()
    with transaction.atomic():
        sent, is_first = SentForm.objects.get_or_create(key=key_of(request))
        if not is_first:
            return sent.find()
        note = form.save()
        if note is None:
            sent.delete()
        else:
            sent.came_of_it(note)
        return note


# --- search ---


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """Everything that holds the words, by kind."""
    text = _asked_for(request)
    groups = _found(request, text)
    return page(
        request,
        "desk/search.html",
        title=_("Search"),
        text=text,
        is_too_short=bool(text) and is_too_short(text),
        groups=groups,
        count=sum(group.count for group in groups),
    )


@require_safe
@never_cache
def hits(request: HttpRequest) -> HttpResponse:
    """The same for the palette."""
    text = _asked_for(request)
    groups = _found(request, text)
    return JsonResponse(
        {
            "count": sum(group.count for group in groups),
            "groups": [
                {
                    "name": group.kind.label,
                    "icon": group.kind.icon,
                    "hits": [{"name": hit.name, "hint": hit.hint, "url": hit.url} for hit in group.hits],
                }
                for group in groups
            ],
        }
    )


def _asked_for(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:LONGEST]


def _found(request: HttpRequest, text: str) -> list[Group]:
    return search(text, user=request.user, today=office_today(), home=chosen_home(request))


# --- the home city that everything is narrowed to ---


@require_POST
def viewpoint(request: HttpRequest) -> HttpResponse:
    """Narrow lists and pages to one of our cities, or show all again; then back to where one was."""
    pk = request.POST.get("home", "")
    choose_home(request, get_object_or_404(City.objects.home(), pk=pk) if pk.isdecimal() else None)
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    """To where one was, which is a page of ours; else to the first page."""
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if is_ours else "desk:home")
