"""The tables of `./run bench questions`, printed as they come."""

from collections.abc import Sequence
from pathlib import Path
from statistics import mean

from bench.discovery.data import all_sets, drawn, halves
from bench.discovery.quality import Scores, average, find_hidden, follow, k_means, ours
from bench.discovery.scale import apart


def head(title: str, *columns: str) -> None:
    """The title and head of a Markdown table."""
    print(f"\n{title}\n\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}", flush=True)


def row(*cells: str) -> None:
    """One row, shown at once."""
    print(f"| {' | '.join(cells)} |", flush=True)


def choices(folder: Path, seeds: int, likenesses: Sequence[float]) -> None:
    """Agreement by cosine, on the intents that the choice may look at."""
    head("Intents to choose on", "set", "cosine", "NMI", "ARI", "intents found", "groups")
    for name, rows in all_sets(folder).items():
        chosen, _ = halves(rows)
        for likeness in likenesses:
            many = [ours(drawn(chosen, seed), likeness)[0] for seed in range(seeds)]
            row(name, f"{likeness:.2f}", *average(many).cells())


def agreement(folder: Path, seeds: int) -> None:
    """Our groups beside k-means, on the other intents."""
    columns = ("set", "questions, intents", "method", "NMI", "ARI", "intents found", "groups")
    head("Groups against labels", *columns)
    for name, rows in all_sets(folder).items():
        _, reported = halves(rows)
        by_method: dict[str, list[Scores]] = {"ours": [], "k-means, told k": []}
        for seed in range(seeds):
            asked = drawn(reported, seed)
            found, vectors = ours(asked)
            by_method["ours"].append(found)
            by_method["k-means, told k"].append(k_means(asked, vectors, seed))
        size = f"{len(drawn(reported, 0))}, {len({intent for _, intent in reported})}"
        for method, many in by_method.items():
            row(name, size, method, *average(many).cells())


def hidden(folder: Path, seeds: int) -> None:
    """What is found of intents that no case asks."""
    columns = ("set", "known by", "questions found", "of those truly new", "hidden intents found")
    head("Half of the intents hidden", *columns)
    for name, rows in all_sets(folder).items():
        _, reported = halves(rows)
        for known, with_clusters in (("3 cases", False), ("3 cases and their cluster", True)):
            many = [find_hidden(drawn(reported, s), s, with_clusters) for s in range(seeds)]
            shares = (
                [one.recall for one in many],
                [one.precision for one in many],
                [one.intents for one in many],
            )
            row(name, known, *(f"{mean(column):.0%}" for column in shares))


def steadiness(folder: Path, seeds: int) -> None:
    """Clusters from one week to the next."""
    columns = ("set", "clusters of 5 and more", "kept next week", "new ones about an old intent")
    head("Two weeks of the same customers", *columns)
    for name, rows in all_sets(folder).items():
        _, reported = halves(rows)
        many = [follow(drawn(reported, seed), seed) for seed in range(seeds)]
        row(
            name,
            f"{mean(one.clusters for one in many):.0f}",
            f"{mean(one.kept for one in many):.0%}",
            f"{mean(one.again for one in many):.1f}",
        )


def scale(folder: Path, sizes: Sequence[int]) -> None:
    """Time and memory by size, each in a process of its own."""
    columns = ("questions", "vectors s", "groups s", "MB", "NMI", "intents found")
    head("All intents of BANKING77 and MultiDoGO", *columns, "whole search s", "its MB")
    for size in sizes:
        parts, end = apart("compare", folder, size), apart("whole", folder, size)
        row(
            f"{size:,}",
            f"{parts['vectors']:.1f}",
            f"{parts['groups']:.1f}",
            f"{parts['mb']:.0f}",
            f"{parts['nmi']:.2f}",
            f"{parts['recall']:.0%}",
            f"{end['whole']:.1f}",
            f"{end['mb']:.0f}",
        )
