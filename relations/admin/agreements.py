"""Agreements, who signed them, and what councils decided."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.admin import (
    PartAdmin,
    PublishableAdmin,
    PublishedFilter,
    RecordAdmin,
    Tab,
    TableInline,
    Verb,
    badge,
    fields_of,
    with_small,
)
from contacts.dates import PartialDate
from relations.models import (
    Agreement,
    CouncilDecision,
    Signature,
)

AGREEMENT_SHAPES = {
    Agreement.State.SIGNED: "ok",
    Agreement.State.EXPIRED: "over",
    Agreement.State.TERMINATED: "over",
}


class DueAgreementFilter(admin.SimpleListFilter):
    """Signed agreements whose term ends soon."""

    title = _("expiry")
    parameter_name = "expires"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("180", _("Within six months")), ("past", _("Past its end")), ("never", _("Without an end"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        today = timezone.localdate()
        match self.value():
            case "180":
                soon = today + datetime.timedelta(days=180)
                return queryset.in_force().filter(valid_until__range=(today, soon))
            case "past":
                return queryset.in_force().filter(valid_until__lt=today)
            case "never":
                return queryset.filter(state=Agreement.State.SIGNED, valid_until__isnull=True)
        return queryset


class SignatureInline(TableInline):
    model = Signature
    fields = ["person", "post", "for_city", "on"]


@admin.register(Agreement)
class AgreementAdmin(PublishableAdmin):
    verbs = (
        Verb(
            "sign",
            _("Mark as signed"),
            Agreement.sign,
            done=_("is signed"),
            help=_("The day and the place as far as they are known; who signed is entered below."),
            asks={"on": Agreement._meta.get_field("signed_on")} | fields_of(Agreement, "place"),
            possible=lambda agreement: (
                agreement.state
                in (Agreement.State.DRAFT, Agreement.State.NEGOTIATED, Agreement.State.WITH_COUNCIL)
            ),
        ),
        Verb(
            "terminate",
            _("Mark as terminated"),
            Agreement.terminate,
            done=_("is terminated"),
            help=_("One side has given notice. Reminders of its deadlines fall silent."),
            possible=lambda agreement: agreement.state == Agreement.State.SIGNED,
            is_grave=True,
        ),
        *PublishableAdmin.publishing,
    )
    list_display = ["named", "state_badge", "partnership", "signed_on", "valid_until", "act_by"]
    list_filter = ["state", "kind", DueAgreementFilter, PublishedFilter]
    tabs: tuple[Tab, ...] = (
        Tab(_("Ending within six months"), {"expires": "180"}),
        Tab(_("With the council"), {"state__exact": Agreement.State.WITH_COUNCIL.value}),
        Tab(_("Drafts"), {"state__exact": Agreement.State.DRAFT.value}),
    )
    inlines = [SignatureInline]
    fieldsets = [
        (None, {"fields": ["title", ("kind", "state"), "partnership", "cities", "organisations"]}),
        (
            _("Signing and term"),
            {
                "fields": [
                    ("sent_on", "signed_on", "place"),
                    ("valid_from", "valid_until"),
                    ("notice_days", "renews_by_months"),
                ]
            },
        ),
        (_("Decision and papers"), {"fields": ["decision", "documents"]}),
    ]

    @admin.display(description=_("title"), ordering="title")
    def named(self, agreement: Agreement) -> str:
        return with_small(agreement.title, agreement.get_kind_display())

    @admin.display(description=_("state"), ordering="state")
    def state_badge(self, agreement: Agreement) -> str:
        return badge(
            AGREEMENT_SHAPES.get(Agreement.State(agreement.state), "plan"), agreement.get_state_display()
        )

    @admin.display(description=_("to act on by"))
    def act_by(self, agreement: Agreement) -> str | None:
        """The last day to give notice or, where no notice is agreed, the end."""
        today = timezone.localdate()
        deadline = agreement.deadline(today) if agreement.state == Agreement.State.SIGNED else None
        if deadline is None:
            return None
        day = PartialDate.of(deadline).display_short()
        if deadline < today:
            return badge("late", day)
        return badge("warn", day) if deadline <= today + datetime.timedelta(days=90) else day


@admin.register(Signature)
class SignatureAdmin(PartAdmin):
    list_display = ["person", "agreement", "post", "for_city", "on"]
    fields = ["agreement", "person", "post", "for_city", "on"]


@admin.register(CouncilDecision)
class CouncilDecisionAdmin(RecordAdmin):
    list_display = ["__str__", "title", "on", "result"]
    fields = ["body", ("number", "on"), "title", "result", "url"]
