"""What the capture part needs of a reader; :class:`marque.Reader` is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from marque.types import Detection, Image, PlateRead, Reading


class PlateReader(Protocol):
    """Nets, without knowing which. All lists are as long as those given; failure raises InferenceError."""

    @property
    def versions(self) -> Mapping[str, str]: ...
    def detect(self, images: Sequence[Image]) -> list[list[Detection]]: ...
    def crop(self, image: Image, detection: Detection) -> Image: ...
    def recognize(self, crops: Sequence[Image]) -> list[Reading]: ...
    def plate_read(
        self, reading: Reading, detection: Detection, regions: Sequence[str] = (), readings: int = 1
    ) -> PlateRead: ...
