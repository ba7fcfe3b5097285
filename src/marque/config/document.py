"""A YAML file as plain data, with the line of every key and value, ``${VAR}`` filled in and ``MARQUE_*`` laid over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Place = tuple[str | int, ...]
VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\})")
PREFIX = "MARQUE_"
FROM_FILE = "_FILE"
MOST = 100_000
"""values in one file; a few aliases can stand for billions"""


@dataclass
class Document:
    """``data``: mappings, lists and scalars. ``origins``: where each place was written, ``file:line`` or a variable's
    name. ``problems``: ``origin: sentence`` of all that is wrong; ``told``: the places."""

    name: str
    data: Any = None
    origins: dict[Place, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    told: set[Place] = field(default_factory=set)

    def wrong(self, place: Place, sentence: str, origin: str = "") -> None:
        self.told.add(place)
        self.problems.append(f"{origin or self.origin(place)}: {sentence}")

    def origin(self, place: Place) -> str:
        """Where ``place``, or else the nearest thing around it, was written."""
        while place not in self.origins and place:
            place = place[:-1]
        return self.origins.get(place, self.name)


def read_document(name: str, text: str, env: Mapping[str, str]) -> Document:
    """The text as a Document; a syntax error is one of its problems."""
    document = Document(name)
    _Reader(document, env).read(text)
    if document.data is None:
        document.data = {}
    if isinstance(document.data, dict) and not document.problems:
        _overlay(document, env)
    return document


def environment(name: str, env: Mapping[str, str]) -> str | None:
    """The variable, or the content of the file that ``<name>_FILE`` points at, or None. Raises OSError."""
    if name in env:
        return env[name]
    if path := env.get(name + FROM_FILE):
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    return None


PLAIN = (
    ("bool", r"true|false", "tf"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"~|null", "~n"),
    ("null", "", ""),
    ("merge", "<<", "<"),
)
"""type, how it is written, the characters it may begin with"""


def _resolvers() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    found: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    for tag, pattern, beginnings in PLAIN:
        for first in beginnings or [""]:
            found.setdefault(first, []).append((f"tag:yaml.org,2002:{tag}", re.compile(f"(?:{pattern})$")))
    return found


class Loader(yaml.SafeLoader):
    """YAML 1.2's plain scalars: ``no`` is Norway, ``007`` a text, ``12:30`` not a number."""

    yaml_implicit_resolvers = _resolvers()


class _Reader:
    def __init__(self, document: Document, env: Mapping[str, str]) -> None:
        self.document, self.env = document, env
        self.open: set[int] = set()

    def read(self, text: str) -> None:
        try:
            loader = Loader(text)
            node = loader.get_single_node()
            if node is not None:
                self.loader = loader
                self.document.data = self.value(node, ())
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.document.origins[()] = f"{self.document.name}:{mark.line + 1 if mark else 1}"
            self.document.wrong((), f"this is no YAML: {error.problem or error.context}")
        except yaml.YAMLError as error:
            self.document.wrong((), f"this is no YAML: {str(error).splitlines()[0]}")
        except RecursionError:
            self.document.wrong((), "this is nested too deeply")

    def value(self, node: yaml.Node, place: Place) -> Any:
        self.document.origins.setdefault(place, f"{self.document.name}:{node.start_mark.line + 1}")
        if id(node) in self.open:
            self.document.wrong(place, "this alias contains itself")
            return None
        if len(self.document.origins) > MOST:
            self.document.wrong((), f"there are more than {MOST} values in this file")
            return None
        self.open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self.mapping(node, place)
            if isinstance(node, yaml.SequenceNode):
                return [self.value(child, (*place, index)) for index, child in enumerate(node.value)]
            return self.scalar(node, place)
        finally:
            self.open.discard(id(node))

    def mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        own = {id(key) for key, _ in node.value}
        self.loader.flatten_mapping(node)
        found: dict[str, Any] = {}
        mine: set[str] = set()
        for key_node, child in node.value:
            key = str(self.loader.construct_object(key_node))
            self.document.origins[(*place, key)] = f"{self.document.name}:{key_node.start_mark.line + 1}"
            if key in mine:
                self.document.wrong((*place, key), f"{dotted((*place, key))} is written twice")
            mine |= {key} if id(key_node) in own else set()
            found[key] = self.value(child, (*place, key))
        return found

    def scalar(self, node: yaml.Node, place: Place) -> Any:
        value = self.loader.construct_object(node)
        return VARIABLE.sub(lambda match: self.variable(match, place), value) if isinstance(value, str) else value

    def variable(self, match: re.Match[str], place: Place) -> str:
        if match[0] == "$$":
            return "$"
        try:
            value = environment(match["name"], self.env)
        except OSError as error:
            self.document.wrong(place, f"{match['name']}{FROM_FILE} cannot be read: {error.strerror}")
            return ""
        if value is None and match["default"] is None:
            self.document.wrong(
                place, f"the variable {match['name']} is not set; write ${{{match['name']}:-default}} for a default"
            )
        return value if value is not None else match["default"] or ""


def _overlay(document: Document, env: Mapping[str, str]) -> None:
    """Lay ``MARQUE_SERVER__PORT=7000`` over the file's own values; ``..._FILE`` names a file that holds the value.

    An entry of a list goes by its number, name or id: ``MARQUE_SINKS__HOOK__URL``.
    """
    for variable in sorted(env):
        path = variable.removeprefix(PREFIX).removesuffix(FROM_FILE).lower()
        if not variable.startswith(PREFIX) or ("__" not in path and path != "site"):
            continue
        try:
            place = _put(
                document.data, path.split("__"), _flow(environment(variable.removesuffix(FROM_FILE), env) or "")
            )
            document.origins[place] = variable
        except OSError as error:
            document.wrong((), f"cannot be read: {error.strerror}", origin=variable)
        except LookupError as error:
            document.wrong((), str(error.args[0]), origin=variable)


def _flow(text: str) -> Any:
    """A list or mapping when it is written as one (``[gb, de]``), else the text itself."""
    if not text.startswith(("[", "{")):
        return text
    try:
        return yaml.load(text, Loader)
    except yaml.YAMLError:
        return text


def _put(target: Any, path: list[str], value: Any) -> Place:
    """Set the value at the path and say where that is. Raises LookupError where there is no such place."""
    if not isinstance(target, dict | list) or not path[0]:
        raise LookupError("there is no setting of this name")
    key: Any = _entry(target, path[0]) if isinstance(target, list) else path[0]
    if len(path) == 1:
        target[key] = value
        return (key,)
    if isinstance(target, dict) and not isinstance(target.get(key), dict | list):
        target[key] = {}
    return (key, *_put(target[key], path[1:], value))


def _entry(entries: list[Any], step: str) -> int:
    for index, entry in enumerate(entries):
        names = {str(entry.get(key, "")).lower() for key in ("id", "name")} if isinstance(entry, dict) else set()
        if step == str(index) or step in names:
            return index
    raise LookupError(f"there is no entry {step!r} in the file")


def dotted(place: Place) -> str:
    """A place as people write it: ``cameras[0].source``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")
