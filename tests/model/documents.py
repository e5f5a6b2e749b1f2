"""Documents, what they can still back, and what both sides took away again."""

from __future__ import annotations

from typing import Any

from tests.model.parties import Parties
from tests.model.state import ATTESTOR, CORE, DOCUMENT_CANCELLED, OPERATOR, SUPPLIER, Signed

INVOICE, ORDER, RECEIPT = 1, 2, 3
ATTESTED, CANCELLED, CREDITED = 1, DOCUMENT_CANCELLED, 4


class Documents(Parties):
    def registry_register(
        self, sender: int, confirmations: list[tuple[Any, ...]], buyers: list[Signed], attestors: list[Signed]
    ) -> None:
        """Anyone may send what the buyers signed."""
        self.must(len(confirmations) == len(buyers) == len(attestors), "ListsDiffer")
        for confirmation, buyer, attestor in zip(confirmations, buyers, attestors, strict=True):
            self._register_one(confirmation, buyer, attestor)

    def _register_one(self, confirmation: tuple[Any, ...], signed: Signed, attested: Signed) -> None:
        identity, _, kind, face, currency, buyer, seller, delivery, lot, order, attestor = confirmation
        self._need_unknown(identity)
        self.need(INVOICE <= kind <= RECEIPT, "KindUnknown")
        self.need(currency != 0, "CurrencyMissing")
        self.need(face != 0, "ZeroAmount")
        self.need(kind != RECEIPT or lot != 0, "LotMissing")
        self.need_active(buyer)
        self.need(self.roles(buyer) & OPERATOR == 0, "OperatorCannotConfirm")
        self.need_active(seller)
        if kind != RECEIPT:
            self.need_role(seller, SUPPLIER | CORE)
        self.need_unrelated(buyer, seller)
        self._need_signed(signed, buyer, "SignatureInvalid", "Confirmation", confirmation)
        if attestor:
            self.need_active(attestor)
            self.need_role(attestor, ATTESTOR)
            self.need_unrelated(attestor, buyer)
            self.need_unrelated(attestor, seller)
            self._need_signed(attested, attestor, "AttestationInvalid", "Confirmation", confirmation)
        evidence = self.row("documents")["count"] + 1
        self.put("documents", count=evidence)
        carried = self._fulfil(evidence, order, kind, face, currency, buyer, seller) if order else 0
        self.put(
            "evidence", evidence, face=face, used=carried, buyer=buyer, seller=seller, currency=currency, kind=kind,
            flags=ATTESTED if attestor else 0, delivery=delivery,
        )  # fmt: skip
        self.put("identity", identity, evidence=evidence)

    def _fulfil(self, evidence: int, order: int, kind: int, face: int, currency: int, buyer: int, seller: int) -> int:
        """The invoice takes over what its order is used for, and the order's face shrinks by the invoice's."""
        known = self.row("identity", order)["evidence"]
        self.must(known != 0, "OrderUnknown")
        row = self.row("evidence", known)
        trade = (row["buyer"], row["seller"], row["currency"], row["kind"])
        self.must(kind == INVOICE and trade == (buyer, seller, currency, ORDER), "OrderMismatch")
        carried = min(row["used"], face)
        self.put("evidence", known, face=row["face"] - min(row["face"], face), used=row["used"] - carried)
        self.put("rarity", evidence, carried=carried, order=known)
        return carried

    def _need_unknown(self, identity: int) -> None:
        self.need(identity != 0, "IdentityMissing")
        known = self.row("identity", identity)["evidence"] or self.row("note", identity)["evidence"]
        self.need(known == 0, "IdentityAlreadyRegistered")

    def _need_signed(self, signed: Signed, party: int, rule: str, type_name: str, fields: tuple[Any, ...]) -> None:
        signer = self.party_of(signed.key)
        if self.need(signer != 0, "NotAParticipant"):
            self.need(signer == party, "KeyNotOfParty")
        self.need(signed.is_over(type_name, fields), rule)

    def registry_credit(self, sender: int, note: tuple[Any, ...], by_buyer: Signed, by_seller: Signed) -> None:
        identity, _, evidence, evidence_identity, amount, currency, buyer, seller = note
        self._need_unknown(identity)
        self.need(amount != 0, "ZeroAmount")
        found = self.row("identity", evidence_identity)["evidence"]
        self.must(evidence != 0 and found == evidence, "EvidenceIdentityMismatch")
        row = self.row("evidence", evidence)
        self.need(row["buyer"] == buyer, "EvidenceBuyerMismatch")
        self.need(row["seller"] == seller, "EvidenceSellerMismatch")
        self.need(row["currency"] == currency, "CurrencyMismatch")
        owed = self.owed_of(evidence)
        self.need(amount <= owed, "CreditExceedsFace")
        self.need_active(buyer)
        self.need_active(seller)
        self._need_signed(by_buyer, buyer, "SignatureInvalid", "CreditNote", note)
        self._need_signed(by_seller, seller, "SignatureInvalid", "CreditNote", note)
        self.put("note", identity, evidence=evidence)
        self.add("rarity", evidence, credited=amount)
        cancelled = CANCELLED if amount == owed else 0
        self.put("evidence", evidence, flags=row["flags"] | CREDITED | cancelled)

    # --- what is left

    def owed_of(self, evidence: int) -> int:
        """Its face less what is credited."""
        return max(0, self.row("evidence", evidence)["face"] - self.row("rarity", evidence)["credited"])

    def excess_of(self, evidence: int) -> int:
        """What it is used for beyond what it can back."""
        return max(0, self.row("evidence", evidence)["used"] - self.owed_of(evidence))

    def left_of(self, evidence: int) -> int:
        return max(0, self.owed_of(evidence) - self.row("evidence", evidence)["used"])

    def consume(
        self, evidence: int, buyer: int, seller: int, currency: int, today: int, attested_only: bool, amount: int
    ) -> int:
        """A piece uses its invoice; returns how often that was used before."""
        row = self.row("evidence", evidence)
        self.must(row["kind"] != 0, "EvidenceNotFound")
        self.need(row["kind"] == INVOICE, "EvidenceIsNoInvoice")
        self.need(row["buyer"] == buyer, "EvidenceBuyerMismatch")
        self.need(row["seller"] == seller, "EvidenceSellerMismatch")
        self.need(row["currency"] == currency, "CurrencyMismatch")
        self.need(0 < row["delivery"] <= today, "NotDelivered")
        self.need(not attested_only or row["flags"] & ATTESTED != 0, "EvidenceNotAttested")
        self.need(row["flags"] & CANCELLED == 0, "EvidenceCancelled")
        self.need(amount <= self.left_of(evidence), "EvidenceExhausted")
        self.need(row["uses"] < 65_535, "TooManyUses")
        self.add("evidence", evidence, used=amount, uses=1)
        return row["uses"]

    def release(self, evidence: int, amount: int) -> None:
        self.add("evidence", evidence, used=-amount)
