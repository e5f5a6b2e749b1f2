"""What requests hold. Answers are the models of `chain.commands.seen`; unknown fields are refused everywhere."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from chain.commands.seen.viewer import Participant
from chain.identifiers import FIRST_DAY, LAST_DAY
from chain.money import Money

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
PieceText = Annotated[str, StringConstraints(min_length=7, max_length=43, pattern=r"^[0-9]+(\.[0-9]+){3}$")]
LineText = Annotated[str, StringConstraints(min_length=3, max_length=21, pattern=r"^[0-9]+\.[0-9]+$")]
EnterpriseText = Annotated[str, StringConstraints(min_length=1, max_length=240)]
DocumentKey = Annotated[str, StringConstraints(min_length=3, max_length=500)]
#: What a contract's word for an amount holds.
MOST_MINOR = 2**63 - 1


Entry = TypeVar("Entry")


class Body(BaseModel):
    """A request's body."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Amount(Body):
    """Money that is asked for: integer minor units (cents, 分) of one currency."""

    minor: Annotated[int, Field(strict=True, gt=0, le=MOST_MINOR, examples=[1_250_000])]
    currency: Currency = Field(examples=["CNY"])


class PaymentBody(Body):
    """One part: so much to this enterprise, against its own invoice."""

    recipient: EnterpriseText = Field(examples=["USCC:91350100M000100Y43"])
    amount: Amount
    document: DocumentKey = Field(examples=["invoice|USCC:91350100M000100Y43|INV2026017"])


Payments = Annotated[tuple[PaymentBody, ...], Field(min_length=1, max_length=100)]


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

    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)] = "no reason given"


class QuoteBody(Body):
    """A bank's offer for a piece, or for part of it, at its line's rate."""

    amount: Amount | None = Field(default=None, description="The whole piece where none is given.")
    registration_number: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Field(
        description="Number of the financing in the public registry; it is registered before it is paid.",
        examples=["0123-4567-8901"],
    )


class FinanceBody(Body):
    """The quote that the holder takes."""

    quote: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


class RedemptionBody(Body):
    """The pieces that the issuer pays; everything of its that is due where none are named."""

    vouchers: Annotated[tuple[PieceText, ...], Field(min_length=1, max_length=200)] | None = None


class DepositBody(Body):
    """What the bank credits to an enterprise's account with it; its own account is what it finances from."""

    enterprise: EnterpriseText = Field(examples=["USCC:91350100M000100Y43"])
    amount: Amount


class Balance(Body):
    """An enterprise's deposits at a bank."""

    enterprise: str
    balance: Amount


class PlanBody(Body):
    """The currency to plan in."""

    currency: Currency = Field(examples=["CNY"])


class KeyBody(Body):
    """Whom the new key acts for: an enterprise of the register, or ``operator``."""

    enterprise: EnterpriseText = Field(examples=["USCC:91350100M000100Y43"])
    label: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Field(examples=["treasury system"])


class Key(Body):
    """A key without its secret."""

    id: str
    enterprise: str
    label: str
    created_at: datetime
    revoked: bool


class NewKey(Key):
    """A key with its secret, which is shown this one time."""

    key: str


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


class QuoteSeen(Body):
    """A bank's signed offer for a piece."""

    id: str
    voucher: str
    bank: Participant
    holder: Participant
    amount: Money
    price: Money
    """What the bank pays for the amount."""
    valid_until: datetime
    registration_number: str
    taken: bool


class RunOutcome(Body):
    """What became of each step of a plan, by its number."""

    plan: int
    vouchers: dict[int, str]
    accepted: tuple[int, ...]
    rejected: tuple[int, ...]
    refused: dict[int, str]
    """Step → the rule that refused it."""


class Me(Body):
    """Whom the key acts for, and in which roles."""

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


class Page(Body, Generic[Entry]):
    """One page. ``next`` is the cursor of the next one, null on the last."""

    items: tuple[Entry, ...]
    next: str | None

    @classmethod
    def model_parametrized_name(cls, params: tuple[type[Any], ...]) -> str:
        """``VoucherPage``, in OpenAPI and so in generated clients."""
        return f"{params[0].__name__}Page"
