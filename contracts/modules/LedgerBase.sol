// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {Clock} from "../Clock.sol";
import {ICreditLedger} from "../interfaces/ICreditLedger.sol";
import {IHolds} from "../interfaces/IHolds.sol";
import {ILedgerParts} from "../interfaces/ILedgerParts.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {IRulebook} from "../interfaces/IRulebook.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";
import {ITradeRegistry} from "../interfaces/ITradeRegistry.sol";
import {AllotmentWord} from "../libraries/AllotmentWords.sol";
import {BackerWord} from "../libraries/BackerWords.sol";
import {Days} from "../libraries/Days.sol";
import {FinancingWord} from "../libraries/FinancingWords.sol";
import {GroupCapWord} from "../libraries/GroupCapWords.sol";
import {GuaranteeWord} from "../libraries/GuaranteeWords.sol";
import {HoldWord} from "../libraries/HoldWords.sol";
import {IssuerWord} from "../libraries/IssuerWords.sol";
import {LineTermsWord} from "../libraries/LineTermsWords.sol";
import {LineWord, LineWords} from "../libraries/LineWords.sol";
import {ObligationWord, ObligationWords} from "../libraries/ObligationWords.sol";
import {PaymentWord} from "../libraries/PaymentWords.sol";
import {PieceWord, PieceWords} from "../libraries/PieceWords.sol";
import {PromiseWord} from "../libraries/PromiseWords.sol";
import {ReturnWord} from "../libraries/ReturnWords.sol";
import {RuleWord} from "../libraries/RuleWords.sol";
import {SaleWord} from "../libraries/SaleWords.sol";
import {AllotmentId, EvidenceId, LineId, ObligationId, PartyId, PieceId, obligationOf} from "../types/Identifiers.sol";
import {PieceState, Signature} from "../types/Movements.sol";
import {PieceReference, PieceReferences} from "../types/PieceReference.sol";
import {BANK, ISSUANCE_STOPPED} from "../types/Roles.sol";
import {RULE_CURED, RULE_PIECES, RULE_TENOR, RULE_REVIEWED_TENOR, RuleId, ruleId} from "../types/RuleIds.sol";

/// @notice The ledger's storage, and the guards and steps that its entry and its modules share. All of them inherit this first, so that all
/// see the same storage in the same places; nothing else of theirs is stored.
abstract contract LedgerBase is ILedgerParts, Clock, ERC2771Context, EIP712 {
    /// Of `ICreditLedger.Acceptance`.
    bytes32 internal constant ACCEPTANCE_TYPEHASH = keccak256(
        "Acceptance(uint64 obligation,uint80 parent,uint16 maturityDay,uint8 instrument,bool recourse,uint40 evidence,uint16 evidenceUseCount,uint64 amountMinor,uint32 recipient,uint40 deadline)"
    );

    IParticipants internal immutable _participants;
    IRulebook internal immutable _rulebook;
    ITradeRegistry internal immutable _registry;
    ISettlement internal immutable _settlement;
    /// What this was built on, so that entry and modules can be held to the same.
    bytes32 internal immutable _wiringHash;

    // Words that are read and written in one movement stand in structs of their own, so that their place is computed once.

    struct LineSlot {
        LineWord word;
    }

    struct ObligationSlot {
        ObligationWord word;
    }

    struct PieceSlot {
        PieceWord word;
    }

    // Entry and modules run on one storage: what one of them only reads, another one writes.
    // slither-disable-start uninitialized-state
    mapping(LineId line => LineSlot slot) internal _lines;
    mapping(LineId line => LineTermsWord word) internal _lineTerms;
    mapping(PartyId issuer => IssuerWord word) internal _issuers;
    mapping(PartyId bank => mapping(PartyId issuer => mapping(uint8 currency => FinancingWord word))) internal _financing;
    mapping(ObligationId obligation => ObligationSlot slot) internal _obligations;
    mapping(PieceId piece => PieceSlot slot) internal _pieces;
    /// Copy of the rules in force, which the rulebook has forgotten when it enacts others.
    mapping(uint8 instrument => RuleWord word) internal _rules;
    /// Why a marked piece is on hold; index 0 of an obligation stands for all of it.
    mapping(PieceId piece => HoldWord word) internal _holds;
    /// What was written off and not made good since.
    mapping(ObligationId obligation => uint64 lossMinor) internal _losses;
    /// Justification of a tenor beyond the usual, which the line's bank has reviewed for this day of maturity.
    mapping(LineId line => mapping(uint16 maturityDay => bytes32 justification)) internal _tenorReviews;
    /// Lines that a bank granted to an issuer: an issuer's number of lines is limited, and no bank may use it up against the others.
    mapping(PartyId bank => mapping(PartyId issuer => uint8 count)) internal _lineCounts;
    /// What a bank lets itself promise to related issuers, and has promised.
    mapping(PartyId bank => mapping(uint24 group => mapping(uint8 currency => GroupCapWord word))) internal _groupCaps;
    /// What a bank promised to one issuer, so that it can be counted anew when the issuer's group changes.
    mapping(PartyId bank => mapping(PartyId issuer => mapping(uint8 currency => PromiseWord word))) internal _promises;
    /// Banks that back a line beside the one that granted it, by their places from 0.
    mapping(LineId line => mapping(uint256 place => BackerWord word)) internal _backers;
    /// Shares of a line that banks were offered and have not agreed to.
    mapping(LineId line => mapping(PartyId bank => uint16 basisPoints)) internal _shareOffers;
    mapping(AllotmentId allotment => AllotmentWord word) internal _allotments;
    /// What a locked piece waits for: cash that moves off chain.
    mapping(PieceId piece => SaleWord word) internal _sales;
    /// What a holder's account bank attested of a payment off chain, and nobody has completed yet.
    mapping(PieceId piece => PaymentWord word) internal _payments;
    /// How far the uses of a document that was credited have been looked through, so that one call need not do it all.
    mapping(EvidenceId evidence => ReturnWord word) internal _returns;
    /// Who guarantees an obligation, in the order in which they agreed to.
    mapping(ObligationId obligation => GuaranteeWord[] words) internal _guarantees;
    // slither-disable-end uninitialized-state

    constructor(Wiring memory wiring)
        Clock(wiring.ticksASecond)
        ERC2771Context(wiring.forwarder)
        EIP712("Pearlchain CreditLedger", "1")
    {
        _participants = IParticipants(wiring.participants);
        _rulebook = IRulebook(wiring.rulebook);
        _registry = ITradeRegistry(wiring.registry);
        _settlement = ISettlement(wiring.settlement);
        _wiringHash = keccak256(abi.encode(wiring));
    }

    // ---------------------------------------------------------------- who acts

    /// The caller's active party, which is a bank.
    function _requireBank() internal view returns (PartyId bank) {
        uint16 roles;
        (bank,, roles) = _participants.actor(_msgSender());
        if (roles & BANK == 0) revert RoleMissing(bank, BANK);
    }

    function _requireSignature(PartyId party, Signature calldata signature, bytes32 structHash) internal view {
        if (!SignatureChecker.isValidSignatureNow(signature.key, _hashTypedDataV4(structHash), signature.signature)) {
            revert SignatureInvalid(party, signature.key);
        }
    }

    // ---------------------------------------------------------------- lines and obligations

    function _knownLine(LineId id) internal view returns (LineWord word) {
        word = _lines[id].word;
        if (word.status() == 0) revert LineUnknown(id);
    }

    /// The rules in force for an instrument on a day. Keeps a copy, so that the usual question is one read.
    function _rulesOn(uint8 instrument, uint16 day) internal returns (RuleWord rules) {
        rules = _rules[instrument];
        if (day < rules.effectiveDay() || day > rules.lastDay()) {
            rules = _rulebook.ruleWord(instrument, day);
            _rules[instrument] = rules;
        }
    }

    /// The line's next obligation.
    function _nextObligation(LineId lineId, LineWord line) internal pure returns (ObligationId) {
        uint24 count = line.obligationCount();
        if (count == type(uint24).max) revert TooManyObligations(lineId);
        // It was checked that one more fits.
        unchecked {
            return obligationOf(lineId, count + 1);
        }
    }

    /// The issuer leaves nothing unpaid that was due.
    /// @param roles of the issuer, as `Participants` tells them
    function _requireNotStopped(PartyId issuer, uint16 roles) internal pure {
        if (roles & ISSUANCE_STOPPED != 0) revert IssuerOverdue(issuer, RULE_CURED);
    }

    /// A line that lets its issuer issue, and a maturity that line and rules allow.
    function _requireIssuable(LineId lineId, LineWord line, RuleWord rules, uint16 maturityDay, uint8 instrument, uint16 today)
        internal
        view
    {
        if (line.status() != LineWords.OPEN) revert LineNotOpen(lineId);
        if (maturityDay <= today) revert MaturityNotAhead(maturityDay, today);
        uint16 expiryDay = line.expiryDay();
        // An expired line has no maturity that is both ahead and within it.
        if (maturityDay > expiryDay) {
            if (today > expiryDay) revert LineExpired(lineId, expiryDay, today);
            revert MaturityBeyondLine(lineId, maturityDay, expiryDay);
        }
        uint256 latestDay = uint256(today) + rules.maxTenorDays();
        if (maturityDay <= latestDay) return;
        RuleId rule = ruleId(instrument, rules.version(), RULE_TENOR);
        if (_tenorReviews[lineId][maturityDay] != bytes32(0)) {
            latestDay = uint256(today) + rules.maxReviewedTenorDays();
            rule = ruleId(instrument, rules.version(), RULE_REVIEWED_TENOR);
        }
        if (maturityDay > latestDay) revert TenorTooLong(maturityDay, latestDay, rule);
    }

    function _requirePieces(ObligationId id, ObligationWord terms, uint256 count) internal pure {
        uint256 requested = uint256(terms.pieceCount()) + count;
        if (requested > terms.maxPieces()) {
            revert PiecesExceeded(id, requested, terms.maxPieces(), _ruleOf(terms, RULE_PIECES));
        }
    }

    /// A parameter of the rules that an obligation was issued under.
    function _ruleOf(ObligationWord terms, uint8 parameter) internal pure returns (RuleId) {
        return ruleId(terms.instrument(), terms.rulebookVersion(), parameter);
    }

    function _requireBeforeMaturity(ObligationId id, ObligationWord terms) internal view returns (uint16 today) {
        today = _today(terms.utcOffsetQuarterHours());
        if (today >= terms.maturityDay()) revert ObligationMatured(id, terms.maturityDay(), today);
    }

    /// An offer ends while it still can be acted on, and before the day of maturity begins.
    function _requireDeadline(uint40 deadline, uint16 maturityDay, int8 utcOffsetQuarterHours) internal view {
        if (deadline < _now()) revert DeadlinePassed(deadline);
        uint256 maturity = Days.startOf(maturityDay, utcOffsetQuarterHours);
        // Day 0, on which nothing can be due, begins at second 0 in UTC; no second is before that.
        if (deadline >= maturity) revert DeadlineBeyondMaturity(deadline, maturity == 0 ? 0 : maturity - 1);
        // Stored with 32 bits, which last until the year 2106; days of maturity reach further.
        if (deadline > type(uint32).max) revert DeadlineBeyondMaturity(deadline, type(uint32).max);
    }

    /// Less is owed under the obligation, so less of its line is used; an overdue obligation is cured by its last payment.
    function _lowerLive(ObligationId id, ObligationWord terms, uint64 amountMinor) internal {
        _lowerLive(id, _obligations[id], terms, amountMinor);
    }

    /// The same for an obligation whose place in storage is known.
    function _lowerLive(ObligationId id, ObligationSlot storage slot, ObligationWord terms, uint64 amountMinor) internal {
        slot.word = _curedIfPaid(id, terms.withLessLive(amountMinor));
        LineSlot storage line = _lines[id.line()];
        line.word = line.word.withLessUsed(amountMinor);
    }

    /// An overdue obligation is cured when nothing is live and no loss is left under it; its issuer may issue again once all are.
    function _curedIfPaid(ObligationId id, ObligationWord terms) internal returns (ObligationWord) {
        if (!terms.isOverdue() || terms.liveMinor() != 0) return terms;
        if (terms.isWrittenOff() && _losses[id] != 0) return terms;
        PartyId issuer = id.issuer();
        IssuerWord record = _issuers[issuer].withCure();
        _issuers[issuer] = record;
        if (record.overdueCount() == 0) _participants.setIssuanceStopped(issuer, false);
        emit ObligationCured(id);
        return terms.withFlags(terms.flags() & ~ObligationWords.OVERDUE);
    }

    // ---------------------------------------------------------------- pieces

    /// The piece that an order means.
    function _pieceOf(PieceReference named) internal view returns (PieceId id, PieceWord word) {
        (id,, word) = _pieceSlotOf(named);
    }

    /// The same with its place in storage.
    function _pieceSlotOf(PieceReference named) internal view returns (PieceId id, PieceSlot storage slot, PieceWord word) {
        id = named.piece();
        slot = _pieces[id];
        word = slot.word;
        if (word.state() == PieceState.None) revert PieceUnknown(id);
        if (!word.isMeantBy(named)) _revertMismatch(named, word);
    }

    /// The terms of the piece that an order means.
    function _termsOf(PieceReference named, PieceWord word) internal view returns (ObligationWord terms) {
        (, terms) = _termsSlotOf(named, word);
    }

    /// The same with their place in storage.
    function _termsSlotOf(PieceReference named, PieceWord word)
        internal
        view
        returns (ObligationSlot storage slot, ObligationWord terms)
    {
        slot = _obligations[named.obligation()];
        terms = slot.word;
        if (terms.maturityDay() != named.maturityDay()) _revertMismatch(named, word);
    }

    function _revertMismatch(PieceReference named, PieceWord word) private view {
        uint16 maturityDay = _obligations[named.obligation()].word.maturityDay();
        revert PieceMismatch(named, PieceReferences.pack(named.piece(), word.parentIndex(), word.evidence(), maturityDay));
    }

    function _requireState(PieceId id, PieceWord word, PieceState state) internal pure {
        if (word.state() != state) revert PieceNotInState(id, word.state());
    }

    /// No hold on the piece, on one it was cut from, or on the whole obligation. Looks at ancestors only while there is any mark.
    function _requireNotHeld(PieceId id, PieceWord word, ObligationWord terms) internal view {
        if (terms.heldCount() == 0) return;
        (bool held, PieceId marked) = _findMark(id, word, terms);
        if (held) revert PieceOnHold(id, marked);
    }

    function _isHeld(PieceId id, PieceWord word, ObligationWord terms) internal view returns (bool held) {
        if (terms.heldCount() != 0) (held,) = _findMark(id, word, terms);
    }

    /// The nearest mark on the way from the piece to its issuer; index 0 is the whole obligation.
    function _findMark(PieceId id, PieceWord word, ObligationWord terms) private view returns (bool found, PieceId marked) {
        if (terms.isMarked()) return (true, id.obligation().piece(0));
        while (true) {
            if (word.isMarked()) return (true, id);
            if (word.parentIndex() == 0) return (false, id);
            id = _parentOf(id, word);
            word = _pieces[id].word;
        }
    }

    /// Who is paid for a piece: its owner, or the regulator that holds it by order of a court, for the court's account. The order that is
    /// nearest to the piece goes before one that names the whole obligation.
    function _payeeOf(PieceId id, PieceWord word, ObligationWord terms) internal view returns (PartyId) {
        PartyId owner = word.owner();
        if (terms.heldCount() == 0) return owner;
        HoldWord whole = _holds[id.obligation().piece(0)];
        while (true) {
            PartyId court = word.isMarked() ? _holds[id].court() : PartyId.wrap(0);
            if (PartyId.unwrap(court) != 0) return court;
            if (word.isCourtServed()) {
                // Who paid in the issuer's place has served the orders before it; the issuer must not pay the court a second time. An order
                // on the whole obligation that came later names its claim, too.
                if (id.index() > whole.pieceCount()) return owner;
                break;
            }
            if (word.parentIndex() == 0) break;
            id = _parentOf(id, word);
            word = _pieces[id].word;
        }
        return PartyId.unwrap(whole.court()) == 0 ? owner : whole.court();
    }

    /// The piece that this one is cut from; 0 for one that the issuer issued.
    function _parentOf(PieceId id, PieceWord word) internal pure returns (PieceId) {
        return word.parentIndex() == 0 ? PieceId.wrap(0) : id.obligation().piece(word.parentIndex());
    }

    /// What a bank bought counts against what it may hold of this issuer; it ends when the piece is sold, paid or written off.
    function _lowerFinanced(PartyId bank, PartyId issuer, uint8 currency, uint64 amountMinor) internal {
        _financing[bank][issuer][currency] = _financing[bank][issuer][currency].withLess(amountMinor);
    }

    /// Gives an open offer's amount back to the piece that it was cut from, which is still held: with an offer open it can be neither
    /// paid nor given back.
    function _giveBackToParent(PieceId id, PieceWord word, PieceState end) internal {
        PieceId parent = _parentOf(id, word);
        _pieces[parent].word = _pieces[parent].word.givenBack(word.amountMinor());
        _pieces[id].word = word.emptied().withState(end);
    }

    // ---------------------------------------------------------------- marks

    /// The obligation counts marked pieces, whatever number of holds rests on each.
    function _mark(PieceId id, PieceWord word, ObligationWord terms, HoldWord hold) internal {
        _holds[id] = hold;
        if (word.isMarked()) return;
        _pieces[id].word = word.withFlags(word.flags() | PieceWords.MARKED);
        _obligations[id.obligation()].word = _withMark(id.obligation(), terms);
    }

    /// Pieces and the whole obligation could bear one mark more than the count holds.
    function _withMark(ObligationId obligation, ObligationWord terms) internal pure returns (ObligationWord) {
        if (terms.heldCount() == type(uint16).max) revert IHolds.TooManyMarks(obligation);
        return terms.withMark();
    }

    function _unmark(PieceId id, PieceWord word, ObligationWord terms, HoldWord hold) internal {
        _holds[id] = hold;
        if (hold.isHolding()) return;
        _pieces[id].word = word.withFlags(word.flags() & ~PieceWords.MARKED);
        _obligations[id.obligation()].word = terms.withoutMark();
    }

    /// Writes an obligation's terms, which never change.
    function _openObligation(ObligationId id, ObligationWord terms) internal {
        _obligations[id].word = terms;
        emit Issued(id, terms);
    }

    /// A recipient's signed consent to exactly its piece.
    /// @param account of the recipient
    function _takeConsent(PieceId id, ICreditLedger.Acceptance memory acceptance, Signature calldata signature, address account) internal {
        _requireSignature(acceptance.recipient, signature, keccak256(abi.encode(ACCEPTANCE_TYPEHASH, acceptance)));
        emit PieceAccepted(id);
        _emitMinted(id, acceptance.parent, account, acceptance.amountMinor);
    }

    // ---------------------------------------------------------------- explorers' events

    /// A new token: its owner, its slot and where its value came from.
    function _emitMinted(PieceId id, PieceId parent, address account, uint64 amountMinor) internal {
        emit Transfer(address(0), account, PieceId.unwrap(id));
        emit SlotChanged(PieceId.unwrap(id), 0, ObligationId.unwrap(id.obligation()));
        emit TransferValue(PieceId.unwrap(parent), PieceId.unwrap(id), amountMinor);
    }

    /// A token that a court is paid for goes there first, since it is burned from the account that was paid.
    function _emitTakenByCourt(PieceId id, PartyId owner, PartyId court) internal {
        emit Transfer(_participants.party(owner).account, _participants.party(court).account, PieceId.unwrap(id));
    }
}
