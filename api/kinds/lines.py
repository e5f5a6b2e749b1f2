"""Commands about credit lines, of the bank that grants them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from api.command import Case, CommandKind
from api.models import LimitBody, LineBody, LineText
from chain.books.portfolio import LineRow
from chain.commands import lines
from chain.commands.permissions import Action
from chain.commands.seen.vouchers import line_seen, own_line
from chain.commands.workspace import Workspace
from chain.errors import CurrencyMismatch
from chain.identifiers import LineId
from chain.money import Money, exponent
from chain.network import CreditLine


class OfLine(BaseModel):
    """A command about one line."""

    line: LineText


class SetLimit(LimitBody, OfLine):
    """Of this line."""


class GrantLine(LineBody):
    """By the caller."""


def line_of(asked: OfLine) -> str:
    """The subject of a command about one line."""
    return asked.line


def _granted(case: Case, asked: GrantLine) -> CreditLine:
    return CreditLine(
        bank=case.viewer.enterprise, issuer=asked.issuer, currency=asked.limit.currency, limit_minor=asked.limit.minor,
        financing_limit_minor=asked.financing_limit.minor, expiry=asked.expiry,
        annual_rate_basis_points=asked.annual_rate_basis_points, prices=asked.prices,
    )  # fmt: skip


def _can_be_granted(case: Case, asked: GrantLine) -> None:
    exponent(asked.limit.currency)
    if asked.financing_limit.currency != asked.limit.currency:
        raise CurrencyMismatch(left=asked.financing_limit.currency, right=asked.limit.currency)
    if not case.workspace.was_sent(case.key):  # what is carried out again is in the register by then
        lines.must_be_granted_anew(case.workspace, _granted(case, asked))


def _promised(_: Case, asked: GrantLine) -> list[Money]:
    return [Money(max(asked.limit.minor, asked.financing_limit.minor), asked.limit.currency)]


def _grant(case: Case, asked: GrantLine) -> Any:
    made = lines.grant(case.workspace, case.key, _granted(case, asked))
    return line_seen(case.workspace, case.current, case.viewer, made).model_dump(mode="json")


def _row(case: Case, asked: OfLine) -> LineRow:
    """Raises NotFound."""
    return own_line(case.workspace, case.current, case.viewer, LineId.parse(asked.line))


def _sees_line(case: Case, asked: OfLine) -> None:
    _row(case, asked)


def _limits_its_currency(case: Case, asked: SetLimit) -> None:
    row = _row(case, asked)
    if asked.limit.currency != row.currency:
        raise CurrencyMismatch(left=asked.limit.currency, right=row.currency)


def _raised(before: Callable[[LineRow], int]) -> Callable[[Case, SetLimit], list[Money]]:
    """What the bank promises where it promises more than ``before``; to promise less needs nobody else."""

    def worth(case: Case, asked: SetLimit) -> list[Money]:
        is_more = asked.limit.minor > before(_row(case, asked))
        return [Money(asked.limit.minor, asked.limit.currency)] if is_more else []

    return worth


def _available_again(case: Case, asked: OfLine) -> list[Money]:
    """What can be issued under it again."""
    row = _row(case, asked)
    return [Money(row.available_minor, row.currency)]


def _shown(case: Case, asked: OfLine) -> Any:
    return line_seen(case.workspace, case.current, case.viewer, LineId.parse(asked.line)).model_dump(mode="json")


def _sets(verb: Callable[[Workspace, str, str, LineRow, int], None]) -> Callable[[Case, SetLimit], Any]:
    def do(case: Case, asked: SetLimit) -> Any:
        verb(case.workspace, case.key, case.viewer.enterprise, _row(case, asked), asked.limit.minor)
        return _shown(case, asked)

    return do


def _switches(verb: Callable[[Workspace, str, str, LineId], None]) -> Callable[[Case, OfLine], Any]:
    def do(case: Case, asked: OfLine) -> Any:
        verb(case.workspace, case.key, case.viewer.enterprise, LineId.parse(asked.line))
        return _shown(case, asked)

    return do


GRANT_LINE = CommandKind(
    "grant-line", GrantLine, Action.CHANGE_LINE, _grant, _can_be_granted, _promised, subject=lambda asked: asked.issuer
)
LINE_LIMIT = CommandKind(
    "line-limit", SetLimit, Action.CHANGE_LINE, _sets(lines.set_limit), _limits_its_currency,
    _raised(lambda row: row.limit_minor), subject=line_of,
)  # fmt: skip
FINANCING_LIMIT = CommandKind(
    "financing-limit", SetLimit, Action.CHANGE_LINE, _sets(lines.set_financing_limit), _limits_its_currency,
    _raised(lambda row: row.financing_limit_minor), subject=line_of,
)  # fmt: skip
SUSPEND_LINE = CommandKind(
    "suspend-line", OfLine, Action.CHANGE_LINE, _switches(lines.suspend), _sees_line, subject=line_of
)
RESUME_LINE = CommandKind(
    "resume-line", OfLine, Action.CHANGE_LINE, _switches(lines.resume), _sees_line, _available_again, subject=line_of
)

KINDS = (GRANT_LINE, LINE_LIMIT, FINANCING_LIMIT, SUSPEND_LINE, RESUME_LINE)
