"""Telling portals: what is due, claiming it, one try, and what follows from it.

As with mails (reminders/outbox.py) the truth is rows: never lost, and told twice only where nobody knows how
a try ended, or where somebody asks for it; always under the same webhook-id.
"""

from __future__ import annotations

import datetime
import time
import uuid
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from portal import https, signing
from portal.models import Delivery, DeliveryAttempt, Endpoint
from reminders import guard
from reminders.due import office_today
from reminders.models import Clock
from reminders.outbox import BACKOFF, by_database, next_try

# Well past the deadline of a try: whoever still holds one then is dead.
LEASE = datetime.timedelta(seconds=2 * https.DEADLINE + 10)
# A run ends by itself, so that slow portals never take a worker away from the mails.
RUN_SECONDS = 40.0
# Whoever takes longer to answer comes after the others, for the rest of a run.
SLOW_SECONDS = 1.5
# From then on nobody asks an endpoint that does not answer well.
SWITCHED_OFF_AFTER = datetime.timedelta(days=7)
KEPT_FOR = datetime.timedelta(days=90)
FORGOTTEN_AT_ONCE = 500
GONE = 410


def write(changes: Iterable[tuple[str, int, str]], *, at: datetime.datetime) -> None:
    """Let every endpoint be told of these changes: resource, key, what happened. Within their transaction."""
    endpoints = list(Endpoint.objects.on())
    if not endpoints:
        return
    told = (
        Delivery(
            endpoint=endpoint,
            resource=resource,
            key=key,
            happened=happened,
            happened_at=at,
            next_try_at=at,
            changed_at=at,
        )
        for resource, key, happened in changes
        for endpoint in endpoints
    )
    Delivery.objects.bulk_create(told, batch_size=500)


def send(
    *,
    now: datetime.datetime | None = None,
    wire: https.Wire | None = None,
    stopwatch: Callable[[], float] = time.monotonic,
) -> int:
    """Tell what may be told now; returns how many were taken. A copy of the data tells nobody anything.

    Without `now` each step asks the clock again, and leases go by the clock of the database.
    """
    if not guard.may_send(now=now or timezone.now()):
        return 0
    wire, until, taken = wire or https.Wire(), stopwatch() + RUN_SECONDS, 0
    slow: set[int] = set()
    close_abandoned(now=now)
    forget(now=now or timezone.now())
    while stopwatch() < until and (claim := claim_next(now=now, last=slow)):
        begun = stopwatch()
        result = hand_over(claim, wire, today=office_today(now))
        if stopwatch() - begun > SLOW_SECONDS:
            slow.add(claim.delivery.endpoint_id)
        close(claim, result, now=now)
        taken += result.is_taken
    return taken


# --- one try ---


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that is ours until the lease runs out."""

    delivery: Delivery
    token: uuid.UUID
    attempt: DeliveryAttempt


@dataclass(frozen=True, slots=True)
class Result:
    said: str
    status: int = 0

    @property
    def is_taken(self) -> bool:
        return 200 <= self.status < 300


@transaction.atomic
def claim_next(*, now: datetime.datetime | None = None, last: Collection[int] = ()) -> Claim | None:
    """Of the endpoints named in `last` only when nobody else waits."""
    at, token = now or timezone.now(), uuid.uuid4()
    # What another sender is claiming just now is passed over; SQLite has one writer at a time.
    ready = Delivery.objects.ready(at).select_for_update(skip_locked=True, of=("self",))
    found = ready.exclude(endpoint__in=last).first() or ready.first()
    if found is None:
        return None
    mine = Delivery.objects.filter(pk=found.pk, state=Delivery.State.DUE)
    claimed: dict[str, Any] = {"state": Delivery.State.SENDING, "token": token, "changed_at": at}
    if not mine.update(**claimed, lease_until=by_database(now) + LEASE, tries=models.F("tries") + 1):
        return None
    found.tries += 1
    return Claim(found, token, DeliveryAttempt.objects.create(delivery=found, started_at=at))


def hand_over(claim: Claim, wire: https.Wire, *, today: datetime.date) -> Result:
    """Outside any transaction, within the deadline."""
    delivery, endpoint = claim.delivery, claim.delivery.endpoint
    body, at = delivery.body, int(time.time())
    headers = signing.headers(delivery.told, at, body, secrets=endpoint.secrets(today))
    try:
        status = https.post(endpoint.url, headers, body, wire=wire)
    except https.Refused as problem:
        return Result(str(problem))
    if 300 <= status < 400:
        return Result(f"{status}: it leads elsewhere, and nobody follows", status)
    return Result(str(status), status)


@transaction.atomic
def close(claim: Claim, result: Result, *, now: datetime.datetime | None = None) -> None:
    """Write down how the try ended; what follows from it, only while the delivery is still ours.

    Whoever comes late speaks of a portal as it was: another sender has asked it since, or will.
    """
    now = now or timezone.now()
    outcome = DeliveryAttempt.Outcome.ACCEPTED if result.is_taken else DeliveryAttempt.Outcome.TEMPORARY
    DeliveryAttempt.objects.filter(pk=claim.attempt.pk, outcome=DeliveryAttempt.Outcome.OPEN).update(
        ended_at=now, outcome=outcome, code=result.said[:500]
    )
    follows: dict[str, Any] = {"error": result.said[:500], **next_try(claim.delivery, now)}
    if result.is_taken:
        follows = {"state": Delivery.State.DELIVERED, "delivered_at": now, "error": ""}
    mine = Delivery.objects.filter(pk=claim.delivery.pk, token=claim.token, state=Delivery.State.SENDING)
    if not mine.update(**follows, token=None, lease_until=None, changed_at=now):
        return
    endpoint = claim.delivery.endpoint
    if result.is_taken:
        failing = Endpoint.objects.filter(pk=endpoint.pk, failures__gt=0)
        failing.update(failures=0, failing_since=None, next_try_at=None)
    else:
        _failed(endpoint, is_gone=result.status == GONE, now=now)


def _failed(endpoint: Endpoint, *, is_gone: bool, now: datetime.datetime) -> None:
    """Whatever waits for this endpoint waits longer now: it is asked with one delivery, not with all."""
    wait = BACKOFF[min(endpoint.failures, len(BACKOFF) - 1)]
    Endpoint.objects.filter(pk=endpoint.pk).update(
        failures=models.F("failures") + 1,
        failing_since=Coalesce("failing_since", now, output_field=models.DateTimeField()),
        next_try_at=now + wait,
    )
    if is_gone:
        endpoint.switch_off(why=Endpoint.Why.GONE)
    elif endpoint.failing_since and now - endpoint.failing_since > SWITCHED_OFF_AFTER:
        endpoint.switch_off(why=Endpoint.Why.FAILING)


def close_abandoned(*, now: datetime.datetime | None = None) -> None:
    """Whose lease ran out was told or was not: nobody knows. It is due again, under the same webhook-id."""
    clock, now = by_database(now), now or timezone.now()
    ended = models.Q(lease_until__lt=clock) | models.Q(lease_until__gt=clock + Clock.SKEW)
    for delivery in Delivery.objects.filter(ended, state=Delivery.State.SENDING):
        with transaction.atomic():
            abandoned = Delivery.objects.filter(ended, pk=delivery.pk, token=delivery.token)
            if abandoned.update(**next_try(delivery, now), token=None, lease_until=None, changed_at=now):
                delivery.attempts.filter(outcome=DeliveryAttempt.Outcome.OPEN).update(
                    outcome=DeliveryAttempt.Outcome.UNKNOWN, ended_at=now
                )


def forget(*, now: datetime.datetime) -> None:
    """The log is kept for three months; a few hundred go at a time."""
    over = [Delivery.State.DELIVERED, Delivery.State.FAILED]
    old = Delivery.objects.filter(changed_at__lt=now - KEPT_FOR, state__in=over).order_by("changed_at")
    keys = list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    if keys:
        Delivery.objects.filter(pk__in=keys, state__in=over).delete()
