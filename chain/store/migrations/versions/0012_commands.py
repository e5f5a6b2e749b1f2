"""Commands over the API are accepted first and carried out then; what was answered before stays answered."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "commands",
        sa.Column("sequence", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("enterprise", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("eyes", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("input_hash", sa.String(length=64), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("signing", sa.JSON(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("problem", sa.JSON(), nullable=True),
        sa.Column("traceparent", sa.String(length=64), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_commands")),
        sa.UniqueConstraint("id", name=op.f("uq_commands_id")),
        comment="Commands that came over the API, each carried out once: accepted → running → succeeded | refused | failed, before that perhaps awaiting_approval (→ declined) or awaiting_signature. id: of (enterprise, its idempotency key); times in unix milliseconds of this machine; not_before: while running, until when whoever carries it out has it.",
    )
    op.create_index("ix_commands_enterprise_sequence", "commands", ["enterprise", "sequence"])
    op.create_index("ix_commands_state_sequence", "commands", ["state", "sequence"])
    op.create_table(
        "uploads",
        sa.Column("command", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["command"], ["commands.sequence"], name=op.f("fk_uploads_command")),
        sa.PrimaryKeyConstraint("command", "place", name=op.f("pk_uploads")),
        comment="Bytes that came with a command and are not read yet; they go once it has ended.",
    )
    op.create_table(
        "four_eyes",
        sa.Column("enterprise", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("above_minor", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("enterprise", "currency", name=op.f("pk_four_eyes")),
        comment="Above which amount a second person of the enterprise approves what the first one asks for; null: never.",
    )
    op.execute(
        "INSERT INTO commands (id, enterprise, actor, eyes, kind, input_hash, asked, state, not_before, attempts, result, recorded_at, ended_at) "
        "SELECT substr(key, 1, 32), enterprise, 'key', 'key', 'earlier', input_hash, '{}', 'succeeded', 0, 1, reply, recorded_at * 1000, recorded_at * 1000 "
        "FROM requests WHERE reply IS NOT NULL AND CAST(reply AS TEXT) <> 'null'"
    )
    op.drop_table("requests")


def downgrade() -> None:
    op.create_table(
        "requests",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("enterprise", sa.Text(), nullable=False),
        sa.Column("input_hash", sa.String(length=64), nullable=False),
        sa.Column("reply", sa.JSON(), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_requests")),
        comment="Commands that came with an idempotency key; key: hash of (enterprise, its key); reply: None until it is done.",
    )
    op.execute(
        "INSERT INTO requests (key, enterprise, input_hash, reply, recorded_at) "
        "SELECT id || id, enterprise, input_hash, result, recorded_at / 1000 FROM commands WHERE result IS NOT NULL AND CAST(result AS TEXT) <> 'null'"
    )
    op.drop_table("four_eyes")
    op.drop_table("uploads")
    op.drop_table("commands")
