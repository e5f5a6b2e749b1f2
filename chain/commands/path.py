"""The way of a piece, from the contract's storage, with the names that the register and the documents give."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from chain.books.fold import STATES
from chain.books.portfolio import PASSED_ON
from chain.commands.exposure import display_name
from chain.commands.trade import load_trade
from chain.commands.workspace import Home, Workspace
from chain.documents.identity import blinded_identity
from chain.errors import ContractRefused, NotFound
from chain.identifiers import PieceId
from chain.money import chain_currency
from chain.store.tables import evidence, pieces


def path_of(workspace: Workspace, piece: PieceId, documents: dict[int, str] | None = None) -> list[dict[str, Any]]:
    """Issuer → … → holder, one JSON-able row a hop. Raises NotFound.

    ``documents`` is what `documents_by_evidence` gives, for callers that have it at hand.
    """
    contracts = workspace.contracts
    try:
        steps = contracts.read("LedgerReader", "path", piece.chain)
        terms = contracts.read("LedgerReader", "obligation", piece.obligation.chain)
    except ContractRefused as error:
        raise NotFound(what="piece", id=piece) from error
    currency = chain_currency(terms[contracts.output_names("LedgerReader", "obligation").index("currency")])
    numbers, names = workspace.parties(), workspace.names()
    if documents is None:
        documents = documents_by_evidence(workspace)
    amounts = _amounts(workspace, piece)
    fields = contracts.output_names("LedgerReader", "path")
    rows = []
    for step in steps:
        hop = dict(zip(fields, step, strict=True))
        at = PieceId.from_chain(hop["piece"])
        initial, left = amounts[at.index]
        state = STATES[hop["state"]]
        rows.append(
            {
                "piece": str(at), "from": numbers.get(hop["from"]), "from_name": display_name(hop["from"], numbers, names),
                "to": numbers.get(hop["to"]), "to_name": display_name(hop["to"], numbers, names),
                "amount_minor": initial, "currency": currency, "tier": hop["tier"],
                "state": PASSED_ON if state == "held" and left == 0 else state, "document": documents.get(hop["evidence"]),
                "cash": hop["evidence"] == 0,
            }
        )  # fmt: skip
    return rows


def documents_by_evidence(home: Home) -> dict[int, str]:
    """Evidence number → key of the document behind it, for the documents that are stored here."""
    keys = {receivable.document for receivable in load_trade(home).matching.receivables}
    identities = {f"0x{blinded_identity(key, home.network_key).hex()}": key for key in keys}
    with home.store.read() as connection:
        rows = connection.execute(select(evidence.c.id, evidence.c.identity)).all()
    return {row.id: identities[row.identity] for row in rows if row.identity in identities}


def _amounts(home: Home, piece: PieceId) -> dict[int, tuple[int, int]]:
    """Index → (what the piece was made with, what is left in it), of the piece's obligation, by the books."""
    statement = select(pieces.c.index, pieces.c.initial_minor, pieces.c.amount_minor)
    with home.store.read() as connection:
        rows = connection.execute(statement.where(pieces.c.obligation == piece.obligation.chain)).all()
    return {place: (initial, left) for place, initial, left in rows}
