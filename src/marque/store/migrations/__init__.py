"""Forward migrations of the database; they run by themselves when a store is opened.

A new one is a file in ``versions`` whose ``down_revision`` is the last one's ``revision``. Going back is not offered:
restore a backup instead.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from marque.errors import StoreError


def upgrade(connection: Connection) -> None:
    """Bring the tables to what this version of Marque needs, within the caller's transaction."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        hint = "The database was written by a newer Marque: install that version, or use another database."
        raise StoreError(f"cannot migrate the database: {error}", hint=hint) from error
