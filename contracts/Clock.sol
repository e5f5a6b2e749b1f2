// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Days} from "./libraries/Days.sol";

/// @notice 'Now' is the latest block's time. Some permissioned chains count it in milliseconds; which of the two is fixed at construction.
abstract contract Clock {
    uint256 private immutable _ticksASecond;

    /// @notice A block's time is seconds (1) or milliseconds (1,000).
    error ClockUnknown(uint16 ticksASecond);

    constructor(uint16 ticksASecond) {
        if (ticksASecond != 1 && ticksASecond != 1000) revert ClockUnknown(ticksASecond);
        _ticksASecond = ticksASecond;
    }

    /// Unix seconds.
    function _now() internal view returns (uint256) {
        return block.timestamp / _ticksASecond;
    }

    /// The calendar day in a time zone.
    function _today(int8 utcOffsetQuarterHours) internal view returns (uint16) {
        return Days.dayOf(_now(), utcOffsetQuarterHours);
    }
}
