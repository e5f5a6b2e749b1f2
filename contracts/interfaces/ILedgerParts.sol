// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ObligationWord} from "../libraries/ObligationWords.sol";
import {PieceWord} from "../libraries/PieceWords.sol";
import {LineId, ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {PieceState} from "../types/Movements.sol";
import {PieceReference} from "../types/PieceReference.sol";
import {RuleId} from "../types/RuleIds.sol";

/// @title What the ledger's entry and its modules share: events of a piece's life and refusals
/// @notice A refusal is named by the rule that it keeps. Where the rule is a parameter of the rulebook, it carries that parameter's id.
interface ILedgerParts {
    /// @notice What the ledger is built on. Entry and modules are built with the same, or not at all.
    /// @param forwarder the only address that may speak for others: it checks their signed orders (`ISignedOrders`)
    /// @param ticksASecond 1 where block time is in seconds, 1,000 where it is in milliseconds
    struct Wiring {
        address participants;
        address rulebook;
        address registry;
        address settlement;
        address forwarder;
        uint16 ticksASecond;
    }

    /// @notice An obligation was made, with these terms (`libraries/ObligationWords.sol`); its pieces are told by the events that follow.
    event Issued(ObligationId indexed obligation, ObligationWord terms);
    /// @notice A piece was made as this word says (`libraries/PieceWords.sol`): offered, or accepted by the signature that came along.
    event PieceOffered(PieceId indexed piece, PartyId indexed recipient, PieceWord word);
    /// @notice The recipient consented, in person or by a signature in advance.
    event PieceAccepted(PieceId indexed piece);
    /// @notice The issuer paid all that is in a piece: `payee` is the owner, or the regulator that holds the piece for a court. Cash
    /// token 0 where the cash moved off chain.
    event PieceRedeemed(PieceId indexed piece, uint64 amountMinor, PartyId payee, address cashToken);
    /// @notice Nothing is owed any more under an obligation that was overdue.
    event ObligationCured(ObligationId indexed obligation);
    /// @notice ERC-721.
    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);
    /// @notice ERC-3525.
    event TransferValue(uint256 indexed fromTokenId, uint256 indexed toTokenId, uint256 value);
    /// @notice ERC-3525.
    event SlotChanged(uint256 indexed tokenId, uint256 indexed oldSlot, uint256 indexed newSlot);

    error ListsDiffer(uint256 left, uint256 right);
    /// @notice A call that names nothing.
    error NothingNamed();
    error ZeroAmount();
    error CurrencyMissing();
    error RoleMissing(PartyId party, uint16 roles);
    error LineUnknown(LineId line);
    /// @notice A line has at most 16,777,215 obligations.
    error TooManyObligations(LineId line);
    error NotTheBank(LineId line, PartyId bank, PartyId caller);
    error NotTheIssuer(LineId line, PartyId issuer, PartyId caller);
    error LineExpired(LineId line, uint16 expiryDay, uint16 today);
    error LineNotOpen(LineId line);
    error CreditLimitExceeded(LineId line, uint256 requestedMinor, uint64 availableMinor);
    /// @notice The issuer leaves something unpaid that was due; it issues again once that is cured (`RULE_CURED`).
    error IssuerOverdue(PartyId issuer, RuleId rule);
    error MaturityNotAhead(uint16 maturityDay, uint16 today);
    error TenorTooLong(uint16 maturityDay, uint256 latestDay, RuleId rule);
    error MaturityBeyondLine(LineId line, uint16 maturityDay, uint16 expiryDay);
    error DeadlinePassed(uint40 deadline);
    /// @notice All offers end before the day of maturity begins.
    error DeadlineBeyondMaturity(uint40 deadline, uint256 latest);
    /// @notice An issuer's debt to itself is none.
    error IssuerCannotReceive(PartyId issuer);
    error PiecesExceeded(ObligationId obligation, uint256 requested, uint16 maxPieces, RuleId rule);
    error HopsExceeded(PieceId parent, uint8 maxHops, RuleId rule);
    error PieceUnknown(PieceId piece);
    /// @notice The ledger's piece with this id has another parent, evidence or maturity than the order says.
    error PieceMismatch(PieceReference expected, PieceReference found);
    error NotTheOwner(PieceId piece, PartyId owner, PartyId caller);
    error PieceNotInState(PieceId piece, PieceState state);
    /// @notice A hold on `marked`, the piece itself or one that it was cut from, stops it; index 0 is the whole obligation.
    error PieceOnHold(PieceId piece, PieceId marked);
    error AmountExceedsPiece(PieceId piece, uint256 requestedMinor, uint64 availableMinor);
    /// @notice From the day of maturity on a piece is paid, no longer moved.
    error ObligationMatured(ObligationId obligation, uint16 maturityDay, uint16 today);
    error OfferExpired(PieceId piece, uint40 deadline);
    error OfferStillOpen(PieceId piece, uint40 deadline);
    error SignatureInvalid(PartyId party, address key);
    error NotMature(ObligationId obligation, uint16 maturityDay, uint16 today);
    /// @notice Pieces of one payment have one currency.
    error CurrencyMismatch(uint8 expected, uint8 given);
    /// @notice Offers cut from the piece are still open; after their deadline anyone may end them.
    error OffersOpen(PieceId piece, uint16 openOffers);
    /// @notice Somebody must first mark it as overdue, after maturity and the days of grace.
    error NotOverdue(ObligationId obligation);
    /// @notice A part payment is at least a hundredth of the obligation's face, or all that is left in the piece, or all that a guarantor's share
    /// still covers: `leastMinor` is the least of them.
    error PartTooSmall(PieceId piece, uint64 requestedMinor, uint64 leastMinor);
    /// @notice The obligation has 65,535 pieces, so nothing more is cut off for a payment; a whole piece can still be paid.
    error PiecesUsedUp(ObligationId obligation);
}

/// @title A part of the ledger's code
/// @notice Runs by delegate call in the ledger's storage; called at its own address it finds that storage empty and can do nothing.
interface ILedgerModule {
    /// @notice The functions that the ledger hands to it.
    function selectors() external pure returns (bytes4[] memory);

    /// @notice What it was built on, as a hash; the ledger takes it only if that is what the ledger was built on.
    function wiringHash() external view returns (bytes32);
}
