"""What is not public changes no answer: not a byte of it, whatever is asked.

Two worlds are built from scratch, alike in what is public and different in everything else (twins.py). Two
thousand requests, all different, are put to both; each answer must be the same in status, headers and body.
"""

import random
import re
from collections import Counter
from contextlib import nullcontext
from functools import cache

import pytest
import time_machine
from django.core.management.color import no_style
from django.db import connection, transaction
from django.urls import URLResolver, get_resolver
from django.utils.http import http_date

from contacts.api.pages import Cursor
from portal.description import description
from portal.embed import PARTS
from tests.portal.conftest import API, memory
from tests.portal.twins import FIRST_KEY, GAP, NOW, SECRETS, THEMES, Twin

REQUESTS, SHARES = 2_000, 2
# Public answers name the keys of these by themselves.
COUNTED = ("portal_seen",)

LANGUAGES = ("de", "en", "tr", "pl", "zh", "tr-TR", "zz")
WORDS = (
    *("Istanbul", "istanbul", "koln", "Berlin Istanbul", "green", "Dacher", "Bosporus", "Projekt", "Besuch"),
    # Of what is private in one of the worlds.
    *("Stadt", "Amt", "Beispiel", "Organisation", *SECRETS, *SECRETS),
)
YEARS = (1975, 1989, 1990, 1999, 2000, 2020, 2021, 2024, 2025, 2026, 2027)
MOMENTS = (
    *("1970-01-01T00:00:00Z", "2026-11-19T11:59:59Z", "2026-11-19T12:00:00Z", "2026-11-19T18:00:00%2B02:00"),
    *("2026-11-20T12:00:00Z", "soon"),
)
# By what a list is ordered, for cursors that nobody has followed; those of changes go by their number alone.
ORDERS = {
    **{"cities": ["name"], "themes": ["name"], "visits": ["-starts_on"]},
    **{"anniversaries": ["founded_month_day"], "embed": ["partner__name"]},
}
PLACES = ("", "b", "istanbul", "koln", "2024-06-03", "2026", "11-17", None)


# In the table of addresses.
KEY = re.compile(r"<\w+:pk>")


# --- what there is to ask ---


def resource_of(route):
    return route.removeprefix(API[1:]).partition("/")[0]


def routes(patterns=None, prefix=""):
    """Every address behind the public doors, as the table of addresses has it."""
    for pattern in patterns or get_resolver().url_patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, address)
        elif address.startswith((API[1:], "embed/")) and address != API[1:]:  # that one is not found
            yield address


def parameters():
    """What each route can be asked for by: as described, and of the page for a frame by hand."""
    described = description()["paths"]
    ties = {each["name"]: each["schema"] for each in described["/partnerships/"]["get"]["parameters"]}
    framed = {name: ties[name] for name in ("cursor", "country", "kind", "status", "theme", "lang")}
    found = {}
    for route in routes():
        path = "/" + KEY.sub("{id}", route).removeprefix(API[1:])
        asked = described.get(path, {"get": {}})["get"].get("parameters", [])
        found[route] = {each["name"]: each["schema"] for each in asked if each["in"] == "query"}
    found["embed/"] = {
        **framed,
        "show": {"enum": [*PARTS, "list,anniversaries"]},
        "limit": {"enum": [1, 2, 50]},
    }
    return found


def public_keys():
    """Those of what is public in both worlds, by resource; found out in a world without anything else."""
    with transaction.atomic():
        twin = Twin(seed=0, most=0)
        twin.build()
        transaction.set_rollback(True)
    return {**twin.keys, "anniversaries": twin.keys["partnerships"]}


class Asked:
    """Requests by chance: mostly of what there is, some of what there is not or is not public."""

    def __init__(self, keys):
        self.keys, self.dice, self.parameters = keys, random.Random(1), parameters()

    def requests(self):
        """All different; they begin with one of each route that is there."""
        found = {self.plain(route): route for route in self.parameters}
        open_routes = [*self.parameters]
        while open_routes and len(found) < REQUESTS:
            for route in open_routes[:]:
                # Of single rows there are few: one that comes again ends them.
                tries = (self.request(route) for _try in range(1 if KEY.search(route) else 20))
                if new := next((one for one in tries if one not in found), None):
                    found[new] = route
                else:
                    # Hardly anything is left to ask it for.
                    open_routes.remove(route)
        return [*found][:REQUESTS]

    def plain(self, route):
        resource = resource_of(route)
        key = self.keys.get(resource, [""])[0]
        return "/" + KEY.sub(f"{key}-37" if resource == "anniversaries" else str(key), route)

    def request(self, route):
        resource = resource_of(route)
        address = KEY.sub(lambda _found: self.key(resource), route)
        asked = {
            name: self.value(name, schema, resource)
            for name, schema in self.parameters[route].items()
            if self.dice.random() < (0.1 if name in ("changed_since", "cursor") else 0.25)
        }
        if "changed_since" in asked:
            # It takes no filter.
            asked = {name: asked[name] for name in asked.keys() & {"changed_since", "lang", "page_size"}}
        if "cursor" in asked and "changed_since" in asked:
            asked["cursor"] = str(Cursor(["pk"], False, [self.dice.randrange(40)]))
        if self.dice.random() < 0.02:
            asked["published_at"] = 2001
        query = "&".join(f"{name}={text}" for name, text in sorted(asked.items()))
        return f"/{address}?{query}" if query else f"/{address}"

    def key(self, resource):
        key = self.dice.choice(self.keys[resource])
        if self.dice.random() < 0.1:
            # What lies between is private, or there is no such row.
            key = FIRST_KEY + self.dice.randrange(len(self.keys) * GAP) + 1
        return f"{key}-{self.dice.randint(1, 40)}" if resource == "anniversaries" else str(key)

    def value(self, name, schema, resource):
        if "enum" in schema:
            return self.dice.choice(schema["enum"])
        match name:
            case "country":
                return self.dice.choice(["DE", "TR", "PL", "FR", "AT"])
            case "lang":
                return self.dice.choice(LANGUAGES)
            case "page_size":
                return self.dice.choice([1, 2, 3, 5, 8, 50, 100, 500])
            case "search":
                return self.dice.choice(WORDS)
            case "theme":
                return self.dice.choice([*(slug for _german, _english, slug in THEMES), "theme-7"])
            case "year":
                return self.dice.choice(YEARS)
            case "changed_since":
                return self.dice.choice(MOMENTS)
            case "cursor":
                return self.cursor(resource)
        raise AssertionError(f"Say what {name} may be asked for.")

    def cursor(self, resource):
        """After any row there may be, whether or not it is public or stands at that place."""
        order = ORDERS.get(resource, [])
        key = FIRST_KEY + self.dice.randrange(60 * GAP)
        return str(Cursor([*order, "pk"], self.dice.random() < 0.3, [*self.places(order), key]))

    def places(self, order):
        return [self.dice.choice(PLACES) for _name in order]


# --- asking ---


def asked_again(answer, number):
    """What somebody sends along who has the answer already: its tag, its date, both, or others."""
    if "ETag" not in answer:
        return None
    tag, date = {"If-None-Match": answer["ETag"]}, {"If-Modified-Since": answer.get("Last-Modified")}
    others = {"If-Modified-Since": http_date(NOW.timestamp() + 86_400)}, {"If-None-Match": '"x"'}
    choices = (tag, *others, *((date, tag | date) if date["If-Modified-Since"] else ()))
    return choices[number % len(choices)]


def answered(client, requests):
    """Every answer whole, and one more of every other, that may be known already."""
    found = []
    for number, address in enumerate(requests):
        answer = client.get(address)
        found.append((address, None, *whole(answer)))
        if number % 2 and (headers := asked_again(answer, number // 2)):
            found.append((address, headers, *whole(client.get(address, headers=headers))))
    return found


def whole(answer):
    return answer.status_code, sorted(answer.headers.items()), answer.getvalue()


def in_a_world(client, requests, *, remembered=nullcontext, **differences):
    """The answers in a world that is then no more."""
    with connection.cursor() as cursor, transaction.atomic():
        for table in COUNTED:
            for sql in connection.ops.sequence_reset_by_name_sql(
                no_style(), [{"table": table, "column": "id"}]
            ):
                cursor.execute(sql)
        twin = Twin(**differences)
        twin.build()
        with remembered():
            answers = answered(client, requests)
        transaction.set_rollback(True)
    return twin, answers


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@cache
def all_requests():
    """Of the same keys they are the same."""
    return Asked(public_keys()).requests()


@pytest.fixture
def requests(db, clock):
    return all_requests()


@pytest.mark.parametrize("share", range(SHARES))
def test_what_is_not_public_changes_no_answer(client, requests, share):
    routes_asked = len([*routes()])
    mine = requests[:routes_asked] + requests[routes_asked:][share::SHARES]
    one, answers = in_a_world(client, mine, seed=1, most=1)
    # Nor does what a process remembers of other questions: were it given to this one, it would show here.
    other, answers_there = in_a_world(client, mine, seed=2, most=3, remembered=memory)

    assert one.keys == other.keys
    assert different(answers, answers_there) == []
    first = [found for found in answers if found[1] is None]
    codes = Counter(code for _address, _sent, code, *_rest in first)
    assert (codes[200] + codes[304]) >= 0.8 * len(first), codes
    assert Counter(code for _address, sent, code, *_rest in answers if sent)[304] > len(first) / 8
    assert routes_answered(first) == {*routes()}


def different(answers, answers_there):
    """Which answers are, with what was sent along and how both end."""
    return [
        (address, sent, (code, headers, body[-500:]), there[2:4], there[4][-500:])
        for (address, sent, code, headers, body), there in zip(answers, answers_there, strict=True)
        if (address, sent, code, headers, body) != there
    ][:5]


def routes_answered(answers):
    """The routes of which at least one answer was a good one."""
    good = [address.partition("?")[0][1:] for address, _sent, code, *_rest in answers if code == 200]
    patterns = {route: "[0-9-]+".join(map(re.escape, KEY.split(route))) for route in routes()}
    return {route for route, pattern in patterns.items() if any(re.fullmatch(pattern, one) for one in good)}


def test_the_requests_are_two_thousand_different_ones(requests):
    assert len({*requests}) == len(requests) == REQUESTS
    assert any("cursor=" in address for address in requests)
    assert {name for found in parameters().values() for name in found} <= {
        part.partition("=")[0] for address in requests for part in address.partition("?")[2].split("&")
    }


def test_the_worlds_differ_in_whatever_is_not_public(db, clock):
    """Their private keys lie before, between and after those of what is public, and are others in each."""
    keys, hidden = [], []
    for differences in ({"seed": 1, "most": 1}, {"seed": 2, "most": 3}):
        with transaction.atomic():
            twin = Twin(**differences)
            twin.build()
            found = {
                model: {*model.objects.filter(pk__gt=FIRST_KEY).values_list("pk", flat=True)}
                for model in (type(row) for row in (*twin.ties[:1], *twin.projects[:1], *twin.visits[:1]))
            }
            keys.append({model: {key for key in rows if key % GAP == 0} for model, rows in found.items()})
            hidden.append({model: rows - keys[-1][model] for model, rows in found.items()})
            transaction.set_rollback(True)

    assert keys[0] == keys[1]
    for model, rows in keys[0].items():
        for private in hidden:
            assert any(key > max(rows) for key in private[model])
            assert any(key < min(rows) for key in private[model])
            assert any(min(rows) < key < max(rows) for key in private[model])
        assert hidden[0][model] != hidden[1][model]
        assert len(hidden[0][model]) != len(hidden[1][model])
