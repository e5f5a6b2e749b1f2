// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// A parameter of the rulebook as a refusal names it: `instrument u8 << 24 | version u16 << 8 | parameter u8`. Whoever is refused finds
/// the value and its day of effect under `IRulebook.rulesAt(instrument, version)`.
type RuleId is uint32;

// The parameters, in the order of `IRulebook.RuleSet`.
uint8 constant RULE_TENOR = 1;
uint8 constant RULE_REVIEWED_TENOR = 2;
uint8 constant RULE_PIECES = 3;
uint8 constant RULE_HOPS = 4;
uint8 constant RULE_GRACE = 5;
uint8 constant RULE_DISPUTE = 6;
uint8 constant RULE_CONTEST = 7;
uint8 constant RULE_ATTESTED = 8;

/// The id of one parameter of one version of an instrument's rules.
function ruleId(uint8 instrument, uint16 version, uint8 parameter) pure returns (RuleId) {
    return RuleId.wrap((uint32(instrument) << 24) | (uint32(version) << 8) | parameter);
}
