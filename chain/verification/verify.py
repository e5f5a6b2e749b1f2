"""The product in doubt: chain storage, events, documents and books are rebuilt apart and held against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_utils.crypto import keccak

from chain.documents.aliases import Ruling
from chain.documents.model import TradeDocument
from chain.documents.reading import read_documents
from chain.network import Network
from chain.verification import checks
from chain.verification.agreement import chain_is_books
from chain.verification.audit import AuditLog, log_is_what_was_anchored
from chain.verification.figures import BookFigures
from chain.verification.history import History
from chain.verification.keys import KeyRegister
from chain.verification.ledger import LedgerReader, LedgerState
from chain.verification.node import NodeReader
from chain.verification.orders import RelayedOrders
from chain.verification.papers import Papers, chain_is_documents
from chain.verification.report import VerificationReport
from chain.verification.retelling import Retelling, storage_is_what_the_events_tell
from chain.verification.signatures import SignedConsents
from chain.verification.words import NO_TOKEN, PieceState

_BALANCE_OF = keccak(text="balanceOf(address)")[:4]
_PATH = keccak(text="path(uint80)")[:4]
#: piece, from, to, evidence, tier, state
_PATH_STEPS = "(uint80,uint32,uint32,uint40,uint8,uint8)[]"


def verify(
    *,
    endpoint: str,
    addresses: Mapping[str, str],
    interfaces: Mapping[str, list[dict[str, Any]]],
    layouts: Mapping[str, dict[str, Any]],
    documents: Sequence[Path | TradeDocument],
    network: Network | None,
    network_key: bytes,
    books: BookFigures | None,
    rulings: Sequence[Ruling] = (),
    audit: AuditLog | None = None,
) -> VerificationReport:
    """Rebuild every total from contract storage and the documents' files alone, and compare.

    ``endpoint``: JSON-RPC address of a node. ``addresses``, ``interfaces`` (ABIs) and ``layouts`` (storage layouts) are
    by contract name: Participants, Rulebook, TradeRegistry, Warehouse, Loans, Settlement, SignedOrders, CreditLedger (whose
    interface is that of its modules, too); other names are taken along for their addresses alone. ``documents``: files to
    read, or documents read already. ``books``: None leaves that comparison out; otherwise the chain is read at the books'
    block. ``rulings``: what persons decided of aliases, which documents' keys follow. ``audit``: the audit log; None leaves
    it out.

    Raises Unavailable and NodeRefused (the node), VariableMissing (contracts of another version).
    """
    core = {name: addresses[name] for name in interfaces if name in addresses}
    papers = Papers(_read(documents), network, network_key, rulings)
    with NodeReader(endpoint) as node:
        block = node.block_number() if books is None else books.block_number
        history = History.read(node, core, interfaces, block)
        told, register = Retelling(history), KeyRegister(history)
        state = LedgerReader(node, addresses, layouts, told.counts, block).read(
            keys=register.known, identities=list(papers.by_identity), lots=told.lots
        )
        consents = SignedConsents(node, history, state, addresses, interfaces, register)
        ordered = RelayedOrders(node, history, addresses, block).keys()
        results = [
            checks.face_is_the_sum_of_its_pieces(state),
            checks.lines_hold_their_limits(state),
            checks.evidence_backs_no_more_than_its_face(state, history, consents),
            checks.every_hop_has_its_own_ground(state, history),
            checks.paths_are_readable(state, _paths(node, state, addresses["LedgerReader"], block)),
            checks.terms_never_change(state, history),
            checks.only_owners_move_pieces(state, history, register, consents, ordered),
            checks.cash_moved_with_the_piece(state, history, _cash_of_contracts(node, history, core, block)),
            checks.goods_secure_one_thing(state, history, register, consents, ordered),
            storage_is_what_the_events_tell(state, told, register),
        ]
        if books is not None:
            results.append(chain_is_books(state, books))
        results.append(chain_is_documents(state, history, papers, books.enterprises if books else {}))
        if audit is not None:
            results.append(log_is_what_was_anchored(node, audit))
    return VerificationReport(block, tuple(results))


def _read(documents: Sequence[Path | TradeDocument]) -> list[TradeDocument]:
    paths = [one for one in documents if isinstance(one, Path)]
    given = [one for one in documents if isinstance(one, TradeDocument)]
    return given + (list(read_documents(paths).documents) if paths else [])


def _paths(node: NodeReader, state: LedgerState, reader: str, block: int) -> dict[int, list[int]]:
    """Piece → the pieces on its way from the issuer, as the contracts' view `path` reads them."""
    made = [piece.id for piece in state.pieces.values() if piece.state != PieceState.NONE]
    answers = node.calls([(reader, _PATH + abi_encode(["uint80"], [piece])) for piece in made], block)
    return {
        piece: [step[0] for step in abi_decode([_PATH_STEPS], answer)[0]]
        for piece, answer in zip(made, answers, strict=True)
        if answer is not None
    }


def _cash_of_contracts(
    node: NodeReader, history: History, contracts: Mapping[str, str], block: int
) -> dict[tuple[str, str], int | None]:
    """(token, contract) → balance, of every token that ever was approved or paid with; None where it does not say."""
    tokens = {event["token"] for event in history.named("TokenApproved")}
    tokens |= {event.arguments["cashToken"] for event in history.events if "cashToken" in event.arguments} - {NO_TOKEN}
    asked = [(token, name, address) for token in sorted(tokens) for name, address in contracts.items()]
    answers = node.calls(
        [(token, _BALANCE_OF + abi_encode(["address"], [address])) for token, _, address in asked], block
    )
    return {
        (token, name): None if answer is None else int.from_bytes(answer, "big")
        for (token, name, _), answer in zip(asked, answers, strict=True)
    }
