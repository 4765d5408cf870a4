import datetime
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from config import roles
from config.demo import PASSWORD, STAFF
from contacts.models import Document, User
from delegations.models import Delegation, FollowUp, ProgrammeItem
from relations.models import Agreement, Partnership, Project
from tests.factories import (
    AgreementFactory,
    CityFactory,
    DelegationFactory,
    DocumentFactory,
    HomeCityFactory,
    PartnershipFactory,
    ProgrammeItemFactory,
    ProjectFactory,
    UserFactory,
)

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


def test_a_house_in_real_use_gets_no_account_with_a_known_password(ties, settings):
    settings.SITE_URL = "https://goldenbook.example.org"

    with pytest.raises(CommandError, match="is in real use: nothing was loaded"):
        call_command("load_demo", verbosity=0)

    assert not User.objects.exists()


def test_a_part_of_the_cases_is_public_from_the_first_day_and_a_part_is_not(ties, client):
    tie = ties[0]
    tie.founded, tie.partner.country = "1989-11-17", "TR"
    tie.save()
    tie.partner.save()
    done = DelegationFactory(state="completed", partnership=tie)
    for state in ("took_place", "unknown"):
        ProgrammeItemFactory(delegation=done, state=state)
    done.documents.add(DocumentFactory(kind="press_release"), DocumentFactory(kind="letter"))
    coming = DelegationFactory(state="planned", partnership=tie)
    AgreementFactory(partnership=tie)
    running, idea = (ProjectFactory(state=state) for state in ("running", "idea"))
    for project in (running, idea):
        project.partnerships.add(tie)
    call_command("load_demo", verbosity=0)

    def states(model):
        return [row.is_published for row in model.objects.order_by("pk")]

    assert states(Partnership) == [True, False, False]
    assert states(Agreement) == [False]  # a draft
    assert (states(Project), states(Delegation)) == ([True, False], [True, False])
    assert (states(ProgrammeItem), states(Document)) == ([True, False], [True, False])
    assert Partnership.objects.get(pk=tie.pk).published_by.username == "portal"
    assert not Delegation.objects.get(pk=coming.pk).is_published
    (feature,) = client.get("/api/public/v1/partnerships.geojson").json()["features"]
    assert [round(degrees) for degrees in feature["geometry"]["coordinates"]] == [29, 41]


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


def test_follow_ups_belong_to_the_closer_tie_of_a_pair(ties):
    closer = ties[1].step_up(kind=Partnership.Kind.FRIENDSHIP, founded="2004")

    call_command("load_demo", verbosity=0)

    assert closer.follow_ups.exists()
    assert not ties[1].follow_ups.exists()


def test_loading_the_demo_twice_changes_nothing(demo):
    before = everything()

    load_on(TODAY)

    assert everything() == before


def load_on(day: datetime.date) -> None:
    with time_machine.travel(datetime.datetime.combine(day, datetime.time(9), tzinfo=datetime.UTC)):
        call_command("load_demo", verbosity=0)


def test_follow_ups_that_nobody_touched_stand_around_a_later_day_too(demo):
    days = dict(FollowUp.objects.values_list("title", "due_on"))

    load_on(TODAY + datetime.timedelta(days=100))

    moved = dict(FollowUp.objects.values_list("title", "due_on"))
    assert {title: (moved[title].first_day - due_on.first_day).days for title, due_on in days.items()} == (
        dict.fromkeys(days, 100)
    )
    done = FollowUp.objects.get(state=FollowUp.State.DONE)
    assert done.done_on == TODAY + datetime.timedelta(days=100 - 28)


def test_follow_ups_that_somebody_touched_stay_as_they_are(demo):
    done, edited, deleted, *_others = FollowUp.objects.open().order_by("pk")
    done.complete(on=TODAY)
    edited._history_user = User.objects.get(username="officer")
    edited.priority = FollowUp.Priority.HIGH
    edited.save()
    deleted.delete()
    kept = [done.due_on, edited.due_on]

    load_on(TODAY + datetime.timedelta(days=100))

    assert [FollowUp.objects.get(pk=row.pk).due_on for row in (done, edited)] == kept
    assert not FollowUp.objects.filter(title=deleted.title).exists()


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
