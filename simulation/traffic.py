"""The traffic of a day: customers write, the live release answers, people finish, all is
ingested.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from asgiref.sync import async_to_sync

from context.answers.answering import AgentAnswer, answer_many
from context.models import Agent, Release
from conversations.ingest import ingest
from simulation.brand import Brand, Topic
from simulation.chat import Chat
from simulation.csat import survey
from simulation.randomness import dice

ROUNDS = 6
FIRST_HOUR, LAST_HOUR = 8, 20
SNOOZE_DAYS = 3


@dataclass
class Desk:
    """The simulated helpdesk of one brand: what has happened so far and what is still to be told.

    `outbox` holds, by the day on which the product learns of it, what is to be ingested; `stories`
    keeps each conversation's truth for the reviewers of that desk.
    """

    agent: Agent
    brand: Brand
    seed: int
    outbox: dict[date, list[dict[str, Any]]] = field(default_factory=dict)
    stories: dict[str, Chat] = field(default_factory=dict)

    def post(self, at: datetime, payload: dict[str, Any]) -> None:
        """Have the product learn of something on the local day of `at`."""
        self.outbox.setdefault(self.agent.local_date(at), []).append(payload)

    def take_due(self, day: date) -> list[dict[str, Any]]:
        """Take out what is told by the end of a day: of each conversation its last state."""
        due = {
            payload["external_id"]: payload
            for when in sorted(self.outbox)
            if when <= day
            for payload in self.outbox[when]
        }
        self.outbox = {when: rows for when, rows in self.outbox.items() if when > day}
        return list(due.values())


def draw_topic(brand: Brand, week: int, chance: Random) -> Topic:
    """One topic by the weights of the week."""
    weights = [topic.weight(week) for topic in brand.topics]
    return chance.choices(brand.topics, weights)[0]


def draw_facts(topic: Topic, chance: Random) -> dict[str, str]:
    """The values this customer could give for the topic's required facts."""
    values = {
        "order number": f"#{chance.randrange(10000, 99999)}",
        "email": f"customer{chance.randrange(1000)}@example.com",
    }
    return {name: values[name] for name in topic.required_facts}


def arrivals(desk: Desk, day: date, day_index: int) -> list[Chat]:
    """The conversations that customers open on one day, in order of time."""
    chance = dice(desk.seed, desk.brand.slug, "day", day_index)
    mean = desk.brand.conversations_a_day * (0.7 if day.weekday() >= 5 else 1.12)
    number = max(3, round(chance.gauss(mean, mean**0.5)))
    start = datetime.combine(day, time(FIRST_HOUR), desk.agent.workspace.zone)
    minutes = sorted(chance.uniform(0, (LAST_HOUR - FIRST_HOUR) * 60) for _ in range(number))
    chats = []
    for index, minute in enumerate(minutes):
        key = f"{desk.brand.slug}-{day_index:03d}-{index:03d}"
        own = dice(desk.seed, "chat", key)
        topic = draw_topic(desk.brand, day_index // 7, own)
        opened = start + timedelta(minutes=round(minute, 2))
        chat = Chat(
            key=key,
            topic=topic,
            dice=own,
            opened_at=opened,
            clock=opened,
            customer=f"customer-{own.randrange(20000)}",
            channel=own.choice(("chat", "chat", "email")),
            facts=draw_facts(topic, own),
        )
        chat.open()
        chats.append(chat)
    return chats


def converse(release: Release, chats: list[Chat]) -> None:
    """Let the release answer until no customer waits for it; a failed call goes to a person."""
    waiting = chats
    taught = set(release.documents.values_list("topic", flat=True))
    for chat in chats:
        chat.covered = chat.topic.slug in taught
    for _ in range(ROUNDS):
        waiting = [chat for chat in waiting if chat.waiting]
        if not waiting:
            return
        answers = async_to_sync(answer_many)(release, [chat.turns() for chat in waiting])
        for chat, answer in zip(waiting, answers, strict=True):
            if isinstance(answer, Exception):
                answer = AgentAnswer(action="handover", reply="", sources=[], reason=str(answer))
            chat.hear(answer)
    for chat in waiting:
        if chat.waiting:
            chat.after_handover(AgentAnswer(action="handover", reply="", sources=[], reason=""))


def hand_in(desk: Desk, chat: Chat, release: Release) -> None:
    """Put what the helpdesk tells about a conversation into the outbox, on the days it tells it."""
    desk.stories[chat.key] = chat
    first = chat.payload(release.number)
    first["messages"] = list(chat.messages)
    desk.post(chat.clock, first)
    if chat.silent:
        chat.closed_at = chat.clock + timedelta(days=SNOOZE_DAYS)
        chat.tags.add("ai_close")
        desk.post(chat.closed_at, chat.payload(release.number))
    elif chat.reopens:
        chat.reopen()
        desk.post(chat.clock, chat.payload(release.number))
    assert chat.closed_at is not None
    answer = survey(chat, desk.seed, desk.brand.response_rate, chat.closed_at)
    told_at = datetime.fromisoformat(
        answer["csat"]["scored_at"] if "csat" in answer else answer["survey_sent_at"]
    )
    desk.post(told_at, chat.payload(release.number) | answer)


def serve_day(desk: Desk, day: date, day_index: int, now: datetime) -> int:
    """Run one day and ingest what the product learns on it; returns the conversations opened.

    Raises RuntimeError when the product refuses any of it: the simulation sends nothing odd.
    """
    release = desk.agent.live_release()
    assert release is not None
    chats = arrivals(desk, day, day_index)
    converse(release, chats)
    for chat in chats:
        hand_in(desk, chat, release)
    refused = [
        result
        for result in ingest(desk.agent, desk.take_due(day), now=now)
        if result.status == "error"
    ]
    if refused:
        raise RuntimeError(f"{len(refused)} conversations were refused, first: {refused[0]}")
    return len(chats)
