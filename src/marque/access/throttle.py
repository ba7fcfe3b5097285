"""Fewer and fewer tries: after some that are free, each one that fails doubles the wait for the next."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Lock

from marque.ports import Clock

FORGET = 3600.0
"""seconds without a try after which everything is forgotten"""
MOST = 10_000
"""names or addresses remembered at a time; the one that was quiet for longest goes first"""


@dataclass
class _Tries:
    failed: int = 0
    next: float = 0.0
    last: float = 0.0
    told: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """``seconds`` until the next try may be made, 0: now. ``first``: nobody was told of this wait before."""

    seconds: float = 0.0
    first: bool = False


class Throttle:
    """``free`` tries, then waits of 1, 2, 4 ... ``longest`` seconds. A try counts as failed when it begins, so that
    many at once are as many; ``forgive`` takes it back, ``forget`` all of them. Kept in memory: a restart forgets."""

    def __init__(self, clock: Clock, free: int, longest: float) -> None:
        self._clock, self._free, self._longest = clock, free, longest
        self._tries: OrderedDict[str, _Tries] = OrderedDict()
        self._lock = Lock()

    def begin(self, key: str) -> Wait:
        """Count one more try of ``key``, or say how long it has to wait; then nothing is counted."""
        now = self._clock.monotonic()
        with self._lock:
            tries = self._of(key, now)
            if tries.next > now:
                first, tries.told = not tries.told, True
                return Wait(tries.next - now, first)
            tries.failed, tries.last, tries.told = tries.failed + 1, now, False
            tries.next = now + self._pause(tries.failed)
            return Wait()

    def forgive(self, key: str) -> None:
        """The last try of ``key`` was a good one."""
        with self._lock:
            if tries := self._tries.get(key):
                tries.failed, tries.next = max(0, tries.failed - 1), 0.0

    def forget(self, key: str) -> None:
        """``key`` begins anew."""
        with self._lock:
            self._tries.pop(key, None)

    def _pause(self, failed: int) -> float:
        over = failed - self._free
        return 0.0 if over < 0 else float(min(self._longest, 2 ** min(over, 30)))

    def _of(self, key: str, now: float) -> _Tries:
        tries = self._tries.setdefault(key, _Tries(last=now))
        if now - tries.last > max(FORGET, self._longest):
            tries = self._tries[key] = _Tries(last=now)
        self._tries.move_to_end(key)
        while len(self._tries) > MOST:
            self._tries.popitem(last=False)
        return tries


def neighbourhood(address: str) -> str:
    """What tries from this address are counted under: the address itself; of IPv6 the /64 that one household has."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((int(found) >> 64 << 64, 64)))
    return str(found)
