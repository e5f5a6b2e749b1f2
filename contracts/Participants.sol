// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {IParticipants} from "./interfaces/IParticipants.sol";
import {Days} from "./libraries/Days.sol";
import {PartyWord, PartyWords} from "./libraries/PartyWords.sol";
import {PartyId} from "./types/Identifiers.sol";
import {BANK, CORE_ENTERPRISE, OPERATOR, REGULATOR, SUPPLIER} from "./types/Roles.sol";

/// @notice See `IParticipants`.
contract Participants is IParticipants, AccessManaged, EIP712 {
    bytes32 private constant KEY_JOIN_TYPEHASH = keccak256("KeyJoin(uint32 party,address key,uint16 keyChanges)");

    /// @inheritdoc IParticipants
    uint32 public partyCount;

    mapping(PartyId party => PartyWord word) private _parties;

    /// @inheritdoc IParticipants
    mapping(address key => PartyId party) public partyOf;

    /// Accounts that are some party's. Cash is drawn from a party's account, so nobody else may be given the same one.
    mapping(address account => bool taken) private _isAccount;

    constructor(address authority_) AccessManaged(authority_) EIP712("Pearlchain Participants", "1") {}

    // ---------------------------------------------------------------- the registrar

    /// @inheritdoc IParticipants
    function register(address key, address account, uint16 roles, uint32 group, uint16 kycExpiryDay)
        external
        restricted
        returns (PartyId id)
    {
        if (key == address(0) || account == address(0)) revert AddressMissing();
        _requireCompatible(roles);
        _requireFree(key);
        _requireFree(account);
        if (_isAccount[key]) revert AccountAlreadyRegistered(key);
        if (_isAccount[account]) revert AccountAlreadyRegistered(account);
        id = PartyId.wrap(++partyCount);
        _parties[id] = PartyWords.pack(account, roles, kycExpiryDay, group);
        partyOf[key] = id;
        _isAccount[account] = true;
        emit PartyRegistered(id, key, account, roles, group, kycExpiryDay);
    }

    /// @inheritdoc IParticipants
    function suspend(PartyId id) external restricted {
        _parties[id] = _known(id).withStatus(PartyWords.SUSPENDED);
        emit PartySuspended(id);
    }

    /// @inheritdoc IParticipants
    function reinstate(PartyId id) external restricted {
        _parties[id] = _known(id).withStatus(PartyWords.ACTIVE);
        emit PartyReinstated(id);
    }

    /// @inheritdoc IParticipants
    function renew(PartyId id, uint16 kycExpiryDay) external restricted {
        _parties[id] = _known(id).withKycExpiryDay(kycExpiryDay);
        emit PartyRenewed(id, kycExpiryDay);
    }

    // ---------------------------------------------------------------- a party's own keys

    /// @inheritdoc IParticipants
    function addKey(address key, bytes calldata proof) external {
        PartyId id = _partyOfKey(msg.sender);
        PartyWord word = _activeWord(id);
        if (key == address(0)) revert AddressMissing();
        _requireFree(key);
        uint8 keyCount = word.keyCount();
        if (keyCount == type(uint8).max) revert TooManyKeys(id);
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(KEY_JOIN_TYPEHASH, id, key, word.keyChanges())));
        if (!SignatureChecker.isValidSignatureNow(key, digest, proof)) revert KeyProofInvalid(id, key);
        _parties[id] = word.withKeyCount(keyCount + 1);
        partyOf[key] = id;
        emit KeyAdded(id, key);
    }

    /// @inheritdoc IParticipants
    function removeKey(address key) external {
        PartyId id = _partyOfKey(msg.sender);
        if (partyOf[key] != id) revert KeyNotOfParty(id, key);
        PartyWord word = _parties[id];
        uint8 keyCount = word.keyCount();
        if (keyCount == 1) revert LastKey(id, key);
        _parties[id] = word.withKeyCount(keyCount - 1);
        partyOf[key] = PartyId.wrap(0);
        emit KeyRemoved(id, key);
    }

    // ---------------------------------------------------------------- read

    /// @inheritdoc IParticipants
    function party(PartyId id) external view returns (Party memory) {
        PartyWord word = _parties[id];
        return Party({
            account: word.account(),
            roles: word.roles(),
            status: word.status(),
            kycExpiryDay: word.kycExpiryDay(),
            group: word.group(),
            keyCount: word.keyCount(),
            keyChanges: word.keyChanges()
        });
    }

    /// @inheritdoc IParticipants
    function actor(address key) external view returns (PartyId id, address account, uint16 roles) {
        id = _partyOfKey(key);
        PartyWord word = _activeWord(id);
        return (id, word.account(), word.roles());
    }

    /// @inheritdoc IParticipants
    function movement(address key, PartyId[] calldata recipients) external view returns (PartyId payer) {
        payer = _partyOfKey(key);
        uint16 today = Days.today(0);
        _requireActive(payer, _parties[payer], today);
        for (uint256 i = 0; i < recipients.length; ++i) {
            PartyId recipient = recipients[i];
            PartyWord word = _parties[recipient];
            _requireActive(recipient, word, today);
            if (word.roles() & (SUPPLIER | CORE_ENTERPRISE) == 0) revert RoleMissing(recipient, SUPPLIER | CORE_ENTERPRISE);
        }
    }

    /// @inheritdoc IParticipants
    function payment(address key, PartyId[] calldata payees)
        external
        view
        returns (PartyId payer, address payerAccount, address[] memory payeeAccounts)
    {
        payer = _partyOfKey(key);
        payerAccount = _parties[payer].account();
        payeeAccounts = new address[](payees.length);
        for (uint256 i = 0; i < payees.length; ++i) {
            payeeAccounts[i] = _known(payees[i]).account();
        }
    }

    /// @inheritdoc IParticipants
    function active(PartyId id) external view returns (address account, uint16 roles) {
        PartyWord word = _activeWord(id);
        return (word.account(), word.roles());
    }

    /// @inheritdoc IParticipants
    function requireKeys(PartyId[] calldata parties, address[] calldata keys) external view returns (address[] memory accounts) {
        accounts = new address[](parties.length);
        for (uint256 i = 0; i < parties.length; ++i) {
            if (partyOf[keys[i]] != parties[i]) revert KeyNotOfParty(parties[i], keys[i]);
            accounts[i] = _parties[parties[i]].account();
        }
    }

    // ---------------------------------------------------------------- guards

    function _partyOfKey(address key) private view returns (PartyId id) {
        id = partyOf[key];
        if (PartyId.unwrap(id) == 0) revert NotAParticipant(key);
    }

    function _known(PartyId id) private view returns (PartyWord word) {
        word = _parties[id];
        if (word.status() == 0) revert PartyUnknown(id);
    }

    function _activeWord(PartyId id) private view returns (PartyWord word) {
        word = _parties[id];
        _requireActive(id, word, Days.today(0));
    }

    function _requireActive(PartyId id, PartyWord word, uint16 today) private pure {
        uint8 status = word.status();
        if (status != PartyWords.ACTIVE) {
            if (status == 0) revert PartyUnknown(id);
            revert ParticipantSuspended(id);
        }
        if (today > word.kycExpiryDay()) revert ParticipantExpired(id, word.kycExpiryDay());
    }

    function _requireCompatible(uint16 roles) private pure {
        bool apart = (roles & OPERATOR != 0 && roles != OPERATOR) || (roles & REGULATOR != 0 && roles != REGULATOR);
        if (apart || (roles & BANK != 0 && roles & (SUPPLIER | CORE_ENTERPRISE) != 0)) revert RolesIncompatible(roles);
    }

    function _requireFree(address key) private view {
        PartyId owner = partyOf[key];
        if (PartyId.unwrap(owner) != 0) revert KeyAlreadyRegistered(key, owner);
    }
}
