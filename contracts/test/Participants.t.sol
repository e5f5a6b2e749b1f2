// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {IParticipants} from "../interfaces/IParticipants.sol";
import {PartyId} from "../types/Identifiers.sol";
import {BANK, CORE_ENTERPRISE, KEEPER, OPERATOR, REGULATOR, SUPPLIER} from "../types/Roles.sol";
import {World} from "./World.t.sol";

contract ParticipantsTest is World {
    function _proof(Company memory company, address key, uint256 secret, uint16 keyChanges) private view returns (bytes memory) {
        bytes32 structHash =
            keccak256(abi.encode(keccak256("KeyJoin(uint32 party,address key,uint16 keyChanges)"), company.id, key, keyChanges));
        return _signed(Company(company.id, key, secret), _digest("Pearlchain Participants", address(participants), structHash)).signature;
    }

    function _expectUnauthorized(address caller) private {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller));
        vm.prank(caller);
    }

    function test_a_registered_party_has_what_it_was_given() public {
        uint32 before = participants.partyCount();
        PartyId expected = PartyId.wrap(before + 1);
        vm.expectEmit(address(participants));
        emit IParticipants.PartyRegistered(expected, address(11), address(12), SUPPLIER | KEEPER, 7, 30_000);
        PartyId id = participants.register(address(11), address(12), SUPPLIER | KEEPER, 7, 30_000);
        IParticipants.Party memory party = participants.party(id);
        assertEq(PartyId.unwrap(id), before + 1, "counted from 1");
        assertEq(party.account, address(12), "account");
        assertEq(party.roles, SUPPLIER | KEEPER, "roles");
        assertEq(party.status, 1, "status");
        assertEq(party.kycExpiryDay, 30_000, "kyc");
        assertEq(party.group, 7, "group");
        assertEq(party.keyCount, 1, "keys");
        assertEq(party.keyChanges, 0, "changes");
        assertEq(PartyId.unwrap(participants.partyOf(address(11))), PartyId.unwrap(id), "key");
        (PartyId actor, address account, uint16 roles) = participants.actor(address(11));
        assertTrue(actor == id && account == address(12) && roles == (SUPPLIER | KEEPER), "actor");
    }

    function testFuzz_a_party_survives_its_word(address key, address account, uint16 roles, uint32 group, uint16 kyc) public {
        vm.assume(key != address(0) && account != address(0) && PartyId.unwrap(participants.partyOf(key)) == 0);
        vm.assume(PartyId.unwrap(participants.partyOf(account)) == 0);
        roles &= ~(OPERATOR | REGULATOR | (group % 2 == 0 ? BANK : SUPPLIER | CORE_ENTERPRISE));
        PartyId id = participants.register(key, account, roles, group, kyc);
        participants.suspend(id);
        participants.renew(id, kyc ^ 0xffff);
        IParticipants.Party memory party = participants.party(id);
        assertTrue(party.account == account && party.roles == roles && party.group == group, "kept");
        assertTrue(party.status == 2 && party.kycExpiryDay == kyc ^ 0xffff && party.keyCount == 1, "changed");
    }

    function test_only_the_registrar_registers() public {
        _expectUnauthorized(issuer.key);
        participants.register(address(11), address(11), BANK, 0, NEVER);
    }

    function test_only_the_registrar_suspends_reinstates_and_renews() public {
        _expectUnauthorized(issuer.key);
        participants.suspend(supplier.id);
        _expectUnauthorized(issuer.key);
        participants.reinstate(supplier.id);
        _expectUnauthorized(issuer.key);
        participants.renew(supplier.id, NEVER);
    }

    function test_a_party_needs_a_key_and_an_account() public {
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AddressMissing.selector));
        participants.register(address(0), address(12), BANK, 0, NEVER);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AddressMissing.selector));
        participants.register(address(11), address(0), BANK, 0, NEVER);
    }

    function test_a_key_acts_for_one_party() public {
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyAlreadyRegistered.selector, issuer.key, issuer.id));
        participants.register(issuer.key, address(12), BANK, 0, NEVER);
        bytes memory proof = _proof(supplier, issuer.key, issuer.secret, 0);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyAlreadyRegistered.selector, issuer.key, issuer.id));
        vm.prank(supplier.key);
        participants.addKey(issuer.key, proof);
    }

    function test_an_unknown_party_cannot_be_suspended() public {
        PartyId nobody = PartyId.wrap(999);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.PartyUnknown.selector, nobody));
        participants.suspend(nobody);
    }

    function test_suspension_and_its_end_are_told() public {
        vm.expectEmit(address(participants));
        emit IParticipants.PartySuspended(supplier.id);
        participants.suspend(supplier.id);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, supplier.id));
        participants.actor(supplier.key);
        vm.expectEmit(address(participants));
        emit IParticipants.PartyReinstated(supplier.id);
        participants.reinstate(supplier.id);
        participants.actor(supplier.key);
    }

    function test_a_party_acts_through_the_last_day_of_its_check_and_not_after() public {
        vm.expectEmit(address(participants));
        emit IParticipants.PartyRenewed(supplier.id, START_DAY);
        participants.renew(supplier.id, START_DAY);
        participants.actor(supplier.key);
        vm.warp(uint256(START_DAY + 1) * 1 days);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantExpired.selector, supplier.id, START_DAY));
        participants.actor(supplier.key);
        participants.renew(supplier.id, START_DAY + 1);
        participants.active(supplier.id);
    }

    function test_nobody_acts_for_no_party() public {
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, address(99)));
        participants.actor(address(99));
        vm.expectRevert(abi.encodeWithSelector(IParticipants.PartyUnknown.selector, PartyId.wrap(0)));
        participants.active(PartyId.wrap(0));
    }

    function test_only_traders_receive() public {
        PartyId[] memory recipients = new PartyId[](1);
        recipients[0] = operator.id;
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RoleMissing.selector, operator.id, SUPPLIER | CORE_ENTERPRISE));
        participants.movement(issuer.key, recipients);
        recipients[0] = otherIssuer.id;
        assertEq(PartyId.unwrap(participants.movement(issuer.key, recipients)), PartyId.unwrap(issuer.id), "payer");
    }

    function test_keys_and_parties_must_belong_together() public {
        PartyId[] memory parties = new PartyId[](1);
        address[] memory keys = new address[](1);
        (parties[0], keys[0]) = (issuer.id, issuer.key);
        assertEq(participants.requireKeys(parties, keys)[0], issuer.key, "account");
        keys[0] = supplier.key;
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, issuer.id, supplier.key));
        participants.requireKeys(parties, keys);
    }

    function test_payment_asks_nobody_whether_it_may_act() public {
        participants.suspend(issuer.id);
        participants.suspend(supplier.id);
        PartyId[] memory payees = new PartyId[](1);
        payees[0] = supplier.id;
        (PartyId payer, address payerAccount, address[] memory accounts) = participants.payment(issuer.key, payees);
        assertTrue(payer == issuer.id && payerAccount == issuer.key && accounts[0] == supplier.key, "who pays whom");
        payees[0] = PartyId.wrap(999);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.PartyUnknown.selector, payees[0]));
        participants.payment(issuer.key, payees);
    }

    function test_a_new_key_signs_that_it_joins_and_acts_from_then_on() public {
        (address key, uint256 secret) = _keyOf("second key");
        bytes memory proof = _proof(issuer, key, secret, 0);
        vm.expectEmit(address(participants));
        emit IParticipants.KeyAdded(issuer.id, key);
        vm.prank(issuer.key);
        participants.addKey(key, proof);
        assertEq(participants.party(issuer.id).keyCount, 2, "keys");
        (PartyId id,,) = participants.actor(key);
        assertTrue(id == issuer.id, "acts");

        vm.expectEmit(address(participants));
        emit IParticipants.KeyRemoved(issuer.id, issuer.key);
        vm.prank(key);
        participants.removeKey(issuer.key);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, issuer.key));
        participants.actor(issuer.key);
        assertEq(participants.party(issuer.id).account, issuer.key, "the account stays");
    }

    function test_a_proof_fits_once() public {
        (address key, uint256 secret) = _keyOf("second key");
        bytes memory proof = _proof(issuer, key, secret, 0);
        vm.prank(issuer.key);
        participants.addKey(key, proof);
        vm.prank(issuer.key);
        participants.removeKey(key);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyProofInvalid.selector, issuer.id, key));
        vm.prank(issuer.key);
        participants.addKey(key, proof);
    }

    function test_a_proof_is_for_one_party_one_contract_and_one_chain() public {
        (address key, uint256 secret) = _keyOf("second key");
        bytes memory proof = _proof(issuer, key, secret, 0);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyProofInvalid.selector, supplier.id, key));
        vm.prank(supplier.key);
        participants.addKey(key, proof);
        vm.chainId(4242);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyProofInvalid.selector, issuer.id, key));
        vm.prank(issuer.key);
        participants.addKey(key, proof);
    }

    function test_nothing_is_no_key() public {
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AddressMissing.selector));
        vm.prank(issuer.key);
        participants.addKey(address(0), "");
    }

    function test_a_suspended_party_adds_no_key_but_may_remove_a_leaked_one() public {
        (address key, uint256 secret) = _keyOf("second key");
        bytes memory proof = _proof(issuer, key, secret, 0);
        vm.prank(issuer.key);
        participants.addKey(key, proof);
        participants.suspend(issuer.id);
        (address other,) = _keyOf("third key");
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, issuer.id));
        vm.prank(issuer.key);
        participants.addKey(other, "");
        vm.prank(issuer.key);
        participants.removeKey(key);
        assertEq(participants.party(issuer.id).keyCount, 1, "keys");
    }

    function test_the_last_key_stays() public {
        vm.expectRevert(abi.encodeWithSelector(IParticipants.LastKey.selector, issuer.id, issuer.key));
        vm.prank(issuer.key);
        participants.removeKey(issuer.key);
    }

    function test_nobody_removes_the_key_of_another() public {
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, supplier.id, issuer.key));
        vm.prank(supplier.key);
        participants.removeKey(issuer.key);
        // Nor does the registrar, which is no party's key.
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, address(this)));
        participants.removeKey(issuer.key);
    }

    function test_a_party_has_at_most_255_keys() public {
        for (uint16 i = 0; i < 254; ++i) {
            (address key, uint256 secret) = _keyOf(string(abi.encode("key", i)));
            bytes memory proof = _proof(issuer, key, secret, i);
            vm.prank(issuer.key);
            participants.addKey(key, proof);
        }
        (address last,) = _keyOf("one too many");
        vm.expectRevert(abi.encodeWithSelector(IParticipants.TooManyKeys.selector, issuer.id));
        vm.prank(issuer.key);
        participants.addKey(last, "");
    }
}
