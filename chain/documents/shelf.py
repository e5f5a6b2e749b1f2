"""Where every document stands: known by its key once, under its trade, or with its owner's goods.

The shelf is columns, one entry a document in the order in which they came (its *place*), and short lists beside them. A new
document changes few of them, and the shelf says which trades that touches. The same documents in the same order give the
same shelf, whether they come at once or one by one: an id that turns out to be another enterprise's moves every
document that stood under it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import cast

import msgspec
import numpy as np

from chain.documents.directory import Directory
from chain.documents.face import Face, face_of
from chain.documents.identity import document_key, issuer_of, normalised_identifier
from chain.documents.lines import Header, Lines
from chain.documents.model import DocumentType, Finding, Party, Severity, TradeDocument
from chain.documents.rules import DocumentTwice, IdentityWithAnotherFace, found_in
from chain.documents.trade.papers import Paper
from chain.documents.trade.thresholds import USUAL_TERM_DAYS
from chain.documents.warehouses import Lot, Stored, Warehouses, is_stored, numbers_of
from chain.garbage import garbage_left
from chain.money import Money

KINDS = tuple(DocumentType)
_KIND_NUMBER = {kind: number for number, kind in enumerate(KINDS)}
_ROLES = ("seller", "buyer", "keeper")
_ISSUER = "\0"
"""Stands in a key until it is known who the issuer is."""
TAKING = frozenset({
    DocumentType.CREDIT_NOTE, DocumentType.PAYMENT, DocumentType.BILL, DocumentType.INVOICE_RESPONSE, DocumentType.ASSIGNMENT,
})  # fmt: skip
"""What takes from the invoices that it names, or takes them."""
GIVEN = frozenset({DocumentType.CREDIT_NOTE, DocumentType.BILL})
"""What its author gave, and does not take back by writing it anew."""
NONE = -1
"""In a column of numbers: there is none."""


@dataclass(slots=True)
class Touched:
    """What changed, and has to be looked at again."""

    trades: set[int] = field(default_factory=set)
    invoices: set[int] = field(default_factory=set)
    """Places of invoices that came, went, or belong to other parties now."""
    papers: set[int] = field(default_factory=set)
    """Places of all documents that count now and did not, or counted before."""
    lots: set[Lot] = field(default_factory=set)
    stored: set[int] = field(default_factory=set)
    """Places of receipts and events that came or went."""
    keys: set[str] = field(default_factory=set)
    """Keys that several documents have, or had."""
    moved: bool = False
    """Whether an enterprise is called otherwise than before."""


class Shelf:
    """All documents. ``directory`` learns from each of them; ``groups`` maps an enterprise to its group."""

    def __init__(self, directory: Directory, groups: Mapping[str, str]) -> None:
        self.directory = directory
        self.warehouses = Warehouses(groups)
        self.lines: Lines | None = None
        self._objects: dict[int, TradeDocument] = {}
        self.kind, self.counts, self.keys = array("b"), array("b"), list[str]()
        self.seller, self.buyer, self.keeper = array("i"), array("i"), array("i")
        """Numbers of parties as written; `enterprise_of` says who they are."""
        self.trade, self.day, self.payable, self.currency = array("i"), array("i"), array("q"), array("i")
        """Number of the trade; proleptic ordinal of the issue date; minor units; number in `currencies`. NONE: none."""
        self.begun = array("i")
        """Ordinal of the day from which on an invoice's debt is owed, see `_begun`; NONE: it says no day."""
        self.currencies: dict[str, int] = {}
        self.enterprises: list[str] = []
        self.enterprise_of = array("i")
        self.trades: list[tuple[int, int]] = []
        """(seller, buyer), numbers of enterprises."""
        self.papers_of: list[list[int]] = []
        """Of each trade, the places of its documents that count, in order."""
        self.invoices_of: list[list[int]] = []
        """Of each trade, the places of its invoices among these."""
        self.assignments_of: dict[int, list[int]] = defaultdict(list)
        """Of each enterprise, the places of the assignments of its receivables that count, in order."""
        self.trades_of: dict[int, list[int]] = defaultdict(list)
        """Of each enterprise, the trades in which it is seller or buyer."""
        self.first: dict[str, int] = {}
        """Key → place of the writing that counts, see `_fullest`."""
        self.copies: dict[str, list[int]] = {}
        """Key → places of all documents that have it, where these are several."""
        self.superseded_of: dict[int, list[int]] = defaultdict(list)
        """Of each trade, the places of writings that count no more and still take what they took, in order (`_supersede`)."""
        self._superseded: dict[str, dict[int, int]] = {}
        """Key → places of these writings, each with its trade."""
        self._taking: dict[str, tuple[int, dict[tuple[object, ...], int]]] = {}
        """Key of a credit note or bill → of so many of its writings, what they take from → the one that takes most of it."""
        self._accounts: dict[str, set[int]] = defaultdict(set)
        """Account → the parties, as written, whose invoices are to be paid to it."""
        self._new_accounts: set[str] = set()
        self._payees: dict[str, set[int]] = {}
        """Account that is nobody's → the enterprises whose invoices are to be paid to it."""
        self._nobodys: dict[int, list[str]] = {}
        """Enterprise → the ids that are nobody's, and that it claims."""
        self._claimants: dict[str, set[int]] = {}
        """Id that is nobody's → the enterprises that claim it: they call it theirs, or are to be paid there."""
        self._contradictions: dict[str, tuple[int, int, bool]] = {}
        """Key → the writing that counts, with how many of its copies it was compared, and whether one says something else."""
        self._weighed: dict[str, tuple[int, int, int]] = {}
        """Key → of so many of its writings, the one that comes first, and the one that says it in full, see `_fullest`."""
        self.stored: dict[int, Stored] = {}
        self._touching = False
        self._version = directory.version
        self._by_alias = bytearray()
        """Of each party as written, whether only documents say that it is the enterprise of the register."""
        self._authors: set[int] = set()
        """Parties, as written, of which a document of their own came."""
        self._parties: dict[Party, int] = {}
        self._written_parties: list[Party] = []
        """By number."""
        self._written: dict[bytes, int] = {}
        self._enterprise_number: dict[str, int] = {}
        self._trade_number: dict[tuple[int, int], int] = {}
        self._issuer = array("b")
        """Which of seller, buyer and keeper numbers the document: 0, 1, 2."""
        self._roles: dict[tuple[DocumentType, bool, bool, bool], int] = {}

    def __len__(self) -> int:
        return len(self.kind)

    # ---- putting in -------------------------------------------------------------------------------------------------

    def accept(self, documents: Iterable[TradeDocument]) -> Touched:
        """Take documents in, behind all that are here."""
        begin, known = len(self), len(self._parties)
        for document in documents:
            self._objects[len(self)] = document
            before = len(self._parties)
            parties = tuple(
                NONE if party is None else self._party(party)
                for party in (document.seller, document.buyer, document.keeper)
            )
            self._append(document, parties)
            if self._says_more(before) or document.payee_accounts:
                self._learn(document)
        return self._place(begin, known)

    @garbage_left()
    def accept_lines(self, lines: Lines) -> Touched:
        """Take a whole file in. Only an empty shelf can."""
        if len(self):
            raise ValueError("a file of lines can only be the first that comes")
        self.lines = lines
        written, append = self._written, self._append
        written[b"null"] = NONE
        for number, header in enumerate(lines.headers()):
            texts = (bytes(header.seller), bytes(header.buyer), bytes(header.keeper))
            before = len(self._parties)
            try:
                parties = [written[text] for text in texts]
            except KeyError:
                parties = [self._read_party(text) for text in texts]
            append(header, parties)
            if self._says_more(before) or bytes(header.payee_accounts) != b"[]":
                self._learn(lines.document(number))
        return self._place(0, 0)

    def _learn(self, document: TradeDocument) -> None:
        """What the last document says of who is who."""
        self.directory.learn(document)
        if document.type is DocumentType.INVOICE:
            for account in map(str, map(normalised_identifier, document.payee_accounts)):
                self._accounts[account].add(self.seller[-1])
                self._new_accounts.add(account)

    def _append(self, document: TradeDocument | Header, parties: Sequence[int]) -> None:
        self.kind.append(_KIND_NUMBER[document.type])
        seller, buyer, keeper = parties
        self.seller.append(seller)
        self.buyer.append(buyer)
        self.keeper.append(keeper)
        self.day.append(document.issue_date.toordinal() if document.issue_date else NONE)
        self.begun.append(_begun(document) if document.type is DocumentType.INVOICE else NONE)
        self.payable.append(NONE if document.payable_minor is None else document.payable_minor)
        self.keys.append(document_key(cast(TradeDocument, document), _ISSUER))
        self.currency.append(NONE if document.currency is None else self._currency(document.currency))
        self._issuer.append(self._role(document, parties))
        self.counts.append(0)
        self.trade.append(NONE)

    def _says_more(self, parties: int) -> bool:
        """Whether the last document names a party that was not among so many, or is the first of its author's own."""
        author = self._written_issuer(len(self) - 1)
        first = author not in self._authors
        self._authors.add(author)
        return first or len(self._parties) > parties

    def _currency(self, code: str) -> int:
        return self.currencies.setdefault(code, len(self.currencies))

    def _read_party(self, text: bytes) -> int:
        number = self._written.get(text)
        if number is None:
            number = self._written[text] = self._party(msgspec.json.decode(text, type=Party))
        return number

    def _party(self, party: Party) -> int:
        number = self._parties.get(party)
        if number is None:
            number = self._parties[party] = len(self._parties)
            self._written_parties.append(party)
        return number

    def _place(self, begin: int, known: int) -> Touched:
        """Find out who the new parties are, and whether that says something new of the others; then put all in place."""
        touched = Touched()
        self._touching = begin > 0  # else every trade is new
        learnt = self.directory.version != self._version or not begin
        new = self._written_parties[known:]
        if self.directory.version != self._version:
            self._version = self.directory.version
            self._by_alias = bytearray(map(self.directory.by_alias_alone, self._written_parties))
            names = array("i", [self._enterprise(self.directory.resolve(party)) for party in self._written_parties])
            if names[:known] != self.enterprise_of:
                changed = np.flatnonzero(np.array(self.enterprise_of) != np.array(names[:known]))
                self._move(changed, names, begin, touched)
            self.enterprise_of = names
        else:
            self.enterprise_of.extend([self._enterprise(self.directory.resolve(party)) for party in new])
            self._by_alias.extend(map(self.directory.by_alias_alone, new))
        for place in range(begin, len(self)):
            self._put(place, touched)
        for key in sorted(touched.keys):
            self._settle(key, touched)
        for key in sorted(touched.keys):
            self._supersede(key, touched)
        self._touch_claimants(touched)
        if learnt or self._new_accounts:
            self._look_at_claims(self._accounts if learnt else self._new_accounts, touched)
        return touched

    def _look_at_claims(self, accounts: Iterable[str], touched: Touched) -> None:
        """Who claims what is nobody's, now; ``accounts``: those that others may be paid to than before."""
        for account in accounts:
            self._payees.pop(account, None)
            if self.directory.enterprise(account) == account:
                self._payees[account] = {self.enterprise_of[party] for party in self._accounts[account]}
        self._new_accounts.clear()
        before, self._claimants = self._claimants, dict(self._payees)
        for one, owners in self.directory.claims.items():
            numbers = {self._enterprise_number.get(self.directory.enterprise(owner), NONE) for owner in owners}
            self._claimants[one] = self._claimants.get(one, set()) | (numbers - {NONE})
        self._nobodys = defaultdict(list)
        for one, claimants in self._claimants.items():
            for claimant in claimants:
                self._nobodys[claimant].append(one)
        changed = {one for one, claimants in self._claimants.items() if before.get(one) != claimants}
        for one in changed | (before.keys() - self._claimants.keys()):
            for trade in self.trades_of.get(self._enterprise_number.get(one, NONE), ()):
                touched.trades.add(trade)
                touched.trades.update(self._claiming(trade, before))
            if pledges := self.warehouses.pledges_of(one):
                touched.stored.update(pledge.place for pledge in pledges)
                for claimant in (*before.get(one, ()), *self._claimants.get(one, ())):
                    touched.trades.update(self.trades_of.get(claimant, ()))
        self.warehouses.claims = {self.enterprises[one]: ids for one, ids in self._nobodys.items()}
        self._touch_claimants(touched)

    def _touch_claimants(self, touched: Touched) -> None:
        """What takes from invoices of somebody who is known by an id alone that is nobody's takes from all that claim it."""
        for trade in tuple(touched.trades) if self._claimants else ():
            touched.trades.update(self._claiming(trade, self._claimants))

    def _claiming(self, trade: int, claimants: Mapping[str, set[int]]) -> list[int]:
        """The trades of those that claim to be one of a trade's parties."""
        seller, buyer = self.trades[trade]
        others = [(one, buyer) for one in claimants.get(self.enterprises[seller], ())]
        others += [(seller, one) for one in claimants.get(self.enterprises[buyer], ())]
        return [self._trade_number[other] for other in others if other in self._trade_number]

    def _move(self, changed: np.ndarray, names: array[int], begin: int, touched: Touched) -> None:
        """Take every document of the changed parties out, and put it back in under its new names."""
        touched.moved = True
        named = [np.frombuffer(column, dtype=np.int32)[:begin] for column in (self.seller, self.buyer, self.keeper)]
        places = np.flatnonzero(np.logical_or.reduce([np.isin(column, changed) for column in named])).tolist()
        del named  # an array that is looked at cannot grow
        self._take(places, touched)
        self.enterprise_of = names
        for place in places:
            self._put(place, touched)

    def _enterprise(self, name: str) -> int:
        number = self._enterprise_number.get(name)
        if number is None:
            number = self._enterprise_number[name] = len(self.enterprises)
            self.enterprises.append(name)
        return number

    def _put(self, place: int, touched: Touched) -> None:
        """Keep the document under its key. Where others have that too, `_settle` says afterwards which one counts."""
        key = self.keys[place] = self.keys[place].replace(_ISSUER, self._issuer_of(place), 1)
        first = self.first.get(key)
        if first is None:
            self.first[key] = place
            self._count(place, touched)
            return
        places = self.copies.setdefault(key, [first])
        insort(places, place)
        if places[-1] != place:  # it is put back among those that were compared
            self._forget(key)
        touched.keys.add(key)

    def _take(self, places: Sequence[int], touched: Touched) -> None:
        """Take documents out, all of a key together: so many copies are looked at once."""
        going: dict[str, set[int]] = defaultdict(set)
        for place in places:
            going[self.keys[place]].add(place)
        for key, gone in going.items():
            if key in self.copies:
                touched.keys.add(key)
                self._forget(key)
            left = [place for place in self.copies.pop(key, ()) if place not in gone]
            if len(left) > 1:
                self.copies[key] = left
            if (first := self.first[key]) in gone:
                self._uncount(first, touched)
                del self.first[key]
                if left:
                    self.first[key] = self._fullest(key, left)
                    self._count(self.first[key], touched)
        for place in places:
            key, kind = self.keys[place], KINDS[self.kind[place]]
            self.keys[place] = f"{kind}|{_ISSUER}|{key[len(kind) + len(self._issuer_of(place)) + 2 :]}"

    def _settle(self, key: str, touched: Touched) -> None:
        """Let the right one of a key's writings count; or the same one, which others may contradict now."""
        before = self.first.get(key)
        if before is None:
            return
        place = self._fullest(key, self.copies.get(key, [before]))
        if place != before:
            self._uncount(before, touched)
            self.first[key] = place
            self._count(place, touched)
            # Circles forget no invoice, so all are looked for anew.
            touched.moved = touched.moved or KINDS[self.kind[place]] is DocumentType.INVOICE
        elif (stored := self.stored.get(place)) is not None:
            if stored != (now := self._stored(place, self.document(place))):
                self._store(stored, touched, add=False)
                self._store(now, touched)
        elif self.trade[place] != NONE:
            touched.trades.add(self.trade[place])

    def _supersede(self, key: str, touched: Touched) -> None:
        """What writings take that do not count, they keep: an invoice's first one counted until its author's own came, and
        credit may rest on it, so it keeps what it took of goods and orders. A credit note or bill takes from all that its
        writings say, or its author could take it back. No other writing ever counted beside the one that does (`_rank`)."""
        now: dict[int, int] = {}
        if places := self.copies.get(key):
            kind = KINDS[self.kind[places[0]]]
            if kind is DocumentType.INVOICE:
                now = {place: self._trade_of(place) for place in places[:1]}
            elif kind in GIVEN:
                now = {place: self._trade_of(place) for place in self._that_take(key, places)}
            now = {place: trade for place, trade in now.items() if place != self.first[key] and trade != NONE}
        before = self._superseded.pop(key, {})
        if now:
            self._superseded[key] = now
        for place, trade in before.items() - now.items():
            self.superseded_of[trade].remove(place)
            touched.trades.add(trade)
        for place, trade in now.items() - before.items():
            insort(self.superseded_of[trade], place)
            touched.trades.add(trade)

    def _that_take(self, key: str, places: Sequence[int]) -> Iterable[int]:
        """Of the writings of a credit note or bill (in order), for each buyer and invoices that they name the one that takes
        most."""
        compared, found = self._taking.get(key, (0, {}))
        for place in places[compared:]:
            takes = self._trade_of(place), self.currency[place], frozenset(numbers_of(self.document(place).invoices))
            if takes not in found or self.payable[place] > self.payable[found[takes]]:
                found[takes] = place
        self._taking[key] = len(places), found
        return found.values()

    def _trade_of(self, place: int) -> int:
        """The trade in which a document stands, or would if it counted; NONE where it names no buyer."""
        seller, buyer = self.seller[place], self.buyer[place]
        return NONE if buyer == NONE else self._trade(self.enterprise_of[seller], self.enterprise_of[buyer])

    def _fullest(self, key: str, places: Sequence[int]) -> int:
        """Of several writings of one document: its author's own first, but of what the author would take back so (`GIVEN`); of
        what settles a debt, the one that takes most off; then the first. Where one says all that it says, and more, that one.
        ``places``: in order."""
        if len(places) == 1:
            return places[0]
        weighed, first, fullest = self._weighed.get(key, (1, places[0], places[0]))
        rank, face = self._rank(first), self._face(fullest, self.document(fullest))
        for place in places[weighed:]:
            document = self.document(place)
            if (own := self._rank(place)) < rank:
                first = fullest = place
                rank, face = own, self._face(place, document)
            elif own == rank and (fuller := self._face(place, document)).covers(face) and not face.covers(fuller):
                fullest, face = place, fuller
        self._weighed[key] = len(places), first, fullest
        return fullest

    def _forget(self, key: str) -> None:
        self._contradictions.pop(key, None)
        self._weighed.pop(key, None)
        self._taking.pop(key, None)

    def _rank(self, place: int) -> tuple[bool, int]:
        document = self.document(place)
        takes = document.type in GIVEN or (document.type is DocumentType.PAYMENT and not document.reversal)
        takes = takes and bool(document.invoices) and document.buyer is not None  # else it takes nothing from anybody
        most = max(0, document.payable_minor or 0) if takes else 0
        return document.type not in GIVEN and not self._is_own(place, document), -most

    def _is_own(self, place: int, document: TradeDocument) -> bool:
        """Whether its author sent it: what an enterprise sends is kept under its own name (`chain.commands.upload`)."""
        author = self.directory.known(self._written_parties[self._written_issuer(place)])
        return author is not None and document.source.path.startswith(f"{author}/")

    def contradicted(self, place: int) -> bool:
        """Whether another writing of the document says something else, and this one is not known to be its author's."""
        key = self.keys[place]
        places = self.copies.get(key)
        if places is None or self._is_own(place, document := self.document(place)):
            return False
        of, compared, differs = self._contradictions.get(key, (place, 0, False))
        if of != place:
            compared, differs = 0, False
        if not differs and compared < len(places):
            face = self._face(place, document)
            others = (other for other in places[compared:] if other != place)
            differs = not all(self._face(other, self.document(other)).is_of(face) for other in others)
        self._contradictions[key] = place, len(places), differs
        return differs

    def _issuer_of(self, place: int) -> str:
        return self.enterprises[self.enterprise_of[self._written_issuer(place)]]

    def _written_issuer(self, place: int) -> int:
        return (self.seller, self.buyer, self.keeper)[self._issuer[place]][place]

    def _role(self, document: TradeDocument | Header, parties: Sequence[int]) -> int:
        """Which of seller, buyer and keeper numbers the document."""
        facts = document.type, parties[1] >= 0, parties[2] >= 0, document.by_buyer
        role = self._roles.get(facts)
        if role is None:
            stand_in = SimpleNamespace(
                type=document.type, seller="seller", buyer="buyer" if facts[1] else None,
                keeper="keeper" if facts[2] else None, by_buyer=document.by_buyer,
            )  # fmt: skip
            role = self._roles[facts] = _ROLES.index(cast(str, issuer_of(cast(TradeDocument, stand_in))))
        return role

    def _count(self, place: int, touched: Touched) -> None:
        """The document counts from now on."""
        self.counts[place] = 1
        touched.papers.add(place)
        seller = self.enterprise_of[self.seller[place]]
        kind, written_buyer = KINDS[self.kind[place]], self.buyer[place]
        buyer = NONE if written_buyer == NONE else self.enterprise_of[written_buyer]
        if kind is DocumentType.WAREHOUSE_RECEIPT or kind is DocumentType.LOGISTICS_EVENT:
            document = self.document(place)
            if is_stored(document):
                self._store(self._stored(place, document), touched)
                return
        if buyer == NONE:
            return
        trade = self._trade(seller, buyer)
        self.trade[place] = trade
        insort(self.papers_of[trade], place)
        touched.trades.add(trade)
        if kind is DocumentType.INVOICE:
            insort(self.invoices_of[trade], place)
            touched.invoices.add(place)
        elif kind is DocumentType.ASSIGNMENT:
            insort(self.assignments_of[seller], place)

    def _uncount(self, place: int, touched: Touched) -> None:
        """Another document of its key counts instead, or it belongs elsewhere."""
        self.counts[place] = 0
        touched.papers.add(place)
        if place in self.stored:
            self._store(self.stored[place], touched, add=False)
        trade = self.trade[place]
        if trade != NONE:
            self.trade[place] = NONE
            self.papers_of[trade].remove(place)
            touched.trades.add(trade)
            match KINDS[self.kind[place]]:
                case DocumentType.INVOICE:
                    self.invoices_of[trade].remove(place)
                    touched.invoices.add(place)
                case DocumentType.ASSIGNMENT:
                    self.assignments_of[self.trades[trade][0]].remove(place)

    def _stored(self, place: int, document: TradeDocument) -> Stored:
        """The receipt or event, its parties by name."""
        owner, consignee, keeper = (None if party is None else self.enterprises[party] for party in self._named(place))
        assert owner is not None
        stored = Stored.of(place, self.keys[place], document, owner, consignee, keeper or owner)
        return replace(stored, broken=stored.broken or self.by_alias(place) or self.contradicted(place))

    def _store(self, stored: Stored, touched: Touched, *, add: bool = True) -> None:
        """Put it in store, or take it out again."""
        if add:
            self.stored[stored.place] = stored
            self.warehouses.add(stored)
        self._touch_goods(stored, touched)
        if not add:
            del self.stored[stored.place]
            self.warehouses.remove(stored)

    def _touch_goods(self, stored: Stored, touched: Touched) -> None:
        touched.stored.add(stored.place)
        sharing = self.warehouses.sharing(stored)
        touched.lots.update(self.warehouses.lots_of(stored))
        touched.lots.update((one.keeper, lot) for one in sharing for _, lot in one.lots)
        if not self._touching:
            return
        for one in {one.key: one for one in (stored, *sharing)}.values():
            owner = self._enterprise_number[one.owner]
            for trade in self.trades_of.get(owner, ()):
                seller, buyer = self.trades[trade]
                # Held for somebody else it proves nothing to a buyer; but pledged it keeps its owner from selling the lot.
                if one.consignee in (None, self.enterprises[buyer]) or (one.pledged and seller == owner):
                    touched.trades.add(trade)
            for claimant in self._claimants.get(one.owner, ()) if one.pledged else ():
                touched.trades.update(self.trades_of.get(claimant, ()))

    def _trade(self, seller: int, buyer: int) -> int:
        number = self._trade_number.get((seller, buyer))
        if number is None:
            number = self._trade_number[seller, buyer] = len(self.trades)
            self.trades.append((seller, buyer))
            self.papers_of.append([])
            self.invoices_of.append([])
            for enterprise in {seller, buyer}:
                self.trades_of[enterprise].append(number)
        return number

    # ---- looking up -------------------------------------------------------------------------------------------------

    def document(self, place: int) -> TradeDocument:
        """The document at a place."""
        if self.lines is not None and place < len(self.lines):
            return self.lines.document(place)
        return self._objects[place]

    def number_of(self, enterprise: str) -> int | None:
        """The number of an enterprise; None where no document names it."""
        return self._enterprise_number.get(enterprise)

    def papers(self, trade: int) -> list[Paper]:
        """The documents of a trade that count; those that are superseded; and what takes from invoices (`TAKING`) between one
        of its parties and an id that is nobody's, but that the other one claims. In order."""
        return [self.paper(place, trade) for place in self.places_of(trade)]

    def paper(self, place: int, trade: int) -> Paper:
        """A document as one of a trade's."""
        return Paper(place, self.keys[place], self.document(place), *self.standing(place, trade))

    def places_of(self, trade: int) -> list[int]:
        """The places of these."""
        seller, buyer = self.trades[trade]
        more = list(self.superseded_of.get(trade, ()))
        claimed = [(self._enterprise_number.get(one, NONE), buyer) for one in self._nobodys.get(seller, ())]
        claimed += [(seller, self._enterprise_number.get(one, NONE)) for one in self._nobodys.get(buyer, ())]
        for other in {self._trade_number.get(parties, trade) for parties in claimed} - {trade}:
            more += (place for place in self.papers_of[other] if KINDS[self.kind[place]] in TAKING)
            more += (place for place in self.superseded_of.get(other, ()) if KINDS[self.kind[place]] in GIVEN)
        return sorted((*self.papers_of[trade], *more)) if more else self.papers_of[trade]

    def standing(self, place: int, trade: int) -> tuple[bool, bool, bool, bool]:
        """Whether a document is known by alias alone, contradicted, superseded, of somebody known by what is nobody's
        (`Paper`), as one of a trade's."""
        if not self.counts[place]:
            return False, False, True, False
        return self.by_alias(place), self.contradicted(place), False, self.trade[place] != trade

    def by_alias(self, place: int) -> bool:
        """Whether the document names a party in such a way that only other documents say which enterprise it is."""
        if 1 not in self._by_alias:
            return False
        parties = (self.seller[place], self.buyer[place], self.keeper[place])
        return any(self._by_alias[party] for party in parties if party != NONE)

    def parties(self, trade: int) -> tuple[str, str]:
        """Seller and buyer of a trade."""
        seller, buyer = self.trades[trade]
        return self.enterprises[seller], self.enterprises[buyer]

    def in_order(self) -> Iterator[int]:
        """Trades by their first document; those without any are none."""
        return iter(
            sorted((t for t, papers in enumerate(self.papers_of) if papers), key=lambda t: self.papers_of[t][0])
        )

    # ---- the same paper twice ---------------------------------------------------------------------------------------

    def findings_of_key(self, key: str, after: int = 0) -> Iterator[tuple[int, Finding]]:
        """Of documents with one key: one counts, each other is a copy or contradicts it. With the copy's place.
        ``after`` so many of the others."""
        places = self.copies.get(key, ())
        if len(places) < 2:
            return
        first = self.first[key]
        kept = self.document(first)
        face = self._face(first, kept)
        for place in places[after + (after >= bisect_left(places, first)) :]:
            if place == first:
                continue
            document = self.document(place)
            its = self._face(place, document)
            if face.is_of(its):
                error = DocumentTwice(document=key, copy=_where(document))
                yield place, found_in(document.source, error, Severity.FLAGGED, key)
            else:
                other = IdentityWithAnotherFace(
                    document=key,
                    difference=face.difference(its),
                    kept=self._says(first, kept),
                    other=self._says(place, document),
                )
                yield place, found_in(document.source, other, Severity.BLOCKED, key)

    def _face(self, place: int, document: TradeDocument) -> Face:
        return face_of(document, *self._named(place))

    def _named(self, place: int) -> tuple[int | None, int | None, int | None]:
        """Numbers of the enterprises that a document names as seller, buyer and keeper."""
        seller, buyer, keeper = (
            None if column[place] == NONE else self.enterprise_of[column[place]]
            for column in (self.seller, self.buyer, self.keeper)
        )
        return seller, buyer, keeper

    def _says(self, place: int, document: TradeDocument) -> str:
        buyer = "" if document.buyer is None else f"{self.enterprises[self.enterprise_of[self.buyer[place]]]}, "
        amount = "–"
        if document.payable_minor is not None and document.currency is not None:
            amount = f"{Money(document.payable_minor, document.currency).decimal:f} {document.currency}"
        return f"{amount}, {buyer}{_where(document)}"


def _begun(document: TradeDocument | Header) -> int:
    """The later of issue and delivery, so that an earlier date on the paper alone moves no debt; else the due day less the
    usual term."""
    days = [day.toordinal() for day in (document.issue_date, document.delivery_date) if day is not None]
    if not days and document.due_date is not None:
        days = [document.due_date.toordinal() - USUAL_TERM_DAYS]
    return max(days, default=NONE)


def _where(document: TradeDocument) -> str:
    source = document.source
    return f"{source.path}!{source.member}" if source.member else source.path
