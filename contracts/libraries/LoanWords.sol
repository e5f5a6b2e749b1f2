// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {PartyId} from "../types/Identifiers.sol";

/// Who lent whom how much, in one storage word, lowest bits first: `principal u64 | limit u64 | borrower u32 | bank u32 |
/// maturityDay u16 | accrualDay u16 | currency u8 | utcOffsetQuarterHours i8 | status u8 | flags u8`.
type LoanWord is uint256;

using LoanWords for LoanWord global;

/// @notice Reads and changes a loan's word.
library LoanWords {
    uint256 private constant LIMIT_SHIFT = 64;
    uint256 private constant BORROWER_SHIFT = 128;
    uint256 private constant BANK_SHIFT = 160;
    uint256 private constant MATURITY_SHIFT = 192;
    uint256 private constant ACCRUAL_SHIFT = 208;
    uint256 private constant CURRENCY_SHIFT = 224;
    uint256 private constant UTC_OFFSET_SHIFT = 232;
    uint256 private constant STATUS_SHIFT = 240;
    uint256 private constant FLAGS_SHIFT = 248;
    uint256 private constant LIMIT_MASK = uint256(type(uint64).max) << LIMIT_SHIFT;
    uint256 private constant ACCRUAL_MASK = uint256(type(uint16).max) << ACCRUAL_SHIFT;
    uint256 private constant STATUS_MASK = uint256(type(uint8).max) << STATUS_SHIFT;

    /// The borrower may draw, until the day of maturity, and repays.
    uint8 internal constant OPEN = 1;
    /// Somebody noted that it was not repaid in time.
    uint8 internal constant DEFAULTED = 2;
    /// Nothing is owed, and nothing secures it.
    uint8 internal constant CLOSED = 3;

    /// The goods have to be measured by two parties.
    uint8 internal constant TWICE_MEASURED = 1;
    /// It rests on the invoice that sold the goods.
    uint8 internal constant SOLD = 2;
    /// The bank gave its lien up.
    uint8 internal constant UNSECURED = 4;

    /// Terms before they are packed.
    struct Terms {
        uint64 limitMinor;
        PartyId borrower;
        PartyId bank;
        uint16 maturityDay;
        uint8 currency;
        int8 utcOffsetQuarterHours;
        uint8 flags;
    }

    /// An open loan, of which nothing is drawn.
    function pack(Terms memory terms) internal pure returns (LoanWord) {
        return LoanWord.wrap(
            (uint256(terms.limitMinor) << LIMIT_SHIFT) | (uint256(PartyId.unwrap(terms.borrower)) << BORROWER_SHIFT)
                | (uint256(PartyId.unwrap(terms.bank)) << BANK_SHIFT) | (uint256(terms.maturityDay) << MATURITY_SHIFT)
                | (uint256(terms.currency) << CURRENCY_SHIFT) | (uint256(uint8(terms.utcOffsetQuarterHours)) << UTC_OFFSET_SHIFT)
                | (uint256(OPEN) << STATUS_SHIFT) | (uint256(terms.flags) << FLAGS_SHIFT)
        );
    }

    /// Drawn and not repaid.
    function principalMinor(LoanWord self) internal pure returns (uint64) {
        return uint64(LoanWord.unwrap(self));
    }

    /// What the principal may come to.
    function limitMinor(LoanWord self) internal pure returns (uint64) {
        return uint64(LoanWord.unwrap(self) >> LIMIT_SHIFT);
    }

    function borrower(LoanWord self) internal pure returns (PartyId) {
        return PartyId.wrap(uint32(LoanWord.unwrap(self) >> BORROWER_SHIFT));
    }

    function bank(LoanWord self) internal pure returns (PartyId) {
        return PartyId.wrap(uint32(LoanWord.unwrap(self) >> BANK_SHIFT));
    }

    /// The last day to repay.
    function maturityDay(LoanWord self) internal pure returns (uint16) {
        return uint16(LoanWord.unwrap(self) >> MATURITY_SHIFT);
    }

    /// The day up to which interest has been counted.
    function accrualDay(LoanWord self) internal pure returns (uint16) {
        return uint16(LoanWord.unwrap(self) >> ACCRUAL_SHIFT);
    }

    function currency(LoanWord self) internal pure returns (uint8) {
        return uint8(LoanWord.unwrap(self) >> CURRENCY_SHIFT);
    }

    function utcOffsetQuarterHours(LoanWord self) internal pure returns (int8) {
        return int8(uint8(LoanWord.unwrap(self) >> UTC_OFFSET_SHIFT));
    }

    /// 0 for a loan that does not exist.
    function status(LoanWord self) internal pure returns (uint8) {
        return uint8(LoanWord.unwrap(self) >> STATUS_SHIFT);
    }

    function has(LoanWord self, uint8 flag) internal pure returns (bool) {
        return uint8(LoanWord.unwrap(self) >> FLAGS_SHIFT) & flag != 0;
    }

    /// With more drawn. The caller has checked the sum against the limit.
    function withDraw(LoanWord self, uint64 amountMinor) internal pure returns (LoanWord) {
        return LoanWord.wrap(LoanWord.unwrap(self) + amountMinor);
    }

    /// With some repaid. The caller has checked the amount against what is drawn.
    function withRepayment(LoanWord self, uint64 amountMinor) internal pure returns (LoanWord) {
        return LoanWord.wrap(LoanWord.unwrap(self) - amountMinor);
    }

    function withLimit(LoanWord self, uint64 limitMinor_) internal pure returns (LoanWord) {
        return LoanWord.wrap((LoanWord.unwrap(self) & ~LIMIT_MASK) | (uint256(limitMinor_) << LIMIT_SHIFT));
    }

    function withAccrualDay(LoanWord self, uint16 day) internal pure returns (LoanWord) {
        return LoanWord.wrap((LoanWord.unwrap(self) & ~ACCRUAL_MASK) | (uint256(day) << ACCRUAL_SHIFT));
    }

    function withStatus(LoanWord self, uint8 status_) internal pure returns (LoanWord) {
        return LoanWord.wrap((LoanWord.unwrap(self) & ~STATUS_MASK) | (uint256(status_) << STATUS_SHIFT));
    }

    function withFlag(LoanWord self, uint8 flag) internal pure returns (LoanWord) {
        return LoanWord.wrap(LoanWord.unwrap(self) | (uint256(flag) << FLAGS_SHIFT));
    }
}
