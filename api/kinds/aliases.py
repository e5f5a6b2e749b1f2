"""The command of who decides about an alias."""

from __future__ import annotations

from typing import Any

from api.command import Case, CommandKind, Lane
from api.models import AliasBody
from chain.commands.aliases import decide
from chain.commands.permissions import Action


def _rule(case: Case, asked: AliasBody) -> Any:
    ruling = decide(
        case.workspace, asked.enterprise, asked.alias, asked.reason, belongs=asked.belongs, by=case.viewer.acting
    )
    return {
        "enterprise": ruling.enterprise, "alias": ruling.alias, "belongs": ruling.belongs, "reason": ruling.reason,
    }  # fmt: skip


RULE_ALIAS = CommandKind(
    "rule-alias", AliasBody, Action.RULE_ALIAS, _rule, subject=lambda asked: asked.alias, lane=Lane.DOCUMENTS
)
