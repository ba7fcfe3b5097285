"""One line of words is a question; every part of it says what it was taken for."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from event_samples import NOON
from fakes import FakeClock
from marque.access.scopes import ALL, everything
from marque.queries import ReadQuery
from marque.services.phrase import Phrase, understand
from marque.services.phrases import Phrases
from marque.services.times import Here
from marque.types import Principal, Within

NAMES = {
    "camera": frozenset({"gate", "Yard-2", "cam-01"}),
    "site": frozenset({"north", "Main Street"}),
    "zone": frozenset({"drive", "gate"}),
    "region": frozenset({"gb", "us-ca", "de"}),
    "vehicle_make": frozenset({"Toyota", "Land Rover"}),
}
HERE = Here.at(datetime(2026, 11, 21, 13, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
UTC_ZONE = ZoneInfo("UTC")


def asked(text: str) -> Phrase:
    return understand(text, NAMES, HERE)


def narrows(query: ReadQuery) -> dict[str, Any]:
    """The filters that are set, but for the time."""
    default = ReadQuery()
    names = {field.name for field in fields(query)} - {"since", "until"}
    return {name: value for name in names if (value := getattr(query, name)) != getattr(default, name)}


def plate(text: str, match: str) -> dict[str, Any]:
    return {"plate": text} | ({"plate_match": match} if match != "exact" else {})


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", {}),
        ("AB?2*", plate("AB?2*", "wildcard")),
        ("BBC123", plate("BBC123", "fuzzy")),
        ("bbc-123", plate("BBC123", "fuzzy")),
        ("ABC", plate("ABC", "fuzzy")),
        ("12", plate("*12*", "wildcard")),
        ("~BBC123", plate("BBC123", "fuzzy")),
        ("~12", plate("12", "fuzzy")),
        ('"BBC 123"', plate("BBC123", "exact")),
        ("=bbc123", plate("BBC123", "exact")),
        ("/AB[12]+C?/", plate("AB[12]+C?", "regex")),
        ("plate:gate", plate("GATE", "fuzzy")),
        ("B MX 123", plate("BMX123", "fuzzy")),
        ("b mx 123 gate", plate("BMX123", "fuzzy") | {"cameras": ("gate",)}),
        ("M GB 123", plate("MGB123", "fuzzy")),
        ("gb ab12cde", plate("AB12CDE", "fuzzy") | {"regions": ("gb",)}),
        ("HELLO", plate("HELLO", "fuzzy")),
        ("gate", {"cameras": ("gate",)}),
        ("GATE yard-2", {"cameras": ("gate", "Yard-2")}),
        ("@gate", {"cameras": ("gate",)}),
        ("@north", {"sites": ("north",)}),
        ("@shed", {"cameras": ("shed",)}),
        ("camera:gate", {"cameras": ("gate",)}),
        ("zone:gate", {"zones": ("gate",)}),
        ("main street", {"sites": ("Main Street",)}),
        ('site:"main street"', {"sites": ("Main Street",)}),
        ("at gate", {"cameras": ("gate",)}),
        ("US-CA", {"regions": ("us-ca",)}),
        ("region:FR", {"regions": ("fr",)}),
        ("black van", {"colors": ("black",), "vehicle_types": ("van",)}),
        ("grey cars", {"colors": ("gray",), "vehicle_types": ("car",)}),
        ("schwarzer lkw", {"colors": ("black",), "vehicle_types": ("truck",)}),
        ("white land rover", {"colors": ("white",), "makes": ("Land Rover",)}),
        ("colour:red type:bus", {"colors": ("red",), "vehicle_types": ("bus",)}),
        ("receding", {"directions": ("receding",)}),
        ("quarantine", {"event_class": "quarantine"}),
        ("class:normal", {"event_class": "normal"}),
        ("corrected", {"corrected": True}),
        ("sure", {"min_confidence": 0.9}),
        ("unsure", {"max_confidence": 0.7}),
        (">80%", {"min_confidence": 0.8}),
        ("<=0.5", {"max_confidence": 0.5}),
        (">82.5%", {"min_confidence": 0.825}),
        ("60-80%", {"min_confidence": 0.6, "max_confidence": 0.8}),
        ("black van @gate yesterday 8-9 AB*", plate("AB*", "wildcard")
            | {"colors": ("black",), "vehicle_types": ("van",), "cameras": ("gate",)}),
    ],
)  # fmt: skip
def test_every_word_narrows_the_search(text: str, meant: dict[str, Any]) -> None:
    found = asked(text)
    assert narrows(found.query) == meant
    assert not [part for part in found.parts if part.kind == "unknown"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("AB?2*", [("AB?2*", "plate", "a plate like AB?2*")]),
        ("bbc 123", [("bbc 123", "plate", "a plate that looks like BBC123, likeliest first")]),
        ('"bbc 123"', [('"bbc 123"', "plate", "the plate BBC123 exactly")]),
        ("12", [("12", "plate", "12 anywhere in a plate")]),
        ("/A+/", [("/A+/", "plate", "a plate of the form /A+/")]),
        (
            "yesterday gate 8-9",
            [
                ("yesterday", "time", "Fri 20 Nov, 08:00\u201309:00"),
                ("gate", "camera", "camera gate"),
                ("8-9", "time", "Fri 20 Nov, 08:00\u201309:00"),
            ],
        ),
        ("the black van", [("the", "filler", "says nothing"), ("black", "vehicle", "colour black"),
            ("van", "vehicle", "vehicle type van")]),
        (">80% corrected", [(">80%", "sure", "read at least 80 % sure"),
            ("corrected", "state", "corrected by somebody")]),
    ],
)  # fmt: skip
def test_every_part_says_what_it_was_taken_for(text: str, parts: list[tuple[str, str, str]]) -> None:
    assert [(part.text, part.kind, part.meaning) for part in asked(text).parts] == parts


@pytest.mark.parametrize(
    ("text", "why", "offers"),
    [
        ("gaet", "this is no name, no time and no plate", ["camera:gate", "~gaet"]),
        ("yesteday", "this is no name, no time and no plate", ["yesterday", "~yesteday"]),
        ("quarantene", "this is no name, no time and no plate", ["quarantine", "quarantined", "~quarantene"]),
        ("toyotta", "this is no name, no time and no plate", ["make:Toyota", "~toyotta"]),
        ("kamera:gate", "nothing is called \u201ckamera\u201d", ["camera:gate"]),
        ("moon:full", "nothing is called \u201cmoon\u201d", []),
        ("class:odd", "no class is called so", []),
        ("direction:up", "no direction is called so", []),
        ("--", "there is no letter or digit in it", []),
        ("*", "there is no letter or digit in it", []),
        ("A" * 40 + "1", "a plate has at most 32 characters", []),
        (
            "/(a+)+/",
            "pattern, character 6: what is repeated may not repeat or choose itself: it could take for ever",
            [],
        ),
        (">120%", "nothing is surer than 100 %", []),
        ("AB12 gate CD34", "one plate can be looked for at a time", []),
    ],
)
def test_what_is_not_understood_says_why_and_what_may_be_meant(text: str, why: str, offers: list[str]) -> None:
    (part,) = [part for part in asked(text).parts if part.kind == "unknown"]
    assert (part.problem, [offer.text for offer in part.offers]) == (why, offers)
    assert not part.used


def test_a_name_that_was_never_seen_is_looked_for_all_the_same() -> None:
    (part,) = asked("camera:gat").parts
    assert (part.kind, part.problem) == ("camera", "no camera of this name has been seen")
    assert [offer.text for offer in part.offers] == ["camera:gate"]


def test_a_plate_that_is_nearly_a_name_offers_the_name() -> None:
    (part,) = asked("cam-1").parts
    assert [offer.text for offer in part.offers] == ['"CAM1"', "*CAM1*", "camera:cam-01"]


def test_a_word_of_two_kinds_offers_the_other() -> None:
    assert [offer.text for offer in asked("gate").parts[0].offers] == ["zone:gate"]


ODD_WORDS = """
last 99999 hours since until 31.12.9999 00.00. 29.2. 24:59 - / " ~ = @ camera: gate AB?2* 8-9 > % >99% monday to ago :
9999-12-31 \u0661\u0662 between 8 and 25 night
"""
TEXTS = st.text(max_size=500) | st.lists(st.sampled_from(ODD_WORDS.split()), max_size=30).map(" ".join)
TIMES = st.floats(0, 7e9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(TEXTS, TIMES, st.sampled_from(sorted(available_timezones())))
@example("last 9999 years", NOON, "UTC")
@example("\u00b2-\u00b3 >\u0661%", NOON, "UTC")
def test_whatever_is_written_is_understood_somehow(text: str, now: datetime, zone: str) -> None:
    found = understand(text, NAMES, Here.at(now, ZoneInfo(zone)))
    at = 0
    for part in found.parts:
        assert part.start >= at
        assert part.text
        assert part.meaning or part.problem
        at = part.start + len(part.text)
    assert at <= len(text)


def phrases() -> Phrases:
    return Phrases(lambda: NAMES, FakeClock())


def test_who_may_not_search_for_plates_is_told_so() -> None:
    viewer = Principal("vera", "user", ALL - {"reads:search"})
    plate, camera = phrases().understand(viewer, "BBC123 gate", UTC_ZONE).parts
    assert (plate.problem, plate.offers) == ("you may not search for plates (reads:search)", ())
    assert camera.problem == ""


def test_nobody_is_offered_a_camera_that_is_not_theirs() -> None:
    limited = Principal("vera", "user", ALL, Within(cameras=frozenset({"cam-01"})))
    offers = {who: phrases().understand(who, "gaet", UTC_ZONE).parts[0].offers for who in (limited, everything("root"))}
    assert [[offer.text for offer in found] for found in offers.values()] == [["~gaet"], ["camera:gate", "~gaet"]]
