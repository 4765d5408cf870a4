"""What the environment may say, and what stops the start."""

import ast
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import safety

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "ENV_FILE": "",
    "SECRET_KEY": "fl0wers-and-tea-at-half-past-nine-under-the-old-linden-tree",
    "ALLOWED_HOSTS": "goldenbook.example.org",
    "SITE_URL": "https://goldenbook.example.org",
    "EMAIL_URL": "smtp+tls://user:p%40ss@mail.example.org:587",
    "DEFAULT_FROM_EMAIL": "Goldenbook <goldenbook@example.org>",
}


@pytest.fixture
def start(monkeypatch, tmp_path):
    """Reads settings.py as a production start with these variables would; None leaves one out."""

    def start(**changes: str | None) -> dict[str, Any]:
        for name in safety.variables():
            monkeypatch.delenv(name, raising=False)
        for name, value in {**PRODUCTION, "VAR_DIR": str(tmp_path), **changes}.items():
            if value is not None:
                monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "config" / "settings.py"))

    return start


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"SECRET_KEY": None},
            "SECRET_KEY is missing; make one with: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'",
        ),
        (
            {"SECRET_KEY": "short"},
            "SECRET_KEY is too weak; it takes at least 50 characters made by chance.",
        ),
        (
            {"SECRET_KEY": safety.DEVELOPMENT_KEY},
            "SECRET_KEY is too weak; it takes at least 50 characters made by chance.",
        ),
        (
            {"ALLOWED_HOSTS": None},
            "ALLOWED_HOSTS is empty; name the hosts people type, such as goldenbook.example.org.",
        ),
        (
            {"ALLOWED_HOSTS": "goldenbook.example.org,*"},
            "ALLOWED_HOSTS contains “*”, which lets anybody forge the links we send; name the hosts.",
        ),
        (
            {"SITE_URL": None},
            "SITE_URL is missing; links in mails begin with it, such as https://goldenbook.example.org.",
        ),
        (
            {"SITE_URL": "http://goldenbook.example.org"},
            "SITE_URL is “http://goldenbook.example.org”, but it must be https:// and a host without a path.",
        ),
        (
            {"SITE_URL": "https://example.org/golden"},
            "SITE_URL is “https://example.org/golden”, but it must be https:// and a host without a path.",
        ),
        (
            {"EMAIL_URL": None},
            "EMAIL_URL is missing or keeps mails on this machine, so that nobody would get a reminder; "
            "set ALLOW_LOCAL_MAIL=1 if that is wanted.",
        ),
        (
            {"EMAIL_URL": "consolemail://"},
            "EMAIL_URL is missing or keeps mails on this machine, so that nobody would get a reminder; "
            "set ALLOW_LOCAL_MAIL=1 if that is wanted.",
        ),
        (
            {"EMAIL_URL": "pigeon://coop"},
            "EMAIL_URL begins with “pigeon:”; write smtp+tls://user:password@host:587 or the like.",
        ),
        (
            {"DEFAULT_FROM_EMAIL": None},
            "DEFAULT_FROM_EMAIL is missing or no address; reminders need a sender.",
        ),
        (
            {"EMAIL_TIMEOUT": "0"},
            "EMAIL_TIMEOUT must be 1 to 60 seconds, or a stalled mail server holds up all reminders.",
        ),
        (
            {"EMAIL_TIMEOUT": "soon"},
            "EMAIL_TIMEOUT is “soon”, but it takes a whole number.",
        ),
        (
            {"DEBUG": "perhaps"},
            "DEBUG is “perhaps”, but it takes 1 or 0.",
        ),
        (
            {"LOG_LEVEL": "LOUD"},
            "LOG_LEVEL “LOUD” is not one of DEBUG, INFO, WARNING, ERROR.",
        ),
        (
            {"CELERY_BROKER_URL": "memory://"},
            "CELERY_BROKER_URL is memory://, which no worker can hear; "
            "use redis://, amqp:// or filesystem://.",
        ),
        (
            {"UPLOAD_MAX_MB": "101"},
            "UPLOAD_MAX_MB must be 1 to 100: an upload is looked at in memory.",
        ),
        (
            {"TRUST_PROXY": "1", "PROXY_COUNT": "0"},
            "PROXY_COUNT is 0 although TRUST_PROXY is set, so that all visitors would count as one; "
            "say how many proxies of yours stand before the program.",
        ),
        (
            {"DATABASE_URL": "mysql://user@host/name"},
            "DATABASE_URL begins with “mysql:”, but only postgres:// and sqlite:// are known.",
        ),
        (
            {"INSTANCE_ID": "x" * 101},
            "INSTANCE_ID is longer than 100 characters; any name of your own will do.",
        ),
        (
            {"PING_URL": "http://watchdog.example.org/secret"},
            "PING_URL must be https:// and a host: its address is a secret between us and the watchdog.",
        ),
        (
            {"WEBHOOK_HOSTS": "portal.example.org,https://portal.example.org/"},
            "WEBHOOK_HOSTS names “https://portal.example.org/”, which is no host such as portal.example.org "
            "or portal.example.org:8443.",
        ),
        (
            {"TIME_ZONE": "Europe/Duisburg"},
            "TIME_ZONE “Europe/Duisburg” is not a time zone such as Europe/Berlin.",
        ),
        (
            {"PORTAL_LICENCE": "CC BY 4.0"},
            "PORTAL_LICENCE “CC BY 4.0” is no address of a licence, such as "
            "https://creativecommons.org/licenses/by/4.0/. Leave it empty where there is none.",
        ),
    ],
)
def test_unsafe_production_setting_stops_the_start(start, changes, sentence):
    with pytest.raises(ImproperlyConfigured) as stopped:
        start(**changes)

    assert str(stopped.value) == sentence


def test_stopped_start_prints_one_sentence_and_no_traceback(tmp_path):
    environment = {"PATH": os.environ["PATH"], **PRODUCTION, "VAR_DIR": str(tmp_path), "ALLOWED_HOSTS": "*"}

    stopped = subprocess.run(
        [sys.executable, "manage.py", "migrate"], cwd=ROOT, env=environment, capture_output=True, text=True
    )

    assert stopped.returncode == 1
    assert stopped.stderr == (
        "Goldenbook does not start: ALLOWED_HOSTS contains “*”, which lets anybody forge the links we send; "
        "name the hosts.\n"
    )


def test_production_passes_djangos_deployment_check(tmp_path):
    environment = {"PATH": os.environ["PATH"], **PRODUCTION, "VAR_DIR": str(tmp_path)}

    checked = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )

    assert (checked.returncode, checked.stderr) == (0, "")


def test_cookies_of_production_carry_the_host_prefix(start):
    settings = start()

    names = [settings[f"{cookie}_COOKIE_NAME"] for cookie in ("SESSION", "CSRF", "LANGUAGE")]
    assert names == ["__Host-sessionid", "__Host-csrftoken", "__Host-language"]
    assert [settings[f"{cookie}_COOKIE_SECURE"] for cookie in ("SESSION", "CSRF", "LANGUAGE")] == [True] * 3


def test_mail_password_may_hold_any_character(start):
    assert start()["EMAIL_HOST_PASSWORD"] == "p@ss"


def test_mail_server_is_never_waited_for_without_limit(start):
    assert start()["EMAIL_TIMEOUT"] == 20


def test_hosts_to_be_told_are_names_in_small_letters_and_443_goes_without_saying(start):
    found = start(WEBHOOK_HOSTS="Portal.Example.org:443, b.example.org:8443,")

    assert found["WEBHOOK_HOSTS"] == ["portal.example.org", "b.example.org:8443"]


def test_local_mail_is_taken_when_it_is_wanted(start, tmp_path):
    settings = start(EMAIL_URL=None, ALLOW_LOCAL_MAIL="1")

    assert settings["EMAIL_BACKEND"] == "config.mailfiles.EmailBackend"
    assert settings["EMAIL_FILE_PATH"] == str(tmp_path / "mail")


def test_mail_files_lie_where_the_address_says(start):
    settings = start(EMAIL_URL="filemail:///srv/mail", ALLOW_LOCAL_MAIL="1")

    assert settings["EMAIL_BACKEND"] == "config.mailfiles.EmailBackend"
    assert settings["EMAIL_FILE_PATH"] == "/srv/mail"


def test_forwarded_protocol_is_believed_only_from_a_trusted_proxy(start):
    assert "SECURE_PROXY_SSL_HEADER" not in start()
    assert start(TRUST_PROXY="1")["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.parametrize(
    ("proxy", "count"),
    [
        ({}, 0),
        ({"PROXY_COUNT": "2"}, 0),
        ({"TRUST_PROXY": "1"}, 1),
        ({"TRUST_PROXY": "1", "PROXY_COUNT": "2"}, 2),
    ],
)
def test_of_the_forwarded_addresses_only_those_of_our_own_proxies_are_believed(start, proxy, count):
    assert start(**proxy)["REST_FRAMEWORK"]["NUM_PROXIES"] == count


def test_sqlite_file_is_the_default_and_takes_the_write_lock_at_once(start, tmp_path):
    database = start()["DATABASES"]["default"]

    assert database["NAME"] == str(tmp_path / "goldenbook.sqlite3")
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


@pytest.mark.parametrize(("size", "pool"), [(None, {"min_size": 1, "max_size": 8}), ("0", None)])
def test_postgresql_is_pooled_unless_told_otherwise(start, size, pool):
    url = "postgres://user:p%40ss@host:5433/name"
    database = start(DATABASE_URL=url, DATABASE_POOL_SIZE=size)["DATABASES"]["default"]

    assert (database["ENGINE"], database["PASSWORD"]) == ("django.db.backends.postgresql", "p@ss")
    assert database.get("OPTIONS", {}).get("pool") == pool


@pytest.mark.parametrize(
    ("url", "chosen", "options"),
    [
        ("", None, "-c jit=off"),
        ("?options=-c%20search_path=office", None, "-c search_path=office -c jit=off"),
        ("", "1", None),
    ],
)
def test_postgresql_compiles_no_statement_unless_told_otherwise(start, url, chosen, options):
    database = start(DATABASE_URL=f"postgres://host/name{url}", DATABASE_JIT=chosen)["DATABASES"]["default"]

    assert database["OPTIONS"].get("options") == options


def test_filesystem_broker_finds_its_folders(start, tmp_path):
    options = start()["CELERY_BROKER_TRANSPORT_OPTIONS"]

    assert options["data_folder_in"] == options["data_folder_out"]
    assert [Path(options[key]).is_dir() for key in ("data_folder_in", "control_folder")] == [True, True]


def test_env_file_is_read_and_the_environment_counts_more(start, tmp_path):
    file = tmp_path / "env"
    file.write_text("TIME_ZONE=Asia/Seoul\nOFFICE_NAME=Amt für Äußeres\n", encoding="utf-8")

    settings = start(ENV_FILE=str(file), TIME_ZONE="Europe/Vienna")

    assert settings["TIME_ZONE"] == "Europe/Vienna"
    assert settings["OFFICE"]["title"] == "Amt für Äußeres"


def test_env_example_lists_exactly_what_settings_read():
    tree = ast.parse((ROOT / "config" / "settings.py").read_text(encoding="utf-8"))
    read = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and node.func.attr in ("str", "bool", "int", "list")
        and isinstance(node.args[0], ast.Constant)
    }

    assert safety.variables() == read


def test_env_example_explains_every_variable():
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    variables = [number for number, line in enumerate(lines) if line.lstrip("# ").split("=")[0].isupper()]

    unexplained = [lines[number] for number in variables if not lines[number - 1].startswith("# ")]
    assert unexplained == []
