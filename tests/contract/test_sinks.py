"""What every sink promises, whatever it talks to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from event_samples import GOLDEN, event
from fakes import FakeClock
from marque import plugins
from marque.config import SinkSettings
from marque.ports import Payload, PluginConfig, Sink, SinkContext

SINKS = plugins.names("sinks")
CONTEXT = SinkContext("test", lambda digest: f"jpeg of {digest}".encode(), FakeClock(), timeout=5)
HERE: dict[str, dict[str, Any]] = {
    "webhook": {"secret": "c2VjcmV0IHNlY3JldCBzZWNyZXQ="},
    "tcp": {"port": 0},
}
"""what a sink's example cannot know of this machine"""


def options(module: ModuleType) -> dict[str, Any]:
    settings = SinkSettings(**yaml.safe_load(module.EXAMPLE))
    return {**settings.options, **HERE.get(settings.type, {})}


@pytest.fixture(params=SINKS)
def module(request: pytest.FixtureRequest) -> ModuleType:
    return plugins.load("sinks", request.param)


@pytest.fixture
def sink(module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    monkeypatch.chdir(tmp_path)
    built: Sink = module.build(module.Config(**options(module)), CONTEXT)
    yield built
    built.close()


def test_we_have_the_sinks_we_promise() -> None:
    assert {"file", "tcp", "upstream", "webhook"} <= set(SINKS)


def test_it_explains_itself_and_its_example_works(module: ModuleType) -> None:
    assert module.__doc__
    assert module.REQUIRES == "" or module.REQUIRES.isidentifier()
    settings = SinkSettings(**yaml.safe_load(module.EXAMPLE))
    assert module.__name__ == f"marque.sinks.{settings.type}"
    assert issubclass(module.Config, PluginConfig)
    module.Config(**options(module))


def test_it_refuses_unknown_options(module: ModuleType) -> None:
    with pytest.raises(ValidationError):
        module.Config(**options(module), colour="blue")


def test_encoding_is_pure(sink: Sink) -> None:
    for one in GOLDEN.values():
        first = sink.encode(one)
        assert isinstance(first, Payload)
        assert sink.encode(one) == first


def test_every_event_has_a_payload_of_its_own(sink: Sink) -> None:
    bodies = [sink.encode(one).body for one in GOLDEN.values()]
    assert all(bodies)
    assert len(set(bodies)) == len(bodies)


def test_nothing_to_send_is_no_outcome(sink: Sink) -> None:
    assert sink.send([]) == []


def test_closing_twice_is_once(sink: Sink) -> None:
    sink.close()
    sink.close()
    assert sink.encode(event()).body
