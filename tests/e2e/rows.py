"""What the pages show, and for every page about a row: the row it is opened with."""

import io
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import models
from django.utils import timezone

from contacts.models import AccessToken, Document, User
from contacts.records import PublishableRecord
from delegations import jubilee
from delegations.models import JubileeStep
from delegations.shipped import ship as ship_steps
from desk.models import CalendarFeed
from relations.models import Partnership
from reminders.models import Rule, Stage
from reminders.shipped import ship
from tests.factories import (
    AgreementFactory,
    DeliveryAttemptFactory,
    DeliveryFactory,
    EndpointFactory,
    OccasionFactory,
    PartnershipFactory,
    factory_of,
    token_for,
)

MAKERS = {AccessToken: lambda: token_for(User.objects.get(username="officer"))}


def fill() -> None:
    ship(Rule, Stage)
    ship_steps(JubileeStep)
    for command in ("sync_roles", "load_cases", "load_demo", "remind"):
        call_command(command, stdout=io.StringIO())
    for model in admin.site._registry:
        if not model._default_manager.exists():
            make = MAKERS.get(model) or factory_of(model)
            make()
    add_missing_states()


def add_missing_states() -> None:
    """A file, and a row for every verb: one to sign, to resume, to revoke, one of each to take back."""
    paper = Document.objects.first()
    paper.file.save("urkunde.pdf", ContentFile(b"%PDF-1.4\nstartxref\n0\n%%EOF\n"))
    AgreementFactory(title="Entwurf")
    PartnershipFactory(founded="1999").suspend(on="2020", reason="Eine Probe")
    EndpointFactory(name="Früheres Portal").switch_off()
    CalendarFeed.objects.create(user=User.objects.get(username="protocol")).renew()
    failed = DeliveryFactory(state="failed", error="503", tries=8)
    DeliveryAttemptFactory(delivery=failed, outcome="temporary", code="503")
    step = JubileeStep.objects.get(key="travel")
    step.count = 4
    step.save()
    tie = PartnershipFactory(founded="1999-05")
    for years, state in ((30, "planned"), (35, "skipped"), (20, "planned")):
        OccasionFactory(partnership=tie, years=years, state=state)
    jubilee.plan(Partnership.objects.get_by_natural_key("Berlin", "Istanbul"), today=timezone.localdate())
    for model in apps.get_models():
        if issubclass(model, PublishableRecord):
            model.objects.last().publish(by=User.objects.get(username="portal"))


def fullest(model: type[models.Model], *, where: Callable[[Any], bool] = bool) -> models.Model:
    """The row that most other rows belong to: its page shows most. Of those that answer yes."""
    belonging: Counter[object] = Counter()
    for relation in model._meta.related_objects:
        if relation.one_to_many and not relation.related_model.__name__.startswith("Historical"):
            related = relation.related_model._base_manager
            belonging.update(related.values_list(relation.field.attname, flat=True))
    rows = [row for row in model._default_manager.order_by("pk") if where(row)]
    assert rows, f"The demo has no {model.__name__} to show this page with; see tests/e2e/rows.py."
    return max(rows, key=lambda row: belonging[row.pk])
