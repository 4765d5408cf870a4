"""The pages of the admin: lists that find, forms that explain, histories that keep a secret."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from simple_history.template_utils import HistoricalRecordContextHelper

from contacts.admin.rows import RecordForm, Rows, refusal_of
from contacts.admin.values import EMPTY, field_of, label_paths, readable
from contacts.records import PublishableRecord


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

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """None where the model has no name to search by: its list then has no search box."""
        paths = getattr(self.model, "search_paths", self.search_fields)
        known = [path for path in paths if field_of(self.model, path.partition("__")[0])]
        return tuple(self.search_fields) if known else ()

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet, bool]:
        return (queryset.search(search_term) if search_term else queryset), False

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
