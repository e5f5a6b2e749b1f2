// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";

import {EvidenceId, PartyId} from "./types/Identifiers.sol";
import {Leg, Signature} from "./types/Movements.sol";
import {PieceReference} from "./types/PieceReference.sol";

/// @notice A function for every shape of arguments. Each keeps who called it, and all that it read but signatures, encoded anew.
contract Shapes is ERC2771Context {
    enum Colour {
        Red,
        Green
    }

    struct Offer {
        PieceReference piece;
        uint64 amountMinor;
        PartyId bank;
        address cashToken;
        bytes32 registration;
    }

    struct Inner {
        int40 from;
        PieceReference piece;
        Colour colour;
    }

    struct Deep {
        uint8 kind;
        Inner left;
        bool flag;
        Inner right;
    }

    struct Member {
        bytes32 identity;
        bytes32[] proof;
        string note;
        Signature witness;
        Leg leg;
        Inner[] inners;
    }

    address public caller;
    bytes public read;

    constructor(address forwarder) ERC2771Context(forwarder) {}

    function nothing() external {
        _keep("");
    }

    function words(uint256 a, int8 b, bool c, address d, bytes32 e, bytes4 f, Colour g, PartyId) external {
        _keep(abi.encode(a, b, c, d, e, f, g));
    }

    function hold(PieceReference piece) external {
        _keep(abi.encode(piece));
    }

    function reject(PieceReference[] calldata pieces, bytes32 reason) external {
        _keep(abi.encode(pieces, reason));
    }

    function transfer(PieceReference parent, Leg[] calldata legs) external {
        _keep(abi.encode(parent, legs));
    }

    function transferAccepted(PieceReference parent, Signature[] calldata acceptances, Leg[] calldata legs) external {
        _keep(abi.encode(parent, legs));
        if (acceptances.length == 7) revert("signatures are read, too");
    }

    function finance(uint8 before, Offer calldata offer, Signature calldata bankSignature, uint40 deadline) external {
        _keep(abi.encode(before, offer, deadline));
        if (bankSignature.key == address(7)) revert("signatures are read, too");
    }

    function nest(Deep calldata deep, uint256 last) external {
        _keep(abi.encode(deep, last));
    }

    function nestMany(Deep[] calldata deeps, Inner calldata inner) external {
        _keep(abi.encode(deeps, inner));
    }

    function say(bytes calldata data, string calldata text, address key) external {
        _keep(abi.encode(data, text, key));
    }

    function sayMemory(string memory text, bytes[] memory data) external {
        _keep(abi.encode(text, data));
    }

    function prove(bytes[] calldata proofs, uint40[] calldata ids, string[] calldata names) external {
        _keep(abi.encode(proofs, ids, names));
    }

    function fill(int16[][] calldata matrix, PieceReference[][] calldata pieces) external {
        _keep(abi.encode(matrix, pieces));
    }

    function join(Member calldata member, EvidenceId evidence) external {
        _keep(_encoded(member, evidence));
    }

    function joinMany(EvidenceId evidence, Member[] calldata members) external {
        bytes memory all = abi.encode(evidence, members.length);
        for (uint256 i = 0; i < members.length; ++i) {
            all = bytes.concat(all, _encoded(members[i], evidence));
        }
        _keep(all);
    }

    function twice(uint256 one) external {
        _keep(abi.encode(one));
    }

    function twice(uint128 one, bool two) external {
        _keep(abi.encode(one, two));
    }

    function multicall(bytes[] calldata) external {}

    function look() external view returns (address) {
        return caller;
    }

    function _encoded(Member calldata member, EvidenceId evidence) private pure returns (bytes memory) {
        return abi.encode(member.identity, member.proof, member.note, member.leg, member.inners, evidence);
    }

    function _keep(bytes memory encoded) private {
        caller = _msgSender();
        read = encoded;
    }
}
