"""the whole ledger: accounts, recoveries, shared lines, allotments, sales, payments, guarantees, recourse, holds"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Books of before had none of this: what is added is 0, and a piece without evidence was a bank's purchase."""
    op.create_table(
        "allotments",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.BigInteger(), nullable=False),
        sa.Column("parent", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("left_minor", sa.BigInteger(), nullable=False),
        sa.Column("drawn_minor", sa.BigInteger(), nullable=False),
        sa.Column("expiry_day", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("instrument", sa.Integer(), nullable=False),
        sa.Column("min_tenor_days", sa.Integer(), nullable=False),
        sa.Column("recourse_allowed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allotments")),
        comment="What suppliers may draw on a line, on its issuer's terms; parent 0: by the issuer; state: live, revoked or expired.",
    )
    with op.batch_alter_table("allotments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_allotments_holder"), ["holder"], unique=False)
        batch_op.create_index(batch_op.f("ix_allotments_line"), ["line"], unique=False)

    op.create_table(
        "backers",
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("bank", sa.BigInteger(), nullable=False),
        sa.Column("basis_points", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("line", "bank", name=op.f("pk_backers")),
        comment="Banks that back a line beside the one that granted it, which keeps the rest of 10,000.",
    )
    op.create_table(
        "batches",
        sa.Column("root", sa.String(length=66), nullable=False),
        sa.Column("buyer", sa.BigInteger(), nullable=False),
        sa.Column("attestor", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("admitted", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("root", "buyer", name=op.f("pk_batches")),
        comment="Documents that a buyer confirmed by their Merkle root; each is evidence once it is admitted.",
    )
    op.create_table(
        "claims",
        sa.Column("obligation", sa.BigInteger(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("ancestor", sa.Integer(), nullable=False),
        sa.Column("against", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("obligation", "index", "ancestor", name=op.f("pk_claims")),
        comment="Recourse that a piece's holder asked for from the owner of an ancestor of it.",
    )
    op.create_table(
        "guarantees",
        sa.Column("obligation", sa.BigInteger(), nullable=False),
        sa.Column("guarantor", sa.BigInteger(), nullable=False),
        sa.Column("basis_points", sa.Integer(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("obligation", "guarantor", name=op.f("pk_guarantees")),
        comment="Who answers for which share of an obligation's face, and what it has paid to holders.",
    )
    op.create_table(
        "holds",
        sa.Column("obligation", sa.BigInteger(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("disputant", sa.BigInteger(), nullable=True),
        sa.Column("disputed_at", sa.BigInteger(), nullable=True),
        sa.Column("returned", sa.Boolean(), nullable=False),
        sa.Column("court", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("obligation", "index", name=op.f("pk_holds")),
        comment="Holds that rest on a piece, and bind what was cut from it; index 0 is the whole obligation.",
    )
    op.create_table(
        "loans",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("borrower", sa.BigInteger(), nullable=False),
        sa.Column("bank", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("receipt", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("interest_paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("annual_rate_micros", sa.BigInteger(), nullable=False),
        sa.Column("day_count_basis", sa.Integer(), nullable=False),
        sa.Column("maturity_day", sa.Integer(), nullable=False),
        sa.Column("offer_hash", sa.String(length=66), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("sold", sa.Boolean(), nullable=False),
        sa.Column("unsecured", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loans")),
        comment="Loans on receipts and orders; evidence: the document that it uses now; state: open, defaulted or closed.",
    )
    with op.batch_alter_table("loans", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_loans_bank"), ["bank"], unique=False)
        batch_op.create_index(batch_op.f("ix_loans_borrower"), ["borrower"], unique=False)

    op.create_table(
        "lots",
        sa.Column("lot", sa.String(length=66), nullable=False),
        sa.Column("keeper", sa.BigInteger(), nullable=False),
        sa.Column("depositor", sa.BigInteger(), nullable=False),
        sa.Column("measured", sa.BigInteger(), nullable=False),
        sa.Column("confirmer", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("lot", name=op.f("pk_lots")),
        comment="What keepers found of the goods that they store; confirmer: a second party that found the same.",
    )
    op.create_table(
        "payments",
        sa.Column("obligation", sa.BigInteger(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("attestor", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("contestable_until", sa.BigInteger(), nullable=False),
        sa.Column("contested", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("obligation", "index", name=op.f("pk_payments")),
        comment="What a holder's account bank attested of a payment off chain, until somebody completes it.",
    )
    op.create_table(
        "receipts",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lot", sa.String(length=66), nullable=False),
        sa.Column("evidence", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.BigInteger(), nullable=False),
        sa.Column("loan", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
        comment="Warehouse receipts; loan: the one that the goods secure.",
    )
    with op.batch_alter_table("receipts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receipts_lot"), ["lot"], unique=False)
        batch_op.create_index(batch_op.f("ix_receipts_owner"), ["owner"], unique=False)

    op.create_table(
        "sales",
        sa.Column("obligation", sa.BigInteger(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("fee_payer", sa.BigInteger(), nullable=False),
        sa.Column("cash_token", sa.String(length=42), nullable=True),
        sa.Column("registration_number", sa.String(length=66), nullable=False),
        sa.Column("description_hash", sa.String(length=66), nullable=False),
        sa.Column("attestor", sa.BigInteger(), nullable=True),
        sa.Column("contestable_until", sa.BigInteger(), nullable=True),
        sa.Column("contested", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("obligation", "index", name=op.f("pk_sales")),
        comment="How a bank's piece was bought; cash_token is None where the cash moves off chain, and somebody says that it came.",
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("credited_minor", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
        batch_op.add_column(sa.Column("cancelled", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("attestor", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
        batch_op.add_column(sa.Column("lot", sa.String(length=66), nullable=True))

    with op.batch_alter_table("lines", schema=None) as batch_op:
        batch_op.add_column(sa.Column("allotted_minor", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
        batch_op.add_column(sa.Column("calendar", sa.Integer(), nullable=False, server_default=sa.text("0")))

    with op.batch_alter_table("obligations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("recourse", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("attested_only", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("loss_minor", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
        batch_op.add_column(sa.Column("overdue_day", sa.Integer(), nullable=True))

    with op.batch_alter_table("parties", schema=None) as batch_op:
        batch_op.add_column(sa.Column("account_bank", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
        batch_op.add_column(sa.Column("issuance_stopped", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("next_account", sa.String(length=42), nullable=True))
        batch_op.add_column(sa.Column("next_account_bank", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("account_changes_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("recovery_key", sa.String(length=42), nullable=True))
        batch_op.add_column(sa.Column("recovery_at", sa.BigInteger(), nullable=True))

    with op.batch_alter_table("pieces", schema=None) as batch_op:
        batch_op.add_column(sa.Column("use_index", sa.Integer(), nullable=False, server_default=sa.text("0")))
        batch_op.add_column(sa.Column("financed", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("payment", sa.Boolean(), nullable=False, server_default=sa.false()))

    pieces = sa.table("pieces", sa.column("financed", sa.Boolean), sa.column("evidence", sa.BigInteger))
    op.execute(sa.update(pieces).where(pieces.c.evidence == 0).values(financed=True))


def downgrade() -> None:
    """What the older tables have no place for is lost; the books are folded from the events again."""
    added = {
        "pieces": ("use_index", "financed", "payment"),
        "parties": (
            "account_bank", "issuance_stopped", "next_account", "next_account_bank", "account_changes_at",
            "recovery_key", "recovery_at",
        ),
        "obligations": ("recourse", "attested_only", "loss_minor", "overdue_day"),
        "lines": ("allotted_minor", "calendar"),
        "evidence": ("credited_minor", "cancelled", "attestor", "lot"),
    }  # fmt: skip
    for table, columns in added.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                batch_op.drop_column(column)
    for table in (
        "sales", "receipts", "payments", "lots", "loans", "holds", "guarantees", "claims", "batches", "backers", "allotments",
    ):  # fmt: skip
        op.drop_table(table)
