"""Every setting comes from the environment or the file .env; .env.example explains each variable.

With DEBUG off this is a production start; what would be unsafe stops it with a sentence (config/safety.py).
"""

import logging
import os
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from config import safety, scopes
from contacts.keys import MaskedRecord

BASE_DIR = Path(__file__).resolve().parent.parent

env = safety.Environment()
ENV_FILE = env.str("ENV_FILE", default=str(BASE_DIR / ".env"))
if ENV_FILE and Path(ENV_FILE).is_file():
    env.read_env(ENV_FILE)

DEBUG = env.bool("DEBUG", default=False)

# Everything made at run time lives here: database, broker folders, mail files, uploads, static files.
VAR_DIR = Path(env.str("VAR_DIR", default="") or BASE_DIR / "var").resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True)

# --- who we are ---

SECRET_KEY = env.str("SECRET_KEY", default=safety.DEVELOPMENT_KEY if DEBUG else "")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
SITE_URL = env.str("SITE_URL", default="http://localhost:8000" if DEBUG else "").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = [SITE_URL] if urlsplit(SITE_URL).netloc else []

# --- the house ---

INSTALLED_APPS = [
    "config",
    "desk",
    "portal",
    "reminders",
    "delegations",
    "relations",
    "contacts",
    "config.apps.SiteConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "simple_history",
    "django_countries",
    "phonenumber_field",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    # First, so that the policy stands on every answer: redirects, static files and errors too.
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.door.PublicDoor",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "contacts.clock.OfficeTime",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- the data ---

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASE_URL = env.str("DATABASE_URL", default="")
DATABASES: dict[str, dict[str, Any]] = {
    "default": safety.database(DATABASE_URL)
    if DATABASE_URL
    else {"ENGINE": "django.db.backends.sqlite3", "NAME": str(VAR_DIR / "goldenbook.sqlite3")}
}

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A transaction takes the write lock when it begins, so a second writer waits instead of failing half-way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        # Who waits longest has no right of way: of twenty people who write at once on a busy machine, one may
        # meet a free database late.
        "timeout": 60,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    options = DATABASES["default"].setdefault("OPTIONS", {})
    if pool_size := env.int("DATABASE_POOL_SIZE", default=8):
        options["pool"] = {"min_size": 1, "max_size": pool_size}
    # Statements with many branches look dear, and PostgreSQL would compile them for longer than they run.
    if not env.bool("DATABASE_JIT", default=False):
        # What is given here counts more than PGOPTIONS, which may say something else.
        given = options.get("options") or os.environ.get("PGOPTIONS", "")
        options["options"] = f"{given} -c jit=off".strip()

# What all processes count together, such as wrong passwords. Without a Redis it is a table of the database.
CACHES = {
    "default": safety.cache(env.str("CACHE_URL", default="")),
    # What each process remembers by itself for some seconds. Most of it are tags of answers, one for each
    # address polled, of less than half a kilobyte: all pages of a portal fit in, with 5 MB at most. The few
    # others (zone, health, alarms, state, look) are used all the time, and what was used last goes last.
    "here": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "here",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
    # The same of public files, which may be large: a few of them.
    "files": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "files",
        "OPTIONS": {"MAX_ENTRIES": 10},
    },
}

# Names this installation, outside the database, so that a copy of the data can tell that it is one.
INSTANCE_FILE = env.str("INSTANCE_FILE", default="") or str(VAR_DIR / "instance")
INSTANCE_ID = env.str("INSTANCE_ID", default="").strip()

# Uploads are handed out by a view that asks for rights, so there is no MEDIA_URL.
MEDIA_ROOT = VAR_DIR / "media"
UPLOAD_MAX_MB = env.int("UPLOAD_MAX_MB", default=20)
# A visit with sixty guests and eighty programme items is one form.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# Held by the one process of this machine that makes a public file (portal/making.py).
FILES_LOCK = VAR_DIR / "public-files.lock"

# --- languages, dates ---

LANGUAGE_CODE = "de"
LANGUAGES = [("de", _("German")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
# English dates as Europe writes them.
FORMAT_MODULE_PATH = ["config.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = safety.time_zone(env.str("TIME_ZONE", default="Europe/Berlin"))
PHONENUMBER_DEFAULT_REGION = env.str("OFFICE_COUNTRY", default="DE")
PHONENUMBER_DB_FORMAT = "E164"

# --- static files ---

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "config" / "static"]
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- accounts ---

AUTH_USER_MODEL = "contacts.User"
AUTHENTICATION_BACKENDS = ["contacts.backends.Backend"]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
# Where staff choose how often they get mail, and who stands in for them: mails lead there.
ACCOUNT_URL = "desk:account"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- on the wire ---

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())

if not DEBUG:
    SECURE_SSL_REDIRECT = True
    # Probes ask the machine itself, without TLS.
    SECURE_REDIRECT_EXEMPT = [r"^health/$"]
    SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds())
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    # Browsers' preload lists are for the owner of the whole domain to decide on.
    SILENCED_SYSTEM_CHECKS = ["security.W021"]
    # The prefix makes browsers refuse these cookies when another host of the city's domain tries to set them.
    SESSION_COOKIE_NAME = "__Host-sessionid"
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    CSRF_COOKIE_SECURE = True
    LANGUAGE_COOKIE_NAME = "__Host-language"
    LANGUAGE_COOKIE_SECURE = True
TRUST_PROXY = env.bool("TRUST_PROXY", default=False)
PROXY_COUNT = env.int("PROXY_COUNT", default=1)
if TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- the API ---

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "contacts.api.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    # Pages of JSON only: the browsable pages of the framework break the content security policy.
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["contacts.api.parsers.ShallowJSONParser"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "contacts.api.schema.StaffSchema",
    "DEFAULT_THROTTLE_RATES": {
        "password_reset_network": "20/hour",
        "password_reset_account": "3/hour",
    },
    # Whose address counts: without a proxy of ours the header is the visitor's own word.
    "NUM_PROXIES": PROXY_COUNT if TRUST_PROXY else 0,
    "EXCEPTION_HANDLER": "contacts.api.problems.as_problem",
    # An unknown parameter is refused, and so is ?format=.
    "URL_FORMAT_OVERRIDE": None,
    # The name Django's own validation uses, so that both sources of an error agree.
    "NON_FIELD_ERRORS_KEY": "__all__",
}
# What a token can be limited to (config/scopes.py).
API_SCOPES = scopes.GROUPS
SPECTACULAR_SETTINGS = {
    "TITLE": "Goldenbook",
    "VERSION": "1",
    "DESCRIPTION": (
        "The API of the staff. A relation is read as its id and name and written as its id. A date may be "
        "known to the day, the month or the year: 1989-11-17, 2004-07, 2004. Decimal numbers are texts, so "
        "that they stay exact; numbers are accepted. What a resource does not know, be it a field, a "
        "parameter or an order, is refused; every error is a problem after RFC 9457 in the language of "
        "Accept-Language. Lists come in pages: follow next. An ETag names the version of a row; send it as "
        "If-Match, and nobody else's change is overwritten. That of a list names what it shows; send it as "
        "If-None-Match, and a list that has not changed is answered by 304. Fields that you may not see are "
        "absent. A token allows what its owner may, as far as its scopes go: each operation names the one "
        "that it needs."
    ),
    "OAS_VERSION": "3.1.1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    # Enumerations stay with their fields: many of ours are called kind or state.
    "POSTPROCESSING_HOOKS": [],
    # What is public has a description of its own.
    "PREPROCESSING_HOOKS": ["contacts.api.described.hand_on", "config.description.staff_only"],
    "GET_LIB_DOC_EXCLUDES": "config.description.inherited_words",
}

# --- the public ---

# Whether anything is public at all: without it every public address answers that there is nothing.
PORTAL = env.bool("PORTAL", default=True)
# Under which terms what is public may be used; said in the catalogue of open data.
PORTAL_LICENCE = safety.licence(env.str("PORTAL_LICENCE", default=""))

# --- the post ---

EMAIL_URL = env.str("EMAIL_URL", default="")
EMAIL_FILE_PATH = str(VAR_DIR / "mail")
EMAIL_BACKEND = "config.mailfiles.EmailBackend"
if EMAIL_URL:
    vars().update(safety.email(EMAIL_URL))
# Without a limit a stalled mail server would hold the sender for ever.
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)
# The log of mails, after which time it goes; 0: never.
MAIL_KEEP_DAYS = env.int("MAIL_KEEP_DAYS", default=3 * 365)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="goldenbook@example.org" if DEBUG else "")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# First filling of the one Office row; staff edit it from then on.
OFFICE = {
    "title": env.str("OFFICE_NAME", default="Büro für Internationale Beziehungen"),
    "timezone": TIME_ZONE,
    "country": PHONENUMBER_DEFAULT_REGION,
    "state": env.str("OFFICE_STATE", default=""),
    "from_address": parseaddr(DEFAULT_FROM_EMAIL)[1],
}

# --- the portals ---

# Hosts that may be told of what is published, changed or withdrawn; none: nobody is.
WEBHOOK_HOSTS = safety.hosts("WEBHOOK_HOSTS", env.list("WEBHOOK_HOSTS", default=[]))

# --- the clock ---

# No worker and no beat: cron runs `manage.py remind`, and nobody waits for them.
REMIND_BY_CRON = env.bool("REMIND_BY_CRON", default=False)
# A watchdog outside, told after each good run; it speaks up when it hears nothing.
PING_URL = env.str("PING_URL", default="")

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="") or "filesystem://"
CELERY_BROKER_TRANSPORT_OPTIONS = safety.broker_options(CELERY_BROKER_URL, folder=VAR_DIR / "broker")
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# The truth is in the database: a wake-up that is lost now is followed by the next beat.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Beat knows no summer time: what hour it is where the office is, the tasks ask the office.
CELERY_TIMEZONE = "UTC"
# What beat does when stands in config/celery.py.
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")

# Keys that stand in addresses are masked in every line of every log of the process, the web server's too.
logging.setLogRecordFactory(MaskedRecord)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": safety.log_level(env.str("LOG_LEVEL", default="INFO"))},
}

if not DEBUG:
    safety.refuse_unsafe(
        secret_key=SECRET_KEY,
        allowed_hosts=ALLOWED_HOSTS,
        site_url=SITE_URL,
        email_url=EMAIL_URL,
        keep_mail_here=env.bool("ALLOW_LOCAL_MAIL", default=False),
        from_email=DEFAULT_FROM_EMAIL,
        email_timeout=EMAIL_TIMEOUT,
        broker_url=CELERY_BROKER_URL,
        upload_max_mb=UPLOAD_MAX_MB,
        instance_id=INSTANCE_ID,
        ping_url=PING_URL,
        trust_proxy=TRUST_PROXY,
        proxy_count=PROXY_COUNT,
    )
