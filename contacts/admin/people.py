from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.admin.filters import (
    CountryOfPostFilter,
    DataProtectionFilter,
    HolderFilter,
    InOfficeFilter,
    LanguageFilter,
    country_of,
    occurring,
)
from contacts.admin.pages import RecordAdmin
from contacts.admin.rows import TableInline
from contacts.admin.values import badge, with_small
from contacts.admin.verbs import Verb, fields_of
from contacts.models import Person, Tenure

SHAPES_OF_STATES = {Tenure.State.RUNNING: "ok", Tenure.State.OVER: "over", Tenure.State.TO_COME: "plan"}


class LetterLanguageFilter(LanguageFilter):
    title = _("language of letters")
    parameter_name = path = "correspondence_language"


class TenureInline(TableInline):
    model = Tenure
    fields = ["post", "since", "until", "is_acting", "end_reason"]


@admin.register(Person)
class PersonAdmin(RecordAdmin):
    list_display = ["sort_name", "post_today", "email", "phone", "contact"]
    list_filter = [
        HolderFilter,
        occurring("do_not_contact", _("contact")),
        CountryOfPostFilter,
        LetterLanguageFilter,
        DataProtectionFilter,
    ]
    verbs = (
        Verb(
            "inform",
            _("Note as informed"),
            Person.inform,
            done=_("is noted as informed"),
            help=_("That we keep these data, and why, as Art. 14 GDPR asks for."),
            asks=fields_of(Person, "informed_on"),
            required=("informed_on",),
            initial=lambda person: {"informed_on": timezone.localdate()},
            possible=lambda person: person.informed_on is None,
            in_bulk=_("Note as informed today"),
        ),
    )
    inlines = [TenureInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("given_names", "family_name"),
                    ("name_local", "family_name_first"),
                    ("title_before", "title_after", "honorific"),
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
                "description": _("Whoever we did not ask ourselves is told within a month, Art. 14 GDPR."),
                "fields": [("legal_basis", "purpose"), "source", ("informed_on", "retain_until")],
            },
        ),
        (
            _("Other spellings, photo, death"),
            {"classes": ["collapse"], "fields": ["other_names", "photo", "deceased_on"]},
        ),
    ]

    def for_list(self, queryset: Any) -> Any:
        running = Tenure.objects.on(timezone.localdate()).by_precedence()
        posts = models.Prefetch("tenures", running.select_related("post__organisation"), to_attr="running")
        return super().for_list(queryset).prefetch_related(posts)

    @admin.display(description=_("name"), ordering="sort")
    def sort_name(self, person: Person) -> str:
        return with_small(person.sort_name, person.name_local)

    @admin.display(description=_("post today"))
    def post_today(self, person: Any) -> str | None:
        if person.deceased_on:
            return badge("over", gettext("died %(date)s") % {"date": person.deceased_on.display_short()})
        return str(person.running[0].post) if person.running else None

    @admin.display(description=_("contact"), ordering="do_not_contact")
    def contact(self, person: Person) -> str | None:
        if person.do_not_contact == Person.DoNotContact.NONE:
            return None
        shape = "late" if person.do_not_contact == Person.DoNotContact.NEVER else "warn"
        return badge(shape, person.get_do_not_contact_display())


@admin.register(Tenure)
class TenureAdmin(RecordAdmin):
    list_display = ["person_sorted", "post", "since", "until", "state", "end_reason"]
    list_filter = [
        InOfficeFilter,
        "post__is_head_of_city",
        "is_acting",
        country_of("post__organisation__city"),
        occurring("end_reason", _("reason of the end")),
    ]
    verbs = (
        Verb(
            "end",
            _("End the term"),
            Tenure.end,
            done=_("is over"),
            help=_("The person no longer holds the post; it stays on record who held it when."),
            asks=fields_of(Tenure, "until", "end_reason"),
            required=("until",),
            possible=lambda tenure: tenure.until is None,
        ),
    )
    fieldsets = [
        (
            None,
            {
                "description": _("Write dates only as far as they are known: 2019, 05.2019 or 12.05.2019."),
                "fields": [("person", "post"), ("since", "until"), "is_acting"],
            },
        ),
        (_("End and source"), {"classes": ["collapse"], "fields": ["end_reason", "source"]}),
    ]

    @admin.display(description=_("person"), ordering="person__sort")
    def person_sorted(self, tenure: Tenure) -> str:
        return tenure.person.sort_name

    @admin.display(description=_("today"))
    def state(self, tenure: Tenure) -> str:
        state = tenure.state_on(timezone.localdate())
        if state == Tenure.State.RUNNING and tenure.is_acting:
            return badge("plan", gettext("acting"))
        return badge(SHAPES_OF_STATES[state], state.label)
