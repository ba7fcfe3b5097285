"""What ``docs/howto/use-from-python.md`` shows works as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs/howto/use-from-python.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def test_the_page_runs_from_top_to_bottom(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MARQUE_SERVER", url)
    for block in BLOCKS:
        exec(compile(block, str(PAGE), "exec"), {"__name__": "docs"})
    told = capsys.readouterr().out
    assert "8BC123 ('8~B',)" in told
    assert "(('plate', 'There is no letter or digit in it'),)" in told
    assert "1 new" in told
