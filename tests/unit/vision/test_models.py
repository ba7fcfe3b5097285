"""A network is checked when it is opened, and a device that cannot be had is replaced by the CPU, aloud."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from onnxruntime.capi.onnxruntime_pybind11_state import Fail
from structlog.testing import capture_logs

from marque.errors import InferenceError, ModelError
from marque.ports import ModelContext
from marque.vision import models
from marque.vision.detectors.marque import CONTRACT as DETECTOR
from marque.vision.models import open_net, shipped, used
from marque.vision.runtimes import openvino
from tiny_nets import bright_detector, constant_recognizer

CPU = ModelContext("cpu", 1)
CUDA, TENSORRT = "CUDAExecutionProvider", "TensorrtExecutionProvider"
ON_CPU = "CPUExecutionProvider"
SESSION = ort.InferenceSession


def test_a_network_that_keeps_the_contract_runs(tmp_path: Path) -> None:
    net = open_net(bright_detector(tmp_path / "d.onnx"), CPU)
    net.keep(DETECTOR)
    out = net.run(np.zeros((2, 3, 32, 64), np.uint8))
    assert {name: values.shape for name, values in out.items()} == {
        "boxes": (2, 1, 4),
        "scores": (2, 1, 1),
        "quads": (2, 1, 8),
    }


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"there is no network file 'gone\.onnx'") as caught:
        open_net(tmp_path / "gone.onnx", CPU)
    assert caught.value.hint


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "song.onnx"
    path.write_bytes(b"la la la")
    with pytest.raises(ModelError, match=r"song\.onnx is not a network that can be used") as caught:
        open_net(path, CPU)
    assert caught.value.hint


def test_lacking_metadata_is_named(tmp_path: Path) -> None:
    net = open_net(bright_detector(tmp_path / "d.onnx", version=None, classes=None), CPU)
    with pytest.raises(ModelError, match=r"it lacks metadata marque\.version, metadata marque\.classes"):
        net.keep(DETECTOR)


def test_a_recogniser_is_no_detector(tmp_path: Path) -> None:
    net = open_net(constant_recognizer(tmp_path / "r.onnx", "A", classes="x"), CPU)
    with pytest.raises(ModelError, match="lacks output 'boxes', output 'scores', output 'quads'"):
        net.keep(DETECTOR)
    other = open_net(bright_detector(tmp_path / "d.onnx", kind="classifier"), CPU)
    with pytest.raises(ModelError, match=r"d\.onnx is a classifier, not a detector"):
        other.keep(DETECTOR)


def test_a_wrong_input_is_an_inference_error(tmp_path: Path) -> None:
    net = open_net(bright_detector(tmp_path / "d.onnx"), CPU)
    with pytest.raises(InferenceError, match=r"failed on an input of shape \(1, 4, 32, 32\)") as caught:
        net.run(np.zeros((1, 4, 32, 32), np.uint8))
    assert caught.value.hint


@pytest.mark.parametrize(
    ("device", "available", "machine", "installed", "where"),
    [
        ("auto", [ON_CPU], "x86_64", False, "cpu"),
        ("auto", [ON_CPU], "x86_64", True, "openvino"),
        ("auto", [ON_CPU], "aarch64", True, "cpu"),
        ("auto", [TENSORRT, CUDA, ON_CPU], "x86_64", True, "cuda"),
        ("cpu", [CUDA, ON_CPU], "x86_64", True, "cpu"),
        ("openvino", [ON_CPU], "aarch64", True, "openvino"),
        ("tensorrt", [CUDA, ON_CPU], "x86_64", True, "tensorrt"),
    ],
)
def test_what_is_installed_decides_where_auto_runs(
    monkeypatch: pytest.MonkeyPatch, device: str, available: list[str], machine: str, installed: bool, where: str
) -> None:
    monkeypatch.setattr(ort, "get_available_providers", lambda: available)
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr(openvino, "installed", lambda: installed)
    assert used(device) == where


def test_tensorrt_without_its_provider_is_not_cuda_in_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ort, "get_available_providers", lambda: [CUDA, ON_CPU])
    with capture_logs() as logs:
        net = open_net(bright_detector(tmp_path / "d.onnx"), ModelContext("tensorrt", 1))
    assert net.device == "cpu"
    assert [log["reason"] for log in logs] == [f"this ONNX Runtime has no {TENSORRT}, only {CUDA}, {ON_CPU}"]


@pytest.mark.skipif(CUDA in ort.get_available_providers(), reason="this ONNX Runtime has CUDA")
def test_a_device_that_is_not_there_falls_back_aloud(tmp_path: Path) -> None:
    with capture_logs() as logs:
        net = open_net(bright_detector(tmp_path / "d.onnx"), ModelContext("cuda", 1))
    assert net.device == "cpu"
    assert [(log["event"], log["wanted"], log["used"]) for log in logs] == [("device.fallback", "cuda", "cpu")]
    assert CUDA in logs[0]["reason"]


def test_openvino_that_is_not_installed_falls_back_and_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with capture_logs() as logs:
        net = open_net(bright_detector(tmp_path / "d.onnx"), ModelContext("openvino", 1))
    assert net.device == "cpu"
    assert [log["reason"].rpartition("; ")[2] for log in logs] == ["install marque[openvino]"]


def refuse_devices(*args: Any, providers: list[str], **options: Any) -> ort.InferenceSession:
    """An ONNX Runtime whose devices all fail to start."""
    if providers != [ON_CPU]:
        raise Fail("the driver is too old")
    return SESSION(*args, providers=providers, **options)


def ignore_devices(*args: Any, providers: list[str], **options: Any) -> ort.InferenceSession:
    """An ONNX Runtime that takes the CPU without a word."""
    return SESSION(*args, providers=providers[-1:], **options)


@pytest.mark.parametrize(
    ("session", "reason"),
    [
        (refuse_devices, "the driver is too old"),
        (ignore_devices, f"{CUDA} did not start; are its libraries installed?"),
    ],
)
def test_a_device_that_does_not_start_falls_back_aloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, session: Any, reason: str
) -> None:
    path = bright_detector(tmp_path / "d.onnx")
    monkeypatch.setattr(ort, "get_available_providers", lambda: [CUDA, ON_CPU])
    monkeypatch.setattr(ort, "InferenceSession", session)
    with capture_logs() as logs:
        net = open_net(path, ModelContext("auto", 1))
    assert net.device == "cpu"
    assert [log["reason"] for log in logs] == [reason]


def test_the_cpu_is_used_in_silence(tmp_path: Path) -> None:
    with capture_logs() as logs:
        open_net(bright_detector(tmp_path / "d.onnx"), CPU)
    assert logs == []


def test_precision_names_the_file() -> None:
    assert shipped("plate-detector", "fp32").name == "plate-detector.onnx"
    assert shipped("plate-detector", "int8").name == "plate-detector.int8.onnx"


@pytest.mark.parametrize(
    ("device", "flags", "name"),
    [
        ("cpu", "avx2 avx512_vnni", "plate-detector.int8.onnx"),
        ("openvino", "avx2 avx_vnni", "plate-detector.int8.onnx"),
        ("cpu", "avx2 avx512f", "plate-detector.onnx"),
        ("cuda", "avx2 avx_vnni", "plate-detector.onnx"),
    ],
)
def test_bytes_are_multiplied_where_the_processor_is_made_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: str, flags: str, name: str
) -> None:
    monkeypatch.setattr(models, "CPUINFO", tmp_path / "cpuinfo")
    models.CPUINFO.write_text(f"processor\t: 0\nflags\t\t: fpu {flags}\n")
    assert shipped("plate-detector", "auto", device).name == name
    models.CPUINFO.unlink()
    assert shipped("plate-detector", "auto", device).name == "plate-detector.onnx"
