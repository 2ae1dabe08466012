"""A release as a folder of files: `prompt.md`, `settings.toml`, `context/*.md`.

A document is Markdown under front matter in YAML between two lines of `---`; its file name is its
slug. What does not fit is named by its file and field.
"""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from accounts.bodies import field_errors
from context.schema import ReleaseIn

FENCE = "---"


class BadFolder(Exception):
    """The folder does not hold a release; the message names every file at fault."""


class FrontMatter(BaseModel):
    """What stands above a document's text."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: str
    topic: str = ""
    required_facts: list[str] = []
    owner: str | None = None
    expires_on: date | None = None
    source: str | None = None


def read_folder(folder: Path, note: str = "") -> ReleaseIn:
    """The release that a folder holds; raises BadFolder with all that is wrong with it.

    `settings.toml` and `context/` may be missing; files that begin with a dot are left out.
    """
    if not folder.is_dir():
        raise BadFolder(f"{folder} is no folder.")
    faults: list[str] = []
    documents = []
    for path in sorted((folder / "context").glob("*.md")):
        if not path.name.startswith("."):
            try:
                documents.append(read_document(path))
            except BadFolder as bad:
                faults.append(str(bad))
    given: dict[str, Any] = {"documents": documents, "note": note}
    readers = {"prompt.md": read_text, "settings.toml": read_settings}
    for name, read in readers.items():
        try:
            given[Path(name).stem] = read(folder / name)
        except BadFolder as bad:
            faults.append(str(bad))
    if faults:
        raise BadFolder("\n".join(faults))
    return validated(given, documents)


def validated(given: dict[str, Any], documents: list[dict[str, Any]]) -> ReleaseIn:
    """The release, or BadFolder in which a document is named by its file."""
    try:
        return ReleaseIn.model_validate(given)
    except ValidationError as error:
        faults = [(fault["field"], fault["message"]) for fault in field_errors(error)]
        raise BadFolder(
            "\n".join(f"{place_of(field, documents)}: {message}" for field, message in faults)
        ) from None


def place_of(field: str, documents: list[dict[str, Any]]) -> str:
    """`documents.3.title` as `context/returns.md: title`."""
    parts = field.split(".")
    if parts[0] == "documents" and len(parts) > 2:
        return f"context/{documents[int(parts[1])]['slug']}.md: {'.'.join(parts[2:])}"
    return {"prompt": "prompt.md", "settings": "settings.toml"}.get(parts[0], field)


def read_text(path: Path) -> str:
    """A file as UTF-8 text with Unix line ends."""
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        raise BadFolder(f"{path.name} is missing.") from None
    except UnicodeDecodeError as error:
        raise BadFolder(f"{path.name} is not UTF-8: {error}.") from None


def read_settings(path: Path) -> dict[str, Any]:
    """The settings; none when there is no file."""
    if not path.exists():
        return {}
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise BadFolder(f"{path.name}: {error}.") from None


def read_document(path: Path) -> dict[str, Any]:
    """A document's file as the fields of DocumentIn."""
    name = f"context/{path.name}"
    opening, _, rest = read_text(path).partition("\n")
    above, fence, body = rest.partition(f"\n{FENCE}\n")
    if opening.rstrip() != FENCE or not fence:
        raise BadFolder(f"{name}: begins with front matter between two lines of {FENCE}.")
    try:
        matter = FrontMatter.model_validate(yaml.safe_load(above) or {})
    except yaml.YAMLError as error:
        raise BadFolder(f"{name}: front matter is no YAML: {error}.") from None
    except ValidationError as error:
        faults = "; ".join(f"{row['field']}: {row['message']}" for row in field_errors(error))
        raise BadFolder(f"{name}: {faults}.") from None
    return {
        "slug": path.stem,
        "body": body.removeprefix("\n"),
        **matter.model_dump(exclude_unset=True),
    }
