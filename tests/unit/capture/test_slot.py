"""The hand-over of frames."""

from __future__ import annotations

from threading import Condition, Thread

from cameras import frame
from marque.capture.slot import Slot


def test_a_finite_source_waits_until_its_frame_is_taken() -> None:
    drops: list[None] = []
    slot = Slot(Condition(), lambda: drops.append(None))

    def fill() -> None:
        for n in range(3):
            slot.put(frame(n), live=False)

    thread = Thread(target=fill)
    thread.start()
    taken: list[int] = []
    while len(taken) < 3:
        if (one := slot.take()) is not None:
            taken.append(one.sequence)
    thread.join(5)
    assert taken == [0, 1, 2]
    assert drops == []


def test_closing_wakes_a_source_that_waits() -> None:
    slot = Slot(Condition(), lambda: None)
    slot.put(frame(0), live=False)
    thread = Thread(target=lambda: slot.put(frame(1), live=False))
    thread.start()
    slot.close()
    thread.join(5)
    assert not thread.is_alive()
    assert slot.take() is None
