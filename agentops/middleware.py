"""Response headers that hold on every page: nothing is loaded or run from another server."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
# Swagger UI writes style attributes into its own page; no other page needs that.
API_PAGES_POLICY = {**POLICY, "style-src": "'self' 'unsafe-inline'"}
API_PAGES = "/api/docs/"


def header_of(policy: dict[str, str]) -> str:
    """The Content-Security-Policy header for a mapping of directive to sources."""
    return "; ".join(f"{directive} {sources}" for directive, sources in policy.items())


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: a strict Content-Security-Policy and no device permissions on every response."""

    def add_headers(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        policy = API_PAGES_POLICY if request.path.startswith(API_PAGES) else POLICY
        response.headers.setdefault("Content-Security-Policy", header_of(policy))
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=()"
        )
        return response

    return add_headers
