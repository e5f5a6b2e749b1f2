// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {EvidenceId, PartyId} from "./Identifiers.sol";

/// One recipient's part of an issue or a transfer. It becomes one piece with one evidence.
/// @param recipient who receives it, and the seller of the evidence
/// @param amountMinor in minor units of the line's currency
/// @param evidence the confirmed invoice that the payer owes to the recipient
/// @param deadline unix seconds; until then an offer can be accepted, and an acceptance signed in advance be used
struct Leg {
    PartyId recipient;
    uint64 amountMinor;
    EvidenceId evidence;
    uint40 deadline;
}

/// A party's signature by one of its keys: ECDSA, or ERC-1271 where the key is a contract.
struct Signature {
    address key;
    bytes signature;
}

/// Where a piece stands. The numbers are part of the storage format and never change their meaning.
enum PieceState {
    /// There is no such piece.
    None,
    /// Waits for its recipient's consent.
    Offered,
    /// Accepted; its owner may pass it on, sell it or keep it.
    Held,
    /// Sold to its owner, whose cash moves off chain: waits until the seller, or the seller's account bank, says that it came.
    Locked,
    /// Dispute, returned goods or court: may be paid, but not moved. Never stored: a hold is a mark on a piece or on an ancestor
    /// of it, and readers answer with this state.
    OnHold,
    /// Paid by the issuer; keeps its amount.
    Redeemed,
    /// A transfer that its recipient refused; its amount is back in the parent.
    Rejected,
    /// A transfer that nobody accepted in time; its amount is back in the parent.
    Expired,
    /// An issue that was refused or not accepted in time; keeps its amount, owed by nobody.
    Voided,
    /// Given up for lost by its owner; keeps its amount, which still counts against the line until the issuer pays it after all.
    WrittenOff
}

/// What may be drawn on an allotment, as its issuer said; parts that are passed on have the same.
/// @param instrument 1 voucher, 2 bill
/// @param minTenorDays days from the day of a draw to its maturity, at least
/// @param recourseAllowed whether a draw may let a holder go back along the path on default
struct AllotmentTerms {
    uint8 instrument;
    uint16 minTenorDays;
    bool recourseAllowed;
}
