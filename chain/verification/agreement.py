"""Chain = books: every row of the books against the word in storage that it stands for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from chain.identifiers import AllotmentId, LineId, ObligationId, PieceId
from chain.verification.figures import BookFigures, BookTotal
from chain.verification.ledger import LedgerState
from chain.verification.report import Check, Difference
from chain.verification.words import LIVE_STATES, PieceState, currency_name, financing_name

_DIFFERS = "{what} is {stored} on chain, and {booked} in the books"


def chain_is_books(state: LedgerState, books: BookFigures) -> Check:
    """Row by row, and in total for each currency."""
    differences = [
        *_rows("piece", PieceId.from_chain, books.pieces, {
            piece.id: (("owner", piece.owner), ("amount", piece.amount_minor), ("state", piece.state))
            for piece in state.pieces.values()
        }),
        *_rows("obligation", ObligationId.from_chain, books.obligations, {
            one.id: (("face", one.face_minor), ("live", one.live_minor), ("loss", one.loss_minor))
            for one in state.obligations.values()
        }),
        *_rows("line", LineId.from_chain, books.lines, {
            line.id: (("limit", line.limit_minor), ("used", line.used_minor), ("allotted", line.allotted_minor))
            for line in state.lines.values()
        }),
        *_rows("allotment", AllotmentId.from_chain, {key: (left,) for key, left in books.allotments.items()}, {
            one.id: (("amount", one.left_minor),) for one in state.allotments.values()
        }),
        *_rows("hold", PieceId.from_chain, dict.fromkeys(books.held, ()), {
            place: () for place, hold in state.holds.items() if hold.holding
        }),
        *_rows("evidence", str, books.evidence, {
            one.id: (("face", one.face_minor), ("used", one.used_minor), ("credited", one.credited_minor))
            for one in state.evidence.values()
        }),
        *_rows("financing", financing_name, {key: row for key, row in books.financing.items() if any(row)}, {
            (row.bank, row.issuer, row.currency): (("limit", row.limit_minor), ("financed", row.financed_minor))
            for row in state.financing.values()
        }),
        *_totals(state, books),
    ]  # fmt: skip
    totals = totals_by_currency(state)
    figures: dict[str, int | str] = {"block": state.block_number, "pieces": len(state.pieces)}
    for currency, total in sorted(totals.items()):
        booked = books.totals.get(currency, BookTotal(0, 0, 0, 0, 0))
        for what, stored, said in zip(BookTotal._fields, total, booked, strict=True):
            figures[f"{currency_name(currency)}_{what}"] = stored
            figures[f"{currency_name(currency)}_{what}_in_books"] = said
    return Check("chain_is_books", "the books say what the chain says", figures, tuple(differences))


def totals_by_currency(state: LedgerState) -> dict[int, BookTotal]:
    """Currency → totals, summed from the pieces; the face from the obligations."""
    face: Counter[int] = Counter()
    sums: Counter[tuple[int, str]] = Counter()
    for obligation in state.obligations.values():
        face[obligation.currency] += obligation.face_minor
    for piece in state.pieces.values():
        sums[state.obligations[piece.obligation].currency, _fate(piece.state)] += piece.amount_minor
    return {
        currency: BookTotal(
            face[currency], *(sums[currency, fate] for fate in ("live", "redeemed", "voided", "written off"))
        )
        for currency in face
    }


def _fate(state: int) -> str:
    if state in LIVE_STATES:
        return "live"
    return {PieceState.REDEEMED: "redeemed", PieceState.VOIDED: "voided", PieceState.WRITTEN_OFF: "written off"}.get(
        PieceState(state) if state in set(PieceState) else PieceState.NONE, "nothing"
    )


def _rows(
    kind: str, name: Any, booked: Mapping[Any, tuple[Any, ...]], stored: Mapping[Any, tuple[tuple[str, Any], ...]]
) -> Iterator[Difference]:
    for key in sorted(stored.keys() | booked.keys()):
        subject = f"{kind} {name(key)}"
        if key not in booked:
            yield Difference(subject, "is on chain, but not in the books")
        elif key not in stored:
            yield Difference(subject, "is in the books, but not on chain")
        else:
            yield from _fields(subject, stored[key], booked[key])


def _fields(subject: str, stored: tuple[tuple[str, Any], ...], booked: tuple[Any, ...]) -> Iterator[Difference]:
    for (what, value), said in zip(stored, booked, strict=True):
        if value != said:
            yield Difference(subject, _DIFFERS, {"what": what, "stored": value, "booked": said})


def _totals(state: LedgerState, books: BookFigures) -> Iterator[Difference]:
    totals = totals_by_currency(state)
    for currency in sorted(totals.keys() | books.totals.keys()):
        empty = BookTotal(0, 0, 0, 0, 0)
        on_chain, booked = totals.get(currency, empty), books.totals.get(currency, empty)
        named = tuple(zip(("face", "live", "redeemed", "voided", "written off"), on_chain, strict=True))
        yield from _fields(f"currency {currency_name(currency)}", named, booked)
