"""The files of a release: as they were pushed where that still holds, else as we write them."""

from collections.abc import Mapping

from context.editing.upkeep import UPKEEP, upkeep_of
from context.files.reading import SETTINGS, BadFolder, parse_document, parse_settings, plain
from context.files.texts import as_json, document_path, written
from context.models.releases import Release
from context.models.sources import ReleaseFile
from context.models.upkeep import Upkeep
from context.releases.content import Content, DocumentContent, content_of

Kept = Mapping[str, object]


def release_files(release: Release) -> dict[str, str]:
    """The files of a release, path to text: reading them gives the release, and what was pushed
    comes back to the last byte.
    """
    content, kept = content_of(release), kept_of(release)
    files = canonical_files(content, kept)
    pushed = dict(release.files.values_list("path", "text"))
    for path in SETTINGS:
        if path in pushed and reads_to_settings(path, pushed[path], content):
            files = {name: text for name, text in files.items() if name not in SETTINGS}
            files[path] = pushed[path]
    if "prompt.md" in pushed and plain(pushed["prompt.md"]) == content.prompt:
        files["prompt.md"] = pushed["prompt.md"]
    for document in content.documents:
        path = document_path(document.slug)
        if path in pushed and reads_to(path, pushed[path], document, kept.get(document.slug, {})):
            files[path] = pushed[path]
    return dict(sorted(files.items()))


def canonical_files(content: Content, kept: Mapping[str, Kept]) -> dict[str, str]:
    """The files as we write them."""
    return written(content.prompt, content.settings, content.documents, kept)


def kept_of(release: Release) -> dict[str, dict[str, object]]:
    """What is known of the upkeep of the release's documents now, as front matter names it."""
    return {slug: matter_of(row) for slug, row in upkeep_of(release.agent).items()}


def matter_of(row: Upkeep) -> dict[str, object]:
    """Owner, last day and source; None where unknown."""
    owner = row.owner.username if row.owner else None
    return {"owner": owner, "expires_on": row.expires_on, "source": row.source or None}


def reads_to_settings(path: str, text: str, content: Content) -> bool:
    """Whether a file of settings holds what the release does."""
    try:
        return as_json(parse_settings(path, text)) == as_json(content.settings)
    except (BadFolder, TypeError):
        return False


def reads_to(path: str, text: str, document: DocumentContent, kept: Kept) -> bool:
    """Whether a document's file holds what the release does, and says nothing of its upkeep that no
    longer holds.
    """
    try:
        read = parse_document(path, text)
    except BadFolder:
        return False
    said = {name: read.pop(name) for name in UPKEEP if name in read}
    facts = tuple(read.pop("required_facts", ()))
    if DocumentContent(required_facts=facts, **read) != document:
        return False
    return all((value or None) == (kept.get(name) or None) for name, value in said.items())


def keep_files(release: Release, files: Mapping[str, str]) -> None:
    """Keep the files as they were pushed, those that we would write otherwise."""
    usual = canonical_files(content_of(release), kept_of(release))
    release.files.all().delete()
    ReleaseFile.objects.bulk_create(
        ReleaseFile(release=release, path=path, text=text)
        for path, text in files.items()
        if usual.get(path) != text
    )


def inherit_files(release: Release) -> None:
    """Give a new release the files of its parent, so that what it leaves alone stays as it was
    written.
    """
    if release.parent is not None:
        ReleaseFile.objects.bulk_create(
            ReleaseFile(release=release, path=path, text=text)
            for path, text in release.parent.files.values_list("path", "text")
        )
