"""Everything that looks into what was read, over one store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from marque.access.audit import Audit
from marque.ports import Blobs, Clock, Reads, Store
from marque.services.crops import CorrectedCrops
from marque.services.exports import Exports
from marque.services.phrases import Phrases
from marque.services.pictures import Pictures
from marque.services.platform import Platform
from marque.services.reads import ReadService
from marque.services.words import Names


@dataclass(frozen=True, slots=True)
class Archive:
    """The services that share a store, an audit trail and a clock."""

    reads: ReadService
    pictures: Pictures
    exports: Exports
    platform: Platform
    crops: CorrectedCrops
    phrases: Phrases


def archive(
    store: Store, reads: Reads, blobs: Blobs, audit: Audit, names: Callable[[], Names], clock: Clock
) -> Archive:
    """``reads``: the store's passes; ``names``: the cameras, sites and the like that they know."""
    service = ReadService(store, reads, audit)
    return Archive(
        reads=service,
        pictures=Pictures(service, blobs, audit, clock),
        exports=Exports(store, reads, audit, clock),
        platform=Platform(service, names, clock),
        crops=CorrectedCrops(reads, blobs, audit),
        phrases=Phrases(names, clock),
    )
