import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.utils import translation

from relations.models import Theme
from tests.factories import PartnershipFactory, ThemeFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("language", "name"), [("de", "Wasser"), ("en", "Water")])
def test_a_theme_is_named_in_the_language_of_the_reader(language, name):
    theme = ThemeFactory(name_de="Wasser", name_en="Water")

    with translation.override(language):
        assert str(theme) == name


def test_a_theme_without_an_english_name_keeps_its_german_one():
    with translation.override("en"):
        assert str(ThemeFactory(name_de="Wasser", name_en="")) == "Wasser"


def test_themes_are_told_apart_by_name_and_short_name():
    ThemeFactory(name_de="Wasser", slug="wasser")

    with pytest.raises(ValidationError) as refusal:
        Theme(name_de="Wasser", slug="wasser").full_clean()

    assert sorted(refusal.value.message_dict) == ["name_de", "slug"]


def test_a_theme_of_a_tie_cannot_be_deleted():
    theme = ThemeFactory()
    PartnershipFactory().themes.add(theme)

    with pytest.raises(ProtectedError):
        theme.delete()


@pytest.mark.parametrize("typed", ["wasser", "water", "WASSER"])
def test_a_theme_is_found_in_either_language(typed):
    theme = ThemeFactory(name_de="Wasser", name_en="Water")

    assert list(Theme.objects.search(typed)) == [theme]
