"""Doubt: hand the books' figures and the documents' files to verification, which shares no code with the books."""

from __future__ import annotations

from sqlalchemy import select

from chain.books.fold import STATES
from chain.books.portfolio import totals
from chain.commands.aliases import rulings
from chain.commands.anchors import audit_log
from chain.commands.ingest import original_documents
from chain.commands.retention import disposed_documents
from chain.commands.workspace import PROJECT_ROOT, Home, Workspace
from chain.identifiers import ObligationId, PieceId
from chain.indexing.indexer import last_block
from chain.issuance.interfaces import interface
from chain.money import chain_currency_index
from chain.store.tables import allotments, evidence, financing, holds, lines, obligations, pieces
from chain.verification.bytecode import BytecodeResult, verify_bytecode
from chain.verification.figures import (
    BookEvidence,
    BookFigures,
    BookFinancing,
    BookLine,
    BookObligation,
    BookPiece,
    BookTotal,
)
from chain.verification.report import VerificationReport
from chain.verification.verify import verify as rebuild_and_compare

#: Contracts whose storage and events hold the ledger.
LEDGER_CONTRACTS = (
    "Participants", "Rulebook", "TradeRegistry", "Warehouse", "Loans", "Settlement", "SignedOrders", "CreditLedger",
)  # fmt: skip


def verify(workspace: Workspace) -> VerificationReport:
    """Chain = books = documents, and every invariant, as of the last block in the books; the audit log as of now.

    Raises Unavailable.
    """
    contracts = workspace.contracts
    artifacts = contracts.artifacts
    return rebuild_and_compare(
        endpoint=workspace.endpoint,
        addresses=contracts.addresses,
        interfaces={name: interface(artifacts, name) for name in LEDGER_CONTRACTS},
        layouts={name: artifacts[name].storage_layout for name in LEDGER_CONTRACTS},
        documents=[*disposed_documents(workspace), *original_documents(workspace)],
        network=workspace.network_or_none(),
        network_key=workspace.network_key,
        books=book_figures(workspace),
        rulings=rulings(workspace),
        audit=audit_log(workspace),
    )


def book_figures(home: Home) -> BookFigures:
    """All that the books say, as plain figures with the chain's ids."""
    with home.store.read() as connection:
        number, _ = last_block(connection)
        return BookFigures(
            block_number=number,
            pieces={
                PieceId(ObligationId.from_chain(r.obligation), r._mapping["index"]).chain: BookPiece(
                    r.owner, r.amount_minor, STATES.index(r.state)
                )
                for r in connection.execute(select(pieces))
            },
            lines={
                r.id: BookLine(r.limit_minor, r.used_minor, r.allotted_minor) for r in connection.execute(select(lines))
            },
            evidence={
                r.id: BookEvidence(r.face_minor, r.used_minor, r.credited_minor)
                for r in connection.execute(select(evidence))
            },
            obligations={
                r.id: BookObligation(r.face_minor, r.live_minor, r.loss_minor)
                for r in connection.execute(select(obligations))
            },
            financing={
                (r.bank, r.issuer, chain_currency_index(r.currency)): BookFinancing(r.limit_minor, r.financed_minor)
                for r in connection.execute(select(financing))
            },
            totals={
                chain_currency_index(t.currency): BookTotal(
                    t.face_minor, t.live_minor, t.redeemed_minor, t.voided_minor, t.written_off_minor
                )
                for t in totals(connection)
            },
            allotments={r.id: r.left_minor for r in connection.execute(select(allotments))},
            held=frozenset(r.obligation << 16 | r._mapping["index"] for r in connection.execute(select(holds))),
            enterprises=home.parties(),
        )


def verify_contracts(workspace: Workspace) -> list[BytecodeResult]:
    """Recompile, and compare with the code at the addresses of this home."""
    return verify_bytecode(
        endpoint=workspace.endpoint, addresses=workspace.contracts.addresses, project_root=PROJECT_ROOT
    )
