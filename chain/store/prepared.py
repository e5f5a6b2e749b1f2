"""Statements that are asked all the time, such as at every request: compiled once, and then given to the driver as they are.

Around a statement of a row or two SQLAlchemy takes four times as long as SQLite takes for it. It still makes these
statements, their values and their rows; what is left out is its result, its cache, its events.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Insert, Select, TextClause
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

Row = Any
"""A named tuple of a statement's columns, in their order."""
Process = Callable[[Any], Any]
Driver = Any
"""A connection as the driver has it."""
Statement = Select[Any] | Insert | TextClause


class Prepared:
    """One statement, for any database. Threads share it.

    Its values are those of its `bindparam`s; a list of values, whose length makes another statement each time, is none of
    them. Of an insert all columns are given that have no value in the database itself.
    """

    def __init__(self, statement: Statement, *columns: str, row: Callable[[Any], Row] | None = None) -> None:
        """``columns``: those that an insert gives. ``row``: what makes a row of what the driver gives; else it is a named tuple
        of the columns' types. Of a text no rows are read."""
        self.statement = statement
        self._columns = columns
        self._row = row
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Row]:
        """What it finds, or returns. What the database refuses is raised as SQLAlchemy does."""
        try:
            return self.ask(connection.connection, connection.dialect, values)
        except DBAPIError as error:
            if error.connection_invalidated:
                connection.invalidate(error.orig)
            raise

    def ask(self, driver: Driver, dialect: Dialect, values: Mapping[str, Any]) -> Sequence[Row]:
        """The same on a driver's own connection."""
        compiled = self._compiled.get(dialect.name) or self._compile(dialect)
        return compiled.ask(driver, dialect, values)

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Row | None:
        """The first row of it."""
        found = self.rows(connection, values)
        return found[0] if found else None

    def _compile(self, dialect: Dialect) -> _Compiled:
        made = self._compiled[dialect.name] = _Compiled.of(self.statement, self._columns, self._row, dialect)
        return made


class _Compiled(NamedTuple):
    """A statement in the words of one kind of database."""

    text: str
    given: dict[str, Any]
    """Values that stand in the statement itself."""
    order: tuple[str, ...] | None
    """The names of its values in their order; None: the driver takes them by name."""
    before: Mapping[str, Process]
    """What makes of a value what the driver takes."""
    row: Callable[[Any], Row] | None
    """Makes a row of what the driver gives; None: there are none."""

    @classmethod
    def of(
        cls, statement: Statement, columns: tuple[str, ...], row: Callable[[Any], Row] | None, dialect: Dialect
    ) -> _Compiled:  # fmt: skip
        compiled = statement.compile(dialect=dialect, column_keys=columns or None)
        assert isinstance(compiled, SQLCompiler)
        wanted = {name for bound, name in compiled.bind_names.items() if bound.required}
        fixed = {name: bound.value for bound, name in compiled.bind_names.items() if not bound.required}
        # Lists that stand in the statement are values one by one.
        whole = compiled.construct_expanded_state(fixed | dict.fromkeys(wanted))
        processes = {
            name: bound.type.dialect_impl(dialect).bind_processor(dialect)
            for bound, name in compiled.bind_names.items()
        } | dict(whole.processors)
        before = {name: process for name, process in processes.items() if process is not None}
        given = _taken({name: value for name, value in whole.parameters.items() if name not in wanted}, before)
        found = () if isinstance(statement, TextClause) else tuple(statement.exported_columns)
        after = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in found]
        if after and row is None:
            # Of columns that have no name, such as sums, and of names that no field may have, the place is the name.
            kind: Any = namedtuple("Row", [str(column.key) for column in found], rename=True)  # type: ignore[misc]
            make = kind._make
            told = [(place, process) for place, process in enumerate(after) if process is not None]
            row = partial(_processed, make, told) if told else make
        order = None if whole.positiontup is None else tuple(whole.positiontup)
        of_each = {name: process for name, process in before.items() if name in wanted}
        return cls(whole.statement, given, order, of_each, row)

    def ask(self, driver: Driver, dialect: Dialect, values: Mapping[str, Any]) -> Sequence[Row]:
        taken = _taken(values, self.before) if self.before else values
        if self.given:
            taken = {**self.given, **taken}
        bound: Any = taken if self.order is None else tuple([taken[name] for name in self.order])
        cursor: Any = None
        try:
            cursor = driver.cursor()
            dialect.do_execute(cursor, self.text, bound)
            return () if self.row is None else [*map(self.row, cursor.fetchall())]
        except dialect.loaded_dbapi.Error as error:
            raise DBAPIError.instance(
                self.text, None, error, dialect.loaded_dbapi.Error, hide_parameters=True,
                connection_invalidated=dialect.is_disconnect(error, driver, cursor), dialect=dialect,
            ) from error  # fmt: skip
        finally:
            if cursor is not None:
                cursor.close()


def _taken(values: Mapping[str, Any], before: Mapping[str, Process]) -> dict[str, Any]:
    return {name: before[name](value) if name in before else value for name, value in values.items()}


def _processed(make: Callable[[Any], Row], told: Sequence[tuple[int, Process]], values: Sequence[Any]) -> Row:
    changed = list(values)
    for place, process in told:
        changed[place] = process(changed[place])
    return make(changed)
