"""ONNX Runtime: bounded threads, and the devices whose providers are installed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as refusals

from marque.vision.runtimes.engine import Array, Refused, Signature

REFUSALS = (
    refusals.EPFail,
    refusals.Fail,
    refusals.InvalidArgument,
    refusals.InvalidGraph,
    refusals.InvalidProtobuf,
    refusals.NoSuchFile,
    refusals.NotImplemented,
    refusals.RuntimeException,
)
"""what ONNX Runtime raises; its classes share no root of their own"""
CPU = "CPUExecutionProvider"
TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}


class OnnxEngine:
    """One session."""

    def __init__(self, session: ort.InferenceSession) -> None:
        given = session.get_inputs()[0]
        self.signature = Signature(
            given.name,
            np.dtype(TYPES.get(given.type, np.float32)),
            tuple(side if isinstance(side, int) else None for side in given.shape),
            tuple(output.name for output in session.get_outputs()),
            dict(session.get_modelmeta().custom_metadata_map),
        )
        self.device = session.get_providers()[0].removesuffix("ExecutionProvider").lower()
        self._session = session

    def run(self, images: Array) -> Sequence[Array]:
        try:
            answers = self._session.run(None, {self.signature.input: images})
        except REFUSALS as error:
            raise Refused(str(error)) from error
        return [np.asarray(answer) for answer in answers]


def providers() -> tuple[str, ...]:
    """Those of the installed ONNX Runtime."""
    return tuple(ort.get_available_providers())


def start(path: Path, threads: int, wanted: Sequence[str] = ()) -> OnnxEngine:
    """The network on the first of the ``wanted`` providers, or on the CPU where there are none. Raises Refused."""
    try:
        session = ort.InferenceSession(str(path), _options(threads), providers=[*wanted, CPU])
    except REFUSALS as error:
        raise Refused(str(error)) from error
    # ONNX Runtime itself falls back without an error when a provider's libraries do not load.
    if wanted and wanted[0] not in session.get_providers():
        raise Refused(f"{wanted[0]} did not start; are its libraries installed?")
    return OnnxEngine(session)


def _options(threads: int) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Spinning threads burn a core between frames.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return options
