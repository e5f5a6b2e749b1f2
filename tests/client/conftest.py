"""The generated client against the running service of ``tests/api``."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.api.conftest import enrolled, service  # noqa: F401

# As one who installed the package has it.
sys.path.insert(0, str(Path(__file__).parents[2] / "clients" / "python"))
