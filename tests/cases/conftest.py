import pytest

from contacts.models import User
from tests.cases.loading import loaded
from tests.cases.reading import Staff


@pytest.fixture(scope="package")
def _cases(django_db_setup, django_db_blocker):
    """All the cases, loaded once for the tests of this folder and taken back after them."""
    with django_db_blocker.unblock(), loaded():
        yield


@pytest.fixture(scope="package")
def api(_cases) -> Staff:
    return Staff(User.objects.create_superuser("cases", "cases@example.org"))
