import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.migrations.writer import MigrationWriter
from django.utils import translation
from pytest_django.asserts import assertHTMLEqual

from contacts.fields import (
    SDG_TITLES,
    LanguageListField,
    LanguageTextField,
    SdgField,
    StringListField,
    language_names,
    validate_language,
)
from contacts.models import City, Organisation, Person, Post
from relations.models import Theme

NO_LANGUAGE = "“%s” is no language. Use the two letters of ISO 639-1, as in de, en, tr, zh."


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def cleaned(field, value):
    return field.clean(value, None)


def refusal(field, value) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        field.clean(value, None)
    return refused.value.messages


# --- all of them ---


@pytest.mark.parametrize(
    ("field", "empty"),
    [
        (StringListField(blank=True), []),
        (LanguageTextField(blank=True), {}),
        (LanguageListField(blank=True), []),
        (SdgField(blank=True), []),
    ],
)
@pytest.mark.parametrize("nothing", [None, "", [], {}, ()])
def test_nothing_has_one_form(field, empty, nothing):
    assert cleaned(field, nothing) == empty


@pytest.mark.parametrize("wrong", [{}, "", None])
def test_nothing_is_stored_in_its_one_form_whatever_was_assigned(db, wrong):
    City.objects.create(name_de="Linz", country="AT", other_names=wrong)
    assert City.objects.get().other_names == []


def test_another_shape_is_never_saved(db):
    with pytest.raises(ValidationError), transaction.atomic():
        City.objects.create(name_de="Linz", country="AT", other_names="Lentia")
    assert City.objects.count() == 0


def test_full_clean_puts_the_sentence_at_the_field(db):
    with pytest.raises(ValidationError) as refused:
        City(name_de="Linz", country="AT", other_names="Lentia").full_clean()
    assert refused.value.message_dict == {"other_names": ["Give a list of texts."]}


@pytest.mark.parametrize(
    ("field", "written"),
    [
        (StringListField(blank=True), "contacts.fields.StringListField(blank=True, default=list)"),
        (LanguageTextField(), "contacts.fields.LanguageTextField(default=dict)"),
    ],
)
def test_a_migration_keeps_the_field(field, written):
    assert MigrationWriter.serialize(field)[0] == written


def test_lists_and_texts_are_kept_with_their_history(db):
    person = Person.objects.create(family_name="Hu", languages=["zh", "de"], other_names=[" Hu H. "])
    assert (person.history.get().languages, person.history.get().other_names) == (["zh", "de"], ["Hu H."])


@pytest.mark.parametrize(
    ("field", "help_text"),
    [
        (StringListField(help_text="Former names."), "Former names. One a line."),
        (StringListField(), "One a line."),
        (LanguageListField(), "Names or codes, with commas: Turkish, en."),
        (SdgField(help_text="At most three."), "At most three."),
    ],
)
def test_the_form_says_how_to_write_it(field, help_text):
    assert str(field.formfield().help_text) == help_text


# --- lists of texts ---


def test_texts_are_trimmed_and_kept_once_in_order():
    assert cleaned(StringListField(), [" Lentia", "Linec", "", "  ", "Lentia"]) == ["Lentia", "Linec"]


@pytest.mark.parametrize("wrong", ["Lentia", {"de": "Linz"}, 7, ["Linz", 7], [None], [["Linz"]]])
def test_texts_of_another_shape_are_refused(wrong):
    assert refusal(StringListField(), wrong) == ["Give a list of texts."]


class CityForm(forms.ModelForm):
    class Meta:
        model = City
        fields = ("other_names",)


def test_texts_are_shown_one_a_line():
    form = CityForm(instance=City(other_names=["Lentia", "Linec"]))
    assert form["other_names"].value() == "Lentia\nLinec"


@pytest.mark.parametrize(
    ("typed", "read"), [("Lentia\r\n\r\n Linec \r\nLentia", ["Lentia", "Linec"]), ("", []), ("\r\n", [])]
)
def test_texts_are_read_one_a_line(typed, read):
    assert StringListField(blank=True).formfield().clean(typed) == read


def test_a_required_list_may_not_be_empty():
    with pytest.raises(ValidationError) as refused:
        StringListField().formfield().clean(" \n ")
    assert refused.value.messages == ["This field is required."]


@pytest.mark.parametrize(
    ("typed", "changed"),
    [("Lentia\r\nLinec", False), ("Lentia\r\nLinec\r\n", False), ("Linec\r\nLentia", True)],
)
def test_line_ends_are_no_change(typed, changed):
    form = CityForm({"other_names": typed}, instance=City(other_names=["Lentia", "Linec"]))
    assert form.has_changed() == changed


# --- a text per language ---


def test_texts_by_language_are_trimmed_and_empty_ones_dropped():
    given = {"de": " Frau\r\nBürgermeisterin ", "en": "", "tr": "Sayın Başkan"}
    assert cleaned(LanguageTextField(), given) == {"de": "Frau\nBürgermeisterin", "tr": "Sayın Başkan"}


@pytest.mark.parametrize("wrong", ["Frau", ["Frau"], {"de": 7}, {"de": None}, {"de": {"en": "Madam"}}])
def test_texts_by_language_of_another_shape_are_refused(wrong):
    assert refusal(LanguageTextField(), wrong) == ['Give a text per language: {"de": "…", "en": "…"}.']


@pytest.mark.parametrize("code", ["xx", "DE", "deu", "de-AT", "", "German"])
def test_what_is_no_language_is_refused(code):
    assert refusal(LanguageTextField(), {code: "Frau"}) == [NO_LANGUAGE % code]


class PostForm(forms.ModelForm):
    class Meta:
        model = Post
        fields = ("form_spoken",)


def _boxes(form: forms.Form) -> list[tuple[str, str, str]]:
    widget = form["form_spoken"].subwidgets[0].data
    return [(text["name"], text["label"], text["text"]) for text in widget["texts"]]


def test_there_is_a_box_for_each_language_of_the_house():
    assert _boxes(PostForm()) == [("form_spoken__de", "German", ""), ("form_spoken__en", "English", "")]


def test_a_further_language_has_its_box_too_and_is_never_lost(db):
    post = Post(is_head_of_city=True, form_spoken={"tr": "Sayın Başkan", "de": "Herr Bürgermeister"})
    boxes = _boxes(PostForm(instance=post, prefix="post"))
    assert boxes == [
        ("post-form_spoken__de", "German", "Herr Bürgermeister"),
        ("post-form_spoken__en", "English", ""),
        ("post-form_spoken__tr", "Turkish", "Sayın Başkan"),
    ]
    sent = {name: text for name, _label, text in boxes} | {"post-form_spoken__en": "Mr Mayor"}
    form = PostForm(sent, instance=post, prefix="post")
    form.is_valid()
    assert form.cleaned_data["form_spoken"] == {
        "de": "Herr Bürgermeister",
        "en": "Mr Mayor",
        "tr": "Sayın Başkan",
    }


def test_the_boxes_are_labelled_and_escaped():
    html = """
        <div class="language-texts"><div class="language-text">
          <label for="id_form_spoken__de">German</label>
          <textarea name="form_spoken__de" rows="2" lang="de" id="id_form_spoken__de">
        &lt;b&gt; &amp; Sohn</textarea>
        </div>
        <div class="language-text">
          <label for="id_form_spoken__en">English</label>
          <textarea name="form_spoken__en" rows="2" lang="en" id="id_form_spoken__en"></textarea>
        </div></div>
    """
    assertHTMLEqual(str(PostForm(instance=Post(form_spoken={"de": "<b> & Sohn"}))["form_spoken"]), html)


@pytest.mark.parametrize(
    ("sent", "changed"),
    [
        ({"form_spoken__de": "Herr A", "form_spoken__en": ""}, False),
        ({"form_spoken__de": "Herr B", "form_spoken__en": ""}, True),
        ({"form_spoken__de": "Herr A", "form_spoken__en": "Mr A"}, True),
        ({"form_spoken__de": "", "form_spoken__en": ""}, True),
    ],
)
def test_empty_boxes_are_no_change(sent, changed):
    assert PostForm(sent, instance=Post(form_spoken={"de": "Herr A"})).has_changed() == changed


def test_a_box_of_no_language_is_refused():
    with pytest.raises(ValidationError) as refused:
        LanguageTextField().formfield().clean({"xx": "Frau"})
    assert refused.value.messages == [NO_LANGUAGE % "xx"]


# --- languages ---


def test_languages_are_named_in_the_language_of_the_reader():
    named = []
    for reader in ("de", "en", "tr"):
        with translation.override(reader):
            named.append(language_names()["zh"])
    assert named == ["Chinesisch", "Chinese", "Çince"]


def test_every_language_has_a_code_of_two_letters():
    assert {len(code) for code in language_names()} == {2}
    assert {"de", "en", "tr", "zh", "ko", "uk", "ku", "ar", "fr"} - set(language_names()) == set()


@pytest.mark.parametrize("code", ["xx", "DE", 7, None, ["de"]])
def test_validate_language_refuses(code):
    with pytest.raises(ValidationError) as refused:
        validate_language(code)
    assert refused.value.messages == [NO_LANGUAGE % (code,)]


def test_languages_are_kept_once_in_order():
    assert cleaned(LanguageListField(), ["tr", "de", "tr"]) == ["tr", "de"]


@pytest.mark.parametrize("wrong", ["de", {"de": 1}, 7])
def test_languages_of_another_shape_are_refused(wrong):
    assert refusal(LanguageListField(), wrong) == ['Give a list of languages: ["de", "tr"].']


def test_what_is_no_language_is_refused_in_a_list():
    assert refusal(LanguageListField(), ["de", "xx"]) == [NO_LANGUAGE % "xx"]


class PersonForm(forms.ModelForm):
    class Meta:
        model = Person
        fields = ("languages",)


def test_languages_are_shown_by_name():
    person = Person(languages=["tr", "de"])
    shown = []
    for reader in ("de", "en"):
        with translation.override(reader):
            shown.append(PersonForm(instance=person)["languages"].value())
    assert shown == ["Türkisch, Deutsch", "Turkish, German"]


@pytest.mark.parametrize(
    ("typed", "read"),
    [("Turkish, de", ["tr", "de"]), ("TR,turkish , German,", ["tr", "de"]), ("", []), ("Chinese", ["zh"])],
)
def test_languages_are_read_by_name_or_code(typed, read):
    assert LanguageListField(blank=True).formfield().clean(typed) == read


def test_every_language_is_read_as_it_is_shown():
    field = LanguageListField().formfield()
    for reader in ("de", "en"):
        with translation.override(reader):
            codes = list(language_names())
            assert field.clean(field.prepare_value(codes)) == codes


def test_a_form_says_which_language_it_does_not_know():
    with pytest.raises(ValidationError) as refused:
        LanguageListField().formfield().clean("Turkish, Klingon")
    assert refused.value.messages == [NO_LANGUAGE % "Klingon"]


# --- Sustainable Development Goals ---


def test_goals_are_kept_once_and_sorted():
    assert cleaned(SdgField(), [17, 11, 17, 4]) == [4, 11, 17]


@pytest.mark.parametrize("wrong", [[0], [18], ["4"], [True], [4.0], [None], [[4]], 4, "4", {"4": 4}])
def test_what_is_no_goal_is_refused(wrong):
    assert refusal(SdgField(), wrong) == ["Give the goals as numbers from 1 to 17."]


class ThemeForm(forms.ModelForm):
    class Meta:
        model = Theme
        fields = ("sdgs",)


def test_goals_are_ticked_by_number_and_title():
    form = ThemeForm(instance=Theme(sdgs=[4, 11]))
    boxes = form["sdgs"].subwidgets
    assert [str(box.choice_label) for box in boxes][:2] == ["1 No poverty", "2 Zero hunger"]
    assert [box.data["value"] for box in boxes if box.data["selected"]] == [4, 11]
    assert len(boxes) == len(SDG_TITLES) == 17


def test_goals_are_titled_in_the_language_of_the_reader():
    with translation.override("de"):
        titles = [str(title) for _number, title in ThemeForm().fields["sdgs"].choices]
    assert titles[3] == "4 Hochwertige Bildung"


@pytest.mark.parametrize(("ticked", "read"), [(["11", "4"], [11, 4]), ([], [])])
def test_ticked_goals_are_numbers(ticked, read):
    assert SdgField(blank=True).formfield().clean(ticked) == read


@pytest.mark.parametrize(("ticked", "changed"), [(["11", "4"], False), (["4"], True), ([], True)])
def test_the_order_of_ticks_is_no_change(ticked, changed):
    assert ThemeForm({"sdgs": ticked}, instance=Theme(sdgs=[4, 11])).has_changed() == changed


def test_an_organisation_may_be_searched_by_its_list_of_names(db):
    linz = City.objects.create(name_de="Linz", country="AT")
    Organisation.objects.create(title="Stadt Linz", city=linz, other_names=["Magistrat"])
    assert [body.title for body in Organisation.objects.search("magistrat")] == ["Stadt Linz"]
