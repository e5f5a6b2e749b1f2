// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {ICreditLedger} from "../interfaces/ICreditLedger.sol";
import {IFinancing} from "../interfaces/IFinancing.sol";
import {ILedgerParts} from "../interfaces/ILedgerParts.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {IRulebook} from "../interfaces/IRulebook.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";
import {Days} from "../libraries/Days.sol";
import {Discounts} from "../libraries/Discounts.sol";
import {ObligationWord} from "../libraries/ObligationWords.sol";
import {PieceWord} from "../libraries/PieceWords.sol";
import {SaleWord} from "../libraries/SaleWords.sol";
import {EvidenceId, ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {Leg, PieceState, Signature} from "../types/Movements.sol";
import {PieceReference, PieceReferences} from "../types/PieceReference.sol";
import {BANK, SUPPLIER} from "../types/Roles.sol";
import {RULE_CONTEST, RULE_PIECES, RULE_REGISTERED, RuleId, ruleId} from "../types/RuleIds.sol";
import {HostileSigner, ReentrantToken, RefusingToken} from "./Hostile.t.sol";
import {World} from "./World.t.sol";

/// @notice A seller with an account bank, and what fee payers sign.
abstract contract FinancingWorld is World {
    PartyId internal constant NOBODY = PartyId.wrap(0);
    uint8 internal constant CONTEST_HOURS = 48;

    Company internal house;
    Company internal seller;

    function setUp() public virtual override {
        super.setUp();
        house = _member("house bank", BANK, NOBODY);
        seller = _member("seller", SUPPLIER, house.id);
    }

    function _member(string memory name, uint16 roles, PartyId accountBank) internal returns (Company memory company) {
        (company.key, company.secret) = _keyOf(name);
        company.id = participants.register(company.key, company.key, roles, 0, NEVER, accountBank);
    }

    // ---------------------------------------------------------------- pieces

    function _owned(Company memory holder, uint64 amountMinor) internal returns (PieceId id) {
        Leg[] memory legs = _legs(issuer, holder, amountMinor);
        vm.prank(issuer.key);
        id = ledger.issue(line, VOUCHER, MATURITY, false, legs).piece(1);
        _accept(holder, id);
    }

    function _assertPiece(PieceId id, PieceState state, uint64 amountMinor) internal view {
        PieceWord word = ledger.pieceWord(id);
        assertEq(uint256(word.state()), uint256(state), "state of the piece");
        assertEq(word.amountMinor(), amountMinor, "amount of the piece");
    }

    function _financedBy(Company memory of_) internal view returns (uint64) {
        return ledger.financingWord(of_.id, issuer.id, CNY).financedMinor();
    }

    function _contestRule(PieceId id) internal view returns (RuleId) {
        return ruleId(VOUCHER, ledger.obligationWord(id.obligation()).rulebookVersion(), RULE_CONTEST);
    }

    /// All pieces of an obligation make up its face, and those that are live what is live.
    function _assertSum(ObligationId obligation) internal view {
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

    // ---------------------------------------------------------------- offers

    function _signedOffer(Company memory signer, IFinancing.FinanceOffer memory offer) internal view returns (Signature memory) {
        return _signed(signer, _offerDigest(offer));
    }

    function _signedFee(Company memory signer, IFinancing.FinanceOffer memory offer) internal view returns (Signature memory) {
        bytes32 typeHash = keccak256(
            "FeeAgreement(uint32 payer,FinanceOffer offer)FinanceOffer(uint80 piece,uint16 parentIndex,uint40 evidence,uint16 maturityDay,uint16 childCount,uint64 amountMinor,uint64 priceMinor,uint32 annualRateMicros,uint16 dayCountBasis,uint32 feePayer,uint32 bank,address cashToken,uint40 validUntil,bytes32 registrationNumber,bytes32 descriptionHash)"
        );
        bytes32 structHash = keccak256(abi.encode(typeHash, signer.id, _offerHash(offer)));
        return _signed(signer, _digest("Pearlchain CreditLedger", address(ledger), structHash));
    }

    /// The holder takes the bank's offer, without another fee payer and at any price.
    function _take(Company memory holder, Company memory buyer, IFinancing.FinanceOffer memory offer) internal returns (PieceId) {
        Signature memory signature = _signedOffer(buyer, offer);
        vm.prank(holder.key);
        return financing.finance(offer, signature, _unsigned(), 0);
    }
}

contract FinanceTest is FinancingWorld {
    function _refused(IFinancing.FinanceOffer memory offer, bytes memory reason) private {
        _refused(offer, _signedOffer(bank, offer), reason);
    }

    function _refused(IFinancing.FinanceOffer memory offer, Signature memory signature, bytes memory reason) private {
        _refused(offer, signature, _unsigned(), 0, reason);
    }

    function _refused(
        IFinancing.FinanceOffer memory offer,
        Signature memory signature,
        Signature memory feeSignature,
        uint64 minPriceMinor,
        bytes memory reason
    ) private {
        uint256 cash = money.balanceOf(seller.key);
        vm.expectRevert(reason);
        vm.prank(seller.key);
        financing.finance(offer, signature, feeSignature, minPriceMinor);
        assertEq(money.balanceOf(seller.key), cash, "no cash moved");
    }

    // ---------------------------------------------------------------- delivery versus payment

    function test_piece_and_cash_change_hands_in_one_transaction() public {
        PieceId id = _owned(seller, 500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        PieceId made = id.obligation().piece(2);
        uint256 banks = money.balanceOf(bank.key);
        Signature memory signature = _signedOffer(bank, offer);
        vm.expectEmit(address(ledger));
        emit IFinancing.PieceFinanced(
            made, id, bank.id, 300, 297, NOBODY, address(money), bytes32("0123456789"), keccak256("description")
        );
        vm.expectEmit(address(ledger));
        emit ILedgerParts.Transfer(address(0), bank.key, PieceId.unwrap(made));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.SlotChanged(PieceId.unwrap(made), 0, ObligationId.unwrap(id.obligation()));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.TransferValue(PieceId.unwrap(id), PieceId.unwrap(made), 300);
        vm.prank(seller.key);
        assertTrue(financing.finance(offer, signature, _unsigned(), 297) == made, "id");

        assertEq(money.balanceOf(seller.key), 297, "the holder's cash");
        assertEq(money.balanceOf(bank.key), banks - 297, "the bank's cash");
        assertEq(money.balanceOf(address(settlement)) + money.balanceOf(address(ledger)), 0, "contracts hold no cash");
        PieceWord word = ledger.pieceWord(made);
        assertTrue(word.owner() == bank.id && word.parentIndex() == 1 && word.isFinanced(), "piece");
        assertTrue(word.hops() == 2 && word.tier() == 1 && EvidenceId.unwrap(word.evidence()) == 0, "a cash hop");
        assertEq(word.deadline(), 0, "no deadline");
        _assertPiece(made, PieceState.Held, 300);
        _assertPiece(id, PieceState.Held, 200);
        PieceWord parent = ledger.pieceWord(id);
        assertTrue(parent.openOffers() == 0 && parent.childCount() == 1, "counts");
        assertEq(_financedBy(bank), 300, "financed");
        _assertSum(id.obligation());
    }

    function test_an_offer_fits_once_also_after_the_amount_came_back() public {
        PieceId id = _owned(seller, 500);
        // With 200 offered away there are 300; the bank finances 200 of them; the 200 come back, so there are 300 again.
        PieceId child = _passed(id, seller, second, 200);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 200);
        _take(seller, bank, offer);
        PieceReference[] memory named = _one(child);
        vm.prank(second.key);
        ledger.reject(named, 0);
        _assertPiece(id, PieceState.Held, 300);
        _refused(offer, abi.encodeWithSelector(IFinancing.OfferStale.selector, id, 2));
    }

    function test_an_offer_names_the_piece_it_is_for() public {
        PieceId id = _owned(seller, 500);
        PieceReference right = _ref(id);
        PieceReference[3] memory wrong = [
            PieceReferences.pack(id, 1, right.evidence(), MATURITY),
            PieceReferences.pack(id, 0, EvidenceId.wrap(EvidenceId.unwrap(right.evidence()) + 1), MATURITY),
            PieceReferences.pack(id, 0, right.evidence(), MATURITY + 1)
        ];
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        for (uint256 i = 0; i < wrong.length; ++i) {
            offer.piece = wrong[i];
            _refused(offer, abi.encodeWithSelector(ILedgerParts.PieceMismatch.selector, wrong[i], right));
        }
        PieceId unknown = id.obligation().piece(9);
        offer.piece = PieceReferences.pack(unknown, 0, right.evidence(), MATURITY);
        _refused(offer, abi.encodeWithSelector(ILedgerParts.PieceUnknown.selector, unknown));
        offer.piece = right;
        offer.childCount = 1;
        _refused(offer, abi.encodeWithSelector(IFinancing.OfferStale.selector, id, 0));
    }

    function test_only_the_holder_sells() public {
        PieceId id = _owned(seller, 500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        Signature memory signature = _signedOffer(bank, offer);
        Company[4] memory thieves = [issuer, second, operator, bank];
        for (uint256 i = 0; i < thieves.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ILedgerParts.NotTheOwner.selector, id, seller.id, thieves[i].id));
            vm.prank(thieves[i].key);
            financing.finance(offer, signature, _unsigned(), 0);
        }
    }

    function test_nobody_is_forced_to_buy() public {
        PieceId id = _owned(seller, 500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        Signature memory signature = _signedOffer(bank, offer);
        offer.priceMinor = 300;
        _refused(offer, signature, abi.encodeWithSelector(ILedgerParts.SignatureInvalid.selector, bank.id, bank.key));
        _refused(
            offer, _signedOffer(seller, offer), abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, bank.id, seller.key)
        );
        offer.bank = second.id;
        _refused(
            offer, _signedOffer(second, offer), abi.encodeWithSelector(ILedgerParts.RoleMissing.selector, second.id, BANK)
        );
        offer = _offer(bank, id, 300);
        participants.suspend(bank.id);
        _refused(offer, abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, bank.id));
    }

    function test_every_field_of_an_offer_is_signed() public {
        PieceId id = _owned(seller, 500);
        Signature memory signature = _signedOffer(bank, _offer(bank, id, 300));
        bytes memory reason = abi.encodeWithSelector(ILedgerParts.SignatureInvalid.selector, bank.id, bank.key);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 301);
        offer.priceMinor = 297;
        _refused(offer, signature, reason);
        offer = _offer(bank, id, 300);
        (offer.priceMinor, offer.annualRateMicros, offer.dayCountBasis) = (0, 1, 360);
        _refused(offer, signature, reason);
        offer = _offer(bank, id, 300);
        offer.dayCountBasis = 360;
        _refused(offer, signature, reason);
        offer = _offer(bank, id, 300);
        offer.feePayer = seller.id;
        _refused(offer, signature, reason);
        offer = _offer(bank, id, 300);
        offer.cashToken = address(_money(bank, CNY));
        _refused(offer, signature, reason);
        offer = _offer(bank, id, 300);
        offer.validUntil += 1;
        _refused(offer, signature, reason);
        offer = _offer(bank, id, 300);
        offer.registrationNumber = keccak256("another");
        _refused(offer, signature, reason);
        offer = _offer(bank, id, 300);
        offer.descriptionHash = keccak256("another");
        _refused(offer, signature, reason);
        // A child that came meanwhile.
        _passed(id, seller, second, 100);
        _refused(_offer(bank, id, 300), signature, reason);
    }

    function test_an_offer_is_for_one_chain() public {
        PieceId id = _owned(seller, 500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        Signature memory signature = _signedOffer(bank, offer);
        vm.chainId(4242);
        _refused(offer, signature, abi.encodeWithSelector(ILedgerParts.SignatureInvalid.selector, bank.id, bank.key));
    }

    function test_an_offer_ends() public {
        PieceId id = _owned(seller, 500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        vm.warp(uint256(offer.validUntil) + 1);
        _refused(offer, abi.encodeWithSelector(ILedgerParts.OfferExpired.selector, id, offer.validUntil));
        vm.warp(offer.validUntil);
        _take(seller, bank, offer);
    }

    function test_an_offer_makes_sense() public {
        PieceId id = _owned(seller, 500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        offer.amountMinor = 0;
        _refused(offer, abi.encodeWithSelector(ILedgerParts.ZeroAmount.selector));
        offer = _offer(bank, id, 300);
        offer.priceMinor = 0;
        _refused(offer, abi.encodeWithSelector(ILedgerParts.ZeroAmount.selector));
        offer.priceMinor = 301;
        _refused(offer, abi.encodeWithSelector(IFinancing.PriceAboveAmount.selector, 301, 300));
        offer = _offer(bank, id, 501);
        _refused(offer, abi.encodeWithSelector(ILedgerParts.AmountExceedsPiece.selector, id, 501, 500));
        offer = _offer(bank, id, 300);
        offer.registrationNumber = 0;
        _refused(offer, abi.encodeWithSelector(IFinancing.RegistrationMissing.selector, id, RULE_REGISTERED));
        offer = _offer(bank, id, 300);
        offer.descriptionHash = 0;
        _refused(offer, abi.encodeWithSelector(IFinancing.RegistrationMissing.selector, id, RULE_REGISTERED));
        offer = _offer(bank, id, 300);
        (offer.annualRateMicros, offer.dayCountBasis) = (1, 360);
        _refused(offer, abi.encodeWithSelector(IFinancing.PriceAmbiguous.selector, 297, 1));
        (offer.priceMinor, offer.dayCountBasis) = (0, 364);
        _refused(offer, abi.encodeWithSelector(IFinancing.DayCountUnknown.selector, 364));
        // 400 % a year for a quarter leaves nothing; the price of the whole amount is the highest.
        (offer.annualRateMicros, offer.dayCountBasis) = (4_000_000, 360);
        _refused(offer, abi.encodeWithSelector(IFinancing.DiscountExceedsAmount.selector, 300, 300));
        offer = _offer(bank, id, 500);
        offer.priceMinor = 500;
        _take(seller, bank, offer);
        assertEq(money.balanceOf(seller.key), 500, "without discount");
        _assertPiece(id, PieceState.Held, 0);
    }

    function test_the_holder_says_what_it_must_get() public {
        PieceId id = _owned(seller, 500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        Signature memory signature = _signedOffer(bank, offer);
        bytes memory reason = abi.encodeWithSelector(IFinancing.PriceBelowMinimum.selector, 297, 298);
        _refused(offer, signature, _unsigned(), 298, reason);
    }

    function test_a_rate_is_for_the_days_that_are_left() public {
        PieceId id = _owned(seller, 2_000_000);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 1_000_000);
        (offer.priceMinor, offer.annualRateMicros, offer.dayCountBasis) = (0, 36_000, 360);
        offer.validUntil = uint40(block.timestamp + 30 days);
        Signature memory signature = _signedOffer(bank, offer);
        // 3.6 % of a quarter; a day later it is a day less. In Shanghai the day ends at 16:00 UTC.
        _refused(offer, signature, _unsigned(), 991_001, abi.encodeWithSelector(IFinancing.PriceBelowMinimum.selector, 991_000, 991_001));
        vm.warp(uint256(START_DAY) * 1 days + 16 hours);
        vm.prank(seller.key);
        financing.finance(offer, signature, _unsigned(), 991_100);
        assertEq(money.balanceOf(seller.key), 991_100, "89 days");

        offer = _offer(bank, id, 1_000_000);
        (offer.priceMinor, offer.annualRateMicros, offer.dayCountBasis) = (0, 36_000, 365);
        PieceId made = _take(seller, bank, offer);
        // 8,778.08 rounded up.
        assertEq(money.balanceOf(seller.key), 991_100 + 1_000_000 - 8_779, "365 days a year");
        _assertPiece(made, PieceState.Held, 1_000_000);
    }

    // ---------------------------------------------------------------- who bears the discount

    function test_the_issuer_may_bear_the_discount() public {
        PieceId id = _owned(seller, 500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        offer.feePayer = issuer.id;
        Signature memory signature = _signedOffer(bank, offer);
        Signature memory fee = _signedFee(issuer, offer);
        uint256 banks = money.balanceOf(bank.key);
        uint256 issuers = money.balanceOf(issuer.key);
        vm.expectEmit(address(ledger));
        emit IFinancing.PieceFinanced(
            id.obligation().piece(2),
            id,
            bank.id,
            300,
            297,
            issuer.id,
            address(money),
            bytes32("0123456789"),
            keccak256("description")
        );
        vm.prank(seller.key);
        financing.finance(offer, signature, fee, 300);
        assertEq(money.balanceOf(seller.key), 300, "the whole amount");
        assertEq(money.balanceOf(issuer.key), issuers - 3, "the discount");
        assertEq(money.balanceOf(bank.key), banks - 297, "net");
    }

    function test_nobody_bears_a_discount_that_it_did_not_agree_to() public {
        PieceId id = _owned(seller, 500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        offer.feePayer = issuer.id;
        Signature memory signature = _signedOffer(bank, offer);
        _refused(
            offer, signature, signature, 0, abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, issuer.id, bank.key)
        );
        _refused(offer, signature, abi.encodeWithSelector(IParticipants.NotAParticipant.selector, address(0)));
        bytes memory invalid = abi.encodeWithSelector(ILedgerParts.SignatureInvalid.selector, issuer.id, issuer.key);
        _refused(offer, signature, _signedOffer(issuer, offer), 0, invalid);
        Signature memory other = _signedFee(issuer, _offer(bank, id, 300));
        _refused(offer, signature, other, 0, invalid);
        Signature memory fee = _signedFee(issuer, offer);
        offer.priceMinor = 200;
        _refused(offer, _signedOffer(bank, offer), fee, 0, invalid);
        offer.priceMinor = 297;
        participants.suspend(issuer.id);
        _refused(offer, signature, fee, 0, abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, issuer.id));
    }

    function test_a_bank_pays_no_discount_to_itself() public {
        PieceId id = _owned(seller, 500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        offer.feePayer = bank.id;
        bytes memory reason = abi.encodeWithSelector(IFinancing.FeePayerIsBank.selector, bank.id);
        _refused(offer, _signedOffer(bank, offer), _signedFee(bank, offer), 0, reason);
    }

    function test_a_seller_that_bears_the_discount_signs_nothing_more() public {
        PieceId id = _owned(seller, 500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        offer.feePayer = seller.id;
        _take(seller, bank, offer);
        assertEq(money.balanceOf(seller.key), 297, "the price");
    }

    function test_a_fee_payer_of_a_sale_without_discount_pays_nothing() public {
        PieceId id = _owned(seller, 500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        (offer.feePayer, offer.priceMinor) = (second.id, 300);
        Signature memory signature = _signedOffer(bank, offer);
        Signature memory fee = _signedFee(second, offer);
        vm.prank(seller.key);
        financing.finance(offer, signature, fee, 300);
        assertEq(money.balanceOf(seller.key), 300, "the whole amount");
    }

    // ---------------------------------------------------------------- limits and refusals

    function test_a_bank_holds_no_more_than_its_financing_limit() public {
        _limitFinancing(bank, issuer, 400);
        PieceId id = _owned(seller, 500);
        _take(seller, bank, _offer(bank, id, 300));
        _refused(
            _offer(bank, id, 101), abi.encodeWithSelector(IFinancing.FinancingLimitExceeded.selector, bank.id, issuer.id, 101, 100)
        );
        _take(seller, bank, _offer(bank, id, 100));
        assertEq(_financedBy(bank), 400, "financed");
    }

    function test_related_parties_are_not_funded() public {
        Company memory related = _member("the issuer's own supplier", SUPPLIER, NOBODY);
        PieceId id = _owned(related, 500);
        participants.regroup(related.id, 7);
        participants.regroup(issuer.id, 7);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        Signature memory signature = _signedOffer(bank, offer);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RelatedParties.selector, related.id, issuer.id, 7));
        vm.prank(related.key);
        financing.finance(offer, signature, _unsigned(), 0);

        participants.regroup(issuer.id, 0);
        participants.regroup(bank.id, 7);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RelatedParties.selector, bank.id, related.id, 7));
        vm.prank(related.key);
        financing.finance(offer, signature, _unsigned(), 0);
    }

    function test_a_bank_does_not_buy_from_itself() public {
        PieceId bought = _take(seller, bank, _offer(bank, _owned(seller, 500), 300));
        IFinancing.FinanceOffer memory offer = _offer(bank, bought, 300);
        Signature memory signature = _signedOffer(bank, offer);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RelatedParties.selector, bank.id, bank.id, 0));
        vm.prank(bank.key);
        financing.finance(offer, signature, _unsigned(), 0);
    }

    function test_only_what_is_held_is_financed_and_not_after_maturity() public {
        PieceId id = _owned(seller, 500);
        PieceId offered = _passed(id, seller, second, 100);
        IFinancing.FinanceOffer memory offer = _offer(bank, offered, 100);
        _refused(offer, abi.encodeWithSelector(ILedgerParts.PieceNotInState.selector, offered, PieceState.Offered));
        _mature();
        _refused(
            _offer(bank, id, 300),
            abi.encodeWithSelector(ILedgerParts.ObligationMatured.selector, id.obligation(), MATURITY, MATURITY)
        );
    }

    function test_a_suspended_holder_does_not_sell() public {
        PieceId id = _owned(seller, 500);
        participants.suspend(seller.id);
        _refused(_offer(bank, id, 300), abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, seller.id));
    }

    function test_what_is_on_hold_is_not_sold() public {
        PieceId id = _owned(seller, 500);
        PieceReference[] memory named = _one(id);
        vm.prank(issuer.key);
        holds.dispute(named, "goods");
        _refused(_offer(bank, id, 300), abi.encodeWithSelector(ILedgerParts.PieceOnHold.selector, id, id));
    }

    function test_a_sale_counts_as_a_piece() public {
        (IRulebook.RuleSet memory rules,) = rulebook.ruleset(VOUCHER, START_DAY);
        rules.maxPieces = 1;
        uint16 version = rulebook.enact(VOUCHER, rules, START_DAY);
        PieceId id = _owned(seller, 500);
        _refused(
            _offer(bank, id, 300),
            abi.encodeWithSelector(
                ILedgerParts.PiecesExceeded.selector, id.obligation(), 2, 1, ruleId(VOUCHER, version, RULE_PIECES)
            )
        );
    }

    function test_what_was_bought_for_cash_goes_on_for_cash_only() public {
        PieceId bought = _take(seller, bank, _offer(bank, _owned(seller, 500), 300));
        // A bank of the issuer's group sells on as well: it has no trade with the issuer that could be made up.
        participants.regroup(issuer.id, 9);
        participants.regroup(bank.id, 9);
        Leg[] memory legs = _legs(bank, second, 100);
        PieceReference named = _ref(bought);
        vm.expectRevert(abi.encodeWithSelector(ICreditLedger.PieceBoughtForCash.selector, bought));
        vm.prank(bank.key);
        ledger.transfer(named, legs);

        _limitFinancing(otherBank, issuer, LIMIT);
        _fund(otherBank, money, 1000);
        PieceId resold = _take(bank, otherBank, _offer(otherBank, bought, 200));
        assertTrue(_financedBy(bank) == 100 && _financedBy(otherBank) == 200, "each bank counts what it holds");
        assertTrue(ledger.pieceWord(resold).hops() == 3 && ledger.pieceWord(resold).tier() == 1, "hops");
        _assertSum(bought.obligation());
    }

    function test_hops_end_where_their_count_does() public {
        PieceId id = _owned(seller, 500);
        // The count of hops is in bits 168 to 175 of the piece's word.
        bytes32 slot = keccak256(abi.encode(id, uint256(7)));
        uint256 word = uint256(vm.load(address(ledger), slot));
        vm.store(address(ledger), slot, bytes32(word | (uint256(255) << 168)));
        assertEq(ledger.pieceWord(id).hops(), 255, "hops");
        _refused(_offer(bank, id, 300), abi.encodeWithSelector(ILedgerParts.HopsExceeded.selector, id, 255, RuleId.wrap(0)));
    }

    function test_only_approved_money_of_the_currency_pays() public {
        PieceId id = _owned(seller, 500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        offer.cashToken = address(0);
        _refused(offer, abi.encodeWithSelector(ISettlement.TokenNotApproved.selector, address(0), CNY));
        offer.cashToken = address(77);
        _refused(offer, abi.encodeWithSelector(ISettlement.TokenNotApproved.selector, address(77), CNY));
        settlement.approveToken(address(77), EUR);
        _refused(offer, abi.encodeWithSelector(ISettlement.TokenNotApproved.selector, address(77), CNY));
    }

    function test_without_cash_there_is_no_piece() public {
        PieceId id = _owned(seller, 500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
        offer.feePayer = second.id;
        // The fee payer has no cash, so the bank keeps its own.
        bytes memory reason = abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(settlement), 0, 3);
        _refused(offer, _signedOffer(bank, offer), _signedFee(second, offer), 0, reason);
        vm.prank(bank.key);
        money.approve(address(settlement), 10);
        reason = abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(settlement), 10, 297);
        _refused(_offer(bank, id, 300), reason);
        _assertPiece(id, PieceState.Held, 500);
        assertEq(_financedBy(bank), 0, "nothing is financed");
        RefusingToken refusing = new RefusingToken();
        settlement.approveToken(address(refusing), CNY);
        offer = _offer(bank, id, 300);
        offer.cashToken = address(refusing);
        _refused(offer, abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(refusing)));
    }

    // ---------------------------------------------------------------- hostile contracts

    function test_money_that_calls_back_gains_nothing() public {
        ReentrantToken token = new ReentrantToken();
        settlement.approveToken(address(token), CNY);
        token.mint(bank.key, 10_000);
        vm.prank(bank.key);
        token.approve(address(settlement), type(uint256).max);
        // The token itself is the holder's key, so that its calls are the holder's.
        Company memory holder;
        holder.id = participants.register(address(token), address(token), SUPPLIER, 0, NEVER, NOBODY);
        holder.key = address(token);
        PieceId id = _owned(holder, 500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 500);
        offer.cashToken = address(token);
        Signature memory signature = _signedOffer(bank, offer);
        token.callBack(address(ledger), abi.encodeCall(financing.finance, (offer, signature, _unsigned(), 0)));
        vm.prank(holder.key);
        financing.finance(offer, signature, _unsigned(), 0);
        assertTrue(token.called() && !token.succeeded(), "called back in vain");
        assertEq(token.balanceOf(holder.key), 495, "paid once");
        _assertPiece(id, PieceState.Held, 0);
        _assertSum(id.obligation());
    }

    function test_a_signer_that_answers_something_else_signs_nothing() public {
        PieceId id = _owned(seller, 500);
        for (uint256 i = 0; i <= uint256(HostileSigner.Answer.Write); ++i) {
            address key = address(new HostileSigner(HostileSigner.Answer(i)));
            IFinancing.FinanceOffer memory offer = _offer(bank, id, 300);
            offer.bank = participants.register(key, key, BANK, 0, NEVER, NOBODY);
            Signature memory signature = Signature({key: key, signature: "x"});
            _refused(offer, signature, abi.encodeWithSelector(ILedgerParts.SignatureInvalid.selector, offer.bank, key));
            offer = _offer(bank, id, 300);
            address payerKey = address(new HostileSigner(HostileSigner.Answer(i)));
            offer.feePayer = participants.register(payerKey, payerKey, SUPPLIER, 0, NEVER, NOBODY);
            signature = Signature({key: payerKey, signature: "x"});
            bytes memory reason = abi.encodeWithSelector(ILedgerParts.SignatureInvalid.selector, offer.feePayer, payerKey);
            _refused(offer, _signedOffer(bank, offer), signature, 0, reason);
        }
    }

    // ---------------------------------------------------------------- fuzz

    function testFuzz_what_is_financed_is_counted(uint64 amount, uint64 part) public {
        uint64 amountMinor = uint64(bound(amount, 2, LIMIT));
        uint64 partMinor = uint64(bound(part, 1, amountMinor));
        PieceId id = _owned(seller, amountMinor);
        PieceId bought = _take(seller, bank, _offer(bank, id, partMinor));
        _assertPiece(id, PieceState.Held, amountMinor - partMinor);
        _assertPiece(bought, PieceState.Held, partMinor);
        assertEq(_financedBy(bank), partMinor, "financed");
        _assertSum(id.obligation());
    }

    function testFuzz_a_rate_never_gives_more_than_the_amount(uint64 amount, uint32 rate, uint8 day, bool long) public {
        uint64 amountMinor = uint64(bound(amount, 1, LIMIT));
        uint16 today = START_DAY + uint16(bound(day, 0, MATURITY - START_DAY - 1));
        PieceId id = _owned(seller, amountMinor);
        vm.warp(uint256(today) * 1 days);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, amountMinor);
        (offer.priceMinor, offer.annualRateMicros, offer.dayCountBasis) = (0, uint32(bound(rate, 1, 2_000_000)), long ? 365 : 360);
        // What the days and the rate make, as a fraction: discount − 1 < fraction ≤ discount.
        uint256 numerator = uint256(amountMinor) * offer.annualRateMicros * (MATURITY - today);
        uint256 denominator = uint256(offer.dayCountBasis) * 1_000_000;
        uint256 discount = (numerator + denominator - 1) / denominator;
        if (discount >= amountMinor) {
            _refused(offer, abi.encodeWithSelector(IFinancing.DiscountExceedsAmount.selector, discount, amountMinor));
            return;
        }
        _take(seller, bank, offer);
        uint256 paid = money.balanceOf(seller.key);
        assertTrue(paid > 0 && paid < amountMinor, "below the amount");
        assertTrue((amountMinor - paid) * denominator >= numerator, "the fraction is the bank's");
        assertTrue((amountMinor - paid - 1) * denominator < numerator, "not more than a minor unit");
    }

    function testFuzz_the_discount_is_rounded_up(uint64 amount, uint32 rate, uint16 daysLeft, bool long) public pure {
        uint16 basis = long ? 365 : 360;
        uint256 discount = Discounts.discountMinorUp(amount, rate, daysLeft, basis);
        uint256 numerator = uint256(amount) * rate * daysLeft;
        assertTrue(discount * basis * 1_000_000 >= numerator, "at least the fraction");
        assertTrue(discount == 0 || (discount - 1) * basis * 1_000_000 < numerator, "and less than one more");
    }
}

contract LockTest is FinancingWorld {
    uint40 private _deadline;
    uint256 private _maturity;

    function setUp() public override {
        super.setUp();
        _maturity = Days.startOf(MATURITY, SHANGHAI);
        _deadline = uint40(block.timestamp + 5 days);
    }

    function _offChain(Company memory buyer, PieceId id, uint64 amountMinor) private view returns (IFinancing.FinanceOffer memory offer) {
        offer = _offer(buyer, id, amountMinor);
        offer.cashToken = address(0);
    }

    function _lock(PieceId id, uint64 amountMinor) private returns (PieceId) {
        return _lockFor(seller, bank, id, amountMinor);
    }

    function _lockFor(Company memory holder, Company memory buyer, PieceId id, uint64 amountMinor) private returns (PieceId) {
        IFinancing.FinanceOffer memory offer = _offChain(buyer, id, amountMinor);
        Signature memory signature = _signedOffer(buyer, offer);
        vm.prank(holder.key);
        return financing.lock(offer, signature, _unsigned(), 0, _deadline);
    }

    function _attest(PieceId locked) private {
        PieceReference named = _ref(locked);
        vm.prank(house.key);
        financing.attestReceipt(named, "payment");
    }

    function _contest(PieceId locked) private {
        PieceReference named = _ref(locked);
        vm.prank(seller.key);
        financing.contest(named, "no cash");
    }

    function _windowOver() private {
        vm.warp(block.timestamp + uint256(CONTEST_HOURS) * 1 hours + 1);
    }

    function _refused(address caller, bytes memory call, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(caller);
        // The expectation turns the answer round: the call says yes if it was refused for this reason.
        (bool expected,) = address(ledger).call(call);
        assertTrue(expected, "refused for this reason");
    }

    function _assertOpen(PieceId locked, uint64 amountMinor, uint16 openOffers) private view {
        _assertPiece(locked, PieceState.Locked, amountMinor);
        PieceId parent = locked.obligation().piece(ledger.pieceWord(locked).parentIndex());
        assertEq(ledger.pieceWord(parent).openOffers(), openOffers, "open offers of the parent");
    }

    function _assertDone(PieceId locked, uint64 amountMinor, uint64 leftMinor) private view {
        _assertPiece(locked, PieceState.Held, amountMinor);
        PieceId parent = locked.obligation().piece(ledger.pieceWord(locked).parentIndex());
        _assertPiece(parent, PieceState.Held, leftMinor);
        assertEq(ledger.pieceWord(parent).openOffers(), 0, "no open offer");
        assertEq(SaleWord.unwrap(financing.saleWord(locked)), 0, "nothing is noted any more");
        assertTrue(ledger.pieceWord(locked).isFinanced() && ledger.pieceWord(locked).owner() == bank.id, "the bank's");
        assertEq(_financedBy(bank), amountMinor, "counted");
        _assertSum(locked.obligation());
    }

    function _assertUndone(PieceId locked, PieceState end, uint64 wholeMinor) private view {
        _assertPiece(locked, end, 0);
        PieceId parent = locked.obligation().piece(ledger.pieceWord(locked).parentIndex());
        _assertPiece(parent, PieceState.Held, wholeMinor);
        assertEq(ledger.pieceWord(parent).openOffers(), 0, "no open offer");
        assertEq(SaleWord.unwrap(financing.saleWord(locked)), 0, "nothing is noted any more");
        assertTrue(!ledger.pieceWord(locked).isFinanced(), "not the bank's");
        assertEq(_financedBy(bank), 0, "not counted");
        _assertSum(locked.obligation());
    }

    // ---------------------------------------------------------------- lock

    function test_a_sold_part_waits_for_its_cash() public {
        PieceId id = _owned(seller, 500);
        IFinancing.FinanceOffer memory offer = _offChain(bank, id, 300);
        Signature memory signature = _signedOffer(bank, offer);
        PieceId made = id.obligation().piece(2);
        vm.expectEmit(address(ledger));
        emit IFinancing.PieceLocked(
            made, id, bank.id, 300, 297, NOBODY, _deadline, bytes32("0123456789"), keccak256("description")
        );
        vm.prank(seller.key);
        assertTrue(financing.lock(offer, signature, _unsigned(), 297, _deadline) == made, "id");

        _assertOpen(made, 300, 1);
        _assertPiece(id, PieceState.Held, 200);
        PieceWord word = ledger.pieceWord(made);
        assertTrue(word.owner() == bank.id && word.parentIndex() == 1 && word.deadline() == _deadline, "piece");
        assertTrue(word.hops() == 2 && word.tier() == 1 && EvidenceId.unwrap(word.evidence()) == 0, "a cash hop");
        SaleWord sale = financing.saleWord(made);
        assertTrue(sale.proceedsMinor() == 297 && sale.contestHours() == CONTEST_HOURS, "sale");
        assertTrue(sale.attestedAt() == 0 && !sale.isAttested() && !sale.isContested(), "nothing said yet");
        assertEq(_financedBy(bank), 300, "the limit is reserved");
        _assertSum(id.obligation());
        // Nothing of the parent is paid before this has ended.
        _mature();
        _refused(
            issuer.key,
            abi.encodeCall(ledger.redeem, (_one(id), address(money))),
            abi.encodeWithSelector(ILedgerParts.OffersOpen.selector, id, 1)
        );
    }

    function test_another_fee_payer_agrees_to_a_lock_too() public {
        PieceId id = _owned(seller, 500);
        IFinancing.FinanceOffer memory offer = _offChain(bank, id, 300);
        offer.feePayer = issuer.id;
        Signature memory signature = _signedOffer(bank, offer);
        _refused(
            seller.key,
            abi.encodeCall(financing.lock, (offer, signature, signature, 0, _deadline)),
            abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, issuer.id, bank.key)
        );
        Signature memory fee = _signedFee(issuer, offer);
        _refused(
            seller.key,
            abi.encodeCall(financing.lock, (offer, signature, fee, 301, _deadline)),
            abi.encodeWithSelector(IFinancing.PriceBelowMinimum.selector, 300, 301)
        );
        vm.prank(seller.key);
        PieceId made = financing.lock(offer, signature, fee, 300, _deadline);
        assertEq(financing.saleWord(made).proceedsMinor(), 300, "the seller gets the whole amount");
    }

    function test_a_lock_is_for_cash_off_chain_and_an_offer_fits_once() public {
        PieceId id = _owned(seller, 500);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 200);
        _refused(
            seller.key,
            abi.encodeCall(financing.lock, (offer, _signedOffer(bank, offer), _unsigned(), 0, _deadline)),
            abi.encodeWithSelector(IFinancing.CashMovesOnChain.selector, address(money))
        );
        offer = _offChain(bank, id, 200);
        Signature memory signature = _signedOffer(bank, offer);
        bytes memory call = abi.encodeCall(financing.lock, (offer, signature, _unsigned(), 0, _deadline));
        _refused(second.key, call, abi.encodeWithSelector(ILedgerParts.NotTheOwner.selector, id, seller.id, second.id));
        _refused(bank.key, call, abi.encodeWithSelector(ILedgerParts.NotTheOwner.selector, id, seller.id, bank.id));
        vm.prank(seller.key);
        financing.lock(offer, signature, _unsigned(), 0, _deadline);
        _refused(seller.key, call, abi.encodeWithSelector(IFinancing.OfferStale.selector, id, 1));
    }

    function test_a_lock_counts_against_the_limit() public {
        _limitFinancing(bank, issuer, 400);
        PieceId id = _owned(seller, 500);
        PieceId made = _lock(id, 300);
        IFinancing.FinanceOffer memory offer = _offChain(bank, id, 101);
        _refused(
            seller.key,
            abi.encodeCall(financing.lock, (offer, _signedOffer(bank, offer), _unsigned(), 0, _deadline)),
            abi.encodeWithSelector(IFinancing.FinancingLimitExceeded.selector, bank.id, issuer.id, 101, 100)
        );
        PieceReference named = _ref(made);
        vm.prank(bank.key);
        financing.releaseLock(named);
        _lock(id, 400);
    }

    function test_a_deadline_leaves_time_to_contest_before_maturity() public {
        PieceId id = _owned(seller, 500);
        IFinancing.FinanceOffer memory offer = _offChain(bank, id, 200);
        Signature memory signature = _signedOffer(bank, offer);
        uint40 past = uint40(block.timestamp - 1);
        _refused(
            seller.key,
            abi.encodeCall(financing.lock, (offer, signature, _unsigned(), 0, past)),
            abi.encodeWithSelector(ILedgerParts.DeadlinePassed.selector, past)
        );
        _refused(
            seller.key,
            abi.encodeCall(financing.lock, (offer, signature, _unsigned(), 0, uint40(_maturity))),
            abi.encodeWithSelector(ILedgerParts.DeadlineBeyondMaturity.selector, _maturity, _maturity - 1)
        );
        uint40 latest = uint40(_maturity - 1 - uint256(CONTEST_HOURS) * 1 hours);
        _refused(
            seller.key,
            abi.encodeCall(financing.lock, (offer, signature, _unsigned(), 0, latest + 1)),
            abi.encodeWithSelector(IFinancing.ContestBeyondMaturity.selector, latest + 1, latest, _contestRule(id))
        );
        vm.prank(seller.key);
        PieceId made = financing.lock(offer, signature, _unsigned(), 0, latest);
        vm.warp(latest);
        _attest(made);
        assertEq(financing.saleWord(made).contestableUntil(), _maturity - 1, "the last second before the day of maturity");
        vm.warp(_maturity);
        financing.complete(_ref(made));
        _assertDone(made, 200, 300);
    }

    function test_related_parties_and_held_pieces_are_not_locked() public {
        PieceId id = _owned(seller, 500);
        IFinancing.FinanceOffer memory offer = _offChain(bank, id, 200);
        bytes memory call = abi.encodeCall(financing.lock, (offer, _signedOffer(bank, offer), _unsigned(), 0, _deadline));
        participants.regroup(seller.id, 5);
        participants.regroup(bank.id, 5);
        _refused(seller.key, call, abi.encodeWithSelector(IParticipants.RelatedParties.selector, bank.id, seller.id, 5));
        participants.regroup(bank.id, 0);
        PieceReference[] memory named = _one(id);
        vm.prank(seller.key);
        holds.dispute(named, "goods");
        _refused(seller.key, call, abi.encodeWithSelector(ILedgerParts.PieceOnHold.selector, id, id));
    }

    // ---------------------------------------------------------------- the seller confirms

    function test_the_seller_says_that_its_cash_came() public {
        PieceId id = _owned(seller, 500);
        PieceId made = _lock(id, 300);
        bytes memory call = abi.encodeCall(financing.confirmReceipt, (_ref(made)));
        Company[4] memory others = [bank, issuer, house, operator];
        for (uint256 i = 0; i < others.length; ++i) {
            _refused(others[i].key, call, abi.encodeWithSelector(ILedgerParts.NotTheOwner.selector, id, seller.id, others[i].id));
        }
        // The bank's suspension is not in the way of what it paid for, nor is the deadline.
        participants.suspend(bank.id);
        vm.warp(uint256(_deadline) + 1);
        PieceReference named = _ref(made);
        vm.expectEmit(address(ledger));
        emit IFinancing.CashConfirmed(made);
        vm.expectEmit(address(ledger));
        emit IFinancing.SaleCompleted(made);
        vm.expectEmit(address(ledger));
        emit ILedgerParts.Transfer(address(0), bank.key, PieceId.unwrap(made));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.SlotChanged(PieceId.unwrap(made), 0, ObligationId.unwrap(id.obligation()));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.TransferValue(PieceId.unwrap(id), PieceId.unwrap(made), 300);
        vm.prank(seller.key);
        financing.confirmReceipt(named);
        _assertDone(made, 300, 200);
        participants.reinstate(bank.id);
        _mature();
        PieceReference[] memory pieces = _one(made);
        vm.prank(issuer.key);
        ledger.redeem(pieces, address(money));
        assertEq(_financedBy(bank), 0, "paid");
    }

    function test_a_suspended_seller_says_nothing() public {
        PieceId made = _lock(_owned(seller, 500), 300);
        participants.suspend(seller.id);
        _refused(
            seller.key,
            abi.encodeCall(financing.confirmReceipt, (_ref(made))),
            abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, seller.id)
        );
    }

    // ---------------------------------------------------------------- the account bank attests

    function test_the_sellers_account_bank_attests() public {
        PieceId id = _owned(seller, 500);
        PieceId made = _lock(id, 300);
        uint40 until = uint40(block.timestamp + uint256(CONTEST_HOURS) * 1 hours);
        PieceReference named = _ref(made);
        vm.expectEmit(address(ledger));
        emit IFinancing.CashAttested(made, house.id, "payment", until);
        vm.prank(house.key);
        financing.attestReceipt(named, "payment");
        assertEq(financing.saleWord(made).attestedAt(), block.timestamp, "attested now");
        assertEq(financing.saleWord(made).proceedsMinor(), 297, "the rest of the word stays");
        _assertOpen(made, 300, 1);
        _refused(
            house.key,
            abi.encodeCall(financing.attestReceipt, (named, "again")),
            abi.encodeWithSelector(IFinancing.CashAlreadyAttested.selector, made)
        );
        // The window is open up to and including its last second; then anyone completes.
        bytes memory call = abi.encodeCall(financing.complete, (named));
        bytes memory open = abi.encodeWithSelector(IFinancing.ContestStillOpen.selector, made, until, _contestRule(id));
        _refused(bank.key, call, open);
        vm.warp(until);
        _refused(bank.key, call, open);
        vm.warp(uint256(until) + 1);
        vm.expectEmit(address(ledger));
        emit IFinancing.SaleCompleted(made);
        vm.expectEmit(address(ledger));
        emit ILedgerParts.Transfer(address(0), bank.key, PieceId.unwrap(made));
        vm.prank(address(0xdead));
        financing.complete(named);
        _assertDone(made, 300, 200);
    }

    function test_the_bank_that_the_seller_had_when_it_sold_attests_whatever_bank_it_went_to() public {
        PieceId id = _owned(seller, 500);
        vm.prank(seller.key);
        participants.proposeAccount(seller.key, otherBank.id, 0, "");
        vm.warp(block.timestamp + 3 days);
        _deadline = uint40(block.timestamp + 1 days);
        PieceId made = _lock(id, 300);
        participants.applyAccountChange(seller.id);
        assertTrue(participants.accountBankOf(seller.id) == otherBank.id, "it has left");
        assertTrue(financing.saleWord(made).accountBank() == house.id, "where the buyer was to pay");
        bytes memory call = abi.encodeCall(financing.attestReceipt, (_ref(made), "payment"));
        bytes memory reason =
            abi.encodeWithSelector(IFinancing.NotTheAccountBank.selector, made, house.id, otherBank.id);
        _refused(otherBank.key, call, reason);
        vm.prank(house.key);
        financing.attestReceipt(_ref(made), "payment");
        assertTrue(financing.saleWord(made).accountBank() == house.id && financing.saleWord(made).isAttested(), "word");
        _windowOver();
        financing.complete(_ref(made));
        _assertDone(made, 300, 200);
    }

    function test_nobody_else_attests() public {
        PieceId made = _lock(_owned(seller, 500), 300);
        bytes memory call = abi.encodeCall(financing.attestReceipt, (_ref(made), "payment"));
        _refused(bank.key, call, abi.encodeWithSelector(IFinancing.NotTheAccountBank.selector, made, house.id, bank.id));
        _refused(otherBank.key, call, abi.encodeWithSelector(IFinancing.NotTheAccountBank.selector, made, house.id, otherBank.id));
        _refused(seller.key, call, abi.encodeWithSelector(ILedgerParts.RoleMissing.selector, seller.id, BANK));
        _refused(operator.key, call, abi.encodeWithSelector(ILedgerParts.RoleMissing.selector, operator.id, BANK));
        participants.regroup(bank.id, 5);
        participants.regroup(house.id, 5);
        _refused(house.key, call, abi.encodeWithSelector(IParticipants.RelatedParties.selector, house.id, bank.id, 5));
        participants.suspend(house.id);
        _refused(house.key, call, abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, house.id));
    }

    function test_a_funder_does_not_attest_its_own_payment() public {
        PieceId id = _owned(seller, 500);
        _limitFinancing(house, issuer, LIMIT);
        PieceId made = _lockFor(seller, house, id, 300);
        _refused(
            house.key,
            abi.encodeCall(financing.attestReceipt, (_ref(made), "payment")),
            abi.encodeWithSelector(IFinancing.AttestorIsFunder.selector, made, house.id)
        );
    }

    function test_without_an_account_bank_only_the_seller_confirms() public {
        Company memory alone = _member("a seller without account bank", SUPPLIER, NOBODY);
        PieceId made = _lockFor(alone, bank, _owned(alone, 500), 300);
        _refused(
            house.key,
            abi.encodeCall(financing.attestReceipt, (_ref(made), "payment")),
            abi.encodeWithSelector(IFinancing.NotTheAccountBank.selector, made, NOBODY, house.id)
        );
        PieceReference named = _ref(made);
        vm.prank(alone.key);
        financing.confirmReceipt(named);
        _assertDone(made, 300, 200);
    }

    function test_an_attestation_comes_before_the_deadline() public {
        PieceId made = _lock(_owned(seller, 500), 300);
        vm.warp(uint256(_deadline) + 1);
        _refused(
            house.key,
            abi.encodeCall(financing.attestReceipt, (_ref(made), "payment")),
            abi.encodeWithSelector(ILedgerParts.OfferExpired.selector, made, _deadline)
        );
        vm.warp(_deadline);
        _attest(made);
    }

    function test_the_seller_confirms_what_was_attested() public {
        PieceId made = _lock(_owned(seller, 500), 300);
        _attest(made);
        PieceReference named = _ref(made);
        vm.prank(seller.key);
        financing.confirmReceipt(named);
        _assertDone(made, 300, 200);
    }

    // ---------------------------------------------------------------- the seller contests

    function test_a_contested_attestation_is_a_dispute() public {
        PieceId id = _owned(seller, 500);
        PieceId made = _lock(id, 300);
        PieceReference named = _ref(made);
        _refused(
            seller.key,
            abi.encodeCall(financing.contest, (named, "no cash")),
            abi.encodeWithSelector(IFinancing.CashNotAttested.selector, made)
        );
        _attest(made);
        _refused(
            bank.key,
            abi.encodeCall(financing.contest, (named, "no cash")),
            abi.encodeWithSelector(ILedgerParts.NotTheOwner.selector, id, seller.id, bank.id)
        );
        // Also while it is suspended, and up to the last second.
        participants.suspend(seller.id);
        vm.warp(financing.saleWord(made).contestableUntil());
        vm.expectEmit(address(ledger));
        emit IFinancing.AttestationContested(made, "no cash");
        vm.prank(seller.key);
        financing.contest(named, "no cash");
        assertTrue(financing.saleWord(made).isContested() && financing.saleWord(made).isAttested(), "noted");
        _assertOpen(made, 300, 1);

        bytes memory dispute = abi.encodeWithSelector(IFinancing.AttestationInDispute.selector, made);
        _refused(seller.key, abi.encodeCall(financing.contest, (named, "again")), dispute);
        vm.warp(uint256(_deadline) + 30 days);
        _refused(bank.key, abi.encodeCall(financing.complete, (named)), dispute);
        _refused(seller.key, abi.encodeCall(financing.unlock, (named)), dispute);
        _refused(
            house.key,
            abi.encodeCall(financing.attestReceipt, (named, "again")),
            abi.encodeWithSelector(IFinancing.CashAlreadyAttested.selector, made)
        );
    }

    function test_a_contest_comes_in_time() public {
        PieceId id = _owned(seller, 500);
        PieceId made = _lock(id, 300);
        _attest(made);
        uint256 until = financing.saleWord(made).contestableUntil();
        _windowOver();
        _refused(
            seller.key,
            abi.encodeCall(financing.contest, (_ref(made), "no cash")),
            abi.encodeWithSelector(IFinancing.ContestOver.selector, made, until, _contestRule(id))
        );
    }

    function test_either_side_ends_the_dispute() public {
        PieceId id = _owned(seller, 500);
        PieceId made = _lock(id, 300);
        _attest(made);
        _contest(made);
        PieceReference named = _ref(made);
        vm.prank(seller.key);
        financing.confirmReceipt(named);
        _assertDone(made, 300, 200);

        id = _owned(second, 500);
        Company memory other = _member("another seller", SUPPLIER, house.id);
        PieceId part = _passed(id, second, other, 500);
        _accept(other, part);
        made = _lockFor(other, bank, part, 100);
        _attest(made);
        named = _ref(made);
        vm.prank(other.key);
        financing.contest(named, "no cash");
        vm.prank(bank.key);
        financing.releaseLock(named);
        _assertPiece(made, PieceState.Rejected, 0);
        _assertPiece(part, PieceState.Held, 500);
    }

    function test_maturity_ends_a_dispute_so_that_the_issuer_can_pay() public {
        PieceId id = _owned(seller, 500);
        PieceId made = _lock(id, 300);
        _attest(made);
        _contest(made);
        vm.warp(_maturity - 1);
        _refused(
            issuer.key,
            abi.encodeCall(financing.unlock, (_ref(made))),
            abi.encodeWithSelector(IFinancing.AttestationInDispute.selector, made)
        );
        vm.warp(_maturity);
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(financing.unlock, (_ref(made)));
        calls[1] = abi.encodeCall(ledger.redeem, (_one(id), address(money)));
        uint256 before = money.balanceOf(seller.key);
        vm.prank(issuer.key);
        ledger.multicall(calls);
        _assertPiece(made, PieceState.Expired, 0);
        assertEq(money.balanceOf(seller.key), before + 500, "all of it");
        assertEq(_financedBy(bank), 0, "not counted");
    }

    // ---------------------------------------------------------------- unlock and release

    function test_a_deadline_only_unlocks() public {
        PieceId id = _owned(seller, 500);
        PieceId made = _lock(id, 300);
        PieceReference named = _ref(made);
        bytes memory call = abi.encodeCall(financing.unlock, (named));
        vm.warp(_deadline);
        _refused(seller.key, call, abi.encodeWithSelector(ILedgerParts.OfferStillOpen.selector, made, _deadline));
        vm.warp(uint256(_deadline) + 1);
        _refused(bank.key, abi.encodeCall(financing.complete, (named)), abi.encodeWithSelector(IFinancing.CashNotAttested.selector, made));
        vm.expectEmit(address(ledger));
        emit IFinancing.PieceUnlocked(made);
        vm.prank(address(0xdead));
        financing.unlock(named);
        _assertUndone(made, PieceState.Expired, 500);
    }

    function test_what_was_attested_is_not_unlocked() public {
        PieceId made = _lock(_owned(seller, 500), 300);
        _attest(made);
        bytes memory call = abi.encodeCall(financing.unlock, (_ref(made)));
        bytes memory reason = abi.encodeWithSelector(IFinancing.CashAlreadyAttested.selector, made);
        vm.warp(uint256(_deadline) + 1);
        _refused(seller.key, call, reason);
        // From the day of maturity on anyone completes it instead, so that both pieces are paid.
        vm.warp(_maturity);
        _refused(seller.key, call, reason);
        financing.complete(_ref(made));
        _assertDone(made, 300, 200);
    }

    function test_a_bank_gives_its_claim_up() public {
        PieceId id = _owned(seller, 500);
        PieceId made = _lock(id, 300);
        PieceReference named = _ref(made);
        bytes memory call = abi.encodeCall(financing.releaseLock, (named));
        _refused(otherBank.key, call, abi.encodeWithSelector(ILedgerParts.NotTheOwner.selector, made, bank.id, otherBank.id));
        _refused(seller.key, call, abi.encodeWithSelector(ILedgerParts.RoleMissing.selector, seller.id, BANK));
        vm.expectEmit(address(ledger));
        emit IFinancing.LockReleased(made);
        vm.prank(bank.key);
        financing.releaseLock(named);
        _assertUndone(made, PieceState.Rejected, 500);
    }

    function test_only_what_is_locked_is_ended_and_only_by_its_name() public {
        PieceId id = _owned(seller, 500);
        PieceReference held = _ref(id);
        bytes memory reason = abi.encodeWithSelector(ILedgerParts.PieceNotInState.selector, id, PieceState.Held);
        _refused(seller.key, abi.encodeCall(financing.confirmReceipt, (held)), reason);
        _refused(house.key, abi.encodeCall(financing.attestReceipt, (held, "payment")), reason);
        _refused(seller.key, abi.encodeCall(financing.contest, (held, "no cash")), reason);
        _refused(seller.key, abi.encodeCall(financing.complete, (held)), reason);
        _refused(seller.key, abi.encodeCall(financing.unlock, (held)), reason);
        _refused(bank.key, abi.encodeCall(financing.releaseLock, (held)), reason);

        PieceId made = _lock(id, 300);
        PieceReference right = _ref(made);
        PieceReference wrong = PieceReferences.pack(made, 1, EvidenceId.wrap(0), MATURITY + 1);
        reason = abi.encodeWithSelector(ILedgerParts.PieceMismatch.selector, wrong, right);
        _refused(seller.key, abi.encodeCall(financing.confirmReceipt, (wrong)), reason);
        _refused(house.key, abi.encodeCall(financing.attestReceipt, (wrong, "payment")), reason);
        _refused(seller.key, abi.encodeCall(financing.contest, (wrong, "no cash")), reason);
        _refused(seller.key, abi.encodeCall(financing.complete, (wrong)), reason);
        _refused(seller.key, abi.encodeCall(financing.unlock, (wrong)), reason);
        _refused(bank.key, abi.encodeCall(financing.releaseLock, (wrong)), reason);
        // A locked piece is neither sold on, passed on nor paid.
        reason = abi.encodeWithSelector(ILedgerParts.PieceNotInState.selector, made, PieceState.Locked);
        IFinancing.FinanceOffer memory offer = _offChain(otherBank, made, 100);
        _refused(
            bank.key, abi.encodeCall(financing.lock, (offer, _signedOffer(otherBank, offer), _unsigned(), 0, _deadline)), reason
        );
        _refused(bank.key, abi.encodeCall(ledger.accept, (_one(made))), reason);
        _mature();
        _refused(issuer.key, abi.encodeCall(ledger.redeem, (_one(made), address(money))), reason);
    }

    // ---------------------------------------------------------------- resale and holds

    function test_a_selling_bank_counts_what_it_locked_until_it_is_sold() public {
        PieceId bought = _take(seller, bank, _offer(bank, _owned(seller, 500), 300));
        _limitFinancing(otherBank, issuer, LIMIT);
        PieceId made = _lockFor(bank, otherBank, bought, 200);
        assertTrue(_financedBy(bank) == 300 && _financedBy(otherBank) == 200, "both, while it is open");
        // What comes back still fits the seller's limit, whatever it has lowered it to.
        _limitFinancing(bank, issuer, 0);
        PieceReference named = _ref(made);
        vm.prank(otherBank.key);
        financing.releaseLock(named);
        assertTrue(_financedBy(bank) == 300 && _financedBy(otherBank) == 0, "back");
        made = _lockFor(bank, otherBank, bought, 200);
        named = _ref(made);
        vm.prank(bank.key);
        financing.confirmReceipt(named);
        assertTrue(_financedBy(bank) == 100 && _financedBy(otherBank) == 200, "sold");
        assertTrue(ledger.pieceWord(made).hops() == 3 && ledger.pieceWord(made).tier() == 1, "hops");
        _assertSum(bought.obligation());
    }

    function test_a_later_hold_binds_the_banks_piece_but_not_the_cash_that_came() public {
        PieceId id = _owned(seller, 500);
        PieceId made = _lock(id, 300);
        PieceReference[] memory held = _one(id);
        vm.prank(issuer.key);
        holds.dispute(held, "goods");
        PieceReference named = _ref(made);
        vm.prank(seller.key);
        financing.confirmReceipt(named);
        _assertDone(made, 300, 200);
        _limitFinancing(otherBank, issuer, LIMIT);
        IFinancing.FinanceOffer memory offer = _offChain(otherBank, made, 100);
        _refused(
            bank.key,
            abi.encodeCall(financing.lock, (offer, _signedOffer(otherBank, offer), _unsigned(), 0, _deadline)),
            abi.encodeWithSelector(ILedgerParts.PieceOnHold.selector, made, id)
        );
    }

    function test_a_hold_on_the_locked_piece_outlives_its_end() public {
        PieceId id = _owned(seller, 500);
        PieceId made = _lock(id, 300);
        PieceReference[] memory held = _one(made);
        vm.prank(bank.key);
        holds.dispute(held, "cash");
        PieceReference named = _ref(made);
        vm.prank(bank.key);
        financing.releaseLock(named);
        assertTrue(ledger.pieceWord(made).isMarked(), "marked");
        _assertUndone(made, PieceState.Rejected, 500);
        vm.prank(bank.key);
        holds.endDispute(held);
        assertEq(ledger.obligationWord(id.obligation()).heldCount(), 0, "no mark is left");
    }

    function testFuzz_a_lock_ends_in_one_way(uint64 amount, uint64 part, uint8 way) public {
        uint64 amountMinor = uint64(bound(amount, 2, LIMIT));
        uint64 partMinor = uint64(bound(part, 1, amountMinor));
        PieceId id = _owned(seller, amountMinor);
        PieceId made = _lock(id, partMinor);
        PieceReference named = _ref(made);
        way = uint8(bound(way, 0, 4));
        if (way == 0) {
            vm.prank(seller.key);
            financing.confirmReceipt(named);
        } else if (way == 1) {
            _attest(made);
            _windowOver();
            financing.complete(named);
        } else if (way == 2) {
            vm.warp(uint256(_deadline) + 1);
            financing.unlock(named);
        } else if (way == 3) {
            vm.prank(bank.key);
            financing.releaseLock(named);
        } else {
            _attest(made);
            _contest(made);
            _mature();
            financing.unlock(named);
        }
        if (way < 2) _assertDone(made, partMinor, amountMinor - partMinor);
        else _assertUndone(made, way == 3 ? PieceState.Rejected : PieceState.Expired, amountMinor);
    }
}
