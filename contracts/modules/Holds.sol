// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IHolds} from "../interfaces/IHolds.sol";
import {ILedgerModule} from "../interfaces/ILedgerParts.sol";
import {IRulebook} from "../interfaces/IRulebook.sol";
import {HoldWord, HoldWords} from "../libraries/HoldWords.sol";
import {ObligationWord, ObligationWords} from "../libraries/ObligationWords.sol";
import {PieceWord, PieceWords} from "../libraries/PieceWords.sol";
import {EvidenceId, ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {PieceReference} from "../types/PieceReference.sol";
import {REGULATOR} from "../types/Roles.sol";
import {RULE_DISPUTE} from "../types/RuleIds.sol";
import {LedgerModule} from "./LedgerModule.sol";

/// @notice See `IHolds`.
contract Holds is IHolds, LedgerModule {
    constructor(Wiring memory wiring) LedgerModule(wiring) {}

    /// @inheritdoc ILedgerModule
    function selectors() external pure returns (bytes4[] memory list) {
        list = new bytes4[](9);
        list[0] = IHolds.dispute.selector;
        list[1] = IHolds.endDispute.selector;
        list[2] = IHolds.holdReturned.selector;
        list[3] = IHolds.endReturnHold.selector;
        list[4] = IHolds.holdByCourt.selector;
        list[5] = IHolds.holdObligationByCourt.selector;
        list[6] = IHolds.releaseByCourt.selector;
        list[7] = IHolds.releaseObligationByCourt.selector;
        list[8] = IHolds.holdWord.selector;
    }

    // ---------------------------------------------------------------- disputes

    /// @inheritdoc IHolds
    function dispute(PieceReference[] calldata pieces, bytes32 reason) external {
        (PartyId caller,,) = _participants.actor(_msgSender());
        for (uint256 i = 0; i < pieces.length; ++i) {
            (PieceId id, PieceWord word) = _pieceOf(pieces[i]);
            ObligationWord terms = _termsOf(pieces[i], word);
            if (!word.isLive()) revert NothingToHold(id);
            PartyId payer = word.parentIndex() == 0 ? id.issuer() : _pieces[_parentOf(id, word)].word.owner();
            bool isPayer = caller == payer;
            if (!isPayer && caller != word.owner()) revert NotASide(id, payer, word.owner(), caller);
            HoldWord hold = _holds[id];
            if (hold.has(HoldWords.DISPUTE) || hold.hasDisputed(isPayer)) revert AlreadyDisputed(id, caller);

            uint16 today = _today(terms.utcOffsetQuarterHours());
            _mark(id, word, terms, hold.withDispute(caller, today, isPayer));
            emit PieceDisputed(id, caller, reason);
        }
    }

    /// @inheritdoc IHolds
    function endDispute(PieceReference[] calldata pieces) external {
        PartyId caller = _participants.partyOf(_msgSender());
        for (uint256 i = 0; i < pieces.length; ++i) {
            (PieceId id, PieceWord word) = _pieceOf(pieces[i]);
            ObligationWord terms = _termsOf(pieces[i], word);
            HoldWord hold = _holds[id];
            if (!hold.has(HoldWords.DISPUTE)) revert NotDisputed(id);
            if (caller != hold.disputant()) _requireDisputeOver(id, hold, terms);

            _unmark(id, word, terms, hold.without(HoldWords.DISPUTE));
            emit DisputeEnded(id);
        }
    }

    function _requireDisputeOver(PieceId id, HoldWord hold, ObligationWord terms) private view {
        (IRulebook.RuleSet memory rules,) = _rulebook.rulesAt(terms.instrument(), terms.rulebookVersion());
        uint256 lastDay = uint256(hold.disputeDay()) + rules.disputeDays;
        if (_today(terms.utcOffsetQuarterHours()) <= lastDay) {
            revert DisputeStillOpen(id, hold.disputant(), lastDay, _ruleOf(terms, RULE_DISPUTE));
        }
    }

    // ---------------------------------------------------------------- returned goods

    /// @inheritdoc IHolds
    function holdReturned(EvidenceId evidence, PieceReference[] calldata pieces) external {
        uint64 excessMinor = _registry.excessOf(evidence);
        if (excessMinor == 0) revert NothingReturned(evidence);
        // Nothing of an earlier call is remembered: what was paid or given back since would make it wrong.
        uint64 heldMinor = 0;
        uint256 nextUse = _registry.evidence(evidence).useCount;
        for (uint256 i = 0; i < pieces.length; ++i) {
            if (heldMinor >= excessMinor) revert EnoughHeld(evidence, heldMinor, excessMinor);
            if (nextUse == 0) revert NothingReturned(evidence);
            heldMinor += _holdForReturn(evidence, pieces[i], --nextUse);
        }
        // Used earlier than the first use is nothing; what was paid cannot be held, so less than the excess may be left to hold.
        if (heldMinor < excessMinor && nextUse != 0) revert TooLittleHeld(evidence, heldMinor, excessMinor);
    }

    /// Holds the piece of one use if anything in it or cut from it is still live; returns how much is.
    function _holdForReturn(EvidenceId evidence, PieceReference named, uint256 use) private returns (uint64 liveMinor) {
        (PieceId id, PieceWord word) = _pieceOf(named);
        if (word.evidence() != evidence) revert NotOfEvidence(id, evidence, word.evidence());
        if (word.useIndex() != use) revert NotTheLatestUse(id, use, word.useIndex());
        ObligationWord terms = _termsOf(named, word);
        liveMinor = _liveUnder(id, word, terms.pieceCount());
        HoldWord hold = _holds[id];
        if (liveMinor == 0 || hold.has(HoldWords.RETURNED)) return liveMinor;
        _mark(id, word, terms, hold.withReturn());
        emit PieceHeldForReturn(id, evidence, liveMinor);
    }

    /// What is live in a piece and in all that was cut from it. Children have higher places than their parents, so one pass finds them.
    function _liveUnder(PieceId id, PieceWord word, uint16 pieceCount) private view returns (uint64 liveMinor) {
        liveMinor = word.isLive() ? word.amountMinor() : 0;
        if (word.childCount() == 0) return liveMinor;
        uint256 root = id.index();
        bool[] memory isUnder = new bool[](uint256(pieceCount) - root + 1);
        isUnder[0] = true;
        for (uint256 i = 1; i < isUnder.length; ++i) {
            PieceWord below = _pieces[id.obligation().piece(uint16(root + i))].word;
            if (below.parentIndex() < root || !isUnder[below.parentIndex() - root]) continue;
            isUnder[i] = true;
            if (below.isLive()) liveMinor += below.amountMinor();
        }
    }

    /// @inheritdoc IHolds
    function endReturnHold(EvidenceId evidence, PieceReference[] calldata pieces) external {
        uint64 excessMinor = _registry.excessOf(evidence);
        if (excessMinor != 0) revert StillReturned(evidence, excessMinor);
        for (uint256 i = 0; i < pieces.length; ++i) {
            (PieceId id, PieceWord word) = _pieceOf(pieces[i]);
            if (word.evidence() != evidence) revert NotOfEvidence(id, evidence, word.evidence());
            HoldWord hold = _holds[id];
            if (!hold.has(HoldWords.RETURNED)) revert NotHeldForReturn(id);
            _unmark(id, word, _termsOf(pieces[i], word), hold.without(HoldWords.RETURNED));
            emit ReturnHoldEnded(id, evidence);
        }
    }

    // ---------------------------------------------------------------- courts

    /// @inheritdoc IHolds
    function holdByCourt(PieceReference[] calldata pieces, bytes32 order) external {
        PartyId court = _requireRegulator();
        for (uint256 i = 0; i < pieces.length; ++i) {
            (PieceId id, PieceWord word) = _pieceOf(pieces[i]);
            ObligationWord terms = _termsOf(pieces[i], word);
            if (!word.isLive()) revert NothingToHold(id);
            HoldWord hold = _holds[id];
            if (hold.has(HoldWords.COURT)) revert AlreadyHeldByCourt(id, hold.court());
            _mark(id, word, terms, hold.withCourt(court));
            emit CourtHeld(id, court, order);
        }
    }

    /// @inheritdoc IHolds
    function holdObligationByCourt(ObligationId obligation, uint16 maturityDay, bytes32 order) external {
        PartyId court = _requireRegulator();
        ObligationWord terms = _obligations[obligation].word;
        if (terms.pieceCount() == 0 || terms.maturityDay() != maturityDay) revert ObligationUnknown(obligation, maturityDay);
        PieceId whole = obligation.piece(0);
        if (terms.isMarked()) revert AlreadyHeldByCourt(whole, _holds[whole].court());
        _obligations[obligation].word = _withMark(obligation, terms.withFlags(terms.flags() | ObligationWords.MARKED));
        _holds[whole] = HoldWord.wrap(0).withCourt(court);
        emit CourtHeld(whole, court, order);
    }

    /// @inheritdoc IHolds
    function releaseByCourt(PieceReference[] calldata pieces, bytes32 order) external {
        PartyId court = _requireRegulator();
        for (uint256 i = 0; i < pieces.length; ++i) {
            (PieceId id, PieceWord word) = _pieceOf(pieces[i]);
            HoldWord hold = _holds[id];
            if (hold.court() != court) revert NotHeldByCourt(id, court);
            _unmark(id, word, _termsOf(pieces[i], word), hold.without(HoldWords.COURT));
            emit CourtReleased(id, order);
        }
    }

    /// @inheritdoc IHolds
    function releaseObligationByCourt(ObligationId obligation, bytes32 order) external {
        PartyId court = _requireRegulator();
        PieceId whole = obligation.piece(0);
        if (_holds[whole].court() != court) revert NotHeldByCourt(whole, court);
        ObligationWord terms = _obligations[obligation].word;
        _obligations[obligation].word = terms.withFlags(terms.flags() & ~ObligationWords.MARKED).withoutMark();
        _holds[whole] = HoldWord.wrap(0);
        emit CourtReleased(whole, order);
    }

    function _requireRegulator() private view returns (PartyId regulator) {
        uint16 roles;
        (regulator,, roles) = _participants.actor(_msgSender());
        if (roles & REGULATOR == 0) revert RoleMissing(regulator, REGULATOR);
    }

    // ---------------------------------------------------------------- marks

    /// The obligation counts marked pieces, whatever number of holds rests on each.
    function _mark(PieceId id, PieceWord word, ObligationWord terms, HoldWord hold) private {
        _holds[id] = hold;
        if (word.isMarked()) return;
        _pieces[id].word = word.withFlags(word.flags() | PieceWords.MARKED);
        _obligations[id.obligation()].word = _withMark(id.obligation(), terms);
    }

    /// Pieces and the whole obligation could bear one mark more than the count holds.
    function _withMark(ObligationId obligation, ObligationWord terms) private pure returns (ObligationWord) {
        if (terms.heldCount() == type(uint16).max) revert TooManyMarks(obligation);
        return terms.withMark();
    }

    function _unmark(PieceId id, PieceWord word, ObligationWord terms, HoldWord hold) private {
        _holds[id] = hold;
        if (hold.isHolding()) return;
        _pieces[id].word = word.withFlags(word.flags() & ~PieceWords.MARKED);
        _obligations[id.obligation()].word = terms.withoutMark();
    }

    // ---------------------------------------------------------------- read

    /// @inheritdoc IHolds
    function holdWord(PieceId piece) external view returns (HoldWord) {
        return _holds[piece];
    }
}
