"""Forms, and what pages share with the rows within pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models
from django.db.models import ProtectedError, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext

from contacts.admin.values import READABLE, column_of, field_of
from contacts.dates import PartialDateField
from contacts.fields import TidyJSONField
from contacts.records import Record


class RecordForm(forms.ModelForm):
    """What the model refuses is always a sentence on the form."""

    refusal: ValidationError | None = None

    def add_error(self, field: str | None, error: Any) -> None:
        """A sentence about a field that is not on this form goes to its head; Django would fail instead."""
        if not hasattr(error, "error_dict"):
            super().add_error(field, error)
            return
        for name, errors in error.error_dict.items():
            super().add_error(name if name in self.fields else None, errors)

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if isinstance(self.instance, Record):
            many = {field.name for field in self.instance._meta.many_to_many}
            try:
                self.instance.clean_many(
                    {name: rows for name, rows in self.cleaned_data.items() if name in many}
                )
            except ValidationError as error:
                self.add_error(None, error)

    def _update_errors(self, errors: ValidationError) -> None:
        """In the model's own words: Django would say of each "required" only that the field is required."""
        self.add_error(None, errors)

    def full_clean(self) -> None:
        super().full_clean()
        if not self.is_bound:
            return
        if self.refusal:
            self.add_error(None, self.refusal)
        if isinstance(self.instance, Record):
            self._clean_many()

    def _clean_many(self) -> None:
        chosen = getattr(self, "cleaned_data", {})
        many = {
            field.name: chosen[field.name]
            for field in self._meta.model._meta.many_to_many
            if field.name in chosen
        }
        try:
            self.instance.clean_many(many)
        except ValidationError as refusal:
            self.add_error(None, refusal)


def refusal_of(error: ValidationError | IntegrityError) -> ValidationError:
    """What the model or, where two saved at the same moment, the database refused, in words."""
    if isinstance(error, ValidationError):
        return error
    if isinstance(error, ProtectedError):
        dependents = ", ".join(sorted(str(record) for record in error.protected_objects))
        return ValidationError(
            gettext("This cannot be deleted, because it is needed by: %(dependents)s."),
            params={"dependents": dependents},
        )
    return ValidationError(
        gettext("Two rows here are alike, or somebody saved the same at this moment. Correct one of them.")
    )


class Rows(BaseModelAdmin):
    """Shared by pages and by the rows within pages: labels, pickers, and fields that only some may see."""

    formfield_overrides = {
        models.TextField: {"widget": forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"})},
        PartialDateField: {"widget": forms.TextInput(attrs={"class": "partial-date"})},
        TidyJSONField: {},
        models.URLField: {"assume_scheme": "https"},
    }

    def hidden_fields(self, request: HttpRequest | None) -> set[str]:
        """The fields of this model that the user has no right to see. They are absent, not greyed."""
        restricted = getattr(self.model, "restricted", {})
        return {name for name, right in restricted.items() if not (request and request.user.has_perm(right))}

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        queryset = super().get_queryset(request)
        return queryset.labelled() if hasattr(queryset, "labelled") else queryset

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet | None:
        """The rows that a relation may point to, with what their labels need."""
        queryset = super().get_field_queryset(db, db_field, request)
        if queryset is None:
            queryset = db_field.remote_field.model._default_manager.using(db)
        return queryset.labelled() if hasattr(queryset, "labelled") else queryset

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        """Every relation is picked by search: no list of a thousand people."""
        fields: list[Any] = [*self.opts.fields, *self.opts.many_to_many]
        return [
            field.name
            for field in fields
            if field.is_relation and self.admin_site.is_registered(field.related_model)
        ]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A relation can be picked, entered and corrected on the spot; deleting is done at home."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget.can_delete_related = False
            field.widget.can_view_related &= not field.widget.can_change_related
        return field

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*(super().get_exclude(request, obj) or ()), *self.hidden_fields(request)]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Without what the user may not see; for those who may only read, values as people read them."""
        hidden = self.hidden_fields(request)
        only_read = self._only_reads(request, obj)
        fieldsets = []
        for title, options in super().get_fieldsets(request, obj):
            lines = [_without(line, hidden) for line in options["fields"]]
            if only_read:
                lines = [self._as_read(line) for line in lines]
            if any(lines):
                fieldsets.append((title, {**options, "fields": [line for line in lines if line]}))
        return fieldsets

    def _only_reads(self, request: HttpRequest, obj: Any) -> bool:
        return obj is not None and not self.has_change_permission(request, obj)

    def _as_read(self, name: Any) -> Any:
        if isinstance(name, list | tuple):
            return [self._as_read(one) for one in name]
        field = field_of(self.model, name)
        return column_of(field) if isinstance(field, READABLE) else name


def _without(line: Any, hidden: set[str]) -> Any:
    """The line of a fieldset, a name or several, without the hidden ones."""
    if isinstance(line, list | tuple):
        return [name for name in line if name not in hidden]
    return None if line in hidden else line


class InlineRows(Rows):
    extra = 0
    show_change_link = True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        readonly = [*super().get_readonly_fields(request, obj)]
        if self._only_reads(request, obj):
            readonly += flatten_fieldsets(self.get_fieldsets(request, obj))
        return readonly

    formfield_overrides = {
        **Rows.formfield_overrides,
        models.TextField: {"widget": forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"})},
    }


class TableInline(InlineRows, admin.TabularInline):
    form: type[Any] = RecordForm
    view_on_site = False


class BlockInline(InlineRows, admin.StackedInline):
    form: type[Any] = RecordForm
    view_on_site = False
