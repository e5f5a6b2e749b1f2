"""Events stand in the order of the chain, the hash of their block once in ``blocks``; they are found by the things they are of."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

TOGETHER = 5_000
#: Events whose first indexed argument is the id of no thing.
OF_NO_THING = frozenset(
    {
        "BatchAdmitted", "BatchClosed", "BatchRegistered", "FormAdded", "HolidaysSet", "LotMeasured", "MeasurementConfirmed",
        "OperationCanceled", "OperationExecuted", "OperationScheduled", "OrderCancelled", "OrderExecuted", "OrderFailed",
        "RoleAdminChanged", "RoleGrantDelayChanged", "RoleGranted", "RoleGuardianChanged", "RoleLabel", "RoleRevoked",
        "RulesEnacted", "SlotChanged", "StockShort", "TargetAdminDelayUpdated", "TargetClosed",
        "TargetFunctionRoleUpdated", "TokenApproved", "Transfer", "TransferValue", "Approval",
    }
)  # fmt: skip
HAS_SUBJECT = sa.text("subject IS NOT NULL")

Row = dict[str, Any]


def upgrade() -> None:
    op.drop_index("ix_events_name", "events")
    op.drop_index("ix_events_subject", "events")
    op.drop_index("ix_events_place", "events")
    _remake(
        [
            sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
            sa.Column("log_index", sa.Integer(), autoincrement=False, nullable=False),
            *_others(),
            sa.ForeignKeyConstraint(["block_number"], ["blocks.number"], name=op.f("fk_events_block_number")),
        ],
        ["block_number", "log_index"],
        lambda row: row | {"subject": None if row["name"] in OF_NO_THING else row["subject"]},
        comment="Logs as they are on chain; the block's hash, which their key holds by its number, stands once in blocks. "
        "subject: the first indexed argument without leading zeros, where it is the id of a thing; topics: all of them.",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_events_name", "events", ["name"])
    op.create_index("ix_events_subject", "events", ["subject"], sqlite_where=HAS_SUBJECT, postgresql_where=HAS_SUBJECT)


def downgrade() -> None:
    op.drop_index("ix_events_name", "events")
    op.drop_index("ix_events_subject", "events")
    _remake(
        [
            sa.Column("block_hash", sa.LargeBinary(), nullable=False),
            sa.Column("log_index", sa.Integer(), nullable=False),
            sa.Column("block_number", sa.BigInteger(), nullable=False),
            *_others(),
        ],
        ["block_hash", "log_index"],
        lambda row: row | {
            "block_hash": bytes.fromhex(row["hash"][2:]),
            "subject": row["topics"][:32].lstrip(b"\0") if row["name"] in OF_NO_THING else row["subject"],
        },
        comment="Logs as they are on chain. subject: the first indexed argument without leading zeros; topics: all of them.",
    )  # fmt: skip
    op.create_index("ix_events_name", "events", ["name"])
    op.create_index("ix_events_subject", "events", ["subject"])
    op.create_index("ix_events_place", "events", ["block_number", "log_index"])


def _others() -> list[sa.Column[Any]]:
    return [
        sa.Column("transaction_hash", sa.LargeBinary(), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=True),
        sa.Column("topics", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    ]


def _remake(columns: list[Any], key: list[str], as_now: Callable[[Row], Row], **options: Any) -> None:
    """Make the table anew with these columns and this key, and its rows from those of the old one with their block's hash."""
    if op.get_context().dialect.name == "postgresql":  # where the old table's key has the name that the new one takes
        op.execute("ALTER TABLE events RENAME CONSTRAINT pk_events TO pk_events_before")
    op.rename_table("events", "events_before")
    made = op.create_table("events", *columns, sa.PrimaryKeyConstraint(*key, name=op.f("pk_events")), **options)
    connection = op.get_bind()
    before, blocks = (sa.Table(name, sa.MetaData(), autoload_with=connection) for name in ("events_before", "blocks"))
    statement = sa.select(before, blocks.c.hash).join(blocks, blocks.c.number == before.c.block_number)
    names = [column.name for column in made.columns]
    for rows in connection.execute(statement.execution_options(yield_per=TOGETHER)).mappings().partitions():
        now = [as_now(dict(row)) for row in rows]
        connection.execute(made.insert(), [{name: row[name] for name in names} for row in now])
    op.drop_table("events_before")
