"""Sources that somebody sets through the API: where they may lead, and their passwords, which nobody gets to see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from marque import plugins
from marque.access.urls import UrlGuard
from marque.capture.sources import STREAMS, parse_source
from marque.config import masked
from marque.config.mistakes import MASK
from marque.errors import MarqueError, Unacceptable

SCHEMES = (*sorted(STREAMS), "http", "https")
PATHS = frozenset({"path", "folder", "file"})
Source = str | dict[str, Any]


class SourceGuard:
    """``networks``: inside the site, where cameras are. ``folder``: whose files may be cameras; None: no file may."""

    def __init__(self, networks: Sequence[str], folder: Path | None) -> None:
        self._urls, self._folder = UrlGuard(networks), folder

    def check(self, source: Source) -> None:
        """Raises Unacceptable for ``source`` when there is no such source, it is written wrongly, or may not be read
        from."""
        options = parse_source(source) if isinstance(source, str) else dict(source)
        kind = str(options.pop("type", ""))
        try:
            plugins.load("sources", kind).Config(**options)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(("source", *map(str, first["loc"])))
            raise Unacceptable(str(first["msg"]), field=place) from error
        except MarqueError as error:
            raise Unacceptable(str(error), field="source", hint=error.hint) from error
        for name, text in _texts(options):
            if "://" in text or name == "url":
                self._check_url(text)
            elif name in PATHS:
                self._check_path(text)

    def _check_url(self, url: str) -> None:
        try:
            self._urls.check(url, SCHEMES, "source")
        except Unacceptable as error:
            hint = "Add it to server.camera_networks if cameras are there." if "public" in str(error) else error.hint
            raise Unacceptable(str(error), field="source", hint=hint) from error

    def _check_path(self, text: str) -> None:
        hint = "Put it into the folder that server.camera_folder names."
        if self._folder is None or not Path(text).resolve().is_relative_to(self._folder.resolve()):
            raise Unacceptable("files of this server may not be read through the API", field="source", hint=hint)


def _texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text in the options, with the name that it has."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _texts(part, str(key))
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part, name)
    elif isinstance(value, str):
        yield name, value


def unmasked(new: Source, old: Source | None) -> Source:
    """The new source with the old one's passwords where it has masks. They stay with their addresses: who may change a
    camera should not learn its password by sending it elsewhere. Raises Unacceptable."""
    if not any(MASK in text for _, text in _texts({"source": new})):
        return new
    if old is not None and masked(old, "source") == new:
        return old
    if old is None or _addresses(new) != _addresses(old):
        raise Unacceptable("the password is masked", field="source", hint="Write it out where the address is another.")
    filled: Source = _filled(new, old)
    if any(MASK in text for _, text in _texts({"source": filled})):
        raise Unacceptable("the password is masked", field="source", hint="Write it out.")
    return filled


def _addresses(source: Source) -> list[tuple[str, str | None, str | None, int | None]]:
    found = (urlsplit(text) for _, text in _texts({"source": source}) if "://" in text)
    return [(one.scheme, one.username, one.hostname, one.port) for one in found]


def _filled(new: Any, old: Any) -> Any:
    if isinstance(new, dict) and isinstance(old, dict):
        return {key: _filled(part, old.get(key)) for key, part in new.items()}
    if not isinstance(new, str) or not isinstance(old, str) or MASK not in new:
        return new
    if new == MASK:
        return old
    password = urlsplit(old).password
    return new if password is None else new.replace(f":{MASK}@", f":{password}@", 1)
