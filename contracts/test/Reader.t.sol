// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IFinancing} from "../interfaces/IFinancing.sol";
import {IHolds} from "../interfaces/IHolds.sol";
import {ILedgerReader} from "../interfaces/ILedgerReader.sol";
import {EvidenceId, LineId, ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {PieceState, Signature} from "../types/Movements.sol";
import {PieceReference} from "../types/PieceReference.sol";
import {BANK, GUARANTOR, REGULATOR} from "../types/Roles.sol";
import {GuaranteeWorld} from "./Guarantees.t.sol";
import {World} from "./World.t.sol";

/// @notice The ledger in readable form.
contract ReaderTest is World {
    Company private _third;

    function setUp() public override {
        super.setUp();
        _third = _company("third bank", BANK);
        _fund(otherBank, money, 10 * uint256(LIMIT));
        _limitFinancing(otherBank, issuer, LIMIT);
    }

    // ---------------------------------------------------------------- references, paths, pages

    function test_a_reference_names_a_piece_and_what_it_must_be() public {
        PieceId id = _held(500);
        PieceId child = _passed(id, supplier, second, 100);
        PieceId bought = _financed(id, 50);
        PieceId[] memory pieces = new PieceId[](3);
        (pieces[0], pieces[1], pieces[2]) = (id, child, bought);
        PieceReference[] memory named = reader.references(pieces);
        assertEq(named.length, 3, "one each");
        for (uint256 i = 0; i < 3; ++i) {
            ILedgerReader.Piece memory piece = reader.piece(pieces[i]);
            assertTrue(named[i].piece() == pieces[i] && named[i].maturityDay() == MATURITY, "piece and maturity");
            assertTrue(named[i].parentIndex() == piece.parent.index() && named[i].evidence() == piece.evidence, "where it comes from");
            // What all tests name pieces by, read past the contracts.
            assertEq(PieceReference.unwrap(named[i]), PieceReference.unwrap(_ref(pieces[i])), "the same word");
        }
        pieces[1] = PieceId.wrap(77);
        vm.expectRevert(abi.encodeWithSelector(ILedgerReader.PieceUnknown.selector, pieces[1]));
        reader.references(pieces);
        vm.expectRevert(abi.encodeWithSelector(ILedgerReader.PieceUnknown.selector, pieces[1]));
        reader.path(pieces[1]);
    }

    function test_a_path_has_a_step_a_hop_also_those_for_cash() public {
        PieceId id = _passed(_held(500), supplier, second, 400);
        _accept(second, id);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        Signature memory signature = _signed(bank, _offerDigest(offer));
        vm.prank(second.key);
        PieceId bought = financing.finance(offer, signature, _unsigned(), 0);
        _mature();
        vm.prank(issuer.key);
        PieceId paid = maturity.payPart(_ref(bought), 10, address(money));
        ILedgerReader.PathStep[] memory steps = reader.path(paid);
        assertEq(steps.length, 4, "as many as hops");
        PartyId[5] memory way = [issuer.id, supplier.id, second.id, bank.id, bank.id];
        for (uint256 i = 0; i < 4; ++i) {
            assertTrue(steps[i].from == way[i] && steps[i].to == way[i + 1], "from whom to whom");
            assertTrue((EvidenceId.unwrap(steps[i].evidence) != 0) == (i < 2), "a document on hops of trade");
            assertEq(steps[i].tier, i < 2 ? i + 1 : 2, "tier");
        }
        assertTrue(steps[2].piece == bought && steps[3].piece == paid && steps[3].state == PieceState.Redeemed, "the last");
        assertTrue(reader.piece(paid).payment && !reader.piece(bought).payment && reader.piece(bought).financed, "flags");
    }

    function test_pieces_are_listed_from_an_index_on() public {
        PieceId id = _held(500);
        _passed(id, supplier, second, 100);
        _passed(id, supplier, second, 100);
        ObligationId obligation = id.obligation();
        ILedgerReader.Piece[] memory page = reader.piecesOf(obligation, 1, 2);
        assertTrue(page.length == 2 && page[0].id == id && page[1].id == obligation.piece(2), "a page");
        ILedgerReader.Piece[] memory rest = reader.piecesOf(obligation, 3, 10);
        assertTrue(rest.length == 1 && rest[0].id == obligation.piece(3), "the rest");
        assertEq(reader.piecesOf(obligation, 1, 3).length, 3, "all of them");
        assertEq(reader.piecesOf(obligation, 1, 0).length, 0, "none");
        assertEq(reader.piecesOf(obligation, 4, 10).length, 0, "beyond");
        assertEq(reader.piecesOf(obligation, type(uint16).max, type(uint16).max).length, 0, "far beyond");
        assertEq(reader.piecesOf(obligation, 2, type(uint16).max).length, 2, "as many as there are");
        assertEq(reader.piecesOf(ObligationId.wrap(77), 1, 10).length, 0, "of nothing");
    }

    function test_what_is_not_there_is_zeros() public view {
        ILedgerReader.Piece memory piece = reader.piece(PieceId.wrap(77));
        assertTrue(piece.state == PieceState.None && piece.amountMinor == 0 && PartyId.unwrap(piece.owner) == 0, "piece");
        ILedgerReader.Obligation memory obligation = reader.obligation(ObligationId.wrap(77));
        assertTrue(obligation.faceMinor == 0 && obligation.pieceCount == 0 && obligation.heldCount == 0, "obligation");
        ILedgerReader.Line memory read = reader.line(LineId.wrap(77));
        assertTrue(read.status == 0 && PartyId.unwrap(read.bank) == 0 && read.allotmentCount == 0, "line");
    }

    // ---------------------------------------------------------------- portfolio

    function test_a_portfolio_is_what_a_party_is_owed() public {
        PieceId one = _held(500);
        PieceId emptied = _held(100);
        _passed(emptied, supplier, second, 100);
        PieceId open = _offered(70);
        PieceId given = _offered(30);
        vm.prank(supplier.key);
        ledger.reject(_one(given), 0);
        PieceId passed = _passed(one, supplier, second, 200);
        _accept(second, passed);

        ILedgerReader.Piece[] memory mine = reader.portfolio(supplier.id, line, 1, 100);
        assertEq(mine.length, 2, "what is left of the first, and the offer");
        assertTrue(mine[0].id == one && mine[0].amountMinor == 300, "held");
        assertTrue(mine[1].id == open && mine[1].state == PieceState.Offered, "offered");
        ILedgerReader.Piece[] memory theirs = reader.portfolio(second.id, line, 1, 100);
        assertTrue(theirs.length == 2 && theirs[0].id == passed && theirs[1].amountMinor == 100, "second tier");
        // Obligation by obligation the same comes in parts.
        assertEq(reader.portfolio(supplier.id, line, 1, 1).length, 1, "the first obligation");
        assertEq(reader.portfolio(supplier.id, line, 2, 1).length, 0, "the second");
        assertTrue(reader.portfolio(supplier.id, line, 2, 2)[0].id == open, "to the third");
        assertEq(reader.portfolio(supplier.id, line, 0, 2).length, 1, "0 is the first");
        assertEq(reader.portfolio(supplier.id, line, 5, 100).length, 0, "beyond");
        assertEq(reader.portfolio(supplier.id, line, 2, type(uint24).max).length, 1, "to the end");
        assertEq(reader.portfolio(third.id, line, 1, 100).length, 0, "nothing");
        _mature();
        _redeem(passed);
        assertEq(reader.portfolio(second.id, line, 1, 100).length, 1, "what is paid is owed no more");
    }

    function test_what_a_bank_waits_for_is_in_its_portfolio() public {
        PieceId id = _held(500);
        PieceId locked = _locked(bank, id, 200);
        ILedgerReader.Piece[] memory read = reader.portfolio(bank.id, line, 1, 1);
        assertTrue(read.length == 1 && read[0].id == locked && read[0].state == PieceState.Locked, "locked for it");
    }

    function test_a_piece_that_passed_all_of_it_on_is_not_live() public {
        PieceId id = _held(500);
        PieceId child = _passed(id, supplier, second, 500);
        PieceReference[] memory named = new PieceReference[](1);
        named[0] = _ref(id);
        // Its owner, who has nothing of it left, contests it no more.
        vm.expectRevert(abi.encodeWithSelector(IHolds.AlreadyPassedOn.selector, id, 1));
        vm.prank(supplier.key);
        holds.dispute(named, "goods");
        // A hold on all of the obligation shows where there is something to hold.
        Company memory court = _company("court", REGULATOR);
        vm.prank(court.key);
        holds.holdObligationByCourt(id.obligation(), MATURITY, "order");
        assertEq(uint256(reader.piece(id).state), uint256(PieceState.Held), "nothing in it");
        assertEq(uint256(reader.piece(child).state), uint256(PieceState.OnHold), "all of it");
        // What comes back is on hold again.
        named[0] = _ref(child);
        vm.prank(second.key);
        ledger.reject(named, "no");
        assertEq(uint256(reader.piece(id).state), uint256(PieceState.OnHold), "all of it is back");
    }

    // ---------------------------------------------------------------- exposure

    function _locked(Company memory buyer, PieceId id, uint64 amountMinor) private returns (PieceId) {
        IFinancing.FinanceOffer memory offer = _offer(buyer, id, amountMinor);
        offer.cashToken = address(0);
        Signature memory signature = _signed(buyer, _offerDigest(offer));
        vm.prank(supplier.key);
        return financing.lock(offer, signature, _unsigned(), 0, uint40(block.timestamp + 10 days));
    }

    function _sold(Company memory buyer, PieceId id, uint64 amountMinor) private returns (PieceId) {
        IFinancing.FinanceOffer memory offer = _offer(buyer, id, amountMinor);
        Signature memory signature = _signed(buyer, _offerDigest(offer));
        vm.prank(supplier.key);
        return financing.finance(offer, signature, _unsigned(), 0);
    }

    function _share(Company memory with, uint16 basisPoints) private {
        vm.prank(bank.key);
        lines.shareLine(line, with.id, basisPoints);
        vm.prank(with.key);
        lines.joinLine(line, basisPoints, LIMIT);
    }

    function _exposure(Company memory of_) private view returns (ILedgerReader.Exposure memory) {
        return reader.exposure(of_.id, line, 1, type(uint24).max);
    }

    function _assertExposure(Company memory of_, uint64 committed, uint64 contingent, uint64 funded, uint64 guaranteed) private view {
        ILedgerReader.Exposure memory read = _exposure(of_);
        assertEq(read.committedMinor, committed, "committed");
        assertEq(read.contingentMinor, contingent, "contingent");
        assertEq(read.fundedMinor, funded, "funded");
        assertEq(read.guaranteedMinor, guaranteed, "guaranteed");
    }

    function test_exposure_is_committed_then_contingent_then_funded() public {
        _assertExposure(bank, LIMIT, 0, 0, 0);
        PieceId id = _offered(500);
        _assertExposure(bank, LIMIT - 500, 500, 0, 0);
        _accept(supplier, id);
        PieceId bought = _sold(bank, id, 200);
        _assertExposure(bank, LIMIT - 500, 300, 200, 0);
        // What another bank bought is that bank's, and no more the line's bank's.
        _sold(otherBank, id, 100);
        _assertExposure(bank, LIMIT - 500, 200, 200, 0);
        _assertExposure(otherBank, 0, 0, 100, 0);
        _assertExposure(_third, 0, 0, 0, 0);
        _mature();
        _redeem(bought);
        _assertExposure(bank, LIMIT - 300, 200, 0, 0);
    }

    function test_what_waits_for_its_cash_is_still_its_sellers() public {
        PieceId id = _held(500);
        PieceId locked = _locked(bank, id, 200);
        _assertExposure(bank, LIMIT - 500, 500, 0, 0);
        vm.prank(supplier.key);
        financing.confirmReceipt(_ref(locked));
        _assertExposure(bank, LIMIT - 500, 300, 200, 0);
    }

    function test_banks_that_share_a_line_share_what_is_contingent() public {
        _share(otherBank, 2_500);
        _assertExposure(bank, LIMIT / 4 * 3, 0, 0, 0);
        _assertExposure(otherBank, LIMIT / 4, 0, 0, 0);
        PieceId id = _held(1_000);
        _sold(otherBank, id, 200);
        _assertExposure(bank, (LIMIT - 1_000) / 4 * 3, 600, 0, 0);
        _assertExposure(otherBank, (LIMIT - 1_000) / 4, 200, 200, 0);
    }

    function test_a_guarantee_carries_its_share_of_what_is_live() public {
        Company memory guarantor = _company("guarantor", GUARANTOR);
        PieceId id = _held(1_000);
        assertEq(reader.guaranteedOf(id.obligation(), 1_000), 0, "nobody guarantees");
        vm.prank(guarantor.key);
        guarantees.guarantee(id.obligation(), MATURITY, 3_000);
        Company memory other = _company("other guarantor", GUARANTOR);
        vm.prank(other.key);
        guarantees.guarantee(id.obligation(), MATURITY, 1_234);
        _held(500);
        _sold(bank, id, 400);
        // 300 and 123 of 1,000, split over 600 and 400 of the first obligation; nothing of the second.
        _assertExposure(bank, LIMIT - 1_500, 600 - 180 - 73 + 500, 400 - 120 - 49, 0);
        _assertExposure(guarantor, 0, 0, 0, 300);
        _assertExposure(other, 0, 0, 0, 73 + 49);
        assertEq(reader.guaranteedOf(id.obligation(), 1_000), 423, "rounded down");
        assertEq(reader.guaranteedOf(id.obligation(), 400), 169, "of a part");
        uint256 most = type(uint64).max;
        assertEq(reader.guaranteedOf(id.obligation(), uint64(most)), uint64(most * 300 / 1_000 + most * 123 / 1_000), "no overflow");
    }

    function test_what_is_allotted_and_not_drawn_is_still_committed() public {
        vm.prank(issuer.key);
        allotments.allot(line, supplier.id, 300, START_DAY + 30, _anyTerms());
        _assertExposure(bank, LIMIT, 0, 0, 0);
    }

    function test_what_a_bank_is_offered_or_sells_is_not_its_buyers_yet() public {
        PieceId bought = _sold(bank, _held(500), 200);
        IFinancing.FinanceOffer memory offer = _offer(otherBank, bought, 150);
        offer.cashToken = address(0);
        Signature memory signature = _signed(otherBank, _offerDigest(offer));
        vm.prank(bank.key);
        financing.lock(offer, signature, _unsigned(), 0, uint40(block.timestamp + 10 days));
        _assertExposure(bank, LIMIT - 500, 300, 200, 0);
        _assertExposure(otherBank, 0, 0, 0, 0);
    }

    function test_exposure_comes_in_parts_that_add_up() public {
        _share(otherBank, 2_500);
        for (uint64 i = 1; i <= 5; ++i) {
            _sold(bank, _held(1_000 * i), 100 * i);
        }
        ILedgerReader.Exposure memory sum;
        for (uint24 from = 1; from <= 7; from += 2) {
            ILedgerReader.Exposure memory part = reader.exposure(bank.id, line, from, 2);
            sum.committedMinor += part.committedMinor;
            sum.contingentMinor += part.contingentMinor;
            sum.fundedMinor += part.fundedMinor;
        }
        _assertExposure(bank, sum.committedMinor, sum.contingentMinor, sum.fundedMinor, 0);
        assertTrue(sum.fundedMinor == 1_500 && sum.committedMinor == (LIMIT - 15_000) / 4 * 3, "of all");
    }

    /// Whatever was issued, sold, locked, passed on and paid: the banks' exposures together are what is live, each piece in one of them.
    function testFuzz_summed_over_banks_each_piece_counts_once(uint256 seed, uint16 one, uint16 other) public {
        _fund(_third, money, LIMIT);
        _limitFinancing(_third, issuer, LIMIT);
        _share(otherBank, uint16(bound(one, 1, 5_000)));
        _share(_third, uint16(bound(other, 1, 4_999)));
        Company memory guarantor = _company("guarantor", GUARANTOR);
        Company[3] memory banks = [bank, otherBank, _third];
        for (uint256 i = 0; i < 8; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint64 amountMinor = uint64(100 + (seed >> 16) % 100_000);
            PieceId id = _offered(amountMinor);
            if (seed % 2 == 0) {
                vm.prank(guarantor.key);
                guarantees.guarantee(id.obligation(), MATURITY, uint16(1 + (seed >> 40) % 10_000));
            }
            if (seed % 5 == 0) continue;
            _accept(supplier, id);
            Company memory buyer = banks[(seed >> 8) % 3];
            if (seed % 3 == 0) _sold(buyer, id, uint64(1 + (seed >> 80) % (amountMinor / 2)));
            if (seed % 4 != 0) _locked(buyer, id, uint64(1 + (seed >> 120) % (amountMinor / 4)));
            if (seed % 4 == 1) _passed(id, supplier, second, uint64(1 + (seed >> 160) % (amountMinor / 8)));
        }
        ILedgerReader.Exposure memory sum = _exposure(guarantor);
        assertTrue(sum.committedMinor == 0 && sum.contingentMinor == 0 && sum.fundedMinor == 0, "a guarantor only guarantees");
        for (uint256 i = 0; i < 3; ++i) {
            ILedgerReader.Exposure memory part = _exposure(banks[i]);
            assertEq(part.guaranteedMinor, 0, "no bank guarantees here");
            sum.committedMinor += part.committedMinor;
            sum.contingentMinor += part.contingentMinor;
            sum.fundedMinor += part.fundedMinor;
        }
        ILedgerReader.Line memory read = reader.line(line);
        uint64 carriedMinor = sum.contingentMinor + sum.fundedMinor + sum.guaranteedMinor;
        assertEq(carriedMinor, read.usedMinor, "all that is live, and nothing twice");
        assertEq(sum.committedMinor, read.limitMinor - read.usedMinor, "all that can still be issued");
    }
}

contract GuarantorsExposureTest is GuaranteeWorld {
    function _exposure(Company memory of_) private view returns (ILedgerReader.Exposure memory) {
        return reader.exposure(of_.id, line, 1, 10);
    }

    function test_a_guarantor_that_paid_all_that_it_covers_carries_nothing_more() public {
        PieceId id = _owned(1_000);
        _guarantee(guarantor, id, 5_000);
        _markOverdue(id);
        PieceId claim = _payAs(guarantor, id, 500);
        // What it paid for is its own, and the rest is nobody's to carry but the bank's.
        assertEq(_exposure(guarantor).fundedMinor, 500, "its claim");
        assertEq(_exposure(guarantor).guaranteedMinor, 0, "its share is spent");
        assertEq(_exposure(bank).contingentMinor, 500, "the holder's rest");
        _redeem(claim);
        assertEq(_exposure(guarantor).fundedMinor, 0, "paid");
        assertEq(_exposure(bank).contingentMinor, 500, "still the holder's rest");
        assertEq(reader.guaranteedOf(id.obligation(), 500), 0, "nobody covers it");
    }

    function test_a_guarantor_carries_no_more_than_it_has_not_yet_paid() public {
        PieceId id = _owned(1_000);
        _guarantee(guarantor, id, 5_000);
        _markOverdue(id);
        _payAs(guarantor, id, 400);
        // Half of the 600 that are left would be 300; 100 of its 500 are left.
        assertEq(_exposure(guarantor).guaranteedMinor, 100, "what is left of its share");
        assertEq(_exposure(bank).contingentMinor, 500, "the rest");
    }

    function test_what_a_bank_holds_is_funded_however_it_came_to_it() public {
        Company memory both = _company("bank that guarantees", BANK | GUARANTOR);
        _fund(both, money, LIMIT);
        PieceId id = _owned(1_000);
        _guarantee(both, id, 6_000);
        _markOverdue(id);
        _payAs(both, id, 600);
        assertEq(_exposure(both).fundedMinor, 600, "it holds what it paid for");
        assertEq(_exposure(bank).contingentMinor, 400, "held by no bank");
    }

    function test_a_bank_does_not_guarantee_itself() public {
        Company memory both = _company("bank that guarantees", BANK | GUARANTOR);
        _fund(both, money, LIMIT);
        _limitFinancing(both, issuer, LIMIT);
        PieceId id = _owned(1_000);
        _guarantee(both, id, 5_000);
        IFinancing.FinanceOffer memory offer = _offer(both, id, 400);
        Signature memory signature = _signed(both, _offerDigest(offer));
        vm.prank(holder.key);
        financing.finance(offer, signature, _unsigned(), 0);
        assertEq(_exposure(both).fundedMinor, 400, "all that it bought");
        assertEq(_exposure(both).guaranteedMinor, 300, "half of what others hold");
        assertEq(_exposure(bank).contingentMinor, 300, "the other half");
    }
}
