"""What the requests by chance prove: their verdict falls where it must (the run itself is `make fuzz`)."""

from collections import Counter
from types import SimpleNamespace

import pytest

from contacts.models import User
from tests.fuzz import Fuzz

READ = [f"GET /api/v1/{name}/" for name in ("cities", "people", "posts", "themes", "users", "rules")]
WRITE = ["POST /api/v1/cities/", "PUT /api/v1/cities/{id}/", "DELETE /api/v1/cities/{id}/"]
VERB = "POST /api/v1/partnerships/{id}/suspend/"


def verdict(*, unreached=(), failures=None):
    fuzz = Fuzz.__new__(Fuzz)
    labels = [*READ, *WRITE, VERB]
    fuzz.operations = [SimpleNamespace(label=label) for label in labels]
    refused, reached = {("reader", 403): 3}, {("officer", 200): 1}
    fuzz.codes = {label: Counter(refused if label in unreached else refused | reached) for label in labels}
    fuzz.failures = failures or {}
    return fuzz.verdict()


def test_nothing_is_wrong_where_all_was_reached():
    assert verdict() == []


def test_nine_in_ten_are_enough():
    assert verdict(unreached=[VERB]) == []


def test_fewer_than_nine_in_ten_prove_nothing():
    [problem] = verdict(unreached=[VERB, READ[0]])

    assert problem.startswith("Only 8 of 10 operations reached a 2xx")


@pytest.mark.parametrize("label", WRITE)
def test_each_that_creates_changes_or_deletes_must_be_reached(label):
    assert verdict(unreached=[label]) == [f"{label} never reached a 2xx: {{('reader', 403): 3}}"]


def test_how_far_each_role_came_is_told(capsys):
    verdict(unreached=[VERB])
    told = capsys.readouterr().out

    assert "operations 10, reached a 2xx 9" in told
    assert "as reader: a 2xx of 0 operations; answers 403: 30\n" in told
    assert "as officer: a 2xx of 9 operations; answers 200: 9\n" in told


def test_nobody_at_the_staff_s_door_is_a_superuser(db):
    fuzz = Fuzz.__new__(Fuzz)
    for role in Fuzz.roles:
        fuzz._signed_in(role)

    assert sorted(User.objects.values_list("groups__name", flat=True)) == sorted(Fuzz.roles)
    assert not User.objects.filter(is_superuser=True).exists()


def test_what_failed_is_told():
    assert verdict(failures={"GET /api/v1/cities/: Server error (500)": "broken"}) == [
        "GET /api/v1/cities/: Server error (500)\n    broken"
    ]
