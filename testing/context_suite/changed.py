"""What a candidate's context changes, as passages: the unit for which the context suite has cases.

Pure functions on contents. A document counts as a whole; the prompt is cut at its headings.
"""

import hashlib
import re
from dataclasses import dataclass

from context.models import Release
from context.proposals.conflicts import statement
from context.releases.content import Content, DocumentContent
from testing.cases.content import Expectation
from testing.models import ContextChange
from testing.questions.drafting import sentences

Kind = ContextChange.Kind
OPENING = "beginning"  # the section of a prompt before its first heading
MOST_OLD_FACTS = 2

_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)


@dataclass(frozen=True)
class Change:
    """One document or prompt section that differs. `new` and `old` are the sentences that came and
    went, in their order.
    """

    kind: str
    name: str
    title: str
    before: str
    after: str
    topic: str = ""
    required_facts: tuple[str, ...] = ()
    key: str = ""

    @property
    def new(self) -> list[str]:
        """The sentences that only the new text has."""
        return _only_in(self.after, self.before)

    @property
    def old(self) -> list[str]:
        """The sentences that only the old text had."""
        return _only_in(self.before, self.after)

    @property
    def place(self) -> Expectation:
        """Where its cases belong: a document's to its slug and topic."""
        if self.kind == Kind.PROMPT:
            return {}
        return {"topic": self.topic, "document_slug": self.name}

    @property
    def says_something_new(self) -> bool:
        """Whether there is a new sentence to ask for."""
        return self.kind != Kind.REMOVED and bool(self.new)

    @property
    def has_no_new_sentence(self) -> bool:
        """Whether a document changed in its title, topic or required facts alone."""
        return self.kind == Kind.CHANGED and not self.new and not self.old

    def replaced(self, language: str) -> list[str]:
        """Old sentences that a new one contradicts: what must not be said any more."""
        fresh = [statement(text, language) for text in self.new]
        gone = [
            text
            for text in self.old
            if any(new.kind_against(statement(text, language)) == "contradiction" for new in fresh)
        ]
        return gone[:MOST_OLD_FACTS]


def changes_between(before: Content | None, after: Content) -> list[Change]:
    """Every document and prompt section that differs: documents by slug, then the prompt.

    Without a content before, all documents are new, and the prompt counts as no change.
    """
    old = {document.slug: document for document in before.documents} if before else {}
    new = {document.slug: document for document in after.documents}
    documents = [
        _of_document(old.get(slug), new.get(slug))
        for slug in sorted(old.keys() | new.keys())
        if old.get(slug) != new.get(slug)
    ]
    return documents + (_of_prompt(before.prompt, after.prompt) if before else [])


def baseline_of(release: Release) -> Release | None:
    """The release to compare with: the live one, or the one before for the live one itself."""
    live = release.agent.live_release()
    return release.parent if live == release else live


def _of_document(old: DocumentContent | None, new: DocumentContent | None) -> Change:
    there = new or old
    assert there is not None
    kind = Kind.CHANGED if old and new else Kind.ADDED if new else Kind.REMOVED
    return Change(
        kind=kind.value,
        name=there.slug,
        title=there.title,
        before=old.body if old else "",
        after=new.body if new else "",
        topic=there.topic,
        required_facts=there.required_facts if new else (),
        key=f"{there.slug[:80]}-{_digest(there)}",
    )


def _of_prompt(before: str, after: str) -> list[Change]:
    old, new = prompt_sections(before), prompt_sections(after)
    names = [*new, *(name for name in old if name not in new)]
    return [
        Change(
            kind=Kind.PROMPT.value,
            name=name[:100],
            title=f"Prompt: {name}",
            before=old.get(name, ""),
            after=new.get(name, ""),
            key=f"prompt-{_digest(name, new.get(name, ''))}",
        )
        for name in names
        if old.get(name, "") != new.get(name, "")
    ]


def prompt_sections(prompt: str) -> dict[str, str]:
    """The text under each heading of a prompt; what comes before the first one too."""
    parts = _HEADING.split(prompt)
    sections = {OPENING: parts[0].strip()} if parts[0].strip() else {}
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        sections[name] = f"{sections[name]}\n{text.strip()}" if name in sections else text.strip()
    return sections


def _only_in(text: str, other: str) -> list[str]:
    there = {_plain(sentence) for sentence in sentences(other)}
    return [sentence for sentence in sentences(text) if _plain(sentence) not in there]


def _plain(sentence: str) -> str:
    return " ".join(sentence.split()).casefold()


def _digest(*parts: object) -> str:
    """Eight letters that stand for this very content; of one document as it always was."""
    text = repr(parts[0] if len(parts) == 1 else parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
