"""One enterprise has many ids: which parties of which documents are the same enterprise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from chain.documents.identity import (
    best_identifier,
    document_key,
    enterprise_id,
    is_valid,
    issuer_of,
    normalised_identifier,
)
from chain.documents.model import Finding, Party, PartyIdentifier, Severity, TradeDocument
from chain.documents.rules import IdentityConflict, finding_of
from chain.network import Network

#: An enterprise has exactly one of each; two different ones are two enterprises, whatever a document says.
UNIQUE_SCHEMES = ("USCC", "LEI")


class Directory:
    """Aliases learnt from documents: ids that stand together in one party belong together.

    A document can be forged, so it can only ever add ids to an enterprise, never join two: when both sides have a
    registration of their own (a USCC, an LEI, a VAT number of the same country, an entry in the network's register),
    they stay apart and the attempt becomes a finding. Names decide nothing.
    """

    def __init__(self, network: Network | None = None) -> None:
        self._parent: dict[str, str] = {}
        self._members: dict[str, set[str]] = {}
        self._registered = frozenset(enterprise.id for enterprise in network.enterprises) if network else frozenset()
        self._conflicts: dict[tuple[str, str], Finding] = {}
        self._canonical: dict[str, str] = {}

    @classmethod
    def from_documents(cls, documents: Iterable[TradeDocument], network: Network | None = None) -> Directory:
        """The directory after all of the documents, in their order."""
        directory = cls(network)
        for document in documents:
            directory.learn(document)
        return directory

    def learn(self, document: TradeDocument) -> None:
        """Add what one more document says. A party that was learnt before changes nothing."""
        for party in (document.seller, document.buyer, document.keeper):
            if party is not None:
                self._learn(party, document)

    def resolve(self, party: Party) -> str:
        """The enterprise's id: the network's where any of its ids is registered, else the best of all its known ids."""
        known = str(best_identifier(party))
        if known in self._canonical:
            return self._canonical[known]
        members = sorted(self._members.get(self._find(known), {known}))
        registered = [member for member in members if member in self._registered]
        identifiers = tuple(
            PartyIdentifier(scheme=scheme, value=value) for scheme, value in map(_split, members) if scheme != "NAME"
        )
        answer = registered[0] if registered else enterprise_id(Party(name=party.name, identifiers=identifiers))
        self._canonical[known] = answer
        return answer

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

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Attempts to join two enterprises."""
        return tuple(self._conflicts.values())

    def _learn(self, party: Party, document: TradeDocument) -> None:
        usable = [identifier for identifier in map(normalised_identifier, party.identifiers) if is_valid(identifier)]
        names = sorted({str(identifier) for identifier in usable}) or [str(best_identifier(party))]
        for other in names[1:]:
            self._join(names[0], other, document)

    def _join(self, left: str, right: str, document: TradeDocument) -> None:
        left_root, right_root = sorted((self._find(left), self._find(right)))
        if left_root == right_root:
            return
        members = self._members.setdefault(left_root, {left_root}) | self._members.setdefault(right_root, {right_root})
        if self._apart(members):
            finding = finding_of(
                IdentityConflict(left=left, right=right), Severity.FLAGGED, documents=(document_key(document),)
            )
            self._conflicts.setdefault(
                (left, right),
                replace(finding, path=document.source.path, member=document.source.member),
            )
            return
        self._parent[right_root] = left_root
        self._members[left_root] = members
        self._canonical.clear()

    def _apart(self, members: set[str]) -> bool:
        """Whether the ids cannot all belong to one enterprise."""
        registrations = [_registration(member) for member in members]
        unique = [registration for registration in registrations if registration is not None]
        return len(unique) != len(set(unique)) or len(members & self._registered) > 1

    def _find(self, name: str) -> str:
        root = name
        while self._parent.get(root, root) != root:
            root = self._parent[root]
        while self._parent.get(name, name) != root and name != root:
            self._parent[name], name = root, self._parent[name]
        return root


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
