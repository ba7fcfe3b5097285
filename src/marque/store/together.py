"""What many threads write at the same time, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

Row = TypeVar("Row")


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Row]):
    row: Row
    written: bool = False
    error: Exception | None = None


class Together(Generic[Row]):
    """A database takes as long for one row as for twenty: whoever comes while others are being written waits, and the
    first of those writes for all. ``insert`` writes rows, all or none."""

    def __init__(self, insert: Callable[[Sequence[Row]], None]) -> None:
        self._insert = insert
        self._queued: list[_Waiting[Row]] = []
        self._queueing, self._writing = Lock(), Lock()

    def write(self, row: Row) -> None:
        """Back when it is written. Raises what ``insert`` raises."""
        mine = _Waiting(row)
        with self._queueing:
            self._queued.append(mine)
        with self._writing:
            if not mine.written:
                self._write_all()
        if mine.error is not None:
            raise mine.error

    def _write_all(self) -> None:
        with self._queueing:
            some, self._queued = self._queued, []
        error = self._try(some)
        for one in some:
            # what the database will not have of one of them is no reason to refuse the others
            one.error = self._try([one]) if error and len(some) > 1 else error
            one.written = True

    def _try(self, some: Sequence[_Waiting[Row]]) -> Exception | None:
        try:
            self._insert([one.row for one in some])
        except Exception as error:  # noqa: BLE001 - whatever it is: each of those who wait is told
            return error
        return None
