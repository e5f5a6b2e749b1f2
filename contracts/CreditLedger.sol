// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

import {ICreditLedger} from "./interfaces/ICreditLedger.sol";
import {ILedgerModule} from "./interfaces/ILedgerParts.sol";
import {FinancingWord} from "./libraries/FinancingWords.sol";
import {IssuerWord} from "./libraries/IssuerWords.sol";
import {LineTermsWord} from "./libraries/LineTermsWords.sol";
import {LineWord} from "./libraries/LineWords.sol";
import {ObligationWord, ObligationWords} from "./libraries/ObligationWords.sol";
import {PieceWord, PieceWords} from "./libraries/PieceWords.sol";
import {RuleWord} from "./libraries/RuleWords.sol";
import {LedgerBase} from "./modules/LedgerBase.sol";
import {LineId, ObligationId, PartyId, PieceId} from "./types/Identifiers.sol";
import {Leg, PieceState, Signature} from "./types/Movements.sol";
import {PieceReference} from "./types/PieceReference.sol";
import {RULE_ATTESTED, RULE_HOPS, RULE_PIECES, RuleId, ruleId} from "./types/RuleIds.sol";

/// @notice See `ICreditLedger`; `LedgerReader` reads its words. What is not here is handed to the module that has it.
contract CreditLedger is ICreditLedger, LedgerBase, Multicall {
    /// @inheritdoc ICreditLedger
    mapping(bytes4 selector => address module) public moduleOf;

    /// A movement of legs from one payer, which makes the pieces from `firstIndex` on.
    struct Movement {
        PartyId payer;
        ObligationId obligation;
        PieceId parent;
        uint16 firstIndex;
        uint16 maturityDay;
        uint16 today;
        uint8 instrument;
        uint8 currency;
        uint8 hops;
        bool recourse;
        /// The rule by which only attested documents back its pieces; 0 if there is none.
        RuleId attestation;
        int8 utcOffsetQuarterHours;
        PieceState state;
        /// How often each leg's document had been used before; room for it where acceptances name it.
        uint16[] useIndexes;
    }

    /// @param modules the rest of the ledger's functions; which they are never changes
    constructor(Wiring memory wiring, address[] memory modules) LedgerBase(wiring) {
        if (_registry.ledger() != address(this)) revert WiringWrong(address(this), _registry.ledger());
        if (_settlement.ledger() != address(this)) revert WiringWrong(address(this), _settlement.ledger());
        for (uint256 i = 0; i < modules.length; ++i) {
            if (ILedgerModule(modules[i]).wiringHash() != _wiringHash) revert WiringWrong(address(this), modules[i]);
            bytes4[] memory selectors = ILedgerModule(modules[i]).selectors();
            for (uint256 j = 0; j < selectors.length; ++j) {
                if (moduleOf[selectors[j]] != address(0)) revert FunctionTaken(selectors[j]);
                moduleOf[selectors[j]] = modules[i];
            }
        }
    }

    /// Hands a call to the module that has the function, with the ledger's own storage.
    fallback(bytes calldata call) external returns (bytes memory) {
        address module = moduleOf[msg.sig];
        if (module == address(0)) revert FunctionUnknown(msg.sig);
        return Address.functionDelegateCall(module, call);
    }

    // ---------------------------------------------------------------- issue

    /// @inheritdoc ICreditLedger
    function issue(LineId lineId, uint8 instrument, uint16 maturityDay, bool recourse, Leg[] calldata legs)
        external
        returns (ObligationId)
    {
        Movement memory made;
        (made.instrument, made.maturityDay, made.recourse, made.state) = (instrument, maturityDay, recourse, PieceState.Offered);
        _issue(made, lineId, legs);
        return made.obligation;
    }

    /// @inheritdoc ICreditLedger
    function issueAccepted(
        LineId lineId,
        uint8 instrument,
        uint16 maturityDay,
        bool recourse,
        Leg[] calldata legs,
        Signature[] calldata acceptances
    ) external returns (ObligationId) {
        Movement memory made;
        (made.instrument, made.maturityDay, made.recourse, made.state) = (instrument, maturityDay, recourse, PieceState.Held);
        made.useIndexes = new uint16[](legs.length);
        _issue(made, lineId, legs);
        _takeAcceptances(made, legs, acceptances);
        return made.obligation;
    }

    function _issue(Movement memory made, LineId lineId, Leg[] calldata legs) private {
        LineSlot storage line = _lines[lineId];
        LineWord word = line.word;
        if (word.status() == 0) revert LineUnknown(lineId);
        made.utcOffsetQuarterHours = word.utcOffsetQuarterHours();
        made.payer = lineId.issuer();
        made.today = _today(made.utcOffsetQuarterHours);
        made.currency = word.currency();
        made.hops = 1;
        made.firstIndex = 1;
        made.obligation = _nextObligation(lineId, word);
        _requireIssuer(made.payer, lineId);
        RuleWord rules = _rulesOn(made.instrument, made.today);
        _requireIssuable(lineId, word, rules, made.maturityDay, made.instrument, made.today);
        uint256 faceMinor = _readLegs(made, legs);
        if (faceMinor > word.availableMinor()) revert CreditLimitExceeded(lineId, faceMinor, word.availableMinor());
        if (legs.length > rules.maxPieces()) {
            revert PiecesExceeded(
                made.obligation, legs.length, rules.maxPieces(), ruleId(made.instrument, rules.version(), RULE_PIECES)
            );
        }

        // Face is at most what the line has left, so it fits 64 bits.
        line.word = word.withIssue(uint64(faceMinor));
        _openObligation(made, rules, uint64(faceMinor), legs.length);
        _makePieces(made, legs);
    }

    /// The caller is the line's issuer, and may issue.
    function _requireIssuer(PartyId issuer, LineId lineId) private view {
        (PartyId caller,, uint16 roles) = _participants.actor(_msgSender());
        if (caller != issuer) revert NotTheIssuer(lineId, issuer, caller);
        _requireNotStopped(issuer, roles);
    }

    /// Writes the terms, which never change.
    function _openObligation(Movement memory made, RuleWord rules, uint64 faceMinor, uint256 pieceCount) private {
        bool attestedOnly = rules.attestedOnly();
        if (attestedOnly) made.attestation = ruleId(made.instrument, rules.version(), RULE_ATTESTED);
        uint8 flags = ObligationWords.flagsOf(made.recourse, attestedOnly);
        ObligationWord terms = ObligationWords.open(rules, faceMinor, made.maturityDay, pieceCount).withTerms(
            made.instrument, flags, made.currency, made.utcOffsetQuarterHours
        );
        _openObligation(made.obligation, terms);
    }

    // ---------------------------------------------------------------- accept, reject, expire

    /// @inheritdoc ICreditLedger
    function accept(PieceReference[] calldata pieces) external {
        (PartyId owner, address account,) = _participants.actor(_msgSender());
        for (uint256 i = 0; i < pieces.length; ++i) {
            (PieceId id, PieceSlot storage slot, PieceWord word) = _pieceSlotOf(pieces[i]);
            _requireState(id, word, PieceState.Offered);
            if (word.owner() != owner) revert NotTheOwner(id, word.owner(), owner);
            if (_now() > word.deadline()) revert OfferExpired(id, word.deadline());
            _requireNotHeld(id, word, _termsOf(pieces[i], word));
            slot.word = word.withState(PieceState.Held);
            PieceId parent = _parentOf(id, word);
            if (word.parentIndex() != 0) {
                PieceSlot storage parentSlot = _pieces[parent];
                parentSlot.word = parentSlot.word.offerClosed();
            }
            emit PieceAccepted(id);
            _emitMinted(id, parent, account, word.amountMinor());
        }
    }

    /// @inheritdoc ICreditLedger
    function reject(PieceReference[] calldata pieces, bytes32 reason) external {
        (PartyId owner,,) = _participants.actor(_msgSender());
        for (uint256 i = 0; i < pieces.length; ++i) {
            (PieceId id, PieceWord word) = _offered(pieces[i]);
            if (word.owner() != owner) revert NotTheOwner(id, word.owner(), owner);
            emit PieceRejected(id, reason);
            // Registry and participants only write what is theirs here: neither of them calls anybody.
            // slither-disable-next-line reentrancy-no-eth
            _giveBack(pieces[i], word, PieceState.Rejected);
        }
    }

    /// @inheritdoc ICreditLedger
    function expire(PieceReference[] calldata pieces) external {
        for (uint256 i = 0; i < pieces.length; ++i) {
            (PieceId id, PieceWord word) = _offered(pieces[i]);
            if (_now() <= word.deadline()) revert OfferStillOpen(id, word.deadline());
            emit PieceExpired(id);
            // Registry and participants only write what is theirs here: neither of them calls anybody.
            // slither-disable-next-line reentrancy-no-eth
            _giveBack(pieces[i], word, PieceState.Expired);
        }
    }

    function _offered(PieceReference named) private view returns (PieceId id, PieceWord word) {
        (id, word) = _pieceOf(named);
        _requireState(id, word, PieceState.Offered);
    }

    /// Ends an offer: a transfer's amount goes back to the parent, an issue is void and frees the line.
    function _giveBack(PieceReference named, PieceWord word, PieceState transferEnd) private {
        PieceId id = named.piece();
        ObligationWord terms = _termsOf(named, word);
        if (word.parentIndex() == 0) {
            _pieces[id].word = word.withState(PieceState.Voided);
            _lowerLive(id.obligation(), terms, word.amountMinor());
        } else {
            _giveBackToParent(id, word, transferEnd);
        }
        // It may have been held for a return, and counts no more among what is.
        if (word.isMarked()) {
            _returns[word.evidence()] = _returns[word.evidence()].withoutUse(word.useIndex(), word.amountMinor());
        }
        _registry.release(word.evidence(), word.amountMinor());
    }

    // ---------------------------------------------------------------- split and transfer

    /// @inheritdoc ICreditLedger
    function transfer(PieceReference parent, Leg[] calldata legs) external {
        Movement memory made;
        made.state = PieceState.Offered;
        _transfer(made, parent, legs);
    }

    /// @inheritdoc ICreditLedger
    function transferAccepted(PieceReference parent, Leg[] calldata legs, Signature[] calldata acceptances) external {
        Movement memory made;
        made.state = PieceState.Held;
        made.useIndexes = new uint16[](legs.length);
        _transfer(made, parent, legs);
        _takeAcceptances(made, legs, acceptances);
    }

    function _transfer(Movement memory made, PieceReference named, Leg[] calldata legs) private {
        (PieceId parent, PieceSlot storage slot, PieceWord word) = _pieceSlotOf(named);
        _requireState(parent, word, PieceState.Held);
        (ObligationSlot storage termsSlot, ObligationWord terms) = _termsSlotOf(named, word);
        _readTerms(made, terms);
        made.payer = word.owner();
        made.obligation = parent.obligation();
        made.parent = parent;
        made.today = _requireBeforeMaturity(made.obligation, terms);
        uint256 totalMinor = _readLegs(made, legs);
        (PartyId caller,,) = _participants.actor(_msgSender());
        if (caller != made.payer) revert NotTheOwner(parent, made.payer, caller);
        if (word.isFinanced()) revert PieceBoughtForCash(parent);
        if (totalMinor > word.amountMinor()) revert AmountExceedsPiece(parent, totalMinor, word.amountMinor());
        if (word.hops() >= terms.maxHops()) revert HopsExceeded(parent, terms.maxHops(), _ruleOf(terms, RULE_HOPS));
        _requirePieces(made.obligation, terms, legs.length);
        _requireNotHeld(parent, word, terms);
        made.hops = word.hops() + 1;

        slot.word = word.passedOn(totalMinor, legs.length, made.state == PieceState.Offered);
        termsSlot.word = terms.withMorePieces(legs.length);
        _makePieces(made, legs);
    }

    function _readTerms(Movement memory made, ObligationWord terms) private pure {
        made.firstIndex = terms.pieceCount() + 1;
        made.maturityDay = terms.maturityDay();
        made.instrument = terms.instrument();
        made.currency = terms.currency();
        made.recourse = terms.hasRecourse();
        if (terms.isAttestedOnly()) made.attestation = _ruleOf(terms, RULE_ATTESTED);
        made.utcOffsetQuarterHours = terms.utcOffsetQuarterHours();
    }

    // ---------------------------------------------------------------- what issue and transfer share

    /// The sum of legs that are well formed. Whether a recipient may receive is asked when it consents.
    function _readLegs(Movement memory made, Leg[] calldata legs) private view returns (uint256 totalMinor) {
        if (legs.length == 0) revert NothingNamed();
        PartyId issuer = made.obligation.issuer();
        for (uint256 i = 0; i < legs.length; ++i) {
            uint64 amountMinor = legs[i].amountMinor;
            if (amountMinor == 0) revert ZeroAmount();
            if (legs[i].recipient == issuer) revert IssuerCannotReceive(issuer);
            _requireDeadline(legs[i].deadline, made.maturityDay, made.utcOffsetQuarterHours);
            totalMinor += amountMinor;
        }
    }

    /// Uses the documents and writes one piece a leg. Its hops are its tier, since what was bought for cash is never passed on by trade.
    function _makePieces(Movement memory made, Leg[] calldata legs) private {
        PieceWord common = PieceWords.ofMovement(made.parent.index(), made.hops, made.state);
        for (uint256 i = 0; i < legs.length; ++i) {
            Leg calldata leg = legs[i];
            // The registry calls nobody but the warehouse, which it only reads.
            // slither-disable-next-line reentrancy-no-eth
            uint16 useIndex = _registry.consume(made.payer, made.currency, made.today, made.attestation, leg);
            if (made.useIndexes.length != 0) made.useIndexes[i] = useIndex;
            PartyId recipient = leg.recipient;
            // `_requireDeadline` has checked that the deadline fits.
            PieceWord word = common.withLeg(leg.amountMinor, recipient, leg.evidence, useIndex, uint32(leg.deadline));
            PieceId id = _madePiece(made, i);
            _pieces[id].word = word;
            emit PieceOffered(id, recipient, word);
        }
    }

    /// Each recipient's consent to exactly its piece; the whole movement is undone without it.
    function _takeAcceptances(Movement memory made, Leg[] calldata legs, Signature[] calldata acceptances) private {
        if (legs.length != acceptances.length) revert ListsDiffer(legs.length, acceptances.length);
        PartyId[] memory recipients = new PartyId[](legs.length);
        address[] memory keys = new address[](legs.length);
        for (uint256 i = 0; i < legs.length; ++i) {
            recipients[i] = legs[i].recipient;
            keys[i] = acceptances[i].key;
        }
        address[] memory accounts = _participants.consents(recipients, keys);
        for (uint256 i = 0; i < legs.length; ++i) {
            Leg calldata leg = legs[i];
            Acceptance memory acceptance = Acceptance({
                obligation: made.obligation,
                parent: made.parent,
                maturityDay: made.maturityDay,
                instrument: made.instrument,
                recourse: made.recourse,
                evidence: leg.evidence,
                evidenceUseCount: made.useIndexes[i],
                amountMinor: leg.amountMinor,
                recipient: leg.recipient,
                deadline: leg.deadline
            });
            _takeConsent(_madePiece(made, i), acceptance, acceptances[i], accounts[i]);
        }
    }

    /// The movement's piece for the leg at this place. The obligation's piece count was checked, so the index fits 16 bits.
    function _madePiece(Movement memory made, uint256 place) private pure returns (PieceId) {
        return made.obligation.piece(uint16(made.firstIndex + place));
    }

    // ---------------------------------------------------------------- redeem

    /// @inheritdoc ICreditLedger
    function redeem(PieceReference[] calldata pieces, address cashToken) external {
        if (pieces.length == 0) revert NothingNamed();
        PartyId issuer = pieces[0].piece().issuer();
        uint8 currency = _obligations[pieces[0].obligation()].word.currency();
        PartyId[] memory payees = new PartyId[](pieces.length);
        uint64[] memory amountsMinor = new uint64[](pieces.length);
        for (uint256 i = 0; i < pieces.length; ++i) {
            (payees[i], amountsMinor[i]) = _redeemPiece(pieces[i], issuer, currency);
        }
        // Who the caller is comes with the payees' accounts, in one answer; if it is not the issuer, all of the above is undone.
        (PartyId payer, address payerAccount, address[] memory accounts) = _participants.payment(_msgSender(), payees);
        if (payer != issuer) revert NotTheIssuer(pieces[0].piece().line(), issuer, payer);
        for (uint256 i = 0; i < pieces.length; ++i) {
            PieceId id = pieces[i].piece();
            emit PieceRedeemed(id, amountsMinor[i], payees[i], cashToken);
            emit Transfer(accounts[i], address(0), PieceId.unwrap(id));
        }

        _settlement.pay(cashToken, currency, payerAccount, accounts, amountsMinor);
    }

    /// Marks one piece as paid. It reads the piece anew, so one that is named twice is refused the second time.
    function _redeemPiece(PieceReference named, PartyId issuer, uint8 currency)
        private
        returns (PartyId payee, uint64 amountMinor)
    {
        (PieceId id, PieceSlot storage slot, PieceWord word) = _pieceSlotOf(named);
        if (id.issuer() != issuer) revert NotTheIssuer(id.line(), id.issuer(), issuer);
        _requireState(id, word, PieceState.Held);
        (ObligationSlot storage termsSlot, ObligationWord terms) = _termsSlotOf(named, word);
        if (terms.currency() != currency) revert CurrencyMismatch(currency, terms.currency());
        uint16 today = _today(terms.utcOffsetQuarterHours());
        if (today < terms.maturityDay()) revert NotMature(id.obligation(), terms.maturityDay(), today);
        if (word.openOffers() != 0) revert OffersOpen(id, word.openOffers());
        amountMinor = word.amountMinor();
        if (amountMinor == 0) revert ZeroAmount();
        payee = _payeeOf(id, word, terms);
        if (payee != word.owner()) _emitTakenByCourt(id, word.owner(), payee);

        slot.word = word.withState(PieceState.Redeemed);
        if (word.isFinanced()) _lowerFinanced(word.owner(), issuer, currency, amountMinor);
        _lowerLive(id.obligation(), termsSlot, terms, amountMinor);
    }

    // ---------------------------------------------------------------- rules

    /// @inheritdoc ICreditLedger
    function forgetRules(uint8 instrument) external {
        if (msg.sender != address(_rulebook)) revert NotTheRulebook(msg.sender);
        _rules[instrument] = RuleWord.wrap(0);
    }

    // ---------------------------------------------------------------- read

    /// @inheritdoc ICreditLedger
    function pieceWord(PieceId id) external view returns (PieceWord) {
        return _pieces[id].word;
    }

    /// @inheritdoc ICreditLedger
    function obligationWord(ObligationId id) external view returns (ObligationWord) {
        return _obligations[id].word;
    }

    /// @inheritdoc ICreditLedger
    function lineWord(LineId id) external view returns (LineWord) {
        return _lines[id].word;
    }

    /// @inheritdoc ICreditLedger
    function lineTermsWord(LineId id) external view returns (LineTermsWord) {
        return _lineTerms[id];
    }

    /// @inheritdoc ICreditLedger
    function issuerWord(PartyId id) external view returns (IssuerWord) {
        return _issuers[id];
    }

    /// @inheritdoc ICreditLedger
    function financingWord(PartyId bank, PartyId issuer, uint8 currency) external view returns (FinancingWord) {
        return _financing[bank][issuer][currency];
    }

    // ---------------------------------------------------------------- the caller, behind a signed order or not

    function _msgSender() internal view override(Context, ERC2771Context) returns (address) {
        return ERC2771Context._msgSender();
    }

    function _msgData() internal view override(Context, ERC2771Context) returns (bytes calldata) {
        return ERC2771Context._msgData();
    }

    function _contextSuffixLength() internal view override(Context, ERC2771Context) returns (uint256) {
        return ERC2771Context._contextSuffixLength();
    }
}
