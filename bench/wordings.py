"""How many texts that mean the same are found by word stems, as proposals are, and by vectors.

On public labelled questions: two of one intent are alike. Stems are compared as the product does
(`context.proposals.proposing`); vectors get the cosine at which they are as precise as that, and
the same rule of numbers and negation. Questions are no facts: this orders the methods, no more.
"""

import argparse
import os
import random
import sys
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import django
import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
MOST = 2_000
Scores = NDArray[np.float64]
HEAD = "| set | questions | pairs alike | {} |\n|---|--:|--:|{}"
COLUMNS = ("stems: precision", "recall", "n-grams: recall", "from cosine")


@dataclass(frozen=True)
class Pairs:
    """Every pair of some texts: whether they are alike, and how like each method calls them."""

    alike: NDArray[np.bool_]
    stems: Scores
    grams: Scores
    model: Scores

    def found(self, scores: Scores, least: float) -> tuple[float, float]:
        """Precision and recall of the pairs from a score on."""
        called = scores >= least
        right = float((called & self.alike).sum())
        return right / max(1, called.sum()), right / self.alike.sum()

    def as_precise(self, scores: Scores, precision: float) -> tuple[float, float]:
        """The recall and the lowest score from which on the pairs are as precise as that."""
        order = np.argsort(-scores, kind="stable")
        right = np.cumsum(self.alike[order])
        precise = np.flatnonzero(right / np.arange(1, len(order) + 1) >= precision)
        if not len(precise):
            return 0.0, 1.0
        return right[precise[-1]] / self.alike.sum(), float(scores[order[precise[-1]]])


def main() -> int:
    """Read the command line, measure, print the table; the exit code."""
    parser = argparse.ArgumentParser(prog="./run bench wordings", description=__doc__)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--most", type=int, default=MOST, help="questions of a set, drawn")
    options = parser.parse_args()
    folder = options.shared / "questions"
    if not (folder / "banking77.jsonl.gz").is_file():
        print(f"{folder} holds no banking77.jsonl.gz: nothing was measured.")
        return 0
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agentops.settings")
    django.setup()
    from django.conf import settings

    from bench.discovery.data import all_sets
    from context.proposals.proposing import NEAR_DUPLICATE

    columns = [*COLUMNS, f"{settings.EMBEDDING_MODEL}: recall", "from cosine"]
    print(HEAD.format(" | ".join(columns), "--:|" * len(columns)))
    for name, rows in all_sets(folder).items():
        drawn = random.Random(0).sample(rows, min(options.most, len(rows)))
        pairs, kept = compare(drawn)
        precision, recall = pairs.found(pairs.stems, NEAR_DUPLICATE)
        cells = [name, f"{kept:,}", f"{pairs.alike.sum():,}", f"{precision:.2f}", f"{recall:.1%}"]
        for scores in (pairs.grams, pairs.model):
            share, least = pairs.as_precise(scores, precision)
            cells += [f"{share:.1%}", f"{least:.2f}"]
        print(f"| {' | '.join(cells)} |", flush=True)
    return 0


def compare(rows: list[tuple[str, str]]) -> tuple[Pairs, int]:
    """All pairs of labelled questions that differ in their stems, and how many questions these are.

    The same stems are one proposal without any comparison.
    """
    from context.proposals.proposing import gist
    from llm.client import embed
    from testing.questions.vectors import tfidf_vectors

    once = {gist(text, "en"): (text, label) for text, label in rows}
    gists = list(once)
    texts, labels = zip(*once.values(), strict=True)
    comparable = [a[1:] == b[1:] for a, b in combinations(gists, 2)]
    stems = [
        len(a.words & b.words) / max(1, len(a.words | b.words)) for a, b in combinations(gists, 2)
    ]
    alike = np.array([a == b for a, b in combinations(labels, 2)])
    upper = np.triu_indices(len(texts), 1)

    def scores(vectors: NDArray[np.float32]) -> Scores:
        return np.where(comparable, (vectors @ vectors.T)[upper], -1.0)

    by_stems = np.where(comparable, stems, -1.0)
    return Pairs(alike, by_stems, scores(tfidf_vectors(texts)), scores(embed(texts))), len(texts)


if __name__ == "__main__":
    sys.exit(main())
