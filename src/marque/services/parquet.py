"""Rows as Parquet, a group at a time. Needs the extra ``parquet``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from marque.errors import MissingExtra
from marque.services.rows import COLUMNS, Value

GROUP = 5_000
"""rows that are written, and in memory, together"""


class Chunks:
    """A file for a writer, whose bytes are taken away as they come."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._written = 0

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        self._written += len(data)
        return len(data)

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        """What was written since the last time."""
        data = b"".join(self._parts)
        self._parts.clear()
        return data


def available() -> None:
    """Raises MissingExtra where Parquet cannot be written."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ModuleNotFoundError as missing:
        raise MissingExtra("pyarrow", "parquet") from missing


def encode(rows: Iterable[Sequence[Value]]) -> Iterator[bytes]:
    """The file, in pieces of one row group."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    kinds = {
        str: pa.string(),
        int: pa.int64(),
        float: pa.float64(),
        bool: pa.bool_(),
        datetime: pa.timestamp("us", tz="UTC"),
    }
    schema = pa.schema([(name, kinds[kind]) for name, kind in COLUMNS.items()])
    out = Chunks()
    with ParquetWriter(out, schema) as writer:
        for group in _groups(rows):
            columns = [pa.array(values, one.type) for values, one in zip(zip(*group, strict=True), schema, strict=True)]
            writer.write_batch(pa.record_batch(columns, schema=schema))
            yield out.take()
    yield out.take()


def _groups(rows: Iterable[Sequence[Value]]) -> Iterator[list[Sequence[Value]]]:
    group: list[Sequence[Value]] = []
    for one in rows:
        group.append(one)
        if len(group) == GROUP:
            yield group
            group = []
    if group:
        yield group
