"""Every refusal is ``application/problem+json`` (RFC 9457) and says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from math import ceil
from typing import Any

import structlog
from fastapi import FastAPI, Request, WebSocket
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from marque.errors import (
    AccessError,
    Conflict,
    Forbidden,
    MarqueError,
    MissingExtra,
    NotFound,
    Overloaded,
    StoreError,
    Throttled,
    Unacceptable,
    Unauthenticated,
)

MEDIA_TYPE = "application/problem+json"


class Mistake(BaseModel):
    """One thing wrong with a request."""

    at: str
    """the parameter"""
    message: str


class Problem(BaseModel):
    """Why a request was refused."""

    title: str
    status: int
    detail: str = ""
    errors: list[Mistake] = []


def explained(status: int, detail: str = "", errors: Sequence[Mistake] = ()) -> Problem:
    """Why a request was refused, or a stream ends."""
    return Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=list(errors))


class Refused(HTTPException):
    """A refusal that names what is wrong with the request."""

    def __init__(self, status: int, detail: str, *mistakes: Mistake) -> None:
        super().__init__(status, detail)
        self.mistakes = mistakes


def problem(
    status: int, detail: str = "", errors: Sequence[Mistake] = (), headers: dict[str, str] | None = None
) -> JSONResponse:
    """The answer that says why."""
    return JSONResponse(explained(status, detail, errors).model_dump(), status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Turn every error of the application into a problem."""
    app.add_exception_handler(HTTPException, _refused)
    for misasked in (RequestValidationError, WebSocketRequestValidationError):
        app.add_exception_handler(misasked, _misasked)
    for kind in (Unauthenticated, Forbidden, Throttled):
        app.add_exception_handler(kind, _denied)
    app.add_exception_handler(Unacceptable, _unacceptable)
    app.add_exception_handler(Conflict, _conflicting)
    app.add_exception_handler(Overloaded, _overloaded)
    app.add_exception_handler(MissingExtra, _unable)
    app.add_exception_handler(NotFound, _missing)
    app.add_exception_handler(StoreError, _unavailable)
    app.add_exception_handler(Exception, _broken)


async def _refused(request: Request, error: Any) -> JSONResponse:
    del request
    return problem(error.status_code, error.detail, getattr(error, "mistakes", ()), error.headers)


async def _misasked(request: Request, error: Any) -> JSONResponse:
    del request
    mistakes = [Mistake(at=".".join(str(step) for step in e["loc"][1:]), message=e["msg"]) for e in error.errors()]
    return problem(422, "These parameters cannot be used.", mistakes)


def later(said: str, seconds: float) -> JSONResponse:
    """429, with the seconds after which to come back."""
    return problem(429, said, headers={"Retry-After": str(max(1, ceil(seconds)))})


def sentence(error: MarqueError) -> str:
    """What happened and what to do, for people."""
    return f"{str(error)[:1].upper()}{str(error)[1:]}. {error.hint}".strip()


def denial(error: AccessError) -> JSONResponse:
    """The answer to somebody who may not do this."""
    said = sentence(error)
    if isinstance(error, Throttled):
        return later(said, error.retry_after)
    if isinstance(error, Unauthenticated):
        return problem(401, said, headers={"WWW-Authenticate": 'Bearer realm="marque"'})
    return problem(403, said)


async def _denied(connection: Any, error: Any) -> Any:
    if not isinstance(connection, WebSocket):
        return denial(error)
    if "websocket.http.response" in connection.scope.get("extensions", {}):
        await connection.send_denial_response(denial(error))
    else:
        await connection.close(1008, str(error)[:120])
    return None


async def _unacceptable(request: Request, error: Any) -> JSONResponse:
    del request
    return problem(
        422, "These values cannot be used.", [Mistake(at=error.field, message=f"{error}. {error.hint}".strip())]
    )


async def _conflicting(request: Request, error: Any) -> JSONResponse:
    del request
    return problem(409, sentence(error))


async def _overloaded(request: Request, error: Any) -> JSONResponse:
    del request
    return later(sentence(error), error.retry_after)


async def _unable(request: Request, error: Any) -> JSONResponse:
    del request
    return problem(501, sentence(error))


async def _missing(request: Request, error: Any) -> JSONResponse:
    del request
    return problem(404, f"{error}. {error.hint}".strip())


async def _unavailable(request: Request, error: Any) -> JSONResponse:
    structlog.get_logger().error("the store refused a request", path=request.url.path, error=str(error))
    hint = error.hint if isinstance(error, MarqueError) else ""
    return problem(503, f"The event store does not answer. {hint}".strip(), headers={"Retry-After": "5"})


async def _broken(request: Request, error: Exception) -> JSONResponse:
    structlog.get_logger().error("a request failed", path=request.url.path, exc_info=error)
    return problem(500, "This is our mistake; the log says more.")
