// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {IRulebook} from "../interfaces/IRulebook.sol";
import {World} from "./World.t.sol";

contract RulebookTest is World {
    function _shorter() private pure returns (IRulebook.RuleSet memory) {
        return IRulebook.RuleSet({maxTenorDays: 30, maxPieces: 10, maxHops: 2, graceDays: 0});
    }

    function _tenorOn(uint16 day) private view returns (uint16) {
        (IRulebook.RuleSet memory rules,) = rulebook.ruleset(VOUCHER, day);
        return rules.maxTenorDays;
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

    function test_versions_to_come_are_walked_in_order() public {
        IRulebook.RuleSet memory rules = _shorter();
        for (uint16 i = 1; i <= 5; ++i) {
            rules.maxTenorDays = 100 + i;
            rulebook.enact(VOUCHER, rules, START_DAY + i);
        }
        assertEq(_tenorOn(START_DAY - 1), 180, "before all");
        assertEq(_tenorOn(START_DAY), 180, "first");
        for (uint16 i = 1; i <= 5; ++i) {
            assertEq(_tenorOn(START_DAY + i), 100 + i, "each in turn");
        }
        assertEq(_tenorOn(START_DAY + 100), 105, "last");
    }

    function test_of_two_versions_of_one_day_the_later_one_holds() public {
        rulebook.enact(VOUCHER, _shorter(), START_DAY + 1);
        IRulebook.RuleSet memory rules = _shorter();
        rules.maxTenorDays = 31;
        rulebook.enact(VOUCHER, rules, START_DAY + 1);
        assertEq(_tenorOn(START_DAY + 1), 31, "tenor");
    }

    function test_a_version_never_changes() public {
        rulebook.enact(VOUCHER, _shorter(), START_DAY + 1);
        (IRulebook.RuleSet memory first, uint16 day) = rulebook.rulesAt(VOUCHER, 1);
        assertTrue(first.maxTenorDays == 180 && first.maxPieces == 500 && first.maxHops == 16 && first.graceDays == 3, "rules");
        assertEq(day, START_DAY, "day");
        (IRulebook.RuleSet memory none,) = rulebook.rulesAt(VOUCHER, 3);
        assertEq(none.maxTenorDays, 0, "none");
    }

    function test_rules_are_not_backdated() public {
        vm.expectRevert(abi.encodeWithSelector(IRulebook.RulesBackdated.selector, START_DAY - 1, START_DAY));
        rulebook.enact(VOUCHER, _shorter(), START_DAY - 1);
        rulebook.enact(VOUCHER, _shorter(), START_DAY + 20);
        vm.expectRevert(abi.encodeWithSelector(IRulebook.RulesBackdated.selector, START_DAY + 19, START_DAY + 20));
        rulebook.enact(VOUCHER, _shorter(), START_DAY + 19);
    }

    function test_rules_allow_something() public {
        for (uint256 i = 0; i < 3; ++i) {
            IRulebook.RuleSet memory rules = _shorter();
            if (i == 0) rules.maxTenorDays = 0;
            if (i == 1) rules.maxPieces = 0;
            if (i == 2) rules.maxHops = 0;
            vm.expectRevert(abi.encodeWithSelector(IRulebook.RulesUnusable.selector, rules));
            rulebook.enact(VOUCHER, rules, START_DAY);
        }
    }

    function test_an_unknown_instrument_has_no_rules_until_some_are_enacted() public {
        vm.expectRevert(abi.encodeWithSelector(IRulebook.InstrumentUnknown.selector, 3, START_DAY));
        rulebook.ruleset(3, START_DAY);
        assertEq(rulebook.enact(3, _shorter(), START_DAY), 1, "version");
        (, uint16 version) = rulebook.ruleset(3, START_DAY);
        assertEq(version, 1, "version in force");
    }

    function test_only_the_rules_owner_enacts() public {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, bank.key));
        vm.prank(bank.key);
        rulebook.enact(VOUCHER, _shorter(), START_DAY);
    }

    function testFuzz_rules_survive_their_word(uint16 tenor, uint16 pieces, uint8 hops, uint8 grace, uint16 day) public {
        vm.assume(tenor != 0 && pieces != 0 && hops != 0 && day >= START_DAY);
        rulebook.enact(BILL, IRulebook.RuleSet(tenor, pieces, hops, grace), day);
        (IRulebook.RuleSet memory rules, uint16 version) = rulebook.ruleset(BILL, day);
        assertTrue(rules.maxTenorDays == tenor && rules.maxPieces == pieces, "tenor and pieces");
        assertTrue(rules.maxHops == hops && rules.graceDays == grace && version == 2, "hops, grace, version");
    }
}
