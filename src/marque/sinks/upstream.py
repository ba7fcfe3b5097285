"""Hands events on to another Marque: from the edge, where cameras are, to the server, where people look.

Pictures go first, each once: the server says which it does not have. Then a batch of events goes in one request, and
the server says of each what became of it; a revision that it has already is delivered, too. So whatever is sent again,
after a lost answer or a kill, nothing is doubled and nothing is lost.

The server cannot be reached, answers 401, 403, 404, 408, 429 or 5xx, or is no Marque: everything waits, however long;
no attempt is counted. An event that it refuses by itself is a dead letter that keeps the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
from pydantic import AnyHttpUrl, SecretStr

from marque.config import without_passwords
from marque.errors import NotFound, Permanent, StoreError, Temporary
from marque.ports import Outcome, Payload, PluginConfig, SinkContext
from marque.types import PlateEvent
from marque.wire import to_json

EXAMPLE = """\
name: headquarters
type: upstream
url: https://marque.example
key: ${MARQUE_KEY}
filter: {classes: [normal, quarantine]}
"""
REQUIRES = ""

TAKEN = frozenset({"accepted", "duplicate", "dropped"})
HINTS = {
    401: "Make an API key there with the scope events:write, and set `key`.",
    403: "The key needs the scope events:write, for these cameras.",
    404: "Is `url` the address of a Marque server of this version or newer?",
}


class Config(PluginConfig):
    url: AnyHttpUrl
    """address of the other Marque, such as ``https://marque.example``"""
    key: SecretStr | None = None
    """an API key of the other Marque with the scope ``events:write``"""
    pictures: bool = True
    """send the pictures, too"""
    verify: bool = True
    """check the server's certificate"""


def build(config: Config, context: SinkContext) -> UpstreamSink:
    return UpstreamSink(config, context)


class UpstreamSink:
    """One server. The order of the log is kept."""

    def __init__(self, config: Config, context: SinkContext) -> None:
        self._config, self._context = config, context
        headers = {"authorization": f"Bearer {config.key.get_secret_value()}"} if config.key else {}
        base = str(config.url).rstrip("/")
        self._client = httpx.Client(base_url=base, timeout=context.timeout, verify=config.verify, headers=headers)

    def encode(self, event: PlateEvent) -> Payload:
        return Payload(to_json(event).encode(), headers={"pictures": " ".join(event.images.values())})

    def send(self, payloads: Sequence[Payload]) -> list[Outcome]:
        """Raises Temporary when the server does not take the batch. Sends the events whose pictures went in time."""
        if not payloads:
            return []
        ready = self._with_pictures(payloads) if self._config.pictures else list(payloads)
        body = b"[" + b",".join(payload.body for payload in ready) + b"]"
        answer = self._ask("POST", "/v1/events", content=body, headers={"content-type": "application/json"})
        if answer.status_code == 413 and len(ready) > 1:
            return [outcome for one in ready for outcome in self.send([one])]
        if answer.status_code in (413, 422):
            return [Permanent(f"refused with {answer.status_code}", answer=answer.text)] * len(ready)
        return [_outcome(one) for one in _results(answer, len(ready))]

    def check(self) -> None:
        """Raises Temporary when the server does not answer or does not take the key."""
        self._missing([])

    def close(self) -> None:
        self._client.close()

    def _with_pictures(self, payloads: Sequence[Payload]) -> list[Payload]:
        """The payloads, up to the first whose pictures could not be sent while there was time."""
        end = self._context.clock.monotonic() + self._context.timeout
        digests = {digest for payload in payloads for digest in _pictures(payload)}
        missing = set(self._missing(sorted(digests))) if digests else set()
        ready: list[Payload] = []
        for payload in payloads:
            wanted = [digest for digest in _pictures(payload) if digest in missing]
            if ready and wanted and self._context.clock.monotonic() >= end:
                break
            for digest in wanted:
                self._hand_in(digest)
                missing.discard(digest)
            ready.append(payload)
        return ready

    def _missing(self, digests: Sequence[str]) -> list[str]:
        answer = self._ask("POST", "/v1/pictures/missing", json={"digests": digests})
        try:
            return list(answer.json()["missing"])
        except (ValueError, KeyError, TypeError) as error:
            raise Temporary(f"{self._place} is no Marque", answer=answer.text, hint=HINTS[404]) from error

    def _hand_in(self, digest: str) -> None:
        """Send a picture. One that is kept no more, or that the server refuses, does not keep its event here."""
        try:
            data = self._context.picture(digest)
        except NotFound:
            return
        except StoreError as away:
            raise Temporary(f"the picture cannot be opened now: {away}") from away
        self._ask("PUT", f"/v1/pictures/{digest}", content=data, headers={"content-type": "image/jpeg"})

    def _ask(self, method: str, path: str, **sent: Any) -> httpx.Response:
        """The server's answer about what was sent. Raises Temporary for one about the server or the key."""
        try:
            answer = self._client.request(method, path, **sent)
        except httpx.TimeoutException as error:
            raise Temporary(f"no answer from {self._place} within {self._context.timeout:g} s") from error
        except httpx.HTTPError as error:
            raise Temporary(f"cannot reach {self._place}: {error or error!r}", hint="Is the server running?") from error
        status = answer.status_code
        if answer.is_success or status in (413, 422):
            return answer
        wait = answer.headers.get("retry-after", "")
        raise Temporary(
            f"{self._place} answered {status}",
            answer=answer.text,
            hint=HINTS.get(status, ""),
            retry_after=float(wait) if wait.isdecimal() else None,
        )

    @property
    def _place(self) -> str:
        return without_passwords(str(self._config.url)).rstrip("/")


def _pictures(payload: Payload) -> list[str]:
    return (payload.headers or {}).get("pictures", "").split()


def _results(answer: httpx.Response, count: int) -> list[dict[str, Any]]:
    """One per event. Raises Temporary for the answer of something that is no Marque."""
    try:
        results = answer.json()["results"]
        if len(results) != count or not all(isinstance(one["status"], str) for one in results):
            raise ValueError("another number of results")
    except (ValueError, KeyError, TypeError) as error:
        raise Temporary("this is no answer of a Marque", answer=answer.text, hint=HINTS[404]) from error
    return list(results)


def _outcome(result: dict[str, Any]) -> Outcome:
    if result["status"] in TAKEN:
        return None
    wrong = "; ".join(f"{one['at']}: {one['message']}" for one in result.get("errors", []))
    return Permanent("the server refused the event", answer=wrong)
