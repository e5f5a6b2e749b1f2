"""One enterprise has many ids: which parties of which documents are the same enterprise, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from chain.documents.aliases import (
    ALONE,
    GIVEN,
    HEARSAY,
    NAMED,
    PERSON,
    REGISTER,
    REGISTERED,
    TOGETHER,
    Alias,
    Ruling,
)
from chain.documents.identity import (
    best_identifier,
    document_key,
    enterprise_id,
    is_valid,
    issuer_of,
    normalised_identifier,
    normalised_name,
)
from chain.documents.lookalikes import skeleton
from chain.documents.model import DocumentType, Finding, Party, PartyIdentifier, Severity, TradeDocument
from chain.documents.rules import IdentityConflict, IdentityContested, IdentityLookalike, finding_of, found_in
from chain.network import Network

#: An enterprise has exactly one of each; two different ones are two enterprises, whatever a document says. Of ISO 6523:
#: the registers of enterprises of France, Sweden, Australia, Norway and Belgium.
UNIQUE_SCHEMES = frozenset({"USCC", "LEI", "ICD:0002", "ICD:0007", "ICD:0151", "ICD:0192", "ICD:0208"})

#: An id is held against so many that look like it, so that a thousand of them make no million findings.
MOST_LOOKALIKES = 8


@dataclass(frozen=True, slots=True)
class _Sight:
    """Where an id, or a name beside it, was first seen."""

    template: str
    source: str
    since: date | None
    values: dict[str, str]


_Claims = dict[str, dict[str, TradeDocument]]
"""Id that nobody decided on → each registration that its author wrote beside it → in which document."""


@dataclass(slots=True)
class _Group:
    """Ids of one enterprise, and what of them decides whether more belong to it."""

    members: set[str]
    registrations: dict[str, str]
    """Register → its number there."""
    registered: set[str]
    """Those in the network's register."""
    denied: set[str]
    """Those that a person took away from some enterprise."""
    owned: bool
    """Whether one of them says by itself which enterprise it is."""

    def add(self, other: _Group) -> None:
        self.members |= other.members
        self.registrations |= other.registrations
        self.registered |= other.registered
        self.denied |= other.denied
        self.owned |= other.owned

    def copy(self) -> _Group:
        return _Group(
            set(self.members), dict(self.registrations), set(self.registered), set(self.denied), self.owned
        )  # fmt: skip


class Directory:
    """Aliases learnt from documents: ids that an author writes together of itself belong together.

    Who sent a document, and who may see it, rests on the register and on what persons decided (`Ruling`): `known`. What
    documents teach serves matching alone: `resolve`. A document can be forged, so it teaches of its author at most; what it
    says of the other side joins nothing. It can add ids to an enterprise, never join two: when both sides have a
    registration of their own (a number of `UNIQUE_SCHEMES`, a VAT number of the same country, an entry in the network's
    register), they stay apart and the attempt becomes a finding. A party is taken whole or not at all: one that names two
    enterprises teaches nothing. An id without a register (a GLN, an account) that two such enterprises claim belongs to
    neither until a person decides. Names decide nothing.

    The order of documents matters only where they contradict each other through a third id: then the first one counts.
    Without rulings, documents that make no `IdentityConflict` in one order make none in any, and every order gives the same
    answers.
    """

    def __init__(self, network: Network | None = None, rulings: Iterable[Ruling] = ()) -> None:
        self._parent: dict[str, str] = {}
        self._groups: dict[str, _Group] = {}
        """By root, of several ids each."""
        self._registered = frozenset(enterprise.id for enterprise in network.enterprises) if network else frozenset()
        self._name_two: dict[tuple[str, ...], TradeDocument] = {}
        """Ids of one party that name two enterprises, and where they stand first."""
        self._refused: dict[tuple[str, ...], TradeDocument] = {}
        """Ids of an author that are not joined, since other papers join them to different enterprises."""
        self._canonical: dict[str, str | None] = {}
        """Root → the enterprise's id; None: what is asked for says it."""
        self._resolved: dict[Party, str] = {}
        self._known: dict[Party, str | None] = {}
        self._sights: dict[str, _Sight] = {}
        self._names: dict[tuple[str, str], tuple[str, _Sight]] = {}
        self._looks: dict[str, list[str]] = {}
        self._lookalikes: list[tuple[str, str]] = []
        self._seen: set[Party] = set()
        self._taught: dict[Party, tuple[list[str], TradeDocument]] = {}
        """What authors wrote of themselves, in the order in which they came."""
        self._contested: dict[str, Finding] = {}
        """Ids that two enterprises claim."""
        self._claimed_by: dict[str, tuple[str, ...]] = {}
        self._loose: set[str] = set()
        """Ids of papers whose author's ids are not all joined: one is contested, refused, or taken away by a person."""
        self._stale = False
        """Whether all has to be joined anew."""
        self._changes = 0
        self._apart_by_ruling: dict[str, set[str]] = {}
        self._decided: dict[str, str] = {}
        """Id → enterprise, of the register and of rulings: what no document changes."""
        for enterprise in network.enterprises if network else ():
            self._see(enterprise.id, _Sight(REGISTERED, REGISTER, None, {}))
            self._name(enterprise.id, enterprise.name, _Sight(REGISTERED, REGISTER, None, {}))
        self._rule(rulings)
        for group in self._groups.values():
            group.owned = True
        ruled = [group.copy() for group in self._groups.values()]
        self._ruled = {one: group for group in ruled for one in group.members}
        """Id → the group that rulings made."""
        self._decided = {one: self.enterprise(one) for one in self._registered | self._ruled.keys()}

    @classmethod
    def from_documents(
        cls, documents: Iterable[TradeDocument], network: Network | None = None, rulings: Iterable[Ruling] = ()
    ) -> Directory:
        """The directory after all of the documents, in their order."""
        directory = cls(network, rulings)
        for document in documents:
            directory.learn(document)
        return directory

    def learn(self, document: TradeDocument) -> None:
        """Add what one more document says. What was learnt of a party before changes nothing."""
        for party in (document.seller, document.buyer, document.keeper):
            if party is not None and party not in self._seen:
                self._seen.add(party)
                self._see_party(party, party is issuer_of(document), document)
        author = issuer_of(document)
        if document.payee_accounts and document.type is DocumentType.INVOICE:
            author = replace(author, identifiers=(*author.identifiers, *document.payee_accounts))
        if author not in self._taught:
            self._teach(author, document)

    @property
    def version(self) -> int:
        """Grows whenever an id may be another enterprise's than before."""
        self._join_again()
        return self._changes

    def known(self, party: Party) -> str | None:
        """The enterprise by the register and by rulings alone, whatever documents say: who is its papers' author, and sees
        them. Its best id where neither knows any of its ids; None where it names two enterprises that they know."""
        if party not in self._known:
            found = self._decided_of(party)
            self._known[party] = None if len(found) > 1 else next(iter(found), str(best_identifier(party)))
        return self._known[party]

    def by_alias_alone(self, party: Party) -> bool:
        """Whether only documents say that the party is the enterprise of the register that `resolve` names."""
        answer = self.resolve(party)
        return answer in self._registered and self.known(party) != answer

    def resolve(self, party: Party) -> str:
        """The enterprise's id: the network's where any of its ids is registered, else the best of all its known ids."""
        self._join_again()
        if party not in self._resolved:
            found = self._decided_of(party)
            self._resolved[party] = (
                next(iter(found)) if len(found) == 1 else self._enterprise(str(best_identifier(party)))
            )
        return self._resolved[party]

    def _decided_of(self, party: Party) -> set[str]:
        ids = {str(one) for one in map(normalised_identifier, party.identifiers) if is_valid(one)}
        return {self._decided[one] for one in ids if one in self._decided}

    def enterprise(self, alias: str) -> str:
        """The same for one written id ``SCHEME:value``."""
        self._join_again()
        return self._enterprise(alias)

    def _enterprise(self, alias: str) -> str:
        root = self._find(alias)
        if root not in self._canonical:
            self._canonical[root] = self._answer(self._group(root))
        return self._canonical[root] or alias

    def _answer(self, group: _Group) -> str | None:
        if group.registered:
            return min(group.registered)
        identifiers = tuple(identifier_of(one) for one in sorted(group.members) if not one.startswith("NAME:"))
        return enterprise_id(Party(identifiers=identifiers)) if identifiers else None

    def reason(self, party: Party) -> str:
        """Why `resolve` answers what it answers, in one English sentence."""
        answer, own = self.resolve(party), {str(normalised_identifier(identifier)) for identifier in party.identifiers}
        if not own:
            return "it has no id, only a name, and names never decide: it stands for itself"
        if answer in own:
            return f"{answer} stands in the document" + (" and in the register" if answer in self._registered else "")
        return f"other documents, or the register, name {answer} together with one of its ids"

    def key(self, document: TradeDocument) -> str:
        """The document's key with its issuer resolved, so that another id of its seller makes no second document."""
        return document_key(document, self.resolve(issuer_of(document)))

    def aliases(self, enterprise: str) -> tuple[str, ...]:
        """All ids known of the enterprise, sorted."""
        self._join_again()
        return tuple(sorted(self._group(self._find(enterprise)).members))

    def alias_table(self, enterprise: str | None = None) -> tuple[Alias, ...]:
        """Every id and name that is known, of one enterprise (by any of its ids) or all, sorted by enterprise and alias:
        whose it is, why, since when, and the document or register entry that says so first."""
        wanted = None if enterprise is None else self.enterprise(enterprise)
        sights = [(alias, self.enterprise(alias), sight) for alias, sight in self._sights.items()]
        sights += [(f"NAME:{name}", self.enterprise(one), sight) for (one, _), (name, sight) in self._names.items()]
        return tuple(
            Alias(alias, whose, sight.template, sight.source, sight.since, sight.values)
            for alias, whose, sight in sorted(sights, key=lambda row: (row[1], row[0], row[2].source))
            if wanted in (None, whose)
        )

    def names(self) -> tuple[tuple[str, str], ...]:
        """(enterprise, a name that it goes by as written), sorted, each once."""
        return tuple(sorted({(self.enterprise(known), name) for (known, _), (name, _) in self._names.items()}))

    def may_be_one(self, left: str, right: str) -> bool:
        """Whether nothing that is registered, and no ruling, keeps the two written ids apart."""
        self._join_again()
        groups = self._groups_of((left, right))
        return not _apart(groups) and not self._ruled_apart(groups)

    @property
    def claims(self) -> Mapping[str, Sequence[str]]:
        """Id that several enterprises claim → registrations of those that do."""
        self._join_again()
        return self._claimed_by

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Attempts to join two enterprises, ids that two of them claim, and ids of two that look alike."""
        self._join_again()
        conflicts: dict[str, Finding] = {}
        for ids, document in (*self._name_two.items(), *self._refused.items()):
            left, right = self._contradiction(ids)
            error = IdentityConflict(left=left, right=right)
            conflicts.setdefault(
                f"{left} {right}", found_in(document.source, error, Severity.FLAGGED, document_key(document))
            )
        contested = (self._contested[one] for one in sorted(self._contested))
        return (*conflicts.values(), *contested, *self._looking_alike())

    # ------------------------------------------------------------------------------------------------------- learning

    def _see_party(self, party: Party, of_itself: bool, document: TradeDocument) -> None:
        source = document_key(document)
        best = str(best_identifier(party))
        ids = _ids(party) or [best]
        for one in ids:
            other = best if one != best else next((other for other in ids if other != best), None)
            if one not in self._sights:
                beside = TOGETHER if of_itself else HEARSAY
                template, values = (beside, {"other": other}) if other else (ALONE, {})
                self._see(one, _Sight(template, source, document.issue_date, values))
        if party.name:
            self._name(best, party.name, _Sight(NAMED, source, document.issue_date, {"other": best}))
        if len(ids) > 1 and _apart(self._with_ruled(ids)):
            self._name_two.setdefault(tuple(ids), document)

    def _teach(self, author: Party, document: TradeDocument) -> None:
        """What a document says of its own author: which ids it has."""
        ids = _ids(author)
        self._taught[author] = ids, document
        for one in ids if len(ids) > 1 else ():
            other = next(other for other in ids if other != one)
            sight = _Sight(TOGETHER, document_key(document), document.issue_date, {"other": other})
            self._see(one, sight)
            if self._sights[one].template == HEARSAY:  # what somebody else said first is its own word now
                self._sights[one] = sight
        if self._stale or len(ids) < 2 or tuple(ids) in self._name_two:
            return
        # What is written beside an id whose papers are not all joined may be contested as it is, however it is joined now.
        is_doubtful = any(one in self._loose or one in self._apart_by_ruling for one in ids)
        if not is_doubtful and len({self._find(one) for one in ids}) < 2:
            return
        if not is_doubtful and self._adds_alone(ids):
            self._unite(ids)
        else:
            self._stale = True
            self._changes += 1

    def _adds_alone(self, ids: list[str]) -> bool:
        """Whether the ids, of which none is doubtful, only add to one enterprise what nobody else has, so that no join of before
        changes."""
        joined: dict[bool, set[str]] = {True: set(), False: set()}
        for one in ids:
            if (root := self._find(one)) in self._groups:
                joined[self._is_owner(one)].add(root)
        owned = any(self._is_owner(one) for one in ids)
        if len(joined[True] | joined[False]) > 1 or (owned and joined[False] > joined[True]):
            return False
        groups = self._groups_of(ids)
        return not _apart(groups) and not self._ruled_apart(groups)

    def _is_owner(self, one: str) -> bool:
        """Whether the id says by itself which enterprise it is: a register, or a person, gave it."""
        return one in self._decided or _registration(one) is not None

    # The same documents in any order give the same joins, but for those that contradict each other through a third id:
    # which ids are contested follows from all that authors wrote, then registrations are joined, then what has none.

    def _join_again(self) -> None:
        if not self._stale:
            return
        self._stale = False
        self._contested.clear()
        self._claimed_by.clear()
        self._part()
        taught: dict[tuple[str, ...], TradeDocument] = {}
        for ids, document in self._taught.values():
            if len(ids) > 1 and tuple(ids) not in self._name_two:
                taught.setdefault(tuple(ids), document)
        claims = self._claims(taught)
        self._part()
        for one, owners in claims.items():
            if _apart(self._with_ruled(owners)):
                self._contest(one, owners)
        self._spread(claims, taught)
        self._join_registrations(taught)
        self._contest_linked(claims, taught)
        for one, owners in claims.items():
            if not self._is_owner(one) and one not in self._contested:
                if len({self._find(owner) for owner in owners}) > 1:
                    self._contest(one, owners)
                else:
                    self._join_taught([one, next(iter(owners))], owners[next(iter(owners))])
        for without, document in taught.items():
            if not any(map(self._is_owner, without)):
                self._join_taught(without, document)
        self._loose = {one for ids in taught if len({self._find(one) for one in ids}) > 1 for one in ids}

    def _contest_linked(self, claims: _Claims, taught: Iterable[tuple[str, ...]]) -> None:
        """Ids that authors without a registration write as their own belong together: what two enterprises claim of them is
        neither's, so that nobody takes from one what another one's id led to."""
        linked: dict[str, set[str]] = {}
        for ids in taught:
            if not any(map(self._is_owner, ids)):
                groups = [linked.get(one, {one}) for one in ids]
                largest = max(groups, key=len)
                for group in groups:
                    if group is not largest:
                        largest |= group
                        linked |= dict.fromkeys(group, largest)
                linked |= dict.fromkeys(ids, largest)
        for group in {id(group): group for group in linked.values()}.values():
            claimed = sorted(one for one in group if one in claims)
            owners = {owner: document for one in claimed for owner, document in claims[one].items()}
            if len({self._find(owner) for owner in owners}) > 1:
                for one in claimed:
                    if one not in self._contested:
                        self._contest(one, owners)

    def _spread(self, claims: _Claims, taught: Iterable[tuple[str, ...]]) -> None:
        """Who contests the id that joins another one to its enterprise must not get that one by it: contest what is claimed
        by a contested id and by another one that does not stand beside the two in all papers."""
        claimed_by: dict[str, list[str]] = {}
        for one, owners in claims.items():
            for owner in owners:
                claimed_by.setdefault(owner, []).append(one)
        written: dict[str, list[tuple[str, ...]]] = {}
        for ids in taught:
            for one in ids:
                written.setdefault(one, []).append(ids)
        spreading = list(self._contested)
        for doubtful in spreading:
            beside: dict[str, set[str]] = {}
            for ids in written[doubtful] if doubtful in claimed_by else ():
                for one in ids:
                    beside[one] = beside.get(one, set(ids)).intersection(ids)
            for one in claimed_by.get(doubtful, ()):
                if one not in self._contested and not claims[one].keys() <= beside[one] | {doubtful}:
                    self._contest(one, claims[one])
                    spreading.append(one)

    def _part(self) -> None:
        """Leave nothing joined but what rulings joined."""
        self._groups, self._parent = {}, {}
        for group in self._ruled.values():
            root = min(group.members)
            if root not in self._groups:
                self._groups[root] = group.copy()
                self._parent |= dict.fromkeys(group.members - {root}, root)
        self._refused.clear()
        self._forget()

    def _join_registrations(self, taught: Mapping[tuple[str, ...], TradeDocument]) -> None:
        for ids, document in taught.items():
            self._join_taught([one for one in ids if self._is_owner(one)], document)

    def _claims(self, taught: Mapping[tuple[str, ...], TradeDocument]) -> _Claims:
        """Id that nobody decided on → each registration that its author wrote beside it → in which document. What a person
        took away from an enterprise is claimed by none of its registrations."""
        if self._apart_by_ruling:
            self._join_registrations(taught)
        claims: dict[str, dict[str, TradeDocument]] = {}
        for ids, document in taught.items():
            for owner in filter(self._is_owner, ids):
                for one in ids:
                    if (
                        one != owner
                        and one not in self._decided
                        and not self._ruled_apart([*self._with_ruled((one,)), *self._groups_of((owner,))])
                    ):
                        claims.setdefault(one, {}).setdefault(owner, document)
        return claims

    def _contest(self, one: str, owners: Mapping[str, TradeDocument]) -> None:
        left, *others = sorted(owners)
        apart = (
            other
            for other in others
            if self._find(left) != self._find(other) or _apart((self._alone(left), self._alone(other)))
        )
        right = next(apart, others[-1])
        proofs = dict.fromkeys((document_key(owners[left]), document_key(owners[right])))
        error = IdentityContested(alias=one, left=left, right=right)
        self._contested[one] = finding_of(error, Severity.FLAGGED, documents=tuple(proofs))
        self._claimed_by[one] = tuple(owners)

    def _with_ruled(self, ids: Iterable[str]) -> list[_Group]:
        """The ids with all that rulings joined to them."""
        return [self._ruled.get(one) or self._alone(one) for one in ids]

    def _join_taught(self, ids: Sequence[str], document: TradeDocument) -> None:
        kept = [one for one in ids if one not in self._contested]
        roots = {self._find(one) for one in kept}
        if len(roots) < 2:
            return
        owned = sum(self._group(root).owned for root in roots)
        if owned > 1 and not any(map(self._is_owner, kept)):  # through what no register gives
            self._refuse(kept, document)
        else:
            self._join(kept, document)

    def _forget(self) -> None:
        self._canonical.clear()
        self._resolved.clear()
        self._changes += 1

    def _see(self, alias: str, sight: _Sight) -> None:
        if alias in self._sights:
            return
        self._sights[alias] = sight
        scheme, value = _split(alias)
        if scheme == "NAME":
            return
        looks = {skeleton(value)}
        if scheme == "TAX":  # a country's letters may stand before what poses as another's code
            looks.add(skeleton(value[2:]))
        for look in looks:
            others = self._looks.setdefault(look, [])
            self._lookalikes += [(other, alias) for other in others[:MOST_LOOKALIKES] if _split(other)[1] != value]
            others.append(alias)

    def _name(self, known: str, name: str, sight: _Sight) -> None:
        self._names.setdefault((known, normalised_name(name)), (name, sight))

    def _rule(self, rulings: Iterable[Ruling]) -> None:
        last = {(ruling.alias, ruling.enterprise): ruling for ruling in rulings}
        for ruling in last.values():
            if not ruling.belongs:
                self._apart_by_ruling.setdefault(ruling.alias, set()).add(ruling.enterprise)
        for ruling in last.values():
            if ruling.belongs and self.may_be_one(ruling.alias, ruling.enterprise):
                values = {"words": ruling.reason}
                self._see(ruling.alias, _Sight(GIVEN, PERSON, ruling.since, values))
                self._see(ruling.enterprise, _Sight(GIVEN, PERSON, ruling.since, values))
                self._unite([ruling.alias, ruling.enterprise])

    # -------------------------------------------------------------------------------------------------------- joining

    def _join(self, ids: list[str], document: TradeDocument) -> None:
        """Join them all, or none and say why; without those that a person decided not to belong here."""
        groups = self._groups_of(ids)
        if denied := self._ruled_apart(groups):
            kept = [one for one in ids if one not in denied]
            if len(kept) > 1 and len(kept) < len(ids):
                self._join(kept, document)
            return
        if not _apart(groups):
            self._unite(ids)
        else:
            self._refuse(ids, document)

    def _refuse(self, ids: Sequence[str], document: TradeDocument) -> None:
        self._refused[tuple(ids)] = document

    def _unite(self, ids: Iterable[str]) -> None:
        """The smaller groups go into the largest, so that an id moves few times."""
        first, *others = sorted(
            {self._find(one) for one in ids}, key=lambda root: (-len(self._group(root).members), root)
        )
        group = self._groups[first] = self._group(first)
        for root in others:
            self._parent[root] = first
            group.add(self._group(root))
            self._groups.pop(root, None)
        self._forget()

    def _contradiction(self, ids: Sequence[str]) -> tuple[str, str]:
        """The two enterprises that the ids name: the first pair that excludes each other, or the first and the last."""
        answers = sorted(set(map(self._enterprise, ids)))
        for position, left in enumerate(answers):
            for right in answers[position + 1 :]:
                if _apart(self._groups_of((left, right))):
                    return left, right
        return answers[0], answers[-1]

    def _ruled_apart(self, groups: Iterable[_Group]) -> set[str]:
        """Ids among them that a person decided not to belong to another one among them."""
        groups = list(groups)
        return {
            one
            for group in groups
            for one in group.denied
            if any(enterprise in other.members for enterprise in self._apart_by_ruling[one] for other in groups)
        }

    def _groups_of(self, ids: Iterable[str]) -> list[_Group]:
        return [self._group(root) for root in {self._find(one) for one in ids}]

    def _group(self, root: str) -> _Group:
        return self._groups.get(root) or self._alone(root)

    def _alone(self, one: str) -> _Group:
        registration = _registration(one)
        return _Group(
            {one}, {registration: one} if registration else {}, {one} & self._registered,
            {one} & self._apart_by_ruling.keys(), self._is_owner(one),
        )  # fmt: skip

    def _looking_alike(self) -> list[Finding]:
        found = []
        for left, right in dict.fromkeys(self._lookalikes):
            one, other = sorted((self.enterprise(left), self.enterprise(right)))
            if one != other:
                sources = sorted({self._sights[left].source, self._sights[right].source} - {REGISTER, PERSON})
                rule = IdentityLookalike(left=min(left, right), right=max(left, right))
                found.append(finding_of(rule, Severity.FLAGGED, documents=tuple(sources)))
        return found

    def _find(self, name: str) -> str:
        root = name
        while self._parent.get(root, root) != root:
            root = self._parent[root]
        while self._parent.get(name, name) != root and name != root:
            self._parent[name], name = root, self._parent[name]
        return root


def identifier_of(alias: str) -> PartyIdentifier:
    """The identifier that is written ``SCHEME:value``, in its normal form; its value is empty where that cannot be one."""
    scheme, value = _split(alias)
    if scheme.upper() == "NAME":
        return PartyIdentifier(scheme="NAME", value=normalised_name(value))
    if not scheme or not value:
        return PartyIdentifier(scheme=scheme, value="")
    return normalised_identifier(PartyIdentifier(scheme=scheme, value=value))


def _apart(groups: Iterable[_Group]) -> bool:
    """Whether the ids cannot all belong to one enterprise."""
    numbers: dict[str, str] = {}
    registered: set[str] = set()
    for group in groups:
        registered |= group.registered
        for register, number in group.registrations.items():
            if numbers.setdefault(register, number) != number:
                return True
    return len(registered) > 1


def _ids(party: Party) -> list[str]:
    """Its valid ids in their normal form, sorted."""
    return sorted({str(one) for one in map(normalised_identifier, party.identifiers) if is_valid(one)})


def _split(member: str) -> tuple[str, str]:
    """Scheme and value of a written id; the scheme of ``ICD:0088:5798`` is ``ICD:0088``."""
    scheme, _, value = member.partition(":")
    if scheme == "ICD":
        code, _, value = value.partition(":")
        scheme = f"ICD:{code}"
    return scheme, value


def _registration(member: str) -> str | None:
    """The register in which an enterprise has one number only: USCC, LEI, or a country's VAT numbers."""
    scheme, value = _split(member)
    if scheme in UNIQUE_SCHEMES:
        return scheme
    return f"VAT {value[:2]}" if scheme == "VAT" else None
