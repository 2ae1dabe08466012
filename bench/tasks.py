"""The 115 retail tasks of tau-bench as a suite: how they end, and what they cost in calls.

An agent with tau's policy as its prompt and its tools, a simulated customer, recorded results of
the tools: in an installation of its own, through commands and REST. Without OPENAI_API_KEY the
local stand-in plays agent, customer and grader; its pass rate says nothing but that the suite runs.
Exits 1 if a trial has no end, or if anything crashed.
"""

import argparse
import gzip
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from bench.load.table import Table
from bench.real.installation import ROOT, Client, Failed, Installation, Json
from bench.real.report import stopwatch

SETTINGS = Path(__file__).parent / "retail" / "settings.toml"
TASKS = "tasks/tau1_retail_tasks.jsonl.gz"
RECORDS = "tasks/tau1_retail_backoffice.jsonl.gz"
CONVERSATIONS = "conversations/tau_retail.jsonl.gz"
POLICY = "policies/tau1_retail_policy.md"
STAND_IN = " (the local stand-in: no measure of quality)"
OF_THESE_TASKS = '"external_id":"tau1-'  # the file holds attempts at another set, too


def main() -> int:
    """Read the command line, run the suite, print the table; the exit code."""
    parser = argparse.ArgumentParser(prog="./run bench tasks", description=__doc__)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--trials", type=int, default=1, help="times each task is worked")
    parser.add_argument("--dollars", type=int, default=100, help="what the run may cost at most")
    parser.add_argument("--keep", type=Path, help="data folder that stays; it must be new")
    options = parser.parse_args()
    if not (options.shared / TASKS).is_file():
        print(f"{options.shared} holds no {TASKS}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="agentops-tasks-") as folder:
        place = options.keep.resolve() if options.keep else Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        try:
            return measure(Installation(place), options.shared, options)
        except Failed as failure:
            print(failure, file=sys.stderr)
            return 1


def measure(installation: Installation, shared: Path, options: argparse.Namespace) -> int:
    """Prepare, run, and show; 1 if anything was lost."""
    installation.manage("migrate", "--noinput")
    made = installation.answer_of("create_agent", "shop", "retail", "--admin", "ada")
    raise_caps(installation, options.dollars)
    release = push(installation, shared)
    left_out = bring(installation, shared)
    with installation.serving() as url:
        client = Client(url, str(made["key"]), "retail")
        suite = next(row for row in client.rows("suites/") if row["slug"] == "regression")
        with stopwatch() as seconds:
            asked = {"release": release, "trials": options.trials}
            run = client.post(f"suites/{suite['id']}/runs/", asked)
        run = client.get(f"runs/{run['id']}/")
        results = list(client.rows(f"runs/{run['id']}/results/"))
    show(run, results, left_out, seconds[0])
    lost = [result for result in results if result["state"] in ("pending", "working")]
    print(f"\n{len(lost)} trials without an end, {installation.tracebacks()} crashes")
    return 1 if lost or installation.tracebacks() or not results else 0


def raise_caps(installation: Installation, dollars: int) -> None:
    """Allow the run to cost this much: what is shown before a run is the longest it can become."""
    code = (
        "from context.models import Agent; "
        f"Agent.objects.update(run_budget_usd={dollars}, daily_budget_usd={dollars})"
    )
    installation.manage("shell", "-c", code)


def push(installation: Installation, shared: Path) -> int:
    """The release: tau's policy as prompt, the tools in its settings; its number."""
    folder = installation.folder / "release"
    folder.mkdir()
    shutil.copy(shared / POLICY, folder / "prompt.md")
    shutil.copy(SETTINGS, folder)
    answer = installation.answer_of("push", str(folder), "--agent", "retail", "--submit")
    return int(answer["number"])


def bring(installation: Installation, shared: Path) -> int:
    """The tasks as approved cases; how many of them expect a call that nobody recorded."""
    chats = installation.folder / "conversations.jsonl"
    with gzip.open(shared / CONVERSATIONS, "rt") as lines:
        chats.write_text("".join(line for line in lines if OF_THESE_TASKS in line))
    brought = installation.answer_of(
        *("import_cases", str(shared / TASKS), "--agent", "retail", "--suite", "regression"),
        *("--format", "tau", "--approve", "--conversations", str(chats)),
        *("--records", str(shared / RECORDS)),
    )
    return sum(bool(row["left_out"]) for row in brought["data"])


def show(run: Json, results: list[Json], left_out: int, seconds: float) -> None:
    """The table of what came of the trials."""
    steps = [step for result in results for step in result["steps"]]
    kinds = Counter(step["kind"] for step in steps)
    grades = sum(bool(result["grade_model"]) for result in results)
    verdicts = Counter(
        {True: "passed", False: "failed", None: "ungraded"}[result["passed"]] for result in results
    )
    endings = Counter(result["ending"] for result in results)
    outside = sum(result["calls_outside"] > 0 for result in results)
    models = {step["model"] for step in steps}
    table = Table("What", "Count")
    table.add("models", ", ".join(sorted(models)) + (STAND_IN if "local-1" in models else ""))
    table.add("tasks, trials", f"{len({result['key'] for result in results})}, {len(results)}")
    table.add("tasks that expect a call nobody recorded", str(left_out))
    table.add("verdicts", in_words(verdicts))
    table.add("endings", in_words(endings))
    table.add("trials with a call outside the recording", str(outside))
    table.add(
        "answers, uses of tools, customer's messages, grades",
        (f"{kinds['answer']}, {kinds['tools']}, {kinds['customer']}, {grades}"),
    )
    table.add(
        "seconds, cost, estimate before",
        (f"{seconds:.1f}, ${run['spent_usd']:.2f}, ${run['estimated_usd']:.2f}"),
    )
    table.close(sys.argv)


def in_words(counts: Counter[str]) -> str:
    """Counts with their names, the largest first."""
    return ", ".join(f"{count} {name}" for name, count in counts.most_common())


if __name__ == "__main__":
    sys.exit(main())
