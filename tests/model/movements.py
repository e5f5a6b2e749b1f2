"""Issue, consent, transfer and redemption: the daily way of a piece."""

from __future__ import annotations

from typing import Any

from tests.model.lines import OPEN, Lines
from tests.model.state import (
    ATTESTED_ONLY,
    CORE,
    COURT,
    COURT_SERVED,
    DISPUTE,
    EXPIRED,
    FINANCED,
    HAS_LOSS,
    HELD,
    MARKED,
    OFFERED,
    OVERDUE,
    RECOURSE,
    REDEEMED,
    REJECTED,
    RETURNED,
    STOPPED,
    SUPPLIER,
    VOIDED,
    WHOLE_MARKED,
    WORD16,
    Signed,
    issuer_of,
    obligation_of,
    start_of,
)  # fmt: skip

Leg = tuple[int, int, int, int]
"""Recipient, amount, evidence, deadline."""


class Movements(Lines):
    # --- the piece that an order means

    def meant(self, reference: int) -> tuple[int, dict[str, int], dict[str, int]]:
        """(piece, its row, its obligation's row)."""
        piece = reference & (1 << 80) - 1
        row, terms = self.row("piece", piece), self.row("obligation", obligation_of(piece))
        if not self.need(row["state"] != 0, "PieceUnknown"):
            return piece, row, terms
        found = (row["parent"], row["evidence"], terms["maturity"])
        self.need(
            found == (reference >> 80 & WORD16, reference >> 96 & (1 << 40) - 1, reference >> 136), "PieceMismatch"
        )
        return piece, row, terms

    def need_state(self, row: dict[str, int], state: int) -> bool:
        return self.need(row["state"] == state, "PieceNotInState")

    def way(self, piece: int) -> list[int]:
        """The piece and all that it was cut from, the nearest first."""
        pieces = [piece]
        while parent := self.row("piece", pieces[-1])["parent"]:
            pieces.append(piece >> 16 << 16 | parent)
        return pieces

    def is_on_hold(self, piece: int) -> bool:
        if self.row("obligation", obligation_of(piece))["flags"] & WHOLE_MARKED:
            return True
        return any(self.row("piece", one)["flags"] & MARKED for one in self.way(piece))

    def need_deadline(self, deadline: int, maturity: int, offset: int) -> None:
        self.need(self.now <= deadline, "DeadlinePassed")
        self.need(deadline < min(start_of(maturity, offset), 1 << 32), "DeadlineBeyondMaturity")

    # --- issue

    def issue(
        self, sender: int, line: int, instrument: int, maturity: int, recourse: bool, legs: list[Leg],
        consents: list[Signed] | None = None,
    ) -> int:  # fmt: skip
        row = self.known_line(line)
        issuer = line >> 8
        self.need(self.actor(sender) == issuer, "NotTheIssuer")
        self.need_legs(legs, issuer, maturity, row["offset"])
        face = sum(leg[1] for leg in legs)
        self.need(face <= self.available(line), "CreditLimitExceeded")
        rules = self.need_issuable(line, instrument, maturity)
        self.need(len(legs) <= rules["pieces"], "PiecesExceeded")
        self.refuse_if_broken()
        obligation = self.open_obligation(line, rules, instrument, maturity, recourse, face, len(legs))
        self._make_pieces(obligation, 0, 1, issuer, legs, consents)
        return obligation

    def issueAccepted(self, sender: int, *arguments: Any) -> int:  # noqa: N802
        return self.issue(sender, *arguments)

    def refuse_if_broken(self) -> None:
        """What follows would make no sense."""
        self.must(not self.broken, next(iter(self.broken), ""))

    def need_issuable(self, line: int, instrument: int, maturity: int) -> dict[str, int]:
        """What binds every issue under a line; returns the rules of the day."""
        row = self.row("line", line)
        today = self.today(row["offset"])
        self.need(row["status"] == OPEN, "LineNotOpen")
        self.need(today <= row["expiry"], "LineExpired")
        self.need(self.roles(line >> 8) & STOPPED == 0, "IssuerOverdue")
        self.need(maturity > today, "MaturityNotAhead")
        self.need(maturity <= row["expiry"], "MaturityBeyondLine")
        rules = self.rules_on(instrument, today)
        reviewed = self.row("review", line, maturity)["justification"] != 0
        longest = rules["reviewed"] if reviewed else rules["tenor"]
        self.need(maturity <= today + longest, "TenorTooLong")
        return rules

    def need_legs(self, legs: list[Leg], issuer: int, maturity: int, offset: int) -> None:
        self.need(bool(legs), "NothingNamed")
        for recipient, amount, _, deadline in legs:
            self.need(amount != 0, "ZeroAmount")
            self.need(recipient != issuer, "IssuerCannotReceive")
            self.need_deadline(deadline, maturity, offset)

    def open_obligation(
        self, line: int, rules: dict[str, int], instrument: int, maturity: int, recourse: bool, face: int, pieces: int
    ) -> int:
        row = self.row("line", line)
        count = row["count"] + 1
        obligation = line << 24 | count
        flags = (RECOURSE if recourse else 0) | (ATTESTED_ONLY if rules["attested"] else 0)
        self.put("line", line, used=row["used"] + face, count=count)
        self.put(
            "obligation", obligation, face=face, live=face, maturity=maturity, pieces=pieces, max_pieces=rules["pieces"],
            max_hops=rules["hops"], grace=rules["grace"], version=rules["version"], instrument=instrument, flags=flags,
            currency=row["currency"], offset=row["offset"],
        )  # fmt: skip
        return obligation

    def _make_pieces(
        self, obligation: int, parent: int, first: int, payer: int, legs: list[Leg], consents: list[Signed] | None
    ) -> None:
        hops = self.row("piece", obligation << 16 | parent)["hops"] + 1 if parent else 1
        if consents is not None:
            self.need(len(consents) == len(legs), "ListsDiffer")
        for place, leg in enumerate(legs):
            use = self.trade_piece(
                obligation, parent, first + place, payer, leg, hops, OFFERED if consents is None else HELD
            )
            if consents is not None and place < len(consents):
                self.need_consent(obligation, parent, leg, use, consents[place])

    def trade_piece(self, obligation: int, parent: int, index: int, payer: int, leg: Leg, hops: int, state: int) -> int:
        """A piece with its document behind it; returns how often that was used before."""
        recipient, amount, evidence, deadline = leg
        terms = self.row("obligation", obligation)
        use = self.consume(
            evidence, payer, recipient, terms["currency"], self.today(terms["offset"]),
            terms["flags"] & ATTESTED_ONLY != 0, amount,
        )  # fmt: skip
        self.put(
            "piece", obligation << 16 | index, amount=amount, owner=recipient, parent=parent, evidence=evidence, use=use,
            hops=hops, tier=hops, state=state, deadline=deadline,
        )  # fmt: skip
        return use

    def need_consent(self, obligation: int, parent: int, leg: Leg, use: int, signed: Signed) -> None:
        """A recipient's signature in advance, over exactly its piece."""
        recipient, amount, evidence, deadline = leg
        terms = self.row("obligation", obligation)
        self.need(self.party_of(signed.key) == recipient and recipient != 0, "KeyNotOfParty")
        self.need_active(recipient)
        self.need_role(recipient, SUPPLIER | CORE)
        fields = (
            obligation, obligation << 16 | parent if parent else 0, terms["maturity"], terms["instrument"],
            terms["flags"] & RECOURSE != 0, evidence, use, amount, recipient, deadline,
        )  # fmt: skip
        self.need(signed.is_over("Acceptance", fields), "SignatureInvalid")

    # --- accept, reject, expire

    def accept(self, sender: int, references: list[int]) -> None:
        owner = self.actor(sender)
        for reference in references:
            piece, row, _ = self.meant(reference)
            self.need_state(row, OFFERED)
            self.need(row["owner"] == owner, "NotTheOwner")
            self.need(self.now <= row["deadline"], "OfferExpired")
            self.need(not self.is_on_hold(piece), "PieceOnHold")
            self.refuse_if_broken()
            self.put("piece", piece, state=HELD)
            if row["parent"]:
                self.add("piece", self.way(piece)[1], open=-1)

    def reject(self, sender: int, references: list[int], reason: int) -> None:
        owner = self.actor(sender)
        for reference in references:
            piece, row, _ = self.meant(reference)
            self.need_state(row, OFFERED)
            self.need(row["owner"] == owner, "NotTheOwner")
            self.refuse_if_broken()
            self._give_back(piece, REJECTED)

    def expire(self, sender: int, references: list[int]) -> None:
        for reference in references:
            piece, row, _ = self.meant(reference)
            if self.need_state(row, OFFERED):
                self.need(self.now > row["deadline"], "OfferStillOpen")
            self.refuse_if_broken()
            self._give_back(piece, EXPIRED)

    def _give_back(self, piece: int, end: int) -> None:
        """An issue is void and frees the line, a transfer's amount is back in its parent; the document is free again."""
        row = self.row("piece", piece)
        if row["parent"]:
            self.give_to_parent(piece, end)
        else:
            self.put("piece", piece, state=VOIDED)
            self.owe_less(obligation_of(piece), row["amount"])
        seen = self.row("return", row["evidence"])
        if row["flags"] & MARKED and row["use"] >= seen["left"] and row["amount"] <= seen["held"]:
            self.add("return", row["evidence"], held=-row["amount"])
        self.release(row["evidence"], row["amount"])

    def give_to_parent(self, piece: int, end: int) -> None:
        amount = self.row("piece", piece)["amount"]
        self.add("piece", self.way(piece)[1], amount=amount, open=-1)
        self.put("piece", piece, amount=0, state=end)

    # --- transfer

    def transfer(self, sender: int, reference: int, legs: list[Leg], consents: list[Signed] | None = None) -> None:
        piece, row, terms = self.meant(reference)
        self.need_state(row, HELD)
        self.need(self.actor(sender) == row["owner"], "NotTheOwner")
        self.need(self.today(terms["offset"]) < terms["maturity"], "ObligationMatured")
        self.need_legs(legs, issuer_of(piece), terms["maturity"], terms["offset"])
        total = sum(leg[1] for leg in legs)
        self.need(row["flags"] & FINANCED == 0, "PieceBoughtForCash")
        self.need(total <= row["amount"], "AmountExceedsPiece")
        self.need(row["hops"] < terms["max_hops"], "HopsExceeded")
        self.need(terms["pieces"] + len(legs) <= terms["max_pieces"], "PiecesExceeded")
        self.need(not self.is_on_hold(piece), "PieceOnHold")
        self.refuse_if_broken()
        obligation = obligation_of(piece)
        opened = len(legs) if consents is None else 0
        self.add("piece", piece, amount=-total, children=len(legs), open=opened)
        self.put("obligation", obligation, pieces=terms["pieces"] + len(legs))
        self._make_pieces(obligation, piece & WORD16, terms["pieces"] + 1, row["owner"], legs, consents)

    def transferAccepted(self, sender: int, *arguments: Any) -> None:  # noqa: N802
        self.transfer(sender, *arguments)

    # --- redeem

    def redeem(self, sender: int, references: list[int], token: int) -> None:
        self.must(bool(references), "NothingNamed")
        first = references[0] & (1 << 80) - 1
        issuer, currency = issuer_of(first), self.row("obligation", obligation_of(first))["currency"]
        payments = []
        for reference in references:
            piece, row, terms = self.meant(reference)
            self.need(issuer_of(piece) == issuer, "NotTheIssuer")
            self.need_state(row, HELD)
            self.need(terms["currency"] == currency, "CurrencyMismatch")
            self.need(self.today(terms["offset"]) >= terms["maturity"], "NotMature")
            self.need(row["open"] == 0, "OffersOpen")
            self.need(row["amount"] != 0, "ZeroAmount")
            self.refuse_if_broken()
            payments.append((self.payee(piece), row["amount"]))
            self.redeem_whole(piece)
        self.need(self.identified(sender) == issuer, "NotTheIssuer")
        self.pay(token, currency, issuer, payments)

    def redeem_whole(self, piece: int) -> None:
        amount = self.row("piece", piece)["amount"]
        self.put("piece", piece, state=REDEEMED)
        self.finance_less(piece, amount)
        self.owe_less(obligation_of(piece), amount)

    def payee(self, piece: int) -> int:
        """The owner, or the court that holds the piece; the nearest order goes first."""
        owner = self.row("piece", piece)["owner"]
        for one in self.way(piece):
            court = self.row("hold", one)["court"] if self.row("piece", one)["flags"] & MARKED else 0
            if court:
                return court
            if self.row("piece", one)["flags"] & COURT_SERVED:
                if one & WORD16 > self.row("hold", piece >> 16 << 16)["pieces"]:
                    return owner
                break
        return self.row("hold", piece >> 16 << 16)["court"] or owner

    def mark(self, piece: int, kinds: int, **fields: int) -> None:
        self.put("hold", piece, kinds=kinds, **fields)
        flags = self.row("piece", piece)["flags"]
        if not flags & MARKED:
            self.put("piece", piece, flags=flags | MARKED)
            self.add("obligation", obligation_of(piece), held=1)

    def unmark(self, piece: int, kinds: int, **fields: int) -> None:
        self.put("hold", piece, kinds=kinds, **fields)
        if not kinds & (DISPUTE | RETURNED | COURT):
            self.put("piece", piece, flags=self.row("piece", piece)["flags"] & ~MARKED)
            self.add("obligation", obligation_of(piece), held=-1)

    def finance_less(self, piece: int, amount: int) -> None:
        """A bank's piece that was sold, paid or lost counts no more against what that bank may hold."""
        row = self.row("piece", piece)
        if row["flags"] & FINANCED:
            currency = self.row("obligation", obligation_of(piece))["currency"]
            self.add("financing", row["owner"], issuer_of(piece), currency, financed=-amount)

    def owe_less(self, obligation: int, amount: int) -> None:
        self.add("obligation", obligation, live=-amount)
        self.add("line", obligation >> 24, used=-amount)
        self.cure(obligation)

    def cure(self, obligation: int) -> None:
        """Overdue no more once nothing is live and no loss is left; its issuer issues again once all are cured."""
        terms = self.row("obligation", obligation)
        lost = terms["flags"] & HAS_LOSS and self.row("loss", obligation)["amount"]
        if terms["flags"] & OVERDUE and not terms["live"] and not lost:
            issuer = obligation >> 32
            self.put("obligation", obligation, flags=terms["flags"] & ~OVERDUE)
            self.add("issuer", issuer, overdue=-1)
            if not self.row("issuer", issuer)["overdue"]:
                self.stop_issuance(issuer, False)
