from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.admin.filters import OurOwnFilter, VacantFilter, country_of, occurring
from contacts.admin.pages import RecordAdmin
from contacts.admin.rows import TableInline
from contacts.admin.values import badge
from contacts.models import Organisation, Post, Tenure


class PostInline(TableInline):
    model = Post
    fields = ["title_de", "title_en", "title_local", "is_head_of_city", "rank"]


@admin.register(Organisation)
class OrganisationAdmin(RecordAdmin):
    list_display = ["name", "kind", "city", "parent", "email", "settled"]
    list_filter = [
        occurring("kind", _("kind")),
        country_of("city"),
        OurOwnFilter,
        "is_investor_at_home",
    ]
    inlines = [PostInline]
    fieldsets = [
        (None, {"fields": ["title", "title_local", ("kind", "city")]}),
        (_("Contact"), {"fields": ["address", "website", ("email", "phone")]}),
        (
            _("Names, seat and superior body"),
            {"classes": ["collapse"], "fields": ["other_names", "parent", "is_investor_at_home"]},
        ),
        (_("Documents and notes"), {"classes": ["collapse"], "fields": ["documents", "notes"]}),
    ]

    @admin.display(description=_("name"), ordering="sort")
    def name(self, organisation: Organisation) -> str:
        return organisation.title

    @admin.display(description=_("settled in our city"), ordering="is_investor_at_home")
    def settled(self, organisation: Organisation) -> str | None:
        return gettext("yes") if organisation.is_investor_at_home else None


class OurOwnPostFilter(OurOwnFilter):
    path = "organisation__city"


class HolderInline(TableInline):
    model = Tenure
    fields = ["person", "since", "until", "is_acting", "end_reason"]
    verbose_name = _("holder")
    verbose_name_plural = _("holders")


@admin.register(Post)
class PostAdmin(RecordAdmin):
    list_display = ["title", "body", "city", "holder", "leads", "precedence"]
    list_filter = [
        "is_head_of_city",
        VacantFilter,
        country_of("organisation__city"),
        OurOwnPostFilter,
        occurring("organisation__kind", _("kind of organisation")),
    ]
    inlines = [HolderInline]
    fieldsets = [
        (None, {"fields": [("title_de", "title_en"), "title_local", "organisation"]}),
        (_("Precedence"), {"fields": [("rank", "is_head_of_city")]}),
        (
            _("Forms of address"),
            {
                "description": _("Whoever holds this post is addressed so."),
                "fields": ["form_spoken", "form_letter", "form_envelope"],
            },
        ),
        (
            _("Contact and notes"),
            {"classes": ["collapse"], "fields": [("email", "phone"), "documents", "notes"]},
        ),
    ]

    def for_list(self, queryset: Any) -> Any:
        running = Tenure.objects.on(timezone.localdate()).order_by("is_acting", "pk")
        holders = models.Prefetch("tenures", running.select_related("person"), to_attr="running")
        return super().for_list(queryset).prefetch_related(holders)

    @admin.display(description=_("title"), ordering="sort")
    def title(self, post: Post) -> str:
        return post.title

    @admin.display(description=_("organisation"), ordering="organisation__sort")
    def body(self, post: Post) -> str:
        return str(post.organisation)

    @admin.display(description=_("city"), ordering="organisation__city__sort")
    def city(self, post: Post) -> str | None:
        city = post.organisation.city
        return city.short_name if city else None

    @admin.display(description=_("holder today"))
    def holder(self, post: Any) -> str | None:
        if post.running:
            return holders_named(post.running)
        return badge("warn", gettext("nobody known")) if post.is_head_of_city else None

    @admin.display(description=_("head of the city"), ordering="is_head_of_city")
    def leads(self, post: Post) -> str | None:
        return gettext("yes") if post.is_head_of_city else None

    @admin.display(description=_("precedence"), ordering=models.F("rank").asc(nulls_last=True))
    def precedence(self, post: Post) -> int | None:
        return post.rank


def holders_named(tenures: list[Tenure]) -> str:
    """Who holds a post, and who only for the time being."""
    acting = gettext("acting")
    return ", ".join(
        f"{tenure.person.full_name} ({acting})" if tenure.is_acting else tenure.person.full_name
        for tenure in tenures
    )
