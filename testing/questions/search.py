"""One attempt at a discovery: read, compare, group, name, and write it all with the row's end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction

from accounts.masking import mask
from llm.calls import Reply
from llm.client import is_local
from llm.several import ask_within, embed_within
from llm.states import WorkState
from testing.models import Case, Discovery
from testing.questions.asked import Question, conversations_of, digest_of, questions_of
from testing.questions.clustering import Vectors, nearest_cosine, unit
from testing.questions.drafting import one_line
from testing.questions.known import Known, known_clusters
from testing.questions.matching import Match, match, middles
from testing.questions.naming import MOST_NAMED, ClusterName, name_call
from testing.questions.recording import Found, update_known, write_clusters
from testing.questions.vectors import Space, space, tfidf_vectors

LEASE = timedelta(minutes=15)
FEWEST_QUESTIONS = 2
_REPORT_EVERY = 1000

OnProgress = Callable[[Discovery], None]
Step = Discovery.Step


class Stopped(Exception):
    """The row is no longer ours: somebody cancelled it, or the lease ran out."""


@dataclass
class Search:
    """A claimed row, and what searching for it needs."""

    row: Discovery
    worker: str
    now_fn: Callable[[], datetime]
    on_progress: OnProgress | None = None
    space: Space = field(default_factory=space)

    def run(self) -> None:
        """Search, write, and end the row as done; where nothing has changed since the last search
        of the week, say so and compare nothing. Raises Stopped and kinds of ModelError.
        """
        questions = self._read()
        cases = Case.objects.filter(suite__agent=self.row.agent)
        standing = cases.exclude(status=Case.Status.RETIRED).order_by("id")
        covered = list(standing.values_list("question", flat=True))
        digest = digest_of(self.space.name, questions, covered)
        counting = Discovery.objects.filter(pk__in=Discovery.objects.counting(self.row.agent))
        before = counting.filter(week=self.row.week, digest=digest).first()
        if before is not None:
            counts = {"covered": before.covered, "alone": before.alone, "repeats": before}
            self._end(questions=len(questions), digest=digest, **counts)
            return
        self._compare(questions, covered, digest)

    def _compare(self, questions: list[Question], covered: list[str], digest: str) -> None:
        """Compare the questions with cases and known clusters, and write what comes of it."""
        known = known_clusters(self.row.agent)
        texts = [question.text for question in questions]
        vectors = self._vectors([*texts, *covered, *known.texts])
        asked, of_cases, exemplars = np.split(vectors, [len(texts), len(texts) + len(covered)])
        self._report(Step.GROUPING)
        homes = middles(exemplars, known.owners, len(known.clusters))
        result = match(asked, of_cases, homes, self.space.likeness)
        found = gather(questions, asked, homes, result, known)
        self._name(found)
        closed = covered_clusters(exemplars, of_cases, known, self.space.likeness.case)
        placed = sum(one.volume for one in found)
        is_asked = int(result.covered.sum())
        by_cluster = sum(one.volume for one in found if one.is_covered)
        with transaction.atomic():
            self._end(
                questions=len(questions),
                covered=is_asked + by_cluster,
                alone=len(questions) - is_asked - placed,
                digest=digest,
                vectors=self.space.name,
            )
            write_clusters(self.row, found, self.now_fn())
            update_known(self.row, found, known.clusters, closed)

    def _read(self) -> list[Question]:
        """The questions of the week."""
        total = conversations_of(self.row.agent, self.row.week).count()
        self._report(Step.READING, 0, total)
        questions = []
        for done, question in enumerate(questions_of(self.row.agent, self.row.week), start=1):
            if question is not None:
                questions.append(question)
            if done % _REPORT_EVERY == 0:
                self._report(Step.READING, done, total)
        return questions

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of the texts, by the model if there is one; each different text once."""
        total = len(set(texts))
        self._report(Step.COMPARING, 0, total)
        if is_local():
            return tfidf_vectors(texts)
        vectors, usd = embed_within(
            texts,
            self.row.budgets(self.now_fn()),
            self.now_fn(),
            lambda done: self._report(Step.COMPARING, done, total),
        )
        self.row.cost_usd += usd
        return unit(vectors)

    def _name(self, found: Sequence[Found]) -> None:
        """Name the new clusters, the costliest first; without an answer the question stays."""
        new = sorted((one for one in found if one.cluster is None), key=lambda one: -one.rank)
        asked = new[:MOST_NAMED]
        self._report(Step.NAMING, 0, len(asked))
        calls = [name_call([question.text for question in one.members]) for one in asked]
        now = self.now_fn()
        answers = ask_within(calls, self.row.budgets(now), now)
        for one, answer in zip(asked, answers, strict=True):
            if isinstance(answer, Reply) and isinstance(answer.parsed, ClusterName):
                self.row.cost_usd += answer.cost_usd
                one.name = one_line(mask(answer.parsed.name, self.row.agent.workspace))

    def _report(self, step: Step, done: int = 0, total: int = 0) -> None:
        """Show how far it is and renew the lease; Stopped when the row is no longer ours."""
        lease = self.now_fn() + LEASE
        self._write(step=step, done=done, total=total, lease_until=lease)
        if self.on_progress is not None:
            self.on_progress(self.row)

    def _end(self, **columns: Any) -> None:
        """End the row as done with what was counted."""
        now = self.now_fn()
        free = {"claimed_by": "", "lease_until": None, "error": ""}
        self._write(state=WorkState.DONE, finished_at=now, **free, **columns)

    def _write(self, **columns: Any) -> None:
        """Write columns while the row is ours; Stopped when it no longer is."""
        held = {"pk": self.row.pk, "state": WorkState.WORKING, "claimed_by": self.worker}
        columns["cost_usd"] = self.row.cost_usd
        if not Discovery.objects.filter(**held).update(**columns):
            raise Stopped(str(self.row))
        for name, value in columns.items():
            setattr(self.row, name, value)


def gather(
    questions: Sequence[Question], asked: Vectors, homes: Vectors, result: Match, known: Known
) -> list[Found]:
    """What was found, known clusters first; loners are left out."""
    found = []
    for place in np.unique(result.homes[result.homes >= 0]).tolist():
        members = np.flatnonzero(result.homes == place)
        closest = members[np.argsort(-(asked[members] @ homes[place]), kind="stable")]
        found.append(Found([questions[n] for n in closest], known.clusters[place]))
    groups = (one for one in result.groups if len(one.members) >= FEWEST_QUESTIONS)
    return found + [Found([questions[n] for n in one.members]) for one in groups]


def covered_clusters(exemplars: Vectors, cases: Vectors, known: Known, likeness: float) -> set[int]:
    """Keys of the known clusters most of whose exemplars a case asks."""
    to_case, _ = nearest_cosine(exemplars, cases)
    count = len(known.clusters)
    hits = np.bincount(known.owners, to_case >= likeness, minlength=count)
    of_all = np.bincount(known.owners, minlength=count)
    return {known.clusters[place].pk for place in np.flatnonzero(2 * hits > of_all).tolist()}
