"""What persons decide is kept under its idempotency key; a command keeps what it was worth, and how often it came to nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

COMMENT_BEFORE = (
    "Commands that came over the API, each carried out once: accepted → running → succeeded | refused | failed, before "
    "that perhaps awaiting_approval (→ declined) or awaiting_signature. id: of (enterprise, its idempotency key); times in "
    "unix milliseconds of this machine; not_before: while running, until when whoever carries it out has it."
)
COMMENT = (
    f"{COMMENT_BEFORE.removesuffix('.')}; attempts: how often it was taken; failures: how often that came to nothing; worth: "
    "what four eyes counted, by currency."
)


def upgrade() -> None:
    # Not in a batch: uploads name the rows of this table, which SQLite would have to make anew.
    op.add_column("commands", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("commands", sa.Column("worth", sa.JSON(), nullable=True))
    op.create_index("ix_commands_state_enterprise_sequence", "commands", ["state", "enterprise", "sequence"])
    _comment(COMMENT, COMMENT_BEFORE)
    op.create_table(
        "decisions",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("command", sa.Integer(), nullable=False),
        sa.Column("input_hash", sa.String(64), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["command"], ["commands.sequence"], name=op.f("fk_decisions_command")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        comment="What persons decided about commands (approved, declined, signed), each once for its idempotency key. id: of "
        "(enterprise, that key), as a command's.",
    )


def downgrade() -> None:
    op.drop_table("decisions")
    op.drop_index("ix_commands_state_enterprise_sequence", "commands")
    op.drop_column("commands", "worth")
    op.drop_column("commands", "failures")
    _comment(COMMENT_BEFORE, COMMENT)


def _comment(now: str, before: str) -> None:
    if op.get_context().dialect.supports_comments:
        op.create_table_comment("commands", now, existing_comment=before)
