"""Words of time are one stretch of it, in the zone of whoever asks."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from marque.services.phrase import Phrase, understand
from marque.services.times import Here

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 21, 13, 30, 12, tzinfo=UTC)
"""Saturday, 14:30 in Berlin"""


def asked(text: str, now: datetime = NOW, zone: ZoneInfo = BERLIN) -> Phrase:
    return understand(text, {}, Here.at(now, zone))


def local(time: datetime | None) -> str:
    return "" if time is None else f"{time.astimezone(BERLIN):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("today", "2026-11-21 00:00", "2026-11-22 00:00"),
        ("yesterday", "2026-11-20 00:00", "2026-11-21 00:00"),
        ("yesterday 8-9", "2026-11-20 08:00", "2026-11-20 09:00"),
        ("8-9 yesterday", "2026-11-20 08:00", "2026-11-20 09:00"),
        ("yesterday 8:15-9:45", "2026-11-20 08:15", "2026-11-20 09:45"),
        ("yesterday 18", "2026-11-20 18:00", "2026-11-20 19:00"),
        ("yesterday at 8pm", "2026-11-20 20:00", "2026-11-20 21:00"),
        ("yesterday 8:17", "2026-11-20 08:12", "2026-11-20 08:22"),
        ("yesterday morning", "2026-11-20 06:00", "2026-11-20 12:00"),
        ("yesterday 22-6", "2026-11-20 22:00", "2026-11-21 06:00"),
        ("8-9", "2026-11-21 08:00", "2026-11-21 09:00"),
        ("18-19", "2026-11-20 18:00", "2026-11-20 19:00"),
        ("2-4pm", "2026-11-21 14:00", "2026-11-21 16:00"),
        ("9-10 am", "2026-11-21 09:00", "2026-11-21 10:00"),
        ("from 8 to 9", "2026-11-21 08:00", "2026-11-21 09:00"),
        ("between 8 and 9:30", "2026-11-21 08:00", "2026-11-21 09:30"),
        ("8-24", "2026-11-21 08:00", "2026-11-22 00:00"),
        ("monday", "2026-11-16 00:00", "2026-11-17 00:00"),
        ("saturday", "2026-11-21 00:00", "2026-11-22 00:00"),
        ("last saturday", "2026-11-14 00:00", "2026-11-15 00:00"),
        ("on fri", "2026-11-20 00:00", "2026-11-21 00:00"),
        ("monday-wednesday", "2026-11-16 00:00", "2026-11-19 00:00"),
        ("friday to monday", "2026-11-13 00:00", "2026-11-17 00:00"),
        ("14.11.", "2026-11-14 00:00", "2026-11-15 00:00"),
        ("14.11", "2026-11-14 00:00", "2026-11-15 00:00"),
        ("24.12.", "2025-12-24 00:00", "2025-12-25 00:00"),
        ("14.11.25", "2025-11-14 00:00", "2025-11-15 00:00"),
        ("29.2.", "2024-02-29 00:00", "2024-03-01 00:00"),
        ("14.11.-16.11.", "2026-11-14 00:00", "2026-11-17 00:00"),
        ("14 nov", "2026-11-14 00:00", "2026-11-15 00:00"),
        ("November 14, 2025", "2025-11-14 00:00", "2025-11-15 00:00"),
        ("november", "2026-11-01 00:00", "2026-12-01 00:00"),
        ("in december", "2025-12-01 00:00", "2026-01-01 00:00"),
        ("2026-11-14", "2026-11-14 00:00", "2026-11-15 00:00"),
        ("2026-11-14 18:00-19:30", "2026-11-14 18:00", "2026-11-14 19:30"),
        ("2026-11-14 18:00 - 2026-11-15 06:00", "2026-11-14 18:00", "2026-11-15 06:00"),
        ("this week", "2026-11-16 00:00", "2026-11-23 00:00"),
        ("last week", "2026-11-09 00:00", "2026-11-16 00:00"),
        ("this month", "2026-11-01 00:00", "2026-12-01 00:00"),
        ("last month", "2026-10-01 00:00", "2026-11-01 00:00"),
        ("last year", "2025-01-01 00:00", "2026-01-01 00:00"),
        ("weekend", "2026-11-21 00:00", "2026-11-23 00:00"),
        ("last night", "2026-11-20 22:00", "2026-11-21 06:00"),
        ("tonight", "2026-11-21 22:00", "2026-11-22 06:00"),
        ("this morning", "2026-11-21 06:00", "2026-11-21 12:00"),
        ("last 2 hours", "2026-11-21 12:30", ""),
        ("last hour", "2026-11-21 13:30", ""),
        ("last 30min", "2026-11-21 14:00", ""),
        ("past 7 days", "2026-11-14 14:30", ""),
        ("last 3 months", "2026-08-21 14:30", ""),
        ("2 hours ago", "2026-11-21 12:30", ""),
        ("before 2 hours ago", "", "2026-11-21 12:30"),
        ("since 9", "2026-11-21 09:00", ""),
        ("since 18:00", "2026-11-20 18:00", ""),
        ("since yesterday", "2026-11-20 00:00", ""),
        ("since 9 yesterday", "2026-11-20 09:00", ""),
        ("since yesterday 18:00 until 9", "2026-11-20 18:00", "2026-11-21 09:00"),
        ("since 9 before noon", "2026-11-21 09:00", "2026-11-21 12:00"),
        ("before noon", "2026-11-21 00:00", "2026-11-21 12:00"),
        ("yesterday before noon", "2026-11-20 00:00", "2026-11-20 12:00"),
        ("yesterday since 9", "2026-11-20 09:00", "2026-11-21 00:00"),
        ("before monday", "", "2026-11-16 00:00"),
        ("until monday", "", "2026-11-17 00:00"),
        ("after monday", "2026-11-17 00:00", ""),
        ("gestern 8-9", "2026-11-20 08:00", "2026-11-20 09:00"),
        ("letzte 2 Stunden", "2026-11-21 12:30", ""),
        ("seit Montag", "2026-11-16 00:00", ""),
        ("letzte Nacht", "2026-11-20 22:00", "2026-11-21 06:00"),
        ("14. März", "2026-03-14 00:00", "2026-03-15 00:00"),
        ("gestern 18 Uhr", "2026-11-20 18:00", "2026-11-20 19:00"),
    ],
)
def test_it_is_this_stretch(text: str, since: str, until: str) -> None:
    found = asked(text)
    assert [part.problem for part in found.parts] == [""] * len(found.parts)
    assert {part.kind for part in found.parts} == {"time"}
    assert (local(found.query.since), local(found.query.until)) == (since, until)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("yesterday 8-9", "Fri 20 Nov, 08:00\u201309:00"),
        ("yesterday", "Fri 20 Nov"),
        ("24.12.", "Wed 24 Dec 2025"),
        ("last night", "Fri 20 Nov, 22:00 \u2013 Sat 21 Nov, 06:00"),
        ("this week", "Mon 16 Nov \u2013 Sun 22 Nov"),
        ("since 9", "since Sat 21 Nov, 09:00"),
        ("before monday", "before Mon 16 Nov"),
        ("8-24", "Sat 21 Nov, 08:00\u201324:00"),
    ],
)
def test_it_is_told_as_people_write_it(text: str, meaning: str) -> None:
    assert [part.meaning for part in asked(text).parts] == [meaning]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("8-9 17-18", "one time at a time"),
        ("today last 2 hours", "one time at a time"),
        ("monday-friday 8-9", "hours are looked for on one day"),
        ("since today before yesterday", "this ends before it begins"),
    ],
)
def test_what_does_not_go_together_is_said_to_be_so(text: str, why: str) -> None:
    assert why in [part.problem for part in asked(text).parts]


@pytest.mark.parametrize("text", ["31.2.", "25-26", "99:99", "2026-13-45", "SUN 123", "0000-01-01", "9999-12-31"])
def test_what_is_no_time_is_not_taken_for_one(text: str) -> None:
    assert "time" not in {part.kind for part in asked(text).parts}


def test_the_day_on_which_clocks_change_is_as_long_as_it_is() -> None:
    found = asked("25.10.").query
    assert found.since
    assert found.until
    assert (found.until - found.since).total_seconds() == 25 * 3600


def test_today_is_the_day_where_one_asks() -> None:
    late = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    assert local(asked("today", late).query.since) == "2026-11-22 00:00"
    assert asked("today", late, ZoneInfo("UTC")).query.since == datetime(2026, 11, 21, tzinfo=UTC)
