"""What every event log promises, on every database we speak."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import and_, select, text

from event_samples import NOON, event, events, plate
from marque.errors import StoreError, Unacceptable
from marque.ports import NewDelivery, Settlement
from marque.queries import EventQuery
from marque.store import SqlStore
from marque.store.tables import events as events_table
from marque.store.tables import passes, read_candidates, reads, texts
from marque.types import Candidate, Correction, DeliveryState, EventClass, EventKind, PlateEvent, Within

HOUR = timedelta(hours=1)


def owed(*sinks: str, supersede: bool = False) -> list[NewDelivery]:
    return [NewDelivery(sink, NOON, supersede=supersede) for sink in sinks]


def claim(store: SqlStore, sink: str = "web", limit: int = 10, after: timedelta = timedelta()) -> list[int]:
    return [one.id for one in store.claim(sink, limit, 60, NOON + after)]


def found(store: SqlStore, query: EventQuery) -> list[str]:
    return [one.event.read.text for one in store.events(query) if one.event.read]


# -- append ---------------------------------------------------------------------------------------------------------


def test_cursors_rise_with_every_append(store: SqlStore) -> None:
    assert store.last_cursor() == 0
    first, second = store.append(event(1), []), store.append(event(2), [])
    assert first is not None
    assert second is not None
    assert 0 < first < second == store.last_cursor()


def test_an_event_comes_back_as_it_was(store: SqlStore) -> None:
    one = event(1, changes={"text": ("AB12CDF", "AB12CDE")}, images={"frame": "ab", "plate": "ab"})
    store.append(one, [])
    assert [s.event for s in store.events(EventQuery())] == [one]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events)
def test_any_event_comes_back_as_it_was(store: SqlStore, one: PlateEvent) -> None:
    cursor = store.append(one, [])
    if cursor is not None:
        assert store.events(EventQuery(after=cursor - 1))[0].event == one


def test_the_same_revision_is_accepted_once(store: SqlStore) -> None:
    assert store.append(event(1), owed("web")) is not None
    assert store.append(event(1), owed("web")) is None
    assert len(store.events(EventQuery())) == 1
    assert store.pending() == {"web": 1}


def test_a_batch_is_one_transaction_and_says_which_were_new(store: SqlStore) -> None:
    store.append(event(1), [])
    cursors = store.append_many([(event(1), owed("web")), (event(2), owed("web")), (event(2), owed("web"))])
    assert [cursor is None for cursor in cursors] == [True, False, True]
    assert store.pending() == {"web": 1}


def test_cursors_of_a_batch_follow_its_order(store: SqlStore) -> None:
    batch = [event(number) for number in range(50)]
    store.append_many([(one, []) for one in batch])
    assert [s.event for s in store.events(EventQuery(newest_first=False))] == batch


def test_a_batch_that_fails_leaves_nothing(store: SqlStore) -> None:
    twice = owed("web", "web")
    with pytest.raises(StoreError) as refused:
        store.append_many([(event(1), []), (event(2), twice)])
    assert refused.value.hint
    assert store.events(EventQuery()) == []
    assert store.pending() == {}


def test_an_empty_batch_is_nothing(store: SqlStore) -> None:
    assert store.append_many([]) == []


def test_a_closed_log_opens_again_with_what_it_held(
    store: SqlStore, store_url: str, open_log: Callable[[str], SqlStore]
) -> None:
    store.append(event(1), owed("web"))
    store.close()
    again = open_log(store_url)
    assert [s.event for s in again.events(EventQuery())] == [event(1)]
    assert again.pending() == {"web": 1}


def test_many_processes_may_open_one_log_at_the_same_time(store_url: str, open_log: Callable[[str], SqlStore]) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(open_log, [store_url] * 4))
    assert [one.last_cursor() for one in stores] == [0] * 4


def test_a_reader_that_follows_the_cursor_never_misses_a_row(store: SqlStore) -> None:
    seen: list[int] = []

    def follow() -> None:
        seen.extend(s.cursor for s in store.events(EventQuery(after=max(seen, default=0), newest_first=False)))

    def write(part: int) -> None:
        for number in range(25):
            store.append(event(part * 100 + number), owed("web"))

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, part) for part in range(4)]
        while not all(writer.done() for writer in writers):
            follow()
    for writer in writers:
        writer.result()
    while len(seen) < store.last_cursor() and seen[-1:] != [store.last_cursor()]:
        follow()
    assert len(seen) == 100


# -- passes ---------------------------------------------------------------------------------------------------------


def newest(store: SqlStore) -> list[tuple[str, int, str | None, int]]:
    """The row of each pass: id, revision, text, and the revision of the body that it points to."""
    told = select(reads.c.id, reads.c.revision, reads.c.text, events_table.c.revision.label("body")).join(
        events_table, and_(events_table.c.cursor == reads.c.cursor, events_table.c.first_seen == reads.c.first_seen)
    )
    with store.database.read() as connection:
        return [tuple(row) for row in connection.execute(told.order_by(reads.c.id))]


def test_a_pass_is_one_row_in_its_newest_revision(store: SqlStore) -> None:
    store.append_many([(event(1), []), (event(2), []), (event(1, "AB12CDF", revision=2), [])])
    store.append(event(2, "XYZ", revision=3), [])
    store.append(event(2, "OLD", revision=2), [])
    assert newest(store) == [(event(1).id, 2, "AB12CDF", 2), (event(2).id, 3, "XYZ", 3)]


def test_a_pass_keeps_its_place_when_a_revision_tells_of_an_earlier_start(store: SqlStore) -> None:
    store.append(event(1), [])
    for revision in (2, 2, 3):
        earlier = event(1, revision=revision, first_seen=NOON - timedelta(days=400))
        store.append(earlier, [])
    assert len(store.revisions(event(1).id)) == 3
    assert newest(store) == [(event(1).id, 3, "AB12CDE", 3)]


def test_a_pass_is_known_by_the_texts_the_net_held_possible(store: SqlStore) -> None:
    candidates = (Candidate("AB12CDE", 0.8), Candidate("A812CDE", 0.1), Candidate("AB12CDF", 0.01))
    store.append_many([(event(n, read=plate(candidates=candidates)), []) for n in (1, 2)])
    with store.database.read() as connection:
        assert set(connection.scalars(select(read_candidates.c.text))) == {"A812CDE"}
        words = connection.execute(select(texts.c.text, texts.c.skeleton, texts.c.reversed).order_by(texts.c.text))
        assert [tuple(row) for row in words] == [("A812CDE", "4812C0E", "E0C2184"), ("AB12CDE", "4812C0E", "E0C2184")]


def correct(store: SqlStore, one: PlateEvent, text: str, revision: int) -> int | None:
    correction = Correction(text, one.read.text if one.read else "", "ann", NOON + HOUR, "mud")
    read = one.read and replace(one.read, text=text, display=text)
    kind = EventKind.UPDATE
    return store.correct(replace(one, revision=revision, kind=kind, read=read, correction=correction), owed("web"))


def test_a_correction_holds_against_later_revisions_of_the_camera(store: SqlStore) -> None:
    store.append(event(1), [])
    assert correct(store, event(1), "AB12COE", 2) is not None
    later = event(1, "AB12C0E", revision=2)
    assert store.append(later, []) is not None
    assert store.append(later, []) is None, "replayed"
    assert store.append(event(1), []) is None, "replayed from before the correction"
    told = [(one.event.revision, one.event.read and one.event.read.text) for one in store.revisions(event(1).id)]
    assert told == [(1, "AB12CDE"), (2, "AB12COE"), (3, "AB12COE")]
    last = store.revisions(event(1).id)[-1].event
    assert last.correction == Correction("AB12COE", "AB12C0E", "ann", NOON + HOUR, "mud")
    assert last.read is not None
    assert last.read.raw == "AB12C0E"
    assert newest(store) == [(event(1).id, 3, "AB12COE", 3)]


def test_a_late_revision_from_before_a_correction_takes_its_own_number(store: SqlStore) -> None:
    store.append_many([(event(1), []), (event(1, revision=3), [])])
    correct(store, event(1), "AB12COE", 4)
    for _ in range(2):
        store.append(event(1, "AB12CDX", revision=2), [])
    assert store.append(event(1, revision=4), []) is not None
    told = [(one.event.revision, one.event.read and one.event.read.text) for one in store.revisions(event(1).id)]
    assert told == [(1, "AB12CDE"), (2, "AB12CDX"), (3, "AB12CDE"), (4, "AB12COE"), (5, "AB12COE")]
    assert newest(store) == [(event(1).id, 5, "AB12COE", 5)]


def test_a_correction_of_what_is_no_longer_newest_is_refused(store: SqlStore) -> None:
    store.append_many([(event(1), []), (event(1, revision=2), [])])
    assert correct(store, event(1), "AB12COE", 2) is None
    assert correct(store, event(2), "AB12COE", 2) is None, "a pass that nobody knows"
    assert store.pending() == {}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"camera": "g" * 501}, "camera is longer than 500 characters"),
        ({"zone": "a\0b"}, "a text holds the character NUL, which no database keeps"),
    ],
)
def test_what_no_database_keeps_is_refused_before_anything_is_written(
    store: SqlStore, wrong: dict[str, str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        store.append_many([(event(1), []), (event(2, None, **wrong), [])])
    assert store.last_cursor() == 0


# -- search ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def day(store: SqlStore) -> SqlStore:
    """A log of five passes."""
    passes: Sequence[PlateEvent] = [
        event(1, "AB12CDE"),
        event(2, "AB12XYZ", camera="yard"),
        event(3, "A812CDE"),
        event(4, "WÜAB12", kind=EventKind.LOST),
        event(5, "QQQQ", event_class=EventClass.QUARANTINE),
        event(6, None),
    ]
    store.append_many([(one, []) for one in passes])
    return store


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        (EventQuery(), ["QQQQ", "WÜAB12", "A812CDE", "AB12XYZ", "AB12CDE"]),
        (EventQuery(newest_first=False, limit=2), ["AB12CDE", "AB12XYZ"]),
        (EventQuery(cameras=("yard", "roof")), ["AB12XYZ"]),
        (EventQuery(kinds=("lost",)), ["WÜAB12"]),
        (EventQuery(event_class="quarantine"), ["QQQQ"]),
        (EventQuery(since=NOON + timedelta(seconds=2), until=NOON + timedelta(seconds=4)), ["A812CDE", "AB12XYZ"]),
        (EventQuery(plate="ab12 cde"), ["AB12CDE"]),
        (EventQuery(plate="wü-ab 12"), ["WÜAB12"]),
        (EventQuery(plate="AB12", plate_match="prefix"), ["AB12XYZ", "AB12CDE"]),
        (EventQuery(plate="%", plate_match="exact"), []),
        (EventQuery(plate="AB12CDE", plate_match="fuzzy"), ["AB12CDE", "A812CDE"]),
        (EventQuery(plate="AB12CD", plate_match="fuzzy", cameras=("yard",)), []),
        (EventQuery(plate="4BI2XY2", plate_match="fuzzy"), ["AB12XYZ"]),
        (EventQuery(plate="AB12CDE", plate_match="fuzzy", limit=1), ["AB12CDE"]),
    ],
)
def test_events_are_found(day: SqlStore, query: EventQuery, texts: list[str]) -> None:
    assert found(day, query) == texts


def test_pages_follow_one_another_without_gap_or_overlap(day: SqlStore) -> None:
    everything = [s.cursor for s in day.events(EventQuery())]
    first = [s.cursor for s in day.events(EventQuery(limit=4))]
    rest = [s.cursor for s in day.events(EventQuery(limit=4, before=first[-1]))]
    assert first + rest == everything


def test_following_continues_after_a_cursor(day: SqlStore) -> None:
    cursors = [s.cursor for s in day.events(EventQuery(newest_first=False))]
    assert [s.cursor for s in day.events(EventQuery(newest_first=False, after=cursors[3]))] == cursors[4:]


def test_an_unknown_way_of_matching_is_refused(day: SqlStore) -> None:
    with pytest.raises(Unacceptable, match="soundex"):
        day.events(EventQuery(plate="A", plate_match="soundex"))


def test_an_event_lists_its_revisions_in_order(store: SqlStore) -> None:
    lost, new = event(1, revision=3, kind=EventKind.LOST), event(1)
    store.append_many([(lost, []), (event(2), []), (new, [])])
    assert [s.event for s in store.revisions(new.id)] == [new, lost]
    assert store.revisions("nobody") == []


# -- deliveries -----------------------------------------------------------------------------------------------------


def test_each_sink_claims_its_own_oldest_first(store: SqlStore) -> None:
    store.append_many([(event(n), owed("web", "file")) for n in (1, 2, 3)])
    claimed = store.claim("web", 2, 60, NOON)
    assert [one.event for one in claimed] == [event(1), event(2)]
    assert {(one.sink, one.attempts, one.state) for one in claimed} == {("web", 1, DeliveryState.PENDING)}
    assert store.pending() == {"web": 3, "file": 3}


def test_what_is_claimed_is_nobody_elses_until_the_lease_ends(store: SqlStore) -> None:
    store.append(event(1), owed("web"))
    first = claim(store)
    assert claim(store, after=timedelta(seconds=59)) == []
    assert claim(store, after=timedelta(seconds=60)) == first
    assert [one.attempts for one in store.deliveries()] == [2]


def test_nothing_is_claimed_before_it_is_due(store: SqlStore) -> None:
    store.append(event(1), [NewDelivery("web", NOON + HOUR)])
    assert claim(store) == []
    assert len(claim(store, after=HOUR)) == 1


def test_two_workers_never_claim_the_same_row(store: SqlStore) -> None:
    store.append_many([(event(n), owed("web")) for n in range(40)])
    with ThreadPoolExecutor(4) as pool:
        claims = list(pool.map(lambda _: claim(store, limit=10), range(8)))
    claimed = [one for some in claims for one in some]
    assert len(claimed) == len(set(claimed))
    assert sorted(claimed + claim(store, limit=40)) == sorted(one.id for one in store.deliveries(limit=100))


def test_a_settled_delivery_is_never_claimed_again(store: SqlStore) -> None:
    store.append_many([(event(n), owed("web")) for n in (1, 2)])
    one, other = claim(store)
    store.settle([Settlement(one, DeliveryState.DELIVERED, "200"), Settlement(other, DeliveryState.DEAD, "410")], NOON)
    assert claim(store, after=HOUR) == []
    assert [(d.state, d.answer) for d in store.deliveries()] == [
        (DeliveryState.DEAD, "410"),
        (DeliveryState.DELIVERED, "200"),
    ]
    assert store.pending() == {}


def test_a_retry_is_due_when_the_settlement_says(store: SqlStore) -> None:
    store.append(event(1), owed("web"))
    (one,) = claim(store)
    store.settle([Settlement(one, DeliveryState.PENDING, "503", NOON + HOUR)], NOON)
    assert claim(store, after=HOUR - timedelta(seconds=1)) == []
    assert claim(store, after=HOUR) == [one]
    kept = store.delivery(one)
    assert kept is not None
    assert (kept.attempts, kept.answer) == (2, "503")


def test_an_attempt_that_was_not_made_is_not_counted(store: SqlStore) -> None:
    store.append(event(1), owed("web"))
    (one,) = claim(store)
    store.settle([Settlement(one, DeliveryState.PENDING, "away", NOON, tried=False)], NOON)
    assert [d.attempts for d in store.deliveries()] == [0]


def test_a_newer_revision_supersedes_what_was_not_sent(store: SqlStore) -> None:
    store.append(event(1), owed("web", "file", supersede=True))
    (web,) = claim(store)
    store.settle([Settlement(web, DeliveryState.DELIVERED)], NOON)
    store.append(event(2), owed("file", supersede=True))
    store.append(event(1, revision=2), owed("web", "file", supersede=True))
    states = [(d.sink, d.event.revision, d.state.value) for d in reversed(store.deliveries())]
    assert states == [
        ("web", 1, "delivered"),
        ("file", 1, "superseded"),
        ("file", 1, "pending"),
        ("web", 2, "pending"),
        ("file", 2, "pending"),
    ]


def test_a_sink_that_did_not_ask_gets_every_revision(store: SqlStore) -> None:
    store.append_many([(event(1, revision=n), owed("web")) for n in (1, 2, 3)])
    assert store.pending() == {"web": 3}


@pytest.mark.parametrize(
    ("outcome", "kept"), [(DeliveryState.DELIVERED, "delivered"), (DeliveryState.PENDING, "superseded")]
)
def test_what_was_superseded_on_its_way_is_told_truly(store: SqlStore, outcome: DeliveryState, kept: str) -> None:
    store.append(event(1), owed("web", supersede=True))
    (one,) = claim(store)
    store.append(event(1, revision=2), owed("web", supersede=True))
    store.settle([Settlement(one, outcome, due=NOON)], NOON)
    delivery = store.delivery(one)
    assert delivery is not None
    assert delivery.state == kept


def test_a_dead_letter_can_be_driven_again_and_nothing_else(store: SqlStore) -> None:
    store.append_many([(event(n), owed("web")) for n in (1, 2, 3)])
    dead, expired, done = claim(store)
    states = (DeliveryState.DEAD, DeliveryState.EXPIRED, DeliveryState.DELIVERED)
    store.settle([Settlement(i, s, "no") for i, s in zip((dead, expired, done), states, strict=True)], NOON)
    assert store.redrive([dead, expired, done, 999], NOON + HOUR) == 1
    again = store.delivery(dead)
    assert again is not None
    assert (again.state, again.attempts, again.answer) == (DeliveryState.PENDING, 0, "no")
    assert claim(store, after=HOUR) == [dead]


def test_deliveries_are_listed_by_sink_and_state(store: SqlStore) -> None:
    store.append_many([(event(n), owed("web", "file")) for n in (1, 2)])
    (one,) = claim(store, limit=1)
    store.settle([Settlement(one, DeliveryState.DEAD)], NOON)
    assert [d.id for d in store.deliveries(sink="web", state=DeliveryState.DEAD)] == [one]
    assert len(store.deliveries(sink="file")) == 2
    assert len(store.deliveries(limit=3)) == 3
    of_one = store.deliveries(event=event(1).id)
    assert of_one
    assert {d.event.id for d in of_one} == {event(1).id}
    assert len(of_one) < len(store.deliveries())
    assert store.deliveries(event=event(99).id) == []
    assert store.delivery(999) is None


def test_expiry_is_kept_with_the_delivery(store: SqlStore) -> None:
    store.append(event(1), [NewDelivery("web", NOON, NOON + HOUR)])
    assert [d.expires for d in store.claim("web", 1, 60, NOON)] == [NOON + HOUR]


# -- retention ------------------------------------------------------------------------------------------------------


def test_a_sweep_takes_old_events_with_their_deliveries(store: SqlStore) -> None:
    store.append_many([(event(n), owed("web")) for n in (1, 2, 3)])
    store.settle([Settlement(one, DeliveryState.DELIVERED) for one in claim(store)], NOON)
    assert store.sweep(NOON + timedelta(seconds=3)) == 2
    assert [s.event for s in store.events(EventQuery())] == [event(3)]
    assert len(store.deliveries()) == 1


def test_a_sweep_leaves_what_is_still_owed(store: SqlStore) -> None:
    store.append(event(1), owed("web"))
    assert store.sweep(NOON + HOUR) == 0
    assert store.pending() == {"web": 1}


def test_a_sweep_waits_only_for_sinks_that_are_there(store: SqlStore) -> None:
    store.append_many([(event(1), owed("web")), (event(2), owed("gone")), (event(3), owed("web", "gone"))])
    assert store.sweep(NOON + HOUR, {"web"}) == 1
    assert store.pending() == {"web": 2, "gone": 1}
    assert store.sweep(NOON + HOUR, []) == 2


def test_deliveries_come_in_pages(store: SqlStore) -> None:
    store.append_many([(event(n), owed("web")) for n in (1, 2, 3)])
    first = store.deliveries(limit=2)
    assert [one.event for one in first] == [event(3), event(2)]
    assert [one.event for one in store.deliveries(before=first[-1].id)] == [event(1)]


def test_a_connection_in_use_while_the_log_is_closed_is_closed_when_it_comes_back(store: SqlStore) -> None:
    with store.database.read() as connection:
        driver: Any = connection.connection.driver_connection
        store.close()
        assert connection.scalar(text("SELECT 1")) == 1
    with pytest.raises(Exception, match=r"(?i)closed"):
        driver.execute("SELECT 1")


def test_a_log_whose_connections_are_all_taken_says_so(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store.database._engine.pool, "_timeout", 0.01)
    with ExitStack() as taken:
        for _ in range(15):
            taken.enter_context(store.database._engine.connect())
        with pytest.raises(StoreError):
            store.last_cursor()


def test_a_cursor_is_never_given_twice(store: SqlStore) -> None:
    last = store.append(event(1), [])
    store.sweep(NOON + HOUR)
    following = store.append(event(2), [])
    assert last is not None
    assert following is not None
    assert following > last


def test_a_picture_is_referenced_while_an_event_shows_it(store: SqlStore) -> None:
    store.append(event(1, images={"frame": "aa", "plate": "bb"}), [])
    store.append(replace(event(7200), images={"frame": "bb"}), [])
    assert store.referenced(["aa", "bb", "cc"]) == {"aa", "bb"}
    store.sweep(NOON + HOUR)
    assert store.referenced(["aa", "bb", "cc"]) == {"bb"}


def words(store: SqlStore) -> set[str]:
    with store.database.read() as connection:
        return set(connection.scalars(select(texts.c.text)))


def test_a_text_is_forgotten_with_the_last_that_is_found_by_it(store: SqlStore) -> None:
    store.append_many([(event(1, "AA"), []), (event(2, "BB"), []), (event(2, "CC", revision=2), [])])
    store.append_many([(event(7200, "AA"), []), (event(7200, "DD", revision=2), [])])
    assert words(store) == {"AA", "BB", "CC", "DD"}
    assert store.sweep(NOON + HOUR) == 3
    assert words(store) == {"AA", "DD"}
    store.sweep(NOON + 3 * HOUR)
    assert words(store) == set()
    with store.database.read() as connection:
        assert connection.scalars(select(passes.c.id)).all() == []
        assert connection.scalars(select(reads.c.id)).all() == []


def test_what_one_process_has_claimed_no_other_gets(store_url: str, open_log: Callable[[str], SqlStore]) -> None:
    one, other = open_log(store_url).database, open_log(store_url).database
    let_go = one.claim()
    assert let_go is not None
    assert other.claim() is None
    let_go()
    again = other.claim()
    assert again is not None
    again()


def test_deliveries_are_shown_within_what_one_may_see(store: SqlStore) -> None:
    web = [NewDelivery("web", NOON)]
    store.append_many([(event(1, camera="gate"), web), (event(2, camera="yard"), web), (event(3, site="east"), web)])
    for within, seen in (
        (Within(cameras=frozenset({"yard"})), [2]),
        (Within(sites=frozenset({"yard"})), [2, 1]),
        (Within(cameras=frozenset({"gate"}), sites=frozenset({"east"})), [3]),
        (Within(cameras=frozenset()), []),
    ):
        assert [one.event.id for one in store.deliveries(within=within)] == [event(number).id for number in seen]


def test_a_tidy_log_finds_what_it_found(store: SqlStore) -> None:
    store.append_many([(event(number), []) for number in range(1, 50)])
    before = store.events(EventQuery())
    store.database.tidy()
    assert store.events(EventQuery()) == before
