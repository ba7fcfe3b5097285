"""What a terminal shows of a running system."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent
from time import monotonic
from typing import Any

import pytest

from event_samples import event
from marque.cli import watching
from marque.cli.watching import Stop, follow, show_line
from marque.errors import StoreError
from marque.events.bell import Bell
from marque.types import Attribute, EventClass, PlateEvent, StoredEvent, Vehicle

RED_VAN = Vehicle(type=Attribute("van", 0.8), color=Attribute("red", 0.9))


class Site:
    """A system whose log does not answer the first time, though it has just rung."""

    def __init__(self) -> None:
        self.asked = 0
        self.bell = Bell()
        self.bell.ring(7)

    def wait(self, timeout: float) -> bool:
        del timeout
        return self.asked > 1

    def events_after(self, cursor: int) -> list[StoredEvent]:
        self.asked += 1
        if self.asked == 1:
            raise StoreError("the database is locked")
        return [StoredEvent(n, event(n)) for n in (1, 2)][cursor:]


def test_watching_goes_on_while_the_log_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    site: Any = Site()
    shown: list[PlateEvent] = []
    monkeypatch.setattr(watching, "PATIENCE", 0.05)
    before = monotonic()
    assert follow(site, 0, shown.append, Stop(), leave=True) == 2
    assert monotonic() - before >= 0.05
    assert [one.id for one in shown] == [event(1).id, event(2).id]


def interrupted(script: str) -> subprocess.CompletedProcess[str]:
    """What becomes of a process that gets signals: they are its alone, not those of the tests."""
    whole = f"import signal\nfrom marque.cli.watching import stopping\n{dedent(script)}"
    return subprocess.run([sys.executable, "-c", whole], capture_output=True, text=True, timeout=60, check=False)


def test_a_signal_asks_to_stop_and_is_ours_only_meanwhile() -> None:
    done = interrupted("""
        before = signal.getsignal(signal.SIGTERM)
        with stopping() as stop:
            print(stop.asked)
            signal.raise_signal(signal.SIGTERM)
            print(stop.asked)
        print(signal.getsignal(signal.SIGTERM) is before)
    """)
    assert done.stdout.split() == ["False", "True", "True"], done.stderr


def test_a_second_interrupt_ends_it_at_once() -> None:
    done = interrupted("""
        with stopping():
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGTERM)
            print("goes on", flush=True)
            signal.raise_signal(signal.SIGINT)
            print("is never said", flush=True)
    """)
    assert (done.stdout.split("\n"), done.returncode) == (["goes on", ""], 130), done.stderr


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"timezone": "Europe/Oslo"}, "14:00:01  gate             new     AB12 CDE     gb      94%\n"),
        ({"text": None, "timezone": "UTC"}, "12:00:01  gate             new     not read\n"),
        (
            {
                "text": None,
                "timezone": "UTC",
                "vehicle": Vehicle(type=Attribute("van", 0.8), color=Attribute("red", 0.9)),
            },
            "12:00:01  gate             new     not read  red van\n",
        ),
        (
            {"event_class": EventClass.QUARANTINE, "reason": "too short", "timezone": "UTC"},
            "12:00:01  gate             new     AB12 CDE     gb      94%  (too short)\n",
        ),
    ],
)
def test_an_event_is_one_line(changes: dict[str, Any], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    show_line(event(1, **changes))
    assert capsys.readouterr().out == line
