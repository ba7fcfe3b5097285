"""A year of made-up passes: plates of many regions, regulars and strangers, rush hours, and what is misread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

YEAR_END = datetime(2026, 11, 1, tzinfo=UTC)
YEAR_BEGIN = YEAR_END - timedelta(days=365)
CHUNK = 50_000
REGULARS = 0.15
"""share of the vehicles that make 70 % of the passes"""
MISREAD, DOUBTED = 0.04, 0.10
"""shares of passes whose text is wrong in one character, and that have another text as a candidate"""
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
PATTERNS = (
    ("gb", "@@##@@@", 30), ("de", "B@####", 4), ("de", "HH@@###", 4), ("de", "M@@####", 6), ("de", "K@####", 3),
    ("fr", "@@###@@", 12), ("it", "@@###@@", 6), ("es", "####@@@", 8), ("pl", "W@#####", 3), ("pl", "KR###@@", 3),
    ("nl", "@@###@", 5), ("be", "1@@@###", 3), ("cz", "#@#####", 3), ("at", "W#####@", 2), ("ch", "ZH######", 2),
    ("se", "@@@###", 2), ("us-ca", "#@@@###", 2), ("tr", "34@@@##", 2),
)  # fmt: skip
TYPES = np.array(["car", "van", "truck", "bus", "motorcycle"])
TYPE_SHARES = (0.74, 0.13, 0.09, 0.01, 0.03)
COLORS = np.array(["white", "black", "grey", "silver", "blue", "red", "green", "brown", "yellow", "orange", "beige"])
COLOR_SHARES = (0.24, 0.22, 0.2, 0.1, 0.1, 0.06, 0.02, 0.02, 0.02, 0.01, 0.01)
MAKES = np.array(
    ["vw", "ford", "opel", "bmw", "audi", "mercedes", "toyota", "renault", "peugeot", "skoda", "fiat", "kia"]
)
DIRECTIONS = np.array(["approaching", "receding", "unknown"])
MIXED_UP = dict(zip("0O18B5S2ZG6MNWVDT4AHC", "OOIB8S5Z266NMVY01A4MG", strict=True)) | {"O": "0", "G": "6", "6": "G"}
BY_HOUR = np.array([1, 1, 1, 1, 2, 5, 12, 22, 20, 14, 12, 12, 13, 13, 14, 17, 21, 22, 16, 10, 7, 5, 3, 2], float)

Words = NDArray[np.str_]


class Pass(NamedTuple):
    """One pass, its newest revision, and the other text that its net held possible; times as ISO 8601 in UTC."""

    number: int
    id: str
    first_seen: str
    last_seen: str
    camera: str
    site: str
    zone: str | None
    direction: str
    region: str | None
    confidence: float
    event_class: str
    text: str
    other: str | None
    type: str
    color: str
    make: str
    corrected: bool


@dataclass(frozen=True)
class Fleet:
    """Every vehicle of the year, regulars first; ``wrong``: how each plate is read when it is misread."""

    plates: Words
    wrong: Words
    regions: Words
    types: Words
    colors: Words
    makes: Words


def fleet(vehicles: int, seed: int = 1) -> Fleet:
    """Distinct plates; those of one pattern are drawn from all that it allows."""
    rng = np.random.default_rng(seed)
    weights = np.array([weight for _, _, weight in PATTERNS], float)
    kinds = rng.choice(len(PATTERNS), vehicles, p=weights / weights.sum())
    plates, regions = np.empty(vehicles, "<U8"), np.empty(vehicles, "<U5")
    for kind, (region, pattern, _) in enumerate(PATTERNS):
        mine = np.flatnonzero(kinds == kind)
        plates[mine], regions[mine] = _plates(rng, pattern, len(mine)), region
    places = rng.integers(0, 8, vehicles).tolist()
    return Fleet(
        plates,
        np.array([misread(plate, at) for plate, at in zip(plates.tolist(), places, strict=True)]),
        regions,
        rng.choice(TYPES, vehicles, p=TYPE_SHARES),
        rng.choice(COLORS, vehicles, p=COLOR_SHARES),
        rng.choice(MAKES, vehicles),
    )


def _plates(rng: np.random.Generator, pattern: str, count: int) -> Words:
    sets = {"@": LETTERS, "#": "0123456789"}
    columns = [rng.choice(np.array(list(sets.get(char, char))), count) for char in pattern]
    found = columns[0].astype("<U8")
    for column in columns[1:]:
        found = np.char.add(found, column)
    return found


def passes(rows: int, cars: Fleet, seed: int = 2, cameras: int = 50) -> Iterator[list[Pass]]:
    """So many passes, oldest first, many at a time."""
    rng = np.random.default_rng(seed)
    times = _times(rng, rows)
    place = 1.0 / np.arange(1, cameras + 1) ** 0.5
    share = place / place.sum()
    for start in range(0, rows, CHUNK):
        yield _chunk(rng, cars, times[start : start + CHUNK], start, share)


def _times(rng: np.random.Generator, rows: int) -> NDArray[np.int64]:
    """Milliseconds since 1970, in order."""
    hours = np.tile(BY_HOUR, 365).cumsum()
    hours = np.concatenate([[0.0], hours / hours[-1]])
    seconds = np.interp(np.sort(rng.random(rows)), hours, 3600.0 * np.arange(len(hours)))
    begin = round(YEAR_BEGIN.timestamp() * 1000)
    return np.asarray(begin + 1000 * seconds, np.int64)


def _chunk(
    rng: np.random.Generator, cars: Fleet, times: NDArray[np.int64], start: int, share: NDArray[np.float64]
) -> list[Pass]:
    n, regulars = len(times), int(REGULARS * len(cars.plates))
    strangers = rng.integers(0, len(cars.plates), n)
    who = np.where(rng.random(n) < 0.7, (regulars * rng.random(n) ** 2.2).astype(int), strangers)
    where = rng.choice(len(share), n, p=share)
    luck, kind = rng.random(n), rng.random(n)
    wrong = luck < MISREAD
    text = np.where(wrong, cars.wrong[who], cars.plates[who])
    other = np.where(wrong, cars.plates[who], cars.wrong[who])
    doubted = (luck < MISREAD / 2) | (luck > 1 - DOUBTED)
    ids = [f"{ms >> 16:08x}-{ms & 0xFFFF:04x}-7000-8000-{n:012x}" for n, ms in enumerate(times.tolist(), start + 1)]
    columns: list[list[Any]] = [
        list(range(start + 1, start + n + 1)),
        ids,
        _iso(times),
        _iso(times + rng.integers(1, 9000, n)),
        np.char.add("cam-", np.char.zfill(where.astype(str), 2)).tolist(),
        np.char.add("site-", np.char.zfill((where % 12).astype(str), 2)).tolist(),
        ["entry" if chance < 0.1 else None for chance in rng.random(n).tolist()],
        DIRECTIONS[rng.integers(0, 3, n)].tolist(),
        _where(kind < 0.92, cars.regions[who]),
        np.round(1 - rng.beta(1.2, 9, n), 3).tolist(),
        np.where(kind < 0.03, "quarantine", "normal").tolist(),
        text.tolist(),
        _where(doubted, other),
        cars.types[who].tolist(),
        cars.colors[who].tolist(),
        cars.makes[who].tolist(),
        ((kind > 0.5) & (kind < 0.501)).tolist(),
    ]
    return [Pass._make(row) for row in zip(*columns, strict=True)]


def _where(there: NDArray[np.bool_], words: Words) -> list[str | None]:
    return [word if has else None for word, has in zip(words.tolist(), there.tolist(), strict=True)]


def _iso(times: NDArray[np.int64]) -> list[str]:
    return [f"{time}Z" for time in np.datetime_as_string(times.astype("M8[ms]")).tolist()]


def misread(plate: str, at: int) -> str:
    """The plate with one character, near place ``at``, read as recognisers do."""
    for step in range(len(plate)):
        place = (at + step) % len(plate)
        if plate[place] in MIXED_UP:
            return plate[:place] + MIXED_UP[plate[place]] + plate[place + 1 :]
    return plate[1:]
