"""Events, their pictures and their deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
SORTED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BODY = sa.JSON().with_variant(JSONB, "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _events()
    _pictures()
    _deliveries()


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("cursor", SERIAL, primary_key=True, autoincrement=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("camera", sa.Text, nullable=False),
        sa.Column("time", TIME, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("class", sa.Text, nullable=False),
        sa.Column("region", sa.Text),
        sa.Column("confidence", sa.Float),
        sa.Column("text", SORTED),
        sa.Column("skeleton", SORTED),
        sa.Column("body", BODY, nullable=False),
        sa.UniqueConstraint("id", "revision", name="events_id_revision"),
        sqlite_autoincrement=True,
    )
    op.create_index("events_camera_cursor", "events", ["camera", "cursor"])
    op.create_index("events_time", "events", ["time"])
    op.create_index("events_text", "events", ["text"])


def _pictures() -> None:
    op.create_table(
        "pictures",
        sa.Column("cursor", SERIAL, sa.ForeignKey("events.cursor", ondelete="CASCADE"), primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True),
    )
    op.create_index("pictures_digest", "pictures", ["digest"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", SERIAL, primary_key=True, autoincrement=True),
        sa.Column("cursor", SERIAL, sa.ForeignKey("events.cursor", ondelete="CASCADE"), nullable=False),
        sa.Column("sink", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("due", TIME, nullable=False),
        sa.Column("expires", TIME),
        sa.Column("settled", TIME),
        sa.Column("answer", sa.Text, nullable=False),
        sa.UniqueConstraint("cursor", "sink", name="deliveries_cursor_sink"),
        sqlite_autoincrement=True,
    )
    owed = sa.text("state = 'pending'")
    op.create_index("deliveries_owed", "deliveries", ["sink", "due", "id"], sqlite_where=owed, postgresql_where=owed)
