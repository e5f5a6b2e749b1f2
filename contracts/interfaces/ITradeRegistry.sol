// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {EvidenceId, PartyId} from "../types/Identifiers.sol";
import {Leg, Signature} from "../types/Movements.sol";

/// @title Documents and what they can still back
/// @notice A document backs credit only after its buyer signed that it owes it, and never more than its confirmed face. One document is
/// one identity: the same again is refused, with whatever face.
///
/// Anyone may send confirmations; only the signature of the buyer's registered key makes capacity. The operator may NOT confirm for
/// anyone, not even for itself. The ledger may use and release capacity as pieces are made and given back. Nobody may change a
/// document, or raise its face.
interface ITradeRegistry {
    /// @notice What the buyer signs (EIP-712). The document itself stays off chain.
    /// @param identity the document's key (type, seller, number), blinded by the network's key
    /// @param digest SHA-256 of the document's canonical form
    /// @param kind 1 invoice, 2 order, 3 warehouse receipt; only an invoice can back a piece
    /// @param faceMinor what the buyer owes by it
    /// @param deliveryDay days since 1970-01-01; 0 where nothing was delivered
    struct Confirmation {
        bytes32 identity;
        bytes32 digest;
        uint8 kind;
        uint64 faceMinor;
        uint8 currency;
        PartyId buyer;
        PartyId seller;
        uint16 deliveryDay;
    }

    /// @param usedMinor what live and paid pieces use of its face
    /// @param useCount times that it was ever used
    /// @param commitment the EIP-712 struct hash of the confirmation, by which a holder proves which document it was
    struct Evidence {
        uint64 faceMinor;
        uint64 usedMinor;
        PartyId buyer;
        PartyId seller;
        uint8 currency;
        uint8 kind;
        uint16 deliveryDay;
        uint24 useCount;
        bytes32 commitment;
    }

    /// @notice A document can back credit from now on. How much of it is used, the ledger's events tell: a piece that is offered uses its
    /// evidence, one that is rejected or expires gives it back.
    event EvidenceRegistered(
        EvidenceId indexed evidence,
        bytes32 indexed identity,
        bytes32 commitment,
        PartyId buyer,
        PartyId seller,
        uint8 kind,
        uint64 faceMinor,
        uint8 currency,
        uint16 deliveryDay
    );

    error ListsDiffer(uint256 left, uint256 right);
    error IdentityMissing();
    error IdentityAlreadyRegistered(bytes32 identity, EvidenceId evidence, uint64 faceMinor);
    error KindUnknown(uint8 kind);
    error CurrencyMissing();
    error ZeroAmount();
    /// @notice Nobody owes itself.
    error SelfDealing(PartyId party);
    /// @notice Whoever runs the service makes no capacity.
    error OperatorCannotConfirm(PartyId party);
    /// @notice The signature is not this key's over exactly this.
    error SignatureInvalid(PartyId party, address key);
    error NotTheLedger(address caller);
    error EvidenceNotFound(EvidenceId evidence);
    /// @notice Only an invoice can back a piece: credit is no prepayment.
    error EvidenceIsNoInvoice(EvidenceId evidence, uint8 kind);
    /// @notice The document names no delivery, or one that is still to come.
    error NotDelivered(EvidenceId evidence, uint16 deliveryDay, uint16 today);
    error EvidenceBuyerMismatch(EvidenceId evidence, PartyId expected, PartyId given);
    error EvidenceSellerMismatch(EvidenceId evidence, PartyId expected, PartyId given);
    error CurrencyMismatch(uint8 expected, uint8 given);
    error EvidenceExhausted(EvidenceId evidence, uint64 requestedMinor, uint64 availableMinor);

    /// @notice Registers documents, each with its buyer's signature. Anyone may send them.
    /// @param confirmations what the buyers signed
    /// @param buyerSignatures EIP-712 signatures by a key of each buyer
    /// @return ids counted from 1, in the order given
    function register(Confirmation[] calldata confirmations, Signature[] calldata buyerSignatures)
        external
        returns (EvidenceId[] memory ids);

    /// @notice New pieces use what their documents can still back, each its leg's amount. Only the ledger.
    /// @param buyer who passes on; the buyer of every document
    /// @param today the local day, on or before which all was delivered
    /// @param attestedOnly whether only documents that an attestor signed too will do
    /// @return useIndexes times that each document was used before
    function consume(PartyId buyer, uint8 currency, uint16 today, bool attestedOnly, Leg[] calldata legs)
        external
        returns (uint16[] memory useIndexes);

    /// @notice As `consume`, one document for any recipient. Only the ledger and the loans; only the loans may use other kinds than invoices.
    function consumeOne(
        PartyId buyer,
        uint8 currency,
        uint16 today,
        bool attestedOnly,
        uint8 kind,
        Leg calldata leg
    ) external returns (uint16 useIndex);

    /// @notice What used the document was given back, or repaid. Only the ledger and the loans.
    function release(EvidenceId evidence, uint64 amountMinor) external;

    /// @notice All about a document; zeros if there is none.
    function evidence(EvidenceId id) external view returns (Evidence memory);

    /// @notice The document with this blinded identity; 0 if none.
    function evidenceOf(bytes32 identity) external view returns (EvidenceId);

    /// @notice Documents are numbered from 1 to this.
    function evidenceCount() external view returns (uint40);

    /// @notice The only contract that may use and release capacity.
    function ledger() external view returns (address);
}
