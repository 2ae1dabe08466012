"""An agent's own pages: today, performance and the settings."""

from django.urls import path

from agentops import views_performance, views_report, views_settings, views_today

app_name = "shell"

urlpatterns = [
    path("", views_today.today, name="today"),
    path("performance/", views_performance.performance, name="performance"),
    path("report/", views_report.reports, name="reports"),
    path("report/<str:week>/", views_report.report, name="report"),
    path("report/<str:week>/pdf/", views_report.report_pdf, name="report-pdf"),
    path("performance/weeks.csv", views_performance.performance_csv, name="performance-csv"),
    path("settings/", views_settings.settings_page, name="settings"),
    path("settings/loop/", views_settings.save_loop, name="save-loop"),
    path("settings/workspace/", views_settings.save_workspace, name="save-workspace"),
    path("settings/keys/", views_settings.issue_key, name="issue-key"),
    path("settings/keys/<int:pk>/revoke/", views_settings.revoke_key, name="revoke-key"),
    path("settings/members/", views_settings.save_member, name="save-member"),
    path("settings/members/<int:pk>/remove/", views_settings.remove_member, name="remove-member"),
]
