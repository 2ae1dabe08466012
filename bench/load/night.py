"""A night of reviews: planned, and what there is to ask about it."""

from datetime import date

from bench.load.chats import write_chats
from bench.load.labour import Kind
from bench.load.site import Site
from bench.real.installation import Failed

PLAN = """
from datetime import date
from django.utils import timezone
from context.models import Agent
from reviews.judging.planning import plan_reviews
print(plan_reviews(Agent.objects.get(slug="{agent}"), date.fromisoformat("{day}"), timezone.now()))
"""
WARM = """
from context.models import Agent
from reviews.tasks import work_reviews
for _ in range(8):
    work_reviews.delay(Agent.objects.get(slug="idle").pk)
"""
FIRST = """
SELECT extract(epoch FROM min(r.finished_at)) FROM reviews_review r
JOIN context_agent a ON a.id = (SELECT agent_id FROM reviews_scorecard WHERE id = r.scorecard_id)
WHERE a.slug = %s
"""
OUTCOMES = """
SELECT c.external_id, r.state, r.passed, r.grade, r.score, r.severity, count(x.id)
FROM reviews_review r JOIN conversations_conversation c ON c.id = r.conversation_id
JOIN context_agent a ON a.id = c.agent_id
LEFT JOIN reviews_criterionresult x ON x.review_id = r.id
WHERE a.slug = %s GROUP BY c.external_id, r.id
"""
STORED = """
SELECT r.id, r.finished_at::text
FROM reviews_review r JOIN conversations_conversation c ON c.id = r.conversation_id
JOIN context_agent a ON a.id = c.agent_id
WHERE a.slug = %s AND r.state = 'done'
"""
REVIEWS = Kind(
    noun="review",
    calls=1,
    open_rows="SELECT count(*) FROM reviews_review WHERE state IN ('pending', 'working')",
    first=FIRST,
    outcomes=OUTCOMES,
    stored=STORED,
    warm=WARM,
    wake="work_reviews.delay()",
)


def plan(site: Site, agent: str, items: int, day: date) -> None:
    """An agent with its chats and a pending review of each."""
    file = site.folder / f"{agent}.jsonl"
    write_chats(file, items, day)
    site.manage("ingest", str(file), "--agent", agent, "--json")
    planned = int(site.shell(PLAN.format(agent=agent, day=day)).strip().splitlines()[-1])
    if planned != items:
        raise Failed(f"{planned} reviews were planned of {items} chats")
