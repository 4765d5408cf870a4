"""What a visit leaves in the cupboard and in the books: Golden Book, gifts, costs."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from contacts import money
from contacts.admin import (
    BlockInline,
    PartAdmin,
    RecordAdmin,
    TableInline,
    badge,
)
from delegations.models import (
    Cost,
    Gift,
    GoldenBookEntry,
    GoldenBookSigner,
)

# --- the Golden Book ---


class SignerInline(TableInline):
    model = GoldenBookSigner
    fields = ["person", "post"]


@admin.register(GoldenBookEntry)
class GoldenBookEntryAdmin(RecordAdmin):
    list_display = ["__str__", "on", "city", "volume", "page", "delegation"]
    inlines = [SignerInline]
    fieldsets = [
        (None, {"fields": ["city", "on", "occasion_text", "delegation"]}),
        (pgettext_lazy("in a book", "Where it stands"), {"fields": [("volume", "page"), "photo"]}),
    ]


@admin.register(GoldenBookSigner)
class GoldenBookSignerAdmin(PartAdmin):
    list_display = ["person", "post", "entry"]
    fields = ["entry", "person", "post"]


# --- gifts ---


class GiftInline(BlockInline):
    model = Gift
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("what", "direction"),
                    ("person", "organisation"),
                    ("value", "currency", "decision"),
                ]
            },
        )
    ]


class DecisionFilter(admin.SimpleListFilter):
    title = _("what becomes of it")
    parameter_name = "decision"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("open", _("Received, not decided yet")), *Gift.Decision.choices]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "open":
                return queryset.undecided()
            case str() as decision:
                return queryset.filter(decision=decision)
        return queryset


@admin.register(Gift)
class GiftAdmin(RecordAdmin):
    list_display = ["what", "direction", "on", "person", "organisation", "worth", "decided", "delegation"]
    list_filter = ["direction", DecisionFilter]
    fieldsets = [
        (None, {"fields": ["what", ("direction", "on"), "delegation"]}),
        (_("From whom or to whom"), {"fields": [("person", "organisation")]}),
        (
            _("Value and whereabouts"),
            {"fields": [("value", "currency"), ("decision", "approved_by"), "whereabouts"]},
        ),
    ]

    @admin.display(description=_("value"), ordering="value")
    def worth(self, gift: Gift) -> str:
        return money.display(gift.value, gift.currency)

    @admin.display(description=_("what becomes of it"), ordering="decision")
    def decided(self, gift: Gift) -> str | None:
        if gift.direction == Gift.Direction.RECEIVED and not gift.decision:
            return badge("open", gettext("not decided yet"))
        return gift.get_decision_display() or None


# --- costs ---


class CostInline(TableInline):
    model = Cost
    fields = ["kind", "planned", "actual", "currency", "borne_by", "budget_line"]


@admin.register(Cost)
class CostAdmin(RecordAdmin):
    list_display = ["delegation", "kind", "is_planned", "is_actual", "borne_by", "budget_line"]
    list_filter = ["kind", "borne_by"]
    fieldsets = [
        (None, {"fields": ["delegation", ("kind", "borne_by")]}),
        (_("Amounts"), {"fields": [("planned", "actual", "currency"), "budget_line", "note"]}),
    ]

    @admin.display(description=_("planned"), ordering="planned")
    def is_planned(self, cost: Cost) -> str:
        return money.display(cost.planned, cost.currency)

    @admin.display(description=_("actual"), ordering="actual")
    def is_actual(self, cost: Cost) -> str:
        return money.display(cost.actual, cost.currency)
