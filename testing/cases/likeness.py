"""Cases that ask the same in other words, found when somebody adds one.

Cheap by design: words narrow all cases of an agent down to a few, and only those are embedded.
"""

import re
from heapq import nlargest

from context.models import Agent
from llm.calls import ModelError
from llm.client import embed, is_local
from testing.models import Case
from testing.questions.clustering import unit
from testing.questions.vectors import LIKENESS_OF_MODELS

MOST_COMPARED = 20
MOST_SHOWN = 3
_LONGER = re.compile(r"\w{4,}")
# Cosine from which the stand-in's embeddings of two questions count as like.
LIKENESS_OF_STAND_IN = 0.55


def like_cases(agent: Agent, question: str, but: Case | None = None) -> list[Case]:
    """The cases, not retired, whose question is like this one; the likest first.

    None when the model of embeddings cannot be asked: a notice is not worth an error.
    """
    asked = _words(question)
    rows = Case.objects.filter(suite__agent=agent).exclude(status=Case.Status.RETIRED)
    if but is not None:
        rows = rows.exclude(key=but.key)
    shared = ((len(asked & _words(text)), pk) for pk, text in rows.values_list("pk", "question"))
    near = [pk for count, pk in nlargest(MOST_COMPARED, shared) if count]
    cases = list(rows.filter(pk__in=near).select_related("suite"))
    if not cases:
        return []
    try:
        vectors = unit(embed([question, *(case.question for case in cases)]))
    except ModelError:
        return []
    cosines = vectors[1:] @ vectors[0]
    order = sorted(range(len(cases)), key=lambda place: -cosines[place])
    least = LIKENESS_OF_STAND_IN if is_local() else LIKENESS_OF_MODELS.case
    return [cases[n] for n in order if cosines[n] >= least][:MOST_SHOWN]


def _words(text: str) -> set[str]:
    """Longer words cut to five letters: enough to narrow down, and cheap for thousands of texts."""
    return {word[:5] for word in _LONGER.findall(text.casefold())}
