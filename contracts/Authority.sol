// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/// @title Who may do what few things somebody has to do for all
/// @notice Gives the roles of registrar (`Participants`), rules' owner (`Rulebook`) and token approver (`Settlement`), and nothing else:
/// the ledger, the loans, the documents, the warehouse and the deposit tokens ask nobody here.
///
/// The administrator may give and take these roles and change which role a function of those three contracts asks for, after the
/// delay that its own role carries. It may NOT move a piece or money, confirm a document, change an obligation or stop a redemption; and
/// a registrar of its choice replaces the keys of a party only together with that party's account bank, after seven days in public.
contract Authority is AccessManager {
    constructor(address administrator) AccessManager(administrator) {}
}
