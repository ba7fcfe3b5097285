"""A sign-in gives a session that ends: unused, after its lifetime, or when its user says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from argon2 import PasswordHasher

from fakes import FakeClock
from marque.access.desk import Desk
from marque.access.passwords import Passwords
from marque.access.scopes import ROLES, Role
from marque.errors import Throttled, Unauthenticated
from marque.types import Principal

HOUR = 3600.0
Told = Callable[[], list[tuple[str, str, str]]]


@pytest.fixture
def password(desk: Desk, root: Principal) -> str:
    """Anna's."""
    return desk.users.add(root, "anna", Role.OPERATOR)[1]


def holds(desk: Desk, token: str) -> bool:
    try:
        return desk.sessions.identify(token, "").name == "anna"
    except Unauthenticated:
        return False


def test_a_sign_in_gives_a_session_and_a_csrf_token(desk: Desk, password: str, clock: FakeClock) -> None:
    made = desk.sessions.sign_in("anna", password, "203.0.113.7")
    assert made.principal == Principal("anna", "user", ROLES[Role.OPERATOR], address="203.0.113.7")
    assert len(made.token) >= 43
    assert made.csrf not in made.token
    assert (made.expires - clock.now()).days == 7
    assert desk.sessions.identify(made.token, "203.0.113.9").address == "203.0.113.9"


def test_every_sign_in_has_its_own_token(desk: Desk, password: str) -> None:
    first, second = (desk.sessions.sign_in("anna", password, "") for _ in range(2))
    assert first.token != second.token
    assert first.csrf != second.csrf


def test_the_token_itself_is_not_kept(desk: Desk, password: str, tmp_path: object) -> None:
    token = desk.sessions.sign_in("anna", password, "").token
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("marque.db*"))  # type: ignore[attr-defined]
    assert b"anna" in kept
    assert token.encode() not in kept
    assert password.encode() not in kept


@pytest.mark.parametrize(("name", "given"), [("anna", "wrong"), ("nobody", "wrong"), ("", ""), ("anna", "")])
def test_a_wrong_name_and_a_wrong_password_are_the_same_to_a_stranger(
    desk: Desk, password: str, name: str, given: str
) -> None:
    del password
    with pytest.raises(Unauthenticated) as refused:
        desk.sessions.sign_in(name, given, "")
    assert str(refused.value) == "the name or the password is wrong"


def test_who_is_disabled_is_told_nothing_else(desk: Desk, password: str, root: Principal) -> None:
    desk.users.add(root, "chief", Role.ADMIN)
    desk.users.change(root, "anna", disabled=True)
    with pytest.raises(Unauthenticated, match="the name or the password is wrong"):
        desk.sessions.sign_in("anna", password, "")


def test_an_unused_session_ends_and_a_used_one_goes_on(desk: Desk, password: str, clock: FakeClock) -> None:
    used, unused = (desk.sessions.sign_in("anna", password, "").token for _ in range(2))
    for _ in range(3):
        clock.advance(4 * HOUR)
        assert holds(desk, used)
    assert not holds(desk, unused)


def test_no_session_holds_for_ever(desk: Desk, password: str, clock: FakeClock) -> None:
    token = desk.sessions.sign_in("anna", password, "").token
    for _ in range(7 * 24 - 1):
        clock.advance(HOUR)
        assert holds(desk, token)
    clock.advance(HOUR)
    assert not holds(desk, token)


def test_signing_out_ends_the_session(desk: Desk, password: str) -> None:
    made, other = (desk.sessions.sign_in("anna", password, "") for _ in range(2))
    desk.sessions.sign_out(made.principal, made.token)
    assert not holds(desk, made.token)
    assert holds(desk, other.token)


def test_what_holds_no_more_is_swept(desk: Desk, password: str, clock: FakeClock) -> None:
    desk.sessions.sign_in("anna", password, "")
    clock.advance(9 * HOUR)
    token = desk.sessions.sign_in("anna", password, "").token
    assert (desk.sessions.sweep(), holds(desk, token)) == (1, True)


def test_guessing_one_name_is_slowed_down_from_wherever_it_comes(desk: Desk, password: str, clock: FakeClock) -> None:
    for number in range(5):
        with pytest.raises(Unauthenticated):
            desk.sessions.sign_in("anna", "wrong", f"203.0.113.{number}")
    with pytest.raises(Throttled) as refused:
        desk.sessions.sign_in("ANNA", password, "198.51.100.1")
    assert refused.value.retry_after == 1
    clock.advance(1)
    assert desk.sessions.sign_in("anna", password, "198.51.100.1")
    with pytest.raises(Unauthenticated):
        desk.sessions.sign_in("anna", "wrong", "")


def test_guessing_many_names_from_one_address_is_slowed_down(desk: Desk) -> None:
    for number in range(20):
        with pytest.raises(Unauthenticated):
            desk.sessions.sign_in(f"user{number}", "wrong", "203.0.113.7")
    with pytest.raises(Throttled):
        desk.sessions.sign_in("anna", "wrong", "203.0.113.7")
    with pytest.raises(Unauthenticated):
        desk.sessions.sign_in("anna", "wrong", "203.0.113.8")


def test_an_office_behind_one_address_signs_in_undisturbed(desk: Desk, password: str) -> None:
    for _ in range(50):
        desk.sessions.sign_in("anna", password, "203.0.113.7")


def test_sign_ins_are_written_down_but_a_flood_of_them_is_one_row(desk: Desk, password: str, told: Told) -> None:
    made = desk.sessions.sign_in("anna", password, "")
    desk.sessions.sign_out(made.principal, made.token)
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            desk.sessions.sign_in("anna", "wrong", "")
    for _ in range(10):
        with pytest.raises(Throttled):
            desk.sessions.sign_in("anna", "wrong", "")
    assert told()[1:] == [
        ("anna", "signed in", "anna"),
        ("anna", "signed out", "anna"),
        *[("anna", "sign-in failed", "anna")] * 5,
        ("anna", "sign-in throttled", "anna"),
    ]


def test_a_password_typed_in_place_of_a_name_is_not_written_down(desk: Desk, told: Told) -> None:
    with pytest.raises(Unauthenticated):
        desk.sessions.sign_in("seven tall birches", "", "")
    assert told() == [("somebody unknown", "sign-in failed", "somebody unknown")]


def test_an_old_hash_is_made_anew_at_the_next_sign_in(desk: Desk, password: str) -> None:
    better = Passwords(hasher=PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    desk.sessions._passwords = better
    desk.sessions.sign_in("anna", password, "")
    kept = desk.sessions._users.secret("anna")
    assert kept
    assert "m=16,t=2" in kept[1]
    assert desk.sessions.sign_in("anna", password, "")
