// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// An obligation in one storage word, lowest bits first: `face u64 | live u64 | maturityDay u16 | pieceCount u16 | maxPieces u16 |
/// maxHops u8 | graceDays u8 | rulebookVersion u16 | instrument u8 | flags u8 | heldCount u16 | currency u8 |
/// utcOffsetQuarterHours i8`. The held count is for a later version and 0 in this one.
type ObligationWord is uint256;

using ObligationWords for ObligationWord global;

/// @notice Reads and changes an obligation's word. Terms are written once; only live, pieceCount and flags ever change.
library ObligationWords {
    uint256 private constant LIVE_SHIFT = 64;
    uint256 private constant MATURITY_SHIFT = 128;
    uint256 private constant PIECE_COUNT_SHIFT = 144;
    uint256 private constant MAX_PIECES_SHIFT = 160;
    uint256 private constant MAX_HOPS_SHIFT = 176;
    uint256 private constant GRACE_DAYS_SHIFT = 184;
    uint256 private constant VERSION_SHIFT = 192;
    uint256 private constant INSTRUMENT_SHIFT = 208;
    uint256 private constant FLAGS_SHIFT = 216;
    uint256 private constant CURRENCY_SHIFT = 240;
    uint256 private constant OFFSET_SHIFT = 248;

    /// Flag: unpaid after maturity and days of grace.
    uint256 private constant OVERDUE = 1 << FLAGS_SHIFT;

    function pack(
        uint64 faceMinor_,
        uint16 maturityDay_,
        uint16 pieceCount_,
        uint16 maxPieces_,
        uint8 maxHops_,
        uint8 graceDays_,
        uint16 rulebookVersion_,
        uint8 instrument_,
        uint8 currency_,
        int8 utcOffsetQuarterHours_
    ) internal pure returns (ObligationWord) {
        return ObligationWord.wrap(
            uint256(faceMinor_) | (uint256(faceMinor_) << LIVE_SHIFT) | (uint256(maturityDay_) << MATURITY_SHIFT)
                | (uint256(pieceCount_) << PIECE_COUNT_SHIFT) | (uint256(maxPieces_) << MAX_PIECES_SHIFT)
                | (uint256(maxHops_) << MAX_HOPS_SHIFT) | (uint256(graceDays_) << GRACE_DAYS_SHIFT)
                | (uint256(rulebookVersion_) << VERSION_SHIFT) | (uint256(instrument_) << INSTRUMENT_SHIFT)
                | (uint256(currency_) << CURRENCY_SHIFT) | (uint256(uint8(utcOffsetQuarterHours_)) << OFFSET_SHIFT)
        );
    }

    function faceMinor(ObligationWord self) internal pure returns (uint64) {
        return uint64(ObligationWord.unwrap(self));
    }

    function liveMinor(ObligationWord self) internal pure returns (uint64) {
        return uint64(ObligationWord.unwrap(self) >> LIVE_SHIFT);
    }

    function maturityDay(ObligationWord self) internal pure returns (uint16) {
        return uint16(ObligationWord.unwrap(self) >> MATURITY_SHIFT);
    }

    function pieceCount(ObligationWord self) internal pure returns (uint16) {
        return uint16(ObligationWord.unwrap(self) >> PIECE_COUNT_SHIFT);
    }

    function maxPieces(ObligationWord self) internal pure returns (uint16) {
        return uint16(ObligationWord.unwrap(self) >> MAX_PIECES_SHIFT);
    }

    function maxHops(ObligationWord self) internal pure returns (uint8) {
        return uint8(ObligationWord.unwrap(self) >> MAX_HOPS_SHIFT);
    }

    function graceDays(ObligationWord self) internal pure returns (uint8) {
        return uint8(ObligationWord.unwrap(self) >> GRACE_DAYS_SHIFT);
    }

    function rulebookVersion(ObligationWord self) internal pure returns (uint16) {
        return uint16(ObligationWord.unwrap(self) >> VERSION_SHIFT);
    }

    function instrument(ObligationWord self) internal pure returns (uint8) {
        return uint8(ObligationWord.unwrap(self) >> INSTRUMENT_SHIFT);
    }

    function isOverdue(ObligationWord self) internal pure returns (bool) {
        return ObligationWord.unwrap(self) & OVERDUE != 0;
    }

    function currency(ObligationWord self) internal pure returns (uint8) {
        return uint8(ObligationWord.unwrap(self) >> CURRENCY_SHIFT);
    }

    function utcOffsetQuarterHours(ObligationWord self) internal pure returns (int8) {
        return int8(uint8(ObligationWord.unwrap(self) >> OFFSET_SHIFT));
    }

    /// With `count` more pieces. The caller has checked them against `maxPieces`, so they fit 16 bits.
    function withMorePieces(ObligationWord self, uint256 count) internal pure returns (ObligationWord) {
        return ObligationWord.wrap(ObligationWord.unwrap(self) + (count << PIECE_COUNT_SHIFT));
    }

    /// With `amountMinor` less owed. It is the amount of live pieces, so it is part of what is live.
    function withLessLive(ObligationWord self, uint64 amountMinor) internal pure returns (ObligationWord) {
        return ObligationWord.wrap(ObligationWord.unwrap(self) - (uint256(amountMinor) << LIVE_SHIFT));
    }

    function overdue(ObligationWord self) internal pure returns (ObligationWord) {
        return ObligationWord.wrap(ObligationWord.unwrap(self) | OVERDUE);
    }

    function cured(ObligationWord self) internal pure returns (ObligationWord) {
        return ObligationWord.wrap(ObligationWord.unwrap(self) & ~OVERDUE);
    }
}
