// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// What a bank has promised an issuer in one currency, and under which group of related parties that is counted: `promised u128 |
/// group u24`, lowest bits first.
type PromiseWord is uint256;

using PromiseWords for PromiseWord global;

/// @notice Reads and changes a promise's word.
library PromiseWords {
    uint256 private constant PROMISED_MASK = type(uint128).max;
    uint256 private constant GROUP_SHIFT = 128;

    /// Its shares of the limits of lines, and its financing limit. An issuer has at most 255 lines of 64-bit limits, so the sum fits.
    function promisedMinor(PromiseWord self) internal pure returns (uint128) {
        return uint128(PromiseWord.unwrap(self));
    }

    /// The group under which it is counted, which may be a former one; 0 for none.
    function group(PromiseWord self) internal pure returns (uint24) {
        return uint24(PromiseWord.unwrap(self) >> GROUP_SHIFT);
    }

    /// With one part changed. The former amount is part of what is promised.
    function withChange(PromiseWord self, uint64 formerMinor, uint64 newMinor) internal pure returns (PromiseWord) {
        return PromiseWord.wrap(PromiseWord.unwrap(self) - formerMinor + newMinor);
    }

    function withGroup(PromiseWord self, uint24 group_) internal pure returns (PromiseWord) {
        return PromiseWord.wrap((PromiseWord.unwrap(self) & PROMISED_MASK) | (uint256(group_) << GROUP_SHIFT));
    }
}
