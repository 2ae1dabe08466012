"""The quality figure against known truths: coverage, width, savings, bias; exits 1 below a promise.

Judges of known worth grade simulated conversations, the shipped code draws what people read and
estimates, and what it says is held against what was so. docs/estimate.md explains the columns.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Mapping

from bench.estimation.judges import BLIND, JUDGES, STRONG, WEAK
from bench.estimation.promises import Results, promises
from bench.estimation.windows import SPANS, Tally, simulate
from bench.estimation.worlds import Case
from stats.savings import reviews_saved

RATES = (0.03, 0.05, 0.08, 0.15)
SEED = 20_261_123
HEAD = "| Case | Failures | " + " | ".join(f"{n} reviews" for n in SPANS) + " |"
RULE = "|---|---|" + "---|" * len(SPANS)


def grid() -> Iterator[tuple[str, Case]]:
    """Three judges by four failure rates; past labels come from the same judge."""
    for judge in JUDGES:
        for rate in RATES:
            yield judge.name, Case(judge, judge, rate)


def stress() -> Iterator[tuple[str, Case]]:
    """Judges gone bad, rare and frequent failures, and the first day without any label."""
    for rate in RATES:
        yield "blind", Case(BLIND, BLIND, rate)
        yield "was strong, is weak", Case(WEAK, STRONG, rate)
        yield "was strong, is blind", Case(BLIND, STRONG, rate)
    for judge in JUDGES:
        for rate in (0.01, 0.3, 0.5):
            yield f"{judge.name}, other rates", Case(judge, judge, rate)
    for judge in (*JUDGES, BLIND):
        for rate in RATES:
            yield f"{judge.name}, no labels yet", Case(judge, None, rate)


def measure(cases: Iterator[tuple[str, Case]], reps: int, seed: int) -> Results:
    """Simulate every case and print its line of the table."""
    print(f"\n{HEAD}\n{RULE}")
    results = {}
    for number, (name, case) in enumerate(cases):
        results[name, case] = simulate(case, reps, seed + number)
        print(line(name, case, results[name, case]), flush=True)
    return results


def line(name: str, case: Case, cell: Mapping[int, Tally]) -> str:
    """A case: coverage, mean width, savings and bias (in points) at each number of reviews."""
    parts = [name, f"{case.failure_rate:.0%}"]
    for n, tally in cell.items():
        saved = reviews_saved(case.failure_rate, tally.mean_width, n).savings
        bias = f"{100 * tally.bias:+.2f}".replace("-", "−")
        parts.append(
            f"{100 * tally.coverage:.1f} · {100 * tally.mean_width:.1f} · "
            f"{100 * saved:.0f} % · {bias}".replace("-", "−")
        )
    return f"| {' | '.join(parts)} |"


def main() -> int:
    """Read the command line, measure, print the promises; the exit code."""
    parser = argparse.ArgumentParser(prog="./run bench estimate", description=__doc__)
    parser.add_argument("--reps", type=int, default=10_000, help="windows a case; stress has half")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    started = time.monotonic()
    print(f"{options.reps} windows a case, seed {options.seed}")
    print("Each cell: coverage in % · width in points · reviews saved · bias in points")
    usual = measure(grid(), options.reps, options.seed)
    hard = measure(stress(), max(1, options.reps // 2), options.seed + 1000)
    print("\n| | Promise | Measured | |\n|---|---|---|---|")
    kept = True
    for one in promises(usual, hard):
        kept = kept and one.kept
        print(
            f"| {one.number} | {one.says} | {one.measured} | {'kept' if one.kept else 'BROKEN'} |"
        )
    print(f"\n{time.monotonic() - started:.0f} s")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
