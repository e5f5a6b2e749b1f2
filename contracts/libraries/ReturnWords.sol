// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// How far the uses of a credited document have been looked through, in one storage word, lowest bits first: `heldMinor u64 |
/// usesLeft u16 | useCount u16`. It says nothing about anybody's paper: without it they would be looked through once more.
type ReturnWord is uint256;

using ReturnWords for ReturnWord global;

/// @notice Reads and changes the word of a return. Uses are looked at from the latest to the first.
library ReturnWords {
    uint256 private constant LEFT_SHIFT = 64;
    uint256 private constant COUNT_SHIFT = 80;

    /// Nothing is looked at yet of this many uses.
    function begin(uint16 useCount_) internal pure returns (ReturnWord) {
        return ReturnWord.wrap((uint256(useCount_) << LEFT_SHIFT) | (uint256(useCount_) << COUNT_SHIFT));
    }

    /// What was live under the uses that were looked at, all of which are held.
    function heldMinor(ReturnWord self) internal pure returns (uint64) {
        return uint64(ReturnWord.unwrap(self));
    }

    /// Uses from the first on that nobody has looked at; the last of them is next.
    function usesLeft(ReturnWord self) internal pure returns (uint16) {
        return uint16(ReturnWord.unwrap(self) >> LEFT_SHIFT);
    }

    /// Uses that there were when the looking began; once there are more it begins anew.
    function useCount(ReturnWord self) internal pure returns (uint16) {
        return uint16(ReturnWord.unwrap(self) >> COUNT_SHIFT);
    }

    /// One use further, under which so much is live. All uses together are at most the document's face, so the sum fits 64 bits.
    function lookedAt(ReturnWord self, uint64 liveMinor) internal pure returns (ReturnWord) {
        return ReturnWord.wrap(ReturnWord.unwrap(self) + liveMinor - (1 << LEFT_SHIFT));
    }

    /// After a marked offer was given back: what the document is used for and what is held are less by the same amount, if it was counted.
    function withoutUse(ReturnWord self, uint16 useIndex, uint64 amountMinor) internal pure returns (ReturnWord) {
        if (useIndex < self.usesLeft() || amountMinor > self.heldMinor()) return self;
        return ReturnWord.wrap(ReturnWord.unwrap(self) - amountMinor);
    }
}
