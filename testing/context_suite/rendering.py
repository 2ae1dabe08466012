"""A context test and contradictions as they go out over REST, in the shapes of `.shapes`."""

from typing import Any

from context.models import Release
from testing.context_suite.findings import ChangeFinding, Findings
from testing.context_suite.sentences import headline, next_step
from testing.models import Contradiction

_COLUMNS = """
kind status first_slug first_passage first_quote second_slug second_passage second_quote reason
model decision_reason found_at decided_at
"""


def context_json(release: Release, found: Findings) -> dict[str, Any]:
    """A release's context test."""
    baseline = found.test.baseline if found.test else None
    return {
        "release": release.number,
        "baseline": baseline.number if baseline else None,
        "sentence": headline(found),
        "next_step": next_step(found).sentence,
        "progress": found.test.progress() if found.test else None,
        "run": found.run.pk if found.run else None,
        "changes": [change_json(row) for row in found.changes],
        "contradictions": [contradiction_json(row) for row in found.contradictions.open],
    }


def change_json(row: ChangeFinding) -> dict[str, Any]:
    """One change with its cases and guards."""
    return {
        "kind": row.change.kind,
        "name": row.change.name,
        "title": row.change.title,
        "verdict": row.verdict,
        "error": row.work.error,
        "cases": [
            {"id": one.case.pk, "key": one.case.key, "question": one.case.question}
            | {"verdict": one.verdict}
            for one in row.cases
        ],
        "guards": [
            {"id": one.case.pk, "key": one.case.key, "question": one.case.question}
            | {"likeness": one.guard.likeness, "reason": one.guard.reason}
            | {"verdict": one.verdict}
            for one in row.guards
        ],
        "relying": [case.pk for case in row.relying],
        "old_facts": [
            {"case": one.case_id, "fact": one.fact, "quote": one.quote} for one in row.old_facts
        ],
    }


def contradiction_json(row: Contradiction) -> dict[str, Any]:
    """A contradiction."""
    return {"id": row.pk} | {name: getattr(row, name) for name in _COLUMNS.split()}
