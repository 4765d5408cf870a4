import pytest

from reminders.models import Rule, Stage
from reminders.shipped import ship
from tests.reminders.sink import Sink, running


@pytest.fixture(autouse=True)
def _shipped_rules(db):
    """A test that commits for real leaves an empty database behind, without the rows of the migrations."""
    ship(Rule, Stage)


@pytest.fixture
def sink(settings):
    """A mail server that accepts everything until a test tells it otherwise."""
    with running(Sink()) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield server
