// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// A credit line in one storage word, lowest bits first: `limit u64 | used u64 | allotted u64 | obligationCount u24 | expiryDay u16 |
/// currency u8 | status u8 | utcOffsetQuarterHours i8`.
type LineWord is uint256;

using LineWords for LineWord global;

/// @notice Reads and changes a line's word.
library LineWords {
    uint256 private constant LIMIT_MASK = type(uint64).max;
    uint256 private constant USED_SHIFT = 64;
    uint256 private constant ALLOTTED_SHIFT = 128;
    uint256 private constant COUNT_SHIFT = 192;
    uint256 private constant EXPIRY_SHIFT = 216;
    uint256 private constant CURRENCY_SHIFT = 232;
    uint256 private constant STATUS_SHIFT = 240;
    uint256 private constant STATUS_MASK = uint256(type(uint8).max) << STATUS_SHIFT;
    uint256 private constant OFFSET_SHIFT = 248;

    uint8 internal constant OPEN = 1;
    uint8 internal constant SUSPENDED = 2;

    function pack(uint64 limitMinor_, uint16 expiryDay_, uint8 currency_, int8 utcOffsetQuarterHours_) internal pure returns (LineWord) {
        return LineWord.wrap(
            uint256(limitMinor_) | (uint256(expiryDay_) << EXPIRY_SHIFT) | (uint256(currency_) << CURRENCY_SHIFT)
                | (uint256(OPEN) << STATUS_SHIFT) | (uint256(uint8(utcOffsetQuarterHours_)) << OFFSET_SHIFT)
        );
    }

    function limitMinor(LineWord self) internal pure returns (uint64) {
        return uint64(LineWord.unwrap(self));
    }

    function usedMinor(LineWord self) internal pure returns (uint64) {
        return uint64(LineWord.unwrap(self) >> USED_SHIFT);
    }

    /// Promised to suppliers in allotments, and not drawn.
    function allottedMinor(LineWord self) internal pure returns (uint64) {
        return uint64(LineWord.unwrap(self) >> ALLOTTED_SHIFT);
    }

    /// What the issuer can still issue or allot. Used and allotted together never exceed the limit: each checks before it grows, and
    /// a limit is never set lower.
    function availableMinor(LineWord self) internal pure returns (uint64) {
        unchecked {
            return self.limitMinor() - self.usedMinor() - self.allottedMinor();
        }
    }

    function obligationCount(LineWord self) internal pure returns (uint24) {
        return uint24(LineWord.unwrap(self) >> COUNT_SHIFT);
    }

    function expiryDay(LineWord self) internal pure returns (uint16) {
        return uint16(LineWord.unwrap(self) >> EXPIRY_SHIFT);
    }

    function currency(LineWord self) internal pure returns (uint8) {
        return uint8(LineWord.unwrap(self) >> CURRENCY_SHIFT);
    }

    /// 0 no such line, 1 open, 2 suspended.
    function status(LineWord self) internal pure returns (uint8) {
        return uint8(LineWord.unwrap(self) >> STATUS_SHIFT);
    }

    function utcOffsetQuarterHours(LineWord self) internal pure returns (int8) {
        return int8(uint8(LineWord.unwrap(self) >> OFFSET_SHIFT));
    }

    /// After one more obligation of this face. The caller has checked that face fits under the limit and the count 24 bits.
    function withIssue(LineWord self, uint64 faceMinor) internal pure returns (LineWord) {
        return LineWord.wrap(LineWord.unwrap(self) + (uint256(faceMinor) << USED_SHIFT) + (1 << COUNT_SHIFT));
    }

    /// With less used. The amount is that of live pieces under the line, so it is part of what is used.
    function withLessUsed(LineWord self, uint64 amountMinor) internal pure returns (LineWord) {
        return LineWord.wrap(LineWord.unwrap(self) - (uint256(amountMinor) << USED_SHIFT));
    }

    /// With more promised in allotments. The caller has checked that it is available.
    function withMoreAllotted(LineWord self, uint64 amountMinor) internal pure returns (LineWord) {
        return LineWord.wrap(LineWord.unwrap(self) + (uint256(amountMinor) << ALLOTTED_SHIFT));
    }

    /// With less promised. The amount is part of an allotment, so it is part of what is allotted.
    function withLessAllotted(LineWord self, uint64 amountMinor) internal pure returns (LineWord) {
        return LineWord.wrap(LineWord.unwrap(self) - (uint256(amountMinor) << ALLOTTED_SHIFT));
    }

    function withLimit(LineWord self, uint64 limitMinor_) internal pure returns (LineWord) {
        return LineWord.wrap((LineWord.unwrap(self) & ~LIMIT_MASK) | limitMinor_);
    }

    function withStatus(LineWord self, uint8 status_) internal pure returns (LineWord) {
        return LineWord.wrap((LineWord.unwrap(self) & ~STATUS_MASK) | (uint256(status_) << STATUS_SHIFT));
    }
}
