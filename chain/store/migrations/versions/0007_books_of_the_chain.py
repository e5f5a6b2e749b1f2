"""Raw events, exposure that is kept, and what takes blocks back. What was read of the chain is read again."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

#: The books, which are a fold of the events: without these they are empty.
BOOKS = (
    "loans", "receipts", "lots", "pieces", "sales", "holds", "payments", "claims", "guarantees", "obligations", "evidence",
    "batches", "financing", "allotments", "backers", "lines", "keys", "parties", "blocks",
)  # fmt: skip

#: Tables of amounts whose currency may be a number without a name (``#255``).
WITH_CURRENCY = ("lines", "financing", "evidence", "loans")


def upgrade() -> None:
    _forget_the_chain()
    _widen_currencies(3, 4)
    op.drop_table("events")
    op.create_table(
        "events",
        sa.Column("block_hash", sa.LargeBinary(), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.LargeBinary(), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=True),
        sa.Column("topics", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("block_hash", "log_index", name=op.f("pk_events")),
        comment="Logs as they are on chain. subject: the first indexed argument without leading zeros; topics: all of them.",
    )
    op.create_index(op.f("ix_events_name"), "events", ["name"])
    op.create_index(op.f("ix_events_subject"), "events", ["subject"])
    op.create_index(op.f("ix_events_place"), "events", ["block_number", "log_index"])
    with op.batch_alter_table("blocks") as batch:
        batch.add_column(sa.Column("final", sa.Boolean(), nullable=False))
    if op.get_context().dialect.supports_comments:
        op.create_table_comment(
            "blocks",
            "Blocks that hold events, and the last one read (the checkpoint). final: what it changed is not undone any more.",
        )
    op.create_table(
        "undo",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", name=op.f("pk_undo")),
        comment="What a block that is not final changed. rows: [table, key, row before it or null] of the books, as JSON.",
    )
    op.create_table(
        "party_groups",
        sa.Column("party", sa.BigInteger(), nullable=False),
        sa.Column("since_block", sa.BigInteger(), nullable=False),
        sa.Column("group", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("party", "since_block", name=op.f("pk_party_groups")),
        comment="Which group of related parties somebody belongs to, from which block on.",
    )
    op.create_table(
        "exposures",
        sa.Column("bank", sa.BigInteger(), nullable=False),
        sa.Column("issuer", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(4), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("maturities", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("bank", "issuer", "currency", "kind", "tier", name=op.f("pk_exposures")),
        comment="Exposure now. maturities: (maturity day, minor units) as pairs of 8 bytes each, little-endian, by day.",
    )
    op.create_table(
        "exposure_changes",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", name=op.f("pk_exposure_changes")),
        comment="By how much a block changed exposure: [bank, issuer, currency, kind, tier, maturity day, minor units] as JSON.",
    )


def downgrade() -> None:
    _forget_the_chain()
    _widen_currencies(4, 3)
    for table in ("exposure_changes", "exposures", "party_groups", "undo", "events"):
        op.drop_table(table)
    if op.get_context().dialect.supports_comments:
        op.drop_table_comment("blocks")
    with op.batch_alter_table("blocks") as batch:
        batch.drop_column("final")
    op.create_table(
        "events",
        sa.Column("block_hash", sa.String(66), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.Column("transaction_hash", sa.String(66), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("block_hash", "log_index", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_block_number"), "events", ["block_number"])
    op.create_index(op.f("ix_events_name"), "events", ["name"])


def _forget_the_chain() -> None:
    for table in BOOKS:
        op.execute(sa.delete(sa.table(table)))


def _widen_currencies(before: int, after: int) -> None:
    for table in WITH_CURRENCY:
        with op.batch_alter_table(table) as batch:
            batch.alter_column(
                "currency", existing_type=sa.String(before), existing_nullable=False, type_=sa.String(after)
            )
