"""What holds for every model of the three rooms, asked of the registry so that no new one is forgotten."""

import threading

import pytest
from django import forms
from django.apps import apps
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import connection, models, transaction
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.functional import Promise

from contacts.models import (
    AccessToken,
    City,
    CityDate,
    Document,
    KeptAnswer,
    Office,
    Person,
    Place,
    SentForm,
    Tenure,
    User,
)
from contacts.names import ComputedField, FoldedField
from contacts.records import PublishableRecord, Record
from relations.models import Occasion, Partnership, Project, Theme
from tests import factories
from tests.factories import (
    AgreementFactory,
    CityFactory,
    DocumentFactory,
    OccasionFactory,
    OrganisationFactory,
    PartnershipFactory,
    PersonFactory,
    PostFactory,
    ProjectFactory,
    ThemeFactory,
    UserFactory,
)

ROOMS = ("contacts", "relations", "delegations")
MODELS = [
    model
    for room in ROOMS
    for model in apps.get_app_config(room).get_models()
    if not model.__name__.startswith("Historical")
]
RECORDS = [model for model in MODELS if issubclass(model, Record)]
FACTORIES = {
    factory._meta.model: factory
    for name, factory in vars(factories).items()
    if name.endswith("Factory") and hasattr(factory, "_meta") and name != "HomeCityFactory"
}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def by_label(model):
    return model._meta.label


def make(model):
    return Office.current() if model is Office else FACTORIES[model]()


# --- every model ---


@pytest.mark.parametrize("model", MODELS, ids=by_label)
def test_every_model_is_a_record_but_the_gazetteer_the_users_and_what_was_sent(model):
    assert issubclass(model, Record) or model in (AccessToken, KeptAnswer, Place, SentForm, User)


@pytest.mark.parametrize("model", MODELS, ids=by_label)
def test_a_row_made_of_the_least_is_valid_and_has_a_label(model):
    row = make(model)

    row.full_clean()

    assert str(row) != ""


@pytest.mark.parametrize("model", MODELS, ids=by_label)
def test_every_field_has_words_for_people(model):
    fields = [*model._meta.fields, *model._meta.many_to_many]

    unnamed = [
        field.name
        for field in fields
        if not isinstance(field.verbose_name, Promise)
        and not field.primary_key
        and not isinstance(field, ComputedField | models.GeneratedField)
    ]

    assert unnamed == []
    assert isinstance(model._meta.verbose_name, Promise)
    assert isinstance(model._meta.verbose_name_plural, Promise)


@pytest.mark.parametrize("model", MODELS, ids=by_label)
def test_every_constraint_has_a_sentence_and_names_its_field(model):
    for constraint in model._meta.constraints:
        assert isinstance(constraint.violation_error_message, Promise), constraint.name
        field, _colon, reason = constraint.violation_error_code.partition(":")
        if field != "only_one":
            model._meta.get_field(field)
            assert reason, constraint.name


@pytest.mark.parametrize("model", MODELS, ids=by_label)
def test_blank_text_is_empty_never_null(model):
    nullable = [
        field.name
        for field in model._meta.fields
        if field.null
        and isinstance(field, models.CharField | models.TextField | models.FileField | models.JSONField)
        and type(field).__name__ not in ("PartialDateField",)
    ]

    assert nullable == []


@pytest.mark.parametrize("model", MODELS, ids=by_label)
def test_rows_go_with_the_whole_they_are_part_of_and_with_nothing_else(model):
    wholes = {
        "contacts.CityDate": {"city"},
        "contacts.AccessToken": {"user"},
        "contacts.SentForm": {"model"},
        "relations.PartnershipEvent": {"partnership"},
        "relations.Signature": {"agreement"},
        "relations.ProjectPartner": {"project"},
        "relations.ProjectPlace": {"project"},
        "relations.Funding": {"project"},
        "delegations.DelegationPartner": {"delegation"},
        "delegations.Stop": {"delegation"},
        "delegations.Participant": {"delegation"},
        "delegations.ProgrammeItem": {"delegation"},
        "delegations.Outcome": {"delegation"},
        "delegations.GoldenBookSigner": {"entry"},
    }

    relations = [field for field in model._meta.fields if field.many_to_one or field.one_to_one]
    cascading = {field.name for field in relations if field.remote_field.on_delete is models.CASCADE}
    protecting = {field.name for field in relations if field.remote_field.on_delete is models.PROTECT}

    assert cascading == wholes.get(model._meta.label, set())
    assert cascading | protecting == {field.name for field in relations}


@pytest.mark.parametrize("model", MODELS, ids=by_label)
def test_a_row_referred_to_by_many_to_many_is_kept(model):
    within_one_visit = {"hosts", "attendees"}
    unkept = []
    for field in model._meta.many_to_many:
        pairs = field.remote_field.through._meta
        if pairs.auto_created and model is not User:
            far = pairs.get_field(field.m2m_reverse_field_name())
            if far.remote_field.on_delete is not models.PROTECT:
                unkept.append(field.name)

    assert set(unkept) <= within_one_visit


@pytest.mark.parametrize("model", RECORDS, ids=by_label)
def test_history_holds_every_many_to_many_relation(model):
    own = {
        field.name
        for field in model._meta.many_to_many
        if field.remote_field.through._meta.auto_created  # the others are records with a history of their own
    }

    assert {field.name for field in model.history.model._history_m2m_fields} == own


@pytest.mark.parametrize("model", MODELS, ids=by_label)
def test_a_label_costs_no_query_a_row(model, django_assert_num_queries):
    if model is Office:
        return
    rows = [make(model), make(model), make(model)]
    for relation in ("parent", "post", "city", "organisation", "publisher", "person"):
        fill(rows, relation)
    listed = model.objects.labelled() if hasattr(model.objects, "labelled") else model.objects.all()

    with django_assert_num_queries(1):
        labels = [str(row) for row in listed.filter(pk__in=[row.pk for row in rows])]

    assert len(labels) == 3


def fill(rows, relation):
    """A label may read what the least row leaves empty."""
    field = next((field for field in rows[0]._meta.fields if field.name == relation), None)
    if field is None or field.related_model not in FACTORIES:
        return
    for row in rows:
        if getattr(row, field.attname) is None:
            setattr(row, relation, FACTORIES[field.related_model]())
            row.save()


@pytest.mark.parametrize("model", MODELS, ids=by_label)
def test_a_natural_key_leads_back_to_its_row(model):
    if not hasattr(model, "natural_key"):
        return
    row = make(model)

    assert model._default_manager.get_by_natural_key(*row.natural_key()) == row


# --- version and history ---


def test_each_save_counts_the_version():
    theme = ThemeFactory()

    theme.save()
    theme.save(update_fields=["name_en"])

    theme.refresh_from_db()
    assert theme.version == 3


def test_saving_single_fields_keeps_search_and_change_time_true():
    person = PersonFactory(family_name="Beispiel")
    before = person.changed_at
    person.family_name = "Şahin"

    person.save(update_fields=["family_name"])

    person.refresh_from_db()
    assert person.search == "nora\nsahin"
    assert person.changed_at > before


def test_a_refused_save_leaves_the_version_as_it_was():
    tie = PartnershipFactory()
    tie.partner = tie.home

    with pytest.raises(ValidationError):
        tie.save()

    assert tie.version == 1


def test_history_keeps_what_a_row_was():
    theme = ThemeFactory(name_de="Wasser")
    theme.name_de = "Energie"
    theme.save()

    assert list(theme.history.values_list("name_de", "history_type")) == [("Energie", "~"), ("Wasser", "+")]


def test_history_keeps_what_a_many_to_many_relation_held():
    first, second = CityFactory(), CityFactory()
    agreement = AgreementFactory()

    agreement.cities.set([first])
    agreement.cities.set([first, second])

    held = [{pair.city_id for pair in past.cities.all()} for past in agreement.history.all()]
    assert held == [{first.pk, second.pk}, {first.pk}, set()]


def test_history_keeps_a_relation_by_keys_and_reads_no_row_of_either_side():
    agreement = AgreementFactory()
    agreement.cities.set([CityFactory(), CityFactory()])

    with CaptureQueriesContext(connection) as captured:
        agreement.save()

    asked = [query["sql"] for query in captured]
    assert [sql for sql in asked if "JOIN" in sql or 'FROM "contacts_city"' in sql] == []
    assert agreement.history.first().cities.count() == 2


def test_history_knows_a_relation_that_changed_from_its_other_side():
    city, agreement, other = CityFactory(), AgreementFactory(), AgreementFactory()

    city.agreements.set([agreement])
    city.agreements.clear()

    held = [[pair.city_id for pair in past.cities.all()] for past in agreement.history.all()]
    assert held == [[], [city.pk], []]
    assert (city.history.count(), other.history.count()) == (1, 1)


def test_history_of_a_deleted_row_stays():
    theme = ThemeFactory(name_de="Wasser")
    theme.delete()

    assert list(Theme.history.values_list("name_de", "history_type")) == [("Wasser", "-"), ("Wasser", "+")]


def test_a_row_and_its_history_are_saved_together(monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("no history today")

    monkeypatch.setattr(Theme.history.model, "save", broken)

    with pytest.raises(RuntimeError):
        ThemeFactory()

    assert Theme.objects.count() == 0


# --- rules over all fields ---


class NameOfTie(forms.ModelForm):
    class Meta:
        model = Partnership
        fields = ("partner_term",)


class EndOfTenure(forms.ModelForm):
    class Meta:
        model = Tenure
        fields = ("is_acting",)


def test_a_rule_about_hidden_fields_is_said_at_the_head_of_the_form():
    tie = PartnershipFactory()
    Partnership.objects.filter(pk=tie.pk).update(ended_on="2004")
    PartnershipFactory(home=tie.partner, partner=tie.home)
    form = NameOfTie({"partner_term": "Schwesterstadt"}, instance=tie)
    tie.ended_on = None

    assert not form.is_valid()
    assert form.errors == {
        NON_FIELD_ERRORS: ["These two cities have an open tie of this kind already, in either order."]
    }


def test_a_rule_of_clean_about_a_hidden_field_is_said_at_the_head_of_the_form():
    post = PostFactory()
    factories.TenureFactory(post=post, person=PersonFactory(given_names="Ada", family_name="Erste"))
    second = factories.TenureFactory(post=post, is_acting=True)
    form = EndOfTenure({"is_acting": ""}, instance=second)

    assert not form.is_valid()
    assert form.errors == {
        NON_FIELD_ERRORS: ["Ada Erste holds this post then. End that term first, or mark one as acting."]
    }


def test_a_rule_is_said_at_its_field_where_the_form_shows_it():
    city = CityFactory()

    with pytest.raises(ValidationError) as refusal:
        Partnership(home=city, partner=city).full_clean()

    assert refusal.value.message_dict == {
        "partner": ["A tie joins two different cities. Choose another one."],
    }
    assert refusal.value.error_dict["partner"][0].code == "same_city"


def test_a_value_that_is_no_number_is_refused_at_its_field_alone():
    with pytest.raises(ValidationError) as refusal:
        Occasion(partnership=PartnershipFactory(), years="many").full_clean()

    assert list(refusal.value.message_dict) == ["years"]


def test_a_date_that_cannot_be_read_is_refused_at_its_field_alone():
    event = factories.PartnershipEventFactory.build(
        partnership=PartnershipFactory(), kind="ended", on="31.02.2004"
    )

    with pytest.raises(ValidationError) as refusal:
        event.full_clean()

    assert list(refusal.value.message_dict) == ["on"]


def test_a_row_that_came_in_between_is_refused_with_the_rule_it_meets():
    decided = OccasionFactory(years=25)
    late = Occasion(partnership=decided.partnership, years=25)

    with pytest.raises(ValidationError) as refusal:
        late.save()

    assert refusal.value.message_dict == {"years": ["This anniversary of the tie is on record already."]}
    assert Occasion.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_open_ties_at_once_give_one_tie_and_a_clear_refusal():
    home, partner = CityFactory(), CityFactory()
    both_checked = threading.Barrier(2, timeout=30)
    refusals = []

    def enter(**cities):
        translation.activate("en")  # each thread has a language of its own
        try:
            tie = Partnership(**cities)
            tie.full_clean()
            both_checked.wait()
            with transaction.atomic():
                tie.save()
        except ValidationError as refusal:
            refusals.append(refusal.message_dict)
        finally:
            connection.close()

    clerks = [
        threading.Thread(target=enter, kwargs=cities)
        for cities in ({"home": home, "partner": partner}, {"home": partner, "partner": home})
    ]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()

    assert Partnership.objects.count() == 1
    assert refusals == [
        {"partner": ["These two cities have an open tie of this kind already, in either order."]}
    ]


# --- nothing that is referred to vanishes ---


def test_a_paper_of_an_agreement_cannot_be_deleted():
    paper = DocumentFactory()
    AgreementFactory(title="Charta von 1989").documents.add(paper)

    with pytest.raises(ProtectedError) as refusal:
        paper.delete()

    assert [str(row) for row in refusal.value.protected_objects] == ["Charta von 1989"]
    assert Document.objects.count() == 1


def test_cities_cannot_be_deleted_in_bulk_while_a_tie_names_them():
    tie, third = PartnershipFactory(), CityFactory()
    tie.further_cities.add(third)

    with pytest.raises(ProtectedError):
        City.objects.filter(pk=third.pk).delete()

    assert list(tie.further_cities.all()) == [third]


def test_a_row_goes_together_with_what_it_refers_to_by_many_to_many():
    project = ProjectFactory()
    project.people.add(PersonFactory())

    project.delete()

    assert (Project.objects.count(), Person.objects.count()) == (0, 1)


def test_days_of_a_city_go_with_it():
    day = factories.CityDateFactory()
    day.city.delete()

    assert CityDate.objects.count() == 0


# --- published and withdrawn ---


def test_publishing_says_who_and_withdrawing_keeps_that_it_was_public(django_assert_num_queries):
    editor, tie = UserFactory(), PartnershipFactory()
    assert not tie.is_published

    tie.publish(by=editor)
    assert (tie.is_published, tie.published_by) == (True, editor)
    assert list(Partnership.objects.published()) == [tie]

    tie.withdraw()
    tie.refresh_from_db()
    assert (tie.is_published, tie.published_by) == (False, editor)
    assert list(Partnership.objects.published()) == []

    tie.publish(by=editor)
    assert tie.is_published


@pytest.mark.parametrize("model", [m for m in MODELS if issubclass(m, PublishableRecord)], ids=by_label)
def test_who_published_is_set_by_the_verb_not_by_a_form(model):
    fields = ("published_at", "published_by", "withdrawn_at")

    assert [model._meta.get_field(name).editable for name in fields] == [False, False, False]


# --- search, on real names ---


@pytest.mark.parametrize(
    "typed", ["imamoglu", "İmamoğlu", "Imamoğlu", "IMAMOGLU", "imamoğlu", "ekrem imam", "İMAMOĞLU Ekrem"]
)
def test_a_turkish_name_is_found_however_it_is_typed(typed):
    person = PersonFactory(given_names="Ekrem", family_name="İmamoğlu")

    assert list(Person.objects.search(typed)) == [person]


@pytest.mark.parametrize("typed", ["duesseldorf", "dusseldorf", "Düsseldorf", "DÜSSEL"])
def test_an_umlaut_is_found_in_both_spellings(typed):
    city = CityFactory(name_de="Düsseldorf")

    assert list(City.objects.search(typed)) == [city]


@pytest.mark.parametrize("typed", ["eskisehir", "Eskişehir", "ESKİŞEHİR"])
def test_a_city_is_found_without_its_accents(typed):
    city = CityFactory(name_de="Eskişehir", country="TR")

    assert list(City.objects.search(typed)) == [city]


@pytest.mark.parametrize("typed", ["重庆", "chongqing", "Tschungking"])
def test_a_city_is_found_by_its_own_script_and_its_other_names(typed):
    city = CityFactory(name_de="Chongqing", name_local="重庆市", other_names=["Tschungking"], country="CN")

    assert list(City.objects.search(typed)) == [city]


@pytest.mark.parametrize("typed", ["胡衡华", "Hu Henghua", "henghua hu"])
def test_a_person_is_found_by_script_and_in_either_order(typed):
    person = PersonFactory(
        given_names="Henghua", family_name="Hu", family_name_first=True, name_local="胡衡华"
    )

    assert list(Person.objects.search(typed)) == [person]


@pytest.mark.parametrize("typed", ["Mag.a Huemer", "huemer", "mag a huemer"])
def test_a_person_is_found_with_the_title(typed):
    person = PersonFactory(given_names="Ulrike", family_name="Huemer", title_before="Mag.a")

    assert list(Person.objects.search(typed)) == [person]


def test_a_search_reads_a_trigram_index_on_postgresql():
    if connection.vendor != "postgresql":
        assert connection.vendor == "sqlite"
        return
    folded = {
        (model._meta.db_table, field.column)
        for model in MODELS
        for field in model._meta.fields
        if isinstance(field, FoldedField)
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename, indexdef FROM pg_indexes WHERE indexdef LIKE '%gin_trgm_ops%'")
        indexed = {(table, definition.split("(")[1].split()[0]) for table, definition in cursor.fetchall()}

        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = Person.objects.search("imamoglu").order_by().explain()

    assert indexed == folded
    assert "contacts_person_search_trgm" in plan


@pytest.mark.parametrize("model", MODELS, ids=by_label)
def test_every_model_can_be_searched(model):
    if hasattr(model.objects, "search") and model is not Office:
        row = make(model)

        assert list(model.objects.search("does-not-occur-anywhere")) == []
        assert row in model.objects.search("")


def test_circles_are_refused_at_any_length():
    for factory in (CityFactory, OrganisationFactory, ThemeFactory, factories.DelegationFactory):
        top = factory()
        middle = factory(parent=top)
        top.parent = factory(parent=middle)

        with pytest.raises(ValidationError) as refusal:
            top.full_clean()

        assert [error.code for error in refusal.value.error_dict["parent"]] == ["circle"]
        assert list(refusal.value.error_dict) == ["parent"]


@pytest.mark.parametrize(
    ("model", "begin", "end"),
    [
        ("contacts.Tenure", "since", "until"),
        ("relations.Occasion", "celebrated_from", "celebrated_until"),
        ("relations.Project", "starts_on", "ends_on"),
        ("relations.ProjectPlace", "since", "until"),
        ("delegations.Delegation", "starts_on", "ends_on"),
        ("delegations.Stop", "arrives_on", "departs_on"),
    ],
)
@pytest.mark.parametrize(
    ("first", "last", "fits"),
    [
        ("2004-07-22", "2004-07-22", True),
        ("2004-07-22", "2004-07", True),
        ("2004-07-22", "2004", True),
        ("2004-07", "2004-07-01", True),
        ("2004", "2004-01", True),
        (None, "2004", True),
        ("2004", None, True),
        ("2004-07-22", "2004-07-21", False),
        ("2004-07-22", "2004-06", False),
        ("2004-07", "2004-06-30", False),
        ("2005", "2004", False),
        ("2004-10", "2004-09", False),
    ],
)
def test_an_end_that_certainly_lies_before_its_beginning_is_refused(model, begin, end, first, last, fits):
    model = apps.get_model(model)
    row = make(model)
    setattr(row, begin, first)
    setattr(row, end, last)

    if fits:
        row.full_clean()
        row.save()
    else:
        with pytest.raises(ValidationError) as refusal:
            row.full_clean()
        assert refusal.value.message_dict == {
            end: ["The end lies before the beginning. Correct one of the two."]
        }
        with pytest.raises(ValidationError):
            row.save()


@pytest.mark.parametrize("model", MODELS, ids=by_label)
def test_every_row_has_a_page_of_its_own(model):
    row = make(model)

    if hasattr(row, "get_absolute_url"):
        assert row.get_absolute_url() == (
            f"/admin/{model._meta.app_label}/{model._meta.model_name}/{row.pk}/change/"
        )
