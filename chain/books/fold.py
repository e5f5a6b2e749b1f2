"""The books are a fold of the contracts' events: one small function an event, nothing else ever writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chain.books.unit_of_work import Row, Rows, UnitOfWork
from chain.errors import PearlError
from chain.identifiers import AllotmentId, LineId, ObligationId
from chain.issuance.roles import BANK
from chain.issuance.words import STATES as STATES
from chain.money import chain_currency

LIVE = ("offered", "held", "locked", "on_hold")

Arguments = dict[str, Any]
Fold = Callable[[UnitOfWork, Arguments, int], None]

#: Flags of an obligation, in the contracts' numbers.
_RECOURSE, _ATTESTED_ONLY = 4, 8


class EventUnknown(PearlError):
    message = "the books do not know what the event {name} of {contract} means"
    next_step = "use the version of this program that deployed the contracts"


def handler(contract: str, name: str) -> Fold | None:
    """What folds an event in; None where the books do not change. Raises EventUnknown: books that leave something out are
    no books."""
    found = HANDLERS.get(name)
    if found is None and name not in IRRELEVANT:
        raise EventUnknown(name=name, contract=contract)
    return found


# --- parties -------------------------------------------------------------------------------------------------------


def _party_registered(books: UnitOfWork, a: Arguments, timestamp: int) -> None:
    books.parties.add(
        id=a["party"], account=a["account"], roles=a["roles"], group=a["group"], kyc_expiry_day=a["kycExpiryDay"],
        suspended=False, account_bank=a["accountBank"], issuance_stopped=False,
    )  # fmt: skip
    if a["roles"] & BANK:
        books.banks.add(a["party"])
    books.party_groups.add(party=a["party"], since_block=books.block, group=a["group"])
    _key_added(books, a, timestamp)


def _party_regrouped(books: UnitOfWork, a: Arguments, _: int) -> None:
    _set(books.parties, a["party"], group=a["group"])
    books.party_groups.put(party=a["party"], since_block=books.block, group=a["group"])


def _key_added(books: UnitOfWork, a: Arguments, _: int) -> None:
    """A key that was removed may join again, also another party."""
    books.keys.put(address=a["key"], party=a["party"], removed=False)


def _key_removed(books: UnitOfWork, a: Arguments, _: int) -> None:
    _set(books.keys, a["key"], removed=True)


def _keys_recovered(books: UnitOfWork, a: Arguments, timestamp: int) -> None:
    """All keys are dead but the new one, and an announced change of account is taken back."""
    for key in books.keys.of(a["party"]):
        _set(books.keys, key, removed=True)
    _key_added(books, {"key": a["newKey"], "party": a["party"]}, timestamp)
    _set(books.parties, a["party"], recovery_key=None, recovery_at=None, **_NO_ACCOUNT_CHANGE)


_NO_ACCOUNT_CHANGE = {"next_account": None, "next_account_bank": None, "account_changes_at": None}


def _account_change_proposed(books: UnitOfWork, a: Arguments, _: int) -> None:
    _set(
        books.parties, a["party"], next_account=a["account"], next_account_bank=a["accountBank"],
        account_changes_at=a["effectiveAt"],
    )  # fmt: skip


def _account_changed(books: UnitOfWork, a: Arguments, _: int) -> None:
    _set(books.parties, a["party"], account=a["account"], account_bank=a["accountBank"], **_NO_ACCOUNT_CHANGE)


def _recovery_proposed(books: UnitOfWork, a: Arguments, _: int) -> None:
    _set(books.parties, a["party"], recovery_key=a["newKey"], recovery_at=None)


def _is(table: str, argument: str, **columns: str | bool | None) -> Fold:
    """Columns of the row that an argument names, to what they are from now on: the name of an argument, or a value."""
    told = {column: name for column, name in columns.items() if isinstance(name, str)}

    def fold(books: UnitOfWork, a: Arguments, _: int) -> None:
        row = books.tables[table].open(a[argument])
        row.update(columns)
        for column, name in told.items():
            row[column] = a[name]

    return fold


# --- lines ---------------------------------------------------------------------------------------------------------


def _line_granted(books: UnitOfWork, a: Arguments, _: int) -> None:
    books.lines.add(
        id=a["line"], bank=a["bank"], issuer=LineId.from_chain(a["line"]).issuer, currency=chain_currency(a["currency"]),
        limit_minor=a["limitMinor"], used_minor=0, expiry_day=a["expiryDay"],
        utc_offset_quarter_hours=a["utcOffsetQuarterHours"], suspended=False, allotted_minor=0, calendar=a["calendar"],
    )  # fmt: skip


def _line_shared(books: UnitOfWork, a: Arguments, _: int) -> None:
    books.backers.add(line=a["line"], bank=a["bank"], basis_points=a["basisPoints"])
    books.lines.open(a["line"])  # whose unused part is others' from now on


def _financing_limit_set(books: UnitOfWork, a: Arguments, _: int) -> None:
    place = a["bank"], a["issuer"], chain_currency(a["currency"])
    if books.financing.find(place) is None:
        books.financing.add(bank=place[0], issuer=place[1], currency=place[2], limit_minor=0, financed_minor=0)
    _set(books.financing, place, limit_minor=a["limitMinor"])


def _finance(books: UnitOfWork, bank: int, obligation: int, minor: int) -> None:
    line = books.lines[obligation >> 24]
    _add(books.financing, (bank, line["issuer"], line["currency"]), "financed_minor", minor)


# --- allotments ----------------------------------------------------------------------------------------------------


def _allotted(books: UnitOfWork, a: Arguments, _: int) -> None:
    _add_allotment(books, a, 0, a["instrument"], a["minTenorDays"], a["recourseAllowed"])
    _promise(books, a["allotment"], a["amountMinor"])


def _allotment_passed(books: UnitOfWork, a: Arguments, _: int) -> None:
    parent = books.allotments.open(a["parent"])
    _add_allotment(books, a, a["parent"], parent["instrument"], parent["min_tenor_days"], parent["recourse_allowed"])
    parent["left_minor"] -= a["amountMinor"]


def _add_allotment(
    books: UnitOfWork, a: Arguments, parent: int, instrument: int, min_tenor_days: int, recourse_allowed: bool
) -> None:
    books.allotments.add(
        id=a["allotment"], line=AllotmentId.from_chain(a["allotment"]).line.chain, holder=a["supplier"], parent=parent,
        amount_minor=a["amountMinor"], left_minor=a["amountMinor"], drawn_minor=0, expiry_day=a["expiryDay"],
        state="live", instrument=instrument, min_tenor_days=min_tenor_days, recourse_allowed=recourse_allowed,
    )  # fmt: skip


def _allotment_ended(state: str) -> Fold:
    """Revoked or expired: what was left is the line's again, or that of the allotment which it was a part of."""

    def fold(books: UnitOfWork, a: Arguments, _: int) -> None:
        _set(books.allotments, a["allotment"], left_minor=0, state=state)
        if a.get("to"):
            _add(books.allotments, a["to"], "left_minor", a["freedMinor"])
        else:
            _promise(books, a["allotment"], -a["freedMinor"])

    return fold


def _drawn(books: UnitOfWork, a: Arguments, _: int) -> None:
    """The issue itself, and its pieces, are told by events of their own."""
    row = books.allotments.open(a["allotment"])
    row["left_minor"] -= a["amountMinor"]
    row["drawn_minor"] += a["amountMinor"]
    _promise(books, a["allotment"], -a["amountMinor"])


def _promise(books: UnitOfWork, allotment: int, minor: int) -> None:
    _add(books.lines, AllotmentId.from_chain(allotment).line.chain, "allotted_minor", minor)


# --- evidence ------------------------------------------------------------------------------------------------------


def _order_fulfilled(books: UnitOfWork, a: Arguments, _: int) -> None:
    """The order's face and use are less, and the invoice carries of the use what it can."""
    _add(books.evidence, a["order"], "face_minor", -a["fulfilledMinor"])
    _use_evidence(books, a["order"], -a["carriedMinor"])
    _use_evidence(books, a["invoice"], a["carriedMinor"])


def _batch_registered(books: UnitOfWork, a: Arguments, _: int) -> None:
    books.batches.add(
        root=a["root"], buyer=a["buyer"], attestor=a["attestor"], count=a["count"], admitted=0,
        valid_until=a["validUntil"],
    )  # fmt: skip


def _batch_admitted(books: UnitOfWork, a: Arguments, _: int) -> None:
    _add(books.batches, (a["root"], books.evidence[a["evidence"]]["buyer"]), "admitted", 1)


def _batch_closed(books: UnitOfWork, a: Arguments, _: int) -> None:
    _set(books.batches, (a["root"], a["buyer"]), valid_until=0)


def _evidence_registered(books: UnitOfWork, a: Arguments, _: int) -> None:
    books.evidence.add(
        id=a["evidence"], identity=a["identity"], commitment=a["commitment"], buyer=a["buyer"], seller=a["seller"],
        kind=a["kind"], currency=chain_currency(a["currency"]), face_minor=a["faceMinor"], used_minor=0,
        delivery_day=a["deliveryDay"], credited_minor=0, cancelled=False, attestor=a["attestor"],
        lot=a["lot"] if int(a["lot"], 16) else None,
    )  # fmt: skip


def _use_evidence(books: UnitOfWork, identifier: int, minor: int) -> None:
    books.evidence.open(identifier)["used_minor"] += minor


# --- a piece's life ------------------------------------------------------------------------------------------------


def _issued(books: UnitOfWork, a: Arguments, timestamp: int) -> None:
    identifier = ObligationId.from_chain(a["obligation"])
    books.obligations.add(
        id=identifier.chain, line=identifier.line.chain, issuer=identifier.line.issuer, instrument=a["instrument"],
        maturity_day=a["maturityDay"], rulebook_version=a["rulebookVersion"], face_minor=a["faceMinor"],
        live_minor=a["faceMinor"], overdue=False, issued_at=timestamp, recourse=bool(a["flags"] & _RECOURSE),
        attested_only=bool(a["flags"] & _ATTESTED_ONLY), loss_minor=0,
    )  # fmt: skip
    _add(books.lines, identifier.line.chain, "used_minor", a["faceMinor"])


def _piece_offered(books: UnitOfWork, a: Arguments, timestamp: int) -> None:
    """Made and waiting for consent; what a signature that came along accepted is told by the next event."""
    _cut(
        books, a["piece"], a["parentIndex"], a["amountMinor"], timestamp, owner=a["owner"], evidence=a["evidence"],
        use_index=a["useIndex"], state="offered", deadline=a["deadline"],
    )  # fmt: skip
    _use_evidence(books, a["evidence"], a["amountMinor"])


def _piece_accepted(books: UnitOfWork, a: Arguments, _: int) -> None:
    books.pieces.open(_place(a["piece"]))["state"] = "held"


def _piece_returned(state: str) -> Fold:
    """Rejected or expired: a transfer gives back to its parent, an issue voids; evidence is free again either way."""

    def fold(books: UnitOfWork, a: Arguments, timestamp: int) -> None:
        row = books.pieces.open(_place(a["piece"]))
        _use_evidence(books, row["evidence"], -row["amount_minor"])
        if row["parent"]:
            _give_back(books, row, state, timestamp)
        else:
            row.update(state="voided", closed_at=timestamp)
            _end_live(books, row["obligation"], row["amount_minor"])

    return fold


def _give_back(books: UnitOfWork, row: Row, state: str, timestamp: int) -> None:
    _add(books.pieces, (row["obligation"], row["parent"]), "amount_minor", row["amount_minor"])
    row.update(state=state, amount_minor=0, closed_at=timestamp)


# --- sales to banks ------------------------------------------------------------------------------------------------


def _piece_sold(state: str) -> Fold:
    """A bank's new piece, held where its cash moved with it, locked where it moves off chain."""

    def fold(books: UnitOfWork, a: Arguments, timestamp: int) -> None:
        obligation, index = _place(a["piece"])
        parent = _cut(
            books, a["piece"], a["parent"] & 0xFFFF, a["amountMinor"], timestamp, owner=a["bank"], state=state,
            financed=True, price_minor=a["priceMinor"], deadline=a.get("deadline", 0),
        )  # fmt: skip
        _finance(books, a["bank"], obligation, a["amountMinor"])
        if state == "held":
            _unfinance(books, parent, a["amountMinor"])
        books.sales.add(
            obligation=obligation, index=index, fee_payer=a["feePayer"], cash_token=a.get("cashToken"),
            registration_number=a["registrationNumber"], description_hash=a["descriptionHash"], contested=False,
        )  # fmt: skip

    return fold


def _cash_attested(books: UnitOfWork, a: Arguments, _: int) -> None:
    _set(books.sales, _place(a["piece"]), attestor=a["attestor"], contestable_until=a["contestableUntil"])


def _attestation_contested(books: UnitOfWork, a: Arguments, _: int) -> None:
    _set(books.sales, _place(a["piece"]), contested=True)


def _sale_completed(books: UnitOfWork, a: Arguments, _: int) -> None:
    row = books.pieces.open(_place(a["piece"]))
    row["state"] = "held"
    _unfinance(books, books.pieces[row["obligation"], row["parent"]], row["amount_minor"])


def _sale_undone(state: str) -> Fold:
    """The locked amount is back in the parent, and the bank may finance as much again."""

    def fold(books: UnitOfWork, a: Arguments, timestamp: int) -> None:
        row = books.pieces.open(_place(a["piece"]))
        _unfinance(books, row, row["amount_minor"])
        _give_back(books, row, state, timestamp)
        row["financed"] = False

    return fold


def _unfinance(books: UnitOfWork, row: Row | None, minor: int) -> None:
    """So much less of the piece counts against the limit of a bank that bought it."""
    if row is not None and row["financed"]:
        _finance(books, row["owner"], row["obligation"], -minor)


# --- payment -------------------------------------------------------------------------------------------------------


def _piece_redeemed(books: UnitOfWork, a: Arguments, timestamp: int) -> None:
    row = books.pieces.open(_place(a["piece"]))
    row.update(state="redeemed", closed_at=timestamp)
    _unfinance(books, row, row["amount_minor"])
    _end_live(books, row["obligation"], row["amount_minor"])


def _part_redeemed(books: UnitOfWork, a: Arguments, timestamp: int) -> None:
    """What was paid of a piece is one of its own, its owner's, and redeemed at once."""
    owner = books.pieces[_place(a["parent"])]["owner"]
    parent = _cut(
        books, a["piece"], a["parent"] & 0xFFFF, a["amountMinor"], timestamp, owner=owner, state="redeemed",
        payment=True, closed_at=timestamp,
    )  # fmt: skip
    _unfinance(books, parent, a["amountMinor"])
    _end_live(books, _place(a["piece"])[0], a["amountMinor"])


def _paid_by(payer: str) -> Fold:
    """Somebody paid in the issuer's place, and holds what it paid for."""

    def fold(books: UnitOfWork, a: Arguments, timestamp: int) -> None:
        parent = _cut(
            books, a["piece"], a["parent"] & 0xFFFF, a["amountMinor"], timestamp, owner=a[payer], state="held",
            payment=True,
        )  # fmt: skip
        _unfinance(books, parent, a["amountMinor"])
        if payer == "guarantor":
            own = _place(a["piece"])[0], a["guarantor"]
            _add(books.guarantees, own, "paid_minor", a["amountMinor"])

    return fold


def _payment_attested(books: UnitOfWork, a: Arguments, _: int) -> None:
    obligation, index = _place(a["piece"])
    books.payments.put(
        obligation=obligation, index=index, attestor=a["attestor"], amount_minor=a["amountMinor"],
        contestable_until=a["contestableUntil"], contested=False,
    )  # fmt: skip


def _payment_contested(books: UnitOfWork, a: Arguments, _: int) -> None:
    _set(books.payments, _place(a["piece"]), contested=True)


def _payment_settled(books: UnitOfWork, a: Arguments, _: int) -> None:
    """What was attested is forgotten; what was paid is told by the event that follows."""
    books.payments.drop(_place(a["piece"]))


# --- no payment ----------------------------------------------------------------------------------------------------


def _overdue(books: UnitOfWork, a: Arguments, _: int) -> None:
    _set(books.obligations, a["obligation"], overdue=True, overdue_day=a["day"])


def _written_off(books: UnitOfWork, a: Arguments, timestamp: int) -> None:
    """Owed to nobody any more; but the line stays used, so that a loss frees no headroom."""
    row = books.pieces.open(_place(a["piece"]))
    row.update(state="written_off", closed_at=timestamp)
    _unfinance(books, row, row["amount_minor"])
    obligation = books.obligations.open(row["obligation"])
    obligation["live_minor"] -= a["amountMinor"]
    obligation["loss_minor"] += a["amountMinor"]


def _made_good(books: UnitOfWork, a: Arguments, timestamp: int) -> None:
    row = books.pieces.open(_place(a["piece"]))
    row.update(state="redeemed", closed_at=timestamp)
    _add(books.obligations, row["obligation"], "loss_minor", -a["amountMinor"])
    _add(books.lines, row["obligation"] >> 24, "used_minor", -a["amountMinor"])


def _guaranteed(books: UnitOfWork, a: Arguments, _: int) -> None:
    books.guarantees.add(
        obligation=a["obligation"], guarantor=a["guarantor"], basis_points=a["basisPoints"], paid_minor=0
    )


def _recourse_claimed(books: UnitOfWork, a: Arguments, timestamp: int) -> None:
    """A claim that is made again, for what is left, takes the place of the one before."""
    obligation, index = _place(a["piece"])
    books.claims.put(
        obligation=obligation, index=index, ancestor=_place(a["ancestor"])[1], against=a["against"],
        amount_minor=a["amountMinor"], claimed_at=timestamp,
    )  # fmt: skip


# --- holds ---------------------------------------------------------------------------------------------------------


def _hold(**columns: str | bool | None) -> Fold:
    """What of a hold is so from now on: the name of an argument, a value, or None for no more."""

    def fold(books: UnitOfWork, a: Arguments, timestamp: int) -> None:
        place = _place(a["piece"])
        values = {name: a[value] if isinstance(value, str) else value for name, value in columns.items()}
        if "disputant" in values:
            values["disputed_at"] = timestamp if values["disputant"] else None
        if books.holds.find(place) is None:
            books.holds.put(obligation=place[0], index=place[1], returned=False)
        row = books.holds.open(place)
        row.update(values)
        if row["disputant"] is None and row["court"] is None and not row["returned"]:
            books.holds.drop(place)

    return fold


# --- goods in store, and loans -------------------------------------------------------------------------------------


def _lot_measured(books: UnitOfWork, a: Arguments, _: int) -> None:
    """A confirmation of what was found before is void."""
    if books.lots.find(a["lot"]) is None:
        books.lots.add(lot=a["lot"], keeper=a["keeper"], depositor=a["depositor"])
    _set(books.lots, a["lot"], measured=a["quantity"], confirmer=None)


def _receipt_issued(books: UnitOfWork, a: Arguments, _: int) -> None:
    books.receipts.add(
        id=a["receipt"], lot=a["lot"], evidence=a["evidence"], quantity=a["quantity"], owner=a["owner"], withdrawn=False
    )


def _loan_opened(books: UnitOfWork, a: Arguments, _: int) -> None:
    offer = a["offer"]
    books.loans.add(
        id=a["loan"], borrower=a["borrower"], bank=a["bank"], kind=offer["kind"], receipt=offer["receipt"],
        evidence=offer["evidence"], currency=chain_currency(offer["currency"]), limit_minor=offer["limitMinor"],
        principal_minor=0, interest_paid_minor=0, annual_rate_micros=offer["annualRateMicros"],
        day_count_basis=offer["dayCountBasis"], maturity_day=offer["maturityDay"], offer_hash=a["offerHash"],
        state="open", sold=False, unsecured=False,
    )  # fmt: skip


def _loan_drawn(books: UnitOfWork, a: Arguments, _: int) -> None:
    _add(books.loans, a["loan"], "principal_minor", a["amountMinor"])
    _use_evidence(books, a["evidence"], a["amountMinor"])


def _loan_paid(books: UnitOfWork, a: Arguments, _: int) -> None:
    """By the borrower, which gives the document back; or by the buyer of the invoice, which stays used, and more of it."""
    row = books.loans.open(a["loan"])
    row["principal_minor"] -= a["principalMinor"]
    row["interest_paid_minor"] += a["interestMinor"]
    if "invoice" in a:
        _use_evidence(books, a["invoice"], a["usedMinor"])
    else:
        _use_evidence(books, a["evidence"], -a["releasedMinor"])


def _sale_assigned(books: UnitOfWork, a: Arguments, _: int) -> None:
    """The invoice is used instead of the receipt's document; of an order's use it has taken over as much before."""
    row = books.loans.open(a["loan"])
    if row["receipt"]:
        _use_evidence(books, row["evidence"], -a["restingMinor"])
        _use_evidence(books, a["invoice"], a["restingMinor"])
    row.update(evidence=a["invoice"], sold=True)


def _loan_is(state: str) -> Fold:
    def fold(books: UnitOfWork, a: Arguments, _: int) -> None:
        _set(books.loans, a["loan"], state=state)

    return fold


# --- parts ---------------------------------------------------------------------------------------------------------


def _cut(
    books: UnitOfWork, piece: int, parent_index: int, minor: int, timestamp: int, *, owner: int, state: str,
    evidence: int = 0, use_index: int = 0, deadline: int = 0, price_minor: int | None = None, financed: bool = False,
    payment: bool = False, closed_at: int | None = None,
) -> Row | None:  # fmt: skip
    """Make a piece with ``minor`` taken out of its parent, which is returned; None for an issue."""
    obligation, index = _place(piece)
    parent = books.pieces.open((obligation, parent_index)) if parent_index else None
    hops, tier = (parent["hops"], parent["tier"]) if parent else (0, 0)
    if parent:
        parent["amount_minor"] -= minor
    books.pieces.add(
        obligation=obligation, index=index, parent=parent_index, owner=owner,
        giver=parent["owner"] if parent else ObligationId.from_chain(obligation).line.issuer, amount_minor=minor,
        initial_minor=minor, evidence=evidence, hops=hops + 1, tier=tier + bool(evidence), state=state, deadline=deadline,
        price_minor=price_minor, created_at=timestamp, closed_at=closed_at, use_index=use_index, financed=financed,
        payment=payment,
    )  # fmt: skip
    return parent


def _end_live(books: UnitOfWork, obligation: int, minor: int) -> None:
    books.obligations.open(obligation)["live_minor"] -= minor
    books.lines.open(obligation >> 24)["used_minor"] -= minor


def _set(rows: Rows, key: Any, **values: Any) -> None:
    rows.open(key).update(values)


def _add(rows: Rows, key: Any, column: str, amount: int) -> None:
    rows.open(key)[column] += amount


def _place(piece: int) -> tuple[int, int]:
    """Key of a piece: its obligation, and its index there (`PieceId`)."""
    return piece >> 16, piece & 0xFFFF


HANDLERS: dict[str, Fold] = {
    "PartyRegistered": _party_registered,
    "KeyAdded": _key_added,
    "KeyRemoved": _key_removed,
    "KeysRecovered": _keys_recovered,
    "PartySuspended": _is("parties", "party", suspended=True),
    "PartyReinstated": _is("parties", "party", suspended=False),
    "PartyRenewed": _is("parties", "party", kyc_expiry_day="kycExpiryDay"),
    "PartyRegrouped": _party_regrouped,
    "IssuanceStopped": _is("parties", "party", issuance_stopped=True),
    "IssuanceResumed": _is("parties", "party", issuance_stopped=False),
    "AccountChangeProposed": _account_change_proposed,
    "AccountChangeCancelled": _is("parties", "party", **_NO_ACCOUNT_CHANGE),
    "AccountChanged": _account_changed,
    "RecoveryProposed": _recovery_proposed,
    "RecoveryApproved": _is("parties", "party", recovery_at="effectiveAt"),
    "RecoveryVetoed": _is("parties", "party", recovery_key=None, recovery_at=None),
    "LineGranted": _line_granted,
    "LineLimitChanged": _is("lines", "line", limit_minor="limitMinor"),
    "LineSuspended": _is("lines", "line", suspended=True),
    "LineResumed": _is("lines", "line", suspended=False),
    "LineShared": _line_shared,
    "FinancingLimitSet": _financing_limit_set,
    "Allotted": _allotted,
    "AllotmentPassed": _allotment_passed,
    "AllotmentRevoked": _allotment_ended("revoked"),
    "AllotmentExpired": _allotment_ended("expired"),
    "Drawn": _drawn,
    "EvidenceRegistered": _evidence_registered,
    "OrderFulfilled": _order_fulfilled,
    "EvidenceCredited": _is("evidence", "evidence", credited_minor="creditedMinor", cancelled="cancelled"),
    "BatchRegistered": _batch_registered,
    "BatchAdmitted": _batch_admitted,
    "BatchClosed": _batch_closed,
    "Issued": _issued,
    "PieceOffered": _piece_offered,
    "PieceAccepted": _piece_accepted,
    "PieceRejected": _piece_returned("rejected"),
    "PieceExpired": _piece_returned("expired"),
    "PieceFinanced": _piece_sold("held"),
    "PieceLocked": _piece_sold("locked"),
    "CashAttested": _cash_attested,
    "AttestationContested": _attestation_contested,
    "SaleCompleted": _sale_completed,
    "PieceUnlocked": _sale_undone("expired"),
    "LockReleased": _sale_undone("rejected"),
    "PieceRedeemed": _piece_redeemed,
    "PieceRedeemedEarly": _piece_redeemed,
    "PartRedeemed": _part_redeemed,
    "PaymentAttested": _payment_attested,
    "PaymentContested": _payment_contested,
    "PaymentConfirmed": _payment_settled,
    "PaymentCompleted": _payment_settled,
    "GuarantorPaid": _paid_by("guarantor"),
    "RecoursePaid": _paid_by("payer"),
    "ObligationOverdue": _overdue,
    "ObligationCured": _is("obligations", "obligation", overdue=False),
    "PieceWrittenOff": _written_off,
    "LossMadeGood": _made_good,
    "ObligationGuaranteed": _guaranteed,
    "RecourseClaimed": _recourse_claimed,
    "PieceDisputed": _hold(disputant="disputant"),
    "DisputeEnded": _hold(disputant=None),
    "PieceHeldForReturn": _hold(returned=True),
    "ReturnHoldEnded": _hold(returned=False),
    "CourtHeld": _hold(court="court"),
    "CourtReleased": _hold(court=None),
    "LotMeasured": _lot_measured,
    "MeasurementConfirmed": _is("lots", "lot", confirmer="confirmer"),
    "ReceiptIssued": _receipt_issued,
    "ReceiptTransferred": _is("receipts", "receipt", owner="to"),
    "ReceiptWithdrawn": _is("receipts", "receipt", withdrawn=True),
    "ReceiptPledged": _is("receipts", "receipt", loan="loan"),
    "ReceiptReleased": _is("receipts", "receipt", loan=None),
    "LoanOpened": _loan_opened,
    "LoanDrawn": _loan_drawn,
    "LoanRepaid": _loan_paid,
    "SalePaid": _loan_paid,
    "SaleAssigned": _sale_assigned,
    "DrawsEnded": _is("loans", "loan", limit_minor="principalMinor"),
    "LienGivenUp": _is("loans", "loan", unsecured=True),
    "LoanDefaulted": _loan_is("defaulted"),
    "LoanClosed": _loan_is("closed"),
}

#: Events that change nothing which the books say; they are kept with all others, and read where somebody asks for them.
IRRELEVANT = frozenset(
    {
        # explorers' events, which repeat the ledger's own, and movements of deposit money
        "Transfer", "TransferValue", "SlotChanged", "Approval",
        # what is said beside an event that is folded
        "CashConfirmed", "IssuerPersistentlyOverdue", "PromiseRecounted", "StockShort", "RepaymentAttested",
        # what binds a later act, and is asked of the contracts then
        "RulesEnacted", "HolidaysSet", "TokenApproved", "TenorReviewed", "GroupCapSet", "LineShareOffered",
        # how an act came on chain
        "FormAdded", "OrderExecuted", "OrderFailed", "OrderCancelled",
        # who has the roles of the authority
        "AuthorityUpdated", "OperationScheduled", "OperationExecuted", "OperationCanceled", "RoleLabel", "RoleGranted",
        "RoleRevoked", "RoleAdminChanged", "RoleGuardianChanged", "RoleGrantDelayChanged", "TargetClosed",
        "TargetFunctionRoleUpdated", "TargetAdminDelayUpdated", "EIP712DomainChanged",
    }
)  # fmt: skip
