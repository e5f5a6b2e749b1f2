// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ITradeRegistry} from "../interfaces/ITradeRegistry.sol";
import {EvidenceId, PieceId} from "../types/Identifiers.sol";
import {Leg, PieceState, Signature} from "../types/Movements.sol";
import {World} from "./World.t.sol";

/// @notice Goods come back whose invoice backs a loan, too.
contract ReturnedTest is World {
    function test_what_a_loan_uses_of_an_invoice_does_not_keep_its_pieces_from_being_held() public {
        ITradeRegistry.Confirmation memory invoice = _confirmation(issuer, supplier, 1000);
        EvidenceId evidence = _register(invoice, issuer);
        Leg[] memory legs = _one(_leg(supplier, 400, evidence));
        vm.prank(issuer.key);
        PieceId id = ledger.issue(line, VOUCHER, MATURITY, false, legs).piece(1);
        vm.prank(address(loans));
        registry.consumeForLoan(issuer.id, CNY, START_DAY, invoice.kind, _leg(supplier, 300, evidence));
        assertEq(registry.evidence(evidence).useCount, 1, "only the piece has a number");
        assertEq(registry.evidence(evidence).usedMinor, 700, "both use it");

        _credit(invoice, evidence, 600);
        assertEq(registry.excessOf(evidence), 300, "no longer backed");
        holds.holdReturned(evidence, _one(id));
        _assertState(id, PieceState.OnHold);
    }

    function _credit(ITradeRegistry.Confirmation memory invoice, EvidenceId evidence, uint64 amountMinor) private {
        ITradeRegistry.CreditNote memory note = ITradeRegistry.CreditNote({
            identity: "note",
            digest: "digest",
            evidence: evidence,
            evidenceIdentity: invoice.identity,
            amountMinor: amountMinor,
            currency: CNY,
            buyer: invoice.buyer,
            seller: invoice.seller
        });
        bytes32 typeHash = keccak256(
            "CreditNote(bytes32 identity,bytes32 digest,uint40 evidence,bytes32 evidenceIdentity,uint64 amountMinor,uint8 currency,uint32 buyer,uint32 seller)"
        );
        bytes32 digest = _digest("Pearlchain TradeRegistry", address(registry), keccak256(abi.encode(typeHash, note)));
        Signature memory ofBuyer = _signed(issuer, digest);
        Signature memory ofSeller = _signed(supplier, digest);
        registry.credit(note, ofBuyer, ofSeller);
    }
}
