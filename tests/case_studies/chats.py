"""A study's weeks as conversations of the public schema: what a helpdesk would have sent."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from tests.case_studies.studies import Study, Week

# Assumed: the reports name neither topics nor channels.
TOPICS = ("orders", "subscriptions", "ingredients", "returns")
CHANNELS = ("chat", "email")
LONG = timedelta(hours=2)


def chats(study: Study, monday: date | None = None) -> Iterator[dict[str, Any]]:
    """Every conversation of the study, from its own first Monday or from another."""
    first = monday or study.monday
    for number, week in enumerate(study.weeks):
        yield from chats_of(study, week, first + timedelta(weeks=number))


def chats_of(study: Study, week: Week, monday: date) -> Iterator[dict[str, Any]]:
    """The conversations of a week, evenly over its days."""
    every = study.conversations // study.scored
    stars = scores(study.scored, week.stars)
    for place in range(study.conversations):
        day = monday + timedelta(days=place % 7)
        opened = datetime.combine(day, time(8), UTC) + timedelta(seconds=20 * place)
        tags = tags_of(study, week, place)
        chat: dict[str, Any] = {
            "source": study.name,
            "external_id": f"{monday}-{place}",
            "channel": CHANNELS[place // 4 % 2],
            "topic": TOPICS[place % 4],
            "language": "en",
            "opened_at": opened.isoformat(),
            "closed_at": (opened + LONG).isoformat(),
            "tags": tags,
            "messages": messages_of(tags, opened),
        }
        if place % every == 0:
            chat["csat"] = {"score": stars[place // every]}
            chat["survey_sent_at"] = chat["closed_at"]
        yield chat


def tags_of(study: Study, week: Week, place: int) -> list[str]:
    """The helpdesk's tags of one conversation.

    Answered ones are counted from the first on, handed over ones from the last back: assumed is the
    least overlap that the figures allow. Snoozes and closes are among the answered.
    """
    counted = {
        "ai_answered": place < week.answered,
        "ai_snooze": place < week.snoozed,
        "ai_close": week.answered - week.closed <= place < week.answered,
        "ai_handover": place >= study.conversations - week.handed_over,
        "ai_ignore": week.answered <= place < week.answered + week.ignored,
    }
    return [tag for tag, holds in counted.items() if holds]


def messages_of(tags: list[str], opened: datetime) -> list[dict[str, Any]]:
    """What is said: by the customer, by the AI where it answered, by a person where none did or it
    was handed over.
    """
    said = [("customer", "Hello, I have a question about my order.")]
    if "ai_snooze" in tags:
        said.append(("ai", "Gladly. What is your order number?"))
    elif "ai_answered" in tags:
        said.append(("ai", "It is on its way and arrives within two days."))
    if "ai_handover" in tags or "ai_answered" not in tags:
        said.append(("human", "I have looked it up for you: it is taken care of."))
    return [
        {
            "external_id": str(number),
            "author": author,
            "text": text,
            "sent_at": (opened + timedelta(minutes=5 * number)).isoformat(),
        }
        for number, (author, text) in enumerate(said)
    ]


def scores(count: int, total: int) -> list[int]:
    """That many scores from 1 to 5 with this sum: mostly fives, and as many points lost to ones as
    to fours. The mix is assumed; it decides how wide the intervals are.
    """
    lost = 5 * count - total
    ones = lost // 8
    fours = lost - 4 * ones
    return [*[1] * ones, *[4] * fours, *[5] * (count - ones - fours)]
