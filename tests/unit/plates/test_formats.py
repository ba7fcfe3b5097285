"""Formats help where the net is unsure, and keep silent where it is sure."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marque.errors import ConfigError
from marque.plates.formats import Formats
from marque.types import Reading
from plate_readings import hypothesis, reading

FORMATS = Formats()
TEXTS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", max_size=10)
TORN = {0: [("B", 0.38)]}
"""8 or B, nearly as likely"""


@given(TEXTS, st.sampled_from([(), ("gb",), ("us",), ("de", "in")]), st.floats(0.1, 1.0))
@settings(max_examples=60)
def test_what_was_read_is_always_a_candidate(text: str, regions: tuple[str, ...], sure: float) -> None:
    candidates = FORMATS.match(reading(text, sure), regions)
    confidences = [candidate.confidence for candidate in candidates]
    assert text in [candidate.text for candidate in candidates]
    assert confidences == sorted(confidences, reverse=True)
    assert all(0.0 <= confidence <= 1.0 for confidence in confidences)


@given(TEXTS)
@settings(max_examples=60)
def test_sure_characters_stand_whatever_the_world_would_like(text: str) -> None:
    assert {candidate.text for candidate in FORMATS.match(reading(text, sure=0.97))} == {text}


@given(TEXTS.filter(bool), st.sampled_from([("gb",), ("br",), ("us",), ("de",)]))
@settings(max_examples=60)
def test_characters_that_nobody_confuses_are_never_invented(text: str, regions: tuple[str, ...]) -> None:
    for candidate in FORMATS.match(reading("O0" + text, sure=0.985, unsure={0: 0.5, 1: 0.5}), regions):
        assert len(candidate.text) == len(text) + 2
        assert candidate.text[2:] == text
        assert not set(candidate.text[:2]) & set("EFHKLMNPRSTVWXYZ12345")


def test_no_format_no_region_and_the_joint_probability_stays() -> None:
    (only,) = FORMATS.match(reading("ABCDEFGHIJK", sure=0.9))
    assert (only.text, only.region, only.format, only.display) == ("ABCDEFGHIJK", None, None, "ABCDEFGHIJK")
    assert only.confidence == pytest.approx(0.9**11)


def test_an_empty_reading_is_an_answer_too() -> None:
    (only,) = FORMATS.match(reading(""))
    assert (only.text, only.region) == ("", None)


def test_a_net_that_is_torn_is_decided_by_the_format() -> None:
    torn = reading("8RA2E19", unsure={0: 0.55}, others=TORN)
    best, second = FORMATS.match(torn, ["br"])[:2]
    assert (best.text, best.display, best.region, best.format) == ("BRA2E19", "BRA2E19", "br", "mercosur")
    assert (second.text, second.region) == ("8RA2E19", None)
    assert best.confidence > 0.85 > 0.1 > second.confidence


def test_the_nets_look_decides_between_regions() -> None:
    italian, french = (reading("AB123CD", looks=[(code, 0.9), ("us", 0.1)]) for code in ("it", "fr"))
    assert FORMATS.match(italian)[0].display == "AB 123CD"
    assert FORMATS.match(french)[0].display == "AB-123-CD"
    assert FORMATS.look(french).region is not None


def test_a_text_that_many_regions_write_has_no_region() -> None:
    match = FORMATS.look(reading("AB123CD"))
    assert match.region is None
    assert {"it", "fr"} <= {score.code for score in match.regions}
    assert sum(score.confidence for score in match.regions) < 1.0


def test_states_together_name_their_country() -> None:
    match = FORMATS.look(reading("ABC1234"), ["us"])
    assert match.region is not None
    assert match.region.code == "us"
    assert "us-ny" in [score.code for score in match.regions]


def test_an_owners_own_text_is_left_alone() -> None:
    assert FORMATS.match(reading("GR8DAY", sure=0.94))[0].text == "GR8DAY"
    assert FORMATS.match(reading("GR8DAY", sure=0.94), ["us"])[0].text == "GR8DAY"


def test_a_format_picks_among_hypotheses() -> None:
    seen = Reading((hypothesis("AB12CDEI", 0.95), hypothesis("AB12CDE", 0.93)))
    assert FORMATS.match(seen, ["gb"])[0].text == "AB12CDE"


def test_two_heads_that_disagree_on_one_character_are_weighed_together() -> None:
    heads = Reading((hypothesis("8RA2E19", 0.97, {0: 0.6}), hypothesis("BRA2E19", 0.97, {0: 0.58})))
    assert FORMATS.match(heads, ["br"])[0].text == "BRA2E19"


def test_separators_and_case_of_a_recogniser_do_not_matter() -> None:
    assert FORMATS.match(reading("ab12-cde"), ["gb"])[0].display == "AB12 CDE"


def test_regions_chosen_at_the_start_hold_for_every_match() -> None:
    formats = Formats(["gb", "us"])
    assert "us-ca" in formats.codes
    assert "de" not in formats.codes
    assert formats.match(reading("AB12CDE"))[0].region == "gb"


def test_an_unknown_region_is_refused_with_a_guess() -> None:
    with pytest.raises(ConfigError, match="'us-xa'") as caught:
        FORMATS.match(reading("AB12CDE"), ["us-xa"])
    assert "Did you mean" in caught.value.hint


def test_a_text_of_a_format_that_several_regions_share_has_a_format_and_no_region() -> None:
    best = FORMATS.match(reading("JF388AV"))[0]
    assert best.region is None
    assert best.format is not None
