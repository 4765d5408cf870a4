"""The one base of what the office keeps, and its published sister."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self, TypeVar

from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, FieldDoesNotExist, ValidationError
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from contacts import names

_BETWEEN_WORDS = re.compile(r"[\s,;/()–—-]+")

_Row = TypeVar("_Row", bound="Record", covariant=True)


class RecordQuerySet(models.QuerySet[_Row]):
    def labelled(self) -> Self:
        """With what the one-line labels of the rows need, so that showing them costs no further query."""
        # Without an argument select_related would follow every relation there is.
        return self.select_related(*self.model.label_relations) if self.model.label_relations else self

    def search(self, text: str) -> Self:
        """Rows whose `search_paths` hold every word of the text, however it is spelled (see names.py).

        Each word may be in another path: "Berlin–Istanbul" finds the tie, one word on either side of it.
        """
        rows = self
        for word in filter(None, _BETWEEN_WORDS.split(text)):
            found = models.Q()
            for path in self.model.search_paths:
                found |= self._holding(word, path)
            rows = rows.filter(found)
        return rows

    def _holding(self, word: str, path: str) -> models.Q:
        found = names.matches(word, path)
        first = self.model._meta.get_field(path.partition("__")[0])
        if not (first.many_to_many or first.one_to_many):
            return found
        # A plain join over many rows would give the same row several times.
        return models.Q(pk__in=self.model._base_manager.filter(found).values("pk"))


class History(HistoricalRecords):
    """Knows a many-to-many relation that changed from its other side, too.

    The library would write the history of the row there, but `document.agreements.add(…)` changes agreements.
    """

    def m2m_changed(
        self, instance: models.Model, action: str, attr: str, pk_set: Any, reverse: bool, **kwargs: Any
    ) -> None:
        if not reverse:
            super().m2m_changed(instance, action, attr, pk_set, reverse, **kwargs)
            return
        rows = kwargs["model"]._base_manager
        cleared: dict[str, list[models.Model]] = instance.__dict__.setdefault("_cleared", {})
        if action == "pre_clear":
            cleared[attr] = list(rows.filter(**{attr: instance}))
            return
        for row in cleared.pop(attr, []) if action == "post_clear" else rows.filter(pk__in=pk_set or ()):
            super().m2m_changed(row, action, attr, pk_set, False, **kwargs)


class Record(models.Model):
    """A row that people keep: it knows when it came, when it changed, how often, and what it was before.

    A subclass with many-to-many fields lists them in `_history_m2m_fields`, so that they have a history too.
    """

    label_relations: ClassVar[tuple[str, ...]] = ()
    """The relations that `__str__` reads."""
    search_paths: ClassVar[tuple[str, ...]] = ("search",)
    """The folded columns that `search` reads: the row's own, and those of rows it belongs to."""
    restricted: ClassVar[dict[str, str]] = {}
    """Fields that only some may see, and the right that lets them."""

    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    history = History(inherit=True)

    objects: ClassVar = RecordQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        if update_fields is not None:
            update_fields = {*update_fields, "version", "changed_at", *self._folded_fields()}
        before = self.version
        if not self._state.adding:
            self.version += 1
        try:
            with transaction.atomic():
                super().save(*args, update_fields=update_fields, **kwargs)
        except Exception as error:
            self.version = before
            if isinstance(error, IntegrityError):
                # Perhaps another row came in between validation and saving: then say which rule it meets.
                self.validate_unique()
                self.validate_constraints()
            raise

    def get_absolute_url(self) -> str:
        return reverse(f"admin:{self._meta.app_label}_{self._meta.model_name}_change", args=[self.pk])

    def full_clean(
        self,
        exclude: Iterable[str] | None = None,
        validate_unique: bool = True,
        validate_constraints: bool = True,
    ) -> None:
        """A rule of `clean()` about a field that the form does not show gets its sentence at the form's head.

        Django's forms answer with an error page where a sentence names a field they do not have.
        """
        try:
            # By name, not super(): User, which is no Record, takes over these methods.
            models.Model.full_clean(self, exclude, validate_unique, validate_constraints)
        except ValidationError as error:
            raise ValidationError(self._by_field(error, set(exclude or ()))) from error

    def validate_constraints(self, exclude: Iterable[str] | None = None) -> None:
        """Check the constraints over all fields, and put each sentence next to the field it is about.

        Django leaves out constraints that touch a field the form does not show, and the database then answers
        with an error page. Our constraints carry the code "field:reason"; a field that the form does not show
        gets its sentence at the head of the form.
        """
        hidden = set(exclude or ())
        try:
            models.Model.validate_constraints(self, exclude=self._unsound(hidden))
        except ValidationError as error:
            raise ValidationError(self._by_field(error, hidden)) from error

    def _unsound(self, names_of_fields: set[str]) -> set[str]:
        """Those of the fields whose value has been refused: no constraint can be asked about it."""
        others = {
            field.name
            for field in self._meta.fields
            if field.is_relation or field.name not in names_of_fields
        }
        try:
            self.clean_fields(exclude=others)
        except ValidationError as error:
            return set(error.error_dict)
        return set()

    def _by_field(self, error: ValidationError, hidden: set[str]) -> dict[str, list[ValidationError]]:
        found: dict[str, list[ValidationError]] = {}
        for place, errors in error.error_dict.items():
            for single in errors:
                field, _colon, reason = (single.code or "").partition(":")
                if reason and self._has_field(field):
                    single.code = reason
                    place_of_single = NON_FIELD_ERRORS if field in hidden else field
                else:
                    place_of_single = NON_FIELD_ERRORS if place in hidden else place
                found.setdefault(place_of_single, []).append(single)
        return found

    def _has_field(self, name: str) -> bool:
        try:
            self._meta.get_field(name)
        except FieldDoesNotExist:
            return False
        return True

    def clean_many(self, chosen: Mapping[str, Iterable[Any]]) -> None:
        """Refuse rows that a many-to-many relation must not hold, before they are set."""

    def _refuse_circle(self, name: str, message: Any) -> None:
        """Refuse a row that leads back to itself by this relation; one that names itself has a constraint."""
        seen, above = {self.pk}, getattr(self, name)
        if above == self:
            return
        while above is not None:
            if above.pk is not None and above.pk in seen:
                raise ValidationError({name: ValidationError(message, code="circle")})
            seen.add(above.pk)
            above = getattr(above, name)

    @classmethod
    def _folded_fields(cls) -> list[str]:
        return [field.name for field in cls._meta.fields if isinstance(field, names.FoldedField)]


class KeepingManyToManyField(models.ManyToManyField):
    """Many rows of another kind, none of which can be deleted while this row refers to it.

    Django would silently take a deleted paper off an agreement, a deleted city out of a tie.
    """

    def contribute_to_class(
        self, cls: type[models.Model], name: str, private_only: bool = False, **kwargs: Any
    ) -> None:
        super().contribute_to_class(cls, name, private_only=private_only, **kwargs)
        pairs: Any = self.remote_field.through
        if pairs is None or isinstance(pairs, str) or not pairs._meta.auto_created:
            return
        mine = str(cls._meta.model_name)
        for side in pairs._meta.fields:
            if side.remote_field and side.name != mine:
                side.remote_field.on_delete = models.PROTECT
        # So that the refusal names the row that refers to it.
        pairs._meta.verbose_name = cls._meta.verbose_name
        pairs.__str__ = lambda pair: str(getattr(pair, mine))

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.ManyToManyField", args, kwargs


class PublishableQuerySet(RecordQuerySet[_Row]):
    def published(self) -> Self:
        return self.filter(published_at__isnull=False, withdrawn_at__isnull=True)


class PublishableRecord(Record):
    """A record that the public may see, but only after someone said so."""

    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("published by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True, editable=False)

    objects: ClassVar = PublishableQuerySet.as_manager()

    class Meta:
        abstract = True
        default_permissions = ("add", "change", "delete", "view", "publish")

    @property
    def is_published(self) -> bool:
        return self.published_at is not None and self.withdrawn_at is None

    def publish(self, *, by: Any) -> None:
        """Show this to the public from now on; `by` is the user who decided it."""
        self.published_at, self.published_by, self.withdrawn_at = timezone.now(), by, None
        self.save(update_fields=["published_at", "published_by", "withdrawn_at"])

    def withdraw(self) -> None:
        """Take this back from the public; that it once was public stays on record."""
        self.withdrawn_at = timezone.now()
        self.save(update_fields=["withdrawn_at"])
