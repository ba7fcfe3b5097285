"""Settings from what was typed after ``marque run``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from marque import plugins
from marque.config import CameraSettings, Settings, SinkSettings, load, parse
from marque.errors import MarqueError

DEFAULT = Path("marque.yaml")
Model = TypeVar("Model", bound=BaseModel)


def base(config: Path | None, sources: Sequence[str]) -> Settings:
    """The file named, or ``marque.yaml`` here when nothing else was said, or the defaults under the environment."""
    if config is not None:
        return load(config)
    if not sources and DEFAULT.exists():
        return load(DEFAULT)
    return parse("")


def with_sources(settings: Settings, sources: Sequence[str], regions: Sequence[str]) -> Settings:
    """The same settings watching ``sources`` (all that are configured, if none) for plates of ``regions``."""
    cameras = list(settings.cameras)
    if sources:
        names = camera_names(sources)
        cameras = [_made(CameraSettings, id=name, source=text) for name, text in zip(names, sources, strict=True)]
    if regions:
        cameras = [_made(CameraSettings, **camera.model_dump() | {"regions": regions}) for camera in cameras]
    return changed(settings, cameras=cameras)


def with_webhook(settings: Settings, url: str) -> Settings:
    """The same settings with one more webhook."""
    options = {"url": url}
    _made(plugins.load("sinks", "webhook").Config, **options)
    name = free("webhook", (sink.name for sink in settings.sinks))
    return changed(settings, sinks=[*settings.sinks, _made(SinkSettings, name=name, type="webhook", **options)])


def served(settings: Settings, data: Path | None, host: str | None, port: int | None, **more: Any) -> Settings:
    """The same settings with another place for the data, and another to serve at; None changes nothing."""
    storage = changed(settings.storage, folder=data)
    return changed(settings, storage=storage, server=changed(settings.server, host=host, port=port, **more))


def changed(section: Model, **changes: Any) -> Model:
    """A copy of a section with those changes that are not None."""
    return section.model_copy(update={key: value for key, value in changes.items() if value is not None})


def camera_names(sources: Sequence[str]) -> list[str]:
    """A short name per source: the file's, the host's or the scheme's; numbered where two are the same."""
    found: list[str] = []
    for text in sources:
        found.append(free(_short(text), found))
    return found


def free(name: str, taken: Iterable[str]) -> str:
    """The name, numbered when it is taken."""
    names = set(taken)
    return next(one for one in (name, *(f"{name}-{n}" for n in range(2, len(names) + 3))) if one not in names)


def _short(text: str) -> str:
    parts = urlsplit(text)
    name = parts.hostname or (Path(parts.path).stem if parts.path else parts.scheme) or "camera"
    name = parts.scheme if parts.scheme == "scene" else name
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-._")[:60] or "camera"


def _made(model: type[Model], **values: Any) -> Model:
    try:
        return model(**values)
    except ValidationError as error:
        detail = error.errors()[0]
        where = ".".join(str(step) for step in detail["loc"])
        raise MarqueError(f"{where}: {detail['msg']}", hint="See `marque run --help`.") from error
