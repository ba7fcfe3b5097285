"""The API does what its document says, whatever it is sent: every operation, on both databases, with and without
authentication. What is sent is drawn from the document, the same each time."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from archives import some_reads
from event_samples import event
from marque.access.scopes import Role, everything
from marque.app import Marque
from marque.config import Settings

_numbers = count(1)
GOLDEN = Path(__file__).parents[1] / "golden" / "openapi.json"
DOCUMENT = json.loads(GOLDEN.read_text())
OPERATIONS = [(path, method) for path, found in DOCUMENT["paths"].items() for method in found]
EXAMPLES = int(os.environ.get("MARQUE_API_EXAMPLES", "5"))
"""of each operation, on each database, with and without authentication; more by hand: MARQUE_API_EXAMPLES=200"""
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
KNOWN = {"id": event(1).id, "plate": "8BC123", "name": "plate"}
"""values of parameters in a path that lead to something"""
pytestmark = pytest.mark.system


@dataclass(frozen=True)
class Target:
    """An application, its document as something to draw from, and the headers to send."""

    schema: Any
    headers: dict[str, str]


@contextmanager
def target(folder: Path, database: str, authentication: bool) -> Iterator[Target]:
    chosen = {
        "storage": {"folder": folder, "database": database},
        "server": {"authentication": authentication},
        "site": "yard",
    }
    marque = Marque(Settings.model_validate(chosen))
    try:
        assert marque.server
        marque.server.closing.set()  # streams end at once
        for one in some_reads():
            marque.log.append(one, {"plate": b"a plate"})
        _, key = marque.desk.keys.add(everything("test"), f"for {authentication}", role=Role.ADMIN)
        schema = schemathesis.openapi.from_dict(DOCUMENT)
        schema.app = marque.server.app
        yield Target(schema, {"Authorization": f"Bearer {key}"} if authentication else {})
    finally:
        marque.stop()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of an empty database of this file's own; another one each time that it is asked for."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('log')}/marque.db"
    server: str = request.getfixturevalue("postgres")
    name = f"api_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return server.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory, database: str) -> Iterator[dict[str, Target]]:
    """The same log without authentication and with a key; in this order, since the log is filled once."""
    folder = tmp_path_factory.mktemp("api")
    with target(folder, database, False) as opened, target(folder, database, True) as closed:
        yield {"open": opened, "key": closed}


@pytest.mark.parametrize("name", ["open", "key"])
@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda value: value)
def test_an_operation_answers_as_its_document_says(
    targets: dict[str, Target], name: str, path: str, method: str
) -> None:
    one = targets[name]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=one.schema[path][method].as_strategy(), known=st.booleans())
    def asked(case: Any, known: bool) -> None:
        if known and case.path_parameters:
            case.path_parameters |= {name: KNOWN[name] for name in case.path_parameters if name in KNOWN}
        case.call_and_validate(base_url="http://localhost", headers=one.headers, checks=CHECKS)

    asked()
