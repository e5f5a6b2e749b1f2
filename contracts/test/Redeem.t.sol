// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ILedgerParts} from "../interfaces/ILedgerParts.sol";

import {ISettlement} from "../interfaces/ISettlement.sol";
import {LineId, PieceId} from "../types/Identifiers.sol";
import {PieceReference} from "../types/PieceReference.sol";
import {Leg, PieceState} from "../types/Movements.sol";
import {ReentrantToken} from "./Hostile.t.sol";
import {World} from "./World.t.sol";

contract RedeemTest is World {
    function _refused(PieceId id, Company memory caller, bytes memory reason) private {
        uint256 cash = money.balanceOf(supplier.key);
        vm.expectRevert(reason);
        vm.prank(caller.key);
        ledger.redeem(_one(id), address(money));
        assertEq(money.balanceOf(supplier.key), cash, "no cash moved");
    }

    function test_the_issuer_pays_each_holder_in_one_transaction() public {
        PieceId id = _held(500);
        PieceId child = _passed(id, supplier, second, 100);
        _accept(second, child);
        PieceId bought = _financed(id, 300);
        _mature();
        PieceReference[] memory pieces = new PieceReference[](3);
        (pieces[0], pieces[1], pieces[2]) = (_ref(id), _ref(child), _ref(bought));
        uint256 banks = money.balanceOf(bank.key);
        vm.expectEmit(address(ledger));
        emit ILedgerParts.PieceRedeemed(id, 100, supplier.id, address(money));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.Transfer(supplier.key, address(0), PieceId.unwrap(id));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.PieceRedeemed(child, 100, second.id, address(money));
        vm.prank(issuer.key);
        ledger.redeem(pieces, address(money));

        assertEq(money.balanceOf(supplier.key), 297 + 100, "supplier");
        assertEq(money.balanceOf(second.key), 100, "second tier");
        assertEq(money.balanceOf(bank.key), banks + 300, "bank");
        assertEq(money.balanceOf(address(settlement)) + money.balanceOf(address(ledger)), 0, "contracts hold no cash");
        _assertUsed(0);
        assertEq(reader.obligation(id.obligation()).liveMinor, 0, "live");
        (, uint64 financedMinor) = reader.financing(bank.id, issuer.id, CNY);
        assertEq(financedMinor, 0, "financed");
        for (uint256 i = 0; i < 3; ++i) {
            _assertState(pieces[i].piece(), PieceState.Redeemed);
        }
        _assertAmount(bought, 300);
        assertEq(tokens.balanceOf(PieceId.unwrap(bought)), 0, "no token any more");
    }

    function test_nothing_is_paid_before_maturity() public {
        PieceId id = _held(500);
        vm.warp(uint256(MATURITY) * 1 days - 8 hours - 1);
        _refused(
            id, issuer, abi.encodeWithSelector(ILedgerParts.NotMature.selector, id.obligation(), MATURITY, MATURITY - 1)
        );
        vm.warp(block.timestamp + 1);
        _redeem(id);
    }

    function test_only_the_issuer_redeems() public {
        PieceId id = _held(500);
        _mature();
        Company[4] memory others = [supplier, bank, operator, otherIssuer];
        for (uint256 i = 0; i < others.length; ++i) {
            _refused(
                id, others[i], abi.encodeWithSelector(ILedgerParts.NotTheIssuer.selector, line, issuer.id, others[i].id)
            );
        }
    }

    function test_a_redemption_is_of_one_issuer() public {
        PieceId id = _held(500);
        LineId foreign = _grant(bank, otherIssuer, LIMIT, CNY);
        Leg[] memory legs = _legs(otherIssuer, supplier, 100);
        vm.prank(otherIssuer.key);
        PieceId other = ledger.issue(foreign, VOUCHER, MATURITY, false, legs).piece(1);
        _accept(supplier, other);
        _mature();
        PieceReference[] memory pieces = _two(id, other);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.NotTheIssuer.selector, foreign, otherIssuer.id, issuer.id));
        vm.prank(issuer.key);
        ledger.redeem(pieces, address(money));
    }

    function test_a_redemption_is_of_one_currency() public {
        PieceId id = _held(500);
        LineId euros = _grant(bank, issuer, LIMIT, EUR);
        Leg[] memory legs = _one(_leg(supplier, 100, _confirmIn(EUR, issuer, supplier, 100)));
        vm.prank(issuer.key);
        PieceId other = ledger.issue(euros, VOUCHER, MATURITY, false, legs).piece(1);
        _accept(supplier, other);
        _mature();
        PieceReference[] memory pieces = _two(id, other);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.CurrencyMismatch.selector, CNY, EUR));
        vm.prank(issuer.key);
        ledger.redeem(pieces, address(money));
        vm.expectRevert(abi.encodeWithSelector(ISettlement.TokenNotApproved.selector, address(money), EUR));
        vm.prank(issuer.key);
        ledger.redeem(_one(other), address(money));
    }

    function test_a_piece_is_paid_once() public {
        PieceId id = _held(500);
        _mature();
        PieceReference[] memory twice = new PieceReference[](2);
        (twice[0], twice[1]) = (_ref(id), _ref(id));
        bytes memory reason = abi.encodeWithSelector(ILedgerParts.PieceNotInState.selector, id, PieceState.Redeemed);
        vm.expectRevert(reason);
        vm.prank(issuer.key);
        ledger.redeem(twice, address(money));
        _redeem(id);
        _refused(id, issuer, reason);
    }

    function test_an_offer_is_not_paid_and_its_parent_waits_for_it() public {
        PieceId id = _held(500);
        PieceId child = _passed(id, supplier, second, 100);
        _mature();
        _refused(child, issuer, abi.encodeWithSelector(ILedgerParts.PieceNotInState.selector, child, PieceState.Offered));
        _refused(id, issuer, abi.encodeWithSelector(ILedgerParts.OffersOpen.selector, id, 1));
        // Nobody can keep the issuer from paying: by then every offer is past its deadline, and anyone may end it.
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(ledger.expire, (_one(child)));
        calls[1] = abi.encodeCall(ledger.redeem, (_one(id), address(money)));
        vm.prank(issuer.key);
        ledger.multicall(calls);
        assertEq(money.balanceOf(supplier.key), 500, "all of it");
    }

    function test_an_empty_piece_is_not_paid() public {
        PieceId id = _held(500);
        _accept(second, _passed(id, supplier, second, 500));
        _mature();
        _refused(id, issuer, abi.encodeWithSelector(ILedgerParts.ZeroAmount.selector));
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.NothingNamed.selector));
        vm.prank(issuer.key);
        ledger.redeem(new PieceReference[](0), address(money));
    }

    function test_nobodys_suspension_is_in_the_way_of_a_payment() public {
        PieceId id = _held(500);
        PieceId child = _passed(id, supplier, second, 100);
        _accept(second, child);
        participants.suspend(supplier.id);
        participants.renew(second.id, START_DAY);
        participants.suspend(issuer.id);
        _mature();
        PieceReference[] memory pieces = new PieceReference[](2);
        (pieces[0], pieces[1]) = (_ref(id), _ref(child));
        vm.prank(issuer.key);
        ledger.redeem(pieces, address(money));
        assertEq(money.balanceOf(supplier.key), 400, "suspended holder");
        assertEq(money.balanceOf(second.key), 100, "expired holder");
    }

    function test_money_that_calls_back_is_not_paid_twice() public {
        ReentrantToken token = new ReentrantToken();
        settlement.approveToken(address(token), CNY);
        token.mint(issuer.key, 10_000);
        vm.prank(issuer.key);
        token.approve(address(settlement), type(uint256).max);
        PieceId id = _held(500);
        _mature();
        token.callBack(address(ledger), abi.encodeCall(ledger.redeem, (_one(id), address(token))));
        vm.store(address(participants), keccak256(abi.encode(address(token), uint256(5))), bytes32(abi.encode(issuer.id)));
        vm.prank(issuer.key);
        ledger.redeem(_one(id), address(token));
        assertTrue(token.called() && !token.succeeded(), "called back in vain");
        assertEq(token.balanceOf(supplier.key), 500, "paid once");
        _assertUsed(0);
    }
}
