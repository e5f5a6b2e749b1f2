// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {EvidenceId, LineId, ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {PieceState} from "../types/Movements.sol";
import {PieceReference} from "../types/PieceReference.sol";

/// @title The ledger in readable form
/// @notice Takes the ledger's words apart and follows a piece's way. It has no storage, no role and no power; anyone can deploy another one.
interface ILedgerReader {
    struct Line {
        PartyId bank;
        PartyId issuer;
        uint64 limitMinor;
        uint64 usedMinor;
        uint24 obligationCount;
        uint16 expiryDay;
        uint8 currency;
        /// 0 no such line, 1 open, 2 suspended.
        uint8 status;
        int8 utcOffsetQuarterHours;
        /// Promised in allotments and not drawn.
        uint64 allottedMinor;
        /// Holiday calendar of the rulebook; 0 has none.
        uint8 calendar;
        uint16 allotmentCount;
    }

    struct Obligation {
        PartyId issuer;
        LineId line;
        uint64 faceMinor;
        /// Sum of the pieces that are offered, held, locked or on hold.
        uint64 liveMinor;
        uint16 maturityDay;
        uint16 pieceCount;
        uint16 maxPieces;
        uint8 maxHops;
        uint8 graceDays;
        uint16 rulebookVersion;
        uint8 instrument;
        uint8 currency;
        int8 utcOffsetQuarterHours;
        bool overdue;
        /// On default a holder may go back along the path.
        bool recourse;
        /// Only attested documents back its pieces.
        bool attestedOnly;
        /// Written off and not made good.
        uint64 lossMinor;
        /// Marks on its pieces and on itself.
        uint16 heldCount;
    }

    struct Piece {
        PieceId id;
        PartyId owner;
        /// 0 for a piece that the issuer issued.
        PieceId parent;
        /// What is in it now; what it passed on is in its children.
        uint64 amountMinor;
        /// 0 on a cash hop.
        EvidenceId evidence;
        /// How often the evidence had been used before.
        uint16 useIndex;
        /// Steps from the issuer.
        uint8 hops;
        /// Steps from the issuer with a trade behind them.
        uint8 tier;
        /// On hold where a hold rests on it or on a piece that it was cut from, as long as it is live.
        PieceState state;
        /// A bank bought it.
        bool financed;
        /// Cut from its parent by a payment.
        bool payment;
        /// Unix seconds, of the offer or of the acceptance in advance.
        uint40 deadline;
        /// Children that wait for consent.
        uint16 openOffers;
        /// Children ever made.
        uint16 childCount;
    }

    /// @notice One step of the way from the issuer to a holder.
    struct PathStep {
        PieceId piece;
        PartyId from;
        PartyId to;
        EvidenceId evidence;
        uint8 tier;
        PieceState state;
    }

    /// @notice What a party carries of one line's paper. Summed over banks and guarantors, each piece counts once.
    /// @param committedMinor a bank's share of the unused line, allotted or not
    /// @param contingentMinor a bank's share of what is live and held by no bank, but for what guarantors carry of it
    /// @param fundedMinor what it holds itself as a bank, however it came to it, but for what guarantors carry of it; and what it paid for
    /// as a guarantor
    /// @param guaranteedMinor what it carries as a guarantor of what others hold: its share, but no more than it has not yet paid of it
    struct Exposure {
        uint64 committedMinor;
        uint64 contingentMinor;
        uint64 fundedMinor;
        uint64 guaranteedMinor;
    }

    error PieceUnknown(PieceId piece);

    /// @notice The steps from the issuer to the piece's owner, from storage alone; as many as the piece has hops.
    function path(PieceId piece) external view returns (PathStep[] memory);

    /// @notice All about a piece; zeros if there is none.
    function piece(PieceId id) external view returns (Piece memory);

    /// @notice Pieces of an obligation from an index (from 1) on, at most `count`.
    function piecesOf(ObligationId obligation, uint16 fromIndex, uint16 count) external view returns (Piece[] memory);

    /// @notice How an order names pieces that are there now.
    function references(PieceId[] calldata pieces) external view returns (PieceReference[] memory);

    /// @notice What a party holds, is offered or is to receive of a line's paper, obligation by obligation.
    /// @param fromSequence the first obligation, from 1
    /// @param count how many obligations to look at, at most
    function portfolio(PartyId owner, LineId line, uint24 fromSequence, uint24 count) external view returns (Piece[] memory);

    /// @notice What a bank or guarantor carries of a line's paper, of the obligations from `fromSequence` (from 1) on, at most `count`. The
    /// committed part comes with the first of them, so that the parts of a large line add up. Shares are rounded down piece by piece; the
    /// bank that granted the line carries the rest.
    function exposure(PartyId bearer, LineId line, uint24 fromSequence, uint24 count) external view returns (Exposure memory);

    /// @notice What guarantors together carry of a live amount under an obligation: each its share of it, rounded down, as far as what it
    /// has not yet paid of its share of the face covers all that is live. The claims of those that paid are nobody's to carry but theirs.
    function guaranteedOf(ObligationId obligation, uint64 amountMinor) external view returns (uint64);

    /// @notice All about an obligation; zeros if there is none.
    function obligation(ObligationId id) external view returns (Obligation memory);

    /// @notice All about a line; zeros if there is none.
    function line(LineId id) external view returns (Line memory);

    /// @notice What a bank will hold, and holds, of an issuer's paper.
    function financing(PartyId bank, PartyId issuer, uint8 currency) external view returns (uint64 limitMinor, uint64 financedMinor);

    /// @notice Lines of an issuer (numbered from 1 to this), and its obligations that are overdue.
    function issuer(PartyId id) external view returns (uint8 lineCount, uint32 overdueCount);
}
