import io

import pytest
from django.core.management import call_command
from django.db import transaction

from contacts.models import User
from tests.cases.reading import Staff


@pytest.fixture(scope="module")
def _cases(django_db_setup, django_db_blocker):
    """All the cases, loaded once for the tests of a module and taken back after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_cases", stdout=io.StringIO())
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def api(_cases) -> Staff:
    return Staff(User.objects.create_superuser("cases", "cases@example.org"))
