"""``/v1/session``: signing in and out, and who one is."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from marque.access import tokens
from marque.access.passwords import LONGEST
from marque.access.sessions import SignedIn
from marque.api.auth import COOKIE, Known, public
from marque.api.desk import At, Bounded, places, refusals
from marque.api.parts import Given
from marque.types import Principal

router = APIRouter(prefix="/v1/session", tags=["access"], route_class=Bounded, responses=refusals(422))
Secret = Annotated[str, Field(max_length=LONGEST, examples=["seven tall birches"])]


class SignIn(BaseModel):
    """A user's name and password."""

    name: Annotated[str, Field(max_length=LONGEST, examples=["anna"])]
    password: Secret


class Who(BaseModel):
    """Who asks. ``kind`` is local where the server wants no authentication. ``scopes`` hold at these ``cameras`` and
    ``sites``, null: at all. ``csrf_token`` has to come with every change that a session makes, as `X-CSRF-Token`."""

    name: str
    kind: Literal["local", "user", "key"]
    scopes: list[str]
    cameras: list[str] | None
    sites: list[str] | None
    csrf_token: str | None = None
    expires: AwareDatetime | None = None


class NewPassword(BaseModel):
    """The present password and the one to come."""

    current: Secret
    new: Annotated[str, Field(max_length=LONGEST, examples=["eight tall birches"])]


@router.post("", summary="Sign in", dependencies=[public], responses=refusals(401, 429))
def sign_in(desk: At, request: Request, response: Response, given: SignIn) -> Who:
    """Start a session: its token comes as a cookie, which scripts cannot read. After some tries that fail, the next
    ones have to wait."""
    address = request.client.host if request.client else ""
    made = desk.sessions.sign_in(given.name, given.password, address)
    _set_cookie(request, response, made, desk.sessions.lifetime.total_seconds())
    return _who(made.principal, made)


@router.get("", summary="Show who you are")
def show(request: Request, response: Response, principal: Known) -> Who:
    """Who asks, what they may do, and the CSRF token of their session."""
    response.headers["Cache-Control"] = "no-store"
    token = request.cookies.get(COOKIE)
    who = _who(principal)
    return who.model_copy(update={"csrf_token": tokens.csrf(token)}) if principal.kind == "user" and token else who


@router.delete("", summary="Sign out", status_code=204)
def sign_out(parts: Given, desk: At, request: Request, response: Response, principal: Known) -> None:
    """End the session. Whoever has none is signed out already."""
    token = request.cookies.get(COOKIE)
    if token and principal.kind == "user" and parts.gate.closed:
        desk.sessions.sign_out(principal, token)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")


@router.put("/password", summary="Change your password", status_code=204)
def change_password(desk: At, request: Request, principal: Known, given: NewPassword) -> None:
    """Set another password for yourself; every other session of yours ends."""
    session = tokens.digest(request.cookies.get(COOKIE, ""))
    desk.users.change_own_password(principal, given.current, given.new, session)


def _set_cookie(request: Request, response: Response, made: SignedIn, lifetime: float) -> None:
    response.headers["Cache-Control"] = "no-store"
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, made.token, int(lifetime), httponly=True, samesite="lax", secure=secure)


def _who(principal: Principal, made: SignedIn | None = None) -> Who:
    return Who.model_validate(
        {
            "name": principal.name,
            "kind": principal.kind,
            "scopes": sorted(principal.scopes),
            **places(principal.within),
            "csrf_token": made and made.csrf,
            "expires": made and made.expires,
        }
    )
