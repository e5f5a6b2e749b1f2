"""Reading storage: slots as Solidity lays them out, words as the contracts pack them, signatures as Ethereum recovers them."""

from __future__ import annotations

import pytest
from eth_account import Account
from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st
from story import Story

from chain.verification import words
from chain.verification.layout import StorageLayout, VariableMissing, mapping_slot
from chain.verification.ledger import LedgerReader, Told
from chain.verification.node import NodeReader, NodeRefused
from chain.verification.signatures import CONFIRMATION, recovered, struct_hash

PACKINGS = {
    name: getattr(words, name) for name in ("PIECE", "OBLIGATION", "LINE", "PARTY", "EVIDENCE", "ISSUER", "FINANCING")
}


@pytest.mark.parametrize("name", PACKINGS)
@given(data=st.data())
def test_a_word_is_cut_into_the_fields_it_was_made_of(name: str, data: st.DataObject) -> None:
    packing = PACKINGS[name]
    fields = {field: data.draw(st.integers(0, (1 << width) - 1), label=field) for field, width in packing}
    word, shift = 0, 0
    for field, width in packing:
        word |= fields[field] << shift
        shift += width
    assert shift <= 256
    assert words.decode(packing, word) == fields


def test_a_mapping_is_hashed_as_solidity_hashes_it() -> None:
    assert mapping_slot(0, 0) == int.from_bytes(keccak(bytes(64)), "big")
    inner = keccak((7).to_bytes(32, "big") + (3).to_bytes(32, "big"))
    assert mapping_slot(3, 7, 9) == int.from_bytes(keccak((9).to_bytes(32, "big") + inner), "big")


def test_a_layout_without_the_variable_is_refused_with_its_name() -> None:
    layout = StorageLayout({"storage": [], "types": None})
    with pytest.raises(VariableMissing, match=r"mapping\(PieceId => PieceWord\)"):
        layout.mapping("PieceId", "PieceWord")
    with pytest.raises(VariableMissing, match="partyCount"):
        layout.variable("partyCount")


def test_storage_says_what_the_contracts_own_views_say(story: Story) -> None:
    """The packing is written down twice, in Solidity and here; this holds the two against each other, field by field."""
    contracts, read = story.stage.contracts, story.stage.read
    with NodeReader(story.stage.endpoint) as node:
        reader = LedgerReader(
            node,
            contracts.addresses,
            {
                name: contracts.artifacts[name].storage_layout
                for name in ("Participants", "TradeRegistry", "CreditLedger")
            },
            Told(0, {}, {}, {}, 0),
            node.block_number(),
        )
        state = reader.read()
    assert set(story.pieces.values()) <= state.pieces.keys()
    for piece in state.pieces.values():
        assert read("LedgerReader", "piece", piece.id) == (
            piece.id, piece.owner, piece.parent or 0, piece.amount_minor, piece.evidence, piece.hops, piece.tier, piece.state,
            piece.is_financed, piece.deadline, piece.open_offers, piece.child_count,
        )  # fmt: skip
    for one in state.obligations.values():
        assert read("LedgerReader", "obligation", one.id) == (
            one.id >> 32, one.line, one.face_minor, one.live_minor, one.maturity_day, one.piece_count, one.max_pieces,
            one.max_hops, one.grace_days, one.rulebook_version, one.instrument, one.currency,
            one.utc_offset_quarter_hours, one.is_overdue,
        )  # fmt: skip
    for line in state.lines.values():
        assert read("LedgerReader", "line", line.id) == (
            line.bank, line.issuer, line.limit_minor, line.used_minor, line.obligation_count, line.expiry_day,
            line.currency, line.status, line.utc_offset_quarter_hours,
        )  # fmt: skip
    for party in state.parties.values():
        account, *rest = read("Participants", "party", party.id)
        assert (account.lower(), *rest) == (
            party.account, party.roles, party.status, party.kyc_expiry_day, party.group, party.key_count,
            party.key_changes,
        )  # fmt: skip
    for document in state.evidence.values():
        assert read("TradeRegistry", "evidence", document.id) == (
            document.face_minor, document.used_minor, document.buyer, document.seller, document.currency, document.kind,
            document.delivery_day, document.use_count, document.commitment,
        )  # fmt: skip
    for row in state.financing.values():
        assert read("LedgerReader", "financing", row.bank, row.issuer, row.currency) == (
            row.limit_minor, row.financed_minor,
        )  # fmt: skip


def test_a_block_that_the_node_does_not_have_is_refused_with_what_to_do(story: Story) -> None:
    with NodeReader(story.stage.endpoint) as node, pytest.raises(NodeRefused, match="eth_getStorageAt"):
        node.words(story.stage.token, [0], 10**9)


@given(st.binary(min_size=32, max_size=32), st.integers(1, 2**128))
def test_the_signer_of_a_digest_is_recovered(digest: bytes, key: int) -> None:
    account = Account.from_key(key.to_bytes(32, "big"))
    signature = bytes(account.unsafe_sign_hash(digest).signature)
    assert recovered(digest, signature) == account.address.lower()
    assert recovered(digest, signature[:-1]) is None
    assert recovered(digest, signature[:-1] + b"\x05") is None
    assert recovered(digest, bytes(64) + b"\x1b") is None


def test_a_struct_is_hashed_by_its_own_description() -> None:
    values = (b"\1" * 32, b"\2" * 32, 1, 100, 1, 2, 3, 20_000)
    encoded = b"".join(
        one if isinstance(one, bytes) else one.to_bytes(32, "big") for one in (keccak(text=CONFIRMATION), *values)
    )
    assert struct_hash(CONFIRMATION, *values) == keccak(encoded)
