"""Figures on both databases against the same counted by hand in Python."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, groupby, pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest

from event_samples import event, plate
from fakes import FakeClock
from marque.access.audit import Audit
from marque.access.scopes import ALL
from marque.errors import Forbidden, Unacceptable
from marque.figures import By, Counted
from marque.plates.likeness import skeleton
from marque.queries import ReadQuery
from marque.services.analytics import Analytics
from marque.store import SqlStore
from marque.store.analytics import SqlAnalytics
from marque.types import AuditEntry, PlateEvent, Principal, Within

ANNA = Principal("anna", "user", ALL)
BERLIN, LORD_HOWE, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")
SINCE = datetime(2026, 10, 23, 10, 20, tzinfo=UTC)
"""two days before Berlin sets its clocks back"""
UNTIL = SINCE + timedelta(days=4)
CAMERAS = ("in", "out", "yard", "gate")
PLATES = ("AB12CDE", "A812CDE", "XYZ789", "XY2789", "M0TOR", "BUS1", "BUS2")
SPAN = ReadQuery(since=SINCE, until=UNTIL, limit=1000)


class Trail:
    """What was written down."""

    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []

    def add(self, entry: AuditEntry) -> None:
        self.entries.append(entry)


def passes() -> Iterator[PlateEvent]:
    """Eight days around the span, at random but always the same; some plates are never read, and two drive together."""
    random = Random(7)
    for number in range(400):
        time = SINCE + timedelta(seconds=random.randrange(-4 * 86_400, 4 * 86_400))
        text = None if random.random() < 0.1 else random.choice(PLATES)
        yield _pass(number, text, random.choice(CAMERAS), time)
        if text == "BUS1":
            yield _pass(1000 + number, "BUS2", random.choice(CAMERAS), time + timedelta(seconds=random.randrange(20)))


def _pass(number: int, text: str | None, camera: str, time: datetime) -> PlateEvent:
    one = event(number, text, camera=camera, site=None if camera == "gate" else "yard")
    read = None if text is None else plate(text, region=None if number % 5 == 0 else plate().region)
    return replace(one, time=time, first_seen=time, last_seen=time + timedelta(seconds=3), read=read)


EVERYTHING = tuple(passes())
ASKED = [one for one in EVERYTHING if SINCE <= one.first_seen < UNTIL]
READ = [one for one in ASKED if one.read]


def text(one: PlateEvent) -> str:
    return one.read.text if one.read else ""


@pytest.fixture
def trail() -> Trail:
    return Trail()


@pytest.fixture
def analytics(store: SqlStore, trail: Trail) -> Analytics:
    store.append_many([(one, ()) for one in EVERYTHING])
    clock = FakeClock(UNTIL)
    return Analytics(SqlAnalytics(store.database), Audit(trail, clock), clock)


def by_text(events: Sequence[PlateEvent], key: Callable[[str], str] = str) -> dict[str, list[PlateEvent]]:
    found = defaultdict[str, list[PlateEvent]](list)
    for one in sorted(events, key=lambda one: (one.first_seen, one.id)):
        if text(one):
            found[key(text(one))].append(one)
    return found


# -- how much and when -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "key"),
    [
        (By.CAMERA, lambda one: one.camera),
        (By.SITE, lambda one: one.site),
        (By.REGION, lambda one: one.read.region.code if one.read and one.read.region else None),
        (By.CLASS, lambda one: str(one.event_class)),
    ],
)
def test_counts_by_something_of_the_reads(
    analytics: Analytics, by: By, key: Callable[[PlateEvent], str | None]
) -> None:
    rows = analytics.counts(ANNA, SPAN, by, BERLIN).rows
    assert {row.key: row.reads for row in rows} == Counter(map(key, ASKED))
    for row in rows:
        assert row.plates == len({text(one) for one in READ if key(one) == row.key})
    assert [row.reads for row in rows] == sorted((row.reads for row in rows), reverse=True)


@pytest.mark.parametrize("zone", [BERLIN, LORD_HOWE, ZoneInfo("UTC"), ZoneInfo("Asia/Kathmandu")], ids=str)
def test_hours_are_those_of_the_asked_time_zone(analytics: Analytics, zone: ZoneInfo) -> None:
    def hour(time: datetime) -> str:
        return time.astimezone(zone).replace(minute=0, second=0, microsecond=0).isoformat(timespec="minutes")

    rows = analytics.counts(ANNA, SPAN, By.HOUR, zone).rows
    assert {row.key: row.reads for row in rows if row.reads} == Counter(hour(one.first_seen) for one in ASKED)
    touched = [hour(SINCE + timedelta(minutes=minute)) for minute in range(4 * 24 * 60)]
    assert [row.key for row in rows] == list(dict.fromkeys(touched))


def test_the_hour_that_comes_twice_is_two_hours(analytics: Analytics) -> None:
    keys = [row.key for row in analytics.counts(ANNA, SPAN, By.HOUR, BERLIN).rows]
    assert "2026-10-25T02:00+02:00" in keys
    assert "2026-10-25T02:00+01:00" in keys


@pytest.mark.parametrize("zone", [BERLIN, LORD_HOWE], ids=str)
def test_days_are_those_of_the_asked_time_zone(analytics: Analytics, zone: ZoneInfo) -> None:
    rows = analytics.counts(ANNA, SPAN, By.DAY, zone).rows
    days = Counter(one.first_seen.astimezone(zone).date().isoformat() for one in ASKED)
    assert [(row.key, row.reads) for row in rows] == sorted(days.items())


def test_a_day_without_reads_is_told_too(analytics: Analytics) -> None:
    rows = analytics.counts(ANNA, replace(SPAN, plate="NEVER"), By.DAY, BERLIN).rows
    assert [row.reads for row in rows] == [0] * 5


@pytest.mark.parametrize("zone", [BERLIN, LORD_HOWE], ids=str)
def test_the_week_has_all_its_hours(analytics: Analytics, zone: ZoneInfo) -> None:
    rows = analytics.week(ANNA, SPAN, zone).rows
    local = [one.first_seen.astimezone(zone) for one in ASKED]
    assert len(rows) == 168
    assert {(row.weekday, row.hour): row.reads for row in rows if row.reads} == Counter(
        (time.weekday(), time.hour) for time in local
    )


def test_a_total_counts_unique_vehicles_and_those_that_are_new(analytics: Analytics) -> None:
    [total] = analytics.total(ANNA, SPAN).rows
    before = {text(one) for one in EVERYTHING if one.first_seen < SINCE}
    now = {text(one) for one in READ}
    assert (total.reads, total.plates, total.unread, total.corrected) == (
        len(ASKED),
        len(now),
        len(ASKED) - len(READ),
        0,
    )
    assert total.first_time == len(now - before)


@pytest.mark.parametrize("by", [By.HOUR, By.DAY])
@pytest.mark.parametrize("zone", [BERLIN, LORD_HOWE], ids=str)
def test_an_overview_tells_what_the_questions_for_its_parts_do(analytics: Analytics, by: By, zone: ZoneInfo) -> None:
    [row] = analytics.overview(ANNA, replace(SPAN, limit=3), by, zone, busiest=2).rows
    assert [row.total] == list(analytics.total(ANNA, SPAN).rows)
    assert row.week == analytics.week(ANNA, SPAN, zone).rows
    assert list(zip(row.times, row.reads, strict=True)) == numbers(analytics.counts(ANNA, SPAN, by, zone).rows)
    cameras = analytics.counts(ANNA, SPAN, By.CAMERA, zone).rows
    assert [(one.camera, one.reads) for one in row.cameras] == numbers(cameras)
    for one in row.cameras[:2]:
        own = analytics.counts(ANNA, replace(SPAN, cameras=(one.camera,)), by, zone).rows
        assert list(zip(row.times, one.times, strict=True)) == numbers(own)
    assert [one.times for one in row.cameras[2:]] == [(), ()]
    assert row.top == analytics.top(ANNA, SPAN, zone).rows[:3]
    assert row.frequent == analytics.visitors(ANNA, SPAN, zone, least_days=2).rows[:3]


def test_an_overview_of_some_cameras_is_of_no_others(analytics: Analytics) -> None:
    here = replace(SPAN, cameras=("in", "yard"), limit=0)
    [row] = analytics.overview(ANNA, here, By.DAY, BERLIN, busiest=7).rows
    assert {one.camera for one in row.cameras} == {"in", "yard"}
    assert sum(row.reads) == sum(one.camera in ("in", "yard") for one in ASKED) == row.total.reads
    assert (row.top, row.frequent) == ((), ())


def numbers(rows: Sequence[Counted]) -> list[tuple[str | None, int]]:
    return [(row.key, row.reads) for row in rows]


# -- who ---------------------------------------------------------------------------------------------------------------


def test_top_plates_are_those_with_most_reads(analytics: Analytics) -> None:
    found = analytics.top(ANNA, replace(SPAN, limit=3), BERLIN)
    counted = sorted(Counter(map(text, READ)).items(), key=lambda one: (-one[1], one[0]))
    assert [(row.plate, row.reads) for row in found.rows] == counted[:3]
    assert found.cut


def test_visitors_come_with_their_days_cameras_and_times(analytics: Analytics) -> None:
    rows = analytics.visitors(ANNA, SPAN, BERLIN, least_days=3).rows
    naive = {}
    for name, theirs in by_text(ASKED).items():
        days = {one.first_seen.astimezone(BERLIN).date() for one in theirs}
        cameras = {one.camera for one in theirs}
        if len(days) >= 3:
            naive[name] = (len(theirs), len(days), len(cameras), theirs[0].first_seen, theirs[-1].last_seen)
    assert {row.plate: (row.reads, row.days, row.cameras, row.first_seen, row.last_seen) for row in rows} == naive
    assert [row.days for row in rows] == sorted((row.days for row in rows), reverse=True)


@pytest.mark.parametrize("known", [1, 20], ids=["many are read as often", "few are"])
@pytest.mark.parametrize("days", [4, 8])
def test_who_came_on_most_days_is_found_among_those_read_most(
    analytics: Analytics, days: int, known: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marque.store.visitors.SOME", 1)
    monkeypatch.setattr("marque.store.visitors.MORE", known)
    since = UNTIL - timedelta(days=days)
    came = by_text([one for one in EVERYTHING if since <= one.first_seen < UNTIL])
    ranks = {
        name: (-len({one.first_seen.date() for one in theirs}), -len(theirs), name) for name, theirs in came.items()
    }
    best = sorted(ranks, key=ranks.__getitem__)
    for limit in range(1, 8):
        rows = analytics.visitors(ANNA, ReadQuery(since=since, until=UNTIL, limit=limit), UTC_ZONE).rows
        assert [row.plate for row in rows] == best[:limit]


def test_a_new_visitor_was_never_read_here_before(analytics: Analytics, store: SqlStore) -> None:
    late = replace(EVERYTHING[0], id="0196a1b2-0000-7000-8000-999999999999", first_seen=UNTIL - timedelta(hours=1))
    store.append_many([(replace(late, read=plate("NEW1")), ())])
    assert [row.plate for row in analytics.visitors(ANNA, SPAN, BERLIN, new=True).rows] == ["NEW1"]
    here = replace(SPAN, cameras=("yard",))
    before = {text(one) for one in EVERYTHING if one.first_seen < SINCE and one.camera == "yard"}
    expected = {text(one) for one in READ if one.camera == "yard"} - before
    assert {row.plate for row in analytics.visitors(ANNA, here, BERLIN, new=True).rows} - {"NEW1"} == expected


# -- how long ----------------------------------------------------------------------------------------------------------


def naive_legs(
    events: Sequence[PlateEvent], key: Callable[[str], str] = str
) -> Iterator[tuple[PlateEvent, PlateEvent]]:
    both = [one for one in events if one.camera in ("in", "out")]
    for theirs in by_text(both, key).values():
        yield from ((a, b) for a, b in pairwise(theirs) if (a.camera, b.camera) == ("in", "out"))


@pytest.mark.parametrize("fuzzy", [False, True])
def test_journeys_are_from_a_read_to_the_next_one(analytics: Analytics, fuzzy: bool) -> None:
    [row] = analytics.journeys(ANNA, SPAN, ["in"], ["out"], 600, 90_000, fuzzy).rows
    legs = naive_legs(ASKED, skeleton if fuzzy else str)
    took = sorted(
        seconds for a, b in legs if 600 <= (seconds := (b.first_seen - a.first_seen).total_seconds()) <= 90_000
    )
    assert (row.origin, row.destination, row.count) == ("in", "out", len(took))
    assert (row.shortest, row.longest) == (took[0], took[-1])
    assert row.median == pytest.approx(statistics.median(took))
    place = 0.85 * (len(took) - 1)
    low = took[int(place)]
    assert row.p85 == pytest.approx(low + (took[int(place) + 1] - low) * (place % 1))


def test_plates_that_look_alike_are_one_vehicle_when_asked(analytics: Analytics) -> None:
    only = replace(SPAN, plate="AB12CDE|A812CDE", plate_match="regex")
    [exact] = analytics.journeys(ANNA, only, ["in"], ["out"], longest=90_000).rows
    [fuzzy] = analytics.journeys(ANNA, only, ["in"], ["out"], longest=90_000, fuzzy=True).rows
    assert fuzzy.median < exact.median


def test_presence_counts_who_is_inside_hour_by_hour(analytics: Analytics) -> None:
    longest = timedelta(hours=20)
    rows = analytics.presence(ANNA, SPAN, BERLIN, ["in"], ["out"], longest.total_seconds()).rows
    seen = [one for one in EVERYTHING if SINCE - longest <= one.first_seen < UNTIL and one.camera in ("in", "out")]
    stays: list[tuple[datetime, datetime | None]] = []
    for theirs in by_text(seen).values():
        for one, after in [*pairwise(theirs), (theirs[-1], None)]:
            if one.camera != "in":
                continue
            if after is None and UNTIL - one.first_seen <= longest:
                stays.append((one.first_seen, None))
            elif after and after.camera == "out" and after.first_seen - one.first_seen <= longest:
                stays.append((one.first_seen, after.first_seen))
    minutes = [SINCE + timedelta(minutes=minute) for minute in range(4 * 24 * 60 + 1)]
    hours = [list(group) for _, group in groupby(minutes, lambda at: (at.astimezone(BERLIN).hour, at.date(), at.hour))]
    for row, (start, *_), (end, *_) in zip(rows, hours, [*hours[1:], [UNTIL]], strict=True):
        assert row.start == start.astimezone(BERLIN).replace(minute=0).isoformat(timespec="minutes")
        assert row.entered == sum(start <= came < end for came, _ in stays)
        assert row.left == sum(went is not None and start <= went < end for _, went in stays)
        assert row.inside == sum(came < end and (went is None or went >= end) for came, went in stays)


# -- together ----------------------------------------------------------------------------------------------------------


def naive_convoys(events: Sequence[PlateEvent], seconds: float) -> dict[frozenset[str], set[str]]:
    met = defaultdict[frozenset[str], set[str]](set)
    for a, b in combinations(events, 2):
        near = abs((a.first_seen - b.first_seen).total_seconds()) <= seconds
        if near and a.camera == b.camera and text(a) != text(b):
            met[frozenset((text(a), text(b)))].add(a.camera)
    return met


def test_convoys_pass_the_same_cameras_together(analytics: Analytics) -> None:
    rows = analytics.convoys(ANNA, SPAN, cameras=2, seconds=15).rows
    naive = {pair: where for pair, where in naive_convoys(READ, 15).items() if len(where) >= 2}
    assert {frozenset((row.plate, row.other)): set(row.cameras) for row in rows} == naive
    assert frozenset(("BUS1", "BUS2")) in naive


def test_who_travels_with_one_plate_is_a_part_of_all_convoys(analytics: Analytics) -> None:
    every = analytics.convoys(ANNA, SPAN, cameras=1, seconds=600).rows
    rows = analytics.convoys(ANNA, SPAN, cameras=1, seconds=600, plate="xyz 789").rows
    assert {row.plate for row in rows} == {"XYZ789"}
    assert {row.other: row.cameras for row in rows} == {
        ({row.plate, row.other} - {"XYZ789"}).pop(): row.cameras for row in every if "XYZ789" in (row.plate, row.other)
    }


# -- for whom, and how much --------------------------------------------------------------------------------------------


def test_nobody_gets_figures_of_what_they_may_not_see(analytics: Analytics) -> None:
    bob = Principal("bob", "user", ALL, Within(cameras=frozenset({"yard"})))
    assert [row.key for row in analytics.counts(bob, SPAN, By.CAMERA, BERLIN).rows] == ["yard"]
    assert analytics.journeys(bob, SPAN, ["in"], ["out"]).rows == ()
    assert {camera for row in analytics.convoys(bob, SPAN, 1, 600).rows for camera in row.cameras} == {"yard"}


def test_plates_need_the_scope_to_search_for_them(analytics: Analytics) -> None:
    carl = Principal("carl", "key", frozenset({"analytics:view"}))
    assert analytics.total(carl, SPAN).rows
    for ask in (
        lambda: analytics.top(carl, SPAN, BERLIN),
        lambda: analytics.visitors(carl, SPAN, BERLIN),
        lambda: analytics.convoys(carl, SPAN),
        lambda: analytics.total(carl, replace(SPAN, plate="AB1")),
    ):
        with pytest.raises(Forbidden, match="needs the scope reads:search"):
            ask()


def test_what_was_asked_is_written_down(analytics: Analytics, trail: Trail) -> None:
    analytics.convoys(ANNA, SPAN, 2, 15, "BUS1")
    [entry] = trail.entries
    assert (entry.principal, entry.action, entry.target, entry.results) == ("anna", "analytics asked", "convoys", 1)
    assert entry.detail["of"] == "BUS1"


def test_a_question_is_about_the_last_week_unless_it_says_otherwise(analytics: Analytics) -> None:
    found = analytics.total(ANNA, ReadQuery())
    assert (found.since, found.until) == (UNTIL - timedelta(days=7), UNTIL)


def test_a_question_about_too_long_a_time_is_refused(analytics: Analytics) -> None:
    long = replace(SPAN, since=UNTIL - timedelta(days=94))
    assert analytics.counts(ANNA, long, By.DAY, BERLIN).rows
    with pytest.raises(Unacceptable, match="that is too long a time for one question") as caught:
        analytics.counts(ANNA, long, By.HOUR, BERLIN)
    assert (caught.value.field, caught.value.hint) == ("since", "Ask for at most 93 days.")


def test_times_that_have_no_time_zone_are_refused(analytics: Analytics) -> None:
    with pytest.raises(Unacceptable, match="times are from 1971 to 2200"):
        analytics.total(ANNA, ReadQuery(until=datetime(1, 1, 2, tzinfo=UTC)))
