// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Loans} from "../Loans.sol";
import {Settlement} from "../Settlement.sol";
import {TradeRegistry} from "../TradeRegistry.sol";
import {Warehouse} from "../Warehouse.sol";
import {ILoans} from "../interfaces/ILoans.sol";
import {ITradeRegistry} from "../interfaces/ITradeRegistry.sol";
import {EvidenceId, LoanId, PartyId, ReceiptId} from "../types/Identifiers.sol";
import {Leg, Signature} from "../types/Movements.sol";
import {ATTESTOR, BANK, CORE_ENTERPRISE, KEEPER, OPERATOR, SUPPLIER} from "../types/Roles.sol";
import {RuleId} from "../types/RuleIds.sol";
import {ReentrantToken} from "./Hostile.t.sol";
import {Office} from "./Office.t.sol";

/// @notice Documents, goods and loans, with an address in the ledger's place. Typed data is built here from the published types, not from
/// the contracts' constants, so that a wrong type hash shows.
abstract contract RegistryWorld is Office {
    uint40 internal constant CONSENT_UNTIL = type(uint40).max;
    uint8 internal constant CNY = 1;
    uint8 internal constant EUR = 2;
    uint8 internal constant INVOICE = 1;
    uint8 internal constant ORDER = 2;
    uint8 internal constant RECEIPT = 3;
    uint8 internal constant ATTESTED = 1;
    uint8 internal constant CANCELLED = 2;
    uint8 internal constant CREDITED = 4;
    uint8 internal constant HAS_LOT = 8;
    int8 internal constant SHANGHAI = 32;
    uint16 internal constant MATURITY = START_DAY + 90;
    bytes32 internal constant LOT = keccak256("100 tons of copper");
    bytes32 internal constant OTHER_LOT = keccak256("100 tons of zinc");
    EvidenceId internal constant NO_EVIDENCE = EvidenceId.wrap(0);
    ReceiptId internal constant NO_RECEIPT = ReceiptId.wrap(0);

    TradeRegistry internal registry;
    Warehouse internal warehouse;
    Settlement internal settlement;
    Loans internal loans;
    ReentrantToken internal money;

    PartyId internal operator;
    PartyId internal bank;
    PartyId internal buyer;
    PartyId internal otherBuyer;
    PartyId internal seller;
    PartyId internal other;
    PartyId internal keeper;
    PartyId internal otherKeeper;
    PartyId internal attestor;

    /// A party's key is named after it.
    mapping(PartyId party => string name) internal nameOf;
    uint256 private _documents;

    function setUp() public virtual {
        _open();
        _deploy();
        operator = _named("operator", OPERATOR);
        bank = _named("bank", BANK);
        buyer = _named("buyer", CORE_ENTERPRISE);
        otherBuyer = _named("other buyer", CORE_ENTERPRISE);
        seller = _named("seller", SUPPLIER);
        other = _named("other", SUPPLIER);
        keeper = _named("keeper", KEEPER);
        otherKeeper = _named("other keeper", KEEPER);
        attestor = _named("attestor", ATTESTOR);
        money = new ReentrantToken();
        _appoint(address(settlement), settlement.approveToken.selector);
        settlement.approveToken(address(money), CNY);
        _fund(bank);
        _fund(buyer);
        _fund(seller);
        _fund(other);
    }

    function _deploy() private {
        uint64 nonce = vm.getNonce(address(this));
        address warehouseAt = vm.computeCreateAddress(address(this), nonce + 1);
        address loansAt = vm.computeCreateAddress(address(this), nonce + 3);
        registry = TradeRegistry(
            create(creationOf("TradeRegistry", abi.encode(participants, LEDGER, loansAt, warehouseAt, uint16(1), FORWARDER)))
        );
        warehouse = Warehouse(create(creationOf("Warehouse", abi.encode(participants, registry, loansAt, FORWARDER))));
        settlement = Settlement(create(creationOf("Settlement", abi.encode(authority, LEDGER, loansAt, uint16(1)))));
        loans = Loans(
            create(creationOf("Loans", abi.encode(participants, registry, warehouse, settlement, uint16(1), FORWARDER)))
        );
        assertEq(address(loans), loansAt, "address of the loans");
    }

    function _named(string memory name, uint16 roles) internal returns (PartyId id) {
        id = _party(name, roles);
        nameOf[id] = name;
    }

    function _key(PartyId party) internal view returns (address) {
        return _keyOf(nameOf[party]);
    }

    function _account(PartyId party) internal view returns (address) {
        return _accountOf(nameOf[party]);
    }

    function _fund(PartyId party) internal {
        money.mint(_account(party), 1e18);
        vm.prank(_account(party));
        money.approve(address(settlement), type(uint256).max);
    }

    /// Both belong to one group from now on.
    function _relate(PartyId left, PartyId right) internal {
        participants.regroup(left, 7);
        participants.regroup(right, 7);
    }

    function _dayIs(uint16 day) internal {
        vm.warp(uint256(day) * 1 days + 4 hours);
    }

    // ---------------------------------------------------------------- documents

    function _confirmation(PartyId from, PartyId to, uint64 faceMinor) internal returns (ITradeRegistry.Confirmation memory made) {
        made.identity = keccak256(abi.encode("identity", ++_documents));
        made.digest = keccak256(abi.encode("digest", _documents));
        made.kind = INVOICE;
        made.faceMinor = faceMinor;
        made.currency = CNY;
        made.buyer = from;
        made.seller = to;
        made.deliveryDay = START_DAY;
    }

    function _order(PartyId from, PartyId to, uint64 faceMinor) internal returns (ITradeRegistry.Confirmation memory made) {
        made = _confirmation(from, to, faceMinor);
        made.kind = ORDER;
        made.deliveryDay = 0;
    }

    function _receipt(bytes32 lot, PartyId from, PartyId to, uint64 faceMinor)
        internal
        returns (ITradeRegistry.Confirmation memory made)
    {
        made = _confirmation(from, to, faceMinor);
        made.kind = RECEIPT;
        made.lot = lot;
    }

    function _invoiceOver(bytes32 lot, PartyId from, PartyId to, uint64 faceMinor)
        internal
        returns (ITradeRegistry.Confirmation memory made)
    {
        made = _confirmation(from, to, faceMinor);
        made.lot = lot;
    }

    function _confirm(PartyId from, PartyId to, uint64 faceMinor) internal returns (EvidenceId) {
        return _register(_confirmation(from, to, faceMinor));
    }

    /// Signed by the parties that it names.
    function _register(ITradeRegistry.Confirmation memory confirmation) internal returns (EvidenceId) {
        Signature memory attestation;
        if (PartyId.unwrap(confirmation.attestor) != 0) {
            attestation = _signedBy(confirmation.attestor, _confirmationDigest(confirmation));
        }
        return _register(confirmation, _signedBy(confirmation.buyer, _confirmationDigest(confirmation)), attestation);
    }

    function _register(ITradeRegistry.Confirmation memory confirmation, Signature memory signature, Signature memory attestation)
        internal
        returns (EvidenceId)
    {
        return registry.register(_one(confirmation), _one(signature), _one(attestation))[0];
    }

    function _note(EvidenceId id, uint64 amountMinor) internal returns (ITradeRegistry.CreditNote memory) {
        ITradeRegistry.Evidence memory document = registry.evidence(id);
        return ITradeRegistry.CreditNote({
            identity: keccak256(abi.encode("note", ++_documents)),
            digest: keccak256(abi.encode("note's digest", _documents)),
            evidence: id,
            evidenceIdentity: _identityOf(id),
            amountMinor: amountMinor,
            currency: document.currency,
            buyer: document.buyer,
            seller: document.seller
        });
    }

    /// Identities are counted as documents are made; this finds the one that was registered as `id`.
    function _identityOf(EvidenceId id) internal view returns (bytes32 identity) {
        for (uint256 i = 1; i <= _documents; ++i) {
            identity = keccak256(abi.encode("identity", i));
            if (registry.evidenceOf(identity) == id) return identity;
        }
        return 0;
    }

    function _credit(ITradeRegistry.CreditNote memory note) internal {
        bytes32 digest = _noteDigest(note);
        registry.credit(note, _signedBy(note.buyer, digest), _signedBy(note.seller, digest));
    }

    function _credit(EvidenceId id, uint64 amountMinor) internal {
        _credit(_note(id, amountMinor));
    }

    // ---------------------------------------------------------------- what the ledger does

    function _leg(PartyId recipient, uint64 amountMinor, EvidenceId id) internal pure returns (Leg memory) {
        return Leg({recipient: recipient, amountMinor: amountMinor, evidence: id, deadline: 0});
    }

    /// The ledger uses a document of the usual buyer and seller.
    function _use(EvidenceId id, uint64 amountMinor) internal returns (uint16) {
        ITradeRegistry.Evidence memory document = registry.evidence(id);
        vm.prank(LEDGER);
        return registry.consume(document.buyer, document.currency, START_DAY, RuleId.wrap(0), _leg(document.seller, amountMinor, id));
    }

    function _useRefused(EvidenceId id, uint64 amountMinor, bytes memory reason) internal {
        ITradeRegistry.Evidence memory document = registry.evidence(id);
        vm.expectRevert(reason);
        vm.prank(LEDGER);
        registry.consume(document.buyer, document.currency, START_DAY, RuleId.wrap(0), _leg(document.seller, amountMinor, id));
    }

    function _release(EvidenceId id, uint64 amountMinor) internal {
        vm.prank(LEDGER);
        registry.release(id, amountMinor);
    }

    // ---------------------------------------------------------------- goods

    function _measure(bytes32 lot, PartyId by, PartyId depositor, uint64 quantity) internal {
        vm.prank(_key(by));
        warehouse.measure(lot, depositor, quantity);
    }

    /// A receipt of the keeper's for the owner, with a document of this face.
    function _issueReceipt(bytes32 lot, uint64 quantity, PartyId owner, uint64 faceMinor)
        internal
        returns (ReceiptId id, EvidenceId document, bytes32 identity)
    {
        ITradeRegistry.Confirmation memory confirmation = _receipt(lot, keeper, owner, faceMinor);
        document = _register(confirmation);
        identity = confirmation.identity;
        vm.prank(_key(keeper));
        id = warehouse.issueReceipt(lot, identity, quantity, owner);
    }

    // ---------------------------------------------------------------- loans

    function _offerOnReceipt(ReceiptId receipt, EvidenceId document, bytes32 identity, PartyId borrower, uint64 limitMinor)
        internal
        view
        returns (ILoans.LoanOffer memory)
    {
        return ILoans.LoanOffer({
            kind: RECEIPT,
            receipt: receipt,
            evidence: document,
            evidenceIdentity: identity,
            borrower: borrower,
            bank: bank,
            limitMinor: limitMinor,
            currency: CNY,
            cashToken: address(money),
            annualRateMicros: 36_000,
            dayCountBasis: 360,
            maturityDay: MATURITY,
            utcOffsetQuarterHours: SHANGHAI,
            validUntil: uint40(block.timestamp + 1 hours),
            twiceMeasured: false,
            registrationNumber: keccak256("registration"),
            descriptionHash: keccak256("description"),
            nonce: 1
        });
    }

    function _offerOnOrder(EvidenceId order, bytes32 identity, PartyId borrower, uint64 limitMinor)
        internal
        view
        returns (ILoans.LoanOffer memory offer)
    {
        offer = _offerOnReceipt(NO_RECEIPT, order, identity, borrower, limitMinor);
        offer.kind = ORDER;
    }

    function _take(ILoans.LoanOffer memory offer) internal returns (LoanId) {
        Signature memory signature = _signedBy(offer.bank, _offerDigest(offer));
        vm.prank(_key(offer.borrower));
        return loans.open(offer, signature);
    }

    function _takeRefused(ILoans.LoanOffer memory offer, bytes memory reason) internal {
        Signature memory signature = _signedBy(offer.bank, _offerDigest(offer));
        vm.expectRevert(reason);
        vm.prank(_key(offer.borrower));
        loans.open(offer, signature);
    }

    // ---------------------------------------------------------------- typed data

    function _signedBy(PartyId party, bytes32 digest) internal view returns (Signature memory) {
        return _signedBy(nameOf[party], digest);
    }

    function _signedBy(string memory name, bytes32 digest) internal pure returns (Signature memory) {
        return Signature({key: _keyOf(name), signature: _signed(_secretOf(name), digest)});
    }

    function _digest(string memory name, address verifier, bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256("1"),
                block.chainid,
                verifier
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function _confirmationHash(ITradeRegistry.Confirmation memory confirmation) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256(
                    "Confirmation(bytes32 identity,bytes32 digest,uint8 kind,uint64 faceMinor,uint8 currency,uint32 buyer,uint32 seller,uint16 deliveryDay,bytes32 lot,bytes32 order,uint32 attestor)"
                ),
                confirmation
            )
        );
    }

    function _confirmationDigest(ITradeRegistry.Confirmation memory confirmation) internal view returns (bytes32) {
        return _digest("Pearlchain TradeRegistry", address(registry), _confirmationHash(confirmation));
    }

    function _batchDigest(ITradeRegistry.BatchConfirmation memory batch) internal view returns (bytes32) {
        bytes32 typeHash = keccak256("BatchConfirmation(bytes32 root,uint32 buyer,uint32 attestor,uint32 count,uint40 validUntil)");
        return _digest("Pearlchain TradeRegistry", address(registry), keccak256(abi.encode(typeHash, batch)));
    }

    function _noteHash(ITradeRegistry.CreditNote memory note) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256(
                    "CreditNote(bytes32 identity,bytes32 digest,uint40 evidence,bytes32 evidenceIdentity,uint64 amountMinor,uint8 currency,uint32 buyer,uint32 seller)"
                ),
                note
            )
        );
    }

    function _noteDigest(ITradeRegistry.CreditNote memory note) internal view returns (bytes32) {
        return _digest("Pearlchain TradeRegistry", address(registry), _noteHash(note));
    }

    function _offerHash(ILoans.LoanOffer memory offer) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256(
                    "LoanOffer(uint8 kind,uint40 receipt,uint40 evidence,bytes32 evidenceIdentity,uint32 borrower,uint32 bank,uint64 limitMinor,uint8 currency,address cashToken,uint32 annualRateMicros,uint16 dayCountBasis,uint16 maturityDay,int8 utcOffsetQuarterHours,uint40 validUntil,bool twiceMeasured,bytes32 registrationNumber,bytes32 descriptionHash,uint64 nonce)"
                ),
                offer
            )
        );
    }

    /// The bank's consent that the loan rests on this invoice, until the end of this second.
    function _saleConsent(PartyId by, LoanId loan, bytes32 offerHash, bytes32 invoiceIdentity, uint40 until)
        internal
        view
        returns (Signature memory)
    {
        bytes32 typeHash = keccak256("SaleConsent(uint40 loan,bytes32 offerHash,bytes32 invoiceIdentity,uint40 validUntil)");
        bytes32 structHash = keccak256(abi.encode(typeHash, loan, offerHash, invoiceIdentity, until));
        return _signedBy(by, _digest("Pearlchain Loans", address(loans), structHash));
    }

    function _offerDigest(ILoans.LoanOffer memory offer) internal view returns (bytes32) {
        return _digest("Pearlchain Loans", address(loans), _offerHash(offer));
    }

    // ---------------------------------------------------------------- lists of one

    function _one(Signature memory signature) internal pure returns (Signature[] memory list) {
        list = new Signature[](1);
        list[0] = signature;
    }

    function _one(ITradeRegistry.Confirmation memory confirmation) internal pure returns (ITradeRegistry.Confirmation[] memory list) {
        list = new ITradeRegistry.Confirmation[](1);
        list[0] = confirmation;
    }
}
