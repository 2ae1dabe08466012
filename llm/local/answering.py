"""The task `agent_answer`: what a support agent that knows only its documents replies.

Retrieval-extractive: it finds the document whose sentences cover what the customer asks, and quotes
it. Take the document away and it hands over; contradict it by another and it hands over too.
"""

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from llm.local import phrasing
from llm.local.contradictions import contradict
from llm.local.directives import Directives, read_directives
from llm.local.facts import asks_for, find_facts
from llm.local.knowledge import Knowledge, Match
from llm.local.moods import (
    has_content,
    is_angry,
    is_automatic,
    is_just_thanks,
    is_risky,
    is_unsatisfied,
    only_gives_a_fact,
    wants_person,
    without_greeting,
)
from llm.local.phrases import says
from llm.local.text import sentences
from llm.local.tools import Toolbox, Used

THRESHOLD = 0.43
_CAUTION = 0.12
_NOISE = 0.04
_ALSO_RELEVANT = 0.75
_SECOND_SENTENCE = 0.8
_RIVALS = 4


@dataclass(frozen=True)
class Chat:
    """A conversation as the agent sees it: (role, text), the customer's unanswered words last."""

    knowledge: Knowledge
    directives: Directives
    turns: Sequence[tuple[str, str]]
    noise: random.Random | None = field(default=None, compare=False)

    @property
    def replies(self) -> list[str]:
        """What the agent said before."""
        return [text for role, text in self.turns if role == "assistant"]

    @property
    def customer_texts(self) -> list[str]:
        """Everything the customer said, in order."""
        return [text for role, text in self.turns if role == "user"]

    @property
    def last_words(self) -> str:
        """What the customer said since the agent's last reply."""
        unanswered: list[str] = []
        for role, text in reversed(self.turns):
            if role == "assistant":
                break
            unanswered.append(text)
        return "\n".join(reversed(unanswered))


def answer(
    prompt: str,
    knowledge: Knowledge,
    turns: Sequence[tuple[str, str]],
    *,
    temperature: float = 0.0,
    seed: int | None = None,
    tools: Sequence[Mapping[str, Any]] = (),
    used: Sequence[Used] = (),
) -> dict[str, Any]:
    """Answer the customer's last words; above temperature 0 the seed varies wording and courage.

    With tools the answer may be `{"tool_calls": [{name, arguments}]}` instead.
    """
    noise = None
    if temperature > 0:
        drawn = hashlib.sha256(f"{seed}|{turns[-1][1] if turns else ''}".encode()).digest()
        noise = random.Random(drawn)
    chat = Chat(knowledge, read_directives(prompt), turns, noise)
    bar = THRESHOLD + (_CAUTION if chat.directives.cautious else 0.0)
    bar += noise.gauss(0.0, _NOISE * temperature) if noise else 0.0
    at_once = _without_documents(chat)
    if at_once or not tools:
        return at_once or _from_documents(chat, bar)
    box = Toolbox(tools, used, chat.customer_texts, chat.replies)
    if acted := box.act():
        return acted
    found = _from_documents(chat, bar)
    return found if found["action"] != "handover" else box.ask() or found


def _without_documents(chat: Chat) -> dict[str, Any] | None:
    """Decide what needs no document: machines, thanks, anger, wishes, the prompt's own rules."""
    text = chat.last_words
    if is_automatic(text) or any(subject.is_in(text) for subject in chat.directives.ignore):
        return _result("ignore", reason="the message is not a request to answer")
    if chat.replies and is_just_thanks(text):
        return _result(
            "close", phrasing.goodbye(chat.directives), reason="the customer is satisfied"
        )
    if is_risky(text):
        return _hand_over(chat, "legal or safety risk")
    if wants_person(text):
        return _hand_over(chat, "the customer asks for a person")
    if is_angry(text):
        return _hand_over(chat, "the customer is angry")
    for subject in chat.directives.hand_over:
        if subject.is_in(" ".join(chat.customer_texts)):
            return _hand_over(chat, f"instructed to hand over: {subject.name}")
    return None


def _from_documents(chat: Chat, bar: float) -> dict[str, Any]:
    """Answer from the best document, ask for what it requires, or hand over."""
    matches = _search(chat, bar)
    if not matches or matches[0].score < bar:
        return _hand_over(chat, f"no document covers {_shorten(chat.last_words)}")
    best = matches[0]
    rival = _contradicting(matches)
    if rival is not None:
        slugs = sorted((best.document.slug, rival.document.slug))
        return _hand_over(chat, f"documents contradict each other: {', '.join(slugs)}", slugs)
    given = find_facts(best.document.required_facts, chat.customer_texts)
    missing = [name for name in best.document.required_facts if name not in given]
    if missing:
        return _ask_for(chat, best, missing)
    if says("for_a_person", best.document.text):
        return _hand_over(chat, f"{best.document.slug} leaves it to a person", [best.document.slug])
    facts = _facts(best)
    if any(facts[0] in reply for reply in chat.replies):
        return _hand_over(chat, "the customer asks again after the answer", [best.document.slug])
    reply = phrasing.answer(chat.directives, facts, chat.noise)
    return _result("answer", reply, [best.document.slug], f"answered from {best.document.slug}")


def _search(chat: Chat, bar: float) -> list[Match]:
    """Find documents for the last words, or for the whole story where those say too little."""
    matches = _best_of(chat.knowledge, _questions(chat.last_words))
    asked_before = bool(chat.replies) and "?" in chat.replies[-1]
    if len(chat.customer_texts) > 1 and (asked_before or not matches or matches[0].score < bar):
        if is_unsatisfied(chat.last_words) and not asked_before:
            return matches
        earlier = [question for text in chat.customer_texts for question in _questions(text)]
        older = _best_of(chat.knowledge, earlier)
        if older and (not matches or older[0].score > matches[0].score):
            return older
    return matches


def _questions(text: str) -> list[str]:
    """Cut a message into what may be asked in it: the whole of it, and each sentence. What only
    gives a fact asks nothing.
    """
    said = [part for part in sentences(without_greeting(text)) if not only_gives_a_fact(part)]
    whole = " ".join(said)
    parts = [part for part in said if has_content(part)]
    return [whole, *parts] if len(parts) > 1 else [whole]


def _best_of(knowledge: Knowledge, questions: Sequence[str]) -> list[Match]:
    """Return the matches of the question that is answered best."""
    ranked = [one for question in questions if (one := knowledge.search(question))]
    return max(ranked, key=lambda matches: matches[0].score, default=[])


def _contradicting(matches: Sequence[Match]) -> Match | None:
    """Return another relevant document that disagrees with the best one, if there is one."""
    best = matches[0]
    for rival in matches[1 : 1 + _RIVALS]:
        if rival.score < _ALSO_RELEVANT * best.score:
            return None
        titles = {"first_title": best.document.title, "second_title": rival.document.title}
        if contradict(best.sentence.text, rival.sentence.text, **titles):
            return rival
    return None


def _facts(match: Match) -> list[str]:
    """Return the best sentence, and the next best when it says nearly as much, in their order."""
    chosen = [match.ranked[0][1]]
    if len(match.ranked) > 1 and match.ranked[1][0] >= _SECOND_SENTENCE * match.ranked[0][0]:
        chosen.append(match.ranked[1][1])
    return [sentence.text for sentence in match.document.sentences if sentence in chosen]


def _ask_for(chat: Chat, match: Match, missing: list[str]) -> dict[str, Any]:
    """Ask for the missing facts; what was asked for once and did not come goes to a person."""
    if any(asks_for(name, reply) for name in missing for reply in chat.replies):
        reason = f"still missing after asking: {', '.join(missing)}"
        return _hand_over(chat, reason, [match.document.slug], missing)
    reply = phrasing.request(chat.directives, missing)
    reason = f"{match.document.slug} needs {', '.join(missing)}"
    return _result("snooze", reply, [match.document.slug], reason, missing)


def _hand_over(
    chat: Chat, reason: str, sources: Sequence[str] = (), missing: Sequence[str] = ()
) -> dict[str, Any]:
    """Hand over, silently at first contact and with a word once the agent has spoken."""
    reply = phrasing.passing_on(chat.directives) if chat.replies else ""
    return _result("handover", reply, sources, reason, missing)


def _result(
    action: str,
    reply: str = "",
    sources: Sequence[str] = (),
    reason: str = "",
    missing: Sequence[str] = (),
) -> dict[str, Any]:
    return {
        "action": action,
        "reply": reply,
        "sources": list(sources),
        "reason": reason,
        "missing_facts": list(missing),
    }


def _shorten(text: str) -> str:
    """Return the beginning of a text, for a reason."""
    plain = " ".join(without_greeting(text).split())
    return f"{plain[:80]}…" if len(plain) > 80 else plain or "an empty message"
