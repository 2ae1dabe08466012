"""An agent with as many conversations as a large shop has in two years, and the counts of them.

The conversations are written by one statement, the counts by the product's own counting.
"""

import json
import time
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import ApiKey, Member, Role, Scope, User, Workspace
from context.editing.drafts import create_draft
from context.models import Agent, DayTotal, Measurement, Release
from context.releases.content import Content, DocumentContent
from conversations.measure import recount_all
from conversations.models import Conversation

WEEKS, RELEASES = 104, 26
SHAPE = {"topics": 15, "channels": 3, "languages": 4}
# Skewed, as in a shop: the first of 15 topics has a quarter of the conversations.
FILL = """
INSERT INTO conversations_conversation (
    agent_id, release_id, arm, source, external_id, channel, topic, question, language, tier,
    customer_ref, tags, opened_at, opened_on, closed_at, last_message_at, message_count, spam,
    processing, ai_answered_at, ai_snoozed_at, ai_handed_over_at, ai_closed_at, human_replied_at,
    outcome, sources, csat_score, csat_scored_at, survey_sent_at, cost_usd, warnings, digest,
    created_at, updated_at
)
SELECT
    %(agent)s, (%(releases)s::bigint[])[1 + floor(i * %(periods)s / %(count)s)::int], '', 'shop',
    'c-' || i, 'channel ' || floor(%(channels)s * channel ^ 2),
    'topic ' || floor(%(topics)s * topic ^ 2), '',
    'language ' || floor(%(languages)s * language ^ 2), '', 'customer-' || i %% (%(count)s / 3),
    '[]', at, (at AT TIME ZONE 'UTC')::date, CASE WHEN closed < 0.9 THEN at + interval '5 h' END,
    at + interval '3 h', 6, false, false, CASE WHEN answered THEN at + interval '1 min' END,
    CASE WHEN answered AND snoozed THEN at + interval '1 min' END,
    CASE WHEN handed THEN at + interval '1 h' END,
    CASE WHEN answered AND NOT handed AND closed < 0.6 THEN at + interval '2 h' END,
    CASE WHEN handed THEN at + interval '3 h' END,
    CASE WHEN handed THEN 'human_finished' WHEN answered AND closed < 0.6 THEN 'ai_resolved'
         ELSE 'pending' END,
    CASE WHEN answered THEN '["document-' || i %% 40 || '"]' ELSE '[]' END::jsonb,
    CASE WHEN score < 0.2 THEN 1 + floor(score * 25)::int END,
    CASE WHEN score < 0.2 THEN at + interval '6 h' END,
    CASE WHEN score < 0.6 THEN at + interval '5 h' END, 0.01 + closed / 100, '[]', md5(i::text),
    at, at
FROM (
    SELECT i, %(first)s + make_interval(secs => i * %(seconds)s / %(count)s) AS at,
        random() AS channel, random() AS topic, random() AS language, random() AS closed,
        random() < 0.7 AS answered, random() < 0.3 AS handed, random() < 0.15 AS snoozed,
        random() AS score
    FROM generate_series(0, %(count)s - 1) AS i
) AS drawn
"""


def prepare(slug: str, count: int) -> None:
    """Make an agent with so many conversations unless it is there; prints a JSON object: the key
    and the session to ask with, the rows there are, and the seconds that counting took, or 0.
    """
    workspace, _ = Workspace.objects.get_or_create(slug="bench", defaults={"name": "Bench"})
    seconds = 0.0
    if not Agent.objects.filter(slug=slug).exists():
        seconds = counted(written(workspace, slug, count, timezone.now()))
    rows = {
        str(model._meta.verbose_name_plural): model._default_manager.filter(
            agent__slug=slug
        ).count()
        for model in (Conversation, Measurement, DayTotal)
    }
    key = ApiKey.issue(workspace, "bench", list(Scope.values), None)[1]
    asking = {"key": key, "session": session_of(workspace)}
    print(json.dumps(asking | {"rows": rows, "seconds": seconds}))


@transaction.atomic
def written(workspace: Workspace, slug: str, count: int, now: datetime) -> Agent:
    """The agent with its releases and conversations."""
    agent = Agent.objects.create(workspace=workspace, slug=slug, name=slug, required_checks="")
    first = now - timedelta(weeks=WEEKS)
    given: dict[str, Any] = SHAPE | {
        "agent": agent.pk,
        "releases": [release.pk for release in published(agent, first)],
        "periods": RELEASES,
        "count": count,
        "first": first,
        "seconds": (now - first).total_seconds(),
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(FILL, given)
    return agent


def counted(agent: Agent) -> float:
    """Count every day; the seconds it took."""
    started = time.monotonic()
    recount_all(agent)
    seconds = time.monotonic() - started
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as autovacuum leaves it after a while
    return seconds


def published(agent: Agent, first: datetime) -> list[Release]:
    """A release every four weeks."""
    releases = []
    for number in range(RELEASES):
        body = f"You can return unworn items within {number} days."
        documents = (DocumentContent("returns", "Returns", body, "returns"),)
        at = first + timedelta(weeks=number * WEEKS // RELEASES)
        content = Content("Answer only from the documents.", {}, documents)
        release, _ = create_draft(agent, content, at=at)
        release.submit(at)
        release.publish(at)
        releases.append(release)
    return releases


def session_of(workspace: Workspace) -> str:
    """The cookie of somebody who is logged in."""
    user, _ = User.objects.get_or_create(username="bench")
    Member.objects.get_or_create(workspace=workspace, user=user, defaults={"role": Role.ADMIN})
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)
