"""The condition of the index of events' names is said name by name: SQLite looks a value up in a list as in a table, for each event."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

NAMES = (
    "AttestationContested", "CashAttested", "CashConfirmed", "FinancingLimitSet", "LineLimitChanged", "PartyRegrouped",
    "PaymentAttested", "PaymentCompleted", "PaymentConfirmed", "PaymentContested", "PromiseRecounted",
)  # fmt: skip
ONE_BY_ONE = sa.text(" OR ".join(f"name = '{name}'" for name in NAMES))
LIST = sa.text(f"name IN {NAMES}")


def upgrade() -> None:
    op.drop_index("ix_events_name", "events")
    op.create_index("ix_events_name", "events", ["name"], sqlite_where=ONE_BY_ONE, postgresql_where=ONE_BY_ONE)


def downgrade() -> None:
    op.drop_index("ix_events_name", "events")
    op.create_index("ix_events_name", "events", ["name"], sqlite_where=LIST, postgresql_where=LIST)
