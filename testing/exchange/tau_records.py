"""What a shop's reading tools return, made from its records: rows of {table, id, row}.

The tools are known by their names, as tau-bench names them: `get_order_details(order_id)` returns
the row of `orders`, `find_user_id_by_email(email)` the id of the row of `users` in which an email
stands, `list_all_product_types()` every name in `products` with its id.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from testing.exchange.entries import UnreadableFile

# From a user to the orders, and from those to the products.
STEPS = 2
_FINDS = re.compile(r"find_(\w+)_id_by_\w+$")
_LISTS = re.compile(r"list_all_(\w+)_types$")

Json = dict[str, Any]


@dataclass(frozen=True)
class Signatures:
    """The names of the arguments of each tool, as calls of it showed them."""

    arguments: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, *calls: Iterable[Json]) -> Self:
        """Read them from calls; of a tool that was called in several ways the first counts."""
        found: dict[str, frozenset[str]] = {}
        for group in calls:
            for call in group:
                found.setdefault(call["name"], frozenset(call["arguments"]))
        return cls(found)


@dataclass(frozen=True)
class Records:
    """The shop's rows, by table and id, and the table of each id."""

    tables: Mapping[str, Mapping[str, Json]]
    table_of: Mapping[str, str]

    @classmethod
    def read(cls, rows: Iterable[Json]) -> Self:
        """Take the rows; UnreadableFile for one without table, id and row."""
        tables: dict[str, dict[str, Json]] = defaultdict(dict)
        for number, row in enumerate(rows, start=1):
            try:
                tables[str(row["table"])][str(row["id"])] = dict(row["row"])
            except (LookupError, TypeError, ValueError):
                raise UnreadableFile(f"Record {number} has no table, id and row.") from None
        return cls(tables, {key: name for name, table in tables.items() for key in table})

    def reads(self, touched: Iterable[str], signatures: Signatures) -> list[Json]:
        """The calls of reading tools about these ids and the records they name, with results."""
        ids = self._reachable(touched)
        calls = [call for name in signatures.arguments for call in self._of_tool(name, ids)]
        return [
            call
            for call in calls
            if frozenset(call["arguments"]) == signatures.arguments[call["name"]]
        ]

    def facts_of(self, user_id: str, instruction: str) -> list[str]:
        """What the customer knows by name: of the own record, what the instruction says."""
        row = next((table[user_id] for table in self.tables.values() if user_id in table), None)
        if row is None:
            return []
        values = dict(_named(row))
        name = f"{values.get('first_name', '')} {values.get('last_name', '')}".strip()
        # The customer may be named by the user's id alone, which holds the name.
        known = {"email": values.get("email"), "zip code": values.get("zip")}
        told = {label: value for label, value in known.items() if value and value in instruction}
        if name and (name.lower() in instruction.lower() or user_id in instruction):
            told["name"] = name
        return [f"{label}: {value}" for label, value in sorted(told.items())]

    def _reachable(self, touched: Iterable[str]) -> list[str]:
        """These ids and those their records name, a few steps far; in a stable order."""
        found = {key: None for key in touched if key in self.table_of}
        new = list(found)
        for _ in range(STEPS):
            texts = (text for key in new for text in _texts(self._row(key)))
            new = [text for text in dict.fromkeys(texts) if text in self.table_of]
            new = [key for key in new if key not in found]
            found |= dict.fromkeys(new)
        return list(found)

    def _row(self, key: str) -> Json:
        return dict(self.tables[self.table_of[key]][key])

    def _of_tool(self, tool: str, ids: Iterable[str]) -> Iterator[Json]:
        """The calls of one tool that these records answer."""
        if match := _LISTS.match(tool):
            rows = self.tables.get(f"{match[1]}s", {})
            names = sorted((str(row.get("name")), key) for key, row in rows.items())
            if names:
                yield _call(tool, {}, json.dumps(dict(names)))
        elif match := _FINDS.match(tool):
            arguments = tool.partition("_id_by_")[2].replace("name", "first_name_last_name")
            for key in self._of_table(f"{match[1]}s", ids):
                named = dict(_named(self._row(key)))
                values = {name: named[name] for name in named if _is_part(name, arguments)}
                yield _call(tool, values, key)
        elif tool.startswith("get_"):
            thing = tool.removeprefix("get_").removesuffix("_details")
            for key in self._of_table(f"{thing}s", ids):
                yield _call(tool, {f"{thing}_id": key}, json.dumps(self._row(key)))

    def _of_table(self, table: str, ids: Iterable[str]) -> list[str]:
        return [key for key in ids if self.table_of[key] == table]


def _call(tool: str, arguments: Json, result: str) -> Json:
    return {"name": tool, "arguments": arguments, "result": result}


def _is_part(name: str, arguments: str) -> bool:
    """Whether a field is named in a tool's name: `zip` in `first_name_last_name_zip`."""
    return f"_{name}_" in f"_{arguments}_"


def _named(value: Any) -> Iterator[tuple[str, str]]:
    """The texts of a record with their names, at any depth; of a name that comes twice the last."""
    if isinstance(value, dict):
        for name, part in value.items():
            if isinstance(part, str):
                yield name, part
            yield from _named(part)


def _texts(value: Any) -> Iterator[str]:
    """Every text in a record."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
