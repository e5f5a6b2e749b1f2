// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {RuleWord} from "../libraries/RuleWords.sol";

/// @title The dated rules of the field
/// @notice What binds a new obligation, by instrument and day. An obligation keeps the rules that it was issued under.
///
/// The rules' owner may enact rules from today on. It may NOT change or withdraw a version, enact one for the past, or change
/// anything for an obligation that exists.
interface IRulebook {
    /// @param maxTenorDays days from issue to maturity
    /// @param maxPieces pieces an obligation, over its whole life
    /// @param maxHops trade hops from the issuer
    /// @param graceDays days after maturity before an unpaid obligation is overdue
    struct RuleSet {
        uint16 maxTenorDays;
        uint16 maxPieces;
        uint8 maxHops;
        uint8 graceDays;
    }

    /// @notice The rules hold from `effectiveDay` on, until later ones do.
    event RulesEnacted(uint8 indexed instrument, uint16 indexed version, uint16 effectiveDay, RuleSet rules);

    /// @notice No rules are known for this instrument on this day.
    error InstrumentUnknown(uint8 instrument, uint16 day);
    /// @notice Rules take effect neither in the past nor before the rules enacted last.
    error RulesBackdated(uint16 effectiveDay, uint16 earliestDay);
    /// @notice Tenor, pieces and hops are at least one.
    error RulesUnusable(RuleSet rules);

    /// @notice New rules from a day on. Only the rules' owner.
    /// @param instrument 1 voucher, 2 bill; another number makes a new instrument
    /// @return version counted from 1 for each instrument
    function enact(uint8 instrument, RuleSet calldata rules, uint16 effectiveDay) external returns (uint16 version);

    /// @notice The rules in force on a day, and their version.
    function ruleset(uint8 instrument, uint16 day) external view returns (RuleSet memory rules, uint16 version);

    /// @notice The same in one word (`libraries/RuleWords.sol`), for contracts.
    function ruleWord(uint8 instrument, uint16 day) external view returns (RuleWord);

    /// @notice A version as enacted; zeros if there is none.
    function rulesAt(uint8 instrument, uint16 version) external view returns (RuleSet memory rules, uint16 effectiveDay);

    /// @notice Versions of an instrument are numbered from 1 to this.
    function versionCount(uint8 instrument) external view returns (uint16);
}
