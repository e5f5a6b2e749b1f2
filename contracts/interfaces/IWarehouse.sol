// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {LotWord} from "../libraries/LotWords.sol";
import {ReceiptWord} from "../libraries/ReceiptWords.sol";
import {EvidenceId, LoanId, PartyId, ReceiptId} from "../types/Identifiers.sol";

/// @title Goods in store, and who has a claim to them
/// @notice A keeper measures a lot and signs receipts for parts of it, never for more than it measured. A receipt can be pledged for a
/// loan; a lot has one live lien, whatever number of receipts is out for it. Parts that are to be pledged one by one are measured as lots
/// of their own.
///
/// What each may do, directly or by a signed order (`ISignedOrders`):
/// - A keeper may measure lots of depositors outside its own group, again whenever it likes and with whatever result, sign receipts,
///   and end a receipt that is not pledged when the goods leave. It may NOT sign for more than it measured, for goods that
///   another keeper measured, or let pledged goods go.
/// - A second keeper, or an attestor, may confirm what the keeper found last. It may NOT do so for itself or for its own group's
///   goods, and a new measurement needs a new confirmation.
/// - The owner of a receipt may pass it on while it is not pledged. It may NOT pledge it other than by a loan.
/// - The loans may pledge and release. Nobody else may.
/// - Bank, operator, registrar and administrator have NO function here.
///
/// Trust: that the goods exist rests on the keeper's word; a second measurement makes it two words. A keeper can end a receipt that is not
/// pledged without its owner, just as it can let the goods go.
///
/// A receipt's document names the owner that it was signed for. Whoever gets the receipt later can pass it on and be given the goods, but
/// borrows on it only after the keeper has ended it and signed a new one, against a document of the new owner's. Goods whose invoice, with
/// the lot on it, backs credit are not pledged any more: a new owner has them measured as a new lot.
///
/// A quantity is in the lot's own unit (grams, pieces), which the measurement's document says.
interface IWarehouse {
    /// @notice The keeper found this much. A confirmation of what it found before is void. The first one says who keeper and depositor are.
    event LotMeasured(bytes32 indexed lot, PartyId indexed keeper, PartyId depositor, uint64 quantity);
    /// @notice Somebody else found the same.
    event MeasurementConfirmed(bytes32 indexed lot, PartyId indexed confirmer, uint64 quantity);
    /// @notice Live receipts are for more than the keeper found. Until that is cured, nothing new comes to rest on the lot.
    event StockShort(bytes32 indexed lot, uint64 measured, uint64 receipted);
    /// @notice The keeper owes this much of the lot to the owner.
    event ReceiptIssued(ReceiptId indexed receipt, bytes32 indexed lot, EvidenceId evidence, uint64 quantity, PartyId indexed owner);
    /// @notice The goods are another owner's from now on.
    event ReceiptTransferred(ReceiptId indexed receipt, PartyId indexed from, PartyId indexed to);
    /// @notice The goods left; the receipt has ended.
    event ReceiptWithdrawn(ReceiptId indexed receipt);
    /// @notice The goods secure the loan, and nothing else.
    event ReceiptPledged(ReceiptId indexed receipt, LoanId indexed loan);
    /// @notice The goods secure the loan no more.
    event ReceiptReleased(ReceiptId indexed receipt, LoanId indexed loan);

    /// @notice Only the loans pledge and release.
    error NotTheLoans(address caller);
    error LotMissing();
    error ZeroQuantity();
    /// @notice No keeper has measured it.
    error LotUnknown(bytes32 lot);
    /// @notice A lot has one keeper, who measured it first.
    error NotTheKeeper(bytes32 lot, PartyId keeper, PartyId caller);
    error DepositorMismatch(bytes32 lot, PartyId expected, PartyId given);
    /// @notice What is confirmed is exactly what the keeper found last.
    error MeasurementDiffers(bytes32 lot, uint64 measured, uint64 given);
    error AlreadyConfirmed(bytes32 lot, PartyId confirmer);
    /// @notice No document with this identity says that this keeper owes this lot to this owner.
    error DocumentMismatch(bytes32 evidenceIdentity, bytes32 lot, PartyId keeper, PartyId owner);
    /// @notice A document is one receipt's, for good.
    error DocumentTaken(EvidenceId evidence, ReceiptId receipt);
    /// @notice All live receipts together are for no more than what the keeper measured.
    error StockExceeded(bytes32 lot, uint64 requested, uint64 free);
    /// @notice Less was measured than live receipts are for.
    error LotShort(bytes32 lot, uint64 measured, uint64 receipted);
    error ReceiptNotLive(ReceiptId receipt);
    /// @notice The receipt's document is another than the one that was meant.
    error ReceiptMismatch(ReceiptId receipt, bytes32 evidenceIdentity);
    error NotTheOwner(ReceiptId receipt, PartyId owner, PartyId caller);
    /// @notice Pledged goods neither leave nor change hands, and secure one loan.
    error ReceiptIsPledged(ReceiptId receipt, LoanId loan);
    error ReceiptNotPledged(ReceiptId receipt);
    /// @notice A lot has one live lien.
    error LotIsPledged(bytes32 lot);
    /// @notice Invoices over these goods back credit already.
    error GoodsBackReceivables(bytes32 lot, uint256 usedMinor);
    /// @notice The loan asks for two measurements by different parties, and there is one.
    error NotTwiceMeasured(bytes32 lot);

    // ---------------------------------------------------------------- measured

    /// @notice What a keeper finds of a lot. Only a keeper that is unrelated to the depositor; later only the same, and one that has become
    /// related may still find less. Receipts that are out stay out when less is found.
    /// @param lot blinded
    /// @param depositor whose goods they are
    function measure(bytes32 lot, PartyId depositor, uint64 quantity) external;

    /// @notice A second party found the same. Only a keeper or attestor that is related neither to the lot's keeper nor to its depositor.
    function confirmMeasurement(bytes32 lot, uint64 quantity) external;

    // ---------------------------------------------------------------- receipts

    /// @notice The keeper owes part of the lot to its owner. Only the lot's keeper.
    /// @param evidenceIdentity of the registered warehouse receipt (`ITradeRegistry`): buyer the keeper, seller the owner, this lot. Named
    /// by its identity, which no re-organisation of the chain changes
    function issueReceipt(bytes32 lot, bytes32 evidenceIdentity, uint64 quantity, PartyId owner) external returns (ReceiptId receipt);

    /// @notice Another party owns the goods from now on. Only the owner, while the receipt is not pledged.
    /// @param evidenceIdentity of the receipt's document, so that the order fits no other receipt
    function transferReceipt(ReceiptId receipt, bytes32 evidenceIdentity, PartyId newOwner) external;

    /// @notice The goods leave, or another receipt takes its place. Only the lot's keeper, while the receipt is not pledged.
    /// @param evidenceIdentity of the receipt's document, so that the order fits no other receipt
    function withdraw(ReceiptId receipt, bytes32 evidenceIdentity) external;

    // ---------------------------------------------------------------- liens

    /// @notice The receipt secures the loan. Only the loans. Refused unless `requireSound`, and while the lot has a lien or invoices over
    /// it back credit.
    /// @param owner who borrows, and owns the receipt
    function pledge(ReceiptId receipt, LoanId loan, PartyId owner, bool twiceMeasured) external;

    /// @notice The receipt secures nothing. Only the loans.
    function release(ReceiptId receipt) external;

    // ---------------------------------------------------------------- read

    /// @notice Reverts unless the receipt is live, its lot is not short, its keeper is unrelated to its owner and, where asked for, a
    /// party that is unrelated to the owner confirmed the measurement.
    function requireSound(ReceiptId receipt, bool twiceMeasured) external view;

    /// @notice Liens on a lot: 1 or 0.
    function liveLiens(bytes32 lot) external view returns (uint256);

    /// @notice A lot's word (`libraries/LotWords.sol`); 0 if nobody measured it.
    function lotWord(bytes32 lot) external view returns (LotWord);

    /// @notice A receipt's word (`libraries/ReceiptWords.sol`); 0 if there is none.
    function receiptWord(ReceiptId receipt) external view returns (ReceiptWord);

    /// @notice The lot that a receipt is for; 0 if there is none.
    function lotOf(ReceiptId receipt) external view returns (bytes32);

    /// @notice The receipt that was signed against a document; 0 if none.
    function receiptOf(EvidenceId evidence) external view returns (ReceiptId);

    /// @notice Receipts are numbered from 1 to this.
    function receiptCount() external view returns (uint40);

    /// @notice The only contract that may pledge and release.
    function loans() external view returns (address);

    /// @notice Where the receipts' documents are.
    function registry() external view returns (address);
}
