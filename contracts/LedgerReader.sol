// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ICreditLedger} from "./interfaces/ICreditLedger.sol";
import {IFinancing} from "./interfaces/IFinancing.sol";
import {IGuarantees} from "./interfaces/IGuarantees.sol";
import {ILedgerReader} from "./interfaces/ILedgerReader.sol";
import {ILines} from "./interfaces/ILines.sol";
import {IMaturity} from "./interfaces/IMaturity.sol";
import {IParticipants} from "./interfaces/IParticipants.sol";
import {FinancingWord} from "./libraries/FinancingWords.sol";
import {IssuerWord} from "./libraries/IssuerWords.sol";
import {LineTermsWord} from "./libraries/LineTermsWords.sol";
import {LineWord} from "./libraries/LineWords.sol";
import {ObligationWord} from "./libraries/ObligationWords.sol";
import {PieceWord, PieceWords} from "./libraries/PieceWords.sol";
import {LineId, ObligationId, PartyId, PieceId, obligationOf} from "./types/Identifiers.sol";
import {PieceState} from "./types/Movements.sol";
import {PieceReference, PieceReferences} from "./types/PieceReference.sol";
import {BANK} from "./types/Roles.sol";
import {WHOLE_BASIS_POINTS} from "./types/Units.sol";

/// @notice See `ILedgerReader`.
contract LedgerReader is ILedgerReader {
    ICreditLedger private immutable _ledger;
    IParticipants private immutable _participants;

    /// What guarantors carry of an obligation, in the order in which they agreed to.
    struct Cover {
        PartyId[] guarantors;
        uint256[] minor;
        /// What it is part of: all that is live but for the claims of guarantors that paid.
        uint256 liveMinor;
    }

    constructor(ICreditLedger ledger_, IParticipants participants_) {
        _ledger = ledger_;
        _participants = participants_;
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
        bool held = word.isLive() && (_isHeld(id, word) || word.isContested(IFinancing(address(_ledger)).saleWord(id)));
        read.state = held ? PieceState.OnHold : word.state();
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
            if (word.owner() != owner || !word.isLive()) continue;
            if (pieces.length != 0) pieces[place + found] = piece(next);
            ++found;
        }
    }

    /// @inheritdoc ILedgerReader
    function exposure(PartyId bearer, LineId lineId, uint24 fromSequence, uint24 count) external view returns (Exposure memory sum) {
        LineWord word = _ledger.lineWord(lineId);
        // What is allotted and not drawn can still be issued, so it is committed; a limit is never below what is used.
        if (fromSequence <= 1) sum.committedMinor = _shareOf(lineId, bearer, word.limitMinor() - word.usedMinor());
        (uint256 first, uint256 end) = _sequences(lineId, fromSequence, count);
        for (uint256 sequence = first; sequence < end; ++sequence) {
            _addExposure(sum, bearer, _obligationAt(lineId, sequence));
        }
    }

    /// Adds what a party carries of one obligation.
    function _addExposure(Exposure memory sum, PartyId bearer, ObligationId id) private view {
        Cover memory cover = _coverOf(id);
        uint256 last = _ledger.obligationWord(id).pieceCount();
        for (uint256 i = 1; i <= last; ++i) {
            // The count of pieces has 16 bits, so its places do.
            PieceWord word = _ledger.pieceWord(id.piece(uint16(i)));
            if (!word.isLive()) continue;
            (PartyId holder, bool isClaim) = _holderOf(id, word, cover);
            bool byBank = isClaim || _isBank(holder);
            uint64 restMinor = word.amountMinor();
            if (!isClaim) {
                (uint64 borneMinor, uint64 carriedMinor) = _carriedOf(cover, restMinor, byBank ? holder : PartyId.wrap(0), bearer);
                sum.guaranteedMinor += borneMinor;
                restMinor -= carriedMinor;
            }
            if (!byBank) sum.contingentMinor += _shareOf(id.line(), bearer, restMinor);
            else if (holder == bearer) sum.fundedMinor += restMinor;
        }
    }

    /// Who has a live piece: its owner, but as long as that one has not consented or paid, who gives it. Nobody has what was only offered
    /// by the issuer. And whether it is the claim of a guarantor that paid, which is its own: no other guarantor covers it.
    function _holderOf(ObligationId id, PieceWord word, Cover memory cover) private view returns (PartyId holder, bool isClaim) {
        if (word.state() != PieceState.Held) {
            if (word.parentIndex() == 0) return (PartyId.wrap(0), false);
            word = _ledger.pieceWord(id.piece(word.parentIndex()));
        }
        holder = word.owner();
        if (!word.isPayment()) return (holder, false);
        for (uint256 i = 0; i < cover.guarantors.length; ++i) {
            if (cover.guarantors[i] == holder) return (holder, true);
        }
    }

    function _isBank(PartyId party) private view returns (bool) {
        return PartyId.unwrap(party) != 0 && _participants.party(party).roles & BANK != 0;
    }

    function _shareOf(LineId lineId, PartyId bank, uint64 amountMinor) private view returns (uint64) {
        return ILines(address(_ledger)).shareOf(lineId, bank, amountMinor);
    }

    /// What guarantors carry of an obligation now: their shares of what is live, but for the claims of those that paid, and no more than
    /// they have not yet paid of their shares of its face.
    function _coverOf(ObligationId id) private view returns (Cover memory cover) {
        uint16[] memory basisPoints;
        uint64[] memory paidMinor;
        (cover.guarantors, basisPoints, paidMinor) = IGuarantees(address(_ledger)).guaranteesOf(id);
        cover.minor = new uint256[](basisPoints.length);
        if (basisPoints.length == 0) return cover;
        ObligationWord terms = _ledger.obligationWord(id);
        for (uint256 i = 1; i <= terms.pieceCount(); ++i) {
            // The count of pieces has 16 bits, so its places do.
            PieceWord word = _ledger.pieceWord(id.piece(uint16(i)));
            if (!word.isLive()) continue;
            (, bool isClaim) = _holderOf(id, word, cover);
            if (!isClaim) cover.liveMinor += word.amountMinor();
        }
        for (uint256 i = 0; i < basisPoints.length; ++i) {
            uint256 shareMinor = cover.liveMinor * basisPoints[i] / WHOLE_BASIS_POINTS;
            // It never pays more than its share of the face.
            uint256 leftMinor = uint256(terms.faceMinor()) * basisPoints[i] / WHOLE_BASIS_POINTS - paidMinor[i];
            cover.minor[i] = shareMinor < leftMinor ? shareMinor : leftMinor;
        }
    }

    /// What one party, and all guarantors together, carry of a live amount. A guarantor does not carry what it holds itself.
    function _carriedOf(Cover memory cover, uint64 amountMinor, PartyId holder, PartyId bearer)
        private
        pure
        returns (uint64 borneMinor, uint64 carriedMinor)
    {
        if (cover.liveMinor == 0) return (0, 0);
        for (uint256 i = 0; i < cover.minor.length; ++i) {
            PartyId guarantor = cover.guarantors[i];
            if (guarantor == holder) continue;
            // All guarantors carry at most what is live, so together this is at most the amount.
            uint64 partMinor = uint64(amountMinor * cover.minor[i] / cover.liveMinor);
            carriedMinor += partMinor;
            if (guarantor == bearer) borneMinor = partMinor;
        }
    }

    /// @inheritdoc ILedgerReader
    function guaranteedOf(ObligationId id, uint64 amountMinor) external view returns (uint64 guaranteedMinor) {
        (, guaranteedMinor) = _carriedOf(_coverOf(id), amountMinor, PartyId.wrap(0), PartyId.wrap(0));
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
