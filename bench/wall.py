"""The dashboard under load: how soon its pages answer over many reads, and whether open walls keep up with a busy road.

    python bench/wall.py [--stored 50000] [--times 40] [--walls 20] [--rate 20] [--seconds 60] [--only pages|walls]

The server runs in a process of its own and writes the reads as cameras would, each with its pictures. Pages: Chromium
opens each page once, to learn what it asks the server for; the same is then asked many times, as a browser asks: the
page first, then everything else, six at a time. ``whole`` is until the last answer has come; the pictures that answers
name come after. What a browser takes to draw is its own. Walls: one is a real Chromium tab, the others follow the
stream and fetch every new crop, in a process of their own. A read's way is measured from its append to its arrival, in
the tab to its card on the page.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

import cv2  # noqa: E402
import httpx  # noqa: E402
import numpy as np  # noqa: E402
import psutil  # noqa: E402
from playwright.sync_api import Page, Request, sync_playwright  # noqa: E402

import report  # noqa: E402
import search_data  # noqa: E402
from event_samples import event, plate  # noqa: E402
from marque.app import Marque  # noqa: E402
from marque.config import Settings  # noqa: E402
from marque.plates.render import draw_plate  # noqa: E402
from marque.telemetry import setup_logs  # noqa: E402
from marque.types import Attribute, Direction, EventClass, PlateEvent, Vehicle  # noqa: E402

BAR = 300.0
"""milliseconds within which a page is to answer"""
AT_ONCE = 6
"""requests that a browser has on the way to one server"""
ASKED = ("/v1/", "/health")
PICTURE = re.compile(r"/images/|/picture")
ENDLESS = ("/v1/stream", "/v1/live", "/mjpeg")
SETTLE = 2500
"""milliseconds that a page gets to ask for all it wants"""
LAST = 1500
"""milliseconds for the last reads to arrive"""
NOTE = """() => {
  window.arrived = [];
  const list = document.querySelector("ol.wall");
  new MutationObserver((changes) => {
    const now = Date.now();
    for (const change of changes) for (const one of change.addedNodes) window.arrived.push([one.dataset.id, now]);
  }).observe(list, { childList: true });
}"""
"""in the tab: when which card came"""
SAID = re.compile(rb'"id": ?"([^"]+)".*?"time": ?"([^"]+)"')


# -- the server's process --------------------------------------------------------------------------------------------


def serve(folder: str, stored: int, rate: float) -> None:
    """Fill the log and serve; write at each line of stdin for so many seconds as it says, and tell what was."""
    setup_logs("error")
    chosen = {"storage": {"folder": folder, "retention_days": 3660}, "server": {"port": 0}, "site": "bench"}
    with Marque(Settings.model_validate(chosen)) as marque:
        fill(marque, stored)
        assert marque.server
        tell({"url": marque.server.url})
        for line in sys.stdin:
            tell(write(marque, rate, float(line)))


def tell(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def fill(marque: Marque, many: int) -> None:
    """Made-up passes of the last 30 days; the newest hundred have pictures."""
    now = datetime.now(UTC)
    for some in search_data.passes(many, search_data.fleet(max(1000, many // 4)), cameras=20):
        made = [stored(one, now - timedelta(days=30) * (1 - one.number / many)) for one in some]
        for start in range(0, len(made), 1000):
            marque.store.append_many([(one, ()) for one in made[start : start + 1000]])
    drawn = pictures()
    for n in range(100):
        marque.log.append(passing(now - timedelta(seconds=100 - n)), drawn[n % len(drawn)])


def stored(one: search_data.Pass, when: datetime) -> PlateEvent:
    vehicle = Vehicle(type=Attribute(one.type, 0.9), color=Attribute(one.color, 0.8), make=Attribute(one.make, 0.7))
    made = event(camera=one.camera, zone=one.zone, site=one.site, direction=Direction(one.direction), vehicle=vehicle)
    read = plate(one.text, confidence=one.confidence)
    kind = EventClass(one.event_class)
    return replace(made, id=str(uuid.uuid4()), read=read, event_class=kind, time=when, first_seen=when, last_seen=when)


def pictures() -> list[dict[str, bytes]]:
    """Frames of 1280x720 with noise, as large as a camera's, and plates."""
    luck = np.random.default_rng(1)
    found = []
    for n in range(8):
        frame = cv2.GaussianBlur(luck.integers(0, 255, (720, 1280, 3), dtype=np.uint8), (9, 9), 0)
        crop = cv2.resize(draw_plate(f"AB{n}2 CDE", "gb"), (240, 56))
        shown = {"frame": frame, "plate": crop}
        found.append({name: cv2.imencode(".jpg", image)[1].tobytes() for name, image in shown.items()})
    return found


def passing(when: datetime) -> PlateEvent:
    text = f"{random.choice('ABCDE')}{random.choice('KLMNP')}{random.randrange(100):02d}XYZ"
    one = event(id=str(uuid.uuid4()), camera=f"cam-{random.randrange(20):02d}", site="site-00")
    return replace(one, time=when, first_seen=when, last_seen=when, read=plate(text))


def write(marque: Marque, rate: float, seconds: float) -> dict[str, Any]:
    """So many reads a second, at even distances; how late the writer was at most."""
    drawn, start, count, behind = pictures(), time.monotonic(), 0, 0.0
    busy = time.process_time()
    while count < rate * seconds:
        late = time.monotonic() - start - count / rate
        if late < 0:
            time.sleep(-late)
            continue
        behind = max(behind, late)
        # a crop of its own for each, as in service: nothing is answered from what was asked before
        shown = drawn[count % len(drawn)]
        marque.log.append(passing(datetime.now(UTC)), shown | {"plate": shown["plate"] + count.to_bytes(4, "big")})
        count += 1
    took = time.monotonic() - start
    share = (time.process_time() - busy) / took
    return {"written": count, "writer_late_s": round(behind, 3), "cores": round(share, 3)}


# -- pages -----------------------------------------------------------------------------------------------------------


def pages(page: Page, url: str, times: int) -> dict[str, Any]:
    """Name of a page -> how long the server took for all that it needs, in milliseconds."""
    [newest] = httpx.get(f"{url}/v1/reads?limit=1").json()["reads"]
    read = newest["event"]
    paths = {
        "live": "/",
        "search": "/search",
        "search, of yesterday": "/search?q=yesterday",
        "search, fuzzy": f"/search?q={read['plate']['text']}",
        "read": f"/reads/{read['id']}",
        "cameras": "/cameras",
        "analytics, 7 days": "/analytics?span=7d",
        "analytics, 30 days": "/analytics?span=30d",
        "read a picture": "/try",
        "operations, health": "/operations/health",
        "operations, storage": "/operations/storage",
        "operations, audit": "/operations/audit",
    }
    return {name: timed(url, path, wants(page, url, path), times) for name, path in paths.items()}


def wants(page: Page, url: str, path: str) -> list[str]:
    """What a page asks the API for by itself."""
    asked: list[str] = []

    def noted(request: Request) -> None:
        address = urlsplit(request.url)
        if request.method == "GET" and address.path.startswith(ASKED) and not address.path.startswith(ENDLESS):
            asked.append(request.url.removeprefix(url))

    page.on("request", noted)
    page.goto(url + path)
    page.wait_for_timeout(SETTLE)
    page.remove_listener("request", noted)
    return list(dict.fromkeys(asked))


def timed(url: str, path: str, calls: Sequence[str], times: int) -> dict[str, Any]:
    """Ask for a page and its calls, again and again."""
    taken: dict[str, list[float]] = defaultdict(list)
    shown = [call for call in calls if PICTURE.search(call)]
    data = [call for call in calls if call not in shown]
    with httpx.Client(base_url=url, timeout=60) as client, ThreadPoolExecutor(AT_ONCE) as pool:

        def one(what: str) -> float:
            start = time.perf_counter()
            client.get(what).raise_for_status()
            return 1000 * (time.perf_counter() - start)

        for turn in range(times + 1):
            start = time.perf_counter()
            found = {"page": one(path)}
            for wave, asked in (("whole", data), ("shown", shown)):
                found |= dict(zip(asked, pool.map(one, asked), strict=True))
                found[wave] = 1000 * (time.perf_counter() - start)
            if turn:  # the first fills caches, and is no browser's second visit
                for what, milliseconds in found.items():
                    taken[what].append(milliseconds)
    spreads = {what: report.spread(times) for what, times in taken.items()}
    return {
        "calls": len(data),
        "pictures": len(shown),
        "page_ms": spreads["page"],
        "whole_ms": spreads["whole"],
        "with_pictures_ms": spreads["shown"],
        "each_within_bar": all(one["p95"] < BAR for what, one in spreads.items() if what not in ("whole", "shown")),
        "whole_within_bar": spreads["whole"]["p95"] < BAR,
        "slow_calls_ms": {call: spreads[call] for call in calls if spreads[call]["p95"] > BAR / 3},
    }


# -- walls -----------------------------------------------------------------------------------------------------------


class Wire:
    """One kept connection that asks for one thing after another; as little work for the client as there can be."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url)
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def __aenter__(self) -> Wire:
        self._reader, self._writer = await asyncio.open_connection(self._host.hostname, self._host.port, limit=2**24)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def head(self, path: str) -> dict[bytes, bytes]:
        """Ask, and read the answer's headers, of which ``b""`` is the first line."""
        self._writer.write(f"GET {path} HTTP/1.1\r\nHost: {self._host.netloc}\r\n\r\n".encode())
        first, *lines = (await self._reader.readuntil(b"\r\n\r\n")).lower().splitlines()
        return {b"": first} | dict(line.split(b": ", 1) for line in lines if line)

    async def get(self, path: str) -> bytes:
        """A whole answer. Raises RuntimeError unless it is 200."""
        head = await self.head(path)
        body = await self._reader.readexactly(int(head.get(b"content-length", b"0")))
        if b" 200 " not in head[b""]:
            raise RuntimeError(f"{path}: {head[b''].decode()}")
        return body

    async def lines(self) -> AsyncIterator[bytes]:
        """What comes without an end, line by line; the lengths of its chunks are lines as well."""
        while True:
            yield await self._reader.readline()


async def wall(url: str, opened: asyncio.Queue[None], over: asyncio.Event, taken: dict[str, list[float]]) -> None:
    """Follow the stream as a wall does, and fetch the crop of each new read. A crop that is late delays no other."""
    crops: asyncio.Queue[tuple[str, float]] = asyncio.Queue()

    async def fetch() -> None:
        async with Wire(url) as wire:
            while True:
                path, came = await crops.get()
                await wire.get(path)
                taken["crop"].append(1000 * (time.time() - came))

    async def follow() -> None:
        async with Wire(url) as wire:
            await wire.head("/v1/stream")
            opened.put_nowait(None)
            async for line in wire.lines():
                if line.startswith(b"data:") and (found := SAID.search(line)):
                    now = time.time()
                    taken["read"].append(1000 * (now - datetime.fromisoformat(found[2].decode()).timestamp()))
                    crops.put_nowait((f"/v1/events/{found[1].decode()}/images/plate?revision=1", now))

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one()) for one in (follow, fetch, fetch, fetch)]
        await over.wait()
        for task in tasks:
            task.cancel()
    taken["left"].append(crops.qsize())


async def all_walls(url: str, many: int) -> dict[str, list[float]]:
    """Open them, say so, and follow until there is a line on stdin."""
    taken: dict[str, list[float]] = defaultdict(list)
    opened, over = asyncio.Queue[None](), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for _ in range(many):
            group.create_task(wall(url, opened, over, taken))
        for _ in range(many):
            await opened.get()
        tell({"open": many})
        began = time.process_time()
        await asyncio.to_thread(sys.stdin.readline)
        taken["cpu"].append(time.process_time() - began)
        over.set()
    return taken


def walls(url: str, many: int) -> None:
    """What the clients' process does."""
    taken = asyncio.run(all_walls(url, many))
    told = {name: distribution(taken[name]) for name in ("read", "crop")}
    tell({"walls": many, **told, "crops_not_fetched": sum(taken["left"]), "cpu_s": round(taken["cpu"][0], 2)})


def distribution(milliseconds: Sequence[float]) -> dict[str, float]:
    if not milliseconds:
        return {"count": 0}
    halves = np.array_split(np.asarray(milliseconds), 2)
    medians = {
        f"median_{name}_half": round(float(np.median(half)), 1)
        for name, half in zip(("first", "second"), halves, strict=True)
    }
    most = round(float(max(milliseconds)), 1)
    return {"count": len(milliseconds), **report.spread(milliseconds), "max": most, **medians}


def open_walls(page: Page, server: Server, many: int, rate: float, seconds: float) -> dict[str, Any]:
    """One tab and the others, over a road that is busy for so many seconds."""
    page.goto(server.url)
    page.locator("#wall-state.good").wait_for()
    page.evaluate(NOTE)
    words = [sys.executable, __file__, "--follow", server.url, "--walls", str(many - 1)]
    process = psutil.Process(server.process.pid)
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as clients:
        assert clients.stdout
        clients.stdout.readline()
        before, memory, began = sum(process.cpu_times()[:2]), process.memory_info().rss, time.monotonic()
        server.say(seconds)
        page.wait_for_timeout(1000 * seconds)
        used, took = sum(process.cpu_times()[:2]) - before, time.monotonic() - began
        after = process.memory_info().rss
        wrote = server.hear()
        page.wait_for_timeout(LAST)
        heard = json.loads(clients.communicate("over\n", timeout=60)[0])
    return {
        "walls": many,
        "reads_per_s": rate,
        "seconds": seconds,
        "writer": wrote,
        "ms": {"tab": in_tab(page, server.url), "others": heard.pop("read"), "others, crop": heard.pop("crop")},
        "others": heard,
        "server_cores": round(used / took, 2),
        "server_rss_mb": [round(value / 2**20, 1) for value in (memory, after)],
    }


def in_tab(page: Page, url: str) -> dict[str, Any]:
    """How long each read took to become a card of the tab."""
    arrived: list[tuple[str, float]] = page.evaluate("window.arrived")
    times: dict[str, float] = {}
    path: str | None = "/v1/reads?limit=200"
    wanted = {one for one, _ in arrived}
    while path and len(times) < len(wanted):
        found = httpx.get(url + path, timeout=60).json()
        for one in found["reads"]:
            times[one["event"]["id"]] = datetime.fromisoformat(one["event"]["time"]).timestamp()
        path = f"/v1/reads?limit=200&page={found['next']}" if found.get("next") else None
    told = distribution([came - 1000 * times[one] for one, came in arrived if one in times])
    return {**told, "waiting": page.locator("#wall-pause").inner_text()}


# -- a run -----------------------------------------------------------------------------------------------------------


class Server:
    """The server's process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.url: str = self.hear()["url"]

    def say(self, seconds: float) -> None:
        """Begin to write."""
        assert self.process.stdin
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found


@contextmanager
def served(stored: int, rate: float) -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, __file__, "--serve", folder, "--stored", str(stored), "--rate", str(rate)]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield Server(process)
            finally:
                with contextlib.suppress(BrokenPipeError):
                    process.communicate(timeout=60)


@contextmanager
def tab() -> Iterator[Page]:
    program = shutil.which("chromium")
    if program is None:
        sys.exit("This bench needs Chromium (scripts/servers.sh installs it).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"], timeout=60_000)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(60_000)
        yield page
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stored", type=int, default=50_000)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--walls", type=int, default=20)
    parser.add_argument("--rate", type=float, default=20.0, help="reads a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--only", choices=["pages", "walls"])
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--follow", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.stored, options.rate)
    elif options.follow:
        walls(options.follow, options.walls)
    else:
        run(options)


def run(options: argparse.Namespace) -> None:
    result: dict[str, Any] = {"stored": options.stored, "bar_ms": BAR}
    with served(options.stored, options.rate) as server, tab() as page:
        if options.only != "walls":
            result["pages"] = pages(page, server.url, options.times)
        if options.only != "pages":
            result["walls"] = open_walls(page, server, options.walls, options.rate, options.seconds)
    report.save("wall", result)


if __name__ == "__main__":
    main()
