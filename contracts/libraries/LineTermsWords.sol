// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {PartyId} from "../types/Identifiers.sol";

/// What no issue has to read of a line, in one storage word, lowest bits first: `bank u32 | calendar u8 | allotmentCount u16 |
/// backerCount u8 | sharedBasisPoints u16`.
type LineTermsWord is uint256;

using LineTermsWords for LineTermsWord global;

/// @notice Reads and changes a line's second word.
library LineTermsWords {
    uint256 private constant CALENDAR_SHIFT = 32;
    uint256 private constant ALLOTMENTS_SHIFT = 40;
    uint256 private constant BACKERS_SHIFT = 56;
    uint256 private constant SHARED_SHIFT = 64;

    function pack(PartyId bank_, uint8 calendar_) internal pure returns (LineTermsWord) {
        return LineTermsWord.wrap(uint256(PartyId.unwrap(bank_)) | (uint256(calendar_) << CALENDAR_SHIFT));
    }

    /// The bank that granted the line, and leads those who back it with it.
    function bank(LineTermsWord self) internal pure returns (PartyId) {
        return PartyId.wrap(uint32(LineTermsWord.unwrap(self)));
    }

    /// Holiday calendar of the rulebook, by which the line's paper falls due; 0 has no holidays.
    function calendar(LineTermsWord self) internal pure returns (uint8) {
        return uint8(LineTermsWord.unwrap(self) >> CALENDAR_SHIFT);
    }

    /// Allotments ever made under the line.
    function allotmentCount(LineTermsWord self) internal pure returns (uint16) {
        return uint16(LineTermsWord.unwrap(self) >> ALLOTMENTS_SHIFT);
    }

    /// Banks that back the line beside the one that granted it.
    function backerCount(LineTermsWord self) internal pure returns (uint8) {
        return uint8(LineTermsWord.unwrap(self) >> BACKERS_SHIFT);
    }

    /// What those carry together; the granting bank carries the rest of 10,000.
    function sharedBasisPoints(LineTermsWord self) internal pure returns (uint16) {
        return uint16(LineTermsWord.unwrap(self) >> SHARED_SHIFT);
    }

    /// With one more allotment. The caller has checked that the count stays below 65,536.
    function withAllotment(LineTermsWord self) internal pure returns (LineTermsWord) {
        return LineTermsWord.wrap(LineTermsWord.unwrap(self) + (1 << ALLOTMENTS_SHIFT));
    }

    /// With one more bank. The caller has checked that the count stays below 256 and the shares at most 10,000.
    function withBacker(LineTermsWord self, uint16 basisPoints) internal pure returns (LineTermsWord) {
        return LineTermsWord.wrap(LineTermsWord.unwrap(self) + (1 << BACKERS_SHIFT) + (uint256(basisPoints) << SHARED_SHIFT));
    }
}
