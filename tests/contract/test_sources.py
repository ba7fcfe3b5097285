"""What every source plugin promises, whoever wrote it."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
import yaml
from pydantic import ValidationError

from cameras import FakeClock, drain
from marque import plugins
from marque.errors import SourceError
from marque.ports import PluginConfig, Source, SourceContext

SMALLEST = {
    "file": {"path": "none.mp4"},
    "folder": {"path": "none"},
    "http": {"url": "http://127.0.0.1:1/"},
    "rtsp": {"url": "rtsp://127.0.0.1:1/"},
    "scene": {},
}
NAMES = plugins.names("sources")


@pytest.fixture(params=NAMES)
def plugin(request: pytest.FixtureRequest) -> ModuleType:
    return plugins.load("sources", request.param)


def built(plugin: ModuleType, folder: Path) -> Source:
    options = dict(SMALLEST[plugin.__name__.rpartition(".")[2]])
    if "path" in options:
        options["path"] = str(folder / "none")
    source: Source = plugin.build(plugin.Config(**options), SourceContext("gate", FakeClock()))
    return source


def test_these_are_the_sources() -> None:
    assert sorted(SMALLEST) == NAMES


def test_it_explains_itself(plugin: ModuleType) -> None:
    assert plugin.__doc__
    assert isinstance(plugin.REQUIRES, str)
    assert issubclass(plugin.Config, PluginConfig)


def test_its_example_is_valid(plugin: ModuleType) -> None:
    example = yaml.safe_load(plugin.EXAMPLE)
    assert plugins.load("sources", example.pop("type")) is plugin
    plugin.Config(**example)


def test_unknown_options_are_refused(plugin: ModuleType) -> None:
    example = yaml.safe_load(plugin.EXAMPLE)
    example.pop("type")
    with pytest.raises(ValidationError):
        plugin.Config(**example, colour="red")


def test_it_says_what_kind_of_frames_it_gives(plugin: ModuleType, tmp_path: Path) -> None:
    source = built(plugin, tmp_path)
    assert isinstance(source.live, bool)
    assert isinstance(source.stills, bool)


def test_building_it_opens_nothing(plugin: ModuleType, tmp_path: Path) -> None:
    built(plugin, tmp_path)


@pytest.mark.parametrize("name", ["file", "folder", "http", "rtsp"])
def test_what_cannot_be_opened_is_a_source_error_with_a_hint(name: str, tmp_path: Path) -> None:
    _, end = drain(built(plugins.load("sources", name), tmp_path))
    assert isinstance(end, SourceError)
    assert end.hint


@pytest.mark.parametrize("name", ["folder", "http", "scene"])
def test_a_closed_source_ends_quietly(name: str, tmp_path: Path) -> None:
    source = built(plugins.load("sources", name), tmp_path)
    source.close()
    assert drain(source) == ([], None)
