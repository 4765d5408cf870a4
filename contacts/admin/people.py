from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.admin.filters import InOfficeFilter
from contacts.admin.pages import RecordAdmin
from contacts.admin.rows import TableInline
from contacts.admin.values import badge
from contacts.models import Person, Tenure


class TenureInline(TableInline):
    model = Tenure
    fields = ["post", "since", "until", "is_acting", "end_reason", "source"]


@admin.register(Person)
class PersonAdmin(RecordAdmin):
    list_display = ["sort_name", "name_local", "post_today", "email", "phone", "contact"]
    list_filter = ["do_not_contact", "correspondence_language", "gender"]
    inlines = [TenureInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("given_names", "family_name", "family_name_first"),
                    "name_local",
                    ("title_before", "title_after", "honorific"),
                    "other_names",
                ]
            },
        ),
        (
            _("Letters and languages"),
            {"fields": [("gender", "correspondence_language"), "languages", ("email", "phone"), "address"]},
        ),
        (_("May we write?"), {"fields": [("do_not_contact", "do_not_contact_reason")]}),
        (_("Protocol"), {"fields": ["protocol_notes"]}),
        (
            _("Data protection"),
            {
                "classes": ["collapse"],
                "fields": [("legal_basis", "purpose"), "source", ("informed_on", "retain_until")],
            },
        ),
        (_("Photo and death"), {"classes": ["collapse"], "fields": ["photo", "deceased_on"]}),
    ]

    def for_list(self, queryset: Any) -> Any:
        running = Tenure.objects.on(timezone.localdate()).by_precedence()
        posts = models.Prefetch("tenures", running.select_related("post__organisation"), to_attr="running")
        return super().for_list(queryset).prefetch_related(posts)

    @admin.display(description=_("name"), ordering="family_name")
    def sort_name(self, person: Person) -> str:
        return person.sort_name

    @admin.display(description=_("post today"))
    def post_today(self, person: Any) -> str | None:
        return str(person.running[0].post) if person.running else None

    @admin.display(description=_("contact"), ordering="do_not_contact")
    def contact(self, person: Person) -> str | None:
        if person.do_not_contact == Person.DoNotContact.NONE:
            return None
        return badge("warn", person.get_do_not_contact_display())


@admin.register(Tenure)
class TenureAdmin(RecordAdmin):
    list_display = ["person", "post", "since", "until", "is_acting"]
    list_filter = [InOfficeFilter, "is_acting", "end_reason"]
    fields = ["person", "post", ("since", "until"), "is_acting", "end_reason", "source"]
