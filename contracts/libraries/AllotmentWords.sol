// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {PartyId} from "../types/Identifiers.sol";
import {AllotmentTerms} from "../types/Movements.sol";

/// A part of a line that a supplier may draw on, in one storage word, lowest bits first: `left u64 | holder u32 | parentIndex u16 |
/// depth u8 | status u8 | expiryDay u16 | instrument u8 | minTenorDays u16 | recourseAllowed u8`.
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
    uint256 private constant INSTRUMENT_SHIFT = 144;
    uint256 private constant MIN_TENOR_SHIFT = 152;
    uint256 private constant RECOURSE_SHIFT = 168;
    uint256 private constant TERMS_MASK = ((uint256(1) << 32) - 1) << INSTRUMENT_SHIFT;

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

    /// What may be drawn on it, which its issuer says once.
    function withTerms(AllotmentWord self, AllotmentTerms memory terms) internal pure returns (AllotmentWord) {
        return AllotmentWord.wrap(
            AllotmentWord.unwrap(self) | (uint256(terms.instrument) << INSTRUMENT_SHIFT)
                | (uint256(terms.minTenorDays) << MIN_TENOR_SHIFT) | (terms.recourseAllowed ? uint256(1) << RECOURSE_SHIFT : 0)
        );
    }

    /// With the terms of what it is a part of.
    function withTermsOf(AllotmentWord self, AllotmentWord parent) internal pure returns (AllotmentWord) {
        return AllotmentWord.wrap(AllotmentWord.unwrap(self) | (AllotmentWord.unwrap(parent) & TERMS_MASK));
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

    /// The only instrument that is drawn on it.
    function instrument(AllotmentWord self) internal pure returns (uint8) {
        return uint8(AllotmentWord.unwrap(self) >> INSTRUMENT_SHIFT);
    }

    /// Days from the day of a draw to its maturity, at least.
    function minTenorDays(AllotmentWord self) internal pure returns (uint16) {
        return uint16(AllotmentWord.unwrap(self) >> MIN_TENOR_SHIFT);
    }

    function recourseAllowed(AllotmentWord self) internal pure returns (bool) {
        return uint8(AllotmentWord.unwrap(self) >> RECOURSE_SHIFT) != 0;
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
