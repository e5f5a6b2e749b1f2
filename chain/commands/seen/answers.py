"""Answers of which there are many at a time: plain classes, which take a tenth of the time of a model's to make and to write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

from pydantic import ConfigDict

Answer = TypeVar("Answer")


@dataclass_transform(kw_only_default=True)
def answer(cls: type[Answer]) -> type[Answer]:
    """A class of named values, described to callers as models are. Whoever makes one answers for its types: they are written as
    they are."""
    made = dataclass(slots=True, kw_only=True)(cls)
    made.__pydantic_config__ = ConfigDict(extra="forbid", use_attribute_docstrings=True)  # type: ignore[attr-defined]
    return made
