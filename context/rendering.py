"""Releases, checks, impacts and proposals as REST shows them; the shapes stand in outgoing.py."""

import json
from functools import lru_cache
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from context.answers.answering import AgentAnswer
from context.editing.upkeep import UPKEEP, upkeep_of
from context.editing.variables import rendered
from context.editing.word_diff import Passage
from context.models import Check, Label, Proposal, Release, Upkeep
from context.outgoing import ProposalOut
from context.releases.changes import Changes, DocumentChange
from context.releases.content import Content, DocumentContent, content_of
from context.releases.frozen import MOST_RELEASES, frozen_content
from context.rollouts.starting import Serving
from llm.calls import Reply

Json = dict[str, Any]


def release_row(release: Release) -> Json:
    """A release without its content; select parent, three users and CURRENT_LABELS with it."""
    plain = ("number", "status", "note", "content_hash", "decision_reason")
    times = ("created_at", "submitted_at", "decided_at", "published_at", "retired_at")
    people = ("created_by", "decided_by", "published_by")
    row: Json = {name: getattr(release, name) for name in plain + times}
    row["labels"] = [label.name for label in release.current_labels]  # type: ignore[attr-defined]
    row["parent"] = release.parent.number if release.parent else None
    return row | {name: username(getattr(release, name)) for name in people}


def username(user: Any) -> str | None:
    """The name of a user, if there is one."""
    return user.username if user else None


def release_json(release: Release) -> Json:
    """A release with content, checks and what it lacks."""
    newest = {check.name: check for check in release.checks.order_by("id")}
    content, kept = content_of(release), upkeep_of(release.agent)
    documents = [document_json(row) | upkeep_json(kept.get(row.slug)) for row in content.documents]
    return {
        **release_row(release),
        **content_json(content),
        "documents": documents,
        "checks": [check_json(check) for check in newest.values()],
        "missing_checks": list(release.missing_checks()),
    }


def label_json(label: Label) -> Json:
    """A label; select its release and user with it."""
    row: Json = {name: getattr(label, name) for name in ("name", "since", "until")}
    return row | {"release": label.release.number, "by": username(label.by)}


def content_json(content: Content) -> Json:
    """Prompt, settings and documents."""
    documents = [document_json(document) for document in content.documents]
    return {"prompt": content.prompt, "settings": content.settings, "documents": documents}


def live_text(found: Serving) -> str:
    """What answers now, with what an agent needs to split its customers by itself, as JSON: the
    content, which is most of it, was written once.
    """
    release, rollout = found.release, found.rollout
    split = None
    if rollout:
        split = {
            "release": rollout.release.number,
            "share": rollout.share,
            "salt": rollout.salt,
        }
    head = {
        "number": release.number,
        "content_hash": release.content_hash,
        "published_at": found.since,
        "rollout": split,
        "arm": found.arm,
    }
    text = json.dumps(head, cls=DjangoJSONEncoder, ensure_ascii=False)
    return f"{text[:-1]}, {frozen_text(release)[1:]}"


def frozen_text(release: Release) -> str:
    """What a release tells an agent as JSON, kept in memory unless it is a draft."""
    if release.is_draft:
        return told_text(release)
    return _written_once(release.pk, release.content_hash)


@lru_cache(maxsize=MOST_RELEASES)
def _written_once(pk: int, _digest: str) -> str:
    return told_text(Release.objects.get(pk=pk))


def told_text(release: Release) -> str:
    """Content as JSON, the prompt with its values."""
    content = frozen_content(release)
    prompt = rendered(content.prompt, content.settings)
    return as_text(content_json(content) | {"prompt": prompt})


def as_text(value: Json) -> str:
    """JSON as it is sent."""
    return json.dumps(value, ensure_ascii=False)


def document_json(document: DocumentContent) -> Json:
    """A document."""
    plain = ("slug", "title", "topic", "body")
    row: Json = {name: getattr(document, name) for name in plain}
    return row | {"required_facts": list(document.required_facts)}


def upkeep_json(row: Upkeep | None) -> Json:
    """Who looks after a document, its last day, and where it comes from; null where unknown."""
    if row is None:
        return dict.fromkeys(UPKEEP)
    return {
        "owner": username(row.owner),
        "expires_on": row.expires_on,
        "source": row.source or None,
    }


def check_json(check: Check) -> Json:
    """A check."""
    plain = ("name", "status", "summary", "numbers", "url", "created_at")
    return {name: getattr(check, name) for name in plain}


def diff_json(before: Release, after: Release, difference: Changes) -> Json:
    """What differs from one release to another."""
    return {
        "before": before.number,
        "after": after.number,
        "prompt": passages_json(difference.prompt),
        "settings": [field_json(*change) for change in difference.settings],
        "documents": [document_diff_json(change) for change in difference.documents],
    }


def document_diff_json(change: DocumentChange) -> Json:
    """A document that differs."""
    return {
        "slug": change.slug,
        "title": change.title,
        "kind": change.kind,
        "body": passages_json(change.body),
        "fields": [field_json(*field) for field in change.fields],
    }


def passages_json(passages: list[Passage]) -> list[Json]:
    """Stretches of text."""
    return [{"operation": passage.operation, "text": passage.text} for passage in passages]


def field_json(name: str, before: Any, after: Any) -> Json:
    """A setting or field that differs."""
    return {"name": name, "before": before, "after": after}


def answer_json(release: Release, answer: AgentAnswer, reply: Reply) -> Json:
    """An answer and what it took."""
    usage = ("model", "input_tokens", "output_tokens", "latency_ms")
    return {
        "release": release.number,
        **answer.model_dump(),
        **{name: getattr(reply, name) for name in usage},
        "cost_usd": str(reply.cost_usd),
    }


def proposal_json(proposal: Proposal) -> Json:
    """A proposal; select the release and the deciding user with it, and prefetch rivals and
    wordings.
    """
    other = {"decided_by", "release", "merged_into", "rivals", "wordings"}
    row = {name: getattr(proposal, name) for name in ProposalOut.model_fields if name not in other}
    release = proposal.release.number if proposal.release else None
    return row | {
        "decided_by": username(proposal.decided_by),
        "release": release,
        "merged_into": proposal.merged_into_id,
        "rivals": [one.pk for one in proposal.rivals.all()],
        "wordings": [one.pk for one in proposal.wordings.all()],
    }
