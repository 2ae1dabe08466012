"""Reading conversations from files: JSON lines of our schema, or CSV with one message a row."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, BinaryIO

CONVERSATION_COLUMNS = (
    "external_id",
    "source",
    "channel",
    "topic",
    "language",
    "tier",
    "customer_ref",
    "opened_at",
    "closed_at",
    "release",
    "tags",
    "csat_score",
    "csat_scored_at",
    "survey_sent_at",
    "cost_usd",
)
MESSAGE_COLUMNS = ("message_id", "author", "public", "text", "sent_at")
WORDS_FOR_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True)
class Line:
    """A payload with the line it begins on; `fault` instead, when the line cannot be read."""

    number: int
    payload: Any = None
    fault: str = ""


class UnknownColumns(Exception):
    """A CSV file whose head has columns we do not know, or lacks those we need."""


def read_jsonl(file: BinaryIO) -> Iterator[Line]:
    """One conversation a line; empty lines are passed over."""
    for number, raw in enumerate(file, start=1):
        if raw.strip():
            try:
                yield Line(number, json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8")))
            except RecursionError:
                yield Line(number, fault="nested too deeply")
            except ValueError as error:
                yield Line(number, fault=f"not JSON: {error}")


def read_csv(file: BinaryIO) -> Iterator[Line]:
    """Rows that follow each other with the same source and external_id are one conversation.

    Raises UnknownColumns. Tags are separated by semicolons.
    """
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
    try:
        reader = csv.DictReader(text)
        check_columns(reader.fieldnames or [])
        for _, rows in groupby(numbered(reader), key=lambda pair: key_of(pair[1])):
            group = list(rows)
            yield Line(group[0][0], conversation_of([cells for _, cells in group]))
    finally:
        text.detach()  # the file is the caller's to close


def numbered(reader: "csv.DictReader[str]") -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with the line it begins on; cells that are not there are empty."""
    before = reader.line_num
    for row in reader:
        yield before + 1, {name: value or "" for name, value in row.items() if name is not None}
        before = reader.line_num


def key_of(row: dict[str, str]) -> tuple[str, str]:
    """Which conversation a row belongs to."""
    return row["source"], row["external_id"]


def check_columns(names: Iterable[str]) -> None:
    """Raise UnknownColumns unless the head fits."""
    given = set(names)
    if unknown := given - {*CONVERSATION_COLUMNS, *MESSAGE_COLUMNS}:
        raise UnknownColumns(f"unknown columns: {', '.join(sorted(unknown))}")
    if missing := {"external_id", "source", "channel", "opened_at"} - given:
        raise UnknownColumns(f"missing columns: {', '.join(sorted(missing))}")


def conversation_of(rows: list[dict[str, str]]) -> dict[str, Any]:
    """One conversation of the schema; an empty cell is a field left out."""
    head = {name: rows[0].get(name, "") for name in CONVERSATION_COLUMNS}
    payload: dict[str, Any] = {name: value for name, value in head.items() if value}
    payload.setdefault("channel", "")
    if tags := payload.pop("tags", ""):
        payload["tags"] = [tag.strip() for tag in tags.split(";") if tag.strip()]
    if release := payload.pop("release", ""):
        payload["release"] = as_number(release)
    csat = {"score": payload.pop("csat_score", ""), "scored_at": payload.pop("csat_scored_at", "")}
    if csat["score"]:
        payload["csat"] = {"score": as_number(csat["score"])}
        payload["csat"] |= {"scored_at": csat["scored_at"]} if csat["scored_at"] else {}
    payload["messages"] = [message_of(row) for row in rows if row.get("message_id")]
    return payload


def message_of(row: dict[str, str]) -> dict[str, Any]:
    """One message of the schema."""
    public = row.get("public", "").strip().lower()
    return {
        "external_id": row["message_id"],
        "author": row.get("author", ""),
        "public": WORDS_FOR_BOOLEANS.get(public, public) if public else True,
        "text": row.get("text", ""),
        "sent_at": row.get("sent_at") or None,
    }


def as_number(text: str) -> int | str:
    """A whole number; other text is left for the schema to refuse by name."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


FORMATS = {"jsonl": read_jsonl, "csv": read_csv}
