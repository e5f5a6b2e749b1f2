// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {FinancingWord} from "../libraries/FinancingWords.sol";
import {IssuerWord} from "../libraries/IssuerWords.sol";
import {LineTermsWord} from "../libraries/LineTermsWords.sol";
import {LineWord} from "../libraries/LineWords.sol";
import {ObligationWord} from "../libraries/ObligationWords.sol";
import {PieceWord} from "../libraries/PieceWords.sol";
import {EvidenceId, LineId, ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {Leg, Signature} from "../types/Movements.sol";
import {PieceReference} from "../types/PieceReference.sol";
import {ILedgerParts} from "./ILedgerParts.sol";

/// @title The ledger of a core enterprise's credit as it goes down its suppliers
/// @notice A bank grants a line to an issuer. The issuer issues pieces under it to its suppliers, each against an invoice that it confirmed.
/// A holder passes parts on to its own suppliers, against their invoices, or sells parts to a bank. At maturity the issuer pays whoever
/// holds. Every movement makes a new piece with its parent; an owner never changes in place, so the way from issuer to holder is
/// readable from storage alone (`ILedgerReader.path`).
///
/// This interface is the daily way of a piece. The rest is at the same address: `ILines` (limits, sharing), `IAllotments` (draws),
/// `IFinancing` (sales to banks), `IMaturity` (other ways of being paid by the issuer, or not),
/// `IGuarantees` (others pay in its place), `IHolds` (disputes, returns, courts), `ITokenViews` (explorers).
///
/// What each may do, always by a registered key of an active party, directly or by a signed order (`ISignedOrders`):
/// - An issuer may issue under its lines and redeem. It may NOT take back what was accepted.
/// - A recipient may accept or reject what is offered to it. Silence is never consent: after the deadline the offer is void.
/// - A holder may pass on and sell what it holds. Whoever bought for cash may only sell on for cash or wait for maturity.
/// - Anyone may end an offer after its deadline.
/// - The operator, the registrar, the rules' owner and the administrator have NO function here. Nobody can pause redemption.
///
/// Amounts are minor units of the line's currency. Days are days since 1970-01-01 in the line's time zone.
///
/// Explorers' events: a piece is minted (ERC-721 `Transfer`, ERC-3525 `SlotChanged` and `TransferValue`) when it is accepted, and burned
/// (`Transfer`; `PieceRedeemed` has the value) when it is redeemed. While an offer is open its amount has left the parent's balance and is in no token.
interface ICreditLedger is ILedgerParts {
    /// @notice What a recipient signs (EIP-712) to accept in advance. It fits once, because every use of a document raises its use count.
    /// @param obligation the obligation; for an issue the one that it makes
    /// @param parent the piece it is cut from; 0 for an issue
    /// @param recourse whether on default a holder may go back along the path
    /// @param evidenceUseCount times that the document was used before
    struct Acceptance {
        ObligationId obligation;
        PieceId parent;
        uint16 maturityDay;
        uint8 instrument;
        bool recourse;
        EvidenceId evidence;
        uint16 evidenceUseCount;
        uint64 amountMinor;
        PartyId recipient;
        uint40 deadline;
    }

    /// @notice The recipient refused; the amount is back in the parent, or the issue void.
    event PieceRejected(PieceId indexed piece, bytes32 reason);
    /// @notice Nobody consented in time; the amount is back in the parent, or the issue void.
    event PieceExpired(PieceId indexed piece);

    /// @notice A module was built on other contracts than the ledger.
    error WiringWrong(address expected, address found);
    /// @notice Two modules claim the same function.
    error FunctionTaken(bytes4 selector);
    /// @notice The ledger has no such function.
    error FunctionUnknown(bytes4 selector);
    /// @notice Only the rulebook says when its rules have changed.
    error NotTheRulebook(address caller);
    /// @notice What was bought for cash is passed on for cash only.
    error PieceBoughtForCash(PieceId piece);

    // ---------------------------------------------------------------- issue

    /// @notice The issuer promises to pay at maturity, to each recipient what its leg says. The pieces wait for consent.
    /// @param instrument 1 voucher, 2 bill
    /// @param recourse whether on default a holder may go back along the path
    function issue(LineId line, uint8 instrument, uint16 maturityDay, bool recourse, Leg[] calldata legs)
        external
        returns (ObligationId obligation);

    /// @notice As `issue`, with each recipient's signed `Acceptance`: the pieces are held at once.
    function issueAccepted(
        LineId line,
        uint8 instrument,
        uint16 maturityDay,
        bool recourse,
        Leg[] calldata legs,
        Signature[] calldata acceptances
    ) external returns (ObligationId obligation);

    // ---------------------------------------------------------------- accept, reject, expire

    /// @notice The recipient accepts offers before their deadline.
    function accept(PieceReference[] calldata pieces) external;

    /// @notice The recipient refuses offers. The amounts go back to the parents (or to the line), the capacity to the documents.
    /// @param reason hash of the reason, or a short text
    function reject(PieceReference[] calldata pieces, bytes32 reason) external;

    /// @notice Ends offers after their deadline, as if rejected. Anyone may.
    function expire(PieceReference[] calldata pieces) external;

    // ---------------------------------------------------------------- split and transfer

    /// @notice The holder passes parts of a piece on, each against an invoice that it owes. The parts wait for consent; the rest stays.
    function transfer(PieceReference parent, Leg[] calldata legs) external;

    /// @notice As `transfer`, with each recipient's signed `Acceptance`: the parts are held at once.
    function transferAccepted(PieceReference parent, Leg[] calldata legs, Signature[] calldata acceptances) external;

    // ---------------------------------------------------------------- redeem

    /// @notice The issuer pays the holders from the day of maturity on, in this transaction. Nobody's suspension and no hold is in the way;
    /// what a court holds is paid to the court's account.
    function redeem(PieceReference[] calldata pieces, address cashToken) external;

    // ---------------------------------------------------------------- rules

    /// @notice New rules were enacted: the copy that the ledger keeps is no longer good. Only the rulebook.
    function forgetRules(uint8 instrument) external;

    // ---------------------------------------------------------------- read

    // Each word is one storage slot; its fields are in `libraries/*Words.sol`. `LedgerReader` takes them apart.

    /// @notice A piece's word; 0 if there is none.
    function pieceWord(PieceId piece) external view returns (PieceWord);

    /// @notice An obligation's word; 0 if there is none.
    function obligationWord(ObligationId obligation) external view returns (ObligationWord);

    /// @notice A line's word; 0 if there is none.
    function lineWord(LineId line) external view returns (LineWord);

    /// @notice A line's bank, calendar and those who back it; 0 if there is none.
    function lineTermsWord(LineId line) external view returns (LineTermsWord);

    /// @notice Lines and overdue obligations of an issuer.
    function issuerWord(PartyId issuer) external view returns (IssuerWord);

    /// @notice What a bank will hold, and holds, of an issuer's paper.
    function financingWord(PartyId bank, PartyId issuer, uint8 currency) external view returns (FinancingWord);

    /// @notice The module that carries a function out; 0 where the entry does so itself or there is no such function.
    function moduleOf(bytes4 selector) external view returns (address);
}
