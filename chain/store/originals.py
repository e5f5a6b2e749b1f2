"""Documents' originals: every file that was ever taken in, kept by the SHA-256 of its bytes.

Written once and never changed; what is read is held against its name. They are in a folder, or in a bucket of an S3-compatible
store, whose credentials and address come from the environment that all programs of its kind use (AWS_…).
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

from chain.errors import NotFound, PearlError, Unavailable

DIGEST = re.compile("[0-9a-f]{64}")
#: How often, and how long in all, a bucket is asked again.
RETRIES, RETRY_SECONDS = 4, 30


class OriginalDamaged(PearlError):
    message = "the original {sha256} is not what was kept: its bytes have another digest"
    next_step = "take it out of the originals, and give the file again or restore it from a backup"


class OriginalsAddressWrong(PearlError):
    message = "'{address}' is no address of an S3 bucket"
    next_step = "write it as s3://BUCKET or s3://BUCKET/PREFIX"


class Originals(Protocol):
    """Bytes by their SHA-256 (64 hexadecimal digits). Each raises Unavailable where a bucket does not answer."""

    def put(self, content: bytes) -> str:
        """Keep the bytes, unless they are here. Returns their digest."""
        ...

    def settle(self) -> None:
        """From now on, what was put survives the machine's end too: a row that names it may be written."""
        ...

    def get(self, digest: str) -> bytes:
        """The bytes. Raises NotFound, OriginalDamaged."""
        ...

    def has(self, digest: str) -> bool:
        """Whether they are here; they are not read."""
        ...

    def delete(self, digest: str) -> None:
        """Forget the bytes, if they are here."""
        ...

    def digests(self) -> Iterator[str]:
        """Of all that is here, in no order."""
        ...

    def at_hand(self, digests: Iterable[str]) -> AbstractContextManager[list[Path]]:
        """A context with the whole ones among these as files, in this order; one that is gone or damaged is left out."""
        ...


class Folder:
    """Originals in a folder: ``ab/abcd…``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unsettled = False

    def put(self, content: bytes) -> str:
        digest = _digest(content)
        target = self._file(digest)
        if target.exists():
            return digest
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".part", delete=False) as part:
            part.write(content)
        Path(part.name).replace(target)
        self._unsettled = True
        return digest

    def settle(self) -> None:
        if self._unsettled:
            os.sync()  # once for a batch: file by file it would take longer than reading them
            self._unsettled = False

    def get(self, digest: str) -> bytes:
        try:
            return _whole(digest, self._file(digest).read_bytes())
        except FileNotFoundError as error:
            raise NotFound(what="original", id=digest) from error

    def has(self, digest: str) -> bool:
        return self._file(digest).exists()

    def delete(self, digest: str) -> None:
        self._file(digest).unlink(missing_ok=True)

    def digests(self) -> Iterator[str]:
        yield from (path.name for path in self._path.glob("??/*") if DIGEST.fullmatch(path.name))

    @contextmanager
    def at_hand(self, digests: Iterable[str]) -> Iterator[list[Path]]:
        # Not read here: whoever is given a file reads it, and holds what it says against the chain.
        yield [self._file(digest) for digest in digests if self.has(digest)]

    def _file(self, digest: str) -> Path:
        return self._path / _place(digest)


class Bucket:
    """Originals in a bucket of an S3-compatible store, under the same names."""

    def __init__(self, address: str) -> None:
        try:
            self._store = S3Store.from_url(
                address, retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=RETRY_SECONDS)}
            )
        except (BaseError, ValueError):
            raise OriginalsAddressWrong(address=address) from None

    def put(self, content: bytes) -> str:
        digest = _digest(content)
        with _answering(), suppress(AlreadyExistsError):
            obstore.put(self._store, _place(digest), content, mode="create")
        return digest

    def settle(self) -> None:
        """A bucket has answered when it has the bytes."""

    def get(self, digest: str) -> bytes:
        with _answering():
            try:
                return _whole(digest, bytes(obstore.get(self._store, _place(digest)).bytes()))
            except FileNotFoundError as error:
                raise NotFound(what="original", id=digest) from error

    def has(self, digest: str) -> bool:
        with _answering():
            try:
                obstore.head(self._store, _place(digest))
            except FileNotFoundError:
                return False
            return True

    def delete(self, digest: str) -> None:
        with _answering(), suppress(FileNotFoundError):
            obstore.delete(self._store, _place(digest))

    def digests(self) -> Iterator[str]:
        with _answering():
            for found in obstore.list(self._store):
                yield from (name for one in found if DIGEST.fullmatch(name := one["path"].rpartition("/")[2]))

    @contextmanager
    def at_hand(self, digests: Iterable[str]) -> Iterator[list[Path]]:
        with tempfile.TemporaryDirectory(prefix="pearl-originals-") as folder:
            paths = []
            for digest in digests:
                with suppress(NotFound, OriginalDamaged):
                    path = Path(folder) / digest
                    path.write_bytes(self.get(digest))
                    paths.append(path)
            yield paths


def open_originals(address: Path | str) -> Originals:
    """The originals in a folder, or in ``s3://BUCKET/PREFIX``. Raises OriginalsAddressWrong."""
    if isinstance(address, Path):
        return Folder(address)
    if not re.fullmatch(r"s3://[^/]+(/.*)?", address):
        raise OriginalsAddressWrong(address=address)
    return Bucket(address)


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except AlreadyExistsError:
        raise
    except (BaseError, FileNotFoundError) as error:
        # What the library says goes no further than the log of a debugger: it quotes requests.
        raise Unavailable(what="the originals' bucket") from error


def _place(digest: str) -> str:
    if not DIGEST.fullmatch(digest):
        raise NotFound(what="original", id=digest)
    return f"{digest[:2]}/{digest}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _whole(digest: str, content: bytes) -> bytes:
    if _digest(content) != digest:
        raise OriginalDamaged(sha256=digest)
    return content
