"""Who gave a piece stands beside it, and a party's pieces are found in the order of their ids."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

COMMENT = (
    "giver: the owner of what it was cut from, else its issuer; financed: a bank bought it; payment: cut from its parent by a "
    "payment. State is the piece's own, without holds."
)
COMMENT_BEFORE = (
    "financed: a bank bought it; payment: cut from its parent by a payment. State is the piece's own, without holds."
)
#: A piece's owner never changes, and an obligation's id holds its issuer above these bits.
ISSUER = 32

pieces = sa.table(
    "pieces", sa.column("obligation"), sa.column("index"), sa.column("parent"), sa.column("owner"), sa.column("giver")
)
undo = sa.table("undo", sa.column("block_number"), sa.column("rows"))


def upgrade() -> None:
    op.add_column("pieces", sa.Column("giver", sa.BigInteger(), nullable=True))
    parent = pieces.alias()
    owner = (
        sa.select(parent.c.owner)
        .where(parent.c.obligation == pieces.c.obligation, parent.c.index == pieces.c.parent)
        .scalar_subquery()
    )
    issuer = pieces.c.obligation.op(">>")(ISSUER)
    op.execute(sa.update(pieces).values(giver=sa.func.coalesce(owner, issuer)))
    with op.batch_alter_table("pieces") as batch:
        batch.alter_column("giver", existing_type=sa.BigInteger(), nullable=False)
        batch.drop_index("ix_pieces_owner_state")
        batch.create_index("ix_pieces_owner", ["owner", "obligation", "index"])
        batch.create_index("ix_pieces_giver", ["giver", "obligation", "index"])
    _comment(COMMENT, COMMENT_BEFORE)
    _tell_what_is_taken_back()


def downgrade() -> None:
    with op.batch_alter_table("pieces") as batch:
        batch.drop_index("ix_pieces_giver")
        batch.drop_index("ix_pieces_owner")
        batch.drop_column("giver")
        batch.create_index("ix_pieces_owner_state", ["owner", "state"])
    _comment(COMMENT_BEFORE, COMMENT)


def _comment(now: str, before: str) -> None:
    if op.get_context().dialect.supports_comments:
        op.create_table_comment("pieces", now, existing_comment=before)


def _tell_what_is_taken_back() -> None:
    """The rows that a block may be taken back to know their giver too; older programs do not look at it."""
    connection = op.get_bind()
    for number, text in connection.execute(sa.select(undo.c.block_number, undo.c.rows)).all():
        changed = json.loads(text)
        taken = [(key, before) for table, key, before in changed if table == "pieces" and before is not None]
        for (obligation, index), before in taken:
            place = (pieces.c.obligation == obligation) & (pieces.c.index == index)
            before["giver"] = connection.scalar(sa.select(pieces.c.giver).where(place))
        if taken:
            connection.execute(sa.update(undo).where(undo.c.block_number == number).values(rows=json.dumps(changed)))
