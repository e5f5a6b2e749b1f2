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
    name: getattr(words, name)
    for name in (
        "PIECE",
        "OBLIGATION",
        "LINE",
        "LINE_TERMS",
        "BACKER",
        "ALLOTMENT",
        "HOLD",
        "GUARANTEE",
        "PARTY",
        "KEY",
        "EVIDENCE",
        "LOT",
        "RECEIPT",
        "LOAN",
        "CLAIM",
        "RARITIES",
        "ISSUER",
        "FINANCING",
    )
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
    with pytest.raises(VariableMissing, match=r"mapping\(PieceId => struct LedgerBase.PieceSlot\)"):
        layout.mapping("PieceId", "struct LedgerBase.PieceSlot")
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
                for name in ("Participants", "TradeRegistry", "Warehouse", "Loans", "CreditLedger")
            },
            Told(0, {}, {}, {}, 0),
            node.block_number(),
        )
        state = reader.read()
    assert set(story.pieces.values()) <= state.pieces.keys()
    fields = story.stage.fields
    for piece in state.pieces.values():
        assert fields("LedgerReader", "piece", piece.id) == {
            "id": piece.id, "owner": piece.owner, "parent": piece.parent or 0, "amountMinor": piece.amount_minor,
            "evidence": piece.evidence, "useIndex": piece.use_index, "hops": piece.hops, "tier": piece.tier,
            "state": piece.state, "financed": piece.is_financed, "payment": piece.is_payment, "deadline": piece.deadline,
            "openOffers": piece.open_offers, "childCount": piece.child_count,
        }  # fmt: skip
    for one in state.obligations.values():
        assert fields("LedgerReader", "obligation", one.id) == {
            "issuer": one.id >> 32, "line": one.line, "faceMinor": one.face_minor, "liveMinor": one.live_minor,
            "maturityDay": one.maturity_day, "pieceCount": one.piece_count, "maxPieces": one.max_pieces,
            "maxHops": one.max_hops, "graceDays": one.grace_days, "rulebookVersion": one.rulebook_version,
            "instrument": one.instrument, "currency": one.currency,
            "utcOffsetQuarterHours": one.utc_offset_quarter_hours, "overdue": one.is_overdue,
            "recourse": bool(one.flags & words.ObligationFlag.RECOURSE),
            "attestedOnly": bool(one.flags & words.ObligationFlag.ATTESTED_ONLY), "lossMinor": one.loss_minor,
            "heldCount": one.held_count,
        }  # fmt: skip
    for line in state.lines.values():
        assert fields("LedgerReader", "line", line.id) == {
            "bank": line.bank, "issuer": line.issuer, "limitMinor": line.limit_minor, "usedMinor": line.used_minor,
            "obligationCount": line.obligation_count, "expiryDay": line.expiry_day, "currency": line.currency,
            "status": line.status, "utcOffsetQuarterHours": line.utc_offset_quarter_hours,
            "allottedMinor": line.allotted_minor, "calendar": line.calendar, "allotmentCount": line.allotment_count,
        }  # fmt: skip
    for party in state.parties.values():
        known = fields("Participants", "party", party.id)
        assert known | {"account": known["account"].lower()} == {
            "account": party.account, "roles": party.roles, "status": party.status, "kycExpiryDay": party.kyc_expiry_day,
            "group": party.group, "accountBank": party.account_bank, "epoch": party.epoch, "keyCount": party.key_count,
            "keyChanges": party.key_changes,
        }  # fmt: skip
    for document in state.evidence.values():
        assert fields("TradeRegistry", "evidence", document.id) == {
            "faceMinor": document.face_minor, "usedMinor": document.used_minor, "buyer": document.buyer,
            "seller": document.seller, "currency": document.currency, "kind": document.kind, "flags": document.flags,
            "deliveryDay": document.delivery_day, "useCount": document.use_count,
            "creditedMinor": document.credited_minor, "carriedMinor": document.carried_minor,
            "lot": document.lot.to_bytes(32, "big"), "order": document.order, "commitment": document.commitment,
        }  # fmt: skip
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
    values = (b"\1" * 32, b"\2" * 32, 1, 100, 1, 2, 3, 20_000, bytes(32), b"\3" * 32, 4)
    encoded = b"".join(
        one if isinstance(one, bytes) else one.to_bytes(32, "big") for one in (keccak(text=CONFIRMATION), *values)
    )
    assert struct_hash(CONFIRMATION, *values) == keccak(encoded)
