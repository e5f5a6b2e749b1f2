// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @notice A company's contract whose key signs for it.
contract CompanyContract is IERC1271 {
    address private immutable _signer;

    constructor(address signer) {
        _signer = signer;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        return ECDSA.recover(hash, signature) == _signer ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @notice A company's contract that answers a question of signature by something else.
contract HostileSigner {
    enum Answer {
        Garbage,
        Short,
        Revert,
        Write
    }

    Answer private immutable _answer;
    uint256 private _written;

    constructor(Answer answer) {
        _answer = answer;
    }

    function isValidSignature(bytes32, bytes calldata) external returns (bytes memory) {
        if (_answer == Answer.Garbage) return abi.encode(type(uint256).max, type(uint256).max);
        if (_answer == Answer.Short) return "";
        if (_answer == Answer.Write) _written = 1;
        revert("no");
    }
}

/// @notice Money that calls back in the middle of a payment.
contract ReentrantToken is ERC20 {
    address private _target;
    bytes private _data;
    bool public called;
    bool public succeeded;

    constructor() ERC20("reentrant", "RE") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function callBack(address target, bytes calldata data) external {
        _target = target;
        _data = data;
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (_target != address(0) && !called) {
            called = true;
            (succeeded,) = _target.call(_data);
        }
        return super.transferFrom(from, to, amount);
    }
}

/// @notice Money that says no without an error.
contract RefusingToken {
    function transferFrom(address, address, uint256) external pure returns (bool) {
        return false;
    }
}
