"""The commands of the API: who may give each, what it needs to see, what it is worth, and how it is carried out.

A route accepts a command (`Desk.accept`), which writes it down and answers 202; a worker carries it out later
(`api.worker`), with the same checks once more: what one may see can change meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from api.models import (
    Amount,
    DepositBody,
    FinanceBody,
    FourEyesBody,
    IssueBody,
    PaymentBody,
    PieceText,
    PlanBody,
    QuoteBody,
    RedemptionBody,
    RejectBody,
    TransferBody,
)
from chain.commands import pieces
from chain.commands.deposit import deposit
from chain.commands.four_eyes import Limit, limit_of, needs_approval, set_limit, worth_of
from chain.commands.mature import obligations_due, redeem, redeem_due, worth_of_due, worth_returning
from chain.commands.netting import KnownNetting, consent, withdraw
from chain.commands.offer import KeptQuote, make_quote, quotes_for, take_quote
from chain.commands.permissions import Action
from chain.commands.plan import load_plan, make_plan
from chain.commands.run import run
from chain.commands.seen.current import CurrentTrade
from chain.commands.seen.nettings import must_see_netting, netting_seen
from chain.commands.seen.quotes import quote_seen
from chain.commands.seen.viewer import Viewer
from chain.commands.seen.vouchers import must_see, own_line, voucher
from chain.commands.upload import upload
from chain.commands.workspace import Workspace
from chain.errors import CurrencyMismatch, NotFound, PearlError, VersionChanged
from chain.identifiers import LineId, ObligationId, PieceId
from chain.money import Money

Asked = TypeVar("Asked", bound=BaseModel)


@dataclass(frozen=True)
class Case:
    """One command that is checked or carried out. ``key``: its own, for the outbox; ``files``: what came with it."""

    workspace: Workspace
    current: CurrentTrade
    viewer: Viewer
    key: str = ""
    files: tuple[bytes, ...] = ()


class Lane(StrEnum):
    """Commands of one lane are carried out one after another, those of several lanes beside one another."""

    SHORT = "short"
    """What takes moments."""
    DOCUMENTS = "documents"
    """Files are read; nothing of it goes to the chain."""
    PLANS = "plans"
    """What is done for the whole network."""


@dataclass(frozen=True)
class CommandKind(Generic[Asked]):
    """A command. ``action``: what its caller must be allowed to do; ``check``: whether it can see what the
    command is about (raises NotFound); ``settle``: what is asked for with all that would else be another thing by the time it
    is carried out, so that who approves it knows it; ``worth``: what four eyes count, and ``always_two`` whatever it is worth;
    ``do``: carries it out, gives a JSON-able result; ``beside``: fields that the caller does not ask for by its body, which so
    make no other command."""

    name: str
    asked: type[Asked]
    action: Action
    do: Callable[[Case, Asked], Any]
    check: Callable[[Case, Asked], None] = lambda case, asked: None
    settle: Callable[[Case, Asked], Asked] = lambda case, asked: asked
    worth: Callable[[Case, Asked], list[Money]] = lambda case, asked: []
    always_two: Callable[[Case, Asked], bool] = lambda case, asked: False
    subject: Callable[[Asked], str | None] = lambda asked: None
    lane: Lane = Lane.SHORT
    beside: frozenset[str] = frozenset()

    def needs_approval(self, case: Case, asked: Asked, worth: Mapping[str, int]) -> bool:
        """Whether a second person of the enterprise has to approve it."""
        return self.always_two(case, asked) or needs_approval(case.workspace, case.viewer.enterprise, worth)

    def must_be_worth(self, case: Case, asked: Asked, counted: Mapping[str, int]) -> None:
        """Before it is carried out: raises ApprovalWanted where it is worth more by now than was ``counted``, and so much that
        a second person decides."""
        worth = worth_of(self.worth(case, asked))
        has_grown = any(minor > counted.get(currency, 0) for currency, minor in worth.items())
        if has_grown and needs_approval(case.workspace, case.viewer.enterprise, worth):
            raise ApprovalWanted(worth)


class ApprovalWanted(PearlError):
    """Whoever carries the command out leaves it to a second person, and stops."""

    message = "it is worth more by now than was counted"

    def __init__(self, worth: dict[str, int]) -> None:
        self.worth = worth
        super().__init__()


# --- what is asked for where the address of the route holds a part of it ------------------------------------------------


class OfPiece(BaseModel):
    """A command about one piece."""

    piece: PieceText


class Transfer(TransferBody, OfPiece):
    """Parts of this piece."""


class Reject(RejectBody, OfPiece):
    """This offer."""


class GiveQuote(QuoteBody, OfPiece):
    """For this piece."""


class Finance(FinanceBody, OfPiece):
    """This piece, and what the quote says."""

    bank: str | None = None
    amount: Amount | None = None
    price: Amount | None = None


class Redeem(RedemptionBody):
    """These pieces, or what is due of these obligations."""

    obligations: tuple[str, ...] | None = None


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


def _sees_piece(case: Case, asked: OfPiece) -> None:
    must_see(case.workspace, case.current, case.viewer, PieceId.parse(asked.piece))


def _has_line(case: Case, asked: IssueBody) -> None:
    own_line(case.workspace, case.current, case.viewer, LineId.parse(asked.line))


def _sees_pieces(case: Case, asked: Redeem) -> None:
    for piece in asked.vouchers or ():
        must_see(case.workspace, case.current, case.viewer, PieceId.parse(piece))


def _quotes_its_currency(case: Case, asked: GiveQuote) -> None:
    row = must_see(case.workspace, case.current, case.viewer, PieceId.parse(asked.piece))
    if asked.amount is not None and asked.amount.currency != row.currency:
        raise CurrencyMismatch(left=asked.amount.currency, right=row.currency)


def _sees_quote(case: Case, asked: Finance) -> None:
    _sees_piece(case, asked)
    _quote_named(case, asked)


def _quote_named(case: Case, asked: Finance) -> KeptQuote:
    for kept in quotes_for(case.workspace, PieceId.parse(asked.piece), case.viewer.enterprise):
        if kept.id == asked.quote:
            return kept
    raise NotFound(what="quote", id=asked.quote)


def _sees_netting(case: Case, asked: OfNetting) -> None:
    must_see_netting(case.workspace, case.current, case.viewer, asked.netting)


def _knows_plan(case: Case, asked: OfPlan) -> None:
    load_plan(case.workspace, asked.plan)


# --- what is settled when it is accepted ----------------------------------------------------------------------------------


def _whole_piece(case: Case, asked: GiveQuote) -> GiveQuote:
    if asked.amount is not None:
        return asked
    row = must_see(case.workspace, case.current, case.viewer, PieceId.parse(asked.piece))
    if not row.amount_minor:  # which the ledger refuses
        return asked
    return asked.model_copy(update={"amount": Amount(minor=row.amount_minor, currency=row.currency)})


def _as_quoted(case: Case, asked: Finance) -> Finance:
    known = _quote_named(case, asked).quote
    amount = Amount(minor=known.amount_minor, currency=known.currency)
    price = Amount(minor=known.price_minor, currency=known.currency)
    return asked.model_copy(update={"bank": known.bank, "amount": amount, "price": price})


def _what_is_due(case: Case, asked: Redeem) -> Redeem:
    if asked.vouchers is not None:
        return asked
    found = obligations_due(case.workspace, case.viewer.enterprise)
    return asked.model_copy(update={"obligations": tuple(map(str, found))})


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


def _sold(case: Case, asked: Finance) -> list[Money]:
    known = _quote_named(case, asked).quote
    return [Money(known.amount_minor, known.currency)]


def _redeemed(case: Case, asked: Redeem) -> list[Money]:
    own = case.viewer.enterprise
    if asked.vouchers is None:
        return worth_of_due(case.workspace, own, _obligations(asked))
    named = {PieceId.parse(piece) for piece in asked.vouchers}
    rows = [must_see(case.workspace, case.current, case.viewer, piece) for piece in named]
    return [Money(row.amount_minor, row.currency) for row in rows] + worth_returning(case.workspace, own, named)


def _obligations(asked: Redeem) -> set[ObligationId] | None:
    return None if asked.obligations is None else {ObligationId.parse(text) for text in asked.obligations}


# --- how it is carried out ----------------------------------------------------------------------------------------------


def _payments(bodies: tuple[PaymentBody, ...]) -> list[pieces.Payment]:
    return [pieces.Payment(b.recipient, b.amount.minor, b.document, b.amount.currency) for b in bodies]


def _made(made: list[PieceId]) -> dict[str, Any]:
    return {"vouchers": [str(piece) for piece in made]}


def _changed(case: Case, piece: PieceId) -> dict[str, Any]:
    return {"voucher": str(piece), "state": voucher(case.workspace, case.current, case.viewer, piece).state}


def _issue(case: Case, asked: IssueBody) -> Any:
    own, line = case.viewer.enterprise, LineId.parse(asked.line)
    return _made(pieces.issue(case.workspace, case.key, own, line, asked.maturity, _payments(asked.payments)))


def _accept(case: Case, asked: OfPiece) -> Any:
    piece = PieceId.parse(asked.piece)
    pieces.accept(case.workspace, case.key, case.viewer.enterprise, [piece])
    return _changed(case, piece)


def _reject(case: Case, asked: Reject) -> Any:
    piece = PieceId.parse(asked.piece)
    pieces.reject(case.workspace, case.key, case.viewer.enterprise, [piece], asked.reason)
    return _changed(case, piece)


def _expire(case: Case, asked: OfPiece) -> Any:
    piece = PieceId.parse(asked.piece)
    pieces.expire(case.workspace, case.key, case.viewer.enterprise, [piece])
    return _changed(case, piece)


def _transfer(case: Case, asked: Transfer) -> Any:
    piece, payments = PieceId.parse(asked.piece), _payments(asked.payments)
    return _made(pieces.transfer(case.workspace, case.key, case.viewer.enterprise, piece, payments))


def _quote(case: Case, asked: GiveQuote) -> Any:
    minor = None if asked.amount is None else asked.amount.minor
    own, piece = case.viewer.enterprise, PieceId.parse(asked.piece)
    made = make_quote(case.workspace, case.key, own, piece, asked.registration_number, minor)
    return quote_seen(case.workspace, made).model_dump(mode="json")


def _finance(case: Case, asked: Finance) -> Any:
    piece = PieceId.parse(asked.piece)
    return _made([take_quote(case.workspace, case.viewer.enterprise, piece, asked.quote)])


def _redeem(case: Case, asked: Redeem) -> Any:
    if asked.vouchers is None:
        outcome = redeem_due(case.workspace, case.viewer.enterprise, _obligations(asked))
    else:
        wanted = [PieceId.parse(text) for text in dict.fromkeys(asked.vouchers)]
        outcome = redeem(case.workspace, case.key, case.viewer.enterprise, wanted)
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
    limit = Limit(asked.currency, asked.above, asked.version + 1)
    made = set_limit(case.workspace, case.viewer.enterprise, limit)
    return {"currency": made.currency, "above": made.above_minor, "version": made.version}


def _loosens(case: Case, asked: SetFourEyes) -> bool:
    """Nobody rids itself of the second person alone."""
    now = limit_of(case.workspace, case.viewer.enterprise, asked.currency).above_minor
    return now is not None and (asked.above is None or asked.above > now)


ISSUE = CommandKind(
    "issue", IssueBody, Action.ISSUE, _issue, _has_line, worth=lambda _, asked: _paid(asked.payments),
    subject=lambda asked: asked.line,
)  # fmt: skip
ACCEPT = CommandKind("accept", OfPiece, Action.ACCEPT, _accept, _sees_piece, subject=lambda a: a.piece)
REJECT = CommandKind("reject", Reject, Action.REJECT, _reject, _sees_piece, subject=lambda a: a.piece)
EXPIRE = CommandKind("expire", OfPiece, Action.EXPIRE, _expire, _sees_piece, subject=lambda a: a.piece)
TRANSFER = CommandKind(
    "transfer", Transfer, Action.TRANSFER, _transfer, _sees_piece, worth=lambda _, asked: _paid(asked.payments),
    subject=lambda asked: asked.piece,
)  # fmt: skip
QUOTE = CommandKind(
    "quote",
    GiveQuote,
    Action.QUOTE,
    _quote,
    _quotes_its_currency,
    _whole_piece,
    _quoted,
    subject=lambda a: a.piece,
)
FINANCE = CommandKind(
    "finance",
    Finance,
    Action.FINANCE,
    _finance,
    _sees_quote,
    _as_quoted,
    _sold,
    subject=lambda asked: asked.piece,
    beside=frozenset({"bank", "amount", "price"}),
)
REDEEM = CommandKind(
    "redeem", Redeem, Action.REDEEM, _redeem, _sees_pieces, _what_is_due, _redeemed, beside=frozenset({"obligations"})
)
DEPOSIT = CommandKind(
    "deposit", DepositBody, Action.DEPOSIT, _deposit,
    worth=lambda _, asked: [Money(asked.amount.minor, asked.amount.currency)],
)  # fmt: skip
PLAN = CommandKind("plan", PlanBody, Action.PLAN, _plan, lane=Lane.PLANS)
RUN = CommandKind(
    "run", OfPlan, Action.RUN_PLAN, _run, _knows_plan,
    subject=lambda asked: str(asked.plan), lane=Lane.PLANS,
)  # fmt: skip
CONSENT = CommandKind("consent", OfNetting, Action.CONSENT, _says(consent), _sees_netting, subject=lambda a: a.netting)
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
    "four-eyes", SetFourEyes, Action.SET_FOUR_EYES, _four_eyes, settle=_version_in_force,
    always_two=_loosens, subject=lambda asked: asked.currency,
)  # fmt: skip

KINDS: dict[str, CommandKind[Any]] = {
    kind.name: kind
    for kind in (
        ISSUE, ACCEPT, REJECT, EXPIRE, TRANSFER, QUOTE, FINANCE, REDEEM, DEPOSIT, PLAN, RUN, CONSENT, WITHDRAW,
        DOCUMENTS, FOUR_EYES,
    )
}  # fmt: skip
