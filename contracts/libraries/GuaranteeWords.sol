// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {PartyId} from "../types/Identifiers.sol";
import {WHOLE_BASIS_POINTS} from "../types/Units.sol";

/// One guarantor's share of an obligation in one storage word, lowest bits first: `guarantor u32 | basisPoints u16 | paid u64`.
type GuaranteeWord is uint256;

using GuaranteeWords for GuaranteeWord global;

/// @notice Reads and changes a guarantee's word. Guarantor and share are written once.
library GuaranteeWords {
    uint256 private constant SHARE_SHIFT = 32;
    uint256 private constant PAID_SHIFT = 48;

    function pack(PartyId guarantor_, uint16 basisPoints_) internal pure returns (GuaranteeWord) {
        return GuaranteeWord.wrap(uint256(PartyId.unwrap(guarantor_)) | (uint256(basisPoints_) << SHARE_SHIFT));
    }

    function guarantor(GuaranteeWord self) internal pure returns (PartyId) {
        return PartyId.wrap(uint32(GuaranteeWord.unwrap(self)));
    }

    /// Its share of the obligation's face, in parts of 10,000.
    function basisPoints(GuaranteeWord self) internal pure returns (uint16) {
        return uint16(GuaranteeWord.unwrap(self) >> SHARE_SHIFT);
    }

    /// What it paid to holders so far.
    function paidMinor(GuaranteeWord self) internal pure returns (uint64) {
        return uint64(GuaranteeWord.unwrap(self) >> PAID_SHIFT);
    }

    /// What its share of this face still covers, rounded down. A share is at most the whole and never less than what it paid.
    function coveredMinorDown(GuaranteeWord self, uint64 faceMinor) internal pure returns (uint64) {
        return uint64(uint256(faceMinor) * self.basisPoints() / WHOLE_BASIS_POINTS) - self.paidMinor();
    }

    /// With more paid. The caller has checked that the share covers it.
    function withMorePaid(GuaranteeWord self, uint64 amountMinor) internal pure returns (GuaranteeWord) {
        return GuaranteeWord.wrap(GuaranteeWord.unwrap(self) + (uint256(amountMinor) << PAID_SHIFT));
    }
}
