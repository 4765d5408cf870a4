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
from django.utils.translation import gettext_lazy as _

from contacts.admin.values import EMPTY, column_of, field_of, names_a_language, needs_words
from contacts.admin.widgets import (
    Chooser,
    ChooserOfMany,
    ClockInput,
    DayInput,
    MomentInput,
    PartialDateInput,
)
from contacts.dates import PartialDateField
from contacts.fields import LanguageFormField, TidyJSONField
from contacts.records import Record
from contacts.uploads import UploadField


class UploadInput(forms.ClearableFileInput):
    """What is there, by the name people know and a picture as a picture; to be replaced or removed."""

    template_name = "contacts/widgets/upload.html"
    clear_checkbox_label: Any = _("remove")


class HeadErrors(forms.BaseForm):
    def add_error(self, field: str | None, error: Any) -> None:
        """A sentence about a field that is not on this form goes to its head; Django would fail instead."""
        if not hasattr(error, "error_dict"):
            super().add_error(field, error)
            return
        for name, errors in error.error_dict.items():
            super().add_error(name if name in self.fields else None, errors)


class RecordForm(HeadErrors, forms.ModelForm):
    """What the model refuses is always a sentence on the form."""

    refusal: ValidationError | None = None
    taken: frozenset[str] = frozenset()
    """Fields ("founded", "stops-0-note") and rows ("stops-0") that stay as stored, whatever was sent."""

    def _update_errors(self, errors: ValidationError) -> None:
        """In the model's own words: Django would say of each "required" only that the field is required."""
        self.add_error(None, errors)

    def full_clean(self) -> None:
        kept = [
            name for name in self.fields if self.prefix in self.taken or self.add_prefix(name) in self.taken
        ]
        for name in kept:
            self.fields[name].disabled = True
        super().full_clean()
        for name in kept:
            _keep_as_stored(self, name)
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


def _keep_as_stored(form: Any, name: str) -> None:
    """Should the form come back for another reason, the field shows what is stored and can be edited."""
    field = form.fields[name]
    _ = form.changed_data  # worked out while the field is disabled: what stays as it is has not changed
    field.disabled = False
    field.bound_data = lambda data, initial: initial


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
        PartialDateField: {"widget": PartialDateInput},
        TidyJSONField: {},
        models.URLField: {"assume_scheme": "https", "widget": forms.URLInput},
        models.DateField: {"widget": DayInput},
        models.TimeField: {"widget": ClockInput},
        models.DateTimeField: {"widget": MomentInput},
        UploadField: {"widget": UploadInput},
    }

    @property
    def media(self) -> forms.Media:
        """Our pages name their own scripts; Django's, with jQuery, are not needed."""
        return forms.Media()

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
        if names_a_language(db_field):
            kwargs["form_class"] = LanguageFormField
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, PartialDateInput):
            field.help_text = db_field.help_text  # how to write a date is plain to see
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget.template_name = "contacts/widgets/related.html"
            field.widget.can_delete_related = False
            field.widget.can_view_related &= not field.widget.can_change_related
        return field

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Where nothing is chosen yet stands a word, or the dash of empty values; Django has nine dashes."""
        nothing = EMPTY if db_field.blank else _("Please choose")
        if "choices" not in kwargs and db_field.name not in self.radio_fields:
            kwargs["choices"] = db_field.get_choices(
                include_blank=db_field.blank or not (db_field.has_default() or "initial" in kwargs),
                blank_choice=[("", nothing)],
            )
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", Chooser(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", ChooserOfMany(db_field, self.admin_site))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

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
        return column_of(field) if needs_words(field) else name


def _without(line: Any, hidden: set[str]) -> Any:
    """The line of a fieldset, a name or several, without the hidden ones."""
    if isinstance(line, list | tuple):
        return [name for name in line if name not in hidden]
    return None if line in hidden else line


class InlineRows(Rows):
    empty_value_display = EMPTY
    extra = 0
    show_change_link = True

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        if taken := getattr(request, "taken", None):
            kwargs["form"] = type(self.form.__name__, (self.form,), {"taken": taken})
        return super().get_formset(request, obj, **kwargs)  # type: ignore[misc]

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
    # A cell has no room for the parts of a date: it is typed.
    formfield_overrides = {
        **InlineRows.formfield_overrides,
        PartialDateField: {"widget": forms.TextInput(attrs={"class": "typed-date"})},
    }
    form: type[Any] = RecordForm
    view_on_site = False


class BlockInline(InlineRows, admin.StackedInline):
    form: type[Any] = RecordForm
    view_on_site = False
