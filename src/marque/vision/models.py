"""Networks as ONNX Runtime sessions: bounded threads, a device with a fall-back that says why, a contract that is
checked when the file is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import structlog
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as refusals

from marque.errors import InferenceError, ModelError
from marque.ports import ModelContext

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
PROVIDERS: Mapping[str, tuple[str, ...]] = {
    "cpu": (),
    "cuda": ("CUDAExecutionProvider",),
    "tensorrt": ("TensorrtExecutionProvider", "CUDAExecutionProvider"),
    "openvino": ("OpenVINOExecutionProvider",),
}
# TensorRT builds an engine for minutes before its first answer: it is used only where it is asked for.
AUTO = ("CUDAExecutionProvider", "OpenVINOExecutionProvider")

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Contract:
    """What a network must offer: metadata ``marque.kind`` and ``keys``, all of ``outputs``, one of ``any_output``."""

    kind: str
    keys: tuple[str, ...]
    outputs: tuple[str, ...] = ()
    any_output: tuple[str, ...] = ()


class Net:
    """One loaded network. ``run`` may be called from many threads."""

    def __init__(self, session: ort.InferenceSession, path: Path) -> None:
        self.path = path
        self.metadata: dict[str, str] = dict(session.get_modelmeta().custom_metadata_map)
        self.input: str = session.get_inputs()[0].name
        self.input_type: str = session.get_inputs()[0].type
        self.input_shape: list[int | str | None] = session.get_inputs()[0].shape
        self.outputs: tuple[str, ...] = tuple(o.name for o in session.get_outputs())
        self.providers: tuple[str, ...] = tuple(session.get_providers())
        self._session = session

    def run(self, images: Array) -> dict[str, Array]:
        """Outputs by name. Raises InferenceError."""
        try:
            answers = self._session.run(None, {self.input: images})
        except REFUSALS as error:
            raise InferenceError(
                f"{self.path.name} failed on an input of shape {images.shape}: {error}",
                hint="Try `device: cpu`; if it fails there too, the network file is at fault.",
            ) from error
        return dict(zip(self.outputs, (np.asarray(a) for a in answers), strict=True))

    def keep(self, contract: Contract) -> None:
        """Raises ModelError when the network does not keep the contract."""
        lacking = [f"metadata {k}" for k in ("marque.kind", *contract.keys) if k not in self.metadata]
        lacking += [f"output {name!r}" for name in contract.outputs if name not in self.outputs]
        if contract.any_output and not set(contract.any_output) & set(self.outputs):
            lacking.append("output " + " or ".join(map(repr, contract.any_output)))
        hint = "Export it with `make -C training export`, or choose another plugin for networks of other makers."
        if lacking:
            raise ModelError(
                f"{self.path.name} is no {contract.kind} of Marque: it lacks {', '.join(lacking)}", hint=hint
            )
        if (kind := self.metadata["marque.kind"]) != contract.kind:
            raise ModelError(f"{self.path.name} is a {kind}, not a {contract.kind}", hint=hint)


def shipped(stem: str, precision: str) -> Path:
    """The path of a network in the package, such as ``plate-detector`` in ``fp32`` or ``int8``."""
    name = f"{stem}.onnx" if precision == "fp32" else f"{stem}.{precision}.onnx"
    with as_file(files("marque.models") / name) as path:
        return path


def open_net(path: Path, context: ModelContext) -> Net:
    """Load a network onto the wanted device, or onto the CPU when that fails (logged). Raises ModelError."""
    if not path.is_file():
        raise ModelError(
            f"there is no network file {path.name!r} in {path.parent}", hint="Check `path` and `precision`."
        )
    wanted, reason = choose(context.device, ort.get_available_providers())
    if wanted:
        started = _started(path, context, wanted)
        if isinstance(started, Net):
            return started
        reason = started
    if reason:
        log = structlog.get_logger()
        log.warning("device.fallback", wanted=context.device, used="cpu", model=path.name, reason=reason)
    try:
        return Net(_session(path, context, (CPU,)), path)
    except REFUSALS as error:
        problem = f"{path.name} is not a network that can be used: {error}"
        raise ModelError(problem, hint="Export or copy it again.") from error


def _started(path: Path, context: ModelContext, wanted: Sequence[str]) -> Net | str:
    """The network on the first of the wanted providers, or why it did not start there."""
    try:
        net = Net(_session(path, context, (*wanted, CPU)), path)
    except REFUSALS as error:
        return str(error)
    # ONNX Runtime itself falls back without an error when a provider's libraries do not load.
    return net if wanted[0] in net.providers else f"{wanted[0]} did not start; are its libraries installed?"


def choose(device: str, available: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """(providers to try before the CPU, why the device cannot be had or "")."""
    if device == "auto":
        return tuple(p for p in AUTO if p in available)[:1], ""
    wanted = tuple(p for p in PROVIDERS[device] if p in available)
    if device != "cpu" and PROVIDERS[device][0] not in available:
        return (), f"this ONNX Runtime has no {PROVIDERS[device][0]}, only {', '.join(available)}"
    return wanted, ""


def _session(path: Path, context: ModelContext, providers: Sequence[str]) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = context.threads
    options.inter_op_num_threads = 1
    # Spinning threads burn a core between frames.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return ort.InferenceSession(str(path), options, providers=list(providers))
