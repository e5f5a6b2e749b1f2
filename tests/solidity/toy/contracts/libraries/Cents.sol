// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

library Cents {
    function rounded(uint256 amount) internal pure returns (uint256) {
        return amount - (amount % 5);
    }
}
