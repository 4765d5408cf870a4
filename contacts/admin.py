"""What all pages of the admin have in common, then the pages of this room.

The admin describes, the models decide: rules stand in the models, and what a model refuses is shown as an
error of the form. Rights are asked of the user; which role has which stands in one table elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from itertools import pairwise
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django_countries import countries
from phonenumber_field.modelfields import PhoneNumberField
from phonenumber_field.phonenumber import PhoneNumber
from simple_history.admin import SimpleHistoryAdmin
from simple_history.template_utils import HistoricalRecordContextHelper

from contacts.dates import PartialDate, PartialDateField
from contacts.fields import (
    ChoiceListField,
    LanguageListField,
    LanguageTextField,
    TidyJSONField,
    language_names,
)
from contacts.models import (
    City,
    CityDate,
    Document,
    Office,
    Organisation,
    Person,
    Place,
    Post,
    Statement,
    Tenure,
    User,
)
from contacts.records import PublishableRecord, Record

EMPTY = "–"
# Where Django shows the stored form instead.
READABLE = (PartialDateField, TidyJSONField, PhoneNumberField)


# --- how values are read ---


def readable(field: models.Field, value: Any) -> Any:
    """A value as people read it: no ISO date where only the year is known, no brackets and braces."""
    if value is None or value in ("", [], {}):
        return EMPTY
    if isinstance(value, PartialDate):
        return value.display_short()
    if isinstance(value, PhoneNumber):
        return value.as_international
    if isinstance(field, LanguageTextField):
        return "; ".join(f"{language_names().get(code, code)}: {text}" for code, text in value.items())
    if isinstance(field, LanguageListField):
        return ", ".join(language_names().get(code, code) for code in value)
    if isinstance(field, ChoiceListField) and field.of:
        return ", ".join(str(field.of(one).label) for one in value)
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if field.choices:
        return dict(field.flatchoices).get(value, value)
    return value


@cache
def _column(field: models.Field) -> Callable[[models.Model], Any]:
    def column(record: models.Model) -> Any:
        return readable(field, getattr(record, field.attname))

    column.__name__ = field.name
    return admin.display(column, description=field.verbose_name, ordering=field.name)


def badge(shape: str, label: Any) -> str:
    """A state as shape and word; the shapes (ok plan warn late asleep over open) stand in the style sheet."""
    return format_html('<span class="badge {}">{}</span>', shape, label)


def link(record: Any, label: Any = None) -> str:
    return format_html('<a href="{}">{}</a>', record.get_absolute_url(), label or record)


def list_link(model: type[models.Model], label: Any, **filters: Any) -> str:
    """A link to the list of a model, narrowed by filters."""
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist", query=filters)
    return format_html('<a href="{}">{}</a>', url, label)


def label_paths(model: type[models.Model], names: Iterable[Any]) -> list[str]:
    """The relations to fetch so that these columns, where they are relations, show their labels."""
    paths = list(getattr(model, "label_relations", ()))
    for name in names:
        field = _field(model, name)
        if isinstance(field, models.ForeignKey):
            further = getattr(field.related_model, "label_relations", ())
            paths += [name, *(f"{name}__{path}" for path in further)]
    return paths


def _field(model: type[models.Model], name: Any) -> Any:
    try:
        return model._meta.get_field(name) if isinstance(name, str) else None
    except FieldDoesNotExist:
        return None


# --- forms ---


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
        field = _field(self.model, name)
        return _column(field) if isinstance(field, READABLE) else name


def _without(line: Any, hidden: set[str]) -> Any:
    """The line of a fieldset, a name or several, without the hidden ones."""
    if isinstance(line, list | tuple):
        return [name for name in line if name not in hidden]
    return None if line in hidden else line


# --- pages ---


class RecordList(ChangeList):
    model_admin: Any

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        queryset = super().get_queryset(request, exclude_parameters)
        return self.model_admin.for_list(queryset)


class RowAdmin(Rows, admin.ModelAdmin):
    """A list that finds names however they are spelled, and a form."""

    form: type[Any] = RecordForm
    view_on_site = False
    # What is searched is said by the model (search_paths); Django asks only whether there is anything.
    search_fields: ClassVar[tuple[str, ...]] = ("search",)
    empty_value_display = EMPTY
    list_per_page = 50
    save_on_top = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RecordList

    def for_list(self, queryset: Any) -> Any:
        """The rows with all that the columns of the list show, so that fifty rows cost no more than one."""
        paths = label_paths(self.model, self.list_display)
        return queryset.select_related(*paths) if paths else queryset

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet, bool]:
        return queryset.search(search_term), False

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        hidden = self.hidden_fields(request)
        return [self._as_read(name) for name in super().get_list_display(request) if name not in hidden]

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """No probing of hidden fields by an address like ?protocol_notes__contains=…"""
        if self._reads_hidden(lookup, request):
            return False
        return super().lookup_allowed(lookup, value, request)

    def _reads_hidden(self, lookup: str, request: Any) -> bool:
        model: Any = self.model
        for part in lookup.split("__"):
            right = getattr(model, "restricted", {}).get(part)
            if right and not (request and request.user.has_perm(right)):
                return True
            field = _field(model, part)
            if field is None or not field.is_relation:
                return False
            model = field.related_model
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "refusal", None)
        return type(form.__name__, (form,), {"refusal": refusal}) if refusal else form

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Where saving itself is refused (the last check is made under a lock), the form comes back."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except (ValidationError, IntegrityError) as error:
            request.refusal = refusal_of(error)  # type: ignore[attr-defined]
        return super().changeform_view(request, *args, **kwargs)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page is headed by what it is about, not by what one may do there."""
        if context["original"] is not None:
            context |= {"title": str(context["original"]), "subtitle": capfirst(self.opts.verbose_name)}
        return super().render_change_form(request, context, *args, **kwargs)

    def delete_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, *args, **kwargs)
        except (ValidationError, IntegrityError) as error:
            self._say(request, refusal_of(error))
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return redirect(reverse(name, args=[object_id]))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        try:
            return super().changelist_view(request, {**title, **(extra_context or {})})
        except (ValidationError, IntegrityError) as error:
            self._say(request, refusal_of(error))
        return redirect(request.get_full_path())

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Row by row, because a row may have something to do when it goes; all or none."""
        with transaction.atomic():
            for record in queryset:
                record.delete()

    def do_each(
        self,
        request: HttpRequest,
        queryset: QuerySet,
        verb: Callable[[Any], object],
    ) -> None:
        """Let every chosen row do something; a row that refuses is named with its reason."""
        done = 0
        for record in queryset:
            try:
                with transaction.atomic():
                    verb(record)
            except ValidationError as refusal:
                reason = " ".join(refusal.messages)
                self.message_user(request, f"{record}: {reason}", messages.ERROR)
            else:
                done += 1
        if done:
            text = ngettext("%(count)d row was changed.", "%(count)d rows were changed.", done)
            self.message_user(request, text % {"count": done}, messages.SUCCESS)

    def _say(self, request: HttpRequest, refusal: ValidationError) -> None:
        self.message_user(request, " ".join(refusal.messages), messages.ERROR)


class ReadableChanges(HistoricalRecordContextHelper):
    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        field = self.model._meta.get_field(change.field)
        return readable(field, super().prepare_delta_change_value(change, value))


class HistoryAdmin(RowAdmin, SimpleHistoryAdmin):
    """With the former versions, as far as the reader may see them."""

    # Who may see the form may not yet see what stood there before: that is a right of its own.
    enforce_history_permissions = True

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["may_see_history"] = self.has_view_history_permission(request, context["original"])
        return super().render_change_form(request, context, *args, **kwargs)

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        """An old version is read, never put back: states and ends are set by verbs, with their events."""
        return True

    def set_history_delta_changes(
        self, request: HttpRequest, historical_records: Any, foreign_keys_are_objs: bool = True
    ) -> None:
        hidden = self.hidden_fields(request)
        for newer, older in pairwise(historical_records):
            delta = newer.diff_against(
                older, excluded_fields=hidden, foreign_keys_are_objs=foreign_keys_are_objs
            )
            newer.history_delta_changes = ReadableChanges(self.model, newer).context_for_delta_changes(delta)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        if not unquote(object_id).isdecimal():
            raise Http404
        return super().history_view(
            request, object_id, {"subtitle": _("Former versions"), **(extra_context or {})}
        )

    def history_view_title(self, request: HttpRequest, obj: Any) -> str:
        return str(obj)

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """One former version: what its fields held."""
        if not (object_id.isdecimal() and version_id.isdecimal()):
            raise Http404
        history = self.model.history.model
        version = get_object_or_404(history, **{self.opts.pk.attname: object_id, "history_id": version_id})
        if not self.has_view_history_permission(request, version.instance):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": capfirst(self.opts.verbose_name),
            "subtitle": str(version.instance),
            "opts": self.opts,
            "object_id": object_id,
            "version": version,
            "facts": list(self._facts(version, hidden=self.hidden_fields(request))),
            **(extra_context or {}),
        }
        return self.render_history_view(request, self.object_history_form_template, context)

    def _facts(self, version: Any, *, hidden: set[str]) -> Iterable[tuple[Any, Any]]:
        for field in version.tracked_fields:
            if field.name in hidden or not field.editable:
                continue
            try:
                value = getattr(version, field.name)
            except ObjectDoesNotExist:
                value = gettext("deleted since")
            yield capfirst(field.verbose_name), readable(field, value)
        for field in version._history_m2m_fields:
            if field.name not in hidden:
                rows = getattr(version, field.name).select_related(field.m2m_reverse_field_name())
                related = [getattr(row, field.m2m_reverse_field_name()) for row in rows]
                yield capfirst(field.verbose_name), readable(field, related)


class RecordAdmin(HistoryAdmin):
    """The pages of a record: its form ends with when it came, when it changed, and whether it is public."""

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        return [*fieldsets, (_("About this record"), {"classes": ["collapse"], "fields": self._about})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*super().get_readonly_fields(request, obj), *self._about]

    @property
    def _about(self) -> list[str]:
        about = ["created_at", "changed_at", "version"]
        if issubclass(self.model, PublishableRecord):
            about += ["published_at", "published_by", "withdrawn_at"]
        return about

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A form saved without a change makes no new version."""
        if form.changed_data or not change:
            super().save_model(request, obj, form, change)


class PublishableAdmin(RecordAdmin):
    """Records that those with the right show to the public, and take back."""

    actions = ["publish", "withdraw"]

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.publish_{self.opts.model_name}")

    @admin.action(description=_("Publish"), permissions=["publish"])
    def publish(self, request: HttpRequest, queryset: Any) -> None:
        self.do_each(request, queryset, lambda record: record.publish(by=request.user))

    @admin.action(description=_("Take back from the public"), permissions=["publish"])
    def withdraw(self, request: HttpRequest, queryset: Any) -> None:
        self.do_each(request, queryset.published(), lambda record: record.withdraw())


class PartAdmin(RecordAdmin):
    """Rows that are entered on the page of what they are part of; they have no line in the menu."""

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        return {}


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


# --- filters ---


class CountryFilter(admin.SimpleListFilter):
    """The countries that occur; a subclass says where the city stands (`path`)."""

    title = _("country")
    parameter_name = "country"
    path = "country"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        rows = model_admin.get_queryset(request).order_by().values_list(self.path, flat=True).distinct()
        names = {code: countries.name(code) for code in rows if code}
        return sorted(names.items(), key=lambda country: country[1])

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(**{self.path: self.value()}) if self.value() else queryset


class MineFilter(admin.SimpleListFilter):
    """My own rows; a subclass says what makes them mine (`path`)."""

    title = _("whose")
    parameter_name = "mine"
    path = "responsible"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("yes", _("Mine")), ("nobody", _("Nobody's"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "yes":
                return queryset.filter(**{self.path: request.user})
            case "nobody":
                return queryset.filter(**{f"{self.path}__isnull": True})
        return queryset


class PublishedFilter(admin.SimpleListFilter):
    title = _("public")
    parameter_name = "published"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("yes", _("Published")), ("no", _("Not published"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        published = {"published_at__isnull": False, "withdrawn_at__isnull": True}
        match self.value():
            case "yes":
                return queryset.filter(**published)
            case "no":
                return queryset.exclude(**published)
        return queryset


class InOfficeFilter(admin.SimpleListFilter):
    """Terms of office that run today, as far as is known."""

    title = _("in office")
    parameter_name = "in_office"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("yes", _("Today")), ("no", _("No longer, or not yet"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        running = Tenure.objects.on(timezone.localdate()).values("pk")
        match self.value():
            case "yes":
                return queryset.filter(pk__in=running)
            case "no":
                return queryset.exclude(pk__in=running)
        return queryset


class VacantFilter(admin.SimpleListFilter):
    title = _("holder")
    parameter_name = "holder"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("none", _("Nobody known today"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.vacant(timezone.localdate()) if self.value() else queryset


# --- the pages of this room ---


class CityDateInline(TableInline):
    model = CityDate
    fields = ["kind", "on", "label"]


@admin.register(City)
class CityAdmin(RecordAdmin):
    list_display = ["__str__", "name_local", "kind", "country", "population", "is_home"]
    list_filter = ["is_home", "kind", CountryFilter]
    inlines = [CityDateInline]
    fieldsets = [
        (None, {"fields": [("name_de", "name_en"), "name_local", "other_names"]}),
        (_("Where it is"), {"fields": [("country", "region"), ("kind", "parent"), "timezone", "is_home"]}),
        (
            _("Position and figures"),
            {
                "classes": ["collapse"],
                "fields": [
                    ("latitude", "longitude"),
                    ("population", "population_year"),
                    "website",
                    ("wikidata_id", "geonames_id"),
                ],
            },
        ),
        (_("Documents and notes"), {"fields": ["documents", "notes"]}),
    ]


@admin.register(CityDate)
class CityDateAdmin(RecordAdmin):
    list_display = ["on", "city", "kind", "label"]
    list_filter = ["kind"]
    fields = ["city", "kind", "on", "label"]


@admin.register(Place)
class PlaceAdmin(RowAdmin):
    """The gazetteer is read, never written by hand."""

    list_display = ["name", "country", "population", "timezone"]
    fields = ["name", "names", "country", ("latitude", "longitude"), "population", "timezone", "geonames_id"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PostInline(TableInline):
    model = Post
    fields = ["title_de", "title_en", "title_local", "is_head_of_city", "rank"]


@admin.register(Organisation)
class OrganisationAdmin(RecordAdmin):
    list_display = ["title", "kind", "city", "parent", "is_investor_at_home"]
    list_filter = ["kind", "is_investor_at_home"]
    inlines = [PostInline]
    fieldsets = [
        (None, {"fields": ["title", "title_local", "other_names", "kind", ("city", "parent")]}),
        (_("Contact"), {"fields": ["address", "website", ("email", "phone")]}),
        (
            _("Documents and notes"),
            {"classes": ["collapse"], "fields": ["is_investor_at_home", "documents", "notes"]},
        ),
    ]


class HolderInline(TableInline):
    model = Tenure
    fields = ["person", "since", "until", "is_acting", "end_reason", "source"]
    verbose_name = _("holder")
    verbose_name_plural = _("holders")


@admin.register(Post)
class PostAdmin(RecordAdmin):
    list_display = ["title", "organisation", "holder", "rank", "is_head_of_city"]
    list_filter = ["is_head_of_city", VacantFilter, "organisation__kind"]
    inlines = [HolderInline]
    fieldsets = [
        (None, {"fields": [("title_de", "title_en"), "title_local", "organisation"]}),
        (_("Precedence"), {"fields": [("is_head_of_city", "rank")]}),
        (_("Forms of address"), {"fields": ["form_spoken", "form_letter", "form_envelope"]}),
        (
            _("Contact and notes"),
            {"classes": ["collapse"], "fields": [("email", "phone"), "documents", "notes"]},
        ),
    ]

    def for_list(self, queryset: Any) -> Any:
        running = Tenure.objects.on(timezone.localdate()).order_by("is_acting", "pk")
        holders = models.Prefetch("tenures", running.select_related("person"), to_attr="running")
        return super().for_list(queryset).prefetch_related(holders)

    @admin.display(description=_("title"), ordering="title_de")
    def title(self, post: Post) -> str:
        return post.title

    @admin.display(description=_("holder today"))
    def holder(self, post: Any) -> str | None:
        acting = gettext("acting")
        names = [
            f"{tenure.person.full_name} ({acting})" if tenure.is_acting else tenure.person.full_name
            for tenure in post.running
        ]
        return ", ".join(names)


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


class StatementInline(TableInline):
    model = Statement
    fields = ["kind", "text", "speakers", "on"]


@admin.register(Document)
class DocumentAdmin(PublishableAdmin):
    list_display = ["__str__", "kind", "publisher", "published_on", "language"]
    list_filter = ["kind", PublishedFilter]
    inlines = [StatementInline]
    fieldsets = [
        (None, {"fields": ["title", "kind", ("file", "url"), "description"]}),
        (_("Origin"), {"fields": ["published_on", "publisher", ("author", "press_contact"), "language"]}),
        (_("Rights"), {"classes": ["collapse"], "fields": ["licence", "credit"]}),
    ]


@admin.register(Statement)
class StatementAdmin(RecordAdmin):
    list_display = ["__str__", "kind", "document", "on"]
    list_filter = ["kind"]
    fields = ["kind", "text", "speakers", "document", "on"]


@admin.register(Office)
class OfficeAdmin(RecordAdmin):
    """There is one office; its list is its page."""

    fieldsets = [
        (None, {"fields": ["title", "from_address", "head_group"]}),
        (_("Where it is"), {"fields": ["timezone", ("country", "state")]}),
    ]

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return redirect(Office.current().get_absolute_url())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class UserForm(RecordForm, UserChangeForm):
    pass


class NewUserForm(RecordForm, AdminUserCreationForm):
    pass


@admin.register(User)
class UserAdmin(HistoryAdmin, DjangoUserAdmin):
    """Staff. Nobody but a superuser makes one, changes one, or hands out single permissions."""

    form = UserForm
    add_form = NewUserForm
    list_display = ["__str__", "username", "email", "department", "roles", "away", "is_active"]
    list_filter = ["is_active", "groups"]
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ["last_name", "first_name", "username"]
    filter_horizontal = []
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Name"), {"fields": [("first_name", "last_name"), "email", "person", "department"]}),
        (_("Reminder mails"), {"fields": [("language", "digest")]}),
        (_("Absence"), {"fields": [("away_from", "away_until"), "stand_in"]}),
        (_("Rights"), {"fields": ["is_active", "is_staff", "groups", "is_superuser", "user_permissions"]}),
        (
            _("About this record"),
            {"classes": ["collapse"], "fields": ["date_joined", "last_login", "changed_at", "version"]},
        ),
    ]
    readonly_fields = ["date_joined", "last_login", "changed_at", "version"]

    def for_list(self, queryset: Any) -> Any:
        return super().for_list(queryset).prefetch_related("groups")

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet, bool]:
        if _is_picker(request):
            queryset = queryset.active()
        return DjangoUserAdmin.get_search_results(self, request, queryset, search_term)

    def hidden_fields(self, request: HttpRequest | None) -> set[str]:
        if request and request.user.is_superuser:
            return set()
        return {"is_superuser", "user_permissions"}

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # All staff may pick a colleague as responsible, though not all may open the list of staff.
        return _is_picker(request) or super().has_view_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_delete_permission(request, obj)

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all())

    @admin.display(description=_("away"))
    def away(self, user: User) -> str | None:
        return badge("asleep", gettext("away")) if user.is_away(timezone.localdate()) else None


def _is_picker(request: HttpRequest) -> bool:
    return request.path == reverse("admin:autocomplete")
