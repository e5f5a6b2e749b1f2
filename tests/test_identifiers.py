"""An id says where a piece comes from, and reads the same on chain and by people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.identifiers import IdMalformed, LineId, ObligationId, PieceId, PieceReference

lines = st.builds(LineId, st.integers(1, 2**31 - 1), st.integers(1, 2**8 - 1))
obligations = st.builds(ObligationId, lines, st.integers(1, 2**24 - 1))
pieces = st.builds(PieceId, obligations, st.integers(1, 2**16 - 1))
references = st.builds(
    PieceReference, pieces, st.integers(0, 2**16 - 1), st.integers(0, 2**40 - 1), st.integers(0, 2**16 - 1)
)


@given(pieces)
def test_a_piece_id_reads_back_from_chain_and_from_text(piece):
    assert PieceId.from_chain(piece.chain) == piece
    assert PieceId.parse(str(piece)) == piece
    assert piece.chain < 2**80


@given(pieces, pieces)
def test_two_pieces_never_share_an_id(left, right):
    assert (left.chain == right.chain) == (left == right)


@given(pieces)
def test_line_and_obligation_of_a_piece_are_in_its_id(piece):
    assert ObligationId.from_chain(piece.chain >> 16) == piece.obligation
    assert LineId.from_chain(piece.chain >> 40) == piece.obligation.line


@given(references, references)
def test_a_reference_is_one_word_that_fits_one_piece_only(left, right):
    assert PieceReference.from_chain(left.chain) == left
    assert (left.chain == right.chain) == (left == right)
    assert left.chain < 2**152


@pytest.mark.parametrize(
    "text", ["", "1", "1.2.3", "1.2.3.4.5", "0.1.1.1", "1.256.1.1", "1.1.1.65536", "a.b.c.d", "1.-1.1.1", "１.1.1.1"]
)
def test_what_is_no_id_is_refused(text):
    with pytest.raises(IdMalformed):
        PieceId.parse(text)
