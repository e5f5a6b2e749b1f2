"""How long originals are kept, and which may go: never one that anything live rests on, and never before the years are over.

Sources. China's rules for accounting archives (会计档案管理办法, order 79 of 2015): source documents and vouchers 30 years, bank
statements 10 (annex 1), counted from the day after the accounting year's end (art. 14). Its law against money laundering
(反洗钱法 of 2024): records of customers and transactions at least 10 years after the business has ended. So 30
is the default, and fewer than 10 no setting.

What is deleted stays known: its digest, what it was read as, and when it was deleted. What a buyer's signature confirmed
can be held against what it was read as, because that is what was signed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from msgspec import convert
from sqlalchemy import Connection, delete, func, insert, select

from chain.commands.audit import CONSOLE, Acting, record
from chain.commands.trade import Trade, load_trade
from chain.commands.workspace import UTC_OFFSET_MINUTES, Home, Progress, no_progress
from chain.documents.identity import blinded_identity
from chain.documents.model import TradeDocument
from chain.documents.receivable import Receivable
from chain.store.tables import disposals, documents, evidence, files, loans, obligations, pieces, receipts


@dataclass(frozen=True)
class Original:
    """An original that is here."""

    sha256: str
    path: str
    """What it was called when it came last."""
    kept_until: date | None
    """Its last day; None while something live rests on it."""


def originals_kept(home: Home) -> list[Original]:
    """Every original that is here with its last day, in the order in which they came."""
    here = set(home.originals.digests())
    with home.store.read() as connection:
        came = connection.execute(
            select(files.c.sha256, func.max(files.c.path), func.max(files.c.ingested_at), func.min(files.c.id))
            .where(files.c.sha256 != "")
            .group_by(files.c.sha256)
            .order_by(func.min(files.c.id))
        ).all()
        of_documents = select(files.c.sha256).join(documents, documents.c.file == files.c.id)
        digests = connection.execute(of_documents.order_by(documents.c.sequence)).scalars().all()
        used = _uses(connection)
    trade = load_trade(home)
    ends = _ends(trade, digests, used, home.network_key)
    found = []
    for digest, path, ingested_at, _ in came:
        if digest in here:
            last = max((ingested_at, *ends.get(digest, ())))
            found.append(
                Original(digest, path, None if last == _NEVER else _last_day(last, home.settings.retention_years))
            )
    return found


def may_go(home: Home, today: date) -> list[Original]:
    """The originals whose last day is before ``today``."""
    return [one for one in originals_kept(home) if one.kept_until is not None and one.kept_until < today]


def dispose(
    home: Home, today: date, progress: Progress = no_progress, *, by: Acting = CONSOLE
) -> list[Original]:  # fmt: skip
    """Delete them; repeating goes on where it was stopped. That they are gone is written down before they are."""
    going = may_go(home, today)
    now = home.now()
    for number, one in enumerate(going, 1):
        with home.store.begin() as connection:
            connection.execute(delete(disposals).where(disposals.c.sha256 == one.sha256))
            connection.execute(
                insert(disposals).values(sha256=one.sha256, kept_until=str(one.kept_until), disposed_at=now)
            )
            record(connection, by, "original.dispose", one.sha256, {"kept_until": str(one.kept_until)})
        home.originals.delete(one.sha256)
        progress("deleting originals", number, len(going))
    return going


def disposed_documents(home: Home) -> list[TradeDocument]:
    """What originals that were deleted in order had been read as; they stand in for their files."""
    with home.store.read() as connection:
        rows = connection.execute(
            select(documents.c.body, files.c.sha256)
            .join(files, files.c.id == documents.c.file)
            .join(disposals, disposals.c.sha256 == files.c.sha256)
            .order_by(documents.c.sequence)
        ).all()
    return [convert(body, TradeDocument) for body, digest in rows if not home.originals.has(digest)]


#: An end that has not come: something live rests on it.
_NEVER = 2**62

Uses = dict[str, int]
"""Identity of confirmed evidence → when what it backs ended (unix time)."""


def _uses(connection: Connection) -> Uses:
    """Pieces rest on evidence as long as anything of their obligation is live, since what is cut from them rests on it too."""
    ended: dict[int, int] = defaultdict(int)
    closed = select(pieces.c.obligation, func.max(func.coalesce(pieces.c.closed_at, pieces.c.created_at)))
    last = dict(connection.execute(closed.group_by(pieces.c.obligation)).all())
    statement = select(pieces.c.evidence, pieces.c.obligation, obligations.c.live_minor).join(
        obligations, obligations.c.id == pieces.c.obligation
    )
    for number, obligation, live in connection.execute(statement):
        ended[number] = max(ended[number], _NEVER if live else last[obligation])
    of_loans = select(loans.c.evidence, receipts.c.evidence, loans.c.state).outerjoin(
        receipts, receipts.c.id == loans.c.receipt
    )
    for number, of_receipt, state in connection.execute(of_loans):
        for one in (number, of_receipt):
            if one and state != "closed":
                ended[one] = _NEVER
    identities = dict(connection.execute(select(evidence.c.id, evidence.c.identity)).all())
    return {identities[number]: at for number, at in ended.items() if number in identities}


def _ends(trade: Trade, digests: Iterable[str], used: Uses, network_key: bytes) -> dict[str, list[int]]:
    """Digest of a file → the ends of all that rests on a document in it, or on one that it stands behind."""
    of_key: dict[str, set[str]] = defaultdict(set)
    for document, digest in zip(trade.documents, digests, strict=True):
        of_key[trade.directory.key(document)].add(digest)
    ends: dict[str, list[int]] = defaultdict(list)
    behind = {one.document: _behind(one) for one in trade.matching.receivables}
    for key in of_key:
        at = used.get(f"0x{blinded_identity(key, network_key).hex()}")
        if at is not None:
            for other in (key, *behind.get(key, ())):
                for digest in of_key.get(other, ()):
                    ends[digest].append(at)
    return ends


def _behind(receivable: Receivable) -> Iterator[str]:
    yield from receivable.proofs
    yield from receivable.credit_notes
    yield from receivable.payments
    yield from receivable.events
    yield from receivable.responses


def _last_day(second: int, years: int) -> date:
    """The end of the year, by the ledger's calendar, ``years`` after the one in which it ended."""
    ended = datetime.fromtimestamp(second + UTC_OFFSET_MINUTES * 60, UTC)
    return date(min(ended.year + years, date.max.year), 12, 31)
