// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

// Of shares: all of an amount.
uint16 constant WHOLE_BASIS_POINTS = 10_000;
// Of annual rates: all of an amount.
uint256 constant WHOLE_MICROS = 1_000_000;
// Of time zones: how far the widest are from UTC, in quarter hours.
int8 constant WIDEST_UTC_OFFSET = 14 * 4;
