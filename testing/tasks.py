"""Celery's way in: a message wakes a worker, the rows say what is to be done."""

from functools import partial

from celery import Task, shared_task
from django.db import transaction
from django.utils import timezone

from llm.claims import has_free
from llm.spreading import TASK_TIME, wake_another_once
from testing.comparing.regrading import open_grades
from testing.comparing.regrading import work_regrades as regrade_work
from testing.context_suite.work import work_context_test, work_context_tests
from testing.models import ContextTest, Regrade, Run
from testing.questions.discovery import work_discoveries
from testing.runs.runner import open_trials
from testing.runs.runner import work_results as work


@shared_task(bind=True, name="testing.work_results")
def work_results(task: Task, run_id: int | None = None) -> None:
    """Work the open trials of one run, or of all running ones; others are woken to help. What is
    left when the task's time is over is taken up by the next.
    """
    run = None if run_id is None else Run.objects.filter(pk=run_id).first()
    if run is None and run_id is not None:
        return
    rows, wake = open_trials(run), partial(work_results.delay, run_id)
    until = timezone.now() + TASK_TIME
    work(run, timezone.now, on_work=wake_another_once(task, rows, wake), until=until)
    if timezone.now() >= until and has_free(rows, timezone.now()):
        wake()


@shared_task(bind=True, name="testing.work_regrades")
def work_regrades(task: Task, regrade_id: int | None = None) -> None:
    """Ask for the grades of one re-grading again, or of all under way."""
    regrade = None if regrade_id is None else Regrade.objects.filter(pk=regrade_id).first()
    if regrade is None and regrade_id is not None:
        return
    wake = partial(work_regrades.delay, regrade_id)
    regrade_work(regrade, timezone.now, on_work=wake_another_once(task, open_grades(regrade), wake))


@shared_task(name="testing.work_context")
def work_context(test_id: int | None = None) -> None:
    """Search, draft and judge for one context test, or for all that are not finished."""
    if test_id is None:
        work_context_tests(timezone.now)
    elif test := ContextTest.objects.filter(pk=test_id).first():
        work_context_test(test, timezone.now)


@shared_task(name="testing.find_questions")
def find_questions() -> None:
    """Look for the new questions that somebody, or the schedule, asked for."""
    work_discoveries(timezone.now)


def wake_discoverers() -> None:
    """Have discoveries worked, once their rows are committed."""
    transaction.on_commit(find_questions.delay)


def wake_context_workers(test: ContextTest) -> None:
    """Have the rows of a context test worked, once they are committed."""
    transaction.on_commit(partial(work_context.delay, test.pk))


def wake_regrade_workers(regrade: Regrade) -> None:
    """Have the grades of a re-grading asked for, once their rows are committed."""
    transaction.on_commit(partial(work_regrades.delay, regrade.pk))


def wake_workers(run: Run) -> None:
    """Have the open trials of a run worked, once its rows are committed."""
    transaction.on_commit(partial(work_results.delay, run.pk))
