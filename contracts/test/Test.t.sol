// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @notice The test runner's own functions that these tests use.
interface Vm {
    function addr(uint256 secret) external pure returns (address);
    function assume(bool condition) external pure;
    function chainId(uint256 id) external;
    function computeCreateAddress(address deployer, uint256 nonce) external pure returns (address);
    function expectEmit(address emitter) external;
    function expectRevert(bytes calldata data) external;
    function expectRevert() external;
    function getBlockTimestamp() external view returns (uint256);
    function getCode(string calldata name) external view returns (bytes memory);
    function getNonce(address account) external view returns (uint64);
    function load(address account, bytes32 slot) external view returns (bytes32);
    function prank(address sender) external;
    function sign(uint256 secret, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function store(address account, bytes32 slot, bytes32 value) external;
    function warp(uint256 timestamp) external;
}

/// @notice Assertions that show both sides.
abstract contract Test {
    error NotEqual(string what, uint256 left, uint256 right);
    error NotTrue(string what);

    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function assertEq(uint256 left, uint256 right, string memory what) internal pure {
        if (left != right) revert NotEqual(what, left, right);
    }

    function assertEq(address left, address right, string memory what) internal pure {
        if (left != right) revert NotEqual(what, uint160(left), uint160(right));
    }

    function assertEq(bytes32 left, bytes32 right, string memory what) internal pure {
        if (left != right) revert NotEqual(what, uint256(left), uint256(right));
    }

    function assertTrue(bool condition, string memory what) internal pure {
        if (!condition) revert NotTrue(what);
    }

    /// Creation code of a contract as it is deployed elsewhere, too. A test that said `new` instead would be compiled with a copy of all
    /// that it creates, which takes minutes.
    function creationOf(string memory name, bytes memory arguments) internal view returns (bytes memory) {
        return bytes.concat(vm.getCode(name), arguments);
    }

    function create(bytes memory creation) internal returns (address made) {
        assembly ("memory-safe") {
            made := create(0, add(creation, 32), mload(creation))
        }
    }

    /// The latest block's time. The compiler takes `block.timestamp` to be one and the same all through a call, and reads it once.
    function _blockTime() internal view returns (uint256) {
        return vm.getBlockTimestamp();
    }

    /// A number between the bounds, both included, that follows from any number.
    function bound(uint256 value, uint256 low, uint256 high) internal pure returns (uint256) {
        return low + value % (high - low + 1);
    }
}
