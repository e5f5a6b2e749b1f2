// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {Clock} from "./Clock.sol";
import {IParticipants} from "./interfaces/IParticipants.sol";
import {KeyWord, KeyWords} from "./libraries/KeyWords.sol";
import {PartyWord, PartyWords} from "./libraries/PartyWords.sol";
import {PartyId} from "./types/Identifiers.sol";
import {ALL_ROLES, BANK, CORE_ENTERPRISE, ISSUANCE_STOPPED, KEEPER, OPERATOR, REGULATOR, SUPPLIER} from "./types/Roles.sol";

/// @notice See `IParticipants`.
contract Participants is IParticipants, Clock, AccessManaged, ERC2771Context, EIP712 {
    bytes32 private constant KEY_JOIN_TYPEHASH = keccak256("KeyJoin(uint32 party,address key,uint8 epoch,uint16 keyChanges)");
    bytes32 private constant ACCOUNT_JOIN_TYPEHASH = keccak256("AccountJoin(uint32 party,address account,uint40 validUntil)");
    uint40 private constant ACCOUNT_CHANGE_DELAY = 3 days;
    uint40 private constant REMOVED_KEY_CANCELS = 7 days;
    uint40 private constant RECOVERY_DELAY = 7 days;

    /// @inheritdoc IParticipants
    address public immutable ledger;

    /// @inheritdoc IParticipants
    uint32 public partyCount;

    mapping(PartyId party => PartyWord word) private _parties;

    mapping(address key => KeyWord word) private _keys;

    /// Whose an address is, or was, as an account. Cash is drawn from a party's account, so nobody else may be given the same one, not even
    /// after the party left it: its allowance and some of its cash may still be there.
    mapping(address account => PartyId party) private _partyOfAccount;

    /// @inheritdoc IParticipants
    mapping(PartyId party => PartyId accountBank) public accountBankOf;

    mapping(PartyId party => AccountChange change) private _accountChanges;

    mapping(PartyId party => Recovery recovery) private _recoveries;

    constructor(address authority_, address ledger_, uint16 ticksASecond, address forwarder)
        Clock(ticksASecond)
        AccessManaged(authority_)
        ERC2771Context(forwarder)
        EIP712("Pearlchain Participants", "1")
    {
        ledger = ledger_;
    }

    // ---------------------------------------------------------------- the registrar

    /// @inheritdoc IParticipants
    function register(address key, address account, uint16 roles, uint24 group, uint16 kycExpiryDay, PartyId accountBank)
        external
        restricted
        returns (PartyId id)
    {
        id = PartyId.wrap(partyCount + 1);
        _requireRoles(roles);
        _requireKeyFor(id, key);
        _requireAccountFor(id, account, accountBank);
        partyCount = PartyId.unwrap(id);
        _parties[id] = PartyWords.pack(account, roles, kycExpiryDay, group);
        _keys[key] = KeyWords.pack(id, 0);
        _partyOfAccount[account] = id;
        accountBankOf[id] = accountBank;
        emit PartyRegistered(id, key, account, roles, group, kycExpiryDay, accountBank);
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

    /// @inheritdoc IParticipants
    function regroup(PartyId id, uint24 group) external restricted {
        _parties[id] = _known(id).withGroup(group);
        emit PartyRegrouped(id, group);
    }

    // ---------------------------------------------------------------- the ledger

    /// @inheritdoc IParticipants
    function setIssuanceStopped(PartyId id, bool stopped) external {
        if (msg.sender != ledger) revert NotTheLedger(msg.sender);
        PartyWord word = _known(id);
        if (stopped) {
            _parties[id] = word.withRoles(word.roles() | ISSUANCE_STOPPED);
            emit IssuanceStopped(id);
        } else {
            _parties[id] = word.withRoles(word.roles() & ~ISSUANCE_STOPPED);
            emit IssuanceResumed(id);
        }
    }

    // ---------------------------------------------------------------- a party's own keys

    /// @inheritdoc IParticipants
    function addKey(address key, bytes calldata proof) external {
        (PartyId id, PartyWord word) = _actor(_msgSender());
        _requireKeyFor(id, key);
        uint8 keyCount = word.keyCount();
        if (keyCount == type(uint8).max) revert TooManyKeys(id);
        _requireJoin(id, key, word.epoch(), word.keyChanges(), proof);
        _parties[id] = word.withKeyCount(keyCount + 1);
        _keys[key] = KeyWords.pack(id, word.epoch());
        emit KeyAdded(id, key);
    }

    /// @inheritdoc IParticipants
    function removeKey(address key) external {
        (PartyId id, PartyWord word) = _identified(_msgSender());
        if (partyOf(key) != id) revert KeyNotOfParty(id, key);
        uint8 keyCount = word.keyCount();
        if (keyCount == 1) revert LastKey(id, key);
        _parties[id] = word.withKeyCount(keyCount - 1);
        _keys[key] = KeyWords.packRemoved(id, word.epoch(), uint40(_now()) + REMOVED_KEY_CANCELS);
        emit KeyRemoved(id, key);
    }

    // ---------------------------------------------------------------- a party's account

    /// @inheritdoc IParticipants
    function proposeAccount(address account, PartyId accountBank, uint40 validUntil, bytes calldata proof) external {
        (PartyId id, PartyWord word) = _actor(_msgSender());
        _requireAccountFor(id, account, accountBank);
        if (account != word.account()) _requireAccountJoin(id, account, validUntil, proof);
        uint40 effectiveAt = uint40(_now()) + ACCOUNT_CHANGE_DELAY;
        _accountChanges[id] = AccountChange({account: account, accountBank: accountBank, effectiveAt: effectiveAt});
        emit AccountChangeProposed(id, account, accountBank, effectiveAt);
    }

    /// @inheritdoc IParticipants
    function cancelAccountChange() external {
        PartyId id = _canceller(_msgSender());
        if (_accountChanges[id].effectiveAt == 0) revert AccountChangeUnknown(id);
        _dropAccountChange(id);
    }

    /// @inheritdoc IParticipants
    function applyAccountChange(PartyId id) external {
        PartyWord word = _activeWord(id);
        AccountChange memory change = _accountChanges[id];
        if (change.effectiveAt == 0) revert AccountChangeUnknown(id);
        if (_now() < change.effectiveAt) revert AccountChangeNotDue(id, change.effectiveAt);
        // Another party may have come to the address meanwhile.
        _requireAccountFor(id, change.account, change.accountBank);
        _parties[id] = word.withAccount(change.account);
        _partyOfAccount[change.account] = id;
        accountBankOf[id] = change.accountBank;
        delete _accountChanges[id];
        emit AccountChanged(id, change.account, change.accountBank);
    }

    /// The party whose announcement a key may take back: the one that it acts for, else the one that it was removed from lately. A thief of
    /// one key can remove the others at once, and does not get rid of them by that.
    function _canceller(address key) private view returns (PartyId id) {
        id = partyOf(key);
        if (PartyId.unwrap(id) != 0) return id;
        KeyWord word = _keys[key];
        id = word.formerParty();
        bool mayCancel = _now() <= word.cancelsUntil() && word.formerEpoch() == _parties[id].epoch();
        if (!mayCancel) revert NotAParticipant(key);
    }

    function _dropAccountChange(PartyId id) private {
        delete _accountChanges[id];
        emit AccountChangeCancelled(id);
    }

    // ---------------------------------------------------------------- recovery of lost or stolen keys

    /// @inheritdoc IParticipants
    function proposeRecovery(PartyId id, address newKey, bytes calldata proof) external {
        (PartyId bank,) = _actor(_msgSender());
        _requireAccountBank(id, bank);
        _requireKeyFor(id, newKey);
        _requireJoin(id, newKey, _parties[id].epoch() + 1, 0, proof);
        _recoveries[id] = Recovery({newKey: newKey, accountBank: bank, effectiveAt: 0});
        emit RecoveryProposed(id, newKey, bank);
    }

    /// @inheritdoc IParticipants
    function approveRecovery(PartyId id, address newKey) external restricted {
        Recovery memory proposed = _recoveries[id];
        if (newKey == address(0) || proposed.newKey != newKey) revert RecoveryUnknown(id, newKey);
        _requireAccountBank(id, proposed.accountBank);
        uint40 effectiveAt = uint40(_now()) + RECOVERY_DELAY;
        _recoveries[id].effectiveAt = effectiveAt;
        emit RecoveryApproved(id, newKey, effectiveAt);
    }

    /// @inheritdoc IParticipants
    function vetoRecovery(PartyId id) external {
        address key = _msgSender();
        (PartyId caller, PartyWord word) = _identified(key);
        if (caller != id) revert KeyNotOfParty(id, key);
        if (word.status() == PartyWords.SUSPENDED) revert ParticipantSuspended(id);
        if (_recoveries[id].newKey == address(0)) revert RecoveryUnknown(id, address(0));
        delete _recoveries[id];
        emit RecoveryVetoed(id);
    }

    /// @inheritdoc IParticipants
    function finishRecovery(PartyId id) external {
        Recovery memory proposed = _recoveries[id];
        if (proposed.newKey == address(0)) revert RecoveryUnknown(id, address(0));
        if (proposed.effectiveAt == 0) revert RecoveryNotApproved(id);
        if (_now() < proposed.effectiveAt) revert RecoveryNotDue(id, proposed.effectiveAt);
        // The party may have left the bank meanwhile, and another party have come to the key.
        _requireAccountBank(id, proposed.accountBank);
        _requireKeyFor(id, proposed.newKey);
        PartyWord word = _parties[id].withNextEpoch();
        _parties[id] = word;
        _keys[proposed.newKey] = KeyWords.pack(id, word.epoch());
        delete _recoveries[id];
        emit KeysRecovered(id, proposed.newKey, word.epoch());
        if (_accountChanges[id].effectiveAt != 0) _dropAccountChange(id);
    }

    // ---------------------------------------------------------------- read

    /// @inheritdoc IParticipants
    function partyOf(address key) public view returns (PartyId id) {
        KeyWord word = _keys[key];
        id = word.party();
        if (word.epoch() != _parties[id].epoch()) return PartyId.wrap(0);
    }

    /// @inheritdoc IParticipants
    function removedKey(address key) external view returns (PartyId formerParty, uint40 cancelsUntil) {
        KeyWord word = _keys[key];
        return (word.formerParty(), word.cancelsUntil());
    }

    /// @inheritdoc IParticipants
    function party(PartyId id) external view returns (Party memory) {
        PartyWord word = _parties[id];
        return Party({
            account: word.account(),
            roles: word.roles(),
            status: word.status(),
            kycExpiryDay: word.kycExpiryDay(),
            group: word.group(),
            accountBank: accountBankOf[id],
            epoch: word.epoch(),
            keyCount: word.keyCount(),
            keyChanges: word.keyChanges()
        });
    }

    /// @inheritdoc IParticipants
    function groupOf(PartyId id) external view returns (uint24) {
        return _parties[id].group();
    }

    /// @inheritdoc IParticipants
    function accountChange(PartyId id) external view returns (AccountChange memory) {
        return _accountChanges[id];
    }

    /// @inheritdoc IParticipants
    function recovery(PartyId id) external view returns (Recovery memory) {
        return _recoveries[id];
    }

    /// @inheritdoc IParticipants
    function actor(address key) external view returns (PartyId id, address account, uint16 roles) {
        PartyWord word;
        (id, word) = _actor(key);
        return (id, word.account(), word.roles());
    }

    /// @inheritdoc IParticipants
    function identified(address key) external view returns (PartyId id) {
        (id,) = _identified(key);
    }

    /// @inheritdoc IParticipants
    function active(PartyId id) external view returns (address account, uint16 roles) {
        PartyWord word = _activeWord(id);
        return (word.account(), word.roles());
    }

    /// @inheritdoc IParticipants
    function consents(PartyId[] calldata recipients, address[] calldata keys) external view returns (address[] memory accounts) {
        if (recipients.length != keys.length) revert ListsDiffer(recipients.length, keys.length);
        uint16 today = _today(0);
        accounts = new address[](recipients.length);
        for (uint256 i = 0; i < recipients.length; ++i) {
            PartyId recipient = recipients[i];
            PartyWord word = _parties[recipient];
            KeyWord key = _keys[keys[i]];
            if (key.party() != recipient || key.epoch() != word.epoch()) revert KeyNotOfParty(recipient, keys[i]);
            _requireActive(recipient, word, today);
            if (word.roles() & (SUPPLIER | CORE_ENTERPRISE) == 0) revert RoleMissing(recipient, SUPPLIER | CORE_ENTERPRISE);
            accounts[i] = word.account();
        }
    }

    /// @inheritdoc IParticipants
    function payment(address key, PartyId[] calldata payees)
        external
        view
        returns (PartyId payer, address payerAccount, address[] memory payeeAccounts)
    {
        PartyWord word;
        (payer, word) = _identified(key);
        payerAccount = word.account();
        payeeAccounts = new address[](payees.length);
        for (uint256 i = 0; i < payees.length; ++i) {
            payeeAccounts[i] = _known(payees[i]).account();
        }
    }

    /// @inheritdoc IParticipants
    function requireUnrelated(PartyId a, PartyId b) external view {
        uint24 group = _parties[a].group();
        if (a == b || (group != 0 && group == _parties[b].group())) revert RelatedParties(a, b, group);
    }

    // ---------------------------------------------------------------- guards

    function _identified(address key) private view returns (PartyId id, PartyWord word) {
        KeyWord keyWord = _keys[key];
        id = keyWord.party();
        word = _parties[id];
        if (PartyId.unwrap(id) == 0 || keyWord.epoch() != word.epoch()) revert NotAParticipant(key);
    }

    function _actor(address key) private view returns (PartyId id, PartyWord word) {
        (id, word) = _identified(key);
        _requireActive(id, word, _today(0));
    }

    function _known(PartyId id) private view returns (PartyWord word) {
        word = _parties[id];
        if (word.status() == 0) revert PartyUnknown(id);
    }

    function _activeWord(PartyId id) private view returns (PartyWord word) {
        word = _parties[id];
        _requireActive(id, word, _today(0));
    }

    function _requireActive(PartyId id, PartyWord word, uint16 today) private pure {
        uint8 status = word.status();
        if (status != PartyWords.ACTIVE) {
            if (status == 0) revert PartyUnknown(id);
            revert ParticipantSuspended(id);
        }
        if (today > word.kycExpiryDay()) revert ParticipantExpired(id, word.kycExpiryDay());
    }

    function _requireRoles(uint16 roles) private pure {
        if (roles == 0 || roles & ~ALL_ROLES != 0) revert RoleUnknown(roles);
        bool apart = (roles & OPERATOR != 0 && roles != OPERATOR) || (roles & REGULATOR != 0 && roles != REGULATOR);
        if (apart || (roles & BANK != 0 && roles & (SUPPLIER | CORE_ENTERPRISE | KEEPER) != 0)) revert RolesIncompatible(roles);
    }

    /// The address may become a key of this party: it is no key, and no account of another.
    function _requireKeyFor(PartyId id, address key) private view {
        if (key == address(0)) revert AddressMissing();
        PartyId owner = partyOf(key);
        if (PartyId.unwrap(owner) != 0) revert KeyAlreadyRegistered(key, owner);
        owner = _partyOfAccount[key];
        if (PartyId.unwrap(owner) != 0 && owner != id) revert AccountAlreadyRegistered(key);
    }

    /// The address may become this party's account, kept by this bank: it is no account and no key of another.
    function _requireAccountFor(PartyId id, address account, PartyId accountBank) private view {
        if (account == address(0)) revert AddressMissing();
        PartyId owner = _partyOfAccount[account];
        if (PartyId.unwrap(owner) != 0 && owner != id) revert AccountAlreadyRegistered(account);
        owner = partyOf(account);
        if (PartyId.unwrap(owner) != 0 && owner != id) revert KeyAlreadyRegistered(account, owner);
        if (PartyId.unwrap(accountBank) == 0) return;
        if (accountBank == id) revert OwnAccountBank(id);
        if (_known(accountBank).roles() & BANK == 0) revert RoleMissing(accountBank, BANK);
    }

    function _requireAccountBank(PartyId id, PartyId bank) private view {
        PartyId accountBank = accountBankOf[id];
        if (bank != accountBank) revert NotTheAccountBank(id, accountBank, bank);
    }

    function _requireJoin(PartyId id, address key, uint8 epoch, uint16 keyChanges, bytes calldata proof) private view {
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(KEY_JOIN_TYPEHASH, id, key, epoch, keyChanges)));
        if (!SignatureChecker.isValidSignatureNow(key, digest, proof)) revert KeyProofInvalid(id, key);
    }

    /// Whoever has the account lets this party pay from it. Without that, one company could pay from another's allowance to Settlement.
    function _requireAccountJoin(PartyId id, address account, uint40 validUntil, bytes calldata proof) private view {
        if (_now() > validUntil) revert AccountProofExpired(validUntil);
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(ACCOUNT_JOIN_TYPEHASH, id, account, validUntil)));
        if (!SignatureChecker.isValidSignatureNow(account, digest, proof)) revert AccountProofInvalid(id, account);
    }

    // ---------------------------------------------------------------- the caller, behind a signed order or not

    function _msgSender() internal view override(Context, ERC2771Context) returns (address) {
        return ERC2771Context._msgSender();
    }

    function _msgData() internal view override(Context, ERC2771Context) returns (bytes calldata) {
        return ERC2771Context._msgData();
    }

    function _contextSuffixLength() internal view override(Context, ERC2771Context) returns (uint256) {
        return ERC2771Context._contextSuffixLength();
    }
}
