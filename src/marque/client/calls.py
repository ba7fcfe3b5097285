"""Every request of the client and what its answer means, without a network: the blocking client and the asynchronous
one send the same calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, TypedDict, TypeVar

from marque.client.answers import found, page_of, stored, tally_of
from marque.queries import FoundRead, Tally
from marque.types import PlateEvent, StoredEvent
from marque.wire import to_wire

T = TypeVar("T")
Match = Literal["exact", "prefix", "wildcard", "regex", "fuzzy"]
Several = str | Sequence[str]


class Filters(TypedDict, total=False):
    """What ``reads``, ``events``, ``export`` and ``stream`` can be narrowed by; names are those of the HTTP API."""

    camera: Several
    site: Several
    zone: Several
    direction: Several
    region: Several
    vehicle: Several
    color: Several
    make: Several
    kind: Several
    since: datetime
    until: datetime
    plate: str
    match: Match
    min_confidence: float
    max_confidence: float
    event_class: Literal["normal", "quarantine"]
    corrected: bool


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request. ``parse`` makes the answer's JSON into ours; ``again`` says that it may be sent twice."""

    method: str
    path: str
    parse: Callable[[Any], T]
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    files: Sequence[tuple[str, tuple[str, bytes, str]]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def again(self) -> bool:
        return self.method == "GET"

    @property
    def content(self) -> dict[str, Any]:
        """The body as httpx takes it."""
        return ({"json": self.body} if self.body is not None else {}) | ({"files": self.files} if self.files else {})


def params_of(filters: Filters) -> dict[str, Any]:
    """The filters as query parameters."""
    renamed = {("class" if name == "event_class" else name): value for name, value in filters.items()}
    return {name: _plain(value) for name, value in renamed.items() if value is not None}


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            if value.tzinfo is None:
                raise ValueError("a time without a zone; use datetime.now(UTC) and the like")
            return value.isoformat()
        case bool():
            return str(value).lower()
        case str() | int() | float():
            return value
    return list(value)


def reads(filters: Filters, page: str | None, size: int) -> Call[tuple[list[FoundRead], str | None]]:
    asked = params_of(filters) | {"limit": size} | ({"page": page} if page else {})
    return Call("GET", "/v1/reads", lambda answer: page_of(answer, "reads", "next", found), asked)


def count(filters: Filters) -> Call[Tally]:
    return Call("GET", "/v1/reads", tally_of, params_of(filters) | {"limit": 1, "count": "true"})


def read(event_id: str) -> Call[FoundRead]:
    return Call("GET", f"/v1/reads/{event_id}", found)


def events(filters: Filters, cursor: int | None, size: int, order: str) -> Call[tuple[list[StoredEvent], int | None]]:
    asked = params_of(filters) | {"limit": size, "order": order} | ({} if cursor is None else {"cursor": cursor})
    return Call("GET", "/v1/events", lambda answer: page_of(answer, "events", "next_cursor", stored), asked)


def revisions(event_id: str) -> Call[list[StoredEvent]]:
    return Call("GET", f"/v1/events/{event_id}", lambda answer: [stored(one) for one in answer["revisions"]])


def correct(event_id: str, text: str, reason: str) -> Call[FoundRead]:
    return Call("PATCH", f"/v1/reads/{event_id}", found, body={"text": text, "reason": reason})


def recognize(pictures: Mapping[str, bytes], options: Mapping[str, Any]) -> Call[list[dict[str, Any]]]:
    files = [("image", (name, data, "application/octet-stream")) for name, data in pictures.items()]
    asked = {name: _plain(value) for name, value in options.items()}
    return Call("POST", "/v1/read", lambda answer: list(answer["pictures"]), asked, files=files)


def send(batch: Iterable[PlateEvent]) -> Call[dict[str, Any]]:
    return Call("POST", "/v1/events", dict, body=[to_wire(event) for event in batch])


def get(path: str, params: Mapping[str, Any]) -> Call[Any]:
    return Call("GET", path, lambda answer: answer, {name: _plain(v) for name, v in params.items() if v is not None})


def sign_in(name: str, password: str) -> Call[dict[str, Any]]:
    return Call("POST", "/v1/session", dict, body={"name": name, "password": password})


def picture(event_id: str, name: str) -> Call[bytes]:
    return Call("GET", f"/v1/reads/{event_id}/images/{name}", bytes)


def export(file_format: str, most: int | None, filters: Filters) -> Call[bytes]:
    asked = params_of(filters) | {"format": file_format} | ({} if most is None else {"limit": most})
    return Call("GET", "/v1/reads/export", bytes, asked)
