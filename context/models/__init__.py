"""What an agent is told, and what each change of it did.

An `Agent` is served by exactly one live `Release` (prompt, settings, documents). `Proposal`,
`Check` and `Measurement` are slots that the apps on the left fill: ideas, evidence and daily
counts.
"""

from context.models.agents import Agent, Guardrail, JudgeHidden, new_sampling_secret
from context.models.alerts import Alert
from context.models.arms import ArmCount, RolloutLook
from context.models.documents import Document
from context.models.edits import Edit
from context.models.evidence import Check, Figure, Measurement
from context.models.impacts import DayLeftOut, Impact, ImpactEvidence
from context.models.labels import Label
from context.models.pauses import RolloutPause
from context.models.proposals import Proposal
from context.models.publications import Publication
from context.models.release_status import ReleaseStatus
from context.models.releases import Release
from context.models.reports import MailDelivery, ReportRecipient, WeeklyReport
from context.models.rollouts import Arm, Rollout
from context.models.schedule import ScheduledRun
from context.models.sources import ReleaseFile
from context.models.standing import JudgeStanding
from context.models.totals import DayTotal
from context.models.upkeep import DocumentUse, FineMark, Upkeep
from context.models.webhooks import Event, Webhook, WebhookAttempt, WebhookDelivery

__all__ = [
    "Agent",
    "Alert",
    "Arm",
    "ArmCount",
    "Check",
    "DayLeftOut",
    "DayTotal",
    "Document",
    "DocumentUse",
    "Edit",
    "Event",
    "Figure",
    "FineMark",
    "Guardrail",
    "Impact",
    "ImpactEvidence",
    "JudgeHidden",
    "JudgeStanding",
    "MailDelivery",
    "Label",
    "Measurement",
    "Proposal",
    "Publication",
    "Release",
    "ReleaseFile",
    "ReleaseStatus",
    "ReportRecipient",
    "Rollout",
    "RolloutLook",
    "RolloutPause",
    "ScheduledRun",
    "Upkeep",
    "Webhook",
    "WebhookAttempt",
    "WebhookDelivery",
    "WeeklyReport",
    "new_sampling_secret",
]
