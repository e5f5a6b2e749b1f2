"""What a caller is there to do for its enterprise. The register's roles say what an enterprise is; duties divide its work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache

from chain.commands.workspace import OPERATOR, Home
from chain.errors import NotFound, RuleBroken
from chain.network import Role


class Duty(StrEnum):
    """What a person or a machine does for the one enterprise that it acts for; it may have several."""

    MAKER = "maker"
    """Prepares and gives the enterprise's commands: issues, answers, passes on, sells, redeems, sends its documents."""
    CHECKER = "checker"
    """Approves what another has prepared, where four eyes are wanted."""
    TREASURER = "treasurer"
    """Answers for the enterprise's money and access: sells, redeems, approves, and says who else may do what for it."""
    BANK_OFFICER = "bank_officer"
    """Acts for a bank: quotes, credits accounts, attests payments, moves the bank's own pieces, approves."""
    RISK = "risk"
    """Watches exposure, and gives no command."""
    AUDITOR = "auditor"
    """Reads all of the enterprise's things, who did what among them, and gives no command."""
    REGULATOR = "regulator"
    """Reads everything for the supervisor, and holds by order of a court."""
    OPERATOR = "operator"
    """Runs the service: plans, documents on others' behalf, everybody's users and keys; moves no piece."""


class DutyDoesNotFit(RuleBroken):
    message = "{enterprise} has no role in which somebody could have the duty {duty}"
    next_step = "give only duties that fit the roles of the enterprise, as docs/access.md lists them"


_TRADING = frozenset({Duty.MAKER, Duty.CHECKER, Duty.TREASURER, Duty.RISK, Duty.AUDITOR})
#: The one table of which duties an enterprise's roles allow at all.
FITTING: Mapping[Role, frozenset[Duty]] = {
    Role.CORE_ENTERPRISE: _TRADING,
    Role.SUPPLIER: _TRADING,
    Role.BANK: frozenset({Duty.BANK_OFFICER, Duty.CHECKER, Duty.TREASURER, Duty.RISK, Duty.AUDITOR}),
    Role.KEEPER: _TRADING,
    Role.GUARANTOR: _TRADING,
    Role.ATTESTOR: _TRADING,
    Role.REGULATOR: frozenset({Duty.REGULATOR}),
    Role.OPERATOR: frozenset({Duty.OPERATOR}),
}
#: Duties that act; a key that is made without naming any gets those of them that fit.
ACTING = frozenset({Duty.MAKER, Duty.TREASURER, Duty.BANK_OFFICER, Duty.REGULATOR, Duty.OPERATOR})


@cache
def fitting(roles: frozenset[Role]) -> frozenset[Duty]:
    """The duties that somebody may have for an enterprise in these roles."""
    return frozenset().union(*(FITTING[role] for role in roles))


def duties_for(home: Home, enterprise: str, asked: Iterable[Duty] | None) -> frozenset[Duty]:
    """The duties ``asked`` for; the acting ones of the enterprise's roles where None is. ``enterprise`` may be the operator.

    Raises NoNetwork, NotFound (the enterprise), DutyDoesNotFit.
    """
    allowed = fitting(_roles(home, enterprise))
    duties = allowed & ACTING if asked is None else frozenset(asked)
    for duty in sorted(duties - allowed):
        raise DutyDoesNotFit(enterprise=enterprise, duty=duty.value)
    return duties


def _roles(home: Home, enterprise: str) -> frozenset[Role]:
    if enterprise == OPERATOR:
        return frozenset({Role.OPERATOR})
    found = next((entry for entry in home.network().enterprises if entry.id == enterprise), None)
    if found is None:
        raise NotFound(what="participant", id=enterprise)
    return frozenset(found.roles)
