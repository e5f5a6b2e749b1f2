// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ILedgerParts} from "../interfaces/ILedgerParts.sol";
import {IMaturity} from "../interfaces/IMaturity.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {ICreditLedger} from "../interfaces/ICreditLedger.sol";
import {IFinancing} from "../interfaces/IFinancing.sol";
import {ILedgerReader} from "../interfaces/ILedgerReader.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";
import {IRulebook} from "../interfaces/IRulebook.sol";
import {EvidenceId, LineId, ObligationId, PieceId} from "../types/Identifiers.sol";
import {PieceReference} from "../types/PieceReference.sol";
import {Leg, PieceState, Signature} from "../types/Movements.sol";
import {BANK} from "../types/Roles.sol";
import {ReentrantToken, RefusingToken} from "./Hostile.t.sol";
import {RULE_GRACE, ruleId} from "../types/RuleIds.sol";
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

    // ---------------------------------------------------------------- overdue

    function test_an_unpaid_obligation_stops_new_issues_until_it_is_paid() public {
        PieceId id = _held(500);
        ObligationId obligation = id.obligation();
        _beOverdue();
        vm.expectEmit(address(ledger));
        emit IMaturity.ObligationOverdue(obligation, 500, MATURITY + 4);
        vm.prank(address(0xdead));
        maturity.markOverdue(obligation);
        assertTrue(reader.obligation(obligation).overdue, "overdue");
        (, uint32 overdueCount) = reader.issuer(issuer.id);
        assertEq(overdueCount, 1, "count");

        Leg[] memory legs = _legs(issuer, supplier, 100);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.IssuerOverdue.selector, issuer.id, 1));
        vm.prank(issuer.key);
        ledger.issue(line, VOUCHER, MATURITY + 90, false, legs);

        vm.expectEmit(address(ledger));
        emit ILedgerParts.ObligationCured(obligation);
        _redeem(id);
        assertTrue(!reader.obligation(obligation).overdue, "cured");
        vm.prank(issuer.key);
        ledger.issue(line, VOUCHER, MATURITY + 90, false, legs);
    }

    function test_a_part_payment_cures_nothing() public {
        PieceId id = _held(500);
        PieceId child = _passed(id, supplier, second, 100);
        _accept(second, child);
        _beOverdue();
        maturity.markOverdue(id.obligation());
        _redeem(id);
        assertTrue(reader.obligation(id.obligation()).overdue, "still overdue");
        _redeem(child);
        assertTrue(!reader.obligation(id.obligation()).overdue, "cured");
    }

    function test_an_offer_nobody_took_is_no_debt() public {
        PieceId id = _offered(500);
        _beOverdue();
        vm.expectRevert(abi.encodeWithSelector(IMaturity.NothingOwed.selector, id.obligation()));
        maturity.markOverdue(id.obligation());
        Leg[] memory legs = _legs(issuer, supplier, 100);
        vm.prank(issuer.key);
        ledger.issue(line, VOUCHER, MATURITY + 90, false, legs);
    }

    function test_an_obligation_whose_last_live_offer_ends_is_cured() public {
        EvidenceId evidence = _confirm(issuer, supplier, 500);
        Leg[] memory legs = new Leg[](2);
        (legs[0], legs[1]) = (_leg(supplier, 300, evidence), _leg(supplier, 200, evidence));
        vm.prank(issuer.key);
        ObligationId obligation = ledger.issue(line, VOUCHER, MATURITY, false, legs);
        _accept(supplier, obligation.piece(1));
        _beOverdue();
        maturity.markOverdue(obligation);
        _redeem(obligation.piece(1));
        ledger.expire(_one(obligation.piece(2)));
        assertTrue(!reader.obligation(obligation).overdue, "cured by the end of the offer");
        (, uint32 overdueCount) = reader.issuer(issuer.id);
        assertEq(overdueCount, 0, "count");
    }

    function test_what_went_on_in_offers_nobody_took_is_owed_to_its_holder() public {
        PieceId id = _held(500);
        _passed(id, supplier, second, 500);
        _beOverdue();
        maturity.markOverdue(id.obligation());
        assertTrue(reader.obligation(id.obligation()).overdue, "overdue");
    }

    function test_overdue_is_after_maturity_and_grace() public {
        ObligationId id = _held(500).obligation();
        vm.warp(uint256(MATURITY + 4) * 1 days - 8 hours - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IMaturity.NotOverdueYet.selector, id, uint256(MATURITY) + 4, MATURITY + 3, ruleId(VOUCHER, 1, RULE_GRACE))
        );
        maturity.markOverdue(id);
        vm.warp(block.timestamp + 1);
        maturity.markOverdue(id);
        vm.expectRevert(abi.encodeWithSelector(IMaturity.AlreadyOverdue.selector, id));
        maturity.markOverdue(id);
    }

    function test_nothing_owed_is_never_overdue() public {
        PieceId id = _held(500);
        _mature();
        _redeem(id);
        _beOverdue();
        vm.expectRevert(abi.encodeWithSelector(IMaturity.NothingOwed.selector, id.obligation()));
        maturity.markOverdue(id.obligation());
        vm.expectRevert(abi.encodeWithSelector(IMaturity.NothingOwed.selector, ObligationId.wrap(77)));
        maturity.markOverdue(ObligationId.wrap(77));
    }

    function test_other_issuers_go_on() public {
        PieceId id = _held(500);
        LineId foreign = _grant(bank, otherIssuer, LIMIT, CNY);
        _beOverdue();
        maturity.markOverdue(id.obligation());
        Leg[] memory legs = _legs(otherIssuer, supplier, 100);
        vm.prank(otherIssuer.key);
        ledger.issue(foreign, VOUCHER, MATURITY + 90, false, legs);
    }

    // ---------------------------------------------------------------- the reader

    function test_pieces_are_listed_from_an_index_on() public {
        PieceId id = _held(500);
        _passed(id, supplier, second, 100);
        _passed(id, supplier, second, 100);
        assertEq(reader.piecesOf(id.obligation(), 1, 2).length, 2, "a page");
        ILedgerReader.Piece[] memory rest = reader.piecesOf(id.obligation(), 3, 10);
        assertTrue(rest.length == 1 && rest[0].id == id.obligation().piece(3), "the rest");
        assertEq(reader.piecesOf(id.obligation(), 4, 10).length, 0, "beyond");
        assertEq(reader.piecesOf(ObligationId.wrap(77), 1, 10).length, 0, "of nothing");
    }
}
