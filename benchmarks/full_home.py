"""A home with many pieces in its books and real papers behind them, for who asks the service; no transaction made it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from chain.books.folding import Folding
from chain.commands.ingest import ingest
from chain.commands.keys import make_key
from chain.commands.seen.current import CurrentTrade
from chain.commands.workspace import Home, open_workspace
from chain.documents.identity import blinded_identity
from chain.identifiers import LineId, ObligationId, PieceId
from chain.issuance.roles import role_bits
from chain.network import Network, Role
from chain.settings import Settings
from chain.world.generator import make_world
from chain.world.writing import write_world

SEED = 5
ENTERPRISES, DOCUMENTS = 80, 2_000
#: Pieces of one obligation: some issued, each passed on in parts.
ISSUED, PARTS = 10, 4
#: Obligations that are written together.
TOGETHER = 400
#: Numbers of blocks that no chain has here.
FIRST_BLOCK = 1_000_000_000
MATURITIES = 170
MINOR = 1_000_000


@dataclass(frozen=True)
class Party:
    """Somebody who asks: its number on the ledger and its key."""

    number: int
    key: str


@dataclass(frozen=True)
class FullHome:
    """What was made: a bank that granted lines, and a supplier in whose hands, or through whose hands, many pieces are."""

    bank: Party
    supplier: Party
    own: tuple[PieceId, ...]
    """The supplier's pieces."""


def fill(settings: Settings, pieces: int) -> FullHome:
    """Make the home with about so many pieces, all live, a tenth of them the one supplier's."""
    with open_workspace(settings) as workspace, TemporaryDirectory() as papers:
        world = make_world(SEED, date.today(), enterprises=ENTERPRISES, documents=DOCUMENTS)
        write_world(world, Path(papers))
        ingest(workspace, [Path(papers)])
        workspace.save_network(world.network)
        numbers = {enterprise.id: number for number, enterprise in enumerate(world.network.enterprises, 1)}
        for enterprise, number in numbers.items():
            workspace.keyring.know(enterprise, _address(number))
        own = _Books(workspace, world.network, numbers).write(pieces)
        bank = world.network.lines[0].bank
        supplier = next(e.id for e in world.network.enterprises if Role.SUPPLIER in e.roles)
        parties = (Party(numbers[one], make_key(workspace, one, "benchmark")[1]) for one in (bank, supplier))
        return FullHome(*parties, own=tuple(own))


def _address(number: int) -> str:
    return f"0x{number:040x}"


class _Books:
    """Parties, lines and documents of a register, and obligations under the lines in turn."""

    def __init__(self, home: Home, network: Network, numbers: dict[str, int]) -> None:
        self._home, self._network, self._numbers = home, network, numbers
        self._lines = [
            LineId(numbers[line.issuer], 1 + sum(o.issuer == line.issuer for o in network.lines[:place]))
            for place, line in enumerate(network.lines)
        ]
        suppliers = [numbers[e.id] for e in network.enterprises if Role.SUPPLIER in e.roles]
        self._first = suppliers[0]
        self._holders = self._turns(suppliers)
        self._documents = 0
        self._evidence = 0

    def _turns(self, suppliers: list[int]) -> Iterator[int]:
        """Every tenth turn is the first supplier's."""
        others = cycle(suppliers[1:])
        while True:
            yield self._first
            for _ in range(9):
                yield next(others)

    def write(self, pieces: int) -> list[PieceId]:
        own: list[PieceId] = []
        made = number = 0
        while made < pieces:
            with self._home.store.begin() as connection:
                folding = Folding(connection)
                folding.books.block = FIRST_BLOCK + number
                if made == 0:
                    self._begin(folding)
                for _ in range(TOGETHER):
                    own += self._obligation(folding, number)
                    made += ISSUED * (1 + PARTS)
                    number += 1
                    if made >= pieces:
                        break
                folding.close_block()
                folding.write()
        return own

    def _begin(self, folding: Folding) -> None:
        books, numbers = folding.books, self._numbers
        for enterprise in self._network.enterprises:
            number = numbers[enterprise.id]
            books.parties.add(
                id=number, account=_address(number), roles=role_bits(enterprise.roles), group=0, kyc_expiry_day=65_535,
                suspended=False, account_bank=0, issuance_stopped=False,
            )  # fmt: skip
            books.party_groups.add(party=number, since_block=0, group=0)
            books.keys.put(address=_address(number), party=number, removed=False)
            if Role.BANK in enterprise.roles:
                books.banks.add(number)
        for identifier, line in zip(self._lines, self._network.lines, strict=True):
            books.lines.add(
                id=identifier.chain, bank=numbers[line.bank], issuer=identifier.issuer, currency=line.currency,
                limit_minor=10**15, used_minor=10**14, expiry_day=65_000, utc_offset_quarter_hours=32, suspended=False,
                allotted_minor=0, calendar=0,
            )  # fmt: skip
        known = CurrentTrade(self._home).get()
        for key in known.receivables:
            self._documents += 1
            invoice = known.trade.matching.documents[key]
            seller, buyer = (
                numbers.get(known.trade.directory.known(one) or "", 0) for one in (invoice.seller, invoice.buyer)
            )
            books.evidence.add(
                id=self._documents, identity=f"0x{blinded_identity(key, self._home.network_key).hex()}",
                commitment=f"0x{self._documents:064x}", buyer=buyer, seller=seller, kind=1,
                currency=self._network.lines[0].currency, face_minor=10**12, used_minor=0, delivery_day=0,
                credited_minor=0, cancelled=False, attestor=0,
            )  # fmt: skip

    def _obligation(self, folding: Folding, number: int) -> list[PieceId]:
        line = self._lines[number % len(self._lines)]
        obligation = ObligationId(line, 1 + number // len(self._lines))
        face = ISSUED * (PARTS + 1) * MINOR
        folding.books.obligations.add(
            id=obligation.chain, line=line.chain, issuer=line.issuer, instrument=1,
            maturity_day=self._home.today() + 10 + number % MATURITIES, rulebook_version=1, face_minor=face, live_minor=face,
            overdue=False, issued_at=self._home.now(), recourse=False, attested_only=False, loss_minor=0,
        )  # fmt: skip
        own = []
        for issued in range(ISSUED):
            first = 1 + issued * (PARTS + 1)
            holder = next(self._holders)
            owners = [holder, *(next(self._holders) for _ in range(PARTS))]
            for index, owner in enumerate(owners, first):
                self._piece(folding, obligation, index, parent=first if index > first else 0, owner=owner, giver=holder)
                if owner == self._first:
                    own.append(PieceId(obligation, index))
        return own

    def _piece(
        self, folding: Folding, obligation: ObligationId, index: int, *, parent: int, owner: int, giver: int
    ) -> None:  # fmt: skip
        self._evidence = self._evidence % self._documents + 1
        folding.books.pieces.add(
            obligation=obligation.chain, index=index, parent=parent, owner=owner,
            giver=giver if parent else obligation.line.issuer, amount_minor=MINOR, initial_minor=MINOR,
            evidence=self._evidence, hops=1 + bool(parent), tier=1 + bool(parent), state="held", deadline=0,
            created_at=self._home.now(), use_index=0, financed=False, payment=False,
        )  # fmt: skip
