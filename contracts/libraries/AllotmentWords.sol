// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {PartyId} from "../types/Identifiers.sol";

/// A part of a line that a supplier may draw on, in one storage word, lowest bits first: `left u64 | holder u32 | parentIndex u16 |
/// depth u8 | status u8 | expiryDay u16`.
type AllotmentWord is uint256;

using AllotmentWords for AllotmentWord global;

/// @notice Reads and changes an allotment's word. Only left and status ever change.
library AllotmentWords {
    uint256 private constant LEFT_MASK = type(uint64).max;
    uint256 private constant HOLDER_SHIFT = 64;
    uint256 private constant PARENT_SHIFT = 96;
    uint256 private constant DEPTH_SHIFT = 112;
    uint256 private constant STATUS_SHIFT = 120;
    uint256 private constant STATUS_MASK = uint256(type(uint8).max) << STATUS_SHIFT;
    uint256 private constant EXPIRY_SHIFT = 128;

    uint8 internal constant LIVE = 1;
    uint8 internal constant REVOKED = 2;
    uint8 internal constant EXPIRED = 3;

    function pack(uint64 leftMinor_, PartyId holder_, uint16 parentIndex_, uint8 depth_, uint16 expiryDay_)
        internal
        pure
        returns (AllotmentWord)
    {
        return AllotmentWord.wrap(
            uint256(leftMinor_) | (uint256(PartyId.unwrap(holder_)) << HOLDER_SHIFT) | (uint256(parentIndex_) << PARENT_SHIFT)
                | (uint256(depth_) << DEPTH_SHIFT) | (uint256(LIVE) << STATUS_SHIFT) | (uint256(expiryDay_) << EXPIRY_SHIFT)
        );
    }

    /// Neither drawn nor passed on, and not freed.
    function leftMinor(AllotmentWord self) internal pure returns (uint64) {
        return uint64(AllotmentWord.unwrap(self));
    }

    function holder(AllotmentWord self) internal pure returns (PartyId) {
        return PartyId.wrap(uint32(AllotmentWord.unwrap(self) >> HOLDER_SHIFT));
    }

    /// Index, under the line, of the allotment that this is a part of; 0 if the issuer made it.
    function parentIndex(AllotmentWord self) internal pure returns (uint16) {
        return uint16(AllotmentWord.unwrap(self) >> PARENT_SHIFT);
    }

    /// Suppliers from the issuer to the holder, the holder included.
    function depth(AllotmentWord self) internal pure returns (uint8) {
        return uint8(AllotmentWord.unwrap(self) >> DEPTH_SHIFT);
    }

    /// 0 no such allotment, 1 live, 2 revoked, 3 expired.
    function status(AllotmentWord self) internal pure returns (uint8) {
        return uint8(AllotmentWord.unwrap(self) >> STATUS_SHIFT);
    }

    /// The last day, in the line's time zone, on which it can be drawn.
    function expiryDay(AllotmentWord self) internal pure returns (uint16) {
        return uint16(AllotmentWord.unwrap(self) >> EXPIRY_SHIFT);
    }

    /// With less left. The caller has checked that this much is.
    function withLess(AllotmentWord self, uint64 amountMinor) internal pure returns (AllotmentWord) {
        return AllotmentWord.wrap(AllotmentWord.unwrap(self) - amountMinor);
    }

    /// With what a part gave back. It was in this allotment before, so the sum fits 64 bits.
    function withMore(AllotmentWord self, uint64 amountMinor) internal pure returns (AllotmentWord) {
        return AllotmentWord.wrap(AllotmentWord.unwrap(self) + amountMinor);
    }

    /// Ended, with nothing left.
    function ended(AllotmentWord self, uint8 status_) internal pure returns (AllotmentWord) {
        return AllotmentWord.wrap((AllotmentWord.unwrap(self) & ~(STATUS_MASK | LEFT_MASK)) | (uint256(status_) << STATUS_SHIFT));
    }
}
