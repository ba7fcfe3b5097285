"""Whoever looks at a page may do what they may do now, not what they might when it was drawn."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import anyio
import pytest
from starlette.requests import HTTPConnection

from marque.access.desk import Desk
from marque.access.scopes import Role, everything
from marque.errors import Forbidden, Unauthenticated
from marque.types import Principal
from marque.web import Services
from marque.web.visitor import Visitor

ROOT = everything("tests")
PASSWORD = "nine tall birches"


@pytest.fixture
def visitor(desk: Desk) -> Visitor:
    """Kim, an investigator, at a page."""
    desk.users.add(ROOT, "kim", Role.INVESTIGATOR, password=PASSWORD)
    return Visitor.of(services(desk), asking(desk.sessions.sign_in("kim", PASSWORD, "10.0.0.1").token))


def services(desk: Desk) -> Services:
    return cast("Services", SimpleNamespace(gate=desk.gate(closed=True)))


def asking(session: str | None) -> HTTPConnection:
    headers = [(b"cookie", f"marque_session={session}".encode())] if session else []
    return HTTPConnection({"type": "http", "headers": headers, "client": ("10.0.0.1", 4000)})


def named(principal: Principal) -> str:
    return principal.name


def act(visitor: Visitor, scope: str) -> str:
    return anyio.run(visitor.act, scope, named)


def test_somebody_who_signed_in_is_known(visitor: Visitor) -> None:
    assert visitor.principal.name == "kim"
    assert visitor.may("reads:search")
    assert act(visitor, "reads:search") == "kim"


def test_a_stranger_is_nobody(desk: Desk) -> None:
    with pytest.raises(Unauthenticated, match=r"^this needs a sign-in or an API key$"):
        Visitor.of(services(desk), asking(None))


def test_rights_that_were_lost_meanwhile_are_lost(visitor: Visitor, desk: Desk) -> None:
    desk.users.change(ROOT, "kim", role=Role.VIEWER)
    with pytest.raises(Forbidden, match=r"^this needs the scope reads:search, which kim does not have$"):
        act(visitor, "reads:search")
    assert act(visitor, "reads:view") == "kim"


def test_who_was_removed_meanwhile_does_nothing_more(visitor: Visitor, desk: Desk) -> None:
    desk.users.remove(ROOT, "kim")
    with pytest.raises(Unauthenticated):
        act(visitor, "")
