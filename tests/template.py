"""A database in which the migrations have run, for the suite on PostgreSQL to clone.

    python -m tests.template make NAME
    TEST_TEMPLATE=NAME python -m pytest …
    python -m tests.template drop NAME

Each worker of a suite has a database of its own, and to run all migrations takes half a minute. What is
missing from a template that is older than the migrations runs in the clone.
"""

import os
import sys

import django


def main(verb: str, name: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    os.environ.pop("TEST_TEMPLATE", None)
    django.setup()
    from django.db import connection

    connection.settings_dict["TEST"]["NAME"] = name
    if verb == "make":
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    else:
        connection.creation._destroy_test_db(name, verbosity=0)
    connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
