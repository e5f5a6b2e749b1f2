// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IParticipants} from "../interfaces/IParticipants.sol";
import {ITradeRegistry} from "../interfaces/ITradeRegistry.sol";
import {IWarehouse} from "../interfaces/IWarehouse.sol";
import {LotWord} from "../libraries/LotWords.sol";
import {ReceiptWord, ReceiptWords} from "../libraries/ReceiptWords.sol";
import {EvidenceId, LoanId, PartyId, ReceiptId} from "../types/Identifiers.sol";
import {ATTESTOR, KEEPER} from "../types/Roles.sol";
import {RegistryWorld} from "./RegistryWorld.t.sol";

/// @notice Goods by themselves: measured, receipted, passed on, pledged. The loans' own address pledges here without a loan.
contract WarehouseTest is RegistryWorld {
    LoanId private constant LOAN = LoanId.wrap(9);

    function _pledge(ReceiptId id, PartyId owner, bool twice) private {
        vm.prank(address(loans));
        warehouse.pledge(id, LOAN, owner, twice);
    }

    function _pledgeRefused(ReceiptId id, PartyId owner, bool twice, bytes memory reason) private {
        vm.expectRevert(reason);
        _pledge(id, owner, twice);
    }

    function _confirmMeasurement(PartyId by, uint64 quantity) private {
        vm.prank(_key(by));
        warehouse.confirmMeasurement(LOT, quantity);
    }

    // ---------------------------------------------------------------- measured

    function test_a_keeper_measures_and_is_the_lots_keeper() public {
        vm.expectEmit(address(warehouse));
        emit IWarehouse.LotMeasured(LOT, keeper, seller, 100);
        _measure(LOT, keeper, seller, 100);
        LotWord word = warehouse.lotWord(LOT);
        assertTrue(word.keeper() == keeper && word.depositor() == seller, "parties");
        assertTrue(word.measured() == 100 && word.receipted() == 0 && word.confirmer() == NOBODY && word.liens() == 0, "word");
        assertEq(warehouse.liveLiens(LOT), 0, "liens");
        _measure(LOT, keeper, seller, 120);
        assertEq(warehouse.lotWord(LOT).measured(), 120, "again");
    }

    function testFuzz_a_lot_survives_its_word(uint64 first, uint64 second) public {
        first = uint64(bound(first, 1, type(uint64).max));
        _measure(LOT, keeper, seller, first);
        _confirmMeasurement(attestor, first);
        LotWord word = warehouse.lotWord(LOT);
        assertTrue(word.measured() == first && word.confirmer() == attestor, "first");
        _measure(LOT, keeper, seller, second);
        word = warehouse.lotWord(LOT);
        assertTrue(word.measured() == second && word.confirmer() == NOBODY, "second");
        assertTrue(word.keeper() == keeper && word.depositor() == seller && word.receipted() == 0, "the rest");
    }

    function _measureRefused(PartyId by, bytes32 lot, PartyId depositor, uint64 quantity, bytes memory reason) private {
        vm.expectRevert(reason);
        _measure(lot, by, depositor, quantity);
    }

    function test_who_measures_and_what() public {
        _measureRefused(seller, LOT, seller, 100, abi.encodeWithSelector(IParticipants.RoleMissing.selector, seller, KEEPER));
        _measureRefused(keeper, 0, seller, 100, abi.encodeWithSelector(IWarehouse.LotMissing.selector));
        _measureRefused(keeper, LOT, seller, 0, abi.encodeWithSelector(IWarehouse.ZeroQuantity.selector));
        PartyId nobody = PartyId.wrap(99);
        _measureRefused(keeper, LOT, nobody, 100, abi.encodeWithSelector(IParticipants.PartyUnknown.selector, nobody));
        _measureRefused(keeper, LOT, keeper, 100, abi.encodeWithSelector(IParticipants.RelatedParties.selector, keeper, keeper, 0));
        _measure(LOT, keeper, seller, 100);
        _measureRefused(
            otherKeeper, LOT, seller, 100, abi.encodeWithSelector(IWarehouse.NotTheKeeper.selector, LOT, keeper, otherKeeper)
        );
        _measureRefused(
            keeper, LOT, other, 100, abi.encodeWithSelector(IWarehouse.DepositorMismatch.selector, LOT, seller, other)
        );
    }

    function test_a_keeper_that_became_related_finds_less_and_never_more() public {
        _measure(LOT, keeper, seller, 100);
        _relate(keeper, seller);
        bytes memory reason = abi.encodeWithSelector(IParticipants.RelatedParties.selector, keeper, seller, 7);
        _measureRefused(keeper, LOT, seller, 101, reason);
        _measure(LOT, keeper, seller, 100);
        _measure(LOT, keeper, seller, 99);
        _measureRefused(keeper, OTHER_LOT, seller, 1, reason);
    }

    function test_a_second_party_confirms_exactly_what_the_keeper_found() public {
        vm.expectRevert(abi.encodeWithSelector(IWarehouse.LotUnknown.selector, LOT));
        _confirmMeasurement(attestor, 100);
        _measure(LOT, keeper, seller, 100);
        vm.expectRevert(abi.encodeWithSelector(IWarehouse.MeasurementDiffers.selector, LOT, 100, 99));
        _confirmMeasurement(attestor, 99);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RoleMissing.selector, seller, KEEPER | ATTESTOR));
        _confirmMeasurement(seller, 100);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RelatedParties.selector, keeper, keeper, 0));
        _confirmMeasurement(keeper, 100);
        _relate(otherKeeper, keeper);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RelatedParties.selector, otherKeeper, keeper, 7));
        _confirmMeasurement(otherKeeper, 100);
        participants.regroup(keeper, 0);
        participants.regroup(seller, 7);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RelatedParties.selector, otherKeeper, seller, 7));
        _confirmMeasurement(otherKeeper, 100);
        participants.regroup(seller, 0);
        vm.expectEmit(address(warehouse));
        emit IWarehouse.MeasurementConfirmed(LOT, otherKeeper, 100);
        _confirmMeasurement(otherKeeper, 100);
        vm.expectRevert(abi.encodeWithSelector(IWarehouse.AlreadyConfirmed.selector, LOT, otherKeeper));
        _confirmMeasurement(attestor, 100);
    }

    function test_a_measurement_can_be_a_signed_order() public {
        (bool succeeded,) = _relay(address(warehouse), abi.encodeCall(warehouse.measure, (LOT, seller, 100)), _key(keeper));
        assertTrue(succeeded && warehouse.lotWord(LOT).keeper() == keeper, "the signer's");
    }

    // ---------------------------------------------------------------- receipts

    function test_a_receipt_is_the_keepers_word_for_part_of_the_lot() public {
        _measure(LOT, keeper, seller, 100);
        ITradeRegistry.Confirmation memory document = _receipt(LOT, keeper, seller, 5_000);
        EvidenceId evidence = _register(document);
        vm.expectEmit(address(warehouse));
        emit IWarehouse.ReceiptIssued(ReceiptId.wrap(1), LOT, evidence, 60, seller);
        vm.prank(_key(keeper));
        ReceiptId id = warehouse.issueReceipt(LOT, document.identity, 60, seller);
        ReceiptWord word = warehouse.receiptWord(id);
        assertTrue(word.quantity() == 60 && word.owner() == seller && word.evidence() == evidence, "word");
        assertTrue(word.state() == ReceiptWords.LIVE && !word.isPledged() && LoanId.unwrap(word.loan()) == 0, "free");
        assertTrue(warehouse.lotOf(id) == LOT && warehouse.lotWord(LOT).receipted() == 60, "lot");
        assertTrue(ReceiptId.unwrap(warehouse.receiptOf(evidence)) == 1 && warehouse.receiptCount() == 1, "found by document");
        assertTrue(warehouse.loans() == address(loans) && warehouse.registry() == address(registry), "wiring");
    }

    function test_receipts_are_for_no_more_than_was_measured() public {
        _measure(LOT, keeper, seller, 100);
        _issueReceipt(LOT, 60, seller, 5_000);
        ITradeRegistry.Confirmation memory document = _receipt(LOT, keeper, other, 5_000);
        _register(document);
        vm.expectRevert(abi.encodeWithSelector(IWarehouse.StockExceeded.selector, LOT, 41, 40));
        vm.prank(_key(keeper));
        warehouse.issueReceipt(LOT, document.identity, 41, other);
        vm.expectRevert(abi.encodeWithSelector(IWarehouse.ZeroQuantity.selector));
        vm.prank(_key(keeper));
        warehouse.issueReceipt(LOT, document.identity, 0, other);
        vm.prank(_key(keeper));
        warehouse.issueReceipt(LOT, document.identity, 40, other);
        assertEq(warehouse.lotWord(LOT).receipted(), 100, "all of it");
    }

    function _receiptRefused(bytes32 lot, bytes32 identity, PartyId owner, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(_key(keeper));
        warehouse.issueReceipt(lot, identity, 10, owner);
    }

    function test_a_receipt_has_a_document_that_says_the_same() public {
        _measure(LOT, keeper, seller, 100);
        _measure(OTHER_LOT, otherKeeper, seller, 100);
        ITradeRegistry.Confirmation memory document = _receipt(OTHER_LOT, keeper, seller, 5_000);
        _register(document);
        _receiptRefused(
            LOT,
            document.identity,
            seller,
            abi.encodeWithSelector(IWarehouse.DocumentMismatch.selector, document.identity, LOT, keeper, seller)
        );
        _receiptRefused(
            OTHER_LOT,
            document.identity,
            seller,
            abi.encodeWithSelector(IWarehouse.NotTheKeeper.selector, OTHER_LOT, otherKeeper, keeper)
        );
        _receiptRefused(
            keccak256("no lot"),
            document.identity,
            seller,
            abi.encodeWithSelector(IWarehouse.LotUnknown.selector, keccak256("no lot"))
        );
        document = _receipt(LOT, otherKeeper, seller, 5_000);
        _register(document);
        _receiptRefused(
            LOT,
            document.identity,
            seller,
            abi.encodeWithSelector(IWarehouse.DocumentMismatch.selector, document.identity, LOT, keeper, seller)
        );
        document = _receipt(LOT, keeper, seller, 5_000);
        _register(document);
        _receiptRefused(
            LOT,
            document.identity,
            other,
            abi.encodeWithSelector(IWarehouse.DocumentMismatch.selector, document.identity, LOT, keeper, other)
        );
        document = _invoiceOver(LOT, keeper, seller, 5_000);
        _register(document);
        _receiptRefused(
            LOT,
            document.identity,
            seller,
            abi.encodeWithSelector(IWarehouse.DocumentMismatch.selector, document.identity, LOT, keeper, seller)
        );
    }

    function test_a_document_is_one_receipts_for_good() public {
        _measure(LOT, keeper, seller, 100);
        (ReceiptId id, EvidenceId evidence, bytes32 identity) = _issueReceipt(LOT, 10, seller, 5_000);
        bytes memory reason = abi.encodeWithSelector(IWarehouse.DocumentTaken.selector, evidence, id);
        _receiptRefused(LOT, identity, seller, reason);
        vm.prank(_key(keeper));
        warehouse.withdraw(id, identity);
        _receiptRefused(LOT, identity, seller, reason);
    }

    function test_a_suspended_company_gets_no_receipt() public {
        _measure(LOT, keeper, seller, 100);
        ITradeRegistry.Confirmation memory document = _receipt(LOT, keeper, seller, 5_000);
        _register(document);
        (ReceiptId id,, bytes32 identity) = _issueReceipt(LOT, 10, other, 5_000);
        participants.suspend(seller);
        bytes memory reason = abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, seller);
        _receiptRefused(LOT, document.identity, seller, reason);
        vm.expectRevert(reason);
        vm.prank(_key(other));
        warehouse.transferReceipt(id, identity, seller);
    }

    function test_an_owner_passes_its_receipt_on() public {
        _measure(LOT, keeper, seller, 100);
        (ReceiptId id,, bytes32 identity) = _issueReceipt(LOT, 10, seller, 5_000);
        (,, bytes32 another) = _issueReceipt(LOT, 10, seller, 5_000);
        vm.expectRevert(abi.encodeWithSelector(IWarehouse.NotTheOwner.selector, id, seller, other));
        vm.prank(_key(other));
        warehouse.transferReceipt(id, identity, other);
        vm.expectRevert(abi.encodeWithSelector(IWarehouse.ReceiptMismatch.selector, id, another));
        vm.prank(_key(seller));
        warehouse.transferReceipt(id, another, other);
        vm.expectEmit(address(warehouse));
        emit IWarehouse.ReceiptTransferred(id, seller, other);
        vm.prank(_key(seller));
        warehouse.transferReceipt(id, identity, other);
        assertTrue(warehouse.receiptWord(id).owner() == other && warehouse.receiptWord(id).quantity() == 10, "passed on");
    }

    function test_goods_leave_by_their_keeper() public {
        _measure(LOT, keeper, seller, 100);
        (ReceiptId id,, bytes32 identity) = _issueReceipt(LOT, 10, seller, 5_000);
        vm.expectRevert(abi.encodeWithSelector(IWarehouse.NotTheKeeper.selector, LOT, keeper, otherKeeper));
        vm.prank(_key(otherKeeper));
        warehouse.withdraw(id, identity);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RoleMissing.selector, seller, KEEPER));
        vm.prank(_key(seller));
        warehouse.withdraw(id, identity);
        vm.expectRevert(abi.encodeWithSelector(IWarehouse.ReceiptMismatch.selector, id, bytes32(0)));
        vm.prank(_key(keeper));
        warehouse.withdraw(id, 0);
        vm.expectEmit(address(warehouse));
        emit IWarehouse.ReceiptWithdrawn(id);
        vm.prank(_key(keeper));
        warehouse.withdraw(id, identity);
        assertTrue(warehouse.receiptWord(id).state() == ReceiptWords.WITHDRAWN && warehouse.lotWord(LOT).receipted() == 0, "gone");
        vm.expectRevert(abi.encodeWithSelector(IWarehouse.ReceiptNotLive.selector, id));
        vm.prank(_key(keeper));
        warehouse.withdraw(id, identity);
        vm.expectRevert(abi.encodeWithSelector(IWarehouse.ReceiptNotLive.selector, id));
        vm.prank(_key(seller));
        warehouse.transferReceipt(id, identity, other);
        _pledgeRefused(id, seller, false, abi.encodeWithSelector(IWarehouse.ReceiptNotLive.selector, id));
    }

    // ---------------------------------------------------------------- short

    function test_where_stock_is_short_nothing_new_comes_to_rest_on_it() public {
        _measure(LOT, keeper, seller, 100);
        (ReceiptId id,, bytes32 identity) = _issueReceipt(LOT, 60, seller, 5_000);
        vm.expectEmit(address(warehouse));
        emit IWarehouse.LotMeasured(LOT, keeper, seller, 59);
        vm.expectEmit(address(warehouse));
        emit IWarehouse.StockShort(LOT, 59, 60);
        _measure(LOT, keeper, seller, 59);
        bytes memory reason = abi.encodeWithSelector(IWarehouse.LotShort.selector, LOT, 59, 60);
        ITradeRegistry.Confirmation memory document = _receipt(LOT, keeper, seller, 5_000);
        _register(document);
        _receiptRefused(LOT, document.identity, seller, reason);
        _pledgeRefused(id, seller, false, reason);
        vm.expectRevert(reason);
        warehouse.requireSound(id, false);
        // What is out can still move and end, which is one cure; finding the goods is the other.
        vm.prank(_key(seller));
        warehouse.transferReceipt(id, identity, other);
        _measure(LOT, keeper, seller, 60);
        warehouse.requireSound(id, false);
        _pledge(id, other, false);
    }

    // ---------------------------------------------------------------- liens

    function test_only_the_loans_pledge_and_release() public {
        _measure(LOT, keeper, seller, 100);
        (ReceiptId id,,) = _issueReceipt(LOT, 60, seller, 5_000);
        address[3] memory callers = [_key(seller), _key(keeper), LEDGER];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IWarehouse.NotTheLoans.selector, callers[i]));
            vm.prank(callers[i]);
            warehouse.pledge(id, LOAN, seller, false);
            vm.expectRevert(abi.encodeWithSelector(IWarehouse.NotTheLoans.selector, callers[i]));
            vm.prank(callers[i]);
            warehouse.release(id);
        }
        (bool succeeded,) =
            _relay(address(warehouse), abi.encodeCall(warehouse.pledge, (id, LOAN, seller, false)), address(loans));
        assertTrue(!succeeded, "a signed order");
    }

    function test_pledged_goods_stay_where_and_whose_they_are() public {
        _measure(LOT, keeper, seller, 100);
        (ReceiptId id,, bytes32 identity) = _issueReceipt(LOT, 60, seller, 5_000);
        vm.expectEmit(address(warehouse));
        emit IWarehouse.ReceiptPledged(id, LOAN);
        _pledge(id, seller, false);
        assertTrue(warehouse.liveLiens(LOT) == 1 && LoanId.unwrap(warehouse.receiptWord(id).loan()) == 9, "pledged");
        bytes memory reason = abi.encodeWithSelector(IWarehouse.ReceiptIsPledged.selector, id, LOAN);
        vm.expectRevert(reason);
        vm.prank(_key(seller));
        warehouse.transferReceipt(id, identity, other);
        vm.expectRevert(reason);
        vm.prank(_key(keeper));
        warehouse.withdraw(id, identity);
        _pledgeRefused(id, seller, false, reason);
        vm.expectEmit(address(warehouse));
        emit IWarehouse.ReceiptReleased(id, LOAN);
        vm.prank(address(loans));
        warehouse.release(id);
        assertEq(warehouse.liveLiens(LOT), 0, "released");
        vm.expectRevert(abi.encodeWithSelector(IWarehouse.ReceiptNotPledged.selector, id));
        vm.prank(address(loans));
        warehouse.release(id);
        vm.prank(_key(keeper));
        warehouse.withdraw(id, identity);
    }

    function test_a_lot_has_one_live_lien() public {
        _measure(LOT, keeper, seller, 100);
        (ReceiptId first,,) = _issueReceipt(LOT, 60, seller, 5_000);
        (ReceiptId second,,) = _issueReceipt(LOT, 40, other, 5_000);
        _pledge(first, seller, false);
        _pledgeRefused(second, other, false, abi.encodeWithSelector(IWarehouse.LotIsPledged.selector, LOT));
        vm.prank(address(loans));
        warehouse.release(first);
        _pledge(second, other, false);
    }

    function test_who_pledges_owns_and_is_not_the_keepers_relative() public {
        _measure(LOT, keeper, seller, 100);
        (ReceiptId id,,) = _issueReceipt(LOT, 60, seller, 5_000);
        _pledgeRefused(id, other, false, abi.encodeWithSelector(IWarehouse.NotTheOwner.selector, id, seller, other));
        _relate(keeper, seller);
        _pledgeRefused(id, seller, false, abi.encodeWithSelector(IParticipants.RelatedParties.selector, keeper, seller, 7));
    }

    function test_where_it_is_asked_for_two_unrelated_parties_have_measured() public {
        _measure(LOT, keeper, seller, 100);
        (ReceiptId id,,) = _issueReceipt(LOT, 60, seller, 5_000);
        _pledgeRefused(id, seller, true, abi.encodeWithSelector(IWarehouse.NotTwiceMeasured.selector, LOT));
        _confirmMeasurement(otherKeeper, 100);
        _relate(otherKeeper, seller);
        _pledgeRefused(id, seller, true, abi.encodeWithSelector(IParticipants.RelatedParties.selector, otherKeeper, seller, 7));
        participants.regroup(seller, 0);
        warehouse.requireSound(id, true);
        // A new measurement voids the confirmation.
        _measure(LOT, keeper, seller, 100);
        _pledgeRefused(id, seller, true, abi.encodeWithSelector(IWarehouse.NotTwiceMeasured.selector, LOT));
        _confirmMeasurement(attestor, 100);
        _pledge(id, seller, true);
    }

    function test_goods_that_back_receivables_are_not_pledged() public {
        _measure(LOT, keeper, seller, 100);
        (ReceiptId id,,) = _issueReceipt(LOT, 60, seller, 5_000);
        EvidenceId invoice = _register(_invoiceOver(LOT, buyer, seller, 5_000));
        _use(invoice, 300);
        _pledgeRefused(id, seller, false, abi.encodeWithSelector(IWarehouse.GoodsBackReceivables.selector, LOT, 300));
        _release(invoice, 300);
        _pledge(id, seller, false);
        _useRefused(invoice, 1, abi.encodeWithSelector(ITradeRegistry.LotUnderLien.selector, invoice, LOT));
        vm.prank(address(loans));
        warehouse.release(id);
        _use(invoice, 1);
    }
}
