"""Many questions or texts at once for a piece of work that has no row for each of them.

Money is reserved in every budget before anything is sent and settled by what was spent. Texts go in
parts, so that progress can be shown and the work stopped between them.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from llm.budget import Budget, installation_budget, reserve, reserve_calls, settle_all
from llm.calls import Call, ModelError, Reply, UnparsableAnswer, Usage
from llm.client import open_door
from llm.prices import cost, embedding_estimate, estimate

TEXTS_AT_ONCE = 2048
_REQUESTS_AT_ONCE = 8

OnPart = Callable[[int], None]


def embed_within(
    texts: Sequence[str], budgets: Sequence[Budget], now: datetime, on_part: OnPart
) -> tuple[NDArray[np.float32], Decimal]:
    """One embedding a text, each different text sent once, and what that cost in dollars.

    `on_part` is called with the number of texts done after every part; what it raises ends the
    work. Raises what `Door.embed` raises, and BudgetExhausted when a cap leaves no room for the
    next part.
    """
    once = list(dict.fromkeys(texts))
    caps = [*budgets, installation_budget(now)]
    parts, spent = [], Decimal(0)
    for start in range(0, len(once), TEXTS_AT_ONCE):
        vectors, usd = _embed_part(once[start : start + TEXTS_AT_ONCE], caps)
        parts.append(vectors)
        spent += usd
        on_part(min(start + TEXTS_AT_ONCE, len(once)))
    if not parts:
        return np.zeros((0, 0), dtype=np.float32), spent
    places = {text: place for place, text in enumerate(once)}
    return np.concatenate(parts)[[places[text] for text in texts]], spent


def _embed_part(texts: list[str], caps: Sequence[Budget]) -> tuple[NDArray[np.float32], Decimal]:
    """Reserve, embed and settle one part; a part that failed is not charged."""
    reserved, usage = embedding_estimate(texts), Usage()
    for place, cap in enumerate(caps):
        try:
            reserve(cap.scope, cap.day, reserved, cap.cap)
        except ModelError:
            settle_all(caps[:place], reserved, Decimal(0))
            raise
    spent = Decimal(0)
    try:
        vectors = asyncio.run(_embed(texts, usage))
        spent = cost(settings.EMBEDDING_MODEL, usage.input_tokens, 0, 0)
    finally:
        settle_all(caps, reserved, spent)
    return vectors, spent


async def _embed(texts: list[str], usage: Usage) -> NDArray[np.float32]:
    """Embed a part in several requests at a time."""
    share = -(-len(texts) // _REQUESTS_AT_ONCE)
    async with open_door(_REQUESTS_AT_ONCE) as door:
        pieces = [texts[start : start + share] for start in range(0, len(texts), share)]
        return np.concatenate(await asyncio.gather(*(door.embed(one, usage) for one in pieces)))


def ask_within(
    calls: Sequence[Call], budgets: Sequence[Budget], now: datetime
) -> list[Reply | ModelError]:
    """The answers to independent questions, in their order; in the place of one that came to
    nothing stands why.
    """
    caps = [*budgets, installation_budget(now)]
    allowed: list[ModelError | None] = [_reserved(call, caps) for call in calls]
    asked = [call for call, why_not in zip(calls, allowed, strict=True) if why_not is None]
    answers = iter(asyncio.run(_ask_all(asked)) if asked else ())
    outcomes = [why_not or next(answers) for why_not in allowed]
    for call, why_not, outcome in zip(calls, allowed, outcomes, strict=True):
        if why_not is None:
            spent = outcome.cost_usd if isinstance(outcome, Reply | UnparsableAnswer) else 0
            settle_all(caps, estimate(call), Decimal(spent))
    return outcomes


def _reserved(call: Call, caps: Sequence[Budget]) -> ModelError | None:
    """Reserve the money for a call; what forbids it, if something does."""
    try:
        reserve_calls(caps, [call])
    except ModelError as forbidden:
        return forbidden
    return None


async def _ask_all(calls: Sequence[Call]) -> list[Reply | ModelError]:
    async with open_door(_REQUESTS_AT_ONCE) as door:

        async def one(call: Call) -> Reply | ModelError:
            try:
                return await door.ask(call)
            except ModelError as error:
                return error

        return await asyncio.gather(*(one(call) for call in calls))
