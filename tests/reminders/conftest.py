import pytest

from reminders.models import Rule, Stage
from reminders.shipped import ship


@pytest.fixture(autouse=True)
def _shipped_rules(db):
    """A test that commits for real leaves an empty database behind, without the rows of the migrations."""
    ship(Rule, Stage)
