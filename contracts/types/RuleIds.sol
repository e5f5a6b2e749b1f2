// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// A parameter of the rulebook as a refusal names it: `instrument u8 << 24 | version u16 << 8 | parameter u8`. Whoever is refused finds
/// the value and its day of effect under `IRulebook.rulesAt(instrument, version)`. With instrument and version 0 it is a rule that is in the
/// contracts themselves, and cannot be changed.
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

// Rules that are no parameters. They are the same for every instrument and version, so their ids have neither.
// Credit follows a delivery: no prepayment backs a piece (notice 77, art. 10).
RuleId constant RULE_DELIVERED = RuleId.wrap(129);
// A claim that changes hands for cash is registered, with its description (notice 77, art. 13).
RuleId constant RULE_REGISTERED = RuleId.wrap(130);
// Whoever leaves something unpaid that was due issues nothing more until that is cured (notice 77, art. 15).
RuleId constant RULE_CURED = RuleId.wrap(131);

/// The id of one parameter of one version of an instrument's rules.
function ruleId(uint8 instrument, uint16 version, uint8 parameter) pure returns (RuleId) {
    return RuleId.wrap((uint32(instrument) << 24) | (uint32(version) << 8) | parameter);
}
