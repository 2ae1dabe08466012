"""The quality figure on real labels: verdicts of LLM judges beside what people or checks found.

Every labelled item has its truth, so the items are the population: they are drawn again and again
as the queue draws them, and the figure is held against the plain sample mean. See
docs/estimate.md.
"""

import argparse
import gzip
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.estimation.windows import FIRST_DAY, GRADES
from stats.intervals import Interval, wilson_interval
from stats.quality import GRADED_REVIEWS, Cell, failure_rate_interval
from stats.sampling import PRIOR_FAILURE_RATES, daily_allocation, failure_rates

FOLDER = Path(__file__).parents[2] / "shared" / "data" / "judge_human"
WEEK = 7
HISTORIES = 100  # first queues from which a second one learns
SEED = 20_261_123
COLUMNS = "Labels Judge Items Fail r² Judge_alone n Sample_mean First_queue Next_queue"

Json = dict[str, Any]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Population:
    """Items with a truth and a grade: how many of each grade there are, and how many failed."""

    labels: str
    judge: str
    sizes: tuple[int, ...]
    failed: tuple[int, ...]

    @property
    def size(self) -> int:
        """All items."""
        return sum(self.sizes)

    @property
    def rate(self) -> float:
        """The share that failed: the truth."""
        return sum(self.failed) / self.size

    @property
    def judge_alone(self) -> float:
        """The share that the judge fails, with half of the grade between."""
        return (sum(self.sizes[3:]) + self.sizes[2] / 2) / self.size

    @property
    def r_squared(self) -> float:
        """The squared correlation of grade and truth."""
        x = np.repeat(np.tile(GRADES, 2), [*self.failed, *np.subtract(self.sizes, self.failed)])
        y = np.repeat([1, 0], [sum(self.failed), self.size - sum(self.failed)])
        return float(np.corrcoef(x, y)[0, 1] ** 2)


def read(path: Path) -> list[Json]:
    """The rows of a compressed JSONL file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def population(labels: str, judge: str, pairs: list[tuple[int, bool]]) -> Population:
    """Count (grade, failed) pairs."""
    sizes = Counter(grade for grade, _ in pairs)
    failed = Counter(grade for grade, wrong in pairs if wrong)
    return Population(
        labels, judge, tuple(sizes[one] for one in GRADES), tuple(failed[one] for one in GRADES)
    )


def retail(rows: list[Json]) -> Iterator[Population]:
    """Chats of a retail agent, failed by the benchmark's check; four prompts, and all together.

    Together, the grade is 5 less the number of prompts that fail the chat, and 1 at the least.
    """
    truth = [not row["truth"]["success"] for row in rows]
    prompts = [judge["prompt"] for judge in rows[0]["judges"]]
    fails = [
        {judge["prompt"]: not judge["verdict_pass"] for judge in row["judges"]} for row in rows
    ]
    for prompt in prompts:
        grades = [1 if one[prompt] else 5 for one in fails]
        yield population("retail", prompt, list(zip(grades, truth, strict=True)))
    grades = [5 - sum(one.values()) for one in fails]
    yield population("retail", "all four", list(zip(grades, truth, strict=True)))


def pairs(rows: list[Json], labels: str, fails: Callable[[str], float]) -> Iterator[Population]:
    """Pairs of answers with three people's majority; two judges, and both together.

    `fails` says how far a verdict is a failure: 0, .5 or 1. Unreadable verdicts are left out, as
    the product leaves out conversations that the judge could not review.
    """
    models = [judge["model"] for judge in rows[0]["judges"]]
    for chosen in (*([model] for model in models), models):
        found = []
        for row in rows:
            said = [one["verdict"] for one in row["judges"] if one["model"] in chosen]
            if None not in said:
                share = sum(fails(verdict) for verdict in said) / len(said)
                found.append((5 - round(4 * share), fails(row["human_majority"]) == 1))
        yield population(labels, " and ".join(chosen), found)


def second_wins(verdict: str) -> float:
    """The first answer failed; a tie is half of it."""
    return {"1": 0.0, "tie": 0.5, "2": 1.0}[verdict]


def is_tie(verdict: str) -> float:
    """Nobody could say which answer is better."""
    return float(verdict == "tie")


class Tally:
    """Coverage and width of one way to estimate."""

    def __init__(self) -> None:
        self.covered, self.width, self.count, self.refused = 0, 0.0, 0, 0

    def add(self, interval: Interval, truth: float) -> None:
        """Hold one interval against the truth; a refusal covers nothing."""
        self.count += 1
        if interval.low is None or interval.high is None:
            self.refused += 1
            return
        self.covered += interval.low <= truth <= interval.high
        self.width += interval.high - interval.low

    @property
    def mean_width(self) -> float:
        """The mean width of the intervals given."""
        return self.width / (self.count - self.refused)

    def __str__(self) -> str:
        return f"{100 * self.covered / self.count:.1f} · {100 * self.mean_width:.1f}"


def sample_mean(found: int, n: int, size: int) -> Interval:
    """Wilson's interval of a plain sample, with the finite correction where our figure has it."""
    if n < GRADED_REVIEWS:
        return wilson_interval(found, n)
    effective = round(n / (1 - n / size))
    return wilson_interval(found / n * effective, effective)


def measure(people: Population, n: int, reps: int, random: np.random.Generator) -> list[Tally]:
    """The plain sample, the first queue (no labels yet) and the next one (it learned from it)."""
    plain, first, later = Tally(), Tally(), Tally()
    failed = sum(people.failed)
    for found in random.hypergeometric(failed, people.size - failed, n, reps).tolist():
        plain.add(sample_mean(found, n, people.size), people.rate)
    opening = plan(people, PRIOR_FAILURE_RATES, n)
    for found in review(people, opening, reps, random):
        first.add(estimate(people, opening, found), people.rate)
    for found in review(people, opening, HISTORIES, random):
        learned = plan(people, failure_rates(found, opening), n)
        for again in review(people, learned, max(1, reps // HISTORIES), random):
            later.add(estimate(people, learned, again), people.rate)
    return [plain, first, later]


def plan(people: Population, rates: tuple[float, ...] | list[float], n: int) -> list[int]:
    """The queue's n reviews by grade."""
    return daily_allocation(people.sizes, [WEEK * size for size in people.sizes], rates, n)


def review(
    people: Population, reviews: list[int], reps: int, random: np.random.Generator
) -> list[list[int]]:
    """Failures found by grade, drawn `reps` times."""
    well = np.subtract(people.sizes, people.failed)
    found: list[list[int]] = random.hypergeometric(people.failed, well, reviews, (reps, 5)).tolist()
    return found


def estimate(people: Population, reviews: list[int], found: list[int]) -> Interval:
    """The shipped interval, from one day of reviews."""
    rows = zip(GRADES, people.sizes, reviews, found, strict=True)
    return failure_rate_interval([Cell(FIRST_DAY, *row) for row in rows])


def line(people: Population, n: int, tallies: list[Tally]) -> str:
    """A row of the table; what is saved stands beside the two queues."""
    parts = [people.labels, people.judge, people.size, f"{people.rate:.1%}"]
    parts += [f"{people.r_squared:.2f}", f"{people.judge_alone:.1%}", n, tallies[0]]
    for tally in tallies[1:]:
        saved = 1 - (tally.mean_width / tallies[0].mean_width) ** 2
        parts.append(f"{tally} · {100 * saved:.0f} %".replace("-", "−"))
    return f"| {' | '.join(map(str, parts))} |"


def main() -> int:
    """Read the command line, draw, print the table; exits 2 without the data."""
    parser = argparse.ArgumentParser(prog="./run bench judge_human", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the labels are")
    parser.add_argument("--reps", type=int, default=10_000, help="draws of each population")
    options = parser.parse_args()
    if not (options.folder / "pandalm.jsonl.gz").is_file():
        print(f"{options.folder} holds no pandalm.jsonl.gz", file=sys.stderr)
        return 2
    chats = read(options.folder / "tau2_retail_llm_judge.jsonl.gz")
    answers = read(options.folder / "pandalm.jsonl.gz")
    random = np.random.default_rng(SEED)
    populations = [
        *((one, (30, 60)) for one in retail(chats)),
        *((one, (30, 100, 210)) for one in pairs(answers, "second wins", second_wins)),
        *((one, (30, 100, 210)) for one in pairs(answers, "tie", is_tie)),
    ]
    print(f"{options.reps} draws. The last three columns: coverage in % · width in points")
    columns = [name.replace("_", " ") for name in COLUMNS.split()]
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|")
    for people, sizes in populations:
        for n in sizes:
            print(line(people, n, measure(people, n, options.reps, random)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
