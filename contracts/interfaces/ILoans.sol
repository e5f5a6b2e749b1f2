// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ClaimWord} from "../libraries/ClaimWords.sol";
import {LoanWord} from "../libraries/LoanWords.sol";
import {EvidenceId, LoanId, PartyId, ReceiptId} from "../types/Identifiers.sol";
import {Signature} from "../types/Movements.sol";
import {RuleId} from "../types/RuleIds.sol";

/// @title Loans on goods in store and on orders
/// @notice A bank signs an offer; who owns the warehouse receipt, or is to deliver the order, takes it and draws. A draw uses what the
/// document can back and moves the bank's money, in one transaction; a repayment gives the document back.
///
/// A loan on a receipt has the lien on its lot, until it is repaid or the goods are sold: then it rests, with the bank's consent, on the
/// invoice that sold them, which it uses instead, and the invoice's buyer may pay the bank. A loan on an order has the order to itself; when the goods are
/// invoiced, the invoice takes over what the order was used for (`ITradeRegistry`), and the loan is repaid with it, or rests on it.
///
/// What each may do, directly or by a signed order (`ISignedOrders`):
/// - A borrower may take an offer, draw up to its limit before the day of maturity, repay at any time, also while it is suspended, and let
///   the loan rest on the invoice that sells the goods, if the bank consents. It may NOT end a lien otherwise than by paying; borrow from a
///   bank of its own group, on goods that a keeper of its own group stores, or against an order or invoice of its own group; nor draw once
///   the loan rests on a sale.
/// - A bank may sign offers, consent to a sale, end further draws, say that it was repaid off chain, and give its lien up. It may NOT raise a
///   rate, ask for repayment before the day of maturity, say that it lent what it did not, or take the goods: who sells them for it, does
///   so off chain.
/// - The buyer of the invoice that a loan rests on may pay the bank what it owes by that invoice. It may NOT pay more than that here.
/// - Anyone may note that a loan was not repaid in time. That changes nobody's debt.
/// - Keeper, operator, registrar and administrator have NO function here.
///
/// An invoice over the lot is the word of a buyer whom the borrower chose, and both can take it back by a credit note: so the bank says
/// whether it takes it for the goods. An invoice that fulfils an order is the word of who owes by the order, on which the bank lent.
///
/// By signing an offer a bank agrees that its account, through `Settlement`, pays every draw. What is owed is paid in the loan's own money
/// while that is approved. Once it is withdrawn, it pays until its notice ends, and any other approved money of the currency does so too,
/// for good: repayments on chain end only where no money of the currency is approved at all.
///
/// Interest is simple: `principal × rate × days / (basis × 1,000,000)`, where days are calendar days in the loan's time zone from each
/// draw to each repayment, summed exactly and rounded up in the bank's favour when it is paid. A payment pays interest first.
///
/// Every function on a loan names the loan's offer beside its number, so that an order never hits another loan after a re-organisation of
/// the chain.
interface ILoans {
    /// @notice A bank's offer, which it signs (EIP-712, domain "Pearlchain Loans", "1"). It can be taken once.
    /// @param kind of the document: 2 order, 3 warehouse receipt
    /// @param receipt the receipt that is pledged; 0 for an order
    /// @param evidence the order, or the receipt's document
    /// @param evidenceIdentity the document's identity
    /// @param borrower the document's seller: who owns the goods, or is to deliver
    /// @param limitMinor how much may be drawn at a time
    /// @param cashToken the money of draws, and of repayments on chain as long as it is approved
    /// @param annualRateMicros parts per million a year
    /// @param dayCountBasis 360 or 365 days a year
    /// @param maturityDay the last day to repay, and the first on which nothing is drawn
    /// @param utcOffsetQuarterHours of the loan's time zone
    /// @param validUntil unix seconds; the last one in which the offer can be taken
    /// @param twiceMeasured whether two unrelated parties must have measured the goods, at the start and at every draw
    /// @param registrationNumber of the financing in the register of claims; never zero
    /// @param descriptionHash of what was registered; never zero
    /// @param nonce any number, so that like offers differ
    struct LoanOffer {
        uint8 kind;
        ReceiptId receipt;
        EvidenceId evidence;
        bytes32 evidenceIdentity;
        PartyId borrower;
        PartyId bank;
        uint64 limitMinor;
        uint8 currency;
        address cashToken;
        uint32 annualRateMicros;
        uint16 dayCountBasis;
        uint16 maturityDay;
        int8 utcOffsetQuarterHours;
        uint40 validUntil;
        bool twiceMeasured;
        bytes32 registrationNumber;
        bytes32 descriptionHash;
        uint64 nonce;
    }

    /// @notice The borrower took the offer. `offerHash` is its EIP-712 struct hash.
    event LoanOpened(LoanId indexed loan, PartyId indexed borrower, PartyId indexed bank, bytes32 offerHash, LoanOffer offer);
    /// @notice The bank's money is the borrower's, and uses `evidence`. `day` counts days since 1970-01-01 in the loan's time zone.
    event LoanDrawn(LoanId indexed loan, EvidenceId indexed evidence, uint64 amountMinor, uint16 day);
    /// @notice The bank was paid interest and principal; `evidence` got `releasedMinor` back. Cash token 0 where the cash moved off chain, as
    /// `RepaymentAttested` says before.
    event LoanRepaid(
        LoanId indexed loan,
        EvidenceId indexed evidence,
        uint64 interestMinor,
        uint64 principalMinor,
        uint64 releasedMinor,
        uint16 day,
        address cashToken
    );
    /// @notice The bank says that it was paid off chain. `LoanRepaid` or `SalePaid` follows.
    event RepaymentAttested(LoanId indexed loan, uint64 amountMinor, bytes32 paymentReference);
    /// @notice The goods are sold: the loan uses the invoice, with `restingMinor`, instead of receipt or order, and the lien has ended.
    event SaleAssigned(LoanId indexed loan, EvidenceId indexed invoice, uint64 restingMinor);
    /// @notice The invoice's buyer paid the bank. The invoice stays used, and is used for `usedMinor` more, since the buyer paid interest
    /// too. Cash token as in `LoanRepaid`.
    event SalePaid(
        LoanId indexed loan,
        EvidenceId indexed invoice,
        uint64 interestMinor,
        uint64 principalMinor,
        uint64 usedMinor,
        uint16 day,
        address cashToken
    );
    /// @notice Nothing further is drawn.
    event DrawsEnded(LoanId indexed loan, uint64 principalMinor);
    /// @notice The bank gave its lien up; what is owed stays owed.
    event LienGivenUp(LoanId indexed loan);
    /// @notice The day of maturity is over, and this much was not paid.
    event LoanDefaulted(LoanId indexed loan, uint64 principalMinor, uint256 interestMinor);
    /// @notice Nothing is owed, and the goods or the order are free.
    event LoanClosed(LoanId indexed loan);

    /// @notice Another contract of the set was built for other loans.
    error WiringWrong(address expected, address found);
    error LoanUnknown(LoanId loan);
    /// @notice The loan was made by another offer than the one that was meant.
    error LoanMismatch(LoanId loan, bytes32 expected, bytes32 found);
    error LoanNotLive(LoanId loan);
    error NotTheBorrower(PartyId borrower, PartyId caller);
    error NotTheLender(LoanId loan, PartyId bank, PartyId caller);
    /// @notice Only who owes the invoice pays it.
    error NotTheBuyer(LoanId loan, PartyId buyer, PartyId caller);
    error OfferAlreadyTaken(bytes32 offerHash, LoanId loan);
    error OfferExpired(uint40 validUntil);
    /// @notice The signature is not this key's over exactly this.
    error SignatureInvalid(PartyId party, address key);
    /// @notice A loan is on a warehouse receipt, or on an order and no receipt.
    error CollateralUnknown(uint8 kind, ReceiptId receipt);
    /// @notice The document is the receipt's, and the receipt is live.
    error CollateralMismatch(ReceiptId receipt, EvidenceId expected, EvidenceId found);
    /// @notice An order secures one loan at a time.
    error OrderTaken(EvidenceId order, LoanId loan);
    error ZeroAmount();
    /// @notice A year has 360 or 365 days.
    error DayCountUnknown(uint16 basis);
    error MaturityNotAhead(uint16 maturityDay, uint16 today);
    /// @notice A financing is registered, with its description, before it is funded (`RULE_REGISTERED`).
    error RegistrationMissing(RuleId rule);
    error LoanLimitExceeded(LoanId loan, uint64 requestedMinor, uint64 availableMinor);
    /// @notice The bank consented to the sale for a time that is over.
    error ConsentExpired(uint40 validUntil);
    /// @notice What is owed is paid in the loan's own money, as long as that is approved.
    error CashTokenMismatch(LoanId loan, address expected, address given);
    /// @notice Nothing is drawn from the day of maturity on.
    error LoanMatured(LoanId loan, uint16 maturityDay, uint16 today);
    error LoanNotMatured(LoanId loan, uint16 maturityDay, uint16 today);
    error AmountExceedsDebt(LoanId loan, uint64 amountMinor, uint256 owedMinor);
    /// @notice The loan does not use this document.
    error NotOfLoan(LoanId loan, EvidenceId evidence);
    /// @notice The invoice took over less than this from the order, or it was repaid already.
    error CarriedExceeded(EvidenceId invoice, uint64 requestedMinor, uint64 leftMinor);
    error LoanIsSold(LoanId loan, EvidenceId invoice);
    error LoanNotSold(LoanId loan);
    /// @notice The invoice is over other goods, or none.
    error LotMismatch(EvidenceId invoice, bytes32 expected, bytes32 found);
    /// @notice The buyer owes less by this invoice.
    error SaleExceeded(LoanId loan, uint64 requestedMinor, uint64 leftMinor);
    error NothingOwed(LoanId loan);
    error StillOwed(LoanId loan, uint256 owedMinor);
    /// @notice The loan has no lien (any more).
    error NotSecured(LoanId loan);

    // ---------------------------------------------------------------- open and draw

    /// @notice The borrower takes a bank's offer: the receipt is pledged, or the order bound. Nothing is drawn yet. Only the borrower.
    /// @param bankSignature EIP-712, by a key of the bank over the offer
    function open(LoanOffer calldata offer, Signature calldata bankSignature) external returns (LoanId loan);

    /// @notice Money from the bank's account to the borrower's. The document must still be able to back it, and goods must be sound
    /// (`IWarehouse.requireSound`). Only the borrower.
    function draw(LoanId loan, bytes32 offerHash, uint64 amountMinor) external;

    /// @notice Nothing further is drawn. Only the bank.
    function endDraws(LoanId loan, bytes32 offerHash) external;

    // ---------------------------------------------------------------- repay

    /// @notice Money from the borrower's account to the bank's: interest first. When nothing is owed any more, the loan is closed. Only the
    /// borrower.
    /// @param amountMinor at most what is owed (`owed`)
    /// @param evidence the document that gets the principal back: the loan's own, or an invoice that took over from the loan's order
    /// @param cashToken the loan's own; once that is withdrawn, any other that is approved
    function repay(LoanId loan, bytes32 offerHash, uint64 amountMinor, EvidenceId evidence, address cashToken) external;

    /// @notice The bank says that it was repaid off chain. Only the bank.
    /// @param evidence as in `repay`; 0 where the buyer of the invoice that the loan rests on paid, so that the invoice stays used
    /// @param paymentReference by which the payment is found in the bank's books
    function attestRepayment(LoanId loan, bytes32 offerHash, uint64 amountMinor, EvidenceId evidence, bytes32 paymentReference) external;

    /// @notice Closes a loan of which nothing is owed, such as one that was never drawn. The borrower or the bank.
    function close(LoanId loan, bytes32 offerHash) external;

    // ---------------------------------------------------------------- the goods are sold

    /// @notice From now on the loan rests on the invoice that sells the goods; the lien has ended, or the order is free. Only the borrower.
    /// @param invoiceIdentity of a registered invoice of the borrower's that an unrelated buyer confirmed: over the receipt's lot, with as
    /// much left to back as was drawn and not repaid; or one that took all of that over from the order
    /// @param consentUntil unix seconds; the last one in which the bank's consent holds
    /// @param bankSignature EIP-712, by a key of the bank over
    /// `SaleConsent(uint40 loan,bytes32 offerHash,bytes32 invoiceIdentity,uint40 validUntil)`; ignored for a loan on an order
    function assignSale(
        LoanId loan,
        bytes32 offerHash,
        bytes32 invoiceIdentity,
        uint40 consentUntil,
        Signature calldata bankSignature
    ) external;

    /// @notice Money from the account of the invoice's buyer to the bank's, for the buyer's debt by the invoice. Only the buyer.
    /// @param amountMinor at most what is owed, and what the buyer owes by the invoice of it (`restingMinor`, and what is left of the
    /// invoice for interest)
    /// @param cashToken as in `repay`
    function payFromSale(LoanId loan, bytes32 offerHash, uint64 amountMinor, address cashToken) external;

    // ---------------------------------------------------------------- not repaid

    /// @notice Notes that the loan was not repaid by its day of maturity. Anyone may.
    function markDefault(LoanId loan) external;

    /// @notice The bank gives its lien on the goods up, for instance because they were sold for it and what they brought was not enough.
    /// The receipt's document stays used. Only the bank.
    function giveUpLien(LoanId loan, bytes32 offerHash) external;

    // ---------------------------------------------------------------- read

    /// @notice What is owed today.
    /// @return principalMinor drawn and not repaid
    /// @return interestMinor rounded up
    function owed(LoanId loan) external view returns (uint64 principalMinor, uint256 interestMinor);

    /// @notice A loan's word (`libraries/LoanWords.sol`); 0 if there is none.
    function loanWord(LoanId loan) external view returns (LoanWord);

    /// @notice What a loan bears and rests on (`libraries/ClaimWords.sol`); 0 if there is none.
    function claimWord(LoanId loan) external view returns (ClaimWord);

    /// @notice The money of a loan.
    function cashTokenOf(LoanId loan) external view returns (address);

    /// @notice The struct hash of the offer that made a loan.
    function offerHashOf(LoanId loan) external view returns (bytes32);

    /// @notice The loan that an offer made; 0 while it is not taken.
    function loanOf(bytes32 offerHash) external view returns (LoanId);

    /// @notice The live loan on an order; 0 if there is none.
    function loanOn(EvidenceId order) external view returns (LoanId);

    /// @notice Of the invoice that a loan rests on, what is used for the loan and not paid by the invoice's buyer.
    function restingMinor(LoanId loan) external view returns (uint64);

    /// @notice Of what an invoice took over from its order, what was repaid or assigned since.
    function settledCarryMinor(EvidenceId invoice) external view returns (uint64);

    /// @notice Loans are numbered from 1 to this.
    function loanCount() external view returns (uint40);
}
