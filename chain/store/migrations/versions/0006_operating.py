"""Originals whose years of retention are over, runs of the reconciliation; and what PostgreSQL takes more seriously than SQLite.

That is how long a text may be: contracts' names and operations hold enterprises' ids, which have no end. And comments
on tables that an older migration widened.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

COMMENTS = {
    "files": "Every file ever given, read or refused; the same bytes at the same path are one file. "
    "enterprise: who gave it; mapping: digest of what said what the columns of tables mean.",
    "findings": "What reading the files found, and what the ledger refused or a party rejected (of no file; place: what it is "
    "about). What matching and the graph find is derived whenever it is asked for.",
    "parties": "next_…: the account that the party announced; recovery_…: the key that its account bank proposed.",
    "lines": "allotted: promised to suppliers and not drawn; bank: who granted the line, with whom its backers share it.",
    "evidence": "Documents that their buyers confirmed. used: by pieces and loans; credited: taken back by both sides' notes.",
    "obligations": "recourse, attested_only: terms; loss: written off and not made good since; overdue_day: when it last was marked.",
    "pieces": "financed: a bank bought it; payment: cut from its parent by a payment. State is the piece's own, without holds.",
}


#: Table and column → how long it was.
ENDLESS = {("events", "contract"): 24, ("operations", "key"): 200, ("operations", "kind"): 40}


def upgrade() -> None:
    for (table, column), length in ENDLESS.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(column, existing_type=sa.String(length), existing_nullable=False, type_=sa.Text())
    op.create_table(
        "disposals",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kept_until", sa.String(length=10), nullable=False),
        sa.Column("disposed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_disposals")),
        comment="Originals that were deleted after the years of retention: their bytes are gone, what they were stays known.",
    )
    op.create_table(
        "reconciliations",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("milliseconds", sa.BigInteger(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("compared", sa.JSON(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliations")),
        comment="Every run of the reconciliation. made_at: this machine's clock; found: its differences, each with its rule.",
    )
    if op.get_context().dialect.supports_comments:
        for table, comment in COMMENTS.items():
            op.create_table_comment(table, comment)


def downgrade() -> None:
    """What was deleted is then not told from what was lost. Texts that are too long now stop PostgreSQL from going back."""
    if op.get_context().dialect.supports_comments:
        for table in COMMENTS:
            op.drop_table_comment(table)
    op.drop_table("reconciliations")
    op.drop_table("disposals")
    for (table, column), length in ENDLESS.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(column, existing_type=sa.Text(), existing_nullable=False, type_=sa.String(length))
