"""Sales of pieces to banks: cash on chain at once, or a lock while cash moves off chain."""

from __future__ import annotations

from dataclasses import dataclass

from tests.model.movements import Movements
from tests.model.state import (
    BANK,
    COURT,
    DOCUMENT_CANCELLED,
    EXPIRED,
    FINANCED,
    HELD,
    HOUR,
    LOCKED,
    REJECTED,
    WORD16,
    Signed,
    issuer_of,
    obligation_of,
    start_of,
)  # fmt: skip


@dataclass(frozen=True)
class Offer:
    """A bank's offer, as in `IFinancing.FinanceOffer`."""

    piece: int
    children: int
    amount: int
    price: int
    rate: int
    basis: int
    fee_payer: int
    bank: int
    token: int
    valid_until: int
    number: int
    description: int

    def signed_fields(self) -> tuple[int, ...]:
        return (
            self.piece & (1 << 80) - 1, self.piece >> 80 & WORD16, self.piece >> 96 & (1 << 40) - 1, self.piece >> 136,
            self.children, self.amount, self.price, self.rate, self.basis, self.fee_payer, self.bank, self.token,
            self.valid_until, self.number, self.description,
        )  # fmt: skip


@dataclass(frozen=True)
class Agreed:
    seller: int
    price: int
    proceeds: int
    fee_payer: int


class Sales(Movements):
    def _agreed(self, sender: int, offer: Offer, by_bank: Signed, by_payer: Signed, least: int) -> Agreed:
        seller = self.actor(sender)
        piece, row, terms = self.meant(offer.piece)
        self.need_state(row, HELD)
        self.need(row["owner"] == seller, "NotTheOwner")
        self.need(self.now <= offer.valid_until, "OfferExpired")
        self.need(offer.children == row["children"], "OfferStale")
        self.need(offer.amount != 0, "ZeroAmount")
        self.need(offer.amount <= row["amount"], "AmountExceedsPiece")
        self.need(offer.number != 0 and offer.description != 0, "RegistrationMissing")
        today = self.today(terms["offset"])
        self.need(today < terms["maturity"], "ObligationMatured")
        self.need(terms["pieces"] < terms["max_pieces"], "PiecesExceeded")
        self.need(row["hops"] < 255, "HopsExceeded")
        self.need(not self.is_on_hold(piece), "PieceOnHold")
        self.need(not self.row("evidence", row["evidence"])["flags"] & DOCUMENT_CANCELLED, "EvidenceCancelled")
        if not row["flags"] & FINANCED:
            self.need_unrelated(seller, issuer_of(piece))
        self.need_unrelated(offer.bank, seller)
        price = self._price(offer, terms["maturity"] - today)
        other = offer.fee_payer not in (0, seller)
        proceeds = offer.amount if other else price
        self.need(proceeds >= least, "PriceBelowMinimum")
        self._need_signer(by_bank, offer.bank, "FinanceOffer", offer.signed_fields())
        self.need_role(offer.bank, BANK)
        if other:
            self.need(offer.fee_payer != offer.bank, "FeePayerIsBank")
            self._need_signer(by_payer, offer.fee_payer, "FeeAgreement", (offer.fee_payer, offer.signed_fields()))
        return Agreed(seller, price, proceeds, offer.fee_payer if other else 0)

    def _price(self, offer: Offer, days: int) -> int:
        price = offer.price
        if offer.rate:
            self.need(price == 0, "PriceAmbiguous")
            self.must(offer.basis in (360, 365), "DayCountUnknown")
            discount = -(-offer.amount * offer.rate * max(days, 0) // (offer.basis * 1_000_000))
            self.need(discount < offer.amount, "DiscountExceedsAmount")
            price = offer.amount - discount
        self.need(price > 0, "ZeroAmount")
        self.need(price <= offer.amount, "PriceAboveAmount")
        return price

    def _need_signer(self, signed: Signed, party: int, type_name: str, fields: tuple[object, ...]) -> None:
        found = self.party_of(signed.key)
        if self.need(found != 0, "NotAParticipant"):
            self.need_active(found)
            self.need(found == party, "KeyNotOfParty")
        self.need(signed.is_over(type_name, fields), "SignatureInvalid")

    def _sell(self, offer: Offer, state: int, deadline: int) -> int:
        piece, row, terms = self.meant(offer.piece)
        record = self.row("financing", offer.bank, issuer_of(piece), terms["currency"])
        self.need(offer.amount <= record["limit"] - record["financed"], "FinancingLimitExceeded")
        self.refuse_if_broken()
        self.add("financing", offer.bank, issuer_of(piece), terms["currency"], financed=offer.amount)
        self.add("piece", piece, amount=-offer.amount, children=1, open=int(state == LOCKED))
        self.add("obligation", obligation_of(piece), pieces=1)
        child = piece >> 16 << 16 | terms["pieces"] + 1
        self.put(
            "piece", child, amount=offer.amount, owner=offer.bank, parent=piece & WORD16, hops=row["hops"] + 1,
            tier=row["tier"], state=state, flags=FINANCED, deadline=deadline,
        )  # fmt: skip
        return child

    def finance(self, sender: int, offer: Offer, by_bank: Signed, by_payer: Signed, least: int) -> int:
        agreed = self._agreed(sender, offer, by_bank, by_payer, least)
        piece, _, terms = self.meant(offer.piece)
        # A bank that buys what it sells itself is refused, so the order of these two does not matter.
        self.finance_less(piece, offer.amount)
        child = self._sell(offer, HELD, 0)
        self.pay(offer.token, terms["currency"], offer.bank, [(agreed.seller, agreed.proceeds)])
        if agreed.proceeds != agreed.price:
            self.pay(offer.token, terms["currency"], agreed.fee_payer, [(offer.bank, agreed.proceeds - agreed.price)])
        return child

    def lock(self, sender: int, offer: Offer, by_bank: Signed, by_payer: Signed, least: int, deadline: int) -> int:
        self.need(offer.token == 0, "CashMovesOnChain")
        agreed = self._agreed(sender, offer, by_bank, by_payer, least)
        _, _, terms = self.meant(offer.piece)
        self.need_deadline(deadline, terms["maturity"], terms["offset"])
        hours = self.rules_of(terms)["contest"]
        latest = start_of(terms["maturity"], terms["offset"]) - 1 - hours * HOUR
        self.need(deadline <= latest, "ContestBeyondMaturity")
        child = self._sell(offer, LOCKED, deadline)
        self.put("sale", child, proceeds=agreed.proceeds, hours=hours, bank=self.account_bank(agreed.seller))
        return child

    # --- the lock's end

    def _locked(self, reference: int) -> tuple[int, dict[str, int], dict[str, int]]:
        piece, row, terms = self.meant(reference)
        self.need_state(row, LOCKED)
        self.refuse_if_broken()
        return piece, row, terms

    def _seller(self, piece: int) -> int:
        return self.row("piece", self.way(piece)[1])["owner"]

    def confirmReceipt(self, sender: int, reference: int) -> None:  # noqa: N802
        caller = self.actor(sender)
        piece, _, _ = self._locked(reference)
        self.need(caller == self._seller(piece), "NotTheOwner")
        self._complete(piece)

    def attestReceipt(self, sender: int, reference: int, payment: int) -> None:  # noqa: N802
        caller = self.bank(sender)
        piece, row, _ = self._locked(reference)
        self.need(caller == self.row("sale", piece)["bank"], "NotTheAccountBank")
        self.need(caller != row["owner"], "AttestorIsFunder")
        self.need_unrelated(caller, row["owner"])
        self.need(self.row("sale", piece)["attested"] == 0, "CashAlreadyAttested")
        self.need(self.now <= row["deadline"], "OfferExpired")
        self.put("sale", piece, attested=self.now)

    def contest(self, sender: int, reference: int, reason: int) -> None:
        caller = self.identified(sender)
        piece, _, _ = self._locked(reference)
        self.need(caller == self._seller(piece), "NotTheOwner")
        sale = self._attested_sale(piece)
        self.need(self.now <= sale["attested"] + sale["hours"] * HOUR, "ContestOver")
        self.put("sale", piece, contested=1)

    def complete(self, sender: int, reference: int) -> None:
        piece, _, _ = self._locked(reference)
        sale = self._attested_sale(piece)
        self.need(self.now > sale["attested"] + sale["hours"] * HOUR, "ContestStillOpen")
        self._complete(piece)

    def _attested_sale(self, piece: int) -> dict[str, int]:
        sale = self.row("sale", piece)
        self.must(sale["attested"] != 0, "CashNotAttested")
        self.need(not sale["contested"], "AttestationInDispute")
        return sale

    def _complete(self, piece: int) -> None:
        parent = self.way(piece)[1]
        self.put("piece", piece, state=HELD)
        self.add("piece", parent, open=-1)
        self.clear("sale", piece)
        self.finance_less(parent, self.row("piece", piece)["amount"])

    def unlock(self, sender: int, reference: int) -> None:
        piece, row, terms = self._locked(reference)
        sale = self.row("sale", piece)
        if sale["contested"]:
            self.need(self.today(terms["offset"]) >= terms["maturity"], "AttestationInDispute")
        else:
            self.need(not sale["attested"], "CashAlreadyAttested")
            self.need(self.now > row["deadline"], "OfferStillOpen")
        self._undo(piece, EXPIRED)

    def releaseLock(self, sender: int, reference: int) -> None:  # noqa: N802
        caller = self.bank(sender)
        piece, row, _ = self._locked(reference)
        self.need(caller == row["owner"], "NotTheOwner")
        self._undo(piece, REJECTED)

    def _give_courts_hold_back(self, piece: int) -> None:
        """What a court holds of a locked piece it holds where that goes back to."""
        hold = self.row("hold", piece)
        if not hold["court"]:
            return
        self.unmark(piece, hold["kinds"] & ~COURT, court=0)
        parent = self.way(piece)[1]
        kinds = self.row("hold", parent)["kinds"]
        if not kinds & COURT:
            self.mark(parent, kinds | COURT, court=hold["court"])

    def _undo(self, piece: int, end: int) -> None:
        row = self.row("piece", piece)
        self.finance_less(piece, row["amount"])
        self.clear("sale", piece)
        self._give_courts_hold_back(piece)
        self.put("piece", piece, flags=self.row("piece", piece)["flags"] & ~FINANCED)
        self.give_to_parent(piece, end)
