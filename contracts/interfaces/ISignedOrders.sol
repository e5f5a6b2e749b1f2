// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @title Orders signed off chain, sent by anyone
/// @notice A key signs what it wants done as typed data (EIP-712) that its owner can read, for example
///
///     Transfer(PieceReference parent,Leg[] legs,address key,address target,uint256 nonce,uint40 deadline)
///
/// followed by the structs that it names. The primary type is the function's name with a capital letter; its members are the
/// function's arguments, then the order's key, target, nonce and deadline. Whoever sends the order pays for it; the target is called
/// with the key behind the call data (ERC-2771) and treats it as its caller. `chain/issuance/orders.py` makes the types from the
/// contracts' ABIs.
///
/// A key may order what it could do itself, and cancel. Whoever has a signed order may send it or not, in any sequence, until its
/// deadline, and once; one that failed can be sent again. It may NOT change a word of it. Other people's signatures among the
/// arguments (`Signature`) are no part of the order: the sender may supply others that the target accepts as well. Nobody may change
/// the table of functions.
interface ISignedOrders {
    /// @param key who orders; a key pair, or a contract that answers ERC-1271
    /// @param target the contract that is called
    /// @param nonce any number that the key did not use yet. Numbers that follow one another are cheap: 256 of them share a storage word
    /// @param deadline unix seconds; the last one in which it can be executed
    /// @param call selector and arguments, as they are sent to the target
    struct Order {
        address key;
        address target;
        uint256 nonce;
        uint40 deadline;
        bytes call;
    }

    /// @notice How the call of one function is read as typed data.
    /// @param typeHash EIP-712 type hash of the order
    /// @param shape what the call data's words are, an operation a byte, from the highest on; zeros end it. An operation is a kind
    /// (3 bits) and a count (5 bits):
    /// 1 `count` words as they are · 2 `count` words left out · 3 a packed `PieceReference` · 4 `bytes` or `string` ·
    /// 5 a struct of `count` words in place · 6 a struct behind an offset · 7 an array whose elements take `count` words each.
    /// Behind 5, 6 and 7 come a byte for the struct's type (counted from 1; 0 for an array of something else), a byte for the length
    /// of what describes the members or the element, and this.
    struct Form {
        address target;
        bytes4 selector;
        bytes32 typeHash;
        bytes32 shape;
    }

    /// @notice The function's calls can be ordered.
    event FormAdded(address indexed target, bytes4 indexed selector, bytes32 typeHash, bytes32 shape);
    /// @notice What the key ordered is done, and the nonce is used.
    event OrderExecuted(address indexed key, uint256 nonce);
    /// @notice An order in a batch had no effect; its nonce is as it was.
    /// @param reason the error of this contract or of the target, at most 512 bytes of it; nothing if it took more gas than its share
    event OrderFailed(address indexed key, uint256 nonce, bytes reason);
    /// @notice The key used up a nonce without an order.
    event OrderCancelled(address indexed key, uint256 nonce);

    error ListsDiffer(uint256 left, uint256 right);
    error OrderExpired(uint40 deadline);
    error NonceUsed(address key, uint256 nonce);
    /// @notice The signature is not this key's over exactly this.
    error SignatureInvalid(address key);
    /// @notice The table has no such function.
    error FunctionNotOrderable(address target, bytes4 selector);
    /// @notice The call data is not what the function takes: what is or should be at this byte reaches beyond its end, or is no value of
    /// its type.
    error CallMalformed(uint256 position);

    /// @notice Executes an order. Reverts with the target's own error.
    function execute(Order calldata order, bytes calldata signature) external;

    /// @notice Executes orders, each on its own: one that fails does not take others down. Each gets an equal share of the gas that is
    /// left, so that none can use up the others'; with too little gas an order fails as if it had not been sent.
    /// @return executed in the order given
    function executeBatch(Order[] calldata orders, bytes[] calldata signatures) external returns (bool[] memory executed);

    /// @notice As `execute`, but tells the target's error instead of reverting with it; the order then had no effect.
    /// @return executed whether it is done
    /// @return reason the target's error, at most 512 bytes of it
    function attempt(Order calldata order, bytes calldata signature) external returns (bool executed, bytes memory reason);

    /// @notice Uses up nonces of the caller, so that orders with them cannot be executed any more. Those used already stay so. Can itself
    /// be ordered.
    function cancel(uint256[] calldata nonces) external;

    /// @notice Whether an order of the key with this nonce was executed or cancelled.
    function isUsed(address key, uint256 nonce) external view returns (bool);

    /// @notice What the key signs (EIP-712).
    function digestOf(Order calldata order) external view returns (bytes32);

    /// @notice How calls of a function are read; zeros if it cannot be ordered.
    function form(address target, bytes4 selector) external view returns (bytes32 typeHash, bytes32 shape);

    /// @notice EIP-712 type hashes of the structs that shapes name, counted from 1; 0 if there is none.
    function structType(uint256 index) external view returns (bytes32);
}
