"""Marks that stop a piece and all that was cut from it: disputes, returned goods, courts."""

from __future__ import annotations

from tests.model.maturity import Maturity
from tests.model.state import (
    BY_OWNER,
    BY_PAYER,
    COURT,
    DISPUTE,
    FINANCED,
    LIVE_STATES,
    PAYMENT,
    REGULATOR,
    RETURNED,
    WHOLE_MARKED,
    WORD16,
    WRITTEN_OFF,
    issuer_of,
    obligation_of,
)


class Holds(Maturity):
    def dispute(self, sender: int, references: list[int], reason: int) -> None:
        caller = self.actor(sender)
        for reference in references:
            piece, row, terms = self.meant(reference)
            self.need(row["state"] in LIVE_STATES, "NothingToHold")
            way = self.way(piece)
            payer = self.row("piece", way[1])["owner"] if len(way) > 1 else issuer_of(piece)
            if row["flags"] & (FINANCED | PAYMENT):
                payer = 0
            self.must(caller in (payer, row["owner"]), "NotASide")
            self.need(caller == payer or row["children"] == 0, "AlreadyPassedOn")
            side = BY_PAYER if caller == payer else BY_OWNER
            kinds = self.row("hold", piece)["kinds"]
            self.need(not kinds & (DISPUTE | side), "AlreadyDisputed")
            self.refuse_if_broken()
            self.mark(piece, kinds | DISPUTE | side, disputant=caller, day=self.today(terms["offset"]))

    def endDispute(self, sender: int, references: list[int]) -> None:  # noqa: N802
        caller = self.party_of(sender)
        for reference in references:
            piece, _, terms = self.meant(reference)
            hold = self.row("hold", piece)
            self.must(hold["kinds"] & DISPUTE != 0, "NotDisputed")
            over = self.today(terms["offset"]) > hold["day"] + self.rules_of(terms)["dispute"]
            self.need(over or caller == hold["disputant"], "DisputeStillOpen")
            self.refuse_if_broken()
            self.unmark(piece, hold["kinds"] & ~DISPUTE, disputant=0, day=0)

    # --- returned goods

    def holdReturned(self, sender: int, evidence: int, references: list[int]) -> None:  # noqa: N802
        self.must(bool(references), "NothingNamed")
        excess = self.excess_of(evidence)
        self.must(excess != 0, "NothingReturned")
        seen = self.row("return", evidence)
        held, left, uses = seen["held"], seen["left"], self.row("evidence", evidence)["uses"]
        over = held >= excess or left == 0
        if over and seen["uses"] == uses:
            _, row, _ = self.meant(references[0])
            self.must(row["evidence"] == evidence and row["use"] == uses - 1, "EnoughHeld")
        if over or seen["uses"] != uses:
            held, left = 0, uses
        for reference in references:
            if held >= excess:
                break
            piece, row, _ = self.meant(reference)
            self.need(row["evidence"] == evidence, "NotOfEvidence")
            self.refuse_if_broken()
            if row["use"] >= left:
                continue
            self.must(row["use"] == left - 1, "NotTheLatestUse")
            live = self.live_under(piece)
            held, left = held + live, left - 1
            kinds = self.row("hold", piece)["kinds"]
            if live and not kinds & RETURNED:
                self.mark(piece, kinds | RETURNED)
        self.put("return", evidence, held=held, left=left, uses=uses)

    def live_under(self, piece: int) -> int:
        """What somebody may still be paid for, in the piece and all that was cut from it."""
        terms = self.row("obligation", obligation_of(piece))
        under, live = set(), 0
        for index in range(piece & WORD16, terms["pieces"] + 1):
            row = self.row("piece", piece >> 16 << 16 | index)
            if index == piece & WORD16 or row["parent"] in under:
                under.add(index)
                live += row["amount"] if row["state"] in LIVE_STATES else 0
        return live

    def endReturnHold(self, sender: int, evidence: int, references: list[int]) -> None:  # noqa: N802
        self.need(self.excess_of(evidence) == 0, "StillReturned")
        for reference in references:
            piece, row, _ = self.meant(reference)
            self.need(row["evidence"] == evidence, "NotOfEvidence")
            kinds = self.row("hold", piece)["kinds"]
            self.need(kinds & RETURNED != 0, "NotHeldForReturn")
            self.refuse_if_broken()
            self.unmark(piece, kinds & ~RETURNED)
        self.clear("return", evidence)

    # --- courts

    def _regulator(self, sender: int) -> int:
        party = self.actor(sender)
        self.need_role(party, REGULATOR)
        return party

    def holdByCourt(self, sender: int, references: list[int], order: int) -> None:  # noqa: N802
        court = self._regulator(sender)
        for reference in references:
            piece, row, _ = self.meant(reference)
            owed = row["state"] in LIVE_STATES and (row["amount"] or row["open"])
            self.need(bool(owed) or row["state"] == WRITTEN_OFF, "NothingToHold")
            kinds = self.row("hold", piece)["kinds"]
            self.need(not kinds & COURT, "AlreadyHeldByCourt")
            self.refuse_if_broken()
            self.mark(piece, kinds | COURT, court=court)

    def releaseByCourt(self, sender: int, references: list[int], order: int) -> None:  # noqa: N802
        court = self._regulator(sender)
        for reference in references:
            piece, _, _ = self.meant(reference)
            hold = self.row("hold", piece)
            self.need(hold["court"] == court, "NotHeldByCourt")
            self.refuse_if_broken()
            self.unmark(piece, hold["kinds"] & ~COURT, court=0)

    def holdObligationByCourt(self, sender: int, obligation: int, maturity: int, order: int) -> None:  # noqa: N802
        court = self._regulator(sender)
        terms = self.row("obligation", obligation)
        self.must(terms["pieces"] != 0 and terms["maturity"] == maturity, "ObligationUnknown")
        self.need(not terms["flags"] & WHOLE_MARKED, "AlreadyHeldByCourt")
        self.put("obligation", obligation, flags=terms["flags"] | WHOLE_MARKED, held=terms["held"] + 1)
        self.put("hold", obligation << 16, kinds=COURT, court=court, pieces=terms["pieces"])

    def releaseObligationByCourt(self, sender: int, obligation: int, order: int) -> None:  # noqa: N802
        court = self._regulator(sender)
        self.need(self.row("hold", obligation << 16)["court"] == court, "NotHeldByCourt")
        self.refuse_if_broken()
        terms = self.row("obligation", obligation)
        self.put("obligation", obligation, flags=terms["flags"] & ~WHOLE_MARKED, held=terms["held"] - 1)
        self.clear("hold", obligation << 16)
