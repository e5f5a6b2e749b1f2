// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Rulebook} from "../Rulebook.sol";
import {IRulebook} from "../interfaces/IRulebook.sol";
import {RuleWord} from "../libraries/RuleWords.sol";
import {Office} from "./Office.t.sol";

/// @notice Stands for the ledger: notes what it was told to forget, and which version the rulebook then answers with.
contract ForgetfulLedger {
    uint8 public instrument;
    uint16 public version;
    uint256 public count;

    function forgetRules(uint8 instrument_) external {
        instrument = instrument_;
        version = IRulebook(msg.sender).versionCount(instrument_);
        ++count;
    }
}

contract RulebookTest is Office {
    uint8 private constant VOUCHER = 1;
    uint8 private constant BILL = 2;
    uint8 private constant CALENDAR = 3;
    /// The word of a calendar that has the days of this test, and its first day.
    uint8 private constant WORD = uint8(START_DAY / 256);
    uint16 private constant FIRST = START_DAY - START_DAY % 256;

    Rulebook private rulebook;
    ForgetfulLedger private ledger;

    function setUp() public {
        _open();
        ledger = new ForgetfulLedger();
        bytes memory arguments = abi.encode(authority, ledger, uint16(1), _usual(), _usual(), FORWARDER);
        rulebook = Rulebook(create(creationOf("Rulebook", arguments)));
        _appoint(address(rulebook), rulebook.enact.selector);
        _appoint(address(rulebook), rulebook.setHolidays.selector);
    }

    function _usual() private pure returns (IRulebook.RuleSet memory) {
        return IRulebook.RuleSet({
            maxTenorDays: 180,
            maxReviewedTenorDays: 365,
            maxPieces: 500,
            maxHops: 16,
            graceDays: 3,
            disputeDays: 90,
            contestHours: 48,
            attestedOnly: false
        });
    }

    function _shorter() private pure returns (IRulebook.RuleSet memory) {
        return IRulebook.RuleSet({
            maxTenorDays: 30,
            maxReviewedTenorDays: 60,
            maxPieces: 10,
            maxHops: 2,
            graceDays: 0,
            disputeDays: 5,
            contestHours: 1,
            attestedOnly: true
        });
    }

    function _tenorOn(uint16 day) private view returns (uint16) {
        (IRulebook.RuleSet memory rules,) = rulebook.ruleset(VOUCHER, day);
        return rules.maxTenorDays;
    }

    function _same(IRulebook.RuleSet memory left, IRulebook.RuleSet memory right) private pure returns (bool) {
        return keccak256(abi.encode(left)) == keccak256(abi.encode(right));
    }

    // ---------------------------------------------------------------- rules

    function test_both_instruments_have_rules_from_the_start() public view {
        for (uint8 instrument = VOUCHER; instrument <= BILL; ++instrument) {
            (IRulebook.RuleSet memory rules, uint16 version) = rulebook.ruleset(instrument, START_DAY);
            assertTrue(_same(rules, _usual()) && version == 1, "rules");
            assertEq(rulebook.versionCount(instrument), 1, "versions");
        }
        assertTrue(rulebook.ledger() == address(ledger) && ledger.count() == 0, "the ledger need not be there yet");
    }

    function test_rules_hold_from_their_day_on() public {
        vm.expectEmit(address(rulebook));
        emit IRulebook.RulesEnacted(VOUCHER, 2, START_DAY + 10, _shorter());
        uint16 version = rulebook.enact(VOUCHER, _shorter(), START_DAY + 10);
        assertEq(version, 2, "version");
        assertEq(_tenorOn(START_DAY + 9), 180, "the day before");
        assertEq(_tenorOn(START_DAY + 10), 30, "the day");
        assertEq(rulebook.versionCount(VOUCHER), 2, "versions");
        assertEq(rulebook.versionCount(BILL), 1, "another instrument");
    }

    function test_the_ledger_forgets_its_copy_once_the_new_rules_are_there() public {
        rulebook.enact(BILL, _shorter(), START_DAY + 10);
        assertTrue(ledger.instrument() == BILL && ledger.version() == 2 && ledger.count() == 1, "bill");
        rulebook.enact(VOUCHER, _shorter(), START_DAY);
        assertTrue(ledger.instrument() == VOUCHER && ledger.version() == 2 && ledger.count() == 2, "voucher");
    }

    function test_versions_to_come_are_walked_in_order() public {
        IRulebook.RuleSet memory rules = _shorter();
        for (uint16 i = 1; i <= 5; ++i) {
            (rules.maxTenorDays, rules.maxReviewedTenorDays) = (100 + i, 200);
            rulebook.enact(VOUCHER, rules, START_DAY + i);
        }
        assertEq(_tenorOn(START_DAY - 1), 180, "before all");
        assertEq(_tenorOn(START_DAY), 180, "first");
        for (uint16 i = 1; i <= 5; ++i) {
            assertEq(_tenorOn(START_DAY + i), 100 + i, "each in turn");
        }
        assertEq(_tenorOn(START_DAY + 100), 105, "last");
    }

    function test_a_word_names_the_last_day_on_which_it_holds() public {
        assertEq(rulebook.ruleWord(VOUCHER, START_DAY).lastDay(), NEVER, "nothing to follow");
        rulebook.enact(VOUCHER, _shorter(), START_DAY + 10);
        rulebook.enact(VOUCHER, _usual(), START_DAY + 20);
        RuleWord word = rulebook.ruleWord(VOUCHER, START_DAY);
        assertTrue(word.version() == 1 && word.lastDay() == START_DAY + 9, "first");
        word = rulebook.ruleWord(VOUCHER, START_DAY + 9);
        assertTrue(word.version() == 1 && word.lastDay() == START_DAY + 9, "its last day");
        word = rulebook.ruleWord(VOUCHER, START_DAY + 10);
        assertTrue(word.version() == 2 && word.lastDay() == START_DAY + 19, "second");
        word = rulebook.ruleWord(VOUCHER, START_DAY + 20);
        assertTrue(word.version() == 3 && word.lastDay() == NEVER, "third");
        word = rulebook.ruleWord(VOUCHER, START_DAY - 1);
        assertTrue(word.version() == 1 && word.effectiveDay() == START_DAY && word.lastDay() == START_DAY + 9, "before all");
    }

    function test_of_two_versions_of_one_day_the_later_one_holds() public {
        rulebook.enact(VOUCHER, _shorter(), START_DAY + 1);
        IRulebook.RuleSet memory rules = _shorter();
        rules.maxTenorDays = 31;
        rulebook.enact(VOUCHER, rules, START_DAY + 1);
        assertEq(_tenorOn(START_DAY + 1), 31, "tenor");
        RuleWord word = rulebook.ruleWord(VOUCHER, START_DAY);
        assertTrue(word.version() == 1 && word.lastDay() == START_DAY, "the day before");
    }

    /// Whatever is enacted, a word holds on each day that it says, and on no other: a copy of it is as good as asking.
    function testFuzz_a_copy_is_as_good_as_asking(uint256 seed) public {
        uint16 day = START_DAY;
        for (uint256 i = 0; i < 6; ++i) {
            IRulebook.RuleSet memory rules = _usual();
            rules.maxPieces = uint16(i + 1);
            day += uint16(uint256(keccak256(abi.encode(seed, i))) % 4);
            rulebook.enact(VOUCHER, rules, day);
        }
        RuleWord copy = rulebook.ruleWord(VOUCHER, START_DAY);
        for (uint16 asked = START_DAY; asked < START_DAY + 30; ++asked) {
            bool fits = asked >= copy.effectiveDay() && asked <= copy.lastDay();
            RuleWord told = rulebook.ruleWord(VOUCHER, asked);
            assertTrue(told.effectiveDay() <= asked && asked <= told.lastDay(), "in force");
            assertTrue(fits == (told.version() == copy.version()), "the copy");
            (, uint16 version) = rulebook.ruleset(VOUCHER, asked);
            assertEq(version, told.version(), "one answer");
            copy = told;
        }
    }

    function test_a_version_never_changes() public {
        rulebook.enact(VOUCHER, _shorter(), START_DAY + 1);
        (IRulebook.RuleSet memory first, uint16 day) = rulebook.rulesAt(VOUCHER, 1);
        assertTrue(_same(first, _usual()) && day == START_DAY, "first");
        (IRulebook.RuleSet memory second, uint16 from) = rulebook.rulesAt(VOUCHER, 2);
        assertTrue(_same(second, _shorter()) && from == START_DAY + 1, "second");
        (IRulebook.RuleSet memory none,) = rulebook.rulesAt(VOUCHER, 3);
        assertEq(none.maxTenorDays, 0, "none");
    }

    function test_rules_are_not_backdated() public {
        vm.expectRevert(abi.encodeWithSelector(IRulebook.RulesBackdated.selector, START_DAY - 1, START_DAY));
        rulebook.enact(VOUCHER, _shorter(), START_DAY - 1);
        rulebook.enact(VOUCHER, _shorter(), START_DAY + 20);
        vm.expectRevert(abi.encodeWithSelector(IRulebook.RulesBackdated.selector, START_DAY + 19, START_DAY + 20));
        rulebook.enact(VOUCHER, _shorter(), START_DAY + 19);
        vm.warp(START + 30 days);
        vm.expectRevert(abi.encodeWithSelector(IRulebook.RulesBackdated.selector, START_DAY + 29, START_DAY + 30));
        rulebook.enact(VOUCHER, _shorter(), START_DAY + 29);
    }

    function test_rules_allow_something() public {
        for (uint256 i = 0; i < 5; ++i) {
            IRulebook.RuleSet memory rules = _shorter();
            if (i == 0) rules.maxTenorDays = 0;
            if (i == 1) rules.maxPieces = 0;
            if (i == 2) rules.maxHops = 0;
            if (i == 3) rules.contestHours = 0;
            if (i == 4) rules.maxReviewedTenorDays = rules.maxTenorDays - 1;
            vm.expectRevert(abi.encodeWithSelector(IRulebook.RulesUnusable.selector, rules));
            rulebook.enact(VOUCHER, rules, START_DAY);
        }
        // No grace, no tenor beyond the usual, and a dispute that anyone may end at once are rules, too.
        rulebook.enact(VOUCHER, IRulebook.RuleSet(1, 1, 1, 1, 0, 0, 1, false), START_DAY);
    }

    function test_an_unknown_instrument_has_no_rules_until_some_are_enacted() public {
        vm.expectRevert(abi.encodeWithSelector(IRulebook.InstrumentUnknown.selector, 3, START_DAY));
        rulebook.ruleset(3, START_DAY);
        vm.expectRevert(abi.encodeWithSelector(IRulebook.InstrumentUnknown.selector, 3, START_DAY));
        rulebook.ruleWord(3, START_DAY);
        assertEq(rulebook.enact(3, _shorter(), START_DAY), 1, "version");
        (, uint16 version) = rulebook.ruleset(3, START_DAY);
        assertEq(version, 1, "version in force");
    }

    function testFuzz_rules_survive_their_word(IRulebook.RuleSet memory rules, uint16 day) public {
        vm.assume(rules.maxPieces != 0 && rules.maxHops != 0 && rules.contestHours != 0);
        rules.maxTenorDays = uint16(bound(rules.maxTenorDays, 1, NEVER));
        rules.maxReviewedTenorDays = uint16(bound(rules.maxReviewedTenorDays, rules.maxTenorDays, NEVER));
        day = uint16(bound(day, START_DAY, NEVER));
        rulebook.enact(BILL, rules, day);
        (IRulebook.RuleSet memory told, uint16 version) = rulebook.ruleset(BILL, day);
        assertTrue(_same(told, rules) && version == 2, "rules");
        RuleWord word = rulebook.ruleWord(BILL, day);
        assertTrue(word.effectiveDay() == day && word.lastDay() == NEVER && word.version() == 2, "word");
        (told, version) = rulebook.rulesAt(BILL, 2);
        assertTrue(_same(told, rules) && version == day, "version");
    }

    // ---------------------------------------------------------------- holidays

    function test_what_falls_due_on_a_holiday_falls_due_after_it() public {
        uint16 day = FIRST + 100;
        uint256 bitmap = (uint256(7) << 100) | (uint256(1) << 104);
        vm.expectEmit(address(rulebook));
        emit IRulebook.HolidaysSet(CALENDAR, WORD, bitmap);
        rulebook.setHolidays(CALENDAR, WORD, bitmap);
        assertEq(rulebook.holidays(CALENDAR, WORD), bitmap, "set");
        assertEq(rulebook.businessDayFrom(CALENDAR, day - 1, NEVER), day - 1, "before");
        assertEq(rulebook.businessDayFrom(CALENDAR, day, NEVER), day + 3, "three days");
        assertEq(rulebook.businessDayFrom(CALENDAR, day + 2, NEVER), day + 3, "the last of them");
        assertEq(rulebook.businessDayFrom(CALENDAR, day + 3, NEVER), day + 3, "between");
        assertEq(rulebook.businessDayFrom(CALENDAR, day + 4, NEVER), day + 5, "one day");
        assertEq(rulebook.businessDayFrom(CALENDAR + 1, day, NEVER), day, "another calendar");
        assertEq(rulebook.businessDayFrom(0, day, NEVER), day, "no calendar");
    }

    function test_holidays_go_on_across_words() public {
        rulebook.setHolidays(CALENDAR, WORD, uint256(3) << 254);
        rulebook.setHolidays(CALENDAR, WORD + 1, type(uint256).max);
        rulebook.setHolidays(CALENDAR, WORD + 2, 1);
        assertEq(rulebook.businessDayFrom(CALENDAR, FIRST + 254, NEVER), FIRST + 513, "two words on");
        assertEq(rulebook.businessDayFrom(CALENDAR, FIRST + 253, NEVER), FIRST + 253, "the day before");
    }

    function test_there_is_no_day_after_the_last_one() public {
        rulebook.setHolidays(CALENDAR, 255, uint256(1) << 254);
        assertEq(rulebook.businessDayFrom(CALENDAR, 65_534, NEVER), 65_535, "the last day");
        rulebook.setHolidays(CALENDAR, 255, uint256(3) << 254);
        assertEq(rulebook.businessDayFrom(CALENDAR, 65_534, NEVER), 65_535, "a holiday, but the last day");
    }

    function test_holidays_without_end_keep_nothing_waiting() public {
        uint16 day = FIRST + 100;
        rulebook.setHolidays(CALENDAR, WORD, type(uint256).max << 100);
        for (uint256 word = uint256(WORD) + 1; word < 256; ++word) {
            rulebook.setHolidays(CALENDAR, uint8(word), type(uint256).max);
        }
        assertEq(rulebook.businessDayFrom(CALENDAR, day, day + 15), day + 15, "the latest day");
        assertEq(rulebook.businessDayFrom(CALENDAR, day, day), day, "no later at all");
        assertEq(rulebook.businessDayFrom(CALENDAR, day, NEVER), NEVER, "the last day there is");
    }

    function test_a_day_that_has_begun_somewhere_keeps_what_it_was() public {
        // The zones furthest ahead are fourteen hours before UTC, so the next day begins there at ten o'clock in the morning.
        uint256 today = START_DAY - FIRST + 1;
        vm.warp(START + 6 hours - 1);
        rulebook.setHolidays(CALENDAR, WORD, uint256(1) << today);
        rulebook.setHolidays(CALENDAR, WORD, 0);
        vm.warp(START + 6 hours);
        vm.expectRevert(abi.encodeWithSelector(IRulebook.HolidaysBackdated.selector, CALENDAR, START_DAY + 1));
        rulebook.setHolidays(CALENDAR, WORD, uint256(1) << today);
        vm.expectRevert(abi.encodeWithSelector(IRulebook.HolidaysBackdated.selector, CALENDAR, FIRST));
        rulebook.setHolidays(CALENDAR, WORD, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(IRulebook.HolidaysBackdated.selector, CALENDAR, FIRST - 1));
        rulebook.setHolidays(CALENDAR, WORD - 1, uint256(1) << 255);
        rulebook.setHolidays(CALENDAR, WORD, uint256(1) << (today + 1));
        rulebook.setHolidays(CALENDAR, WORD, uint256(1) << (today + 2));
        assertEq(rulebook.businessDayFrom(CALENDAR, START_DAY + 2, NEVER), START_DAY + 2, "a holiday that is none after all");
        vm.warp(START + 2 days + 6 hours);
        vm.expectRevert(abi.encodeWithSelector(IRulebook.HolidaysBackdated.selector, CALENDAR, START_DAY + 3));
        rulebook.setHolidays(CALENDAR, WORD, 0);
        // What has begun may be named as it was.
        rulebook.setHolidays(CALENDAR, WORD, (uint256(1) << (today + 2)) | (uint256(1) << (today + 3)));
        assertEq(rulebook.businessDayFrom(CALENDAR, START_DAY + 3, NEVER), START_DAY + 5, "both");
    }

    function test_calendar_0_has_no_holidays() public {
        vm.expectRevert(abi.encodeWithSelector(IRulebook.CalendarFixed.selector, 0));
        rulebook.setHolidays(0, WORD + 1, 1);
    }

    /// Says again, day by day, what a business day is.
    function testFuzz_a_business_day_is_the_first_one_that_is_no_holiday(uint256 first, uint256 second, uint16 day) public {
        second &= type(uint128).max;
        rulebook.setHolidays(CALENDAR, WORD + 1, first);
        rulebook.setHolidays(CALENDAR, WORD + 2, second);
        day = uint16(bound(day, FIRST + 256, FIRST + 767));
        uint16 told = rulebook.businessDayFrom(CALENDAR, day, NEVER);
        assertTrue(!_isHoliday(first, second, told), "a business day");
        for (uint16 other = day; other < told; ++other) {
            assertTrue(_isHoliday(first, second, other), "the first one");
        }
    }

    function _isHoliday(uint256 first, uint256 second, uint16 day) private pure returns (bool) {
        uint256 place = day - (FIRST + 256);
        return place < 256 ? first & (1 << place) != 0 : place < 512 && second & (1 << (place - 256)) != 0;
    }

    // ---------------------------------------------------------------- the rules' owner

    function test_only_the_rules_owner_enacts_and_sets_holidays() public {
        vm.expectRevert(_unauthorized(address(99)));
        vm.prank(address(99));
        rulebook.enact(VOUCHER, _shorter(), START_DAY);
        vm.expectRevert(_unauthorized(address(99)));
        vm.prank(address(99));
        rulebook.setHolidays(CALENDAR, WORD + 1, 1);
    }

    function test_the_rules_owner_may_sign_orders() public {
        address owner = _keyOf("rules' owner");
        authority.grantRole(OFFICER, owner, 0);
        bytes memory call = abi.encodeCall(rulebook.enact, (VOUCHER, _shorter(), START_DAY));
        (bool succeeded,) = _relay(address(rulebook), call, owner);
        assertTrue(succeeded && _tenorOn(START_DAY) == 30, "enacted");
        (succeeded,) = _relay(address(rulebook), call, address(99));
        assertTrue(!succeeded, "another signer");
        (succeeded,) = _relay(address(rulebook), abi.encodeCall(rulebook.setHolidays, (CALENDAR, WORD + 1, 1)), owner);
        assertTrue(succeeded && rulebook.holidays(CALENDAR, WORD + 1) == 1, "holidays");
        vm.prank(owner);
        (succeeded,) = address(rulebook).call(abi.encodePacked(call, address(99)));
        assertTrue(succeeded, "what is behind a call of its own means nothing");
    }

    function test_a_chain_may_count_milliseconds() public {
        vm.warp(START * 1000);
        bytes memory arguments = abi.encode(authority, ledger, uint16(1000), _usual(), _usual(), FORWARDER);
        Rulebook other = Rulebook(create(creationOf("Rulebook", arguments)));
        (, uint16 effectiveDay) = other.rulesAt(VOUCHER, 1);
        assertEq(effectiveDay, START_DAY, "day");
    }
}
