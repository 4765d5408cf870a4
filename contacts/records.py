"""The one base of what the office keeps, and its published sister."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, ClassVar, Self, TypeVar

from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, FieldDoesNotExist, ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from contacts import names

_BETWEEN_WORDS = re.compile(r"[\s,;/()–—-]+")

_Row = TypeVar("_Row", bound="Record", covariant=True)


def batches(keys: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """A database takes only so many values in one question."""
    rest = iter(keys)
    while batch := tuple(islice(rest, 500)):
        yield batch


# --- versions ---


def hold(model: type[models.Model], pk: Any, *, version: int | None = None) -> bool:
    """Keep others from saving this row until the transaction ends.

    False where the row is gone or, with a version given, of another one. It is an UPDATE, no SELECT, because
    its WHERE is asked again after waiting, and because SQLite knows no locks of rows. Wholes are held before
    their parts, as whoever saves a form does it; in the other order two savers could wait for each other.
    """
    rows = model._base_manager.filter(pk=pk)
    for whole, its_pk in _in_order(_wholes(model, rows)):
        whole._base_manager.filter(pk=its_pk).update(version=models.F("version"))
    if version is not None:
        rows = rows.filter(version=version)
    return bool(rows.update(version=models.F("version")))


def touch(row: Any) -> None:
    """What belongs to the row has changed: it and the wholes it is part of have a new version."""
    rows = type(row)._base_manager.filter(pk=row.pk)
    with transaction.atomic():
        _new_versions(_wholes(type(row), rows))
        _new_versions([(type(row), row.pk)])
        row.version, row.changed_at = rows.values_list("version", "changed_at").get()


def _new_versions(rows: Iterable[tuple[Any, Any]]) -> None:
    for model, pk in _in_order(rows):
        changes = {"version": models.F("version") + 1, "changed_at": timezone.now()}
        model._base_manager.filter(pk=pk).update(**changes)


def _wholes(model: Any, rows: models.QuerySet) -> set[tuple[Any, Any]]:
    """What the rows are part of, as it stands in the database, by model and key."""
    links = [model._meta.get_field(name) for name in getattr(model, "part_of", ())]
    if not links:
        return set()
    found = rows.order_by().values_list(*(link.attname for link in links))
    return {
        (link.related_model, pk)
        for keys in found
        for link, pk in zip(links, keys, strict=True)
        if pk is not None
    }


def _holders(model: Any, rows: models.QuerySet) -> set[tuple[Any, Any]]:
    """What holds the rows by a many-to-many relation that lets them go when they are deleted."""
    relations = [
        relation.field
        for relation in model._meta.related_objects
        if relation.many_to_many
        and relation.through._meta.auto_created
        and not isinstance(relation.field, KeepingManyToManyField)
    ]
    return {
        (field.model, pk)
        for field in relations
        for pk in field.model._base_manager.filter(**{f"{field.name}__in": rows}).values_list("pk", flat=True)
    }


def _in_order(rows: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    return sorted(rows, key=lambda row: (row[0]._meta.label, row[1]))


# --- rows ---


@models.Field.register_lookup
class Among(models.lookups.In):
    """`in`, of keys that are found first: PostgreSQL then looks them up by an index within an "or", too."""

    lookup_name = "among"

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        if connection.vendor != "postgresql":
            return super().get_rhs_op(connection, rhs)
        return f"= ANY(ARRAY{rhs})"


def there_is(rows: models.QuerySet) -> models.lookups.IsNull:
    """Whether there is one of these rows, which name an outer one: each asks for the first of its own.

    By `Exists`, PostgreSQL would rather find out first for which rows there is one at all.
    """
    return models.lookups.IsNull(models.Subquery(rows.values("pk")[:1]), False)


class RecordQuerySet(models.QuerySet[_Row]):
    @transaction.atomic
    def delete(self) -> tuple[int, dict[str, int]]:
        """As one deletes them singly: what they are part of has a new version."""
        rows = self.model._base_manager.filter(pk__in=list(self.order_by().values_list("pk", flat=True)))
        _new_versions(_wholes(self.model, rows) | _holders(self.model, rows))
        return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def labelled(self) -> Self:
        """With what the one-line labels of the rows need, so that showing them costs no further query."""
        # Without an argument select_related would follow every relation there is.
        return self.select_related(*self.model.label_relations) if self.model.label_relations else self

    def search(self, text: str, *, paths: tuple[str, ...] | None = None) -> Self:
        """Rows whose `search_paths` hold every word of the text, however it is spelled (see names.py).

        Each word may be in another path: "Berlin–Istanbul" finds the tie, one word on either side of it. Who
        may not see all that the model names says which paths are read instead.
        """
        rows = self
        for word in filter(None, _BETWEEN_WORDS.split(text)):
            found = models.Q(pk__in=())
            for path in self.model.search_paths if paths is None else paths:
                found |= self._holding(word, path)
            rows = rows.filter(found)
        return rows

    def best_first(self, text: str) -> Self:
        """Rows that the text names in full, then those a name of which it begins, then the others."""
        folded = self.model._folded_fields()
        if not folded:
            return self
        line_break = models.Value("\n")
        lines = Concat(line_break, models.F(folded[0]), line_break, output_field=models.TextField())
        rank = models.Case(
            models.When(names.is_a_name(text), then=0),
            models.When(names.starts_a_name(text), then=1),
            default=2,
            output_field=models.IntegerField(),
        )
        return (
            self.alias(search_lines=lines)
            .alias(search_rank=rank)
            .order_by("search_rank", *(self.model._meta.ordering or ()))
        )

    def with_total(self) -> Self:
        """Annotate `total`: how many rows there are in all, for those who read only the first few."""
        return self.annotate(total=models.Window(models.Count("pk")))

    def _holding(self, word: str, path: str) -> models.Q:
        found = names.matches(word, path)
        if "__" not in path:
            return found
        # A plain join over many rows would give the same row several times, and no "or" that spans tables is
        # found by an index.
        return models.Q(pk__among=self.model._base_manager.filter(found).values("pk"))


class History(HistoricalRecords):
    """Knows a many-to-many relation that changed from its other side, too, and that it makes a new version.

    The library would write the history of the row there, but `document.agreements.add(…)` changes agreements.
    """

    def m2m_changed(
        self, instance: models.Model, action: str, attr: str, pk_set: Any, reverse: bool, **kwargs: Any
    ) -> None:
        if not reverse:
            self._has_changed(instance, action, attr, pk_set)
            return
        rows = kwargs["model"]._base_manager
        cleared: dict[str, list[models.Model]] = instance.__dict__.setdefault("_cleared", {})
        if action == "pre_clear":
            cleared[attr] = list(rows.filter(**{attr: instance}))
            return
        for row in cleared.pop(attr, []) if action == "post_clear" else rows.filter(pk__in=pk_set or ()):
            self._has_changed(row, action, attr, pk_set)

    def _has_changed(self, row: Any, action: str, attr: str, pk_set: Any) -> None:
        if action == "post_clear" or (action in ("post_add", "post_remove") and pk_set):
            touch(row)
            super().m2m_changed(row, action, attr, pk_set, False)

    def create_historical_record_m2ms(self, history_instance: Any, instance: models.Model) -> None:
        """By keys alone: the library would read all of the rows on both sides of every pair."""
        if history_instance.history_type == "+":
            return  # nothing can be tied to it yet
        for field in history_instance._history_m2m_fields:
            pairs, former = field.remote_field.through, self.m2m_models[field]
            keys = [side.attname for side in pairs._meta.fields]
            rows = pairs._base_manager.filter(**{field.m2m_field_name(): instance}).values(*keys)
            former._base_manager.bulk_create(former(history=history_instance, **row) for row in rows)


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
    part_of: ClassVar[tuple[str, ...]] = ()
    """The relations to its wholes: a part that comes, changes or goes makes a new version of them."""

    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    # What is new since a moment is asked by every scan, and by programs.
    changed_at = models.DateTimeField(_("changed"), auto_now=True, db_index=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    history = History(inherit=True, no_db_index=["changed_at"])

    objects: ClassVar = RecordQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        if update_fields is not None:
            update_fields = {*update_fields, "version", "changed_at", *self._folded_fields()}
        before = self.version
        try:
            with transaction.atomic():
                self._begin_version()
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

    def _begin_version(self) -> None:
        """Count on from the version in the database: parts may have raised it since this row was read."""
        stored = type(self)._base_manager.filter(pk=None if self._state.adding else self.pk)
        links: list[Any] = [self._meta.get_field(name) for name in self.part_of]
        now = {(link.related_model, getattr(self, link.attname)) for link in links}
        _new_versions({whole for whole in now | _wholes(type(self), stored) if whole[1] is not None})
        if self._state.adding or self.pk is None:
            return
        version = stored.select_for_update().values_list("version", flat=True).first()
        if version is None:
            raise ValidationError(_("This was deleted in the meantime."), code="deleted")
        self.version = version + 1

    @transaction.atomic
    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        rows = type(self)._base_manager.filter(pk=self.pk)
        _new_versions(_wholes(type(self), rows) | _holders(type(self), rows))
        return super().delete(*args, **kwargs)

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
        return [field.name for field in cls._meta.fields if isinstance(field, names.ComputedField)]


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
