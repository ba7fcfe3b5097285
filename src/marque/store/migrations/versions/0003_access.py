"""Users, sessions, API keys and the audit trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
SORTED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BODY = sa.JSON().with_variant(JSONB, "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", SERIAL, primary_key=True, autoincrement=True),
        sa.Column("name", SORTED, nullable=False, unique=True),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("cameras", BODY),
        sa.Column("sites", BODY),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("password_set", TIME, nullable=False),
        sa.Column("signed_in", TIME),
        sqlite_autoincrement=True,
    )
    _sessions()
    _keys()
    _audit()


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("user_id", SERIAL, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("used", TIME, nullable=False),
        sa.Column("expires", TIME, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
    )
    op.create_index("sessions_user", "sessions", ["user_id"])


def _keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("prefix", sa.Text, primary_key=True),
        sa.Column("name", SORTED, nullable=False, unique=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("role", sa.Text),
        sa.Column("scopes", BODY),
        sa.Column("cameras", BODY),
        sa.Column("sites", BODY),
        sa.Column("created", TIME, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("expires", TIME),
        sa.Column("used", TIME),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", SERIAL, primary_key=True, autoincrement=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("principal", SORTED, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("action", SORTED, nullable=False),
        sa.Column("target", SORTED, nullable=False),
        sa.Column("detail", BODY, nullable=False),
        sa.Column("results", sa.Integer),
        sqlite_autoincrement=True,
    )
    op.create_index("audit_at", "audit", ["at"])
    for column in ("principal", "action", "target"):
        op.create_index(f"audit_{column}", "audit", [column, "id"])
