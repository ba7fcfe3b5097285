"""A configuration either becomes Settings, or every mistake in it becomes one sentence with its line."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marque import config, plugins
from marque.config import Settings, parse
from marque.errors import ConfigError

PLUGIN = '''
"""A sink that is a post box."""
from marque.ports import PluginConfig

EXAMPLE = """
name: box
type: postbox
url: https://example.org
"""
REQUIRES = ""


class Config(PluginConfig):
    url: str
    secret: str | None = None
    retries: int = 3
'''

WORDS = ["id", "name", "type", "source", "polygon", "zones", "filter", "kinds", "detector", "regions", "lost_after"]


@pytest.fixture
def postbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of sinks with one plugin in it."""
    package = tmp_path / "plugged_sinks"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "postbox.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(plugins.PACKAGES, "sinks", "plugged_sinks")
    for name in [n for n in sys.modules if n.startswith("plugged_sinks")]:
        monkeypatch.delitem(sys.modules, name)


def mistakes(text: str, env: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, env or {}, name="marque.yaml")
    return caught.value.problems


def test_an_empty_file_is_all_defaults() -> None:
    assert parse("", {}) == Settings()


def test_a_section_with_everything_commented_out_is_a_default() -> None:
    assert parse("sinks:\nserver:\n  # port: 7000\n", {}) == Settings()


def test_three_mistakes_make_three_lines() -> None:
    cameras = "cameras:\n  - id: gate\n    source: clip.mp4\n    lost_after: soon\n"
    text = "server:\n  prot: 7000\n" + cameras + "log: {level: loud}\n"
    assert mistakes(text) == [
        "marque.yaml:2: unknown key server.prot; did you mean 'port'?",
        "marque.yaml:6: cameras[0].lost_after: should be a valid number, not 'soon'",
        "marque.yaml:7: log.level: should be 'debug', 'info', 'warning' or 'error', not 'loud'",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("servr: {}", "marque.yaml:1: unknown key servr; did you mean 'server'?"),
        ("zebra: {}", "marque.yaml:1: unknown key zebra"),
        ("servers:", "marque.yaml:1: unknown key servers; did you mean 'server'?"),
        ("server:\n  port: 99999", "marque.yaml:2: server.port: should be less than or equal to 65535, not 99999"),
        ("server:\n  port: http", "marque.yaml:2: server.port: should be a valid integer, not 'http'"),
        ("server: 80", "marque.yaml:1: server: should hold keys and values, not 80"),
        ("cameras: gate", "marque.yaml:1: cameras: should be a valid list, not 'gate'"),
        ("cameras:\n  - id: gate", "marque.yaml:2: cameras[0].source is missing"),
        (
            "cameras:\n  - {id: gate, source: 5}",
            "marque.yaml:2: cameras[0].source: should be text, not 5; put it in quotes",
        ),
        (
            "cameras:\n  - {id: gate, source: a.mp4, timezone: Europe/Olso}",
            "marque.yaml:2: cameras[0].timezone: 'Europe/Olso' is no time zone; write one such as 'Europe/Oslo'",
        ),
        (
            "cameras:\n  - id: gate\n    source: a.mp4\n    zones:\n      - {name: a, polygon: [[0, 0], [2, 1]]}",
            "marque.yaml:5: cameras[0].zones[0].polygon[1][0]: should be less than or equal to 1, not 2",
        ),
        (
            "cameras:\n  - {id: gate, source: a.mp4}\n  - {id: gate, source: b.mp4}",
            "marque.yaml:3: cameras[1].id: 'gate' is already the id of cameras[0]",
        ),
        (
            "cameras:\n  - {id: gate, source: {type: rtps}}",
            "marque.yaml:2: cameras[0].source.type: there is no source 'rtps'.",
        ),
        ("reader:\n  device: gpu", "marque.yaml:2: reader.device: should be 'auto', 'cpu', 'cuda', 'tensorrt' or "),
        ("site: a\nsite: b", "marque.yaml:2: site is written twice"),
        ("site: [a\n", "marque.yaml:2: this is no YAML: expected ',' or ']', but got '<stream end>'"),
        ("- a", "marque.yaml:1: the file should hold keys and values, not ['a']"),
        ("site: &a [*a]", "marque.yaml:1: this alias contains itself"),
        ("site: ${SITE}", "marque.yaml:1: the variable SITE is not set; write ${SITE:-default} for a default"),
    ],
)
def test_each_mistake_says_where_and_what(text: str, sentence: str) -> None:
    assert any(problem.startswith(sentence) for problem in mistakes(text)), mistakes(text)


def test_a_file_that_swells_or_sinks_without_end_is_a_mistake() -> None:
    swelling = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join(9 * [f'*a{n - 1}'])}]\n" for n in range(1, 10))
    assert "marque.yaml:1: there are more than 100000 values in this file" in mistakes(swelling)
    assert mistakes("a: " + 10_000 * "[") == ["marque.yaml: this is nested too deeply"]


@pytest.mark.usefixtures("postbox")
def test_a_plugin_s_options_are_checked_with_its_own_config() -> None:
    first = "sinks:\n  - name: box\n    type: postbox\n    ulr: https://example.org\n    retries: many\n"
    text = first + "  - name: box\n    type: postbx\n"
    assert mistakes(text) == [
        "marque.yaml:2: sinks[0].url is missing",
        "marque.yaml:4: unknown key sinks[0].ulr; did you mean 'url'?",
        "marque.yaml:5: sinks[0].retries: should be a valid integer, not 'many'",
        "marque.yaml:6: sinks[1].name: 'box' is already the name of sinks[0]",
        "marque.yaml:7: sinks[1].type: there is no sink 'postbx'. Did you mean 'postbox'? Known: postbox.",
    ]


@pytest.mark.usefixtures("postbox")
def test_a_misspelt_key_of_the_host_is_guessed_in_a_plugin_s_section() -> None:
    text = "sinks: [{name: box, type: postbox, url: u, filtr: {}}]"
    assert mistakes(text) == ["marque.yaml:1: unknown key sinks[0].filtr; did you mean 'filter'?"]


@pytest.mark.usefixtures("postbox")
def test_a_plugin_without_type_is_told_the_known_ones() -> None:
    assert mistakes("sinks: [{name: box}]") == ["marque.yaml:1: sinks[0].type is missing; it is one of postbox"]


@pytest.mark.usefixtures("postbox")
def test_a_secret_may_live_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2\n")
    text = f"sinks: [{{name: box, type: postbox, url: u, secret_file: {tmp_path}/secret}}]"
    assert parse(text, {}).sinks[0].options == {"url": "u", "secret": "hunter2"}


@pytest.mark.usefixtures("postbox")
def test_a_secret_file_that_is_not_there_is_a_mistake() -> None:
    text = "sinks: [{name: box, type: postbox, url: u, secret_file: /nowhere/secret}]"
    assert mistakes(text) == ["marque.yaml:1: sinks[0].secret_file cannot be read: No such file or directory"]


@pytest.mark.usefixtures("postbox")
def test_a_mistake_never_shows_a_secret() -> None:
    assert mistakes("sinks: [{name: box, type: postbox, url: u, secret: 42}]") == [
        "marque.yaml:1: sinks[0].secret: should be text; put it in quotes"
    ]


def test_variables_are_filled_in() -> None:
    text = "site: ${SITE}-${LANE:-1}\nserver: {port: '${PORT}'}\nstorage: {folder: '$${x}'}"
    made = parse(text, {"SITE": "north", "PORT": "7000"})
    assert (made.site, made.server.port, str(made.storage.folder)) == ("north-1", 7000, "${x}")


def test_a_variable_may_be_the_content_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("north\n")
    assert parse("site: ${SITE}", {"SITE_FILE": str(tmp_path / "site")}).site == "north"


def test_a_variable_s_file_that_is_not_there_is_a_mistake() -> None:
    assert mistakes("site: ${SITE}", {"SITE_FILE": "/nowhere"}) == [
        "marque.yaml:1: SITE_FILE cannot be read: No such file or directory"
    ]


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    (tmp_path / "database").write_text("postgresql://db/marque\n")
    env = {
        "MARQUE_SITE": "south",
        "MARQUE_SERVER__PORT": "7000",
        "MARQUE_STORAGE__DATABASE_FILE": str(tmp_path / "database"),
        "MARQUE_CAMERAS__GATE__REGIONS": "[gb, no]",
        "MARQUE_CAMERAS__0__LOST_AFTER": "2m",
        "MARQUE_HOME": "not a setting",
    }
    made = parse("site: north\ncameras: [{id: Gate, source: a.mp4}]", env)
    assert (made.site, made.server.port) == ("south", 7000)
    assert made.storage.database_url == "postgresql://db/marque"
    assert (made.cameras[0].regions, made.cameras[0].lost_after) == (["gb", "no"], 120)


def test_mistakes_in_the_environment_are_named_by_variable() -> None:
    env = {
        "MARQUE_SERVER__PROT": "1",
        "MARQUE_SERVER__PORT": "x",
        "MARQUE_SINKS__HOOK__URL": "u",
        "MARQUE_LOG__LEVEL_FILE": "/nowhere",
    }
    assert mistakes("sinks: []", env) == [
        "MARQUE_LOG__LEVEL_FILE: cannot be read: No such file or directory",
        "MARQUE_SERVER__PORT: server.port: should be a valid integer, not 'x'",
        "MARQUE_SERVER__PROT: unknown key server.prot; did you mean 'port'?",
        "MARQUE_SINKS__HOOK__URL: there is no entry 'hook' in the file",
    ]


def test_norway_is_not_false() -> None:
    made = parse("cameras: [{id: 007, source: '12:30', regions: [no]}]\nserver: {enabled: off}", {})
    assert made.cameras[0].regions == ["no"]
    assert made.cameras[0].id == "007"
    assert made.server.enabled is False


@pytest.mark.parametrize(("text", "seconds"), [("5", 5), ("2.5s", 2.5), ("90 s", 90), ("2m", 120), ("250ms", 0.25)])
def test_times_have_units(text: str, seconds: float) -> None:
    assert parse(f"cameras: [{{id: a, source: b, lost_after: {text}}}]", {}).cameras[0].lost_after == seconds


def test_a_missing_file_says_what_writes_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"marque\.yaml: cannot be read: No such file or directory") as caught:
        config.load(tmp_path / "marque.yaml", {})
    assert "marque init" in caught.value.hint


def test_a_binary_file_is_no_configuration(tmp_path: Path) -> None:
    (tmp_path / "marque.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        config.load(tmp_path / "marque.yaml", {})


def test_the_file_that_init_writes_is_accepted() -> None:
    made = parse(config.template(), {})
    assert [(camera.id, camera.source) for camera in made.cameras] == [("gate", "scene:")]
    assert made.model_copy(update={"cameras": []}) == Settings()


def test_the_file_that_init_writes_shows_every_setting() -> None:
    text = config.template()
    assert not [key for key in config.CameraSettings.model_fields if f"{key}:" not in text]


def test_every_example_in_the_file_that_init_writes_is_right() -> None:
    text = re.sub(r"^  # ?((?:- |  |$).*)", r"  \1", config.template(), flags=re.MULTILINE)
    made = parse(text, {"BARRIER_SECRET": "c2VjcmV0", "MARQUE_KEY": "key"})
    assert [sink.type for sink in made.sinks] == plugins.names("sinks")
    sources = [camera.source["type"] for camera in made.cameras if isinstance(camera.source, dict)]
    assert sources == plugins.names("sources")


@pytest.mark.usefixtures("postbox")
def test_the_schema_accepts_what_load_accepts() -> None:
    schema = config.json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    good: dict[str, Any] = {"sinks": [{"name": "box", "type": "postbox", "url": "u", "timeout": "5s"}]}
    jsonschema.validate(good, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"sinks": [{"name": "box", "type": "postbox", "url": "u", "ulr": 1}]}, schema)
    assert yaml.safe_load(config.template())["cameras"]


@given(st.text(max_size=200) | st.binary(max_size=100).map(lambda data: data.decode("latin-1")))
def test_no_text_at_all_makes_anything_but_settings_or_mistakes(text: str) -> None:
    with contextlib.suppress(ConfigError):
        parse(text, {})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(list(Settings.model_fields)), JSON))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_no_values_at_all_make_anything_but_settings_or_mistakes(data: dict[str, Any]) -> None:
    with contextlib.suppress(ConfigError):
        parse(yaml.safe_dump(data), {})


def test_masked_hides_secrets_wherever_they_are() -> None:
    shown = config.masked({"secret": "a", "headers": {"Authorization": "b"}, "url": "amqp://me:pw@host/x", "n": [1]})
    assert shown == {
        "secret": "*****",
        "headers": {"Authorization": "*****"},
        "url": "amqp://me:*****@host/x",
        "n": [1],
    }


@pytest.mark.parametrize("key", ["X-Api-Key", "apikey", "api_key", "key", "Cookie", "passwd", "Proxy-Authorization"])
def test_masked_knows_a_secret_by_its_name(key: str) -> None:
    assert config.masked({"headers": {key: "hunter2"}}) == {"headers": {key: "*****"}}


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://admin:hunter2@cam/1",
        "rtsp://admin:hun@ter2@cam/1",
        "rtsp://cam/user=admin&password=hunter2&channel=1",
        "http://cam/shot?user=me&pwd=hunter2",
        "https://hook/in?api_key=hunter2",
    ],
)
def test_masked_knows_how_urls_carry_passwords(url: str) -> None:
    shown = config.masked(url)
    assert "ter2" not in shown
    assert "*****" in shown
