"""Users: nobody gives what they do not have, and one admin who can sign in always stays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from marque.access.desk import Desk
from marque.access.scopes import ROLES, Role
from marque.access.tokens import digest
from marque.errors import Forbidden, NotFound, Unacceptable
from marque.store.audit import AuditQuery
from marque.types import Principal, Within

PASSWORD = "seven tall birches"
GATE = Within(cameras=frozenset({"gate"}))


def acting(role: Role, within: Within = Within()) -> Principal:  # noqa: B008 - frozen
    return Principal("boss", "user", ROLES[role], within)


def test_a_user_is_kept_under_a_folded_name_with_a_generated_password(desk: Desk, root: Principal) -> None:
    user, password = desk.users.add(root, " Anna.B ", Role.OPERATOR, GATE)
    assert (user.name, user.role, user.within) == ("anna.b", "operator", GATE)
    assert desk.users.one(root, "ANNA.B") == user
    assert desk.sessions.sign_in("Anna.B", password, "").principal.within == GATE


@pytest.mark.parametrize("name", ["", " ", "-anna", "an na", "anna/..", "a" * 65, "änna", "anna\n"])
def test_what_is_no_name_is_refused(desk: Desk, root: Principal, name: str) -> None:
    if name == "anna\n":  # blanks around it do not matter
        assert desk.users.add(root, name, Role.VIEWER)[0].name == "anna"
        return
    with pytest.raises(Unacceptable, match="this is no name for a user") as refused:
        desk.users.add(root, name, Role.VIEWER)
    assert refused.value.field == "name"


def test_a_name_is_given_once(desk: Desk, root: Principal) -> None:
    desk.users.add(root, "anna", Role.VIEWER)
    with pytest.raises(Unacceptable, match="there is a user anna already"):
        desk.users.add(root, "ANNA", Role.VIEWER)


def test_an_easy_password_is_refused(desk: Desk, root: Principal) -> None:
    with pytest.raises(Unacceptable, match="a password has at least 12 characters"):
        desk.users.add(root, "anna", Role.VIEWER, password="anna")
    assert desk.users.all(root) == []


def test_the_first_start_makes_one_admin_and_no_later_one_does(desk: Desk, root: Principal) -> None:
    password = desk.users.add_first()
    assert password
    assert desk.users.add_first() is None
    assert desk.sessions.sign_in("admin", password, "").principal.scopes == ROLES[Role.ADMIN]
    assert [user.name for user in desk.users.all(root)] == ["admin"]


def test_no_admin_is_made_where_there_is_a_user(desk: Desk, root: Principal) -> None:
    desk.users.add(root, "anna", Role.VIEWER)
    assert desk.users.add_first() is None


def test_the_last_admin_stays(desk: Desk, root: Principal) -> None:
    desk.users.add(root, "anna", Role.ADMIN)
    desk.users.add(root, "bert", Role.ADMIN)
    desk.users.change(root, "bert", disabled=True)
    for attempt in (
        lambda: desk.users.remove(root, "anna"),
        lambda: desk.users.change(root, "anna", role=Role.VIEWER),
        lambda: desk.users.change(root, "anna", disabled=True),
    ):
        with pytest.raises(Unacceptable, match="this is the last admin who can sign in"):
            attempt()
    desk.users.change(root, "bert", disabled=False)
    desk.users.remove(root, "anna")
    assert [user.name for user in desk.users.all(root)] == ["bert"]


def test_who_is_disabled_or_gets_another_password_is_signed_out(desk: Desk, root: Principal) -> None:
    for number, change in enumerate(({"disabled": True}, {"password": PASSWORD})):
        name = f"user{number}"
        _, password = desk.users.add(root, name, Role.VIEWER)
        token = desk.sessions.sign_in(name, password, "").token
        desk.users.change(root, name, **change)  # type: ignore[arg-type]
        with pytest.raises(Exception, match="this session holds no more"):
            desk.sessions.identify(token, "")


def test_rights_hold_from_the_next_request_on(desk: Desk, root: Principal) -> None:
    _, password = desk.users.add(root, "anna", Role.VIEWER)
    token = desk.sessions.sign_in("anna", password, "").token
    desk.users.change(root, "anna", role=Role.INVESTIGATOR, within=GATE)
    now = desk.sessions.identify(token, "")
    assert (now.scopes, now.within) == (ROLES[Role.INVESTIGATOR], GATE)


def test_only_who_may_manage_users_sees_or_changes_them(desk: Desk, root: Principal) -> None:
    desk.users.add(root, "anna", Role.VIEWER)
    who = acting(Role.INVESTIGATOR)
    for attempt in (
        lambda: desk.users.all(who),
        lambda: desk.users.one(who, "anna"),
        lambda: desk.users.add(who, "bert", Role.VIEWER),
        lambda: desk.users.change(who, "anna", role=Role.ADMIN),
        lambda: desk.users.set_password(who, "anna"),
        lambda: desk.users.remove(who, "anna"),
    ):
        with pytest.raises(Forbidden) as refused:
            attempt()
        assert refused.value.scope == "users:manage"


def test_nobody_gives_or_takes_over_what_they_do_not_have(desk: Desk, root: Principal) -> None:
    desk.users.add(root, "chief", Role.ADMIN)
    desk.users.add(root, "anna", Role.VIEWER)
    clerk = replace(acting(Role.VIEWER), scopes=ROLES[Role.VIEWER] | {"users:manage"})
    desk.users.change(clerk, "anna", disabled=False)
    for attempt in (
        lambda: desk.users.add(clerk, "bert", Role.OPERATOR),
        lambda: desk.users.change(clerk, "anna", role=Role.ADMIN),
        lambda: desk.users.set_password(clerk, "chief"),
        lambda: desk.users.remove(clerk, "chief"),
    ):
        with pytest.raises(Forbidden, match="nobody gives what they do not have"):
            attempt()


def test_nobody_gives_rights_elsewhere_than_their_own(desk: Desk, root: Principal) -> None:
    desk.users.add(root, "chief", Role.ADMIN)
    local = acting(Role.ADMIN, GATE)
    desk.users.add(local, "anna", Role.VIEWER, GATE)
    for attempt in (
        lambda: desk.users.add(local, "bert", Role.VIEWER),
        lambda: desk.users.add(local, "bert", Role.VIEWER, Within(cameras=frozenset({"gate", "yard"}))),
        lambda: desk.users.change(local, "anna", within=Within()),
        lambda: desk.users.set_password(local, "chief"),
    ):
        with pytest.raises(Forbidden, match="other cameras or sites than their own"):
            attempt()


def test_a_user_changes_their_own_password_and_stays_signed_in_only_there(desk: Desk, root: Principal) -> None:
    _, old = desk.users.add(root, "anna", Role.VIEWER)
    here, there = (desk.sessions.sign_in("anna", old, "") for _ in range(2))
    with pytest.raises(Unacceptable, match="this is not the present password") as refused:
        desk.users.change_own_password(here.principal, "wrong", PASSWORD)
    assert refused.value.field == "current"
    desk.users.change_own_password(here.principal, old, PASSWORD, digest(here.token))
    assert desk.sessions.identify(here.token, "").name == "anna"
    with pytest.raises(Exception, match="this session holds no more"):
        desk.sessions.identify(there.token, "")
    assert desk.sessions.sign_in("anna", PASSWORD, "")


def test_a_key_has_no_password_to_change(desk: Desk, root: Principal) -> None:
    desk.users.add(root, "anna", Role.VIEWER)
    with pytest.raises(Forbidden, match="only a user who signed in has a password"):
        desk.users.change_own_password(Principal("anna", "key", frozenset()), "x", PASSWORD)


def test_what_is_not_there_is_not_found(desk: Desk, root: Principal) -> None:
    with pytest.raises(NotFound, match="there is no user 'nobody'"):
        desk.users.remove(root, "nobody")


def test_every_change_is_written_down_without_the_password(desk: Desk, root: Principal) -> None:
    desk.users.add(root, "chief", Role.ADMIN)
    _, generated = desk.users.add(root, "anna", Role.VIEWER, GATE)
    desk.users.change(root, "anna", role=Role.OPERATOR, password=PASSWORD)
    desk.users.remove(root, "anna")
    rows = desk.trail.page(AuditQuery(target="anna"))
    assert [(row.action, dict(row.detail)) for row in reversed(rows)] == [
        ("user added", {"role": "viewer", "cameras": ["gate"]}),
        ("user changed", {"role": "operator", "password": "set"}),
        ("user removed", {}),
    ]
    assert PASSWORD not in str(rows)
    assert generated not in str(rows)
