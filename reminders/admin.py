"""Rules, which staff edit, and what came of them, which is only read."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from typing import Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.admin import BlockInline, PartAdmin, RecordAdmin, RowAdmin, TableInline, badge, link
from reminders.models import Attempt, Clock, Mail, Reminder, Rule, Stage

REMINDER_SHAPES = {
    Reminder.State.DUE: "plan",
    Reminder.State.MAILED: "ok",
    Reminder.State.CANCELLED: "over",
    Reminder.State.MISSED: "asleep",
}
MAIL_SHAPES = {
    Mail.State.DUE: "plan",
    Mail.State.SENDING: "open",
    Mail.State.SENT: "ok",
    Mail.State.FAILED: "late",
    Mail.State.CANCELLED: "over",
}


# --- rules ---


class StageInline(BlockInline):
    model = Stage
    fieldsets = [
        (None, {"fields": [("days", "repeat_days", "addressee", "is_active")]}),
        (_("Own words"), {"classes": ["collapse"], "fields": ["subject", "text"]}),
    ]


@admin.register(Rule)
class RuleAdmin(RecordAdmin):
    list_display = ["__str__", "times", "is_active"]
    list_filter = ["is_active", "subject"]
    search_fields = ()
    inlines = [StageInline]
    fields = [("subject", "milestone"), "title", "is_active"]

    def for_list(self, queryset: Any) -> Any:
        return super().for_list(queryset).prefetch_related("stages__rule")

    @admin.display(description=_("stages"))
    def times(self, rule: Rule) -> str:
        return ", ".join(stage.display_days() for stage in rule.stages.all() if stage.is_active)


@admin.register(Stage)
class StageAdmin(PartAdmin):
    list_display = ["rule", "days", "repeat_days", "addressee", "is_active"]
    list_filter = ["addressee", "is_active"]
    search_fields = ()
    fields = ["rule", ("days", "repeat_days", "addressee", "is_active"), "subject", "text"]


# --- what came of them ---


class ReadOnly:
    """Rows that the program writes: whoever may see them sees them, nobody types into them."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Reminder)
class ReminderAdmin(ReadOnly, RowAdmin):
    list_display = ["about", "stage", "occurs_on", "due_on", "addressee", "state_badge", "mail"]
    list_filter = ["state", "addressee", "stage__rule"]
    date_hierarchy = "due_on"
    fieldsets = [
        (None, {"fields": ["about", "occurs_on", "stage", "addressee"]}),
        (_("State"), {"fields": ["state_badge", "due_on", "mail", "created_at", "changed_at"]}),
        (_("What makes it unique"), {"classes": ["collapse"], "fields": ["occurrence", "key"]}),
    ]
    readonly_fields = ["about", "state_badge"]

    @admin.display(description=_("what it is about"))
    def about(self, reminder: Reminder) -> str:
        return link(reminder.subject)

    @admin.display(description=_("state"), ordering="state")
    def state_badge(self, reminder: Reminder) -> str:
        return badge(REMINDER_SHAPES[Reminder.State(reminder.state)], reminder.get_state_display())


class AttemptInline(ReadOnly, TableInline):
    model = Attempt
    fields = ["started_at", "ended_at", "outcome", "reached_data", "code"]
    show_change_link = False


class ReminderInline(ReadOnly, TableInline):
    model = Reminder
    fields = ["about", "stage", "occurs_on", "due_on"]
    readonly_fields = ["about"]
    verbose_name_plural = _("what it speaks of")
    show_change_link = False

    @admin.display(description=_("what it is about"))
    def about(self, reminder: Reminder) -> str:
        return link(reminder.subject)


@admin.register(Mail)
class MailAdmin(ReadOnly, RowAdmin):
    list_display = ["day", "recipient", "__str__", "state_badge", "is_urgent", "tries", "sent_at"]
    list_display_links = ["__str__"]
    list_filter = ["state", "is_urgent", "recipient"]
    search_fields = ("subject", "address", "recipient__last_name", "recipient__first_name", "message_id")
    date_hierarchy = "day"
    actions = ["try_again"]
    inlines = [ReminderInline, AttemptInline]
    readonly_fields = ["state_badge", "text_as_sent", "html_page"]
    fieldsets = [
        (None, {"fields": [("recipient", "address"), "subject", ("state_badge", "sent_at"), "error"]}),
        (_("What it says"), {"fields": ["text_as_sent", "html_page"]}),
        (
            _("On its way"),
            {
                "classes": ["collapse"],
                "fields": [
                    ("day", "number", "is_urgent", "language"),
                    ("not_before", "next_try_at", "give_up_at"),
                    ("tries", "is_frozen", "lease_until"),
                    "message_id",
                    ("created_at", "changed_at"),
                ],
            },
        ),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet, bool]:
        return ModelAdmin.get_search_results(self, request, queryset, search_term)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.html_view)
        return [path("<int:mail>/html/", page, name="reminders_mail_html"), *super().get_urls()]

    @admin.display(description=_("state"), ordering="state")
    def state_badge(self, mail: Mail) -> str:
        return badge(MAIL_SHAPES[Mail.State(mail.state)], mail.get_state_display())

    @admin.display(description=_("text"))
    def text_as_sent(self, mail: Mail) -> str:
        return format_html('<pre class="mail-text">{}</pre>', mail.text) if mail.text else gettext("not yet")

    @admin.display(description=_("HTML"))
    def html_page(self, mail: Mail) -> str:
        if not mail.html:
            return gettext("not yet")
        url = reverse("admin:reminders_mail_html", args=[mail.pk])
        return format_html('<a href="{}">{}</a>', url, gettext("See it as a mail program shows it"))

    def html_view(self, request: HttpRequest, mail: int) -> HttpResponse:
        """The HTML as its own page, under a policy that allows its own rules of style and nothing else."""
        found = Mail.objects.filter(pk=mail).exclude(html="").first()
        if not self.has_view_permission(request, found):
            raise PermissionDenied
        if found is None:
            raise Http404
        return HttpResponse(found.html, headers={"Content-Security-Policy": policy_for(found.html)})

    def has_try_again_permission(self, request: HttpRequest) -> bool:
        """Whoever sees that a mail failed may have it tried again; what it says cannot be changed."""
        return self.has_view_permission(request)

    @admin.action(description=_("Try failed mails again"), permissions=["try_again"])
    def try_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        failed = queryset.filter(state=Mail.State.FAILED)
        self.do_each(request, failed, lambda mail: mail.try_again())


def policy_for(page: str) -> str:
    """A policy for a page of ours whose rules of style stand in its tags: each is named by its hash."""
    rules = {html.unescape(rule) for rule in re.findall(r'\sstyle="([^"]*)"', page)}
    rules |= set(re.findall(r"<style[^>]*>(.*?)</style>", page, flags=re.DOTALL))
    hashes = sorted(base64.b64encode(hashlib.sha256(rule.encode()).digest()).decode() for rule in rules)
    named = " ".join(f"'sha256-{each}'" for each in hashes)
    directives = [
        "default-src 'none'",
        f"style-src 'unsafe-hashes' {named}",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "sandbox allow-top-navigation-by-user-activation",
    ]
    return "; ".join(directives)


class PartOfRunning(ReadOnly, RowAdmin):
    """No line in the menu: it is seen where it belongs."""

    search_fields = ()

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet, bool]:
        return queryset, False

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        return {}


@admin.register(Attempt)
class AttemptAdmin(PartOfRunning):
    list_display = ["started_at", "mail", "outcome", "code"]
    list_filter = ["outcome"]


@admin.register(Clock)
class ClockAdmin(PartOfRunning):
    list_display = ["scanned_until", "scanned_at", "is_paused", "server_down_since"]
