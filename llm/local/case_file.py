"""Everything the judge has before it: the transcript, the documents, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from llm.local import answering
from llm.local.finding import Finding
from llm.local.grounding import check
from llm.local.knowledge import Knowledge, read_documents
from llm.local.transcript import Transcript, read_transcript


@dataclass(frozen=True)
class CaseFile:
    """One conversation to judge."""

    transcript: Transcript
    knowledge: Knowledge
    handed_over: bool
    closed_by_ai: bool
    language: str
    instructions: str
    brief: Mapping[str, Any] | None

    @cached_property
    def by_documents(self) -> dict[str, Any]:
        """What an agent with these documents would have done in the agent's place."""
        turns = self.transcript.turns_before_people()
        return answering.answer(self.instructions, self.knowledge, turns)

    @cached_property
    def grounded(self) -> Finding:
        """Whether what the agent stated rests on what it was given."""
        return check(self.transcript, self.knowledge)

    @property
    def lacks_context(self) -> bool:
        """Whether it was handed over because no document covers what was asked."""
        return self.handed_over and str(self.by_documents["reason"]).startswith("no document")

    @property
    def conflicting(self) -> bool:
        """Whether documents contradict each other on what was asked."""
        return "contradict" in str(self.by_documents["reason"])


def read_case_file(material: Mapping[str, Any]) -> CaseFile:
    """Read the sections the judge is given."""
    facts = material.get("conversation") or {}
    return CaseFile(
        transcript=read_transcript(material.get("transcript") or []),
        knowledge=Knowledge(read_documents(material.get("documents") or [])),
        handed_over=bool(facts.get("handed_over")),
        closed_by_ai=bool(facts.get("closed_by_ai")),
        language=str(facts.get("language") or ""),
        instructions=str(material.get("instructions") or ""),
        brief=material.get("brief"),
    )
