// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

// What a party may be, as bits of `Party.roles`. They are given once, at registration.

// May be granted lines and issue under them; may receive pieces for what it sells.
uint16 constant CORE_ENTERPRISE = 1;
// May receive pieces for what it sells, and pass them on.
uint16 constant SUPPLIER = 2;
// May grant lines, lend and buy pieces.
uint16 constant BANK = 4;
// Measures lots and signs warehouse receipts.
uint16 constant KEEPER = 8;
// May add its credit to an obligation.
uint16 constant GUARANTOR = 16;
// Reads everything, may freeze by court order, and moves nothing.
uint16 constant REGULATOR = 32;
// Runs the service. Neither confirms documents nor receives pieces.
uint16 constant OPERATOR = 64;
// Attests that a document is what it says; a second pair of eyes beside the buyer's.
uint16 constant ATTESTOR = 128;

// All of the above.
uint16 constant ALL_ROLES = 255;

// No role: the ledger sets this bit while the party leaves something unpaid, and it may then not issue.
uint16 constant ISSUANCE_STOPPED = 1 << 15;
