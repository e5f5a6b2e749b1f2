"""Who asked a moment ago is known without a look, and never longer than it is so.

1. While nothing is committed and the second is the same, a key is looked up once.
2. After any commit, of this process or another, it is looked up again; so it is in the next second.
3. What the look-up refuses is refused every time. Tokens of a provider are looked up every time.
4. On a database that is asked over a network nothing is recalled.
"""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import insert

from api.recall import Recall
from chain.commands.callers import AT_THE_MACHINE, KeyUnknown
from chain.store.tables import networks


class Lookups:
    """Counts, and knows every text but one."""

    def __init__(self):
        self.texts = []

    async def __call__(self, text, enterprise):
        self.texts.append(text)
        if text == "pearl_unknown":
            raise KeyUnknown()
        return AT_THE_MACHINE


@pytest.fixture
def clock(monkeypatch):
    now = [1_000.2]
    monkeypatch.setattr("api.recall.time.time", lambda: now[0])
    return now


def asked(recall, *texts):
    for text in texts:
        assert asyncio.run(recall.viewer_of(text)) is AT_THE_MACHINE


def test_a_key_is_looked_up_once_until_something_is_committed_or_the_second_is_over(databases, clock):
    here, there = databases.open("same"), databases.open("same")
    try:
        look_up = Lookups()
        recall = Recall(here, look_up)
        once = here.tells_version_at_once

        def looks_made(*texts):
            before = len(look_up.texts)
            asked(recall, *texts)
            return len(look_up.texts) - before

        assert looks_made("pearl_a", "pearl_a", "pearl_b", "pearl_a") == (2 if once else 4)
        for store in (there, here):
            with store.begin() as connection:
                connection.execute(insert(networks).values(body={}, version=1))
            assert looks_made("pearl_a", "pearl_a") == (1 if once else 2)
        clock[0] += 0.7
        assert looks_made("pearl_a") == (0 if once else 1)
        clock[0] += 0.2
        assert looks_made("pearl_a", "pearl_a") == (1 if once else 2)
    finally:
        here.close()
        there.close()


def test_what_is_refused_and_what_is_no_key_is_looked_up_every_time(store, clock):
    look_up = Lookups()
    recall = Recall(store, look_up)
    for _ in range(2):
        with pytest.raises(KeyUnknown):
            asked(recall, "pearl_unknown")
        asked(recall, "eyJ.token.of")
    assert look_up.texts == ["pearl_unknown", "eyJ.token.of"] * 2
