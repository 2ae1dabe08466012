"""A release as a folder on disk: which files belong to it, and how they are read and written."""

import os
from collections.abc import Mapping
from pathlib import Path

from context.files.reading import PROMPT, SETTINGS, BadFolder, read_files
from context.schema import ReleaseIn

__all__ = ["BadFolder", "files_in", "read_folder", "write_folder"]


def read_folder(folder: Path, note: str = "") -> ReleaseIn:
    """The release that a folder holds, with its files as they stand; raises BadFolder with all that
    is wrong with it.
    """
    files = files_in(folder)
    return read_files(files, note).model_copy(update={"files": files})


def files_in(folder: Path) -> dict[str, str]:
    """The files of a release in this folder: path to text, to the last byte as it stands.

    Only `prompt.md`, the settings and `context/*.md`; names that begin with a dot are left out.
    """
    if not folder.is_dir():
        raise BadFolder(f"{folder} is no folder.")
    if deeper := sorted((folder / "context").glob("*/**/*.md")):
        path = deeper[0].relative_to(folder).as_posix()
        raise BadFolder(f"{path}: documents stand in context/ itself, not below it.")
    paths = [folder / name for name in (PROMPT, *SETTINGS)]
    paths += sorted((folder / "context").glob("[!.]*.md"))
    found, faults = {}, []
    for file in paths:
        if not file.exists():
            continue
        name = file.relative_to(folder).as_posix()
        try:
            found[name] = file.read_bytes().decode()
        except UnicodeDecodeError as error:
            faults.append(f"{name} is not UTF-8: {error}.")
    if faults:
        raise BadFolder("\n".join(faults))
    return found


def write_folder(folder: Path, files: Mapping[str, str], old: Mapping[str, str]) -> None:
    """Make the folder hold exactly these files in the place of the `old` ones; others stay.

    Each is put in its place whole, so that nobody reads half of one.
    """
    for path, text in files.items():
        if old.get(path) != text:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            beside = target.with_name(f".{target.name}.new")
            beside.write_bytes(text.encode())
            os.replace(beside, target)
    for path in old.keys() - files.keys():
        (folder / path).unlink()
