"""Pages that belong to no agent: the way in, the theme, health, refusals, the gallery of parts."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django.views.defaults import server_error as server_error_page

from accounts.problems import body_of
from agentops.gallery import GALLERY
from agentops.shell import THEME_COOKIE, THEMES, today_url, visible_agents

YEAR = 365 * 24 * 3600


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Go to the first agent's today; say what to do where there is none."""
    agents = visible_agents(request.user)
    if agents:
        return redirect(today_url(agents[0]))
    return render(request, "agentops/no_agent.html")


def healthz(request: HttpRequest) -> HttpResponse:
    """Answer `ok` when the database answers; for load balancers and the supervisor."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page of a member whose role is too weak; it names the role that is needed."""
    return render(request, "403.html", {"reason": str(exception)}, status=403)


def problem(status: int, code: str, detail: str) -> JsonResponse:
    """A problem document (RFC 9457) where no call of the REST API answers."""
    body = body_of(status, code, detail)
    return JsonResponse(body, status=status, content_type="application/problem+json")


@csrf_exempt
def no_such_call(request: HttpRequest) -> JsonResponse:
    """Whatever below /api/v1/ is no call; a body sent without the final slash is not lost in a
    redirect, it is refused here.
    """
    hint = "" if request.path.endswith("/") else " Paths end with a slash."
    return problem(404, "not_found", f"There is no such path.{hint} See /api/docs/.")


def server_error(request: HttpRequest) -> HttpResponse:
    """A defect of ours: a problem document for REST clients, a page for people."""
    if request.path.startswith("/api/"):
        return problem(500, "server_error", "Something went wrong here. It has been logged.")
    return server_error_page(request)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme in a cookie and go back to the page it was chosen on."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    response = redirect(target)
    chosen = request.POST.get("theme", "")
    if chosen and chosen in dict(THEMES):
        response.set_cookie(THEME_COOKIE, chosen, max_age=YEAR, samesite="Lax", httponly=True)
    else:
        response.delete_cookie(THEME_COOKIE)
    return response


def design(request: HttpRequest) -> HttpResponse:
    """The gallery of docs/design.md; there only while developing."""
    if not settings.DEBUG:
        raise Http404
    messages.success(request, "Release 7 was retired, release 8 is live.")
    return render(request, "design.html", GALLERY)
