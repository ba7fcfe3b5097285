"""The dictionary of texts: those that fit a pattern, and those that may be misreadings of a plate.

A pattern or a misreading is looked up here first, among texts that are each there once, and then as whole texts among
the passes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Text, and_, bindparam, func, literal_column, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from marque.errors import Unacceptable
from marque.plates import masks, normalize
from marque.plates.likeness import REACH, misreading, skeleton, variants
from marque.plates.masks import Mask
from marque.queries import Wanted
from marque.store.tables import texts

MATCHES = ("exact", "prefix", "wildcard", "regex", "fuzzy")
LAST = chr(0x10FFFF)
"""sorts behind every character of a text"""
TELLING = 2
"""characters of an ending from which the dictionary is sorted finely enough"""
PIECE = 3
"""characters of a trigram"""
MOST_WORDS = 2_000
"""texts up to which a pattern is looked up by them; one that fits more is found soon enough among the newest passes"""
MOST_ALIKE = 1_000
"""texts that one fuzzy search tells of, the likeliest ones"""


class Alike(NamedTuple):
    """A stored text and its cost as a misreading, see :func:`marque.plates.likeness.misreading`."""

    far: float
    text: str


# -- the plate as a condition -----------------------------------------------------------------------------------------


def text_conditions(query: Wanted, column: ColumnElement[Any], database: str) -> list[ColumnElement[bool]]:
    """The plate of a question as conditions on one column; a fuzzy one has none. ``database``: which we speak to.
    Raises Unacceptable."""
    if query.plate is None or query.plate_match == "fuzzy":
        return []
    if query.plate_match == "exact":
        return [column == normalize(query.plate)]
    return fits(mask_of(query), column, database)


def mask_of(query: Wanted) -> Mask:
    """What the plate of a question may look like. Raises Unacceptable."""
    plate = query.plate or ""
    if query.plate_match == "prefix":
        return masks.prefix(plate)
    if query.plate_match == "wildcard":
        return masks.wildcard(plate)
    if query.plate_match == "regex":
        return masks.regex(plate)
    raise Unacceptable(
        f"unknown plate match {query.plate_match!r}", field="match", hint=f"Use {', '.join(MATCHES[:-1])} or fuzzy."
    )


def fits(mask: Mask, column: ColumnElement[Any], database: str) -> list[ColumnElement[bool]]:
    """Whether a text is of this form."""
    begins = [_begins(column, mask.prefix)] if mask.prefix else []
    if mask.regex == f"{mask.prefix}.*":
        return begins or [column.is_not(None)]
    if mask.like is None or mask.glob is None:
        return [*begins, column.regexp_match(f"^(?:{mask.regex})$")]
    return [*begins, column.op("GLOB")(mask.glob) if database == "sqlite" else column.like(mask.like)]


def _begins(column: ColumnElement[Any], prefix: str) -> ColumnElement[bool]:
    return and_(column >= prefix, column < prefix + LAST)


def one_of(column: ColumnElement[Any], values: Sequence[str], database: str) -> ColumnElement[bool]:
    """``column IN (values)`` as one parameter, however many there are. As a subquery: PostgreSQL would weigh each value
    of a list against its statistics of every partition, which takes longer than to look all of them up. A single value
    is compared: an index then has what is found in order."""
    if len(values) == 1:
        return column == values[0]
    if database == "sqlite":
        return column.in_(select(func.json_each(json.dumps(list(values))).table_valued("value").c.value))
    return column.in_(select(func.unnest(bindparam(None, list(values), type_=ARRAY(Text)))))


# -- looking up -------------------------------------------------------------------------------------------------------


def words(connection: Connection, mask: Mask) -> list[str] | None:
    """Every text that fits, or None where the dictionary is not sorted by what the pattern tells, or too many fit."""
    database = connection.dialect.name
    ways = list(_ways(connection, mask))
    if not ways and not mask.prefix:
        return None
    # PostgreSQL knows how many texts each way leads to; SQLite takes the one that tells most
    if database == "sqlite":
        ways = [way for way in ways if way[0] > len(mask.prefix)]
        ways = [max(ways, key=lambda way: way[0])] if ways else []
    conditions = [way for _, way in ways]
    found = select(texts.c.text).where(*conditions, *fits(mask, texts.c.text, database)).limit(MOST_WORDS + 1)
    known = list(connection.scalars(found))
    return known if len(known) <= MOST_WORDS else None


def _ways(connection: Connection, mask: Mask) -> Iterator[tuple[int, ColumnElement[bool]]]:
    """How an index leads to the texts that fit, beside their beginning, with how many characters it uses."""
    if len(mask.suffix) >= TELLING:
        yield len(mask.suffix), _begins(texts.c.reversed, skeleton(mask.suffix)[::-1])
    inner = (piece for piece in mask.pieces if piece not in (mask.prefix, mask.suffix))
    pieces = [piece for piece in map(skeleton, inner) if len(piece) >= PIECE]
    if pieces and _has_trigrams(connection):
        best = max(pieces, key=len)
        yield len(best) - 1, _holds(best, connection.dialect.name)


def _has_trigrams(connection: Connection) -> bool:
    """Both databases may lack them, see the migration that makes them."""
    if connection.dialect.name == "sqlite":
        made = "SELECT count(*) FROM sqlite_master WHERE name = 'texts_trigrams'"
    else:
        made = "SELECT count(*) FROM pg_indexes WHERE indexname = 'texts_trigrams'"
    return bool(connection.exec_driver_sql(made).scalar())


def _holds(piece: str, database: str) -> ColumnElement[bool]:
    if database != "sqlite":
        return texts.c.skeleton.contains(piece, autoescape=True)
    found = text("SELECT rowid FROM texts_trigrams WHERE skeleton MATCH :piece").bindparams(piece=f'"{piece}"')
    return texts.c.id.in_(found.columns(literal_column("rowid")).scalar_subquery())


def alike(connection: Connection, asked: str) -> list[Alike]:
    """Stored texts that may be misreadings of a plate, likeliest first; the plate itself costs nothing."""
    folded = variants(asked)
    if not folded:
        return []
    wanted = select(texts.c.text).where(one_of(texts.c.skeleton, folded, connection.dialect.name))
    known = [Alike(misreading(word, asked), word) for word in connection.scalars(wanted)]
    return sorted(one for one in known if one.far <= REACH)[:MOST_ALIKE]
