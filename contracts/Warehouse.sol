// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";

import {IParticipants} from "./interfaces/IParticipants.sol";
import {ITradeRegistry} from "./interfaces/ITradeRegistry.sol";
import {IWarehouse} from "./interfaces/IWarehouse.sol";
import {EvidenceWords} from "./libraries/EvidenceWords.sol";
import {LotWord, LotWords} from "./libraries/LotWords.sol";
import {ReceiptWord, ReceiptWords} from "./libraries/ReceiptWords.sol";
import {EvidenceId, LoanId, PartyId, ReceiptId} from "./types/Identifiers.sol";
import {ATTESTOR, KEEPER} from "./types/Roles.sol";

/// @notice See `IWarehouse`.
contract Warehouse is IWarehouse, ERC2771Context {
    IParticipants private immutable _participants;
    ITradeRegistry private immutable _registry;

    /// @inheritdoc IWarehouse
    address public immutable loans;

    /// @inheritdoc IWarehouse
    uint40 public receiptCount;

    mapping(bytes32 lot => LotWord word) private _lots;

    mapping(ReceiptId receipt => ReceiptWord word) private _receipts;

    /// @inheritdoc IWarehouse
    mapping(ReceiptId receipt => bytes32 lot) public lotOf;

    /// @inheritdoc IWarehouse
    mapping(EvidenceId evidence => ReceiptId receipt) public receiptOf;

    constructor(IParticipants participants_, ITradeRegistry registry_, address loans_, address forwarder) ERC2771Context(forwarder) {
        _participants = participants_;
        _registry = registry_;
        loans = loans_;
    }

    // ---------------------------------------------------------------- measured

    /// @inheritdoc IWarehouse
    function measure(bytes32 lot, PartyId depositor, uint64 quantity) external {
        PartyId keeper = _actorWith(KEEPER);
        LotWord word = _lots[lot];
        if (PartyId.unwrap(word.keeper()) == 0) {
            if (lot == bytes32(0)) revert LotMissing();
            if (quantity == 0) revert ZeroQuantity();
            // Asked only because it reverts for a party that may not act.
            // slither-disable-next-line unused-return
            _participants.active(depositor);
            word = LotWords.pack(keeper, depositor);
        }
        if (word.keeper() != keeper) revert NotTheKeeper(lot, word.keeper(), keeper);
        if (word.depositor() != depositor) revert DepositorMismatch(lot, word.depositor(), depositor);
        if (quantity > word.measured()) _participants.requireUnrelated(keeper, depositor);

        word = word.withMeasured(quantity);
        _lots[lot] = word;
        emit LotMeasured(lot, keeper, depositor, quantity);
        if (word.isShort()) emit StockShort(lot, quantity, word.receipted());
    }

    /// @inheritdoc IWarehouse
    function confirmMeasurement(bytes32 lot, uint64 quantity) external {
        PartyId confirmer = _actorWith(KEEPER | ATTESTOR);
        LotWord word = _knownLot(lot);
        if (quantity != word.measured()) revert MeasurementDiffers(lot, word.measured(), quantity);
        if (PartyId.unwrap(word.confirmer()) != 0) revert AlreadyConfirmed(lot, word.confirmer());
        _participants.requireUnrelated(confirmer, word.keeper());
        _participants.requireUnrelated(confirmer, word.depositor());

        _lots[lot] = word.withConfirmer(confirmer);
        emit MeasurementConfirmed(lot, confirmer, quantity);
    }

    // ---------------------------------------------------------------- receipts

    /// @inheritdoc IWarehouse
    function issueReceipt(bytes32 lot, bytes32 evidenceIdentity, uint64 quantity, PartyId owner) external returns (ReceiptId receipt) {
        PartyId keeper = _actorWith(KEEPER);
        LotWord word = _keptBy(lot, keeper);
        if (quantity == 0) revert ZeroQuantity();
        if (word.isShort()) revert LotShort(lot, word.measured(), word.receipted());
        uint64 free = word.measured() - word.receipted();
        if (quantity > free) revert StockExceeded(lot, quantity, free);
        // Asked only because it reverts for a party that may not act.
        // slither-disable-next-line unused-return
        _participants.active(owner);
        EvidenceId evidence = _registry.evidenceOf(evidenceIdentity);
        ITradeRegistry.Evidence memory document = _registry.evidence(evidence);
        bool fits = document.kind == EvidenceWords.WAREHOUSE_RECEIPT && document.lot == lot && document.buyer == keeper
            && document.seller == owner;
        if (!fits) revert DocumentMismatch(evidenceIdentity, lot, keeper, owner);
        if (ReceiptId.unwrap(receiptOf[evidence]) != 0) revert DocumentTaken(evidence, receiptOf[evidence]);

        receipt = ReceiptId.wrap(++receiptCount);
        _lots[lot] = word.withReceipt(quantity);
        _receipts[receipt] = ReceiptWords.pack(quantity, owner, evidence);
        lotOf[receipt] = lot;
        receiptOf[evidence] = receipt;
        emit ReceiptIssued(receipt, lot, evidence, quantity, owner);
    }

    /// @inheritdoc IWarehouse
    function transferReceipt(ReceiptId receipt, bytes32 evidenceIdentity, PartyId newOwner) external {
        ReceiptWord word = _freeReceipt(receipt, evidenceIdentity);
        (PartyId caller,,) = _participants.actor(_msgSender());
        if (word.owner() != caller) revert NotTheOwner(receipt, word.owner(), caller);
        // Asked only because it reverts for a party that may not act.
        // slither-disable-next-line unused-return
        _participants.active(newOwner);

        _receipts[receipt] = word.withOwner(newOwner);
        emit ReceiptTransferred(receipt, caller, newOwner);
    }

    /// @inheritdoc IWarehouse
    function withdraw(ReceiptId receipt, bytes32 evidenceIdentity) external {
        ReceiptWord word = _freeReceipt(receipt, evidenceIdentity);
        bytes32 lot = lotOf[receipt];
        LotWord stock = _keptBy(lot, _actorWith(KEEPER));

        _receipts[receipt] = word.withState(ReceiptWords.WITHDRAWN);
        _lots[lot] = stock.withoutReceipt(word.quantity());
        emit ReceiptWithdrawn(receipt);
    }

    // ---------------------------------------------------------------- liens

    // These ask for the sender itself: the loans are a contract, which signs no orders.

    /// @inheritdoc IWarehouse
    function pledge(ReceiptId receipt, LoanId loan, PartyId owner, bool twiceMeasured) external {
        _requireLoans();
        (ReceiptWord word, bytes32 lot, LotWord stock) = _sound(receipt, twiceMeasured);
        if (word.owner() != owner) revert NotTheOwner(receipt, word.owner(), owner);
        if (word.isPledged()) revert ReceiptIsPledged(receipt, word.loan());
        if (stock.liens() != 0) revert LotIsPledged(lot);
        uint256 usedMinor = _registry.lotUsedMinor(lot);
        if (usedMinor != 0) revert GoodsBackReceivables(lot, usedMinor);

        _receipts[receipt] = word.withLoan(loan);
        _lots[lot] = stock.withLien();
        emit ReceiptPledged(receipt, loan);
    }

    /// @inheritdoc IWarehouse
    function release(ReceiptId receipt) external {
        _requireLoans();
        ReceiptWord word = _receipts[receipt];
        if (!word.isPledged()) revert ReceiptNotPledged(receipt);
        bytes32 lot = lotOf[receipt];

        _receipts[receipt] = word.withLoan(LoanId.wrap(0));
        _lots[lot] = _lots[lot].withoutLien();
        emit ReceiptReleased(receipt, word.loan());
    }

    // ---------------------------------------------------------------- read

    /// @inheritdoc IWarehouse
    function requireSound(ReceiptId receipt, bool twiceMeasured) external view {
        _sound(receipt, twiceMeasured);
    }

    /// @inheritdoc IWarehouse
    function liveLiens(bytes32 lot) external view returns (uint256) {
        return _lots[lot].liens();
    }

    /// @inheritdoc IWarehouse
    function lotWord(bytes32 lot) external view returns (LotWord) {
        return _lots[lot];
    }

    /// @inheritdoc IWarehouse
    function receiptWord(ReceiptId receipt) external view returns (ReceiptWord) {
        return _receipts[receipt];
    }

    /// @inheritdoc IWarehouse
    function registry() external view returns (address) {
        return address(_registry);
    }

    // ---------------------------------------------------------------- guards

    /// The caller's active party, which has one of the roles.
    function _actorWith(uint16 wanted) private view returns (PartyId caller) {
        uint16 roles;
        (caller,, roles) = _participants.actor(_msgSender());
        if (roles & wanted == 0) revert IParticipants.RoleMissing(caller, wanted);
    }

    function _knownLot(bytes32 lot) private view returns (LotWord word) {
        word = _lots[lot];
        if (PartyId.unwrap(word.keeper()) == 0) revert LotUnknown(lot);
    }

    function _keptBy(bytes32 lot, PartyId keeper) private view returns (LotWord word) {
        word = _knownLot(lot);
        if (word.keeper() != keeper) revert NotTheKeeper(lot, word.keeper(), keeper);
    }

    function _liveReceipt(ReceiptId receipt) private view returns (ReceiptWord word) {
        word = _receipts[receipt];
        if (word.state() != ReceiptWords.LIVE) revert ReceiptNotLive(receipt);
    }

    /// The receipt that an order means, which secures no loan.
    function _freeReceipt(ReceiptId receipt, bytes32 evidenceIdentity) private view returns (ReceiptWord word) {
        word = _liveReceipt(receipt);
        if (_registry.evidenceOf(evidenceIdentity) != word.evidence()) revert ReceiptMismatch(receipt, evidenceIdentity);
        if (word.isPledged()) revert ReceiptIsPledged(receipt, word.loan());
    }

    /// A receipt that something new may rest on, and its lot.
    function _sound(ReceiptId receipt, bool twiceMeasured) private view returns (ReceiptWord word, bytes32 lot, LotWord stock) {
        word = _liveReceipt(receipt);
        lot = lotOf[receipt];
        stock = _lots[lot];
        if (stock.isShort()) revert LotShort(lot, stock.measured(), stock.receipted());
        _participants.requireUnrelated(stock.keeper(), word.owner());
        if (twiceMeasured) {
            if (PartyId.unwrap(stock.confirmer()) == 0) revert NotTwiceMeasured(lot);
            _participants.requireUnrelated(stock.confirmer(), word.owner());
        }
    }

    function _requireLoans() private view {
        if (msg.sender != loans) revert NotTheLoans(msg.sender);
    }
}
