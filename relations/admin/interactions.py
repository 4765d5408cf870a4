"""Notes of contacts."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.admin import (
    EMPTY,
    MineFilter,
    RecordAdmin,
)
from contacts.models import Organisation
from relations.models import (
    Interaction,
    Partnership,
)


class SinceFilter(admin.SimpleListFilter):
    title = _("when")
    parameter_name = "since"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("7", _("In the last week")), ("30", _("In the last month")), ("365", _("In the last year"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in ("7", "30", "365"):
            return queryset
        return queryset.filter(on__gt=timezone.localdate() - datetime.timedelta(days=int(str(self.value()))))


class TieFilter(admin.SimpleListFilter):
    """The contacts of one tie, as its page counts them; there is nothing to choose before one is given."""

    title = _("partnership")
    parameter_name = "tie"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        given = request.GET.get("tie", "")
        ties = Partnership.objects.labelled().filter(pk=given) if given.isdecimal() else []
        return [(str(tie.pk), tie) for tie in ties]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        tie = Partnership.objects.filter(pk=str(self.value())).first() if self.value() else None
        return queryset.of_tie(tie) if tie else queryset


class MyContactsFilter(MineFilter):
    title = _("by")
    path = "by"
    nobodys = _("Nobody named")


@admin.register(Interaction)
class InteractionAdmin(RecordAdmin):
    list_display = ["short_summary", "day", "kind", "with_whom", "partnership", "project", "by"]
    list_filter = [SinceFilter, "kind", MyContactsFilter, TieFilter]
    fieldsets = [
        (None, {"fields": [("on", "time", "kind"), "summary"]}),
        (_("With whom, and about what"), {"fields": ["people", "organisations", ("partnership", "project")]}),
        (_("More exactly"), {"classes": ["collapse"], "fields": [("city", "by"), "documents"]}),
    ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Mostly it was today, and whoever writes the note."""
        today = {"on": timezone.localdate(), "by": request.user.pk}
        return today | super().get_changeform_initial_data(request)

    def for_list(self, queryset: Any) -> Any:
        bodies = Prefetch("organisations", Organisation.objects.labelled())
        rows = super().for_list(queryset).select_related("city__parent")
        return rows.prefetch_related("people", bodies)

    @admin.display(description=_("what it was about"), ordering="summary")
    def short_summary(self, note: Interaction) -> str:
        return note.short_summary

    @admin.display(description=_("day"), ordering="on")
    def day(self, note: Interaction) -> str:
        return note.day.display_short()

    @admin.display(description=_("with whom"))
    def with_whom(self, note: Interaction) -> str:
        named = [str(one) for one in (*note.people.all(), *note.organisations.all())]
        return ", ".join(named or [str(note.city or EMPTY)])
