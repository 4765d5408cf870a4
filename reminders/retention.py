"""How long mails are kept: as long as the operator sets, then they go with their attempts.

What stays is the reminder: which stage was told of what, and when. It names nobody it was told to, and
its unique key keeps the stage from ever being told again.
"""

from __future__ import annotations

import datetime
import logging
from itertools import islice

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from reminders.models import Attempt, Mail, Reminder

logger = logging.getLogger(__name__)

DAY = datetime.timedelta(days=1)
# Small, so that nobody who sends meanwhile waits for long.
BATCH = 200


def forget_old_mails(*, today: datetime.date) -> int:
    """Delete what is older than the operator keeps; returns how many mails that were."""
    if not settings.MAIL_KEEP_DAYS:
        return 0
    before = today - DAY * settings.MAIL_KEEP_DAYS
    old = Mail.objects.closed().filter(day__lt=before).order_by("pk")
    forgotten = 0
    while keys := list(islice(old.values_list("pk", flat=True), BATCH)):
        forgotten += _forget(keys)
    if forgotten:
        logger.info("Mails older than %s days are no longer kept: %s.", settings.MAIL_KEEP_DAYS, forgotten)
    return forgotten


@transaction.atomic
def _forget(keys: list[int]) -> int:
    """Reminders first let go of their mail: what was mailed keeps its day, what failed is missed for good."""
    mails = Mail.objects.closed().filter(pk__in=keys)
    # Held, so that a failed mail is not tried again while it goes.
    held = list(mails.select_for_update().values_list("pk", flat=True))
    reminders = Reminder.objects.filter(mail__in=held)
    its_day = Mail.objects.filter(pk=models.OuterRef("mail")).values("day")
    now, state = timezone.now(), Reminder.State
    mailed = reminders.filter(state=state.MAILED)
    mailed.update(mailed_on=models.Subquery(its_day[:1]), changed_at=now)
    reminders.filter(state=state.DUE).update(state=state.MISSED, changed_at=now)
    reminders.update(mail=None)
    Attempt.objects.filter(mail__in=held).delete()
    Mail.objects.filter(pk__in=held).delete()
    return len(held)
