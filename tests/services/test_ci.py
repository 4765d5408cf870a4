"""`.ci/run` with the servers of this suite: what it asks them it hears."""

import os

from tests.config.test_ci import Run, last_line


def test_servers_that_answer_let_the_run_go_on(tmp_path):
    run = Run(tmp_path)
    run.python_of_this_suite()
    (tmp_path / "bin" / "chromium").unlink()

    result = run.start(**{name: os.environ[name] for name in ("DATABASE_URL", "CELERY_BROKER_URL")})

    assert (result.returncode, last_line(result)) == (1, "=== FAILED: Chromium is here")
    assert "The pages are looked at in Chromium: install the package chromium." in result.stdout
