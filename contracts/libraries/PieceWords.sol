// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {EvidenceId, PartyId} from "../types/Identifiers.sol";
import {PieceState} from "../types/Movements.sol";
import {PieceReference} from "../types/PieceReference.sol";
import {SaleWord} from "./SaleWords.sol";

/// A piece in one storage word, lowest bits first: `amount u64 | owner u32 | parent u16 | evidence u40 | useIndex u16 |
/// hops u8 | tier u8 | state u4 | flags u4 | deadline u32 | openOffers u16 | childCount u16`.
type PieceWord is uint256;

using PieceWords for PieceWord global;

/// @notice Reads and changes a piece's word. Nothing here touches storage.
library PieceWords {
    uint256 private constant AMOUNT_MASK = type(uint64).max;
    uint256 private constant OWNER_SHIFT = 64;
    uint256 private constant PARENT_SHIFT = 96;
    uint256 private constant EVIDENCE_SHIFT = 112;
    uint256 private constant USE_INDEX_SHIFT = 152;
    uint256 private constant HOPS_SHIFT = 168;
    uint256 private constant TIER_SHIFT = 176;
    uint256 private constant STATE_SHIFT = 184;
    uint256 private constant FOUR_BITS = 15;
    uint256 private constant STATE_MASK = FOUR_BITS << STATE_SHIFT;
    uint256 private constant FLAGS_SHIFT = 188;
    uint256 private constant DEADLINE_SHIFT = 192;
    uint256 private constant OPEN_OFFERS_SHIFT = 224;
    uint256 private constant CHILD_COUNT_SHIFT = 240;

    /// Flag: a bank bought this piece; it counts against that bank's financing limit.
    uint8 internal constant FINANCED = 1;
    /// Flag: a hold rests on this piece; `Holds` has the reason. It binds all descendants too.
    uint8 internal constant MARKED = 2;
    /// Flag: cut from its parent by a payment: the part that was paid, or the claim of who paid in the issuer's place.
    uint8 internal constant PAYMENT = 4;
    /// Flag: who paid in the issuer's place paid to a court's account. What the court held before is served by that and binds this
    /// piece no more.
    uint8 internal constant COURT_SERVED = 8;

    /// What a new piece is made of. `evidence` and `useIndex` are 0 on a cash hop.
    struct Fields {
        uint64 amountMinor;
        PartyId owner;
        uint16 parentIndex;
        EvidenceId evidence;
        uint16 useIndex;
        uint8 hops;
        uint8 tier;
        PieceState state;
        uint8 flags;
        uint32 deadline;
    }

    function pack(Fields memory fields) internal pure returns (PieceWord) {
        uint256 low = uint256(fields.amountMinor) | (uint256(PartyId.unwrap(fields.owner)) << OWNER_SHIFT)
            | (uint256(fields.parentIndex) << PARENT_SHIFT) | (uint256(EvidenceId.unwrap(fields.evidence)) << EVIDENCE_SHIFT)
            | (uint256(fields.useIndex) << USE_INDEX_SHIFT);
        return PieceWord.wrap(
            low | (uint256(fields.hops) << HOPS_SHIFT) | (uint256(fields.tier) << TIER_SHIFT)
                | (uint256(fields.state) << STATE_SHIFT) | (uint256(fields.flags) << FLAGS_SHIFT)
                | (uint256(fields.deadline) << DEADLINE_SHIFT)
        );
    }

    /// What all new pieces of one movement by trade have in common: their hops are their tier.
    function ofMovement(uint16 parentIndex_, uint8 hops_, PieceState state_) internal pure returns (PieceWord) {
        return PieceWord.wrap(
            (uint256(parentIndex_) << PARENT_SHIFT) | (uint256(hops_) << HOPS_SHIFT) | (uint256(hops_) << TIER_SHIFT)
                | (uint256(state_) << STATE_SHIFT)
        );
    }

    /// The same with what is each piece's own.
    function withLeg(PieceWord self, uint64 amountMinor_, PartyId owner_, EvidenceId evidence_, uint16 useIndex_, uint32 deadline_)
        internal
        pure
        returns (PieceWord)
    {
        return PieceWord.wrap(
            PieceWord.unwrap(self) | amountMinor_ | (uint256(PartyId.unwrap(owner_)) << OWNER_SHIFT)
                | (uint256(EvidenceId.unwrap(evidence_)) << EVIDENCE_SHIFT) | (uint256(useIndex_) << USE_INDEX_SHIFT)
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

    /// How often the evidence had been used before; the latest use is held first when the document is credited in part.
    function useIndex(PieceWord self) internal pure returns (uint16) {
        return uint16(PieceWord.unwrap(self) >> USE_INDEX_SHIFT);
    }

    /// Whether an order means a piece with this parent and evidence, which stand side by side in both words.
    function isMeantBy(PieceWord self, PieceReference named) internal pure returns (bool) {
        return uint56(PieceWord.unwrap(self) >> PARENT_SHIFT) == uint56(PieceReference.unwrap(named) >> 80);
    }

    function hops(PieceWord self) internal pure returns (uint8) {
        return uint8(PieceWord.unwrap(self) >> HOPS_SHIFT);
    }

    /// Hops with a trade behind them.
    function tier(PieceWord self) internal pure returns (uint8) {
        return uint8(PieceWord.unwrap(self) >> TIER_SHIFT);
    }

    function state(PieceWord self) internal pure returns (PieceState) {
        return PieceState(uint8((PieceWord.unwrap(self) >> STATE_SHIFT) & FOUR_BITS));
    }

    /// Whether somebody may still be paid for it. What is paid, given back or lost is not, and a piece that passed all of its amount on
    /// has nothing in it to be paid for.
    function isLive(PieceWord self) internal pure returns (bool) {
        return self.amountMinor() != 0 && self.isOpen();
    }

    /// Whether it, or what was cut from it, may still be paid: neither paid, given back nor lost.
    function isOpen(PieceWord self) internal pure returns (bool) {
        PieceState state_ = self.state();
        return state_ == PieceState.Offered || state_ == PieceState.Held || state_ == PieceState.Locked;
    }

    /// Whether its seller disputes that the cash for it came.
    function isContested(PieceWord self, SaleWord sale) internal pure returns (bool) {
        return self.state() == PieceState.Locked && sale.isContested();
    }

    function flags(PieceWord self) internal pure returns (uint8) {
        return uint8((PieceWord.unwrap(self) >> FLAGS_SHIFT) & FOUR_BITS);
    }

    function isFinanced(PieceWord self) internal pure returns (bool) {
        return self.flags() & FINANCED != 0;
    }

    /// Whether a hold rests on this very piece; an ancestor's binds it too.
    function isMarked(PieceWord self) internal pure returns (bool) {
        return self.flags() & MARKED != 0;
    }

    function isPayment(PieceWord self) internal pure returns (bool) {
        return self.flags() & PAYMENT != 0;
    }

    function isCourtServed(PieceWord self) internal pure returns (bool) {
        return self.flags() & COURT_SERVED != 0;
    }

    function deadline(PieceWord self) internal pure returns (uint32) {
        return uint32(PieceWord.unwrap(self) >> DEADLINE_SHIFT);
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

    function withFlags(PieceWord self, uint8 flags_) internal pure returns (PieceWord) {
        return PieceWord.wrap((PieceWord.unwrap(self) & ~(FOUR_BITS << FLAGS_SHIFT)) | (uint256(flags_) << FLAGS_SHIFT));
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

    /// The parent after a child took `amountMinor_` in the course of a payment, which asks nobody's consent.
    function paidOff(PieceWord self, uint64 amountMinor_) internal pure returns (PieceWord) {
        return PieceWord.wrap(PieceWord.unwrap(self) - amountMinor_ + (1 << CHILD_COUNT_SHIFT));
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
