"""Whether the judge may gate anything now."""

from context.models import Agent, JudgeStanding


def judge_standing(agent: Agent) -> JudgeStanding | None:
    """The newest standing of the agent's judge; None before it was looked at for the first time."""
    newest = JudgeStanding.objects.filter(agent=agent).first()
    if newest is not None:
        newest.agent = agent
    return newest
