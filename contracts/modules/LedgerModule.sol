// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ILedgerModule} from "../interfaces/ILedgerParts.sol";
import {LedgerBase} from "./LedgerBase.sol";

/// @notice A part of the ledger's code. See `ILedgerModule`.
abstract contract LedgerModule is ILedgerModule, LedgerBase {
    constructor(Wiring memory wiring) LedgerBase(wiring) {}

    /// @inheritdoc ILedgerModule
    function wiringHash() external view returns (bytes32) {
        return _wiringHash;
    }
}
