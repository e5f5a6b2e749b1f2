"""What changes beside the chain is told in one order, and webhooks bring it to whoever asked for it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "changes",
        sa.Column("sequence", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("enterprise", sa.Text(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("echo", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_changes")),
        comment="What changed and stands on no chain, a row for each enterprise that it concerns; rows are only added. at: this "
        "machine's clock; echo: a row before it tells the same to another. Enterprise '': blocks above subject were replaced.",
    )
    op.create_index("ix_changes_enterprise_sequence", "changes", ["enterprise", "sequence"])
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("enterprise", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("names", sa.JSON(), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("former_secret", sa.LargeBinary(), nullable=True),
        sa.Column("former_until", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("cursor", sa.String(40), nullable=False),
        sa.Column("stopped", sa.String(16), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("last_failure", sa.String(32), nullable=True),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=False),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        sa.Column("lease", sa.String(32), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
        comment="Receivers of events. Secrets are encrypted; cursor: all up to there was delivered; stopped: why nothing is sent any "
        "more; attempts: how often in a row the next event did not get through; lease: of the process that delivers now.",
    )
    op.create_index("ix_webhooks_enterprise", "webhooks", ["enterprise"])


def downgrade() -> None:
    op.drop_table("webhooks")
    op.drop_table("changes")
