"""Whether a run tells a change from luck: false alarms, power, coverage; exits 1 below a promise.

Part of it is real: rows, the runner and the gate's comparison, asked of a local model that errs by
chance. The rest draws results and calls the shipped functions. docs/comparison.md explains it.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

from bench.comparing.drawn import Rate, coverage, few_differ, repeat, several_suites
from bench.comparing.real import PER_FAMILY, outcomes
from bench.comparing.worlds import EQUAL, FAMILIES, GRID, LOSES_TEN, World
from bench.load.site import running_model
from bench.real.installation import Installation, Json
from stats.planning import power_paired
from stats.quantiles import normal_below, normal_quantile
from testing.comparing.looks import LEVEL

SEED = 20_261_128
NOISE = 0.2  # of the answers of the local model; its cases pass with a chance of .8
CASES, TRIALS = (30, 50, 100, 200), (1, 2, 4, 8)
SIZES = ((30, 1), (100, 1), (50, 4), (100, 4), (200, 4))
REAL = ((24, 2), (64, 2))  # cases and trials of the real runs, equal and losing
LOW, HIGH = 0.93, 0.97
OFF = 0.05  # how far measured power may lie from the formula, which knows no small samples
MARGIN_OF_LUCK = 3  # Monte-Carlo standard errors within which a promise is not called broken


@dataclass(frozen=True)
class Promise:
    """One promise, what was measured in its worst place, and whether it is kept."""

    says: str
    measured: str
    kept: bool


@dataclass(frozen=True)
class Noisy(Installation):
    """An installation that asks the model at this address."""

    model: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """Every process of it runs in this environment."""
        return super().environment | {
            "OPENAI_BASE_URL": self.model,
            "OPENAI_API_KEY": "none",
            "AGENT_MODEL": "local-1",
            "JUDGE_MODEL": "local-1",
            "LLM_CONCURRENCY": "50",
        }


Cells = dict[tuple[World, int, int], Rate]


def measure_coverage(reps: int, seed: int) -> Cells:
    """How often the shown interval holds the truth, world by world; prints the table."""
    head = " | ".join(f"{cases} × {trials}" for cases in CASES for trials in TRIALS)
    print(f"\nCoverage of the 95 % interval in %, cases × trials, {reps} runs a cell (drawn)")
    print(f"| World | {head} |\n|---|{'---|' * len(CASES) * len(TRIALS)}")
    found: Cells = {}
    for world in (*GRID, FAMILIES):
        for cases in CASES:
            for trials in TRIALS:
                found[world, cases, trials] = coverage(world, cases, trials, reps, seed)
        cells = (f"{100 * found[world, c, t].share:.1f}" for c in CASES for t in TRIALS)
        print(f"| {world.name} | {' | '.join(cells)} |", flush=True)
    return found


def keeps_coverage(cells: Cells) -> Iterator[Promise]:
    """93 to 97 %; at least 93 % where so few cases differ that the guard acts."""
    for guarded in (False, True):
        rates = {key: rate for key, rate in cells.items() if few_differ(*key) == guarded}
        lowest, highest = min(rates, key=_share(rates)), max(rates, key=_share(rates))
        low, high = rates[lowest], rates[highest]
        kept = low.share + MARGIN_OF_LUCK * low.doubt >= LOW
        kept = kept and (guarded or high.share - MARGIN_OF_LUCK * high.doubt <= HIGH)
        says = "few cases differ: coverage ≥ 93 %" if guarded else "coverage 93–97 %"
        measured = f"{low} ({_cell(lowest)}) to {high} ({_cell(highest)})"
        yield Promise(f"{says}, {len(rates)} cells", f"{measured}, ± {100 * low.doubt:.1f}", kept)


def _share(rates: Cells) -> Callable[[tuple[World, int, int]], float]:
    """What cells are ordered by."""
    return lambda key: rates[key].share


def _cell(key: tuple[World, int, int]) -> str:
    world, cases, trials = key
    return f"{world.name}, {cases} × {trials}"


def measure_alarms(reps: int, seed: int) -> Iterator[Promise]:
    """The same release twice: how often a change is claimed, and what the gate decides."""
    print(f"\nThe same release twice, mean .8, {reps} runs a line (drawn)")
    print(
        "| Cases × trials | claimed | blocked | passed | interval holds 0 |\n|---|---|---|---|---|"
    )
    worst = Rate(0, 1)
    for cases, trials in SIZES:
        found = repeat(EQUAL, cases, trials, reps, seed)
        worst = max(worst, found.claimed, key=lambda rate: rate.share)
        cells = (found.claimed, found.blocked, found.passed, found.covered)
        print(f"| {cases} × {trials} | {' | '.join(map(str, cells))} |", flush=True)
    yield _alarm("drawn: the same release twice claims a change in ≤ 5 %", worst)
    alone, adjusted = several_suites(3, reps, seed, EQUAL)
    yield _alarm(f"drawn: any of 3 suites, by Holm, ≤ 5 % (alone {alone})", adjusted)


def _alarm(says: str, rate: Rate) -> Promise:
    kept = rate.share - MARGIN_OF_LUCK * rate.doubt <= LEVEL
    return Promise(says, f"{rate} of {rate.of} (± {100 * rate.doubt:.1f})", kept)


def measure_power(reps: int, seed: int) -> Iterator[Promise]:
    """A true loss of ten points: how often it is caught, beside the formula of statistics.md."""
    truth, parts = LOSES_TEN.truth()
    print(f"\nA true loss of {-100 * truth:.1f} points, {reps} runs a line (drawn)")
    print("| Cases × trials | caught | formula | blocked | passed | coverage |")
    print("|---|---|---|---|---|---|")
    for cases, trials in SIZES:
        found = repeat(LOSES_TEN, cases, trials, reps, seed)
        said = power_paired(parts, cases, trials, truth)
        cells = (found.claimed, f"{100 * said:.1f} %", found.blocked, found.passed, found.covered)
        print(f"| {cases} × {trials} | {' | '.join(map(str, cells))} |", flush=True)
        if trials > 1:  # with one the exact test is slower than the formula, which is said
            yield _caught(f"drawn: power of {cases} × {trials}", found.claimed, said)


def _caught(says: str, rate: Rate, said: float) -> Promise:
    off = abs(rate.share - said)
    kept = off <= OFF + MARGIN_OF_LUCK * rate.doubt
    measured = f"{rate} of {rate.of} (± {100 * rate.doubt:.1f}), formula {100 * said:.1f} %"
    return Promise(f"{says} within {100 * OFF:.0f} points of the formula", measured, kept)


def measure_real(runs: int) -> Iterator[Promise]:
    """Both through real runs of a noisy model, whose share of right answers is checked, too."""
    (cases, trials), (more, _) = REAL
    equal = real_runs("equal", cases, trials, runs, loses=False)
    claimed, covered = _rates(equal, 0.0)
    yield _alarm(f"real runs, {cases} × {trials}, same release twice: claims ≤ 5 %", claimed)
    kept = covered.share + MARGIN_OF_LUCK * covered.doubt >= LOW
    yield Promise("real runs: the interval holds 0 in ≥ 93 %", f"{covered} of {covered.of}", kept)
    right = sum(sum(one["passed"]) for one in equal) / (2 * cases * trials * len(equal))
    kept = abs(right - (1 - NOISE)) < 0.02
    yield Promise("real runs: the noise is what was asked for", f"{right:.3f} pass", kept)
    loss = (1 - NOISE) / PER_FAMILY
    losing = real_runs("losing", more, trials, max(1, runs // 4), loses=True)
    caught, _ = _rates(losing, -loss)
    says = f"real runs, {more} × {trials}, {100 * loss:.0f} points lost: power"
    yield _caught(says, caught, power_on_fixed_cases(loss, more, trials))


def power_on_fixed_cases(loss: float, cases: int, trials: int) -> float:
    """The formula where every run asks the same cases: which of them are lost is no luck, but the
    interval, which speaks of cases like these, still allows for it.
    """
    between = (1 - NOISE) ** 2 * (1 - 1 / PER_FAMILY) / PER_FAMILY
    luck = NOISE * (1 - NOISE) * (2 - 1 / PER_FAMILY) / trials
    reach = normal_quantile(1 - LEVEL / 2) * sqrt((between + luck) / cases)
    return normal_below((loss - reach) / sqrt(luck / cases))


def _rates(found: list[Json], truth: float) -> tuple[Rate, Rate]:
    """How often a change was claimed, and how often the interval held the truth."""
    claimed, covered = Rate(), Rate()
    for one in found:
        claimed.add(one["claimed"])
        covered.add(one["low"] <= truth <= one["high"])
    return claimed, covered


def real_runs(name: str, cases: int, trials: int, runs: int, *, loses: bool) -> list[Json]:
    """The outcomes of real runs, in an installation of their own."""
    with tempfile.TemporaryDirectory() as folder:
        noisy = Installation(Path(folder))
        with running_model(noisy, "--answer-noise", str(NOISE), "--seed", str(SEED)) as model:
            site = Noisy(Path(folder), model.url)
            site.manage("migrate", "--verbosity", "0")
            arguments = f"{name!r}, {cases}, {trials}, {runs}, loses={loses}"
            code = f"from bench.comparing.real import play\nplay({arguments})"
            return list(outcomes(site.manage("shell", "--no-imports", "-c", code)))


def main() -> int:
    """Read the command line, measure, print the promises; the exit code."""
    parser = argparse.ArgumentParser(prog="./run bench changes", description=__doc__)
    parser.add_argument("--reps", type=int, default=1000, help="drawn runs a cell")
    parser.add_argument("--runs", type=int, default=400, help="real runs; 0 leaves them out")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    started = time.monotonic()
    print(f"seed {options.seed}; ± is the Monte-Carlo standard error")
    found = list(keeps_coverage(measure_coverage(options.reps, options.seed)))
    found += measure_alarms(options.reps, options.seed)
    found += measure_power(options.reps, options.seed)
    if options.runs:
        found += measure_real(options.runs)
    print("\n| S7: promise | Measured | |\n|---|---|---|")
    for one in found:
        print(f"| {one.says} | {one.measured} | {'kept' if one.kept else 'BROKEN'} |")
    print(f"\n{time.monotonic() - started:.0f} s")
    return 0 if all(one.kept for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
