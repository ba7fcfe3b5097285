"""The cheapest way from one text to another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from marque.plates.alignment import align, distance

texts = st.text("AB08", max_size=6)


def edits(read: str, there: str) -> float:
    """Every edit costs one."""
    return float(read != there)


@given(texts, texts)
def test_the_pairs_spell_both_texts_and_cost_what_the_distance_says(read: str, there: str) -> None:
    pairs = align(read, there, edits)
    assert "".join(one for one, _ in pairs) == read
    assert "".join(other for _, other in pairs) == there
    assert sum(edits(*pair) for pair in pairs) == distance(read, there, edits)


@given(texts, texts, texts)
def test_no_way_round_is_shorter(one: str, other: str, over: str) -> None:
    assert distance(one, other, edits) <= distance(one, over, edits) + distance(over, other, edits)


def test_a_lost_and_an_invented_character_are_seen_where_they_are() -> None:
    assert align("8C", "BC", edits) == (("8", "B"), ("C", "C"))
    assert align("ABC", "AC", edits) == (("A", "A"), ("B", ""), ("C", "C"))
    assert align("AC", "ABC", edits) == (("A", "A"), ("", "B"), ("C", "C"))
