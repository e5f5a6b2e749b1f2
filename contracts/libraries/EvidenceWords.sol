// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {PartyId} from "../types/Identifiers.sol";

/// A confirmed document in one storage word, lowest bits first: `face u64 | used u64 | buyer u32 | seller u32 | currency u8 | kind u8 |
/// flags u8 | deliveryDay u16 | useCount u16`. The 8 highest bits are spare, and 0.
type EvidenceWord is uint256;

using EvidenceWords for EvidenceWord global;

/// @notice Reads and changes a document's word.
library EvidenceWords {
    uint256 private constant USED_SHIFT = 64;
    uint256 private constant BUYER_SHIFT = 128;
    uint256 private constant SELLER_SHIFT = 160;
    uint256 private constant CURRENCY_SHIFT = 192;
    uint256 private constant KIND_SHIFT = 200;
    uint256 private constant FLAGS_SHIFT = 208;
    uint256 private constant DELIVERY_SHIFT = 216;
    uint256 private constant USE_COUNT_SHIFT = 232;
    uint256 private constant TRADE_MASK = uint256(type(uint80).max) << BUYER_SHIFT;

    /// The seller asks for payment of what it delivered.
    uint8 internal constant INVOICE = 1;
    /// The buyer asks for goods; nothing is owed yet.
    uint8 internal constant ORDER = 2;
    /// A keeper stores a lot; nothing is owed.
    uint8 internal constant WAREHOUSE_RECEIPT = 3;

    /// An attestor signed it too.
    uint8 internal constant ATTESTED = 1;
    /// Credit notes took all of its face away; it backs nothing new.
    uint8 internal constant CANCELLED = 2;
    /// Credit notes took some of its face away.
    uint8 internal constant CREDITED = 4;
    /// It is about goods that a keeper stores.
    uint8 internal constant HAS_LOT = 8;
    /// Any of these and the word alone does not say what the document can back.
    uint8 internal constant SPECIAL = CANCELLED | CREDITED | HAS_LOT;

    /// What was confirmed, before it is packed.
    struct Fields {
        uint64 faceMinor;
        uint64 usedMinor;
        PartyId buyer;
        PartyId seller;
        uint8 currency;
        uint8 kind;
        uint8 flags;
        uint16 deliveryDay;
    }

    function pack(Fields memory fields) internal pure returns (EvidenceWord) {
        return EvidenceWord.wrap(
            uint256(fields.faceMinor) | (uint256(fields.usedMinor) << USED_SHIFT)
                | trade(fields.buyer, fields.seller, fields.currency, fields.kind) | (uint256(fields.flags) << FLAGS_SHIFT)
                | (uint256(fields.deliveryDay) << DELIVERY_SHIFT)
        );
    }

    /// The part of a word that says who owes whom what by which kind of document.
    function trade(PartyId buyer_, PartyId seller_, uint8 currency_, uint8 kind_) internal pure returns (uint256) {
        return (uint256(PartyId.unwrap(buyer_)) << BUYER_SHIFT) | (uint256(PartyId.unwrap(seller_)) << SELLER_SHIFT)
            | (uint256(currency_) << CURRENCY_SHIFT) | (uint256(kind_) << KIND_SHIFT);
    }

    /// Whether the document is of exactly this trade: buyer, seller, currency and kind in one comparison.
    function isOf(EvidenceWord self, uint256 trade_) internal pure returns (bool) {
        return EvidenceWord.unwrap(self) & TRADE_MASK == trade_;
    }

    function faceMinor(EvidenceWord self) internal pure returns (uint64) {
        return uint64(EvidenceWord.unwrap(self));
    }

    function usedMinor(EvidenceWord self) internal pure returns (uint64) {
        return uint64(EvidenceWord.unwrap(self) >> USED_SHIFT);
    }

    function buyer(EvidenceWord self) internal pure returns (PartyId) {
        return PartyId.wrap(uint32(EvidenceWord.unwrap(self) >> BUYER_SHIFT));
    }

    function seller(EvidenceWord self) internal pure returns (PartyId) {
        return PartyId.wrap(uint32(EvidenceWord.unwrap(self) >> SELLER_SHIFT));
    }

    function currency(EvidenceWord self) internal pure returns (uint8) {
        return uint8(EvidenceWord.unwrap(self) >> CURRENCY_SHIFT);
    }

    function kind(EvidenceWord self) internal pure returns (uint8) {
        return uint8(EvidenceWord.unwrap(self) >> KIND_SHIFT);
    }

    function flags(EvidenceWord self) internal pure returns (uint8) {
        return uint8(EvidenceWord.unwrap(self) >> FLAGS_SHIFT);
    }

    /// Whether any of these flags is set.
    function has(EvidenceWord self, uint8 flags_) internal pure returns (bool) {
        return self.flags() & flags_ != 0;
    }

    function deliveryDay(EvidenceWord self) internal pure returns (uint16) {
        return uint16(EvidenceWord.unwrap(self) >> DELIVERY_SHIFT);
    }

    /// Times that a piece ever used the document. It only grows, so an acceptance that names it fits once.
    function useCount(EvidenceWord self) internal pure returns (uint16) {
        return uint16(EvidenceWord.unwrap(self) >> USE_COUNT_SHIFT);
    }

    /// With more used, once more. The caller has checked the amount against what is left of the face, and that the count, below the
    /// spare bits, has not reached its end.
    function withUse(EvidenceWord self, uint64 amountMinor) internal pure returns (EvidenceWord) {
        return EvidenceWord.wrap(EvidenceWord.unwrap(self) + (uint256(amountMinor) << USED_SHIFT) + (1 << USE_COUNT_SHIFT));
    }

    /// With more used by a loan, which takes no number among the uses of pieces. The caller has checked the amount against what is left.
    function withMoreUsed(EvidenceWord self, uint64 amountMinor) internal pure returns (EvidenceWord) {
        return EvidenceWord.wrap(EvidenceWord.unwrap(self) + (uint256(amountMinor) << USED_SHIFT));
    }

    /// With less used. The caller has checked the amount against what is used.
    function withLessUsed(EvidenceWord self, uint64 amountMinor) internal pure returns (EvidenceWord) {
        return EvidenceWord.wrap(EvidenceWord.unwrap(self) - (uint256(amountMinor) << USED_SHIFT));
    }

    /// With less face. The caller has checked the amount against the face.
    function withLessFace(EvidenceWord self, uint64 amountMinor) internal pure returns (EvidenceWord) {
        return EvidenceWord.wrap(EvidenceWord.unwrap(self) - amountMinor);
    }

    /// With these flags, beside those that it has.
    function withFlags(EvidenceWord self, uint8 flags_) internal pure returns (EvidenceWord) {
        return EvidenceWord.wrap(EvidenceWord.unwrap(self) | (uint256(flags_) << FLAGS_SHIFT));
    }
}
