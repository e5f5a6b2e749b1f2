// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IRulebook} from "./interfaces/IRulebook.sol";
import {Days} from "./libraries/Days.sol";
import {RuleWord, RuleWords} from "./libraries/RuleWords.sol";

/// @notice See `IRulebook`.
contract Rulebook is IRulebook, AccessManaged {
    uint8 private constant VOUCHER = 1;
    uint8 private constant BILL = 2;

    /// Copy of the version enacted last, so that the usual question is one read.
    mapping(uint8 instrument => RuleWord word) private _latest;

    mapping(uint8 instrument => mapping(uint16 version => RuleWord word)) private _versions;

    /// @param voucher the first rules of instrument 1
    /// @param bill the first rules of instrument 2
    constructor(address authority_, RuleSet memory voucher, RuleSet memory bill) AccessManaged(authority_) {
        _enact(VOUCHER, voucher, Days.today(0));
        _enact(BILL, bill, Days.today(0));
    }

    /// @inheritdoc IRulebook
    function enact(uint8 instrument, RuleSet calldata rules, uint16 effectiveDay) external restricted returns (uint16 version) {
        return _enact(instrument, rules, effectiveDay);
    }

    /// @inheritdoc IRulebook
    function ruleWord(uint8 instrument, uint16 day) public view returns (RuleWord word) {
        word = _latest[instrument];
        // Versions are in the order of their days, so this walks back over those only that are still to come. Before the first day of
        // all (a local day can be a day behind UTC) the first version holds.
        while (day < word.effectiveDay() && word.version() > 1) {
            word = _versions[instrument][word.version() - 1];
        }
        if (word.version() == 0) revert InstrumentUnknown(instrument, day);
    }

    /// @inheritdoc IRulebook
    function ruleset(uint8 instrument, uint16 day) external view returns (RuleSet memory rules, uint16 version) {
        RuleWord word = ruleWord(instrument, day);
        return (_unpack(word), word.version());
    }

    /// @inheritdoc IRulebook
    function rulesAt(uint8 instrument, uint16 version) external view returns (RuleSet memory rules, uint16 effectiveDay) {
        RuleWord word = _versions[instrument][version];
        return (_unpack(word), word.effectiveDay());
    }

    /// @inheritdoc IRulebook
    function versionCount(uint8 instrument) external view returns (uint16) {
        return _latest[instrument].version();
    }

    function _enact(uint8 instrument, RuleSet memory rules, uint16 effectiveDay) private returns (uint16 version) {
        RuleWord last = _latest[instrument];
        uint16 today = Days.today(0);
        uint16 earliestDay = today > last.effectiveDay() ? today : last.effectiveDay();
        if (effectiveDay < earliestDay) revert RulesBackdated(effectiveDay, earliestDay);
        if (rules.maxTenorDays == 0 || rules.maxPieces == 0 || rules.maxHops == 0) revert RulesUnusable(rules);
        version = last.version() + 1;
        RuleWord word = RuleWords.pack(rules.maxTenorDays, rules.maxPieces, rules.maxHops, rules.graceDays, effectiveDay, version);
        _latest[instrument] = word;
        _versions[instrument][version] = word;
        emit RulesEnacted(instrument, version, effectiveDay, rules);
    }

    function _unpack(RuleWord word) private pure returns (RuleSet memory) {
        return RuleSet({
            maxTenorDays: word.maxTenorDays(), maxPieces: word.maxPieces(), maxHops: word.maxHops(), graceDays: word.graceDays()
        });
    }
}
