// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ICreditLedger} from "./interfaces/ICreditLedger.sol";
import {IFinancing} from "./interfaces/IFinancing.sol";
import {IGuarantees} from "./interfaces/IGuarantees.sol";
import {ILedgerReader} from "./interfaces/ILedgerReader.sol";
import {ILines} from "./interfaces/ILines.sol";
import {IMaturity} from "./interfaces/IMaturity.sol";
import {FinancingWord} from "./libraries/FinancingWords.sol";
import {IssuerWord} from "./libraries/IssuerWords.sol";
import {LineTermsWord} from "./libraries/LineTermsWords.sol";
import {LineWord} from "./libraries/LineWords.sol";
import {ObligationWord} from "./libraries/ObligationWords.sol";
import {PieceWord, PieceWords} from "./libraries/PieceWords.sol";
import {LineId, ObligationId, PartyId, PieceId, obligationOf} from "./types/Identifiers.sol";
import {PieceState} from "./types/Movements.sol";
import {PieceReference, PieceReferences} from "./types/PieceReference.sol";

/// @notice See `ILedgerReader`.
contract LedgerReader is ILedgerReader {
    uint256 private constant BASIS_POINTS = 10_000;

    ICreditLedger private immutable _ledger;

    constructor(ICreditLedger ledger_) {
        _ledger = ledger_;
    }

    // ---------------------------------------------------------------- pieces

    /// @inheritdoc ILedgerReader
    function path(PieceId id) external view returns (PathStep[] memory steps) {
        PieceWord word = _ledger.pieceWord(id);
        if (word.state() == PieceState.None) revert PieceUnknown(id);
        steps = new PathStep[](word.hops());
        for (uint256 i = steps.length; i > 0; --i) {
            PieceId parent = _parentOf(id, word);
            PieceWord parentWord = _ledger.pieceWord(parent);
            steps[i - 1] = PathStep({
                piece: id,
                from: word.parentIndex() == 0 ? id.issuer() : parentWord.owner(),
                to: word.owner(),
                evidence: word.evidence(),
                tier: word.tier(),
                state: word.state()
            });
            (id, word) = (parent, parentWord);
        }
    }

    /// @inheritdoc ILedgerReader
    function piece(PieceId id) public view returns (Piece memory read) {
        PieceWord word = _ledger.pieceWord(id);
        read.id = id;
        read.owner = word.owner();
        read.parent = _parentOf(id, word);
        read.amountMinor = word.amountMinor();
        read.evidence = word.evidence();
        read.useIndex = word.useIndex();
        read.hops = word.hops();
        read.tier = word.tier();
        read.state = _isLive(word) && (_isHeld(id, word) || _isContested(id, word)) ? PieceState.OnHold : word.state();
        read.financed = word.isFinanced();
        read.payment = word.flags() & PieceWords.PAYMENT != 0;
        read.deadline = word.deadline();
        read.openOffers = word.openOffers();
        read.childCount = word.childCount();
    }

    /// @inheritdoc ILedgerReader
    function piecesOf(ObligationId id, uint16 fromIndex, uint16 count) external view returns (Piece[] memory pieces) {
        uint256 last = _ledger.obligationWord(id).pieceCount();
        uint256 end = uint256(fromIndex) + count;
        if (end > last + 1) end = last + 1;
        pieces = new Piece[](end > fromIndex ? end - fromIndex : 0);
        for (uint256 i = 0; i < pieces.length; ++i) {
            // The index is at most the obligation's piece count, which has 16 bits.
            pieces[i] = piece(id.piece(uint16(fromIndex + i)));
        }
    }

    /// @inheritdoc ILedgerReader
    function references(PieceId[] calldata pieces) external view returns (PieceReference[] memory named) {
        named = new PieceReference[](pieces.length);
        for (uint256 i = 0; i < pieces.length; ++i) {
            PieceWord word = _ledger.pieceWord(pieces[i]);
            if (word.state() == PieceState.None) revert PieceUnknown(pieces[i]);
            uint16 maturityDay = _ledger.obligationWord(pieces[i].obligation()).maturityDay();
            named[i] = PieceReferences.pack(pieces[i], word.parentIndex(), word.evidence(), maturityDay);
        }
    }

    // ---------------------------------------------------------------- portfolio and exposure

    /// @inheritdoc ILedgerReader
    function portfolio(PartyId owner, LineId lineId, uint24 fromSequence, uint24 count) external view returns (Piece[] memory pieces) {
        (uint256 first, uint256 end) = _sequences(lineId, fromSequence, count);
        // Counted first, filled then: a list cannot grow in memory.
        uint256 found = 0;
        for (uint256 sequence = first; sequence < end; ++sequence) {
            found += _ownedIn(_obligationAt(lineId, sequence), owner, new Piece[](0), 0);
        }
        pieces = new Piece[](found);
        found = 0;
        for (uint256 sequence = first; sequence < end; ++sequence) {
            found += _ownedIn(_obligationAt(lineId, sequence), owner, pieces, found);
        }
    }

    /// Counts a party's live pieces of an obligation, and writes them into the list, if it has room, from a place on.
    function _ownedIn(ObligationId id, PartyId owner, Piece[] memory pieces, uint256 place) private view returns (uint256 found) {
        uint256 last = _ledger.obligationWord(id).pieceCount();
        for (uint256 i = 1; i <= last; ++i) {
            // The count of pieces has 16 bits, so its places do.
            PieceId next = id.piece(uint16(i));
            PieceWord word = _ledger.pieceWord(next);
            if (word.owner() != owner || !_isLive(word) || word.amountMinor() == 0) continue;
            if (pieces.length != 0) pieces[place + found] = piece(next);
            ++found;
        }
    }

    /// @inheritdoc ILedgerReader
    function exposure(PartyId bank, LineId lineId, uint24 fromSequence, uint24 count) external view returns (Exposure memory sum) {
        ILines lines = ILines(address(_ledger));
        if (fromSequence <= 1) sum.committedMinor = lines.shareOf(lineId, bank, _ledger.lineWord(lineId).availableMinor());
        (uint256 first, uint256 end) = _sequences(lineId, fromSequence, count);
        for (uint256 sequence = first; sequence < end; ++sequence) {
            ObligationId id = _obligationAt(lineId, sequence);
            (uint64 unfundedMinor, uint64 fundedMinor) = _liveOf(id, bank);
            uint64 contingentMinor = lines.shareOf(lineId, bank, unfundedMinor);
            sum.contingentMinor += contingentMinor;
            sum.fundedMinor += fundedMinor;
            sum.guaranteedMinor += guaranteedOf(id, contingentMinor + fundedMinor);
        }
    }

    /// What is live under an obligation and held by no bank, and what this bank holds. What waits for cash off chain is still its seller's.
    function _liveOf(ObligationId id, PartyId bank) private view returns (uint64 unfundedMinor, uint64 fundedMinor) {
        uint256 last = _ledger.obligationWord(id).pieceCount();
        for (uint256 i = 1; i <= last; ++i) {
            PieceWord word = _ledger.pieceWord(id.piece(uint16(i)));
            if (!_isLive(word)) continue;
            uint64 amountMinor = word.amountMinor();
            if (word.state() == PieceState.Locked) word = _ledger.pieceWord(id.piece(word.parentIndex()));
            if (!word.isFinanced()) unfundedMinor += amountMinor;
            else if (word.owner() == bank) fundedMinor += amountMinor;
        }
    }

    /// @inheritdoc ILedgerReader
    function guaranteedOf(ObligationId id, uint64 amountMinor) public view returns (uint64 guaranteedMinor) {
        (, uint16[] memory basisPoints,) = IGuarantees(address(_ledger)).guaranteesOf(id);
        uint256 total = 0;
        for (uint256 i = 0; i < basisPoints.length; ++i) {
            total += basisPoints[i];
        }
        // The shares are at most 10,000 together, so this is at most the amount.
        return uint64(amountMinor * total / BASIS_POINTS);
    }

    function _sequences(LineId lineId, uint24 fromSequence, uint24 count) private view returns (uint256 first, uint256 end) {
        first = fromSequence == 0 ? 1 : fromSequence;
        end = first + count;
        uint256 last = _ledger.lineWord(lineId).obligationCount();
        if (end > last + 1) end = last + 1;
    }

    function _obligationAt(LineId lineId, uint256 sequence) private pure returns (ObligationId) {
        // A sequence is at most the line's count of obligations, which has 24 bits.
        return obligationOf(lineId, uint24(sequence));
    }

    // ---------------------------------------------------------------- obligations, lines, issuers

    /// @inheritdoc ILedgerReader
    function obligation(ObligationId id) external view returns (Obligation memory read) {
        ObligationWord word = _ledger.obligationWord(id);
        read.issuer = id.issuer();
        read.line = id.line();
        read.faceMinor = word.faceMinor();
        read.liveMinor = word.liveMinor();
        read.maturityDay = word.maturityDay();
        read.pieceCount = word.pieceCount();
        read.maxPieces = word.maxPieces();
        read.maxHops = word.maxHops();
        read.graceDays = word.graceDays();
        read.rulebookVersion = word.rulebookVersion();
        read.instrument = word.instrument();
        read.currency = word.currency();
        read.utcOffsetQuarterHours = word.utcOffsetQuarterHours();
        read.overdue = word.isOverdue();
        read.recourse = word.hasRecourse();
        read.attestedOnly = word.isAttestedOnly();
        read.lossMinor = IMaturity(address(_ledger)).lossOf(id);
        read.heldCount = word.heldCount();
    }

    /// @inheritdoc ILedgerReader
    function line(LineId id) external view returns (Line memory read) {
        LineWord word = _ledger.lineWord(id);
        LineTermsWord terms = _ledger.lineTermsWord(id);
        read.bank = terms.bank();
        read.issuer = id.issuer();
        read.limitMinor = word.limitMinor();
        read.usedMinor = word.usedMinor();
        read.obligationCount = word.obligationCount();
        read.expiryDay = word.expiryDay();
        read.currency = word.currency();
        read.status = word.status();
        read.utcOffsetQuarterHours = word.utcOffsetQuarterHours();
        read.allottedMinor = word.allottedMinor();
        read.calendar = terms.calendar();
        read.allotmentCount = terms.allotmentCount();
    }

    /// @inheritdoc ILedgerReader
    function financing(PartyId bank, PartyId issuer_, uint8 currency) external view returns (uint64 limitMinor, uint64 financedMinor) {
        FinancingWord word = _ledger.financingWord(bank, issuer_, currency);
        return (word.limitMinor(), word.financedMinor());
    }

    /// @inheritdoc ILedgerReader
    function issuer(PartyId id) external view returns (uint8 lineCount, uint32 overdueCount) {
        IssuerWord word = _ledger.issuerWord(id);
        return (word.lineCount(), word.overdueCount());
    }

    // ---------------------------------------------------------------- parts

    function _parentOf(PieceId id, PieceWord word) private pure returns (PieceId) {
        return word.parentIndex() == 0 ? PieceId.wrap(0) : id.obligation().piece(word.parentIndex());
    }

    /// A piece that somebody may still be paid for.
    function _isLive(PieceWord word) private pure returns (bool) {
        PieceState state = word.state();
        return state == PieceState.Offered || state == PieceState.Held || state == PieceState.Locked;
    }

    /// Whether the seller disputes that the cash for a locked piece came.
    function _isContested(PieceId id, PieceWord word) private view returns (bool) {
        return word.state() == PieceState.Locked && IFinancing(address(_ledger)).saleWord(id).isContested();
    }

    /// Whether a hold rests on the piece, on one that it was cut from, or on the whole obligation.
    function _isHeld(PieceId id, PieceWord word) private view returns (bool) {
        ObligationWord terms = _ledger.obligationWord(id.obligation());
        if (terms.heldCount() == 0) return false;
        if (terms.isMarked()) return true;
        while (!word.isMarked()) {
            if (word.parentIndex() == 0) return false;
            id = _parentOf(id, word);
            word = _ledger.pieceWord(id);
        }
        return true;
    }
}
