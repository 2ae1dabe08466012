"""The audit trail: one row for every decision that changes what customers are told or who may do
what.
"""

from datetime import datetime

from accounts.models import ApiKey, AuditEntry, User, Workspace


def record(
    workspace: Workspace,
    action: str,
    subject: str,
    *,
    at: datetime,
    user: User | None = None,
    api_key: ApiKey | None = None,
    detail: str = "",
) -> AuditEntry:
    """Write who did what to which object; call it inside the transaction of the change itself."""
    return AuditEntry.objects.create(
        workspace=workspace,
        action=action,
        subject=subject[:200],
        at=at,
        user=user,
        api_key=api_key,
        detail=detail,
    )
