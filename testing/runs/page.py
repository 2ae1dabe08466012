"""What the page of a run shows: which cases of how many, in which order; no answer is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from testing.comparing.cases import CaseComparison
from testing.comparing.comparison import Comparison

CASES_A_PAGE = 25
FILTERS = {
    "all": "All",
    "regressed": "Regressed",
    "fixed": "Fixed",
    "lost": "Lost",
    "flaky": "Flaky",
    "ungraded": "Ungraded",
}
SORTS = {"suite": "as in the suite", "worst": "most lost first", "best": "most gained first"}


@dataclass(frozen=True)
class Listing:
    """The cases of one page of the filter, the search and the order that were asked for."""

    rows: list[CaseComparison]
    show: str
    query: str
    sort: str
    page: int
    pages: int
    found: int

    @property
    def previous(self) -> int | None:
        """The page before."""
        return self.page - 1 if self.page > 1 else None

    @property
    def next(self) -> int | None:
        """The page after."""
        return self.page + 1 if self.page < self.pages else None

    @property
    def next_filter(self) -> str:
        """The filter that comes after this one, round and round."""
        names = list(FILTERS)
        return names[(names.index(self.show) + 1) % len(names)]


def listing(comparison: Comparison, asked: Mapping[str, str]) -> Listing:
    """The page that `?show=&q=&sort=&page=` ask for; what is not known falls back to the first."""
    show = asked.get("show", "all")
    show = show if show in FILTERS else "all"
    sort = asked.get("sort", "suite")
    sort = sort if sort in SORTS else "suite"
    query = asked.get("q", "").strip()
    rows = _sorted(_matching(filtered(comparison, show), query), sort)
    pages = max(1, ceil(len(rows) / CASES_A_PAGE))
    given = asked.get("page", "1")
    page = min(pages, max(1, int(given))) if given.isascii() and given.isdigit() else 1
    first = (page - 1) * CASES_A_PAGE
    return Listing(rows[first : first + CASES_A_PAGE], show, query, sort, page, pages, len(rows))


def filtered(comparison: Comparison, show: str) -> list[CaseComparison]:
    """The cases of a filter, in the order of the suite."""
    return list(comparison.cases if show == "all" else getattr(comparison, show))


def filter_counts(comparison: Comparison) -> list[tuple[str, str, int]]:
    """Name, label and number of cases of each filter."""
    return [(name, label, len(filtered(comparison, name))) for name, label in FILTERS.items()]


def _matching(rows: list[CaseComparison], query: str) -> list[CaseComparison]:
    """The cases whose question, key or topic holds every word of the query."""
    words = query.casefold().split()
    if not words:
        return rows
    return [row for row in rows if all(word in _text(row) for word in words)]


def _text(row: CaseComparison) -> str:
    return f"{row.case.question} {row.case.key} {row.case.topic}".casefold()


def _sorted(rows: list[CaseComparison], sort: str) -> list[CaseComparison]:
    """By the difference of the two releases; cases that are alike stay in the suite's order."""
    if sort == "suite":
        return rows
    return sorted(rows, key=lambda row: row.difference, reverse=sort == "best")
