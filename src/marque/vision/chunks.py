"""Many things, some at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def chunks(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of ``size`` things in their order; the last may be shorter."""
    rest = iter(things)
    while chunk := list(islice(rest, size)):
        yield chunk
