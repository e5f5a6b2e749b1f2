// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {EvidenceId, ObligationId, PieceId} from "./Identifiers.sol";

/// A piece as an order names it: its id, and what it must be, in one word, lowest bits first: `piece u80 | parentIndex u16 | evidence u40 |
/// maturityDay u16`. Ids are counted, so after a re-organisation of the chain the same id can be another piece; the
/// order then fits nothing (`PieceMismatch`), instead of moving what its signer did not mean.
type PieceReference is uint256;

using PieceReferences for PieceReference global;

/// @notice Reads a reference.
library PieceReferences {
    uint256 private constant PARENT_SHIFT = 80;
    uint256 private constant EVIDENCE_SHIFT = 96;
    uint256 private constant MATURITY_SHIFT = 136;

    function pack(PieceId piece_, uint16 parentIndex_, EvidenceId evidence_, uint16 maturityDay_) internal pure returns (PieceReference) {
        return PieceReference.wrap(
            uint256(PieceId.unwrap(piece_)) | (uint256(parentIndex_) << PARENT_SHIFT)
                | (uint256(EvidenceId.unwrap(evidence_)) << EVIDENCE_SHIFT) | (uint256(maturityDay_) << MATURITY_SHIFT)
        );
    }

    // The casts cut off exactly the neighbouring fields.

    function piece(PieceReference self) internal pure returns (PieceId) {
        return PieceId.wrap(uint80(PieceReference.unwrap(self)));
    }

    function obligation(PieceReference self) internal pure returns (ObligationId) {
        return ObligationId.wrap(uint64(PieceReference.unwrap(self) >> 16));
    }

    /// Index of the parent within the obligation; 0 for a piece that the issuer issued.
    function parentIndex(PieceReference self) internal pure returns (uint16) {
        return uint16(PieceReference.unwrap(self) >> PARENT_SHIFT);
    }

    function evidence(PieceReference self) internal pure returns (EvidenceId) {
        return EvidenceId.wrap(uint40(PieceReference.unwrap(self) >> EVIDENCE_SHIFT));
    }

    function maturityDay(PieceReference self) internal pure returns (uint16) {
        return uint16(PieceReference.unwrap(self) >> MATURITY_SHIFT);
    }
}
