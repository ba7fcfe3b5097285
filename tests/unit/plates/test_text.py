"""Spelling never makes two plates of one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marque.plates import fold, normalize, similarity

PLATES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ÄÖÜČŠŽ", max_size=9)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("ab12 cde", "AB12CDE"),
        ("wü-ab 12", "WÜAB12"),
        ("A·123.BC", "A123BC"),
        ("U\u0308 1", "Ü1"),
        ("京A·12345", "京A12345"),
    ],
)
def test_normalize_keeps_letters_and_digits_only(text: str, normal: str) -> None:
    assert normalize(text) == normal


@pytest.mark.parametrize(
    ("one", "other"), [("OI", "01"), ("WÜ 1", "wu-I"), ("АА1234ВВ", "AA1234BB"), ("ŁÓ", "L0"), ("ČŠŽĐ", "CSZD")]
)
def test_fold_makes_twins_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(st.text(max_size=12))
def test_normalizing_and_folding_twice_changes_nothing(text: str) -> None:
    assert normalize(normalize(text)) == normalize(text)
    assert fold(fold(text)) == fold(text)


@given(PLATES)
def test_a_plate_is_like_itself_however_it_is_spelt(text: str) -> None:
    assert similarity(text, " ".join(text.lower())) == 1.0


@given(PLATES, PLATES)
def test_similarity_is_symmetric_and_between_0_and_1(one: str, other: str) -> None:
    assert similarity(one, other) == pytest.approx(similarity(other, one))
    assert 0.0 <= similarity(one, other) <= 1.0


@given(PLATES, PLATES)
def test_only_equal_plates_are_wholly_alike(one: str, other: str) -> None:
    assert (similarity(one, other) == 1.0) == (one == other)


@pytest.mark.parametrize(("near", "far"), [("8", "X"), ("R", "7"), ("E", "1")])
def test_what_looks_like_it_is_nearer(near: str, far: str) -> None:
    assert similarity("ABC123", f"A{near}C123") > similarity("ABC123", f"A{far}C123")


def test_nothing_is_like_nothing_but_not_like_something() -> None:
    assert similarity("", " -") == 1.0
    assert similarity("", "AB12") == 0.0
