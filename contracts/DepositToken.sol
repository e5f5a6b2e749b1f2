// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

import {IDepositToken} from "./interfaces/IDepositToken.sol";
import {IParticipants} from "./interfaces/IParticipants.sol";
import {PartyId} from "./types/Identifiers.sol";

/// @notice See `IDepositToken`.
contract DepositToken is IDepositToken, ERC20 {
    IParticipants private immutable _participants;

    /// @inheritdoc IDepositToken
    PartyId public immutable bank;

    uint8 private immutable _decimals;

    /// @param decimals_ digits of the currency's minor unit
    constructor(string memory name_, string memory symbol_, uint8 decimals_, IParticipants participants_, PartyId bank_)
        ERC20(name_, symbol_)
    {
        _decimals = decimals_;
        _participants = participants_;
        bank = bank_;
    }

    /// @inheritdoc IDepositToken
    function mint(address to, uint256 amountMinor) external {
        _requireBank();
        _mint(to, amountMinor);
    }

    /// @inheritdoc IDepositToken
    function burn(uint256 amountMinor) external {
        _requireBank();
        _burn(_msgSender(), amountMinor);
    }

    /// @inheritdoc IERC20Metadata
    function decimals() public view override(ERC20, IERC20Metadata) returns (uint8) {
        return _decimals;
    }

    function _requireBank() private view {
        (PartyId caller,,) = _participants.actor(_msgSender());
        if (caller != bank) revert NotTheBank(bank, caller);
    }
}
