// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IAllotments} from "../interfaces/IAllotments.sol";
import {ICreditLedger} from "../interfaces/ICreditLedger.sol";
import {IFinancing} from "../interfaces/IFinancing.sol";
import {IHolds} from "../interfaces/IHolds.sol";
import {ILedgerParts} from "../interfaces/ILedgerParts.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {ITradeRegistry} from "../interfaces/ITradeRegistry.sol";
import {HoldWord, HoldWords} from "../libraries/HoldWords.sol";
import {ObligationWord} from "../libraries/ObligationWords.sol";
import {PieceWord} from "../libraries/PieceWords.sol";
import {ReturnWord, ReturnWords} from "../libraries/ReturnWords.sol";
import {AllotmentId, EvidenceId, ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {Leg, PieceState, Signature} from "../types/Movements.sol";
import {PieceReference} from "../types/PieceReference.sol";
import {REGULATOR} from "../types/Roles.sol";
import {RULE_DISPUTE, ruleId} from "../types/RuleIds.sol";
import {World} from "./World.t.sol";

/// @notice Disputes, credit notes and courts.
abstract contract HoldsWorld is World {
    bytes32 internal constant ORDER = keccak256("order of the court");

    Company internal regulator;
    Company internal otherRegulator;

    function setUp() public virtual override {
        super.setUp();
        regulator = _company("court", REGULATOR);
        otherRegulator = _company("other court", REGULATOR);
    }

    // ---------------------------------------------------------------- documents

    /// A credit note that both sides sign.
    function _credit(EvidenceId evidence, Company memory buyer, Company memory seller, uint64 amountMinor) internal {
        ITradeRegistry.CreditNote memory note = ITradeRegistry.CreditNote({
            identity: keccak256(abi.encode("note", evidence, registry.evidence(evidence).creditedMinor)),
            digest: keccak256("note"),
            evidence: evidence,
            evidenceIdentity: keccak256(abi.encode("identity", evidence)),
            amountMinor: amountMinor,
            currency: CNY,
            buyer: buyer.id,
            seller: seller.id
        });
        bytes32 typeHash = keccak256(
            "CreditNote(bytes32 identity,bytes32 digest,uint40 evidence,bytes32 evidenceIdentity,uint64 amountMinor,uint8 currency,uint32 buyer,uint32 seller)"
        );
        bytes32 digest = _digest("Pearlchain TradeRegistry", address(registry), keccak256(abi.encode(typeHash, note)));
        registry.credit(note, _signed(buyer, digest), _signed(seller, digest));
    }

    /// A piece from the issuer to the supplier that uses part of a document, not accepted yet.
    function _using(EvidenceId evidence, uint64 amountMinor) internal returns (PieceId) {
        Leg[] memory legs = _one(_leg(supplier, amountMinor, evidence));
        vm.prank(issuer.key);
        return ledger.issue(line, VOUCHER, MATURITY, false, legs).piece(1);
    }

    function _heldUsing(EvidenceId evidence, uint64 amountMinor) internal returns (PieceId id) {
        id = _using(evidence, amountMinor);
        _accept(supplier, id);
    }

    // ---------------------------------------------------------------- holds

    function _dispute(Company memory by, PieceId id) internal {
        vm.prank(by.key);
        holds.dispute(_one(id), "broken");
    }

    function _endDispute(Company memory by, PieceId id) internal {
        vm.prank(by.key);
        holds.endDispute(_one(id));
    }

    function _holdByCourt(Company memory by, PieceId id) internal {
        vm.prank(by.key);
        holds.holdByCourt(_one(id), ORDER);
    }

    function _holdAll(Company memory by, PieceId id) internal {
        vm.prank(by.key);
        holds.holdObligationByCourt(id.obligation(), MATURITY, ORDER);
    }

    function _releaseByCourt(Company memory by, PieceId id) internal {
        vm.prank(by.key);
        holds.releaseByCourt(_one(id), ORDER);
    }

    function _releaseAll(Company memory by, PieceId id) internal {
        vm.prank(by.key);
        holds.releaseObligationByCourt(id.obligation(), ORDER);
    }

    /// A part of the supplier's piece that the bank buys; or waits for, locked, where the cash moves off chain.
    function _sold(PieceId id, uint64 amountMinor, address cashToken) internal returns (PieceId) {
        IFinancing.FinanceOffer memory offer = _offer(bank, id, amountMinor);
        offer.cashToken = cashToken;
        Signature memory signature = _signed(bank, _offerDigest(offer));
        vm.prank(supplier.key);
        return cashToken == address(0)
            ? financing.lock(offer, signature, _unsigned(), 0, uint40(block.timestamp + 1 days))
            : financing.finance(offer, signature, _unsigned(), 0);
    }

    function _heldCount(PieceId id) internal view returns (uint16) {
        return ledger.obligationWord(id.obligation()).heldCount();
    }

    function _isStopped(PieceId id) internal view returns (bool) {
        return _stateOf(id) == PieceState.OnHold;
    }

    function _refuseTransfer(Company memory by, PieceId id, PieceId marked) internal {
        Leg[] memory legs = _legs(by, by.id == third.id ? second : third, 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceOnHold.selector, id, marked));
        vm.prank(by.key);
        ledger.transfer(_ref(id), legs);
    }
}

contract DisputesTest is HoldsWorld {
    function test_who_received_a_piece_disputes_it_and_settles() public {
        PieceId id = _held(500);
        vm.expectEmit(address(ledger));
        emit IHolds.PieceDisputed(id, supplier.id, "broken");
        _dispute(supplier, id);
        assertTrue(_isStopped(id), "on hold");
        HoldWord hold = holds.holdWord(id);
        assertTrue(hold.has(HoldWords.DISPUTE) && hold.disputant() == supplier.id && hold.disputeDay() == START_DAY, "why");
        assertEq(_heldCount(id), 1, "marks");
        _refuseTransfer(supplier, id, id);
        vm.expectEmit(address(ledger));
        emit IHolds.DisputeEnded(id);
        _endDispute(supplier, id);
        _assertState(id, PieceState.Held);
        assertTrue(_heldCount(id) == 0 && !holds.holdWord(id).isHolding(), "nothing is left of it");
        _passed(id, supplier, second, 100);
    }

    function test_who_passed_a_piece_on_disputes_it() public {
        PieceId id = _held(500);
        _dispute(issuer, id);
        assertTrue(holds.holdWord(id).disputant() == issuer.id, "the issuer passed it on first");
        _endDispute(issuer, id);
        PieceId child = _passed(id, supplier, second, 100);
        _dispute(supplier, child);
        assertTrue(holds.holdWord(child).disputant() == supplier.id, "then its first holder");
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceOnHold.selector, child, child));
        _accept(second, child);
        _assertState(id, PieceState.Held);
    }

    function test_nobody_else_disputes() public {
        PieceId child = _passed(_held(500), supplier, second, 100);
        Company[5] memory others = [issuer, third, bank, operator, regulator];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IHolds.NotASide.selector, child, supplier.id, second.id, others[i].id));
            _dispute(others[i], child);
        }
        participants.suspend(second.id);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, second.id));
        _dispute(second, child);
    }

    function test_each_side_disputes_once() public {
        PieceId id = _held(500);
        _dispute(supplier, id);
        vm.expectRevert(abi.encodeWithSelector(IHolds.AlreadyDisputed.selector, id, supplier.id));
        _dispute(supplier, id);
        vm.expectRevert(abi.encodeWithSelector(IHolds.AlreadyDisputed.selector, id, issuer.id));
        _dispute(issuer, id);
        _endDispute(supplier, id);
        vm.expectRevert(abi.encodeWithSelector(IHolds.AlreadyDisputed.selector, id, supplier.id));
        _dispute(supplier, id);
        _dispute(issuer, id);
        _endDispute(issuer, id);
        vm.expectRevert(abi.encodeWithSelector(IHolds.AlreadyDisputed.selector, id, issuer.id));
        _dispute(issuer, id);
        assertEq(_heldCount(id), 0, "marks");
    }

    function test_who_passed_a_piece_on_or_sold_it_disputes_it_no_more() public {
        PieceId id = _held(500);
        PieceId offered = _passed(id, supplier, second, 500);
        vm.expectRevert(abi.encodeWithSelector(IHolds.AlreadyPassedOn.selector, id, 1));
        _dispute(supplier, id);
        _accept(second, offered);
        vm.expectRevert(abi.encodeWithSelector(IHolds.AlreadyPassedOn.selector, id, 1));
        _dispute(supplier, id);
        // The other side of its trade may, and so may both sides of the next.
        _dispute(issuer, id);
        _dispute(second, offered);
    }

    function test_who_was_paid_for_a_piece_is_no_side_of_a_trade() public {
        PieceId id = _held(500);
        PieceId bought = _sold(id, 400, address(money));
        vm.expectRevert(abi.encodeWithSelector(IHolds.NotASide.selector, bought, PartyId.wrap(0), bank.id, supplier.id));
        _dispute(supplier, bought);
        vm.expectRevert(abi.encodeWithSelector(IHolds.AlreadyPassedOn.selector, id, 1));
        _dispute(supplier, id);
        PieceId locked = _sold(id, 50, address(0));
        vm.expectRevert(abi.encodeWithSelector(IHolds.NotASide.selector, locked, PartyId.wrap(0), bank.id, supplier.id));
        _dispute(supplier, locked);
        _dispute(bank, bought);
    }

    function test_what_is_paid_or_given_back_is_beyond_dispute() public {
        PieceId given = _offered(100);
        vm.prank(supplier.key);
        ledger.reject(_one(given), 0);
        vm.expectRevert(abi.encodeWithSelector(IHolds.NothingToHold.selector, given));
        _dispute(supplier, given);
        PieceId paid = _held(100);
        _mature();
        _redeem(paid);
        vm.expectRevert(abi.encodeWithSelector(IHolds.NothingToHold.selector, paid));
        _dispute(supplier, paid);
    }

    function test_a_dispute_ends_by_its_time() public {
        PieceId id = _held(500);
        _dispute(supplier, id);
        uint256 lastDay = uint256(START_DAY) + 30;
        bytes memory reason = abi.encodeWithSelector(
            IHolds.DisputeStillOpen.selector, id, supplier.id, lastDay, ruleId(VOUCHER, 1, RULE_DISPUTE)
        );
        // To the last second of the last day in Shanghai.
        vm.warp((lastDay + 1) * 1 days - 8 hours - 1);
        vm.expectRevert(reason);
        _endDispute(issuer, id);
        vm.warp(block.timestamp + 1);
        vm.prank(address(0xdead));
        holds.endDispute(_one(id));
        _assertState(id, PieceState.Held);
    }

    function test_the_rules_of_the_issue_say_how_long_a_dispute_lasts() public {
        PieceId id = _held(500);
        vm.warp(block.timestamp + 1 days);
        rulebook.enact(VOUCHER, _rulesOf(180, 500, 16, 3), START_DAY + 1);
        PieceId later = _held(500);
        _dispute(supplier, id);
        _dispute(supplier, later);
        uint256 lastDay = uint256(START_DAY) + 31;
        vm.expectRevert(
            abi.encodeWithSelector(IHolds.DisputeStillOpen.selector, id, supplier.id, lastDay, ruleId(VOUCHER, 1, RULE_DISPUTE))
        );
        _endDispute(bank, id);
        vm.expectRevert(
            abi.encodeWithSelector(IHolds.DisputeStillOpen.selector, later, supplier.id, lastDay, ruleId(VOUCHER, 2, RULE_DISPUTE))
        );
        _endDispute(bank, later);
    }

    function test_only_a_dispute_is_ended() public {
        PieceId id = _held(500);
        vm.expectRevert(abi.encodeWithSelector(IHolds.NotDisputed.selector, id));
        _endDispute(supplier, id);
        _holdByCourt(regulator, id);
        vm.expectRevert(abi.encodeWithSelector(IHolds.NotDisputed.selector, id));
        _endDispute(supplier, id);
    }

    function test_a_suspended_company_settles_its_dispute() public {
        PieceId id = _held(500);
        _dispute(supplier, id);
        participants.suspend(supplier.id);
        _endDispute(supplier, id);
        _assertState(id, PieceState.Held);
    }

    function test_a_disputed_offer_is_refused_or_ends_as_any_other() public {
        PieceId id = _held(500);
        PieceId rejected = _passed(id, supplier, second, 100);
        PieceId expired = _passed(id, supplier, second, 200);
        _dispute(supplier, rejected);
        _dispute(second, expired);
        assertEq(_heldCount(id), 2, "marks");
        vm.prank(second.key);
        ledger.reject(_one(rejected), 0);
        vm.warp(block.timestamp + 2 hours);
        ledger.expire(_one(expired));
        _assertAmount(id, 500);
        _assertState(rejected, PieceState.Rejected);
        _endDispute(supplier, rejected);
        _endDispute(second, expired);
        assertEq(_heldCount(id), 0, "marks");
    }

    function test_several_pieces_are_disputed_at_once_and_each_by_its_name() public {
        PieceId one = _held(100);
        PieceId other = _held(200);
        vm.prank(supplier.key);
        holds.dispute(_two(one, other), 0);
        assertTrue(_isStopped(one) && _isStopped(other), "both");
        PieceReference wrong = PieceReference.wrap(PieceReference.unwrap(_ref(one)) ^ (1 << 96));
        PieceReference[] memory named = _one(one);
        named[0] = wrong;
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceMismatch.selector, wrong, _ref(one)));
        vm.prank(supplier.key);
        holds.endDispute(named);
        vm.prank(supplier.key);
        holds.endDispute(_two(one, other));
        assertEq(_heldCount(one) + _heldCount(other), 0, "marks");
    }

    function test_no_dispute_keeps_a_holder_from_being_paid() public {
        PieceId id = _held(500);
        PieceId child = _passed(id, supplier, second, 100);
        _accept(second, child);
        vm.warp(uint256(MATURITY) * 1 days - 9 hours);
        _dispute(issuer, id);
        _mature();
        PieceReference[] memory both = _two(id, child);
        vm.prank(issuer.key);
        ledger.redeem(both, address(money));
        assertTrue(money.balanceOf(supplier.key) == 400 && money.balanceOf(second.key) == 100, "paid");
        _assertState(id, PieceState.Redeemed);
        _endDispute(issuer, id);
        assertEq(_heldCount(id), 0, "marks");
    }

    function test_what_is_on_hold_is_neither_accepted_nor_passed_on_nor_sold() public {
        PieceId id = _held(500);
        PieceId offered = _passed(id, supplier, second, 100);
        _dispute(issuer, id);
        _refuseTransfer(supplier, id, id);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceOnHold.selector, offered, id));
        _accept(second, offered);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 100);
        Signature memory signature = _signed(bank, _offerDigest(offer));
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceOnHold.selector, id, id));
        vm.prank(supplier.key);
        financing.finance(offer, signature, _unsigned(), 0);
    }

    /// A tree of pieces that grew in any way: a mark on any of them stops it and what was cut from it, and nothing else.
    function testFuzz_a_mark_stops_a_piece_and_all_that_was_cut_from_it_and_nothing_else(uint256 seed) public {
        Company[3] memory owners = [supplier, second, third];
        PieceId root = _held(LIMIT);
        uint16[10] memory parents;
        uint256[10] memory owner;
        for (uint16 i = 2; i < 10; ++i) {
            parents[i] = uint16(1 + seed % (i - 1));
            seed = uint256(keccak256(abi.encode(seed)));
            owner[i] = (owner[parents[i]] + 1 + seed % 2) % 3;
            PieceId parent = root.obligation().piece(parents[i]);
            // A tenth at each hop: enough for all nine, however they are cut.
            uint64 amountMinor = LIMIT / uint64(10 ** ledger.pieceWord(parent).hops());
            PieceId child = _passed(parent, owners[owner[parents[i]]], owners[owner[i]], amountMinor);
            _accept(owners[owner[i]], child);
        }
        uint16 markedIndex = uint16(1 + seed % 9);
        PieceId marked = root.obligation().piece(markedIndex);
        _dispute(markedIndex == 1 ? issuer : owners[owner[parents[markedIndex]]], marked);
        bool[10] memory under;
        for (uint16 i = 1; i < 10; ++i) {
            under[i] = i == markedIndex || (i > 1 && under[parents[i]]);
            PieceId id = root.obligation().piece(i);
            assertTrue(_isStopped(id) == under[i], "stopped exactly if it comes from the marked one");
            if (under[i]) _refuseTransfer(owners[owner[i]], id, marked);
            else _passed(id, owners[owner[i]], owners[(owner[i] + 1) % 3], 1);
        }
    }
}

contract ReturnsTest is HoldsWorld {
    EvidenceId private _document;
    PieceId private _first;
    PieceId private _second;
    PieceId private _third;

    /// A document of 600 that three pieces use: 300, then 200, then 100.
    function setUp() public override {
        super.setUp();
        _document = _confirm(issuer, supplier, 600);
        _first = _heldUsing(_document, 300);
        _second = _heldUsing(_document, 200);
        _third = _heldUsing(_document, 100);
    }

    function _list(PieceId one, PieceId two, PieceId three) private view returns (PieceReference[] memory list) {
        list = new PieceReference[](3);
        (list[0], list[1], list[2]) = (_ref(one), _ref(two), _ref(three));
    }

    function _hold(PieceReference[] memory pieces) private {
        vm.prank(address(0xdead));
        holds.holdReturned(_document, pieces);
    }

    function _refuse(PieceReference[] memory pieces, bytes memory reason) private {
        vm.expectRevert(reason);
        holds.holdReturned(_document, pieces);
    }

    function test_a_partial_credit_note_holds_the_latest_use_first() public {
        _credit(_document, issuer, supplier, 100);
        vm.expectEmit(address(ledger));
        emit IHolds.PieceHeldForReturn(_third, _document, 100);
        _hold(_one(_third));
        assertTrue(_isStopped(_third) && !_isStopped(_second) && !_isStopped(_first), "the latest use alone");
        assertTrue(holds.holdWord(_third).has(HoldWords.RETURNED), "why");
        _passed(_second, supplier, second, 10);
        _credit(_document, issuer, supplier, 1);
        vm.expectEmit(address(ledger));
        emit IHolds.PieceHeldForReturn(_second, _document, 200);
        // The latest use is looked at already and passed over.
        _hold(_two(_third, _second));
        assertTrue(_isStopped(_second) && !_isStopped(_first), "then the one before");
        assertTrue(_heldCount(_third) == 1 && _heldCount(_second) == 1, "each marked once");
    }

    function test_no_more_is_held_than_is_needed_and_none_out_of_turn() public {
        _refuse(_one(_third), abi.encodeWithSelector(IHolds.NothingReturned.selector, _document));
        _credit(_document, issuer, supplier, 150);
        _refuse(new PieceReference[](0), abi.encodeWithSelector(ILedgerParts.NothingNamed.selector));
        _refuse(_two(_second, _first), abi.encodeWithSelector(IHolds.NotTheLatestUse.selector, _second, 2, 1));
        _refuse(_two(_third, _first), abi.encodeWithSelector(IHolds.NotTheLatestUse.selector, _first, 1, 0));
        PieceId foreign = _held(100);
        _refuse(
            _one(foreign),
            abi.encodeWithSelector(IHolds.NotOfEvidence.selector, foreign, _document, reader.piece(foreign).evidence)
        );
        _hold(_list(_third, _second, _first));
        assertTrue(_isStopped(_third) && _isStopped(_second) && !_isStopped(_first), "enough");
        _refuse(_one(_first), abi.encodeWithSelector(IHolds.EnoughHeld.selector, _document, 300, 150));
        _refuse(_one(foreign), abi.encodeWithSelector(IHolds.EnoughHeld.selector, _document, 300, 150));
    }

    function test_a_return_is_held_in_several_calls_that_nobody_undoes() public {
        _credit(_document, issuer, supplier, 600);
        _hold(_one(_third));
        ReturnWord seen = holds.returnWord(_document);
        assertTrue(seen.heldMinor() == 100 && seen.usesLeft() == 2 && seen.useCount() == 3, "where the first call left off");
        // Who names the latest use again does not begin anew, and a list that another's call has overtaken still does its part.
        _hold(_one(_third));
        assertEq(holds.returnWord(_document).usesLeft(), 2, "as before");
        _hold(_two(_third, _second));
        _hold(_list(_third, _second, _first));
        seen = holds.returnWord(_document);
        assertTrue(seen.heldMinor() == 600 && seen.usesLeft() == 0, "all");
        assertTrue(_isStopped(_third) && _isStopped(_second) && _isStopped(_first), "all");
        assertEq(_heldCount(_first), 1, "marks");
    }

    function test_what_is_given_back_between_two_calls_is_counted_neither_as_held_nor_as_needed() public {
        _document = _confirm(issuer, supplier, 600);
        PieceId kept = _heldUsing(_document, 200);
        PieceId spare = _using(_document, 100);
        PieceId next = _using(_document, 100);
        PieceId last = _using(_document, 100);
        // 500 are used and 300 owed, so 200 are to be held.
        _credit(_document, issuer, supplier, 300);
        _hold(_one(last));
        vm.prank(supplier.key);
        ledger.reject(_one(last), 0);
        assertEq(holds.returnWord(_document).heldMinor(), 0, "what is given back is not held");
        assertEq(registry.excessOf(_document), 100, "nor needed");
        _hold(_two(next, spare));
        assertTrue(_isStopped(next) && !ledger.pieceWord(spare).isMarked() && !_isStopped(kept), "as much as is needed");
        // An offer that is on hold for a dispute and was not looked at yet is counted nowhere.
        _dispute(issuer, spare);
        vm.prank(supplier.key);
        ledger.reject(_one(spare), 0);
        assertTrue(holds.returnWord(_document).heldMinor() == 100 && registry.excessOf(_document) == 0, "counts");
        holds.endReturnHold(_document, _two(next, last));
        assertEq(ReturnWord.unwrap(holds.returnWord(_document)), 0, "nothing is left of it");
    }

    function test_what_was_held_and_paid_is_made_up_for_by_looking_anew() public {
        _document = _confirm(issuer, supplier, 200);
        PieceId early = _heldUsing(_document, 100);
        Leg[] memory legs = _one(_leg(supplier, 100, _document));
        vm.prank(issuer.key);
        PieceId soon = ledger.issue(line, VOUCHER, START_DAY + 1, false, legs).piece(1);
        _accept(supplier, soon);
        _credit(_document, issuer, supplier, 100);
        _hold(_one(soon));
        vm.warp(uint256(START_DAY + 1) * 1 days);
        _redeem(soon);
        assertTrue(!_isStopped(early), "enough was held");
        _hold(_two(soon, early));
        assertTrue(_isStopped(early), "now it is the one before");
    }

    function test_a_use_after_the_looking_is_the_latest_then() public {
        _document = _confirm(issuer, supplier, 600);
        PieceId kept = _heldUsing(_document, 300);
        PieceId open = _using(_document, 200);
        _credit(_document, issuer, supplier, 200);
        _hold(_one(open));
        vm.prank(supplier.key);
        ledger.reject(_one(open), 0);
        PieceId later = _heldUsing(_document, 50);
        _credit(_document, issuer, supplier, 60);
        _refuse(_one(kept), abi.encodeWithSelector(IHolds.NotTheLatestUse.selector, kept, 2, 0));
        _hold(_list(later, open, kept));
        assertTrue(_isStopped(later) && !_isStopped(kept), "10 are to be held");
    }

    /// 250 pieces of one obligation, each passed on in part, on one cancelled invoice.
    function test_a_cancelled_invoice_of_250_pieces_is_held_in_a_few_calls_below_30_million_gas() public {
        uint16 count = 250;
        _document = _confirm(issuer, supplier, uint64(count) * 10);
        PieceReference[] memory named = _crumbs(count, 10);
        vm.prank(supplier.key);
        ledger.accept(named);
        EvidenceId next = _confirm(supplier, second, uint64(count) * 5);
        for (uint256 i = 0; i < count; ++i) {
            vm.prank(supplier.key);
            ledger.transfer(named[i], _one(_leg(second, 5, next)));
        }
        _credit(_document, issuer, supplier, uint64(count) * 10);
        for (uint256 from = 0; from < count; from += 125) {
            PieceReference[] memory some = new PieceReference[](125);
            for (uint256 i = 0; i < 125; ++i) {
                some[i] = named[count - 1 - from - i];
            }
            uint256 gas = gasleft();
            holds.holdReturned(_document, some);
            assertTrue(gas - gasleft() < 30_000_000, "a call fits a block");
        }
        assertEq(_heldCount(named[0].piece()), count, "all are held");
        assertEq(holds.returnWord(_document).heldMinor(), uint64(count) * 10, "held");
    }

    /// Offers of a fen that were refused lie over the piece that is to be held.
    function test_refused_crumbs_bury_no_return() public {
        _document = _confirm(issuer, supplier, 10_000);
        PieceId kept = _heldUsing(_document, 9_000);
        uint16 count = 450;
        PieceReference[] memory named = _crumbs(count, 1);
        vm.prank(supplier.key);
        ledger.reject(named, "crumbs");
        _credit(_document, issuer, supplier, 10_000);
        for (uint256 from = 0; from < count; from += 150) {
            PieceReference[] memory some = new PieceReference[](150);
            for (uint256 i = 0; i < 150; ++i) {
                some[i] = named[count - 1 - from - i];
            }
            holds.holdReturned(_document, some);
        }
        _hold(_one(kept));
        assertTrue(_isStopped(kept) && _heldCount(named[0].piece()) == 0, "what is left is held");
    }

    function test_a_refused_crumb_takes_little_gas_to_skip() public {
        _document = _confirm(issuer, supplier, 1_000);
        _heldUsing(_document, 900);
        uint16 count = 100;
        PieceReference[] memory named = _crumbs(count, 1);
        vm.prank(supplier.key);
        ledger.reject(named, "crumbs");
        _credit(_document, issuer, supplier, 1_000);
        PieceReference[] memory latestFirst = new PieceReference[](count);
        for (uint256 i = 0; i < count; ++i) {
            latestFirst[i] = named[count - 1 - i];
        }
        uint256 gas = gasleft();
        holds.holdReturned(_document, latestFirst);
        assertTrue((gas - gasleft()) / count < 12_000, "a crumb");
    }

    /// One obligation of so many pieces on the document.
    function _crumbs(uint16 count, uint64 amountMinor) private returns (PieceReference[] memory named) {
        Leg[] memory legs = new Leg[](count);
        for (uint256 i = 0; i < count; ++i) {
            legs[i] = _leg(supplier, amountMinor, _document);
        }
        vm.prank(issuer.key);
        ObligationId id = ledger.issue(line, VOUCHER, MATURITY, false, legs);
        named = new PieceReference[](count);
        for (uint16 i = 0; i < count; ++i) {
            named[i] = _ref(id.piece(i + 1));
        }
    }

    function test_a_cancelled_document_holds_all_that_used_it_and_what_was_cut_from_it() public {
        PieceId child = _passed(_first, supplier, second, 250);
        _accept(second, child);
        PieceId grandchild = _passed(child, second, third, 50);
        _accept(third, grandchild);
        PieceId other = _held(70);
        _credit(_document, issuer, supplier, 600);
        vm.expectEmit(address(ledger));
        emit IHolds.PieceHeldForReturn(_first, _document, 300);
        _hold(_list(_third, _second, _first));
        _refuseTransfer(second, child, _first);
        _refuseTransfer(third, grandchild, _first);
        _refuseTransfer(supplier, _second, _second);
        assertTrue(_isStopped(grandchild) && !_isStopped(other), "descendants, and only they");
        // A holder in good faith sees why, and is paid all the same.
        assertTrue(registry.isCancelled(reader.path(grandchild)[0].evidence), "the reason is on its way");
        _mature();
        _redeem(grandchild);
        assertEq(money.balanceOf(third.key), 50, "paid");
    }

    function test_what_was_paid_or_given_back_is_not_held_and_not_needed() public {
        PieceId offered = _passed(_first, supplier, second, 250);
        EvidenceId document = _confirm(issuer, supplier, 100);
        PieceId given = _using(document, 60);
        vm.prank(supplier.key);
        ledger.reject(_one(given), 0);
        _mature();
        _redeem(_second);
        _credit(_document, issuer, supplier, 600);
        _hold(_list(_third, _second, _first));
        assertTrue(_isStopped(_third) && _isStopped(_first) && _isStopped(offered), "what is live");
        assertTrue(_heldCount(_second) == 0, "what is paid bears no mark");
        _credit(document, issuer, supplier, 100);
        vm.expectRevert(abi.encodeWithSelector(IHolds.NothingReturned.selector, document));
        holds.holdReturned(document, _one(given));
    }

    function test_there_is_no_use_before_the_first() public {
        _mature();
        _redeem(_third);
        _redeem(_second);
        _redeem(_first);
        _credit(_document, issuer, supplier, 600);
        _hold(_list(_third, _second, _first));
        assertEq(_heldCount(_first), 0, "nothing was left to hold");
        _refuse(_one(_first), abi.encodeWithSelector(IHolds.EnoughHeld.selector, _document, 0, 600));
    }

    function test_what_is_held_already_counts_and_is_not_told_again() public {
        _credit(_document, issuer, supplier, 600);
        _hold(_list(_third, _second, _first));
        _hold(_list(_third, _second, _first));
        assertEq(_heldCount(_first), 1, "one mark");
    }

    function test_anyone_ends_the_hold_when_the_document_backs_all_again() public {
        PieceId open = _using(_confirm(issuer, supplier, 1), 1);
        _document = _confirm(issuer, supplier, 500);
        PieceId kept = _heldUsing(_document, 300);
        open = _using(_document, 200);
        _credit(_document, issuer, supplier, 200);
        _hold(_one(open));
        vm.expectRevert(abi.encodeWithSelector(IHolds.StillReturned.selector, _document, 200));
        holds.endReturnHold(_document, _one(open));
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceOnHold.selector, open, open));
        _accept(supplier, open);
        vm.prank(supplier.key);
        ledger.reject(_one(open), 0);
        vm.expectRevert(abi.encodeWithSelector(IHolds.NotHeldForReturn.selector, kept));
        holds.endReturnHold(_document, _one(kept));
        vm.expectRevert(
            abi.encodeWithSelector(IHolds.NotOfEvidence.selector, _first, _document, reader.piece(_first).evidence)
        );
        holds.endReturnHold(_document, _one(_first));
        vm.expectEmit(address(ledger));
        emit IHolds.ReturnHoldEnded(open, _document);
        vm.prank(address(0xdead));
        holds.endReturnHold(_document, _one(open));
        assertTrue(_heldCount(open) == 0 && HoldWord.unwrap(holds.holdWord(open)) == 0, "nothing is left of it");
    }

    function test_what_a_loan_uses_of_a_document_keeps_nobody_from_holding_its_pieces() public {
        _document = _confirm(issuer, supplier, 600);
        _lend(100);
        _first = _heldUsing(_document, 200);
        _lend(50);
        _second = _heldUsing(_document, 150);
        _lend(100);
        _credit(_document, issuer, supplier, 600);
        _hold(_two(_second, _first));
        assertTrue(_isStopped(_first) && _isStopped(_second), "both pieces");
    }

    function _lend(uint64 amountMinor) private {
        vm.prank(address(loans));
        registry.consumeForLoan(issuer.id, CNY, START_DAY, 1, _leg(supplier, amountMinor, _document));
    }

    function test_the_middle_of_a_draw_is_held_with_all_that_came_of_it() public {
        vm.prank(issuer.key);
        AllotmentId allotment = allotments.allot(line, supplier.id, 500, MATURITY, _anyTerms());
        EvidenceId[] memory hops = new EvidenceId[](1);
        hops[0] = _confirm(issuer, supplier, 400);
        Leg memory leg = _leg(second, 400, _confirm(supplier, second, 400));
        vm.prank(supplier.key);
        ObligationId drawn = allotments.draw(allotment, VOUCHER, MATURITY, false, hops, leg);
        _accept(second, drawn.piece(2));
        _credit(hops[0], issuer, supplier, 400);
        // Nothing is left in the piece in the middle; what is held is what was cut from it.
        vm.expectEmit(address(ledger));
        emit IHolds.PieceHeldForReturn(drawn.piece(1), hops[0], 400);
        holds.holdReturned(hops[0], _one(drawn.piece(1)));
        _refuseTransfer(second, drawn.piece(2), drawn.piece(1));
    }

    /// Whatever became of a document's uses, and however much of it is credited: the latest uses are held, no more of them than cover what
    /// it no longer backs, and no less.
    function testFuzz_what_is_held_covers_the_excess_exactly_and_latest_use_first(uint256 seed, uint64 credited) public {
        uint256 count = 2 + seed % 5;
        _document = _confirm(issuer, supplier, uint64(count * 100));
        PieceId[] memory pieces = new PieceId[](count);
        uint64[] memory live = new uint64[](count);
        for (uint256 i = 0; i < count; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            live[i] = uint64(1 + seed % 100);
            pieces[i] = _using(_document, live[i]);
        }
        // Some are given back, some accepted, of which some are passed on in part; some of those are paid.
        for (uint256 i = 0; i < count; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            if (seed % 4 == 0) {
                vm.prank(supplier.key);
                ledger.reject(_one(pieces[i]), 0);
                live[i] = 0;
                continue;
            }
            _accept(supplier, pieces[i]);
            if (seed % 4 != 1 && live[i] > 1) {
                PieceId child = _passed(pieces[i], supplier, second, live[i] / 2);
                if (seed % 4 == 2) _accept(second, child);
            }
        }
        _credit(_document, issuer, supplier, uint64(bound(credited, 1, count * 100)));
        uint64 excess = registry.excessOf(_document);
        uint64 held = 0;
        uint256 from = count;
        while (held < excess && from > 0) held += live[--from];
        if (excess == 0) {
            vm.expectRevert(abi.encodeWithSelector(IHolds.NothingReturned.selector, _document));
            holds.holdReturned(_document, _latest(pieces, 1));
            return;
        }
        assertTrue(held >= excess, "all that is used is live, so enough of it can be held");
        // In two calls, of which the second names all pieces.
        uint256 cut = seed % count;
        if (cut != 0) holds.holdReturned(_document, _latest(pieces, cut));
        if (cut < count - from) holds.holdReturned(_document, _latest(pieces, count));
        assertEq(holds.returnWord(_document).heldMinor(), held, "counted");
        for (uint256 i = 0; i < count; ++i) {
            bool expected = i >= from && live[i] != 0;
            assertTrue(ledger.pieceWord(pieces[i]).isMarked() == expected, "the latest uses, as far as they are live");
            assertEq(_heldCount(pieces[i]), expected ? 1 : 0, "marks");
        }
    }

    /// The last `count` of these pieces, the latest first.
    function _latest(PieceId[] memory pieces, uint256 count) private view returns (PieceReference[] memory list) {
        list = new PieceReference[](count);
        for (uint256 i = 0; i < count; ++i) {
            list[i] = _ref(pieces[pieces.length - 1 - i]);
        }
    }
}

contract CancelledSalesTest is HoldsWorld {
    function test_a_banks_offer_does_not_fit_a_piece_whose_document_was_cancelled() public {
        EvidenceId document = _confirm(issuer, supplier, 500);
        PieceId id = _heldUsing(document, 400);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 400);
        Signature memory signature = _signed(bank, _offerDigest(offer));
        _credit(document, issuer, supplier, 499);
        IFinancing.FinanceOffer memory part = _offer(bank, id, 1);
        vm.prank(supplier.key);
        PieceId bought = financing.finance(part, _signed(bank, _offerDigest(part)), _unsigned(), 0);
        _creditRest(document);
        offer.childCount = 1;
        offer.amountMinor = 399;
        offer.priceMinor = 399;
        signature = _signed(bank, _offerDigest(offer));
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.EvidenceCancelled.selector, document));
        vm.prank(supplier.key);
        financing.finance(offer, signature, _unsigned(), 0);
        assertTrue(ledger.pieceWord(bought).owner() == bank.id, "what was sold before stays sold");
    }

    function _creditRest(EvidenceId document) private {
        _credit(document, issuer, supplier, 1);
        assertTrue(registry.isCancelled(document), "all of it");
    }
}

contract CourtsTest is HoldsWorld {
    function test_a_court_holds_a_piece_and_is_paid_for_it() public {
        PieceId id = _held(500);
        PieceId child = _passed(id, supplier, second, 100);
        vm.expectEmit(address(ledger));
        emit IHolds.CourtHeld(id, regulator.id, ORDER);
        _holdByCourt(regulator, id);
        assertTrue(_isStopped(id) && _isStopped(child), "the piece and what was cut from it");
        assertTrue(holds.holdWord(id).court() == regulator.id, "by whom");
        _refuseTransfer(supplier, id, id);
        vm.prank(second.key);
        ledger.reject(_one(child), 0);
        _mature();
        vm.expectEmit(address(ledger));
        emit ILedgerParts.Transfer(supplier.key, regulator.key, PieceId.unwrap(id));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.PieceRedeemed(id, 500, regulator.id, address(money));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.Transfer(regulator.key, address(0), PieceId.unwrap(id));
        _redeem(id);
        assertTrue(money.balanceOf(regulator.key) == 500 && money.balanceOf(supplier.key) == 0, "the court's account");
    }

    function test_a_released_piece_is_its_owners_again() public {
        PieceId id = _held(500);
        _holdByCourt(regulator, id);
        vm.expectRevert(abi.encodeWithSelector(IHolds.NotHeldByCourt.selector, id, otherRegulator.id));
        _releaseByCourt(otherRegulator, id);
        vm.expectEmit(address(ledger));
        emit IHolds.CourtReleased(id, ORDER);
        _releaseByCourt(regulator, id);
        assertTrue(_heldCount(id) == 0 && HoldWord.unwrap(holds.holdWord(id)) == 0, "nothing is left of it");
        vm.expectRevert(abi.encodeWithSelector(IHolds.NotHeldByCourt.selector, id, regulator.id));
        _releaseByCourt(regulator, id);
        _passed(id, supplier, second, 100);
        _mature();
        ledger.expire(_one(id.obligation().piece(2)));
        _redeem(id);
        assertEq(money.balanceOf(supplier.key), 500, "paid to its owner");
    }

    function test_only_a_regulator_carries_out_orders_of_courts() public {
        PieceId id = _held(500);
        Company[4] memory others = [operator, bank, issuer, supplier];
        for (uint256 i = 0; i < others.length; ++i) {
            bytes memory reason = abi.encodeWithSelector(ILedgerParts.RoleMissing.selector, others[i].id, REGULATOR);
            vm.expectRevert(reason);
            _holdByCourt(others[i], id);
            vm.expectRevert(reason);
            _holdAll(others[i], id);
            vm.expectRevert(reason);
            _releaseByCourt(others[i], id);
            vm.expectRevert(reason);
            _releaseAll(others[i], id);
        }
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, address(this)));
        holds.holdByCourt(_one(id), ORDER);
    }

    function test_a_court_holds_what_is_live_and_not_yet_held() public {
        PieceId id = _held(500);
        _holdByCourt(regulator, id);
        vm.expectRevert(abi.encodeWithSelector(IHolds.AlreadyHeldByCourt.selector, id, regulator.id));
        _holdByCourt(otherRegulator, id);
        _releaseByCourt(regulator, id);
        _mature();
        _redeem(id);
        vm.expectRevert(abi.encodeWithSelector(IHolds.NothingToHold.selector, id));
        _holdByCourt(regulator, id);
    }

    function test_a_court_cannot_name_an_empty_piece_whose_worth_others_have() public {
        PieceId id = _held(500);
        PieceId bought = _sold(id, 500, address(money));
        vm.expectRevert(abi.encodeWithSelector(IHolds.NothingToHold.selector, id));
        _holdByCourt(regulator, id);
        _mature();
        _redeem(bought);
        assertEq(money.balanceOf(regulator.key), 0, "the bank is paid for what it bought before");
    }

    function test_a_court_holds_an_empty_piece_while_its_amount_may_come_back() public {
        PieceId id = _held(500);
        PieceId offered = _passed(id, supplier, second, 500);
        _holdByCourt(regulator, id);
        vm.prank(second.key);
        ledger.reject(_one(offered), 0);
        _mature();
        _redeem(id);
        assertEq(money.balanceOf(regulator.key), 500, "the court's account");
    }

    function test_a_locked_piece_that_a_court_holds_stays_held_where_it_goes_back() public {
        PieceId id = _held(500);
        PieceId given = _sold(id, 200, address(0));
        PieceId late = _sold(id, 300, address(0));
        _dispute(bank, given);
        _holdByCourt(regulator, given);
        _holdByCourt(regulator, late);
        PieceReference named = _ref(given);
        vm.expectEmit(address(ledger));
        emit IHolds.CourtReleased(given, 0);
        vm.expectEmit(address(ledger));
        emit IHolds.CourtHeld(id, regulator.id, 0);
        vm.prank(bank.key);
        financing.releaseLock(named);
        assertTrue(_isStopped(id) && holds.holdWord(id).court() == regulator.id, "held where it is now");
        assertTrue(PartyId.unwrap(holds.holdWord(given).court()) == 0 && _heldCount(id) == 3, "the dispute is still noted");
        vm.warp(block.timestamp + 2 days);
        financing.unlock(_ref(late));
        assertTrue(holds.holdWord(id).court() == regulator.id && _heldCount(id) == 2, "held once");
        _assertAmount(id, 500);
        _endDispute(bank, given);
        _refuseTransfer(supplier, id, id);
        _mature();
        _redeem(id);
        assertEq(money.balanceOf(regulator.key), 500, "the court's account");
    }

    function test_a_locked_piece_on_hold_for_a_dispute_alone_goes_back_free() public {
        PieceId id = _held(500);
        PieceId locked = _sold(id, 200, address(0));
        _dispute(bank, locked);
        PieceReference named = _ref(locked);
        vm.prank(bank.key);
        financing.releaseLock(named);
        _assertState(id, PieceState.Held);
        _assertAmount(id, 500);
    }

    function test_a_court_holds_a_whole_obligation() public {
        PieceId id = _held(500);
        PieceId child = _passed(id, supplier, second, 100);
        _accept(second, child);
        PieceId other = _held(70);
        PieceId whole = id.obligation().piece(0);
        vm.expectEmit(address(ledger));
        emit IHolds.CourtHeld(whole, regulator.id, ORDER);
        _holdAll(regulator, id);
        assertTrue(_isStopped(id) && _isStopped(child) && !_isStopped(other), "all of it, and nothing else");
        assertTrue(_heldCount(id) == 1 && holds.holdWord(whole).court() == regulator.id, "one mark");
        assertEq(holds.holdWord(whole).pieceCount(), 2, "pieces that the order found");
        _refuseTransfer(second, child, whole);
        vm.expectRevert(abi.encodeWithSelector(IHolds.AlreadyHeldByCourt.selector, whole, regulator.id));
        _holdAll(otherRegulator, id);
        _mature();
        _redeem(child);
        assertTrue(money.balanceOf(regulator.key) == 100 && money.balanceOf(second.key) == 0, "the court is paid");
        vm.expectRevert(abi.encodeWithSelector(IHolds.NotHeldByCourt.selector, whole, otherRegulator.id));
        _releaseAll(otherRegulator, id);
        vm.expectEmit(address(ledger));
        emit IHolds.CourtReleased(whole, ORDER);
        _releaseAll(regulator, id);
        assertTrue(_heldCount(id) == 0 && HoldWord.unwrap(holds.holdWord(whole)) == 0, "nothing is left of it");
        assertTrue(!ledger.obligationWord(id.obligation()).isMarked(), "no flag");
        vm.expectRevert(abi.encodeWithSelector(IHolds.NotHeldByCourt.selector, whole, regulator.id));
        _releaseAll(regulator, id);
        _redeem(id);
        assertEq(money.balanceOf(supplier.key), 400, "then its owner");
    }

    function test_an_order_on_an_obligation_names_its_maturity() public {
        ObligationId obligation = _held(500).obligation();
        vm.expectRevert(abi.encodeWithSelector(IHolds.ObligationUnknown.selector, obligation, MATURITY + 1));
        vm.prank(regulator.key);
        holds.holdObligationByCourt(obligation, MATURITY + 1, ORDER);
        vm.expectRevert(abi.encodeWithSelector(IHolds.ObligationUnknown.selector, ObligationId.wrap(77), 0));
        vm.prank(regulator.key);
        holds.holdObligationByCourt(ObligationId.wrap(77), 0, ORDER);
    }

    function test_the_order_nearest_to_the_piece_is_paid() public {
        PieceId id = _held(500);
        PieceId child = _passed(id, supplier, second, 100);
        _accept(second, child);
        PieceId grandchild = _passed(child, second, third, 30);
        _accept(third, grandchild);
        _holdAll(regulator, id);
        _holdByCourt(otherRegulator, child);
        _mature();
        _redeem(id);
        assertEq(money.balanceOf(regulator.key), 400, "the obligation's order");
        _redeem(child);
        _redeem(grandchild);
        assertEq(money.balanceOf(otherRegulator.key), 100, "the piece's order, also for what was cut from it");
    }

    function test_a_piece_is_free_when_all_its_holds_have_ended() public {
        EvidenceId document = _confirm(issuer, supplier, 500);
        PieceId id = _heldUsing(document, 300);
        PieceId open = _using(document, 200);
        _dispute(supplier, id);
        _holdByCourt(regulator, id);
        assertEq(holds.holdWord(id).pieceCount(), 0, "of an order on a whole obligation only");
        _credit(document, issuer, supplier, 400);
        holds.holdReturned(document, _two(open, id));
        assertEq(_heldCount(id), 1, "one mark, whatever number of holds rests on it");
        _endDispute(supplier, id);
        HoldWord hold = holds.holdWord(id);
        assertTrue(PartyId.unwrap(hold.disputant()) == 0 && hold.disputeDay() == 0 && hold.court() == regulator.id, "the others stay");
        assertTrue(_isStopped(id), "still on hold");
        _releaseByCourt(regulator, id);
        assertTrue(_isStopped(id), "still on hold");
        _dispute(issuer, id);
        _endDispute(issuer, id);
        assertTrue(_isStopped(id), "still on hold for the document");
    }

    function test_a_mark_more_than_can_be_counted_is_refused() public {
        PieceId id = _held(500);
        bytes32 slot = keccak256(abi.encode(id.obligation(), uint256(6)));
        uint256 word = uint256(vm.load(address(ledger), slot));
        assertEq(word, ObligationWord.unwrap(ledger.obligationWord(id.obligation())), "where the terms are");
        vm.store(address(ledger), slot, bytes32(word | (uint256(type(uint16).max) << 224)));
        assertEq(_heldCount(id), type(uint16).max, "as if all its pieces were marked");
        vm.expectRevert(abi.encodeWithSelector(IHolds.TooManyMarks.selector, id.obligation()));
        _holdAll(regulator, id);
        vm.expectRevert(abi.encodeWithSelector(IHolds.TooManyMarks.selector, id.obligation()));
        _dispute(supplier, id);
    }

    function testFuzz_words_keep_their_neighbours(uint32 disputant, uint16 day, uint32 court, bool payer) public pure {
        HoldWord word = HoldWord.wrap(0).withCourt(PartyId.wrap(court)).withReturn().withDispute(PartyId.wrap(disputant), day, payer);
        assertTrue(PartyId.unwrap(word.disputant()) == disputant && word.disputeDay() == day, "dispute");
        assertTrue(PartyId.unwrap(word.court()) == court, "court");
        assertTrue(word.hasDisputed(payer) && !word.hasDisputed(!payer), "side");
        word = word.without(HoldWords.DISPUTE);
        assertTrue(PartyId.unwrap(word.disputant()) == 0 && word.disputeDay() == 0 && word.hasDisputed(payer), "no dispute");
        assertTrue(PartyId.unwrap(word.court()) == court && word.has(HoldWords.COURT) && word.has(HoldWords.RETURNED), "others");
        word = word.without(HoldWords.COURT);
        assertTrue(PartyId.unwrap(word.court()) == 0 && word.isHolding(), "no court");
        assertTrue(!word.without(HoldWords.RETURNED).isHolding(), "nothing");
        word = HoldWords.onWhole(PartyId.wrap(court), day);
        assertTrue(PartyId.unwrap(word.court()) == court && word.pieceCount() == day && word.has(HoldWords.COURT), "whole");
        assertEq(HoldWord.unwrap(word.without(HoldWords.COURT)), 0, "nothing");
    }

    function testFuzz_the_word_of_a_return_keeps_its_fields(uint64 held, uint16 uses, uint16 use, uint64 back) public pure {
        uses = uses == 0 ? 1 : uses;
        ReturnWord word = ReturnWords.begin(uses).lookedAt(held);
        assertTrue(word.heldMinor() == held && word.usesLeft() == uses - 1 && word.useCount() == uses, "fields");
        bool counted = use >= uses - 1 && back <= held;
        word = word.withoutUse(use, back);
        assertEq(word.heldMinor(), counted ? held - back : held, "less by what was counted");
        assertTrue(word.usesLeft() == uses - 1 && word.useCount() == uses, "neighbours");
    }
}
