"""The cases of a suite as a list: what is asked for, and how each did in the last runs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast

from accounts.models import User
from testing.models import Case, Result, Suite

RUNS_SHOWN = 5
SORTS = {
    "newest": ("Newest first", ("-id",)),
    "oldest": ("Oldest first", ("id",)),
    "question": ("By question", ("question", "id")),
    "topic": ("By topic", ("topic", "id")),
}
MARKS = {
    "critical": "critical",
    "flaky": "marked flaky",
    "looks_flaky": "looks flaky",
    "failed": "failed last time",
    "never": "never run",
}
FILTERS = ("q", "status", "kind", "tag", "topic", "owner", "mark", "sort")
NOBODY = "-"
TAGS = Cast("tags", TextField())


@dataclass(frozen=True)
class Score:
    """How often a case passed on the release of one run."""

    run: int
    passed: int
    total: int


@dataclass
class Record:
    """The last runs of a case, newest first; it looks flaky where one release passed and failed."""

    scores: list[Score] = field(default_factory=list)
    looks_flaky: bool = False

    @property
    def last(self) -> Score | None:
        """The newest run that graded it."""
        return self.scores[0] if self.scores else None


def asked_of(given: Mapping[str, str]) -> dict[str, str]:
    """The filters of a query string; what we do not know asks for everything."""
    asked = {name: given.get(name, "").strip().replace("\0", "") for name in FILTERS}
    asked["sort"] = asked["sort"] if asked["sort"] in SORTS else "newest"
    asked["kind"] = asked["kind"] if asked["kind"] in Case.Kind.values else ""
    asked["mark"] = asked["mark"] if asked["mark"] in MARKS else ""
    return asked


def recent_runs(suite: Suite) -> list[int]:
    """The last runs of a suite."""
    return list(suite.runs.order_by("-id").values_list("pk", flat=True)[:RUNS_SHOWN])


def matching(suite: Suite, asked: Mapping[str, str], user: User | None) -> QuerySet[Case]:
    """The cases of a suite that a list with these filters goes through, page by page."""
    cases = suite.cases.filter(status=asked["status"])
    tagged = tags_of(cases).get(asked["tag"], [])
    return filtered(cases, asked, user, tagged, recent_runs(suite)).order_by("id")


def filtered(
    cases: QuerySet[Case],
    asked: Mapping[str, str],
    user: User | None,
    tagged: Iterable[str],
    runs: list[int],
) -> QuerySet[Case]:
    """The cases asked for; `tagged` are the lists with the tag, as stored, `runs` the last runs."""
    if asked["q"]:
        words = asked["q"]
        cases = cases.filter(Q(question__icontains=words) | Q(key__icontains=words))
    if asked["tag"]:
        cases = cases.alias(stored=TAGS).filter(stored__in=list(tagged))
    if asked["kind"]:
        cases = cases.filter(kind=asked["kind"])
    if asked["topic"]:
        cases = cases.filter(topic=asked["topic"])
    if asked["owner"] == NOBODY:
        cases = cases.filter(owner=None)
    elif asked["owner"] == "me":
        cases = cases.filter(owner=user)
    elif asked["owner"]:
        cases = cases.filter(owner__username=asked["owner"])
    return _marked(cases, asked["mark"], runs)


def _marked(cases: QuerySet[Case], mark: str, runs: list[int]) -> QuerySet[Case]:
    graded = Result.objects.filter(case=OuterRef("pk"), passed__isnull=False)
    match mark:
        case "critical":
            return cases.filter(critical=True)
        case "flaky":
            return cases.exclude(flaky_reason="")
        case "looks_flaky":
            return cases.filter(pk__in=looking_flaky(runs))
        case "never":
            return cases.filter(~Exists(graded))
        case "failed":
            newest = graded.filter(run__in=runs, release=F("run__release")).order_by("-run")
            failed = graded.filter(run=OuterRef("newest"), passed=False, release=F("run__release"))
            return cases.alias(newest=Subquery(newest.values("run")[:1])).filter(Exists(failed))
    return cases


def looking_flaky(runs: list[int]) -> QuerySet[Result, int]:
    """The ids of cases of which graded trials of one release disagree in these runs."""
    results = Result.objects.filter(run__in=runs, passed__isnull=False).order_by()
    counted = results.values("case", "release").annotate(
        passes=Count("pk", Q(passed=True)), trials=Count("pk")
    )
    mixed = counted.filter(passes__gt=0, passes__lt=F("trials"))
    return mixed.values_list("case", flat=True)


def records(cases: Iterable[Case], runs: list[int]) -> dict[int, Record]:
    """How each case did in these runs, by its id: one query for all of them."""
    rows = (
        Result.objects.filter(case__in=[c.pk for c in cases], run__in=runs, passed__isnull=False)
        .order_by()
        .values("case", "run", "release", "run__release")
        .annotate(passes=Count("pk", Q(passed=True)), trials=Count("pk"))
    )
    found: dict[int, Record] = {}
    by_release: dict[tuple[int, int], tuple[int, int]] = {}
    for row in sorted(rows, key=lambda row: -row["run"]):
        record = found.setdefault(row["case"], Record())
        if row["release"] == row["run__release"]:
            record.scores.append(Score(row["run"], row["passes"], row["trials"]))
        passes, trials = by_release.get((row["case"], row["release"]), (0, 0))
        passes, trials = passes + row["passes"], trials + row["trials"]
        by_release[row["case"], row["release"]] = passes, trials
        record.looks_flaky |= 0 < passes < trials
    return found


def tags_of(cases: QuerySet[Case]) -> dict[str, list[str]]:
    """Every tag, in alphabetical order, with the lists of tags it stands in, as stored.

    Few lists are met again and again, so they are told apart by the database; none of both looks
    into a list of JSON as the other does.
    """
    stored = cases.exclude(tags=[]).order_by().annotate(stored=TAGS).values_list("stored", "tags")
    found: dict[str, list[str]] = {}
    for text, tags in stored.distinct():
        for tag in dict.fromkeys(tags):
            found.setdefault(tag, []).append(text)
    return dict(sorted(found.items()))
