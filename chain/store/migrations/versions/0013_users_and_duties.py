"""Who asks has duties: keys get the acting ones of their enterprise's roles, and persons are known by their provider."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

#: Duties that keys of before have had in fact, by the roles of the register.
OF_ROLES = {
    "bank": ["bank_officer", "treasurer"], "regulator": ["regulator"], "operator": ["operator"],
}  # fmt: skip
OF_OTHERS = ["maker", "treasurer"]
NETWORKS = (
    "The register in force (one row). version: counts its changes, so that who keeps a copy knows whether it is old."
)
KEYS = (
    "Machines' keys as hashes; times of this machine's clock. made_by: the actor of the same enterprise that made it; "
    "None: the operator did."
)


def upgrade() -> None:
    op.add_column("networks", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("api_keys", sa.Column("duties", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("api_keys", sa.Column("expires_at", sa.BigInteger(), nullable=True))
    op.add_column("api_keys", sa.Column("made_by", sa.Text(), nullable=True))
    _give_duties()
    with op.batch_alter_table("networks") as table:
        table.alter_column("version", server_default=None)
    with op.batch_alter_table("api_keys") as table:
        table.alter_column("duties", server_default=None)
    if op.get_context().dialect.supports_comments:
        op.create_table_comment("networks", NETWORKS)
        op.create_table_comment("api_keys", KEYS)
    op.create_table(
        "users",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("enterprise", sa.Text(), nullable=False),
        sa.Column("duties", sa.JSON(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_users_issuer_subject")),
        comment="Persons, whom an identity provider (issuer) knows as subject. version: counts changes, for who changes it next.",
    )


def downgrade() -> None:
    op.drop_table("users")
    with op.batch_alter_table("api_keys") as table:
        for column in ("made_by", "expires_at", "duties"):
            table.drop_column(column)
    with op.batch_alter_table("networks") as table:
        table.drop_column("version")
    if op.get_context().dialect.supports_comments:
        op.drop_table_comment("api_keys", existing_comment=KEYS)
        op.create_table_comment("networks", "The register in force (one row).")


def _give_duties() -> None:
    connection = op.get_bind()
    networks, keys = (sa.Table(name, sa.MetaData(), autoload_with=connection) for name in ("networks", "api_keys"))
    roles = {"operator": ["operator"]}
    for body in connection.execute(sa.select(networks.c.body)).scalars():
        roles |= {one["id"]: one["roles"] for one in body.get("enterprises", ())}
    for row in connection.execute(sa.select(keys.c.hash, keys.c.enterprise)).all():
        duties = sorted({duty for role in roles.get(row.enterprise, ()) for duty in OF_ROLES.get(role, OF_OTHERS)})
        connection.execute(keys.update().where(keys.c.hash == row.hash).values(duties=duties))
