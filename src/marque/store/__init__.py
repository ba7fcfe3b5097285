"""What is durable: the event log in SQLite or PostgreSQL, and the pictures beside it."""

from marque.store.sql import SqlStore, open_store

__all__ = ["SqlStore", "open_store"]
