"""Labelled questions of public sets, and the 100,000 that are made of them."""

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from testing.questions.drafting import first_question

Labelled = list[tuple[str, str]]  # a question and its intent
FILES = ("banking77", "dstc11_insurance", "dstc11_banking")
CHATS = "multidogo_customer_turns"
NO_QUESTION = frozenset(
    {
        "openinggreeting",
        "closinggreeting",
        "confirmation",
        "rejection",
        "contentonly",
        "thankyou",
        "outofdomain",
    }
)
WORDS = ("please", "now", "really", "today", "just", "again", "still")
MOST = 2000


def read(folder: Path, name: str) -> list[dict[str, Any]]:
    """The rows of one file."""
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def all_sets(folder: Path) -> dict[str, Labelled]:
    """Every set as questions with their intents."""
    sets = {name: [(row["text"], row["intent"]) for row in read(folder, name)] for name in FILES}
    return sets | {"multidogo": first_questions(read(folder, CHATS))}


def first_questions(turns: list[dict[str, Any]]) -> Labelled:
    """What the product takes of each chat, if the label of that turn is of a question."""
    chats: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for turn in turns:
        chats[turn["conversation_id"]].append(turn)
    found = []
    for chat in chats.values():
        for turn in sorted(chat, key=lambda one: one["turn"]):
            text = first_question([turn["text"]])
            if text:
                intents = [one for one in turn["intents"] if one not in NO_QUESTION]
                found += [(text, f"{turn['domain']}: {one}") for one in intents[:1]]
                break
    return found


def halves(rows: Labelled) -> tuple[Labelled, Labelled]:
    """The questions by intent: those on which cosines were chosen, and those reported on."""
    intents = sorted({intent for _, intent in rows})
    random.Random(0).shuffle(intents)
    chosen = set(intents[: len(intents) // 2])
    return [one for one in rows if one[1] in chosen], [one for one in rows if one[1] not in chosen]


def drawn(rows: Labelled, seed: int, most: int = MOST) -> Labelled:
    """At most so many questions, in an order of their own for each seed."""
    return random.Random(seed).sample(rows, min(most, len(rows)))


def many(sets: dict[str, Labelled], count: int) -> Labelled:
    """`count` questions of BANKING77 and MultiDoGO, drawn with repetition; of longer ones a word is
    dropped, doubled by a filler, or changes places with the next.
    """
    rows = sets["banking77"] + sets["multidogo"]
    chance = random.Random(0)
    return [(perturbed(text, chance), intent) for text, intent in chance.choices(rows, k=count)]


def perturbed(text: str, chance: random.Random) -> str:
    """The question in slightly other words."""
    words: list[str] = text.split()
    if len(words) < 4:
        return text
    place = chance.randrange(len(words) - 1)
    match chance.randrange(4):
        case 0:
            del words[place]
        case 1:
            words[place], words[place + 1] = words[place + 1], words[place]
        case 2:
            words.insert(place, chance.choice(WORDS))
    return " ".join(words)


def texts_of(rows: Sequence[tuple[str, str]]) -> list[str]:
    """The questions without their labels."""
    return [text for text, _ in rows]
