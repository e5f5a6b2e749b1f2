// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// What a bank lets itself promise to a group of related issuers in one currency, and has promised: `cap u64 | promised u128`, lowest
/// bits first.
type GroupCapWord is uint256;

using GroupCapWords for GroupCapWord global;

/// @notice Reads and changes a group cap's word.
library GroupCapWords {
    uint256 private constant CAP_MASK = type(uint64).max;
    uint256 private constant PROMISED_SHIFT = 64;

    /// 0 where the bank has set none.
    function capMinor(GroupCapWord self) internal pure returns (uint64) {
        return uint64(GroupCapWord.unwrap(self));
    }

    /// Counted with or without a cap. There are at most 2^32 issuers of at most 256 limits of 64 bits, so the sum fits.
    function promisedMinor(GroupCapWord self) internal pure returns (uint128) {
        return uint128(GroupCapWord.unwrap(self) >> PROMISED_SHIFT);
    }

    /// What the bank can still promise: nothing where a cap was set below what was promised before.
    function availableMinor(GroupCapWord self) internal pure returns (uint64) {
        uint64 cap = self.capMinor();
        uint128 promised = self.promisedMinor();
        if (promised >= cap) return 0;
        // Promised is less than the cap, so it has 64 bits and the difference is positive.
        unchecked {
            return cap - uint64(promised);
        }
    }

    function withCap(GroupCapWord self, uint64 capMinor_) internal pure returns (GroupCapWord) {
        return GroupCapWord.wrap((GroupCapWord.unwrap(self) & ~CAP_MASK) | capMinor_);
    }

    function withMore(GroupCapWord self, uint128 amountMinor) internal pure returns (GroupCapWord) {
        return GroupCapWord.wrap(GroupCapWord.unwrap(self) + (uint256(amountMinor) << PROMISED_SHIFT));
    }

    /// The amount was counted here, so it is part of what is promised.
    function withLess(GroupCapWord self, uint128 amountMinor) internal pure returns (GroupCapWord) {
        return GroupCapWord.wrap(GroupCapWord.unwrap(self) - (uint256(amountMinor) << PROMISED_SHIFT));
    }
}
