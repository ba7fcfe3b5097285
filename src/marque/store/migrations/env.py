"""Run by Alembic for every migration; :func:`marque.store.migrations.upgrade` hands the open connection in."""

from __future__ import annotations

from alembic import context

from marque.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
