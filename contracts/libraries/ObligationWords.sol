// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {RuleWord} from "./RuleWords.sol";

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

    // A new obligation's word is made in two steps, since so many values at once do not fit the compiler's stack.

    /// What is owed, until when, and what the rules say: their pieces, hops and grace stand side by side in both words.
    function open(RuleWord rules, uint64 faceMinor_, uint16 maturityDay_, uint256 pieceCount_) internal pure returns (ObligationWord) {
        uint256 ruled = ((RuleWord.unwrap(rules) >> 16) & type(uint32).max) << MAX_PIECES_SHIFT;
        return ObligationWord.wrap(
            ruled | (uint256(rules.version()) << VERSION_SHIFT) | faceMinor_ | (uint256(faceMinor_) << LIVE_SHIFT)
                | (uint256(maturityDay_) << MATURITY_SHIFT) | (pieceCount_ << PIECE_COUNT_SHIFT)
        );
    }

    /// With the rest of the terms.
    function withTerms(ObligationWord self, uint8 instrument_, uint8 flags_, uint8 currency_, int8 utcOffsetQuarterHours_)
        internal
        pure
        returns (ObligationWord)
    {
        return ObligationWord.wrap(
            ObligationWord.unwrap(self) | (uint256(instrument_) << INSTRUMENT_SHIFT) | (uint256(flags_) << FLAGS_SHIFT)
                | (uint256(currency_) << CURRENCY_SHIFT) | (uint256(uint8(utcOffsetQuarterHours_)) << OFFSET_SHIFT)
        );
    }

    /// Flags of the terms.
    function flagsOf(bool recourse, bool attestedOnly) internal pure returns (uint8) {
        return (recourse ? RECOURSE : 0) | (attestedOnly ? ATTESTED_ONLY : 0);
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

    /// With one more mark. The caller has checked that 65,535 are not reached.
    function withMark(ObligationWord self) internal pure returns (ObligationWord) {
        return ObligationWord.wrap(ObligationWord.unwrap(self) + (1 << HELD_COUNT_SHIFT));
    }

    function withoutMark(ObligationWord self) internal pure returns (ObligationWord) {
        return ObligationWord.wrap(ObligationWord.unwrap(self) - (1 << HELD_COUNT_SHIFT));
    }
}
