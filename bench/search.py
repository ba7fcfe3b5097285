"""Milliseconds of a page of passes for each kind of question: 10 million passes in PostgreSQL, 1 million in SQLite.

    python bench/search.py [--rows 10000000] [--sqlite-rows 1000000] [--questions 100] [--keep FOLDER]

A year of 50 cameras is made up and loaded first (minutes); with ``--keep`` both databases stay in that folder and the
next run takes them from there. What is timed is all that the index of passes does for one page of 50: the SQL, and
events made of the rows. Each kind is asked with new random parameters every time, after a few that do not count.
Beside the time that passed stands the processor's time, of this process and of the database's: on a busy machine that
is nearer to what a quiet one takes.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from sqlalchemy import event, func, select

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

import report  # noqa: E402
import search_data as data  # noqa: E402
from marque.queries import ReadQuery  # noqa: E402
from marque.store.database import Database, open_database  # noqa: E402
from marque.store.places import Place  # noqa: E402
from marque.store.reads import SqlReads  # noqa: E402
from marque.store.tables import reads, texts  # noqa: E402
from search_load import load_postgresql, load_sqlite  # noqa: E402
from servers import postgres_server  # noqa: E402

SETTINGS = {
    "shared_buffers": "2GB", "effective_cache_size": "8GB", "random_page_cost": "1.1", "wal_level": "minimal",
    "max_wal_senders": "0", "max_wal_size": "8GB", "checkpoint_timeout": "1h", "jit": "off",
}  # fmt: skip
WARM = 5
PLAN_LINES = 14
TARGETS = {"postgresql": 50.0, "sqlite": 150.0}
"""p95 in milliseconds"""

Draw = Callable[["Chance"], ReadQuery]


class Chance:
    """Random parameters: plates of the year's vehicles, times of the year."""

    def __init__(self, cars: data.Fleet, seed: int) -> None:
        self.rng = random.Random(seed)
        self._plates = cars.plates

    def plate(self) -> str:
        """Of a regular or a stranger."""
        count = len(self._plates)
        regular = self.rng.random() < 0.5
        return str(self._plates[self.rng.randrange(int(count * data.REGULARS) if regular else count)])

    def misread(self, edits: int = 1) -> str:
        """A plate as a witness or a recogniser gets it wrong."""
        text = self.plate()
        for _ in range(edits):
            at = self.rng.randrange(len(text))
            change = self.rng.choice(("mixed", "other", "lost", "more"))
            other = self.rng.choice(data.LETTERS)
            text = {
                "mixed": data.misread(text, at),
                "other": text[:at] + other + text[at + 1 :],
                "lost": text[:at] + text[at + 1 :],
                "more": text[:at] + other + text[at:],
            }[change]
        return text

    def holes(self, count: int) -> str:
        """A plate with characters that nobody saw."""
        text = list(self.plate())
        for at in self.rng.sample(range(len(text)), count):
            text[at] = "?"
        return "".join(text)

    def camera(self) -> str:
        return f"cam-{self.rng.randrange(50):02d}"

    def time(self) -> Any:
        return data.YEAR_BEGIN + self.rng.random() * (data.YEAR_END - data.YEAR_BEGIN)

    def day(self) -> dict[str, Any]:
        since = self.time()
        return {"since": since, "until": since + timedelta(days=1)}

    def color(self) -> tuple[str]:
        return (str(self.rng.choice(data.COLORS)),)

    def make(self) -> tuple[str]:
        return (str(self.rng.choice(data.MAKES)),)

    def region(self) -> tuple[str]:
        return (self.rng.choice(data.PATTERNS)[0],)

    def deep(self, **filters: Any) -> ReadQuery:
        """A page from anywhere in the year: what is reached by paging for days."""
        return ReadQuery(page=Place(self.time(), "8").token, **filters)


KINDS: dict[str, Draw] = {
    "newest": lambda _: ReadQuery(),
    "newest, a page anywhere in the year": lambda c: c.deep(),
    "one camera": lambda c: ReadQuery(cameras=(c.camera(),)),
    "one camera, a page anywhere": lambda c: c.deep(cameras=(c.camera(),)),
    "three cameras": lambda c: ReadQuery(cameras=(c.camera(), c.camera(), c.camera())),
    "one day": lambda c: ReadQuery(**c.day()),
    "site and direction": lambda c: ReadQuery(sites=(f"site-{c.rng.randrange(12):02d}",), directions=("receding",)),
    "region": lambda c: ReadQuery(regions=c.region()),
    "region and camera": lambda c: ReadQuery(regions=c.region(), cameras=(c.camera(),)),
    "type and colour": lambda c: ReadQuery(vehicle_types=(str(c.rng.choice(data.TYPES)),), colors=c.color()),
    "make, colour and camera": lambda c: ReadQuery(makes=c.make(), colors=c.color(), cameras=(c.camera(),)),
    "quarantine": lambda _: ReadQuery(event_class="quarantine"),
    "corrected": lambda _: ReadQuery(corrected=True),
    "hardly sure, one camera": lambda c: ReadQuery(max_confidence=0.6, cameras=(c.camera(),)),
    "exact": lambda c: ReadQuery(plate=c.plate()),
    "exact, one day": lambda c: ReadQuery(plate=c.plate(), **c.day()),
    "prefix of 2": lambda c: ReadQuery(plate=c.plate()[:2], plate_match="prefix"),
    "prefix of 3": lambda c: ReadQuery(plate=c.plate()[:3], plate_match="prefix"),
    "prefix of 5": lambda c: ReadQuery(plate=c.plate()[:5], plate_match="prefix"),
    "wildcard, one unseen": lambda c: ReadQuery(plate=c.holes(1), plate_match="wildcard"),
    "wildcard, two unseen": lambda c: ReadQuery(plate=c.holes(2), plate_match="wildcard"),
    "wildcard AB?2*": lambda c: ReadQuery(plate=f"{(p := c.plate())[:2]}?{p[3]}*", plate_match="wildcard"),
    "wildcard *345": lambda c: ReadQuery(plate=f"*{c.plate()[-3:]}", plate_match="wildcard"),
    "wildcard *B12*": lambda c: ReadQuery(plate=f"*{c.plate()[2:5]}*", plate_match="wildcard"),
    "regex": lambda c: ReadQuery(plate=f"{(p := c.plate())[:3]}[{p[3]}8B].*{p[-1]}", plate_match="regex"),
    "fuzzy, the true plate": lambda c: ReadQuery(plate=c.plate(), plate_match="fuzzy"),
    "fuzzy, one character wrong": lambda c: ReadQuery(plate=c.misread(), plate_match="fuzzy"),
    "fuzzy, two characters wrong": lambda c: ReadQuery(plate=c.misread(2), plate_match="fuzzy"),
    "fuzzy, one camera": lambda c: ReadQuery(plate=c.misread(), plate_match="fuzzy", cameras=(c.camera(),)),
    "fuzzy, one day": lambda c: ReadQuery(plate=c.misread(), plate_match="fuzzy", **c.day()),
}


# -- measuring --------------------------------------------------------------------------------------------------------


def measure(database: Database, name: str, cars: data.Fleet, questions: int) -> dict[str, Any]:
    """Every kind of question to one database, with the plans of one of each."""
    index, busy = SqlReads(database), _busy(database)
    found = {
        kind: timed(busy, index.page, draw, Chance(cars, number), questions)
        for number, (kind, draw) in enumerate(KINDS.items())
    }
    for kind in ("newest", "one camera", "fuzzy, one character wrong"):
        chance = Chance(cars, 99)
        found[f"tally: {kind}"] = timed(busy, index.tally, KINDS[kind], chance, max(3, questions // 5))
        found[f"facets: {kind}"] = timed(busy, index.facets, KINDS[kind], chance, max(3, questions // 5))
    with database.read() as connection:
        counts = {table.name: connection.scalar(select(func.count()).select_from(table)) for table in (reads, texts)}
        size = _size(connection)
    plans = {kind: plan(database, index, draw(Chance(cars, 7))) for kind, draw in KINDS.items()}
    pages = [one["p95"] for kind, one in found.items() if kind in KINDS]
    spent = [one["cpu_p95"] for kind, one in found.items() if kind in KINDS]
    return {
        "rows": counts, "gb": size, "target_p95_ms": TARGETS[name],
        "worst_p95_ms": max(pages), "worst_p95_cpu_ms": max(spent),
        "within": sum(p95 < TARGETS[name] for p95 in pages),
        "within_cpu": sum(p95 < TARGETS[name] for p95 in spent), "kinds": len(pages),
        "load": [round(load, 2) for load in os.getloadavg()], "ms": found, "plans": plans,
    }  # fmt: skip


def _size(connection: Any) -> float:
    if connection.dialect.name == "sqlite":
        size = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    else:
        size = "SELECT pg_database_size(current_database())"
    return round(float(connection.exec_driver_sql(size).scalar()) / 2**30, 2)


def _busy(database: Database) -> Callable[[], float]:
    """Milliseconds that this process and its one connection's server process have used a processor."""
    with database.read() as connection:
        if connection.dialect.name == "sqlite":
            return lambda: 1e3 * process_time()
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    schedule = Path(f"/proc/{pid}/schedstat")
    return lambda: 1e3 * process_time() + int(schedule.read_text("ascii").split()[0]) / 1e6


def timed(
    busy: Callable[[], float], ask: Callable[[ReadQuery], Any], draw: Draw, chance: Chance, questions: int
) -> dict[str, Any]:
    for _ in range(WARM):
        ask(draw(chance))
    times, cpu, rows = [], [], []
    for _ in range(questions):
        query = draw(chance)
        start, before = perf_counter(), busy()
        page = ask(query)
        times.append(1000 * (perf_counter() - start))
        cpu.append(busy() - before)
        rows.append(len(getattr(page, "reads", ())))
    used = {f"cpu_{name}": value for name, value in report.spread(cpu).items()}
    return {**report.spread(times), "max": round(max(times), 3), **used, "found": round(sum(rows) / len(rows), 1)}


def plan(database: Database, index: SqlReads, query: ReadQuery) -> list[dict[str, Any]]:
    """Each statement of one page, shortened, and how the database goes about it."""
    with database.read() as connection:
        explain = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN (COSTS OFF) "
        with told(connection.engine) as statements:
            index.page(query)
        return [
            {"sql": " ".join(sql.split())[:300], "plan": _plan(connection.exec_driver_sql(explain + sql, values).all())}
            for sql, values in statements
            if sql.startswith("SELECT") and "sqlite_master" not in sql and "pg_indexes" not in sql
        ]


def _plan(rows: Any) -> list[str]:
    lines = [str(row[-1])[:160] for row in rows]
    return lines[:PLAN_LINES] + ([f"... {len(lines) - PLAN_LINES} more lines"] if len(lines) > PLAN_LINES else [])


@contextmanager
def told(engine: Any) -> Iterator[list[tuple[str, Any]]]:
    """The statements that go to the database meanwhile."""
    heard: list[tuple[str, Any]] = []

    def hear(_: Any, __: Any, statement: str, values: Any, ___: Any, ____: bool) -> None:
        heard.append((statement, values))

    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", hear)


# -- the two databases ------------------------------------------------------------------------------------------------


def filled(database: Database) -> bool:
    with database.read() as connection:
        return connection.scalar(select(reads.c.id).limit(1)) is not None


def with_sqlite(folder: Path, rows: int, questions: int) -> dict[str, Any]:
    cars, database = data.fleet(max(1000, rows // 4)), open_database(f"sqlite:///{folder}/search-{rows}.db")
    start = perf_counter()
    try:
        if not filled(database):
            load_sqlite(database, data.passes(rows, cars))
        seconds = round(perf_counter() - start)
        return {"load_s": seconds, **measure(database, "sqlite", cars, questions)}
    finally:
        database.close()


def with_postgresql(folder: Path, rows: int, questions: int) -> dict[str, Any]:
    cars = data.fleet(max(1000, rows // 4))
    with postgres_server(durable=False, data=folder / f"postgresql-{rows}", settings=SETTINGS) as url:
        database = open_database(url)
        start = perf_counter()
        try:
            if not filled(database):
                load_postgresql(url, data.passes(rows, cars))
            seconds = round(perf_counter() - start)
            return {"load_s": seconds, **measure(database, "postgresql", cars, questions)}
        finally:
            database.close()


# -- the answer -------------------------------------------------------------------------------------------------------


def page(results: Mapping[str, Any]) -> str:
    """The result as Markdown: a table for each database, then the plans."""
    lines = ["# Searching passes", "", "Milliseconds of one page of 50 passes, with random parameters.", ""]
    for name, one in results.items():
        lines += [
            f"## {name}: {one['rows']['reads']:,} passes, {one['rows']['texts']:,} texts, {one['gb']} GB",
            "",
            f"{one['within']} of {one['kinds']} kinds of question within p95 {one['target_p95_ms']:.0f} ms,"
            f" {one['within_cpu']} by the processor's time; load average {one['load'][0]}; loaded in"
            f" {one['load_s']} s (0: it was there).",
            "",
            "| question | median | p95 | max | processor: median | p95 | found |",
            "|---|---|---|---|---|---|---|",
        ]
        for kind, ms in one["ms"].items():
            told = (ms[name] for name in ("median", "p95", "max", "cpu_median", "cpu_p95", "found"))
            lines.append(f"| {kind} | {' | '.join(map(str, told))} |")
        lines += ["", f"### How {name} goes about it", ""]
        for kind, steps in one["plans"].items():
            lines += [f"**{kind}**", ""]
            for step in steps:
                lines += ["```", step["sql"], *(f"  {line}" for line in step["plan"]), "```", ""]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000, help="passes in PostgreSQL, 0 leaves it out")
    parser.add_argument("--sqlite-rows", type=int, default=1_000_000, help="passes in SQLite, 0 leaves it out")
    parser.add_argument("--questions", type=int, default=100, help="of each kind")
    parser.add_argument("--keep", type=Path, help="a folder where the databases stay")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = options.keep or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        results = {}
        if options.sqlite_rows:
            results["sqlite"] = with_sqlite(folder, options.sqlite_rows, options.questions)
        if options.rows:
            results["postgresql"] = with_postgresql(folder, options.rows, options.questions)
    figures = {name: {key: value for key, value in one.items() if key != "plans"} for name, one in results.items()}
    kept = report.save("search", figures)
    kept.with_suffix(".md").write_text(page(results), encoding="utf-8")


if __name__ == "__main__":
    main()
