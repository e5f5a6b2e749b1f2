"""The commands of the API; what belongs together beside the life of a piece is in `api.kinds`.

A route accepts a command (`Desk.accept`), which writes it down and answers 202; a worker carries it out later
(`api.worker`), with the same checks once more: what one may see can change meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from api.command import Case, CommandKind, Lane, OfPiece, changed, piece_of, sees_piece
from api.kinds import financing_requests, goods, holds, lines, loans, payments, sales
from api.kinds.aliases import RULE_ALIAS
from api.kinds.sales import QUOTED, OfQuote, PartOfPiece, as_part, as_quoted, is_part, sees_quote, worth_of_quote
from api.models import (
    DepositBody,
    FinanceBody,
    FourEyes,
    FourEyesBody,
    IssueBody,
    PaymentBody,
    PlanBody,
    QuoteBody,
    RedemptionBody,
    RejectBody,
    TransferBody,
)
from chain.commands import pieces
from chain.commands.deposit import deposit
from chain.commands.four_eyes import Limit, limit_of, set_limit
from chain.commands.mature import obligations_due, paid_since, redeem, redeem_due, worth_of_due, worth_returning
from chain.commands.netting import KnownNetting, consent, withdraw
from chain.commands.offer import make_quote, take_quote
from chain.commands.permissions import Action
from chain.commands.plan import load_plan, make_plan
from chain.commands.run import run
from chain.commands.seen.acquaintance import enterprises_met
from chain.commands.seen.nettings import must_see_netting, netting_seen
from chain.commands.seen.quotes import quote_seen
from chain.commands.seen.vouchers import must_see, own_line
from chain.commands.upload import upload
from chain.errors import CurrencyMismatch, NotFound, VersionChanged
from chain.identifiers import LineId, ObligationId, PieceId
from chain.money import Money, exponent

# --- what is asked for where the address of the route holds a part of it ------------------------------------------------


class Transfer(TransferBody, OfPiece):
    """Parts of this piece."""


class Reject(RejectBody, OfPiece):
    """This offer."""


class GiveQuote(QuoteBody, PartOfPiece):
    """For this piece."""


class Finance(FinanceBody, OfQuote):
    """This piece."""


class Redeem(RedemptionBody):
    """These pieces, or what is due of these obligations."""

    obligations: tuple[str, ...] | None = None
    after_block: int | None = None
    """The last one in the books when it was accepted."""


class OfPlan(BaseModel):
    """A command about one plan."""

    plan: int


class OfNetting(BaseModel):
    """A command about one netting."""

    netting: str


class SetFourEyes(FourEyesBody):
    """In this currency, where this version is in force; None: whichever is."""

    currency: str
    version: int | None


class SendDocuments(BaseModel):
    """Files by their names; the last of the bytes that come with it may be a mapping."""

    names: list[str]
    has_mapping: bool
    language: str


# --- checks ----------------------------------------------------------------------------------------------------------


def _has_line(case: Case, asked: IssueBody) -> None:
    own_line(case.workspace, case.current, case.viewer, LineId.parse(asked.line))


def _sees_pieces(case: Case, asked: Redeem) -> None:
    for piece in asked.vouchers or ():
        must_see(case.workspace, case.current, case.viewer, PieceId.parse(piece))


def _is_in_its_currency(_: Case, asked: SetFourEyes) -> None:
    for amount in (asked.above, asked.above_in_a_day):
        if amount is not None:
            exponent(asked.currency)
            if amount.currency != asked.currency:
                raise CurrencyMismatch(left=amount.currency, right=asked.currency)


def _sees_netting(case: Case, asked: OfNetting) -> None:
    must_see_netting(case.workspace, case.current, case.viewer, asked.netting)


def _knows_customer(case: Case, asked: DepositBody) -> None:
    """A bank credits whom it may know of; of others it is not told whether they are there."""
    if asked.enterprise not in enterprises_met(case.workspace, case.current, case.viewer):
        raise NotFound(what="participant", id=asked.enterprise)


def _knows_plan(case: Case, asked: OfPlan) -> None:
    load_plan(case.workspace, asked.plan)


# --- what is settled when it is accepted ----------------------------------------------------------------------------------


def _what_is_due(case: Case, asked: Redeem) -> Redeem:
    if asked.vouchers is not None:
        return asked
    found = obligations_due(case.workspace, case.viewer.enterprise)
    return asked.model_copy(update={"obligations": tuple(map(str, found)), "after_block": case.workspace.facts().block})


def _version_in_force(case: Case, asked: SetFourEyes) -> SetFourEyes:
    version = limit_of(case.workspace, case.viewer.enterprise, asked.currency).version
    if asked.version not in (None, version):
        raise VersionChanged(what="limit", id=asked.currency)
    return asked.model_copy(update={"version": version})


# --- what it is worth -------------------------------------------------------------------------------------------------


def _paid(payments: tuple[PaymentBody, ...]) -> list[Money]:
    return [Money(one.amount.minor, one.amount.currency) for one in payments]


def _quoted(case: Case, asked: GiveQuote) -> list[Money]:
    row = must_see(case.workspace, case.current, case.viewer, PieceId.parse(asked.piece))
    return [Money(row.amount_minor if asked.amount is None else asked.amount.minor, row.currency)]


def _redeemed(case: Case, asked: Redeem) -> list[Money]:
    own = case.viewer.enterprise
    if asked.vouchers is None:
        return worth_of_due(case.workspace, own, _obligations(asked))
    named = {PieceId.parse(piece) for piece in asked.vouchers}
    rows = [must_see(case.workspace, case.current, case.viewer, piece) for piece in named]
    return [Money(row.amount_minor, row.currency) for row in rows] + worth_returning(case.workspace, own, named)


def _obligations(asked: Redeem) -> set[ObligationId] | None:
    return None if asked.obligations is None else {ObligationId.parse(text) for text in asked.obligations}


def _cancelled(case: Case, asked: OfNetting) -> list[Money]:
    """What the enterprise is owed less by it, and owes less."""
    figures = must_see_netting(case.workspace, case.current, case.viewer, asked.netting).figures
    return [Money(figures.netting.minor, figures.currency)]


def _issued_by_plan(case: Case, asked: OfPlan) -> list[Money]:
    """The credit that it brings into the world; what is passed on is a part of that."""
    steps = load_plan(case.workspace, asked.plan).steps
    return [Money(step.amount_minor, step.currency) for step in steps if step.parent is None]


# --- how it is carried out ----------------------------------------------------------------------------------------------


def _payments(bodies: tuple[PaymentBody, ...]) -> list[pieces.Payment]:
    return [pieces.Payment(b.recipient, b.amount.minor, b.document, b.amount.currency) for b in bodies]


def _made(made: list[PieceId]) -> dict[str, Any]:
    return {"vouchers": [str(piece) for piece in made]}


def _issue(case: Case, asked: IssueBody) -> Any:
    own, line = case.viewer.enterprise, LineId.parse(asked.line)
    return _made(pieces.issue(case.workspace, case.key, own, line, asked.maturity, _payments(asked.payments)))


def _accept(case: Case, asked: OfPiece) -> Any:
    piece = PieceId.parse(asked.piece)
    pieces.accept(case.workspace, case.key, case.viewer.enterprise, [piece])
    return changed(case, piece)


def _reject(case: Case, asked: Reject) -> Any:
    piece = PieceId.parse(asked.piece)
    pieces.reject(case.workspace, case.key, case.viewer.enterprise, [piece], asked.reason)
    return changed(case, piece)


def _expire(case: Case, asked: OfPiece) -> Any:
    piece = PieceId.parse(asked.piece)
    pieces.expire(case.workspace, case.key, case.viewer.enterprise, [piece])
    return changed(case, piece)


def _transfer(case: Case, asked: Transfer) -> Any:
    piece, payments = PieceId.parse(asked.piece), _payments(asked.payments)
    return _made(pieces.transfer(case.workspace, case.key, case.viewer.enterprise, piece, payments))


def _quote(case: Case, asked: GiveQuote) -> Any:
    minor = None if asked.amount is None else asked.amount.minor
    own, piece = case.viewer.enterprise, PieceId.parse(asked.piece)
    made = make_quote(
        case.workspace, case.key, own, piece, asked.registration_number, minor, cash_on_chain=asked.cash_on_chain
    )
    return quote_seen(case.workspace, made).model_dump(mode="json")


def _finance(case: Case, asked: Finance) -> Any:
    piece = PieceId.parse(asked.piece)
    return _made([take_quote(case.workspace, case.viewer.enterprise, piece, asked.quote)])


def _redeem(case: Case, asked: Redeem) -> Any:
    own, obligations = case.viewer.enterprise, _obligations(asked)
    if asked.vouchers is None:
        outcome = redeem_due(case.workspace, own, obligations)
        if (
            obligations is not None and asked.after_block is not None
        ):  # what was accepted by an older version has neither
            outcome.paid = paid_since(case.workspace, obligations, asked.after_block)
    else:
        wanted = [PieceId.parse(text) for text in dict.fromkeys(asked.vouchers)]
        outcome = redeem(case.workspace, case.key, own, wanted)
    left = {str(piece): rule for piece, rule in outcome.left.items()}
    return {"vouchers": [str(piece) for piece in outcome.paid], "left": left}


def _deposit(case: Case, asked: DepositBody) -> Any:
    currency, minor = asked.amount.currency, asked.amount.minor
    after = deposit(case.workspace, case.key, case.viewer.enterprise, asked.enterprise, currency, minor)
    return {"enterprise": asked.enterprise, "balance": {"minor": after, "currency": currency}}


def _plan(case: Case, asked: PlanBody) -> Any:
    return {"plan": make_plan(case.workspace, asked.currency, by=case.viewer.acting)[0]}


def _run(case: Case, asked: OfPlan) -> Any:
    result = run(case.workspace, asked.plan)
    return {
        "plan": asked.plan,
        "vouchers": {str(step): str(piece) for step, piece in sorted(result.pieces.items())},
        "accepted": sorted(result.accepted), "rejected": sorted(result.rejected),
        "refused": {str(step): rule for step, rule in sorted(result.refused.items())},
    }  # fmt: skip


def _says(verb: Callable[..., KnownNetting]) -> Callable[[Case, OfNetting], Any]:
    def do(case: Case, asked: OfNetting) -> Any:
        own = case.viewer.enterprise
        known = verb(case.workspace, asked.netting, own, own, by=case.viewer.acting)
        return netting_seen(case.workspace, case.viewer, known).model_dump(mode="json")

    return do


def _documents(case: Case, asked: SendDocuments) -> Any:
    contents = case.files[: len(asked.names)]
    mapping = case.files[-1] if asked.has_mapping else None
    sent = zip(asked.names, contents, strict=True)
    found = upload(case.workspace, case.current, case.viewer, sent, asked.language, mapping)
    return [one.model_dump(mode="json") for one in found]


def _four_eyes(case: Case, asked: SetFourEyes) -> Any:
    assert asked.version is not None, "it was settled when it was accepted"
    made = set_limit(case.workspace, case.viewer.enterprise, _limit(asked, asked.version + 1))
    return limit_seen(made).model_dump(mode="json")


def _limit(asked: SetFourEyes, version: int) -> Limit:
    above, in_a_day = (None if one is None else one.minor for one in (asked.above, asked.above_in_a_day))
    return Limit(asked.currency, above, version, in_a_day)


def _loosens(case: Case, asked: SetFourEyes) -> bool:
    """Nobody rids itself of the second person alone."""
    now = limit_of(case.workspace, case.viewer.enterprise, asked.currency)
    return _limit(asked, now.version).loosens(now)


def limit_seen(limit: Limit) -> FourEyes:
    """A limit in the words of the API."""
    above, in_a_day = (
        None if minor is None else Money(minor, limit.currency) for minor in (limit.above_minor, limit.day_above_minor)
    )
    return FourEyes(currency=limit.currency, above=above, above_in_a_day=in_a_day, version=limit.version)


ISSUE = CommandKind(
    "issue", IssueBody, Action.ISSUE, _issue, _has_line, worth=lambda _, asked: _paid(asked.payments),
    subject=lambda asked: asked.line,
)  # fmt: skip
ACCEPT = CommandKind("accept", OfPiece, Action.ACCEPT, _accept, sees_piece, subject=piece_of)
REJECT = CommandKind("reject", Reject, Action.REJECT, _reject, sees_piece, subject=piece_of)
EXPIRE = CommandKind("expire", OfPiece, Action.EXPIRE, _expire, sees_piece, subject=piece_of)
TRANSFER = CommandKind(
    "transfer", Transfer, Action.TRANSFER, _transfer, sees_piece, lambda _, asked: _paid(asked.payments),
    subject=piece_of,
)  # fmt: skip
QUOTE = CommandKind("quote", GiveQuote, Action.QUOTE, _quote, is_part, _quoted, settle=as_part, subject=piece_of)
FINANCE = CommandKind(
    "finance", Finance, Action.FINANCE, _finance, sees_quote, worth_of_quote, settle=as_quoted, subject=piece_of,
    beside=QUOTED,
)  # fmt: skip
REDEEM = CommandKind(
    "redeem", Redeem, Action.REDEEM, _redeem, _sees_pieces, _redeemed, settle=_what_is_due,
    beside=frozenset({"obligations", "after_block"}),
)  # fmt: skip
DEPOSIT = CommandKind(
    "deposit", DepositBody, Action.DEPOSIT, _deposit, _knows_customer,
    worth=lambda _, asked: [Money(asked.amount.minor, asked.amount.currency)],
)  # fmt: skip
PLAN = CommandKind("plan", PlanBody, Action.PLAN, _plan, lane=Lane.PLANS)
RUN = CommandKind(
    "run", OfPlan, Action.RUN_PLAN, _run, _knows_plan, _issued_by_plan,
    subject=lambda asked: str(asked.plan), lane=Lane.PLANS,
)  # fmt: skip
CONSENT = CommandKind(
    "consent", OfNetting, Action.CONSENT, _says(consent), _sees_netting, _cancelled, subject=lambda a: a.netting
)
WITHDRAW = CommandKind(
    "withdraw",
    OfNetting,
    Action.WITHDRAW,
    _says(withdraw),
    _sees_netting,
    subject=lambda a: a.netting,
)
DOCUMENTS = CommandKind(
    "documents",
    SendDocuments,
    Action.SEND_DOCUMENTS,
    _documents,
    lane=Lane.DOCUMENTS,
    beside=frozenset({"language"}),
)
FOUR_EYES = CommandKind(
    "four-eyes", SetFourEyes, Action.SET_FOUR_EYES, _four_eyes, _is_in_its_currency, settle=_version_in_force,
    always_two=_loosens, subject=lambda asked: asked.currency,
)  # fmt: skip

KINDS: dict[str, CommandKind[Any]] = {
    kind.name: kind
    for kind in (
        ISSUE, ACCEPT, REJECT, EXPIRE, TRANSFER, QUOTE, FINANCE, REDEEM, DEPOSIT, PLAN, RUN, CONSENT, WITHDRAW,
        DOCUMENTS, FOUR_EYES, RULE_ALIAS, *financing_requests.KINDS, *goods.KINDS, *holds.KINDS, *lines.KINDS, *loans.KINDS,
        *payments.KINDS, *sales.KINDS,
    )
}  # fmt: skip
