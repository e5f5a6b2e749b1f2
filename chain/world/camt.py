"""Writes payments as ISO 20022 XML, version 8: to payees as their bank notifies them (camt.054), to payers as the statement
of their account (camt.053)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from lxml import etree

from chain.documents.model import DocumentReference, Party, TradeDocument
from chain.world.offices import Account, Office, account_identifier, office_of
from chain.world.ubl import amount_text

STATEMENT = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
NOTIFICATION = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"
#: Opening balance of an account, minor units for each minor unit that leaves it: nobody is overdrawn.
OPENING_TIMES = 3


class CamtWriter:
    """Payments to one account, or from one, on their way into XML; ``digits`` of the currency."""

    def __init__(self, payments: Sequence[TradeDocument], digits: int) -> None:
        self.payments = payments
        self.digits = digits
        self.currency = payments[0].currency or ""
        self.credit = _is_owner(payments[0].seller)
        owner = payments[0].seller if self.credit else payments[0].buyer
        assert owner is not None, "a payment has a payer"
        self.owner = owner
        self.office = _office(owner)
        self.first, *_, self.last = sorted(payment.issue_date or date.min for payment in [payments[0], *payments])
        space = NOTIFICATION if self.credit else STATEMENT
        self.root = etree.Element(f"{{{space}}}Document", nsmap={None: space})
        self._prefix = f"{{{space}}}"

    def write(self) -> bytes:
        """The message as UTF-8 bytes."""
        message = self._add(self.root, "BkToCstmrDbtCdtNtfctn" if self.credit else "BkToCstmrStmt")
        header = self._add(message, "GrpHdr")
        number = f"{self.office.account.branch_code}-{self.payments[0].number}"
        self._add(header, "MsgId", number)
        self._add(header, "CreDtTm", f"{self.last}T23:30:00+08:00")
        report = self._add(message, "Ntfctn" if self.credit else "Stmt")
        self._add(report, "Id", number)
        if not self.credit:
            self._add(report, "ElctrncSeqNb", f"{self.last.month}")
        self._add(report, "CreDtTm", f"{self.last}T23:30:00+08:00")
        self._account(self._add(report, "Acct"))
        if not self.credit:
            self._balances(report)
        for payment in self.payments:
            self._entry(self._add(report, "Ntry"), payment)
        written: bytes = etree.tostring(self.root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
        return written

    def _account(self, element: etree._Element) -> None:
        account = self.office.account
        self._add(element, "Id/Othr/Id", account.number)
        self._add(element, "Ccy", self.currency)
        self._party(self._add(element, "Ownr"), self.owner, self.office)
        self._bank(self._add(element, "Svcr"), account)

    def _balances(self, report: etree._Element) -> None:
        moved = sum(payment.payable_minor or 0 for payment in self.payments)
        opening = OPENING_TIMES * moved
        for code, minor in (("OPBD", opening), ("CLBD", opening - moved)):
            balance = self._add(report, "Bal")
            self._add(balance, "Tp/CdOrPrtry/Cd", code)
            self._amount(balance, "Amt", minor)
            self._add(balance, "CdtDbtInd", "CRDT")
            self._add(balance, "Dt/Dt", f"{self.first if code == 'OPBD' else self.last}")

    def _entry(self, entry: etree._Element, payment: TradeDocument) -> None:
        direction = "CRDT" if self.credit else "DBIT"
        self._amount(entry, "Amt", payment.payable_minor)
        self._add(entry, "CdtDbtInd", direction)
        self._add(entry, "Sts/Cd", "BOOK")
        self._add(entry, "BookgDt/Dt", f"{payment.issue_date}")
        self._add(entry, "ValDt/Dt", f"{payment.issue_date}")
        self._add(entry, "AcctSvcrRef", f"{self.office.account.branch_code}{payment.number[-8:]}")
        domain = self._add(entry, "BkTxCd/Domn")
        self._add(domain, "Cd", "PMNT")
        family = self._add(domain, "Fmly")
        self._add(family, "Cd", "RCDT" if self.credit else "ICDT")
        self._add(family, "SubFmlyCd", "DMCT")
        details = self._add(entry, "NtryDtls/TxDtls")
        references = self._add(details, "Refs")
        self._add(references, "EndToEndId", payment.end_to_end)
        self._add(references, "TxId", payment.number)
        self._amount(details, "Amt", payment.payable_minor)
        self._add(details, "CdtDbtInd", direction)
        other = payment.buyer if self.credit else payment.seller
        assert other is not None
        office, side = _office(other), "Dbtr" if self.credit else "Cdtr"
        parties = self._add(details, "RltdPties")
        self._party(self._add(parties, f"{side}/Pty"), other, office)
        self._add(parties, f"{side}Acct/Id/Othr/Id", office.account.number)
        self._bank(self._add(details, f"RltdAgts/{side}Agt"), office.account)
        remittance = self._add(details, "RmtInf")
        for line in payment.lines:
            self._add(remittance, "Ustrd", line.description)
        for reference in payment.invoices:
            self._referred(self._add(remittance, "Strd"), reference)

    def _referred(self, structured: etree._Element, reference: DocumentReference) -> None:
        document = self._add(structured, "RfrdDocInf")
        self._add(document, "Tp/CdOrPrtry/Cd", "CINV")
        self._add(document, "Nb", reference.number)
        self._add(document, "RltdDt", f"{reference.issue_date}")
        self._amount(self._add(structured, "RfrdDocAmt"), "RmtdAmt", reference.amount_minor)

    def _party(self, element: etree._Element, party: Party, office: Office) -> None:
        self._add(element, "Nm", party.name)
        address = self._add(element, "PstlAdr")
        self._add(address, "StrtNm", office.seat.street)
        self._add(address, "BldgNm", office.seat.building)
        self._add(address, "PstCd", office.seat.postal_zone)
        self._add(address, "TwnNm", office.seat.city)
        self._add(address, "CtrySubDvsn", office.seat.province)
        self._add(address, "Ctry", party.country or "")
        other = self._add(element, "Id/OrgId/Othr")
        self._add(other, "Id", party.identifiers[0].value)
        self._add(other, "SchmeNm/Prtry", party.identifiers[0].scheme)

    def _bank(self, element: etree._Element, account: Account) -> None:
        institution = self._add(element, "FinInstnId")
        member = self._add(institution, "ClrSysMmbId")
        self._add(member, "ClrSysId/Prtry", "CNAPS")
        self._add(member, "MmbId", account.branch_code)
        self._add(institution, "LEI", account.bank_lei)
        self._add(institution, "Nm", account.bank)
        self._add(institution, "PstlAdr/Ctry", "CN")
        self._add(element, "BrnchId/Nm", account.branch)

    def _amount(self, parent: etree._Element, name: str, minor: int | None) -> None:
        self._add(parent, name, amount_text(minor or 0, self.digits)).set("Ccy", self.currency)

    def _add(self, parent: etree._Element, path: str, text: str | None = None) -> etree._Element:
        """New elements down the path; the text is the last one's."""
        for name in path.split("/"):
            parent = etree.SubElement(parent, self._prefix + name)
        parent.text = text
        return parent


def _is_owner(party: Party) -> bool:
    return account_identifier(_office(party).account, told_by_its_bank=True) in party.identifiers


def _office(party: Party) -> Office:
    return office_of(party.identifiers[0].value)
