"""Whatever is asked of the running service, it answers as its document says, and tells nobody of what is another's.

1. No answer is a server error; every status, media type, header and body is a documented one; malformed requests are refused.
2. Two branches of enterprises that share nobody: no answer to one holds a name or code of the other.
3. The run reaches something: every caller is given something, and every operation answers.

Every caller gives every operation its examples, and asks everything that only reads; the boundaries of each operation's values
are tried by one of the callers, of every second operation. `make test-deep` tries all by all, at random too, and one operation
after another.
"""

from __future__ import annotations

from zlib import crc32

import pytest

from tests.openapi.conformance import Outcome, try_out

#: One of each role, and one of the other branch.
CALLERS = ("harbour", "crane", "gear", "yarn", "regulator", "operator")
BRANCHES = {
    "crane": ("crane", "gear", "pump", "bolt", "seal", "harbour"),
    "loom": ("loom", "yarn", "valley"),
}
SEED = 20_261_127


def strangers(who):
    """Those of the branch that ``who`` is not in; nobody is strange to who sees everything."""
    if not any(who in branch for branch in BRANCHES.values()):
        return []
    return [name for branch in BRANCHES.values() if who not in branch for name in branch]


@pytest.fixture(scope="module")
def outcomes(lived):
    """Caller → what came of its run; the operator's is the last, because it can take others' keys away."""
    address = str(lived.client.base_url).rstrip("/")
    labels = [
        f"{method.upper()} {path}" for path, methods in lived.openapi["paths"].items() for method in methods
    ]  # fmt: skip
    found = {}
    for place, who in enumerate(CALLERS):
        reads = [label for label in labels if label.startswith("GET ")]
        own = [label for label in labels if crc32(label.encode()) % (2 * len(CALLERS)) == place]
        found[who] = Outcome()
        for phase, operations in (("examples", labels), ("fuzzing", reads), ("coverage", own)):
            found[who] += try_out(
                address, lived.keys[who], examples=1, seed=SEED, phases=(phase,), operations=operations
            )  # fmt: skip
    return found


@pytest.mark.parametrize("who", CALLERS)
def test_every_answer_is_as_the_document_says(outcomes, who):
    failures = sorted(set(outcomes[who].failures))
    assert not failures, "\n".join([f"{len(failures)} of {who}:", *failures[:20]])


@pytest.mark.parametrize("who", [who for who in CALLERS if strangers(who)])
def test_no_answer_tells_of_the_other_branch(outcomes, lived, who):
    assert outcomes[who].telling(lived.world.markers(*strangers(who))) == []


def test_who_sees_everything_is_told_of_both_branches(outcomes, lived):
    """So that the test above looks for what would be found."""
    for names in BRANCHES.values():
        assert "GET /v1/vouchers" in outcomes["regulator"].telling(lived.world.markers(*names))


def test_every_caller_is_given_something_and_every_operation_answers(outcomes, lived):
    everything = Outcome()
    for who, outcome in outcomes.items():
        given = {label for label, statuses in outcome.answered.items() if any(status < 300 for status in statuses)}
        assert len(given) >= 5, (who, given)
        everything += outcome
    answered = everything.answered
    for path, methods in lived.openapi["paths"].items():
        for method in methods:
            assert answered[f"{method.upper()} {path}"].keys() - {401}, f"{method} {path}"
