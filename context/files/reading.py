"""A release from the texts of its files: `prompt.md`, `settings.toml`, `context/*.md`.

A document is Markdown under front matter in YAML between two lines of `---`; its file name is its
slug. What does not fit is named by its file and field.
"""

import json
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import PurePosixPath
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from accounts.faults import field_errors
from context.schema import ReleaseIn

FENCE = "---"
PROMPT = "prompt.md"
SETTINGS = ("settings.toml", "settings.json")


class BadFolder(Exception):
    """The files do not hold a release; the message names every file at fault."""


class FrontMatter(BaseModel):
    """What stands above a document's text."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: str
    topic: str = ""
    required_facts: list[str] = []
    owner: str | None = None
    expires_on: date | None = None
    source: str | None = None


def read_files(files: Mapping[str, str], note: str = "") -> ReleaseIn:
    """The release that files (path to text) hold; raises BadFolder with all that is wrong.

    Settings and documents may be missing.
    """
    faults: list[str] = []
    given: dict[str, Any] = {"documents": [], "note": note}
    if PROMPT in files:
        given["prompt"] = plain(files[PROMPT])
    else:
        faults.append(f"{PROMPT} is missing.")
    if all(path in files for path in SETTINGS):
        faults.append("settings.toml and settings.json: one of them holds the settings.")
    for path in sorted(files):
        try:
            if path in SETTINGS:
                given["settings"] = parse_settings(path, files[path])
            elif path != PROMPT:
                given["documents"].append(parse_document(path, files[path]))
        except BadFolder as bad:
            faults.append(str(bad))
    if faults:
        raise BadFolder("\n".join(sorted(faults)))
    return validated(given)


def validated(given: dict[str, Any]) -> ReleaseIn:
    """The release, or BadFolder in which a document is named by its file."""
    try:
        return ReleaseIn.model_validate(given)
    except ValidationError as error:
        faults = [(fault["field"], fault["message"]) for fault in field_errors(error)]
        raise BadFolder(
            "\n".join(f"{place_of(field, given['documents'])}: {why}" for field, why in faults)
        ) from None


def place_of(field: str, documents: list[dict[str, Any]]) -> str:
    """`documents.3.title` as `context/returns.md: title`."""
    parts = field.split(".")
    if parts[0] == "documents" and len(parts) > 2:
        return f"context/{documents[int(parts[1])]['slug']}.md: {'.'.join(parts[2:])}"
    return {"prompt": PROMPT, "settings": "settings.toml"}.get(parts[0], field)


def plain(text: str) -> str:
    """The text without a mark of byte order and with Unix line ends."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def parse_settings(path: str, text: str) -> dict[str, Any]:
    """The settings in TOML or, for what TOML cannot hold, in JSON."""
    try:
        if path.endswith(".toml"):
            return tomllib.loads(plain(text))
        found = json.loads(plain(text))
    except (ValueError, RecursionError) as error:
        raise BadFolder(f"{path}: {error}.") from None
    if not isinstance(found, dict):
        raise BadFolder(f"{path}: holds no names with values.")
    return found


def parse_document(path: str, text: str) -> dict[str, Any]:
    """A document's file as the fields of KeptDocumentIn."""
    opening, _, rest = plain(text).partition("\n")
    above, fence, body = rest.partition(f"\n{FENCE}\n")
    if opening.rstrip() != FENCE or not fence:
        raise BadFolder(f"{path}: begins with front matter between two lines of {FENCE}.")
    try:
        matter = FrontMatter.model_validate(yaml.safe_load(above) or {})
    except yaml.YAMLError as error:
        raise BadFolder(f"{path}: front matter is no YAML: {error}.") from None
    except ValidationError as error:
        faults = "; ".join(f"{row['field']}: {row['message']}" for row in field_errors(error))
        raise BadFolder(f"{path}: {faults}.") from None
    return {
        "slug": PurePosixPath(path).stem,
        "body": body.removeprefix("\n"),
        **matter.model_dump(exclude_unset=True),
    }
