// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ILedgerParts} from "../interfaces/ILedgerParts.sol";
import {ILedgerReader} from "../interfaces/ILedgerReader.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {ITradeRegistry} from "../interfaces/ITradeRegistry.sol";
import {IRulebook} from "../interfaces/IRulebook.sol";
import {ObligationWord} from "../libraries/ObligationWords.sol";
import {LineId, ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {Leg, PieceState, Signature} from "../types/Movements.sol";
import {CORE_ENTERPRISE, SUPPLIER} from "../types/Roles.sol";
import {RULE_PIECES, RULE_TENOR, ruleId} from "../types/RuleIds.sol";
import {World} from "./World.t.sol";

contract IssueTest is World {
    function _refused(uint16 maturityDay, Leg[] memory legs, bytes memory reason) private {
        uint64 used = reader.line(line).usedMinor;
        vm.expectRevert(reason);
        vm.prank(issuer.key);
        ledger.issue(line, VOUCHER, maturityDay, false, legs);
        _assertUsed(used);
    }

    function test_an_issue_makes_an_obligation_and_a_piece_a_leg() public {
        Leg[] memory legs = new Leg[](2);
        legs[0] = _leg(supplier, 300, _confirm(issuer, supplier, 300));
        legs[1] = _leg(second, 200, _confirm(issuer, second, 200));
        ObligationId id = ObligationId.wrap((uint64(LineId.unwrap(line)) << 24) | 1);
        vm.expectEmit(address(ledger));
        // Packed here by hand: face and what is live, maturity, pieces and rules, version 1, instrument, currency and time zone.
        uint256 terms = 500 | (500 << 64) | (uint256(MATURITY) << 128) | (2 << 144) | (500 << 160) | (16 << 176) | (3 << 184);
        terms |= (1 << 192) | (uint256(BILL) << 208) | (uint256(CNY) << 240) | (uint256(uint8(SHANGHAI)) << 248);
        emit ILedgerParts.Issued(id, ObligationWord.wrap(terms));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.PieceOffered(id.piece(1), supplier.id, _wordOf(0, legs[0], 1, PieceState.Offered));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.PieceOffered(id.piece(2), second.id, _wordOf(0, legs[1], 1, PieceState.Offered));
        vm.prank(issuer.key);
        assertTrue(ObligationId.unwrap(ledger.issue(line, BILL, MATURITY, false, legs)) == ObligationId.unwrap(id), "id");

        ILedgerReader.Obligation memory made = reader.obligation(id);
        assertTrue(made.issuer == issuer.id && LineId.unwrap(made.line) == LineId.unwrap(line), "where from");
        assertTrue(made.faceMinor == 500 && made.liveMinor == 500 && made.pieceCount == 2, "amounts");
        assertTrue(made.maturityDay == MATURITY && made.instrument == BILL && made.currency == CNY, "terms");
        assertTrue(made.maxPieces == 500 && made.maxHops == 16 && made.graceDays == 3 && made.rulebookVersion == 1, "rules");
        assertTrue(made.utcOffsetQuarterHours == SHANGHAI && !made.overdue, "time");
        ILedgerReader.Piece memory piece = reader.piece(id.piece(2));
        assertTrue(piece.owner == second.id && piece.amountMinor == 200 && piece.evidence == legs[1].evidence, "piece");
        assertTrue(piece.hops == 1 && piece.tier == 1 && piece.state == PieceState.Offered && !piece.financed, "standing");
        assertTrue(PieceId.unwrap(piece.parent) == 0 && piece.deadline == legs[1].deadline, "offer");
        _assertUsed(500);
        assertEq(reader.line(line).obligationCount, 1, "obligations");
    }

    function test_ids_say_where_a_piece_comes_from() public {
        PieceId id = _held(500);
        assertTrue(id.issuer() == issuer.id, "issuer");
        assertTrue(LineId.unwrap(id.line()) == LineId.unwrap(line), "line");
        assertEq(PieceId.unwrap(id), ((uint256(PartyId.unwrap(issuer.id)) << 48) | (1 << 40) | (1 << 16) | 1), "all of it");
    }

    function test_only_the_issuer_issues_in_its_name() public {
        Leg[] memory legs = _legs(issuer, supplier, 500);
        Company[3] memory thieves = [otherIssuer, bank, operator];
        for (uint256 i = 0; i < thieves.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ILedgerParts.NotTheIssuer.selector, line, issuer.id, thieves[i].id));
            vm.prank(thieves[i].key);
            ledger.issue(line, VOUCHER, MATURITY, false, legs);
        }
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, address(this)));
        ledger.issue(line, VOUCHER, MATURITY, false, legs);
    }

    function test_an_issue_names_somebody_and_something() public {
        _refused(MATURITY, new Leg[](0), abi.encodeWithSelector(ILedgerParts.NothingNamed.selector));
        Leg[] memory legs = _legs(issuer, supplier, 500);
        legs[0].amountMinor = 0;
        _refused(MATURITY, legs, abi.encodeWithSelector(ILedgerParts.ZeroAmount.selector));
    }

    function test_a_recipient_takes_part_and_is_not_the_issuer() public {
        Leg[] memory legs = _legs(issuer, supplier, 500);
        legs[0].recipient = PartyId.wrap(999);
        bytes memory reason =
            abi.encodeWithSelector(ITradeRegistry.EvidenceSellerMismatch.selector, legs[0].evidence, supplier.id, legs[0].recipient);
        _refused(MATURITY, legs, reason);
        legs[0].recipient = issuer.id;
        _refused(MATURITY, legs, abi.encodeWithSelector(ILedgerParts.IssuerCannotReceive.selector, issuer.id));
        // Nor is a bank anybody's seller: no document of it is registered.
        vm.expectRevert(abi.encodeWithSelector(IParticipants.RoleMissing.selector, bank.id, SUPPLIER | CORE_ENTERPRISE));
        this.confirm(issuer, bank);
    }

    function confirm(Company memory buyer, Company memory seller) external {
        _confirm(buyer, seller, 1);
    }

    function test_a_suspended_or_expired_party_neither_issues_nor_receives() public {
        Leg[] memory legs = _legs(issuer, supplier, 500);
        // What is offered to a suspended party is nothing until it accepts, which it cannot.
        PieceId offered = _offered(100);
        participants.suspend(supplier.id);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, supplier.id));
        _accept(supplier, offered);
        participants.reinstate(supplier.id);
        participants.renew(supplier.id, START_DAY - 1);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantExpired.selector, supplier.id, START_DAY - 1));
        _accept(supplier, offered);
        participants.renew(supplier.id, NEVER);
        participants.suspend(issuer.id);
        _refused(MATURITY, legs, abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, issuer.id));
    }

    function test_no_line_carries_more_than_its_limit() public {
        _refused(
            MATURITY,
            _legs(issuer, supplier, LIMIT + 1),
            abi.encodeWithSelector(ILedgerParts.CreditLimitExceeded.selector, line, LIMIT + 1, LIMIT)
        );
        _held(LIMIT);
        _refused(
            MATURITY, _legs(issuer, supplier, 1), abi.encodeWithSelector(ILedgerParts.CreditLimitExceeded.selector, line, 1, 0)
        );
    }

    function test_a_sum_beyond_64_bits_is_refused_not_cut_off() public {
        Leg[] memory legs = new Leg[](2);
        legs[0] = _leg(supplier, type(uint64).max, _confirm(issuer, supplier, type(uint64).max));
        legs[1] = _leg(supplier, 2, _confirm(issuer, supplier, 2));
        _refused(
            MATURITY,
            legs,
            abi.encodeWithSelector(ILedgerParts.CreditLimitExceeded.selector, line, uint256(type(uint64).max) + 2, LIMIT)
        );
    }

    function test_maturity_is_ahead() public {
        Leg[] memory legs = _legs(issuer, supplier, 500);
        _refused(START_DAY, legs, abi.encodeWithSelector(ILedgerParts.MaturityNotAhead.selector, START_DAY, START_DAY));
    }

    function test_days_are_those_of_the_lines_time_zone() public {
        // At 15:00 UTC it is the next day already where clocks are 14 hours ahead, and the same day in Shanghai.
        vm.warp(uint256(START_DAY) * 1 days + 15 hours);
        vm.prank(bank.key);
        LineId ahead = lines.grantLine(issuer.id, LIMIT, CNY, START_DAY + 100, 56, 0);
        Leg[] memory legs = _legs(issuer, supplier, 500);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.MaturityNotAhead.selector, START_DAY + 1, START_DAY + 1));
        vm.prank(issuer.key);
        ledger.issue(ahead, VOUCHER, START_DAY + 1, false, legs);
        legs[0].deadline = uint40(uint256(START_DAY) * 1 days + 16 hours - 1);
        vm.prank(issuer.key);
        ledger.issue(line, VOUCHER, START_DAY + 1, false, legs);
    }

    function test_tenor_is_bounded_by_the_rules() public {
        Leg[] memory legs = _legs(issuer, supplier, 500);
        _refused(
            START_DAY + 181,
            legs,
            abi.encodeWithSelector(ILedgerParts.TenorTooLong.selector, START_DAY + 181, uint256(START_DAY) + 180, ruleId(VOUCHER, 1, RULE_TENOR))
        );
        vm.prank(issuer.key);
        ledger.issue(line, VOUCHER, START_DAY + 180, false, legs);
    }

    function test_new_rules_bind_new_issues_from_their_day_on() public {
        rulebook.enact(VOUCHER, _rulesOf(30, 1, 1, 0), START_DAY + 1);
        ObligationId before = _held(100).obligation();
        vm.warp(block.timestamp + 1 days);
        _refused(
            MATURITY,
            _legs(issuer, supplier, 100),
            abi.encodeWithSelector(ILedgerParts.TenorTooLong.selector, MATURITY, uint256(START_DAY) + 31, ruleId(VOUCHER, 2, RULE_TENOR))
        );
        assertEq(reader.obligation(before).maxPieces, 500, "an obligation keeps its rules");
    }

    function test_an_unknown_instrument_is_not_issued() public {
        Leg[] memory legs = _legs(issuer, supplier, 500);
        vm.expectRevert(abi.encodeWithSelector(IRulebook.InstrumentUnknown.selector, 9, START_DAY));
        vm.prank(issuer.key);
        ledger.issue(line, 9, MATURITY, false, legs);
    }

    function test_maturity_is_within_the_line() public {
        vm.prank(bank.key);
        LineId short = lines.grantLine(issuer.id, LIMIT, CNY, START_DAY + 10, SHANGHAI, 0);
        Leg[] memory legs = _legs(issuer, supplier, 500);
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerParts.MaturityBeyondLine.selector, short, START_DAY + 11, START_DAY + 10)
        );
        vm.prank(issuer.key);
        ledger.issue(short, VOUCHER, START_DAY + 11, false, legs);
        vm.warp(block.timestamp + 11 days);
        legs[0].deadline = uint40(block.timestamp + 1 hours);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.LineExpired.selector, short, START_DAY + 10, START_DAY + 11));
        vm.prank(issuer.key);
        ledger.issue(short, VOUCHER, START_DAY + 12, false, legs);
    }

    function test_an_offer_ends_before_the_day_of_maturity_and_not_before_now() public {
        Leg[] memory legs = _legs(issuer, supplier, 500);
        uint256 maturity = uint256(MATURITY) * 1 days - 8 hours;
        legs[0].deadline = uint40(maturity);
        _refused(MATURITY, legs, abi.encodeWithSelector(ILedgerParts.DeadlineBeyondMaturity.selector, maturity, maturity - 1));
        legs[0].deadline = uint40(block.timestamp - 1);
        _refused(MATURITY, legs, abi.encodeWithSelector(ILedgerParts.DeadlinePassed.selector, block.timestamp - 1));
        legs[0].deadline = uint40(maturity - 1);
        vm.prank(issuer.key);
        ledger.issue(line, VOUCHER, MATURITY, false, legs);
    }

    function test_an_offer_ends_at_the_latest_in_the_last_second_of_32_bits() public {
        uint256 last = type(uint32).max;
        uint16 maturityDay = uint16(last / 1 days + 100);
        vm.warp(last - 1 days);
        vm.prank(bank.key);
        LineId late = lines.grantLine(issuer.id, LIMIT, CNY, maturityDay, SHANGHAI, 0);
        Leg[] memory legs = _legs(issuer, supplier, 500);
        legs[0].deadline = uint40(last + 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.DeadlineBeyondMaturity.selector, last + 1, last));
        vm.prank(issuer.key);
        ledger.issue(late, VOUCHER, maturityDay, false, legs);
        legs[0].deadline = uint40(last);
        vm.prank(issuer.key);
        ObligationId id = ledger.issue(late, VOUCHER, maturityDay, false, legs);
        assertEq(reader.piece(id.piece(1)).deadline, last, "deadline");
    }

    function test_pieces_are_bounded_by_the_rules() public {
        rulebook.enact(VOUCHER, _rulesOf(180, 1, 1, 0), START_DAY);
        Leg[] memory legs = new Leg[](2);
        legs[0] = _leg(supplier, 1, _confirm(issuer, supplier, 1));
        legs[1] = _leg(supplier, 1, _confirm(issuer, supplier, 1));
        ObligationId id = ObligationId.wrap((uint64(LineId.unwrap(line)) << 24) | 1);
        _refused(MATURITY, legs, abi.encodeWithSelector(ILedgerParts.PiecesExceeded.selector, id, 2, 1, ruleId(VOUCHER, 2, RULE_PIECES)));
    }

    function test_a_line_has_at_most_2_to_the_24_obligations_less_one() public {
        // The count is in bits 192 to 215 of the line's word.
        bytes32 slot = keccak256(abi.encode(line, uint256(2)));
        uint256 word = uint256(vm.load(address(ledger), slot));
        vm.store(address(ledger), slot, bytes32(word | (uint256(type(uint24).max) << 192)));
        _refused(
            MATURITY, _legs(issuer, supplier, 500), abi.encodeWithSelector(ILedgerParts.TooManyObligations.selector, line)
        );
    }

    // ---------------------------------------------------------------- with the recipient's signed acceptance

    function _signedIssue(uint64 amountMinor)
        private
        returns (Leg[] memory legs, Signature[] memory signatures, ObligationId id)
    {
        legs = _legs(issuer, supplier, amountMinor);
        id = ObligationId.wrap((uint64(LineId.unwrap(line)) << 24) | (reader.line(line).obligationCount + 1));
        signatures = _one(_signed(supplier, _acceptanceDigest(_acceptanceOf(PieceId.wrap(0), id, legs[0]))));
    }

    function test_an_issue_accepted_in_advance_is_held_at_once() public {
        (Leg[] memory legs, Signature[] memory signatures, ObligationId id) = _signedIssue(500);
        vm.expectEmit(address(ledger));
        emit ILedgerParts.PieceAccepted(id.piece(1));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.Transfer(address(0), supplier.key, PieceId.unwrap(id.piece(1)));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.SlotChanged(PieceId.unwrap(id.piece(1)), 0, ObligationId.unwrap(id));
        vm.expectEmit(address(ledger));
        emit ILedgerParts.TransferValue(0, PieceId.unwrap(id.piece(1)), 500);
        vm.prank(issuer.key);
        ledger.issueAccepted(line, VOUCHER, MATURITY, false, legs, signatures);
        _assertState(id.piece(1), PieceState.Held);
    }

    function test_an_acceptance_is_of_these_terms() public {
        (Leg[] memory legs, Signature[] memory signatures,) = _signedIssue(500);
        bytes memory reason = abi.encodeWithSelector(ILedgerParts.SignatureInvalid.selector, supplier.id, supplier.key);
        vm.expectRevert(reason);
        vm.prank(issuer.key);
        ledger.issueAccepted(line, VOUCHER, MATURITY + 1, false, legs, signatures);
        vm.expectRevert(reason);
        vm.prank(issuer.key);
        ledger.issueAccepted(line, BILL, MATURITY, false, legs, signatures);
        legs[0].amountMinor = 499;
        vm.expectRevert(reason);
        vm.prank(issuer.key);
        ledger.issueAccepted(line, VOUCHER, MATURITY, false, legs, signatures);
    }

    function test_an_acceptance_is_by_the_recipient() public {
        (Leg[] memory legs, Signature[] memory signatures, ObligationId id) = _signedIssue(500);
        signatures[0] = _signed(issuer, _acceptanceDigest(_acceptanceOf(PieceId.wrap(0), id, legs[0])));
        vm.expectRevert(abi.encodeWithSelector(IParticipants.KeyNotOfParty.selector, supplier.id, issuer.key));
        vm.prank(issuer.key);
        ledger.issueAccepted(line, VOUCHER, MATURITY, false, legs, signatures);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.ListsDiffer.selector, 1, 0));
        vm.prank(issuer.key);
        ledger.issueAccepted(line, VOUCHER, MATURITY, false, legs, new Signature[](0));
    }

    function test_an_acceptance_ends_at_its_deadline() public {
        (Leg[] memory legs, Signature[] memory signatures,) = _signedIssue(500);
        vm.warp(uint256(legs[0].deadline) + 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerParts.DeadlinePassed.selector, legs[0].deadline));
        vm.prank(issuer.key);
        ledger.issueAccepted(line, VOUCHER, MATURITY, false, legs, signatures);
    }

    function testFuzz_what_is_issued_is_stored(uint64 amount, uint16 tenor, bool bill) public {
        uint64 amountMinor = uint64(bound(amount, 1, LIMIT));
        uint16 maturityDay = START_DAY + uint16(bound(tenor, 1, 180));
        Leg[] memory legs = _legs(issuer, supplier, amountMinor);
        vm.prank(issuer.key);
        ObligationId id = ledger.issue(line, bill ? BILL : VOUCHER, maturityDay, false, legs);
        ILedgerReader.Obligation memory made = reader.obligation(id);
        assertTrue(made.faceMinor == amountMinor && made.liveMinor == amountMinor, "amount");
        assertTrue(made.maturityDay == maturityDay && made.instrument == (bill ? BILL : VOUCHER), "terms");
        _assertUsed(amountMinor);
        _assertAmount(id.piece(1), amountMinor);
    }
}
