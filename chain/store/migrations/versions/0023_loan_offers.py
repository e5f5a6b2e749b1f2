"""Banks' offers of loans on warehouse receipts are kept until the owner takes one."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "loan_offers",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("request", sa.String(32), nullable=False),
        sa.Column("receipt", sa.BigInteger(), nullable=False),
        sa.Column("borrower", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("registration_number", sa.Text(), nullable=False),
        sa.Column("order", sa.JSON(), nullable=False),
        sa.Column("offer_hash", sa.String(66), nullable=False),
        sa.Column("signer", sa.String(42), nullable=False),
        sa.Column("signature", sa.String(1000), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["request"], ["financing_requests.id"], name=op.f("fk_loan_offers_request")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_offers")),
        comment="Banks' signed offers of loans on warehouse receipts. Whether one was taken, the chain says, by offer_hash.",
    )
    op.create_index("ix_loan_offers_request", "loan_offers", ["request"])
    op.create_index("ix_loan_offers_bank_created_at_id", "loan_offers", ["bank", "created_at", "id"])
    op.create_index("ix_loan_offers_borrower_created_at_id", "loan_offers", ["borrower", "created_at", "id"])


def downgrade() -> None:
    op.drop_table("loan_offers")
