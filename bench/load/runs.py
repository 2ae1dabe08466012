"""Runs of a suite: planned, and what there is to ask about them."""

import json

from bench.load.labour import Kind
from bench.load.site import Site
from bench.real.installation import Failed

OF_AGENT = """
FROM testing_result r JOIN testing_case c ON c.id = r.case_id
JOIN testing_suite s ON s.id = c.suite_id JOIN context_agent a ON a.id = s.agent_id
WHERE a.slug = %s
"""
WARM = """
from testing.models import Run
from testing.tasks import work_results
for _ in range(8):
    work_results.delay(0)  # no run: only the connection is opened
"""
# A second answer would add to the latency, a second grade come at another time.
STORED = f"""
SELECT r.id, unnest(array_remove(ARRAY[
    CASE WHEN r.answer_model <> '' THEN 'answered in ' || r.latency_ms END,
    CASE WHEN r.state = 'done' THEN 'graded at ' || r.finished_at END
], NULL)) {OF_AGENT}
"""
TRIALS = Kind(
    noun="trial",
    calls=2,
    open_rows="SELECT count(*) FROM testing_result WHERE state IN ('pending', 'working')",
    first=f"SELECT extract(epoch FROM min(r.finished_at)) {OF_AGENT}",
    outcomes=f"SELECT c.key, r.trial, r.state, r.action, r.reply, r.passed, r.error {OF_AGENT}",
    stored=STORED,
    warm=WARM,
    wake="work_results.delay(Run.objects.get(suite__agent__slug='{agent}').pk)",
)


def plan(site: Site, agent: str, items: int) -> float:
    """An agent with a run of so many trials; the seconds that its start took."""
    code = f"from bench.load.run_plan import plan\nplan({agent!r}, {items})"
    planned, seconds = json.loads(site.shell(code).strip().splitlines()[-1])
    if planned != items:
        raise Failed(f"{planned} trials were planned of {items} cases")
    return float(seconds)
