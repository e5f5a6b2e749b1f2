// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {Clock} from "./Clock.sol";
import {ISignedOrders} from "./interfaces/ISignedOrders.sol";
import {PieceReference} from "./types/PieceReference.sol";

/// @notice See `ISignedOrders`. Trusts itself as a forwarder, so that a key without gas can cancel by an order, too.
contract SignedOrders is ISignedOrders, Clock, ERC2771Context, EIP712 {
    bytes32 private constant PIECE_REFERENCE_TYPEHASH =
        keccak256("PieceReference(uint80 piece,uint16 parentIndex,uint40 evidence,uint16 maturityDay)");
    /// Bits of a packed reference; a word with more than these is none.
    uint256 private constant REFERENCE_BITS = 152;

    // Kinds of operations in a shape.
    uint256 private constant WORDS = 1;
    uint256 private constant OMITTED = 2;
    uint256 private constant REFERENCE = 3;
    uint256 private constant BYTES = 4;
    uint256 private constant STRUCT = 5;
    uint256 private constant TAIL_STRUCT = 6;
    uint256 private constant ARRAY = 7;

    uint256 private constant OPERATION_BITS = 8;
    /// An operation with the bytes for type and length behind it.
    uint256 private constant BLOCK_BITS = 24;

    uint256 private constant WORD_BYTES = 32;
    uint256 private constant SELECTOR_BYTES = 4;

    /// A signature of a key pair: r, s and v.
    uint256 private constant KEY_PAIR_SIGNATURE_BYTES = 65;
    uint256 private constant LONGEST_REASON_BYTES = 512;

    /// What a batch keeps of each order's share of gas for what it does itself: hand it over and tell how it ended.
    uint256 private constant KEPT_GAS = 40_000;
    /// The same for each byte that it hands over.
    uint256 private constant KEPT_GAS_A_BYTE = 4;

    // The first function and the first struct are in the code, where they cost no read: the most frequent ones belong there.
    address private immutable _firstTarget;
    bytes4 private immutable _firstSelector;
    bytes32 private immutable _firstTypeHash;
    uint256 private immutable _firstShape;
    bytes32 private immutable _firstStructType;

    mapping(address target => mapping(bytes4 selector => Reading reading)) private _readings;
    mapping(uint256 index => bytes32 typeHash) private _structTypes;
    mapping(address key => mapping(uint256 wordIndex => uint256 word)) private _used;

    /// Two words, as `Form` says.
    struct Reading {
        bytes32 typeHash;
        uint256 shape;
    }

    /// @param structTypes EIP-712 type hashes of the structs that the shapes name by their place here, counted from 1
    /// @param forms the functions that can be ordered, each once
    constructor(uint16 ticksASecond, bytes32[] memory structTypes, Form[] memory forms)
        Clock(ticksASecond)
        ERC2771Context(address(this))
        EIP712("Pearlchain SignedOrders", "1")
    {
        _firstStructType = structTypes.length == 0 ? bytes32(0) : structTypes[0];
        for (uint256 i = 1; i < structTypes.length; ++i) {
            _structTypes[i + 1] = structTypes[i];
        }
        Form memory first;
        if (forms.length != 0) first = forms[0];
        _firstTarget = first.target;
        _firstSelector = first.selector;
        _firstTypeHash = first.typeHash;
        _firstShape = uint256(first.shape);
        for (uint256 i = 0; i < forms.length; ++i) {
            Form memory added = forms[i];
            if (i != 0) _readings[added.target][added.selector] = Reading(added.typeHash, uint256(added.shape));
            emit FormAdded(added.target, added.selector, added.typeHash, added.shape);
        }
    }

    // ---------------------------------------------------------------- execute

    /// @inheritdoc ISignedOrders
    function execute(Order calldata order, bytes calldata signature) external {
        _use(order, signature);
        emit OrderExecuted(order.key, order.nonce);
        // What the target returns is nothing to whoever hands an order over; where it fails, this reverts with its reason.
        // slither-disable-next-line unused-return
        Address.functionCall(order.target, bytes.concat(order.call, bytes20(order.key)));
    }

    /// @inheritdoc ISignedOrders
    function executeBatch(Order[] calldata orders, bytes[] calldata signatures) external returns (bool[] memory executed) {
        if (orders.length != signatures.length) revert ListsDiffer(orders.length, signatures.length);
        executed = new bool[](orders.length);
        for (uint256 i = 0; i < orders.length; ++i) {
            executed[i] = _attemptWithShare(orders[i], signatures[i], gasleft() / (orders.length - i));
        }
    }

    /// @inheritdoc ISignedOrders
    function attempt(Order calldata order, bytes calldata signature) external returns (bool executed, bytes memory reason) {
        uint256 before = _use(order, signature);
        // The nonce is used before the call; what is written after it only undoes that, where the call and all in it were undone too.
        // slither-disable-next-line reentrancy-no-eth
        (executed, reason) = order.target.call(bytes.concat(order.call, bytes20(order.key)));
        // Where there is no code, every call succeeds.
        if (executed && reason.length == 0) executed = order.target.code.length != 0;
        if (executed) {
            emit OrderExecuted(order.key, order.nonce);
            return (true, "");
        }
        // All that the call did to nonces is undone with it, so the word is what it was but for this order.
        _used[order.key][order.nonce >> 8] = before;
        return (false, _shortened(reason));
    }

    /// A call of its own keeps the gas, the effects and the size of what is told of each order apart from the others'.
    function _attemptWithShare(Order calldata order, bytes calldata signature, uint256 share) private returns (bool) {
        uint256 kept = KEPT_GAS + KEPT_GAS_A_BYTE * (order.call.length + signature.length);
        try this.attempt{gas: share > kept ? share - kept : 0}(order, signature) returns (bool executed, bytes memory reason) {
            if (!executed) emit OrderFailed(order.key, order.nonce, reason);
            return executed;
        } catch (bytes memory reason) {
            emit OrderFailed(order.key, order.nonce, reason);
            return false;
        }
    }

    function _shortened(bytes memory reason) private pure returns (bytes memory shortened) {
        if (reason.length <= LONGEST_REASON_BYTES) return reason;
        shortened = new bytes(LONGEST_REASON_BYTES);
        for (uint256 i = 0; i < LONGEST_REASON_BYTES; ++i) {
            shortened[i] = reason[i];
        }
    }

    // ---------------------------------------------------------------- nonces and signatures

    /// @inheritdoc ISignedOrders
    function cancel(uint256[] calldata nonces) external {
        address key = _msgSender();
        for (uint256 i = 0; i < nonces.length; ++i) {
            uint256 nonce = nonces[i];
            uint256 word = _used[key][nonce >> 8];
            if (word & _bit(nonce) != 0) continue;
            _used[key][nonce >> 8] = word | _bit(nonce);
            emit OrderCancelled(key, nonce);
        }
    }

    /// @inheritdoc ISignedOrders
    function isUsed(address key, uint256 nonce) public view returns (bool) {
        return _used[key][nonce >> 8] & _bit(nonce) != 0;
    }

    /// Everything that must hold before the target is called. Its nonce is used from here on.
    /// @return word the word of nonces as it was
    function _use(Order calldata order, bytes calldata signature) private returns (uint256 word) {
        address key = order.key;
        uint256 nonce = order.nonce;
        if (_now() > order.deadline) revert OrderExpired(order.deadline);
        mapping(uint256 wordIndex => uint256 word) storage used = _used[key];
        word = used[nonce >> 8];
        if (word & _bit(nonce) != 0) revert NonceUsed(key, nonce);
        // A wallet that is asked for its signature here cannot change anything.
        _requireSignature(key, digestOf(order), signature);
        used[nonce >> 8] = word | _bit(nonce);
    }

    /// Most keys are key pairs, whose signature proves itself; only what is none is asked of the key's code.
    function _requireSignature(address key, bytes32 digest, bytes calldata signature) private view {
        if (signature.length == KEY_PAIR_SIGNATURE_BYTES) {
            (address recovered, ECDSA.RecoverError failure,) =
                ECDSA.tryRecover(digest, uint8(signature[64]), bytes32(signature[:32]), bytes32(signature[32:64]));
            if (failure == ECDSA.RecoverError.NoError && recovered == key) return;
        }
        if (!SignatureChecker.isValidSignatureNow(key, digest, signature)) revert SignatureInvalid(key);
    }

    function _bit(uint256 nonce) private pure returns (uint256) {
        return 1 << (nonce & 255);
    }

    // ---------------------------------------------------------------- what is signed

    /// @inheritdoc ISignedOrders
    function digestOf(Order calldata order) public view returns (bytes32) {
        bytes calldata call = order.call;
        address target = order.target;
        (bytes32 typeHash, uint256 shape) = _reading(target, bytes4(call));
        if (typeHash == bytes32(0) || call.length < SELECTOR_BYTES) revert FunctionNotOrderable(target, bytes4(call));
        bytes memory arguments = _encoded(call, bytes.concat(typeHash), shape, SELECTOR_BYTES);
        return _hashTypedDataV4(
            keccak256(
                abi.encodePacked(
                    arguments, uint256(uint160(order.key)), uint256(uint160(target)), order.nonce, uint256(order.deadline)
                )
            )
        );
    }

    /// @inheritdoc ISignedOrders
    function form(address target, bytes4 selector) external view returns (bytes32 typeHash, bytes32 shape) {
        uint256 operations;
        (typeHash, operations) = _reading(target, selector);
        return (typeHash, bytes32(operations));
    }

    function _reading(address target, bytes4 selector) private view returns (bytes32 typeHash, uint256 shape) {
        if (target == _firstTarget && selector == _firstSelector) return (_firstTypeHash, _firstShape);
        Reading storage reading = _readings[target][selector];
        return (reading.typeHash, reading.shape);
    }

    /// @inheritdoc ISignedOrders
    function structType(uint256 index) public view returns (bytes32) {
        return index == 1 ? _firstStructType : _structTypes[index];
    }

    // ---------------------------------------------------------------- call data read as typed data

    // The target reads the same call data at the same positions, and nothing is read outside of the call: so the target's decoder, which
    // follows the same offsets, sees the words that were hashed here. Where it would accept less, it refuses.

    // No sum or product below overflows: offsets and lengths are bounded by the call's length, which is bounded by what a block has room
    // for, and counts in shapes are below 256.

    /// EIP-712 `encodeData` of members, behind what is there already.
    /// @param shape what describes them
    /// @param base where their words begin, and what their offsets are counted from
    function _encoded(bytes calldata call, bytes memory encoded, uint256 shape, uint256 base) private view returns (bytes memory) {
        uint256 head = base;
        // Nothing overflows, as said above.
        unchecked {
            while (shape != 0) {
                uint256 kind = shape >> 253;
                if (kind == WORDS) {
                    encoded = bytes.concat(encoded, _slice(call, head, _size(shape)));
                } else if (kind != OMITTED) {
                    encoded = bytes.concat(encoded, _hash(call, shape, head, base));
                }
                if (kind < STRUCT) {
                    head += kind < REFERENCE ? _size(shape) : WORD_BYTES;
                    shape <<= OPERATION_BITS;
                } else {
                    head += kind == STRUCT ? _size(shape) : WORD_BYTES;
                    shape <<= BLOCK_BITS + _bodyBits(shape);
                }
            }
        }
        return encoded;
    }

    /// EIP-712 `encodeData` of one member that is not its own word.
    function _hash(bytes calldata call, uint256 shape, uint256 head, uint256 base) private view returns (bytes32) {
        uint256 kind = shape >> 253;
        if (kind == REFERENCE) return _referenceHash(call, head);
        if (kind == STRUCT) return _structHash(call, shape, head);
        // Nothing overflows, as said above.
        unchecked {
            uint256 tail = base + _bounded(call, head);
            if (kind == TAIL_STRUCT) return _structHash(call, shape, tail);
            uint256 length = _bounded(call, tail);
            tail += WORD_BYTES;
            if (kind == ARRAY) return _arrayHash(call, shape, tail, length);
            return keccak256(_slice(call, tail, length));
        }
    }

    /// A packed reference is shown as what is in it.
    function _referenceHash(bytes calldata call, uint256 head) private pure returns (bytes32) {
        uint256 word = _word(call, head);
        // What is above would be executed, and shown to nobody.
        if (word >> REFERENCE_BITS != 0) revert CallMalformed(head);
        PieceReference named = PieceReference.wrap(word);
        return keccak256(
            abi.encode(PIECE_REFERENCE_TYPEHASH, named.piece(), named.parentIndex(), named.evidence(), named.maturityDay())
        );
    }

    function _structHash(bytes calldata call, uint256 shape, uint256 base) private view returns (bytes32) {
        bytes32 typeHash = structType(_type(shape));
        uint256 body = _body(shape);
        if (_isPlain(body)) return keccak256(bytes.concat(typeHash, _slice(call, base, _size(body))));
        return keccak256(_encoded(call, bytes.concat(typeHash), body, base));
    }

    /// @param base where the elements' words begin; what their offsets are counted from
    function _arrayHash(bytes calldata call, uint256 shape, uint256 base, uint256 length) private view returns (bytes32) {
        uint256 size = _size(shape);
        bool ofStructs = _type(shape) != 0;
        // Nothing overflows, as said above.
        unchecked {
            bytes calldata elements = _slice(call, base, length * size);
            if (!ofStructs && _isPlain(_body(shape))) return keccak256(elements);
        }
        bytes32[] memory hashes = new bytes32[](length);
        // Nothing overflows, as said above.
        unchecked {
            for (uint256 i = 0; i < length; ++i) {
                uint256 head = base + i * size;
                hashes[i] = ofStructs ? _structHash(call, shape, head) : _hash(call, _body(shape), head, base);
            }
        }
        return keccak256(abi.encodePacked(hashes));
    }

    /// A word that is an offset or a length, which cannot reach beyond the call.
    function _bounded(bytes calldata call, uint256 position) private pure returns (uint256 value) {
        value = _word(call, position);
        if (value > call.length) revert CallMalformed(position);
    }

    function _word(bytes calldata call, uint256 position) private pure returns (uint256) {
        // Nothing overflows, as said above.
        unchecked {
            if (position + WORD_BYTES > call.length) revert CallMalformed(position);
        }
        return abi.decode(call[position:], (uint256));
    }

    function _slice(bytes calldata call, uint256 start, uint256 length) private pure returns (bytes calldata) {
        // Nothing overflows, as said above.
        unchecked {
            if (start + length > call.length) revert CallMalformed(start);
            return call[start:start + length];
        }
    }

    // ---------------------------------------------------------------- shapes

    /// Bytes that the operation takes, or that an element of its array takes.
    function _size(uint256 shape) private pure returns (uint256) {
        return (shape >> 243) & (31 << 5);
    }

    /// The struct's place among the types; 0 for none.
    function _type(uint256 shape) private pure returns (uint256) {
        return (shape >> 240) & 255;
    }

    function _bodyBits(uint256 shape) private pure returns (uint256) {
        return (shape >> 229) & (255 << 3);
    }

    /// What describes members or element, with zeros behind it.
    function _body(uint256 shape) private pure returns (uint256) {
        uint256 unused = 256 - _bodyBits(shape);
        return ((shape << BLOCK_BITS) >> unused) << unused;
    }

    /// Nothing but words as they are.
    function _isPlain(uint256 body) private pure returns (bool) {
        return body >> 253 == WORDS && body << OPERATION_BITS == 0;
    }
}
