from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.admin.filters import VacantFilter
from contacts.admin.pages import RecordAdmin
from contacts.admin.rows import TableInline
from contacts.models import Organisation, Post, Tenure


class PostInline(TableInline):
    model = Post
    fields = ["title_de", "title_en", "title_local", "is_head_of_city", "rank"]


@admin.register(Organisation)
class OrganisationAdmin(RecordAdmin):
    list_display = ["title", "kind", "city", "parent", "is_investor_at_home"]
    list_filter = ["kind", "is_investor_at_home"]
    inlines = [PostInline]
    fieldsets = [
        (None, {"fields": ["title", "title_local", "other_names", "kind", ("city", "parent")]}),
        (_("Contact"), {"fields": ["address", "website", ("email", "phone")]}),
        (
            _("Documents and notes"),
            {"classes": ["collapse"], "fields": ["is_investor_at_home", "documents", "notes"]},
        ),
    ]


class HolderInline(TableInline):
    model = Tenure
    fields = ["person", "since", "until", "is_acting", "end_reason", "source"]
    verbose_name = _("holder")
    verbose_name_plural = _("holders")


@admin.register(Post)
class PostAdmin(RecordAdmin):
    list_display = ["title", "organisation", "holder", "rank", "is_head_of_city"]
    list_filter = ["is_head_of_city", VacantFilter, "organisation__kind"]
    inlines = [HolderInline]
    fieldsets = [
        (None, {"fields": [("title_de", "title_en"), "title_local", "organisation"]}),
        (_("Precedence"), {"fields": [("is_head_of_city", "rank")]}),
        (_("Forms of address"), {"fields": ["form_spoken", "form_letter", "form_envelope"]}),
        (
            _("Contact and notes"),
            {"classes": ["collapse"], "fields": [("email", "phone"), "documents", "notes"]},
        ),
    ]

    def for_list(self, queryset: Any) -> Any:
        running = Tenure.objects.on(timezone.localdate()).order_by("is_acting", "pk")
        holders = models.Prefetch("tenures", running.select_related("person"), to_attr="running")
        return super().for_list(queryset).prefetch_related(holders)

    @admin.display(description=_("title"), ordering="title_de")
    def title(self, post: Post) -> str:
        return post.title

    @admin.display(description=_("holder today"))
    def holder(self, post: Any) -> str | None:
        acting = gettext("acting")
        names = [
            f"{tenure.person.full_name} ({acting})" if tenure.is_acting else tenure.person.full_name
            for tenure in post.running
        ]
        return ", ".join(names)
