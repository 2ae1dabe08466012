"""Every address of the product: pages under /<workspace>/<agent>/, the REST API under /api/v1/."""

from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.templatetags.static import static
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from agentops import views, views_report_settings

api = [
    path("", include("reviews.api_urls")),
    path("", include("conversations.api_urls")),
    path("", include("context.api_urls")),
    path("", include("testing.api_urls")),
    path("", include("agentops.report.api_urls")),
]

pages = [
    path("", include("agentops.shell_urls")),
    path("desk/", include("reviews.urls")),
    path("conversations/", include("conversations.urls")),
    path("tests/", include("testing.urls")),
    path("proposals/", include("reviews.trail.urls")),
    path("", include("context.urls")),
]

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("favicon.ico", RedirectView.as_view(url=static("agentops/logo.svg"))),
    path("theme/", views.theme, name="theme"),
    path("design/", views.design, name="design"),
    path("login/", auth_views.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("unsubscribe/<str:token>/", views_report_settings.unsubscribe, name="unsubscribe"),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api-docs"),
    path("api/v1/agents/<slug:agent>/", include(api)),
    re_path("^api/v1(?:/|$)", views.no_such_call),
    path("<slug:workspace>/<slug:agent>/", include(pages)),
]

handler403 = "agentops.views.forbidden"
handler500 = "agentops.views.server_error"
