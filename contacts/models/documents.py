from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from contacts.dates import PartialDateField
from contacts.fields import validate_language
from contacts.names import FoldedField, SortField
from contacts.records import KeepingManyToManyField, PublishableQuerySet, PublishableRecord, Record
from contacts.uploads import LONGEST_NAME, UploadField


class DocumentQuerySet(PublishableQuerySet["Document"]):
    def get_by_natural_key(
        self, title: str, publisher: str = "", published_on: str | None = None
    ) -> Document:
        """By title; where the paper has none, by what it is about (its description)."""
        documents = self.filter(title=title) if title else self.none()
        if not documents.exists():
            documents = self.filter(title="", description=title)
        if publisher:
            documents = documents.filter(publisher__title=publisher)
        if published_on:
            documents = documents.filter(published_on=published_on)
        return documents.get()


class Document(PublishableRecord):
    class Kind(models.TextChoices):
        PRESS_RELEASE = "press_release", _("press release")
        ARTICLE = "article", _("article")
        AGREEMENT = "agreement", _("agreement")
        SPEECH = "speech", _("speech")
        REPORT = "report", _("report")
        COUNCIL_PAPER = "council_paper", _("council paper")
        LETTER = "letter", _("letter")
        PHOTO = "photo", _("photo")
        OTHER = "other", _("other")

    label_relations: ClassVar[tuple[str, ...]] = ("publisher",)
    search_paths: ClassVar[tuple[str, ...]] = ("search", "publisher__search")

    title = models.CharField(
        _("title"), max_length=300, blank=True, help_text=_("Empty where the paper has none.")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.OTHER)
    # A signed paper stays what it was: a file that is replaced is kept with the former version.
    file = UploadField(
        _("file"), blank=True, upload_to="documents/", name_field="file_name", keeps_former=True
    )
    file_name = models.CharField(_("name of the file"), max_length=LONGEST_NAME, blank=True, editable=False)
    url = models.URLField(_("address on the web"), blank=True, max_length=500)
    published_on = PartialDateField(_("date"), help_text=_("As printed on it."))
    publisher = models.ForeignKey(
        "contacts.Organisation",
        verbose_name=_("publisher"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="published_documents",
    )
    author = models.ForeignKey(
        "contacts.Person",
        verbose_name=_("author"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="documents",
    )
    press_contact = models.ForeignKey(
        "contacts.Person",
        verbose_name=_("press contact"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="documents_answered_for",
        help_text=_("Whom the paper names for questions, not necessarily its author."),
    )
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        validators=[validate_language],
        help_text=_("Code as in de, en, tr."),
    )
    licence = models.CharField(_("licence"), max_length=300, blank=True)
    credit = models.CharField(
        _("credit"), max_length=300, blank=True, help_text=_("The line to print with it.")
    )
    description = models.TextField(_("what it is about"), blank=True)
    search = FoldedField("title", "description")
    sort = SortField("title")

    objects: ClassVar = DocumentQuerySet.as_manager()

    class Meta(PublishableRecord.Meta):
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = (models.F("published_on").desc(nulls_last=True), "sort", "pk")

    def __str__(self) -> str:
        if self.title:
            return self.title
        parts = [self.get_kind_display()]
        if self.publisher:
            parts.append(self.publisher.title)
        if self.published_on:
            parts.append(self.published_on.display_short())
        elif self.description:
            parts.append(Truncator(self.description).chars(60))
        return ", ".join(parts)


class Statement(Record):
    """What a source says: a claim of its speaker or its paper, never a fact of ours."""

    class Kind(models.TextChoices):
        QUOTATION = "quotation", _("quotation")
        FIGURE = "figure", _("figure")
        DATE = "date", _("date")
        CLAIM = "claim", _("claim")

    part_of: ClassVar[tuple[str, ...]] = ("document",)
    search_paths: ClassVar[tuple[str, ...]] = ("search", "document__search", "speakers__search")
    _history_m2m_fields = ("speakers",)

    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.CLAIM)
    text = models.TextField(_("what is said"), help_text=_("In our own words; a quotation is summarised."))
    # Several people may say one thing together, as the three of a delegation did.
    speakers = KeepingManyToManyField(
        "contacts.Person", verbose_name=_("speakers"), blank=True, related_name="statements"
    )
    document = models.ForeignKey(
        "contacts.Document",
        verbose_name=_("source"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="statements",
    )
    on = PartialDateField(_("date"))
    search = FoldedField("text")

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        ordering = (models.F("on").desc(nulls_last=True), "pk")

    def __str__(self) -> str:
        return Truncator(self.text).chars(80)
