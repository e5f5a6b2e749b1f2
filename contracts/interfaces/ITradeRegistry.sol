// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {EvidenceId, PartyId} from "../types/Identifiers.sol";
import {Leg, Signature} from "../types/Movements.sol";
import {RuleId} from "../types/RuleIds.sol";

/// @title Documents and what they can still back
/// @notice A document backs credit only after its buyer signed that it owes it, and never more than its confirmed face. One document is
/// one identity: the same again is refused, with whatever face, and whether it comes alone, in a batch or as a credit note.
///
/// What each may do:
/// - A buyer may confirm what it owes, one document at a time or a batch of them by their Merkle root, and close its batch. It may NOT
///   confirm twice, owe a company of its own group, or take a confirmation back: what is no longer owed, both sides sign away.
/// - An attestor may sign beside the buyer. It may NOT make capacity alone, nor attest for itself or its group.
/// - Buyer and seller together may credit a document: a note that both signed lowers what it can back, to nothing at last. They may
///   NOT undo what it backs already; the ledger holds that (`IHolds`).
/// - The ledger may use and release what invoices back as pieces are made and given back; the loans may do so with every kind. Neither
///   may use more than what is left, or release more than what is used.
/// - Anyone may send what others signed, and admit a batch's members by their proofs.
/// - The operator may NOT confirm or attest for anyone, not even for itself. Nobody may change a document, or raise its face.
///
/// An order backs loans only. An invoice that names the order takes over what the order is used for, and the order's face shrinks by the
/// invoice's: what was lent before the delivery then rests on what is owed after it, and nothing is backed twice.
///
/// Goods back one thing: an invoice over a lot backs nothing while a loan has a lien on the lot (`IWarehouse`), and what invoices over a
/// lot are used for keeps the lot from being pledged (`lotUsedMinor`).
interface ITradeRegistry {
    /// @notice What the buyer signs (EIP-712, domain "Pearlchain TradeRegistry", "1"), and the attestor where there is one. The document
    /// itself stays off chain.
    /// @param identity the document's key (type, seller, number), blinded by the network's key
    /// @param digest SHA-256 of the document's canonical form
    /// @param kind 1 invoice, 2 order, 3 warehouse receipt; only an invoice can back a piece
    /// @param faceMinor what the buyer owes by it; of an order, what it will owe; of a receipt, what the goods are worth
    /// @param buyer who owes: the payer, who ordered, the keeper that owes the goods
    /// @param seller whom it owes: who delivered, who is to deliver, the owner of the goods
    /// @param deliveryDay days since 1970-01-01; 0 where nothing was delivered
    /// @param lot the goods, blinded like an identity; 0 for none. A receipt is for one, an order for none
    /// @param order identity of the registered order that an invoice fulfils; 0 for none
    /// @param attestor who signs too; 0 for nobody
    struct Confirmation {
        bytes32 identity;
        bytes32 digest;
        uint8 kind;
        uint64 faceMinor;
        uint8 currency;
        PartyId buyer;
        PartyId seller;
        uint16 deliveryDay;
        bytes32 lot;
        bytes32 order;
        PartyId attestor;
    }

    /// @notice What the buyer signs (EIP-712), and the attestor where there is one, for many documents at once.
    /// @param root Merkle root as OpenZeppelin's `MerkleProof` takes it (pairs sorted); a leaf is `keccak256(keccak256(commitment))`,
    /// where the commitment is the EIP-712 struct hash of a member's `Confirmation`
    /// @param buyer of every member
    /// @param attestor of every member; 0 for nobody
    /// @param count how many members may be admitted
    /// @param validUntil unix seconds; the last one in which members can be admitted
    struct BatchConfirmation {
        bytes32 root;
        PartyId buyer;
        PartyId attestor;
        uint32 count;
        uint40 validUntil;
    }

    /// @notice What both sides sign (EIP-712) when a document is not owed any more, in part or in full.
    /// @param identity of the note, blinded; of its own, like every document's
    /// @param digest SHA-256 of the note's canonical form
    /// @param evidence the document that it credits
    /// @param evidenceIdentity the document's identity, so that the note fits no other
    struct CreditNote {
        bytes32 identity;
        bytes32 digest;
        EvidenceId evidence;
        bytes32 evidenceIdentity;
        uint64 amountMinor;
        uint8 currency;
        PartyId buyer;
        PartyId seller;
    }

    /// @param faceMinor as confirmed; of an order, less what was invoiced for it
    /// @param usedMinor what live and paid pieces, or loans, use of its face
    /// @param flags 1 attested, 2 cancelled, 4 credited, 8 about a lot
    /// @param useCount times that a piece ever used it; a loan does not count, so that its use is in no piece's way (`IHolds.holdReturned`)
    /// @param creditedMinor what credit notes took from its face
    /// @param carriedMinor what it took over from its order when it was registered
    /// @param lot the goods that it is about; 0 for none
    /// @param order the order that it fulfils; 0 for none
    /// @param commitment the EIP-712 struct hash of the confirmation, by which a holder proves which document it was
    struct Evidence {
        uint64 faceMinor;
        uint64 usedMinor;
        PartyId buyer;
        PartyId seller;
        uint8 currency;
        uint8 kind;
        uint8 flags;
        uint16 deliveryDay;
        uint16 useCount;
        uint64 creditedMinor;
        uint64 carriedMinor;
        bytes32 lot;
        EvidenceId order;
        bytes32 commitment;
    }

    /// @param admitted members so far
    /// @param validUntil the last second in which members can be admitted; 0 once it is closed
    struct Batch {
        PartyId attestor;
        uint32 count;
        uint32 admitted;
        uint40 validUntil;
    }

    /// @notice A document can back credit from now on. How much of it is used, the events of ledger and loans tell: a piece that is
    /// offered uses its evidence, one that is rejected or expires gives it back; a draw uses it, a repayment gives it back.
    event EvidenceRegistered(
        EvidenceId indexed evidence,
        bytes32 indexed identity,
        bytes32 commitment,
        PartyId buyer,
        PartyId seller,
        uint8 kind,
        uint64 faceMinor,
        uint8 currency,
        uint16 deliveryDay,
        bytes32 lot,
        PartyId attestor
    );
    /// @notice The invoice fulfils the order, whose face is less by `fulfilledMinor`; of what the order was used for, the invoice carries
    /// `carriedMinor` from now on.
    event OrderFulfilled(EvidenceId indexed invoice, EvidenceId indexed order, uint64 fulfilledMinor, uint64 carriedMinor);
    /// @notice The members of a batch can be admitted from now on.
    event BatchRegistered(bytes32 indexed root, PartyId indexed buyer, PartyId attestor, uint32 count, uint40 validUntil);
    /// @notice A member was proven; it is the document with this number.
    event BatchAdmitted(bytes32 indexed root, EvidenceId indexed evidence);
    /// @notice No further member is admitted.
    event BatchClosed(bytes32 indexed root, PartyId indexed buyer);
    /// @notice Both sides agree that this much is not owed. `creditedMinor` is the sum of all notes; `cancelled` says that nothing is left.
    event EvidenceCredited(
        EvidenceId indexed evidence,
        bytes32 indexed identity,
        bytes32 commitment,
        uint64 amountMinor,
        uint64 creditedMinor,
        bool cancelled
    );

    error ListsDiffer(uint256 left, uint256 right);
    error IdentityMissing();
    /// @notice The document is known, or a credit note of this identity is: then `evidence` is what that credits.
    error IdentityAlreadyRegistered(bytes32 identity, EvidenceId evidence, uint64 faceMinor);
    error KindUnknown(uint8 kind);
    error CurrencyMissing();
    error ZeroAmount();
    /// @notice A warehouse receipt says which goods.
    error LotMissing(bytes32 identity);
    /// @notice An order asks for goods; which ones they are, the invoice says.
    error LotOfOrder(bytes32 identity, bytes32 lot);
    /// @notice The order has to be registered before an invoice can take over what it is used for.
    error OrderUnknown(bytes32 order);
    /// @notice Only an invoice fulfils an order, and only one of the same buyer, seller and currency.
    error OrderMismatch(bytes32 identity, EvidenceId order);
    /// @notice Whoever runs the service makes no capacity.
    error OperatorCannotConfirm(PartyId party);
    /// @notice The signature is not this key's over exactly this.
    error SignatureInvalid(PartyId party, address key);
    /// @notice The attestor's signature is not this key's over exactly this.
    error AttestationInvalid(PartyId attestor, address key);
    error BatchEmpty(bytes32 root);
    error BatchAlreadyRegistered(bytes32 root, PartyId buyer);
    /// @notice The buyer confirmed no batch with this root.
    error BatchUnknown(bytes32 root, PartyId buyer);
    /// @notice Its buyer closed it, or its time is up.
    error BatchOver(bytes32 root, uint40 validUntil);
    /// @notice As many members as its buyer confirmed are admitted.
    error BatchExhausted(bytes32 root, uint32 count);
    /// @notice A member is attested by the batch's attestor, or by nobody where it has none.
    error AttestorMismatch(PartyId expected, PartyId given);
    /// @notice The proof does not lead from this confirmation to the root.
    error ProofInvalid(bytes32 root, bytes32 commitment);
    error NotTheLedger(address caller);
    error NeitherLedgerNorLoans(address caller);
    /// @notice Only the loans use other documents than invoices.
    error NotTheLoans(address caller);
    error EvidenceNotFound(EvidenceId evidence);
    /// @notice Only an invoice can back a piece: credit is no prepayment.
    error EvidenceIsNoInvoice(EvidenceId evidence, uint8 kind);
    error EvidenceKindMismatch(EvidenceId evidence, uint8 expected, uint8 found);
    /// @notice The document is another than the one that was meant.
    error EvidenceIdentityMismatch(EvidenceId evidence, bytes32 identity, EvidenceId found);
    /// @notice The document names no delivery, or one that is still to come (`RULE_DELIVERED`).
    error NotDelivered(EvidenceId evidence, uint16 deliveryDay, uint16 today, RuleId rule);
    error EvidenceBuyerMismatch(EvidenceId evidence, PartyId expected, PartyId given);
    error EvidenceSellerMismatch(EvidenceId evidence, PartyId expected, PartyId given);
    error CurrencyMismatch(uint8 expected, uint8 given);
    /// @notice The rules of this instrument ask for an attestor's signature on every document, and it has none (`RULE_ATTESTED`).
    error EvidenceNotAttested(EvidenceId evidence, RuleId rule);
    /// @notice Nothing of it is owed any more.
    error EvidenceCancelled(EvidenceId evidence);
    error EvidenceExhausted(EvidenceId evidence, uint64 requestedMinor, uint64 availableMinor);
    /// @notice Pieces use a document at most 65,535 times.
    error TooManyUses(EvidenceId evidence);
    /// @notice The goods back a loan; only the sale that repays it, or its end, frees them.
    error LotUnderLien(EvidenceId evidence, bytes32 lot);
    error ReleaseExceedsUse(EvidenceId evidence, uint64 releasedMinor, uint64 usedMinor);
    /// @notice No more is credited than what was owed.
    error CreditExceedsFace(EvidenceId evidence, uint64 requestedMinor, uint64 uncreditedMinor);

    // ---------------------------------------------------------------- confirmed by the buyer

    /// @notice Registers documents, each with its buyer's signature. Anyone may send them. Buyer and seller are active and unrelated; the
    /// seller of an invoice or order is a supplier or core enterprise. An attestor is related to neither.
    /// @param confirmations what the buyers signed
    /// @param buyerSignatures EIP-712 signatures by a key of each buyer
    /// @param attestorSignatures by a key of each attestor, over the same; ignored where there is none
    /// @return ids counted from 1, in the order given
    function register(
        Confirmation[] calldata confirmations,
        Signature[] calldata buyerSignatures,
        Signature[] calldata attestorSignatures
    ) external returns (EvidenceId[] memory ids);

    /// @notice Confirms many documents with one signature and one write. Anyone may send it.
    /// @param attestorSignature ignored where there is no attestor
    function registerBatch(
        BatchConfirmation calldata batch,
        Signature calldata buyerSignature,
        Signature calldata attestorSignature
    ) external;

    /// @notice Registers members of a batch, which need no signature of their own. Anyone may. All else is asked as in `register`, now.
    /// @param confirmations members, of one buyer or several who confirmed the same root
    /// @param proofs from each member's leaf to the root
    function admit(Confirmation[] calldata confirmations, bytes32 root, bytes32[][] calldata proofs)
        external
        returns (EvidenceId[] memory ids);

    /// @notice The buyer ends a batch of its own: what is not admitted stays out. Any key of the buyer, also while it is suspended.
    function closeBatch(bytes32 root) external;

    // ---------------------------------------------------------------- credited by both sides

    /// @notice Takes some of a document's face away, with the signatures of both sides. Anyone may send it.
    function credit(CreditNote calldata note, Signature calldata buyerSignature, Signature calldata sellerSignature) external;

    // ---------------------------------------------------------------- used and released by ledger and loans

    /// @notice A new piece uses what its invoice can still back: its leg's amount. Only the ledger.
    /// @param buyer who passes on; the buyer of the invoice
    /// @param today the local day, on or before which all was delivered
    /// @param attestation the rule by which only an invoice that an attestor signed too will do; 0 if there is none
    /// @return useIndex times that pieces used the invoice before
    function consume(PartyId buyer, uint8 currency, uint16 today, RuleId attestation, Leg calldata leg)
        external
        returns (uint16 useIndex);

    /// @notice A loan uses what a document of any kind can still back. Only the loans.
    /// @param kind of the document; the day of delivery is asked of an invoice only
    function consumeForLoan(PartyId buyer, uint8 currency, uint16 today, uint8 kind, Leg calldata leg) external;

    /// @notice What used the document was given back, or repaid. Only the ledger and the loans.
    function release(EvidenceId evidence, uint64 amountMinor) external;

    // ---------------------------------------------------------------- read

    /// @notice All about a document; zeros if there is none.
    function evidence(EvidenceId id) external view returns (Evidence memory);

    /// @notice What a document can still back: its face less what is credited and used. Whether a lien is in the way, it does not say.
    function availableOf(EvidenceId evidence) external view returns (uint64 availableMinor);

    /// @notice What a document is used for beyond what it can back since credit notes were signed.
    function excessOf(EvidenceId evidence) external view returns (uint64 excessMinor);

    /// @notice Whether credit notes took all of a document's face away.
    function isCancelled(EvidenceId evidence) external view returns (bool);

    /// @notice What an invoice took over from its order when it was registered.
    function carriedOf(EvidenceId invoice) external view returns (uint64 carriedMinor);

    /// @notice The order that an invoice fulfils; 0 if none.
    function orderOf(EvidenceId invoice) external view returns (EvidenceId);

    /// @notice The goods that a document is about; 0 if none.
    function lotOf(EvidenceId evidence) external view returns (bytes32 lot);

    /// @notice What invoices over these goods are used for.
    function lotUsedMinor(bytes32 lot) external view returns (uint256);

    /// @notice The document with this blinded identity; 0 if none.
    function evidenceOf(bytes32 identity) external view returns (EvidenceId);

    /// @notice The document that the credit note with this blinded identity credits; 0 if there is no such note.
    function creditedBy(bytes32 identity) external view returns (EvidenceId);

    /// @notice A buyer's batch; zeros if there is none.
    function batchOf(bytes32 root, PartyId buyer) external view returns (Batch memory);

    /// @notice Documents are numbered from 1 to this.
    function evidenceCount() external view returns (uint40);

    /// @notice The only contract that may use and release capacity for pieces.
    function ledger() external view returns (address);

    /// @notice The only contract that may use and release capacity for loans.
    function loans() external view returns (address);

    /// @notice The contract that knows which lots are under a lien.
    function warehouse() external view returns (address);
}
