"""What happened, for machines (``report.json``) and for people (``report.html``, one file in two languages)."""

from chain.reporting.model import Report
from chain.reporting.writing import write_report

__all__ = ["Report", "write_report"]
