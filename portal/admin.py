"""The portals that are told of changes, and the log of what they were told."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.admin import RowAdmin, TableInline, Verb, badge, fields_of
from portal.models import Delivery, DeliveryAttempt, Endpoint
from portal.models.webhooks import FORMER_LASTS
from reminders.admin import ReadOnly
from reminders.due import office_today

SHAPES = {
    Delivery.State.DUE: "plan",
    Delivery.State.SENDING: "open",
    Delivery.State.DELIVERED: "ok",
    Delivery.State.FAILED: "late",
}
RENEW = "renew-secret"


class PlainSearch(ModelAdmin):
    """By plain columns: these rows have no names that could be spelled in several ways."""

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        return ModelAdmin.get_search_results(self, request, queryset, search_term)


@admin.register(Endpoint)
class EndpointAdmin(PlainSearch, RowAdmin):
    """The secret is shown in the answer to the click that made it, and never again."""

    list_display = ["name", "url", "state_badge", "failing_since"]
    search_fields = ("name", "url")
    not_exported = ("secret", "former_secret")
    fieldsets = [
        (None, {"fields": ["name", "url"]}),
        (
            _("State"),
            {"fields": [("failing_since", "failures", "next_try_at"), "former_until"]},
        ),
    ]
    readonly_fields = ["failing_since", "failures", "next_try_at", "former_until"]
    verbs = (
        Verb(
            RENEW,
            _("New secret"),
            Endpoint.renew_secret,
            done=_("has a new secret"),
            help=_("Until the day below what is told is signed with both secrets, so that nothing is lost."),
            asks=fields_of(Endpoint, "former_until"),
            initial=lambda endpoint: {"former_until": office_today() + FORMER_LASTS},
        ),
        Verb(
            "switch-off",
            _("Switch off"),
            Endpoint.switch_off,
            done=_("is told nothing more"),
            possible=lambda endpoint: endpoint.is_on,
            is_grave=True,
        ),
        Verb(
            "switch-on",
            _("Switch on"),
            Endpoint.switch_on,
            done=_("is told again, from now on"),
            possible=lambda endpoint: not endpoint.is_on,
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Endpoint | None = None) -> Any:
        """What is not there yet has no state."""
        return super().get_fieldsets(request, obj) if obj else self.fieldsets[:1]

    @admin.display(description=_("state"))
    def state_badge(self, endpoint: Endpoint) -> str:
        if not endpoint.is_on:
            return badge("over", f"{gettext('switched off')}: {endpoint.get_off_because_display()}")
        return badge("late", gettext("fails")) if endpoint.failures else badge("ok", gettext("is told"))

    def response_add(self, request: HttpRequest, obj: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        super().response_add(request, obj, *args, **kwargs)
        return self._secret_page(request, obj)

    def verb_view(self, request: HttpRequest, object_id: str, verb: str) -> HttpResponse:
        answer = super().verb_view(request, object_id, verb)
        if verb == RENEW and request.method == "POST" and answer.status_code == 302:
            return self._secret_page(request, Endpoint.objects.get(pk=object_id))
        return answer

    def _secret_page(self, request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Secret of %(portal)s") % {"portal": endpoint},
            "opts": self.opts,
            "original": endpoint,
        }
        headers = {"Referrer-Policy": "no-referrer"}
        return TemplateResponse(request, "portal/secret.html", context, headers=headers)


class AttemptInline(ReadOnly, TableInline):
    model = DeliveryAttempt
    fields = ["started_at", "ended_at", "outcome", "code"]
    show_change_link = False


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, PlainSearch, RowAdmin):
    """The log of what was told to whom."""

    goes_along = True
    list_display = ["happened_at", "__str__", "endpoint", "state_badge", "tries", "went_out", "error"]
    list_display_links = ["__str__"]
    list_filter = ["state", "endpoint", "resource", "happened"]
    search_fields = ("told", "error")
    not_exported = ("token",)
    date_hierarchy = "happened_at"
    inlines = [AttemptInline]
    readonly_fields = ["state_badge", "what"]
    fieldsets = [
        (None, {"fields": [("endpoint", "happened_at"), ("state_badge", "delivered_at"), "error"]}),
        (_("What it says"), {"fields": ["what", "told"]}),
        (
            _("On its way"),
            {"classes": ["collapse"], "fields": [("tries", "next_try_at", "give_up_at"), "lease_until"]},
        ),
    ]
    verbs = (
        Verb(
            "tell-again",
            _("Tell again"),
            Delivery.tell_again,
            done=_("is told again"),
            possible=Delivery.is_over,
            right="resend",
        ),
    )

    @admin.display(description=_("state"), ordering="state")
    def state_badge(self, delivery: Delivery) -> str:
        return badge(SHAPES[Delivery.State(delivery.state)], delivery.get_state_display())

    @admin.display(description=_("delivered"), ordering="delivered_at")
    def went_out(self, delivery: Delivery) -> str | None:
        """When it was taken, or when it is tried again."""
        is_due = delivery.state == Delivery.State.DUE
        moment = delivery.next_try_at if is_due else delivery.delivered_at
        if moment is None:
            return None
        when = date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
        return gettext("tried again from %(when)s") % {"when": when} if is_due else when

    @admin.display(description=_("text"))
    def what(self, delivery: Delivery) -> str:
        return delivery.body.decode()
