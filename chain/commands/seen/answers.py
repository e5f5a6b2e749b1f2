"""Answers of which there are many at a time: plain classes, which take a tenth of the time of a model's to make and to write."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeVar, dataclass_transform

from msgspec import defstruct
from pydantic import ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

Answer = TypeVar("Answer")


@dataclass_transform(kw_only_default=True)
def answer(cls: type[Answer]) -> type[Answer]:
    """A class of named values, described to callers as models are. Whoever makes one answers for its types: they are written as
    they are."""
    made = dataclass(slots=True, kw_only=True)(cls)
    made.__pydantic_config__ = ConfigDict(extra="forbid", use_attribute_docstrings=True)  # type: ignore[attr-defined]
    return made


@dataclass_transform()
def listed(cls: type[Answer]) -> type[Answer]:
    """The same of which a page holds many: made of its values in their order, and written, in a third of the time."""
    described = answer(cls)

    def schema(_: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        made = core_schema.is_instance_schema(structure)
        return core_schema.json_or_python_schema(handler.generate_schema(described), made)

    structure = defstruct(
        cls.__name__, [(one.name, Any) for one in fields(described)], module=cls.__module__,  # type: ignore[arg-type]
        namespace={"__doc__": cls.__doc__, "__get_pydantic_core_schema__": staticmethod(schema)},
    )  # fmt: skip
    return structure  # type: ignore[return-value]
