"""The sort keys of rows that were there before their column was."""

from __future__ import annotations

from typing import Any

from django.db.migrations import RunPython

from contacts.names import SortField

BATCH = 500


def fill(app_label: str) -> RunPython:
    """The step of a migration that computes the sort column of every row of the app."""

    def forwards(apps: Any, schema_editor: Any) -> None:
        for model in apps.get_app_config(app_label).get_models():
            for field in model._meta.fields:
                # Histories are never sorted by name.
                if isinstance(field, SortField) and not model.__name__.startswith("Historical"):
                    _fill_column(model._base_manager.using(schema_editor.connection.alias), field)

    return RunPython(forwards, RunPython.noop)


def _fill_column(rows: Any, field: SortField) -> None:
    batch: list[Any] = []
    for row in rows.order_by("pk").iterator(chunk_size=BATCH):
        field.pre_save(row, False)
        batch.append(row)
        if len(batch) == BATCH:
            rows.bulk_update(batch, [field.name])
            batch = []
    rows.bulk_update(batch, [field.name])
