"""Texts that people choose: what looks like words is likelier, where people may choose."""

from __future__ import annotations

import pytest

from marque.plates import vanity
from marque.plates.evidence import Alphabet
from marque.plates.formats import Formats
from marque.types import Character, Hypothesis, Reading


def unsure(text: str, sure: float = 0.6, **others: str) -> Reading:
    """A reading sure of all characters but those of ``others``: the character read and what it may be as well."""
    rivals = {char: ((other, 0.99 - sure),) for char, other in others.items()}
    characters = tuple(Character(c, sure if c in rivals else 0.99, rivals.get(c, ())) for c in text)
    return Reading((Hypothesis(characters, 0.6),))


@pytest.mark.parametrize(
    ("word", "misread"),
    [
        ("BATMAN", "BAIMAN"),
        ("TOOLAZY", "T0OLAZY"),
        ("IPUTOUT", "IPUTOUI"),
        ("STMPEED", "STMPEEO"),
        ("DRLOVE", "ORLOVE"),
    ],
)
def test_people_choose_words(word: str, misread: str) -> None:
    assert vanity.likelier(word) > 3 * vanity.likelier(misread)


@pytest.mark.parametrize("text", ["7KDX482", "XQ42ZK", "8XYZ123"])
def test_what_offices_hand_out_is_not_what_people_choose(text: str) -> None:
    assert vanity.likelier(text) < 0.1


@pytest.mark.parametrize("text", ["", "AB", "FREEDOMLAND"])
def test_a_text_shorter_or_longer_than_vanity_texts_is_none(text: str) -> None:
    assert vanity.likelier(text) == 0.0


def test_an_american_word_is_read_as_one() -> None:
    reading = unsure("BAIMAN", I="T")
    best, *others = Formats(["us"]).match(reading)
    assert best.text == "BATMAN"
    assert "BAIMAN" in [other.text for other in others]


def test_where_people_may_not_choose_the_text_stays_as_it_was_read() -> None:
    assert Formats(["at"]).match(unsure("BAIMAN", I="T"))[0].text == "BAIMAN"


def test_what_the_net_is_sure_of_stays() -> None:
    assert Formats(["us"]).match(unsure("BAIMAN", sure=0.96, I="T"))[0].text == "BAIMAN"


def test_a_word_tells_no_region() -> None:
    words = Reading((Hypothesis(tuple(Character(c, 0.99) for c in "FREEDOM"), 0.9),))
    assert Formats().look(words).region is None


def test_the_texts_that_a_reading_allows_come_with_their_chances() -> None:
    alphabet = Alphabet(vanity.CHARS)
    evidence = alphabet.evidence(unsure("CAT", sure=0.6, C="G").hypotheses)
    found = dict(vanity.texts(evidence, alphabet.chars))
    assert found["CAT"] == pytest.approx(0.6 * 0.99 * 0.99)
    assert found["GAT"] == pytest.approx(0.39 * 0.99 * 0.99)
