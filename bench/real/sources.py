"""The public data as the product takes it: conversations, a release of a policy, cases of tasks.

Times, channel and what else the sources lack are made up as `bench.load_real` says. The tau-bench
chats name the release whose policy their agent had: 1 for tau-bench, 2 for tau2-bench.
"""

import gzip
import json
import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from bench.load_real import OFFICE_HOURS, conversation, read

Json = dict[str, Any]
RETAIL = "tau_retail.jsonl.gz"
PEOPLE = ("star_human_agents.jsonl.gz", "abcd_sample.jsonl")
POLICIES = {"tau-bench": ("tau1_retail_policy.md", 1), "tau2-bench": ("tau2_retail_policy.md", 2)}
TASKS = "tau1_retail_tasks.jsonl.gz"
HANDOVER = "transfer_to_human_agents"
SUBSECTION = re.compile(r"^##+ ", re.MULTILINE)


def chats(folder: Path, names: tuple[str, ...]) -> list[Json]:
    """The chats of these files below `conversations/`, in their neutral form."""
    return [chat for name in names for chat in read(folder / "conversations" / name)]


def payloads(found: list[Json], day: date, releases: bool) -> list[Json]:
    """The chats in our schema; those without a recorded time fall on `day`, 9:00 to 20:00 UTC."""
    first, step = datetime.combine(day, time(9), UTC), OFFICE_HOURS / max(1, len(found))
    made = []
    for number, chat in enumerate(found):
        payload = conversation(chat, first + number * step)
        if releases:
            payload["release"] = POLICIES[chat["source"]["dataset"]][1]
        made.append(payload)
    return made


def succeeded(found: list[Json]) -> dict[str, bool]:
    """By external id: whether the benchmark found the customer's task done."""
    return {chat["external_id"]: bool(chat["outcome"]["success"]) for chat in found}


def policy(folder: Path, dataset: str) -> Json:
    """A release as REST takes it: the policy's opening as prompt, a document for each heading."""
    name = POLICIES[dataset][0]
    text = (folder / "policies" / name).read_text(encoding="utf-8")
    opening, *sections = SUBSECTION.split(text)
    documents = [document(section) for section in sections]
    documents = [one for one in documents if one["body"]]
    return {"prompt": opening.strip(), "documents": documents, "note": f"Policy of {dataset}"}


def document(section: str) -> Json:
    """One section of a policy, its first line being the heading."""
    title, _, body = section.partition("\n")
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    return {"slug": slug, "title": title.strip(), "body": body.strip(), "topic": "retail"}


def cases(folder: Path) -> list[Json]:
    """A case of each task: the customer's instruction as the question, the outputs as facts."""
    with gzip.open(folder / "tasks" / TASKS, "rt", encoding="utf-8") as file:
        return [case(json.loads(line)) for line in file]


def case(task: Json) -> Json:
    """One approved case. Calls of tools that change data are not expressed: releases have none."""
    actions = [action["name"] for action in task["expected_actions"] or []]
    return {
        "key": f"tau1-retail-{task['task_id']}",
        "question": task["instruction"],
        "expected_action": "handover" if actions[-1:] == [HANDOVER] else "answer",
        "expected_facts": list(task["expected_outputs"] or []),
        "status": "approved",
        "tags": ["tau-bench"],
        "topic": "retail",
    }


def oddities(found: list[Json]) -> dict[str, int]:
    """How much of what is odd is in the chats, in their neutral form."""
    messages = [message for chat in found for message in chat["messages"]]
    texts = [(message["text"] or "").strip() for message in messages]
    return {
        "calls of tools": sum(len(message.get("tool_calls") or []) for message in messages),
        "messages of tools": sum(message["role"] == "tool" for message in messages),
        "messages without text": texts.count(""),
        "replies of an agent that are JSON": sum(
            message["role"] == "ai_agent" and text.startswith("{")
            for message, text in zip(messages, texts, strict=True)
        ),
        "chats of 60 messages or more": sum(len(chat["messages"]) >= 60 for chat in found),
        "longest text, characters": max(map(len, texts), default=0),
        "chats without a recorded time": sum(chat["opened_at"] is None for chat in found),
    }


def yesterday(now: datetime) -> date:
    """The day before a moment, in UTC: the workspace's zone here."""
    return now.astimezone(UTC).date() - timedelta(days=1)
