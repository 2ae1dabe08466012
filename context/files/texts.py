"""The files of a release as we write them, where nobody has written them otherwise.

What is read from a file is what it was written from, to the last character.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import tomli_w
import yaml

from context.files.reading import parse_settings
from context.releases.content import DocumentContent

Upkeep = Mapping[str, Any]


def prompt_text(prompt: str) -> str:
    """The text of `prompt.md`; a mark of byte order in front would be lost, so it stands twice."""
    return f"\ufeff{prompt}" if prompt.startswith("\ufeff") else prompt


def settings_file(settings: Mapping[str, Any]) -> dict[str, str]:
    """`settings.toml`, or `settings.json` for what TOML cannot hold (null), or no file."""
    if not settings:
        return {}
    try:
        text = tomli_w.dumps(settings)
        if as_json(parse_settings("settings.toml", text)) == as_json(settings):
            return {"settings.toml": text}
    except (TypeError, ValueError):
        pass
    return {"settings.json": json.dumps(settings, ensure_ascii=False, indent=2) + "\n"}


def document_text(document: DocumentContent, upkeep: Upkeep) -> str:
    """A document under its front matter: title, topic, facts, and what is known of its upkeep."""
    matter: dict[str, Any] = {"title": document.title}
    if document.topic:
        matter["topic"] = document.topic
    if document.required_facts:
        matter["required_facts"] = list(document.required_facts)
    matter |= {name: value for name, value in upkeep.items() if value}
    return f"---\n{as_yaml(matter)}---\n\n{document.body}"


def as_yaml(matter: Mapping[str, Any]) -> str:
    """Front matter as people would write it; with escapes where it would not read to the same."""
    for readable in (True, False):
        text: str = yaml.safe_dump(matter, allow_unicode=readable, sort_keys=False, width=10**6)
        if yaml.safe_load(text) == matter:
            break
    return text


def document_path(slug: str) -> str:
    """Where a document stands in its folder."""
    return f"context/{slug}.md"


def as_json(value: Any) -> str:
    """A JSON value as text, in which 1, 1.0 and true differ."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def written(
    prompt: str,
    settings: Mapping[str, Any],
    documents: Iterable[DocumentContent],
    upkeep: Mapping[str, Upkeep],
) -> dict[str, str]:
    """The files of a release as we write them: path to text."""
    texts = {
        document_path(document.slug): document_text(document, upkeep.get(document.slug, {}))
        for document in documents
    }
    return {"prompt.md": prompt_text(prompt), **settings_file(settings), **texts}
