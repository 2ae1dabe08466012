"""The task `case_drafts`: test cases for what is new in a text.

The stand-in understands nothing: a question is made of the title and words of a new sentence, and
the quote is that sentence. A person puts the wording right.
"""

from collections.abc import Sequence
from typing import Any

from llm.local.text import STOP_WORDS, content_stems, numbers, overlap, stem, words

_MOST_CASES = 3
_MOST_WORDS = 3
_LEAST_STEMS = 2


def draft(material: dict[str, Any]) -> dict[str, Any]:
    """Draft a case for each of the new sentences nearest to the title, at most three."""
    change = material.get("change") or {}
    title = str(change.get("title") or "").removeprefix("Prompt: ").strip()
    new = [str(text) for text in change.get("new_sentences") or []]
    told = [text for text in new if len(content_stems(text)) >= _LEAST_STEMS]
    is_prompt = change.get("kind") == "prompt"
    return {
        "cases": [
            {
                "question": _ask(title, text) if len(told) > 1 or is_prompt else _plain(title),
                "quotes": [text],
                "rubric": f"Follows the instruction: {text}" if is_prompt else "",
            }
            for text in _nearest(told, title)
        ]
    }


def _nearest(told: Sequence[str], title: str) -> list[str]:
    """Return the sentences that share most with the title, numbers first, in their order."""
    subject = set(content_stems(title))
    ranked = sorted(
        told, key=lambda text: (-overlap(subject, set(content_stems(text))), not numbers(text))
    )
    return [text for text in told if text in ranked[:_MOST_CASES]]


def _plain(title: str) -> str:
    return title if title.endswith("?") else f"{title}?"


def _ask(title: str, sentence: str) -> str:
    """Return a question of the title, and of words of the sentence that the title lacks."""
    named = {stem(word) for word in words(title)}
    more = [
        word
        for word in dict.fromkeys(words(sentence))
        if word not in STOP_WORDS and stem(word) not in named and not word.isdigit()
    ][:_MOST_WORDS]
    about = " and ".join([", ".join(more[:-1]), more[-1]] if len(more) > 1 else more)
    return f"{title}: what about {about}?" if about else _plain(title)
