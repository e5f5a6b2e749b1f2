// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {WHOLE_MICROS} from "../types/Units.sol";

/// @notice Simple discount: what a buyer of paper keeps back of an amount that is due in some days.
library Discounts {
    /// `amount × rate × days / (basis × 1,000,000)`, rounded up: the fraction of a minor unit is the buyer's, so that it never earns less
    /// than the rate that it signed. A holder sees the price before it sells, and says how low it may be.
    /// @param annualRateMicros parts per million a year
    /// @param daysLeft from today to the day of maturity
    /// @param basis days that count as a year
    function discountMinorUp(uint64 amountMinor, uint32 annualRateMicros, uint16 daysLeft, uint16 basis) internal pure returns (uint256) {
        // The factors have 64, 32 and 16 bits.
        uint256 product = uint256(amountMinor) * annualRateMicros * daysLeft;
        uint256 divisor = uint256(basis) * WHOLE_MICROS;
        return (product + divisor - 1) / divisor;
    }
}
