"""Whom owners of goods asked for a loan is kept, and what banks offered: an asked bank sees the receipt by it."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "loan_requests",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("receipt", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.BigInteger(), nullable=False),
        sa.Column("borrower", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.String(16), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_requests")),
        comment="Owners' requests to banks for a loan on a receipt. owner: the borrower's number on the ledger, which the receipt "
        "must still be of; ended: declined or withdrawn. What became of the others, offers and receipts say.",
    )
    op.create_index("ix_loan_requests_receipt", "loan_requests", ["receipt"])
    op.create_index("ix_loan_requests_bank_asked_at_id", "loan_requests", ["bank", "asked_at", "id"])
    op.create_index("ix_loan_requests_borrower_asked_at_id", "loan_requests", ["borrower", "asked_at", "id"])
    op.create_table(
        "loan_offers",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("request", sa.String(32), nullable=False),
        sa.Column("receipt", sa.BigInteger(), nullable=False),
        sa.Column("borrower", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("registration_number", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("offer", sa.JSON(), nullable=False),
        sa.Column("offer_hash", sa.String(66), nullable=False),
        sa.Column("signer", sa.String(42), nullable=False),
        sa.Column("signature", sa.String(1000), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_offers")),
        comment="Banks' signed offers of loans on receipts. Whether one was taken, the chain says.",
    )
    op.create_index("ix_loan_offers_request", "loan_offers", ["request"])
    op.create_index("ix_loan_offers_bank_created_at_id", "loan_offers", ["bank", "created_at", "id"])
    op.create_index("ix_loan_offers_borrower_created_at_id", "loan_offers", ["borrower", "created_at", "id"])


def downgrade() -> None:
    op.drop_table("loan_offers")
    op.drop_table("loan_requests")
