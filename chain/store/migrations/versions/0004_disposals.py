"""Originals whose years of retention are over; and what PostgreSQL is told of tables that an older migration widened."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

COMMENTS = {
    "parties": "next_…: the account that the party announced; recovery_…: the key that its account bank proposed.",
    "lines": "allotted: promised to suppliers and not drawn; bank: who granted the line, with whom its backers share it.",
    "evidence": "Documents that their buyers confirmed. used: by pieces and loans; credited: taken back by both sides' notes.",
    "obligations": "recourse, attested_only: terms; loss: written off and not made good since; overdue_day: when it last was marked.",
    "pieces": "financed: a bank bought it; payment: cut from its parent by a payment. State is the piece's own, without holds.",
}


def upgrade() -> None:
    op.create_table(
        "disposals",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kept_until", sa.String(length=10), nullable=False),
        sa.Column("disposed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_disposals")),
        comment="Originals that were deleted after the years of retention: their bytes are gone, what they were stays known.",
    )
    if op.get_context().dialect.supports_comments:
        for table, comment in COMMENTS.items():
            op.create_table_comment(table, comment)


def downgrade() -> None:
    """What was deleted is then not told from what was lost."""
    if op.get_context().dialect.supports_comments:
        for table in COMMENTS:
            op.drop_table_comment(table)
    op.drop_table("disposals")
