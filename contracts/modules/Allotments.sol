// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IAllotments} from "../interfaces/IAllotments.sol";
import {ICreditLedger} from "../interfaces/ICreditLedger.sol";
import {ILedgerModule} from "../interfaces/ILedgerParts.sol";
import {AllotmentWord, AllotmentWords} from "../libraries/AllotmentWords.sol";
import {LineTermsWord} from "../libraries/LineTermsWords.sol";
import {LineWord, LineWords} from "../libraries/LineWords.sol";
import {ObligationWord, ObligationWords} from "../libraries/ObligationWords.sol";
import {PieceWord, PieceWords} from "../libraries/PieceWords.sol";
import {RuleWord} from "../libraries/RuleWords.sol";
import {AllotmentId, EvidenceId, LineId, ObligationId, PartyId, PieceId, allotmentOf} from "../types/Identifiers.sol";
import {AllotmentTerms, Leg, PieceState, Signature} from "../types/Movements.sol";
import {CORE_ENTERPRISE, SUPPLIER} from "../types/Roles.sol";
import {RULE_ATTESTED, RULE_HOPS, RULE_PIECES, RuleId, ruleId} from "../types/RuleIds.sol";
import {LedgerModule} from "./LedgerModule.sol";

/// @notice See `IAllotments`.
contract Allotments is IAllotments, LedgerModule {
    /// An obligation that is being drawn.
    struct Drawing {
        AllotmentId allotment;
        LineId line;
        ObligationId obligation;
        uint16 maturityDay;
        uint16 today;
        uint8 instrument;
        uint8 currency;
        int8 utcOffsetQuarterHours;
        bool recourse;
        /// The rule by which only attested documents back its pieces; 0 if there is none.
        RuleId attestation;
        /// Consent came along, so that the recipient's piece is held at once.
        bool accepted;
        /// How often the recipient's document had been used before.
        uint16 useIndex;
        /// From the issuer's first supplier to the drawer, and where their cash is.
        PartyId[] suppliers;
        address[] accounts;
    }

    constructor(Wiring memory wiring) LedgerModule(wiring) {}

    /// @inheritdoc ILedgerModule
    function selectors() external pure returns (bytes4[] memory list) {
        list = new bytes4[](7);
        list[0] = IAllotments.allot.selector;
        list[1] = IAllotments.passAllotment.selector;
        list[2] = IAllotments.revoke.selector;
        list[3] = IAllotments.expireAllotment.selector;
        list[4] = IAllotments.draw.selector;
        list[5] = IAllotments.drawAccepted.selector;
        list[6] = IAllotments.allotmentWord.selector;
    }

    // ---------------------------------------------------------------- allot, pass on

    /// @inheritdoc IAllotments
    function allot(LineId lineId, PartyId supplier, uint64 amountMinor, uint16 expiryDay, AllotmentTerms calldata terms)
        external
        returns (AllotmentId id)
    {
        LineWord word = _knownLine(lineId);
        (PartyId caller,,) = _participants.actor(_msgSender());
        PartyId issuer = lineId.issuer();
        if (caller != issuer) revert NotTheIssuer(lineId, issuer, caller);
        if (word.status() != LineWords.OPEN) revert LineNotOpen(lineId);
        uint16 today = _today(word.utcOffsetQuarterHours());
        if (today > word.expiryDay()) revert LineExpired(lineId, word.expiryDay(), today);
        if (amountMinor > word.availableMinor()) revert CreditLimitExceeded(lineId, amountMinor, word.availableMinor());
        // What no rules are known for is refused here, not first at the draw.
        _rulesOn(terms.instrument, today);

        AllotmentWord made = AllotmentWords.pack(amountMinor, supplier, 0, 1, expiryDay).withTerms(terms);
        id = _makeAllotment(lineId, made, today, word.expiryDay());
        _lines[lineId].word = word.withMoreAllotted(amountMinor);
        emit Allotted(id, supplier, amountMinor, expiryDay, terms.instrument, terms.minTenorDays, terms.recourseAllowed);
    }

    /// @inheritdoc IAllotments
    function passAllotment(AllotmentId parent, PartyId supplier, uint64 amountMinor, uint16 expiryDay)
        external
        returns (AllotmentId id)
    {
        AllotmentWord word = _liveAllotment(parent);
        (PartyId caller,,) = _participants.actor(_msgSender());
        if (caller != word.holder()) revert NotTheHolder(parent, word.holder(), caller);
        LineId lineId = parent.line();
        uint16 today = _today(_lines[lineId].word.utcOffsetQuarterHours());
        if (today > word.expiryDay()) revert AllotmentOver(parent, word.expiryDay(), today);
        if (amountMinor > word.leftMinor()) revert AmountExceedsAllotment(parent, amountMinor, word.leftMinor());
        uint8 childDepth = _deeperBy(parent, word, today);

        AllotmentWord child = AllotmentWords.pack(amountMinor, supplier, parent.index(), childDepth, expiryDay);
        id = _makeAllotment(lineId, child.withTermsOf(word), today, word.expiryDay());
        _allotments[parent] = word.withLess(amountMinor);
        emit AllotmentPassed(id, parent, supplier, amountMinor, expiryDay);
    }

    /// One supplier more on the way. Paper that the last one draws has a hop more than there are suppliers. Today's rules say early that
    /// it would have too many; what binds is the rules on the day of the draw.
    function _deeperBy(AllotmentId parent, AllotmentWord word, uint16 today) private returns (uint8) {
        RuleWord rules = _rulesOn(word.instrument(), today);
        if (uint256(word.depth()) + 2 > rules.maxHops()) {
            revert AllotmentTooDeep(parent, rules.maxHops(), ruleId(word.instrument(), rules.version(), RULE_HOPS));
        }
        return word.depth() + 1;
    }

    /// The line's next allotment, to a supplier that may hold one, until a day that is not over and that its source reaches.
    function _makeAllotment(LineId lineId, AllotmentWord word, uint16 today, uint16 latestDay) private returns (AllotmentId id) {
        PartyId supplier = word.holder();
        if (word.leftMinor() == 0) revert ZeroAmount();
        if (supplier == lineId.issuer()) revert IssuerCannotReceive(supplier);
        (, uint16 roles) = _participants.active(supplier);
        if (roles & (SUPPLIER | CORE_ENTERPRISE) == 0) revert RoleMissing(supplier, SUPPLIER | CORE_ENTERPRISE);
        if (word.expiryDay() > latestDay) revert AllotmentOutlives(word.expiryDay(), latestDay);
        LineTermsWord terms = _lineTerms[lineId];
        if (terms.allotmentCount() == type(uint16).max) revert TooManyAllotments(lineId);
        id = allotmentOf(lineId, terms.allotmentCount() + 1);
        if (word.expiryDay() < today) revert AllotmentOver(id, word.expiryDay(), today);
        _lineTerms[lineId] = terms.withAllotment();
        _allotments[id] = word;
    }

    // ---------------------------------------------------------------- revoke, expire

    /// @inheritdoc IAllotments
    function revoke(AllotmentId id) external {
        AllotmentWord word = _liveAllotment(id);
        (PartyId caller,,) = _participants.actor(_msgSender());
        PartyId issuer = id.line().issuer();
        AllotmentId parent = _parentOf(id, word);
        AllotmentWord parentWord = _allotments[parent];
        PartyId giver = word.parentIndex() == 0 ? issuer : parentWord.holder();
        if (caller != issuer && caller != giver) revert NotTheGiver(id, issuer, giver, caller);

        uint64 freedMinor = word.leftMinor();
        _allotments[id] = word.ended(AllotmentWords.REVOKED);
        // An issuer is no holder of allotments under its own line, so a giver that is not the issuer has a parent to get it back to.
        if (caller == issuer) {
            _freeAllotted(id.line(), freedMinor);
            emit AllotmentRevoked(id, AllotmentId.wrap(0), freedMinor);
        } else {
            emit AllotmentRevoked(id, _giveBack(parent, parentWord, freedMinor), freedMinor);
        }
    }

    /// @inheritdoc IAllotments
    function expireAllotment(AllotmentId id) external {
        AllotmentWord word = _liveAllotment(id);
        uint16 today = _today(_lines[id.line()].word.utcOffsetQuarterHours());
        if (today <= word.expiryDay()) revert AllotmentNotOver(id, word.expiryDay(), today);
        uint64 freedMinor = word.leftMinor();
        _allotments[id] = word.ended(AllotmentWords.EXPIRED);
        AllotmentId parent = _parentOf(id, word);
        emit AllotmentExpired(id, _giveBack(parent, _allotments[parent], freedMinor), freedMinor);
    }

    /// What is left in an ended part goes back to the allotment that it was cut from while that can be drawn on, else to the line, as with
    /// index 0, which is no allotment.
    /// @return to where it went; 0 for the line
    function _giveBack(AllotmentId parent, AllotmentWord parentWord, uint64 amountMinor) private returns (AllotmentId to) {
        if (!_isDrawable(parent, parentWord)) {
            _freeAllotted(parent.line(), amountMinor);
            return AllotmentId.wrap(0);
        }
        _allotments[parent] = parentWord.withMore(amountMinor);
        return parent;
    }

    function _freeAllotted(LineId lineId, uint64 amountMinor) private {
        _lines[lineId].word = _lines[lineId].word.withLessAllotted(amountMinor);
    }

    function _isDrawable(AllotmentId id, AllotmentWord word) private view returns (bool) {
        return word.status() == AllotmentWords.LIVE && _today(_lines[id.line()].word.utcOffsetQuarterHours()) <= word.expiryDay();
    }

    function _liveAllotment(AllotmentId id) private view returns (AllotmentWord word) {
        word = _allotments[id];
        if (word.status() == 0) revert AllotmentUnknown(id);
        if (word.status() != AllotmentWords.LIVE) revert AllotmentNotLive(id, word.status());
    }

    /// The allotment that this one is a part of; index 0, which is none, for one that the issuer made.
    function _parentOf(AllotmentId id, AllotmentWord word) private pure returns (AllotmentId) {
        return allotmentOf(id.line(), word.parentIndex());
    }

    // ---------------------------------------------------------------- draw

    /// @inheritdoc IAllotments
    function draw(
        AllotmentId allotment,
        uint8 instrument,
        uint16 maturityDay,
        bool recourse,
        EvidenceId[] calldata hops,
        Leg calldata leg
    ) external returns (ObligationId) {
        Drawing memory made;
        (made.allotment, made.instrument, made.maturityDay, made.recourse) = (allotment, instrument, maturityDay, recourse);
        _draw(made, hops, leg);
        return made.obligation;
    }

    /// @inheritdoc IAllotments
    function drawAccepted(
        AllotmentId allotment,
        uint8 instrument,
        uint16 maturityDay,
        bool recourse,
        EvidenceId[] calldata hops,
        Leg calldata leg,
        Signature calldata acceptance
    ) external returns (ObligationId) {
        Drawing memory made;
        (made.allotment, made.instrument, made.maturityDay, made.recourse) = (allotment, instrument, maturityDay, recourse);
        made.accepted = true;
        _draw(made, hops, leg);
        _takeAcceptance(made, leg, acceptance);
        return made.obligation;
    }

    function _draw(Drawing memory made, EvidenceId[] calldata hops, Leg calldata leg) private {
        AllotmentWord word = _liveAllotment(made.allotment);
        made.line = made.allotment.line();
        LineWord lineWord = _lines[made.line].word;
        made.currency = lineWord.currency();
        made.utcOffsetQuarterHours = lineWord.utcOffsetQuarterHours();
        made.today = _today(made.utcOffsetQuarterHours);
        made.obligation = _nextObligation(made.line, lineWord);
        _requireDrawable(made, word, hops.length, leg);
        RuleWord rules = _requireIssuableNow(made, lineWord, hops.length);
        if (rules.attestedOnly()) made.attestation = ruleId(made.instrument, rules.version(), RULE_ATTESTED);
        made.suppliers = _suppliersOf(made.allotment, word);
        // Where cash is, not whether its owner may act: a supplier in the middle consented when it passed its allotment on.
        (,, made.accounts) = _participants.payment(_msgSender(), made.suppliers);

        _allotments[made.allotment] = word.withLess(leg.amountMinor);
        _lines[made.line].word = lineWord.withLessAllotted(leg.amountMinor).withIssue(leg.amountMinor);
        _openObligation(made, rules, leg.amountMinor);
        emit Drawn(made.allotment, made.obligation, leg.amountMinor);
        _makePieces(made, hops, leg);
    }

    function _requireDrawable(Drawing memory made, AllotmentWord word, uint256 hopCount, Leg calldata leg) private view {
        (PartyId caller,,) = _participants.actor(_msgSender());
        if (caller != word.holder()) revert NotTheHolder(made.allotment, word.holder(), caller);
        if (made.today > word.expiryDay()) revert AllotmentOver(made.allotment, word.expiryDay(), made.today);
        if (hopCount != word.depth()) revert ListsDiffer(hopCount, word.depth());
        if (leg.amountMinor == 0) revert ZeroAmount();
        if (leg.amountMinor > word.leftMinor()) {
            revert AmountExceedsAllotment(made.allotment, leg.amountMinor, word.leftMinor());
        }
        if (leg.recipient == made.line.issuer()) revert IssuerCannotReceive(leg.recipient);
        _requireAllotted(made, word);
    }

    /// The drawer fills in no terms that the issuer, and whoever passed the allotment on, did not agree to.
    function _requireAllotted(Drawing memory made, AllotmentWord word) private pure {
        if (made.instrument != word.instrument()) {
            revert InstrumentNotAllotted(made.allotment, word.instrument(), made.instrument);
        }
        uint256 earliestDay = uint256(made.today) + word.minTenorDays();
        if (made.maturityDay < earliestDay) revert MaturityTooSoon(made.allotment, made.maturityDay, earliestDay);
        if (made.recourse && !word.recourseAllowed()) revert RecourseNotAllotted(made.allotment);
    }

    /// All that binds an issue binds a draw, which is one, and the recipient's hop too.
    function _requireIssuableNow(Drawing memory made, LineWord lineWord, uint256 hopCount) private returns (RuleWord rules) {
        rules = _rulesOn(made.instrument, made.today);
        (, uint16 roles) = _participants.active(made.line.issuer());
        _requireNotStopped(made.line.issuer(), roles);
        _requireIssuable(made.line, lineWord, rules, made.maturityDay, made.instrument, made.today);
        if (hopCount + 1 > rules.maxHops()) {
            revert HopsExceeded(
                made.obligation.piece(uint16(hopCount)), rules.maxHops(), ruleId(made.instrument, rules.version(), RULE_HOPS)
            );
        }
        if (hopCount + 1 > rules.maxPieces()) {
            revert PiecesExceeded(
                made.obligation, hopCount + 1, rules.maxPieces(), ruleId(made.instrument, rules.version(), RULE_PIECES)
            );
        }
    }

    /// Whose allotments led to this one, in the order of the paper's way.
    function _suppliersOf(AllotmentId id, AllotmentWord word) private view returns (PartyId[] memory suppliers) {
        suppliers = new PartyId[](word.depth());
        for (uint256 i = suppliers.length; i > 0; --i) {
            suppliers[i - 1] = word.holder();
            id = _parentOf(id, word);
            word = _allotments[id];
        }
    }

    /// Writes the terms, which never change: those of an issue, with a piece for each supplier and the recipient.
    function _openObligation(Drawing memory made, RuleWord rules, uint64 faceMinor) private {
        uint8 flags = ObligationWords.flagsOf(made.recourse, rules.attestedOnly());
        ObligationWord word = ObligationWords.open(rules, faceMinor, made.maturityDay, made.suppliers.length + 1).withTerms(
            made.instrument, flags, made.currency, made.utcOffsetQuarterHours
        );
        _openObligation(made.obligation, word);
    }

    /// Makes the pieces of the way, each emptied into the next, and the recipient's. Every hop uses its own document.
    function _makePieces(Drawing memory made, EvidenceId[] calldata hops, Leg calldata leg) private {
        _requireDeadline(leg.deadline, made.maturityDay, made.utcOffsetQuarterHours);
        PartyId payer = made.line.issuer();
        for (uint256 i = 0; i < hops.length; ++i) {
            Leg memory hop = Leg({
                recipient: made.suppliers[i],
                amountMinor: leg.amountMinor,
                evidence: hops[i],
                deadline: leg.deadline
            });
            bool isOffering = i + 1 == hops.length && !made.accepted;
            // A depth has 8 bits, so the places of all pieces fit 16.
            PieceId id = made.obligation.piece(uint16(i + 1));
            PieceId parent = _pieceBefore(id);
            // The registry calls nobody but the warehouse, which it only reads.
            // slither-disable-next-line reentrancy-no-eth
            PieceWord word = _usedAndPacked(made, payer, hop, uint8(i + 1), PieceState.Held);
            _pieces[id].word = word.passedOn(leg.amountMinor, 1, isOffering);
            emit PieceAccepted(id);
            _emitMinted(id, parent, made.accounts[i], leg.amountMinor);
            payer = hop.recipient;
        }
        PieceId last = made.obligation.piece(uint16(hops.length + 1));
        PieceState state = made.accepted ? PieceState.Held : PieceState.Offered;
        PieceWord lastWord = _usedAndPacked(made, payer, leg, uint8(hops.length + 1), state);
        made.useIndex = lastWord.useIndex();
        _pieces[last].word = lastWord;
    }

    /// Uses a hop's document and tells of its piece. All are hops of trade, so their number is the piece's place, hops and tier.
    function _usedAndPacked(Drawing memory made, PartyId payer, Leg memory leg, uint8 place, PieceState state)
        private
        returns (PieceWord word)
    {
        uint16 useIndex =
            _registry.consume(payer, made.currency, made.today, made.attestation, leg);
        // `_requireDeadline` has checked that the deadline fits.
        word = PieceWords.ofMovement(place - 1, place, state).withLeg(
            leg.amountMinor, leg.recipient, leg.evidence, useIndex, uint32(leg.deadline)
        );
        emit PieceOffered(made.obligation.piece(place), leg.recipient, word);
    }

    /// The piece before in the chain, from which this one is cut; 0 for the first.
    function _pieceBefore(PieceId id) private pure returns (PieceId) {
        return id.index() == 1 ? PieceId.wrap(0) : id.obligation().piece(id.index() - 1);
    }

    /// The recipient's consent to exactly its piece; the whole draw is undone without it.
    function _takeAcceptance(Drawing memory made, Leg calldata leg, Signature calldata signature) private {
        PartyId[] memory recipients = new PartyId[](1);
        address[] memory keys = new address[](1);
        (recipients[0], keys[0]) = (leg.recipient, signature.key);
        address account = _participants.consents(recipients, keys)[0];
        PieceId id = made.obligation.piece(uint16(made.suppliers.length + 1));
        PieceId parent = _pieceBefore(id);
        ICreditLedger.Acceptance memory acceptance = ICreditLedger.Acceptance({
            obligation: made.obligation,
            parent: parent,
            maturityDay: made.maturityDay,
            instrument: made.instrument,
            recourse: made.recourse,
            evidence: leg.evidence,
            evidenceUseCount: made.useIndex,
            amountMinor: leg.amountMinor,
            recipient: leg.recipient,
            deadline: leg.deadline
        });
        _takeConsent(id, acceptance, signature, account);
    }

    // ---------------------------------------------------------------- read

    /// @inheritdoc IAllotments
    function allotmentWord(AllotmentId id) external view returns (AllotmentWord) {
        return _allotments[id];
    }
}
