"""Chain = documents: every confirmed document against the file that it was confirmed from."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chain.documents.aliases import Ruling
from chain.documents.directory import Directory
from chain.documents.identity import blinded_identity, canonical_digest, normalised_number
from chain.documents.model import DocumentType, TradeDocument
from chain.identifiers import PieceId
from chain.network import Network
from chain.verification.history import Event, History
from chain.verification.ledger import LedgerState
from chain.verification.report import Check, Difference
from chain.verification.signatures import CONFIRMATION, struct_hash
from chain.verification.words import GIVEN_BACK_STATES, Evidence, currency_name

#: What the register's number of a kind of evidence is among documents.
_KINDS = {1: DocumentType.INVOICE, 2: DocumentType.ORDER, 3: DocumentType.WAREHOUSE_RECEIPT}


@dataclass(frozen=True, slots=True)
class Paper:
    """A document by its key, with all that the files say of it."""

    key: str
    identity: bytes
    readings: tuple[TradeDocument, ...]
    """The files of this key. A second file may say the same in another format, or be a forgery: the one counts whose
    digest was confirmed."""
    credited: Mapping[str, int]
    """Currency → what the seller's credit notes take back, minor units."""


class Papers:
    """Documents by their blinded identity, computed from the files' contents and the network's key."""

    def __init__(
        self,
        documents: Iterable[TradeDocument],
        network: Network | None,
        network_key: bytes,
        rulings: Iterable[Ruling] = (),
    ) -> None:
        known = list(documents)
        self.directory = Directory.from_documents(known, network, rulings)
        readings: dict[str, list[TradeDocument]] = defaultdict(list)
        for document in known:
            readings[self.directory.key(document)].append(document)
        credited = self._credited(readings)
        self.by_identity = {
            paper.identity: paper
            for paper in (
                Paper(key, blinded_identity(key, network_key), tuple(found), credited[key])
                for key, found in readings.items()
            )
        }

    def _credited(self, readings: Mapping[str, Sequence[TradeDocument]]) -> dict[str, Counter[str]]:
        """Invoice key → currency → sum of the credit notes that name it; each credit note counts once."""
        sums: dict[str, Counter[str]] = defaultdict(Counter)
        for found in readings.values():
            note = max(found, key=lambda one: one.payable_minor or 0)  # as the matching counts it
            if note.type is not DocumentType.CREDIT_NOTE or note.currency is None or not note.payable_minor:
                continue
            seller = self.directory.resolve(note.seller)
            for reference in note.invoices[:1]:
                key = f"{DocumentType.INVOICE}|{seller}|{normalised_number(reference.number)}"
                sums[key][note.currency] += note.payable_minor
        return sums


def chain_is_documents(state: LedgerState, history: History, papers: Papers, enterprises: Mapping[int, str]) -> Check:
    """Every confirmed document is one of the files, was confirmed with exactly its digest, parties and amount, and backs
    no more than its payable less credit notes. ``enterprises``: party → enterprise id, empty when the books do not say."""
    named = {
        state.identities[identity]: paper
        for identity, paper in papers.by_identity.items()
        if state.identities.get(identity)
    }
    registered = {event["evidence"]: event for event in history.named("EvidenceRegistered")}
    naming: dict[int, list[int]] = defaultdict(list)
    for piece in state.pieces.values():
        if piece.state not in GIVEN_BACK_STATES:
            naming[piece.evidence].append(piece.id)
    parties = _Parties(enterprises)
    differences: list[Difference] = []
    payable = credited = 0
    for evidence in state.evidence.values():
        subject = _subject(evidence.id, naming[evidence.id])
        paper = named.get(evidence.id)
        if paper is None:
            differences.append(Difference(subject, "is confirmed on chain, and none of the files is that document"))
            continue
        event = registered.get(evidence.id)
        if event is None:
            continue  # said elsewhere
        if event["identity"] != paper.identity:
            differences.append(Difference(subject, "stands under another identity than it was registered with"))
        order = registered[evidence.order]["identity"] if evidence.order in registered else bytes(32)
        signed = [one for one in paper.readings if _is_what_was_signed(evidence, event, order, paper, one)]
        document = (signed or paper.readings)[0]
        payable += document.payable_minor or 0
        credited += _credit(paper, evidence)
        if not signed:
            differences.append(
                Difference(subject, "was confirmed with another content than the file of {key} has", {"key": paper.key})
            )
        differences += _held_against(subject, evidence, paper, document)
        differences += parties.learn(subject, evidence.seller, papers.directory.resolve(document.seller))
        # A warehouse receipt is its keeper's word, whoever the goods are held for.
        debtor = document.keeper if document.type is DocumentType.WAREHOUSE_RECEIPT else document.buyer
        if debtor is not None:
            differences += parties.learn(subject, evidence.buyer, papers.directory.resolve(debtor))
    return Check(
        "chain_is_documents",
        "every confirmed document is a file, and backs no more than the file says",
        {
            "documents": len(papers.by_identity),
            "confirmed": len(state.evidence),
            "payable_minor": payable,
            "credited_minor": credited,
            "face_minor": sum(evidence.face_minor for evidence in state.evidence.values()),
            "used_minor": sum(evidence.used_minor for evidence in state.evidence.values()),
        },
        tuple(differences),
    )


def _held_against(subject: str, evidence: Evidence, paper: Paper, document: TradeDocument) -> Iterator[Difference]:
    if document.type is not _KINDS.get(evidence.kind):
        yield Difference(subject, "is of another kind than the file of {key}", {"key": paper.key})
    if document.currency != currency_name(evidence.currency):
        yield Difference(subject, "has another currency than the file of {key}", {"key": paper.key})
    own = document.payable_minor or 0
    if evidence.face_minor > own:
        yield Difference(
            subject,
            "was confirmed for {face}, and the file of {key} asks for {payable}",
            {"face": evidence.face_minor, "payable": own, "key": paper.key},
        )
    credit = _credit(paper, evidence)
    if evidence.used_minor > own - credit:
        yield Difference(
            subject,
            "backs {used}, and the file of {key} asks for {payable} less {credit} in credit notes",
            {"used": evidence.used_minor, "payable": own, "credit": credit, "key": paper.key},
        )


def _is_what_was_signed(evidence: Evidence, event: Event, order: bytes, paper: Paper, document: TradeDocument) -> bool:
    """Whether the struct hash of the buyer's confirmation comes out of this very document.

    The face is taken as it was registered: an order's is less by what was invoiced since.
    """
    made = struct_hash(
        CONFIRMATION, paper.identity, canonical_digest(document), evidence.kind, event["faceMinor"],
        evidence.currency, evidence.buyer, evidence.seller, evidence.delivery_day, event["lot"], order,
        event["attestor"],
    )  # fmt: skip
    return made == evidence.commitment


def _credit(paper: Paper, evidence: Evidence) -> int:
    return paper.credited.get(currency_name(evidence.currency), 0)


class _Parties:
    """Party numbers and the enterprises that documents name must stand for each other, one to one."""

    def __init__(self, enterprises: Mapping[int, str]) -> None:
        self._enterprise: dict[int, str] = dict(enterprises)
        self._party = {enterprise: party for party, enterprise in enterprises.items()}

    def learn(self, subject: str, party: int, enterprise: str) -> Iterator[Difference]:
        known = self._enterprise.setdefault(party, enterprise)
        if known != enterprise:
            yield Difference(
                subject,
                "names {enterprise} for party {party}, which is {known} elsewhere",
                {"enterprise": enterprise, "party": party, "known": known},
            )
            return
        other = self._party.setdefault(enterprise, party)
        if other != party:
            yield Difference(
                subject,
                "names party {party} for {enterprise}, which is party {other} elsewhere",
                {"enterprise": enterprise, "party": party, "other": other},
            )


def _subject(evidence: int, pieces: Sequence[int]) -> str:
    """The evidence, and the pieces that rest on it: those are what a difference puts in doubt."""
    if not pieces:
        return f"evidence {evidence}"
    shown = ", ".join(str(PieceId.from_chain(piece)) for piece in pieces[:5])
    return f"evidence {evidence} (piece {shown}{' …' if len(pieces) > 5 else ''})"
