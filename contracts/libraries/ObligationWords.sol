// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// An obligation in one storage word, lowest bits first: `face u64 | live u64 | maturityDay u16 | pieceCount u16 | maxPieces u16 |
/// maxHops u8 | graceDays u8 | rulebookVersion u16 | instrument u8 | flags u8 | heldCount u16 | currency u8 |
/// utcOffsetQuarterHours i8`.
type ObligationWord is uint256;

using ObligationWords for ObligationWord global;

/// @notice Reads and changes an obligation's word. Terms are written once; only live, pieceCount, heldCount and flags ever change.
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
    uint256 private constant HELD_COUNT_SHIFT = 224;
    uint256 private constant CURRENCY_SHIFT = 240;
    uint256 private constant OFFSET_SHIFT = 248;

    /// Flag: unpaid after maturity and days of grace.
    uint8 internal constant OVERDUE = 1;
    /// Flag: a hold rests on the whole obligation.
    uint8 internal constant MARKED = 2;
    /// Flag, a term: on default a holder may go back along the path.
    uint8 internal constant RECOURSE = 4;
    /// Flag, a term: only documents that were attested back its pieces.
    uint8 internal constant ATTESTED_ONLY = 8;
    /// Flag: something was written off; `lossOf` says how much is not yet made good.
    uint8 internal constant WRITTEN_OFF = 16;

    /// The terms of a new obligation.
    struct Terms {
        uint64 faceMinor;
        uint16 maturityDay;
        uint16 pieceCount;
        uint16 maxPieces;
        uint8 maxHops;
        uint8 graceDays;
        uint16 rulebookVersion;
        uint8 instrument;
        uint8 flags;
        uint8 currency;
        int8 utcOffsetQuarterHours;
    }

    function pack(Terms memory terms) internal pure returns (ObligationWord) {
        uint256 low = uint256(terms.faceMinor) | (uint256(terms.faceMinor) << LIVE_SHIFT) | (uint256(terms.maturityDay) << MATURITY_SHIFT)
            | (uint256(terms.pieceCount) << PIECE_COUNT_SHIFT) | (uint256(terms.maxPieces) << MAX_PIECES_SHIFT)
            | (uint256(terms.maxHops) << MAX_HOPS_SHIFT) | (uint256(terms.graceDays) << GRACE_DAYS_SHIFT);
        return ObligationWord.wrap(
            low | (uint256(terms.rulebookVersion) << VERSION_SHIFT) | (uint256(terms.instrument) << INSTRUMENT_SHIFT)
                | (uint256(terms.flags) << FLAGS_SHIFT) | (uint256(terms.currency) << CURRENCY_SHIFT)
                | (uint256(uint8(terms.utcOffsetQuarterHours)) << OFFSET_SHIFT)
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

    function flags(ObligationWord self) internal pure returns (uint8) {
        return uint8(ObligationWord.unwrap(self) >> FLAGS_SHIFT);
    }

    function isOverdue(ObligationWord self) internal pure returns (bool) {
        return self.flags() & OVERDUE != 0;
    }

    /// Whether a hold rests on the whole obligation.
    function isMarked(ObligationWord self) internal pure returns (bool) {
        return self.flags() & MARKED != 0;
    }

    function hasRecourse(ObligationWord self) internal pure returns (bool) {
        return self.flags() & RECOURSE != 0;
    }

    function isAttestedOnly(ObligationWord self) internal pure returns (bool) {
        return self.flags() & ATTESTED_ONLY != 0;
    }

    function isWrittenOff(ObligationWord self) internal pure returns (bool) {
        return self.flags() & WRITTEN_OFF != 0;
    }

    /// Marks on its pieces and on itself. While it is zero, no movement has to look for one.
    function heldCount(ObligationWord self) internal pure returns (uint16) {
        return uint16(ObligationWord.unwrap(self) >> HELD_COUNT_SHIFT);
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

    function withFlags(ObligationWord self, uint8 flags_) internal pure returns (ObligationWord) {
        return ObligationWord.wrap(
            (ObligationWord.unwrap(self) & ~(uint256(type(uint8).max) << FLAGS_SHIFT)) | (uint256(flags_) << FLAGS_SHIFT)
        );
    }

    /// With one more mark. There are at most as many as pieces and one, and the caller has checked that 65,535 are not reached.
    function withMark(ObligationWord self) internal pure returns (ObligationWord) {
        return ObligationWord.wrap(ObligationWord.unwrap(self) + (1 << HELD_COUNT_SHIFT));
    }

    function withoutMark(ObligationWord self) internal pure returns (ObligationWord) {
        return ObligationWord.wrap(ObligationWord.unwrap(self) - (1 << HELD_COUNT_SHIFT));
    }
}
