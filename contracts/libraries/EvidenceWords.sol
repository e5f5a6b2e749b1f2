// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {PartyId} from "../types/Identifiers.sol";

/// A confirmed document in one storage word, lowest bits first: `face u64 | used u64 | buyer u32 | seller u32 | currency u8 | kind u8 |
/// flags u8 | deliveryDay u16 | useCount u24`. The flags are for a later version and 0 in this one.
type EvidenceWord is uint256;

using EvidenceWords for EvidenceWord global;

/// @notice Reads and changes a document's word.
library EvidenceWords {
    uint256 private constant USED_SHIFT = 64;
    uint256 private constant BUYER_SHIFT = 128;
    uint256 private constant SELLER_SHIFT = 160;
    uint256 private constant CURRENCY_SHIFT = 192;
    uint256 private constant KIND_SHIFT = 200;
    uint256 private constant DELIVERY_SHIFT = 216;
    uint256 private constant USE_COUNT_SHIFT = 232;

    /// The seller asks for payment of what it delivered.
    uint8 internal constant INVOICE = 1;
    /// The buyer asks for goods; nothing is owed yet.
    uint8 internal constant ORDER = 2;
    /// A keeper stores a lot; nothing is owed.
    uint8 internal constant WAREHOUSE_RECEIPT = 3;

    function pack(uint64 faceMinor_, PartyId buyer_, PartyId seller_, uint8 currency_, uint8 kind_, uint16 deliveryDay_)
        internal
        pure
        returns (EvidenceWord)
    {
        return EvidenceWord.wrap(
            uint256(faceMinor_) | (uint256(PartyId.unwrap(buyer_)) << BUYER_SHIFT) | (uint256(PartyId.unwrap(seller_)) << SELLER_SHIFT)
                | (uint256(currency_) << CURRENCY_SHIFT) | (uint256(kind_) << KIND_SHIFT) | (uint256(deliveryDay_) << DELIVERY_SHIFT)
        );
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

    function deliveryDay(EvidenceWord self) internal pure returns (uint16) {
        return uint16(EvidenceWord.unwrap(self) >> DELIVERY_SHIFT);
    }

    /// Times that the document was ever used. It only grows, so an acceptance that names it fits once.
    function useCount(EvidenceWord self) internal pure returns (uint24) {
        return uint24(EvidenceWord.unwrap(self) >> USE_COUNT_SHIFT);
    }

    /// With more used, once more. The caller has checked the amount against face. The count is the highest field: the addition is
    /// checked, so after 2^24 uses there is an arithmetic panic instead of a count that starts again.
    function withUse(EvidenceWord self, uint64 amountMinor) internal pure returns (EvidenceWord) {
        return EvidenceWord.wrap(EvidenceWord.unwrap(self) + (uint256(amountMinor) << USED_SHIFT) + (1 << USE_COUNT_SHIFT));
    }

    /// With less used. The amount is that of an offered piece which used it, so it is part of what is used.
    function withLessUsed(EvidenceWord self, uint64 amountMinor) internal pure returns (EvidenceWord) {
        return EvidenceWord.wrap(EvidenceWord.unwrap(self) - (uint256(amountMinor) << USED_SHIFT));
    }
}
