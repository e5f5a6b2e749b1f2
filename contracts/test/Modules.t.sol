// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {CreditLedger} from "../CreditLedger.sol";
import {ICreditLedger} from "../interfaces/ICreditLedger.sol";
import {ILedgerModule, ILedgerParts} from "../interfaces/ILedgerParts.sol";
import {ILines} from "../interfaces/ILines.sol";
import {ILoans} from "../interfaces/ILoans.sol";
import {IMaturity} from "../interfaces/IMaturity.sol";
import {PieceId} from "../types/Identifiers.sol";
import {Leg, PieceState} from "../types/Movements.sol";
import {PieceReference} from "../types/PieceReference.sol";
import {World} from "./World.t.sol";

/// @notice One address, several modules: each function has one place, all are built on the same, and none does anything on its own.
contract ModulesTest is World {
    function _wiringOf(address registryAddress, address settlementAddress) private view returns (ILedgerParts.Wiring memory) {
        return ILedgerParts.Wiring({
            participants: address(participants),
            rulebook: address(rulebook),
            registry: registryAddress,
            settlement: settlementAddress,
            forwarder: address(orders),
            ticksASecond: 1
        });
    }

    function _registryOf(address owner) private returns (address) {
        bytes memory arguments = abi.encode(participants, owner, loans, warehouse, uint16(1), address(orders));
        return create(creationOf("TradeRegistry", arguments));
    }

    function _settlementOf(address owner) private returns (address) {
        return create(creationOf("Settlement", abi.encode(authority, owner, loans, uint16(1))));
    }

    function _refusedToBuild(ILedgerParts.Wiring memory wiring, address[] memory modules, bytes memory reason) private {
        bytes memory creation = creationOf("CreditLedger", abi.encode(wiring, modules));
        vm.expectRevert(reason);
        create(creation);
    }

    function test_the_ledger_belongs_to_its_registry_and_settlement() public {
        address here = address(this);
        ILedgerParts.Wiring memory wiring = _wiringOf(_registryOf(here), address(settlement));
        address next = vm.computeCreateAddress(here, vm.getNonce(here));
        _refusedToBuild(wiring, new address[](0), abi.encodeWithSelector(ICreditLedger.WiringWrong.selector, next, here));
        next = vm.computeCreateAddress(here, vm.getNonce(here) + 1);
        wiring = _wiringOf(_registryOf(next), address(settlement));
        _refusedToBuild(wiring, new address[](0), abi.encodeWithSelector(ICreditLedger.WiringWrong.selector, next, address(ledger)));
    }

    function test_modules_are_built_on_what_the_ledger_is_built_on() public {
        address here = address(this);
        address foreign = create(creationOf("Holds", abi.encode(_wiringOf(address(registry), address(settlement)))));
        address next = vm.computeCreateAddress(here, vm.getNonce(here) + 2);
        ILedgerParts.Wiring memory wiring = _wiringOf(_registryOf(next), _settlementOf(next));
        address[] memory modules = new address[](1);
        modules[0] = foreign;
        _refusedToBuild(wiring, modules, abi.encodeWithSelector(ICreditLedger.WiringWrong.selector, next, foreign));
    }

    function test_a_function_is_in_one_module() public {
        address here = address(this);
        address next = vm.computeCreateAddress(here, vm.getNonce(here) + 3);
        ILedgerParts.Wiring memory wiring = _wiringOf(_registryOf(next), _settlementOf(next));
        address[] memory modules = new address[](2);
        modules[0] = create(creationOf("Holds", abi.encode(wiring)));
        modules[1] = modules[0];
        bytes4 first = ILedgerModule(modules[0]).selectors()[0];
        _refusedToBuild(wiring, modules, abi.encodeWithSelector(ICreditLedger.FunctionTaken.selector, first));
    }

    function test_what_no_module_has_is_refused() public {
        (bool succeeded, bytes memory answer) = address(ledger).call(abi.encodeWithSignature("pause()"));
        assertTrue(!succeeded, "there is no pause");
        bytes4 selector = bytes4(keccak256("pause()"));
        assertEq(keccak256(answer), keccak256(abi.encodeWithSelector(ICreditLedger.FunctionUnknown.selector, selector)), "by its name");
        (succeeded,) = address(ledger).call("");
        assertTrue(!succeeded, "nor a call of nothing");
    }

    function test_a_module_at_its_own_address_knows_nothing() public {
        address module = ledger.moduleOf(ILines.setLineLimit.selector);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.LineUnknown.selector, line));
        vm.prank(bank.key);
        ILines(module).setLineLimit(line, 1);
        PieceId id = _held(500);
        _beOverdue();
        module = ledger.moduleOf(IMaturity.markOverdue.selector);
        vm.expectRevert(abi.encodeWithSelector(IMaturity.NothingOwed.selector, id.obligation()));
        IMaturity(module).markOverdue(id.obligation());
        assertEq(ledger.moduleOf(ICreditLedger.issue.selector), address(0), "the entry's own is no module's");
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

    function test_only_the_rulebook_makes_the_ledger_forget() public {
        vm.expectRevert(abi.encodeWithSelector(ICreditLedger.NotTheRulebook.selector, address(this)));
        ledger.forgetRules(VOUCHER);
    }

    function test_whoever_relays_speaks_for_the_signer_and_nobody_else_does() public {
        PieceId id = _offered(500);
        bytes memory call = abi.encodePacked(abi.encodeCall(ICreditLedger.accept, (_one(id))), supplier.key);
        vm.prank(second.key);
        (bool succeeded,) = address(ledger).call(call);
        assertTrue(!succeeded, "anybody can append a key");
        vm.prank(address(orders));
        (succeeded,) = address(ledger).call(call);
        assertTrue(succeeded, "the forwarder is believed");
        _assertState(id, PieceState.Held);
    }

    function test_references_are_what_the_reader_says() public {
        PieceId id = _held(500);
        PieceId child = _passed(id, supplier, second, 100);
        PieceId[] memory both = new PieceId[](2);
        (both[0], both[1]) = (id, child);
        PieceReference[] memory said = reader.references(both);
        assertEq(PieceReference.unwrap(said[0]), PieceReference.unwrap(_ref(id)), "issued");
        assertEq(PieceReference.unwrap(said[1]), PieceReference.unwrap(_ref(child)), "passed on");
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

    function test_loans_ask_those_that_know_them() public {
        bytes memory arguments =
            abi.encode(participants, registry, warehouse, settlement, uint16(1), address(orders));
        bytes memory creation = creationOf("Loans", arguments);
        address next = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        vm.expectRevert(abi.encodeWithSelector(ILoans.WiringWrong.selector, next, address(loans)));
        create(creation);
    }
}

/// @notice The same where a block's time is in milliseconds.
contract MillisecondsTest is World {
    function _ticksASecond() internal pure override returns (uint16) {
        return 1000;
    }

    function test_days_and_deadlines_are_the_same_in_milliseconds() public {
        uint256 second_ = block.timestamp / 1000;
        Leg[] memory legs = _legs(issuer, supplier, 500);
        legs[0].deadline = uint40(second_ + 1 hours);
        vm.prank(issuer.key);
        PieceId id = ledger.issue(line, VOUCHER, MATURITY, false, legs).piece(1);
        _accept(supplier, id);
        PieceReference[] memory pieces = _one(id);
        vm.warp((uint256(MATURITY) * 1 days - 8 hours) * 1000 - 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.NotMature.selector, id.obligation(), MATURITY, MATURITY - 1));
        vm.prank(issuer.key);
        ledger.redeem(pieces, address(money));
        vm.warp((uint256(MATURITY) * 1 days - 8 hours) * 1000);
        vm.prank(issuer.key);
        ledger.redeem(pieces, address(money));
        _assertState(id, PieceState.Redeemed);
    }
}
