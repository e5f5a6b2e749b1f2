"""How much is tried. `make test` answers within minutes; `make test-deep` tries what a property says."""

import os


def examples(deep: int) -> int:
    """So many examples of a property in `make test-deep`, a third of them in `make test`."""
    return deep if os.environ.get("PEARL_TESTS") == "deep" else -(-deep // 3)
