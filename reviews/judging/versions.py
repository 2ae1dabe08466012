"""The judge's versions: what it is now, numbered from 1 for each agent."""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max

from context.models import Agent
from reviews.judging.prompt import (
    INSTRUCTION_CHARACTERS,
    MAX_OUTPUT_TOKENS,
    TEMPERATURE,
    TRANSCRIPT_CHARACTERS,
    instructions_hash,
    prompt_hash,
)
from reviews.models import JudgeVersion, Teaching, Trap, TrapList


def taught_list(agent: Agent) -> TrapList | None:
    """The trap list the judge is taught by now."""
    newest = Teaching.objects.filter(agent=agent).select_related("traps").first()
    return newest.traps if newest else None


def traps_of(traps: TrapList | None) -> list[Trap]:
    """The traps of a list, in order; none of none."""
    return list(traps.traps.all()) if traps else []


def judge_in_use(agent: Agent) -> JudgeVersion | None:
    """The version that reviews would be made by now; None before its first use."""
    return JudgeVersion.objects.filter(
        agent=agent,
        model=settings.JUDGE_MODEL,
        prompt_hash=prompt_hash(traps_of(taught_list(agent))),
    ).first()


def new_version(agent: Agent, at: datetime) -> JudgeVersion:
    """Write the judge as it is configured now as a version with the next number.

    Where another process does the same at the same moment, there is one row, and both get it.
    """
    rows = JudgeVersion.objects.filter(agent=agent)
    last = rows.aggregate(number=Max("number"))["number"] or 0
    taught = taught_list(agent)
    try:
        with transaction.atomic():
            return JudgeVersion.objects.create(
                agent=agent,
                number=last + 1,
                model=settings.JUDGE_MODEL,
                prompt_hash=prompt_hash(traps_of(taught)),
                instructions_hash=instructions_hash(),
                temperature=TEMPERATURE,
                max_output_tokens=MAX_OUTPUT_TOKENS,
                transcript_characters=TRANSCRIPT_CHARACTERS,
                instruction_characters=INSTRUCTION_CHARACTERS,
                traps=taught,
                created_at=at,
            )
    except IntegrityError:
        return judge_in_use(agent) or new_version(agent, at)
