// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Rulebook} from "../Rulebook.sol";
import {IRulebook} from "../interfaces/IRulebook.sol";
import {PieceId} from "../types/Identifiers.sol";
import {Office} from "./Office.t.sol";

/// @notice What no other test comes by: ends of loops, and signs between identifiers.
contract GapsTest is Office {
    uint8 private constant CALENDAR = 3;
    uint8 private constant WORD = uint8(START_DAY / 256);

    function test_a_word_of_days_that_have_all_begun_may_be_named_as_it_was() public {
        _open();
        IRulebook.RuleSet memory rules = IRulebook.RuleSet({
            maxTenorDays: 180,
            maxReviewedTenorDays: 365,
            maxPieces: 500,
            maxHops: 16,
            graceDays: 3,
            disputeDays: 90,
            contestHours: 48,
            attestedOnly: false
        });
        Rulebook rulebook =
            Rulebook(create(creationOf("Rulebook", abi.encode(authority, address(0), uint16(1), rules, rules, FORWARDER))));
        _appoint(address(rulebook), rulebook.setHolidays.selector);
        vm.expectEmit(address(rulebook));
        emit IRulebook.HolidaysSet(CALENDAR, WORD - 1, 0);
        rulebook.setHolidays(CALENDAR, WORD - 1, 0);
        assertEq(rulebook.holidays(CALENDAR, WORD - 1), 0, "holidays");
    }

    function testFuzz_pieces_are_the_same_by_their_ids(uint80 left, uint80 right) public pure {
        assertTrue(PieceId.wrap(left) == PieceId.wrap(left), "same");
        assertTrue((PieceId.wrap(left) == PieceId.wrap(right)) == (left == right), "as their numbers");
        assertTrue((PieceId.wrap(left) != PieceId.wrap(right)) == (left != right), "other");
        assertTrue(!(PieceId.wrap(left) != PieceId.wrap(left)), "no other");
    }
}
