"""Where a page of passes ends, and what comes behind: by first sight and id, in a fuzzy search by likeness before that.

A place is a value of the order itself, not a row or a count, so a page stays right while passes come and go.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from marque.errors import Unacceptable
from marque.store.tables import reads

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LONGEST = 1_000
"""characters of a token"""


@dataclass(frozen=True, slots=True)
class Place:
    """The last pass of a page. ``far`` and ``held`` in a fuzzy search alone: the cost of its text, and whether it was
    found because the net held the asked text possible."""

    first_seen: datetime
    id: str
    far: float | None = None
    held: bool = False

    @property
    def token(self) -> str:
        """The ``page`` that goes on from here."""
        micros = (self.first_seen - EPOCH) // MICROSECOND
        said = json.dumps([micros, self.id, self.far, self.held], separators=(",", ":"))
        return urlsafe_b64encode(said.encode()).decode().rstrip("=")

    def behind(self, newest_first: bool = True) -> ColumnElement[bool]:
        """The passes of the same rank that come later in the order. The plain comparison is what an index serves and
        what leaves out whole partitions."""
        time, key = reads.c.first_seen, reads.c.id
        if newest_first:
            return and_(time <= self.first_seen, or_(time < self.first_seen, key < self.id))
        return and_(time >= self.first_seen, or_(time > self.first_seen, key > self.id))


def place_of(token: str, *, fuzzy: bool) -> Place:
    """The place that a token names. Raises Unacceptable."""
    place = _parsed(token) if len(token) <= LONGEST else None
    if place is None or fuzzy != (place.far is not None):
        hint = "Take `next` of the page before, with the same question; leave it out to start again."
        raise Unacceptable("this is not a page that was given out", field="page", hint=hint)
    return place


def _parsed(token: str) -> Place | None:
    try:
        said: Any = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        micros, key, far, held = said
        key.encode()
        time = EPOCH + int(micros) * MICROSECOND
        place = Place(time, key, None if far is None else float(far), bool(held))
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    return None if "\0" in key else place
