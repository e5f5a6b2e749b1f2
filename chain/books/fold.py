"""The books are a fold of the contracts' events: one small function an event, nothing else ever writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from chain.errors import PearlError
from chain.identifiers import AllotmentId, LineId, ObligationId, PieceId
from chain.issuance.decoding import ChainEvent
from chain.issuance.words import STATES as STATES
from chain.money import chain_currency
from chain.store.tables import (
    allotments,
    backers,
    batches,
    claims,
    events,
    evidence,
    financing,
    guarantees,
    holds,
    keys,
    lines,
    loans,
    lots,
    obligations,
    parties,
    payments,
    pieces,
    receipts,
    sales,
)

LIVE = ("offered", "held", "locked", "on_hold")

#: All that the fold writes, which is nothing but the books.
BOOKS = (
    loans, receipts, lots, pieces, sales, holds, payments, claims, guarantees, obligations, evidence, batches,
    financing, allotments, backers, lines, keys, parties,
)  # fmt: skip

Arguments = dict[str, Any]
Fold = Callable[[Connection, Arguments, int], None]

#: Flags of an obligation, in the contracts' numbers.
_RECOURSE, _ATTESTED_ONLY = 4, 8


class EventUnknown(PearlError):
    message = "the books do not know what the event {name} of {contract} means"
    next_step = "use the version of this program that deployed the contracts"


def apply(connection: Connection, event: ChainEvent, timestamp: int) -> None:
    """Fold one event in. Raises EventUnknown: books that leave something out are no books."""
    handler = HANDLERS.get(event.name)
    if handler is not None:
        handler(connection, event.arguments, timestamp)
    elif event.name not in IRRELEVANT:
        raise EventUnknown(name=event.name, contract=event.contract)


def rebuild(connection: Connection) -> None:
    """Forget the books and fold all stored events again, in the chain's order."""
    for table in BOOKS:
        connection.execute(delete(table))
    in_order = select(events).order_by(events.c.block_number, events.c.log_index)
    for row in connection.execute(in_order).mappings().all():
        event = ChainEvent(
            row["contract"], row["name"], row["arguments"], row["block_number"], row["block_hash"], row["log_index"],
            row["transaction_hash"],
        )  # fmt: skip
        apply(connection, event, row["timestamp"])


# --- parties -------------------------------------------------------------------------------------------------------


def _party_registered(connection: Connection, a: Arguments, _: int) -> None:
    connection.execute(
        insert(parties).values(
            id=a["party"], account=a["account"], roles=a["roles"], group=a["group"],
            kyc_expiry_day=a["kycExpiryDay"], suspended=False, account_bank=a["accountBank"], issuance_stopped=False,
        )
    )  # fmt: skip
    _key_added(connection, a, _)


def _key_added(connection: Connection, a: Arguments, _: int) -> None:
    _give_key(connection, a["key"], a["party"])


def _key_removed(connection: Connection, a: Arguments, _: int) -> None:
    connection.execute(update(keys).where(keys.c.address == a["key"]).values(removed=True))


def _keys_recovered(connection: Connection, a: Arguments, _: int) -> None:
    """All keys are dead but the new one, and an announced change of account is taken back."""
    connection.execute(update(keys).where(keys.c.party == a["party"]).values(removed=True))
    _give_key(connection, a["newKey"], a["party"])
    _set_party(connection, a["party"], recovery_key=None, recovery_at=None, **_NO_ACCOUNT_CHANGE)


def _give_key(connection: Connection, key: str, party: int) -> None:
    """A key that was removed may join again, also another party."""
    connection.execute(delete(keys).where(keys.c.address == key))
    connection.execute(insert(keys).values(address=key, party=party, removed=False))


_NO_ACCOUNT_CHANGE = {"next_account": None, "next_account_bank": None, "account_changes_at": None}


def _account_change_proposed(connection: Connection, a: Arguments, _: int) -> None:
    _set_party(
        connection, a["party"], next_account=a["account"], next_account_bank=a["accountBank"],
        account_changes_at=a["effectiveAt"],
    )  # fmt: skip


def _account_changed(connection: Connection, a: Arguments, _: int) -> None:
    _set_party(connection, a["party"], account=a["account"], account_bank=a["accountBank"], **_NO_ACCOUNT_CHANGE)


def _recovery_proposed(connection: Connection, a: Arguments, _: int) -> None:
    _set_party(connection, a["party"], recovery_key=a["newKey"], recovery_at=None)


def _party_is(**columns: str | bool | None) -> Fold:
    """Columns of the party, to what they are from now on: the name of an argument, or a value."""

    def fold(connection: Connection, a: Arguments, _: int) -> None:
        values = {name: a[value] if isinstance(value, str) else value for name, value in columns.items()}
        _set_party(connection, a["party"], **values)

    return fold


def _set_party(connection: Connection, party: int, **values: Any) -> None:
    connection.execute(update(parties).where(parties.c.id == party).values(**values))


# --- lines ---------------------------------------------------------------------------------------------------------


def _line_granted(connection: Connection, a: Arguments, _: int) -> None:
    connection.execute(
        insert(lines).values(
            id=a["line"], bank=a["bank"], issuer=LineId.from_chain(a["line"]).issuer,
            currency=chain_currency(a["currency"]), limit_minor=a["limitMinor"], used_minor=0,
            expiry_day=a["expiryDay"], utc_offset_quarter_hours=a["utcOffsetQuarterHours"], suspended=False,
            allotted_minor=0, calendar=a["calendar"],
        )
    )  # fmt: skip


def _line_limit_changed(connection: Connection, a: Arguments, _: int) -> None:
    connection.execute(update(lines).where(lines.c.id == a["line"]).values(limit_minor=a["limitMinor"]))


def _line_suspended(flag: bool) -> Fold:
    def fold(connection: Connection, a: Arguments, _: int) -> None:
        connection.execute(update(lines).where(lines.c.id == a["line"]).values(suspended=flag))

    return fold


def _line_shared(connection: Connection, a: Arguments, _: int) -> None:
    connection.execute(insert(backers).values(line=a["line"], bank=a["bank"], basis_points=a["basisPoints"]))


def _use_line(connection: Connection, line: int, minor: int) -> None:
    connection.execute(update(lines).where(lines.c.id == line).values(used_minor=lines.c.used_minor + minor))


def _financing_limit_set(connection: Connection, a: Arguments, _: int) -> None:
    place = {"bank": a["bank"], "issuer": a["issuer"], "currency": chain_currency(a["currency"])}
    changed = connection.execute(update(financing).filter_by(**place).values(limit_minor=a["limitMinor"]))
    if changed.rowcount == 0:
        connection.execute(insert(financing).values(**place, limit_minor=a["limitMinor"], financed_minor=0))


def _finance(connection: Connection, bank: int, obligation: ObligationId, minor: int) -> None:
    currency = connection.execute(select(lines.c.currency).where(lines.c.id == obligation.line.chain)).scalar_one()
    connection.execute(
        update(financing)
        .filter_by(bank=bank, issuer=obligation.line.issuer, currency=currency)
        .values(financed_minor=financing.c.financed_minor + minor)
    )


# --- allotments ----------------------------------------------------------------------------------------------------


def _allotted(connection: Connection, a: Arguments, _: int) -> None:
    _insert_allotment(connection, a, 0, (a["instrument"], a["minTenorDays"], a["recourseAllowed"]))
    _promise(connection, AllotmentId.from_chain(a["allotment"]), a["amountMinor"])


def _allotment_passed(connection: Connection, a: Arguments, _: int) -> None:
    columns = allotments.c.instrument, allotments.c.min_tenor_days, allotments.c.recourse_allowed
    terms = connection.execute(select(*columns).where(allotments.c.id == a["parent"])).one()
    _insert_allotment(connection, a, a["parent"], tuple(terms))
    _add_to_allotment(connection, a["parent"], -a["amountMinor"])


def _insert_allotment(connection: Connection, a: Arguments, parent: int, terms: tuple[int, int, bool]) -> None:
    instrument, min_tenor_days, recourse_allowed = terms
    connection.execute(
        insert(allotments).values(
            id=a["allotment"], line=AllotmentId.from_chain(a["allotment"]).line.chain, holder=a["supplier"],
            parent=parent, amount_minor=a["amountMinor"], left_minor=a["amountMinor"], drawn_minor=0,
            expiry_day=a["expiryDay"], state="live", instrument=instrument, min_tenor_days=min_tenor_days,
            recourse_allowed=recourse_allowed,
        )
    )  # fmt: skip


def _allotment_ended(state: str) -> Fold:
    """Revoked or expired: what was left is the line's again, or that of the allotment which it was a part of."""

    def fold(connection: Connection, a: Arguments, _: int) -> None:
        is_own = allotments.c.id == a["allotment"]
        connection.execute(update(allotments).where(is_own).values(left_minor=0, state=state))
        if a.get("to"):
            _add_to_allotment(connection, a["to"], a["freedMinor"])
        else:
            _promise(connection, AllotmentId.from_chain(a["allotment"]), -a["freedMinor"])

    return fold


def _drawn(connection: Connection, a: Arguments, _: int) -> None:
    """The issue itself, and its pieces, are told by events of their own."""
    _add_to_allotment(connection, a["allotment"], -a["amountMinor"])
    is_own = allotments.c.id == a["allotment"]
    connection.execute(update(allotments).where(is_own).values(drawn_minor=allotments.c.drawn_minor + a["amountMinor"]))
    _promise(connection, AllotmentId.from_chain(a["allotment"]), -a["amountMinor"])


def _add_to_allotment(connection: Connection, allotment: int, minor: int) -> None:
    is_own = allotments.c.id == allotment
    connection.execute(update(allotments).where(is_own).values(left_minor=allotments.c.left_minor + minor))


def _promise(connection: Connection, allotment: AllotmentId, minor: int) -> None:
    is_own = lines.c.id == allotment.line.chain
    connection.execute(update(lines).where(is_own).values(allotted_minor=lines.c.allotted_minor + minor))


# --- evidence ------------------------------------------------------------------------------------------------------


def _order_fulfilled(connection: Connection, a: Arguments, _: int) -> None:
    """The order's face and use are less, and the invoice carries of the use what it can."""
    face = evidence.c.face_minor - a["fulfilledMinor"]
    connection.execute(update(evidence).where(evidence.c.id == a["order"]).values(face_minor=face))
    _use_evidence(connection, a["order"], -a["carriedMinor"])
    _use_evidence(connection, a["invoice"], a["carriedMinor"])


def _evidence_credited(connection: Connection, a: Arguments, _: int) -> None:
    own = update(evidence).where(evidence.c.id == a["evidence"])
    connection.execute(own.values(credited_minor=a["creditedMinor"], cancelled=a["cancelled"]))


def _batch_registered(connection: Connection, a: Arguments, _: int) -> None:
    connection.execute(
        insert(batches).values(
            root=a["root"], buyer=a["buyer"], attestor=a["attestor"], count=a["count"], admitted=0,
            valid_until=a["validUntil"],
        )
    )  # fmt: skip


def _batch_admitted(connection: Connection, a: Arguments, _: int) -> None:
    buyer = select(evidence.c.buyer).where(evidence.c.id == a["evidence"]).scalar_subquery()
    own = update(batches).where(batches.c.root == a["root"], batches.c.buyer == buyer)
    connection.execute(own.values(admitted=batches.c.admitted + 1))


def _batch_closed(connection: Connection, a: Arguments, _: int) -> None:
    own = update(batches).where(batches.c.root == a["root"], batches.c.buyer == a["buyer"])
    connection.execute(own.values(valid_until=0))


def _evidence_registered(connection: Connection, a: Arguments, _: int) -> None:
    connection.execute(
        insert(evidence).values(
            id=a["evidence"], identity=a["identity"], commitment=a["commitment"], buyer=a["buyer"],
            seller=a["seller"], kind=a["kind"], currency=chain_currency(a["currency"]), face_minor=a["faceMinor"],
            used_minor=0, delivery_day=a["deliveryDay"], credited_minor=0, cancelled=False, attestor=a["attestor"],
            lot=a["lot"] if int(a["lot"], 16) else None,
        )
    )  # fmt: skip


def _use_evidence(connection: Connection, identifier: int, minor: int) -> None:
    connection.execute(
        update(evidence).where(evidence.c.id == identifier).values(used_minor=evidence.c.used_minor + minor)
    )


# --- a piece's life ------------------------------------------------------------------------------------------------


def _issued(connection: Connection, a: Arguments, timestamp: int) -> None:
    identifier = ObligationId.from_chain(a["obligation"])
    connection.execute(
        insert(obligations).values(
            id=identifier.chain, line=identifier.line.chain, issuer=identifier.line.issuer, instrument=a["instrument"],
            maturity_day=a["maturityDay"], rulebook_version=a["rulebookVersion"], face_minor=a["faceMinor"],
            live_minor=a["faceMinor"], overdue=False, issued_at=timestamp, recourse=bool(a["flags"] & _RECOURSE),
            attested_only=bool(a["flags"] & _ATTESTED_ONLY), loss_minor=0,
        )
    )  # fmt: skip
    _use_line(connection, identifier.line.chain, a["faceMinor"])


def _piece_offered(connection: Connection, a: Arguments, timestamp: int) -> None:
    """Made and waiting for consent; what a signature that came along accepted is told by the next event."""
    piece = PieceId.from_chain(a["piece"])
    parent = PieceId(piece.obligation, a["parentIndex"]).chain if a["parentIndex"] else 0
    _cut(
        connection, a | {"parent": parent}, timestamp, owner=a["owner"], evidence=a["evidence"],
        use_index=a["useIndex"], state="offered", deadline=a["deadline"],
    )  # fmt: skip
    _use_evidence(connection, a["evidence"], a["amountMinor"])


def _piece_accepted(connection: Connection, a: Arguments, _: int) -> None:
    _set_piece(connection, PieceId.from_chain(a["piece"]), state="held")


def _piece_returned(state: str) -> Fold:
    """Rejected or expired: a transfer gives back to its parent, an issue voids; evidence is free again either way."""

    def fold(connection: Connection, a: Arguments, timestamp: int) -> None:
        identifier = PieceId.from_chain(a["piece"])
        row = _piece(connection, identifier)
        _use_evidence(connection, row["evidence"], -row["amount_minor"])
        if row["parent"]:
            _give_back(connection, identifier, row, state, timestamp)
        else:
            _set_piece(connection, identifier, state="voided", closed_at=timestamp)
            _end_live(connection, identifier.obligation, row["amount_minor"])

    return fold


def _give_back(connection: Connection, piece: PieceId, row: dict[str, Any], state: str, timestamp: int) -> None:
    _add_to_piece(connection, PieceId(piece.obligation, row["parent"]), row["amount_minor"])
    _set_piece(connection, piece, state=state, amount_minor=0, closed_at=timestamp)


# --- sales to banks ------------------------------------------------------------------------------------------------


def _piece_sold(state: str) -> Fold:
    """A bank's new piece, held where its cash moved with it, locked where it moves off chain."""

    def fold(connection: Connection, a: Arguments, timestamp: int) -> None:
        piece = PieceId.from_chain(a["piece"])
        parent = _cut(
            connection, a, timestamp, owner=a["bank"], state=state, financed=True, price_minor=a["priceMinor"],
            deadline=a.get("deadline", 0),
        )  # fmt: skip
        _finance(connection, a["bank"], piece.obligation, a["amountMinor"])
        if state == "held":
            _unfinance(connection, piece.obligation, parent, a["amountMinor"])
        connection.execute(
            insert(sales).values(
                **_place(piece), fee_payer=a["feePayer"], cash_token=a.get("cashToken"),
                registration_number=a["registrationNumber"], description_hash=a["descriptionHash"], contested=False,
            )
        )  # fmt: skip

    return fold


def _cash_attested(connection: Connection, a: Arguments, _: int) -> None:
    _set_sale(connection, a, attestor=a["attestor"], contestable_until=a["contestableUntil"])


def _attestation_contested(connection: Connection, a: Arguments, _: int) -> None:
    _set_sale(connection, a, contested=True)


def _sale_completed(connection: Connection, a: Arguments, _: int) -> None:
    piece = PieceId.from_chain(a["piece"])
    row = _piece(connection, piece)
    _set_piece(connection, piece, state="held")
    parent = _piece(connection, PieceId(piece.obligation, row["parent"]))
    _unfinance(connection, piece.obligation, parent, row["amount_minor"])


def _sale_undone(state: str) -> Fold:
    """The locked amount is back in the parent, and the bank may finance as much again."""

    def fold(connection: Connection, a: Arguments, timestamp: int) -> None:
        piece = PieceId.from_chain(a["piece"])
        row = _piece(connection, piece)
        _unfinance(connection, piece.obligation, row, row["amount_minor"])
        _give_back(connection, piece, row, state, timestamp)
        _set_piece(connection, piece, financed=False)

    return fold


def _unfinance(connection: Connection, obligation: ObligationId, row: dict[str, Any], minor: int) -> None:
    """So much less of the piece counts against the limit of a bank that bought it."""
    if row["financed"]:
        _finance(connection, row["owner"], obligation, -minor)


def _set_sale(connection: Connection, a: Arguments, **values: Any) -> None:
    place = _place(PieceId.from_chain(a["piece"]))
    connection.execute(update(sales).filter_by(**place).values(**values))


# --- payment -------------------------------------------------------------------------------------------------------


def _piece_redeemed(connection: Connection, a: Arguments, timestamp: int) -> None:
    piece = PieceId.from_chain(a["piece"])
    row = _piece(connection, piece)
    _set_piece(connection, piece, state="redeemed", closed_at=timestamp)
    _unfinance(connection, piece.obligation, row, row["amount_minor"])
    _end_live(connection, piece.obligation, row["amount_minor"])


def _part_redeemed(connection: Connection, a: Arguments, timestamp: int) -> None:
    """What was paid of a piece is one of its own, its owner's, and redeemed at once."""
    piece = PieceId.from_chain(a["piece"])
    owner = _piece(connection, PieceId.from_chain(a["parent"]))["owner"]
    parent = _cut(connection, a, timestamp, owner=owner, state="redeemed", payment=True, closed_at=timestamp)
    _unfinance(connection, piece.obligation, parent, a["amountMinor"])
    _end_live(connection, piece.obligation, a["amountMinor"])


def _paid_by(payer: str) -> Fold:
    """Somebody paid in the issuer's place, and holds what it paid for."""

    def fold(connection: Connection, a: Arguments, timestamp: int) -> None:
        piece = PieceId.from_chain(a["piece"])
        parent = _cut(connection, a, timestamp, owner=a[payer], state="held", payment=True)
        _unfinance(connection, piece.obligation, parent, a["amountMinor"])
        if payer == "guarantor":
            own = {"obligation": piece.obligation.chain, "guarantor": a["guarantor"]}
            paid = guarantees.c.paid_minor + a["amountMinor"]
            connection.execute(update(guarantees).filter_by(**own).values(paid_minor=paid))

    return fold


def _payment_attested(connection: Connection, a: Arguments, _: int) -> None:
    place = _place(PieceId.from_chain(a["piece"]))
    connection.execute(delete(payments).filter_by(**place))
    connection.execute(
        insert(payments).values(
            **place, attestor=a["attestor"], amount_minor=a["amountMinor"], contestable_until=a["contestableUntil"],
            contested=False,
        )
    )  # fmt: skip


def _payment_contested(connection: Connection, a: Arguments, _: int) -> None:
    place = _place(PieceId.from_chain(a["piece"]))
    connection.execute(update(payments).filter_by(**place).values(contested=True))


def _payment_settled(connection: Connection, a: Arguments, _: int) -> None:
    """What was attested is forgotten; what was paid is told by the event that follows."""
    connection.execute(delete(payments).filter_by(**_place(PieceId.from_chain(a["piece"]))))


# --- no payment ----------------------------------------------------------------------------------------------------


def _overdue(connection: Connection, a: Arguments, _: int) -> None:
    _set_obligation(connection, a["obligation"], overdue=True, overdue_day=a["day"])


def _cured(connection: Connection, a: Arguments, _: int) -> None:
    _set_obligation(connection, a["obligation"], overdue=False)


def _written_off(connection: Connection, a: Arguments, timestamp: int) -> None:
    """Owed to nobody any more; but the line stays used, so that a loss frees no headroom."""
    piece = PieceId.from_chain(a["piece"])
    row = _piece(connection, piece)
    _set_piece(connection, piece, state="written_off", closed_at=timestamp)
    _unfinance(connection, piece.obligation, row, row["amount_minor"])
    _set_obligation(
        connection, piece.obligation.chain, live_minor=obligations.c.live_minor - a["amountMinor"],
        loss_minor=obligations.c.loss_minor + a["amountMinor"],
    )  # fmt: skip


def _made_good(connection: Connection, a: Arguments, timestamp: int) -> None:
    piece = PieceId.from_chain(a["piece"])
    _set_piece(connection, piece, state="redeemed", closed_at=timestamp)
    loss = obligations.c.loss_minor - a["amountMinor"]
    _set_obligation(connection, piece.obligation.chain, loss_minor=loss)
    _use_line(connection, piece.obligation.line.chain, -a["amountMinor"])


def _guaranteed(connection: Connection, a: Arguments, _: int) -> None:
    connection.execute(
        insert(guarantees).values(
            obligation=a["obligation"], guarantor=a["guarantor"], basis_points=a["basisPoints"], paid_minor=0
        )
    )


def _recourse_claimed(connection: Connection, a: Arguments, timestamp: int) -> None:
    """A claim that is made again, for what is left, takes the place of the one before."""
    place = _place(PieceId.from_chain(a["piece"])) | {"ancestor": PieceId.from_chain(a["ancestor"]).index}
    connection.execute(delete(claims).filter_by(**place))
    connection.execute(
        insert(claims).values(**place, against=a["against"], amount_minor=a["amountMinor"], claimed_at=timestamp)
    )


# --- holds ---------------------------------------------------------------------------------------------------------


def _hold(**columns: str | bool | None) -> Fold:
    """What of a hold is so from now on: the name of an argument, a value, or None for no more."""

    def fold(connection: Connection, a: Arguments, timestamp: int) -> None:
        place = _place(PieceId.from_chain(a["piece"]))
        values = {name: a[value] if isinstance(value, str) else value for name, value in columns.items()}
        if "disputant" in values:
            values["disputed_at"] = timestamp if values["disputant"] else None
        changed = connection.execute(update(holds).filter_by(**place).values(**values))
        if changed.rowcount == 0:
            connection.execute(insert(holds).values(**({"returned": False} | place | values)))
        nothing = (holds.c.disputant.is_(None), holds.c.court.is_(None), ~holds.c.returned)
        connection.execute(delete(holds).filter_by(**place).where(*nothing))

    return fold


# --- goods in store, and loans -------------------------------------------------------------------------------------


def _lot_measured(connection: Connection, a: Arguments, _: int) -> None:
    """A confirmation of what was found before is void."""
    values = {"measured": a["quantity"], "confirmer": None}
    changed = connection.execute(update(lots).where(lots.c.lot == a["lot"]).values(**values))
    if changed.rowcount == 0:
        place = {"lot": a["lot"], "keeper": a["keeper"], "depositor": a["depositor"]}
        connection.execute(insert(lots).values(**place, **values))


def _measurement_confirmed(connection: Connection, a: Arguments, _: int) -> None:
    connection.execute(update(lots).where(lots.c.lot == a["lot"]).values(confirmer=a["confirmer"]))


def _receipt_issued(connection: Connection, a: Arguments, _: int) -> None:
    connection.execute(
        insert(receipts).values(
            id=a["receipt"], lot=a["lot"], evidence=a["evidence"], quantity=a["quantity"], owner=a["owner"],
            withdrawn=False,
        )
    )  # fmt: skip


def _receipt_is(**columns: str | bool | None) -> Fold:
    def fold(connection: Connection, a: Arguments, _: int) -> None:
        values = {name: a[value] if isinstance(value, str) else value for name, value in columns.items()}
        connection.execute(update(receipts).where(receipts.c.id == a["receipt"]).values(**values))

    return fold


def _loan_opened(connection: Connection, a: Arguments, _: int) -> None:
    offer = a["offer"]
    connection.execute(
        insert(loans).values(
            id=a["loan"], borrower=a["borrower"], bank=a["bank"], kind=offer["kind"], receipt=offer["receipt"],
            evidence=offer["evidence"], currency=chain_currency(offer["currency"]), limit_minor=offer["limitMinor"],
            principal_minor=0, interest_paid_minor=0, annual_rate_micros=offer["annualRateMicros"],
            day_count_basis=offer["dayCountBasis"], maturity_day=offer["maturityDay"], offer_hash=a["offerHash"],
            state="open", sold=False, unsecured=False,
        )
    )  # fmt: skip


def _loan_drawn(connection: Connection, a: Arguments, _: int) -> None:
    _set_loan(connection, a["loan"], principal_minor=loans.c.principal_minor + a["amountMinor"])
    _use_evidence(connection, a["evidence"], a["amountMinor"])


def _loan_paid(connection: Connection, a: Arguments, _: int) -> None:
    """By the borrower, which gives the document back; or by the buyer of the invoice, which stays used, and more of it."""
    _set_loan(
        connection, a["loan"], principal_minor=loans.c.principal_minor - a["principalMinor"],
        interest_paid_minor=loans.c.interest_paid_minor + a["interestMinor"],
    )  # fmt: skip
    if "invoice" in a:
        _use_evidence(connection, a["invoice"], a["usedMinor"])
    else:
        _use_evidence(connection, a["evidence"], -a["releasedMinor"])


def _sale_assigned(connection: Connection, a: Arguments, _: int) -> None:
    """The invoice is used instead of the receipt's document; of an order's use it has taken over as much before."""
    own = select(loans.c.receipt, loans.c.evidence).where(loans.c.id == a["loan"])
    receipt, document = connection.execute(own).one()
    if receipt:
        _use_evidence(connection, document, -a["restingMinor"])
        _use_evidence(connection, a["invoice"], a["restingMinor"])
    _set_loan(connection, a["loan"], evidence=a["invoice"], sold=True)


def _draws_ended(connection: Connection, a: Arguments, _: int) -> None:
    _set_loan(connection, a["loan"], limit_minor=a["principalMinor"])


def _loan_is(**values: Any) -> Fold:
    def fold(connection: Connection, a: Arguments, _: int) -> None:
        _set_loan(connection, a["loan"], **values)

    return fold


def _set_loan(connection: Connection, loan: int, **values: Any) -> None:
    connection.execute(update(loans).where(loans.c.id == loan).values(**values))


# --- parts ---------------------------------------------------------------------------------------------------------


def _cut(connection: Connection, a: Arguments, timestamp: int, **values: Any) -> dict[str, Any]:
    """Make ``a["piece"]`` with ``amountMinor`` taken out of its parent, which is returned as it was; {} for an issue.

    ``values`` are the columns that differ from a piece that nothing is known of.
    """
    piece = PieceId.from_chain(a["piece"])
    parent_id = PieceId.from_chain(a["parent"]) if a["parent"] else None
    parent = _piece(connection, parent_id) if parent_id else {}
    if parent_id:
        _add_to_piece(connection, parent_id, -a["amountMinor"])
    plain = {
        "evidence": 0, "use_index": 0, "deadline": 0, "price_minor": None, "financed": False, "payment": False,
        "hops": parent.get("hops", 0) + 1, "tier": parent.get("tier", 0) + bool(values.get("evidence")),
    }  # fmt: skip
    connection.execute(
        insert(pieces).values(
            **_place(piece), parent=parent_id.index if parent_id else 0, amount_minor=a["amountMinor"],
            initial_minor=a["amountMinor"], created_at=timestamp, **(plain | values),
        )
    )  # fmt: skip
    return parent


def _end_live(connection: Connection, obligation: ObligationId, minor: int) -> None:
    _set_obligation(connection, obligation.chain, live_minor=obligations.c.live_minor - minor)
    _use_line(connection, obligation.line.chain, -minor)


def _set_obligation(connection: Connection, obligation: int, **values: Any) -> None:
    connection.execute(update(obligations).where(obligations.c.id == obligation).values(**values))


def _piece(connection: Connection, piece: PieceId) -> dict[str, Any]:
    statement = select(pieces).filter_by(**_place(piece))
    return dict(connection.execute(statement).mappings().one())


def _set_piece(connection: Connection, piece: PieceId, **values: Any) -> None:
    connection.execute(update(pieces).filter_by(**_place(piece)).values(**values))


def _add_to_piece(connection: Connection, piece: PieceId, minor: int) -> None:
    _set_piece(connection, piece, amount_minor=pieces.c.amount_minor + minor)


def _place(piece: PieceId) -> dict[str, int]:
    return {"obligation": piece.obligation.chain, "index": piece.index}


HANDLERS: dict[str, Fold] = {
    "PartyRegistered": _party_registered,
    "KeyAdded": _key_added,
    "KeyRemoved": _key_removed,
    "KeysRecovered": _keys_recovered,
    "PartySuspended": _party_is(suspended=True),
    "PartyReinstated": _party_is(suspended=False),
    "PartyRenewed": _party_is(kyc_expiry_day="kycExpiryDay"),
    "PartyRegrouped": _party_is(group="group"),
    "IssuanceStopped": _party_is(issuance_stopped=True),
    "IssuanceResumed": _party_is(issuance_stopped=False),
    "AccountChangeProposed": _account_change_proposed,
    "AccountChangeCancelled": _party_is(**_NO_ACCOUNT_CHANGE),
    "AccountChanged": _account_changed,
    "RecoveryProposed": _recovery_proposed,
    "RecoveryApproved": _party_is(recovery_at="effectiveAt"),
    "RecoveryVetoed": _party_is(recovery_key=None, recovery_at=None),
    "LineGranted": _line_granted,
    "LineLimitChanged": _line_limit_changed,
    "LineSuspended": _line_suspended(True),
    "LineResumed": _line_suspended(False),
    "LineShared": _line_shared,
    "FinancingLimitSet": _financing_limit_set,
    "Allotted": _allotted,
    "AllotmentPassed": _allotment_passed,
    "AllotmentRevoked": _allotment_ended("revoked"),
    "AllotmentExpired": _allotment_ended("expired"),
    "Drawn": _drawn,
    "EvidenceRegistered": _evidence_registered,
    "OrderFulfilled": _order_fulfilled,
    "EvidenceCredited": _evidence_credited,
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
    "ObligationCured": _cured,
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
    "MeasurementConfirmed": _measurement_confirmed,
    "ReceiptIssued": _receipt_issued,
    "ReceiptTransferred": _receipt_is(owner="to"),
    "ReceiptWithdrawn": _receipt_is(withdrawn=True),
    "ReceiptPledged": _receipt_is(loan="loan"),
    "ReceiptReleased": _receipt_is(loan=None),
    "LoanOpened": _loan_opened,
    "LoanDrawn": _loan_drawn,
    "LoanRepaid": _loan_paid,
    "SalePaid": _loan_paid,
    "SaleAssigned": _sale_assigned,
    "DrawsEnded": _draws_ended,
    "LienGivenUp": _loan_is(unsecured=True),
    "LoanDefaulted": _loan_is(state="defaulted"),
    "LoanClosed": _loan_is(state="closed"),
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
