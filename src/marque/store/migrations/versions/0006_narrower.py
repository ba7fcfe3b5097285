"""More of a pass in two indexes: what it was asked for besides time and camera is looked at without fetching it."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    for name in ("reads_first_seen", "reads_camera"):
        op.drop_index(name, "reads")
    op.create_index("reads_first_seen", "reads", ["first_seen", "text"])
    op.create_index("reads_camera", "reads", ["camera", "first_seen", "vehicle_make", "vehicle_color"])
