"""Questions that may take long, and what ends them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from marque.errors import Unacceptable
from marque.queries import Wanted

PATIENCE = 10.0
"""seconds that looking for a pattern may take"""
HINT = "Narrow the time or the cameras, or say more of how the text begins or ends."


class TooLong(Exception):
    """It has not ended in time."""


@contextmanager
def patiently(connection: Connection, query: Wanted, seconds: float = PATIENCE) -> Iterator[None]:
    """Looking for a pattern inside ends after some seconds with Unacceptable: it may fit hardly anything, and then
    every text is compared. Other questions take the time that they take."""
    if query.plate is None or query.plate_match not in ("wildcard", "regex"):
        yield
        return
    try:
        with hurried(connection, seconds):
            yield
    except TooLong as error:
        raise Unacceptable("looking for this takes too long", field="plate", hint=HINT) from error


@contextmanager
def hurried(connection: Connection, seconds: float) -> Iterator[None]:
    """What runs inside ends after ``seconds`` with :class:`TooLong`, and the transaction goes on."""
    try:
        with _sqlite(connection, seconds) if connection.dialect.name == "sqlite" else _postgresql(connection, seconds):
            yield
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") == "57014" or "interrupted" in str(error.orig):
            raise TooLong from error
        raise


@contextmanager
def _sqlite(connection: Connection, seconds: float) -> Iterator[None]:
    driver: Any = connection.connection.driver_connection
    end = monotonic() + seconds
    driver.set_progress_handler(lambda: monotonic() > end, 10_000)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


@contextmanager
def _postgresql(connection: Connection, seconds: float) -> Iterator[None]:
    before = connection.begin_nested()
    try:
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, round(1000 * seconds))}")
        yield
    finally:
        before.rollback()  # the limit goes with it
