"""Many rows by one request: all of them, or none and what is wrong with each."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as ModelValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, serializers, status

from contacts.api.problems import entries
from contacts.api.serializers import StrictSerializer

MOST_ROWS = 500


class SentRows(StrictSerializer):
    # What each of them is, its own validation says, with its number.
    rows = serializers.ListField(
        child=serializers.JSONField(allow_null=True), allow_empty=False, max_length=MOST_ROWS
    )


class CreatedRow(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class CreatedRows(serializers.Serializer):
    rows = CreatedRow(many=True, help_text="In the order in which they were sent.")


class RefusedRows(exceptions.APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_detail = _("Nothing was saved. Correct the rows that are listed, and send all of them again.")
    default_code = "invalid"

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__()
        self.errors = errors


def create_rows(serializer: Any, data: Any) -> list[models.Model]:
    """Validate and save one after the other, so that the rules of each row see those before it.

    Of a row that is refused nothing stays, and the rest are looked at all the same. The caller holds the
    transaction, and gives up all of it where there is an error.
    """
    sent = SentRows(data=data)
    sent.is_valid(raise_exception=True)
    created, errors = [], []
    for index, row in enumerate(sent.validated_data["rows"]):
        try:
            with transaction.atomic():
                created.append(serializer.create(serializer.run_validation(row)))
        except (serializers.ValidationError, ModelValidationError) as error:
            errors += [{"row": index, **entry} for entry in entries(error)]
    if errors:
        raise RefusedRows(errors)
    return created
