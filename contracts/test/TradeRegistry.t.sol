// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IParticipants} from "../interfaces/IParticipants.sol";
import {ITradeRegistry} from "../interfaces/ITradeRegistry.sol";
import {EvidenceId, PartyId} from "../types/Identifiers.sol";
import {Leg, Signature} from "../types/Movements.sol";
import {ATTESTOR, CORE_ENTERPRISE, SUPPLIER} from "../types/Roles.sol";
import {RULE_ATTESTED, RULE_DELIVERED, RuleId, ruleId} from "../types/RuleIds.sol";
import {CompanyContract, HostileSigner} from "./Hostile.t.sol";
import {Recorder} from "./Office.t.sol";
import {RegistryWorld} from "./RegistryWorld.t.sol";

/// @notice Documents by themselves: confirmed, in batches, credited, fulfilled, used and released.
contract TradeRegistryTest is RegistryWorld {
    function _refused(ITradeRegistry.Confirmation memory confirmation, bytes memory reason) private {
        Signature memory attestation;
        if (PartyId.unwrap(confirmation.attestor) != 0) {
            attestation = _signedBy(confirmation.attestor, _confirmationDigest(confirmation));
        }
        _refused(confirmation, _signedBy(confirmation.buyer, _confirmationDigest(confirmation)), attestation, reason);
    }

    function _refused(
        ITradeRegistry.Confirmation memory confirmation,
        Signature memory signature,
        Signature memory attestation,
        bytes memory reason
    ) private {
        uint40 before = registry.evidenceCount();
        vm.expectRevert(reason);
        registry.register(_one(confirmation), _one(signature), _one(attestation));
        assertEq(registry.evidenceCount(), before, "nothing registered");
    }

    // ---------------------------------------------------------------- confirmed

    function test_the_buyers_signature_makes_capacity_whoever_sends_it() public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(buyer, seller, 500);
        bytes32 commitment = _confirmationHash(confirmation);
        Signature memory signature = _signedBy(buyer, _confirmationDigest(confirmation));
        Signature memory none;
        vm.expectEmit(address(registry));
        emit ITradeRegistry.EvidenceRegistered(
            EvidenceId.wrap(1), confirmation.identity, commitment, buyer, seller, INVOICE, 500, CNY, START_DAY, 0, NOBODY
        );
        vm.prank(address(0xdead));
        EvidenceId id = registry.register(_one(confirmation), _one(signature), _one(none))[0];
        ITradeRegistry.Evidence memory read = registry.evidence(id);
        assertTrue(read.faceMinor == 500 && read.usedMinor == 0 && read.useCount == 0, "amounts");
        assertTrue(read.buyer == buyer && read.seller == seller, "parties");
        assertTrue(read.currency == CNY && read.kind == INVOICE && read.deliveryDay == START_DAY && read.flags == 0, "facts");
        assertTrue(read.creditedMinor == 0 && read.carriedMinor == 0 && read.lot == 0 && read.order == NO_EVIDENCE, "rarities");
        assertEq(read.commitment, commitment, "commitment");
        assertTrue(registry.evidenceOf(confirmation.identity) == id && registry.evidenceCount() == 1, "found by identity");
        assertEq(registry.availableOf(id), 500, "available");
    }

    function testFuzz_a_document_survives_its_word(uint64 face, uint8 currency, uint8 kind, uint16 day, bytes32 lot) public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(buyer, seller, uint64(bound(face, 1, type(uint64).max)));
        confirmation.currency = uint8(bound(currency, 1, 255));
        confirmation.kind = uint8(bound(kind, 1, 3));
        confirmation.deliveryDay = day;
        confirmation.lot = confirmation.kind == ORDER ? bytes32(0) : lot;
        if (confirmation.kind == RECEIPT && lot == 0) confirmation.lot = LOT;
        confirmation.attestor = day % 2 == 0 ? attestor : NOBODY;
        EvidenceId id = _register(confirmation);
        ITradeRegistry.Evidence memory read = registry.evidence(id);
        assertTrue(read.faceMinor == confirmation.faceMinor && read.currency == confirmation.currency, "face");
        assertTrue(read.kind == confirmation.kind && read.deliveryDay == day, "kind");
        assertTrue(read.buyer == buyer && read.seller == seller && read.usedMinor == 0, "parties");
        assertEq(read.flags, (day % 2 == 0 ? ATTESTED : 0) | (confirmation.lot == 0 ? 0 : HAS_LOT), "flags");
        assertTrue(registry.lotOf(id) == confirmation.lot && read.lot == confirmation.lot, "lot");
    }

    function test_a_document_counts_once_with_whatever_face() public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(buyer, seller, 500);
        EvidenceId id = _register(confirmation);
        confirmation.faceMinor = 700;
        confirmation.digest = keccak256("retyped");
        _refused(
            confirmation,
            abi.encodeWithSelector(ITradeRegistry.IdentityAlreadyRegistered.selector, confirmation.identity, id, uint64(500))
        );
    }

    function test_a_confirmation_is_complete() public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(buyer, seller, 500);
        confirmation.identity = 0;
        _refused(confirmation, abi.encodeWithSelector(ITradeRegistry.IdentityMissing.selector));
        confirmation = _confirmation(buyer, seller, 500);
        confirmation.kind = 0;
        _refused(confirmation, abi.encodeWithSelector(ITradeRegistry.KindUnknown.selector, 0));
        confirmation.kind = 4;
        _refused(confirmation, abi.encodeWithSelector(ITradeRegistry.KindUnknown.selector, 4));
        confirmation = _confirmation(buyer, seller, 500);
        confirmation.currency = 0;
        _refused(confirmation, abi.encodeWithSelector(ITradeRegistry.CurrencyMissing.selector));
        _refused(_confirmation(buyer, seller, 0), abi.encodeWithSelector(ITradeRegistry.ZeroAmount.selector));
    }

    function test_a_receipt_is_for_goods_and_an_order_for_none() public {
        ITradeRegistry.Confirmation memory confirmation = _receipt(0, keeper, seller, 500);
        _refused(confirmation, abi.encodeWithSelector(ITradeRegistry.LotMissing.selector, confirmation.identity));
        confirmation = _order(buyer, seller, 500);
        confirmation.lot = LOT;
        _refused(confirmation, abi.encodeWithSelector(ITradeRegistry.LotOfOrder.selector, confirmation.identity, LOT));
    }

    function test_every_confirmation_has_its_signatures() public {
        ITradeRegistry.Confirmation[] memory confirmations = new ITradeRegistry.Confirmation[](1);
        Signature[] memory one = new Signature[](1);
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.ListsDiffer.selector, 1, 0));
        registry.register(confirmations, new Signature[](0), one);
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.ListsDiffer.selector, 1, 0));
        registry.register(confirmations, one, new Signature[](0));
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.ListsDiffer.selector, 1, 2));
        registry.admit(confirmations, 0, new bytes32[][](2));
    }

    function test_nobody_else_signs_for_the_buyer() public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(buyer, seller, 500);
        Signature memory none;
        // The seller, a bank, the operator: each with its own good key.
        PartyId[3] memory signers = [seller, bank, operator];
        for (uint256 i = 0; i < signers.length; ++i) {
            Signature memory signature = _signedBy(signers[i], _confirmationDigest(confirmation));
            bytes memory reason = abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, buyer, signature.key);
            _refused(confirmation, signature, none, reason);
        }
        Signature memory stranger = _signedBy("nobody", _confirmationDigest(confirmation));
        _refused(confirmation, stranger, none, abi.encodeWithSelector(IParticipants.NotAParticipant.selector, stranger.key));
    }

    function test_the_operator_confirms_nothing_not_even_for_itself() public {
        _refused(
            _confirmation(operator, seller, 500), abi.encodeWithSelector(ITradeRegistry.OperatorCannotConfirm.selector, operator)
        );
    }

    function testFuzz_the_signature_is_over_exactly_this(uint8 field) public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(buyer, seller, 500);
        Signature memory signature = _signedBy(buyer, _confirmationDigest(confirmation));
        Signature memory none;
        field = uint8(bound(field, 0, 6));
        if (field == 0) confirmation.identity = keccak256("another");
        if (field == 1) confirmation.digest = keccak256("another");
        if (field == 2) confirmation.kind = ORDER;
        if (field == 3) confirmation.faceMinor = 501;
        if (field == 4) confirmation.currency = EUR;
        if (field == 5) confirmation.seller = other;
        if (field == 6) confirmation.lot = LOT;
        bytes memory reason = abi.encodeWithSelector(ITradeRegistry.SignatureInvalid.selector, buyer, _key(buyer));
        _refused(confirmation, signature, none, reason);
    }

    function test_a_signature_is_for_one_chain() public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(buyer, seller, 500);
        Signature memory signature = _signedBy(buyer, _confirmationDigest(confirmation));
        Signature memory none;
        vm.chainId(4242);
        bytes memory reason = abi.encodeWithSelector(ITradeRegistry.SignatureInvalid.selector, buyer, _key(buyer));
        _refused(confirmation, signature, none, reason);
    }

    function test_who_is_suspended_gets_no_document() public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(buyer, seller, 500);
        confirmation.attestor = attestor;
        PartyId[3] memory parties = [buyer, seller, attestor];
        for (uint256 i = 0; i < parties.length; ++i) {
            participants.suspend(parties[i]);
            _refused(confirmation, abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, parties[i]));
            participants.reinstate(parties[i]);
        }
        _register(confirmation);
    }

    function test_what_is_sold_is_sold_by_a_company_of_the_trade() public {
        bytes memory reason = abi.encodeWithSelector(IParticipants.RoleMissing.selector, bank, SUPPLIER | CORE_ENTERPRISE);
        _refused(_confirmation(buyer, bank, 500), reason);
        _refused(_order(buyer, bank, 500), reason);
        // Goods may be anybody's.
        _register(_receipt(LOT, keeper, bank, 500));
        _confirm(buyer, otherBuyer, 500);
    }

    function test_related_parties_owe_each_other_nothing_here() public {
        _refused(_confirmation(seller, seller, 500), abi.encodeWithSelector(IParticipants.RelatedParties.selector, seller, seller, 0));
        _relate(buyer, seller);
        _refused(_confirmation(buyer, seller, 500), abi.encodeWithSelector(IParticipants.RelatedParties.selector, buyer, seller, 7));
        _register(_confirmation(buyer, other, 500));
    }

    function test_a_companys_contract_signs_by_erc_1271() public {
        CompanyContract wallet = new CompanyContract(_keyOf("behind the contract"));
        PartyId id = participants.register(address(wallet), _accountOf("wallet"), SUPPLIER, 0, NEVER, NOBODY);
        ITradeRegistry.Confirmation memory confirmation = _confirmation(id, seller, 500);
        Signature memory signature = _signedBy("behind the contract", _confirmationDigest(confirmation));
        signature.key = address(wallet);
        Signature memory none;
        _register(confirmation, signature, none);
        assertEq(registry.evidenceCount(), 1, "registered");
    }

    function test_a_hostile_contract_is_no_signature() public {
        for (uint256 i = 0; i < 4; ++i) {
            HostileSigner wallet = new HostileSigner(HostileSigner.Answer(i));
            address account = _accountOf(i == 0 ? "a" : i == 1 ? "b" : i == 2 ? "c" : "d");
            PartyId id = participants.register(address(wallet), account, SUPPLIER | ATTESTOR, 0, NEVER, NOBODY);
            Signature memory hostile = Signature({key: address(wallet), signature: ""});
            Signature memory none;
            ITradeRegistry.Confirmation memory confirmation = _confirmation(id, seller, 500);
            _refused(
                confirmation, hostile, none, abi.encodeWithSelector(ITradeRegistry.SignatureInvalid.selector, id, address(wallet))
            );
            confirmation = _confirmation(buyer, seller, 500);
            confirmation.attestor = id;
            _refused(
                confirmation,
                _signedBy(buyer, _confirmationDigest(confirmation)),
                hostile,
                abi.encodeWithSelector(ITradeRegistry.AttestationInvalid.selector, id, address(wallet))
            );
        }
    }

    // ---------------------------------------------------------------- attested

    function test_an_attestor_signs_beside_the_buyer() public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(buyer, seller, 500);
        confirmation.attestor = attestor;
        vm.expectEmit(address(registry));
        emit ITradeRegistry.EvidenceRegistered(
            EvidenceId.wrap(1),
            confirmation.identity,
            _confirmationHash(confirmation),
            buyer,
            seller,
            INVOICE,
            500,
            CNY,
            START_DAY,
            0,
            attestor
        );
        EvidenceId id = _register(confirmation);
        assertEq(registry.evidence(id).flags, ATTESTED, "attested");
        vm.prank(LEDGER);
        registry.consume(buyer, CNY, START_DAY, ruleId(1, 7, RULE_ATTESTED), _leg(seller, 500, id));
    }

    function test_an_attestation_is_the_attestors_over_exactly_this() public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(buyer, seller, 500);
        confirmation.attestor = attestor;
        Signature memory signature = _signedBy(buyer, _confirmationDigest(confirmation));
        _refused(
            confirmation,
            signature,
            _signedBy(attestor, keccak256("something else")),
            abi.encodeWithSelector(ITradeRegistry.AttestationInvalid.selector, attestor, _key(attestor))
        );
        _refused(
            confirmation,
            signature,
            _signedBy(seller, _confirmationDigest(confirmation)),
            abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, attestor, _key(seller))
        );
        // And it makes no capacity without the buyer.
        _refused(
            confirmation,
            _signedBy(attestor, _confirmationDigest(confirmation)),
            _signedBy(attestor, _confirmationDigest(confirmation)),
            abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, buyer, _key(attestor))
        );
    }

    function test_an_attestor_is_one_and_stands_apart() public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(buyer, seller, 500);
        confirmation.attestor = operator;
        _refused(confirmation, abi.encodeWithSelector(IParticipants.RoleMissing.selector, operator, ATTESTOR));
        PartyId both = _named("both", CORE_ENTERPRISE | ATTESTOR);
        confirmation = _confirmation(both, seller, 500);
        confirmation.attestor = both;
        _refused(confirmation, abi.encodeWithSelector(IParticipants.RelatedParties.selector, both, both, 0));
        confirmation = _confirmation(buyer, both, 500);
        confirmation.attestor = both;
        _refused(confirmation, abi.encodeWithSelector(IParticipants.RelatedParties.selector, both, both, 0));
        confirmation = _confirmation(buyer, seller, 500);
        confirmation.attestor = attestor;
        _relate(attestor, buyer);
        _refused(confirmation, abi.encodeWithSelector(IParticipants.RelatedParties.selector, attestor, buyer, 7));
        participants.regroup(buyer, 0);
        participants.regroup(seller, 7);
        _refused(confirmation, abi.encodeWithSelector(IParticipants.RelatedParties.selector, attestor, seller, 7));
    }

    // ---------------------------------------------------------------- used and released

    function test_only_ledger_and_loans_use_and_release() public {
        EvidenceId id = _confirm(buyer, seller, 500);
        Leg memory leg = _leg(seller, 500, id);
        address[3] memory callers = [_key(operator), _key(buyer), address(loans)];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.NotTheLedger.selector, callers[i]));
            vm.prank(callers[i]);
            registry.consume(buyer, CNY, START_DAY, RuleId.wrap(0), leg);
            if (i == 2) break;
            vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.NotTheLoans.selector, callers[i]));
            vm.prank(callers[i]);
            registry.consumeForLoan(buyer, CNY, START_DAY, INVOICE, leg);
            vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.NeitherLedgerNorLoans.selector, callers[i]));
            vm.prank(callers[i]);
            registry.release(id, 500);
        }
        vm.prank(address(loans));
        registry.consumeForLoan(buyer, CNY, START_DAY, INVOICE, leg);
        vm.prank(address(loans));
        registry.release(id, 500);
        assertTrue(registry.ledger() == LEDGER && registry.loans() == address(loans), "who may");
        assertEq(registry.warehouse(), address(warehouse), "who knows the liens");
    }

    function test_the_forwarder_does_not_speak_for_the_ledger() public {
        EvidenceId id = _confirm(buyer, seller, 500);
        (bool succeeded,) = _relay(address(registry), abi.encodeCall(registry.release, (id, 0)), LEDGER);
        assertTrue(!succeeded, "a signed order");
    }

    function test_only_the_loans_use_orders_and_receipts() public {
        EvidenceId order = _register(_order(buyer, seller, 500));
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.NotTheLoans.selector, LEDGER));
        vm.prank(LEDGER);
        registry.consumeForLoan(buyer, CNY, START_DAY, ORDER, _leg(seller, 1, order));
        vm.prank(address(loans));
        registry.consumeForLoan(buyer, CNY, START_DAY, ORDER, _leg(seller, 1, order));
        ITradeRegistry.Evidence memory read = registry.evidence(order);
        assertTrue(read.usedMinor == 1 && read.useCount == 0, "used, and no use of a piece");
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.EvidenceKindMismatch.selector, order, RECEIPT, ORDER));
        vm.prank(address(loans));
        registry.consumeForLoan(buyer, CNY, START_DAY, RECEIPT, _leg(seller, 1, order));
    }

    function test_a_piece_needs_an_invoice_of_its_trade() public {
        EvidenceId none = EvidenceId.wrap(77);
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.EvidenceNotFound.selector, none));
        vm.prank(LEDGER);
        registry.consume(buyer, CNY, START_DAY, RuleId.wrap(0), _leg(seller, 1, none));
        EvidenceId order = _register(_order(buyer, seller, 500));
        _useRefused(order, 1, abi.encodeWithSelector(ITradeRegistry.EvidenceIsNoInvoice.selector, order, ORDER));
        EvidenceId receipt = _register(_receipt(LOT, keeper, seller, 500));
        _useRefused(receipt, 1, abi.encodeWithSelector(ITradeRegistry.EvidenceIsNoInvoice.selector, receipt, RECEIPT));
        EvidenceId id = _confirm(buyer, seller, 500);
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.EvidenceBuyerMismatch.selector, id, buyer, otherBuyer));
        vm.prank(LEDGER);
        registry.consume(otherBuyer, CNY, START_DAY, RuleId.wrap(0), _leg(seller, 1, id));
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.EvidenceSellerMismatch.selector, id, seller, other));
        vm.prank(LEDGER);
        registry.consume(buyer, CNY, START_DAY, RuleId.wrap(0), _leg(other, 1, id));
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.CurrencyMismatch.selector, CNY, EUR));
        vm.prank(LEDGER);
        registry.consume(buyer, EUR, START_DAY, RuleId.wrap(0), _leg(seller, 1, id));
    }

    function test_credit_is_no_prepayment() public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(buyer, seller, 500);
        confirmation.deliveryDay = START_DAY + 1;
        EvidenceId later = _register(confirmation);
        _useRefused(later, 1, abi.encodeWithSelector(ITradeRegistry.NotDelivered.selector, later, START_DAY + 1, START_DAY, RULE_DELIVERED));
        confirmation = _confirmation(buyer, seller, 500);
        confirmation.deliveryDay = 0;
        EvidenceId never = _register(confirmation);
        _useRefused(never, 1, abi.encodeWithSelector(ITradeRegistry.NotDelivered.selector, never, 0, START_DAY, RULE_DELIVERED));
        vm.prank(LEDGER);
        registry.consume(buyer, CNY, START_DAY + 1, RuleId.wrap(0), _leg(seller, 1, later));
    }

    function test_where_rules_ask_for_it_a_document_is_attested() public {
        EvidenceId id = _confirm(buyer, seller, 500);
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.EvidenceNotAttested.selector, id, ruleId(1, 7, RULE_ATTESTED)));
        vm.prank(LEDGER);
        registry.consume(buyer, CNY, START_DAY, ruleId(1, 7, RULE_ATTESTED), _leg(seller, 1, id));
    }

    function test_no_document_backs_more_than_its_face() public {
        EvidenceId id = _confirm(buyer, seller, 500);
        assertEq(_use(id, 300), 0, "first use");
        _useRefused(id, 201, abi.encodeWithSelector(ITradeRegistry.EvidenceExhausted.selector, id, 201, 200));
        assertEq(_use(id, 200), 1, "second use");
        _useRefused(id, 1, abi.encodeWithSelector(ITradeRegistry.EvidenceExhausted.selector, id, 1, 0));
        ITradeRegistry.Evidence memory read = registry.evidence(id);
        assertTrue(read.usedMinor == 500 && read.useCount == 2, "used");
        assertTrue(registry.availableOf(id) == 0 && registry.excessOf(id) == 0, "nothing left, nothing beyond");
    }

    function test_one_document_used_twice_is_counted_twice() public {
        EvidenceId id = _confirm(buyer, seller, 500);
        vm.prank(LEDGER);
        assertEq(registry.consume(buyer, CNY, START_DAY, RuleId.wrap(0), _leg(seller, 300, id)), 0, "the first use");
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.EvidenceExhausted.selector, id, 300, 200));
        vm.prank(LEDGER);
        registry.consume(buyer, CNY, START_DAY, RuleId.wrap(0), _leg(seller, 300, id));
        vm.prank(LEDGER);
        assertEq(registry.consume(buyer, CNY, START_DAY, RuleId.wrap(0), _leg(seller, 200, id)), 1, "the second use");
    }

    function test_a_release_gives_capacity_back_but_not_the_count() public {
        EvidenceId id = _confirm(buyer, seller, 500);
        _use(id, 500);
        _release(id, 200);
        ITradeRegistry.Evidence memory read = registry.evidence(id);
        assertTrue(read.usedMinor == 300 && read.useCount == 1 && read.faceMinor == 500, "given back");
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.ReleaseExceedsUse.selector, id, 301, 300));
        _release(id, 301);
    }

    function test_a_document_is_used_at_most_65535_times() public {
        EvidenceId id = _confirm(buyer, seller, 500);
        bytes32 slot = _wordSlot(id);
        uint256 word = uint256(vm.load(address(registry), slot));
        vm.store(address(registry), slot, bytes32(word | uint256(65_534) << 232));
        assertEq(_use(id, 1), 65_534, "the last use");
        _useRefused(id, 1, abi.encodeWithSelector(ITradeRegistry.TooManyUses.selector, id));
        ITradeRegistry.Evidence memory read = registry.evidence(id);
        assertTrue(read.useCount == 65_535 && read.usedMinor == 1 && read.deliveryDay == START_DAY, "the word is whole");
        assertEq(uint256(vm.load(address(registry), slot)) >> 248, 0, "spare bits");
    }

    function test_a_plain_document_is_one_read_and_one_write() public {
        EvidenceId id = _confirm(buyer, seller, 500);
        Recorder(address(vm)).record();
        _useOf(id, 100);
        (bytes32[] memory reads, bytes32[] memory writes) = Recorder(address(vm)).accesses(address(registry));
        // The runner counts a write's own look at the slot as a read.
        assertTrue(writes.length == 1 && reads.length <= 2, "accesses");
        for (uint256 i = 0; i < reads.length; ++i) {
            assertEq(reads[i], _wordSlot(id), "the word only");
        }
    }

    function _useOf(EvidenceId id, uint64 amountMinor) private {
        vm.prank(LEDGER);
        registry.consume(buyer, CNY, START_DAY, RuleId.wrap(0), _leg(seller, amountMinor, id));
    }

    /// Where the word of a document of 500 is: found by its face and parties, wherever the mapping is declared.
    function _wordSlot(EvidenceId id) private view returns (bytes32 slot) {
        for (uint256 i = 0; i < 20; ++i) {
            slot = keccak256(abi.encode(id, i));
            uint256 word = uint256(vm.load(address(registry), slot));
            if (uint64(word) == 500 && uint32(word >> 128) == PartyId.unwrap(buyer)) return slot;
        }
        revert NotTrue("no word");
    }

    // ---------------------------------------------------------------- goods

    function test_invoices_over_a_lot_count_what_they_use_of_it() public {
        EvidenceId first = _register(_invoiceOver(LOT, buyer, seller, 500));
        EvidenceId second = _register(_invoiceOver(LOT, otherBuyer, other, 500));
        EvidenceId elsewhere = _register(_invoiceOver(OTHER_LOT, buyer, seller, 500));
        _use(first, 300);
        _use(second, 100);
        _use(elsewhere, 7);
        assertTrue(registry.lotUsedMinor(LOT) == 400 && registry.lotUsedMinor(OTHER_LOT) == 7, "used");
        _release(first, 300);
        assertEq(registry.lotUsedMinor(LOT), 100, "released");
        _useRefused(first, 501, abi.encodeWithSelector(ITradeRegistry.EvidenceExhausted.selector, first, 501, 500));
    }

    function test_a_receipt_is_used_without_using_its_lot() public {
        EvidenceId receipt = _register(_receipt(LOT, keeper, seller, 500));
        vm.prank(address(loans));
        registry.consumeForLoan(keeper, CNY, START_DAY, RECEIPT, _leg(seller, 200, receipt));
        assertEq(registry.lotUsedMinor(LOT), 0, "no receivable");
        vm.prank(address(loans));
        registry.release(receipt, 200);
        assertEq(registry.availableOf(receipt), 500, "released");
    }

    // ---------------------------------------------------------------- credited

    function test_a_credit_note_takes_face_away_and_at_last_cancels() public {
        EvidenceId id = _confirm(buyer, seller, 500);
        ITradeRegistry.CreditNote memory note = _note(id, 200);
        vm.expectEmit(address(registry));
        emit ITradeRegistry.EvidenceCredited(id, note.identity, _noteHash(note), 200, 200, false);
        _credit(note);
        assertTrue(registry.creditedBy(note.identity) == id && registry.evidence(id).creditedMinor == 200, "noted");
        assertTrue(registry.evidence(id).flags == CREDITED && !registry.isCancelled(id), "credited");
        assertEq(registry.availableOf(id), 300, "available");
        _useRefused(id, 301, abi.encodeWithSelector(ITradeRegistry.EvidenceExhausted.selector, id, 301, 300));
        _use(id, 250);
        assertEq(registry.excessOf(id), 0, "backed");
        note = _note(id, 300);
        vm.expectEmit(address(registry));
        emit ITradeRegistry.EvidenceCredited(id, note.identity, _noteHash(note), 300, 500, true);
        _credit(note);
        assertTrue(registry.isCancelled(id) && registry.evidence(id).flags == CREDITED | CANCELLED, "cancelled");
        assertEq(registry.excessOf(id), 250, "no longer backed");
        assertEq(registry.availableOf(id), 0, "nothing left");
        _useRefused(id, 1, abi.encodeWithSelector(ITradeRegistry.EvidenceCancelled.selector, id));
        _release(id, 100);
        assertEq(registry.excessOf(id), 150, "given back");
    }

    function test_a_credit_note_is_the_last_uses_excess() public {
        EvidenceId id = _confirm(buyer, seller, 500);
        _use(id, 400);
        _credit(id, 150);
        assertTrue(registry.excessOf(id) == 50 && registry.availableOf(id) == 0, "excess");
    }

    function _creditRefused(ITradeRegistry.CreditNote memory note, bytes memory reason) private {
        bytes32 digest = _noteDigest(note);
        Signature memory left = _signedBy(note.buyer, digest);
        Signature memory right = _signedBy(note.seller, digest);
        vm.expectRevert(reason);
        registry.credit(note, left, right);
    }

    function test_a_credit_note_is_complete_and_fits() public {
        ITradeRegistry.Confirmation memory known = _confirmation(buyer, seller, 500);
        EvidenceId id = _register(known);
        EvidenceId another = _confirm(buyer, seller, 500);
        ITradeRegistry.CreditNote memory note = _note(id, 0);
        _creditRefused(note, abi.encodeWithSelector(ITradeRegistry.ZeroAmount.selector));
        note = _note(id, 501);
        _creditRefused(note, abi.encodeWithSelector(ITradeRegistry.CreditExceedsFace.selector, id, 501, 500));
        note = _note(id, 100);
        note.identity = 0;
        _creditRefused(note, abi.encodeWithSelector(ITradeRegistry.IdentityMissing.selector));
        note = _note(id, 100);
        note.evidence = another;
        _creditRefused(
            note, abi.encodeWithSelector(ITradeRegistry.EvidenceIdentityMismatch.selector, another, note.evidenceIdentity, id)
        );
        note.evidence = NO_EVIDENCE;
        note.evidenceIdentity = keccak256("unknown");
        _creditRefused(
            note,
            abi.encodeWithSelector(ITradeRegistry.EvidenceIdentityMismatch.selector, NO_EVIDENCE, note.evidenceIdentity, NO_EVIDENCE)
        );
        note = _note(id, 100);
        note.currency = EUR;
        _creditRefused(note, abi.encodeWithSelector(ITradeRegistry.CurrencyMismatch.selector, CNY, EUR));
        note = _note(id, 100);
        note.buyer = otherBuyer;
        _creditRefused(note, abi.encodeWithSelector(ITradeRegistry.EvidenceBuyerMismatch.selector, id, buyer, otherBuyer));
        note = _note(id, 100);
        note.seller = other;
        _creditRefused(note, abi.encodeWithSelector(ITradeRegistry.EvidenceSellerMismatch.selector, id, seller, other));
    }

    function test_notes_and_documents_share_their_identities() public {
        ITradeRegistry.Confirmation memory known = _confirmation(buyer, seller, 500);
        EvidenceId id = _register(known);
        ITradeRegistry.CreditNote memory note = _note(id, 100);
        _credit(note);
        bytes memory reason = abi.encodeWithSelector(
            ITradeRegistry.IdentityAlreadyRegistered.selector, note.identity, id, uint64(500)
        );
        note.amountMinor = 50;
        _creditRefused(note, reason);
        ITradeRegistry.Confirmation memory confirmation = _confirmation(buyer, seller, 500);
        confirmation.identity = note.identity;
        _refused(confirmation, reason);
        note = _note(id, 50);
        note.identity = known.identity;
        _creditRefused(
            note, abi.encodeWithSelector(ITradeRegistry.IdentityAlreadyRegistered.selector, known.identity, id, uint64(500))
        );
    }

    function test_both_sides_sign_a_credit_note() public {
        EvidenceId id = _confirm(buyer, seller, 500);
        ITradeRegistry.CreditNote memory note = _note(id, 100);
        Signature memory byBuyer = _signedBy(buyer, _noteDigest(note));
        Signature memory bySeller = _signedBy(seller, _noteDigest(note));
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, seller, _key(buyer)));
        registry.credit(note, byBuyer, byBuyer);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, buyer, _key(seller)));
        registry.credit(note, bySeller, bySeller);
        note.amountMinor = 101;
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.SignatureInvalid.selector, buyer, _key(buyer)));
        registry.credit(note, byBuyer, bySeller);
        byBuyer = _signedBy(buyer, _noteDigest(note));
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.SignatureInvalid.selector, seller, _key(seller)));
        registry.credit(note, byBuyer, bySeller);
        for (uint256 i = 0; i < 2; ++i) {
            PartyId party = i == 0 ? buyer : seller;
            participants.suspend(party);
            _creditRefused(note, abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, party));
            participants.reinstate(party);
        }
    }

    function testFuzz_credits_and_uses_never_meet(uint64 face, uint64 used, uint64 credited) public {
        face = uint64(bound(face, 2, type(uint64).max));
        used = uint64(bound(used, 1, face));
        credited = uint64(bound(credited, 1, face));
        EvidenceId id = _confirm(buyer, seller, face);
        _use(id, used);
        _credit(id, credited);
        uint256 left = uint256(face) - credited;
        assertEq(registry.availableOf(id), left > used ? left - used : 0, "available");
        assertEq(registry.excessOf(id), used > left ? used - left : 0, "excess");
        assertTrue(registry.isCancelled(id) == (left == 0), "cancelled");
    }

    // ---------------------------------------------------------------- orders and invoices

    function _invoiceFor(ITradeRegistry.Confirmation memory order, uint64 faceMinor)
        private
        returns (ITradeRegistry.Confirmation memory invoice)
    {
        invoice = _confirmation(buyer, seller, faceMinor);
        invoice.order = order.identity;
    }

    function _lend(EvidenceId order, uint64 amountMinor) private {
        vm.prank(address(loans));
        registry.consumeForLoan(buyer, CNY, START_DAY, ORDER, _leg(seller, amountMinor, order));
    }

    function test_an_invoice_takes_over_what_its_order_is_used_for() public {
        ITradeRegistry.Confirmation memory order = _order(buyer, seller, 1_000);
        EvidenceId id = _register(order);
        _lend(id, 600);
        ITradeRegistry.Confirmation memory invoice = _invoiceFor(order, 400);
        vm.expectEmit(address(registry));
        emit ITradeRegistry.OrderFulfilled(EvidenceId.wrap(2), id, 400, 400);
        EvidenceId first = _register(invoice);
        assertTrue(registry.carriedOf(first) == 400 && registry.orderOf(first) == id, "carried");
        assertTrue(registry.evidence(first).usedMinor == 400 && registry.availableOf(first) == 0, "first invoice");
        assertTrue(registry.evidence(id).faceMinor == 600 && registry.evidence(id).usedMinor == 200, "order");
        ITradeRegistry.Confirmation memory larger = _invoiceFor(order, 700);
        vm.expectEmit(address(registry));
        emit ITradeRegistry.OrderFulfilled(EvidenceId.wrap(3), id, 600, 200);
        EvidenceId second = _register(larger);
        assertTrue(registry.carriedOf(second) == 200 && registry.availableOf(second) == 500, "second invoice");
        assertTrue(registry.evidence(id).faceMinor == 0 && registry.evidence(id).usedMinor == 0, "fulfilled");
        assertEq(registry.evidence(second).useCount, 0, "no use of the ledger's");
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.EvidenceExhausted.selector, id, 1, 0));
        _lend(id, 1);
        EvidenceId third = _register(_invoiceFor(order, 50));
        assertTrue(registry.carriedOf(third) == 0 && registry.availableOf(third) == 50, "beyond the order");
    }

    function test_an_order_is_registered_before_it_is_fulfilled() public {
        ITradeRegistry.Confirmation memory order = _order(buyer, seller, 1_000);
        _refused(_invoiceFor(order, 400), abi.encodeWithSelector(ITradeRegistry.OrderUnknown.selector, order.identity));
    }

    function test_only_an_invoice_of_the_same_trade_fulfils_an_order() public {
        ITradeRegistry.Confirmation memory order = _order(buyer, seller, 1_000);
        EvidenceId id = _register(order);
        ITradeRegistry.Confirmation memory wrong = _invoiceFor(order, 400);
        bytes memory reason = abi.encodeWithSelector(ITradeRegistry.OrderMismatch.selector, wrong.identity, id);
        wrong.kind = ORDER;
        _refused(wrong, reason);
        (wrong.kind, wrong.lot) = (RECEIPT, LOT);
        _refused(wrong, reason);
        (wrong.kind, wrong.lot, wrong.buyer) = (INVOICE, 0, otherBuyer);
        _refused(wrong, reason);
        (wrong.buyer, wrong.seller) = (buyer, other);
        _refused(wrong, reason);
        (wrong.seller, wrong.currency) = (seller, EUR);
        _refused(wrong, reason);
        wrong.currency = CNY;
        EvidenceId invoice = _register(wrong);
        // An invoice is no order.
        ITradeRegistry.Confirmation memory second = _confirmation(buyer, seller, 400);
        second.order = wrong.identity;
        _refused(second, abi.encodeWithSelector(ITradeRegistry.OrderMismatch.selector, second.identity, invoice));
    }

    function test_a_credited_order_backs_less_and_never_less_than_nothing() public {
        ITradeRegistry.Confirmation memory order = _order(buyer, seller, 1_000);
        EvidenceId id = _register(order);
        _credit(id, 300);
        _lend(id, 500);
        assertEq(registry.availableOf(id), 200, "less");
        _register(_invoiceFor(order, 800));
        // The face is now 200, less than what was credited.
        assertTrue(registry.availableOf(id) == 0 && registry.excessOf(id) == 0, "nothing");
        ITradeRegistry.CreditNote memory note = _note(id, 1);
        _creditRefused(note, abi.encodeWithSelector(ITradeRegistry.CreditExceedsFace.selector, id, 1, 0));
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.EvidenceExhausted.selector, id, 1, 0));
        _lend(id, 1);
    }

    function test_what_is_carried_to_an_invoice_over_goods_uses_the_goods() public {
        ITradeRegistry.Confirmation memory order = _order(buyer, seller, 1_000);
        EvidenceId id = _register(order);
        _lend(id, 600);
        ITradeRegistry.Confirmation memory invoice = _invoiceFor(order, 400);
        invoice.lot = LOT;
        EvidenceId made = _register(invoice);
        assertEq(registry.lotUsedMinor(LOT), 400, "used");
        vm.prank(address(loans));
        registry.release(made, 400);
        assertEq(registry.lotUsedMinor(LOT), 0, "released");
    }

    function testFuzz_an_order_and_its_invoices_back_together_what_was_ordered(uint64 face, uint64 lent, uint64 first, uint64 second)
        public
    {
        face = uint64(bound(face, 2, 1 << 62));
        lent = uint64(bound(lent, 1, face));
        first = uint64(bound(first, 1, face));
        second = uint64(bound(second, 1, face));
        ITradeRegistry.Confirmation memory order = _order(buyer, seller, face);
        EvidenceId id = _register(order);
        _lend(id, lent);
        EvidenceId one = _register(_invoiceFor(order, first));
        EvidenceId two = _register(_invoiceFor(order, second));
        uint256 used = uint256(registry.evidence(id).usedMinor) + registry.evidence(one).usedMinor + registry.evidence(two).usedMinor;
        assertEq(used, lent, "what was lent rests on one of them");
        assertTrue(registry.evidence(id).usedMinor <= registry.evidence(id).faceMinor, "order");
        assertTrue(registry.evidence(one).usedMinor <= first && registry.evidence(two).usedMinor <= second, "invoices");
    }

    // ---------------------------------------------------------------- batches

    function _pair(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return left < right ? keccak256(abi.encode(left, right)) : keccak256(abi.encode(right, left));
    }

    function _leaf(ITradeRegistry.Confirmation memory confirmation) private pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(abi.encode(_confirmationHash(confirmation)))));
    }

    /// Three documents under one root: ((a, b), c).
    function _batch(PartyId witness)
        private
        returns (ITradeRegistry.Confirmation[] memory members, ITradeRegistry.BatchConfirmation memory batch, bytes32[][] memory proofs)
    {
        members = new ITradeRegistry.Confirmation[](3);
        proofs = new bytes32[][](3);
        for (uint256 i = 0; i < 3; ++i) {
            members[i] = _confirmation(buyer, seller, uint64(100 + i));
            members[i].attestor = witness;
        }
        bytes32 left = _pair(_leaf(members[0]), _leaf(members[1]));
        batch = ITradeRegistry.BatchConfirmation({
            root: _pair(left, _leaf(members[2])),
            buyer: buyer,
            attestor: witness,
            count: 3,
            validUntil: uint40(block.timestamp + 1 days)
        });
        (proofs[0], proofs[1], proofs[2]) = (new bytes32[](2), new bytes32[](2), new bytes32[](1));
        (proofs[0][0], proofs[0][1]) = (_leaf(members[1]), _leaf(members[2]));
        (proofs[1][0], proofs[1][1]) = (_leaf(members[0]), _leaf(members[2]));
        proofs[2][0] = left;
    }

    function _registerBatch(ITradeRegistry.BatchConfirmation memory batch) private {
        Signature memory attestation;
        if (PartyId.unwrap(batch.attestor) != 0) attestation = _signedBy(batch.attestor, _batchDigest(batch));
        registry.registerBatch(batch, _signedBy(batch.buyer, _batchDigest(batch)), attestation);
    }

    function _batchRefused(ITradeRegistry.BatchConfirmation memory batch, bytes memory reason) private {
        Signature memory attestation = _signedBy(PartyId.unwrap(batch.attestor) == 0 ? buyer : batch.attestor, _batchDigest(batch));
        Signature memory signature = _signedBy(batch.buyer, _batchDigest(batch));
        vm.expectRevert(reason);
        registry.registerBatch(batch, signature, attestation);
    }

    function test_one_signature_confirms_many_documents() public {
        (ITradeRegistry.Confirmation[] memory members, ITradeRegistry.BatchConfirmation memory batch, bytes32[][] memory proofs) =
            _batch(attestor);
        vm.expectEmit(address(registry));
        emit ITradeRegistry.BatchRegistered(batch.root, buyer, attestor, 3, batch.validUntil);
        _registerBatch(batch);
        vm.expectEmit(address(registry));
        emit ITradeRegistry.BatchAdmitted(batch.root, EvidenceId.wrap(1));
        vm.prank(address(0xdead));
        EvidenceId[] memory ids = registry.admit(members, batch.root, proofs);
        for (uint256 i = 0; i < 3; ++i) {
            ITradeRegistry.Evidence memory read = registry.evidence(ids[i]);
            assertTrue(read.faceMinor == 100 + i && read.flags == ATTESTED && read.buyer == buyer, "member");
            assertEq(read.commitment, _confirmationHash(members[i]), "commitment");
        }
        ITradeRegistry.Batch memory known = registry.batchOf(batch.root, buyer);
        assertTrue(known.admitted == 3 && known.count == 3 && known.attestor == attestor, "admitted");
        assertEq(known.validUntil, batch.validUntil, "valid until");
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.BatchExhausted.selector, batch.root, 3));
        registry.admit(members, batch.root, proofs);
    }

    function test_a_member_counts_once_and_keeps_all_rules() public {
        (ITradeRegistry.Confirmation[] memory members, ITradeRegistry.BatchConfirmation memory batch, bytes32[][] memory proofs) =
            _batch(NOBODY);
        _registerBatch(batch);
        (ITradeRegistry.Confirmation[] memory one, bytes32[][] memory proof) = (_one(members[1]), new bytes32[][](1));
        proof[0] = proofs[1];
        EvidenceId id = registry.admit(one, batch.root, proof)[0];
        assertEq(registry.evidence(id).flags, 0, "not attested");
        vm.expectRevert(
            abi.encodeWithSelector(ITradeRegistry.IdentityAlreadyRegistered.selector, members[1].identity, id, uint64(101))
        );
        registry.admit(one, batch.root, proof);
        (one[0], proof[0]) = (members[0], proofs[0]);
        _relate(buyer, seller);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RelatedParties.selector, buyer, seller, 7));
        registry.admit(one, batch.root, proof);
        participants.regroup(buyer, 0);
        participants.suspend(buyer);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, buyer));
        registry.admit(one, batch.root, proof);
        participants.reinstate(buyer);
        registry.admit(one, batch.root, proof);
    }

    function test_a_proof_leads_from_the_member_to_the_root() public {
        (ITradeRegistry.Confirmation[] memory members, ITradeRegistry.BatchConfirmation memory batch, bytes32[][] memory proofs) =
            _batch(NOBODY);
        _registerBatch(batch);
        (ITradeRegistry.Confirmation[] memory one, bytes32[][] memory proof) = (_one(members[1]), new bytes32[][](1));
        proof[0] = proofs[0];
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.ProofInvalid.selector, batch.root, _confirmationHash(members[1])));
        registry.admit(one, batch.root, proof);
        (one[0].faceMinor, proof[0]) = (9_999, proofs[1]);
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.ProofInvalid.selector, batch.root, _confirmationHash(one[0])));
        registry.admit(one, batch.root, proof);
        // A member that names an attestor of its own is none of this batch.
        one[0].attestor = attestor;
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.AttestorMismatch.selector, NOBODY, attestor));
        registry.admit(one, batch.root, proof);
        // The root is this buyer's only.
        (one[0].attestor, one[0].buyer) = (NOBODY, otherBuyer);
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.BatchUnknown.selector, batch.root, otherBuyer));
        registry.admit(one, batch.root, proof);
    }

    function test_a_batch_is_confirmed_once_and_by_its_buyer() public {
        (, ITradeRegistry.BatchConfirmation memory batch,) = _batch(attestor);
        batch.count = 0;
        _batchRefused(batch, abi.encodeWithSelector(ITradeRegistry.BatchEmpty.selector, batch.root));
        batch.count = 3;
        batch.validUntil = uint40(block.timestamp - 1);
        _batchRefused(batch, abi.encodeWithSelector(ITradeRegistry.BatchOver.selector, batch.root, batch.validUntil));
        batch.validUntil = uint40(block.timestamp);
        batch.attestor = keeper;
        _batchRefused(batch, abi.encodeWithSelector(IParticipants.RoleMissing.selector, keeper, ATTESTOR));
        batch.attestor = attestor;
        _relate(attestor, buyer);
        _batchRefused(batch, abi.encodeWithSelector(IParticipants.RelatedParties.selector, attestor, buyer, 7));
        participants.regroup(buyer, 0);
        (batch.buyer, batch.attestor) = (operator, NOBODY);
        _batchRefused(batch, abi.encodeWithSelector(ITradeRegistry.OperatorCannotConfirm.selector, operator));
        (batch.buyer, batch.attestor) = (buyer, attestor);
        Signature memory right = _signedBy(buyer, _batchDigest(batch));
        Signature memory wrong = _signedBy(buyer, keccak256("something else"));
        Signature memory attestation = _signedBy(attestor, _batchDigest(batch));
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.SignatureInvalid.selector, buyer, _key(buyer)));
        registry.registerBatch(batch, wrong, attestation);
        wrong = _signedBy(attestor, keccak256("something else"));
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.AttestationInvalid.selector, attestor, _key(attestor)));
        registry.registerBatch(batch, right, wrong);
        _registerBatch(batch);
        _batchRefused(batch, abi.encodeWithSelector(ITradeRegistry.BatchAlreadyRegistered.selector, batch.root, buyer));
        // Another buyer is not kept from the same root.
        batch.buyer = otherBuyer;
        _registerBatch(batch);
    }

    function test_a_batch_ends() public {
        (ITradeRegistry.Confirmation[] memory members, ITradeRegistry.BatchConfirmation memory batch, bytes32[][] memory proofs) =
            _batch(NOBODY);
        _registerBatch(batch);
        vm.warp(batch.validUntil);
        (ITradeRegistry.Confirmation[] memory one, bytes32[][] memory proof) = (_one(members[1]), new bytes32[][](1));
        proof[0] = proofs[1];
        registry.admit(one, batch.root, proof);
        vm.warp(uint256(batch.validUntil) + 1);
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.BatchOver.selector, batch.root, batch.validUntil));
        registry.admit(members, batch.root, proofs);
    }

    function test_a_buyer_closes_its_batch() public {
        (ITradeRegistry.Confirmation[] memory members, ITradeRegistry.BatchConfirmation memory batch, bytes32[][] memory proofs) =
            _batch(NOBODY);
        _registerBatch(batch);
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.BatchUnknown.selector, batch.root, seller));
        vm.prank(_key(seller));
        registry.closeBatch(batch.root);
        participants.suspend(buyer);
        vm.expectEmit(address(registry));
        emit ITradeRegistry.BatchClosed(batch.root, buyer);
        (bool succeeded,) = _relay(address(registry), abi.encodeCall(registry.closeBatch, (batch.root)), _key(buyer));
        assertTrue(succeeded, "by a signed order, though suspended");
        participants.reinstate(buyer);
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.BatchOver.selector, batch.root, 0));
        registry.admit(members, batch.root, proofs);
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.BatchOver.selector, batch.root, 0));
        vm.prank(_key(buyer));
        registry.closeBatch(batch.root);
        // And cannot be opened again.
        _batchRefused(batch, abi.encodeWithSelector(ITradeRegistry.BatchAlreadyRegistered.selector, batch.root, buyer));
    }
}
