"""What is owed to sinks, what was refused, and another try for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from marque.access.audit import Audit
from marque.errors import NotFound
from marque.ports import Clock, Store
from marque.types import EVERYTHING, Delivery, DeliveryState, Principal, Within

CHUNK = 500


class Deliveries:
    """Narrowed to the cameras and sites of whoever asks."""

    def __init__(self, store: Store, audit: Audit, clock: Clock) -> None:
        self._store, self._audit, self._clock = store, audit, clock

    def page(
        self,
        principal: Principal,
        sink: str | None,
        state: DeliveryState | None,
        before: int | None,
        limit: int,
        event: str | None = None,
    ) -> tuple[list[Delivery], int | None]:
        """Newest first, and the ``before`` of the following page, None on the last one. ``event``: only of this
        pass."""
        found = self._store.deliveries(
            sink=sink, state=state, event=event, before=before, limit=limit + 1, within=principal.within
        )
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    def one(self, principal: Principal, number: int) -> Delivery:
        """Raises NotFound."""
        found = self._store.delivery(number)
        if found is None or not _sees(principal.within, found):
            raise NotFound(f"there is no delivery {number}")
        return found

    def redrive(self, principal: Principal, numbers: Sequence[int]) -> int:
        """Try these dead letters again; how many were dead."""
        mine = [n for n in numbers if (one := self._store.delivery(n)) and _sees(principal.within, one)]
        count = self._store.redrive(mine, self._clock.now()) if mine else 0
        self._audit.record(principal, "deliveries redriven", detail={"deliveries": len(numbers)}, results=count)
        return count

    def redrive_all(self, principal: Principal, sink: str | None) -> int:
        """Try every dead letter (of a sink) again; how many."""
        count = 0
        for batch in dead(self._store, sink, principal.within):
            count += self._store.redrive([one.id for one in batch], self._clock.now())
        self._audit.record(principal, "deliveries redriven", sink or "", results=count)
        return count


def dead(store: Store, sink: str | None, within: Within = EVERYTHING) -> Iterator[list[Delivery]]:
    """Dead letters, each once: one that is refused anew meanwhile is not met again."""
    last = None
    while found := store.deliveries(sink=sink, state=DeliveryState.DEAD, before=last, limit=CHUNK, within=within):
        last = found[-1].id
        yield found


def _sees(within: Within, one: Delivery) -> bool:
    event = one.event
    return (within.cameras is None or event.camera in within.cameras) and (
        within.sites is None or event.site in within.sites
    )
