"""Four eyes may count what one person asked for within a day, too: a sum in parts is the same sum."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

COMMENT_BEFORE = (
    "Above which amount a second person of the enterprise approves what the first one asks for; null: never."
)
COMMENT = (
    "Above which amount a second person of the enterprise approves what the first one asks for, by one command (above_minor) "
    "or within a day (day_above_minor); null: never."
)


def upgrade() -> None:
    op.add_column("four_eyes", sa.Column("day_above_minor", sa.BigInteger(), nullable=True))
    op.create_index("ix_commands_enterprise_eyes_recorded_at", "commands", ["enterprise", "eyes", "recorded_at"])
    _comment(COMMENT, COMMENT_BEFORE)


def downgrade() -> None:
    op.drop_index("ix_commands_enterprise_eyes_recorded_at", "commands")
    op.drop_column("four_eyes", "day_above_minor")
    _comment(COMMENT_BEFORE, COMMENT)


def _comment(now: str, before: str) -> None:
    if op.get_context().dialect.supports_comments:
        op.create_table_comment("four_eyes", now, existing_comment=before)
