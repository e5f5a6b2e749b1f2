"""A plan of 1,000 steps, carried out in as few transactions as the product would send, with everybody's consent.

One issuer, ten suppliers of its own and ten of theirs. The issuer makes 20 obligations of ten pieces each; then every
holder passes each of its pieces on to four suppliers. Each of the 1,000 pieces has a document of its own. All recipients
consent by signatures that come along, so one call makes and accepts a piece.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from benchmarks.stage import CNY, DAY, INVOICE, VOUCHER, Actor, Stage
from chain.issuance.messages import NO_RECOURSE, NO_SIGNATURE
from chain.issuance.roles import BANK, CORE_ENTERPRISE, SUPPLIER

STEPS = 1_000
OBLIGATIONS, LEGS, PARTS = 20, 10, 4
AMOUNT, PART = 1_000_00, 200_00
TENOR_DAYS = 90
DOCUMENTS_A_TRANSACTION = 50
#: Calls of one payer that go into one transaction (about 100 pieces, 6 million gas).
ISSUES_A_TRANSACTION, TRANSFERS_A_TRANSACTION = 10, 20


def batch_piece(stage: Stage) -> int:
    """Gas a piece over the whole plan, the 21,000 of each transaction included; documents were confirmed before."""
    plan = _Plan(stage)
    used = plan.issue() + plan.pass_on()
    assert plan.made == STEPS, "every step made its piece"
    return round(used / STEPS)


class _Plan:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._bank = stage.party("plan bank", BANK)
        self._issuer = stage.party("plan issuer", CORE_ENTERPRISE)
        self._suppliers = [stage.party(f"plan supplier {number}", SUPPLIER) for number in range(LEGS)]
        self._next = [stage.party(f"plan second tier {number}", SUPPLIER) for number in range(LEGS)]
        self._line = stage.line(self._bank, self._issuer, 10 * OBLIGATIONS * LEGS * AMOUNT, 0)
        self._deadline = stage.now() + 30 * DAY
        self._maturity = stage.today() + TENOR_DAYS
        self._held: dict[int, list[int]] = defaultdict(list)
        """Place of the supplier → its pieces."""
        self.made = 0

    def issue(self) -> int:
        """The first wave. Returns its gas."""
        edges = [(self._issuer, supplier, AMOUNT) for _ in range(OBLIGATIONS) for supplier in self._suppliers]
        evidence = self._confirmed(edges)
        calls = []
        for number in range(OBLIGATIONS):
            obligation = self._line << 24 | number + 1
            own = evidence[number * LEGS : (number + 1) * LEGS]
            legs = [
                (one.number, AMOUNT, proof, self._deadline) for one, proof in zip(self._suppliers, own, strict=True)
            ]
            consents = [self._consent(one, obligation, 0, leg) for one, leg in zip(self._suppliers, legs, strict=True)]
            calls.append(
                ("issueAccepted", self._line, VOUCHER, self._maturity, NO_RECOURSE, legs, consents)
            )  # fmt: skip
            for place in range(LEGS):
                self._held[place].append(obligation << 16 | place + 1)
        return self._sent(self._issuer, calls, ISSUES_A_TRANSACTION)

    def pass_on(self) -> int:
        """The second wave. Returns its gas."""
        used = 0
        for place, holder in enumerate(self._suppliers):
            recipients = [self._next[(place + shift) % LEGS] for shift in range(PARTS)]
            evidence = self._confirmed(
                [(holder, recipient, PART) for _ in self._held[place] for recipient in recipients]
            )  # fmt: skip
            calls = []
            for number, (piece, named) in enumerate(
                zip(self._held[place], self._stage.named(*self._held[place]), strict=True)
            ):
                own = evidence[number * PARTS : (number + 1) * PARTS]
                legs = [(one.number, PART, proof, self._deadline) for one, proof in zip(recipients, own, strict=True)]
                consents = [
                    self._consent(one, piece >> 16, piece, leg) for one, leg in zip(recipients, legs, strict=True)
                ]
                calls.append(("transferAccepted", named, legs, consents))
            used += self._sent(holder, calls, TRANSFERS_A_TRANSACTION)
        return used

    def _sent(self, payer: Actor, calls: Sequence[tuple[Any, ...]], most: int) -> int:
        used = 0
        for start in range(0, len(calls), most):
            receipt = self._stage.together(payer, calls[start : start + most])
            self.made += len(self._stage.pieces(receipt))
            used += receipt["gasUsed"]
        return used

    def _consent(self, recipient: Actor, obligation: int, parent: int, leg: tuple[int, ...]) -> tuple[str, bytes]:
        number, amount, evidence, deadline = leg
        accepted = (
            obligation, parent, self._maturity, VOUCHER, NO_RECOURSE, evidence, 0, amount, number, deadline,
        )  # fmt: skip
        return self._stage.signed(recipient, "CreditLedger", "Acceptance", accepted)

    def _confirmed(self, edges: Sequence[tuple[Actor, Actor, int]]) -> list[int]:
        """A document for each (buyer, seller, face)."""
        stage, found = self._stage, []
        for start in range(0, len(edges), DOCUMENTS_A_TRANSACTION):
            confirmations, signatures = [], []
            for place, (buyer, seller, face) in enumerate(edges[start : start + DOCUMENTS_A_TRANSACTION], start):
                paper = sha256(f"plan:{buyer.number}:{seller.number}:{place}".encode()).digest()
                confirmation = (
                    paper, paper, INVOICE, face, CNY, buyer.number, seller.number, stage.today() - 1, bytes(32),
                    bytes(32), 0,
                )  # fmt: skip
                confirmations.append(confirmation)
                signatures.append(stage.signed(buyer, "TradeRegistry", "Confirmation", confirmation))
            unattested = [NO_SIGNATURE] * len(confirmations)
            receipt = stage.act(stage.operator, "TradeRegistry", "register", confirmations, signatures, unattested)
            events = stage.contracts.decode_logs(receipt["logs"])
            found += [event.arguments["evidence"] for event in events if event.name == "EvidenceRegistered"]
        return found
