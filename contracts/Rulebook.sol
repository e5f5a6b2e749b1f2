// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";

import {Clock} from "./Clock.sol";
import {ICreditLedger} from "./interfaces/ICreditLedger.sol";
import {IRulebook} from "./interfaces/IRulebook.sol";
import {RuleWord, RuleWords} from "./libraries/RuleWords.sol";
import {BILL, VOUCHER} from "./types/Instruments.sol";
import {WIDEST_UTC_OFFSET} from "./types/Units.sol";

/// @notice See `IRulebook`.
contract Rulebook is IRulebook, Clock, AccessManaged, ERC2771Context {
    uint256 private constant DAYS_A_WORD = 256;

    /// @inheritdoc IRulebook
    address public immutable ledger;

    /// Copy of the version enacted last, so that the usual question is one read.
    mapping(uint8 instrument => RuleWord word) private _latest;

    mapping(uint8 instrument => mapping(uint16 version => RuleWord word)) private _versions;

    /// @inheritdoc IRulebook
    mapping(uint8 calendar => mapping(uint8 word => uint256 bitmap)) public holidays;

    /// @param voucher the first rules of instrument 1
    /// @param bill the first rules of instrument 2
    constructor(
        address authority_,
        address ledger_,
        uint16 ticksASecond,
        RuleSet memory voucher,
        RuleSet memory bill,
        address forwarder
    ) Clock(ticksASecond) AccessManaged(authority_) ERC2771Context(forwarder) {
        ledger = ledger_;
        _enact(VOUCHER, voucher, _today(0));
        _enact(BILL, bill, _today(0));
    }

    // ---------------------------------------------------------------- rules

    /// @inheritdoc IRulebook
    function enact(uint8 instrument, RuleSet calldata rules, uint16 effectiveDay) external restricted returns (uint16 version) {
        version = _enact(instrument, rules, effectiveDay);
        ICreditLedger(ledger).forgetRules(instrument);
    }

    /// @inheritdoc IRulebook
    function ruleWord(uint8 instrument, uint16 day) external view returns (RuleWord) {
        (RuleWord word, uint16 lastDay) = _inForce(instrument, day);
        return word.withLastDay(lastDay);
    }

    /// @inheritdoc IRulebook
    function ruleset(uint8 instrument, uint16 day) external view returns (RuleSet memory rules, uint16 version) {
        (RuleWord word,) = _inForce(instrument, day);
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
        uint16 today = _today(0);
        uint16 earliestDay = today > last.effectiveDay() ? today : last.effectiveDay();
        if (effectiveDay < earliestDay) revert RulesBackdated(effectiveDay, earliestDay);
        bool usable = rules.maxTenorDays != 0 && rules.maxPieces != 0 && rules.maxHops != 0 && rules.contestHours != 0;
        if (!usable || rules.maxReviewedTenorDays < rules.maxTenorDays) revert RulesUnusable(rules);
        version = last.version() + 1;
        RuleWord word = RuleWords.pack(rules, effectiveDay, version);
        _latest[instrument] = word;
        _versions[instrument][version] = word;
        emit RulesEnacted(instrument, version, effectiveDay, rules);
    }

    /// The rules in force on a day, and the day before those take effect that are to follow.
    function _inForce(uint8 instrument, uint16 day) private view returns (RuleWord word, uint16 lastDay) {
        word = _latest[instrument];
        if (word.version() == 0) revert InstrumentUnknown(instrument, day);
        lastDay = type(uint16).max;
        // Versions are in the order of their days, so this walks back over those only that are still to come. Before the first day of
        // all (a local day can be a day behind UTC) the first version holds.
        while (day < word.effectiveDay() && word.version() > 1) {
            lastDay = word.effectiveDay() - 1;
            word = _versions[instrument][word.version() - 1];
        }
    }

    function _unpack(RuleWord word) private pure returns (RuleSet memory) {
        return RuleSet({
            maxTenorDays: word.maxTenorDays(),
            maxReviewedTenorDays: word.maxReviewedTenorDays(),
            maxPieces: word.maxPieces(),
            maxHops: word.maxHops(),
            graceDays: word.graceDays(),
            disputeDays: word.disputeDays(),
            contestHours: word.contestHours(),
            attestedOnly: word.attestedOnly()
        });
    }

    // ---------------------------------------------------------------- holidays

    /// @inheritdoc IRulebook
    function setHolidays(uint8 calendar, uint8 word, uint256 bitmap) external restricted {
        if (calendar == 0) revert CalendarFixed(calendar);
        uint256 changed = holidays[calendar][word] ^ bitmap;
        uint256 firstDay = uint256(word) * DAYS_A_WORD;
        // Where a day begins first it is this day already.
        uint256 today = _today(WIDEST_UTC_OFFSET);
        for (uint256 i = 0; i < DAYS_A_WORD && firstDay + i <= today; ++i) {
            // The last day of the last word has 16 bits.
            if ((changed >> i) & 1 != 0) revert HolidaysBackdated(calendar, uint16(firstDay + i));
        }
        holidays[calendar][word] = bitmap;
        emit HolidaysSet(calendar, word, bitmap);
    }

    /// @inheritdoc IRulebook
    function businessDayFrom(uint8 calendar, uint16 day, uint16 latestDay) external view returns (uint16) {
        uint256 bitmap = holidays[calendar][uint8(day / DAYS_A_WORD)];
        while (day < latestDay && (bitmap >> (day % DAYS_A_WORD)) & 1 != 0) {
            ++day;
            if (day % DAYS_A_WORD == 0) bitmap = holidays[calendar][uint8(day / DAYS_A_WORD)];
        }
        return day;
    }

    // ---------------------------------------------------------------- the caller, behind a signed order or not

    function _msgSender() internal view override(Context, ERC2771Context) returns (address) {
        return ERC2771Context._msgSender();
    }

    function _msgData() internal view override(Context, ERC2771Context) returns (bytes calldata) {
        return ERC2771Context._msgData();
    }

    function _contextSuffixLength() internal view override(Context, ERC2771Context) returns (uint256) {
        return ERC2771Context._contextSuffixLength();
    }
}
