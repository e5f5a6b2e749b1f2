"""The books are a fold of the contracts' events: one small function an event, nothing else ever writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from chain.identifiers import LineId, ObligationId, PieceId
from chain.issuance.contracts import ChainEvent
from chain.money import chain_currency
from chain.errors import PearlError
from chain.store.tables import (
    events,
    evidence,
    financing,
    holds,
    keys,
    lines,
    obligations,
    parties,
    pieces,
    sales,
)

#: States of a piece, in the contracts' numbers.
STATES = (
    "none", "offered", "held", "locked", "on_hold", "redeemed", "rejected", "expired", "voided", "written_off",
)  # fmt: skip
LIVE = ("offered", "held", "locked", "on_hold")

#: All that the fold writes, which is nothing but the books.
BOOKS = (pieces, sales, holds, obligations, evidence, financing, lines, keys, parties)

Arguments = dict[str, Any]


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


def _party_is(**columns: str | bool | None) -> Callable[[Connection, Arguments, int], None]:
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
        )
    )  # fmt: skip


def _line_limit_changed(connection: Connection, a: Arguments, _: int) -> None:
    connection.execute(update(lines).where(lines.c.id == a["line"]).values(limit_minor=a["limitMinor"]))


def _line_suspended(flag: bool) -> Callable[[Connection, Arguments, int], None]:
    def fold(connection: Connection, a: Arguments, _: int) -> None:
        connection.execute(update(lines).where(lines.c.id == a["line"]).values(suspended=flag))

    return fold


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


# --- evidence ------------------------------------------------------------------------------------------------------


def _evidence_registered(connection: Connection, a: Arguments, _: int) -> None:
    connection.execute(
        insert(evidence).values(
            id=a["evidence"], identity=a["identity"], commitment=a["commitment"], buyer=a["buyer"],
            seller=a["seller"], kind=a["kind"], currency=chain_currency(a["currency"]), face_minor=a["faceMinor"],
            used_minor=0, delivery_day=a["deliveryDay"],
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
            live_minor=a["faceMinor"], overdue=False, issued_at=timestamp,
        )
    )  # fmt: skip
    _use_line(connection, identifier.line.chain, a["faceMinor"])


def _piece_offered(connection: Connection, a: Arguments, timestamp: int) -> None:
    piece = PieceId.from_chain(a["piece"])
    hops = tier = 1
    parent_index = 0
    if a["parent"]:
        parent_id = PieceId.from_chain(a["parent"])
        parent, parent_index = _piece(connection, parent_id), parent_id.index
        hops, tier = parent["hops"] + 1, parent["tier"] + 1
        _add_to_piece(connection, parent_id, -a["amountMinor"])
    _insert_piece(connection, piece, parent_index, a["recipient"], a["amountMinor"], a["evidence"], hops, tier,
                  "offered", a["deadline"], None, timestamp)  # fmt: skip
    _use_evidence(connection, a["evidence"], a["amountMinor"])


def _piece_accepted(connection: Connection, a: Arguments, _: int) -> None:
    _set_piece(connection, PieceId.from_chain(a["piece"]), state="held")


def _piece_returned(state: str) -> Callable[[Connection, Arguments, int], None]:
    """Rejected or expired: a transfer gives back to its parent, an issue voids; evidence is free again either way."""

    def fold(connection: Connection, a: Arguments, timestamp: int) -> None:
        identifier = PieceId.from_chain(a["piece"])
        row = _piece(connection, identifier)
        _use_evidence(connection, row["evidence"], -row["amount_minor"])
        if row["parent"]:
            _add_to_piece(connection, PieceId(identifier.obligation, row["parent"]), row["amount_minor"])
            _set_piece(connection, identifier, state=state, amount_minor=0, closed_at=timestamp)
        else:
            _set_piece(connection, identifier, state="voided", closed_at=timestamp)
            _end_live(connection, identifier.obligation, row["amount_minor"])

    return fold


def _piece_financed(connection: Connection, a: Arguments, timestamp: int) -> None:
    piece = PieceId.from_chain(a["piece"])
    parent_id = PieceId.from_chain(a["parent"])
    parent = _piece(connection, parent_id)
    _add_to_piece(connection, parent_id, -a["amountMinor"])
    _insert_piece(connection, piece, parent_id.index, a["bank"], a["amountMinor"], 0, parent["hops"] + 1,
                  parent["tier"], "held", 0, a["priceMinor"], timestamp)  # fmt: skip
    if parent["evidence"] == 0:  # bought for cash before: one bank sells to another
        _finance(connection, parent["owner"], piece.obligation, -a["amountMinor"])
    _finance(connection, a["bank"], piece.obligation, a["amountMinor"])


def _piece_redeemed(connection: Connection, a: Arguments, timestamp: int) -> None:
    identifier = PieceId.from_chain(a["piece"])
    row = _piece(connection, identifier)
    _set_piece(connection, identifier, state="redeemed", closed_at=timestamp)
    _end_live(connection, identifier.obligation, row["amount_minor"])
    if row["evidence"] == 0:  # only cash hops have none: a bank held it
        _finance(connection, row["owner"], identifier.obligation, -row["amount_minor"])


def _overdue(flag: bool) -> Callable[[Connection, Arguments, int], None]:
    def fold(connection: Connection, a: Arguments, _: int) -> None:
        connection.execute(update(obligations).where(obligations.c.id == a["obligation"]).values(overdue=flag))

    return fold


def _end_live(connection: Connection, obligation: ObligationId, minor: int) -> None:
    connection.execute(
        update(obligations)
        .where(obligations.c.id == obligation.chain)
        .values(live_minor=obligations.c.live_minor - minor)
    )
    _use_line(connection, obligation.line.chain, -minor)


def _insert_piece(
    connection: Connection, piece: PieceId, parent: int, owner: int, minor: int, evidence_id: int, hops: int, tier: int,
    state: str, deadline: int, price_minor: int | None, timestamp: int,
) -> None:  # fmt: skip
    connection.execute(
        insert(pieces).values(
            obligation=piece.obligation.chain, index=piece.index, parent=parent, owner=owner, amount_minor=minor,
            initial_minor=minor, evidence=evidence_id, hops=hops, tier=tier, state=state, deadline=deadline,
            price_minor=price_minor, created_at=timestamp,
        )
    )  # fmt: skip


def _piece(connection: Connection, piece: PieceId) -> dict[str, Any]:
    statement = select(pieces).where(_is(piece))
    return dict(connection.execute(statement).mappings().one())


def _set_piece(connection: Connection, piece: PieceId, **values: Any) -> None:
    connection.execute(update(pieces).where(_is(piece)).values(**values))


def _add_to_piece(connection: Connection, piece: PieceId, minor: int) -> None:
    connection.execute(update(pieces).where(_is(piece)).values(amount_minor=pieces.c.amount_minor + minor))


def _is(piece: PieceId) -> Any:
    return (pieces.c.obligation == piece.obligation.chain) & (pieces.c.index == piece.index)


_HANDLERS: dict[str, Callable[[Connection, Arguments, int], None]] = {
    "PartyRegistered": _party_registered,
    "KeyAdded": _key_added,
    "KeyRemoved": _key_removed,
    "PartySuspended": _suspended(True),
    "PartyReinstated": _suspended(False),
    "PartyRenewed": _party_renewed,
    "LineGranted": _line_granted,
    "LineLimitChanged": _line_limit_changed,
    "LineSuspended": _line_suspended(True),
    "LineResumed": _line_suspended(False),
    "FinancingLimitSet": _financing_limit_set,
    "EvidenceRegistered": _evidence_registered,
    "Issued": _issued,
    "PieceOffered": _piece_offered,
    "PieceAccepted": _piece_accepted,
    "PieceRejected": _piece_returned("rejected"),
    "PieceExpired": _piece_returned("expired"),
    "PieceFinanced": _piece_financed,
    "PieceRedeemed": _piece_redeemed,
    "ObligationOverdue": _overdue(True),
    "ObligationCured": _overdue(False),
}
