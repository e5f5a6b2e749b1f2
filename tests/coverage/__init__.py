"""Coverage of the contracts by their Solidity tests: lines, and branches, which Hardhat's own report leaves out."""
