"""What matters most in a conversation: was it solved, is it true, did the right one answer."""

from llm.local.capturing import new_facts
from llm.local.case_file import NOT_APPLICABLE, CaseFile, Finding
from llm.local.contradictions import contradict, measures
from llm.local.knowledge import Document
from llm.local.moods import is_just_thanks, is_unsatisfied, needs_person
from llm.local.phrases import says
from llm.local.text import content_stems, numbers, overlap, sentences
from llm.local.transcript import Message

_GROUNDED = 0.5
_LEAST_STEMS = 3
_WITH_NUMBER = 2
_REPEATED = 0.7
_TO_THE_POINT = 0.15
_SPEAKS_OF_IT = 0.3


def claims(message: Message) -> list[str]:
    """Return the sentences of a reply that state something: no courtesy, no questions."""
    return [
        part
        for part in sentences(message.text)
        if not part.endswith("?")
        and (numbers(part) or not says("courtesy", part))
        and len(content_stems(part)) >= (_WITH_NUMBER if numbers(part) else _LEAST_STEMS)
    ]


def resolved(file: CaseFile) -> Finding:
    """Whether the customer got what they came for; a handover is judged elsewhere."""
    answers = [message for message in file.transcript.ai if claims(message)]
    if not answers or (file.handed_over and not file.transcript.human):
        return NOT_APPLICABLE
    first, last = answers[0], answers[-1]
    for message in file.transcript.after(first):
        if message.author == "customer" and is_unsatisfied(message.text):
            return Finding(
                "fail",
                message,
                reason="the customer says the answer did not help",
                cause=_why(file),
            )
        if message.author == "customer" and _asks_again(file, message):
            return Finding(
                "fail", message, reason="the customer asks the same again", cause=_why(file)
            )
        if message.author == "human" and (other := _corrects(message, answers)):
            return Finding(
                "fail", message, other, "a person later said something different", "stale_context"
            )
    if file.handed_over:
        return NOT_APPLICABLE
    question = set(content_stems(file.transcript.first_question))
    said = {word for message in answers for word in content_stems(message.text)}
    if question and overlap(question, said) < _TO_THE_POINT:
        return Finding(
            "fail", last, claims(last)[0], "the reply is not about what was asked", _why(file)
        )
    thanks = [message for message in file.transcript.after(first) if is_just_thanks(message.text)]
    proof = next((message for message in thanks if message.author == "customer"), None)
    if proof is not None:
        return Finding("pass", proof, reason="the customer is satisfied")
    return Finding("pass", last, claims(last)[0], "the reply answers the question")


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
    proof: Finding | None = None
    for message in file.transcript.ai:
        heard = " ".join(earlier.text for earlier in file.transcript.before(message))
        for claim in claims(message):
            reason, cause = _unsupported(file, claim, heard)
            if reason:
                return Finding("fail", message, claim, reason, cause)
            proof = proof or Finding("pass", message, claim, "the documents say so")
    return proof or NOT_APPLICABLE


def _unsupported(file: CaseFile, claim: str, heard: str) -> tuple[str, str]:
    """Return why a claim stands on nothing, and the cause; two empty texts when it is supported."""
    given = [part.text for document in file.knowledge.documents for part in document.sentences]
    if any(claim in text or text in claim for text in given):
        return "", ""
    strange = _strange_numbers(claim, heard, " ".join(given))
    if strange:
        return f"nothing given says {', '.join(sorted(strange))}", "hallucination"
    for text in given:
        if contradict(claim, text):
            return f"a document says otherwise: {text[:80]}", "hallucination"
    stems = set(content_stems(claim))
    known = file.knowledge.text_stems | set(content_stems(heard))
    if overlap(stems, known) < _GROUNDED:
        return "nothing given says so", "hallucination"
    return "", ""


def _strange_numbers(claim: str, heard: str, given: str) -> set[str]:
    """Return the numbers of a claim that nobody said, and no document says of the same unit."""
    known = measures(given)
    foreign = {
        number
        for unit, amounts in measures(claim).items()
        for number in amounts - known.get(unit, frozenset())
    }
    alone = numbers(claim) - numbers(given)
    return (foreign | alone) - numbers(heard)


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
    doubtful = grounded(file)
    if doubtful.verdict == "fail":
        reason = "it answered without ground instead of handing over"
        return Finding("fail", doubtful.message, doubtful.piece, reason, "handover_missed")
    return Finding("pass", file.transcript.ai[-1], reason="nothing called for a person")
