"""The rows of a run: every trial, in a seeded order, written by few statements.

Building a hundred thousand model instances takes Django half a minute; here it sends the columns
that differ and the database fills in the rest, which is the same in every row.
"""

import json
import random
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import connection

from context.models import Release
from testing.models import Case, Result, Run

_AT_ONCE = 5000
_PLANNED = ("case_id", "release_id", "trial", "position", "is_shared")
# How each database reads a list of lists: as rows of one column, and then a place of such a row.
_ROWS = {
    "postgresql": ("jsonb_array_elements(%s::jsonb) AS plan(value)", "value ->> {}"),
    "sqlite": ("json_each(%s) AS plan", "json_extract(value, '$[{}]')"),
}

Planned = tuple[int, int, int, int, bool]  # what is planned of a row, as in _PLANNED


def write_trials(
    run: Run, cases: Sequence[Case], releases: Sequence[Release], shared: Collection[int]
) -> None:
    """Write a row for every trial of a run; in those of the `shared` cases the release that is
    tested takes over what the baseline, the second of `releases`, answers.
    """
    rows = _in_order(run, [case.pk for case in cases], [one.pk for one in releases], set(shared))
    statement, values = _insert(run)
    with connection.cursor() as cursor:
        while some := list(islice(rows, _AT_ONCE)):
            cursor.execute(statement, [*values, json.dumps(some)])


def _in_order(
    run: Run, cases: list[int], releases: list[int], shared: set[int]
) -> Iterator[Planned]:
    """Trial by trial, cases shuffled, the two releases side by side in time."""
    order = random.Random(run.seed)
    place = 0
    for trial in range(1, run.trials + 1):
        for case in order.sample(cases, len(cases)):
            for release in order.sample(releases, len(releases)):
                yield case, release, trial, place, release == releases[0] and case in shared
                place += 1


def _insert(run: Run) -> tuple[str, list[Any]]:
    """The statement that takes a list of planned rows, and the values that all of them have."""
    source, part = _ROWS[connection.vendor]
    quoted, blank = connection.ops.quote_name, Result(run=run)
    shown: dict[str, str] = {}
    values = []
    for field in Result._meta.concrete_fields:
        if field.column in _PLANNED:
            place = part.format(_PLANNED.index(field.column))
            shown[quoted(field.column)] = f"CAST({place} AS {field.db_type(connection)})"
        elif field.column and not field.primary_key:
            shown[quoted(field.column)] = "%s"
            values.append(field.get_db_prep_save(getattr(blank, field.attname), connection))
    into = f"INSERT INTO {quoted(Result._meta.db_table)} ({', '.join(shown)})"
    return f"{into} SELECT {', '.join(shown.values())} FROM {source}", values
