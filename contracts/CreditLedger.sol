// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

import {ICreditLedger} from "./interfaces/ICreditLedger.sol";
import {IParticipants} from "./interfaces/IParticipants.sol";
import {IRulebook} from "./interfaces/IRulebook.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {ITradeRegistry} from "./interfaces/ITradeRegistry.sol";
import {Days} from "./libraries/Days.sol";
import {FinancingWord} from "./libraries/FinancingWords.sol";
import {IssuerWord} from "./libraries/IssuerWords.sol";
import {LineWord, LineWords} from "./libraries/LineWords.sol";
import {ObligationWord, ObligationWords} from "./libraries/ObligationWords.sol";
import {PieceWord, PieceWords} from "./libraries/PieceWords.sol";
import {RuleWord} from "./libraries/RuleWords.sol";
import {EvidenceId, LineId, ObligationId, PartyId, PieceId, lineOf, obligationOf} from "./types/Identifiers.sol";
import {Leg, PieceState, Signature} from "./types/Movements.sol";
import {BANK, CORE_ENTERPRISE} from "./types/Roles.sol";

/// @notice See `ICreditLedger`; `LedgerReader` reads its words.
contract CreditLedger is ICreditLedger, EIP712, Multicall {
    bytes32 private constant ACCEPTANCE_TYPEHASH = keccak256(
        "Acceptance(uint64 obligation,uint80 parent,uint16 maturityDay,uint8 instrument,uint40 evidence,uint24 evidenceUseCount,uint64 amountMinor,uint32 recipient,uint40 deadline)"
    );
    bytes32 private constant FINANCE_OFFER_TYPEHASH = keccak256(
        "FinanceOffer(uint80 piece,uint80 parent,uint40 evidence,uint16 childCount,uint64 amountMinor,uint64 priceMinor,uint32 bank,address cashToken,uint40 validUntil,bytes32 registration)"
    );
    int8 private constant WIDEST_UTC_OFFSET = 14 * 4;
    uint8 private constant LINES_A_BANK = 32;

    IParticipants private immutable _participants;
    IRulebook private immutable _rulebook;
    ITradeRegistry private immutable _registry;
    ISettlement private immutable _settlement;

    mapping(LineId line => LineWord word) private _lines;
    mapping(LineId line => PartyId bank) private _banks;
    mapping(PartyId issuer => IssuerWord word) private _issuers;
    mapping(PartyId bank => mapping(PartyId issuer => mapping(uint8 currency => FinancingWord word))) private _financing;
    mapping(ObligationId obligation => ObligationWord word) private _obligations;
    mapping(PieceId piece => PieceWord word) private _pieces;

    /// Lines that a bank granted to an issuer: an issuer's number of lines is limited, and no bank may use it up against the others.
    mapping(PartyId bank => mapping(PartyId issuer => uint8 count)) private _lineCounts;

    /// A movement of legs from one payer, which made the pieces from `firstIndex` on.
    struct Movement {
        PartyId payer;
        ObligationId obligation;
        PieceId parent;
        uint16 firstIndex;
        uint16 maturityDay;
        uint16 today;
        uint8 instrument;
        uint8 currency;
        PartyId[] recipients;
    }

    constructor(IParticipants participants_, IRulebook rulebook_, ITradeRegistry registry_, ISettlement settlement_)
        EIP712("Pearlchain CreditLedger", "1")
    {
        if (registry_.ledger() != address(this)) revert WiringWrong(address(this), registry_.ledger());
        if (settlement_.ledger() != address(this)) revert WiringWrong(address(this), settlement_.ledger());
        _participants = participants_;
        _rulebook = rulebook_;
        _registry = registry_;
        _settlement = settlement_;
    }

    // ---------------------------------------------------------------- lines

    /// @inheritdoc ICreditLedger
    function grantLine(PartyId issuer, uint64 limitMinor, uint8 currency, uint16 expiryDay, int8 utcOffsetQuarterHours)
        external
        returns (LineId id)
    {
        PartyId bank = _requireBank();
        (, uint16 roles) = _participants.active(issuer);
        if (roles & CORE_ENTERPRISE == 0) revert RoleMissing(issuer, CORE_ENTERPRISE);
        if (currency == 0) revert CurrencyMissing();
        if (utcOffsetQuarterHours > WIDEST_UTC_OFFSET || utcOffsetQuarterHours < -WIDEST_UTC_OFFSET) {
            revert TimeZoneUnknown(utcOffsetQuarterHours);
        }
        IssuerWord issuerRecord = _issuers[issuer];
        uint8 lineCount = issuerRecord.lineCount();
        uint8 bankLineCount = _lineCounts[bank][issuer];
        if (lineCount == type(uint8).max || bankLineCount == LINES_A_BANK) revert TooManyLines(issuer);
        id = lineOf(issuer, lineCount + 1);
        uint16 today = Days.today(utcOffsetQuarterHours);
        if (today > expiryDay) revert LineExpired(id, expiryDay, today);

        _issuers[issuer] = issuerRecord.withLine();
        _lineCounts[bank][issuer] = bankLineCount + 1;
        _lines[id] = LineWords.pack(limitMinor, expiryDay, currency, utcOffsetQuarterHours);
        _banks[id] = bank;
        emit LineGranted(id, bank, issuer, limitMinor, currency, expiryDay, utcOffsetQuarterHours);
    }

    /// @inheritdoc ICreditLedger
    function setLineLimit(LineId id, uint64 limitMinor) external {
        LineWord word = _requireOwnLine(id);
        uint64 usedMinor = word.usedMinor();
        uint64 newLimitMinor = limitMinor < usedMinor ? usedMinor : limitMinor;
        _lines[id] = word.withLimit(newLimitMinor);
        emit LineLimitChanged(id, newLimitMinor);
    }

    /// @inheritdoc ICreditLedger
    function suspendLine(LineId id) external {
        LineWord word = _knownLine(id);
        // A suspended or expired bank as well: somebody else's suspension must not keep its line open.
        PartyId caller = _participants.partyOf(msg.sender);
        if (caller != _banks[id]) revert NotTheBank(id, _banks[id], caller);
        if (word.status() != LineWords.OPEN) revert LineNotOpen(id);
        _lines[id] = word.withStatus(LineWords.SUSPENDED);
        emit LineSuspended(id);
    }

    /// @inheritdoc ICreditLedger
    function resumeLine(LineId id) external {
        LineWord word = _requireOwnLine(id);
        if (word.status() != LineWords.SUSPENDED) revert LineNotSuspended(id);
        _lines[id] = word.withStatus(LineWords.OPEN);
        emit LineResumed(id);
    }

    /// @inheritdoc ICreditLedger
    function setFinancingLimit(PartyId issuer, uint8 currency, uint64 limitMinor) external {
        PartyId bank = _requireBank();
        // A suspended issuer counts as well: its bank must be able to lower the limit.
        if (_participants.party(issuer).roles & CORE_ENTERPRISE == 0) revert RoleMissing(issuer, CORE_ENTERPRISE);
        if (currency == 0) revert CurrencyMissing();
        FinancingWord word = _financing[bank][issuer][currency];
        uint64 financedMinor = word.financedMinor();
        uint64 newLimitMinor = limitMinor < financedMinor ? financedMinor : limitMinor;
        _financing[bank][issuer][currency] = word.withLimit(newLimitMinor);
        emit FinancingLimitSet(bank, issuer, currency, newLimitMinor);
    }

    // ---------------------------------------------------------------- issue

    /// @inheritdoc ICreditLedger
    function issue(LineId lineId, uint8 instrument, uint16 maturityDay, Leg[] calldata legs) external returns (ObligationId) {
        Movement memory made = _issue(lineId, instrument, maturityDay, legs, PieceState.Offered);
        _registry.consume(made.payer, made.currency, made.today, legs);
        return made.obligation;
    }

    /// @inheritdoc ICreditLedger
    function issueAccepted(
        LineId lineId,
        uint8 instrument,
        uint16 maturityDay,
        Leg[] calldata legs,
        Signature[] calldata acceptances
    ) external returns (ObligationId) {
        Movement memory made = _issue(lineId, instrument, maturityDay, legs, PieceState.Held);
        _takeAcceptances(made, legs, acceptances);
        return made.obligation;
    }

    function _issue(LineId lineId, uint8 instrument, uint16 maturityDay, Leg[] calldata legs, PieceState state)
        private
        returns (Movement memory made)
    {
        LineWord word = _lines[lineId];
        if (word.status() == 0) revert LineUnknown(lineId);
        made.payer = lineId.issuer();
        made.today = Days.today(word.utcOffsetQuarterHours());
        made.maturityDay = maturityDay;
        made.instrument = instrument;
        made.currency = word.currency();
        made.firstIndex = 1;
        if (word.obligationCount() == type(uint24).max) revert TooManyObligations(lineId);
        made.obligation = obligationOf(lineId, word.obligationCount() + 1);
        if (maturityDay <= made.today) revert MaturityNotAhead(maturityDay, made.today);
        uint256 faceMinor = _readLegs(made, legs, word.utcOffsetQuarterHours());
        PartyId caller = _participants.movement(msg.sender, made.recipients);
        if (caller != made.payer) revert NotTheIssuer(lineId, made.payer, caller);
        _requireIssuable(lineId, word, made, faceMinor);
        RuleWord rules = _rulebook.ruleWord(instrument, made.today);
        uint256 latestDay = uint256(made.today) + rules.maxTenorDays();
        if (maturityDay > latestDay) revert TenorTooLong(maturityDay, latestDay);
        if (legs.length > rules.maxPieces()) revert PiecesExceeded(made.obligation, legs.length, rules.maxPieces());

        // Both casts fit: face is at most what the line has left, the number of legs at most the rules' 16-bit maximum.
        _lines[lineId] = word.withIssue(uint64(faceMinor));
        _obligations[made.obligation] = ObligationWords.pack(
            uint64(faceMinor),
            maturityDay,
            uint16(legs.length),
            rules.maxPieces(),
            rules.maxHops(),
            rules.graceDays(),
            rules.version(),
            instrument,
            made.currency,
            word.utcOffsetQuarterHours()
        );
        emit Issued(made.obligation, instrument, maturityDay, rules.version(), uint64(faceMinor));
        _makePieces(made, legs, 1, state);
    }

    function _requireIssuable(LineId lineId, LineWord word, Movement memory made, uint256 faceMinor) private view {
        if (word.status() != LineWords.OPEN) revert LineNotOpen(lineId);
        uint16 expiryDay = word.expiryDay();
        if (made.today > expiryDay) revert LineExpired(lineId, expiryDay, made.today);
        uint32 overdueCount = _issuers[made.payer].overdueCount();
        if (overdueCount != 0) revert IssuerOverdue(made.payer, overdueCount);
        if (made.maturityDay > expiryDay) revert MaturityBeyondLine(lineId, made.maturityDay, expiryDay);
        // Used never exceeds the limit: an issue checks it below, and a limit is never set lower.
        uint64 availableMinor;
        unchecked {
            availableMinor = word.limitMinor() - word.usedMinor();
        }
        if (faceMinor > availableMinor) revert CreditLimitExceeded(lineId, faceMinor, availableMinor);
    }

    // ---------------------------------------------------------------- accept, reject, expire

    /// @inheritdoc ICreditLedger
    function accept(PieceId[] calldata pieces) external {
        (PartyId owner, address account,) = _participants.actor(msg.sender);
        for (uint256 i = 0; i < pieces.length; ++i) {
            PieceId id = pieces[i];
            PieceWord word = _requireOffered(id);
            if (word.owner() != owner) revert NotTheOwner(id, word.owner(), owner);
            if (block.timestamp > word.deadline()) revert OfferExpired(id, word.deadline());
            _pieces[id] = word.withState(PieceState.Held);
            PieceId parent = _parentOf(id, word);
            if (word.parentIndex() != 0) _pieces[parent] = _pieces[parent].offerClosed();
            emit PieceAccepted(id);
            _emitMinted(id, parent, account, word.amountMinor());
        }
    }

    /// @inheritdoc ICreditLedger
    function reject(PieceId[] calldata pieces, bytes32 reason) external {
        (PartyId owner,,) = _participants.actor(msg.sender);
        for (uint256 i = 0; i < pieces.length; ++i) {
            PieceId id = pieces[i];
            PieceWord word = _requireOffered(id);
            if (word.owner() != owner) revert NotTheOwner(id, word.owner(), owner);
            emit PieceRejected(id, reason);
            _giveBack(id, word, PieceState.Rejected);
        }
    }

    /// @inheritdoc ICreditLedger
    function expire(PieceId[] calldata pieces) external {
        for (uint256 i = 0; i < pieces.length; ++i) {
            PieceId id = pieces[i];
            PieceWord word = _requireOffered(id);
            if (block.timestamp <= word.deadline()) revert OfferStillOpen(id, word.deadline());
            emit PieceExpired(id);
            _giveBack(id, word, PieceState.Expired);
        }
    }

    function _requireOffered(PieceId id) private view returns (PieceWord word) {
        word = _pieces[id];
        _requireState(id, word, PieceState.Offered);
    }

    /// Ends an offer: a transfer's amount goes back to the parent, an issue is void and frees the line.
    function _giveBack(PieceId id, PieceWord word, PieceState transferEnd) private {
        uint64 amountMinor = word.amountMinor();
        if (word.parentIndex() == 0) {
            _pieces[id] = word.withState(PieceState.Voided);
            _lowerLive(id.obligation(), _obligations[id.obligation()], amountMinor);
        } else {
            _pieces[id] = word.emptied().withState(transferEnd);
            // The parent is still held: with an offer open it can be neither redeemed nor given back.
            PieceId parent = _parentOf(id, word);
            _pieces[parent] = _pieces[parent].givenBack(amountMinor);
        }
        _registry.release(word.evidence(), amountMinor);
    }

    // ---------------------------------------------------------------- split and transfer

    /// @inheritdoc ICreditLedger
    function transfer(PieceId parent, Leg[] calldata legs) external {
        Movement memory made = _transfer(parent, legs, PieceState.Offered);
        _registry.consume(made.payer, made.currency, made.today, legs);
    }

    /// @inheritdoc ICreditLedger
    function transferAccepted(PieceId parent, Leg[] calldata legs, Signature[] calldata acceptances) external {
        _takeAcceptances(_transfer(parent, legs, PieceState.Held), legs, acceptances);
    }

    function _transfer(PieceId parent, Leg[] calldata legs, PieceState state) private returns (Movement memory made) {
        PieceWord word = _pieces[parent];
        _requireState(parent, word, PieceState.Held);
        ObligationWord terms = _obligations[parent.obligation()];
        made.payer = word.owner();
        made.obligation = parent.obligation();
        made.parent = parent;
        made.firstIndex = terms.pieceCount() + 1;
        made.maturityDay = terms.maturityDay();
        made.instrument = terms.instrument();
        made.currency = terms.currency();
        made.today = _requireBeforeMaturity(made.obligation, terms);
        uint256 totalMinor = _readLegs(made, legs, terms.utcOffsetQuarterHours());
        PartyId caller = _participants.movement(msg.sender, made.recipients);
        if (caller != made.payer) revert NotTheOwner(parent, made.payer, caller);
        if (word.isFinanced()) revert PieceBoughtForCash(parent);
        if (totalMinor > word.amountMinor()) revert AmountExceedsPiece(parent, totalMinor, word.amountMinor());
        if (word.hops() >= terms.maxHops()) revert HopsExceeded(parent, terms.maxHops());
        _requirePieces(made.obligation, terms, legs.length);

        _pieces[parent] = word.passedOn(totalMinor, legs.length, state == PieceState.Offered);
        _obligations[made.obligation] = terms.withMorePieces(legs.length);
        _makePieces(made, legs, word.hops() + 1, state);
    }

    // ---------------------------------------------------------------- what issue and transfer share

    /// The sum of legs that are well formed; notes their recipients.
    function _readLegs(Movement memory made, Leg[] calldata legs, int8 utcOffsetQuarterHours) private view returns (uint256 totalMinor) {
        if (legs.length == 0) revert NothingNamed();
        PartyId issuer = made.obligation.issuer();
        uint256 maturity = Days.startOf(made.maturityDay, utcOffsetQuarterHours);
        PartyId[] memory recipients = new PartyId[](legs.length);
        for (uint256 i = 0; i < legs.length; ++i) {
            Leg calldata leg = legs[i];
            (PartyId recipient, uint64 amountMinor, uint40 deadline) = (leg.recipient, leg.amountMinor, leg.deadline);
            if (amountMinor == 0) revert ZeroAmount();
            if (recipient == issuer) revert IssuerCannotReceive(issuer);
            if (deadline < block.timestamp) revert DeadlinePassed(deadline);
            if (deadline >= maturity) revert DeadlineBeyondMaturity(deadline, maturity - 1);
            recipients[i] = recipient;
            totalMinor += amountMinor;
        }
        made.recipients = recipients;
    }

    /// Writes one piece a leg. Its hops are its tier, since what was bought for cash is never passed on by trade.
    function _makePieces(Movement memory made, Leg[] calldata legs, uint8 hops, PieceState state) private {
        for (uint256 i = 0; i < legs.length; ++i) {
            Leg calldata leg = legs[i];
            PieceId id = _madePiece(made, i);
            _pieces[id] = PieceWords.pack(
                leg.amountMinor, leg.recipient, made.parent.index(), leg.evidence, hops, hops, state, 0, leg.deadline
            );
            emit PieceOffered(id, made.parent, leg.recipient, leg.amountMinor, leg.evidence, leg.deadline);
        }
    }

    /// Each recipient's consent to exactly its piece; the whole movement is undone without it.
    function _takeAcceptances(Movement memory made, Leg[] calldata legs, Signature[] calldata acceptances) private {
        if (legs.length != acceptances.length) revert ListsDiffer(legs.length, acceptances.length);
        address[] memory keys = new address[](legs.length);
        for (uint256 i = 0; i < legs.length; ++i) {
            keys[i] = acceptances[i].key;
        }
        address[] memory accounts = _participants.requireKeys(made.recipients, keys);
        uint24[] memory useCounts = _registry.consumeCounted(made.payer, made.currency, made.today, legs);
        for (uint256 i = 0; i < legs.length; ++i) {
            Leg calldata leg = legs[i];
            Acceptance memory acceptance = Acceptance({
                obligation: made.obligation,
                parent: made.parent,
                maturityDay: made.maturityDay,
                instrument: made.instrument,
                evidence: leg.evidence,
                evidenceUseCount: useCounts[i],
                amountMinor: leg.amountMinor,
                recipient: leg.recipient,
                deadline: leg.deadline
            });
            _requireSignature(leg.recipient, acceptances[i], keccak256(abi.encode(ACCEPTANCE_TYPEHASH, acceptance)));
            PieceId id = _madePiece(made, i);
            emit PieceAccepted(id);
            _emitMinted(id, made.parent, accounts[i], leg.amountMinor);
        }
    }

    /// The movement's piece for the leg at this place. The obligation's piece count was checked, so the index fits 16 bits.
    function _madePiece(Movement memory made, uint256 place) private pure returns (PieceId) {
        return made.obligation.piece(uint16(made.firstIndex + place));
    }

    // ---------------------------------------------------------------- finance

    /// @inheritdoc ICreditLedger
    function finance(FinanceOffer calldata offer, Signature calldata bankSignature) external returns (PieceId id) {
        (PartyId seller, address sellerAccount,) = _participants.actor(msg.sender);
        PieceWord word = _pieces[offer.piece];
        _requireState(offer.piece, word, PieceState.Held);
        if (word.owner() != seller) revert NotTheOwner(offer.piece, word.owner(), seller);
        ObligationId obligationId = offer.piece.obligation();
        ObligationWord terms = _obligations[obligationId];
        _requireBeforeMaturity(obligationId, terms);
        _requireFitting(offer, word);
        if (word.hops() == type(uint8).max) revert HopsExceeded(offer.piece, type(uint8).max);
        _requirePieces(obligationId, terms, 1);
        address bankAccount = _requireBankOffer(offer, seller, bankSignature);

        uint8 currency = terms.currency();
        PartyId issuer = offer.piece.issuer();
        if (word.isFinanced()) {
            _financing[seller][issuer][currency] = _financing[seller][issuer][currency].withLess(offer.amountMinor);
        }
        FinancingWord bankRecord = _financing[offer.bank][issuer][currency];
        uint64 availableMinor = bankRecord.limitMinor() - bankRecord.financedMinor();
        if (offer.amountMinor > availableMinor) {
            revert FinancingLimitExceeded(offer.bank, issuer, offer.amountMinor, availableMinor);
        }
        _financing[offer.bank][issuer][currency] = bankRecord.withMore(offer.amountMinor);
        _pieces[offer.piece] = word.passedOn(offer.amountMinor, 1, false);
        _obligations[obligationId] = terms.withMorePieces(1);
        id = obligationId.piece(terms.pieceCount() + 1);
        _pieces[id] = PieceWords.pack(
            offer.amountMinor,
            offer.bank,
            offer.piece.index(),
            EvidenceId.wrap(0),
            word.hops() + 1,
            word.tier(),
            PieceState.Held,
            PieceWords.FINANCED,
            0
        );
        emit PieceFinanced(id, offer.piece, offer.bank, offer.amountMinor, offer.priceMinor, offer.cashToken, offer.registration);
        _emitMinted(id, offer.piece, bankAccount, offer.amountMinor);

        address[] memory payees = new address[](1);
        uint64[] memory amountsMinor = new uint64[](1);
        payees[0] = sellerAccount;
        amountsMinor[0] = offer.priceMinor;
        _settlement.pay(offer.cashToken, currency, bankAccount, payees, amountsMinor);
    }

    function _requireFitting(FinanceOffer calldata offer, PieceWord word) private view {
        if (block.timestamp > offer.validUntil) revert OfferExpired(offer.piece, offer.validUntil);
        PieceId parent = _parentOf(offer.piece, word);
        if (offer.parent != parent || offer.evidence != word.evidence() || offer.childCount != word.childCount()) {
            revert OfferStale(offer.piece, parent, word.evidence(), word.childCount());
        }
        if (offer.amountMinor == 0 || offer.priceMinor == 0) revert ZeroAmount();
        if (offer.amountMinor > word.amountMinor()) {
            revert AmountExceedsPiece(offer.piece, offer.amountMinor, word.amountMinor());
        }
        if (offer.priceMinor > offer.amountMinor) revert PriceAboveAmount(offer.priceMinor, offer.amountMinor);
        if (offer.registration == bytes32(0)) revert RegistrationMissing(offer.piece);
    }

    function _requireBankOffer(FinanceOffer calldata offer, PartyId seller, Signature calldata bankSignature)
        private
        view
        returns (address bankAccount)
    {
        if (offer.bank == seller) revert SelfDealing(seller);
        PartyId signer;
        uint16 roles;
        (signer, bankAccount, roles) = _participants.actor(bankSignature.key);
        if (signer != offer.bank) revert IParticipants.KeyNotOfParty(offer.bank, bankSignature.key);
        if (roles & BANK == 0) revert RoleMissing(offer.bank, BANK);
        _requireSignature(offer.bank, bankSignature, keccak256(abi.encode(FINANCE_OFFER_TYPEHASH, offer)));
    }

    // ---------------------------------------------------------------- redeem

    /// @inheritdoc ICreditLedger
    function redeem(PieceId[] calldata pieces, address cashToken) external {
        if (pieces.length == 0) revert NothingNamed();
        PartyId issuer = pieces[0].issuer();
        uint8 currency = _obligations[pieces[0].obligation()].currency();
        PartyId[] memory owners = new PartyId[](pieces.length);
        uint64[] memory amountsMinor = new uint64[](pieces.length);
        for (uint256 i = 0; i < pieces.length; ++i) {
            (owners[i], amountsMinor[i]) = _redeemPiece(pieces[i], issuer, currency);
        }
        // Who the caller is comes with the owners' accounts, in one answer; if it is not the issuer, all of the above is undone.
        (PartyId payer, address payerAccount, address[] memory accounts) = _participants.payment(msg.sender, owners);
        if (payer != issuer) revert NotTheIssuer(pieces[0].line(), issuer, payer);
        for (uint256 i = 0; i < pieces.length; ++i) {
            PieceId id = pieces[i];
            emit PieceRedeemed(id, amountsMinor[i], cashToken);
            emit Transfer(accounts[i], address(0), PieceId.unwrap(id));
        }

        _settlement.pay(cashToken, currency, payerAccount, accounts, amountsMinor);
    }

    /// Marks one piece as paid. It reads the piece anew, so one that is named twice is refused the second time.
    function _redeemPiece(PieceId id, PartyId issuer, uint8 currency) private returns (PartyId owner, uint64 amountMinor) {
        if (id.issuer() != issuer) revert NotTheIssuer(id.line(), id.issuer(), issuer);
        PieceWord word = _pieces[id];
        PieceState state = word.state();
        // A piece on hold may not move, but is paid like any other.
        if (state != PieceState.Held && state != PieceState.OnHold) {
            if (state == PieceState.None) revert PieceUnknown(id);
            revert PieceNotInState(id, state);
        }
        ObligationId obligationId = id.obligation();
        ObligationWord terms = _obligations[obligationId];
        if (terms.currency() != currency) revert CurrencyMismatch(currency, terms.currency());
        uint16 today = Days.today(terms.utcOffsetQuarterHours());
        if (today < terms.maturityDay()) revert NotMature(obligationId, terms.maturityDay(), today);
        if (word.openOffers() != 0) revert OffersOpen(id, word.openOffers());
        amountMinor = word.amountMinor();
        if (amountMinor == 0) revert ZeroAmount();
        owner = word.owner();

        _pieces[id] = word.withState(PieceState.Redeemed);
        if (word.isFinanced()) {
            _financing[owner][issuer][currency] = _financing[owner][issuer][currency].withLess(amountMinor);
        }
        _lowerLive(obligationId, terms, amountMinor);
    }

    /// Less is owed under the obligation, so less of its line is used; an overdue obligation is cured by its last payment.
    function _lowerLive(ObligationId id, ObligationWord word, uint64 amountMinor) private {
        word = word.withLessLive(amountMinor);
        if (word.isOverdue() && word.liveMinor() == 0) {
            word = word.cured();
            _issuers[id.issuer()] = _issuers[id.issuer()].withCure();
            emit ObligationCured(id);
        }
        _obligations[id] = word;
        LineId lineId = id.line();
        _lines[lineId] = _lines[lineId].withLessUsed(amountMinor);
    }

    // ---------------------------------------------------------------- overdue

    /// @inheritdoc ICreditLedger
    function markOverdue(ObligationId id) external {
        ObligationWord word = _obligations[id];
        if (word.liveMinor() == 0) revert NothingOwed(id);
        if (word.isOverdue()) revert AlreadyOverdue(id);
        uint16 today = Days.today(word.utcOffsetQuarterHours());
        uint256 firstOverdueDay = uint256(word.maturityDay()) + word.graceDays() + 1;
        if (today < firstOverdueDay) revert NotOverdueYet(id, firstOverdueDay, today);
        if (!_isOwed(id, word.pieceCount())) revert NothingOwed(id);
        _obligations[id] = word.overdue();
        _issuers[id.issuer()] = _issuers[id.issuer()].withOverdue();
        emit ObligationOverdue(id, word.liveMinor());
    }

    /// Whether anybody accepted what is still live: an offer that nobody took is no debt, even before somebody expires it.
    function _isOwed(ObligationId id, uint256 pieceCount) private view returns (bool) {
        for (uint256 i = 1; i <= pieceCount; ++i) {
            // The count of pieces has 16 bits, so its places do.
            PieceWord word = _pieces[id.piece(uint16(i))];
            if (_isToken(word) && (word.amountMinor() != 0 || word.openOffers() != 0)) return true;
        }
        return false;
    }

    // ---------------------------------------------------------------- read

    /// @inheritdoc ICreditLedger
    function pieceWord(PieceId id) external view returns (PieceWord) {
        return _pieces[id];
    }

    /// @inheritdoc ICreditLedger
    function obligationWord(ObligationId id) external view returns (ObligationWord) {
        return _obligations[id];
    }

    /// @inheritdoc ICreditLedger
    function lineWord(LineId id) external view returns (LineWord) {
        return _lines[id];
    }

    /// @inheritdoc ICreditLedger
    function bankOf(LineId id) external view returns (PartyId) {
        return _banks[id];
    }

    /// @inheritdoc ICreditLedger
    function issuerWord(PartyId id) external view returns (IssuerWord) {
        return _issuers[id];
    }

    /// @inheritdoc ICreditLedger
    function financingWord(PartyId bank, PartyId issuer, uint8 currency) external view returns (FinancingWord) {
        return _financing[bank][issuer][currency];
    }

    /// @inheritdoc ICreditLedger
    function ownerOf(uint256 tokenId) external view returns (address account) {
        (PieceId id, PieceWord word) = _token(tokenId);
        if (!_isToken(word)) revert PieceNotInState(id, word.state());
        return _participants.party(word.owner()).account;
    }

    /// @inheritdoc ICreditLedger
    function balanceOf(uint256 tokenId) external view returns (uint256) {
        (, PieceWord word) = _token(tokenId);
        return _isToken(word) ? word.amountMinor() : 0;
    }

    /// @inheritdoc ICreditLedger
    function slotOf(uint256 tokenId) external view returns (uint256) {
        (PieceId id,) = _token(tokenId);
        return ObligationId.unwrap(id.obligation());
    }

    /// @inheritdoc ICreditLedger
    function name() external pure returns (string memory) {
        return "Pearlchain credit";
    }

    /// @inheritdoc ICreditLedger
    function symbol() external pure returns (string memory) {
        return "PEARL";
    }

    /// @inheritdoc ICreditLedger
    function valueDecimals() external pure returns (uint8) {
        return 0;
    }

    // ---------------------------------------------------------------- guards and parts

    /// The caller's party, which is a bank.
    function _requireBank() private view returns (PartyId bank) {
        uint16 roles;
        (bank,, roles) = _participants.actor(msg.sender);
        if (roles & BANK == 0) revert RoleMissing(bank, BANK);
    }

    function _knownLine(LineId id) private view returns (LineWord word) {
        word = _lines[id];
        if (word.status() == 0) revert LineUnknown(id);
    }

    function _requireOwnLine(LineId id) private view returns (LineWord word) {
        word = _knownLine(id);
        (PartyId caller,,) = _participants.actor(msg.sender);
        if (caller != _banks[id]) revert NotTheBank(id, _banks[id], caller);
    }

    function _requireState(PieceId id, PieceWord word, PieceState state) private pure {
        if (word.state() == PieceState.None) revert PieceUnknown(id);
        if (word.state() != state) revert PieceNotInState(id, word.state());
    }

    function _requirePieces(ObligationId id, ObligationWord word, uint256 count) private pure {
        uint256 requested = word.pieceCount() + count;
        if (requested > word.maxPieces()) revert PiecesExceeded(id, requested, word.maxPieces());
    }

    function _requireBeforeMaturity(ObligationId id, ObligationWord word) private view returns (uint16 today) {
        today = Days.today(word.utcOffsetQuarterHours());
        if (today >= word.maturityDay()) revert ObligationMatured(id, word.maturityDay(), today);
    }

    function _requireSignature(PartyId party, Signature calldata signature, bytes32 structHash) private view {
        if (!SignatureChecker.isValidSignatureNow(signature.key, _hashTypedDataV4(structHash), signature.signature)) {
            revert SignatureInvalid(party, signature.key);
        }
    }

    /// The piece that this one is cut from; 0 for one that the issuer issued.
    function _parentOf(PieceId id, PieceWord word) private pure returns (PieceId) {
        return word.parentIndex() == 0 ? PieceId.wrap(0) : id.obligation().piece(word.parentIndex());
    }

    /// A number that is no piece's id is no piece.
    function _token(uint256 tokenId) private view returns (PieceId id, PieceWord word) {
        id = tokenId > type(uint80).max ? PieceId.wrap(0) : PieceId.wrap(uint80(tokenId));
        word = _pieces[id];
        if (word.state() == PieceState.None) revert PieceUnknown(id);
    }

    function _isToken(PieceWord word) private pure returns (bool) {
        PieceState state = word.state();
        return state == PieceState.Held || state == PieceState.Locked || state == PieceState.OnHold;
    }

    /// The events by which explorers see a new token: its owner, its slot and where its value came from.
    function _emitMinted(PieceId id, PieceId parent, address account, uint64 amountMinor) private {
        emit Transfer(address(0), account, PieceId.unwrap(id));
        emit SlotChanged(PieceId.unwrap(id), 0, ObligationId.unwrap(id.obligation()));
        emit TransferValue(PieceId.unwrap(parent), PieceId.unwrap(id), amountMinor);
    }
}
