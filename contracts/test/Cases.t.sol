// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IFinancing} from "../interfaces/IFinancing.sol";
import {ILedgerParts} from "../interfaces/ILedgerParts.sol";
import {ILedgerReader} from "../interfaces/ILedgerReader.sol";
import {ILines} from "../interfaces/ILines.sol";
import {ILoans} from "../interfaces/ILoans.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {ITradeRegistry} from "../interfaces/ITradeRegistry.sol";
import {IWarehouse} from "../interfaces/IWarehouse.sol";
import {HoldWords} from "../libraries/HoldWords.sol";
import {EvidenceId, LineId, LoanId, ObligationId, PartyId, PieceId, ReceiptId, lineOf} from "../types/Identifiers.sol";
import {Leg, PieceState, Signature} from "../types/Movements.sol";
import {BANK, KEEPER, SUPPLIER} from "../types/Roles.sol";
import {RULE_CURED, RULE_DELIVERED, RULE_REGISTERED, RULE_REVIEWED_TENOR, RULE_TENOR, ruleId} from "../types/RuleIds.sol";
import {World} from "./World.t.sol";

/// @notice What went wrong in this field before, as far as a contract can stop it. Each test is named by its case.
contract CasesTest is World {
    uint24 private constant GROUP = 7;
    bytes32 private constant LOT = keccak256("100 tons of copper");

    function _refuseIssue(Leg[] memory legs, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(issuer.key);
        ledger.issue(line, VOUCHER, MATURITY, false, legs);
    }

    function _refuseDocument(ITradeRegistry.Confirmation memory confirmation, Signature memory signature, bytes memory reason) private {
        (ITradeRegistry.Confirmation[] memory list, Signature[] memory signatures) = _one(confirmation, signature);
        vm.expectRevert(reason);
        registry.register(list, signatures, new Signature[](1));
    }

    // ---------------------------------------------------------------- C1

    function test_C1_forged_obligor() public {
        // A document that the buyer never acknowledged makes no capacity, and an issue that the obligor did not sign no debt.
        ITradeRegistry.Confirmation memory confirmation = _confirmation(issuer, supplier, 500);
        bytes32 digest = _confirmationDigest(confirmation);
        _refuseDocument(
            confirmation,
            _signed(supplier, digest),
            abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, issuer.id, supplier.key)
        );
        Signature memory forged = _signed(supplier, digest);
        forged.key = issuer.key;
        _refuseDocument(
            confirmation, forged, abi.encodeWithSelector(ITradeRegistry.SignatureInvalid.selector, issuer.id, issuer.key)
        );
        Leg[] memory legs = _legs(issuer, supplier, 500);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.NotTheIssuer.selector, line, issuer.id, supplier.id));
        vm.prank(supplier.key);
        ledger.issue(line, VOUCHER, MATURITY, false, legs);
    }

    function test_C1_the_obligor_lists_all_that_is_outstanding_in_its_name() public {
        LineId other = _grant(otherBank, issuer, LIMIT, CNY);
        PieceId id = _held(500);
        _accept(second, _passed(id, supplier, second, 200));
        _held(70);
        Leg[] memory legs = _legs(issuer, second, 30);
        vm.prank(issuer.key);
        ledger.issue(other, VOUCHER, MATURITY, false, legs);
        (uint8 lineCount,) = reader.issuer(issuer.id);
        uint256 listed = 0;
        uint256 used = 0;
        for (uint8 i = 1; i <= lineCount; ++i) {
            ILedgerReader.Line memory read = reader.line(lineOf(issuer.id, i));
            used += read.usedMinor;
            for (uint64 j = 1; j <= read.obligationCount; ++j) {
                ILedgerReader.Piece[] memory pieces =
                    reader.piecesOf(ObligationId.wrap((uint64(LineId.unwrap(lineOf(issuer.id, i))) << 24) | j), 1, NEVER);
                for (uint256 k = 0; k < pieces.length; ++k) {
                    listed += pieces[k].amountMinor;
                }
            }
        }
        assertTrue(listed == 600 && used == 600, "piece by piece what the lines say is used");
    }

    // ---------------------------------------------------------------- C2

    function test_C2_prospective_receivables() public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(issuer, supplier, 500);
        confirmation.kind = 2;
        EvidenceId order = _register(confirmation, issuer);
        _refuseIssue(_one(_leg(supplier, 500, order)), abi.encodeWithSelector(ITradeRegistry.EvidenceIsNoInvoice.selector, order, 2));
        confirmation = _confirmation(issuer, supplier, 500);
        confirmation.deliveryDay = 0;
        EvidenceId undelivered = _register(confirmation, issuer);
        _refuseIssue(
            _one(_leg(supplier, 500, undelivered)), abi.encodeWithSelector(ITradeRegistry.NotDelivered.selector, undelivered, 0, START_DAY, RULE_DELIVERED)
        );
        confirmation = _confirmation(issuer, supplier, 500);
        confirmation.deliveryDay = START_DAY + 1;
        EvidenceId future = _register(confirmation, issuer);
        _refuseIssue(
            _one(_leg(supplier, 500, future)),
            abi.encodeWithSelector(ITradeRegistry.NotDelivered.selector, future, START_DAY + 1, START_DAY, RULE_DELIVERED)
        );
        EvidenceId none = EvidenceId.wrap(99);
        _refuseIssue(_one(_leg(supplier, 500, none)), abi.encodeWithSelector(ITradeRegistry.EvidenceNotFound.selector, none));
    }

    // ---------------------------------------------------------------- C3

    function test_C3_one_book() public {
        participants.regroup(issuer.id, GROUP);
        participants.regroup(otherIssuer.id, GROUP);
        vm.prank(bank.key);
        lines.recount(bank.id, issuer.id, CNY);
        uint64 promisedMinor = uint64(lines.groupCapWord(bank.id, GROUP, CNY).promisedMinor());
        assertTrue(promisedMinor >= LIMIT, "what was granted before counts");
        vm.prank(bank.key);
        lines.setGroupCap(GROUP, CNY, promisedMinor + 500);
        vm.expectRevert(abi.encodeWithSelector(ILines.GroupCapExceeded.selector, bank.id, GROUP, 501, 500));
        vm.prank(bank.key);
        lines.grantLine(otherIssuer.id, 501, CNY, START_DAY + 365, SHANGHAI, 0);
        vm.prank(bank.key);
        lines.grantLine(otherIssuer.id, 500, CNY, START_DAY + 365, SHANGHAI, 0);
        vm.expectRevert(abi.encodeWithSelector(ILines.GroupCapExceeded.selector, bank.id, GROUP, 1, 0));
        vm.prank(bank.key);
        lines.setLineLimit(line, LIMIT + 1);
    }

    // ---------------------------------------------------------------- C4

    function test_C4_sold_twice() public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(issuer, supplier, 500);
        EvidenceId id = _register(confirmation, issuer);
        // The same invoice again, from another file and with another face.
        confirmation.digest = keccak256("scanned again");
        confirmation.faceMinor = 900;
        _refuseDocument(
            confirmation,
            _signed(issuer, _confirmationDigest(confirmation)),
            abi.encodeWithSelector(ITradeRegistry.IdentityAlreadyRegistered.selector, confirmation.identity, id, 500)
        );
        vm.prank(issuer.key);
        ledger.issue(line, VOUCHER, MATURITY, false, _one(_leg(supplier, 400, id)));
        // Financed beyond what was invoiced, under any line and by any bank.
        LineId other = _grant(otherBank, issuer, LIMIT, CNY);
        Leg[] memory legs = _one(_leg(supplier, 101, id));
        bytes memory reason = abi.encodeWithSelector(ITradeRegistry.EvidenceExhausted.selector, id, 101, 100);
        _refuseIssue(legs, reason);
        vm.expectRevert(reason);
        vm.prank(issuer.key);
        ledger.issue(other, VOUCHER, MATURITY, false, legs);
        vm.expectRevert(reason);
        vm.prank(address(loans));
        registry.consumeForLoan(issuer.id, CNY, START_DAY, 1, legs[0]);
    }

    // ---------------------------------------------------------------- C5

    function test_C5_round_trip() public {
        participants.regroup(supplier.id, GROUP);
        participants.regroup(second.id, GROUP);
        ITradeRegistry.Confirmation memory confirmation = _confirmation(supplier, second, 500);
        _refuseDocument(
            confirmation,
            _signed(supplier, _confirmationDigest(confirmation)),
            abi.encodeWithSelector(IParticipants.RelatedParties.selector, supplier.id, second.id, GROUP)
        );
        // Parties that became related after the trade are not funded.
        PieceId id = _held(500);
        participants.regroup(issuer.id, GROUP);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 100);
        Signature memory signature = _signed(bank, _offerDigest(offer));
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RelatedParties.selector, supplier.id, issuer.id, GROUP));
        vm.prank(supplier.key);
        financing.finance(offer, signature, _unsigned(), 0);
    }

    // ---------------------------------------------------------------- C6

    /// A lot of 100, measured, with a receipt for some of it.
    function _stored(Company memory keeper, uint64 quantity) private returns (ReceiptId receipt, bytes32 identity) {
        vm.prank(keeper.key);
        warehouse.measure(LOT, supplier.id, 100);
        return _receipt(keeper, quantity);
    }

    function _receipt(Company memory keeper, uint64 quantity) private returns (ReceiptId receipt, bytes32 identity) {
        identity = _receiptDocument(keeper);
        vm.prank(keeper.key);
        receipt = warehouse.issueReceipt(LOT, identity, quantity, supplier.id);
    }

    function _receiptDocument(Company memory keeper) private returns (bytes32) {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(keeper, supplier, 1_000);
        (confirmation.kind, confirmation.lot) = (3, LOT);
        _register(confirmation, keeper);
        return confirmation.identity;
    }

    function _loanOffer(ReceiptId receipt, bytes32 identity) private view returns (ILoans.LoanOffer memory) {
        return ILoans.LoanOffer({
            kind: 3,
            receipt: receipt,
            evidence: registry.evidenceOf(identity),
            evidenceIdentity: identity,
            borrower: supplier.id,
            bank: bank.id,
            limitMinor: 800,
            currency: CNY,
            cashToken: address(money),
            annualRateMicros: 36_000,
            dayCountBasis: 360,
            maturityDay: MATURITY,
            utcOffsetQuarterHours: SHANGHAI,
            validUntil: uint40(block.timestamp + 1 hours),
            twiceMeasured: false,
            registrationNumber: "registration",
            descriptionHash: "description",
            nonce: 1
        });
    }

    function _loanHash(ILoans.LoanOffer memory offer) private pure returns (bytes32) {
        bytes32 typeHash = keccak256(
            "LoanOffer(uint8 kind,uint40 receipt,uint40 evidence,bytes32 evidenceIdentity,uint32 borrower,uint32 bank,uint64 limitMinor,uint8 currency,address cashToken,uint32 annualRateMicros,uint16 dayCountBasis,uint16 maturityDay,int8 utcOffsetQuarterHours,uint40 validUntil,bool twiceMeasured,bytes32 registrationNumber,bytes32 descriptionHash,uint64 nonce)"
        );
        return keccak256(abi.encode(typeHash, offer));
    }

    function _borrow(ILoans.LoanOffer memory offer) private returns (LoanId) {
        Signature memory signature = _signed(bank, _digest("Pearlchain Loans", address(loans), _loanHash(offer)));
        vm.prank(supplier.key);
        return loans.open(offer, signature);
    }

    /// The invoice that sells the goods of the lot.
    function _sale(uint64 faceMinor) private returns (EvidenceId id, bytes32 identity) {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(issuer, supplier, faceMinor);
        confirmation.lot = LOT;
        return (_register(confirmation, issuer), confirmation.identity);
    }

    function test_C6_pledged_and_sold() public {
        Company memory keeper = _company("keeper", KEEPER);
        (ReceiptId receipt, bytes32 identity) = _stored(keeper, 60);
        (ReceiptId other, bytes32 otherIdentity) = _receipt(keeper, 30);
        ILoans.LoanOffer memory offer = _loanOffer(receipt, identity);
        LoanId loan = _borrow(offer);
        // One asset, one live lien.
        ILoans.LoanOffer memory again = _loanOffer(other, otherIdentity);
        Signature memory signature = _signed(bank, _digest("Pearlchain Loans", address(loans), _loanHash(again)));
        vm.expectRevert(abi.encodeWithSelector(IWarehouse.LotIsPledged.selector, LOT));
        vm.prank(supplier.key);
        loans.open(again, signature);
        // Goods that were sold stay no collateral unseen: their invoice backs nothing while the lien lives.
        vm.prank(supplier.key);
        loans.draw(loan, _loanHash(offer), 500);
        (EvidenceId sale, bytes32 saleIdentity) = _sale(900);
        _refuseIssue(_one(_leg(supplier, 400, sale)), abi.encodeWithSelector(ITradeRegistry.LotUnderLien.selector, sale, LOT));
        vm.expectRevert(abi.encodeWithSelector(IWarehouse.ReceiptIsPledged.selector, receipt, loan));
        vm.prank(supplier.key);
        warehouse.transferReceipt(receipt, identity, second.id);
        // The sale takes the loan over; what it leaves of the invoice backs a piece, and no more.
        signature = _saleConsent(bank, loan, _loanHash(offer), saleIdentity, offer.validUntil);
        vm.prank(supplier.key);
        loans.assignSale(loan, _loanHash(offer), saleIdentity, offer.validUntil, signature);
        assertEq(warehouse.liveLiens(LOT), 0, "released by the sale");
        _refuseIssue(_one(_leg(supplier, 401, sale)), abi.encodeWithSelector(ITradeRegistry.EvidenceExhausted.selector, sale, 401, 400));
        vm.prank(issuer.key);
        ledger.issue(line, VOUCHER, MATURITY, false, _one(_leg(supplier, 400, sale)));
        // And what backs a receivable is pledged no more.
        again.validUntil = uint40(block.timestamp + 2 hours);
        signature = _signed(bank, _digest("Pearlchain Loans", address(loans), _loanHash(again)));
        vm.expectRevert(abi.encodeWithSelector(IWarehouse.GoodsBackReceivables.selector, LOT, 900));
        vm.prank(supplier.key);
        loans.open(again, signature);
    }

    // ---------------------------------------------------------------- C7, C8, C9

    function test_C7_no_goods() public {
        Company memory keeper = _company("keeper", KEEPER);
        (ReceiptId receipt, bytes32 identity) = _stored(keeper, 60);
        // A stock gap: nothing new comes to rest on what is not there.
        vm.prank(keeper.key);
        warehouse.measure(LOT, supplier.id, 59);
        ILoans.LoanOffer memory offer = _loanOffer(receipt, identity);
        Signature memory signature = _signed(bank, _digest("Pearlchain Loans", address(loans), _loanHash(offer)));
        vm.expectRevert(abi.encodeWithSelector(IWarehouse.LotShort.selector, LOT, 59, 60));
        vm.prank(supplier.key);
        loans.open(offer, signature);
        bytes32 another = _receiptDocument(keeper);
        vm.expectRevert(abi.encodeWithSelector(IWarehouse.LotShort.selector, LOT, 59, 60));
        vm.prank(keeper.key);
        warehouse.issueReceipt(LOT, another, 1, supplier.id);
    }

    function test_C8_three_receipts_for_one_pile() public {
        Company memory keeper = _company("keeper", KEEPER);
        _stored(keeper, 100);
        for (uint256 i = 0; i < 2; ++i) {
            bytes32 identity = _receiptDocument(keeper);
            vm.expectRevert(abi.encodeWithSelector(IWarehouse.StockExceeded.selector, LOT, 100, 0));
            vm.prank(keeper.key);
            warehouse.issueReceipt(LOT, identity, 100, supplier.id);
        }
        // Nor does another keeper write receipts for the same pile.
        Company memory other = _company("other keeper", KEEPER);
        vm.expectRevert(abi.encodeWithSelector(IWarehouse.NotTheKeeper.selector, LOT, keeper.id, other.id));
        vm.prank(other.key);
        warehouse.measure(LOT, supplier.id, 100);
    }

    function test_C9_the_keeper_was_in_on_it() public {
        Company memory keeper = _company("keeper", KEEPER);
        (ReceiptId receipt, bytes32 identity) = _stored(keeper, 60);
        ILoans.LoanOffer memory offer = _loanOffer(receipt, identity);
        offer.twiceMeasured = true;
        Signature memory signature = _signed(bank, _digest("Pearlchain Loans", address(loans), _loanHash(offer)));
        vm.expectRevert(abi.encodeWithSelector(IWarehouse.NotTwiceMeasured.selector, LOT));
        vm.prank(supplier.key);
        loans.open(offer, signature);
        participants.regroup(keeper.id, GROUP);
        participants.regroup(supplier.id, GROUP);
        offer = _loanOffer(receipt, identity);
        signature = _signed(bank, _digest("Pearlchain Loans", address(loans), _loanHash(offer)));
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RelatedParties.selector, keeper.id, supplier.id, GROUP));
        vm.prank(supplier.key);
        loans.open(offer, signature);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RelatedParties.selector, keeper.id, supplier.id, GROUP));
        vm.prank(keeper.key);
        warehouse.measure(keccak256("another lot"), supplier.id, 100);
    }

    // ---------------------------------------------------------------- C10

    function test_C10_terms_stretched() public {
        Leg[] memory legs = _legs(issuer, supplier, 500);
        uint16 long = START_DAY + 181;
        vm.expectRevert(
            abi.encodeWithSelector(
                ILedgerParts.TenorTooLong.selector, long, uint256(START_DAY) + 180, ruleId(VOUCHER, 1, RULE_TENOR)
            )
        );
        vm.prank(issuer.key);
        ledger.issue(line, VOUCHER, long, false, legs);
        // Longer only with a reason that the line's bank has looked at, and never beyond the outer bound.
        vm.prank(bank.key);
        LineId wide = lines.grantLine(issuer.id, LIMIT, CNY, NEVER, SHANGHAI, 0);
        vm.prank(bank.key);
        lines.reviewTenor(wide, START_DAY + 366, "reason");
        vm.expectRevert(
            abi.encodeWithSelector(
                ILedgerParts.TenorTooLong.selector, START_DAY + 366, uint256(START_DAY) + 365, ruleId(VOUCHER, 1, RULE_REVIEWED_TENOR)
            )
        );
        vm.prank(issuer.key);
        ledger.issue(wide, VOUCHER, START_DAY + 366, false, legs);
        // The effective term can be computed by anyone: maturity and delivery are both on chain.
        vm.prank(issuer.key);
        ObligationId id = ledger.issue(line, VOUCHER, START_DAY + 180, false, legs);
        assertEq(
            reader.obligation(id).maturityDay - registry.evidence(legs[0].evidence).deliveryDay, 180, "from delivery to maturity"
        );
    }

    // ---------------------------------------------------------------- C11

    function test_C11_paper_snowball() public {
        // After the first unpaid maturity issuance stops by itself, under every line and by whoever notices.
        LineId other = _grant(otherBank, issuer, LIMIT, CNY);
        PieceId id = _held(500);
        Leg[] memory legs = _legs(issuer, supplier, 100);
        _beOverdue();
        vm.prank(address(0xdead));
        maturity.markOverdue(id.obligation());
        legs[0].deadline = uint40(block.timestamp + 1 hours);
        LineId[2] memory both = [line, other];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ILedgerParts.IssuerOverdue.selector, issuer.id, RULE_CURED));
            vm.prank(issuer.key);
            ledger.issue(both[i], VOUCHER, MATURITY + 90, false, legs);
        }
        _redeem(id);
        vm.prank(issuer.key);
        ledger.issue(line, VOUCHER, MATURITY + 90, false, legs);
    }

    // ---------------------------------------------------------------- C12

    function test_C12_red_letter_invoice() public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(issuer, supplier, 500);
        EvidenceId document = _register(confirmation, issuer);
        vm.prank(issuer.key);
        PieceId id = ledger.issue(line, VOUCHER, MATURITY, false, _one(_leg(supplier, 500, document))).piece(1);
        _accept(supplier, id);
        PieceId child = _passed(id, supplier, second, 300);
        _accept(second, child);
        PieceId grandchild = _passed(child, second, third, 100);
        _accept(third, grandchild);
        PieceId other = _held(500);

        _cancel(confirmation, document);
        holds.holdReturned(document, _one(id));
        assertTrue(_stateOf(child) == PieceState.OnHold && _stateOf(grandchild) == PieceState.OnHold, "all descendants");
        assertTrue(_stateOf(other) == PieceState.Held, "and only they");
        // The holder in good faith sees why, and is paid at maturity all the same.
        ILedgerReader.PathStep[] memory steps = reader.path(grandchild);
        assertTrue(holds.holdWord(steps[0].piece).has(HoldWords.RETURNED), "the mark is on its way");
        assertTrue(registry.isCancelled(steps[0].evidence) && !registry.isCancelled(steps[2].evidence), "and the document");
        _mature();
        _redeem(grandchild);
        assertEq(money.balanceOf(third.key), 100, "paid");
    }

    function _cancel(ITradeRegistry.Confirmation memory confirmation, EvidenceId document) private {
        ITradeRegistry.CreditNote memory note = ITradeRegistry.CreditNote({
            identity: keccak256("red letter"),
            digest: keccak256("note"),
            evidence: document,
            evidenceIdentity: confirmation.identity,
            amountMinor: confirmation.faceMinor,
            currency: CNY,
            buyer: issuer.id,
            seller: supplier.id
        });
        bytes32 typeHash = keccak256(
            "CreditNote(bytes32 identity,bytes32 digest,uint40 evidence,bytes32 evidenceIdentity,uint64 amountMinor,uint8 currency,uint32 buyer,uint32 seller)"
        );
        bytes32 digest = _digest("Pearlchain TradeRegistry", address(registry), keccak256(abi.encode(typeHash, note)));
        registry.credit(note, _signed(issuer, digest), _signed(supplier, digest));
    }

    // ---------------------------------------------------------------- C13

    function test_C13_the_wrong_payee() public {
        PieceId id = _held(500);
        vm.warp(uint256(MATURITY) * 1 days - 8 hours - 3 days + 1);
        // Registrar and administrator, who are this address here, have no function that changes an account; the operator has none either.
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, address(this)));
        participants.proposeAccount(address(0xbad), PartyId.wrap(0), 0, "");
        _proposeAccount(operator, "account of a thief");
        // Nor does a company get at somebody else's account, which lets Settlement draw on it: it does not sign for the thief.
        (address someones,) = _keyOf("account of somebody else");
        vm.prank(bank.key);
        money.mint(someones, 500);
        vm.prank(someones);
        money.approve(address(settlement), type(uint256).max);
        Signature memory own = _signed(issuer, keccak256("anything"));
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountProofInvalid.selector, issuer.id, someones));
        vm.prank(issuer.key);
        participants.proposeAccount(someones, PartyId.wrap(0), uint40(block.timestamp), own.signature);
        // Even with a key of the holder's the change waits for three days, in which the holder can stop it.
        address away = _proposeAccount(supplier, "another account of a thief");
        uint40 due = uint40(block.timestamp + 3 days);
        _mature();
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountChangeNotDue.selector, supplier.id, due));
        participants.applyAccountChange(supplier.id);
        _redeem(id);
        assertTrue(money.balanceOf(supplier.key) == 500 && money.balanceOf(away) == 0, "to the owner's account");
        vm.prank(supplier.key);
        participants.cancelAccountChange();
    }

    // ---------------------------------------------------------------- C14

    function test_C14_the_platform_closes() public {
        PieceId id = _held(500);
        PieceId child = _passed(id, supplier, second, 300);
        _accept(second, child);
        PieceId last = _passed(child, second, third, 100);
        _accept(third, last);
        // From storage alone, as a proof of the slots shows it: no function of ours is called.
        ILedgerReader.PathStep[] memory steps = reader.path(last);
        PieceId at = last;
        for (uint256 i = steps.length; i > 0; --i) {
            uint256 word = uint256(vm.load(address(ledger), keccak256(abi.encode(at, uint256(7)))));
            assertTrue(steps[i - 1].piece == at && uint32(word >> 64) == PartyId.unwrap(steps[i - 1].to), "whose it is");
            assertEq(uint40(word >> 112), EvidenceId.unwrap(steps[i - 1].evidence), "by which document");
            uint16 parent = uint16(word >> 96);
            at = parent == 0 ? PieceId.wrap(0) : last.obligation().piece(parent);
            // Which document it was, its commitment proves to whoever has the document.
            assertTrue(registry.evidence(steps[i - 1].evidence).commitment != 0, "commitment");
        }
        assertEq(PieceId.unwrap(at), 0, "down to the issuer");
        uint256 terms = uint256(vm.load(address(ledger), keccak256(abi.encode(last.obligation(), uint256(6)))));
        assertEq(uint16(terms >> 128), MATURITY, "and when it is due");
    }

    // ---------------------------------------------------------------- C15

    function _join(PartyId party, Company memory key, uint8 epoch, uint16 keyChanges) private view returns (bytes memory) {
        bytes32 typeHash = keccak256("KeyJoin(uint32 party,address key,uint8 epoch,uint16 keyChanges)");
        bytes32 structHash = keccak256(abi.encode(typeHash, party, key.key, epoch, keyChanges));
        return _signed(key, _digest("Pearlchain Participants", address(participants), structHash)).signature;
    }

    function _key(string memory name) private pure returns (Company memory company) {
        (company.key, company.secret) = _keyOf(name);
    }

    function test_C15_stolen_key() public {
        PieceId id = _held(500);
        Leg[] memory legs = _legs(supplier, second, 100);
        Company memory safe = _key("second key");
        bytes memory proof = _join(supplier.id, safe, 0, 0);
        vm.prank(supplier.key);
        participants.addKey(safe.key, proof);
        vm.prank(safe.key);
        participants.removeKey(supplier.key);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, supplier.key));
        vm.prank(supplier.key);
        ledger.transfer(_ref(id), legs);
        assertTrue(reader.piece(id).owner == supplier.id, "the piece stays where it is");
        vm.prank(safe.key);
        ledger.transfer(_ref(id), legs);
    }

    function test_C15_lost_key() public {
        Company memory house = _company("house bank", BANK);
        Company memory loser = _key("loser");
        loser.id = participants.register(loser.key, loser.key, SUPPLIER, 0, NEVER, house.id);
        Leg[] memory legs = _legs(issuer, loser, 500);
        vm.prank(issuer.key);
        PieceId id = ledger.issue(line, VOUCHER, MATURITY, false, legs).piece(1);
        _accept(loser, id);
        Company memory found = _key("new key");
        bytes memory proof = _join(loser.id, found, 1, 0);
        // Two parties, neither of them alone: its account bank proposes, the registrar approves; then it waits.
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotTheAccountBank.selector, loser.id, house.id, bank.id));
        vm.prank(bank.key);
        participants.proposeRecovery(loser.id, found.key, proof);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RecoveryUnknown.selector, loser.id, found.key));
        participants.approveRecovery(loser.id, found.key);
        vm.prank(house.key);
        participants.proposeRecovery(loser.id, found.key, proof);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RecoveryNotApproved.selector, loser.id));
        participants.finishRecovery(loser.id);
        participants.approveRecovery(loser.id, found.key);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RecoveryNotDue.selector, loser.id, uint40(block.timestamp + 7 days)));
        participants.finishRecovery(loser.id);
        vm.warp(block.timestamp + 7 days);
        participants.finishRecovery(loser.id);
        legs = _legs(loser.id, found, second, 100);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, loser.key));
        vm.prank(loser.key);
        ledger.transfer(_ref(id), legs);
        vm.prank(found.key);
        ledger.transfer(_ref(id), legs);
        assertTrue(reader.piece(id).owner == loser.id, "the piece stays where it is");
    }

    /// A leg whose document the party confirms with another key than its first.
    function _legs(PartyId party, Company memory key, Company memory recipient, uint64 amountMinor) private returns (Leg[] memory) {
        key.id = party;
        return _legs(key, recipient, amountMinor);
    }

    // ---------------------------------------------------------------- C16

    function test_C16_competing_assignments() public {
        _fund(otherBank, money, LIMIT);
        _limitFinancing(otherBank, issuer, LIMIT);
        PieceId id = _held(500);
        IFinancing.FinanceOffer memory first = _offer(bank, id, 500);
        IFinancing.FinanceOffer memory other = _offer(otherBank, id, 500);
        other.registrationNumber = "later";
        Signature memory signature = _signed(bank, _offerDigest(first));
        Signature memory otherSignature = _signed(otherBank, _offerDigest(other));
        // None without a registration, by which assignments outside are ranked against this one.
        IFinancing.FinanceOffer memory unregistered = _offer(bank, id, 500);
        unregistered.registrationNumber = 0;
        Signature memory unregisteredSignature = _signed(bank, _offerDigest(unregistered));
        vm.expectRevert(abi.encodeWithSelector(IFinancing.RegistrationMissing.selector, id, RULE_REGISTERED));
        vm.prank(supplier.key);
        financing.finance(unregistered, unregisteredSignature, _unsigned(), 0);
        PieceId bought = id.obligation().piece(2);
        vm.expectEmit(address(ledger));
        emit IFinancing.PieceFinanced(
            bought, id, bank.id, 500, 495, PartyId.wrap(0), address(money), first.registrationNumber, first.descriptionHash
        );
        vm.prank(supplier.key);
        financing.finance(first, signature, _unsigned(), 0);
        // The one that comes second on the platform buys nothing, and its error says why.
        vm.expectRevert(abi.encodeWithSelector(IFinancing.OfferStale.selector, id, 1));
        vm.prank(supplier.key);
        financing.finance(other, otherSignature, _unsigned(), 0);
        assertTrue(reader.piece(bought).owner == bank.id && money.balanceOf(otherBank.key) == LIMIT, "one owner");
    }
}
