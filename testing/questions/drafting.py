"""Drafts of cases from what was said: a customer's real question, and the facts people answered.

Pure functions on texts. What they make is a proposal to the person who approves the case; the word
lists are English, and in other languages more of a message is kept.
"""

import re
from collections.abc import Iterable, Sequence

LONGEST_QUESTION = 300
MOST_FACTS = 2

_GREETING = re.compile(
    r"^\W*(?:(?:hi+|hello|hey+|hiya|howdy|greetings|dear|good\s+(?:morning|afternoon|evening|day))"
    r"(?:\s+(?:there|team|all|everyone|again|sir|madam|folks|support))*)(?=\W|$)[\s,.!:–-]*",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_FILLER_WORDS = """
a am an and are be can could do for have hello help hey hi hope how i i'm in is it just me my
need no of ok okay on one or please question so sure thank thanks that the there this to want
was we well with would yep yes you your great perfect got cool nice good fine number order
name email size here's here its it's sorry again quick wondering if
"""
_FILLERS = frozenset(_FILLER_WORDS.split())
_NO_FACT = re.compile(
    r"\b(?:let me|i(?:'|’)?ll (?:check|look|see|get back)|one moment|bear with|sorry|apologi[sz]e|"
    r"thank(?:s| you)|have a (?:nice|great|good|lovely)|best regards|kind regards|happy to help|"
    r"anything else|glad|you(?:'|’)?re welcome|my name is|reaching out|get in touch|feel free|"
    r"i(?:'|’)?ve (?:just|now|already)|i have (?:just|now|already)|hope (?:this|that) helps)\b",
    re.IGNORECASE,
)
_OF_ONE_CUSTOMER = re.compile(r"#\s?\w*\d|\d{5,}|\[(?:email|phone|card|iban)\]")
_FEWEST_WORDS_OF_A_FACT = 4
_FEWEST_WORDS_OF_A_QUESTION = 2


def first_question(messages: Iterable[str], fewest_words: int = _FEWEST_WORDS_OF_A_QUESTION) -> str:
    """The first message that asks something, in one line without its greeting; empty if none does.

    Greetings, confirmations and bare answers ("yes", "size M", "#10245") ask nothing: a question
    has at least `fewest_words` words that carry a subject.
    """
    for message in messages:
        text = without_greeting(message)
        if len(_content_words(text)) >= fewest_words:
            return one_line(text)
    return ""


def without_greeting(message: str) -> str:
    """The message without the greetings it begins with."""
    text, before = message.strip(), None
    while text != before:
        before, text = text, _GREETING.sub("", text, count=1)
    return text


def one_line(text: str) -> str:
    """The text in one line, cut at a sentence or word to at most 300 characters."""
    line = " ".join(text.split())
    if len(line) <= LONGEST_QUESTION:
        return line
    head = line[:LONGEST_QUESTION]
    ends = [match.end() for match in re.finditer(r"[.!?](?=\s)", head)]
    return head[: ends[-1]] if ends else head[: head.rfind(" ")] + " …"


def sentences(text: str) -> list[str]:
    """The sentences of a text, Markdown list marks and white space taken off."""
    parts = (part.strip(" \t*-#>") for part in _SENTENCE_END.split(text))
    return [part for part in parts if part]


def facts_from(replies: Iterable[str], question: str, most: int = MOST_FACTS) -> list[str]:
    """The sentences of people's replies that state something general about the question.

    Politeness, questions, and what holds for one customer only (order numbers, masked data) are
    left out; sentences that share words with the question or give a number come first.
    """
    stated = [
        sentence
        for reply in replies
        for sentence in sentences(without_greeting(reply))
        if _is_fact(sentence)
    ]
    return nearest(dict.fromkeys(stated), question, most)


def nearest(statements: Iterable[str], question: str, most: int) -> list[str]:
    """At most `most` statements that share most with the question, in the order they were given."""
    given = list(statements)
    asked = _stems(question)

    def weight(place: int) -> tuple[float, int]:
        shared = len(asked & _stems(given[place]))
        return -shared - 0.5 * any(c.isdigit() for c in given[place]), place

    best: Sequence[int] = sorted(range(len(given)), key=weight)[:most]
    return [given[place] for place in sorted(best)]


def _is_fact(sentence: str) -> bool:
    if sentence.endswith("?") or _NO_FACT.search(sentence) or _OF_ONE_CUSTOMER.search(sentence):
        return False
    return len(_WORD.findall(sentence)) >= _FEWEST_WORDS_OF_A_FACT


def _content_words(text: str) -> set[str]:
    """The words that carry a question's subject."""
    words = {word.casefold().replace("’", "'") for word in _WORD.findall(text)}
    return {word for word in words if len(word) > 1} - _FILLERS


def _stems(text: str) -> set[str]:
    """Subject words cut to five letters, enough to match return, returns and returned."""
    return {word[:5] for word in _content_words(text)}
