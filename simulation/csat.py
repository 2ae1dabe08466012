"""What a customer answers to the survey, drawn from what truly happened to them."""

from datetime import datetime, timedelta
from typing import Any

from simulation.chat import Chat
from simulation.randomness import dice

SPREAD = 0.55


def satisfaction(chat: Chat) -> float:
    """How content the customer is, on the scale of 1 to 5, before chance.

    A right answer at once is best; waiting for a person, being asked twice and a wrong answer cost.
    """
    if chat.silent:
        return 3.2
    if not chat.handed_over and not chat.right:
        return 1.9
    content = 4.9 if chat.right else 4.9 - 0.12 * chat.wait_hours
    content -= 0.35 * chat.asked_by_person
    content -= 0.5 * chat.asked_again
    return content - 0.8 * chat.wrong_answers


def survey(chat: Chat, seed: int, response_rate: float, ended_at: datetime) -> dict[str, Any]:
    """`survey_sent_at` and, when the customer answers, `csat`."""
    chance = dice(seed, "survey", chat.key)
    sent = ended_at + timedelta(hours=1)
    result: dict[str, Any] = {"survey_sent_at": sent.isoformat()}
    if chance.random() < response_rate * (0.4 if chat.silent else 1.0):
        score = round(satisfaction(chat) + chance.gauss(0, SPREAD))
        scored = sent + timedelta(hours=chance.uniform(0.5, 20))
        result["csat"] = {"score": min(5, max(1, score)), "scored_at": scored.isoformat()}
    return result
