"""Findings come in pages: those that reading kept, then those that follow from papers anew each time.

1. What comes or goes between two pages makes nothing be told twice, and nothing be skipped that is there all the time.
2. A cursor that this service did not give is refused.
"""

from __future__ import annotations

from datetime import date

import pytest
from msgspec import to_builtins
from sqlalchemy import insert

from chain.commands.callers import AT_THE_MACHINE
from chain.commands.findings import note
from chain.commands.seen.current import CurrentTrade
from chain.commands.seen.documents import finding_seen, findings_seen
from chain.commands.seen.pages import PageUnknown
from chain.commands.workspace import Home, open_home
from chain.documents.model import DocumentType, Finding, Party, PartyIdentifier, Severity, Source, TradeDocument
from chain.settings import Settings
from chain.store.tables import documents, files

SELLER, BUYER = (Party(name=name, identifiers=(PartyIdentifier("TAX", name),)) for name in ("seller", "buyer"))


@pytest.fixture
def home(tmp_path):
    with open_home(Settings(home=tmp_path / "home")) as home:
        with home.store.begin() as connection:
            connection.execute(insert(files).values(id=1, path="p", sha256="0", read=True, format="t", ingested_at=0))
        for number in range(4):
            take_in_twice(home, f"INV{number}")
        noted(home, "first", "second")
        yield home


def take_in_twice(home: Home, number: str) -> None:
    """Two invoices of one number with two amounts, which is a finding."""
    for minor in (100, 200):
        document = TradeDocument(
            type=DocumentType.INVOICE, number=number, seller=SELLER, buyer=BUYER, source=Source(path=number),
            issue_date=date(2026, 3, 2), currency="CNY", net_minor=minor, tax_minor=0, payable_minor=minor,
        )  # fmt: skip
        row = {"key": number, "digest": str(minor), "type": document.type, "file": 1}
        with home.store.begin() as connection:
            connection.execute(insert(documents).values(**row, body=to_builtins(document)))


def noted(home: Home, *places: str) -> None:
    note(
        home,
        [Finding(rule="Noted", severity=Severity.FLAGGED, template="it was seen", place=place) for place in places],
    )


def read(home: Home, current: CurrentTrade, most: int, between=lambda page: None) -> list[str]:
    """The ids of all findings, page by page; ``between`` is called after each page with its number."""
    told, cursor, page = [], None, 0
    while True:
        found, cursor = findings_seen(home, current, AT_THE_MACHINE, "en", after=cursor, most=most)
        told += [one.id for one in found]
        if cursor is None:
            return told
        page += 1
        between(page)


def test_all_are_told_once_however_small_the_pages(home):
    current = CurrentTrade(home)
    everything = read(home, current, 100)
    assert len(everything) == len(set(everything)) == 10  # two of each pair
    for most in (1, 2, 3):
        assert read(home, current, most) == everything
    for name in everything:
        assert finding_seen(home, current, AT_THE_MACHINE, name, "en").id == name


@pytest.mark.parametrize("most", [1, 2, 3])
def test_what_comes_between_two_pages_makes_nothing_be_told_twice_or_skipped(home, most):
    current = CurrentTrade(home)
    before = read(home, current, 100)

    def more(page: int) -> None:
        if page <= 3:
            noted(home, f"later-{page}")
            take_in_twice(home, f"LATE{page}")

    told = read(home, current, most, more)
    assert len(told) == len(set(told))
    assert set(before) <= set(told)


def test_a_cursor_that_is_none_is_refused(home):
    with pytest.raises(PageUnknown):
        findings_seen(home, CurrentTrade(home), AT_THE_MACHINE, "en", after="MQ")
