// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {PieceReference} from "../types/PieceReference.sol";
import {RuleId} from "../types/RuleIds.sol";
import {ILedgerParts} from "./ILedgerParts.sol";

/// @title Guarantees and recourse: others pay in the issuer's place
/// @notice A guarantor adds its credit to an obligation (增信), by a share of its face. Once the obligation is overdue, it pays holders,
/// and becomes the holder of what it paid for. Where the obligation's terms have recourse, a holder may go back along the way that its
/// piece came, and whoever then pays becomes the holder in the same way.
///
/// What was paid for is cut off as a piece of its own: its owner who paid, its parent the piece that was paid for, one hop
/// more, no evidence and the same tier. The issuer owes it as before, so nothing of line or obligation changes; it redeems the new
/// piece as any other. It is a cash hop, so it carries a registration. It is no financing, so it counts against no bank's financing limit.
///
/// What each may do:
/// - A guarantor may guarantee what is not mature, of issuers that it is not related to; pay any holder as far as its share covers;
///   hold, and give up, what it paid for. It may NOT withdraw, change its share, nor claim from anyone but the issuer.
/// - A holder may claim from owners before it on its piece's way, where the terms have recourse. It may NOT claim from whoever got the
///   piece from itself, and a claim moves nobody's money.
/// - An owner on the way may pay the holder, claimed or not; it may then claim from those before its own place.
/// - The issuer may redeem what they hold then. It has NO other power here; nor has anybody else.
///
/// Suspension of issuer, holder or payer, and holds, are in the way of no payment here. What a court holds is paid to the court's
/// account; that serves its order, and the issuer later pays who paid.
interface IGuarantees is ILedgerParts {
    /// @notice The guarantor answers for its share of the obligation's face, until all of it is paid.
    event ObligationGuaranteed(ObligationId indexed obligation, PartyId indexed guarantor, uint16 basisPoints);
    /// @notice A guarantor paid for a part of `parent`, or all that was in it, and holds the new piece. `payee` is the parent's owner, or
    /// the regulator that holds it for a court.
    event GuarantorPaid(
        PieceId indexed piece,
        PieceId indexed parent,
        PartyId indexed guarantor,
        uint64 amountMinor,
        PartyId payee,
        address cashToken,
        bytes32 registrationNumber,
        bytes32 descriptionHash
    );
    /// @notice The holder asks an owner before it on the piece's way to pay in the issuer's place.
    event RecourseClaimed(PieceId indexed piece, PieceId ancestor, PartyId indexed against, uint64 amountMinor);
    /// @notice The owner of `ancestor` paid for a part of `parent`, or all that was in it, and holds the new piece.
    event RecoursePaid(
        PieceId indexed piece,
        PieceId indexed parent,
        PieceId ancestor,
        PartyId indexed payer,
        uint64 amountMinor,
        PartyId payee,
        address cashToken,
        bytes32 registrationNumber,
        bytes32 descriptionHash
    );

    error ObligationUnknown(ObligationId obligation, uint16 maturityDay);
    /// @notice The shares of an obligation are at most 10,000 basis points together.
    error SharesExceeded(ObligationId obligation, uint256 requestedBasisPoints, uint256 availableBasisPoints);
    /// @notice A guarantee is not changed.
    error AlreadyGuaranteed(ObligationId obligation, PartyId guarantor);
    /// @notice An obligation has at most 16 guarantors.
    error TooManyGuarantors(ObligationId obligation);
    error NotAGuarantor(ObligationId obligation, PartyId caller);
    error CoverExceeded(ObligationId obligation, PartyId guarantor, uint64 requestedMinor, uint64 coveredMinor);
    /// @notice What a guarantor got by paying is not covered by the others: their shares are for holders.
    error GuarantorNotCovered(PieceId piece, PartyId guarantor);
    /// @notice Nobody pays itself.
    error AlreadyTheHolder(PieceId piece, PartyId owner);
    /// @notice Whoever pays in the issuer's place takes a claim over, which is registered (`RULE_REGISTERED`).
    error RegistrationMissing(PieceId piece, RuleId rule);
    /// @notice The obligation's terms have no recourse.
    error RecourseExcluded(ObligationId obligation);
    error NotOnPath(PieceId piece, PieceId ancestor);
    /// @notice A holder goes back to those before its own first place on the way only, and a guarantor to nobody.
    error NotAPredecessor(PieceId piece, PieceId ancestor);

    // ---------------------------------------------------------------- guarantees

    /// @notice A guarantor answers for a share of an obligation before it is mature. It cannot be withdrawn.
    /// @param maturityDay the obligation's, so that the order fits no other
    /// @param basisPoints parts of 10,000 of its face
    function guarantee(ObligationId obligation, uint16 maturityDay, uint16 basisPoints) external;

    /// @notice A guarantor of an overdue obligation pays for a part of a piece, or all that is in it, in this transaction, and holds it
    /// then. It pays for all pieces together at most its share of the face, rounded down. A part is at least a hundredth of the face, or all that
    /// its share still covers.
    /// @param registrationNumber of the claim that it takes over, in the register of claims; never zero
    /// @param descriptionHash of what was registered; never zero
    /// @return paid the new piece
    function payAsGuarantor(
        PieceReference piece,
        uint64 amountMinor,
        address cashToken,
        bytes32 registrationNumber,
        bytes32 descriptionHash
    ) external returns (PieceId paid);

    // ---------------------------------------------------------------- recourse

    /// @notice The holder of a piece of an overdue obligation claims from the owner of an ancestor of it. Also while it is suspended.
    /// @param ancestor a piece on the way from the issuer
    function claimRecourse(PieceReference piece, PieceId ancestor) external;

    /// @notice The owner of an ancestor pays for a part of a piece, or all that is in it, in this transaction, and holds it then. A part is at
    /// least a hundredth of the obligation's face.
    /// @return paid the new piece
    function payRecourse(
        PieceReference piece,
        PieceId ancestor,
        uint64 amountMinor,
        address cashToken,
        bytes32 registrationNumber,
        bytes32 descriptionHash
    ) external returns (PieceId paid);

    // ---------------------------------------------------------------- read

    /// @notice Who guarantees an obligation, with which share, and what each has paid so far.
    function guaranteesOf(ObligationId obligation)
        external
        view
        returns (PartyId[] memory guarantors, uint16[] memory basisPoints, uint64[] memory paidMinor);
}
