"""Portals are told of what was published, changed or withdrawn: signed, tried again, never lost."""

import base64
import datetime
import hashlib
import hmac
import json
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from portal import looking, signing, tasks, webhooks
from portal.models import Delivery, DeliveryAttempt, Endpoint, Look
from reminders.models import Clock
from reminders.outbox import BACKOFF
from tests import factories as make
from tests.portal.outside import ANSWER, HOST, URL, Portal, make_authority
from tests.programs import program

NOW = datetime.datetime(2024, 7, 1, 10, tzinfo=datetime.UTC)
MINUTE, DAY = datetime.timedelta(minutes=1), datetime.timedelta(days=1)
PATH, OTHER_PATH = URL.removeprefix(f"https://{HOST}"), "/other"
REFUSED = b"HTTP/1.1 500 Internal Server Error\r\n\r\n"
DOCS = Path(__file__).parents[2] / "docs"
State, Outcome = Delivery.State, DeliveryAttempt.Outcome


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def portal(authority, settings):
    settings.WEBHOOK_HOSTS, settings.SITE_URL = [HOST], "https://goldenbook.example.org"
    portal = Portal(authority)
    yield portal
    portal.close()


@pytest.fixture
def endpoint(db):
    return Endpoint.objects.create(name="Portal", url=URL)


@pytest.fixture
def other(endpoint):
    return Endpoint.objects.create(name="Portal of another house", url=f"https://{HOST}{OTHER_PATH}")


@pytest.fixture
def user(db):
    return make.UserFactory()


def told(count=1, **facts):
    facts = {"resource": "projects", "key": 7, "happened": "changed", "happened_at": NOW} | facts
    facts.setdefault("endpoint", Endpoint.objects.first())
    made = [Delivery.objects.create(next_try_at=NOW, **facts) for _number in range(count)]
    return made[0] if count == 1 else made


def send(portal, now=NOW):
    return webhooks.send(now=now, wire=portal.wire)


def is_signed(secret, headers, body):
    """As the standard says it, word for word."""
    key = base64.b64decode(secret.split("_", 1)[1])
    content = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    versions = [each.split(",", 1) for each in headers["webhook-signature"].split(" ")]
    return ["v1", expected] in versions


# --- what is told ---


def test_what_is_told_is_signed_and_says_no_more_than_everybody_sees(portal, endpoint):
    delivery = told(resource="partnerships")

    assert send(portal) == 1
    first, headers, body = portal.requests[0]
    assert is_signed(endpoint.secret, headers, body)
    assert not is_signed(signing.new_secret(), headers, body)
    assert not is_signed(endpoint.secret, headers, body + b" ")
    assert headers["webhook-id"] == delivery.told
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 600
    assert first == "POST /changes?from=goldenbook HTTP/1.1"
    assert json.loads(body) == {
        "type": "partnership.changed",
        "timestamp": "2024-07-01T10:00:00Z",
        "data": {
            "resource": "partnerships",
            "id": 7,
            "url": "https://goldenbook.example.org/api/public/v1/partnerships/7/",
        },
    }


def test_a_secret_has_as_many_bits_as_the_standard_wants():
    key = base64.b64decode(signing.new_secret().removeprefix("whsec_"), validate=True)

    assert 24 <= len(key) <= 64
    assert signing.new_secret() != signing.new_secret()


def test_published_changed_and_withdrawn_are_told_after_one_look(portal, endpoint, user):
    project = make.ProjectFactory()
    for change in (lambda: project.publish(by=user), lambda: rename(project), project.withdraw):
        change()
        looking.look(now=timezone.now())
        webhooks.send(wire=portal.wire, now=timezone.now() + MINUTE)
    types = [json.loads(body)["type"] for _first, _headers, body in portal.requests]

    assert types == ["project.published", "project.changed", "project.withdrawn"]


def rename(project):
    project.title = "Neu"
    project.save()


def test_a_look_that_is_dropped_tells_nobody(endpoint, user):
    late = Look.current()
    Look.objects.update(number=late.number + 1)
    change = looking.Change("projects", 1, looking.Happened.CHANGED, "x")
    present = looking.state.read(NOW.date())

    assert looking._keep(late, present, [change], now=NOW) is False
    assert not Delivery.objects.exists()


def test_every_portal_is_told_but_those_switched_off(endpoint, user):
    other, off = (Endpoint.objects.create(name=name, url=URL) for name in ("Other", "Off"))
    off.switch_off()
    make.ProjectFactory().publish(by=user)
    looking.look(now=NOW)

    assert {row.endpoint for row in Delivery.objects.all()} == {endpoint, other}
    assert Delivery.objects.values("told").distinct().count() == 2


# --- rotation ---


def test_while_a_secret_is_renewed_both_are_valid_until_the_day_is_over(portal, endpoint):
    former, last_day = endpoint.secret, NOW.date()
    endpoint.renew_secret(former_until=last_day)
    for moment in (NOW, NOW + DAY):
        told()
        send(portal, moment)
    (_first, headers, body), (_first, later, its_body) = portal.requests

    assert is_signed(former, headers, body)
    assert is_signed(endpoint.secret, headers, body)
    assert not is_signed(former, later, its_body)
    assert is_signed(endpoint.secret, later, its_body)


def test_without_a_day_the_former_secret_ends_at_once(endpoint):
    endpoint.renew_secret()
    endpoint.refresh_from_db()

    assert (endpoint.former_secret, endpoint.secrets(NOW.date())) == ("", [endpoint.secret])


# --- tries ---


def attempts(delivery):
    return list(delivery.attempts.values_list("outcome", "code"))


def test_what_fails_is_tried_again_spaced_out_under_the_same_id(portal, endpoint):
    delivery = told()
    portal.answers = [REFUSED, REFUSED]
    taken = [send(portal), send(portal, NOW + BACKOFF[0] / 2), send(portal, NOW + 1.2 * BACKOFF[0])]
    taken.append(send(portal, NOW + DAY))
    delivery.refresh_from_db()
    endpoint.refresh_from_db()

    assert taken == [0, 0, 0, 1]
    assert attempts(delivery) == [("temporary", "500"), ("temporary", "500"), ("accepted", "204")]
    assert {headers["webhook-id"] for _first, headers, _body in portal.requests} == {delivery.told}
    assert (delivery.state, delivery.error, endpoint.failures) == (State.DELIVERED, "", 0)


def test_a_redirect_is_refused_and_on_record(portal, endpoint):
    delivery = told()
    portal.answers = [b"HTTP/1.1 302 Found\r\nLocation: https://10.0.0.1/\r\n\r\n"]
    send(portal)

    assert attempts(delivery) == [("temporary", "302: it leads elsewhere, and nobody follows")]
    assert len(portal.requests) == 1


def test_a_host_that_is_allowed_no_longer_is_told_nothing(portal, endpoint, settings):
    delivery, settings.WEBHOOK_HOSTS = told(), []
    send(portal)

    assert portal.looked_up == 0
    assert "WEBHOOK_HOSTS" in attempts(delivery)[0][1]


def addresses(portal):
    return [first.split()[1] for first, _headers, _body in portal.requests]


def test_a_portal_that_fails_is_asked_with_one_delivery_and_keeps_nobody_waiting(portal, endpoint, other):
    told(5)
    told(5, endpoint=other)
    portal.answers = [REFUSED]
    send(portal)
    at_first = addresses(portal)
    send(portal, NOW + 2 * MINUTE)

    assert at_first == [PATH] + [OTHER_PATH] * 5
    assert addresses(portal)[6:] == [PATH] * 5
    assert not Delivery.objects.exclude(state=State.DELIVERED).exists()


class Stopwatch:
    """Seconds that pass only where a test lets them."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds

    def after(self, seconds):
        """An answer that takes as long."""

        def answer(line):
            self.seconds += seconds
            line.sendall(ANSWER)

        return answer


def test_a_portal_that_takes_long_comes_after_the_others(portal, endpoint, other):
    told(3)
    told(3, endpoint=other)
    stopwatch = Stopwatch()
    portal.answers = [stopwatch.after(webhooks.SLOW_SECONDS + 0.1), stopwatch.after(webhooks.SLOW_SECONDS)]

    assert webhooks.send(now=NOW, wire=portal.wire, stopwatch=stopwatch) == 6
    assert addresses(portal) == [PATH] + [OTHER_PATH] * 3 + [PATH] * 2


def test_whoever_wakes_up_tells_what_is_due(endpoint, settings):
    Clock.current()
    delivery, settings.WEBHOOK_HOSTS = told(), []
    tasks.tell()

    assert [outcome for outcome, _code in attempts(delivery)] == ["temporary"]


def test_a_run_ends_by_itself_and_the_next_one_goes_on(portal, endpoint):
    told(3)
    stopwatch = Stopwatch()
    portal.answers = [stopwatch.after(webhooks.RUN_SECONDS - 0.1), stopwatch.after(0.1)]
    taken = [webhooks.send(now=NOW, wire=portal.wire, stopwatch=stopwatch) for _run in range(2)]

    assert taken == [2, 1]


def test_it_is_given_up_after_three_days_and_told_again_when_somebody_says_so(portal, endpoint):
    delivery, moment = told(), NOW
    while Delivery.objects.filter(state=State.DUE).exists():
        portal.answers = [REFUSED]
        send(portal, moment)
        moment += datetime.timedelta(hours=5)
    delivery.refresh_from_db()
    given_up = delivery.state, moment - NOW
    portal.answers = []
    delivery.tell_again()
    webhooks.send(wire=portal.wire, now=timezone.now() + MINUTE)
    delivery.refresh_from_db()

    assert given_up[0] == State.FAILED
    assert 3 * DAY <= given_up[1] <= 4 * DAY
    assert delivery.state == State.DELIVERED
    assert {headers["webhook-id"] for _first, headers, _body in portal.requests} == {delivery.told}


@pytest.mark.parametrize(
    ("answer", "since", "why"),
    [
        (b"HTTP/1.1 410 Gone\r\n\r\n", None, Endpoint.Why.GONE),
        (REFUSED, NOW - 8 * DAY, Endpoint.Why.FAILING),
        (REFUSED, NOW - 6 * DAY, ""),
    ],
)
def test_a_portal_that_is_gone_or_fails_for_a_week_is_switched_off(portal, endpoint, answer, since, why):
    Endpoint.objects.update(failing_since=since, failures=3 if since else 0)
    told(2)
    portal.answers = [answer]
    send(portal)
    endpoint.refresh_from_db()

    assert (endpoint.off_because, endpoint.is_on) == (why, not why)
    assert Delivery.objects.filter(state=State.FAILED).count() == (2 if why else 0)


def test_a_sender_that_dies_between_claim_and_close_is_followed_by_another(portal, endpoint):
    delivery = told()
    claim = webhooks.claim_next(now=NOW)
    webhooks.hand_over(claim, portal.wire, today=NOW.date())
    before = send(portal, NOW + webhooks.LEASE / 2)
    send(portal, NOW + webhooks.LEASE + MINUTE)
    send(portal, NOW + webhooks.LEASE + DAY)
    webhooks.close(claim, webhooks.Result("500", 500), now=NOW + 2 * DAY)  # it was not dead after all
    delivery.refresh_from_db()

    assert before == 0
    assert attempts(delivery) == [("unknown", ""), ("accepted", "204")]
    assert [headers["webhook-id"] for _first, headers, _body in portal.requests] == [delivery.told] * 2
    assert delivery.state == State.DELIVERED


@pytest.mark.parametrize("status", [204, 410, 500])
def test_who_comes_late_changes_neither_what_another_one_tells_by_now_nor_the_portal(endpoint, status):
    Endpoint.objects.update(failures=3, failing_since=NOW - 8 * DAY)
    delivery, later = told(), NOW + DAY
    late = webhooks.claim_next(now=NOW)
    webhooks.close_abandoned(now=NOW + webhooks.LEASE + MINUTE)
    other = webhooks.claim_next(now=later)
    portal = Endpoint.objects.values("failures", "failing_since", "next_try_at", "off_at")
    before = portal.get()
    webhooks.close(late, webhooks.Result(str(status), status), now=later)
    delivery.refresh_from_db()

    assert (delivery.state, delivery.token) == (State.SENDING, other.token)
    assert portal.get() == before
    assert attempts(delivery) == [("unknown", ""), ("", "")]


def test_what_is_claimed_nobody_else_claims(endpoint):
    told()

    assert [webhooks.claim_next(now=NOW) is None for _number in range(2)] == [False, True]


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_tell_everything_once(portal):
    Endpoint.objects.create(name="Portal", url=URL)
    Clock.current()
    deliveries = {row.told for row in told(8)}

    def run():
        try:
            webhooks.send(wire=portal.wire)
        finally:
            connection.close()

    senders = [threading.Thread(target=run) for _number in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()

    assert sorted(headers["webhook-id"] for _first, headers, _body in portal.requests) == sorted(deliveries)
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.DELIVERED}


def test_while_sending_waits_for_a_person_nobody_is_told(portal, endpoint):
    told()
    Clock.current()
    Clock.pause(Clock.Why.OTHER_PLACE, now=NOW)

    assert send(portal) == 0
    assert portal.requests == []


def test_what_was_told_is_forgotten_after_three_months(portal, endpoint):
    old, recent, waiting = told(3)
    Delivery.objects.filter(pk=old.pk).update(state=State.DELIVERED, changed_at=NOW - 91 * DAY)
    Delivery.objects.filter(pk=recent.pk).update(state=State.DELIVERED, changed_at=NOW - 89 * DAY)
    Delivery.objects.filter(pk=waiting.pk).update(changed_at=NOW - 91 * DAY)
    webhooks.forget(now=NOW)

    assert set(Delivery.objects.all()) == {recent, waiting}


# --- receivers of the docs ---


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


@pytest.fixture(params=["receiver.py", "receiver.mjs"])
def receiver(request, endpoint):
    """A program of the docs that waits for what it is told; returns its address and its output."""
    interpreter = sys.executable
    if request.param.endswith(".mjs"):
        interpreter = program("node", needed_for="the receiver in JavaScript is run by it")
    port = free_port()
    command = [interpreter, DOCS / request.param, endpoint.secret, str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        yield f"http://127.0.0.1:{port}/", process
        process.kill()


def status_of(address, headers, body):
    request = urllib.request.Request(address, data=body, headers=headers)
    for _try in range(600):
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code
        except urllib.error.URLError:
            time.sleep(0.1)  # it has not opened yet
    raise AssertionError("The receiver did not open.")


@pytest.mark.parametrize(("name", "remark"), [("receiver.py", '"""'), ("receiver.mjs", "//")])
def test_the_receivers_of_the_docs_are_short(name, remark):
    lines = (DOCS / name).read_text(encoding="utf-8").splitlines()

    assert len([line for line in lines if line and not line.startswith(remark)]) <= 20


def test_the_receivers_of_the_docs_believe_what_is_signed_and_nothing_else(endpoint, receiver):
    address, process = receiver
    body, now = told().body, int(time.time())
    genuine = signing.headers("msg_1", now, body, secrets=[signing.new_secret(), endpoint.secret])
    foreign = signing.headers("msg_1", now, body, secrets=[signing.new_secret()])
    late, early, old, ahead = (
        signing.headers("msg_1", now + seconds, body, secrets=[endpoint.secret])
        for seconds in (-270, 270, -330, 330)
    )
    other = genuine | {"webhook-id": "msg_2"}
    unsigned = {name: text for name, text in genuine.items() if name != "webhook-signature"}

    assert [status_of(address, headers, body) for headers in (genuine, late, early)] == [204] * 3
    wrong = [foreign, old, ahead, other, unsigned, genuine | {"webhook-timestamp": "soon"}, {}]
    assert [status_of(address, headers, body) for headers in wrong] == [401] * len(wrong)
    assert status_of(address, genuine, body + b" ") == 401
    process.kill()
    assert process.stdout.read().splitlines() == [body] * 3


def test_no_secret_stands_where_it_could_be_read(endpoint):
    assert endpoint.secret not in repr(endpoint) + str(endpoint)
    assert not hasattr(Endpoint, "history")
