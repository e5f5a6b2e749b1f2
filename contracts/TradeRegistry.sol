// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {Clock} from "./Clock.sol";
import {IParticipants} from "./interfaces/IParticipants.sol";
import {ITradeRegistry} from "./interfaces/ITradeRegistry.sol";
import {IWarehouse} from "./interfaces/IWarehouse.sol";
import {EvidenceWord, EvidenceWords} from "./libraries/EvidenceWords.sol";
import {EvidenceId, PartyId} from "./types/Identifiers.sol";
import {Leg, Signature} from "./types/Movements.sol";
import {ATTESTOR, CORE_ENTERPRISE, OPERATOR, SUPPLIER} from "./types/Roles.sol";
import {RULE_DELIVERED, RuleId} from "./types/RuleIds.sol";

/// @notice See `ITradeRegistry`.
contract TradeRegistry is ITradeRegistry, Clock, ERC2771Context, EIP712 {
    bytes32 private constant CONFIRMATION_TYPEHASH = keccak256(
        "Confirmation(bytes32 identity,bytes32 digest,uint8 kind,uint64 faceMinor,uint8 currency,uint32 buyer,uint32 seller,uint16 deliveryDay,bytes32 lot,bytes32 order,uint32 attestor)"
    );
    bytes32 private constant BATCH_TYPEHASH =
        keccak256("BatchConfirmation(bytes32 root,uint32 buyer,uint32 attestor,uint32 count,uint40 validUntil)");
    bytes32 private constant CREDIT_NOTE_TYPEHASH = keccak256(
        "CreditNote(bytes32 identity,bytes32 digest,uint40 evidence,bytes32 evidenceIdentity,uint64 amountMinor,uint8 currency,uint32 buyer,uint32 seller)"
    );

    IParticipants private immutable _participants;

    /// @inheritdoc ITradeRegistry
    address public immutable ledger;

    /// @inheritdoc ITradeRegistry
    address public immutable loans;

    /// @inheritdoc ITradeRegistry
    address public immutable warehouse;

    /// @inheritdoc ITradeRegistry
    uint40 public evidenceCount;

    /// In a struct of its own, so that the place of a word which is read and written is computed once.
    struct EvidenceSlot {
        EvidenceWord word;
    }

    mapping(EvidenceId evidence => EvidenceSlot slot) private _words;

    mapping(EvidenceId evidence => bytes32 commitment) private _commitments;

    /// What few documents have, in a slot of its own.
    struct Rarities {
        uint64 creditedMinor;
        uint64 carriedMinor;
        EvidenceId order;
    }

    mapping(EvidenceId evidence => Rarities rarities) private _rarities;

    /// @inheritdoc ITradeRegistry
    mapping(EvidenceId evidence => bytes32 lot) public lotOf;

    /// @inheritdoc ITradeRegistry
    mapping(bytes32 lot => uint256 usedMinor) public lotUsedMinor;

    /// @inheritdoc ITradeRegistry
    mapping(bytes32 identity => EvidenceId evidence) public evidenceOf;

    /// @inheritdoc ITradeRegistry
    mapping(bytes32 identity => EvidenceId evidence) public creditedBy;

    /// By buyer too, so that nobody takes another's root.
    mapping(bytes32 root => mapping(PartyId buyer => Batch batch)) private _batches;

    constructor(
        IParticipants participants_,
        address ledger_,
        address loans_,
        address warehouse_,
        uint16 ticksASecond,
        address forwarder
    ) Clock(ticksASecond) ERC2771Context(forwarder) EIP712("Pearlchain TradeRegistry", "1") {
        _participants = participants_;
        ledger = ledger_;
        loans = loans_;
        warehouse = warehouse_;
    }

    // ---------------------------------------------------------------- confirmed by the buyer

    /// @inheritdoc ITradeRegistry
    function register(
        Confirmation[] calldata confirmations,
        Signature[] calldata buyerSignatures,
        Signature[] calldata attestorSignatures
    ) external returns (EvidenceId[] memory ids) {
        _requireEqualLengths(confirmations.length, buyerSignatures.length);
        _requireEqualLengths(confirmations.length, attestorSignatures.length);
        ids = new EvidenceId[](confirmations.length);
        for (uint256 i = 0; i < confirmations.length; ++i) {
            Confirmation calldata confirmation = confirmations[i];
            bytes32 commitment = _commitmentOf(confirmation);
            _requireSigned(confirmation.buyer, buyerSignatures[i], commitment);
            _requireAttested(confirmation.attestor, attestorSignatures[i], commitment);
            ids[i] = _register(confirmation, commitment);
        }
    }

    /// @inheritdoc ITradeRegistry
    function registerBatch(
        BatchConfirmation calldata batch,
        Signature calldata buyerSignature,
        Signature calldata attestorSignature
    ) external {
        if (batch.count == 0) revert BatchEmpty(batch.root);
        if (_batches[batch.root][batch.buyer].count != 0) revert BatchAlreadyRegistered(batch.root, batch.buyer);
        if (_now() > batch.validUntil) revert BatchOver(batch.root, batch.validUntil);
        _requireBuyer(batch.buyer);
        if (PartyId.unwrap(batch.attestor) != 0) _requireAttestor(batch.attestor, batch.buyer);
        bytes32 structHash = keccak256(abi.encode(BATCH_TYPEHASH, batch));
        _requireSigned(batch.buyer, buyerSignature, structHash);
        _requireAttested(batch.attestor, attestorSignature, structHash);

        _batches[batch.root][batch.buyer] =
            Batch({attestor: batch.attestor, count: batch.count, admitted: 0, validUntil: batch.validUntil});
        emit BatchRegistered(batch.root, batch.buyer, batch.attestor, batch.count, batch.validUntil);
    }

    /// @inheritdoc ITradeRegistry
    function admit(Confirmation[] calldata confirmations, bytes32 root, bytes32[][] calldata proofs)
        external
        returns (EvidenceId[] memory ids)
    {
        _requireEqualLengths(confirmations.length, proofs.length);
        ids = new EvidenceId[](confirmations.length);
        for (uint256 i = 0; i < confirmations.length; ++i) {
            Confirmation calldata confirmation = confirmations[i];
            bytes32 commitment = _commitmentOf(confirmation);
            _requireMember(confirmation, commitment, root, proofs[i]);
            ++_batches[root][confirmation.buyer].admitted;
            ids[i] = _register(confirmation, commitment);
            emit BatchAdmitted(root, ids[i]);
        }
    }

    function _requireMember(Confirmation calldata confirmation, bytes32 commitment, bytes32 root, bytes32[] calldata proof) private view {
        Batch memory batch = _batches[root][confirmation.buyer];
        if (batch.count == 0) revert BatchUnknown(root, confirmation.buyer);
        if (_now() > batch.validUntil) revert BatchOver(root, batch.validUntil);
        if (batch.admitted == batch.count) revert BatchExhausted(root, batch.count);
        if (batch.attestor != confirmation.attestor) revert AttestorMismatch(batch.attestor, confirmation.attestor);
        // Hashed twice, so that no inner node of the tree is a leaf.
        bytes32 leaf = keccak256(bytes.concat(keccak256(bytes.concat(commitment))));
        if (!MerkleProof.verifyCalldata(proof, root, leaf)) revert ProofInvalid(root, commitment);
    }

    /// @inheritdoc ITradeRegistry
    function closeBatch(bytes32 root) external {
        PartyId buyer = _participants.identified(_msgSender());
        Batch memory batch = _batches[root][buyer];
        if (batch.count == 0) revert BatchUnknown(root, buyer);
        if (batch.validUntil == 0) revert BatchOver(root, 0);
        _batches[root][buyer].validUntil = 0;
        emit BatchClosed(root, buyer);
    }

    /// Everything but the signatures: facts, parties, the order. Then it is a document.
    function _register(Confirmation calldata confirmation, bytes32 commitment) private returns (EvidenceId id) {
        _requireComplete(confirmation);
        _requireParties(confirmation);
        id = EvidenceId.wrap(++evidenceCount);
        EvidenceWords.Fields memory fields = EvidenceWords.Fields({
            faceMinor: confirmation.faceMinor,
            usedMinor: 0,
            buyer: confirmation.buyer,
            seller: confirmation.seller,
            currency: confirmation.currency,
            kind: confirmation.kind,
            flags: PartyId.unwrap(confirmation.attestor) == 0 ? 0 : EvidenceWords.ATTESTED,
            deliveryDay: confirmation.deliveryDay
        });
        if (confirmation.lot != bytes32(0)) {
            fields.flags |= EvidenceWords.HAS_LOT;
            lotOf[id] = confirmation.lot;
        }
        _commitments[id] = commitment;
        evidenceOf[confirmation.identity] = id;
        _emitRegistered(id, confirmation, commitment);
        if (confirmation.order != bytes32(0)) fields.usedMinor = _fulfil(id, confirmation);
        _words[id].word = EvidenceWords.pack(fields);
    }

    function _emitRegistered(EvidenceId id, Confirmation calldata confirmation, bytes32 commitment) private {
        emit EvidenceRegistered(
            id,
            confirmation.identity,
            commitment,
            confirmation.buyer,
            confirmation.seller,
            confirmation.kind,
            confirmation.faceMinor,
            confirmation.currency,
            confirmation.deliveryDay,
            confirmation.lot,
            confirmation.attestor
        );
    }

    /// Takes over from the order what it is used for; returns how much that is.
    function _fulfil(EvidenceId id, Confirmation calldata confirmation) private returns (uint64 carriedMinor) {
        EvidenceId order = evidenceOf[confirmation.order];
        EvidenceWord word = _words[order].word;
        if (EvidenceId.unwrap(order) == 0) revert OrderUnknown(confirmation.order);
        uint256 trade =
            EvidenceWords.trade(confirmation.buyer, confirmation.seller, confirmation.currency, EvidenceWords.ORDER);
        if (confirmation.kind != EvidenceWords.INVOICE || !word.isOf(trade)) revert OrderMismatch(confirmation.identity, order);
        uint64 fulfilledMinor = _min(word.faceMinor(), confirmation.faceMinor);
        carriedMinor = _min(word.usedMinor(), confirmation.faceMinor);

        _words[order].word = word.withLessFace(fulfilledMinor).withLessUsed(carriedMinor);
        _rarities[id] = Rarities({creditedMinor: 0, carriedMinor: carriedMinor, order: order});
        emit OrderFulfilled(id, order, fulfilledMinor, carriedMinor);
        // What was lent before delivery rests on the goods of the invoice now, so that no other loan may have them.
        if (carriedMinor != 0 && confirmation.lot != bytes32(0)) _useLot(id, carriedMinor);
    }

    // ---------------------------------------------------------------- credited by both sides

    /// @inheritdoc ITradeRegistry
    function credit(CreditNote calldata note, Signature calldata buyerSignature, Signature calldata sellerSignature) external {
        EvidenceId id = note.evidence;
        EvidenceWord word = _words[id].word;
        _requireUnknown(note.identity);
        if (note.amountMinor == 0) revert ZeroAmount();
        if (EvidenceId.unwrap(id) == 0 || evidenceOf[note.evidenceIdentity] != id) {
            revert EvidenceIdentityMismatch(id, note.evidenceIdentity, evidenceOf[note.evidenceIdentity]);
        }
        _requireTrade(id, word, note.buyer, note.seller, note.currency, word.kind());
        uint64 creditedMinor = _rarities[id].creditedMinor;
        // An order's face can have become less than what was credited of it.
        uint64 uncreditedMinor = _less(word.faceMinor(), creditedMinor);
        if (note.amountMinor > uncreditedMinor) revert CreditExceedsFace(id, note.amountMinor, uncreditedMinor);
        // Asked only because it reverts for a party that may not act.
        // slither-disable-next-line unused-return
        _participants.active(note.buyer);
        // The same for the seller.
        // slither-disable-next-line unused-return
        _participants.active(note.seller);
        bytes32 structHash = keccak256(abi.encode(CREDIT_NOTE_TYPEHASH, note));
        _requireSigned(note.buyer, buyerSignature, structHash);
        _requireSigned(note.seller, sellerSignature, structHash);

        creditedMinor += note.amountMinor;
        bool cancelled = note.amountMinor == uncreditedMinor;
        creditedBy[note.identity] = id;
        _rarities[id].creditedMinor = creditedMinor;
        _words[id].word = word.withFlags(cancelled ? EvidenceWords.CANCELLED | EvidenceWords.CREDITED : EvidenceWords.CREDITED);
        emit EvidenceCredited(id, note.identity, structHash, note.amountMinor, creditedMinor, cancelled);
    }

    // ---------------------------------------------------------------- used and released by ledger and loans

    // These ask for the sender itself: ledger and loans are contracts, which sign no orders.

    /// @inheritdoc ITradeRegistry
    function consume(PartyId buyer, uint8 currency, uint16 today, RuleId attestation, Leg calldata leg)
        external
        returns (uint16 useIndex)
    {
        if (msg.sender != ledger) revert NotTheLedger(msg.sender);
        (EvidenceSlot storage slot, EvidenceWord word) = _backing(buyer, currency, today, attestation, EvidenceWords.INVOICE, leg);
        useIndex = word.useCount();
        if (useIndex == type(uint16).max) revert TooManyUses(leg.evidence);
        slot.word = word.withUse(leg.amountMinor);
    }

    /// @inheritdoc ITradeRegistry
    function consumeForLoan(PartyId buyer, uint8 currency, uint16 today, uint8 kind, Leg calldata leg) external {
        if (msg.sender != loans) revert NotTheLoans(msg.sender);
        (EvidenceSlot storage slot, EvidenceWord word) = _backing(buyer, currency, today, RuleId.wrap(0), kind, leg);
        slot.word = word.withMoreUsed(leg.amountMinor);
    }

    /// @inheritdoc ITradeRegistry
    function release(EvidenceId id, uint64 amountMinor) external {
        _requireLedgerOrLoans();
        EvidenceWord word = _words[id].word;
        if (amountMinor > word.usedMinor()) revert ReleaseExceedsUse(id, amountMinor, word.usedMinor());
        _words[id].word = word.withLessUsed(amountMinor);
        if (word.has(EvidenceWords.HAS_LOT) && word.kind() == EvidenceWords.INVOICE) lotUsedMinor[lotOf[id]] -= amountMinor;
    }

    /// The document, if it can still back this much, for the caller to write it as used. One read, unless a flag says that there is more
    /// to know.
    function _backing(PartyId buyer, uint8 currency, uint16 today, RuleId attestation, uint8 kind, Leg calldata leg)
        private
        returns (EvidenceSlot storage slot, EvidenceWord word)
    {
        EvidenceId id = leg.evidence;
        slot = _words[id];
        word = slot.word;
        uint64 amountMinor = leg.amountMinor;
        _requireTrade(id, word, buyer, leg.recipient, currency, kind);
        if (kind == EvidenceWords.INVOICE) {
            uint16 deliveryDay = word.deliveryDay();
            if (deliveryDay == 0 || deliveryDay > today) revert NotDelivered(id, deliveryDay, today, RULE_DELIVERED);
        }
        if (RuleId.unwrap(attestation) != 0 && !word.has(EvidenceWords.ATTESTED)) revert EvidenceNotAttested(id, attestation);
        if (word.has(EvidenceWords.SPECIAL)) {
            _requireBacked(id, word, amountMinor);
            if (word.has(EvidenceWords.HAS_LOT) && kind == EvidenceWords.INVOICE) _useLot(id, amountMinor);
        } else {
            // Used never exceeds face: this is where it grows, and the check is below.
            uint64 availableMinor;
            unchecked {
                availableMinor = word.faceMinor() - word.usedMinor();
            }
            if (amountMinor > availableMinor) revert EvidenceExhausted(id, amountMinor, availableMinor);
        }
    }

    function _requireBacked(EvidenceId id, EvidenceWord word, uint64 amountMinor) private view {
        if (word.has(EvidenceWords.CANCELLED)) revert EvidenceCancelled(id);
        uint64 availableMinor = _availableOf(id, word);
        if (amountMinor > availableMinor) revert EvidenceExhausted(id, amountMinor, availableMinor);
    }

    /// A receivable over goods, or a loan carried to it, uses the goods; a loan's lien excludes that.
    function _useLot(EvidenceId id, uint64 amountMinor) private {
        bytes32 lot = lotOf[id];
        if (IWarehouse(warehouse).liveLiens(lot) != 0) revert LotUnderLien(id, lot);
        lotUsedMinor[lot] += amountMinor;
    }

    // ---------------------------------------------------------------- read

    /// @inheritdoc ITradeRegistry
    function evidence(EvidenceId id) external view returns (Evidence memory read) {
        EvidenceWord word = _words[id].word;
        Rarities memory rarities = _rarities[id];
        read.faceMinor = word.faceMinor();
        read.usedMinor = word.usedMinor();
        read.buyer = word.buyer();
        read.seller = word.seller();
        read.currency = word.currency();
        read.kind = word.kind();
        read.flags = word.flags();
        read.deliveryDay = word.deliveryDay();
        read.useCount = word.useCount();
        read.creditedMinor = rarities.creditedMinor;
        read.carriedMinor = rarities.carriedMinor;
        read.lot = lotOf[id];
        read.order = rarities.order;
        read.commitment = _commitments[id];
    }

    /// @inheritdoc ITradeRegistry
    function availableOf(EvidenceId id) external view returns (uint64) {
        return _availableOf(id, _words[id].word);
    }

    /// @inheritdoc ITradeRegistry
    function excessOf(EvidenceId id) external view returns (uint64) {
        EvidenceWord word = _words[id].word;
        return _less(word.usedMinor(), _less(word.faceMinor(), _rarities[id].creditedMinor));
    }

    /// @inheritdoc ITradeRegistry
    function isCancelled(EvidenceId id) external view returns (bool) {
        return _words[id].word.has(EvidenceWords.CANCELLED);
    }

    /// @inheritdoc ITradeRegistry
    function carriedOf(EvidenceId invoice) external view returns (uint64) {
        return _rarities[invoice].carriedMinor;
    }

    /// @inheritdoc ITradeRegistry
    function orderOf(EvidenceId invoice) external view returns (EvidenceId) {
        return _rarities[invoice].order;
    }

    /// @inheritdoc ITradeRegistry
    function batchOf(bytes32 root, PartyId buyer) external view returns (Batch memory) {
        return _batches[root][buyer];
    }

    function _availableOf(EvidenceId id, EvidenceWord word) private view returns (uint64) {
        return _less(_less(word.faceMinor(), _rarities[id].creditedMinor), word.usedMinor());
    }

    // ---------------------------------------------------------------- guards

    function _requireComplete(Confirmation calldata confirmation) private view {
        _requireUnknown(confirmation.identity);
        uint8 kind = confirmation.kind;
        if (kind < EvidenceWords.INVOICE || kind > EvidenceWords.WAREHOUSE_RECEIPT) revert KindUnknown(kind);
        if (confirmation.currency == 0) revert CurrencyMissing();
        if (confirmation.faceMinor == 0) revert ZeroAmount();
        if (kind == EvidenceWords.WAREHOUSE_RECEIPT && confirmation.lot == bytes32(0)) revert LotMissing(confirmation.identity);
        if (kind == EvidenceWords.ORDER && confirmation.lot != bytes32(0)) {
            revert LotOfOrder(confirmation.identity, confirmation.lot);
        }
    }

    /// A document or a credit note is known by its identity, whatever else it says.
    function _requireUnknown(bytes32 identity) private view {
        if (identity == bytes32(0)) revert IdentityMissing();
        EvidenceId known = evidenceOf[identity];
        if (EvidenceId.unwrap(known) == 0) known = creditedBy[identity];
        if (EvidenceId.unwrap(known) != 0) revert IdentityAlreadyRegistered(identity, known, _words[known].word.faceMinor());
    }

    function _requireParties(Confirmation calldata confirmation) private view {
        _requireBuyer(confirmation.buyer);
        (, uint16 roles) = _participants.active(confirmation.seller);
        if (confirmation.kind != EvidenceWords.WAREHOUSE_RECEIPT && roles & (SUPPLIER | CORE_ENTERPRISE) == 0) {
            revert IParticipants.RoleMissing(confirmation.seller, SUPPLIER | CORE_ENTERPRISE);
        }
        _participants.requireUnrelated(confirmation.buyer, confirmation.seller);
        if (PartyId.unwrap(confirmation.attestor) != 0) {
            _requireAttestor(confirmation.attestor, confirmation.buyer);
            _participants.requireUnrelated(confirmation.attestor, confirmation.seller);
        }
    }

    function _requireBuyer(PartyId buyer) private view {
        (, uint16 roles) = _participants.active(buyer);
        if (roles & OPERATOR != 0) revert OperatorCannotConfirm(buyer);
    }

    /// The operator is nothing else, so it is no attestor.
    function _requireAttestor(PartyId attestor, PartyId buyer) private view {
        (, uint16 roles) = _participants.active(attestor);
        if (roles & ATTESTOR == 0) revert IParticipants.RoleMissing(attestor, ATTESTOR);
        _participants.requireUnrelated(attestor, buyer);
    }

    function _requireSigned(PartyId party, Signature calldata signature, bytes32 structHash) private view {
        if (!_isSigned(party, signature, structHash)) revert SignatureInvalid(party, signature.key);
    }

    function _requireAttested(PartyId attestor, Signature calldata signature, bytes32 structHash) private view {
        if (PartyId.unwrap(attestor) == 0) return;
        if (!_isSigned(attestor, signature, structHash)) revert AttestationInvalid(attestor, signature.key);
    }

    /// Whether a key of the party signed. Whether the party may act is asked elsewhere.
    function _isSigned(PartyId party, Signature calldata signature, bytes32 structHash) private view returns (bool) {
        if (_participants.identified(signature.key) != party) revert IParticipants.KeyNotOfParty(party, signature.key);
        return SignatureChecker.isValidSignatureNow(signature.key, _hashTypedDataV4(structHash), signature.signature);
    }

    /// The document is of this trade; else says what differs.
    function _requireTrade(EvidenceId id, EvidenceWord word, PartyId buyer, PartyId seller, uint8 currency, uint8 kind) private pure {
        if (word.isOf(EvidenceWords.trade(buyer, seller, currency, kind))) return;
        uint8 found = word.kind();
        if (found == 0) revert EvidenceNotFound(id);
        if (found != kind) {
            if (kind == EvidenceWords.INVOICE) revert EvidenceIsNoInvoice(id, found);
            revert EvidenceKindMismatch(id, kind, found);
        }
        if (word.buyer() != buyer) revert EvidenceBuyerMismatch(id, word.buyer(), buyer);
        if (word.seller() != seller) revert EvidenceSellerMismatch(id, word.seller(), seller);
        revert CurrencyMismatch(word.currency(), currency);
    }

    function _requireLedgerOrLoans() private view {
        if (msg.sender != ledger && msg.sender != loans) revert NeitherLedgerNorLoans(msg.sender);
    }

    function _requireEqualLengths(uint256 left, uint256 right) private pure {
        if (left != right) revert ListsDiffer(left, right);
    }

    // ---------------------------------------------------------------- arithmetic

    function _commitmentOf(Confirmation calldata confirmation) private pure returns (bytes32) {
        return keccak256(abi.encode(CONFIRMATION_TYPEHASH, confirmation));
    }

    function _min(uint64 left, uint64 right) private pure returns (uint64) {
        return left < right ? left : right;
    }

    /// The difference, and nothing below zero.
    function _less(uint64 from, uint64 amount) private pure returns (uint64) {
        return from > amount ? from - amount : 0;
    }
}
