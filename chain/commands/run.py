"""Carry a plan out: the buyers confirm the documents, then wave by wave the payers offer and the recipients answer."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import select, update

from chain.commands.plan import load_plan
from chain.commands.trade import Trade, load_trade
from chain.commands.workspace import OPERATOR, Home, Progress, Workspace, no_progress
from chain.documents.identity import blinded_identity, canonical_digest
from chain.errors import ContractRefused, PearlError
from chain.identifiers import LineId, PieceId
from chain.issuance.orders import INVOICE, VOUCHER, Confirmation, signature
from chain.money import chain_currency_index
from chain.network import Acceptance, Network
from chain.planning.model import PlanStep, PropagationPlan, StepKind
from chain.store.tables import evidence, lines, plans

#: Confirmations in one transaction; each costs about 100,000 gas.
CONFIRMATIONS_A_TRANSACTION = 50
#: Pieces that one transaction makes at most, so that it fits a block of 30 million gas.
PIECES_A_TRANSACTION = 200


class LineNotGranted(PearlError):
    message = "{bank} has granted {issuer} no line in {currency}"
    next_step = "enrol the line first"


@dataclass
class RunResult:
    """What became of each step: its piece, or the rule that refused it."""

    plan: int
    pieces: dict[int, PieceId] = field(default_factory=dict)
    accepted: list[int] = field(default_factory=list)
    rejected: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    """Step → the refusing rule; ``ParentNotHeld`` where the step before it did not come about."""

    def as_json(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self) | {"pieces": {step: str(piece) for step, piece in self.pieces.items()}}


def run(workspace: Workspace, plan_id: int, progress: Progress = no_progress) -> RunResult:
    """Carry out plan ``plan_id``. Repeating it resumes where it was, and makes nothing twice.

    Raises NotFound, Unavailable. What the contracts refuse is in the result, step by step.
    """
    plan = load_plan(workspace, plan_id)
    started_at = _start(workspace, plan_id)
    network = workspace.network()
    result = RunResult(plan_id)
    proven = confirm_documents(workspace, load_trade(workspace), [step.document for step in plan.steps], progress)
    waves = [(wave, list(steps)) for wave, steps in groupby(sorted(plan.steps, key=lambda s: s.wave), lambda s: s.wave)]
    done = 0
    for wave, steps in waves:
        offer = _Wave(workspace, plan, plan_id, wave, proven, started_at, result)
        for payer, own in groupby(sorted(steps, key=lambda s: (s.payer, s.number)), lambda s: s.payer):
            own_steps = list(own)
            offer.make(payer, own_steps)
            done += len(own_steps)
            progress("issuing and passing on", done, len(plan.steps))
        _answer(workspace, network, plan_id, wave, steps, result)
    return result


def confirm_documents(
    workspace: Workspace, trade: Trade, documents: list[str], progress: Progress = no_progress
) -> dict[str, int]:
    """Have the buyers confirm what is not yet on chain. Returns document key → evidence number.

    A buyer confirms what the three flows prove (`chain.documents.matching`), never a document's own claim.
    """
    identities = {key: blinded_identity(key, workspace.network_key) for key in documents}
    known = _evidence(workspace)
    missing = [key for key in dict.fromkeys(documents) if _hex(identities[key]) not in known]
    receivables = {r.document: r for r in trade.matching.receivables}
    numbers = {enterprise: number for number, enterprise in workspace.parties().items()}
    done = 0
    for start in range(0, len(missing), CONFIRMATIONS_A_TRANSACTION):
        group = missing[start : start + CONFIRMATIONS_A_TRANSACTION]
        confirmations, signatures = [], []
        for key in group:
            receivable = receivables[key]
            delivery = receivable.delivery_date
            assert delivery is not None, "matching gives evidence only to what was delivered"
            confirmation = Confirmation(
                identities[key], canonical_digest(trade.document(key)), INVOICE, receivable.evidence_minor,
                chain_currency_index(receivable.currency), numbers[receivable.buyer], numbers[receivable.seller],
                (delivery - date(1970, 1, 1)).days,
            )  # fmt: skip
            confirmations.append(confirmation.values())
            signatures.append(signature(workspace.contracts, workspace.signer(receivable.buyer), confirmation))
        call = workspace.contracts.call("TradeRegistry", "register", confirmations, signatures)
        content = hashlib.sha256(b"".join(identities[key] for key in group)).hexdigest()
        workspace.send(f"confirm:{content}", OPERATOR, call)
        done += len(group)
        progress("the buyers confirm their invoices", done, len(missing))
    known = _evidence(workspace)
    return {key: known[_hex(identity)] for key, identity in identities.items()}


class _Wave:
    """The offers of one wave: each payer's pieces go in as few transactions as fit."""

    def __init__(
        self, workspace: Workspace, plan: PropagationPlan, plan_id: int, wave: int, proven: dict[str, int],
        started_at: int, result: RunResult,
    ) -> None:  # fmt: skip
        self._workspace = workspace
        self._plan_id = plan_id
        self._wave = wave
        self._proven = proven
        self._started_at = started_at
        self._result = result
        self._lines = _line_numbers(workspace)
        self._parties = {enterprise: number for number, enterprise in workspace.parties().items()}

    def make(self, payer: str, steps: list[PlanStep]) -> None:
        ready = []
        for step in steps:
            if step.parent is not None and step.parent not in self._result.accepted:
                self._result.refused[step.number] = "ParentNotHeld"
            else:
                ready.append(step)
        movements = [list(group) for group in _movements(ready)]
        for number, batch in enumerate(_by_size(movements, PIECES_A_TRANSACTION)):
            self._send(payer, f"{number}", batch)

    def _send(self, payer: str, name: str, movements: list[list[PlanStep]]) -> None:
        """One transaction for ``movements``; when the ledger refuses it whole, each movement by itself."""
        data = [self._movement(movement) for movement in movements]
        call = self._workspace.contracts.together("CreditLedger", data, "offer")
        key = f"plan:{self._plan_id}:{self._wave}:{payer}:{name}"
        steps = [step for movement in movements for step in movement]
        try:
            transaction = self._workspace.send(key, payer, call)
        except ContractRefused as error:
            if len(movements) == 1:
                self._result.refused.update({step.number: error.rule for step in steps})
                return
            for number, movement in enumerate(movements):
                self._send(payer, f"{name}.{number}", [movement])
            return
        offered = self._workspace.contracts.events_of(transaction, "PieceOffered")
        for step, event in zip(steps, offered, strict=True):
            self._result.pieces[step.number] = PieceId.from_chain(event.arguments["piece"])

    def _movement(self, steps: list[PlanStep]) -> bytes:
        first = steps[0]
        line, utc_offset_minutes = self._line(first)
        maturity = (first.maturity - date(1970, 1, 1)).days
        deadline = offer_deadline(self._workspace, self._started_at, maturity, utc_offset_minutes)
        legs = [(self._parties[s.recipient], s.amount_minor, self._proven[s.document], deadline) for s in steps]
        if first.kind is StepKind.TRANSFER:
            assert first.parent is not None
            parent = self._result.pieces[first.parent]
            return self._workspace.contracts.data("CreditLedger", "transfer", parent.chain, legs)
        return self._workspace.contracts.data("CreditLedger", "issue", line.chain, VOUCHER, maturity, legs)

    def _line(self, step: PlanStep) -> tuple[LineId, int]:
        found = self._lines.get((step.bank, step.issuer, step.currency))
        if found is None:
            raise LineNotGranted(bank=step.bank, issuer=step.issuer, currency=step.currency)
        return found


def offer_deadline(home: Home, now: int, maturity_day: int, utc_offset_minutes: int) -> int:
    """Until when an offer made ``now`` stands: the set number of days, and no longer than before its maturity begins."""
    begins = maturity_day * 86_400 - utc_offset_minutes * 60
    return min(now + home.settings.offer_days * 86_400, begins - 1)


def _movements(steps: list[PlanStep]) -> list[list[PlanStep]]:
    """Steps that are one call: the legs of one obligation, or the parts of one parent, in the plan's order."""
    groups: dict[tuple[Any, ...], list[PlanStep]] = defaultdict(list)
    for step in steps:
        groups[step.kind, step.obligation if step.parent is None else step.parent].append(step)
    return list(groups.values())


def _by_size(movements: list[list[PlanStep]], most: int) -> list[list[list[PlanStep]]]:
    """Movements packed in order into batches of at most ``most`` steps; a larger movement stands alone."""
    packed: list[list[list[PlanStep]]] = []
    size = most
    for movement in movements:
        if size + len(movement) > most:
            packed.append([])
            size = 0
        packed[-1].append(movement)
        size += len(movement)
    return packed


def _answer(
    workspace: Workspace, network: Network, plan_id: int, wave: int, steps: list[PlanStep], result: RunResult
) -> None:
    """Each recipient accepts or rejects by its own standing rule; one without a rule leaves the offer open."""
    rules = {enterprise.id: enterprise.acceptance for enterprise in network.enterprises}
    offered = [step for step in steps if step.number in result.pieces]
    for recipient, own in groupby(sorted(offered, key=lambda s: (s.recipient, s.number)), lambda s: s.recipient):
        own_steps = list(own)
        rule = rules.get(recipient)
        if rule is None:
            continue
        taken = [step for step in own_steps if accepts(rule, step.amount_minor)]
        left = [step for step in own_steps if not accepts(rule, step.amount_minor)]
        key = f"plan:{plan_id}:{wave}:{recipient}"
        if taken:
            ids = [result.pieces[step.number].chain for step in taken]
            workspace.send(f"{key}:accept", recipient, workspace.contracts.call("CreditLedger", "accept", ids))
            result.accepted += [step.number for step in taken]
        if left:
            ids = [result.pieces[step.number].chain for step in left]
            reason = hashlib.sha256(b"above what the recipient takes").digest()
            workspace.send(f"{key}:reject", recipient, workspace.contracts.call("CreditLedger", "reject", ids, reason))
            result.rejected += [step.number for step in left]


def accepts(rule: Acceptance, amount_minor: int) -> bool:
    """Whether the party's standing rule takes an offer of this amount."""
    return rule.accept and (rule.reject_above_minor is None or amount_minor <= rule.reject_above_minor)


def _start(workspace: Workspace, plan_id: int) -> int:
    """When carrying out began, by the ledger's clock; fixed at the first run, so a resumed one says the same."""
    now = workspace.now()
    with workspace.store.begin() as connection:
        connection.execute(
            update(plans).where(plans.c.id == plan_id, plans.c.started_at.is_(None)).values(started_at=now)
        )
        return int(connection.execute(select(plans.c.started_at).where(plans.c.id == plan_id)).scalar_one())


def _line_numbers(home: Home) -> dict[tuple[str, str, str], tuple[LineId, int]]:
    """(bank, issuer, currency) → the line, and the offset of its time zone in minutes."""
    names = home.parties()
    with home.store.read() as connection:
        rows = connection.execute(select(lines)).all()
    return {
        (names[r.bank], names[r.issuer], r.currency): (LineId.from_chain(r.id), r.utc_offset_quarter_hours * 15)
        for r in rows
        if r.bank in names and r.issuer in names
    }


def _evidence(workspace: Workspace) -> dict[str, int]:
    with workspace.store.read() as connection:
        return {row.identity: row.id for row in connection.execute(select(evidence.c.identity, evidence.c.id))}


def _hex(value: bytes) -> str:
    return f"0x{value.hex()}"
