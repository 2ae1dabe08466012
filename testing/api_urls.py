"""The addresses of the REST calls, under /api/v1/agents/<agent>/."""

from django.urls import path

from testing.cases import api
from testing.comparing import api as api_regrade
from testing.context_suite import api as api_context
from testing.exchange import api as api_exchange
from testing.gate import api as api_gate
from testing.questions import api as api_questions
from testing.runs import api as api_runs

urlpatterns = [
    path("questions/", api_questions.questions),
    path("questions/discovery/", api_questions.discovery),
    path("questions/<int:cluster_id>/", api_questions.question),
    path("questions/<int:cluster_id>/add/", api_questions.add),
    path("questions/<int:cluster_id>/dismiss/", api_questions.dismiss),
    path("questions/<int:cluster_id>/merge/", api_questions.merge),
    path("questions/<int:cluster_id>/undo/", api_questions.undo),
    path("suites/", api.suites),
    path("suites/<int:suite_id>/", api.suite),
    path("suites/<int:suite_id>/cases/", api.cases),
    path("suites/<int:suite_id>/cases.<slug:form>", api_exchange.file),
    path("batches/<int:batch_id>/undo/", api_exchange.undo_batch),
    path("suites/<int:suite_id>/runs/", api_runs.runs),
    path("cases/<int:case_id>/", api.case),
    path("cases/<int:case_id>/approve/", api.approve),
    path("cases/<int:case_id>/retire/", api.retire),
    path("runs/<int:run_id>/", api_runs.run),
    path("runs/<int:run_id>/results/", api_runs.results),
    path("runs/<int:run_id>/results.<slug:form>", api_runs.results_as_file),
    path("runs/<int:run_id>/cancel/", api_runs.cancel),
    path("runs/<int:run_id>/resume/", api_runs.resume),
    path("runs/<int:run_id>/retry/", api_runs.retry),
    path("runs/<int:run_id>/regrades/", api_regrade.regrades),
    path("regrades/<int:regrade_id>/", api_regrade.regrade),
    path("regrades/<int:regrade_id>/cancel/", api_regrade.cancel),
    path("regrades/<int:regrade_id>/resume/", api_regrade.resume),
    path("releases/<int:number>/gate/", api_gate.release_gate),
    path("gate/", api_gate.gate_rules),
    path("releases/<int:number>/context/", api_context.context_test),
    path("contradictions/", api_context.contradictions),
    path("contradictions/<int:contradiction_id>/dismiss/", api_context.dismiss),
    path("contradictions/<int:contradiction_id>/reopen/", api_context.reopen),
]
