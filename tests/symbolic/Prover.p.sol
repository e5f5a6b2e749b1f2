// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Leg} from "../../contracts/types/Movements.sol";
import {EvidenceId, PartyId} from "../../contracts/types/Identifiers.sol";
import {RuleWord} from "../../contracts/libraries/RuleWords.sol";

/// @notice The prover's own functions.
interface Prover {
    function enableSymbolicStorage(address account) external;
}

interface Vm {
    function assume(bool condition) external pure;
    function prank(address sender) external;
    function warp(uint256 timestamp) external;
}

/// @notice Participants of whom nothing is known: any key may be anybody's, or nobody's.
contract AnyParticipants {
    mapping(address key => uint32 party) public partyOf;
    mapping(address key => uint16 roles) public rolesOf;

    function actor(address key) external view returns (PartyId party, address account, uint16 roles) {
        require(partyOf[key] != 0);
        return (PartyId.wrap(partyOf[key]), key, rolesOf[key]);
    }

    function payment(address key, PartyId[] calldata payees) external view returns (PartyId, address, address[] memory accounts) {
        require(partyOf[key] != 0);
        return (PartyId.wrap(partyOf[key]), key, new address[](payees.length));
    }

    function consents(PartyId[] calldata recipients, address[] calldata) external pure returns (address[] memory) {
        return new address[](recipients.length);
    }

    function setIssuanceStopped(PartyId, bool) external {}
}

/// @notice Rules, documents and cash of which nothing is known.
contract AnyOffice {
    uint16 private _useIndex;
    RuleWord private _rules;

    function ledger() external view returns (address) {
        return msg.sender;
    }

    function consume(PartyId, uint8, uint16, bool, Leg calldata) external view returns (uint16) {
        return _useIndex;
    }

    function release(EvidenceId, uint64) external {}

    function ruleWord(uint8, uint16) external view returns (RuleWord) {
        return _rules;
    }

    function pay(address, uint8, address, address[] calldata, uint64[] calldata) external {}
}
