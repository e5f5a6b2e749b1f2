// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Errors} from "@openzeppelin/contracts/utils/Errors.sol";

import {Clock} from "../Clock.sol";
import {ISignedOrders} from "../interfaces/ISignedOrders.sol";
import {EvidenceId, PartyId, PieceId} from "../types/Identifiers.sol";
import {Leg, Signature} from "../types/Movements.sol";
import {PieceReference, PieceReferences} from "../types/PieceReference.sol";
import {Test} from "./Test.t.sol";

/// @notice What orders are for here: remembers its callers, fails in every way, and calls back.
contract OrderDesk is ERC2771Context {
    enum Failure {
        Error,
        Nothing,
        Huge,
        Gas
    }

    error Refused(uint256 number);

    uint256 public done;
    address public caller;
    bytes public replied;

    constructor(address forwarder) ERC2771Context(forwarder) {}

    /// Nothing, so that what it costs is the way there.
    function transfer(PieceReference, Leg[] calldata) external {}

    function fail(Failure failure) external {
        _done();
        if (failure == Failure.Error) revert Refused(7);
        if (failure == Failure.Nothing) revert();
        while (failure == Failure.Gas) {}
        assembly {
            mstore(100000, not(0))
            mstore(100480, not(0))
            revert(100000, 200000)
        }
    }

    /// Needs this much gas.
    function spend(uint256 gas_) external {
        uint256 from = gasleft();
        _done();
        while (from - gasleft() < gas_) {}
    }

    function callBack(bytes calldata data) external {
        _done();
        bool succeeded;
        (succeeded, replied) = msg.sender.call(data);
        if (!succeeded) return;
        replied = "";
    }

    function callBackAndFail(bytes calldata data) external {
        (bool succeeded,) = msg.sender.call(data);
        require(succeeded);
        revert Refused(8);
    }

    function _done() private {
        ++done;
        caller = _msgSender();
    }
}

/// @notice Functions with arguments of every shape. Nobody has to be there for an order to be signed.
interface OrderShapes {
    struct Offer {
        PieceReference piece;
        uint64 amountMinor;
    }

    struct Member {
        bytes32[] proof;
        Offer offer;
        Signature witness;
        uint64 amountMinor;
    }

    function finance(uint8 before, Offer calldata offer, Signature calldata bankSignature, uint40 until) external;
    function prove(bytes[] calldata proofs, Offer[] calldata offers, string calldata note) external;
    function join(Member calldata member) external;
    function joinMany(Member[] calldata members, bool again) external;
}

/// @notice A company's contract that signs by a key, and can be told to answer by something else.
contract OrderWallet is IERC1271 {
    enum Answer {
        Truth,
        Wrong,
        Huge,
        Gas,
        Write
    }

    address private immutable _signer;
    Answer private immutable _answer;
    uint256 private _written;

    constructor(address signer, Answer answer) {
        _signer = signer;
        _answer = answer;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        Answer answer = _answer;
        while (answer == Answer.Gas) {}
        if (answer == Answer.Huge) {
            assembly {
                return(0, 200000)
            }
        }
        if (answer == Answer.Wrong || ECDSA.recover(hash, signature) != _signer) return 0xffffffff;
        if (answer == Answer.Write) {
            function() internal view write = _asView(_write);
            write();
        }
        return IERC1271.isValidSignature.selector;
    }

    function _write() private {
        _written = 1;
    }

    function _asView(function() internal write) private pure returns (function() internal view same) {
        assembly ("memory-safe") {
            same := write
        }
    }
}

/// @notice Orders are executed as they were signed, once, before their deadline, and each on its own.
contract SignedOrdersTest is Test {
    uint256 private constant SECRET = 0x51;
    uint40 private constant DEADLINE = 2_000_000_000;
    uint256 private constant USED_NONCE = 256_000;
    string private constant REFERENCE = "PieceReference(uint80 piece,uint16 parentIndex,uint40 evidence,uint16 maturityDay)";
    string private constant LEG = "Leg(uint32 recipient,uint64 amountMinor,uint40 evidence,uint40 deadline)";
    string private constant OFFER = "Offer(PieceReference piece,uint64 amountMinor)";
    string private constant MEMBER = "Member(bytes32[] proof,Offer offer,uint64 amountMinor)";
    string private constant TAIL = "address key,address target,uint256 nonce,uint40 deadline)";

    ISignedOrders private orders;
    OrderDesk private desk;
    address private key;

    function setUp() public {
        vm.warp(1_800_000_000);
        key = vm.addr(SECRET);
        orders = _deployed(1);
        desk = new OrderDesk(address(orders));
        assertEq(address(desk), _deskOf(address(orders)), "where the desk is");
        uint256[] memory nonces = new uint256[](1);
        nonces[0] = USED_NONCE;
        vm.prank(key);
        orders.cancel(nonces);
    }

    // ---------------------------------------------------------------- what is signed

    function test_the_table_is_as_it_was_given() public view {
        (bytes32 typeHash, bytes32 shape) = orders.form(address(desk), OrderDesk.transfer.selector);
        assertEq(typeHash, _transferType(), "type of the first");
        assertEq(shape, bytes32(hex"60e4010124"), "shape of the first");
        (typeHash, shape) = orders.form(address(desk), OrderDesk.spend.selector);
        assertEq(typeHash, _type("Spend(uint256 gas_,", ""), "type of another");
        assertEq(shape, bytes32(hex"21"), "shape of another");
        (typeHash, shape) = orders.form(address(this), OrderDesk.transfer.selector);
        assertEq(typeHash, 0, "no such target");
        assertEq(orders.structType(1), keccak256(bytes(LEG)), "first struct");
        assertEq(orders.structType(2), keccak256(bytes(string.concat(OFFER, REFERENCE))), "second struct");
        assertEq(orders.structType(4), 0, "no such struct");
        assertEq(orders.structType(0), 0, "no such struct");
    }

    function test_every_function_of_the_table_is_announced() public {
        (bytes32[] memory structTypes, ISignedOrders.Form[] memory forms) = _table(address(1), address(2));
        vm.expectEmit(vm.computeCreateAddress(address(this), vm.getNonce(address(this))));
        emit ISignedOrders.FormAdded(address(1), OrderDesk.transfer.selector, _transferType(), bytes32(hex"60e4010124"));
        create(creationOf("SignedOrders", abi.encode(1, structTypes, forms)));
    }

    function test_a_table_can_be_empty() public {
        ISignedOrders empty =
            ISignedOrders(create(creationOf("SignedOrders", abi.encode(1, new bytes32[](0), new ISignedOrders.Form[](0)))));
        assertEq(empty.structType(1), 0, "no struct");
        _refusesFunction(empty, address(0), hex"00000000");
    }

    /// The same as `digestOf` by other means, from the type's text on.
    function testFuzz_the_digest_is_that_of_the_typed_data(uint256 seed, uint256 nonce, uint40 deadline) public view {
        PieceReference parent = _reference(seed);
        Leg[] memory legs = _legs(seed);
        bytes32[] memory hashes = new bytes32[](legs.length);
        for (uint256 i = 0; i < legs.length; ++i) {
            hashes[i] = keccak256(abi.encode(keccak256(bytes(LEG)), legs[i]));
        }
        bytes memory data = abi.encode(_transferType(), _referenceHash(parent), keccak256(abi.encodePacked(hashes)));
        ISignedOrders.Order memory order =
            ISignedOrders.Order(key, address(desk), nonce, deadline, abi.encodeCall(OrderDesk.transfer, (parent, legs)));
        assertEq(orders.digestOf(order), _digest(data, nonce, deadline), "digest");
    }

    /// Structs in place and behind offsets, arrays of words, of bytes and of both; signatures are no part of it.
    function testFuzz_the_digest_is_that_of_typed_data_of_any_shape(uint256 seed, bytes calldata any) public view {
        OrderShapes.Offer memory offer = _offer(seed);
        Signature memory signature = Signature(address(uint160(seed)), any);
        bytes memory call = abi.encodeCall(OrderShapes.finance, (uint8(seed), offer, signature, uint40(seed >> 9)));
        bytes32 expected = _digest(abi.encode(keccak256("Finance"), uint8(seed), _offerHash(offer), uint40(seed >> 9)));
        assertEq(orders.digestOf(_calls(1, call)), expected, "finance");

        bytes[] memory proofs = new bytes[](seed % 4);
        bytes32[] memory hashes = new bytes32[](proofs.length);
        OrderShapes.Offer[] memory offers = new OrderShapes.Offer[](seed % 3);
        bytes32[] memory offerHashes = new bytes32[](offers.length);
        for (uint256 i = 0; i < proofs.length; ++i) {
            proofs[i] = bytes.concat(any, bytes1(uint8(i)));
            hashes[i] = keccak256(proofs[i]);
        }
        for (uint256 i = 0; i < offers.length; ++i) {
            offers[i] = _offer(uint256(keccak256(abi.encode(seed, i))));
            offerHashes[i] = _offerHash(offers[i]);
        }
        call = abi.encodeCall(OrderShapes.prove, (proofs, offers, string(any)));
        expected = _digest(
            abi.encode(
                keccak256("Prove"),
                keccak256(abi.encodePacked(hashes)),
                keccak256(abi.encodePacked(offerHashes)),
                keccak256(any)
            )
        );
        assertEq(orders.digestOf(_calls(1, call)), expected, "prove");
    }

    function testFuzz_the_digest_is_that_of_structs_behind_offsets(uint256 seed, bytes calldata any) public view {
        OrderShapes.Member[] memory members = new OrderShapes.Member[](1 + seed % 3);
        bytes32[] memory hashes = new bytes32[](members.length);
        for (uint256 i = 0; i < members.length; ++i) {
            members[i] = _member(uint256(keccak256(abi.encode(seed, i))), any);
            hashes[i] = _memberHash(members[i]);
        }
        bytes memory call = abi.encodeCall(OrderShapes.join, (members[0]));
        assertEq(orders.digestOf(_calls(1, call)), _digest(abi.encode(keccak256("Join"), hashes[0])), "join");
        call = abi.encodeCall(OrderShapes.joinMany, (members, seed % 2 == 0));
        bytes memory data = abi.encode(keccak256("JoinMany"), keccak256(abi.encodePacked(hashes)), seed % 2 == 0);
        assertEq(orders.digestOf(_calls(1, call)), _digest(data), "joinMany");
    }

    /// Nothing is read behind the end, whatever it is that is cut off.
    function test_call_data_that_ends_too_early_is_refused() public view {
        OrderShapes.Member[] memory members = new OrderShapes.Member[](2);
        (members[0], members[1]) = (_member(1, ""), _member(2, ""));
        // The witness's signature comes last, and is not read: its offset, its key and its length.
        _readsAllBut(abi.encodeCall(OrderShapes.join, (members[0])), 32 * 3);
        _readsAllBut(abi.encodeCall(OrderShapes.joinMany, (members, true)), 32 * 3);
        OrderShapes.Offer[] memory offers = new OrderShapes.Offer[](2);
        bytes[] memory proofs = new bytes[](1);
        proofs[0] = new bytes(32);
        _readsAllBut(abi.encodeCall(OrderShapes.prove, (proofs, offers, string(new bytes(64)))), 0);
        Signature memory signature;
        _readsAllBut(abi.encodeCall(OrderShapes.finance, (1, offers[0], signature, 2)), 32 * 3);
    }

    function test_call_data_that_is_not_what_the_function_takes_is_refused() public {
        Leg[] memory legs = _legs(2);
        bytes memory call = abi.encodeCall(OrderDesk.transfer, (_reference(5), legs));
        // Cut anywhere, the last word by less than the key that is put behind it.
        for (uint256 length = 4; length < call.length; length += 16) {
            _refusesCall(_cut(call, length), length < 36 ? 4 : length < 68 ? 36 : length < 100 ? 68 : 100);
        }
        _refusesCall(_with(call, 36, call.length - 3), 4 + call.length - 3);
        _refusesCall(_with(call, 36, call.length + 1), 36);
        _refusesCall(_with(call, 36, type(uint256).max - 31), 36);
        _refusesCall(_with(call, 68, legs.length + 1), 100);
        _refusesCall(_with(call, 68, type(uint256).max), 68);
        // A reference has nothing above its fields.
        _refusesCall(_with(call, 4, 1 << 152), 4);
        _refusesCall(_with(call, 4, 1 << 255), 4);
    }

    function test_a_function_that_is_not_in_the_table_cannot_be_ordered() public {
        _refusesFunction(orders, address(desk), abi.encodePacked(bytes4(0xae8421e1)));
        _refusesFunction(orders, address(this), abi.encodeCall(OrderDesk.spend, (1)));
        // Shorter than a selector: the key behind it would be taken for the rest.
        _refusesFunction(orders, address(desk), _cut(abi.encodeCall(OrderDesk.spend, (1)), 3));
        _refusesFunction(orders, address(desk), "");
        _refusesFunction(orders, address(desk), hex"000000");
    }

    // ---------------------------------------------------------------- execute

    function test_the_target_takes_the_key_for_its_caller() public {
        ISignedOrders.Order memory order = _spend(1);
        bytes memory signature = _signed(order);
        vm.expectEmit(address(orders));
        emit ISignedOrders.OrderExecuted(key, 1);
        vm.prank(address(0xBEEF));
        orders.execute(order, signature);
        assertEq(desk.caller(), key, "caller");
        assertTrue(orders.isUsed(key, 1), "used");
        assertTrue(!orders.isUsed(key, 2) && !orders.isUsed(key, 257) && !orders.isUsed(address(desk), 1), "no other nonce");
    }

    function test_an_order_is_executed_once() public {
        ISignedOrders.Order memory order = _spend(1);
        orders.execute(order, _signed(order));
        _refuses(order, _signed(order), abi.encodeWithSelector(ISignedOrders.NonceUsed.selector, key, 1));
    }

    function testFuzz_nonces_are_independent(uint256 first, uint256 second) public {
        if (first == second) second = first ^ 1;
        ISignedOrders.Order memory order = _spend(first);
        orders.execute(order, _signed(order));
        assertTrue(!orders.isUsed(key, second), "the other is free");
        order = _spend(second);
        orders.execute(order, _signed(order));
        assertTrue(orders.isUsed(key, first) && orders.isUsed(key, second), "both are used");
        assertEq(desk.done(), 2, "done");
    }

    function test_an_order_holds_until_its_deadline() public {
        ISignedOrders.Order memory order = _spend(1);
        bytes memory signature = _signed(order);
        vm.warp(uint256(DEADLINE) + 1);
        _refuses(order, signature, abi.encodeWithSelector(ISignedOrders.OrderExpired.selector, DEADLINE));
        vm.warp(DEADLINE);
        orders.execute(order, signature);
    }

    function test_a_deadline_is_seconds_where_blocks_count_milliseconds() public {
        orders = _deployed(1000);
        desk = new OrderDesk(address(orders));
        ISignedOrders.Order memory order = _spend(1);
        bytes memory signature = _signed(order);
        vm.warp((uint256(DEADLINE) + 1) * 1000);
        _refuses(order, signature, abi.encodeWithSelector(ISignedOrders.OrderExpired.selector, DEADLINE));
        vm.warp((uint256(DEADLINE) + 1) * 1000 - 1);
        orders.execute(order, signature);
        (bytes32[] memory structTypes, ISignedOrders.Form[] memory forms) = _table(address(1), address(2));
        bytes memory creation = creationOf("SignedOrders", abi.encode(10, structTypes, forms));
        vm.expectRevert(abi.encodeWithSelector(Clock.ClockUnknown.selector, 10));
        this.createOutside(creation);
    }

    function test_nothing_of_an_order_can_be_changed() public {
        ISignedOrders.Order memory order = _transfer(1);
        bytes memory signature = _signed(order);
        bytes memory invalid = abi.encodeWithSelector(ISignedOrders.SignatureInvalid.selector, key);
        order.nonce = 2;
        _refuses(order, signature, invalid);
        order.nonce = 1;
        order.deadline = DEADLINE - 1;
        _refuses(order, signature, invalid);
        order.deadline = DEADLINE;
        order.key = address(0xBEEF);
        _refuses(order, signature, abi.encodeWithSelector(ISignedOrders.SignatureInvalid.selector, address(0xBEEF)));
        order.key = address(0);
        _refuses(order, signature, abi.encodeWithSelector(ISignedOrders.SignatureInvalid.selector, address(0)));
        order.key = key;
        for (uint256 place = 35; place < order.call.length; place += 32) {
            // Where the array is and how long it is, is what else would not decode.
            if (place == 67 || place == 99) continue;
            bytes1 before = order.call[place];
            order.call[place] = before ^ 0x01;
            _refuses(order, signature, invalid);
            order.call[place] = before;
        }
        _refuses(order, "", invalid);
        _refuses(order, _cut(signature, 64), invalid);
        orders.execute(order, signature);
    }

    function test_a_signature_has_one_form() public {
        ISignedOrders.Order memory order = _spend(1);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(SECRET, orders.digestOf(order));
        uint256 curve = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        bytes memory other = abi.encodePacked(r, curve - uint256(s), v == 27 ? uint8(28) : uint8(27));
        _refuses(order, other, abi.encodeWithSelector(ISignedOrders.SignatureInvalid.selector, key));
    }

    function test_the_targets_own_error_is_told() public {
        ISignedOrders.Order memory order = _fail(1, OrderDesk.Failure.Error);
        _refuses(order, _signed(order), abi.encodeWithSelector(OrderDesk.Refused.selector, 7));
        order = _fail(1, OrderDesk.Failure.Nothing);
        _refuses(order, _signed(order), abi.encodeWithSelector(Errors.FailedCall.selector));
        assertTrue(!orders.isUsed(key, 1), "a failed order leaves its nonce");
        assertEq(desk.done(), 0, "and no effect");
    }

    function test_a_target_that_is_not_there_yet_is_not_called() public {
        ISignedOrders early = _deployed(1);
        ISignedOrders.Order memory order = _spend(1);
        order.target = _deskOf(address(early));
        bytes memory signature = _signature(SECRET, early.digestOf(order));
        (bool executed, bytes memory reason) = early.attempt(order, signature);
        assertTrue(!executed && reason.length == 0 && !early.isUsed(key, 1), "tried");
        vm.expectRevert();
        early.execute(order, signature);
    }

    // ---------------------------------------------------------------- company contracts

    function test_a_company_contract_orders() public {
        OrderWallet wallet = new OrderWallet(key, OrderWallet.Answer.Truth);
        ISignedOrders.Order memory order = _spend(1);
        order.key = address(wallet);
        bytes memory signature = _signed(order);
        orders.execute(order, signature);
        assertEq(desk.caller(), address(wallet), "caller");
        order.nonce = 2;
        bytes memory wrong = abi.encodeWithSelector(ISignedOrders.SignatureInvalid.selector, address(wallet));
        _refuses(order, signature, wrong);
        _refuses(order, "", wrong);
    }

    function test_a_company_contract_that_answers_otherwise_orders_nothing() public {
        for (uint256 answer = 1; answer <= uint256(type(OrderWallet.Answer).max); ++answer) {
            OrderWallet wallet = new OrderWallet(key, OrderWallet.Answer(answer));
            ISignedOrders.Order memory order = _spend(1);
            order.key = address(wallet);
            bytes memory signature = _signed(order);
            vm.expectRevert(abi.encodeWithSelector(ISignedOrders.SignatureInvalid.selector, address(wallet)));
            orders.execute{gas: 1_000_000}(order, signature);
            assertEq(desk.done(), 0, "done");
        }
    }

    // ---------------------------------------------------------------- batches

    function test_one_failing_order_does_not_take_others_down() public {
        ISignedOrders.Order[] memory batch = new ISignedOrders.Order[](12);
        bytes[] memory signatures = new bytes[](12);
        for (uint256 i = 0; i < 4; ++i) {
            batch[i] = _fail(i, OrderDesk.Failure(i));
            batch[4 + i] = _spend(4 + i);
            batch[4 + i].key = address(new OrderWallet(key, OrderWallet.Answer(i + 1)));
        }
        batch[8] = _spend(8);
        batch[9] = _spend(8);
        batch[10] = _spend(10);
        batch[10].deadline = 1;
        batch[11] = _spend(11);
        for (uint256 i = 0; i < 12; ++i) {
            signatures[i] = _signed(batch[i]);
        }
        bool[] memory executed = orders.executeBatch{gas: 12_000_000}(batch, signatures);
        for (uint256 i = 0; i < 12; ++i) {
            bool expected = i == 8 || i == 11;
            assertTrue(executed[i] == expected, "executed");
            if (i != 9) assertTrue(orders.isUsed(batch[i].key, batch[i].nonce) == expected, "used");
        }
        assertEq(desk.done(), 2, "done");
    }

    /// The last of a batch has all gas that is left, but not what it takes to tell how it ended.
    function test_the_last_order_cannot_use_up_the_gas_of_the_batch() public {
        ISignedOrders.Order[] memory batch = new ISignedOrders.Order[](2);
        bytes[] memory signatures = new bytes[](2);
        (batch[0], batch[1]) = (_spend(1), _fail(2, OrderDesk.Failure.Gas));
        (signatures[0], signatures[1]) = (_signed(batch[0]), _signed(batch[1]));
        bool[] memory executed = orders.executeBatch{gas: 500_000}(batch, signatures);
        assertTrue(executed[0] && !executed[1], "executed");
    }

    /// Whatever the others of a batch are, those that are honest are executed: each order has its share of the gas, and no more.
    function testFuzz_honest_orders_are_executed_among_those_that_burn_gas(uint256 seed, uint256 size) public {
        uint256 count = 2 + size % 24;
        ISignedOrders.Order[] memory batch = new ISignedOrders.Order[](count);
        bytes[] memory signatures = new bytes[](count);
        address burner = address(new OrderWallet(key, OrderWallet.Answer.Gas));
        address huge = address(new OrderWallet(key, OrderWallet.Answer.Huge));
        for (uint256 i = 0; i < count; ++i) {
            uint256 kind = _kindOf(seed, i, count);
            batch[i] = _spend(i);
            if (kind == 1) batch[i].key = burner;
            if (kind == 2) batch[i].key = huge;
            if (kind == 3) batch[i] = _fail(i, OrderDesk.Failure.Gas);
            if (kind == 4) batch[i] = _fail(i, OrderDesk.Failure.Huge);
            signatures[i] = kind == 2 && seed % 2 == 0 ? new bytes(3_000) : _signed(batch[i]);
        }
        uint256 share = 250_000 + seed % 50_000;
        bool[] memory executed = orders.executeBatch{gas: 60_000 + share * count}(batch, signatures);
        for (uint256 i = 0; i < count; ++i) {
            assertTrue(executed[i] == (_kindOf(seed, i, count) == 0), "the honest ones, and no others");
        }
    }

    /// The last one is honest.
    function _kindOf(uint256 seed, uint256 place, uint256 count) private pure returns (uint256) {
        return place == count - 1 ? 0 : uint256(keccak256(abi.encode(seed, place))) % 5;
    }

    function test_a_batch_tells_how_each_order_ended() public {
        (ISignedOrders.Order[] memory batch, bytes[] memory signatures) = _alone(_fail(3, OrderDesk.Failure.Error));
        vm.expectEmit(address(orders));
        emit ISignedOrders.OrderFailed(key, 3, abi.encodeWithSelector(OrderDesk.Refused.selector, 7));
        orders.executeBatch(batch, signatures);
        batch[0].nonce = 4;
        vm.expectEmit(address(orders));
        emit ISignedOrders.OrderFailed(key, 4, abi.encodeWithSelector(ISignedOrders.SignatureInvalid.selector, key));
        orders.executeBatch(batch, signatures);
        (batch, signatures) = _alone(_fail(5, OrderDesk.Failure.Gas));
        vm.expectEmit(address(orders));
        emit ISignedOrders.OrderFailed(key, 5, "");
        orders.executeBatch{gas: 1_000_000}(batch, signatures);
        (batch, signatures) = _alone(_fail(6, OrderDesk.Failure.Huge));
        vm.expectEmit(address(orders));
        // Of a reason that begins with 32 bytes of ones and has as many behind 448 zeros.
        emit ISignedOrders.OrderFailed(key, 6, bytes.concat(~bytes32(0), new bytes(448), ~bytes32(0)));
        orders.executeBatch(batch, signatures);
        (batch, signatures) = _alone(_spend(7));
        vm.expectEmit(address(orders));
        emit ISignedOrders.OrderExecuted(key, 7);
        orders.executeBatch(batch, signatures);
    }

    function test_an_attempt_tells_the_error_and_undoes_the_rest() public {
        ISignedOrders.Order memory order = _fail(1, OrderDesk.Failure.Error);
        (bool executed, bytes memory reason) = orders.attempt(order, _signed(order));
        assertTrue(!executed && !orders.isUsed(key, 1), "executed");
        assertEq(keccak256(reason), keccak256(abi.encodeWithSelector(OrderDesk.Refused.selector, 7)), "reason");
        order = _spend(1);
        (executed, reason) = orders.attempt(order, _signed(order));
        assertTrue(executed && reason.length == 0 && orders.isUsed(key, 1), "executed");
    }

    /// Whatever gas a relayer sends, an order is done and its nonce used, or neither.
    function testFuzz_too_little_gas_never_uses_an_order_up(uint256 gas_) public {
        (ISignedOrders.Order[] memory batch, bytes[] memory signatures) = _alone(_spend(1));
        batch[0].call = abi.encodeCall(OrderDesk.spend, (200_000));
        signatures[0] = _signed(batch[0]);
        try orders.executeBatch{gas: bound(gas_, 20_000, 500_000)}(batch, signatures) returns (bool[] memory executed) {
            assertEq(desk.done(), executed[0] ? 1 : 0, "told as it is");
        } catch {}
        assertEq(desk.done(), orders.isUsed(key, 1) ? 1 : 0, "done and used");
        if (desk.done() == 0) orders.execute(batch[0], signatures[0]);
    }

    function test_each_order_has_its_signature() public {
        vm.expectRevert(abi.encodeWithSelector(ISignedOrders.ListsDiffer.selector, 1, 0));
        orders.executeBatch(new ISignedOrders.Order[](1), new bytes[](0));
        assertEq(orders.executeBatch(new ISignedOrders.Order[](0), new bytes[](0)).length, 0, "nothing");
    }

    // ---------------------------------------------------------------- cancel

    function test_a_key_cancels() public {
        ISignedOrders.Order memory order = _spend(300);
        bytes memory signature = _signed(order);
        uint256[] memory nonces = new uint256[](2);
        (nonces[0], nonces[1]) = (300, 1);
        vm.prank(key);
        vm.expectEmit(address(orders));
        emit ISignedOrders.OrderCancelled(key, 300);
        orders.cancel(nonces);
        assertTrue(orders.isUsed(key, 300) && orders.isUsed(key, 1) && !orders.isUsed(key, 301), "used");
        _refuses(order, signature, abi.encodeWithSelector(ISignedOrders.NonceUsed.selector, key, 300));
        vm.prank(key);
        orders.cancel(nonces);
        assertTrue(orders.isUsed(key, 300) && orders.isUsed(key, 1), "stay used");
    }

    function test_nobody_cancels_for_another() public {
        uint256[] memory nonces = new uint256[](1);
        // What a forwarder would put behind the call counts from the forwarder only.
        (bool succeeded,) = address(orders).call(bytes.concat(abi.encodeCall(ISignedOrders.cancel, (nonces)), bytes20(key)));
        assertTrue(succeeded && orders.isUsed(address(this), 0) && !orders.isUsed(key, 0), "the caller's own");
    }

    function test_a_key_without_gas_cancels_by_an_order() public {
        uint256[] memory nonces = new uint256[](2);
        (nonces[0], nonces[1]) = (11, 12);
        ISignedOrders.Order memory order =
            ISignedOrders.Order(key, address(orders), 10, DEADLINE, abi.encodeCall(ISignedOrders.cancel, (nonces)));
        orders.execute(order, _signed(order));
        assertTrue(orders.isUsed(key, 10) && orders.isUsed(key, 11) && orders.isUsed(key, 12), "used");
        assertTrue(!orders.isUsed(key, 13) && !orders.isUsed(address(this), 11) && !orders.isUsed(address(orders), 11), "no other");
    }

    // ---------------------------------------------------------------- re-entrancy

    function test_an_order_that_calls_back_is_not_executed_twice() public {
        ISignedOrders.Order memory inner = _spend(2);
        bytes memory data = abi.encodeCall(ISignedOrders.execute, (inner, _signed(inner)));
        ISignedOrders.Order memory outer = _calls(1, abi.encodeCall(OrderDesk.callBack, (data)));
        orders.execute(outer, _signed(outer));
        assertEq(desk.replied().length, 0, "an order within an order is executed");
        assertEq(desk.done(), 2, "done");
        outer = _calls(3, abi.encodeCall(OrderDesk.callBack, (data)));
        (bool executed,) = orders.attempt(outer, _signed(outer));
        assertTrue(executed, "executed");
        bytes memory used = abi.encodeWithSelector(ISignedOrders.NonceUsed.selector, key, 2);
        assertEq(keccak256(desk.replied()), keccak256(used), "but once");
        assertEq(desk.done(), 3, "done");
    }

    /// What was cancelled or executed within a failed order was not; what was so within a successful one stays.
    function test_nonces_follow_the_calls_that_used_them() public {
        ISignedOrders.Order memory inner = _spend(2);
        bytes memory data = abi.encodeCall(ISignedOrders.execute, (inner, _signed(inner)));
        ISignedOrders.Order memory outer = _calls(1, abi.encodeCall(OrderDesk.callBackAndFail, (data)));
        (bool executed, bytes memory reason) = orders.attempt(outer, _signed(outer));
        assertTrue(!executed && !orders.isUsed(key, 1) && !orders.isUsed(key, 2), "both undone");
        assertEq(keccak256(reason), keccak256(abi.encodeWithSelector(OrderDesk.Refused.selector, 8)), "reason");
        outer = _calls(1, abi.encodeCall(OrderDesk.callBack, (data)));
        (executed,) = orders.attempt(outer, _signed(outer));
        assertTrue(executed && orders.isUsed(key, 1) && orders.isUsed(key, 2), "both used");
    }

    // ---------------------------------------------------------------- gas

    /// What an order of one leg costs more than the call itself, where another nonce of the same word was used before.
    function test_a_relayed_transfer_costs_little_more_than_a_direct_one() public {
        ISignedOrders.Order memory order = _calls(USED_NONCE + 1, "");
        order.call = abi.encodeCall(OrderDesk.transfer, (_reference(0x0000000105000001_0001), _oneLeg()));
        bytes memory data = abi.encodeCall(ISignedOrders.execute, (order, _signed(order)));
        // The first call of a transaction finds its target warm: the orders are so from the signature on, the desk from the first call.
        uint256 relayed = _gasOf(address(orders), data) + _dataGas(data);
        uint256 direct = _gasOf(address(desk), order.call) + _dataGas(order.call);
        // 24,700 as it is compiled for deployment, and some more without the compiler's intermediate language.
        if (relayed > direct + 28_000) revert NotEqual("at most 28,000", relayed - direct, 28_000);
    }

    // ---------------------------------------------------------------- tools

    function createOutside(bytes calldata creation) external {
        assembly {
            let at := mload(64)
            calldatacopy(at, creation.offset, creation.length)
            if iszero(create(0, at, creation.length)) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }

    /// The contract, whose table knows the desk that this contract creates next.
    function _deployed(uint16 ticksASecond) private returns (ISignedOrders) {
        uint64 nonce = vm.getNonce(address(this));
        address itself = vm.computeCreateAddress(address(this), nonce);
        (bytes32[] memory structTypes, ISignedOrders.Form[] memory forms) = _table(_deskOf(itself), itself);
        return ISignedOrders(create(creationOf("SignedOrders", abi.encode(ticksASecond, structTypes, forms))));
    }

    function _deskOf(address itself) private view returns (address) {
        for (uint64 nonce = 1; nonce < 100; ++nonce) {
            if (vm.computeCreateAddress(address(this), nonce) == itself) return vm.computeCreateAddress(address(this), nonce + 1);
        }
        revert("not created by this contract");
    }

    function _table(address desk_, address itself)
        private
        pure
        returns (bytes32[] memory structTypes, ISignedOrders.Form[] memory forms)
    {
        structTypes = new bytes32[](3);
        structTypes[0] = keccak256(bytes(LEG));
        structTypes[1] = keccak256(bytes(string.concat(OFFER, REFERENCE)));
        structTypes[2] = keccak256(bytes(string.concat(MEMBER, OFFER, REFERENCE)));
        forms = new ISignedOrders.Form[](10);
        forms[0] = ISignedOrders.Form(desk_, OrderDesk.transfer.selector, _transferType(), hex"60e4010124");
        forms[1] = ISignedOrders.Form(desk_, OrderDesk.fail.selector, _type("Fail(uint8 failure,", ""), hex"21");
        forms[2] = ISignedOrders.Form(desk_, OrderDesk.spend.selector, _type("Spend(uint256 gas_,", ""), hex"21");
        forms[3] = ISignedOrders.Form(desk_, OrderDesk.callBack.selector, _type("CallBack(bytes data,", ""), hex"80");
        forms[4] = ISignedOrders.Form(desk_, OrderDesk.callBackAndFail.selector, _type("CallBackAndFail(bytes data,", ""), hex"80");
        forms[5] = ISignedOrders.Form(itself, ISignedOrders.cancel.selector, _type("Cancel(uint256[] nonces,", ""), hex"e1000121");
        forms[6] = ISignedOrders.Form(desk_, OrderShapes.finance.selector, keccak256("Finance"), hex"21a2020260214121");
        forms[7] = ISignedOrders.Form(desk_, OrderShapes.prove.selector, keccak256("Prove"), hex"e1000180e20202602180");
        forms[8] = ISignedOrders.Form(desk_, OrderShapes.join.selector, keccak256("Join"), hex"c1030be1000121a2020260214121");
        forms[9] = ISignedOrders.Form(
            desk_, OrderShapes.joinMany.selector, keccak256("JoinMany"), hex"e1000ec1030be1000121a202026021412121"
        );
    }

    function _transferType() private pure returns (bytes32) {
        return _type("Transfer(PieceReference parent,Leg[] legs,", string.concat(LEG, REFERENCE));
    }

    function _type(string memory arguments, string memory structs) private pure returns (bytes32) {
        return keccak256(bytes(string.concat(arguments, TAIL, structs)));
    }

    function _calls(uint256 nonce, bytes memory call) private view returns (ISignedOrders.Order memory) {
        return ISignedOrders.Order(key, address(desk), nonce, DEADLINE, call);
    }

    function _spend(uint256 nonce) private view returns (ISignedOrders.Order memory) {
        return _calls(nonce, abi.encodeCall(OrderDesk.spend, (1)));
    }

    function _fail(uint256 nonce, OrderDesk.Failure failure) private view returns (ISignedOrders.Order memory) {
        return _calls(nonce, abi.encodeCall(OrderDesk.fail, (failure)));
    }

    function _transfer(uint256 nonce) private view returns (ISignedOrders.Order memory) {
        return _calls(nonce, abi.encodeCall(OrderDesk.transfer, (_reference(nonce), _legs(2))));
    }

    function _alone(ISignedOrders.Order memory order)
        private
        view
        returns (ISignedOrders.Order[] memory batch, bytes[] memory signatures)
    {
        batch = new ISignedOrders.Order[](1);
        signatures = new bytes[](1);
        (batch[0], signatures[0]) = (order, _signed(order));
    }

    function _offer(uint256 seed) private pure returns (OrderShapes.Offer memory) {
        return OrderShapes.Offer(_reference(seed >> 100), uint64(seed));
    }

    function _member(uint256 seed, bytes memory any) private pure returns (OrderShapes.Member memory) {
        bytes32[] memory proof = new bytes32[](1 + seed % 3);
        proof[0] = bytes32(seed);
        return OrderShapes.Member(proof, _offer(seed), Signature(address(uint160(seed)), any), uint64(seed >> 64));
    }

    function _referenceHash(PieceReference named) private pure returns (bytes32) {
        return keccak256(
            abi.encode(keccak256(bytes(REFERENCE)), named.piece(), named.parentIndex(), named.evidence(), named.maturityDay())
        );
    }

    function _offerHash(OrderShapes.Offer memory offer) private pure returns (bytes32) {
        bytes32 typeHash = keccak256(bytes(string.concat(OFFER, REFERENCE)));
        return keccak256(abi.encode(typeHash, _referenceHash(offer.piece), offer.amountMinor));
    }

    function _memberHash(OrderShapes.Member memory member) private pure returns (bytes32) {
        bytes32 typeHash = keccak256(bytes(string.concat(MEMBER, OFFER, REFERENCE)));
        bytes32 proof = keccak256(abi.encodePacked(member.proof));
        return keccak256(abi.encode(typeHash, proof, _offerHash(member.offer), member.amountMinor));
    }

    /// The digest of the order with nonce 1 whose type and arguments are these.
    function _digest(bytes memory data) private view returns (bytes32) {
        return _digest(data, 1, DEADLINE);
    }

    function _digest(bytes memory data, uint256 nonce, uint40 deadline) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Pearlchain SignedOrders"),
                keccak256("1"),
                block.chainid,
                address(orders)
            )
        );
        bytes32 structHash = keccak256(bytes.concat(data, abi.encode(key, address(desk), nonce, deadline)));
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    /// The call is what the function takes with this much cut off, and with no byte more.
    function _readsAllBut(bytes memory call, uint256 unread) private view {
        orders.digestOf(_calls(1, _cut(call, call.length - unread)));
        for (uint256 length = 4; length < call.length - unread; length += length % 32 == 4 ? 31 : 1) {
            try orders.digestOf(_calls(1, _cut(call, length))) {
                revert NotEqual("reads behind the end", length, call.length);
            } catch (bytes memory reason) {
                assertEq(bytes32(bytes4(reason)), bytes32(ISignedOrders.CallMalformed.selector), "reason");
            }
        }
    }

    function _reference(uint256 seed) private pure returns (PieceReference) {
        return PieceReferences.pack(
            PieceId.wrap(uint80(seed)), uint16(seed >> 80), EvidenceId.wrap(uint40(seed >> 96)), uint16(seed >> 136)
        );
    }

    function _legs(uint256 seed) private pure returns (Leg[] memory legs) {
        legs = new Leg[](seed % 5);
        for (uint256 i = 0; i < legs.length; ++i) {
            uint256 any = uint256(keccak256(abi.encode(seed, i)));
            legs[i] = Leg(PartyId.wrap(uint32(any)), uint64(any >> 32), EvidenceId.wrap(uint40(any >> 96)), uint40(any >> 136));
        }
    }

    function _oneLeg() private pure returns (Leg[] memory legs) {
        legs = new Leg[](1);
        legs[0] = Leg(PartyId.wrap(1234), 5_000_000, EvidenceId.wrap(77), 1_800_001_000);
    }

    function _signed(ISignedOrders.Order memory order) private view returns (bytes memory) {
        return _signature(SECRET, orders.digestOf(order));
    }

    function _signature(uint256 secret, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, digest);
        return abi.encodePacked(r, s, v);
    }

    function _refuses(ISignedOrders.Order memory order, bytes memory signature, bytes memory error_) private {
        vm.expectRevert(error_);
        orders.execute(order, signature);
    }

    function _refusesFunction(ISignedOrders where, address target, bytes memory call) private {
        vm.expectRevert(abi.encodeWithSelector(ISignedOrders.FunctionNotOrderable.selector, target, bytes4(call)));
        where.execute(ISignedOrders.Order(key, target, 1, DEADLINE, call), "");
    }

    function _refusesCall(bytes memory call, uint256 position) private {
        vm.expectRevert(abi.encodeWithSelector(ISignedOrders.CallMalformed.selector, position));
        orders.digestOf(_calls(1, call));
    }

    function _cut(bytes memory whole, uint256 length) private pure returns (bytes memory part) {
        part = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            part[i] = whole[i];
        }
    }

    function _with(bytes memory call, uint256 place, uint256 word) private pure returns (bytes memory changed) {
        changed = bytes.concat(call);
        for (uint256 i = 0; i < 32; ++i) {
            changed[place + i] = bytes32(word)[i];
        }
    }

    function _gasOf(address target, bytes memory data) private returns (uint256 used) {
        used = gasleft();
        (bool succeeded,) = target.call(data);
        used -= gasleft();
        assertTrue(succeeded, "succeeded");
    }

    function _dataGas(bytes memory data) private pure returns (uint256 gas_) {
        for (uint256 i = 0; i < data.length; ++i) {
            gas_ += data[i] == 0 ? 4 : 16;
        }
    }
}
