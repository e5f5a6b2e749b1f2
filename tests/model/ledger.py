"""The whole model: allotments on top of all else that the ledger does."""

from __future__ import annotations

from typing import Any

from tests.model.holds import Holds
from tests.model.lines import OPEN
from tests.model.movements import Leg
from tests.model.state import CORE, HELD, OFFERED, SUPPLIER, Signed

LIVE, REVOKED, ENDED = 1, 2, 3


class Ledger(Holds):
    def allot(
        self, sender: int, line: int, supplier: int, amount: int, expiry: int, terms: tuple[int, int, bool]
    ) -> int:
        row = self.known_line(line)
        self.need(self.actor(sender) == line >> 8, "NotTheIssuer")
        self.need(row["status"] == OPEN, "LineNotOpen")
        self.need(self.today(row["offset"]) <= row["expiry"], "LineExpired")
        self.need(amount <= self.available(line), "CreditLimitExceeded")
        self.rules_on(terms[0], self.today(row["offset"]))
        allotment = self._make_allotment(line, supplier, amount, expiry, row["expiry"], parent=0, depth=1, terms=terms)
        self.add("line", line, allotted=amount)
        return allotment

    def _make_allotment(
        self, line: int, supplier: int, amount: int, expiry: int, latest: int, parent: int, depth: int,
        terms: tuple[int, int, bool],
    ) -> int:  # fmt: skip
        self.need(amount != 0, "ZeroAmount")
        self.need(supplier != line >> 8, "IssuerCannotReceive")
        self.need_active(supplier)
        self.need_role(supplier, SUPPLIER | CORE)
        self.need(expiry <= latest, "AllotmentOutlives")
        self.need(self.today(self.row("line", line)["offset"]) <= expiry, "AllotmentOver")
        count = self.row("terms", line)["allotments"] + 1
        self.need(count < 65_536, "TooManyAllotments")
        self.put("terms", line, allotments=count)
        allotment = line << 16 | count
        self.put(
            "allotment", allotment, left=amount, holder=supplier, parent=parent, depth=depth, status=LIVE, expiry=expiry,
            instrument=terms[0], tenor=terms[1], recourse=int(terms[2]),
        )  # fmt: skip
        return allotment

    def _live(self, allotment: int) -> dict[str, int]:
        row = self.row("allotment", allotment)
        self.must(row["status"] != 0, "AllotmentUnknown")
        self.must(row["status"] == LIVE, "AllotmentNotLive")
        return row

    def _day_of(self, allotment: int) -> int:
        return self.today(self.row("line", allotment >> 16)["offset"])

    def passAllotment(self, sender: int, parent: int, supplier: int, amount: int, expiry: int) -> int:  # noqa: N802
        row = self._live(parent)
        self.need(self.actor(sender) == row["holder"], "NotTheHolder")
        self.need(self._day_of(parent) <= row["expiry"], "AllotmentOver")
        self.need(amount <= row["left"], "AmountExceedsAllotment")
        hops = self.rules_on(row["instrument"], self._day_of(parent))["hops"]
        # The drawer's supplier is a hop more than there are suppliers on the way.
        self.need(row["depth"] + 2 <= hops, "AllotmentTooDeep")
        self.add("allotment", parent, left=-amount)
        return self._make_allotment(
            parent >> 16, supplier, amount, expiry, row["expiry"], parent=parent & 0xFFFF, depth=row["depth"] + 1,
            terms=(row["instrument"], row["tenor"], bool(row["recourse"])),
        )  # fmt: skip

    def revoke(self, sender: int, allotment: int) -> None:
        row = self._live(allotment)
        line = allotment >> 16
        issuer, parent = line >> 8, line << 16 | row["parent"]
        giver = self.row("allotment", parent)["holder"] if row["parent"] else issuer
        caller = self.actor(sender)
        self.need(caller in (issuer, giver), "NotTheGiver")
        self.put("allotment", allotment, left=0, status=REVOKED)
        self._hand_back(parent if caller != issuer else line << 16, row["left"])

    def _hand_back(self, parent: int, amount: int) -> None:
        """To the allotment that the part was cut from while that can be drawn on, else to the line."""
        above = self.row("allotment", parent)
        if above["status"] == LIVE and self._day_of(parent) <= above["expiry"]:
            self.add("allotment", parent, left=amount)
        else:
            self.add("line", parent >> 16, allotted=-amount)

    def expireAllotment(self, sender: int, allotment: int) -> None:  # noqa: N802
        row = self._live(allotment)
        self.need(self._day_of(allotment) > row["expiry"], "AllotmentNotOver")
        self.put("allotment", allotment, left=0, status=ENDED)
        self._hand_back(allotment >> 16 << 16 | row["parent"], row["left"])

    def suppliers(self, allotment: int) -> list[int]:
        """Whose allotments led to this one, from the issuer on."""
        found = []
        while allotment & 0xFFFF:
            row = self.row("allotment", allotment)
            found.append(row["holder"])
            allotment = allotment >> 16 << 16 | row["parent"]
        return found[::-1]

    def draw(
        self, sender: int, allotment: int, instrument: int, maturity: int, recourse: bool, hops: list[int], leg: Leg,
        consent: Signed | None = None,
    ) -> int:  # fmt: skip
        row = self._live(allotment)
        line = allotment >> 16
        issuer, offset = line >> 8, self.row("line", line)["offset"]
        self.need(self.actor(sender) == row["holder"], "NotTheHolder")
        self.need(self._day_of(allotment) <= row["expiry"], "AllotmentOver")
        self.must(len(hops) == row["depth"], "ListsDiffer")
        self.need(leg[1] <= row["left"], "AmountExceedsAllotment")
        self.need(instrument == row["instrument"], "InstrumentNotAllotted")
        self.need(maturity >= self._day_of(allotment) + row["tenor"], "MaturityTooSoon")
        self.need(not recourse or row["recourse"] == 1, "RecourseNotAllotted")
        self.need_active(issuer)
        self.need_legs([leg], issuer, maturity, offset)
        rules = self.need_issuable(line, instrument, maturity)
        self.need(len(hops) + 1 <= rules["hops"], "HopsExceeded")
        self.need(len(hops) + 1 <= rules["pieces"], "PiecesExceeded")
        self.refuse_if_broken()
        amount = leg[1]
        self.add("allotment", allotment, left=-amount)
        self.add("line", line, allotted=-amount)
        obligation = self.open_obligation(line, rules, instrument, maturity, recourse, amount, len(hops) + 1)
        payer, last = issuer, len(hops) + 1
        for index, (supplier, evidence) in enumerate(zip(self.suppliers(allotment), hops, strict=True), start=1):
            self.trade_piece(obligation, index - 1, index, payer, (supplier, amount, evidence, leg[3]), index, HELD)
            offers = index == len(hops) and consent is None
            self.put("piece", obligation << 16 | index, amount=0, children=1, open=int(offers))
            payer = supplier
        use = self.trade_piece(obligation, last - 1, last, payer, leg, last, OFFERED if consent is None else HELD)
        if consent is not None:
            self.need_consent(obligation, last - 1, leg, use, consent)
        return obligation

    def drawAccepted(self, sender: int, *arguments: Any) -> int:  # noqa: N802
        return self.draw(sender, *arguments)
