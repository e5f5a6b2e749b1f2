"""Whom holders asked for a quote or a loan is kept: an asked bank sees the piece, or the receipt, by it."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "financing_requests",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("obligation", sa.BigInteger(), nullable=True),
        sa.Column("index", sa.Integer(), nullable=True),
        sa.Column("receipt", sa.BigInteger(), nullable=True),
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
        comment="Holders' requests to banks: for a quote for a piece, or for a loan on a warehouse receipt. owner: the holder's "
        "number on the ledger, whose it must still be; ended: declined or withdrawn. What became of others, offers and books say.",
    )
    op.create_index("ix_financing_requests_receipt", "financing_requests", ["receipt"])
    op.create_index("ix_financing_requests_piece", "financing_requests", ["obligation", "index"])
    op.create_index("ix_financing_requests_bank_asked_at_id", "financing_requests", ["bank", "asked_at", "id"])
    op.create_index("ix_financing_requests_holder_asked_at_id", "financing_requests", ["holder", "asked_at", "id"])


def downgrade() -> None:
    op.drop_table("financing_requests")
