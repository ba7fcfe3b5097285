"""A card names the very files it is about."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from marque_training.identity import commit, identity, keep


def test_a_card_names_its_files_by_hash_and_size(tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(b"weights")
    found = identity("detector", tmp_path, {"fp32": "net.onnx"})
    fingerprint = hashlib.sha256(b"weights").hexdigest()
    assert found["files"] == {"net.onnx": {"precision": "fp32", "sha256": fingerprint, "bytes": 7}}
    assert found["name"] == "plate-detector"
    assert found["commit"] == commit()


def test_a_card_is_kept_beside_its_files_for_programs_and_for_people(tmp_path: Path) -> None:
    keep({"name": "plate-detector"}, "# Detector\n", tmp_path)
    assert json.loads((tmp_path / "plate-detector.card.json").read_text()) == {"name": "plate-detector"}
    assert (tmp_path / "plate-detector.card.md").read_text() == "# Detector\n"
