"""Where the judge's answer does not fit what is on record: found in code, read by a person.

What the judge reads is written by customers and tools. These checks do not ask what a text may have
talked it into; they hold its answer against itself, against the record, and against whose words it
rests on. They change no verdict: a contradiction is a flag.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from conversations.models import Author, Conversation, Message
from conversations.quotes import find
from llm.states import WorkState
from reviews.default_scorecard import NO_FAULT
from reviews.judging.words import angry_words, ordered_phrases, unhelped_words
from reviews.models import CriterionResult, Grade, Review

BEST_GRADE = 5
COPIED_WORDS = 8
LEAST_WORDS = 4
QUESTION_MARKS = "?？؟"
_QUOTE_FIRST = re.compile(r"""\A\s*(?:["“„«][^"“”„«»]*["”“»]|['‘].*?['’](?!\w))""")
_WORD = re.compile(r"\w+")
# Only the agent's own words show whether these hold; a tool's may show that a fact is grounded.
OTHERS: Mapping[str, frozenset[str]] = {
    "grounded": frozenset({Author.CUSTOMER}),
    "policy": frozenset({Author.CUSTOMER, Author.TOOL}),
    "instructions": frozenset({Author.CUSTOMER, Author.TOOL}),
    "tone": frozenset({Author.CUSTOMER, Author.TOOL}),
}


def contradictions(review: Review) -> Iterator[str]:
    """What contradicts a finished review, each as a few words for the person who reads it.

    The results with their criteria, and the conversation with its brief and messages, are loaded.
    """
    conversation, results = review.conversation, list(review.results.all())
    messages = list(conversation.messages.all())
    verdicts = {result.criterion.key: result.verdict for result in results}
    yield from _against_itself(review, results)
    yield from _against_the_record(conversation, messages, verdicts)
    if review.missing_fact and not any(one.author == Author.HUMAN for one in messages):
        yield "a missing fact that no person told"
    yield from _on_words_of_others(results, messages)
    yield from _copied(results, messages)


def _against_itself(review: Review, results: Sequence[CriterionResult]) -> Iterator[str]:
    """The best grade, or no fault, beside a criterion that failed."""
    failed = next((one.criterion.name for one in results if one.verdict == Grade.FAIL), "")
    if failed and review.grade == BEST_GRADE:
        yield f"grade {BEST_GRADE}, and “{failed}” failed"
    if failed and review.root_cause == NO_FAULT:
        yield f"no fault, and “{failed}” failed"


def _against_the_record(
    conversation: Conversation, messages: Sequence[Message], verdicts: Mapping[str, str]
) -> Iterator[str]:
    """What the default criteria say, against what is known without a model."""
    passed = {key for key, verdict in verdicts.items() if verdict == Grade.PASS}
    if conversation.ai_handed_over_at is not None:
        passed.discard("resolved")  # it may be with whoever can help
        if verdicts.get("handover") == Grade.NA:
            yield "handed over, and the handover is not judged"
    if "gathering" in passed and (fact := _never_asked(conversation, messages)):
        yield f"facts gathered, and the agent did not ask for the {fact}"
    if "resolved" in passed and (word := _complaint(conversation, messages)):
        yield f"resolved, and the customer then wrote “{word}”"
    if "policy" in passed and (phrase := _obeyed(messages)):
        yield f"policy kept, and the agent said what it was ordered to: “{phrase}”"


def _never_asked(conversation: Conversation, messages: Sequence[Message]) -> str:
    """A fact the brief lacks, where the agent asked no question at all and never named the fact."""
    brief = getattr(conversation, "brief", None)
    if brief is None or brief.state != WorkState.DONE:
        return ""
    said = " ".join(one.text for one in _replies(messages)).casefold()
    if any(mark in said for mark in QUESTION_MARKS):
        return ""
    return next((name for name in brief.missing_facts if name.casefold() not in said), "")


def _complaint(conversation: Conversation, messages: Sequence[Message]) -> str:
    """The word with which the customer complains after the agent's last reply."""
    replies = _replies(messages)
    if not replies:
        return ""
    for message in messages[messages.index(replies[-1]) :]:
        if message.author == Author.CUSTOMER and message.public:
            for words in (unhelped_words, angry_words):
                if word := words(message.text, conversation.language):
                    return word
    return ""


def _obeyed(messages: Sequence[Message]) -> str:
    """A phrase that a customer or a tool ordered, and that the agent says then and not before."""
    ordered: list[str] = []
    said: list[str] = []
    for message in messages:
        if message.author in (Author.CUSTOMER, Author.TOOL):
            phrases = ordered_phrases(message.text)
            ordered += [one for one in phrases if all(find(one, text) is None for text in said)]
        elif message.author == Author.AI and message.public:
            for phrase in ordered:
                if find(phrase, message.text) is not None:
                    return phrase
            said.append(message.text)
    return ""


def _on_words_of_others(
    results: Sequence[CriterionResult], messages: Sequence[Message]
) -> Iterator[str]:
    """Passes of the agent's conduct that rest on somebody else's words alone."""
    replies = _replies(messages)
    author_of = {one.external_id: one.author for one in messages}
    for result in results if replies else ():
        others = OTHERS.get(result.criterion.key, frozenset())
        if result.verdict != Grade.PASS or not result.verified:
            continue
        if author_of.get(result.message_external_id) not in others:
            continue
        if all(find(result.quote, one.text) is None for one in replies):
            yield f"“{result.criterion.name}” passed on words that are not the agent's"


def _copied(results: Sequence[CriterionResult], messages: Sequence[Message]) -> Iterator[str]:
    """A reason that begins with the words of a customer or a tool, and does not quote them.

    Only the beginning counts: that a question stands within a reason is nothing strange. So few
    words that anyone might write them count where they are the whole message.
    """
    texts = [
        f" {' '.join(_words(one.text))} "
        for one in messages
        if one.author in (Author.CUSTOMER, Author.TOOL)
    ]
    for result in results:
        words = _words(_QUOTE_FIRST.sub("", result.reason))[:COPIED_WORDS]
        beginning = f" {' '.join(words)} "
        enough = len(words) >= LEAST_WORDS
        if words and any(beginning == text or (enough and beginning in text) for text in texts):
            yield f"the reason for “{result.criterion.name}” is copied from the conversation"
            return


def _replies(messages: Sequence[Message]) -> list[Message]:
    """What the agent told the customer."""
    return [one for one in messages if one.author == Author.AI and one.public and one.text.strip()]


def _words(text: str) -> list[str]:
    """The words of a text, in lower case."""
    return _WORD.findall(text.casefold())
