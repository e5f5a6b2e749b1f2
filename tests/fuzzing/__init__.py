"""Coverage-guided fuzzing of every reader of documents (`make fuzz`); what must hold stands in `tests.fuzzing.invariants`."""
