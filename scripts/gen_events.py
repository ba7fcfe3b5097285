"""Writes what is generated from the event's wire models: the JSON Schema and the golden events.

Run by ``make gen``; ``make check`` fails when the committed files differ.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from event_samples import GOLDEN  # noqa: E402
from marque.wire import schema, to_wire  # noqa: E402


def write(path: str, data: dict[str, Any]) -> None:
    (ROOT / path).write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n")


write("docs/reference/event.schema.json", schema())
for name, one in GOLDEN.items():
    write(f"tests/golden/event-{name}.json", to_wire(one))
