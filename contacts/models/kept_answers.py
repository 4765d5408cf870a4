from __future__ import annotations

import datetime
from typing import ClassVar, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# They are swept every hour, so that none is kept for longer than a day.
KEPT_FOR = datetime.timedelta(hours=23)


class KeptAnswerQuerySet(models.QuerySet["KeptAnswer"]):
    def old(self, now: datetime.datetime | None = None) -> Self:
        return self.filter(kept_at__lte=(now or timezone.now()) - KEPT_FOR)


class KeptAnswer(models.Model):
    """What a request with a key was answered: whoever sends it again gets the same, and it is done once.

    It may hold personal data, as the row that it shows does, and does not go with that row. So it is kept no
    longer than programs try again: what was erased is gone from here within a day. Neither its sender nor the
    key can be read from it.
    """

    key = models.CharField(_("key"), max_length=64, unique=True)
    request = models.CharField(_("request"), max_length=64)
    status = models.PositiveSmallIntegerField(_("status"))
    headers = models.JSONField(_("headers"), default=dict)
    body = models.TextField(_("body"))
    kept_at = models.DateTimeField(_("kept"), auto_now_add=True, db_index=True)

    objects: ClassVar = KeptAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer that was kept")
        verbose_name_plural = _("answers that were kept")
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.key
