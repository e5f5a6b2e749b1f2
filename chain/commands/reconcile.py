"""Reconciliation: chain = books = documents = bank statements, again and again; each difference names its piece and what to do.

What the chain, the books and the documents say of each other is what `chain.verification` finds. Here the banks come to it:
a payment off chain is on the ledger because its payee confirmed it or the payee's account bank attested it, with a reference;
the same reference (the payer's end-to-end id, or the bank's own number) must stand in a statement that was taken in
(camt.053, camt.054), with the same amount, payer and payee, once. Where no reference was agreed, it is the piece's id
(``7.1.3.2``).
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select

from chain.books.happened import called, happened
from chain.commands.trade import load_trade
from chain.commands.verify import verify
from chain.commands.workspace import Home, Progress, Workspace, no_progress
from chain.documents.directory import Directory
from chain.documents.model import DocumentType, TradeDocument
from chain.errors import PearlError
from chain.identifiers import IdMalformed, PieceId
from chain.issuance.decoding import EventDecoder
from chain.issuance.messages import short_text
from chain.issuance.outbox import OPEN_STATES
from chain.language import fill
from chain.money import Money
from chain.store.tables import disposals, files, lines, obligations, operations, pieces, reconciliations

#: An operation that is open for longer than this is stuck.
STUCK_SECONDS = 600


class Difference(PearlError):
    """What two sides say differently of one thing. ``of``, where it is given, is what verification found of it."""

    def sentence(self, language: str = "en") -> str:
        if "of" not in self.values:
            return super().sentence(language)
        return fill(self.message, self.values | {"said": self.values["of"].text(language)}, language)


class InvariantBroken(Difference):
    message = "the chain breaks {check}: {said}"
    next_step = "stop issuing, and hold the contracts' code against its sources with 'pearl contracts verify'"


class StorageDiffers(Difference):
    message = "the chain's storage is not what its events tell: {said}"
    next_step = "ask a second node; where both say so, somebody wrote past the contracts"


class BooksDiffer(Difference):
    message = "the books are not the chain's: {said}"
    next_step = "restore the last backup into an empty home, and let it read the chain from there"


class DocumentsDiffer(Difference):
    message = "the documents are not what was confirmed: {said}"
    next_step = "give the document again, or ask its buyer what it signed"


class AuditLogDiffers(Difference):
    message = "the audit log is not what was recorded and anchored: {said}"
    next_step = (
        "keep this database as it is, and find out who could write to it; a backup tells what stood there before"
    )


class PaymentInNoStatement(Difference):
    message = "{amount} with the reference {reference} count as paid, and no statement that was taken in shows it"
    next_step = "take in the bank's statement of that day; where it has no such payment, contest or dispute it"


class PaymentDiffers(Difference):
    message = "the ledger has {amount} as paid, and the statement ({document}) says {written}"
    next_step = "ask the payee's bank which is right; what is missing is still owed"


class PaymentBetweenOthers(Difference):
    message = "the payment {document} that counts for it went from {payer} to {payee}"
    next_step = "ask the payee whether this money was meant for it"


class PaymentCountedTwice(Difference):
    message = "the payment {document} of {written} counts for {amount} in all ({pieces})"
    next_step = "find which of them it paid; the others are still owed"


class PaymentTakenBack(Difference):
    message = "the bank took the payment back that counts for it ({document})"
    next_step = "the payee disputes what it confirmed, or its bank's attestation"


class PaymentNotOnLedger(Difference):
    message = "the statement ({document}) shows {written} for it, and nobody confirmed that on the ledger"
    next_step = "its payee confirms the payment, or the payee's account bank attests it"


class OperationStuck(Difference):
    message = "the operation {kind} has been {state} for {minutes} minutes"
    next_step = "look whether the node makes blocks; the service sends it again by itself when it is started"


class OriginalMissing(Difference):
    message = "the original {sha256} is gone, and no retention deleted it"
    next_step = "give the file again, or take it out of a backup"


OF_CHECKS = {
    "chain_is_books": BooksDiffer, "chain_is_documents": DocumentsDiffer, "storage_is_events": StorageDiffers,
    "audit_log": AuditLogDiffers,
}  # fmt: skip
OF_STATEMENTS = (
    PaymentInNoStatement, PaymentDiffers, PaymentBetweenOthers, PaymentCountedTwice, PaymentTakenBack, PaymentNotOnLedger,
)  # fmt: skip
RULES = (InvariantBroken, *OF_CHECKS.values(), *OF_STATEMENTS, OperationStuck, OriginalMissing)


_OF_PAYMENTS = (
    "PaymentAttested", "PaymentConfirmed", "PaymentCompleted", "PaymentContested", "CashAttested", "CashConfirmed",
    "AttestationContested",
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """One difference, and the thing that it is about: ``piece 7.1.3.2``, ``operation …``"""

    subject: str
    difference: Difference

    def as_json(self, language: str = "en") -> dict[str, Any]:
        """JSON-able."""
        said = {"text": self.difference.sentence(language), "next_step": self.difference.next_step_text(language)}
        return {"rule": self.difference.rule, "subject": self.subject, **said}


@dataclass(frozen=True)
class Reconciliation:
    """What one run compared, and found."""

    made_at: int
    """Unix time of this machine."""
    seconds: float
    block_number: int
    compared: dict[str, int]
    found: tuple[Found, ...] = ()

    @property
    def ok(self) -> bool:
        """No difference."""
        return not self.found

    def as_json(self, language: str = "en") -> dict[str, Any]:
        """JSON-able."""
        return asdict(self) | {"ok": self.ok, "found": [one.as_json(language) for one in self.found]}


@dataclass(frozen=True)
class Claim:
    """A payment off chain that the ledger counts."""

    piece: PieceId
    amount_minor: int
    currency: str
    reference: bytes
    """One word, as `short_text` makes it; zeros where none was given."""
    payer: str | None
    payee: str | None
    """Enterprises; None where the register does not know them."""


def reconcile(workspace: Workspace, progress: Progress = no_progress) -> Reconciliation:
    """Read the chain up to its head, compare all sides, and keep what was found. Raises Unavailable."""
    started, steps = time.monotonic(), 4
    workspace.indexer.catch_up()
    progress("reconciling", 1, steps)
    report = verify(workspace)
    found = [
        Found(difference.subject, OF_CHECKS.get(check.name, InvariantBroken)(check=check.name, of=difference))
        for check in report.checks
        for difference in check.differences
    ]
    progress("reconciling", 2, steps)
    trade, names = load_trade(workspace), workspace.parties()
    payments = [one for one in trade.matching.documents.values() if one.type is DocumentType.PAYMENT]
    with workspace.store.read() as connection:
        claims = payments_counted(connection, workspace.contracts.decoder, names)
        found += stuck(connection, int(time.time()))
        missing = _missing(connection, set(workspace.originals.digests()))
    progress("reconciling", 3, steps)
    found += held_against_statements(claims, payments, trade.directory)
    found += [Found(f"original {digest}", OriginalMissing(sha256=digest)) for digest in missing]
    compared = {
        "pieces": 0,
        "documents": len(trade.documents),
        "payments": len(claims),
        "statement_entries": len(payments),
    }
    with workspace.store.read() as connection:
        compared["pieces"] = connection.execute(select(func.count()).select_from(pieces)).scalar_one()
    result = Reconciliation(
        int(time.time()), round(time.monotonic() - started, 3), report.block_number, compared, tuple(found)
    )
    _keep(workspace, result)
    progress("reconciling", 4, steps)
    return result


def held_against_statements(
    claims: Sequence[Claim], payments: Sequence[TradeDocument], directory: Directory
) -> list[Found]:
    """What the ledger counts as paid off chain, and what banks' statements say was paid."""
    by_reference: dict[bytes, list[TradeDocument]] = defaultdict(list)
    for payment in payments:
        for text in {payment.end_to_end, payment.number} - {""}:
            by_reference[short_text(text)].append(payment)
    found: list[Found] = []
    counted: dict[str, list[Claim]] = defaultdict(list)
    keyed = {directory.key(payment): payment for payment in payments}
    for claim in claims:
        entries = by_reference.get(claim.reference) or by_reference.get(short_text(str(claim.piece)), [])
        came = [one for one in entries if not one.reversal]
        if not came:
            found.append(_found(claim, PaymentInNoStatement(amount=_amount(claim), reference=_text(claim.reference))))
            continue
        key = directory.key(came[0])
        counted[key].append(claim)
        found += [_found(claim, PaymentTakenBack(document=directory.key(one))) for one in entries if one.reversal]
        payer, payee = (party and directory.resolve(party) for party in (came[0].buyer, came[0].seller))
        if any(known and said and known != said for known, said in ((claim.payer, payer), (claim.payee, payee))):
            found.append(_found(claim, PaymentBetweenOthers(document=key, payer=payer or "–", payee=payee or "–")))
    for key, together in counted.items():
        payment = keyed[key]
        total = sum(claim.amount_minor for claim in together)
        if all(claim.currency == payment.currency for claim in together) and total == payment.payable_minor:
            continue
        written = str(Money(payment.payable_minor or 0, payment.currency or together[0].currency).text("en"))
        amount = Money(total, together[0].currency).text("en")
        if len(together) == 1:
            found.append(_found(together[0], PaymentDiffers(amount=amount, document=key, written=written)))
        else:
            listed = ", ".join(str(claim.piece) for claim in together)
            values = {"amount": amount, "document": key, "written": written, "pieces": listed}
            found.append(_found(together[0], PaymentCountedTwice(**values)))
    for key, payment in keyed.items():
        piece = _piece_of(payment)
        if piece is not None and not payment.reversal and key not in counted:
            written = Money(payment.payable_minor or 0, payment.currency or "CNY").text("en")
            found.append(Found(f"piece {piece}", PaymentNotOnLedger(document=key, written=written)))
    return found


def payments_counted(connection: Connection, decoder: EventDecoder, names: Mapping[int, str]) -> list[Claim]:
    """What payees confirmed and their banks attested of payments off chain, by the ledger's events; not what was contested."""
    paid: list[tuple[int, int, bytes]] = []
    attested: dict[int, tuple[int, bytes]] = {}
    cash: dict[int, bytes] = {}
    for event in happened(connection, decoder, called(*_OF_PAYMENTS)):
        name, a = event.name, event.arguments
        piece, reference = a["piece"], _word(a.get("paymentReference", ""))
        match name:
            case "PaymentAttested":
                attested[piece] = a["amountMinor"], reference
            case "PaymentConfirmed":  # as much less is attested
                paid.append((piece, a["amountMinor"], reference))
                left = attested.pop(piece, (0, b""))
                if left[0] > a["amountMinor"]:
                    attested[piece] = left[0] - a["amountMinor"], left[1]
            case "PaymentCompleted" if piece in attested:
                paid.append((piece, *attested.pop(piece)))
            case "PaymentContested":
                attested.pop(piece, None)
            case "CashAttested":
                cash[piece] = reference
            case "CashConfirmed":
                cash.setdefault(piece, reference)
            case "AttestationContested":
                cash.pop(piece, None)
    paid += [(piece, *rest) for piece, rest in attested.items()]
    claims = []
    for number, minor, reference in paid:
        terms = _terms(connection, PieceId.from_chain(number))
        parties = names.get(terms["issuer"]), names.get(terms["owner"])
        claims.append(Claim(PieceId.from_chain(number), minor, terms["currency"], reference, *parties))
    for number, reference in cash.items():
        terms = _terms(connection, PieceId.from_chain(number))
        parties = names.get(terms["owner"]), names.get(terms["seller"])
        claims.append(Claim(PieceId.from_chain(number), terms["price_minor"], terms["currency"], reference, *parties))
    return claims


def stuck(connection: Connection, now: int) -> list[Found]:
    """Operations that are open for too long."""
    rows = connection.execute(
        select(operations.c.key, operations.c.kind, operations.c.state, operations.c.recorded_at)
        .where(operations.c.state.in_(OPEN_STATES), operations.c.recorded_at < now - STUCK_SECONDS)
        .order_by(operations.c.id)
    ).all()
    return [
        Found(
            f"operation {row.key}",
            OperationStuck(kind=row.kind, state=row.state, minutes=(now - row.recorded_at) // 60),
        )
        for row in rows
    ]


def last_reconciliation(home: Home) -> dict[str, Any] | None:
    """What the last run, whoever made it, found; None before the first."""
    with home.store.read() as connection:
        row = (
            connection.execute(select(reconciliations).order_by(reconciliations.c.id.desc()).limit(1))
            .mappings()
            .first()
        )
    return None if row is None else dict(row)


def differences_by_rule(found: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Rule → how many, with a 0 for those that found nothing."""
    counts = Counter(str(one["rule"]) for one in found)
    return {rule.__name__: counts[rule.__name__] for rule in RULES}


def _keep(home: Home, result: Reconciliation) -> None:
    with home.store.begin() as connection:
        connection.execute(
            insert(reconciliations).values(
                made_at=result.made_at, milliseconds=round(result.seconds * 1_000), block_number=result.block_number,
                compared=result.compared, found=[one.as_json() for one in result.found],
            )
        )  # fmt: skip


def _missing(connection: Connection, here: set[str]) -> list[str]:
    known = select(files.c.sha256).where(files.c.read).order_by(files.c.id)
    gone = set(connection.execute(select(disposals.c.sha256)).scalars())
    return [one for one in dict.fromkeys(connection.execute(known).scalars()) if one not in here and one not in gone]


def _terms(connection: Connection, piece: PieceId) -> RowMapping:
    parent = pieces.alias()
    statement = (
        select(
            pieces.c.owner, pieces.c.price_minor, obligations.c.issuer, lines.c.currency, parent.c.owner.label("seller")
        )
        .join(obligations, obligations.c.id == pieces.c.obligation)
        .join(lines, lines.c.id == obligations.c.line)
        .outerjoin(parent, (parent.c.obligation == pieces.c.obligation) & (parent.c.index == pieces.c.parent))
        .where(pieces.c.obligation == piece.obligation.chain, pieces.c.index == piece.index)
    )
    return connection.execute(statement).mappings().one()


def _piece_of(payment: TradeDocument) -> PieceId | None:
    """The piece whose id the payer gave as its reference."""
    try:
        return PieceId.parse(payment.end_to_end)
    except IdMalformed:
        return None


def _word(written: str) -> bytes:
    return bytes.fromhex(written.removeprefix("0x"))


def _found(claim: Claim, difference: Difference) -> Found:
    return Found(f"piece {claim.piece}", difference)


def _amount(claim: Claim) -> str:
    return Money(claim.amount_minor, claim.currency).text("en")


def _text(reference: bytes) -> str:
    """The reference as it was given, or the digits of its hash."""
    try:
        return reference.rstrip(b"\0").decode() or "–"
    except UnicodeDecodeError:
        return reference.hex()
