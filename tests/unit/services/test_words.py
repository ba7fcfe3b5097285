"""Words as a question: what is known is what it is, what is left is the plate."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marque.errors import Unacceptable
from marque.queries import ReadQuery
from marque.services.words import understand

NAMES = {
    "camera": frozenset({"gate", "Yard-2"}),
    "site": frozenset({"north"}),
    "region": frozenset({"gb", "us-ca"}),
    "vehicle_color": frozenset({"red"}),
    "vehicle_make": frozenset({"Toyota"}),
}


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("AB12CDE", {"plate": "AB12CDE", "plate_match": "fuzzy"}),
        ("ab12 cde", {"plate": "ab12cde", "plate_match": "fuzzy"}),
        ("ABC", {"plate": "*ABC*", "plate_match": "wildcard"}),
        ("AB?2*", {"plate": "AB?2*", "plate_match": "wildcard"}),
        ("gate", {"cameras": ("gate",)}),
        ("GATE yard-2", {"cameras": ("gate", "Yard-2")}),
        ("red toyota gate", {"colors": ("red",), "makes": ("Toyota",), "cameras": ("gate",)}),
        ("us-ca receding", {"regions": ("us-ca",), "directions": ("receding",)}),
        ("camera:shed plate:gate", {"cameras": ("shed",), "plate": "*gate*", "plate_match": "wildcard"}),
        ("colour:red camera_id:gate", {"colors": ("red",), "cameras": ("gate",)}),
        ("quarantine", {"event_class": "quarantine"}),
        ("corrected lost", {"corrected": True, "kinds": ("lost",)}),
        ("", {}),
    ],
)
def test_every_word_narrows_the_search(question: str, meant: dict[str, Any]) -> None:
    assert understand(question, NAMES) == meant


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("--", "there is no letter or digit in it"),
        ("*", "there is no letter or digit in it"),
        ("moon:full", "nothing is called 'moon'"),
        ("camera:", "no word follows 'camera:'"),
        ("A" * 33, "a plate has at most 32 characters"),
        ("a b c d e f g h i j k l m", "at most 12 words can be looked for"),
    ],
)
def test_what_cannot_be_looked_for_is_said_to_be(question: str, why: str) -> None:
    with pytest.raises(Unacceptable) as raised:
        understand(question, NAMES)
    assert (str(raised.value), raised.value.field) == (why, "q")


@given(st.text(max_size=200))
def test_whatever_is_asked_is_a_query_or_refused(question: str) -> None:
    field = "q"
    try:
        ReadQuery(**understand(question, NAMES))
    except Unacceptable as refused:
        field = refused.field
    assert field == "q"
