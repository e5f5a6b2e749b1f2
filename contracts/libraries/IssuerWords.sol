// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// What the ledger keeps of an issuer in one storage word, lowest bits first: `lineCount u8 | overdueCount u32 |
/// days of the last three obligations that became overdue, u16 each, the latest lowest`.
type IssuerWord is uint256;

using IssuerWords for IssuerWord global;

/// @notice Reads and changes an issuer's word.
library IssuerWords {
    uint256 private constant OVERDUE_SHIFT = 8;
    uint256 private constant DAYS_SHIFT = 40;
    /// Six months, in which three overdue obligations make an issuer persistently overdue (notice 77 of 2025, article 15).
    uint256 private constant PERSISTENCE_DAYS = 183;

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

    /// The day on which the last but `back` obligation was marked as overdue (`back` 0 to 2); 0 if there were not so many.
    function overdueDay(IssuerWord self, uint256 back) internal pure returns (uint16) {
        return uint16(IssuerWord.unwrap(self) >> (DAYS_SHIFT + 16 * back));
    }

    /// Whether three obligations became overdue in the six months up to this day.
    function isPersistentlyOverdue(IssuerWord self, uint16 today) internal pure returns (bool) {
        uint256 thirdLast = self.overdueDay(2);
        return thirdLast != 0 && today <= thirdLast + PERSISTENCE_DAYS;
    }

    /// With one more overdue obligation, since this day. An issuer has at most 255 lines of 2^24 obligations each, which all can be
    /// overdue at once within 32 bits.
    function withOverdue(IssuerWord self, uint16 day) internal pure returns (IssuerWord) {
        uint256 word = IssuerWord.unwrap(self);
        uint256 earlierDays = (word >> DAYS_SHIFT) & type(uint32).max;
        uint256 counts = word & ((1 << DAYS_SHIFT) - 1);
        return IssuerWord.wrap((counts + (1 << OVERDUE_SHIFT)) | (uint256(day) << DAYS_SHIFT) | (earlierDays << (DAYS_SHIFT + 16)));
    }

    function withCure(IssuerWord self) internal pure returns (IssuerWord) {
        return IssuerWord.wrap(IssuerWord.unwrap(self) - (1 << OVERDUE_SHIFT));
    }
}
