"""The portals to be told and the log, for administrators; a secret is shown once."""

import datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config.roles import ROLES
from portal.models import Delivery, DeliveryAttempt, Endpoint
from reminders.due import office_today
from tests.factories import user_in
from tests.portal.outside import HOST, URL

ADD, LIST = "admin:portal_endpoint_add", "admin:portal_endpoint_changelist"
LOG = "admin:portal_delivery_changelist"


@pytest.fixture(autouse=True)
def _allowed(settings):
    settings.WEBHOOK_HOSTS = [HOST]


@pytest.fixture
def signed_in(client, db):
    """As one of the role; the rights are those of the table."""

    def signed_in(role="administrator"):
        client.force_login(user_in(role))
        return client

    return signed_in


@pytest.fixture
def endpoint(db):
    return Endpoint.objects.create(name="Stadtportal", url=URL)


def delivery(endpoint, **facts):
    now = timezone.now()
    facts = {"resource": "projects", "key": 7, "happened": "changed"} | facts
    return Delivery.objects.create(endpoint=endpoint, happened_at=now, next_try_at=now, **facts)


def do(client, row, verb, **facts):
    name = f"admin:portal_{row._meta.model_name}_do"
    return client.post(reverse(name, args=[row.pk, verb]), facts)


def test_a_secret_is_shown_when_the_portal_is_entered_and_never_again(signed_in, endpoint):
    client = signed_in()
    answer = client.post(reverse(ADD), {"name": "Neues Portal", "url": URL})
    made = Endpoint.objects.get(name="Neues Portal")
    pages = [
        client.get(made.get_absolute_url()),
        client.get(reverse(LIST)),
        client.get(reverse(LIST), {"q": "portal"}),
        client.get(reverse("admin:index")),
        client.get(reverse("admin:portal_endpoint_history", args=[made.pk])),
    ]

    assert answer.content.decode().count(made.secret) == 1
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert {page.status_code for page in pages} == {200}
    assert [made.secret in page.content.decode() for page in pages] == [False] * len(pages)
    assert [made.secret in entry.change_message for entry in LogEntry.objects.all()] == [False]
    assert made.secret not in str(dict(client.session)) + str(client.cookies)


def test_a_new_secret_is_shown_once_and_the_former_one_holds_for_a_week(signed_in, endpoint):
    client, former = signed_in(), endpoint.secret
    asked = client.get(reverse("admin:portal_endpoint_do", args=[endpoint.pk, "renew-secret"]))
    until = office_today() + datetime.timedelta(days=7)
    answer = do(client, endpoint, "renew-secret", former_until=until.isoformat())
    endpoint.refresh_from_db()
    page = client.get(endpoint.get_absolute_url()).content.decode()

    assert asked.context["form"].initial == {"former_until": until}
    assert answer.content.decode().count(endpoint.secret) == 1
    assert endpoint.secrets(until) == [endpoint.secret, former]
    assert former not in answer.content.decode() + page
    assert endpoint.secret not in page


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_no_export_holds_a_secret(client, endpoint, form):
    client.force_login(user_in("administrator"))
    endpoint.renew_secret(former_until=office_today())
    user = user_in("head")
    user.is_superuser = True
    user.save()
    client.force_login(user)
    for model in ("endpoint", "delivery"):
        address = reverse(f"admin:portal_{model}_export", args=[form])
        answer = client.get(address)
        content = b"".join(answer.streaming_content)

        assert answer.status_code == 200
        assert endpoint.secret.encode() not in content
        assert endpoint.former_secret.encode() not in content


@pytest.mark.parametrize("role", ROLES)
def test_only_administrators_keep_the_portals_and_see_the_log(signed_in, endpoint, role):
    client, row = signed_in(role), delivery(endpoint, state=Delivery.State.FAILED)
    statuses = {
        client.get(reverse(LIST)).status_code,
        client.get(reverse(ADD)).status_code,
        client.get(endpoint.get_absolute_url()).status_code,
        client.get(reverse(LOG)).status_code,
        client.get(row.get_absolute_url()).status_code,
    }
    again = do(client, row, "tell-again").status_code

    assert (statuses, again) == (({200}, 302) if role == "administrator" else ({403}, 403))


@pytest.mark.parametrize("url", ["http://portal.example.org/", "https://elsewhere.example.org/", "x"])
def test_an_address_that_may_not_be_told_is_refused_at_its_field(signed_in, url):
    answer = signed_in().post(reverse(ADD), {"name": "Portal", "url": url})

    assert list(answer.context["adminform"].form.errors) == ["url"]
    assert not Endpoint.objects.exists()


def test_the_log_is_filtered_and_shows_each_try(signed_in, endpoint):
    client = signed_in()
    failed = delivery(endpoint, state=Delivery.State.FAILED, error="500")
    delivery(endpoint, key=8, state=Delivery.State.DELIVERED)
    DeliveryAttempt.objects.create(
        delivery=failed, started_at=timezone.now(), outcome=DeliveryAttempt.Outcome.TEMPORARY, code="500 dort"
    )
    rows = client.get(reverse(LOG), {"state__exact": "failed"}).context["cl"].result_list
    page = client.get(failed.get_absolute_url()).content.decode()

    assert list(rows) == [failed]
    assert "500 dort" in page
    assert failed.told in page


def test_a_portal_and_what_it_was_told_are_found(signed_in, endpoint):
    client, (row, _other) = signed_in(), (delivery(endpoint), delivery(endpoint))

    assert list(client.get(reverse(LOG), {"q": row.told}).context["cl"].result_list) == [row]
    assert list(client.get(reverse(LIST), {"q": "stadt"}).context["cl"].result_list) == [endpoint]
    assert list(client.get(reverse(LIST), {"q": "xyz"}).context["cl"].result_list) == []


def test_what_failed_is_told_again_from_its_page_and_from_the_list(signed_in, endpoint):
    client = signed_in()
    rows = [delivery(endpoint, key=key, state=Delivery.State.FAILED, tries=9) for key in (1, 2)]
    do(client, rows[0], "tell-again")
    client.post(reverse(LOG), {"action": "tell-again", "_selected_action": [rows[1].pk]})
    for row in rows:
        row.refresh_from_db()

    assert [(row.state, row.tries) for row in rows] == [(Delivery.State.DUE, 0)] * 2


def test_a_portal_that_is_switched_off_is_told_nothing_until_it_is_on_again(signed_in, endpoint):
    client, row = signed_in(), delivery(endpoint)
    do(client, endpoint, "switch-off")
    row.refresh_from_db()
    refused = do(client, row, "tell-again").content.decode()
    off = Endpoint.objects.get().is_on
    do(client, endpoint, "switch-on")

    assert (row.state, off, Endpoint.objects.get().is_on) == (Delivery.State.FAILED, False, True)
    assert "Dieses Portal ist abgeschaltet" in refused or "switched off" in refused


def test_the_log_costs_the_same_with_one_row_and_with_many(signed_in, endpoint):
    client, counts = signed_in(), []
    client.get(reverse(LOG))  # makes the office
    for more in (1, 20):
        for number in range(more):
            delivery(endpoint, key=100 * more + number)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(LOG))
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_those_who_keep_the_portals_are_told_on_every_page_that_one_does_not_answer(signed_in, endpoint):
    pages = {}
    for role in ("administrator", "officer"):
        client = signed_in(role)
        for hours, off in ((1, ""), (13, ""), (13, "failing"), (13, "hand")):
            Endpoint.objects.update(
                failing_since=timezone.now() - datetime.timedelta(hours=hours),
                off_at=timezone.now() if off else None,
                off_because=off,
            )
            alarms = client.get(reverse("admin:index")).context["alarms"]
            pages[role, hours, off] = sum("Stadtportal" in str(alarm.text) for alarm in alarms)

    assert pages == {
        **{("administrator", 1, ""): 0, ("administrator", 13, ""): 1, ("administrator", 13, "failing"): 1},
        **{("administrator", 13, "hand"): 0},
        **{("officer", hours, off): 0 for hours, off in ((1, ""), (13, ""), (13, "failing"), (13, "hand"))},
    }
