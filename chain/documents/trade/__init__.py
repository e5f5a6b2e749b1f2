"""One trade, all documents between one seller and one buyer, held against itself (`chain.documents.trade.matching`)."""
