// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Till} from "../Till.sol";

interface Vm {
    function expectEmit(address emitter) external;
    function expectRevert(bytes calldata data) external;
    function getCode(string calldata name) external view returns (bytes memory);
    function prank(address sender) external;
}

contract TillTest {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    Till private _till;

    function setUp() public {
        bytes memory creation = bytes.concat(vm.getCode("Till"), abi.encode(address(this)));
        address made;
        assembly {
            made := create(0, add(creation, 32), mload(creation))
        }
        _till = Till(made);
    }

    function test_what_is_filled_is_there() public {
        vm.expectEmit(address(_till));
        emit Till.Filled(52);
        _till.fill(52);
        require(_till.content() == 50);
        require(_till.level() == 2);
    }

    function test_only_the_owner_fills() public {
        vm.expectRevert(abi.encodeWithSelector(Till.NotTheOwner.selector, address(1)));
        vm.prank(address(1));
        _till.fill(1);
    }

    function test_no_more_is_taken_than_is_there() public {
        _till.fill(100);
        _till.take(100);
        require(_till.content() == 0);
        vm.expectRevert(abi.encodeWithSelector(Till.TooMuch.selector, 1, 0));
        _till.take(1);
    }
}
