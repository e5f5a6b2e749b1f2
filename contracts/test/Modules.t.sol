// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Clock} from "../Clock.sol";
import {ICreditLedger} from "../interfaces/ICreditLedger.sol";
import {IHolds} from "../interfaces/IHolds.sol";
import {ILedgerModule, ILedgerParts} from "../interfaces/ILedgerParts.sol";
import {ILines} from "../interfaces/ILines.sol";
import {ILoans} from "../interfaces/ILoans.sol";
import {IMaturity} from "../interfaces/IMaturity.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {ITokenViews} from "../interfaces/ITokenViews.sol";
import {LineId, PieceId} from "../types/Identifiers.sol";
import {Leg, PieceState} from "../types/Movements.sol";
import {PieceReference} from "../types/PieceReference.sol";
import {World} from "./World.t.sol";

/// @notice Entry and modules are one ledger.
contract ModulesTest is World {
    /// What the ledger of this world is built on.
    function _wiringNow() private view returns (ILedgerParts.Wiring memory) {
        return ILedgerParts.Wiring({
            participants: address(participants),
            rulebook: address(rulebook),
            registry: address(registry),
            settlement: address(settlement),
            forwarder: address(orders),
            ticksASecond: 1
        });
    }

    function _module(string memory name, ILedgerParts.Wiring memory wiring) private returns (address) {
        return create(creationOf(name, abi.encode(wiring)));
    }

    function _list(address one, address other) private pure returns (address[] memory list) {
        list = new address[](2);
        (list[0], list[1]) = (one, other);
    }

    function _next(uint256 ahead) private view returns (address) {
        return vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + ahead);
    }

    function _registryOf(address ledger_) private returns (address) {
        return create(creationOf("TradeRegistry", abi.encode(participants, ledger_, loans, warehouse, 1, orders)));
    }

    function _settlementOf(address ledger_) private returns (address) {
        return create(creationOf("Settlement", abi.encode(authority, ledger_, loans, 1)));
    }

    /// Wiring for a ledger that is deployed after its own registry, its own settlement and `modules` modules.
    function _ownWiring(uint256 modules) private returns (ILedgerParts.Wiring memory wiring) {
        address at = _next(2 + modules);
        wiring = _wiringNow();
        wiring.registry = _registryOf(at);
        wiring.settlement = _settlementOf(at);
    }

    function _refuseLedger(ILedgerParts.Wiring memory wiring, address[] memory modules, bytes memory reason) private {
        bytes memory creation = creationOf("CreditLedger", abi.encode(wiring, modules));
        vm.expectRevert(reason);
        create(creation);
    }

    // ---------------------------------------------------------------- how it is put together

    function test_the_ledger_belongs_to_its_registry_and_settlement() public {
        _refuseLedger(
            _wiringNow(), new address[](0), abi.encodeWithSelector(ICreditLedger.WiringWrong.selector, _next(0), address(ledger))
        );
        address at = _next(1);
        ILedgerParts.Wiring memory wiring = _wiringNow();
        wiring.registry = _registryOf(at);
        _refuseLedger(wiring, new address[](0), abi.encodeWithSelector(ICreditLedger.WiringWrong.selector, at, address(ledger)));
    }

    function test_modules_are_built_on_what_the_ledger_is() public {
        address wrong = ledger.moduleOf(ILines.grantLine.selector);
        address at = _next(2);
        ILedgerParts.Wiring memory wiring = _ownWiring(0);
        assertEq(_next(0), at, "where the ledger will be");
        _refuseLedger(wiring, _list(wrong, wrong), abi.encodeWithSelector(ICreditLedger.WiringWrong.selector, at, wrong));
    }

    function test_every_part_of_the_wiring_counts() public {
        bytes32 hash = ILedgerModule(ledger.moduleOf(ILines.grantLine.selector)).wiringHash();
        assertEq(hash, keccak256(abi.encode(_wiringNow())), "the hash of all of it");
        for (uint256 i = 0; i < 6; ++i) {
            ILedgerParts.Wiring memory wiring = _wiringNow();
            if (i == 0) wiring.participants = address(1);
            if (i == 1) wiring.rulebook = address(1);
            if (i == 2) wiring.registry = address(1);
            if (i == 3) wiring.settlement = address(1);
            if (i == 4) wiring.forwarder = address(1);
            if (i == 5) wiring.ticksASecond = 1000;
            assertTrue(ILedgerModule(_module("Lines", wiring)).wiringHash() != hash, "another wiring, another hash");
        }
    }

    function test_no_two_modules_have_the_same_function() public {
        ILedgerParts.Wiring memory wiring = _ownWiring(2);
        address[] memory modules = _list(_module("Lines", wiring), _module("Lines", wiring));
        bytes4 first = ILedgerModule(modules[0]).selectors()[0];
        _refuseLedger(wiring, modules, abi.encodeWithSelector(ICreditLedger.FunctionTaken.selector, first));
    }

    function test_a_ledger_with_fewer_modules_has_fewer_functions() public {
        ILedgerParts.Wiring memory wiring = _ownWiring(2);
        address[] memory modules = _list(_module("Lines", wiring), _module("Holds", wiring));
        ICreditLedger small = ICreditLedger(create(creationOf("CreditLedger", abi.encode(wiring, modules))));
        assertEq(small.moduleOf(IHolds.dispute.selector), modules[1], "one of the modules");
        (bool succeeded, bytes memory answer) = address(small).call(abi.encodeCall(ITokenViews.ownerOf, (1)));
        assertTrue(!succeeded, "refused");
        bytes memory reason = abi.encodeWithSelector(ICreditLedger.FunctionUnknown.selector, ITokenViews.ownerOf.selector);
        assertEq(keccak256(answer), keccak256(reason), "by its name");
    }

    function test_block_time_is_seconds_or_milliseconds() public {
        ILedgerParts.Wiring memory wiring = _wiringNow();
        wiring.ticksASecond = 10;
        bytes memory creation = creationOf("Lines", abi.encode(wiring));
        vm.expectRevert(abi.encodeWithSelector(Clock.ClockUnknown.selector, 10));
        create(creation);
    }

    function test_loans_ask_those_that_know_them() public {
        bytes memory arguments =
            abi.encode(participants, registry, warehouse, settlement, uint16(1), address(orders));
        bytes memory creation = creationOf("Loans", arguments);
        address next = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        vm.expectRevert(abi.encodeWithSelector(ILoans.WiringWrong.selector, next, address(loans)));
        create(creation);
    }

    // ---------------------------------------------------------------- dispatch

    function test_every_module_is_found_by_its_functions_and_answers_at_no_other_address() public {
        string[7] memory names = _moduleNames();
        address[] memory seen = new address[](7);
        for (uint256 i = 0; i < 7; ++i) {
            // Built once more, only to be asked for its functions.
            bytes4[] memory selectors = ILedgerModule(_module(names[i], _wiringNow())).selectors();
            seen[i] = ledger.moduleOf(selectors[0]);
            assertTrue(seen[i] != address(0) && seen[i].code.length != 0, names[i]);
            for (uint256 j = 1; j < selectors.length; ++j) {
                assertEq(ledger.moduleOf(selectors[j]), seen[i], names[i]);
            }
            for (uint256 j = 0; j < i; ++j) {
                assertTrue(seen[j] != seen[i], "a module of its own");
            }
        }
        assertEq(ledger.moduleOf(ICreditLedger.redeem.selector), address(0), "the entry's own");
        assertEq(ledger.moduleOf(ILedgerModule.selectors.selector), address(0), "nobody's");
        assertEq(ledger.moduleOf(ILedgerModule.wiringHash.selector), address(0), "nobody's");
    }

    function test_the_ledger_has_no_unknown_function() public {
        bytes4[4] memory unknown = [bytes4(0), ILedgerModule.selectors.selector, bytes4(0xdeadbeef), bytes4(0xffffffff)];
        for (uint256 i = 0; i < unknown.length; ++i) {
            (bool succeeded, bytes memory answer) = address(ledger).call(abi.encodePacked(unknown[i]));
            assertTrue(!succeeded, "refused");
            assertEq(
                keccak256(answer), keccak256(abi.encodeWithSelector(ICreditLedger.FunctionUnknown.selector, unknown[i])), "by its name"
            );
        }
        (bool empty,) = address(ledger).call("");
        assertTrue(!empty, "nothing is no function");
    }

    function test_the_ledger_takes_no_ether() public {
        assertTrue(address(this).balance > 1, "there is some");
        (bool sent,) = address(ledger).call{value: 1}("");
        (bool called,) = address(ledger).call{value: 1}(abi.encodeCall(tokens.symbol, ()));
        (bool ended,) = address(ledger).call{value: 1}(abi.encodeCall(ledger.expire, (new PieceReference[](0))));
        assertTrue(!sent && !called && !ended && address(ledger).balance == 0, "not a wei");
    }

    function test_a_modules_error_and_answer_come_through_whole() public {
        LineId nowhere = LineId.wrap(77);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.LineUnknown.selector, nowhere));
        vm.prank(bank.key);
        lines.setLineLimit(nowhere, 1);
        assertEq(keccak256(bytes(tokens.symbol())), keccak256("PEARL"), "an answer of any length");
        // Data that is no call of the function is refused by the module, without an error of its own.
        (bool succeeded,) = address(ledger).call(abi.encodePacked(ILines.setLineLimit.selector, uint8(1)));
        assertTrue(!succeeded, "half a call");
    }

    function test_a_module_at_its_own_address_has_nothing() public {
        PieceId id = _held(500);
        address module = ledger.moduleOf(IHolds.dispute.selector);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceUnknown.selector, id));
        vm.prank(supplier.key);
        IHolds(module).dispute(_one(id), 0);
        _assertState(id, PieceState.Held);
    }

    // ---------------------------------------------------------------- several calls at once

    function test_one_signer_batches_calls_of_entry_and_modules() public {
        PieceId id = _offered(500);
        bytes[] memory calls = new bytes[](3);
        calls[0] = abi.encodeCall(ledger.accept, (_one(id)));
        calls[1] = abi.encodeCall(holds.dispute, (_one(id), "broken"));
        calls[2] = abi.encodeCall(tokens.balanceOf, (PieceId.unwrap(id)));
        vm.prank(supplier.key);
        bytes[] memory answers = ledger.multicall(calls);
        assertEq(abi.decode(answers[2], (uint256)), 500, "answer");
        _assertState(id, PieceState.OnHold);
        assertTrue(holds.holdWord(id).disputant() == supplier.id, "the signer's own");
    }

    function test_one_call_does_several_things_of_entry_and_modules() public {
        PieceId id = _held(500);
        PieceId child = _passed(id, supplier, second, 100);
        _mature();
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(ICreditLedger.expire, (_one(child)));
        calls[1] = abi.encodeCall(IMaturity.payPart, (_ref(id), 200, address(money)));
        vm.prank(issuer.key);
        ledger.multicall(calls);
        _assertAmount(id, 300);
        _assertState(child, PieceState.Expired);
    }

    function test_a_batch_is_done_whole_or_not_at_all() public {
        PieceId id = _offered(500);
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(ledger.accept, (_one(id)));
        calls[1] = abi.encodeCall(holds.endDispute, (_one(id)));
        vm.expectRevert(abi.encodeWithSelector(IHolds.NotDisputed.selector, id));
        vm.prank(supplier.key);
        ledger.multicall(calls);
        _assertState(id, PieceState.Offered);
    }

    // ---------------------------------------------------------------- the caller behind a signed order

    function _relayed(address by, bytes memory call, address signer) private returns (bool succeeded, bytes memory answer) {
        vm.prank(by);
        return address(ledger).call(abi.encodePacked(call, signer));
    }

    function test_the_forwarder_speaks_for_a_signer_to_entry_modules_and_batches() public {
        PieceId id = _offered(500);
        (bool succeeded,) = _relayed(address(orders), abi.encodeCall(ledger.accept, (_one(id))), supplier.key);
        assertTrue(succeeded && _stateOf(id) == PieceState.Held, "the entry");
        (succeeded,) = _relayed(address(orders), abi.encodeCall(holds.dispute, (_one(id), "broken")), supplier.key);
        assertTrue(succeeded && holds.holdWord(id).disputant() == supplier.id, "a module");
        bytes[] memory calls = new bytes[](2);
        PieceId next = _offered(100);
        calls[0] = abi.encodeCall(holds.endDispute, (_one(id)));
        calls[1] = abi.encodeCall(ledger.accept, (_one(next)));
        (succeeded,) = _relayed(address(orders), abi.encodeCall(ledger.multicall, (calls)), supplier.key);
        assertTrue(succeeded && _stateOf(id) == PieceState.Held && _stateOf(next) == PieceState.Held, "a batch");
    }

    function test_nobody_else_speaks_for_a_signer() public {
        PieceId id = _offered(500);
        bytes memory call = abi.encodeCall(ledger.accept, (_one(id)));
        (bool succeeded, bytes memory answer) = _relayed(second.key, call, supplier.key);
        assertTrue(!succeeded, "refused");
        bytes memory reason = abi.encodeWithSelector(ILedgerParts.NotTheOwner.selector, id, supplier.id, second.id);
        assertEq(keccak256(answer), keccak256(reason), "the sender is the caller");
        (succeeded, answer) = _relayed(address(orders), call, second.key);
        assertEq(keccak256(answer), keccak256(reason), "the signer is the caller");
        assertTrue(!succeeded, "refused");
        (succeeded, answer) = _relayed(address(orders), call, address(orders));
        assertEq(
            keccak256(answer),
            keccak256(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, address(orders))),
            "the forwarder itself is nobody"
        );
        _assertState(id, PieceState.Offered);
    }

    function test_an_order_for_another_piece_fits_nothing() public {
        PieceId id = _offered(500);
        PieceReference meant = _ref(id);
        // The same id, as it would be after other documents were registered in another order.
        PieceReference other = PieceReference.wrap(PieceReference.unwrap(meant) ^ (uint256(1) << 96));
        PieceReference[] memory list = new PieceReference[](1);
        list[0] = other;
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceMismatch.selector, other, meant));
        vm.prank(supplier.key);
        ledger.accept(list);
        list[0] = PieceReference.wrap(PieceReference.unwrap(meant) ^ (uint256(1) << 136));
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceMismatch.selector, list[0], meant));
        vm.prank(supplier.key);
        ledger.accept(list);
    }

    function test_only_the_rulebook_itself_changes_the_copy_of_the_rules() public {
        vm.expectRevert(abi.encodeWithSelector(ICreditLedger.NotTheRulebook.selector, address(this)));
        ledger.forgetRules(VOUCHER);
        (bool succeeded, bytes memory answer) =
            _relayed(address(orders), abi.encodeCall(ledger.forgetRules, (VOUCHER)), address(rulebook));
        assertTrue(!succeeded, "nor by an order");
        assertEq(
            keccak256(answer),
            keccak256(abi.encodeWithSelector(ICreditLedger.NotTheRulebook.selector, address(orders))),
            "the sender counts"
        );
    }

    function test_a_line_that_nobody_granted_is_unknown_to_the_entry() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.LineUnknown.selector, LineId.wrap(77)));
        vm.prank(issuer.key);
        ledger.issue(LineId.wrap(77), VOUCHER, MATURITY, false, new Leg[](0));
    }
}

/// @notice The same ledger where blocks count milliseconds.
contract MillisecondsTest is World {
    /// Unix seconds of the world's start.
    uint256 private constant START = uint256(START_DAY) * 1 days + 4 hours;

    function _ticksASecond() internal pure override returns (uint16) {
        return 1000;
    }

    function setUp() public override {
        super.setUp();
        vm.warp(START * 1000);
    }

    function _legNow(uint64 amountMinor) private returns (Leg[] memory legs) {
        legs = _legs(issuer, supplier, amountMinor);
        legs[0].deadline = uint40(START + 1 hours);
    }

    function _issued(uint64 amountMinor) private returns (PieceId) {
        Leg[] memory legs = _legNow(amountMinor);
        vm.prank(issuer.key);
        return ledger.issue(line, VOUCHER, MATURITY, false, legs).piece(1);
    }

    function test_offers_end_at_their_second() public {
        PieceId accepted = _issued(500);
        PieceId open = _issued(100);
        vm.warp((START + 1 hours) * 1000 + 999);
        _accept(supplier, accepted);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.OfferExpired.selector, open, uint40(START + 1 hours)));
        vm.warp((START + 1 hours) * 1000 + 1000);
        _accept(supplier, open);
        ledger.expire(_one(open));
        _assertState(open, PieceState.Voided);
    }

    function test_days_are_days() public {
        Leg[] memory legs = _legNow(500);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.MaturityNotAhead.selector, START_DAY, START_DAY));
        vm.prank(issuer.key);
        ledger.issue(line, VOUCHER, START_DAY, false, legs);
        PieceId id = _issued(500);
        _accept(supplier, id);
        uint256 maturity = uint256(MATURITY) * 1 days - 8 hours;
        vm.warp(maturity * 1000 - 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.NotMature.selector, id.obligation(), MATURITY, MATURITY - 1));
        _redeem(id);
        vm.warp(maturity * 1000);
        _redeem(id);
        assertEq(money.balanceOf(supplier.key), 500, "paid");
    }

    function test_modules_count_as_the_entry_does() public {
        PieceId id = _issued(500);
        _accept(supplier, id);
        vm.prank(supplier.key);
        holds.dispute(_one(id), 0);
        assertEq(holds.holdWord(id).disputeDay(), START_DAY, "the day of a dispute");
        vm.warp((uint256(MATURITY) + 4) * 1 days * 1000 - 8 hours * 1000);
        maturity.markOverdue(id.obligation());
        assertTrue(reader.obligation(id.obligation()).overdue, "overdue");
    }
}
