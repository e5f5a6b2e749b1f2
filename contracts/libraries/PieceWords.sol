// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {EvidenceId, PartyId} from "../types/Identifiers.sol";
import {PieceState} from "../types/Movements.sol";

/// A piece in one storage word, lowest bits first: `amount u64 | owner u32 | parent u16 | evidence u40 | hops u8 | tier u8 |
/// state u8 | flags u8 | deadline u40 | openOffers u16 | childCount u16`.
type PieceWord is uint256;

using PieceWords for PieceWord global;

/// @notice Reads and changes a piece's word. Nothing here touches storage.
library PieceWords {
    uint256 private constant AMOUNT_MASK = type(uint64).max;
    uint256 private constant OWNER_SHIFT = 64;
    uint256 private constant PARENT_SHIFT = 96;
    uint256 private constant EVIDENCE_SHIFT = 112;
    uint256 private constant HOPS_SHIFT = 152;
    uint256 private constant TIER_SHIFT = 160;
    uint256 private constant STATE_SHIFT = 168;
    uint256 private constant STATE_MASK = uint256(type(uint8).max) << STATE_SHIFT;
    uint256 private constant FLAGS_SHIFT = 176;
    uint256 private constant DEADLINE_SHIFT = 184;
    uint256 private constant OPEN_OFFERS_SHIFT = 224;
    uint256 private constant CHILD_COUNT_SHIFT = 240;

    /// Flag: a bank bought this piece; it counts against that bank's financing limit.
    uint8 internal constant FINANCED = 1;

    function pack(
        uint64 amountMinor_,
        PartyId owner_,
        uint16 parentIndex_,
        EvidenceId evidence_,
        uint8 hops_,
        uint8 tier_,
        PieceState state_,
        uint8 flags_,
        uint40 deadline_
    ) internal pure returns (PieceWord) {
        return PieceWord.wrap(
            uint256(amountMinor_) | (uint256(PartyId.unwrap(owner_)) << OWNER_SHIFT) | (uint256(parentIndex_) << PARENT_SHIFT)
                | (uint256(EvidenceId.unwrap(evidence_)) << EVIDENCE_SHIFT) | (uint256(hops_) << HOPS_SHIFT)
                | (uint256(tier_) << TIER_SHIFT) | (uint256(state_) << STATE_SHIFT) | (uint256(flags_) << FLAGS_SHIFT)
                | (uint256(deadline_) << DEADLINE_SHIFT)
        );
    }

    function amountMinor(PieceWord self) internal pure returns (uint64) {
        return uint64(PieceWord.unwrap(self));
    }

    function owner(PieceWord self) internal pure returns (PartyId) {
        return PartyId.wrap(uint32(PieceWord.unwrap(self) >> OWNER_SHIFT));
    }

    /// Index of the parent within the same obligation; 0 for a piece that the issuer issued.
    function parentIndex(PieceWord self) internal pure returns (uint16) {
        return uint16(PieceWord.unwrap(self) >> PARENT_SHIFT);
    }

    /// 0 on a cash hop.
    function evidence(PieceWord self) internal pure returns (EvidenceId) {
        return EvidenceId.wrap(uint40(PieceWord.unwrap(self) >> EVIDENCE_SHIFT));
    }

    function hops(PieceWord self) internal pure returns (uint8) {
        return uint8(PieceWord.unwrap(self) >> HOPS_SHIFT);
    }

    /// Hops with a trade behind them.
    function tier(PieceWord self) internal pure returns (uint8) {
        return uint8(PieceWord.unwrap(self) >> TIER_SHIFT);
    }

    function state(PieceWord self) internal pure returns (PieceState) {
        return PieceState(uint8(PieceWord.unwrap(self) >> STATE_SHIFT));
    }

    function flags(PieceWord self) internal pure returns (uint8) {
        return uint8(PieceWord.unwrap(self) >> FLAGS_SHIFT);
    }

    function isFinanced(PieceWord self) internal pure returns (bool) {
        return self.flags() & FINANCED != 0;
    }

    function deadline(PieceWord self) internal pure returns (uint40) {
        return uint40(PieceWord.unwrap(self) >> DEADLINE_SHIFT);
    }

    /// Children that wait for consent; their amounts may come back, so the piece cannot be redeemed before.
    function openOffers(PieceWord self) internal pure returns (uint16) {
        return uint16(PieceWord.unwrap(self) >> OPEN_OFFERS_SHIFT);
    }

    /// Children ever made. It only grows, so an order that names it fits once.
    function childCount(PieceWord self) internal pure returns (uint16) {
        return uint16(PieceWord.unwrap(self) >> CHILD_COUNT_SHIFT);
    }

    function withState(PieceWord self, PieceState state_) internal pure returns (PieceWord) {
        return PieceWord.wrap((PieceWord.unwrap(self) & ~STATE_MASK) | (uint256(state_) << STATE_SHIFT));
    }

    /// The same piece with nothing left in it.
    function emptied(PieceWord self) internal pure returns (PieceWord) {
        return PieceWord.wrap(PieceWord.unwrap(self) & ~AMOUNT_MASK);
    }

    /// The parent after `children` new ones took `amountMinor_` together. The caller has checked that this much is there and
    /// that the obligation's piece count, which bounds the number of children, fits.
    function passedOn(PieceWord self, uint256 amountMinor_, uint256 children, bool offered) internal pure returns (PieceWord) {
        uint256 openOffers_ = offered ? children << OPEN_OFFERS_SHIFT : 0;
        return PieceWord.wrap(PieceWord.unwrap(self) - amountMinor_ + openOffers_ + (children << CHILD_COUNT_SHIFT));
    }

    /// The parent after one offered child was accepted.
    function offerClosed(PieceWord self) internal pure returns (PieceWord) {
        return PieceWord.wrap(PieceWord.unwrap(self) - (1 << OPEN_OFFERS_SHIFT));
    }

    /// The parent after one offered child gave its amount back. The sum was in the parent before, so it fits 64 bits.
    function givenBack(PieceWord self, uint64 amountMinor_) internal pure returns (PieceWord) {
        return PieceWord.wrap(PieceWord.unwrap(self) + amountMinor_ - (1 << OPEN_OFFERS_SHIFT));
    }
}
