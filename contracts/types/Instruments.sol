// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

// What an obligation can be, each with rules of its own.
uint8 constant VOUCHER = 1;
uint8 constant BILL = 2;
