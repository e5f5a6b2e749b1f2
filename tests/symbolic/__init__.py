"""Proofs over the contracts' own bytecode, for every state, caller and time at once."""
