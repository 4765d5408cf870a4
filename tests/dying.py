"""A process that SIGKILL ends in the midst of its work."""

import os
import signal
import traceback
from collections.abc import Callable
from itertools import count

from django.db import connection


def killed_before(statement: int, job: Callable[[], object]) -> bool:
    """Run the job in a process that dies before so many statements; false if the job ended earlier."""
    close_connection()
    child = os.fork()
    if not child:
        _run_and_die(statement, job)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the job failed, see above"
    return os.WIFSIGNALED(status)


def _run_and_die(statement: int, job: Callable[[], object]) -> None:
    number = count(1)

    def counted(execute, *question):
        if next(number) == statement:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*question)

    try:
        with connection.execute_wrapper(counted):
            job()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def close_connection() -> None:
    """A connection, or a pool of them, belongs to one process."""
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()
