// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IFinancing} from "../interfaces/IFinancing.sol";
import {IHolds} from "../interfaces/IHolds.sol";
import {ILedgerModule} from "../interfaces/ILedgerParts.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {IRulebook} from "../interfaces/IRulebook.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";
import {ITradeRegistry} from "../interfaces/ITradeRegistry.sol";
import {Days} from "../libraries/Days.sol";
import {Discounts} from "../libraries/Discounts.sol";
import {FinancingWord} from "../libraries/FinancingWords.sol";
import {HoldWord, HoldWords} from "../libraries/HoldWords.sol";
import {ObligationWord} from "../libraries/ObligationWords.sol";
import {OnePayee} from "../libraries/OnePayee.sol";
import {PieceWord, PieceWords} from "../libraries/PieceWords.sol";
import {SaleWord, SaleWords} from "../libraries/SaleWords.sol";
import {EvidenceId, ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {PieceState, Signature} from "../types/Movements.sol";
import {PieceReference} from "../types/PieceReference.sol";
import {BANK} from "../types/Roles.sol";
import {RULE_CONTEST, RULE_REGISTERED, RuleId} from "../types/RuleIds.sol";
import {LedgerModule} from "./LedgerModule.sol";

/// @notice See `IFinancing`.
contract Financing is IFinancing, LedgerModule {
    using OnePayee for ISettlement;

    bytes32 private constant FINANCE_OFFER_TYPEHASH = keccak256(
        "FinanceOffer(uint80 piece,uint16 parentIndex,uint40 evidence,uint16 maturityDay,uint16 childCount,uint64 amountMinor,uint64 priceMinor,uint32 annualRateMicros,uint16 dayCountBasis,uint32 feePayer,uint32 bank,address cashToken,uint40 validUntil,bytes32 registrationNumber,bytes32 descriptionHash)"
    );
    bytes32 private constant FEE_AGREEMENT_TYPEHASH = keccak256(
        "FeeAgreement(uint32 payer,FinanceOffer offer)FinanceOffer(uint80 piece,uint16 parentIndex,uint40 evidence,uint16 maturityDay,uint16 childCount,uint64 amountMinor,uint64 priceMinor,uint32 annualRateMicros,uint16 dayCountBasis,uint32 feePayer,uint32 bank,address cashToken,uint40 validUntil,bytes32 registrationNumber,bytes32 descriptionHash)"
    );

    /// An offer with its piece's reference taken apart, as it is signed.
    struct SignedOffer {
        PieceId piece;
        uint16 parentIndex;
        EvidenceId evidence;
        uint16 maturityDay;
        uint16 childCount;
        uint64 amountMinor;
        uint64 priceMinor;
        uint32 annualRateMicros;
        uint16 dayCountBasis;
        PartyId feePayer;
        PartyId bank;
        address cashToken;
        uint40 validUntil;
        bytes32 registrationNumber;
        bytes32 descriptionHash;
    }

    /// An offer that is being taken.
    struct Sale {
        PieceId parent;
        PieceWord parentWord;
        ObligationWord terms;
        PieceId piece;
        PartyId seller;
        address sellerAccount;
        address bankAccount;
        /// 0 where the discount comes off what the seller gets.
        PartyId feePayer;
        address feePayerAccount;
        uint64 priceMinor;
        uint64 proceedsMinor;
    }

    constructor(Wiring memory wiring) LedgerModule(wiring) {}

    /// @inheritdoc ILedgerModule
    function selectors() external pure returns (bytes4[] memory list) {
        list = new bytes4[](9);
        list[0] = IFinancing.finance.selector;
        list[1] = IFinancing.lock.selector;
        list[2] = IFinancing.confirmReceipt.selector;
        list[3] = IFinancing.attestReceipt.selector;
        list[4] = IFinancing.contest.selector;
        list[5] = IFinancing.complete.selector;
        list[6] = IFinancing.unlock.selector;
        list[7] = IFinancing.releaseLock.selector;
        list[8] = IFinancing.saleWord.selector;
    }

    // ---------------------------------------------------------------- cash on chain

    /// @inheritdoc IFinancing
    function finance(
        FinanceOffer calldata offer,
        Signature calldata bankSignature,
        Signature calldata feePayerSignature,
        uint64 minPriceMinor
    ) external returns (PieceId) {
        Sale memory sale = _agreedSale(offer, bankSignature, feePayerSignature, minPriceMinor);

        // A bank that sells on holds less from now on.
        if (sale.parentWord.isFinanced()) {
            _lowerFinanced(sale.seller, sale.parent.issuer(), sale.terms.currency(), offer.amountMinor);
        }
        _makePiece(sale, offer, PieceState.Held, 0);
        _emitFinanced(sale, offer);
        _emitMinted(sale.piece, sale.parent, sale.bankAccount, offer.amountMinor);

        uint8 currency = sale.terms.currency();
        _settlement.payOne(offer.cashToken, currency, sale.bankAccount, sale.sellerAccount, sale.proceedsMinor);
        // Another fee payer makes up for what the bank paid beyond its price.
        if (sale.proceedsMinor != sale.priceMinor) {
            _settlement.payOne(offer.cashToken, currency, sale.feePayerAccount, sale.bankAccount, sale.proceedsMinor - sale.priceMinor);
        }
        return sale.piece;
    }

    function _emitFinanced(Sale memory sale, FinanceOffer calldata offer) private {
        emit PieceFinanced(
            sale.piece,
            sale.parent,
            offer.bank,
            offer.amountMinor,
            sale.priceMinor,
            sale.feePayer,
            offer.cashToken,
            offer.registrationNumber,
            offer.descriptionHash
        );
    }

    // ---------------------------------------------------------------- cash off chain: lock

    /// @inheritdoc IFinancing
    function lock(
        FinanceOffer calldata offer,
        Signature calldata bankSignature,
        Signature calldata feePayerSignature,
        uint64 minPriceMinor,
        uint40 deadline
    ) external returns (PieceId) {
        if (offer.cashToken != address(0)) revert CashMovesOnChain(offer.cashToken);
        Sale memory sale = _agreedSale(offer, bankSignature, feePayerSignature, minPriceMinor);
        uint8 contestHours = _contestHours(sale.terms, deadline);

        // A selling bank's own count is lowered when the sale is complete: the amount may come back, and must then fit its limit.
        _makePiece(sale, offer, PieceState.Locked, deadline);
        _sales[sale.piece] = SaleWords.pack(sale.proceedsMinor, contestHours, _participants.accountBankOf(sale.seller));
        _emitLocked(sale, offer, deadline);
        return sale.piece;
    }

    /// The hours that the seller has to contest an attestation, which end before the day of maturity even if it comes at the deadline.
    function _contestHours(ObligationWord terms, uint40 deadline) private view returns (uint8 contestHours) {
        (uint16 maturityDay, int8 utcOffsetQuarterHours) = (terms.maturityDay(), terms.utcOffsetQuarterHours());
        _requireDeadline(deadline, maturityDay, utcOffsetQuarterHours);
        (IRulebook.RuleSet memory rules,) = _rulebook.rulesAt(terms.instrument(), terms.rulebookVersion());
        contestHours = rules.contestHours;
        uint256 latest = Days.startOf(maturityDay, utcOffsetQuarterHours) - 1 - uint256(contestHours) * 1 hours;
        if (deadline > latest) revert ContestBeyondMaturity(deadline, latest, _ruleOf(terms, RULE_CONTEST));
    }

    function _emitLocked(Sale memory sale, FinanceOffer calldata offer, uint40 deadline) private {
        emit PieceLocked(
            sale.piece,
            sale.parent,
            offer.bank,
            offer.amountMinor,
            sale.priceMinor,
            sale.feePayer,
            deadline,
            offer.registrationNumber,
            offer.descriptionHash
        );
    }

    // ---------------------------------------------------------------- cash off chain: the cash came

    /// @inheritdoc IFinancing
    function confirmReceipt(PieceReference named) external {
        (PartyId caller,,) = _participants.actor(_msgSender());
        (PieceId id, PieceWord word, ObligationWord terms) = _locked(named);
        _requireSeller(id, word, caller);
        emit CashConfirmed(id);
        _complete(id, word, terms);
    }

    /// @inheritdoc IFinancing
    function attestReceipt(PieceReference named, bytes32 paymentReference) external {
        PartyId caller = _requireBank();
        (PieceId id, PieceWord word,) = _locked(named);
        SaleWord sale = _sales[id];
        // The bank at which the buyer was to pay, whatever bank the seller has gone to since.
        if (caller != sale.accountBank()) revert NotTheAccountBank(id, sale.accountBank(), caller);
        if (caller == word.owner()) revert AttestorIsFunder(id, caller);
        _participants.requireUnrelated(caller, word.owner());
        if (sale.isAttested()) revert CashAlreadyAttested(id);
        if (_now() > word.deadline()) revert OfferExpired(id, word.deadline());

        // Seconds fit 40 bits, and the deadline was checked to leave the hours of contest before a day of maturity that fits 32.
        sale = sale.attested(uint40(_now()));
        _sales[id] = sale;
        emit CashAttested(id, caller, paymentReference, uint40(sale.contestableUntil()));
    }

    /// @inheritdoc IFinancing
    function contest(PieceReference named, bytes32 reason) external {
        // A suspended seller as well: its suspension must not be a way to its paper.
        PartyId caller = _participants.identified(_msgSender());
        (PieceId id, PieceWord word, ObligationWord terms) = _locked(named);
        _requireSeller(id, word, caller);
        SaleWord sale = _sales[id];
        if (!sale.isAttested()) revert CashNotAttested(id);
        if (sale.isContested()) revert AttestationInDispute(id);
        if (_now() > sale.contestableUntil()) revert ContestOver(id, sale.contestableUntil(), _ruleOf(terms, RULE_CONTEST));

        _sales[id] = sale.contested();
        emit AttestationContested(id, reason);
    }

    /// @inheritdoc IFinancing
    function complete(PieceReference named) external {
        (PieceId id, PieceWord word, ObligationWord terms) = _locked(named);
        SaleWord sale = _sales[id];
        if (!sale.isAttested()) revert CashNotAttested(id);
        if (sale.isContested()) revert AttestationInDispute(id);
        if (_now() <= sale.contestableUntil()) revert ContestStillOpen(id, sale.contestableUntil(), _ruleOf(terms, RULE_CONTEST));
        _complete(id, word, terms);
    }

    /// The locked piece becomes its bank's, and a selling bank holds less.
    function _complete(PieceId id, PieceWord word, ObligationWord terms) private {
        PieceId parent = _parentOf(id, word);
        PieceWord parentWord = _pieces[parent].word;

        _pieces[id].word = word.withState(PieceState.Held);
        _pieces[parent].word = parentWord.offerClosed();
        _sales[id] = SaleWord.wrap(0);
        if (parentWord.isFinanced()) _lowerFinanced(parentWord.owner(), id.issuer(), terms.currency(), word.amountMinor());
        emit SaleCompleted(id);
        // Without asking whether the bank is active: what it has paid for is its own.
        _emitMinted(id, parent, _participants.party(word.owner()).account, word.amountMinor());
    }

    // ---------------------------------------------------------------- cash off chain: the sale comes to nothing

    /// @inheritdoc IFinancing
    function unlock(PieceReference named) external {
        (PieceId id, PieceWord word, ObligationWord terms) = _locked(named);
        SaleWord sale = _sales[id];
        if (sale.isContested()) {
            if (_today(terms.utcOffsetQuarterHours()) < terms.maturityDay()) revert AttestationInDispute(id);
        } else {
            if (sale.isAttested()) revert CashAlreadyAttested(id);
            if (_now() <= word.deadline()) revert OfferStillOpen(id, word.deadline());
        }
        emit PieceUnlocked(id);
        _undo(id, word, terms, PieceState.Expired);
    }

    /// @inheritdoc IFinancing
    function releaseLock(PieceReference named) external {
        PartyId caller = _requireBank();
        (PieceId id, PieceWord word, ObligationWord terms) = _locked(named);
        if (caller != word.owner()) revert NotTheOwner(id, word.owner(), caller);
        emit LockReleased(id);
        _undo(id, word, terms, PieceState.Rejected);
    }

    /// The amount is back in the parent, and the bank may finance as much again.
    function _undo(PieceId id, PieceWord word, ObligationWord terms, PieceState end) private {
        _sales[id] = SaleWord.wrap(0);
        _lowerFinanced(word.owner(), id.issuer(), terms.currency(), word.amountMinor());
        if (word.isMarked()) {
            _giveCourtsHoldBack(id, word, terms);
            word = _pieces[id].word;
        }
        _giveBackToParent(id, word.withFlags(word.flags() & ~PieceWords.FINANCED), end);
    }

    /// What a court holds of a locked piece it holds wherever that goes back to, unless a court holds it there already.
    function _giveCourtsHoldBack(PieceId id, PieceWord word, ObligationWord terms) private {
        HoldWord hold = _holds[id];
        PartyId court = hold.court();
        if (PartyId.unwrap(court) == 0) return;
        _unmark(id, word, terms, hold.without(HoldWords.COURT));
        emit IHolds.CourtReleased(id, 0);
        PieceId parent = _parentOf(id, word);
        HoldWord ofParent = _holds[parent];
        if (ofParent.has(HoldWords.COURT)) return;
        _mark(parent, _pieces[parent].word, _obligations[id.obligation()].word, ofParent.withCourt(court));
        emit IHolds.CourtHeld(parent, court, 0);
    }

    // ---------------------------------------------------------------- read

    /// @inheritdoc IFinancing
    function saleWord(PieceId id) external view returns (SaleWord) {
        return _sales[id];
    }

    // ---------------------------------------------------------------- what both ways of paying share

    /// The sale that its holder, the bank and who bears the discount agree to, and that nothing forbids.
    function _agreedSale(
        FinanceOffer calldata offer,
        Signature calldata bankSignature,
        Signature calldata feePayerSignature,
        uint64 minPriceMinor
    ) private view returns (Sale memory sale) {
        (sale.seller, sale.sellerAccount,) = _participants.actor(_msgSender());
        (PieceId parent, PieceWord word) = _pieceOf(offer.piece);
        _requireState(parent, word, PieceState.Held);
        if (word.owner() != sale.seller) revert NotTheOwner(parent, word.owner(), sale.seller);
        ObligationWord terms = _termsOf(offer.piece, word);
        (sale.parent, sale.parentWord, sale.terms) = (parent, word, terms);
        _requireFitting(offer, parent, word);
        _setPrice(sale, offer, minPriceMinor);
        // Cash hops are not limited by the rules; they end where their count of 8 bits does.
        if (word.hops() == type(uint8).max) revert HopsExceeded(parent, type(uint8).max, RuleId.wrap(0));
        _requirePieces(parent.obligation(), terms, 1);
        _requireNotHeld(parent, word, terms);
        _requireOwed(word);
        // Who bought for cash has no trade with the issuer that could be made up.
        if (!word.isFinanced()) _participants.requireUnrelated(sale.seller, parent.issuer());
        _participants.requireUnrelated(offer.bank, sale.seller);
        _takeSignatures(sale, offer, bankSignature, feePayerSignature);
    }

    /// A document that both its sides have cancelled backs nothing, even before anybody holds the piece for it.
    function _requireOwed(PieceWord word) private view {
        EvidenceId evidence = word.evidence();
        if (EvidenceId.unwrap(evidence) == 0) return;
        if (_registry.isCancelled(evidence)) revert ITradeRegistry.EvidenceCancelled(evidence);
    }

    function _requireFitting(FinanceOffer calldata offer, PieceId parent, PieceWord word) private view {
        if (_now() > offer.validUntil) revert OfferExpired(parent, offer.validUntil);
        if (offer.childCount != word.childCount()) revert OfferStale(parent, word.childCount());
        if (offer.amountMinor == 0) revert ZeroAmount();
        if (offer.amountMinor > word.amountMinor()) revert AmountExceedsPiece(parent, offer.amountMinor, word.amountMinor());
        if (offer.registrationNumber == bytes32(0) || offer.descriptionHash == bytes32(0)) revert RegistrationMissing(parent, RULE_REGISTERED);
    }

    /// What the bank pays net today, and what the seller gets.
    function _setPrice(Sale memory sale, FinanceOffer calldata offer, uint64 minPriceMinor) private view {
        ObligationWord terms = sale.terms;
        uint16 today = _requireBeforeMaturity(sale.parent.obligation(), terms);
        uint64 priceMinor = offer.priceMinor;
        if (offer.annualRateMicros != 0) {
            if (priceMinor != 0) revert PriceAmbiguous(priceMinor, offer.annualRateMicros);
            if (offer.dayCountBasis != 360 && offer.dayCountBasis != 365) revert DayCountUnknown(offer.dayCountBasis);
            uint256 discountMinor = Discounts.discountMinorUp(
                offer.amountMinor, offer.annualRateMicros, terms.maturityDay() - today, offer.dayCountBasis
            );
            if (discountMinor >= offer.amountMinor) revert DiscountExceedsAmount(discountMinor, offer.amountMinor);
            // It is below the amount, so it fits 64 bits.
            priceMinor = offer.amountMinor - uint64(discountMinor);
        }
        if (priceMinor == 0) revert ZeroAmount();
        if (priceMinor > offer.amountMinor) revert PriceAboveAmount(priceMinor, offer.amountMinor);

        sale.priceMinor = priceMinor;
        bool sellerBears = PartyId.unwrap(offer.feePayer) == 0 || offer.feePayer == sale.seller;
        if (!sellerBears) sale.feePayer = offer.feePayer;
        sale.proceedsMinor = sellerBears ? priceMinor : offer.amountMinor;
        if (sale.proceedsMinor < minPriceMinor) revert PriceBelowMinimum(sale.proceedsMinor, minPriceMinor);
    }

    function _takeSignatures(
        Sale memory sale,
        FinanceOffer calldata offer,
        Signature calldata bankSignature,
        Signature calldata feePayerSignature
    ) private view {
        bytes32 offerHash = _hashOf(offer);
        uint16 roles;
        (sale.bankAccount, roles) = _signer(offer.bank, bankSignature, offerHash);
        if (roles & BANK == 0) revert RoleMissing(offer.bank, BANK);
        if (PartyId.unwrap(sale.feePayer) == 0) return;
        if (sale.feePayer == offer.bank) revert FeePayerIsBank(offer.bank);
        bytes32 agreementHash = keccak256(abi.encode(FEE_AGREEMENT_TYPEHASH, sale.feePayer, offerHash));
        (sale.feePayerAccount,) = _signer(sale.feePayer, feePayerSignature, agreementHash);
    }

    /// Account and roles of the active party, one of whose keys signed.
    function _signer(PartyId party, Signature calldata signature, bytes32 structHash)
        private
        view
        returns (address account, uint16 roles)
    {
        PartyId found;
        (found, account, roles) = _participants.actor(signature.key);
        if (found != party) revert IParticipants.KeyNotOfParty(party, signature.key);
        _requireSignature(party, signature, structHash);
    }

    function _hashOf(FinanceOffer calldata offer) private pure returns (bytes32) {
        PieceReference named = offer.piece;
        SignedOffer memory signed;
        (signed.piece, signed.parentIndex, signed.evidence, signed.maturityDay) =
            (named.piece(), named.parentIndex(), named.evidence(), named.maturityDay());
        (signed.childCount, signed.amountMinor, signed.priceMinor) = (offer.childCount, offer.amountMinor, offer.priceMinor);
        (signed.annualRateMicros, signed.dayCountBasis) = (offer.annualRateMicros, offer.dayCountBasis);
        (signed.feePayer, signed.bank, signed.cashToken) = (offer.feePayer, offer.bank, offer.cashToken);
        signed.validUntil = offer.validUntil;
        (signed.registrationNumber, signed.descriptionHash) = (offer.registrationNumber, offer.descriptionHash);
        return keccak256(abi.encode(FINANCE_OFFER_TYPEHASH, signed));
    }

    /// Writes the bank's piece, within what it will finance of this issuer, and takes the amount out of the parent.
    function _makePiece(Sale memory sale, FinanceOffer calldata offer, PieceState state, uint40 deadline) private {
        ObligationId obligation = sale.parent.obligation();
        _raiseFinanced(offer.bank, obligation.issuer(), sale.terms.currency(), offer.amountMinor);
        _pieces[sale.parent].word = sale.parentWord.passedOn(offer.amountMinor, 1, state == PieceState.Locked);
        _obligations[obligation].word = sale.terms.withMorePieces(1);
        sale.piece = obligation.piece(sale.terms.pieceCount() + 1);
        _pieces[sale.piece].word = PieceWords.pack(
            PieceWords.Fields({
                amountMinor: offer.amountMinor,
                owner: offer.bank,
                parentIndex: sale.parent.index(),
                evidence: EvidenceId.wrap(0),
                useIndex: 0,
                hops: sale.parentWord.hops() + 1,
                tier: sale.parentWord.tier(),
                state: state,
                flags: PieceWords.FINANCED,
                deadline: uint32(deadline) // `_requireDeadline` has checked that it fits
            })
        );
    }

    /// A limit is never set below what is financed, so what is left is not negative.
    function _raiseFinanced(PartyId bank, PartyId issuer, uint8 currency, uint64 amountMinor) private {
        FinancingWord record = _financing[bank][issuer][currency];
        uint64 availableMinor = record.limitMinor() - record.financedMinor();
        if (amountMinor > availableMinor) revert FinancingLimitExceeded(bank, issuer, amountMinor, availableMinor);
        _financing[bank][issuer][currency] = record.withMore(amountMinor);
    }

    // ---------------------------------------------------------------- guards of locked pieces

    function _locked(PieceReference named) private view returns (PieceId id, PieceWord word, ObligationWord terms) {
        (id, word) = _pieceOf(named);
        _requireState(id, word, PieceState.Locked);
        terms = _termsOf(named, word);
    }

    /// The seller is who owns the parent, which cannot be paid or passed on as a whole while the lock is open.
    function _requireSeller(PieceId id, PieceWord word, PartyId caller) private view {
        PieceId parent = _parentOf(id, word);
        PartyId seller = _pieces[parent].word.owner();
        if (caller != seller) revert NotTheOwner(parent, seller, caller);
    }
}
