"""`Idempotency-Key`: a POST that is sent twice with one key is done once and answered alike.

After the IETF draft "The Idempotency-Key HTTP Header Field": the same key with another body is a
422, a key whose first
request is still running a 409.
"""

import functools
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import key_of
from accounts.models import ApiKey, IdempotentRequest
from accounts.problems import Problem

STALE = timedelta(minutes=5)
View = Callable[..., Response]


def digest_of(request: Request) -> str:
    """The hash of method, path and body."""
    body = request._request.body
    head = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(head + body).hexdigest()


def begin(key: ApiKey, name: str, digest: str) -> tuple[IdempotentRequest, bool]:
    """The row of this key, and whether it is ours to fill."""
    try:
        with transaction.atomic():
            row = IdempotentRequest.objects.create(
                workspace_id=key.workspace_id, key=name, request_digest=digest
            )
            return row, True
    except IntegrityError:
        return IdempotentRequest.objects.get(workspace=key.workspace_id, key=name), False


def stored_answer(row: IdempotentRequest, digest: str) -> Response:
    """The first request's answer, or the problem that stands in the way of giving it."""
    if row.request_digest != digest:
        raise Problem(422, "idempotency_key_reused", "This key was used for another request.")
    if row.status is None:
        raise Problem(409, "in_progress", "The first request with this key is still running.")
    return Response(row.body, status=row.status, headers={"Idempotent-Replay": "true"})


def as_sent(response: Response) -> Any:
    """The body as the client got it: times and decimals as text."""
    return json.loads(JSONRenderer().render(response.data) or b"null")


def idempotent(view: View) -> View:
    """Honour `Idempotency-Key` on a REST view; without the header the view runs as it is."""

    @functools.wraps(view)
    def wrapped(request: Request, *args: Any, **kwargs: Any) -> Response:
        name = request.headers.get("Idempotency-Key", "")
        if request.method != "POST" or not name:
            return view(request, *args, **kwargs)
        if len(name) > 200:
            raise Problem(422, "invalid", "Idempotency-Key is longer than 200 characters.")
        key, digest = key_of(request), digest_of(request)
        IdempotentRequest.objects.filter(
            workspace=key.workspace_id,
            status=None,
            created_at__lt=timezone.now() - STALE,
        ).delete()
        row, ours = begin(key, name, digest)
        if not ours:
            return stored_answer(row, digest)
        try:
            response = view(request, *args, **kwargs)
        except BaseException:
            row.delete()
            raise
        IdempotentRequest.objects.filter(pk=row.pk).update(
            status=response.status_code, body=as_sent(response)
        )
        return response

    return wrapped
