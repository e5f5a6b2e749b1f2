// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {HoldWord} from "../libraries/HoldWords.sol";
import {ReturnWord} from "../libraries/ReturnWords.sol";
import {EvidenceId, ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {PieceReference} from "../types/PieceReference.sol";
import {RuleId} from "../types/RuleIds.sol";
import {ILedgerParts} from "./ILedgerParts.sol";

/// @title Holds: disputes, returned goods, courts
/// @notice A hold is a mark on a piece. It stops the piece and everything cut from it from being accepted, passed on or financed, until it is
/// released. It never stops a payment: at maturity the issuer pays whoever holds, or the court's account where a court holds.
///
/// - Either side of the trade that made a piece, who passed it on or who received it, may dispute it, once, and settle its own dispute. After
///   the rules' days for disputes anyone may end it: a dispute is time to talk, not a way to keep others' credit. Who sold a piece for
///   cash, or was paid for it, is no side of a trade. Who received a piece disputes it only while nothing was cut from it.
/// - Anyone may hold the pieces that used a document which was credited or cancelled, exactly those: the latest use first, until what
///   is held covers what the document no longer backs; in one call or in several. Nobody may hold others for it.
/// - A regulator may hold pieces, or a whole obligation, by order of a court, and release what it held. It may NOT move them; what falls due
///   meanwhile is paid to its registered account, which is the court's. So is what was written off, if it is made good. An order on a
///   piece binds all that was cut from it before; it cannot name a piece that is empty, whose worth others have. An order on a whole
///   obligation binds every claim that is there when it comes, also that of who paid a court before.
/// - The operator, the issuer and the line's bank have NO power of their own here.
interface IHolds is ILedgerParts {
    /// @notice One side of the trade disputes the piece.
    event PieceDisputed(PieceId indexed piece, PartyId indexed disputant, bytes32 reason);
    /// @notice The dispute has ended: settled by who opened it, or because its time was up.
    event DisputeEnded(PieceId indexed piece);
    /// @notice The piece's document no longer backs it. `piece`'s subtree had `liveMinor` live.
    event PieceHeldForReturn(PieceId indexed piece, EvidenceId indexed evidence, uint64 liveMinor);
    /// @notice The document backs the piece again, since other uses of it were given back.
    event ReturnHoldEnded(PieceId indexed piece, EvidenceId indexed evidence);
    /// @notice A court holds the piece, or all of an obligation (index 0). `order` is the hash of the order; 0 where the hold comes back with the
    /// amount of a locked piece that the court held.
    event CourtHeld(PieceId indexed piece, PartyId indexed court, bytes32 order);
    /// @notice The court released it; or, with order 0, the locked piece that it held is none any more, and the hold went to where its amount is.
    event CourtReleased(PieceId indexed piece, bytes32 order);

    /// @notice Only who passed a piece on by trade and who received it may dispute it. The payer is 0 where cash was paid for it.
    error NotASide(PieceId piece, PartyId payer, PartyId owner, PartyId caller);
    /// @notice A side disputes a piece once.
    error AlreadyDisputed(PieceId piece, PartyId caller);
    /// @notice Who passes a piece on or sells it, or parts of it, has taken it as good.
    error AlreadyPassedOn(PieceId piece, uint16 childCount);
    /// @notice A piece that was paid, given back or written off is beyond dispute; one that was paid, given back or emptied is beyond a court.
    error NothingToHold(PieceId piece);
    error NotDisputed(PieceId piece);
    /// @notice Until then only who opened the dispute may end it.
    error DisputeStillOpen(PieceId piece, PartyId disputant, uint256 lastDay, RuleId rule);
    /// @notice The document backs all that used it.
    error NothingReturned(EvidenceId evidence);
    /// @notice The pieces are named from the latest use that was not looked at yet, without a gap.
    error NotTheLatestUse(PieceId piece, uint256 expectedUse, uint16 foundUse);
    error NotOfEvidence(PieceId piece, EvidenceId expected, EvidenceId found);
    /// @notice What is held already covers all that the document does not back, or no use is left to look at. Who names the latest use begins
    /// anew.
    error EnoughHeld(EvidenceId evidence, uint64 heldMinor, uint64 excessMinor);
    error NotHeldForReturn(PieceId piece);
    /// @notice The document still does not back what is held for it.
    error StillReturned(EvidenceId evidence, uint64 excessMinor);
    /// @notice An obligation has at most 65,535 marks, on pieces and on itself.
    error TooManyMarks(ObligationId obligation);
    error AlreadyHeldByCourt(PieceId piece, PartyId court);
    error NotHeldByCourt(PieceId piece, PartyId caller);
    error ObligationUnknown(ObligationId obligation, uint16 maturityDay);

    /// @notice Disputes pieces, each as one side of its trade.
    /// @param reason hash of the reason, or a short text
    function dispute(PieceReference[] calldata pieces, bytes32 reason) external;

    /// @notice Ends disputes: who opened them at any time, anyone once their time is up.
    function endDispute(PieceReference[] calldata pieces) external;

    /// @notice Holds pieces that used a document which no longer backs them. Anyone may. A call goes on where the calls before it left off
    /// (`returnWord`), whoever made them, and ends when enough is held.
    /// @param pieces those that used it, from the latest use that is left backwards without a gap; uses that were given back or paid
    /// hold nothing, those that are held already count, and those that another call has looked at are passed over
    function holdReturned(EvidenceId evidence, PieceReference[] calldata pieces) external;

    /// @notice Ends the holds for a document that backs all its uses again. Anyone may.
    function endReturnHold(EvidenceId evidence, PieceReference[] calldata pieces) external;

    /// @notice Holds pieces by order of a court. Only a regulator.
    /// @param order hash of the order
    function holdByCourt(PieceReference[] calldata pieces, bytes32 order) external;

    /// @notice Holds a whole obligation by order of a court. Only a regulator.
    /// @param maturityDay the obligation's, so that the order fits no other
    function holdObligationByCourt(ObligationId obligation, uint16 maturityDay, bytes32 order) external;

    /// @notice Releases pieces. Only the regulator that holds them.
    function releaseByCourt(PieceReference[] calldata pieces, bytes32 order) external;

    /// @notice Releases a whole obligation. Only the regulator that holds it.
    function releaseObligationByCourt(ObligationId obligation, bytes32 order) external;

    /// @notice How far the uses of a credited document were looked through, and what is held of them (`libraries/ReturnWords.sol`). The next
    /// piece to name is that of use `usesLeft - 1`.
    function returnWord(EvidenceId evidence) external view returns (ReturnWord);

    /// @notice Why a piece (index 0: an obligation) is marked; 0 if it is not. An ancestor's mark binds it as well.
    function holdWord(PieceId piece) external view returns (HoldWord);
}
