// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// What the ledger keeps of an issuer in one storage word, lowest bits first: `lineCount u8 | overdueCount u32`.
type IssuerWord is uint256;

using IssuerWords for IssuerWord global;

/// @notice Reads and changes an issuer's word.
library IssuerWords {
    uint256 private constant OVERDUE_SHIFT = 8;

    function lineCount(IssuerWord self) internal pure returns (uint8) {
        return uint8(IssuerWord.unwrap(self));
    }

    /// Obligations that are overdue and not cured; new issues stop while it is not zero.
    function overdueCount(IssuerWord self) internal pure returns (uint32) {
        return uint32(IssuerWord.unwrap(self) >> OVERDUE_SHIFT);
    }

    /// With one more line. The caller has checked that the count stays below 256.
    function withLine(IssuerWord self) internal pure returns (IssuerWord) {
        return IssuerWord.wrap(IssuerWord.unwrap(self) + 1);
    }

    /// An issuer has at most 255 lines of 2^24 obligations each, which all can be overdue at once within 32 bits.
    function withOverdue(IssuerWord self) internal pure returns (IssuerWord) {
        return IssuerWord.wrap(IssuerWord.unwrap(self) + (1 << OVERDUE_SHIFT));
    }

    function withCure(IssuerWord self) internal pure returns (IssuerWord) {
        return IssuerWord.wrap(IssuerWord.unwrap(self) - (1 << OVERDUE_SHIFT));
    }
}
