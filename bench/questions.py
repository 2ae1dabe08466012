"""New questions: groups against labels, hidden intents, two weeks in a row, 100,000 questions.

On public labelled questions (BANKING77, DSTC11, MultiDoGO). The cosines were chosen on one half of
each set's intents and all but the last table is on the other half; `--choose` shows the choice.
Plain k-means on the same vectors stands beside it, and is told the true number of intents.
"""

import argparse
import os
import sys
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent
SIZES = (1_000, 10_000, 100_000)
CHOICES = (0.1, 0.15, 0.2, 0.25, 0.3)


def main() -> int:
    """Read the command line, measure, print the tables; the exit code."""
    parser = argparse.ArgumentParser(prog="./run bench questions", description=__doc__)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--choose", action="store_true", help="only the cosines to choose from")
    options = parser.parse_args()
    folder = options.shared / "questions"
    if not (folder / "banking77.jsonl.gz").is_file():
        print(f"{folder} holds no banking77.jsonl.gz: nothing was measured.")
        return 0
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agentops.settings")
    django.setup()
    from bench.discovery import tables

    if options.choose:
        tables.choices(folder, options.seeds, CHOICES)
        return 0
    tables.agreement(folder, options.seeds)
    tables.hidden(folder, options.seeds)
    tables.steadiness(folder, options.seeds)
    tables.scale(folder, options.sizes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
