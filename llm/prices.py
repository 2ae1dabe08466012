"""Prices of models, what a call cost, and what it may cost at most before it is made."""

import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from llm.calls import Call, Message, UnknownPrice
from llm.states import Route

_OUR_PRICES = Path(__file__).with_name("prices.toml")
_SNAPSHOT_DATE = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_MILLION = Decimal(1_000_000)
_MICRO_DOLLAR = Decimal("0.000001")
CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True)
class Price:
    """Dollars per million tokens, whether the model thinks (hidden output) first, and the share of
    these prices that a line of a batch costs.
    """

    input: Decimal
    cached: Decimal
    output: Decimal
    reasoning: bool = False
    thinking: int = 0
    batch: Decimal = Decimal(1)


def price(model: str) -> Price:
    """Return the price of `model`; a dated snapshot has the price of its family.

    Raises UnknownPrice: a model without a price is never called, because no cap could hold.
    """
    table = _table(str(settings.MODEL_PRICES_FILE or ""))
    found = table.get(model) or table.get(_SNAPSHOT_DATE.sub("", model))
    if found is None:
        raise UnknownPrice(
            f"no price is known for the model {model!r}: "
            "add it to a file in the form of llm/prices.toml and name that in MODEL_PRICES_FILE"
        )
    return found


def cost(
    model: str,
    input_tokens: int,
    cached_tokens: int,
    output_tokens: int,
    route: Route = Route.LIVE,
) -> Decimal:
    """Return dollars, to the micro-dollar; `cached_tokens` are part of `input_tokens`."""
    rate = price(model)
    fresh = max(0, input_tokens - cached_tokens)
    dollars = fresh * rate.input + cached_tokens * rate.cached + output_tokens * rate.output
    share = rate.batch if route == Route.BATCH else 1
    return (dollars * share / _MILLION).quantize(_MICRO_DOLLAR)


def estimate(calls: Call | Sequence[Call], route: Route = Route.LIVE) -> Decimal:
    """Return what the calls may cost in one attempt: nothing cached, answers at full length."""
    many = [calls] if isinstance(calls, Call) else calls
    return sum(
        (cost(call.model, input_estimate(call), 0, output_limit(call), route) for call in many),
        Decimal(0),
    )


def input_estimate(call: Call) -> int:
    """Return the tokens sent, taken as a quarter of the characters."""
    characters = sum(map(_characters, call.messages))
    if call.tools:
        characters += len(json.dumps(call.tools))
    return characters // CHARACTERS_PER_TOKEN + 1


def _characters(message: Message) -> int:
    """The length of a message; calls of tools have names and arguments instead of a text."""
    calls = message.get("tool_calls")
    return len(message["content"] or "") + (len(json.dumps(calls)) if calls else 0)


def embedding_estimate(texts: Sequence[str]) -> Decimal:
    """Return what embedding the texts may cost; UnknownPrice if the model has no price."""
    tokens = sum(len(text) // CHARACTERS_PER_TOKEN + 1 for text in texts)
    return cost(settings.EMBEDDING_MODEL, tokens, 0, 0)


def output_limit(call: Call) -> int:
    """Return the most tokens that may come back: the answer, and room to think where needed."""
    return call.max_output_tokens + price(call.model).thinking


@lru_cache(maxsize=8)
def _table(own_file: str) -> dict[str, Price]:
    """Read the price table, overlaid by the user's own file."""
    rows = _read(_OUR_PRICES)
    if own_file:
        rows |= _read(Path(own_file))
    return rows


def _read(path: Path) -> dict[str, Price]:
    with path.open("rb") as file:
        table = tomllib.load(file, parse_float=Decimal)
    return {model: _price(path, model, row) for model, row in table.items()}


def _price(path: Path, model: str, row: dict[str, Decimal | int | bool]) -> Price:
    """Read one row; left out, `cached` is the input price, and a batch costs as much as calls."""
    try:
        dollars_in, dollars_out = Decimal(row["input"]), Decimal(row["output"])
    except KeyError as missing:
        raise UnknownPrice(f"{path}: [{model}] has no {missing} price") from None
    reasoning = bool(row.get("reasoning", False))
    thinking = int(row.get("thinking", 4000 if reasoning else 0))
    cached, batch = Decimal(row.get("cached", dollars_in)), Decimal(row.get("batch", 1))
    return Price(dollars_in, cached, dollars_out, reasoning, thinking, batch)
