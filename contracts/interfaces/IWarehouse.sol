// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

interface IWarehouse {
    function liveLiens(bytes32 lot) external view returns (uint256);
}
