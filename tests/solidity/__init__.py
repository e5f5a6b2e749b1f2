"""What the proofs of the contracts share: a compiler and test runner that stay open, and the compiler's syntax trees."""
