"""The pattern language: what a pattern allows, and how its texts are written."""

from __future__ import annotations

import pytest

from marque.plates.patterns import Variant, expand

LISTS = {"towns": ("B", "HH", "WÜ")}


def allows(pattern: str, text: str) -> bool:
    """Whether some variant holds ``text``, character by character."""
    return any(holds(variant, text) for variant in expand(pattern, LISTS))


def holds(variant: Variant, text: str) -> bool:
    shape = variant.shape
    fits = len(text) == len(shape.classes) and all(c in chars for c, chars in zip(text, shape.classes, strict=True))
    return fits and shape.holds(text)


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        ("@##", "A12", "112"),
        ("??", "A1", "Ä1"),
        ("S##", "S12", "A12"),
        ("[A-CX]#", "X1", "D1"),
        ("#{2,3}@", "123A", "1A"),
        ("<towns> @#", "HHA1", "HBA1"),
        ("@@-## | ##-@@", "12AB", "1A2B"),
    ],
)
def test_signs_stand_for_their_characters(pattern: str, good: str, bad: str) -> None:
    assert allows(pattern, good)
    assert not allows(pattern, bad)


@pytest.mark.parametrize(
    ("pattern", "text", "display"),
    [
        ("@@## @@@", "AB12CDE", "AB12 CDE"),
        ("@@-###-@@", "AB123CD", "AB-123-CD"),
        ("<towns> @{1,2} #{1,4}", "WÜAP90", "WÜ AP 90"),
        ("@·?????", "A12345", "A·12345"),
        ("@{0,2} ##", "12", "12"),
    ],
)
def test_separators_are_where_people_write_them(pattern: str, text: str, display: str) -> None:
    assert display in [variant.display(text) for variant in expand(pattern, LISTS) if holds(variant, text)]


@pytest.mark.parametrize(("pattern", "count"), [("@##", 2600), ("<towns>#", 30), ("[AB]?", 72), ("A1", 1)])
def test_size_counts_the_texts(pattern: str, count: int) -> None:
    assert sum(variant.shape.size for variant in expand(pattern, LISTS)) == count


def test_letters_limit_what_a_letter_is() -> None:
    (variant,) = expand("@?", {}, letters="AB")
    assert variant.shape.classes == ("AB", "AB0123456789")


@pytest.mark.parametrize("pattern", ["@@!", "<cities>", "[AB", "#{,2}"])
def test_what_is_not_understood_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"understood|no list"):
        expand(pattern, LISTS)
