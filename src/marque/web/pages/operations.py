"""Keeping it running: deliveries, storage, networks, people, keys, the audit trail."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from marque.access.scopes import ROLES, SCOPES
from marque.web.frame import View, page
from marque.web.visitor import Visitor


class Desks(View, component="../views/operations.js", esm={"operations": "../views/operations"}):
    """Draws itself from the API, a tab at a time."""


@page("/operations", "Operations", scope="state:view", style="operations.css")
async def operations(visitor: Visitor, request: Request) -> None:  # noqa: ARG001 - every page gets its request
    """The first tab."""
    Desks(tab="", **rights(visitor))


@page("/operations/{tab}", "Operations", scope="state:view", style="operations.css")
async def desk(visitor: Visitor, request: Request) -> None:
    """One tab."""
    Desks(tab=request.path_params["tab"], **rights(visitor))


def rights(visitor: Visitor) -> dict[str, Any]:
    """What the visitor may do here, and what the roles let one do."""
    return {
        "scopes": sorted(visitor.principal.scopes),
        "name": visitor.principal.name,
        "kind": visitor.principal.kind,
        "closed": visitor.services.gate.closed,
        "roles": {role.value: sorted(scopes) for role, scopes in ROLES.items()},
        "meaning": dict(SCOPES),
    }
