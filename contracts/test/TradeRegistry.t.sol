// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IParticipants} from "../interfaces/IParticipants.sol";
import {ITradeRegistry} from "../interfaces/ITradeRegistry.sol";
import {EvidenceId, PartyId, PieceId} from "../types/Identifiers.sol";
import {Leg, Signature} from "../types/Movements.sol";
import {SUPPLIER} from "../types/Roles.sol";
import {CompanyContract, HostileSigner} from "./Hostile.t.sol";
import {World} from "./World.t.sol";

contract TradeRegistryTest is World {
    function _refuses(ITradeRegistry.Confirmation memory confirmation, Company memory signer, bytes memory reason) private {
        Signature memory signature = _signed(signer, _confirmationDigest(confirmation));
        (ITradeRegistry.Confirmation[] memory confirmations, Signature[] memory signatures) = _one(confirmation, signature);
        uint40 before = registry.evidenceCount();
        vm.expectRevert(reason);
        registry.register(confirmations, signatures);
        assertEq(registry.evidenceCount(), before, "nothing registered");
    }

    function test_the_buyers_signature_makes_capacity_whoever_sends_it() public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(issuer, supplier, 500);
        bytes32 commitment = _confirmationHash(confirmation);
        Signature memory signature = _signed(issuer, _confirmationDigest(confirmation));
        vm.expectEmit(address(registry));
        emit ITradeRegistry.EvidenceRegistered(
            EvidenceId.wrap(1), confirmation.identity, commitment, issuer.id, supplier.id, 1, 500, CNY, START_DAY
        );
        (ITradeRegistry.Confirmation[] memory confirmations, Signature[] memory signatures) = _one(confirmation, signature);
        vm.prank(address(0xdead));
        EvidenceId id = registry.register(confirmations, signatures)[0];
        ITradeRegistry.Evidence memory evidence = registry.evidence(id);
        assertTrue(evidence.faceMinor == 500 && evidence.usedMinor == 0 && evidence.useCount == 0, "amounts");
        assertTrue(evidence.buyer == issuer.id && evidence.seller == supplier.id, "parties");
        assertTrue(evidence.currency == CNY && evidence.kind == 1 && evidence.deliveryDay == START_DAY, "facts");
        assertEq(evidence.commitment, commitment, "commitment");
        assertTrue(registry.evidenceOf(confirmation.identity) == id && registry.evidenceCount() == 1, "found by identity");
    }

    function testFuzz_a_document_survives_its_word(uint64 face, uint8 currency, uint8 kind, uint16 day) public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(issuer, supplier, uint64(bound(face, 1, type(uint64).max)));
        confirmation.currency = uint8(bound(currency, 1, 255));
        confirmation.kind = uint8(bound(kind, 1, 3));
        confirmation.deliveryDay = day;
        ITradeRegistry.Evidence memory evidence = registry.evidence(_register(confirmation, issuer));
        assertTrue(evidence.faceMinor == confirmation.faceMinor && evidence.currency == confirmation.currency, "face");
        assertTrue(evidence.kind == confirmation.kind && evidence.deliveryDay == day, "kind");
        assertTrue(evidence.buyer == issuer.id && evidence.seller == supplier.id && evidence.usedMinor == 0, "parties");
    }

    function test_a_document_counts_once_with_whatever_face() public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(issuer, supplier, 500);
        EvidenceId id = _register(confirmation, issuer);
        confirmation.faceMinor = 700;
        confirmation.digest = keccak256("retyped");
        _refuses(
            confirmation,
            issuer,
            abi.encodeWithSelector(ITradeRegistry.IdentityAlreadyRegistered.selector, confirmation.identity, id, uint64(500))
        );
    }

    function test_a_confirmation_is_complete() public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(issuer, supplier, 500);
        confirmation.identity = 0;
        _refuses(confirmation, issuer, abi.encodeWithSelector(ITradeRegistry.IdentityMissing.selector));
        confirmation = _confirmation(issuer, supplier, 500);
        confirmation.kind = 0;
        _refuses(confirmation, issuer, abi.encodeWithSelector(ITradeRegistry.KindUnknown.selector, 0));
        confirmation.kind = 4;
        _refuses(confirmation, issuer, abi.encodeWithSelector(ITradeRegistry.KindUnknown.selector, 4));
        confirmation = _confirmation(issuer, supplier, 500);
        confirmation.currency = 0;
        _refuses(confirmation, issuer, abi.encodeWithSelector(ITradeRegistry.CurrencyMissing.selector));
        _refuses(_confirmation(issuer, supplier, 0), issuer, abi.encodeWithSelector(ITradeRegistry.ZeroAmount.selector));
        _refuses(_confirmation(issuer, issuer, 500), issuer, abi.encodeWithSelector(ITradeRegistry.SelfDealing.selector, issuer.id));
    }

    function test_every_confirmation_has_its_signature() public {
        ITradeRegistry.Confirmation[] memory confirmations = new ITradeRegistry.Confirmation[](1);
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.ListsDiffer.selector, 1, 0));
        registry.register(confirmations, new Signature[](0));
    }

    function test_nobody_else_signs_for_the_buyer() public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(issuer, supplier, 500);
        // The seller, a bank, the operator: each with its own good key.
        _refuses(confirmation, supplier, abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, issuer.id, supplier.key));
        _refuses(confirmation, bank, abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, issuer.id, bank.key));
        _refuses(confirmation, operator, abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, issuer.id, operator.key));
    }

    function test_the_operator_confirms_nothing_not_even_for_itself() public {
        _refuses(
            _confirmation(operator, supplier, 500),
            operator,
            abi.encodeWithSelector(ITradeRegistry.OperatorCannotConfirm.selector, operator.id)
        );
    }

    function test_an_unregistered_key_makes_no_capacity() public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(issuer, supplier, 500);
        (address key, uint256 secret) = _keyOf("nobody");
        _refuses(confirmation, Company(issuer.id, key, secret), abi.encodeWithSelector(IParticipants.NotAParticipant.selector, key));
    }

    function test_the_signature_is_over_exactly_this() public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(issuer, supplier, 500);
        Signature memory signature = _signed(issuer, _confirmationDigest(confirmation));
        confirmation.faceMinor = 501;
        (ITradeRegistry.Confirmation[] memory confirmations, Signature[] memory signatures) = _one(confirmation, signature);
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.SignatureInvalid.selector, issuer.id, issuer.key));
        registry.register(confirmations, signatures);
    }

    function test_a_signature_is_for_one_chain() public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(issuer, supplier, 500);
        Signature memory signature = _signed(issuer, _confirmationDigest(confirmation));
        (ITradeRegistry.Confirmation[] memory confirmations, Signature[] memory signatures) = _one(confirmation, signature);
        vm.chainId(4242);
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.SignatureInvalid.selector, issuer.id, issuer.key));
        registry.register(confirmations, signatures);
    }

    function test_a_suspended_buyer_or_seller_gets_no_document() public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(issuer, supplier, 500);
        participants.suspend(supplier.id);
        _refuses(confirmation, issuer, abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, supplier.id));
        participants.reinstate(supplier.id);
        participants.suspend(issuer.id);
        _refuses(confirmation, issuer, abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, issuer.id));
    }

    function test_a_companys_contract_signs_by_erc_1271() public {
        CompanyContract wallet = new CompanyContract(issuer.key);
        PartyId id = participants.register(address(wallet), address(wallet), SUPPLIER, 0, NEVER);
        ITradeRegistry.Confirmation memory confirmation = _confirmation(Company(id, address(wallet), 0), supplier, 500);
        Signature memory signature = _signed(issuer, _confirmationDigest(confirmation));
        signature.key = address(wallet);
        _register(confirmation, signature);
        assertEq(registry.evidenceCount(), 1, "registered");
    }

    function test_a_hostile_contract_is_no_signature() public {
        for (uint256 i = 0; i < 4; ++i) {
            HostileSigner wallet = new HostileSigner(HostileSigner.Answer(i));
            PartyId id = participants.register(address(wallet), address(wallet), SUPPLIER, 0, NEVER);
            ITradeRegistry.Confirmation memory confirmation = _confirmation(Company(id, address(wallet), 0), supplier, 500);
            (ITradeRegistry.Confirmation[] memory confirmations, Signature[] memory signatures) =
                _one(confirmation, Signature({key: address(wallet), signature: ""}));
            vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.SignatureInvalid.selector, id, address(wallet)));
            registry.register(confirmations, signatures);
        }
    }

    function test_only_the_ledger_uses_and_releases() public {
        EvidenceId id = _confirm(issuer, supplier, 500);
        Leg[] memory legs = _one(_leg(supplier, 500, id));
        for (uint256 i = 0; i < 2; ++i) {
            address caller = i == 0 ? operator.key : issuer.key;
            vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.NotTheLedger.selector, caller));
            vm.prank(caller);
            registry.consume(issuer.id, CNY, START_DAY, legs);
            vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.NotTheLedger.selector, caller));
            vm.prank(caller);
            registry.consumeCounted(issuer.id, CNY, START_DAY, legs);
            vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.NotTheLedger.selector, caller));
            vm.prank(caller);
            registry.release(id, 500);
        }
        assertEq(registry.ledger(), address(ledger), "the ledger");
    }

    // ---------------------------------------------------------------- what backs a piece

    function _issueRefused(Leg memory leg, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(issuer.key);
        ledger.issue(line, VOUCHER, MATURITY, _one(leg));
    }

    function test_a_piece_needs_a_document() public {
        _issueRefused(
            _leg(supplier, 500, EvidenceId.wrap(77)),
            abi.encodeWithSelector(ITradeRegistry.EvidenceNotFound.selector, EvidenceId.wrap(77))
        );
    }

    function test_an_order_or_a_receipt_is_no_debt() public {
        for (uint8 kind = 2; kind <= 3; ++kind) {
            ITradeRegistry.Confirmation memory confirmation = _confirmation(issuer, supplier, 500);
            confirmation.kind = kind;
            EvidenceId id = _register(confirmation, issuer);
            _issueRefused(_leg(supplier, 500, id), abi.encodeWithSelector(ITradeRegistry.EvidenceIsNoInvoice.selector, id, kind));
        }
    }

    function test_credit_is_no_prepayment() public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(issuer, supplier, 500);
        confirmation.deliveryDay = START_DAY + 1;
        EvidenceId later = _register(confirmation, issuer);
        _issueRefused(
            _leg(supplier, 500, later),
            abi.encodeWithSelector(ITradeRegistry.NotDelivered.selector, later, START_DAY + 1, START_DAY)
        );
        confirmation = _confirmation(issuer, supplier, 500);
        confirmation.deliveryDay = 0;
        EvidenceId never = _register(confirmation, issuer);
        _issueRefused(
            _leg(supplier, 500, never), abi.encodeWithSelector(ITradeRegistry.NotDelivered.selector, never, 0, START_DAY)
        );
    }

    function test_the_payer_is_the_documents_buyer() public {
        EvidenceId id = _confirm(otherIssuer, supplier, 500);
        _issueRefused(
            _leg(supplier, 500, id),
            abi.encodeWithSelector(ITradeRegistry.EvidenceBuyerMismatch.selector, id, otherIssuer.id, issuer.id)
        );
    }

    function test_the_recipient_is_the_documents_seller() public {
        EvidenceId id = _confirm(issuer, supplier, 500);
        _issueRefused(
            _leg(second, 500, id), abi.encodeWithSelector(ITradeRegistry.EvidenceSellerMismatch.selector, id, supplier.id, second.id)
        );
    }

    function test_document_and_line_have_one_currency() public {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(issuer, supplier, 500);
        confirmation.currency = EUR;
        EvidenceId id = _register(confirmation, issuer);
        _issueRefused(_leg(supplier, 500, id), abi.encodeWithSelector(ITradeRegistry.CurrencyMismatch.selector, EUR, CNY));
    }

    function test_no_document_backs_more_than_its_face() public {
        EvidenceId id = _confirm(issuer, supplier, 500);
        Leg[] memory legs = _one(_leg(supplier, 300, id));
        vm.prank(issuer.key);
        ledger.issue(line, VOUCHER, MATURITY, legs);
        _issueRefused(_leg(supplier, 201, id), abi.encodeWithSelector(ITradeRegistry.EvidenceExhausted.selector, id, 201, 200));
        legs[0].amountMinor = 200;
        vm.prank(issuer.key);
        ledger.issue(line, VOUCHER, MATURITY, legs);
        ITradeRegistry.Evidence memory evidence = registry.evidence(id);
        assertTrue(evidence.usedMinor == 500 && evidence.useCount == 2, "used");
    }

    function test_one_document_twice_in_one_call_is_counted_twice() public {
        EvidenceId id = _confirm(issuer, supplier, 500);
        Leg[] memory legs = new Leg[](2);
        legs[0] = _leg(supplier, 300, id);
        legs[1] = _leg(supplier, 300, id);
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.EvidenceExhausted.selector, id, 300, 200));
        vm.prank(issuer.key);
        ledger.issue(line, VOUCHER, MATURITY, legs);
    }

    function test_a_rejected_piece_gives_its_document_back_but_not_its_count() public {
        PieceId id = _offered(500);
        vm.prank(supplier.key);
        ledger.reject(_one(id), 0);
        ITradeRegistry.Evidence memory evidence = registry.evidence(EvidenceId.wrap(1));
        assertTrue(evidence.usedMinor == 0 && evidence.useCount == 1, "given back");
    }
}
