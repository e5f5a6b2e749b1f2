// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {ISettlement} from "./interfaces/ISettlement.sol";

/// @notice See `ISettlement`.
contract Settlement is ISettlement, AccessManaged {
    using SafeERC20 for IERC20;

    /// @inheritdoc ISettlement
    address public immutable ledger;

    /// @inheritdoc ISettlement
    mapping(address token => uint8 currency) public currencyOf;

    constructor(address authority_, address ledger_) AccessManaged(authority_) {
        ledger = ledger_;
    }

    /// @inheritdoc ISettlement
    function approveToken(address token, uint8 currency) external restricted {
        if (token == address(0)) revert AddressMissing();
        currencyOf[token] = currency;
        emit TokenApproved(token, currency);
    }

    /// @inheritdoc ISettlement
    function pay(address token, uint8 currency, address payer, address[] calldata payees, uint64[] calldata amountsMinor) external {
        if (msg.sender != ledger) revert NotTheLedger(msg.sender);
        // Money of a currency that does not exist is never approved, so currency 0 must not pass here either.
        if (currency == 0 || currencyOf[token] != currency) revert TokenNotApproved(token, currency);
        for (uint256 i = 0; i < payees.length; ++i) {
            IERC20(token).safeTransferFrom(payer, payees[i], amountsMinor[i]);
        }
    }
}
