// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// What an account bank attested of a payment off chain, in one storage word, lowest bits first: `amount u64 | contestableUntil u40 |
/// contested u1`.
type PaymentWord is uint256;

using PaymentWords for PaymentWord global;

/// @notice Reads and changes an attested payment's word. It is 0 where nothing is attested.
library PaymentWords {
    uint256 private constant CONTESTABLE_SHIFT = 64;
    uint256 private constant CONTESTED = 1 << 104;

    function pack(uint64 amountMinor_, uint40 contestableUntil_) internal pure returns (PaymentWord) {
        return PaymentWord.wrap(uint256(amountMinor_) | (uint256(contestableUntil_) << CONTESTABLE_SHIFT));
    }

    /// What came of the piece's amount, as the bank says; never 0 where something is attested.
    function amountMinor(PaymentWord self) internal pure returns (uint64) {
        return uint64(PaymentWord.unwrap(self));
    }

    /// Unix seconds; the last one in which the owner may contest.
    function contestableUntil(PaymentWord self) internal pure returns (uint40) {
        return uint40(PaymentWord.unwrap(self) >> CONTESTABLE_SHIFT);
    }

    /// Whether the owner says that this payment did not come.
    function isContested(PaymentWord self) internal pure returns (bool) {
        return PaymentWord.unwrap(self) & CONTESTED != 0;
    }

    /// What is left of it after the payee confirmed as much by itself; 0 where that is nothing. A confirmation ends a dispute.
    function confirmed(PaymentWord self, uint64 amountMinor_) internal pure returns (PaymentWord) {
        if (self.isContested() || self.amountMinor() <= amountMinor_) return PaymentWord.wrap(0);
        return PaymentWord.wrap(PaymentWord.unwrap(self) - amountMinor_);
    }

    function contested(PaymentWord self) internal pure returns (PaymentWord) {
        return PaymentWord.wrap(PaymentWord.unwrap(self) | CONTESTED);
    }
}
