"""Which trials of a run a REST client asks for."""

from collections.abc import Mapping

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter

from accounts.problems import Problem
from llm.states import WorkState
from testing.comparing.comparison import compare
from testing.models import Result, Run
from testing.runs.page import FILTERS, filtered

SHOWN = [name for name in FILTERS if name != "all"]
PASSED = {"true": True, "false": False, "none": None}
PARAMETERS = [
    OpenApiParameter("show", str, enum=SHOWN, description="Trials of the cases of this kind."),
    OpenApiParameter("passed", str, enum=list(PASSED), description="`none`: not graded."),
    OpenApiParameter("state", str, enum=list(WorkState.values)),
    OpenApiParameter("release", int, description="Number of the release or of the baseline."),
    OpenApiParameter("key", str, description="Key of the case."),
]


def asked_results(run: Run, asked: Mapping[str, str]) -> QuerySet[Result]:
    """The trials that the query asks for; a 422 problem names the parameter that cannot be."""
    rows = run.results.all()
    if show := one_of("show", asked, SHOWN):
        rows = rows.filter(case__in=[row.case.pk for row in filtered(compare(run), show)])
    if passed := one_of("passed", asked, list(PASSED)):
        value = PASSED[passed]
        rows = rows.filter(passed__isnull=True) if value is None else rows.filter(passed=value)
    if state := one_of("state", asked, list(WorkState.values)):
        rows = rows.filter(state=state)
    known = [str(side.number) for side in (run.release, run.baseline) if side]
    if number := one_of("release", asked, known):
        rows = rows.filter(release__number=int(number))
    return rows.filter(case__key=asked["key"]) if asked.get("key") else rows


def one_of(name: str, asked: Mapping[str, str], values: list[str]) -> str:
    """The value of a parameter, empty when it is not given; a 422 problem for any other."""
    given = asked.get(name, "")
    if given and given not in values:
        fault = {"field": name, "message": f"one of {', '.join(values)}"}
        raise Problem(422, "invalid", f"{name} cannot be {given!r}.", [fault])
    return given
