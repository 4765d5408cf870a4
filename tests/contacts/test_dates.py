import datetime
import json
from itertools import product

import pytest
from django import forms
from django.contrib.admin import site
from django.contrib.admin.options import ModelAdmin
from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.db.migrations.writer import MigrationWriter
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from contacts.dates import PartialDate, PartialDateField, PartialDateFormField, Precision, display_span
from contacts.models import City, Person, Tenure
from relations.models import Partnership

NO_DATE = "This is no date. Write a year, a month or a day: 2004, 07.2004, 22.07.2004 or 2004-07-22."

IN_ORDER = """
0836 2003 2003-12 2003-12-31 2004 2004-01-01 2004-02 2004-02-29 2004-06-30 2004-07 2004-07-01 2004-07-22
2004-07-31 2004-08 2004-12-31 2005 2005-01-01 9999
"""
SAMPLES = [PartialDate.parse(text) for text in IN_ORDER.split()]


def partial_dates() -> st.SearchStrategy[PartialDate]:
    parts = st.sampled_from([1, 2, 3])
    return st.builds(
        lambda day, known: PartialDate(*(day.year, day.month, day.day)[:known]), st.dates(), parts
    )


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


# --- reading and writing ---


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("2004", "2004"),
        ("0836", "0836"),
        ("07.2004", "2004-07"),
        ("7.2004", "2004-07"),
        ("22.07.2004", "2004-07-22"),
        ("22.7.2004", "2004-07-22"),
        ("1.07.2004", "2004-07-01"),
        ("2004-07", "2004-07"),
        ("2004-07-22", "2004-07-22"),
        ("29.02.2004", "2004-02-29"),
        ("  22.07.2004\n", "2004-07-22"),
    ],
)
def test_parse_reads_every_shape(typed, stored):
    assert str(PartialDate.parse(typed)) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "?",
        "soon",
        "Juli 2004",
        "204",
        "20040722",
        "22.07.04",
        "22..2004",
        "22/07/2004",
        "07/2004",
        "2004.07",
        "2004-7",
        "2004-2005",
        "-2004",
        "２００４",
        "2004-07-22T10:00",
        "22.07.2004 10:00",
    ],
)
def test_parse_refuses_other_shapes_with_a_sentence(typed):
    with pytest.raises(ValidationError) as refused:
        PartialDate.parse(typed)
    assert (refused.value.messages, refused.value.code) == ([NO_DATE], "invalid")


@pytest.mark.parametrize(
    "typed",
    ["30.02.2004", "29.02.2005", "31.06.2004", "0.7.2004", "13.2004", "2004-00", "2004-07-32", "0000"],
)
def test_parse_refuses_what_the_calendar_does_not_have(typed):
    with pytest.raises(ValidationError) as refused:
        PartialDate.parse(typed)
    sentence = f"The calendar has no {typed}. Check the day, the month and the year."
    assert (refused.value.messages, refused.value.code) == ([sentence], "invalid_date")


@given(partial_dates())
def test_parse_reads_back_what_is_stored_and_what_is_typed(date):
    assert [PartialDate.parse(str(date)), PartialDate.parse(date.display_typed())] == [date, date]


@given(st.text(alphabet="0123456789.- ", max_size=12))
def test_parse_answers_with_a_date_or_a_sentence(text):
    try:
        answer = PartialDate.parse(text).year
    except ValidationError as refused:
        answer = refused.code
    assert answer in {*range(1, 10_000), "invalid", "invalid_date"}


@pytest.mark.parametrize("parts", [(0,), (10_000,), (2004, 0), (2004, 13), (2004, 7, 0), (2005, 2, 29)])
def test_no_partial_date_is_impossible(parts):
    with pytest.raises(ValueError, match=r"range|must be in"):
        PartialDate(*parts)


def test_a_day_needs_its_month():
    with pytest.raises(ValueError, match="a day needs its month"):
        PartialDate(2004, day=22)


def test_of_a_date_is_known_to_the_day():
    assert PartialDate.of(datetime.date(1989, 11, 17)) == PartialDate(1989, 11, 17)


def test_precision():
    dates = [PartialDate(2004), PartialDate(2004, 7), PartialDate(2004, 7, 22)]
    assert [date.precision for date in dates] == [Precision.YEAR, Precision.MONTH, Precision.DAY]


# --- order and comparison ---


def test_first_and_last_day():
    dates = [
        PartialDate(2004),
        PartialDate(2004, 2),
        PartialDate(2005, 2),
        PartialDate(9999),
        PartialDate(1, 1, 1),
    ]
    assert [f"{date.first_day} {date.last_day}" for date in dates] == [
        "2004-01-01 2004-12-31",
        "2004-02-01 2004-02-29",
        "2005-02-01 2005-02-28",
        "9999-01-01 9999-12-31",
        "0001-01-01 0001-01-01",
    ]


def test_a_year_sorts_before_its_months_and_a_month_before_its_days():
    in_order = ["1999-12", "2004", "2004-06-30", "2004-07", "2004-07-01", "2004-07-22", "2004-08", "2005"]
    assert [str(date) for date in sorted(PartialDate.parse(text) for text in reversed(in_order))] == in_order


@given(partial_dates(), partial_dates())
def test_order_is_by_first_day_and_then_the_wider_first(one, other):
    def key(date):
        return date.first_day, -(date.last_day - date.first_day).days

    assert (one < other, one == other) == (key(one) < key(other), key(one) == key(other))


@given(partial_dates(), partial_dates())
def test_equal_dates_are_one_key(one, other):
    assert (one == other) == (str(one) == str(other)) == (len({one, other}) == 1)


def test_a_partial_date_is_no_date_and_no_text():
    assert [PartialDate(2004, 7, 22) == other for other in (datetime.date(2004, 7, 22), "2004-07-22")] == [
        False
    ] * 2


@pytest.mark.parametrize(
    ("one", "other", "certainly_before", "possibly_before", "possibly_after", "certainly_after"),
    [
        ("2003", "2004", True, True, False, False),
        ("2004", "2004", False, True, True, False),
        ("2004", "2004-07", False, True, True, False),
        ("2004-06", "2004-07-01", True, True, False, False),
        ("2004-07", "2004-07-01", False, False, True, False),
        ("2004-07", "2004-07-31", False, True, False, False),
        ("2004-07-22", "2004-07-22", False, False, False, False),
        ("2004-07-23", "2004-07-22", False, False, True, True),
        ("2005", "2004-12-31", False, False, True, True),
    ],
)
def test_certain_and_possible_order(
    one, other, certainly_before, possibly_before, possibly_after, certainly_after
):
    one, other = PartialDate.parse(one), PartialDate.parse(other)
    assert (one.certainly_before(other), one.possibly_before(other)) == (certainly_before, possibly_before)
    assert (one.possibly_after(other), one.certainly_after(other)) == (possibly_after, certainly_after)


@given(partial_dates(), st.dates())
def test_comparison_with_a_date_is_that_with_its_day(one, day):
    same = PartialDate.of(day)
    assert (one.certainly_before(day), one.certainly_after(day), day in one) == (
        one.certainly_before(same),
        one.certainly_after(same),
        same in one,
    )


def test_contains_its_days():
    days = [datetime.date(2004, 6, 30), datetime.date(2004, 7, 1), datetime.date(2004, 7, 31)]
    assert [day in PartialDate(2004, 7) for day in days] == [False, True, True]


def test_contains_finer_dates_but_not_wider_ones():
    month = PartialDate(2004, 7)
    assert [date in month for date in (PartialDate(2004), month, PartialDate(2004, 7, 22))] == [
        False,
        True,
        True,
    ]


# --- showing ---


@pytest.mark.parametrize(
    ("language", "stored", "full", "short", "typed"),
    [
        ("de", "1989-11-17", "17. November 1989", "17.11.1989", "17.11.1989"),
        ("de", "2004-03-05", "5. März 2004", "05.03.2004", "05.03.2004"),
        ("de", "2004-07", "Juli 2004", "Juli 2004", "07.2004"),
        ("de", "2004-09", "September 2004", "Sept. 2004", "09.2004"),
        ("de", "1989", "1989", "1989", "1989"),
        ("de", "0836", "836", "836", "0836"),
        ("en", "1989-11-17", "17 November 1989", "17 Nov 1989", "17.11.1989"),
        ("en", "2004-07", "July 2004", "Jul 2004", "07.2004"),
        ("en", "1989", "1989", "1989", "1989"),
    ],
)
def test_shown_only_as_exactly_as_known(language, stored, full, short, typed):
    date = PartialDate.parse(stored)
    with translation.override(language):
        assert (date.display(), date.display_short(), date.display_typed()) == (full, short, typed)


@pytest.mark.parametrize(
    ("begin", "end", "german", "english"),
    [
        (None, None, "", ""),
        ("2009-11-09", "2009-11-10", "09.–10.11.2009", "9–10 Nov 2009"),
        ("2021-11-28", "2021-12-02", "28.11.\u2009–\u200902.12.2021", "28 Nov\u2009–\u20092 Dec 2021"),
        ("2009-11-09", "2009-11-09", "09.11.2009", "9 Nov 2009"),
        ("2009-11-09", None, "ab 09.11.2009", "from 9 Nov 2009"),
        ("2024-10-13", "2024-10", "ab 13.10.2024", "from 13 Oct 2024"),
        ("2024-10-13", "2024-11", "13.10.2024 – Nov. 2024", "13 Oct 2024 – Nov 2024"),
        ("2024-10", None, "Okt. 2024", "Oct 2024"),
        ("2024-10", "2024-10", "Okt. 2024", "Oct 2024"),
        ("2024", "2026", "2024 – 2026", "2024 – 2026"),
        (None, "2027", "bis 2027", "until 2027"),
    ],
)
def test_a_span_says_no_more_than_is_known(begin, end, german, english):
    dates = [PartialDate.parse(text) if text else None for text in (begin, end)]
    said = []
    for language in ("de", "en"):
        with translation.override(language):
            said.append(display_span(*dates))

    assert said == [german, english]


@pytest.mark.parametrize(
    ("language", "stored", "said"),
    [
        ("de", "1989-11-17", "am 17. November 1989"),
        ("de", "2004-07", "im Juli 2004"),
        ("de", "1989", "im Jahr 1989"),
        ("en", "1989-11-17", "on 17 November 1989"),
        ("en", "2004-07", "in July 2004"),
        ("en", "1989", "in 1989"),
    ],
)
def test_said_within_a_sentence(language, stored, said):
    with translation.override(language):
        assert PartialDate.parse(stored).display_in() == said


def test_shown_in_a_third_language_too():
    with translation.override("tr"):
        assert PartialDate(1989, 11, 17).display() == "17 Kasım 1989"


def test_shown_in_the_language_of_the_house_where_none_is_active():
    with translation.override(None):
        assert PartialDate(2004, 7).display() == "Juli 2004"


# --- the field on a row ---


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("07.2004", PartialDate(2004, 7)),
        (datetime.date(2004, 7, 22), PartialDate(2004, 7, 22)),
        (PartialDate(2004), PartialDate(2004)),
        ("", None),
        ("  ", None),
        (None, None),
        ("July", None),
    ],
)
def test_an_assigned_value_reads_as_a_partial_date_at_once(given, kept):
    assert Person(deceased_on=given).deceased_on == kept


@pytest.mark.parametrize("wrong", ["July", 2004, 1.5, True, datetime.datetime(2004, 7, 22, 23, 30), ["2004"]])
def test_validation_names_the_field_and_says_what_to_write(wrong):
    with pytest.raises(ValidationError) as refused:
        Person(family_name="Hu", deceased_on=wrong).full_clean(validate_constraints=False)
    assert refused.value.message_dict == {"deceased_on": [NO_DATE]}


def test_an_impossible_day_gets_its_own_sentence():
    with pytest.raises(ValidationError) as refused:
        Person(family_name="Hu", deceased_on="30.02.2004").full_clean(validate_constraints=False)
    assert refused.value.message_dict == {
        "deceased_on": ["The calendar has no 30.02.2004. Check the day, the month and the year."]
    }


def test_a_model_that_compares_its_dates_answers_a_wrong_one_with_the_sentence():
    with pytest.raises(ValidationError) as refused:
        Tenure(since="soon", until="2004").clean_fields(exclude=["person", "post"])
    assert refused.value.message_dict == {"since": [NO_DATE]}
    Tenure(since="soon", until="2004").clean()


def test_a_corrected_value_is_valid():
    person = Person(family_name="Hu", deceased_on="July")
    person.deceased_on = "07.2004"
    person.clean_fields()
    assert person.deceased_on == PartialDate(2004, 7)


def test_a_required_date_may_not_be_empty():
    field = PartialDateField(blank=False)
    field.set_attributes_from_name("on")
    with pytest.raises(ValidationError) as refused:
        field.clean("", None)
    assert (refused.value.code, field.clean("2004", None)) == ("blank", PartialDate(2004))


def test_an_unreadable_value_is_never_saved(db):
    with pytest.raises(ValidationError), transaction.atomic():
        Person.objects.create(family_name="Hu", deceased_on="July")
    assert Person.objects.count() == 0


@pytest.mark.parametrize("stored", ["0836", "2004-07", "1989-11-17", None])
def test_saved_and_read_back(db, stored):
    pk = Person.objects.create(family_name="Hu", deceased_on=stored).pk
    date = Person.objects.get(pk=pk).deceased_on
    assert date == (stored and PartialDate.parse(stored))
    assert Person.history.get(id=pk).deceased_on == date


def test_a_deferred_value_is_fetched_when_asked_for(db):
    Person.objects.create(family_name="Hu", deceased_on="2004-07")
    assert Person.objects.defer("deceased_on").get().deceased_on == PartialDate(2004, 7)


def test_the_column_holds_the_form_of_the_api(db):
    Person.objects.create(family_name="Hu", deceased_on="7.2004")
    with connection.cursor() as cursor:
        cursor.execute("SELECT deceased_on FROM contacts_person")
        assert cursor.fetchall() == [("2004-07",)]


def test_update_and_bulk_update_take_any_shape(db):
    person = Person.objects.create(family_name="Hu")
    Person.objects.update(deceased_on="22.07.2004")
    assert Person.objects.get().deceased_on == PartialDate(2004, 7, 22)
    person.deceased_on = "2004"
    Person.objects.bulk_update([person], ["deceased_on"])
    assert Person.objects.get().deceased_on == PartialDate(2004)


def test_serialised_in_the_form_of_the_api(db):
    Person.objects.create(family_name="Hu", deceased_on="7.2004")
    Person.objects.create(family_name="Yu")
    written = serializers.serialize("json", Person.objects.order_by("family_name"))
    assert [row["fields"]["deceased_on"] for row in json.loads(written)] == ["2004-07", None]
    read = [row.object.deceased_on for row in serializers.deserialize("json", written)]
    assert read == [PartialDate(2004, 7), None]


@pytest.mark.parametrize(
    ("field", "written"),
    [
        (PartialDateField(), "contacts.dates.PartialDateField()"),
        (PartialDateField("founded"), "contacts.dates.PartialDateField(verbose_name='founded')"),
        (PartialDateField(blank=False), "contacts.dates.PartialDateField(blank=False)"),
    ],
)
def test_a_migration_says_only_what_differs(field, written):
    assert MigrationWriter.serialize(field)[0] == written
    name, _path, args, kwargs = field.deconstruct()
    again = PartialDateField(*args, **kwargs)
    assert (name, again.null, again.blank, again.max_length) == (None, True, field.blank, 10)


# --- filters ---


@pytest.fixture
def dated(db):
    Person.objects.bulk_create(Person(family_name=str(date), deceased_on=date) for date in [*SAMPLES, None])


def _found(**lookup) -> list[str]:
    return [person.family_name for person in Person.objects.filter(**lookup).order_by("deceased_on")]


def test_rows_sort_as_dates_do(dated):
    dates = list(
        Person.objects.exclude(deceased_on=None)
        .order_by("-deceased_on")
        .values_list("deceased_on", flat=True)
    )
    assert dates == sorted(SAMPLES, reverse=True)


def test_first_and_last_are_partial_dates(dated):
    extremes = Person.objects.aggregate(first=models.Min("deceased_on"), last=models.Max("deceased_on"))
    assert extremes == {"first": PartialDate(836), "last": PartialDate(9999)}


@pytest.mark.parametrize(
    ("lookup", "found"),
    [
        ({"deceased_on": "07.2004"}, ["2004-07"]),
        ({"deceased_on": datetime.date(2004, 7, 22)}, ["2004-07-22"]),
        ({"deceased_on": None}, ["None"]),
        ({"deceased_on__lt": "2003-12"}, ["0836", "2003"]),
        ({"deceased_on__gte": PartialDate(2005)}, ["2005", "2005-01-01", "9999"]),
        ({"deceased_on__in": ["7.2004", PartialDate(2005)]}, ["2004-07", "2005"]),
        ({"deceased_on__startswith": PartialDate(2003)}, ["2003", "2003-12", "2003-12-31"]),
        ({"deceased_on__range": ("2004-08", "2005")}, ["2004-08", "2004-12-31", "2005"]),
    ],
)
def test_plain_lookups(dated, lookup, found):
    assert _found(**lookup) == found


@pytest.mark.parametrize(
    ("lookup", "found"),
    [
        ({"deceased_on__within": "2003"}, ["2003", "2003-12", "2003-12-31"]),
        ({"deceased_on__within": "2004-07"}, ["2004-07", "2004-07-01", "2004-07-22", "2004-07-31"]),
        ({"deceased_on__within": "22.07.2004"}, ["2004-07-22"]),
        ({"deceased_on__on_or_before": "2003"}, ["0836", "2003", "2003-12", "2003-12-31"]),
        ({"deceased_on__on_or_before": "2003-11-30"}, ["0836", "2003"]),
        (
            {"deceased_on__on_or_after": datetime.date(2004, 12, 31)},
            ["2004", "2004-12-31", "2005", "2005-01-01", "9999"],
        ),
        ({"deceased_on__on_or_after": "2005"}, ["2005", "2005-01-01", "9999"]),
    ],
)
def test_lookups_that_know_of_the_unknown(dated, lookup, found):
    assert _found(**lookup) == found


@pytest.mark.parametrize("asked", SAMPLES, ids=str)
def test_lookups_agree_with_python(dated, asked):
    assert _found(deceased_on__within=asked) == [str(date) for date in SAMPLES if date in asked]
    assert _found(deceased_on__on_or_before=asked) == [
        str(date) for date in SAMPLES if not date.certainly_after(asked)
    ]
    assert _found(deceased_on__on_or_after=asked) == [
        str(date) for date in SAMPLES if not date.certainly_before(asked)
    ]


@pytest.mark.parametrize("lookup", ["within", "on_or_before", "on_or_after"])
def test_lookups_compare_two_columns_alike(db, lookup):
    pairs = list(product(SAMPLES[1:-1], repeat=2))
    home, partner = (
        City.objects.create(name_de="Linz", country="AT"),
        City.objects.create(name_de="İzmir", country="TR"),
    )
    Partnership.objects.bulk_create(
        Partnership(home=home, partner=partner, founded=one, ended_on=other) for one, other in pairs
    )
    column = Partnership.objects.filter(**{f"founded__{lookup}": models.F("ended_on")})
    expected = {
        "within": [pair for pair in pairs if pair[0] in pair[1]],
        "on_or_before": [pair for pair in pairs if not pair[0].certainly_after(pair[1])],
        "on_or_after": [pair for pair in pairs if not pair[0].certainly_before(pair[1])],
    }
    assert sorted(column.values_list("founded", "ended_on")) == sorted(expected[lookup])


def test_what_cannot_be_read_cannot_be_asked_for(db):
    with pytest.raises(ValidationError) as refused:
        Person.objects.filter(deceased_on__within="July")
    assert refused.value.messages == [NO_DATE]


def test_other_rows_are_those_without_the_date_too(dated):
    others = Person.objects.exclude(deceased_on__on_or_before="9999")
    assert [person.deceased_on for person in others] == [None]


# --- the column that anniversaries are looked up by ---


@pytest.fixture
def tie(db):
    home, partner = (City.objects.create(name_de=name, country="DE") for name in ("Berlin", "Köln"))
    return Partnership.objects.create(home=home, partner=partner)


@pytest.mark.parametrize(
    ("founded", "month_day"), [("2004-07-22", "07-22"), ("2004-07", "07"), ("2004", ""), (None, None)]
)
def test_month_day_is_what_is_known_of_it(tie, founded, month_day):
    tie.founded = founded
    tie.save()
    assert Partnership.objects.get().founded_month_day == month_day
    assert Partnership.history.latest().founded_month_day == month_day


def test_month_day_is_found_by_its_index(tie):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # or it would rather read the few rows at hand
    plan = Partnership.objects.order_by().filter(founded_month_day__in=["07-22", "07"]).explain()
    index = next(index.name for index in Partnership._meta.indexes if index.fields == ["founded_month_day"])
    assert index in plan


# --- the form ---


class DeathForm(forms.ModelForm):
    class Meta:
        model = Person
        fields = ("deceased_on",)


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_form_shows_a_date_as_it_is_typed_here(language):
    with translation.override(language):
        shown = DeathForm(instance=Person(deceased_on="2004-07-22"))["deceased_on"].value()
    assert shown == "22.07.2004"


def test_a_form_keeps_what_was_typed():
    assert DeathForm({"deceased_on": "30.02."})["deceased_on"].value() == "30.02."


@pytest.mark.parametrize(
    ("typed", "read"),
    [("7.2004", PartialDate(2004, 7)), (" 2004-07-22 ", PartialDate(2004, 7, 22)), ("", None)],
)
def test_a_form_reads_what_is_typed(db, typed, read):
    form = DeathForm({"deceased_on": typed})
    form.is_valid()
    assert form.cleaned_data["deceased_on"] == read


def test_a_form_refuses_with_a_sentence(db):
    assert DeathForm({"deceased_on": "July"}).errors["deceased_on"] == [NO_DATE]


@pytest.mark.parametrize(
    ("before", "typed", "changed"),
    [
        ("2004-07-22", "22.07.2004", False),
        ("2004-07-22", "2004-07-22", False),
        ("2004-07", "7.2004", False),
        (None, "", False),
        ("2004-07-22", "07.2004", True),
        ("2004", "", True),
        ("2004", "July", True),
    ],
)
def test_another_spelling_is_no_change(before, typed, changed):
    form = DeathForm({"deceased_on": typed}, instance=Person(deceased_on=before))
    assert form.has_changed() == changed


def test_the_help_names_the_shapes_after_the_help_of_the_field():
    help_texts = [
        str(field.formfield().help_text)
        for field in (PartialDateField(), PartialDateField(help_text="The day."))
    ]
    shapes = "A year, a month or a day: 2004, 07.2004, 22.07.2004 or 2004-07-22."
    assert help_texts == [shapes, f"The day. {shapes}"]


def test_the_admin_uses_the_same_form_field(rf):
    field = ModelAdmin(Person, site).get_form(rf.get("/"))().fields["deceased_on"]
    assert type(field) is PartialDateFormField
    assert {name: str(field.widget.attrs[name]) for name in ("autocomplete", "placeholder", "size")} == {
        "autocomplete": "off",
        "placeholder": "DD.MM.YYYY",
        "size": "12",
    }
