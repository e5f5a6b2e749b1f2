// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {DepositToken} from "../DepositToken.sol";
import {Settlement} from "../Settlement.sol";
import {IDepositToken} from "../interfaces/IDepositToken.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";
import {PartyId} from "../types/Identifiers.sol";
import {BANK, SUPPLIER} from "../types/Roles.sol";
import {RefusingToken} from "./Hostile.t.sol";
import {Office} from "./Office.t.sol";

/// @notice One bank's money, a payer who has some, and nobody else's contracts.
abstract contract Cashier is Office {
    uint8 internal constant CNY = 1;
    uint8 internal constant EUR = 2;
    address internal constant LOANS = address(0x10A5);
    address internal constant PAYER = address(0xAA);
    address internal constant PAYEE = address(0xBB);
    address internal constant OTHER_PAYEE = address(0xCC);

    Settlement internal settlement;
    DepositToken internal money;
    PartyId internal bank;
    address internal bankKey;

    function setUp() public {
        _open();
        settlement = _settlement(1);
        bank = _party("bank", BANK);
        bankKey = _keyOf("bank");
        money = DepositToken(create(creationOf("DepositToken", abi.encode("deposits", "DEP", uint8(2), participants, bank))));
        settlement.approveToken(address(money), CNY);
        vm.prank(bankKey);
        money.mint(PAYER, 1_000);
        vm.prank(PAYER);
        money.approve(address(settlement), 900);
    }

    function _settlement(uint16 ticksASecond) internal returns (Settlement made) {
        made = Settlement(create(creationOf("Settlement", abi.encode(authority, LEDGER, LOANS, ticksASecond))));
        _appoint(address(made), made.approveToken.selector);
    }

    function _pay(address caller, address token, uint8 currency, uint64 amountMinor) internal {
        (address[] memory payees, uint64[] memory amountsMinor) = _toOne(amountMinor);
        vm.prank(caller);
        settlement.pay(token, currency, PAYER, payees, amountsMinor);
    }

    function _toOne(uint64 amountMinor) internal pure returns (address[] memory payees, uint64[] memory amountsMinor) {
        payees = new address[](1);
        amountsMinor = new uint64[](1);
        (payees[0], amountsMinor[0]) = (PAYEE, amountMinor);
    }

    function _expectNotApproved(address token, uint8 currency) internal {
        vm.expectRevert(abi.encodeWithSelector(ISettlement.TokenNotApproved.selector, token, currency));
    }
}

contract SettlementTest is Cashier {
    // ---------------------------------------------------------------- pay

    function test_the_ledger_and_the_loans_pay_from_payer_to_payees() public {
        address[2] memory callers = [LEDGER, LOANS];
        for (uint256 i = 1; i <= callers.length; ++i) {
            address[] memory payees = new address[](2);
            uint64[] memory amountsMinor = new uint64[](2);
            (payees[0], payees[1], amountsMinor[0], amountsMinor[1]) = (PAYEE, OTHER_PAYEE, 100, 30);
            vm.prank(callers[i - 1]);
            settlement.pay(address(money), CNY, PAYER, payees, amountsMinor);
            assertEq(money.balanceOf(PAYER), 1_000 - 130 * i, "payer");
            assertEq(money.balanceOf(PAYEE), 100 * i, "payee");
            assertEq(money.balanceOf(OTHER_PAYEE), 30 * i, "other payee");
            assertEq(money.balanceOf(address(settlement)), 0, "it holds no cash");
        }
        assertTrue(settlement.ledger() == LEDGER && settlement.loans() == LOANS, "who may pay");
    }

    function testFuzz_nobody_else_pays(address caller) public {
        vm.assume(caller != LEDGER && caller != LOANS);
        (address[] memory payees, uint64[] memory amountsMinor) = _toOne(1);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NeitherLedgerNorLoans.selector, caller));
        vm.prank(caller);
        settlement.pay(address(money), CNY, PAYER, payees, amountsMinor);
    }

    function test_no_order_is_relayed_to_it() public {
        (address[] memory payees, uint64[] memory amountsMinor) = _toOne(1);
        bytes memory call = abi.encodeCall(settlement.pay, (address(money), CNY, PAYER, payees, amountsMinor));
        (bool succeeded, bytes memory answer) = _relay(address(settlement), call, LEDGER);
        bytes memory reason = abi.encodeWithSelector(ISettlement.NeitherLedgerNorLoans.selector, FORWARDER);
        assertTrue(!succeeded && keccak256(answer) == keccak256(reason), "the forwarder is nobody");
    }

    function test_every_payee_has_its_amount() public {
        vm.expectRevert(abi.encodeWithSelector(ISettlement.ListsDiffer.selector, 1, 2));
        vm.prank(LEDGER);
        settlement.pay(address(money), CNY, PAYER, new address[](1), new uint64[](2));
        vm.expectRevert(abi.encodeWithSelector(ISettlement.ListsDiffer.selector, 2, 1));
        vm.prank(LEDGER);
        settlement.pay(address(money), CNY, PAYER, new address[](2), new uint64[](1));
    }

    function test_a_token_pays_as_money_of_its_own_currency_only() public {
        _expectNotApproved(address(money), EUR);
        _pay(LEDGER, address(money), EUR, 1);
        _expectNotApproved(address(money), 0);
        _pay(LEDGER, address(money), 0, 1);
        _expectNotApproved(address(77), CNY);
        _pay(LEDGER, address(77), CNY, 1);
        _expectNotApproved(address(77), 0);
        _pay(LEDGER, address(77), 0, 1);
    }

    function test_a_payment_that_fails_in_part_fails_as_a_whole() public {
        address[] memory payees = new address[](2);
        uint64[] memory amountsMinor = new uint64[](2);
        (payees[0], payees[1], amountsMinor[0], amountsMinor[1]) = (PAYEE, OTHER_PAYEE, 800, 101);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(settlement), 100, 101)
        );
        vm.prank(LEDGER);
        settlement.pay(address(money), CNY, PAYER, payees, amountsMinor);
        assertTrue(money.balanceOf(PAYER) == 1_000 && money.balanceOf(PAYEE) == 0, "nothing moved");
    }

    function test_money_that_says_no_is_no_payment() public {
        address refusing = address(new RefusingToken());
        settlement.approveToken(refusing, CNY);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, refusing));
        _pay(LEDGER, refusing, CNY, 1);
        // Nor is an address without a contract.
        settlement.approveToken(address(77), CNY);
        vm.expectRevert();
        _pay(LEDGER, address(77), CNY, 1);
    }

    // ---------------------------------------------------------------- which tokens are money

    function test_an_approval_is_told() public {
        vm.expectEmit(address(settlement));
        emit ISettlement.TokenApproved(address(77), EUR);
        settlement.approveToken(address(77), EUR);
        assertEq(settlement.currencyOf(address(77)), EUR, "currency");
        vm.expectRevert(abi.encodeWithSelector(ISettlement.AddressMissing.selector));
        settlement.approveToken(address(0), CNY);
    }

    function test_only_the_token_approver_approves() public {
        vm.expectRevert(_unauthorized(bankKey));
        vm.prank(bankKey);
        settlement.approveToken(address(77), CNY);
    }

    function test_withdrawn_money_pays_for_another_thirty_days() public {
        vm.expectEmit(address(settlement));
        emit ISettlement.TokenApproved(address(money), 0);
        settlement.approveToken(address(money), 0);
        assertEq(settlement.currencyOf(address(money)), 0, "withdrawn");
        (uint8 currency, uint40 until) = settlement.withdrawalOf(address(money));
        assertTrue(currency == CNY && until == START + 30 days, "the notice");
        vm.warp(START + 30 days);
        _pay(LEDGER, address(money), CNY, 1);
        _expectNotApproved(address(money), EUR);
        _pay(LEDGER, address(money), EUR, 1);
        _expectNotApproved(address(money), 0);
        _pay(LEDGER, address(money), 0, 1);
        // Withdrawing what is withdrawn makes the notice no longer.
        settlement.approveToken(address(money), 0);
        vm.warp(START + 30 days + 1);
        _expectNotApproved(address(money), CNY);
        _pay(LEDGER, address(money), CNY, 1);
        settlement.approveToken(address(money), CNY);
        _pay(LEDGER, address(money), CNY, 1);
        assertEq(money.balanceOf(PAYEE), 2, "paid twice");
    }

    function test_money_becomes_money_of_another_currency_only_after_the_notice() public {
        bytes memory reason = abi.encodeWithSelector(ISettlement.TokenIsOtherMoney.selector, address(money), CNY);
        vm.expectRevert(reason);
        settlement.approveToken(address(money), EUR);
        settlement.approveToken(address(money), 0);
        vm.warp(START + 30 days);
        vm.expectRevert(reason);
        settlement.approveToken(address(money), EUR);
        vm.warp(START + 30 days + 1);
        settlement.approveToken(address(money), EUR);
        assertEq(settlement.currencyOf(address(money)), EUR, "after the notice");
        _expectNotApproved(address(money), CNY);
        _pay(LEDGER, address(money), CNY, 1);
        _pay(LEDGER, address(money), EUR, 1);
    }

    function test_money_that_is_approved_again_is_approved_at_once() public {
        settlement.approveToken(address(money), 0);
        settlement.approveToken(address(money), CNY);
        vm.warp(START + 300 days);
        _pay(LOANS, address(money), CNY, 5);
        // And another withdrawal has its own notice.
        settlement.approveToken(address(money), 0);
        vm.warp(START + 330 days);
        _pay(LOANS, address(money), CNY, 5);
        vm.warp(START + 330 days + 1);
        _expectNotApproved(address(money), CNY);
        _pay(LOANS, address(money), CNY, 5);
    }

    function test_a_token_that_never_was_money_has_no_notice() public {
        settlement.approveToken(address(77), 0);
        (uint8 currency, uint40 until) = settlement.withdrawalOf(address(77));
        assertTrue(currency == 0 && until == 0, "none");
        _expectNotApproved(address(77), CNY);
        _pay(LEDGER, address(77), CNY, 1);
    }

    function test_a_chain_may_count_milliseconds() public {
        Settlement other = _settlement(1000);
        other.approveToken(address(77), CNY);
        vm.warp(START * 1000);
        other.approveToken(address(77), 0);
        (, uint40 until) = other.withdrawalOf(address(77));
        assertEq(until, START + 30 days, "seconds");
        vm.warp((START + 30 days) * 1000 + 999);
        bytes memory reason = abi.encodeWithSelector(ISettlement.TokenIsOtherMoney.selector, address(77), CNY);
        vm.expectRevert(reason);
        other.approveToken(address(77), EUR);
        vm.warp((START + 30 days + 1) * 1000);
        other.approveToken(address(77), EUR);
    }

    /// Money that is approved, withdrawn and paid with in any order pays exactly while it is approved or its notice runs.
    function testFuzz_money_pays_while_it_is_approved_or_noticed(uint256 seed) public {
        uint8 currency = CNY;
        uint8 former;
        uint256 until;
        for (uint256 i = 0; i < 40; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            uint8 named = uint8((draw >> 8) % 3);
            if (draw % 3 == 0) {
                vm.warp(block.timestamp + (draw >> 16) % 20 days);
            } else if (draw % 3 == 1) {
                uint8 holds = currency != 0 ? currency : block.timestamp <= until ? former : 0;
                bool allowed = named == 0 || holds == 0 || holds == named;
                (bool succeeded,) = address(settlement).call(abi.encodeCall(settlement.approveToken, (address(money), named)));
                if (succeeded != allowed) revert NotEqual("approval", seed, i);
                if (!allowed) continue;
                if (named == 0 && currency != 0) (former, until) = (currency, block.timestamp + 30 days);
                currency = named;
            } else {
                bool allowed = named != 0 && (named == currency || (named == former && block.timestamp <= until));
                (address[] memory payees, uint64[] memory amountsMinor) = _toOne(1);
                bytes memory call = abi.encodeCall(settlement.pay, (address(money), named, PAYER, payees, amountsMinor));
                vm.prank(LEDGER);
                (bool succeeded,) = address(settlement).call(call);
                if (succeeded != allowed) revert NotEqual("payment", seed, i);
            }
        }
    }
}

contract DepositTokenTest is Cashier {
    function test_the_bank_makes_its_money_and_takes_its_own_back() public {
        assertTrue(money.bank() == bank && money.decimals() == 2, "whose");
        vm.prank(bankKey);
        money.mint(bankKey, 5);
        vm.prank(bankKey);
        money.burn(3);
        assertEq(money.totalSupply(), 1_002, "supply");
        assertTrue(money.balanceOf(bankKey) == 2 && money.balanceOf(PAYER) == 1_000, "of its own only");
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, bankKey, 2, 3));
        vm.prank(bankKey);
        money.burn(3);
    }

    function test_any_key_of_the_bank_makes_money() public {
        bytes memory proof = _join(bank, "second key", 0, 0);
        vm.prank(bankKey);
        participants.addKey(_keyOf("second key"), proof);
        vm.prank(_keyOf("second key"));
        money.mint(PAYEE, 7);
        assertEq(money.balanceOf(PAYEE), 7, "made");
    }

    function test_nobody_else_makes_or_takes_back_money() public {
        PartyId otherBank = _party("other bank", BANK);
        PartyId supplier = _party("supplier", SUPPLIER);
        vm.expectRevert(abi.encodeWithSelector(IDepositToken.NotTheBank.selector, bank, otherBank));
        vm.prank(_keyOf("other bank"));
        money.mint(PAYEE, 5);
        vm.expectRevert(abi.encodeWithSelector(IDepositToken.NotTheBank.selector, bank, supplier));
        vm.prank(_keyOf("supplier"));
        money.burn(1);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.NotAParticipant.selector, PAYER));
        vm.prank(PAYER);
        money.burn(1);
        participants.suspend(bank);
        vm.expectRevert(abi.encodeWithSelector(IParticipants.ParticipantSuspended.selector, bank));
        vm.prank(bankKey);
        money.mint(PAYEE, 5);
    }

    function test_no_order_is_relayed_to_it() public {
        (bool succeeded,) = _relay(address(money), abi.encodeCall(money.mint, (PAYEE, 5)), bankKey);
        assertTrue(!succeeded && money.balanceOf(PAYEE) == 0, "the forwarder is nobody");
    }
}
