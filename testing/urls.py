"""The addresses of the test pages, under /<workspace>/<agent>/tests/."""

from django.urls import path

from testing import views
from testing.cases import views as views_cases
from testing.cases import views_suites
from testing.comparing import views as views_regrade
from testing.context_suite import views as views_context
from testing.context_suite import views_drafts
from testing.exchange import views as views_exchange
from testing.gate import views as views_gate
from testing.questions import views as views_questions
from testing.runs import views as views_runs

app_name = "testing"
context_urls = [
    path("context/<int:number>/", views_context.context_test, name="context"),
    path("context/<int:number>/progress/", views_context.context_progress, name="context-progress"),
    path("context/<int:number>/prepare/", views_context.prepare_context, name="prepare-context"),
    path("context/<int:number>/drafts/", views_drafts.drafts, name="drafts"),
    path("context/<int:number>/guards/", views_drafts.approve_guards, name="approve-guards"),
    path(
        "context/<int:number>/contradictions/<int:contradiction_id>/dismiss/",
        views_context.decide_contradiction,
        {"decision": "dismiss"},
        name="dismiss-contradiction",
    ),
    path(
        "context/<int:number>/contradictions/<int:contradiction_id>/reopen/",
        views_context.decide_contradiction,
        {"decision": "reopen"},
        name="reopen-contradiction",
    ),
]
urlpatterns = [
    *context_urls,
    path("", views.index, name="index"),
    path("gate/", views_gate.rules, name="gate"),
    path("run/", views_gate.run_now, name="run-now"),
    path("releases/<int:number>/run/", views_gate.run_release, name="run-release"),
    path("questions/", views_questions.questions, name="questions"),
    path("questions/find/", views_questions.find_questions, name="find-questions"),
    path("questions/progress/", views_questions.progress, name="questions-progress"),
    path("questions/merge/", views_questions.merge, name="merge-clusters"),
    path(
        "questions/searches/<int:discovery_id>/cancel/",
        views_questions.cancel,
        name="cancel-discovery",
    ),
    *(
        path(
            f"questions/<int:cluster_id>/{decision}/",
            views_questions.decide,
            {"decision": decision},
            name=f"{decision}-cluster",
        )
        for decision in ("add", "dismiss", "rename", "undo")
    ),
    path("suites/<int:suite_id>/", views_suites.suite, name="suite"),
    path("suites/add/", views_suites.add_suite, name="add-suite"),
    path("suites/<int:suite_id>/edit/", views_suites.edit_suite, name="edit-suite"),
    path(
        "suites/<int:suite_id>/archive/",
        views_suites.archive_suite,
        {"decision": "archive"},
        name="archive-suite",
    ),
    path(
        "suites/<int:suite_id>/restore/",
        views_suites.archive_suite,
        {"decision": "restore"},
        name="restore-suite",
    ),
    path("suites/<int:suite_id>/act/", views_suites.act_on_cases, name="act"),
    path("suites/<int:suite_id>/cases.<slug:form>", views_exchange.export, name="export"),
    path("suites/<int:suite_id>/import/", views_exchange.import_cases, name="import"),
    path("files/<int:batch_id>/", views_exchange.file, name="file"),
    path(
        "files/<int:batch_id>/bring/",
        views_exchange.decide_file,
        {"decision": "bring"},
        name="bring-file",
    ),
    path(
        "files/<int:batch_id>/drop/",
        views_exchange.decide_file,
        {"decision": "drop"},
        name="drop-file",
    ),
    path("batches/<int:batch_id>/undo/", views_exchange.undo_batch, name="undo-batch"),
    path("suites/<int:suite_id>/add/", views_cases.add_case, name="add-case"),
    path("suites/<int:suite_id>/price/", views_runs.price, name="price"),
    path("suites/<int:suite_id>/start/", views_runs.start, name="start"),
    path("suites/<int:suite_id>/try/", views_cases.try_one, name="try-new"),
    path("cases/<int:case_id>/", views_cases.case, name="case"),
    path("cases/<int:case_id>/try/", views_cases.try_one, name="try"),
    path("cases/<int:case_id>/own/", views_cases.own_case, name="own"),
    path(
        "cases/<int:case_id>/approve/",
        views_cases.decide_case,
        {"decision": "approve"},
        name="approve",
    ),
    path(
        "cases/<int:case_id>/retire/",
        views_cases.decide_case,
        {"decision": "retire"},
        name="retire",
    ),
    path("runs/<int:run_id>/", views_runs.run, name="run"),
    path("runs/<int:run_id>/results.<slug:form>", views_runs.export, name="run-export"),
    path("runs/<int:run_id>/progress/", views_runs.progress, name="progress"),
    path("runs/<int:run_id>/cases/<int:case_id>/", views_runs.trials, name="trials"),
    path("runs/<int:run_id>/cancel/", views_runs.steer, {"action": "cancel"}, name="cancel"),
    path("runs/<int:run_id>/resume/", views_runs.steer, {"action": "resume"}, name="resume"),
    path("runs/<int:run_id>/retry/", views_runs.steer, {"action": "retry"}, name="retry"),
    path("runs/<int:run_id>/grader/", views_regrade.grader, name="grader"),
    path("runs/<int:run_id>/grader/start/", views_regrade.start, name="regrade"),
    path(
        "runs/<int:run_id>/grader/cancel/",
        views_regrade.steer,
        {"action": "cancel"},
        name="cancel-regrade",
    ),
    path(
        "runs/<int:run_id>/grader/resume/",
        views_regrade.steer,
        {"action": "resume"},
        name="resume-regrade",
    ),
]
