"""Only events that are asked for by their name have an index of it: one of all names costs each event of a piece, too."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

SOUGHT = sa.text(
    "name IN ('AttestationContested', 'CashAttested', 'CashConfirmed', 'FinancingLimitSet', 'LineLimitChanged', 'PartyRegrouped', "
    "'PaymentAttested', 'PaymentCompleted', 'PaymentConfirmed', 'PaymentContested', 'PromiseRecounted')"
)


def upgrade() -> None:
    op.drop_index("ix_events_name", "events")
    op.create_index("ix_events_name", "events", ["name"], sqlite_where=SOUGHT, postgresql_where=SOUGHT)


def downgrade() -> None:
    op.drop_index("ix_events_name", "events")
    op.create_index("ix_events_name", "events", ["name"])
