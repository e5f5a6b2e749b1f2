// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ILedgerParts} from "../interfaces/ILedgerParts.sol";
import {ILines} from "../interfaces/ILines.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";
import {LineId, PartyId, PieceId} from "../types/Identifiers.sol";
import {Leg} from "../types/Movements.sol";
import {BANK, CORE_ENTERPRISE, KEEPER, OPERATOR, REGULATOR, SUPPLIER} from "../types/Roles.sol";
import {World} from "./World.t.sol";

/// @notice What those who are trusted with something could do with it beyond what they were given.
contract AttacksTest is World {
    // ---------------------------------------------------------------- the registrar and other people's money

    function test_no_party_is_registered_with_the_account_of_another() public {
        // A made-up bank that paid from a true bank's account would buy paper of a made-up issuer with the true bank's money.
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountAlreadyRegistered.selector, bank.key));
        participants.register(address(11), bank.key, BANK, 0, NEVER, PartyId.wrap(0));
        participants.register(address(11), address(12), CORE_ENTERPRISE, 0, NEVER, PartyId.wrap(0));
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountAlreadyRegistered.selector, address(12)));
        participants.register(address(13), address(12), BANK, 0, NEVER, PartyId.wrap(0));
    }

    function test_no_key_is_registered_that_is_the_account_of_another() public {
        // Its owner would let Settlement draw on what another party pays from.
        participants.register(address(11), address(12), CORE_ENTERPRISE, 0, NEVER, PartyId.wrap(0));
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountAlreadyRegistered.selector, address(12)));
        participants.register(address(12), address(13), BANK, 0, NEVER, PartyId.wrap(0));
    }

    function test_roles_that_exclude_each_other_are_not_given_together() public {
        // An issuer that is a bank would grant lines to itself and hold its own debt; a bank that traded would hold pieces which its
        // financing limit does not count; an operator that traded would receive pieces.
        uint16[6] memory combinations = [
            BANK | CORE_ENTERPRISE, BANK | SUPPLIER, OPERATOR | SUPPLIER, OPERATOR | BANK, OPERATOR | REGULATOR, REGULATOR | CORE_ENTERPRISE
        ];
        for (uint256 i = 0; i < combinations.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IParticipants.RolesIncompatible.selector, combinations[i]));
            participants.register(address(11), address(11), combinations[i], 0, NEVER, PartyId.wrap(0));
        }
        participants.register(address(11), address(11), CORE_ENTERPRISE | SUPPLIER | KEEPER, 0, NEVER, PartyId.wrap(0));
        participants.register(address(12), address(12), REGULATOR, 0, NEVER, PartyId.wrap(0));
    }

    // ---------------------------------------------------------------- the token approver and redemption

    function test_money_that_is_withdrawn_still_pays_for_30_days() public {
        PieceId id = _held(500);
        PieceId late = _held(500);
        _mature();
        settlement.approveToken(address(money), 0);
        assertEq(settlement.currencyOf(address(money)), 0, "withdrawn");
        _redeem(id);
        // Saying it again neither ends the notice nor begins a new one.
        vm.warp(block.timestamp + 30 days);
        settlement.approveToken(address(money), 0);
        uint256 end = block.timestamp;
        _redeem(late);
        PieceId last = _heldNow(500);
        vm.warp(end + 1 days);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.NotMature.selector, last.obligation(), MATURITY + 90, MATURITY + 31));
        vm.prank(issuer.key);
        ledger.redeem(_one(last), address(money));
        vm.warp(end + 90 days);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.TokenNotApproved.selector, address(money), CNY));
        vm.prank(issuer.key);
        ledger.redeem(_one(last), address(money));
        settlement.approveToken(address(money), CNY);
        _redeem(last);
    }

    function _heldNow(uint64 amountMinor) private returns (PieceId id) {
        Leg[] memory legs = _legs(issuer, supplier, amountMinor);
        vm.prank(issuer.key);
        id = ledger.issue(line, VOUCHER, MATURITY + 90, false, legs).piece(1);
        _accept(supplier, id);
    }

    function test_money_does_not_become_money_of_another_currency() public {
        bytes memory reason = abi.encodeWithSelector(ISettlement.TokenIsOtherMoney.selector, address(money), CNY);
        vm.expectRevert(reason);
        settlement.approveToken(address(money), EUR);
        settlement.approveToken(address(money), 0);
        vm.expectRevert(reason);
        settlement.approveToken(address(money), EUR);
        vm.warp(block.timestamp + 30 days + 1);
        settlement.approveToken(address(money), EUR);
        assertEq(settlement.currencyOf(address(money)), EUR, "after the notice");
    }

    function test_a_token_that_was_never_money_pays_nothing_after_its_withdrawal() public {
        settlement.approveToken(address(77), 0);
        PieceId id = _held(500);
        _mature();
        vm.expectRevert(abi.encodeWithSelector(ISettlement.TokenNotApproved.selector, address(77), CNY));
        vm.prank(issuer.key);
        ledger.redeem(_one(id), address(77));
    }

    // ---------------------------------------------------------------- banks, suspended or hostile

    function test_a_suspended_bank_still_stops_its_line() public {
        participants.suspend(bank.id);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, address(this)));
        lines.suspendLine(line);
        vm.prank(bank.key);
        lines.suspendLine(line);
        Leg[] memory legs = _legs(issuer, supplier, 100);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.LineNotOpen.selector, line));
        vm.prank(issuer.key);
        ledger.issue(line, VOUCHER, MATURITY, false, legs);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, bank.id));
        vm.prank(bank.key);
        lines.resumeLine(line);
    }

    function test_a_bank_does_not_use_up_an_issuers_lines_against_other_banks() public {
        for (uint256 i = 0; i < 32; ++i) {
            _grant(otherBank, issuer, 0, CNY);
        }
        vm.expectRevert(abi.encodeWithSelector(ILines.TooManyLines.selector, issuer.id));
        vm.prank(otherBank.key);
        lines.grantLine(issuer.id, 0, CNY, NEVER, 0, 0);
        LineId granted = _grant(bank, issuer, LIMIT, CNY);
        assertEq(reader.line(granted).limitMinor, LIMIT, "another bank grants");
        _grant(otherBank, otherIssuer, 0, CNY);
    }
}
