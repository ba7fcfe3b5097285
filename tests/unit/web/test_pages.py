"""The pages outside the dashboard stand on their own and never take text for markup."""

from __future__ import annotations

import re

import pytest

from marque.web import pages


@pytest.mark.parametrize("path", ["/docs", "/login"])
class TestEveryPage:
    def test_it_fetches_nothing_from_elsewhere(self, path: str) -> None:
        addresses = re.findall(r"(?:https?:)?//[a-z][\w.-]*\.[a-z]+", pages()[path])
        assert set(addresses) <= {"http://www.w3.org"}

    def test_it_never_takes_text_for_markup(self, path: str) -> None:
        forbidden = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function")
        assert not [word for word in forbidden if word in pages()[path]]

    def test_it_has_no_style_or_script_that_its_policy_would_refuse(self, path: str) -> None:
        markup = re.sub(r"<(script|style)>.*?</\1>", "", pages()[path], flags=re.DOTALL)
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=", markup)

    def test_it_is_readable_by_machine_and_voice(self, path: str) -> None:
        html = pages()[path]
        assert '<html lang="en">' in html
        assert '<meta name="viewport"' in html
        assert "color-scheme: light dark" in html
