// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {PartyId} from "../types/Identifiers.sol";

/// @title Who takes part
/// @notice Registered enterprises, what they may do, and the keys that act for them. A company rotates its keys without moving a piece.
///
/// The registrar (the operator) may register a party, suspend and reinstate it, and renew the date until which its identity was
/// checked. The registrar may NOT add or remove a key of a party that exists, change its roles, its group or the account that is
/// paid, act in its name, or keep it from being paid.
///
/// A key of a party may add and remove keys of the same party. It may NOT remove the last one.
interface IParticipants {
    /// @param account where its cash is; paid on redemption and when it sells, charged when it buys or redeems
    /// @param roles bits of `types/Roles.sol`
    /// @param status 1 active, 2 suspended
    /// @param kycExpiryDay the last day (UTC, days since 1970-01-01) on which it may act or receive
    /// @param group related parties share a group; 0 is none
    /// @param keyCount keys that may act for it
    /// @param keyChanges keys ever added or removed after registration
    struct Party {
        address account;
        uint16 roles;
        uint8 status;
        uint16 kycExpiryDay;
        uint32 group;
        uint8 keyCount;
        uint16 keyChanges;
    }

    /// @notice A party takes part from now on, with its first key.
    event PartyRegistered(PartyId indexed party, address indexed key, address account, uint16 roles, uint32 group, uint16 kycExpiryDay);
    /// @notice A further key acts for the party.
    event KeyAdded(PartyId indexed party, address indexed key);
    /// @notice The key acts for nobody any more.
    event KeyRemoved(PartyId indexed party, address indexed key);
    /// @notice The party neither acts nor receives until reinstated.
    event PartySuspended(PartyId indexed party);
    /// @notice The party acts and receives again.
    event PartyReinstated(PartyId indexed party);
    /// @notice The party's identity was checked; it holds through this day.
    event PartyRenewed(PartyId indexed party, uint16 kycExpiryDay);

    /// @notice The address is no party's key.
    error NotAParticipant(address key);
    /// @notice There is no party with this id.
    error PartyUnknown(PartyId party);
    error ParticipantSuspended(PartyId party);
    /// @notice The party's identity has to be checked again before it acts or receives.
    error ParticipantExpired(PartyId party, uint16 kycExpiryDay);
    /// @notice The party has none of the roles (bits) that this takes.
    error RoleMissing(PartyId party, uint16 roles);
    error KeyAlreadyRegistered(address key, PartyId party);
    /// @notice The key does not act for this party.
    error KeyNotOfParty(PartyId party, address key);
    /// @notice A party keeps at least one key.
    error LastKey(PartyId party, address key);
    /// @notice The new key did not sign that it joins this party.
    error KeyProofInvalid(PartyId party, address key);
    /// @notice A party has at most 255 keys.
    error TooManyKeys(PartyId party);
    error AddressMissing();
    /// @notice The address is another party's account, from which only that party pays.
    error AccountAlreadyRegistered(address account);
    /// @notice Operator and regulator are nothing else; a bank neither issues nor receives by trade.
    error RolesIncompatible(uint16 roles);

    /// @notice A new enterprise takes part. Only the registrar.
    /// @param key its first key
    /// @param account where its cash is; no other party's account or key, since Settlement draws on it for this party
    /// @return party its id, counted from 1
    function register(address key, address account, uint16 roles, uint32 group, uint16 kycExpiryDay) external returns (PartyId party);

    /// @notice The caller's party gets another key. Only a key of an active party.
    /// @param key the new key, of no party so far
    /// @param proof the new key's EIP-712 signature over `KeyJoin(uint32 party,address key,uint16 keyChanges)`; it fits once
    function addKey(address key, bytes calldata proof) external;

    /// @notice A key stops acting for the caller's party. Any of the party's keys may do so, also of itself while another remains, and also
    /// while the party is suspended or expired, since a leaked key is then no less dangerous.
    function removeKey(address key) external;

    /// @notice The party may neither act nor receive until reinstated; what it holds is still paid. Only the registrar.
    function suspend(PartyId party) external;

    /// @notice Ends a suspension. Only the registrar.
    function reinstate(PartyId party) external;

    /// @notice The party's identity was checked again. Only the registrar.
    function renew(PartyId party, uint16 kycExpiryDay) external;

    /// @notice The party that a key acts for; 0 if none.
    function partyOf(address key) external view returns (PartyId);

    /// @notice All about a party; zeros if there is none.
    function party(PartyId id) external view returns (Party memory);

    /// @notice Parties are numbered from 1 to this.
    function partyCount() external view returns (uint32);

    /// @notice The active party that a key acts for. Reverts with the reason if there is none.
    function actor(address key) external view returns (PartyId party, address account, uint16 roles);

    /// @notice The active party that moves something to active trading parties (supplier or core enterprise). Reverts with the reason if one
    /// of them may not.
    function movement(address key, PartyId[] calldata recipients) external view returns (PartyId payer);

    /// @notice Who pays and where to, without asking whether they may act: a payment of what is owed is never refused for that.
    function payment(address key, PartyId[] calldata payees)
        external
        view
        returns (PartyId payer, address payerAccount, address[] memory payeeAccounts);

    /// @notice Account and roles of an active party. Reverts with the reason if it may not act.
    function active(PartyId party) external view returns (address account, uint16 roles);

    /// @notice The parties' accounts. Reverts unless every key acts for the party at the same place.
    function requireKeys(PartyId[] calldata parties, address[] calldata keys) external view returns (address[] memory accounts);
}
