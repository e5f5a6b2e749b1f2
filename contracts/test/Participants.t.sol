// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Clock} from "../Clock.sol";
import {Participants} from "../Participants.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {PartyId} from "../types/Identifiers.sol";
import {
    ALL_ROLES,
    ATTESTOR,
    BANK,
    CORE_ENTERPRISE,
    GUARANTOR,
    ISSUANCE_STOPPED,
    KEEPER,
    OPERATOR,
    REGULATOR,
    SUPPLIER
} from "../types/Roles.sol";
import {CompanyContract, HostileSigner} from "./Hostile.t.sol";
import {Office, Recorder} from "./Office.t.sol";

/// @notice Two traders and their banks.
abstract contract Register is Office {
    PartyId internal bank;
    PartyId internal otherBank;
    PartyId internal issuer;
    PartyId internal supplier;
    address internal bankKey;
    address internal issuerKey;
    address internal supplierKey;

    function setUp() public virtual {
        _open();
        bank = _party("bank", BANK);
        otherBank = _party("other bank", BANK, bank);
        issuer = _party("issuer", CORE_ENTERPRISE, bank);
        supplier = _party("supplier", SUPPLIER, bank);
        (bankKey, issuerKey, supplierKey) = (_keyOf("bank"), _keyOf("issuer"), _keyOf("supplier"));
    }

    function _addKey(address caller, PartyId party, string memory name, uint8 epoch, uint16 keyChanges) internal {
        bytes memory proof = _join(party, name, epoch, keyChanges);
        vm.prank(caller);
        participants.addKey(_keyOf(name), proof);
    }

    function _proposeRecovery(PartyId party, string memory name) internal {
        bytes memory proof = _join(party, name, participants.party(party).epoch + 1, 0);
        vm.prank(bankKey);
        participants.proposeRecovery(party, _keyOf(name), proof);
    }

    /// A proposal that the registrar agreed to.
    function _approvedRecovery(PartyId party, string memory name) internal {
        _proposeRecovery(party, name);
        participants.approveRecovery(party, _keyOf(name));
    }

    /// A party announces the account that is named like this, which agrees.
    function _proposeAccount(address caller, PartyId party, string memory name, PartyId accountBank) internal {
        bytes memory proof = _accountJoin(party, name);
        vm.prank(caller);
        participants.proposeAccount(_keyOf(name), accountBank, uint40(block.timestamp), proof);
    }

    /// The supplier announced that account, and three days are over.
    function _announcedAccount(string memory name, PartyId accountBank) internal {
        _proposeAccount(supplierKey, supplier, name, accountBank);
        vm.warp(block.timestamp + 3 days);
    }
}

contract RegistrationTest is Register {
    function test_a_registered_party_has_what_it_was_given() public {
        uint32 before = participants.partyCount();
        PartyId expected = PartyId.wrap(before + 1);
        vm.expectEmit(address(participants));
        emit IParticipants.PartyRegistered(expected, address(11), address(12), SUPPLIER | KEEPER, 7, 30_000, bank);
        PartyId id = participants.register(address(11), address(12), SUPPLIER | KEEPER, 7, 30_000, bank);
        assertEq(PartyId.unwrap(id), before + 1, "counted from 1");
        assertEq(participants.partyCount(), before + 1, "count");
        IParticipants.Party memory party = participants.party(id);
        assertEq(party.account, address(12), "account");
        assertEq(party.roles, SUPPLIER | KEEPER, "roles");
        assertEq(party.status, 1, "status");
        assertEq(party.kycExpiryDay, 30_000, "kyc");
        assertEq(party.group, 7, "group");
        assertTrue(party.accountBank == bank, "account bank");
        assertTrue(party.epoch == 0 && party.keyCount == 1 && party.keyChanges == 0, "keys");
        assertTrue(participants.partyOf(address(11)) == id, "key");
        assertTrue(participants.accountBankOf(id) == bank && participants.groupOf(id) == 7, "bank and group");
        (PartyId actor, address account, uint16 roles) = participants.actor(address(11));
        assertTrue(actor == id && account == address(12) && roles == (SUPPLIER | KEEPER), "actor");
    }

    function test_there_is_nothing_of_a_party_that_is_none() public view {
        IParticipants.Party memory party = participants.party(PartyId.wrap(999));
        assertTrue(party.account == address(0) && party.status == 0 && party.keyCount == 0, "zeros");
        assertTrue(participants.partyOf(address(99)) == NOBODY, "no key");
        assertTrue(participants.partyOf(address(0)) == NOBODY, "no address");
    }

    function testFuzz_a_party_survives_its_word(address key, address account, uint16 roles, uint24 group, uint16 kyc) public {
        vm.assume(key != address(0) && account != address(0));
        vm.assume(participants.partyOf(key) == NOBODY && participants.partyOf(account) == NOBODY);
        roles &= group % 2 == 0 ? SUPPLIER | CORE_ENTERPRISE | KEEPER | GUARANTOR | ATTESTOR : BANK | GUARANTOR | ATTESTOR;
        vm.assume(roles != 0);
        PartyId id = participants.register(key, account, roles, group, kyc, bank);
        participants.suspend(id);
        participants.renew(id, ~kyc);
        participants.regroup(id, ~group);
        vm.prank(LEDGER);
        participants.setIssuanceStopped(id, true);
        IParticipants.Party memory party = participants.party(id);
        assertTrue(party.account == account && party.keyCount == 1 && party.epoch == 0 && party.keyChanges == 0, "kept");
        assertTrue(party.status == 2 && party.kycExpiryDay == ~kyc && party.group == ~group, "changed");
        assertEq(party.roles, roles | ISSUANCE_STOPPED, "stopped");
        vm.prank(LEDGER);
        participants.setIssuanceStopped(id, false);
        participants.reinstate(id);
        party = participants.party(id);
        assertTrue(party.account == account && party.kycExpiryDay == ~kyc && party.group == ~group, "kept again");
        assertTrue(party.status == 1 && party.roles == roles && party.keyCount == 1, "as before");
    }

    function test_only_the_registrar_does_what_is_the_registrars() public {
        vm.expectRevert(_unauthorized(issuerKey));
        vm.prank(issuerKey);
        participants.register(address(11), address(11), BANK, 0, NEVER, NOBODY);
        vm.expectRevert(_unauthorized(issuerKey));
        vm.prank(issuerKey);
        participants.suspend(supplier);
        vm.expectRevert(_unauthorized(issuerKey));
        vm.prank(issuerKey);
        participants.reinstate(supplier);
        vm.expectRevert(_unauthorized(issuerKey));
        vm.prank(issuerKey);
        participants.renew(supplier, NEVER);
        vm.expectRevert(_unauthorized(issuerKey));
        vm.prank(issuerKey);
        participants.regroup(supplier, 1);
        _proposeRecovery(supplier, "new key");
        vm.expectRevert(_unauthorized(bankKey));
        vm.prank(bankKey);
        participants.approveRecovery(supplier, _keyOf("new key"));
    }

    function test_a_party_needs_a_key_and_an_account() public {
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AddressMissing.selector));
        participants.register(address(0), address(12), BANK, 0, NEVER, NOBODY);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AddressMissing.selector));
        participants.register(address(11), address(0), BANK, 0, NEVER, NOBODY);
    }

    function test_a_key_acts_for_one_party_and_an_account_is_one_partys() public {
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyAlreadyRegistered.selector, issuerKey, issuer));
        participants.register(issuerKey, address(12), BANK, 0, NEVER, NOBODY);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyAlreadyRegistered.selector, issuerKey, issuer));
        participants.register(address(11), issuerKey, BANK, 0, NEVER, NOBODY);
        address account = _accountOf("issuer");
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountAlreadyRegistered.selector, account));
        participants.register(address(11), account, BANK, 0, NEVER, NOBODY);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountAlreadyRegistered.selector, account));
        participants.register(account, address(12), BANK, 0, NEVER, NOBODY);
        // Its own key may hold its cash.
        PartyId id = participants.register(address(11), address(11), BANK, 0, NEVER, NOBODY);
        assertEq(participants.party(id).account, address(11), "account");
    }

    function test_a_party_has_known_roles_and_at_least_one() public {
        uint16[4] memory unknown = [uint16(0), ALL_ROLES + 1, ISSUANCE_STOPPED, SUPPLIER | ISSUANCE_STOPPED];
        for (uint256 i = 0; i < unknown.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IParticipants.RoleUnknown.selector, unknown[i]));
            participants.register(address(11), address(12), unknown[i], 0, NEVER, NOBODY);
        }
    }

    /// Says again which roles exclude each other, in another way than the contract does.
    function testFuzz_roles_that_exclude_each_other_are_refused(uint16 roles) public {
        roles = uint16(bound(roles, 1, ALL_ROLES));
        uint256 count;
        for (uint256 bits = roles; bits != 0; bits >>= 1) {
            count += bits & 1;
        }
        bool apart = count > 1 && (roles & (OPERATOR | REGULATOR)) != 0;
        bool trades = (roles & BANK) != 0 && ((roles & SUPPLIER) != 0 || (roles & CORE_ENTERPRISE) != 0 || (roles & KEEPER) != 0);
        if (apart || trades) vm.expectRevert(abi.encodeWithSelector(IParticipants.RolesIncompatible.selector, roles));
        PartyId id = participants.register(address(11), address(12), roles, 0, NEVER, NOBODY);
        if (!apart && !trades) assertEq(participants.party(id).roles, roles, "roles");
    }

    function test_each_pair_of_roles_that_exclude_each_other_is_refused() public {
        uint16[7] memory excluded = [
            OPERATOR | ATTESTOR,
            OPERATOR | SUPPLIER,
            REGULATOR | GUARANTOR,
            REGULATOR | OPERATOR,
            BANK | SUPPLIER,
            BANK | CORE_ENTERPRISE,
            BANK | KEEPER
        ];
        for (uint256 i = 0; i < excluded.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IParticipants.RolesIncompatible.selector, excluded[i]));
            participants.register(address(11), address(12), excluded[i], 0, NEVER, NOBODY);
        }
        participants.register(address(11), address(12), OPERATOR, 0, NEVER, NOBODY);
        participants.register(address(13), address(14), REGULATOR, 0, NEVER, NOBODY);
        participants.register(address(15), address(16), BANK | GUARANTOR | ATTESTOR, 0, NEVER, NOBODY);
        participants.register(address(17), address(18), SUPPLIER | CORE_ENTERPRISE | KEEPER | GUARANTOR | ATTESTOR, 0, NEVER, NOBODY);
    }

    function test_an_account_bank_is_another_party_and_a_bank() public {
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RoleMissing.selector, supplier, BANK));
        participants.register(address(11), address(12), SUPPLIER, 0, NEVER, supplier);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.PartyUnknown.selector, PartyId.wrap(999)));
        participants.register(address(11), address(12), SUPPLIER, 0, NEVER, PartyId.wrap(999));
        PartyId next = PartyId.wrap(participants.partyCount() + 1);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.OwnAccountBank.selector, next));
        participants.register(address(11), address(12), BANK, 0, NEVER, next);
    }

    // ---------------------------------------------------------------- suspend, reinstate, renew, regroup

    function test_what_is_no_party_cannot_be_changed() public {
        PartyId nobody = PartyId.wrap(999);
        bytes memory reason = abi.encodeWithSelector(IParticipants.PartyUnknown.selector, nobody);
        vm.expectRevert(reason);
        participants.suspend(nobody);
        vm.expectRevert(reason);
        participants.reinstate(nobody);
        vm.expectRevert(reason);
        participants.renew(nobody, NEVER);
        vm.expectRevert(reason);
        participants.regroup(nobody, 1);
        vm.expectRevert(reason);
        vm.prank(LEDGER);
        participants.setIssuanceStopped(nobody, true);
    }

    function test_suspension_and_its_end_are_told() public {
        vm.expectEmit(address(participants));
        emit IParticipants.PartySuspended(supplier);
        participants.suspend(supplier);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, supplier));
        participants.actor(supplierKey);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, supplier));
        participants.active(supplier);
        assertTrue(participants.identified(supplierKey) == supplier, "still known");
        vm.expectEmit(address(participants));
        emit IParticipants.PartyReinstated(supplier);
        participants.reinstate(supplier);
        participants.actor(supplierKey);
    }

    function test_a_party_acts_through_the_last_day_of_its_check_and_not_after() public {
        vm.expectEmit(address(participants));
        emit IParticipants.PartyRenewed(supplier, START_DAY);
        participants.renew(supplier, START_DAY);
        vm.warp(uint256(START_DAY + 1) * 1 days - 1);
        participants.actor(supplierKey);
        vm.warp(uint256(START_DAY + 1) * 1 days);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantExpired.selector, supplier, START_DAY));
        participants.actor(supplierKey);
        assertTrue(participants.identified(supplierKey) == supplier, "still known");
        participants.renew(supplier, START_DAY + 1);
        participants.active(supplier);
    }

    function test_related_parties_are_told_and_found() public {
        participants.requireUnrelated(issuer, supplier);
        vm.expectEmit(address(participants));
        emit IParticipants.PartyRegrouped(issuer, 7);
        participants.regroup(issuer, 7);
        participants.requireUnrelated(issuer, supplier);
        participants.requireUnrelated(supplier, issuer);
        participants.regroup(supplier, 7);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RelatedParties.selector, issuer, supplier, 7));
        participants.requireUnrelated(issuer, supplier);
        participants.regroup(supplier, 8);
        participants.requireUnrelated(issuer, supplier);
        assertEq(participants.groupOf(supplier), 8, "group");
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RelatedParties.selector, bank, bank, 0));
        participants.requireUnrelated(bank, bank);
    }

    // ---------------------------------------------------------------- the ledger

    function test_the_ledger_stops_issuance_and_lets_it_go_on() public {
        assertEq(participants.ledger(), LEDGER, "the ledger");
        vm.expectEmit(address(participants));
        emit IParticipants.IssuanceStopped(issuer);
        vm.prank(LEDGER);
        participants.setIssuanceStopped(issuer, true);
        (,, uint16 roles) = participants.actor(issuerKey);
        assertEq(roles, CORE_ENTERPRISE | ISSUANCE_STOPPED, "told with the roles");
        (, roles) = participants.active(issuer);
        assertEq(roles, CORE_ENTERPRISE | ISSUANCE_STOPPED, "here too");
        vm.prank(LEDGER);
        participants.setIssuanceStopped(issuer, true);
        assertEq(participants.party(issuer).roles, CORE_ENTERPRISE | ISSUANCE_STOPPED, "twice is once");
        vm.expectEmit(address(participants));
        emit IParticipants.IssuanceResumed(issuer);
        vm.prank(LEDGER);
        participants.setIssuanceStopped(issuer, false);
        assertEq(participants.party(issuer).roles, CORE_ENTERPRISE, "only its roles");
    }

    function test_nobody_else_stops_issuance() public {
        address[3] memory callers = [address(this), issuerKey, FORWARDER];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IParticipants.NotTheLedger.selector, callers[i]));
            vm.prank(callers[i]);
            participants.setIssuanceStopped(issuer, true);
        }
        // A forwarder that claimed to speak for the ledger would not be heard either.
        (bool succeeded,) = _relay(address(participants), abi.encodeCall(participants.setIssuanceStopped, (issuer, true)), LEDGER);
        assertTrue(!succeeded && participants.party(issuer).roles == CORE_ENTERPRISE, "not the ledger");
    }

    // ---------------------------------------------------------------- the clock

    function test_a_chain_may_count_milliseconds() public {
        Participants other = _participants(1000);
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = other.register.selector;
        _appoint(address(other), selectors);
        vm.warp(START * 1000);
        PartyId id = other.register(address(11), address(12), BANK, 0, START_DAY, NOBODY);
        other.actor(address(11));
        vm.prank(address(11));
        other.proposeAccount(address(12), NOBODY, 0, "");
        assertEq(other.accountChange(id).effectiveAt, START + 3 days, "seconds");
        vm.warp(uint256(START_DAY + 1) * 1 days * 1000);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantExpired.selector, id, START_DAY));
        other.actor(address(11));
    }

    function test_a_clock_counts_seconds_or_milliseconds() public {
        bytes memory creation = creationOf("Participants", abi.encode(authority, LEDGER, uint16(60), FORWARDER));
        assertEq(create(creation), address(0), "refused");
        vm.expectRevert(abi.encodeWithSelector(Clock.ClockUnknown.selector, uint16(60)));
        this.createOrRevert(creation);
    }

    function createOrRevert(bytes memory creation) external {
        assembly {
            if iszero(create(0, add(creation, 32), mload(creation))) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }
}

contract AnswersTest is Register {
    function test_nobody_acts_for_no_party() public {
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, address(99)));
        participants.actor(address(99));
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, address(99)));
        participants.identified(address(99));
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, address(99)));
        participants.payment(address(99), new PartyId[](0));
        vm.expectRevert(abi.encodeWithSelector(IParticipants.PartyUnknown.selector, PartyId.wrap(0)));
        participants.active(PartyId.wrap(0));
    }

    function _consents(PartyId recipient, address key) private view returns (address[] memory) {
        PartyId[] memory recipients = new PartyId[](1);
        address[] memory keys = new address[](1);
        (recipients[0], keys[0]) = (recipient, key);
        return participants.consents(recipients, keys);
    }

    function test_traders_consent_by_their_own_keys() public {
        assertEq(_consents(supplier, supplierKey)[0], _accountOf("supplier"), "a supplier's account");
        assertEq(_consents(issuer, issuerKey)[0], _accountOf("issuer"), "a core enterprise's account");
        _addKey(supplierKey, supplier, "second key", 0, 0);
        assertEq(_consents(supplier, _keyOf("second key"))[0], _accountOf("supplier"), "by another key");
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, issuer, supplierKey));
        _consents(issuer, supplierKey);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, issuer, address(99)));
        _consents(issuer, address(99));
        vm.expectRevert(abi.encodeWithSelector(IParticipants.PartyUnknown.selector, NOBODY));
        _consents(NOBODY, address(99));
    }

    function test_only_active_traders_consent() public {
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RoleMissing.selector, bank, SUPPLIER | CORE_ENTERPRISE));
        _consents(bank, bankKey);
        participants.suspend(supplier);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, supplier));
        _consents(supplier, supplierKey);
        participants.reinstate(supplier);
        participants.renew(supplier, START_DAY - 1);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantExpired.selector, supplier, START_DAY - 1));
        _consents(supplier, supplierKey);
    }

    function test_each_recipient_has_its_key() public {
        PartyId[] memory recipients = new PartyId[](2);
        address[] memory keys = new address[](2);
        (recipients[0], keys[0], recipients[1], keys[1]) = (supplier, supplierKey, issuer, issuerKey);
        address[] memory accounts = participants.consents(recipients, keys);
        assertTrue(accounts[0] == _accountOf("supplier") && accounts[1] == _accountOf("issuer"), "in their order");
        (keys[0], keys[1]) = (issuerKey, supplierKey);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, supplier, issuerKey));
        participants.consents(recipients, keys);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ListsDiffer.selector, 2, 1));
        participants.consents(recipients, new address[](1));
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ListsDiffer.selector, 2, 3));
        participants.consents(recipients, new address[](3));
    }

    function test_payment_asks_nobody_whether_it_may_act() public {
        participants.suspend(issuer);
        participants.suspend(supplier);
        participants.renew(bank, START_DAY - 1);
        PartyId[] memory payees = new PartyId[](2);
        (payees[0], payees[1]) = (supplier, bank);
        (PartyId payer, address payerAccount, address[] memory accounts) = participants.payment(issuerKey, payees);
        assertTrue(payer == issuer && payerAccount == _accountOf("issuer"), "who pays");
        assertTrue(accounts.length == 2 && accounts[0] == _accountOf("supplier") && accounts[1] == _accountOf("bank"), "whom");
        payees[1] = PartyId.wrap(999);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.PartyUnknown.selector, payees[1]));
        participants.payment(issuerKey, payees);
    }

    /// These are asked in every movement and payment: a key's word and its party's, and one word a payee.
    function test_the_answers_on_the_way_of_a_piece_read_no_more_than_they_must() public {
        Recorder(address(vm)).record();
        participants.actor(supplierKey);
        assertEq(_readsOf(address(participants)), 2, "actor");
        PartyId[] memory parties = new PartyId[](2);
        address[] memory keys = new address[](2);
        (parties[0], keys[0], parties[1], keys[1]) = (supplier, supplierKey, issuer, issuerKey);
        Recorder(address(vm)).record();
        participants.payment(issuerKey, parties);
        assertEq(_readsOf(address(participants)), 4, "payment to two");
        Recorder(address(vm)).record();
        participants.consents(parties, keys);
        assertEq(_readsOf(address(participants)), 4, "consent of two");
        Recorder(address(vm)).record();
        participants.active(supplier);
        assertEq(_readsOf(address(participants)), 1, "active");
    }
}

contract KeysTest is Register {
    function test_a_new_key_signs_that_it_joins_and_acts_from_then_on() public {
        address key = _keyOf("second key");
        bytes memory proof = _join(issuer, "second key", 0, 0);
        vm.expectEmit(address(participants));
        emit IParticipants.KeyAdded(issuer, key);
        vm.prank(issuerKey);
        participants.addKey(key, proof);
        IParticipants.Party memory party = participants.party(issuer);
        assertTrue(party.keyCount == 2 && party.keyChanges == 1, "keys");
        (PartyId id,,) = participants.actor(key);
        assertTrue(id == issuer, "acts");

        vm.expectEmit(address(participants));
        emit IParticipants.KeyRemoved(issuer, issuerKey);
        vm.prank(key);
        participants.removeKey(issuerKey);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, issuerKey));
        participants.actor(issuerKey);
        party = participants.party(issuer);
        assertTrue(party.keyCount == 1 && party.keyChanges == 2 && party.account == _accountOf("issuer"), "the account stays");
    }

    function test_a_proof_fits_once() public {
        bytes memory proof = _join(issuer, "second key", 0, 0);
        address key = _keyOf("second key");
        vm.prank(issuerKey);
        participants.addKey(key, proof);
        vm.prank(issuerKey);
        participants.removeKey(key);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyProofInvalid.selector, issuer, key));
        vm.prank(issuerKey);
        participants.addKey(key, proof);
    }

    function test_a_proof_is_for_one_party_one_epoch_one_contract_and_one_chain() public {
        bytes memory proof = _join(issuer, "second key", 0, 0);
        address key = _keyOf("second key");
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyProofInvalid.selector, supplier, key));
        vm.prank(supplierKey);
        participants.addKey(key, proof);
        bytes memory later = _join(issuer, "second key", 1, 0);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyProofInvalid.selector, issuer, key));
        vm.prank(issuerKey);
        participants.addKey(key, later);
        vm.chainId(4242);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyProofInvalid.selector, issuer, key));
        vm.prank(issuerKey);
        participants.addKey(key, proof);
    }

    function test_nothing_and_what_is_taken_is_no_new_key() public {
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AddressMissing.selector));
        vm.prank(issuerKey);
        participants.addKey(address(0), "");
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyAlreadyRegistered.selector, supplierKey, supplier));
        vm.prank(issuerKey);
        participants.addKey(supplierKey, "");
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyAlreadyRegistered.selector, issuerKey, issuer));
        vm.prank(issuerKey);
        participants.addKey(issuerKey, "");
        address account = _accountOf("supplier");
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountAlreadyRegistered.selector, account));
        vm.prank(issuerKey);
        participants.addKey(account, "");
    }

    function test_the_partys_own_account_may_become_its_key() public {
        PartyId id = participants.register(_keyOf("first"), _keyOf("treasury"), SUPPLIER, 0, NEVER, NOBODY);
        _addKey(_keyOf("first"), id, "treasury", 0, 0);
        assertTrue(participants.partyOf(_keyOf("treasury")) == id, "acts");
    }

    function test_a_suspended_party_adds_no_key_but_may_remove_a_leaked_one() public {
        _addKey(issuerKey, issuer, "second key", 0, 0);
        participants.suspend(issuer);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, issuer));
        vm.prank(issuerKey);
        participants.addKey(_keyOf("third key"), "");
        vm.prank(issuerKey);
        participants.removeKey(_keyOf("second key"));
        assertEq(participants.party(issuer).keyCount, 1, "keys");
    }

    function test_the_last_key_stays() public {
        vm.expectRevert(abi.encodeWithSelector(IParticipants.LastKey.selector, issuer, issuerKey));
        vm.prank(issuerKey);
        participants.removeKey(issuerKey);
    }

    function test_nobody_removes_the_key_of_another() public {
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, supplier, issuerKey));
        vm.prank(supplierKey);
        participants.removeKey(issuerKey);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, supplier, address(99)));
        vm.prank(supplierKey);
        participants.removeKey(address(99));
        // Nor does the registrar, which is no party's key.
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, address(this)));
        participants.removeKey(issuerKey);
    }

    function test_a_party_has_at_most_255_keys() public {
        for (uint16 i = 0; i < 254; ++i) {
            _addKey(issuerKey, issuer, string(abi.encode("key", i)), 0, i);
        }
        assertEq(participants.party(issuer).keyCount, 255, "keys");
        vm.expectRevert(abi.encodeWithSelector(IParticipants.TooManyKeys.selector, issuer));
        vm.prank(issuerKey);
        participants.addKey(_keyOf("one too many"), "");
    }

    function test_a_count_of_changes_does_not_start_again() public {
        _setChanges(issuer, type(uint16).max - 1);
        _addKey(issuerKey, issuer, "second key", 0, type(uint16).max - 1);
        vm.expectRevert();
        vm.prank(issuerKey);
        participants.removeKey(_keyOf("second key"));
        // A recovery begins a new epoch, so that a thief cannot use the changes up for good.
        _approvedRecovery(issuer, "new key");
        vm.warp(block.timestamp + 7 days);
        participants.finishRecovery(issuer);
        _addKey(_keyOf("new key"), issuer, "second key", 1, 0);
    }

    /// Writes the count of changes, its word's highest field, where the storage has it.
    function _setChanges(PartyId id, uint16 keyChanges) private {
        for (uint256 slot = 0; slot < 8; ++slot) {
            bytes32 place = keccak256(abi.encode(id, slot));
            uint256 word = uint256(vm.load(address(participants), place));
            if (word >> 232 == 1) vm.store(address(participants), place, bytes32(word | (uint256(keyChanges) << 240)));
        }
        assertEq(participants.party(id).keyChanges, keyChanges, "changes");
    }

    function test_a_companys_contract_may_be_its_key() public {
        address key = address(new CompanyContract(_keyOf("director")));
        bytes memory proof = _signed(_secretOf("director"), _joinDigest(issuer, key, 0, 0));
        bytes memory other = _signed(_secretOf("nobody"), _joinDigest(issuer, key, 0, 0));
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyProofInvalid.selector, issuer, key));
        vm.prank(issuerKey);
        participants.addKey(key, other);
        vm.prank(issuerKey);
        participants.addKey(key, proof);
        vm.prank(key);
        participants.removeKey(issuerKey);
        assertTrue(participants.partyOf(key) == issuer, "acts");
    }

    function test_a_contract_that_answers_something_else_did_not_sign() public {
        for (uint8 i = 0; i <= uint8(type(HostileSigner.Answer).max); ++i) {
            address key = address(new HostileSigner(HostileSigner.Answer(i)));
            vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyProofInvalid.selector, issuer, key));
            vm.prank(issuerKey);
            participants.addKey(key, "");
        }
    }
}

contract AccountsTest is Register {
    string private constant NEXT_NAME = "next account";
    address private immutable NEXT = _keyOf(NEXT_NAME);

    function test_an_account_changes_three_days_after_it_was_announced() public {
        bytes memory proof = _accountJoin(supplier, NEXT_NAME);
        vm.expectEmit(address(participants));
        emit IParticipants.AccountChangeProposed(supplier, NEXT, otherBank, uint40(START + 3 days));
        vm.prank(supplierKey);
        participants.proposeAccount(NEXT, otherBank, uint40(START), proof);
        IParticipants.AccountChange memory change = participants.accountChange(supplier);
        assertTrue(change.account == NEXT && change.accountBank == otherBank, "announced");
        assertEq(change.effectiveAt, START + 3 days, "from then on");
        assertEq(participants.party(supplier).account, _accountOf("supplier"), "not yet");

        vm.warp(START + 3 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountChangeNotDue.selector, supplier, uint40(START + 3 days)));
        participants.applyAccountChange(supplier);
        vm.warp(START + 3 days);
        vm.expectEmit(address(participants));
        emit IParticipants.AccountChanged(supplier, NEXT, otherBank);
        vm.prank(address(99));
        participants.applyAccountChange(supplier);
        IParticipants.Party memory party = participants.party(supplier);
        assertTrue(party.account == NEXT && party.accountBank == otherBank, "changed");
        assertTrue(party.roles == SUPPLIER && party.status == 1 && party.kycExpiryDay == NEVER && party.keyCount == 1, "nothing else");
        (, address account,) = participants.actor(supplierKey);
        assertEq(account, NEXT, "acts with it");
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountChangeUnknown.selector, supplier));
        participants.applyAccountChange(supplier);
    }

    function test_any_key_of_the_party_takes_it_back() public {
        _addKey(supplierKey, supplier, "second key", 0, 0);
        _announcedAccount(NEXT_NAME, bank);
        participants.suspend(supplier);
        participants.renew(supplier, START_DAY - 1);
        vm.expectEmit(address(participants));
        emit IParticipants.AccountChangeCancelled(supplier);
        vm.prank(_keyOf("second key"));
        participants.cancelAccountChange();
        assertEq(participants.accountChange(supplier).effectiveAt, 0, "nothing announced");
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountChangeUnknown.selector, supplier));
        vm.prank(supplierKey);
        participants.cancelAccountChange();
        participants.reinstate(supplier);
        participants.renew(supplier, NEVER);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountChangeUnknown.selector, supplier));
        participants.applyAccountChange(supplier);
    }

    function test_another_announcement_begins_anew() public {
        _announcedAccount(NEXT_NAME, bank);
        _proposeAccount(supplierKey, supplier, "another account", NOBODY);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountChangeNotDue.selector, supplier, uint40(START + 6 days)));
        participants.applyAccountChange(supplier);
        vm.warp(START + 6 days);
        participants.applyAccountChange(supplier);
        IParticipants.Party memory party = participants.party(supplier);
        assertTrue(party.account == _keyOf("another account") && party.accountBank == NOBODY, "the later one");
    }

    function test_only_a_key_of_an_active_party_announces() public {
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, address(this)));
        participants.proposeAccount(NEXT, bank, 0, "");
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, address(this)));
        participants.cancelAccountChange();
        participants.suspend(supplier);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, supplier));
        vm.prank(supplierKey);
        participants.proposeAccount(NEXT, bank, 0, "");
    }

    function test_what_a_stolen_key_announced_waits_while_the_party_is_suspended() public {
        _announcedAccount(NEXT_NAME, bank);
        participants.suspend(supplier);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, supplier));
        participants.applyAccountChange(supplier);
        participants.reinstate(supplier);
        participants.renew(supplier, START_DAY);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantExpired.selector, supplier, START_DAY));
        participants.applyAccountChange(supplier);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.PartyUnknown.selector, PartyId.wrap(999)));
        participants.applyAccountChange(PartyId.wrap(999));
        assertEq(participants.party(supplier).account, _accountOf("supplier"), "unchanged");
    }

    function _refused(address account, PartyId accountBank, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(supplierKey);
        participants.proposeAccount(account, accountBank, 0, "");
    }

    function test_an_account_is_no_other_partys_and_its_bank_another_bank() public {
        _refused(address(0), bank, abi.encodeWithSelector(IParticipants.AddressMissing.selector));
        address account = _accountOf("issuer");
        _refused(account, bank, abi.encodeWithSelector(IParticipants.AccountAlreadyRegistered.selector, account));
        _refused(issuerKey, bank, abi.encodeWithSelector(IParticipants.KeyAlreadyRegistered.selector, issuerKey, issuer));
        _refused(NEXT, issuer, abi.encodeWithSelector(IParticipants.RoleMissing.selector, issuer, BANK));
        _refused(NEXT, PartyId.wrap(999), abi.encodeWithSelector(IParticipants.PartyUnknown.selector, PartyId.wrap(999)));
        vm.expectRevert(abi.encodeWithSelector(IParticipants.OwnAccountBank.selector, bank));
        vm.prank(bankKey);
        participants.proposeAccount(NEXT, bank, 0, "");
    }

    function test_an_account_that_another_party_got_meanwhile_is_refused() public {
        _announcedAccount(NEXT_NAME, bank);
        participants.register(address(11), NEXT, SUPPLIER, 0, NEVER, NOBODY);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountAlreadyRegistered.selector, NEXT));
        participants.applyAccountChange(supplier);
        _announcedAccount("another account", bank);
        address key = _keyOf("another account");
        PartyId id = participants.register(key, address(12), SUPPLIER, 0, NEVER, NOBODY);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyAlreadyRegistered.selector, key, id));
        participants.applyAccountChange(supplier);
    }

    function test_a_party_may_change_its_bank_alone_and_keep_its_cash_at_its_own_key() public {
        address account = _accountOf("supplier");
        vm.prank(supplierKey);
        participants.proposeAccount(account, otherBank, 0, "");
        vm.warp(START + 3 days);
        participants.applyAccountChange(supplier);
        assertTrue(participants.accountBankOf(supplier) == otherBank, "bank");
        assertEq(participants.party(supplier).account, _accountOf("supplier"), "the same account");
        _announcedAccount("supplier", otherBank);
        participants.applyAccountChange(supplier);
        assertEq(participants.party(supplier).account, supplierKey, "its own key");
    }

    function test_neither_a_new_nor_a_left_account_is_anothers_but_it_may_be_its_partys_again() public {
        _announcedAccount(NEXT_NAME, bank);
        participants.applyAccountChange(supplier);
        address former = _accountOf("supplier");
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountAlreadyRegistered.selector, NEXT));
        participants.register(address(11), NEXT, SUPPLIER, 0, NEVER, NOBODY);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountAlreadyRegistered.selector, former));
        participants.register(address(11), former, SUPPLIER, 0, NEVER, NOBODY);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountAlreadyRegistered.selector, former));
        vm.prank(issuerKey);
        participants.proposeAccount(former, bank, 0, "");
        // Whoever has it by now is asked again.
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountProofExpired.selector, 0));
        vm.prank(supplierKey);
        participants.proposeAccount(former, bank, 0, "");
        _announcedAccount("account of supplier", bank);
        participants.applyAccountChange(supplier);
        assertEq(participants.party(supplier).account, former, "back again");
    }

    function test_an_account_that_did_not_agree_is_nobodys() public {
        uint40 until = uint40(START + 1 hours);
        bytes memory ofAnother = _signed(_secretOf("supplier"), _accountDigest(supplier, NEXT, until));
        bytes memory forAnother = _signed(_secretOf(NEXT_NAME), _accountDigest(issuer, NEXT, until));
        bytes memory forLess = _signed(_secretOf(NEXT_NAME), _accountDigest(supplier, NEXT, until - 1));
        bytes memory reason = abi.encodeWithSelector(IParticipants.AccountProofInvalid.selector, supplier, NEXT);
        bytes[4] memory proofs = [bytes(""), ofAnother, forAnother, forLess];
        for (uint256 i = 0; i < proofs.length; ++i) {
            vm.expectRevert(reason);
            vm.prank(supplierKey);
            participants.proposeAccount(NEXT, bank, until, proofs[i]);
        }
        assertEq(participants.accountChange(supplier).effectiveAt, 0, "nothing announced");
        // Nobody squats on an address: whoever has it is registered with it.
        PartyId id = participants.register(NEXT, NEXT, SUPPLIER, 0, NEVER, NOBODY);
        assertEq(participants.party(id).account, NEXT, "its owner's");
    }

    function test_what_an_account_signed_counts_until_the_second_that_it_named() public {
        uint40 until = uint40(START + 1 hours);
        bytes memory proof = _signed(_secretOf(NEXT_NAME), _accountDigest(supplier, NEXT, until));
        vm.warp(until + 1);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountProofExpired.selector, until));
        vm.prank(supplierKey);
        participants.proposeAccount(NEXT, bank, until, proof);
        vm.warp(until);
        vm.prank(supplierKey);
        participants.proposeAccount(NEXT, bank, until, proof);
        assertEq(participants.accountChange(supplier).account, NEXT, "announced");
    }

    function test_a_companys_contract_may_be_its_account() public {
        address account = address(new CompanyContract(_keyOf("director")));
        bytes32 digest = _accountDigest(supplier, account, uint40(START));
        bytes memory other = _signed(_secretOf("nobody"), digest);
        bytes memory proof = _signed(_secretOf("director"), digest);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountProofInvalid.selector, supplier, account));
        vm.prank(supplierKey);
        participants.proposeAccount(account, bank, uint40(START), other);
        vm.prank(supplierKey);
        participants.proposeAccount(account, bank, uint40(START), proof);
        vm.warp(START + 3 days);
        participants.applyAccountChange(supplier);
        assertEq(participants.party(supplier).account, account, "its account");
    }

    /// A thief has one of two keys, and removed the other one.
    function _removedByAThief() private returns (address removed, address thief) {
        (removed, thief) = (supplierKey, _keyOf("second key"));
        _addKey(supplierKey, supplier, "second key", 0, 0);
        vm.prank(thief);
        participants.removeKey(removed);
    }

    function test_a_removed_key_takes_back_what_a_thief_of_the_other_announced() public {
        (address removed, address thief) = _removedByAThief();
        (PartyId former, uint40 until) = participants.removedKey(removed);
        assertTrue(former == supplier && until == START + 7 days, "what is left to it");
        (former, until) = participants.removedKey(thief);
        assertTrue(former == NOBODY && until == 0, "a key is not removed");
        _proposeAccount(thief, supplier, NEXT_NAME, bank);
        vm.warp(START + 3 days);
        vm.expectEmit(address(participants));
        emit IParticipants.AccountChangeCancelled(supplier);
        vm.prank(removed);
        participants.cancelAccountChange();
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountChangeUnknown.selector, supplier));
        participants.applyAccountChange(supplier);
        // To the last second of its seven days, and no longer.
        _proposeAccount(thief, supplier, NEXT_NAME, bank);
        vm.warp(START + 7 days);
        vm.prank(removed);
        participants.cancelAccountChange();
        _proposeAccount(thief, supplier, NEXT_NAME, bank);
        vm.warp(START + 7 days + 1);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, removed));
        vm.prank(removed);
        participants.cancelAccountChange();
    }

    function test_a_removed_key_does_nothing_else() public {
        (address removed,) = _removedByAThief();
        _approvedRecovery(supplier, "new key");
        bytes memory reason = abi.encodeWithSelector(IParticipants.NotAParticipant.selector, removed);
        vm.expectRevert(reason);
        vm.prank(removed);
        participants.vetoRecovery(supplier);
        vm.expectRevert(reason);
        vm.prank(removed);
        participants.removeKey(_keyOf("second key"));
        vm.expectRevert(reason);
        vm.prank(removed);
        participants.proposeAccount(NEXT, bank, 0, "");
        vm.expectRevert(reason);
        participants.identified(removed);
        assertTrue(participants.partyOf(removed) == NOBODY, "no key");
    }

    function test_a_removed_key_that_acts_for_another_party_or_was_recovered_from_takes_nothing_back() public {
        (address removed, address thief) = _removedByAThief();
        _proposeAccount(thief, supplier, NEXT_NAME, bank);
        _addKey(issuerKey, issuer, "supplier", 0, 0);
        (PartyId former,) = participants.removedKey(removed);
        assertTrue(former == NOBODY, "it is a key again");
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountChangeUnknown.selector, issuer));
        vm.prank(removed);
        participants.cancelAccountChange();
        vm.prank(issuerKey);
        participants.removeKey(removed);
        _approvedRecovery(issuer, "new key");
        vm.warp(START + 7 days);
        participants.finishRecovery(issuer);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, removed));
        vm.prank(removed);
        participants.cancelAccountChange();
    }
}

contract RecoveryTest is Register {
    function test_bank_and_registrar_give_a_party_another_key_after_seven_days() public {
        address key = _keyOf("new key");
        bytes memory proof = _join(supplier, "new key", 1, 0);
        _addKey(supplierKey, supplier, "second key", 0, 0);
        participants.suspend(supplier);
        participants.regroup(supplier, type(uint24).max);
        vm.expectEmit(address(participants));
        emit IParticipants.RecoveryProposed(supplier, key, bank);
        vm.prank(bankKey);
        participants.proposeRecovery(supplier, key, proof);
        IParticipants.Recovery memory proposed = participants.recovery(supplier);
        assertTrue(proposed.newKey == key && proposed.accountBank == bank && proposed.effectiveAt == 0, "proposed");

        vm.expectEmit(address(participants));
        emit IParticipants.RecoveryApproved(supplier, key, uint40(START + 7 days));
        participants.approveRecovery(supplier, key);
        assertEq(participants.recovery(supplier).effectiveAt, START + 7 days, "approved");
        vm.warp(START + 7 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RecoveryNotDue.selector, supplier, uint40(START + 7 days)));
        participants.finishRecovery(supplier);

        vm.warp(START + 7 days);
        vm.expectEmit(address(participants));
        emit IParticipants.KeysRecovered(supplier, key, 1);
        vm.prank(address(99));
        participants.finishRecovery(supplier);
        IParticipants.Party memory party = participants.party(supplier);
        assertTrue(party.epoch == 1 && party.keyCount == 1 && party.keyChanges == 0, "one key");
        assertTrue(party.status == 2 && party.account == _accountOf("supplier") && party.roles == SUPPLIER, "nothing else");
        assertTrue(party.kycExpiryDay == NEVER && party.accountBank == bank && party.group == type(uint24).max, "nothing else");
        assertTrue(participants.partyOf(key) == supplier, "the new key");
        assertTrue(participants.partyOf(supplierKey) == NOBODY, "the old key");
        assertTrue(participants.partyOf(_keyOf("second key")) == NOBODY, "the other old key");
        assertEq(participants.recovery(supplier).newKey, address(0), "done");
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RecoveryUnknown.selector, supplier, address(0)));
        participants.finishRecovery(supplier);
    }

    function _recovered() private {
        _approvedRecovery(supplier, "new key");
        vm.warp(block.timestamp + 7 days);
        participants.finishRecovery(supplier);
    }

    function test_a_dead_key_does_nothing_any_more() public {
        _addKey(supplierKey, supplier, "second key", 0, 0);
        _recovered();
        bytes memory reason = abi.encodeWithSelector(IParticipants.NotAParticipant.selector, supplierKey);
        vm.expectRevert(reason);
        participants.actor(supplierKey);
        vm.expectRevert(reason);
        participants.identified(supplierKey);
        vm.expectRevert(reason);
        participants.payment(supplierKey, new PartyId[](0));
        vm.expectRevert(reason);
        vm.prank(supplierKey);
        participants.removeKey(_keyOf("new key"));
        vm.expectRevert(reason);
        vm.prank(supplierKey);
        participants.proposeAccount(address(0xACC), NOBODY, 0, "");
        PartyId[] memory recipients = new PartyId[](1);
        address[] memory keys = new address[](1);
        (recipients[0], keys[0]) = (supplier, supplierKey);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, supplier, supplierKey));
        participants.consents(recipients, keys);
        // It is no key any more, so it cannot be removed either, and the new key stays the last one.
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, supplier, supplierKey));
        vm.prank(_keyOf("new key"));
        participants.removeKey(supplierKey);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.LastKey.selector, supplier, _keyOf("new key")));
        vm.prank(_keyOf("new key"));
        participants.removeKey(_keyOf("new key"));
    }

    function test_a_dead_key_may_join_again_with_a_new_proof() public {
        bytes memory old = _join(supplier, "supplier", 0, 0);
        _recovered();
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyProofInvalid.selector, supplier, supplierKey));
        vm.prank(_keyOf("new key"));
        participants.addKey(supplierKey, old);
        _addKey(_keyOf("new key"), supplier, "supplier", 1, 0);
        assertTrue(participants.partyOf(supplierKey) == supplier, "acts again");
        // A key that died may also go to another party.
        vm.prank(supplierKey);
        participants.removeKey(_keyOf("new key"));
        _addKey(issuerKey, issuer, "new key", 0, 0);
        assertTrue(participants.partyOf(_keyOf("new key")) == issuer, "acts for another");
    }

    function test_only_the_account_bank_proposes() public {
        bytes memory proof = _join(supplier, "new key", 1, 0);
        address key = _keyOf("new key");
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotTheAccountBank.selector, supplier, bank, otherBank));
        vm.prank(_keyOf("other bank"));
        participants.proposeRecovery(supplier, key, proof);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotTheAccountBank.selector, bank, NOBODY, otherBank));
        vm.prank(_keyOf("other bank"));
        participants.proposeRecovery(bank, key, proof);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, address(this)));
        participants.proposeRecovery(supplier, key, proof);
        participants.suspend(bank);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, bank));
        vm.prank(bankKey);
        participants.proposeRecovery(supplier, key, proof);
    }

    function test_the_new_key_is_free_and_signs_that_it_joins_the_next_epoch() public {
        address key = _keyOf("new key");
        bytes memory proof = _join(supplier, "new key", 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyProofInvalid.selector, supplier, key));
        vm.prank(bankKey);
        participants.proposeRecovery(supplier, key, proof);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyAlreadyRegistered.selector, issuerKey, issuer));
        vm.prank(bankKey);
        participants.proposeRecovery(supplier, issuerKey, proof);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AddressMissing.selector));
        vm.prank(bankKey);
        participants.proposeRecovery(supplier, address(0), proof);
        address account = _accountOf("issuer");
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountAlreadyRegistered.selector, account));
        vm.prank(bankKey);
        participants.proposeRecovery(supplier, account, proof);
    }

    function test_the_proof_of_a_recovery_adds_no_second_key() public {
        bytes memory proof = _join(supplier, "new key", 1, 0);
        _recovered();
        address key = _keyOf("new key");
        _addKey(key, supplier, "second key", 1, 0);
        vm.prank(_keyOf("second key"));
        participants.removeKey(key);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyProofInvalid.selector, supplier, key));
        vm.prank(_keyOf("second key"));
        participants.addKey(key, proof);
    }

    function test_the_registrar_approves_what_it_saw() public {
        _proposeRecovery(supplier, "new key");
        bytes memory reason = abi.encodeWithSelector(IParticipants.RecoveryUnknown.selector, supplier, _keyOf("other key"));
        vm.expectRevert(reason);
        participants.approveRecovery(supplier, _keyOf("other key"));
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RecoveryUnknown.selector, issuer, address(0)));
        participants.approveRecovery(issuer, address(0));
        // The bank proposes another key while the approval of the first is on its way.
        _proposeRecovery(supplier, "other key");
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RecoveryUnknown.selector, supplier, _keyOf("new key")));
        participants.approveRecovery(supplier, _keyOf("new key"));
    }

    function test_another_proposal_needs_another_approval() public {
        _approvedRecovery(supplier, "new key");
        _proposeRecovery(supplier, "other key");
        vm.warp(START + 30 days);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RecoveryNotApproved.selector, supplier));
        participants.finishRecovery(supplier);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RecoveryUnknown.selector, issuer, address(0)));
        participants.finishRecovery(issuer);
    }

    function test_a_second_approval_begins_the_seven_days_anew() public {
        _approvedRecovery(supplier, "new key");
        vm.warp(START + 6 days);
        participants.approveRecovery(supplier, _keyOf("new key"));
        assertEq(participants.recovery(supplier).effectiveAt, START + 13 days, "later, never sooner");
    }

    function test_a_key_of_a_party_that_is_not_suspended_vetoes() public {
        _approvedRecovery(supplier, "new key");
        participants.renew(supplier, START_DAY - 1);
        vm.expectEmit(address(participants));
        emit IParticipants.RecoveryVetoed(supplier);
        vm.prank(supplierKey);
        participants.vetoRecovery(supplier);
        vm.warp(START + 7 days);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RecoveryUnknown.selector, supplier, address(0)));
        participants.finishRecovery(supplier);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RecoveryUnknown.selector, supplier, address(0)));
        vm.prank(supplierKey);
        participants.vetoRecovery(supplier);
        assertTrue(participants.partyOf(supplierKey) == supplier, "keeps its key");
    }

    function test_nobody_else_vetoes_nor_does_the_thief_of_a_suspended_partys_key() public {
        _approvedRecovery(supplier, "new key");
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, supplier, issuerKey));
        vm.prank(issuerKey);
        participants.vetoRecovery(supplier);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, address(this)));
        participants.vetoRecovery(supplier);
        participants.suspend(supplier);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, supplier));
        vm.prank(supplierKey);
        participants.vetoRecovery(supplier);
        participants.reinstate(supplier);
        vm.prank(supplierKey);
        participants.vetoRecovery(supplier);
    }

    function test_a_recovery_takes_back_the_account_that_a_thief_announced() public {
        _announcedAccount("account of a thief", NOBODY);
        participants.suspend(supplier);
        _approvedRecovery(supplier, "new key");
        vm.warp(block.timestamp + 7 days);
        vm.expectEmit(address(participants));
        emit IParticipants.AccountChangeCancelled(supplier);
        participants.finishRecovery(supplier);
        participants.reinstate(supplier);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.AccountChangeUnknown.selector, supplier));
        participants.applyAccountChange(supplier);
        assertEq(participants.party(supplier).account, _accountOf("supplier"), "its account");
    }

    function test_a_bank_that_the_party_left_recovers_nothing() public {
        _announcedAccount("next account", otherBank);
        _proposeRecovery(supplier, "new key");
        participants.applyAccountChange(supplier);
        bytes memory reason = abi.encodeWithSelector(IParticipants.NotTheAccountBank.selector, supplier, otherBank, bank);
        vm.expectRevert(reason);
        participants.approveRecovery(supplier, _keyOf("new key"));
        vm.expectRevert(reason);
        vm.prank(bankKey);
        participants.proposeRecovery(supplier, _keyOf("new key"), "");
    }

    function test_a_bank_that_the_party_left_during_the_seven_days_recovers_nothing() public {
        _announcedAccount("next account", otherBank);
        _approvedRecovery(supplier, "new key");
        participants.applyAccountChange(supplier);
        vm.warp(block.timestamp + 7 days);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotTheAccountBank.selector, supplier, otherBank, bank));
        participants.finishRecovery(supplier);
    }

    function test_a_key_that_another_party_got_meanwhile_recovers_nothing() public {
        _approvedRecovery(supplier, "new key");
        _addKey(issuerKey, issuer, "new key", 0, 0);
        vm.warp(block.timestamp + 7 days);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyAlreadyRegistered.selector, _keyOf("new key"), issuer));
        participants.finishRecovery(supplier);
    }

    function test_a_bank_is_recovered_by_its_own_bank() public {
        _proposeRecovery(otherBank, "new key");
        participants.approveRecovery(otherBank, _keyOf("new key"));
        vm.warp(block.timestamp + 7 days);
        participants.finishRecovery(otherBank);
        (PartyId id,, uint16 roles) = participants.actor(_keyOf("new key"));
        assertTrue(id == otherBank && roles == BANK, "acts");
    }

    function test_a_recovered_partys_issuance_stays_stopped() public {
        vm.prank(LEDGER);
        participants.setIssuanceStopped(issuer, true);
        _approvedRecovery(issuer, "new key");
        vm.warp(block.timestamp + 7 days);
        participants.finishRecovery(issuer);
        (,, uint16 roles) = participants.actor(_keyOf("new key"));
        assertEq(roles, CORE_ENTERPRISE | ISSUANCE_STOPPED, "roles");
    }
}

contract RelayedTest is Register {
    function test_a_signer_acts_behind_the_forwarder() public {
        address account = _keyOf("next account");
        bytes memory proof = _accountJoin(supplier, "next account");
        bytes memory call = abi.encodeCall(participants.proposeAccount, (account, bank, uint40(START), proof));
        (bool succeeded,) = _relay(address(participants), call, supplierKey);
        assertTrue(succeeded, "relayed");
        assertEq(participants.accountChange(supplier).account, account, "the signer's party");
        assertEq(participants.accountChange(issuer).effectiveAt, 0, "no other");
        proof = _join(supplier, "second key", 0, 0);
        (succeeded,) = _relay(address(participants), abi.encodeCall(participants.addKey, (_keyOf("second key"), proof)), supplierKey);
        assertTrue(succeeded && participants.partyOf(_keyOf("second key")) == supplier, "added");
        (succeeded,) = _relay(address(participants), abi.encodeCall(participants.removeKey, (supplierKey)), _keyOf("second key"));
        assertTrue(succeeded && participants.partyOf(supplierKey) == NOBODY, "removed");
    }

    function test_nobody_else_speaks_for_a_signer() public {
        address account = _keyOf("next account");
        bytes memory proof = _accountJoin(issuer, "next account");
        bytes memory call = abi.encodeCall(participants.proposeAccount, (account, bank, uint40(START), proof));
        call = abi.encodePacked(call, supplierKey);
        vm.prank(issuerKey);
        (bool succeeded,) = address(participants).call(call);
        assertTrue(succeeded, "what is behind a call means nothing");
        assertEq(participants.accountChange(issuer).account, account, "the caller's party");
        assertEq(participants.accountChange(supplier).effectiveAt, 0, "no other");
        assertTrue(participants.isTrustedForwarder(FORWARDER) && !participants.isTrustedForwarder(issuerKey), "one forwarder");
    }

    function test_the_registrar_may_sign_orders() public {
        address registrar = _keyOf("registrar");
        bytes memory call = abi.encodeCall(participants.suspend, (supplier));
        (bool succeeded, bytes memory answer) = _relay(address(participants), call, registrar);
        assertTrue(!succeeded && keccak256(answer) == keccak256(_unauthorized(registrar)), "has no role yet");
        authority.grantRole(OFFICER, registrar, 0);
        (succeeded,) = _relay(address(participants), call, registrar);
        assertTrue(succeeded && participants.party(supplier).status == 2, "suspended");
        // The role is the signer's, not the forwarder's: another signer, and the forwarder for itself, have none.
        (succeeded, answer) = _relay(address(participants), call, supplierKey);
        assertTrue(!succeeded && keccak256(answer) == keccak256(_unauthorized(supplierKey)), "another signer");
        vm.prank(FORWARDER);
        (succeeded,) = address(participants).call(call);
        assertTrue(!succeeded, "the forwarder");
    }

    function test_a_power_with_a_delay_is_announced_also_when_it_is_signed() public {
        address registrar = _keyOf("registrar");
        authority.grantRole(OFFICER, registrar, 2 days);
        bytes memory call = abi.encodeCall(participants.suspend, (supplier));
        (bool succeeded,) = _relay(address(participants), call, registrar);
        assertTrue(!succeeded, "not announced");
        vm.prank(registrar);
        authority.schedule(address(participants), call, 0);
        vm.warp(block.timestamp + 2 days - 1);
        (succeeded,) = _relay(address(participants), call, registrar);
        assertTrue(!succeeded && participants.party(supplier).status == 1, "not yet");
        vm.warp(block.timestamp + 1);
        (succeeded,) = _relay(address(participants), call, registrar);
        assertTrue(succeeded && participants.party(supplier).status == 2, "suspended");
        (succeeded,) = _relay(address(participants), call, registrar);
        assertTrue(!succeeded, "once");
    }

    function test_the_administrator_gives_and_takes_roles_and_nothing_else() public {
        authority.revokeRole(OFFICER, address(this));
        vm.expectRevert(_unauthorized(address(this)));
        participants.suspend(supplier);
        address registrar = _keyOf("registrar");
        authority.grantRole(OFFICER, registrar, 0);
        vm.prank(registrar);
        participants.suspend(supplier);
    }
}

/// @notice Keys of two companies come and go in any order, by right and by wrong hands, with recoveries and changes of account among them.
/// After each step:
/// 1. a step succeeds exactly when the model's rules let it;
/// 2. each key acts for the party that the model says, and for no other;
/// 3. a party has at least one key, and as many as it counts;
/// 4. epoch, account and account bank are those of the model; no two parties share an account;
/// 5. a removed key has left what the model says.
contract KeysMachineTest is Register {
    uint256 private constant KEYS = 7;
    uint256 private constant STEPS = 120;

    struct Model {
        uint8 epoch;
        uint16 keyChanges;
        uint256 keyCount;
        bool suspended;
        address account;
        // The place of the proposed key plus one.
        uint256 proposed;
        uint256 approvedFor;
        // The place of the announced account plus one.
        uint256 announced;
        uint256 announcedFor;
    }

    /// 0 issuer, 1 supplier.
    Model[2] private _models;
    PartyId[2] private _ids;
    /// Whose a key is, plus one.
    uint256[KEYS] private _owners;
    /// Whose an account is, or was, plus one.
    uint256[KEYS] private _accountOwners;
    /// Whose a removed key was, plus one; in which epoch; and until when it cancels.
    uint256[KEYS] private _formers;
    uint256[KEYS] private _formerEpochs;
    uint256[KEYS] private _cancelsUntil;
    uint256 private _seed;
    uint256 private _draws;

    function testFuzz_keys_accounts_and_recoveries_follow_their_rules(uint256 seed) public {
        _seed = seed;
        _ids[0] = participants.register(_key(0), _account(0), CORE_ENTERPRISE, 0, NEVER, bank);
        _ids[1] = participants.register(_key(1), _account(1), SUPPLIER, 0, NEVER, bank);
        for (uint256 i = 0; i < 2; ++i) {
            _models[i].keyCount = 1;
            _models[i].account = _account(i);
            _owners[i] = i + 1;
            _accountOwners[i] = i + 1;
        }
        for (uint256 i = 0; i < STEPS; ++i) {
            _step();
            _compare();
        }
    }

    function _draw(uint256 below) private returns (uint256) {
        return uint256(keccak256(abi.encode(_seed, ++_draws))) % below;
    }

    function _name(uint256 place) private pure returns (string memory) {
        return string(abi.encode("machine key", place));
    }

    function _key(uint256 place) private pure returns (address) {
        return _keyOf(_name(place));
    }

    function _accountName(uint256 place) private pure returns (string memory) {
        return string(abi.encode("machine account", place));
    }

    function _account(uint256 place) private pure returns (address) {
        return _keyOf(_accountName(place));
    }

    /// Makes a call and says whether it should succeed.
    function _expect(bool allowed, address caller, bytes memory call) private returns (bool) {
        vm.prank(caller);
        (bool succeeded,) = address(participants).call(call);
        if (succeeded != allowed) revert NotEqual(allowed ? "was refused" : "was not refused", _seed, uint32(bytes4(call)));
        return succeeded;
    }

    function _step() private {
        uint256 what = _draw(14);
        uint256 who = _draw(2);
        if (what < 2) _adds(_draw(KEYS), _draw(KEYS), _draw(8) != 0);
        else if (what == 2) _removes(_draw(KEYS), _draw(KEYS));
        else if (what < 5) _proposes(who, _draw(KEYS), _draw(8) != 0);
        else if (what == 5) _approves(who, _draw(3) == 0 ? _draw(KEYS) : _models[who].proposed);
        else if (what == 6) _vetoes(who, _draw(KEYS));
        else if (what == 7) _finishes(who);
        else if (what == 8) _suspendsOrReinstates(who);
        else if (what == 9) vm.warp(block.timestamp + _draw(6 days));
        else if (what < 12) _announces(_draw(KEYS), _draw(KEYS), _draw(8) != 0);
        else if (_draw(3) == 0) _cancels(_draw(KEYS));
        else _applies(who);
    }

    function _adds(uint256 caller, uint256 place, bool honest) private {
        uint256 owner = _owners[caller];
        bool allowed = owner != 0 && honest && _owners[place] == 0;
        Model storage model = _models[owner == 0 ? 0 : owner - 1];
        if (model.suspended) allowed = false;
        PartyId id = _ids[owner == 0 ? 0 : owner - 1];
        bytes memory proof = _join(id, _name(place), model.epoch, honest ? model.keyChanges : model.keyChanges + 1);
        if (!_expect(allowed, _key(caller), abi.encodeCall(participants.addKey, (_key(place), proof)))) return;
        _owners[place] = owner;
        _formers[place] = 0;
        ++model.keyCount;
        ++model.keyChanges;
    }

    function _removes(uint256 caller, uint256 place) private {
        uint256 owner = _owners[caller];
        bool allowed = owner != 0 && _owners[place] == owner && _models[owner - 1].keyCount > 1;
        if (!_expect(allowed, _key(caller), abi.encodeCall(participants.removeKey, (_key(place))))) return;
        _owners[place] = 0;
        (_formers[place], _formerEpochs[place]) = (owner, _models[owner - 1].epoch);
        _cancelsUntil[place] = block.timestamp + 7 days;
        --_models[owner - 1].keyCount;
        ++_models[owner - 1].keyChanges;
    }

    function _proposes(uint256 who, uint256 place, bool byBank) private {
        Model storage model = _models[who];
        bytes memory proof = _join(_ids[who], _name(place), model.epoch + 1, 0);
        address caller = byBank ? bankKey : _keyOf("other bank");
        bytes memory call = abi.encodeCall(participants.proposeRecovery, (_ids[who], _key(place), proof));
        if (!_expect(byBank && _owners[place] == 0, caller, call)) return;
        (model.proposed, model.approvedFor) = (place + 1, 0);
    }

    /// @param proposed the place of the key that the registrar means, plus one
    function _approves(uint256 who, uint256 proposed) private {
        Model storage model = _models[who];
        address key = proposed == 0 ? address(0) : _key(proposed - 1);
        bool allowed = proposed != 0 && proposed == model.proposed;
        if (!_expect(allowed, address(this), abi.encodeCall(participants.approveRecovery, (_ids[who], key)))) return;
        model.approvedFor = block.timestamp + 7 days;
    }

    function _vetoes(uint256 who, uint256 caller) private {
        Model storage model = _models[who];
        bool allowed = _owners[caller] == who + 1 && !model.suspended && model.proposed != 0;
        if (!_expect(allowed, _key(caller), abi.encodeCall(participants.vetoRecovery, (_ids[who])))) return;
        (model.proposed, model.approvedFor) = (0, 0);
    }

    function _finishes(uint256 who) private {
        Model storage model = _models[who];
        uint256 proposed = model.proposed;
        bool allowed = proposed != 0 && model.approvedFor != 0 && block.timestamp >= model.approvedFor && _owners[proposed - 1] == 0;
        if (!_expect(allowed, address(99), abi.encodeCall(participants.finishRecovery, (_ids[who])))) return;
        for (uint256 i = 0; i < KEYS; ++i) {
            if (_owners[i] == who + 1) _owners[i] = 0;
        }
        _owners[proposed - 1] = who + 1;
        _formers[proposed - 1] = 0;
        (model.keyCount, model.keyChanges, model.proposed, model.approvedFor) = (1, 0, 0, 0);
        (model.announced, model.announcedFor) = (0, 0);
        ++model.epoch;
    }

    function _suspendsOrReinstates(uint256 who) private {
        Model storage model = _models[who];
        model.suspended = !model.suspended;
        if (model.suspended) participants.suspend(_ids[who]);
        else participants.reinstate(_ids[who]);
    }

    function _announces(uint256 caller, uint256 place, bool honest) private {
        uint256 owner = _owners[caller];
        bool allowed = owner != 0 && !_models[owner - 1].suspended && (_accountOwners[place] == 0 || _accountOwners[place] == owner);
        PartyId id = _ids[owner == 0 ? 0 : owner - 1];
        bool present = owner != 0 && _models[owner - 1].account == _account(place);
        if (!honest && !present) allowed = false;
        bytes memory proof = honest ? _accountJoin(id, _accountName(place)) : bytes("");
        bytes memory call = abi.encodeCall(participants.proposeAccount, (_account(place), bank, uint40(block.timestamp), proof));
        if (!_expect(allowed, _key(caller), call)) return;
        (_models[owner - 1].announced, _models[owner - 1].announcedFor) = (place + 1, block.timestamp + 3 days);
    }

    function _cancels(uint256 caller) private {
        uint256 owner = _owners[caller];
        uint256 former = _formers[caller];
        bool lately = former != 0 && block.timestamp <= _cancelsUntil[caller] && _formerEpochs[caller] == _models[former - 1].epoch;
        if (owner == 0 && lately) owner = former;
        bool allowed = owner != 0 && _models[owner - 1].announcedFor != 0;
        if (!_expect(allowed, _key(caller), abi.encodeCall(participants.cancelAccountChange, ()))) return;
        (_models[owner - 1].announced, _models[owner - 1].announcedFor) = (0, 0);
    }

    function _applies(uint256 who) private {
        Model storage model = _models[who];
        bool allowed = !model.suspended && model.announcedFor != 0 && block.timestamp >= model.announcedFor;
        uint256 place = model.announced == 0 ? 0 : model.announced - 1;
        if (allowed && _accountOwners[place] != 0 && _accountOwners[place] != who + 1) allowed = false;
        if (!_expect(allowed, address(99), abi.encodeCall(participants.applyAccountChange, (_ids[who])))) return;
        _accountOwners[place] = who + 1;
        (model.account, model.announced, model.announcedFor) = (_account(place), 0, 0);
    }

    function _compare() private view {
        uint256[2] memory counts;
        for (uint256 i = 0; i < KEYS; ++i) {
            PartyId expected = _owners[i] == 0 ? NOBODY : _ids[_owners[i] - 1];
            if (_owners[i] != 0) ++counts[_owners[i] - 1];
            if (participants.partyOf(_key(i)) != expected) revert NotEqual("whose key", _seed, i);
            (PartyId former, uint40 until) = participants.removedKey(_key(i));
            bool left = _formers[i] == 0 ? former == NOBODY : former == _ids[_formers[i] - 1] && until == _cancelsUntil[i];
            if (!left) revert NotEqual("what a removed key has left", _seed, i);
        }
        for (uint256 i = 0; i < 2; ++i) {
            Model storage model = _models[i];
            IParticipants.Party memory party = participants.party(_ids[i]);
            bool keys = party.keyCount == counts[i] && counts[i] == model.keyCount && counts[i] != 0;
            bool epoch = party.epoch == model.epoch && party.keyChanges == model.keyChanges;
            bool rest = party.account == model.account && party.accountBank == bank && (party.status == 2) == model.suspended;
            if (!keys || !epoch || !rest) revert NotEqual("a party", _seed, i);
        }
        if (_models[0].account == _models[1].account) revert NotEqual("one account of two", _seed, 0);
    }
}
