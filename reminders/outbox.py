"""The outbox: who gets a mail, claiming it, one try, and what follows from it.

Never lost: whatever step a crash comes after, the next run finds a state it can go on from. A second copy
only where an attempt is on record as unknown, under the same Message-ID and the same byte for byte.
"""

from __future__ import annotations

import datetime
import email.policy
import logging
import random
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import DatabaseError, IntegrityError, models, transaction
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from contacts.models import Office, User
from reminders import digest, transport
from reminders.addressees import Staff
from reminders.due import Standing, Verdict, batches, judge, office_today
from reminders.entries import Told
from reminders.models import Attempt, Clock, Mail, Reminder
from reminders.transport import Result

logger = logging.getLogger(__name__)

BACKOFF = [datetime.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240)]
GIVE_UP_AFTER = datetime.timedelta(hours=72)
PROBE_EVERY = datetime.timedelta(minutes=1)
# By then the scan of the morning has run, or will not.
MORNING = datetime.time(7)
# The number of a day's own mail; what presses is numbered from two.
REGULAR = 1
SMTP = "django.core.mail.backends.smtp.EmailBackend"


def deadline() -> float:
    """Seconds for one try as a whole; EMAIL_TIMEOUT bounds only its single steps."""
    return 3 * float(settings.EMAIL_TIMEOUT or 20)


def lease() -> datetime.timedelta:
    """Well past the deadline: whoever still holds a mail then is dead."""
    return datetime.timedelta(seconds=2 * deadline() + 10)


def send(*, today: datetime.date | None = None) -> int:
    """Send what may go out now; returns how many mails were accepted."""
    if not may_send():
        return 0
    today = today or office_today()
    close_abandoned()
    tie(today=today)
    accepted = 0
    while claim := claim_next(today=today):
        result = hand_over(claim)
        close(claim, result)
        accepted += result.outcome == Attempt.Outcome.ACCEPTED
    return accepted


def may_send() -> bool:
    """Not while sending waits for a person, and not from a copy of the database that stands elsewhere.

    Where we stand is told by the environment, outside the database: a copy restored on a test machine
    would otherwise write to real people.
    """
    clock = Clock.current()
    if clock.is_paused:
        return False
    if settings.EMAIL_BACKEND != SMTP or clock.site == settings.SITE_URL:
        return True
    if not clock.site:
        Clock.objects.filter(pk=Clock.THE_ONE, site="").update(site=settings.SITE_URL)
        return True
    logger.warning("This database was at %s: sending waits for `manage.py resume-sending`.", clock.site)
    Clock.objects.filter(pk=Clock.THE_ONE).update(is_paused=True)
    return False


def resume() -> bool:
    """Let mails out again, from where we stand now; false if nothing was waiting for it."""
    now = timezone.now()
    paused = Clock.objects.filter(pk=Clock.THE_ONE, is_paused=True)
    resumed = paused.update(is_paused=False, site=settings.SITE_URL)
    if resumed:
        Mail.objects.filter(state=Mail.State.DUE).update(not_before=now, changed_at=now)
    return bool(resumed)


# --- who gets a mail now ---


@dataclass(frozen=True, slots=True)
class Planned:
    """A mail that may be made now."""

    recipient: User
    told: list[Told]
    is_urgent: bool
    number: int


@dataclass(frozen=True, slots=True)
class Plan:
    mails: list[Planned]
    nobody: list[Standing]
    """Due, but there is nobody to tell."""
    verdict: Verdict


def addressed(
    standings: Iterable[Standing], *, today: datetime.date
) -> tuple[dict[User, list[Told]], list[Standing]]:
    """Who gets what today, and what there is nobody for."""
    staff = Staff.of(today)
    by_recipient: dict[User, list[Told]] = defaultdict(list)
    nobody = []
    for standing in standings:
        addressee = staff.addressee(standing.reminder.addressee, standing.responsible)
        if addressee is None:
            nobody.append(standing)
        else:
            by_recipient[addressee.user].append(Told(standing, addressee))
    return by_recipient, nobody


def plan(reminders: Iterable[Reminder], *, today: datetime.date, now: datetime.datetime) -> Plan:
    """Which mails these reminders make today: one a person and day, what presses makes a further one."""
    verdict = judge(reminders, today=today)
    by_recipient, nobody = addressed(verdict.standing, today=today)
    taken: dict[int, set[int]] = defaultdict(set)
    for recipient_id, number in Mail.objects.filter(day=today).values_list("recipient", "number"):
        taken[recipient_id].add(number)
    zone = Office.current().zone
    is_morning_over = _is_morning_over(today, timezone.localtime(now, zone))
    mails = []
    for recipient, told in by_recipient.items():
        entered = {each: timezone.localdate(each.standing.reminder.created_at, zone) for each in told}
        fresh = told if is_morning_over else [each for each in told if entered[each] == today]
        urgent = [each for each in fresh if each.standing.is_urgent(today=today)]
        numbers = taken[recipient.pk]
        if is_morning_over and REGULAR not in numbers and _is_their_day(recipient, entered, today=today):
            mails.append(Planned(recipient, told, bool(urgent), REGULAR))
        elif urgent:
            mails.append(Planned(recipient, urgent, True, max(numbers, default=REGULAR) + 1))
    return Plan(mails, nobody, verdict)


def _is_morning_over(today: datetime.date, local: datetime.datetime) -> bool:
    """What yesterday left waits for this morning's scan: one mail holds both, and none comes at night."""
    scanned_until = Clock.current().scanned_until
    if scanned_until and scanned_until >= today:
        return True
    return local.date() > today or local.time() >= MORNING


def _is_their_day(recipient: User, entered: dict[Told, datetime.date], *, today: datetime.date) -> bool:
    """Every day, or Mondays; later in the week only where Monday's mail could not be made."""
    if recipient.digest == User.Digest.DAILY:
        return True
    monday = today - datetime.timedelta(days=today.weekday())
    return today == monday or any(day < monday for day in entered.values())


def waiting_since(*, today: datetime.date, now: datetime.datetime) -> datetime.datetime | None:
    """Since when the oldest of what may go out has been waiting."""
    waiting = Mail.objects.waiting().aggregate(oldest=models.Min("not_before"))["oldest"]
    moments = [waiting] if waiting else []
    planned = plan(_untied(today), today=today, now=now)
    local = timezone.localtime(now, Office.current().zone)
    this_morning = datetime.datetime.combine(local.date(), MORNING, tzinfo=local.tzinfo)
    for mail in planned.mails:
        for each in mail.told:
            entered = timezone.localtime(each.standing.reminder.created_at, local.tzinfo)
            moments.append(entered if entered.date() == local.date() else min(this_morning, now))
    moments += [standing.reminder.created_at for standing in planned.nobody]
    return min(moments, default=None)


def _untied(today: datetime.date) -> models.QuerySet[Reminder]:
    waiting = Reminder.objects.waiting().filter(due_on__lte=today)
    return waiting.select_related("stage__rule")


# --- from reminders to mails ---


class TakenError(Exception):
    """Another sender was quicker."""


def tie(*, today: datetime.date) -> None:
    """Tie what is due to a mail for whoever gets it today."""
    reminders = list(_untied(today))
    if not reminders:
        return
    now = timezone.now()
    planned = plan(reminders, today=today, now=now)
    _settle(Reminder.objects.waiting(), planned.verdict)
    for mail in planned.mails:
        try:
            with transaction.atomic():
                _tie_one(mail, today=today, now=now)
        except (IntegrityError, TakenError):
            logger.info("Another sender makes a mail of the same reminders.")


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
    )
    keys = [each.standing.reminder.pk for each in planned.told]
    mine = Reminder.objects.waiting().filter(pk__in=keys).update(mail=mail, changed_at=now)
    if mine != len(keys):
        raise TakenError


def _settle(reminders: models.QuerySet[Reminder], verdict: Verdict) -> None:
    """What is done meanwhile, or overtaken, goes into no mail."""
    for keys, state in (
        (verdict.settled, Reminder.State.CANCELLED),
        (verdict.missed, Reminder.State.MISSED),
    ):
        for batch in batches(keys):
            reminders.filter(pk__in=batch).update(state=state, mail=None, changed_at=timezone.now())


# --- one try ---


@dataclass(frozen=True, slots=True)
class Claim:
    """A mail that is ours until the lease runs out."""

    mail: Mail
    token: uuid.UUID
    attempt: Attempt
    sender: str


def claim_next(*, today: datetime.date) -> Claim | None:
    """The next mail that may be tried, composed and claimed; none while the server is away."""
    while mail := Mail.objects.ready(timezone.now()).select_related("recipient").first():
        if not server_answers():
            return None
        try:
            if claim := _claim(mail, today=today):
                return claim
        except DatabaseError:
            raise
        except Exception as error:
            # One mail that cannot be written must not keep all others from going out.
            logger.exception("Mail %s could not be composed.", mail.pk)
            _could_not_compose(mail, error)
    return None


@transaction.atomic
def _claim(mail: Mail, *, today: datetime.date) -> Claim | None:
    now, token = timezone.now(), uuid.uuid4()
    mine = Mail.objects.ready(now).filter(pk=mail.pk)
    claimed = mine.order_by().update(
        state=Mail.State.SENDING,
        token=token,
        # By the clock of the database: those of the workers may differ.
        lease_until=Now() + lease(),
        tries=models.F("tries") + 1,
        changed_at=now,
    )
    if not claimed:
        return None
    mail.refresh_from_db()
    office = Office.current()
    if not mail.is_frozen and not _compose(mail, office, today=today, now=now):
        Mail.objects.filter(pk=mail.pk).update(
            state=Mail.State.CANCELLED, token=None, lease_until=None, changed_at=now
        )
        return None
    attempt = Attempt.objects.create(mail=mail, started_at=now)
    return Claim(mail, token, attempt, office.from_address)


def _compose(mail: Mail, office: Office, *, today: datetime.date, now: datetime.datetime) -> bool:
    """Write the mail from the facts as they are now; false if nothing is left to say to this person."""
    tied = Reminder.objects.filter(mail=mail, state=Reminder.State.DUE)
    verdict = judge(tied.select_related("stage__rule"), today=today)
    _settle(tied, verdict)
    by_recipient, _nobody = addressed(verdict.standing, today=today)
    recipient, told = next(
        ((user, told) for user, told in by_recipient.items() if user.pk == mail.recipient_id), (None, [])
    )
    mine = [each.standing.reminder.pk for each in told]
    # For somebody else since then: free for a mail of theirs.
    tied.exclude(pk__in=mine).update(mail=None, changed_at=now)
    if recipient is None:
        return False
    content = digest.compose(told, recipient, today=today, now=timezone.localtime(now, office.zone))
    mail.address, mail.language = recipient.email, recipient.language
    mail.subject, mail.text, mail.html = one_line(content.subject, 300), content.text, content.html
    mail.raw = as_bytes(mail, office, recipient, now=now)
    mail.save(update_fields=["address", "language", "subject", "text", "html", "raw", "changed_at"])
    return True


def hand_over(claim: Claim) -> Result:
    """Outside any transaction, within the deadline."""
    mail, raw = claim.mail, bytes(claim.mail.raw)
    if settings.EMAIL_BACKEND == SMTP:
        return transport.deliver(server(), claim.sender, mail.address, raw, deadline=deadline())
    try:
        get_connection().send_messages([Stored(mail, claim.sender)])
    except Exception as error:
        return Result(Attempt.Outcome.TEMPORARY, f"{type(error).__name__}: {error}", reached_data=True)
    return Result(Attempt.Outcome.ACCEPTED, reached_data=True)


@transaction.atomic
def close(claim: Claim, result: Result) -> None:
    """Write down how it ended; the mail only while it is still ours."""
    now = timezone.now()
    Attempt.objects.filter(pk=claim.attempt.pk, outcome=Attempt.Outcome.OPEN).update(
        ended_at=now, outcome=result.outcome, reached_data=result.reached_data, code=result.code[:500]
    )
    if result.is_server_down:
        _server_is_down(now)
    mine = Mail.objects.filter(pk=claim.mail.pk, token=claim.token, state=Mail.State.SENDING)
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


def close_abandoned() -> None:
    """Whose lease ran out was sent or was not: nobody knows. The mail is due again, unchanged."""
    now = timezone.now()
    for mail in Mail.objects.filter(state=Mail.State.SENDING, lease_until__lt=Now()):
        with transaction.atomic():
            abandoned = Mail.objects.filter(pk=mail.pk, token=mail.token, lease_until__lt=Now())
            if abandoned.update(
                **next_try(mail, now), is_frozen=True, token=None, lease_until=None, changed_at=now
            ):
                mail.attempts.filter(outcome=Attempt.Outcome.OPEN).update(
                    outcome=Attempt.Outcome.UNKNOWN, ended_at=now, reached_data=True
                )


def next_try(mail: Mail, now: datetime.datetime) -> dict[str, Any]:
    """When it is tried again, a little later by chance so that not all come at once; or that it is not."""
    give_up_at = mail.give_up_at or now + GIVE_UP_AFTER
    if now >= give_up_at:
        return {"state": Mail.State.FAILED, "give_up_at": give_up_at}
    wait = BACKOFF[min(max(mail.tries, 1), len(BACKOFF)) - 1] * random.uniform(1, 1.1)
    return {"state": Mail.State.DUE, "next_try_at": now + wait, "give_up_at": give_up_at}


def _could_not_compose(mail: Mail, error: Exception) -> None:
    now = timezone.now()
    words = f"{type(error).__name__}: {error}"[:500]
    with transaction.atomic():
        mail.refresh_from_db()
        mail.tries += 1
        mine = Mail.objects.filter(pk=mail.pk, state=Mail.State.DUE)
        if mine.update(tries=mail.tries, error=words, changed_at=now, **next_try(mail, now)):
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


def server_answers() -> bool:
    """While the server is away one of all workers asks it once a minute, without a mail."""
    if Clock.current().server_down_since is None:
        return True
    now = timezone.now()
    my_turn = Clock.objects.filter(pk=Clock.THE_ONE, next_probe_at__lte=now)
    if not my_turn.update(next_probe_at=now + PROBE_EVERY):
        return False
    if transport.probe(server(), deadline=deadline()).outcome != Attempt.Outcome.ACCEPTED:
        return False
    Clock.objects.filter(pk=Clock.THE_ONE).update(server_down_since=None, next_probe_at=None)
    return True


def _server_is_down(now: datetime.datetime) -> None:
    Clock.objects.filter(pk=Clock.THE_ONE).update(
        server_down_since=Coalesce("server_down_since", now), next_probe_at=now + PROBE_EVERY
    )


# --- the message ---


def one_line(text: str, length: int) -> str:
    """Fit for a header: one line, nothing invisible, not endless."""
    visible = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(visible.split())[:length].strip()


def as_bytes(mail: Mail, office: Office, recipient: User, *, now: datetime.datetime) -> bytes:
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = Address(one_line(office.title, 100), addr_spec=office.from_address)
    message["To"] = Address(one_line(str(recipient), 100), addr_spec=mail.address)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    # Letters of any script in seven bits: not every server takes eight.
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = mail.language
    return message.as_bytes()


class Stored(EmailMultiAlternatives):
    """The same bytes for the other ways that Django has of sending: into files, to the console, nowhere."""

    def __init__(self, mail: Mail, sender: str) -> None:
        super().__init__(mail.subject, mail.text, sender, [mail.address])
        self.extra_headers["Message-ID"] = mail.message_id
        self.attach_alternative(mail.html, "text/html")
        self.raw = bytes(mail.raw)

    def message(self, **kwargs: Any) -> Any:
        return message_from_bytes(self.raw)
