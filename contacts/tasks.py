"""What beat wakes us for."""

from celery import shared_task
from django.utils import timezone

from contacts import uploads
from contacts.models import AccessToken, KeptAnswer


@shared_task
def sweep() -> None:
    uploads.sweep()
    AccessToken.objects.forget(now=timezone.now())


@shared_task
def forget_answers() -> None:
    KeptAnswer.objects.old().delete()
