"""One enterprise has many ids: which parties of which documents are the same enterprise, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from chain.documents.aliases import ALONE, GIVEN, NAMED, PERSON, REGISTER, REGISTERED, TOGETHER, Alias, Ruling
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
from chain.documents.model import Finding, Party, PartyIdentifier, Severity, TradeDocument
from chain.documents.rules import IdentityConflict, IdentityLookalike, finding_of
from chain.network import Network

#: An enterprise has exactly one of each; two different ones are two enterprises, whatever a document says.
UNIQUE_SCHEMES = ("USCC", "LEI")

#: An id is held against so many that look like it, so that a thousand of them make no million findings.
MOST_LOOKALIKES = 8


@dataclass(frozen=True, slots=True)
class _Sight:
    """Where an id, or a name beside it, was first seen."""

    template: str
    source: str
    since: date | None
    values: dict[str, str]


class Directory:
    """Aliases learnt from documents: ids that stand together in one party belong together.

    A document can be forged, so it can only ever add ids to an enterprise, never join two: when both sides have a
    registration of their own (a USCC, an LEI, a VAT number of the same country, an entry in the network's register),
    they stay apart and the attempt becomes a finding. A party is taken whole or not at all: one that names two
    enterprises teaches nothing. Names decide nothing. The register comes first, then what persons decided (`Ruling`),
    then documents in the order in which they came; what is joined stays joined.

    The order of documents matters only where they contradict each other, or a ruling: then the first one keeps an id that
    the other claims, too. Without rulings, documents that make no `IdentityConflict` in one order make none in any, and
    every order gives the same answers.
    """

    def __init__(self, network: Network | None = None, rulings: Iterable[Ruling] = ()) -> None:
        self._parent: dict[str, str] = {}
        self._members: dict[str, set[str]] = {}
        self._registered = frozenset(enterprise.id for enterprise in network.enterprises) if network else frozenset()
        self._conflicts: dict[tuple[str, str], Finding] = {}
        self._canonical: dict[str, str] = {}
        self._sights: dict[str, _Sight] = {}
        self._names: dict[tuple[str, str], tuple[str, _Sight]] = {}
        self._looks: dict[str, list[str]] = {}
        self._lookalikes: list[tuple[str, str]] = []
        self._learnt: set[Party] = set()
        self._refused: set[tuple[str, ...]] = set()
        self._apart_by_ruling: dict[str, set[str]] = {}
        for enterprise in network.enterprises if network else ():
            self._see(enterprise.id, _Sight(REGISTERED, REGISTER, None, {}))
            self._name(enterprise.id, enterprise.name, _Sight(REGISTERED, REGISTER, None, {}))
        self._rule(rulings)

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
        """Add what one more document says. A party that was learnt before changes nothing."""
        for party in (document.seller, document.buyer, document.keeper):
            if party is not None and party not in self._learnt:
                self._learnt.add(party)
                self._learn(party, document)

    def resolve(self, party: Party) -> str:
        """The enterprise's id: the network's where any of its ids is registered, else the best of all its known ids."""
        known = str(best_identifier(party))
        if known in self._canonical:
            return self._canonical[known]
        answer = self._canonical[known] = self._answer(known, party.name)
        return answer

    def enterprise(self, alias: str) -> str:
        """The same for one written id ``SCHEME:value``."""
        if alias not in self._canonical:
            self._canonical[alias] = self._answer(alias, "")
        return self._canonical[alias]

    def _answer(self, known: str, name: str) -> str:
        members = sorted(self._members.get(self._find(known), {known}))
        if registered := [member for member in members if member in self._registered]:
            return registered[0]
        identifiers = tuple(identifier_of(member) for member in members if not member.startswith("NAME:"))
        return enterprise_id(Party(name=name, identifiers=identifiers)) if identifiers else known

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
        return tuple(sorted(self._members.get(self._find(enterprise), {enterprise})))

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
        members = self._group(self._find(left)) | self._group(self._find(right))
        return not self._apart(members) and not self._ruled_apart(members)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Attempts to join two enterprises, and ids of two that look alike."""
        return (*self._conflicts.values(), *self._looking_alike())

    # ------------------------------------------------------------------------------------------------------- learning

    def _learn(self, party: Party, document: TradeDocument) -> None:
        usable = {
            str(identifier) for identifier in map(normalised_identifier, party.identifiers) if is_valid(identifier)
        }
        best = str(best_identifier(party))
        ids = sorted(usable) or [best]
        if any(one not in self._sights for one in ids) or (best, normalised_name(party.name)) not in self._names:
            self._see_party(party, best, ids, document)
        if len({self._find(one) for one in ids}) > 1 and tuple(ids) not in self._refused:
            self._join(ids, document)

    def _see_party(self, party: Party, best: str, ids: list[str], document: TradeDocument) -> None:
        source = document_key(document)
        for one in ids:
            if one not in self._sights:
                other = best if one != best else next((other for other in ids if other != best), None)
                template, values = (TOGETHER, {"other": other}) if other else (ALONE, {})
                self._see(one, _Sight(template, source, document.issue_date, values))
        if party.name:
            self._name(best, party.name, _Sight(NAMED, source, document.issue_date, {"other": best}))

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
        members = set[str]().union(*(self._group(self._find(one)) for one in ids))
        if denied := self._ruled_apart(members):
            kept = [one for one in ids if one not in denied]
            if len(kept) > 1 and len(kept) < len(ids):
                self._join(kept, document)
            return
        if not self._apart(members):
            self._unite(ids)
            return
        self._refused.add(tuple(ids))  # what is apart stays apart, so the same again would say nothing new
        left, right = self._contradiction(ids)
        finding = finding_of(
            IdentityConflict(left=left, right=right), Severity.FLAGGED, documents=(document_key(document),)
        )
        self._conflicts.setdefault(
            (left, right), replace(finding, path=document.source.path, member=document.source.member)
        )

    def _unite(self, ids: Iterable[str]) -> None:
        roots = sorted({self._find(one) for one in ids})
        members = set[str]().union(*(self._group(root) for root in roots))
        for root in roots[1:]:
            self._parent[root] = roots[0]
            self._members.pop(root, None)
        self._members[roots[0]] = members
        self._canonical.clear()

    def _contradiction(self, ids: list[str]) -> tuple[str, str]:
        """The two enterprises that the ids name: the first pair whose groups exclude each other, or, where three are needed
        for it, the first id and the rest's last."""
        answers = sorted({self.enterprise(one) for one in ids})
        for position, left in enumerate(answers):
            for right in answers[position + 1 :]:
                if self._apart(self._group(self._find(left)) | self._group(self._find(right))):
                    return left, right
        return answers[0], answers[-1]

    def _apart(self, members: set[str]) -> bool:
        """Whether the ids cannot all belong to one enterprise."""
        registrations = [_registration(member) for member in members]
        unique = [registration for registration in registrations if registration is not None]
        return len(unique) != len(set(unique)) or len(members & self._registered) > 1

    def _ruled_apart(self, members: set[str]) -> set[str]:
        """Ids among them that a person decided not to belong to another one among them."""
        if not self._apart_by_ruling:
            return set()
        return {member for member in members if not self._apart_by_ruling.get(member, set()).isdisjoint(members)}

    def _group(self, root: str) -> set[str]:
        return self._members.get(root) or {root}

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
