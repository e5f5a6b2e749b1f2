"""Carry a plan out: the buyers confirm the documents, then wave by wave the payers offer and the recipients answer."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import accumulate, groupby
from typing import Any

from sqlalchemy import select, update

from chain.books import portfolio
from chain.books.happened import happened
from chain.commands.due import mark_overdue
from chain.commands.findings import note
from chain.commands.four_eyes import needs_approval, worth_of
from chain.commands.plan import left_of_changed, load_plan
from chain.commands.trade import Trade, load_trade
from chain.commands.workspace import OPERATOR, Home, Progress, Workspace, counted, no_progress
from chain.documents.identity import blinded_identity, canonical_digest
from chain.documents.model import Finding, Severity
from chain.errors import ContractRefused, PearlError, Unavailable
from chain.identifiers import LineId, PieceId, PieceReference
from chain.issuance.messages import INVOICE, NO_RECOURSE, NO_SIGNATURE, VOUCHER, Confirmation, signature
from chain.issuance.outbox import KeyedCall, Outcome
from chain.issuance.signers import KeyElsewhere
from chain.money import Money, chain_currency_index
from chain.network import Acceptance, Network
from chain.planning.model import PlanStep, StepKind
from chain.store.tables import events, evidence, lines, plans

#: Confirmations in one transaction; each costs about 100,000 gas.
CONFIRMATIONS_A_TRANSACTION = 50
#: Pieces that one transaction makes at most, so that it fits a block of 30 million gas.
PIECES_A_TRANSACTION = 200
#: Blocks whose events are read at once.
BLOCKS_A_QUESTION = 500


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
    """Step → the refusing rule; ``ParentNotHeld`` where the step before it did not come about, or is not accepted yet, and
    ``ApprovalMissing`` where the payer wants two of its people to look at so much."""

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
    bound = _wanting_approval(workspace, plan.steps)
    waves = [(wave, list(steps)) for wave, steps in groupby(sorted(plan.steps, key=lambda s: s.wave), lambda s: s.wave)]
    done = 0
    for wave, steps in waves:
        offer = _Wave(workspace, plan_id, wave, proven, unconfirmed, left, bound, started_at, result)
        offer.make(steps, counted(progress, "issuing and passing on", done, len(plan.steps)))
        done += len(steps)
        progress("issuing and passing on", done, len(plan.steps))
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
        alone = {key: KeyElsewhere.__name__ for key in missing if not workspace.keyring.signs_for(buyers[key])}
        refused |= alone
        missing = [key for key in missing if key not in alone]
    confirm = _Confirmations(workspace, trade)
    groups = [
        missing[at : at + CONFIRMATIONS_A_TRANSACTION] for at in range(0, len(missing), CONFIRMATIONS_A_TRANSACTION)
    ]
    sizes = list(accumulate(map(len, groups), initial=0))
    doubted = confirm.send(
        groups, lambda done: progress("the buyers confirm their invoices", sizes[done], len(missing))
    )
    if refused is None and doubted:
        raise doubted[0][1]
    again = confirm.send([[key] for group, _ in doubted if len(group) > 1 for key in group])
    if refused is not None:
        refused |= {key: error.rule for (key, *others), error in doubted + again if not others}
    workspace.indexer.catch_up()
    known = _evidence(workspace)
    return {key: known[_hex(identity)] for key, identity in identities.items() if _hex(identity) in known}


class _Confirmations:
    """The buyers' signatures under what the three flows prove of their documents."""

    def __init__(self, workspace: Workspace, trade: Trade) -> None:
        self._workspace = workspace
        self._trade = trade
        self._receivables = {r.document: r for r in trade.matching.receivables}
        self._numbers = {enterprise: number for number, enterprise in workspace.parties().items()}

    def send(
        self, groups: list[list[str]], progress: Callable[[int], None] = lambda done: None
    ) -> list[tuple[list[str], ContractRefused]]:
        """One transaction for each group of document keys. Returns those that the contracts refuse, and why."""
        answers = self._workspace.outbox.send_all([self._order(group) for group in groups], progress)
        answered = zip(groups, answers, strict=True)
        return [(group, answer) for group, answer in answered if isinstance(answer, ContractRefused)]

    def _order(self, group: list[str]) -> KeyedCall:
        workspace = self._workspace
        confirmations = [self._confirmation(key) for key in group]
        signatures = [
            signature(workspace.contracts, workspace.signer(self._receivables[key].buyer), confirmation)
            for key, confirmation in zip(group, confirmations, strict=True)
        ]
        values = [confirmation.values() for confirmation in confirmations]
        unattested = [NO_SIGNATURE] * len(group)
        call = workspace.contracts.call("TradeRegistry", "register", values, signatures, unattested)
        key = workspace.outbox.retried(f"confirm:{hashlib.sha256(call.data).hexdigest()}")
        return KeyedCall(key, workspace.signer(OPERATOR), call)

    def _confirmation(self, key: str) -> Confirmation:
        receivable = self._receivables[key]
        delivery = receivable.delivery_date
        assert delivery is not None, "matching gives evidence only to what was delivered"
        return Confirmation(
            blinded_identity(key, self._workspace.network_key), canonical_digest(self._trade.document(key)), INVOICE,
            receivable.evidence_minor, chain_currency_index(receivable.currency), self._numbers[receivable.buyer],
            self._numbers[receivable.seller], (delivery - date(1970, 1, 1)).days,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Batch:
    """Movements of one payer that go in one transaction, under one key."""

    key: str
    payer: str
    movements: list[list[PlanStep]]

    @property
    def steps(self) -> list[PlanStep]:
        return [step for movement in self.movements for step in movement]

    def apart(self) -> list[_Batch]:
        """Each movement in a transaction of its own."""
        if len(self.movements) == 1:
            return [self]
        return [_Batch(f"{self.key}.{number}", self.payer, [one]) for number, one in enumerate(self.movements)]


class _Wave:
    """The offers of one wave: each payer's pieces go in as few transactions as fit.

    Which movements share a transaction follows from the plan alone, so that a later run, when more has been accepted,
    finds each under the key under which it was sent.
    """

    def __init__(
        self, workspace: Workspace, plan_id: int, wave: int, proven: dict[str, int], unconfirmed: dict[str, str],
        left: dict[str, int], bound: frozenset[str], started_at: int, result: RunResult,
    ) -> None:  # fmt: skip
        """``left``: what documents can still back whose papers prove less than was confirmed; ``bound``: payers whose part in the
        plan two of their people have to approve."""
        self._workspace = workspace
        self._prefix = f"plan:{plan_id}:{wave}"
        self._proven = proven
        self._unconfirmed = unconfirmed
        self._left = left
        self._bound = bound
        self._started_at = started_at
        self._result = result
        self._lines = _line_numbers(workspace)
        self._parties = {enterprise: number for number, enterprise in workspace.parties().items()}
        self._known: set[str] = set()
        self._references: dict[PieceId, PieceReference] = {}
        self._sent: list[tuple[_Batch, Outcome]] = []

    def make(self, steps: list[PlanStep], progress: Callable[[int], None]) -> None:
        """Offer the wave's pieces; what came of each step is in the result."""
        batches = [
            _Batch(f"{self._prefix}:{payer}:{number}", payer, movements)
            for payer, own in groupby(sorted(steps, key=lambda s: (s.payer, s.number)), lambda s: s.payer)
            for number, movements in enumerate(_by_size(_movements(list(own)), PIECES_A_TRANSACTION))
        ]
        keys = [part.key for batch in batches for part in (batch, *batch.apart())]
        self._known = self._workspace.outbox.known(keys)
        parents = {self._result.pieces[s.parent] for s in steps if s.parent in self._result.pieces}
        self._references = _references(self._workspace, parents)
        whole = [batch for batch in batches if self._goes_whole(batch)]
        refused = self._send(whole, progress)
        going = {batch.key for batch in whole} - {batch.key for batch, _ in refused}
        # Where one of a batch is not right, they say one by one which.
        waiting = [part for batch in batches if batch.key not in going for part in batch.apart()]
        while waiting:
            against = [(part, self._rule_against(part)) for part in waiting]
            refused = self._send([part for part, rule in against if rule is None], progress)
            hindered = [(part, rule) for part, rule in against if rule is not None]
            # What a refused one would have taken of an invoice backs others.
            waiting = [part for part, _ in hindered] if refused else []
            for part, rule in refused or hindered:
                self._result.refused.update({step.number: rule for step in part.steps})
        self._workspace.indexer.catch_up()  # once for all of a wave: nobody in it needs what another one does
        self._read_pieces()

    def _goes_whole(self, batch: _Batch) -> bool:
        """Whether it goes in one transaction: always if it was sent so before."""
        parts = batch.apart()
        if len(parts) == 1:
            return False
        if batch.key not in self._known:
            if batch.payer in self._bound:
                return False
            if any(part.key in self._known or self._hindrance(part.movements[0]) for part in parts):
                return False
            if self._beyond_papers(batch.steps):
                return False
        self._take(batch, 1)
        return True

    def _rule_against(self, part: _Batch) -> str | None:
        """The rule because of which it is not sent; where there is none, what its documents back by it is taken."""
        rule = self._hindrance(part.movements[0])
        if rule is None and part.key not in self._known:
            if part.payer in self._bound:
                rule = "ApprovalMissing"
            elif self._beyond_papers(part.steps):
                rule = "InvoiceProvesLess"
        if rule is None:
            self._take(part, 1)
        return rule

    def _take(self, batch: _Batch, times: int) -> None:
        """Count what its documents back by it, as often (-1 gives it back); what was sent before, the books count."""
        if batch.key not in self._known:
            for step in batch.steps:
                if step.document in self._left:
                    self._left[step.document] -= times * step.amount_minor

    def _send(self, batches: list[_Batch], progress: Callable[[int], None]) -> list[tuple[_Batch, str]]:
        """Returns those that the ledger refuses, with the rule."""
        orders = [self._order(batch) for batch in batches]
        before = sum(len(batch.steps) for batch, _ in self._sent)
        made = list(accumulate((len(batch.steps) for batch in batches), initial=before))
        answers = self._workspace.outbox.send_all(orders, lambda done: progress(made[done]))
        refused = []
        for batch, answer in zip(batches, answers, strict=True):
            if isinstance(answer, ContractRefused):
                refused.append((batch, answer.rule))
                self._take(batch, -1)
            else:
                self._sent.append((batch, answer))
        return refused

    def _read_pieces(self) -> None:
        """What the ledger numbered them, by the books."""
        numbers = sorted({outcome.block_number for _, outcome in self._sent})
        offered: dict[str, list[PieceId]] = defaultdict(list)
        with self._workspace.store.read() as connection:
            for at in range(0, len(numbers), BLOCKS_A_QUESTION):
                within = events.c.block_number.in_(numbers[at : at + BLOCKS_A_QUESTION])
                # By the blocks alone: the database would rather look through all events of one name.
                for event in happened(connection, self._workspace.contracts.decoder, within):
                    if event.name == "PieceOffered":
                        offered[event.transaction_hash].append(PieceId.from_chain(event.arguments["piece"]))
        for batch, outcome in self._sent:
            pieces = offered[outcome.transaction_hash]
            if len(pieces) != len(batch.steps):  # read from another node than it was sent to, which is behind
                raise Unavailable(what="block {number}", number=outcome.block_number)
            self._result.pieces.update(zip((step.number for step in batch.steps), pieces, strict=True))

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

    def _order(self, batch: _Batch) -> KeyedCall:
        data = [self._movement(movement) for movement in batch.movements]
        call = self._workspace.contracts.together("CreditLedger", data, "offer")
        return KeyedCall(batch.key, self._workspace.signer(batch.payer), call)

    def _movement(self, steps: list[PlanStep]) -> bytes:
        first = steps[0]
        line, utc_offset_minutes = self._line(first)
        maturity = (first.maturity - date(1970, 1, 1)).days
        deadline = offer_deadline(self._workspace, self._started_at, maturity, utc_offset_minutes)
        legs = [(self._parties[s.recipient], s.amount_minor, self._proven[s.document], deadline) for s in steps]
        if first.kind is StepKind.TRANSFER:
            assert first.parent is not None
            parent = self._references[self._result.pieces[first.parent]]
            return self._workspace.contracts.data("CreditLedger", "transfer", parent.chain, legs)
        return self._workspace.contracts.data("CreditLedger", "issue", line.chain, VOUCHER, maturity, NO_RECOURSE, legs)

    def _line(self, step: PlanStep) -> tuple[LineId, int]:
        found = self._lines.get((step.bank, step.issuer, step.currency))
        if found is None:
            raise LineNotGranted(bank=step.bank, issuer=step.issuer, currency=step.currency)
        return found


def _wanting_approval(home: Home, steps: Iterable[PlanStep]) -> frozenset[str]:
    """The payers that would not give all these away without a second pair of eyes (`chain.commands.four_eyes`): the operator's
    plan is no way around them."""
    paid: dict[str, list[Money]] = defaultdict(list)
    for step in steps:
        paid[step.payer].append(Money(step.amount_minor, step.currency))
    return frozenset(payer for payer, amounts in paid.items() if needs_approval(home, payer, worth_of(amounts)))


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
    answers: list[_Answer] = []
    for recipient, own in groupby(offered, lambda s: s.recipient):
        rule = rules.get(recipient) if workspace.keyring.signs_for(recipient) else None
        unanswered = [step for step in own if states[step.number] == "offered"] if rule else []
        taken = [step for step in unanswered if rule and accepts(rule, step.amount_minor)]
        left = [step for step in unanswered if rule and not accepts(rule, step.amount_minor)]
        answers += [(verb, recipient, some) for verb, some in (("accept", taken), ("reject", left)) if some]
    doubted = _say(workspace, key, answers, result)
    # One by one where the ledger refuses one of them.
    alone = [(verb, recipient, [step]) for (verb, recipient, some), _ in doubted if len(some) > 1 for step in some]
    for (_, _, (step, *others)), rule_broken in doubted + _say(workspace, key, alone, result):
        if not others:
            result.refused[step.number] = rule_broken
    workspace.indexer.catch_up()
    states = _states(workspace, result, offered)
    result.rejected += [step.number for step in offered if states[step.number] in GIVEN_BACK]
    result.accepted += [step.number for step in offered if states[step.number] not in (*GIVEN_BACK, "offered")]


_Answer = tuple[str, str, list[PlanStep]]
"""``accept`` or ``reject``, the recipient, and the steps whose pieces it answers in one transaction."""


def _say(workspace: Workspace, key: str, answers: list[_Answer], result: RunResult) -> list[tuple[_Answer, str]]:
    """Returns those that the ledger refuses, with the rule."""
    references = _references(workspace, [result.pieces[step.number] for _, _, steps in answers for step in steps])
    orders = []
    for verb, recipient, steps in answers:
        ids = [references[result.pieces[step.number]].chain for step in steps]
        more = [] if verb == "accept" else [hashlib.sha256(b"above what the recipient takes").digest()]
        call = workspace.contracts.call("CreditLedger", verb, ids, *more)
        own_key = f"{key}:{recipient}:{verb}:{hashlib.sha256(call.data).hexdigest()}"
        orders.append(KeyedCall(own_key, workspace.signer(recipient), call))
    said = zip(answers, workspace.outbox.send_all(orders), strict=True)
    return [(answer, error.rule) for answer, error in said if isinstance(error, ContractRefused)]


def _references(workspace: Workspace, pieces: Iterable[PieceId]) -> dict[PieceId, PieceReference]:
    return {reference.piece: reference for reference in workspace.references(pieces)}


def _states(workspace: Workspace, result: RunResult, steps: list[PlanStep]) -> dict[int, str]:
    """Step → the state of its piece, by the books; a hold does not change who has answered."""
    with workspace.store.read() as connection:
        rows = portfolio.named(connection, [result.pieces[step.number] for step in steps])
    return {step.number: row.state for step, row in zip(steps, rows, strict=True)}


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
