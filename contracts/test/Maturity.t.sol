// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ICreditLedger} from "../interfaces/ICreditLedger.sol";
import {IFinancing} from "../interfaces/IFinancing.sol";
import {IHolds} from "../interfaces/IHolds.sol";
import {ILedgerParts} from "../interfaces/ILedgerParts.sol";
import {ILedgerReader} from "../interfaces/ILedgerReader.sol";
import {IMaturity} from "../interfaces/IMaturity.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {IRulebook} from "../interfaces/IRulebook.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";
import {IssuerWord, IssuerWords} from "../libraries/IssuerWords.sol";
import {ObligationWord} from "../libraries/ObligationWords.sol";
import {PaymentWord} from "../libraries/PaymentWords.sol";
import {PieceWord} from "../libraries/PieceWords.sol";
import {EvidenceId, LineId, ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {Leg, PieceState, Signature} from "../types/Movements.sol";
import {PieceReference, PieceReferences} from "../types/PieceReference.sol";
import {BANK, REGULATOR, SUPPLIER} from "../types/Roles.sol";
import {RULE_CONTEST, RULE_CURED, RULE_GRACE, ruleId} from "../types/RuleIds.sol";
import {ReentrantToken} from "./Hostile.t.sol";
import {World} from "./World.t.sol";

/// @notice A holder with an account bank, and a court.
abstract contract PaymentWorld is World {
    uint256 internal constant CONTEST_SECONDS = 48 hours;
    uint256 internal constant MATURITY_STARTS = uint256(MATURITY) * 1 days - 8 hours;

    Company internal house;
    Company internal holder;
    Company internal court;

    function setUp() public virtual override {
        super.setUp();
        house = _company("house bank", BANK);
        court = _company("court", REGULATOR);
        (holder.key, holder.secret) = _keyOf("holder");
        holder.id = participants.register(holder.key, holder.key, SUPPLIER, 0, NEVER, house.id);
    }

    /// A piece that the issuer issued to the holder.
    function _owned(uint64 amountMinor) internal returns (PieceId) {
        return _ownedBy(holder, amountMinor, false);
    }

    function _ownedBy(Company memory owner, uint64 amountMinor, bool recourse) internal returns (PieceId id) {
        Leg[] memory legs = _legs(issuer, owner, amountMinor);
        vm.prank(issuer.key);
        id = ledger.issue(line, VOUCHER, MATURITY, recourse, legs).piece(1);
        _accept(owner, id);
    }

    /// A part of the holder's piece that the bank bought.
    function _boughtByBank(PieceId id, uint64 amountMinor) internal returns (PieceId) {
        IFinancing.FinanceOffer memory offer = _offer(bank, id, amountMinor);
        Signature memory signature = _signed(bank, _offerDigest(offer));
        vm.prank(holder.key);
        return financing.finance(offer, signature, _unsigned(), 0);
    }

    function _payPart(PieceId id, uint64 amountMinor) internal returns (PieceId) {
        PieceReference named = _ref(id);
        vm.prank(issuer.key);
        return maturity.payPart(named, amountMinor, address(money));
    }

    function _holdByCourt(PieceId id) internal {
        PieceReference[] memory named = _one(id);
        vm.prank(court.key);
        holds.holdByCourt(named, "order");
    }

    function _financedBy(Company memory of_) internal view returns (uint64 financedMinor) {
        (, financedMinor) = reader.financing(of_.id, issuer.id, CNY);
    }

    function _live(PieceId id) internal view returns (uint64) {
        return ledger.obligationWord(id.obligation()).liveMinor();
    }

    function _stopped() internal view returns (bool) {
        (,, uint16 roles) = participants.actor(issuer.key);
        return roles >> 15 != 0;
    }

    /// Changes a field of a piece's or an obligation's word, as only a test can.
    function _setField(uint256 mappingSlot, uint256 key, uint256 shift, uint256 bits, uint256 value) internal {
        bytes32 slot = keccak256(abi.encode(key, mappingSlot));
        uint256 mask = ((1 << bits) - 1) << shift;
        uint256 word = uint256(vm.load(address(ledger), slot)) & ~mask;
        vm.store(address(ledger), slot, bytes32(word | (value << shift)));
    }

    function _usePiecesUp(PieceId id) internal {
        _setField(6, ObligationId.unwrap(id.obligation()), 144, 16, type(uint16).max);
        assertEq(ledger.obligationWord(id.obligation()).pieceCount(), type(uint16).max, "field of the piece count");
    }

    function _useHopsUp(PieceId id) internal {
        _setField(7, PieceId.unwrap(id), 168, 8, type(uint8).max);
        assertEq(ledger.pieceWord(id).hops(), type(uint8).max, "field of the hops");
    }

    /// All pieces of an obligation make up its face, and those that somebody is still owed for what is live.
    function _assertSum(PieceId id) internal view {
        ObligationId obligation = id.obligation();
        ObligationWord terms = ledger.obligationWord(obligation);
        uint256 sum = 0;
        uint256 live = 0;
        for (uint16 i = 1; i <= terms.pieceCount(); ++i) {
            PieceWord word = ledger.pieceWord(obligation.piece(i));
            sum += word.amountMinor();
            PieceState state = word.state();
            if (state == PieceState.Offered || state == PieceState.Held || state == PieceState.Locked) live += word.amountMinor();
        }
        assertEq(sum, terms.faceMinor(), "face");
        assertEq(live, terms.liveMinor(), "live");
    }
}

contract PartPaymentTest is PaymentWorld {
    function _refused(PieceId id, uint64 amountMinor, Company memory caller, bytes memory reason) private {
        _refusedNamed(_ref(id), amountMinor, caller, reason);
    }

    function _refusedNamed(PieceReference named, uint64 amountMinor, Company memory caller, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(caller.key);
        maturity.payPart(named, amountMinor, address(money));
    }

    function test_a_part_that_is_paid_becomes_a_redeemed_piece() public {
        PieceId id = _owned(500);
        PieceId child = id.obligation().piece(2);
        PieceReference named = _ref(id);
        _mature();
        vm.expectEmit(address(ledger));
        emit IMaturity.PartRedeemed(child, id, 200, holder.id, address(money));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.TransferValue(PieceId.unwrap(id), PieceId.unwrap(child), 200);
        vm.prank(issuer.key);
        assertTrue(maturity.payPart(named, 200, address(money)) == child, "the redeemed piece");

        assertEq(money.balanceOf(holder.key), 200, "the holder's cash");
        assertEq(money.balanceOf(address(settlement)) + money.balanceOf(address(ledger)), 0, "contracts hold no cash");
        ILedgerReader.Piece memory part = reader.piece(child);
        assertTrue(part.owner == holder.id && part.parent == id && part.amountMinor == 200 && part.payment, "part");
        assertTrue(part.hops == 2 && part.tier == 1 && EvidenceId.unwrap(part.evidence) == 0, "no trade");
        assertTrue(part.state == PieceState.Redeemed && !part.financed && part.useIndex == 0 && part.deadline == 0, "paid");
        ILedgerReader.Piece memory rest = reader.piece(id);
        assertTrue(rest.amountMinor == 300 && rest.state == PieceState.Held, "the rest is held");
        assertTrue(rest.childCount == 1 && rest.openOffers == 0, "counts");
        assertEq(reader.obligation(id.obligation()).pieceCount, 2, "pieces");
        assertEq(reader.path(child).length, 2, "path");
        assertEq(_live(id), 300, "live");
        _assertUsed(300);
        _assertSum(id);
    }

    function test_all_that_is_left_is_redeemed_itself() public {
        PieceId id = _owned(500);
        _mature();
        _payPart(id, 200);
        PieceReference named = _ref(id);
        vm.expectEmit(address(ledger));
        emit ILedgerParts.PieceRedeemed(id, 300, holder.id, address(money));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.Transfer(holder.key, address(0), PieceId.unwrap(id));
        vm.prank(issuer.key);
        assertTrue(maturity.payPart(named, 300, address(money)) == id, "the redeemed piece");
        _assertState(id, PieceState.Redeemed);
        _assertAmount(id, 300);
        assertEq(reader.obligation(id.obligation()).pieceCount, 2, "no further piece");
        assertEq(money.balanceOf(holder.key), 500, "all paid");
        _assertUsed(0);
        _assertSum(id);
        _refused(id, 1, issuer, abi.encodeWithSelector(ILedgerParts.PieceNotInState.selector, id, PieceState.Redeemed));
    }

    function test_what_is_left_beside_an_open_offer_is_paid_as_a_part() public {
        PieceId id = _owned(500);
        PieceId offered = _passed(id, holder, second, 100);
        _mature();
        PieceId part = _payPart(id, 400);
        assertTrue(part == id.obligation().piece(3), "a piece of its own");
        _assertAmount(id, 0);
        _assertState(id, PieceState.Held);
        ledger.expire(_one(offered));
        _assertAmount(id, 100);
        _redeem(id);
        assertEq(money.balanceOf(holder.key), 500, "nothing lost");
        _assertUsed(0);
        _assertSum(id);
    }

    function test_only_the_issuer_pays_in_parts_and_not_before_maturity() public {
        PieceId id = _owned(500);
        vm.warp(MATURITY_STARTS - 1);
        _refused(
            id, 200, issuer, abi.encodeWithSelector(ILedgerParts.NotMature.selector, id.obligation(), MATURITY, MATURITY - 1)
        );
        vm.warp(MATURITY_STARTS);
        Company[4] memory others = [holder, bank, operator, otherIssuer];
        for (uint256 i = 0; i < others.length; ++i) {
            _refused(
                id, 200, others[i], abi.encodeWithSelector(ILedgerParts.NotTheIssuer.selector, line, issuer.id, others[i].id)
            );
        }
        _payPart(id, 200);
    }

    function test_a_part_is_of_a_held_piece_and_no_more_than_it() public {
        PieceId id = _owned(500);
        PieceId offered = _passed(id, holder, second, 100);
        _mature();
        _refused(id, 0, issuer, abi.encodeWithSelector(ILedgerParts.ZeroAmount.selector));
        _refused(id, 401, issuer, abi.encodeWithSelector(ILedgerParts.AmountExceedsPiece.selector, id, 401, 400));
        _refused(
            offered, 50, issuer, abi.encodeWithSelector(ILedgerParts.PieceNotInState.selector, offered, PieceState.Offered)
        );
        PieceId none = id.obligation().piece(9);
        _refused(none, 50, issuer, abi.encodeWithSelector(ILedgerParts.PieceUnknown.selector, none));
    }

    function test_a_payment_fits_no_other_piece() public {
        PieceId id = _owned(500);
        _mature();
        PieceReference right = _ref(id);
        PieceReference[3] memory wrong = [
            PieceReferences.pack(id, 1, EvidenceId.wrap(1), MATURITY),
            PieceReferences.pack(id, 0, EvidenceId.wrap(2), MATURITY),
            PieceReferences.pack(id, 0, EvidenceId.wrap(1), MATURITY + 1)
        ];
        for (uint256 i = 0; i < wrong.length; ++i) {
            _refusedNamed(wrong[i], 200, issuer, abi.encodeWithSelector(ILedgerParts.PieceMismatch.selector, wrong[i], right));
        }
    }

    function test_a_part_is_paid_in_the_lines_money() public {
        PieceId id = _owned(500);
        PieceReference named = _ref(id);
        _mature();
        vm.expectRevert(abi.encodeWithSelector(ISettlement.TokenNotApproved.selector, address(77), CNY));
        vm.prank(issuer.key);
        maturity.payPart(named, 200, address(77));
    }

    function test_a_bank_counts_less_as_financed_with_every_part() public {
        PieceId id = _owned(500);
        PieceId bought = _boughtByBank(id, 300);
        _mature();
        PieceId part = _payPart(bought, 100);
        assertEq(_financedBy(bank), 200, "after a part");
        assertTrue(!reader.piece(part).financed && reader.piece(part).hops == 3 && reader.piece(part).tier == 1, "part");
        _payPart(bought, 200);
        assertEq(_financedBy(bank), 0, "after all");
        _assertSum(id);
    }

    function test_nobodys_suspension_stops_a_part_payment() public {
        PieceId id = _owned(500);
        participants.suspend(holder.id);
        participants.suspend(issuer.id);
        _mature();
        _payPart(id, 200);
        _payPart(id, 300);
        assertEq(money.balanceOf(holder.key), 500, "paid");
    }

    function test_no_hold_stops_a_part_payment() public {
        PieceId id = _owned(500);
        PieceReference[] memory named = _one(id);
        vm.prank(holder.key);
        holds.dispute(named, "reason");
        _mature();
        _payPart(id, 200);
        assertEq(money.balanceOf(holder.key), 200, "paid to the holder");
    }

    function test_what_a_court_holds_is_paid_to_the_courts_account() public {
        PieceId id = _owned(500);
        _holdByCourt(id);
        PieceReference named = _ref(id);
        _mature();
        vm.expectEmit(address(ledger));
        emit IMaturity.PartRedeemed(id.obligation().piece(2), id, 200, court.id, address(money));
        vm.prank(issuer.key);
        maturity.payPart(named, 200, address(money));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.Transfer(holder.key, court.key, PieceId.unwrap(id));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.PieceRedeemed(id, 300, court.id, address(money));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.Transfer(court.key, address(0), PieceId.unwrap(id));
        vm.prank(issuer.key);
        maturity.payPart(named, 300, address(money));
        assertEq(money.balanceOf(court.key), 500, "court's account");
        assertEq(money.balanceOf(holder.key), 0, "holder");
        assertTrue(reader.piece(id.obligation().piece(2)).owner == holder.id, "the part is still the holder's");
    }

    function test_the_order_nearest_to_a_piece_says_which_court_is_paid() public {
        PieceId id = _owned(500);
        PieceId child = _passed(id, holder, second, 200);
        _accept(second, child);
        _holdByCourt(child);
        Company memory other = _company("other court", REGULATOR);
        vm.prank(other.key);
        holds.holdObligationByCourt(id.obligation(), MATURITY, "order");
        _mature();
        _redeem(id);
        _redeem(child);
        assertEq(money.balanceOf(other.key), 300, "the whole obligation");
        assertEq(money.balanceOf(court.key), 200, "the piece");
    }

    function test_the_maximum_of_pieces_stops_no_payment() public {
        IRulebook.RuleSet memory rules = _rules();
        rules.maxPieces = 1;
        rulebook.enact(VOUCHER, rules, START_DAY);
        PieceId id = _owned(500);
        _mature();
        _payPart(id, 200);
        assertEq(reader.obligation(id.obligation()).pieceCount, 2, "beyond the maximum");
    }

    function test_where_no_piece_can_be_cut_off_the_whole_is_still_paid() public {
        PieceId id = _owned(500);
        PieceId hopped = _owned(500);
        _usePiecesUp(id);
        _useHopsUp(hopped);
        _mature();
        _refused(id, 200, issuer, abi.encodeWithSelector(ILedgerParts.PiecesUsedUp.selector, id.obligation()));
        _payPart(id, 500);
        _refused(hopped, 200, issuer, abi.encodeWithSelector(ILedgerParts.HopsExceeded.selector, hopped, type(uint8).max, 0));
        _redeem(hopped);
        assertEq(money.balanceOf(holder.key), 1000, "both paid");
    }

    function test_the_last_part_cures() public {
        PieceId id = _owned(500);
        _beOverdue();
        maturity.markOverdue(id.obligation());
        _payPart(id, 200);
        assertTrue(reader.obligation(id.obligation()).overdue && _stopped(), "still overdue");
        PieceReference named = _ref(id);
        vm.expectEmit(address(ledger));
        emit ILedgerParts.ObligationCured(id.obligation());
        vm.prank(issuer.key);
        maturity.payPart(named, 300, address(money));
        assertTrue(!reader.obligation(id.obligation()).overdue && !_stopped(), "cured");
    }

    function test_money_that_calls_back_is_not_paid_twice() public {
        ReentrantToken token = new ReentrantToken();
        settlement.approveToken(address(token), CNY);
        token.mint(issuer.key, 10_000);
        vm.prank(issuer.key);
        token.approve(address(settlement), type(uint256).max);
        PieceId id = _owned(500);
        _mature();
        PieceReference named = _ref(id);
        vm.prank(house.key);
        maturity.attestPayment(named, 500, "reference");
        vm.warp(block.timestamp + CONTEST_SECONDS + 1);
        token.callBack(address(ledger), abi.encodeCall(maturity.completePayment, (named)));
        vm.prank(issuer.key);
        maturity.payPart(named, 500, address(token));
        assertTrue(token.called() && !token.succeeded(), "called back in vain");
        _assertState(id, PieceState.Redeemed);
        _assertSum(id);
    }

    function testFuzz_parts_add_up(uint64 amount, uint64[6] memory parts) public {
        uint64 amountMinor = uint64(bound(amount, 6, LIMIT));
        PieceId id = _owned(amountMinor);
        _mature();
        uint64 left = amountMinor;
        for (uint256 i = 0; i < parts.length && left != 0; ++i) {
            uint64 least = (amountMinor + 99) / 100;
            uint64 part = uint64(bound(parts[i], least < left ? least : left, left));
            _payPart(id, part);
            left -= part;
            assertEq(money.balanceOf(holder.key), amountMinor - left, "paid so far");
            assertEq(_live(id), left, "live");
            _assertUsed(left);
            _assertSum(id);
        }
        if (left != 0) _redeem(id);
        assertEq(money.balanceOf(holder.key), amountMinor, "nothing twice, nothing lost");
        _assertUsed(0);
        _assertSum(id);
    }
}

contract EarlyRedemptionTest is PaymentWorld {
    function _agreement(PieceId id, uint64 amountMinor, uint64 priceMinor) private view returns (IMaturity.EarlyRedemption memory) {
        return IMaturity.EarlyRedemption({
            piece: _ref(id),
            amountMinor: amountMinor,
            priceMinor: priceMinor,
            cashToken: address(money),
            childCount: ledger.pieceWord(id).childCount(),
            validUntil: uint40(block.timestamp + 1 hours)
        });
    }

    function _agreementDigest(IMaturity.EarlyRedemption memory agreement) private view returns (bytes32) {
        bytes32 typeHash = keccak256(
            "EarlyRedemption(uint80 piece,uint16 parentIndex,uint40 evidence,uint16 maturityDay,uint64 amountMinor,uint64 priceMinor,address cashToken,uint16 childCount,uint40 validUntil)"
        );
        PieceReference named = agreement.piece;
        bytes memory ofPiece =
            abi.encode(typeHash, named.piece(), named.parentIndex(), named.evidence(), named.maturityDay(), agreement.amountMinor);
        bytes memory rest =
            abi.encode(agreement.priceMinor, agreement.cashToken, agreement.childCount, agreement.validUntil);
        return _digest("Pearlchain CreditLedger", address(ledger), keccak256(bytes.concat(ofPiece, rest)));
    }

    function _refused(IMaturity.EarlyRedemption memory agreement, bytes memory reason) private {
        _refused(agreement, _signed(holder, _agreementDigest(agreement)), issuer, reason);
    }

    function _refused(
        IMaturity.EarlyRedemption memory agreement,
        Signature memory signature,
        Company memory caller,
        bytes memory reason
    ) private {
        vm.expectRevert(reason);
        vm.prank(caller.key);
        maturity.redeemEarly(agreement, signature);
        assertEq(money.balanceOf(holder.key), 0, "no cash moved");
    }

    function test_the_issuer_pays_early_what_the_holder_agreed_to() public {
        PieceId id = _owned(500);
        IMaturity.EarlyRedemption memory agreement = _agreement(id, 500, 490);
        Signature memory signature = _signed(holder, _agreementDigest(agreement));
        vm.expectEmit(address(ledger));
        emit IMaturity.PieceRedeemedEarly(id, 500, 490, address(money));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.Transfer(holder.key, address(0), PieceId.unwrap(id));
        vm.prank(issuer.key);
        maturity.redeemEarly(agreement, signature);
        assertEq(money.balanceOf(holder.key), 490, "the price");
        _assertState(id, PieceState.Redeemed);
        _assertAmount(id, 500);
        assertEq(_live(id), 0, "live");
        _assertUsed(0);
        _assertSum(id);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceNotInState.selector, id, PieceState.Redeemed));
        vm.prank(issuer.key);
        maturity.redeemEarly(agreement, signature);
    }

    function test_an_early_price_is_at_most_the_amount_and_at_least_something() public {
        PieceId id = _owned(500);
        _refused(_agreement(id, 500, 501), abi.encodeWithSelector(IMaturity.PriceAboveAmount.selector, 501, 500));
        _refused(_agreement(id, 500, 0), abi.encodeWithSelector(ILedgerParts.ZeroAmount.selector));
        IMaturity.EarlyRedemption memory full = _agreement(id, 500, 500);
        Signature memory signature = _signed(holder, _agreementDigest(full));
        vm.prank(issuer.key);
        maturity.redeemEarly(full, signature);
        assertEq(money.balanceOf(holder.key), 500, "all of it");
    }

    function test_an_early_payment_is_of_all_that_the_holder_had_when_it_signed() public {
        PieceId id = _owned(500);
        _refused(_agreement(id, 499, 400), abi.encodeWithSelector(IMaturity.AgreementStale.selector, id, 500, 0));
        _refused(_agreement(id, 501, 400), abi.encodeWithSelector(ILedgerParts.AmountExceedsPiece.selector, id, 501, 500));
        _refused(_agreement(id, 0, 400), abi.encodeWithSelector(ILedgerParts.ZeroAmount.selector));
        IMaturity.EarlyRedemption memory agreement = _agreement(id, 500, 400);
        PieceId offered = _passed(id, holder, second, 100);
        vm.prank(second.key);
        ledger.reject(_one(offered), 0);
        _refused(agreement, abi.encodeWithSelector(IMaturity.AgreementStale.selector, id, 500, 1));
    }

    function test_nothing_is_paid_early_while_an_offer_is_open() public {
        PieceId id = _owned(500);
        _passed(id, holder, second, 100);
        _refused(_agreement(id, 400, 390), abi.encodeWithSelector(ILedgerParts.OffersOpen.selector, id, 1));
    }

    function test_a_hold_stops_an_early_payment() public {
        PieceId id = _owned(500);
        _holdByCourt(id);
        _refused(_agreement(id, 500, 490), abi.encodeWithSelector(ILedgerParts.PieceOnHold.selector, id, id));
    }

    function test_early_is_before_maturity_and_while_the_price_is_valid() public {
        PieceId id = _owned(500);
        IMaturity.EarlyRedemption memory agreement = _agreement(id, 500, 490);
        vm.warp(uint256(agreement.validUntil) + 1);
        _refused(agreement, abi.encodeWithSelector(ILedgerParts.OfferExpired.selector, id, agreement.validUntil));
        _mature();
        _refused(
            _agreement(id, 500, 490),
            abi.encodeWithSelector(ILedgerParts.ObligationMatured.selector, id.obligation(), MATURITY, MATURITY)
        );
    }

    function test_an_early_price_holds_up_to_its_last_second() public {
        PieceId id = _owned(500);
        IMaturity.EarlyRedemption memory agreement = _agreement(id, 500, 490);
        Signature memory signature = _signed(holder, _agreementDigest(agreement));
        vm.warp(agreement.validUntil);
        vm.prank(issuer.key);
        maturity.redeemEarly(agreement, signature);
        assertEq(money.balanceOf(holder.key), 490, "paid");
    }

    function test_only_the_holder_agrees_and_only_the_issuer_pays() public {
        PieceId id = _owned(500);
        IMaturity.EarlyRedemption memory agreement = _agreement(id, 500, 490);
        Signature memory signature = _signed(holder, _agreementDigest(agreement));
        _refused(
            agreement,
            _signed(second, _agreementDigest(agreement)),
            issuer,
            abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, holder.id, second.key)
        );
        _refused(agreement, signature, bank, abi.encodeWithSelector(ILedgerParts.NotTheIssuer.selector, line, issuer.id, bank.id));
        agreement.priceMinor = 1;
        _refused(
            agreement, signature, issuer, abi.encodeWithSelector(ILedgerParts.SignatureInvalid.selector, holder.id, holder.key)
        );
        agreement.priceMinor = 490;
        vm.chainId(4242);
        _refused(
            agreement, signature, issuer, abi.encodeWithSelector(ILedgerParts.SignatureInvalid.selector, holder.id, holder.key)
        );
    }

    function test_every_word_of_an_agreement_is_signed() public {
        PieceId id = _owned(500);
        PieceId twin = _owned(500);
        IMaturity.EarlyRedemption memory agreement = _agreement(id, 500, 490);
        Signature memory signature = _signed(holder, _agreementDigest(agreement));
        bytes memory reason = abi.encodeWithSelector(ILedgerParts.SignatureInvalid.selector, holder.id, holder.key);
        IMaturity.EarlyRedemption memory other = _agreement(twin, 500, 490);
        _refused(other, signature, issuer, reason);
        other = _agreement(id, 500, 490);
        other.cashToken = address(77);
        _refused(other, signature, issuer, reason);
        other = _agreement(id, 500, 490);
        other.validUntil += 1;
        _refused(other, signature, issuer, reason);
    }

    function test_a_suspended_holder_agrees_to_nothing_and_a_suspended_issuer_may_pay() public {
        PieceId id = _owned(500);
        participants.suspend(holder.id);
        _refused(_agreement(id, 500, 490), abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, holder.id));
        participants.reinstate(holder.id);
        participants.suspend(issuer.id);
        IMaturity.EarlyRedemption memory agreement = _agreement(id, 500, 490);
        Signature memory signature = _signed(holder, _agreementDigest(agreement));
        vm.prank(issuer.key);
        maturity.redeemEarly(agreement, signature);
        assertEq(money.balanceOf(holder.key), 490, "paid");
    }

    function test_a_bank_that_is_paid_early_has_financed_less() public {
        PieceId bought = _boughtByBank(_owned(500), 300);
        uint256 cash = money.balanceOf(bank.key);
        IMaturity.EarlyRedemption memory agreement = _agreement(bought, 300, 299);
        Signature memory signature = _signed(bank, _agreementDigest(agreement));
        vm.prank(issuer.key);
        maturity.redeemEarly(agreement, signature);
        assertEq(_financedBy(bank), 0, "financed");
        assertEq(money.balanceOf(bank.key), cash + 299, "paid");
        _assertUsed(200);
        _assertSum(bought);
    }

    function testFuzz_the_issuer_pays_the_price_and_the_amount_is_redeemed(uint64 amount, uint64 price) public {
        uint64 amountMinor = uint64(bound(amount, 1, LIMIT));
        uint64 priceMinor = uint64(bound(price, 1, amountMinor));
        PieceId id = _owned(amountMinor);
        IMaturity.EarlyRedemption memory agreement = _agreement(id, amountMinor, priceMinor);
        Signature memory signature = _signed(holder, _agreementDigest(agreement));
        vm.prank(issuer.key);
        maturity.redeemEarly(agreement, signature);
        assertEq(money.balanceOf(holder.key), priceMinor, "price");
        _assertAmount(id, amountMinor);
        _assertUsed(0);
        _assertSum(id);
    }
}

contract AttestedPaymentTest is PaymentWorld {
    function _confirm(Company memory caller, PieceId id, uint64 amountMinor) private returns (PieceId) {
        PieceReference named = _ref(id);
        vm.prank(caller.key);
        return maturity.confirmPayment(named, amountMinor, "reference");
    }

    function _refusedConfirm(Company memory caller, PieceId id, uint64 amountMinor, bytes memory reason) private {
        PieceReference named = _ref(id);
        vm.expectRevert(reason);
        vm.prank(caller.key);
        maturity.confirmPayment(named, amountMinor, "reference");
    }

    function _attest(PieceId id, uint64 amountMinor) private {
        PieceReference named = _ref(id);
        vm.prank(house.key);
        maturity.attestPayment(named, amountMinor, "reference");
    }

    function _refusedAttest(Company memory caller, PieceId id, uint64 amountMinor, bytes memory reason) private {
        PieceReference named = _ref(id);
        vm.expectRevert(reason);
        vm.prank(caller.key);
        maturity.attestPayment(named, amountMinor, "reference");
    }

    function _contest(PieceId id) private {
        PieceReference named = _ref(id);
        vm.prank(holder.key);
        maturity.contestPayment(named, "nothing came");
    }

    function _refusedContest(Company memory caller, PieceId id, bytes memory reason) private {
        PieceReference named = _ref(id);
        vm.expectRevert(reason);
        vm.prank(caller.key);
        maturity.contestPayment(named, "nothing came");
    }

    function _refusedComplete(PieceId id, bytes memory reason) private {
        PieceReference named = _ref(id);
        vm.expectRevert(reason);
        maturity.completePayment(named);
    }

    function _attestedMinor(PieceId id) private view returns (uint64) {
        return maturity.paymentWord(id).amountMinor();
    }

    // ---------------------------------------------------------------- who is to be paid says so

    function test_the_owner_confirms_that_a_part_was_paid_off_chain() public {
        PieceId id = _owned(500);
        PieceId child = id.obligation().piece(2);
        PieceReference named = _ref(id);
        _mature();
        vm.expectEmit(address(ledger));
        emit IMaturity.PaymentConfirmed(id, 200, holder.id, "reference");
        vm.expectEmit(address(ledger));
        emit IMaturity.PartRedeemed(child, id, 200, holder.id, address(0));
        vm.prank(holder.key);
        assertTrue(maturity.confirmPayment(named, 200, "reference") == child, "the redeemed piece");
        _assertAmount(id, 300);
        _assertState(child, PieceState.Redeemed);
        assertEq(money.balanceOf(holder.key), 0, "no cash on chain");
        _assertUsed(300);
        _assertSum(id);
    }

    function test_the_owner_confirms_that_all_was_paid_off_chain() public {
        PieceId id = _owned(500);
        PieceReference named = _ref(id);
        _mature();
        vm.expectEmit(address(ledger));
        emit ILedgerParts.PieceRedeemed(id, 500, holder.id, address(0));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.Transfer(holder.key, address(0), PieceId.unwrap(id));
        vm.prank(holder.key);
        assertTrue(maturity.confirmPayment(named, 500, "reference") == id, "itself");
        _assertState(id, PieceState.Redeemed);
        _assertUsed(0);
    }

    function test_nobody_else_confirms() public {
        PieceId id = _owned(500);
        _mature();
        Company[4] memory others = [issuer, house, bank, court];
        for (uint256 i = 0; i < others.length; ++i) {
            _refusedConfirm(
                others[i], id, 500, abi.encodeWithSelector(IMaturity.NotThePayee.selector, id, holder.id, others[i].id)
            );
        }
        PieceReference named = _ref(id);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, address(this)));
        maturity.confirmPayment(named, 500, "reference");
    }

    function test_a_confirmation_is_of_what_is_due_and_there() public {
        PieceId id = _owned(500);
        _refusedConfirm(
            holder, id, 500, abi.encodeWithSelector(ILedgerParts.NotMature.selector, id.obligation(), MATURITY, START_DAY)
        );
        _mature();
        _refusedConfirm(holder, id, 501, abi.encodeWithSelector(ILedgerParts.AmountExceedsPiece.selector, id, 501, 500));
        _refusedConfirm(holder, id, 0, abi.encodeWithSelector(ILedgerParts.ZeroAmount.selector));
    }

    function test_a_suspended_owner_confirms_so_that_its_issuer_can_have_paid() public {
        PieceId id = _owned(500);
        participants.suspend(holder.id);
        _mature();
        _confirm(holder, id, 500);
        _assertState(id, PieceState.Redeemed);
    }

    function test_for_what_a_court_holds_only_the_court_confirms() public {
        PieceId id = _owned(500);
        _holdByCourt(id);
        _mature();
        _refusedConfirm(holder, id, 500, abi.encodeWithSelector(IMaturity.NotThePayee.selector, id, court.id, holder.id));
        _refusedAttest(house, id, 500, abi.encodeWithSelector(IMaturity.PieceHeldByCourt.selector, id, court.id));
        PieceReference named = _ref(id);
        vm.expectEmit(address(ledger));
        emit IMaturity.PaymentConfirmed(id, 500, court.id, "reference");
        vm.expectEmit(address(ledger));
        emit ILedgerParts.PieceRedeemed(id, 500, court.id, address(0));
        vm.prank(court.key);
        maturity.confirmPayment(named, 500, "reference");
    }

    // ---------------------------------------------------------------- the account bank says so

    function test_what_the_account_bank_attests_waits_for_the_owner() public {
        PieceId id = _owned(500);
        PieceReference named = _ref(id);
        _mature();
        uint40 until = uint40(MATURITY_STARTS + CONTEST_SECONDS);
        vm.expectEmit(address(ledger));
        emit IMaturity.PaymentAttested(id, house.id, 200, "reference", until);
        vm.prank(house.key);
        maturity.attestPayment(named, 200, "reference");
        PaymentWord word = maturity.paymentWord(id);
        assertTrue(word.amountMinor() == 200 && word.contestableUntil() == until && !word.isContested(), "word");
        _assertAmount(id, 500);
        _assertUsed(500);
        vm.warp(until);
        bytes memory reason =
            abi.encodeWithSelector(IMaturity.ContestStillOpen.selector, id, until, ruleId(VOUCHER, 1, RULE_CONTEST));
        _refusedComplete(id, reason);

        vm.warp(uint256(until) + 1);
        PieceId child = id.obligation().piece(2);
        vm.expectEmit(address(ledger));
        emit IMaturity.PaymentCompleted(id);
        vm.expectEmit(address(ledger));
        emit IMaturity.PartRedeemed(child, id, 200, holder.id, address(0));
        assertTrue(maturity.completePayment(named) == child, "the redeemed piece");
        _assertAmount(id, 300);
        _assertUsed(300);
        _assertSum(id);
        assertEq(PaymentWord.unwrap(maturity.paymentWord(id)), 0, "forgotten");
        _refusedComplete(id, abi.encodeWithSelector(IMaturity.PaymentNotAttested.selector, id));
    }

    function test_all_that_was_attested_is_redeemed_itself() public {
        PieceId id = _owned(500);
        _mature();
        _attest(id, 500);
        vm.warp(block.timestamp + CONTEST_SECONDS + 1);
        PieceReference named = _ref(id);
        assertTrue(maturity.completePayment(named) == id, "itself");
        _assertState(id, PieceState.Redeemed);
        _assertUsed(0);
    }

    function test_only_the_owners_account_bank_attests() public {
        PieceId id = _owned(500);
        PieceId without = _held(500);
        _mature();
        _refusedAttest(bank, id, 500, abi.encodeWithSelector(IMaturity.NotTheAccountBank.selector, id, house.id, bank.id));
        _refusedAttest(issuer, id, 500, abi.encodeWithSelector(ILedgerParts.RoleMissing.selector, issuer.id, BANK));
        participants.suspend(house.id);
        _refusedAttest(house, id, 500, abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, house.id));
        participants.reinstate(house.id);
        _refusedAttest(
            house, without, 500, abi.encodeWithSelector(IMaturity.NotTheAccountBank.selector, without, PartyId.wrap(0), house.id)
        );
    }

    function test_the_issuers_group_attests_nothing() public {
        PieceId id = _owned(500);
        _mature();
        participants.regroup(house.id, 7);
        participants.regroup(issuer.id, 7);
        _refusedAttest(house, id, 500, abi.encodeWithSelector(IParticipants.RelatedParties.selector, house.id, issuer.id, 7));
    }

    function test_an_attestation_is_of_what_is_due_and_there() public {
        PieceId id = _owned(500);
        _refusedAttest(
            house, id, 500, abi.encodeWithSelector(ILedgerParts.NotMature.selector, id.obligation(), MATURITY, START_DAY)
        );
        _mature();
        _refusedAttest(house, id, 501, abi.encodeWithSelector(ILedgerParts.AmountExceedsPiece.selector, id, 501, 500));
        _refusedAttest(house, id, 0, abi.encodeWithSelector(ILedgerParts.ZeroAmount.selector));
    }

    function test_one_payment_is_attested_at_a_time() public {
        PieceId id = _owned(500);
        _mature();
        _attest(id, 200);
        _refusedAttest(house, id, 100, abi.encodeWithSelector(IMaturity.PaymentAlreadyAttested.selector, id, 200));
        _payPart(id, 305);
        _refusedAttest(house, id, 100, abi.encodeWithSelector(IMaturity.PaymentAlreadyAttested.selector, id, 200));
    }

    function test_what_others_pay_meanwhile_does_not_undo_what_was_attested() public {
        PieceId id = _owned(500);
        _mature();
        _attest(id, 500);
        _payPart(id, 5);
        vm.warp(block.timestamp + CONTEST_SECONDS + 1);
        PieceReference named = _ref(id);
        assertTrue(maturity.completePayment(named) == id, "all that is left");
        _assertAmount(id, 495);
        _assertState(id, PieceState.Redeemed);
        _assertUsed(0);
        _assertSum(id);
        assertEq(_attestedMinor(id), 0, "forgotten");
    }

    function test_what_the_owner_confirms_in_part_leaves_the_rest_attested() public {
        PieceId id = _owned(500);
        _mature();
        _attest(id, 300);
        uint40 until = maturity.paymentWord(id).contestableUntil();
        _confirm(holder, id, 297);
        PaymentWord word = maturity.paymentWord(id);
        assertTrue(word.amountMinor() == 3 && word.contestableUntil() == until && !word.isContested(), "the rest");
        vm.warp(uint256(until) + 1);
        // It is less than a part has to be, but of one that was large enough.
        PieceReference named = _ref(id);
        maturity.completePayment(named);
        _assertAmount(id, 200);
        _assertUsed(200);
        _assertSum(id);
    }

    function test_a_part_is_a_hundredth_of_the_face_or_all_that_is_left() public {
        PieceId id = _owned(5_001);
        PieceId small = _passed(id, holder, second, 40);
        _accept(second, small);
        _mature();
        bytes memory reason = abi.encodeWithSelector(ILedgerParts.PartTooSmall.selector, id, 50, 51);
        _refusedConfirm(holder, id, 50, reason);
        _refusedAttest(house, id, 50, reason);
        PieceReference named = _ref(id);
        vm.expectRevert(reason);
        vm.prank(issuer.key);
        maturity.payPart(named, 50, address(money));
        _attest(id, 51);
        _payPart(id, 51);
        _confirm(holder, id, 51);
        _refusedConfirm(second, small, 39, abi.encodeWithSelector(ILedgerParts.PartTooSmall.selector, small, 39, 40));
        _confirm(second, small, 40);
        _assertState(small, PieceState.Redeemed);
        _assertSum(id);
    }

    function test_one_holder_makes_so_few_pieces_that_all_others_can_be_paid() public {
        PieceId id = _owned(100_000);
        _mature();
        uint256 parts = 0;
        while (ledger.pieceWord(id).state() == PieceState.Held) {
            uint64 left = ledger.pieceWord(id).amountMinor();
            _confirm(holder, id, left < 1_000 ? left : 1_000);
            ++parts;
        }
        assertEq(parts, 100, "payments");
        assertEq(ledger.obligationWord(id.obligation()).pieceCount(), 100, "pieces");
    }

    function test_what_the_owner_contests_redeems_nothing() public {
        PieceId id = _owned(500);
        PieceReference named = _ref(id);
        _mature();
        _attest(id, 500);
        vm.warp(block.timestamp + CONTEST_SECONDS);
        vm.expectEmit(address(ledger));
        emit IMaturity.PaymentContested(id, "nothing came");
        vm.prank(holder.key);
        maturity.contestPayment(named, "nothing came");
        assertTrue(maturity.paymentWord(id).isContested(), "contested");
        vm.warp(block.timestamp + 1);
        bytes memory reason = abi.encodeWithSelector(IMaturity.PaymentInDispute.selector, id);
        _refusedComplete(id, reason);
        _refusedContest(holder, id, reason);
        _refusedAttest(house, id, 100, reason);
        _assertState(id, PieceState.Held);
        // The issuer can still pay on chain, and the owner say that it was paid.
        _payPart(id, 100);
        _confirm(holder, id, 100);
        assertEq(PaymentWord.unwrap(maturity.paymentWord(id)), 0, "the dispute is over");
        _attest(id, 300);
        _redeem(id);
        _assertUsed(0);
        _assertSum(id);
    }

    function test_only_the_owner_contests_and_only_in_time() public {
        PieceId id = _owned(500);
        _mature();
        _refusedContest(holder, id, abi.encodeWithSelector(IMaturity.PaymentNotAttested.selector, id));
        _attest(id, 500);
        _refusedContest(issuer, id, abi.encodeWithSelector(ILedgerParts.NotTheOwner.selector, id, holder.id, issuer.id));
        vm.warp(MATURITY_STARTS + CONTEST_SECONDS + 1);
        _refusedContest(
            holder,
            id,
            abi.encodeWithSelector(
                IMaturity.ContestOver.selector, id, MATURITY_STARTS + CONTEST_SECONDS, ruleId(VOUCHER, 1, RULE_CONTEST)
            )
        );
    }

    function test_a_contest_names_its_piece() public {
        PieceId id = _owned(500);
        _mature();
        _attest(id, 500);
        PieceReference wrong = PieceReferences.pack(id, 0, EvidenceId.wrap(1), MATURITY + 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceMismatch.selector, wrong, _ref(id)));
        vm.prank(holder.key);
        maturity.contestPayment(wrong, "nothing came");
    }

    function test_a_suspended_owner_contests() public {
        PieceId id = _owned(500);
        _mature();
        _attest(id, 500);
        participants.suspend(holder.id);
        _contest(id);
        assertTrue(maturity.paymentWord(id).isContested(), "contested");
    }

    function test_one_payment_does_not_count_twice_if_bank_and_owner_tell_of_it() public {
        PieceId id = _owned(500);
        _mature();
        _attest(id, 200);
        _confirm(holder, id, 200);
        vm.warp(block.timestamp + CONTEST_SECONDS + 1);
        _refusedComplete(id, abi.encodeWithSelector(IMaturity.PaymentNotAttested.selector, id));
        _assertAmount(id, 300);
    }

    function test_what_was_attested_is_in_nobodys_way() public {
        PieceId id = _owned(500);
        _mature();
        _attest(id, 200);
        _redeem(id);
        assertEq(money.balanceOf(holder.key), 500, "paid");
        vm.warp(block.timestamp + CONTEST_SECONDS + 1);
        _refusedComplete(id, abi.encodeWithSelector(ILedgerParts.PieceNotInState.selector, id, PieceState.Redeemed));
    }

    function test_a_court_that_came_in_between_is_paid_itself() public {
        PieceId id = _owned(500);
        _mature();
        _attest(id, 500);
        _holdByCourt(id);
        vm.warp(block.timestamp + CONTEST_SECONDS + 1);
        _refusedComplete(id, abi.encodeWithSelector(IMaturity.PieceHeldByCourt.selector, id, court.id));
        _confirm(court, id, 500);
        _assertState(id, PieceState.Redeemed);
    }

    function test_what_was_attested_cures() public {
        PieceId id = _owned(500);
        _beOverdue();
        maturity.markOverdue(id.obligation());
        _attest(id, 500);
        vm.warp(block.timestamp + CONTEST_SECONDS + 1);
        PieceReference named = _ref(id);
        maturity.completePayment(named);
        assertTrue(!reader.obligation(id.obligation()).overdue && !_stopped(), "cured");
    }

    function test_a_bank_that_was_paid_off_chain_has_financed_less() public {
        PieceId bought = _boughtByBank(_owned(500), 300);
        _mature();
        _confirm(bank, bought, 100);
        assertEq(_financedBy(bank), 200, "a part");
        _confirm(bank, bought, 200);
        assertEq(_financedBy(bank), 0, "all");
    }

    function testFuzz_nothing_is_paid_twice(uint64 amount, uint64[6] memory parts, uint8[6] memory ways) public {
        uint64 amountMinor = uint64(bound(amount, 6, LIMIT));
        PieceId id = _owned(amountMinor);
        PieceReference named = _ref(id);
        _mature();
        uint64 left = amountMinor;
        uint64 onChain = 0;
        uint64 least = (amountMinor + 99) / 100;
        for (uint256 i = 0; i < parts.length && left != 0; ++i) {
            uint64 part = uint64(bound(parts[i], least < left ? least : left, left));
            if (ways[i] % 4 == 0) {
                _payPart(id, part);
                onChain += part;
            } else if (ways[i] % 4 == 1) {
                _confirm(holder, id, part);
            } else {
                _attest(id, part);
                vm.warp(block.timestamp + CONTEST_SECONDS + 1);
                // The same payment, told of by the owner as well.
                if (ways[i] % 4 == 2) maturity.completePayment(named);
                else _confirm(holder, id, part);
            }
            left -= part;
            assertEq(_live(id), left, "live");
            _assertUsed(left);
            _assertSum(id);
        }
        assertEq(money.balanceOf(holder.key), onChain, "cash on chain");
    }
}

contract OverdueTest is PaymentWorld {
    function _refused(ObligationId id, bytes memory reason) private {
        vm.expectRevert(reason);
        maturity.markOverdue(id);
    }

    function test_an_unpaid_obligation_stops_new_issues_until_it_is_paid() public {
        PieceId id = _held(500);
        ObligationId obligation = id.obligation();
        _beOverdue();
        vm.expectEmit(address(ledger));
        emit IMaturity.ObligationOverdue(obligation, 500, MATURITY + 4);
        vm.prank(address(0xdead));
        maturity.markOverdue(obligation);
        assertTrue(reader.obligation(obligation).overdue && _stopped(), "overdue");
        (, uint32 overdueCount) = reader.issuer(issuer.id);
        assertEq(overdueCount, 1, "count");
        assertEq(ledger.issuerWord(issuer.id).overdueDay(0), MATURITY + 4, "day");

        Leg[] memory legs = _legs(issuer, supplier, 100);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.IssuerOverdue.selector, issuer.id, RULE_CURED));
        vm.prank(issuer.key);
        ledger.issue(line, VOUCHER, MATURITY + 90, false, legs);

        PieceReference[] memory named = _one(id);
        vm.expectEmit(address(ledger));
        emit ILedgerParts.ObligationCured(obligation);
        vm.prank(issuer.key);
        ledger.redeem(named, address(money));
        assertTrue(!reader.obligation(obligation).overdue && !_stopped(), "cured");
        vm.prank(issuer.key);
        ledger.issue(line, VOUCHER, MATURITY + 90, false, legs);
    }

    function test_an_issuer_issues_again_when_all_is_cured() public {
        PieceId first = _held(500);
        PieceId other = _held(300);
        _beOverdue();
        maturity.markOverdue(first.obligation());
        maturity.markOverdue(other.obligation());
        (, uint32 overdueCount) = reader.issuer(issuer.id);
        assertEq(overdueCount, 2, "count");
        _redeem(first);
        assertTrue(_stopped(), "still stopped");
        _redeem(other);
        assertTrue(!_stopped(), "all is cured");
    }

    function test_a_payment_of_one_piece_cures_nothing() public {
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
        _refused(id.obligation(), abi.encodeWithSelector(IMaturity.NothingOwed.selector, id.obligation()));
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
        assertTrue(!reader.obligation(obligation).overdue && !_stopped(), "cured by the end of the offer");
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

    function test_a_later_piece_is_owed_where_the_first_is_paid() public {
        PieceId id = _held(500);
        PieceId child = _passed(id, supplier, second, 100);
        _accept(second, child);
        _mature();
        _redeem(id);
        _beOverdue();
        maturity.markOverdue(id.obligation());
        assertTrue(reader.obligation(id.obligation()).overdue, "the last piece");
    }

    function test_overdue_is_after_maturity_and_grace() public {
        ObligationId id = _held(500).obligation();
        vm.warp(uint256(MATURITY + 4) * 1 days - 8 hours - 1);
        _refused(
            id,
            abi.encodeWithSelector(
                IMaturity.NotOverdueYet.selector, id, uint256(MATURITY) + 4, MATURITY + 3, ruleId(VOUCHER, 1, RULE_GRACE)
            )
        );
        vm.warp(block.timestamp + 1);
        maturity.markOverdue(id);
        _refused(id, abi.encodeWithSelector(IMaturity.AlreadyOverdue.selector, id));
    }

    function test_what_matures_on_a_holiday_falls_due_on_the_next_business_day() public {
        vm.prank(bank.key);
        LineId holidayLine = lines.grantLine(issuer.id, LIMIT, CNY, START_DAY + 365, SHANGHAI, 5);
        // The day of maturity and the next one are holidays.
        rulebook.setHolidays(5, uint8(MATURITY / 256), uint256(3) << (MATURITY % 256));
        Leg[] memory legs = _legs(issuer, supplier, 500);
        vm.prank(issuer.key);
        PieceId id = ledger.issue(holidayLine, VOUCHER, MATURITY, false, legs).piece(1);
        _accept(supplier, id);
        vm.warp(uint256(MATURITY + 6) * 1 days - 8 hours - 1);
        _refused(
            id.obligation(),
            abi.encodeWithSelector(
                IMaturity.NotOverdueYet.selector,
                id.obligation(),
                uint256(MATURITY) + 6,
                MATURITY + 5,
                ruleId(VOUCHER, 1, RULE_GRACE)
            )
        );
        assertEq(maturity.firstOverdueDay(id.obligation()), uint256(MATURITY) + 6, "read the same");
        vm.warp(block.timestamp + 1);
        maturity.markOverdue(id.obligation());
    }

    function test_holidays_move_what_is_overdue_by_15_days_at_most() public {
        vm.prank(bank.key);
        LineId holidayLine = lines.grantLine(issuer.id, LIMIT, CNY, START_DAY + 365, SHANGHAI, 5);
        Leg[] memory legs = _legs(issuer, supplier, 500);
        vm.prank(issuer.key);
        PieceId id = ledger.issue(holidayLine, VOUCHER, MATURITY, false, legs).piece(1);
        _accept(supplier, id);
        // From the day of maturity on, every day there is.
        rulebook.setHolidays(5, uint8(MATURITY / 256), type(uint256).max << (MATURITY % 256));
        for (uint256 word = MATURITY / 256 + 1; word < 256; ++word) {
            rulebook.setHolidays(5, uint8(word), type(uint256).max);
        }
        uint256 first = uint256(MATURITY) + 15 + _rules().graceDays + 1;
        assertEq(maturity.firstOverdueDay(id.obligation()), first, "15 days and the days of grace");
        vm.warp(first * 1 days - 8 hours - 1);
        _refused(
            id.obligation(),
            abi.encodeWithSelector(
                IMaturity.NotOverdueYet.selector, id.obligation(), first, uint16(first - 1), ruleId(VOUCHER, 1, RULE_GRACE)
            )
        );
        vm.warp(first * 1 days - 8 hours);
        maturity.markOverdue(id.obligation());
    }

    function test_what_matures_on_the_last_day_there_is_waits_for_no_later_one() public {
        PieceId id = _held(500);
        // Maturity stands behind face and live.
        _setField(6, ObligationId.unwrap(id.obligation()), 128, 16, type(uint16).max);
        assertEq(ledger.obligationWord(id.obligation()).maturityDay(), type(uint16).max, "as if");
        uint256 first = uint256(type(uint16).max) + _rules().graceDays + 1;
        assertEq(maturity.firstOverdueDay(id.obligation()), first, "not 15 days more");
    }

    function test_nothing_owed_is_never_overdue() public {
        PieceId id = _held(500);
        _mature();
        _redeem(id);
        _beOverdue();
        _refused(id.obligation(), abi.encodeWithSelector(IMaturity.NothingOwed.selector, id.obligation()));
        _refused(ObligationId.wrap(77), abi.encodeWithSelector(IMaturity.NothingOwed.selector, ObligationId.wrap(77)));
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

    // ---------------------------------------------------------------- persistently

    /// An obligation that matures so many days from now, marked on the first day on which it can be.
    function _overdueIn(uint16 tenorDays) private returns (PieceId id) {
        uint16 maturityDay = uint16((_blockTime() + 8 hours) / 1 days) + tenorDays;
        Leg[] memory legs = _legs(issuer, supplier, 100);
        vm.prank(issuer.key);
        id = ledger.issue(line, VOUCHER, maturityDay, false, legs).piece(1);
        _accept(supplier, id);
        vm.warp(uint256(maturityDay + 4) * 1 days - 8 hours);
    }

    function test_three_times_overdue_in_six_months_is_persistent() public {
        uint16 first = START_DAY + 5;
        PieceId one = _overdueIn(1);
        maturity.markOverdue(one.obligation());
        assertTrue(!maturity.isPersistentlyOverdue(issuer.id, first), "once");
        _redeem(one);
        PieceId two = _overdueIn(85);
        maturity.markOverdue(two.obligation());
        assertTrue(!maturity.isPersistentlyOverdue(issuer.id, first + 89), "twice");
        _redeem(two);
        PieceId three = _overdueIn(90);
        vm.expectEmit(address(ledger));
        emit IMaturity.ObligationOverdue(three.obligation(), 100, first + 183);
        vm.expectEmit(address(ledger));
        emit IMaturity.IssuerPersistentlyOverdue(issuer.id, first + 183);
        maturity.markOverdue(three.obligation());
        assertTrue(maturity.isPersistentlyOverdue(issuer.id, first + 183), "three times");
        assertTrue(!maturity.isPersistentlyOverdue(issuer.id, first + 184), "six months are over");
        assertTrue(!maturity.isPersistentlyOverdue(otherIssuer.id, first + 183), "others are not");
    }

    function test_the_last_three_overdue_obligations_are_remembered() public pure {
        IssuerWord word = IssuerWord.wrap(0).withLine().withOverdue(100).withOverdue(300);
        assertTrue(!word.isPersistentlyOverdue(300) && word.overdueDay(2) == 0, "two");
        word = word.withOverdue(400).withCure();
        assertTrue(word.overdueDay(0) == 400 && word.overdueDay(1) == 300 && word.overdueDay(2) == 100, "three");
        assertTrue(word.lineCount() == 1 && word.overdueCount() == 2, "counts");
        assertTrue(!word.isPersistentlyOverdue(400) && word.isPersistentlyOverdue(283), "in more than six months");
        word = word.withOverdue(type(uint16).max);
        assertTrue(word.overdueDay(0) == type(uint16).max && word.overdueDay(2) == 300, "the oldest is forgotten");
        assertTrue(word.lineCount() == 1 && word.overdueCount() == 3, "counts");
    }
}

contract WriteOffTest is PaymentWorld {
    function _writeOff(Company memory owner, PieceId id) private {
        PieceReference named = _ref(id);
        vm.prank(owner.key);
        maturity.writeOff(named, "bankrupt");
    }

    function _refused(Company memory caller, PieceId id, bytes memory reason) private {
        PieceReference named = _ref(id);
        vm.expectRevert(reason);
        vm.prank(caller.key);
        maturity.writeOff(named, "bankrupt");
    }

    function _refusedGood(PieceReference[] memory named, Company memory caller, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(caller.key);
        maturity.makeGood(named, address(money));
    }

    function _overdue(uint64 amountMinor) private returns (PieceId id) {
        id = _owned(amountMinor);
        _beOverdue();
        maturity.markOverdue(id.obligation());
    }

    function test_a_court_holds_what_was_written_off_and_is_paid_if_it_is_made_good() public {
        PieceId id = _owned(500);
        _beOverdue();
        maturity.markOverdue(id.obligation());
        PieceReference named = _ref(id);
        vm.prank(holder.key);
        maturity.writeOff(named, "lost");
        _holdByCourt(id);
        vm.expectRevert(abi.encodeWithSelector(IMaturity.NotThePayee.selector, id, court.id, holder.id));
        vm.prank(holder.key);
        maturity.confirmMadeGood(named, "reference");
        vm.prank(issuer.key);
        maturity.makeGood(_one(id), address(money));
        assertEq(money.balanceOf(court.key), 500, "the court's account");
        assertEq(money.balanceOf(holder.key), 0, "not its owner");
        PieceReference[] memory list = _one(id);
        Company memory other = _company("other court", REGULATOR);
        vm.expectRevert(abi.encodeWithSelector(IHolds.NothingToHold.selector, id));
        vm.prank(other.key);
        holds.holdByCourt(list, "order");
    }

    function test_what_is_written_off_is_owed_no_more_and_still_uses_the_line() public {
        PieceId id = _overdue(500);
        PieceReference named = _ref(id);
        vm.expectEmit(address(ledger));
        emit IMaturity.PieceWrittenOff(id, 500, "bankrupt");
        vm.expectEmit(address(ledger));
        emit ILedgerParts.Transfer(holder.key, address(0), PieceId.unwrap(id));
        vm.prank(holder.key);
        maturity.writeOff(named, "bankrupt");
        _assertState(id, PieceState.WrittenOff);
        _assertAmount(id, 500);
        assertEq(maturity.lossOf(id.obligation()), 500, "loss");
        assertEq(reader.obligation(id.obligation()).lossMinor, 500, "loss, in the reader");
        assertTrue(ledger.obligationWord(id.obligation()).isWrittenOff(), "flag");
        assertEq(_live(id), 0, "live");
        _assertUsed(500);
        _assertSum(id);
        assertTrue(reader.obligation(id.obligation()).overdue && _stopped(), "a loss cures nothing");
        PieceReference[] memory list = _one(id);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceNotInState.selector, id, PieceState.WrittenOff));
        vm.prank(issuer.key);
        ledger.redeem(list, address(money));
    }

    function test_only_the_owner_writes_off_and_only_what_is_overdue() public {
        PieceId id = _owned(500);
        PieceId offered = _passed(id, holder, second, 100);
        _beOverdue();
        _refused(holder, id, abi.encodeWithSelector(ILedgerParts.NotOverdue.selector, id.obligation()));
        maturity.markOverdue(id.obligation());
        _refused(issuer, id, abi.encodeWithSelector(ILedgerParts.NotTheOwner.selector, id, holder.id, issuer.id));
        _refused(holder, id, abi.encodeWithSelector(ILedgerParts.OffersOpen.selector, id, 1));
        _refused(
            second, offered, abi.encodeWithSelector(ILedgerParts.PieceNotInState.selector, offered, PieceState.Offered)
        );
        ledger.expire(_one(offered));
        participants.suspend(holder.id);
        _refused(holder, id, abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, holder.id));
        participants.reinstate(holder.id);
        _writeOff(holder, id);
        _refused(holder, id, abi.encodeWithSelector(ILedgerParts.PieceNotInState.selector, id, PieceState.WrittenOff));
    }

    function test_an_empty_piece_is_not_written_off() public {
        PieceId id = _owned(500);
        _accept(second, _passed(id, holder, second, 500));
        _beOverdue();
        maturity.markOverdue(id.obligation());
        _refused(holder, id, abi.encodeWithSelector(ILedgerParts.ZeroAmount.selector));
    }

    function test_what_a_court_holds_is_not_given_up() public {
        PieceId id = _overdue(500);
        _holdByCourt(id);
        _refused(holder, id, abi.encodeWithSelector(IMaturity.PieceHeldByCourt.selector, id, court.id));
    }

    function test_a_bank_that_gives_up_has_financed_less() public {
        PieceId id = _owned(500);
        PieceId bought = _boughtByBank(id, 300);
        _beOverdue();
        maturity.markOverdue(id.obligation());
        _writeOff(bank, bought);
        assertEq(_financedBy(bank), 0, "financed");
        _redeem(id);
        _assertUsed(300);
        assertTrue(reader.obligation(id.obligation()).overdue, "the loss is not made good");
        PieceReference[] memory named = _one(bought);
        vm.prank(issuer.key);
        maturity.makeGood(named, address(money));
        assertEq(_financedBy(bank), 0, "not lowered twice");
        _assertUsed(0);
    }

    function test_the_issuer_makes_a_loss_good() public {
        PieceId id = _owned(500);
        PieceId child = _passed(id, holder, second, 100);
        _accept(second, child);
        _beOverdue();
        maturity.markOverdue(id.obligation());
        _writeOff(holder, id);
        _writeOff(second, child);
        assertEq(maturity.lossOf(id.obligation()), 500, "loss");
        PieceReference[] memory named = _one(id);
        vm.expectEmit(address(ledger));
        emit IMaturity.LossMadeGood(id, 400, holder.id, address(money));
        vm.prank(issuer.key);
        maturity.makeGood(named, address(money));
        assertEq(money.balanceOf(holder.key), 400, "paid");
        assertEq(maturity.lossOf(id.obligation()), 100, "loss");
        _assertUsed(100);
        assertTrue(reader.obligation(id.obligation()).overdue && _stopped(), "not all of it");
        named = _one(child);
        vm.expectEmit(address(ledger));
        emit ILedgerParts.ObligationCured(id.obligation());
        vm.prank(issuer.key);
        maturity.makeGood(named, address(money));
        assertEq(maturity.lossOf(id.obligation()), 0, "loss");
        _assertUsed(0);
        _assertState(id, PieceState.Redeemed);
        _assertState(child, PieceState.Redeemed);
        _assertSum(id);
        assertTrue(!reader.obligation(id.obligation()).overdue && !_stopped(), "cured");
    }

    function test_several_losses_are_made_good_at_once_also_by_a_suspended_issuer() public {
        PieceId id = _owned(500);
        PieceId other = _owned(300);
        _beOverdue();
        maturity.markOverdue(id.obligation());
        maturity.markOverdue(other.obligation());
        _writeOff(holder, id);
        _writeOff(holder, other);
        participants.suspend(holder.id);
        participants.suspend(issuer.id);
        PieceReference[] memory named = _two(id, other);
        vm.prank(issuer.key);
        maturity.makeGood(named, address(money));
        assertEq(money.balanceOf(holder.key), 800, "paid");
        _assertUsed(0);
        (, uint32 overdueCount) = reader.issuer(issuer.id);
        assertEq(overdueCount, 0, "all cured");
    }

    function test_a_loss_is_made_good_once() public {
        PieceId id = _overdue(500);
        _refusedGood(
            _one(id), issuer, abi.encodeWithSelector(ILedgerParts.PieceNotInState.selector, id, PieceState.Held)
        );
        _writeOff(holder, id);
        PieceReference[] memory twice = _two(id, id);
        bytes memory reason = abi.encodeWithSelector(ILedgerParts.PieceNotInState.selector, id, PieceState.Redeemed);
        _refusedGood(twice, issuer, reason);
        PieceReference[] memory named = _one(id);
        vm.prank(issuer.key);
        maturity.makeGood(named, address(money));
        _refusedGood(named, issuer, reason);
    }

    function test_only_the_issuer_makes_good_and_only_its_own() public {
        PieceId id = _overdue(500);
        _writeOff(holder, id);
        _refusedGood(new PieceReference[](0), issuer, abi.encodeWithSelector(ILedgerParts.NothingNamed.selector));
        _refusedGood(_one(id), bank, abi.encodeWithSelector(ILedgerParts.NotTheIssuer.selector, line, issuer.id, bank.id));
        LineId foreign = _grant(bank, otherIssuer, LIMIT, CNY);
        PieceReference[] memory mixed = _two(id, id);
        PieceId foreignPiece = PieceId.wrap(uint80(LineId.unwrap(foreign)) << 40);
        mixed[1] = PieceReference.wrap(PieceId.unwrap(foreignPiece));
        _refusedGood(
            mixed, issuer, abi.encodeWithSelector(ILedgerParts.NotTheIssuer.selector, foreign, otherIssuer.id, issuer.id)
        );
    }

    function test_losses_made_good_together_have_one_currency() public {
        PieceId id = _owned(500);
        LineId euros = _grant(bank, issuer, LIMIT, EUR);
        Leg[] memory legs = _one(_leg(holder, 100, _confirmIn(EUR, issuer, holder, 100)));
        vm.prank(issuer.key);
        PieceId other = ledger.issue(euros, VOUCHER, MATURITY, false, legs).piece(1);
        _accept(holder, other);
        _beOverdue();
        maturity.markOverdue(id.obligation());
        maturity.markOverdue(other.obligation());
        _writeOff(holder, id);
        _writeOff(holder, other);
        _refusedGood(_two(id, other), issuer, abi.encodeWithSelector(ILedgerParts.CurrencyMismatch.selector, CNY, EUR));
    }

    function test_a_loss_that_a_court_holds_is_made_good_to_the_court() public {
        PieceId id = _overdue(500);
        _holdByCourt(id);
        PieceReference[] memory named = _one(id);
        vm.prank(court.key);
        holds.releaseByCourt(named, "order");
        _writeOff(holder, id);
        vm.prank(court.key);
        holds.holdObligationByCourt(id.obligation(), MATURITY, "order");
        vm.expectEmit(address(ledger));
        emit IMaturity.LossMadeGood(id, 500, court.id, address(money));
        vm.prank(issuer.key);
        maturity.makeGood(named, address(money));
        assertEq(money.balanceOf(court.key), 500, "court's account");
    }

    function test_who_is_to_be_paid_confirms_that_a_loss_was_made_good_off_chain() public {
        PieceId id = _overdue(500);
        PieceReference named = _ref(id);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceNotInState.selector, id, PieceState.Held));
        vm.prank(holder.key);
        maturity.confirmMadeGood(named, "reference");
        vm.prank(house.key);
        maturity.attestPayment(named, 100, "reference");
        _writeOff(holder, id);
        vm.expectRevert(abi.encodeWithSelector(IMaturity.NotThePayee.selector, id, holder.id, issuer.id));
        vm.prank(issuer.key);
        maturity.confirmMadeGood(named, "reference");
        participants.suspend(holder.id);
        vm.expectEmit(address(ledger));
        emit IMaturity.PaymentConfirmed(id, 500, holder.id, "reference");
        vm.expectEmit(address(ledger));
        emit IMaturity.LossMadeGood(id, 500, holder.id, address(0));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.ObligationCured(id.obligation());
        vm.prank(holder.key);
        maturity.confirmMadeGood(named, "reference");
        assertEq(PaymentWord.unwrap(maturity.paymentWord(id)), 0, "forgotten");
        _assertUsed(0);
        assertTrue(!_stopped(), "cured");
    }

    function testFuzz_a_loss_frees_no_headroom(uint64 amount, uint64 part) public {
        uint64 amountMinor = uint64(bound(amount, 2, LIMIT));
        uint64 lostMinor = uint64(bound(part, 1, amountMinor - 1));
        PieceId id = _owned(amountMinor);
        PieceId child = _passed(id, holder, second, lostMinor);
        _accept(second, child);
        _beOverdue();
        maturity.markOverdue(id.obligation());
        _writeOff(second, child);
        _assertUsed(amountMinor);
        _redeem(id);
        _assertUsed(lostMinor);
        _assertSum(id);
        assertTrue(_stopped(), "stopped");
        PieceReference[] memory named = _one(child);
        vm.prank(issuer.key);
        maturity.makeGood(named, address(money));
        _assertUsed(0);
        _assertSum(id);
        assertTrue(!_stopped(), "issues again");
    }
}
