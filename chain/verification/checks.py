"""Invariants 1 to 8, checked from storage words and events alone. Each function is one check.

Numbers and wording are those of `docs/invariants.md`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from chain.identifiers import LineId, ObligationId, PieceId
from chain.verification.history import History
from chain.verification.keys import KeyRegister
from chain.verification.ledger import LedgerState
from chain.verification.report import Check, Difference
from chain.verification.signatures import SignedConsents
from chain.verification.words import GIVEN_BACK_STATES, INVOICE_KIND, Piece, PieceState, Role, financing_name

#: A piece that was made is in one of these.
_STATES = frozenset(PieceState) - {PieceState.NONE}


def piece_name(identifier: int) -> str:
    return f"piece {PieceId.from_chain(identifier)}"


def obligation_name(identifier: int) -> str:
    return f"obligation {ObligationId.from_chain(identifier)}"


def line_name(identifier: int) -> str:
    return f"line {LineId.from_chain(identifier)}"


def face_is_the_sum_of_its_pieces(state: LedgerState) -> Check:
    """1. Per obligation: face = live + redeemed + voided + written off, and its live counter is Σ live pieces."""
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
    figures: dict[str, int | str] = {
        "obligations": len(state.obligations),
        "pieces": len(state.pieces),
        "face_minor": sum(obligation.face_minor for obligation in state.obligations.values()),
        "live_minor": sum(obligation.live_minor for obligation in state.obligations.values()),
    }
    figures |= {f"{kind.name.lower()}_minor": by_state[kind] for kind in PieceState if by_state[kind]}
    return Check("invariant_1", "face = live + redeemed + voided + written off", figures, tuple(differences))


def lines_hold_their_limits(state: LedgerState) -> Check:
    """2. Per line: used = Σ live pieces ≤ limit. Per bank, issuer and currency: financed = Σ pieces it holds ≤ limit."""
    differences: list[Difference] = []
    used: Counter[int] = Counter()
    held: Counter[tuple[int, int, int]] = Counter()
    for piece in state.pieces.values():
        if not piece.is_live:
            continue
        line = state.lines[piece.id >> 40]
        used[line.id] += piece.amount_minor
        if piece.is_financed:
            held[piece.owner, line.issuer, line.currency] += piece.amount_minor
    for line in state.lines.values():
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
        "financing_limit_minor": sum(row.limit_minor for row in state.financing.values()),
        "financed_minor": sum(row.financed_minor for row in state.financing.values()),
    }
    return Check("invariant_2", "lines and financing stay within their limits", figures, tuple(differences))


def evidence_backs_no_more_than_its_face(
    state: LedgerState, history: History, register: KeyRegister, consents: SignedConsents
) -> Check:
    """3. Per document: what it backs ≤ its confirmed face, which its buyer signed; its counter = what the pieces that
    name it were made with.

    A piece keeps its evidence when it passes parts on, so it was made with its amount and all that descends from it.
    """
    backed: Counter[int] = Counter()
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
                    "counts {counted} as used, but pieces {names} were made with {backed}",
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
                    "has a face of {face}, but pieces {names} were made with {backed}",
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
        if not register.any_of(consents.of(event), event["buyer"], event):
            differences.append(
                Difference(f"evidence {event['evidence']}", "has no valid signature of its buyer, party {buyer}", {
                    "buyer": event["buyer"]})
            )  # fmt: skip
    figures: dict[str, int | str] = {
        "documents": len(state.evidence),
        "face_minor": sum(evidence.face_minor for evidence in state.evidence.values()),
        "used_minor": sum(evidence.used_minor for evidence in state.evidence.values()),
        "backed_minor": sum(backed.values()),
    }
    return Check("invariant_3", "no document backs more than its confirmed face", figures, tuple(differences))


def every_hop_has_its_own_ground(state: LedgerState, history: History) -> Check:
    """4. A trade hop names an invoice whose buyer passes on and whose seller receives, for what was delivered by then; a
    cash hop names none, ends at a bank and has a registration."""
    differences = [*_prepayments(state, history)]
    for event in history.named("PieceFinanced"):
        if not any(event["registration"]):
            differences.append(Difference(piece_name(event["piece"]), "was financed without a registration"))
    trade = cash = 0
    for piece in state.pieces.values():
        name = piece_name(piece.id)
        parent = state.pieces.get(piece.parent) if piece.parent else None
        if piece.parent and parent is None:
            continue  # invariant 5 says so
        giver = parent.owner if parent else piece.issuer
        if not piece.evidence:
            cash += 1
            owner = state.parties.get(piece.owner)
            if parent is None or owner is None or Role.BANK not in owner.roles:
                differences.append(Difference(name, "has no evidence, and is no sale to a bank"))
            continue
        trade += 1
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
        "every trade hop has its own evidence, and every cash hop goes to a bank",
        {"trade_hops": trade, "cash_hops": cash},
        tuple(differences),
    )


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
            ("maturity", obligation.maturity_day, event["maturityDay"]),
            ("instrument", obligation.instrument, event["instrument"]),
            ("rulebook", obligation.rulebook_version, event["rulebookVersion"]),
            ("face", obligation.face_minor, event["faceMinor"]),
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
        if held is None or (held.bank, held.currency, held.utc_offset_quarter_hours) != (
            event["bank"],
            event["currency"],
            event["utcOffsetQuarterHours"],
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
    """Redemption before the day of maturity, or a movement from that day on."""
    for event in history.named("PieceOffered", "PieceFinanced", "PieceRedeemed"):
        obligation = state.obligations.get(event["piece"] >> 16)
        if obligation is None:
            continue  # said elsewhere
        today = local_day(history.times[event.block], obligation.utc_offset_quarter_hours)
        if (event.name == "PieceRedeemed") != (today >= obligation.maturity_day):
            yield Difference(
                piece_name(event["piece"]),
                "{event} on day {today}, and its maturity is day {maturity}",
                {"event": event.name, "today": today, "maturity": obligation.maturity_day},
            )


def only_owners_move_pieces(
    state: LedgerState, history: History, register: KeyRegister, consents: SignedConsents
) -> Check:
    """7. Every movement's transaction was sent by a key of the party that passes on, at that time; whoever receives
    without a transaction of its own signed for it."""
    differences: list[Difference] = []
    moved = accepted = paid = 0
    acts = history.named("PieceOffered", "PieceAccepted", "PieceRejected", "PieceFinanced", "PieceRedeemed")
    callers = history.callers(event.transaction for event in acts)
    for event in acts:
        piece = state.pieces.get(event["piece"])
        if piece is None:
            differences.append(Difference(piece_name(event["piece"]), "was moved, but is not in storage"))
            continue
        parent = state.pieces.get(piece.parent) if piece.parent else None
        giver = parent.owner if parent else piece.issuer
        signed = consents.of(event)
        keys = callers[event.transaction]
        if event.name == "PieceOffered":
            moved += 1
            agreed = register.any_of(keys, giver, event)
        elif event.name == "PieceFinanced":
            moved += 1
            agreed = register.any_of(keys, giver, event) and register.any_of(signed, piece.owner, event)
        elif event.name == "PieceRedeemed":
            paid += 1
            agreed = register.any_of(keys, piece.issuer, event)
        else:
            accepted += 1
            agreed = register.any_of(keys | signed, piece.owner, event)
        if event.name == "PieceAccepted" and history.times[event.block] > piece.deadline:
            differences.append(
                Difference(piece_name(piece.id), "was accepted after its deadline: silence is no consent")
            )
        if not agreed:
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
        {"moved": moved, "answered": accepted, "redeemed": paid, "keys": register.count},
        tuple(differences),
    )


def cash_moved_with_the_piece(
    state: LedgerState, history: History, balances: Mapping[tuple[str, str], int | None]
) -> Check:
    """8. Each sale and each redemption paid its price in the same transaction, payer to payee, and nothing else moved;
    the contracts hold no cash. ``balances``: (token, contract) → balance."""
    differences: list[Difference] = []
    due: dict[str, Counter[tuple[str, str, str]]] = defaultdict(Counter)
    pieces: dict[tuple[str, str, str, str], list[int]] = defaultdict(list)
    financed = redeemed = 0
    for event in history.named("PieceFinanced", "PieceRedeemed"):
        piece = state.pieces.get(event["piece"])
        if piece is None:
            continue  # invariant 7 says so
        if event.name == "PieceFinanced":
            parent = state.pieces.get(piece.parent or 0)
            payer, payee, amount = piece.owner, parent.owner if parent else 0, event["priceMinor"]
            financed += amount
        else:
            payer, payee, amount = piece.issuer, piece.owner, event["amountMinor"]
            redeemed += amount
        key = (event["cashToken"].lower(), _account(state, payer), _account(state, payee))
        due[event.transaction][key] += amount
        pieces[(event.transaction, *key)].append(piece.id)
    for transaction, movements in history.cash(due).items():
        paid: Counter[tuple[str, str, str]] = Counter()
        for movement in movements:
            paid[movement.token, movement.payer, movement.payee] += movement.amount_minor
        for key in sorted(due[transaction].keys() | paid.keys()):
            if due[transaction][key] != paid[key]:
                moved = pieces[(transaction, *key)]
                differences.append(
                    Difference(
                        piece_name(moved[0]) if moved else f"transaction {transaction}",
                        "should move {due} from {payer} to {payee}, and moved {paid} (pieces {names})",
                        {
                            "due": due[transaction][key],
                            "paid": paid[key],
                            "payer": key[1],
                            "payee": key[2],
                            "names": _names(moved),
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
        {"financed_cash_minor": financed, "redeemed_cash_minor": redeemed, "transactions": len(due),
         "held_by_contracts_minor": sum(balance or 0 for balance in balances.values())},
        tuple(differences),
    )  # fmt: skip


def local_day(unix_seconds: int, utc_offset_quarter_hours: int) -> int:
    """Days since 1970-01-01 in a time zone."""
    return (unix_seconds + utc_offset_quarter_hours * 900) // 86_400


def _made_with(state: LedgerState) -> dict[int, int]:
    """Piece → the amount it was made with: what it still has and what its descendants have."""
    totals = {piece.id: piece.amount_minor for piece in state.pieces.values()}
    for piece in sorted(state.pieces.values(), key=lambda one: one.id, reverse=True):
        # Children come after their parents, so each child's total is complete when it is added.
        if piece.parent in totals and piece.state not in GIVEN_BACK_STATES:
            totals[piece.parent] += totals[piece.id]
    return totals


def _account(state: LedgerState, party: int) -> str:
    known = state.parties.get(party)
    return known.account if known else "nobody"


def _names(pieces: Iterable[int]) -> str:
    return ", ".join(str(PieceId.from_chain(piece)) for piece in _first(pieces, 5)) or "—"


def _first(pieces: Iterable[int], count: int) -> Iterator[int]:
    for number, piece in enumerate(pieces):
        if number == count:
            return
        yield piece
