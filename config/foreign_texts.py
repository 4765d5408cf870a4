"""Texts of libraries that stand on our pages, and for which they bring no German, or none to show.

Nobody imports this. Standing here, they are collected by `make messages` like our own, and their German is
kept in our catalogue. tests/config/test_translations.py hears which ones are missing.
"""

from django.utils.translation import gettext_noop as _

TEXTS = [
    # The form for a new account, and for a new password
    _("Password-based authentication"),
    _(
        "Whether the user will be able to authenticate using a password or not. If disabled, they may still "
        "be able to authenticate using other backends, such as Single Sign-On or LDAP."
    ),
    _("Enabled"),
    _("Disabled"),
    # Here there is German, with a slip, or not as an office says it
    _("Enter the same password as before, for verification."),
    _("This field is required."),
    _("The {name} “{obj}” was added successfully."),
    _("You may edit it again below."),
    _("The {name} “{obj}” was added successfully. You may add another {name} below."),
    _("The {name} “{obj}” was changed successfully."),
    _("The {name} “{obj}” was changed successfully. You may edit it again below."),
    _("The {name} “{obj}” was changed successfully. You may add another {name} below."),
    _("The %(name)s “%(obj)s” was deleted successfully."),
    _(
        "Please enter the correct %(username)s and password for a staff account. Note that both fields may "
        "be case-sensitive."
    ),
    # The page of an account
    _("groups"),
    _("staff status"),
    _("Designates whether the user can log into this admin site."),
    _(
        "Designates whether this user should be treated as active. Unselect this instead of deleting "
        "accounts."
    ),
    _("superuser status"),
    _("Designates that this user has all permissions without explicitly assigning them."),
    _("user permissions"),
    # The description of the API
    _("No response body"),
    _('Token-based authentication with required prefix "%s"'),
]
