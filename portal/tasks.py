"""What beat wakes us for. A wake-up that is lost or comes twice cannot matter.

Behind a shut door nobody looks, and nobody is told.
"""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from portal import looking, webhooks


@shared_task
def look() -> None:
    if settings.PORTAL:
        looking.look(now=timezone.now())


@shared_task
def tell() -> None:
    if settings.PORTAL:
        webhooks.send()
