"""One file that a home comes back from: all rows of its database, every original, and the digests of both.

A backup is a ZIP archive: ``manifest.json``, ``tables/NAME.jsonl`` (`chain.store.portable`), ``originals/SHA-256``, and
files of the home. It is taken from one snapshot while others go on working, and it is the same whichever database it comes
from, so that it goes into the other one too. SQLite's own way would give an SQLite file, which only SQLite takes.

The keystores' passphrase is never in it. A chain of one's own (`PEARL_NODE_URL`) is not in it either; the embedded one comes back
from the outbox (docs/decisions/0005).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from msgspec import DecodeError, Struct, ValidationError
from msgspec import json as msgspec_json
from sqlalchemy import select

from chain.commands.workspace import Home, Progress, no_progress
from chain.errors import Conflict, NotFound, PearlError
from chain.issuance.signers import write_secret
from chain.settings import Settings
from chain.store.database import Store, revisions
from chain.store.originals import DIGEST, OriginalDamaged, open_originals
from chain.store.portable import dump, is_empty, load, row_counts
from chain.store.tables import files

FORMAT = "pearlchain/backup/1"
MANIFEST = "manifest.json"
TABLES, ORIGINALS, HOME = "tables/", "originals/", "home/"
#: The first second of the embedded chain, which it is made anew from.
GENESIS = "node/genesis.json"
NETWORK_KEY = "secrets/network.key"
WEBHOOK_KEY = "secrets/webhook.key"
PASSPHRASE = "secrets/keystore.passphrase"  # noqa: S105 - where it is, not what it is
KEYSTORES = "keystores/"
#: Bytes that are read at once.
CHUNK = 1 << 20


class BackupDamaged(PearlError):
    message = "{file} is no whole backup: {entry} is not what its manifest says"
    next_step = "use another copy of it; nothing was restored"


class BackupExists(Conflict):
    message = "there is a file {file} already"
    next_step = "name another file, or move that one away"


class BackupNewer(PearlError):
    message = "{file} was made by a newer version of this program ({version})"
    next_step = "restore it with that version"


class HomeNotEmpty(PearlError):
    message = "{what} is not empty, and a backup is only restored into nothing"
    next_step = "name another home with --home, or an empty database in PEARL_DATABASE_URL"


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """One file in a backup."""

    sha256: str
    bytes: int


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup holds."""

    format: str
    revision: str
    """Of the tables."""
    made_at: int
    """Unix time of this machine."""
    rows: dict[str, int]
    """By table, those that are referred to first."""
    entries: dict[str, Entry]
    missing: list[str]
    """Digests of originals that were read once, and were gone or damaged when the backup was made."""


@dataclass(frozen=True)
class Saved:
    """What a backup holds, in figures."""

    rows: int
    originals: int
    keystores: int
    missing: list[str]
    bytes: int
    sha256: str
    """Of the backup's own file."""


@dataclass(frozen=True)
class Restored:
    """What came back, in figures; ``wanting``: files of the home that were in no backup, and are needed."""

    rows: int
    originals: int
    keystores: int
    wanting: list[str]


# --- backup --------------------------------------------------------------------------------------------------------


def backup(home: Home, target: Path, *, keystores: bool = False, progress: Progress = no_progress) -> Saved:
    """Write ``target``, whole or not at all. ``keystores``: also the encrypted keystores and the network's key.

    Raises BackupExists, Unavailable.
    """
    if target.exists():
        raise BackupExists(file=str(target))
    part = target.with_name(f"{target.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=1) as archive:
                manifest = _save(home, archive, keystores, progress)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return Saved(
        sum(manifest.rows.values()), _count(manifest, ORIGINALS), _count(manifest, HOME + KEYSTORES), manifest.missing,
        target.stat().st_size, _digest_of(target),
    )  # fmt: skip


def _save(home: Home, archive: ZipFile, keystores: bool, progress: Progress) -> Manifest:
    entries: dict[str, Entry] = {}
    with home.store.read() as connection:
        rows = row_counts(connection)
        done, total = 0, sum(rows.values())
        for name in rows:
            with _writing(archive, entries, f"{TABLES}{name}.jsonl") as write:
                for line in dump(connection, name):
                    write(line)
                    done += 1
                    progress("saving rows", min(done, total), total)
        kept = connection.execute(select(files.c.sha256, files.c.read).order_by(files.c.id)).all()
    # Whoever takes a file in keeps the original first, so what the snapshot names is there by now.
    must: dict[str, bool] = {}
    for digest, was_read in kept:
        if digest:
            must[digest] = must.get(digest, False) or was_read
    missing = []
    for number, (digest, needed) in enumerate(must.items(), 1):
        try:
            content = home.originals.get(digest)
        except NotFound:
            missing += [digest] if needed else []  # one that was refused for its size was never kept
        except OriginalDamaged:
            missing.append(digest)
        else:
            with _writing(archive, entries, f"{ORIGINALS}{digest}") as write:
                write(content)
        progress("saving originals", number, len(must))
    for path in _files_of(home.settings, keystores):
        with _writing(archive, entries, f"{HOME}{path.relative_to(home.settings.home).as_posix()}") as write:
            write(path.read_bytes())
    manifest = Manifest(FORMAT, revisions()[-1], int(time.time()), rows, entries, missing)
    archive.writestr(MANIFEST, json.dumps(msgspec_json.decode(msgspec_json.encode(manifest)), indent=1))
    return manifest


def _files_of(settings: Settings, keystores: bool) -> Iterator[Path]:
    wanted = [settings.home / GENESIS]
    if keystores:
        wanted += [
            settings.home / NETWORK_KEY,
            settings.home / WEBHOOK_KEY,
            *sorted(settings.keystore_folder.glob("*.json")),
        ]
    yield from (path for path in wanted if path.exists())


@contextmanager
def _writing(archive: ZipFile, entries: dict[str, Entry], name: str) -> Iterator[Callable[[bytes], None]]:
    digest, size = hashlib.sha256(), 0
    with archive.open(name, "w", force_zip64=True) as file:

        def write(content: bytes) -> None:
            nonlocal size
            file.write(content)
            digest.update(content)
            size += len(content)

        yield write
    entries[name] = Entry(digest.hexdigest(), size)


# --- restore -------------------------------------------------------------------------------------------------------


def restore(settings: Settings, source: Path, progress: Progress = no_progress) -> Restored:
    """Make the home anew from a backup, in whichever database and place for originals the settings name.

    The whole file is held against its manifest before anything is written. Raises BackupDamaged, BackupNewer, HomeNotEmpty,
    NotFound, Unavailable.
    """
    if not source.exists():
        raise NotFound(what="file", id=str(source))
    with _archive(source) as archive:
        manifest = _checked(archive, source, progress)
        store = _empty_place(settings)
        try:
            _unpack(archive, manifest, settings, progress)
            total, done = sum(manifest.rows.values()), 0

            def loaded(rows: int) -> None:
                nonlocal done
                done += rows
                progress("restoring rows", done, total)

            # The database comes last and in one piece: a home without one is no home.
            load(store, manifest.revision, _tables(archive, manifest), loaded)
        except BaseException:
            store.close()
            _empty(settings.home)
            raise
        store.close()
    present = {name.removeprefix(HOME) for name in manifest.entries if name.startswith(HOME)}
    wanting = [] if settings.passphrase_file else [PASSPHRASE]
    wanting += [] if settings.network_key_file or NETWORK_KEY in present else [NETWORK_KEY]
    has_key = settings.webhook_key_file or WEBHOOK_KEY in present or not manifest.rows.get("webhooks")
    wanting += [] if has_key else [WEBHOOK_KEY]
    held = _count(manifest, HOME + KEYSTORES)
    wanting += [] if held else [KEYSTORES]
    return Restored(sum(manifest.rows.values()), _count(manifest, ORIGINALS), held, wanting)


@contextmanager
def _archive(source: Path) -> Iterator[ZipFile]:
    try:
        archive = ZipFile(source)
    except (BadZipFile, ValueError, NotImplementedError, EOFError):
        raise BackupDamaged(file=str(source), entry=MANIFEST) from None
    with archive:
        yield archive


def _checked(archive: ZipFile, source: Path, progress: Progress) -> Manifest:
    """The manifest, when every entry is what it says, and there is no other."""
    content = b"".join(_chunks(archive, source, MANIFEST))
    try:
        manifest = msgspec_json.decode(content, type=Manifest)
    except (DecodeError, ValidationError):
        said = _said_format(content)
        if said is not None and said != FORMAT:
            raise BackupNewer(file=str(source), version=said) from None
        raise BackupDamaged(file=str(source), entry=MANIFEST) from None
    if manifest.format != FORMAT or manifest.revision not in revisions():
        version = manifest.format if manifest.format != FORMAT else manifest.revision
        raise BackupNewer(file=str(source), version=version)
    names = archive.namelist()
    wrong = set(names) ^ {MANIFEST, *manifest.entries} or {name for name in manifest.entries if not _is_ours(name)}
    wrong |= {f"{TABLES}{table}.jsonl" for table in manifest.rows} - manifest.entries.keys()
    if wrong or len(names) != len(set(names)):
        raise BackupDamaged(file=str(source), entry=min(wrong, default=MANIFEST))
    for number, (name, entry) in enumerate(manifest.entries.items(), 1):
        digest, size = hashlib.sha256(), 0
        for chunk in _chunks(archive, source, name):
            digest.update(chunk)
            size += len(chunk)
            if size > entry.bytes:
                break
        expected = name.removeprefix(ORIGINALS) if name.startswith(ORIGINALS) else entry.sha256
        if size != entry.bytes or not digest.hexdigest() == entry.sha256 == expected:
            raise BackupDamaged(file=str(source), entry=name)
        progress("checking the backup", number, len(manifest.entries))
    return manifest


def _said_format(content: bytes) -> str | None:
    """What a manifest that is not understood says it is, where it is a backup's at all."""
    try:
        said = json.loads(content).get("format")
    except (ValueError, AttributeError):
        return None
    return said if isinstance(said, str) and said.startswith("pearlchain/backup/") else None


def _chunks(archive: ZipFile, source: Path, name: str) -> Iterator[bytes]:
    try:
        with archive.open(name) as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except (BadZipFile, KeyError, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError):
        raise BackupDamaged(file=str(source), entry=name) from None


def _is_ours(name: str) -> bool:
    """Whether a name leads where a backup's own names lead, and nowhere else."""
    if name.startswith(TABLES):
        return name.endswith(".jsonl") and "/" not in name.removeprefix(TABLES)
    if name.startswith(ORIGINALS):
        return DIGEST.fullmatch(name.removeprefix(ORIGINALS)) is not None
    own = name.removeprefix(HOME)
    keystore = own.removeprefix(KEYSTORES).removesuffix(".json")
    is_keystore = own == f"{KEYSTORES}{keystore}.json" and set(keystore) <= set("0123456789abcdef")
    return name.startswith(HOME) and (own in (GENESIS, NETWORK_KEY, WEBHOOK_KEY) or is_keystore)


def _empty_place(settings: Settings) -> Store:
    """The database to fill. Raises HomeNotEmpty."""
    if settings.home.exists() and any(settings.home.iterdir()):
        raise HomeNotEmpty(what="the home {home}", home=str(settings.home))
    settings.home.mkdir(parents=True, exist_ok=True)
    store = Store.connect(settings.database)
    if not is_empty(store):
        store.close()
        _empty(settings.home)
        raise HomeNotEmpty(what="the database")
    return store


def _unpack(archive: ZipFile, manifest: Manifest, settings: Settings, progress: Progress) -> None:
    originals = open_originals(settings.originals)
    kept = [name for name in manifest.entries if name.startswith(ORIGINALS)]
    for number, name in enumerate(kept, 1):
        originals.put(archive.read(name))
        progress("restoring originals", number, len(kept))
    originals.settle()
    for name in manifest.entries:
        if name.startswith(HOME):
            path = settings.home / name.removeprefix(HOME)
            if name == HOME + GENESIS:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.read(name))
            else:
                write_secret(path, archive.read(name).decode())


def _tables(archive: ZipFile, manifest: Manifest) -> Iterable[tuple[str, Iterator[bytes]]]:
    for name in manifest.rows:
        with archive.open(f"{TABLES}{name}.jsonl") as file:
            yield name, iter(file)


def _empty(home: Path) -> None:
    """Take away what a restore that failed has left; the home was empty before it."""
    for path in home.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _count(manifest: Manifest, prefix: str) -> int:
    return sum(name.startswith(prefix) for name in manifest.entries)


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
