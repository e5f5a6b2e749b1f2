// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @notice An id says where a thing comes from, so that issuer, line and obligation of a piece need no storage and no read:
/// `piece = obligation << 16 | index`, `obligation = line << 24 | sequence`, `line = issuer << 8 | index`. Every index and
/// sequence starts at 1 (pieces, obligations and lines can be enumerated from storage); 0 is nobody and nothing.

/// A registered enterprise.
type PartyId is uint32;

/// A credit line that a bank granted to an issuer.
type LineId is uint40;

/// One issuance under a line; the ERC-3525 slot of its pieces.
type ObligationId is uint64;

/// One owner's part of an obligation; the ERC-721 and ERC-3525 token.
type PieceId is uint80;

/// A trade document whose buyer confirmed it.
type EvidenceId is uint40;

/// A part of a line that its issuer lets a supplier draw on: `line << 16 | index`, from 1.
type AllotmentId is uint56;

/// A warehouse receipt, counted from 1.
type ReceiptId is uint40;

/// A loan against a receipt or an order, counted from 1.
type LoanId is uint40;

using {sameParty as ==, otherParty as !=} for PartyId global;
using LineIds for LineId global;
using ObligationIds for ObligationId global;
using PieceIds for PieceId global;
using AllotmentIds for AllotmentId global;
using {samePiece as ==, otherPiece as !=} for PieceId global;
using {sameEvidence as ==, otherEvidence as !=} for EvidenceId global;

function sameParty(PartyId left, PartyId right) pure returns (bool) {
    return PartyId.unwrap(left) == PartyId.unwrap(right);
}

function otherParty(PartyId left, PartyId right) pure returns (bool) {
    return PartyId.unwrap(left) != PartyId.unwrap(right);
}

function samePiece(PieceId left, PieceId right) pure returns (bool) {
    return PieceId.unwrap(left) == PieceId.unwrap(right);
}

function otherPiece(PieceId left, PieceId right) pure returns (bool) {
    return PieceId.unwrap(left) != PieceId.unwrap(right);
}

function sameEvidence(EvidenceId left, EvidenceId right) pure returns (bool) {
    return EvidenceId.unwrap(left) == EvidenceId.unwrap(right);
}

function otherEvidence(EvidenceId left, EvidenceId right) pure returns (bool) {
    return EvidenceId.unwrap(left) != EvidenceId.unwrap(right);
}

/// The issuer's line with this index.
function lineOf(PartyId issuer, uint8 index) pure returns (LineId) {
    return LineId.wrap((uint40(PartyId.unwrap(issuer)) << 8) | index);
}

/// The line's obligation with this sequence number.
function obligationOf(LineId line, uint24 sequence) pure returns (ObligationId) {
    return ObligationId.wrap((uint64(LineId.unwrap(line)) << 24) | sequence);
}

/// The line's allotment with this index.
function allotmentOf(LineId line, uint16 index) pure returns (AllotmentId) {
    return AllotmentId.wrap((uint56(LineId.unwrap(line)) << 16) | index);
}

// The casts below cut off exactly the lower parts that the shift did not, so they lose nothing.

/// @notice Where a line comes from.
library LineIds {
    function issuer(LineId self) internal pure returns (PartyId) {
        return PartyId.wrap(uint32(LineId.unwrap(self) >> 8));
    }
}

/// @notice Where an obligation comes from, and what it has.
library ObligationIds {
    function line(ObligationId self) internal pure returns (LineId) {
        return LineId.wrap(uint40(ObligationId.unwrap(self) >> 24));
    }

    function issuer(ObligationId self) internal pure returns (PartyId) {
        return PartyId.wrap(uint32(ObligationId.unwrap(self) >> 32));
    }

    /// The obligation's piece with this index.
    function piece(ObligationId self, uint16 index) internal pure returns (PieceId) {
        return PieceId.wrap((uint80(ObligationId.unwrap(self)) << 16) | index);
    }
}

/// @notice Where a piece comes from.
library PieceIds {
    function obligation(PieceId self) internal pure returns (ObligationId) {
        return ObligationId.wrap(uint64(PieceId.unwrap(self) >> 16));
    }

    function line(PieceId self) internal pure returns (LineId) {
        return LineId.wrap(uint40(PieceId.unwrap(self) >> 40));
    }

    function issuer(PieceId self) internal pure returns (PartyId) {
        return PartyId.wrap(uint32(PieceId.unwrap(self) >> 48));
    }

    /// Its number within the obligation; 0 for no piece.
    function index(PieceId self) internal pure returns (uint16) {
        return uint16(PieceId.unwrap(self));
    }
}

/// @notice Where an allotment comes from.
library AllotmentIds {
    function line(AllotmentId self) internal pure returns (LineId) {
        return LineId.wrap(uint40(AllotmentId.unwrap(self) >> 16));
    }

    /// Its number under the line; 0 for none.
    function index(AllotmentId self) internal pure returns (uint16) {
        return uint16(AllotmentId.unwrap(self));
    }
}
