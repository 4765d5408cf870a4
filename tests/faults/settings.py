"""The settings of the other tests, with tables straight from the models on PostgreSQL too.

A hundred migrations take longer than many a case, and a case brings its own rows.
"""

from tests.settings import *
from tests.settings import DATABASES, INSTALLED_APPS

MIGRATION_MODULES = dict.fromkeys(["admin", *(app.rpartition(".")[2] for app in INSTALLED_APPS)])

# The database is restarted under the test, whose pool would keep dead connections. The workers have theirs.
DATABASES["default"].setdefault("OPTIONS", {}).pop("pool", None)
