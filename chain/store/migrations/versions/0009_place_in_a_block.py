"""Where in its block a transaction is: what an embedded node forgot is made again in the same order."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Up to here every block had one transaction of the service."""
    op.add_column("operations", sa.Column("transaction_index", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("operations", "transaction_index")
