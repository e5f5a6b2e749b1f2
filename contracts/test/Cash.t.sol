// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";


import {ICreditLedger} from "../interfaces/ICreditLedger.sol";
import {IDepositToken} from "../interfaces/IDepositToken.sol";
import {ILedgerReader} from "../interfaces/ILedgerReader.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";
import {IRulebook} from "../interfaces/IRulebook.sol";
import {EvidenceId, LineId, ObligationId, PieceId} from "../types/Identifiers.sol";
import {Leg, PieceState, Signature} from "../types/Movements.sol";
import {BANK} from "../types/Roles.sol";
import {ReentrantToken, RefusingToken} from "./Hostile.t.sol";
import {World} from "./World.t.sol";

contract MoneyTest is World {
    function test_a_token_is_money_once_it_is_approved() public {
        vm.expectEmit(address(settlement));
        emit ISettlement.TokenApproved(address(77), EUR);
        settlement.approveToken(address(77), EUR);
        assertEq(settlement.currencyOf(address(77)), EUR, "currency");
        vm.expectRevert(abi.encodeWithSelector(ISettlement.AddressMissing.selector));
        settlement.approveToken(address(0), CNY);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, operator.key));
        vm.prank(operator.key);
        settlement.approveToken(address(78), CNY);
    }

    function test_only_the_ledger_pays() public {
        address[] memory payees = new address[](1);
        uint64[] memory amounts = new uint64[](1);
        (payees[0], amounts[0]) = (address(this), 1);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotTheLedger.selector, address(this)));
        settlement.pay(address(money), CNY, bank.key, payees, amounts);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.TokenNotApproved.selector, address(77), 0));
        vm.prank(address(ledger));
        settlement.pay(address(77), 0, bank.key, payees, amounts);
        assertEq(settlement.ledger(), address(ledger), "the ledger");
    }

    function test_only_the_bank_makes_and_takes_back_its_money() public {
        assertTrue(money.bank() == bank.id && money.decimals() == 2, "whose");
        uint256 before = money.totalSupply();
        vm.prank(bank.key);
        money.mint(supplier.key, 5);
        vm.prank(bank.key);
        money.burn(3);
        assertEq(money.totalSupply(), before + 2, "supply");
        vm.expectRevert(abi.encodeWithSelector(IDepositToken.NotTheBank.selector, bank.id, otherBank.id));
        vm.prank(otherBank.key);
        money.mint(otherBank.key, 5);
        vm.expectRevert(abi.encodeWithSelector(IDepositToken.NotTheBank.selector, bank.id, supplier.id));
        vm.prank(supplier.key);
        money.burn(1);
    }

    function test_the_ledger_introduces_itself() public view {
        assertEq(keccak256(bytes(tokens.name())), keccak256("Pearlchain credit"), "name");
        assertEq(keccak256(bytes(tokens.symbol())), keccak256("PEARL"), "symbol");
        assertEq(tokens.valueDecimals(), 0, "whole minor units");
    }
}

contract FinanceTest is World {
    function _refused(IFinancing.FinanceOffer memory offer, bytes memory reason) private {
        _refused(offer, _signed(bank, _offerDigest(offer)), reason);
    }

    function _refused(IFinancing.FinanceOffer memory offer, Signature memory signature, bytes memory reason) private {
        uint256 cash = money.balanceOf(supplier.key);
        vm.expectRevert(reason);
        vm.prank(supplier.key);
        financing.finance(offer, signature, _unsigned(), 0);
        assertEq(money.balanceOf(supplier.key), cash, "no cash moved");
    }

    function test_piece_and_cash_change_hands_in_one_transaction() public {
        PieceId id = _held(500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        Signature memory signature = _signed(bank, _offerDigest(offer));
        PieceId made = id.obligation().piece(2);
        uint256 banks = money.balanceOf(bank.key);
        vm.expectEmit(address(ledger));
        emit ICreditLedger.PieceFinanced(made, id, bank.id, 300, 297, address(money), keccak256("registration"));
        vm.expectEmit(address(ledger));
        emit ICreditLedger.Transfer(address(0), bank.key, PieceId.unwrap(made));
        vm.expectEmit(address(ledger));
        emit ICreditLedger.SlotChanged(PieceId.unwrap(made), 0, ObligationId.unwrap(id.obligation()));
        vm.expectEmit(address(ledger));
        emit ICreditLedger.TransferValue(PieceId.unwrap(id), PieceId.unwrap(made), 300);
        vm.prank(supplier.key);
        assertTrue(financing.finance(offer, signature, _unsigned(), 0) == made, "id");

        assertEq(money.balanceOf(supplier.key), 297, "the holder's cash");
        assertEq(money.balanceOf(bank.key), banks - 297, "the bank's cash");
        assertEq(money.balanceOf(address(settlement)) + money.balanceOf(address(ledger)), 0, "contracts hold no cash");
        ILedgerReader.Piece memory piece = reader.piece(made);
        assertTrue(piece.owner == bank.id && piece.parent == id && piece.amountMinor == 300 && piece.financed, "piece");
        assertTrue(piece.hops == 2 && piece.tier == 1 && EvidenceId.unwrap(piece.evidence) == 0, "a cash hop");
        assertTrue(piece.state == PieceState.Held, "held at once");
        _assertAmount(id, 200);
        (, uint64 financedMinor) = reader.financing(bank.id, issuer.id, CNY);
        assertEq(financedMinor, 300, "financed");
        assertTrue(reader.piece(id).openOffers == 0 && reader.piece(id).childCount == 1, "counts");
        assertEq(reader.path(made).length, 2, "path");
    }

    function test_an_offer_fits_once_also_after_the_amount_came_back() public {
        PieceId id = _held(500);
        // With 200 offered away there are 300; the bank finances 200 of them; the 200 come back, so there are 300 again.
        PieceId child = _passed(id, supplier, second, 200);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 200);
        Signature memory signature = _signed(bank, _offerDigest(offer));
        vm.prank(supplier.key);
        financing.finance(offer, signature, _unsigned(), 0);
        vm.prank(second.key);
        ledger.reject(_one(child), 0);
        _assertAmount(id, 300);
        _refused(
            offer,
            signature,
            abi.encodeWithSelector(ICreditLedger.OfferStale.selector, id, PieceId.wrap(0), EvidenceId.wrap(1), 2)
        );
    }

    function test_an_offer_names_the_piece_it_is_for() public {
        PieceId id = _held(500);
        bytes memory reason =
            abi.encodeWithSelector(ICreditLedger.OfferStale.selector, id, PieceId.wrap(0), EvidenceId.wrap(1), 0);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        offer.parent = id;
        _refused(offer, reason);
        offer = _offer(bank, id, 300);
        offer.evidence = EvidenceId.wrap(2);
        _refused(offer, reason);
        offer = _offer(bank, id, 300);
        offer.childCount = 1;
        _refused(offer, reason);
    }

    function test_only_the_holder_sells() public {
        PieceId id = _held(500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        Signature memory signature = _signed(bank, _offerDigest(offer));
        Company[3] memory thieves = [issuer, second, operator];
        for (uint256 i = 0; i < thieves.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ICreditLedger.NotTheOwner.selector, id, supplier.id, thieves[i].id));
            vm.prank(thieves[i].key);
            financing.finance(offer, signature, _unsigned(), 0);
        }
    }

    function test_nobody_is_forced_to_buy() public {
        PieceId id = _held(500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        Signature memory signature = _signed(bank, _offerDigest(offer));
        offer.priceMinor = 300;
        _refused(offer, signature, abi.encodeWithSelector(ICreditLedger.SignatureInvalid.selector, bank.id, bank.key));
        _refused(
            offer,
            _signed(supplier, _offerDigest(offer)),
            abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, bank.id, supplier.key)
        );
        offer.bank = second.id;
        _refused(
            offer, _signed(second, _offerDigest(offer)), abi.encodeWithSelector(ICreditLedger.RoleMissing.selector, second.id, BANK)
        );
        offer.bank = supplier.id;
        _refused(
            offer, _signed(supplier, _offerDigest(offer)), abi.encodeWithSelector(ICreditLedger.SelfDealing.selector, supplier.id)
        );
        offer = _offer(bank, id, 300);
        participants.suspend(bank.id);
        _refused(offer, abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, bank.id));
    }

    function test_an_offer_is_for_one_chain() public {
        PieceId id = _held(500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        Signature memory signature = _signed(bank, _offerDigest(offer));
        vm.chainId(4242);
        _refused(offer, signature, abi.encodeWithSelector(ICreditLedger.SignatureInvalid.selector, bank.id, bank.key));
    }

    function test_an_offer_ends() public {
        PieceId id = _held(500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        vm.warp(uint256(offer.validUntil) + 1);
        _refused(offer, abi.encodeWithSelector(ICreditLedger.OfferExpired.selector, id, offer.validUntil));
    }

    function test_an_offer_makes_sense() public {
        PieceId id = _held(500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        offer.amountMinor = 0;
        _refused(offer, abi.encodeWithSelector(ICreditLedger.ZeroAmount.selector));
        offer = _offer(bank, id, 300);
        offer.priceMinor = 0;
        _refused(offer, abi.encodeWithSelector(ICreditLedger.ZeroAmount.selector));
        offer.priceMinor = 301;
        _refused(offer, abi.encodeWithSelector(ICreditLedger.PriceAboveAmount.selector, 301, 300));
        offer = _offer(bank, id, 501);
        _refused(offer, abi.encodeWithSelector(ICreditLedger.AmountExceedsPiece.selector, id, 501, 500));
        offer = _offer(bank, id, 300);
        offer.registration = 0;
        _refused(offer, abi.encodeWithSelector(ICreditLedger.RegistrationMissing.selector, id));
    }

    function test_a_bank_holds_no_more_than_its_financing_limit() public {
        _limitFinancing(bank, issuer, 400);
        PieceId id = _held(500);
        _financed(id, 300);
        _refused(
            _offer(bank, id, 101),
            abi.encodeWithSelector(ICreditLedger.FinancingLimitExceeded.selector, bank.id, issuer.id, 101, 100)
        );
        _financed(id, 100);
    }

    function test_only_what_is_held_is_financed_and_not_after_maturity() public {
        PieceId offered = _offered(500);
        _refused(
            _offer(bank, offered, 300),
            abi.encodeWithSelector(ICreditLedger.PieceNotInState.selector, offered, PieceState.Offered)
        );
        PieceId id = _held(500);
        _mature();
        _refused(
            _offer(bank, id, 300),
            abi.encodeWithSelector(ICreditLedger.ObligationMatured.selector, id.obligation(), MATURITY, MATURITY)
        );
    }

    function test_a_suspended_holder_does_not_sell() public {
        PieceId id = _held(500);
        participants.suspend(supplier.id);
        _refused(_offer(bank, id, 300), abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, supplier.id));
    }

    function test_a_sale_counts_as_a_piece() public {
        rulebook.enact(VOUCHER, IRulebook.RuleSet({maxTenorDays: 180, maxPieces: 1, maxHops: 1, graceDays: 0}), START_DAY);
        PieceId id = _held(500);
        _refused(
            _offer(bank, id, 300), abi.encodeWithSelector(ICreditLedger.PiecesExceeded.selector, id.obligation(), 2, 1)
        );
    }

    function test_what_was_bought_for_cash_goes_on_for_cash_only() public {
        PieceId bought = _financed(_held(500), 300);
        Leg[] memory legs = _legs(bank, second, 100);
        vm.expectRevert(abi.encodeWithSelector(ICreditLedger.PieceBoughtForCash.selector, bought));
        vm.prank(bank.key);
        ledger.transfer(_ref(bought), legs);

        _limitFinancing(otherBank, issuer, LIMIT);
        _fund(otherBank, money, 1000);
        IFinancing.FinanceOffer memory offer = _offer(otherBank, bought, 200);
        Signature memory signature = _signed(otherBank, _offerDigest(offer));
        vm.prank(bank.key);
        PieceId resold = financing.finance(offer, signature, _unsigned(), 0);
        (, uint64 banks) = reader.financing(bank.id, issuer.id, CNY);
        (, uint64 others) = reader.financing(otherBank.id, issuer.id, CNY);
        assertTrue(banks == 100 && others == 200, "each bank counts what it holds");
        assertTrue(reader.piece(resold).hops == 3 && reader.piece(resold).tier == 1, "hops");
    }

    function test_hops_end_where_their_count_does() public {
        PieceId id = _held(500);
        // The count of hops is in bits 152 to 159 of the piece's word.
        bytes32 slot = keccak256(abi.encode(id, uint256(7)));
        uint256 word = uint256(vm.load(address(ledger), slot));
        vm.store(address(ledger), slot, bytes32(word | (uint256(255) << 152)));
        assertEq(reader.piece(id).hops, 255, "hops");
        _refused(_offer(bank, id, 300), abi.encodeWithSelector(ICreditLedger.HopsExceeded.selector, id, 255));
    }

    function test_only_approved_money_of_the_currency_pays() public {
        PieceId id = _held(500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        offer.cashToken = address(77);
        _refused(offer, abi.encodeWithSelector(ISettlement.TokenNotApproved.selector, address(77), CNY));
        settlement.approveToken(address(77), EUR);
        _refused(offer, abi.encodeWithSelector(ISettlement.TokenNotApproved.selector, address(77), CNY));
    }

    function test_without_cash_there_is_no_piece() public {
        PieceId id = _held(500);
        vm.prank(bank.key);
        money.approve(address(settlement), 10);
        _refused(
            _offer(bank, id, 300),
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(settlement), 10, 297)
        );
        _assertAmount(id, 500);
        RefusingToken refusing = new RefusingToken();
        settlement.approveToken(address(refusing), CNY);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        offer.cashToken = address(refusing);
        _refused(offer, abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(refusing)));
    }

    function test_money_that_calls_back_gains_nothing() public {
        ReentrantToken token = new ReentrantToken();
        settlement.approveToken(address(token), CNY);
        token.mint(bank.key, 10_000);
        vm.prank(bank.key);
        token.approve(address(settlement), type(uint256).max);
        // The token itself is a key of the supplier's party, so that its calls are the holder's.
        PieceId id = _held(500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 500);
        offer.cashToken = address(token);
        Signature memory signature = _signed(bank, _offerDigest(offer));
        token.callBack(address(ledger), abi.encodeCall(ledger.finance, (offer, signature)));
        _addKey(supplier, address(token));
        vm.prank(supplier.key);
        financing.finance(offer, signature, _unsigned(), 0);
        assertTrue(token.called() && !token.succeeded(), "called back in vain");
        assertEq(token.balanceOf(supplier.key), 495, "paid once");
        _assertAmount(id, 0);
    }

    /// Registers a contract as a key without its consent, as only a test can.
    function _addKey(Company memory company, address key) private {
        vm.store(address(participants), keccak256(abi.encode(key, uint256(5))), bytes32(abi.encode(company.id)));
        assertTrue(participants.partyOf(key) == company.id, "slot of partyOf");
    }

    function testFuzz_what_is_financed_is_counted(uint64 amount, uint64 part) public {
        uint64 amountMinor = uint64(bound(amount, 2, LIMIT));
        uint64 partMinor = uint64(bound(part, 1, amountMinor));
        PieceId id = _held(amountMinor);
        PieceId bought = _financed(id, partMinor);
        _assertAmount(id, amountMinor - partMinor);
        _assertAmount(bought, partMinor);
        (, uint64 financedMinor) = reader.financing(bank.id, issuer.id, CNY);
        assertEq(financedMinor, partMinor, "financed");
        _assertUsed(amountMinor);
    }
}

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
        PieceId[] memory pieces = new PieceId[](3);
        (pieces[0], pieces[1], pieces[2]) = (id, child, bought);
        uint256 banks = money.balanceOf(bank.key);
        vm.expectEmit(address(ledger));
        emit ICreditLedger.PieceRedeemed(id, 100, address(money));
        vm.expectEmit(address(ledger));
        emit ICreditLedger.Transfer(supplier.key, address(0), PieceId.unwrap(id));
        vm.expectEmit(address(ledger));
        emit ICreditLedger.PieceRedeemed(child, 100, address(money));
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
            _assertState(pieces[i], PieceState.Redeemed);
        }
        _assertAmount(bought, 300);
        assertEq(tokens.balanceOf(PieceId.unwrap(bought)), 0, "no token any more");
    }

    function test_nothing_is_paid_before_maturity() public {
        PieceId id = _held(500);
        vm.warp(uint256(MATURITY) * 1 days - 8 hours - 1);
        _refused(
            id, issuer, abi.encodeWithSelector(ICreditLedger.NotMature.selector, id.obligation(), MATURITY, MATURITY - 1)
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
                id, others[i], abi.encodeWithSelector(ICreditLedger.NotTheIssuer.selector, line, issuer.id, others[i].id)
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
        PieceId[] memory pieces = new PieceId[](2);
        (pieces[0], pieces[1]) = (id, other);
        vm.expectRevert(abi.encodeWithSelector(ICreditLedger.NotTheIssuer.selector, foreign, otherIssuer.id, issuer.id));
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
        PieceId[] memory pieces = new PieceId[](2);
        (pieces[0], pieces[1]) = (id, other);
        vm.expectRevert(abi.encodeWithSelector(ICreditLedger.CurrencyMismatch.selector, CNY, EUR));
        vm.prank(issuer.key);
        ledger.redeem(pieces, address(money));
        vm.expectRevert(abi.encodeWithSelector(ISettlement.TokenNotApproved.selector, address(money), EUR));
        vm.prank(issuer.key);
        ledger.redeem(_one(other), address(money));
    }

    function test_a_piece_is_paid_once() public {
        PieceId id = _held(500);
        _mature();
        PieceId[] memory twice = new PieceId[](2);
        (twice[0], twice[1]) = (id, id);
        bytes memory reason = abi.encodeWithSelector(ICreditLedger.PieceNotInState.selector, id, PieceState.Redeemed);
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
        _refused(child, issuer, abi.encodeWithSelector(ICreditLedger.PieceNotInState.selector, child, PieceState.Offered));
        _refused(id, issuer, abi.encodeWithSelector(ICreditLedger.OffersOpen.selector, id, 1));
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
        _refused(id, issuer, abi.encodeWithSelector(ICreditLedger.ZeroAmount.selector));
        vm.expectRevert(abi.encodeWithSelector(ICreditLedger.NothingNamed.selector));
        vm.prank(issuer.key);
        ledger.redeem(new PieceId[](0), address(money));
    }

    function test_nobodys_suspension_is_in_the_way_of_a_payment() public {
        PieceId id = _held(500);
        PieceId child = _passed(id, supplier, second, 100);
        _accept(second, child);
        participants.suspend(supplier.id);
        participants.renew(second.id, START_DAY);
        participants.suspend(issuer.id);
        _mature();
        PieceId[] memory pieces = new PieceId[](2);
        (pieces[0], pieces[1]) = (id, child);
        vm.prank(issuer.key);
        ledger.redeem(pieces, address(money));
        assertEq(money.balanceOf(supplier.key), 400, "suspended holder");
        assertEq(money.balanceOf(second.key), 100, "expired holder");
    }

    function test_a_piece_on_hold_is_paid() public {
        PieceId id = _held(500);
        // The state is in bits 168 to 175 of the piece's word; 4 is on hold.
        bytes32 slot = keccak256(abi.encode(id, uint256(7)));
        uint256 word = uint256(vm.load(address(ledger), slot));
        vm.store(address(ledger), slot, bytes32((word & ~(uint256(255) << 168)) | (uint256(4) << 168)));
        _assertState(id, PieceState.OnHold);
        Leg[] memory legs = _legs(supplier, second, 100);
        vm.expectRevert(abi.encodeWithSelector(ICreditLedger.PieceNotInState.selector, id, PieceState.OnHold));
        vm.prank(supplier.key);
        ledger.transfer(_ref(id), legs);
        _mature();
        _redeem(id);
        assertEq(money.balanceOf(supplier.key), 500, "paid");
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
        emit ICreditLedger.ObligationOverdue(obligation, 500);
        vm.prank(address(0xdead));
        maturity.markOverdue(obligation);
        assertTrue(reader.obligation(obligation).overdue, "overdue");
        (, uint32 overdueCount) = reader.issuer(issuer.id);
        assertEq(overdueCount, 1, "count");

        Leg[] memory legs = _legs(issuer, supplier, 100);
        vm.expectRevert(abi.encodeWithSelector(ICreditLedger.IssuerOverdue.selector, issuer.id, 1));
        vm.prank(issuer.key);
        ledger.issue(line, VOUCHER, MATURITY + 90, false, legs);

        vm.expectEmit(address(ledger));
        emit ICreditLedger.ObligationCured(obligation);
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
        vm.expectRevert(abi.encodeWithSelector(ICreditLedger.NothingOwed.selector, id.obligation()));
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
            abi.encodeWithSelector(ICreditLedger.NotOverdueYet.selector, id, uint256(MATURITY) + 4, MATURITY + 3)
        );
        maturity.markOverdue(id);
        vm.warp(block.timestamp + 1);
        maturity.markOverdue(id);
        vm.expectRevert(abi.encodeWithSelector(ICreditLedger.AlreadyOverdue.selector, id));
        maturity.markOverdue(id);
    }

    function test_nothing_owed_is_never_overdue() public {
        PieceId id = _held(500);
        _mature();
        _redeem(id);
        _beOverdue();
        vm.expectRevert(abi.encodeWithSelector(ICreditLedger.NothingOwed.selector, id.obligation()));
        maturity.markOverdue(id.obligation());
        vm.expectRevert(abi.encodeWithSelector(ICreditLedger.NothingOwed.selector, ObligationId.wrap(77)));
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
