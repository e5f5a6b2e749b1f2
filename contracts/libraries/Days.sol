// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @notice Calendar days as numbers: days since 1970-01-01 in a time zone given as quarter hours from UTC.
library Days {
    uint256 private constant SECONDS_A_DAY = 86_400;
    int256 private constant SECONDS_A_QUARTER_HOUR = 900;

    /// The local calendar day of a unix second after the year 1971.
    function dayOf(uint256 second, int8 utcOffsetQuarterHours) internal pure returns (uint16) {
        // Such a second is far above 32 hours, the furthest that an offset of 8 bits goes back, so the sum stays positive; it is far
        // below 2^256 as well. Day 65,535 is in the year 2149.
        unchecked {
            return uint16((second + uint256(int256(utcOffsetQuarterHours) * SECONDS_A_QUARTER_HOUR)) / SECONDS_A_DAY);
        }
    }

    /// The unix second at which a local calendar day, from day 2 on, begins.
    function startOf(uint16 day, int8 utcOffsetQuarterHours) internal pure returns (uint256) {
        // A day number has 16 bits, so nothing here comes near 2^256; two days are more than 32 hours, so the result stays positive.
        unchecked {
            return uint256(day) * SECONDS_A_DAY - uint256(int256(utcOffsetQuarterHours) * SECONDS_A_QUARTER_HOUR);
        }
    }
}
