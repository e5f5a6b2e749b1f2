// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {EvidenceId, ReceiptId} from "../types/Identifiers.sol";
import {WHOLE_MICROS} from "../types/Units.sol";

/// What a loan bears and rests on, in one storage word, lowest bits first: `interest u128 | annualRateMicros u32 | dayCountBasis u16 |
/// evidence u40 | receipt u40`.
///
/// Interest is kept exactly, as minor units times the divisor `basis × 1,000,000`, and is rounded only when it is paid: however often a
/// loan is touched, it comes to the same. Principal, rate and days have 64, 32 and 16 bits, so the sum over all days stays below 2^112.
type ClaimWord is uint256;

using ClaimWords for ClaimWord global;

/// @notice Reads and changes a claim's word.
library ClaimWords {
    uint256 private constant RATE_SHIFT = 128;
    uint256 private constant BASIS_SHIFT = 160;
    uint256 private constant EVIDENCE_SHIFT = 176;
    uint256 private constant RECEIPT_SHIFT = 216;
    uint256 private constant INTEREST_MASK = type(uint128).max;
    uint256 private constant EVIDENCE_MASK = uint256(type(uint40).max) << EVIDENCE_SHIFT;

    function pack(uint32 annualRateMicros_, uint16 dayCountBasis_, EvidenceId evidence_, ReceiptId receipt_)
        internal
        pure
        returns (ClaimWord)
    {
        return ClaimWord.wrap(
            (uint256(annualRateMicros_) << RATE_SHIFT) | (uint256(dayCountBasis_) << BASIS_SHIFT)
                | (uint256(EvidenceId.unwrap(evidence_)) << EVIDENCE_SHIFT) | (uint256(ReceiptId.unwrap(receipt_)) << RECEIPT_SHIFT)
        );
    }

    /// Interest so far, times the divisor.
    function interest(ClaimWord self) internal pure returns (uint128) {
        return uint128(ClaimWord.unwrap(self));
    }

    /// Parts per million a year.
    function annualRateMicros(ClaimWord self) internal pure returns (uint32) {
        return uint32(ClaimWord.unwrap(self) >> RATE_SHIFT);
    }

    /// Days that count as a year.
    function dayCountBasis(ClaimWord self) internal pure returns (uint16) {
        return uint16(ClaimWord.unwrap(self) >> BASIS_SHIFT);
    }

    /// The document whose capacity the loan uses: receipt or order, and the invoice once it rests on a sale.
    function evidence(ClaimWord self) internal pure returns (EvidenceId) {
        return EvidenceId.wrap(uint40(ClaimWord.unwrap(self) >> EVIDENCE_SHIFT));
    }

    /// The receipt that the loan was given on; 0 for one on an order.
    function receipt(ClaimWord self) internal pure returns (ReceiptId) {
        return ReceiptId.wrap(uint40(ClaimWord.unwrap(self) >> RECEIPT_SHIFT));
    }

    function isOnReceipt(ClaimWord self) internal pure returns (bool) {
        return ReceiptId.unwrap(self.receipt()) != 0;
    }

    /// Minor units of interest, the fraction rounded up in the bank's favour.
    function interestMinorUp(ClaimWord self) internal pure returns (uint256) {
        uint256 divisor = self.dayCountBasis() * WHOLE_MICROS;
        return (self.interest() + divisor - 1) / divisor;
    }

    /// With the interest on a principal for some days.
    function accrued(ClaimWord self, uint64 principalMinor, uint16 daysSince) internal pure returns (ClaimWord) {
        return ClaimWord.wrap(ClaimWord.unwrap(self) + uint256(principalMinor) * self.annualRateMicros() * daysSince);
    }

    /// With some interest paid. What was rounded up is paid with the last unit.
    function withInterestPaid(ClaimWord self, uint64 paidMinor) internal pure returns (ClaimWord) {
        uint256 paid = uint256(paidMinor) * self.dayCountBasis() * WHOLE_MICROS;
        uint256 left = self.interest() > paid ? self.interest() - paid : 0;
        return ClaimWord.wrap((ClaimWord.unwrap(self) & ~INTEREST_MASK) | left);
    }

    function withEvidence(ClaimWord self, EvidenceId evidence_) internal pure returns (ClaimWord) {
        return ClaimWord.wrap((ClaimWord.unwrap(self) & ~EVIDENCE_MASK) | (uint256(EvidenceId.unwrap(evidence_)) << EVIDENCE_SHIFT));
    }
}
