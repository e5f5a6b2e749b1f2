// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {GroupCapWord} from "../libraries/GroupCapWords.sol";
import {PromiseWord} from "../libraries/PromiseWords.sol";
import {LineId, PartyId} from "../types/Identifiers.sol";
import {ILedgerParts} from "./ILedgerParts.sol";

/// @title Lines: what banks let an issuer issue, and what they buy of it
/// @notice A bank grants a line to an issuer: a limit in one currency until a day, with a time zone and a calendar of holidays. Apart from
/// that it says how much of the issuer's paper it will buy, under whoever's line.
///
/// - A bank may grant lines, change their limits, suspend and resume its own, set what it finances, note that it reviewed why a tenor is
///   long, cap what it promises to a group of related issuers, and share a new line with other banks. It may NOT touch another's line,
///   nor take back what is used or allotted: a limit that is set lower stays there.
/// - A bank that joins a line backs a share of all that will be issued under it. It agrees to the share and to the limit of which that is
///   one, and neither grows later: the limit of a shared line is only lowered. It may NOT leave while the line can be used.
/// - The issuer has NO function here: it does not ask for a line, and cannot refuse one that it need not use.
/// - Anyone may move a count to the issuer's present group, and free what an expired line promises beyond what is used.
/// - Operator, registrar and administrator have NO power here, but the registrar says who belongs to which group.
///
/// A group cap binds promises, not use: the limits of lines and of financing together, so that a bank is never surprised by what others do.
/// Of a shared line each bank counts its share of the limit. A bank frees a promise by lowering the limit.
interface ILines is ILedgerParts {
    /// @notice A bank lets an issuer issue up to a limit until a day.
    event LineGranted(
        LineId indexed line,
        PartyId indexed bank,
        PartyId indexed issuer,
        uint64 limitMinor,
        uint8 currency,
        uint16 expiryDay,
        int8 utcOffsetQuarterHours,
        uint8 calendar
    );
    /// @notice What the issuer may have outstanding under the line.
    event LineLimitChanged(LineId indexed line, uint64 limitMinor);
    /// @notice Nothing is issued or drawn under the line until it is resumed.
    event LineSuspended(LineId indexed line);
    /// @notice The line can be used again.
    event LineResumed(LineId indexed line);
    /// @notice What a bank will hold of an issuer's paper.
    event FinancingLimitSet(PartyId indexed bank, PartyId indexed issuer, uint8 currency, uint64 limitMinor);
    /// @notice The line's bank reviewed why paper with this day of maturity runs longer than usual; `justification` is the reason's hash.
    event TenorReviewed(LineId indexed line, uint16 maturityDay, bytes32 justification);
    /// @notice What a bank lets itself promise to a group of related issuers; 0 is no cap.
    event GroupCapSet(PartyId indexed bank, uint24 indexed group, uint8 currency, uint64 capMinor);
    /// @notice What a bank promised to an issuer is counted under this group from now on; 0 is none.
    event PromiseRecounted(PartyId indexed bank, PartyId indexed issuer, uint8 currency, uint24 group, uint128 promisedMinor);
    /// @notice The granting bank offers another one a share of the line; 0 withdraws the offer.
    event LineShareOffered(LineId indexed line, PartyId indexed bank, uint16 basisPoints);
    /// @notice The other bank backs this share of all that will be issued under the line.
    event LineShared(LineId indexed line, PartyId indexed bank, uint16 basisPoints);

    /// @notice An issuer has at most 255 lines, of which one bank grants at most 32.
    error TooManyLines(PartyId issuer);
    /// @notice Time zones reach from 14 hours behind UTC to 14 hours ahead.
    error TimeZoneUnknown(int8 utcOffsetQuarterHours);
    error LineNotSuspended(LineId line);
    error LineNotExpired(LineId line, uint16 expiryDay, uint16 today);
    /// @notice A review names the reason that was reviewed.
    error JustificationMissing(LineId line, uint16 maturityDay);
    /// @notice Parties without a group are not related to anyone.
    error GroupMissing();
    /// @notice The bank would promise more to a group of related issuers than it lets itself.
    error GroupCapExceeded(PartyId bank, uint24 group, uint256 requestedMinor, uint64 availableMinor);
    /// @notice What is owed or allotted already keeps the banks that it has.
    error LineInUse(LineId line, uint64 usedMinor, uint64 allottedMinor);
    /// @notice A bank backs a line once.
    error AlreadyBacks(LineId line, PartyId bank);
    /// @notice At most 16 banks back a line beside the one that granted it.
    error TooManyBackers(LineId line);
    /// @notice All shares together are at most 10,000 basis points.
    error SharesExceeded(LineId line, uint256 requestedBasisPoints, uint16 availableBasisPoints);
    /// @notice The bank was not offered what it agrees to.
    error ShareNotOffered(LineId line, PartyId bank, uint16 offeredBasisPoints, uint16 agreedBasisPoints);
    /// @notice The limit is another than the bank agrees to share.
    error LimitMismatch(LineId line, uint64 limitMinor, uint64 agreedMinor);
    /// @notice Others agreed to the limit that they share; it is only lowered.
    error LimitShared(LineId line, uint64 limitMinor, uint64 requestedMinor);

    // ---------------------------------------------------------------- lines

    /// @notice A bank lets an issuer issue under a new line.
    /// @param expiryDay the last day of issue, and the latest day of maturity
    /// @param utcOffsetQuarterHours time zone in which the line's days begin
    /// @param calendar holidays of the rulebook, on which nothing falls due; 0 has none
    /// @return line its id, the issuer's next
    function grantLine(
        PartyId issuer,
        uint64 limitMinor,
        uint8 currency,
        uint16 expiryDay,
        int8 utcOffsetQuarterHours,
        uint8 calendar
    ) external returns (LineId line);

    /// @notice The line's bank sets its limit; below what is used and allotted it stays there. A shared line's is only lowered.
    function setLineLimit(LineId line, uint64 limitMinor) external;

    /// @notice Lowers the limit of a line after its last day to what is used and allotted, which frees what its banks promised. Anyone may.
    function freeExpiredLine(LineId line) external;

    /// @notice The line's bank stops issues and draws under it. A suspended or expired bank may, too.
    function suspendLine(LineId line) external;

    /// @notice The line's bank lets it be used again.
    function resumeLine(LineId line) external;

    /// @notice A bank sets what it will hold of an issuer's paper; below what it holds it stays there.
    function setFinancingLimit(PartyId issuer, uint8 currency, uint64 limitMinor) external;

    /// @notice The line's bank notes that it reviewed why paper of this maturity runs longer than usual. The rules bound how long, with a
    /// review and without.
    /// @param justification hash of the reason
    function reviewTenor(LineId line, uint16 maturityDay, bytes32 justification) external;

    // ---------------------------------------------------------------- group caps

    /// @notice A bank sets what it lets itself promise to a group of related issuers. Below what it has promised, it promises nothing new.
    /// @param capMinor 0 for no cap
    function setGroupCap(uint24 group, uint8 currency, uint64 capMinor) external;

    /// @notice Counts what a bank promised to an issuer under the issuer's present group. Anyone may; the bank's own changes do so first.
    function recount(PartyId bank, PartyId issuer, uint8 currency) external;

    // ---------------------------------------------------------------- sharing

    /// @notice The line's bank offers another bank a share of all that will be issued under it, before anything is used. Replaces an
    /// earlier offer to the same bank.
    /// @param basisPoints of 10,000; 0 withdraws the offer
    function shareLine(LineId line, PartyId bank, uint16 basisPoints) external;

    /// @notice The bank that was offered a share agrees to it, before anything is used. From then on it counts its share of the limit as
    /// promised, and the granting bank as much less.
    /// @param basisPoints the share that it agrees to
    /// @param limitMinor the line's limit that it agrees to
    function joinLine(LineId line, uint16 basisPoints, uint64 limitMinor) external;

    // ---------------------------------------------------------------- read

    /// @notice Banks that back a line beside the one that granted it, which keeps the rest of 10,000 basis points.
    function backersOf(LineId line) external view returns (PartyId[] memory banks, uint16[] memory basisPoints);

    /// @notice What a bank carries of an amount under a line: those who joined their shares rounded down, the one that granted it the
    /// rest, others nothing.
    function shareOf(LineId line, PartyId bank, uint64 amountMinor) external view returns (uint64);

    /// @notice The share that a bank was offered and has not agreed to; 0 if none.
    function shareOfferOf(LineId line, PartyId bank) external view returns (uint16 basisPoints);

    /// @notice A bank's cap on a group of related issuers, and what it promised them.
    function groupCapWord(PartyId bank, uint24 group, uint8 currency) external view returns (GroupCapWord);

    /// @notice What a bank promised to an issuer, and under which group it is counted.
    function promiseWord(PartyId bank, PartyId issuer, uint8 currency) external view returns (PromiseWord);

    /// @notice Hash of the reason for a long tenor that the line's bank reviewed; 0 if none.
    function tenorReviewOf(LineId line, uint16 maturityDay) external view returns (bytes32 justification);
}
