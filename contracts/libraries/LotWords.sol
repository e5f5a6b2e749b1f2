// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {PartyId} from "../types/Identifiers.sol";

/// What a keeper stores of one depositor, in one storage word, lowest bits first: `measured u64 | receipted u64 | keeper u32 |
/// depositor u32 | confirmer u32 | liens u8`. The 24 highest bits are spare, and 0.
type LotWord is uint256;

using LotWords for LotWord global;

/// @notice Reads and changes a lot's word.
library LotWords {
    uint256 private constant RECEIPTED_SHIFT = 64;
    uint256 private constant KEEPER_SHIFT = 128;
    uint256 private constant DEPOSITOR_SHIFT = 160;
    uint256 private constant CONFIRMER_SHIFT = 192;
    uint256 private constant LIENS_SHIFT = 224;
    uint256 private constant MEASURED_MASK = type(uint64).max;
    uint256 private constant CONFIRMER_MASK = uint256(type(uint32).max) << CONFIRMER_SHIFT;

    function pack(PartyId keeper_, PartyId depositor_) internal pure returns (LotWord) {
        return LotWord.wrap(
            (uint256(PartyId.unwrap(keeper_)) << KEEPER_SHIFT) | (uint256(PartyId.unwrap(depositor_)) << DEPOSITOR_SHIFT)
        );
    }

    /// What the keeper found last.
    function measured(LotWord self) internal pure returns (uint64) {
        return uint64(LotWord.unwrap(self));
    }

    /// What live receipts are for.
    function receipted(LotWord self) internal pure returns (uint64) {
        return uint64(LotWord.unwrap(self) >> RECEIPTED_SHIFT);
    }

    /// 0 for a lot that nobody measured.
    function keeper(LotWord self) internal pure returns (PartyId) {
        return PartyId.wrap(uint32(LotWord.unwrap(self) >> KEEPER_SHIFT));
    }

    function depositor(LotWord self) internal pure returns (PartyId) {
        return PartyId.wrap(uint32(LotWord.unwrap(self) >> DEPOSITOR_SHIFT));
    }

    /// Who found the same as the keeper did last; 0 for nobody.
    function confirmer(LotWord self) internal pure returns (PartyId) {
        return PartyId.wrap(uint32(LotWord.unwrap(self) >> CONFIRMER_SHIFT));
    }

    function liens(LotWord self) internal pure returns (uint8) {
        return uint8(LotWord.unwrap(self) >> LIENS_SHIFT);
    }

    /// Less was found than receipts are for.
    function isShort(LotWord self) internal pure returns (bool) {
        return self.measured() < self.receipted();
    }

    /// With a new measurement, which nobody has confirmed.
    function withMeasured(LotWord self, uint64 quantity) internal pure returns (LotWord) {
        return LotWord.wrap((LotWord.unwrap(self) & ~(MEASURED_MASK | CONFIRMER_MASK)) | quantity);
    }

    /// With the last measurement confirmed. The caller has checked that nobody did before.
    function withConfirmer(LotWord self, PartyId confirmer_) internal pure returns (LotWord) {
        return LotWord.wrap(LotWord.unwrap(self) | (uint256(PartyId.unwrap(confirmer_)) << CONFIRMER_SHIFT));
    }

    /// With another receipt. The caller has checked it against what is measured, so the sum fits.
    function withReceipt(LotWord self, uint64 quantity) internal pure returns (LotWord) {
        return LotWord.wrap(LotWord.unwrap(self) + (uint256(quantity) << RECEIPTED_SHIFT));
    }

    /// With one receipt less. Its quantity is part of what is receipted.
    function withoutReceipt(LotWord self, uint64 quantity) internal pure returns (LotWord) {
        return LotWord.wrap(LotWord.unwrap(self) - (uint256(quantity) << RECEIPTED_SHIFT));
    }

    /// With a lien. The caller has checked that there is none.
    function withLien(LotWord self) internal pure returns (LotWord) {
        return LotWord.wrap(LotWord.unwrap(self) + (1 << LIENS_SHIFT));
    }

    /// With a lien less. It is one that was added before.
    function withoutLien(LotWord self) internal pure returns (LotWord) {
        return LotWord.wrap(LotWord.unwrap(self) - (1 << LIENS_SHIFT));
    }
}
