"""Files of cases: JSON lines, CSV and YAML, read with the place of every case, and written.

What is written comes in again as it was. A line, row or item that cannot be read is an entry with
its error; a file that cannot be read as a whole raises `UnreadableFile`.
"""

import codecs
import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from accounts.parsers import refuse_constant, whole
from testing.exchange import promptfoo
from testing.exchange.cells import COLUMNS, cell_of, value_of
from testing.exchange.entries import Entry, UnreadableFile, fault

FORMATS = {
    "jsonl": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "yaml": "application/yaml",
}
ENDINGS = {"jsonl": "jsonl", "ndjson": "jsonl", "csv": "csv", "yaml": "yaml", "yml": "yaml"}
READABLE = (*FORMATS, "promptfoo")
MOST_BYTES = 20 * 1024 * 1024
MOST_ENTRIES = 10_000
MOST_VALUES = 2_000_000
_LONGEST_CELL = 4 * 1024 * 1024
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def format_of(name: str) -> str:
    """The format that a file's name promises; UnreadableFile for an ending we do not know."""
    ending = name.rpartition(".")[2].lower()
    if ending not in ENDINGS:
        raise UnreadableFile(
            f"The name {name!r} does not end in .jsonl, .csv or .yaml: say which format it is."
        )
    return ENDINGS[ending]


def read(data: bytes, form: str) -> list[Entry]:
    """The cases of a file in one of `READABLE`; promptfoo's tests are known by their look as well.

    Raises UnreadableFile: too large, not in UTF-8, no CSV, no YAML, no cases.
    """
    if len(data) > MOST_BYTES:
        raise UnreadableFile(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.")
    text = _decoded(data)
    if form == "jsonl":
        entries = _read_jsonl(text)
    elif form == "csv" or (form == "promptfoo" and _looks_like_csv(text)):
        entries = _read_csv(text)
    else:
        entries = _read_yaml(text, form == "promptfoo")
    if not entries:
        raise UnreadableFile("There is no case in the file.")
    if len(entries) > MOST_ENTRIES:
        raise UnreadableFile(f"The file holds more than {MOST_ENTRIES:,} cases: split it.")
    return entries


def write(cases: Iterable[dict[str, Any]], form: str) -> Iterator[str]:
    """The lines of a file in one of `FORMATS`; each case as its key, status and content."""
    if form == "csv":
        return _write_csv(cases)
    if form == "yaml":
        return _write_yaml(cases)
    return (json.dumps(case, ensure_ascii=False) + "\n" for case in cases)


def _decoded(data: bytes) -> str:
    """The text of a file; spreadsheets write UTF-8 with a mark, or UTF-16."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    else:
        encoding = "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UnreadableFile(
            f"Line {line} is not in UTF-8 (byte {data[error.start]:#04x}). "
            "Save the file as UTF-8; spreadsheets call it “CSV UTF-8”."
        ) from None


def _read_jsonl(text: str) -> list[Entry]:
    entries = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"line {number}"
        try:
            entries.append(Entry(place, whole(json.loads(line, parse_constant=refuse_constant))))
        except RecursionError:
            entries.append(fault(place, "nested too deeply"))
        except ValueError as error:
            entries.append(fault(place, f"not JSON: {error}"))
    return entries


def _looks_like_csv(text: str) -> bool:
    """Whether the first line names promptfoo's columns."""
    return "__expected" in text.partition("\n")[0]


def _read_csv(text: str) -> list[Entry]:
    """Rows under a head of column names, separated by commas, semicolons or tabs."""
    csv.field_size_limit(_LONGEST_CELL)
    if text.lower().startswith("sep="):  # a line that spreadsheets write before the head
        text = text.partition("\n")[2]
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = _numbered(reader)
    try:
        names = [name.strip() for name in next(rows, (0, []))[1]]
        if promptfoo.is_csv(names):
            return promptfoo.from_rows(names, rows)
        _check_head(names)
        return [_from_row(f"line {n}", names, row) for n, row in rows if any(row)]
    except csv.Error as error:
        raise UnreadableFile(f"Line {reader.line_num} is no CSV: {error}.") from None


def _numbered(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line it begins on."""
    before = reader.line_num
    for row in reader:
        yield before + 1, row
        before = reader.line_num


def _check_head(names: list[str]) -> None:
    unknown = [name for name in names if name and name not in COLUMNS]
    if "question" not in names:
        raise UnreadableFile("The first line has to name the columns, one of them “question”.")
    if unknown:
        known = ", ".join(COLUMNS)
        raise UnreadableFile(f"Unknown columns: {', '.join(unknown)}. Known are: {known}.")
    if doubled := {name for name in names if name and names.count(name) > 1}:
        raise UnreadableFile(f"Columns named twice: {', '.join(sorted(doubled))}.")


def _from_row(place: str, names: list[str], row: list[str]) -> Entry:
    if any(cell.strip() for cell in row[len(names) :]):
        return fault(place, f"has {len(row)} cells, the head names {len(names)} columns")
    pairs = [(name, cell) for name, cell in zip(names, row, strict=False) if name and cell != ""]
    return Entry(place, {name: value_of(name, cell) for name, cell in pairs})


def _write_csv(cases: Iterable[dict[str, Any]]) -> Iterator[str]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for case in cases:
        writer.writerow(cell_of(case[name]) for name in COLUMNS)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _read_yaml(text: str, is_promptfoo: bool) -> list[Entry]:
    """A list of cases, or promptfoo's configuration or list of tests."""
    try:
        value, lines = _parsed(text)
    except yaml.YAMLError as error:
        raise UnreadableFile(f"This is no YAML: {_in_words(error)}.") from None
    except RecursionError:
        raise UnreadableFile("The file is nested too deeply.") from None
    except ValueError as error:  # a date such as 2026-02-31
        raise UnreadableFile(f"A value cannot be read: {error}.") from None
    if is_promptfoo or promptfoo.is_config(value):
        return promptfoo.from_config(value, lines)
    if isinstance(value, dict) and isinstance(value.get("cases"), list):
        value = value["cases"]
    if not isinstance(value, list):
        raise UnreadableFile("The file has to be a list of cases, or promptfoo tests.")
    return [Entry(_place(lines, n), whole(item)) for n, item in enumerate(value)]


def _parsed(text: str) -> tuple[Any, list[int]]:
    """The value of a YAML text, and the line on which each item of its list begins."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None, []
        items = promptfoo.list_node(node)
        lines = [item.start_mark.line + 1 for item in items]
        value = loader.construct_document(node)
    finally:
        loader.dispose()
    _check_size(value)
    return value, lines


def _check_size(value: Any) -> None:
    """Refuse what a few lines of aliases unfold to."""
    waiting, seen = [value], 0
    while waiting:
        seen += 1
        if seen > MOST_VALUES:
            raise UnreadableFile("The file unfolds to too many values.")
        part = waiting.pop()
        if isinstance(part, dict):
            waiting.extend(part.values())
        elif isinstance(part, (list, set, tuple)):
            waiting.extend(part)


def _in_words(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "not readable"
    return f"line {mark.line + 1}: {what}" if mark else str(what)


def _place(lines: list[int], number: int) -> str:
    return f"line {lines[number]}" if number < len(lines) else f"case {number + 1}"


def _write_yaml(cases: Iterable[dict[str, Any]]) -> Iterator[str]:
    empty = True
    for case in cases:
        empty = False
        yield yaml.dump([case], Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
    if empty:
        yield "[]\n"
