// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @notice Calendar days as numbers: days since 1970-01-01 in a time zone given as quarter hours from UTC.
library Days {
    int256 private constant SECONDS_A_DAY = 86_400;
    int256 private constant SECONDS_A_QUARTER_HOUR = 900;

    /// The local calendar day of the current block.
    function today(int8 utcOffsetQuarterHours) internal view returns (uint16) {
        // A block's time fits int256, and day 65,535 is in the year 2149; the offset is at most 32 hours either way.
        return uint16(uint256((int256(block.timestamp) + int256(utcOffsetQuarterHours) * SECONDS_A_QUARTER_HOUR) / SECONDS_A_DAY));
    }

    /// The unix second at which a local calendar day begins.
    function startOf(uint16 day, int8 utcOffsetQuarterHours) internal pure returns (uint256) {
        int256 start = int256(uint256(day)) * SECONDS_A_DAY - int256(utcOffsetQuarterHours) * SECONDS_A_QUARTER_HOUR;
        return start < 0 ? 0 : uint256(start);
    }
}
