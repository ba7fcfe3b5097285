"""What people choose for their plates, counted."""

from __future__ import annotations

import pytest

from marque.plates.vanity import CHARS
from marque_training import vanity


def test_every_character_is_counted_after_none_one_and_two_others() -> None:
    counts = vanity.counted(["CAT", "CAR"])
    assert (counts["", "A"], counts["C", "A"], counts["^C", "A"]) == (2, 2, 2)
    assert (counts["CA", "T"], counts["CA", "R"], counts["^", "C"]) == (1, 1, 2)


def test_what_is_seen_often_is_likelier_than_chance_and_the_rest_less() -> None:
    row = dict(zip(CHARS, vanity.rows(vanity.counted(["CAT"] * 100))["CA"], strict=True))
    assert row["T"] > vanity.level(1 / len(CHARS)) > row["X"]


def test_what_was_rarely_seen_together_has_no_row_of_its_own() -> None:
    rows = vanity.rows(vanity.counted(["CAT"] * (vanity.ENOUGH - 1)))
    assert "A" in rows
    assert "CA" not in rows


@pytest.mark.skipif(not vanity.DICTIONARY.exists(), reason="no list of words")
def test_texts_are_what_is_read_and_nothing_else() -> None:
    for text in vanity.texts(200):
        assert set(text) <= set(CHARS)
