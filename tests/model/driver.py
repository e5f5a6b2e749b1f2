"""Lets model and contracts live the same history, and compares them after each step."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

from chain.issuance.compilation import Artifacts
from tests.model.chain import DEPLOYER, RULES, START, Chain, Difference, address_of, private_key, struct_hash
from tests.model.histories import ROLES_AT_START, Action, History
from tests.model.ledger import Ledger
from tests.model.state import DAY
from tests.model.words import TABLES

KEYS = 48
ALL_WORDS_EVERY = 1_000
RICH, POOR = 10**13, 600_000
CONTRACTS_IN_FULL = ("CreditLedger", "TradeRegistry", "Participants", "Rulebook")


@dataclass
class Figures:
    """What a run has seen."""

    steps: int = 0
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    one_rule: int = 0
    """Refusals of actions that broke a single rule, so that its name was foretold."""
    words: int = 0
    full_checks: int = 0

    def add(self, other: Figures) -> None:
        self.steps += other.steps
        self.done += other.done
        self.refused += other.refused
        self.one_rule += other.one_rule
        self.words += other.words
        self.full_checks += other.full_checks


class Run:
    """One history from its seed on."""

    def __init__(
        self, seed: int | str, artifacts: Artifacts | None = None, make_chain: type[Chain] = Chain
    ) -> None:  # fmt: skip
        self.seed = seed
        self.chain = make_chain(artifacts)
        self.model = Ledger(START, DEPLOYER)
        self.figures = Figures()
        self.actions: list[Action] = []
        private = [private_key(number) for number in range(KEYS)]
        keys = [address_of(key) for key in private]
        self.chain.signers = dict(zip(keys, private, strict=True))
        self.model.drawable = frozenset(keys)
        self._seed_rules()
        self.chain.remember_start()
        self._register_parties(keys)
        tokens = {currency: self._make_money(currency, keys) for currency in (1, 2)}
        self.history = History(random.Random(seed), self.model, keys, tokens)

    def _seed_rules(self) -> None:
        for instrument, rules in RULES.items():
            tenor, reviewed, pieces, hops, grace, dispute, contest, attested = rules.values()
            self.model.set_version(
                instrument, tenor=tenor, pieces=pieces, hops=hops, grace=grace, effective=START // DAY, version=1,
                reviewed=reviewed, dispute=dispute, contest=contest, attested=int(attested),
            )  # fmt: skip

    def _register_parties(self, keys: list[int]) -> None:
        for place, roles in enumerate(ROLES_AT_START):
            bank = 2 + place % 3 if place > 4 else place if place > 1 else 0
            group = {4: 1, 7: 1, 6: 2, 3: 2}.get(place, 0)
            arguments = (keys[place], keys[place], roles, group, START // DAY + 3_000, bank)
            self.step(Action(1, DEPLOYER, "Participants", "register", arguments))

    def _make_money(self, currency: int, keys: list[int]) -> int:
        """A token that everybody has and lets the settlement draw on; one party has little of it."""
        name = f"Money{currency}"
        token = self.chain.deploy_token(name, 2)
        for place, key in enumerate(keys):
            amount = POOR if place == 5 else RICH
            self._directly(keys[1], name, "mint", key, amount)
            self._directly(key, name, "approve", int(self.chain.addresses["Settlement"], 16), 2**255)
            self.model.put("balance", token, key, amount=amount)
        self._directly(DEPLOYER, "Settlement", "approveToken", token, currency)
        self.model.put("money", token, currency=currency)
        return token

    def _directly(self, sender: int, contract: str, function: str, *arguments: int) -> None:
        refusal, _ = self.chain.call(0, sender, contract, self.chain.call_data(contract, function, arguments))
        if refusal:
            raise Difference(f"{contract}.{function} is refused before the history begins: {refusal}")

    # --- steps

    @property
    def history_actions(self) -> list[Action]:
        """What came after the setting up."""
        return self.actions[len(ROLES_AT_START) :]

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.draw_step()
        self.compare_all()

    def draw_step(self) -> None:
        while True:
            action = self.history.next()
            try:
                self.chain.call_data(action.contract, action.function, action.arguments)
            except OverflowError:
                continue
            break
        self.step(action)
        self.history.learn(action)
        self.figures.steps += 1
        if self.figures.steps % ALL_WORDS_EVERY == 0:
            self.compare_all()

    def step(self, action: Action, data: bytes | None = None) -> str:
        """The same for both. Returns the refusal's name, or nothing. Raises Difference.

        ``data``: what is sent to the contracts, where that is more than the action alone.
        """
        self.actions.append(action)
        if data is None:
            data = self.chain.call_data(action.contract, action.function, action.arguments)
        refusal, answered = self.chain.call(action.wait, action.sender, action.contract, data)
        self.model.now = self.chain.now
        broken, expected = self.model.perform(action.sender, action.of_model, action.arguments)
        if refusal:
            if refusal not in broken:
                raise Difference(
                    f"{action}\n  refused as {refusal}, where the model says {sorted(broken) or 'nothing'}"
                )
            self.figures.refused[refusal] += 1
            self.figures.one_rule += len(broken) == 1
            self.model.touched = set()
            return refusal
        if broken:
            raise Difference(f"{action}\n  done, where the model says {sorted(broken)}")
        self.figures.done[action.function] += 1
        if expected is not None and expected != answered:
            raise Difference(f"{action}\n  answers {answered}, where the model says {expected}")
        self._note_commitments(action)
        for table, key in self.model.touched:
            self._compare(table, key, action)
        return ""

    def _note_commitments(self, action: Action) -> None:
        """What holders prove a document by: a hash of the confirmation, which the model leaves to this side."""
        if (action.contract, action.function) != ("TradeRegistry", "register"):
            return
        confirmations = action.arguments[0]
        last = self.model.row("documents")["count"]
        for evidence, confirmation in enumerate(confirmations, start=last - len(confirmations) + 1):
            self.model.put(
                "commitment", evidence, hash=int.from_bytes(struct_hash("Confirmation", confirmation), "big")
            )

    # --- words

    def _compare(self, table: str, key: tuple[int, ...], after: Action | None) -> None:
        self.figures.words += 1
        layout = TABLES[table].layout
        row = self.model.row(table, *key)
        try:
            expected = layout.pack(row)
        except OverflowError as error:
            raise Difference(f"{after}\n  {table} {key}: the model's {error}") from error
        found = self.chain.word(table, key)
        if found != expected:
            there = layout.unpack(found)
            lines = [
                f"{name}: {there[name]}, the model's {row.get(name, 0)}"
                for name in there
                if there[name] != row.get(name, 0)
            ]
            raise Difference(f"{after}\n  {table} {key}: " + "; ".join(lines))

    def compare_all(self) -> None:
        """Every word of every table; and nothing else is in the storage of the ledger and of what it asks."""
        self.figures.full_checks += 1
        explained: dict[str, set[int]] = {name: set() for name in CONTRACTS_IN_FULL}
        for table, rows in self.model.tables.items():
            contract = TABLES[table].contract
            for key in rows:
                self._compare(table, key, None)
                if contract in explained:
                    explained[contract].add(self.chain.slot(table, key))
        left = self.chain.unexplained(explained)
        if left:
            raise Difference(f"words that the model does not know: {left}")
