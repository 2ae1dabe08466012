"""The documents that matter for one conversation, when a release holds too many for one prompt."""

from collections.abc import Sequence
from dataclasses import dataclass

import bm25s
import numpy as np

from context.proposals.wording import stems
from context.releases.content import DocumentContent

MOST_CHARACTERS = 60_000


@dataclass(frozen=True)
class DocumentIndex:
    """Documents with their BM25 index (Lucene's variant, k1 = 1.5, b = 0.75); without an index all
    of them fit.
    """

    documents: tuple[DocumentContent, ...]
    language: str
    limit: int
    bm25: bm25s.BM25 | None

    @classmethod
    def of(cls, documents: Sequence[DocumentContent], language: str, limit: int) -> "DocumentIndex":
        """Index the documents if there are more than `limit`, or more text than fits a prompt."""
        rows = tuple(sorted(documents, key=lambda document: document.slug))
        size = sum(len(row.body) for row in rows)
        if len(rows) <= limit and size <= MOST_CHARACTERS:
            return cls(rows, language, limit, None)
        bm25 = bm25s.BM25()
        # The title says what a document is about: its words count twice.
        texts = [f"{row.title} {row.topic} {row.title} {row.body}" for row in rows]
        bm25.index([stems(text, language) or [""] for text in texts], show_progress=False)
        return cls(rows, language, limit, bm25)

    def relevant(self, question: str) -> list[DocumentContent]:
        """The documents for a prompt: all if they fit, else the best ones for the question.

        At most `limit` of them and MOST_CHARACTERS of text, in the order of their slugs, so that a
        prompt with the same documents is the same prompt.
        """
        if self.bm25 is None:
            return list(self.documents)
        scores = self.bm25.get_scores(stems(question, self.language) or [""])
        chosen: list[int] = []
        size = 0
        for place in np.argsort(-scores, kind="stable")[: self.limit]:
            size += len(self.documents[place].body)
            if chosen and size > MOST_CHARACTERS:
                break
            chosen.append(int(place))
        return [self.documents[place] for place in sorted(chosen)]
