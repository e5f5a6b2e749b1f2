"""Under which mapping a table was read, and what findings of no file are about."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

FINDINGS = sa.table(
    "findings",
    sa.column("id", sa.Integer),
    sa.column("file", sa.Integer),
    sa.column("body", sa.JSON),
    sa.column("place"),
)


def upgrade() -> None:
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mapping", sa.String(length=64), nullable=True))
    with op.batch_alter_table("findings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("place", sa.Text(), nullable=True))
        batch_op.create_index(batch_op.f("ix_findings_file"), ["file"], unique=False)
        batch_op.create_index(batch_op.f("ix_findings_place"), ["place"], unique=False)
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_documents_file"), ["file"], unique=False)
    noted = FINDINGS.select().where(FINDINGS.c.file.is_(None))
    for row in op.get_bind().execute(noted).all():
        op.execute(FINDINGS.update().where(FINDINGS.c.id == row.id).values(place=row.body["place"]))


def downgrade() -> None:
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_documents_file"))
    with op.batch_alter_table("findings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_findings_place"))
        batch_op.drop_index(batch_op.f("ix_findings_file"))
    # In place: a table that is made anew would have to be dropped while others point at it.
    op.drop_column("findings", "place")
    op.drop_column("files", "mapping")
