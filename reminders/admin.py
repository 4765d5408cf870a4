"""What came of the rules, which is only read; the rules themselves: rule_admin.py."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.admin import RelatedFilter, RowAdmin, TableInline, badge, link
from reminders.due import office_today
from reminders.mail_page import mail_page
from reminders.models import Attempt, Clock, Mail, Reminder, Rule
from reminders.rule_admin import RuleAdmin, StageAdmin

__all__ = ["MailAdmin", "ReminderAdmin", "RuleAdmin", "StageAdmin"]

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
    goes_along = True
    list_display = ["subject_name", "stage", "occurs_on", "due_on", "whom", "state_badge", "mail"]
    list_filter = ["state", "addressee", "stage__rule"]
    date_hierarchy = "due_on"
    fieldsets = [
        (None, {"fields": ["about", "occurs_on", "stage", "whom"]}),
        (
            _("State"),
            {
                "fields": [
                    ("state_badge", "due_on"),
                    ("mail", "mailed_on"),
                    "done_link_used_at",
                    ("created_at", "changed_at"),
                ]
            },
        ),
        (_("What makes it unique"), {"classes": ["collapse"], "fields": ["occurrence", "key"]}),
    ]
    readonly_fields = ["about", "whom", "state_badge"]

    def for_list(self, queryset: Any) -> Any:
        return super().for_list(queryset).select_related("named")

    @admin.display(description=_("to"), ordering="addressee")
    def whom(self, reminder: Reminder) -> str:
        return str(reminder.named or reminder.get_addressee_display())

    @admin.display(description=_("what it is about"))
    def subject_name(self, reminder: Reminder) -> str:
        return str(reminder.subject)

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


class AboutFilter(admin.SimpleListFilter):
    """Mails that speak of a kind of matter."""

    title = _("what it is about")
    parameter_name = "about"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return list(Rule.Subject.choices)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if not self.value():
            return queryset
        speaking = Reminder.objects.filter(stage__rule__subject=self.value(), mail__isnull=False)
        return queryset.filter(pk__in=speaking.values("mail"))


class PeriodFilter(admin.SimpleListFilter):
    """Mails of late, by the office's day."""

    title = _("period")
    parameter_name = "period"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [
            ("today", _("Today")),
            ("7", _("Last 7 days")),
            ("30", _("Last 30 days")),
            ("365", _("Last 365 days")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "today":
                return queryset.filter(day=office_today())
            case "7" | "30" | "365" as days:
                return queryset.filter(day__gt=office_today() - datetime.timedelta(days=int(days)))
        return queryset


@admin.register(Mail)
class MailAdmin(ReadOnly, RowAdmin):
    """The log of what went to whom and when; it is kept for MAIL_KEEP_DAYS, see retention.py."""

    list_display = ["day", "recipient", "__str__", "state_badge", "is_urgent", "tries", "went_out"]
    list_display_links = ["__str__"]
    list_filter = ["state", PeriodFilter, AboutFilter, "is_urgent", ("recipient", RelatedFilter)]
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

    @admin.display(description=_("sent"), ordering="sent_at")
    def went_out(self, mail: Mail) -> str | None:
        """When it went out, or when it is tried again."""
        is_due = mail.state == Mail.State.DUE
        moment = mail.next_try_at if is_due else mail.sent_at
        if moment is None:
            return None
        when = date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
        return gettext("tried again from %(when)s") % {"when": when} if is_due else when

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
        return mail_page(found.html)

    def has_try_again_permission(self, request: HttpRequest) -> bool:
        """A right of its own: nobody may change what a mail says."""
        return request.user.has_perm("reminders.resend_mail")

    @admin.action(description=_("Try failed mails again"), permissions=["try_again"])
    def try_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        failed = queryset.filter(state=Mail.State.FAILED)
        self.do_each(request, failed, lambda mail: mail.try_again())


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
    list_display = ["scanned_until", "scanned_at", "is_paused", "paused_because", "server_down_since"]
