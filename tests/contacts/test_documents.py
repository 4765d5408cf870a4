import pytest
from django.utils import translation

from contacts.models import Document
from tests.factories import DocumentFactory, OrganisationFactory, PersonFactory, StatementFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def test_a_document_without_a_title_is_told_by_what_is_known():
    paper = DocumentFactory(
        kind="press_release", publisher=OrganisationFactory(title="DBI"), published_on="2023-09-04"
    )

    assert str(paper) == "press release, DBI, 4 Sept 2023"


def test_a_document_with_neither_title_nor_date_is_told_by_what_it_is_about():
    assert str(DocumentFactory(kind="article", description="Reise nach Seoul und Chongqing")) == (
        "article, Reise nach Seoul und Chongqing"
    )


def test_a_document_may_be_nothing_but_known_to_exist():
    Document().full_clean()


def test_a_document_is_found_by_title_publisher_and_date():
    publisher = OrganisationFactory(title="Stadt Linz")
    first = DocumentFactory(title="Reise", publisher=publisher, published_on="2022-05-01")
    DocumentFactory(title="Reise", publisher=publisher, published_on="2023")
    untitled = DocumentFactory(description="Reise ohne Überschrift")

    assert Document.objects.get_by_natural_key("Reise", "Stadt Linz", "2022-05-01") == first
    assert Document.objects.get_by_natural_key("Reise ohne Überschrift") == untitled


def test_what_was_printed_last_comes_first_and_the_undated_last():
    old, undated, new = (
        DocumentFactory(published_on="2004"),
        DocumentFactory(),
        DocumentFactory(published_on="2024-10"),
    )

    assert list(Document.objects.all()) == [new, old, undated]


def test_several_may_say_one_thing_together():
    statement = StatementFactory(text="Wir kommen wieder.")
    statement.speakers.set([PersonFactory(), PersonFactory()])

    assert statement.speakers.count() == 2
    assert str(statement) == "Wir kommen wieder."
