"""Two people change one page at the same time: the second sees both versions, and chooses what shall stand.

A form carries the version that it was filled from, and a mark of every value. Saving holds the row only in
that version; otherwise nothing is saved, and the page asks. What was typed travels along in hidden fields, so
that nothing is lost and no script is needed.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import FieldDoesNotExist
from django.db import models, transaction
from django.forms.formsets import DELETION_FIELD_NAME, INITIAL_FORM_COUNT, TOTAL_FORM_COUNT
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext

from contacts.admin.values import EMPTY, readable
from contacts.records import hold

VERSION = "_version"
MARKS = "_marks"
CHOICE = "_choice:"
ALL = "_all"
MINE, THEIRS = "mine", "theirs"

Marks = dict[str, dict[str, str]]
"""A mark of each value as it was loaded, by row ("" is the form itself, else "stops:7") and field."""


class Outdated(Exception):
    """The row is not any more of the version that the form was filled from."""


# --- what a form was filled with ---


def mark(value: Any) -> str:
    """Equal for equal values, whether they come from the database or out of a form."""
    return hashlib.blake2b(_plain(value).encode(), digest_size=4).hexdigest()


def _plain(value: Any) -> str:
    match value:
        case None | "" | [] | {} | ():
            return ""
        case models.Model():
            return str(value.pk)
        case models.QuerySet() | [models.Model(), *_]:
            return ",".join(sorted(str(row.pk) for row in value))
        case list() | dict():
            return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
        case Decimal():
            return format(value.normalize(), "f")
        case datetime.datetime():
            # Fields of a form end at the second.
            return value.astimezone(datetime.UTC).replace(microsecond=0).isoformat()
    return str(value).replace("\r\n", "\n").strip()


def marks_of(form: Any, formsets: Iterable[Any]) -> Marks:
    marks = {"": _marks(form)}
    for formset in formsets:
        for row in formset.initial_forms:
            marks[f"{formset.prefix}:{row.instance.pk}"] = _marks(row)
    return marks


def _marks(form: Any) -> dict[str, str]:
    return {name: mark(form[name].initial) for name in form.fields if name != DELETION_FIELD_NAME}


def _marks_sent(data: Mapping[str, Any]) -> Marks:
    """As they came; whoever forges them only misleads themselves about what they changed."""
    try:
        sent = json.loads(data.get(MARKS, "{}"))
        return {str(row): dict(marks) for row, marks in sent.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _version_sent(data: Mapping[str, Any]) -> int:
    text = str(data.get(VERSION, ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


# --- what the second saver is asked ---


@dataclass
class Difference:
    """One field, or one row, that stands otherwise in the database than on the form."""

    name: str
    label: str
    theirs: Any
    mine: Any
    by_them: bool
    by_me: bool

    @property
    def choice(self) -> str:
        return MINE if self.by_me else THEIRS

    @property
    def who(self) -> str:
        if self.by_me and self.by_them:
            return gettext("both of you changed this")
        return gettext("changed by you") if self.by_me else gettext("changed by the other")


@dataclass
class Section:
    """The form itself, or one row of a table in it."""

    title: str
    differences: list[Difference] = field(default_factory=list)


class Comparison:
    """What was typed into a form against what stands in the database now."""

    def __init__(self, form: Any, formsets: list[Any], lost: Mapping[str, str], loaded: Marks) -> None:
        self.form, self.formsets, self.lost, self.loaded = form, formsets, lost, loaded
        self.sections: list[Section] = []
        self.notes: list[str] = []
        self.untouched_lost: list[str] = []
        self.has_new_rows = False
        for each in (form, *formsets):
            each.is_valid()
        if differences := list(self._fields(form, "")):
            self.sections.append(Section("", differences))
        for formset in formsets:
            self._compare_rows(formset)

    @property
    def differences(self) -> list[Difference]:
        return [difference for section in self.sections for difference in section.differences]

    @property
    def is_mine(self) -> bool:
        """Whether there is anything that the one who saves has typed."""
        return self.has_new_rows or any(difference.by_me for difference in self.differences)

    def _fields(self, form: Any, row: str) -> Iterator[Difference]:
        if not form.has_changed():
            return
        for name in form.changed_data:
            if name not in (DELETION_FIELD_NAME, form._meta.model._meta.pk.name):
                yield self._field(form, row, name)

    def _field(self, form: Any, row: str, name: str) -> Difference:
        loaded = self.loaded.get(row, {}).get(name)
        return Difference(
            name=form.add_prefix(name),
            label=capfirst(str(form[name].label)),
            theirs=_shown(form, name, form[name].initial),
            mine=_typed(form, name),
            by_them=loaded is None or loaded != mark(form[name].initial),
            by_me=loaded is None or name not in form.cleaned_data or loaded != mark(form.cleaned_data[name]),
        )

    def _compare_rows(self, formset: Any) -> None:
        noun = capfirst(str(formset.model._meta.verbose_name))
        for form in formset.initial_forms:
            row = f"{formset.prefix}:{form.instance.pk}"
            if formset.can_delete and formset._should_delete_form(form):
                differences = [self._removed_by_me(form, row)]
            else:
                differences = list(self._fields(form, row))
            if differences:
                self.sections.append(Section(f"{noun}: {_label(form.instance)}", differences))
        for form in formset.extra_forms:
            if form.prefix in self.lost:
                self._compare_lost(formset, form, noun)
            else:
                self.has_new_rows |= form.has_changed()
        for added in formset.added_meanwhile:
            text = gettext("%(row)s was added in the meantime and stays.")
            self.notes.append(text % {"row": f"{noun}: {added}"})

    def _removed_by_me(self, form: Any, row: str) -> Difference:
        loaded = self.loaded.get(row, {})
        return Difference(
            name=f"{form.prefix}-{DELETION_FIELD_NAME}",
            label=gettext("The whole line"),
            theirs=_summary(form, {name: form[name].initial for name in form.fields}),
            mine=gettext("removed"),
            by_them=loaded != _marks(form),
            by_me=True,
        )

    def _compare_lost(self, formset: Any, form: Any, noun: str) -> None:
        """A row that the other has removed: if it was edited here, it can be entered again."""
        loaded = self.loaded.get(f"{formset.prefix}:{self.lost[form.prefix]}", {})
        typed = {name: form.cleaned_data[name] for name in form.cleaned_data if name in loaded}
        ignored = (form._meta.model._meta.pk.name, formset.fk.name, DELETION_FIELD_NAME)
        edited = any(mark(value) != loaded[name] for name, value in typed.items() if name not in ignored)
        if (edited or form.errors) and not formset._should_delete_form(form):
            whole = Difference(
                name=form.prefix,
                label=gettext("The whole line"),
                theirs=gettext("removed"),
                mine=_summary(form, form.cleaned_data),
                by_them=True,
                by_me=True,
            )
            self.sections.append(Section(noun, [whole]))
        else:
            self.untouched_lost.append(form.prefix)
            text = gettext("%(row)s was removed in the meantime.")
            self.notes.append(text % {"row": f"{noun}: {_summary(form, form.cleaned_data)}"})


def _label(row: models.Model) -> str:
    """Of the row as it is stored: the form has written into this one."""
    return str(type(row)._base_manager.filter(pk=row.pk).first() or row)


def _shown(form: Any, name: str, value: Any) -> Any:
    """A value as people read it."""
    try:
        model_field: Any = form._meta.model._meta.get_field(name)
    except FieldDoesNotExist:
        return value if value not in (None, "") else EMPTY
    if model_field.many_to_many:
        return ", ".join(str(row) for row in value or ()) or EMPTY
    if model_field.is_relation and value is not None and not isinstance(value, models.Model):
        value = model_field.related_model._base_manager.filter(pk=value).first()
    return readable(model_field, value)


def _typed(form: Any, name: str) -> Any:
    if name in form.cleaned_data:
        return _shown(form, name, form.cleaned_data[name])
    value = form[name].value()
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _summary(form: Any, values: Mapping[str, Any]) -> str:
    """A row in one line: what it holds, without what is empty."""
    parts = [
        str(_shown(form, name, values[name]))
        for name in form.fields
        if name in values
        and name not in (DELETION_FIELD_NAME, form._meta.model._meta.pk.name)
        and not isinstance(form.fields[name], forms.models.InlineForeignKeyField)
        and values[name] not in (None, "", False)
    ]
    return ", ".join(part for part in parts if part and part != EMPTY)


# --- tables in a form, as they were sent ---


def _rows_sent(data: QueryDict, prefix: str) -> list[dict[str, list[str]]]:
    """The lines of a table, each with its fields."""
    total = "".join(filter(str.isdecimal, data.get(f"{prefix}-{TOTAL_FORM_COUNT}", "")))
    rows: list[dict[str, list[str]]] = [{} for _ in range(min(int(total[:4]), 2000) if total else 0)]
    for key in data:
        index, dash, name = key.removeprefix(f"{prefix}-").partition("-")
        if key.startswith(f"{prefix}-") and dash and index.isdecimal() and int(index) < len(rows):
            rows[int(index)][name] = data.getlist(key)
    return rows


def _write_rows(data: QueryDict, prefix: str, rows: list[dict[str, list[str]]], initial: int) -> None:
    for key in [key for key in data if key.startswith(f"{prefix}-")]:
        if key.removeprefix(f"{prefix}-").partition("-")[0].isdecimal():
            del data[key]
    for index, row in enumerate(rows):
        for name, values in row.items():
            data.setlist(f"{prefix}-{index}-{name}", values)
    data[f"{prefix}-{TOTAL_FORM_COUNT}"] = str(len(rows))
    data[f"{prefix}-{INITIAL_FORM_COUNT}"] = str(initial)


def put_in_order(data: QueryDict, prefix: str, present: set[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Make the lines whose row is gone new ones, after the others: Django would take another row for them.

    Returns the key that each of these had, and what the lines that stay were called before, by what they are
    called now.
    """
    rows = _rows_sent(data, prefix)
    before = {row["id"][0]: f"{prefix}-{index}" for index, row in enumerate(rows) if row.get("id", [""])[0]}
    there = [row for row in rows if row.get("id", [""])[0] in present]
    gone = [row for row in rows if row.get("id", [""])[0] not in (*present, "")]
    new = [row for row in rows if row.get("id", [""])[0] == ""]
    keys = [row["id"][0] for row in gone]
    for row in gone:
        row["id"] = [""]
    _write_rows(data, prefix, [*there, *gone, *new], len(there))
    lost = {f"{prefix}-{len(there) + index}": key for index, key in enumerate(keys)}
    return lost, {before[row["id"][0]]: f"{prefix}-{index}" for index, row in enumerate(there)}


def _renamed(name: str, rows: Mapping[str, str]) -> str:
    """The name of a field, or of a line, after the lines were put in order."""
    prefix, index, *rest = name.split("-", 2)
    row = f"{prefix}-{index}"
    return "-".join([rows.get(row, row), *rest])


def drop_rows(data: QueryDict, names: Iterable[str]) -> None:
    """Leave out these lines ("stops-3"), and number the others anew."""
    by_prefix: dict[str, set[int]] = {}
    for name in names:
        prefix, _dash, index = name.rpartition("-")
        by_prefix.setdefault(prefix, set()).add(int(index))
    for prefix, indexes in by_prefix.items():
        rows = _rows_sent(data, prefix)
        initial = int(str(data[f"{prefix}-{INITIAL_FORM_COUNT}"]))
        _write_rows(data, prefix, [row for i, row in enumerate(rows) if i not in indexes], initial)


# --- the page ---


class ConflictsAdmin(admin.ModelAdmin):
    """Pages whose form is saved only in the version that it was filled from."""

    def stamp(self, context: Mapping[str, Any], request: HttpRequest) -> list[tuple[str, Any]]:
        """The hidden fields of a form that is filled from a row: its version and a mark of each value."""
        if request.method == "POST":
            return [(name, request.POST.get(name, "")) for name in (VERSION, MARKS)]
        formsets = [each.formset for each in context["inline_admin_formsets"]]
        marks = marks_of(context["adminform"].form, formsets)
        return [(VERSION, context["original"].version), (MARKS, json.dumps(marks))]

    @property
    def has_versions(self) -> bool:
        return any(field.name == "version" for field in self.opts.fields)

    def save_if_current(
        self, request: HttpRequest, object_id: str, form_url: str, extra_context: Any
    ) -> HttpResponse:
        """Save in one transaction with the question whether the version is still the one that was loaded."""
        record = self.get_object(request, unquote(object_id))
        if record is None or not self.has_versions or not self.has_change_permission(request, record):
            return super().changeform_view(request, object_id, form_url, extra_context)
        if self.drops_mine(request):
            text = gettext("Nothing of yours was saved. The page stands as the other left it.")
            self.message_user(request, text, messages.WARNING)
            return redirect(request.get_full_path())
        self.choose(request)
        version = _version_sent(request.POST)
        with transaction.atomic():
            if not hold(self.model, record.pk, version=version):
                raise Outdated
            return super().changeform_view(request, object_id, form_url, extra_context)

    def drops_mine(self, request: HttpRequest) -> bool:
        """Whether all of the other's was chosen, after a conflict."""
        return request.POST.get(ALL) == THEIRS

    def choose(self, request: HttpRequest) -> None:
        """Make of the form what was chosen after a conflict; without one it stays as it was sent."""
        choices = {
            name.removeprefix(CHOICE): str(value)
            for name, value in request.POST.items()
            if name.startswith(CHOICE)
        }
        if choices:
            self._apply(request, choices)

    def _apply(self, request: HttpRequest, choices: Mapping[str, str]) -> None:
        """Let what was chosen decide: a value of theirs stays as it is stored."""
        data = request.POST.copy()
        everything = data.get(ALL) == MINE
        theirs = {name for name, choice in choices.items() if choice == THEIRS and not everything}
        deletions = {name for name in theirs if name.endswith(f"-{DELETION_FIELD_NAME}")}
        removed = {name for name in theirs if data.get(f"{name}-id") == ""}
        for name in [*data]:
            if name.startswith(CHOICE) or name == ALL or name in deletions:
                del data[name]
        drop_rows(data, removed)
        whole_rows = {name.removesuffix(f"-{DELETION_FIELD_NAME}") for name in deletions}
        request.POST = data  # type: ignore[assignment]
        request.taken = frozenset(theirs - deletions - removed | whole_rows)  # type: ignore[attr-defined]

    def conflict_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Both versions, field by field, with what the second saver has typed."""
        record = self.get_object(request, unquote(object_id))
        if record is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
        title = str(record)
        latest = self._latest_change(record)
        comparison = self._compare(request, record)
        files: Any = request.FILES
        if not comparison.is_mine:
            text = gettext("Somebody else changed this in the meantime; you see it as it stands now.")
            self.message_user(request, text, messages.INFO)
            return redirect(request.get_full_path())
        drop_rows(request.POST, comparison.untouched_lost)  # type: ignore[arg-type]
        current = type(record)._base_manager.values_list("version", flat=True).get(pk=record.pk)
        hidden = [
            (name, value)
            for name, values in request.POST.lists()
            for value in values
            if name not in ("csrfmiddlewaretoken", VERSION, MARKS, ALL)
        ]
        hidden += [(CHOICE + name, THEIRS) for name in getattr(request, "taken", ())]
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Changed in the meantime"),
            "subtitle": title,
            "opts": self.opts,
            "original": title,
            "comparison": comparison,
            "latest": latest,
            "hidden": [
                *hidden,
                (VERSION, current),
                (MARKS, json.dumps(marks_of(comparison.form, comparison.formsets))),
            ],
            "files": [
                (name, file.name, comparison.form[name].label)
                for name, file in files.items()
                if name in comparison.form.fields
            ],
            "is_popup": IS_POPUP_VAR in request.POST,
        }
        return TemplateResponse(request, "admin/conflict.html", context, status=409)

    def _compare(self, request: HttpRequest, record: Any) -> Comparison:
        loaded = _marks_sent(request.POST)
        data = request.POST.copy()
        tables = dict(self._tables(request, record))
        lost: dict[str, str] = {}
        names: dict[str, str] = {}
        for prefix, rows in tables.items():
            lost_here, names_here = put_in_order(data, prefix, {str(row.pk) for row in rows})
            lost, names = lost | lost_here, names | names_here
        taken = {_renamed(name, names) if "-" in name else name for name in getattr(request, "taken", ())}
        request.POST, request.taken = data, frozenset(taken)  # type: ignore[assignment, attr-defined]
        fields = flatten_fieldsets(self.get_fieldsets(request, record))
        form_class: Any = self.get_form(request, record, change=True, fields=fields)
        form = form_class(request.POST, request.FILES, instance=record)
        formsets, _inlines = self._create_formsets(request, record, change=True)  # type: ignore[attr-defined]
        shown = [formset for formset in formsets if formset.prefix in tables]
        for formset in shown:
            sent = {form.instance.pk for form in formset.initial_forms}
            formset.added_meanwhile = [row for row in tables[formset.prefix] if row.pk not in sent]
        return Comparison(form, shown, lost, loaded)

    def _tables(self, request: HttpRequest, record: Any) -> Iterator[tuple[str, list[Any]]]:
        """Each table of the form that the user may change, by its prefix, with the rows that are stored."""
        seen: dict[str, int] = {}
        for formset_class, inline in self.get_formsets_with_inlines(request, record):
            prefix = formset_class.get_default_prefix()
            seen[prefix] = seen.get(prefix, 0) + 1
            if seen[prefix] != 1:
                prefix = f"{prefix}-{seen[prefix]}"
            if inline.has_change_permission(request, record):
                rows = inline.get_queryset(request).filter(**{formset_class.fk.name: record})
                yield prefix, list(rows)

    def _latest_change(self, record: Any) -> dict[str, Any]:
        """When it was changed last, and by whom, as far as the history of the record itself tells."""
        latest: Any = record.history.select_related("history_user").first()
        is_it = latest is not None and latest.version == record.version
        return {"at": timezone.localtime(record.changed_at), "by": latest.history_user if is_it else None}
