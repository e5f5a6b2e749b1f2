"""Invariants 1 to 9, checked from storage words and events alone. Each function is one check.

Numbers and wording are those of `docs/invariants.md`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from chain.identifiers import LineId, ObligationId, PieceId
from chain.verification.history import Event, History, local_day
from chain.verification.keys import Accounts, KeyRegister
from chain.verification.ledger import LedgerState
from chain.verification.report import Check, Difference
from chain.verification.signatures import SignedConsents
from chain.verification.words import (
    GIVEN_BACK_STATES,
    INVOICE_KIND,
    NO_TOKEN,
    TERM_FLAGS,
    LoanFlag,
    ObligationFlag,
    Piece,
    PieceState,
    Receipt,
    Role,
    financing_name,
    lot_name,
)

#: A piece that was made is in one of these.
_STATES = frozenset(PieceState) - {PieceState.NONE, PieceState.ON_HOLD}
#: State of a receipt, and status of a loan, in storage.
_RECEIPT_LIVE, _LOAN_CLOSED = 1, 3
#: Events that make a piece without evidence.
_CASH_HOPS = ("PieceFinanced", "PieceLocked", "PartRedeemed", "GuarantorPaid", "RecoursePaid")


def piece_name(identifier: int) -> str:
    return f"piece {PieceId.from_chain(identifier)}"


def obligation_name(identifier: int) -> str:
    return f"obligation {ObligationId.from_chain(identifier)}"


def line_name(identifier: int) -> str:
    return f"line {LineId.from_chain(identifier)}"


def face_is_the_sum_of_its_pieces(state: LedgerState) -> Check:
    """1. Per obligation: face = live + redeemed + voided + written off, and its counters of what is live and lost are the
    sums of such pieces."""
    by_state: Counter[int] = Counter()
    differences: list[Difference] = []
    for obligation in state.obligations.values():
        pieces = state.pieces_of(obligation.id)
        for piece in pieces:
            by_state[piece.state] += piece.amount_minor
            if piece.state not in _STATES:
                differences.append(
                    Difference(piece_name(piece.id), "is in state {state}, which there is not", {"state": piece.state})
                )
            if piece.state in GIVEN_BACK_STATES - {PieceState.VOIDED} and piece.amount_minor:
                differences.append(
                    Difference(
                        piece_name(piece.id),
                        "was given back to its parent and still has {amount}",
                        {"amount": piece.amount_minor},
                    )
                )
        total = sum(piece.amount_minor for piece in pieces)
        live = sum(piece.amount_minor for piece in pieces if piece.is_live)
        if total != obligation.face_minor:
            differences.append(
                Difference(
                    obligation_name(obligation.id),
                    "has a face of {face}, but its pieces sum to {pieces}",
                    {"face": obligation.face_minor, "pieces": total},
                )
            )
        if live != obligation.live_minor:
            differences.append(
                Difference(
                    obligation_name(obligation.id),
                    "counts {counted} as live, but its live pieces sum to {pieces}",
                    {"counted": obligation.live_minor, "pieces": live},
                )
            )
        lost = sum(piece.amount_minor for piece in pieces if piece.state == PieceState.WRITTEN_OFF)
        if lost != obligation.loss_minor:
            differences.append(
                Difference(
                    obligation_name(obligation.id),
                    "counts {counted} as lost, but what was written off of it sums to {pieces}",
                    {"counted": obligation.loss_minor, "pieces": lost},
                )
            )
    figures: dict[str, int | str] = {
        "obligations": len(state.obligations),
        "pieces": len(state.pieces),
        "face_minor": sum(obligation.face_minor for obligation in state.obligations.values()),
        "live_minor": sum(obligation.live_minor for obligation in state.obligations.values()),
    }
    figures |= {f"{kind.name.lower()}_minor": by_state[kind] for kind in PieceState if by_state[kind]}
    return Check("invariant_1", "face = live + redeemed + voided + written off", figures, tuple(differences))


def lines_hold_their_limits(state: LedgerState) -> Check:
    """2. Per line: used = Σ live pieces and uncured losses, allotted = Σ what is left in allotments, both ≤ limit. Per bank,
    issuer and currency: financed = Σ pieces it holds ≤ limit."""
    differences: list[Difference] = []
    used: Counter[int] = Counter()
    held: Counter[tuple[int, int, int]] = Counter()
    for piece in state.pieces.values():
        line = state.lines[piece.id >> 40]
        if piece.is_live or piece.state == PieceState.WRITTEN_OFF:
            used[line.id] += piece.amount_minor
        if piece.is_live and piece.is_financed:
            held[piece.owner, line.issuer, line.currency] += piece.amount_minor
            parent = state.pieces.get(piece.parent or 0)
            if piece.state == PieceState.LOCKED and parent is not None and parent.is_financed:
                # What a selling bank has locked may come back to it, so it counts as its own, too.
                held[parent.owner, line.issuer, line.currency] += piece.amount_minor
    allotted: Counter[int] = Counter()
    for allotment in state.allotments.values():
        allotted[allotment.line] += allotment.left_minor
    for line in state.lines.values():
        if allotted[line.id] != line.allotted_minor:
            differences.append(
                Difference(
                    line_name(line.id),
                    "counts {counted} as allotted, but what is left in its allotments sums to {allotted}",
                    {"counted": line.allotted_minor, "allotted": allotted[line.id]},
                )
            )
        if used[line.id] != line.used_minor:
            differences.append(
                Difference(
                    line_name(line.id),
                    "counts {counted} as used, but its live pieces sum to {pieces}",
                    {"counted": line.used_minor, "pieces": used[line.id]},
                )
            )
        if line.used_minor + line.allotted_minor > line.limit_minor:
            differences.append(
                Difference(
                    line_name(line.id),
                    "uses {used} and promises {allotted}, above its limit of {limit}",
                    {"used": line.used_minor, "allotted": line.allotted_minor, "limit": line.limit_minor},
                )
            )
    for key in sorted(state.financing.keys() | held.keys()):
        financing = state.financing.get(key)
        counted, limit = (financing.financed_minor, financing.limit_minor) if financing else (0, 0)
        subject = f"financing {financing_name(key)}"
        if counted != held[key]:
            differences.append(
                Difference(
                    subject,
                    "counts {counted} as financed, but the pieces it holds sum to {pieces}",
                    {"counted": counted, "pieces": held[key]},
                )
            )
        if counted > limit:
            differences.append(
                Difference(
                    subject, "finances {counted}, above its limit of {limit}", {"counted": counted, "limit": limit}
                )
            )
    figures: dict[str, int | str] = {
        "lines": len(state.lines),
        "limit_minor": sum(line.limit_minor for line in state.lines.values()),
        "used_minor": sum(line.used_minor for line in state.lines.values()),
        "allotted_minor": sum(line.allotted_minor for line in state.lines.values()),
        "financing_limit_minor": sum(row.limit_minor for row in state.financing.values()),
        "financed_minor": sum(row.financed_minor for row in state.financing.values()),
    }
    return Check("invariant_2", "lines and financing stay within their limits", figures, tuple(differences))


def evidence_backs_no_more_than_its_face(state: LedgerState, history: History, consents: SignedConsents) -> Check:
    """3. Per document: what it backs ≤ its confirmed face, which its buyer signed; its counter = what the pieces that
    name it were made with, and what loans use of it.

    A piece keeps its evidence when it passes parts on, so it was made with its amount and all that descends from it.
    """
    backed = _lent_on(history)
    naming: dict[int, list[int]] = defaultdict(list)
    made_with = _made_with(state)
    differences: list[Difference] = []
    for piece in state.pieces.values():
        if piece.evidence and piece.state not in GIVEN_BACK_STATES:
            backed[piece.evidence] += made_with[piece.id]
            naming[piece.evidence].append(piece.id)
    for evidence in state.evidence.values():
        if backed[evidence.id] != evidence.used_minor:
            differences.append(
                Difference(
                    f"evidence {evidence.id}",
                    "counts {counted} as used, but pieces {names} were made with, and loans use, {backed}",
                    {
                        "counted": evidence.used_minor,
                        "backed": backed[evidence.id],
                        "names": _names(naming[evidence.id]),
                    },
                )
            )
        if backed[evidence.id] > evidence.face_minor or evidence.used_minor > evidence.face_minor:
            differences.append(
                Difference(
                    f"evidence {evidence.id}",
                    "has a face of {face}, but pieces {names} were made with, and loans use, {backed}",
                    {
                        "face": evidence.face_minor,
                        "backed": max(backed[evidence.id], evidence.used_minor),
                        "names": _names(naming[evidence.id]),
                    },
                )
            )
    identities: Counter[bytes] = Counter()
    for event in history.named("EvidenceRegistered"):
        identities[event["identity"]] += 1
        if identities[event["identity"]] > 1:
            differences.append(Difference(f"evidence {event['evidence']}", "is the same document a second time"))
        if not consents.has(event["buyer"], event):
            differences.append(
                Difference(f"evidence {event['evidence']}", "has no valid signature of its buyer, party {buyer}", {
                    "buyer": event["buyer"]})
            )  # fmt: skip
        if event["attestor"] and not consents.has(event["attestor"], event):
            differences.append(
                Difference(f"evidence {event['evidence']}", "has no valid signature of its attestor, party {attestor}", {
                    "attestor": event["attestor"]})
            )  # fmt: skip
    for event in history.named("EvidenceCredited"):
        credited = state.evidence.get(event["evidence"])
        for party in (credited.buyer, credited.seller) if credited else ():
            if not consents.has(party, event):
                differences.append(
                    Difference(f"evidence {event['evidence']}", "was credited without a valid signature of party {party}",
                               {"party": party})
                )  # fmt: skip
    figures: dict[str, int | str] = {
        "documents": len(state.evidence),
        "face_minor": sum(evidence.face_minor for evidence in state.evidence.values()),
        "used_minor": sum(evidence.used_minor for evidence in state.evidence.values()),
        "backed_minor": sum(backed.values()),
        "credited_minor": sum(evidence.credited_minor for evidence in state.evidence.values()),
    }
    return Check("invariant_3", "no document backs more than its confirmed face", figures, tuple(differences))


def every_hop_has_its_own_ground(state: LedgerState, history: History) -> Check:
    """4. A trade hop names an invoice whose buyer passes on and whose seller receives, for what was delivered by then; a
    cash hop names none, and is a registered sale to a bank, a part that was paid, or a registered payment in the issuer's
    place."""
    differences = [*_prepayments(state, history)]
    made = {event["piece"]: event for event in history.named(*_CASH_HOPS)}
    trade = cash = 0
    for piece in state.pieces.values():
        name = piece_name(piece.id)
        parent = state.pieces.get(piece.parent) if piece.parent else None
        if piece.parent and parent is None:
            continue  # invariant 5 says so
        if not piece.evidence:
            cash += 1
            differences += _cash_hop(state, piece, parent, made.get(piece.id))
            continue
        trade += 1
        giver = parent.owner if parent else piece.issuer
        evidence = state.evidence.get(piece.evidence)
        if evidence is None:
            differences.append(
                Difference(name, "names evidence {evidence}, which does not exist", {"evidence": piece.evidence})
            )
        elif (evidence.buyer, evidence.seller) != (giver, piece.owner):
            differences.append(
                Difference(
                    name,
                    "goes from party {giver} to party {owner}; evidence {evidence} is a debt of party {buyer} to party {seller}",
                    {
                        "giver": giver,
                        "owner": piece.owner,
                        "evidence": evidence.id,
                        "buyer": evidence.buyer,
                        "seller": evidence.seller,
                    },
                )
            )
        elif evidence.currency != state.lines[piece.id >> 40].currency:
            differences.append(Difference(name, "has evidence in another currency", {}))
    return Check(
        "invariant_4",
        "every trade hop has its own evidence, and every cash hop is a sale to a bank or a payment",
        {"trade_hops": trade, "cash_hops": cash},
        tuple(differences),
    )


def _cash_hop(state: LedgerState, piece: Piece, parent: Piece | None, made: Event | None) -> Iterator[Difference]:
    name = piece_name(piece.id)
    if parent is None or made is None:
        yield Difference(name, "has no evidence, and is neither sold to a bank nor paid for")
        return
    owner = state.parties.get(piece.owner)
    obligation = state.obligations[piece.obligation]
    if made.name in ("PieceFinanced", "PieceLocked"):
        if owner is None or Role.BANK not in owner.roles:
            yield Difference(name, "has no evidence, and is no sale to a bank")
    elif made.name == "PartRedeemed":
        if piece.owner != parent.owner:
            yield Difference(name, "is a part that was paid to the owner of another piece")
        return
    elif made.name == "GuarantorPaid":
        if piece.owner not in {one.guarantor for one in obligation.guarantees}:
            yield Difference(
                name, "was paid for by party {owner}, which guarantees nothing of it", {"owner": piece.owner}
            )
    elif not obligation.flags & ObligationFlag.RECOURSE or piece.owner not in _owners_before(state, parent):
        yield Difference(
            name, "was paid for by party {owner}, to whom its holder may not go back", {"owner": piece.owner}
        )
    if not any(made["registrationNumber"]) or not any(made["descriptionHash"]):
        yield Difference(name, "was financed without a registration")


def _owners_before(state: LedgerState, piece: Piece) -> Iterator[int]:
    """The owners on a piece's way from its issuer, itself apart."""
    step = state.pieces.get(piece.parent or 0)
    while step is not None:
        yield step.owner
        step = state.pieces.get(step.parent or 0)


def _prepayments(state: LedgerState, history: History) -> Iterator[Difference]:
    """Pieces that were offered against what was no invoice, or before its delivery (local day of the line)."""
    for event in history.named("PieceOffered"):
        evidence, line = state.evidence.get(event["evidence"]), state.lines.get(event["piece"] >> 40)
        if evidence is None or line is None:
            continue  # said elsewhere
        today = local_day(history.times[event.block], line.utc_offset_quarter_hours)
        if evidence.kind != INVOICE_KIND or not 0 < evidence.delivery_day <= today:
            yield Difference(
                piece_name(event["piece"]),
                "was offered on day {today} against evidence {evidence}, which is no invoice for goods delivered by then",
                {"today": today, "evidence": evidence.id},
            )


def paths_are_readable(state: LedgerState, read_paths: Mapping[int, Sequence[int]]) -> Check:
    """5. From every piece the parents lead to the issuer, and their number is the piece's hops; the contracts' own view
    reads the same way. ``read_paths``: piece → the pieces that the view names, from the issuer on."""
    differences: list[Difference] = []
    longest = 0
    for piece in state.pieces.values():
        steps: list[Piece] = []
        step: Piece | None = piece
        while step is not None:
            steps.append(step)
            if not step.parent_index:
                break
            parent = state.pieces.get(step.parent or 0)
            # A parent is always made before its child; anything else would be a circle.
            step = parent if parent is not None and parent.id < step.id else None
        name = piece_name(piece.id)
        if steps[-1].parent_index:
            differences.append(
                Difference(name, "has no readable path: piece {parent} is not its parent", {
                    "parent": str(PieceId.from_chain(steps[-1].parent or 0))})
            )  # fmt: skip
            continue
        longest = max(longest, len(steps))
        trade_hops = sum(1 for hop in steps if hop.evidence)
        if (piece.hops, piece.tier) != (len(steps), trade_hops):
            differences.append(
                Difference(
                    name,
                    "says {hops} hops and tier {tier}, but its path has {steps} and {trade}",
                    {"hops": piece.hops, "tier": piece.tier, "steps": len(steps), "trade": trade_hops},
                )
            )
        elif list(read_paths.get(piece.id, ())) != [step.id for step in reversed(steps)]:
            differences.append(Difference(name, "has another path in the contracts' own view"))
        elif piece.evidence and piece.hops > state.obligations[piece.obligation].max_hops:
            differences.append(Difference(name, "is further from its issuer than its rules allow"))
    return Check(
        "invariant_5",
        "the path of every piece is readable from storage, and its length is its hops",
        {"paths": len(state.pieces), "longest": longest, "read_by_the_contract": len(read_paths)},
        tuple(differences),
    )


def terms_never_change(state: LedgerState, history: History) -> Check:
    """6. Terms in storage are those that were issued, and no maturity is after its line's expiry."""
    differences: list[Difference] = []
    issued = {event["obligation"]: event for event in history.named("Issued")}
    for obligation in state.obligations.values():
        name = obligation_name(obligation.id)
        line = state.lines[obligation.line]
        if obligation.maturity_day > line.expiry_day:
            differences.append(
                Difference(
                    name,
                    "matures on day {maturity}, after its line's expiry on day {expiry}",
                    {"maturity": obligation.maturity_day, "expiry": line.expiry_day},
                )
            )
        event = issued.pop(obligation.id, None)
        if event is None:
            differences.append(Difference(name, "is in storage, but was never issued"))
            continue
        for what, stored, said in (
            ("maturity", obligation.maturity_day, event["maturity_day"]),
            ("instrument", obligation.instrument, event["instrument"]),
            ("rulebook", obligation.rulebook_version, event["rulebook_version"]),
            ("face", obligation.face_minor, event["face_minor"]),
            ("most pieces", obligation.max_pieces, event["max_pieces"]),
            ("most hops", obligation.max_hops, event["max_hops"]),
            ("grace", obligation.grace_days, event["grace_days"]),
            ("currency", obligation.currency, event["currency"]),
            ("recourse", obligation.flags & TERM_FLAGS, event["flags"] & TERM_FLAGS),
        ):
            if stored != said:
                differences.append(
                    Difference(
                        name,
                        "was issued with {what} {said}, and now has {stored}",
                        {"what": what, "said": said, "stored": stored},
                    )
                )
    differences += [Difference(obligation_name(lost), "was issued, but is not in storage") for lost in issued]
    differences += _moved_out_of_time(state, history)
    granted = history.named("LineGranted")
    for event in granted:
        held = state.lines.get(event["line"])
        if held is None or (held.bank, held.currency, held.utc_offset_quarter_hours, held.calendar) != (
            event["bank"],
            event["currency"],
            event["utcOffsetQuarterHours"],
            event["calendar"],
        ):
            differences.append(
                Difference(line_name(event["line"]), "is not as its bank {bank} granted it", {"bank": event["bank"]})
            )
    return Check(
        "invariant_6",
        "terms are as issued, and no maturity is after its line's expiry",
        {"obligations": len(state.obligations), "lines": len(granted)},
        tuple(differences),
    )


def _moved_out_of_time(state: LedgerState, history: History) -> Iterator[Difference]:
    """A payment of what is due before the day of maturity, or a movement from that day on."""
    moves = ("PieceOffered", "PieceFinanced", "PieceLocked", "PieceRedeemedEarly")
    for event in history.named(
        *moves, "PieceRedeemed", "PartRedeemed", "GuarantorPaid", "RecoursePaid", "PieceWrittenOff"
    ):
        obligation = state.obligations.get(event["piece"] >> 16)
        if obligation is None:
            continue  # said elsewhere
        today = local_day(history.times[event.block], obligation.utc_offset_quarter_hours)
        if (event.name in moves) == (today >= obligation.maturity_day):
            yield Difference(
                piece_name(event["piece"]),
                "{event} on day {today}, and its maturity is day {maturity}",
                {"event": event.name, "today": today, "maturity": obligation.maturity_day},
            )


def only_owners_move_pieces(
    state: LedgerState,
    history: History,
    register: KeyRegister,
    consents: SignedConsents,
    ordered: Mapping[str, frozenset[str]],
) -> Check:
    """7. Every movement's transaction was sent, or ordered by a signature, by a key of the party that passes on, at that
    time; whoever receives without an act of its own signed for it. ``ordered``: transaction → keys that ordered in it."""
    differences: list[Difference] = []
    counts: Counter[str] = Counter()
    acts = history.named(*_MOVED, *_ANSWERED, *_PAID, *_SAID)
    callers = history.callers(event.transaction for event in acts)
    drawn = _Draws(state, history)
    said = {(event.transaction, event["piece"], event.name): event for event in history.named(*_SAID, "SaleCompleted")}
    for event in acts:
        piece = state.pieces.get(event["piece"])
        if piece is None:
            differences.append(Difference(piece_name(event["piece"]), "was moved, but is not in storage"))
            continue
        counts["moved" if event.name in _MOVED else "redeemed" if event.name in _PAID else "answered"] += 1
        keys = callers[event.transaction] | ordered.get(event.transaction, frozenset())

        def acted(party: int, event: Event = event, keys: frozenset[str] = keys) -> bool:
            return register.any_of(keys, party, event)

        parent = state.pieces.get(piece.parent) if piece.parent else None
        giver = parent.owner if parent else piece.issuer
        if event.name == "PieceAccepted" and history.times[event.block] > piece.deadline and not drawn.consented(piece):
            differences.append(
                Difference(piece_name(piece.id), "was accepted after its deadline: silence is no consent")
            )
        if not _agreed(event, piece, parent, giver, acted, consents, drawn, said):
            differences.append(
                Difference(
                    piece_name(piece.id),
                    "{event} in transaction {transaction} without a key of the party that had to agree",
                    {"event": event.name, "transaction": event.transaction},
                )
            )
    return Check(
        "invariant_7",
        "nobody but the owner's registered key moved a piece",
        {"moved": counts["moved"], "answered": counts["answered"], "redeemed": counts["redeemed"],
         "signed_orders": sum(len(keys) for keys in ordered.values()), "keys": register.count},
        tuple(differences),
    )  # fmt: skip


#: Events that move a piece on, by whoever holds it.
_MOVED = ("PieceOffered", "PieceFinanced", "PieceLocked", "PieceWrittenOff")
#: Events of whoever receives.
_ANSWERED = ("PieceAccepted", "PieceRejected", "SaleCompleted", "LockReleased")
#: Events of who pays, or says that it was paid.
_PAID = ("PieceRedeemed", "PieceRedeemedEarly", "PartRedeemed", "GuarantorPaid", "RecoursePaid", "LossMadeGood")
#: What is said of a piece before another event follows from it.
_SAID = (
    "CashConfirmed", "CashAttested", "AttestationContested", "PaymentConfirmed", "PaymentAttested", "PaymentContested",
    "PaymentCompleted",
)  # fmt: skip


def _agreed(
    event: Event,
    piece: Piece,
    parent: Piece | None,
    giver: int,
    acted: Callable[[int], bool],
    consents: SignedConsents,
    drawn: _Draws,
    said: Mapping[tuple[str, int, str], Event],
) -> bool:
    """Whether who had to agree to an act did: by a transaction or order of its own, or by a signature that came along."""
    match event.name:
        case "PieceOffered":
            drawer = drawn.drawer(piece)
            return acted(giver if drawer is None else drawer)
        case "PieceFinanced" | "PieceLocked":
            by_fee_payer = not event["feePayer"] or consents.has(event["feePayer"], event)
            return acted(giver) and consents.has(event["bank"], event) and by_fee_payer
        case "PieceAccepted":
            return acted(piece.owner) or consents.has(piece.owner, event) or drawn.consented(piece)
        case "SaleCompleted":
            # The seller's word in the same transaction; or its account bank's, earlier, that nobody contested.
            attested = [one for (_, number, name), one in said.items() if (number, name) == (piece.id, "CashAttested")]
            contested = [
                one for (_, number, name), one in said.items() if (number, name) == (piece.id, "AttestationContested")
            ]
            confirmed = (event.transaction, piece.id, "CashConfirmed") in said
            return confirmed or (bool(attested) and not contested)
        case "CashConfirmed" | "AttestationContested":
            return acted(giver)
        case "CashAttested":
            return acted(event["attestor"]) and event["attestor"] != piece.owner
        case "PieceRedeemed" | "PartRedeemed" | "LossMadeGood":
            if event["cashToken"] != NO_TOKEN:
                return acted(piece.issuer)
            source = event.parent if event.name == "PartRedeemed" else piece.id
            return any((event.transaction, source, name) in said for name in ("PaymentConfirmed", "PaymentCompleted"))
        case "PaymentConfirmed":
            return acted(event["payee"])
        case "PaymentAttested":
            return acted(event["attestor"]) and event["attestor"] != piece.issuer
        case "PaymentContested":
            return acted(piece.owner)
        case "PaymentCompleted":
            return any(number == piece.id and name == "PaymentAttested" for _, number, name in said)
        case "PieceRedeemedEarly":
            return acted(piece.issuer) and consents.has(piece.owner, event)
        case "GuarantorPaid":
            return acted(event["guarantor"])
        case "RecoursePaid":
            return acted(event["payer"])
        case _:  # rejected, released, written off: by its owner
            return acted(piece.owner)


class _Draws:
    """Obligations that were drawn on an allotment: the drawer acts for all hops, and who is in the middle consented when it
    passed its allotment on."""

    def __init__(self, state: LedgerState, history: History) -> None:
        self._suppliers: dict[int, list[int]] = {}
        for event in history.named("Drawn"):
            way: list[int] = []
            allotment = state.allotments.get(event["allotment"])
            while allotment is not None and len(way) < len(state.allotments):
                way.insert(0, allotment.holder)
                allotment = state.allotments.get(allotment.parent or 0)
            self._suppliers[event["obligation"]] = way

    def drawer(self, piece: Piece) -> int | None:
        """Who drew the obligation, where the piece is of its first chain; None for any other piece."""
        way = self._suppliers.get(piece.obligation)
        return way[-1] if way and (piece.id & 0xFFFF) <= len(way) + 1 else None

    def consented(self, piece: Piece) -> bool:
        """Whether the piece went to a supplier in the middle, or to the drawer, in the order of their allotments."""
        way = self._suppliers.get(piece.obligation, [])
        place = piece.id & 0xFFFF
        return place <= len(way) and way[place - 1] == piece.owner


def cash_moved_with_the_piece(
    state: LedgerState, history: History, balances: Mapping[tuple[str, str], int | None]
) -> Check:
    """8. Each sale and each payment on chain moved its cash in the same transaction, payer to payee, and nothing else moved;
    the contracts hold no cash. ``balances``: (token, contract) → balance."""
    differences: list[Difference] = []
    accounts = Accounts(history)
    due: dict[str, Counter[tuple[str, str, str]]] = defaultdict(Counter)
    subjects: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    financed = redeemed = lent = 0
    for event in history.named("PieceFinanced", *_PAID):
        piece = state.pieces.get(event["piece"])
        if piece is None:
            continue  # invariant 7 says so
        if event["cashToken"] == NO_TOKEN:
            continue  # somebody says that it came
        for payer, payee, amount in _payments(state, event, piece):
            if event.name == "PieceFinanced":
                financed += amount
            else:
                redeemed += amount
            key = (event["cashToken"].lower(), accounts.of(payer, event), accounts.of(payee, event))
            due[event.transaction][key] += amount
            subjects[(event.transaction, *key)].append(piece_name(piece.id))
    for event, token, payer, payee, amount in _loan_payments(state, history):
        key = (token, accounts.of(payer, event), accounts.of(payee, event))
        lent += amount if event.name == "LoanDrawn" else 0
        due[event.transaction][key] += amount
        subjects[(event.transaction, *key)].append(f"loan {event['loan']}")
    for transaction, movements in history.cash(due).items():
        paid: Counter[tuple[str, str, str]] = Counter()
        for movement in movements:
            paid[movement.token, movement.payer, movement.payee] += movement.amount_minor
        for key in sorted(due[transaction].keys() | paid.keys()):
            if due[transaction][key] != paid[key]:
                moved = subjects[(transaction, *key)]
                differences.append(
                    Difference(
                        moved[0] if moved else f"transaction {transaction}",
                        "should move {due} from {payer} to {payee}, and moved {paid}, with {count} more in one transaction",
                        {
                            "due": due[transaction][key],
                            "paid": paid[key],
                            "payer": key[1],
                            "payee": key[2],
                            "count": max(0, len(moved) - 1),
                        },
                    )
                )
    for (token, contract), balance in balances.items():
        if balance is None:
            differences.append(
                Difference(f"contract {contract}", "may hold token {token}, which does not say", {"token": token})
            )
        elif balance:
            differences.append(
                Difference(
                    f"contract {contract}", "holds {balance} of token {token}", {"balance": balance, "token": token}
                )
            )
    return Check(
        "invariant_8",
        "cash and piece changed hands in one transaction, and no contract holds cash",
        {"financed_cash_minor": financed, "redeemed_cash_minor": redeemed, "lent_cash_minor": lent, "transactions": len(due),
         "held_by_contracts_minor": sum(balance or 0 for balance in balances.values())},
        tuple(differences),
    )  # fmt: skip


def _loan_payments(state: LedgerState, history: History) -> Iterator[tuple[Event, str, int, int, int]]:
    """(event, token, payer, payee, amount) of what loans moved on chain."""
    tokens = {event["loan"]: event["offer"][8].lower() for event in history.named("LoanOpened")}
    for event in history.named("LoanDrawn", "LoanRepaid", "SalePaid"):
        loan = state.loans.get(event["loan"])
        if loan is None:
            continue
        if event.name == "LoanDrawn":
            yield event, tokens[loan.id], loan.bank, loan.borrower, event["amountMinor"]
            continue
        if event["cashToken"] == NO_TOKEN:
            continue  # the bank says that it came
        amount = event["interestMinor"] + event["principalMinor"]
        invoice = state.evidence.get(event["invoice"]) if event.name == "SalePaid" else None
        yield event, event["cashToken"].lower(), invoice.buyer if invoice else loan.borrower, loan.bank, amount


def goods_secure_one_thing(
    state: LedgerState,
    history: History,
    register: KeyRegister,
    consents: SignedConsents,
    ordered: Mapping[str, frozenset[str]],
) -> Check:
    """9. Per lot: Σ live receipts ≤ what the keeper measured, at most one lien, and no receivable over goods that secure a
    loan; a lien is that of an open loan, which its bank signed and its borrower took, and ends by a sale only if the
    bank signed that too."""
    differences: list[Difference] = []
    live: dict[int, list[Receipt]] = defaultdict(list)
    for receipt in state.receipts.values():
        if receipt.state == _RECEIPT_LIVE:
            live[receipt.lot].append(receipt)
    receivables: Counter[int] = Counter()
    for evidence in state.evidence.values():
        if evidence.kind == INVOICE_KIND and evidence.lot:
            receivables[evidence.lot] += evidence.used_minor
    short = {int.from_bytes(event["lot"], "big") for event in history.named("StockShort")}
    for lot in state.lots.values():
        receipted = sum(receipt.quantity for receipt in live[lot.id])
        pledged = [receipt for receipt in live[lot.id] if receipt.loan]
        subject = f"lot {lot_name(lot.id)}"
        if (receipted, len(pledged)) != (lot.receipted, lot.liens):
            differences.append(
                Difference(
                    subject,
                    "counts {counted} in receipts and {liens} liens, but has {receipts} in live receipts and {pledged} liens",
                    {"counted": lot.receipted, "liens": lot.liens, "receipts": receipted, "pledged": len(pledged)},
                )
            )
        if receipted > lot.measured and lot.id not in short:
            differences.append(
                Difference(
                    subject,
                    "has receipts for {receipts}, and its keeper measured {measured}",
                    {"receipts": receipted, "measured": lot.measured},
                )
            )
        if len(pledged) > 1:
            differences.append(Difference(subject, "has more than one lien"))
        if pledged and receivables[lot.id]:
            differences.append(
                Difference(subject, "secures a loan, and backs receivables of {used}", {"used": receivables[lot.id]})
            )
        differences += _liens(state, pledged)
    on_goods = {loan.id: loan.bank for loan in state.loans.values() if loan.receipt}
    for event in history.named("SaleAssigned"):
        if event["loan"] in on_goods and not consents.has(on_goods[event["loan"]], event):
            differences.append(
                Difference(f"loan {event['loan']}", "came to rest on an invoice without its bank's signature")
            )
    callers = history.callers(event.transaction for event in history.named("LoanOpened"))
    for event in history.named("LoanOpened"):
        keys = callers[event.transaction] | ordered.get(event.transaction, frozenset())
        if not register.any_of(keys, event["borrower"], event) or not consents.has(event["bank"], event):
            differences.append(
                Difference(f"loan {event['loan']}", "was opened without its borrower's act or its bank's signature")
            )
    return Check(
        "invariant_9",
        "goods secure one thing, and receipts are within what was measured",
        {"lots": len(state.lots), "receipts": sum(map(len, live.values())),
         "liens": sum(lot.liens for lot in state.lots.values()), "loans": len(state.loans),
         "lent_minor": sum(loan.principal_minor for loan in state.loans.values())},
        tuple(differences),
    )  # fmt: skip


def _liens(state: LedgerState, pledged: Iterable[Receipt]) -> Iterator[Difference]:
    for receipt in pledged:
        loan = state.loans.get(receipt.loan)
        freed = LoanFlag.SOLD | LoanFlag.UNSECURED
        if loan is None or loan.status == _LOAN_CLOSED or loan.flags & freed or loan.receipt != receipt.id:
            yield Difference(
                f"receipt {receipt.id}", "secures loan {loan}, which has no lien on it", {"loan": receipt.loan}
            )
        elif loan.borrower != receipt.owner:
            yield Difference(f"receipt {receipt.id}", "secures a loan to another than its owner")


def _payments(state: LedgerState, event: Event, piece: Piece) -> list[tuple[int, int, int]]:
    """(payer, payee, amount) of what an event says was paid."""
    match event.name:
        case "PieceFinanced":
            parent = state.pieces.get(piece.parent or 0)
            seller, bank = parent.owner if parent else 0, piece.owner
            price, amount, fee_payer = event["priceMinor"], event["amountMinor"], event["feePayer"]
            if not fee_payer:
                return [(bank, seller, price)]
            # Another than the seller bears the discount: the seller gets all, and the bank what it paid too much.
            return [(bank, seller, amount), (fee_payer, bank, amount - price)]
        case "PieceRedeemedEarly":
            return [(piece.issuer, piece.owner, event["priceMinor"])]
        case "GuarantorPaid" | "RecoursePaid":
            return [(piece.owner, event["payee"], event["amountMinor"])]
        case _:
            return [(piece.issuer, event["payee"], event["amountMinor"])]


def _lent_on(history: History) -> Counter[int]:
    """Document → what loans use of it; what an invoice carries of its order, and what a buyer paid by it, stays used."""
    used: Counter[int] = Counter()
    resting: dict[int, tuple[int, int]] = {}
    for event in history.named("LoanOpened", "LoanDrawn", "LoanRepaid", "SaleAssigned", "SalePaid", "OrderFulfilled"):
        match event.name:
            case "LoanOpened":
                resting[event["loan"]] = event["offer"][1], event["offer"][2]
            case "LoanDrawn":
                used[event["evidence"]] += event["amountMinor"]
            case "LoanRepaid":
                used[event["evidence"]] -= event["releasedMinor"]
            case "SaleAssigned":
                receipt, document = resting[event["loan"]]
                if receipt:
                    used[document] -= event["restingMinor"]
                    used[event["invoice"]] += event["restingMinor"]
            case "SalePaid":
                used[event["invoice"]] += event["usedMinor"]
            case _:
                used[event["order"]] -= event["carriedMinor"]
                used[event["invoice"]] += event["carriedMinor"]
    return used


def _made_with(state: LedgerState) -> dict[int, int]:
    """Piece → the amount it was made with: what it still has and what its descendants have."""
    totals = {piece.id: piece.amount_minor for piece in state.pieces.values()}
    for piece in sorted(state.pieces.values(), key=lambda one: one.id, reverse=True):
        # Children come after their parents, so each child's total is complete when it is added.
        if piece.parent in totals and piece.state not in GIVEN_BACK_STATES:
            totals[piece.parent] += totals[piece.id]
    return totals


def _names(pieces: Iterable[int]) -> str:
    return ", ".join(str(PieceId.from_chain(piece)) for piece in _first(pieces, 5)) or "—"


def _first(pieces: Iterable[int], count: int) -> Iterator[int]:
    for number, piece in enumerate(pieces):
        if number == count:
            return
        yield piece
