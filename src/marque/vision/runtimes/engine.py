"""What every runtime gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Refused(Exception):
    """A runtime could not open or run a network, in the runtime's own words."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a network says of itself. A side of the input's shape is None where it is open."""

    input: str
    input_type: np.dtype[Any]
    input_shape: tuple[int | None, ...]
    outputs: tuple[str, ...]
    metadata: Mapping[str, str] = field(default_factory=dict)


class Engine(Protocol):
    """A network ready to run. ``run`` may be called from many threads; it gives the outputs in the signature's order,
    arrays of their own. Raises Refused. ``device`` says where it runs."""

    signature: Signature
    device: str

    def run(self, images: Array) -> Sequence[Array]: ...
