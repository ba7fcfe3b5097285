"""Who a request comes from: a key, a session with its CSRF token, or nobody."""

from __future__ import annotations

import pytest

from marque.access.desk import Desk
from marque.access.gate import Credentials
from marque.access.scopes import ALL, Role
from marque.errors import Forbidden, Unauthenticated
from marque.types import Principal


def test_without_authentication_everybody_here_may_do_everything(desk: Desk) -> None:
    who = desk.gate(closed=False).identify(Credentials("127.0.0.1", key="anything"))
    assert who == Principal("local", "local", ALL, address="127.0.0.1")


def test_nobody_comes_in_with_nothing(desk: Desk) -> None:
    with pytest.raises(Unauthenticated, match="this needs a sign-in or an API key"):
        desk.gate(closed=True).identify(Credentials("203.0.113.7"))


def test_a_key_goes_before_a_session_also_when_it_is_wrong(desk: Desk, root: Principal) -> None:
    _, password = desk.users.add(root, "anna", Role.VIEWER)
    _, key = desk.keys.add(root, "edge", role=Role.OPERATOR)
    session, gate = desk.sessions.sign_in("anna", password, "").token, desk.gate(closed=True)
    assert gate.identify(Credentials(key=key, session=session)).name == "edge"
    with pytest.raises(Unauthenticated):
        gate.identify(Credentials(key="wrong", session=session))


def test_a_session_changes_something_only_with_its_csrf_token(desk: Desk, root: Principal) -> None:
    _, password = desk.users.add(root, "anna", Role.VIEWER)
    mine, other = (desk.sessions.sign_in("anna", password, "") for _ in range(2))
    gate = desk.gate(closed=True)
    assert gate.identify(Credentials(session=mine.token)).name == "anna"
    assert gate.identify(Credentials(session=mine.token, csrf=mine.csrf, safe=False)).name == "anna"
    for wrong in (None, "", other.csrf, "ü"):
        with pytest.raises(Forbidden, match="the CSRF token is missing or wrong"):
            gate.identify(Credentials(session=mine.token, csrf=wrong, safe=False))


def test_a_key_needs_no_csrf_token(desk: Desk, root: Principal) -> None:
    _, key = desk.keys.add(root, "edge", role=Role.OPERATOR)
    assert desk.gate(closed=True).identify(Credentials(key=key, safe=False)).name == "edge"
