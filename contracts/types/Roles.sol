// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

// What a party may be, as bits of `Party.roles`. They are given once, at registration.

// May be granted lines and issue under them; may receive pieces for what it sells.
uint16 constant CORE_ENTERPRISE = 1;
// May receive pieces for what it sells, and pass them on.
uint16 constant SUPPLIER = 2;
// May grant lines and buy pieces.
uint16 constant BANK = 4;
// Signs warehouse receipts.
uint16 constant KEEPER = 8;
// May add its credit to an obligation.
uint16 constant GUARANTOR = 16;
// Reads everything and moves nothing.
uint16 constant REGULATOR = 32;
// Runs the service. Neither confirms documents nor receives pieces.
uint16 constant OPERATOR = 64;
