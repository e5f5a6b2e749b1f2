// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// One version of an instrument's rules in one storage word, lowest bits first: `maxTenorDays u16 | maxPieces u16 | maxHops u8 |
/// graceDays u8 | effectiveDay u16 | version u16`.
type RuleWord is uint256;

using RuleWords for RuleWord global;

/// @notice Reads a version of rules. A version is written once and never changes.
library RuleWords {
    uint256 private constant PIECES_SHIFT = 16;
    uint256 private constant HOPS_SHIFT = 32;
    uint256 private constant GRACE_SHIFT = 40;
    uint256 private constant EFFECTIVE_SHIFT = 48;
    uint256 private constant VERSION_SHIFT = 64;

    function pack(uint16 maxTenorDays_, uint16 maxPieces_, uint8 maxHops_, uint8 graceDays_, uint16 effectiveDay_, uint16 version_)
        internal
        pure
        returns (RuleWord)
    {
        return RuleWord.wrap(
            uint256(maxTenorDays_) | (uint256(maxPieces_) << PIECES_SHIFT) | (uint256(maxHops_) << HOPS_SHIFT)
                | (uint256(graceDays_) << GRACE_SHIFT) | (uint256(effectiveDay_) << EFFECTIVE_SHIFT) | (uint256(version_) << VERSION_SHIFT)
        );
    }

    function maxTenorDays(RuleWord self) internal pure returns (uint16) {
        return uint16(RuleWord.unwrap(self));
    }

    function maxPieces(RuleWord self) internal pure returns (uint16) {
        return uint16(RuleWord.unwrap(self) >> PIECES_SHIFT);
    }

    function maxHops(RuleWord self) internal pure returns (uint8) {
        return uint8(RuleWord.unwrap(self) >> HOPS_SHIFT);
    }

    function graceDays(RuleWord self) internal pure returns (uint8) {
        return uint8(RuleWord.unwrap(self) >> GRACE_SHIFT);
    }

    function effectiveDay(RuleWord self) internal pure returns (uint16) {
        return uint16(RuleWord.unwrap(self) >> EFFECTIVE_SHIFT);
    }

    function version(RuleWord self) internal pure returns (uint16) {
        return uint16(RuleWord.unwrap(self) >> VERSION_SHIFT);
    }
}
