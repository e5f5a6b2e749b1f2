"""Who is asking: one enterprise in its roles, or the operator. All rules of who may see and do what start here.

| asks | sees | does |
|---|---|---|
| operator | everything | keys, documents on others' behalf, plans; it moves no piece |
| regulator | everything | nothing |
| bank | pieces under its lines or in its hands, with their whole way; its own exposure | quotes prices |
| core enterprise | its lines, its obligations and every piece issued in its name | issues, redeems |
| supplier | its own pieces with the way up to them, what it gave and sold | accepts, rejects, transfers, sells |

Everybody sees the documents that name it, and consents to nettings of its own debts. An enterprise with several roles sees
and does all of theirs. What a bank paid for a piece is seen by the two sides of that sale.
"""

from __future__ import annotations

from dataclasses import dataclass

from chain.books.portfolio import PieceRow
from chain.commands.audit import Acting
from chain.commands.keys import KeyUnknown
from chain.commands.workspace import OPERATOR, Home
from chain.documents.model import Frozen
from chain.errors import NotPermitted
from chain.network import Role


class Participant(Frozen):
    """An enterprise as a reader knows it. ``id`` is None where only its number on the ledger is known."""

    id: str | None
    name: str


@dataclass(frozen=True)
class Viewer:
    """The enterprise that a call acts for. ``party`` is its number on the ledger; None: it has none. ``actor``: who asks for it
    (`chain.commands.audit.Acting`)."""

    enterprise: str
    name: str
    roles: frozenset[Role]
    party: int | None
    actor: str

    @property
    def acting(self) -> Acting:
        """Whom the audit log names."""
        return Acting(self.actor, self.enterprise)

    @property
    def operates(self) -> bool:
        """It runs the service."""
        return Role.OPERATOR in self.roles

    @property
    def sees_all(self) -> bool:
        """Operator and regulator read everything."""
        return self.operates or Role.REGULATOR in self.roles

    def must_move(self, action: str) -> None:
        """Raises NotPermitted for those who read everything: neither operator nor regulator moves a piece."""
        if self.sees_all:
            raise NotPermitted(actor=self.name, action=action)

    def must_be(self, role: Role, action: str) -> None:
        """Raises NotPermitted unless it has the role."""
        if role not in self.roles:
            raise NotPermitted(actor=self.name, action=action, role=role.value)

    def must_not_only_read(self, action: str) -> None:
        """Raises NotPermitted for a regulator, which reads and does nothing."""
        if self.sees_all and not self.operates:
            raise NotPermitted(actor=self.name, action=action)


def viewer_of(home: Home, enterprise: str, actor: str) -> Viewer:
    """The viewer that ``actor`` (a key) acts as, for ``enterprise``.

    Raises KeyUnknown when the enterprise is no longer in the register.
    """
    if enterprise == OPERATOR:
        return Viewer(OPERATOR, OPERATOR, frozenset({Role.OPERATOR}), None, actor)
    network = home.network_or_none()
    found = next((entry for entry in network.enterprises if entry.id == enterprise), None) if network else None
    if found is None:
        raise KeyUnknown()
    party = next((number for number, known in home.parties().items() if known == enterprise), None)
    return Viewer(enterprise, found.name, frozenset(found.roles), party, actor)


@dataclass(frozen=True)
class Stake:
    """What a viewer has to do with one piece."""

    holder: bool
    """It owns the piece, or is offered it."""
    giver: bool
    """It passed the piece on, sold it or issued it to its first holder."""
    issuer: bool
    """It is the one who pays at maturity."""
    bank: bool
    """A bank that granted the line, or bought the piece."""
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


def stake(viewer: Viewer, piece: PieceRow, giver: int, bank: int) -> Stake:
    """``giver`` owns the piece's parent, or is its issuer; ``bank`` granted its line."""
    own = viewer.party
    return Stake(
        holder=own is not None and own == piece.owner,
        giver=own is not None and own == giver,
        issuer=own is not None and own == piece.issuer,
        bank=own is not None and (own == bank or (own == piece.owner and Role.BANK in viewer.roles)),
        observer=viewer.sees_all,
    )
