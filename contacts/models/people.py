from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from contacts import names
from contacts.dates import PartialDateField
from contacts.fields import LanguageListField, StringListField, validate_language
from contacts.records import Record, RecordQuerySet
from contacts.uploads import LONGEST_NAME, PICTURES, UploadField

if TYPE_CHECKING:
    from contacts.models.posts import Post


class PersonQuerySet(RecordQuerySet["Person"]):
    def called(self, name: str) -> list[Person]:
        """Whose name, as it is read aloud without titles, or in the own script, is exactly this."""
        return [person for person in self.search(name) if name in (person.plain_name, person.name_local)]

    def get_by_natural_key(self, name: str) -> Person:
        people = self.called(name)
        if not people:
            raise self.model.DoesNotExist(f"no person is called {name}")
        if len(people) > 1:
            raise self.model.MultipleObjectsReturned(f"{len(people)} people are called {name}")
        return people[0]


class Person(Record):
    class Gender(models.TextChoices):
        FEMALE = "f", _("female")
        MALE = "m", _("male")
        DIVERSE = "d", _("diverse")
        UNKNOWN = "unknown", _("not known")

    class DoNotContact(models.TextChoices):
        NONE = "none", _("may be contacted")
        NO_MAILINGS = "no_mailings", _("no mailings")
        PROTOCOL_FIRST = "protocol_first", _("ask protocol first")
        NEVER = "never", _("do not contact")

    restricted: ClassVar[dict[str, str]] = {
        "address": "contacts.view_address",
        "protocol_notes": "contacts.view_protocol_notes",
    }

    given_names = models.CharField(_("given names"), max_length=200, blank=True)
    family_name = models.CharField(_("family name"), max_length=200)
    family_name_first = models.BooleanField(
        _("family name first"), default=False, help_text=_("As in Hu Henghua: the family name is said first.")
    )
    name_local = models.CharField(
        _("name in own script"),
        max_length=200,
        blank=True,
        help_text=_("Whole and in its own order: 胡衡华."),
    )
    other_names = StringListField(_("other spellings"), blank=True, help_text=_("All are found by search."))
    title_before = models.CharField(
        _("title before the name"), max_length=100, blank=True, help_text="Dr., Mag.a"
    )
    title_after = models.CharField(
        _("title after the name"), max_length=100, blank=True, help_text="MSc, MBA"
    )
    honorific = models.CharField(_("honorific"), max_length=100, blank=True, help_text=_("For example H.E."))
    gender = models.CharField(
        _("gender"),
        max_length=10,
        choices=Gender,
        default=Gender.UNKNOWN,
        help_text=_("Only for the salutation, and only as the person says it."),
    )
    correspondence_language = models.CharField(
        _("language of letters"),
        max_length=10,
        blank=True,
        validators=[validate_language],
        help_text=_("Code as in de, en, tr, zh, ko."),
    )
    languages = LanguageListField(_("languages spoken"), blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = PhoneNumberField(_("phone"), blank=True)
    address = models.TextField(_("address"), blank=True)
    photo = UploadField(_("photo"), blank=True, upload_to="people/", kinds=PICTURES, name_field="photo_name")
    photo_name = models.CharField(_("name of the photo"), max_length=LONGEST_NAME, blank=True, editable=False)
    deceased_on = PartialDateField(_("died"))
    do_not_contact = models.CharField(
        _("contact"), max_length=20, choices=DoNotContact, default=DoNotContact.NONE
    )
    do_not_contact_reason = models.CharField(
        _("reason"), max_length=300, blank=True, help_text=_("A fact that colleagues need; no hearsay.")
    )
    legal_basis = models.CharField(
        _("legal basis"), max_length=200, blank=True, help_text=_("Why we may keep this, after Art. 6 GDPR.")
    )
    purpose = models.CharField(_("purpose"), max_length=200, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True, help_text=_("Where we have it from."))
    informed_on = models.DateField(
        _("informed on"), null=True, blank=True, help_text=_("When the person was told of it, Art. 14 GDPR.")
    )
    retain_until = models.DateField(_("keep until"), null=True, blank=True)
    protocol_notes = models.TextField(_("notes of protocol"), blank=True)
    search = names.FoldedField(
        "given_names", "family_name", "name_local", "other_names", "title_before", "title_after"
    )
    sort = names.SortField("family_name", "given_names")

    objects: ClassVar = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("sort", "pk")
        permissions: ClassVar = [
            ("view_address", _("Can see private addresses")),
            ("view_protocol_notes", _("Can see the notes of protocol")),
            ("export_lists", _("Can take lists away as files")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_reason_not_to_contact",
                condition=models.Q(do_not_contact="none") | ~models.Q(do_not_contact_reason=""),
                violation_error_message=_("Say why, so that colleagues know what to do."),
                violation_error_code="do_not_contact_reason:required",
            ),
        ]

    def __str__(self) -> str:
        return names.with_own_script(self.full_name, self.name_local)

    def natural_key(self) -> tuple[str]:
        return (self.plain_name,)

    @property
    def plain_name(self) -> str:
        """As it is said, without titles."""
        return names.full_name(self.given_names, self.family_name, family_name_first=self.family_name_first)

    @property
    def full_name(self) -> str:
        """As it is said, with titles: "Mag.a Ulrike Huemer"."""
        return names.full_name(
            self.given_names,
            self.family_name,
            family_name_first=self.family_name_first,
            title_before=self.title_before,
            title_after=self.title_after,
        )

    @property
    def sort_name(self) -> str:
        return names.sort_name(self.given_names, self.family_name, family_name_first=self.family_name_first)

    def inform(self, *, informed_on: datetime.date) -> None:
        """The person has been told that day that we keep these data, and why (Art. 14 GDPR)."""
        self.informed_on = informed_on
        self.full_clean()
        self.save(update_fields=["informed_on"])

    def post_on(self, day: datetime.date) -> Post | None:
        """The post that the person held on that day; of several the head of a city, then the highest rank."""
        tenure = self.tenures.on(day).by_precedence().select_related("post").first()
        return tenure.post if tenure else None
