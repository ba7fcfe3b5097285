"""The process that ``test_half_migrated`` lets die: it opens a database, which migrates it."""

from __future__ import annotations

import itertools
import os
import signal

from sqlalchemy import Engine, event

from marque.store import open_store


def migrate(url: str, statements: int | None) -> None:
    """Die by SIGKILL after so many statements, or (None) when all is done but the commit."""
    numbers = itertools.count(1)

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def counted(*_: object) -> None:
        if next(numbers) == statements:
            die()

    if statements is None:
        event.listen(Engine, "commit", die)
    else:
        event.listen(Engine, "after_cursor_execute", counted)
    open_store(url)
