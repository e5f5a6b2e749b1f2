"""What if a line were larger, an invoice missing, a rule another? Two plans, and what differs between them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from chain.documents.identity import normalised_number
from chain.errors import PearlError
from chain.planning.model import Line, PlanningInput, PlanningRules, PropagationPlan
from chain.planning.netting import consented, proposals
from chain.prices import HIGHEST_RATE, Price


class ChangeNotUnderstood(PearlError):
    """A change that is in none of the forms, or names something that is not there."""

    message = "the change '{change}' is not understood: {reason}"
    next_step = (
        "write line:BANK/ISSUER=+1000000, financing:BANK/ISSUER=5000000, rate:BANK/ISSUER=300, "
        "price:BANK/ISSUER/TIER/DAYS=350, need:ENTERPRISE=200000, net:NETTING, net:all, without:DOCUMENT, "
        "without:ENTERPRISE or rule:max_hops=3 (amounts in minor units; + and - change what is there)"
    )


#: What the rulebook holds of days, hops and pieces.
MOST_OF_A_RULE = 2**16 - 1

#: A line's paper up to a tier and a tenor, and a rate: BANK/ISSUER/TIER/DAYS=RATE.
_BAND = re.compile(r"(?P<line>.+)/(?P<tier>\*|[1-9][0-9]{0,2})/(?P<days>\*|[1-9][0-9]{0,3})=(?P<rate>[0-9]{1,6})")


def change(inputs: PlanningInput, changes: Iterable[str], ids: Mapping[str, str] | None = None) -> PlanningInput:
    """The input with every change made, in order. ``ids``: name → id of enterprises, which a change may call by either.
    Raises ChangeNotUnderstood."""
    for text in changes:
        kind, _, rest = text.partition(":")
        apply = _KINDS.get(kind)
        if apply is None or not rest:
            raise ChangeNotUnderstood(change=text, reason="it begins with none of {kinds}", kinds=", ".join(_KINDS))
        inputs = apply(inputs, text, _with_ids(rest, ids or {}))
    return inputs


def _with_ids(rest: str, ids: Mapping[str, str]) -> str:
    if band := _BAND.fullmatch(rest):
        line = _with_ids(f"{band['line']}=0", ids).removesuffix("=0")
        return f"{line}/{band['tier']}/{band['days']}={band['rate']}"
    if rest in ids:
        return ids[rest]
    name, equals, number = rest.rpartition("=")
    if name in ids:
        return f"{ids[name]}={number}"
    bank, slash, issuer = name.partition("/")
    return f"{ids.get(bank, bank)}/{ids.get(issuer, issuer)}={number}" if slash and equals else rest


def _line(field: str) -> Callable[[PlanningInput, str, str], PlanningInput]:
    def apply(inputs: PlanningInput, text: str, rest: str) -> PlanningInput:
        name, number = _split(text, rest)

        def changed(line: Line) -> Line:
            after: dict[str, Any] = {field: _changed(text, getattr(line, field), number)}
            return replace(line, **after)

        return _with_lines(inputs, text, name, changed)

    return apply


def _rate(inputs: PlanningInput, text: str, rest: str) -> PlanningInput:
    """A bare number is one price for all paper of the line; + and - change every price that it has."""
    name, number = _split(text, rest)

    def changed(line: Line) -> Line:
        prices = tuple(
            replace(
                price, annual_rate_basis_points=_changed(text, price.annual_rate_basis_points, number, HIGHEST_RATE)
            )
            for price in line.prices
            if number[0] in "+-"
        )
        rate = _changed(text, line.annual_rate_basis_points, number, HIGHEST_RATE)
        return replace(line, annual_rate_basis_points=rate, prices=prices)

    return _with_lines(inputs, text, name, changed)


def _price(inputs: PlanningInput, text: str, rest: str) -> PlanningInput:
    """A row before all others of the line's table."""
    band = _BAND.fullmatch(rest)
    if band is None:
        raise ChangeNotUnderstood(
            change=text, reason="it does not end with /TIER/DAYS= and a whole number; * for all tiers or days"
        )
    to_tier, to_days = (None if band[part] == "*" else int(band[part]) for part in ("tier", "days"))
    row = Price(_changed(text, 0, band["rate"], HIGHEST_RATE), to_tier, to_days)
    return _with_lines(inputs, text, band["line"], lambda line: replace(line, prices=(row, *line.prices)))


def _with_lines(inputs: PlanningInput, text: str, name: str, changed: Callable[[Line], Line]) -> PlanningInput:
    bank, _, issuer = name.partition("/")
    if (bank, issuer) not in {(line.bank, line.issuer) for line in inputs.lines}:
        raise ChangeNotUnderstood(change=text, reason="there is no line {line} in this plan", line=f"{bank} → {issuer}")
    lines = (changed(line) if (line.bank, line.issuer) == (bank, issuer) else line for line in inputs.lines)
    return replace(inputs, lines=tuple(lines))


def _net(inputs: PlanningInput, text: str, rest: str) -> PlanningInput:
    """As if everybody in a circle consented; the rest are the first letters of its name, or all. Needs stay."""
    proposed = proposals(inputs)
    chosen = [netting for netting in proposed if rest == "all" or netting.id.startswith(rest)]
    if not chosen or (rest != "all" and len(chosen) > 1):
        raise ChangeNotUnderstood(
            change=text, reason="{count} of the nettings proposed now have this name", count=len(chosen)
        )
    taken = inputs.netted.copy()
    for document, minor in consented(chosen).items():
        taken[document] = taken.get(document, 0) + minor
    return replace(inputs, netted=taken)


def _need(inputs: PlanningInput, text: str, rest: str) -> PlanningInput:
    name, number = _split(text, rest)
    if name not in _enterprises(inputs):
        raise ChangeNotUnderstood(change=text, reason="there is no enterprise {name} in this plan", name=name)
    return replace(inputs, needs=inputs.needs | {name: _changed(text, inputs.needs.get(name, 0), number)})


def _without(inputs: PlanningInput, text: str, rest: str) -> PlanningInput:
    number = rest, normalised_number(rest)  # a key has the number without what re-typing changes
    numbered = {item.document for item in inputs.payables if item.document.rpartition("|")[2] in number}
    if len(numbered) > 1:
        raise ChangeNotUnderstood(
            change=text, reason="{count} documents have the number {name}", count=len(numbered), name=rest
        )
    rest = numbered.pop() if numbered else rest
    left = tuple(item for item in inputs.payables if rest not in (item.document, item.debtor, item.creditor))
    lines = tuple(line for line in inputs.lines if rest not in (line.issuer, line.bank))
    if (len(left), len(lines)) == (len(inputs.payables), len(inputs.lines)):
        raise ChangeNotUnderstood(
            change=text, reason="no document, enterprise or bank {name} is in this plan", name=rest
        )
    needs = {name: need for name, need in inputs.needs.items() if name != rest}
    return replace(inputs, payables=left, lines=lines, needs=needs)


def _rule(inputs: PlanningInput, text: str, rest: str) -> PlanningInput:
    name, number = _split(text, rest)
    known = [field.name for field in fields(PlanningRules) if field.type == "int"]
    if name not in known:
        raise ChangeNotUnderstood(change=text, reason="the rules are {known}", known=", ".join(known))
    value = _changed(text, getattr(inputs.rules, name), number, None if name.endswith("_minor") else MOST_OF_A_RULE)
    caps = () if name == "max_tenor_days" else inputs.rules.tenor_caps
    if value < 1:
        raise ChangeNotUnderstood(change=text, reason="a rule is at least 1")
    figures: dict[str, Any] = {name: value}
    return replace(inputs, rules=replace(inputs.rules, **figures, tenor_caps=caps))


_KINDS: dict[str, Callable[[PlanningInput, str, str], PlanningInput]] = {
    "line": _line("available_minor"),
    "financing": _line("financing_minor"),
    "rate": _rate,
    "price": _price,
    "need": _need,
    "net": _net,
    "without": _without,
    "rule": _rule,
}


def _split(text: str, rest: str) -> tuple[str, str]:
    name, equals, number = rest.rpartition("=")
    if not equals or not re.fullmatch(r"[+-]?[0-9]{1,18}", number):
        raise ChangeNotUnderstood(change=text, reason="it does not end with = and a whole number")
    return name, number


def _changed(text: str, before: int, number: str, most: int | None = None) -> int:
    after = before + int(number) if number[0] in "+-" else int(number)
    if after < 0:
        raise ChangeNotUnderstood(change=text, reason="only {before} is there", before=before)
    if most is not None and after > most:
        raise ChangeNotUnderstood(change=text, reason="at most {most} can be", most=most)
    return after


def _enterprises(inputs: PlanningInput) -> set[str]:
    return {
        *inputs.needs,
        *(line.issuer for line in inputs.lines),
        *(name for item in inputs.payables for name in (item.debtor, item.creditor)),
    }


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure before and after. ``what`` is a figure of the plan, or "met", "line" or "document" with its ``name``."""

    what: str
    name: str
    before: int
    after: int


#: Figures of the whole plan that are compared: name → where it stands. Minor units, but for steps and the cost.
FIGURES: dict[str, Callable[[PropagationPlan], int]] = {
    "met_tier2_minor": lambda made: made.met_tier2_minor,
    "met_minor": lambda made: made.met_minor,
    "cost": lambda made: made.cost,
    "steps": lambda made: len(made.steps),
    "netting_minor": lambda made: sum(item.minor for proposal in made.netting for item in proposal.invoices),
}


def differences(before: PropagationPlan, after: PropagationPlan) -> tuple[Difference, ...]:
    """All figures of the plan, then what changes: need met by enterprise, issued by line, passed over each document."""
    found = [Difference(name, "", figure(before), figure(after)) for name, figure in FIGURES.items()]
    for what, amounts in (("met", _met), ("line", _issued), ("document", _over)):
        old, new = amounts(before), amounts(after)
        for name in sorted(old.keys() | new.keys()):
            if old.get(name, 0) != new.get(name, 0):
                found.append(Difference(what, name, old.get(name, 0), new.get(name, 0)))
    return tuple(found)


def _met(made: PropagationPlan) -> dict[str, int]:
    return made.met


def _issued(made: PropagationPlan) -> dict[str, int]:
    issued: dict[str, int] = {}
    for step in made.steps:
        if step.parent is None:
            name = f"{step.bank} → {step.issuer}"
            issued[name] = issued.get(name, 0) + step.amount_minor
    return issued


def _over(made: PropagationPlan) -> dict[str, int]:
    over: dict[str, int] = {}
    for step in made.steps:
        over[step.document] = over.get(step.document, 0) + step.amount_minor
    return over
