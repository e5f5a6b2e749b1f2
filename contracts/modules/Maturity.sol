// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ILedgerModule} from "../interfaces/ILedgerParts.sol";
import {IMaturity} from "../interfaces/IMaturity.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {IRulebook} from "../interfaces/IRulebook.sol";
import {IssuerWord} from "../libraries/IssuerWords.sol";
import {ObligationWord, ObligationWords} from "../libraries/ObligationWords.sol";
import {PaymentWord, PaymentWords} from "../libraries/PaymentWords.sol";
import {PieceWord, PieceWords} from "../libraries/PieceWords.sol";
import {EvidenceId, LineId, ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {PieceState, Signature} from "../types/Movements.sol";
import {PieceReference} from "../types/PieceReference.sol";
import {RULE_CONTEST, RULE_GRACE} from "../types/RuleIds.sol";
import {LedgerModule} from "./LedgerModule.sol";
import {Payments} from "./Payments.sol";

/// @notice See `IMaturity`.
contract Maturity is IMaturity, Payments {
    /// More than any public holidays in a row last.
    uint16 private constant LONGEST_HOLIDAY_DAYS = 15;

    bytes32 private constant EARLY_REDEMPTION_TYPEHASH = keccak256(
        "EarlyRedemption(uint80 piece,uint16 parentIndex,uint40 evidence,uint16 maturityDay,uint64 amountMinor,uint64 priceMinor,address cashToken,uint16 childCount,uint40 validUntil)"
    );

    /// An agreement with its piece's reference taken apart, as it is signed.
    struct SignedAgreement {
        PieceId piece;
        uint16 parentIndex;
        EvidenceId evidence;
        uint16 maturityDay;
        uint64 amountMinor;
        uint64 priceMinor;
        address cashToken;
        uint16 childCount;
        uint40 validUntil;
    }

    constructor(Wiring memory wiring) LedgerModule(wiring) {}

    /// @inheritdoc ILedgerModule
    function selectors() external pure returns (bytes4[] memory list) {
        list = new bytes4[](14);
        (list[0], list[1]) = (IMaturity.payPart.selector, IMaturity.redeemEarly.selector);
        (list[2], list[3]) = (IMaturity.confirmPayment.selector, IMaturity.attestPayment.selector);
        (list[4], list[5]) = (IMaturity.contestPayment.selector, IMaturity.completePayment.selector);
        (list[6], list[7]) = (IMaturity.markOverdue.selector, IMaturity.writeOff.selector);
        (list[8], list[9]) = (IMaturity.makeGood.selector, IMaturity.confirmMadeGood.selector);
        (list[10], list[11]) = (IMaturity.lossOf.selector, IMaturity.paymentWord.selector);
        (list[12], list[13]) = (IMaturity.isPersistentlyOverdue.selector, IMaturity.firstOverdueDay.selector);
    }

    // ---------------------------------------------------------------- the issuer pays on chain

    /// @inheritdoc IMaturity
    function payPart(PieceReference named, uint64 amountMinor, address cashToken) external returns (PieceId) {
        Payment memory paid = _due(named, amountMinor);
        _requirePart(paid, paid.word.amountMinor());
        Cash memory cash = _cashTo(paid.payee);
        _requireIssuer(paid.piece, cash.payer);

        PieceId redeemed = _redeem(paid, cashToken);

        _pay(cash, cashToken, paid.terms.currency(), amountMinor);
        return redeemed;
    }

    /// @inheritdoc IMaturity
    function redeemEarly(EarlyRedemption calldata agreement, Signature calldata holderSignature) external {
        Payment memory paid = _payable(agreement.piece, agreement.amountMinor);
        (PieceId id, PieceWord word) = (paid.piece, paid.word);
        _requireBeforeMaturity(id.obligation(), paid.terms);
        if (_now() > agreement.validUntil) revert OfferExpired(id, agreement.validUntil);
        if (agreement.priceMinor == 0) revert ZeroAmount();
        if (agreement.priceMinor > agreement.amountMinor) revert PriceAboveAmount(agreement.priceMinor, agreement.amountMinor);
        if (agreement.amountMinor != word.amountMinor() || agreement.childCount != word.childCount()) {
            revert AgreementStale(id, word.amountMinor(), word.childCount());
        }
        if (word.openOffers() != 0) revert OffersOpen(id, word.openOffers());
        _requireNotHeld(id, word, paid.terms);
        // The signature is the holder's act, so the holder must be one that may act.
        (PartyId signer,,) = _participants.actor(holderSignature.key);
        if (signer != word.owner()) revert IParticipants.KeyNotOfParty(word.owner(), holderSignature.key);
        _requireSignature(signer, holderSignature, _hashOf(agreement));
        Cash memory cash = _cashTo(signer);
        _requireIssuer(id, cash.payer);

        _lowerIfFinanced(paid);
        _pieces[id].word = word.withState(PieceState.Redeemed);
        _lowerLive(id.obligation(), paid.terms, agreement.amountMinor);
        emit PieceRedeemedEarly(id, agreement.amountMinor, agreement.priceMinor, agreement.cashToken);
        emit Transfer(cash.payeeAccounts[0], address(0), PieceId.unwrap(id));

        _pay(cash, agreement.cashToken, paid.terms.currency(), agreement.priceMinor);
    }

    function _hashOf(EarlyRedemption calldata agreement) private pure returns (bytes32) {
        PieceReference named = agreement.piece;
        SignedAgreement memory signed;
        (signed.piece, signed.parentIndex) = (named.piece(), named.parentIndex());
        (signed.evidence, signed.maturityDay) = (named.evidence(), named.maturityDay());
        (signed.amountMinor, signed.priceMinor) = (agreement.amountMinor, agreement.priceMinor);
        (signed.cashToken, signed.childCount) = (agreement.cashToken, agreement.childCount);
        signed.validUntil = agreement.validUntil;
        return keccak256(abi.encode(EARLY_REDEMPTION_TYPEHASH, signed));
    }

    // ---------------------------------------------------------------- the issuer paid off chain

    /// @inheritdoc IMaturity
    function confirmPayment(PieceReference named, uint64 amountMinor, bytes32 paymentReference) external returns (PieceId) {
        Payment memory paid = _due(named, amountMinor);
        _requirePart(paid, paid.word.amountMinor());
        _requirePayee(paid.piece, paid.payee);

        // It may be of the very payment that the account bank attested, which must not count a second time.
        _payments[paid.piece] = _payments[paid.piece].confirmed(amountMinor);
        emit PaymentConfirmed(paid.piece, amountMinor, paid.payee, paymentReference);
        return _redeem(paid, address(0));
    }

    /// @inheritdoc IMaturity
    function attestPayment(PieceReference named, uint64 amountMinor, bytes32 paymentReference) external {
        Payment memory paid = _due(named, amountMinor);
        _requirePart(paid, paid.word.amountMinor());
        (PieceId id, PartyId owner) = (paid.piece, paid.word.owner());
        PartyId caller = _requireBank();
        PartyId accountBank = _participants.accountBankOf(owner);
        if (caller != accountBank) revert NotTheAccountBank(id, accountBank, caller);
        _participants.requireUnrelated(caller, id.issuer());
        if (paid.payee != owner) revert PieceHeldByCourt(id, paid.payee);
        PaymentWord earlier = _payments[id];
        if (earlier.isContested()) revert PaymentInDispute(id);
        if (earlier.amountMinor() != 0) revert PaymentAlreadyAttested(id, earlier.amountMinor());

        (IRulebook.RuleSet memory rules,) = _rulebook.rulesAt(paid.terms.instrument(), paid.terms.rulebookVersion());
        // Seconds and a few hours fit 40 bits for the next 30,000 years.
        uint40 contestableUntil = uint40(_now() + uint256(rules.contestHours) * 1 hours);
        _payments[id] = PaymentWords.pack(amountMinor, contestableUntil);
        emit PaymentAttested(id, caller, amountMinor, paymentReference, contestableUntil);
    }

    /// @inheritdoc IMaturity
    function contestPayment(PieceReference named, bytes32 reason) external {
        (PieceId id, PieceWord word) = _pieceOf(named);
        ObligationWord terms = _termsOf(named, word);
        PartyId caller = _participants.identified(_msgSender());
        if (caller != word.owner()) revert NotTheOwner(id, word.owner(), caller);
        PaymentWord attested = _attested(id);
        if (_now() > attested.contestableUntil()) {
            revert ContestOver(id, attested.contestableUntil(), _ruleOf(terms, RULE_CONTEST));
        }

        _payments[id] = attested.contested();
        emit PaymentContested(id, reason);
    }

    /// @inheritdoc IMaturity
    function completePayment(PieceReference named) external returns (PieceId) {
        PaymentWord attested = _attested(named.piece());
        // Less may be left than was attested, since others paid meanwhile: what came then pays for all of it.
        uint64 leftMinor = _pieces[named.piece()].word.amountMinor();
        Payment memory paid = _due(named, attested.amountMinor() < leftMinor ? attested.amountMinor() : leftMinor);
        if (_now() <= attested.contestableUntil()) {
            revert ContestStillOpen(paid.piece, attested.contestableUntil(), _ruleOf(paid.terms, RULE_CONTEST));
        }
        // A court that came in between is to be paid itself, and says so itself.
        if (paid.payee != paid.word.owner()) revert PieceHeldByCourt(paid.piece, paid.payee);

        _payments[paid.piece] = PaymentWord.wrap(0);
        emit PaymentCompleted(paid.piece);
        return _redeem(paid, address(0));
    }

    function _attested(PieceId id) private view returns (PaymentWord attested) {
        attested = _payments[id];
        if (attested.amountMinor() == 0) revert PaymentNotAttested(id);
        if (attested.isContested()) revert PaymentInDispute(id);
    }

    // ---------------------------------------------------------------- nobody paid

    /// The business day on which payment is due. Holidays can be set after the issue, so they move it by no more than the longest there are.
    function _dueDay(ObligationId id, uint16 maturityDay) private view returns (uint256) {
        uint16 room = type(uint16).max - maturityDay;
        uint16 latestDay = maturityDay + (room < LONGEST_HOLIDAY_DAYS ? room : LONGEST_HOLIDAY_DAYS);
        return _rulebook.businessDayFrom(_lineTerms[id.line()].calendar(), maturityDay, latestDay);
    }

    function _firstOverdueDay(ObligationId id, ObligationWord terms) private view returns (uint256) {
        return _dueDay(id, terms.maturityDay()) + terms.graceDays() + 1;
    }

    /// @inheritdoc IMaturity
    function markOverdue(ObligationId id) external {
        ObligationWord terms = _obligations[id].word;
        if (terms.liveMinor() == 0) revert NothingOwed(id);
        if (terms.isOverdue()) revert AlreadyOverdue(id);
        uint16 today = _today(terms.utcOffsetQuarterHours());
        uint256 firstOverdue = _firstOverdueDay(id, terms);
        if (today < firstOverdue) revert NotOverdueYet(id, firstOverdue, today, _ruleOf(terms, RULE_GRACE));
        if (!_isOwed(id, terms.pieceCount())) revert NothingOwed(id);

        _obligations[id].word = terms.withFlags(terms.flags() | ObligationWords.OVERDUE);
        PartyId issuer = id.issuer();
        IssuerWord record = _issuers[issuer].withOverdue(today);
        _issuers[issuer] = record;
        emit ObligationOverdue(id, terms.liveMinor(), today);
        if (record.isPersistentlyOverdue(today)) emit IssuerPersistentlyOverdue(issuer, today);

        if (record.overdueCount() == 1) _participants.setIssuanceStopped(issuer, true);
    }

    /// Whether anybody accepted what is still live: an offer that nobody took is no debt, even before somebody expires it.
    function _isOwed(ObligationId id, uint256 pieceCount) private view returns (bool) {
        for (uint256 i = 1; i <= pieceCount; ++i) {
            // The count of pieces has 16 bits, so its places do.
            PieceWord word = _pieces[id.piece(uint16(i))].word;
            if (word.state() == PieceState.Held && (word.amountMinor() != 0 || word.openOffers() != 0)) return true;
        }
        return false;
    }

    /// @inheritdoc IMaturity
    function writeOff(PieceReference named, bytes32 reason) external {
        (PartyId caller, address account,) = _participants.actor(_msgSender());
        (PieceId id, PieceWord word) = _pieceOf(named);
        Payment memory lost = _payable(named, word.amountMinor());
        ObligationId obligation = id.obligation();
        if (word.owner() != caller) revert NotTheOwner(id, word.owner(), caller);
        if (!lost.terms.isOverdue()) revert NotOverdue(obligation);
        if (word.openOffers() != 0) revert OffersOpen(id, word.openOffers());
        if (lost.payee != caller) revert PieceHeldByCourt(id, lost.payee);

        _lowerIfFinanced(lost);
        _pieces[id].word = word.withState(PieceState.WrittenOff);
        _losses[obligation] += lost.amountMinor;
        // The line stays used: a loss frees no headroom.
        ObligationWord terms = lost.terms.withLessLive(lost.amountMinor);
        _obligations[obligation].word = terms.withFlags(terms.flags() | ObligationWords.WRITTEN_OFF);
        emit PieceWrittenOff(id, lost.amountMinor, reason);
        emit Transfer(account, address(0), PieceId.unwrap(id));
    }

    /// @inheritdoc IMaturity
    function makeGood(PieceReference[] calldata pieces, address cashToken) external {
        if (pieces.length == 0) revert NothingNamed();
        PartyId issuer = pieces[0].piece().issuer();
        uint8 currency = _obligations[pieces[0].obligation()].word.currency();
        PartyId[] memory payees = new PartyId[](pieces.length);
        uint64[] memory amountsMinor = new uint64[](pieces.length);
        for (uint256 i = 0; i < pieces.length; ++i) {
            _requireIssuer(pieces[i].piece(), issuer);
            Payment memory loss = _lost(pieces[i]);
            if (loss.terms.currency() != currency) revert CurrencyMismatch(currency, loss.terms.currency());
            (payees[i], amountsMinor[i]) = (loss.payee, loss.amountMinor);
            // Participants, which are told of the cure, call nobody.
            // slither-disable-next-line reentrancy-no-eth
            _restore(loss, cashToken);
        }
        // Who the caller is comes with the payees' accounts, in one answer; if it is not the issuer, all of the above is undone.
        (PartyId payer, address payerAccount, address[] memory accounts) = _participants.payment(_msgSender(), payees);
        _requireIssuer(pieces[0].piece(), payer);

        _settlement.pay(cashToken, currency, payerAccount, accounts, amountsMinor);
    }

    /// @inheritdoc IMaturity
    function confirmMadeGood(PieceReference named, bytes32 paymentReference) external {
        Payment memory loss = _lost(named);
        _requirePayee(loss.piece, loss.payee);

        _payments[loss.piece] = PaymentWord.wrap(0);
        emit PaymentConfirmed(loss.piece, loss.amountMinor, loss.payee, paymentReference);
        _restore(loss, address(0));
    }

    /// The written-off piece that an order means.
    function _lost(PieceReference named) private view returns (Payment memory loss) {
        (PieceId id, PieceWord word) = _pieceOf(named);
        _requireState(id, word, PieceState.WrittenOff);
        ObligationWord terms = _termsOf(named, word);
        (loss.piece, loss.word, loss.terms, loss.amountMinor) = (id, word, terms, word.amountMinor());
        loss.payee = _payeeOf(id, word, terms);
    }

    /// A loss is paid after all: it uses the line no more, and may have been the last that its issuer owed.
    function _restore(Payment memory loss, address cashToken) private {
        (PieceId id, ObligationId obligation, LineId lineId) = (loss.piece, loss.piece.obligation(), loss.piece.line());
        _pieces[id].word = loss.word.withState(PieceState.Redeemed);
        _losses[obligation] -= loss.amountMinor;
        _lines[lineId].word = _lines[lineId].word.withLessUsed(loss.amountMinor);
        emit LossMadeGood(id, loss.amountMinor, loss.payee, cashToken);
        _obligations[obligation].word = _curedIfPaid(obligation, loss.terms);
    }

    // ---------------------------------------------------------------- read

    /// @inheritdoc IMaturity
    function firstOverdueDay(ObligationId id) external view returns (uint256) {
        return _firstOverdueDay(id, _obligations[id].word);
    }

    /// @inheritdoc IMaturity
    function lossOf(ObligationId id) external view returns (uint64) {
        return _losses[id];
    }

    /// @inheritdoc IMaturity
    function paymentWord(PieceId id) external view returns (PaymentWord) {
        return _payments[id];
    }

    /// @inheritdoc IMaturity
    function isPersistentlyOverdue(PartyId issuer, uint16 today) external view returns (bool) {
        return _issuers[issuer].isPersistentlyOverdue(today);
    }

    // ---------------------------------------------------------------- guards and parts

    /// A payment of what is due: from the day of maturity on.
    function _due(PieceReference named, uint64 amountMinor) private view returns (Payment memory paid) {
        paid = _payable(named, amountMinor);
        (uint16 maturityDay, uint16 today) = (paid.terms.maturityDay(), _today(paid.terms.utcOffsetQuarterHours()));
        if (today < maturityDay) revert NotMature(paid.piece.obligation(), maturityDay, today);
    }

    function _requireIssuer(PieceId id, PartyId payer) private pure {
        if (payer != id.issuer()) revert NotTheIssuer(id.line(), id.issuer(), payer);
    }

    /// Whoever is to be paid, also while it is suspended: its suspension must not keep the issuer from having paid.
    function _requirePayee(PieceId id, PartyId payee) private view {
        PartyId caller = _participants.identified(_msgSender());
        if (caller != payee) revert NotThePayee(id, payee, caller);
    }

    /// Redeems what was paid: the piece itself where that is all of it, else a new one cut from it. With an offer open, its amount may
    /// still come back to the piece, which therefore stays.
    function _redeem(Payment memory paid, address cashToken) private returns (PieceId redeemed) {
        (PieceId id, PieceWord word) = (paid.piece, paid.word);
        if (paid.amountMinor == word.amountMinor() && word.openOffers() == 0) {
            redeemed = id;
            _lowerIfFinanced(paid);
            _pieces[id].word = word.withState(PieceState.Redeemed);
            if (paid.payee != word.owner()) _emitTakenByCourt(id, word.owner(), paid.payee);
            emit PieceRedeemed(id, paid.amountMinor, paid.payee, cashToken);
            emit Transfer(_accountOf(paid.payee), address(0), PieceId.unwrap(id));
        } else {
            redeemed = _cut(paid, word.owner(), PieceState.Redeemed, PieceWords.PAYMENT);
            emit PartRedeemed(redeemed, id, paid.amountMinor, paid.payee, cashToken);
            emit TransferValue(PieceId.unwrap(id), PieceId.unwrap(redeemed), paid.amountMinor);
        }
        _lowerLive(id.obligation(), paid.terms, paid.amountMinor);
    }
}
