"""How likely a stored text is a misreading of the plate that is looked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marque.plates.likeness import NEVER, REACH, VARIANTS, likeness, misreading, score, skeleton, variants
from marque.plates.misreading import CHARS, cost

chars = st.sampled_from(CHARS)
plates = st.text(chars, min_size=1, max_size=9)


@st.composite
def misread(draw: st.DrawFn) -> tuple[str, str]:
    """A plate, and what may be read of it: up to three characters changed, lost or invented."""
    plate = draw(plates)
    seen = list(plate)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, max(len(seen) - 1, 0)))
        seen[at : at + draw(st.integers(0, 1))] = draw(st.lists(chars, max_size=1))
    return plate, "".join(seen)


@given(misread())
def test_every_text_that_is_alike_enough_has_its_skeleton_among_the_variants(pair: tuple[str, str]) -> None:
    plate, seen = pair
    found = variants(plate)
    assert misreading(seen, plate) > REACH or skeleton(seen) in found or len(found) == VARIANTS


@given(plates, st.data())
def test_any_one_character_may_be_wrong(plate: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(plate) - 1))
    wrong, more = data.draw(chars), data.draw(chars)
    for seen in (
        plate[:at] + wrong + plate[at + 1 :],
        plate[:at] + plate[at + 1 :],
        plate[:at] + more + plate[at:],
    ):
        assert misreading(seen, plate) <= REACH


@given(plates, plates)
def test_the_score_is_one_for_the_same_plate_alone_and_never_negative(one: str, other: str) -> None:
    assert (likeness(one, other).score == 1.0) == (one == other)
    assert 0.0 <= likeness(one, other).score <= 1.0


def test_texts_of_one_skeleton_are_alike_whatever_was_measured() -> None:
    assert 0.0 < likeness("AB12XYZ", "4BI2XY2").score < 0.1


def test_what_our_recogniser_confuses_ranks_before_what_it_tells_apart() -> None:
    ranked = sorted(["XBC123", "8BC123", "BBC123", "XYC123"], key=lambda text: -likeness(text, "BBC123").score)
    assert ranked == ["BBC123", "8BC123", "XBC123", "XYC123"]


def test_the_ranking_is_that_of_reading_the_asked_plate_wrong_and_not_the_other_way_round() -> None:
    asked_one = misreading("I", "1")
    assert asked_one == cost("I", "1")
    assert asked_one != misreading("1", "I")


@pytest.mark.parametrize(
    ("stored", "asked", "reasons"),
    [
        ("BBC 123", "bbc-123", ()),
        ("8BC123", "BBC123", ("8~B",)),
        ("8BCI23", "BBC123", ("8~B", "I~1")),
        ("BBC1234", "BBC123", ("+1",)),
        ("BC123", "BBC123", ("-1",)),
        ("8BC1234", "BBC123", ("8~B", "+1")),
    ],
)
def test_the_reasons_say_what_differs(stored: str, asked: str, reasons: tuple[str, ...]) -> None:
    assert likeness(stored, asked).reasons == reasons


def test_a_sixth_of_the_score_is_a_tenth_of_the_chance() -> None:
    assert score(0.0) == 1.0
    assert score(NEVER / 6) == pytest.approx(5 / 6)
    assert score(2 * NEVER) == 0.0


def test_a_letter_with_a_mark_that_nobody_measured_is_nearly_the_plain_one() -> None:
    assert likeness("ÅB12", "AB12").score > 0.99
    assert likeness("京B12", "AB12").score < 0.5


def test_nothing_is_like_nothing() -> None:
    assert variants(" -") == []


def test_a_search_stays_small_however_long_the_text() -> None:
    assert len(variants("0O1I8B5S2Z6G4A7T" * 3)) <= VARIANTS


def test_confusable_characters_share_a_skeleton() -> None:
    assert skeleton("B0I5 Z6") == skeleton("8O1-S2G")
