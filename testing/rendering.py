"""What goes out over REST, in the shapes of `testing.shapes`."""

from typing import Any

from testing.exchange.bringing import Brought
from testing.gate.checks import run_url
from testing.models import Case, Result, Run, Step, Suite


def suite_json(suite: Suite) -> dict[str, Any]:
    """A suite that carries the counts of `with_counts()`."""
    counts = vars(suite)
    return {
        "id": suite.pk,
        "kind": suite.kind,
        "name": suite.name,
        "slug": suite.slug,
        "description": suite.description,
        "archived_at": suite.archived_at,
        "drafts": counts["draft_count"],
        "approved": counts["approved_count"],
        "last_run": counts["last_run_id"],
    }


def case_json(case: Case) -> dict[str, Any]:
    """A case."""
    return case.content() | {
        "id": case.pk,
        "suite": case.suite_id,
        "key": case.key,
        "status": case.status,
        "conversation": case.conversation_id,
        "proposal": case.proposal_id,
        "cluster": case.cluster_id,
        "source": case.source,
        "source_url": case.source_url,
        "owner": case.owner.username if case.owner else None,
        "flaky_reason": case.flaky_reason,
        "counts_in_gate": case.counts_in_gate,
        "created_at": case.created_at,
    }


def brought_json(index: int, brought: Brought) -> dict[str, Any]:
    """What became of one case of a list or a file."""
    return {
        "index": index,
        "place": brought.entry.place,
        "status": brought.status,
        "id": brought.case.pk if brought.case else None,
        "key": brought.entry.body["key"] if not brought.errors else "",
        "changes": brought.differing,
        "left_out": brought.entry.left_out,
        "errors": brought.errors,
    }


def run_json(run: Run) -> dict[str, Any]:
    """A run without its comparison."""
    spent, saved = run.bill()
    return {
        "id": run.pk,
        "suite": run.suite_id,
        "release": run.release.number,
        "baseline": run.baseline.number if run.baseline else None,
        "trials": run.trials,
        "state": run.state,
        "progress": run.progress(),
        "estimated_usd": float(run.estimated_usd),
        "spent_usd": spent,
        "saved_calls": saved,
        "created_at": run.created_at,
        "finished_at": run.finished_at,
        "stop_reason": run.stop_reason,
        "url": run_url(run),
    }


def step_json(step: Step) -> dict[str, Any]:
    """One finished call of a dialogue."""
    columns = "position kind action text sources missing_facts reason calls model latency_ms"
    return {name: getattr(step, name) for name in columns.split()} | {
        "cost_usd": float(step.cost_usd)
    }


def result_json(result: Result) -> dict[str, Any]:
    """One trial, with the case and release selected and the steps prefetched."""
    columns = (
        "trial state action reply sources passed failures quote reason error answer_model "
        "grade_model latency_ms ending calls_outside"
    )
    return {name: getattr(result, name) for name in columns.split()} | {
        "id": result.pk,
        "case": result.case_id,
        "key": result.case.key,
        "release": result.release.number,
        "shared": result.is_shared,
        "cost_usd": float(result.cost_usd),
        "answer_usd": float(result.answer_usd),
        "steps": [step_json(step) for step in result.steps.all()],
    }
