"""The blocking client. Made from aio.py by `make gen`: change that one."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self, TypeVar, Unpack

import httpx
from httpx_sse import connect_sse

from marque.client import calls
from marque.client.answers import refusal, understood, unreachable
from marque.client.calls import Call, Filters
from marque.client.following import ENDS, STREAM, Follower
from marque.client.manner import BUSY, PAGE, TIMEOUT, Manner, patience
from marque.errors import Busy
from marque.queries import FoundRead, Tally
from marque.types import PlateEvent, StoredEvent

T = TypeVar("T")


class Client:
    """A Marque server. ``key`` is an API key; without one ``sign_in`` starts a
    session where the server wants to know who asks.

    ``timeout``: seconds without a byte. ``retries``: how often a question (never a change) is asked again of a server
    that is away or busy. Every method raises RemoteError.
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        timeout: float = TIMEOUT,
        retries: int = 2,
        transport: httpx.BaseTransport | None = None,
        verify: Any = True,
    ) -> None:
        self._manner = Manner(url, key, retries)
        headers = self._manner.headers
        self._http = httpx.Client(
            base_url=self._manner.url, headers=headers, timeout=timeout, transport=transport, verify=verify
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    # -- what was read --------------------------------------------------------------------------------------------

    def reads(self, *, page_size: int = PAGE, **filters: Unpack[Filters]) -> Iterator[FoundRead]:
        """Passes in their newest revision, newest first (``match="fuzzy"``: most likely first), page after page."""
        page: str | None = None
        while True:
            rows, page = self.call(calls.reads(filters, page, page_size))
            yield from rows
            if page is None:
                return

    def count(self, **filters: Unpack[Filters]) -> Tally:
        """How many passes there are; ``exact`` is False where the server estimated."""
        return self.call(calls.count(filters))

    def read(self, event_id: str) -> FoundRead:
        """One pass."""
        return self.call(calls.read(event_id))

    def revisions(self, event_id: str) -> list[StoredEvent]:
        """Every revision of one pass, oldest first."""
        return self.call(calls.revisions(event_id))

    def events(
        self, *, after: int | None = None, page_size: int = PAGE, **filters: Unpack[Filters]
    ) -> Iterator[StoredEvent]:
        """Every revision in the order of the log, oldest first, from ``after`` (a cursor) on."""
        while True:
            rows, after = self.call(calls.events(filters, after, page_size, "oldest"))
            yield from rows
            if after is None:
                return

    def follow(self, *, after: int | None = None, **filters: Unpack[Filters]) -> Iterator[StoredEvent]:
        """Events as they come, for ever: from ``after`` (a cursor) on, else from now. Where the connection ends it is
        made again, and what was missed comes first; a refusal (a key that was revoked) is raised."""
        follower = Follower(after)
        while True:
            try:
                yield from self._followed(follower, filters)
            except (*ENDS, Busy) as end:
                follower.lost(end)
            time.sleep(follower.pause)

    def _followed(self, follower: Follower, filters: Filters) -> Iterator[StoredEvent]:
        params = calls.params_of(filters) | follower.params
        with connect_sse(self._http, "GET", STREAM, params=params, headers=follower.headers) as source:
            if source.response.is_error:
                source.response.read()
                raise refusal(source.response)
            for message in source.iter_sse():
                if (one := follower.heard(message)) is not None:
                    yield one

    def picture(self, event_id: str, name: str = "plate") -> bytes:
        """The JPEG of a pass: ``plate`` or ``frame``."""
        with self._streamed(calls.picture(event_id, name)) as answer:
            return answer.read()

    def export(
        self, file_format: str = "csv", *, most: int | None = None, **filters: Unpack[Filters]
    ) -> Iterator[bytes]:
        """The passes, at most ``most``, as ``csv``, ``jsonl`` or ``parquet``; nothing of it is kept here."""
        with self._streamed(calls.export(file_format, most, filters)) as answer:
            yield from answer.iter_bytes()

    # -- what is done ---------------------------------------------------------------------------------------------

    def correct(self, event_id: str, text: str, reason: str = "") -> FoundRead:
        """Say what the plate is; the pass in its new revision. What was read before stays in ``correction``."""
        return self.call(calls.correct(event_id, text, reason))

    def recognize(
        self,
        pictures: Mapping[str, bytes],
        *,
        regions: Sequence[str] = (),
        crop: bool = False,
        top: int = 5,
        min_confidence: float = 0.0,
        vehicles: bool = False,
    ) -> list[dict[str, Any]]:
        """Have pictures (name -> JPEG, PNG...) read; one answer each, as ``marque read --json`` prints them."""
        options = {"regions": regions, "crop": crop, "top": top, "min_confidence": min_confidence}
        options |= {"vehicles": True} if vehicles else {}
        return self.call(calls.recognize(pictures, options))

    def send(self, batch: Iterable[PlateEvent]) -> dict[str, Any]:
        """Hand events over to the server's log; those that it has already are counted, not kept twice."""
        return self.call(calls.send(batch))

    def sign_in(self, name: str, password: str) -> dict[str, Any]:
        """Start a session, kept in this client's cookies; who one is then."""
        session = self.call(calls.sign_in(name, password))
        self._manner.signed_in(session)
        return session

    def get(self, path: str, **params: Any) -> Any:
        """Any other question: the JSON of ``path``, such as ``/v1/analytics/counts``."""
        return self.call(calls.get(path, params))

    def call(self, call: Call[T]) -> T:
        """Send one call; what its answer means."""
        pauses = self._manner.pauses(call)
        while True:
            pause = next(pauses, None)
            try:
                answer = self._send(call)
            except httpx.TransportError as error:
                if pause is None:
                    raise unreachable(self._manner.url, error) from error
            else:
                if answer.is_success:
                    return understood(answer, call.parse)
                if pause is None or answer.status_code not in BUSY:
                    raise refusal(answer)
                pause = patience(answer, pause)
            time.sleep(pause)

    def _send(self, call: Call[T]) -> httpx.Response:
        return self._http.request(
            call.method,
            call.path,
            params=dict(call.params),
            headers={**call.headers, **self._manner.proof(call)},
            **call.content,
        )

    @contextmanager
    def _streamed(self, call: Call[bytes]) -> Iterator[httpx.Response]:
        try:
            with self._http.stream(call.method, call.path, params=dict(call.params)) as answer:
                if answer.is_error:
                    answer.read()
                    raise refusal(answer)
                yield answer
        except httpx.TransportError as error:
            raise unreachable(self._manner.url, error) from error
