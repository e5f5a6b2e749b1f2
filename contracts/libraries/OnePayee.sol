// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ISettlement} from "../interfaces/ISettlement.sol";

/// @notice A payment to one, for those who pay no more than one at a time.
library OnePayee {
    function payOne(ISettlement settlement, address cashToken, uint8 currency, address payer, address payee, uint64 amountMinor)
        internal
    {
        address[] memory payees = new address[](1);
        uint64[] memory amountsMinor = new uint64[](1);
        (payees[0], amountsMinor[0]) = (payee, amountMinor);
        settlement.pay(cashToken, currency, payer, payees, amountsMinor);
    }
}
