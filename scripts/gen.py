"""Writes what is generated: reference pages, JSON Schemas, golden documents. ``--check`` says what is out of date."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

import accuracy  # noqa: E402
import blocking  # noqa: E402
import reference  # noqa: E402

import event_samples  # noqa: E402
from marque import api, config, wire  # noqa: E402


def as_json(value: Mapping[str, Any]) -> str:
    """Indented JSON with a final line break."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


GENERATED: Mapping[str, Callable[[], str]] = {
    "src/marque/client/sync.py": blocking.text,
    "docs/explain/accuracy.md": accuracy.page,
    "docs/reference/config.md": reference.config_page,
    "docs/reference/config.schema.json": lambda: as_json(config.json_schema()),
    "docs/reference/cli.md": reference.cli_page,
    "docs/reference/event.schema.json": lambda: as_json(wire.schema()),
    "tests/golden/openapi.json": lambda: as_json(api.document()),
    **{
        f"tests/golden/event-{name}.json": partial(lambda one: as_json(wire.to_wire(one)), one)
        for name, one in event_samples.GOLDEN.items()
    },
}
"""path -> what makes its text"""


def main(check: bool) -> int:
    """Write each file, or with ``check`` name those that differ; the exit status."""
    stale = 0
    for name, make in GENERATED.items():
        path, text = ROOT / name, make()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        sys.stderr.write(f"{name}: out of date, run `make gen`\n" if check else f"{name}: written\n")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return int(check and stale > 0)


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
