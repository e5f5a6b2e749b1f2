"""Take documents in: every file is read or refused, originals are kept, findings are written down."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from chain.commands.trade import Trade, load_trade
from chain.commands.workspace import Progress, Workspace, no_progress
from chain.documents.identity import canonical_digest, document_key
from chain.documents.model import Finding
from chain.documents.reading import Batch, FileOutcome, ReadingLimits, read_documents
from chain.store.tables import documents, files, findings
