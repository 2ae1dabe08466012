"""What the estimate promises, and whether what was measured keeps it."""

import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import fmean

from bench.estimation.judges import JUDGES
from bench.estimation.windows import FIRST_DAY, GRADES, Tally
from bench.estimation.worlds import Case
from stats.quality import Cell, quality_interval
from stats.sampling import draw
from stats.savings import reviews_saved

COVERED, COVERED_UNDER_STRESS = 0.94, 0.93
SAVED = {210: (0.25, 0.45, 0.70), 30: (0.15, 0.25, 0.40)}  # weak, middling, strong
BIAS, BIAS_OF_JUDGE = 0.002, 0.03
SECONDS, MANY = 0.2, 60_000
LEAST_FOR_JUDGE = 210  # reviews: people find too few failures in a day to ask about the judge

Results = Mapping[tuple[str, Case], Mapping[int, Tally]]


@dataclass(frozen=True)
class Promise:
    """One promise, what was measured in its worst place, and whether it is kept."""

    number: str
    says: str
    measured: str
    kept: bool


def promises(grid: Results, stress: Results) -> Iterator[Promise]:
    """All promises, held against the cells of the grid and of the stress cases."""
    yield _coverage("S1", "intervals cover", COVERED, grid)
    yield _coverage("S2", "… under stress", COVERED_UNDER_STRESS, stress)
    for n, least in SAVED.items():
        found = [saved_by(grid, judge.name, n) for judge in JUDGES]
        kept = all(one >= wanted for one, wanted in zip(found, least, strict=True))
        says = f"reviews saved at {n}, at least {_shares(least)} (weak, middling, strong)"
        yield Promise("S3", says, _shares(found), kept)
    yield _bias([*grid.values(), *stress.values()])
    yield _bias_of_judge(grid)
    yield _speed()
    yield _same_draw()


def _coverage(number: str, says: str, least: float, results: Results) -> Promise:
    """The worst coverage of all cells."""
    worst, where = min(
        (tally.coverage, f"{case.judge.name}, {case.failure_rate:.0%}, {n} reviews")
        for (_, case), cell in results.items()
        for n, tally in cell.items()
    )
    says = f"{says} at least {100 * least:.1f} %"
    return Promise(number, says, f"{100 * worst:.1f} % ({where})", worst >= least)


def saved_by(results: Results, judge: str, n: int) -> float:
    """The savings with a judge at n reviews, mean over the failure rates."""
    return fmean(
        reviews_saved(case.failure_rate, cell[n].mean_width, n).savings
        for (_, case), cell in results.items()
        if case.judge.name == judge
    )


def _shares(values: Sequence[float]) -> str:
    """Shares as whole percentages, with a bar between them."""
    return " / ".join(f"{100 * value:.0f}" for value in values) + " %"


def _bias(cells: Sequence[Mapping[int, Tally]]) -> Promise:
    """The largest bias of all cells; chance (two standard errors) does not break the promise."""
    tallies = [tally for cell in cells for tally in cell.values()]
    worst = max(tallies, key=lambda tally: abs(tally.bias))
    kept = all(abs(one.bias) - 2 * one.doubt_of_bias < BIAS for one in tallies)
    measured = f"{100 * abs(worst.bias):.2f} at most (± {100 * 2 * worst.doubt_of_bias:.2f})"
    return Promise("S5", "bias under 0.2 points", measured, kept)


def _bias_of_judge(grid: Results) -> Promise:
    """The worst mean error of the judge's weighted sensitivity and specificity."""
    worst = max(
        abs(error)
        for cell in grid.values()
        for n, tally in cell.items()
        if n >= LEAST_FOR_JUDGE
        for error in tally.bias_of_judge
    )
    says = "judge's sensitivity and specificity within 3 points on average"
    return Promise("S6", says, f"{100 * worst:.1f} at most", worst <= BIAS_OF_JUDGE)


def _speed() -> Promise:
    """The slowest of ten estimates of four weeks, counting 60,000 graded conversations included."""
    source = random.Random(1)
    rows = [
        (source.randrange(28), source.choice(GRADES), source.random() < 0.014, source.random())
        for _ in range(MANY)
    ]
    seconds = []
    for _ in range(10):
        started = time.perf_counter()
        sizes = Counter((day, grade) for day, grade, _, _ in rows)
        reviewed = Counter((day, grade) for day, grade, drawn, _ in rows if drawn)
        failed = Counter((day, grade) for day, grade, drawn, u in rows if drawn and u < 0.05)
        quality_interval(
            [
                Cell(FIRST_DAY + timedelta(day), grade, size, reviewed[key], failed[key])
                for key, size in sizes.items()
                for day, grade in [key]
            ]
        )
        seconds.append(time.perf_counter() - started)
    says = f"a figure of {MANY:,} conversations in under 200 ms"
    return Promise("S11", says, f"{1000 * max(seconds):.0f} ms", max(seconds) < SECONDS)


def _same_draw() -> Promise:
    """The day's draw from 60,000 keys, repeated from its seed in another order."""
    keys = [f"conversation-{number}" for number in range(MANY)]
    first = draw(keys, 210, b"day")
    random.Random(2).shuffle(keys)
    same = first == draw(keys, 210, b"day") and first != draw(keys, 210, b"another day")
    return Promise("S11", "the draw is the same bit for bit", "same" if same else "differs", same)
