"""The event's JSON under the name this package's users know. It lives in :mod:`marque.wire`, below the store and the
sinks, which write it too."""

from marque.wire import SCHEMA, from_wire, plate_to_wire, schema, to_wire

__all__ = ["SCHEMA", "from_wire", "plate_to_wire", "schema", "to_wire"]
