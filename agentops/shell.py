"""What every page shows around its content: the agents one may switch to, the navigation, and
whether the data or the model are stand-ins.
"""

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Member, Role, User
from context.models import Agent, Proposal
from reviews.disputes.opening import undecided_count
from reviews.queue.claims import waiting_for

THEME_COOKIE = "theme"
THEMES = [("", "As the system"), ("light", "Light"), ("dark", "Dark")]

# (heading of the section, [(label, icon, path below the agent's, key)])
SECTIONS = [
    ("", [("Today", "today", "", "g t"), ("Review desk", "desk", "desk/", "g r")]),
    (
        "Loop",
        [
            ("Conversations", "conversations", "conversations/", "g c"),
            ("Tests", "tests", "tests/", "g e"),
            ("Context", "documents", "context/", "g x"),
            ("Proposals", "proposals", "proposals/", "g o"),
        ],
    ),
    (
        "Results",
        [
            ("Performance", "performance", "performance/", "g p"),
            ("Weekly report", "report", "report/", "g w"),
            ("Settings", "settings", "settings/", "g s"),
        ],
    ),
]

# The desk is for those who review; who only reads has the pages about reviews in its place.
READING = {"desk/": ("Reviews", "desk/reviews/")}


@dataclass(frozen=True)
class Entry:
    """One link of the navigation."""

    label: str
    icon: str
    url: str
    key: str
    current: bool = False
    count: int = 0


@dataclass(frozen=True)
class AgentLink:
    """One agent of the switcher."""

    name: str
    workspace: str
    url: str
    current: bool


class Shell:
    """The frame of one request's page; each part is looked up when the template asks for it."""

    themes = THEMES

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.agent: Agent | None = getattr(request, "agent", None)
        self.member: Member | None = getattr(request, "member", None)

    @property
    def theme(self) -> str:
        """`light`, `dark`, or empty for what the system says."""
        chosen = self.request.COOKIES.get(THEME_COOKIE, "")
        return chosen if chosen in dict(THEMES) else ""

    @property
    def role(self) -> str:
        """The person's role in the current workspace."""
        return self.member.role if self.member else ""

    @property
    def reads_only(self) -> bool:
        """Whether the person may look at the agent, but not review."""
        return self.member is not None and not self.member.may(Role.REVIEWER)

    @property
    def simulated(self) -> bool:
        """Whether the workspace's customers are simulated."""
        return bool(self.agent and self.agent.workspace.simulated)

    @property
    def local_model(self) -> bool:
        """Whether the embedded stand-in answers and judges."""
        return settings.LOCAL_MODEL

    @cached_property
    def agents(self) -> list[AgentLink]:
        """Every agent the person may see, by workspace."""
        return [
            AgentLink(agent.name, agent.workspace.name, today_url(agent), agent == self.agent)
            for agent in visible_agents(self.request.user)
        ]

    @cached_property
    def navigation(self) -> list[tuple[str, list[Entry]]]:
        """The sections of the navigation; empty where no agent is chosen."""
        if self.agent is None:
            return []
        base = today_url(self.agent)
        counts = {"desk/": self.waiting_items, "proposals/": self.open_proposals}
        return [
            (heading, [self._entry(base, *entry, counts.get(entry[2], 0)) for entry in entries])
            for heading, entries in SECTIONS
        ]

    def _entry(self, base: str, label: str, icon: str, path: str, key: str, count: int) -> Entry:
        """One link of the navigation for this person on this page."""
        here = self.request.path.removeprefix(base)
        current = here.startswith(path) if path else not here
        label, leads = READING.get(path, (label, path)) if self.reads_only else (label, path)
        return Entry(label, icon, base + leads, key, current, count)

    @property
    def waiting_items(self) -> int:
        """Items of today's queue that this person can still decide."""
        if self.agent is None or not isinstance(self.request.user, User):
            return 0
        if self.reads_only:
            return 0
        return waiting_for(self.agent, self.request.user, timezone.now())

    @property
    def open_proposals(self) -> int:
        """Proposals that wait for a decision."""
        return Proposal.objects.filter(agent=self.agent, status=Proposal.Status.OPEN).count()

    @cached_property
    def open_disputes(self) -> int:
        """Disputes that wait for an opinion or a decision."""
        return undecided_count(self.agent) if self.agent else 0


def today_url(agent: Agent) -> str:
    """The address of an agent's first page; every other one is below it."""
    return reverse("shell:today", args=[agent.workspace.slug, agent.slug])


def visible_agents(user: object) -> list[Agent]:
    """The agents of all workspaces the user is a member of, ordered by workspace and name."""
    if not isinstance(user, User):
        return []
    return list(
        Agent.objects.filter(workspace__members__user=user)
        .select_related("workspace")
        .order_by("workspace__name", "name")
    )


def shell(request: HttpRequest) -> dict[str, Shell]:
    """The context processor: `shell` in every template."""
    return {"shell": Shell(request)}
