"""Whom holders asked for a quote is kept: an asked bank sees the piece by it."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "financing_requests",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("obligation", sa.BigInteger(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("owner", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.String(16), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_financing_requests")),
        comment="Holders' requests to banks for a quote. owner: the holder's number on the ledger, which the piece must still be "
        "of; ended: declined or withdrawn. What became of the others, quotes and pieces say.",
    )
    op.create_index("ix_financing_requests_piece", "financing_requests", ["obligation", "index"])
    op.create_index("ix_financing_requests_bank_asked_at_id", "financing_requests", ["bank", "asked_at", "id"])
    op.create_index("ix_financing_requests_holder_asked_at_id", "financing_requests", ["holder", "asked_at", "id"])


def downgrade() -> None:
    op.drop_table("financing_requests")
