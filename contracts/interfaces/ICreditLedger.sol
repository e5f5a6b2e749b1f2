// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {FinancingWord} from "../libraries/FinancingWords.sol";
import {IssuerWord} from "../libraries/IssuerWords.sol";
import {LineWord} from "../libraries/LineWords.sol";
import {ObligationWord} from "../libraries/ObligationWords.sol";
import {PieceWord} from "../libraries/PieceWords.sol";
import {EvidenceId, LineId, ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {Leg, PieceState, Signature} from "../types/Movements.sol";

/// @title The ledger of a core enterprise's credit as it goes down its suppliers
/// @notice A bank grants a line to an issuer. The issuer issues pieces under it to its suppliers, each against an invoice that it confirmed.
/// A holder passes parts on to its own suppliers, against their invoices, or sells parts to a bank. At maturity the issuer pays whoever
/// holds. Every movement makes a new piece with its parent; an owner never changes in place, so the way from issuer to holder is
/// readable from storage alone (`ILedgerReader.path`).
///
/// What each may do, always by a registered key of an active party:
/// - A bank may grant lines, change, suspend and resume its own, and set what it will finance. It may NOT move a piece, and lowering
///   a limit does not touch what is outstanding.
/// - An issuer may issue under its lines and redeem. It may NOT take back what was accepted, nor pay before maturity.
/// - A recipient may accept or reject what is offered to it. Silence is never consent: after the deadline the offer is void.
/// - A holder may pass on and sell what it holds. Whoever bought for cash may only sell on for cash or wait for maturity.
/// - Anyone may end an offer after its deadline and mark an unpaid obligation as overdue.
/// - The operator, the registrar, the rules' owner and the administrator have NO function here. Nobody can pause redemption.
///
/// Amounts are minor units of the line's currency. Days are days since 1970-01-01 in the line's time zone.
///
/// Explorers' events: a piece is minted (ERC-721 `Transfer`, ERC-3525 `SlotChanged` and `TransferValue`) when it is accepted, and burned
/// (`Transfer`; `PieceRedeemed` has the value) when it is redeemed. While an offer is open its amount has left the parent's balance and is in no token.
interface ICreditLedger {
    /// @notice A bank's signed offer (EIP-712) to buy part or all of a piece. Parent, evidence and child count are those of the piece when the
    /// offer was made: it fits this piece only, and once, because a sale makes a child.
    /// @param amountMinor how much of the piece
    /// @param priceMinor what the bank pays for it, at most the amount
    /// @param cashToken the money that it pays with
    /// @param validUntil unix seconds
    /// @param registration hash of the financing's registration number and description; never zero
    struct FinanceOffer {
        PieceId piece;
        PieceId parent;
        EvidenceId evidence;
        uint16 childCount;
        uint64 amountMinor;
        uint64 priceMinor;
        PartyId bank;
        address cashToken;
        uint40 validUntil;
        bytes32 registration;
    }

    /// @notice What a recipient signs (EIP-712) to accept in advance. It fits once, because every use of a document raises its use count.
    /// @param obligation the obligation; for an issue the one that it makes
    /// @param parent the piece it is cut from; 0 for an issue
    /// @param evidenceUseCount times that the document was used before
    struct Acceptance {
        ObligationId obligation;
        PieceId parent;
        uint16 maturityDay;
        uint8 instrument;
        EvidenceId evidence;
        uint24 evidenceUseCount;
        uint64 amountMinor;
        PartyId recipient;
        uint40 deadline;
    }

    /// @notice An issuer may issue under a new line of a bank.
    event LineGranted(
        LineId indexed line,
        PartyId indexed bank,
        PartyId indexed issuer,
        uint64 limitMinor,
        uint8 currency,
        uint16 expiryDay,
        int8 utcOffsetQuarterHours
    );
    /// @notice `limitMinor` is what holds from now on, which is not below what is used.
    event LineLimitChanged(LineId indexed line, uint64 limitMinor);
    /// @notice Nothing is issued under the line until it is resumed.
    event LineSuspended(LineId indexed line);
    /// @notice Issues under the line go on.
    event LineResumed(LineId indexed line);
    /// @notice `limitMinor` is what holds from now on, which is not below what the bank holds.
    event FinancingLimitSet(PartyId indexed bank, PartyId indexed issuer, uint8 currency, uint64 limitMinor);
    /// @notice An obligation was made; its pieces are told by the events that follow.
    event Issued(ObligationId indexed obligation, uint8 instrument, uint16 maturityDay, uint16 rulebookVersion, uint64 faceMinor);
    /// @notice A piece was made and waits for consent. `parent` is 0 for an issue.
    event PieceOffered(
        PieceId indexed piece, PieceId parent, PartyId indexed recipient, uint64 amountMinor, EvidenceId evidence, uint40 deadline
    );
    /// @notice The recipient consented, in person or by a signature in advance.
    event PieceAccepted(PieceId indexed piece);
    /// @notice The recipient refused; the amount is back in the parent, or the issue void.
    event PieceRejected(PieceId indexed piece, bytes32 reason);
    /// @notice Nobody consented in time; the amount is back in the parent, or the issue void.
    event PieceExpired(PieceId indexed piece);
    /// @notice A bank bought a new piece, cut from `parent`, and paid for it.
    event PieceFinanced(
        PieceId indexed piece,
        PieceId parent,
        PartyId indexed bank,
        uint64 amountMinor,
        uint64 priceMinor,
        address cashToken,
        bytes32 registration
    );
    /// @notice The issuer paid the owner.
    event PieceRedeemed(PieceId indexed piece, uint64 amountMinor, address cashToken);
    /// @notice This much is unpaid after maturity and days of grace.
    event ObligationOverdue(ObligationId indexed obligation, uint64 liveMinor);
    /// @notice Nothing is owed any more under an obligation that was overdue.
    event ObligationCured(ObligationId indexed obligation);
    /// @notice ERC-721.
    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);
    /// @notice ERC-3525.
    event TransferValue(uint256 indexed fromTokenId, uint256 indexed toTokenId, uint256 value);
    /// @notice ERC-3525.
    event SlotChanged(uint256 indexed tokenId, uint256 indexed oldSlot, uint256 indexed newSlot);

    /// @notice Registry and settlement were made for another ledger.
    error WiringWrong(address expected, address found);
    error ListsDiffer(uint256 left, uint256 right);
    /// @notice A call that names nothing.
    error NothingNamed();
    error ZeroAmount();
    error CurrencyMissing();
    /// @notice No place on earth is further than 14 hours from UTC.
    error TimeZoneUnknown(int8 utcOffsetQuarterHours);
    error RoleMissing(PartyId party, uint16 roles);
    error LineUnknown(LineId line);
    /// @notice An issuer has at most 255 lines, at most 32 of them by one bank.
    error TooManyLines(PartyId issuer);
    /// @notice A line has at most 16,777,215 obligations.
    error TooManyObligations(LineId line);
    error NotTheBank(LineId line, PartyId bank, PartyId caller);
    error NotTheIssuer(LineId line, PartyId issuer, PartyId caller);
    error LineExpired(LineId line, uint16 expiryDay, uint16 today);
    error LineNotOpen(LineId line);
    error LineNotSuspended(LineId line);
    error CreditLimitExceeded(LineId line, uint256 requestedMinor, uint64 availableMinor);
    error IssuerOverdue(PartyId issuer, uint32 overdueCount);
    error MaturityNotAhead(uint16 maturityDay, uint16 today);
    error TenorTooLong(uint16 maturityDay, uint256 latestDay);
    error MaturityBeyondLine(LineId line, uint16 maturityDay, uint16 expiryDay);
    error DeadlinePassed(uint40 deadline);
    /// @notice All offers end before the day of maturity begins.
    error DeadlineBeyondMaturity(uint40 deadline, uint256 latest);
    /// @notice An issuer's debt to itself is none.
    error IssuerCannotReceive(PartyId issuer);
    error PiecesExceeded(ObligationId obligation, uint256 requested, uint16 maxPieces);
    error HopsExceeded(PieceId parent, uint8 maxHops);
    error PieceUnknown(PieceId piece);
    error NotTheOwner(PieceId piece, PartyId owner, PartyId caller);
    error PieceNotInState(PieceId piece, PieceState state);
    error AmountExceedsPiece(PieceId piece, uint256 requestedMinor, uint64 availableMinor);
    /// @notice What was bought for cash is passed on for cash only.
    error PieceBoughtForCash(PieceId piece);
    /// @notice From the day of maturity on a piece is paid, no longer moved.
    error ObligationMatured(ObligationId obligation, uint16 maturityDay, uint16 today);
    error OfferExpired(PieceId piece, uint40 deadline);
    error OfferStillOpen(PieceId piece, uint40 deadline);
    error SignatureInvalid(PartyId party, address key);
    /// @notice The piece has moved on since the bank made its offer, or is another one.
    error OfferStale(PieceId piece, PieceId parent, EvidenceId evidence, uint16 childCount);
    error PriceAboveAmount(uint64 priceMinor, uint64 amountMinor);
    error RegistrationMissing(PieceId piece);
    /// @notice A bank does not buy from itself.
    error SelfDealing(PartyId party);
    error FinancingLimitExceeded(PartyId bank, PartyId issuer, uint64 requestedMinor, uint64 availableMinor);
    error NotMature(ObligationId obligation, uint16 maturityDay, uint16 today);
    /// @notice Pieces of one redemption have one currency.
    error CurrencyMismatch(uint8 expected, uint8 given);
    /// @notice Offers cut from the piece are still open; after their deadline anyone may expire them.
    error OffersOpen(PieceId piece, uint16 openOffers);
    error NotOverdueYet(ObligationId obligation, uint256 firstOverdueDay, uint16 today);
    error AlreadyOverdue(ObligationId obligation);
    /// @notice Nothing is owed: there is no such obligation, all of it was paid or voided, or nobody accepted what is left.
    error NothingOwed(ObligationId obligation);

    // ---------------------------------------------------------------- lines

    /// @notice The caller's bank grants an issuer a line.
    /// @param expiryDay the last day of issue, and of maturity
    /// @param utcOffsetQuarterHours the line's time zone, in which its days are counted
    function grantLine(PartyId issuer, uint64 limitMinor, uint8 currency, uint16 expiryDay, int8 utcOffsetQuarterHours)
        external
        returns (LineId line);

    /// @notice Changes a line's limit. Only its bank. A limit below what is used is set to what is used.
    function setLineLimit(LineId line, uint64 limitMinor) external;

    /// @notice Stops new issues under a line. Only its bank, also while it is suspended or expired.
    function suspendLine(LineId line) external;

    /// @notice Ends a suspension. Only its bank.
    function resumeLine(LineId line) external;

    /// @notice How much of an issuer's paper the caller's bank will hold. A limit below what it holds is set to what it holds.
    function setFinancingLimit(PartyId issuer, uint8 currency, uint64 limitMinor) external;

    // ---------------------------------------------------------------- issue

    /// @notice The issuer promises to pay at maturity, to each recipient what its leg says. The pieces wait for consent.
    /// @param instrument 1 voucher, 2 bill
    function issue(LineId line, uint8 instrument, uint16 maturityDay, Leg[] calldata legs) external returns (ObligationId obligation);

    /// @notice As `issue`, with each recipient's signed `Acceptance`: the pieces are held at once.
    function issueAccepted(LineId line, uint8 instrument, uint16 maturityDay, Leg[] calldata legs, Signature[] calldata acceptances)
        external
        returns (ObligationId obligation);

    // ---------------------------------------------------------------- accept, reject, expire

    /// @notice The recipient accepts offers before their deadline.
    function accept(PieceId[] calldata pieces) external;

    /// @notice The recipient refuses offers. The amounts go back to the parents (or to the line), the capacity to the documents.
    /// @param reason hash of the reason, or a short text
    function reject(PieceId[] calldata pieces, bytes32 reason) external;

    /// @notice Ends offers after their deadline, as if rejected. Anyone may.
    function expire(PieceId[] calldata pieces) external;

    // ---------------------------------------------------------------- split and transfer

    /// @notice The holder passes parts of a piece on, each against an invoice that it owes. The parts wait for consent; the rest stays.
    function transfer(PieceId parent, Leg[] calldata legs) external;

    /// @notice As `transfer`, with each recipient's signed `Acceptance`: the parts are held at once.
    function transferAccepted(PieceId parent, Leg[] calldata legs, Signature[] calldata acceptances) external;

    // ---------------------------------------------------------------- finance

    /// @notice The holder takes a bank's signed offer: the bank gets a new piece and the holder its cash, in this transaction.
    function finance(FinanceOffer calldata offer, Signature calldata bankSignature) external returns (PieceId piece);

    // ---------------------------------------------------------------- redeem

    /// @notice The issuer pays the holders from the day of maturity on, in this transaction. Nobody's suspension is in the way.
    function redeem(PieceId[] calldata pieces, address cashToken) external;

    // ---------------------------------------------------------------- overdue

    /// @notice Marks what is unpaid after maturity and days of grace; the issuer cannot issue until it is paid. Anyone may.
    function markOverdue(ObligationId obligation) external;

    // ---------------------------------------------------------------- read

    // Each word is one storage slot; its fields are in `libraries/*Words.sol`. `LedgerReader` takes them apart.

    /// @notice A piece's word; 0 if there is none.
    function pieceWord(PieceId piece) external view returns (PieceWord);

    /// @notice An obligation's word; 0 if there is none.
    function obligationWord(ObligationId obligation) external view returns (ObligationWord);

    /// @notice A line's word; 0 if there is none.
    function lineWord(LineId line) external view returns (LineWord);

    /// @notice The bank that granted a line; 0 if there is none.
    function bankOf(LineId line) external view returns (PartyId);

    /// @notice Lines and overdue obligations of an issuer.
    function issuerWord(PartyId issuer) external view returns (IssuerWord);

    /// @notice What a bank will hold, and holds, of an issuer's paper.
    function financingWord(PartyId bank, PartyId issuer, uint8 currency) external view returns (FinancingWord);

    /// @notice ERC-721: the account of the piece's owner. Reverts unless the piece is accepted and unpaid.
    function ownerOf(uint256 tokenId) external view returns (address);

    /// @notice ERC-3525: what is in an accepted, unpaid piece; else 0.
    function balanceOf(uint256 tokenId) external view returns (uint256);

    /// @notice ERC-3525: the piece's obligation.
    function slotOf(uint256 tokenId) external view returns (uint256);

    /// @notice ERC-721.
    function name() external view returns (string memory);

    /// @notice ERC-721.
    function symbol() external view returns (string memory);

    /// @notice ERC-3525. Values are whole minor units of each line's own currency, so there are none.
    function valueDecimals() external view returns (uint8);
}
