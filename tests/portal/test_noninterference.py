"""What is not public changes no answer: not a byte of it, whatever is asked.

Two thousand requests, made after the description of the door, are answered; then everything private is
another, and more or less of it is there; and the same requests are answered byte for byte alike.
"""

import datetime
import random
from collections import Counter

import pytest
import time_machine

from contacts.models import City
from delegations.models import Delegation
from portal.looking import look
from portal.urls import description
from relations.models import Partnership, Project, Theme
from tests import factories as make
from tests.portal import world as worlds
from tests.portal.conftest import API
from tests.portal.planting import plant_what_is_private

SEEDS = (1, 2)
ANSWERS = 2_000 // len(SEEDS)
NOW = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
BEFORE = NOW - datetime.timedelta(days=1)
ROWS = {
    "cities": City,
    "partnerships": Partnership,
    "projects": Project,
    "visits": Delegation,
    "themes": Theme,
    "anniversaries": Partnership,
}
SHOWN = {
    **{"cities": "partner", "partnerships": "tie", "projects": "project", "visits": "visit"},
    **{"themes": "theme", "anniversaries": "tie"},
}
LANGUAGES = ("de", "en", "tr", "tr-TR", "zz")
WORDS = (
    "Istanbul",
    "istanbul",
    "koln",
    "Berlin Istanbul",
    "green",
    "Dacher",
    "Bosporus",
    "Stadt",
    "qzx",
    "Amt",
)


def routes() -> dict[str, list]:
    """Each address of the door, and what it can be asked for by."""
    described = {path: found["get"].get("parameters", []) for path, found in description()["paths"].items()}
    return {**described, "/schema/": []}


class Asked:
    """Requests by chance, after the description of the door: mostly as it says, some of them not."""

    def __init__(self, world: worlds.World, seed: int) -> None:
        self.world, self.dice, self.paths = world, random.Random(seed), routes()
        self.keys = {name: sorted(model.objects.values_list("pk", flat=True)) for name, model in ROWS.items()}
        self.slugs = sorted(Theme.objects.values_list("slug", flat=True))

    def requests(self, count: int) -> list[str]:
        paths = [*self.paths]
        return [self.request(paths[number % len(paths)]) for number in range(count)]

    def request(self, path: str) -> str:
        address, query = path.lstrip("/"), []
        for parameter in self.paths[path]:
            name = parameter["name"]
            if parameter["in"] == "path":
                address = address.replace(f"{{{name}}}", self.key(path))
            elif name != "cursor" and self.dice.random() < 0.3:
                query.append(f"{name}={self.value(name, parameter['schema'])}")
        if any(part.startswith("changed_since=") for part in query):
            # It takes no filter.
            query = [part for part in query if part.startswith(("changed_since=", "lang=", "page_size="))]
        if self.dice.random() < 0.03:
            query.append("published_at=2001")
        return f"{address}?{'&'.join(query)}"

    def key(self, path: str) -> str:
        resource = path.strip("/").partition("/")[0]
        key = getattr(self.world, SHOWN[resource]).pk
        if self.dice.random() < 0.3:
            # Whatever there is, and what is not there.
            key = self.dice.choice([*self.keys[resource], 999_999])
        return f"{key}-{self.dice.choice([1, 10, 37])}" if resource == "anniversaries" else str(key)

    def value(self, name: str, schema: dict) -> object:
        if "enum" in schema:
            return self.dice.choice(schema["enum"])
        match name:
            case "country":
                return self.dice.choice(["DE", "TR", "FR"])
            case "lang":
                return self.dice.choice(LANGUAGES)
            case "page_size":
                return self.dice.choice([1, 2, 3, 50, 500, 501])
            case "search":
                return self.dice.choice(WORDS)
            case "theme":
                return self.dice.choice([*self.slugs, "green"])
            case "year":
                return self.dice.choice([1989, 1990, 1999, 2020, 2021, 2023, 2024, 2026])
            case "changed_since":
                return self.dice.choice(["1970-01-01T00:00:00Z", "2026-11-19T13:00:00Z", "soon"])
        raise AssertionError(f"Say what {name} may be asked for.")


def answered(client, requests):
    """Every answer whole; where there are further pages they are asked for, and so is whether it changed."""
    found = []
    for address in requests:
        answer = client.get(API + address)
        found.append(whole(address, answer))
        if answer.status_code != 200:
            continue
        known = {"If-None-Match": answer["ETag"]}
        found.append(whole(f"{address} as before", client.get(API + address, headers=known)))
        if following := is_json(answer) and answer.json().get("next"):
            found.append(whole(following, client.get(following)))
    return found


def is_json(answer) -> bool:
    return answer["Content-Type"].startswith("application/json")


def whole(address, answer):
    headers = sorted((name, text) for name, text in answer.headers.items())
    return address, answer.status_code, headers, answer.getvalue()


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_not_public_changes_no_answer(client, world, seed):
    worlds.name_things(world)
    hidden = worlds.hide_around(world)
    with time_machine.travel(NOW, tick=False):
        look(now=BEFORE)
        asked = Asked(world, seed).requests(ANSWERS * 2 // 3)
        before = answered(client, asked)

        plant_what_is_private(world, hidden)
        remove_private_rows(world)
        add_private_rows(world)
        look(now=NOW, whole=True)
        after = answered(client, asked)

    assert [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]] == []
    assert len(before) >= ANSWERS
    codes = Counter(code for _address, code, _headers, _body in before)
    assert codes[200] + codes[304] >= 0.8 * len(before), codes
    assert routes_answered(before) == {*routes()}


def routes_answered(found):
    """The routes of which at least one answer was a good one."""
    good = {address.partition("?")[0] for address, code, _headers, _body in found if code == 200}
    return {path for path in routes() if any(_is_of(path, address) for address in good)}


def _is_of(path, address):
    before, _key, after = path.lstrip("/").partition("{id}")
    if not _key:
        return address == before
    between = address.removeprefix(before).removesuffix(after)
    return address == before + between + after and between.replace("-", "").isdigit()


def remove_private_rows(world):
    """Counts differ, and so do the keys that are in use."""
    world.visit.participants.exclude(person=world.mayor).delete()
    world.visit.costs.all().delete()
    world.visit.outcomes.all().delete()
    world.visit.programme.filter(published_at=None).delete()
    world.project.funding.all().delete()


def add_private_rows(world):
    for _number in range(12):
        town = make.CityFactory(country="TR")
        tie = make.PartnershipFactory(home=world.home, partner=town, founded="1989-11-17")
        tie.themes.add(world.theme)
        make.AgreementFactory(partnership=world.tie)
        project, visit = make.ProjectFactory(), make.DelegationFactory(partnership=world.tie)
        project.cities.add(world.partner)
        world.project.partnerships.add(tie)
        make.StopFactory(delegation=visit, city=world.partner)
        make.ProgrammeItemFactory(delegation=world.visit)
        make.ParticipantFactory(delegation=world.visit, person=make.PersonFactory())
        world.visit.documents.add(make.DocumentFactory())
        make.InteractionFactory()
        make.FollowUpFactory(delegation=world.visit)
