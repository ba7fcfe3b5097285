"""Forgetting: events past their time, then the pictures nobody shows any more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from marque.store.blobs import BlobStore
from marque.store.sql import SqlStore

GRACE = timedelta(days=1)
"""a picture is written before the event that names it; younger ones are left alone"""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep deleted."""

    events: int
    pictures: int


def sweep(
    store: SqlStore, blobs: BlobStore, keep: timedelta, now: datetime, waiting: Collection[str] | None = None
) -> Swept:
    """Delete events older than ``keep``, unless owed to a sink that is ``waiting`` (None: to any), and every picture
    that no event names: theirs, and those of events that never came to be because the process was killed or the disk
    was full. First of all, make room for the months to come."""
    store.prepare(now)
    swept = store.sweep(now - keep, waiting)
    pictures = 0
    for digests in blobs.older_than(now - GRACE):
        orphans = set(digests) - store.referenced(digests)
        for digest in orphans:
            blobs.delete(digest)
        pictures += len(orphans)
    return Swept(swept, pictures)
