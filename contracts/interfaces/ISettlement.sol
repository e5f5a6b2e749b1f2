// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @title The cash side
/// @notice Moves a bank's deposit money from payer to payee in the transaction that moves the piece, or draws or repays the loan. It holds
/// no cash: payers approve this contract, and it passes from them to the payees at once.
///
/// - The token approver may say which tokens are money of which currency. It may NOT move anybody's money, nor stop a payment without
///   notice. Approving a token that is no bank's money would let an issuer pay with it: the approver is trusted for that, and should be no
///   single company.
/// - The ledger and the loans, two contracts that never change, move money, and only of the party whose key asked for it or whose signature
///   came along. Nobody else does, and no signed order comes here.
interface ISettlement {
    /// @notice The token is money of this currency from now on; 0 for none, once the notice of 30 days has ended.
    event TokenApproved(address indexed token, uint8 currency);

    /// @notice Only the ledger and the loans pay.
    error NeitherLedgerNorLoans(address caller);
    /// @notice The token is no approved money of this currency.
    error TokenNotApproved(address token, uint8 currency);
    error AddressMissing();
    /// @notice The token is, or was until a notice that still runs, money of another currency.
    error TokenIsOtherMoney(address token, uint8 currency);
    /// @notice Every payee has its amount.
    error ListsDiffer(uint256 first, uint256 second);

    /// @notice A token counts as money of a currency from now on; currency 0 withdraws that at 30 days' notice, during which it still pays.
    /// Only the token approver.
    function approveToken(address token, uint8 currency) external;

    /// @notice Pays at once, or reverts. Only the ledger and the loans.
    function pay(address token, uint8 currency, address payer, address[] calldata payees, uint64[] calldata amountsMinor) external;

    /// @notice The currency that a token is money of; 0 if it is not approved, or withdrawn.
    function currencyOf(address token) external view returns (uint8);

    /// @notice The last unix second at which a withdrawn token still pays as money of this currency; zeros if it was never withdrawn.
    function withdrawalOf(address token) external view returns (uint8 currency, uint40 until);

    /// @notice One of the two contracts that may pay.
    function ledger() external view returns (address);

    /// @notice The other one.
    function loans() external view returns (address);
}
