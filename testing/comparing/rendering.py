"""A comparison as it goes out over REST, in the shapes of `testing.comparing.shapes`."""

from dataclasses import asdict
from typing import Any

from testing.comparing.claimed import claim_of
from testing.comparing.comparison import Comparison, compare, difference_sentence
from testing.comparing.looks import Claim
from testing.comparing.outlook import Outlook
from testing.gate.evidence import interval_json
from testing.models import Run
from testing.rendering import run_json
from testing.runs.costs import Costs, costs_of

LISTS = ("ungraded", "flaky", "fixed", "regressed", "lost")


def run_detail(run: Run) -> dict[str, Any]:
    """A run with its comparison so far."""
    margin, comparison = run.suite.margin_asked, compare(run)
    claim = claim_of(run, comparison)
    said = comparison_json(comparison, margin, claim) | {"costs": costs_json(costs_of(run))}
    return run_json(run) | {"comparison": said}


def comparison_json(comparison: Comparison, margin: float, claim: Claim | None) -> dict[str, Any]:
    """The rates, the paired difference, and the cases of each kind by their keys."""
    sentence = difference_sentence(comparison.difference, margin, comparison.outlook, claim)
    return {
        "candidate_rate": interval_json(comparison.candidate_rate),
        "baseline_rate": interval_json(comparison.baseline_rate),
        "difference": interval_json(comparison.difference),
        "claim": claim_json(claim),
        "outlook": outlook_json(comparison.outlook, margin),
        "sentence": sentence,
        "pass_hat_k": [
            {"k": k, "candidate": interval_json(ours), "baseline": interval_json(theirs)}
            for k, ours, theirs in comparison.chances
        ],
        "cases": len(comparison.complete),
    } | {name: [row.case.key for row in getattr(comparison, name)] for name in LISTS}


def claim_json(claim: Claim | None) -> dict[str, Any] | None:
    """How clear the difference is among the suites of the release."""
    if claim is None:
        return None
    return {
        "p": claim.p,
        "adjusted_p": claim.adjusted,
        "suites": claim.of,
        "is_clear": claim.is_clear,
    }


def outlook_json(outlook: Outlook | None, margin: float) -> dict[str, Any] | None:
    """What could have been seen, and what a difference of the margin needs."""
    if outlook is None:
        return None
    return {
        "smallest_difference": outlook.smallest,
        "margin": margin,
        "power_at_margin": outlook.power(margin),
        "cases_needed": outlook.needed(margin),
        "advice": outlook.advice(margin),
    }


def costs_json(costs: Costs) -> dict[str, Any]:
    """Cost and latency of both releases, and the differences paired by case."""
    return {
        "candidate": asdict(costs.candidate),
        "baseline": asdict(costs.baseline) if costs.baseline else None,
        "cost_difference_usd": interval_json(costs.cost_difference),
        "latency_difference_ms": interval_json(costs.latency_difference),
    }
