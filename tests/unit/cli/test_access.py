"""``marque users`` and ``marque keys`` work on the store itself."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from marque.access import passwords
from marque.access.desk import Desk, open_desk
from marque.cli import app
from marque.clock import SystemClock
from marque.config import AccessSettings
from marque.store import SqlStore, open_store
from marque.store.audit import AuditQuery

PASSWORD = "seven tall birches"


@pytest.fixture(autouse=True)
def _elsewhere(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "marque-data").mkdir()
    shutil.copy(sqlite_template, tmp_path / "marque-data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def marque(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, words, input=typed)


def told(result: Result) -> str:
    assert result.exit_code == 0, result.stderr
    return result.stdout


def kept() -> tuple[SqlStore, Desk]:
    store = open_store(f"sqlite:///{Path.cwd()}/marque-data/marque.db")
    return store, open_desk(store.database, AccessSettings(), SystemClock(), passwords.Passwords())


def signs_in(name: str, password: str) -> bool:
    store, desk = kept()
    try:
        return desk.sessions.sign_in(name, password, "").principal.name == name
    except Exception:  # noqa: BLE001 - whatever the reason
        return False
    finally:
        store.close()


def test_a_user_gets_a_password_that_is_shown_once() -> None:
    said = told(marque("users", "add", "Anna", "--role", "operator", "--camera", "gate"))
    first, second = said.splitlines()
    assert first == "anna may sign in as operator."
    password = second.removeprefix("The password is ").removesuffix("; it is shown this once.")
    assert signs_in("anna", password)
    assert password not in told(marque("users", "list"))


def test_a_password_may_come_on_stdin_and_is_not_said_again() -> None:
    assert PASSWORD not in told(marque("users", "add", "anna", "--ask", typed=PASSWORD + "\n"))
    assert signs_in("anna", PASSWORD)
    assert (
        told(marque("users", "password", "anna", "--ask", typed=PASSWORD * 2 + "\n")) == "anna has another password.\n"
    )
    assert signs_in("anna", PASSWORD * 2)
    assert not signs_in("anna", PASSWORD)


def test_users_are_listed_changed_disabled_and_removed() -> None:
    told(marque("users", "add", "chief", "--role", "admin"))
    told(marque("users", "add", "anna", "--camera", "gate"))
    assert told(marque("users", "role", "anna", "investigator")) == "anna is investigator now, camera gate.\n"
    assert told(marque("users", "role", "anna", "viewer", "--everywhere")) == "anna is viewer now, everywhere.\n"
    assert told(marque("users", "disable", "anna")) == "anna may sign in no more.\n"
    shown = [json.loads(line) for line in told(marque("users", "list", "--json")).splitlines()]
    assert [(u["name"], u["role"], u["cameras"], u["disabled"]) for u in shown] == [
        ("anna", "viewer", None, True),
        ("chief", "admin", None, False),
    ]
    assert told(marque("users", "disable", "anna", "--undo")) == "anna may sign in again.\n"
    assert told(marque("users", "remove", "anna")) == "anna is gone.\n"
    assert "anna" not in told(marque("users", "list"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("users", "add", "an na"), "this is no name for a user"),
        (("users", "add", "chief"), "there is a user chief already"),
        (("users", "disable", "chief"), "this is the last admin who can sign in"),
        (("users", "remove", "chief"), "this is the last admin who can sign in"),
        (("users", "role", "chief", "viewer"), "this is the last admin who can sign in"),
        (("users", "password", "nobody"), "there is no user 'nobody'"),
        (("keys", "add", "edge"), "a key has a role or scopes, one of the two"),
        (("keys", "add", "edge", "--scope", "reads:all"), "there is no scope reads:all"),
        (("keys", "revoke", "edge"), "there is no key 'edge'"),
    ],
)
def test_what_cannot_be_done_is_said(words: tuple[str, ...], said: str) -> None:
    told(marque("users", "add", "chief", "--role", "admin"))
    refused = marque(*words)
    assert (refused.exit_code, refused.stderr.splitlines()[0]) == (1, said)


def test_a_key_is_printed_alone_so_that_a_script_can_keep_it() -> None:
    made = marque("keys", "add", "edge 1", "--scope", "events:write", "--site", "north", "--days", "30")
    text = told(made).strip()
    assert text.startswith("mrq_")
    assert "shown this once" in made.stderr
    (shown,) = (json.loads(line) for line in told(marque("keys", "list", "--json")).splitlines())
    assert (shown["name"], shown["scopes"], shown["sites"]) == ("edge 1", ["events:write"], ["north"])
    assert shown["expires"]
    assert text not in told(marque("keys", "list"))
    assert told(marque("keys", "revoke", "edge 1")) == "edge 1 holds no more.\n"
    assert told(marque("keys", "list")) == "There are none.\n"


def test_what_was_done_here_is_written_down_too() -> None:
    told(marque("users", "add", "chief", "--role", "admin"))
    told(marque("keys", "add", "edge", "--role", "viewer"))
    store, desk = kept()
    rows = desk.trail.page(AuditQuery())
    store.close()
    assert [(row.principal, row.action, row.target) for row in rows] == [
        ("command line", "key added", "edge"),
        ("command line", "user added", "chief"),
    ]
