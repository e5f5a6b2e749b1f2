// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IRulebook} from "../interfaces/IRulebook.sol";

/// One version of an instrument's rules in one storage word, lowest bits first: `maxTenorDays u16 | maxPieces u16 | maxHops u8 |
/// graceDays u8 | effectiveDay u16 | version u16 | maxReviewedTenorDays u16 | disputeDays u8 | contestHours u8 | attestedOnly u8 |
/// lastDay u16`. The last day is 0 in what is stored; `Rulebook.ruleWord` fills it in.
type RuleWord is uint256;

using RuleWords for RuleWord global;

/// @notice Reads a version of rules. A version is written once and never changes.
library RuleWords {
    uint256 private constant PIECES_SHIFT = 16;
    uint256 private constant HOPS_SHIFT = 32;
    uint256 private constant GRACE_SHIFT = 40;
    uint256 private constant EFFECTIVE_SHIFT = 48;
    uint256 private constant VERSION_SHIFT = 64;

    uint256 private constant REVIEWED_SHIFT = 80;
    uint256 private constant DISPUTE_SHIFT = 96;
    uint256 private constant CONTEST_SHIFT = 104;
    uint256 private constant ATTESTED_SHIFT = 112;
    uint256 private constant LAST_DAY_SHIFT = 120;

    function pack(IRulebook.RuleSet memory rules, uint16 effectiveDay_, uint16 version_) internal pure returns (RuleWord) {
        uint256 low = uint256(rules.maxTenorDays) | (uint256(rules.maxPieces) << PIECES_SHIFT)
            | (uint256(rules.maxHops) << HOPS_SHIFT) | (uint256(rules.graceDays) << GRACE_SHIFT)
            | (uint256(effectiveDay_) << EFFECTIVE_SHIFT) | (uint256(version_) << VERSION_SHIFT);
        return RuleWord.wrap(
            low | (uint256(rules.maxReviewedTenorDays) << REVIEWED_SHIFT) | (uint256(rules.disputeDays) << DISPUTE_SHIFT)
                | (uint256(rules.contestHours) << CONTEST_SHIFT) | (uint256(rules.attestedOnly ? 1 : 0) << ATTESTED_SHIFT)
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

    function maxReviewedTenorDays(RuleWord self) internal pure returns (uint16) {
        return uint16(RuleWord.unwrap(self) >> REVIEWED_SHIFT);
    }

    function disputeDays(RuleWord self) internal pure returns (uint8) {
        return uint8(RuleWord.unwrap(self) >> DISPUTE_SHIFT);
    }

    function contestHours(RuleWord self) internal pure returns (uint8) {
        return uint8(RuleWord.unwrap(self) >> CONTEST_SHIFT);
    }

    function attestedOnly(RuleWord self) internal pure returns (bool) {
        return uint8(RuleWord.unwrap(self) >> ATTESTED_SHIFT) != 0;
    }

    /// The last day on which these rules hold, as far as later ones are enacted.
    function lastDay(RuleWord self) internal pure returns (uint16) {
        return uint16(RuleWord.unwrap(self) >> LAST_DAY_SHIFT);
    }

    function withLastDay(RuleWord self, uint16 day) internal pure returns (RuleWord) {
        return RuleWord.wrap(RuleWord.unwrap(self) | (uint256(day) << LAST_DAY_SHIFT));
    }
}
