"""The pages about the API tell the truth: their examples are run in order, and the answers are as shown.

What stands between ```sh is run in one shell. The next fence shows the answer: ```json a part of it, any
other (```text, ```http, ```csv) some lines of it in their order. `…` stands for anything, an id for any id.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from relations.models import Partnership
from tests.programs import program

DOCS = Path(__file__).resolve().parent.parent / "docs"
# So many examples at least have an answer: a page of which nothing is read would tell nothing.
PAGES = {"api.md": 16, "api-programs.md": 13}
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
# Where the page says that the house stands.
HOUSE = "http://localhost:8000"
ANYTHING = "…"
# They are as the rows of this database were counted.
OURS = {"id", "version"}
SECONDS = 120


def examples(text):
    """What is run, with the fence of the answer, if there is one."""
    fences = FENCE.findall(text)
    return [
        (commands, following if following[0] != "sh" else None)
        for (kind, commands), following in zip(fences, [*fences[1:], ("sh", "")], strict=True)
        if kind == "sh"
    ]


def run(commands, house, folder):
    """The output of each, from one shell, so that what one has set the next one knows."""
    lines = ["set -u -o pipefail"]
    for number, command in enumerate(commands):
        lines += [
            "{",
            command.replace(HOUSE, house),
            f"}} > {number}.out 2> {number}.err || echo $? > {number}.failed",
        ]
    # What `pip` installs is found as by whoever has activated where it did.
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    script = "\n".join(lines)
    subprocess.run(
        ["bash"], input=script, cwd=folder, env=environment, text=True, check=True, timeout=SECONDS
    )
    failed = {
        commands[number]: (folder / f"{number}.err").read_text()
        for number in range(len(commands))
        if (folder / f"{number}.failed").exists()
    }
    assert failed == {}
    return [(folder / f"{number}.out").read_text().replace(house, HOUSE) for number in range(len(commands))]


def differences(shown, given, at=""):
    """Where what is given is not as it is shown; it may have more."""
    match shown:
        case dict() if isinstance(given, dict):
            missing = [f"{at}.{name} is missing" for name in shown if name not in given]
            inner = [differences(shown[name], given[name], f"{at}.{name}") for name in shown if name in given]
            return sum(inner, missing)
        case list() if isinstance(given, list):
            return (
                []
                if are_among(shown, given)
                else [f"{at} shows other rows than {json.dumps(given, ensure_ascii=False)}"]
            )
        case str() if isinstance(given, str) and ANYTHING in shown:
            return [] if fits(shown, given) else [f"{at} is {given!r}"]
        case int() if at.rpartition(".")[2] in OURS and isinstance(given, int):
            return []
    return [] if shown == given and type(shown) is type(given) else [f"{at} is {given!r}, not {shown!r}"]


def are_among(shown, given):
    """Each in its turn; between them may be others. An empty list is empty."""
    if not shown:
        return not given
    remaining = iter(given)
    return all(any(not differences(row, other) for other in remaining) for row in shown)


def fits(pattern, text):
    literal = (re.escape(part) for part in pattern.split(ANYTHING))
    return re.fullmatch(".*".join(literal), text, flags=re.DOTALL) is not None


def lines_are_among(shown, given):
    remaining = iter(given.splitlines())
    return all(any(fits(line, other) for other in remaining) for line in shown.splitlines())


def check(kind, shown, given):
    if kind == "json":
        return differences(json.loads(shown), json.loads(given))
    return [] if lines_are_among(shown, given) else [given]


# --- the page ---


@pytest.fixture
def house(transactional_db, live_server):
    program("bash", "curl", "python3", needed_for="the examples of the API are run by them")
    for command in ("sync_roles", "load_cases", "load_demo"):
        call_command(command, verbosity=0)
    Partnership.objects.update(published_at=timezone.now(), withdrawn_at=None)
    return live_server.url


@pytest.mark.parametrize("page", PAGES)
def test_every_example_answers_as_the_page_says(house, tmp_path, page):
    found = examples((DOCS / page).read_text(encoding="utf-8"))
    given = run([commands for commands, _answer in found], house, tmp_path)
    wrong = [
        f"{commands}\n  {difference}"
        for (commands, answer), output in zip(found, given, strict=True)
        if answer
        for difference in check(*answer, output)
    ]

    assert len([answer for _commands, answer in found if answer]) >= PAGES[page]
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize("page", PAGES)
def test_no_example_stands_where_nobody_runs_it(page):
    words = FENCE.sub("", (DOCS / page).read_text(encoding="utf-8"))

    assert "```" not in words
    assert re.findall(r"^\n    .*", words, flags=re.MULTILINE) == []


# --- that it would find a wrong one ---


@pytest.mark.parametrize(
    ("shown", "given"),
    [
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"id": 1}, {"id": 99}),
        ({"a": "x…z"}, {"a": "xyz"}),
        ([{"a": 1}, {"a": 3}], [{"a": 1}, {"a": 2}, {"a": 3}]),
        ([], []),
    ],
)
def test_a_part_of_the_answer_is_enough(shown, given):
    assert differences(shown, given) == []


@pytest.mark.parametrize(
    ("shown", "given"),
    [
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"a": True}),
        ({"a": None}, {"a": ""}),
        ({"id": 1}, {"id": "1"}),
        ({"a": "x…z"}, {"a": "xy"}),
        ([{"a": 3}, {"a": 1}], [{"a": 1}, {"a": 3}]),
        ([{"a": 1}, {"a": 1}], [{"a": 1}]),
        ([], [1]),
    ],
)
def test_what_is_not_so_is_found(shown, given):
    assert differences(shown, given) != []


def test_lines_are_there_in_their_order():
    assert lines_are_among("a…\nc", "ab\nb\nc")
    assert not lines_are_among("c\nab", "ab\nb\nc")


def test_an_example_that_fails_is_told(tmp_path):
    with pytest.raises(AssertionError, match="no-such-command"):
        run(["no-such-command"], HOUSE, tmp_path)
