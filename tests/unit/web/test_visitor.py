"""A page is built for who asks for it, with the rights that they have."""

from __future__ import annotations

import pytest
from starlette.requests import HTTPConnection

from marque.access.desk import Desk
from marque.access.scopes import Role, everything
from marque.errors import Unauthenticated
from marque.web import Services
from marque.web.visitor import Visitor

ROOT = everything("tests")
PASSWORD = "nine tall birches"


def asking(desk: Desk, session: str | None) -> Visitor:
    headers = [(b"cookie", f"marque_session={session}".encode())] if session else []
    connection = HTTPConnection({"type": "http", "headers": headers, "client": ("10.0.0.1", 4000)})
    return Visitor.of(Services(desk.gate(closed=True)), connection)


@pytest.fixture
def session(desk: Desk) -> str:
    """That of Kim, an investigator."""
    desk.users.add(ROOT, "kim", Role.INVESTIGATOR, password=PASSWORD)
    return desk.sessions.sign_in("kim", PASSWORD, "10.0.0.1").token


def test_somebody_who_signed_in_is_known(desk: Desk, session: str) -> None:
    visitor = asking(desk, session)
    assert (visitor.principal.name, visitor.principal.address) == ("kim", "10.0.0.1")
    assert visitor.may("reads:search")
    assert not visitor.may("users:manage")


def test_a_stranger_is_nobody(desk: Desk) -> None:
    with pytest.raises(Unauthenticated, match=r"^this needs a sign-in or an API key$"):
        asking(desk, None)


def test_rights_that_were_lost_meanwhile_are_not_offered_again(desk: Desk, session: str) -> None:
    desk.users.change(ROOT, "kim", role=Role.VIEWER)
    assert not asking(desk, session).may("reads:search")


def test_who_was_removed_meanwhile_is_nobody(desk: Desk, session: str) -> None:
    desk.users.remove(ROOT, "kim")
    with pytest.raises(Unauthenticated):
        asking(desk, session)
