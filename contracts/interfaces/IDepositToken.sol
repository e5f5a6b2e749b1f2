// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

import {PartyId} from "../types/Identifiers.sol";

/// @title A bank's deposit money
/// @notice One unit is a claim on the bank for one minor unit of the currency.
///
/// The bank may make money against a deposit and take back its own. It may NOT touch the money of others.
interface IDepositToken is IERC20Metadata {
    error NotTheBank(PartyId bank, PartyId caller);

    /// @notice Somebody deposited cash at the bank. Only the bank.
    function mint(address to, uint256 amountMinor) external;

    /// @notice The bank paid out cash for money that it got back. Only the bank, of the calling key's balance.
    function burn(uint256 amountMinor) external;

    /// @notice The party that owes it; any of its keys makes and takes back money.
    function bank() external view returns (PartyId);
}
