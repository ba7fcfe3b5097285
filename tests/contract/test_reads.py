"""Reads: whatever is asked, both databases give what a plain look at every pass would give, page after page."""

from __future__ import annotations

import dataclasses
import itertools
import json
import random
import re
from base64 import urlsafe_b64encode
from collections import Counter as Counted
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import NoReturn

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from event_samples import NOON, event, plate
from marque.errors import Unacceptable
from marque.plates import normalize
from marque.plates.likeness import REACH, misreading
from marque.queries import EventQuery, FoundRead, ReadQuery, Tally
from marque.store import SqlStore, open_store
from marque.store.counting import Counter
from marque.store.hurry import TooLong, hurried, patiently
from marque.store.likeliest import HELD
from marque.store.places import place_of
from marque.store.reads import SqlReads
from marque.store.rows import possible, text_of
from marque.types import (
    Attribute,
    Candidate,
    Correction,
    Direction,
    EventClass,
    EventKind,
    PlateEvent,
    RegionScore,
    Vehicle,
    Within,
)

CAMERAS, SITES, ZONES = ("gate", "ramp", "yard"), ("north", "south", None), ("in", "out", None)
REGIONS = ("gb", "de", "fr")
TYPES, COLORS, MAKES = ("car", "van"), ("red", "blue"), ("vw", "skoda")
CHARS = "0O8B1I"


def some_pass(rng: random.Random, number: int) -> PlateEvent:
    """One pass with chance in every field that can be asked for; some share their time, some their plate."""
    time = NOON + timedelta(hours=rng.randrange(40) * rng.choice((1, 24, 240)))
    text = "".join(rng.choice(CHARS) for _ in range(rng.randint(3, 5)))
    others = ["".join(rng.choice(CHARS) for _ in range(4)) for _ in range(rng.randint(0, 2))]
    candidates = (Candidate(text, 0.5), *(Candidate(other, 0.2) for other in others))
    region = RegionScore(rng.choice(REGIONS), 0.9) if rng.random() < 0.7 else None
    read = plate(text, candidates=candidates, region=region, confidence=rng.choice((0.2, 0.5, 0.9)))
    vehicle = Vehicle(
        type=rng.choice((None, *(Attribute(value, 0.9) for value in TYPES))),
        color=rng.choice((None, *(Attribute(value, 0.9) for value in COLORS))),
        make=rng.choice((None, *(Attribute(value, 0.9) for value in MAKES))),
    )
    return event(
        number,
        read=read if rng.random() < 0.9 else None,
        first_seen=time,
        camera=rng.choice(CAMERAS),
        site=rng.choice(SITES),
        zone=rng.choice(ZONES),
        direction=rng.choice(list(Direction)),
        kind=rng.choice(list(EventKind)),
        event_class=rng.choice(list(EventClass)),
        vehicle=vehicle if rng.random() < 0.7 else None,
    )


def revised(rng: random.Random, first: PlateEvent) -> PlateEvent:
    """A later revision: another text, or one that a person corrected."""
    text = "".join(rng.choice(CHARS) for _ in range(4))
    read = plate(text, candidates=(Candidate(text, 0.9),))
    correction = Correction(text, "B0B0", "ann", NOON) if rng.random() < 0.5 else None
    return replace(first, revision=2, kind=EventKind.LOST, read=read, correction=correction)


def log() -> list[tuple[PlateEvent, ...]]:
    """The revisions of each pass, oldest first."""
    rng = random.Random(7)
    passes = [some_pass(rng, number) for number in range(1, 181)]
    return [(one, revised(rng, one)) if rng.random() < 0.3 else (one,) for one in passes]


LOG = log()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    """A log of many passes, once per database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('log')}/marque.db"
    else:
        server: str = request.getfixturevalue("postgres")
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("CREATE DATABASE reads")
        url = server.replace("/postgres?", "/reads?")
    store = open_store(url)
    store.append_many([(one, ()) for revisions in LOG for one in revisions])
    yield store
    store.close()


@pytest.fixture
def reads(filled: SqlStore) -> SqlReads:
    return SqlReads(filled.database)


# -- the plain look ----------------------------------------------------------------------------------------------------


def value(attribute: Attribute | None) -> str | None:
    return None if attribute is None else attribute.value


def passes_filters(query: EventQuery | ReadQuery, one: PlateEvent) -> bool:
    read, vehicle = one.read, one.vehicle or Vehicle()
    time = one.first_seen if isinstance(query, ReadQuery) else one.time
    sets = (
        (query.cameras, one.camera),
        (query.sites, one.site),
        (query.zones, one.zone),
        (query.directions, one.direction),
        (query.regions, read and read.region and read.region.code),
        (query.vehicle_types, value(vehicle.type)),
        (query.colors, value(vehicle.color)),
        (query.makes, value(vehicle.make)),
        (query.kinds, one.kind),
    )
    confidence = read.confidence if read else None
    return (
        all(not wanted or there in wanted for wanted, there in sets)
        and (query.within.cameras is None or one.camera in query.within.cameras)
        and (query.within.sites is None or one.site in query.within.sites)
        and (query.since is None or time >= query.since)
        and (query.until is None or time < query.until)
        and (query.min_confidence is None or (confidence is not None and confidence >= query.min_confidence))
        and (query.max_confidence is None or (confidence is not None and confidence <= query.max_confidence))
        and (query.event_class is None or one.event_class == query.event_class)
        and (query.corrected is None or (one.correction is not None) == query.corrected)
    )


FITS: dict[str, Callable[[str, str], bool]] = {
    "exact": lambda wanted, text: text == normalize(wanted),
    "prefix": lambda wanted, text: text.startswith(normalize(wanted)),
    "wildcard": lambda wanted, text: fnmatchcase(text, wanted),
    "regex": lambda wanted, text: re.fullmatch(wanted, text) is not None,
}


def rank(query: ReadQuery, revisions: tuple[PlateEvent, ...]) -> tuple[float, bool] | None:
    """Of a fuzzy search; None where the pass is not found."""
    asked, text = normalize(query.plate or ""), text_of(revisions[-1])
    far = REACH + 1 if text is None else misreading(text, asked)
    if far > HELD and any(asked in possible(one) for one in revisions):
        return HELD, True
    return (far, False) if far <= REACH else None


def plainly(query: ReadQuery) -> list[str]:
    """The ids that a look at every pass gives, in order."""
    there = [revisions for revisions in LOG if passes_filters(query, revisions[-1])]
    there.sort(key=lambda revisions: (revisions[0].first_seen, revisions[0].id), reverse=query.newest_first)
    if query.plate is None:
        return [revisions[0].id for revisions in there]
    if query.plate_match == "fuzzy":
        ranked = [(found, revisions[0].id) for revisions in there if (found := rank(query, revisions)) is not None]
        return [key for _, key in sorted(ranked, key=lambda pair: pair[0])]
    fits = FITS[query.plate_match]
    texts = [(text_of(revisions[-1]), revisions[0].id) for revisions in there]
    return [key for text, key in texts if text is not None and fits(query.plate, text)]


def pages(reads: SqlReads, query: ReadQuery) -> list[FoundRead]:
    """Everything that is found, page after page."""
    found: list[FoundRead] = []
    page = reads.page(query)
    while page.next is not None:
        assert len(page.reads) == query.limit
        found += page.reads
        page = reads.page(replace(query, page=page.next))
    return [*found, *page.reads]


# -- the questions -----------------------------------------------------------------------------------------------------


def some(values: tuple[str | None, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    named = [one for one in values if one is not None]
    return st.just(()) | st.lists(st.sampled_from(named), min_size=1, max_size=2).map(tuple)


def seen(values: tuple[str | None, ...]) -> st.SearchStrategy[frozenset[str] | None]:
    return st.none() | st.none() | some(values).map(frozenset)


times = st.none() | st.none() | st.integers(0, 9600).map(lambda hours: NOON + timedelta(hours=hours))
texts = st.text(CHARS, min_size=1, max_size=5)
pieces = st.lists(st.sampled_from([*CHARS, *CHARS, "?", "*"]), min_size=1, max_size=6).map("".join)
atoms = st.sampled_from([*CHARS, "[0O]", "[^B]", ".", r"\d", "(8|B)", "(?:1I)"])
expressions = st.lists(st.tuples(atoms, st.sampled_from(["", "", "", "?", "*", "{1,2}"])), min_size=1, max_size=4).map(
    lambda parts: "".join(atom + ("?" if atom == "(8|B)" and repeat else repeat) for atom, repeat in parts)
)
plates = st.one_of(
    st.just((None, "exact")),
    st.tuples(texts, st.sampled_from(["exact", "prefix", "fuzzy", "fuzzy"])),
    st.tuples(pieces, st.just("wildcard")),
    st.tuples(expressions, st.just("regex")),
)
queries = st.builds(
    lambda pair, **fields: ReadQuery(plate=pair[0], plate_match=pair[1], **fields),
    plates,
    cameras=some(CAMERAS),
    sites=some(SITES),
    zones=some(ZONES),
    directions=some(tuple(Direction)),
    regions=some(REGIONS),
    vehicle_types=some(TYPES),
    colors=some(COLORS),
    makes=some(MAKES),
    kinds=some(tuple(EventKind)),
    since=times,
    until=times,
    min_confidence=st.sampled_from([None, None, 0.5]),
    max_confidence=st.sampled_from([None, None, 0.5]),
    event_class=st.sampled_from([None, None, "normal", "quarantine"]),
    corrected=st.sampled_from([None, None, True, False]),
    within=st.builds(Within, cameras=seen(CAMERAS), sites=seen(SITES)),
    limit=st.integers(1, 40),
    newest_first=st.booleans(),
)
plain_queries = st.builds(
    lambda pair, **fields: ReadQuery(plate=pair[0], plate_match=pair[1], **fields),
    plates,
    limit=st.integers(1, 40),
    since=times,
    newest_first=st.booleans(),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=queries | plain_queries)
def test_pages_hold_what_a_look_at_every_pass_finds(reads: SqlReads, query: ReadQuery) -> None:
    query = replace(query, newest_first=True) if query.plate_match == "fuzzy" else query
    assert [found.stored.event.id for found in pages(reads, query)] == plainly(query)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=queries | plain_queries)
def test_the_tally_is_that_of_all_pages(reads: SqlReads, query: ReadQuery) -> None:
    tally = reads.tally(query)
    assert (tally.count, tally.exact) == (len(plainly(query)), True)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=queries | plain_queries)
def test_an_estimate_from_a_sample_of_all_is_right(filled: SqlStore, query: ReadQuery) -> None:
    tally = SqlReads(filled.database, Counter(exact=0, sample=100_000)).tally(query)
    assert tally == Tally(len(plainly(query)), exact=not plainly(query))


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=queries)
def test_the_same_filters_find_revisions_in_the_log(filled: SqlStore, query: ReadQuery) -> None:
    fields = {field.name: getattr(query, field.name) for field in dataclasses.fields(query) if field.name != "page"}
    if query.plate_match == "fuzzy":
        fields |= {"plate": None, "plate_match": "exact"}
    wanted = EventQuery(**fields | {"limit": 1000})
    fits = FITS[wanted.plate_match]
    expected = [
        one
        for one in itertools.chain.from_iterable(LOG)
        if passes_filters(wanted, one) and (wanted.plate is None or ((t := text_of(one)) and fits(wanted.plate, t)))
    ]
    found = [stored.event for stored in filled.events(wanted)]
    assert found == (expected[::-1] if wanted.newest_first else expected)


@pytest.mark.parametrize("few", ["words", "trigrams"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pattern=pieces | texts.map(lambda text: f"{text}*"), limit=st.integers(1, 9), newest_first=st.booleans())
def test_every_plan_finds_the_same(
    monkeypatch: pytest.MonkeyPatch, reads: SqlReads, few: str, pattern: str, limit: int, newest_first: bool
) -> None:
    """Through many texts and stretches of time, or past the dictionary: a few hundred passes would choose neither."""
    with monkeypatch.context() as changed:
        if few == "words":
            changed.setattr("marque.store.looking.FEW", 0)
        else:
            changed.setattr("marque.store.dictionary.MOST_WORDS", 0)
        query = ReadQuery(plate=pattern, plate_match="wildcard", limit=limit, newest_first=newest_first)
        assert [found.stored.event.id for found in pages(reads, query)] == plainly(query)


# -- what a page promises ----------------------------------------------------------------------------------------------


def ids(found: Iterable[FoundRead]) -> list[int]:
    """The numbers that the events were made with."""
    return [int(one.stored.event.id[-12:]) for one in found]


@pytest.fixture
def day(store: SqlStore) -> SqlStore:
    """Nine passes, number nine the newest."""
    store.append_many([(event(number), ()) for number in range(1, 10)])
    return store


def test_pages_stay_right_while_passes_come_and_go(day: SqlStore) -> None:
    reads, query = SqlReads(day.database), ReadQuery(limit=3)
    first = reads.page(query)
    day.append(event(10), [])
    day.sweep(event(3).time)
    second = reads.page(replace(query, page=first.next))
    third = reads.page(replace(query, page=second.next))
    assert [ids(page.reads) for page in (first, second, third)] == [[9, 8, 7], [6, 5, 4], [3]]
    assert third.next is None


def test_a_page_that_ends_where_all_was_swept_goes_on_behind_it(day: SqlStore) -> None:
    reads, query = SqlReads(day.database), ReadQuery(limit=4, newest_first=False)
    first = reads.page(query)
    day.sweep(event(7).time)
    assert ids(reads.page(replace(query, page=first.next)).reads) == [7, 8, 9]


def test_a_pass_is_shown_once_in_its_newest_revision(day: SqlStore) -> None:
    day.append(event(4, "XY99ZZZ", revision=2), [])
    [found] = SqlReads(day.database).page(ReadQuery(plate="XY99ZZZ")).reads
    assert found.stored.event.revision == 2
    assert len(SqlReads(day.database).page(ReadQuery()).reads) == 9


def test_one_pass_is_found_by_its_id(day: SqlStore) -> None:
    reads = SqlReads(day.database)
    day.append(event(4, revision=2), [])
    found = reads.one(event(4).id)
    assert found is not None
    assert found.event.revision == 2
    assert reads.one("nobody") is None


def test_whoever_may_see_nothing_finds_nothing(day: SqlStore) -> None:
    reads, nothing = SqlReads(day.database), Within(cameras=frozenset())
    assert reads.page(ReadQuery(within=nothing)).reads == ()
    assert reads.page(ReadQuery(within=nothing, plate="AB12CDE", plate_match="fuzzy")).reads == ()
    assert reads.tally(ReadQuery(within=nothing)) == Tally(0)


NOT_GIVEN_OUT = ["", "x", "ä", "A" * 2000, "bnVsbA", "WzEsMl0", "W10", "WzEsIngiLDEsZmFsc2Vd", '"; DROP TABLE reads']


@pytest.mark.parametrize("token", NOT_GIVEN_OUT)
def test_a_page_that_was_not_given_out_is_refused(day: SqlStore, token: str) -> None:
    with pytest.raises(Unacceptable, match=r"^this is not a page that was given out$") as refused:
        SqlReads(day.database).page(ReadQuery(page=token))
    assert refused.value.field == "page"


@given(micros=st.integers(), key=st.text(), far=st.none() | st.floats(), held=st.booleans())
def test_whatever_a_token_says_it_is_a_place_or_refused(micros: int, key: str, far: float | None, held: bool) -> None:
    said = json.dumps([micros, key, far, held])
    token = urlsafe_b64encode(said.encode()).decode()
    try:
        place = place_of(token, fuzzy=far is not None)
    except Unacceptable:
        return
    assert place_of(place.token, fuzzy=far is not None) == place


def test_the_page_of_another_kind_of_question_is_refused(day: SqlStore) -> None:
    reads = SqlReads(day.database)
    page = reads.page(ReadQuery(limit=1)).next
    with pytest.raises(Unacceptable, match=r"^this is not a page that was given out$"):
        reads.page(ReadQuery(plate="AB12CDE", plate_match="fuzzy", page=page))


# -- why it was found --------------------------------------------------------------------------------------------------


def test_a_fuzzy_search_says_why_it_found_what_it_found(store: SqlStore) -> None:
    possible = plate("XYZ789", candidates=(Candidate("XYZ789", 0.6), Candidate("BBC123", 0.3)))
    for number, read in enumerate([plate("8BC123"), plate("BBC1234"), plate("BBC123"), possible, plate("QQ11")], 1):
        store.append(event(number, read=read), [])
    found = SqlReads(store.database).page(ReadQuery(plate="bbc 123", plate_match="fuzzy")).reads
    told = [(ids([one])[0], one.likeness and one.likeness.reasons) for one in found]
    assert told == [(3, ()), (4, ("X~B", "Y~B", "Z~C", "7~1", "8~2", "9~3", "candidate")), (1, ("8~B",)), (2, ("+1",))]
    scores = [one.likeness.score for one in found if one.likeness]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == 1.0


def test_a_corrected_plate_is_found_by_what_the_machine_had_read(store: SqlStore) -> None:
    store.append(event(1, "BBC123", correction=Correction("BBC123", "XYZ789", "ann", NOON)), [])
    [found] = SqlReads(store.database).page(ReadQuery(plate="XYZ789", plate_match="fuzzy")).reads
    assert found.likeness is not None
    assert found.likeness.reasons[-1] == "candidate"


def test_other_questions_have_no_likeness(day: SqlStore) -> None:
    assert {one.likeness for one in SqlReads(day.database).page(ReadQuery(plate="AB12CDE")).reads} == {None}


# -- counts ------------------------------------------------------------------------------------------------------------


def test_many_are_estimated_and_the_answer_says_so(filled: SqlStore) -> None:
    tally = SqlReads(filled.database, Counter(exact=10)).tally(ReadQuery())
    assert tally == Tally(len(LOG), exact=False)


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def test_what_takes_too_long_ends_and_the_transaction_goes_on(filled: SqlStore) -> None:
    with filled.database.read() as connection:
        with pytest.raises(TooLong), hurried(connection, 0.001):
            connection.exec_driver_sql(ENDLESS)
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1


def test_a_pattern_that_takes_too_long_is_refused(filled: SqlStore) -> None:
    pattern = ReadQuery(plate=".*1", plate_match="regex")
    refused = pytest.raises(Unacceptable, match=r"^looking for this takes too long$")
    with filled.database.read() as connection, refused, patiently(connection, pattern, 0.001):
        connection.exec_driver_sql(ENDLESS)


def test_counting_that_takes_too_long_becomes_an_estimate(filled: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def at_once(*_: object) -> NoReturn:
        raise TooLong

    monkeypatch.setattr("marque.store.counting.hurried", at_once)
    reads = SqlReads(filled.database)
    assert reads.tally(ReadQuery()) == Tally(len(LOG), exact=False)
    assert reads.facets(ReadQuery()).tally == Tally(len(LOG), exact=False)


def test_facets_count_each_value(reads: SqlReads) -> None:
    facets = reads.facets(ReadQuery(event_class="normal"))
    newest = [revisions[-1] for revisions in LOG if revisions[-1].event_class == "normal"]
    assert facets.tally == Tally(len(newest))
    assert dict(facets.counts["camera"]) == Counted(one.camera for one in newest)
    assert dict(facets.counts["site"]) == Counted(one.site for one in newest if one.site)
    assert dict(facets.counts["hour"]) == Counted(f"{one.first_seen.hour}" for one in newest)
    often = [count for _, count in facets.counts["region"]]
    assert often == sorted(often, reverse=True)


def test_facets_of_many_are_estimates(filled: SqlStore) -> None:
    few = SqlReads(filled.database, Counter(exact=10)).facets(ReadQuery())
    assert few.tally == Tally(len(LOG), exact=False)
    assert sum(count for _, count in few.counts["camera"]) == len(LOG)
