"""promptfoo's test files as cases: `promptfooconfig.yaml`, a list of tests, or a CSV of tests.

The formats are described at promptfoo.dev/docs/configuration. What a case has no place for is named
entry by entry, never dropped in silence.
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import yaml
from django.utils.text import slugify

from testing.exchange.entries import Entry, UnreadableFile, fault
from testing.exchange.promptfoo_asserts import Expected, add_assertion, in_short

# Variables that hold what the customer says, the likeliest first.
QUESTIONS = (
    "question",
    "query",
    "input",
    "message",
    "user_input",
    "user_message",
    "prompt",
    "text",
)
_KNOWN = {"description", "vars", "assert", "metadata", "threshold"}
_EXPECTED = re.compile(r"__expected\d*$")
_TYPED = re.compile(r"([a-z][a-z-]*)(?:\(([\d.]+)\))?:\s*(.*)$", re.DOTALL)
_CODE = {"fn", "eval"}


def is_csv(names: list[str]) -> bool:
    """Whether a head of columns is promptfoo's."""
    return any(_EXPECTED.match(name) for name in names)


def is_config(value: Any) -> bool:
    """Whether a YAML value is promptfoo's: a configuration, or a list of its tests."""
    if isinstance(value, dict):
        return bool({"tests", "prompts", "providers", "scenarios"} & value.keys())
    items = value if isinstance(value, list) else []
    return any(isinstance(item, dict) and {"vars", "assert"} & item.keys() for item in items)


def list_node(node: yaml.Node) -> list[yaml.Node]:
    """The nodes of a file's cases: of its list, or of the list under `tests` or `cases`."""
    if isinstance(node, yaml.MappingNode):
        lists = [v for k, v in node.value if getattr(k, "value", "") in ("tests", "cases")]
        node = lists[0] if lists else node
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def from_config(value: Any, lines: list[int]) -> list[Entry]:
    """The cases of a configuration or of a list of tests; raises UnreadableFile without tests."""
    config = value if isinstance(value, dict) else {"tests": value}
    tests, shared = config.get("tests"), config.get("defaultTest")
    if isinstance(tests, str):
        raise UnreadableFile(f"The tests stand in {tests}: bring in that file.")
    entries = []
    if config.get("scenarios"):
        entries.append(fault("scenarios", "scenarios cannot be imported: write them out as tests"))
    for number, test in enumerate(tests if isinstance(tests, list) else []):
        place = f"line {lines[number]}" if number < len(lines) else f"test {number + 1}"
        if isinstance(test, dict):
            entries += from_test(place, _with_defaults(test, shared))
        else:
            entries.append(fault(place, f"“{in_short(test)}” is no test: bring in that file"))
    return _with_keys(entries)


def from_test(place: str, test: dict[str, Any]) -> list[Entry]:
    """The cases of one test: one for every question where the variable holds several."""
    given = test.get("vars")
    values = given if isinstance(given, dict) else {}
    name = next((name for name in QUESTIONS if values.get(name)), None)
    if name is None and len(values) == 1:
        name = next(iter(values))
    if name is None:
        known = ", ".join(QUESTIONS)
        return [fault(place, f"no variable holds the question (one of {known})", "vars")]
    questions = values[name] if isinstance(values[name], list) else [values[name]]
    others = {key: value for key, value in values.items() if key != name}
    return [_entry(place, test, question, name, others) for question in questions]


def _entry(
    place: str, test: dict[str, Any], question: Any, name: str, others: dict[str, Any]
) -> Entry:
    """One case, with the words for what of the test is left out."""
    if not isinstance(question, (str, int, float)):
        return fault(place, f"the variable {name} is not a text", f"vars.{name}")
    if str(question).startswith("file://"):
        return fault(place, f"the question stands in {question}", f"vars.{name}")
    expected = Expected(variables={name: question, **others})
    expected.left_out += [f"vars.{key}: {in_short(value)}" for key, value in others.items()]
    for assertion in test.get("assert") or []:
        add_assertion(expected, assertion)
    body: dict[str, Any] = {"question": str(question)}
    if test.get("description"):
        body["description"] = str(test["description"])
    _add_metadata(expected, body, test.get("metadata"))
    threshold = test.get("threshold")
    if isinstance(threshold, (int, float)) and threshold < 1:
        expected.left_out.append(f"threshold {threshold}: here every assertion has to hold")
    rest = (key for key in test if key not in _KNOWN)
    expected.left_out += [f"{key}: {in_short(test[key])}" for key in rest]
    return Entry(place, body | expected.body(), expected.left_out)


def _add_metadata(expected: Expected, body: dict[str, Any], metadata: Any) -> None:
    """Topic, tags, document and critical are fields of a case; other texts become tags."""
    tags: list[str] = []
    for name, value in (metadata if isinstance(metadata, dict) else {}).items():
        if name in ("topic", "category") and isinstance(value, str):
            body["topic"] = value
        elif name == "tags":
            tags += [str(tag) for tag in (value if isinstance(value, list) else [value])]
        elif name in ("document", "document_slug") and isinstance(value, str):
            body["document_slug"] = value
        elif name == "critical" and str(value).lower() in ("true", "false"):
            body["critical"] = str(value).lower() == "true"
        elif isinstance(value, (str, int, float)) and len(f"{name}: {value}") <= 100:
            tags.append(f"{name}: {value}")
        else:
            expected.left_out.append(f"metadata.{name}: {in_short(value)}")
    if tags:
        body["tags"] = tags


def _with_defaults(test: dict[str, Any], shared: Any) -> dict[str, Any]:
    """A test with what `defaultTest` adds to each."""
    if isinstance(shared, str):
        return test | {"defaultTest": shared}
    if not isinstance(shared, dict):
        return test
    merged = {**shared, **test}
    for name in ("vars", "metadata"):
        ours, theirs = test.get(name), shared.get(name)
        if isinstance(theirs, dict) and isinstance(ours, (dict, type(None))):
            merged[name] = {**theirs, **(ours or {})}
    assertions = [*(shared.get("assert") or []), *(test.get("assert") or [])]
    return merged | {"assert": assertions} if assertions else merged


def from_rows(names: list[str], rows: Iterable[tuple[int, list[str]]]) -> list[Entry]:
    """The cases of a CSV: `__expected` columns are assertions, names without `__` variables."""
    found = (_from_row(f"line {number}", names, row) for number, row in rows if any(row))
    return _with_keys(entry for entries in found for entry in entries)


def _from_row(place: str, names: list[str], row: list[str]) -> list[Entry]:
    test: dict[str, Any] = {"vars": {}, "assert": [], "metadata": {}}
    for name, cell in zip(names, row, strict=False):
        if not name or not cell.strip():
            continue
        if _EXPECTED.match(name):
            test["assert"].append(_of_cell(cell.strip()))
        elif name == "__description":
            test["description"] = cell
        elif name == "__threshold":
            test["threshold"] = float(cell) if re.fullmatch(r"\d*\.?\d+", cell.strip()) else cell
        elif name.startswith("__metadata:"):
            key = name.removeprefix("__metadata:")
            parts = [part.strip() for part in re.split(r"(?<!\\),", cell)]
            test["metadata"][key.removesuffix("[]")] = parts if key.endswith("[]") else cell
        elif name.startswith("__"):
            test[name] = cell
        else:
            test["vars"][name] = cell
    return from_test(place, test)


def _of_cell(cell: str) -> dict[str, Any]:
    """The assertion of a cell: "type: value", "type(0.8): value", or the exact text."""
    match = _TYPED.match(cell)
    if match is None:
        return {"type": "equals", "value": cell}
    kind, threshold, value = match.groups()
    if kind in _CODE:
        kind = "javascript"
    elif kind == "grade":
        kind = "llm-rubric"
    made = {"type": kind, "value": value}
    return made | {"threshold": float(threshold)} if threshold else made


def _with_keys(entries: Iterable[Entry]) -> list[Entry]:
    """Entries with their description as key, where no other has it: a test keeps it for life."""
    found = list(entries)
    bodies = [entry.body for entry in found if isinstance(entry.body, dict)]
    slugs = {id(body): slugify(body.get("description", ""))[:100] for body in bodies}
    counts = Counter(slugs.values())
    for entry in found:
        if not isinstance(entry.body, dict):
            continue
        description = entry.body.pop("description", "")
        slug = slugs[id(entry.body)]
        if slug and counts[slug] == 1:
            entry.body["key"] = slug
        elif description:
            entry.left_out.append(f"description: {in_short(description)}")
    return found
