"""Many readings made one: what must hold whatever the readings are."""

from __future__ import annotations

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marque.types import Character, Hypothesis, Reading, RegionScore
from marque.vision.fusion import SILENCE, Ballot, align, doubted, fuse, mean
from plate_readings import reading

ALPHABET = "AB8C0O1I"
texts = st.text(ALPHABET, min_size=1, max_size=8)
chances = st.floats(0.01, 1.0)


@st.composite
def characters(draw: st.DrawFn, char: str) -> Character:
    """``char`` as the likeliest, with an alternative that is less likely."""
    sure = draw(chances)
    other = draw(st.sampled_from([c for c in ALPHABET if c != char]))
    return Character(char, sure, ((other, min(sure, 1 - sure) * draw(st.floats(0, 1))),))


@st.composite
def readings(draw: st.DrawFn, text: str | None = None) -> Reading:
    said = draw(texts) if text is None else text
    spelled = tuple(draw(characters(c)) for c in said)
    return Reading((Hypothesis(spelled, draw(chances)),), (RegionScore("gb", draw(chances)),))


@st.composite
def ballots(draw: st.DrawFn, text: str | None = None) -> Ballot:
    return Ballot(draw(readings(text)), draw(st.floats(0, 1)))


@given(ballots())
def test_one_reading_stays_as_it_is(ballot: Ballot) -> None:
    assert fuse([ballot]) is ballot.reading


@given(texts.flatmap(lambda text: st.tuples(ballots(text), ballots(text))), ballots())
def test_one_reading_never_wins_against_two_that_agree(agreeing: tuple[Ballot, Ballot], lone: Ballot) -> None:
    assert fuse([*agreeing, lone]).text == agreeing[0].reading.text
    assert fuse([lone, *agreeing]).text == agreeing[0].reading.text


@given(st.lists(ballots(), min_size=1, max_size=6))
def test_what_comes_out_is_a_reading(given_: list[Ballot]) -> None:
    fused = fuse(given_)
    assert all(0 <= h.confidence <= 1 for h in fused.hypotheses)
    assert [h.text for h in fused.hypotheses] == list(dict.fromkeys(h.text for h in fused.hypotheses))
    for character in fused.characters:
        assert 0 <= character.confidence <= 1
        assert character.char not in dict(character.alternatives)
        others = [chance for _, chance in character.alternatives]
        assert others == sorted(others, reverse=True)
        assert all(chance <= character.confidence for chance in others)


@given(st.lists(ballots("AB80"), min_size=2, max_size=6))
def test_agreement_does_not_inflate_confidence(given_: list[Ballot]) -> None:
    fused = fuse(given_)
    given_chances = [b.reading.confidence for b in given_]
    assert min(given_chances) - 1e-9 <= fused.confidence <= max(given_chances) + 1e-9


@given(st.lists(ballots(), min_size=2, max_size=5), st.randoms())
def test_the_order_of_the_frames_does_not_matter(given_: list[Ballot], random: object) -> None:
    shuffled = list(given_)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = fuse(given_), fuse(shuffled)
    assert isclose(one.confidence, other.confidence, abs_tol=1e-6)
    assert len(one.text) == len(other.text)


@given(texts, texts)
def test_an_alignment_keeps_the_order(text: str, leader: str) -> None:
    pairs = align(text, leader)
    placed = [p for p in pairs if p is not None]
    assert len(pairs) == len(leader)
    assert placed == sorted(set(placed))


def test_a_missing_letter_does_not_shift_the_rest() -> None:
    said = ["AB12CDE", "AB12CDE", "B12CDE", "AB1CDE"]
    assert fuse([Ballot(reading(text)) for text in said]).text == "AB12CDE"
    assert align("B12CDE", "AB12CDE") == [None, 0, 1, 2, 3, 4, 5]


def test_an_extra_letter_does_not_shift_the_rest() -> None:
    said = ["AB12CDE", "AB12CDE", "IAB12CDE", "AB112CDE"]
    assert fuse([Ballot(reading(text)) for text in said]).text == "AB12CDE"


def test_frames_that_each_err_elsewhere_make_the_right_text_together() -> None:
    said = ["XB12CDE", "AX12CDE", "ABX2CDE", "AB1XCDE", "AB12XDE"]
    fused = fuse([Ballot(reading(text)) for text in said])
    assert fused.text == "AB12CDE"
    assert 0 < fused.confidence < 1


def test_a_letter_that_most_do_not_see_goes() -> None:
    said = ["AB12CDEI", "AB12CDE", "AB12CDE"]
    assert fuse([Ballot(reading(text)) for text in said]).text == "AB12CDE"


def test_an_overconfident_blur_does_not_win_by_position() -> None:
    agreeing = [Ballot(reading("AB12CDE", 0.5), 0.1)] * 2
    fused = fuse([Ballot(reading("AB12CDF", 1.0), 1.0), *agreeing])
    assert fused.text == "AB12CDE"
    assert "F" in dict(fused.characters[-1].alternatives)


def test_what_the_frames_disagree_on_stays_an_alternative() -> None:
    fused = fuse([Ballot(reading(text, 0.9)) for text in ("AB12CD0", "AB12CD0", "AB12CDO")])
    assert fused.characters[-1].char == "0"
    assert fused.characters[-1].alternatives[0][0] == "O"
    assert [h.text for h in fused.hypotheses] == ["AB12CD0", "AB12CDO"]


def test_a_frame_that_saw_nothing_does_not_count() -> None:
    assert fuse([Ballot(reading("")), Ballot(reading("AB12CDE"))]).text == "AB12CDE"
    assert fuse([Ballot(reading("")), Ballot(reading(""))]).text == ""


def test_regions_are_averaged_best_first() -> None:
    fused = fuse([Ballot(reading("AB", looks=[("gb", 0.8), ("fr", 0.2)])), Ballot(reading("AB", looks=[("fr", 0.4)]))])
    assert [(r.code, round(r.confidence, 3)) for r in fused.regions] == [("gb", 0.4), ("fr", 0.3)]


def test_the_mean_of_readings_is_what_they_hold_likely_together() -> None:
    one, two = reading("AB12CDE", 0.9), reading("A812CDE", 0.95)
    both = mean([one, two, two])
    assert both.text == "A812CDE"
    assert both.confidence == pytest.approx(2 / 3 * two.confidence)
    assert [h.text for h in both.hypotheses] == ["A812CDE", "AB12CDE"]
    assert mean([one]) is one


def test_the_mean_keeps_the_characters_of_the_surest() -> None:
    sure, unsure = reading("AB12CDE", 0.99), reading("AB12CDE", 0.6)
    assert mean([unsure, sure]).characters == sure.characters


def test_frames_that_say_nothing_are_doubt_in_the_one_that_says_something() -> None:
    said, silent = Ballot(reading("AB12CDE", 0.8)), Ballot(reading("", 0.8))
    assert doubted(said.reading, [said, silent, silent]).confidence == pytest.approx(
        said.reading.confidence * said.trust / (said.trust + 2 * SILENCE * silent.trust)
    )


@given(ballots(), st.lists(ballots(), max_size=4))
def test_where_every_frame_says_something_there_is_no_doubt(first: Ballot, others: list[Ballot]) -> None:
    assert doubted(first.reading, [first, *others]) is first.reading


@given(st.lists(ballots(), min_size=1, max_size=4), st.floats(0, 1))
def test_the_silence_of_blurred_frames_weighs_less(speaking: list[Ballot], sharpness: float) -> None:
    fused, silent = fuse(speaking), reading("", 0.9)
    sure = doubted(fused, [*speaking, Ballot(silent, sharpness)])
    assert doubted(fused, [*speaking, Ballot(silent, 1.0)]).confidence <= sure.confidence <= fused.confidence
    assert [h.text for h in sure.hypotheses] == [h.text for h in fused.hypotheses]
