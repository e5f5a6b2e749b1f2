// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {Authority} from "../Authority.sol";
import {Participants} from "../Participants.sol";
import {PartyId} from "../types/Identifiers.sol";
import {Test} from "./Test.t.sol";

/// @notice More of the runner's own functions: which storage a call reads.
interface Recorder {
    function accesses(address target) external returns (bytes32[] memory reads, bytes32[] memory writes);
    function record() external;
}

/// @notice The authority, the participants and those who have a role: what the contracts that only look after who and when are tested with,
/// without a ledger.
abstract contract Office is Test {
    uint64 internal constant OFFICER = 1;
    uint16 internal constant NEVER = type(uint16).max;
    /// Noon in Shanghai on this day.
    uint16 internal constant START_DAY = 20_000;
    uint256 internal constant START = uint256(START_DAY) * 1 days + 4 hours;
    PartyId internal constant NOBODY = PartyId.wrap(0);

    /// Stands for the contract that checks signed orders and passes them on with their signer behind them.
    address internal constant FORWARDER = address(0xF0F0);
    address internal constant LEDGER = address(0x1ED6E5);

    Authority internal authority;
    Participants internal participants;

    function _open() internal {
        vm.warp(START);
        authority = Authority(create(creationOf("Authority", abi.encode(address(this)))));
        participants = _participants(1);
        bytes4[] memory selectors = new bytes4[](6);
        selectors[0] = participants.register.selector;
        selectors[1] = participants.suspend.selector;
        selectors[2] = participants.reinstate.selector;
        selectors[3] = participants.renew.selector;
        selectors[4] = participants.regroup.selector;
        selectors[5] = participants.approveRecovery.selector;
        _appoint(address(participants), selectors);
    }

    function _participants(uint16 ticksASecond) internal returns (Participants) {
        return Participants(create(creationOf("Participants", abi.encode(authority, LEDGER, ticksASecond, FORWARDER))));
    }

    /// This test may call these functions at once.
    function _appoint(address target, bytes4[] memory selectors) internal {
        authority.setTargetFunctionRole(target, selectors, OFFICER);
        authority.grantRole(OFFICER, address(this), 0);
    }

    function _appoint(address target, bytes4 selector) internal {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        _appoint(target, selectors);
    }

    function _secretOf(string memory name) internal pure returns (uint256) {
        return uint256(keccak256(bytes(name)));
    }

    function _keyOf(string memory name) internal pure returns (address) {
        return vm.addr(_secretOf(name));
    }

    /// Registered with a key and an account that are named after it, and with no account bank.
    function _party(string memory name, uint16 roles) internal returns (PartyId) {
        return _party(name, roles, NOBODY);
    }

    function _party(string memory name, uint16 roles, PartyId accountBank) internal returns (PartyId) {
        return participants.register(_keyOf(name), _accountOf(name), roles, 0, NEVER, accountBank);
    }

    function _accountOf(string memory name) internal pure returns (address) {
        return _keyOf(string.concat("account of ", name));
    }

    /// A call that comes from the forwarder for this signer.
    function _relay(address target, bytes memory call, address signer) internal returns (bool succeeded, bytes memory answer) {
        vm.prank(FORWARDER);
        return target.call(abi.encodePacked(call, signer));
    }

    /// What a call is refused with that asks for another role.
    function _unauthorized(address caller) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller);
    }

    /// The slots that calls read of a contract since `Recorder.record`.
    function _readsOf(address target) internal returns (uint256) {
        (bytes32[] memory reads,) = Recorder(address(vm)).accesses(target);
        return reads.length;
    }

    function _signed(uint256 secret, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, digest);
        return abi.encodePacked(r, s, v);
    }

    /// A key's consent to join a party, built from the published type and not from the contract's constants.
    function _joinDigest(PartyId party, address key, uint8 epoch, uint16 keyChanges) internal view returns (bytes32) {
        bytes32 typeHash = keccak256("KeyJoin(uint32 party,address key,uint8 epoch,uint16 keyChanges)");
        return _digest(keccak256(abi.encode(typeHash, party, key, epoch, keyChanges)));
    }

    /// An account's consent that a party pays from it, built in the same way.
    function _accountDigest(PartyId party, address account, uint40 validUntil) internal view returns (bytes32) {
        bytes32 typeHash = keccak256("AccountJoin(uint32 party,address account,uint40 validUntil)");
        return _digest(keccak256(abi.encode(typeHash, party, account, validUntil)));
    }

    function _digest(bytes32 structHash) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Pearlchain Participants"),
                keccak256("1"),
                block.chainid,
                address(participants)
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function _join(PartyId party, string memory name, uint8 epoch, uint16 keyChanges) internal view returns (bytes memory) {
        return _signed(_secretOf(name), _joinDigest(party, _keyOf(name), epoch, keyChanges));
    }

    /// Of the account that is named like this, valid in this very second only.
    function _accountJoin(PartyId party, string memory name) internal view returns (bytes memory) {
        return _signed(_secretOf(name), _accountDigest(party, _keyOf(name), uint40(block.timestamp)));
    }
}
