"""A Python client that nobody wrote: made from the description, it works against a server."""

import datetime
import importlib
import json
import sys
import typing
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.core.management import call_command
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser.errors import ErrorLevel

from tests.api.rows import make_full
from tests.factories import (
    PASSWORD,
    CityFactory,
    DocumentFactory,
    HomeCityFactory,
    PartnershipFactory,
    UserFactory,
    user_in,
)
from tests.files import PDF, upload
from tests.rights.table import ONLY_READ

NAME = "goldenbook_client"


@pytest.fixture(scope="module")
def made(tmp_path_factory, django_db_blocker):
    """The client's folder, and what its generator had to say."""
    folder = tmp_path_factory.mktemp("client")
    with django_db_blocker.unblock():
        call_command("spectacular", format="openapi-json", file=str(folder / "schema.json"))
    wishes = ConfigFile(package_name_override=NAME, post_hooks=[])
    config = Config.from_sources(
        wishes, MetaType.NONE, folder / "schema.json", "utf-8", overwrite=True, output_path=folder / NAME
    )
    complaints = generate(config=config)
    return folder, complaints


@pytest.fixture
def client(made):
    """Its modules, by their path."""
    folder, _complaints = made
    sys.path.insert(0, str(folder))
    yield lambda path: importlib.import_module(f"{NAME}.{path}")
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
        del sys.modules[name]


def test_the_generator_has_no_complaint(made):
    _folder, complaints = made

    assert [
        (error.level, error.header, error.detail)
        for error in complaints
        if error.level in (ErrorLevel.ERROR, ErrorLevel.WARNING)
    ] == []


def test_every_operation_of_the_description_is_a_function(made):
    folder, _complaints = made
    paths = json.loads((folder / "schema.json").read_text())["paths"]
    operations = {one["operationId"] for path in paths.values() for one in path.values()}
    functions = {file.stem for file in (folder / NAME / "api").glob("*/*.py")} - {"__init__"}

    assert functions == operations


def test_every_module_can_be_imported(made, client):
    folder, _complaints = made
    for file in sorted((folder / NAME).rglob("*.py")):
        client(".".join(Path(file).relative_to(folder / NAME).with_suffix("").parts))


def test_classes_are_called_as_the_api_calls_things(made):
    folder, _complaints = made
    found = {file.stem for file in (folder / NAME / "models").glob("city*.py")}

    assert {"city", "city_kind", "city_request", "city_rows_request"} <= found
    assert "city_art" not in found


@pytest.fixture
def signed_in(client, live_server):
    """Signs accounts in; their connections are closed in the end, also when a test fails."""
    library = client("client")
    with ExitStack() as connections:

        def sign_in(user):
            with library.Client(live_server.url, httpx_args={"auth": (user.username, PASSWORD)}) as password:
                token = client("api.auth.auth_login").sync(client=password).token
            staff = library.AuthenticatedClient(
                live_server.url,
                token,
                prefix="Token",
                headers={"Accept-Language": "en"},
                raise_on_unexpected_status=True,
            )
            return connections.enter_context(staff)

        yield sign_in


@pytest.mark.django_db(transaction=True)
def test_the_client_signs_in_lists_reads_creates_changes_and_deletes(client, signed_in):
    user = user_in("officer")
    home = HomeCityFactory(name_de="Berlin")
    for number in range(3):
        PartnershipFactory(home=home, partner__name_de=f"Stadt {number}", founded=f"198{number}")
    PartnershipFactory()
    staff = signed_in(user)

    # a list with a filter, page by page
    ties = client("api.partnerships.partnerships_list")
    first = ties.sync(client=staff, home=home.pk, page_size=2, ordering="-founded", count=True)
    names = [tie.partner.name for tie in first.results]
    cursor = dict(part.split("=") for part in first.next_.partition("?")[2].split("&"))["cursor"]
    second = ties.sync(client=staff, home=home.pk, page_size=2, ordering="-founded", cursor=cursor)
    assert (first.count, names) == (3, ["Stadt 2", "Stadt 1"])
    assert [tie.partner.name for tie in second.results] == ["Stadt 0"]
    assert (second.next_, first.results[0].founded) == (None, "1982")

    # changes, fields and full rows
    since = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    changed = ties.sync(client=staff, changed_since=since, fields="id,home", expand="home", home=home.pk)
    assert [tie.home.additional_properties["is_home"] for tie in changed.results] == [True] * 3

    # read
    tie = client("api.partnerships.partnerships_retrieve").sync(first.results[0].id, client=staff)
    assert (tie.name, tie.kind.value) == ("Berlin–Stadt 2", "partnership")

    # create, sent twice with one key
    models = client("models")
    create = client("api.cities.cities_create")
    body = models.CityRequest(name_de="Bursa", country="TR", kind=models.CityRequestKind.CITY)
    answers = [create.sync_detailed(client=staff, body=body, idempotency_key="a") for _ in range(2)]
    city = answers[0].parsed
    assert [answer.status_code for answer in answers] == [201, 201]
    assert (city.name, city.version, answers[1].parsed.id) == ("Bursa", 1, city.id)

    # many
    rows = models.CityRowsRequest(rows=[models.CityRequest(name_de=name, country="TR") for name in "AB"])
    many = client("api.cities.cities_bulk_create").sync(client=staff, body=rows)
    assert [row.name for row in many.rows] == ["A", "B"]

    # change with If-Match, and an older version
    change = client("api.cities.cities_partial_update")
    patch = models.PatchedCityRequest(region="Marmara")
    new = change.sync(city.id, client=staff, body=patch, if_match='"1"')
    assert (new.region, new.version) == ("Marmara", 2)
    refused = change.sync_detailed(city.id, client=staff, body=patch, if_match='"1"')
    assert (refused.status_code, refused.parsed.version) == (412, 2)

    # a verb
    suspend = client("api.partnerships.partnerships_suspend")
    suspended = suspend.sync(tie.id, client=staff, body=models.EventFactsRequest(on="2024-05"))
    assert suspended.status.value == "suspended"

    # delete, and what has gone
    assert client("api.cities.cities_destroy").sync_detailed(city.id, client=staff).status_code == 204
    gone = client("api.cities.cities_deleted_list").sync(client=staff, changed_since=since)
    assert [row.id for row in gone.results] == [city.id]

    # an error
    wrong = create.sync(client=staff, body=models.CityRequest(name_de="X", country="XX"))
    assert [(error.field, error.code) for error in wrong.errors] == [("country", "unknown")]
    missing = client("api.cities.cities_retrieve").sync(city.id, client=staff)
    assert (missing.status, missing.title) == (404, "Not found")

    # sign out
    assert client("api.auth.auth_logout").sync_detailed(client=staff).status_code == 204
    assert ties.sync(client=staff).status == 401


@pytest.mark.django_db(transaction=True)
def test_the_client_fetches_files_as_bytes(client, signed_in):
    document = DocumentFactory(file=upload(PDF, "charter.pdf"))
    staff = signed_in(UserFactory(is_superuser=True))

    fetched = client("api.documents.documents_file_retrieve").sync(document.pk, client=staff)

    assert fetched.payload.read() == PDF


# What changes by itself, and what cannot be there twice.
CLOCKWORK = ("id", "name", "created_at", "changed_at", "version")
ONCE = {
    "cities": {"wikidata_id": "", "geonames_id": None},
    "partnerships": {"kind": "climate"},
}


def as_body(module, shown, **others):
    """What the function takes, filled with what was read; it has no place for what is only read."""
    kinds = typing.get_args(typing.get_type_hints(module.sync)["body"]) or (
        typing.get_type_hints(module.sync)["body"],
    )
    body = next(kind for kind in kinds if hasattr(kind, "from_dict")).from_dict(as_written(shown) | others)
    body.additional_properties = {}
    return body


def as_written(value):
    """A relation is read with its name and written as its id."""
    if isinstance(value, list):
        return [as_written(one) for one in value]
    if isinstance(value, dict):
        is_relation = set(value) == {"id", "name"}
        return value["id"] if is_relation else {name: as_written(one) for name, one in value.items()}
    return value


def facts(shown):
    return {name: value for name, value in shown.to_dict().items() if name not in CLOCKWORK}


def rewritable(shown, name):
    """What another one is given: not what verbs and the program itself write, not the ids of parts."""
    only_read = ONLY_READ.get(name, "").split()
    return without_ids({field: value for field, value in facts(shown).items() if field not in only_read})


def without_ids(value):
    """Parts of another whole are other rows."""
    if isinstance(value, list):
        return [without_ids(one) for one in value]
    if isinstance(value, dict) and set(value) != {"id", "name"}:
        return {name: without_ids(one) for name, one in value.items() if name != "id"}
    return value


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["cities", "people", "partnerships", "projects", "delegations"])
def test_the_client_reads_what_the_server_shows_and_writes_it_back(client, signed_in, name):
    CityFactory()
    make_full(name, 1)
    staff = signed_in(UserFactory(is_superuser=True))
    package = f"api.{name}.{name}"
    put, patch = client(f"{package}_update"), client(f"{package}_partial_update")
    page = client(f"{package}_list").sync(client=staff)

    for row in page.results:
        shown = client(f"{package}_retrieve").sync(row.id, client=staff)
        assert shown.to_dict() == row.to_dict()
        for module in (put, patch):
            read, tag = shown, f'"{shown.version}"'
            shown = module.sync(row.id, client=staff, body=as_body(module, read.to_dict()), if_match=tag)
            assert facts(shown) == facts(read)
            refused = module.sync_detailed(
                row.id, client=staff, body=as_body(module, read.to_dict()), if_match=tag
            )
            assert refused.status_code == 412


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["cities", "people", "partnerships", "projects", "delegations"])
def test_the_client_makes_another_of_what_it_has_read(client, signed_in, name):
    make_full(name, 1)
    staff = signed_in(UserFactory(is_superuser=True))
    create = client(f"api.{name}.{name}_create")
    [row] = client(f"api.{name}.{name}_list").sync(client=staff, ordering="-changed_at", page_size=1).results
    read, others = rewritable(row, name), ONCE.get(name, {})
    body = as_body(create, read, **others)

    made = [create.sync(client=staff, body=body, idempotency_key="once") for _ in range(2)]

    assert made[0].id == made[1].id != row.id
    assert rewritable(made[0], name) == read | others
