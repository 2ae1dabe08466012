"""Reviews and verdicts as files: CSV, a row each with a column per criterion, or JSON lines.

Ids are those of the REST API and never change; a conversation is also named by its source and its
id there. Rows come in the order of their ids, so that a later export begins as the earlier did.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet

from context.models import Agent
from reviews.judging.planning import reviews_of
from reviews.models import Criterion, Review, Verdict
from reviews.rendering import review_json, verdict_json

FORMATS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
ROWS_AT_ONCE = 500
# A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
REVIEW_COLUMNS = (
    "id", "source", "external_id", "conversation", "day", "state", "error", "passed", "score",
    "grade", "severity", "root_cause", "question", "missing_fact", "partial_view", "model",
    "judge", "scorecard", "cost_usd",
)  # fmt: skip
VERDICT_COLUMNS = (
    "id", "source", "external_id", "conversation", "item", "stratum", "inclusion_probability",
    "slot", "blind", "reviewer", "passed", "root_cause", "note", "seconds", "created_at",
    "withdrawn_at", "case", "proposal", "supersedes",
)  # fmt: skip


def review_rows(agent: Agent, first: date, last: date) -> QuerySet[Review]:
    """The reviews of conversations that ended on the days, both included."""
    rows = reviews_of(agent).filter(day__range=(first, last)).order_by("pk")
    rows = rows.select_related("conversation", "judge", "scorecard")
    return rows.prefetch_related("results__criterion")


def verdict_rows(agent: Agent, first: date, last: date) -> QuerySet[Verdict]:
    """The verdicts on conversations that ended on the days, withdrawn ones included."""
    rows = Verdict.objects.filter(scorecard__agent=agent, review__day__range=(first, last))
    rows = rows.select_related("conversation", "reviewer", "item__stratum").order_by("pk")
    return rows.prefetch_related("results__criterion")


def reviews_file(agent: Agent, rows: QuerySet[Review], form: str) -> Iterator[str]:
    """The lines of a file of reviews."""
    found = (review_json(row) | _source(row) for row in rows.iterator(ROWS_AT_ONCE))
    if form == "jsonl":
        return _json_lines(found)
    keys = criterion_keys(agent)
    columns = [*REVIEW_COLUMNS, *keys, *(f"{key}_quote" for key in keys)]
    return csv_lines(columns, (_flat(one) for one in found))


def verdicts_file(agent: Agent, rows: QuerySet[Verdict], form: str) -> Iterator[str]:
    """The lines of a file of verdicts."""
    found = (verdict_json(row) | _source(row) | _draw(row) for row in rows.iterator(ROWS_AT_ONCE))
    if form == "jsonl":
        return _json_lines(found)
    columns = [*VERDICT_COLUMNS, *criterion_keys(agent)]
    return csv_lines(columns, (one | one.pop("answers") for one in found))


def criterion_keys(agent: Agent) -> list[str]:
    """Every criterion of the agent's scorecards, those of older versions included, in order."""
    keys = Criterion.objects.filter(scorecard__agent=agent).order_by("-scorecard__version")
    return list(dict.fromkeys(keys.values_list("key", flat=True)))


def _source(row: Review | Verdict) -> dict[str, Any]:
    return {"source": row.conversation.source}


def _draw(verdict: Verdict) -> dict[str, Any]:
    """How likely the conversation was drawn: what an estimate of one's own needs."""
    item = verdict.item
    return {
        "stratum": item.stratum.name if item else "",
        "inclusion_probability": item.inclusion_probability if item else None,
        "slot": item.slot if item else None,
    }


def _flat(review: dict[str, Any]) -> dict[str, Any]:
    """The results as columns: the answer under the criterion's key, and its quote."""
    for one in review.pop("results"):
        review |= {one["key"]: one["verdict"], f"{one['key']}_quote": one["quote"]}
    return review


def _json_lines(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False) + "\n"


class _Line:
    """What csv writes to: hands the line on instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_lines(columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The lines of a CSV file: the names of the columns, then a row each."""
    writer = csv.DictWriter(_Line(), columns, restval="", extrasaction="ignore")
    yield str(writer.writeheader())
    for row in rows:
        yield str(writer.writerow({name: _cell(value) for name, value in row.items()}))


def _cell(value: Any) -> Any:
    """A value as a cell; text that a spreadsheet would run gets an apostrophe before it."""
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value.isoformat() if isinstance(value, date) else value
