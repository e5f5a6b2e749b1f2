"""The benchmarks there are. A new one is a module with ``measure() -> list[Row]`` and a line here."""

from __future__ import annotations

from importlib import import_module

from benchmarks.rows import Row

#: Name on the command line and first part of its rows' names → module.
BENCHMARKS = {
    "api": "benchmarks.api",
    "detectors": "benchmarks.detectors",
    "documents": "benchmarks.documents",
    "exposure": "benchmarks.exposure",
    "gas": "benchmarks.gas",
    "graph": "benchmarks.graph",
    "identity": "benchmarks.identity",
    "index": "benchmarks.index",
    "plan": "benchmarks.plan",
    "service": "benchmarks.service",
}


def measure(name: str) -> list[Row]:
    """Run one benchmark. Its module is imported only now, so that one benchmark's needs do not stop another."""
    rows: list[Row] = import_module(BENCHMARKS[name]).measure()
    strangers = [row.name for row in rows if row.name.split(".", 1)[0] != name]
    if strangers:
        raise ValueError(f"benchmark '{name}' measured rows of another name: {', '.join(strangers)}")
    return rows
