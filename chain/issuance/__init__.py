"""Acting on the chain: keys, contracts, the embedded node, and each command sent once."""

import sys

import py_ecc  # noqa: F401 - loaded first, because it lets recursion go deeper than the stack can hold

# A file or a request with a hundred thousand brackets inside each other is refused by this limit; without it, it would
# end the process.
sys.setrecursionlimit(1000)
