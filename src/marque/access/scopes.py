"""What may be done, each a scope, and the roles: named sets of scopes that grow from viewer to admin."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from marque.errors import Forbidden
from marque.types import Principal

SCOPES: Mapping[str, str] = {
    "reads:view": "see reads and events as they were listed",
    "reads:search": "search for plates, and see a plate's history",
    "reads:correct": "correct what was read",
    "reads:export": "take reads away as a file",
    "pictures:view": "see pictures of vehicles and plates",
    "events:stream": "follow events as they happen",
    "events:write": "hand events in, as another Marque does",
    "plates:read": "have plates read in pictures of one's own",
    "analytics:view": "see counts, journeys and visitors",
    "cameras:view": "see cameras and how they are",
    "cameras:manage": "add, change, start and stop cameras",
    "deliveries:view": "see what is owed to sinks",
    "deliveries:redrive": "have dead letters tried again",
    "sinks:view": "see the sinks",
    "sinks:test": "have a sink send something",
    "state:view": "see health and counters",
    "users:manage": "add, change and remove users",
    "keys:manage": "add and revoke API keys",
    "audit:view": "see who did what",
}
"""scope -> what it lets one do"""

ALL = frozenset(SCOPES)


class Role(StrEnum):
    """Viewer sees what happens; operator works with it; investigator looks into the past; admin may do everything."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    INVESTIGATOR = "investigator"
    ADMIN = "admin"


_VIEWER = frozenset({"reads:view", "pictures:view", "events:stream", "cameras:view", "state:view"})
_OPERATOR = _VIEWER | {"reads:correct", "plates:read", "deliveries:view", "deliveries:redrive", "sinks:view"}
_INVESTIGATOR = _OPERATOR | {"reads:search", "reads:export", "analytics:view"}

ROLES: Mapping[Role, frozenset[str]] = {
    Role.VIEWER: _VIEWER,
    Role.OPERATOR: _OPERATOR,
    Role.INVESTIGATOR: _INVESTIGATOR,
    Role.ADMIN: ALL,
}
"""each role has every scope of the one before"""


def demand(principal: Principal, scope: str) -> None:
    """Raises Forbidden, which names the scope, unless the principal has it."""
    if scope not in principal.scopes:
        raise Forbidden(
            f"this needs the scope {scope}, which {principal.name} does not have",
            hint=f"It lets one {SCOPES[scope]}; ask whoever manages users and keys.",
            scope=scope,
        )


def everything(name: str, address: str = "") -> Principal:
    """Somebody at this machine who may do everything: the command line, or a server without authentication."""
    return Principal(name, "local", ALL, address=address)
