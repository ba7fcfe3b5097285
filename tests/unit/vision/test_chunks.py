"""Many things, some at a time, none lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from marque.vision.chunks import chunks


@given(st.lists(st.integers()), st.integers(1, 9))
def test_all_come_in_order_and_no_chunk_is_too_long(things: list[int], size: int) -> None:
    found = list(chunks(iter(things), size))
    assert [thing for chunk in found for thing in chunk] == things
    assert all(0 < len(chunk) <= size for chunk in found)
