"""An agent's settings: the loop, the workspace, API keys, members, and what the product runs on."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.models import ApiKey, AuditEntry, Member, Role, User, Workspace
from agentops.engine import engine_facts
from agentops.forms import (
    KeyForm,
    LoopForm,
    MemberForm,
    WorkspaceForm,
    is_last_admin,
    time_zone_names,
)
from context.access import agent_page
from context.models import Agent
from reviews.agreement.standing import keep_standing

JUDGE_FIELDS = {"judge_least_sensitivity", "judge_least_specificity", "judge_least_labels"}


def render_settings(request: HttpRequest, agent: Agent, **given: Any) -> HttpResponse:
    """The page; `given` replaces a form by one with errors, or shows a new key's secret."""
    member: Member = request.member  # type: ignore[attr-defined]
    workspace = agent.workspace
    page = {
        "loop_form": LoopForm(instance=agent),
        "workspace_form": WorkspaceForm(instance=workspace),
        "key_form": KeyForm(),
        "member_form": MemberForm(workspace),
        "may_manage": member.may(Role.MANAGER),
        "may_admin": member.may(Role.ADMIN),
        "keys": workspace.api_keys.select_related("created_by").order_by("revoked_at", "-pk"),
        "members": workspace.members.select_related("user").order_by("user__username"),
        "roles": Role.choices,
        "time_zones": time_zone_names(),
        "engine": engine_facts(),
        "audit": AuditEntry.objects.filter(workspace=workspace).select_related("user", "api_key"),
        **given,
    }
    lock(page["loop_form"], page["may_manage"])
    lock(page["workspace_form"], page["may_admin"])
    refused = any(isinstance(form, forms.BaseForm) and form.errors for form in given.values())
    return render(request, "agentops/settings.html", page, status=422 if refused else 200)


def lock(form: forms.BaseForm, allowed: bool) -> None:
    """Show a form's values without letting them be changed."""
    for field in form.fields.values():
        field.disabled = field.disabled or not allowed


def back(agent: Agent) -> HttpResponse:
    """To the settings page, where the message is shown."""
    return redirect("shell:settings", agent.workspace.slug, agent.slug)


def trail(request: HttpRequest, agent: Agent, action: str, subject: str, detail: str = "") -> None:
    """Put what was done here on record."""
    assert isinstance(request.user, User)
    audit.record(
        agent.workspace, action, subject, at=timezone.now(), user=request.user, detail=detail
    )


@agent_page(Role.VIEWER)
def settings_page(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Everything that can be set, and what it is set to."""
    return render_settings(request, agent)


@require_POST
@agent_page(Role.MANAGER)
def save_loop(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Keep the agent's loop settings; the trail names the fields that changed."""
    # A form writes even what it refuses into its instance: the page must not show that one.
    form = LoopForm(request.POST, instance=Agent.objects.get(pk=agent.pk))
    if not form.is_valid():
        return render_settings(request, agent, loop_form=form)
    with transaction.atomic():
        form.save()
        trail(request, agent, "settings.changed", agent.name, ", ".join(form.changed_data))
    if JUDGE_FIELDS & set(form.changed_data):
        keep_standing(form.instance, timezone.now())
    messages.success(request, "The loop's settings are saved.")
    return back(agent)


@require_POST
@agent_page(Role.ADMIN)
def save_workspace(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Keep the workspace's settings; the trail names the fields that changed."""
    form = WorkspaceForm(request.POST, instance=Workspace.objects.get(pk=agent.workspace.pk))
    if not form.is_valid():
        return render_settings(request, agent, workspace_form=form)
    with transaction.atomic():
        form.save()
        changed = ", ".join(form.changed_data)
        trail(request, agent, "workspace.changed", agent.workspace.name, changed)
    messages.success(request, "The workspace's settings are saved.")
    return back(agent)


@require_POST
@agent_page(Role.ADMIN)
def issue_key(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Make an API key and show its secret, this once."""
    form = KeyForm(request.POST)
    if not form.is_valid():
        return render_settings(request, agent, key_form=form)
    assert isinstance(request.user, User)
    with transaction.atomic():
        key, secret = ApiKey.issue(
            agent.workspace, form.cleaned_data["name"], form.cleaned_data["scopes"], request.user
        )
        trail(request, agent, "api_key.created", str(key), key.scopes)
    return render_settings(request, agent, new_key=key, secret=secret)


@require_POST
@agent_page(Role.ADMIN)
def revoke_key(request: HttpRequest, agent: Agent, pk: int) -> HttpResponse:
    """End a key at once; it stays listed."""
    key = get_object_or_404(ApiKey, pk=pk, workspace=agent.workspace, revoked_at=None)
    with transaction.atomic():
        key.revoke(timezone.now())
        trail(request, agent, "api_key.revoked", str(key))
    messages.success(request, f"The key {key.name} no longer works.")
    return back(agent)


@require_POST
@agent_page(Role.ADMIN)
def save_member(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Add a person, with a new account if there is none, or change a member's role."""
    form = MemberForm(agent.workspace, request.POST)
    if not form.is_valid():
        return render_settings(request, agent, member_form=form)
    name, role = form.cleaned_data["username"], form.cleaned_data["role"]
    with transaction.atomic():
        user = User.objects.filter(username=name).first() or User.objects.create_user(
            name, password=form.cleaned_data["password"]
        )
        Member.objects.update_or_create(
            workspace=agent.workspace, user=user, defaults={"role": role}
        )
        trail(request, agent, "member.saved", name, role)
    messages.success(request, f"{name} is {role} of {agent.workspace.name}.")
    return back(agent)


@require_POST
@agent_page(Role.ADMIN)
def remove_member(request: HttpRequest, agent: Agent, pk: int) -> HttpResponse:
    """Take a person out of the workspace; the last admin stays."""
    member = get_object_or_404(
        Member.objects.select_related("user"), pk=pk, workspace=agent.workspace
    )
    if is_last_admin(agent.workspace, member.user):
        messages.error(request, "The workspace needs at least one admin.")
        return back(agent)
    with transaction.atomic():
        member.delete()
        trail(request, agent, "member.removed", member.user.username)
    messages.success(request, f"{member.user.username} is no longer a member.")
    return back(agent)
