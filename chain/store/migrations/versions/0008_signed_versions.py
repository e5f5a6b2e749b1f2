"""What became of a transaction after it was mined, and each of its signed versions: a dearer one replaces a cheaper one."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

OPERATIONS = (
    "Every command to the chain: recorded → signed → submitted → mined → final | refused | replaced | expired. "
    "Nothing is sent that is not here. transaction_hash: the version that was mined, or the newest; passed_block: "
    "the block in which it was first seen that another transaction has its nonce."
)
BEFORE = (
    "Every command to the chain: recorded → signed → submitted → mined | refused. Nothing is sent that is not here."
)
ADDED: dict[str, Callable[[], sa.types.TypeEngine[Any]]] = {
    "deadline": sa.BigInteger, "gas_asked": sa.BigInteger, "gas_limit": sa.BigInteger, "block_hash": lambda: sa.String(66), "passed_block": sa.BigInteger,
}  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "transactions",
        sa.Column("hash", sa.String(66), nullable=False),
        sa.Column("operation", sa.Integer(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("fee_wei", sa.BigInteger(), nullable=False),
        sa.Column("tip_wei", sa.BigInteger(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["operation"], ["operations.id"], name=op.f("fk_transactions_operation")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_transactions")),
        comment="Signed versions of operations: same nonce, same call, other fees. fee_wei, tip_wei: at most for a unit of gas.",
    )
    op.create_index(op.f("ix_transactions_operation"), "transactions", ["operation"])
    op.execute(
        "INSERT INTO transactions (hash, operation, raw, fee_wei, tip_wei, signed_at) "
        "SELECT transaction_hash, id, raw_transaction, 0, 0, recorded_at FROM operations "
        "WHERE raw_transaction IS NOT NULL AND transaction_hash IS NOT NULL"
    )
    for name, kind in ADDED.items():
        op.add_column("operations", sa.Column(name, kind(), nullable=True))
    op.drop_column("operations", "raw_transaction")
    op.create_index(op.f("ix_operations_block_number"), "operations", ["block_number"])
    if op.get_context().dialect.supports_comments:
        op.create_table_comment("operations", OPERATIONS)


def downgrade() -> None:
    """Of each transaction the version is kept that was mined, or the newest. What is final is mined; what never can be is refused."""
    op.drop_index(op.f("ix_operations_block_number"), "operations")
    op.add_column("operations", sa.Column("raw_transaction", sa.LargeBinary(), nullable=True))
    for name in ADDED:
        op.drop_column("operations", name)
    op.execute(
        "UPDATE operations SET raw_transaction = (SELECT raw FROM transactions WHERE hash = operations.transaction_hash)"
    )
    op.execute("UPDATE operations SET state = 'mined' WHERE state = 'final'")
    op.execute(
        "UPDATE operations SET state = 'refused', error = '{\"data\": \"\"}' WHERE state IN ('replaced', 'expired')"
    )
    op.drop_table("transactions")
    if op.get_context().dialect.supports_comments:
        op.create_table_comment("operations", BEFORE)
