"""What a record does, as buttons on its page and as actions of its list.

The model does it, and the model refuses. A verb only says what it is called, what must be known for it, and
when it is worth a button.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR, csrf_protect_m
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext

from contacts.admin.rows import HeadErrors, refusal_of
from contacts.models import Office

SEEN = "_seen"
"""Named in a form that shows what would change: the facts that this was worked out with."""


def _always(record: Any) -> bool:
    return True


def _nothing(record: Any) -> dict[str, Any]:
    return {}


def _nothing_more(record: Any, user: Any) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Verb:
    """Something that a record does: `act(record, **facts)`, where `facts` is what the user entered."""

    name: str
    """Its part of the address, and the name of the list's action."""
    label: Any
    act: Callable[..., Any]
    done: Any
    """What is said afterwards, of the record: "is suspended"."""
    help: Any = ""
    asks: Mapping[str, models.Field] = field(default_factory=dict)
    """The facts it takes, each with the model field whose picker, label and help it borrows."""
    required: tuple[str, ...] = ()
    initial: Callable[[Any], dict[str, Any]] = _nothing
    """What the form is filled with at first; an action of the list acts with it."""
    possible: Callable[[Any], bool] = _always
    right: str = "change"
    by_user: bool = False
    """Whether the model wants to know who decided it."""
    template: str = "admin/verb.html"
    shows: Callable[[Any, Any], dict[str, Any]] = _nothing_more
    """What its page shows besides, of the record and to the user."""
    button: Any = ""
    """What the button of that page says, where it is not the label."""
    also_needs: tuple[str, ...] = ()
    """Rights to other models that it takes, in full: "delegations.add_followup"."""
    on_day: bool = False
    """Whether the model wants to know what day it is where the office is."""
    leads_on: bool = False
    """Whether what comes of it is shown afterwards, not the record itself."""
    foresee: Callable[..., Any] | None = None
    """What it would change: shown once, with the template named, before it is done; nothing where empty."""
    foreseen_template: str = ""
    in_bulk: Any = None
    """What the action of the list is called. A verb that asks nothing is one by its own label."""
    is_grave: bool = False

    @property
    def has_page(self) -> bool:
        """Whether something is asked or shown first; else one click does it."""
        return bool(self.asks) or self.template != Verb.template

    @property
    def bulk_label(self) -> Any:
        return self.in_bulk or (None if self.has_page else self.label)

    def do(self, record: Any, *, by: Any, **facts: Any) -> Any:
        return self.act(record, **facts, **({"by": by} if self.by_user else {}), **self._today())

    def would_change(self, record: Any, **facts: Any) -> Any:
        return self.foresee(record, **facts, **self._today()) if self.foresee else None

    def _today(self) -> dict[str, datetime.date]:
        return {"today": Office.current().today()} if self.on_day else {}


def fields_of(model: type[models.Model], *names: str) -> dict[str, models.Field]:
    return {name: model._meta.get_field(name) for name in names}  # type: ignore[misc]


class FactsForm(HeadErrors, forms.Form):
    """What must be known for a verb."""


class VerbsAdmin(admin.ModelAdmin):
    verbs: tuple[Verb, ...] = ()

    def may_do(self, verb: Verb, request: HttpRequest) -> bool:
        right = f"{self.opts.app_label}.{verb.right}_{self.opts.model_name}"
        return request.user.has_perms([right, *verb.also_needs])

    def verbs_for(self, request: HttpRequest, record: Any) -> list[Verb]:
        return [verb for verb in self.verbs if self.may_do(verb, request) and verb.possible(record)]

    # --- on the page of one record ---

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_do"
        view = self.admin_site.admin_view(self.verb_view)
        return [path("<path:object_id>/do/<slug:verb>/", view, name=name), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        record = context.get("original")
        if record is not None and not context.get("is_popup"):
            context["verbs"] = [
                (verb, self.verb_url(verb, record)) for verb in self.verbs_for(request, record)
            ]
        return super().render_change_form(request, context, *args, **kwargs)

    def verb_url(self, verb: Verb, record: Any) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_do"
        return reverse(name, args=[record.pk, verb.name])

    @csrf_protect_m
    def verb_view(self, request: HttpRequest, object_id: str, verb: str) -> HttpResponse:
        """Ask what must be known, then do it. A refusal stands next to the field it is about."""
        record = self.get_object(request, unquote(object_id))
        chosen = next((each for each in self.verbs if each.name == verb), None)
        if record is None or chosen is None:
            raise Http404
        if not self.may_do(chosen, request):
            raise PermissionDenied
        if not chosen.possible(record):
            text = gettext("“%(verb)s” is not possible any more; it stands as you see it here.")
            self.message_user(request, text % {"verb": chosen.label}, messages.WARNING)
            return redirect(record.get_absolute_url())

        form = self.facts_form(chosen, record, request)
        if request.method == "POST" and form.is_valid():
            seen = _as_seen(form)
            if request.POST.get(SEEN) != seen and (foreseen := self._foresee(chosen, record, form)):
                return self._ask(chosen, record, form, request, foreseen=foreseen, seen=(SEEN, seen))
            result = self._try(chosen, record, form, request)
            if not form.errors:
                return redirect((result or record).get_absolute_url())
        return self._ask(chosen, record, form, request)

    def _foresee(self, verb: Verb, record: Any, form: FactsForm) -> Any:
        """What would change; nothing where it would be refused, which is then said."""
        try:
            return verb.would_change(record, **form.cleaned_data)
        except ValidationError:
            return None

    def facts_form(self, verb: Verb, record: Any, request: HttpRequest) -> FactsForm:
        form = FactsForm(request.POST if request.method == "POST" else None, initial=verb.initial(record))
        for name, model_field in verb.asks.items():
            form.fields[name] = self._formfield(model_field, request)
            form.fields[name].required = name in verb.required
        return form

    def _formfield(self, model_field: models.Field, request: HttpRequest) -> forms.Field:
        """As the page of that model would show it, but without its buttons for adding and changing."""
        their_admin = self.admin_site.get_model_admin(model_field.model)
        formfield: Any = their_admin.formfield_for_dbfield(model_field, request)
        if isinstance(formfield.widget, RelatedFieldWidgetWrapper):
            formfield.widget = formfield.widget.widget
        return formfield

    def _try(self, verb: Verb, record: Any, form: FactsForm, request: HttpRequest) -> Any:
        try:
            with transaction.atomic():
                result = verb.do(record, by=request.user, **form.cleaned_data)
                self.log_change(request, record, [{"changed": {"fields": [str(verb.label)]}}])
        except (ValidationError, IntegrityError) as error:
            form.add_error(None, refusal_of(error))
            return None
        text = gettext("%(record)s %(done)s.") % {"record": record, "done": verb.done}
        self.message_user(request, text, messages.SUCCESS)
        return result if verb.leads_on or isinstance(result, self.model) else None

    def _ask(
        self, verb: Verb, record: Any, form: FactsForm, request: HttpRequest, **more: Any
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": verb.label,
            "subtitle": str(record),
            "opts": self.opts,
            "original": record,
            "verb": verb,
            "form": form,
            "media": self.media + form.media,
            **verb.shows(record, request.user),
            **more,
        }
        return TemplateResponse(request, verb.template, context)

    # --- on the list ---

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = {**super().get_actions(request)}
        if IS_POPUP_VAR in request.GET:
            return actions
        for verb in self.verbs:
            if verb.bulk_label and self.may_do(verb, request):
                actions[verb.name] = (self._bulk(verb), verb.name, capfirst(str(verb.bulk_label)))
        return actions

    def _bulk(self, verb: Verb) -> Callable[[Any, HttpRequest, models.QuerySet], None]:
        def act(record: Any, request: HttpRequest) -> None:
            if not verb.possible(record):
                raise ValidationError(
                    gettext("“%(verb)s” is not possible as it stands."), params={"verb": verb.label}
                )
            verb.do(record, by=request.user, **verb.initial(record))

        def action(model_admin: Any, request: HttpRequest, queryset: models.QuerySet) -> None:
            model_admin.do_each(request, queryset, lambda record: act(record, request))

        return action

    def do_each(self, request: HttpRequest, queryset: models.QuerySet, verb: Callable[[Any], object]) -> None:
        """Let every chosen row do something; a row that refuses is named with its reason."""
        done = 0
        for record in queryset:
            try:
                with transaction.atomic():
                    verb(record)
            except ValidationError as refusal:
                reason = " ".join(refusal.messages)
                self.message_user(request, f"{record}: {reason}", messages.ERROR)
            else:
                done += 1
        if done:
            text = ngettext("%(count)d row was changed.", "%(count)d rows were changed.", done)
            self.message_user(request, text % {"count": done}, messages.SUCCESS)


def _as_seen(form: FactsForm) -> str:
    return "|".join(str(form.cleaned_data.get(name, "")) for name in form.fields)
