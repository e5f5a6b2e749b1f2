"""A second model of the ledger, in plain dictionaries, that lives through the same histories as the contracts.

It was written from the contracts' interfaces and the field's rules, not from their code. The driver makes a random history,
lets both live it, and compares what was refused and every word that a step touched; `python -m tests.model --help`.
"""
