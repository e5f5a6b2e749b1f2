"""ISO 20022 bank statements: each booked entry, or transaction of a batched one, is a payment.

Specification: ISO 20022 camt.053 (BankToCustomerStatement) and camt.054 (BankToCustomerDebitCreditNotification), all
versions, alone or inside another message. Elements that moved between versions (status, BIC, parties, dates) are looked
for in each of their places.

The elements are walked in `chain.documents.node` and not bound to generated classes (pyiso20022 on xsdata): those are one
tree of classes a version, know no version after the last that they were generated for, and build every element of a
statement, of which a payment needs a few; a mistake in one entry would lose the whole statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from lxml import etree

from chain.documents.draft import Draft, Parsed, distinct
from chain.documents.identity import best_identifier
from chain.documents.model import DocumentLine, DocumentReference, DocumentType, Party, PartyIdentifier, Source
from chain.documents.node import Node, namespace
from chain.documents.rules import (
    AmountMissing,
    AmountNegative,
    CurrencyMissing,
    NumberMissing,
    PayeeDiffers,
    PaymentNotBooked,
    TotalsDoNotAddUp,
)
from chain.documents.schemes import identifier
from chain.errors import CurrencyUnknown, MoneyError
from chain.money import PLAIN_DECIMAL, Money, exponent

NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.05[34]\.001\.[0-9]{2}")

#: Message and the statement in it.
STATEMENTS = ("BkToCstmrStmt/Stmt", "BkToCstmrDbtCdtNtfctn/Ntfctn")

#: Kinds of referred documents (ExternalDocumentType1Code), and which references of the payment they are. A kind that is
#: not written is taken to be an invoice; a credit note that was taken off is none that was paid.
REFERRED = {
    None: "invoices", "CINV": "invoices", "SBIN": "invoices", "MSIN": "invoices", "HIRI": "invoices",
    "AROI": "invoices", "PUOR": "orders", "DISP": "despatches",
}  # fmt: skip

#: Schemes of organisation ids (ExternalOrganisationIdentification1Code) that are known elsewhere by another name.
SCHEMES = {"GS1G": "GLN", "DUNS": "DUNS", "TXID": "TAX", "COID": "COID"}

#: What a payer writes who gives no id of its own (EPC rulebooks).
NO_ID = frozenset({"NOTPROVIDED", "NONREF"})


class Entry:
    """One entry of a statement, with its transactions; what holds for all of them is found out once."""

    def __init__(self, statement: Node, node: Node, position: int) -> None:
        self.statement = statement
        self.node = node
        self.position = position
        """In the statement, from 1."""
        self.transactions = list(_all(node, "NtryDtls/TxDtls"))

    @cached_property
    def directions_differ(self) -> bool:
        """Whether some transactions come and others go; where all have one direction, the entry's counts."""
        return len({_text(one, "CdtDbtInd") for one in self.transactions}) > 1

    @cached_property
    def mismatch(self) -> tuple[Decimal, Decimal] | None:
        """The entry's amount and the sum of its transactions, where they differ though all are written in one currency and
        direction."""
        amounts = [_at(one, "Amt") or _at(one, "AmtDtls/TxAmt/Amt") for one in self.transactions]
        everything = [one for one in (_at(self.node, "Amt"), *amounts) if one and one.text]
        if len(everything) != len(amounts) + 1 or self.directions_differ:
            return None
        texts = [one.text or "" for one in everything]
        if len({one.attribute("Ccy") for one in everything}) > 1 or not all(map(_is_decimal, texts)):
            return None
        written, *parts = map(Decimal, texts)
        return None if written == (total := sum(parts, Decimal(0))) else (written, total)


@dataclass(frozen=True, slots=True)
class Booking:
    """An entry as a whole, or (``details``) one transaction of it."""

    entry: Entry
    details: Node | None
    position: int
    """Of the transaction in its entry, from 1."""

    @property
    def node(self) -> Node:
        return self.details or self.entry.node

    @property
    def place(self) -> str:
        """Of the transaction in a batch, as references of the whole entry need it; empty where there is only one."""
        return f"/{self.position}" if len(self.entry.transactions) > 1 else ""


def messages(root: etree._Element) -> list[etree._Element]:
    """Every statement message in the document, itself or inside an envelope."""
    return [element for element in root.iter("{*}Document") if NAMESPACE.fullmatch(namespace(element))]


def bookings(root: etree._Element) -> Iterator[tuple[str, Booking]]:
    """Each booking of each statement, with its place."""
    number = 0
    for message in map(Node, messages(root)):
        for statement in (found for path in STATEMENTS for found in _all(message, path)):
            for position, node in enumerate(_all(statement, "Ntry"), start=1):
                entry = Entry(statement, node, position)
                number += 1
                for at, details in enumerate(entry.transactions or [None], start=1):
                    booking = Booking(entry, details, at)
                    yield f"entry {number}{booking.place}", booking


def parse(booking: Booking, source: Source) -> Parsed:
    """Read one booking."""
    draft, entry, details = Draft(), booking.entry.node, booking.node
    status = _text(entry, "Sts/Cd") or _text(entry, "Sts")
    if status != "BOOK":
        draft.refuse(PaymentNotBooked(status=(status or "-")[:40]), entry)
        return Parsed(None, tuple(draft.findings))
    came, taken_back = _direction(booking)
    amount, currency = _amount(booking, draft)
    number = _number(booking)
    if number is None:
        draft.refuse(NumberMissing(), entry)
    payee, payer = _parties(booking, came, draft)
    references = _references(details, currency, draft)
    if amount is not None and currency is not None:
        _hold_remitted(details, amount, currency, references["invoices"], draft)
    return draft.finish(
        source, type=DocumentType.PAYMENT, number=number, issue_date=_day(entry, "BookgDt", draft),
        seller=payee, buyer=payer, keeper=_institution(_at(booking.entry.statement, "Acct/Svcr/FinInstnId")),
        currency=currency, payable_minor=amount, lines=_description(booking), reversal=taken_back,
        end_to_end=_own_id(details), **references,
    )  # fmt: skip


# --------------------------------------------------------------------------------------------------------- what was paid


def _direction(booking: Booking) -> tuple[bool, bool]:
    """Whether the payment went to the account's owner, and whether this booking takes an earlier one back: a reversed
    debit is written as a credit, but its parties stay payer and payee of what is reversed."""
    written = _text(booking.entry.node, "CdtDbtInd")
    if booking.entry.directions_differ:
        written = _text(booking.node, "CdtDbtInd") or written
    taken_back = (_text(booking.entry.node, "RvslInd") or "").lower() in ("true", "1")
    taken_back = taken_back or _at(booking.node, "RtrInf") is not None
    return (written == "CRDT") is not taken_back, taken_back


def _amount(booking: Booking, draft: Draft) -> tuple[int | None, str | None]:
    """Of the transaction where it is written, else of the entry when that is its only transaction. A payment of nothing
    settles nothing."""
    paths = [(booking.details, path) for path in ("Amt", "AmtDtls/TxAmt/Amt")]
    if not booking.place:
        paths.append((booking.entry.node, "Amt"))
    written = [found for node, path in paths if (found := _at(node, path)) is not None and found.text]
    counted = next((one for one in written if (one.text or "").strip("0.")), None)
    if counted is None:
        draft.refuse(AmountMissing(field="Amt"), booking.node)
        return None, None
    currency = counted.attribute("Ccy")
    if currency is None:
        draft.refuse(CurrencyMissing(), counted)
        return None, None
    try:
        exponent(currency)
    except CurrencyUnknown as error:
        draft.refuse(error, counted)
        return None, None
    minor = draft.money(counted.text, currency, "Amt", counted)
    if minor is not None and minor < 0:
        draft.refuse(AmountNegative(field="Amt", amount=Money(minor, currency).written), counted)
    if booking.place and (mismatch := booking.entry.mismatch):
        written_total, computed = (f"{value:f}" for value in mismatch)
        draft.block(
            TotalsDoNotAddUp(field="Ntry/Amt", written=written_total, computed=computed, source="camt"),
            booking.entry.node,
        )
    return minor, currency


def _hold_remitted(
    details: Node, amount: int, currency: str, invoices: Iterable[DocumentReference], draft: Draft
) -> None:
    """No more is remitted for invoices, less the credit notes taken off them, than the payer sent: what was booked, or
    instructed, where banks on the way took their charges off it."""
    remitted = sum(one.amount_minor or 0 for one in invoices)
    for remittance in _all(details, "RmtInf/Strd"):
        kinds = {_text(one, "Tp/CdOrPrtry/Cd") for one in _all(remittance, "RfrdDocInf")}
        names = ("CdtNoteAmt", "RmtdAmt") if kinds == {"CREN"} else ("CdtNoteAmt",)
        remitted -= next(filter(None, (_minor(_at(remittance, f"RfrdDocAmt/{name}"), currency) for name in names)), 0)
    sent = max(amount, _minor(_at(details, "AmtDtls/InstdAmt/Amt"), currency))
    if remitted > sent:
        written, computed = (Money(minor, currency).written for minor in (sent, remitted))
        draft.block(TotalsDoNotAddUp(field="Amt", written=written, computed=computed, source="RmtdAmt"), details)


def _minor(written: Node | None, currency: str) -> int:
    """An amount above 0 in this currency, in minor units; 0 where there is none. What is no amount is said elsewhere."""
    if written is None or written.attribute("Ccy") != currency or not _is_decimal(written.text or ""):
        return 0
    try:
        return max(0, Money.parse(written.text or "", currency).minor)
    except MoneyError:
        return 0


def _number(booking: Booking) -> str | None:
    """The bank's own reference, else the payment's: worldwide (UETR), of the clearing, of the payer; else its place in
    the statement. A reference of a whole entry is told apart by the place of the transaction in it."""
    details, entry = booking.details, booking.entry
    if details is not None:
        for name in ("AcctSvcrRef", "UETR", "TxId"):
            if found := _reference(details, f"Refs/{name}"):
                return found
    for path in ("AcctSvcrRef", "NtryRef"):
        if found := _reference(entry.node, path):
            return found + booking.place
    if details is not None and (found := _own_id(details) or _reference(details, "Refs/InstrId")):
        return found + booking.place
    statement = _reference(entry.statement, "Id")
    return f"{statement}/{entry.position}{booking.place}" if statement else None


def _own_id(details: Node) -> str:
    return _reference(details, "Refs/EndToEndId") or ""


def _reference(node: Node, path: str) -> str | None:
    found = _text(node, path)
    return None if found is None or found.upper() in NO_ID else found


def _references(details: Node, currency: str | None, draft: Draft) -> dict[str, tuple[DocumentReference, ...]]:
    """Structured remittance alone: a number in running text may be anything."""
    found: dict[str, list[DocumentReference]] = {name: [] for name in ("invoices", "orders", "despatches")}
    for remittance in _all(details, "RmtInf/Strd"):
        referred = list(_all(remittance, "RfrdDocInf"))
        amount = _at(remittance, "RfrdDocAmt/RmtdAmt")
        for one in referred:
            number = _text(one, "Nb")
            name = REFERRED.get(_text(one, "Tp/CdOrPrtry/Cd") or _text(one, "Tp/CdOrPrtry/Prtry"))
            if number is None or name is None:
                continue
            minor = None
            if amount is not None and len(referred) == 1 and amount.attribute("Ccy") == currency:
                minor = draft.money(amount.text, currency, "RmtdAmt", amount)
            found[name].append(DocumentReference(number[:200], _day(one, "RltdDt", draft), amount_minor=minor))
    return {name: distinct(references) for name, references in found.items()}


def _description(booking: Booking) -> tuple[DocumentLine, ...]:
    details = booking.node
    parts = [one.text for path in ("RmtInf/Ustrd", "RmtInf/Strd/CdtrRefInf/Ref") for one in _all(details, path)]
    parts += [_text(details, "AddtlTxInf"), _text(booking.entry.node, "AddtlNtryInf")]
    written = "; ".join(distinct(part for part in parts if part))
    return (DocumentLine("1", written[:1_000]),) if written else ()


# ------------------------------------------------------------------------------------------------------------ who is who


def _parties(booking: Booking, came: bool, draft: Draft) -> tuple[Party | None, Party | None]:
    """Payee and payer. Whoever is named as the ultimate party is the one who is owed, or owes; money that goes to another
    may have been assigned."""
    details = booking.node
    owned = _account_owner(booking, "Cdtr" if came else "Dbtr")
    payee = owned if came else _counterpart(details, "Cdtr")
    payer = _counterpart(details, "Dbtr") if came else owned
    ultimate = {side: _party(_at(details, f"RltdPties/Ultmt{side}")) for side in ("Cdtr", "Dbtr")}
    if ultimate["Cdtr"] and payee and ultimate["Cdtr"].name != payee.name:
        draft.flag(PayeeDiffers(payee=payee.name[:80] or best_identifier(payee).value), details)
    payee, payer = ultimate["Cdtr"] or payee, ultimate["Dbtr"] or payer
    draft.party(payee, "payee", details)
    draft.party(payer, "payer", details)
    return payee, payer


def _account_owner(booking: Booking, side: str) -> Party:
    """The owner of the account, as the bank knows it; what the transaction says of its own side counts only as far as it
    names the same account, or none."""
    account = _at(booking.entry.statement, "Acct")
    named = _party(_at(account, "Ownr")) or Party()
    ids = _account_ids(account)
    own = _party(_at(booking.node, f"RltdPties/{side}"))
    written = _account_ids(_at(booking.node, f"RltdPties/{side}Acct"))
    if own and (not written or set(written) & set(ids)):
        named = Party(
            named.name or own.name, distinct(named.identifiers + own.identifiers), named.country or own.country
        )
    return Party(named.name, distinct(named.identifiers + ids), named.country)


def _counterpart(details: Node, side: str) -> Party | None:
    party = _party(_at(details, f"RltdPties/{side}"))
    accounts = _account_ids(_at(details, f"RltdPties/{side}Acct"))
    if party is None and not accounts:
        return None
    party = party or Party()
    return Party(party.name, distinct(party.identifiers + accounts), party.country)


def _party(node: Node | None) -> Party | None:
    """A party: from version 8 on inside ``Pty``, or a bank inside ``Agt``; ids of private persons are left aside."""
    if node is None:
        return None
    if (agent := _at(node, "Agt/FinInstnId")) is not None:
        return _institution(agent)
    node = _at(node, "Pty") or node
    country = _text(node, "CtryOfRes") or _text(node, "PstlAdr/Ctry")
    party = Party(_text(node, "Nm") or "", distinct(_organisation_ids(_at(node, "Id/OrgId"), country)), country)
    return party if party.name or party.identifiers else None


def _organisation_ids(node: Node | None, country: str | None) -> Iterator[PartyIdentifier]:
    if node is None:
        return
    for name, known in (("LEI", "LEI"), ("AnyBIC", "BIC"), ("BICOrBEI", "BIC"), ("BIC", "BIC")):
        if value := _text(node, name):
            yield PartyIdentifier(known, value[:200])
    for other in _all(node, "Othr"):
        code, own = _text(other, "SchmeNm/Cd"), _text(other, "SchmeNm/Prtry")
        scheme = SCHEMES.get(code or "", own if code is None else None)
        if scheme is not None:
            tax = scheme == "TAX"
            yield from identifier(_text(other, "Id"), None if tax else scheme, country, "TAX", tax=tax)


def _account_ids(account: Node | None) -> tuple[PartyIdentifier, ...]:
    """IBAN, or the bank's own number of the account, which means something only together with the bank."""
    if account is None:
        return ()
    if iban := _text(account, "Id/IBAN"):
        return (PartyIdentifier("IBAN", iban[:200]),)
    bank = _institution(_at(account, "Svcr/FinInstnId"))
    number = _text(account, "Id/Othr/Id")
    if number is None:
        return ()
    of = bank.identifiers[0].value if bank and bank.identifiers else ""
    return (PartyIdentifier("ACCOUNT", f"{of}-{number}"[:200] if of else number[:200]),)


def _institution(node: Node | None) -> Party | None:
    if node is None:
        return None
    written = (("LEI", "LEI"), ("BIC", "BICFI"), ("BIC", "BIC"))
    ids = distinct(PartyIdentifier(scheme, value[:200]) for scheme, name in written if (value := _text(node, name)))
    party = Party(_text(node, "Nm") or "", ids, _text(node, "PstlAdr/Ctry"))
    return party if party.name or party.identifiers else None


# --------------------------------------------------------------------------------------------------------------- elements


def _day(node: Node, path: str, draft: Draft) -> date | None:
    """A day is a date, a time, or (new versions) a choice of both."""
    written = _text(node, f"{path}/Dt") or _text(node, f"{path}/DtTm") or _text(node, path)
    return draft.day(written, path, node)


def _is_decimal(text: str) -> bool:
    return len(text) <= 60 and PLAIN_DECIMAL.fullmatch(text) is not None


def _names(node: Node, path: str) -> list[str]:
    """The path in the namespace of the node's own message, whatever its version."""
    return [f"{{{namespace(node.element)}}}{name}" for name in path.split("/")]


def _at(node: Node | None, path: str) -> Node | None:
    return None if node is None else node.down(_names(node, path))


def _text(node: Node | None, path: str) -> str | None:
    found = _at(node, path)
    return None if found is None else found.text


def _all(node: Node, path: str) -> Iterable[Node]:
    nodes = [node]
    for name in _names(node, path):
        nodes = [inner for one in nodes for inner in one.all(name)]
    return nodes
