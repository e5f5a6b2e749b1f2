// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ILedgerModule, ILedgerParts} from "../interfaces/ILedgerParts.sol";
import {ILedgerReader} from "../interfaces/ILedgerReader.sol";
import {ILines} from "../interfaces/ILines.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {GroupCapWord, GroupCapWords} from "../libraries/GroupCapWords.sol";
import {PromiseWord, PromiseWords} from "../libraries/PromiseWords.sol";
import {LineId, PartyId, PieceId, lineOf} from "../types/Identifiers.sol";
import {Leg} from "../types/Movements.sol";
import {BANK, CORE_ENTERPRISE} from "../types/Roles.sol";
import {RULE_REVIEWED_TENOR, RULE_TENOR, ruleId} from "../types/RuleIds.sol";
import {World} from "./World.t.sol";

/// @notice What the tests of lines do over and over.
abstract contract LinesWorld is World {
    function _setLimit(Company memory by, LineId id, uint64 limitMinor) internal {
        vm.prank(by.key);
        lines.setLineLimit(id, limitMinor);
    }

    function _share(LineId id, Company memory with, uint16 basisPoints) internal {
        vm.prank(bank.key);
        lines.shareLine(id, with.id, basisPoints);
    }

    function _join(Company memory by, LineId id, uint16 basisPoints, uint64 limitMinor) internal {
        vm.prank(by.key);
        lines.joinLine(id, basisPoints, limitMinor);
    }

    function _promised(Company memory of_, Company memory to) internal view returns (uint256) {
        return lines.promiseWord(of_.id, to.id, CNY).promisedMinor();
    }

    function _refuseIssue(LineId id, uint16 maturityDay, uint64 amountMinor, bytes memory reason) internal {
        Leg[] memory legs = _legs(issuer, supplier, amountMinor);
        vm.expectRevert(reason);
        vm.prank(issuer.key);
        ledger.issue(id, VOUCHER, maturityDay, false, legs);
    }
}

/// @notice Granting a line, its limit, its suspension.
contract LineLifeTest is LinesWorld {
    function test_a_bank_grants_a_line() public {
        LineId id = lineOf(issuer.id, 2);
        vm.expectEmit(address(ledger));
        emit ILines.LineGranted(id, otherBank.id, issuer.id, 700, EUR, START_DAY + 10, -20, 3);
        vm.prank(otherBank.key);
        assertEq(
            LineId.unwrap(lines.grantLine(issuer.id, 700, EUR, START_DAY + 10, -20, 3)), LineId.unwrap(id), "its id"
        );
        ILedgerReader.Line memory granted = reader.line(id);
        assertTrue(granted.bank == otherBank.id && granted.issuer == issuer.id, "parties");
        assertTrue(granted.limitMinor == 700 && granted.usedMinor == 0 && granted.allottedMinor == 0, "amounts");
        assertTrue(granted.obligationCount == 0 && granted.allotmentCount == 0 && granted.status == 1, "nothing under it");
        assertTrue(granted.currency == EUR && granted.expiryDay == START_DAY + 10 && granted.calendar == 3, "terms");
        assertTrue(granted.utcOffsetQuarterHours == -20, "time zone");
        (uint8 count, uint32 overdue) = reader.issuer(issuer.id);
        assertTrue(count == 2 && overdue == 0, "issuer");
    }

    function test_only_banks_grant() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.RoleMissing.selector, supplier.id, BANK));
        vm.prank(supplier.key);
        lines.grantLine(issuer.id, 1, CNY, NEVER, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.RoleMissing.selector, operator.id, BANK));
        vm.prank(operator.key);
        lines.setFinancingLimit(issuer.id, CNY, 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.RoleMissing.selector, operator.id, BANK));
        vm.prank(operator.key);
        lines.setGroupCap(1, CNY, 1);
    }

    function test_only_active_core_enterprises_get_lines() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.RoleMissing.selector, supplier.id, CORE_ENTERPRISE));
        vm.prank(bank.key);
        lines.grantLine(supplier.id, 1, CNY, NEVER, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.RoleMissing.selector, supplier.id, CORE_ENTERPRISE));
        vm.prank(bank.key);
        lines.setFinancingLimit(supplier.id, CNY, 1);
        participants.suspend(issuer.id);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, issuer.id));
        vm.prank(bank.key);
        lines.grantLine(issuer.id, 1, CNY, NEVER, 0, 0);
    }

    function test_a_line_has_a_currency_a_time_zone_and_a_future() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.CurrencyMissing.selector));
        vm.prank(bank.key);
        lines.grantLine(issuer.id, 1, 0, NEVER, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.CurrencyMissing.selector));
        vm.prank(bank.key);
        lines.setFinancingLimit(issuer.id, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(ILines.TimeZoneUnknown.selector, int8(57)));
        vm.prank(bank.key);
        lines.grantLine(issuer.id, 1, CNY, NEVER, 57, 0);
        vm.expectRevert(abi.encodeWithSelector(ILines.TimeZoneUnknown.selector, int8(-57)));
        vm.prank(bank.key);
        lines.grantLine(issuer.id, 1, CNY, NEVER, -57, 0);
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerParts.LineExpired.selector, lineOf(issuer.id, 2), START_DAY - 1, START_DAY)
        );
        vm.prank(bank.key);
        lines.grantLine(issuer.id, 1, CNY, START_DAY - 1, 0, 0);
    }

    function test_the_widest_time_zones_and_a_line_of_one_day_are_granted() public {
        vm.prank(bank.key);
        lines.grantLine(issuer.id, 1, CNY, NEVER, 56, 0);
        vm.prank(bank.key);
        lines.grantLine(issuer.id, 1, CNY, NEVER, -56, 0);
        vm.prank(bank.key);
        lines.grantLine(issuer.id, 1, CNY, START_DAY, 0, 0);
    }

    function test_a_bank_grants_an_issuer_at_most_32_lines() public {
        for (uint256 i = 1; i < 32; ++i) {
            _grant(bank, issuer, 1, CNY);
        }
        vm.expectRevert(abi.encodeWithSelector(ILines.TooManyLines.selector, issuer.id));
        vm.prank(bank.key);
        lines.grantLine(issuer.id, 1, CNY, NEVER, 0, 0);
        _grant(bank, otherIssuer, 1, CNY);
        _grant(otherBank, issuer, 1, CNY);
    }

    function test_an_issuer_has_at_most_255_lines() public {
        Company memory last = bank;
        for (uint256 i = 1; i < 255; ++i) {
            if (i % 32 == 0) last = _company(string(abi.encode("bank", i)), BANK);
            _grant(last, issuer, 1, CNY);
        }
        vm.expectRevert(abi.encodeWithSelector(ILines.TooManyLines.selector, issuer.id));
        vm.prank(otherBank.key);
        lines.grantLine(issuer.id, 1, CNY, NEVER, 0, 0);
    }

    function test_only_its_bank_changes_a_line() public {
        bytes memory reason = abi.encodeWithSelector(ILedgerParts.NotTheBank.selector, line, bank.id, otherBank.id);
        vm.expectRevert(reason);
        vm.prank(otherBank.key);
        lines.setLineLimit(line, 1);
        vm.expectRevert(reason);
        vm.prank(otherBank.key);
        lines.suspendLine(line);
        vm.expectRevert(reason);
        vm.prank(otherBank.key);
        lines.resumeLine(line);
        vm.expectRevert(reason);
        vm.prank(otherBank.key);
        lines.shareLine(line, otherBank.id, 1);
        vm.expectRevert(reason);
        vm.prank(otherBank.key);
        lines.reviewTenor(line, NEVER, "reason");
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, address(this)));
        lines.setLineLimit(line, 1);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, address(this)));
        lines.suspendLine(line);
    }

    function test_there_is_no_unknown_line() public {
        LineId nowhere = lineOf(issuer.id, 9);
        bytes memory reason = abi.encodeWithSelector(ILedgerParts.LineUnknown.selector, nowhere);
        vm.expectRevert(reason);
        vm.prank(bank.key);
        lines.setLineLimit(nowhere, 1);
        vm.expectRevert(reason);
        lines.freeExpiredLine(nowhere);
        vm.expectRevert(reason);
        vm.prank(bank.key);
        lines.suspendLine(nowhere);
        vm.expectRevert(reason);
        vm.prank(otherBank.key);
        lines.joinLine(nowhere, 1, 1);
        (PartyId[] memory banks,) = lines.backersOf(nowhere);
        assertEq(banks.length, 0, "backers");
        assertEq(lines.shareOf(nowhere, bank.id, 100), 0, "share");
    }

    function test_a_limit_below_what_is_used_freezes_there() public {
        _held(500);
        vm.expectEmit(address(ledger));
        emit ILines.LineLimitChanged(line, 500);
        _setLimit(bank, line, 100);
        assertEq(reader.line(line).limitMinor, 500, "limit");
        _refuseIssue(line, MATURITY, 1, abi.encodeWithSelector(ILedgerParts.CreditLimitExceeded.selector, line, 1, 0));
        vm.expectEmit(address(ledger));
        emit ILines.LineLimitChanged(line, 501);
        _setLimit(bank, line, 501);
        _held(1);
        _assertUsed(501);
    }

    function test_a_limit_below_what_is_allotted_freezes_there() public {
        _held(500);
        vm.prank(issuer.key);
        allotments.allot(line, supplier.id, 300, START_DAY + 30, _anyTerms());
        _setLimit(bank, line, 0);
        assertEq(reader.line(line).limitMinor, 800, "limit");
        _setLimit(bank, line, 799);
        assertEq(reader.line(line).limitMinor, 800, "limit");
    }

    function test_the_same_limit_again_changes_nothing() public {
        vm.expectEmit(address(ledger));
        emit ILines.LineLimitChanged(line, LIMIT);
        _setLimit(bank, line, LIMIT);
        assertEq(_promised(bank, issuer), 2 * LIMIT, "line and financing");
    }

    function test_anyone_frees_what_an_expired_line_does_not_use() public {
        PieceId id = _held(500);
        vm.expectRevert(abi.encodeWithSelector(ILines.LineNotExpired.selector, line, START_DAY + 365, START_DAY));
        lines.freeExpiredLine(line);
        vm.warp((uint256(START_DAY) + 365) * 1 days);
        vm.expectRevert(abi.encodeWithSelector(ILines.LineNotExpired.selector, line, START_DAY + 365, START_DAY + 365));
        lines.freeExpiredLine(line);
        vm.warp((uint256(START_DAY) + 366) * 1 days);
        vm.expectEmit(address(ledger));
        emit ILines.LineLimitChanged(line, 500);
        lines.freeExpiredLine(line);
        assertEq(_promised(bank, issuer), LIMIT + 500, "financing and what is used");
        _redeem(id);
        lines.freeExpiredLine(line);
        assertEq(_promised(bank, issuer), LIMIT, "financing");
    }

    function test_a_financing_limit_below_what_is_held_freezes_there() public {
        _financed(_held(500), 300);
        vm.expectEmit(address(ledger));
        emit ILines.FinancingLimitSet(bank.id, issuer.id, CNY, 300);
        _limitFinancing(bank, issuer, 10);
        (uint64 limitMinor, uint64 financedMinor) = reader.financing(bank.id, issuer.id, CNY);
        assertTrue(limitMinor == 300 && financedMinor == 300, "frozen");
        _limitFinancing(bank, issuer, 301);
        (limitMinor,) = reader.financing(bank.id, issuer.id, CNY);
        assertEq(limitMinor, 301, "raised");
    }

    function test_a_bank_lowers_what_it_finances_also_of_a_suspended_issuer() public {
        participants.suspend(issuer.id);
        _limitFinancing(bank, issuer, 10);
        (uint64 limitMinor,) = reader.financing(bank.id, issuer.id, CNY);
        assertEq(limitMinor, 10, "limit");
    }

    function test_a_suspended_line_issues_nothing_until_resumed() public {
        vm.expectEmit(address(ledger));
        emit ILines.LineSuspended(line);
        vm.prank(bank.key);
        lines.suspendLine(line);
        _refuseIssue(line, MATURITY, 1, abi.encodeWithSelector(ILedgerParts.LineNotOpen.selector, line));
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.LineNotOpen.selector, line));
        vm.prank(bank.key);
        lines.suspendLine(line);
        vm.expectEmit(address(ledger));
        emit ILines.LineResumed(line);
        vm.prank(bank.key);
        lines.resumeLine(line);
        vm.expectRevert(abi.encodeWithSelector(ILines.LineNotSuspended.selector, line));
        vm.prank(bank.key);
        lines.resumeLine(line);
        _held(1);
    }

    function test_a_suspended_bank_suspends_its_line_and_does_nothing_else_to_it() public {
        participants.suspend(bank.id);
        vm.prank(bank.key);
        lines.suspendLine(line);
        bytes memory reason = abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, bank.id);
        vm.expectRevert(reason);
        vm.prank(bank.key);
        lines.resumeLine(line);
        vm.expectRevert(reason);
        vm.prank(bank.key);
        lines.setLineLimit(line, 1);
        vm.expectRevert(reason);
        vm.prank(bank.key);
        lines.setFinancingLimit(issuer.id, CNY, 1);
    }

    function test_what_is_outstanding_is_paid_under_a_suspended_line_too() public {
        PieceId id = _held(500);
        vm.prank(bank.key);
        lines.suspendLine(line);
        _mature();
        _redeem(id);
        _assertUsed(0);
    }

    function test_a_long_tenor_takes_a_review_and_is_bounded_all_the_same() public {
        uint16 day = START_DAY + 181;
        _refuseIssue(
            line, day, 1, abi.encodeWithSelector(ILedgerParts.TenorTooLong.selector, day, START_DAY + 180, ruleId(VOUCHER, 1, RULE_TENOR))
        );
        vm.expectRevert(abi.encodeWithSelector(ILines.JustificationMissing.selector, line, day));
        vm.prank(bank.key);
        lines.reviewTenor(line, day, bytes32(0));
        vm.expectEmit(address(ledger));
        emit ILines.TenorReviewed(line, day, "reason");
        vm.prank(bank.key);
        lines.reviewTenor(line, day, "reason");
        assertEq(lines.tenorReviewOf(line, day), "reason", "reason");
        Leg[] memory legs = _legs(issuer, supplier, 1);
        vm.prank(issuer.key);
        ledger.issue(line, VOUCHER, day, false, legs);
        _refuseIssue(
            line,
            day + 1,
            1,
            abi.encodeWithSelector(ILedgerParts.TenorTooLong.selector, day + 1, START_DAY + 180, ruleId(VOUCHER, 1, RULE_TENOR))
        );
        vm.prank(bank.key);
        LineId long = lines.grantLine(issuer.id, 100, CNY, NEVER, SHANGHAI, 0);
        vm.prank(bank.key);
        lines.reviewTenor(long, START_DAY + 366, "reason");
        _refuseIssue(
            long,
            START_DAY + 366,
            1,
            abi.encodeWithSelector(
                ILedgerParts.TenorTooLong.selector, START_DAY + 366, START_DAY + 365, ruleId(VOUCHER, 1, RULE_REVIEWED_TENOR)
            )
        );
    }

    function test_the_module_itself_knows_no_line() public {
        address module = ledger.moduleOf(ILines.setLineLimit.selector);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.LineUnknown.selector, line));
        vm.prank(bank.key);
        ILines(module).setLineLimit(line, 1);
        bytes4[] memory selectors = ILedgerModule(module).selectors();
        for (uint256 i = 0; i < selectors.length; ++i) {
            assertEq(ledger.moduleOf(selectors[i]), module, "module");
        }
    }
}

/// @notice What a bank lets itself promise to related issuers (case C3).
contract GroupCapTest is LinesWorld {
    uint24 private constant GROUP = 7;

    function setUp() public override {
        super.setUp();
        participants.regroup(issuer.id, GROUP);
        participants.regroup(otherIssuer.id, GROUP);
        lines.recount(bank.id, issuer.id, CNY);
    }

    function _cap(uint64 capMinor) private {
        vm.prank(bank.key);
        lines.setGroupCap(GROUP, CNY, capMinor);
    }

    function _inGroup(uint24 group) private view returns (uint256) {
        return lines.groupCapWord(bank.id, group, CNY).promisedMinor();
    }

    function _exceeded(uint256 requestedMinor, uint64 availableMinor) private view returns (bytes memory) {
        return abi.encodeWithSelector(ILines.GroupCapExceeded.selector, bank.id, GROUP, requestedMinor, availableMinor);
    }

    function test_a_bank_caps_what_it_promises_to_a_group() public {
        vm.expectEmit(address(ledger));
        emit ILines.GroupCapSet(bank.id, GROUP, CNY, 2 * LIMIT + 100);
        _cap(2 * LIMIT + 100);
        assertEq(lines.groupCapWord(bank.id, GROUP, CNY).capMinor(), 2 * LIMIT + 100, "cap");
        assertEq(_inGroup(GROUP), 2 * LIMIT, "line and financing");
        vm.expectRevert(_exceeded(101, 100));
        vm.prank(bank.key);
        lines.grantLine(otherIssuer.id, 101, CNY, NEVER, 0, 0);
        vm.expectRevert(_exceeded(101, 100));
        vm.prank(bank.key);
        lines.setFinancingLimit(otherIssuer.id, CNY, 101);
        vm.expectRevert(_exceeded(101, 100));
        vm.prank(bank.key);
        lines.setLineLimit(line, LIMIT + 101);
        LineId other = _grant(bank, otherIssuer, 60, CNY);
        _limitFinancing(bank, otherIssuer, 40);
        vm.expectRevert(_exceeded(1, 0));
        vm.prank(bank.key);
        lines.setLineLimit(other, 61);
        assertEq(_inGroup(GROUP), 2 * LIMIT + 100, "all of it");
    }

    function test_a_cap_is_of_one_currency_one_bank_and_one_group() public {
        _cap(1);
        _grant(bank, otherIssuer, 100, EUR);
        _grant(otherBank, otherIssuer, 100, CNY);
        Company memory alone = _company("alone", CORE_ENTERPRISE);
        _grant(bank, alone, 100, CNY);
        participants.regroup(alone.id, GROUP + 1);
        _grant(bank, alone, 100, CNY);
        assertEq(_inGroup(GROUP + 1), 200, "other group");
    }

    function test_a_cap_below_what_is_promised_stops_new_promises_only() public {
        _cap(LIMIT);
        vm.expectRevert(_exceeded(1, 0));
        vm.prank(bank.key);
        lines.setLineLimit(line, LIMIT + 1);
        _held(LIMIT);
        _setLimit(bank, line, LIMIT);
        _limitFinancing(bank, issuer, 10);
        assertEq(_inGroup(GROUP), LIMIT + 10, "lowered");
        vm.expectRevert(_exceeded(1, 0));
        vm.prank(bank.key);
        lines.setFinancingLimit(issuer.id, CNY, 11);
    }

    function test_what_was_promised_before_a_cap_counts() public {
        _grant(bank, otherIssuer, 500, CNY);
        assertEq(_inGroup(GROUP), 2 * LIMIT + 500, "tracked without a cap");
        _cap(2 * LIMIT + 501);
        vm.expectRevert(_exceeded(2, 1));
        vm.prank(bank.key);
        lines.setFinancingLimit(otherIssuer.id, CNY, 2);
        _cap(0);
        _limitFinancing(bank, otherIssuer, 2);
    }

    function test_a_lowered_limit_frees_its_promise() public {
        _cap(2 * LIMIT);
        _held(300);
        _setLimit(bank, line, 0);
        assertEq(_inGroup(GROUP), LIMIT + 300, "what is used stays promised");
        _grant(bank, otherIssuer, LIMIT - 300, CNY);
        vm.expectRevert(_exceeded(1, 0));
        vm.prank(bank.key);
        lines.setLineLimit(line, 301);
    }

    function test_use_does_not_count_but_promises_do() public {
        _cap(2 * LIMIT);
        _financed(_held(LIMIT), LIMIT);
        assertEq(_inGroup(GROUP), 2 * LIMIT, "promised");
    }

    function test_a_group_and_a_currency_are_named() public {
        vm.expectRevert(abi.encodeWithSelector(ILines.GroupMissing.selector));
        vm.prank(bank.key);
        lines.setGroupCap(0, CNY, 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.CurrencyMissing.selector));
        vm.prank(bank.key);
        lines.setGroupCap(GROUP, 0, 1);
    }

    function test_anyone_counts_an_issuer_under_its_present_group() public {
        participants.regroup(issuer.id, GROUP + 1);
        assertEq(_inGroup(GROUP), 2 * LIMIT, "still under the former");
        vm.expectEmit(address(ledger));
        emit ILines.PromiseRecounted(bank.id, issuer.id, CNY, GROUP + 1, uint128(2 * LIMIT));
        vm.prank(supplier.key);
        lines.recount(bank.id, issuer.id, CNY);
        assertEq(_inGroup(GROUP), 0, "not under the former");
        assertEq(_inGroup(GROUP + 1), 2 * LIMIT, "under the present");
        lines.recount(bank.id, issuer.id, CNY);
        assertEq(_inGroup(GROUP + 1), 2 * LIMIT, "counted once");
        participants.regroup(issuer.id, 0);
        lines.recount(bank.id, issuer.id, CNY);
        assertEq(_inGroup(GROUP + 1), 0, "under none");
        assertEq(_promised(bank, issuer), 2 * LIMIT, "and still known");
        assertEq(_inGroup(0), 0, "no group is not counted");
    }

    function test_a_bank_counts_anew_before_it_promises_more() public {
        _cap(3 * LIMIT);
        Company memory joining = _company("joining", CORE_ENTERPRISE);
        LineId its = _grant(bank, joining, LIMIT, CNY);
        participants.regroup(joining.id, GROUP);
        vm.expectRevert(_exceeded(1, 0));
        vm.prank(bank.key);
        lines.setLineLimit(its, LIMIT + 1);
        _setLimit(bank, its, LIMIT - 1);
        assertEq(_inGroup(GROUP), 3 * LIMIT - 1, "counted with the group");
        assertEq(lines.promiseWord(bank.id, joining.id, CNY).group(), GROUP, "group");
    }

    /// Whatever is granted, raised, lowered and regrouped: what is counted for a group is the sum of its issuers' limits.
    function testFuzz_a_group_counts_the_limits_of_its_issuers(uint256 seed) public {
        LineId other = _grant(bank, otherIssuer, 0, CNY);
        for (uint256 i = 0; i < 24; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint64 amountMinor = uint64(bound(seed >> 8, 0, 2 * LIMIT));
            uint256 choice = seed % 5;
            if (choice == 0) _setLimit(bank, line, amountMinor);
            else if (choice == 1) _setLimit(bank, other, amountMinor);
            else if (choice == 2) _limitFinancing(bank, issuer, amountMinor);
            else if (choice == 3) _limitFinancing(bank, otherIssuer, amountMinor);
            else participants.regroup(otherIssuer.id, uint24(bound(seed >> 8, 0, 1)) * GROUP);
        }
        lines.recount(bank.id, otherIssuer.id, CNY);
        (uint64 financing_,) = reader.financing(bank.id, issuer.id, CNY);
        (uint64 otherFinancing,) = reader.financing(bank.id, otherIssuer.id, CNY);
        uint256 own = uint256(reader.line(line).limitMinor) + financing_;
        uint256 others = uint256(reader.line(other).limitMinor) + otherFinancing;
        assertEq(_promised(bank, issuer), own, "the issuer's");
        assertEq(_promised(bank, otherIssuer), others, "the other's");
        bool isIn = participants.groupOf(otherIssuer.id) == GROUP;
        assertEq(_inGroup(GROUP), isIn ? own + others : own, "the group's");
    }

    function testFuzz_words_keep_their_neighbours(uint64 cap, uint128 promised, uint24 group) public pure {
        promised = uint128(bound(promised, 0, type(uint112).max));
        GroupCapWord word = GroupCapWord.wrap(0).withMore(promised).withCap(cap);
        assertTrue(word.capMinor() == cap && word.promisedMinor() == promised, "cap");
        assertEq(word.availableMinor(), promised >= cap ? 0 : cap - promised, "available");
        assertTrue(word.withLess(promised).promisedMinor() == 0, "less");
        PromiseWord counted = PromiseWord.wrap(0).withGroup(type(uint24).max).withChange(0, cap).withGroup(group);
        assertTrue(counted.group() == group && counted.promisedMinor() == cap, "promise");
        assertTrue(counted.withChange(cap, 1).promisedMinor() == 1 && counted.withChange(cap, 1).group() == group, "change");
    }
}

/// @notice Several banks behind one line.
contract SharedLinesTest is LinesWorld {
    Company internal thirdBank;

    function setUp() public override {
        super.setUp();
        thirdBank = _company("third bank", BANK);
    }

    function test_a_bank_joins_a_line_for_the_share_that_it_was_offered() public {
        vm.expectEmit(address(ledger));
        emit ILines.LineShareOffered(line, otherBank.id, 3000);
        _share(line, otherBank, 3000);
        assertEq(lines.shareOfferOf(line, otherBank.id), 3000, "offer");
        vm.expectEmit(address(ledger));
        emit ILines.LineShared(line, otherBank.id, 3000);
        _join(otherBank, line, 3000, LIMIT);
        assertEq(lines.shareOfferOf(line, otherBank.id), 0, "no offer");
        _share(line, thirdBank, 7000);
        _join(thirdBank, line, 7000, LIMIT);
        (PartyId[] memory banks, uint16[] memory basisPoints) = lines.backersOf(line);
        assertTrue(banks.length == 2 && banks[0] == otherBank.id && banks[1] == thirdBank.id, "banks");
        assertTrue(basisPoints.length == 2 && basisPoints[0] == 3000 && basisPoints[1] == 7000, "shares");
        assertTrue(reader.line(line).bank == bank.id, "still its bank");
        _held(1);
    }

    function test_a_bank_agrees_to_what_it_was_offered() public {
        vm.expectRevert(abi.encodeWithSelector(ILines.ShareNotOffered.selector, line, otherBank.id, 0, 3000));
        vm.prank(otherBank.key);
        lines.joinLine(line, 3000, LIMIT);
        vm.expectRevert(abi.encodeWithSelector(ILines.ShareNotOffered.selector, line, otherBank.id, 0, 0));
        vm.prank(otherBank.key);
        lines.joinLine(line, 0, LIMIT);
        _share(line, otherBank, 3001);
        vm.expectRevert(abi.encodeWithSelector(ILines.ShareNotOffered.selector, line, otherBank.id, 3001, 3000));
        vm.prank(otherBank.key);
        lines.joinLine(line, 3000, LIMIT);
        _setLimit(bank, line, LIMIT + 1);
        vm.expectRevert(abi.encodeWithSelector(ILines.LimitMismatch.selector, line, LIMIT + 1, LIMIT));
        vm.prank(otherBank.key);
        lines.joinLine(line, 3001, LIMIT);
        _share(line, otherBank, 0);
        vm.expectRevert(abi.encodeWithSelector(ILines.ShareNotOffered.selector, line, otherBank.id, 0, 3001));
        vm.prank(otherBank.key);
        lines.joinLine(line, 3001, LIMIT + 1);
    }

    function test_only_active_banks_back_a_line() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.RoleMissing.selector, supplier.id, BANK));
        vm.prank(bank.key);
        lines.shareLine(line, supplier.id, 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.RoleMissing.selector, supplier.id, BANK));
        vm.prank(supplier.key);
        lines.joinLine(line, 1, LIMIT);
        participants.suspend(otherBank.id);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, otherBank.id));
        vm.prank(bank.key);
        lines.shareLine(line, otherBank.id, 1);
    }

    function test_a_bank_backs_a_line_once() public {
        vm.expectRevert(abi.encodeWithSelector(ILines.AlreadyBacks.selector, line, bank.id));
        vm.prank(bank.key);
        lines.shareLine(line, bank.id, 1);
        _share(line, otherBank, 1);
        _join(otherBank, line, 1, LIMIT);
        vm.expectRevert(abi.encodeWithSelector(ILines.AlreadyBacks.selector, line, otherBank.id));
        vm.prank(bank.key);
        lines.shareLine(line, otherBank.id, 1);
    }

    function test_all_shares_together_are_at_most_the_whole() public {
        vm.expectRevert(abi.encodeWithSelector(ILines.SharesExceeded.selector, line, 10_001, 10_000));
        vm.prank(bank.key);
        lines.shareLine(line, otherBank.id, 10_001);
        _share(line, otherBank, 6000);
        _share(line, thirdBank, 4001);
        _join(otherBank, line, 6000, LIMIT);
        vm.expectRevert(abi.encodeWithSelector(ILines.SharesExceeded.selector, line, 4001, 4000));
        vm.prank(thirdBank.key);
        lines.joinLine(line, 4001, LIMIT);
    }

    function test_at_most_16_banks_join() public {
        for (uint256 i = 0; i < 16; ++i) {
            Company memory joining = _company(string(abi.encode("joining", i)), BANK);
            _share(line, joining, 1);
            _join(joining, line, 1, LIMIT);
        }
        vm.expectRevert(abi.encodeWithSelector(ILines.TooManyBackers.selector, line));
        vm.prank(bank.key);
        lines.shareLine(line, otherBank.id, 1);
        assertEq(lines.shareOf(line, bank.id, 10_000), 9984, "the rest");
    }

    function test_nobody_joins_a_line_in_use() public {
        _share(line, otherBank, 1);
        PieceId id = _held(500);
        bytes memory inUse = abi.encodeWithSelector(ILines.LineInUse.selector, line, 500, 0);
        vm.expectRevert(inUse);
        vm.prank(bank.key);
        lines.shareLine(line, thirdBank.id, 1);
        vm.expectRevert(inUse);
        vm.prank(otherBank.key);
        lines.joinLine(line, 1, LIMIT);
        _mature();
        _redeem(id);
        _join(otherBank, line, 1, LIMIT);
    }

    function test_nobody_joins_an_allotted_line() public {
        _share(line, otherBank, 1);
        vm.prank(issuer.key);
        allotments.allot(line, supplier.id, 300, START_DAY + 30, _anyTerms());
        vm.expectRevert(abi.encodeWithSelector(ILines.LineInUse.selector, line, 0, 300));
        vm.prank(otherBank.key);
        lines.joinLine(line, 1, LIMIT);
    }

    function test_the_limit_of_a_shared_line_is_only_lowered() public {
        _share(line, otherBank, 2500);
        _join(otherBank, line, 2500, LIMIT);
        vm.expectRevert(abi.encodeWithSelector(ILines.LimitShared.selector, line, LIMIT, LIMIT + 1));
        vm.prank(bank.key);
        lines.setLineLimit(line, LIMIT + 1);
        _setLimit(bank, line, 1001);
        vm.expectRevert(abi.encodeWithSelector(ILines.LimitShared.selector, line, 1001, 1002));
        vm.prank(bank.key);
        lines.setLineLimit(line, 1002);
        assertEq(_promised(otherBank, issuer), 250, "rounded down");
        assertEq(_promised(bank, issuer), LIMIT + 751, "financing and the rest");
    }

    function test_a_joining_bank_promises_its_share_under_its_own_cap() public {
        participants.regroup(issuer.id, 7);
        vm.prank(otherBank.key);
        lines.setGroupCap(7, CNY, LIMIT / 4);
        _share(line, otherBank, 2501);
        vm.expectRevert(
            abi.encodeWithSelector(ILines.GroupCapExceeded.selector, otherBank.id, 7, LIMIT / 10_000 * 2501, LIMIT / 4)
        );
        vm.prank(otherBank.key);
        lines.joinLine(line, 2501, LIMIT);
        _share(line, otherBank, 2500);
        _join(otherBank, line, 2500, LIMIT);
        assertEq(lines.groupCapWord(otherBank.id, 7, CNY).promisedMinor(), LIMIT / 4, "its share");
        assertEq(lines.groupCapWord(bank.id, 7, CNY).promisedMinor(), LIMIT + LIMIT / 4 * 3, "financing and the rest");
        vm.warp((uint256(START_DAY) + 366) * 1 days);
        lines.freeExpiredLine(line);
        assertEq(lines.groupCapWord(otherBank.id, 7, CNY).promisedMinor(), 0, "freed");
    }

    function test_a_lower_limit_is_set_even_if_rounding_leaves_more_to_its_bank() public {
        LineId even = _grant(bank, issuer, 10_000, CNY);
        for (uint256 i = 0; i < 16; ++i) {
            Company memory joining = _company(string(abi.encode("joining", i)), BANK);
            _share(even, joining, 625);
            _join(joining, even, 625, 10_000);
        }
        participants.regroup(issuer.id, 7);
        vm.prank(bank.key);
        lines.setGroupCap(7, CNY, 1);
        assertEq(lines.shareOf(even, bank.id, 10_000), 0, "no rest");
        _setLimit(bank, even, 9999);
        assertEq(_promised(bank, issuer), 2 * LIMIT + 15, "16 shares were rounded down");
    }

    function testFuzz_shares_add_up(uint64 amountMinor, uint16 one, uint16 other, uint64 lowered) public {
        one = uint16(bound(one, 1, 9999));
        other = uint16(bound(other, 1, 10_000 - one));
        _share(line, otherBank, one);
        _join(otherBank, line, one, LIMIT);
        _share(line, thirdBank, other);
        _join(thirdBank, line, other, LIMIT);
        uint256 first = lines.shareOf(line, otherBank.id, amountMinor);
        uint256 next = lines.shareOf(line, thirdBank.id, amountMinor);
        assertEq(first, uint256(amountMinor) * one / 10_000, "rounded down");
        assertEq(next, uint256(amountMinor) * other / 10_000, "rounded down");
        assertEq(first + next + lines.shareOf(line, bank.id, amountMinor), amountMinor, "sum");
        assertEq(lines.shareOf(line, issuer.id, amountMinor), 0, "nobody else");
        lowered = uint64(bound(lowered, 0, LIMIT));
        _setLimit(bank, line, lowered);
        assertEq(_promised(otherBank, issuer), lines.shareOf(line, otherBank.id, lowered), "promised by one");
        assertEq(_promised(thirdBank, issuer), lines.shareOf(line, thirdBank.id, lowered), "promised by the other");
        assertEq(_promised(bank, issuer), uint256(LIMIT) + lines.shareOf(line, bank.id, lowered), "promised by its bank");
    }
}
