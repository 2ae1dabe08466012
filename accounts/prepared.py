"""Statements built once a process, for calls that are made for every item of a queue.

Building a statement costs Django several times what running it does. A `Prepared` is written as any
query is, with a `Given` for each value that differs from call to call.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Expression, Model, QuerySet, TextField
from django.db.models.query import FlatValuesListIterable, ValuesIterable, get_related_populators
from django.db.models.sql.compiler import SQLCompiler
from psycopg import Cursor

Row = TypeVar("Row")
WORD = re.compile(r"\w*")
LARGEST = 2**63 - 1  # no column holds a larger number; SQLite does not even take it


class Given(Expression):
    """A value of a prepared query that is given with every call, by name."""

    def __init__(self, name: str) -> None:
        super().__init__(output_field=TextField())
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> Any:
        """A place for the value, which is put there when the statement runs."""
        return "%s", [self]


class Prepared(Generic[Row]):
    """A query of models, `values` or one flat `values_list`, built when it is first run.

    Usable for plain columns, `only` and `select_related`; not for annotations or prefetches.
    """

    def __init__(self, query: Callable[[], QuerySet[Any, Row]]) -> None:
        self._query = query

    def all(self, **given: Any) -> list[Row]:
        """The rows for these values, as the query itself would give them."""
        statement = self._statement
        values = [
            given[value.name] if isinstance(value, Given) else value for value in statement.values
        ]
        if any(isinstance(value, int) and abs(value) > LARGEST for value in values):
            return []
        with planned_once() as cursor:
            cursor.execute(statement.sql, [stored(value) for value in values])
            found: Iterable[Any] = cursor.fetchall()
        if statement.converters:
            found = statement.compiler.apply_converters(found, statement.converters)
        return [statement.row_of(values) for values in found]

    def first(self, **given: Any) -> Row | None:
        """The first of the rows for these values, or None."""
        return next(iter(self.all(**given)), None)

    @cached_property
    def _statement(self) -> "Statement":
        query = self._query()
        compiler = query.query.get_compiler(query.db)
        sql, values = with_constants(*compiler.as_sql())
        columns = [column for column, _, _ in compiler.select]
        return Statement(
            sql, values, compiler, compiler.get_converters(columns), row_maker(query, compiler)
        )


@dataclass(frozen=True)
class Statement:
    """SQL with its values or stand-ins for them, and how its rows are read."""

    sql: str
    values: Sequence[Any]
    compiler: SQLCompiler
    converters: dict[int, Any]
    row_of: Callable[[Sequence[Any]], Any]


def row_maker(query: QuerySet[Any, Any], compiler: Any) -> Callable[[Sequence[Any]], Any]:
    """What makes a row of the query of the values of its columns."""
    if query._iterable_class is FlatValuesListIterable:
        return lambda values: values[0]
    if query._iterable_class is ValuesIterable:
        names = query.query.values_select
        return lambda values: dict(zip(names, values, strict=True))
    model, own = compiler.klass_info["model"], compiler.klass_info["select_fields"]
    names = tuple(compiler.select[place][0].target.attname for place in own)
    related = get_related_populators(compiler.klass_info, compiler.select, query.db)  # type: ignore[call-arg]

    def make(values: Sequence[Any]) -> Any:
        found = model.from_db(query.db, names, values[own[0] : own[-1] + 1])
        for one in related:
            one.populate(values, found)
        return found

    return make


def stored(value: Any) -> Any:
    """A value as the database takes it in a statement of our own."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    return value


def execute(sql: str, *values: Any) -> int:
    """Run a written statement; how many rows it changed."""
    with planned_once() as cursor:
        cursor.execute(sql, [stored(value) for value in values])
        return cursor.rowcount


def planned_once() -> Any:
    """A cursor whose statements PostgreSQL parses and plans once a connection, not with every call:
    for the joins of a claim that takes longer than running them.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    if database.vendor != "postgresql":
        return database.cursor()
    if database.connection is None:
        database.ensure_connection()
    return database._prepare_cursor(Cursor(database.connection))


def with_constants(sql: str, values: Sequence[Any]) -> tuple[str, list[Any]]:
    """A statement with its plain words written into it, and the values that are left. A plan that
    holds for all values uses a partial index only where its condition is known.
    """
    head, *parts = sql.split("%s")
    left = []
    for value, part in zip(values, parts, strict=True):
        if isinstance(value, str) and WORD.fullmatch(value):
            head += f"'{value}'{part}"
        else:
            head += f"%s{part}"
            left.append(value)
    return head, left


def insert(rows: Sequence[Model]) -> None:
    """Write new rows of one model with one statement; each has its key then. For plain columns,
    without JSON or decimals.
    """
    if not rows:
        return
    head, names, place = _insertion(type(rows[0]))
    values = [stored(getattr(row, name)) for row in rows for name in names]
    with connection.cursor() as cursor:
        cursor.execute(f"{head} {', '.join([place] * len(rows))} RETURNING id", values)
        keys = [key for (key,) in cursor.fetchall()]
    for row, key in zip(rows, keys, strict=True):
        row.pk, row._state.adding, row._state.db = key, False, connection.alias


@cache
def _insertion(model: type[Model]) -> tuple[str, list[str], str]:
    """The beginning of an INSERT, the attributes it writes, and the places of one row's values."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(str(field.column) for field in fields)
    head = f"INSERT INTO {model._meta.db_table} ({columns}) VALUES"
    return head, [field.attname for field in fields], f"({', '.join(['%s'] * len(fields))})"
