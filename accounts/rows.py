"""Writing many rows at once: what `bulk_create` and `bulk_update` do, without their work per value.

Django's `bulk_create` tops out near 2,000 conversations a second; COPY and `executemany` leave
most of the time to the reading of the payloads. Values must be complete: no defaults are filled in
by the database, and no keys come back.
"""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from django.db import connection, models


def insert(model: type[models.Model], rows: Sequence[Any]) -> None:
    """INSERT new rows: the model's instances, or anything with its columns as attributes.

    Raises IntegrityError like any other insert.
    """
    every = model._meta.concrete_fields
    names = [column.attname for column in every if not column.primary_key]
    insert_values(model, names, list(map(attrgetter(*names), rows)))


def insert_values(
    model: type[models.Model], names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """INSERT new rows given as the values of the named columns."""
    if not rows:
        return
    fields = [field_of(model, name) for name in names]
    columns = ", ".join(connection.ops.quote_name(str(column.column)) for column in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    by_column = zip(*rows, strict=True)
    values = zip(*map(adapted, fields, by_column), strict=True)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for value in values:
                    copy.write_row(value)
        else:
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(values))


def update_values(
    model: type[models.Model], names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """UPDATE rows by their key: each is the key and the new values of the named numbers."""
    if not rows:
        return
    table = connection.ops.quote_name(model._meta.db_table)
    columns = [connection.ops.quote_name(name) for name in names]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            types = ["bigint", *(field_of(model, name).db_type(connection) for name in names)]
            arrays = ", ".join(f"%s::{kind}[]" for kind in types)
            put = ", ".join(f"{column} = new.{column}" for column in columns)
            new = f"unnest({arrays}) AS new (id, {', '.join(columns)})"
            given = [list(column) for column in zip(*rows, strict=True)]
            cursor.execute(f"UPDATE {table} SET {put} FROM {new} WHERE {table}.id = new.id", given)
        else:
            put = ", ".join(f"{column} = %s" for column in columns)
            by_key = [(*values, key) for key, *values in rows]
            cursor.executemany(f"UPDATE {table} SET {put} WHERE id = %s", by_key)


def field_of(model: type[models.Model], name: str) -> "models.Field[Any, Any]":
    """The field of a column."""
    found = model._meta.get_field(name)
    assert isinstance(found, models.Field)
    return found


def adapted(column: "models.Field[Any, Any]", values: Sequence[Any]) -> Sequence[Any]:
    """One column's values in the form the database driver takes."""
    adapt = adapter_of(column)
    return values if adapt is None else [None if one is None else adapt(one) for one in values]


def adapter_of(column: "models.Field[Any, Any]") -> Callable[[Any], Any] | None:
    """What turns a value of the column into what the driver takes; None: nothing needs to."""
    match column:
        case models.JSONField():
            return as_json
        case models.DateTimeField() if connection.vendor == "sqlite":
            return as_text
        case models.DateTimeField():
            return connection.ops.adapt_datetimefield_value
        case models.DateField():
            return connection.ops.adapt_datefield_value
        case models.DecimalField():
            return lambda value: connection.ops.adapt_decimalfield_value(
                column.to_python(value), column.max_digits, column.decimal_places
            )
    return None


def as_json(value: Any) -> str:
    """A value as JSON; most are empty lists."""
    return "[]" if value == [] else json.dumps(value)


def as_text(moment: datetime) -> str:
    """A moment as Django stores it in SQLite: in UTC, without its offset."""
    in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return str(in_utc.replace(tzinfo=None))
