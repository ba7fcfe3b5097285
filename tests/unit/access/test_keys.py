"""API keys: shown once, kept as a hash, with rights of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fakes import FakeClock
from marque.access.desk import Desk
from marque.access.scopes import ROLES, Role
from marque.errors import Forbidden, NotFound, Unacceptable, Unauthenticated
from marque.store.audit import AuditQuery
from marque.types import Principal, Within

GATE = Within(cameras=frozenset({"gate"}), sites=frozenset({"north"}))


def test_a_key_is_shown_once_and_kept_as_a_hash(desk: Desk, root: Principal, tmp_path: Path) -> None:
    key, text = desk.keys.add(root, "edge 1", scopes=["events:write"])
    name, prefix, secret = text.split("_")
    assert (name, prefix, len(secret)) == ("mrq", key.prefix, 40)
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("marque.db*"))
    assert prefix.encode() in kept
    assert secret.encode() not in kept
    assert secret not in repr(desk.keys.all(root))


def test_a_key_says_who_it_is_and_what_it_may_do_where(desk: Desk, root: Principal) -> None:
    _, text = desk.keys.add(root, "edge 1", scopes=["events:write"], within=GATE)
    assert desk.keys.identify(text, "203.0.113.7") == Principal(
        "edge 1", "key", frozenset({"events:write"}), GATE, "203.0.113.7"
    )


def test_a_key_may_have_a_role(desk: Desk, root: Principal) -> None:
    _, text = desk.keys.add(root, "desk", role=Role.INVESTIGATOR)
    assert desk.keys.identify(text, "").scopes == ROLES[Role.INVESTIGATOR]


def test_what_is_no_key_lets_nobody_in(desk: Desk, root: Principal) -> None:
    key, text = desk.keys.add(root, "edge", role=Role.VIEWER)
    wrong = f"mrq_{key.prefix}_{'x' * 40}"
    for given in ("", "mrq", "mrq__", text[:-1], text + "x", text.upper(), wrong, text.replace("mrq", "abc"), "ü" * 60):
        with pytest.raises(Unauthenticated, match="this API key is not known"):
            desk.keys.identify(given, "")


def test_a_key_expires(desk: Desk, root: Principal, clock: FakeClock) -> None:
    _, text = desk.keys.add(root, "guest", role=Role.VIEWER, expires=clock.now() + timedelta(hours=1))
    assert desk.keys.identify(text, "")
    clock.advance(3600)
    with pytest.raises(Unauthenticated, match="the API key guest has expired"):
        desk.keys.identify(text, "")


@pytest.mark.parametrize("by", ["name", "prefix"])
def test_a_revoked_key_holds_no_more(desk: Desk, root: Principal, by: str) -> None:
    key, text = desk.keys.add(root, "edge", role=Role.VIEWER)
    desk.keys.revoke(root, getattr(key, by))
    with pytest.raises(Unauthenticated):
        desk.keys.identify(text, "")
    with pytest.raises(NotFound, match="there is no key"):
        desk.keys.revoke(root, getattr(key, by))


def test_the_last_use_is_kept_to_a_minute(desk: Desk, root: Principal, clock: FakeClock) -> None:
    _, text = desk.keys.add(root, "edge", role=Role.VIEWER)
    first = clock.now()
    for _ in range(3):
        desk.keys.identify(text, "")
        clock.advance(20)
    assert desk.keys.all(root)[0].used == first
    clock.advance(20)
    desk.keys.identify(text, "")
    assert desk.keys.all(root)[0].used == clock.now()


@pytest.mark.parametrize(
    ("given", "field", "why"),
    [
        ({"name": "", "role": Role.VIEWER}, "name", "this is no name for a key"),
        ({"name": "a\nb", "role": Role.VIEWER}, "name", "this is no name for a key"),
        ({"name": "a"}, "scopes", "a key has a role or scopes, one of the two"),
        (
            {"name": "a", "role": Role.VIEWER, "scopes": ["reads:view"]},
            "scopes",
            "a key has a role or scopes, one of the two",
        ),
        ({"name": "a", "scopes": ["reads:all"]}, "scopes", "there is no scope reads:all"),
    ],
)
def test_what_cannot_be_a_key_is_refused(
    desk: Desk, root: Principal, given: dict[str, object], field: str, why: str
) -> None:
    with pytest.raises(Unacceptable) as refused:
        desk.keys.add(root, **given)  # type: ignore[arg-type]
    assert (str(refused.value), refused.value.field) == (why, field)


def test_a_key_of_yesterday_is_refused(desk: Desk, root: Principal, clock: FakeClock) -> None:
    with pytest.raises(Unacceptable, match="this time has passed"):
        desk.keys.add(root, "late", role=Role.VIEWER, expires=clock.now())


def test_a_name_is_given_once(desk: Desk, root: Principal) -> None:
    desk.keys.add(root, "edge", role=Role.VIEWER)
    with pytest.raises(Unacceptable, match="there is a key edge already"):
        desk.keys.add(root, "edge", role=Role.VIEWER)


def test_nobody_gives_what_they_do_not_have(desk: Desk, root: Principal) -> None:
    clerk = Principal("clerk", "user", ROLES[Role.VIEWER] | {"keys:manage"}, GATE)
    desk.keys.add(root, "strong", role=Role.ADMIN)
    desk.keys.add(clerk, "fine", role=Role.VIEWER, within=GATE)
    for attempt in (
        lambda: desk.keys.add(clerk, "more", role=Role.OPERATOR, within=GATE),
        lambda: desk.keys.add(clerk, "more", scopes=["audit:view"], within=GATE),
        lambda: desk.keys.add(clerk, "wider", role=Role.VIEWER),
        lambda: desk.keys.revoke(clerk, "strong"),
    ):
        with pytest.raises(Forbidden, match="nobody gives what they do not have"):
            attempt()
    with pytest.raises(Forbidden) as refused:
        desk.keys.all(replace(clerk, scopes=ROLES[Role.VIEWER]))
    assert refused.value.scope == "keys:manage"


def test_keys_are_written_down_without_their_secret(desk: Desk, root: Principal) -> None:
    key, text = desk.keys.add(root, "edge", scopes=["events:write"])
    desk.keys.revoke(root, "edge")
    rows = desk.trail.page(AuditQuery())
    assert [(row.principal, row.action, row.target, dict(row.detail)) for row in reversed(rows)] == [
        ("command line", "key added", "edge", {"prefix": key.prefix, "scopes": ["events:write"]}),
        ("command line", "key revoked", "edge", {"prefix": key.prefix}),
    ]
    assert text.split("_")[2] not in str(rows)
