"""Posts each event to a URL, signed as Standard Webhooks (https://www.standardwebhooks.com) describes.

``format: json`` posts the ``marque.event/1`` object; ``format: multipart`` posts it as the form field ``json`` beside
the pictures ``frame`` and ``plate``, and ``strip`` of a ``lost`` event, as JPEG files. ``webhook-id`` is the event's id
and revision: an event that comes twice has the same one. With a ``secret``, ``webhook-signature`` is the HMAC of
``id.timestamp.body``.

The receiver answers 2xx to accept. 408, 425, 429, 5xx, a timeout or no connection at all: it is tried again, after
``Retry-After`` where the answer has one. Anything else refuses the event for good; the dead letter keeps the answer.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Literal

import httpx
from pydantic import AnyHttpUrl, Field, SecretStr, field_validator

from marque.config import without_passwords
from marque.errors import Permanent, Temporary
from marque.ports import Outcome, Payload, PluginConfig, SinkContext
from marque.types import PlateEvent
from marque.wire import to_json

EXAMPLE = """\
name: barrier
type: webhook
url: https://barrier.example/plates
secret: ${BARRIER_SECRET}
filter: {kinds: [new], plate: "AB*"}
"""
REQUIRES = ""

ANSWER = 2000
"""bytes of the receiver's answer that are read"""
LATER = frozenset({408, 425, 429})


HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")]
HeaderValue = Annotated[str, Field(pattern=r"^[\x20-\x7e]*$")]


class Config(PluginConfig):
    url: AnyHttpUrl
    """where to post"""
    format: Literal["json", "multipart"] = "json"
    """``json``, or ``multipart`` with pictures"""
    secret: SecretStr | None = None
    """signs every request; base64, as ``whsec_...``"""
    headers: dict[HeaderName, HeaderValue] = Field(default_factory=dict)
    """sent along, for example ``Authorization``"""
    verify: bool = True
    """check the receiver's certificate"""

    @field_validator("secret")
    @classmethod
    def _decodes(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _key(value):
            raise ValueError("must not be empty")
        return value


def build(config: Config, context: SinkContext) -> WebhookSink:
    return WebhookSink(config, context)


class WebhookSink:
    """One receiver. Requests go one after another, so that it sees events in the order of the log.

    The signature is made here because the ``standardwebhooks`` library signs text only, and pictures are bytes; tests
    verify it with that library."""

    def __init__(self, config: Config, context: SinkContext) -> None:
        self._config = config
        self._context = context
        self._key = _key(config.secret) if config.secret else None
        self._client = httpx.Client(
            timeout=context.timeout, verify=config.verify, headers={"accept-encoding": "identity", **config.headers}
        )

    def encode(self, event: PlateEvent) -> Payload:
        body = to_json(event).encode()
        headers = {"webhook-id": f"{event.id}-{event.revision}"}
        if self._config.format == "json":
            return Payload(body, headers=headers)
        return self._with_pictures(event, body, headers)

    def _with_pictures(self, event: PlateEvent, body: bytes, headers: Mapping[str, str]) -> Payload:
        files = {
            name: (f"{name}.jpg", self._context.picture(digest), "image/jpeg") for name, digest in event.images.items()
        }
        boundary = hashlib.sha256(headers["webhook-id"].encode()).hexdigest()
        kind = f"multipart/form-data; boundary={boundary}"
        parts = {"json": (None, body, "application/json"), **files}
        request = httpx.Request("POST", "http://form", files=parts, headers={"content-type": kind})
        return Payload(request.read(), kind, headers)

    def send(self, payloads: Sequence[Payload]) -> list[Outcome]:
        """One outcome per payload. Stops early when the time is up or the receiver as a whole is away."""
        outcomes: list[Outcome] = []
        end = self._context.clock.monotonic() + self._context.timeout
        for payload in payloads:
            if outcomes and self._context.clock.monotonic() >= end:
                break
            try:
                outcomes.append(self._post(payload))
            except Temporary:
                if not outcomes:
                    raise
                break
        return outcomes

    def check(self) -> None:
        """Raises Temporary when nobody answers at the URL; any answer will do."""
        try:
            self._client.options(str(self._config.url))
        except httpx.HTTPError as error:
            place = without_passwords(str(self._config.url))
            raise Temporary(f"no answer from {place}: {error!r}", hint="Check the URL.") from error

    def close(self) -> None:
        self._client.close()

    def _post(self, payload: Payload) -> Outcome:
        """What became of one payload. Raises Temporary when the receiver is away for all of them."""
        try:
            headers = {"content-type": payload.content_type, **self._signed(payload)}
            with self._client.stream("POST", str(self._config.url), content=payload.body, headers=headers) as response:
                return _judge(response, self._beginning(response), self._context.clock.now())
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Temporary(f"cannot connect: {error or error!r}", hint="Is the receiver running?") from error
        except httpx.TimeoutException:
            return Temporary(f"no answer within {self._context.timeout:g} s")
        except httpx.HTTPError as error:
            return Temporary(f"the connection broke: {error!r}")

    def _beginning(self, response: httpx.Response) -> str:
        """The start of the answer, for the dead letter: a receiver may answer without end, or a byte a minute."""
        body, end = b"", self._context.clock.monotonic() + self._context.timeout
        for chunk in response.iter_raw():
            body += chunk
            if len(body) >= ANSWER or self._context.clock.monotonic() >= end:
                break
        return body[:ANSWER].decode(errors="replace")

    def _signed(self, payload: Payload) -> dict[str, str]:
        """Signed when it is sent: receivers refuse old timestamps, so a retry needs a new one."""
        headers = dict(payload.headers or {})
        timestamp = f"{self._context.clock.now().timestamp():.0f}"
        headers["webhook-timestamp"] = timestamp
        if self._key:
            signed = f"{headers['webhook-id']}.{timestamp}.".encode() + payload.body
            headers["webhook-signature"] = "v1," + base64.b64encode(hmac.digest(self._key, signed, "sha256")).decode()
        return headers


def _key(secret: SecretStr) -> bytes:
    text = secret.get_secret_value().removeprefix("whsec_").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("must be base64, for example the output of `openssl rand -base64 24`") from None


def _judge(response: httpx.Response, answer: str, now: datetime) -> Outcome:
    status = response.status_code
    if response.is_success:
        return None
    if status not in LATER and status < 500:
        moved = f", moved to {response.headers['location'][:500]}" if "location" in response.headers else ""
        return Permanent(f"refused with {status}{moved}", answer=answer)
    wait = _retry_after(response.headers.get("retry-after", ""), now)
    later = Temporary(f"answered {status}", answer=answer, retry_after=wait)
    if status == 429 or wait is not None:
        raise later
    return later


def _retry_after(value: str, now: datetime) -> float | None:
    """Seconds, from seconds or a date."""
    try:
        if value.strip().isdecimal():
            return float(value)
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return max((date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds(), 0.0)
