"""Real servers for tests, each started once per test session in a folder of its own and stopped at its end.

A server that is not installed skips its tests at home and fails them where ``CI`` is set.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
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


@contextmanager
def nginx_server(servers: str, port: int) -> Iterator[None]:
    """An nginx of our own with these ``server`` blocks, which listen at ``port`` of loopback."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        unavailable("nginx is not installed (scripts/servers.sh installs it)")
    with tempfile.TemporaryDirectory(prefix="marque-nginx-") as folder:
        places = [f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")]
        events = "events {}\n" if os.geteuid() else "user root;\nevents {}\n"
        http = "http {\naccess_log off;\n" + "\n".join([*places, servers]) + "}\n"
        file = Path(folder, "nginx.conf")
        file.write_text(f"daemon off;\npid {folder}/pid;\n{events}{http}")
        words = [program, "-c", str(file), "-p", folder, "-e", f"{folder}/errors"]
        with subprocess.Popen(words, stdin=subprocess.DEVNULL) as running:
            try:
                _await_port(port, running)
                yield
            finally:
                running.terminate()
                running.wait(20)


def _await_port(port: int, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the server ended with {server.returncode}")


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
