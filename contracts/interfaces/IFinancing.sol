// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {SaleWord} from "../libraries/SaleWords.sol";
import {PartyId, PieceId} from "../types/Identifiers.sol";
import {Signature} from "../types/Movements.sol";
import {PieceReference} from "../types/PieceReference.sol";
import {RuleId} from "../types/RuleIds.sol";
import {ILedgerParts} from "./ILedgerParts.sol";

/// @title Sales of pieces to banks
/// @notice A bank signs an offer for a piece or a part of it; the holder takes it, or leaves it. A bank sells on what it bought in the
/// same way.
///
/// Where the cash is a token, piece and cash change hands in one transaction (`finance`). Where it moves off chain, the sold part is locked
/// for the bank (`lock`) and becomes the bank's when the seller says that its cash came, or when the seller's account bank says so and the
/// seller does not contest it in time. A deadline only unlocks. The bank pays after it has seen the lock, in time before its deadline.
///
/// What each may do:
/// - A holder may take an offer, state what it must get at least, say that its cash came, and contest what its account bank says. It may
///   NOT change an offer, sell what is on hold, sell to a bank of its own group, sell what came by trade from an issuer of its own
///   group, nor take a lock back before its deadline.
/// - A bank may sign offers, and give a lock up. It may NOT buy from itself, beyond its financing limit, nor say that its own cash came.
/// - A fee payer may agree, by its signature, to bear the discount of one offer. Nobody else's agreement binds it.
/// - The seller's account bank at the time of the lock may attest that the cash came, up to the lock's deadline, even if the seller has gone to
///   another since. It may NOT do so where it is the funder or related
///   to the funder.
/// - Anyone may unlock after the deadline what nobody attested, and complete what was attested and not contested in time.
///
/// Nothing here keeps an issuer from paying: from the day of maturity on anyone may end every lock, since then an attested one that was not
/// contested completes, and every other one, contested or not, is unlocked; its amount is then paid to the seller. If the bank did pay for
/// it, that is a claim against the seller, off chain. So that every attestation can be contested for the full time before that day, a
/// lock's deadline leaves that time.
///
/// A hold that is laid on the parent or the obligation after the lock does not stop the lock's end either way: the cash may have come. The
/// hold binds the bank's piece like every descendant. A court's hold on the locked piece itself goes back with the amount to the
/// parent, if the sale comes to nothing.
///
/// A piece whose own document was cancelled cannot be sold, even before anybody has it held for that.
interface IFinancing is ILedgerParts {
    /// @notice A bank's signed offer to buy part or all of a piece. Signed (EIP-712, domain of the ledger) as
    /// `FinanceOffer(uint80 piece,uint16 parentIndex,uint40 evidence,uint16 maturityDay,uint16 childCount,uint64 amountMinor,
    /// uint64 priceMinor,uint32 annualRateMicros,uint16 dayCountBasis,uint32 feePayer,uint32 bank,address cashToken,uint40 validUntil,
    /// bytes32 registrationNumber,bytes32 descriptionHash)`.
    ///
    /// The offer says a price or a rate. With a rate the price is the amount less
    /// `amount × rate × days / (basis × 1,000,000)`, rounded up in the bank's favour, where days are those from today to the day of
    /// maturity in the line's time zone; so the price rises while the offer waits, and the discount that a fee payer agrees to only falls.
    /// @param piece the piece as its holder has it
    /// @param childCount of the piece when the offer was made; it fits once, because a sale makes a child
    /// @param amountMinor how much of the piece
    /// @param priceMinor what the bank pays for it net, at most the amount; 0 with a rate
    /// @param annualRateMicros parts per million a year; 0 with a price
    /// @param dayCountBasis 360 or 365 days a year for the rate; without meaning for a price
    /// @param feePayer who bears the discount: 0 or the seller, who then gets the price; or another party than the bank, which then
    /// pays the discount to the bank while the bank pays the whole amount to the seller
    /// @param cashToken the money that is paid with; 0 where the cash moves off chain
    /// @param validUntil unix seconds
    /// @param registrationNumber of the financing in the register of claims; never zero
    /// @param descriptionHash of what was registered; never zero
    struct FinanceOffer {
        PieceReference piece;
        uint16 childCount;
        uint64 amountMinor;
        uint64 priceMinor;
        uint32 annualRateMicros;
        uint16 dayCountBasis;
        PartyId feePayer;
        PartyId bank;
        address cashToken;
        uint40 validUntil;
        bytes32 registrationNumber;
        bytes32 descriptionHash;
    }

    /// @notice A bank bought a new piece, cut from `parent`, and paid for it. `priceMinor` is what it paid net; `feePayer`, unless 0, bore
    /// the difference to the amount, which the seller then got in full.
    event PieceFinanced(
        PieceId indexed piece,
        PieceId parent,
        PartyId indexed bank,
        uint64 amountMinor,
        uint64 priceMinor,
        PartyId feePayer,
        address cashToken,
        bytes32 registrationNumber,
        bytes32 descriptionHash
    );
    /// @notice A new piece, cut from `parent`, is locked for the bank, which has to pay off chain. Fields as in `PieceFinanced`.
    event PieceLocked(
        PieceId indexed piece,
        PieceId parent,
        PartyId indexed bank,
        uint64 amountMinor,
        uint64 priceMinor,
        PartyId feePayer,
        uint40 deadline,
        bytes32 registrationNumber,
        bytes32 descriptionHash
    );
    /// @notice The seller said that its cash came; `SaleCompleted` follows.
    event CashConfirmed(PieceId indexed piece);
    /// @notice The seller's account bank said that the seller's cash came. The seller may contest it up to and including this second.
    event CashAttested(PieceId indexed piece, PartyId indexed attestor, bytes32 paymentReference, uint40 contestableUntil);
    /// @notice The seller said that the cash which was attested did not come: a dispute.
    event AttestationContested(PieceId indexed piece, bytes32 reason);
    /// @notice The locked piece is held by its bank now.
    event SaleCompleted(PieceId indexed piece);
    /// @notice The sale came to nothing; the amount is back in the parent, and the piece expired.
    event PieceUnlocked(PieceId indexed piece);
    /// @notice The bank gave the sale up; the amount is back in the parent, and the piece rejected.
    event LockReleased(PieceId indexed piece);

    /// @notice The piece has had other children since the bank made its offer.
    error OfferStale(PieceId piece, uint16 childCount);
    /// @notice An offer says a price or a rate, not both.
    error PriceAmbiguous(uint64 priceMinor, uint32 annualRateMicros);
    /// @notice A year has 360 or 365 days.
    error DayCountUnknown(uint16 basis);
    error PriceAboveAmount(uint64 priceMinor, uint64 amountMinor);
    /// @notice At this rate nothing would be left to pay.
    error DiscountExceedsAmount(uint256 discountMinor, uint64 amountMinor);
    /// @notice The holder would get less than it said it must.
    error PriceBelowMinimum(uint64 proceedsMinor, uint64 minPriceMinor);
    /// @notice A financing is registered, with its description, before it is funded (`RULE_REGISTERED`).
    error RegistrationMissing(PieceId piece, RuleId rule);
    /// @notice A bank does not pay a discount to itself; it offers a price without one.
    error FeePayerIsBank(PartyId bank);
    error FinancingLimitExceeded(PartyId bank, PartyId issuer, uint64 requestedMinor, uint64 availableMinor);
    /// @notice The offer's money is a token, which `finance` moves with the piece.
    error CashMovesOnChain(address cashToken);
    /// @notice An attestation at the lock's deadline could not be contested in full before the day of maturity.
    error ContestBeyondMaturity(uint40 deadline, uint256 latest, RuleId rule);
    error NotTheAccountBank(PieceId piece, PartyId accountBank, PartyId caller);
    /// @notice That the cash came is not said by who has to pay it.
    error AttestorIsFunder(PieceId piece, PartyId bank);
    error CashNotAttested(PieceId piece);
    error CashAlreadyAttested(PieceId piece);
    /// @notice Only the seller's confirmation or the bank's release ends the dispute before the day of maturity.
    error AttestationInDispute(PieceId piece);
    error ContestStillOpen(PieceId piece, uint256 contestableUntil, RuleId rule);
    error ContestOver(PieceId piece, uint256 contestableUntil, RuleId rule);

    // ---------------------------------------------------------------- cash on chain

    /// @notice The holder takes a bank's signed offer: the bank gets a new piece and the holder its cash, in this transaction. The offer's
    /// money must be approved for the obligation's currency.
    /// @param bankSignature of the bank over the offer
    /// @param feePayerSignature where another party than the seller bears the discount, its signature over
    /// `FeeAgreement(uint32 payer,FinanceOffer offer)` with the offer's own type behind; else ignored
    /// @param minPriceMinor what the holder must get at least
    /// @return piece the bank's
    function finance(
        FinanceOffer calldata offer,
        Signature calldata bankSignature,
        Signature calldata feePayerSignature,
        uint64 minPriceMinor
    ) external returns (PieceId piece);

    // ---------------------------------------------------------------- cash off chain

    /// @notice The holder takes an offer whose cash moves off chain: the sold part waits, locked, until the cash has come. It counts
    /// against the bank's financing limit from now on; what a selling bank has locked counts as its own until the sale is complete, too.
    /// @param deadline unix seconds; after it anyone may unlock what nobody attested
    /// @return piece the locked one
    function lock(
        FinanceOffer calldata offer,
        Signature calldata bankSignature,
        Signature calldata feePayerSignature,
        uint64 minPriceMinor,
        uint40 deadline
    ) external returns (PieceId piece);

    /// @notice The seller says that its cash came: the sale is complete. Also after the deadline, and also to end a dispute.
    function confirmReceipt(PieceReference piece) external;

    /// @notice The bank that was the seller's account bank when the piece was locked says that the seller's cash came, up to the lock's deadline.
    /// @param paymentReference by which the payment is found in the bank's books
    function attestReceipt(PieceReference piece, bytes32 paymentReference) external;

    /// @notice The seller says that the cash which was attested did not come. Only within the hours that the rules give; also while it is
    /// suspended.
    /// @param reason hash of the reason, or a short text
    function contest(PieceReference piece, bytes32 reason) external;

    /// @notice Completes a sale that was attested and not contested in time. Anyone may.
    function complete(PieceReference piece) external;

    /// @notice Ends a sale that nobody attested before the deadline; from the day of maturity on also one that is contested. Anyone may.
    function unlock(PieceReference piece) external;

    /// @notice The bank gives its claim to a locked piece up, at any time.
    function releaseLock(PieceReference piece) external;

    // ---------------------------------------------------------------- read

    /// @notice What is noted of a sale while its piece is locked (`libraries/SaleWords.sol`); 0 if there is none.
    function saleWord(PieceId piece) external view returns (SaleWord);
}
