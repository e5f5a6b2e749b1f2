// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {IParticipants} from "./interfaces/IParticipants.sol";
import {ITradeRegistry} from "./interfaces/ITradeRegistry.sol";
import {EvidenceWord, EvidenceWords} from "./libraries/EvidenceWords.sol";
import {EvidenceId, PartyId} from "./types/Identifiers.sol";
import {Leg, Signature} from "./types/Movements.sol";
import {OPERATOR} from "./types/Roles.sol";

/// @notice See `ITradeRegistry`.
contract TradeRegistry is ITradeRegistry, EIP712 {
    bytes32 private constant CONFIRMATION_TYPEHASH = keccak256(
        "Confirmation(bytes32 identity,bytes32 digest,uint8 kind,uint64 faceMinor,uint8 currency,uint32 buyer,uint32 seller,uint16 deliveryDay)"
    );

    IParticipants private immutable _participants;

    /// @inheritdoc ITradeRegistry
    address public immutable ledger;

    /// @inheritdoc ITradeRegistry
    uint40 public evidenceCount;

    mapping(EvidenceId evidence => EvidenceWord word) private _words;

    mapping(EvidenceId evidence => bytes32 commitment) private _commitments;

    /// @inheritdoc ITradeRegistry
    mapping(bytes32 identity => EvidenceId evidence) public evidenceOf;

    constructor(IParticipants participants_, address ledger_) EIP712("Pearlchain TradeRegistry", "1") {
        _participants = participants_;
        ledger = ledger_;
    }

    // ---------------------------------------------------------------- confirmed by the buyer

    /// @inheritdoc ITradeRegistry
    function register(Confirmation[] calldata confirmations, Signature[] calldata buyerSignatures)
        external
        returns (EvidenceId[] memory ids)
    {
        if (confirmations.length != buyerSignatures.length) revert ListsDiffer(confirmations.length, buyerSignatures.length);
        ids = new EvidenceId[](confirmations.length);
        for (uint256 i = 0; i < confirmations.length; ++i) {
            ids[i] = _register(confirmations[i], buyerSignatures[i]);
        }
    }

    // ---------------------------------------------------------------- used and released by the ledger

    /// @inheritdoc ITradeRegistry
    function consume(PartyId buyer, uint8 currency, uint16 today, Leg[] calldata legs) external {
        _requireLedger();
        for (uint256 i = 0; i < legs.length; ++i) {
            _use(buyer, currency, today, legs[i]);
        }
    }

    /// @inheritdoc ITradeRegistry
    function consumeCounted(PartyId buyer, uint8 currency, uint16 today, Leg[] calldata legs)
        external
        returns (uint24[] memory useCounts)
    {
        _requireLedger();
        useCounts = new uint24[](legs.length);
        for (uint256 i = 0; i < legs.length; ++i) {
            useCounts[i] = _use(buyer, currency, today, legs[i]);
        }
    }

    /// @inheritdoc ITradeRegistry
    function release(EvidenceId id, uint64 amountMinor) external {
        _requireLedger();
        _words[id] = _words[id].withLessUsed(amountMinor);
    }

    // ---------------------------------------------------------------- read

    /// @inheritdoc ITradeRegistry
    function evidence(EvidenceId id) external view returns (Evidence memory) {
        EvidenceWord word = _words[id];
        return Evidence({
            faceMinor: word.faceMinor(),
            usedMinor: word.usedMinor(),
            buyer: word.buyer(),
            seller: word.seller(),
            currency: word.currency(),
            kind: word.kind(),
            deliveryDay: word.deliveryDay(),
            useCount: word.useCount(),
            commitment: _commitments[id]
        });
    }

    // ---------------------------------------------------------------- parts

    function _register(Confirmation calldata confirmation, Signature calldata signature) private returns (EvidenceId id) {
        _requireComplete(confirmation);
        PartyId buyer = confirmation.buyer;
        _participants.active(confirmation.seller);
        (PartyId signer,, uint16 roles) = _participants.actor(signature.key);
        if (signer != buyer) revert IParticipants.KeyNotOfParty(buyer, signature.key);
        if (roles & OPERATOR != 0) revert OperatorCannotConfirm(buyer);
        bytes32 commitment = _commitmentOf(confirmation);
        if (!SignatureChecker.isValidSignatureNow(signature.key, _hashTypedDataV4(commitment), signature.signature)) {
            revert SignatureInvalid(buyer, signature.key);
        }

        id = EvidenceId.wrap(++evidenceCount);
        _words[id] = EvidenceWords.pack(
            confirmation.faceMinor, buyer, confirmation.seller, confirmation.currency, confirmation.kind, confirmation.deliveryDay
        );
        _commitments[id] = commitment;
        evidenceOf[confirmation.identity] = id;
        emit EvidenceRegistered(
            id,
            confirmation.identity,
            commitment,
            buyer,
            confirmation.seller,
            confirmation.kind,
            confirmation.faceMinor,
            confirmation.currency,
            confirmation.deliveryDay
        );
    }

    function _requireComplete(Confirmation calldata confirmation) private view {
        if (confirmation.identity == bytes32(0)) revert IdentityMissing();
        EvidenceId known = evidenceOf[confirmation.identity];
        if (EvidenceId.unwrap(known) != 0) {
            revert IdentityAlreadyRegistered(confirmation.identity, known, _words[known].faceMinor());
        }
        if (confirmation.kind < EvidenceWords.INVOICE || confirmation.kind > EvidenceWords.WAREHOUSE_RECEIPT) {
            revert KindUnknown(confirmation.kind);
        }
        if (confirmation.currency == 0) revert CurrencyMissing();
        if (confirmation.faceMinor == 0) revert ZeroAmount();
        if (confirmation.buyer == confirmation.seller) revert SelfDealing(confirmation.buyer);
    }

    /// Uses what a document can still back; returns how often it was used before.
    function _use(PartyId buyer, uint8 currency, uint16 today, Leg calldata leg) private returns (uint24 useCount) {
        EvidenceId id = leg.evidence;
        uint64 amountMinor = leg.amountMinor;
        EvidenceWord word = _words[id];
        uint8 kind = word.kind();
        if (kind != EvidenceWords.INVOICE) {
            if (kind == 0) revert EvidenceNotFound(id);
            revert EvidenceIsNoInvoice(id, kind);
        }
        if (word.buyer() != buyer) revert EvidenceBuyerMismatch(id, word.buyer(), buyer);
        if (word.seller() != leg.recipient) revert EvidenceSellerMismatch(id, word.seller(), leg.recipient);
        if (word.currency() != currency) revert CurrencyMismatch(word.currency(), currency);
        uint16 deliveryDay = word.deliveryDay();
        if (deliveryDay == 0 || deliveryDay > today) revert NotDelivered(id, deliveryDay, today);
        // Used never exceeds face: this is the only place where it grows, and the check is below.
        uint64 availableMinor;
        unchecked {
            availableMinor = word.faceMinor() - word.usedMinor();
        }
        if (amountMinor > availableMinor) revert EvidenceExhausted(id, amountMinor, availableMinor);
        _words[id] = word.withUse(amountMinor);
        return word.useCount();
    }

    function _requireLedger() private view {
        if (msg.sender != ledger) revert NotTheLedger(msg.sender);
    }

    function _commitmentOf(Confirmation calldata confirmation) private pure returns (bytes32) {
        return keccak256(abi.encode(CONFIRMATION_TYPEHASH, confirmation));
    }
}
