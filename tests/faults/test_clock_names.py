"""Names and titles that try to break out of their header, sent for real to a server that writes down all."""

import datetime
import os

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contacts.models import Office, User
from delegations.models import FollowUp
from reminders.models import Rule, Stage
from reminders.shipped import ship
from tests.factories import give_role
from tests.faults.table import record
from tests.reminders.clock import moment, started, wake_up
from tests.reminders.sink import Sink, running

pytestmark = pytest.mark.django_db

TOGETHER = 10
EXAMPLES = 5 if os.environ.get("FAULTS_SHORT") else 50
HEADERS = {
    *("Auto-Submitted", "Content-Language", "Content-Type", "Date", "From", "MIME-Version", "Message-ID"),
    *("Subject", "To"),
}
ODD = st.sampled_from(
    [
        "a\r\nBcc: x@example.org",
        "a\nTo: x@example.org",
        "a\rRCPT TO:<x@example.org>",
        "\u2028\u2029\x85\x0b\x0c",
        "\u202etxet \u200f\u2066",
        "a,b;<c@d>",
        '"\\"',
        "=?utf-8?q?x?=",
        ".\r\n.\r\nMAIL FROM:<x@example.org>",
        "İmamoğlu",
        "胡衡华",
        "🎂" * 40,
        "\x00",
        ", , ,",
        "x@example.org",
    ]
)
NAMES = st.one_of(ODD, st.builds("{}{}{}".format, ODD, st.text(max_size=40), ODD), st.text(max_size=150))
TITLES = st.one_of(
    NAMES, st.builds(lambda piece: (piece * 10_000)[:10_000], ODD | st.text(min_size=1, max_size=20))
)
numbers = iter(range(10**6))


@pytest.fixture
def sink(settings):
    with running(Sink()) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield server
    note = f"{EXAMPLES} rounds of names and titles by chance, none broke out of its header"
    record("D14 hostile names", mails=EXAMPLES * TOGETHER, note=note)


def kept(text, length):
    """As the database keeps it: PostgreSQL knows no NUL, and no column is endless."""
    text = text.encode("utf-8", "replace").decode()
    return (text.replace("\x00", "") if connection.vendor == "postgresql" else text)[:length]


@given(people=st.lists(st.tuples(NAMES, NAMES, TITLES), min_size=TOGETHER, max_size=TOGETHER), office=NAMES)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    # To make a bad example smaller would send thousands of mails.
    phases=[Phase.generate],
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.data_too_large,
        HealthCheck.too_slow,
    ],
)
def test_d14_no_name_or_title_breaks_out_of_its_header(sink, people, office):
    ship(Rule, Stage)
    ours = Office.current()
    Office.objects.filter(pk=ours.pk).update(title=kept(office, 200), from_address="goldenbook@stadt.example")
    sink.recipients.clear()
    sink.accepted.clear()
    number = next(numbers)
    on = datetime.date(2024, 1, 1) + number * datetime.timedelta(days=1)
    FollowUp.objects.update(state=FollowUp.State.DONE, done_on=on)
    users = User.objects.bulk_create(
        User(
            username=f"user{number}-{each}",
            first_name=kept(first, 150),
            last_name=kept(last, 150),
            email=f"user{number}-{each}@example.org",
        )
        for each, (first, last, _title) in enumerate(people)
    )
    give_role("officer", users)
    longest = FollowUp._meta.get_field("title").max_length
    FollowUp.objects.bulk_create(
        FollowUp(
            title=kept(title, longest) or "x", text=title.replace("\x00", ""), due_on=f"{on}", assignee=user
        )
        for user, (_first, _last, title) in zip(users, people, strict=True)
    )
    started(f"{on - datetime.timedelta(days=1)}")

    assert wake_up(moment(f"{on} 07:00")) == TOGETHER

    assert sorted(sink.recipients) == sorted(user.email for user in users)
    for message in sink.accepted:
        assert set(message.keys()) == HEADERS
        assert len(message.keys()) == len(HEADERS)
        (to,) = message["To"].addresses
        (sender,) = message["From"].addresses
        assert to.addr_spec in sink.recipients
        assert sender.addr_spec == "goldenbook@stadt.example"
