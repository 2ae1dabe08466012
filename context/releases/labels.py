"""Labels: names that point to one release each and may be moved, with a history."""

import re
from datetime import datetime

from django.db import transaction
from django.db.models import Prefetch, QuerySet

from accounts.audit import record
from accounts.models import ApiKey, User
from context.models.agents import Agent
from context.models.labels import Label
from context.models.releases import Release
from context.refusals import BadLabel

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+-]{0,99}")
RESERVED = {"live", "newest", "history", *Release.Status.values}


# Puts the labels that name a release now into its `current_labels`.
CURRENT_LABELS = Prefetch(
    "labels", Label.objects.filter(until=None).order_by("name"), to_attr="current_labels"
)


def checked_name(name: str) -> str:
    """The name, if a label may have it; BadLabel for one that is a number or means something else
    already.
    """
    if not NAME.fullmatch(name):
        raise BadLabel(name, "letters, digits and . _ : @ + - and at most 100 of them")
    if name.isdigit():
        raise BadLabel(name, "not a number: that names a release already")
    if name.lower() in RESERVED:
        raise BadLabel(name, "another name: this one follows the release's status by itself")
    return name


def current_labels(agent: Agent) -> QuerySet[Label]:
    """The labels that name a release now, by name."""
    return agent.labels.filter(until=None).order_by("name")


@transaction.atomic
def put_label(
    release: Release,
    name: str,
    at: datetime,
    by: User | None = None,
    api_key: ApiKey | None = None,
) -> bool:
    """Let the label name this release from now on; whether it did not do so already."""
    checked_name(name)
    agent = release.agent
    agent.hold()
    current = current_labels(agent).filter(name=name).select_related("release").first()
    if current and current.release_id == release.pk:
        return False
    if current:
        end(current, at)
    Label.objects.create(agent=agent, release=release, name=name, since=at, by=by, api_key=api_key)
    before = f"from release {current.release.number}" if current else ""
    subject = f"{release} of {agent.slug}: {name}"
    record(agent.workspace, "label.put", subject, at=at, user=by, api_key=api_key, detail=before)
    return True


@transaction.atomic
def take_label(
    agent: Agent,
    name: str,
    at: datetime,
    by: User | None = None,
    api_key: ApiKey | None = None,
) -> bool:
    """Let the label name nothing from now on; whether it named something."""
    agent.hold()
    current = current_labels(agent).filter(name=name).select_related("release").first()
    if current is None:
        return False
    end(current, at)
    subject = f"{current.release} of {agent.slug}: {name}"
    record(agent.workspace, "label.taken", subject, at=at, user=by, api_key=api_key)
    return True


def end(label: Label, at: datetime) -> None:
    """Close the period of a label."""
    label.until = at
    label.save(update_fields=["until"])


def named_release(agent: Agent, name: str) -> Release | None:
    """The release that `live`, `newest`, a number or a label names."""
    releases = agent.releases.select_related("agent")
    if name == "live":
        return releases.filter(status=Release.Status.LIVE).first()
    if name == "newest":
        kept = releases.exclude(status=Release.Status.DISCARDED)
        return kept.order_by("-number").first()
    if name.isascii() and name.isdigit() and len(name) < 10:
        return releases.filter(number=int(name)).first()
    return releases.filter(labels__name=name, labels__until=None).first()
