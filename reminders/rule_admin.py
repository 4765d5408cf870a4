"""Rules as staff see them: in words, and changed only by who has seen what would come of it."""

from __future__ import annotations

from typing import Any

from dateutil.relativedelta import relativedelta
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.forms.formsets import DELETION_FIELD_NAME, all_valid
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.admin import BlockInline, PartAdmin, RecordAdmin, RecordForm, badge
from contacts.admin.conflicts import VERSION
from contacts.admin.pages import ReadableChanges
from contacts.admin.rows import Rows
from contacts.admin.staff import RolesField
from contacts.models.office import role_title
from contacts.records import hold
from reminders import in_words, outlook
from reminders.due import office_today
from reminders.mail_page import mail_page
from reminders.models import Named, Rule, Stage
from reminders.months import by_month
from reminders.outlook import Preview
from reminders.placeholders import known_to
from reminders.rulebook import Rulebook
from reminders.specimen import specimens

# What the buttons of the preview send beside the form.
PREVIEWED, BACK, MAIL, SAVE = "_previewed", "_back", "_mail", "_save"
LATELY = 12
# With whom they name, as the words of a rule need them.
STAGES = ("stages", "stages__roles", "stages__users")


class StageForm(RecordForm):
    def clean(self) -> dict[str, Any]:
        """A stage that has spoken is not deleted but switched off, see `Stage.delete`."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get(DELETION_FIELD_NAME) and self.instance.has_spoken():
            cleaned |= {DELETION_FIELD_NAME: False, "is_active": False}
        return cleaned


class StageFormSet(forms.BaseInlineFormSet):
    def get_unique_error_message(self, unique_check: Any) -> str:
        return gettext("Two stages speak on the same day to the same people. Change one, or take it away.")

    def get_form_error(self) -> str:
        return gettext("Another stage here speaks on this day to the same people already.")


class OfStage(Rows):
    """Roles are few and ticked; where they are only read, in words and not by their keys."""

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        return [name for name in super().get_autocomplete_fields(request) if name != "roles"]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "roles":
            kwargs["form_class"] = RolesField
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def _as_read(self, name: Any) -> Any:
        return "roles_in_words" if name == "roles" else super()._as_read(name)

    @admin.display(description=Stage._meta.get_field("roles").verbose_name)
    def roles_in_words(self, stage: Stage) -> str:
        return ", ".join(map(role_title, stage.named.roles))


class StageInline(OfStage, BlockInline):
    model = Stage
    form = StageForm
    formset = StageFormSet
    # There is no other page on which a stage is changed: what comes of it is shown before it is saved.
    show_change_link = False

    fieldsets = [
        (None, {"fields": [("days", "repeat_days", "addressee", "is_active"), "roles", "users"]}),
        (_("Own words"), {"classes": ["collapse"], "fields": ["subject", "text"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("roles", "users")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """With what may be named in own words, beside the fields for them."""
        *others, (title, options) = super().get_fieldsets(request, obj)
        return [*others, (title, {**options, "description": listed(obj)})]


def listed(rule: Rule | None) -> SafeString:
    """The placeholders that a rule knows, and what they mean."""
    known = known_to(rule.subject if rule else None)
    marks = ((f"{{{name}}}", meaning) for name, meaning in known.items())
    return format_html(
        "{} {}", gettext("Filled in are:"), format_html_join("; ", "<code>{}</code> {}", marks)
    )


@admin.register(Rule)
class RuleAdmin(RecordAdmin):
    list_display = ["about", "times", "state", "sent_lately", "coming"]
    search_fields = ()
    inlines = [StageInline]
    fields = [("subject", "milestone"), "title", "is_active"]

    # --- the list ---

    def for_list(self, queryset: Any) -> Any:
        since = timezone.now() - relativedelta(months=LATELY)
        return super().for_list(queryset).with_sent(since).prefetch_related(*STAGES)

    def with_computed(self, rows: list[Any]) -> list[Any]:
        rules = Rulebook().rules
        coming = outlook.count(today=office_today(), months=LATELY)
        for rule in rows:
            rule.others, rule.coming = rules, coming.get(rule.pk, 0)
        return rows

    @admin.display(description=_("rule"))
    def about(self, rule: Rule) -> str:
        detail = in_words.about(rule) if rule.title else in_words.detail(rule)
        return format_html("{}<small>{}</small>", rule, detail) if detail else str(rule)

    @admin.display(description=_("says when, and to whom"))
    def times(self, rule: Any) -> str | None:
        said, rank = in_words.times(rule.stages.all()), in_words.precedence(rule, rule.others)
        return format_html("{}<small>{}</small>", said, rank) if rank else said or None

    @admin.display(description=_("state"))
    def state(self, rule: Rule) -> str:
        if not rule.is_active:
            return badge("over", gettext("off"))
        if not any(stage.is_active for stage in rule.stages.all()):
            return badge("warn", gettext("says nothing"))
        return badge("ok", gettext("in use"))

    @admin.display(description=_("sent (12 months)"))
    def sent_lately(self, rule: Any) -> int:
        return rule.sent

    @admin.display(description=_("to come (12 months)"))
    def coming(self, rule: Any) -> int:
        return rule.coming

    # --- what it was before ---

    object_history_template = "admin/reminders/rule/history.html"

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """With the former versions of its stages, also of those that are gone."""
        stages = []
        if object_id.isdecimal() and request.user.has_perm("reminders.view_historicalstage"):
            stages = stage_versions(int(object_id))
        return super().history_view(request, object_id, {"stages": stages, **(extra_context or {})})

    # --- the form, which leads to the preview and only from there on ---

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """What it is about is chosen once: what its stages may say depends on it."""
        readonly = super().get_readonly_fields(request, obj)
        return readonly if obj is None else [*readonly, "subject"]

    def get_urls(self) -> list[URLPattern]:
        pages = [("preview", self.stored_view), ("shipped", self.shipped_view)]
        own = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(view),
                name=f"reminders_rule_{name}",
            )
            for name, view in pages
        ]
        return [*own, *super().get_urls()]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        may_pass = request.method != "POST" or BACK in request.POST or was_previewed(request)
        if not may_pass and (page := self.preview_view(request, object_id)):
            return page
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if BACK in request.POST:
            # Back from the preview: it is shown as it was sent, and not saved.
            return type(form.__name__, (form,), {"is_valid": lambda self: False})
        return form

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if rule := context["original"]:
            prefetch_related_objects([rule], *STAGES)
            context["warnings"] = in_words.warnings(rule, rule.stages.all(), Rulebook().rules)
        return super().render_change_form(request, context, *args, **kwargs)

    def preview_view(self, request: HttpRequest, object_id: str | None) -> HttpResponse | None:
        """What the form as it was sent would bring; none where the form itself has something to say first."""
        rule = self.get_object(request, unquote(object_id)) if object_id else None
        sent = request.POST
        if not self._may_save(request, rule, is_new=object_id is None):
            return None
        self.choose(request)
        edited = self._edited(request, rule)
        request.POST = sent  # type: ignore[assignment]
        if edited is None:
            return None
        found = outlook.preview(*edited, today=office_today())
        return self._page(request, found, original=rule, fields=fields_of(sent))

    def _may_save(self, request: HttpRequest, rule: Rule | None, *, is_new: bool) -> bool:
        if is_new:
            return self.has_add_permission(request)
        if rule is None or not self.has_change_permission(request, rule):
            return False
        # Where another has saved in the meantime, both versions are shown first.
        return request.POST.get(VERSION) in (None, str(rule.version)) and not self.drops_mine(request)

    def _edited(self, request: HttpRequest, rule: Rule | None) -> tuple[Rule, list[Stage]] | None:
        """The rule and its stages as the form says, not saved; none where it has faults."""
        fields = flatten_fieldsets(self.get_fieldsets(request, rule))
        form = self.get_form(request, rule, change=rule is not None, fields=fields)(
            request.POST, request.FILES, instance=rule
        )
        is_valid = form.is_valid()
        formsets, _inlines = self._create_formsets(request, form.instance, change=rule is not None)
        if not all_valid(formsets) or not is_valid:
            return None
        stages = [
            _as_chosen(row)
            for formset in formsets
            for row in formset.forms
            if row not in formset.deleted_forms and (row.instance.pk or row.has_changed())
        ]
        return form.instance, stages

    # --- the other previews ---

    def stored_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What a rule would send as it is stored: for all who may see it."""
        rule = self._rule(request, object_id)
        if not self.has_view_permission(request, rule):
            raise PermissionDenied
        stages = rule.stages.prefetch_related("roles", "users")
        found = outlook.preview(rule, stages, today=office_today())
        return self._page(request, found, original=rule)

    def shipped_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What it would send as it came with the house; sent back, it is made so."""
        rule = self._rule(request, object_id)
        if not self.has_change_permission(request, rule):
            raise PermissionDenied
        if not rule.is_shipped:
            raise Http404
        if SAVE in request.POST:
            return self._reset(request, rule)
        found = outlook.preview(*rule.as_shipped(), today=office_today())
        return self._page(request, found, original=rule, fields=[], is_reset=True)

    def _reset(self, request: HttpRequest, rule: Rule) -> HttpResponse:
        try:
            with transaction.atomic():
                hold(Rule, rule.pk)
                rule.reset()
                self.log_change(request, rule, gettext("Reset to what came with the house."))
        except ValidationError as refusal:
            self.message_user(request, " ".join(refusal.messages), messages.ERROR)
        else:
            text = gettext("“%(rule)s” is as it came with the house.") % {"rule": rule}
            self.message_user(request, text, messages.SUCCESS)
        return redirect(rule.get_absolute_url())

    def _rule(self, request: HttpRequest, object_id: str) -> Rule:
        rule = self.get_object(request, unquote(object_id))
        if rule is None:
            raise Http404
        return rule

    def _page(
        self,
        request: HttpRequest,
        found: Preview,
        *,
        original: Rule | None,
        fields: list[tuple[str, Any]] | None = None,
        is_reset: bool = False,
    ) -> HttpResponse:
        """The preview; with the fields of a form it can be saved, without it is only looked at."""
        reader: Any = request.user
        may_read_mails = reader.has_perm("reminders.view_mail")
        mails = list(specimens(found, reader=reader)) if may_read_mails else []
        if wanted := (request.POST.get(MAIL) or request.GET.get(MAIL)):
            return _one_mail(mails, wanted)
        stages = [stage for stage in found.stages if stage.is_active]
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Preview: %(rule)s") % {"rule": found.rule},
            "opts": self.opts,
            "original": original,
            "found": found,
            "sentence": in_words.sentence(found.rule, stages),
            "warnings": in_words.warnings(found.rule, stages, Rulebook().rules),
            "switched_off": _switched_off(original, found),
            "months": by_month(found.coming, today=found.today),
            "added": by_month(found.added, today=found.today),
            "gone": by_month(found.gone, today=found.today),
            "mails": [(number, each, each.in_all_languages()) for number, each in enumerate(mails)],
            "may_read_mails": may_read_mails,
            "fields": fields,
            "previewed": signature(request),
            "is_reset": is_reset,
        }
        return TemplateResponse(request, "admin/reminders/rule/preview.html", context)


def _one_mail(mails: list[Any], wanted: str) -> HttpResponse:
    """The HTML of one stage's mail in one language: "2-de"."""
    number, _dash, language = wanted.partition("-")
    if not number.isdecimal() or int(number) >= len(mails) or language not in dict(settings.LANGUAGES):
        raise Http404
    return mail_page(mails[int(number)].in_language(language).html)


def _as_chosen(row: Any) -> Stage:
    """The stage of a row of the form, with whom it names there; it is not saved."""
    stage: Stage = row.instance
    stage.chosen = Named(*(tuple(row.cleaned_data.get(name, ())) for name in ("users", "roles")))
    return stage


def _switched_off(original: Rule | None, found: Preview) -> list[str]:
    """Stages that go out of use with it, in words: those that have spoken stay on record."""
    if original is None:
        return []
    kept = {stage.pk for stage in found.stages if stage.is_active}
    stages = original.stages.filter(is_active=True).exclude(pk__in=kept).prefetch_related("roles", "users")
    return [f"{stage.display_days()} ({in_words.whom(stage)})" for stage in stages]


def stage_versions(rule: int) -> list[Any]:
    """Former versions of the stages of a rule, the latest first, each with what was changed by it."""
    versions = list(Stage.history.filter(rule=rule).select_related("history_user").order_by("history_id"))
    before: dict[int, Any] = {}
    for version in versions:
        version.changes = []
        if older := before.get(version.id):
            delta = version.diff_against(older, excluded_fields=["rule"], foreign_keys_are_objs=True)
            version.changes = ReadableChanges(Stage, version).context_for_delta_changes(delta)
        before[version.id] = version
    return versions[::-1]


# --- what was previewed is what is saved ---


def fields_of(sent: QueryDict) -> list[tuple[str, Any]]:
    """What a form sent, to be sent once more."""
    ignored = ("csrfmiddlewaretoken", PREVIEWED, BACK, MAIL, SAVE)
    return [(name, value) for name, values in sent.lists() if name not in ignored for value in values]


def signature(request: HttpRequest) -> str:
    """Nobody makes it but the preview of just these fields, shown to this user on this page."""
    text = repr([request.user.pk, request.path, sorted(fields_of(request.POST))])
    return salted_hmac("reminders.preview", text).hexdigest()


def was_previewed(request: HttpRequest) -> bool:
    return SAVE in request.POST and constant_time_compare(request.POST.get(PREVIEWED, ""), signature(request))


@admin.register(Stage)
class StageAdmin(OfStage, PartAdmin):
    """Read only: a stage is changed on the page of its rule, where a preview comes before saving."""

    list_display = ["rule", "days", "repeat_days", "addressee", "is_active"]
    list_filter = ["addressee", "is_active"]
    search_fields = ()
    goes_along = True
    fields = ["rule", ("days", "repeat_days", "addressee", "is_active"), "roles", "users", "subject", "text"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
