"""C16, competing assignments. Rules held here:

1. Registration comes before notice, notice before nothing; the earlier moment first; equals share in proportion.
2. Together they get at most the receivable, none more than it financed, and nobody lower before those above are paid.
3. The order in which claims are told changes nothing, and who gets less is told why.
"""

from __future__ import annotations

from random import Random

from hypothesis import example, given
from hypothesis import strategies as st

from chain.documents.claims import Claim
from chain.graph.findings.competing_assignments import competing_assignments, rank
from chain.language import translate

CLAIMS = st.builds(
    Claim, assignee=st.sampled_from("PQRST"), financed_minor=st.integers(0, 1_000),
    registered_at=st.one_of(st.none(), st.integers(1, 3)), noticed_at=st.one_of(st.none(), st.integers(1, 3)),
)  # fmt: skip


def order(*claims: Claim, open_minor: int = 100) -> list[tuple[str, int, int]]:
    return [(s.claim.assignee, s.rank, s.share_minor) for s in rank(open_minor, claims)]


def test_registration_comes_before_an_earlier_notice() -> None:
    assert order(Claim("P", 100, noticed_at=1), Claim("Q", 80, registered_at=9)) == [("Q", 1, 80), ("P", 2, 20)]


def test_the_earlier_registration_comes_first_whatever_was_noticed() -> None:
    claims = Claim("P", 100, registered_at=5, noticed_at=1), Claim("Q", 100, registered_at=4)
    assert order(*claims) == [("Q", 1, 100), ("P", 2, 0)]


def test_without_registration_the_earlier_notice_comes_first() -> None:
    claims = Claim("P", 100), Claim("Q", 100, noticed_at=4), Claim("R", 100, noticed_at=3)
    assert order(*claims) == [("R", 1, 100), ("Q", 2, 0), ("P", 3, 0)]


def test_without_either_they_share_in_proportion() -> None:
    assert order(Claim("P", 100), Claim("Q", 300)) == [("P", 1, 25), ("Q", 1, 75)]


def test_the_loser_is_told_why_with_the_registration_that_beat_it() -> None:
    claims = [Claim("P", 100, registered_at=1, registration="R-1"), Claim("Q", 100, noticed_at=1, notice="N-1")]
    (finding,) = competing_assignments("invoice|S|1", rank(100, claims))
    assert (finding.rule, finding.case, finding.documents) == ("CompetingAssignment", "C16", ("invoice|S|1",))
    assert finding.text() == "Q is not registered and comes after P (R-1)"
    for standing in rank(100, [*claims, Claim("R", 50)]):
        assert translate(standing.template, "zh") != standing.template


@given(st.integers(-5, 2_000), st.lists(CLAIMS, max_size=6), st.randoms())
@example(1, [Claim("P", financed, None, "", None, "", ()) for financed in (0, 1, 1)], Random(1))
def test_nobody_gets_more_than_it_financed_or_before_those_above(open_minor, claims, shuffle) -> None:
    standings = rank(open_minor, claims)
    shuffled = list(claims)
    shuffle.shuffle(shuffled)
    assert rank(open_minor, shuffled) == standings
    assert sum(s.share_minor for s in standings) == min(max(0, open_minor), sum(c.financed_minor for c in claims))
    for standing in standings:
        assert 0 <= standing.share_minor <= standing.claim.financed_minor
        above = [s for s in standings if s.rank < standing.rank]
        assert standing.share_minor == 0 or all(s.share_minor == s.claim.financed_minor for s in above)
