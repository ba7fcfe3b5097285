"""What the model cards have in common: the files they are about, the commit these came from, and where they lie."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

STORAGE = "large weights are kept in half precision and cast on loading; arithmetic is FP32 or INT8"


def identity(kind: str, folder: Path, files: Mapping[str, str], name: str | None = None) -> dict[str, Any]:
    """Name, licence, date, commit, and size and sha256 of each of `files` (precision -> file name) in `folder`."""
    return {
        "name": name or f"plate-{kind}",
        "kind": kind,
        "license": "Apache-2.0",
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit(),
        "storage": STORAGE,
        "files": {file: {"precision": precision, **_facts(folder / file)} for precision, file in files.items()},
    }


def _facts(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def keep(content: Mapping[str, Any], page: str, folder: Path) -> None:
    """Write a card beside its files, for programs and for people."""
    for ending, text in (("json", json.dumps(content, indent=1) + "\n"), ("md", page)):
        (folder / f"{content['name']}.card.{ending}").write_text(text, "utf-8")


def commit() -> str:
    """The commit that the training code stands at."""
    where = Path(__file__).parent
    found = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True, cwd=where)
    return found.stdout.strip()
