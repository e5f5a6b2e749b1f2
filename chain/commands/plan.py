"""Decide: a propagation plan from all that is known today, kept for carrying out."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import func, insert, select

from chain.books.portfolio import all_pieces
from chain.commands.audit import CONSOLE, Acting, record
from chain.commands.changes import tell
from chain.commands.trade import Trade, load_graph
from chain.commands.workspace import OPERATOR, Home
from chain.documents.identity import blinded_identity
from chain.errors import NotFound
from chain.money import chain_currency_index
from chain.planning.inputs import Backed, free_minor, planning_input
from chain.planning.model import Line, PlanningInput, PropagationPlan
from chain.planning.propagation import Planner
from chain.planning.propagation import plan as propagate
from chain.planning.table import as_table
from chain.planning.what_if import Difference, change, differences
from chain.store.tables import evidence, financing, lines, obligations, plans

_PLAN = TypeAdapter(PropagationPlan)
_EPOCH = date(1970, 1, 1)


def make_plan(home: Home, currency: str, *, by: Acting = CONSOLE) -> tuple[int, PropagationPlan]:
    """Plan from the stored documents, the register and what the ledger says is free now. Returns its number too.

    The same input makes the same plan, and is kept once.
    """
    inputs = plan_input(home, currency)
    digest = hashlib.sha256(json.dumps(_sorted(asdict(inputs)), sort_keys=True, default=str).encode()).hexdigest()
    with home.store.read() as connection:
        known = connection.execute(select(plans.c.id).where(plans.c.input_hash == digest)).scalar()
    if known is not None:
        return int(known), load_plan(home, int(known))
    made = propagate(inputs)
    with home.store.begin() as connection:
        result = connection.execute(
            insert(plans).values(
                currency=currency, day=inputs.today.isoformat(), input_hash=digest,
                body=plan_as_json(made),
            )
        )  # fmt: skip
        assert result.inserted_primary_key is not None
        number = int(result.inserted_primary_key[0])
        record(connection, by, "plan.make", str(number), {"currency": currency, "input_hash": digest})
        tell(connection, OPERATOR, "PlanMade", "plan", str(number), *sorted(_parties(made)))
    return number, made


def _parties(made: PropagationPlan) -> set[str]:
    """The enterprises that have a part in a plan."""
    steps = {party for step in made.steps for party in (step.bank, step.issuer, step.payer, step.recipient)}
    netted = {party for netting in made.netting for party in netting.parties}
    return steps | netted | {outcome.enterprise for outcome in made.outcomes}


def plan_input(home: Home, currency: str, trade: Trade | None = None) -> PlanningInput:
    """What the planner is given: `open_input`, and who keeps its key, so that nothing is planned that it would have to sign.
    Raises CurrencyUnknown, Unavailable (the remote signer, which may have a key or not)."""
    return open_input(home, currency, trade, home.keyring.elsewhere())


def open_input(
    home: Home, currency: str, trade: Trade | None = None, keys_elsewhere: frozenset[str] = frozenset()
) -> PlanningInput:
    """The register's needs, the ledger's free lines, documents less what they back already and less what is netted.
    ``trade``: what the documents say now, where the caller has it. Raises CurrencyUnknown."""
    chain_currency_index(currency)
    receivables = load_graph(home).receivables if trade is None else trade.receivables
    backed = backed_on_chain(home, receivables["document"].to_list())
    return planning_input(
        receivables, home.network(), _free_lines(home, currency), backed, _credit(home, currency), home.date(), currency,
        keys_elsewhere=keys_elsewhere,
    )  # fmt: skip


def what_if(
    home: Home, currency: str, changes: Sequence[str], trade: Trade | None = None
) -> tuple[PropagationPlan, PropagationPlan, tuple[Difference, ...]]:
    """Today's plan, the plan if the changes were made, and what differs. Nothing is kept. Raises ChangeNotUnderstood.
    ``trade``: what the documents say now, where the caller has it."""
    inputs = plan_input(home, currency, trade)
    changed = change(inputs, changes, {name: enterprise for enterprise, name in home.names().items()})
    planner = Planner()
    before, after = (planner.plan(as_table(given)).as_plan() for given in (inputs, changed))
    return before, after, differences(before, after)


class NoPlan(NotFound):
    message = "no plan has been made yet"
    next_step = "run 'pearl plan' first"


def load_plan(home: Home, plan_id: int) -> PropagationPlan:
    """A kept plan. Raises NotFound."""
    with home.store.read() as connection:
        body = connection.execute(select(plans.c.body).where(plans.c.id == plan_id)).scalar()
    if body is None:
        raise NotFound(what="plan", id=plan_id)
    return _PLAN.validate_python(body)


def plan_as_json(made: PropagationPlan) -> dict[str, Any]:
    """JSON-able; amounts in minor units."""
    return dict(_PLAN.dump_python(made, mode="json"))


def latest_plan(home: Home) -> int:
    """Number of the newest plan. Raises NoPlan."""
    with home.store.read() as connection:
        newest = connection.execute(select(func.max(plans.c.id))).scalar()
    if newest is None:
        raise NoPlan()
    return int(newest)


def _free_lines(home: Home, currency: str) -> tuple[Line, ...]:
    """Lines in force with what the ledger says is free on them, in the register's order.

    An issuer with an overdue obligation issues nothing until it is cured, so its lines are left out.
    """
    numbers = {enterprise: number for number, enterprise in home.parties().items()}
    with home.store.read() as connection:
        granted = {
            (r.bank, r.issuer): (
                max(0, r.limit_minor - r.used_minor - r.allotted_minor),
                _EPOCH + timedelta(days=r.expiry_day),
            )
            for r in connection.execute(select(lines).where(lines.c.currency == currency, ~lines.c.suspended))
        }
        stopped = set(connection.execute(select(obligations.c.issuer).where(obligations.c.overdue)).scalars())
        rooms = {
            (r.bank, r.issuer): max(0, r.limit_minor - r.financed_minor)
            for r in connection.execute(select(financing).where(financing.c.currency == currency))
        }
    found = []
    for line in home.network().lines:
        place = (numbers.get(line.bank), numbers.get(line.issuer))
        if line.currency == currency and place in granted and place[1] not in stopped:
            free, expiry = granted[place]
            found.append(
                Line(
                    line.bank, line.issuer, currency, free, rooms.get(place, 0), expiry,
                    line.annual_rate_basis_points, line.prices,
                )
            )  # fmt: skip
    return tuple(found)


def backed_on_chain(home: Home, documents: list[str]) -> dict[str, Backed]:
    """Document key → its capacity on chain, for those that their buyers confirmed."""
    with home.store.read() as connection:
        by_identity = {
            r.identity: Backed(r.face_minor - r.credited_minor, r.used_minor)
            for r in connection.execute(select(evidence))
        }
    identities = {key: f"0x{blinded_identity(key, home.network_key).hex()}" for key in documents}
    return {key: by_identity[identity] for key, identity in identities.items() if identity in by_identity}


def left_of_changed(home: Home, trade: Trade, documents: Sequence[str]) -> dict[str, int]:
    """Of the documents whose papers prove less by now than their buyers confirmed: what can still back credit. The ledger
    keeps to the face that was confirmed; a credit note, a payment or a netting since is known here alone."""
    backed = backed_on_chain(home, list(documents))
    return {
        receivable.document: max(0, free_minor(receivable, backed))
        for receivable in trade.matching.receivables
        if receivable.document in backed and receivable.evidence_minor < backed[receivable.document].face_minor
    }


def _credit(home: Home, currency: str) -> dict[str, int]:
    """Enterprise → live credit that it has: pieces it holds, and those it sold to a bank."""
    numbers = home.parties()
    with home.store.read() as connection:
        pieces = [piece for piece in all_pieces(connection) if piece.currency == currency]
    owners = {piece.piece: piece.owner for piece in pieces}
    credit: dict[str, int] = defaultdict(int)
    for piece in pieces:
        if piece.live:
            holder = owners[piece.parent] if piece.financed and piece.parent else piece.owner
            credit[numbers[holder]] += piece.amount_minor
    return dict(credit)


def _sorted(value: Any) -> Any:
    """Sets in a fixed order, so that the same input has the same hash in every process."""
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, dict):
        return {key: _sorted(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_sorted(entry) for entry in value]
    return value
