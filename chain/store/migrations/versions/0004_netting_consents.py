"""Who consented to which netting of debts, and to which figures."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "netting_consents",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("netting", sa.String(length=32), nullable=False),
        sa.Column("enterprise", sa.Text(), nullable=False),
        sa.Column("consents", sa.Boolean(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_netting_consents")),
        comment="Consents to nettings with the figures that they are to; the last row of an enterprise counts, none is changed.",
    )
    with op.batch_alter_table("netting_consents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_netting_consents_netting"), ["netting"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("netting_consents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_netting_consents_netting"))
    op.drop_table("netting_consents")
