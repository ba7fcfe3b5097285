"""Wildcards and regular expressions over plate texts."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marque.errors import Unacceptable
from marque.plates.masks import LONGEST, Mask, regex, wildcard

texts = st.text("AB12", max_size=8)


def fits(mask: Mask, text: str) -> bool:
    return re.fullmatch(mask.regex, text) is not None


@given(st.text("AB1?*", min_size=1, max_size=8), texts)
def test_a_wildcard_finds_what_the_shell_would(pattern: str, text: str) -> None:
    mask = wildcard(pattern)
    assert fits(mask, text) == fnmatchcase(text, pattern)
    assert fnmatchcase(text, mask.glob or "") == fits(mask, text)


@st.composite
def expressions(draw: st.DrawFn) -> str:
    """What people write: characters, classes and choices, some of them repeated."""
    atoms = st.sampled_from(["A", "B", "1", ".", "[AB]", "[^1]", "[0-9]", r"\d", "(AB)", "(?:12)"])
    repeats = st.sampled_from(["", "", "?", "*", "+", "{2}", "{1,}", "{0,2}"])
    parts = draw(st.lists(st.tuples(atoms, repeats), min_size=1, max_size=4))
    one = "".join(atom + repeat for atom, repeat in parts)
    return draw(st.sampled_from([one, f"({one}|B1)", f"^{one}$"]))


@given(expressions(), texts)
def test_a_regular_expression_means_what_it_means_everywhere(pattern: str, text: str) -> None:
    assert fits(regex(pattern), text) == (re.fullmatch(pattern, text) is not None)


@given(expressions() | st.text("AB1?*", min_size=1, max_size=8).map(lambda p: f"wild{p}"), texts)
def test_whatever_fits_has_the_ends_and_pieces_that_were_promised(pattern: str, text: str) -> None:
    mask = wildcard(pattern[4:]) if pattern.startswith("wild") else regex(pattern)
    if fits(mask, text):
        assert text.startswith(mask.prefix)
        assert text.endswith(mask.suffix)
        assert all(piece in text for piece in mask.pieces)


def test_separators_and_case_do_not_matter() -> None:
    assert wildcard("ab-? 2*") == wildcard("AB?2*")
    assert regex("ab[c-d]1") == regex("AB[C-D]1")


def test_the_fixed_ends_of_an_expression_are_known() -> None:
    assert regex("AB[0-9]{2}CD") == Mask("AB[0-9]{2}CD", "AB", "CD", ("AB", "CD"))
    assert wildcard("*12?") == Mask(".*12.", "", "", ("12",), "%12_", "*12?")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("", "the pattern is empty"),
        ("A" * (LONGEST + 1), "the pattern has more than 100 characters"),
        ("(A+)+B", "pattern, character 6: what is repeated may not repeat or choose itself: it could take for ever"),
        ("(A|A)*B", "pattern, character 7: what is repeated may not repeat or choose itself: it could take for ever"),
        ("(A|B){9}", "pattern, character 9: what is repeated may not repeat or choose itself: it could take for ever"),
        ("A**", "pattern, character 3: a repeat may not be repeated"),
        (".*.*.*.*.*", "pattern, character 11: more than 4 repeats without an end"),
        ("A{1,99}", "pattern, character 2: a count must rise and be 32 at most"),
        ("A{3,2}", "pattern, character 2: a count must rise and be 32 at most"),
        (r"(A)\1", r"pattern, character 4: '\\' cannot stand here: a stored text holds letters and digits only"),
        ("(?=A)B", "pattern, character 2: looking ahead or behind and named groups are not known here"),
        ("(?<x>A)", "pattern, character 2: looking ahead or behind and named groups are not known here"),
        ("AB-12", "pattern, character 3: '-' cannot stand here: a stored text holds letters and digits only"),
        ("(AB", "pattern, character 4: ')' is missing"),
        ("AB)", "pattern, character 3: ')' closes nothing"),
        ("[AB", "pattern, character 4: ']' is missing"),
        ("[]", "pattern, character 3: nothing stands between the brackets"),
        ("[B-A]", "pattern, character 6: a range runs backwards"),
        ("*A", "pattern, character 1: '*' cannot stand here: a stored text holds letters and digits only"),
    ],
)
def test_what_cannot_be_searched_for_is_said_with_its_place(pattern: str, message: str) -> None:
    with pytest.raises(Unacceptable, match=f"^{re.escape(message)}$") as refused:
        regex(pattern)
    assert refused.value.field == "plate"


def test_a_wildcard_of_nothing_is_refused() -> None:
    with pytest.raises(Unacceptable, match=r"^the pattern is empty$"):
        wildcard(" -")
