// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {PartyId} from "../types/Identifiers.sol";

/// @title Who takes part
/// @notice Registered enterprises, what they may do, and the keys that act for them. A company rotates its keys without moving a piece.
///
/// Who may do what here, directly or by a signed order (`ISignedOrders`):
/// - A key of a party may add and remove keys of the same party, announce another account for it and take that back, and veto a
///   recovery. It may NOT remove the last key, change the account at once or to one that does not agree, or touch another party.
/// - A removed key may for seven days take back a change of its former party's account. It may do NOTHING else.
/// - The account bank of a party may propose the one key that is to act for it when its keys are lost or stolen. It may NOT finish that
///   without the registrar, without seven days in public, or against the veto of a party that is not suspended.
/// - The registrar (the operator) may register a party, suspend and reinstate it, renew the date until which its identity was checked, say
///   which parties are related, and approve what the account bank proposed. It may NOT add or remove a key by itself, change a party's
///   roles, account or account bank, act in its name, or keep it from being paid. Together, registrar and account bank can give a
///   suspended party another key: that is what a recovery is, and everybody sees it coming for seven days.
/// - The ledger may say that a party may not issue, while it leaves something unpaid, and nothing else.
/// - Anyone may carry out what has become due.
///
/// What the roles of a party are for (bits of `types/Roles.sol`, given once):
///
/// | role | may | may NOT |
/// |---|---|---|
/// | core enterprise | issue under lines, receive for what it sells, confirm what it owes | exceed a line, take back what was accepted |
/// | supplier | receive for what it sells, pass on, sell, draw on an allotment, confirm what it owes | issue in its own name |
/// | bank | grant lines, buy pieces, lend, attest as account bank that cash came | trade or keep goods; move what it does not hold |
/// | keeper | measure lots and sign warehouse receipts | be a bank; sign for a company of its own group |
/// | guarantor | add its credit to an obligation | withdraw it before the obligation ends |
/// | regulator | hold pieces by order of a court | be anything else; move a piece |
/// | operator | run the service | be anything else; confirm, receive, move or guarantee anything |
/// | attestor | attest documents beside their buyer | make capacity alone |
interface IParticipants {
    /// @param account where its cash is; paid on redemption and when it sells, charged when it buys or redeems
    /// @param roles bits of `types/Roles.sol`, with ISSUANCE_STOPPED
    /// @param status 1 active, 2 suspended
    /// @param kycExpiryDay the last day (UTC, days since 1970-01-01) on which it may act or receive
    /// @param group related parties share a group; 0 is none
    /// @param accountBank the bank that attests that its cash came, and the second party of its recovery; 0 is none
    /// @param epoch recoveries so far; keys of an earlier epoch are dead
    /// @param keyCount keys that may act for it
    /// @param keyChanges keys added or removed in this epoch, after its first
    struct Party {
        address account;
        uint16 roles;
        uint8 status;
        uint16 kycExpiryDay;
        uint24 group;
        PartyId accountBank;
        uint8 epoch;
        uint8 keyCount;
        uint16 keyChanges;
    }

    /// @param account where the party's cash is to be
    /// @param accountBank its bank; 0 for none
    /// @param effectiveAt unix second from which anyone may apply it; 0 if nothing was announced
    struct AccountChange {
        address account;
        PartyId accountBank;
        uint40 effectiveAt;
    }

    /// @param newKey the one key that is to act for the party; the zero address if nothing was proposed
    /// @param accountBank who proposed it
    /// @param effectiveAt unix second from which anyone may finish it; 0 while it is not approved
    struct Recovery {
        address newKey;
        PartyId accountBank;
        uint40 effectiveAt;
    }

    /// @notice A party takes part from now on, with its first key.
    event PartyRegistered(
        PartyId indexed party, address indexed key, address account, uint16 roles, uint24 group, uint16 kycExpiryDay, PartyId accountBank
    );
    /// @notice The party neither acts nor receives until reinstated.
    event PartySuspended(PartyId indexed party);
    /// @notice The party acts and receives again.
    event PartyReinstated(PartyId indexed party);
    /// @notice The party's identity was checked; it holds through this day.
    event PartyRenewed(PartyId indexed party, uint16 kycExpiryDay);
    /// @notice The party is related to all parties of this group; 0 to none.
    event PartyRegrouped(PartyId indexed party, uint24 group);
    /// @notice The party leaves something unpaid and may not issue.
    event IssuanceStopped(PartyId indexed party);
    /// @notice The party may issue again.
    event IssuanceResumed(PartyId indexed party);
    /// @notice A further key acts for the party.
    event KeyAdded(PartyId indexed party, address indexed key);
    /// @notice The key acts for nobody any more.
    event KeyRemoved(PartyId indexed party, address indexed key);
    /// @notice Unless it is taken back, the party's cash is there from then on. Replaces what was announced before.
    event AccountChangeProposed(PartyId indexed party, address account, PartyId accountBank, uint40 effectiveAt);
    /// @notice The party's cash stays where it is.
    event AccountChangeCancelled(PartyId indexed party);
    /// @notice The party is paid and charged there from now on.
    event AccountChanged(PartyId indexed party, address account, PartyId accountBank);
    /// @notice The party's account bank says that its keys are lost, and who acts for it. Replaces what was proposed before.
    event RecoveryProposed(PartyId indexed party, address indexed newKey, PartyId indexed accountBank);
    /// @notice The registrar agrees; without a veto anyone may finish it from then on.
    event RecoveryApproved(PartyId indexed party, address indexed newKey, uint40 effectiveAt);
    /// @notice The party has its keys, and keeps them.
    event RecoveryVetoed(PartyId indexed party);
    /// @notice The new key is the party's only one; all others are dead.
    event KeysRecovered(PartyId indexed party, address indexed newKey, uint8 epoch);

    /// @notice Only the ledger knows what a party leaves unpaid.
    error NotTheLedger(address caller);
    /// @notice The address is no party's key.
    error NotAParticipant(address key);
    /// @notice There is no party with this id.
    error PartyUnknown(PartyId party);
    error ParticipantSuspended(PartyId party);
    /// @notice The party's identity has to be checked again before it acts or receives.
    error ParticipantExpired(PartyId party, uint16 kycExpiryDay);
    /// @notice The party has none of the roles (bits) that this takes.
    error RoleMissing(PartyId party, uint16 roles);
    /// @notice A party has at least one role, and no other than those of `types/Roles.sol`.
    error RoleUnknown(uint16 roles);
    /// @notice Operator and regulator are nothing else; a bank neither issues nor receives by trade, and keeps no goods.
    error RolesIncompatible(uint16 roles);
    error AddressMissing();
    error KeyAlreadyRegistered(address key, PartyId party);
    /// @notice The address is, or was, another party's account, from which only that party pays.
    error AccountAlreadyRegistered(address account);
    /// @notice A party does not attest its own cash.
    error OwnAccountBank(PartyId party);
    /// @notice The key does not act for this party.
    error KeyNotOfParty(PartyId party, address key);
    /// @notice A party keeps at least one key.
    error LastKey(PartyId party, address key);
    /// @notice The new key did not sign that it joins this party.
    error KeyProofInvalid(PartyId party, address key);
    /// @notice Whoever has the account did not sign that this party pays from it.
    error AccountProofInvalid(PartyId party, address account);
    /// @notice What the account signed could be used until then.
    error AccountProofExpired(uint40 validUntil);
    /// @notice A party has at most 255 keys.
    error TooManyKeys(PartyId party);
    /// @notice The party announced no other account.
    error AccountChangeUnknown(PartyId party);
    /// @notice What was announced can still be taken back.
    error AccountChangeNotDue(PartyId party, uint40 effectiveAt);
    /// @notice Only the bank of the party's account vouches for who it is, and only while it is that.
    error NotTheAccountBank(PartyId party, PartyId accountBank, PartyId bank);
    /// @notice No such key was proposed for the party.
    error RecoveryUnknown(PartyId party, address newKey);
    /// @notice The registrar has not agreed.
    error RecoveryNotApproved(PartyId party);
    /// @notice The party can still veto.
    error RecoveryNotDue(PartyId party, uint40 effectiveAt);
    /// @notice The two are one, or belong to one group.
    error RelatedParties(PartyId party, PartyId other, uint24 group);
    /// @notice Two lists that belong together are of different lengths.
    error ListsDiffer(uint256 first, uint256 second);

    // ---------------------------------------------------------------- the registrar

    /// @notice A new enterprise takes part. Only the registrar.
    /// @param key its first key
    /// @param account where its cash is; never another party's account, nor another's key, since Settlement draws on it for this party. The
    /// registrar checks, as part of who the enterprise is, that the account is its own; no signature of it is asked for here
    /// @param accountBank the bank of that account, which is a party; 0 for none
    /// @return party its id, counted from 1
    function register(address key, address account, uint16 roles, uint24 group, uint16 kycExpiryDay, PartyId accountBank)
        external
        returns (PartyId party);

    /// @notice The party may neither act nor receive until reinstated; what it holds is still paid. Only the registrar.
    function suspend(PartyId party) external;

    /// @notice Ends a suspension. Only the registrar.
    function reinstate(PartyId party) external;

    /// @notice The party's identity was checked again. Only the registrar.
    function renew(PartyId party, uint16 kycExpiryDay) external;

    /// @notice The party belongs to this group of related parties from now on; 0 for none. Only the registrar.
    function regroup(PartyId party, uint24 group) external;

    // ---------------------------------------------------------------- the ledger

    /// @notice The party may not issue while it leaves something unpaid. Only the ledger.
    function setIssuanceStopped(PartyId party, bool stopped) external;

    // ---------------------------------------------------------------- a party's own keys

    /// @notice The caller's party gets another key. Only a key of an active party.
    /// @param key the new key, of no party so far
    /// @param proof the new key's EIP-712 signature over `KeyJoin(uint32 party,address key,uint8 epoch,uint16 keyChanges)` with the party's
    /// epoch and changes so far; it fits once
    function addKey(address key, bytes calldata proof) external;

    /// @notice A key stops acting for the caller's party, at once. Any of the party's keys may do so, also of itself while another remains,
    /// and also while the party is suspended or expired, since a leaked key is then no less dangerous. For seven days the removed key may
    /// still take back a change of account, and nothing else: whichever of two keys the thief had, the other one stops what it announced.
    function removeKey(address key) external;

    // ---------------------------------------------------------------- a party's account

    /// @notice Announces that the caller's party has its cash elsewhere from three days on. Only a key of an active party.
    /// @param account no other party's account or key; the party's own for a change of the bank only
    /// @param accountBank the bank of that account, which is another party; 0 for none
    /// @param validUntil unix seconds; the last one in which the proof counts
    /// @param proof the account's EIP-712 signature (ERC-1271 where it is a contract) over `AccountJoin(uint32 party,address account,
    /// uint40 validUntil)`; nothing for the account that the party has already
    function proposeAccount(address account, PartyId accountBank, uint40 validUntil, bytes calldata proof) external;

    /// @notice Takes the announcement back. Any key of the party, also while it is suspended or expired; and a key that was removed from it in
    /// the last seven days, unless it acts for another party by now or the party's keys were recovered since.
    function cancelAccountChange() external;

    /// @notice Carries out what was announced three days ago. Anyone, while the party is active: what a stolen key announced waits while
    /// the party is suspended. The former account stays closed to all other parties, since what is left there can still be drawn.
    function applyAccountChange(PartyId party) external;

    // ---------------------------------------------------------------- recovery of lost or stolen keys

    /// @notice The account bank of a party says that its keys are lost or stolen, and which key is to act for it. Only a key of that bank,
    /// which is active. A proposal that was approved and is replaced needs approval again.
    /// @param newKey of no party so far
    /// @param proof the new key's EIP-712 signature over `KeyJoin(uint32 party,address key,uint8 epoch,uint16 keyChanges)` with the
    /// party's next epoch and no changes
    function proposeRecovery(PartyId party, address newKey, bytes calldata proof) external;

    /// @notice The registrar checked it too; seven days for a veto begin. Only the registrar.
    /// @param newKey the proposed key, so that another one which was proposed meanwhile is not approved
    function approveRecovery(PartyId party, address newKey) external;

    /// @notice Ends a recovery. Any key of the party while it is not suspended: whoever stole a key is suspended first.
    function vetoRecovery(PartyId party) external;

    /// @notice All keys of the party are dead, the new one acts, and an announced change of account is taken back. Pieces stay where they
    /// are, and so does a suspension. Anyone, seven days after the approval.
    function finishRecovery(PartyId party) external;

    // ---------------------------------------------------------------- read

    /// @notice The party that a key acts for; 0 if none.
    function partyOf(address key) external view returns (PartyId);

    /// @notice The party that a key was removed from, and the last unix second in which it may take a change of account back; zeros for a key
    /// that acts for a party, and for one that never did.
    function removedKey(address key) external view returns (PartyId formerParty, uint40 cancelsUntil);

    /// @notice All about a party; zeros if there is none.
    function party(PartyId id) external view returns (Party memory);

    /// @notice Parties are numbered from 1 to this.
    function partyCount() external view returns (uint32);

    /// @notice The bank of a party's account; 0 if none.
    function accountBankOf(PartyId party) external view returns (PartyId);

    /// @notice The group of related parties that a party belongs to; 0 if none.
    function groupOf(PartyId party) external view returns (uint24);

    /// @notice The account that a party announced; zeros if none.
    function accountChange(PartyId party) external view returns (AccountChange memory);

    /// @notice What a party's account bank proposed; zeros if nothing.
    function recovery(PartyId party) external view returns (Recovery memory);

    /// @notice The active party that a key acts for. Reverts with the reason if there is none.
    /// @return party its id
    /// @return account where its cash is
    /// @return roles with the bit ISSUANCE_STOPPED while it may not issue
    function actor(address key) external view returns (PartyId party, address account, uint16 roles);

    /// @notice The party that a key acts for, active or not. Reverts if there is none.
    function identified(address key) external view returns (PartyId party);

    /// @notice Account and roles of an active party. Reverts with the reason if it may not act.
    function active(PartyId party) external view returns (address account, uint16 roles);

    /// @notice The accounts of recipients that consent by these keys. Reverts unless each recipient is an active supplier or core
    /// enterprise and the key at the same place acts for it.
    function consents(PartyId[] calldata recipients, address[] calldata keys) external view returns (address[] memory accounts);

    /// @notice Who pays and where to, without asking whether they may act: a payment of what is owed is never refused for that.
    function payment(address key, PartyId[] calldata payees)
        external
        view
        returns (PartyId payer, address payerAccount, address[] memory payeeAccounts);

    /// @notice Reverts if the two are one party, or of one group.
    function requireUnrelated(PartyId a, PartyId b) external view;

    /// @notice The only contract that may stop a party's issuance.
    function ledger() external view returns (address);
}
