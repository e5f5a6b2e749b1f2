"""Random histories: what the parties of a small world try next, most of it allowed, some of it not."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from dataclasses import fields as fields_of
from typing import Any

from tests.model.documents import CANCELLED, INVOICE, ORDER
from tests.model.ledger import LIVE, Ledger
from tests.model.lines import SUSPENDED
from tests.model.maturity import Agreement
from tests.model.movements import Leg
from tests.model.sales import Offer
from tests.model.state import (
    ATTESTOR,
    BANK,
    CORE,
    DAY,
    FINANCED,
    GUARANTOR,
    HELD,
    HOUR,
    LIVE_STATES,
    LOCKED,
    OFFERED,
    OPERATOR,
    OVERDUE,
    RECOURSE,
    REGULATOR,
    STOPPED,
    SUPPLIER,
    WHOLE_MARKED,
    WRITTEN_OFF,
    Signed,
    issuer_of,
    named,
    obligation_of,
    start_of,
)  # fmt: skip

NO_SIGNATURE = Signed(0, 0, "", ())
TWIST = 0.14
"""Share of actions of which one thing is made another: who acts, a number, a signature."""


@dataclass(frozen=True)
class Action:
    """A transaction ``wait`` seconds after the one before."""

    wait: int
    sender: int
    contract: str
    function: str
    arguments: tuple[Any, ...]

    def __str__(self) -> str:
        numbers = re.sub(r"\b\d{22,}\b", lambda found: hex(int(found[0])), str(self.arguments))
        return f"+{self.wait} s, {self.sender:#x}: {self.contract}.{self.function}{numbers}"

    @property
    def of_model(self) -> str:
        """The model's function."""
        prefix = {"CreditLedger": "", "TradeRegistry": "registry_"}.get(self.contract, self.contract.lower() + "_")
        return prefix + self.function


class History:
    """Draws one action after the other, and looks at the model to draw sensible ones."""

    def __init__(self, random_: random.Random, model: Ledger, keys: list[int], tokens: dict[int, int]) -> None:
        self.random = random_
        self.model = model
        self.keys = keys
        self.tokens = tokens
        self.pieces: list[int] = []
        self.obligations: list[int] = []
        self.uses: dict[tuple[int, int], int] = {}
        self.documents: dict[int, list[int]] = {}
        self.credited: list[int] = []
        self._seen: set[int] = set()
        self._numbers = 0
        self._follow: list[Action] = []
        self._makers: list[Callable[[], Action | None]] = []
        self._weights: list[int] = []
        for name, weight in WEIGHTS.items():
            self._makers.append(getattr(self, "_" + name))
            self._weights.append(weight)

    # --- the next one

    def next(self) -> Action:
        """An action whose numbers may be out of their types, in which case it should be drawn anew."""
        while True:
            if self._follow and self.random.random() < 0.6:
                follow = self._follow.pop()
                return replace(follow, wait=self.random.randint(0, HOUR))
            action = self.random.choices(self._makers, self._weights)[0]()
            if action is None:
                continue
            action = replace(action, wait=self._wait())
            if self.random.random() < TWIST:
                action = self._twisted(action)
            return action

    def learn(self, action: Action) -> None:
        """Remember what the action made."""
        for table, key in self.model.touched:
            if table == "piece" and key[0] not in self._seen:
                self._seen.add(key[0])
                self.pieces.append(key[0])
                row = self.model.row("piece", key[0])
                if row["evidence"]:
                    self.uses[row["evidence"], row["use"]] = key[0]
            elif table == "obligation" and key[0] not in self._seen:
                self._seen.add(key[0])
                self.obligations.append(key[0])
            elif table == "evidence" and key[0] not in self._seen:
                self._seen.add(key[0])
                self.documents.setdefault(self.model.row("evidence", key[0])["buyer"], []).append(key[0])
            elif table == "note":
                self.credited.append(self.model.row("note", *key)["evidence"])

        if self.model.touched:
            self._plan_on(action)

    def _plan_on(self, action: Action) -> None:
        """What the other side soon does about a lock or an attestation, and chance alone would mostly miss."""
        self._follow.clear()
        locked = next((key[0] for table, key in self.model.touched if table == "sale"), 0)
        if locked and action.function in ("lock", "attestReceipt"):
            seller = self.model.row("piece", self.model.way(locked)[1])["owner"]
            if action.function == "lock":
                self._follow.append(self._call(self.model.account_bank(seller), "attestReceipt", self._ref(locked), 11))
            elif self.random.random() < 0.4:
                self._follow.append(self._call(seller, "contest", self._ref(locked), 12))
        if action.function == "attestPayment" and self.random.random() < 0.3:
            piece = next(key[0] for table, key in self.model.touched if table == "payment")
            owner = self.model.row("piece", piece)["owner"]
            self._follow.append(self._call(owner, "contestPayment", self._ref(piece), 12))

    def _wait(self) -> int:
        kind = self.random.random()
        if kind < 0.8:
            return self.random.randint(0, 900)
        return self.random.randint(0, 4 * HOUR) if kind < 0.975 else self.random.randint(DAY, 2 * DAY)

    # --- what is made another

    def _twisted(self, action: Action) -> Action:
        if self.random.random() < 0.35:
            return replace(action, sender=self.random.choice(self.keys))
        if not action.arguments:
            return action
        arguments = list(action.arguments)
        place = self.random.randrange(len(arguments))
        arguments[place] = self._other(arguments[place])
        return replace(action, arguments=tuple(arguments))

    def _other(self, value: Any) -> Any:
        if isinstance(value, bool):
            return not value
        if isinstance(value, int):
            return self.random.choice(
                [0, value + 1, max(value - 1, 0), value // 2, value + self.random.randint(1, 200)]
            )
        if isinstance(value, Signed):
            if value is NO_SIGNATURE:
                return value
            forger = self.random.choice(self.keys)
            return (
                replace(value, signer=forger)
                if self.random.random() < 0.5
                else replace(value, key=forger, signer=forger)
            )
        if isinstance(value, (Offer, Agreement)):
            field = self.random.choice(fields_of(value)).name
            return replace(value, **{field: self._other(getattr(value, field))})
        if isinstance(value, (list, tuple)) and value:
            items = list(value)
            place = self.random.randrange(len(items))
            kind = self.random.random()
            if isinstance(value, list) and kind < 0.15:
                items.pop(place)
            elif isinstance(value, list) and kind < 0.3:
                items.append(items[place])
            else:
                items[place] = self._other(items[place])
            return items if isinstance(value, list) else tuple(items)
        return value

    # --- who and what

    def _key(self, party: int) -> int:
        """One of the party's keys; anybody's where it has none."""
        own = [key for key in self.keys if self.model.party_of(key) == party]
        return self.random.choice(own or self.keys)

    def _parties(self, roles: int) -> list[int]:
        count = self.model.row("parties")["count"]
        return [party for party in range(1, count + 1) if self.model.roles(party) & roles]

    def _party(self, roles: int, *without: int) -> int:
        """Usually one that may act."""
        found = [one for one in self._parties(roles) if one not in without]
        active = [one for one in found if self.model.is_active(one)]
        return self.random.choice(active if active and self.random.random() < 0.95 else found)

    def _piece(self, fits: Callable[[int, dict[str, int]], bool]) -> int | None:
        """A piece that fits, the later ones more often; those that are over are mostly forgotten."""
        for _ in range(25):
            if not self.pieces:
                return None
            place = self.random.randrange(len(self.pieces))
            piece = self.pieces[place]
            row = self.model.row("piece", piece)
            if fits(piece, row):
                return piece
            if row["state"] not in (*LIVE_STATES, WRITTEN_OFF) and self.random.random() < 0.8:
                self.pieces[place] = self.pieces[-1]
                self.pieces.pop()
        return self.random.choice(self.pieces) if self.pieces and self.random.random() < 0.05 else None

    def _ref(self, piece: int) -> int:
        return named(piece, self.model.row("piece", piece), self._terms(piece)["maturity"])

    def _terms(self, piece: int) -> dict[str, int]:
        return self.model.row("obligation", obligation_of(piece))

    def _is_mature(self, piece: int) -> bool:
        terms = self._terms(piece)
        return self.model.today(terms["offset"]) >= terms["maturity"]

    def _is_overdue(self, piece: int) -> bool:
        return self._terms(piece)["flags"] & OVERDUE != 0

    def _call(self, party: int, function: str, *arguments: Any) -> Action:
        return Action(0, self._key(party), "CreditLedger", function, arguments)

    def _anyone(self, function: str, *arguments: Any) -> Action:
        return Action(0, self.random.choice(self.keys), "CreditLedger", function, arguments)

    def _restricted(self, contract: str, function: str, *arguments: Any) -> Action:
        return Action(0, self.model.registrar, contract, function, arguments)

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers << 128 | self.random.getrandbits(100)

    def _part(self, amount: int) -> int:
        return amount if self.random.random() < 0.3 else self.random.randint(1, max(1, amount))

    def _currency(self) -> int:
        return 1 if self.random.random() < 0.8 else 2

    def _token(self, currency: int) -> int:
        return (
            self.tokens.get(currency, 0)
            if self.random.random() < 0.97
            else self.random.choice([*self.tokens.values(), 0])
        )

    # --- parties

    def _register_party(self) -> Action | None:
        free = [key for key in self.keys if not self.model.party_of(key)]
        if not free:
            return None
        key = self.random.choice(free)
        roles = self.random.choice(
            [CORE, SUPPLIER, SUPPLIER, CORE | SUPPLIER, SUPPLIER | GUARANTOR, BANK, 0, BANK | CORE, 256]
        )
        if sum(1 for _ in self._parties(0xFF)) > 26 and self.random.random() < 0.9:
            return None
        bank = self.random.choice([0, *self._parties(BANK)])
        return self._restricted(
            "Participants", "register", key, key, roles, self.random.choice([0, 0, 0, 1, 2]), self._kyc(), bank
        )

    def _kyc(self) -> int:
        return self.model.today() + self.random.choice([20, 400, 20_000])

    def _suspend(self) -> Action:
        return self._restricted("Participants", "suspend", self.random.choice(self._parties(0xFF)))

    def _reinstate(self) -> Action | None:
        found = [one for one in self._parties(0xFF) if self.model.row("party", one)["status"] != 1]
        return self._restricted("Participants", "reinstate", self.random.choice(found)) if found else None

    def _renew(self) -> Action | None:
        today = self.model.today()
        found = [one for one in self._parties(0xFF) if self.model.row("party", one)["kyc"] < today]
        party = self.random.choice(found or self._parties(0xFF))
        return self._restricted("Participants", "renew", party, self._kyc())

    def _regroup(self) -> Action:
        group = self.random.choice([0, 0, 0, 0, 1, 2, 3])
        return self._restricted("Participants", "regroup", self.random.choice(self._parties(0xFF)), group)

    def _add_key(self) -> Action | None:
        party = self.random.choice(self._parties(0xFF))
        free = [
            key for key in self.keys if not self.model.party_of(key) and not self.model.row("account", key)["party"]
        ]
        if not free:
            return None
        key, row = self.random.choice(free), self.model.row("party", party)
        proof = Signed(key, key, "KeyJoin", (party, key, row["epoch"], row["changes"]))
        return Action(0, self._key(party), "Participants", "addKey", (key, proof))

    def _remove_key(self) -> Action:
        party = self.random.choice(self._parties(0xFF))
        return Action(0, self._key(party), "Participants", "removeKey", (self._key(party),))

    def _propose_account(self) -> Action:
        party = self.random.choice(self._parties(0xFF))
        bank = self.random.choice([0, *self._parties(BANK)])
        account, until = self.random.choice(self.keys), self.model.now + self.random.choice([-1, 0, DAY, DAY, DAY, DAY])
        signer = account if self.random.random() < 0.9 else self.random.choice(self.keys)
        proof = Signed(account, signer, "AccountJoin", (party, account, until))
        return Action(0, self._key(party), "Participants", "proposeAccount", (account, bank, until, proof))

    def _end_account_change(self) -> Action | None:
        waiting = [one[0] for one, row in self.model.tables["change"].items() if row["at"]]
        if not waiting:
            return None
        party = self.random.choice(waiting)
        if self.random.random() < 0.15:
            # Mostly by the party's own key; at times by one that it removed, or by another's.
            removed = [one[0] for one, row in self.model.tables["key"].items() if row["former"] == party]
            key = self.random.choice(removed) if removed and self.random.random() < 0.5 else self._key(party)
            return Action(0, key, "Participants", "cancelAccountChange", ())
        return Action(0, self.random.choice(self.keys), "Participants", "applyAccountChange", (party,))

    def _propose_recovery(self) -> Action | None:
        party = self.random.choice(self._parties(0xFF))
        free = [key for key in self.keys if not self.model.party_of(key)]
        bank = self.model.account_bank(party)
        if not free or not bank:
            return None
        key = self.random.choice(free)
        proof = Signed(key, key, "KeyJoin", (party, key, self.model.row("party", party)["epoch"] + 1, 0))
        return Action(0, self._key(bank), "Participants", "proposeRecovery", (party, key, proof))

    def _go_on_with_recovery(self) -> Action | None:
        waiting = [(one[0], row) for one, row in self.model.tables["recovery"].items() if row["key"]]
        if not waiting:
            return None
        party, row = self.random.choice(waiting)
        if self.random.random() < 0.1:
            return Action(0, self._key(party), "Participants", "vetoRecovery", (party,))
        if not row["at"]:
            return self._restricted("Participants", "approveRecovery", party, row["key"])
        return Action(0, self.random.choice(self.keys), "Participants", "finishRecovery", (party,))

    # --- rules

    def _enact(self) -> Action:
        tenor = self.random.randint(20, 60)
        rules = (
            tenor, tenor + self.random.randint(-1, 40), self.random.choice([6, 20, 500]), self.random.choice([3, 5, 16]),
            self.random.randint(0, 3), self.random.randint(1, 10), self.random.randint(1, 72), self.random.random() < 0.1,
        )  # fmt: skip
        effective = self.model.today() + self.random.randint(-1, 12)
        return self._restricted("Rulebook", "enact", self.random.choice([1, 1, 2]), rules, effective)

    def _set_holidays(self) -> Action:
        block = (self.model.today() + self.random.randint(0, 100)) // 256
        days = self.model.row("holidays", 1, block)["days"]
        for _ in range(4):
            days ^= 1 << self.random.randrange(256)
        return self._restricted("Rulebook", "setHolidays", self.random.choice([1, 1, 1, 1, 2, 0]), block, days)

    # --- lines

    def _grant_line(self) -> Action:
        bank, issuer = self._party(BANK), self._party(CORE)
        expiry = self.model.today() + self.random.randint(20, 160)
        offset = self.random.choice([32, 32, 0, -20, 57])
        calendar = self.random.choice([0, 1])
        limit = self.random.randint(100_000, 2_000_000)
        return self._call(bank, "grantLine", issuer, limit, self._currency(), expiry, offset, calendar)

    def _line(self, is_open: bool = True) -> int | None:
        lines = [
            one[0] for one, row in self.model.tables["line"].items() if self.model.today(row["offset"]) <= row["expiry"]
        ]
        usable = [one for one in lines if not is_open or self.model.row("line", one)["status"] == 1]
        if is_open:
            usable = [one for one in usable if not self.model.roles(one >> 8) & STOPPED] or usable
        chosen = usable if usable and self.random.random() < 0.95 else list(self._all_lines())
        return self.random.choice(chosen) if chosen else None

    def _all_lines(self) -> list[int]:
        return [one[0] for one in self.model.tables["line"]]

    def _change_line(self) -> Action | None:
        line = self._line(is_open=False)
        if line is None:
            return None
        bank, row = self.model.row("terms", line)["bank"], self.model.row("line", line)
        if row["status"] == SUSPENDED and self.random.random() < 0.9:
            return self._call(bank, "resumeLine", line)
        kind = self.random.random()
        if kind < 0.15:
            return self._call(bank, "suspendLine", line)
        if kind < 0.2:
            return self._anyone("freeExpiredLine", self.random.choice(self._all_lines()))
        if kind < 0.4:
            maturity = self.model.today() + self.random.randint(10, 100)
            return self._call(bank, "reviewTenor", line, maturity, self.random.choice([0, 7, 8, 9]))
        return self._call(bank, "setLineLimit", line, self.random.randint(0, 2_000_000))

    def _financing_limit(self) -> Action:
        limit = self.random.randint(0, 3_000_000)
        return self._call(self._party(BANK), "setFinancingLimit", self._party(CORE), self._currency(), limit)

    def _group_cap(self) -> Action:
        bank, currency = self._party(BANK), self._currency()
        if self.random.random() < 0.5:
            return self._anyone("recount", bank, self._party(CORE), currency)
        return self._call(
            bank, "setGroupCap", self.random.randint(0, 3), currency, self.random.choice([0, 0, 10**6, 10**7])
        )

    def _share(self) -> Action | None:
        offers = [(one, row["share"]) for one, row in self.model.tables["share_offer"].items() if row["share"]]
        if offers and self.random.random() < 0.5:
            (line, bank), share = self.random.choice(offers)
            return self._call(bank, "joinLine", line, share, self.model.row("line", line)["limit"])
        lines = [one[0] for one, row in self.model.tables["line"].items() if not row["used"]]
        if not lines:
            return None
        line = self.random.choice(lines)
        leader = self.model.row("terms", line)["bank"]
        return self._call(
            leader, "shareLine", line, self._party(BANK, leader), self.random.choice([0, 1, 2_500, 3_333, 9_000])
        )

    # --- documents

    def _register(self, buyer: int = 0, currency: int = 0) -> Action:
        confirmation = self._confirmation(buyer or self._party(CORE | SUPPLIER), currency or self._currency())
        more = [self._confirmation(self._party(CORE | SUPPLIER), 1)] if self.random.random() < 0.15 else []
        confirmations = [confirmation, *more]
        by_buyers = [self._signed(one[5], "Confirmation", one) for one in confirmations]
        by_attestors = [
            self._signed(one[10], "Confirmation", one) if one[10] else NO_SIGNATURE for one in confirmations
        ]
        return Action(
            0, self.random.choice(self.keys), "TradeRegistry", "register", (confirmations, by_buyers, by_attestors)
        )

    def _confirmation(self, buyer: int, currency: int) -> tuple[int, ...]:
        seller = self._party(CORE | SUPPLIER, buyer)
        for _ in range(4):
            if not self.model.related(buyer, seller):
                break
            seller = self._party(CORE | SUPPLIER, buyer)
        kind = ORDER if self.random.random() < 0.06 else INVOICE
        order = 0
        if kind == INVOICE and self.random.random() < 0.06:
            orders = [
                (one, row) for one, row in self.model.tables["identity"].items()
                if self.model.row("evidence", row["evidence"])["kind"] == ORDER
            ]  # fmt: skip
            if orders:
                (order,), found = self.random.choice(orders)
                known = self.model.row("evidence", found["evidence"])
                buyer, seller, currency = known["buyer"], known["seller"], known["currency"]
        delivery = (
            self.model.today() - self.random.randint(1, 9)
            if self.random.random() < 0.96
            else self.random.choice([0, 60_000])
        )
        attestor = self._party(ATTESTOR) if self.random.random() < 0.4 else 0
        identity = self._number() if self.random.random() < 0.98 else next(iter(self.model.tables["identity"]), (5,))[0]
        face = self.random.randint(5_000, 300_000)
        return (identity, self._number(), kind, face, currency, buyer, seller, delivery, 0, order, attestor)

    def _signed(self, party: int, type_name: str, fields: tuple[Any, ...]) -> Signed:
        key = self._key(party)
        return Signed(key, key, type_name, fields)

    def _credit(self) -> Action | None:
        count = self.model.row("documents")["count"]
        if not count:
            return None
        evidence = self.random.randint(1, count)
        row = self.model.row("evidence", evidence)
        identity = next(
            (one[0] for one, found in self.model.tables["identity"].items() if found["evidence"] == evidence), 0
        )
        owed = self.model.owed_of(evidence)
        note = (
            self._number(), 9, evidence, identity, self._part(owed), row["currency"], row["buyer"], row["seller"],
        )  # fmt: skip
        by_both = [self._signed(party, "CreditNote", note) for party in (row["buyer"], row["seller"])]
        return Action(0, self.random.choice(self.keys), "TradeRegistry", "credit", (note, *by_both))

    def _document(self, buyer: int, currency: int, *without: int) -> int | None:
        """An invoice that the buyer owes, with something left."""
        known = self.documents.get(buyer, [])
        for _ in range(6):
            if not known:
                return None
            place = self.random.randrange(len(known))
            row = self.model.row("evidence", known[place])
            fits = row["kind"] == INVOICE and row["currency"] == currency and row["seller"] not in without
            if fits and self.model.left_of(known[place]) > 0 and not row["flags"] & CANCELLED:
                return known[place]
            if fits and self.random.random() < 0.5:
                known[place] = known[-1]
                known.pop()
        return None

    def _legs(self, buyer: int, currency: int, most: int, maturity: int, offset: int, issuer: int) -> list[Leg]:
        legs = []
        for _ in range(self.random.choice([1, 1, 1, 2, 3])):
            evidence = self._document(buyer, currency, issuer)
            if evidence is None or most <= 0:
                break
            amount = self._part(min(self.model.left_of(evidence), most))
            most -= amount
            latest = start_of(maturity, offset) - 1
            deadline = min(self.model.now + self.random.choice([HOUR, DAY, 5 * DAY]), latest)
            legs.append((self.model.row("evidence", evidence)["seller"], amount, evidence, deadline))
        return legs

    def _consents(self, obligation: int, parent: int, terms: tuple[int, int, bool], legs: list[Leg]) -> list[Signed]:
        """(maturity, instrument, recourse) of the obligation; documents that are used twice count on."""
        used: dict[int, int] = {}
        consents = []
        for recipient, amount, evidence, deadline in legs:
            use = self.model.row("evidence", evidence)["uses"] + used.get(evidence, 0)
            used[evidence] = used.get(evidence, 0) + 1
            fields = (obligation, parent, *terms, evidence, use, amount, recipient, deadline)
            consents.append(self._signed(recipient, "Acceptance", fields))
        return consents

    # --- issue and transfer

    def _maturity(self, line: int) -> int:
        row = self.model.row("line", line)
        today = self.model.today(row["offset"])
        if self.random.random() < 0.04:
            return today + self.random.randint(0, 200)
        return min(today + self.random.randint(3, 25), row["expiry"])

    def _issue(self) -> Action | None:
        line = self._line()
        if line is None:
            return None
        row, issuer = self.model.row("line", line), line >> 8
        maturity, recourse = self._maturity(line), self.random.random() < 0.5
        most = max(1, min(self.model.available(line), 400_000))
        legs = self._legs(issuer, row["currency"], most, maturity, row["offset"], issuer)
        if not legs:
            return self._register(issuer, row["currency"])
        arguments = (line, self.random.choice([1, 1, 1, 2]), maturity, recourse, legs)
        if self.random.random() < 0.5:
            return self._call(issuer, "issue", *arguments)
        consents = self._consents(line << 24 | row["count"] + 1, 0, (maturity, arguments[1], recourse), legs)
        return self._call(issuer, "issueAccepted", *arguments, consents)

    def _transfer(self) -> Action | None:
        piece = self._piece(
            lambda p, r: r["state"] == HELD and r["amount"] > 0 and not r["flags"] & FINANCED and not self._is_mature(p)
        )
        if piece is None:
            return None
        row, terms = self.model.row("piece", piece), self._terms(piece)
        legs = self._legs(
            row["owner"], terms["currency"], row["amount"], terms["maturity"], terms["offset"], issuer_of(piece)
        )
        if not legs:
            return self._register(row["owner"], terms["currency"])
        if self.random.random() < 0.5:
            return self._call(row["owner"], "transfer", self._ref(piece), legs)
        of_obligation = (terms["maturity"], terms["instrument"], terms["flags"] & RECOURSE != 0)
        consents = self._consents(obligation_of(piece), piece, of_obligation, legs)
        return self._call(row["owner"], "transferAccepted", self._ref(piece), legs, consents)

    def _answer(self) -> Action | None:
        piece = self._piece(lambda p, r: r["state"] == OFFERED)
        if piece is None:
            return None
        row = self.model.row("piece", piece)
        is_late = self.model.now > row["deadline"]
        references = [self._ref(piece)]
        for _ in range(self.random.choice([0, 0, 0, 1, 2])):
            more = self._piece(lambda p, r: r["state"] == OFFERED and r["owner"] == row["owner"])
            if more is not None and self._ref(more) not in references:
                references.append(self._ref(more))
        kind = self.random.random()
        if (is_late and kind < 0.8) or kind < 0.08:
            return self._anyone("expire", references)
        if kind < 0.25:
            return self._call(row["owner"], "reject", references, 5)
        return self._call(row["owner"], "accept", references)

    # --- allotments

    def _allotment(self, drawable: bool = False) -> int | None:
        live = [one[0] for one, row in self.model.tables["allotment"].items() if row["status"] == LIVE]
        if drawable:
            live = [
                one
                for one in live
                if not self.model.roles(one >> 24) & STOPPED
                and self.model.today() < self.model.row("allotment", one)["expiry"]
            ] or live
        every = [one[0] for one in self.model.tables["allotment"]]
        chosen = live if live and self.random.random() < 0.95 else every
        return self.random.choice(chosen) if chosen else None

    def _allot(self) -> Action | None:
        line = self._line()
        if line is None:
            return None
        row = self.model.row("line", line)
        amount = self._part(min(max(1, self.model.available(line)), 200_000))
        expiry = min(self.model.today(row["offset"]) + self.random.randint(5, 40), row["expiry"])
        terms = (self.random.choice([1, 2]), self.random.choice([0, 0, 1, 5, 15, 40]), self.random.random() < 0.5)
        return self._call(line >> 8, "allot", line, self._party(SUPPLIER | CORE, line >> 8), amount, expiry, terms)

    def _change_allotment(self) -> Action | None:
        allotment = self._allotment()
        if allotment is None:
            return None
        row = self.model.row("allotment", allotment)
        issuer = allotment >> 24
        over = self.model.today(self.model.row("line", allotment >> 16)["offset"]) > row["expiry"]
        if over or self.random.random() < 0.05:
            return self._anyone("expireAllotment", allotment)
        if self.random.random() < 0.3:
            parent = self.model.row("allotment", allotment >> 16 << 16 | row["parent"]) if row["parent"] else None
            return self._call(
                parent["holder"] if parent and self.random.random() < 0.6 else issuer, "revoke", allotment
            )
        supplier = self._party(SUPPLIER, row["holder"], issuer)
        expiry = max(row["expiry"] - self.random.randint(0, 3), 0)
        return self._call(row["holder"], "passAllotment", allotment, supplier, self._part(row["left"]), expiry)

    def _draw(self) -> Action | None:
        allotment = self._allotment(drawable=True)
        if allotment is None:
            return None
        row, line = self.model.row("allotment", allotment), allotment >> 16
        lined = self.model.row("line", line)
        maturity, payer, hops, most = self._maturity(line), line >> 8, [], row["left"]
        for supplier in self.model.suppliers(allotment):
            fitting = [
                one for one in self.documents.get(payer, [])
                if self.model.row("evidence", one)["seller"] == supplier and self.model.left_of(one)
                and self.model.row("evidence", one)["currency"] == lined["currency"]
            ]  # fmt: skip
            if not fitting:
                return self._register_for(payer, supplier, lined["currency"])
            hops.append(self.random.choice(fitting))
            most = min(most, self.model.left_of(hops[-1]))
            payer = supplier
        legs = self._legs(payer, lined["currency"], most, maturity, lined["offset"], line >> 8)[:1]
        if not legs:
            return self._register(payer, lined["currency"])
        instrument, recourse = row["instrument"], row["recourse"] == 1 and self.random.random() < 0.5
        if self.random.random() < 0.05:
            instrument, recourse = self.random.choice([1, 2]), self.random.random() < 0.5
        if self.random.random() < 0.8:
            maturity = max(maturity, self.model.today(lined["offset"]) + row["tenor"])
        arguments = (allotment, instrument, maturity, recourse, hops, legs[0])
        if self.random.random() < 0.5:
            return self._call(row["holder"], "draw", *arguments)
        obligation = line << 24 | lined["count"] + 1
        consents = self._consents(obligation, obligation << 16 | len(hops), (maturity, instrument, recourse), legs)
        return self._call(row["holder"], "drawAccepted", *arguments, consents[0])

    def _register_for(self, buyer: int, seller: int, currency: int) -> Action:
        face = self.random.randint(20_000, 300_000)
        confirmation = (self._number(), 3, INVOICE, face, currency, buyer, seller, self.model.today() - 1, 0, 0, 0)
        signed = [self._signed(buyer, "Confirmation", confirmation)]
        return Action(
            0, self.random.choice(self.keys), "TradeRegistry", "register", ([confirmation], signed, [NO_SIGNATURE])
        )

    # --- sales

    def _offer(self, token: bool) -> tuple[Action | None, Offer | None, Signed, Signed, int]:
        piece = self._piece(lambda p, r: r["state"] == HELD and r["amount"] > 0 and not self._is_mature(p))
        if piece is None:
            return None, None, NO_SIGNATURE, NO_SIGNATURE, 0
        row, terms = self.model.row("piece", piece), self._terms(piece)
        bank = self._party(BANK, row["owner"])
        amount = self._part(row["amount"])
        limit = self.model.row("financing", bank, issuer_of(piece), terms["currency"])
        if limit["limit"] - limit["financed"] < amount and self.random.random() < 0.8:
            raised = limit["limit"] + 2_000_000
            return (
                self._call(bank, "setFinancingLimit", issuer_of(piece), terms["currency"], raised), None, NO_SIGNATURE,
                NO_SIGNATURE, 0,
            )  # fmt: skip
        by_rate = self.random.random() < 0.5
        payer = self.random.choice([0, 0, 0, row["owner"], issuer_of(piece), self._party(SUPPLIER)])
        offer = Offer(
            self._ref(piece), row["children"], amount, 0 if by_rate else max(1, amount - self.random.randint(0, 500)),
            self.random.randint(1, 200_000) if by_rate else 0, self.random.choice([360, 365]), payer, bank,
            self._token(terms["currency"]) if token else 0, self.model.now + self.random.choice([HOUR, DAY]), 77, 78,
        )  # fmt: skip
        by_bank = self._signed(bank, "FinanceOffer", offer.signed_fields())
        other = payer not in (0, row["owner"])
        by_payer = self._signed(payer, "FeeAgreement", (payer, offer.signed_fields())) if other else NO_SIGNATURE
        return None, offer, by_bank, by_payer, row["owner"]

    def _finance(self) -> Action | None:
        first, offer, by_bank, by_payer, owner = self._offer(token=True)
        if offer is None:
            return first
        least = self.random.choice([0, 0, 0, offer.price, offer.amount])
        return self._call(owner, "finance", offer, by_bank, by_payer, least)

    def _lock(self) -> Action | None:
        first, offer, by_bank, by_payer, owner = self._offer(token=False)
        if offer is None:
            return first
        # Its account bank must be another one, or nobody can attest.
        if offer.bank == self.model.account_bank(owner) and self.random.random() < 0.8:
            return None
        terms = self._terms(offer.piece & (1 << 80) - 1)
        hours = self.model.rules_of(terms)["contest"]
        latest = start_of(terms["maturity"], terms["offset"]) - 1 - hours * HOUR
        deadline = min(self.model.now + self.random.choice([HOUR, DAY, 3 * DAY]), latest)
        return self._call(owner, "lock", offer, by_bank, by_payer, 0, max(deadline, 0))

    def _end_lock(self) -> Action | None:
        piece = self._piece(lambda p, r: r["state"] == LOCKED)
        if piece is None:
            return None
        row, sale = self.model.row("piece", piece), self.model.row("sale", piece)
        reference, way = self._ref(piece), self.model.way(piece)
        seller = self.model.row("piece", way[1])["owner"] if len(way) > 1 else row["owner"]
        kinds = [("confirmReceipt", seller), ("releaseLock", row["owner"]), ("unlock", None), ("complete", None)]
        kinds += [("attestReceipt", self.model.account_bank(seller))] * 5
        if sale["attested"]:
            kinds = [("complete", None)] * 4 + [("contest", seller)] * 3 + kinds[:3]
        elif self.random.random() < 0.1:
            kinds.append(("contest", seller))
        if self.model.now > row["deadline"]:
            kinds += [("unlock", None)] * 4
        function, party = self.random.choice(kinds)
        extra = (11,) if function in ("attestReceipt", "contest") else ()
        return (
            self._anyone(function, reference, *extra)
            if party is None
            else self._call(party, function, reference, *extra)
        )

    # --- maturity

    def _redeem(self) -> Action | None:
        piece = self._piece(
            lambda p, r: r["state"] == HELD and r["amount"] > 0 and r["open"] == 0 and self._is_mature(p)
        )
        if piece is None:
            return None
        references = [self._ref(piece)]
        for _ in range(self.random.choice([0, 0, 1, 2])):
            more = self._piece(
                lambda p, r: r["state"] == HELD and r["amount"] > 0 and self._is_mature(p)
                and issuer_of(p) == issuer_of(piece) and r["open"] == 0
                and self._terms(p)["currency"] == self._terms(piece)["currency"]
            )  # fmt: skip
            if more is not None and self._ref(more) not in references:
                references.append(self._ref(more))
        return self._call(issuer_of(piece), "redeem", references, self._token(self._terms(piece)["currency"]))

    def _expire_stale(self) -> Action | None:
        piece = self._piece(lambda p, r: r["state"] == OFFERED and self.model.now > r["deadline"])
        return None if piece is None else self._anyone("expire", [self._ref(piece)])

    def _payment(self) -> Action | None:
        piece = self._piece(lambda p, r: r["state"] == HELD and r["amount"] > 0 and self._is_mature(p))
        if piece is None:
            return None
        row = self.model.row("piece", piece)
        reference, amount, payment = self._ref(piece), self._paid_part(piece), self.model.row("payment", piece)
        kinds = ["pay", "pay", "confirm", "attest", "attest"]
        if payment["amount"]:
            kinds += ["contest", "contest", "complete", "complete", "complete", "complete"]
        kind = self.random.choice(kinds)
        if kind == "pay":
            return self._call(
                issuer_of(piece), "payPart", reference, amount, self._token(self._terms(piece)["currency"])
            )
        if kind == "confirm":
            return self._call(self.model.payee(piece), "confirmPayment", reference, amount, 3)
        if kind == "attest":
            return self._call(self.model.account_bank(row["owner"]), "attestPayment", reference, amount, 3)
        return (
            self._anyone("completePayment", reference)
            if kind == "complete"
            else self._call(row["owner"], "contestPayment", reference, 3)
        )

    def _paid_part(self, piece: int) -> int:
        """As much as the rules ask for, but for a few."""
        amount = self.model.row("piece", piece)["amount"]
        least = min(-(-self._terms(piece)["face"] // 100), amount)
        part = self._part(amount)
        return part if self.random.random() < 0.08 else max(part, least)

    def _redeem_early(self) -> Action | None:
        piece = self._piece(
            lambda p, r: r["state"] == HELD and r["amount"] > 0 and r["open"] == 0 and not self._is_mature(p)
        )
        if piece is None:
            return None
        row = self.model.row("piece", piece)
        price = max(1, row["amount"] - self.random.randint(-2, 900))
        token = self._token(self._terms(piece)["currency"])
        agreement = Agreement(self._ref(piece), row["amount"], price, token, row["children"], self.model.now + HOUR)
        signed = self._signed(row["owner"], "EarlyRedemption", agreement.signed_fields())
        return self._call(issuer_of(piece), "redeemEarly", agreement, signed)

    def _mark_overdue(self) -> Action | None:
        for _ in range(12):
            if not self.obligations:
                return None
            place = self.random.randrange(len(self.obligations))
            obligation = self.obligations[place]
            terms = self.model.row("obligation", obligation)
            if not terms["live"] and not self.model.row("loss", obligation)["amount"] and self.random.random() < 0.9:
                self.obligations[place] = self.obligations[-1]
                self.obligations.pop()
            elif self.model.today(terms["offset"]) > terms["maturity"] and not terms["flags"] & OVERDUE:
                return self._anyone("markOverdue", obligation)
        return (
            self._anyone("markOverdue", self.random.choice(self.obligations))
            if self.obligations and self.random.random() < 0.1
            else None
        )

    def _write_off(self) -> Action | None:
        piece = self._piece(lambda p, r: r["state"] == HELD and r["amount"] > 0 and self._is_overdue(p))
        if piece is None:
            return None
        return self._call(self.model.row("piece", piece)["owner"], "writeOff", self._ref(piece), 4)

    def _make_good(self) -> Action | None:
        piece = self._piece(lambda p, r: r["state"] == WRITTEN_OFF)
        if piece is None:
            return None
        if self.random.random() < 0.3:
            return self._call(self.model.payee(piece), "confirmMadeGood", self._ref(piece), 4)
        return self._call(issuer_of(piece), "makeGood", [self._ref(piece)], self._token(self._terms(piece)["currency"]))

    # --- others pay

    def _guarantee(self) -> Action | None:
        if not self.obligations:
            return None
        obligation = self.random.choice(self.obligations)
        share = self.random.choice([500, 2_000, 5_000, 10_000])
        return self._call(
            self._party(GUARANTOR), "guarantee", obligation, self.model.row("obligation", obligation)["maturity"], share
        )

    def _pay_for_issuer(self) -> Action | None:
        piece = self._piece(lambda p, r: r["state"] == HELD and r["amount"] > 0 and self._is_overdue(p))
        if piece is None:
            return None
        row, obligation = self.model.row("piece", piece), obligation_of(piece)
        amount, token = self._paid_part(piece), self._token(self._terms(piece)["currency"])
        count = self.model.row("guarantees", obligation)["count"]
        if count and self.random.random() < 0.6:
            word = self.model.row("guarantee", obligation, self.random.randrange(count))
            cover = self._terms(piece)["face"] * word["share"] // 10_000 - word["paid"]
            amount = min(amount, max(1, cover)) if self.random.random() < 0.9 else amount
            return self._call(word["guarantor"], "payAsGuarantor", self._ref(piece), amount, token, 5, 6)
        way = self.model.way(piece)
        ancestor = self.random.choice(way[1:] or way)
        if self.random.random() < 0.3:
            return self._call(row["owner"], "claimRecourse", self._ref(piece), ancestor)
        payer = self.model.row("piece", ancestor)["owner"]
        return self._call(payer, "payRecourse", self._ref(piece), ancestor, amount, token, 5, 6)

    # --- holds

    def _dispute(self) -> Action | None:
        disputed = [one[0] for one, row in self.model.tables["hold"].items() if row["kinds"] & 1]
        if disputed and self.random.random() < 0.55:
            piece = self.random.choice(disputed)
            if self.random.random() < 0.3:
                return self._anyone("endDispute", [self._ref(piece)])
            return self._call(self.model.row("hold", piece)["disputant"], "endDispute", [self._ref(piece)])
        piece = self._piece(lambda p, r: r["state"] in LIVE_STATES)
        if piece is None:
            return None
        way = self.model.way(piece)
        payer = self.model.row("piece", way[1])["owner"] if len(way) > 1 else issuer_of(piece)
        return self._call(
            self.random.choice([payer, self.model.row("piece", piece)["owner"]]), "dispute", [self._ref(piece)], 2
        )

    def _court(self) -> Action | None:
        held = [(one[0], row) for one, row in self.model.tables["hold"].items() if row["court"]]
        if held and self.random.random() < 0.6:
            piece, row = self.random.choice(held)
            if piece & 0xFFFF == 0:
                return self._call(row["court"], "releaseObligationByCourt", piece >> 16, 1)
            return self._call(row["court"], "releaseByCourt", [self._ref(piece)], 1)
        court = self._party(REGULATOR)
        held_by_court = (*LIVE_STATES, WRITTEN_OFF)
        piece = self._piece(lambda p, r: r["state"] in held_by_court and not self._terms(p)["flags"] & WHOLE_MARKED)
        if piece is None:
            return None
        if self.random.random() < 0.3:
            return self._call(court, "holdObligationByCourt", obligation_of(piece), self._terms(piece)["maturity"], 1)
        return self._call(court, "holdByCourt", [self._ref(piece)], 1)

    def _returned(self) -> Action | None:
        held = [one[0] for one, row in self.model.tables["hold"].items() if row["kinds"] & 2]
        backed = [one for one in held if not self.model.excess_of(self.model.row("piece", one)["evidence"])]
        if held and self.random.random() < (0.7 if backed else 0.08):
            piece = self.random.choice(backed or held)
            return self._anyone("endReturnHold", self.model.row("piece", piece)["evidence"], [self._ref(piece)])
        excessive = [one for one in self.credited if self.model.excess_of(one)]
        if not excessive:
            return None
        evidence = self.random.choice(excessive)
        uses, excess, found, references = (
            self.model.row("evidence", evidence)["uses"],
            self.model.excess_of(evidence),
            0,
            [],
        )
        seen = self.model.row("return", evidence)
        going_on = seen["uses"] == uses and seen["held"] < excess and seen["left"] and self.random.random() < 0.5
        for use in range((seen["left"] if going_on else uses) - 1, -1, -1):
            piece = self.uses.get((evidence, use))
            if piece is None or (found >= excess and self.random.random() < 0.8):
                break
            found += self.model.live_under(piece)
            references.append(self._ref(piece))
        if self.random.random() < 0.3:
            references = references[: self.random.randint(0, len(references))]
        return self._anyone("holdReturned", evidence, references)


WEIGHTS = {
    "register_party": 1, "suspend": 2, "reinstate": 6, "renew": 2, "regroup": 1, "add_key": 3, "remove_key": 2,
    "propose_account": 2, "end_account_change": 4, "propose_recovery": 1, "go_on_with_recovery": 3,
    "enact": 1, "set_holidays": 1,
    "grant_line": 5, "change_line": 6, "financing_limit": 4, "group_cap": 3, "share": 4,
    "register": 40, "credit": 6,
    "issue": 60, "transfer": 90, "answer": 110, "allot": 8, "change_allotment": 14, "draw": 24,
    "finance": 45, "lock": 25, "end_lock": 40,
    "redeem": 40, "expire_stale": 25, "payment": 40, "redeem_early": 10, "mark_overdue": 20, "write_off": 8, "make_good": 14,
    "guarantee": 20, "pay_for_issuer": 25, "dispute": 14, "court": 12, "returned": 16,
}  # fmt: skip
"""How often each kind of action is tried, of their sum."""

ROLES_AT_START = (
    OPERATOR, BANK, BANK, BANK, CORE, CORE, CORE | SUPPLIER, SUPPLIER, SUPPLIER, SUPPLIER, SUPPLIER, SUPPLIER, SUPPLIER,
    SUPPLIER | GUARANTOR, GUARANTOR, BANK | GUARANTOR, REGULATOR, REGULATOR, ATTESTOR,
)  # fmt: skip
"""Parties of every history, in the order of their ids."""
