"""The open operations of a signer are found without looking at those that it has finished."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_index("ix_operations_signer_state_nonce", "operations", ["signer", "state", "nonce"])
    op.drop_index("ix_operations_signer", "operations")


def downgrade() -> None:
    op.create_index("ix_operations_signer", "operations", ["signer"])
    op.drop_index("ix_operations_signer_state_nonce", "operations")
