from __future__ import annotations

import datetime
from typing import Any, ClassVar

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from contacts.dates import PartialDateField
from contacts.models import City, Document, Person, Post
from contacts.models.posts import (
    becomes_known,
    check_post_of_day,
    fill_post_of_day,
    fill_posts_of_day,
)
from contacts.records import Record
from delegations.models.delegations import Delegation


class GoldenBookEntry(Record):
    """A page of a city's Golden Book."""

    label_relations: ClassVar[tuple[str, ...]] = ("city",)
    search_paths: ClassVar[tuple[str, ...]] = ("city__search", "delegation__search", "signers__search")

    on = PartialDateField(_("signed on"))
    signers = models.ManyToManyField(
        Person, verbose_name=_("signed by"), through="GoldenBookSigner", related_name="golden_book_entries"
    )
    city = models.ForeignKey(
        City, verbose_name=_("book of"), on_delete=models.PROTECT, related_name="golden_book_entries"
    )
    volume = models.CharField(_("volume"), max_length=50, blank=True)
    page = models.CharField(_("page"), max_length=50, blank=True)
    occasion_text = models.CharField(_("occasion"), max_length=300, blank=True)
    delegation = models.ForeignKey(
        Delegation,
        verbose_name=_("delegation"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="golden_book_entries",
    )
    photo = models.ForeignKey(
        Document, verbose_name=_("photo"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("entry in the Golden Book")
        verbose_name_plural = _("Golden Book")
        ordering = (models.F("on").desc(nulls_last=True), "pk")

    def __str__(self) -> str:
        parts = [self.city.short_name, self.on.display_short() if self.on else "", self.occasion_text]
        return ", ".join(part for part in parts if part)

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        day_becomes_known = becomes_known(self, "on")
        super().save(*args, **kwargs)
        if day_becomes_known:
            fill_posts_of_day(self.entry_signers.all())


class GoldenBookSigner(Record):
    """Who signed, in the post of that day."""

    part_of: ClassVar[tuple[str, ...]] = ("entry",)
    label_relations: ClassVar[tuple[str, ...]] = ("person", "post__organisation")
    search_paths: ClassVar[tuple[str, ...]] = ("person__search", "entry__city__search")

    entry = models.ForeignKey(
        GoldenBookEntry, verbose_name=_("entry"), on_delete=models.CASCADE, related_name="entry_signers"
    )
    person = models.ForeignKey(
        Person, verbose_name=_("person"), on_delete=models.PROTECT, related_name="golden_book_signatures"
    )
    post = models.ForeignKey(
        Post,
        verbose_name=_("post held that day"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="golden_book_signatures",
    )

    class Meta:
        verbose_name = _("signer of the Golden Book")
        verbose_name_plural = _("signers of the Golden Book")
        ordering = ("entry", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entry", "person"],
                name="%(app_label)s_%(class)s_once",
                violation_error_message=_("This person has signed this page already."),
                violation_error_code="person:unique",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.post.title}" if self.post else str(self.person)

    @property
    def day(self) -> datetime.date | None:
        signed = self.entry.on
        return signed.first_day if signed and signed.day else None

    def clean(self) -> None:
        super().clean()
        if self.entry_id and self.person_id:
            check_post_of_day(self.person, self.post, self.day)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding:
            fill_post_of_day(self)
        super().save(*args, **kwargs)
