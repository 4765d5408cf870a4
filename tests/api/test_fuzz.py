"""What the requests by chance prove: their verdict falls where it must (the run itself is `make fuzz`)."""

from collections import Counter
from types import SimpleNamespace

import pytest

from tests.fuzz import Fuzz

READ = [f"GET /api/v1/{name}/" for name in ("cities", "people", "posts", "themes", "users", "rules")]
WRITE = ["POST /api/v1/cities/", "PUT /api/v1/cities/{id}/", "DELETE /api/v1/cities/{id}/"]
VERB = "POST /api/v1/partnerships/{id}/suspend/"


def verdict(*, unreached=(), failures=None):
    fuzz = Fuzz.__new__(Fuzz)
    labels = [*READ, *WRITE, VERB]
    fuzz.operations = [SimpleNamespace(label=label) for label in labels]
    fuzz.codes = {label: Counter({400: 3} if label in unreached else {200: 1, 400: 3}) for label in labels}
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
    assert verdict(unreached=[label]) == [f"{label} never reached a 2xx: {{400: 3}}"]


def test_what_failed_is_told():
    assert verdict(failures={"GET /api/v1/cities/: Server error (500)": "broken"}) == [
        "GET /api/v1/cities/: Server error (500)\n    broken"
    ]
