import datetime
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from config import roles
from config.demo import PASSWORD, STAFF
from contacts.models import User
from delegations.models import FollowUp
from relations.models import Partnership
from tests.factories import CityFactory, HomeCityFactory, PartnershipFactory, UserFactory

ROOT = Path(__file__).resolve().parents[2]
TODAY = datetime.date(2026, 11, 22)


@pytest.fixture
def ties(db) -> list[Partnership]:
    """Those of the cases that the invented follow-ups belong to."""
    roles.sync()
    return [
        PartnershipFactory(home=HomeCityFactory(name_de=home), partner=CityFactory(name_de=partner))
        for home, partner in (("Berlin", "Istanbul"), ("Düsseldorf", "Chongqing"), ("Duisburg", "Gaziantep"))
    ]


@pytest.fixture
def demo(ties) -> list[Partnership]:
    with time_machine.travel(datetime.datetime.combine(TODAY, datetime.time(9), tzinfo=datetime.UTC)):
        call_command("load_demo", verbosity=0)
    return ties


def everything() -> list[list[dict[str, object]]]:
    return [list(model.objects.order_by("pk").values()) for model in (User, FollowUp, Partnership)]


def test_every_role_has_a_member_who_signs_in_with_the_printed_password(demo):
    groups = {user.username: [group.name for group in user.groups.all()] for user in User.objects.all()}

    assert groups == {username: [member.role] for username, member in STAFF.items()}
    assert sorted(member.role for member in STAFF.values()) == sorted(roles.ROLES)
    assert [Client().login(username=username, password=PASSWORD) for username in STAFF] == [True] * len(STAFF)


def test_only_the_administrator_may_do_everything(demo):
    assert [user.username for user in User.objects.filter(is_superuser=True)] == ["admin"]


def test_staff_of_the_demo_can_get_no_real_mail(demo):
    addresses = set(User.objects.values_list("email", flat=True))

    assert addresses == {f"{username}@example.org" for username in STAFF}


def test_ties_without_anybody_responsible_get_the_officer_and_others_keep_theirs(ties):
    kept = UserFactory()
    Partnership.objects.filter(pk=ties[0].pk).update(responsible=kept)

    call_command("load_demo", verbosity=0)

    responsible = [Partnership.objects.get(pk=tie.pk).responsible.username for tie in ties]
    assert responsible == [kept.username, "officer", "officer"]


def test_follow_ups_are_due_around_the_day_they_are_loaded_on(demo):
    days = [(follow_up.due_on.first_day - TODAY).days for follow_up in FollowUp.objects.open()]

    assert days == sorted(days)
    assert {day < 0 for day in days} == {True, False}
    assert 7 in days


def test_loading_the_demo_twice_changes_nothing(demo):
    before = everything()

    call_command("load_demo", verbosity=0)

    assert everything() == before


def test_loading_the_demo_again_keeps_what_somebody_changed(demo):
    done = FollowUp.objects.open().first()
    done.complete(on=timezone.localdate())
    before = everything()

    call_command("load_demo", verbosity=0)

    assert everything() == before


def test_taken_port_is_said_with_the_way_out(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        started = subprocess.run(
            [sys.executable, "-m", "config.demo", "--port", str(port), "--folder", str(tmp_path / "demo")],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )

    said, way_out = started.stderr.split(" PORT=")
    assert said == f"Port {port} is taken; take another one: make demo"
    assert 8010 <= int(way_out) < 8100
    assert (started.returncode, (tmp_path / "demo").exists()) == (1, False)
