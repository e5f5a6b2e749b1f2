// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {PaymentWord} from "../libraries/PaymentWords.sol";
import {ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {Signature} from "../types/Movements.sol";
import {PieceReference} from "../types/PieceReference.sol";
import {RuleId} from "../types/RuleIds.sol";
import {ILedgerParts} from "./ILedgerParts.sol";

/// @title Maturity: how a piece is paid by its issuer, or not
/// @notice Whole pieces are paid by `ICreditLedger.redeem`. Here are the other ways: in parts, early at an agreed price, off chain; and
/// what follows when nothing is paid: overdue, written off, made good after all.
///
/// A payment goes to the piece's owner, or to the account of the court that holds it. From the day of maturity on nobody's suspension, no
/// hold and no other payment that is under way is in the way of one. What is paid in part is cut off as a piece of its own
/// (its owner the same, its evidence none, its tier the same, one hop more) that is redeemed at once; so the amounts of all pieces
/// still add up to the obligation's face. What is paid as a whole, with no offer open, is redeemed itself. A part is at least a hundredth
/// of the obligation's face (`PartTooSmall`), unless less is left: so nobody uses up the 65,535 numbers of an obligation's pieces.
///
/// What each may do:
/// - The issuer may pay from the day of maturity on; before, only at a price that the holder signed; and what was written off, at any
///   time. It may NOT say by itself that it has paid off chain, nor keep anyone from marking it overdue.
/// - A holder may say that it was paid off chain, contest what its account bank says, sign a price for an early payment, and give an
///   overdue piece up. It may NOT write off what is not overdue, nor make anyone pay.
/// - The holder's account bank may say that a payment off chain came. It may NOT do so where it is the issuer or related to it, for
///   what a court holds, nor again after the holder contested; and it takes effect only when the hours to contest are over.
/// - A regulator that holds a piece for a court takes the holder's place in saying that the court's account was paid; it alone may then.
/// - Anyone may mark overdue what is overdue, and complete what was attested and not contested.
/// - The operator, the registrar and the line's bank have NO power here.
///
/// An early payment is no payment of what is due, but an agreement: a hold, the holder's suspension or an open offer stops it.
interface IMaturity is ILedgerParts {
    /// @notice A holder's signed consent to be paid before maturity. Signed (EIP-712, domain of the ledger) as
    /// `EarlyRedemption(uint80 piece,uint16 parentIndex,uint40 evidence,uint16 maturityDay,uint64 amountMinor,uint64 priceMinor,
    /// address cashToken,uint16 childCount,uint40 validUntil)`.
    /// @param piece the piece as its holder has it
    /// @param amountMinor all that is in it
    /// @param priceMinor what the issuer pays for it, at most the amount
    /// @param childCount of the piece when the holder signed; it fits no more once anything was cut from it
    /// @param validUntil unix seconds
    struct EarlyRedemption {
        PieceReference piece;
        uint64 amountMinor;
        uint64 priceMinor;
        address cashToken;
        uint16 childCount;
        uint40 validUntil;
    }

    /// @notice A part of `parent` was paid: it is the new piece `piece`, redeemed. Cash token 0 where the cash moved off chain.
    event PartRedeemed(PieceId indexed piece, PieceId indexed parent, uint64 amountMinor, PartyId payee, address cashToken);
    /// @notice The issuer paid all that is in a piece before maturity, at the price that its holder signed.
    event PieceRedeemedEarly(PieceId indexed piece, uint64 amountMinor, uint64 priceMinor, address cashToken);
    /// @notice Who was to be paid says that it was, off chain; `PieceRedeemed`, `PartRedeemed` or `LossMadeGood` follows. As much less is
    /// attested for the piece; a dispute about that is over.
    event PaymentConfirmed(PieceId indexed piece, uint64 amountMinor, PartyId indexed payee, bytes32 paymentReference);
    /// @notice The holder's account bank says that a payment came. The holder may contest it up to and including this second.
    event PaymentAttested(
        PieceId indexed piece, PartyId indexed attestor, uint64 amountMinor, bytes32 paymentReference, uint40 contestableUntil
    );
    /// @notice The holder says that the payment which was attested did not come: a dispute. Nothing is redeemed by it.
    event PaymentContested(PieceId indexed piece, bytes32 reason);
    /// @notice What was attested holds, as far as it is left in the piece; `PieceRedeemed` or `PartRedeemed` follows.
    event PaymentCompleted(PieceId indexed piece);
    /// @notice Unpaid after maturity and the days of grace. Its issuer issues nothing until it is cured. `day` is today in the line's
    /// time zone.
    event ObligationOverdue(ObligationId indexed obligation, uint64 liveMinor, uint16 day);
    /// @notice At least three of the issuer's obligations became overdue in the six months up to this day.
    event IssuerPersistentlyOverdue(PartyId indexed issuer, uint16 day);
    /// @notice The owner gave the piece up for lost. The amount is owed no more to anybody, but still uses the line.
    event PieceWrittenOff(PieceId indexed piece, uint64 amountMinor, bytes32 reason);
    /// @notice The issuer paid after all what was written off. Cash token 0 where the cash moved off chain.
    event LossMadeGood(PieceId indexed piece, uint64 amountMinor, PartyId payee, address cashToken);

    error PriceAboveAmount(uint64 priceMinor, uint64 amountMinor);
    /// @notice The holder signed for another amount, or before something was cut from the piece.
    error AgreementStale(PieceId piece, uint64 amountMinor, uint16 childCount);
    /// @notice Only who is to be paid says that it was: the owner, or the regulator that holds the piece for a court.
    error NotThePayee(PieceId piece, PartyId payee, PartyId caller);
    error NotTheAccountBank(PieceId piece, PartyId accountBank, PartyId caller);
    /// @notice What a court holds is neither given up nor attested by anybody else.
    error PieceHeldByCourt(PieceId piece, PartyId court);
    error PaymentNotAttested(PieceId piece);
    /// @notice Another payment is attested and not yet completed.
    error PaymentAlreadyAttested(PieceId piece, uint64 amountMinor);
    /// @notice The owner contested; only its own confirmation, or a payment on chain, goes on from here.
    error PaymentInDispute(PieceId piece);
    error ContestStillOpen(PieceId piece, uint256 contestableUntil, RuleId rule);
    error ContestOver(PieceId piece, uint256 contestableUntil, RuleId rule);
    /// @notice Nobody holds anything of it that is unpaid.
    error NothingOwed(ObligationId obligation);
    error AlreadyOverdue(ObligationId obligation);
    /// @notice It falls due on the first business day from maturity on, and the days of grace come after that.
    error NotOverdueYet(ObligationId obligation, uint256 firstOverdueDay, uint16 today, RuleId rule);

    // ---------------------------------------------------------------- the issuer pays on chain

    /// @notice The issuer pays a part of a piece, or all that is left in it, from the day of maturity on, in this transaction. A part is at least
    /// a hundredth of the obligation's face.
    /// @return paid the redeemed piece: a new one, or `piece` where all of it was paid and no offer is open
    function payPart(PieceReference piece, uint64 amountMinor, address cashToken) external returns (PieceId paid);

    /// @notice The issuer pays all that is in a piece before maturity, at a price that its holder signed.
    function redeemEarly(EarlyRedemption calldata agreement, Signature calldata holderSignature) external;

    // ---------------------------------------------------------------- the issuer paid off chain

    /// @notice Who is to be paid for a piece (its owner, or a court's regulator) says that all or a part of it was paid. Also while
    /// suspended, since the issuer must be able to have paid; also of what its account bank attested, which is less by as much and stands
    /// for the rest. A part is at least a hundredth of the obligation's face.
    /// @param paymentReference by which the payment is found in a bank's books
    /// @return paid the redeemed piece
    function confirmPayment(PieceReference piece, uint64 amountMinor, bytes32 paymentReference) external returns (PieceId paid);

    /// @notice The owner's account bank says that all or a part of a piece was paid. The owner has the hours that the rules give to
    /// contest. A part is at least a hundredth of the obligation's face. It is said by the bank that the owner has at this moment: who pays off
    /// chain looks for an announced change of account, which is public for days before it applies.
    function attestPayment(PieceReference piece, uint64 amountMinor, bytes32 paymentReference) external;

    /// @notice The owner says that the payment which its account bank attested did not come. Also while it is suspended.
    /// @param reason hash of the reason, or a short text
    function contestPayment(PieceReference piece, bytes32 reason) external;

    /// @notice Redeems what was attested and not contested in time; where less is left in the piece, since others paid meanwhile, all of
    /// that. Anyone may.
    /// @return paid the redeemed piece
    function completePayment(PieceReference piece) external returns (PieceId paid);

    // ---------------------------------------------------------------- nobody paid

    /// @notice Marks an obligation of which anybody still holds something after maturity and the days of grace. Anyone may. Where
    /// maturity is a holiday in the line's calendar, the days of grace begin with the next business day, at most 15 days later.
    function markOverdue(ObligationId obligation) external;

    /// @notice The owner gives an overdue piece up for lost. Nothing of it can be redeemed, guaranteed or claimed any more; only the
    /// issuer can make it good. A loss frees no headroom: the line stays used, and its issuer stopped, until then. A bank that bought
    /// the piece does not count it as financed any more.
    /// @param reason hash of the reason, or a short text
    function writeOff(PieceReference piece, bytes32 reason) external;

    /// @notice The issuer pays whole pieces that were written off, after all: they are redeemed, and the line is free.
    function makeGood(PieceReference[] calldata pieces, address cashToken) external;

    /// @notice Who is to be paid says that a written-off piece was paid off chain, after all and in full.
    function confirmMadeGood(PieceReference piece, bytes32 paymentReference) external;

    // ---------------------------------------------------------------- read

    /// @notice The first day, in the line's time zone, on which an obligation is overdue where anything of it is unpaid: after the business
    /// day on which it falls due and the days of grace, by the calendar as it is now.
    function firstOverdueDay(ObligationId obligation) external view returns (uint256);

    /// @notice What was written off under an obligation and not made good since.
    function lossOf(ObligationId obligation) external view returns (uint64);

    /// @notice What the account bank attested for a piece (`libraries/PaymentWords.sol`); 0 if nothing.
    function paymentWord(PieceId piece) external view returns (PaymentWord);

    /// @notice Whether three of the issuer's obligations became overdue in the six months up to this day.
    function isPersistentlyOverdue(PartyId issuer, uint16 today) external view returns (bool);
}
