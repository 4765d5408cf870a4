"""The suite's settings: those of development, whatever the environment or .env says.

Only DATABASE_URL and CELERY_BROKER_URL are left, so that the same suite runs on PostgreSQL and Redis.
"""

import datetime
import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "tests"
FOLDER.mkdir(parents=True, exist_ok=True)

for name in re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), flags=re.M):
    if name not in ("DATABASE_URL", "CELERY_BROKER_URL"):
        os.environ.pop(name, None)
os.environ.update(ENV_FILE="", DEBUG="1", VAR_DIR=str(FOLDER), EMAIL_URL="memorymail://")

from config.settings import *
from config.settings import CACHES, DATABASES, INSTALLED_APPS, OFFICE

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file of this process, not memory: connections then meet each other's locks as they do in the demo.
    DATABASES["default"]["TEST"] = {"NAME": str(FOLDER / f"{os.getpid()}.sqlite3")}
    # Tables straight from the models: to migrate a hundred of them takes longer than most tests together.
    # The suite on PostgreSQL and the demo in tests/services take the migrations.
    MIGRATION_MODULES = dict.fromkeys(["admin", *(app.rpartition(".")[2] for app in INSTALLED_APPS)])
else:
    # A database of tests need not outlive a crash of its server: no commit waits for the disk.
    options = DATABASES["default"]["OPTIONS"]
    options["options"] = f"{options.get('options', '')} -c synchronous_commit=off"
    if template := os.environ.get("TEST_TEMPLATE"):
        DATABASES["default"]["TEST"] = {"TEMPLATE": template}

# Nobody is led to the page of the first start, but by the tests that are about it.
OFFICE = {**OFFICE, "confirmed_at": datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)}

# No process remembers what was true in the test before; a test may let it (tests/portal/conftest.py).
REMEMBERING = {name: CACHES[name] for name in ("here", "files")}
CACHES |= {name: {"BACKEND": "django.core.cache.backends.dummy.DummyCache"} for name in REMEMBERING}

# Thousands of logins, none of them secret.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
