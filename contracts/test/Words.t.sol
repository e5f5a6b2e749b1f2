// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {BackerWord, BackerWords} from "../libraries/BackerWords.sol";
import {FinancingWord} from "../libraries/FinancingWords.sol";
import {KeyWord, KeyWords} from "../libraries/KeyWords.sol";
import {LoanWord, LoanWords} from "../libraries/LoanWords.sol";
import {PaymentWord, PaymentWords} from "../libraries/PaymentWords.sol";
import {PartyId} from "../types/Identifiers.sol";
import {RULE_CURED, RULE_DELIVERED, RULE_REGISTERED, RuleId, ruleId} from "../types/RuleIds.sol";
import {Test} from "./Test.t.sol";

/// @notice Words that nobody but the contracts sees in an event: their fields stand where their types say, so that whoever reads the storage
/// reads them right, and none reaches into another.
contract WordsTest is Test {
    function testFuzz_a_backers_word_is_bank_and_basis_points(uint32 bank, uint16 basisPoints) public pure {
        BackerWord word = BackerWords.pack(PartyId.wrap(bank), basisPoints);
        assertEq(BackerWord.unwrap(word), uint256(bank) | (uint256(basisPoints) << 32), "layout");
        assertTrue(PartyId.unwrap(word.bank()) == bank && word.basisPoints() == basisPoints, "fields");
    }

    function testFuzz_a_financing_word_is_limit_and_financed(uint64 limit, uint64 financed, uint64 less) public pure {
        less = uint64(bound(less, 0, financed));
        FinancingWord word = FinancingWord.wrap(0).withLimit(limit).withMore(financed);
        assertEq(FinancingWord.unwrap(word), uint256(limit) | (uint256(financed) << 64), "layout");
        assertTrue(word.limitMinor() == limit && word.financedMinor() == financed, "fields");
        word = word.withLess(less).withLimit(less);
        assertTrue(word.limitMinor() == less && word.financedMinor() == financed - less, "changed");
    }

    function testFuzz_a_keys_word_is_whose_it_is_or_whose_it_was(uint32 party, uint8 epoch, uint40 until) public pure {
        KeyWord word = KeyWords.pack(PartyId.wrap(party), epoch);
        assertEq(KeyWord.unwrap(word), uint256(party) | (uint256(epoch) << 32), "layout");
        assertTrue(PartyId.unwrap(word.party()) == party && word.epoch() == epoch, "fields");
        word = KeyWords.packRemoved(PartyId.wrap(party), epoch, until);
        assertEq(KeyWord.unwrap(word), (uint256(party) << 40) | (uint256(epoch) << 72) | (uint256(until) << 80), "layout once removed");
        assertTrue(PartyId.unwrap(word.formerParty()) == party && word.formerEpoch() == epoch, "whose it was");
        assertTrue(word.cancelsUntil() == until && PartyId.unwrap(word.party()) == 0 && word.epoch() == 0, "whose it is no more");
    }

    function testFuzz_a_loans_word_is_its_terms(LoanWords.Terms memory terms, uint64 principal, uint16 accrualDay) public pure {
        LoanWord word = LoanWords.pack(terms).withDraw(principal).withAccrualDay(accrualDay);
        uint256 layout = uint256(principal) | (uint256(terms.limitMinor) << 64) | (uint256(PartyId.unwrap(terms.borrower)) << 128);
        layout |= (uint256(PartyId.unwrap(terms.bank)) << 160) | (uint256(terms.maturityDay) << 192) | (uint256(accrualDay) << 208);
        layout |= (uint256(terms.currency) << 224) | (uint256(uint8(terms.utcOffsetQuarterHours)) << 232);
        layout |= (uint256(LoanWords.OPEN) << 240) | (uint256(terms.flags) << 248);
        assertEq(LoanWord.unwrap(word), layout, "layout");
        assertTrue(word.status() == LoanWords.OPEN && word.has(1) == (terms.flags & 1 != 0), "status and flags");
    }

    function testFuzz_what_the_payee_confirms_is_no_longer_attested(uint64 attested, uint64 confirmed, uint40 until) public pure {
        attested = uint64(bound(attested, 1, type(uint64).max));
        confirmed = uint64(bound(confirmed, 0, attested - 1));
        PaymentWord word = PaymentWords.pack(attested, until);
        assertEq(PaymentWord.unwrap(word), uint256(attested) | (uint256(until) << 64), "layout");
        PaymentWord left = word.confirmed(confirmed);
        assertTrue(left.amountMinor() == attested - confirmed && left.contestableUntil() == until, "what is left");
        assertEq(PaymentWord.unwrap(word.confirmed(attested)), 0, "all of it");
        assertEq(PaymentWord.unwrap(word.confirmed(type(uint64).max)), 0, "more than that");
        assertEq(PaymentWord.unwrap(word.contested().confirmed(confirmed)), 0, "a dispute ends");
    }

    function testFuzz_a_rules_id_is_instrument_version_and_parameter(uint8 instrument, uint16 version, uint8 parameter) public pure {
        uint256 layout = uint256(instrument) * 2 ** 24 + uint256(version) * 2 ** 8 + parameter;
        assertEq(RuleId.unwrap(ruleId(instrument, version, parameter)), layout, "layout");
    }

    function test_rules_of_the_contracts_themselves_keep_their_published_ids() public pure {
        assertEq(RuleId.unwrap(RULE_DELIVERED), 129, "delivered");
        assertEq(RuleId.unwrap(RULE_REGISTERED), 130, "registered");
        assertEq(RuleId.unwrap(RULE_CURED), 131, "cured");
    }
}
