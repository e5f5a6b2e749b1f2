// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {Clock} from "./Clock.sol";
import {ILoans} from "./interfaces/ILoans.sol";
import {IParticipants} from "./interfaces/IParticipants.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {ITradeRegistry} from "./interfaces/ITradeRegistry.sol";
import {IWarehouse} from "./interfaces/IWarehouse.sol";
import {ClaimWord, ClaimWords} from "./libraries/ClaimWords.sol";
import {EvidenceWords} from "./libraries/EvidenceWords.sol";
import {LoanWord, LoanWords} from "./libraries/LoanWords.sol";
import {OnePayee} from "./libraries/OnePayee.sol";
import {EvidenceId, LoanId, PartyId, ReceiptId} from "./types/Identifiers.sol";
import {Leg, Signature} from "./types/Movements.sol";
import {BANK} from "./types/Roles.sol";
import {RULE_REGISTERED} from "./types/RuleIds.sol";

/// @notice See `ILoans`.
contract Loans is ILoans, Clock, ERC2771Context, EIP712 {
    using OnePayee for ISettlement;

    bytes32 private constant LOAN_OFFER_TYPEHASH = keccak256(
        "LoanOffer(uint8 kind,uint40 receipt,uint40 evidence,bytes32 evidenceIdentity,uint32 borrower,uint32 bank,uint64 limitMinor,uint8 currency,address cashToken,uint32 annualRateMicros,uint16 dayCountBasis,uint16 maturityDay,int8 utcOffsetQuarterHours,uint40 validUntil,bool twiceMeasured,bytes32 registrationNumber,bytes32 descriptionHash,uint64 nonce)"
    );
    bytes32 private constant SALE_CONSENT_TYPEHASH =
        keccak256("SaleConsent(uint40 loan,bytes32 offerHash,bytes32 invoiceIdentity,uint40 validUntil)");

    IParticipants private immutable _participants;
    ITradeRegistry private immutable _registry;
    IWarehouse private immutable _warehouse;
    ISettlement private immutable _settlement;

    /// @inheritdoc ILoans
    uint40 public loanCount;

    mapping(LoanId loan => LoanWord word) private _loans;

    mapping(LoanId loan => ClaimWord word) private _claims;

    /// @inheritdoc ILoans
    mapping(LoanId loan => address cashToken) public cashTokenOf;

    /// @inheritdoc ILoans
    mapping(LoanId loan => bytes32 offerHash) public offerHashOf;

    /// @inheritdoc ILoans
    mapping(bytes32 offerHash => LoanId loan) public loanOf;

    /// @inheritdoc ILoans
    mapping(EvidenceId order => LoanId loan) public loanOn;

    /// @inheritdoc ILoans
    mapping(LoanId loan => uint64 restingMinor) public restingMinor;

    /// @inheritdoc ILoans
    mapping(EvidenceId invoice => uint64 settledMinor) public settledCarryMinor;

    /// A payment as it is applied: the words before and after, and what it pays.
    struct Payment {
        LoanId loan;
        LoanWord word;
        ClaimWord claim;
        EvidenceId evidence;
        address cashToken;
        uint64 amountMinor;
        uint64 interestMinor;
        uint64 principalMinor;
        uint16 today;
        bool closes;
    }

    /// @param settlement_ knows these loans already, as registry and warehouse do
    constructor(
        IParticipants participants_,
        ITradeRegistry registry_,
        IWarehouse warehouse_,
        ISettlement settlement_,
        uint16 ticksASecond,
        address forwarder
    ) Clock(ticksASecond) ERC2771Context(forwarder) EIP712("Pearlchain Loans", "1") {
        if (registry_.loans() != address(this)) revert WiringWrong(address(this), registry_.loans());
        if (warehouse_.loans() != address(this)) revert WiringWrong(address(this), warehouse_.loans());
        if (settlement_.loans() != address(this)) revert WiringWrong(address(this), settlement_.loans());
        if (registry_.warehouse() != address(warehouse_)) revert WiringWrong(address(warehouse_), registry_.warehouse());
        if (warehouse_.registry() != address(registry_)) revert WiringWrong(address(registry_), warehouse_.registry());
        _participants = participants_;
        _registry = registry_;
        _warehouse = warehouse_;
        _settlement = settlement_;
    }

    // ---------------------------------------------------------------- open and draw

    /// @inheritdoc ILoans
    function open(LoanOffer calldata offer, Signature calldata bankSignature) external returns (LoanId id) {
        bytes32 offerHash = keccak256(abi.encode(LOAN_OFFER_TYPEHASH, offer));
        _requireTakeable(offer, offerHash);
        _requireBank(offer, bankSignature, offerHash);
        PartyId debtor = _requireDocument(offer);

        id = LoanId.wrap(++loanCount);
        _writeLoan(id, offer);
        offerHashOf[id] = offerHash;
        loanOf[offerHash] = id;
        emit LoanOpened(id, offer.borrower, offer.bank, offerHash, offer);
        if (offer.kind == EvidenceWords.ORDER) {
            _participants.requireUnrelated(offer.borrower, debtor);
            if (LoanId.unwrap(loanOn[offer.evidence]) != 0) revert OrderTaken(offer.evidence, loanOn[offer.evidence]);
            loanOn[offer.evidence] = id;
        } else {
            _warehouse.pledge(offer.receipt, id, offer.borrower, offer.twiceMeasured);
        }
    }

    function _requireTakeable(LoanOffer calldata offer, bytes32 offerHash) private view {
        (PartyId caller,,) = _participants.actor(_msgSender());
        if (caller != offer.borrower) revert NotTheBorrower(offer.borrower, caller);
        if (LoanId.unwrap(loanOf[offerHash]) != 0) revert OfferAlreadyTaken(offerHash, loanOf[offerHash]);
        if (_now() > offer.validUntil) revert OfferExpired(offer.validUntil);
        bool isOnReceipt = ReceiptId.unwrap(offer.receipt) != 0;
        if (offer.kind != (isOnReceipt ? EvidenceWords.WAREHOUSE_RECEIPT : EvidenceWords.ORDER)) {
            revert CollateralUnknown(offer.kind, offer.receipt);
        }
        if (offer.limitMinor == 0) revert ZeroAmount();
        if (offer.dayCountBasis != 360 && offer.dayCountBasis != 365) revert DayCountUnknown(offer.dayCountBasis);
        uint16 today = _today(offer.utcOffsetQuarterHours);
        if (offer.maturityDay <= today) revert MaturityNotAhead(offer.maturityDay, today);
        if (offer.registrationNumber == bytes32(0) || offer.descriptionHash == bytes32(0)) {
            revert RegistrationMissing(RULE_REGISTERED);
        }
    }

    function _requireBank(LoanOffer calldata offer, Signature calldata signature, bytes32 offerHash) private view {
        uint16 roles = _requireSigned(offer.bank, signature, offerHash);
        if (roles & BANK == 0) revert IParticipants.RoleMissing(offer.bank, BANK);
        _participants.requireUnrelated(offer.bank, offer.borrower);
    }

    /// A key of the party, which may act, signed exactly this.
    function _requireSigned(PartyId party, Signature calldata signature, bytes32 structHash) private view returns (uint16 roles) {
        PartyId signer;
        (signer,, roles) = _participants.actor(signature.key);
        if (signer != party) revert IParticipants.KeyNotOfParty(party, signature.key);
        if (!SignatureChecker.isValidSignatureNow(signature.key, _hashTypedDataV4(structHash), signature.signature)) {
            revert SignatureInvalid(party, signature.key);
        }
    }

    /// The document that the offer means, which is the borrower's; returns who owes by it.
    function _requireDocument(LoanOffer calldata offer) private view returns (PartyId) {
        EvidenceId id = offer.evidence;
        ITradeRegistry.Evidence memory document = _meant(id, offer.evidenceIdentity);
        if (document.kind != offer.kind) revert ITradeRegistry.EvidenceKindMismatch(id, offer.kind, document.kind);
        if (document.seller != offer.borrower) {
            revert ITradeRegistry.EvidenceSellerMismatch(id, document.seller, offer.borrower);
        }
        if (document.currency != offer.currency) revert ITradeRegistry.CurrencyMismatch(document.currency, offer.currency);
        if (offer.kind == EvidenceWords.WAREHOUSE_RECEIPT) {
            EvidenceId found = _warehouse.receiptWord(offer.receipt).evidence();
            if (found != id) revert CollateralMismatch(offer.receipt, id, found);
        }
        return document.buyer;
    }

    function _writeLoan(LoanId id, LoanOffer calldata offer) private {
        _loans[id] = LoanWords.pack(
            LoanWords.Terms({
                limitMinor: offer.limitMinor,
                borrower: offer.borrower,
                bank: offer.bank,
                maturityDay: offer.maturityDay,
                currency: offer.currency,
                utcOffsetQuarterHours: offer.utcOffsetQuarterHours,
                flags: offer.twiceMeasured ? LoanWords.TWICE_MEASURED : 0
            })
        );
        _claims[id] = ClaimWords.pack(offer.annualRateMicros, offer.dayCountBasis, offer.evidence, offer.receipt);
        cashTokenOf[id] = offer.cashToken;
    }

    /// @inheritdoc ILoans
    function draw(LoanId id, bytes32 offerHash, uint64 amountMinor) external {
        LoanWord word = _live(id, offerHash);
        ClaimWord claim = _claims[id];
        (PartyId caller, address account,) = _participants.actor(_msgSender());
        if (caller != word.borrower()) revert NotTheBorrower(word.borrower(), caller);
        (address bankAccount,) = _participants.active(word.bank());
        _participants.requireUnrelated(word.bank(), caller);
        uint16 today = _requireDrawable(id, word, claim, amountMinor);

        _claims[id] = _accrued(word, claim, today);
        _loans[id] = word.withDraw(amountMinor).withAccrualDay(today);
        emit LoanDrawn(id, claim.evidence(), amountMinor, today);
        uint8 kind = claim.isOnReceipt() ? EvidenceWords.WAREHOUSE_RECEIPT : EvidenceWords.ORDER;
        _use(claim.evidence(), kind, word, amountMinor, today);
        _pay(cashTokenOf[id], word, bankAccount, account, amountMinor);
    }

    function _requireDrawable(LoanId id, LoanWord word, ClaimWord claim, uint64 amountMinor) private view returns (uint16 today) {
        if (word.has(LoanWords.SOLD)) revert LoanIsSold(id, claim.evidence());
        if (word.has(LoanWords.UNSECURED)) revert NotSecured(id);
        if (amountMinor == 0) revert ZeroAmount();
        // A limit is never lowered below what is drawn.
        uint64 availableMinor = word.limitMinor() - word.principalMinor();
        if (amountMinor > availableMinor) revert LoanLimitExceeded(id, amountMinor, availableMinor);
        today = _today(word.utcOffsetQuarterHours());
        if (today >= word.maturityDay()) revert LoanMatured(id, word.maturityDay(), today);
        if (claim.isOnReceipt()) _warehouse.requireSound(claim.receipt(), word.has(LoanWords.TWICE_MEASURED));
    }

    /// @inheritdoc ILoans
    function endDraws(LoanId id, bytes32 offerHash) external {
        LoanWord word = _live(id, offerHash);
        _requireLender(id, word);
        _loans[id] = word.withLimit(word.principalMinor());
        emit DrawsEnded(id, word.principalMinor());
    }

    // ---------------------------------------------------------------- repay

    /// @inheritdoc ILoans
    function repay(LoanId id, bytes32 offerHash, uint64 amountMinor, EvidenceId evidence, address cashToken) external {
        LoanWord word = _live(id, offerHash);
        _requireMoney(id, word, cashToken);
        (PartyId payer, address account, address bankAccount) = _payment(word);
        if (payer != word.borrower()) revert NotTheBorrower(word.borrower(), payer);
        _repay(_take(id, word, amountMinor, cashToken), evidence);
        _pay(cashToken, word, account, bankAccount, amountMinor);
    }

    /// @inheritdoc ILoans
    function attestRepayment(LoanId id, bytes32 offerHash, uint64 amountMinor, EvidenceId evidence, bytes32 paymentReference) external {
        LoanWord word = _live(id, offerHash);
        _requireLender(id, word);
        Payment memory payment = _take(id, word, amountMinor, address(0));
        emit RepaymentAttested(id, amountMinor, paymentReference);
        if (word.has(LoanWords.SOLD) && EvidenceId.unwrap(evidence) == 0) {
            _repayFromSale(payment);
        } else {
            _repay(payment, evidence);
        }
    }

    /// @inheritdoc ILoans
    function close(LoanId id, bytes32 offerHash) external {
        LoanWord word = _live(id, offerHash);
        PartyId caller = _participants.identified(_msgSender());
        if (caller != word.borrower() && caller != word.bank()) revert NotTheBorrower(word.borrower(), caller);
        (uint64 principalMinor, uint256 interestMinor) = owed(id);
        if (principalMinor + interestMinor != 0) revert StillOwed(id, principalMinor + interestMinor);
        _close(id, word, _claims[id]);
    }

    /// Splits a payment into interest and principal, and writes what is left of the debt.
    function _take(LoanId id, LoanWord word, uint64 amountMinor, address cashToken) private returns (Payment memory payment) {
        if (amountMinor == 0) revert ZeroAmount();
        payment.loan = id;
        payment.cashToken = cashToken;
        payment.amountMinor = amountMinor;
        payment.today = _today(word.utcOffsetQuarterHours());
        ClaimWord claim = _accrued(word, _claims[id], payment.today);
        payment.evidence = claim.evidence();
        uint256 dueMinor = claim.interestMinorUp();
        uint256 owedMinor = word.principalMinor() + dueMinor;
        if (amountMinor > owedMinor) revert AmountExceedsDebt(id, amountMinor, owedMinor);
        payment.closes = amountMinor == owedMinor;
        payment.interestMinor = amountMinor < dueMinor ? amountMinor : uint64(dueMinor); // at most the amount, so it fits
        payment.principalMinor = amountMinor - payment.interestMinor;

        payment.word = word.withRepayment(payment.principalMinor).withAccrualDay(payment.today);
        payment.claim = claim.withInterestPaid(payment.interestMinor);
        _loans[id] = payment.word;
        _claims[id] = payment.claim;
    }

    /// Gives what was repaid back to the document that the loan uses.
    function _repay(Payment memory payment, EvidenceId evidence) private {
        uint64 releasedMinor = payment.principalMinor;
        if (payment.word.has(LoanWords.SOLD)) {
            if (evidence != payment.evidence) revert NotOfLoan(payment.loan, evidence);
            // The invoice stays used for what its buyer has paid, and for what is still owed as far as it was.
            uint64 resting = restingMinor[payment.loan];
            uint64 owedMinor = payment.word.principalMinor();
            releasedMinor = resting > owedMinor ? resting - owedMinor : 0;
            restingMinor[payment.loan] = resting - releasedMinor;
        } else if (evidence != payment.evidence) {
            _settleCarry(payment.loan, payment.claim, evidence, releasedMinor);
        }
        emit LoanRepaid(
            payment.loan,
            evidence,
            payment.interestMinor,
            payment.principalMinor,
            releasedMinor,
            payment.today,
            payment.cashToken
        );
        if (releasedMinor != 0) _registry.release(evidence, releasedMinor);
        if (payment.closes) _close(payment.loan, payment.word, payment.claim);
    }

    /// Of what an invoice took over from the loan's order, this much is settled. What is not settled is this loan's: an order secures one
    /// loan at a time, and a loan that is closed or rests on a sale has settled all that was carried of it.
    function _settleCarry(LoanId id, ClaimWord claim, EvidenceId invoice, uint64 amountMinor) private {
        if (claim.isOnReceipt() || _registry.orderOf(invoice) != claim.evidence()) revert NotOfLoan(id, invoice);
        uint64 leftMinor = _registry.carriedOf(invoice) - settledCarryMinor[invoice];
        if (amountMinor > leftMinor) revert CarriedExceeded(invoice, amountMinor, leftMinor);
        settledCarryMinor[invoice] += amountMinor;
    }

    /// Ends the loan and frees what secured it.
    function _close(LoanId id, LoanWord word, ClaimWord claim) private {
        _loans[id] = word.withStatus(LoanWords.CLOSED);
        emit LoanClosed(id);
        _free(word, claim);
    }

    /// Ends the lien, or unbinds the order, unless that is done already.
    function _free(LoanWord word, ClaimWord claim) private {
        if (word.has(LoanWords.SOLD) || word.has(LoanWords.UNSECURED)) return;
        if (claim.isOnReceipt()) {
            _warehouse.release(claim.receipt());
        } else {
            loanOn[claim.evidence()] = LoanId.wrap(0);
        }
    }

    // ---------------------------------------------------------------- the goods are sold

    /// @inheritdoc ILoans
    function assignSale(
        LoanId id,
        bytes32 offerHash,
        bytes32 invoiceIdentity,
        uint40 consentUntil,
        Signature calldata bankSignature
    ) external {
        LoanWord word = _live(id, offerHash);
        ClaimWord claim = _claims[id];
        (PartyId caller,,) = _participants.actor(_msgSender());
        if (caller != word.borrower()) revert NotTheBorrower(word.borrower(), caller);
        if (word.has(LoanWords.SOLD)) revert LoanIsSold(id, claim.evidence());
        uint64 outstandingMinor = word.principalMinor();
        if (outstandingMinor == 0) revert NothingOwed(id);
        // An invoice over the goods can be anybody's word, while one that fulfils the order is that of who owes by the order.
        if (claim.isOnReceipt()) {
            if (_now() > consentUntil) revert ConsentExpired(consentUntil);
            _requireSigned(
                word.bank(), bankSignature, keccak256(abi.encode(SALE_CONSENT_TYPEHASH, id, offerHash, invoiceIdentity, consentUntil))
            );
        }
        EvidenceId invoice = _registry.evidenceOf(invoiceIdentity);
        ITradeRegistry.Evidence memory document = _registry.evidence(invoice);
        _participants.requireUnrelated(caller, document.buyer);

        _loans[id] = word.withFlag(LoanWords.SOLD);
        _claims[id] = claim.withEvidence(invoice);
        restingMinor[id] = outstandingMinor;
        emit SaleAssigned(id, invoice, outstandingMinor);
        // The lien ends before the invoice is used, which it would forbid.
        _free(word, claim);
        if (claim.isOnReceipt()) {
            bytes32 lot = _warehouse.lotOf(claim.receipt());
            if (document.lot != lot) revert LotMismatch(invoice, lot, document.lot);
            _registry.release(claim.evidence(), outstandingMinor);
            _use(invoice, EvidenceWords.INVOICE, word, outstandingMinor, _today(word.utcOffsetQuarterHours()));
        } else {
            _settleCarry(id, claim, invoice, outstandingMinor);
        }
    }

    /// @inheritdoc ILoans
    function payFromSale(LoanId id, bytes32 offerHash, uint64 amountMinor, address cashToken) external {
        LoanWord word = _live(id, offerHash);
        if (!word.has(LoanWords.SOLD)) revert LoanNotSold(id);
        _requireMoney(id, word, cashToken);
        (PartyId payer, address account, address bankAccount) = _payment(word);
        PartyId buyer = _registry.evidence(_claims[id].evidence()).buyer;
        if (payer != buyer) revert NotTheBuyer(id, buyer, payer);
        _repayFromSale(_take(id, word, amountMinor, cashToken));
        _pay(cashToken, word, account, bankAccount, amountMinor);
    }

    /// The invoice's buyer has paid: what it paid stays used, and what it paid as interest is used from now on, as far as the invoice goes.
    function _repayFromSale(Payment memory payment) private {
        uint64 usedMinor = _registry.availableOf(payment.evidence);
        if (usedMinor > payment.interestMinor) usedMinor = payment.interestMinor;
        uint64 leftMinor = restingMinor[payment.loan] + usedMinor;
        if (payment.amountMinor > leftMinor) revert SaleExceeded(payment.loan, payment.amountMinor, leftMinor);

        restingMinor[payment.loan] = leftMinor - payment.amountMinor;
        emit SalePaid(
            payment.loan,
            payment.evidence,
            payment.interestMinor,
            payment.principalMinor,
            usedMinor,
            payment.today,
            payment.cashToken
        );
        if (usedMinor != 0) _use(payment.evidence, EvidenceWords.INVOICE, payment.word, usedMinor, payment.today);
        if (payment.closes) _close(payment.loan, payment.word, payment.claim);
    }

    // ---------------------------------------------------------------- not repaid

    /// @inheritdoc ILoans
    function markDefault(LoanId id) external {
        LoanWord word = _loans[id];
        if (word.status() != LoanWords.OPEN) revert LoanNotLive(id);
        uint16 today = _today(word.utcOffsetQuarterHours());
        if (today <= word.maturityDay()) revert LoanNotMatured(id, word.maturityDay(), today);
        (uint64 principalMinor, uint256 interestMinor) = owed(id);
        if (principalMinor + interestMinor == 0) revert NothingOwed(id);
        _loans[id] = word.withStatus(LoanWords.DEFAULTED);
        emit LoanDefaulted(id, principalMinor, interestMinor);
    }

    /// @inheritdoc ILoans
    function giveUpLien(LoanId id, bytes32 offerHash) external {
        LoanWord word = _live(id, offerHash);
        ClaimWord claim = _claims[id];
        _requireLender(id, word);
        if (!claim.isOnReceipt() || word.has(LoanWords.SOLD) || word.has(LoanWords.UNSECURED)) revert NotSecured(id);
        _loans[id] = word.withFlag(LoanWords.UNSECURED);
        emit LienGivenUp(id);
        _warehouse.release(claim.receipt());
    }

    // ---------------------------------------------------------------- read

    /// @inheritdoc ILoans
    function owed(LoanId id) public view returns (uint64 principalMinor, uint256 interestMinor) {
        LoanWord word = _loans[id];
        if (word.status() == 0) revert LoanUnknown(id);
        ClaimWord claim = _accrued(word, _claims[id], _today(word.utcOffsetQuarterHours()));
        return (word.principalMinor(), claim.interestMinorUp());
    }

    /// @inheritdoc ILoans
    function loanWord(LoanId id) external view returns (LoanWord) {
        return _loans[id];
    }

    /// @inheritdoc ILoans
    function claimWord(LoanId id) external view returns (ClaimWord) {
        return _claims[id];
    }

    // ---------------------------------------------------------------- parts

    /// The loan that an order means, while anything can be owed.
    function _live(LoanId id, bytes32 offerHash) private view returns (LoanWord word) {
        word = _loans[id];
        if (word.status() == 0) revert LoanUnknown(id);
        if (offerHashOf[id] != offerHash) revert LoanMismatch(id, offerHash, offerHashOf[id]);
        if (word.status() == LoanWords.CLOSED) revert LoanNotLive(id);
    }

    function _requireLender(LoanId id, LoanWord word) private view {
        (PartyId caller,,) = _participants.actor(_msgSender());
        if (caller != word.bank()) revert NotTheLender(id, word.bank(), caller);
    }

    /// The document with this number, if it is the one with this identity.
    function _meant(EvidenceId id, bytes32 identity) private view returns (ITradeRegistry.Evidence memory) {
        EvidenceId found = _registry.evidenceOf(identity);
        if (EvidenceId.unwrap(id) == 0 || found != id) revert ITradeRegistry.EvidenceIdentityMismatch(id, identity, found);
        return _registry.evidence(id);
    }

    /// Nothing has been drawn before the first day of accrual, so the days before it do not count.
    function _accrued(LoanWord word, ClaimWord claim, uint16 today) private pure returns (ClaimWord) {
        return claim.accrued(word.principalMinor(), today - word.accrualDay());
    }

    /// Uses what a document can still back for the loan's borrower, who is its seller.
    function _use(EvidenceId id, uint8 kind, LoanWord word, uint64 amountMinor, uint16 today) private {
        PartyId buyer = _registry.evidence(id).buyer;
        Leg memory leg = Leg({recipient: word.borrower(), amountMinor: amountMinor, evidence: id, deadline: 0});
        _registry.consumeForLoan(buyer, word.currency(), today, kind, leg);
    }

    /// Who pays the bank, from where and to where. What is owed is paid whoever is suspended.
    function _payment(LoanWord word) private view returns (PartyId payer, address account, address bankAccount) {
        PartyId[] memory payees = new PartyId[](1);
        payees[0] = word.bank();
        address[] memory accounts;
        (payer, account, accounts) = _participants.payment(_msgSender(), payees);
        bankAccount = accounts[0];
    }

    /// The loan's own money, as long as that is approved; once it is withdrawn, whatever `Settlement` still takes.
    function _requireMoney(LoanId id, LoanWord word, address cashToken) private view {
        address own = cashTokenOf[id];
        if (cashToken != own && _settlement.currencyOf(own) == word.currency()) revert CashTokenMismatch(id, own, cashToken);
    }

    function _pay(address cashToken, LoanWord word, address payer, address payee, uint64 amountMinor) private {
        _settlement.payOne(cashToken, word.currency(), payer, payee, amountMinor);
    }
}
