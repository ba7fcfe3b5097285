"""Event identity."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID


def uuid7(now: datetime, random: bytes) -> str:
    """A UUIDv7 (RFC 9562): 48 bits of milliseconds, then ``random`` (10 bytes); ids of later times sort later."""
    value = bytearray(int(now.timestamp() * 1000).to_bytes(6, "big") + random[:10])
    value[6] = 0x70 | value[6] & 0x0F
    value[8] = 0x80 | value[8] & 0x3F
    return str(UUID(bytes=bytes(value)))
