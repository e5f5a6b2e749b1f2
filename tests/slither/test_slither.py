"""A finding is silenced with its reason beside the code, or not at all."""

import pytest

from tests.slither.__main__ import NOISE, reasonless


@pytest.mark.parametrize(
    ("above", "line", "bare"),
    [
        ("// The token cannot call back.", "// slither-disable-next-line reentrancy-no-eth", False),
        ("uint256 x;", "// slither-disable-next-line reentrancy-no-eth", True),
        ("// because", "// slither-disable-next-line reentrancy-no-eth", True),
        ("// The token cannot call back.", "// slither-disable-next-line", True),
        ("uint256 x;", "// slither-disable-end reentrancy-no-eth", False),
    ],
)
def test_a_silencing_comment_has_a_sentence_above(tmp_path, above, line, bare):
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "A.sol").write_text(f"{above}\n{line}\n")
    assert reasonless(tmp_path) == (["contracts/A.sol:2"] if bare else [])


def node(name):
    return {"elements": [{"type": "node", "name": name}]}


def test_an_exact_number_is_no_dangerous_equality():
    assert NOISE["incorrect-equality"](node("word.status() == 0"))
    assert not NOISE["incorrect-equality"](node("token.balanceOf(this) == 0"))
    assert not NOISE["incorrect-equality"](node("block.timestamp == deadline"))
    assert NOISE["incorrect-equality"](node("currency == 1 && _now() <= until"))


def test_a_value_left_out_of_a_tuple_is_not_forgotten():
    assert NOISE["unused-return"](
        {"description": "A.f() ignores return value by (bank,None,roles) = p.actor(x) (A.sol#1)"}
    )
    assert not NOISE["unused-return"]({"description": "A.f() ignores return value by p.active(x) (A.sol#1)"})


def test_the_contracts_of_this_project_say_why(request):
    assert not reasonless(request.config.rootpath)
