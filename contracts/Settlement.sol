// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {Clock} from "./Clock.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";

/// @notice See `ISettlement`.
contract Settlement is ISettlement, Clock, AccessManaged {
    using SafeERC20 for IERC20;

    uint40 private constant NOTICE = 30 days;

    /// @inheritdoc ISettlement
    address public immutable ledger;

    /// @inheritdoc ISettlement
    address public immutable loans;

    /// @inheritdoc ISettlement
    mapping(address token => uint8 currency) public currencyOf;

    /// What a withdrawn token was money of, and until when it still pays.
    struct Withdrawal {
        uint8 currency;
        uint40 until;
    }

    /// @inheritdoc ISettlement
    mapping(address token => Withdrawal withdrawal) public withdrawalOf;

    constructor(address authority_, address ledger_, address loans_, uint16 ticksASecond) Clock(ticksASecond) AccessManaged(authority_) {
        ledger = ledger_;
        loans = loans_;
    }

    /// @inheritdoc ISettlement
    function approveToken(address token, uint8 currency) external restricted {
        if (token == address(0)) revert AddressMissing();
        uint8 former = currencyOf[token];
        if (currency == 0) {
            if (former != 0) withdrawalOf[token] = Withdrawal({currency: former, until: uint40(_now()) + NOTICE});
        } else {
            if (former == 0 && _now() <= withdrawalOf[token].until) former = withdrawalOf[token].currency;
            if (former != 0 && former != currency) revert TokenIsOtherMoney(token, former);
        }
        currencyOf[token] = currency;
        emit TokenApproved(token, currency);
    }

    /// @inheritdoc ISettlement
    function pay(address token, uint8 currency, address payer, address[] calldata payees, uint64[] calldata amountsMinor) external {
        if (msg.sender != ledger && msg.sender != loans) revert NeitherLedgerNorLoans(msg.sender);
        if (payees.length != amountsMinor.length) revert ListsDiffer(payees.length, amountsMinor.length);
        // Money of a currency that does not exist is never approved, so currency 0 must not pass here either.
        if (currency == 0 || currencyOf[token] != currency) _requireNoticed(token, currency);
        for (uint256 i = 0; i < payees.length; ++i) {
            // Only ledger and loans get here, and they name as payer who called, or who agreed to pay by a signature of its own.
            // slither-disable-next-line arbitrary-send-erc20
            IERC20(token).safeTransferFrom(payer, payees[i], amountsMinor[i]);
        }
    }

    /// A token that was withdrawn pays until its notice ends, so that nobody is kept from paying what falls due meanwhile.
    function _requireNoticed(address token, uint8 currency) private view {
        Withdrawal memory withdrawal = withdrawalOf[token];
        // Nothing is ever withdrawn as money of currency 0: where that is noted, the notice ended at second 0.
        bool noticed = withdrawal.currency == currency && _now() <= withdrawal.until;
        if (!noticed) revert TokenNotApproved(token, currency);
    }
}
