"""The first version of rows that a migration has made: it saves past the history.

Without it the first change of such a row could not say what stood there before.
"""

from typing import Any

from django.utils.translation import gettext_noop

REASON = gettext_noop("came with the house")


def keep_first_versions(apps: Any, app: str, *models: str) -> None:
    """Give what has no history yet the version that it began with; the apps may be those of a migration."""
    for name in models:
        rows, history = apps.get_model(app, name), apps.get_model(app, f"Historical{name}")
        fields = [field.attname for field in rows._meta.concrete_fields]
        history.objects.bulk_create(
            history(
                # A part that changed may have raised its version since; its own change would have a history.
                **{field: getattr(row, field) for field in fields}
                | {"version": 1, "changed_at": row.created_at},
                history_date=row.created_at,
                history_type="+",
                history_change_reason=REASON,
            )
            for row in rows.objects.exclude(pk__in=history.objects.values("id")).order_by("pk")
        )
