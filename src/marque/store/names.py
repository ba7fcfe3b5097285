"""The cameras, sites, zones, regions and vehicles that reads know, without reading the reads: one look into the index
per name."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Column, Connection, Select, func, select

from marque.store.database import Database
from marque.store.tables import reads

MOST = 2_000
"""names of one kind"""
KINDS = ("camera", "site", "zone", "region", "vehicle_type", "vehicle_color", "vehicle_make")


def known_names(database: Database) -> Mapping[str, frozenset[str]]:
    """Every name of each kind, the first ``MOST`` of them."""
    with database.read() as connection:
        return {kind: _distinct(connection, reads.c[kind]) for kind in KINDS}


def each(column: Column[str]) -> Select[tuple[str]]:
    """Every name in a column, as ``name``. Neither database skips through an index by itself for DISTINCT; asked for
    the next value each time it does."""
    found = select(func.min(column).label("name")).cte("found", recursive=True)
    following = select(func.min(column)).where(column > found.c.name).scalar_subquery()
    found = found.union_all(select(following).where(found.c.name.is_not(None)))
    return select(found.c.name).where(found.c.name.is_not(None))


def _distinct(connection: Connection, column: Column[str]) -> frozenset[str]:
    return frozenset(connection.scalars(each(column).limit(MOST)))
