"""Errors of the REST API as RFC 9457 problem details, each with a stable `code`."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts.faults import FieldErrors


class Problem(exceptions.APIException):
    """An error to be shown to a REST client: HTTP status, stable code, a sentence, and the
    fields at fault.
    """

    def __init__(
        self, status: int, code: str, detail: str, errors: FieldErrors | None = None, **extra: Any
    ) -> None:
        super().__init__(detail)
        self.status_code = status
        self.code = code
        self.sentence = detail
        self.errors = errors
        self.extra = extra


CODES = {
    400: "malformed",
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
}


def body_of(status: int, code: str, detail: str, **extra: Any) -> dict[str, Any]:
    """The problem document: type, title, status, code, detail and what else is given."""
    title = HTTPStatus(status).phrase
    return {
        "type": "about:blank",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
    } | extra


def as_problem(error: Exception) -> Problem | None:
    """The problem that an exception stands for, or None when it is a defect of ours (a 500)."""
    match error:
        case Problem():
            return error
        case Http404():
            return Problem(404, "not_found", "There is no such object in this workspace.")
        case PermissionDenied():
            return Problem(403, "forbidden", str(error) or "This key may not do that.")
        case RequestDataTooBig():
            return Problem(413, "too_large", "The request body is too large.")
        case exceptions.APIException():
            status = error.status_code
            return Problem(status, CODES.get(status, "error"), str(error.detail))
    return None


def problem_response(error: Exception, _view: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every refused request becomes one problem document."""
    problem = as_problem(error)
    if problem is None:
        return None
    set_rollback()
    extra = dict(problem.extra)
    if problem.errors is not None:
        extra["errors"] = problem.errors
    response = Response(
        body_of(problem.status_code, problem.code, problem.sentence, **extra),
        status=problem.status_code,
        content_type="application/problem+json",
    )
    if header := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = header
    if (wait := getattr(error, "wait", None)) is not None:
        response["Retry-After"] = str(int(wait) + 1)
    return response
