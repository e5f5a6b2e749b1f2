"""What requests hold. Answers are the models of `chain.commands.seen`; unknown fields are refused everywhere."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticKnownError

from api.errors import Problem
from chain.commands.accepted import CommandState
from chain.commands.duties import Duty
from chain.commands.keys import LAST_EXPIRY
from chain.commands.seen.events import CURSOR
from chain.commands.seen.viewer import Participant
from chain.content import Unusable, is_plain
from chain.identifiers import FIRST_DAY, LAST_DAY
from chain.money import MOST_MINOR, Money
from chain.prices import HIGHEST_RATE, Price


def _plain(text: str) -> str:
    if not is_plain(text):
        raise Unusable(reason="it holds control characters")
    return text


#: What people write in a line: some databases hold no NUL, and no page shows the others.
PlainText = Annotated[str, AfterValidator(_plain)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
PieceText = Annotated[str, StringConstraints(min_length=7, max_length=43, pattern=r"^[0-9]+(\.[0-9]+){3}$")]
LineText = Annotated[str, StringConstraints(min_length=3, max_length=21, pattern=r"^[0-9]+\.[0-9]+$")]
ObligationText = Annotated[str, StringConstraints(min_length=5, max_length=32, pattern=r"^[0-9]+(\.[0-9]+){2}$")]
EnterpriseText = Annotated[PlainText, StringConstraints(min_length=1, max_length=240)]
EventName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{1,40}$")]
DocumentKey = Annotated[PlainText, StringConstraints(min_length=3, max_length=500)]
#: The ledger counts seconds from here on.
FIRST_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
#: So many names that it does not know an object may have before it is looked at no further.
MOST_UNKNOWN = 10

Entry = TypeVar("Entry")


def at_most(count: int) -> BeforeValidator:
    """A list that is longer is refused before its entries are looked at: each that is wrong is a complaint of its own."""

    def check(value: Any) -> Any:
        if isinstance(value, list) and len(value) > count:
            limits = {"field_type": "Tuple", "max_length": count, "actual_length": len(value)}
            raise PydanticKnownError("too_long", limits)
        return value

    return BeforeValidator(check)


class Body(BaseModel):
    """A request's body."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _has_few_names(cls, value: Any) -> Any:
        if isinstance(value, dict) and len(value) > len(cls.model_fields) + MOST_UNKNOWN:
            raise PydanticKnownError("extra_forbidden")
        return value


class Amount(Body):
    """Money that is asked for: integer minor units (cents, 分) of one currency."""

    minor: Annotated[int, Field(strict=True, gt=0, le=MOST_MINOR, examples=[1_250_000])]
    currency: Currency = Field(examples=["CNY"])


class Threshold(Body):
    """An amount above which something counts; nothing, where everything does."""

    minor: Annotated[int, Field(strict=True, ge=0, le=MOST_MINOR, examples=[50_000_000])]
    currency: Currency = Field(examples=["CNY"])


class PaymentBody(Body):
    """One part: so much to this enterprise, against its own invoice."""

    recipient: EnterpriseText = Field(examples=["USCC:91350100M000100Y43"])
    amount: Amount
    document: DocumentKey = Field(examples=["invoice|USCC:91350100M000100Y43|INV2026017"])


Payments = Annotated[tuple[PaymentBody, ...], Field(min_length=1, max_length=100), at_most(100)]


class IssueBody(Body):
    """An obligation under one of the caller's lines, one piece a payment."""

    line: LineText = Field(examples=["7.1"])
    maturity: date = Field(ge=FIRST_DAY, le=LAST_DAY, examples=["2027-03-31"])
    payments: Payments


class TransferBody(Body):
    """Parts of a held piece for the holder's own suppliers; the rest stays."""

    payments: Payments


class RejectBody(Body):
    """Why an offer is not taken; the ledger keeps a hash of it."""

    reason: Annotated[PlainText, StringConstraints(min_length=1, max_length=500)] = "no reason given"


class LineBody(Body):
    """What a bank lets an issuer issue, until when, and what it takes for its paper."""

    issuer: EnterpriseText = Field(examples=["USCC:91350100M000100Y43"])
    limit: Amount
    financing_limit: Threshold = Field(
        description="What the bank holds of the issuer's paper at most, in the same currency."
    )
    expiry: date = Field(
        description="The last day of issue, and of maturity.", ge=FIRST_DAY, le=LAST_DAY, examples=["2027-12-31"]
    )
    annual_rate_basis_points: Annotated[int, Field(strict=True, ge=0, le=HIGHEST_RATE, examples=[435])] = Field(
        description="Simple discount, actual/360, where no row of `prices` fits."
    )
    prices: Annotated[tuple[Price, ...], Field(max_length=100), at_most(100)] = Field(
        default=(), description="By tier and tenor; the first row that fits a piece counts."
    )


class LimitBody(Body):
    """What a bank promises from now on; below what is used already it stays there."""

    limit: Amount


class ReasonBody(Body):
    """Why it is said; the ledger keeps a hash of it."""

    reason: Annotated[PlainText, StringConstraints(min_length=1, max_length=500)] = Field(
        examples=["half of the goods came back"]
    )


class CourtOrderBody(Body):
    """The order that is carried out."""

    order: Annotated[PlainText, StringConstraints(min_length=1, max_length=500)] = Field(
        description="The court, the number and the day of its order; the ledger keeps a hash of it.",
        examples=["Xiamen Intermediate Court, (2026) 02-118, 2026-11-20"],
    )


class QuoteBody(Body):
    """A bank's offer for a piece, or for part of it, at its line's rate."""

    amount: Amount | None = Field(default=None, description="The whole piece where none is given.")
    registration_number: Annotated[PlainText, StringConstraints(min_length=1, max_length=100)] = Field(
        description="Number of the financing in the public registry; it is registered before it is paid.",
        examples=["0123-4567-8901"],
    )
    cash_on_chain: Annotated[bool, Field(strict=True)] = Field(
        default=True,
        description="The bank pays in its deposits, in one transaction with the piece; else by a transfer elsewhere, "
        "for which the piece is locked first.",
    )


class FinancingRequestBody(Body):
    """Which bank is asked for an offer, for the piece or for part of it."""

    bank: EnterpriseText = Field(description="Its id.", examples=["USCC:91310000MA1FL3XL5R"])
    amount: Amount | None = Field(default=None, description="The whole piece where none is given.")


class LoanRequestBody(Body):
    """Which bank is asked for a loan, and of how much."""

    bank: EnterpriseText = Field(description="Its id.", examples=["USCC:91310000MA1FL3XL5R"])
    amount: Amount


class LoanOfferBody(Body):
    """A bank's offer to lend on a warehouse receipt. It stands for a day, and can be taken once."""

    limit: Amount = Field(description="What may be drawn at a time, in the currency of the receipt's value.")
    annual_rate_basis_points: Annotated[int, Field(strict=True, ge=0, le=HIGHEST_RATE, examples=[550])] = Field(
        description="Simple interest, actual/360."
    )
    maturity: date = Field(
        description="The last day to repay, and the first on which nothing is drawn.", ge=FIRST_DAY, le=LAST_DAY,
        examples=["2027-03-31"],
    )  # fmt: skip
    registration_number: Annotated[PlainText, StringConstraints(min_length=1, max_length=100)] = Field(
        description="Number of the financing in the public registry; it is registered before it is paid.",
        examples=["0123-4567-8901"],
    )
    twice_measured: Annotated[bool, Field(strict=True)] = Field(
        default=False, description="Two unrelated parties must have measured the goods, now and at every draw."
    )


class AmountBody(Body):
    """How much."""

    amount: Amount


class PerhapsAmountBody(Body):
    """How much; all that is owed where no amount is given."""

    amount: Amount | None = None


class RepaymentBody(AmountBody):
    """How much was repaid off chain, and by what it is found in the bank's books."""

    payment_reference: Annotated[PlainText, StringConstraints(min_length=1, max_length=100)] = Field(
        examples=["FT26331-000174"]
    )


class DeclineBody(Body):
    """Why the bank makes no offer; the holder reads it."""

    reason: Annotated[PlainText, StringConstraints(min_length=1, max_length=500)] | None = Field(
        default=None, examples=["no more room for this issuer"]
    )


class FinanceBody(Body):
    """The quote that the holder takes."""

    quote: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


class LockBody(FinanceBody):
    """The quote that the holder takes, and until when the bank pays."""

    deadline: Annotated[AwareDatetime, Field(ge=FIRST_MOMENT)] = Field(
        description="After it anyone may give back what nobody attested. It leaves time to contest before the maturity.",
        examples=["2027-01-15T09:00:00Z"],
    )


class AttestBody(Body):
    """By what the payment is found in the books of the bank that attests it."""

    payment_reference: Annotated[PlainText, StringConstraints(min_length=1, max_length=100)] = Field(
        examples=["FT26331-000174"]
    )


class PaymentConfirmed(AttestBody):
    """What came of the amount that was due, by which payment."""

    amount: Amount | None = Field(default=None, description="All that is in the piece where none is given.")


class PaymentAttested(AttestBody):
    """What came of the amount that was due, by which payment."""

    amount: Amount


class RedemptionBody(Body):
    """The pieces that the issuer pays; everything of its that is due where none are named."""

    vouchers: Annotated[tuple[PieceText, ...], Field(min_length=1, max_length=200), at_most(200)] | None = None


class DepositBody(Body):
    """What the bank credits to an enterprise's account with it; its own account is what it finances from."""

    enterprise: EnterpriseText = Field(examples=["USCC:91350100M000100Y43"])
    amount: Amount


class Balance(Body):
    """An enterprise's deposits at a bank."""

    enterprise: str
    balance: Amount


class AliasBody(Body):
    """What is decided of an id: it belongs to the enterprise, or it does not, whatever documents say."""

    enterprise: EnterpriseText = Field(
        description="Any of its ids, or its registered name.", examples=["USCC:91350100M000100Y43"]
    )
    alias: EnterpriseText = Field(description="`SCHEME:value`.", examples=["ICD:0088:7300010000001"])
    belongs: Annotated[bool, Field(strict=True)] = True
    reason: Annotated[PlainText, StringConstraints(min_length=1, max_length=500)] = Field(
        description="What the decision rests on.", examples=["extract of the register of 2026-06-01"]
    )


class AliasRuling(Body):
    """What counts of an id now."""

    enterprise: str = Field(description="The id that it is registered or known by.")
    alias: str = Field(examples=["ICD:0088:7300010000001"])
    belongs: bool = Field(examples=[True])
    reason: str = Field(examples=["extract of the register of 2026-06-01"])


class LotBody(Body):
    """What a keeper finds of goods in its store."""

    lot: Annotated[PlainText, StringConstraints(min_length=1, max_length=200)] = Field(
        description="The keeper's own name of the lot, as its warehouse receipts have it.", examples=["LOT-1"]
    )
    depositor: EnterpriseText = Field(
        description="Who deposited the goods; the same at every measurement.", examples=["USCC:91350100M000100Y43"]
    )
    quantity: Annotated[int, Field(strict=True, ge=0, le=MOST_MINOR, examples=[120])] = Field(
        description="Whole units of the lot."
    )


class LotMeasured(Body):
    """A lot as the ledger knows it."""

    lot: str = Field(description="Its blinded name.", examples=["0x" + "5a" * 32])
    measured: int = Field(examples=[120])


class ReceiptBody(Body):
    """The keeper's warehouse receipt among the documents: for one lot, in whole units, with the value of the goods."""

    document: DocumentKey = Field(examples=["warehouse_receipt|USCC:91350100M000100Y43|WR20260001"])


class ReceiptTransferBody(Body):
    """Whose the goods are from now on."""

    owner: EnterpriseText = Field(examples=["USCC:91350100M000100Y43"])


class ReceiptTransferred(Body):
    """A receipt and whose its goods are now."""

    receipt: int = Field(examples=[2])
    owner: str = Field(examples=["USCC:91350100M000100Y43"])


class PlanBody(Body):
    """The currency to plan in."""

    currency: Currency = Field(examples=["CNY"])


class WhatIfBody(PlanBody):
    """The currency to plan in, and what would be another way, in the words of `pearl plan --what-if`."""

    changes: tuple[Annotated[PlainText, StringConstraints(min_length=3, max_length=500)], ...] = Field(
        min_length=1, max_length=100,
        description="Each is one of `line:BANK/ISSUER=+1000000`, `financing:BANK/ISSUER=5000000`, `rate:BANK/ISSUER=300`, "
        "`price:BANK/ISSUER/TIER/DAYS=350`, `need:ENTERPRISE=200000`, `net:NETTING`, `net:all`, `without:DOCUMENT`, "
        "`without:ENTERPRISE`, `rule:max_hops=3`: amounts in minor units, enterprises by id or name, + and - change what is "
        "there. They are made one after the other.",
        examples=[["without:INV2026017"]],
    )  # fmt: skip


Label = Annotated[PlainText, StringConstraints(min_length=1, max_length=100)]
Duties = Annotated[tuple[Duty, ...], Field(min_length=1, max_length=len(Duty)), at_most(len(Duty))]


class KeyBody(Body):
    """Whom the new key acts for: an enterprise of the register, or ``operator``."""

    enterprise: EnterpriseText = Field(examples=["USCC:91350100M000100Y43"])
    label: Label = Field(examples=["treasury system"])
    duties: Duties | None = Field(
        default=None,
        description="Those that act, as the enterprise's roles allow, where none are given.",
        examples=[["maker"]],
    )
    expires_at: AwareDatetime | None = Field(
        default=None,
        le=LAST_EXPIRY,
        description="From then on the key is unknown. One that an enterprise's key makes ends no later than that key.",
        examples=["2027-03-31T00:00:00Z"],
    )


class WebhookBody(Body):
    """Where events are sent, and which."""

    url: Annotated[str, StringConstraints(min_length=9, max_length=2_000)] = Field(
        examples=["https://erp.example/hooks/pearl"]
    )
    events: Annotated[tuple[EventName, ...], Field(min_length=1, max_length=100), at_most(100)] | None = Field(
        default=None, description="Names of the events that are sent; null: all.", examples=[["QuoteMade"]]
    )


class WebhookChange(WebhookBody):
    """The whole of what its owner says of a webhook. Active again, it goes on where it was stopped."""

    active: Annotated[bool, Field(strict=True)]


class ReplayBody(Body):
    """From where on events are sent again."""

    after: Annotated[str, StringConstraints(pattern=CURSOR)] = Field(
        description="A cursor: what is behind it is sent again.", examples=["120.3.17"]
    )


class Tested(Body):
    """The id of the event that is on its way."""

    event: str = Field(examples=["change-18"])


class Key(Body):
    """A key without its secret."""

    id: str
    enterprise: str
    label: str
    created_at: datetime
    revoked: bool
    duties: tuple[Duty, ...]
    expires_at: datetime | None


class NewKey(Key):
    """A key with its secret, which is shown this one time."""

    key: str | None = Field(
        description="Null where a request is repeated under its `Idempotency-Key`: it was shown before, and is kept "
        "nowhere. Who lost it revokes the key and makes another."
    )


class UserBody(Body):
    """A person: whom it acts for, who the identity provider says it is, and what it may do."""

    enterprise: EnterpriseText = Field(examples=["USCC:91350100M000100Y43"])
    subject: Annotated[PlainText, StringConstraints(min_length=1, max_length=255)] = Field(
        description="`sub` of the tokens that the identity provider makes for the person.", examples=["248289761001"]
    )
    label: Label = Field(
        description="A name by which people here know whom it is.", examples=["Wang, accounts payable"]
    )
    duties: Duties = Field(examples=[["checker"]])


class UserChange(Body):
    """What is to hold of a user from now on."""

    label: Label = Field(examples=["Wang, accounts payable"])
    duties: Duties = Field(examples=[["maker", "auditor"]])
    disabled: bool = Field(examples=[False])


class User(Body):
    """A person who acts for an enterprise."""

    id: str = Field(examples=["5f1f1d9e5a524c0e"])
    issuer: str = Field(examples=["https://login.example"])
    subject: str = Field(examples=["248289761001"])
    enterprise: str = Field(examples=["USCC:91350100M000100Y43"])
    label: str = Field(examples=["Wang, accounts payable"])
    duties: tuple[Duty, ...] = Field(examples=[["checker"]])
    created_at: datetime
    disabled: bool = Field(examples=[False])


class Made(Body):
    """The pieces that a command made."""

    vouchers: tuple[str, ...]


class Redeemed(Body):
    """What was paid, and what was left: each piece with the rule that keeps it from being paid."""

    vouchers: tuple[str, ...]
    left: dict[str, str]


class Changed(Body):
    """A piece and the state that it is in now."""

    voucher: str
    state: str


class CourtHold(Body):
    """Whether a court holds the whole obligation now."""

    obligation: str
    held_by_court: bool = Field(examples=[True])


class SignatureBody(Body):
    """What the enterprise's own wallet signed."""

    signature: Annotated[str, StringConstraints(pattern=r"^0x([0-9a-fA-F]{2}){65,4096}$")] = Field(
        description="65 bytes under the operation's `to_sign`; of a wallet that is a contract whatever it takes (ERC-1271).",
        examples=["0x" + "5a" * 65],
    )


class FourEyesBody(Body):
    """Above which amount a second person approves; null: never."""

    above: Threshold | None = Field(description="By one command; in the currency of the address.")
    above_in_a_day: Threshold | None = Field(
        default=None,
        description="By all that one person asks for within 24 hours, and nobody else decides about; in the same currency.",
    )


class FourEyes(Body):
    """The limit in force."""

    currency: Currency
    above: Money | None = Field(
        description="Null: one person decides alone.", examples=[{"minor": 50_000_000, "currency": "CNY"}]
    )
    above_in_a_day: Money | None = Field(
        description="Within 24 hours in all. Null: only single commands count.",
        examples=[{"minor": 200_000_000, "currency": "CNY"}],
    )
    version: int = Field(description="Its ETag.")


class PlanMade(Body):
    """The plan that was made; read it at `/v1/plans/{number}`."""

    plan: int


class RunOutcome(Body):
    """What became of each step of a plan, by its number."""

    plan: int
    vouchers: dict[int, str]
    accepted: tuple[int, ...]
    rejected: tuple[int, ...]
    refused: dict[int, str]
    """Step → the rule that refused it."""


class Me(Body):
    """Who asks, whom it acts for, in which roles, and with which duties."""

    actor: str = Field(description="`key:ID` is a machine, `user:ID` a person.", examples=["user:5f1f1d9e5a524c0e"])
    duties: tuple[Duty, ...]
    enterprise: Participant
    roles: tuple[str, ...]
    sees_all: bool
    currencies: tuple[str, ...]
    """Those of the lines that the caller may see; of all lines where it sees none."""


class Health(Body):
    """Whether the service and its node answer, and how far the books are behind the chain."""

    status: str
    last_block: int
    """The last block in the books."""
    node_block: int
    """The newest one that a node knows."""
    blocks_behind: int
    """So many of the chain's blocks are not in the books yet."""
    ledger_time: datetime | None
    version: str


class Ready(Body):
    """The service takes requests."""

    status: str


#: A model of each of many types is made without source lines of its own: looking for those takes seconds of every start.
OF_MANY_TYPES = ConfigDict(use_attribute_docstrings=False)

Result = TypeVar("Result")


class Operation(Body, Generic[Result]):
    """A command, and how far it has come."""

    model_config = OF_MANY_TYPES

    id: str = Field(examples=["5f1f1d9e5a524c0e9df53c8f8f0f6a0b"])
    kind: str = Field(examples=["issue"])
    subject: str | None = Field(description="The thing that it is about, such as a voucher.", examples=["7.1.3.2"])
    state: CommandState = Field(examples=["succeeded"])
    enterprise: str = Field(examples=["USCC:91350100M000100Y43"])
    asked_by: str = Field(description="The key or person that asked.", examples=["key:0123456789abcdef"])
    decided_by: str | None = Field(description="Who approved or declined it, where somebody had to.")
    asked_at: datetime
    asked: dict[str, Any] = Field(
        description="What was asked for, as its kind has it: payments, maturity, pieces, a limit …; of documents their names. "
        "With what was settled when it was accepted: what a quote says, of which obligations something is due.",
        examples=[{"piece": "7.1.3.2", "reason": "the goods came back"}],
    )
    worth: tuple[Money, ...] = Field(
        description="What four eyes counted: a sum for each currency; nothing where no amount counts. Where it is worth more "
        "when it is carried out, and above the limit, it awaits an approval (again).",
        examples=[[{"minor": 1_250_000, "currency": "CNY"}]],
    )
    ended_at: datetime | None
    to_sign: dict[str, Any] | None = Field(
        description="EIP-712 typed data that the enterprise's own wallet signs next, while it awaits a signature."
    )
    result: Result | None = Field(description="What came of it, once it succeeded.")
    problem: Problem | None = Field(
        description="What stands against it, where it was refused or failed, or was declined when a part of it was done."
    )

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """``MadeOperation``, in OpenAPI and so in generated clients; ``Operation`` where its result may be anything."""
        return f"{_name(params[0])}Operation"


class Page(Body, Generic[Entry]):
    """One page. ``next`` is the cursor of the next one, null on the last."""

    model_config = OF_MANY_TYPES

    items: tuple[Entry, ...]
    next: str | None

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """``VoucherPage``, in OpenAPI and so in generated clients."""
        return f"{_name(params[0])}Page"


def _name(model: Any) -> str:
    """``Voucher`` or ``VoucherList``; nothing where it may be anything."""
    if get_origin(model) in (list, tuple):
        return f"{_name(get_args(model)[0])}List"
    return "" if model is Any else str(model.__name__)
