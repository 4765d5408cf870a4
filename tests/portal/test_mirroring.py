"""What changed since a moment, the dates of answers, and a mirror that is kept with one call a day."""

import datetime
import io
import json
import re
import runpy
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.http import http_date, parse_http_date

from portal import looking
from portal.description import description
from portal.mirrored import MirroredViewSet
from portal.models import Look, Seen
from portal.views import PublicViewSet
from relations.models import Partnership
from tests import factories as make
from tests.portal import world as worlds
from tests.portal.test_lists import NOT_OURS

BEGINNING = "1970-01-01T00:00:00Z"
SCRIPT = Path(__file__).parents[2] / "docs" / "mirror.py"
MIRRORED = [*looking.RESOURCES]


def look():
    return looking.look(now=timezone.now())


def moment(value):
    return f"{value:%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def since(get):
    """The page of what changed since then."""

    def since(name, moment=BEGINNING, **parameters):
        more = "".join(f"&{key}={value}" for key, value in parameters.items())
        answer = get(f"{name}/?changed_since={moment}{more}")
        assert answer.status_code == 200, answer.content
        return answer.json()

    return since


@pytest.fixture
def user(db):
    return make.UserFactory()


# --- what changed since ---


@pytest.mark.parametrize("name", MIRRORED)
def test_from_the_beginning_on_it_is_all_as_on_its_own_page(get, world, since, rows, name):
    look()
    page = since(name)
    stamp = moment(Look.last().changed_at)

    assert page["changed_until"] == stamp
    assert {row["id"] for row in page["results"]} == {row["id"] for row in rows(f"{name}/")}
    for row in page["results"]:
        assert row == get(f"{name}/{row['id']}/").json() | {"changed_at": stamp}


def test_after_the_last_change_there_is_nothing(world, since):
    look()
    until = since("partnerships")["changed_until"]

    assert since("partnerships", until) == {
        **{"next": None, "previous": None, "results": []},
        "changed_until": until,
    }


def test_changes_come_in_their_order_and_what_was_withdrawn_as_a_tombstone(since, user):
    first, second, third = (make.ProjectFactory() for _number in range(3))
    for project in (first, second, third):
        project.publish(by=user)
        look()
    until = since("projects")["changed_until"]
    first.title = "Neu"
    first.save()
    look()
    second.withdraw()
    look()
    page = since("projects", until)
    stamps = [moment(row.changed_at) for row in Seen.objects.filter(resource="projects").order_by("pk")]

    assert [(row["id"], row.get("name")) for row in page["results"]] == [
        (first.pk, "Neu"),
        (second.pk, None),
    ]
    assert page["results"][1] == {
        **{"id": second.pk, "changed_at": stamps[2], "withdrawn_at": stamps[2]},
    }
    assert [row["id"] for row in since("projects")["results"]] == [third.pk, first.pk, second.pk]


def test_what_was_withdrawn_this_moment_is_a_tombstone_before_the_next_look(since, user):
    project = make.ProjectFactory(summary="Geheim")
    project.publish(by=user)
    look()
    project.withdraw()
    before = since("projects")["results"][0]
    look()
    after = since("projects")["results"][0]

    assert set(before) == set(after) == {"id", "changed_at", "withdrawn_at"}
    assert before == after


def mottos(page):
    return sorted(row["motto"] for row in page["results"])


def test_what_a_mirror_was_told_between_two_looks_is_told_again_when_it_is_taken_back(since, world):
    look()
    world.tie.motto = "Versehen"
    world.tie.save()
    told = since("partnerships")
    world.tie.motto = ""
    world.tie.save()
    look()
    again = since("partnerships", told["changed_until"])

    assert mottos(told) == ["", "Versehen"]
    assert mottos(again) == [""]


def test_what_was_withdrawn_and_published_again_between_two_looks_comes_back_to_a_mirror(since, user):
    project = make.ProjectFactory()
    project.publish(by=user)
    look()
    project.withdraw()
    gone = since("projects")
    project.publish(by=user)
    look()
    back = since("projects", gone["changed_until"])

    assert ["withdrawn_at" in row for row in gone["results"]] == [True]
    assert [row["id"] for row in back["results"]] == [project.pk]


def saving(world, monkeypatch, *, turns):
    """Somebody saves while the first answers are made."""
    texts = [f"Motto {number}" for number in range(turns)]
    changes = MirroredViewSet.changes

    def meanwhile(*args):
        answer = changes(*args)
        if texts:
            world.tie.motto = texts.pop()
            world.tie.save()
        return answer

    monkeypatch.setattr(MirroredViewSet, "changes", meanwhile)


def test_what_is_saved_while_a_mirror_is_answered_is_in_the_answer(since, world, monkeypatch):
    look()
    saving(world, monkeypatch, turns=2)

    assert mottos(since("partnerships")) == ["", "Motto 0"]


def test_while_somebody_goes_on_saving_a_mirror_is_told_to_come_again(get, world, monkeypatch):
    look()
    saving(world, monkeypatch, turns=3)
    address = f"partnerships/?changed_since={BEGINNING}"
    refused, found = get(address), get(address)

    assert (refused.status_code, refused["Retry-After"]) == (503, "3")
    assert mottos(found.json()) == ["", "Motto 0"]


def test_what_another_look_kept_that_was_quicker_is_not_taken_for_ours(get, world, monkeypatch):
    look()
    world.tie.motto = "Versehen"
    world.tie.save()
    monkeypatch.setattr(looking, "_keep", lambda *args, **kwargs: False)
    address = f"partnerships/?changed_since={BEGINNING}"
    refused = get(address)
    monkeypatch.undo()

    assert (refused.status_code, get(address).status_code) == (503, 200)


def test_only_what_is_mirrored_is_looked_at_on_the_way(get, world):
    look()
    world.tie.motto = "Gemeinsam"
    world.tie.save()
    number = Look.last().number
    codes = [
        get(f"{name}?changed_since={BEGINNING}").status_code for name in ("schema/", "nothing/", "themes.csv")
    ]

    assert codes == [400, 404, 404]
    assert Look.last().number == number


def test_what_is_too_much_to_look_at_on_the_way_waits_for_the_look_of_the_minute(get, world, monkeypatch):
    look()
    monkeypatch.setattr(looking._touched, "__kwdefaults__", {"most": 1})
    world.tie.motto = "Gemeinsam"
    world.tie.save()
    address = f"partnerships/?changed_since={BEGINNING}"
    refused = get(address)
    look()

    assert (refused.status_code, get(address).status_code) == (503, 200)


def test_a_mirror_asks_anew_on_another_day_once_a_look_has_found_what_the_day_changes(get, world):
    look()
    address = f"visits/?changed_since={BEGINNING}"
    with time_machine.travel(timezone.now() + datetime.timedelta(days=1)):
        refused = get(address)
        look()

        assert (refused.status_code, get(address).status_code) == (503, 200)


def test_a_deleted_row_is_a_tombstone_and_one_published_again_is_there_again(since, user):
    deleted, again = make.ProjectFactory(), make.ProjectFactory()
    for project in (deleted, again):
        project.publish(by=user)
    look()
    key = deleted.pk
    deleted.delete()
    again.withdraw()
    look()
    again.publish(by=user)
    look()

    assert [(row["id"], "withdrawn_at" in row) for row in since("projects")["results"]] == [
        (key, True),
        (again.pk, False),
    ]


def test_before_the_first_look_nothing_is_told_and_nothing_missed(world, since):
    assert since("partnerships") == {
        **{"next": None, "previous": None, "results": []},
        "changed_until": BEGINNING,
    }


@pytest.mark.parametrize("lang", ["de", "en"])
def test_names_are_in_the_language_asked_for(get, world, since, lang):
    look()
    further = world.tie.further_cities.get()
    names = {row["id"]: row["name"] for row in since("cities", lang=lang)["results"]}

    assert names[further.pk] == get(f"cities/{further.pk}/?lang={lang}").json()["name"]


def test_next_leads_through_all_of_them_once(client, since, user):
    for _number in range(5):
        make.ProjectFactory().publish(by=user)
        look()
    everything = [row["id"] for row in since("projects")["results"]]
    followed, page = [], since("projects", page_size=2)
    while page:
        followed += [row["id"] for row in page["results"]]
        page = page["next"] and client.get(page["next"]).json()

    assert followed == everything
    assert len(everything) == 5


def test_a_row_that_changes_while_pages_are_fetched_comes_once_more_at_the_end(client, since, user):
    projects = [make.ProjectFactory() for _number in range(3)]
    for project in projects:
        project.publish(by=user)
    look()
    page = since("projects", page_size=2)
    projects[0].title = "Neu"
    projects[0].save()
    look()
    last = client.get(page["next"]).json()

    assert [row["id"] for row in last["results"]] == [projects[2].pk, projects[0].pk]
    assert last["changed_until"] > page["changed_until"]


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "2026", "2026-11-27", "2026-11-27T06:00:00", "2026-11-27T06:00Z", "2026-02-30T06:00:00Z"),
        *("2026-11-27T06:00:00 01:00", "2026-11-27T24:01:00Z", "0001-01-01T00:00:00%2B14:00"),
        *("9999-12-31T23:59:59Z", "٢026-11-27T06:00:00Z", "2026-11-27T06:00:00Z%00"),
    ],
)
def test_what_is_no_moment_or_still_to_come_is_refused(get, db, text):
    answer = get(f"partnerships/?changed_since={text}")

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["changed_since"]


@pytest.mark.parametrize("text", [BEGINNING, "0001-01-01t00:00:00z", "2020-01-01T00:00:00.25%2B05:30"])
def test_any_moment_of_the_rfc_is_taken(get, db, text):
    assert get(f"partnerships/?changed_since={text}").status_code == 200


def test_a_stamp_that_is_ahead_of_the_clock_is_taken_back(since, user):
    for _number in range(4):
        make.ProjectFactory().publish(by=user)
        look()
    until = since("projects")["changed_until"]

    assert since("projects", until)["results"] == []


@pytest.mark.parametrize("asked", ["search=x", "kind=contact", "country=TR", "year=1989", "status=active"])
def test_no_filter_may_hide_what_leaves_it(get, db, asked):
    answer = get(f"partnerships/?changed_since={BEGINNING}&{asked}")

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [asked.partition("=")[0]]


def test_anniversaries_are_not_mirrored_nor_is_a_single_row(get, world):
    answers = [
        get(f"{address}?changed_since={BEGINNING}")
        for address in ("anniversaries/", f"cities/{world.home.pk}/")
    ]

    assert [answer.status_code for answer in answers] == [400] * 2


@pytest.mark.parametrize("name", MIRRORED)
def test_changes_cost_the_same_with_few_and_with_many_rows(get, db, name):
    counts, lengths = [], []
    address = f"{name}/?changed_since={BEGINNING}"
    get(address)
    for more in (1, 7):
        for _number in range(more):
            worlds.build()
        look()
        with CaptureQueriesContext(connection) as queries:
            lengths.append(len(get(address).json()["results"]))
        counts.append(len([one for one in queries if NOT_OURS not in one["sql"]]))

    assert lengths[0] < lengths[1]
    assert counts[0] == counts[1] <= 12


def test_a_page_deep_within_begins_by_the_index(get, since, user):
    for _number in range(3):
        make.ProjectFactory().publish(by=user)
    look()
    with CaptureQueriesContext(connection) as queries:
        get(since("projects", page_size=1)["next"].partition("/v1/")[2])
    deep = [one["sql"] for one in queries if "portal_seen" in one["sql"]][-1]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Of three rows it would sort whatever it finds: may it be read in order?
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' if connection.vendor == 'sqlite' else ''}{deep}")
        plan = "\n".join(str(line) for line in cursor.fetchall())

    assert not re.search(r"SCAN|Seq Scan|Sort|TEMP B-TREE", plan), plan


# --- dates ---


def test_a_page_has_the_date_of_its_row_and_a_list_that_of_the_last_change(get, world, user):
    look()
    row = Seen.objects.get(resource="partnerships", key=world.tie.pk)
    Seen.objects.filter(pk=row.pk).update(changed_at=row.changed_at - datetime.timedelta(days=1))
    dates = {
        address: parse_http_date(get(address)["Last-Modified"])
        for address in (f"partnerships/{world.tie.pk}/", "partnerships/", "themes/")
    }
    last = int(row.changed_at.timestamp())

    assert dates == {
        f"partnerships/{world.tie.pk}/": last - 24 * 60 * 60,
        **{"partnerships/": last, "themes/": last},
    }


@pytest.mark.parametrize("address", ["projects/", "projects/{0}/", "projects/{0}.jsonld", "cities/"])
def test_there_is_no_date_for_what_could_be_taken_back_before_a_look(get, world, user, address):
    address = address.format(world.project.pk)
    look()
    before = get(address)["Last-Modified"]
    titles = world.project.title, "Versehen"
    world.project.title = titles[1]
    world.project.save()
    shown = get(address)
    world.project.title = titles[0]
    world.project.save()
    look()

    assert "Last-Modified" not in shown
    assert get(address)["Last-Modified"] == before


def test_a_date_never_hides_what_was_saved_since_the_last_look(get, world, user):
    look()
    addresses = ["partnerships/", f"partnerships/{world.tie.pk}/", f"visits/{world.visit.pk}/", "cities/"]
    tomorrow = http_date(timezone.now().timestamp() + 86_400)
    world.partner.name_de = "Byzanz"
    world.partner.save()
    answers = [get(address, **{"If-Modified-Since": tomorrow}) for address in addresses]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert all("Byzanz" in answer.content.decode() for answer in answers)


@pytest.mark.parametrize(
    "address",
    [
        *("partnerships/", "partnerships/{0}/", "partnerships/{0}.jsonld", "anniversaries/{0}-35/"),
        *("partnerships.csv", "partnerships.geojson"),
    ],
)
def test_a_date_never_hides_what_a_look_found_while_the_answer_was_made(get, world, monkeypatch, address):
    def save_and_look(*args, **kwargs):
        monkeypatch.undo()
        world.partner.name_de = "Byzanz"
        world.partner.save()
        look()
        return finalize(*args, **kwargs)

    look()
    finalize = PublicViewSet.finalize_response
    monkeypatch.setattr(PublicViewSet, "finalize_response", save_and_look)
    first = get(address.format(world.tie.pk))
    again = get(address.format(world.tie.pk), **{"If-Modified-Since": first["Last-Modified"]})

    assert [one.status_code for one in (first, again)] == [200] * 2
    assert ["Byzanz" in one.content.decode() for one in (first, again)] == [False, True]


def test_a_tag_goes_before_a_date(get, world):
    look()
    first = get("partnerships/")
    date = {"If-Modified-Since": first["Last-Modified"]}

    assert get("partnerships/", **date, **{"If-None-Match": '"x"'}).status_code == 200
    world.home.notes = "Vertraulich"
    world.home.save()
    assert get("partnerships/", **date, **{"If-None-Match": first["ETag"]}).status_code == 304


def test_a_private_change_changes_no_date(get, world):
    look()
    addresses = ["partnerships/", f"partnerships/{world.tie.pk}/", "cities/", "visits/"]
    before = [get(address).headers for address in addresses]
    world.home.notes = "Vertraulich."
    world.home.save()
    saved = [get(address).headers for address in addresses]
    look()

    assert saved == before == [get(address).headers for address in addresses]


def test_anniversaries_of_this_year_are_others_from_new_year_on(get, world):
    look()
    Look.objects.update(changed_at=datetime.datetime(2001, 2, 3, tzinfo=datetime.UTC))
    found = parse_http_date(get("anniversaries/")["Last-Modified"])
    new_year = datetime.datetime.fromtimestamp(found, tz=datetime.UTC) + datetime.timedelta(hours=12)

    assert (new_year.year, new_year.month, new_year.day) == (timezone.localdate().year, 1, 1)


# --- the description, and a mirror ---


def test_the_description_tells_of_both_kinds_of_pages():
    described = description()["paths"]
    for name in MIRRORED:
        operation = described[f"/{name}/"]["get"]
        schemas = operation["responses"]["200"]["content"]["application/json"]["schema"]["anyOf"]
        row, tombstone = schemas[1]["properties"]["results"]["items"]["oneOf"]

        assert "changed_until" in schemas[1]["required"]
        assert "allOf" in row
        assert tombstone["required"] == ["id", "changed_at", "withdrawn_at"]
        assert "changed_since" in {parameter["name"] for parameter in operation["parameters"]}
    anniversaries = described["/anniversaries/"]["get"]["parameters"]
    assert "changed_since" not in {parameter["name"] for parameter in anniversaries}


@pytest.mark.django_db(transaction=True)
def test_the_script_of_the_docs_keeps_a_mirror(live_server, tmp_path):
    address = f"{live_server.url}/api/public/v1/partnerships/"

    def mirrored():
        subprocess.run([sys.executable, SCRIPT, address, tmp_path], check=True, timeout=120)
        return {int(file.stem): json.loads(file.read_text())["motto"] for file in tmp_path.glob("*.json")}

    user, (tie, other, third) = make.UserFactory(), (make.PartnershipFactory() for _number in range(3))
    key = third.pk
    found = [mirrored()]
    for row in (tie, other, third):
        row.publish(by=user)
    look()
    found.append(mirrored())
    tie.motto = "Gemeinsam"
    tie.save()
    other.withdraw()
    look()
    found.append(mirrored())
    other.publish(by=user)
    third.delete()
    look()
    found.append(mirrored())

    assert found == [
        {},
        {tie.pk: "", other.pk: "", key: ""},
        {tie.pk: "Gemeinsam", key: ""},
        {tie.pk: "Gemeinsam", other.pk: ""},
    ]
    assert Partnership.objects.count() == 2


def test_the_script_asks_again_after_as_many_seconds_as_it_is_told(monkeypatch):
    mirror = runpy.run_path(str(SCRIPT))
    answers, waited = [503, 503, 200], []

    def urlopen(address, timeout):
        code = answers.pop(0)
        if code == 503:
            raise HTTPError(address, code, "", {"Retry-After": "3"}, None)
        return io.BytesIO(b'{"results": []}')

    mirror["fetch"].__globals__["urlopen"] = urlopen
    monkeypatch.setattr(time, "sleep", waited.append)

    assert mirror["fetch"]("https://goldenbook.example.org/") == {"results": []}
    assert waited == [3, 3]
