"""What matters most in a conversation: was it solved, is it true, did the right one answer."""

from llm.local.capturing import new_facts
from llm.local.case_file import CaseFile
from llm.local.contradictions import contradict
from llm.local.finding import NOT_APPLICABLE, Finding
from llm.local.grounding import claims
from llm.local.knowledge import Document
from llm.local.moods import is_just_thanks, is_unsatisfied, needs_person
from llm.local.text import content_stems, overlap, sentences
from llm.local.transcript import Message

_LEAST_STEMS = 3
_REPEATED = 0.7
_TO_THE_POINT = 0.15
_SPEAKS_OF_IT = 0.3


def resolved(file: CaseFile) -> Finding:
    """Whether the customer got what they came for; a handover is judged elsewhere."""
    answers = [message for message in file.transcript.ai if claims(message)]
    if not answers or (file.handed_over and not file.transcript.human):
        return NOT_APPLICABLE
    first, last = answers[0], answers[-1]
    if (thanks := _thanks_for(file, first)) is not None:
        return Finding("pass", thanks, reason="the customer is satisfied")
    for message in file.transcript.after(first):
        if reason := _shows_it_failed(file, message):
            return Finding("fail", message, reason=reason, cause=_why(file))
        if message.author == "human" and (other := _corrects(message, answers)):
            reason = "a person later said something different"
            return Finding("fail", message, other, reason, "stale_context")
    if file.handed_over:
        return NOT_APPLICABLE
    question = set(content_stems(file.transcript.first_question))
    said = {word for message in answers for word in content_stems(message.text)}
    if question and overlap(question, said) < _TO_THE_POINT:
        reason = "the reply is not about what was asked"
        return Finding("fail", last, claims(last)[0], reason, _why(file))
    return Finding("pass", last, claims(last)[0], "the reply answers the question")


def _thanks_for(file: CaseFile, answer: Message) -> Message | None:
    """Return the customer's last words after an answer of the AI alone, if they are thanks."""
    after = file.transcript.after(answer)
    if any(message.author == "human" for message in after):
        return None
    last = next((one for one in reversed(after) if one.author == "customer"), None)
    return last if last is not None and is_just_thanks(last.text) else None


def _shows_it_failed(file: CaseFile, message: Message) -> str:
    """Return why a later message of the customer shows that the answer did not help."""
    if message.author != "customer":
        return ""
    if is_unsatisfied(message.text):
        return "the customer says the answer did not help"
    return "the customer asks the same again" if _asks_again(file, message) else ""


def _asks_again(file: CaseFile, message: Message) -> bool:
    """Whether a later message of the customer is the first question once more."""
    first, again = (
        set(content_stems(file.transcript.first_question)),
        set(content_stems(message.text)),
    )
    return len(first) >= _LEAST_STEMS and overlap(first, again) >= _REPEATED and "?" in message.text


def _corrects(person: Message, answers: list[Message]) -> str:
    """Return the sentence in which a person contradicts what the AI had said."""
    for part in sentences(person.text):
        if any(contradict(claim, part) for answer in answers for claim in claims(answer)):
            return part
    return ""


def _why(file: CaseFile) -> str:
    """Say why an answer failed: by the documents, or by the use that was made of them."""
    if file.conflicting:
        return "conflicting_context"
    matches = file.knowledge.search(file.transcript.first_question)
    if not matches or matches[0].score < _SPEAKS_OF_IT:
        return "missing_context"
    said = " ".join(message.text for message in file.transcript.ai)
    if matches[0].sentence.text not in said:
        return "context_not_used"
    return "stale_context" if _is_outdated(file, matches[0].document) else "misunderstood"


def _is_outdated(file: CaseFile, document: Document) -> bool:
    """Whether people later told something new about just what the document is about."""
    told = " ".join(text for text, _ in new_facts(file.transcript, file.knowledge))
    about = {*content_stems(told), *content_stems(file.transcript.first_question)}
    return bool(told) and document.heading <= about


def grounded(file: CaseFile) -> Finding:
    """Whether everything the AI stated is in the documents or was said before."""
    return file.grounded


def handover(file: CaseFile) -> Finding:
    """Whether the right one answered: handed over when needed, and only then."""
    asked = file.transcript.customer
    if not asked:
        return NOT_APPLICABLE
    wish = next((message for message in asked if needs_person(message.text)), None)
    if file.handed_over:
        if wish is None and file.by_documents["action"] == "answer":
            slug = file.by_documents["sources"][0]
            reason = f"the document {slug} answers the question"
            return Finding(
                "fail", asked[0], file.transcript.first_question, reason, "handover_unneeded"
            )
        return Finding("pass", wish or asked[-1], reason=f"needed: {file.by_documents['reason']}")
    if not file.transcript.ai or file.transcript.human:
        return NOT_APPLICABLE
    if wish is not None:
        return Finding(
            "fail", wish, reason="a person was needed and none came", cause="handover_missed"
        )
    doubtful = file.grounded
    if doubtful.verdict == "fail":
        reason = "it answered without ground instead of handing over"
        return Finding("fail", doubtful.message, doubtful.piece, reason, "handover_missed")
    return Finding("pass", file.transcript.ai[-1], reason="nothing called for a person")
