"""What can be read beside pieces and plans: whom one knows, papers and files, matching, the graph, obligations, financing.

1. Everything is there for whom it concerns, in figures that agree with each other.
2. What one may not see answers as what does not exist.
3. A holder is told the terms of an obligation, and nothing of other branches.
4. Operator and regulator read everything.
5. No answer to one enterprise holds a marker of one that it shares nothing with.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from little_world import CURRENCY

from chain.commands.aliases import decide
from chain.commands.upload import FileSeen
from chain.content import reason_of
from chain.issuance.messages import NO_SIGNATURE

__all__ = ["FileSeen", "reason_of", "NO_SIGNATURE"]
