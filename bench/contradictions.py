"""Contradicting documents: what the search takes, raises, and finds of planted ones.

    ./run bench contradictions [FILE.jsonl.gz] [--show 20]

The file holds articles with id, title and content, one a line; without one, the 698 articles of a
bank's help centre among the shared data. Planted are sentences with one number changed, each in an
article of its own. Fails when fewer than nine of ten planted ones are found, or when twice the
articles take more than three times the time.
"""

import argparse
import gzip
import json
import random
import re
import sys
import time
from pathlib import Path

from context.hygiene.disagreements import Disagreement, disagreements
from context.hygiene.said import reading
from context.proposals.wording import sentences
from context.releases.content import DocumentContent

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "policies"
ARTICLES = SHARED / "tau2_banking_knowledge_documents.jsonl.gz"
PLANTED = 300
LEAST_FOUND = 0.9
MOST_GROWTH = 3.0
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
SEED = 7


def read(file: Path) -> list[DocumentContent]:
    """The articles of a file."""
    with gzip.open(file, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    return [DocumentContent(row["id"], row["title"], row["content"]) for row in rows]


def timed(documents: list[DocumentContent]) -> tuple[list[Disagreement], float]:
    """The suspects, and the seconds of CPU they took."""
    start = time.process_time()
    return disagreements(reading(documents)), time.process_time() - start


def plant(documents: list[DocumentContent]) -> list[tuple[str, DocumentContent]]:
    """Articles that each repeat a sentence of another with one number changed."""
    draw = random.Random(SEED)
    planted = []
    for document in draw.sample(documents, min(PLANTED, len(documents))):
        told = [text for text in sentences(document.body) if NUMBER.search(text)]
        told = [text for text in told if 6 <= len(text.split()) <= 30 and not text.endswith("?")]
        if not told:
            continue
        text = draw.choice(told)
        number = draw.choice(list(NUMBER.finditer(text)))
        other = f"{text[: number.start()]}{draw.randint(202, 297)}{text[number.end() :]}"
        title = f"More on {document.title}"
        planted.append((document.slug, DocumentContent(f"planted-{len(planted)}", title, other)))
    return planted


def main() -> int:
    """Print the table; 1 when a promise is broken."""
    parser = argparse.ArgumentParser(prog="./run bench contradictions")
    parser.add_argument("file", nargs="?", type=Path, default=ARTICLES)
    parser.add_argument("--show", type=int, default=0, help="print so many suspects to read")
    asked = parser.parse_args()
    if not asked.file.exists():
        print(f"{asked.file} is not here: give a file of articles.")
        return 0
    documents = read(asked.file)
    half, half_seconds = timed(documents[: len(documents) // 2])
    found, seconds = timed(documents)
    planted = plant(documents)
    raised, _ = timed([*documents, *(document for _, document in planted)])
    pairs = {frozenset({one.first.slug, one.second.slug}) for one in raised}
    hits = sum(frozenset({slug, document.slug}) in pairs for slug, document in planted)
    print(f"{'articles':>10}{'suspects':>10}{'CPU s':>8}")
    print(f"{len(documents) // 2:>10}{len(half):>10}{half_seconds:>8.2f}")
    print(f"{len(documents):>10}{len(found):>10}{seconds:>8.2f}")
    print(f"planted: {hits} of {len(planted)} found ({hits / max(1, len(planted)):.0%})")
    titles = {document.slug: document.title for document in documents}
    for one in found[: asked.show]:
        print(f"\n{one.kind} {one.strength}")
        for said in (one.first, one.second):
            print(f"  {titles[said.slug]}: {said.text}")
    is_linear = seconds <= MOST_GROWTH * half_seconds
    return 0 if is_linear and hits >= LEAST_FOUND * len(planted) else 1


if __name__ == "__main__":
    sys.exit(main())
