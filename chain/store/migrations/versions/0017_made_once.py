"""What was made under an idempotency key is found by it, so that a repeated request makes nothing twice."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "made_once",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("input_hash", sa.String(64), nullable=False),
        sa.Column("made", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_made_once")),
        comment="Keys, users and webhooks that were made under an idempotency key. id: of (enterprise, that key); made: the id "
        "of what was made.",
    )


def downgrade() -> None:
    op.drop_table("made_once")
