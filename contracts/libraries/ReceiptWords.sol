// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {EvidenceId, LoanId, PartyId} from "../types/Identifiers.sol";

/// A warehouse receipt in one storage word, lowest bits first: `quantity u64 | owner u32 | evidence u40 | loan u40 | state u8`. The 72
/// highest bits are spare, and 0. Its lot is kept beside it.
type ReceiptWord is uint256;

using ReceiptWords for ReceiptWord global;

/// @notice Reads and changes a receipt's word.
library ReceiptWords {
    uint256 private constant OWNER_SHIFT = 64;
    uint256 private constant EVIDENCE_SHIFT = 96;
    uint256 private constant LOAN_SHIFT = 136;
    uint256 private constant STATE_SHIFT = 176;
    uint256 private constant OWNER_MASK = uint256(type(uint32).max) << OWNER_SHIFT;
    uint256 private constant LOAN_MASK = uint256(type(uint40).max) << LOAN_SHIFT;
    uint256 private constant STATE_MASK = uint256(type(uint8).max) << STATE_SHIFT;

    /// The keeper owes the goods to the owner.
    uint8 internal constant LIVE = 1;
    /// The goods left, or another receipt took its place.
    uint8 internal constant WITHDRAWN = 2;

    function pack(uint64 quantity_, PartyId owner_, EvidenceId evidence_) internal pure returns (ReceiptWord) {
        return ReceiptWord.wrap(
            uint256(quantity_) | (uint256(PartyId.unwrap(owner_)) << OWNER_SHIFT)
                | (uint256(EvidenceId.unwrap(evidence_)) << EVIDENCE_SHIFT) | (uint256(LIVE) << STATE_SHIFT)
        );
    }

    function quantity(ReceiptWord self) internal pure returns (uint64) {
        return uint64(ReceiptWord.unwrap(self));
    }

    function owner(ReceiptWord self) internal pure returns (PartyId) {
        return PartyId.wrap(uint32(ReceiptWord.unwrap(self) >> OWNER_SHIFT));
    }

    /// The document that the keeper signed for it.
    function evidence(ReceiptWord self) internal pure returns (EvidenceId) {
        return EvidenceId.wrap(uint40(ReceiptWord.unwrap(self) >> EVIDENCE_SHIFT));
    }

    /// The loan that it is pledged for; 0 if it is not.
    function loan(ReceiptWord self) internal pure returns (LoanId) {
        return LoanId.wrap(uint40(ReceiptWord.unwrap(self) >> LOAN_SHIFT));
    }

    /// 0 for a receipt that does not exist.
    function state(ReceiptWord self) internal pure returns (uint8) {
        return uint8(ReceiptWord.unwrap(self) >> STATE_SHIFT);
    }

    function isPledged(ReceiptWord self) internal pure returns (bool) {
        return ReceiptWord.unwrap(self) & LOAN_MASK != 0;
    }

    function withOwner(ReceiptWord self, PartyId owner_) internal pure returns (ReceiptWord) {
        return ReceiptWord.wrap((ReceiptWord.unwrap(self) & ~OWNER_MASK) | (uint256(PartyId.unwrap(owner_)) << OWNER_SHIFT));
    }

    /// With the loan that it is pledged for; 0 for none.
    function withLoan(ReceiptWord self, LoanId loan_) internal pure returns (ReceiptWord) {
        return ReceiptWord.wrap((ReceiptWord.unwrap(self) & ~LOAN_MASK) | (uint256(LoanId.unwrap(loan_)) << LOAN_SHIFT));
    }

    function withState(ReceiptWord self, uint8 state_) internal pure returns (ReceiptWord) {
        return ReceiptWord.wrap((ReceiptWord.unwrap(self) & ~STATE_MASK) | (uint256(state_) << STATE_SHIFT));
    }
}
