// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ICreditLedger} from "../interfaces/ICreditLedger.sol";
import {ILedgerParts} from "../interfaces/ILedgerParts.sol";
import {ILedgerReader} from "../interfaces/ILedgerReader.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {IRulebook} from "../interfaces/IRulebook.sol";
import {ITradeRegistry} from "../interfaces/ITradeRegistry.sol";
import {EvidenceId, ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {Leg, PieceState, Signature} from "../types/Movements.sol";
import {ATTESTOR, SUPPLIER} from "../types/Roles.sol";
import {CompanyContract, HostileSigner} from "./Hostile.t.sol";
import {PieceReference} from "../types/PieceReference.sol";
import {RULE_ATTESTED, RULE_HOPS, RULE_PIECES, ruleId} from "../types/RuleIds.sol";
import {World} from "./World.t.sol";

contract OfferTest is World {
    function test_an_accepted_piece_is_a_token() public {
        PieceId id = _offered(500);
        assertEq(tokens.balanceOf(PieceId.unwrap(id)), 0, "no token yet");
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceNotInState.selector, id, PieceState.Offered));
        tokens.ownerOf(PieceId.unwrap(id));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.PieceAccepted(id);
        vm.expectEmit(address(ledger));
        emit ILedgerParts.Transfer(address(0), supplier.key, PieceId.unwrap(id));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.SlotChanged(PieceId.unwrap(id), 0, ObligationId.unwrap(id.obligation()));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.TransferValue(0, PieceId.unwrap(id), 500);
        _accept(supplier, id);
        _assertState(id, PieceState.Held);
        assertEq(tokens.ownerOf(PieceId.unwrap(id)), supplier.key, "owner");
        assertEq(tokens.balanceOf(PieceId.unwrap(id)), 500, "balance");
        assertEq(tokens.slotOf(PieceId.unwrap(id)), ObligationId.unwrap(id.obligation()), "slot");
    }

    function test_only_the_recipient_consents() public {
        PieceId id = _offered(500);
        Company[4] memory others = [issuer, second, bank, operator];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ILedgerParts.NotTheOwner.selector, id, supplier.id, others[i].id));
            vm.prank(others[i].key);
            ledger.accept(_one(id));
            vm.expectRevert(abi.encodeWithSelector(ILedgerParts.NotTheOwner.selector, id, supplier.id, others[i].id));
            vm.prank(others[i].key);
            ledger.reject(_one(id), 0);
        }
    }

    function test_a_suspended_recipient_neither_accepts_nor_rejects() public {
        PieceId id = _offered(500);
        participants.suspend(supplier.id);
        bytes memory reason = abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, supplier.id);
        vm.expectRevert(reason);
        vm.prank(supplier.key);
        ledger.accept(_one(id));
        vm.expectRevert(reason);
        vm.prank(supplier.key);
        ledger.reject(_one(id), 0);
    }

    function test_silence_is_never_consent() public {
        PieceId id = _offered(500);
        uint40 deadline = reader.piece(id).deadline;
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.OfferStillOpen.selector, id, deadline));
        ledger.expire(_one(id));
        vm.warp(uint256(deadline) + 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.OfferExpired.selector, id, deadline));
        vm.prank(supplier.key);
        ledger.accept(_one(id));
        vm.expectEmit(address(ledger));
        emit ICreditLedger.PieceExpired(id);
        vm.prank(address(0xdead));
        ledger.expire(_one(id));
        _assertState(id, PieceState.Voided);
        _assertUsed(0);
    }

    function test_an_offer_can_be_accepted_up_to_its_deadline() public {
        PieceId id = _offered(500);
        vm.warp(reader.piece(id).deadline);
        _accept(supplier, id);
    }

    function test_a_rejected_issue_is_void_and_frees_line_and_document() public {
        PieceId id = _offered(500);
        vm.expectEmit(address(ledger));
        emit ICreditLedger.PieceRejected(id, "wrong amount");
        vm.prank(supplier.key);
        ledger.reject(_one(id), "wrong amount");
        _assertState(id, PieceState.Voided);
        _assertAmount(id, 500);
        _assertUsed(0);
        assertEq(reader.obligation(id.obligation()).liveMinor, 0, "live");
        assertEq(registry.evidence(EvidenceId.wrap(1)).usedMinor, 0, "document");
    }

    function test_what_was_decided_is_not_decided_again() public {
        PieceId id = _held(500);
        bytes memory reason = abi.encodeWithSelector(ILedgerParts.PieceNotInState.selector, id, PieceState.Held);
        vm.expectRevert(reason);
        vm.prank(supplier.key);
        ledger.accept(_one(id));
        vm.expectRevert(reason);
        vm.prank(supplier.key);
        ledger.reject(_one(id), 0);
        vm.warp(block.timestamp + 2 hours);
        vm.expectRevert(reason);
        ledger.expire(_one(id));
    }

    function test_a_piece_named_twice_is_refused() public {
        PieceId id = _offered(500);
        PieceReference[] memory twice = _two(id, id);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceNotInState.selector, id, PieceState.Voided));
        vm.prank(supplier.key);
        ledger.reject(twice, 0);
    }

    function test_there_is_no_unknown_piece() public {
        PieceId nothing = PieceId.wrap(77);
        bytes memory reason = abi.encodeWithSelector(ILedgerParts.PieceUnknown.selector, nothing);
        vm.expectRevert(reason);
        vm.prank(supplier.key);
        ledger.accept(_one(nothing));
        vm.expectRevert(reason);
        ledger.expire(_one(nothing));
        vm.expectRevert(reason);
        vm.prank(supplier.key);
        ledger.transfer(_ref(nothing), new Leg[](0));
        vm.expectRevert(reason);
        vm.prank(issuer.key);
        ledger.redeem(_one(nothing), address(money));
        vm.expectRevert(reason);
        tokens.ownerOf(77);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.PieceUnknown.selector, PieceId.wrap(0)));
        tokens.slotOf(type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(ILedgerReader.PieceUnknown.selector, nothing));
        reader.path(nothing);
    }

    function test_many_offers_are_accepted_in_one_call() public {
        PieceReference[] memory offered = new PieceReference[](3);
        for (uint256 i = 0; i < 3; ++i) {
            offered[i] = _ref(_offered(100));
        }
        vm.prank(supplier.key);
        ledger.accept(offered);
        for (uint256 i = 0; i < 3; ++i) {
            _assertState(offered[i].piece(), PieceState.Held);
        }
    }

    function test_one_signer_batches_calls_in_one_transaction() public {
        PieceId taken = _offered(100);
        PieceId refused = _offered(100);
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(ledger.accept, (_one(taken)));
        calls[1] = abi.encodeCall(ledger.reject, (_one(refused), bytes32(0)));
        vm.prank(supplier.key);
        ledger.multicall(calls);
        _assertState(taken, PieceState.Held);
        _assertState(refused, PieceState.Voided);
    }
}

contract TransferTest is World {
    function _refused(PieceId parent, Leg[] memory legs, Company memory caller, bytes memory reason) private {
        bytes32 before = bytes32(uint256(keccak256(abi.encode(ledger.pieceWord(parent)))));
        vm.expectRevert(reason);
        vm.prank(caller.key);
        ledger.transfer(_ref(parent), legs);
        assertEq(keccak256(abi.encode(ledger.pieceWord(parent))), before, "nothing changed");
    }

    function test_a_part_goes_on_and_the_rest_stays() public {
        PieceId parent = _held(500);
        Leg[] memory legs = new Leg[](2);
        legs[0] = _leg(second, 300, _confirm(supplier, second, 300));
        legs[1] = _leg(third, 50, _confirm(supplier, third, 50));
        ObligationId id = parent.obligation();
        vm.expectEmit(address(ledger));
        emit ILedgerParts.PieceOffered(id.piece(2), second.id, _wordOf(parent.index(), legs[0], 2, PieceState.Offered));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.PieceOffered(id.piece(3), third.id, _wordOf(parent.index(), legs[1], 2, PieceState.Offered));
        vm.prank(supplier.key);
        ledger.transfer(_ref(parent), legs);
        _assertAmount(parent, 150);
        _assertAmount(id.piece(2), 300);
        ILedgerReader.Piece memory child = reader.piece(id.piece(3));
        assertTrue(child.hops == 2 && child.tier == 2 && child.owner == third.id && child.parent == parent, "child");
        ILedgerReader.Piece memory left = reader.piece(parent);
        assertTrue(left.openOffers == 2 && left.childCount == 2, "counts");
        assertEq(reader.obligation(id).pieceCount, 3, "pieces");
        assertEq(reader.obligation(id).liveMinor, 500, "live");
        _assertUsed(500);
    }

    function test_the_way_from_the_issuer_is_readable_from_storage() public {
        PieceId first = _held(500);
        PieceId next = _passed(first, supplier, second, 400);
        _accept(second, next);
        PieceId last = _passed(next, second, third, 300);
        ILedgerReader.PathStep[] memory steps = reader.path(last);
        assertEq(steps.length, 3, "as many steps as hops");
        assertTrue(steps[0].from == issuer.id && steps[0].to == supplier.id && steps[0].piece == first, "first");
        assertTrue(steps[1].from == supplier.id && steps[1].to == second.id && steps[1].piece == next, "second");
        assertTrue(steps[2].from == second.id && steps[2].to == third.id && steps[2].piece == last, "third");
        for (uint256 i = 0; i < 3; ++i) {
            ITradeRegistry.Evidence memory evidence = registry.evidence(steps[i].evidence);
            assertTrue(evidence.buyer == steps[i].from && evidence.seller == steps[i].to && steps[i].tier == i + 1, "evidence");
        }
        assertTrue(steps[0].state == PieceState.Held && steps[2].state == PieceState.Offered, "states");
    }

    function test_a_rejected_transfer_goes_back_to_the_parent() public {
        PieceId parent = _held(500);
        PieceId child = _passed(parent, supplier, second, 500);
        _assertAmount(parent, 0);
        vm.expectEmit(address(ledger));
        emit ICreditLedger.PieceRejected(child, "no");
        vm.prank(second.key);
        ledger.reject(_one(child), "no");
        _assertState(child, PieceState.Rejected);
        _assertAmount(child, 0);
        _assertAmount(parent, 500);
        ILedgerReader.Piece memory left = reader.piece(parent);
        assertTrue(left.openOffers == 0 && left.childCount == 1, "counts");
        assertEq(registry.evidence(EvidenceId.wrap(2)).usedMinor, 0, "document");
        _assertUsed(500);
    }

    function test_an_expired_transfer_goes_back_to_the_parent() public {
        PieceId parent = _held(500);
        PieceId child = _passed(parent, supplier, second, 200);
        vm.warp(block.timestamp + 2 hours);
        ledger.expire(_one(child));
        _assertState(child, PieceState.Expired);
        _assertAmount(parent, 500);
        assertEq(reader.piece(parent).openOffers, 0, "open offers");
    }

    function test_an_accepted_transfer_closes_its_offer() public {
        PieceId parent = _held(500);
        PieceId child = _passed(parent, supplier, second, 200);
        vm.expectEmit(address(ledger));
        emit ILedgerParts.TransferValue(PieceId.unwrap(parent), PieceId.unwrap(child), 200);
        _accept(second, child);
        assertEq(reader.piece(parent).openOffers, 0, "open offers");
    }

    function test_only_the_owner_moves_a_piece() public {
        PieceId parent = _held(500);
        Leg[] memory legs = _legs(supplier, second, 100);
        Company[5] memory thieves = [issuer, second, bank, operator, otherIssuer];
        for (uint256 i = 0; i < thieves.length; ++i) {
            _refused(
                parent,
                legs,
                thieves[i],
                abi.encodeWithSelector(ILedgerParts.NotTheOwner.selector, parent, supplier.id, thieves[i].id)
            );
        }
        // Registrar, rules' owner, token approver and administrator are this address: it is no party's key.
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, address(this)));
        ledger.transfer(_ref(parent), legs);
    }

    function test_an_offered_piece_is_not_passed_on() public {
        PieceId id = _offered(500);
        _refused(
            id,
            _legs(supplier, second, 100),
            supplier,
            abi.encodeWithSelector(ILedgerParts.PieceNotInState.selector, id, PieceState.Offered)
        );
    }

    function test_nobody_passes_on_more_than_there_is() public {
        PieceId parent = _held(500);
        _refused(
            parent,
            _legs(supplier, second, 501),
            supplier,
            abi.encodeWithSelector(ILedgerParts.AmountExceedsPiece.selector, parent, 501, 500)
        );
        Leg[] memory legs = new Leg[](2);
        legs[0] = _leg(second, type(uint64).max, _confirm(supplier, second, type(uint64).max));
        legs[1] = _leg(third, 500, _confirm(supplier, third, 500));
        _refused(
            parent,
            legs,
            supplier,
            abi.encodeWithSelector(ILedgerParts.AmountExceedsPiece.selector, parent, uint256(type(uint64).max) + 500, 500)
        );
    }

    function test_a_transfer_names_somebody_who_may_receive() public {
        PieceId parent = _held(500);
        _refused(parent, new Leg[](0), supplier, abi.encodeWithSelector(ILedgerParts.NothingNamed.selector));
        Leg[] memory legs = _legs(supplier, second, 100);
        legs[0].recipient = issuer.id;
        _refused(parent, legs, supplier, abi.encodeWithSelector(ILedgerParts.IssuerCannotReceive.selector, issuer.id));
        legs[0].recipient = PartyId.wrap(999);
        bytes memory reason =
            abi.encodeWithSelector(ITradeRegistry.EvidenceSellerMismatch.selector, legs[0].evidence, second.id, legs[0].recipient);
        _refused(parent, legs, supplier, reason);
        legs = _legs(supplier, second, 100);
        participants.suspend(supplier.id);
        _refused(parent, legs, supplier, abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, supplier.id));
    }

    function test_a_transfer_needs_its_own_evidence() public {
        PieceId parent = _held(500);
        Leg[] memory legs = _one(_leg(second, 100, EvidenceId.wrap(1)));
        _refused(
            parent,
            legs,
            supplier,
            abi.encodeWithSelector(ITradeRegistry.EvidenceBuyerMismatch.selector, EvidenceId.wrap(1), issuer.id, supplier.id)
        );
    }

    function test_from_maturity_on_nothing_moves() public {
        PieceId parent = _held(500);
        Leg[] memory legs = _legs(supplier, second, 100);
        _mature();
        _refused(
            parent,
            legs,
            supplier,
            abi.encodeWithSelector(ILedgerParts.ObligationMatured.selector, parent.obligation(), MATURITY, MATURITY)
        );
    }

    function test_offers_end_before_maturity() public {
        PieceId parent = _held(500);
        Leg[] memory legs = _legs(supplier, second, 100);
        uint256 maturity = uint256(MATURITY) * 1 days - 8 hours;
        legs[0].deadline = uint40(maturity);
        _refused(
            parent, legs, supplier, abi.encodeWithSelector(ILedgerParts.DeadlineBeyondMaturity.selector, maturity, maturity - 1)
        );
        legs[0].deadline = uint40(block.timestamp - 1);
        _refused(parent, legs, supplier, abi.encodeWithSelector(ILedgerParts.DeadlinePassed.selector, block.timestamp - 1));
    }

    function test_hops_and_pieces_are_bounded() public {
        rulebook.enact(VOUCHER, _rulesOf(180, 3, 2, 0), START_DAY);
        PieceId first = _held(500);
        PieceId next = _passed(first, supplier, second, 100);
        _accept(second, next);
        _refused(
            next, _legs(second, third, 10), second, abi.encodeWithSelector(ILedgerParts.HopsExceeded.selector, next, 2, ruleId(VOUCHER, 2, RULE_HOPS))
        );
        _passed(first, supplier, second, 100);
        _refused(
            first,
            _legs(supplier, second, 10),
            supplier,
            abi.encodeWithSelector(ILedgerParts.PiecesExceeded.selector, first.obligation(), 4, 3, ruleId(VOUCHER, 2, RULE_PIECES))
        );
    }

    // ---------------------------------------------------------------- with the recipient's signed acceptance

    function _signedLegs(PieceId parent, uint64 amountMinor) private returns (Leg[] memory legs, Signature[] memory signatures) {
        legs = _legs(supplier, second, amountMinor);
        signatures = _one(_signed(second, _acceptanceDigest(_acceptanceOf(parent, parent.obligation(), legs[0]))));
    }

    function _refusedAccepted(PieceId parent, Leg[] memory legs, Signature[] memory signatures, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(supplier.key);
        ledger.transferAccepted(_ref(parent), legs, signatures);
    }

    function test_a_transfer_accepted_in_advance_is_held_at_once() public {
        PieceId parent = _held(500);
        (Leg[] memory legs, Signature[] memory signatures) = _signedLegs(parent, 200);
        vm.prank(supplier.key);
        ledger.transferAccepted(_ref(parent), legs, signatures);
        PieceId child = _lastPiece(parent.obligation());
        _assertState(child, PieceState.Held);
        _assertAmount(parent, 300);
        assertTrue(reader.piece(parent).openOffers == 0 && reader.piece(parent).childCount == 1, "counts");
        assertEq(tokens.ownerOf(PieceId.unwrap(child)), second.key, "owner");
    }

    function test_an_acceptance_fits_once_also_after_another_offer_was_taken_back() public {
        PieceId parent = _held(500);
        EvidenceId evidence = _confirm(supplier, second, 400);
        // Another offer on the same document is open while the acceptance is used, and rejected afterwards, so that what is used of the
        // document is the same again as when the recipient signed.
        Leg[] memory open = _one(_leg(second, 100, evidence));
        vm.prank(supplier.key);
        ledger.transfer(_ref(parent), open);
        PieceId other = _lastPiece(parent.obligation());
        Leg[] memory legs = _one(_leg(second, 100, evidence));
        Signature[] memory signatures =
            _one(_signed(second, _acceptanceDigest(_acceptanceOf(parent, parent.obligation(), legs[0]))));
        vm.prank(supplier.key);
        ledger.transferAccepted(_ref(parent), legs, signatures);
        vm.prank(second.key);
        ledger.reject(_one(other), 0);
        assertEq(registry.evidence(evidence).usedMinor, 100, "the same use again");
        _refusedAccepted(
            parent, legs, signatures, abi.encodeWithSelector(ILedgerParts.SignatureInvalid.selector, second.id, second.key)
        );
    }

    function test_an_acceptance_is_for_one_parent_one_chain_and_one_key() public {
        PieceId parent = _held(500);
        PieceId twin = _held(500);
        (Leg[] memory legs, Signature[] memory signatures) = _signedLegs(parent, 200);
        bytes memory reason = abi.encodeWithSelector(ILedgerParts.SignatureInvalid.selector, second.id, second.key);
        _refusedAccepted(twin, legs, signatures, reason);
        Signature[] memory foreign = _one(_signed(third, keccak256("anything")));
        _refusedAccepted(parent, legs, foreign, abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, second.id, third.key));
        vm.chainId(4242);
        _refusedAccepted(parent, legs, signatures, reason);
    }

    function test_an_acceptance_does_not_hold_after_its_key_was_removed() public {
        PieceId parent = _held(500);
        (Leg[] memory legs, Signature[] memory signatures) = _signedLegs(parent, 200);
        (address key, uint256 secret) = _keyOf("new key");
        bytes32 structHash =
            keccak256(abi.encode(keccak256("KeyJoin(uint32 party,address key,uint8 epoch,uint16 keyChanges)"), second.id, key, 0, 0));
        bytes memory proof =
            _signed(Company(second.id, key, secret), _digest("Pearlchain Participants", address(participants), structHash)).signature;
        vm.prank(second.key);
        participants.addKey(key, proof);
        vm.prank(key);
        participants.removeKey(second.key);
        _refusedAccepted(
            parent, legs, signatures, abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, second.id, second.key)
        );
    }

    function test_legs_and_acceptances_are_as_many() public {
        PieceId parent = _held(500);
        (Leg[] memory legs,) = _signedLegs(parent, 200);
        _refusedAccepted(parent, legs, new Signature[](0), abi.encodeWithSelector(ILedgerParts.ListsDiffer.selector, 1, 0));
    }

    function test_a_companys_contract_accepts_and_a_hostile_one_does_not() public {
        PieceId parent = _held(1000);
        CompanyContract wallet = new CompanyContract(second.key);
        PartyId id = participants.register(address(wallet), address(wallet), SUPPLIER, 0, NEVER, PartyId.wrap(0));
        Leg[] memory legs = _legs(supplier, Company(id, address(wallet), 0), 100);
        Signature memory signature = _signed(second, _acceptanceDigest(_acceptanceOf(parent, parent.obligation(), legs[0])));
        signature.key = address(wallet);
        vm.prank(supplier.key);
        ledger.transferAccepted(_ref(parent), legs, _one(signature));
        assertEq(tokens.ownerOf(PieceId.unwrap(_lastPiece(parent.obligation()))), address(wallet), "owner");
        for (uint256 i = 0; i < 4; ++i) {
            HostileSigner hostile = new HostileSigner(HostileSigner.Answer(i));
            id = participants.register(address(hostile), address(hostile), SUPPLIER, 0, NEVER, PartyId.wrap(0));
            legs = _legs(supplier, Company(id, address(hostile), 0), 100);
            _refusedAccepted(
                parent,
                legs,
                _one(Signature({key: address(hostile), signature: ""})),
                abi.encodeWithSelector(ILedgerParts.SignatureInvalid.selector, id, address(hostile))
            );
        }
    }

    function test_a_transfer_needs_attested_documents_where_the_rules_of_its_issue_do() public {
        IRulebook.RuleSet memory rules = _rules();
        rules.attestedOnly = true;
        rulebook.enact(1, rules, START_DAY);
        Company memory attestor = _company("attestor", ATTESTOR);
        ITradeRegistry.Confirmation memory confirmation = _confirmation(issuer, supplier, 500);
        confirmation.attestor = attestor.id;
        bytes32 digest = _confirmationDigest(confirmation);
        (ITradeRegistry.Confirmation[] memory confirmations, Signature[] memory signatures) =
            _one(confirmation, _signed(issuer, digest));
        EvidenceId attested = registry.register(confirmations, signatures, _one(_signed(attestor, digest)))[0];
        Leg[] memory legs = _one(_leg(supplier, 500, attested));
        vm.prank(issuer.key);
        PieceId id = ledger.issue(line, 1, MATURITY, false, legs).piece(1);
        _accept(supplier, id);
        // Rules that were enacted since are not this obligation's.
        rules.attestedOnly = false;
        rulebook.enact(1, rules, START_DAY);

        EvidenceId plain = _confirm(supplier, second, 100);
        legs = _one(_leg(second, 100, plain));
        PieceReference named = _ref(id);
        vm.expectRevert(abi.encodeWithSelector(ITradeRegistry.EvidenceNotAttested.selector, plain, ruleId(1, 2, RULE_ATTESTED)));
        vm.prank(supplier.key);
        ledger.transfer(named, legs);
    }

    function testFuzz_a_split_keeps_the_sum(uint64 amount, uint64[5] memory parts, bool[5] memory rejected) public {
        uint64 amountMinor = uint64(bound(amount, 5, LIMIT));
        PieceId parent = _held(amountMinor);
        uint64 left = amountMinor;
        for (uint256 i = 0; i < 5; ++i) {
            if (left == 0) break;
            uint64 part = uint64(bound(parts[i], 1, left));
            PieceId child = _passed(parent, supplier, second, part);
            if (rejected[i]) {
                vm.prank(second.key);
                ledger.reject(_one(child), 0);
            } else {
                left -= part;
            }
            _assertAmount(parent, left);
        }
        ILedgerReader.Piece[] memory pieces = reader.piecesOf(parent.obligation(), 1, NEVER);
        uint256 sum;
        for (uint256 i = 0; i < pieces.length; ++i) {
            sum += pieces[i].amountMinor;
        }
        assertEq(sum, amountMinor, "sum of all pieces");
    }
}
