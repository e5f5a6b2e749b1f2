// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ICreditLedger} from "./interfaces/ICreditLedger.sol";
import {ILedgerReader} from "./interfaces/ILedgerReader.sol";
import {FinancingWord} from "./libraries/FinancingWords.sol";
import {IssuerWord} from "./libraries/IssuerWords.sol";
import {LineWord} from "./libraries/LineWords.sol";
import {ObligationWord} from "./libraries/ObligationWords.sol";
import {PieceWord} from "./libraries/PieceWords.sol";
import {LineId, ObligationId, PartyId, PieceId} from "./types/Identifiers.sol";
import {PieceState} from "./types/Movements.sol";

/// @notice See `ILedgerReader`.
contract LedgerReader is ILedgerReader {
    ICreditLedger private immutable _ledger;

    constructor(ICreditLedger ledger_) {
        _ledger = ledger_;
    }

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
    function piece(PieceId id) public view returns (Piece memory) {
        PieceWord word = _ledger.pieceWord(id);
        return Piece({
            id: id,
            owner: word.owner(),
            parent: _parentOf(id, word),
            amountMinor: word.amountMinor(),
            evidence: word.evidence(),
            hops: word.hops(),
            tier: word.tier(),
            state: word.state(),
            financed: word.isFinanced(),
            deadline: word.deadline(),
            openOffers: word.openOffers(),
            childCount: word.childCount()
        });
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
    function obligation(ObligationId id) external view returns (Obligation memory) {
        ObligationWord word = _ledger.obligationWord(id);
        return Obligation({
            issuer: id.issuer(),
            line: id.line(),
            faceMinor: word.faceMinor(),
            liveMinor: word.liveMinor(),
            maturityDay: word.maturityDay(),
            pieceCount: word.pieceCount(),
            maxPieces: word.maxPieces(),
            maxHops: word.maxHops(),
            graceDays: word.graceDays(),
            rulebookVersion: word.rulebookVersion(),
            instrument: word.instrument(),
            currency: word.currency(),
            utcOffsetQuarterHours: word.utcOffsetQuarterHours(),
            overdue: word.isOverdue()
        });
    }

    /// @inheritdoc ILedgerReader
    function line(LineId id) external view returns (Line memory) {
        LineWord word = _ledger.lineWord(id);
        return Line({
            bank: _ledger.bankOf(id),
            issuer: id.issuer(),
            limitMinor: word.limitMinor(),
            usedMinor: word.usedMinor(),
            obligationCount: word.obligationCount(),
            expiryDay: word.expiryDay(),
            currency: word.currency(),
            status: word.status(),
            utcOffsetQuarterHours: word.utcOffsetQuarterHours()
        });
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

    function _parentOf(PieceId id, PieceWord word) private pure returns (PieceId) {
        return word.parentIndex() == 0 ? PieceId.wrap(0) : id.obligation().piece(word.parentIndex());
    }
}
