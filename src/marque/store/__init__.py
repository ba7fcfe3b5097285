"""What is durable: the event log in SQLite or PostgreSQL, the pictures beside it, and who may see them."""

from marque.store.access import KeyRows, SessionRows, UserRows
from marque.store.audit import AuditTable
from marque.store.sql import SqlStore, open_store

__all__ = ["AuditTable", "KeyRows", "SessionRows", "SqlStore", "UserRows", "open_store"]
