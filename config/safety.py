"""What a setting must look like. Whatever is wrong is said in one sentence that names the variable."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured

# Marked as insecure in Django's own way, so that `check --deploy` would find it as well.
DEVELOPMENT_KEY = "django-insecure-for-development-only-never-used-with-debug-off"
ON = ("1", "true", "yes", "on")
OFF = ("0", "false", "no", "off")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOCAL_MAIL = ("filemail", "consolemail", "memorymail", "dummymail")


class Environment(environ.Env):
    """A switch must be one and a number must be one: “DEBUG=of” is no reason to guess."""

    def bool(self, var: str, default: Any = environ.Env.NOTSET) -> bool:
        value = self.str(var, default="").strip().lower()
        if value not in ("", *ON, *OFF):
            raise ImproperlyConfigured(f"{var} is “{value}”, but it takes 1 or 0.")
        return value in ON if value else default

    def int(self, var: str, default: Any = environ.Env.NOTSET) -> int:
        value = self.str(var, default="").strip()
        if value and not (value.isascii() and value.isdigit()):
            raise ImproperlyConfigured(f"{var} is “{value}”, but it takes a whole number.")
        return int(value) if value else default


def database(url: str) -> dict[str, Any]:
    scheme = urlsplit(url).scheme
    if scheme not in ("postgres", "postgresql", "sqlite"):
        raise ImproperlyConfigured(
            f"DATABASE_URL begins with “{scheme}:”, but only postgres:// and sqlite:// are known."
        )
    return dict(environ.Env.db_url_config(url))


def cache(url: str) -> dict[str, Any]:
    """A cache that all processes share; each process for itself would let everybody try anew."""
    scheme = urlsplit(url).scheme
    if not url:
        return {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "shared_cache",
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    if scheme not in ("redis", "rediss"):
        raise ImproperlyConfigured(f"CACHE_URL begins with “{scheme}:”, but only redis:// is known.")
    return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}


def email(url: str) -> dict[str, Any]:
    scheme = urlsplit(url).scheme
    if scheme not in environ.Env.EMAIL_SCHEMES:
        raise ImproperlyConfigured(
            f"EMAIL_URL begins with “{scheme}:”; write smtp+tls://user:password@host:587 or the like."
        )
    found = {key: value for key, value in environ.Env.email_url_config(url).items() if key != "OPTIONS"}
    if scheme == "filemail":
        found |= {"EMAIL_BACKEND": "config.mailfiles.EmailBackend", "EMAIL_FILE_PATH": urlsplit(url).path}
    return found


def hosts(var: str, names: list[str]) -> list[str]:
    """Plain names of hosts, each perhaps with its port; no address can be meant by accident."""
    found = [name.strip().lower() for name in names if name.strip()]
    for name in found:
        if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9][0-9]{0,4})?", name):
            raise ImproperlyConfigured(
                f"{var} names “{name}”, which is no host such as portal.example.org or "
                "portal.example.org:8443."
            )
    return [name.removesuffix(":443") for name in found]


def time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as problem:
        raise ImproperlyConfigured(
            f"TIME_ZONE “{name}” is not a time zone such as Europe/Berlin."
        ) from problem
    return name


def licence(address: str) -> str:
    """The address of the terms of use, or nothing."""
    parts = urlsplit(address)
    if address and (parts.scheme not in ("http", "https") or not parts.hostname or " " in address):
        raise ImproperlyConfigured(
            f"PORTAL_LICENCE “{address}” is no address of a licence, such as "
            "https://creativecommons.org/licenses/by/4.0/. Leave it empty where there is none."
        )
    return address


def log_level(name: str) -> str:
    if name not in LOG_LEVELS:
        raise ImproperlyConfigured(f"LOG_LEVEL “{name}” is not one of {', '.join(LOG_LEVELS)}.")
    return name


def broker_options(url: str, *, folder: Path) -> dict[str, Any]:
    """Celery's options for this broker; the filesystem broker keeps its messages in `folder`."""
    scheme = urlsplit(url).scheme
    if scheme == "filesystem":
        messages, control = folder / "messages", folder / "control"
        for path in (messages, control):
            path.mkdir(parents=True, exist_ok=True)
        return {
            "data_folder_in": str(messages),
            "data_folder_out": str(messages),
            "control_folder": str(control),
            "store_processed": False,
        }
    if scheme in ("redis", "rediss"):
        return {"socket_connect_timeout": 2, "socket_timeout": 10}
    return {}


def refuse_unsafe(
    *,
    secret_key: str,
    allowed_hosts: list[str],
    site_url: str,
    email_url: str,
    keep_mail_here: bool,
    from_email: str,
    email_timeout: int,
    broker_url: str,
    upload_max_mb: int,
    instance_id: str,
    ping_url: str,
    trust_proxy: bool,
    proxy_count: int,
) -> None:
    """Stop a production start that would leak, lie or lose mail."""
    local_mail = not email_url or urlsplit(email_url).scheme in LOCAL_MAIL
    site, ping = urlsplit(site_url), urlsplit(ping_url)
    rules = [
        (
            not secret_key,
            "SECRET_KEY is missing; make one with: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'",
        ),
        (
            len(secret_key) < 50 or len(set(secret_key)) < 5 or secret_key.startswith("django-insecure-"),
            "SECRET_KEY is too weak; it takes at least 50 characters made by chance.",
        ),
        (
            not allowed_hosts,
            "ALLOWED_HOSTS is empty; name the hosts people type, such as goldenbook.example.org.",
        ),
        (
            "*" in allowed_hosts,
            "ALLOWED_HOSTS contains “*”, which lets anybody forge the links we send; name the hosts.",
        ),
        (
            not site_url,
            "SITE_URL is missing; links in mails begin with it, such as https://goldenbook.example.org.",
        ),
        (
            site.scheme != "https" or not site.netloc or bool(site.path),
            f"SITE_URL is “{site_url}”, but it must be https:// and a host without a path.",
        ),
        (
            local_mail and not keep_mail_here,
            "EMAIL_URL is missing or keeps mails on this machine, so that nobody would get a reminder; "
            "set ALLOW_LOCAL_MAIL=1 if that is wanted.",
        ),
        (
            "@" not in from_email,
            "DEFAULT_FROM_EMAIL is missing or no address; reminders need a sender.",
        ),
        (
            not 1 <= email_timeout <= 60,
            "EMAIL_TIMEOUT must be 1 to 60 seconds, or a stalled mail server holds up all reminders.",
        ),
        (
            urlsplit(broker_url).scheme == "memory",
            "CELERY_BROKER_URL is memory://, which no worker can hear; use redis://, amqp:// or filesystem://.",
        ),
        (
            not 1 <= upload_max_mb <= 100,
            "UPLOAD_MAX_MB must be 1 to 100: an upload is looked at in memory.",
        ),
        (
            len(instance_id) > 100,
            "INSTANCE_ID is longer than 100 characters; any name of your own will do.",
        ),
        (
            # The address is not repeated: whoever knows it can speak for us.
            bool(ping_url) and (ping.scheme != "https" or not ping.hostname),
            "PING_URL must be https:// and a host: its address is a secret between us and the watchdog.",
        ),
        (
            trust_proxy and proxy_count < 1,
            "PROXY_COUNT is 0 although TRUST_PROXY is set, so that all visitors would count as one; "
            "say how many proxies of yours stand before the program.",
        ),
    ]
    for is_unsafe, sentence in rules:
        if is_unsafe:
            raise ImproperlyConfigured(sentence)


def variables() -> set[str]:
    """The names of all variables that settings.py reads, as .env.example lists them."""
    example = (Path(__file__).parent.parent / ".env.example").read_text(encoding="utf-8")
    return set(re.findall(r"^(?:# )?([A-Z_]+)=", example, flags=re.MULTILINE))
