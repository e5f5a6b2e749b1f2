// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {DepositToken} from "../DepositToken.sol";
import {ILoans} from "../interfaces/ILoans.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";
import {ITradeRegistry} from "../interfaces/ITradeRegistry.sol";
import {IWarehouse} from "../interfaces/IWarehouse.sol";
import {ClaimWord} from "../libraries/ClaimWords.sol";
import {LoanWord, LoanWords} from "../libraries/LoanWords.sol";
import {ReceiptWord} from "../libraries/ReceiptWords.sol";
import {EvidenceId, LoanId, PartyId, ReceiptId} from "../types/Identifiers.sol";
import {Signature} from "../types/Movements.sol";
import {BANK, SUPPLIER} from "../types/Roles.sol";
import {RULE_DELIVERED, RULE_REGISTERED, RuleId} from "../types/RuleIds.sol";
import {RegistryWorld} from "./RegistryWorld.t.sol";

/// @notice Says of every contract that it is another's; a wrong set must not be built.
contract ForeignWiring {
    address public loans;
    address public warehouse;
    address public registry;

    constructor(address loans_, address warehouse_, address registry_) {
        loans = loans_;
        warehouse = warehouse_;
        registry = registry_;
    }
}

/// @notice Loans on receipts and on orders. At 3.6 % a year of 360 days, 1,000,000 bear 100 a day.
contract LoansTest is RegistryWorld {
    uint64 private constant FACE = 2_000_000;
    uint64 private constant LIMIT = 1_500_000;
    uint64 private constant M = 1_000_000;

    ReceiptId private _goods;
    EvidenceId private _document;
    bytes32 private _identity;
    ILoans.LoanOffer private _offer;
    bytes32 private _hash;
    LoanId private _loan;

    function setUp() public override {
        super.setUp();
        _measure(LOT, keeper, seller, 100);
        (_goods, _document, _identity) = _issueReceipt(LOT, 60, seller, FACE);
        _offer = _offerOnReceipt(_goods, _document, _identity, seller, LIMIT);
        _hash = _offerHash(_offer);
    }

    function _open1() private {
        _loan = _take(_offer);
    }

    function _openAndDraw(uint64 amountMinor) private {
        _open1();
        _draw(amountMinor);
    }

    /// A loan on an order of this face, in the place of the one on goods.
    function _openOnOrder(uint64 faceMinor) private returns (ITradeRegistry.Confirmation memory order) {
        order = _order(buyer, seller, faceMinor);
        _document = _register(order);
        _offer = _offerOnOrder(_document, order.identity, seller, LIMIT);
        _hash = _offerHash(_offer);
        _open1();
    }

    function _draw(uint64 amountMinor) private {
        vm.prank(_key(seller));
        loans.draw(_loan, _hash, amountMinor);
    }

    function _drawRefused(uint64 amountMinor, bytes memory reason) private {
        vm.expectRevert(reason);
        _draw(amountMinor);
    }

    function _repay(uint64 amountMinor, EvidenceId evidence) private {
        vm.prank(_key(seller));
        loans.repay(_loan, _hash, amountMinor, evidence, address(money));
    }

    function _repayRefused(uint64 amountMinor, EvidenceId evidence, bytes memory reason) private {
        vm.expectRevert(reason);
        _repay(amountMinor, evidence);
    }

    function _attest(uint64 amountMinor, EvidenceId evidence) private {
        vm.prank(_key(bank));
        loans.attestRepayment(_loan, _hash, amountMinor, evidence, "payment");
    }

    function _assign(bytes32 invoiceIdentity) private {
        Signature memory consent = _saleConsent(bank, _loan, _hash, invoiceIdentity, CONSENT_UNTIL);
        vm.prank(_key(seller));
        loans.assignSale(_loan, _hash, invoiceIdentity, CONSENT_UNTIL, consent);
    }

    function _assignRefused(bytes32 invoiceIdentity, bytes memory reason) private {
        _assignRefused(invoiceIdentity, CONSENT_UNTIL, _saleConsent(bank, _loan, _hash, invoiceIdentity, CONSENT_UNTIL), reason);
    }

    function _assignRefused(bytes32 invoiceIdentity, uint40 until, Signature memory consent, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(_key(seller));
        loans.assignSale(_loan, _hash, invoiceIdentity, until, consent);
    }

    function _payFromSale(PartyId by, uint64 amountMinor) private {
        vm.prank(_key(by));
        loans.payFromSale(_loan, _hash, amountMinor, address(money));
    }

    /// The invoice that sells the goods to the buyer.
    function _sale(uint64 faceMinor) private returns (EvidenceId id, bytes32 identity) {
        ITradeRegistry.Confirmation memory invoice = _invoiceOver(LOT, buyer, seller, faceMinor);
        return (_register(invoice), invoice.identity);
    }

    /// A loan of a million that rests on an invoice of this face.
    function _sold(uint64 faceMinor) private returns (EvidenceId invoice) {
        _openAndDraw(M);
        bytes32 identity;
        (invoice, identity) = _sale(faceMinor);
        _assign(identity);
    }

    function _assertOwed(uint64 principal, uint256 interest) private view {
        (uint64 principalMinor, uint256 interestMinor) = loans.owed(_loan);
        assertEq(principalMinor, principal, "principal");
        assertEq(interestMinor, interest, "interest");
    }

    function _assertUsed(EvidenceId id, uint64 usedMinor) private view {
        assertEq(registry.evidence(id).usedMinor, usedMinor, "used");
    }

    function _assertClosed() private view {
        assertEq(loans.loanWord(_loan).status(), LoanWords.CLOSED, "closed");
        _assertOwed(0, 0);
    }

    function _balance(PartyId party) private view returns (uint256) {
        return money.balanceOf(_account(party));
    }

    // ---------------------------------------------------------------- wiring

    function test_loans_are_built_with_contracts_that_know_them() public {
        // Five ways for one of three contracts to belong to another set, and one for all to belong to this.
        for (uint256 flaw = 0; flaw < 6; ++flaw) {
            uint64 nonce = vm.getNonce(address(this));
            address registryAt = vm.computeCreateAddress(address(this), nonce);
            address warehouseAt = vm.computeCreateAddress(address(this), nonce + 1);
            address next = vm.computeCreateAddress(address(this), nonce + 3);
            address strange = address(1);
            new ForeignWiring(flaw == 0 ? strange : next, flaw == 3 ? strange : warehouseAt, strange);
            new ForeignWiring(flaw == 1 ? strange : next, strange, flaw == 4 ? strange : registryAt);
            address settlementAt = address(new ForeignWiring(flaw == 2 ? strange : next, strange, strange));
            bytes memory set = abi.encode(participants, registryAt, warehouseAt, settlementAt, uint16(1), FORWARDER);
            assertEq(create(creationOf("Loans", set)), flaw == 5 ? next : address(0), "built");
        }
    }

    // ---------------------------------------------------------------- open

    function test_a_borrower_takes_an_offer_and_pledges() public {
        vm.expectEmit(address(loans));
        emit ILoans.LoanOpened(LoanId.wrap(1), seller, bank, _hash, _offer);
        _open1();
        LoanWord word = loans.loanWord(_loan);
        assertTrue(word.borrower() == seller && word.bank() == bank && word.principalMinor() == 0, "parties");
        assertTrue(word.limitMinor() == LIMIT && word.maturityDay() == MATURITY && word.currency() == CNY, "terms");
        assertTrue(word.utcOffsetQuarterHours() == SHANGHAI && word.status() == LoanWords.OPEN, "terms");
        assertTrue(!word.has(LoanWords.TWICE_MEASURED) && !word.has(LoanWords.SOLD) && !word.has(LoanWords.UNSECURED), "flags");
        ClaimWord claim = loans.claimWord(_loan);
        assertTrue(claim.annualRateMicros() == 36_000 && claim.dayCountBasis() == 360 && claim.interest() == 0, "claim");
        assertTrue(claim.evidence() == _document && ReceiptId.unwrap(claim.receipt()) == ReceiptId.unwrap(_goods), "claim");
        assertTrue(loans.offerHashOf(_loan) == _hash && LoanId.unwrap(loans.loanOf(_hash)) == 1, "by its offer");
        assertTrue(loans.cashTokenOf(_loan) == address(money) && loans.loanCount() == 1, "money");
        assertEq(warehouse.liveLiens(LOT), 1, "lien");
    }

    function testFuzz_terms_survive_their_words(uint64 limit, uint32 rate, uint16 maturity, int8 offset, uint40 validUntil, bool basis)
        public
    {
        _offer.limitMinor = uint64(bound(limit, 1, type(uint64).max));
        _offer.annualRateMicros = rate;
        _offer.maturityDay = uint16(bound(maturity, START_DAY + 3, type(uint16).max));
        _offer.utcOffsetQuarterHours = offset;
        _offer.validUntil = uint40(bound(validUntil, block.timestamp, type(uint40).max));
        _offer.dayCountBasis = basis ? 360 : 365;
        _hash = _offerHash(_offer);
        _open1();
        LoanWord word = loans.loanWord(_loan);
        assertTrue(word.limitMinor() == _offer.limitMinor && word.maturityDay() == _offer.maturityDay, "terms");
        assertTrue(word.utcOffsetQuarterHours() == offset && word.accrualDay() == 0 && word.status() == LoanWords.OPEN, "terms");
        assertTrue(loans.claimWord(_loan).annualRateMicros() == rate, "rate");
        assertTrue(loans.claimWord(_loan).dayCountBasis() == _offer.dayCountBasis, "basis");
    }

    function test_an_offer_is_taken_once_in_time_and_by_who_it_is_for() public {
        Signature memory signature = _signedBy(bank, _offerDigest(_offer));
        vm.expectRevert(abi.encodeWithSelector(ILoans.NotTheBorrower.selector, seller, other));
        vm.prank(_key(other));
        loans.open(_offer, signature);
        vm.warp(uint256(_offer.validUntil) + 1);
        _takeRefused(_offer, abi.encodeWithSelector(ILoans.OfferExpired.selector, _offer.validUntil));
        vm.warp(_offer.validUntil);
        _open1();
        _takeRefused(_offer, abi.encodeWithSelector(ILoans.OfferAlreadyTaken.selector, _hash, _loan));
        vm.prank(_key(seller));
        loans.close(_loan, _hash);
        _takeRefused(_offer, abi.encodeWithSelector(ILoans.OfferAlreadyTaken.selector, _hash, _loan));
    }

    function test_an_offer_is_complete() public {
        ILoans.LoanOffer memory offer = _offer;
        offer.kind = ORDER;
        _takeRefused(offer, abi.encodeWithSelector(ILoans.CollateralUnknown.selector, ORDER, _goods));
        offer.kind = INVOICE;
        offer.receipt = NO_RECEIPT;
        _takeRefused(offer, abi.encodeWithSelector(ILoans.CollateralUnknown.selector, INVOICE, NO_RECEIPT));
        offer.kind = RECEIPT;
        _takeRefused(offer, abi.encodeWithSelector(ILoans.CollateralUnknown.selector, RECEIPT, NO_RECEIPT));
        offer = _offer;
        offer.limitMinor = 0;
        _takeRefused(offer, abi.encodeWithSelector(ILoans.ZeroAmount.selector));
        offer = _offer;
        offer.dayCountBasis = 366;
        _takeRefused(offer, abi.encodeWithSelector(ILoans.DayCountUnknown.selector, 366));
        offer = _offer;
        offer.maturityDay = START_DAY;
        _takeRefused(offer, abi.encodeWithSelector(ILoans.MaturityNotAhead.selector, START_DAY, START_DAY));
        offer = _offer;
        offer.registrationNumber = 0;
        _takeRefused(offer, abi.encodeWithSelector(ILoans.RegistrationMissing.selector, RULE_REGISTERED));
        offer = _offer;
        offer.descriptionHash = 0;
        _takeRefused(offer, abi.encodeWithSelector(ILoans.RegistrationMissing.selector, RULE_REGISTERED));
        offer = _offer;
        (offer.maturityDay, offer.dayCountBasis) = (START_DAY + 1, 365);
        _take(offer);
    }

    function test_a_bank_that_is_unrelated_signs_exactly_this() public {
        ILoans.LoanOffer memory offer = _offer;
        offer.bank = buyer;
        _takeRefused(offer, abi.encodeWithSelector(IParticipants.RoleMissing.selector, buyer, BANK));
        Signature memory signature = _signedBy(buyer, _offerDigest(_offer));
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, bank, _key(buyer)));
        vm.prank(_key(seller));
        loans.open(_offer, signature);
        signature = _signedBy(bank, _offerDigest(_offer));
        offer = _offer;
        offer.limitMinor += 1;
        vm.expectRevert(abi.encodeWithSelector(ILoans.SignatureInvalid.selector, bank, _key(bank)));
        vm.prank(_key(seller));
        loans.open(offer, signature);
        participants.suspend(bank);
        _takeRefused(_offer, abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, bank));
        participants.reinstate(bank);
        _relate(bank, seller);
        _takeRefused(_offer, abi.encodeWithSelector(IParticipants.RelatedParties.selector, bank, seller, 7));
    }

    function test_the_document_is_the_one_that_is_meant() public {
        ILoans.LoanOffer memory offer = _offer;
        offer.evidenceIdentity = keccak256("another");
        _takeRefused(
            offer,
            abi.encodeWithSelector(
                ITradeRegistry.EvidenceIdentityMismatch.selector, _document, offer.evidenceIdentity, NO_EVIDENCE
            )
        );
        offer.evidence = NO_EVIDENCE;
        _takeRefused(
            offer,
            abi.encodeWithSelector(
                ITradeRegistry.EvidenceIdentityMismatch.selector, NO_EVIDENCE, offer.evidenceIdentity, NO_EVIDENCE
            )
        );
        offer = _offer;
        offer.currency = EUR;
        _takeRefused(offer, abi.encodeWithSelector(ITradeRegistry.CurrencyMismatch.selector, CNY, EUR));
        (EvidenceId invoice, bytes32 identity) = _sale(500);
        offer = _offerOnReceipt(_goods, invoice, identity, seller, LIMIT);
        _takeRefused(offer, abi.encodeWithSelector(ITradeRegistry.EvidenceKindMismatch.selector, invoice, RECEIPT, INVOICE));
        (, EvidenceId second, bytes32 secondIdentity) = _issueReceipt(LOT, 10, seller, FACE);
        offer = _offerOnReceipt(_goods, second, secondIdentity, seller, LIMIT);
        _takeRefused(offer, abi.encodeWithSelector(ILoans.CollateralMismatch.selector, _goods, second, _document));
        offer = _offerOnReceipt(_goods, _document, _identity, other, LIMIT);
        _takeRefused(offer, abi.encodeWithSelector(ITradeRegistry.EvidenceSellerMismatch.selector, _document, seller, other));
    }

    function test_who_got_a_receipt_from_another_needs_a_new_document() public {
        vm.prank(_key(seller));
        warehouse.transferReceipt(_goods, _identity, other);
        // The former owner has no goods, the new one no document.
        _takeRefused(_offer, abi.encodeWithSelector(IWarehouse.NotTheOwner.selector, _goods, other, seller));
        ILoans.LoanOffer memory offer = _offerOnReceipt(_goods, _document, _identity, other, LIMIT);
        _takeRefused(offer, abi.encodeWithSelector(ITradeRegistry.EvidenceSellerMismatch.selector, _document, seller, other));
        vm.prank(_key(keeper));
        warehouse.withdraw(_goods, _identity);
        (ReceiptId fresh, EvidenceId evidence, bytes32 identity) = _issueReceipt(LOT, 60, other, FACE);
        _take(_offerOnReceipt(fresh, evidence, identity, other, LIMIT));
    }

    function test_the_warehouse_has_a_say() public {
        ILoans.LoanOffer memory offer = _offer;
        offer.twiceMeasured = true;
        _takeRefused(offer, abi.encodeWithSelector(IWarehouse.NotTwiceMeasured.selector, LOT));
        _relate(keeper, seller);
        _takeRefused(_offer, abi.encodeWithSelector(IParticipants.RelatedParties.selector, keeper, seller, 7));
    }

    function test_an_order_secures_one_loan_and_is_of_an_unrelated_buyer() public {
        ITradeRegistry.Confirmation memory order = _openOnOrder(FACE);
        assertTrue(LoanId.unwrap(loans.loanOn(_document)) == LoanId.unwrap(_loan) && warehouse.liveLiens(LOT) == 0, "bound");
        ILoans.LoanOffer memory offer = _offer;
        offer.nonce = 2;
        _takeRefused(offer, abi.encodeWithSelector(ILoans.OrderTaken.selector, _document, _loan));
        vm.prank(_key(seller));
        loans.close(_loan, _hash);
        assertEq(LoanId.unwrap(loans.loanOn(_document)), 0, "free");
        _relate(buyer, seller);
        _takeRefused(offer, abi.encodeWithSelector(IParticipants.RelatedParties.selector, seller, buyer, 7));
        participants.regroup(buyer, 0);
        _take(offer);
        assertTrue(order.identity != 0, "order");
    }

    // ---------------------------------------------------------------- draw

    function test_a_draw_uses_the_document_and_pays_in_one() public {
        _open1();
        (uint256 bankHad, uint256 sellerHad) = (_balance(bank), _balance(seller));
        vm.expectEmit(address(loans));
        emit ILoans.LoanDrawn(_loan, _document, M, START_DAY);
        _draw(M);
        assertTrue(_balance(bank) == bankHad - M && _balance(seller) == sellerHad + M, "cash");
        _assertUsed(_document, M);
        _assertOwed(M, 0);
        assertEq(loans.loanWord(_loan).accrualDay(), START_DAY, "from today");
        _dayIs(START_DAY + 1);
        _draw(1);
        _assertOwed(M + 1, 100);
    }

    function test_a_draw_keeps_limit_face_and_time() public {
        _open1();
        _drawRefused(0, abi.encodeWithSelector(ILoans.ZeroAmount.selector));
        _draw(M);
        _drawRefused(LIMIT - M + 1, abi.encodeWithSelector(ILoans.LoanLimitExceeded.selector, _loan, LIMIT - M + 1, LIMIT - M));
        _credit(_document, FACE - M - 10);
        _drawRefused(11, abi.encodeWithSelector(ITradeRegistry.EvidenceExhausted.selector, _document, 11, 10));
        _dayIs(MATURITY - 1);
        _draw(10);
        _dayIs(MATURITY);
        _drawRefused(1, abi.encodeWithSelector(ILoans.LoanMatured.selector, _loan, MATURITY, MATURITY));
    }

    function test_only_the_borrower_draws_and_only_this_loan() public {
        vm.expectRevert(abi.encodeWithSelector(ILoans.LoanUnknown.selector, LoanId.wrap(1)));
        vm.prank(_key(seller));
        loans.draw(LoanId.wrap(1), _hash, 1);
        _open1();
        vm.expectRevert(abi.encodeWithSelector(ILoans.NotTheBorrower.selector, seller, bank));
        vm.prank(_key(bank));
        loans.draw(_loan, _hash, 1);
        vm.expectRevert(abi.encodeWithSelector(ILoans.LoanMismatch.selector, _loan, bytes32(0), _hash));
        vm.prank(_key(seller));
        loans.draw(_loan, 0, 1);
        (bool succeeded,) = _relay(address(loans), abi.encodeCall(loans.draw, (_loan, _hash, 5)), _key(seller));
        assertTrue(succeeded, "a signed order");
        _assertOwed(5, 0);
        participants.suspend(seller);
        _drawRefused(1, abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, seller));
        participants.reinstate(seller);
        participants.suspend(bank);
        _drawRefused(1, abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, bank));
        participants.reinstate(bank);
        _relate(bank, seller);
        _drawRefused(1, abi.encodeWithSelector(IParticipants.RelatedParties.selector, bank, seller, 7));
    }

    function test_nothing_is_drawn_on_goods_that_are_not_sound() public {
        _measure(LOT, keeper, seller, 100);
        vm.prank(_key(attestor));
        warehouse.confirmMeasurement(LOT, 100);
        _offer.twiceMeasured = true;
        _hash = _offerHash(_offer);
        _openAndDraw(1);
        _measure(LOT, keeper, seller, 100);
        _drawRefused(1, abi.encodeWithSelector(IWarehouse.NotTwiceMeasured.selector, LOT));
        _measure(LOT, keeper, seller, 59);
        _drawRefused(1, abi.encodeWithSelector(IWarehouse.LotShort.selector, LOT, 59, 60));
    }

    function test_without_the_banks_money_nothing_is_drawn() public {
        _open1();
        vm.prank(_account(bank));
        money.approve(address(settlement), 0);
        vm.expectRevert();
        _draw(1);
        _assertUsed(_document, 0);
        _offer.cashToken = address(0xBAD);
        _offer.nonce = 2;
        vm.prank(_key(seller));
        loans.close(_loan, _hash);
        _hash = _offerHash(_offer);
        _open1();
        _drawRefused(1, abi.encodeWithSelector(ISettlement.TokenNotApproved.selector, address(0xBAD), CNY));
    }

    function test_hostile_money_draws_nothing_twice() public {
        _open1();
        // The money calls back as the forwarder would: its own address is no key of the borrower.
        money.callBack(address(loans), abi.encodeCall(loans.draw, (_loan, _hash, 1)));
        _draw(M);
        assertTrue(money.called() && !money.succeeded(), "called back");
        _assertOwed(M, 0);
        _assertUsed(_document, M);
    }

    function test_hostile_money_that_is_the_borrower_draws_no_more_than_its_limit() public {
        PartyId evil = participants.register(address(money), _accountOf("evil"), SUPPLIER, 0, NEVER, NOBODY);
        _measure(OTHER_LOT, keeper, evil, 100);
        (_goods, _document, _identity) = _issueReceipt(OTHER_LOT, 60, evil, FACE);
        _offer = _offerOnReceipt(_goods, _document, _identity, evil, M);
        _hash = _offerHash(_offer);
        Signature memory signature = _signedBy(bank, _offerDigest(_offer));
        vm.prank(address(money));
        _loan = loans.open(_offer, signature);
        money.callBack(address(loans), abi.encodeCall(loans.draw, (_loan, _hash, 2)));
        vm.prank(address(money));
        loans.draw(_loan, _hash, M - 1);
        assertTrue(money.called() && !money.succeeded(), "called back");
        _assertOwed(M - 1, 0);
        _assertUsed(_document, M - 1);
    }

    function test_a_bank_ends_further_draws() public {
        _openAndDraw(M);
        vm.expectRevert(abi.encodeWithSelector(ILoans.NotTheLender.selector, _loan, bank, seller));
        vm.prank(_key(seller));
        loans.endDraws(_loan, _hash);
        vm.expectEmit(address(loans));
        emit ILoans.DrawsEnded(_loan, M);
        vm.prank(_key(bank));
        loans.endDraws(_loan, _hash);
        _drawRefused(1, abi.encodeWithSelector(ILoans.LoanLimitExceeded.selector, _loan, 1, 0));
        _assertOwed(M, 0);
    }

    // ---------------------------------------------------------------- repay

    function test_a_repayment_pays_interest_first_and_gives_the_document_back() public {
        _openAndDraw(M);
        _dayIs(START_DAY + 10);
        _assertOwed(M, 1_000);
        _repay(400, _document);
        _assertOwed(M, 600);
        _assertUsed(_document, M);
        vm.expectEmit(address(loans));
        emit ILoans.LoanRepaid(_loan, _document, 600, 400_000, 400_000, START_DAY + 10, address(money));
        (uint256 bankHad, uint256 sellerHad) = (_balance(bank), _balance(seller));
        _repay(400_600, _document);
        assertTrue(_balance(bank) == bankHad + 400_600 && _balance(seller) == sellerHad - 400_600, "cash");
        _assertOwed(600_000, 0);
        _assertUsed(_document, 600_000);
        _dayIs(START_DAY + 20);
        _assertOwed(600_000, 600);
        vm.expectEmit(address(loans));
        emit ILoans.LoanClosed(_loan);
        _repay(600_600, _document);
        _assertClosed();
        _assertUsed(_document, 0);
        assertEq(warehouse.liveLiens(LOT), 0, "free");
        _repayRefused(1, _document, abi.encodeWithSelector(ILoans.LoanNotLive.selector, _loan));
        _drawRefused(1, abi.encodeWithSelector(ILoans.LoanNotLive.selector, _loan));
    }

    function test_a_repayment_is_at_most_what_is_owed_and_to_the_loans_document() public {
        _openAndDraw(M);
        _dayIs(START_DAY + 1);
        _repayRefused(M + 101, _document, abi.encodeWithSelector(ILoans.AmountExceedsDebt.selector, _loan, M + 101, M + 100));
        _repayRefused(0, _document, abi.encodeWithSelector(ILoans.ZeroAmount.selector));
        (EvidenceId invoice,) = _sale(500);
        _repayRefused(M, invoice, abi.encodeWithSelector(ILoans.NotOfLoan.selector, _loan, invoice));
        vm.expectRevert(abi.encodeWithSelector(ILoans.NotTheBorrower.selector, seller, buyer));
        vm.prank(_key(buyer));
        loans.repay(_loan, _hash, 1, _document, address(money));
        vm.expectRevert(abi.encodeWithSelector(ILoans.LoanMismatch.selector, _loan, bytes32(0), _hash));
        vm.prank(_key(seller));
        loans.repay(_loan, 0, 1, _document, address(money));
    }

    function test_whoever_is_suspended_pays_and_is_paid() public {
        _openAndDraw(M);
        participants.suspend(seller);
        participants.suspend(bank);
        _repay(M, _document);
        _assertClosed();
    }

    function test_interest_is_rounded_up_when_it_is_paid_and_only_then() public {
        // 27 units at 3.6 % are 0.0027 a day.
        _openAndDraw(27);
        _dayIs(START_DAY + 1);
        _assertOwed(27, 1);
        _draw(1);
        _dayIs(START_DAY + 2);
        _draw(1);
        _assertOwed(29, 1);
        _repay(1, _document);
        _assertOwed(29, 0);
        _dayIs(START_DAY + 3);
        _assertOwed(29, 1);
    }

    function testFuzz_interest_does_not_depend_on_how_often_a_loan_is_touched(uint32 rate, uint64 drawn, uint8 steps, bool basis) public {
        drawn = uint64(bound(drawn, 1, LIMIT / 2));
        uint16 days_ = uint16(bound(steps, 1, 60));
        _offer.annualRateMicros = rate;
        _offer.dayCountBasis = basis ? 360 : 365;
        _hash = _offerHash(_offer);
        _openAndDraw(drawn);
        uint256 sum = 0;
        for (uint16 i = 1; i <= days_; ++i) {
            sum += uint256(loans.loanWord(_loan).principalMinor()) * rate;
            _dayIs(START_DAY + i);
            if (i % 3 == 0) _draw(1);
        }
        uint256 divisor = uint256(_offer.dayCountBasis) * 1_000_000;
        (, uint256 interestMinor) = loans.owed(_loan);
        assertEq(interestMinor, (sum + divisor - 1) / divisor, "interest");
    }

    function test_a_bank_says_that_it_was_paid_off_chain() public {
        _openAndDraw(M);
        (uint256 bankHad, uint256 sellerHad) = (_balance(bank), _balance(seller));
        vm.expectRevert(abi.encodeWithSelector(ILoans.NotTheLender.selector, _loan, bank, seller));
        vm.prank(_key(seller));
        loans.attestRepayment(_loan, _hash, M, _document, "payment");
        vm.expectRevert(abi.encodeWithSelector(ILoans.NotOfLoan.selector, _loan, NO_EVIDENCE));
        _attest(M, NO_EVIDENCE);
        vm.expectEmit(address(loans));
        emit ILoans.RepaymentAttested(_loan, M, "payment");
        vm.expectEmit(address(loans));
        emit ILoans.LoanRepaid(_loan, _document, 0, M, M, START_DAY, address(0));
        _attest(M, _document);
        assertTrue(_balance(bank) == bankHad && _balance(seller) == sellerHad, "no cash here");
        _assertUsed(_document, 0);
        _assertClosed();
    }

    function test_who_closes_a_loan_of_which_nothing_is_owed() public {
        _open1();
        vm.expectRevert(abi.encodeWithSelector(ILoans.NotTheBorrower.selector, seller, other));
        vm.prank(_key(other));
        loans.close(_loan, _hash);
        _draw(5);
        vm.expectRevert(abi.encodeWithSelector(ILoans.StillOwed.selector, _loan, 5));
        vm.prank(_key(bank));
        loans.close(_loan, _hash);
        _repay(5, _document);
        _assertClosed();
        _offer.nonce = 2;
        _hash = _offerHash(_offer);
        _open1();
        vm.expectEmit(address(loans));
        emit ILoans.LoanClosed(_loan);
        vm.prank(_key(bank));
        loans.close(_loan, _hash);
        assertEq(warehouse.liveLiens(LOT), 0, "free");
    }

    // ---------------------------------------------------------------- the goods are sold

    function test_a_sale_takes_the_loan_over_and_ends_the_lien() public {
        _openAndDraw(M);
        (EvidenceId invoice, bytes32 identity) = _sale(FACE);
        _useRefused(invoice, 1, abi.encodeWithSelector(ITradeRegistry.LotUnderLien.selector, invoice, LOT));
        vm.expectEmit(address(loans));
        emit ILoans.SaleAssigned(_loan, invoice, M);
        _assign(identity);
        assertTrue(warehouse.liveLiens(LOT) == 0 && registry.lotUsedMinor(LOT) == M, "the goods back the invoice");
        assertTrue(loans.claimWord(_loan).evidence() == invoice && loans.restingMinor(_loan) == M, "claim");
        assertTrue(loans.loanWord(_loan).has(LoanWords.SOLD), "sold");
        _assertUsed(_document, 0);
        _assertUsed(invoice, M);
        // What is left of the invoice backs pieces, but the goods back no other loan.
        _use(invoice, FACE - M);
        _offer.nonce = 2;
        _takeRefused(_offer, abi.encodeWithSelector(IWarehouse.GoodsBackReceivables.selector, LOT, FACE));
        _drawRefused(1, abi.encodeWithSelector(ILoans.LoanIsSold.selector, _loan, invoice));
        _assignRefused(identity, abi.encodeWithSelector(ILoans.LoanIsSold.selector, _loan, invoice));
    }

    function test_which_sale_takes_a_loan_over() public {
        _open1();
        (EvidenceId invoice, bytes32 identity) = _sale(M - 1);
        _assignRefused(identity, abi.encodeWithSelector(ILoans.NothingOwed.selector, _loan));
        _draw(M);
        Signature memory consent = _saleConsent(bank, _loan, _hash, identity, CONSENT_UNTIL);
        vm.expectRevert(abi.encodeWithSelector(ILoans.NotTheBorrower.selector, seller, bank));
        vm.prank(_key(bank));
        loans.assignSale(_loan, _hash, identity, CONSENT_UNTIL, consent);
        _assignRefused(identity, abi.encodeWithSelector(ITradeRegistry.EvidenceExhausted.selector, invoice, M, M - 1));
        _assignRefused(keccak256("unknown"), abi.encodeWithSelector(ILoans.LotMismatch.selector, NO_EVIDENCE, LOT, bytes32(0)));
        ITradeRegistry.Confirmation memory wrong = _invoiceOver(OTHER_LOT, buyer, seller, FACE);
        EvidenceId id = _register(wrong);
        _assignRefused(wrong.identity, abi.encodeWithSelector(ILoans.LotMismatch.selector, id, LOT, OTHER_LOT));
        wrong = _invoiceOver(LOT, buyer, other, FACE);
        id = _register(wrong);
        _assignRefused(wrong.identity, abi.encodeWithSelector(ITradeRegistry.EvidenceSellerMismatch.selector, id, other, seller));
        _assignRefused(_identity, abi.encodeWithSelector(ITradeRegistry.EvidenceIsNoInvoice.selector, _document, RECEIPT));
        wrong = _invoiceOver(LOT, buyer, seller, FACE);
        wrong.deliveryDay = START_DAY + 1;
        id = _register(wrong);
        _assignRefused(
            wrong.identity, abi.encodeWithSelector(ITradeRegistry.NotDelivered.selector, id, START_DAY + 1, START_DAY, RULE_DELIVERED)
        );
        _dayIs(START_DAY + 1);
        _relate(buyer, seller);
        _assignRefused(wrong.identity, abi.encodeWithSelector(IParticipants.RelatedParties.selector, seller, buyer, 7));
        participants.regroup(buyer, 0);
        _assign(wrong.identity);
    }

    function test_a_borrower_ends_no_lien_by_an_invoice_without_the_bank() public {
        _openAndDraw(M);
        // An accomplice says that it bought the goods, and would say the same day that it owes nothing for them.
        ITradeRegistry.Confirmation memory sham = _invoiceOver(LOT, other, seller, M);
        _register(sham);
        Signature memory consent = _saleConsent(seller, _loan, _hash, sham.identity, CONSENT_UNTIL);
        bytes memory reason = abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, bank, _key(seller));
        _assignRefused(sham.identity, CONSENT_UNTIL, consent, reason);
        assertTrue(warehouse.receiptWord(_goods).isPledged(), "the bank's lien");
    }

    function test_a_bank_consents_to_one_sale_of_one_loan_for_a_time() public {
        _openAndDraw(M);
        (, bytes32 identity) = _sale(FACE);
        (, bytes32 another) = _sale(FACE);
        uint40 until = uint40(block.timestamp);
        bytes memory invalid = abi.encodeWithSelector(ILoans.SignatureInvalid.selector, bank, _key(bank));
        _assignRefused(another, until, _saleConsent(bank, _loan, _hash, identity, until), invalid);
        _assignRefused(identity, until, _saleConsent(bank, LoanId.wrap(2), _hash, identity, until), invalid);
        _assignRefused(identity, until, _saleConsent(bank, _loan, keccak256("another"), identity, until), invalid);
        _assignRefused(identity, until + 1, _saleConsent(bank, _loan, _hash, identity, until), invalid);
        Signature memory consent = _saleConsent(bank, _loan, _hash, identity, until);
        participants.suspend(bank);
        _assignRefused(identity, until, consent, abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, bank));
        participants.reinstate(bank);
        vm.warp(until + 1);
        _assignRefused(identity, until, consent, abi.encodeWithSelector(ILoans.ConsentExpired.selector, until));
        vm.warp(until);
        vm.prank(_key(seller));
        loans.assignSale(_loan, _hash, identity, until, consent);
        assertEq(warehouse.liveLiens(LOT), 0, "the lien");
    }

    function test_a_lien_that_was_given_up_leaves_the_goods_used_until_the_bank_consents() public {
        _openAndDraw(M);
        vm.prank(_key(bank));
        loans.giveUpLien(_loan, _hash);
        (, bytes32 identity) = _sale(FACE);
        bytes memory reason = abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, bank, _key(seller));
        _assignRefused(identity, CONSENT_UNTIL, _saleConsent(seller, _loan, _hash, identity, CONSENT_UNTIL), reason);
        _assertUsed(_document, M);
    }

    function test_once_a_loans_money_is_withdrawn_any_other_repays_it() public {
        _openAndDraw(M);
        DepositToken second = _money("second");
        bytes memory reason =
            abi.encodeWithSelector(ILoans.CashTokenMismatch.selector, _loan, address(money), address(second));
        _repayIn(second, M, reason);
        settlement.approveToken(address(money), 0);
        // During its notice the withdrawn one still pays, and the other one does already.
        _repayIn(DepositToken(address(money)), 100, "");
        _repayIn(second, 100, "");
        vm.warp(block.timestamp + 30 days + 1);
        _repayIn(DepositToken(address(money)), 100, abi.encodeWithSelector(ISettlement.TokenNotApproved.selector, address(money), CNY));
        (uint64 principal, uint256 interest) = loans.owed(_loan);
        _repayIn(second, principal + uint64(interest), "");
        _assertClosed();
        assertEq(warehouse.liveLiens(LOT), 0, "the lien");
    }

    function test_once_a_loans_money_is_withdrawn_the_buyer_pays_by_any_other() public {
        _sold(FACE);
        DepositToken second = _money("second");
        vm.prank(_key(bank));
        second.mint(_account(buyer), M);
        vm.prank(_account(buyer));
        second.approve(address(settlement), M);
        vm.expectRevert(abi.encodeWithSelector(ILoans.CashTokenMismatch.selector, _loan, address(money), address(second)));
        vm.prank(_key(buyer));
        loans.payFromSale(_loan, _hash, 1, address(second));
        settlement.approveToken(address(money), 0);
        vm.prank(_key(buyer));
        loans.payFromSale(_loan, _hash, M, address(second));
        assertEq(second.balanceOf(_account(bank)), M, "paid");
    }

    /// Other money of the same currency, of which the borrower has some.
    function _money(string memory name) private returns (DepositToken token) {
        token = DepositToken(create(creationOf("DepositToken", abi.encode(name, name, uint8(2), participants, bank))));
        settlement.approveToken(address(token), CNY);
        vm.prank(_key(bank));
        token.mint(_account(seller), 2 * M);
        vm.prank(_account(seller));
        token.approve(address(settlement), type(uint256).max);
    }

    function _repayIn(DepositToken token, uint64 amountMinor, bytes memory reason) private {
        if (reason.length != 0) vm.expectRevert(reason);
        vm.prank(_key(seller));
        loans.repay(_loan, _hash, amountMinor, _document, address(token));
    }

    function test_the_buyer_pays_the_bank_and_the_invoice_stays_used() public {
        EvidenceId invoice = _sold(FACE);
        _dayIs(START_DAY + 10);
        vm.expectRevert(abi.encodeWithSelector(ILoans.NotTheBuyer.selector, _loan, buyer, seller));
        _payFromSale(seller, 1);
        vm.expectEmit(address(loans));
        emit ILoans.SalePaid(_loan, invoice, 1_000, 599_000, 1_000, START_DAY + 10, address(money));
        (uint256 bankHad, uint256 buyerHad) = (_balance(bank), _balance(buyer));
        _payFromSale(buyer, 600_000);
        assertTrue(_balance(bank) == bankHad + 600_000 && _balance(buyer) == buyerHad - 600_000, "cash");
        _assertOwed(401_000, 0);
        // Paid 600,000 and still owed 401,000: the invoice is used for both.
        _assertUsed(invoice, 1_001_000);
        assertEq(loans.restingMinor(_loan), 401_000, "resting");
        participants.suspend(buyer);
        vm.expectRevert(abi.encodeWithSelector(ILoans.AmountExceedsDebt.selector, _loan, 401_001, 401_000));
        _payFromSale(buyer, 401_001);
        vm.expectEmit(address(loans));
        emit ILoans.LoanClosed(_loan);
        _payFromSale(buyer, 401_000);
        _assertClosed();
        _assertUsed(invoice, 1_001_000);
        assertEq(loans.restingMinor(_loan), 0, "nothing rests");
    }

    function test_only_a_sale_is_paid_from() public {
        _openAndDraw(M);
        vm.expectRevert(abi.encodeWithSelector(ILoans.LoanNotSold.selector, _loan));
        _payFromSale(buyer, 1);
    }

    function test_a_borrower_repays_a_sold_loan_and_gets_the_invoice_back() public {
        EvidenceId invoice = _sold(FACE);
        _repayRefused(1, _document, abi.encodeWithSelector(ILoans.NotOfLoan.selector, _loan, _document));
        _payFromSale(buyer, 400_000);
        _repay(600_000, invoice);
        _assertClosed();
        _assertUsed(invoice, 400_000);
        assertEq(registry.lotUsedMinor(LOT), 400_000, "the goods, too");
    }

    function test_the_buyer_pays_no_more_than_it_owes_by_the_invoice() public {
        // The invoice has 500 more than was drawn; the interest is 1,000.
        EvidenceId invoice = _sold(M + 500);
        _dayIs(START_DAY + 10);
        vm.expectRevert(abi.encodeWithSelector(ILoans.SaleExceeded.selector, _loan, M + 501, M + 500));
        _payFromSale(buyer, M + 501);
        _payFromSale(buyer, 500_000);
        _assertUsed(invoice, M + 500);
        _assertOwed(501_000, 0);
        assertEq(loans.restingMinor(_loan), 500_500, "all that the buyer still owes");
        // The borrower makes up for the rest, and gets back what the buyer does not pay to the bank.
        _repay(501_000, invoice);
        _assertClosed();
        _assertUsed(invoice, 500_000);
    }

    function test_a_bank_says_who_paid_it_for_a_sale() public {
        EvidenceId invoice = _sold(FACE);
        vm.expectEmit(address(loans));
        emit ILoans.RepaymentAttested(_loan, 300_000, "payment");
        vm.expectEmit(address(loans));
        emit ILoans.SalePaid(_loan, invoice, 0, 300_000, 0, START_DAY, address(0));
        _attest(300_000, NO_EVIDENCE);
        _assertUsed(invoice, M);
        _attest(700_000, invoice);
        _assertUsed(invoice, 300_000);
        _assertClosed();
    }

    function testFuzz_a_sale_is_used_for_what_was_paid_and_what_is_owed(uint64 face, uint8 days_, uint64 first, uint64 second, uint64 third)
        public
    {
        face = uint64(bound(face, M, M + 20_000));
        EvidenceId invoice = _sold(face);
        uint64 paidByBuyer = 0;
        uint64[3] memory amounts = [first, second, third];
        for (uint16 i = 0; i < 3; ++i) {
            _dayIs(START_DAY + (i + 1) * (days_ % 30));
            (uint64 principal, uint256 interest) = loans.owed(_loan);
            if (principal == 0) return;
            uint64 resting = loans.restingMinor(_loan);
            uint64 available = registry.availableOf(invoice);
            uint64 most = resting + uint64(interest < available ? interest : available);
            if (most > principal + interest) most = uint64(principal + interest);
            if (i != 1 && most != 0) {
                uint64 amount = uint64(bound(amounts[i], 1, most));
                // Interest that the invoice has no room for lowers what the buyer may pay.
                uint64 extra = amount < interest ? amount : uint64(interest);
                if (extra > available) extra = available;
                if (amount > resting + extra) continue;
                _payFromSale(buyer, amount);
                paidByBuyer += amount;
            } else {
                _repay(uint64(bound(amounts[i], 1, principal + interest)), invoice);
            }
            (principal,) = loans.owed(_loan);
            resting = loans.restingMinor(_loan);
            assertTrue(resting <= principal && paidByBuyer <= face, "bounds");
            assertEq(registry.evidence(invoice).usedMinor, uint256(paidByBuyer) + resting, "used");
            if (registry.availableOf(invoice) != 0) assertEq(resting, principal, "all of it rests on the invoice while there is room");
        }
    }

    // ---------------------------------------------------------------- orders

    function _invoiceFor(ITradeRegistry.Confirmation memory order, uint64 faceMinor) private returns (EvidenceId id, bytes32 identity) {
        ITradeRegistry.Confirmation memory invoice = _confirmation(buyer, seller, faceMinor);
        invoice.order = order.identity;
        return (_register(invoice), invoice.identity);
    }

    function test_a_loan_on_an_order_is_repaid_with_the_invoice_that_took_it_over() public {
        ITradeRegistry.Confirmation memory order = _openOnOrder(FACE);
        _draw(M);
        _assertUsed(_document, M);
        (EvidenceId invoice,) = _invoiceFor(order, 700_000);
        _assertUsed(_document, 300_000);
        (EvidenceId unrelated,) = _sale(500);
        _repayRefused(1, unrelated, abi.encodeWithSelector(ILoans.NotOfLoan.selector, _loan, unrelated));
        bytes memory reason = abi.encodeWithSelector(ITradeRegistry.ReleaseExceedsUse.selector, _document, 300_001, 300_000);
        _repayRefused(300_001, _document, reason);
        vm.expectEmit(address(loans));
        emit ILoans.LoanRepaid(_loan, invoice, 0, 600_000, 600_000, START_DAY, address(money));
        _repay(600_000, invoice);
        assertEq(loans.settledCarryMinor(invoice), 600_000, "settled");
        _use(invoice, 600_000);
        _repayRefused(100_001, invoice, abi.encodeWithSelector(ILoans.CarriedExceeded.selector, invoice, 100_001, 100_000));
        _repay(100_000, invoice);
        _assertUsed(invoice, 600_000);
        _repay(300_000, _document);
        _assertClosed();
        assertEq(LoanId.unwrap(loans.loanOn(_document)), 0, "free");
        // Nothing of a later loan rests on the earlier invoice.
        _offer.nonce = 2;
        _hash = _offerHash(_offer);
        _openAndDraw(10);
        _repayRefused(10, invoice, abi.encodeWithSelector(ILoans.CarriedExceeded.selector, invoice, 10, 0));
    }

    function test_a_loan_on_an_order_comes_to_rest_on_its_invoice() public {
        ITradeRegistry.Confirmation memory order = _openOnOrder(FACE);
        _draw(M);
        (EvidenceId small, bytes32 smallIdentity) = _invoiceFor(order, 400_000);
        _assignRefused(smallIdentity, abi.encodeWithSelector(ILoans.CarriedExceeded.selector, small, M, 400_000));
        (EvidenceId unrelated, bytes32 unrelatedIdentity) = _sale(FACE);
        _assignRefused(unrelatedIdentity, abi.encodeWithSelector(ILoans.NotOfLoan.selector, _loan, unrelated));
        _repay(400_000, small);
        (EvidenceId invoice, bytes32 identity) = _invoiceFor(order, FACE);
        vm.expectEmit(address(loans));
        emit ILoans.SaleAssigned(_loan, invoice, 600_000);
        _assign(identity);
        assertTrue(LoanId.unwrap(loans.loanOn(_document)) == 0 && loans.settledCarryMinor(invoice) == 600_000, "order is free");
        _assertUsed(invoice, 600_000);
        _payFromSale(buyer, 200_000);
        _repay(400_000, invoice);
        _assertClosed();
        _assertUsed(invoice, 200_000);
    }

    function test_goods_of_a_loan_do_not_take_an_orders_loan_over() public {
        ITradeRegistry.Confirmation memory order = _order(buyer, seller, FACE);
        EvidenceId id = _register(order);
        LoanId second = _take(_offerOnOrder(id, order.identity, seller, LIMIT));
        bytes32 hash = loans.offerHashOf(second);
        vm.prank(_key(seller));
        loans.draw(second, hash, 100);
        _open1();
        ITradeRegistry.Confirmation memory invoice = _invoiceOver(LOT, buyer, seller, 500);
        invoice.order = order.identity;
        Signature[] memory signatures = _one(_signedBy(buyer, _confirmationDigest(invoice)));
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.LotUnderLien.selector, EvidenceId.wrap(3), LOT));
        registry.register(_one(invoice), signatures, signatures);
    }

    // ---------------------------------------------------------------- not repaid

    function test_anyone_notes_a_default_after_the_day_of_maturity() public {
        vm.expectRevert(abi.encodeWithSelector(ILoans.LoanNotLive.selector, LoanId.wrap(1)));
        loans.markDefault(LoanId.wrap(1));
        _openAndDraw(M);
        _dayIs(MATURITY);
        vm.expectRevert(abi.encodeWithSelector(ILoans.LoanNotMatured.selector, _loan, MATURITY, MATURITY));
        loans.markDefault(_loan);
        _dayIs(MATURITY + 1);
        vm.expectEmit(address(loans));
        emit ILoans.LoanDefaulted(_loan, M, 9_100);
        vm.prank(address(0xdead));
        loans.markDefault(_loan);
        assertEq(loans.loanWord(_loan).status(), LoanWords.DEFAULTED, "defaulted");
        vm.expectRevert(abi.encodeWithSelector(ILoans.LoanNotLive.selector, _loan));
        loans.markDefault(_loan);
        assertEq(warehouse.liveLiens(LOT), 1, "the lien stays");
        _repay(M + 9_100, _document);
        _assertClosed();
    }

    function test_what_was_never_drawn_is_not_in_default() public {
        _open1();
        _dayIs(MATURITY + 1);
        vm.expectRevert(abi.encodeWithSelector(ILoans.NothingOwed.selector, _loan));
        loans.markDefault(_loan);
        vm.expectRevert(abi.encodeWithSelector(ILoans.LoanUnknown.selector, LoanId.wrap(7)));
        loans.owed(LoanId.wrap(7));
    }

    function test_a_bank_gives_its_lien_up_and_keeps_its_claim() public {
        _openAndDraw(M);
        vm.expectRevert(abi.encodeWithSelector(ILoans.NotTheLender.selector, _loan, bank, seller));
        vm.prank(_key(seller));
        loans.giveUpLien(_loan, _hash);
        vm.expectEmit(address(loans));
        emit ILoans.LienGivenUp(_loan);
        vm.prank(_key(bank));
        loans.giveUpLien(_loan, _hash);
        assertEq(warehouse.liveLiens(LOT), 0, "no lien");
        _assertOwed(M, 0);
        bytes memory reason = abi.encodeWithSelector(ILoans.NotSecured.selector, _loan);
        _drawRefused(1, reason);
        vm.expectRevert(reason);
        vm.prank(_key(bank));
        loans.giveUpLien(_loan, _hash);
        _assertUsed(_document, M);
        _repay(M, _document);
        _assertClosed();
    }

    function test_a_sold_loan_or_one_on_an_order_has_no_lien_to_give_up() public {
        _sold(FACE);
        vm.expectRevert(abi.encodeWithSelector(ILoans.NotSecured.selector, _loan));
        vm.prank(_key(bank));
        loans.giveUpLien(_loan, _hash);
        _openOnOrder(FACE);
        vm.expectRevert(abi.encodeWithSelector(ILoans.NotSecured.selector, _loan));
        vm.prank(_key(bank));
        loans.giveUpLien(_loan, _hash);
    }

    function test_without_its_lien_a_loan_rests_on_a_sale_only_while_nobody_else_has_one() public {
        _openAndDraw(M);
        vm.prank(_key(bank));
        loans.giveUpLien(_loan, _hash);
        (EvidenceId invoice, bytes32 identity) = _sale(FACE);
        ILoans.LoanOffer memory offer = _offer;
        offer.nonce = 2;
        LoanId second = _take(offer);
        _assignRefused(identity, abi.encodeWithSelector(ITradeRegistry.LotUnderLien.selector, invoice, LOT));
        vm.prank(_key(bank));
        loans.close(second, _offerHash(offer));
        _assign(identity);
        assertEq(warehouse.liveLiens(LOT), 0, "no lien");
    }
}

/// @notice What companies do in any order, and thefts that must fail.
///
/// After every step:
/// 3. What a document is used for is what ledger and loans use of it, by books that are kept here; and whatever was just used is within
///    its face, less what was credited.
/// 9. A lot has at most one live lien; while it has one, no invoice over it is used; its live receipts are the sum that it tells, and no
///    receipt is issued beyond what was measured.
/// And what all loans owe is what their documents are used for.
contract LoanHistoriesTest is RegistryWorld {
    uint64 private constant FACE = 1_000;

    struct Debt {
        LoanId id;
        bytes32 hash;
        PartyId borrower;
        EvidenceId document;
        EvidenceId order;
        uint64 principal;
        uint64 resting;
        bool sold;
    }

    bytes32[2] private _lots = [LOT, OTHER_LOT];
    EvidenceId[] private _evidences;
    EvidenceId[] private _invoices;
    EvidenceId[] private _orders;
    ReceiptId[] private _receipts;
    Debt[] private _debts;
    mapping(EvidenceId => bytes32) private _identity;
    mapping(EvidenceId => uint64) private _used;
    mapping(EvidenceId => uint64) private _usedByLedger;
    mapping(EvidenceId => uint64) private _carried;
    mapping(EvidenceId => EvidenceId) private _orderOf;
    uint256 private _dice;
    uint256 private _done;

    function testFuzz_any_history_keeps_documents_and_goods(uint256 seed) public {
        _dice = seed;
        for (uint256 i = 0; i < 2; ++i) {
            _measure(_lots[i], keeper, i == 0 ? seller : other, 100);
            _keep(_invoiceOver(_lots[i], buyer, seller, FACE));
            _keep(_invoiceOver(_lots[i], otherBuyer, other, FACE));
            _keep(_order(buyer, i == 0 ? seller : other, FACE));
            _issues();
        }
        for (uint256 i = 0; i < 120; ++i) {
            _step(_roll(24));
            _check();
        }
        assertTrue(_done > 20, "most of it came to nothing");
    }

    function _step(uint256 kind) private {
        if (kind == 0) _uses();
        if (kind == 1) _releases();
        if (kind == 2) _credits();
        if (kind == 3) _issues();
        if (kind == 4) _withdraws();
        if (kind == 5) _transfers();
        if (kind == 6) _measures();
        if (kind == 7) _steals();
        if (kind == 8) _keep(_invoiceOver(_lots[_roll(2)], buyer, _roll(2) == 0 ? seller : other, FACE));
        if (kind == 9) _keep(_order(buyer, _roll(2) == 0 ? seller : other, FACE));
        if (kind == 10 || kind == 11) _fulfils();
        if (kind >= 12 && kind <= 14) _opens();
        if (kind >= 15 && kind <= 17) _draws();
        if (kind == 18 || kind == 19) _repays();
        if (kind == 20 || kind == 21) _sells();
        if (kind >= 22) _buyerPays();
    }

    function _roll(uint256 sides) private returns (uint256) {
        _dice = uint256(keccak256(abi.encode(_dice)));
        return _dice % sides;
    }

    /// Most likely one of the last ones, which are open.
    function _anyDebt() private returns (Debt storage) {
        uint256 back = _roll(_debts.length < 3 || _roll(4) == 0 ? _debts.length : 3);
        return _debts[_debts.length - 1 - back];
    }

    /// Most likely an invoice that sells what the loan is on.
    function _saleOf(Debt storage debt) private returns (EvidenceId id) {
        uint256 first = _roll(_invoices.length);
        bytes32 lot = registry.lotOf(debt.document);
        for (uint256 i = 0; i < _invoices.length; ++i) {
            id = _invoices[(first + i) % _invoices.length];
            ITradeRegistry.Evidence memory document = registry.evidence(id);
            bool fits = EvidenceId.unwrap(debt.order) == 0
                ? document.lot == lot && document.seller == debt.borrower
                : _orderOf[id] == debt.order && _carried[id] != 0;
            if (fits && _roll(4) != 0) return id;
        }
    }

    function _amount() private returns (uint64) {
        return uint64(1 + _roll(FACE / 2));
    }

    function _calls(address from, address target, bytes memory call) private returns (bool succeeded) {
        vm.prank(from);
        (succeeded,) = target.call(call);
        if (succeeded) ++_done;
    }

    function _keep(ITradeRegistry.Confirmation memory confirmation) private returns (EvidenceId id) {
        id = _register(confirmation);
        _identity[id] = confirmation.identity;
        _evidences.push(id);
        if (confirmation.kind == INVOICE) _invoices.push(id);
        if (confirmation.kind == ORDER) _orders.push(id);
    }

    // ---------------------------------------------------------------- what companies do

    function _uses() private {
        EvidenceId id = _invoices[_roll(_invoices.length)];
        ITradeRegistry.Evidence memory document = registry.evidence(id);
        uint64 amount = _amount();
        bytes memory call =
            abi.encodeCall(registry.consume, (document.buyer, CNY, START_DAY, RuleId.wrap(0), _leg(document.seller, amount, id)));
        if (_calls(LEDGER, address(registry), call)) {
            _used[id] += amount;
            _usedByLedger[id] += amount;
            _assertWithin(id);
        }
    }

    function _releases() private {
        EvidenceId id = _invoices[_roll(_invoices.length)];
        for (uint256 i = 0; i < _invoices.length && _usedByLedger[id] == 0; ++i) {
            id = _invoices[i];
        }
        if (_usedByLedger[id] == 0) return;
        uint64 amount = _roll(3) == 0 ? uint64(1 + _roll(_usedByLedger[id])) : _usedByLedger[id];
        assertTrue(_calls(LEDGER, address(registry), abi.encodeCall(registry.release, (id, amount))), "release");
        _used[id] -= amount;
        _usedByLedger[id] -= amount;
    }

    function _credits() private {
        EvidenceId id = _evidences[_roll(_evidences.length)];
        ITradeRegistry.CreditNote memory note = _note(id, uint64(1 + _roll(100)));
        bytes32 digest = _noteDigest(note);
        _calls(
            address(this),
            address(registry),
            abi.encodeCall(registry.credit, (note, _signedBy(note.buyer, digest), _signedBy(note.seller, digest)))
        );
    }

    function _issues() private {
        bytes32 lot = _lots[_roll(2)];
        PartyId owner = _roll(2) == 0 ? seller : other;
        EvidenceId id = _keep(_receipt(lot, keeper, owner, FACE));
        bytes memory call = abi.encodeCall(warehouse.issueReceipt, (lot, _identity[id], uint64(1 + _roll(60)), owner));
        if (_calls(_key(keeper), address(warehouse), call)) {
            _receipts.push(ReceiptId.wrap(warehouse.receiptCount()));
            assertTrue(warehouse.lotWord(lot).receipted() <= warehouse.lotWord(lot).measured(), "issued beyond the stock");
        }
    }

    function _withdraws() private {
        ReceiptId id = _receipts[_roll(_receipts.length)];
        bytes32 identity = _identity[warehouse.receiptWord(id).evidence()];
        bool pledged = warehouse.receiptWord(id).isPledged();
        if (_calls(_key(keeper), address(warehouse), abi.encodeCall(warehouse.withdraw, (id, identity)))) {
            assertTrue(!pledged, "pledged goods left");
        }
    }

    function _transfers() private {
        ReceiptId id = _receipts[_roll(_receipts.length)];
        bytes32 identity = _identity[warehouse.receiptWord(id).evidence()];
        bool pledged = warehouse.receiptWord(id).isPledged();
        address from = _key(warehouse.receiptWord(id).owner());
        bytes memory call = abi.encodeCall(warehouse.transferReceipt, (id, identity, _roll(2) == 0 ? seller : other));
        if (_calls(from, address(warehouse), call)) assertTrue(!pledged, "pledged goods changed hands");
    }

    function _measures() private {
        bytes32 lot = _lots[_roll(2)];
        PartyId depositor = warehouse.lotWord(lot).depositor();
        _calls(_key(keeper), address(warehouse), abi.encodeCall(warehouse.measure, (lot, depositor, uint64(60 + _roll(80)))));
    }

    function _opens() private {
        ILoans.LoanOffer memory offer;
        if (_roll(2) == 0) {
            EvidenceId order = _orders[_roll(_orders.length)];
            offer = _offerOnOrder(order, _identity[order], registry.evidence(order).seller, FACE);
        } else {
            ReceiptId id = _receipts[_roll(_receipts.length)];
            EvidenceId document = warehouse.receiptWord(id).evidence();
            offer = _offerOnReceipt(id, document, _identity[document], warehouse.receiptWord(id).owner(), FACE);
        }
        offer.annualRateMicros = 0;
        offer.nonce = uint64(_dice);
        Signature memory signature = _signedBy(bank, _offerDigest(offer));
        if (_calls(_key(offer.borrower), address(loans), abi.encodeCall(loans.open, (offer, signature)))) {
            Debt storage debt = _debts.push();
            debt.id = LoanId.wrap(loans.loanCount());
            debt.hash = _offerHash(offer);
            debt.borrower = offer.borrower;
            debt.document = offer.evidence;
            if (offer.kind == ORDER) debt.order = offer.evidence;
        }
    }

    function _draws() private {
        if (_debts.length == 0) return;
        Debt storage debt = _anyDebt();
        uint64 amount = _amount();
        if (_calls(_key(debt.borrower), address(loans), abi.encodeCall(loans.draw, (debt.id, debt.hash, amount)))) {
            debt.principal += amount;
            _used[debt.document] += amount;
            _assertWithin(debt.document);
        }
    }

    function _repays() private {
        if (_debts.length == 0) return;
        Debt storage debt = _anyDebt();
        if (debt.principal == 0) return;
        uint64 amount = _roll(2) == 0 ? debt.principal : uint64(1 + _roll(debt.principal));
        EvidenceId to = _roll(2) == 0 ? debt.document : _saleOf(debt);
        if (_calls(_key(debt.borrower), address(loans), abi.encodeCall(loans.repay, (debt.id, debt.hash, amount, to, address(money))))) {
            debt.principal -= amount;
            if (to != debt.document) {
                assertTrue(_orderOf[to] == debt.order && EvidenceId.unwrap(debt.order) != 0, "another's invoice");
                _carried[to] -= amount;
            }
            if (debt.sold) debt.resting -= amount;
            _used[to] -= amount;
        }
    }

    function _sells() private {
        if (_debts.length == 0) return;
        Debt storage debt = _anyDebt();
        EvidenceId to = _saleOf(debt);
        if (_calls(_key(debt.borrower), address(loans), _sellsFor(debt, to))) {
            if (EvidenceId.unwrap(debt.order) == 0) {
                _used[debt.document] -= debt.principal;
                _used[to] += debt.principal;
                _assertWithin(to);
            } else {
                _carried[to] -= debt.principal;
            }
            (debt.sold, debt.document, debt.resting) = (true, to, debt.principal);
        }
    }

    function _sellsFor(Debt storage debt, EvidenceId invoice) private view returns (bytes memory) {
        bytes32 identity = _identity[invoice];
        Signature memory consent = _saleConsent(bank, debt.id, debt.hash, identity, CONSENT_UNTIL);
        return abi.encodeCall(loans.assignSale, (debt.id, debt.hash, identity, CONSENT_UNTIL, consent));
    }

    function _buyerPays() private {
        if (_debts.length == 0) return;
        Debt storage debt = _anyDebt();
        if (!debt.sold || debt.principal == 0) return;
        uint64 amount = uint64(1 + _roll(debt.principal));
        address from = _key(registry.evidence(debt.document).buyer);
        _fund(registry.evidence(debt.document).buyer);
        bytes memory call = abi.encodeCall(loans.payFromSale, (debt.id, debt.hash, amount, address(money)));
        assertTrue(_calls(from, address(loans), call), "paid");
        debt.principal -= amount;
        debt.resting -= amount;
    }

    function _fulfils() private {
        EvidenceId order = _orders[_roll(_orders.length)];
        for (uint256 i = 0; i < _orders.length && _used[order] == 0; ++i) {
            order = _orders[i];
        }
        PartyId to = registry.evidence(order).seller;
        ITradeRegistry.Confirmation memory invoice = _invoiceOver(_roll(2) == 0 ? bytes32(0) : _lots[_roll(2)], buyer, to, _amount());
        invoice.order = _identity[order];
        uint64 carried = _used[order] < invoice.faceMinor ? _used[order] : invoice.faceMinor;
        Signature[] memory signatures = _one(_signedBy(buyer, _confirmationDigest(invoice)));
        bytes memory call = abi.encodeCall(registry.register, (_one(invoice), signatures, signatures));
        if (!_calls(address(this), address(registry), call)) {
            assertTrue(carried != 0 && warehouse.liveLiens(invoice.lot) == 1, "refused for the lien only");
            return;
        }
        EvidenceId id = EvidenceId.wrap(registry.evidenceCount());
        _identity[id] = invoice.identity;
        _evidences.push(id);
        _invoices.push(id);
        _orderOf[id] = order;
        _carried[id] = carried;
        _used[id] = carried;
        _used[order] -= carried;
    }

    /// What nobody may do, by whoever has a key here.
    function _steals() private {
        address[6] memory thieves = [_key(operator), _key(seller), _key(other), _key(keeper), _key(buyer), _key(bank)];
        address thief = thieves[_roll(6)];
        EvidenceId id = _evidences[_roll(_evidences.length)];
        ReceiptId receipt = _receipts[_roll(_receipts.length)];
        uint256 done = _done;
        _calls(thief, address(registry), abi.encodeCall(registry.release, (id, 1)));
        _calls(thief, address(warehouse), abi.encodeCall(warehouse.release, (receipt)));
        _calls(thief, address(warehouse), abi.encodeCall(warehouse.pledge, (receipt, LoanId.wrap(1), seller, false)));
        if (_debts.length != 0) {
            Debt storage debt = _anyDebt();
            if (thief != _key(debt.borrower)) {
                _calls(thief, address(loans), abi.encodeCall(loans.draw, (debt.id, debt.hash, 1)));
                _calls(thief, address(loans), abi.encodeCall(loans.repay, (debt.id, debt.hash, 1, debt.document, address(money))));
                _calls(thief, address(loans), _sellsFor(debt, _invoices[0]));
            }
            if (thief != _key(bank)) {
                _calls(thief, address(loans), abi.encodeCall(loans.attestRepayment, (debt.id, debt.hash, 1, debt.document, "mine")));
                _calls(thief, address(loans), abi.encodeCall(loans.giveUpLien, (debt.id, debt.hash)));
            }
        }
        assertEq(_done, done, "a theft");
    }

    // ---------------------------------------------------------------- what holds

    function _assertWithin(EvidenceId id) private view {
        ITradeRegistry.Evidence memory document = registry.evidence(id);
        assertTrue(uint256(document.usedMinor) + document.creditedMinor <= document.faceMinor, "used beyond its face");
        assertEq(registry.excessOf(id), 0, "excess");
    }

    function _check() private view {
        uint256[2] memory lotUsed;
        for (uint256 i = 0; i < _evidences.length; ++i) {
            EvidenceId id = _evidences[i];
            ITradeRegistry.Evidence memory document = registry.evidence(id);
            assertEq(document.usedMinor, _used[id], "used");
            assertTrue(document.usedMinor <= document.faceMinor, "used beyond what was ever confirmed");
            if (document.kind == INVOICE && document.lot != 0) lotUsed[document.lot == LOT ? 0 : 1] += document.usedMinor;
        }
        uint256[2] memory receipted;
        uint256[2] memory liens;
        for (uint256 i = 0; i < _receipts.length; ++i) {
            ReceiptWord word = warehouse.receiptWord(_receipts[i]);
            uint256 lot = warehouse.lotOf(_receipts[i]) == LOT ? 0 : 1;
            if (word.state() == 1) receipted[lot] += word.quantity();
            if (word.isPledged()) ++liens[lot];
        }
        for (uint256 i = 0; i < 2; ++i) {
            assertEq(warehouse.lotWord(_lots[i]).receipted(), receipted[i], "receipted");
            assertEq(warehouse.liveLiens(_lots[i]), liens[i], "liens");
            assertEq(registry.lotUsedMinor(_lots[i]), lotUsed[i], "used of the lot");
            assertTrue(liens[i] <= 1 && (liens[i] == 0 || lotUsed[i] == 0), "goods back one thing");
        }
        for (uint256 i = 0; i < _debts.length; ++i) {
            assertEq(loans.loanWord(_debts[i].id).principalMinor(), _debts[i].principal, "principal");
            assertEq(loans.restingMinor(_debts[i].id), _debts[i].resting, "resting");
        }
    }
}
