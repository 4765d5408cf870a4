from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UserChangeForm, UserCreationForm
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from contacts.admin.filters import AwayFilter
from contacts.admin.pages import HistoryAdmin, RecordAdmin, RowAdmin
from contacts.admin.rows import RecordForm
from contacts.admin.values import badge, with_small
from contacts.models import AccessToken, Office, User
from contacts.models.office import role_title

WHAT_ONE_MAY = {
    "add": _("add"),
    "change": _("change"),
    "delete": _("delete"),
    "view": _("view"),
    "publish": _("publish"),
}


class RoleField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return role_title(obj)


class RolesField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        return role_title(obj)


class PermissionsField(forms.ModelMultipleChoiceField):
    """Django keeps the names of permissions in English."""

    def label_from_instance(self, obj: Any) -> str:
        permission: Permission = obj
        action = permission.codename.partition("_")[0]
        is_of_each = action in WHAT_ONE_MAY and permission.name.startswith(f"Can {action} ")
        words = WHAT_ONE_MAY[action] if is_of_each else gettext(permission.name)
        return f"{capfirst(permission.content_type.name)}: {words}"


class RoleFilter(admin.RelatedFieldListFilter):
    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        choices = super().field_choices(field, request, model_admin)
        return [(key, pgettext("role", str(name))) for key, name in choices]


@admin.register(Office)
class OfficeAdmin(RecordAdmin):
    """There is one office; its list is its page."""

    fieldsets = [
        (None, {"fields": ["title", "from_address", "head_group"]}),
        (_("Where it is"), {"fields": ["timezone", ("country", "state")]}),
    ]

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        return [name for name in super().get_autocomplete_fields(request) if name != "head_group"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "head_group":
            kwargs["form_class"] = RoleField
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _as_read(self, name: Any) -> Any:
        return "led_by" if name == "head_group" else super()._as_read(name)

    @admin.display(description=_("group of the head of office"))
    def led_by(self, office: Office) -> str | None:
        return role_title(office.head_group) if office.head_group else None

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Saved without a change it was looked at, and that is what the first page asks for."""
        if obj.confirmed_at is None:
            obj.confirm()
        else:
            super().save_model(request, obj, form, change)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return redirect(Office.current().get_absolute_url())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AboutUser(RecordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "email" in self.fields:
            self.fields["email"].help_text = _("Reminders go there, and the way to a new password.")


class UserForm(AboutUser, UserChangeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "password" in self.fields:
            self.fields["password"].help_text = _("Nobody can read it, but a new one can be set.")


class NewUserForm(AboutUser, UserCreationForm):
    """All that a colleague needs to begin: a name, a role, a password, and that they may sign in here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.is_staff = True
        # Django puts the cursor there; the form begins above.
        self.fields["username"].widget.attrs.pop("autofocus", None)


@admin.register(User)
class UserAdmin(HistoryAdmin, DjangoUserAdmin):
    """Staff. Nobody but a superuser makes one, changes one, or hands out single permissions."""

    form = UserForm
    add_form = NewUserForm
    add_form_template = None
    list_display = ["name", "email", "roles", "away", "stand_in", "active"]
    list_filter = ["is_active", AwayFilter, ("groups", RoleFilter)]
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ["sort", "pk"]
    filter_horizontal = []
    add_fieldsets = [
        (None, {"fields": [("first_name", "last_name"), "email", "groups"]}),
        (_("Signing in"), {"fields": ["username", "password1", "password2"]}),
    ]
    fieldsets = [
        (None, {"fields": [("first_name", "last_name"), "email", "groups"]}),
        (_("Signing in"), {"fields": ["username", "password", "is_active", "is_staff"]}),
        (_("Reminder mails"), {"fields": [("language", "digest")]}),
        (_("Absence"), {"fields": [("away_from", "away_until"), "stand_in"]}),
        (_("Who that is elsewhere"), {"classes": ["collapse"], "fields": ["person", "department"]}),
        (
            _("Rights beside the roles"),
            {"classes": ["collapse"], "fields": ["is_superuser", "user_permissions"]},
        ),
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
        return queryset.search(search_term), False

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        return [name for name in super().get_autocomplete_fields(request) if name != "groups"]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs |= {"form_class": RolesField, "label": capfirst(_("roles")), "help_text": ""}
        if db_field.name == "user_permissions":
            kwargs["form_class"] = PermissionsField
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def _as_read(self, name: Any) -> Any:
        return "roles" if name == "groups" else super()._as_read(name)

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

    @admin.display(description=_("name"), ordering="sort")
    def name(self, user: User) -> str:
        return with_small(user, user.username if str(user) != user.username else "")

    @admin.display(description=_("active"), ordering="is_active")
    def active(self, user: User) -> str:
        return badge("ok", gettext("active")) if user.is_active else badge("over", gettext("closed"))

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        return ", ".join(role_title(group) for group in user.groups.all())

    @admin.display(description=_("away"))
    def away(self, user: User) -> str | None:
        return badge("asleep", gettext("away")) if user.is_away(timezone.localdate()) else None


admin.site.unregister(Group)


class ReadOnlyAdmin(RowAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Group)
class GroupAdmin(ReadOnlyAdmin):
    """Roles: what each may do is said in one table of the program, who has it on the pages of the staff."""

    list_display = ["title", "members"]
    kind = _("role")
    fields = ["title", "members"]
    readonly_fields = ["title", "members"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("name",)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet, bool]:
        return queryset.filter(name__icontains=search_term), False

    def for_list(self, queryset: Any) -> Any:
        return super().for_list(queryset).prefetch_related("user_set")

    def name_of(self, record: Any) -> str:
        return role_title(record)

    @admin.display(description=_("name"), ordering="name")
    def title(self, group: Group) -> str:
        return role_title(group)

    @admin.display(description=_("members"))
    def members(self, group: Group) -> str:
        return ", ".join(sorted(str(user) for user in group.user_set.all()))


@admin.register(AccessToken)
class TokenAdmin(ReadOnlyAdmin):
    """Those of everybody that open something. Staff make theirs (desk/access.py); here they are revoked."""

    list_display = ["beginning", "name", "user", "scopes_in_words", "made_at", "used_at", "expires_at"]
    list_title = _("Access keys of programs")
    fields = ("beginning", "name", "user", "scopes_in_words", "made_at", "used_at", "expires_at")
    readonly_fields = fields

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ()

    def get_queryset(self, request: HttpRequest) -> Any:
        return AccessToken.objects.open(now=timezone.now())

    @admin.display(description=_("scopes"))
    def scopes_in_words(self, token: AccessToken) -> str:
        if token.allows_everything:
            return gettext("everything that its owner may do")
        return "; ".join(f"{group}: {how}" for group, how in token.in_words)


def _is_picker(request: HttpRequest) -> bool:
    return request.path == reverse("admin:autocomplete")
