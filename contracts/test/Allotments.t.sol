// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IAllotments} from "../interfaces/IAllotments.sol";
import {ICreditLedger} from "../interfaces/ICreditLedger.sol";
import {ILedgerModule, ILedgerParts} from "../interfaces/ILedgerParts.sol";
import {ILedgerReader} from "../interfaces/ILedgerReader.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {IRulebook} from "../interfaces/IRulebook.sol";
import {ITradeRegistry} from "../interfaces/ITradeRegistry.sol";
import {AllotmentWord, AllotmentWords} from "../libraries/AllotmentWords.sol";
import {LineTermsWord} from "../libraries/LineTermsWords.sol";
import {PieceWord, PieceWords} from "../libraries/PieceWords.sol";
import {AllotmentId, EvidenceId, LineId, ObligationId, PartyId, PieceId, allotmentOf, lineOf, obligationOf} from "../types/Identifiers.sol";
import {AllotmentTerms, Leg, PieceState, Signature} from "../types/Movements.sol";
import {BANK, CORE_ENTERPRISE, SUPPLIER} from "../types/Roles.sol";
import {RULE_ATTESTED, RULE_CURED, RULE_HOPS, RULE_PIECES, RULE_TENOR, ruleId} from "../types/RuleIds.sol";
import {World} from "./World.t.sol";

/// @notice What the tests of allotments do over and over.
abstract contract AllotmentsWorld is World {
    uint16 internal constant LAST_DAY = START_DAY + 30;
    uint256 private constant LINE_TERMS_SLOT = 3;

    /// What a draw is called with.
    struct Draw {
        Company by;
        AllotmentId allotment;
        uint8 instrument;
        uint16 maturityDay;
        bool recourse;
        EvidenceId[] hops;
        Leg leg;
    }

    function _allot(Company memory to, uint64 amountMinor) internal returns (AllotmentId) {
        vm.prank(issuer.key);
        return allotments.allot(line, to.id, amountMinor, LAST_DAY, _anyTerms());
    }

    function _allotOn(Company memory to, uint64 amountMinor, AllotmentTerms memory terms) internal returns (AllotmentId) {
        vm.prank(issuer.key);
        return allotments.allot(line, to.id, amountMinor, LAST_DAY, terms);
    }

    function _bills() internal pure returns (AllotmentTerms memory terms) {
        terms = _anyTerms();
        terms.instrument = BILL;
    }

    function _passAllotment(Company memory by, AllotmentId parent, Company memory to, uint64 amountMinor) internal returns (AllotmentId) {
        vm.prank(by.key);
        return allotments.passAllotment(parent, to.id, amountMinor, LAST_DAY);
    }

    function _revoke(Company memory by, AllotmentId id) internal {
        vm.prank(by.key);
        allotments.revoke(id);
    }

    /// A draw by the supplier, to the second tier, on what the issuer allotted to it.
    function _shortDraw(AllotmentId id, uint64 amountMinor) internal returns (Draw memory made) {
        (made.by, made.allotment, made.instrument, made.maturityDay) = (supplier, id, VOUCHER, MATURITY);
        made.hops = new EvidenceId[](1);
        made.hops[0] = _confirm(issuer, supplier, amountMinor);
        made.leg = _leg(second, amountMinor, _confirm(supplier, second, amountMinor));
    }

    /// A draw by the second tier, to the third, on what the supplier passed on to it.
    function _longDraw(AllotmentId id, uint64 amountMinor) internal returns (Draw memory made) {
        (made.by, made.allotment, made.instrument, made.maturityDay) = (second, id, VOUCHER, MATURITY);
        made.hops = new EvidenceId[](2);
        made.hops[0] = _confirm(issuer, supplier, amountMinor);
        made.hops[1] = _confirm(supplier, second, amountMinor);
        made.leg = _leg(third, amountMinor, _confirm(second, third, amountMinor));
    }

    function _do(Draw memory made) internal returns (ObligationId) {
        vm.prank(made.by.key);
        return allotments.draw(made.allotment, made.instrument, made.maturityDay, made.recourse, made.hops, made.leg);
    }

    function _refuse(Draw memory made, bytes memory reason) internal {
        vm.expectRevert(reason);
        _do(made);
    }

    function _left(AllotmentId id) internal view returns (uint64) {
        return allotments.allotmentWord(id).leftMinor();
    }

    function _assertLine(uint64 usedMinor, uint64 allottedMinor) internal view {
        ILedgerReader.Line memory read = reader.line(line);
        assertEq(read.usedMinor, usedMinor, "used");
        assertEq(read.allottedMinor, allottedMinor, "allotted");
    }

    /// As if so many allotments had been made.
    function _pretendAllotments(uint16 count) internal {
        bytes32 slot = keccak256(abi.encode(LineId.unwrap(line), LINE_TERMS_SLOT));
        uint256 word = uint256(vm.load(address(ledger), slot));
        assertEq(word, LineTermsWord.unwrap(ledger.lineTermsWord(line)), "where the terms are");
        vm.store(address(ledger), slot, bytes32(word | (uint256(count) << 40)));
    }

    /// Noon in Shanghai, days after the start.
    function _later(uint256 daysLater) internal {
        vm.warp((uint256(START_DAY) + daysLater) * 1 days + 4 hours);
    }
}

/// @notice Allotting, passing on, revoking, expiring.
contract AllotmentsTest is AllotmentsWorld {
    AllotmentId private constant LINE = AllotmentId.wrap(0);

    function _first() private view returns (AllotmentId) {
        return allotmentOf(line, 1);
    }

    function test_an_issuer_allots_part_of_its_line() public {
        vm.expectEmit(address(ledger));
        emit IAllotments.Allotted(_first(), supplier.id, 300, LAST_DAY, BILL, 90, false);
        AllotmentId id = _allotOn(supplier, 300, AllotmentTerms(BILL, 90, false));
        assertEq(AllotmentId.unwrap(id), AllotmentId.unwrap(_first()), "id");
        AllotmentWord word = allotments.allotmentWord(id);
        assertTrue(word.leftMinor() == 300 && word.holder() == supplier.id && word.expiryDay() == LAST_DAY, "terms");
        assertTrue(word.parentIndex() == 0 && word.depth() == 1 && word.status() == AllotmentWords.LIVE, "standing");
        assertTrue(word.instrument() == BILL && word.minTenorDays() == 90 && !word.recourseAllowed(), "what may be drawn");
        assertEq(reader.line(line).allotmentCount, 1, "count");
        _assertLine(0, 300);
    }

    function test_an_instrument_without_rules_is_not_allotted() public {
        AllotmentTerms memory terms = _anyTerms();
        terms.instrument = 9;
        vm.expectRevert(abi.encodeWithSelector(IRulebook.InstrumentUnknown.selector, 9, START_DAY));
        _allotOn(supplier, 300, terms);
    }

    function test_a_part_goes_on_the_terms_of_the_whole() public {
        AllotmentId parent = _allotOn(supplier, 300, AllotmentTerms(BILL, 90, true));
        AllotmentWord word = allotments.allotmentWord(_passAllotment(supplier, parent, second, 120));
        assertTrue(word.instrument() == BILL && word.minTenorDays() == 90 && word.recourseAllowed(), "with recourse");
        parent = _allotOn(supplier, 300, AllotmentTerms(VOUCHER, 0, false));
        word = allotments.allotmentWord(_passAllotment(supplier, parent, second, 120));
        assertTrue(word.instrument() == VOUCHER && word.minTenorDays() == 0 && !word.recourseAllowed(), "without");
    }

    function test_what_is_allotted_is_not_issued_otherwise() public {
        _allot(supplier, LIMIT - 10);
        Leg[] memory legs = _legs(issuer, supplier, 11);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.CreditLimitExceeded.selector, line, 11, 10));
        vm.prank(issuer.key);
        ledger.issue(line, VOUCHER, MATURITY, false, legs);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.CreditLimitExceeded.selector, line, 11, 10));
        vm.prank(issuer.key);
        allotments.allot(line, supplier.id, 11, LAST_DAY, _anyTerms());
        _held(10);
        _assertLine(10, LIMIT - 10);
    }

    function test_only_the_issuer_allots() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.NotTheIssuer.selector, line, issuer.id, bank.id));
        vm.prank(bank.key);
        allotments.allot(line, supplier.id, 1, LAST_DAY, _anyTerms());
        participants.suspend(issuer.id);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, issuer.id));
        vm.prank(issuer.key);
        allotments.allot(line, supplier.id, 1, LAST_DAY, _anyTerms());
    }

    function test_only_an_open_line_is_allotted() public {
        LineId nowhere = lineOf(issuer.id, 9);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.LineUnknown.selector, nowhere));
        vm.prank(issuer.key);
        allotments.allot(nowhere, supplier.id, 1, LAST_DAY, _anyTerms());
        vm.prank(bank.key);
        lines.suspendLine(line);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.LineNotOpen.selector, line));
        vm.prank(issuer.key);
        allotments.allot(line, supplier.id, 1, LAST_DAY, _anyTerms());
        vm.prank(bank.key);
        lines.resumeLine(line);
        _later(366);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.LineExpired.selector, line, START_DAY + 365, START_DAY + 366));
        vm.prank(issuer.key);
        allotments.allot(line, supplier.id, 1, START_DAY + 366, _anyTerms());
    }

    function test_an_allotment_is_of_something_for_a_supplier_that_is_not_the_issuer() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.ZeroAmount.selector));
        vm.prank(issuer.key);
        allotments.allot(line, supplier.id, 0, LAST_DAY, _anyTerms());
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.IssuerCannotReceive.selector, issuer.id));
        vm.prank(issuer.key);
        allotments.allot(line, issuer.id, 1, LAST_DAY, _anyTerms());
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.RoleMissing.selector, otherBank.id, SUPPLIER | CORE_ENTERPRISE));
        vm.prank(issuer.key);
        allotments.allot(line, otherBank.id, 1, LAST_DAY, _anyTerms());
        participants.suspend(supplier.id);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, supplier.id));
        vm.prank(issuer.key);
        allotments.allot(line, supplier.id, 1, LAST_DAY, _anyTerms());
        _allot(otherIssuer, 1);
    }

    function test_an_allotment_ends_with_its_line_and_not_before_today() public {
        vm.expectRevert(abi.encodeWithSelector(IAllotments.AllotmentOutlives.selector, START_DAY + 366, START_DAY + 365));
        vm.prank(issuer.key);
        allotments.allot(line, supplier.id, 1, START_DAY + 366, _anyTerms());
        vm.expectRevert(abi.encodeWithSelector(IAllotments.AllotmentOver.selector, _first(), START_DAY - 1, START_DAY));
        vm.prank(issuer.key);
        allotments.allot(line, supplier.id, 1, START_DAY - 1, _anyTerms());
        vm.prank(issuer.key);
        allotments.allot(line, supplier.id, 1, START_DAY + 365, _anyTerms());
        vm.prank(issuer.key);
        allotments.allot(line, supplier.id, 1, START_DAY, _anyTerms());
    }

    function test_a_line_has_at_most_65535_allotments() public {
        _pretendAllotments(type(uint16).max - 1);
        AllotmentId last = _allot(supplier, 5);
        assertEq(last.index(), type(uint16).max, "the last");
        vm.expectRevert(abi.encodeWithSelector(IAllotments.TooManyAllotments.selector, line));
        vm.prank(issuer.key);
        allotments.allot(line, supplier.id, 1, LAST_DAY, _anyTerms());
        vm.expectRevert(abi.encodeWithSelector(IAllotments.TooManyAllotments.selector, line));
        vm.prank(supplier.key);
        allotments.passAllotment(last, second.id, 1, LAST_DAY);
    }

    function test_a_holder_passes_part_on() public {
        AllotmentId parent = _allot(supplier, 300);
        AllotmentId child = allotmentOf(line, 2);
        vm.expectEmit(address(ledger));
        emit IAllotments.AllotmentPassed(child, parent, second.id, 120, LAST_DAY - 1);
        vm.prank(supplier.key);
        allotments.passAllotment(parent, second.id, 120, LAST_DAY - 1);
        AllotmentWord word = allotments.allotmentWord(child);
        assertTrue(word.leftMinor() == 120 && word.holder() == second.id && word.expiryDay() == LAST_DAY - 1, "terms");
        assertTrue(word.parentIndex() == 1 && word.depth() == 2 && word.status() == AllotmentWords.LIVE, "standing");
        assertEq(_left(parent), 180, "the rest");
        _assertLine(0, 300);
    }

    function test_only_the_holder_passes_on() public {
        AllotmentId parent = _allot(supplier, 300);
        vm.expectRevert(abi.encodeWithSelector(IAllotments.NotTheHolder.selector, parent, supplier.id, second.id));
        vm.prank(second.key);
        allotments.passAllotment(parent, second.id, 1, LAST_DAY);
        vm.expectRevert(abi.encodeWithSelector(IAllotments.NotTheHolder.selector, parent, supplier.id, issuer.id));
        vm.prank(issuer.key);
        allotments.passAllotment(parent, second.id, 1, LAST_DAY);
        vm.expectRevert(abi.encodeWithSelector(IAllotments.AllotmentUnknown.selector, allotmentOf(line, 2)));
        vm.prank(supplier.key);
        allotments.passAllotment(allotmentOf(line, 2), second.id, 1, LAST_DAY);
        participants.suspend(supplier.id);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, supplier.id));
        vm.prank(supplier.key);
        allotments.passAllotment(parent, second.id, 1, LAST_DAY);
    }

    function test_nobody_passes_on_more_or_longer_than_it_has() public {
        AllotmentId parent = _allot(supplier, 300);
        vm.expectRevert(abi.encodeWithSelector(IAllotments.AmountExceedsAllotment.selector, parent, 301, 300));
        vm.prank(supplier.key);
        allotments.passAllotment(parent, second.id, 301, LAST_DAY);
        vm.expectRevert(abi.encodeWithSelector(IAllotments.AllotmentOutlives.selector, LAST_DAY + 1, LAST_DAY));
        vm.prank(supplier.key);
        allotments.passAllotment(parent, second.id, 300, LAST_DAY + 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.ZeroAmount.selector));
        vm.prank(supplier.key);
        allotments.passAllotment(parent, second.id, 0, LAST_DAY);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.IssuerCannotReceive.selector, issuer.id));
        vm.prank(supplier.key);
        allotments.passAllotment(parent, issuer.id, 1, LAST_DAY);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.RoleMissing.selector, bank.id, SUPPLIER | CORE_ENTERPRISE));
        vm.prank(supplier.key);
        allotments.passAllotment(parent, bank.id, 1, LAST_DAY);
        vm.expectRevert(abi.encodeWithSelector(IAllotments.AllotmentOver.selector, allotmentOf(line, 2), START_DAY - 1, START_DAY));
        vm.prank(supplier.key);
        allotments.passAllotment(parent, second.id, 1, START_DAY - 1);
        _later(31);
        vm.expectRevert(abi.encodeWithSelector(IAllotments.AllotmentOver.selector, parent, LAST_DAY, LAST_DAY + 1));
        vm.prank(supplier.key);
        allotments.passAllotment(parent, second.id, 1, LAST_DAY);
    }

    function test_an_allotment_goes_as_deep_as_paper_may() public {
        AllotmentId id = _allot(supplier, 300);
        for (uint256 depth = 1; depth < 15; ++depth) {
            id = _passAllotment(depth % 2 == 1 ? supplier : second, id, depth % 2 == 1 ? second : supplier, 300);
        }
        assertEq(allotments.allotmentWord(id).depth(), 15, "depth");
        vm.expectRevert(abi.encodeWithSelector(IAllotments.AllotmentTooDeep.selector, id, 16, ruleId(VOUCHER, 1, RULE_HOPS)));
        vm.prank(supplier.key);
        allotments.passAllotment(id, second.id, 300, LAST_DAY);
    }

    function test_the_issuer_revokes_to_the_line_at_any_depth() public {
        AllotmentId parent = _allot(supplier, 300);
        AllotmentId child = _passAllotment(supplier, parent, second, 120);
        vm.expectEmit(address(ledger));
        emit IAllotments.AllotmentRevoked(child, LINE, 120);
        _revoke(issuer, child);
        _assertLine(0, 180);
        assertEq(_left(parent), 180, "nothing came back to the parent");
        assertEq(allotments.allotmentWord(child).status(), AllotmentWords.REVOKED, "revoked");
        vm.expectEmit(address(ledger));
        emit IAllotments.AllotmentRevoked(parent, LINE, 180);
        _revoke(issuer, parent);
        _assertLine(0, 0);
    }

    function test_who_passed_it_on_revokes_to_its_own_allotment() public {
        AllotmentId parent = _allot(supplier, 300);
        AllotmentId child = _passAllotment(supplier, parent, second, 120);
        vm.expectEmit(address(ledger));
        emit IAllotments.AllotmentRevoked(child, parent, 120);
        _revoke(supplier, child);
        assertEq(_left(parent), 300, "back");
        assertEq(_left(child), 0, "nothing left");
        _assertLine(0, 300);
    }

    function test_what_comes_back_to_an_ended_allotment_goes_to_the_line() public {
        AllotmentId parent = _allot(supplier, 300);
        AllotmentId child = _passAllotment(supplier, parent, second, 120);
        AllotmentId other = _passAllotment(supplier, parent, third, 30);
        _revoke(issuer, parent);
        _assertLine(0, 150);
        vm.expectEmit(address(ledger));
        emit IAllotments.AllotmentRevoked(child, LINE, 120);
        _revoke(supplier, child);
        assertEq(_left(parent), 0, "ended is ended");
        _assertLine(0, 30);
        assertEq(_left(other), 30, "the other part lives on");
    }

    function test_what_comes_back_to_an_allotment_whose_days_are_over_goes_to_the_line() public {
        AllotmentId parent = _allot(supplier, 300);
        AllotmentId child = _passAllotment(supplier, parent, second, 120);
        _later(31);
        vm.expectEmit(address(ledger));
        emit IAllotments.AllotmentRevoked(child, LINE, 120);
        _revoke(supplier, child);
        assertEq(_left(parent), 180, "as it was");
        _assertLine(0, 180);
    }

    function test_on_its_last_day_an_allotment_takes_back() public {
        AllotmentId parent = _allot(supplier, 300);
        AllotmentId child = _passAllotment(supplier, parent, second, 120);
        _later(30);
        _revoke(supplier, child);
        assertEq(_left(parent), 300, "back");
    }

    function test_nobody_else_revokes() public {
        AllotmentId parent = _allot(supplier, 300);
        AllotmentId child = _passAllotment(supplier, parent, second, 120);
        vm.expectRevert(abi.encodeWithSelector(IAllotments.NotTheGiver.selector, parent, issuer.id, issuer.id, supplier.id));
        _revoke(supplier, parent);
        vm.expectRevert(abi.encodeWithSelector(IAllotments.NotTheGiver.selector, child, issuer.id, supplier.id, second.id));
        _revoke(second, child);
        vm.expectRevert(abi.encodeWithSelector(IAllotments.NotTheGiver.selector, child, issuer.id, supplier.id, bank.id));
        _revoke(bank, child);
    }

    function test_an_allotment_ends_once() public {
        AllotmentId id = _allot(supplier, 300);
        AllotmentId other = _allot(supplier, 300);
        _revoke(issuer, id);
        bytes memory revoked = abi.encodeWithSelector(IAllotments.AllotmentNotLive.selector, id, AllotmentWords.REVOKED);
        vm.expectRevert(revoked);
        _revoke(issuer, id);
        vm.expectRevert(revoked);
        vm.prank(supplier.key);
        allotments.passAllotment(id, second.id, 1, LAST_DAY);
        _later(31);
        vm.expectRevert(revoked);
        allotments.expireAllotment(id);
        allotments.expireAllotment(other);
        bytes memory expired = abi.encodeWithSelector(IAllotments.AllotmentNotLive.selector, other, AllotmentWords.EXPIRED);
        vm.expectRevert(expired);
        allotments.expireAllotment(other);
        vm.expectRevert(expired);
        _revoke(issuer, other);
        bytes memory unknown = abi.encodeWithSelector(IAllotments.AllotmentUnknown.selector, allotmentOf(line, 3));
        vm.expectRevert(unknown);
        _revoke(issuer, allotmentOf(line, 3));
        vm.expectRevert(unknown);
        allotments.expireAllotment(allotmentOf(line, 3));
        // Index 0 is none, whatever line it is said to be of.
        vm.expectRevert(abi.encodeWithSelector(IAllotments.AllotmentUnknown.selector, LINE));
        allotments.expireAllotment(LINE);
    }

    function test_anyone_ends_an_allotment_after_its_last_day() public {
        AllotmentId parent = _allot(supplier, 300);
        AllotmentId child = _passAllotment(supplier, parent, second, 120);
        vm.expectRevert(abi.encodeWithSelector(IAllotments.AllotmentNotOver.selector, child, LAST_DAY, START_DAY));
        allotments.expireAllotment(child);
        // The last second of the day in the line's time zone, which is eight hours ahead of UTC.
        vm.warp((uint256(LAST_DAY) + 1) * 1 days - 8 hours - 1);
        vm.expectRevert(abi.encodeWithSelector(IAllotments.AllotmentNotOver.selector, child, LAST_DAY, LAST_DAY));
        allotments.expireAllotment(child);
        vm.warp((uint256(LAST_DAY) + 1) * 1 days - 8 hours);
        vm.expectEmit(address(ledger));
        emit IAllotments.AllotmentExpired(child, LINE, 120);
        vm.prank(third.key);
        allotments.expireAllotment(child);
        _assertLine(0, 180);
        allotments.expireAllotment(parent);
        _assertLine(0, 0);
        assertEq(allotments.allotmentWord(parent).status(), AllotmentWords.EXPIRED, "expired");
    }

    function test_nobody_takes_from_a_giver_what_came_back_to_it() public {
        AllotmentId parent = _allot(supplier, 300);
        vm.prank(supplier.key);
        AllotmentId child = allotments.passAllotment(parent, second.id, 120, START_DAY + 2);
        vm.prank(supplier.key);
        AllotmentId other = allotments.passAllotment(parent, third.id, 80, START_DAY + 2);
        _later(3);
        vm.expectEmit(address(ledger));
        emit IAllotments.AllotmentExpired(child, parent, 120);
        vm.prank(third.key);
        allotments.expireAllotment(child);
        assertEq(_left(parent), 220, "back with who passed it on");
        _assertLine(0, 300);
        // Once the giver's own has ended, there is only the line to go back to.
        _revoke(issuer, parent);
        _assertLine(0, 80);
        vm.expectEmit(address(ledger));
        emit IAllotments.AllotmentExpired(other, LINE, 80);
        allotments.expireAllotment(other);
        assertEq(_left(parent), 0, "ended is ended");
        _assertLine(0, 0);
    }

    function test_allotments_end_under_a_suspended_and_an_expired_line() public {
        AllotmentId one = _allot(supplier, 300);
        AllotmentId other = _allot(supplier, 50);
        vm.prank(bank.key);
        lines.suspendLine(line);
        _revoke(issuer, one);
        _later(400);
        allotments.expireAllotment(other);
        _assertLine(0, 0);
    }

    function test_the_module_itself_knows_no_allotment() public {
        AllotmentId id = _allot(supplier, 300);
        address module = ledger.moduleOf(IAllotments.revoke.selector);
        vm.expectRevert(abi.encodeWithSelector(IAllotments.AllotmentUnknown.selector, id));
        vm.prank(issuer.key);
        IAllotments(module).revoke(id);
        bytes4[] memory selectors = ILedgerModule(module).selectors();
        for (uint256 i = 0; i < selectors.length; ++i) {
            assertEq(ledger.moduleOf(selectors[i]), module, "module");
        }
    }

    function testFuzz_terms_keep_their_neighbours(uint8 instrument, uint16 days_, bool recourse, uint64 left) public pure {
        AllotmentTerms memory terms = AllotmentTerms(instrument, days_, recourse);
        AllotmentWord word = AllotmentWords.pack(left, PartyId.wrap(7), 8, 9, 10).withTerms(terms);
        AllotmentWord part = AllotmentWords.pack(0, PartyId.wrap(0), 0, 0, 0).withTermsOf(word);
        AllotmentWord ended = word.ended(AllotmentWords.EXPIRED);
        AllotmentWord[3] memory words = [word, part, ended];
        for (uint256 i = 0; i < words.length; ++i) {
            assertTrue(words[i].instrument() == instrument && words[i].minTenorDays() == days_, "instrument and days");
            assertTrue(words[i].recourseAllowed() == recourse, "recourse");
        }
        assertTrue(word.leftMinor() == left && PartyId.unwrap(word.holder()) == 7 && word.parentIndex() == 8, "left and holder");
        assertTrue(word.depth() == 9 && word.expiryDay() == 10 && word.status() == AllotmentWords.LIVE, "standing");
        assertTrue(part.leftMinor() == 0 && PartyId.unwrap(part.holder()) == 0 && part.expiryDay() == 0, "nothing but the terms");
    }

    function testFuzz_words_keep_their_neighbours(uint64 left, uint32 holder, uint16 parent, uint8 depth, uint16 day) public pure {
        AllotmentWord word = AllotmentWords.pack(left, PartyId.wrap(holder), parent, depth, day);
        assertTrue(word.leftMinor() == left && PartyId.unwrap(word.holder()) == holder, "left and holder");
        assertTrue(word.parentIndex() == parent && word.depth() == depth && word.expiryDay() == day, "standing");
        assertTrue(word.status() == AllotmentWords.LIVE, "live");
        assertEq(word.withLess(left).leftMinor(), 0, "less");
        assertEq(AllotmentWord.unwrap(word.withLess(left).withMore(left)), AllotmentWord.unwrap(word), "and back");
        AllotmentWord ended = word.ended(AllotmentWords.EXPIRED);
        assertTrue(ended.leftMinor() == 0 && ended.status() == AllotmentWords.EXPIRED, "ended");
        assertTrue(PartyId.unwrap(ended.holder()) == holder && ended.expiryDay() == day && ended.depth() == depth, "the rest");
    }
}

/// @notice Draws.
contract DrawTest is AllotmentsWorld {
    function _long(uint64 amountMinor) private returns (Draw memory) {
        AllotmentId parent = _allot(supplier, amountMinor);
        return _longDraw(_passAllotment(supplier, parent, second, amountMinor), amountMinor);
    }

    function _short(uint64 amountMinor) private returns (Draw memory) {
        return _shortDraw(_allot(supplier, amountMinor), amountMinor);
    }

    function _accepted(Draw memory made, Signature memory signature) private returns (ObligationId) {
        vm.prank(made.by.key);
        return allotments.drawAccepted(
            made.allotment, made.instrument, made.maturityDay, made.recourse, made.hops, made.leg, signature
        );
    }

    function _next() private view returns (ObligationId) {
        return obligationOf(line, reader.line(line).obligationCount + 1);
    }

    function test_a_draw_makes_the_whole_chain_of_pieces() public {
        Draw memory made = _long(500);
        (made.leg.amountMinor, made.recourse) = (400, true);
        ObligationId id = _do(made);
        ILedgerReader.Obligation memory read = reader.obligation(id);
        assertTrue(read.issuer == issuer.id && LineId.unwrap(read.line) == LineId.unwrap(line), "where from");
        assertTrue(read.faceMinor == 400 && read.liveMinor == 400 && read.pieceCount == 3, "amounts");
        assertTrue(read.maturityDay == MATURITY && read.instrument == VOUCHER && read.currency == CNY, "terms");
        assertTrue(read.maxPieces == 500 && read.maxHops == 16 && read.graceDays == 3 && read.rulebookVersion == 1, "rules");
        assertTrue(read.recourse && !read.attestedOnly && read.utcOffsetQuarterHours == SHANGHAI, "flags");
        _assertLine(400, 100);
        assertEq(_left(made.allotment), 100, "left");

        ILedgerReader.PathStep[] memory path = reader.path(id.piece(3));
        assertEq(path.length, 3, "hops");
        assertTrue(path[0].from == issuer.id && path[0].to == supplier.id && path[0].evidence == made.hops[0], "first hop");
        assertTrue(path[1].from == supplier.id && path[1].to == second.id && path[1].evidence == made.hops[1], "second hop");
        assertTrue(path[2].from == second.id && path[2].to == third.id && path[2].evidence == made.leg.evidence, "third hop");
        _assertPiece(id.piece(1), 0, PieceState.Held, 1, 0, 1);
        _assertPiece(id.piece(2), 0, PieceState.Held, 2, 1, 1);
        _assertPiece(id.piece(3), 400, PieceState.Offered, 3, 0, 0);
        assertEq(registry.evidence(made.hops[0]).usedMinor, 400, "first document");
        assertEq(registry.evidence(made.hops[1]).usedMinor, 400, "second document");
        assertEq(registry.evidence(made.leg.evidence).usedMinor, 400, "third document");
    }

    function _assertPiece(PieceId id, uint64 amountMinor, PieceState state, uint8 hops, uint16 openOffers, uint16 children)
        private
        view
    {
        ILedgerReader.Piece memory read = reader.piece(id);
        assertEq(read.amountMinor, amountMinor, "amount");
        assertEq(uint256(read.state), uint256(state), "state");
        assertTrue(read.hops == hops && read.tier == hops, "hops and tier");
        assertTrue(read.openOffers == openOffers && read.childCount == children, "children");
        assertTrue(read.deadline == block.timestamp + 1 hours && !read.financed && !read.payment, "a hop of trade");
    }

    function _word(Draw memory made, Company memory owner, EvidenceId evidence, uint8 place, PieceState state)
        private
        pure
        returns (PieceWord)
    {
        return PieceWords.pack(
            PieceWords.Fields({
                amountMinor: made.leg.amountMinor,
                owner: owner.id,
                parentIndex: place - 1,
                evidence: evidence,
                useIndex: 0,
                hops: place,
                tier: place,
                state: state,
                flags: 0,
                deadline: uint32(made.leg.deadline)
            })
        );
    }

    function _expectPiece(PieceId id, PieceId parent, Company memory owner, PieceWord word) private {
        vm.expectEmit(address(ledger));
        emit ILedgerParts.PieceOffered(id, owner.id, word);
        if (word.state() == PieceState.Offered) return;
        vm.expectEmit(address(ledger));
        emit ILedgerParts.PieceAccepted(id);
        vm.expectEmit(address(ledger));
        emit ILedgerParts.Transfer(address(0), owner.key, PieceId.unwrap(id));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.SlotChanged(PieceId.unwrap(id), 0, ObligationId.unwrap(id.obligation()));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.TransferValue(PieceId.unwrap(parent), PieceId.unwrap(id), word.amountMinor());
    }

    function test_a_draw_tells_of_an_issue_and_its_transfers() public {
        Draw memory made = _long(500);
        ObligationId id = _next();
        vm.expectEmit(address(ledger));
        emit IAllotments.Drawn(made.allotment, id, 500);
        _expectPiece(id.piece(1), PieceId.wrap(0), supplier, _word(made, supplier, made.hops[0], 1, PieceState.Held));
        _expectPiece(id.piece(2), id.piece(1), second, _word(made, second, made.hops[1], 2, PieceState.Held));
        _expectPiece(id.piece(3), id.piece(2), third, _word(made, third, made.leg.evidence, 3, PieceState.Offered));
        _do(made);
    }

    function test_an_accepted_draw_tells_of_the_last_piece_too() public {
        Draw memory made = _short(500);
        ObligationId id = _next();
        Signature memory signature = _signed(second, _acceptanceDigest(_acceptanceOf(id.piece(1), id, made.leg)));
        _expectPiece(id.piece(1), PieceId.wrap(0), supplier, _word(made, supplier, made.hops[0], 1, PieceState.Held));
        _expectPiece(id.piece(2), id.piece(1), second, _word(made, second, made.leg.evidence, 2, PieceState.Held));
        _accepted(made, signature);
        _assertPiece(id.piece(1), 0, PieceState.Held, 1, 0, 1);
        _assertPiece(id.piece(2), 500, PieceState.Held, 2, 0, 0);
        _assertLine(500, 0);
    }

    function test_an_acceptance_is_the_recipients_and_of_exactly_this_piece() public {
        Draw memory made = _short(500);
        ObligationId id = _next();
        ICreditLedger.Acceptance memory acceptance = _acceptanceOf(id.piece(1), id, made.leg);
        bytes memory reason = abi.encodeWithSelector(ILedgerParts.SignatureInvalid.selector, second.id, second.key);
        Signature memory signature = _signed(supplier, _acceptanceDigest(acceptance));
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, second.id, supplier.key));
        _accepted(made, signature);
        acceptance.parent = PieceId.wrap(0);
        signature = _signed(second, _acceptanceDigest(acceptance));
        vm.expectRevert(reason);
        _accepted(made, signature);
        acceptance.parent = id.piece(1);
        acceptance.evidenceUseCount = 1;
        signature = _signed(second, _acceptanceDigest(acceptance));
        vm.expectRevert(reason);
        _accepted(made, signature);
        acceptance.evidenceUseCount = 0;
        signature = _signed(second, _acceptanceDigest(acceptance));
        made.recourse = true;
        vm.expectRevert(reason);
        _accepted(made, signature);
        participants.suspend(second.id);
        made.recourse = false;
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, second.id));
        _accepted(made, signature);
        _assertLine(0, 500);
    }

    function test_an_accepted_piece_is_paid_like_any_other() public {
        ObligationId id = _do(_long(500));
        _accept(third, id.piece(3));
        _mature();
        _redeem(id.piece(3));
        assertEq(money.balanceOf(third.key), 500, "paid");
        _assertLine(0, 0);
        assertEq(reader.obligation(id).liveMinor, 0, "nothing live");
    }

    function test_what_the_recipient_refuses_is_the_drawers_to_hold_and_pass_on() public {
        Draw memory made = _long(500);
        ObligationId id = _do(made);
        vm.prank(third.key);
        ledger.reject(_one(id.piece(3)), "not owed");
        _assertPiece(id.piece(2), 500, PieceState.Held, 2, 0, 1);
        assertEq(registry.evidence(made.leg.evidence).usedMinor, 0, "the last document is free");
        assertEq(registry.evidence(made.hops[1]).usedMinor, 500, "the others were debts");
        _assertLine(500, 0);
        PieceId passed = _passed(id.piece(2), second, third, 200);
        _accept(third, passed);
        _mature();
        _redeem(passed);
        _redeem(id.piece(2));
        assertEq(money.balanceOf(second.key), 300, "paid to the drawer");
        _assertLine(0, 0);
    }

    function test_what_nobody_accepts_is_the_drawers_too() public {
        ObligationId id = _do(_short(500));
        vm.warp(block.timestamp + 1 hours + 1);
        ledger.expire(_one(id.piece(2)));
        _assertAmount(id.piece(1), 500);
        _assertState(id.piece(2), PieceState.Expired);
    }

    function test_parts_are_drawn_until_nothing_is_left() public {
        AllotmentId id = _allot(supplier, 500);
        _do(_shortDraw(id, 200));
        _do(_shortDraw(id, 300));
        _assertLine(500, 0);
        _refuse(_shortDraw(id, 1), abi.encodeWithSelector(IAllotments.AmountExceedsAllotment.selector, id, 1, 0));
        _revoke(issuer, id);
        _assertLine(500, 0);
    }

    function test_only_what_is_not_drawn_is_freed() public {
        AllotmentId parent = _allot(supplier, 500);
        AllotmentId child = _passAllotment(supplier, parent, second, 300);
        _do(_longDraw(child, 120));
        _revoke(supplier, child);
        assertEq(_left(parent), 380, "180 came back to 200");
        _assertLine(120, 380);
        _later(31);
        allotments.expireAllotment(parent);
        _assertLine(120, 0);
    }

    function test_a_part_is_drawn_after_its_parent_ended() public {
        Draw memory made = _long(500);
        _revoke(issuer, allotmentOf(line, 1));
        _do(made);
        _assertLine(500, 0);
    }

    function test_an_ended_allotment_is_not_drawn() public {
        Draw memory made = _short(500);
        _later(31);
        made.leg.deadline = uint40(block.timestamp + 1 hours);
        _refuse(made, abi.encodeWithSelector(IAllotments.AllotmentOver.selector, made.allotment, LAST_DAY, LAST_DAY + 1));
        allotments.expireAllotment(made.allotment);
        _refuse(made, abi.encodeWithSelector(IAllotments.AllotmentNotLive.selector, made.allotment, AllotmentWords.EXPIRED));
        made.allotment = allotmentOf(line, 9);
        _refuse(made, abi.encodeWithSelector(IAllotments.AllotmentUnknown.selector, made.allotment));
    }

    function test_only_its_active_holder_draws() public {
        Draw memory made = _long(500);
        made.by = supplier;
        _refuse(made, abi.encodeWithSelector(IAllotments.NotTheHolder.selector, made.allotment, second.id, supplier.id));
        made.by = issuer;
        _refuse(made, abi.encodeWithSelector(IAllotments.NotTheHolder.selector, made.allotment, second.id, issuer.id));
        made.by = second;
        participants.suspend(second.id);
        _refuse(made, abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, second.id));
    }

    function test_a_suspended_supplier_in_the_middle_keeps_nobody_from_drawing() public {
        Draw memory made = _long(500);
        participants.suspend(supplier.id);
        _do(made);
    }

    function test_a_draw_is_of_something_within_the_allotment() public {
        Draw memory made = _short(500);
        made.leg.amountMinor = 501;
        _refuse(made, abi.encodeWithSelector(IAllotments.AmountExceedsAllotment.selector, made.allotment, 501, 500));
        made.leg.amountMinor = 0;
        _refuse(made, abi.encodeWithSelector(ILedgerParts.ZeroAmount.selector));
        made.leg.amountMinor = 500;
        made.leg.recipient = issuer.id;
        _refuse(made, abi.encodeWithSelector(ILedgerParts.IssuerCannotReceive.selector, issuer.id));
    }

    function test_every_hop_names_its_document() public {
        Draw memory made = _long(500);
        EvidenceId[] memory hops = made.hops;
        made.hops = new EvidenceId[](1);
        made.hops[0] = hops[0];
        _refuse(made, abi.encodeWithSelector(ILedgerParts.ListsDiffer.selector, 1, 2));
        made.hops = new EvidenceId[](3);
        _refuse(made, abi.encodeWithSelector(ILedgerParts.ListsDiffer.selector, 3, 2));
        made.hops = new EvidenceId[](2);
        (made.hops[0], made.hops[1]) = (hops[1], hops[0]);
        _refuse(
            made, abi.encodeWithSelector(ITradeRegistry.EvidenceBuyerMismatch.selector, hops[1], supplier.id, issuer.id)
        );
        made.hops[0] = _confirm(issuer, third, 500);
        _refuse(
            made, abi.encodeWithSelector(ITradeRegistry.EvidenceSellerMismatch.selector, made.hops[0], third.id, supplier.id)
        );
        made.hops[0] = _confirm(issuer, supplier, 499);
        made.hops[1] = hops[1];
        _refuse(made, abi.encodeWithSelector(ITradeRegistry.EvidenceExhausted.selector, made.hops[0], 500, 499));
        made.hops[0] = hops[0];
        made.leg.evidence = hops[1];
        _refuse(
            made, abi.encodeWithSelector(ITradeRegistry.EvidenceBuyerMismatch.selector, hops[1], supplier.id, second.id)
        );
        _assertLine(0, 500);
    }

    function test_no_document_is_drawn_on_twice() public {
        AllotmentId id = _allot(supplier, 1000);
        Draw memory made = _shortDraw(id, 500);
        _do(made);
        made.leg = _leg(second, 500, _confirm(supplier, second, 500));
        _refuse(made, abi.encodeWithSelector(ITradeRegistry.EvidenceExhausted.selector, made.hops[0], 500, 0));
    }

    function test_a_suspended_line_is_not_drawn_on() public {
        Draw memory made = _short(500);
        vm.prank(bank.key);
        lines.suspendLine(line);
        _refuse(made, abi.encodeWithSelector(ILedgerParts.LineNotOpen.selector, line));
    }

    function test_nothing_is_drawn_in_the_name_of_a_suspended_issuer() public {
        Draw memory made = _short(500);
        participants.suspend(issuer.id);
        _refuse(made, abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, issuer.id));
    }

    function test_nothing_is_drawn_in_the_name_of_an_issuer_that_is_overdue() public {
        vm.prank(issuer.key);
        AllotmentId id = allotments.allot(line, supplier.id, 500, START_DAY + 200, _anyTerms());
        PieceId unpaid = _held(100);
        _beOverdue();
        maturity.markOverdue(unpaid.obligation());
        Draw memory made = _shortDraw(id, 500);
        made.maturityDay = MATURITY + 90;
        _refuse(made, abi.encodeWithSelector(ILedgerParts.IssuerOverdue.selector, issuer.id, RULE_CURED));
    }

    function test_the_rules_of_an_issue_bind_a_draw() public {
        Draw memory made = _short(500);
        made.maturityDay = START_DAY;
        _refuse(made, abi.encodeWithSelector(ILedgerParts.MaturityNotAhead.selector, START_DAY, START_DAY));
        made.maturityDay = START_DAY + 366;
        _refuse(made, abi.encodeWithSelector(ILedgerParts.MaturityBeyondLine.selector, line, START_DAY + 366, START_DAY + 365));
        made.maturityDay = START_DAY + 181;
        _refuse(
            made,
            abi.encodeWithSelector(
                ILedgerParts.TenorTooLong.selector, START_DAY + 181, START_DAY + 180, ruleId(VOUCHER, 1, RULE_TENOR)
            )
        );
        made.maturityDay = MATURITY;
        made.leg.deadline = uint40(block.timestamp - 1);
        _refuse(made, abi.encodeWithSelector(ILedgerParts.DeadlinePassed.selector, made.leg.deadline));
        uint256 start = uint256(MATURITY) * 1 days - 8 hours;
        made.leg.deadline = uint40(start);
        _refuse(made, abi.encodeWithSelector(ILedgerParts.DeadlineBeyondMaturity.selector, start, start - 1));
        made.leg.deadline = uint40(start - 1);
        _do(made);
    }

    function test_hops_and_pieces_of_a_draw_are_bounded_by_the_rules() public {
        AllotmentId parent = _allotOn(supplier, 500, _bills());
        Draw memory made = _longDraw(_passAllotment(supplier, parent, second, 500), 500);
        made.instrument = BILL;
        IRulebook.RuleSet memory rules = _rules();
        rules.maxHops = 2;
        rulebook.enact(BILL, rules, START_DAY);
        _refuse(
            made, abi.encodeWithSelector(ILedgerParts.HopsExceeded.selector, _next().piece(2), 2, ruleId(BILL, 2, RULE_HOPS))
        );
        (rules.maxHops, rules.maxPieces) = (3, 2);
        rulebook.enact(BILL, rules, START_DAY);
        _refuse(
            made, abi.encodeWithSelector(ILedgerParts.PiecesExceeded.selector, _next(), 3, 2, ruleId(BILL, 3, RULE_PIECES))
        );
        rules.maxPieces = 3;
        rulebook.enact(BILL, rules, START_DAY);
        _do(made);
    }

    function test_a_drawer_draws_no_other_instrument_than_was_allotted() public {
        Draw memory made = _short(500);
        made.instrument = BILL;
        _refuse(made, abi.encodeWithSelector(IAllotments.InstrumentNotAllotted.selector, made.allotment, VOUCHER, BILL));
        made.allotment = _allotOn(supplier, 500, _bills());
        _do(made);
        made.instrument = VOUCHER;
        _refuse(made, abi.encodeWithSelector(IAllotments.AmountExceedsAllotment.selector, made.allotment, 500, 0));
        made.leg.amountMinor = 1;
        made.allotment = _allotOn(supplier, 500, _bills());
        _refuse(made, abi.encodeWithSelector(IAllotments.InstrumentNotAllotted.selector, made.allotment, BILL, VOUCHER));
    }

    function test_a_drawer_does_not_choose_that_the_issuer_pays_tomorrow() public {
        AllotmentId parent = _allotOn(supplier, 500, AllotmentTerms(VOUCHER, 60, false));
        Draw memory made = _longDraw(_passAllotment(supplier, parent, second, 500), 500);
        made.maturityDay = START_DAY + 1;
        made.leg.deadline = uint40(_blockTime() + 1 hours);
        _refuse(
            made,
            abi.encodeWithSelector(IAllotments.MaturityTooSoon.selector, made.allotment, START_DAY + 1, START_DAY + 60)
        );
        // The days are those from the draw on, wherever the allotment has been until then.
        _later(10);
        made.leg.deadline = uint40(_blockTime() + 1 hours);
        made.maturityDay = START_DAY + 69;
        _refuse(
            made,
            abi.encodeWithSelector(IAllotments.MaturityTooSoon.selector, made.allotment, START_DAY + 69, START_DAY + 70)
        );
        made.maturityDay = START_DAY + 70;
        assertEq(ledger.obligationWord(_do(made)).maturityDay(), START_DAY + 70, "as soon as the issuer said");
    }

    function test_more_days_than_there_are_leave_nothing_to_draw() public {
        AllotmentId id = _allotOn(supplier, 500, AllotmentTerms(VOUCHER, type(uint16).max, false));
        Draw memory made = _shortDraw(id, 500);
        uint256 earliestDay = uint256(START_DAY) + type(uint16).max;
        _refuse(made, abi.encodeWithSelector(IAllotments.MaturityTooSoon.selector, id, made.maturityDay, earliestDay));
        _revoke(issuer, id);
        _assertLine(0, 0);
    }

    function test_a_drawer_does_not_bind_those_before_it_to_recourse() public {
        AllotmentId parent = _allotOn(supplier, 1_000, AllotmentTerms(VOUCHER, 0, false));
        Draw memory made = _longDraw(_passAllotment(supplier, parent, second, 500), 500);
        made.recourse = true;
        _refuse(made, abi.encodeWithSelector(IAllotments.RecourseNotAllotted.selector, made.allotment));
        made.recourse = false;
        assertTrue(!ledger.obligationWord(_do(made)).hasRecourse(), "without");
        made = _shortDraw(_allot(supplier, 500), 500);
        made.recourse = true;
        assertTrue(ledger.obligationWord(_do(made)).hasRecourse(), "where the issuer allowed it");
    }

    function test_only_attested_documents_are_drawn_on_where_the_rules_say_so() public {
        Draw memory made = _short(500);
        IRulebook.RuleSet memory rules = _rules();
        rules.attestedOnly = true;
        rulebook.enact(VOUCHER, rules, START_DAY);
        _refuse(made, abi.encodeWithSelector(ITradeRegistry.EvidenceNotAttested.selector, made.hops[0], ruleId(VOUCHER, 2, RULE_ATTESTED)));
    }
}

/// @notice Any series of allotting, passing on, drawing, revoking and expiring, beside a model of it in memory.
///
/// 1. Used and allotted together are at most the limit.
/// 2. Allotted is the sum of what is left in all allotments.
/// 3. Revoked or expired, an allotment frees what was left in it, to where the model says, and no more.
/// 4. Used is the sum of what was drawn.
contract AllotmentsFuzzTest is AllotmentsWorld {
    uint256 private constant STEPS = 40;
    uint64 private constant SMALL_LIMIT = 10_000;

    struct Known {
        AllotmentId id;
        uint256 parent;
        uint256 holder;
        uint16 lastDay;
        uint64 left;
        uint8 status;
    }

    Known[] private _known;
    Company[3] private _suppliers;
    uint64 private _used;
    uint64 private _allotted;
    uint16 private _day;

    function setUp() public override {
        super.setUp();
        (_suppliers[0], _suppliers[1], _suppliers[2]) = (supplier, second, third);
        vm.prank(bank.key);
        lines.setLineLimit(line, SMALL_LIMIT);
        // Place 0 stands for the line.
        _known.push();
        _day = START_DAY;
    }

    function testFuzz_allotments_promise_what_the_line_has(uint256 seed) public {
        for (uint256 i = 0; i < STEPS; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 choice = seed % 10;
            if (choice < 3) _tryAllot(seed >> 8);
            else if (choice < 5) _tryPass(seed >> 8);
            else if (choice < 7) _tryDraw(seed >> 8);
            else if (choice < 8) _tryRevoke(seed >> 8);
            else if (choice < 9) _tryExpire(seed >> 8);
            else _wait(seed >> 8);
            _check();
        }
    }

    function _wait(uint256 seed) private {
        _day += uint16(seed % 3);
        vm.warp(uint256(_day) * 1 days + 4 hours);
    }

    function _any(uint256 seed) private view returns (uint256) {
        return _known.length == 1 ? 0 : 1 + (seed >> 64) % (_known.length - 1);
    }

    function _tryAllot(uint256 seed) private {
        uint64 amountMinor = uint64(bound(seed, 1, SMALL_LIMIT / 2));
        uint16 lastDay = _day + uint16((seed >> 32) % 8);
        uint64 availableMinor = SMALL_LIMIT - _used - _allotted;
        if (amountMinor > availableMinor) {
            vm.expectRevert(
                abi.encodeWithSelector(ILedgerParts.CreditLimitExceeded.selector, line, amountMinor, availableMinor)
            );
        }
        vm.prank(issuer.key);
        AllotmentId id = allotments.allot(line, _suppliers[seed % 3].id, amountMinor, lastDay, _anyTerms());
        if (amountMinor > availableMinor) return;
        _known.push(Known(id, 0, seed % 3, lastDay, amountMinor, 1));
        _allotted += amountMinor;
    }

    function _tryPass(uint256 seed) private {
        uint256 place = _any(seed);
        if (place == 0) return;
        Known storage parent = _known[place];
        // Mostly as much as there is, at times more.
        uint64 amountMinor = uint64(bound(seed, 1, uint256(parent.left) * 5 / 4 + 1));
        uint256 to = (parent.holder + 1) % 3;
        bool fits = parent.status == 1 && _day <= parent.lastDay && amountMinor <= parent.left;
        // At times for fewer days than its giver has.
        uint16 lastDay = seed % 3 == 0 && fits ? _day : parent.lastDay;
        if (!fits) vm.expectRevert();
        vm.prank(_suppliers[parent.holder].key);
        AllotmentId id = allotments.passAllotment(parent.id, _suppliers[to].id, amountMinor, lastDay);
        if (!fits) return;
        parent.left -= amountMinor;
        _known.push(Known(id, place, to, lastDay, amountMinor, 1));
    }

    function _tryDraw(uint256 seed) private {
        uint256 place = _any(seed);
        if (place == 0) return;
        Known storage known = _known[place];
        Draw memory made = _drawOn(place, uint64(bound(seed, 1, uint256(known.left) * 5 / 4 + 1)));
        bool fits = known.status == 1 && _day <= known.lastDay && made.leg.amountMinor <= known.left;
        if (!fits) vm.expectRevert();
        _do(made);
        if (!fits) return;
        known.left -= made.leg.amountMinor;
        _allotted -= made.leg.amountMinor;
        _used += made.leg.amountMinor;
    }

    /// With an invoice for each hop of the model's own chain.
    function _drawOn(uint256 place, uint64 amountMinor) private returns (Draw memory made) {
        Known storage known = _known[place];
        (made.allotment, made.instrument, made.maturityDay) = (known.id, VOUCHER, _day + 90);
        made.by = _suppliers[known.holder];
        uint256 depth = 0;
        for (uint256 step = place; step != 0; step = _known[step].parent) {
            ++depth;
        }
        made.hops = new EvidenceId[](depth);
        for (uint256 step = place; step != 0; step = _known[step].parent) {
            uint256 above = _known[step].parent;
            Company memory payer = above == 0 ? issuer : _suppliers[_known[above].holder];
            made.hops[--depth] = _confirm(payer, _suppliers[_known[step].holder], amountMinor);
        }
        Company memory recipient = _suppliers[(known.holder + 1) % 3];
        made.leg = _leg(recipient, amountMinor, _confirm(made.by, recipient, amountMinor));
    }

    function _tryRevoke(uint256 seed) private {
        uint256 place = _any(seed);
        if (place == 0) return;
        Known storage known = _known[place];
        bool byIssuer = known.parent == 0 || seed % 2 == 0;
        if (known.status != 1) vm.expectRevert();
        _revoke(byIssuer ? issuer : _suppliers[_known[known.parent].holder], known.id);
        if (known.status != 1) return;
        Known storage parent = _known[known.parent];
        if (!byIssuer && parent.status == 1 && _day <= parent.lastDay) parent.left += known.left;
        else _allotted -= known.left;
        (known.left, known.status) = (0, 2);
    }

    function _tryExpire(uint256 seed) private {
        uint256 place = _any(seed);
        if (place == 0) return;
        Known storage known = _known[place];
        bool fits = known.status == 1 && _day > known.lastDay;
        if (!fits) vm.expectRevert();
        allotments.expireAllotment(known.id);
        if (!fits) return;
        Known storage parent = _known[known.parent];
        if (known.parent != 0 && parent.status == 1 && _day <= parent.lastDay) parent.left += known.left;
        else _allotted -= known.left;
        (known.left, known.status) = (0, 3);
    }

    function _check() private view {
        uint256 sum = 0;
        for (uint256 i = 1; i < _known.length; ++i) {
            AllotmentWord word = allotments.allotmentWord(_known[i].id);
            assertEq(word.leftMinor(), _known[i].left, "3: left");
            assertEq(word.status(), _known[i].status, "3: status");
            sum += word.leftMinor();
        }
        ILedgerReader.Line memory read = reader.line(line);
        assertTrue(uint256(read.usedMinor) + read.allottedMinor <= read.limitMinor, "1: limit");
        assertEq(read.allottedMinor, sum, "2: sum");
        assertEq(read.allottedMinor, _allotted, "3: allotted");
        assertEq(read.usedMinor, _used, "4: used");
    }
}
