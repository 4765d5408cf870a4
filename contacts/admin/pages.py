"""The pages of the admin: lists that find, forms that explain, histories that keep a secret."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, ClassVar, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IS_FACETS_VAR
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import (
    ALL_VAR,
    ORDER_VAR,
    PAGE_VAR,
    SEARCH_VAR,
    ChangeList,
)
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from simple_history.models import DeletedObject
from simple_history.template_utils import HistoricalRecordContextHelper, ObjDiffDisplay

from contacts.admin.conflicts import ConflictsAdmin, Outdated
from contacts.admin.exports import ExportAdmin
from contacts.admin.rows import RecordForm, Rows, refusal_of
from contacts.admin.sending import TOKEN, SendsOnceAdmin
from contacts.admin.values import EMPTY, field_of, label_paths, readable
from contacts.admin.verbs import Verb, VerbsAdmin
from contacts.models import City
from contacts.names import sort_key
from contacts.records import PublishableRecord
from contacts.uploads import UploadField
from contacts.viewpoint import chosen_home, narrowed

# What a list's address may say besides filters: search, order, page, and how it is shown.
NOT_FILTERS = {SEARCH_VAR, ORDER_VAR, PAGE_VAR, ALL_VAR, IS_FACETS_VAR}
# What a form may be opened with: the name of what is to be entered, and the fields that may hold it.
NAME_VAR, NAMED_BY = "_name", ("title", "title_*", "name_*", "family_name", "number", "what")
# Letters of a value in the list of former versions; the version itself has all of it.
LONGEST_CHANGE = 200


class Tab(NamedTuple):
    """A view of a list that is asked for often: its name, and the filters it stands for."""

    name: Any
    filters: dict[str, str]


class RecordList(ChangeList):
    model_admin: Any
    only_of: City | None = None
    """The home city that the list is narrowed to, for the notice above it."""
    _filters: Any = None

    def get_filters(self, request: HttpRequest) -> Any:
        """Made once a page: Django makes them anew, with their queries, for each of them that it counts."""
        if self._filters is None:
            self._filters = super().get_filters(request)
        return self._filters

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        home = chosen_home(request)
        if home and self.only_of is None and hasattr(self.root_queryset, "of_home"):
            self.only_of = home
            self.root_queryset = narrowed(self.root_queryset, home)
        queryset = super().get_queryset(request, exclude_parameters)
        # Without one filter the rows are only counted, and no column is shown.
        return self.model_admin.for_list(queryset) if exclude_parameters is None else queryset

    may_add = False

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.may_add = self.model_admin.has_add_permission(request)
        self.result_list = self.model_admin.with_computed(list(self.result_list))


class RowAdmin(Rows, ConflictsAdmin, SendsOnceAdmin, ExportAdmin, VerbsAdmin):
    """A list that finds names however they are spelled, and a form."""

    form: type[Any] = RecordForm
    view_on_site = False
    # What is searched is said by the model (search_paths); Django asks only whether there is anything.
    search_fields: ClassVar[tuple[str, ...]] = ("search",)
    empty_value_display = EMPTY
    # Where the model's own names are not what people say.
    list_title: Any = ""
    kind: Any = ""
    list_per_page = 50
    tabs: tuple[Tab, ...] = ()
    show_facets = admin.ShowFacets.ALWAYS
    save_on_top = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RecordList

    @admin.display(description="")
    def action_checkbox(self, obj: Any) -> SafeString:
        """The box that chooses a row, named by what the row is."""
        label = gettext("Choose %(row)s") % {"row": obj}
        box = forms.CheckboxInput({"class": "action-select", "aria-label": label}, lambda value: False)
        return box.render(ACTION_CHECKBOX_NAME, str(obj.pk))

    def get_action_choices(self, request: HttpRequest, default_choices: Any = None) -> list[tuple[str, str]]:
        return super().get_action_choices(request, default_choices or [("", gettext("Choose an action"))])

    def for_list(self, queryset: Any) -> Any:
        """The rows with all that the columns of the list show, so that fifty rows cost no more than one."""
        paths = label_paths(self.model, self.list_display)
        return queryset.select_related(*paths) if paths else queryset

    def with_computed(self, rows: list[Any]) -> list[Any]:
        """The rows of one page of the list, with what no database says in a column."""
        return rows

    def tabs_for(self, request: HttpRequest) -> list[dict[str, Any]]:
        here = {name: value for name, value in request.GET.items() if name not in NOT_FILTERS}
        all_rows = Tab(_("All"), {})
        return [
            {"name": tab.name, "url": f"?{urlencode(tab.filters)}", "is_here": tab.filters == here}
            for tab in ((all_rows, *self.tabs) if self.tabs else ())
        ]

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """None where the model has no name to search by: its list then has no search box."""
        paths = getattr(self.model, "search_paths", self.search_fields)
        known = [path for path in paths if field_of(self.model, path.partition("__")[0])]
        return tuple(self.search_fields) if known else ()

    @property
    def search_help_text(self) -> str:  # type: ignore[override]
        """What the search of the list looks through beside its own rows: "Visit, city, person"."""
        found: list[str] = []
        for path in getattr(self.model, "search_paths", ()):
            model: Any = self.model
            for step in path.split("__")[:-1]:
                model = model._meta.get_field(step).related_model
            found.append(str(model._meta.verbose_name))
        kinds = list(dict.fromkeys(found))
        return capfirst(", ".join(kinds)) if len(kinds) > 1 else ""

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet, bool]:
        searched = search_term and self.get_search_fields(request)
        return (queryset.search(search_term) if searched else queryset), False

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
            field = field_of(model, part)
            if field is None or not field.is_relation:
                return False
            model = field.related_model
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """With the name that was searched for in vain (`_name`), in the language of the reader."""
        given = super().get_changeform_initial_data(request)
        name = given.pop(NAME_VAR, "")
        fields = [field.replace("*", get_language() or "") for field in NAMED_BY]
        field = next((field for field in fields if name and field_of(self.model, field)), None)
        return {field: name, **given} if field else given

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        own = {name: getattr(request, name) for name in ("refusal", "taken") if hasattr(request, name)}
        return type(form.__name__, (form,), own) if own else form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """Where saving itself is refused (the last check is made under a lock), the form comes back."""
        try:
            if request.method == "POST" and object_id is not None:
                return self.save_if_current(request, object_id, form_url, extra_context)
            if request.method == "POST":
                return self.add_once(request, form_url, extra_context)
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Outdated:
            return self.conflict_view(request, str(object_id))
        except (ValidationError, IntegrityError) as error:
            request.refusal = refusal_of(error)  # type: ignore[attr-defined]
        return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page is headed by what it is about, not by what one may do there."""
        if context["original"] is None:
            context["stamp"] = [(TOKEN, self.token_of(request))]
        else:
            if self.has_versions and self.has_change_permission(request, context["original"]):
                context["stamp"] = self.stamp(context, request)
            context |= {
                "title": self.name_of(context["original"]),
                "subtitle": capfirst(self.kind or self.opts.verbose_name),
                "state": self.state_of(context["original"]),
                "in_short": self.in_short(context["original"]),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def name_of(self, record: Any) -> str:
        return str(record)

    def state_of(self, record: Any) -> str:
        """The badge that the list shows of it, for the head of its page."""
        badge = getattr(self, "state_badge", None)
        return badge(record) if badge else ""

    def in_short(self, record: Any) -> str:
        """What else is said beside its name: when and where a visit is, say."""
        return ""

    goes_along = False
    """Whether these rows are the program's own: they go with what they are about, whoever deletes that."""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        found, counts, lacking, protected = super().get_deleted_objects(objs, request)
        pages = self.admin_site._registry.values()
        going_along = {page.opts.verbose_name for page in pages if getattr(page, "goes_along", False)}
        return (
            found,
            counts,
            lacking - going_along,
            sorted(protected, key=lambda row: sort_key(strip_tags(row))),
        )

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What must be kept cannot be deleted, but mostly ended in another way."""
        record = self.get_object(request, unquote(object_id))
        verbs = self.verbs_for(request, record) if record is not None else []
        instead = [(verb, self.verb_url(verb, record)) for verb in verbs if verb.is_grave]
        try:
            return super().delete_view(request, object_id, {"instead": instead, **(extra_context or {})})
        except (ValidationError, IntegrityError) as error:
            self._say(request, refusal_of(error))
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return redirect(reverse(name, args=[object_id]))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        title = self.list_title or capfirst(self.opts.verbose_name_plural)
        about = {"title": title, "tabs": self.tabs_for(request)}
        try:
            return super().changelist_view(request, {**about, **(extra_context or {})})
        except (ValidationError, IntegrityError) as error:
            self._say(request, refusal_of(error))
        return redirect(request.get_full_path())

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Row by row, because a row may have something to do when it goes; all or none."""
        with transaction.atomic():
            for record in queryset:
                record.delete()

    def _say(self, request: HttpRequest, refusal: ValidationError) -> None:
        self.message_user(request, " ".join(refusal.messages), messages.ERROR)


class LongText(ObjDiffDisplay):
    """Two texts as far as they differ. What is left out is dots; the library says so in English."""

    def shortened_str(self, prefix: str, num_skipped_chars: int, suffix: str) -> str:
        return f"{prefix} … {suffix}"


class ReadableChanges(HistoricalRecordContextHelper):
    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        field = self.model._meta.get_field(change.field)
        if isinstance(value, DeletedObject) and value.pk is None:
            value = None  # a relation that was empty
        return readable(field, super().prepare_delta_change_value(change, value))

    def get_obj_diff_display(self) -> ObjDiffDisplay:
        return LongText(max_length=LONGEST_CHANGE)


class HistoryAdmin(RowAdmin, SimpleHistoryAdmin):
    """With the former versions, as far as the reader may see them."""

    # Who may see the form may not yet see what stood there before: that is a right of its own.
    enforce_history_permissions = True

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        record = context["original"]
        context["may_see_history"] = self.has_view_history_permission(request, record)
        if record is not None:
            context["last_change"] = self._last_change(record)
        return super().render_change_form(request, context, *args, **kwargs)

    def _last_change(self, record: Any) -> dict[str, Any] | None:
        """When it was changed last, and by whom: for all who may see the record."""
        latest = record.history.select_related("history_user").first()
        return {"at": latest.history_date, "by": latest.history_user} if latest else None

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A form saved without a change makes no new version."""
        if form.changed_data or not change:
            super().save_model(request, obj, form, change)

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
            "title": self.name_of(version.instance),
            "subtitle": gettext("Former version of %(when)s") % {"when": _moment(version.history_date)},
            "opts": self.opts,
            "object_id": object_id,
            "version": version,
            "facts": list(self._facts(version, hidden=self.hidden_fields(request))),
            **(extra_context or {}),
        }
        return self.render_history_view(request, self.object_history_form_template, context)

    def _facts(self, version: Any, *, hidden: set[str]) -> Iterable[tuple[Any, Any]]:
        for field in version.tracked_fields:
            if field.name in hidden or field.primary_key or not field.editable:
                continue
            try:
                value = getattr(version, field.name)
            except ObjectDoesNotExist:
                value = gettext("deleted since")
            if isinstance(field, UploadField) and value:
                value = _former_file(version, field)
            yield capfirst(field.verbose_name), readable(field, value)
        for field in version._history_m2m_fields:
            if field.name not in hidden:
                rows = getattr(version, field.name).select_related(field.m2m_reverse_field_name())
                related = [getattr(row, field.m2m_reverse_field_name()) for row in rows]
                yield capfirst(field.verbose_name), readable(field, related)


def _moment(at: datetime.datetime) -> str:
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")


def _former_file(version: Any, field: UploadField) -> str:
    name = getattr(version, field.name_field)
    if not field.keeps_former:
        return name
    address = [version.instance._meta.label_lower, version.instance.pk, field.name, version.history_id]
    return format_html('<a href="{}">{}</a>', reverse("former-file", args=address), name)


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


class PublishableAdmin(RecordAdmin):
    """Records that those with the right show to the public, and take back."""

    publishing: tuple[Verb, ...] = (
        Verb(
            "publish",
            _("Publish"),
            PublishableRecord.publish,
            done=_("is public"),
            help=_("Show it to the public on the city's portal."),
            possible=lambda record: not record.is_published,
            right="publish",
            by_user=True,
        ),
        Verb(
            "withdraw",
            _("Take back from the public"),
            PublishableRecord.withdraw,
            done=_("is no longer public"),
            help=_("That it once was public stays on record."),
            possible=lambda record: record.is_published,
            right="publish",
            is_grave=True,
        ),
    )
    verbs: tuple[Verb, ...] = publishing


class PartAdmin(RecordAdmin):
    """Rows that are entered on the page of what they are part of; they have no line in the menu."""

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        return {}
