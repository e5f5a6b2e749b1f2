// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {PartyId} from "../types/Identifiers.sol";

/// What is noted of a sale whose cash moves off chain, in one storage word, lowest bits first: `proceedsMinor u64 | contestHours u8 |
/// attestedAt u40 | contested u1 | accountBank u32`. Its seller is the owner of the locked piece's parent, its deadline is the locked piece's.
type SaleWord is uint256;

using SaleWords for SaleWord global;

/// @notice Reads and changes a sale's word. It is 0 again when the sale has ended.
library SaleWords {
    uint256 private constant HOURS_SHIFT = 64;
    uint256 private constant ATTESTED_SHIFT = 72;
    uint256 private constant CONTESTED = 1 << 112;
    uint256 private constant BANK_SHIFT = 113;

    function pack(uint64 proceedsMinor_, uint8 contestHours_, PartyId accountBank_) internal pure returns (SaleWord) {
        return SaleWord.wrap(
            uint256(proceedsMinor_) | (uint256(contestHours_) << HOURS_SHIFT)
                | (uint256(PartyId.unwrap(accountBank_)) << BANK_SHIFT)
        );
    }

    /// What the bank pays to the seller.
    function proceedsMinor(SaleWord self) internal pure returns (uint64) {
        return uint64(SaleWord.unwrap(self));
    }

    /// Hours within which the seller may contest an attestation, by the rules that the obligation was issued under.
    function contestHours(SaleWord self) internal pure returns (uint8) {
        return uint8(SaleWord.unwrap(self) >> HOURS_SHIFT);
    }

    /// Unix seconds; 0 while nobody attested that the cash came.
    function attestedAt(SaleWord self) internal pure returns (uint40) {
        return uint40(SaleWord.unwrap(self) >> ATTESTED_SHIFT);
    }

    function isAttested(SaleWord self) internal pure returns (bool) {
        return self.attestedAt() != 0;
    }

    /// The last second at which the attestation can be contested.
    function contestableUntil(SaleWord self) internal pure returns (uint256) {
        return uint256(self.attestedAt()) + uint256(self.contestHours()) * 1 hours;
    }

    /// Whether the seller says that the cash which was attested did not come: a dispute.
    function isContested(SaleWord self) internal pure returns (bool) {
        return SaleWord.unwrap(self) & CONTESTED != 0;
    }

    /// The seller's account bank when the piece was locked, which the buyer pays to; 0 if it had none.
    function accountBank(SaleWord self) internal pure returns (PartyId) {
        return PartyId.wrap(uint32(SaleWord.unwrap(self) >> BANK_SHIFT));
    }

    /// Attested at this second. The caller has checked that it was not before.
    function attested(SaleWord self, uint40 second) internal pure returns (SaleWord) {
        return SaleWord.wrap(SaleWord.unwrap(self) | (uint256(second) << ATTESTED_SHIFT));
    }

    function contested(SaleWord self) internal pure returns (SaleWord) {
        return SaleWord.wrap(SaleWord.unwrap(self) | CONTESTED);
    }
}
