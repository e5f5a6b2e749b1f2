// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {PartyId} from "../types/Identifiers.sol";

/// Why a piece is on hold, in one storage word, lowest bits first: `kinds u8 | disputant u32 | disputeDay u16 | court u32 |
/// pieceCount u16`.
type HoldWord is uint256;

using HoldWords for HoldWord global;

/// @notice Reads and changes a hold's word. Several holds can rest on one piece; it is free when all have ended.
library HoldWords {
    uint256 private constant DISPUTANT_SHIFT = 8;
    uint256 private constant DISPUTE_DAY_SHIFT = 40;
    uint256 private constant COURT_SHIFT = 56;
    uint256 private constant PIECE_COUNT_SHIFT = 88;
    uint256 private constant DISPUTE_MASK = uint256(type(uint48).max) << DISPUTANT_SHIFT;
    uint256 private constant COURT_MASK = uint256(type(uint48).max) << COURT_SHIFT;

    /// One side of the trade disputes it.
    uint8 internal constant DISPUTE = 1;
    /// The document was cancelled or credited: goods came back.
    uint8 internal constant RETURNED = 2;
    /// A regulator carries out a court's order.
    uint8 internal constant COURT = 4;
    /// No hold, but remembered: a side has disputed the piece, which it may do once.
    uint8 private constant DISPUTED_BY_PAYER = 8;
    uint8 private constant DISPUTED_BY_OWNER = 16;

    function has(HoldWord self, uint8 kind) internal pure returns (bool) {
        return uint8(HoldWord.unwrap(self)) & kind != 0;
    }

    /// Whether any hold is left.
    function isHolding(HoldWord self) internal pure returns (bool) {
        return self.has(DISPUTE | RETURNED | COURT);
    }

    /// Whether the payer, or else the owner, has disputed the piece before.
    function hasDisputed(HoldWord self, bool isPayer) internal pure returns (bool) {
        return self.has(isPayer ? DISPUTED_BY_PAYER : DISPUTED_BY_OWNER);
    }

    /// Who opened the dispute; 0 if there is none.
    function disputant(HoldWord self) internal pure returns (PartyId) {
        return PartyId.wrap(uint32(HoldWord.unwrap(self) >> DISPUTANT_SHIFT));
    }

    /// The day on which the dispute was opened, in the line's time zone.
    function disputeDay(HoldWord self) internal pure returns (uint16) {
        return uint16(HoldWord.unwrap(self) >> DISPUTE_DAY_SHIFT);
    }

    /// The regulator whose account is the court's; 0 if no court ordered anything.
    function court(HoldWord self) internal pure returns (PartyId) {
        return PartyId.wrap(uint32(HoldWord.unwrap(self) >> COURT_SHIFT));
    }

    /// Pieces that the obligation had when a court's order on all of it came; 0 for an order on a piece.
    function pieceCount(HoldWord self) internal pure returns (uint16) {
        return uint16(HoldWord.unwrap(self) >> PIECE_COUNT_SHIFT);
    }

    function withDispute(HoldWord self, PartyId disputant_, uint16 day, bool isPayer) internal pure returns (HoldWord) {
        return HoldWord.wrap(
            HoldWord.unwrap(self) | DISPUTE | (isPayer ? DISPUTED_BY_PAYER : DISPUTED_BY_OWNER) | (uint256(PartyId.unwrap(disputant_)) << DISPUTANT_SHIFT)
                | (uint256(day) << DISPUTE_DAY_SHIFT)
        );
    }

    function withReturn(HoldWord self) internal pure returns (HoldWord) {
        return HoldWord.wrap(HoldWord.unwrap(self) | RETURNED);
    }

    function withCourt(HoldWord self, PartyId court_) internal pure returns (HoldWord) {
        return HoldWord.wrap(HoldWord.unwrap(self) | COURT | (uint256(PartyId.unwrap(court_)) << COURT_SHIFT));
    }

    /// A court's order on a whole obligation, which has so many pieces by then.
    function onWhole(PartyId court_, uint16 pieceCount_) internal pure returns (HoldWord) {
        return HoldWord.wrap(
            HoldWord.unwrap(HoldWord.wrap(0).withCourt(court_)) | (uint256(pieceCount_) << PIECE_COUNT_SHIFT)
        );
    }

    /// Without one kind of hold, and what was noted with it; who has disputed stays.
    function without(HoldWord self, uint8 kind) internal pure returns (HoldWord) {
        uint256 word = HoldWord.unwrap(self) & ~uint256(kind);
        if (kind == DISPUTE) word &= ~DISPUTE_MASK;
        if (kind == COURT) word &= ~COURT_MASK;
        return HoldWord.wrap(word);
    }
}
