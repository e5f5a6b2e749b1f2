"""Dated rules, holidays and money: what the ledger asks the rulebook and the settlement."""

from __future__ import annotations

from tests.model.documents import Documents


class Rules(Documents):
    drawable: frozenset[int] = frozenset()
    """Accounts that let the settlement draw on them."""

    def rulebook_enact(self, sender: int, instrument: int, rules: tuple[int, ...], effective: int) -> None:
        self._restricted(sender)
        tenor, reviewed, pieces, hops, grace, dispute, contest, attested = rules
        last = self.row("latest", instrument)
        self.need(effective >= max(self.today(), last["effective"]), "RulesBackdated")
        usable = 0 not in (tenor, pieces, hops, contest) and reviewed >= tenor
        self.need(usable, "RulesUnusable")
        version = last["version"] + 1
        self.set_version(
            instrument, tenor=tenor, pieces=pieces, hops=hops, grace=grace, effective=effective, version=version,
            reviewed=reviewed, dispute=dispute, contest=contest, attested=int(attested),
        )  # fmt: skip
        self.clear("rules", instrument)

    def set_version(self, instrument: int, **fields: int) -> None:
        self.put("latest", instrument, **fields)
        self.put("version", instrument, fields["version"], **fields)

    def rules_on(self, instrument: int, day: int) -> dict[str, int]:
        """The rules in force; the ledger keeps a copy until the day before others follow."""
        copy = self.row("rules", instrument)
        if copy["effective"] <= day <= copy["last"]:
            return copy
        versions = [
            self.row("version", instrument, number + 1) for number in range(self.row("latest", instrument)["version"])
        ]
        self.must(bool(versions), "InstrumentUnknown")
        begun = [one for one in versions if one["effective"] <= day]
        found = begun[-1] if begun else versions[0]
        later = [one["effective"] for one in versions if one["version"] > found["version"]]
        self.put("rules", instrument, **{**found, "last": later[0] - 1 if later else 65_535})
        return self.row("rules", instrument)

    def rules_of(self, obligation: dict[str, int]) -> dict[str, int]:
        """Those that it was issued under."""
        return self.row("version", obligation["instrument"], obligation["version"])

    def rulebook_setHolidays(self, sender: int, calendar: int, word: int, days: int) -> None:  # noqa: N802
        self._restricted(sender)
        self.need(calendar != 0, "CalendarFixed")
        changed = self.row("holidays", calendar, word)["days"] ^ days
        begun = (self.now + 14 * 3_600) // 86_400 - word * 256
        self.need(begun < 0 or changed & ((1 << min(begun + 1, 256)) - 1) == 0, "HolidaysBackdated")
        self.put("holidays", calendar, word, days=days)

    def business_day_from(self, calendar: int, day: int) -> int:
        """From a day of maturity on, and 15 days after it at the latest."""
        latest = min(day + 15, 65_535)
        while day < latest and self.row("holidays", calendar, day // 256)["days"] >> day % 256 & 1:
            day += 1
        return day

    # --- money

    def pay(self, token: int, currency: int, payer: int, payments: list[tuple[int, int]]) -> None:
        """From a party's account to those of others: (payee, amount)."""
        known = self.row("money", token)["currency"]
        self.must(currency != 0 and known == currency, "TokenNotApproved")
        account = self.row("party", payer)["account"]
        self.need(account in self.drawable, "ERC20InsufficientAllowance")
        for payee, amount in payments:
            self.must(self.row("balance", token, account)["amount"] >= amount, "ERC20InsufficientBalance")
            self.add("balance", token, account, amount=-amount)
            self.add("balance", token, self.row("party", payee)["account"], amount=amount)
