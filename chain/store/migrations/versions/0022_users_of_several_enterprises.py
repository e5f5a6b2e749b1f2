"""A person may be a user of several enterprises: who makes it one for its own learns nothing of the others, and keeps none out."""

from alembic import op

revision = "0022"
down_revision = "0021"

COMMENT_BEFORE = (
    "Persons, whom an identity provider (issuer) knows as subject. version: counts changes, for who changes it next."
)
COMMENT = (
    "Persons, whom an identity provider (issuer) knows as subject; one may be a user of several enterprises. version: counts "
    "changes, for who changes it next."
)


def upgrade() -> None:
    with op.batch_alter_table("users") as batch:
        batch.drop_constraint("uq_users_issuer_subject", type_="unique")
        batch.create_unique_constraint("uq_users_issuer_subject_enterprise", ["issuer", "subject", "enterprise"])
    _comment(COMMENT, COMMENT_BEFORE)


def downgrade() -> None:
    with op.batch_alter_table("users") as batch:
        batch.drop_constraint("uq_users_issuer_subject_enterprise", type_="unique")
        batch.create_unique_constraint("uq_users_issuer_subject", ["issuer", "subject"])
    _comment(COMMENT_BEFORE, COMMENT)


def _comment(now: str, before: str) -> None:
    if op.get_context().dialect.supports_comments:
        op.create_table_comment("users", now, existing_comment=before)
