"""The ledger once more, told by its events alone: what storage must say if nothing but the contracts wrote it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from chain.identifiers import AllotmentId, LineId, ObligationId, PieceId
from chain.verification.history import Event, History
from chain.verification.keys import KeyRegister
from chain.verification.ledger import LedgerState, Told
from chain.verification.report import Check, Difference
from chain.verification.words import (
    HOLDING,
    ISSUANCE_STOPPED,
    SUSPENDED,
    TERM_FLAGS,
    EvidenceFlag,
    HoldKind,
    LoanFlag,
    ObligationFlag,
    PieceFlag,
    PieceState,
    financing_name,
    lot_name,
)

_MISSING, _INVENTED = "was made, but is not in storage", "is in storage, but no event made it"
_HALF = {True: _MISSING, False: _INVENTED}
"""Whether the events told of it → what is wrong where only one of the two has it."""
_DIFFERS = "{what} is {stored} in storage, and {told} by the events"
_LIVE, _REVOKED, _EXPIRED = 1, 2, 3
_WITHDRAWN = 2
_OPEN, _DEFAULTED, _CLOSED = 1, 2, 3


@dataclass(slots=True)
class _ToldPiece:
    owner: int
    parent: int
    evidence: int
    use_index: int
    amount: int
    state: PieceState
    hops: int
    tier: int
    deadline: int
    flags: int = 0


@dataclass(slots=True)
class _ToldHold:
    kinds: int = 0
    disputant: int = 0
    court: int = 0
    pieces: int = 0


@dataclass(slots=True)
class _ToldParty:
    account: str
    roles: int
    group: int
    account_bank: int
    epoch: int = 0
    suspended: bool = False


@dataclass(slots=True)
class _ToldObligation:
    guarantees: dict[int, list[int]] = field(default_factory=dict)
    """Guarantor → [basis points, paid]."""
    loss: int = 0
    lost: bool = False
    overdue: bool = False


@dataclass(slots=True)
class _ToldDocument:
    face: int
    buyer: int
    seller: int
    currency: int
    kind: int
    delivery_day: int
    lot: int
    attested: bool
    used: int = 0
    uses: int = 0
    credited: int = 0
    carried: int = 0
    order: int = 0


@dataclass(slots=True)
class _ToldAllotment:
    holder: int
    parent: int
    left: int
    expiry_day: int
    terms: tuple[int, int, bool]
    """Instrument, days to maturity at least, whether recourse is allowed."""
    status: int = _LIVE


@dataclass(slots=True)
class _ToldLot:
    keeper: int
    depositor: int
    measured: int = 0
    receipted: int = 0
    confirmer: int = 0
    liens: int = 0


@dataclass(slots=True)
class _ToldReceipt:
    lot: int
    evidence: int
    quantity: int
    owner: int
    loan: int = 0
    state: int = _LIVE


@dataclass(slots=True)
class _ToldLoan:
    borrower: int
    bank: int
    receipt: int
    evidence: int
    limit: int
    flags: int
    principal: int = 0
    status: int = _OPEN


class Retelling:
    """Pieces and counters folded from events, in their order."""

    def __init__(self, history: History) -> None:
        self.pieces: dict[int, _ToldPiece] = {}
        self.holds: dict[int, _ToldHold] = defaultdict(_ToldHold)
        self.obligations: dict[int, _ToldObligation] = defaultdict(_ToldObligation)
        self.limits: dict[int, int] = {}
        self.financing_limits: dict[tuple[int, int, int], int] = {}
        self.backers: dict[int, dict[int, int]] = defaultdict(dict)
        self.allotments: dict[int, _ToldAllotment] = {}
        self.documents: dict[int, _ToldDocument] = {}
        self.parties: dict[int, _ToldParty] = {}
        self.lots: dict[int, _ToldLot] = {}
        self.receipts: dict[int, _ToldReceipt] = {}
        self.loans: dict[int, _ToldLoan] = {}
        self.children: Counter[int] = Counter()
        self.issued: Counter[int] = Counter()
        self.lines: Counter[int] = Counter()
        self.pieces_made: Counter[int] = Counter()
        self.allotments_made: Counter[int] = Counter()
        for event in history.events:
            if tell := self._TOLD.get(event.name):
                tell(self, event)

    @property
    def counts(self) -> Told:
        """How many of everything there must be."""
        guarantees = {number: len(one.guarantees) for number, one in self.obligations.items()}
        return Told(
            len(self.parties), self.lines, self.issued, self.pieces_made, len(self.documents), self.allotments_made,
            guarantees, len(self.receipts), len(self.loans),
        )  # fmt: skip

    def holding(self, place: int) -> int:
        """Kinds of holds that rest on a piece; on place 0 of an obligation, on all of it."""
        hold = self.holds.get(place)
        return hold.kinds & HOLDING if hold else 0

    # --- parties ---------------------------------------------------------------------------------------------------

    def _registered(self, event: Event) -> None:
        self.parties[event["party"]] = _ToldParty(
            event["account"].lower(), event["roles"], event["group"], event["accountBank"]
        )

    def _account_changed(self, event: Event) -> None:
        party = self.parties[event["party"]]
        party.account, party.account_bank = event["account"].lower(), event["accountBank"]

    def _recovered(self, event: Event) -> None:
        self.parties[event["party"]].epoch = event["epoch"]

    def _suspended(self, event: Event) -> None:
        self.parties[event["party"]].suspended = event.name == "PartySuspended"

    def _regrouped(self, event: Event) -> None:
        self.parties[event["party"]].group = event["group"]

    def _issuance(self, event: Event) -> None:
        party = self.parties[event["party"]]
        stopped = event.name == "IssuanceStopped"
        party.roles = party.roles | ISSUANCE_STOPPED if stopped else party.roles & ~ISSUANCE_STOPPED

    # --- lines and allotments --------------------------------------------------------------------------------------

    def _granted(self, event: Event) -> None:
        self.lines[event["issuer"]] += 1
        self.limits[event["line"]] = event["limitMinor"]

    def _limit_changed(self, event: Event) -> None:
        self.limits[event["line"]] = event["limitMinor"]

    def _shared(self, event: Event) -> None:
        self.backers[event["line"]][event["bank"]] = event["basisPoints"]

    def _financing_set(self, event: Event) -> None:
        self.financing_limits[event["bank"], event["issuer"], event["currency"]] = event["limitMinor"]

    def _allotted(self, event: Event) -> None:
        parent = event.arguments.get("parent", 0)
        # A part that is passed on has the terms of the whole.
        terms = (
            self.allotments[parent].terms
            if parent
            else (event["instrument"], event["minTenorDays"], event["recourseAllowed"])
        )
        self.allotments[event["allotment"]] = _ToldAllotment(
            event["supplier"], parent, event["amountMinor"], event["expiryDay"], terms
        )
        self.allotments_made[event["allotment"] >> 16] += 1
        if parent:
            self.allotments[parent].left -= event["amountMinor"]

    def _allotment_ended(self, event: Event) -> None:
        ended = self.allotments[event["allotment"]]
        ended.left, ended.status = 0, _REVOKED if event.name == "AllotmentRevoked" else _EXPIRED
        if to := event.arguments.get("to", 0):
            self.allotments[to].left += event["freedMinor"]

    def _drawn(self, event: Event) -> None:
        self.allotments[event["allotment"]].left -= event["amountMinor"]

    # --- documents -------------------------------------------------------------------------------------------------

    def _document(self, event: Event) -> None:
        self.documents[event["evidence"]] = _ToldDocument(
            event["faceMinor"], event["buyer"], event["seller"], event["currency"], event["kind"],
            event["deliveryDay"], int.from_bytes(event["lot"], "big"), bool(event["attestor"]),
        )  # fmt: skip

    def _fulfilled(self, event: Event) -> None:
        order, invoice = self.documents[event["order"]], self.documents[event["invoice"]]
        order.face -= event["fulfilledMinor"]
        order.used -= event["carriedMinor"]
        invoice.used += event["carriedMinor"]
        invoice.carried, invoice.order = event["carriedMinor"], event["order"]

    def _credited(self, event: Event) -> None:
        self.documents[event["evidence"]].credited = event["creditedMinor"]

    def _use(self, evidence: int, amount: int) -> None:
        if document := self.documents.get(evidence):
            document.used += amount

    # --- a piece's life --------------------------------------------------------------------------------------------

    def _issue(self, event: Event) -> None:
        self.issued[event["obligation"] >> 24] += 1

    def _offered(self, event: Event) -> None:
        self._cut(
            event, event["owner"], PieceState.OFFERED, evidence=event["evidence"], use_index=event["use_index"],
            deadline=event["deadline"],
        )  # fmt: skip
        self._use(event["evidence"], event["amount_minor"])
        # Only pieces are numbered among a document's uses; loans are not.
        if document := self.documents.get(event["evidence"]):
            document.uses += 1

    def _accepted(self, event: Event) -> None:
        self.pieces[event["piece"]].state = PieceState.HELD

    def _returned(self, event: Event) -> None:
        piece = self.pieces[event["piece"]]
        self._use(piece.evidence, -piece.amount)
        if piece.parent:
            self._give_back(piece, PieceState.REJECTED if event.name == "PieceRejected" else PieceState.EXPIRED)
        else:
            piece.state = PieceState.VOIDED

    def _sold(self, event: Event) -> None:
        state = PieceState.HELD if event.name == "PieceFinanced" else PieceState.LOCKED
        deadline = event.arguments.get("deadline", 0)
        self._cut(event, event["bank"], state, flags=PieceFlag.FINANCED, deadline=deadline)

    def _sale_undone(self, event: Event) -> None:
        piece = self.pieces[event["piece"]]
        piece.flags &= ~PieceFlag.FINANCED
        self._give_back(piece, PieceState.REJECTED if event.name == "LockReleased" else PieceState.EXPIRED)

    def _redeemed(self, event: Event) -> None:
        self.pieces[event["piece"]].state = PieceState.REDEEMED

    def _part_redeemed(self, event: Event) -> None:
        owner = self.pieces[event.parent].owner
        self._cut(event, owner, PieceState.REDEEMED, flags=PieceFlag.PAYMENT)

    def _paid_by_another(self, event: Event) -> None:
        payer = event["guarantor"] if event.name == "GuarantorPaid" else event["payer"]
        flags = PieceFlag.PAYMENT
        if event["payee"] != self.pieces[event.parent].owner:
            flags |= PieceFlag.COURT_SERVED
        self._cut(event, payer, PieceState.HELD, flags=flags)
        if event.name == "GuarantorPaid":
            self.obligations[event["piece"] >> 16].guarantees[payer][1] += event["amountMinor"]

    def _written_off(self, event: Event) -> None:
        self.pieces[event["piece"]].state = PieceState.WRITTEN_OFF
        obligation = self.obligations[event["piece"] >> 16]
        obligation.loss += event["amountMinor"]
        obligation.lost = True

    def _made_good(self, event: Event) -> None:
        self.pieces[event["piece"]].state = PieceState.REDEEMED
        self.obligations[event["piece"] >> 16].loss -= event["amountMinor"]

    def _overdue(self, event: Event) -> None:
        self.obligations[event["obligation"]].overdue = event.name == "ObligationOverdue"

    def _guaranteed(self, event: Event) -> None:
        self.obligations[event["obligation"]].guarantees[event["guarantor"]] = [event["basisPoints"], 0]

    def _cut(
        self, event: Event, owner: int, state: PieceState, *, evidence: int = 0, use_index: int = 0, deadline: int = 0,
        flags: int = 0,
    ) -> None:  # fmt: skip
        parent = self.pieces.get(event.parent)
        hops, tier = (parent.hops + 1, parent.tier + bool(evidence)) if parent else (1, 1)
        self.pieces[event["piece"]] = _ToldPiece(
            owner, event.parent, evidence, use_index, event.amount, state, hops, tier, deadline, int(flags)
        )
        self.pieces_made[event["piece"] >> 16] += 1
        if parent:
            parent.amount -= event.amount
            self.children[event.parent] += 1

    def _give_back(self, piece: _ToldPiece, state: PieceState) -> None:
        self.pieces[piece.parent].amount += piece.amount
        piece.amount, piece.state = 0, state

    # --- holds -----------------------------------------------------------------------------------------------------

    def _disputed(self, event: Event) -> None:
        hold, piece = self.holds[event["piece"]], self.pieces[event["piece"]]
        giver = self.pieces[piece.parent].owner if piece.parent else event["piece"] >> 48
        if piece.flags & (PieceFlag.FINANCED | PieceFlag.PAYMENT):
            giver = 0
        remembered = HoldKind.DISPUTED_BY_PAYER if event["disputant"] == giver else HoldKind.DISPUTED_BY_OWNER
        hold.kinds |= HoldKind.DISPUTE | remembered
        hold.disputant = event["disputant"]

    def _dispute_ended(self, event: Event) -> None:
        hold = self.holds[event["piece"]]
        hold.kinds &= ~HoldKind.DISPUTE
        hold.disputant = 0

    def _held_for_return(self, event: Event) -> None:
        self.holds[event["piece"]].kinds |= HoldKind.RETURNED

    def _return_ended(self, event: Event) -> None:
        self.holds[event["piece"]].kinds &= ~HoldKind.RETURNED

    def _held_by_court(self, event: Event) -> None:
        hold = self.holds[event["piece"]]
        hold.kinds |= HoldKind.COURT
        hold.court = event["court"]
        hold.pieces = 0 if event["piece"] & 0xFFFF else self.pieces_made[event["piece"] >> 16]

    def _released_by_court(self, event: Event) -> None:
        hold = self.holds[event["piece"]]
        hold.kinds &= ~HoldKind.COURT
        hold.court = hold.pieces = 0

    # --- goods and loans -------------------------------------------------------------------------------------------

    def _measured(self, event: Event) -> None:
        number = int.from_bytes(event["lot"], "big")
        lot = self.lots.setdefault(number, _ToldLot(event["keeper"], event["depositor"]))
        lot.measured, lot.confirmer = event["quantity"], 0

    def _measured_again(self, event: Event) -> None:
        self.lots[int.from_bytes(event["lot"], "big")].confirmer = event["confirmer"]

    def _receipt(self, event: Event) -> None:
        number = int.from_bytes(event["lot"], "big")
        self.receipts[event["receipt"]] = _ToldReceipt(number, event["evidence"], event["quantity"], event["owner"])
        self.lots[number].receipted += event["quantity"]

    def _receipt_transferred(self, event: Event) -> None:
        self.receipts[event["receipt"]].owner = event["to"]

    def _withdrawn(self, event: Event) -> None:
        receipt = self.receipts[event["receipt"]]
        receipt.state = _WITHDRAWN
        self.lots[receipt.lot].receipted -= receipt.quantity

    def _pledged(self, event: Event) -> None:
        receipt = self.receipts[event["receipt"]]
        pledged = event.name == "ReceiptPledged"
        receipt.loan = event["loan"] if pledged else 0
        self.lots[receipt.lot].liens += 1 if pledged else -1

    def _loan(self, event: Event) -> None:
        _, receipt, evidence, _, _, _, limit, *_ = event["offer"]
        flags = LoanFlag.TWICE_MEASURED if event["offer"][14] else 0
        self.loans[event["loan"]] = _ToldLoan(event["borrower"], event["bank"], receipt, evidence, limit, int(flags))

    def _loan_drawn(self, event: Event) -> None:
        self.loans[event["loan"]].principal += event["amountMinor"]
        self._use(event["evidence"], event["amountMinor"])

    def _loan_repaid(self, event: Event) -> None:
        self.loans[event["loan"]].principal -= event["principalMinor"]
        self._use(event["evidence"], -event["releasedMinor"])

    def _sale_paid(self, event: Event) -> None:
        self.loans[event["loan"]].principal -= event["principalMinor"]
        self._use(event["invoice"], event["usedMinor"])

    def _sale_assigned(self, event: Event) -> None:
        loan = self.loans[event["loan"]]
        if loan.receipt:
            self._use(loan.evidence, -event["restingMinor"])
            self._use(event["invoice"], event["restingMinor"])
        loan.evidence = event["invoice"]
        loan.flags |= LoanFlag.SOLD

    def _draws_ended(self, event: Event) -> None:
        self.loans[event["loan"]].limit = event["principalMinor"]

    def _lien_given_up(self, event: Event) -> None:
        self.loans[event["loan"]].flags |= LoanFlag.UNSECURED

    def _loan_ended(self, event: Event) -> None:
        self.loans[event["loan"]].status = _CLOSED if event.name == "LoanClosed" else _DEFAULTED

    _TOLD: ClassVar = {
        "PartyRegistered": _registered,
        "AccountChanged": _account_changed,
        "KeysRecovered": _recovered,
        "PartySuspended": _suspended,
        "PartyReinstated": _suspended,
        "PartyRegrouped": _regrouped,
        "IssuanceStopped": _issuance,
        "IssuanceResumed": _issuance,
        "LineGranted": _granted,
        "LineLimitChanged": _limit_changed,
        "LineShared": _shared,
        "FinancingLimitSet": _financing_set,
        "Allotted": _allotted,
        "AllotmentPassed": _allotted,
        "AllotmentRevoked": _allotment_ended,
        "AllotmentExpired": _allotment_ended,
        "Drawn": _drawn,
        "EvidenceRegistered": _document,
        "OrderFulfilled": _fulfilled,
        "EvidenceCredited": _credited,
        "Issued": _issue,
        "PieceOffered": _offered,
        "PieceAccepted": _accepted,
        "PieceRejected": _returned,
        "PieceExpired": _returned,
        "PieceFinanced": _sold,
        "PieceLocked": _sold,
        "SaleCompleted": _accepted,
        "PieceUnlocked": _sale_undone,
        "LockReleased": _sale_undone,
        "PieceRedeemed": _redeemed,
        "PieceRedeemedEarly": _redeemed,
        "PartRedeemed": _part_redeemed,
        "GuarantorPaid": _paid_by_another,
        "RecoursePaid": _paid_by_another,
        "PieceWrittenOff": _written_off,
        "LossMadeGood": _made_good,
        "ObligationOverdue": _overdue,
        "ObligationCured": _overdue,
        "ObligationGuaranteed": _guaranteed,
        "PieceDisputed": _disputed,
        "DisputeEnded": _dispute_ended,
        "PieceHeldForReturn": _held_for_return,
        "ReturnHoldEnded": _return_ended,
        "CourtHeld": _held_by_court,
        "CourtReleased": _released_by_court,
        "LotMeasured": _measured,
        "MeasurementConfirmed": _measured_again,
        "ReceiptIssued": _receipt,
        "ReceiptTransferred": _receipt_transferred,
        "ReceiptWithdrawn": _withdrawn,
        "ReceiptPledged": _pledged,
        "ReceiptReleased": _pledged,
        "LoanOpened": _loan,
        "LoanDrawn": _loan_drawn,
        "LoanRepaid": _loan_repaid,
        "SalePaid": _sale_paid,
        "SaleAssigned": _sale_assigned,
        "DrawsEnded": _draws_ended,
        "LienGivenUp": _lien_given_up,
        "LoanDefaulted": _loan_ended,
        "LoanClosed": _loan_ended,
    }


def storage_is_what_the_events_tell(state: LedgerState, told: Retelling, register: KeyRegister) -> Check:
    """Piece by piece and counter by counter, storage is what a fold of the events gives."""
    differences = [
        *_pieces(state, told),
        *_holds(state, told),
        *_counters(state, told),
        *_lines(state, told),
        *_documents(state, told),
        *_goods(state, told),
        *_parties(state, told, register),
    ]
    return Check(
        "storage_is_events",
        "storage is what the ledger's own events tell",
        {
            "pieces": len(told.pieces),
            "obligations": sum(told.issued.values()),
            "lines": len(told.limits),
            "allotments": len(told.allotments),
            "documents": len(told.documents),
            "receipts": len(told.receipts),
            "loans": len(told.loans),
            "parties": len(told.parties),
        },
        tuple(differences),
    )


def _pieces(state: LedgerState, told: Retelling) -> Iterator[Difference]:
    waiting = (PieceState.OFFERED, PieceState.LOCKED)
    open_offers = Counter(piece.parent for piece in told.pieces.values() if piece.state in waiting)
    for identifier in sorted(state.pieces.keys() | told.pieces.keys()):
        name = f"piece {PieceId.from_chain(identifier)}"
        stored, said = state.pieces.get(identifier), told.pieces.get(identifier)
        if said is None or stored is None or stored.state == PieceState.NONE:
            if said is not None:
                yield Difference(name, "was made, but is not in storage")
            elif stored is not None and stored.state != PieceState.NONE:
                yield Difference(name, "is in storage, but no event made it")
            continue
        marked = PieceFlag.MARKED if told.holding(identifier) else 0
        yield from _compared(
            name,
            ("owner", stored.owner, said.owner),
            ("parent", stored.parent or 0, said.parent),
            ("evidence", stored.evidence, said.evidence),
            ("use index", stored.use_index, said.use_index),
            ("amount", stored.amount_minor, said.amount),
            ("state", stored.state, int(said.state)),
            ("hops", stored.hops, said.hops),
            ("tier", stored.tier, said.tier),
            ("deadline", stored.deadline, said.deadline),
            ("open offers", stored.open_offers, open_offers[identifier]),
            ("children", stored.child_count, told.children[identifier]),
            ("flags", stored.flags, said.flags | marked),
        )


def _holds(state: LedgerState, told: Retelling) -> Iterator[Difference]:
    for place in sorted(state.holds.keys() | told.holds.keys()):
        stored, said = state.holds.get(place), told.holds.get(place, _ToldHold())
        name = (
            f"piece {PieceId.from_chain(place)}"
            if place & 0xFFFF
            else f"obligation {ObligationId.from_chain(place >> 16)}"
        )
        yield from _compared(
            name,
            ("hold", stored.kinds if stored else 0, said.kinds),
            ("disputant", stored.disputant if stored else 0, said.disputant),
            ("court", stored.court if stored else 0, said.court),
            ("pieces", stored.pieces if stored else 0, said.pieces),
        )


def _counters(state: LedgerState, told: Retelling) -> Iterator[Difference]:
    for issuer in sorted(state.issuers.keys() | told.lines.keys()):
        stored = state.issuers.get(issuer)
        overdue = sum(1 for number, one in told.obligations.items() if number >> 32 == issuer and one.overdue)
        yield from _compared(
            f"issuer {issuer}",
            ("lines", stored.line_count if stored else 0, told.lines[issuer]),
            ("overdue", stored.overdue_count if stored else 0, overdue),
        )
    marks = Counter(place >> 16 for place in told.holds if told.holding(place))
    for obligation in state.obligations.values():
        said = told.obligations[obligation.id]
        flags = (
            (ObligationFlag.OVERDUE if said.overdue else 0)
            | (ObligationFlag.MARKED if told.holding(obligation.id << 16) else 0)
            | (ObligationFlag.WRITTEN_OFF if said.lost else 0)
        )
        yield from _compared(
            f"obligation {ObligationId.from_chain(obligation.id)}",
            ("pieces", obligation.piece_count, told.pieces_made[obligation.id]),
            ("flags", obligation.flags & ~TERM_FLAGS, flags),
            ("holds", obligation.held_count, marks[obligation.id]),
            ("loss", obligation.loss_minor, said.loss),
            (
                "guarantees",
                [[one.guarantor, one.basis_points, one.paid_minor] for one in obligation.guarantees],
                [[guarantor, *figures] for guarantor, figures in said.guarantees.items()],
            ),
        )
    for row in sorted(state.financing.keys() | told.financing_limits.keys()):
        stored_row = state.financing.get(row)
        yield from _compared(
            f"financing {financing_name(row)}",
            ("limit", stored_row.limit_minor if stored_row else 0, told.financing_limits.get(row, 0)),
        )


def _lines(state: LedgerState, told: Retelling) -> Iterator[Difference]:
    for line in state.lines.values():
        yield from _compared(
            f"line {LineId.from_chain(line.id)}",
            ("limit", line.limit_minor, told.limits.get(line.id, 0)),
            ("obligations", line.obligation_count, told.issued[line.id]),
            ("allotments", line.allotment_count, told.allotments_made[line.id]),
            (
                "backers",
                [[one.bank, one.basis_points] for one in line.backers],
                [[bank, share] for bank, share in told.backers[line.id].items()],
            ),
        )
    for number in sorted(state.allotments.keys() | told.allotments.keys()):
        name = f"allotment {AllotmentId.from_chain(number)}"
        stored, said = state.allotments.get(number), told.allotments.get(number)
        if stored is None or said is None:
            yield Difference(name, _HALF[said is not None])
            continue
        yield from _compared(
            name,
            ("holder", stored.holder, said.holder),
            ("parent", stored.parent or 0, said.parent),
            ("amount", stored.left_minor, said.left),
            ("state", stored.status, said.status),
            ("expiry", stored.expiry_day, said.expiry_day),
            ("terms", list(stored.terms), list(said.terms)),
        )


def _documents(state: LedgerState, told: Retelling) -> Iterator[Difference]:
    for number in sorted(state.evidence.keys() | told.documents.keys()):
        stored, said = state.evidence.get(number), told.documents.get(number)
        if stored is None:
            yield Difference(f"evidence {number}", "was registered, but is not in storage")
            continue
        if said is None:
            yield Difference(f"evidence {number}", "is in storage, but no event made it")
            continue
        flags = (
            (EvidenceFlag.ATTESTED if said.attested else 0)
            | (EvidenceFlag.CREDITED if said.credited else 0)
            | (EvidenceFlag.HAS_LOT if said.lot else 0)
        )
        yield from _compared(
            f"evidence {number}",
            ("face", stored.face_minor, said.face),
            ("buyer", stored.buyer, said.buyer),
            ("seller", stored.seller, said.seller),
            ("currency", stored.currency, said.currency),
            ("kind", stored.kind, said.kind),
            ("delivery", stored.delivery_day, said.delivery_day),
            ("used", stored.used_minor, said.used),
            ("uses", stored.use_count, said.uses),
            ("credited", stored.credited_minor, said.credited),
            ("carried", stored.carried_minor, said.carried),
            ("order", stored.order, said.order),
            ("lot", stored.lot, said.lot),
            ("flags", stored.flags & ~EvidenceFlag.CANCELLED, flags),
        )


def _goods(state: LedgerState, told: Retelling) -> Iterator[Difference]:
    for kind, known, said, columns in (
        ("lot", state.lots, told.lots, ("keeper", "depositor", "measured", "receipted", "confirmer", "liens")),
        ("receipt", state.receipts, told.receipts, ("lot", "evidence", "quantity", "owner", "loan", "state")),
    ):
        for number in sorted(known.keys() | said.keys()):
            name = f"{kind} {lot_name(number) if kind == 'lot' else number}"
            if number not in known or number not in said:
                yield Difference(name, _HALF[number in said])
                continue
            yield from _compared(name, *((c, getattr(known[number], c), getattr(said[number], c)) for c in columns))
    for number in sorted(state.loans.keys() | told.loans.keys()):
        stored, one = state.loans.get(number), told.loans.get(number)
        if stored is None or one is None:
            yield Difference(f"loan {number}", _HALF[one is not None])
            continue
        yield from _compared(
            f"loan {number}",
            ("principal", stored.principal_minor, one.principal),
            ("limit", stored.limit_minor, one.limit),
            ("borrower", stored.borrower, one.borrower),
            ("bank", stored.bank, one.bank),
            ("evidence", stored.evidence, one.evidence),
            ("receipt", stored.receipt, one.receipt),
            ("state", stored.status, one.status),
            ("flags", stored.flags, one.flags),
        )


def _parties(state: LedgerState, told: Retelling, register: KeyRegister) -> Iterator[Difference]:
    keys = Counter(register.current.values())
    for party in sorted(state.parties.keys() | told.parties.keys()):
        stored, said = state.parties.get(party), told.parties.get(party)
        if stored is None:
            yield Difference(f"party {party}", "was registered, but is not in storage")
            continue
        if said is None:
            yield Difference(f"party {party}", "is in storage, but no event made it")
            continue
        yield from _compared(
            f"party {party}",
            ("account", stored.account, said.account),
            ("roles", int(stored.roles), said.roles),
            ("group", stored.group, said.group),
            ("account bank", stored.account_bank, said.account_bank),
            ("epoch", stored.epoch, said.epoch),
            ("suspended", stored.status == SUSPENDED, said.suspended),
            ("keys", stored.key_count, keys[party]),
        )
    for key, party in state.keys.items():
        yield from _compared(f"key {key}", ("party", party, register.current.get(key, 0)))


def _compared(subject: str, *rows: tuple[str, Any, Any]) -> Iterator[Difference]:
    for what, stored, said in rows:
        if stored != said:
            values: dict[str, int | str] = {"what": what}
            # Lists are figures too, and read as they stand.
            values |= {k: v if isinstance(v, int) else str(v) for k, v in (("stored", stored), ("told", said))}
            yield Difference(subject, _DIFFERS, values)
