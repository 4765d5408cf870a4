"""The outbox: making a mail, claiming it, one try, and what follows from it.

Never lost: whatever step a crash comes after, the next run finds a state it can go on from. A second copy
only where an attempt is on record as unknown, under the same Message-ID and the same byte for byte, unless
somebody has it tried again for a recipient whose address is another one now.
"""

from __future__ import annotations

import datetime
import logging
import random
import uuid
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.db import DatabaseError, IntegrityError, models, transaction
from django.db.models.functions import Coalesce, Least, Now
from django.utils import timezone

from contacts.models import Office, User
from contacts.records import batches
from reminders import digest, guard, transport
from reminders.addressees import Readership
from reminders.due import LONGEST_GAP, office_today
from reminders.entries import Told
from reminders.guard import SMTP
from reminders.message import Stored, as_bytes, one_line
from reminders.models import Attempt, Clock, Mail, Reminder
from reminders.planning import Planned, addressed, plan, untied
from reminders.transport import Result
from reminders.verdicts import Verdict, judge

logger = logging.getLogger(__name__)

BACKOFF = [datetime.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240)]
GIVE_UP_AFTER = datetime.timedelta(hours=72)
PROBE_EVERY = datetime.timedelta(minutes=1)
# What a sender has to know of a mail.
NEEDED = ("recipient", "address", "day", "message_id", "raw", "is_frozen", "tries", "give_up_at")


def deadline() -> float:
    """Seconds for one try as a whole; EMAIL_TIMEOUT bounds only its single steps."""
    return 3 * float(settings.EMAIL_TIMEOUT or 20)


def lease() -> datetime.timedelta:
    """Well past the deadline: whoever still holds a mail then is dead."""
    return datetime.timedelta(seconds=2 * deadline() + 10)


def send(*, today: datetime.date | None = None, now: datetime.datetime | None = None) -> int:
    """Send what may go out now; returns how many mails were accepted.

    Without `now` each step asks the clock again, and leases go by the clock of the database.
    """
    if not guard.may_send(now=now or timezone.now()):
        return 0
    if today is None:
        today = office_today(now)
        if _is_gap(today):
            return 0
    close_abandoned(now=now)
    _bring_back(now or timezone.now())
    tie(today=today, now=now)
    accepted = 0
    with guard.Mark() as mark, transport.Line(server(), deadline=deadline()) as line:
        # The server first: that it is away is told though nothing waits, as at night.
        while server_answers(line, now=now) and Mail.objects.ready(now or timezone.now()).exists():
            accepted += _send_ready(line, mark, today=today, now=now)
    return accepted


def _send_ready(
    line: transport.Line, mark: guard.Mark, *, today: datetime.date, now: datetime.datetime | None
) -> int:
    """One mail after another, until none is left or the server serves nobody."""
    accepted, sender, readership = 0, Office.current().from_address, Readership()
    claim = claim_next(today=today, now=now, readership=readership)
    while claim:
        mark.before_a_mail()
        result = hand_over(claim, line, sender=sender)
        accepted += result.outcome == Attempt.Outcome.ACCEPTED
        claim = close_and_claim_next(claim, result, today=today, now=now, readership=readership)
    return accepted


def _is_gap(today: datetime.date) -> bool:
    """After so long the scan comes first: it lets nothing out before a person has looked."""
    scanned_until = Clock.current().scanned_until
    return scanned_until is not None and today - scanned_until > LONGEST_GAP


def by_database(now: datetime.datetime | None) -> Any:
    """For leases: the clocks of the workers may differ."""
    return now or Now()


def _bring_back(now: datetime.datetime) -> None:
    """A next try that lies further ahead than any wait was set by a clock that has come back since."""
    ahead = now + 2 * BACKOFF[-1]
    waiting = Mail.objects.filter(state=Mail.State.DUE, tries__gt=0, next_try_at__gt=ahead)
    waiting.update(next_try_at=now, not_before=Least("not_before", now), changed_at=now)


# --- from reminders to mails ---


class TakenError(Exception):
    """Another sender was quicker."""


def tie(*, today: datetime.date, now: datetime.datetime | None = None) -> None:
    """Tie what is due to a mail for whoever gets it today."""
    now = now or timezone.now()
    _untie_old(today=today, now=now)
    reminders = list(untied(today))
    if not reminders:
        return
    planned = plan(reminders, today=today, now=now)
    _settle(Reminder.objects.waiting(), planned.verdict, now=now)
    for mail in planned.mails:
        try:
            with transaction.atomic():
                _tie_one(mail, today=today, now=now)
        except (IntegrityError, TakenError):
            logger.info("Another sender makes a mail of the same reminders.")


@transaction.atomic(savepoint=False)
def _untie_old(*, today: datetime.date, now: datetime.datetime) -> None:
    """What no server was there for on an earlier day joins what goes out today, as if it had never been tied:
    one mail a person and day, on a day when people work."""
    untried = Mail.objects.ready(now).filter(day__lt=today, is_frozen=False, attempts__isnull=True)
    for keys in batches(
        untried.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)
    ):
        Reminder.objects.filter(mail__in=keys).update(mail=None, changed_at=now)
        Mail.objects.filter(pk__in=keys).delete()


def _tie_one(planned: Planned, *, today: datetime.date, now: datetime.datetime) -> None:
    mail = Mail.objects.create(
        recipient=planned.recipient,
        address=planned.recipient.email,
        day=today,
        number=planned.number,
        is_urgent=planned.is_urgent,
        language=planned.recipient.language,
        message_id=Mail.message_id_of(planned.recipient, today, planned.number),
        not_before=now,
        next_try_at=now,
        created_at=now,
        changed_at=now,
    )
    keys = [each.standing.reminder.pk for each in planned.told]
    mine = Reminder.objects.waiting().filter(pk__in=keys).update(mail=mail, changed_at=now)
    if mine != len(keys):
        raise TakenError


def _settle(reminders: models.QuerySet[Reminder], verdict: Verdict, *, now: datetime.datetime) -> None:
    """What is done meanwhile, or overtaken, goes into no mail."""
    for keys, state in (
        (verdict.settled, Reminder.State.CANCELLED),
        (verdict.missed, Reminder.State.MISSED),
    ):
        for batch in batches(keys):
            reminders.filter(pk__in=batch).update(state=state, mail=None, changed_at=now)


# --- one try ---


@dataclass(frozen=True, slots=True)
class Claim:
    """A mail that is ours until the lease runs out."""

    mail: Mail
    token: uuid.UUID
    attempt: Attempt


@transaction.atomic(savepoint=False)
def claim_next(
    *, today: datetime.date, now: datetime.datetime | None = None, readership: Readership | None = None
) -> Claim | None:
    """The next mail that may be tried, composed and claimed."""
    readership = readership or Readership()
    while mail := _next_free(now or timezone.now()):
        try:
            if claim := _claim(mail, readership, today=today, given=now):
                return claim
        except DatabaseError:
            raise
        except Exception as error:
            # One mail that cannot be written must not keep all others from going out.
            logger.exception("Mail %s could not be composed.", mail.pk)
            _could_not_compose(mail, error, now=now or timezone.now())
    return None


def _next_free(now: datetime.datetime) -> Mail | None:
    """Held from here on: what another sender is claiming is passed over; SQLite has one writer at a time."""
    ready = Mail.objects.ready(now).select_for_update(skip_locked=True)
    # Not its text and HTML: they are large, and are written anew or stand in the raw message already.
    return ready.only(*NEEDED).first()


def _claim(
    mail: Mail, readership: Readership, *, today: datetime.date, given: datetime.datetime | None
) -> Claim | None:
    now, token = given or timezone.now(), uuid.uuid4()
    mail.state, mail.token, mail.tries = Mail.State.SENDING, token, mail.tries + 1
    Mail.objects.filter(pk=mail.pk).update(
        state=Mail.State.SENDING,
        token=token,
        lease_until=by_database(given) + lease(),
        tries=mail.tries,
        changed_at=now,
    )
    may_go = partial(_may_still_go, readership=readership) if mail.is_frozen else _compose
    if not may_go(mail, today=today, now=now):
        Mail.objects.filter(pk=mail.pk).update(
            state=Mail.State.CANCELLED, token=None, lease_until=None, changed_at=now
        )
        return None
    attempt = Attempt.objects.create(mail=mail, started_at=now)
    return Claim(mail, token, attempt)


def _may_still_go(
    mail: Mail, *, readership: Readership, today: datetime.date, now: datetime.datetime
) -> bool:
    """It cannot be written anew. But who may not read it any more is not written to, nor is days later who
    it is not for, nor what is over told."""
    if mail.day == today and readership.includes(mail, now=now):
        return True
    return _left_to_say(mail, today=today, now=now) is not None


def _compose(mail: Mail, *, today: datetime.date, now: datetime.datetime) -> bool:
    """Write the mail from the facts as they are now; false if nothing is left to say to this person."""
    left = _left_to_say(mail, today=today, now=now)
    if left is None:
        return False
    recipient, told = left
    office = Office.current()
    content = digest.compose(told, recipient, today=today, now=timezone.localtime(now, office.zone))
    mail.address, mail.language = recipient.email, recipient.language
    mail.subject, mail.text, mail.html = one_line(content.subject, 300), content.text, content.html
    mail.raw, mail.changed_at = as_bytes(mail, office, recipient, now=now), now
    mail.save(update_fields=["address", "language", "subject", "text", "html", "raw", "changed_at"])
    return True


def _left_to_say(
    mail: Mail, *, today: datetime.date, now: datetime.datetime
) -> tuple[User, list[Told]] | None:
    """What still stands of the mail, and to whom. The rest is settled, or free for somebody else's mail."""
    tied = Reminder.objects.filter(mail=mail, state=Reminder.State.DUE)
    verdict = judge(tied.select_related("stage__rule"), today=today)
    found = addressed(verdict.standing, today=today)
    verdict.settled += found.repeated
    _settle(tied, verdict, now=now)
    recipient, told = next(
        ((user, told) for user, told in found.by_recipient.items() if user.pk == mail.recipient_id),
        (None, []),
    )
    mine = [each.standing.reminder.pk for each in told]
    # For somebody else since then: free for a mail of theirs.
    tied.exclude(pk__in=mine).update(mail=None, changed_at=now)
    return None if recipient is None else (recipient, told)


def hand_over(claim: Claim, line: transport.Line, *, sender: str) -> Result:
    """Outside any transaction, within the deadline."""
    mail, raw = claim.mail, bytes(claim.mail.raw)
    if settings.EMAIL_BACKEND == SMTP:
        return line.deliver(sender, mail.address, raw)
    try:
        get_connection().send_messages([Stored(mail, sender)])
    except Exception as error:
        return Result(Attempt.Outcome.TEMPORARY, f"{type(error).__name__}: {error}", reached_data=True)
    return Result(Attempt.Outcome.ACCEPTED, reached_data=True)


def close_and_claim_next(
    claim: Claim,
    result: Result,
    *,
    today: datetime.date,
    now: datetime.datetime | None = None,
    readership: Readership | None = None,
) -> Claim | None:
    """In one commit, which is what a mail costs most; none while the server serves nobody.

    Whatever becomes of the next mail, it is written down how this one ended.
    """
    try:
        with transaction.atomic():
            close(claim, result, now=now)
            if result.is_server_down:
                return None
            return claim_next(today=today, now=now, readership=readership)
    except BaseException:
        close(claim, result, now=now)
        raise


@transaction.atomic(savepoint=False)
def close(claim: Claim, result: Result, *, now: datetime.datetime | None = None) -> None:
    """Write down how it ended; the mail only while it is still ours."""
    now = now or timezone.now()
    Attempt.objects.filter(pk=claim.attempt.pk, outcome=Attempt.Outcome.OPEN).update(
        ended_at=now, outcome=result.outcome, reached_data=result.reached_data, code=result.code[:500]
    )
    if result.is_server_down:
        _server_is_down(now)
    # Only what is being sent has a token. To ask for the state as well would lead the database to the index
    # of what is being sent, past all that ever was.
    mine = Mail.objects.filter(pk=claim.mail.pk, token=claim.token)
    free: dict[str, Any] = {"token": None, "lease_until": None, "changed_at": now}
    if result.outcome == Attempt.Outcome.ACCEPTED:
        if mine.update(state=Mail.State.SENT, sent_at=now, raw=b"", error="", is_frozen=True, **free):
            told = Reminder.objects.filter(mail=claim.mail, state=Reminder.State.DUE)
            told.update(state=Reminder.State.MAILED, changed_at=now)
        return
    failed = {"error": result.code, **free}
    if result.reached_data:
        failed["is_frozen"] = True
    if result.outcome == Attempt.Outcome.PERMANENT:
        mine.update(state=Mail.State.FAILED, **failed)
    else:
        mine.update(**next_try(claim.mail, now), **failed)


def close_abandoned(*, now: datetime.datetime | None = None) -> None:
    """Whose lease ran out was sent or was not: nobody knows. The mail is due again, unchanged.

    Nor is a lease held that ends later than any can: the clock that set it has come back since.
    """
    clock, now = by_database(now), now or timezone.now()
    ended = models.Q(lease_until__lt=clock) | models.Q(lease_until__gt=clock + Clock.SKEW)
    for mail in Mail.objects.filter(ended, state=Mail.State.SENDING):
        with transaction.atomic():
            abandoned = Mail.objects.filter(ended, pk=mail.pk, token=mail.token)
            if abandoned.update(
                **next_try(mail, now), is_frozen=True, token=None, lease_until=None, changed_at=now
            ):
                mail.attempts.filter(outcome=Attempt.Outcome.OPEN).update(
                    outcome=Attempt.Outcome.UNKNOWN, ended_at=now, reached_data=True
                )


def next_try(mail: Any, now: datetime.datetime) -> dict[str, Any]:
    """When it is tried again, a little later by chance so that not all come at once; or that it is not.

    It is a mail, or whatever else knows its tries and when it is given up, and has these states.
    """
    give_up_at = min(mail.give_up_at or now + GIVE_UP_AFTER, now + GIVE_UP_AFTER)
    if now >= give_up_at:
        return {"state": Mail.State.FAILED, "give_up_at": give_up_at}
    wait = BACKOFF[min(max(mail.tries, 1), len(BACKOFF)) - 1] * random.uniform(1, 1.1)
    return {"state": Mail.State.DUE, "next_try_at": now + wait, "give_up_at": give_up_at}


def _could_not_compose(mail: Mail, error: Exception, *, now: datetime.datetime) -> None:
    words = f"{type(error).__name__}: {error}"[:500]
    free: dict[str, Any] = {"token": None, "lease_until": None, "changed_at": now}
    Mail.objects.filter(pk=mail.pk).update(error=words, **free, **next_try(mail, now))
    Attempt.objects.create(
        mail=mail, started_at=now, ended_at=now, outcome=Attempt.Outcome.TEMPORARY, code=words
    )


# --- the server ---


def server() -> transport.Server:
    return transport.Server(
        host=settings.EMAIL_HOST,
        port=settings.EMAIL_PORT,
        user=settings.EMAIL_HOST_USER or "",
        password=settings.EMAIL_HOST_PASSWORD or "",
        use_tls=settings.EMAIL_USE_TLS,
        use_ssl=settings.EMAIL_USE_SSL,
        certfile=settings.EMAIL_SSL_CERTFILE or "",
        keyfile=settings.EMAIL_SSL_KEYFILE or "",
        timeout=float(settings.EMAIL_TIMEOUT or 20),
    )


def server_answers(line: transport.Line, *, now: datetime.datetime | None = None) -> bool:
    """While the server is away one of all workers asks it once a minute, without a mail."""
    if Clock.current().server_down_since is None:
        return True
    now = now or timezone.now()
    # A turn further ahead than a minute was set by a clock that has come back since.
    is_time = models.Q(next_probe_at__lte=now) | models.Q(next_probe_at__gt=now + 2 * PROBE_EVERY)
    if not Clock.objects.filter(is_time, pk=Clock.THE_ONE).update(next_probe_at=now + PROBE_EVERY):
        return False
    if line.probe(Office.current().from_address).outcome != Attempt.Outcome.ACCEPTED:
        return False
    Clock.objects.filter(pk=Clock.THE_ONE).update(server_down_since=None, next_probe_at=None)
    return True


def _server_is_down(now: datetime.datetime) -> None:
    Clock.objects.filter(pk=Clock.THE_ONE).update(
        server_down_since=Coalesce("server_down_since", now), next_probe_at=now + PROBE_EVERY
    )
