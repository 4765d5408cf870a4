"""Any list as a file: the rows that it shows now, with all that the reader may see of them.

Who may: those who may view the list and have the right to export, which stands in the table of roles. Nearly
every list names people, and a file outlives the rights of its reader, so it is one right for all lists, and
each export leaves a line in the log: who, which list, how many rows; nothing of what was in them.
"""

from __future__ import annotations

import datetime
import html
import logging
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR, IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import models
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_countries.fields import Country

from contacts import tables
from contacts.admin.values import EMPTY, field_of, readable
from contacts.dates import PartialDate
from contacts.names import ComputedField
from contacts.records import PublishableRecord
from contacts.uploads import Upload

logger = logging.getLogger(__name__)

RIGHT = tables.RIGHT
# More than the people of a large office. As XLSX, the slower one, it must be done before a web server loses
# its patience, which it commonly does after 30 seconds.
MOST_ROWS = 20_000
AT_ONCE = 1_000
# Columns that serve the program alone.
CLOCKWORK = (ComputedField, models.GeneratedField, models.BinaryField, models.UUIDField)
ABOUT = {field.name for field in PublishableRecord._meta.get_fields()}


@dataclass(frozen=True)
class Format:
    label: Any
    ending: str
    media_type: str
    write: Callable[..., int]


FORMATS = {
    "xlsx": Format(
        _("Excel (XLSX)"),
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        tables.write_xlsx,
    ),
    "csv": Format(_("Table (CSV)"), "csv", "text/csv; charset=utf-8", tables.write_csv),
}


@dataclass(frozen=True)
class Column:
    title: str
    value: Callable[[Any], Any]


class ExportAdmin(admin.ModelAdmin):
    not_exported: ClassVar[tuple[str, ...]] = ()
    """Fields that stay here, whoever asks."""

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(RIGHT) and self.has_view_permission(request)

    # --- from the head of the list ---

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        view = self.admin_site.admin_view(self.export_view)
        return [path("export/<slug:kind>/", view, name=name), *super().get_urls()]

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """The list of the same address without `export/<kind>/`, all its pages."""
        if kind not in FORMATS:
            raise Http404
        if not self.has_export_permission(request):
            raise PermissionDenied
        try:
            shown = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return redirect(self._list_url())
        return self.export(request, shown.queryset, FORMATS[kind])

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        exports = []
        if self.has_export_permission(request) and IS_POPUP_VAR not in request.GET:
            exports = [(each.label, self._export_url(kind, request)) for kind, each in FORMATS.items()]
        return super().changelist_view(request, {"exports": exports, **(extra_context or {})})

    def _export_url(self, kind: str, request: HttpRequest) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_export"
        shown = request.GET.urlencode()
        return reverse(name, args=[kind]) + (f"?{shown}" if shown else "")

    def _list_url(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    # --- for chosen rows ---

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = {**super().get_actions(request)}
        if self.has_export_permission(request) and IS_POPUP_VAR not in request.GET:
            for kind, each in FORMATS.items():
                name, title = f"export_{kind}", gettext("Export: %(format)s") % {"format": each.label}
                actions[name] = (self._action(each), name, title)
        return actions

    def _action(self, chosen: Format) -> Callable[[Any, HttpRequest, Any], Any]:
        def export(model_admin: Any, request: HttpRequest, queryset: Any) -> Any:
            return model_admin.export(request, queryset, chosen)

        return export

    # --- the file ---

    def export(self, request: HttpRequest, rows: Any, chosen: Format) -> HttpResponseBase:
        """These rows in their order as a file to save; too many are refused with a sentence."""
        count = rows.count()
        if count > MOST_ROWS:
            text = gettext(
                "These are %(count)d rows, at most %(limit)d fit into one file. Narrow the list by filters."
            )
            self.message_user(request, text % {"count": count, "limit": MOST_ROWS}, messages.ERROR)
            return redirect(f"{self._list_url()}?{request.GET.urlencode()}")
        columns = list(self._columns(request))
        titles = [column.title for column in columns]
        values = self._values(self._with_relations(rows, request), columns)
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
        written = chosen.write(file, titles, values)
        taken = (request.user.pk, written, self.opts.label, chosen.ending)
        logger.info("User %s exported %s rows of %s as %s.", *taken)
        file.seek(0)
        name = f"{capfirst(self.opts.verbose_name_plural)} {timezone.localdate()}.{chosen.ending}"
        return FileResponse(file, as_attachment=True, filename=name, content_type=chosen.media_type)

    def _values(self, rows: Any, columns: list[Column]) -> Iterator[list[Any]]:
        found = rows.iterator(chunk_size=AT_ONCE)
        while batch := list(islice(found, AT_ONCE)):
            for row in self.with_computed(batch):  # type: ignore[attr-defined]
                yield [column.value(row) for column in columns]

    def _with_relations(self, rows: Any, request: HttpRequest) -> Any:
        """All that the columns read, so that fifty rows cost the same queries as one."""
        joins = []
        for field in self._fields(request):
            if isinstance(field, models.ForeignKey):
                further = getattr(field.related_model, "label_relations", ())
                joins += [field.name, *(f"{field.name}__{name}" for name in further)]
            elif field.many_to_many:
                related = field.related_model._default_manager.all()
                labelled = related.labelled() if hasattr(related, "labelled") else related
                rows = rows.prefetch_related(models.Prefetch(field.name, labelled, to_attr=_attribute(field)))
        return rows.select_related(*joins) if joins else rows

    def _fields(self, request: HttpRequest) -> list[Any]:
        kept_here = {"password", *self.not_exported, *self.hidden_fields(request)}  # type: ignore[attr-defined]
        fields = (*self.opts.fields, *self.opts.many_to_many)
        shown = [
            field for field in fields if field.name not in kept_here and not isinstance(field, CLOCKWORK)
        ]
        # When a row came and changed is asked for last.
        return sorted(shown, key=lambda field: field.name in ABOUT)

    def _columns(self, request: HttpRequest) -> Iterator[Column]:
        """Id and label, what the list computes, then every field of the model, relations by name and id."""
        fields = [field for field in self._fields(request) if not field.primary_key]
        of_fields = [column for field in fields for column in _columns_of(field)]
        label = capfirst(str(self.opts.verbose_name))
        taken = {label, *(column.title for column in of_fields)}
        yield Column(gettext("ID"), lambda row: row.pk)
        yield Column(label, str)
        for name in self.get_list_display(request):
            title = capfirst(str(label_for_field(name, self.model, self)))
            # A badge of a field, say, is that field in other clothes.
            if name != "__str__" and title not in taken and not _is_field(self.model, name):
                yield Column(title, self._computed(name))
        yield from of_fields

    def _computed(self, name: Any) -> Callable[[Any], Any]:
        def value(row: Any) -> Any:
            try:
                _field, _attr, found = lookup_field(name, row, self)
            except ObjectDoesNotExist:
                return None
            return None if found in (EMPTY, "") else plain(None, found)

        return value


def _is_field(model: type[models.Model], name: Any) -> bool:
    return field_of(model, getattr(name, "__name__", name)) is not None


def _attribute(field: models.Field) -> str:
    return f"exported_{field.name}"


def _columns_of(field: Any) -> Iterator[Column]:
    title = capfirst(str(field.verbose_name))
    title_of_ids = gettext("%(relation)s (ID)") % {"relation": title}
    if field.many_to_many:
        name = _attribute(field)
        yield Column(title, lambda row: "; ".join(str(each) for each in getattr(row, name)))
        yield Column(title_of_ids, lambda row: "; ".join(str(each.pk) for each in getattr(row, name)))
    elif field.is_relation:
        yield Column(title, lambda row: _label(getattr(row, field.name)))
        yield Column(title_of_ids, lambda row: getattr(row, field.attname))
    else:
        yield Column(title, lambda row: plain(field, getattr(row, field.attname)))


def _label(row: Any) -> str | None:
    return None if row is None else str(row)


def plain(field: models.Field | None, value: Any) -> Any:
    """A value as a table holds it: dates and numbers as such, a partial date as 2004-07, else words."""
    match value:
        case None | "":
            return None
        case bool():
            return gettext("yes") if value else gettext("no")
        case datetime.datetime():
            # Spreadsheets know no time zones: it is the office's clock.
            return timezone.localtime(value).replace(tzinfo=None)
        case SafeString():
            # What stands in two tags is two words.
            return " ".join(html.unescape(strip_tags(value.replace("<", " <"))).split())
        case PartialDate():
            return str(value)
        case Upload():
            return value.original_name if value else None
        case Country():
            return value.name or None
        case datetime.date() | datetime.time():
            return value
    if field is not None and field.choices is None and isinstance(value, int | float | Decimal):
        return value
    if field is None:
        return value if isinstance(value, int | float | Decimal) else str(value)
    words = readable(field, value)
    return None if words == EMPTY else str(words)
