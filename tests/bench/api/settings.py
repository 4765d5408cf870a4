"""Settings of what is measured: those of the suite, as they are in production where that takes time."""

from tests.settings import *
from tests.settings import CACHES

DEBUG = False
ALLOWED_HOSTS = ["*"]
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = False
# The suite lets no process remember anything; these do.
MEMORY = "django.core.cache.backends.locmem.LocMemCache"
CACHES = {
    **CACHES,
    "here": {"BACKEND": MEMORY, "LOCATION": "here"},
    "files": {"BACKEND": MEMORY, "LOCATION": "files", "OPTIONS": {"MAX_ENTRIES": 10}},
}
