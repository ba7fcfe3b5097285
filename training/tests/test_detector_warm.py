"""What a detector that begins from an exported one promises: it answers as that one did, and can be trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from marque_training.detector import export, net, warm

SMALL = net.NetSize((8, 8, 16, 16, 16), (0, 1, 1, 1, 1), 16)
DEEPER = net.NetSize((8, 8, 16, 16, 16), (0, 1, 2, 1, 2), 16)
WIDER = net.NetSize((8, 16, 16, 16, 16), (0, 1, 1, 1, 1), 16)


@pytest.fixture
def images() -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(3).integers(0, 256, (6, 3, 64, 96), np.uint8)).float()


@pytest.fixture
def exported(tmp_path: Path, images: torch.Tensor) -> tuple[Path, torch.Tensor]:
    """A net whose batch norms have seen something, and its answer."""
    torch.manual_seed(2)
    small = net.DetectorNet(SMALL)
    for norm in small.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(norm.weight, 0.5, 1.5)
            torch.nn.init.uniform_(norm.bias, -0.5, 0.5)
    for _ in range(5):
        small(images)
    path = tmp_path / "small.onnx"
    with pytest.warns():  # the tracer warns of constants
        export.export(small, path, version="1")
    with torch.no_grad():
        return path, small.eval()(images)


def test_a_net_read_from_an_export_answers_as_that_did(
    exported: tuple[Path, torch.Tensor], images: torch.Tensor
) -> None:
    path, wanted = exported
    again = net.DetectorNet(SMALL)
    warm.restore(again, path, images)
    with torch.no_grad():
        assert torch.allclose(again.eval()(images), wanted, atol=1e-3)
        assert torch.allclose(again.train()(images), wanted, atol=1e-3)


def test_blocks_that_are_new_change_next_to_nothing_and_learn(
    exported: tuple[Path, torch.Tensor], images: torch.Tensor
) -> None:
    path, wanted = exported
    deeper = net.DetectorNet(DEEPER)
    warm.restore(deeper, path, images)
    with torch.no_grad():
        assert float((deeper.eval()(images) - wanted).abs().mean()) < 0.05 * float(wanted.abs().mean())
    deeper.train()(images).square().mean().backward()
    new = deeper.levels[1][2].body[1][1].weight.grad  # type: ignore[index, union-attr]
    assert float(new.abs().max()) > 0


def test_an_export_of_another_shape_is_refused(exported: tuple[Path, torch.Tensor], images: torch.Tensor) -> None:
    with pytest.raises(ValueError, match=r"does not fit the net: levels\.0\.0\.0"):
        warm.restore(net.DetectorNet(WIDER), exported[0], images)
