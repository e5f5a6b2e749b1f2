"""Carry a plan out: the buyers confirm the documents, then wave by wave the payers offer and the recipients answer."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import select, update

from chain.books import portfolio
from chain.commands.due import mark_overdue
from chain.commands.findings import note
from chain.commands.plan import left_of_changed, load_plan
from chain.commands.trade import Trade, load_trade
from chain.commands.workspace import OPERATOR, Home, Progress, Workspace, no_progress
from chain.documents.identity import blinded_identity, canonical_digest
from chain.documents.model import Finding, Severity
from chain.errors import ContractRefused, PearlError
from chain.identifiers import LineId, PieceId
from chain.issuance.messages import INVOICE, NO_RECOURSE, NO_SIGNATURE, VOUCHER, Confirmation, signature
from chain.issuance.signers import KeyElsewhere
from chain.money import chain_currency_index
from chain.network import Acceptance, Network
from chain.planning.model import PlanStep, StepKind
from chain.store.tables import evidence, lines, plans

#: Confirmations in one transaction; each costs about 100,000 gas.
CONFIRMATIONS_A_TRANSACTION = 50
#: Pieces that one transaction makes at most, so that it fits a block of 30 million gas.
PIECES_A_TRANSACTION = 200


#: States of a piece that its recipient did not take.
GIVEN_BACK = ("rejected", "expired", "voided")


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
    """Step → the refusing rule; ``ParentNotHeld`` where the step before it did not come about, or is not accepted yet."""

    def as_json(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self) | {"pieces": {step: str(piece) for step, piece in self.pieces.items()}}


def run(workspace: Workspace, plan_id: int, progress: Progress = no_progress) -> RunResult:
    """Carry out plan ``plan_id``. Repeating it resumes where it was, and makes nothing twice.

    Raises NotFound, Unavailable. What the contracts refuse is in the result, step by step.
    """
    plan = load_plan(workspace, plan_id)
    mark_overdue(workspace)
    started_at = _start(workspace, plan_id)
    network = workspace.network()
    result = RunResult(plan_id)
    unconfirmed: dict[str, str] = {}
    documents = [step.document for step in plan.steps]
    trade = load_trade(workspace)
    proven = confirm_documents(workspace, trade, documents, progress, unconfirmed)
    left = left_of_changed(workspace, trade, documents)
    waves = [(wave, list(steps)) for wave, steps in groupby(sorted(plan.steps, key=lambda s: s.wave), lambda s: s.wave)]
    done = 0
    for wave, steps in waves:
        offer = _Wave(workspace, plan_id, wave, proven, unconfirmed, left, started_at, result)
        for payer, own in groupby(sorted(steps, key=lambda s: (s.payer, s.number)), lambda s: s.payer):
            own_steps = list(own)
            offer.make(payer, own_steps)
            done += len(own_steps)
            progress("issuing and passing on", done, len(plan.steps))
        workspace.indexer.catch_up()  # once for all of a wave: nobody in it needs what another one does
        _answer(workspace, network, f"plan:{plan_id}:{wave}", steps, result)
    _note(workspace, result)
    return result


def _note(workspace: Workspace, result: RunResult) -> None:
    """Write down what was not taken, so that it is found later; a step that is taken in a later run is found no more."""
    refused = [
        Finding(
            rule=rule, severity=Severity.REFUSED, template="{steps} steps of the plan were not taken",
            values={"steps": count}, place=f"#{result.plan}",
        )
        for rule, count in sorted(Counter(result.refused.values()).items())
    ]  # fmt: skip
    note(workspace, refused, f"#{result.plan}")
    rejected = [
        Finding(
            rule="Rejected", severity=Severity.FLAGGED, place=str(result.pieces[step]),
            template="the recipient's standing rule rejects an offer of this amount",
        )
        for step in result.rejected
    ]  # fmt: skip
    note(workspace, rejected)


def confirm_documents(
    workspace: Workspace, trade: Trade, documents: list[str], progress: Progress = no_progress,
    refused: dict[str, str] | None = None,
) -> dict[str, int]:  # fmt: skip
    """Have the buyers confirm what is not yet on chain. Returns document key → evidence number.

    A buyer confirms what the three flows prove (`chain.documents.matching`), never a document's own claim. What the
    contracts refuse is raised; with ``refused`` it is written there (document key → rule) and the others are confirmed.
    """
    identities = {key: blinded_identity(key, workspace.network_key) for key in documents}
    known = _evidence(workspace)
    missing = [key for key in dict.fromkeys(documents) if _hex(identities[key]) not in known]
    if refused is not None:  # a paper that came after the plan may have closed a circle
        refused |= dict.fromkeys((key for key in missing if key in trade.circular), "CircularTrade")
        missing = [key for key in missing if key not in trade.circular]
        proven = {r.document for r in trade.matching.receivables if r.evidence_minor > 0}
        refused |= dict.fromkeys((key for key in missing if key not in proven), "InvoiceProvesLess")
        missing = [key for key in missing if key in proven]
        buyers = {r.document: r.buyer for r in trade.matching.receivables}
        alone = [key for key in missing if not workspace.keyring.signs_for(buyers[key])]
        refused |= dict.fromkeys(alone, KeyElsewhere.__name__)
        missing = [key for key in missing if key not in alone]
    done = 0
    for start in range(0, len(missing), CONFIRMATIONS_A_TRANSACTION):
        group = missing[start : start + CONFIRMATIONS_A_TRANSACTION]
        try:
            _confirm(workspace, trade, group)
        except ContractRefused:
            if refused is None:
                raise
            for key in group:
                try:
                    _confirm(workspace, trade, [key])
                except ContractRefused as error:
                    refused[key] = error.rule
        done += len(group)
        progress("the buyers confirm their invoices", done, len(missing))
    known = _evidence(workspace)
    return {key: known[_hex(identity)] for key, identity in identities.items() if _hex(identity) in known}


def _confirm(workspace: Workspace, trade: Trade, group: list[str]) -> None:
    """One transaction with the buyers' signatures under the documents of ``group``."""
    receivables = {r.document: r for r in trade.matching.receivables}
    numbers = {enterprise: number for number, enterprise in workspace.parties().items()}
    confirmations, signatures = [], []
    identities = [blinded_identity(key, workspace.network_key) for key in group]
    for key, identity in zip(group, identities, strict=True):
        receivable = receivables[key]
        delivery = receivable.delivery_date
        assert delivery is not None, "matching gives evidence only to what was delivered"
        confirmation = Confirmation(
            identity, canonical_digest(trade.document(key)), INVOICE, receivable.evidence_minor,
            chain_currency_index(receivable.currency), numbers[receivable.buyer], numbers[receivable.seller],
            (delivery - date(1970, 1, 1)).days,
        )  # fmt: skip
        confirmations.append(confirmation.values())
        signatures.append(signature(workspace.contracts, workspace.signer(receivable.buyer), confirmation))
    unattested = [NO_SIGNATURE] * len(group)
    call = workspace.contracts.call("TradeRegistry", "register", confirmations, signatures, unattested)
    content = hashlib.sha256(call.data).hexdigest()
    workspace.send(workspace.outbox.retried(f"confirm:{content}"), OPERATOR, call)


class _Wave:
    """The offers of one wave: each payer's pieces go in as few transactions as fit.

    Which movements share a transaction follows from the plan alone, so that a later run, when more has been accepted,
    finds each under the key under which it was sent.
    """

    def __init__(
        self, workspace: Workspace, plan_id: int, wave: int, proven: dict[str, int], unconfirmed: dict[str, str],
        left: dict[str, int], started_at: int, result: RunResult,
    ) -> None:  # fmt: skip
        """``left``: what documents can still back whose papers prove less than was confirmed."""
        self._workspace = workspace
        self._prefix = f"plan:{plan_id}:{wave}"
        self._proven = proven
        self._unconfirmed = unconfirmed
        self._left = left
        self._started_at = started_at
        self._result = result
        self._lines = _line_numbers(workspace)
        self._parties = {enterprise: number for number, enterprise in workspace.parties().items()}

    def make(self, payer: str, steps: list[PlanStep]) -> None:
        movements = [list(group) for group in _movements(steps)]
        for number, batch in enumerate(_by_size(movements, PIECES_A_TRANSACTION)):
            self._batch(payer, f"{self._prefix}:{payer}:{number}", batch)

    def _batch(self, payer: str, key: str, movements: list[list[PlanStep]]) -> None:
        """One transaction for ``movements``; each by itself where one cannot be made yet, or the ledger refuses them."""
        if len(movements) == 1:
            self._alone(payer, key, movements[0])
            return
        known = self._workspace.outbox.knows
        alone = {f"{key}.{number}": movement for number, movement in enumerate(movements)}
        steps = [step for movement in movements for step in movement]
        hindered = any(map(self._hindrance, movements)) or self._beyond_papers(steps)
        if known(key) or not (hindered or any(map(known, alone))):
            try:
                self._send(payer, key, movements)
                return
            except ContractRefused:
                pass  # one of them is not right; which, they say one by one
        for own_key, movement in alone.items():
            self._alone(payer, own_key, movement)

    def _alone(self, payer: str, key: str, movement: list[PlanStep]) -> None:
        rule = self._hindrance(movement)
        if rule is None and not self._workspace.outbox.knows(key) and self._beyond_papers(movement):
            rule = "InvoiceProvesLess"
        if rule is None:
            try:
                self._send(payer, key, [movement])
            except ContractRefused as error:
                rule = error.rule
        if rule is not None:
            self._result.refused.update({step.number: rule for step in movement})

    def _hindrance(self, movement: list[PlanStep]) -> str | None:
        """The rule because of which it cannot be made now."""
        if not self._workspace.keyring.signs_for(movement[0].payer):
            return KeyElsewhere.__name__
        parent = movement[0].parent
        if parent is not None and parent not in self._result.accepted:
            return "ParentNotHeld"
        return next((self._unconfirmed[s.document] for s in movement if s.document not in self._proven), None)

    def _beyond_papers(self, steps: list[PlanStep]) -> bool:
        """Whether an invoice owes less by now than it would back."""
        asked: Counter[str] = Counter()
        for step in steps:
            asked[step.document] += step.amount_minor
        return any(minor > self._left.get(document, minor) for document, minor in asked.items())

    def _send(self, payer: str, key: str, movements: list[list[PlanStep]]) -> None:
        data = [self._movement(movement) for movement in movements]
        call = self._workspace.contracts.together("CreditLedger", data, "offer")
        counted = self._workspace.outbox.knows(key)  # by the books, when this run began
        transaction = self._workspace.outbox.send(key, self._workspace.signer(payer), call).transaction_hash
        offered = self._workspace.contracts.events_of(transaction, "PieceOffered")
        steps = [step for movement in movements for step in movement]
        for step, event in zip(steps, offered, strict=True):
            self._result.pieces[step.number] = PieceId.from_chain(event.arguments["piece"])
            if step.document in self._left and not counted:
                self._left[step.document] -= step.amount_minor

    def _movement(self, steps: list[PlanStep]) -> bytes:
        first = steps[0]
        line, utc_offset_minutes = self._line(first)
        maturity = (first.maturity - date(1970, 1, 1)).days
        deadline = offer_deadline(self._workspace, self._started_at, maturity, utc_offset_minutes)
        legs = [(self._parties[s.recipient], s.amount_minor, self._proven[s.document], deadline) for s in steps]
        if first.kind is StepKind.TRANSFER:
            assert first.parent is not None
            (parent,) = self._workspace.references([self._result.pieces[first.parent]])
            return self._workspace.contracts.data("CreditLedger", "transfer", parent.chain, legs)
        return self._workspace.contracts.data("CreditLedger", "issue", line.chain, VOUCHER, maturity, NO_RECOURSE, legs)

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


def _answer(workspace: Workspace, network: Network, key: str, steps: list[PlanStep], result: RunResult) -> None:
    """Each recipient accepts or rejects by its own standing rule; one without a rule, or that keeps its key, leaves the
    offer open, until it answers itself. What was answered, whoever did it, stands in the books."""
    rules = {enterprise.id: enterprise.acceptance for enterprise in network.enterprises}
    offered = sorted((step for step in steps if step.number in result.pieces), key=lambda s: (s.recipient, s.number))
    states = _states(workspace, result, offered)
    for recipient, own in groupby(offered, lambda s: s.recipient):
        rule = rules.get(recipient) if workspace.keyring.signs_for(recipient) else None
        unanswered = [step for step in own if states[step.number] == "offered"] if rule else []
        taken = [step for step in unanswered if rule and accepts(rule, step.amount_minor)]
        left = [step for step in unanswered if step not in taken]
        _say(workspace, f"{key}:{recipient}:accept", recipient, taken, result)
        _say(workspace, f"{key}:{recipient}:reject", recipient, left, result)
    workspace.indexer.catch_up()
    states = _states(workspace, result, offered)
    result.rejected += [step.number for step in offered if states[step.number] in GIVEN_BACK]
    result.accepted += [step.number for step in offered if states[step.number] not in (*GIVEN_BACK, "offered")]


def _say(workspace: Workspace, key: str, recipient: str, steps: list[PlanStep], result: RunResult) -> None:
    """Accept or reject (the end of ``key``) in one transaction; one by one where the ledger refuses one of them."""
    if not steps:
        return
    ids = [named.chain for named in workspace.references([result.pieces[step.number] for step in steps])]
    if key.endswith("accept"):
        call = workspace.contracts.call("CreditLedger", "accept", ids)
    else:
        reason = hashlib.sha256(b"above what the recipient takes").digest()
        call = workspace.contracts.call("CreditLedger", "reject", ids, reason)
    try:
        workspace.outbox.send(f"{key}:{hashlib.sha256(call.data).hexdigest()}", workspace.signer(recipient), call)
    except ContractRefused as error:
        if len(steps) == 1:
            result.refused[steps[0].number] = error.rule
            return
        for step in steps:
            _say(workspace, key, recipient, [step], result)


def _states(workspace: Workspace, result: RunResult, steps: list[PlanStep]) -> dict[int, str]:
    """Step → the state of its piece, by the books; a hold does not change who has answered."""
    with workspace.store.read() as connection:
        return {step.number: portfolio.piece(connection, result.pieces[step.number]).state for step in steps}


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
