"""One simulated conversation: a customer with a true intent, the AI agent, and people."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from context.answers.answering import AgentAnswer
from context.answers.chat import Turn
from simulation.brand import Topic

GREETINGS = ("Hi! ", "Hello, ", "Hey there. ", "Good morning, ", "", "", "")
THANKS = ("Thanks, that helps!", "Perfect, thank you.", "Great, thanks a lot!")
COMPLAINTS = (
    "That does not answer my question. {question}",
    "No, that is not what I asked. {question}",
)
ASK_FOR_PERSON = "This does not help. I want to talk to a human, please."
PEOPLE = ("Mia", "Jonas", "Priya", "Tom")


@dataclass
class Chat:
    """A conversation as the simulation knows it: the transcript, and what truly happened."""

    key: str
    topic: Topic
    dice: Random
    opened_at: datetime
    clock: datetime
    customer: str
    channel: str
    facts: dict[str, str]
    messages: list[dict[str, Any]] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    closed_at: datetime | None = None
    told: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    right: bool = False
    wrong_answers: int = 0
    asked_again: bool = False
    asked_by_person: bool = False
    covered: bool = False
    handed_over: bool = False
    wait_hours: float = 0.0
    silent: bool = False
    reopens: bool = False
    waiting: bool = True

    def open(self) -> None:
        """The customer writes first; the careful ones give the facts at once."""
        text = self.dice.choice(GREETINGS) + self.dice.choice(self.topic.questions)
        if self.facts and self.dice.random() < 0.3:
            text += " " + self.tell(list(self.facts))
        self.say("customer", text)

    def say(
        self,
        author: str,
        text: str,
        *,
        minutes: float = 0.0,
        public: bool = True,
        sources: Sequence[str] = (),
    ) -> None:
        """Add a message after `minutes`."""
        self.clock += timedelta(minutes=minutes)
        number = len(self.messages) + 1
        self.messages.append(
            {
                "external_id": f"{self.key}-{number}",
                "author": author,
                "public": public,
                "text": text,
                "sent_at": self.clock.isoformat(),
                "sources": list(sources),
            }
        )

    def tell(self, names: list[str]) -> str:
        """The customer gives facts; returns the sentence."""
        self.told.update(names)
        return " ".join(f"My {name} is {self.facts[name]}." for name in names if name in self.facts)

    def turns(self) -> list[Turn]:
        """The transcript as the agent is given it."""
        return [
            {"author": message["author"], "text": message["text"]}
            for message in self.messages
            if message["public"]
        ]

    def hear(self, answer: AgentAnswer) -> None:
        """The agent acts, and the customer reacts."""
        if answer.reply:
            self.say("ai", answer.reply, minutes=1, sources=answer.sources)
            self.tags.add("ai_answered")
        actions = {
            "answer": self.after_answer,
            "snooze": self.after_question,
            "close": self.after_close,
        }
        actions.get(answer.action, self.after_handover)(answer)

    def after_answer(self, answer: AgentAnswer) -> None:
        """A right answer is thanked for; a wrong one is protested, believed or suffered."""
        if not self.topic.person and self.topic.is_answered_by(answer.reply):
            self.right = True
            if self.dice.random() < 0.7:
                self.say("customer", self.dice.choice(THANKS), minutes=self.dice.uniform(2, 40))
            else:
                self.after_close(answer)
            return
        self.wrong_answers += 1
        fate = self.dice.random()
        if self.wrong_answers > 1:
            self.say("customer", ASK_FOR_PERSON, minutes=self.dice.uniform(2, 30))
        elif fate < 0.65:
            question = self.dice.choice(self.topic.questions)
            text = self.dice.choice(COMPLAINTS).format(question=question)
            self.say("customer", text, minutes=self.dice.uniform(2, 30))
        else:
            self.reopens = fate < 0.8
            self.after_close(answer)

    def after_question(self, answer: AgentAnswer) -> None:
        """Asked for facts, most customers give them, some never come back."""
        wanted = [name for name in answer.missing_facts if name in self.facts]
        self.asked_again = self.asked_again or any(name in self.told for name in wanted)
        self.asked.update(wanted)
        self.tags.add("ai_snooze")
        if self.dice.random() < 0.85:
            text = self.tell(wanted or list(self.facts)) or "I do not have that."
            self.say("customer", text, minutes=self.dice.uniform(3, 90))
        else:
            self.silent, self.waiting = True, False

    def after_close(self, _answer: AgentAnswer) -> None:
        """The agent closes the ticket."""
        self.tags.add("ai_close")
        self.closed_at = self.clock + timedelta(minutes=30)
        self.waiting = False

    def after_handover(self, answer: AgentAnswer) -> None:
        """A person takes over, asks for what is missing, and says what is true."""
        self.handed_over, self.waiting = True, False
        self.tags.add("ai_handover" if answer.action != "ignore" else "ai_ignore")
        self.be_helped_by_a_person()

    def be_helped_by_a_person(self) -> None:
        """A person answers after a wait; being well prepared saves a round of questions."""
        person = self.dice.choice(PEOPLE)
        self.wait_hours = min(10.0, self.dice.lognormvariate(0.9, 0.6))
        minutes = self.wait_hours * 60
        missing = [name for name in self.facts if name not in self.told]
        if missing:
            wanted = " and the ".join(missing)
            text = f"Hello, {person} here. Could you send me the {wanted}, please?"
            self.say("human", text, minutes=minutes)
            self.asked_by_person = True
            self.say("customer", self.tell(missing), minutes=self.dice.uniform(5, 60))
            minutes = self.dice.uniform(20, 60)
        text = f"Hello, this is {person}. Thank you for waiting. {self.topic.fact}"
        self.say("human", f"{text} Kind regards, {person}", minutes=minutes)
        if self.dice.random() < 0.6:
            self.say("customer", self.dice.choice(THANKS), minutes=self.dice.uniform(5, 90))
        self.closed_at = self.clock + timedelta(minutes=10)

    def reopen(self) -> None:
        """Two days later the customer finds that the answer was wrong."""
        assert self.closed_at is not None
        self.clock = self.closed_at + timedelta(days=2)
        self.say("customer", f"Your answer was wrong. {self.dice.choice(self.topic.questions)}")
        self.be_helped_by_a_person()

    def payload(self, release: int | None) -> dict[str, Any]:
        """The conversation in the product's schema, as the helpdesk would send it."""
        return {
            "external_id": self.key,
            "source": "simulation",
            "channel": self.channel,
            "topic": self.topic.slug,
            "language": "en",
            "customer_ref": self.customer,
            "opened_at": self.opened_at.isoformat(),
            "closed_at": self.closed_at.isoformat() if self.closed_at else None,
            "release": release,
            "tags": sorted(self.tags),
            "messages": self.messages,
        }
