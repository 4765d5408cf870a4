"""Programs of this machine that some tests need beside Python."""

import os
import shutil

import pytest


def program(*names: str, needed_for: str) -> str:
    """Where the first of these programs is; all of them have to be here.

    Without one the test is left out, but not where everything must be proven: there it fails.
    """
    missing = [name for name in names if shutil.which(name) is None]
    if missing:
        leave_out = pytest.fail if os.environ.get("CI") else pytest.skip
        leave_out(f"Install {', '.join(missing)}: {needed_for}.")
    return str(shutil.which(names[0]))
