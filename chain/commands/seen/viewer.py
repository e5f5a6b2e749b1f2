"""Who is asking: somebody with duties for one enterprise in its roles. All rules of who may see and do what start here.

| asks | sees | does |
|---|---|---|
| operator | everything | keys, documents on others' behalf, plans; it moves no piece |
| regulator | everything | holds by order of a court |
| bank | pieces under its lines, held or asked about, with their whole way; its own exposure | changes lines, quotes, attests |
| core enterprise | its lines, its obligations and every piece issued in its name | issues, redeems |
| supplier | its own pieces with the way up to them, what it gave and sold | accepts, rejects, transfers, disputes, sells |

Everybody sees the documents that name it, and consents to nettings of its own debts. An enterprise with several roles sees
and does all of theirs. What a bank paid for a piece is seen by the two sides of that sale. Who in an enterprise does what
of it, its duties say (`chain.commands.permissions`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from chain.books.portfolio import PieceRow
from chain.commands.audit import Acting
from chain.commands.duties import Duty, fitting
from chain.commands.permissions import PERMISSIONS, Action
from chain.commands.seen.answers import answer
from chain.errors import NotPermitted
from chain.language import translate
from chain.network import Role


class DutyMissing(NotPermitted):
    """The enterprise may, but not by this caller. ``duties`` are those of which one would do."""

    def next_step_text(self, language: str = "en") -> str:
        words = [translate(duty.replace("_", " "), language) for duty in self.values["duties"]]
        return translate("only one with the duty of {duties} does that", language).format(duties=" / ".join(words))


@answer
class Participant:
    """An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is known."""

    id: str | None
    name: str


@dataclass(frozen=True)
class Viewer:
    """Who a call comes from, and the enterprise that it acts for."""

    enterprise: str
    name: str
    roles: frozenset[Role]
    party: int | None
    """The enterprise's number on the ledger; None: it has none."""
    actor: str
    """Who it is itself: ``key:ID`` is a machine, ``user:ID`` a person."""
    duties: frozenset[Duty]
    eyes: str
    """The actor that it counts as where two have to look. A key counts as who made it in the same enterprise: who may make
    keys could else be both of the two."""
    request_id: str | None = field(default=None, compare=False)
    """Of the request that it asks by, where there is one."""

    @property
    def acting(self) -> Acting:
        """Whom the audit log names."""
        return Acting(self.actor, self.enterprise, self.request_id)

    @cached_property
    def operates(self) -> bool:
        """It runs the service."""
        return Role.OPERATOR in self.roles

    @cached_property
    def sees_all(self) -> bool:
        """Operator and regulator read everything."""
        return self.operates or Role.REGULATOR in self.roles

    def must(self, action: Action) -> None:
        """The question that every route asks first: may this caller do that at all? Raises NotPermitted where nobody of its
        enterprise may, DutyMissing where others of it do.
        """
        permission = PERMISSIONS[action]
        if permission.role is not None and permission.role not in self.roles:
            raise NotPermitted(actor=self.name, action=permission.sentence, role=permission.role.value)
        duties = permission.duties & fitting(self.roles)
        if not duties:
            raise NotPermitted(actor=self.name, action=permission.sentence)
        self.must_hold(permission.sentence, *duties)

    def must_hold(self, action: str, *duties: Duty) -> None:
        """Raises DutyMissing unless it has one of the duties."""
        if self.duties.isdisjoint(duties):
            raise DutyMissing(actor=self.name, action=action, duties=sorted(duties))


class Stake(NamedTuple):
    """What a viewer has to do with one piece."""

    holder: bool
    """It owns the piece, or is offered it."""
    giver: bool
    """It passed the piece on, sold it or issued it to its first holder."""
    issuer: bool
    """It is the one who pays at maturity."""
    bank: bool
    """A bank that granted the line, bought the piece, or is asked to buy it."""
    observer: bool
    """It reads everything."""

    @property
    def any(self) -> bool:
        return self.holder or self.giver or self.issuer or self.bank or self.observer

    @property
    def whole_way(self) -> bool:
        """Whether it sees what every hop of the piece's way was worth, and which document backs it."""
        return self.bank or self.observer

    @property
    def price(self) -> bool:
        """Whether it sees what a bank paid: the two sides of the sale do, and who reads everything."""
        return self.holder or self.giver or self.observer

    @property
    def remainder(self) -> bool:
        """Whether it sees how much of the piece is left; who gave a piece away does not see what became of it."""
        return self.holder or self.issuer or self.bank or self.observer


def stake(viewer: Viewer, piece: PieceRow, shown: Collection[int] = ()) -> Stake:
    """What the viewer has to do with the piece. ``shown``: indexes of the obligation's pieces that it was asked to finance
    (`chain.commands.financing_requests`)."""
    own = viewer.party  # None is no party of any piece
    holder = own == piece.owner
    bank = own == piece.bank or (holder and Role.BANK in viewer.roles) or piece.piece.index in shown
    return Stake(holder, own == piece.giver, own == piece.issuer, bank, viewer.sees_all)
