"""Real servers for tests, each started once per test session in a folder of its own and stopped at its end.

A server that is not installed skips its tests at home and fails them where ``CI`` is set.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest


def unavailable(reason: str) -> NoReturn:
    """Skip the test at home, fail it in CI."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def postgres_server(
    durable: bool = False, data: Path | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[str]:
    """A PostgreSQL of our own on a unix socket; gives the URL of its database ``postgres``. Tests need none of it to
    outlive a power cut; a bench asks for ``durable``, for ``settings``, and for ``data`` that stays."""
    programs = _postgres_programs()
    folder = Path(tempfile.mkdtemp(prefix="marque-pg-", dir="/tmp"))
    data = folder / "data" if data is None else data
    data.mkdir(parents=True, exist_ok=True)
    prefix = _unprivileged(folder, data)
    if not (data / "PG_VERSION").exists():
        _run(
            [*prefix, programs / "initdb", "-D", data, "-U", "marque", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
        )
    options = f"-c listen_addresses='' -k {folder} -c fsync={'on' if durable else 'off'}"
    options += "".join(f" -c {name}={value}" for name, value in (settings or {}).items())
    start: list[str | Path] = [programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"]
    try:
        _run([*prefix, *start])
        yield f"postgresql://marque@/postgres?host={folder}"
    finally:
        mode = "immediate" if data.parent == folder else "fast"
        _run([*prefix, programs / "pg_ctl", "-D", data, "-m", mode, "-t", "300", "stop"])
        shutil.rmtree(folder)


def _postgres_programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    on_path = shutil.which("pg_ctl")
    if not found and not on_path:
        unavailable("PostgreSQL is not installed (scripts/servers.sh installs it)")
    return (found[-1] if found else Path(str(on_path))).parent


def _unprivileged(*folders: Path) -> list[str]:
    """PostgreSQL refuses to run as root: run it as its own user then."""
    if os.geteuid() != 0:
        return []
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        unavailable("PostgreSQL needs a user 'postgres' when tests run as root")
    for folder in folders:
        os.chown(folder, user.pw_uid, user.pw_gid)
    return ["runuser", "-u", "postgres", "--"]


def _words(command: Sequence[str | Path]) -> list[str]:
    return [str(word) for word in command]


def _run(command: Sequence[str | Path]) -> None:
    with tempfile.TemporaryFile() as said:  # a pipe would stay open in the server that pg_ctl leaves behind
        done = subprocess.run(_words(command), stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=False, cwd="/")
        said.seek(0)
        if done.returncode:
            raise RuntimeError(f"{command}: {said.read().decode()}")
