"""Real chats as conversations of our schema, for `./run manage ingest --agent … -`.

The neutral form (role, text, created_at, tool_calls) of the folder's README is mapped. Made up is
only what the schema needs and the sources lack: a channel, and times. A conversation without a time
is put on `--day`, one every few seconds from 9:00 UTC on; its messages get no time, so that ingest
reconstructs theirs. Calls of tools become internal messages of a tool.
"""

import argparse
import gzip
import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any

FOLDER = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "conversations"
FILES = ("tau_retail.jsonl.gz", "star_human_agents.jsonl.gz", "abcd_sample.jsonl")
AUTHORS = {
    "customer": "customer",
    "ai_agent": "ai",
    "human_agent": "human",
    "tool": "tool",
    "system": "system",
}
OFFICE_HOURS = timedelta(hours=11)
Json = dict[str, Any]


def read(path: Path) -> Iterator[Json]:
    """The conversations of a file, packed or not."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def moment(text: str | None) -> str | None:
    """A recorded time; those without a zone are taken as UTC."""
    if text is None:
        return None
    recorded = datetime.fromisoformat(text)
    return (recorded if recorded.tzinfo else recorded.replace(tzinfo=UTC)).isoformat()


def call_text(call: Json) -> str:
    """A call of a tool as text: `get_order({"order_id": "#W1"})`."""
    arguments = call.get("arguments_text")
    if arguments is None:
        arguments = json.dumps(call.get("arguments"), ensure_ascii=False)
    return f"{call['name']}({arguments})"


def messages_of(chat: Json) -> list[Json]:
    """The messages, with each call of a tool as one more; a text that only carried calls is left
    out.
    """
    found: list[Json] = []

    def add(author: str, text: str, sent_at: str | None) -> None:
        public = author not in ("tool", "system")
        found.append({"external_id": f"m{len(found) + 1}", "author": author, "text": text})
        found[-1] |= {"public": public, "sent_at": sent_at}

    for message in chat["messages"]:
        calls, text = message.get("tool_calls") or [], message["text"] or ""
        sent_at = moment(message.get("created_at"))
        if text or not calls:
            add(AUTHORS[message["role"]], text, sent_at)
        for call in calls:
            add("tool", call_text(call), sent_at)
    return found


def conversation(chat: Json, default: datetime) -> Json:
    """One conversation of our schema; `default` is its time when none was recorded."""
    messages = messages_of(chat)
    opened_at = moment(chat["opened_at"]) or default.isoformat()
    times = [message["sent_at"] for message in messages if message["sent_at"]]
    after = (datetime.fromisoformat(opened_at) + timedelta(minutes=30)).isoformat()
    closed_at = max(times, default=after)
    meta, outcome = chat["meta"], chat["outcome"] or {}
    payload: Json = {
        "external_id": chat["external_id"],
        "source": chat["source"]["dataset"].lower()[:50],
        "channel": "chat",
        "topic": (meta.get("domain") or next(iter(meta.get("domains") or []), "")),
        "language": "en",
        "opened_at": min([opened_at, *times]),
        "closed_at": closed_at,
        "messages": messages,
    }
    if "transferred_to_human" in outcome:
        handed_over = bool(outcome["transferred_to_human"])
        payload["tags"] = ["ai_answered", "ai_handover" if handed_over else "ai_close"]
    return payload


def write(paths: list[Path], day: date, out: IO[str]) -> int:
    """Write the conversations of all files as JSON lines; returns how many."""
    chats = [chat for path in paths for chat in read(path)]
    step = OFFICE_HOURS / max(1, len(chats))
    first = datetime.combine(day, time(9), UTC)
    for number, chat in enumerate(chats):
        out.write(json.dumps(conversation(chat, first + number * step), ensure_ascii=False) + "\n")
    return len(chats)


def main() -> None:
    """Read the command line and write to the standard output or a file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, help="default: the files of --folder")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--day", type=date.fromisoformat, help="of chats without a time; yesterday")
    parser.add_argument("--out", type=Path, help="default: the standard output")
    options = parser.parse_args()
    paths = options.files or [options.folder / name for name in FILES]
    day = options.day or datetime.now(UTC).date() - timedelta(days=1)
    if options.out is None:
        write(paths, day, sys.stdout)
        return
    with options.out.open("w", encoding="utf-8") as file:
        print(f"{write(paths, day, file)} conversations in {options.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
