"""Mutation testing of the contracts: small faults are put into their source, and the Solidity tests must find them."""
