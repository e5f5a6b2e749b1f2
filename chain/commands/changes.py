"""What is told of changes that stand on no chain: papers, requests, quotes, nettings, plans, operations, webhooks, access."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from chain.store.changes import add_change, add_changes

#: Changes that are told, and what each is about.
CHANGES = {
    **dict.fromkeys(
        (
            "OperationAccepted", "OperationAwaitingApproval", "OperationAwaitingSignature", "OperationSucceeded",
            "OperationRefused", "OperationDeclined", "OperationFailed",
        ),
        "operation",
    ),
    "DocumentRead": "document",
    "FileRefused": "file",
    "QuoteMade": "voucher",
    **dict.fromkeys(("FinancingRequested", "FinancingRequestWithdrawn", "FinancingRequestDeclined"), "request"),
    "LoanOffered": "loan_offer",
    **dict.fromkeys(("NettingConsented", "NettingWithdrawn", "NettingAgreed"), "netting"),
    "PlanMade": "plan",
    **dict.fromkeys(("WebhookTested", "WebhookStopped"), "webhook"),
    **dict.fromkeys(("KeyMade", "KeyRevoked"), "key"),
    **dict.fromkeys(("UserAdded", "UserChanged"), "user"),
}  # fmt: skip


def tell(connection: Connection, enterprise: str, name: str, kind: str, subject: str, *others: str) -> int:
    """Tell ``enterprise``, and the ``others`` that it concerns too, that something changed. Returns the change's number.

    ``name`` and ``kind`` are a row of `CHANGES`; ``subject`` is the id under which the thing is read. Call it in the
    transaction that changes the thing, as the last statement: then it is told if and only if it happened. An enterprise is
    told only what it may see; who reads everything sees the change one time, however many it concerns.
    """
    assert CHANGES[name] == kind, f"{name} is about a {CHANGES[name]}"
    return add_change(connection, (enterprise, *others), name, kind, subject)


def tell_all(connection: Connection, found: Iterable[tuple[Iterable[str], str, str]]) -> None:
    """The same of many changes together: whom each concerns, its name, and the id of the thing that it is about."""
    add_changes(connection, ((enterprises, name, CHANGES[name], subject) for enterprises, name, subject in found))


def change_id(number: int) -> str:
    """The id of the event that tells a change."""
    return f"change-{number}"
