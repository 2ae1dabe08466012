"""Pages on how far the judge can be trusted: agreement with people, and where they differ."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.models import Role
from context.access import agent_page
from context.models import Agent
from context.releases.standing import judge_standing
from reviews.agreement.figures import PERIOD
from reviews.agreement.figures import agreement as agreement_of
from reviews.desk.views_reviews import day_asked, last_day
from reviews.judging.versions import judge_in_use
from reviews.models import JudgeVersion
from stats.krippendorff import LEAST_ALPHA

WEEKS = (4, 13, 26, 52)
MOST_DIGITS = 9  # of a number in an address that can be the key of something


@dataclass(frozen=True)
class Scope:
    """What an agreement page is about: a period that ends on a day, and a version of the judge."""

    weeks: int
    day: date
    judge: JudgeVersion | None
    current: JudgeVersion | None

    @property
    def first_day(self) -> date:
        """The first day of the period."""
        return self.day - timedelta(weeks=self.weeks) + timedelta(days=1)

    @property
    def is_current(self) -> bool:
        """Whether it is about the judge as it is now."""
        return self.judge is not None and self.judge == self.current

    @property
    def query(self) -> str:
        """The same period and version on another page."""
        number = self.judge.number if self.judge else ""
        return urlencode({"weeks": self.weeks, "day": self.day.isoformat(), "judge": number})


def number_of(request: HttpRequest, name: str) -> int | None:
    """A whole number of the query; None when it is not given, 404 for anything else."""
    given = request.GET.get(name, "")
    if not given:
        return None
    if not given.isdecimal() or len(given) > MOST_DIGITS:
        raise Http404
    return int(given)


def scope_of(request: HttpRequest, agent: Agent) -> Scope:
    """`?weeks=`, `?day=` and `?judge=`: else 13 weeks to the newest day, and the judge as it is now
    (or the newest version, where a changed judge has not been used yet).
    """
    weeks = number_of(request, "weeks") or PERIOD.days // 7
    if weeks not in WEEKS:
        raise Http404
    current = judge_in_use(agent)
    number = number_of(request, "judge")
    if number is None:
        judge = current or agent.judge_versions.first()
    else:
        judge = get_object_or_404(JudgeVersion, agent=agent, number=number)
    return Scope(weeks, day_asked(request, last_day(agent)), judge, current)


@agent_page(Role.VIEWER)
@require_GET
def agreement(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The judge against people: the overall verdict, then criterion by criterion."""
    scope = scope_of(request, agent)
    values: dict[str, Any] = {
        "agent": agent,
        "scope": scope,
        "found": agreement_of(agent, scope.first_day, scope.day, scope.judge),
        "versions": agent.judge_versions.all(),
        "weeks": WEEKS,
        "standing": judge_standing(agent),
        "least_alpha": LEAST_ALPHA,
    }
    return render(request, "reviews/agreement.html", values)
