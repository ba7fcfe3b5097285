"""Networks: a device with a fall-back that says why, a precision that suits the device, a contract that is checked when
the file is opened."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal

import structlog

from marque.errors import InferenceError, ModelError
from marque.ports import ModelContext, PluginConfig
from marque.vision.runtimes import onnx, openvino
from marque.vision.runtimes.engine import Array, Engine, Refused

CUDA, TENSORRT = "CUDAExecutionProvider", "TensorrtExecutionProvider"
X86 = ("x86_64", "AMD64")
BYTE_UNITS = ("avx512_vnni", "avx_vnni")
"""processors that multiply bytes without losing some: on others INT8 is neither faster nor as good"""
CPUINFO = Path("/proc/cpuinfo")

Precision = Literal["auto", "fp32", "int8"]


@dataclass(frozen=True, slots=True)
class Contract:
    """What a network must offer: metadata ``marque.kind`` and ``keys``, all of ``outputs``, one of ``any_output``."""

    kind: str
    keys: tuple[str, ...]
    outputs: tuple[str, ...] = ()
    any_output: tuple[str, ...] = ()


class Net:
    """One loaded network. ``run`` may be called from many threads."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self.path = path
        self.device = engine.device
        self.metadata = dict(engine.signature.metadata)
        self.input_type = engine.signature.input_type
        self.input_shape = engine.signature.input_shape
        self.outputs = engine.signature.outputs
        self._engine = engine

    def run(self, images: Array) -> dict[str, Array]:
        """Outputs by name. Raises InferenceError."""
        try:
            answers = self._engine.run(images)
        except Refused as error:
            raise InferenceError(
                f"{self.path.name} failed on an input of shape {images.shape}: {error}",
                hint="Try `device: cpu`; if it fails there too, the network file is at fault.",
            ) from error
        return dict(zip(self.outputs, answers, strict=True))

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


def shipped(stem: str, precision: Precision, device: str = "cpu") -> Path:
    """The path of a network in the package, such as ``plate-detector``, in the wanted precision or, for ``auto``, in
    the one that wins on the device."""
    chosen = suited(device) if precision == "auto" else precision
    name = f"{stem}.onnx" if chosen == "fp32" else f"{stem}.{chosen}.onnx"
    with as_file(files("marque.models") / name) as path:
        return path


def suited(device: str) -> Literal["fp32", "int8"]:
    """The precision that wins on a device: INT8 on a CPU that is made for it, as far as Linux tells."""
    flags = CPUINFO.read_text("utf-8", "replace").split() if CPUINFO.exists() else []
    made_for_bytes = any(unit in flags for unit in BYTE_UNITS)
    return "int8" if made_for_bytes and used(device) in ("cpu", "openvino") else "fp32"


def used(device: str) -> str:
    """Where a network runs that is asked to run on ``device``, if it starts there."""
    if device == "auto":
        if CUDA in onnx.providers():
            return "cuda"
        return "openvino" if platform.machine() in X86 and openvino.installed() else "cpu"
    return device


def open_net(path: Path, context: ModelContext) -> Net:
    """Load a network onto the wanted device, or onto the CPU when that fails (logged). Raises ModelError."""
    if not path.is_file():
        raise ModelError(
            f"there is no network file {path.name!r} in {path.parent}", hint="Check `path` and `precision`."
        )
    device = used(context.device)
    if device != "cpu":
        try:
            return Net(_start(device, path, context.threads), path)
        except Refused as reason:
            log = structlog.get_logger()
            log.warning("device.fallback", wanted=context.device, used="cpu", model=path.name, reason=str(reason))
    try:
        return Net(onnx.start(path, context.threads), path)
    except Refused as error:
        problem = f"{path.name} is not a network that can be used: {error}"
        raise ModelError(problem, hint="Export or copy it again.") from error


class NetConfig(PluginConfig):
    """Which network of ours, or of the same contract."""

    path: Path | None = None
    """another network of the same contract; none: the one in the package"""
    precision: Precision = "auto"
    """of the network in the package; auto: what is faster where it runs, int8 on most CPUs, else fp32"""

    def open(self, stem: str, context: ModelContext) -> Net:
        """The network at ``path``, or the one in the package, such as ``plate-detector``. Raises ModelError."""
        return open_net(self.path or shipped(stem, self.precision, context.device), context)


def _start(device: str, path: Path, threads: int) -> Engine:
    """The network on a device other than the CPU's own. Raises Refused."""
    if device == "openvino":
        return openvino.start(path, threads)
    wanted = (TENSORRT, CUDA) if device == "tensorrt" else (CUDA,)
    available = onnx.providers()
    if wanted[0] not in available:
        raise Refused(f"this ONNX Runtime has no {wanted[0]}, only {', '.join(available)}")
    return onnx.start(path, threads, [provider for provider in wanted if provider in available])
