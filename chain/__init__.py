"""The supply chain and the block chain: from trade documents to propagated credit, and back to the books."""
