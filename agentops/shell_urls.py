"""An agent's own pages: today, performance and the settings."""

from django.urls import path

from agentops import (
    views_alerts,
    views_performance,
    views_report,
    views_report_settings,
    views_settings,
    views_today,
)

app_name = "shell"

urlpatterns = [
    path("", views_today.today, name="today"),
    path("performance/", views_performance.performance, name="performance"),
    path("report/", views_report.reports, name="reports"),
    path("report/alerts/", views_alerts.alerts, name="alerts"),
    path("report/alerts/<int:pk>/", views_alerts.acknowledge, name="acknowledge"),
    path("report/settings/", views_report_settings.report_settings, name="report-settings"),
    path("report/settings/time/", views_report_settings.save_when, name="save-report-time"),
    path("report/settings/look/", views_report_settings.save_look, name="save-look"),
    path(
        "report/settings/recipients/", views_report_settings.save_recipient, name="save-recipient"
    ),
    path(
        "report/settings/recipients/<int:pk>/remove/",
        views_report_settings.remove_recipient,
        name="remove-recipient",
    ),
    path("report/settings/letters/<int:pk>/", views_report_settings.send_again, name="send-again"),
    path("report/<str:week>/", views_report.report, name="report"),
    path("report/<str:week>/letter/", views_report_settings.preview, name="report-letter"),
    path("report/<str:week>/send/", views_report_settings.send_now, name="send-report"),
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
