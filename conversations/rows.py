"""Writing many new rows at once: what `bulk_create` does, without its work per value.

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
    if not rows:
        return
    fields = [column for column in model._meta.concrete_fields if not column.primary_key]
    columns = ", ".join(connection.ops.quote_name(str(column.column)) for column in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    values = zip(*(column_of(rows, column) for column in fields), strict=True)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for value in values:
                    copy.write_row(value)
        else:
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(values))


def column_of(rows: Sequence[Any], column: "models.Field[Any, Any]") -> list[Any]:
    """One column's values in the form the database driver takes."""
    found = list(map(attrgetter(column.attname), rows))
    adapt = adapter_of(column)
    return found if adapt is None else [None if value is None else adapt(value) for value in found]


def adapter_of(column: "models.Field[Any, Any]") -> Callable[[Any], Any] | None:
    """What turns a value of the column into what the driver takes; None: nothing needs to."""
    match column:
        case models.JSONField():
            return json.dumps
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


def as_text(moment: datetime) -> str:
    """A moment as Django stores it in SQLite: in UTC, without its offset."""
    in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return str(in_utc.replace(tzinfo=None))
