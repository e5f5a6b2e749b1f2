// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {AllotmentWord} from "../libraries/AllotmentWords.sol";
import {AllotmentId, EvidenceId, LineId, ObligationId, PartyId} from "../types/Identifiers.sol";
import {AllotmentTerms, Leg, Signature} from "../types/Movements.sol";
import {RuleId} from "../types/RuleIds.sol";
import {ILedgerParts} from "./ILedgerParts.sol";

/// @title Allotments: credit that travels ahead of the paper
/// @notice An issuer lets a supplier draw on part of a line; the supplier may pass a part of that on to its own supplier, and so on. Who
/// draws issues in the issuer's name to whom it owes, with an invoice for every hop between: a limit never becomes paper without trade.
///
/// - An issuer may allot what its line has left, say once which instrument is drawn on that, how soon it may be due and whether with
/// recourse, and revoke an allotment at any depth. It may NOT change those terms, nor take back what was drawn, nor what was
///   passed on from a revoked one: that is an allotment of its own, to be revoked by itself.
/// - A holder may pass on, draw, and revoke what it passed on. It may NOT draw or pass on more than it has left, or longer than it has it,
/// nor on other terms than the issuer's: they go on with every part, so who passes one on knows what will be drawn in its name.
/// - Anyone may end an allotment after its last day.
/// - The line's bank has NO function here; it suspends the line, and nothing is drawn. Operator and administrator have NO function here.
///
/// What is allotted is promised: the issuer cannot issue it otherwise, and the bank cannot lower the limit below it. Revoked or
/// expired, an allotment frees what is left in it, no more.
interface IAllotments is ILedgerParts {
    /// @notice A supplier may draw on the line.
    event Allotted(
        AllotmentId indexed allotment,
        PartyId indexed supplier,
        uint64 amountMinor,
        uint16 expiryDay,
        uint8 instrument,
        uint16 minTenorDays,
        bool recourseAllowed
    );
    /// @notice A part of an allotment is another supplier's now, on the same terms.
    event AllotmentPassed(
        AllotmentId indexed allotment, AllotmentId indexed parent, PartyId indexed supplier, uint64 amountMinor, uint16 expiryDay
    );
    /// @notice Nothing is drawn on it any more; what was left went back to the allotment `to`, or to the line if that is 0.
    event AllotmentRevoked(AllotmentId indexed allotment, AllotmentId to, uint64 freedMinor);
    /// @notice Its last day is over; what was left went back to the allotment `to`, or to the line if that is 0.
    event AllotmentExpired(AllotmentId indexed allotment, AllotmentId to, uint64 freedMinor);
    /// @notice The obligation was issued on an allotment: so much less is allotted.
    event Drawn(AllotmentId indexed allotment, ObligationId indexed obligation, uint64 amountMinor);

    /// @notice A line has at most 65,535 allotments.
    error TooManyAllotments(LineId line);
    error AllotmentUnknown(AllotmentId allotment);
    /// @notice It was revoked (2) or has expired (3).
    error AllotmentNotLive(AllotmentId allotment, uint8 status);
    error NotTheHolder(AllotmentId allotment, PartyId holder, PartyId caller);
    /// @notice Only the issuer, and who passed it on, may revoke an allotment.
    error NotTheGiver(AllotmentId allotment, PartyId issuer, PartyId giver, PartyId caller);
    /// @notice An allotment does not outlive what it is a part of: the line, or another allotment.
    error AllotmentOutlives(uint16 expiryDay, uint16 latestDay);
    error AllotmentOver(AllotmentId allotment, uint16 expiryDay, uint16 today);
    error AllotmentNotOver(AllotmentId allotment, uint16 expiryDay, uint16 today);
    error AmountExceedsAllotment(AllotmentId allotment, uint256 requestedMinor, uint64 availableMinor);
    /// @notice Paper drawn by the supplier would have more hops than its instrument may.
    error AllotmentTooDeep(AllotmentId parent, uint8 maxHops, RuleId rule);
    /// @notice The issuer allotted another instrument.
    error InstrumentNotAllotted(AllotmentId allotment, uint8 allotted, uint8 requested);
    /// @notice The issuer said how long it has to pay, at least.
    error MaturityTooSoon(AllotmentId allotment, uint16 maturityDay, uint256 earliestDay);
    /// @notice The issuer did not allow recourse, and nobody on the way agreed to any.
    error RecourseNotAllotted(AllotmentId allotment);

    /// @notice The issuer lets a supplier draw on part of its line.
    /// @param expiryDay the last day on which it may, in the line's time zone; not after the line's
    /// @param terms what it may draw; the least days are from the day of the draw, and line and rules bind the draw besides
    function allot(LineId line, PartyId supplier, uint64 amountMinor, uint16 expiryDay, AllotmentTerms calldata terms)
        external
        returns (AllotmentId allotment);

    /// @notice The holder lets its own supplier draw on part of what it has left, on the same terms.
    /// @param expiryDay the last day on which it may; not after the parent's
    /// @return allotment the new one; it stays when its parent ends
    function passAllotment(AllotmentId parent, PartyId supplier, uint64 amountMinor, uint16 expiryDay)
        external
        returns (AllotmentId allotment);

    /// @notice Ends an allotment. By the issuer: what is left goes back to the line. By who passed it on: it goes back to its allotment, if
    /// that can still be drawn on, else to the line.
    function revoke(AllotmentId allotment) external;

    /// @notice Ends an allotment after its last day. What is left goes back to the allotment that it was a part of, if that can still be
    /// drawn on, else to the line. Anyone may.
    function expireAllotment(AllotmentId allotment) external;

    /// @notice The holder issues in the issuer's name to whom it owes. Makes one obligation with a piece for each supplier on the way, each
    /// emptied into the next, and the recipient's, which waits for consent. If that is refused, the amount stays with the drawer.
    /// @param instrument the one that the issuer allotted: 1 voucher, 2 bill
    /// @param maturityDay not before the least days that the issuer gave itself, from today on
    /// @param recourse whether on default a holder may go back along the path; only where the issuer allowed it
    /// @param hops the invoices of the way to the drawer: issuer to first supplier, and so on; each for the whole amount
    /// @param leg what the recipient gets, against the drawer's debt to it
    function draw(
        AllotmentId allotment,
        uint8 instrument,
        uint16 maturityDay,
        bool recourse,
        EvidenceId[] calldata hops,
        Leg calldata leg
    ) external returns (ObligationId obligation);

    /// @notice As `draw`, with the recipient's signed `ICreditLedger.Acceptance`, whose parent is the drawer's piece: the last one is held
    /// at once.
    function drawAccepted(
        AllotmentId allotment,
        uint8 instrument,
        uint16 maturityDay,
        bool recourse,
        EvidenceId[] calldata hops,
        Leg calldata leg,
        Signature calldata acceptance
    ) external returns (ObligationId obligation);

    /// @notice An allotment's word; 0 if there is none.
    function allotmentWord(AllotmentId allotment) external view returns (AllotmentWord);
}
