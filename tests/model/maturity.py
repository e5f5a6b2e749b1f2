"""How a piece is paid by its issuer or by others, or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from tests.model.sales import Sales
from tests.model.state import (
    COURT_SERVED,
    GUARANTOR,
    HAS_LOSS,
    HELD,
    HOUR,
    OVERDUE,
    PAYMENT,
    RECOURSE,
    REDEEMED,
    WORD16,
    WRITTEN_OFF,
    Signed,
    issuer_of,
    obligation_of,
)  # fmt: skip


@dataclass(frozen=True)
class Agreement:
    """As `IMaturity.EarlyRedemption`."""

    piece: int
    amount: int
    price: int
    token: int
    children: int
    valid_until: int

    def signed_fields(self) -> tuple[int, ...]:
        return (
            self.piece & (1 << 80) - 1, self.piece >> 80 & WORD16, self.piece >> 96 & (1 << 40) - 1, self.piece >> 136,
            self.amount, self.price, self.token, self.children, self.valid_until,
        )  # fmt: skip


class Maturity(Sales):
    # --- by the issuer

    def _payable(self, reference: int, amount: int) -> tuple[int, dict[str, int], dict[str, int]]:
        piece, row, terms = self.meant(reference)
        self.need_state(row, HELD)
        self.need(amount != 0, "ZeroAmount")
        self.need(amount <= row["amount"], "AmountExceedsPiece")
        return piece, row, terms

    def _due(self, reference: int, amount: int) -> tuple[int, dict[str, int], dict[str, int]]:
        piece, row, terms = self._payable(reference, amount)
        self.need(self.today(terms["offset"]) >= terms["maturity"], "NotMature")
        return piece, row, terms

    def _need_part(self, row: dict[str, int], terms: dict[str, int], amount: int, rest: int) -> None:
        """A hundredth of the face, or all of the rest."""
        self.need(amount >= min(-(-terms["face"] // 100), rest, row["amount"]), "PartTooSmall")

    def payPart(self, sender: int, reference: int, amount: int, token: int) -> int:  # noqa: N802
        piece, row, terms = self._due(reference, amount)
        self._need_part(row, terms, amount, row["amount"])
        issuer = issuer_of(piece)
        self.need(self.identified(sender) == issuer, "NotTheIssuer")
        self.refuse_if_broken()
        payee = self.payee(piece)
        paid = self._redeem_amount(piece, amount)
        self.pay(token, terms["currency"], issuer, [(payee, amount)])
        return paid

    def _redeem_amount(self, piece: int, amount: int) -> int:
        """The piece itself where that is all of it and no offer is open, else a new one that is cut off."""
        row = self.row("piece", piece)
        if amount == row["amount"] and not row["open"]:
            self.redeem_whole(piece)
            return piece
        paid = self._cut(piece, amount, row["owner"], REDEEMED, PAYMENT)
        self.owe_less(obligation_of(piece), amount)
        return paid

    def _cut(self, piece: int, amount: int, owner: int, state: int, flags: int) -> int:
        row = self.row("piece", piece)
        obligation = obligation_of(piece)
        count = self.row("obligation", obligation)["pieces"]
        self.must(count < 65_535, "PiecesUsedUp")
        self.must(row["hops"] < 255, "HopsExceeded")
        self.finance_less(piece, amount)
        self.put("obligation", obligation, pieces=count + 1)
        self.add("piece", piece, amount=-amount, children=1)
        child = obligation << 16 | count + 1
        self.put(
            "piece", child, amount=amount, owner=owner, parent=piece & WORD16, hops=row["hops"] + 1, tier=row["tier"],
            state=state, flags=flags,
        )  # fmt: skip
        return child

    def redeemEarly(self, sender: int, agreement: Agreement, signed: Signed) -> None:  # noqa: N802
        piece, row, terms = self._payable(agreement.piece, agreement.amount)
        self.need(self.today(terms["offset"]) < terms["maturity"], "ObligationMatured")
        self.need(self.now <= agreement.valid_until, "OfferExpired")
        self.need(agreement.price != 0, "ZeroAmount")
        self.need(agreement.price <= agreement.amount, "PriceAboveAmount")
        fits = (agreement.amount, agreement.children) == (row["amount"], row["children"])
        self.need(fits, "AgreementStale")
        self.need(row["open"] == 0, "OffersOpen")
        self.need(not self.is_on_hold(piece), "PieceOnHold")
        self._need_signer(signed, row["owner"], "EarlyRedemption", agreement.signed_fields())
        self.need(self.identified(sender) == issuer_of(piece), "NotTheIssuer")
        self.refuse_if_broken()
        self.redeem_whole(piece)
        self.pay(agreement.token, terms["currency"], issuer_of(piece), [(row["owner"], agreement.price)])

    # --- off chain

    def confirmPayment(self, sender: int, reference: int, amount: int, payment: int) -> int:  # noqa: N802
        piece, row, terms = self._due(reference, amount)
        self._need_part(row, terms, amount, row["amount"])
        self.need(self.identified(sender) == self.payee(piece), "NotThePayee")
        self.refuse_if_broken()
        attested = self.row("payment", piece)
        if attested["contested"] or attested["amount"] <= amount:
            self.clear("payment", piece)
        else:
            self.add("payment", piece, amount=-amount)
        return self._redeem_amount(piece, amount)

    def attestPayment(self, sender: int, reference: int, amount: int, payment: int) -> None:  # noqa: N802
        piece, row, terms = self._due(reference, amount)
        self._need_part(row, terms, amount, row["amount"])
        caller = self.bank(sender)
        self.need(caller == self.account_bank(row["owner"]), "NotTheAccountBank")
        self.need_unrelated(caller, issuer_of(piece))
        self.need(self.payee(piece) == row["owner"], "PieceHeldByCourt")
        earlier = self.row("payment", piece)
        self.need(not earlier["contested"], "PaymentInDispute")
        self.need(earlier["amount"] == 0, "PaymentAlreadyAttested")
        until = self.now + self.rules_of(terms)["contest"] * HOUR
        self.put("payment", piece, amount=amount, until=until, contested=0)

    def contestPayment(self, sender: int, reference: int, reason: int) -> None:  # noqa: N802
        piece, row, _ = self.meant(reference)
        self.need(self.identified(sender) == row["owner"], "NotTheOwner")
        attested = self._attested_payment(piece)
        self.need(self.now <= attested["until"], "ContestOver")
        self.put("payment", piece, contested=1)

    def completePayment(self, sender: int, reference: int) -> int:  # noqa: N802
        piece, row, _ = self.meant(reference)
        attested = self._attested_payment(piece)
        amount = min(attested["amount"], row["amount"])
        self._due(reference, amount)
        self.need(self.now > attested["until"], "ContestStillOpen")
        self.need(self.payee(piece) == row["owner"], "PieceHeldByCourt")
        self.refuse_if_broken()
        self.clear("payment", piece)
        return self._redeem_amount(piece, amount)

    def _attested_payment(self, piece: int) -> dict[str, int]:
        attested = self.row("payment", piece)
        self.must(attested["amount"] != 0, "PaymentNotAttested")
        self.need(not attested["contested"], "PaymentInDispute")
        return attested

    # --- nobody paid

    def markOverdue(self, sender: int, obligation: int) -> None:  # noqa: N802
        terms = self.row("obligation", obligation)
        self.must(terms["live"] != 0, "NothingOwed")
        self.need(not terms["flags"] & OVERDUE, "AlreadyOverdue")
        due = self.business_day_from(self.row("terms", obligation >> 24)["calendar"], terms["maturity"])
        today = self.today(terms["offset"])
        self.need(today > due + terms["grace"], "NotOverdueYet")
        pieces = [self.row("piece", obligation << 16 | place + 1) for place in range(terms["pieces"])]
        accepted = any(one["state"] == HELD and (one["amount"] or one["open"]) for one in pieces)
        self.need(accepted, "NothingOwed")
        self.put("obligation", obligation, flags=terms["flags"] | OVERDUE)
        issuer = obligation >> 32
        row = self.row("issuer", issuer)
        self.put("issuer", issuer, overdue=row["overdue"] + 1, day0=today, day1=row["day0"], day2=row["day1"])
        if not row["overdue"]:
            self.stop_issuance(issuer, True)

    def writeOff(self, sender: int, reference: int, reason: int) -> None:  # noqa: N802
        caller = self.actor(sender)
        piece, row, terms = self.meant(reference)
        self.need_state(row, HELD)
        self.need(row["amount"] != 0, "ZeroAmount")
        self.need(row["owner"] == caller, "NotTheOwner")
        self.need(terms["flags"] & OVERDUE != 0, "NotOverdue")
        self.need(row["open"] == 0, "OffersOpen")
        self.need(self.payee(piece) == row["owner"], "PieceHeldByCourt")
        self.refuse_if_broken()
        obligation = obligation_of(piece)
        self.finance_less(piece, row["amount"])
        self.put("piece", piece, state=WRITTEN_OFF)
        self.add("loss", obligation, amount=row["amount"])
        self.put("obligation", obligation, live=terms["live"] - row["amount"], flags=terms["flags"] | HAS_LOSS)

    def makeGood(self, sender: int, references: list[int], token: int) -> None:  # noqa: N802
        self.must(bool(references), "NothingNamed")
        first = references[0] & (1 << 80) - 1
        issuer, currency = issuer_of(first), self.row("obligation", obligation_of(first))["currency"]
        payments = []
        for reference in references:
            piece, row, terms = self._lost(reference)
            self.need(issuer_of(piece) == issuer, "NotTheIssuer")
            self.need(terms["currency"] == currency, "CurrencyMismatch")
            self.refuse_if_broken()
            payments.append((self.payee(piece), row["amount"]))
            self._restore(piece)
        self.need(self.identified(sender) == issuer, "NotTheIssuer")
        self.pay(token, currency, issuer, payments)

    def confirmMadeGood(self, sender: int, reference: int, payment: int) -> None:  # noqa: N802
        piece, _, _ = self._lost(reference)
        self.need(self.identified(sender) == self.payee(piece), "NotThePayee")
        self.refuse_if_broken()
        self.clear("payment", piece)
        self._restore(piece)

    def _lost(self, reference: int) -> tuple[int, dict[str, int], dict[str, int]]:
        piece, row, terms = self.meant(reference)
        self.need_state(row, WRITTEN_OFF)
        return piece, row, terms

    def _restore(self, piece: int) -> None:
        amount = self.row("piece", piece)["amount"]
        self.put("piece", piece, state=REDEEMED)
        self.add("loss", obligation_of(piece), amount=-amount)
        self.add("line", piece >> 40, used=-amount)
        self.cure(obligation_of(piece))

    # --- guarantees and recourse

    def guarantee(self, sender: int, obligation: int, maturity: int, share: int) -> None:
        caller = self.actor(sender)
        self.need_role(caller, GUARANTOR)
        terms = self.row("obligation", obligation)
        self.must(terms["pieces"] != 0 and terms["maturity"] == maturity, "ObligationUnknown")
        self.need(self.today(terms["offset"]) < maturity, "ObligationMatured")
        self.need_unrelated(caller, obligation >> 32)
        self.need(share != 0, "ZeroAmount")
        words = self._guarantees(obligation)
        self.need(len(words) < 16, "TooManyGuarantors")
        self.need(all(one["guarantor"] != caller for one in words), "AlreadyGuaranteed")
        self.need(sum(one["share"] for one in words) + share <= 10_000, "SharesExceeded")
        self.put("guarantee", obligation, len(words), guarantor=caller, share=share)
        self.put("guarantees", obligation, count=len(words) + 1)

    def _guarantees(self, obligation: int) -> list[dict[str, int]]:
        return [
            self.row("guarantee", obligation, place) for place in range(self.row("guarantees", obligation)["count"])
        ]

    def payAsGuarantor(  # noqa: N802
        self, sender: int, reference: int, amount: int, token: int, number: int, description: int
    ) -> int:
        piece, row, terms = self._for_the_issuer(reference, amount, number, description)
        payer = self.identified(sender)
        obligation = obligation_of(piece)
        words = self._guarantees(obligation)
        guarantors = [one["guarantor"] for one in words]
        self.must(payer in guarantors, "NotAGuarantor")
        self.need(payer != row["owner"], "AlreadyTheHolder")
        self.need(not (row["flags"] & PAYMENT and row["owner"] in guarantors), "GuarantorNotCovered")
        place = guarantors.index(payer)
        cover = terms["face"] * words[place]["share"] // 10_000 - words[place]["paid"]
        self.need(amount <= cover, "CoverExceeded")
        self._need_part(row, terms, amount, cover)
        self.refuse_if_broken()
        self.add("guarantee", obligation, place, paid=amount)
        return self._take_over(piece, amount, payer, token)

    def _for_the_issuer(
        self, reference: int, amount: int, number: int, description: int
    ) -> tuple[int, dict[str, int], dict[str, int]]:
        piece, row, terms = self._payable(reference, amount)
        self.need(terms["flags"] & OVERDUE != 0, "NotOverdue")
        self.need(number != 0 and description != 0, "RegistrationMissing")
        return piece, row, terms

    def _take_over(self, piece: int, amount: int, payer: int, token: int) -> int:
        payee = self.payee(piece)
        to_court = payee != self.row("piece", piece)["owner"]
        child = self._cut(piece, amount, payer, HELD, PAYMENT | (COURT_SERVED if to_court else 0))
        self.pay(token, self.row("obligation", obligation_of(piece))["currency"], payer, [(payee, amount)])
        return child

    def claimRecourse(self, sender: int, reference: int, ancestor: int) -> None:  # noqa: N802
        piece, row, terms = self.meant(reference)
        self._payable(reference, row["amount"])
        self.need(terms["flags"] & OVERDUE != 0, "NotOverdue")
        self.need(self.identified(sender) == row["owner"], "NotTheOwner")
        self._need_predecessor(piece, ancestor)

    def payRecourse(  # noqa: N802
        self, sender: int, reference: int, ancestor: int, amount: int, token: int, number: int, description: int
    ) -> int:
        piece, row, terms = self._for_the_issuer(reference, amount, number, description)
        self._need_part(row, terms, amount, row["amount"])
        self._need_predecessor(piece, ancestor)
        payer = self.identified(sender)
        self.need(payer == self.row("piece", ancestor)["owner"], "NotTheOwner")
        self.refuse_if_broken()
        return self._take_over(piece, amount, payer, token)

    def _need_predecessor(self, piece: int, ancestor: int) -> None:
        """A holder goes back to owners before its own first place on the way; what it got by paying is no place."""
        flags = self.row("obligation", obligation_of(piece))["flags"]
        self.need(flags & RECOURSE != 0, "RecourseExcluded")
        way = self.way(piece)
        self.must(ancestor in way[1:], "NotOnPath")
        holder = self.row("piece", piece)["owner"]
        places = [
            place for place, one in enumerate(way)
            if self.row("piece", one)["owner"] == holder and (place > 0 or not self.row("piece", one)["flags"] & PAYMENT)
        ]  # fmt: skip
        first = max(places, default=-1)
        self.need(way.index(ancestor) > first >= 0, "NotAPredecessor")
