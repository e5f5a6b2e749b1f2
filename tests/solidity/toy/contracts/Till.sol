// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Cents} from "./libraries/Cents.sol";

/// @notice A till that its owner fills and empties; small, with one fault of each kind for the tools' own tests.
contract Till {
    error NotTheOwner(address caller);
    error TooMuch(uint256 asked, uint256 there);

    event Filled(uint256 amount);

    address public immutable owner;
    uint256 public content;
    uint256 public movements;

    constructor(address owner_) {
        owner = owner_;
    }

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotTheOwner(msg.sender);
        _;
    }

    function fill(uint256 amount) external onlyOwner {
        content += Cents.rounded(amount);
        movements++;
        emit Filled(amount);
    }

    function take(uint256 amount) external onlyOwner {
        if (amount > content) revert TooMuch(amount, content);
        content -= amount;
    }

    function level() external view returns (uint8) {
        if (content == 0) return 0;
        return content > 100 && content < 1000 ? 1 : 2;
    }
}
