from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.admin.pages import HistoryAdmin, RecordAdmin
from contacts.admin.rows import RecordForm
from contacts.admin.values import badge
from contacts.models import Office, User


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
