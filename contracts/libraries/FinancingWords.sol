// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// What a bank will finance, and has financed, of an issuer's paper in one currency: `limit u64 | financed u64`, lowest bits first.
type FinancingWord is uint256;

using FinancingWords for FinancingWord global;

/// @notice Reads and changes a financing word.
library FinancingWords {
    uint256 private constant FINANCED_SHIFT = 64;
    uint256 private constant LIMIT_MASK = type(uint64).max;

    function limitMinor(FinancingWord self) internal pure returns (uint64) {
        return uint64(FinancingWord.unwrap(self));
    }

    function financedMinor(FinancingWord self) internal pure returns (uint64) {
        return uint64(FinancingWord.unwrap(self) >> FINANCED_SHIFT);
    }

    function withLimit(FinancingWord self, uint64 limitMinor_) internal pure returns (FinancingWord) {
        return FinancingWord.wrap((FinancingWord.unwrap(self) & ~LIMIT_MASK) | limitMinor_);
    }

    /// With more financed. The caller has checked it against the limit.
    function withMore(FinancingWord self, uint64 amountMinor) internal pure returns (FinancingWord) {
        return FinancingWord.wrap(FinancingWord.unwrap(self) + (uint256(amountMinor) << FINANCED_SHIFT));
    }

    /// With less financed. The amount is that of a piece which the bank holds, so it is part of what is financed.
    function withLess(FinancingWord self, uint64 amountMinor) internal pure returns (FinancingWord) {
        return FinancingWord.wrap(FinancingWord.unwrap(self) - (uint256(amountMinor) << FINANCED_SHIFT));
    }
}
