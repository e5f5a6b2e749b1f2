"""The audit log: who did what, chained by hashes; the database itself refuses to change or delete an entry."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

REFUSES_ON_POSTGRESQL = """
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END $$
"""
ON_POSTGRESQL = """
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()
"""
#: SQLite deletes the row that INSERT OR REPLACE replaces without asking a trigger of DELETE.
ON_SQLITE = {
    "audit_refuses_update": "BEFORE UPDATE ON audit",
    "audit_refuses_delete": "BEFORE DELETE ON audit",
    "audit_refuses_replace": "BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE number = NEW.number)",
}


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("enterprise", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
        comment="Who did what, each entry chained to the one before by its hash (docs/audit.md). at: this machine's clock, "
        "unix milliseconds. Triggers of the migration refuse to change or delete a row.",
    )
    op.create_index("ix_audit_enterprise", "audit", ["enterprise", "number"])
    if op.get_context().dialect.name == "postgresql":
        op.execute(REFUSES_ON_POSTGRESQL)
        op.execute(ON_POSTGRESQL)
        return
    for name, when in ON_SQLITE.items():
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END")


def downgrade() -> None:
    op.drop_table("audit")  # and its triggers with it
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_is_append_only()")
