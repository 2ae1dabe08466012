"""Two contents that were made from one, put together part by part; pure.

A part is the prompt, a setting, or a document. What one side alone changed is taken from that
side, texts that both changed are merged sentence by sentence, and what cannot be put together is
left to a person, never decided here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from context.editing.three_way import Stretch, is_conflict, merged, three_way
from context.releases.content import Content, DocumentContent

State = Literal["mine", "theirs", "merged", "conflict"]
PROMPT = "prompt"
FIELDS = ("title", "topic", "required_facts")


class Undecided(Exception):
    """Parts that both changed and nobody decided; `names` are theirs."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        super().__init__(f"Decide first: {', '.join(names)}.")


@dataclass(frozen=True)
class Part:
    """One part of both contents that at least one side changed.

    `key` is `prompt`, `setting.<name>` or `document.<slug>`; the sides are text, a value or a
    document, None where it is not there. `stretches` are the texts of a prompt or body.
    """

    key: str
    state: State
    base: Any
    mine: Any
    theirs: Any
    result: Any
    stretches: tuple[Stretch, ...] = ()

    @property
    def name(self) -> str:
        """What a reader calls it."""
        return self.key.partition(".")[2] or "the prompt"

    @property
    def is_setting(self) -> bool:
        """Whether it is a setting."""
        return self.key.startswith("setting.")

    @property
    def by_both(self) -> bool:
        """Whether both sides changed it, each in its way."""
        return self.state in {"merged", "conflict"}


def merge(base: Content, mine: Content, theirs: Content) -> list[Part]:
    """The parts in which mine or theirs differ from base: conflicts first, then what was merged."""
    parts = [_text_part(PROMPT, base.prompt, mine.prompt, theirs.prompt)]
    for name in sorted(base.settings.keys() | mine.settings.keys() | theirs.settings.keys()):
        sides = [content.settings.get(name) for content in (base, mine, theirs)]
        parts.append(_whole_part(f"setting.{name}", *sides))
    slugs = {document.slug for one in (base, mine, theirs) for document in one.documents}
    for slug in sorted(slugs):
        parts.append(_document_part(slug, *(one.document(slug) for one in (base, mine, theirs))))
    order = {"conflict": 0, "merged": 1, "mine": 2, "theirs": 3}
    return sorted((part for part in parts if part), key=lambda part: order[part.state])


def resolved(mine: Content, parts: list[Part], choices: Mapping[str, str]) -> Content:
    """Mine with every part as merged, or as chosen: `mine`, `theirs`, or `text:` with the words.

    Raises Undecided for conflicts without a choice.
    """
    open_parts = [
        part.name for part in parts if part.state == "conflict" and part.key not in choices
    ]
    if open_parts:
        raise Undecided(open_parts)
    for part in parts:
        mine = _with(mine, part, _chosen(part, choices.get(part.key, "")))
    return mine


def _chosen(part: Part, choice: str) -> Any:
    kind, _, text = choice.partition(":")
    match kind:
        case "mine":
            return part.mine
        case "theirs":
            return part.theirs
        case "text" if part.key == PROMPT:
            return text
        case "text" if not part.is_setting:
            there = part.result or part.mine or part.theirs
            return replace(there, body=text)
    return part.result


def _with(content: Content, part: Part, value: Any) -> Content:
    """The content with this value of the part; None takes it out."""
    name = part.key.partition(".")[2]
    if part.key == PROMPT:
        return content.with_prompt(value)
    if part.is_setting:
        kept = {key: one for key, one in content.settings.items() if key != name}
        return replace(content, settings=kept if value is None else kept | {name: value})
    return content.without_document(name) if value is None else content.with_document(value)


def _text_part(key: str, base: str, mine: str, theirs: str) -> Part | None:
    if mine == base and theirs == base:
        return None
    stretches = three_way(base, mine, theirs)
    state = _state(base, mine, theirs, is_conflict(stretches))
    return Part(key, state, base, mine, theirs, merged(stretches), tuple(stretches))


def _whole_part(key: str, base: Any, mine: Any, theirs: Any) -> Part | None:
    """A part that cannot be mixed."""
    if _same(mine, base) and _same(theirs, base):
        return None
    if _same(mine, theirs) or _same(theirs, base):
        return Part(key, "mine", base, mine, theirs, mine)
    state: State = "theirs" if _same(mine, base) else "conflict"
    return Part(key, state, base, mine, theirs, theirs if state == "theirs" else mine)


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same in JSON, where `1`, `1.0` and `true` differ."""
    if isinstance(one, DocumentContent) or isinstance(other, DocumentContent):
        return bool(one == other)
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _document_part(
    slug: str,
    base: DocumentContent | None,
    mine: DocumentContent | None,
    theirs: DocumentContent | None,
) -> Part | None:
    key = f"document.{slug}"
    if mine is None or theirs is None or mine == theirs or base in {mine, theirs}:
        part = _whole_part(key, base, mine, theirs)
        return part and replace(part, stretches=_stretches(base, mine, theirs))
    start = base or DocumentContent(slug, "", "")
    stretches = _stretches(start, mine, theirs)
    fields = {
        name: _field(getattr(start, name), getattr(mine, name), getattr(theirs, name))
        for name in FIELDS
    }
    at_odds = is_conflict(list(stretches)) or any(odds for _, odds in fields.values())
    values = {name: value for name, (value, _) in fields.items()}
    result = replace(mine, body=merged(list(stretches)), **values)
    return Part(key, "conflict" if at_odds else "merged", base, mine, theirs, result, stretches)


def _stretches(*sides: DocumentContent | None) -> tuple[Stretch, ...]:
    base, mine, theirs = (side.body if side else "" for side in sides)
    return tuple(three_way(base, mine, theirs))


def _field(base: Any, mine: Any, theirs: Any) -> tuple[Any, bool]:
    """The value of a field, and whether the two are at odds about it; then it is mine."""
    if mine == theirs or theirs == base:
        return mine, False
    return (theirs, False) if mine == base else (mine, True)


def _state(base: str, mine: str, theirs: str, at_odds: bool) -> State:
    if mine == theirs or theirs == base:
        return "mine"
    if mine == base:
        return "theirs"
    return "conflict" if at_odds else "merged"
