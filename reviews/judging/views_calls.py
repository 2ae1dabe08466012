"""Pages of the judge's call log: a search over what was asked, and one call in full."""

import json
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import Role
from accounts.pagination import neighbours, page
from context.access import agent_page
from context.models import Agent
from llm.sections import read_sections, without_sections
from reviews.desk.blind import held_blind, is_deciding
from reviews.desk.views import reviewer_of
from reviews.desk.views_reviews import day_of
from reviews.judging.calls import calls_of
from reviews.models import JudgeCall

SHOWN = timedelta(days=6)
WITH = ("review__conversation", "review__judge")


@agent_page(Role.MANAGER)
@require_GET
def calls(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The calls of some days, newest first, by words in them; without what one is judging blind."""
    today = agent.local_date(timezone.now())
    first, last = day_of(request, "from", today - SHOWN), day_of(request, "to", today)
    words, failed = request.GET.get("q", "").strip(), request.GET.get("show") == "failed"
    rows = calls_of(agent, first, last, words=words.replace("\x00", ""), failed=failed)
    rows = rows.exclude(review__conversation__in=held_blind(agent, reviewer_of(request).pk))
    found = page(request, rows.select_related(*WITH).defer("material"), ("-answered_at", "-id"))
    values = {
        "agent": agent,
        "calls": found.rows,
        "first": first,
        "last": last,
        "words": words,
        "failed": failed,
    }
    return render(request, "reviews/calls.html", values | neighbours(request, found))


@agent_page(Role.MANAGER)
@require_GET
def call(request: HttpRequest, agent: Agent, key: int) -> HttpResponse:
    """One call: what was sent, section by section, and what came back."""
    rows = JudgeCall.objects.filter(review__scorecard__agent=agent)
    found = get_object_or_404(rows.select_related(*WITH, "rubric", "given"), pk=key)
    values: dict[str, Any] = {"agent": agent, "call": found}
    if not is_deciding(reviewer_of(request).pk, found.review.conversation_id):
        values |= {
            "instructions": without_sections(found.rubric.text).strip(),
            "sections": sections_of(found),
            "answer": indented(found.answer),
        }
    return render(request, "reviews/call.html", values)


def sections_of(found: JudgeCall) -> list[tuple[str, str]]:
    """The data that went with the instructions, each as readable JSON."""
    texts = (found.rubric.text, found.given.text, found.material)
    return [
        (name.replace("_", " "), json.dumps(data, indent=2, ensure_ascii=False))
        for text in texts
        for name, data in read_sections(text).items()
    ]


def indented(answer: str) -> str:
    """The answer as readable JSON, or as it came where it is none."""
    try:
        return json.dumps(json.loads(answer), indent=2, ensure_ascii=False)
    except ValueError:
        return answer
