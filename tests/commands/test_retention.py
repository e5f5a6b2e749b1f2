"""Originals go when their years are over, and not before; what goes stays known.

1. Nothing that a live piece or an open loan rests on ever goes.
2. The years count from the end of the year in which the last of it ended.
3. What went is told from what was lost: chain = books = documents still holds, by what was signed.
"""

from datetime import date, timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import delete, select, update

from chain.cli import main
from chain.commands.retention import dispose, may_go, originals_kept
from chain.commands.verify import verify
from chain.commands.workspace import existing_workspace, open_home
from chain.settings import Settings
from chain.store.tables import disposals, documents, files, obligations

LATER = date(2200, 1, 1)


def backing(home):
    """Digest of an original behind a piece → whether something of that obligation is live."""
    return {one.sha256: one.kept_until is None for one in originals_kept(home)}


def test_what_live_pieces_rest_on_never_goes(copied):
    with open_home(copied) as home:
        resting = {digest for digest, rests in backing(home).items() if rests}
        gone = {one.sha256 for one in dispose(home, LATER)}
        assert resting
        assert gone
        assert not resting & gone
        assert set(home.originals.digests()) == resting
        assert may_go(home, LATER) == []


def test_it_goes_the_day_after_the_last_year_and_not_before(copied):
    with open_home(copied) as home:
        ends = {one.kept_until for one in originals_kept(home)} - {None}
        for end in ends:
            assert (end.month, end.day) == (12, 31)
            assert end.year >= home.date().year - 1 + copied.retention_years
            going = {one.sha256 for one in may_go(home, end + timedelta(days=1))}
            assert not {one.kept_until for one in may_go(home, end)} & {end}
            assert going == {o.sha256 for o in originals_kept(home) if o.kept_until is not None and o.kept_until <= end}


def test_what_ended_last_counts(copied):
    """Once nothing is live any more, the piece's end counts, not only the day on which the file came."""
    with open_home(copied) as home:
        resting = [digest for digest, rests in backing(home).items() if rests]
        with home.store.begin() as connection:
            connection.execute(update(obligations).values(live_minor=0))
            connection.execute(update(files).values(ingested_at=0))
        kept = {one.sha256: one.kept_until for one in originals_kept(home)}
        year = home.date().year
        assert all(kept[digest].year >= year - 1 + copied.retention_years for digest in resting)
        assert min(kept.values()) == date(1970 + copied.retention_years, 12, 31)


def test_after_it_chain_books_and_documents_agree_and_what_is_lost_is_still_missed(copied):
    with open_home(copied) as home:
        with home.store.begin() as connection:
            connection.execute(
                update(obligations).values(live_minor=0)
            )  # as if all had been paid, for this question only
        gone = dispose(home, LATER)
        with home.store.read() as connection:
            written = set(connection.execute(select(disposals.c.sha256)).scalars())
        assert written == {one.sha256 for one in gone}
        assert list(home.originals.digests()) == []
    with existing_workspace(copied) as workspace:
        checks = {check.name: check for check in verify(workspace).checks}
        assert checks["chain_is_documents"].ok, checks["chain_is_documents"].differences[:3]
        with workspace.store.begin() as connection:
            connection.execute(delete(disposals))
        assert not {check.name: check for check in verify(workspace).checks}["chain_is_documents"].ok


def test_what_stands_in_for_a_file_cannot_say_something_else(copied):
    with open_home(copied) as home:
        with home.store.begin() as connection:
            connection.execute(update(obligations).values(live_minor=0))
        dispose(home, LATER)
        with home.store.begin() as connection:
            for row in connection.execute(select(documents).where(documents.c.type == "invoice")).mappings().all():
                body = row["body"] | {"payable_minor": row["body"]["payable_minor"] + 1}
                connection.execute(update(documents).where(documents.c.sequence == row["sequence"]).values(body=body))
    with existing_workspace(copied) as workspace:
        assert not {check.name: check for check in verify(workspace).checks}["chain_is_documents"].ok


def test_without_delete_nothing_is_deleted(copied, capsys):
    with open_home(copied) as home:
        before = set(home.originals.digests())
    with pytest.raises(SystemExit) as end:
        main(["--home", str(copied.home), "retention"])
    assert end.value.code == 0
    assert "--delete" in capsys.readouterr().out
    with open_home(copied) as home:
        assert set(home.originals.digests()) == before


def test_fewer_years_than_the_law_wants_are_no_setting():
    with pytest.raises(ValidationError):
        Settings(retention_years=9)
