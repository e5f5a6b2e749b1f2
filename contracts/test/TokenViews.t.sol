// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IFinancing} from "../interfaces/IFinancing.sol";
import {ILedgerParts} from "../interfaces/ILedgerParts.sol";
import {ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {PieceState, Signature} from "../types/Movements.sol";
import {BANK, REGULATOR, SUPPLIER} from "../types/Roles.sol";
import {World} from "./World.t.sol";

/// @notice Pieces as explorers and wallets see them.
contract TokenViewsTest is World {
    bytes private constant ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    string private constant PREFIX = "data:application/json;base64,";

    // ---------------------------------------------------------------- description

    /// What stands behind the prefix, decoded by the alphabet of RFC 4648.
    function _json(PieceId id) private view returns (string memory) {
        bytes memory uri = bytes(tokens.tokenURI(PieceId.unwrap(id)));
        bytes memory prefix = bytes(PREFIX);
        for (uint256 i = 0; i < prefix.length; ++i) {
            assertTrue(uri[i] == prefix[i], "prefix");
        }
        uint256 digits = uri.length - prefix.length;
        assertEq(digits % 4, 0, "whole groups");
        uint256 padding = uri[uri.length - 1] != "=" ? 0 : uri[uri.length - 2] != "=" ? 1 : 2;
        bytes memory decoded = new bytes(digits / 4 * 3 - padding);
        uint8[256] memory values = _values();
        for (uint256 i = 0; i < digits / 4; ++i) {
            uint256 group = 0;
            for (uint256 j = 0; j < 4; ++j) {
                group = (group << 6) | values[uint8(uri[prefix.length + 4 * i + j])];
            }
            for (uint256 j = 0; j < 3 && 3 * i + j < decoded.length; ++j) {
                decoded[3 * i + j] = bytes1(uint8(group >> (16 - 8 * j)));
            }
        }
        return string(decoded);
    }

    function _values() private pure returns (uint8[256] memory values) {
        for (uint8 i = 0; i < 64; ++i) {
            values[uint8(ALPHABET[i])] = i;
        }
    }

    function _described(string memory amount, string memory state, string memory overdue) private pure returns (string memory) {
        return string.concat(
            '{"name":"Pearlchain credit 4.1.1.1","description":"A piece of a core enterprise\'s credit, in minor units of its currency.",',
            '"attributes":[{"trait_type":"amountMinor","value":',
            amount,
            '},{"trait_type":"owner","value":6},{"trait_type":"evidence","value":1},{"trait_type":"hops","value":1},',
            '{"trait_type":"tier","value":1},{"trait_type":"state","value":"',
            state,
            '"},{"trait_type":"issuer","value":4},{"trait_type":"line","value":1},{"trait_type":"instrument","value":1},',
            '{"trait_type":"currency","value":1},{"trait_type":"overdue","value":',
            overdue,
            '},{"display_type":"date","trait_type":"maturity","value":1735747200}]}'
        );
    }

    function _assertText(string memory found, string memory expected, string memory what) private pure {
        assertEq(keccak256(bytes(found)), keccak256(bytes(expected)), what);
    }

    function _assertDescribed(PieceId id, string memory amount, string memory state) private view {
        _assertText(_json(id), _described(amount, state, "false"), state);
    }

    function _assertStateName(PieceId id, string memory state) private view {
        bytes memory found = bytes(_json(id));
        bytes memory wanted = bytes(string.concat('{"trait_type":"state","value":"', state, '"}'));
        uint256 times = 0;
        for (uint256 i = 0; i + wanted.length <= found.length; ++i) {
            uint256 j = 0;
            while (j < wanted.length && found[i + j] == wanted[j]) ++j;
            if (j == wanted.length) ++times;
        }
        assertEq(times, 1, string.concat("is told as ", state));
    }

    function test_a_piece_is_described_by_the_numbers_of_the_ledger() public {
        PieceId id = _offered(500);
        _assertDescribed(id, "500", "offered");
        _accept(supplier, id);
        _assertDescribed(id, "500", "held");
        _accept(second, _passed(id, supplier, second, 120));
        _assertDescribed(id, "380", "held");
        _mature();
        _redeem(id);
        _assertDescribed(id, "380", "redeemed");
    }

    function test_an_overdue_piece_and_one_that_was_given_up() public {
        PieceId id = _held(50_000_07);
        PieceId child = _passed(id, supplier, second, 7);
        _accept(second, child);
        _beOverdue();
        maturity.markOverdue(id.obligation());
        _assertText(_json(id), _described("5000000", "held", "true"), "overdue");
        vm.prank(supplier.key);
        maturity.writeOff(_ref(id), 0);
        _assertText(_json(id), _described("5000000", "written off", "true"), "lost");
    }

    function test_every_state_has_its_name() public {
        PieceId id = _offered(1);
        vm.prank(supplier.key);
        ledger.reject(_one(id), 0);
        _assertStateName(id, "voided");
        id = _held(500);
        PieceId child = _passed(id, supplier, second, 1);
        vm.prank(second.key);
        ledger.reject(_one(child), 0);
        _assertStateName(child, "rejected");
        child = _passed(id, supplier, second, 1);
        vm.warp(block.timestamp + 2 hours);
        ledger.expire(_one(child));
        _assertStateName(child, "expired");
    }

    function test_a_hold_is_told_of_what_is_live() public {
        Company memory regulator = _company("court", REGULATOR);
        PieceId id = _held(500);
        PieceId child = _passed(id, supplier, second, 100);
        vm.prank(second.key);
        ledger.reject(_one(child), 0);
        vm.prank(regulator.key);
        holds.holdByCourt(_one(id), "order");
        _assertDescribed(id, "500", "on hold");
        _assertStateName(child, "rejected");
        _mature();
        _redeem(id);
        _assertDescribed(id, "500", "redeemed");
    }

    function test_what_waits_for_cash_off_chain_is_locked_or_in_dispute() public {
        Company memory house = _company("house bank", BANK);
        Company memory seller;
        (seller.key, seller.secret) = _keyOf("seller");
        seller.id = participants.register(seller.key, seller.key, SUPPLIER, 0, NEVER, house.id);
        PieceId id = _passed(_held(500), supplier, seller, 400);
        _accept(seller, id);
        IFinancing.FinanceOffer memory offer = _offer(bank, id, 100);
        offer.cashToken = address(0);
        Signature memory signature = _signed(bank, _offerDigest(offer));
        vm.prank(seller.key);
        PieceId locked = financing.lock(offer, signature, _unsigned(), 0, uint40(block.timestamp + 10 days));
        _assertStateName(locked, "locked");
        assertEq(tokens.balanceOf(PieceId.unwrap(locked)), 0, "nobody's token yet");
        vm.prank(house.key);
        financing.attestReceipt(_ref(locked), "payment");
        vm.prank(seller.key);
        financing.contest(_ref(locked), "nothing came");
        _assertStateName(locked, "on hold");
        assertTrue(reader.piece(locked).state == PieceState.OnHold, "as the reader says");
    }

    // ---------------------------------------------------------------- the standards' read functions

    function test_the_collection_has_a_name_and_whole_units() public view {
        _assertText(tokens.name(), "Pearlchain credit", "name");
        _assertText(tokens.symbol(), "PEARL", "symbol");
        assertEq(tokens.valueDecimals(), 0, "decimals");
    }

    function test_only_the_standard_that_holds_in_full_is_claimed() public view {
        assertTrue(tokens.supportsInterface(0x01ffc9a7), "ERC-165");
        // ERC-721, its metadata and enumeration, its receiver, ERC-3525, its metadata, ERC-1155, ERC-20, and what nobody claims.
        bytes4[9] memory others = [
            bytes4(0x80ac58cd), 0x5b5e139f, 0x780e9d63, 0x150b7a02, 0xd5358140, 0xe1600902, 0xd9b67a26, 0x36372b07, 0xffffffff
        ];
        for (uint256 i = 0; i < others.length; ++i) {
            assertTrue(!tokens.supportsInterface(others[i]), "not claimed");
        }
    }

    function test_a_token_is_a_piece_that_is_accepted_and_unpaid() public {
        PieceId id = _held(500);
        PieceId child = _passed(id, supplier, second, 100);
        assertTrue(tokens.balanceOf(PieceId.unwrap(id)) == 400 && tokens.balanceOf(PieceId.unwrap(child)) == 0, "offered");
        assertEq(tokens.slotOf(PieceId.unwrap(child)), ObligationId.unwrap(id.obligation()), "slot");
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceNotInState.selector, child, PieceState.Offered));
        tokens.ownerOf(PieceId.unwrap(child));
        _accept(second, child);
        assertEq(tokens.ownerOf(PieceId.unwrap(child)), second.key, "owner");
        _mature();
        _redeem(child);
        assertEq(tokens.balanceOf(PieceId.unwrap(child)), 0, "paid");
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceNotInState.selector, child, PieceState.Redeemed));
        tokens.ownerOf(PieceId.unwrap(child));
    }

    function test_the_owner_of_a_token_is_its_owners_account() public {
        PieceId id = _held(500);
        address account = _proposeAccount(supplier, "next account");
        vm.warp(block.timestamp + 3 days);
        participants.applyAccountChange(supplier.id);
        assertEq(tokens.ownerOf(PieceId.unwrap(id)), account, "the account of now");
    }

    function test_a_number_that_is_no_pieces_id_is_no_token() public {
        PieceId id = _held(500);
        PieceId none = PieceId.wrap(0);
        uint256 beyond = (1 << 80) | PieceId.unwrap(id);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceUnknown.selector, none));
        tokens.ownerOf(beyond);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceUnknown.selector, none));
        tokens.balanceOf(beyond);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceUnknown.selector, none));
        tokens.slotOf(beyond);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceUnknown.selector, none));
        tokens.tokenURI(beyond);
        PieceId next = id.obligation().piece(2);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceUnknown.selector, next));
        tokens.tokenURI(PieceId.unwrap(next));
    }
}
