// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {PartyId} from "../types/Identifiers.sol";
import {WHOLE_BASIS_POINTS} from "../types/Units.sol";

/// A bank that backs a line beside the one that granted it: `bank u32 | basisPoints u16`, lowest bits first.
type BackerWord is uint256;

using BackerWords for BackerWord global;

/// @notice Reads a backer's word. It is written once, when the bank joins, and never changes.
library BackerWords {
    uint256 private constant BASIS_POINTS_SHIFT = 32;

    function pack(PartyId bank_, uint16 basisPoints_) internal pure returns (BackerWord) {
        return BackerWord.wrap(uint256(PartyId.unwrap(bank_)) | (uint256(basisPoints_) << BASIS_POINTS_SHIFT));
    }

    function bank(BackerWord self) internal pure returns (PartyId) {
        return PartyId.wrap(uint32(BackerWord.unwrap(self)));
    }

    function basisPoints(BackerWord self) internal pure returns (uint16) {
        return uint16(BackerWord.unwrap(self) >> BASIS_POINTS_SHIFT);
    }

    /// What it carries of an amount, rounded down. A share is at most 10,000 basis points, so this is at most the amount.
    function shareDown(BackerWord self, uint64 amountMinor) internal pure returns (uint64) {
        return uint64(uint256(amountMinor) * self.basisPoints() / WHOLE_BASIS_POINTS);
    }
}
