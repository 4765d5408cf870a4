"""The suite's settings: those of development, whatever .env says, with a database file of this process alone.

DATABASE_URL and CELERY_BROKER_URL are left as they are, so that the same suite runs on PostgreSQL and Redis.
"""

import os

for name, value in {
    "ENV_FILE": "",
    "DEBUG": "1",
    "SITE_URL": "http://localhost:8000",
    "EMAIL_URL": "memorymail://",
}.items():
    os.environ[name] = value

from config.settings import *  # noqa: E402, F403
from config.settings import BASE_DIR, DATABASES  # noqa: E402

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, not memory: two connections then meet each other's locks as they do in the demo.
    folder = BASE_DIR / "var" / "tests"
    folder.mkdir(parents=True, exist_ok=True)
    DATABASES["default"]["TEST"] = {"NAME": str(folder / f"{os.getpid()}.sqlite3")}

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher"
]  # thousands of logins, none of them secret
