"""New questions: what customers asked in a week that no case covers, grouped and ranked.

A discovery is a row of work: asked for by a person or by the weekly schedule, worked by whoever
claims it, shown with its progress, cancelled by a conditional UPDATE. Method: docs/discovery.md.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, InterfaceError, OperationalError, transaction

from accounts.models import User
from context.models import Agent
from llm.calls import BudgetExhausted, ModelError, ModelUnavailable, UnknownPrice
from llm.claims import claim, end_with_error, new_worker, put_back
from llm.client import is_local
from llm.prices import embedding_estimate, estimate
from llm.states import WorkState
from testing.models import Case, ClusterMember, Discovery, QuestionCluster
from testing.questions.asked import conversations_of
from testing.questions.drafting import LONGEST_QUESTION
from testing.questions.naming import MOST_NAMED, QUESTIONS_SHOWN, name_call
from testing.questions.search import LEASE, OnProgress, Search, Stopped
from testing.refusals import Refused

WEEK = timedelta(days=7)
WAIT = timedelta(minutes=2)


def last_whole_week(agent: Agent, now: datetime) -> date:
    """The Monday of the last week that has ended where the workspace is."""
    today = agent.local_date(now)
    return today - timedelta(days=today.weekday()) - WEEK


def estimate_discovery(agent: Agent, monday: date) -> Decimal:
    """Dollars a discovery costs at most: every text at full length, as many names as are asked
    for. Raises UnknownPrice.
    """
    if is_local():
        return Decimal(0)
    texts = (
        conversations_of(agent, monday).count()
        + Case.objects.filter(suite__agent=agent).count()
        + ClusterMember.objects.filter(cluster__agent=agent).count()
    )
    longest = "x" * LONGEST_QUESTION
    return texts * embedding_estimate([longest]) + MOST_NAMED * estimate(
        name_call([longest] * QUESTIONS_SHOWN)
    )


def start_discovery(agent: Agent, monday: date, at: datetime, by: User | None = None) -> Discovery:
    """Write the row of a discovery; the one under way when there is one for that week.

    Raises Refused (a week that has not ended, another week's under way), UnknownPrice, and
    BudgetExhausted when the estimate is over the agent's cap for a run.
    """
    if monday + WEEK > agent.local_date(at):
        raise Refused(f"Week {monday:%G-W%V} has not ended; its questions are counted once it has.")
    price, cap = estimate_discovery(agent, monday), agent.run_budget_usd
    if price > cap:
        raise BudgetExhausted(f"This may cost ${price:.2f}; the cap for a run is ${cap:.2f}.")
    try:
        with transaction.atomic():
            return Discovery.objects.create(
                agent=agent, week=monday, estimated_usd=price, created_by=by, created_at=at
            )
    except IntegrityError:
        standing = Discovery.objects.open().filter(agent=agent).first()
        if standing is None or standing.week != monday:
            raise Refused("New questions of another week are being looked for; wait.") from None
        return standing


def discover(
    agent: Agent, monday: date, now: datetime, on_progress: OnProgress | None = None
) -> list[QuestionCluster]:
    """Find the new questions of the week that begins on `monday`, at once; largest loss first.

    Returns the open clusters of that week. Doing it again changes nothing but what has changed.
    Raises what `start_discovery` raises, and ModelError when the questions could not be compared.
    """
    row = start_discovery(agent, monday, now)
    work_discoveries(lambda: now, row, on_progress)
    row.refresh_from_db()
    if row.state != WorkState.DONE:
        raise ModelError(row.error or "another worker is at it")
    return list(
        agent.question_clusters.open().filter(week=monday).order_by("-rank", "-volume", "name")
    )


def discovered(agent: Agent, monday: date, now: datetime) -> bool:
    """Whether the new questions of a week were looked for; starts it, for the schedule's workers.

    A search that failed or was stopped is not begun again by itself: its page says why.
    """
    last = agent.discoveries.filter(week=monday).first()
    if last is not None:
        return not last.is_open
    try:
        start_discovery(agent, monday, now)
    except Refused:
        return False
    except (BudgetExhausted, UnknownPrice) as forbidden:
        Discovery.objects.create(
            agent=agent,
            week=monday,
            state=WorkState.SKIPPED,
            error=str(forbidden),
            created_at=now,
            finished_at=now,
        )
    return False


def work_discoveries(
    now_fn: Callable[[], datetime],
    only: Discovery | None = None,
    on_progress: OnProgress | None = None,
) -> None:
    """Work the discoveries that wait, or only one, each by one worker at a time."""
    rows = Discovery.objects.select_related("agent__workspace").order_by("pk")
    free = rows if only is None else rows.filter(pk=only.pk)
    worker = new_worker()
    while claimed := claim(free, now=now_fn(), lease=LEASE, limit=1, worker=worker):
        _work(Search(claimed[0], worker, now_fn, on_progress))


def _work(search: Search) -> None:
    """Search, and write on the row what came in the way."""
    row, worker, now = search.row, search.worker, search.now_fn()
    try:
        search.run()
    except Stopped:
        return
    except (OperationalError, InterfaceError):
        raise
    except ModelUnavailable as error:
        put_back(worker, row, str(error), now + WAIT)
    except (BudgetExhausted, UnknownPrice) as forbidden:
        _end(search, WorkState.SKIPPED, str(forbidden))
    except ModelError as error:
        _end(search, WorkState.FAILED, str(error))
    except Exception as error:
        _end(search, WorkState.FAILED, f"{type(error).__name__}: {error}")
        raise


def _end(search: Search, state: WorkState, error: str) -> None:
    end_with_error(search.worker, search.row, state, error)
    ended = Discovery.objects.filter(pk=search.row.pk, state=state, finished_at=None)
    ended.update(finished_at=search.now_fn())
