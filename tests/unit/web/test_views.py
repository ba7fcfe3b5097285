"""The scripts of the dashboard take no text for markup, evaluate none, and fetch nothing from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import marque.web

WEB = Path(marque.web.__file__).parent
SCRIPTS = sorted([*WEB.rglob("*.js")])
FORBIDDEN = ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write(", "eval(", "Function(", "v-html"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
class TestEveryScript:
    def test_it_never_takes_text_for_markup_or_script(self, script: Path) -> None:
        assert not [word for word in FORBIDDEN if word in script.read_text()]

    def test_it_has_no_template_that_the_browser_would_have_to_compile(self, script: Path) -> None:
        assert not re.search(r"^\s*template\s*:", script.read_text(), re.MULTILINE)

    def test_it_names_no_other_host(self, script: Path) -> None:
        assert set(re.findall(r"https?://[^\s\"'`]+", script.read_text())) <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize("sheet", sorted(WEB.rglob("*.css")), ids=lambda path: path.name)
def test_no_style_fetches_from_elsewhere(sheet: Path) -> None:
    assert not re.search(r"url\(\s*[\"']?(https?:)?//|@import", sheet.read_text())
