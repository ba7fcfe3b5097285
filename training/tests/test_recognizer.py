"""The recogniser's training code: one step, a checkpoint, an export, the ring. Needs torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest

torch = pytest.importorskip("torch")

from marque_training.compress import expand  # noqa: E402
from marque_training.datasets import ALPHABET, REGIONS  # noqa: E402
from marque_training.recognizer.evaluate import infer, matches  # noqa: E402
from marque_training.recognizer.export import export, load_average  # noqa: E402
from marque_training.recognizer.mix import mixed  # noqa: E402
from marque_training.recognizer.net import NetConfig, Recognizer  # noqa: E402
from marque_training.recognizer.quantize import quantize  # noqa: E402
from marque_training.recognizer.ring import Ring, fill, open_ring, wait_for_ring  # noqa: E402
from marque_training.recognizer.train import CONFIG, Recipe, Trainer, build, continued, rate_at  # noqa: E402
from marque_training.recognizer.warm import warm_start  # noqa: E402


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Ring:
    ring = open_ring(tmp_path_factory.mktemp("ring") / "samples", capacity=16)
    fill(ring, seed=1, rate=1e9, limit=12)
    return ring


def test_a_ring_gives_back_what_was_drawn(ring: Ring) -> None:
    taken = ring.take(8, np.random.default_rng(0))
    assert taken["image"].shape == (8, 64, 160)
    assert ((taken["text"][:, 0] > 0) == taken["text"].any(1)).all()


def test_an_empty_ring_says_so(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="generator"):
        open_ring(tmp_path / "samples", capacity=4).take(1, np.random.default_rng(0))


def test_a_trainer_does_not_wait_for_ever(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="start"):
        wait_for_ring(tmp_path / "samples", 1, patience=0.0)


def test_training_on_a_dozen_plates_learns(ring: Ring) -> None:
    trainer = Trainer(ring, Recipe(batch=8, warmup=1, rate=1e-3))
    first = trainer.step(0.0)
    later = [trainer.step(0.1) for _ in range(12)][-1]
    assert later[0] < first[0]


def test_frozen_modules_stay_as_they_are(ring: Ring) -> None:
    trainer = Trainer(ring, Recipe(batch=8, warmup=1, rate=1e-3), freeze=2)
    frozen, free = ({k: v.clone() for k, v in trainer.net.trunk[i].state_dict().items()} for i in (1, 5))
    trainer.step(0.0)
    assert all(torch.equal(frozen[k], v) for k, v in trainer.net.trunk[1].state_dict().items())
    assert not torch.equal(free["0.weight"], trainer.net.trunk[5].state_dict()["0.weight"])


def test_a_run_resumes_where_it_stopped(ring: Ring, tmp_path: Path) -> None:
    trainer = Trainer(ring, Recipe(batch=4))
    trainer.step(0.0)
    trainer.spent = 7.0
    trainer.save(tmp_path / "run.pt")
    again = Trainer(ring, Recipe(batch=4))
    again.resume(tmp_path / "run.pt")
    assert (again.step_count, again.spent) == (1, 7.0)
    assert torch.equal(next(again.net.parameters()), next(trainer.net.parameters()))


def test_the_exported_file_keeps_the_runtimes_contract(tmp_path: Path) -> None:
    net = load_average(tmp_path / "none.pt")
    export(net, tmp_path / "net.onnx", {"slots": 2.0, "ctc": 1.0})
    session = ort.InferenceSession(str(tmp_path / "net.onnx"), providers=["CPUExecutionProvider"])
    images = np.random.default_rng(0).integers(0, 256, (3, 1, 64, 160), np.uint8)
    slots, ctc, region = session.run(["slots", "ctc", "region"], {"images": images})
    assert slots.shape == (3, 12, len(ALPHABET) + 1)
    assert ctc.shape == (3, 80, len(ALPHABET) + 1)
    assert region.shape == (3, len(REGIONS))
    np.testing.assert_allclose(slots.sum(-1), 1, atol=1e-4)
    assert session.get_modelmeta().custom_metadata_map["marque.alphabet"] == ALPHABET
    with torch.no_grad():
        logits = net(torch.from_numpy(images))[1]
    np.testing.assert_allclose(ctc, logits.softmax(-1).numpy(), atol=2e-3)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file as the package ships it, of a net whose batch norms have seen something."""
    torch.manual_seed(3)
    net = build()
    for norm in (m for m in net.modules() if isinstance(m, torch.nn.BatchNorm2d)):
        for values in (norm.running_mean, norm.weight, norm.bias):
            torch.nn.init.uniform_(values, 0.2, 1.5)
    path = tmp_path_factory.mktemp("published") / "net.onnx"
    export(net.eval(), path)
    return path


def answers(net: Recognizer, crops: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        slots: np.ndarray = net.eval()(torch.from_numpy(crops)[:, None])[0].softmax(-1).numpy()
    return slots


def test_training_goes_on_from_published_weights(ring: Ring, published: Path) -> None:
    net = continued(published, ring, np.random.default_rng(1))
    crops = np.asarray(ring.records["image"][:6])
    np.testing.assert_allclose(answers(net, crops), infer(published, crops)["slots"], atol=1e-4)
    norms = [m for m in net.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert all(torch.allclose(norm.weight, norm.running_var.sqrt(), atol=1e-3) for norm in norms)


def test_a_net_grown_by_a_block_and_a_layer_answers_as_before(ring: Ring, published: Path) -> None:
    net = Recognizer(NetConfig(**{**CONFIG.to_dict(), "layers": CONFIG.layers + 1, "deep": CONFIG.deep + 1}))
    net.layers[-1].start_as_identity()
    crops = np.asarray(ring.records["image"][:6])
    warm_start(net, published, crops)
    np.testing.assert_allclose(answers(net, crops), infer(published, crops)["slots"], atol=1e-4)


def test_a_file_of_another_net_is_refused(ring: Ring, published: Path) -> None:
    smaller = Recognizer(NetConfig(**{**CONFIG.to_dict(), "layers": 1}))
    with pytest.raises(ValueError, match=r"does not fit this net: layers\.1"):
        warm_start(smaller, published, np.asarray(ring.records["image"][:2]))


def test_weights_stored_in_half_precision_come_back(tmp_path: Path) -> None:
    export(load_average(tmp_path / "none.pt"), tmp_path / "net.onnx")
    model = onnx.load(str(tmp_path / "net.onnx"))
    assert any(t.data_type == onnx.TensorProto.FLOAT16 for t in model.graph.initializer)
    whole = expand(model)
    assert all(t.data_type != onnx.TensorProto.FLOAT16 for t in whole.graph.initializer)
    onnx.checker.check_model(whole)


def test_the_int8_file_answers_nearly_the_same_and_keeps_the_metadata(ring: Ring, tmp_path: Path) -> None:
    full, small = tmp_path / "net.onnx", tmp_path / "net.int8.onnx"
    export(load_average(tmp_path / "none.pt"), full)
    crops = np.asarray(ring.records["image"][:8])
    quantize(full, small, crops)
    np.testing.assert_allclose(infer(small, crops)["ctc"], infer(full, crops)["ctc"], atol=0.05)
    kept = [{p.key: p.value for p in onnx.load(str(path)).metadata_props} for path in (full, small)]
    assert kept[0]["marque.kind"] == "recognizer"
    assert kept[0].items() <= kept[1].items()


def test_mixed_weights_lie_between_both() -> None:
    first = {"weight": torch.zeros(3), "count": torch.tensor(1)}
    second = {"weight": torch.full((3,), 4.0), "count": torch.tensor(9)}
    between = mixed(first, second, 0.25)
    assert between["weight"].tolist() == [1.0, 1.0, 1.0]
    assert between["count"] == 9


def test_the_rate_warms_up_and_ends_near_zero() -> None:
    recipe = Recipe()
    assert rate_at(0, 0.0, recipe) < recipe.rate / 100
    assert rate_at(10_000, 0.0, recipe) == recipe.rate
    assert rate_at(10_000, 1.0, recipe) < recipe.rate / 100


def test_greyed_out_characters_match_anything() -> None:
    assert matches("12B4", "1*B*")
    assert matches("1B", "1*B*")
    assert not matches("1C4", "1*B*")
