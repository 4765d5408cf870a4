from textwrap import dedent

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import translation

from config import cases
from contacts.models import City, Document, Organisation, Person, Post, Statement, Tenure
from delegations.models import Delegation, GoldenBookSigner, Participant, ProgrammeItem
from relations.models import Partnership, PartnershipEvent, Theme

pytestmark = pytest.mark.django_db

CITIES = """
cities:
  - {name_de: Duisburg, country: DE, wikidata_id: Q2100, is_home: true}
  - {name_de: Gaziantep, country: TR}
"""
VISIT = """
delegations:
  - title: Reise
    direction: outbound
    stops:
      - {order: 1, city: Duisburg}
      - {order: 2, city: Gaziantep}
    participants:
      - {person: Nora Beispiel, role: head}
      - {group: Gäste, role: guest, stop: 2}
    programme:
      - {order: 1, title: Empfang, kind: reception, stop: 2, attendees: [Nora Beispiel, Gäste]}
people:
  - {given_names: Nora, family_name: Beispiel}
"""


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def load(tmp_path):
    """Write texts into files and load them."""

    def write_and_load(*texts: str) -> cases.Counts:
        paths = [tmp_path / f"{'abc'[number]}.yaml" for number in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(dedent(text), encoding="utf-8")
        return cases.load(paths)

    return write_and_load


def everything() -> dict[str, list[tuple]]:
    """All rows of ours as they stand, their history included."""
    rooms = [apps.get_app_config(room) for room in ("contacts", "relations", "delegations")]
    models = [model for room in rooms for model in room.get_models()]
    return {model._meta.label: list(model._base_manager.order_by("pk").values_list()) for model in models}


# --- what a file may say ---


def test_rows_are_found_by_readable_names(load):
    load(CITIES, "partnerships: [{home: Q2100, partner: [Gaziantep, TR], founded: 2005-06-03}]")

    tie = Partnership.objects.get()
    assert (tie.home.name_de, tie.partner.name_de, str(tie.founded)) == (
        "Duisburg",
        "Gaziantep",
        "2005-06-03",
    )


def test_order_of_rows_and_files_does_not_matter(load):
    ties = "partnerships: [{home: Duisburg, partner: Gaziantep}]"

    assert load(ties, CITIES) == cases.Counts(made=3, changed=0, unchanged=0)


def test_rows_below_a_row_belong_to_it(load):
    load(
        CITIES,
        """
        partnerships:
          - home: Duisburg
            partner: Gaziantep
            events:
              - {kind: first_contact, on: 2004-11}
              - {kind: signed, on: 2005-06-03}
        """,
    )

    events = [(event.partnership, event.kind, str(event.on)) for event in PartnershipEvent.objects.all()]
    tie = Partnership.objects.get()
    assert events == [(tie, "first_contact", "2004-11"), (tie, "signed", "2005-06-03")]


def test_relation_with_facts_of_its_own_is_filled_by_rows(load):
    load(
        CITIES,
        """
        people: [{family_name: Beispiel}]
        organisations: [{title: Stadt Gaziantep, city: Gaziantep}]
        posts: [{organisation: Stadt Gaziantep, is_head_of_city: true}]
        golden_book:
          - {city: Duisburg, signers: [{person: Beispiel, post: ["", Stadt Gaziantep]}]}
        """,
    )

    signer = GoldenBookSigner.objects.get()
    assert (str(signer.entry.city), signer.person.family_name) == ("Duisburg", "Beispiel")
    assert signer.post.is_head_of_city is True


def test_unnamed_participants_are_told_apart(load):
    load(
        CITIES,
        VISIT,
        """
        organisations: [{title: Verein}]
        participants: [{delegation: Reise, organisation: Verein}]
        """,
    )

    assert sorted(str(one) for one in Participant.objects.all()) == ["Gäste", "Nora Beispiel", "Verein"]


def test_row_stands_in_the_place_of_its_name(load):
    load("documents: [{title: Mitteilung, publisher: {title: Amt}}]")

    assert Document.objects.get().publisher == Organisation.objects.get(title="Amt")


def test_anchor_names_a_row_within_its_file(load):
    load(
        """
        documents: [&paper {title: Mitteilung}]
        statements: [{text: Es war so., document: *paper}]
        """
    )

    assert Statement.objects.get().document == Document.objects.get()


def test_names_within_a_visit(load):
    load(CITIES, VISIT)

    item = ProgrammeItem.objects.get()
    assert item.stop.city.name_de == "Gaziantep"
    assert set(item.attendees.all()) == set(Participant.objects.all())


def test_lists_and_texts_by_language(load):
    load(
        """
        organisations: [{title: Stadt}]
        posts:
          - title_de: Bürgermeisterin
            other_titles: [Stadtoberhaupt]
            organisation: Stadt
            form_spoken: {de: Frau Bürgermeisterin, en: Madam Mayor}
        """
    )

    post = Post.objects.get()
    assert post.other_titles == ["Stadtoberhaupt"]
    assert post.form_spoken == {"de": "Frau Bürgermeisterin", "en": "Madam Mayor"}


def test_dates_times_and_yes_are_read_as_they_are_meant(load):
    load(
        CITIES,
        """
        people: [{family_name: "No"}, {family_name: no, given_names: on}]
        delegations:
          - title: Reise
            starts_on: 2004
            ends_on: 2004-07
            size: 12
            programme:
              - {order: 1, title: Essen, kind: talk, on: 2004-07-22, starts_at: 12:30, is_highlight: true}
        """,
    )

    visit, item = Delegation.objects.get(), ProgrammeItem.objects.get()
    assert (str(visit.starts_on), str(visit.ends_on), visit.size) == ("2004", "2004-07", 12)
    assert (f"{item.starts_at:%H:%M}", item.is_highlight) == ("12:30", True)
    assert sorted(person.plain_name for person in Person.objects.all()) == ["No", "on no"]


# --- loading again ---


def test_loading_twice_changes_nothing(load):
    load(CITIES, VISIT)
    before = everything()

    assert load(CITIES, VISIT) == cases.Counts(made=0, changed=0, unchanged=9)
    assert everything() == before


def test_shipped_files_load_twice_without_a_change():
    call_command("load_cases", verbosity=0)
    before = everything()

    call_command("load_cases", verbosity=0)

    assert everything() == before


def test_edited_value_changes_its_row(load):
    load(CITIES)

    counts = load(CITIES.replace("is_home: true", "is_home: false"))

    city = City.objects.get(name_de="Duisburg")
    assert counts == cases.Counts(made=0, changed=1, unchanged=1)
    assert (city.is_home, city.version, city.history.count()) == (False, 2, 2)


def test_edited_list_of_relations_changes_its_row(load):
    themes = "themes: [{slug: culture, name_de: Kultur}, {slug: sport, name_de: Sport}]"
    load(themes, "delegations: [{title: Reise, themes: [culture]}]")
    before = Delegation.objects.get().version

    counts = load(themes, "delegations: [{title: Reise, themes: [sport]}]")

    visit = Delegation.objects.get()
    assert counts == cases.Counts(made=0, changed=1, unchanged=2)
    assert list(visit.themes.all()) == [Theme.objects.get(slug="sport")]
    assert visit.version > before


def test_what_the_file_leaves_out_is_left_as_it_is(load):
    load(CITIES)
    City.objects.filter(name_de="Duisburg").update(notes="Von Hand.")

    load(CITIES)

    assert City.objects.get(name_de="Duisburg").notes == "Von Hand."


def test_city_that_gets_its_wikidata_id_later_is_the_same(load):
    load(CITIES.replace(", wikidata_id: Q2100", ""))

    counts = load(CITIES)

    assert counts == cases.Counts(made=0, changed=1, unchanged=1)
    assert City.objects.get(wikidata_id="Q2100").name_de == "Duisburg"


# --- what is wrong ---


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("citys: []", ["a.yaml: citys: There is no such section."]),
        ("cities: {}", ["a.yaml: cities: This must be a list."]),
        ("cities: [Duisburg]", ["a.yaml: cities: “Duisburg” has no fields."]),
        ("- Duisburg", ["a.yaml: This file has no sections."]),
        (
            "cities:\n  - {name_de: Ort, country: DE, colour: blue}",
            ["a.yaml:2: cities “Ort, DE”: colour: There is no such field."],
        ),
        (
            "cities:\n  - {name_de: Ort, country: DE, search: ort}",
            ["a.yaml:2: cities “Ort, DE”: search: There is no such field."],
        ),
        (
            "cities:\n  - {name_de: Ort, country: XX}",
            ["a.yaml:2: cities “Ort, XX”: country: Value 'XX' is not a valid choice."],
        ),
        (
            "cities:\n\n  - {name_de: Ort, country: DE, kind: district}",
            ["a.yaml:3: cities “Ort, DE”: parent: A district is part of a city. Say which one."],
        ),
        (
            "cities:\n  - {name_de: Ort, country: DE, parent: Stadt}",
            ["a.yaml:2: cities “Ort, DE”: parent: There is no city “Stadt”."],
        ),
        (
            "cities:\n  - {name_de: Ort, country: DE, parent: [a, b, c]}",
            ["a.yaml:2: cities “Ort, DE”: parent: “a, b, c” cannot be looked up."],
        ),
        (
            "cities:\n  - {name_de: Ort, country: DE, documents: Plan}",
            ["a.yaml:2: cities “Ort, DE”: documents: This must be a list."],
        ),
        (
            "cities:\n  - {name_de: Ort, country: DE, documents: [Plan]}",
            ["a.yaml:2: cities “Ort, DE”: documents: There is no document “Plan”."],
        ),
        (
            "delegations:\n  - {title: Reise, starts_on: 2004-13}",
            [
                "a.yaml:2: delegations “Reise”: starts_on: The calendar has no 2004-13. "
                "Check the day, the month and the year."
            ],
        ),
        (
            "decisions:\n  - {body: Rat, on: 2004-13}",
            [
                "a.yaml:2: decisions “Rat, 2004-13”: on: The calendar has no 2004-13. "
                "Check the day, the month and the year."
            ],
        ),
        (
            "cities:\n  - {name_de: Ort, name_en: [Place], country: DE}",
            ["a.yaml:2: cities “Ort, DE”: name_en: This must be one value."],
        ),
        (
            "delegations:\n  - {title: Reise, participants: [{group: Gäste, stop: erste}]}",
            ["a.yaml:2: participants “Gäste”: stop: “erste” cannot be looked up."],
        ),
        (
            "delegations:\n  - {title: Reise, participants: [{group: Gäste, stop: 1}]}",
            ["a.yaml:2: participants “Gäste”: stop: There is no stop “1”."],
        ),
        (
            "cities:\n  - {name_de: Ort, country: DE}\n  - {name_de: Ort, country: DE}",
            [
                "a.yaml:3: cities “Ort, DE”: This is the same row as a.yaml:2: cities “Ort, DE”. "
                "Keep one of them."
            ],
        ),
        ("cities:\n  - {name_de: Ort, name_de: Stadt}", ["a.yaml:2: “name_de” is given twice."]),
        ("cities: [", ["a.yaml:1: expected the node content, but found '<stream end>'"]),
    ],
)
def test_wrong_line_is_named(load, text, sentences):
    with pytest.raises(cases.NotLoaded) as refusal:
        load(text)

    assert refusal.value.sentences == sentences


def test_all_wrong_lines_are_named_at_once_and_nothing_is_loaded(load):
    before = everything()

    with pytest.raises(cases.NotLoaded) as refusal:
        load(
            CITIES,
            """
            cities: [{name_de: Ort, country: XX}]
            partnerships: [{home: Duisburg, partner: Duisburg}]
            people: [{given_names: Nora}]
            """,
        )

    assert refusal.value.sentences == [
        "b.yaml:2: cities “Ort, XX”: country: Value 'XX' is not a valid choice.",
        "b.yaml:3: partnerships “Duisburg, Duisburg”: partner: "
        "A tie joins two different cities. Choose another one.",
        "b.yaml:4: people “Nora”: family_name: This field cannot be blank.",
    ]
    assert everything() == before


def test_what_hangs_on_a_wrong_row_is_not_blamed(load):
    with pytest.raises(cases.NotLoaded) as refusal:
        load("cities: [{name_de: Ort, country: XX}]\norganisations: [{title: Amt, city: Ort}]")

    assert len(refusal.value.sentences) == 1


def test_name_of_several_is_refused(load):
    with pytest.raises(cases.NotLoaded) as refusal:
        load(
            """
            cities: [{name_de: Frankfurt, country: DE}, {name_de: Frankfurt, country: US}]
            organisations: [{title: Amt, city: Frankfurt}]
            """
        )

    assert refusal.value.sentences == [
        "a.yaml:3: organisations “Amt, Frankfurt”: city: “Frankfurt” is the name of several."
    ]


def test_rules_that_span_rows_hold(load):
    offices = """
    organisations: [{title: Stadt}]
    posts: [{title_de: Bürgermeister, organisation: Stadt}]
    people:
      - {family_name: Erst, tenures: [{post: [Bürgermeister, Stadt], since: 2010}]}
      - {family_name: Zweit, tenures: [{post: [Bürgermeister, Stadt], since: 2012}]}
    """

    with pytest.raises(cases.NotLoaded) as refusal:
        load(offices)

    assert refusal.value.sentences == [
        "a.yaml:6: tenures “Bürgermeister, Stadt, 2012”: post: Erst holds this post then. "
        "End that term first, or mark one as acting."
    ]
    assert Tenure.objects.count() == 0


# --- the command ---


def test_further_city_that_is_one_of_the_pair_is_refused(load):
    with pytest.raises(cases.NotLoaded) as refusal:
        load(
            CITIES,
            """
            partnerships:
              - {home: Duisburg, partner: Gaziantep, further_cities: [Gaziantep]}
            """,
        )

    assert refusal.value.sentences == [
        "b.yaml:3: partnerships “Duisburg, Gaziantep”: further_cities: "
        "The two cities of the tie are no further ones. Choose others."
    ]
    assert City.objects.count() == Partnership.objects.count() == 0


def test_participant_of_another_visit_is_refused(load):
    with pytest.raises(cases.NotLoaded) as refusal:
        load(
            """
            delegations:
              - title: Reise
                direction: outbound
                participants:
                  - &guests {group: Gäste, role: guest}
              - title: Gegenbesuch
                direction: inbound
                programme:
                  - {order: 1, title: Empfang, kind: reception, attendees: [*guests]}
            """
        )

    assert refusal.value.sentences == [
        "a.yaml:10: programme “Empfang”: attendees: "
        "Somebody here takes part in another visit. Choose participants of this one."
    ]
    assert Delegation.objects.count() == 0


def test_command_says_what_it_did(tmp_path, capsys):
    (tmp_path / "a.yaml").write_text(CITIES, encoding="utf-8")
    themes = tmp_path / "themes"
    themes.write_text("themes: [{slug: culture, name_de: Kultur}]", encoding="utf-8")

    call_command("load_cases", folder=tmp_path, themes=themes)

    assert capsys.readouterr().out == "3 rows made, 0 changed, 0 as before.\n"


def test_command_says_that_nothing_was_loaded(tmp_path):
    (tmp_path / "a.yaml").write_text("citys: []", encoding="utf-8")

    with pytest.raises(CommandError, match=r"Nothing was loaded:\na.yaml: citys: "):
        call_command("load_cases", folder=tmp_path)

    assert Theme.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("cities:\n  - name_de: Köln\n".encode("latin-1"), "a.yaml:2: This file is not written in UTF-8."),
        ("cities:\n  - name_de: Köln\n".encode("utf-16"), "a.yaml:1: This file is not written in UTF-8."),
        (b"cities:\n  - name_de: K\x07ln\n", "a.yaml: There is a character that no text has (U+0007)."),
    ],
)
def test_command_names_a_file_that_is_no_text(tmp_path, content, said):
    (tmp_path / "a.yaml").write_bytes(content)

    with pytest.raises(CommandError) as refusal:
        call_command("load_cases", folder=tmp_path)

    assert str(refusal.value) == f"Nothing was loaded:\n{said}"


def test_command_refuses_an_empty_folder(tmp_path):
    with pytest.raises(CommandError, match=r"There is no \*\.yaml in "):
        call_command("load_cases", folder=tmp_path)
