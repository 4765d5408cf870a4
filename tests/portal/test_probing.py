"""What is not public can be neither read nor found out at the public door, whatever is asked there.

A secret stands in every private column that can hold one. What cannot, yes and no, relations, two letters, is
turned into something else, and no answer may change. Asked is each address of the resolver by each of its
parameters, and by names that there are not: each path to a column up to two relations away at one address of
its model, one in twenty of those three away, each with a lookup that dice choose, and each column of the
model itself with each lookup.
"""

import random
import re
from itertools import islice

import pytest
import time_machine
from django.contrib.auth.models import Group

from contacts.models import City
from contacts.names import ComputedField
from delegations.models import Delegation, JubileeStep
from delegations.shipped import ship as ship_steps
from portal.description import description
from portal.looking import look
from relations.models import Partnership, Project, Theme
from relations.models.partnerships import Status
from reminders.models import Rule, Stage
from reminders.shipped import ship as ship_rules
from tests.portal import world as worlds
from tests.portal.conftest import API
from tests.portal.fields import ASKED, COLUMNS, DECIDING, LEADING
from tests.portal.planting import MARK, WORD, every_model, plant_what_is_private, turn
from tests.portal.test_noninterference import KEY, NOW, resource_of, routes, whole
from tests.rights.routes import parameters_of

MODELS = {
    **{"cities": City, "partnerships": Partnership, "projects": Project, "visits": Delegation},
    **{"themes": Theme, "anniversaries": Partnership, "news.rss": Delegation, "catalog.jsonld": Partnership},
    **{"schema": Partnership, "embed": Partnership},
}
# They are files of ours, the same for everybody, whatever stands behind their name.
SCRIPTS = ("embed/v1",)
LISTS = ("cities", "partnerships", "projects", "visits", "themes", "anniversaries")

LOOKUPS = (
    *("", "exact", "iexact", "contains", "icontains", "in", "gt", "gte", "lt", "lte", "startswith"),
    *("istartswith", "endswith", "iendswith", "range", "isnull", "regex", "iregex", "year", "date", "not"),
    *("search", "on_or_before", "on_or_after", "within", "among", "from", "to"),
)
# What programs of others know; the last ones as other frameworks spell them.
UNHEARD_OF = (
    *(
        "ordering",
        "order_by",
        "sort",
        "o",
        "fields",
        "only",
        "omit",
        "exclude",
        "include",
        "expand",
        "format",
    ),
    *(
        "q",
        "query",
        "filter",
        "where",
        "limit",
        "offset",
        "page",
        "count",
        "distinct",
        "group_by",
        "callback",
    ),
    *("version", "id", "pk", "id__in", "token", "user", "debug", "published", "drafts", "all", "deleted"),
    *("filter[title]", "fields[city]", "$filter", "$expand", "_fields", "select", "Lang", "SEARCH"),
)
# On a page of ours that says there is no such page one may choose the language.
FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
# Columns so many relations away are asked of every address, of one of its model, and some of those of one.
NEAR, FAR, FURTHEST = 0, 2, 3
ONE_IN = 20
BATCH = 4_000


def asked_for(route):
    """What the table lets it be asked for by."""
    resource = resource_of(route)
    if route.startswith("embed/"):
        return ASKED["embed"]
    if KEY.search(route):
        return {"lang"}
    return ASKED.get(resource) or ASKED[route.removeprefix(API[1:]).rstrip("/")]


def data_routes():
    return [route for route in routes() if not route.startswith(SCRIPTS)]


def model_of(route):
    name = "embed" if route.startswith("embed/") else resource_of(route)
    return MODELS.get(name) or MODELS[name.partition(".")[0]]


# --- paths of columns ---


def paths(model, hops, before=""):
    """Each column that lies so many relations away at most, in either direction, as filters spell it."""
    for field in model._meta.get_fields():
        if "+" in field.name or (field.is_relation and field.related_model is None):
            continue
        yield f"{before}{field.name}"
        if hops and field.is_relation and not field.related_model.__name__.startswith("Historical"):
            yield from paths(field.related_model, hops - 1, f"{before}{field.name}__")


def wrong_names(route):
    """Parameters that there are not, each path with some lookup, and each lookup with some path."""
    mine = [other for other in data_routes() if model_of(other) is model_of(route)]
    dice = random.Random(route)
    far = [*islice(paths(model_of(route), FAR), mine.index(route), None, len(mine))]
    far += islice(paths(model_of(route), FURTHEST), mine.index(route), None, len(mine) * ONE_IN)
    found = {f"{path}__{lookup}" if lookup else path for path in far for lookup in [dice.choice(LOOKUPS)]}
    for path in paths(model_of(route), NEAR):
        found |= {path, f"-{path}", f"{path}__{dice.choice(LOOKUPS)}"}
    found |= {f"{field.name}__{lookup}" for field in model_of(route)._meta.fields for lookup in LOOKUPS}
    everywhere = set().union(*ASKED.values())
    found |= {*everywhere, *UNHEARD_OF, *(f"{name}__{look}" for name in everywhere for look in LOOKUPS[1:])}
    return sorted(found - asked_for(route))


def batches_of(names):
    names = iter(names)
    while batch := [*islice(names, BATCH)]:
        yield batch


# --- the world, and what is asked of it ---


@pytest.fixture
def secrets(world):
    # As migrations leave them; a database of tests may have none.
    ship_rules(Rule, Stage)
    ship_steps(JubileeStep)
    Group.objects.get_or_create(name="Leitung")
    # A published "Projekt 1013" would be found by a year that is a secret.
    worlds.name_things(world)
    with time_machine.travel(NOW, tick=False):
        found = plant_what_is_private(world, worlds.hide_around(world))
        look(now=NOW)
        yield found


def address_of(route, world):
    """With a row that is public."""
    rows = {
        **{"cities": world.partner.pk, "partnerships": world.tie.pk, "projects": world.project.pk},
        **{"visits": world.visit.pk, "themes": world.theme.pk, "anniversaries": f"{world.tie.pk}-35"},
    }
    return "/" + KEY.sub(lambda _found: str(rows[resource_of(route)]), route)


def addresses(world):
    """Of each route, with every row that there is, public or not."""
    for route in data_routes():
        yield address_of(route, world)
        if KEY.search(route):
            for pk in model_of(route)._base_manager.values_list("pk", flat=True):
                key = f"{pk}-10" if resource_of(route) == "anniversaries" else str(pk)
                yield "/" + KEY.sub(key, route)


VALUES = {
    "lang": ["de", "en", "tr", "zz"],
    "page_size": [1, 500],
    "country": ["DE", "TR", "FR", "AT", "PL"],
    "search": ["istanbul", "koln", "berlin"],
    "year": [1989, 1990, 1999, 2020, 2021, 2023, 2024, 2026],
    "changed_since": ["1970-01-01T00:00:00Z", "2026-11-20T11:59:59Z"],
    "show": ["map", "list", "anniversaries"],
    "limit": [1, 100],
    "cursor": ["x"],
}


def values_of(name, route):
    match name:
        case "theme":
            return [*Theme.objects.values_list("slug", flat=True)]
        case "kind":
            return [*model_of(route).Kind.values]
        case "status":
            return [*Status.values]
    return VALUES[name]


def questions(world):
    """All that the door knows: each address plain, and by each parameter with each value it may have."""
    yield from dict.fromkeys(addresses(world))
    for route in data_routes():
        address = address_of(route, world)
        for name in sorted(asked_for(route)):
            yield from (f"{address}?{name}={value}" for value in values_of(name, route))


def told(answer):
    """All that somebody reads of it. Tag and form's token are left out: by chance they hold anything."""
    heads = {name: text for name, text in answer.headers.items() if name != "ETag"}
    return f"{FORM_TOKEN.sub('', answer.getvalue().decode())}{heads}"


# --- what it can be asked for by ---


@pytest.mark.parametrize("route", data_routes())
def test_an_address_takes_the_parameters_that_the_table_names(route):
    taken = parameters_of("/" + KEY.sub("1-1" if "anniversaries" in route else "1", route))
    path = "/" + KEY.sub("{id}", route).removeprefix(API[1:])
    described = description()["paths"].get(path, {"get": {"parameters": []}})["get"].get("parameters", [])

    assert taken == asked_for(route)
    assert {each["name"] for each in described if each["in"] == "query"} <= taken


def test_each_path_is_asked_for_and_each_lookup():
    asked = {model: set() for model in MODELS.values()}
    for route in data_routes():
        asked[model_of(route)].update(wrong_names(route))

    for model, names in asked.items():
        # With a lookup behind it, as a rule.
        known = names | {name.rpartition("__")[0] for name in names} | asked_for("embed/")
        assert {*paths(model, FAR)} <= known
        assert {f"{field.name}__{lookup}" for field in model._meta.fields for lookup in LOOKUPS[1:]} <= names


@pytest.mark.parametrize("model", sorted({*MODELS.values()}, key=lambda model: model.__name__))
def test_whatever_else_is_asked_for_is_refused_by_name_and_tells_nothing(client, secrets, world, model):
    for route in (route for route in data_routes() if model_of(route) is model):
        for names in batches_of(wrong_names(route)):
            asked = dict.fromkeys(names, "1")
            answer = client.get(address_of(route, world), asked, headers={"Accept-Language": "en"})

            assert (route, answer.status_code, unnamed(answer, names)) == (route, 400, [])
            assert secrets.within(told(answer)) == []


def unnamed(answer, names):
    """Those of the parameters that the refusal does not name."""
    if "json" not in answer["Content-Type"]:
        text = answer.getvalue().decode()
        return [name for name in names if f"<strong>{name}</strong>" not in text]
    return sorted(set(names) - {error["field"] for error in answer.json()["errors"]})[:10]


# --- what it shows ---


def other_forms(address):
    """The same by another method, in another form, or for another reader."""
    yield from (
        ("options", address, {}),
        ("head", address, {}),
        ("post", address, {}),
        ("trace", address, {}),
    )
    for accepted in ("text/html", "application/json; indent=4", "text/csv", "application/xml", "*/*;q=0"):
        yield "get", address, {"Accept": accepted}
    yield "get", address, {"Accept-Language": "en", "Origin": "https://stadt.example", "X-HTTP-Method": "PUT"}
    for end in (".json", ".csv", ".api", ".xml", "schema/", "..", "%00", "0/", "-1/", "history/", "export/"):
        yield "get", address.rstrip("/") + end, {}
    yield from (("get", f"{address}?format={name}", {}) for name in ("json", "api", "csv", "xlsx"))


def test_no_answer_holds_a_secret_whatever_is_asked(client, secrets, world):
    asked = [("get", address, {}) for address in questions(world)]
    for route in data_routes():
        asked += other_forms(address_of(route, world))
    found = []
    for method, address, headers in asked:
        text = told(getattr(client, method)(address, headers=headers))
        # But for what somebody has said themselves, who may be told what they asked for.
        if held := [secret for secret in secrets.within(text) if secret not in address]:
            found.append((method, address, headers, held))

    assert found == []
    assert {method for method, *_rest in asked} == {"get", "options", "head", "post", "trace"}


# --- what it can be searched and narrowed by ---


def findings(client, asked):
    """Those of the addresses that tell of a row."""
    return [address for address in asked if client.get(address).json()["results"]]


def test_no_secret_finds_a_row(client, secrets, world):
    """A word is found by what all begin with, a day by its month, a number by itself; a slug is whole."""
    firsts = set(secrets.firsts.values())
    words = sorted(text for text in firsts if text.startswith(WORD))
    numbers = sorted(text for text in firsts if text.isdigit())
    days = [text for text in firsts if re.match(r"1[0-9]{3}-", text)]
    # Not by the year alone: published names end in a number that may be just that.
    months = sorted({text[:7] for text in days})
    years = sorted({text[:4] for text in days})
    asked = []
    for name in LISTS:
        asked += [f"{API}{name}/?search={text}" for text in (WORD, *numbers, *months)]
        asked += [f"{API}{name}/?theme={text}" for text in words if "theme" in ASKED[name]]
        asked += [f"{API}{name}/?year={text}" for text in years if "year" in ASKED[name]]
    plain = [f"{API}{name}/" for name in LISTS]

    assert findings(client, asked) == []
    assert findings(client, plain) == plain


# --- what is either so or otherwise ---


# To any other value the database says no: it belongs together with that of another column.
FIXED = {
    *(("delegations.FollowUp", name) for name in ("done_on", "offset", "planned_on", "step")),
    *(("delegations.Gift", "decision"), ("relations.PartnershipEvent", "merged_into")),
    *(("reminders.Mail", name) for name in ("lease_until", "token")),
    *(("reminders.Reminder", name) for name in ("agreement", "city", "delegation", "follow_up")),
    *(("reminders.Reminder", name) for name in ("named", "office")),
}


def spared(row):
    label = row._meta.label
    return {*MARK, *COLUMNS.get(label, ()), *DECIDING.get(label, ()), *LEADING.get(label, ())}


def turn_all():
    """Which columns of which models could be turned."""
    return {
        (model._meta.label, name)
        for model in every_model()
        for row in model._base_manager.order_by("pk")
        for name in turn(row, spared=spared(row))
    }


def test_what_is_so_or_otherwise_changes_no_answer(client, secrets, world):
    asked = [*questions(world)]
    before = [whole(client.get(address)) for address in asked]
    turn_all()
    after = [whole(client.get(address)) for address in asked]

    assert [address for address, one, two in zip(asked, before, after, strict=True) if one != two] == []
    assert look(now=NOW, whole=True) == 0


def test_every_private_column_holds_a_secret_or_is_turned(secrets, world):
    turned = turn_all()
    private = {
        (model._meta.label, field.name)
        for model in every_model()
        for field in (*model._meta.concrete_fields, *model._meta.many_to_many)
        if field.name not in spared(model()) and not is_derived(field)
    }

    left = private - secrets.columns - turned
    assert left == FIXED, " ".join(map(".".join, sorted(left)))


def is_derived(field):
    """From other columns, or rows of its own that hold secrets themselves."""
    if field.many_to_many:
        return not field.remote_field.through._meta.auto_created
    return field.primary_key or field.generated or isinstance(field, ComputedField)
