"""Read trade documents: every file found is read or refused with a reason, whatever it is; nothing stops the batch.

`read_documents` walks folders and reads in parallel; `read_file` reads one upload. Which format a file has is told by
its content alone (`chain.documents.formats`), never by its name.
"""

from __future__ import annotations

import codecs
import hashlib
import os
import resource
import signal
import stat
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import msgspec
from lxml import etree

from chain.documents import archive, china_ofd, formats, ledger, ofd, parquet, pdf, safe_xml
from chain.documents.identity import canonical_digest, document_key
from chain.documents.mapping import TableMapping
from chain.documents.model import Finding, Severity, Source, TradeDocument
from chain.documents.node import local_name, namespace
from chain.documents.rules import (
    ArchiveUnsafe,
    DocumentRule,
    DocumentsTooLong,
    FileEmpty,
    FileTooCostly,
    FileTooLarge,
    FileUnreadable,
    FormatNotSupported,
    HoldsNoDocument,
    SchemaViolated,
    TooManyDocuments,
    finding_of,
)
from chain.errors import NotFound

Progress = Callable[[int, int], None]
"""Called with (files done, files found)."""


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What is refused for its size alone."""

    file_bytes: int = 20 * 1024 * 1024
    """A larger file, or member of an archive, is not read."""
    archive_members: int = 10_000
    archive_bytes: int = 256 * 1024 * 1024
    """Unpacked, all members together, and what is packed in these once more."""
    archive_ratio: int = 200
    """Unpacked size over packed size."""
    inside_documents: int = 10_000
    """Documents in one rule test set."""
    parts: int = 200_000
    """Documents in one file: an archive with all that is in its members, a table, JSON lines, Parquet."""
    lines: int = 1_000_000
    """Lines of all documents in one file, rows of tables, and all that there is to say of them, together."""
    process_bytes: int = 3 << 30
    process_seconds: int = 120
    """Memory and processor time of a process that reads one file alone (`read_apart`)."""
    parallel_from: int = 2_000
    """Fewer files, or members of an archive, are read in this process (about 2 ms each): starting others takes longer."""


@dataclass(frozen=True, slots=True)
class DocumentOutcome:
    """What became of one document: the file itself, or (``member``) one inside it."""

    member: str | None
    format: str
    document: TradeDocument | None
    findings: tuple[Finding, ...] = ()
    key: str = ""
    """`document_key` of the document."""
    digest: bytes = b""
    """`canonical_digest` of the document."""
    rows: int = 0
    """Rows of a table that it was read from."""

    @property
    def read(self) -> bool:
        return self.document is not None

    @property
    def lines(self) -> int:
        """What counts of it against `ReadingLimits.lines`."""
        return max(self.rows, len(self.document.lines) if self.document else 0) + len(self.findings)


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one file. A container (test set, archive) that could be opened is read, whatever its inside is."""

    path: str
    sha256: str
    size: int
    format: str
    contents: tuple[DocumentOutcome, ...] = ()
    refusals: tuple[Finding, ...] = ()
    """Why the file as such is refused; empty when it was read."""
    container: bool = False
    known: bool = False
    """It was not parsed: the same bytes stood under this path before."""
    passed_over: int = 0
    """Members that are nobody's document, see `archive.left_by_a_system`."""

    @property
    def read(self) -> bool:
        return not self.refusals and (self.container or any(outcome.read for outcome in self.contents))

    @property
    def documents(self) -> tuple[TradeDocument, ...]:
        return tuple(outcome.document for outcome in self.contents if outcome.document is not None)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.refusals + tuple(finding for outcome in self.contents for finding in outcome.findings)


PACK = msgspec.msgpack.Encoder().encode
UNPACK = msgspec.msgpack.Decoder(FileOutcome).decode
UNPACK_DOCUMENTS = msgspec.msgpack.Decoder(list[DocumentOutcome]).decode

#: Members of an archive in one task of a process, at most, and so many bytes or one more member.
TASK_MEMBERS, TASK_BYTES = 64, 4 << 20
#: Tasks of each process that are unpacked and wait.
TASKS_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Counts:
    """found = read + refused, for files; and apart from them for documents inside files."""

    found: int
    read: int
    refused: int
    inside_found: int
    inside_read: int
    inside_refused: int
    by_type: dict[str, int]
    """Documents taken, by type."""
    by_rule: dict[str, int]
    """Files and documents refused, by the rule of their first refusal."""


@dataclass(frozen=True)
class Batch:
    """The outcome of every file, in the order in which the files were found."""

    outcomes: tuple[FileOutcome, ...]

    @cached_property
    def documents(self) -> tuple[TradeDocument, ...]:
        """All documents taken."""
        return tuple(document for outcome in self.outcomes for document in outcome.documents)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Everything to say about them, refusals included."""
        return tuple(finding for outcome in self.outcomes for finding in outcome.findings)

    @cached_property
    def counts(self) -> Counts:
        read = sum(outcome.read for outcome in self.outcomes)
        inside = [content for outcome in self.outcomes if outcome.container for content in outcome.contents]
        inside_read = sum(content.read for content in inside)
        refused = [outcome.findings for outcome in self.outcomes if not outcome.read]
        refused += [content.findings for content in inside if not content.read]
        return Counts(
            found=len(self.outcomes), read=read, refused=len(self.outcomes) - read,
            inside_found=len(inside), inside_read=inside_read, inside_refused=len(inside) - inside_read,
            by_type=dict(sorted(Counter(str(document.type) for document in self.documents).items())),
            by_rule=dict(sorted(Counter(map(_first_refusal, refused)).items())),
        )  # fmt: skip


def read_documents(
    paths: Iterable[str | os.PathLike[str]],
    *,
    limits: ReadingLimits | None = None,
    progress: Progress | None = None,
    processes: int | None = None,
    mapping: TableMapping | None = None,
) -> Batch:
    """Read files and folders (walked in sorted order). Raises NotFound for a path that does not exist; everything else
    that can go wrong is a finding. ``processes`` None: one a core where there are many files. ``mapping``: what the
    columns of tables mean; without it tables are refused."""
    names = list(find_files(paths))
    outcomes = []
    for done, outcome in enumerate(read_each(names, limits=limits, processes=processes, mapping=mapping), start=1):
        outcomes.append(outcome)
        if progress is not None:
            progress(done, len(names))
    return Batch(tuple(outcomes))


def read_each(
    names: Sequence[str],
    *,
    limits: ReadingLimits | None = None,
    processes: int | None = None,
    known: Mapping[str, frozenset[str]] | None = None,
    mapping: TableMapping | None = None,
) -> Iterator[FileOutcome]:
    """Read files one after another, in their order, as they are asked for. A file whose SHA-256 is among those that
    ``known`` has for its path is not parsed again: its outcome is `FileOutcome.known`."""
    limits, known = limits or ReadingLimits(), known or {}
    most = processes or min(os.cpu_count() or 1, 8)
    workers = most if processes or len(names) >= limits.parallel_from else 1
    digests = [known.get(shown(name), frozenset()) for name in names]
    done = 0
    if workers > 1:
        # 'spawn', since a fork of a process with threads (the API) may hang. An interrupt is the parent's to answer.
        pool = ProcessPoolExecutor(workers, get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN))
        try:
            for packed in pool.map(partial(_read_packed, limits=limits, mapping=mapping), names, digests, chunksize=64):
                done += 1
                yield UNPACK(packed)
        except BrokenProcessPool:
            pass  # somebody killed a worker, or the calling script has no main guard: go on here
        finally:
            pool.shutdown(cancel_futures=True)
    yield from map(partial(read_path, limits=limits, mapping=mapping, processes=most), names[done:], digests[done:])


def _read_packed(path: str, known: frozenset[str], limits: ReadingLimits, mapping: TableMapping | None = None) -> bytes:
    """`read_path` in MessagePack: to pickle the outcome would take as long as to read the document."""
    return PACK(read_path(path, known, limits=limits, mapping=mapping))


def find_files(paths: Iterable[str | os.PathLike[str]], passed_over: list[str] | None = None) -> Iterator[str]:
    """Every file once, folders in sorted order and links to folders not followed. What `archive.left_by_a_system` in a folder
    is none; its name goes to ``passed_over``. Raises NotFound."""
    seen: set[tuple[int, int]] = set()
    for path in (str(os.fspath(path)) for path in paths):
        if not os.path.lexists(path):
            raise NotFound(what="file or folder", id=path)
        folder = os.path.isdir(path)
        for name in _walk(path) if folder else (path,):
            if folder and archive.left_by_a_system(os.path.relpath(name, path)):
                if passed_over is not None:
                    passed_over.append(name)
                continue
            try:
                status = os.stat(name)
            except OSError:
                yield name  # a dangling link: found, and refused when it is opened
                continue
            if (status.st_dev, status.st_ino) not in seen or status.st_nlink > 1:
                seen.add((status.st_dev, status.st_ino))
                yield name


def _walk(folder: str) -> Iterator[str]:
    for root, folders, files in os.walk(folder):
        folders.sort()
        # By the name without its ending, so that 'a.xml' comes before 'a-copy.xml', as people expect.
        yield from (os.path.join(root, name) for name in sorted(files, key=os.path.splitext))


def shown(path: str) -> str:
    """The path as outcomes and findings write it; one that is no UTF-8 can be told apart all the same."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def read_path(
    path: str,
    known: frozenset[str] = frozenset(),
    *,
    limits: ReadingLimits | None = None,
    mapping: TableMapping | None = None,
    processes: int = 1,
) -> FileOutcome:
    """Read one file of the file system; only a regular file is opened (a pipe would block for ever). Its bytes are not
    looked into when their SHA-256 is ``known``. ``processes``: see `read_file`."""
    limits = limits or ReadingLimits()
    name = shown(path)
    try:
        # A pipe without a writer would block for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return _refused(name, b"", "unknown", FileUnreadable(reason="it is no regular file"))
            if status.st_size > limits.file_bytes:
                refusal = FileTooLarge(bytes=status.st_size, limit=limits.file_bytes)
                return _refused(name, b"", "unknown", refusal, size=status.st_size)
            # One byte more than there are shows whether somebody is still writing.
            content = os.read(descriptor, status.st_size + 1)
        finally:
            os.close(descriptor)
    except OSError as error:
        return _refused(name, b"", "unknown", FileUnreadable(reason=error.strerror or type(error).__name__))
    if len(content) != status.st_size:
        return _refused(name, b"", "unknown", FileUnreadable(reason="its size changed while it was read"))
    if known and (digest := _sha256(content)) in known:
        return FileOutcome(name, digest, len(content), "known before", known=True)
    return read_file(name, content, limits, mapping, processes)


def read_file(
    name: str, content: bytes, limits: ReadingLimits | None = None, mapping: TableMapping | None = None, processes: int = 1
) -> FileOutcome:  # fmt: skip
    """Read one file from its bytes. ``name`` is only what findings call it. The members of an archive of many are read by
    so many ``processes``, and come in the archive's order all the same."""
    limits = limits or ReadingLimits()
    room = archive.Room(limits.archive_bytes)
    return replace(_read_file(name, content, limits, mapping, room, processes), passed_over=room.passed_over)


def read_apart(name: str, content: bytes, limits: ReadingLimits, mapping: TableMapping | None = None) -> FileOutcome:
    """The same in a process of its own, which the system ends where it asks for too much memory or time; nobody waits in this
    one while the file is parsed."""
    if content.startswith(parquet.MAGIC):  # which is read so anyhow
        return read_file(name, content, limits, mapping)
    packed = _apart(_file_packed, name, content, limits, mapping)
    return UNPACK(packed) if packed is not None else _refused(name, content, "unknown", FileTooCostly())


def _read_file(
    name: str, content: bytes, limits: ReadingLimits, mapping: TableMapping | None, room: archive.Room, processes: int = 1
) -> FileOutcome:  # fmt: skip
    """The same of a member of an archive, which takes of the archive's ``room``."""
    if len(content) > limits.file_bytes:
        return _refused(name, content, "unknown", FileTooLarge(bytes=len(content), limit=limits.file_bytes))
    if content.startswith(archive.MAGIC):
        return _read_archive(name, content, limits, mapping, room, processes)
    if content.startswith(pdf.MAGIC):
        return _read_pdf(name, content, limits, room)
    if content.startswith(parquet.MAGIC):
        return _read_parquet(name, content, limits)
    source = _source(name, None, content)
    try:
        if not content or content.isspace():
            raise FileEmpty()
        if _is_ofx(content) or not safe_xml.looks_like_xml(content):
            if formats.is_json_lines(content):
                return _read_json_lines(name, content, limits)
            found, loaded = _of_text(content)
            if mapping is not None and found.name in formats.MAYBE_TABLES:
                found = formats.of_csv(mapping, limits.lines)
            return _whole(source, len(content), found, loaded, limits)
        root = formats.unwrapped(safe_xml.parse(content))
    except DocumentRule as error:
        return _refused(name, content, "unknown", error)
    if formats.is_test_set(root):
        return _read_test_set(name, content, root, limits)
    return _whole(source, len(content), formats.of_xml(root), root, limits, f"line {root.sourceline}")


# ------------------------------------------------------------------------------------------------------ single documents


def _read_xml(source: Source, root: etree._Element) -> DocumentOutcome:
    return _outcome(source, formats.of_xml(root), root, f"line {root.sourceline}")


def _of_text(content: bytes) -> tuple[formats.Format, object]:
    """JSON, or a format that is refused, and what its parser takes. Raises DocumentRule when it is JSON and broken."""
    if content.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1] not in (b"{", b"["):
        return formats.of_other(content), content
    loaded = formats.load_json(content)
    return formats.of_json(loaded), loaded


def _outcome(source: Source, found: formats.Format, content: object, place: str | None = None) -> DocumentOutcome:
    """Parse in the found format, and name file, member and document in every finding."""
    source = Source(source.path, source.member, found.name, source.sha256)
    document: TradeDocument | None = None
    findings: tuple[Finding, ...] = ()
    if found.parse is None:
        error = found.refusal or SchemaViolated(field="/", reason="no reader")
        findings = (finding_of(error, Severity.REFUSED, place),)
    else:
        try:
            parsed = found.parse(content, source)
            document, findings = parsed.document, parsed.findings
        except DocumentRule as error:
            findings = (finding_of(error, Severity.REFUSED, place),)
    rows = len(content.rows) if isinstance(content, ledger.Rows) else 0
    if document is None:
        findings = tuple(replace(one, path=source.path, member=source.member) for one in findings)
        return DocumentOutcome(source.member, found.name, None, findings, rows=rows)
    key, digest = document_key(document), canonical_digest(document)
    findings = tuple(replace(one, path=source.path, member=source.member, documents=(key,)) for one in findings)
    return DocumentOutcome(source.member, found.name, document, findings, key, digest, rows)


def _is_ofx(content: bytes) -> bool:
    return content[:4000].lstrip(b"\xef\xbb\xbf \t\r\n")[:5].upper() == b"<OFX>"


# ------------------------------------------------------------------------------------------------------------ containers


def _whole(
    source: Source, size: int, found: formats.Format, content: object, limits: ReadingLimits, place: str | None = None
) -> FileOutcome:
    """A file of one document, or of one format that holds several."""
    try:
        if found.split is None:
            (outcome,) = _bounded([_outcome(source, found, content, place)], limits)
            return _single(source, size, outcome)
        outcomes = _parts(source, found, content, limits)
    except DocumentRule as error:
        return FileOutcome(source.path, source.sha256, size, found.name, refusals=(_refusal(source, error),))
    return FileOutcome(source.path, source.sha256, size, found.name, outcomes, container=True)


def _parts(
    source: Source, found: formats.Format, content: object, limits: ReadingLimits
) -> tuple[DocumentOutcome, ...]:
    """Each part is a document of its own. Raises DocumentRule when there is none, or too many."""
    assert found.split is not None
    within = f"{source.member}!" if source.member else ""
    parts = (_outcome(replace(source, member=f"{within}{place}"), found, part) for place, part in found.split(content))
    outcomes = _bounded(parts, limits)
    if not outcomes:
        raise HoldsNoDocument()
    return outcomes


def _bounded(outcomes: Iterable[DocumentOutcome], limits: ReadingLimits) -> tuple[DocumentOutcome, ...]:
    """All of them, as long as the memory holds them: a packed file may say a thousand times what it is long. A member that
    alone holds more than the file may is not passed by, or many of these would be read in vain. Raises TooManyDocuments,
    DocumentsTooLong."""
    found: list[DocumentOutcome] = []
    lines = 0
    too_many, too_long = TooManyDocuments(limit=limits.parts), DocumentsTooLong(limit=limits.lines)
    for outcome in outcomes:
        for refusal in (too_many, too_long):
            if any((one.rule, one.values) == (refusal.rule, refusal.values) for one in outcome.findings):
                raise refusal
        if len(found) == limits.parts:
            raise too_many
        lines += outcome.lines
        if lines > limits.lines:
            raise too_long
        found.append(outcome)
    return tuple(found)


def _read_test_set(name: str, content: bytes, root: etree._Element, limits: ReadingLimits) -> FileOutcome:
    return _contained(name, content, "test set", _of_test_set(name, root, limits), limits)


def _of_test_set(name: str, root: etree._Element, limits: ReadingLimits) -> Iterator[DocumentOutcome]:
    """Every element of another namespace inside a ``test`` is a document of its own."""
    count = 0
    for position, test in enumerate(root.iterfind(f"{{{formats.TEST_SET_NAMESPACE}}}test"), start=1):
        for inner in test:
            if isinstance(inner.tag, str) and namespace(inner) != formats.TEST_SET_NAMESPACE:
                if count == limits.inside_documents:
                    raise TooManyDocuments(limit=limits.inside_documents)
                count += 1
                member = f"test[{position}]/{local_name(inner)}"
                yield _read_xml(_source(name, member, etree.tostring(inner, with_tail=False)), inner)


def _read_json_lines(name: str, content: bytes, limits: ReadingLimits) -> FileOutcome:
    return _contained(name, content, "JSON lines", _of_json_lines(name, content, limits), limits)


def _of_json_lines(name: str, content: bytes, limits: ReadingLimits) -> Iterator[DocumentOutcome]:
    """Each line that is not blank is a JSON document of its own."""
    for position, line in enumerate(content.removeprefix(codecs.BOM_UTF8).splitlines(), start=1):
        if not line or line.isspace():
            continue
        source = _source(name, f"line {position}", line)
        try:
            found, loaded = _of_text(line)
            yield from _parts(source, found, loaded, limits) if found.split else (_outcome(source, found, loaded),)
        except DocumentRule as error:
            yield DocumentOutcome(source.member, "JSON", None, (_refusal(source, error),))


def _contained(
    name: str, content: bytes, format_name: str, outcomes: Iterable[DocumentOutcome], limits: ReadingLimits
) -> FileOutcome:
    """A container of these, which is refused when there are none, or too many."""
    try:
        contents = _bounded(outcomes, limits)
        if not contents:
            raise HoldsNoDocument()
    except DocumentRule as error:
        return _refused(name, content, format_name, error)
    return FileOutcome(name, _sha256(content), len(content), format_name, contents, container=True)


def _read_archive(
    name: str, content: bytes, limits: ReadingLimits, mapping: TableMapping | None, room: archive.Room, processes: int
) -> FileOutcome:
    if (what := archive.container(content)) == archive.OFD:
        return _read_ofd(name, content, limits, room)
    if what == archive.XLSX:
        return _read_workbook(name, content, limits, mapping, room)
    if what:
        return _refused(name, content, "container", FormatNotSupported(what=what))
    members = _members(content, limits, room)
    if processes < 2 or archive.count(content) < limits.parallel_from:
        one_by_one = (outcome for member in members for outcome in _read_member(name, member, limits, mapping, room))
        return _contained(name, content, "zip archive", one_by_one, limits)
    pool = ProcessPoolExecutor(processes, get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN))
    try:
        inside = _read_together(pool, processes, name, members, limits, mapping, room)
        return _contained(name, content, "zip archive", inside, limits)
    finally:
        pool.shutdown(cancel_futures=True)


def _read_together(
    pool: ProcessPoolExecutor, processes: int, name: str, members: Iterable[archive.Member], limits: ReadingLimits,
    mapping: TableMapping | None, room: archive.Room,
) -> Iterator[DocumentOutcome]:  # fmt: skip
    """The members in their order, and never more than a few tasks of them at once. What unpacks further takes of the ``room``
    when its turn comes, so it is read here."""
    waiting: deque[Callable[[], Sequence[DocumentOutcome]]] = deque()
    for group in _tasks(members):
        if _stays_here(group[0]):
            outcomes = _read_members(name, group, limits, mapping, room)
            waiting.append(partial(tuple, outcomes))
        else:
            task = partial(_read_members, name, group, limits, mapping, archive.Room(0))
            waiting.append(partial(_answer, _submitted(pool, task), task))
        if len(waiting) > processes * TASKS_AHEAD:
            yield from waiting.popleft()()
    while waiting:
        yield from waiting.popleft()()


def _tasks(members: Iterable[archive.Member]) -> Iterator[list[archive.Member]]:
    """Members side by side, as many as make a task; one that stays here alone."""
    group: list[archive.Member] = []
    for member in members:
        here = _stays_here(member)
        if group and (here or len(group) == TASK_MEMBERS or sum(len(one.content) for one in group) > TASK_BYTES):
            yield group
            group = []
        group.append(member)
        if here:
            yield group
            group = []
    if group:
        yield group


def _stays_here(member: archive.Member) -> bool:
    return member.refusal is not None or member.content.startswith((*archive.MAGIC, pdf.MAGIC, parquet.MAGIC))


def _read_members(
    name: str, members: Sequence[archive.Member], limits: ReadingLimits, mapping: TableMapping | None, room: archive.Room
) -> list[DocumentOutcome]:  # fmt: skip
    return [outcome for member in members for outcome in _read_member(name, member, limits, mapping, room)]


def _pack(task: Callable[[], list[DocumentOutcome]]) -> bytes:
    return PACK(task())


def _submitted(pool: ProcessPoolExecutor, task: Callable[[], list[DocumentOutcome]]) -> Future[bytes] | None:
    try:
        return pool.submit(_pack, task)
    except BrokenProcessPool:
        return None


def _answer(submitted: Future[bytes] | None, task: Callable[[], list[DocumentOutcome]]) -> list[DocumentOutcome]:
    """What a process read; where somebody killed it, the same is read here."""
    try:
        return task() if submitted is None else UNPACK_DOCUMENTS(submitted.result())
    except BrokenProcessPool:
        return task()


def _members(content: bytes, limits: ReadingLimits, room: archive.Room) -> Iterator[archive.Member]:
    return archive.members(
        content, room, most_members=limits.archive_members, most_bytes=limits.file_bytes, most_ratio=limits.archive_ratio
    )  # fmt: skip


def _read_ofd(name: str, content: bytes, limits: ReadingLimits, room: archive.Room) -> FileOutcome:
    """A package of one invoice; its source is the attached XML where there is one, else the package's first file."""
    files: dict[str, bytes] = {}
    try:
        for member in _members(content, limits, room):
            if member.name in files:
                raise ArchiveUnsafe(reason="the member {name} stands twice", name=member.name[:80])
            if member.refusal is None and member.name.endswith(".xml"):
                files[member.name] = member.content
        package = ofd.package(files)
        inside, xml = china_ofd.attached_invoice(package) or (archive.OFD_ENTRY, files[archive.OFD_ENTRY])
    except DocumentRule as error:
        return _refused(name, content, "OFD", error)
    outcome = _outcome(_source(name, inside, xml), formats.OFD, package)
    return _single(_source(name, None, content), len(content), outcome)


def _read_workbook(
    name: str, content: bytes, limits: ReadingLimits, mapping: TableMapping | None, room: archive.Room
) -> FileOutcome:
    """Its parts are bounded like those of any archive before anything opens them."""
    if mapping is None:
        return _refused(name, content, "XLSX", FormatNotSupported(what=formats.WITHOUT_MAPPING))
    parts: dict[str, bytes] = {}
    try:
        for member in _members(content, limits, room):
            if member.refusal is not None:
                raise member.refusal
            if member.name in parts:
                raise ArchiveUnsafe(reason="the member {name} stands twice", name=member.name[:80])
            parts[member.name] = member.content
    except DocumentRule as error:
        return _refused(name, content, "XLSX", error)
    found = formats.of_workbook(mapping, parts, limits.lines)
    return _whole(_source(name, None, content), len(content), found, content, limits)


def _read_parquet(name: str, content: bytes, limits: ReadingLimits) -> FileOutcome:
    """In a process of its own: the library makes room for whatever the file says that it holds, and the system ends the
    process that asks for too much."""
    packed = _apart(_rows_packed, name, content, limits)
    return UNPACK(packed) if packed is not None else _refused(name, content, "Parquet", FileTooCostly())


def _apart(read: Callable[..., bytes], name: str, content: bytes, limits: ReadingLimits, *more: Any) -> bytes | None:
    """What another process makes of a file within its limits; None where it was ended before."""
    context = get_context("spawn")  # a fork of a process with threads (the API) may hang
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_make_apart, args=(there, read, name, content, limits, *more))
    with here:
        process.start()
        there.close()
        try:
            return here.recv_bytes()
        except EOFError:
            return None
        finally:
            process.join()


def _make_apart(
    there: Connection, read: Callable[..., bytes], name: str, content: bytes, limits: ReadingLimits, *more: Any
) -> None:
    _bound_this_process(limits)
    with suppress(MemoryError, BrokenPipeError):  # nobody hears a process whose maker is gone
        there.send_bytes(read(name, content, limits, *more))


def _bound_this_process(limits: ReadingLimits) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_DATA, (limits.process_bytes, limits.process_bytes))
    seconds = limits.process_seconds + int(time.process_time())  # it has taken some to begin
    _, most = resource.getrlimit(resource.RLIMIT_CPU)  # of a process within one, which may not have more than that
    seconds = seconds if most == resource.RLIM_INFINITY else min(seconds, most)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what the library says when it ends is nobody's to read


def _file_packed(name: str, content: bytes, limits: ReadingLimits, mapping: TableMapping | None) -> bytes:
    return PACK(read_file(name, content, limits, mapping))


def _rows_packed(name: str, content: bytes, limits: ReadingLimits) -> bytes:
    source = _source(name, None, content)
    return PACK(_whole(source, len(content), formats.PARQUET, content, limits))


def _read_pdf(name: str, content: bytes, limits: ReadingLimits, room: archive.Room) -> FileOutcome:
    """The one invoice that is attached to the pages."""
    try:
        inside, xml = pdf.invoice_xml(content, room, limits.file_bytes, _is_invoice)
    except DocumentRule as error:
        return _refused(name, content, "PDF", error)
    try:
        outcome = _read_xml(_source(name, inside, xml), safe_xml.parse(xml))
    except DocumentRule as error:
        refused = _refused(name, content, "PDF", error)
        return replace(refused, refusals=tuple(_moved(finding, name, inside) for finding in refused.refusals))
    return _single(_source(name, None, content), len(content), outcome)


def _is_invoice(content: bytes) -> bool:
    try:
        return formats.of_xml(safe_xml.parse(content)).parse is not None
    except DocumentRule:
        return False


def _read_member(
    name: str, member: archive.Member, limits: ReadingLimits, mapping: TableMapping | None, room: archive.Room
) -> Iterator[DocumentOutcome]:
    """A member is read like a file; the documents of a test set in an archive count one by one."""
    inside = (
        _refused(member.name, member.content, "unknown", member.refusal)
        if member.refusal is not None
        else _read_file(member.name, member.content, limits, mapping, room)
    )
    if inside.refusals:
        yield DocumentOutcome(
            member.name, inside.format, None, tuple(_moved(f, name, member.name) for f in inside.refusals)
        )
    for content in inside.contents:
        path = member.name if content.member is None else f"{member.name}!{content.member}"
        document = content.document
        if document is not None:
            source = replace(document.source, path=name, member=path)
            document = replace(document, source=source)
        findings = tuple(_moved(finding, name, path) for finding in content.findings)
        yield replace(content, member=path, document=document, findings=findings)


def _moved(finding: Finding, path: str, member: str) -> Finding:
    return replace(finding, path=path, member=member)


# --------------------------------------------------------------------------------------------------------------- helpers


def _single(source: Source, size: int, outcome: DocumentOutcome) -> FileOutcome:
    """A file that is one document: the document's refusal is the file's."""
    if outcome.read:
        return FileOutcome(source.path, source.sha256, size, outcome.format, (outcome,))
    return FileOutcome(source.path, source.sha256, size, outcome.format, refusals=outcome.findings)


def _refusal(source: Source, error: DocumentRule) -> Finding:
    return replace(finding_of(error, Severity.REFUSED), path=source.path, member=source.member)


def _refused(name: str, content: bytes, format_name: str, error: DocumentRule, size: int | None = None) -> FileOutcome:
    finding = replace(finding_of(error, Severity.REFUSED), path=name)
    return FileOutcome(name, _sha256(content), len(content) if size is None else size, format_name, refusals=(finding,))


def _source(name: str, member: str | None, content: bytes) -> Source:
    return Source(path=name, member=member, format="", sha256=_sha256(content))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _first_refusal(findings: Sequence[Finding]) -> str:
    return next((finding.rule for finding in findings if finding.severity is Severity.REFUSED), "Unknown")
