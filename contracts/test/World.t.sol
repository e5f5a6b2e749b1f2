// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Authority} from "../Authority.sol";
import {CreditLedger} from "../CreditLedger.sol";
import {DepositToken} from "../DepositToken.sol";
import {LedgerReader} from "../LedgerReader.sol";
import {Participants} from "../Participants.sol";
import {Rulebook} from "../Rulebook.sol";
import {Settlement} from "../Settlement.sol";
import {TradeRegistry} from "../TradeRegistry.sol";
import {Loans} from "../Loans.sol";
import {SignedOrders} from "../SignedOrders.sol";
import {Warehouse} from "../Warehouse.sol";
import {IAllotments} from "../interfaces/IAllotments.sol";
import {ICreditLedger} from "../interfaces/ICreditLedger.sol";
import {IFinancing} from "../interfaces/IFinancing.sol";
import {IGuarantees} from "../interfaces/IGuarantees.sol";
import {IHolds} from "../interfaces/IHolds.sol";
import {ILedgerParts} from "../interfaces/ILedgerParts.sol";
import {ILines} from "../interfaces/ILines.sol";
import {IMaturity} from "../interfaces/IMaturity.sol";
import {IRulebook} from "../interfaces/IRulebook.sol";
import {ITokenViews} from "../interfaces/ITokenViews.sol";
import {ITradeRegistry} from "../interfaces/ITradeRegistry.sol";
import {PieceWord, PieceWords} from "../libraries/PieceWords.sol";
import {EvidenceId, LineId, LoanId, ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {AllotmentTerms, Leg, PieceState, Signature} from "../types/Movements.sol";
import {PieceReference} from "../types/PieceReference.sol";
import {BANK, CORE_ENTERPRISE, OPERATOR, SUPPLIER} from "../types/Roles.sol";
import {Test} from "./Test.t.sol";

/// @notice A small supply chain, and the messages that its companies sign. Typed data is built here from the published types, not from the
/// contracts' constants, so that a wrong type hash shows.
abstract contract World is Test {
    struct Company {
        PartyId id;
        address key;
        uint256 secret;
    }

    uint8 internal constant CNY = 1;
    uint8 internal constant EUR = 2;
    uint8 internal constant VOUCHER = 1;
    uint8 internal constant BILL = 2;
    int8 internal constant SHANGHAI = 32;
    uint16 internal constant NEVER = type(uint16).max;
    uint64 internal constant REGISTRAR = 1;
    uint64 internal constant RULES_OWNER = 2;
    uint64 internal constant TOKEN_APPROVER = 3;
    /// Noon in Shanghai on this day.
    uint16 internal constant START_DAY = 20_000;
    uint16 internal constant MATURITY = START_DAY + 90;
    uint64 internal constant LIMIT = 1_000_000_00;

    Authority internal authority;
    Participants internal participants;
    Rulebook internal rulebook;
    TradeRegistry internal registry;
    Settlement internal settlement;
    Warehouse internal warehouse;
    Loans internal loans;
    SignedOrders internal orders;
    CreditLedger internal ledger;
    /// The ledger's modules, which are at the ledger's address.
    ILines internal lines;
    IAllotments internal allotments;
    IFinancing internal financing;
    IMaturity internal maturity;
    IGuarantees internal guarantees;
    IHolds internal holds;
    ITokenViews internal tokens;
    LedgerReader internal reader;
    DepositToken internal money;

    Company internal operator;
    Company internal bank;
    Company internal otherBank;
    Company internal issuer;
    Company internal otherIssuer;
    Company internal supplier;
    Company internal second;
    Company internal third;
    LineId internal line;
    uint256 private _documents;

    function setUp() public virtual {
        vm.warp((uint256(START_DAY) * 1 days + 4 hours) * _ticksASecond());
        _deploy();
        bank = _company("bank", BANK);
        operator = _company("operator", OPERATOR);
        otherBank = _company("other bank", BANK);
        issuer = _company("issuer", CORE_ENTERPRISE);
        otherIssuer = _company("other issuer", CORE_ENTERPRISE);
        supplier = _company("supplier", SUPPLIER);
        second = _company("second tier", SUPPLIER);
        third = _company("third tier", SUPPLIER);
        line = _grant(bank, issuer, LIMIT, CNY);
        money = _money(bank, CNY);
        _fund(issuer, money, 10 * uint256(LIMIT));
        _fund(bank, money, 10 * uint256(LIMIT));
        _limitFinancing(bank, issuer, LIMIT);
    }

    /// What the contracts are made with; they need one another's addresses before they exist.
    function _wiring(uint64 nonce) private view returns (ILedgerParts.Wiring memory wiring) {
        wiring.forwarder = vm.computeCreateAddress(address(this), nonce + 1);
        wiring.participants = vm.computeCreateAddress(address(this), nonce + 2);
        wiring.rulebook = vm.computeCreateAddress(address(this), nonce + 3);
        wiring.registry = vm.computeCreateAddress(address(this), nonce + 4);
        wiring.settlement = vm.computeCreateAddress(address(this), nonce + 6);
        wiring.ticksASecond = _ticksASecond();
    }

    /// Block time is seconds, where a test does not say otherwise.
    function _ticksASecond() internal pure virtual returns (uint16) {
        return 1;
    }

    function _deploy() private {
        uint64 nonce = vm.getNonce(address(this));
        ILedgerParts.Wiring memory wiring = _wiring(nonce);
        address ledgerAddress = vm.computeCreateAddress(address(this), nonce + 8 + uint64(_moduleNames().length));
        address warehouseAt = vm.computeCreateAddress(address(this), nonce + 5);
        address loansAt = vm.computeCreateAddress(address(this), nonce + 7);
        authority = Authority(create(creationOf("Authority", abi.encode(address(this)))));
        orders = SignedOrders(create(creationOf("SignedOrders", _orderForms())));
        participants =
            Participants(create(creationOf("Participants", abi.encode(authority, ledgerAddress, wiring.ticksASecond, wiring.forwarder))));
        rulebook = Rulebook(
            create(creationOf("Rulebook", abi.encode(authority, ledgerAddress, wiring.ticksASecond, _rules(), _rules(), wiring.forwarder)))
        );
        registry = TradeRegistry(
            create(
                creationOf(
                    "TradeRegistry", abi.encode(participants, ledgerAddress, loansAt, warehouseAt, wiring.ticksASecond, wiring.forwarder)
                )
            )
        );
        warehouse = Warehouse(create(creationOf("Warehouse", abi.encode(participants, registry, loansAt, wiring.forwarder))));
        settlement = Settlement(create(creationOf("Settlement", abi.encode(authority, ledgerAddress, loansAt, wiring.ticksASecond))));
        loans = Loans(
            create(
                creationOf(
                    "Loans",
                    abi.encode(participants, registry, warehouse, wiring.settlement, wiring.ticksASecond, wiring.forwarder)
                )
            )
        );
        _deployLedger(wiring);
        assertEq(address(ledger), ledgerAddress, "address of the ledger");
        assertEq(address(loans), loansAt, "address of the loans");
        _giveRoles();
    }

    function _orderForms() internal view virtual returns (bytes memory) {
        return abi.encode(_ticksASecond(), new bytes32[](0), new bytes32[](0));
    }

    function _moduleNames() internal pure returns (string[7] memory) {
        return ["Lines", "Allotments", "Financing", "Maturity", "Guarantees", "Holds", "TokenViews"];
    }

    function _deployLedger(ILedgerParts.Wiring memory wiring) private {
        string[7] memory names = _moduleNames();
        address[] memory modules = new address[](names.length);
        for (uint256 i = 0; i < names.length; ++i) {
            modules[i] = create(creationOf(names[i], abi.encode(wiring)));
        }
        ledger = CreditLedger(create(creationOf("CreditLedger", abi.encode(wiring, modules))));
        reader = LedgerReader(create(creationOf("LedgerReader", abi.encode(ledger, participants))));
        lines = ILines(address(ledger));
        allotments = IAllotments(address(ledger));
        financing = IFinancing(address(ledger));
        maturity = IMaturity(address(ledger));
        guarantees = IGuarantees(address(ledger));
        holds = IHolds(address(ledger));
        tokens = ITokenViews(address(ledger));
    }

    function _giveRoles() private {
        _give(REGISTRAR, address(participants), participants.register.selector);
        _give(REGISTRAR, address(participants), participants.suspend.selector);
        _give(REGISTRAR, address(participants), participants.reinstate.selector);
        _give(REGISTRAR, address(participants), participants.renew.selector);
        _give(REGISTRAR, address(participants), participants.regroup.selector);
        _give(REGISTRAR, address(participants), participants.approveRecovery.selector);
        _give(RULES_OWNER, address(rulebook), rulebook.enact.selector);
        _give(RULES_OWNER, address(rulebook), rulebook.setHolidays.selector);
        _give(TOKEN_APPROVER, address(settlement), settlement.approveToken.selector);
    }

    function _give(uint64 role, address target, bytes4 selector) private {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        authority.setTargetFunctionRole(target, selectors, role);
        authority.grantRole(role, address(this), 0);
    }

    function _rules() internal pure returns (IRulebook.RuleSet memory) {
        return IRulebook.RuleSet({
            maxTenorDays: 180,
            maxReviewedTenorDays: 365,
            maxPieces: 500,
            maxHops: 16,
            graceDays: 3,
            disputeDays: 30,
            contestHours: 48,
            attestedOnly: false
        });
    }

    function _rulesOf(uint16 tenorDays, uint16 pieces, uint8 hops, uint8 graceDays) internal pure returns (IRulebook.RuleSet memory rules) {
        rules = _rules();
        (rules.maxTenorDays, rules.maxPieces, rules.maxHops, rules.graceDays) = (tenorDays, pieces, hops, graceDays);
    }

    // ---------------------------------------------------------------- companies, lines, money

    function _keyOf(string memory name) internal pure returns (address key, uint256 secret) {
        secret = uint256(keccak256(bytes(name)));
        key = vm.addr(secret);
    }

    function _company(string memory name, uint16 roles) internal returns (Company memory company) {
        (company.key, company.secret) = _keyOf(name);
        company.id = participants.register(company.key, company.key, roles, 0, NEVER, PartyId.wrap(0));
    }

    /// An issuer that leaves all but the instrument to the drawer.
    function _anyTerms() internal pure returns (AllotmentTerms memory) {
        return AllotmentTerms({instrument: VOUCHER, minTenorDays: 0, recourseAllowed: true});
    }

    function _grant(Company memory grantor, Company memory to, uint64 limitMinor, uint8 currency) internal returns (LineId) {
        vm.prank(grantor.key);
        return lines.grantLine(to.id, limitMinor, currency, START_DAY + 365, SHANGHAI, 0);
    }

    function _limitFinancing(Company memory grantor, Company memory of_, uint64 limitMinor) internal {
        vm.prank(grantor.key);
        lines.setFinancingLimit(of_.id, CNY, limitMinor);
    }

    function _money(Company memory of_, uint8 currency) internal returns (DepositToken token) {
        bytes memory arguments = abi.encode("deposits", "DEP", uint8(2), participants, of_.id);
        token = DepositToken(create(creationOf("DepositToken", arguments)));
        settlement.approveToken(address(token), currency);
    }

    /// Deposits that the company lets Settlement draw.
    function _fund(Company memory company, DepositToken token, uint256 amountMinor) internal {
        vm.prank(bank.key);
        token.mint(company.key, amountMinor);
        vm.prank(company.key);
        token.approve(address(settlement), type(uint256).max);
    }

    // ---------------------------------------------------------------- documents

    function _confirmation(Company memory buyer, Company memory seller, uint64 faceMinor)
        internal
        returns (ITradeRegistry.Confirmation memory)
    {
        return ITradeRegistry.Confirmation({
            identity: keccak256(abi.encode("identity", ++_documents)),
            digest: keccak256(abi.encode("digest", _documents)),
            kind: 1,
            faceMinor: faceMinor,
            currency: CNY,
            buyer: buyer.id,
            seller: seller.id,
            deliveryDay: START_DAY,
            lot: 0,
            order: 0,
            attestor: PartyId.wrap(0)
        });
    }

    function _confirm(Company memory buyer, Company memory seller, uint64 faceMinor) internal returns (EvidenceId) {
        return _register(_confirmation(buyer, seller, faceMinor), buyer);
    }

    function _confirmIn(uint8 currency, Company memory buyer, Company memory seller, uint64 faceMinor) internal returns (EvidenceId) {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(buyer, seller, faceMinor);
        confirmation.currency = currency;
        return _register(confirmation, buyer);
    }

    function _register(ITradeRegistry.Confirmation memory confirmation, Company memory signer) internal returns (EvidenceId) {
        return _register(confirmation, _signed(signer, _confirmationDigest(confirmation)));
    }

    function _register(ITradeRegistry.Confirmation memory confirmation, Signature memory signature) internal returns (EvidenceId) {
        (ITradeRegistry.Confirmation[] memory confirmations, Signature[] memory signatures) = _one(confirmation, signature);
        return registry.register(confirmations, signatures, new Signature[](1))[0];
    }

    function _one(ITradeRegistry.Confirmation memory confirmation, Signature memory signature)
        internal
        pure
        returns (ITradeRegistry.Confirmation[] memory confirmations, Signature[] memory signatures)
    {
        confirmations = new ITradeRegistry.Confirmation[](1);
        confirmations[0] = confirmation;
        signatures = _one(signature);
    }

    // ---------------------------------------------------------------- movements

    /// Open until an hour from now.
    function _leg(Company memory recipient, uint64 amountMinor, EvidenceId evidence) internal view returns (Leg memory) {
        return Leg({recipient: recipient.id, amountMinor: amountMinor, evidence: evidence, deadline: uint40(block.timestamp + 1 hours)});
    }

    function _legs(Company memory payer, Company memory recipient, uint64 amountMinor) internal returns (Leg[] memory) {
        return _one(_leg(recipient, amountMinor, _confirm(payer, recipient, amountMinor)));
    }

    /// An issue from the issuer to the supplier, not accepted yet.
    function _offered(uint64 amountMinor) internal returns (PieceId) {
        Leg[] memory legs = _legs(issuer, supplier, amountMinor);
        vm.prank(issuer.key);
        return ledger.issue(line, VOUCHER, MATURITY, false, legs).piece(1);
    }

    function _held(uint64 amountMinor) internal returns (PieceId id) {
        id = _offered(amountMinor);
        _accept(supplier, id);
    }

    function _accept(Company memory recipient, PieceId id) internal {
        vm.prank(recipient.key);
        ledger.accept(_one(id));
    }

    /// A part of a piece from one company to another, not accepted yet.
    function _passed(PieceId parent, Company memory from, Company memory to, uint64 amountMinor) internal returns (PieceId) {
        Leg[] memory legs = _legs(from, to, amountMinor);
        vm.prank(from.key);
        ledger.transfer(_ref(parent), legs);
        return _lastPiece(parent.obligation());
    }

    function _lastPiece(ObligationId id) internal view returns (PieceId) {
        return id.piece(reader.obligation(id).pieceCount);
    }

    /// A part of the supplier's piece that the bank bought.
    function _financed(PieceId parent, uint64 amountMinor) internal returns (PieceId) {
        IFinancing.FinanceOffer memory offer = _offer(bank, parent, amountMinor);
        Signature memory signature = _signed(bank, _offerDigest(offer));
        vm.prank(supplier.key);
        return financing.finance(offer, signature, _unsigned(), 0);
    }

    function _offer(Company memory buyer, PieceId id, uint64 amountMinor) internal view returns (IFinancing.FinanceOffer memory) {
        return IFinancing.FinanceOffer({
            piece: _ref(id),
            childCount: reader.piece(id).childCount,
            amountMinor: amountMinor,
            priceMinor: amountMinor - amountMinor / 100,
            annualRateMicros: 0,
            dayCountBasis: 0,
            feePayer: PartyId.wrap(0),
            bank: buyer.id,
            cashToken: address(money),
            validUntil: uint40(block.timestamp + 1 hours),
            registrationNumber: "0123456789",
            descriptionHash: keccak256("description")
        });
    }

    function _redeem(PieceId id) internal {
        vm.prank(issuer.key);
        ledger.redeem(_one(id), address(money));
    }

    function _mature() internal {
        vm.warp(uint256(MATURITY) * 1 days - 8 hours);
    }

    function _beOverdue() internal {
        vm.warp(uint256(MATURITY + 4) * 1 days - 8 hours);
    }

    function _acceptanceOf(PieceId parent, ObligationId obligation, Leg memory leg)
        internal
        view
        returns (ICreditLedger.Acceptance memory)
    {
        return ICreditLedger.Acceptance({
            obligation: obligation,
            parent: parent,
            maturityDay: MATURITY,
            instrument: VOUCHER,
            recourse: false,
            evidence: leg.evidence,
            evidenceUseCount: registry.evidence(leg.evidence).useCount,
            amountMinor: leg.amountMinor,
            recipient: leg.recipient,
            deadline: leg.deadline
        });
    }

    // ---------------------------------------------------------------- typed data

    /// Announces another account, which is named like this and agrees.
    function _proposeAccount(Company memory company, string memory name) internal returns (address account) {
        uint256 secret;
        (account, secret) = _keyOf(name);
        bytes32 typeHash = keccak256("AccountJoin(uint32 party,address account,uint40 validUntil)");
        bytes32 structHash = keccak256(abi.encode(typeHash, company.id, account, uint40(block.timestamp)));
        bytes32 digest = _digest("Pearlchain Participants", address(participants), structHash);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, digest);
        vm.prank(company.key);
        participants.proposeAccount(account, PartyId.wrap(0), uint40(block.timestamp), abi.encodePacked(r, s, v));
    }

    function _signed(Company memory company, bytes32 digest) internal pure returns (Signature memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(company.secret, digest);
        return Signature({key: company.key, signature: abi.encodePacked(r, s, v)});
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

    /// A bank's consent that a loan rests on this invoice, until the end of this second.
    function _saleConsent(Company memory by, LoanId loan, bytes32 offerHash, bytes32 invoiceIdentity, uint40 until)
        internal
        view
        returns (Signature memory)
    {
        bytes32 typeHash = keccak256("SaleConsent(uint40 loan,bytes32 offerHash,bytes32 invoiceIdentity,uint40 validUntil)");
        bytes32 structHash = keccak256(abi.encode(typeHash, loan, offerHash, invoiceIdentity, until));
        return _signed(by, _digest("Pearlchain Loans", address(loans), structHash));
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

    function _acceptanceDigest(ICreditLedger.Acceptance memory acceptance) internal view returns (bytes32) {
        return _digest(
            "Pearlchain CreditLedger",
            address(ledger),
            keccak256(
                abi.encode(
                    keccak256(
                        "Acceptance(uint64 obligation,uint80 parent,uint16 maturityDay,uint8 instrument,bool recourse,uint40 evidence,uint16 evidenceUseCount,uint64 amountMinor,uint32 recipient,uint40 deadline)"
                    ),
                    acceptance
                )
            )
        );
    }

    function _offerDigest(IFinancing.FinanceOffer memory offer) internal view returns (bytes32) {
        return _digest("Pearlchain CreditLedger", address(ledger), _offerHash(offer));
    }

    function _offerHash(IFinancing.FinanceOffer memory offer) internal pure returns (bytes32) {
        bytes32 typeHash = keccak256(
            "FinanceOffer(uint80 piece,uint16 parentIndex,uint40 evidence,uint16 maturityDay,uint16 childCount,uint64 amountMinor,uint64 priceMinor,uint32 annualRateMicros,uint16 dayCountBasis,uint32 feePayer,uint32 bank,address cashToken,uint40 validUntil,bytes32 registrationNumber,bytes32 descriptionHash)"
        );
        bytes memory ofPiece = abi.encode(
            typeHash, offer.piece.piece(), offer.piece.parentIndex(), offer.piece.evidence(), offer.piece.maturityDay(), offer.childCount
        );
        bytes memory ofPrice =
            abi.encode(offer.amountMinor, offer.priceMinor, offer.annualRateMicros, offer.dayCountBasis, offer.feePayer, offer.bank);
        bytes memory rest = abi.encode(offer.cashToken, offer.validUntil, offer.registrationNumber, offer.descriptionHash);
        return keccak256(bytes.concat(ofPiece, ofPrice, rest));
    }

    // ---------------------------------------------------------------- references

    /// Where the ledger keeps its pieces and obligations. Read here past the contracts, because a call would use up the prank that is meant
    /// for what the reference is made for; a test holds it against `LedgerReader.references`.
    uint256 private constant OBLIGATIONS_SLOT = 6;
    uint256 private constant PIECES_SLOT = 7;

    function _ref(PieceId id) internal view returns (PieceReference) {
        uint256 word = _load(PIECES_SLOT, PieceId.unwrap(id));
        uint256 terms = _load(OBLIGATIONS_SLOT, ObligationId.unwrap(id.obligation()));
        // Parent and evidence stand side by side, 56 bits; the day of maturity has 16.
        uint256 madeFrom = uint256(uint56(word >> 96)) << 80;
        return PieceReference.wrap(PieceId.unwrap(id) | madeFrom | (uint256(uint16(terms >> 128)) << 136));
    }

    function _load(uint256 slot, uint256 key) private view returns (uint256) {
        return uint256(vm.load(address(ledger), keccak256(abi.encode(key, slot))));
    }

    function _unsigned() internal pure returns (Signature memory) {
        return Signature({key: address(0), signature: ""});
    }

    // ---------------------------------------------------------------- lists of one

    function _one(PieceId id) internal view returns (PieceReference[] memory list) {
        list = new PieceReference[](1);
        list[0] = _ref(id);
    }

    function _two(PieceId first, PieceId other) internal view returns (PieceReference[] memory list) {
        list = new PieceReference[](2);
        (list[0], list[1]) = (_ref(first), _ref(other));
    }

    function _one(Leg memory leg) internal pure returns (Leg[] memory list) {
        list = new Leg[](1);
        list[0] = leg;
    }

    function _one(Signature memory signature) internal pure returns (Signature[] memory list) {
        list = new Signature[](1);
        list[0] = signature;
    }

    /// The word of a new piece of a leg whose document was not used before.
    function _wordOf(uint16 parentIndex, Leg memory leg, uint8 hops, PieceState state) internal pure returns (PieceWord) {
        return PieceWords.pack(
            PieceWords.Fields({
                amountMinor: leg.amountMinor,
                owner: leg.recipient,
                parentIndex: parentIndex,
                evidence: leg.evidence,
                useIndex: 0,
                hops: hops,
                tier: hops,
                state: state,
                flags: 0,
                deadline: uint32(leg.deadline)
            })
        );
    }

    // ---------------------------------------------------------------- what is stored

    function _stateOf(PieceId id) internal view returns (PieceState) {
        return reader.piece(id).state;
    }

    function _assertState(PieceId id, PieceState state) internal view {
        assertEq(uint256(_stateOf(id)), uint256(state), "state");
    }

    function _assertAmount(PieceId id, uint64 amountMinor) internal view {
        assertEq(reader.piece(id).amountMinor, amountMinor, "amount in the piece");
    }

    function _assertUsed(uint64 usedMinor) internal view {
        assertEq(reader.line(line).usedMinor, usedMinor, "used of the line");
    }
}
