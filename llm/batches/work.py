"""What the apps give to have rows of theirs worked in batches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from pydantic import BaseModel

from llm.budget import Budget
from llm.claims import Row
from llm.outcomes import Finish
from llm.pipeline import Prepare


@dataclass(frozen=True)
class BatchWork:
    """Rows and how they are asked.

    `rows` are of one model of Django's, loaded with what `prepare` and `finish` need; `schema`
    gives the form of a row's answer without building its call. `finish` is that of `llm.work.run`.
    """

    purpose: str
    scope: str
    rows: QuerySet[Any]
    prepare: Prepare
    schema: Callable[[Row], type[BaseModel]]
    finish: Finish
    now_fn: Callable[[], datetime]
    budget: Sequence[Budget] = ()
