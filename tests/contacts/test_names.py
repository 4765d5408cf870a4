import pytest
from django.core import checks
from django.db import models
from django.db.migrations.writer import MigrationWriter
from hypothesis import given
from hypothesis import strategies as st

from contacts.models import City, Person
from contacts.names import FoldedField, fold, folded, full_name, matches, sort_name, with_own_script

# --- folding ---


@pytest.mark.parametrize(
    ("text", "full", "bare"),
    [
        ("Düsseldorf", "duesseldorf", "dusseldorf"),
        ("DÜSSELDORF", "duesseldorf", "dusseldorf"),
        ("Du\u0308sseldorf", "duesseldorf", "dusseldorf"),
        ("Großstraße", "grossstrasse", "grossstrasse"),
        ("GROẞSTRASSE", "grossstrasse", "grossstrasse"),
        ("Ärzte Ökonomie Übung", "aerzte oekonomie uebung", "arzte okonomie ubung"),
        ("İmamoğlu", "imamoglu", "imamoglu"),
        ("IMAMOĞLU", "imamoglu", "imamoglu"),
        ("ışık IŞIK İstanbul", "isik isik istanbul", "isik isik istanbul"),
        ("Eskişehir", "eskisehir", "eskisehir"),
        ("Çanakkale", "canakkale", "canakkale"),
        ("Büyükerşen", "bueyuekersen", "buyukersen"),
        ("Łódź", "lodz", "lodz"),
        ("Ærøskøbing", "aeroeskoebing", "aeroskobing"),
        ("Ålesund", "aalesund", "alesund"),
        ("Sǿren Ǽ", "soeren ae", "soren ae"),
        ("Đinđić", "djindjic", "dindic"),
        ("Əliyev", "eliyev", "aliyev"),
        ("Þórður", "thordur", "thordur"),
        ("Œuvre", "oeuvre", "oeuvre"),
        ("São Tomé", "sao tome", "sao tome"),
        ("Ἀθῆναι", "αθηναι", "αθηναι"),
        ("Ｌｉｎｚ ﬁn", "linz fin", "linz fin"),
    ],
)
def test_fold_spells_letters_out_and_bare(text, full, bare):
    assert fold(text) == (full, bare)


@pytest.mark.parametrize(
    "text",
    [
        "重庆",
        "胡衡华",
        "서울특별시",
        "강남구",
        "ガンダム",
        "київ",
        "чернівці",
        "йошкар",
        "हिन्दी",
        "תל",
        "دبي",
    ],
)
def test_fold_keeps_other_scripts(text):
    assert fold(text) == (text, text)


@pytest.mark.parametrize(
    ("text", "plain"), [("Ки́їв", "київ"), ("ЧЕРНІВЦІ", "чернівці"), ("Орёл", "орел"), ("한글", "한글")]
)
def test_fold_drops_case_stress_and_decomposition_in_other_scripts(text, plain):
    assert fold(text) == (plain, plain)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Treptow-Köpenick", "treptow koepenick"),
        ("  Treptow \t Köpenick\n", "treptow koepenick"),
        ("Treptow\u2013Köpenick", "treptow koepenick"),
        ("Mag.a", "mag a"),
        ("St. Petersburg", "st petersburg"),
        ("Frankfurt (Oder)", "frankfurt oder"),
        ("阿卜杜拉·居尔", "阿卜杜拉 居尔"),
        ("Ho_Chi/Minh&Stadt 2", "ho chi minh stadt 2"),
        ("Düssel\u00addorf", "duesseldorf"),
        ("", ""),
        ("–", ""),
    ],
)
def test_fold_puts_one_blank_between_words(text, plain):
    assert fold(text)[0] == plain


@pytest.mark.parametrize("apostrophe", ["'", "’", "‘", "ʼ", "`", "´"])
def test_fold_reads_an_apostrophe_as_a_blank_and_as_nothing(apostrophe):
    assert fold(f"Xi{apostrophe}an") == ("xi an", "xian")


@given(st.text())
def test_folding_again_changes_nothing(text):
    full, bare = fold(text)
    assert (fold(full), fold(bare)) == ((full, full), (bare, bare))


@given(st.text())
def test_case_does_not_matter(text):
    assert fold(text.casefold()) == fold(text)


def test_folded_holds_each_form_once():
    assert folded("Köln", "Cologne", "", "Koeln") == "koeln\nkoln\ncologne"


# --- finding ---

CITIES = {
    "Istanbul": ["İstanbul"],
    "Düsseldorf": [],
    "Treptow-Köpenick": [],
    "Eskişehir": ["Eskischehir"],
    "Çanakkale": ["Tschanakkale"],
    "Chongqing": ["重庆", "Chungking"],
    "Seoul": ["서울"],
    "Saarbruecken": [],
    "Munchen": [],
    "Xi'an": ["西安"],
    "Tscherniwzi": ["Чернівці", "Czernowitz"],
}
PEOPLE = [
    {"given_names": "Ekrem", "family_name": "İmamoğlu"},
    {"given_names": "Fatma", "family_name": "Şahin"},
    {"given_names": "Ulrike", "family_name": "Huemer", "title_before": "Mag.a"},
    {"given_names": "Henghua", "family_name": "Hu", "family_name_first": True, "name_local": "胡衡华"},
]


@pytest.fixture
def named(db):
    for name, others in CITIES.items():
        City.objects.create(name_de=name, other_names=others, country="DE")
    for names in PEOPLE:
        Person.objects.create(**names)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("duesseldorf", "Düsseldorf"),
        ("dusseldorf", "Düsseldorf"),
        ("Düsseldorf", "Düsseldorf"),
        ("DÜSSEL", "Düsseldorf"),
        ("eskisehir", "Eskişehir"),
        ("Eskişehir", "Eskişehir"),
        ("ESKİŞEHİR", "Eskişehir"),
        ("eskischehir", "Eskişehir"),
        ("canakkale", "Çanakkale"),
        ("Çanakkale", "Çanakkale"),
        ("koepenick", "Treptow-Köpenick"),
        ("kopenick", "Treptow-Köpenick"),
        ("Treptow Köpenick", "Treptow-Köpenick"),
        ("treptow-köpenick", "Treptow-Köpenick"),
        ("Köpenick Treptow", "Treptow-Köpenick"),
        ("ıstanbul", "Istanbul"),
        ("İSTANBUL", "Istanbul"),
        ("重庆", "Chongqing"),
        ("庆", "Chongqing"),
        ("서울", "Seoul"),
        ("Saarbrücken", "Saarbruecken"),
        ("München", "Munchen"),
        ("xian", "Xi'an"),
        ("xi an", "Xi'an"),
        ("Xi’an", "Xi'an"),
        ("Чернівці", "Tscherniwzi"),
        ("ЧЕРНІВ", "Tscherniwzi"),
    ],
)
def test_a_city_is_found(named, query, found):
    assert list(City.objects.filter(matches(query)).values_list("name_de", flat=True)) == [found]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("imamoglu", "İmamoğlu"),
        ("İmamoğlu", "İmamoğlu"),
        ("Imamoğlu", "İmamoğlu"),
        ("IMAMOĞLU", "İmamoğlu"),
        ("Ekrem Imamoglu", "İmamoğlu"),
        ("Imamoglu, Ekrem", "İmamoğlu"),
        ("sahin", "Şahin"),
        ("Şahin", "Şahin"),
        ("ŞAHİN", "Şahin"),
        ("Huemer", "Huemer"),
        ("Mag.a Huemer", "Huemer"),
        ("mag huemer", "Huemer"),
        ("胡衡华", "Hu"),
        ("衡华", "Hu"),
        ("Hu Henghua", "Hu"),
    ],
)
def test_a_person_is_found(named, query, found):
    assert list(Person.objects.filter(matches(query)).values_list("family_name", flat=True)) == [found]


@pytest.mark.parametrize("query", ["Huemer Istanbul", "Huemerx", "Huemer 100%", "Düsseldorf"])
def test_every_word_must_be_there(named, query):
    assert list(Person.objects.filter(matches(query))) == []


@pytest.mark.parametrize("query", ["", "   ", " - ", "%", "_", "\\", "'"])
def test_a_query_without_a_word_finds_every_row(named, query):
    assert City.objects.filter(matches(query)).count() == len(CITIES)


@pytest.mark.parametrize("query", ["Düsseldorf", "Mag.a", "Xi'an", "重庆", "İ"])
def test_other_fields_can_be_asked(query):
    assert str(matches(query, field="title")) == str(matches(query)).replace("search__", "title__")


@given(st.text(min_size=1), st.text(), st.text())
def test_what_is_written_is_found_as_it_is_written(name, before, after):
    column = folded(f"{before} {name} {after}")
    assert _holds(column, matches(name))


def _holds(column: str, condition: models.Q) -> bool:
    """What the database does with the condition."""
    answers = [
        _holds(column, child) if isinstance(child, models.Q) else child[1] in column
        for child in condition.children
    ]
    return all(answers) if condition.connector == models.Q.AND else any(answers)


# --- the column ---


def test_the_column_follows_the_names(db):
    city = City.objects.create(name_de="Köln", other_names=["Cologne"], country="DE")
    city.name_de = "Bonn"
    city.save()
    assert (city.search, City.objects.get().search) == ("bonn\ncologne", "bonn\ncologne")


def test_the_column_follows_when_only_the_name_is_saved(db):
    city = City.objects.create(name_de="Köln", country="DE")
    city.name_de = "Bonn"
    city.save(update_fields=["name_de"])
    assert City.objects.get().search == "bonn"


def test_a_migration_knows_the_sources():
    field = FoldedField("name_de", "other_names")
    assert MigrationWriter.serialize(field)[0] == "contacts.names.FoldedField('name_de', 'other_names')"
    _name, _path, args, kwargs = field.deconstruct()
    assert (FoldedField(*args, **kwargs).sources, field.editable) == (("name_de", "other_names"), False)


def test_a_source_that_is_not_there_is_reported():
    field = FoldedField("name_de", "nickname")
    field.model = City
    field.set_attributes_from_name("search")
    assert field.check() == [checks.Error("City has no nickname to fold.", obj=field, id="contacts.E001")]


# --- order and script ---


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ({"given": "Ulrike", "family": "Huemer", "title_before": "Mag.a"}, "Mag.a Ulrike Huemer"),
        ({"given": "Stephan", "family": "Keller", "title_before": "Dr."}, "Dr. Stephan Keller"),
        ({"given": "Ulrike", "family": "Huemer", "title_after": "MSc"}, "Ulrike Huemer, MSc"),
        (
            {"given": "Ulrike", "family": "Huemer", "title_before": "Mag.a", "title_after": "MSc, MBA"},
            "Mag.a Ulrike Huemer, MSc, MBA",
        ),
        ({"given": "Henghua", "family": "Hu", "family_name_first": True}, "Hu Henghua"),
        (
            {"given": "Henghua", "family": "Hu", "family_name_first": True, "title_before": "Dr."},
            "Dr. Hu Henghua",
        ),
        ({"given": "", "family": "Müntefering"}, "Müntefering"),
        ({"given": "", "family": "Hu", "family_name_first": True}, "Hu"),
        ({"given": "", "family": "Müntefering", "title_after": "MdB"}, "Müntefering, MdB"),
    ],
)
def test_full_name(parts, name):
    assert full_name(**parts) == name


@pytest.mark.parametrize(
    ("given", "family", "family_name_first", "name"),
    [
        ("Ulrike", "Huemer", False, "Huemer, Ulrike"),
        ("Henghua", "Hu", True, "Hu Henghua"),
        ("", "Müntefering", False, "Müntefering"),
        ("", "Hu", True, "Hu"),
    ],
)
def test_sort_name(given, family, family_name_first, name):
    assert sort_name(given, family, family_name_first=family_name_first) == name


@pytest.mark.parametrize(
    ("name", "local", "shown"),
    [
        ("Hu Henghua", "胡衡华", "Hu Henghua 胡衡华"),
        ("Hu Henghua", "", "Hu Henghua"),
        ("Linz", "Linz", "Linz"),
    ],
)
def test_the_own_script_follows_the_name(name, local, shown):
    assert with_own_script(name, local) == shown
