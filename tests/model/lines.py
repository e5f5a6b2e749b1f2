"""Lines: limits, sharing, group caps, financing limits."""

from __future__ import annotations

from tests.model.rules import Rules
from tests.model.state import BANK, CORE

OPEN, SUSPENDED = 1, 2
WHOLE = 10_000


class Lines(Rules):
    def known_line(self, line: int) -> dict[str, int]:
        row = self.row("line", line)
        self.must(row["status"] != 0, "LineUnknown")
        return row

    def _own_line(self, sender: int, line: int) -> dict[str, int]:
        row = self.known_line(line)
        self.need(self.actor(sender) == self.row("terms", line)["bank"], "NotTheBank")
        return row

    def available(self, line: int) -> int:
        row = self.row("line", line)
        return row["limit"] - row["used"] - row["allotted"]

    def grantLine(  # noqa: N802
        self, sender: int, issuer: int, limit: int, currency: int, expiry: int, offset: int, calendar: int
    ) -> int:
        bank = self.bank(sender)
        self.need_active(issuer)
        self.need_role(issuer, CORE)
        self.need(currency != 0, "CurrencyMissing")
        self.need(-56 <= offset <= 56, "TimeZoneUnknown")
        number = self.row("issuer", issuer)["lines"] + 1
        self.need(number <= 255 and self.row("line_count", bank, issuer)["count"] < 32, "TooManyLines")
        self.need(self.today(offset) <= expiry, "LineExpired")
        self._promise_more(bank, issuer, currency, limit)
        line = issuer << 8 | number
        self.put("issuer", issuer, lines=number)
        self.add("line_count", bank, issuer, count=1)
        self.put("line", line, limit=limit, expiry=expiry, currency=currency, status=OPEN, offset=offset)
        self.put("terms", line, bank=bank, calendar=calendar)
        return line

    def setLineLimit(self, sender: int, line: int, limit: int) -> None:  # noqa: N802
        row = self._own_line(sender, line)
        if limit <= row["limit"]:
            self._lower_limit(line, limit)
            return
        terms = self.row("terms", line)
        self.need(terms["backers"] == 0, "LimitShared")
        self._promise_more(terms["bank"], line >> 8, row["currency"], limit - row["limit"])
        self.put("line", line, limit=limit)

    def freeExpiredLine(self, sender: int, line: int) -> None:  # noqa: N802
        row = self.known_line(line)
        self.need(self.today(row["offset"]) > row["expiry"], "LineNotExpired")
        self._lower_limit(line, 0)

    def _lower_limit(self, line: int, limit: int) -> None:
        """Never below what is used and allotted. Each bank promises its share of the new limit."""
        row = self.row("line", line)
        limit = max(limit, row["used"] + row["allotted"])
        for bank, former in self.shares(line, row["limit"]).items():
            self._promise(bank, line >> 8, row["currency"], self.shares(line, limit)[bank] - former)
        self.put("line", line, limit=limit)

    def shares(self, line: int, amount: int) -> dict[int, int]:
        """Bank → what it carries: those who joined rounded down, who granted the rest."""
        terms = self.row("terms", line)
        joined = [self.row("backer", line, place) for place in range(terms["backers"])]
        parts = {one["bank"]: amount * one["share"] // WHOLE for one in joined}
        return {**parts, terms["bank"]: amount - sum(parts.values())}

    def suspendLine(self, sender: int, line: int) -> None:  # noqa: N802
        row = self.known_line(line)
        self.need(self.identified(sender) == self.row("terms", line)["bank"], "NotTheBank")
        self.need(row["status"] == OPEN, "LineNotOpen")
        self.put("line", line, status=SUSPENDED)

    def resumeLine(self, sender: int, line: int) -> None:  # noqa: N802
        row = self._own_line(sender, line)
        self.need(row["status"] == SUSPENDED, "LineNotSuspended")
        self.put("line", line, status=OPEN)

    def setFinancingLimit(self, sender: int, issuer: int, currency: int, limit: int) -> None:  # noqa: N802
        bank = self.bank(sender)
        self.need_role(issuer, CORE)
        self.need(currency != 0, "CurrencyMissing")
        row = self.row("financing", bank, issuer, currency)
        limit = max(limit, row["financed"])
        if limit > row["limit"]:
            self._promise_more(bank, issuer, currency, limit - row["limit"])
        else:
            self._promise(bank, issuer, currency, limit - row["limit"])
        self.put("financing", bank, issuer, currency, limit=limit)

    def reviewTenor(self, sender: int, line: int, maturity: int, justification: int) -> None:  # noqa: N802
        self._own_line(sender, line)
        self.need(justification != 0, "JustificationMissing")
        self.put("review", line, maturity, justification=justification)

    # --- group caps

    def setGroupCap(self, sender: int, group: int, currency: int, cap: int) -> None:  # noqa: N802
        bank = self.bank(sender)
        self.need(group != 0, "GroupMissing")
        self.need(currency != 0, "CurrencyMissing")
        self.put("cap", bank, group, currency, cap=cap)

    def recount(self, sender: int, bank: int, issuer: int, currency: int) -> None:
        """What was promised counts under the issuer's present group."""
        row = self.row("promise", bank, issuer, currency)
        group = self.row("party", issuer)["group"]
        if row["group"] == group:
            return
        if row["group"]:
            self.add("cap", bank, row["group"], currency, promised=-row["promised"])
        if group:
            self.add("cap", bank, group, currency, promised=row["promised"])
        self.put("promise", bank, issuer, currency, group=group)

    def _promise_more(self, bank: int, issuer: int, currency: int, amount: int) -> None:
        self.recount(0, bank, issuer, currency)
        group = self.row("party", issuer)["group"]
        cap = self.row("cap", bank, group, currency)
        free = max(0, cap["cap"] - cap["promised"])
        self.need(cap["cap"] == 0 or amount <= free, "GroupCapExceeded")
        self._promise(bank, issuer, currency, amount)

    def _promise(self, bank: int, issuer: int, currency: int, change: int) -> None:
        self.recount(0, bank, issuer, currency)
        self.add("promise", bank, issuer, currency, promised=change)
        group = self.row("party", issuer)["group"]
        if group:
            self.add("cap", bank, group, currency, promised=change)

    # --- sharing

    def shareLine(self, sender: int, line: int, bank: int, share: int) -> None:  # noqa: N802
        self._own_line(sender, line)
        self.need_active(bank)
        self.need_role(bank, BANK)
        self._need_shareable(line, bank, share)
        self.put("share_offer", line, bank, share=share)

    def joinLine(self, sender: int, line: int, share: int, limit: int) -> None:  # noqa: N802
        row = self.known_line(line)
        bank = self.bank(sender)
        self.need(share != 0 and self.row("share_offer", line, bank)["share"] == share, "ShareNotOffered")
        self.need(row["limit"] == limit, "LimitMismatch")
        self._need_shareable(line, bank, share)
        terms = self.row("terms", line)
        part = row["limit"] * share // WHOLE
        self._promise_more(bank, line >> 8, row["currency"], part)
        self._promise(terms["bank"], line >> 8, row["currency"], -part)
        self.put("share_offer", line, bank, share=0)
        self.put("backer", line, terms["backers"], bank=bank, share=share)
        self.put("terms", line, backers=terms["backers"] + 1, shared=terms["shared"] + share)

    def _need_shareable(self, line: int, bank: int, share: int) -> None:
        row, terms = self.row("line", line), self.row("terms", line)
        self.need(row["used"] == 0 and row["allotted"] == 0, "LineInUse")
        self.need(bank not in self.shares(line, 0), "AlreadyBacks")
        self.need(terms["backers"] < 16, "TooManyBackers")
        self.need(terms["shared"] + share <= WHOLE, "SharesExceeded")
