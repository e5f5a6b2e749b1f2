"""One seed, one world: the service, the indexer and their database on a node, all of which fail as the seed says.

The code under test is the product's own (outbox, indexer, books, store). Around it everything is simulated in this process:
the clock, the order in which processes run, the network, the disk and the node, which runs the contracts and the model of
`tests.model` side by side. `python -m tests.simulation --help`, docs/simulation.md.
"""
