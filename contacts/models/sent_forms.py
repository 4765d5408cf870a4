from __future__ import annotations

import datetime
from typing import ClassVar

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

KEPT_FOR = datetime.timedelta(days=7)


class SentForm(models.Model):
    """A form for something new that was sent, and what came of it: sent again, it leads there."""

    # Unique in the database, so that of two that arrive at once the second waits for the first.
    key = models.CharField(_("key"), max_length=64, unique=True)
    model = models.ForeignKey(
        ContentType, verbose_name=_("kind"), null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    row = models.PositiveBigIntegerField(_("row"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("form that was sent")
        verbose_name_plural = _("forms that were sent")
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.key

    def came_of_it(self, record: models.Model) -> None:
        """Remember what the form made, and forget the forms of last week."""
        self.model, self.row = ContentType.objects.get_for_model(record), record.pk
        self.save(update_fields=["model", "row"])
        SentForm.objects.filter(sent_at__lt=timezone.now() - KEPT_FOR).delete()

    def find(self) -> models.Model | None:
        """What the form made; None where it is gone."""
        model = self.model.model_class() if self.model else None
        return model._base_manager.filter(pk=self.row).first() if model else None
