"""A database of the bench's own on the server of DATABASE_URL, made anew and dropped in the end."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
from psycopg import sql


def server() -> str:
    url = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    if urlsplit(url).scheme not in ("postgres", "postgresql"):
        raise SystemExit("The bench measures on PostgreSQL: set DATABASE_URL to a server of yours.")
    return url


@contextmanager
def own_database(*, settings: str = "tests.settings") -> Iterator[str]:
    """Its address, with all tables in it; Django is set up for it, with these settings."""
    there = server()
    # Of two who have a database each on one server, neither takes away the other's.
    beside = f"{urlsplit(there).path.strip('/') or 'goldenbook'}_bench"
    name = sql.Identifier(beside)
    with psycopg.connect(there, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
    address = urlsplit(there)._replace(path=f"/{beside}").geturl()
    os.environ["DATABASE_URL"] = address
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    # Only now: the settings read the environment when they are imported.
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    # What an earlier database has sent is none of this one's business.
    folder = tempfile.mkdtemp(prefix="bench-")
    os.environ["BENCH_INSTANCE_FILE"] = f"{folder}/instance"
    try:
        yield address
    finally:
        os.environ["DATABASE_URL"] = there
        shutil.rmtree(folder)
        from django.db import connections

        for each in connections.all():
            each.close()
            each.close_pool()
        with psycopg.connect(there, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def analyse() -> None:
    """What the database does by itself within minutes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
