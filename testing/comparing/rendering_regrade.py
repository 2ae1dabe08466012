"""A re-grading as it goes out over REST, in the shape of `testing.comparing.shapes.RegradeOut`."""

from typing import Any

from testing.comparing.grader_noise import noise_of
from testing.gate.evidence import interval_json
from testing.models import Regrade


def regrade_json(regrade: Regrade) -> dict[str, Any]:
    """The state of a re-grading and what it showed so far."""
    noise = noise_of(regrade)
    return {
        "id": regrade.pk,
        "run": regrade.run_id,
        "state": regrade.state,
        "progress": regrade.progress(),
        "estimated_usd": float(regrade.estimated_usd),
        "spent_usd": regrade.spent_usd(),
        "created_at": regrade.created_at,
        "finished_at": regrade.finished_at,
        "stop_reason": regrade.stop_reason,
        "flip_rate": interval_json(noise.flip_rate),
        "turned_to_fail": noise.to_fail,
        "turned_to_pass": noise.to_pass,
        "ungraded": noise.ungraded,
        "noise_of_rate": noise.of_rate,
        "noise_of_difference": noise.of_difference,
        "most_noise_of_difference": noise.most_of_difference,
        "sentence": noise.sentence,
    }
