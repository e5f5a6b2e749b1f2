"""The ledger once more, told by its events alone: what storage must say if nothing but the contracts wrote it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chain.identifiers import LineId, ObligationId, PieceId
from chain.verification.history import Event, History
from chain.verification.keys import KeyRegister
from chain.verification.ledger import LedgerState, Told
from chain.verification.report import Check, Difference
from chain.verification.words import Piece, PieceState, financing_name

_DIFFERS = "{what} is {stored} in storage, and {told} by the events"


@dataclass(slots=True)
class _ToldPiece:
    owner: int
    parent: int
    evidence: int
    amount: int
    state: PieceState
    hops: int
    tier: int
    deadline: int


class Retelling:
    """Pieces and counters folded from events, in their order."""

    def __init__(self, history: History) -> None:
        self.pieces: dict[int, _ToldPiece] = {}
        self.limits: dict[int, int] = {}
        self.financing_limits: dict[tuple[int, int, int], int] = {}
        self.faces: dict[int, tuple[int, int, int, int]] = {}
        self.used: Counter[int] = Counter()
        self.accounts: dict[int, str] = {}
        self.children: Counter[int] = Counter()
        self.obligations: Counter[int] = Counter()
        self.lines: Counter[int] = Counter()
        self.pieces_made: Counter[int] = Counter()
        for event in history.events:
            self._tell(event)

    @property
    def counts(self) -> Told:
        """How many of everything there must be."""
        return Told(len(self.accounts), self.lines, self.obligations, self.pieces_made, len(self.faces))

    def _tell(self, event: Event) -> None:
        match event.name:
            case "PieceOffered":
                self._cut(event, event["recipient"], event["evidence"], PieceState.OFFERED)
                self.used[event["evidence"]] += event["amountMinor"]
            case "PieceFinanced":
                self._cut(event, event["bank"], 0, PieceState.HELD)
            case "PieceAccepted":
                self.pieces[event["piece"]].state = PieceState.HELD
            case "PieceRejected":
                self._give_back(event["piece"], PieceState.REJECTED)
            case "PieceExpired":
                self._give_back(event["piece"], PieceState.EXPIRED)
            case "PieceRedeemed":
                self.pieces[event["piece"]].state = PieceState.REDEEMED
            case "Issued":
                self.obligations[event["obligation"] >> 24] += 1
            case "LineGranted":
                self.lines[event["issuer"]] += 1
                self.limits[event["line"]] = event["limitMinor"]
            case "LineLimitChanged":
                self.limits[event["line"]] = event["limitMinor"]
            case "FinancingLimitSet":
                self.financing_limits[event["bank"], event["issuer"], event["currency"]] = event["limitMinor"]
            case "EvidenceRegistered":
                self.faces[event["evidence"]] = (
                    event["faceMinor"], event["buyer"], event["seller"], event["currency"],
                )  # fmt: skip
            case "PartyRegistered":
                self.accounts[event["party"]] = event["account"].lower()

    def _cut(self, event: Event, owner: int, evidence: int, state: PieceState) -> None:
        parent = self.pieces.get(event["parent"])
        hops, tier = (parent.hops + 1, parent.tier + bool(evidence)) if parent else (1, 1)
        self.pieces[event["piece"]] = _ToldPiece(
            owner,
            event["parent"],
            evidence,
            event["amountMinor"],
            state,
            hops,
            tier,
            event.arguments.get("deadline", 0),
        )
        self.pieces_made[event["piece"] >> 16] += 1
        if parent:
            parent.amount -= event["amountMinor"]
            self.children[event["parent"]] += 1

    def _give_back(self, identifier: int, state: PieceState) -> None:
        piece = self.pieces[identifier]
        self.used[piece.evidence] -= piece.amount
        if piece.parent:
            self.pieces[piece.parent].amount += piece.amount
            piece.amount, piece.state = 0, state
        else:
            piece.state = PieceState.VOIDED


def storage_is_what_the_events_tell(state: LedgerState, told: Retelling, register: KeyRegister) -> Check:
    """Piece by piece and counter by counter, storage is what a fold of the events gives."""
    differences = [
        *_pieces(state, told),
        *_counters(state, told),
        *_documents(state, told),
        *_parties(state, told, register),
    ]
    return Check(
        "storage_is_events",
        "storage is what the ledger's own events tell",
        {
            "pieces": len(told.pieces),
            "obligations": sum(told.obligations.values()),
            "lines": len(told.limits),
            "documents": len(told.faces),
            "parties": len(told.accounts),
        },
        tuple(differences),
    )


def _pieces(state: LedgerState, told: Retelling) -> Iterator[Difference]:
    open_offers = Counter(piece.parent for piece in told.pieces.values() if piece.state is PieceState.OFFERED)
    for identifier in sorted(state.pieces.keys() | told.pieces.keys()):
        name = f"piece {PieceId.from_chain(identifier)}"
        stored, said = state.pieces.get(identifier), told.pieces.get(identifier)
        if said is None or stored is None or stored.state == PieceState.NONE:
            if said is not None:
                yield Difference(name, "was made, but is not in storage")
            elif stored is not None and stored.state != PieceState.NONE:
                yield Difference(name, "is in storage, but no event made it")
            continue
        yield from _compared(
            name,
            ("owner", stored.owner, said.owner),
            ("parent", stored.parent or 0, said.parent),
            ("evidence", stored.evidence, said.evidence),
            ("amount", stored.amount_minor, said.amount),
            ("state", stored.state, int(said.state)),
            ("hops", stored.hops, said.hops),
            ("tier", stored.tier, said.tier),
            ("deadline", stored.deadline, said.deadline),
            ("open offers", stored.open_offers, open_offers[identifier]),
            ("children", stored.child_count, told.children[identifier]),
            ("financed", int(stored.is_financed), int(_is_cash_hop(stored))),
        )


def _is_cash_hop(piece: Piece) -> bool:
    return bool(piece.parent_index) and not piece.evidence


def _counters(state: LedgerState, told: Retelling) -> Iterator[Difference]:
    for issuer in sorted(state.issuers.keys() | told.lines.keys()):
        stored = state.issuers.get(issuer)
        overdue = sum(1 for one in state.obligations.values() if one.id >> 32 == issuer and one.is_overdue)
        yield from _compared(
            f"issuer {issuer}",
            ("lines", stored.line_count if stored else 0, told.lines[issuer]),
            ("overdue", stored.overdue_count if stored else 0, overdue),
        )
    for line in state.lines.values():
        yield from _compared(
            f"line {LineId.from_chain(line.id)}",
            ("limit", line.limit_minor, told.limits.get(line.id, 0)),
            ("obligations", line.obligation_count, told.obligations[line.id]),
        )
    for obligation in state.obligations.values():
        yield from _compared(
            f"obligation {ObligationId.from_chain(obligation.id)}",
            ("pieces", obligation.piece_count, told.pieces_made[obligation.id]),
        )
    for row in sorted(state.financing.keys() | told.financing_limits.keys()):
        stored_row = state.financing.get(row)
        yield from _compared(
            f"financing {financing_name(row)}",
            ("limit", stored_row.limit_minor if stored_row else 0, told.financing_limits.get(row, 0)),
        )


def _documents(state: LedgerState, told: Retelling) -> Iterator[Difference]:
    for number in sorted(state.evidence.keys() | told.faces.keys()):
        stored, said = state.evidence.get(number), told.faces.get(number, (0, 0, 0, 0))
        if stored is None:
            yield Difference(f"evidence {number}", "was registered, but is not in storage")
            continue
        yield from _compared(
            f"evidence {number}",
            ("face", stored.face_minor, said[0]),
            ("buyer", stored.buyer, said[1]),
            ("seller", stored.seller, said[2]),
            ("currency", stored.currency, said[3]),
            ("used", stored.used_minor, told.used[number]),
        )


def _parties(state: LedgerState, told: Retelling, register: KeyRegister) -> Iterator[Difference]:
    keys = Counter(register.current.values())
    for party in sorted(state.parties.keys() | told.accounts.keys()):
        stored = state.parties.get(party)
        if stored is None:
            yield Difference(f"party {party}", "was registered, but is not in storage")
            continue
        yield from _compared(
            f"party {party}",
            ("account", stored.account, told.accounts.get(party, "nobody")),
            ("keys", stored.key_count, keys[party]),
        )
    for key, party in state.keys.items():
        yield from _compared(f"key {key}", ("party", party, register.current.get(key, 0)))


def _compared(subject: str, *rows: tuple[str, Any, Any]) -> Iterator[Difference]:
    for what, stored, said in rows:
        if stored != said:
            yield Difference(subject, _DIFFERS, {"what": what, "stored": stored, "told": said})
