// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IGuarantees} from "../interfaces/IGuarantees.sol";
import {ILedgerParts} from "../interfaces/ILedgerParts.sol";
import {ILedgerReader} from "../interfaces/ILedgerReader.sol";
import {IMaturity} from "../interfaces/IMaturity.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";
import {GuaranteeWord, GuaranteeWords} from "../libraries/GuaranteeWords.sol";
import {EvidenceId, ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {PieceState} from "../types/Movements.sol";
import {PieceReference, PieceReferences} from "../types/PieceReference.sol";
import {GUARANTOR, REGULATOR, SUPPLIER} from "../types/Roles.sol";
import {RULE_REGISTERED} from "../types/RuleIds.sol";
import {ReentrantToken} from "./Hostile.t.sol";
import {PaymentWorld} from "./Maturity.t.sol";

/// @notice Two guarantors with money.
abstract contract GuaranteeWorld is PaymentWorld {
    bytes32 internal constant NUMBER = "0123456789";
    bytes32 internal constant DESCRIPTION = keccak256("description");

    Company internal guarantor;
    Company internal other;

    function setUp() public virtual override {
        super.setUp();
        guarantor = _company("guarantor", GUARANTOR);
        other = _company("other guarantor", GUARANTOR);
        _fund(guarantor, money, LIMIT);
        _fund(other, money, LIMIT);
    }

    function _guarantee(Company memory caller, PieceId id, uint16 basisPoints) internal {
        vm.prank(caller.key);
        guarantees.guarantee(id.obligation(), MATURITY, basisPoints);
    }

    function _markOverdue(PieceId id) internal {
        _beOverdue();
        maturity.markOverdue(id.obligation());
    }

    function _payAs(Company memory caller, PieceId id, uint64 amountMinor) internal returns (PieceId) {
        PieceReference named = _ref(id);
        vm.prank(caller.key);
        return guarantees.payAsGuarantor(named, amountMinor, address(money), NUMBER, DESCRIPTION);
    }

    function _refusedPay(Company memory caller, PieceId id, uint64 amountMinor, bytes memory reason) internal {
        PieceReference named = _ref(id);
        vm.expectRevert(reason);
        vm.prank(caller.key);
        guarantees.payAsGuarantor(named, amountMinor, address(money), NUMBER, DESCRIPTION);
    }

    function _paidBy(PieceId id, uint256 place) internal view returns (uint64) {
        (,, uint64[] memory paidMinor) = guarantees.guaranteesOf(id.obligation());
        return paidMinor[place];
    }
}

contract GuaranteeTest is GuaranteeWorld {
    function _refused(Company memory caller, ObligationId id, uint16 maturityDay, uint16 basisPoints, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(caller.key);
        guarantees.guarantee(id, maturityDay, basisPoints);
    }

    function test_guarantors_answer_for_shares() public {
        PieceId id = _owned(500);
        vm.expectEmit(address(ledger));
        emit IGuarantees.ObligationGuaranteed(id.obligation(), guarantor.id, 4000);
        vm.prank(guarantor.key);
        guarantees.guarantee(id.obligation(), MATURITY, 4000);
        _guarantee(other, id, 6000);
        (PartyId[] memory guarantors, uint16[] memory basisPoints, uint64[] memory paidMinor) =
            guarantees.guaranteesOf(id.obligation());
        assertTrue(guarantors.length == 2 && basisPoints.length == 2 && paidMinor.length == 2, "both");
        assertTrue(guarantors[0] == guarantor.id && basisPoints[0] == 4000 && paidMinor[0] == 0, "first");
        assertTrue(guarantors[1] == other.id && basisPoints[1] == 6000 && paidMinor[1] == 0, "second");
        assertEq(reader.guaranteedOf(id.obligation(), 500), 500, "all of it");
        (guarantors,,) = guarantees.guaranteesOf(ObligationId.wrap(77));
        assertEq(guarantors.length, 0, "of nothing");
    }

    function test_only_a_guarantor_that_is_active_guarantees() public {
        ObligationId id = _owned(500).obligation();
        _refused(bank, id, MATURITY, 1, abi.encodeWithSelector(ILedgerParts.RoleMissing.selector, bank.id, GUARANTOR));
        participants.suspend(guarantor.id);
        _refused(
            guarantor, id, MATURITY, 1, abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, guarantor.id)
        );
    }

    function test_nobody_guarantees_its_own_group() public {
        ObligationId id = _owned(500).obligation();
        participants.regroup(guarantor.id, 7);
        participants.regroup(issuer.id, 7);
        _refused(
            guarantor,
            id,
            MATURITY,
            1,
            abi.encodeWithSelector(IParticipants.RelatedParties.selector, guarantor.id, issuer.id, 7)
        );
    }

    function test_a_guarantee_names_its_obligation() public {
        ObligationId id = _owned(500).obligation();
        _refused(
            guarantor,
            id,
            MATURITY + 1,
            1,
            abi.encodeWithSelector(IGuarantees.ObligationUnknown.selector, id, MATURITY + 1)
        );
        ObligationId none = ObligationId.wrap(77);
        _refused(guarantor, none, 0, 1, abi.encodeWithSelector(IGuarantees.ObligationUnknown.selector, none, 0));
    }

    function test_what_is_mature_is_not_guaranteed_any_more() public {
        PieceId id = _owned(500);
        vm.warp(MATURITY_STARTS - 1);
        _guarantee(guarantor, id, 1);
        _mature();
        _refused(
            other,
            id.obligation(),
            MATURITY,
            1,
            abi.encodeWithSelector(ILedgerParts.ObligationMatured.selector, id.obligation(), MATURITY, MATURITY)
        );
    }

    function test_shares_are_at_most_the_whole() public {
        PieceId id = _owned(500);
        ObligationId obligation = id.obligation();
        _refused(
            guarantor, obligation, MATURITY, 10_001, abi.encodeWithSelector(IGuarantees.SharesExceeded.selector, obligation, 10_001, 10_000)
        );
        _refused(guarantor, obligation, MATURITY, 0, abi.encodeWithSelector(ILedgerParts.ZeroAmount.selector));
        _guarantee(guarantor, id, 7000);
        _refused(
            other, obligation, MATURITY, 3001, abi.encodeWithSelector(IGuarantees.SharesExceeded.selector, obligation, 3001, 3000)
        );
        _guarantee(other, id, 3000);
    }

    function test_a_share_is_not_changed() public {
        PieceId id = _owned(500);
        _guarantee(guarantor, id, 7000);
        _refused(
            guarantor,
            id.obligation(),
            MATURITY,
            1,
            abi.encodeWithSelector(IGuarantees.AlreadyGuaranteed.selector, id.obligation(), guarantor.id)
        );
    }

    function test_an_obligation_has_sixteen_guarantors() public {
        PieceId id = _owned(500);
        for (uint256 i = 0; i < 16; ++i) {
            _guarantee(_company(string(abi.encodePacked("guarantor ", bytes32(i))), GUARANTOR), id, 100);
        }
        (PartyId[] memory guarantors,,) = guarantees.guaranteesOf(id.obligation());
        assertEq(guarantors.length, 16, "sixteen");
        _refused(
            guarantor,
            id.obligation(),
            MATURITY,
            100,
            abi.encodeWithSelector(IGuarantees.TooManyGuarantors.selector, id.obligation())
        );
    }

    function test_a_guarantees_word_keeps_its_fields_apart() public pure {
        GuaranteeWord word = GuaranteeWords.pack(PartyId.wrap(type(uint32).max), 10_000).withMorePaid(type(uint64).max - 1);
        assertTrue(PartyId.unwrap(word.guarantor()) == type(uint32).max && word.basisPoints() == 10_000, "terms");
        assertEq(word.paidMinor(), type(uint64).max - 1, "paid");
        assertEq(word.coveredMinorDown(type(uint64).max), 1, "covered");
    }
}

contract GuarantorPaymentTest is GuaranteeWorld {
    function test_a_guarantor_pays_and_becomes_the_holder() public {
        PieceId id = _owned(500);
        _guarantee(guarantor, id, 6000);
        _markOverdue(id);
        PieceId child = id.obligation().piece(2);
        PieceReference named = _ref(id);
        uint256 cash = money.balanceOf(guarantor.key);
        vm.expectEmit(address(ledger));
        emit IGuarantees.GuarantorPaid(child, id, guarantor.id, 200, holder.id, address(money), NUMBER, DESCRIPTION);
        vm.expectEmit(address(ledger));
        emit ILedgerParts.Transfer(address(0), guarantor.key, PieceId.unwrap(child));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.SlotChanged(PieceId.unwrap(child), 0, ObligationId.unwrap(id.obligation()));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.TransferValue(PieceId.unwrap(id), PieceId.unwrap(child), 200);
        vm.prank(guarantor.key);
        assertTrue(guarantees.payAsGuarantor(named, 200, address(money), NUMBER, DESCRIPTION) == child, "the new piece");

        assertEq(money.balanceOf(holder.key), 200, "the holder's cash");
        assertEq(money.balanceOf(guarantor.key), cash - 200, "the guarantor's cash");
        ILedgerReader.Piece memory piece = reader.piece(child);
        assertTrue(piece.owner == guarantor.id && piece.parent == id && piece.amountMinor == 200 && piece.payment, "piece");
        assertTrue(piece.hops == 2 && piece.tier == 1 && EvidenceId.unwrap(piece.evidence) == 0 && !piece.financed, "no trade");
        assertTrue(piece.state == PieceState.Held && piece.deadline == 0, "held");
        assertTrue(reader.piece(id).amountMinor == 300 && reader.piece(id).childCount == 1, "the rest");
        ILedgerReader.PathStep[] memory steps = reader.path(child);
        assertTrue(steps.length == 2 && steps[1].from == holder.id && steps[1].to == guarantor.id, "path");
        assertEq(_paidBy(id, 0), 200, "paid of its share");
        assertEq(_live(id), 500, "still owed");
        _assertUsed(500);
        _assertSum(id);
        assertTrue(reader.obligation(id.obligation()).overdue, "a guarantor cures nothing");
        assertEq(tokens.ownerOf(PieceId.unwrap(child)), guarantor.key, "token");
    }

    function test_the_issuer_redeems_what_a_guarantor_holds() public {
        PieceId id = _owned(500);
        _guarantee(guarantor, id, 10_000);
        _markOverdue(id);
        PieceId child = _payAs(guarantor, id, 500);
        _assertAmount(id, 0);
        uint256 cash = money.balanceOf(guarantor.key);
        _payPart(child, 100);
        _redeem(child);
        assertEq(money.balanceOf(guarantor.key), cash + 500, "paid back");
        assertTrue(!reader.obligation(id.obligation()).overdue && !_stopped(), "cured");
        _assertUsed(0);
        _assertSum(id);
        assertEq(reader.path(id.obligation().piece(3)).length, 3, "path of a part of it");
    }

    function test_a_guarantor_gives_up_what_it_holds() public {
        PieceId id = _owned(500);
        _guarantee(guarantor, id, 10_000);
        _markOverdue(id);
        PieceId child = _payAs(guarantor, id, 500);
        PieceReference named = _ref(child);
        vm.prank(guarantor.key);
        maturity.writeOff(named, "bankrupt");
        _assertUsed(500);
        assertEq(maturity.lossOf(id.obligation()), 500, "loss");
        _assertSum(id);
    }

    function test_a_guarantor_pays_once_the_obligation_is_overdue() public {
        PieceId id = _owned(500);
        _guarantee(guarantor, id, 6000);
        _beOverdue();
        _refusedPay(guarantor, id, 200, abi.encodeWithSelector(ILedgerParts.NotOverdue.selector, id.obligation()));
        maturity.markOverdue(id.obligation());
        _payAs(guarantor, id, 200);
    }

    function test_only_guarantors_pay_as_such() public {
        PieceId id = _owned(500);
        _guarantee(guarantor, id, 6000);
        _markOverdue(id);
        Company[3] memory others = [other, bank, issuer];
        for (uint256 i = 0; i < others.length; ++i) {
            _refusedPay(
                others[i], id, 200, abi.encodeWithSelector(IGuarantees.NotAGuarantor.selector, id.obligation(), others[i].id)
            );
        }
    }

    function test_a_share_covers_so_much_and_no_more() public {
        PieceId id = _owned(501);
        _guarantee(guarantor, id, 3333);
        _guarantee(other, id, 5000);
        _markOverdue(id);
        // 501 × 33.33 % is 166.98.
        _refusedPay(
            guarantor, id, 167, abi.encodeWithSelector(IGuarantees.CoverExceeded.selector, id.obligation(), guarantor.id, 167, 166)
        );
        _payAs(guarantor, id, 100);
        _refusedPay(
            guarantor, id, 67, abi.encodeWithSelector(IGuarantees.CoverExceeded.selector, id.obligation(), guarantor.id, 67, 66)
        );
        _payAs(guarantor, id, 66);
        _refusedPay(
            guarantor, id, 1, abi.encodeWithSelector(IGuarantees.CoverExceeded.selector, id.obligation(), guarantor.id, 1, 0)
        );
        _payAs(other, id, 250);
        assertTrue(_paidBy(id, 0) == 166 && _paidBy(id, 1) == 250, "each its own");
    }

    function test_a_guarantor_pays_a_hundredth_of_the_face_or_all_that_its_share_still_covers() public {
        PieceId id = _owned(50_000);
        _guarantee(guarantor, id, 105);
        _guarantee(other, id, 1);
        _markOverdue(id);
        _refusedPay(guarantor, id, 499, abi.encodeWithSelector(ILedgerParts.PartTooSmall.selector, id, 499, 500));
        _payAs(guarantor, id, 500);
        _refusedPay(guarantor, id, 24, abi.encodeWithSelector(ILedgerParts.PartTooSmall.selector, id, 24, 25));
        _payAs(guarantor, id, 25);
        _refusedPay(other, id, 4, abi.encodeWithSelector(ILedgerParts.PartTooSmall.selector, id, 4, 5));
        _payAs(other, id, 5);
        _assertSum(id);
    }

    function test_a_later_order_on_the_whole_obligation_binds_a_claim_that_served_an_earlier_one() public {
        PieceId id = _owned(500);
        _guarantee(guarantor, id, 6_000);
        _markOverdue(id);
        _holdByCourt(id);
        PieceId claim = _payAs(guarantor, id, 200);
        Company memory later = _company("later court", REGULATOR);
        vm.prank(later.key);
        holds.holdObligationByCourt(id.obligation(), MATURITY, "a new order");
        PieceId second_ = _payAs(guarantor, id, 100);
        _redeem(claim);
        assertEq(money.balanceOf(later.key), 200, "the claim was there when the order came");
        uint256 before = money.balanceOf(guarantor.key);
        _redeem(second_);
        assertEq(money.balanceOf(guarantor.key) - before, 100, "this one came after it, by a payment to a court");
    }

    function test_a_share_is_for_all_pieces_together() public {
        PieceId id = _owned(500);
        PieceId child = _passed(id, holder, second, 200);
        _accept(second, child);
        _guarantee(guarantor, id, 5000);
        _markOverdue(id);
        _payAs(guarantor, child, 200);
        _refusedPay(
            guarantor, id, 51, abi.encodeWithSelector(IGuarantees.CoverExceeded.selector, id.obligation(), guarantor.id, 51, 50)
        );
        _payAs(guarantor, id, 50);
        _assertSum(id);
    }

    function test_a_guarantor_pays_for_what_is_held_and_there() public {
        PieceId id = _owned(500);
        PieceId offered = _passed(id, holder, second, 100);
        _guarantee(guarantor, id, 10_000);
        _markOverdue(id);
        _refusedPay(guarantor, id, 0, abi.encodeWithSelector(ILedgerParts.ZeroAmount.selector));
        _refusedPay(guarantor, id, 401, abi.encodeWithSelector(ILedgerParts.AmountExceedsPiece.selector, id, 401, 400));
        _refusedPay(
            guarantor,
            offered,
            50,
            abi.encodeWithSelector(ILedgerParts.PieceNotInState.selector, offered, PieceState.Offered)
        );
        PieceReference wrong = PieceReferences.pack(id, 0, EvidenceId.wrap(9), MATURITY);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceMismatch.selector, wrong, _ref(id)));
        vm.prank(guarantor.key);
        guarantees.payAsGuarantor(wrong, 200, address(money), NUMBER, DESCRIPTION);
    }

    function test_a_claim_that_is_taken_over_is_registered() public {
        PieceId id = _owned(500);
        _guarantee(guarantor, id, 10_000);
        _markOverdue(id);
        PieceReference named = _ref(id);
        bytes memory reason = abi.encodeWithSelector(IGuarantees.RegistrationMissing.selector, id, RULE_REGISTERED);
        vm.expectRevert(reason);
        vm.prank(guarantor.key);
        guarantees.payAsGuarantor(named, 200, address(money), 0, DESCRIPTION);
        vm.expectRevert(reason);
        vm.prank(guarantor.key);
        guarantees.payAsGuarantor(named, 200, address(money), NUMBER, 0);
    }

    function test_guarantors_pay_neither_themselves_nor_one_another() public {
        PieceId id = _owned(500);
        _guarantee(guarantor, id, 5000);
        _guarantee(other, id, 5000);
        _markOverdue(id);
        PieceId child = _payAs(guarantor, id, 200);
        _refusedPay(guarantor, child, 50, abi.encodeWithSelector(IGuarantees.AlreadyTheHolder.selector, child, guarantor.id));
        _refusedPay(other, child, 50, abi.encodeWithSelector(IGuarantees.GuarantorNotCovered.selector, child, guarantor.id));
        _payAs(other, id, 250);
    }

    function test_a_guarantor_that_holds_by_trade_is_covered_by_others() public {
        Company memory both = _company("supplier and guarantor", SUPPLIER | GUARANTOR);
        PieceId id = _ownedBy(both, 500, false);
        _guarantee(both, id, 5000);
        _guarantee(other, id, 5000);
        _markOverdue(id);
        _payAs(other, id, 250);
        assertEq(money.balanceOf(both.key), 250, "paid");
    }

    function test_nobodys_suspension_and_no_hold_stops_a_guarantor() public {
        PieceId id = _owned(500);
        _guarantee(guarantor, id, 10_000);
        PieceReference[] memory named = _one(id);
        vm.prank(holder.key);
        holds.dispute(named, "reason");
        _markOverdue(id);
        participants.suspend(holder.id);
        participants.suspend(issuer.id);
        participants.suspend(guarantor.id);
        _payAs(guarantor, id, 500);
        assertEq(money.balanceOf(holder.key), 500, "paid");
    }

    function test_what_a_court_holds_is_paid_to_it_once() public {
        PieceId id = _owned(500);
        _guarantee(guarantor, id, 5000);
        _holdByCourt(id);
        _markOverdue(id);
        PieceReference named = _ref(id);
        PieceId child = id.obligation().piece(2);
        vm.expectEmit(address(ledger));
        emit IGuarantees.GuarantorPaid(child, id, guarantor.id, 250, court.id, address(money), NUMBER, DESCRIPTION);
        vm.prank(guarantor.key);
        guarantees.payAsGuarantor(named, 250, address(money), NUMBER, DESCRIPTION);
        assertEq(money.balanceOf(court.key), 250, "court's account");
        // The order is served for what was paid; the issuer pays who paid, and the court for the rest.
        uint256 cash = money.balanceOf(guarantor.key);
        _redeem(child);
        assertEq(money.balanceOf(guarantor.key), cash + 250, "the guarantor's cash");
        _redeem(id);
        assertEq(money.balanceOf(court.key), 500, "court's account");
        assertEq(money.balanceOf(holder.key), 0, "holder");
    }

    function test_what_a_court_holds_as_a_whole_is_paid_to_it_once() public {
        PieceId id = _owned(500);
        _guarantee(guarantor, id, 5000);
        vm.prank(court.key);
        holds.holdObligationByCourt(id.obligation(), MATURITY, "order");
        _markOverdue(id);
        PieceId child = _payAs(guarantor, id, 250);
        uint256 cash = money.balanceOf(guarantor.key);
        _redeem(child);
        assertEq(money.balanceOf(guarantor.key), cash + 250, "the guarantor's cash");
        _redeem(id);
        assertEq(money.balanceOf(court.key), 500, "court's account");
    }

    function test_a_later_order_binds_a_guarantors_piece() public {
        PieceId id = _owned(500);
        _guarantee(guarantor, id, 5000);
        _holdByCourt(id);
        _markOverdue(id);
        PieceId child = _payAs(guarantor, id, 250);
        _holdByCourt(child);
        _redeem(child);
        assertEq(money.balanceOf(court.key), 500, "by the order on the guarantor's own piece");
    }

    function test_a_bank_that_was_paid_by_a_guarantor_has_financed_less() public {
        PieceId id = _owned(500);
        _guarantee(guarantor, id, 10_000);
        PieceId bought = _boughtByBank(id, 300);
        _markOverdue(id);
        PieceId child = _payAs(guarantor, bought, 200);
        assertEq(_financedBy(bank), 100, "financed");
        assertTrue(reader.piece(child).hops == 3 && reader.piece(child).tier == 1, "child");
        _redeem(child);
        assertEq(_financedBy(bank), 100, "not lowered twice");
        _assertSum(id);
    }

    function test_the_guarantors_money_is_the_lines() public {
        PieceId id = _owned(500);
        _guarantee(guarantor, id, 10_000);
        _markOverdue(id);
        PieceReference named = _ref(id);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.TokenNotApproved.selector, address(77), CNY));
        vm.prank(guarantor.key);
        guarantees.payAsGuarantor(named, 200, address(77), NUMBER, DESCRIPTION);
    }

    function test_where_no_piece_can_be_cut_off_the_issuer_still_redeems() public {
        PieceId id = _owned(500);
        _guarantee(guarantor, id, 10_000);
        _markOverdue(id);
        _usePiecesUp(id);
        _refusedPay(guarantor, id, 200, abi.encodeWithSelector(ILedgerParts.PiecesUsedUp.selector, id.obligation()));
        _redeem(id);
    }

    function test_money_that_calls_back_pays_a_guarantors_share_once() public {
        ReentrantToken token = new ReentrantToken();
        settlement.approveToken(address(token), CNY);
        // The token is a guarantor itself, so that its call back is one.
        PartyId hostile = participants.register(address(token), address(token), GUARANTOR, 0, NEVER, PartyId.wrap(0));
        token.mint(address(token), 10_000);
        vm.prank(address(token));
        token.approve(address(settlement), type(uint256).max);
        PieceId id = _owned(500);
        vm.prank(address(token));
        guarantees.guarantee(id.obligation(), MATURITY, 5000);
        _markOverdue(id);
        PieceReference named = _ref(id);
        bytes memory call = abi.encodeCall(guarantees.payAsGuarantor, (named, 250, address(token), NUMBER, DESCRIPTION));
        token.callBack(address(ledger), call);
        vm.prank(address(token));
        guarantees.payAsGuarantor(named, 250, address(token), NUMBER, DESCRIPTION);
        assertTrue(token.called() && !token.succeeded(), "called back in vain");
        assertEq(_paidBy(id, 0), 250, "its share");
        assertTrue(reader.piece(id.obligation().piece(2)).owner == hostile, "holder");
        assertEq(token.balanceOf(holder.key), 250, "paid once");
    }

    /// What each guarantor's share still covers, and what both paid, in the fuzz test.
    uint64[2] private _covered;
    uint64 private _paidTogether;

    function testFuzz_guarantors_pay_within_their_shares(uint64 amount, uint16 share, uint64[6] memory parts, bool[6] memory first)
        public
    {
        uint64 amountMinor = uint64(bound(amount, 10, LIMIT / 2));
        uint16 basisPoints = uint16(bound(share, 1, 9999));
        PieceId id = _owned(amountMinor);
        _guarantee(guarantor, id, basisPoints);
        _guarantee(other, id, 10_000 - basisPoints);
        _markOverdue(id);
        _covered[0] = uint64(uint256(amountMinor) * basisPoints / 10_000);
        _covered[1] = uint64(uint256(amountMinor) * (10_000 - basisPoints) / 10_000);
        for (uint256 i = 0; i < parts.length; ++i) {
            _payWithinShare(id, first[i] ? 0 : 1, parts[i], amountMinor);
        }
        assertEq(money.balanceOf(holder.key), _paidTogether, "cash");
        assertEq(_paidBy(id, 0) + _paidBy(id, 1), _paidTogether, "counted");
    }

    function _payWithinShare(PieceId id, uint256 place, uint64 wanted, uint64 amountMinor) private {
        Company memory payer = place == 0 ? guarantor : other;
        uint64 left = _covered[place];
        if (left + 1 <= amountMinor - _paidTogether) {
            bytes memory reason =
                abi.encodeWithSelector(IGuarantees.CoverExceeded.selector, id.obligation(), payer.id, left + 1, left);
            _refusedPay(payer, id, left + 1, reason);
        }
        if (left == 0) return;
        uint64 least = (amountMinor + 99) / 100;
        uint64 inPiece = amountMinor - _paidTogether;
        if (least > inPiece) least = inPiece;
        if (least > left) least = left;
        if (least > 1) {
            _refusedPay(payer, id, least - 1, abi.encodeWithSelector(ILedgerParts.PartTooSmall.selector, id, least - 1, least));
        }
        uint64 part = uint64(bound(wanted, least, left));
        PieceId child = _payAs(payer, id, part);
        _covered[place] -= part;
        _paidTogether += part;
        assertTrue(reader.path(child).length == 2 && reader.piece(child).owner == payer.id, "child");
        assertEq(_live(id), amountMinor, "owed as before");
        _assertUsed(amountMinor);
        _assertSum(id);
    }
}

contract RecourseTest is GuaranteeWorld {
    /// From the issuer to the supplier, to the second and to the third tier.
    PieceId private _first;
    PieceId private _next;
    PieceId private _last;

    function _path(bool recourse) private {
        _first = _ownedBy(supplier, 500, recourse);
        _next = _passed(_first, supplier, second, 400);
        _accept(second, _next);
        _last = _passed(_next, second, third, 300);
        _accept(third, _last);
        _fund(supplier, money, LIMIT);
        _fund(second, money, LIMIT);
        _fund(third, money, LIMIT);
    }

    function _claim(Company memory caller, PieceId id, PieceId ancestor) private {
        PieceReference named = _ref(id);
        vm.prank(caller.key);
        guarantees.claimRecourse(named, ancestor);
    }

    function _refusedClaim(Company memory caller, PieceId id, PieceId ancestor, bytes memory reason) private {
        PieceReference named = _ref(id);
        vm.expectRevert(reason);
        vm.prank(caller.key);
        guarantees.claimRecourse(named, ancestor);
    }

    function _pay(Company memory caller, PieceId id, PieceId ancestor, uint64 amountMinor) private returns (PieceId) {
        PieceReference named = _ref(id);
        vm.prank(caller.key);
        return guarantees.payRecourse(named, ancestor, amountMinor, address(money), NUMBER, DESCRIPTION);
    }

    function _refusedPay(Company memory caller, PieceId id, PieceId ancestor, uint64 amountMinor, bytes memory reason) private {
        PieceReference named = _ref(id);
        vm.expectRevert(reason);
        vm.prank(caller.key);
        guarantees.payRecourse(named, ancestor, amountMinor, address(money), NUMBER, DESCRIPTION);
    }

    function test_a_holder_claims_from_those_before_it() public {
        _path(true);
        _markOverdue(_last);
        PieceReference named = _ref(_last);
        vm.expectEmit(address(ledger));
        emit IGuarantees.RecourseClaimed(_last, _next, second.id, 300);
        vm.prank(third.key);
        guarantees.claimRecourse(named, _next);
        vm.expectEmit(address(ledger));
        emit IGuarantees.RecourseClaimed(_last, _first, supplier.id, 300);
        vm.prank(third.key);
        guarantees.claimRecourse(named, _first);
        participants.suspend(third.id);
        _claim(third, _last, _next);
        _assertAmount(_last, 300);
    }

    function test_without_the_term_there_is_no_recourse() public {
        _path(false);
        _markOverdue(_last);
        bytes memory reason = abi.encodeWithSelector(IGuarantees.RecourseExcluded.selector, _last.obligation());
        _refusedClaim(third, _last, _next, reason);
        _refusedPay(second, _last, _next, 100, reason);
    }

    function test_recourse_is_for_the_holder_of_what_is_overdue() public {
        _path(true);
        _beOverdue();
        bytes memory reason = abi.encodeWithSelector(ILedgerParts.NotOverdue.selector, _last.obligation());
        _refusedClaim(third, _last, _next, reason);
        _refusedPay(second, _last, _next, 100, reason);
        maturity.markOverdue(_last.obligation());
        _refusedClaim(second, _last, _first, abi.encodeWithSelector(ILedgerParts.NotTheOwner.selector, _last, third.id, second.id));
        _redeem(_last);
        _refusedClaim(
            third, _last, _next, abi.encodeWithSelector(ILedgerParts.PieceNotInState.selector, _last, PieceState.Redeemed)
        );
    }

    function test_a_piece_with_nothing_in_it_claims_nothing() public {
        _path(true);
        _accept(third, _passed(_next, second, third, 100));
        _markOverdue(_last);
        _refusedClaim(second, _next, _first, abi.encodeWithSelector(ILedgerParts.ZeroAmount.selector));
    }

    function test_recourse_goes_back_along_the_path_only() public {
        _path(true);
        PieceId beside = _passed(_first, supplier, third, 50);
        _accept(third, beside);
        _markOverdue(_last);
        PieceId none = PieceId.wrap(0);
        _refusedClaim(third, _last, beside, abi.encodeWithSelector(IGuarantees.NotOnPath.selector, _last, beside));
        _refusedClaim(third, _last, _last, abi.encodeWithSelector(IGuarantees.NotOnPath.selector, _last, _last));
        _refusedClaim(third, _last, none, abi.encodeWithSelector(IGuarantees.NotOnPath.selector, _last, none));
        _refusedClaim(supplier, _first, _next, abi.encodeWithSelector(IGuarantees.NotOnPath.selector, _first, _next));
    }

    function test_whoever_got_a_piece_back_claims_from_nobody_it_passed_it_to() public {
        _path(true);
        // The third tier passes on to the supplier, which stood on the way already.
        PieceId round = _passed(_last, third, supplier, 100);
        _accept(supplier, round);
        _markOverdue(_last);
        PieceId[3] memory ancestors = [_first, _next, _last];
        for (uint256 i = 0; i < ancestors.length; ++i) {
            _refusedClaim(
                supplier, round, ancestors[i], abi.encodeWithSelector(IGuarantees.NotAPredecessor.selector, round, ancestors[i])
            );
        }
    }

    function test_an_earlier_owner_pays_and_becomes_the_holder() public {
        _path(true);
        _markOverdue(_last);
        PieceId child = _last.obligation().piece(4);
        PieceReference named = _ref(_last);
        uint256 cash = money.balanceOf(second.key);
        uint256 thirds = money.balanceOf(third.key);
        vm.expectEmit(address(ledger));
        emit IGuarantees.RecoursePaid(child, _last, _next, second.id, 200, third.id, address(money), NUMBER, DESCRIPTION);
        vm.expectEmit(address(ledger));
        emit ILedgerParts.Transfer(address(0), second.key, PieceId.unwrap(child));
        vm.prank(second.key);
        assertTrue(
            guarantees.payRecourse(named, _next, 200, address(money), NUMBER, DESCRIPTION) == child, "the new piece"
        );
        assertEq(money.balanceOf(second.key), cash - 200, "payer");
        assertEq(money.balanceOf(third.key), thirds + 200, "holder");
        ILedgerReader.Piece memory piece = reader.piece(child);
        assertTrue(piece.owner == second.id && piece.parent == _last && piece.amountMinor == 200 && piece.payment, "piece");
        assertTrue(piece.hops == 4 && piece.tier == 3 && EvidenceId.unwrap(piece.evidence) == 0, "no trade");
        assertTrue(piece.state == PieceState.Held, "held");
        assertEq(reader.path(child).length, 4, "path");
        _assertAmount(_last, 100);
        assertEq(_live(_last), 500, "still owed");
        _assertUsed(500);
        _assertSum(_last);
        _redeem(child);
        assertEq(money.balanceOf(second.key), cash, "paid back by the issuer");
    }

    function test_who_paid_goes_back_from_its_own_place() public {
        _path(true);
        _markOverdue(_last);
        PieceId ofSecond = _pay(second, _last, _next, 300);
        _refusedClaim(second, ofSecond, _next, abi.encodeWithSelector(IGuarantees.NotAPredecessor.selector, ofSecond, _next));
        _refusedClaim(second, ofSecond, _last, abi.encodeWithSelector(IGuarantees.NotAPredecessor.selector, ofSecond, _last));
        _claim(second, ofSecond, _first);
        PieceId ofSupplier = _pay(supplier, ofSecond, _first, 300);
        assertTrue(reader.piece(ofSupplier).owner == supplier.id && reader.piece(ofSupplier).hops == 5, "back at the first");
        _refusedClaim(
            supplier, ofSupplier, _first, abi.encodeWithSelector(IGuarantees.NotAPredecessor.selector, ofSupplier, _first)
        );
        _redeem(ofSupplier);
        _assertSum(_last);
    }

    function test_a_guarantor_goes_back_to_nobody() public {
        _path(true);
        _guarantee(guarantor, _last, 10_000);
        _markOverdue(_last);
        PieceId child = _payAs(guarantor, _last, 300);
        PieceId[3] memory ancestors = [_first, _next, _last];
        for (uint256 i = 0; i < ancestors.length; ++i) {
            bytes memory reason = abi.encodeWithSelector(IGuarantees.NotAPredecessor.selector, child, ancestors[i]);
            _refusedClaim(guarantor, child, ancestors[i], reason);
        }
        _refusedPay(
            supplier, child, _first, 10, abi.encodeWithSelector(IGuarantees.NotAPredecessor.selector, child, _first)
        );
    }

    function test_a_guarantor_covers_who_paid_as_an_earlier_owner() public {
        _path(true);
        _guarantee(guarantor, _last, 10_000);
        _markOverdue(_last);
        PieceId ofSecond = _pay(second, _last, _next, 300);
        _payAs(guarantor, ofSecond, 300);
        _assertSum(_last);
    }

    function test_only_the_owner_of_the_named_ancestor_pays() public {
        _path(true);
        _markOverdue(_last);
        _refusedPay(
            supplier, _last, _next, 100, abi.encodeWithSelector(ILedgerParts.NotTheOwner.selector, _next, second.id, supplier.id)
        );
        _refusedPay(third, _last, _next, 100, abi.encodeWithSelector(ILedgerParts.NotTheOwner.selector, _next, second.id, third.id));
        _refusedPay(third, _last, _last, 100, abi.encodeWithSelector(IGuarantees.NotOnPath.selector, _last, _last));
        _refusedPay(second, _last, _next, 0, abi.encodeWithSelector(ILedgerParts.ZeroAmount.selector));
        _refusedPay(
            second, _last, _next, 301, abi.encodeWithSelector(ILedgerParts.AmountExceedsPiece.selector, _last, 301, 300)
        );
        PieceReference named = _ref(_last);
        vm.expectRevert(abi.encodeWithSelector(IGuarantees.RegistrationMissing.selector, _last, RULE_REGISTERED));
        vm.prank(second.key);
        guarantees.payRecourse(named, _next, 100, address(money), 0, DESCRIPTION);
    }

    function test_suspended_parties_pay_and_are_paid_and_a_court_in_the_holders_place() public {
        _path(true);
        _holdByCourt(_last);
        _markOverdue(_last);
        participants.suspend(second.id);
        participants.suspend(third.id);
        PieceId child = _pay(second, _last, _next, 300);
        assertEq(money.balanceOf(court.key), 300, "court's account");
        uint256 cash = money.balanceOf(second.key);
        _redeem(child);
        assertEq(money.balanceOf(second.key), cash + 300, "the issuer pays who paid");
    }

    function test_a_bank_goes_back_to_its_seller() public {
        PieceId id = _ownedBy(holder, 500, true);
        PieceId bought = _boughtByBank(id, 300);
        _fund(holder, money, LIMIT);
        _markOverdue(id);
        _claim(bank, bought, id);
        PieceId child = _pay(holder, bought, id, 200);
        assertEq(_financedBy(bank), 100, "financed");
        assertTrue(reader.piece(child).hops == 3 && reader.piece(child).tier == 1 && !reader.piece(child).financed, "child");
        _assertSum(id);
    }

    function testFuzz_recourse_conserves(uint64 part, uint64 other_) public {
        _path(true);
        _markOverdue(_last);
        bytes memory small = abi.encodeWithSelector(ILedgerParts.PartTooSmall.selector, _last, 4, 5);
        _refusedPay(second, _last, _next, 4, small);
        uint64 bySecond = uint64(bound(part, 5, 300));
        PieceId ofSecond = _pay(second, _last, _next, bySecond);
        uint64 bySupplier = uint64(bound(other_, 5, bySecond));
        PieceId ofSupplier = _pay(supplier, ofSecond, _first, bySupplier);
        _assertAmount(_last, 300 - bySecond);
        _assertAmount(ofSecond, bySecond - bySupplier);
        _assertAmount(ofSupplier, bySupplier);
        assertEq(reader.path(ofSupplier).length, 5, "path");
        _assertUsed(500);
        _assertSum(_last);
    }
}
