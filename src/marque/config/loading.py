"""From a file to Settings, or to every mistake in it at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from marque import plugins
from marque.config.document import Document, Place, dotted, read_document
from marque.config.mistakes import keys_at, sentence
from marque.config.settings import Settings, SinkSettings
from marque.errors import ConfigError, MarqueError

M = TypeVar("M", bound=BaseModel)


Further = Callable[[Settings], Iterable[tuple[Place, str]]]
"""finds mistakes that the configuration cannot know of itself: where, and a sentence"""


def load(path: Path, env: Mapping[str, str] | None = None, further: Further | None = None) -> Settings:
    """The settings in ``path`` under the environment ``env`` (the process's own if left out). ``further`` looks at
    settings that are right in themselves. Raises ConfigError naming every mistake."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"], hint="`marque init` writes one.") from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: is not UTF-8 text"]) from error
    return parse(text, env, str(path), further)


def parse(
    text: str, env: Mapping[str, str] | None = None, name: str = "settings", further: Further | None = None
) -> Settings:
    """As ``load``, from the text itself; ``name`` stands for the file in the sentences."""
    document = read_document(name, text, os.environ if env is None else env)
    settings = None
    if isinstance(document.data, dict):
        settings = _checked(document)
    elif not document.problems:
        document.wrong((), f"the file should hold keys and values, not {document.data!r}")
    if settings is not None and further is not None and not document.problems:
        for place, said in further(settings):
            document.wrong(place, said)
    if document.problems or settings is None:
        raise ConfigError(sorted(dict.fromkeys(document.problems), key=_by_line))
    return settings


def check_plugin(folder: str, section: Mapping[str, Any], name: str) -> None:
    """Check a plugin's section that came from elsewhere; ``name`` says whence. Raises ConfigError."""
    document = Document(name)
    _check_plugin(document, folder, (), dict(section), ["type"])
    if document.problems:
        raise ConfigError(document.problems)


def _checked(document: Document) -> Settings | None:
    # A section whose entries are all commented out is null to YAML and empty to its author.
    known = Settings.model_fields
    document.data = {key: value for key, value in document.data.items() if value is not None or key not in known}
    for folder, place, section, host in _plugged(document.data):
        _check_plugin(document, folder, place, section, host)
    _check_unique(document, "cameras", "id")
    _check_unique(document, "sinks", "name")
    return _validate(document, Settings, document.data, ())


def _validate(
    document: Document, model: type[M], data: Mapping[str, Any], place: Place, host: Iterable[str] = ()
) -> M | None:
    """``data`` as a model, or None and its mistakes noted. ``host``: keys that are also allowed at this place."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            at = _written(data, detail["loc"], detail["type"])
            if (*place, *at) not in document.told:
                known = [*keys_at(model, at[:-1]), *(host if len(at) == 1 else ())]
                document.wrong((*place, *at), sentence(detail, (*place, *at), known))
        return None


def _written(data: Any, loc: Place, kind: str) -> Place:
    """The part of pydantic's location that is in the file: it also names the branches of a union."""
    if kind == "missing":
        return loc
    for depth, step in enumerate(loc):
        try:
            data = data[step]
        except (LookupError, TypeError):
            return loc[:depth]
    return loc


def _plugged(data: Mapping[str, Any]) -> Iterator[tuple[str, Place, dict[str, Any], Iterable[str]]]:
    """Folder, place, section and the host's own keys of everything that a plugin reads."""
    for index, camera in _sections(data, "cameras"):
        if isinstance(camera.get("source"), dict):
            yield "sources", ("cameras", index, "source"), camera["source"], ["type"]
    for key in ("detector", "recognizer"):
        if isinstance(data.get("reader"), dict) and isinstance(data["reader"].get(key), dict):
            yield f"{key}s", ("reader", key), data["reader"][key], ["type"]
    for index, processor in _sections(data, "processors"):
        yield "processors", ("processors", index), processor, ["type"]
    for index, sink in _sections(data, "sinks"):
        yield "sinks", ("sinks", index), sink, SinkSettings.model_fields


def _sections(data: Mapping[str, Any], key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    entries = data.get(key)
    if isinstance(entries, list):
        yield from ((index, entry) for index, entry in enumerate(entries) if isinstance(entry, dict))


def _check_plugin(document: Document, folder: str, place: Place, section: dict[str, Any], host: Iterable[str]) -> None:
    if not isinstance(section.get("type"), str):
        known = ", ".join(plugins.names(folder))
        document.wrong((*place, "type"), f"{dotted((*place, 'type'))} is missing; it is one of {known}")
        return
    try:
        config = plugins.load(folder, section["type"]).Config
    except MarqueError as error:
        document.wrong((*place, "type"), f"{dotted((*place, 'type'))}: {error}. {error.hint}")
        return
    _read_files(document, place, section, config)
    _validate(document, config, {k: v for k, v in section.items() if k not in host}, place, host)


def _read_files(document: Document, place: Place, section: dict[str, Any], config: type[BaseModel]) -> None:
    """``secret_file: PATH`` gives ``secret`` the content of that file."""
    for key in [k for k in section if k.endswith("_file") and k not in config.model_fields]:
        option = key.removesuffix("_file")
        if option not in config.model_fields:
            continue
        try:
            section[option] = Path(str(section.pop(key))).read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            document.wrong((*place, key), f"{dotted((*place, key))} cannot be read: {error.strerror}")
            section[option] = ""


def _check_unique(document: Document, key: str, field: str) -> None:
    first: dict[str, int] = {}
    for index, entry in _sections(document.data, key):
        name = str(entry.get(field))
        if field in entry and first.setdefault(name, index) != index:
            place = (key, index, field)
            document.wrong(place, f"{dotted(place)}: {name!r} is already the {field} of {key}[{first[name]}]")


def _by_line(problem: str) -> tuple[str, int, str]:
    name, _, rest = problem.partition(":")
    line = rest.partition(":")[0]
    return name, int(line) if line.isdigit() else 0, rest
