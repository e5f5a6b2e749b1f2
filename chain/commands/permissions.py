"""What each duty may do: the one table. Every route asks it through ``viewer.must(Action.…)`` before anything else.

Which *things* somebody may see or act on is another question, which `chain.commands.seen` answers; a duty never shows a
thing of another enterprise. ``docs/permissions.csv`` says the same a route, and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from chain.commands.duties import Duty
from chain.network import Role


class Action(Enum):
    """What somebody may want to do."""

    READ = auto()
    """Read pieces, lines, documents, graph, plans, nettings and events."""
    READ_EXPOSURE = auto()
    """Read what a bank is exposed to."""
    READ_METRICS = auto()
    """Read the service's own figures."""
    READ_AUDIT_LOG = auto()
    """Read who did what."""
    ISSUE = auto()
    """Issue under a line."""
    ACCEPT = auto()
    """Take an offered piece."""
    REJECT = auto()
    """Refuse an offered piece."""
    EXPIRE = auto()
    """End an offer that nobody answered."""
    TRANSFER = auto()
    """Pass parts of a piece on."""
    FINANCE = auto()
    """Sell a piece to a bank, ask for offers, and say whether its cash came."""
    QUOTE = auto()
    """Offer to buy a piece, as a bank, decline to, or give that up."""
    BORROW = auto()
    """Ask for loans on goods, take, draw and repay them, as their owner."""
    LEND = auto()
    """Offer loans on goods, say that they were repaid, end their draws and give liens up, as their bank."""
    CLOSE_LOAN = auto()
    """End a loan of which nothing is owed, as either side."""
    CHANGE_LINE = auto()
    """Grant a line, set its limits, suspend and resume it, as its bank."""
    DEPOSIT = auto()
    """Credit an account, as a bank."""
    DISPUTE = auto()
    """Dispute a piece, as a side of the trade that made it, and end that."""
    HOLD_BY_COURT = auto()
    """Hold and release by order of a court, as the regulator."""
    ATTEST = auto()
    """Say that a customer's cash came, as its account bank."""
    CONFIRM_PAYMENT = auto()
    """Say whether what was due was paid off chain, as who is to be paid."""
    WRITE_OFF = auto()
    """Give an overdue piece up for lost."""
    REDEEM = auto()
    """Pay the holders at maturity, as the issuer."""
    CONSENT = auto()
    """Consent to a netting."""
    WITHDRAW = auto()
    """Take a consent to a netting back."""
    SEND_DOCUMENTS = auto()
    """Send trade documents."""
    KEEP_GOODS = auto()
    """Measure lots, sign receipts and let goods go, as their keeper."""
    TRANSFER_RECEIPT = auto()
    """Pass a warehouse receipt on, as its owner."""
    RULE_ALIAS = auto()
    """Decide that an id belongs to an enterprise, or that it does not."""
    PLAN = auto()
    """Decide how credit flows."""
    RUN_PLAN = auto()
    """Carry a plan out."""
    APPROVE = auto()
    """Approve what another has prepared."""
    SIGN = auto()
    """Give the signature of the enterprise's own wallet."""
    SET_FOUR_EYES = auto()
    """Set the amount from which two have to look."""
    MANAGE_ACCESS = auto()
    """Make, change and end users and keys."""
    MANAGE_WEBHOOKS = auto()
    """Say where events are sent to."""


@dataclass(frozen=True)
class Permission:
    """Who may do one thing. ``role``, where it is given, is the one in which the enterprise must be, too."""

    sentence: str
    """What is done, for the sentence '… may not …'."""
    duties: frozenset[Duty]
    role: Role | None = None


_MOVERS = frozenset({Duty.MAKER, Duty.BANK_OFFICER})
_DEBTORS = frozenset({Duty.MAKER, Duty.TREASURER})
_SELLERS = frozenset({Duty.MAKER, Duty.TREASURER, Duty.BANK_OFFICER})

PERMISSIONS: Mapping[Action, Permission] = {
    Action.READ: Permission("read the ledger", frozenset(Duty)),
    Action.READ_EXPOSURE: Permission("read exposure", frozenset(Duty) - {Duty.MAKER, Duty.CHECKER}),
    Action.READ_METRICS: Permission("read the service's figures", frozenset({Duty.OPERATOR, Duty.REGULATOR})),
    Action.READ_AUDIT_LOG: Permission("read the audit log", frozenset({Duty.AUDITOR, Duty.REGULATOR, Duty.OPERATOR})),
    Action.ISSUE: Permission("issue a voucher", frozenset({Duty.MAKER})),
    Action.ACCEPT: Permission("accept a voucher", _MOVERS),
    Action.REJECT: Permission("reject a voucher", _MOVERS),
    Action.EXPIRE: Permission("end an offer", _MOVERS),
    Action.TRANSFER: Permission("transfer a voucher", _MOVERS),
    Action.FINANCE: Permission("sell a voucher", _SELLERS),
    Action.QUOTE: Permission("quote for a voucher", frozenset({Duty.BANK_OFFICER}), Role.BANK),
    Action.BORROW: Permission("borrow on goods", _DEBTORS),
    Action.LEND: Permission("lend on goods", frozenset({Duty.BANK_OFFICER}), Role.BANK),
    Action.CLOSE_LOAN: Permission("close a loan", _SELLERS),
    Action.CHANGE_LINE: Permission("change a credit line", frozenset({Duty.BANK_OFFICER}), Role.BANK),
    Action.DEPOSIT: Permission("make deposits", frozenset({Duty.BANK_OFFICER, Duty.TREASURER}), Role.BANK),
    Action.DISPUTE: Permission("dispute a voucher", _MOVERS),
    Action.HOLD_BY_COURT: Permission("hold for a court", frozenset({Duty.REGULATOR}), Role.REGULATOR),
    Action.ATTEST: Permission("attest a payment", frozenset({Duty.BANK_OFFICER, Duty.TREASURER}), Role.BANK),
    Action.CONFIRM_PAYMENT: Permission("confirm a payment", _SELLERS | {Duty.REGULATOR}),
    Action.WRITE_OFF: Permission("write a voucher off", _SELLERS),
    Action.REDEEM: Permission("redeem vouchers", _DEBTORS, Role.CORE_ENTERPRISE),
    Action.CONSENT: Permission("consent to a netting", _DEBTORS),
    Action.WITHDRAW: Permission("withdraw from a netting", _DEBTORS),
    Action.SEND_DOCUMENTS: Permission("send documents", _MOVERS | {Duty.OPERATOR}),
    Action.KEEP_GOODS: Permission("keep goods", frozenset({Duty.MAKER})),
    Action.TRANSFER_RECEIPT: Permission("transfer a warehouse receipt", _MOVERS),
    Action.RULE_ALIAS: Permission("decide about an alias", frozenset({Duty.OPERATOR}), Role.OPERATOR),
    Action.PLAN: Permission("make a plan for the network", frozenset({Duty.OPERATOR}), Role.OPERATOR),
    Action.RUN_PLAN: Permission("carry out a plan for the network", frozenset({Duty.OPERATOR}), Role.OPERATOR),
    Action.APPROVE: Permission(
        "approve a command", frozenset({Duty.CHECKER, Duty.TREASURER, Duty.BANK_OFFICER, Duty.OPERATOR})
    ),
    Action.SIGN: Permission("sign a command", _SELLERS | {Duty.REGULATOR}),
    Action.SET_FOUR_EYES: Permission("set the amount that needs approval", frozenset({Duty.TREASURER, Duty.OPERATOR})),
    Action.MANAGE_ACCESS: Permission("manage users and keys", frozenset({Duty.TREASURER, Duty.OPERATOR})),
    Action.MANAGE_WEBHOOKS: Permission("manage webhooks", frozenset({Duty.TREASURER, Duty.OPERATOR})),
}
