"""A card names the very files it is about."""

from __future__ import annotations

import hashlib
from pathlib import Path

from marque_training.identity import commit, identity


def test_a_card_names_its_files_by_hash_and_size(tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(b"weights")
    found = identity("detector", tmp_path, {"fp32": "net.onnx"})
    fingerprint = hashlib.sha256(b"weights").hexdigest()
    assert found["files"] == {"net.onnx": {"precision": "fp32", "sha256": fingerprint, "bytes": 7}}
    assert found["name"] == "plate-detector"
    assert found["commit"] == commit()
