"""The index behind `names.matches`: trigrams on PostgreSQL; SQLite reads the column from end to end."""

from __future__ import annotations

from typing import Any

from django.db.migrations import RunPython
from django.db.models import Model

from contacts.names import FoldedField


def create(app_label: str, *only: str) -> RunPython:
    """The step of a migration that gives each folded column of the app its index, where it has none yet.

    A later migration names the models it brought, so that going back takes away their indexes only.
    """

    def forwards(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            return
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        for table, column in _columns(apps, app_label, only):
            schema_editor.execute(
                f'CREATE INDEX IF NOT EXISTS "{table}_{column}_trgm" '
                f'ON "{table}" USING gin ("{column}" gin_trgm_ops)'
            )

    def backwards(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            return
        for table, column in _columns(apps, app_label, only):
            schema_editor.execute(f'DROP INDEX IF EXISTS "{table}_{column}_trgm"')

    return RunPython(forwards, backwards)


def _columns(apps: Any, app_label: str, only: tuple[str, ...]) -> list[tuple[str, str]]:
    return [
        (model._meta.db_table, field.attname)
        for model in apps.get_app_config(app_label).get_models()
        if not _is_history(model) and (not only or model.__name__ in only)
        for field in model._meta.fields
        if isinstance(field, FoldedField)
    ]


def _is_history(model: type[Model]) -> bool:
    return any(field.name == "history_id" for field in model._meta.fields)
