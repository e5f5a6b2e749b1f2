"""Take in what an enterprise sends over the API: a document is its author's word, so only its author may send it.

Order and receipt advice are the buyer's word, invoice, credit note and despatch advice the seller's, a warehouse receipt
the keeper's, an assignment the assignee's. If anybody could send all of them, a seller could invent the order and the
receipt that prove its own invoice, and the buyer's key in custody would confirm it. An assignment takes an invoice from
its seller on the assignee's word, so only a bank sends one. The operator sends on behalf of others, as their
interchange does; that this rests on the operator, the threat model says.

Who the author is, the register and persons' rulings say (`Directory.known`): if documents could, one that writes
another's id beside its sender's would make its sender the author of what is the other's.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256

from chain.commands.ingest import keep_upload
from chain.commands.permissions import Action
from chain.commands.seen.current import CurrentTrade
from chain.commands.seen.documents import FindingSeen, file_name, finding_shown
from chain.commands.seen.viewer import Viewer
from chain.commands.workspace import Home
from chain.documents.directory import Directory
from chain.documents.identity import best_identifier, issuer_of
from chain.documents.mapping import TableMapping, load
from chain.documents.model import DocumentType, Finding, Frozen, Severity
from chain.documents.reading import FileOutcome, ReadingLimits, read_apart, read_file
from chain.documents.rules import DocumentsTooLong, FileTooCostly, TooManyDocuments, finding_of
from chain.errors import DocumentRefused
from chain.network import Role

NAME_LETTERS = 200
#: Documents in all files of a request: nobody's papers wait longer for another's than reading and matching these takes.
MOST_DOCUMENTS = 5_000
#: Lines of these, rows of tables for each document that they are mapped to, and what there is to say of them: some seconds.
MOST_LINES = 100_000
#: A larger file is read in a process of its own, which takes a second to begin.
SMALL_BYTES = 256 * 1024
#: Memory and processor time of that process.
BYTES, SECONDS = 1 << 30, 60


class NotYourDocument(DocumentRefused):
    message = "{number} is the word of {author}, and only its author may send it"
    next_step = "let its author send it, or the operator on its behalf"


class TooManyAtOnce(DocumentRefused):
    message = "with this file the request holds more than {limit} documents, or {lines} lines and rows of them; send it in parts"
    next_step = "send it in parts"


class NotAFundersClaim(DocumentRefused):
    message = "{number} gives {author} a receivable, and {author} is no bank of this network"
    next_step = "let the operator send it, which can ask the register"


class NotABanksStatement(DocumentRefused):
    message = "{number} says in the name of {author} that money moved, and {author} is no bank of this network"
    next_step = "let the bank that booked the payment send it, or the operator"


class NotAKeepersReceipt(DocumentRefused):
    message = "{number} says in the name of {author} that goods are in store, and {author} is no keeper of this network"
    next_step = "let the keeper of the goods send it, or the operator"


#: Papers that only those in an office may send, which the register knows: who is asked, and what is said to others.
OFFICES: dict[DocumentType, tuple[Role, type[DocumentRefused]]] = {
    DocumentType.ASSIGNMENT: (Role.BANK, NotAFundersClaim),
    DocumentType.PAYMENT: (Role.BANK, NotABanksStatement),
    DocumentType.WAREHOUSE_RECEIPT: (Role.KEEPER, NotAKeepersReceipt),
}


class FileSeen(Frozen):
    """What became of one file that was sent. A file is taken whole, or not at all."""

    name: str
    sha256: str
    format: str
    read: bool
    documents: tuple[str, ...]
    """Keys of the documents that were taken."""
    findings: tuple[FindingSeen, ...]


def upload(
    home: Home, current: CurrentTrade, viewer: Viewer, files: Iterable[tuple[str, bytes]], language: str,
    mapping: bytes | None = None,
) -> list[FileSeen]:  # fmt: skip
    """Read (name, content) pairs; one outcome a file, in their order. Nothing that cannot be read stops the rest, but the
    file with which they hold more than `MOST_DOCUMENTS`, or `MOST_LINES` of these, or that takes more than `BYTES` or
    `SECONDS`, is refused, and those after it are, unread.
    ``mapping``: what the columns of tables among them mean, TOML or JSON (`chain.documents.mapping`).

    Raises NotPermitted, MappingBroken.
    """
    viewer.must(Action.SEND_DOCUMENTS)
    mapped = None if mapping is None else load(mapping)
    directory = current.get().trade.directory
    outcomes, left, lines = [], MOST_DOCUMENTS, MOST_LINES
    for given, content in files:
        # The same bytes under the same name from two senders are two files: each reads its own findings.
        path = f"{viewer.enterprise}/{_plain_name(given)}"
        read = _read(home, path, content, left, lines, mapped)
        others = _beyond(read) or (() if viewer.operates else _of_others(directory, viewer, read))
        left = 0 if _beyond(read) or _is_too_costly(read) else left - max(1, len(read.contents))
        lines -= sum(outcome.lines for outcome in read.contents)
        if not others:
            keep_upload(home, directory, viewer.enterprise, read, content, mapped)
        outcomes.append(_seen(directory, read, others, language))
    return outcomes


def _read(home: Home, path: str, content: bytes, left: int, lines: int, mapping: TableMapping | None) -> FileOutcome:
    """The file, as long as it holds no more than what is ``left`` of the request's documents and of their ``lines``."""
    if left > 0:
        limits = ReadingLimits(
            file_bytes=home.settings.max_file_bytes,
            parts=left,
            lines=lines,
            process_bytes=BYTES,
            process_seconds=SECONDS,
        )
        return (read_file if len(content) <= SMALL_BYTES else read_apart)(path, content, limits, mapping)
    refusal = replace(finding_of(TooManyDocuments(limit=left), Severity.REFUSED), path=path)
    return FileOutcome(path, sha256(content).hexdigest(), len(content), "unknown", refusals=(refusal,))


def _beyond(outcome: FileOutcome) -> tuple[Finding, ...]:
    """What is said of a file with which there are too many documents, or too many lines of them; nothing of any other."""
    if not {TooManyDocuments.__name__, DocumentsTooLong.__name__} & {finding.rule for finding in outcome.refusals}:
        return ()
    error = TooManyAtOnce(limit=MOST_DOCUMENTS, lines=MOST_LINES)
    return (replace(finding_of(error, Severity.REFUSED), path=outcome.path),)


def _is_too_costly(outcome: FileOutcome) -> bool:
    return any(finding.rule == FileTooCostly.__name__ for finding in outcome.refusals)


def _of_others(directory: Directory, viewer: Viewer, outcome: FileOutcome) -> tuple[Finding, ...]:
    found = []
    for document in outcome.documents:
        author = directory.known(issuer_of(document))
        error: DocumentRefused | None = None
        if author != viewer.enterprise:
            # As the paper writes it: whose a written id is, who sends a paper is not told.
            error = NotYourDocument(number=document.number, author=str(best_identifier(issuer_of(document))))
        elif (office := OFFICES.get(document.type)) and office[0] not in viewer.roles:
            error = office[1](number=document.number, author=author)
        if error is not None:
            finding = finding_of(error, Severity.REFUSED)
            found.append(replace(finding, path=document.source.path, member=document.source.member))
    return tuple(found)


def _seen(directory: Directory, outcome: FileOutcome, others: tuple[Finding, ...], language: str) -> FileSeen:
    return FileSeen(
        name=str(file_name(outcome.path)), sha256=outcome.sha256, format=outcome.format, read=outcome.read and not others,
        documents=() if others else tuple(directory.key(document) for document in outcome.documents),
        findings=tuple(finding_shown(finding, language) for finding in others or outcome.findings),
    )  # fmt: skip


def _plain_name(name: str) -> str:
    """The file's own name without folders, control characters and directions of writing; it is only ever shown."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(
        character for character in last if unicodedata.category(character)[0] not in "CZ" or character == " "
    )
    return plain.strip()[:NAME_LETTERS] or "unnamed"
