"""Writers at 500 events/s while 20 clients page, search, count and stream: errors, times per kind, memory over time.

    python bench/concurrency.py [--seconds 300] [--database sqlite|postgresql|both] [--rate 500]

The server runs in a process of its own, filled with some days of reads first; its writer hands events to the log as an
edge does, some at a time. Both databases sync every commit to disk, as they do in service. Streams must hear all that
that was written while they listened. ``cores`` is who kept the processors busy: the clients, which run on the same
machine and look into what they hear no further than they must; ``else`` is PostgreSQL, and what other work there is.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import re
import subprocess
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

import httpx  # noqa: E402
import psutil  # noqa: E402
from websockets.sync.client import connect  # noqa: E402

import report  # noqa: E402
from event_samples import event, plate  # noqa: E402
from marque.app import Marque  # noqa: E402
from marque.config import Settings  # noqa: E402
from marque.telemetry import setup_logs  # noqa: E402
from marque.types import PlateEvent  # noqa: E402
from servers import postgres_server  # noqa: E402

CAMERAS = [f"camera-{n}" for n in range(20)]
PLATES = [f"{a}{b}{n:02d}{c}BC" for a in "AB8" for b in "CDG" for n in range(100) for c in "XYZ"]
BATCH = 50
PAGERS, SEARCHERS, COUNTERS, SSE, SOCKETS = 6, 5, 1, 5, 3
"""clients of each kind: 20"""
NEXT = re.compile(rb'"next":"([^"]+)"')
HEARD = re.compile(rb'^id: ([0-9]+)\n(?:event: (?!dropped)[a-z]+\n)?(?:data: .*?"time": ?"([^"]+)")?', re.MULTILINE)
ITEM = re.compile(r'{"cursor":([0-9]+),"event":.*?"time": ?"([^"]+)"')
EVERY = 5.0
"""seconds between two looks at the server's memory"""


def passing(when: datetime) -> PlateEvent:
    """A pass of some plate at some camera."""
    text = random.choice(PLATES)
    one = event(id=str(uuid.uuid4()), camera=random.choice(CAMERAS))
    return replace(one, time=when, first_seen=when, last_seen=when, read=plate(text))


# -- the server's process ----------------------------------------------------------------------------------------------


def serve(folder: str, database: str, rate: float, filled: int) -> None:
    """Serve and write until stdin ends, then tell what was written."""
    setup_logs("warning")
    chosen = {"storage": {"folder": folder, "database": database}, "server": {"port": 0}, "site": "bench"}
    with Marque(Settings.model_validate(chosen)) as marque:
        fill(marque, filled)
        assert marque.server
        stop, wrote = Event(), Wrote()
        writer = Thread(target=write, args=(marque, rate, stop, wrote))
        tell({"url": marque.server.url})
        sys.stdin.readline()
        writer.start()
        sys.stdin.readline()
        stop.set()
        writer.join()
        time.sleep(3)  # for the streams to hear the last ones
        last = marque.store.last_cursor()
        tell({"written": wrote.count, "errors": wrote.errors, "last": last, "behind_s": round(wrote.behind, 2)})
        sys.stdin.readline()


def tell(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def fill(marque: Marque, many: int) -> None:
    now = datetime.now(UTC)
    for start in range(0, many, 1000):
        times = [now - timedelta(seconds=5 * (many - start - n)) for n in range(1000)]
        marque.store.append_many([(passing(when), ()) for when in times])


@dataclass
class Wrote:
    """``behind``: most seconds that the writer was late."""

    count: int = 0
    errors: int = 0
    behind: float = 0.0


def write(marque: Marque, rate: float, stop: Event, wrote: Wrote) -> None:
    start, asked = time.monotonic(), 0
    while not stop.is_set():
        late = time.monotonic() - start - asked / rate
        if late < 0:
            stop.wait(-late)
            continue
        wrote.behind = max(wrote.behind, late)
        asked += BATCH
        try:
            cursors = marque.store.append_many([(passing(datetime.now(UTC)), ()) for _ in range(BATCH)])
            marque.bell.ring(max(cursor for cursor in cursors if cursor))
            wrote.count += BATCH
        except Exception as error:  # noqa: BLE001 - counted, whatever it is
            wrote.errors += 1
            sys.stderr.write(f"{error!r}\n")


# -- the clients -------------------------------------------------------------------------------------------------------


@dataclass
class Seen:
    """What the clients met: milliseconds by kind, errors by kind, and the cursors that each stream heard."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    heard: list[list[int]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def add(self, kind: str, seconds: float) -> None:
        with self.lock:
            self.times[kind].append(1000 * seconds)


def ask(url: str, seen: Seen, stop: Event, next_one: Callable[[Any], tuple[str, str]]) -> None:
    """One client that asks one question after the other, as people do: with a pause."""
    answer: Any = None
    with httpx.Client(base_url=url, timeout=30) as client:
        while not stop.is_set():
            kind, path = next_one(answer)
            start = time.perf_counter()
            try:
                response = client.get(path)
                response.raise_for_status()
                answer = NEXT.search(response.content, max(0, len(response.content) - 500))
                seen.add(kind, time.perf_counter() - start)
            except (httpx.HTTPError, ValueError) as error:
                seen.errors[kind].append(repr(error)[:300])
                answer = None
            stop.wait(0.1)


def page(answer: Any) -> tuple[str, str]:
    """Page after page of reads, twenty deep, then from the front."""
    if answer and random.random() > 0.05:
        return "page of reads, deeper", f"/v1/reads?limit=50&page={answer[1].decode()}"
    return random.choice(
        [
            ("page of reads", "/v1/reads?limit=50"),
            ("page of reads of a camera", f"/v1/reads?limit=50&camera={random.choice(CAMERAS)}"),
            ("page of events", "/v1/events?limit=50"),
        ]
    )


def search(_answer: Any) -> tuple[str, str]:
    text = random.choice(PLATES)
    match, asked = random.choice(
        [("exact", text), ("prefix", text[:4]), ("wildcard", f"{text[:2]}??{text[4]}*"), ("fuzzy", text)]
    )
    return f"search {match}", f"/v1/reads?limit=20&match={match}&plate={asked.replace('?', '%3F')}"


def count(_answer: Any) -> tuple[str, str]:
    return random.choice(
        [
            ("count by hour", "/v1/analytics/counts?by=hour&tz=Europe/Berlin"),
            ("count by camera", "/v1/analytics/counts?by=camera"),
            ("top plates", "/v1/analytics/plates?limit=20"),
        ]
    )


def follow_sse(url: str, seen: Seen, stop: Event) -> None:
    with httpx.stream("GET", f"{url}/v1/stream", timeout=30) as answer:
        hear(seen, stop, sse_entries(answer))


def sse_entries(answer: httpx.Response) -> Iterator[list[tuple[int, str]]]:
    rest = b""
    for some in answer.iter_raw():
        whole, end, rest = (rest + some).rpartition(b"\n\n")
        if b"event: dropped" in whole:
            raise ValueError("dropped")
        found = HEARD.findall(whole + end)
        yield [(int(cursor), when.decode()) for cursor, when in found if when]


def follow_socket(url: str, seen: Seen, stop: Event) -> None:
    with connect(f"{url.replace('http:', 'ws:')}/v1/live", max_size=2**24) as socket:
        hear(seen, stop, socket_entries(socket))


def socket_entries(socket: Any) -> Iterator[list[tuple[int, str]]]:
    while True:
        message = socket.recv(timeout=30)
        if message.startswith('{"type":"dropped"'):
            raise ValueError(message)
        yield [(int(cursor), when) for cursor, when in ITEM.findall(message)]


def hear(seen: Seen, stop: Event, batches: Iterator[list[tuple[int, str]]]) -> None:
    heard: list[int] = []
    seen.heard.append(heard)
    for batch in batches:
        now = time.time()
        heard += [cursor for cursor, _ in batch]
        for _, when in batch:
            seen.add("stream: read to heard", now - datetime.fromisoformat(when).timestamp())
        if stop.is_set():
            return


def listen(kind: str, follow: Callable[[str, Seen, Event], None], url: str, seen: Seen, stop: Event) -> None:
    try:
        follow(url, seen, stop)
    except Exception as error:  # noqa: BLE001 - counted, whatever it is
        if not stop.is_set():
            seen.errors[kind].append(repr(error)[:300])


# -- a run -------------------------------------------------------------------------------------------------------------


def measure(database: str, folder: str, options: argparse.Namespace) -> dict[str, Any]:
    words = [
        sys.executable,
        __file__,
        "--serve",
        folder,
        "--url",
        database,
        "--rate",
        str(options.rate),
        "--filled",
        str(options.filled),
    ]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        try:
            return _measured(server, options.seconds)
        finally:
            with contextlib.suppress(BrokenPipeError):
                server.communicate("\n\n\n", timeout=60)


def _measured(server: subprocess.Popen[str], seconds: float) -> dict[str, Any]:
    assert server.stdin
    assert server.stdout
    url = json.loads(server.stdout.readline())["url"]
    seen, asking, hearing = Seen(), Event(), Event()
    clients = [Thread(target=ask, args=(url, seen, asking, kind), daemon=True) for kind, many in
               ((page, PAGERS), (search, SEARCHERS), (count, COUNTERS)) for _ in range(many)]  # fmt: skip
    streams = [Thread(target=listen, args=(name, kind, url, seen, hearing), daemon=True) for name, kind, many in
               (("sse", follow_sse, SSE), ("websocket", follow_socket, SOCKETS)) for _ in range(many)]  # fmt: skip
    for one in streams:
        one.start()
    time.sleep(2)
    first = httpx.get(f"{url}/v1/events?limit=1").json()["events"][0]["cursor"]
    server.stdin.write("go\n")
    server.stdin.flush()
    for one in clients:
        one.start()
    process = psutil.Process(server.pid)
    before = busy(process)
    memory = watch(process, seconds)
    cores = {who: round((now - before[who]) / seconds, 2) for who, now in busy(process).items()}
    asking.set()
    server.stdin.write("stop\n")
    server.stdin.flush()
    wrote = json.loads(server.stdout.readline())
    time.sleep(1)
    hearing.set()
    whole = [heard == sorted(set(heard)) and len(heard) == wrote["written"] for heard in seen.heard]
    return {
        "seconds": seconds,
        "clients": len(clients) + len(streams),
        "written_per_s": round(wrote["written"] / seconds, 1),
        "cores": cores,
        "writer_late_s": wrote["behind_s"],
        "errors": {"writer": wrote["errors"], **{kind: found[:3] for kind, found in seen.errors.items()}},
        "streams": {"listeners": len(streams), "heard_everything": sum(whole), "from": first, "to": wrote["last"]},
        "ms": {k: {"count": len(v), **report.spread(v)} for k, v in sorted(seen.times.items())},
        "rss_mb": memory,
    }


def busy(server: psutil.Process) -> dict[str, float]:
    """Seconds that these have computed so far."""
    all_of_it = psutil.cpu_times()
    found = {"server": sum(server.cpu_times()[:2]), "clients": time.process_time()}
    return found | {"else": sum(all_of_it) - all_of_it.idle - all_of_it.iowait - sum(found.values())}


def watch(process: psutil.Process, seconds: float) -> list[float]:
    """The server's memory, every few seconds."""
    until, found = time.monotonic() + seconds, list[float]()
    while time.monotonic() < until:
        found.append(round(process.memory_info().rss / 2**20, 1))
        time.sleep(min(EVERY, max(0.0, until - time.monotonic())))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--rate", type=float, default=500.0)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--filled", type=int, default=50_000, help="passes that are there before, in thousands")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.url, options.rate, options.filled)
        return
    results: dict[str, Any] = {}
    if options.database != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            results["sqlite"] = measure(f"sqlite:///{folder}/log.db", folder, options)
    if options.database != "sqlite":
        with tempfile.TemporaryDirectory() as folder, postgres_server(durable=True) as url:
            results["postgresql"] = measure(url, folder, options)
    report.save("concurrency", {"rate": options.rate, "filled": options.filled, **results})


if __name__ == "__main__":
    main()
