// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IHolds} from "../interfaces/IHolds.sol";
import {ILedgerModule} from "../interfaces/ILedgerParts.sol";
import {IRulebook} from "../interfaces/IRulebook.sol";
import {HoldWord, HoldWords} from "../libraries/HoldWords.sol";
import {ObligationWord, ObligationWords} from "../libraries/ObligationWords.sol";
import {PieceWord, PieceWords} from "../libraries/PieceWords.sol";
import {ReturnWord, ReturnWords} from "../libraries/ReturnWords.sol";
import {EvidenceId, ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {PieceState} from "../types/Movements.sol";
import {PieceReference} from "../types/PieceReference.sol";
import {REGULATOR} from "../types/Roles.sol";
import {RULE_DISPUTE} from "../types/RuleIds.sol";
import {LedgerModule} from "./LedgerModule.sol";

/// @notice See `IHolds`.
contract Holds is IHolds, LedgerModule {
    /// What is live under each piece of the obligations that a call has walked through, `count` of them.
    struct Walks {
        uint256 count;
        ObligationId[] obligations;
        uint64[][] liveMinor;
    }

    constructor(Wiring memory wiring) LedgerModule(wiring) {}

    /// @inheritdoc ILedgerModule
    function selectors() external pure returns (bytes4[] memory list) {
        list = new bytes4[](10);
        list[0] = IHolds.dispute.selector;
        list[1] = IHolds.endDispute.selector;
        list[2] = IHolds.holdReturned.selector;
        list[3] = IHolds.endReturnHold.selector;
        list[4] = IHolds.holdByCourt.selector;
        list[5] = IHolds.holdObligationByCourt.selector;
        list[6] = IHolds.releaseByCourt.selector;
        list[7] = IHolds.releaseObligationByCourt.selector;
        list[8] = IHolds.holdWord.selector;
        list[9] = IHolds.returnWord.selector;
    }

    // ---------------------------------------------------------------- disputes

    /// @inheritdoc IHolds
    function dispute(PieceReference[] calldata pieces, bytes32 reason) external {
        (PartyId caller,,) = _participants.actor(_msgSender());
        for (uint256 i = 0; i < pieces.length; ++i) {
            (PieceId id, PieceWord word) = _pieceOf(pieces[i]);
            ObligationWord terms = _termsOf(pieces[i], word);
            if (!word.isOpen()) revert NothingToHold(id);
            PartyId payer = _payerOf(id, word);
            bool isPayer = caller == payer;
            if (!isPayer && caller != word.owner()) revert NotASide(id, payer, word.owner(), caller);
            if (!isPayer && word.childCount() != 0) revert AlreadyPassedOn(id, word.childCount());
            HoldWord hold = _holds[id];
            if (hold.has(HoldWords.DISPUTE) || hold.hasDisputed(isPayer)) revert AlreadyDisputed(id, caller);

            uint16 today = _today(terms.utcOffsetQuarterHours());
            _mark(id, word, terms, hold.withDispute(caller, today, isPayer));
            emit PieceDisputed(id, caller, reason);
        }
    }

    /// Who passed the piece on by trade. Nobody did on a cash hop: who was paid has nothing to dispute.
    function _payerOf(PieceId id, PieceWord word) private view returns (PartyId) {
        if (word.isFinanced() || word.isPayment()) return PartyId.wrap(0);
        return word.parentIndex() == 0 ? id.issuer() : _pieces[_parentOf(id, word)].word.owner();
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
        if (pieces.length == 0) revert NothingNamed();
        uint64 excessMinor = _registry.excessOf(evidence);
        if (excessMinor == 0) revert NothingReturned(evidence);
        ReturnWord seen = _seenOf(evidence, excessMinor, pieces[0]);
        Walks memory walks;
        walks.obligations = new ObligationId[](pieces.length);
        walks.liveMinor = new uint64[][](pieces.length);
        for (uint256 i = 0; i < pieces.length && seen.heldMinor() < excessMinor; ++i) {
            seen = _holdForReturn(evidence, pieces[i], seen, walks);
        }
        _returns[evidence] = seen;
    }

    /// Where earlier calls left off. It begins anew if the document was used since; and, once all was done, for whoever names the latest use,
    /// because what was held may have been paid.
    function _seenOf(EvidenceId evidence, uint64 excessMinor, PieceReference first) private view returns (ReturnWord seen) {
        uint16 useCount = _registry.evidence(evidence).useCount;
        seen = _returns[evidence];
        if (seen.useCount() != useCount) return ReturnWords.begin(useCount);
        if (seen.heldMinor() < excessMinor && seen.usesLeft() != 0) return seen;
        (, PieceWord word) = _pieceOf(first);
        if (word.evidence() != evidence || uint256(word.useIndex()) + 1 != useCount) {
            revert EnoughHeld(evidence, seen.heldMinor(), excessMinor);
        }
        return ReturnWords.begin(useCount);
    }

    /// Holds the piece of the next use if anything in it or cut from it is still live. What was looked at before is passed over.
    function _holdForReturn(EvidenceId evidence, PieceReference named, ReturnWord seen, Walks memory walks)
        private
        returns (ReturnWord)
    {
        (PieceId id, PieceWord word) = _pieceOf(named);
        (uint256 use, uint256 left) = (word.useIndex(), seen.usesLeft());
        if (word.evidence() != evidence) revert NotOfEvidence(id, evidence, word.evidence());
        if (use >= left) return seen;
        if (use + 1 != left) revert NotTheLatestUse(id, left - 1, word.useIndex());
        ObligationWord terms = _termsOf(named, word);
        uint64 liveMinor = _liveUnder(id, word, terms.pieceCount(), walks);
        HoldWord hold = _holds[id];
        if (liveMinor != 0 && !hold.has(HoldWords.RETURNED)) {
            _mark(id, word, terms, hold.withReturn());
            emit PieceHeldForReturn(id, evidence, liveMinor);
        }
        return seen.lookedAt(liveMinor);
    }

    /// What is live in a piece and in all that was cut from it. Obligations of which that is asked are walked through once in a call.
    function _liveUnder(PieceId id, PieceWord word, uint256 pieceCount, Walks memory walks) private view returns (uint64) {
        if (word.childCount() == 0) return word.isLive() ? word.amountMinor() : 0;
        ObligationId obligation = id.obligation();
        for (uint256 i = walks.count; i > 0; --i) {
            if (ObligationId.unwrap(walks.obligations[i - 1]) == ObligationId.unwrap(obligation)) {
                return walks.liveMinor[i - 1][id.index()];
            }
        }
        uint64[] memory liveMinor = _walked(obligation, pieceCount);
        walks.obligations[walks.count] = obligation;
        walks.liveMinor[walks.count++] = liveMinor;
        return liveMinor[id.index()];
    }

    /// What is live under each piece of an obligation. Children have higher places than their parents, so one pass from the last one
    /// adds all up.
    function _walked(ObligationId obligation, uint256 pieceCount) private view returns (uint64[] memory liveMinor) {
        liveMinor = new uint64[](pieceCount + 1);
        for (uint256 i = pieceCount; i > 0; --i) {
            // The count of pieces has 16 bits, so its places do.
            PieceWord word = _pieces[obligation.piece(uint16(i))].word;
            if (word.isLive()) liveMinor[i] += word.amountMinor();
            liveMinor[word.parentIndex()] += liveMinor[i];
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
        _returns[evidence] = ReturnWord.wrap(0);
    }

    // ---------------------------------------------------------------- courts

    /// @inheritdoc IHolds
    function holdByCourt(PieceReference[] calldata pieces, bytes32 order) external {
        PartyId court = _requireRegulator();
        for (uint256 i = 0; i < pieces.length; ++i) {
            (PieceId id, PieceWord word) = _pieceOf(pieces[i]);
            ObligationWord terms = _termsOf(pieces[i], word);
            if (!_isPayable(word)) revert NothingToHold(id);
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
        _holds[whole] = HoldWords.onWhole(court, terms.pieceCount());
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

    /// A piece whose owner may still be paid for it. What is empty stands only for what was cut from it, which others have.
    function _isPayable(PieceWord word) private pure returns (bool) {
        if (word.state() == PieceState.WrittenOff) return true;
        return word.isOpen() && (word.amountMinor() != 0 || word.openOffers() != 0);
    }

    // ---------------------------------------------------------------- read

    /// @inheritdoc IHolds
    function holdWord(PieceId piece) external view returns (HoldWord) {
        return _holds[piece];
    }

    /// @inheritdoc IHolds
    function returnWord(EvidenceId evidence) external view returns (ReturnWord) {
        return _returns[evidence];
    }
}
