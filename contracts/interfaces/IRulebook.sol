// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {RuleWord} from "../libraries/RuleWords.sol";

/// @title The dated rules of the field
/// @notice What binds a new obligation, by instrument and day. An obligation keeps the rules that it was issued under.
///
/// The rules' owner may enact rules from today on, and say which days that are still to come are holidays. It may NOT change or withdraw a
/// version, enact one for the past, change what a day that has begun anywhere was, or change anything for an obligation that exists.
interface IRulebook {
    /// @param maxTenorDays days from issue to maturity
    /// @param maxReviewedTenorDays the same where the line's bank has reviewed a justification (`Lines.reviewTenor`)
    /// @param maxPieces pieces an obligation, over its whole life
    /// @param maxHops trade hops from the issuer
    /// @param graceDays days after maturity before an unpaid obligation is overdue
    /// @param disputeDays days after which anyone may release a dispute that nobody settled
    /// @param contestHours hours within which a seller may contest that its cash came
    /// @param attestedOnly whether only documents that an attestor signed too may back a piece
    struct RuleSet {
        uint16 maxTenorDays;
        uint16 maxReviewedTenorDays;
        uint16 maxPieces;
        uint8 maxHops;
        uint8 graceDays;
        uint8 disputeDays;
        uint8 contestHours;
        bool attestedOnly;
    }

    /// @notice The rules hold from `effectiveDay` on, until later ones do.
    event RulesEnacted(uint8 indexed instrument, uint16 indexed version, uint16 effectiveDay, RuleSet rules);

    /// @notice Of these 256 days, those with a bit set are no business days.
    event HolidaysSet(uint8 indexed calendar, uint8 indexed word, uint256 bitmap);

    /// @notice A day that has begun in any time zone keeps what it was.
    error HolidaysBackdated(uint8 calendar, uint16 day);
    /// @notice Calendar 0 has no holidays.
    error CalendarFixed(uint8 calendar);
    /// @notice No rules are known for this instrument on this day.
    error InstrumentUnknown(uint8 instrument, uint16 day);
    /// @notice Rules take effect neither in the past nor before the rules enacted last.
    error RulesBackdated(uint16 effectiveDay, uint16 earliestDay);
    /// @notice Tenor, pieces, hops and the hours to contest are at least one, and a reviewed tenor is no shorter than the usual one.
    error RulesUnusable(RuleSet rules);

    /// @notice New rules from a day (UTC) on; the ledger forgets its copy of those before. Only the rules' owner.
    /// @param instrument 1 voucher, 2 bill; another number makes a new instrument
    /// @return version counted from 1 for each instrument
    function enact(uint8 instrument, RuleSet calldata rules, uint16 effectiveDay) external returns (uint16 version);

    /// @notice The rules in force on a day, and their version.
    function ruleset(uint8 instrument, uint16 day) external view returns (RuleSet memory rules, uint16 version);

    /// @notice The same in one word (`libraries/RuleWords.sol`), for contracts; with the last day on which it holds as far as is enacted
    /// (65,535 where nothing is to follow), so that the ledger may keep a copy.
    function ruleWord(uint8 instrument, uint16 day) external view returns (RuleWord);

    /// @notice A version as enacted; zeros if there is none.
    function rulesAt(uint8 instrument, uint16 version) external view returns (RuleSet memory rules, uint16 effectiveDay);

    /// @notice Days of a holiday calendar on which nothing falls due: 256 days from day `word * 256` on, one bit a day. Only the rules'
    /// owner, and only days that are still to come may change. Calendar 0 has no holidays.
    function setHolidays(uint8 calendar, uint8 word, uint256 bitmap) external;

    /// @notice The bitmap that was set for 256 days of a calendar.
    function holidays(uint8 calendar, uint8 word) external view returns (uint256 bitmap);

    /// @notice The first day from `day` on that is no holiday, or `latestDay` where that comes first: holidays without end keep nothing
    /// waiting.
    function businessDayFrom(uint8 calendar, uint16 day, uint16 latestDay) external view returns (uint16);

    /// @notice Versions of an instrument are numbered from 1 to this.
    function versionCount(uint8 instrument) external view returns (uint16);

    /// @notice The contract that keeps a copy of the rules.
    function ledger() external view returns (address);
}
