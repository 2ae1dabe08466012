"""Which calls of tools the recording of a case lacks, so that a person can add them."""

import json
from typing import Any

from testing.models import Case, Step
from testing.runs.playback import canonical


def outside_calls(case: Case) -> list[dict[str, Any]]:
    """The calls outside the recording that trials of this case made in the newest run that has any;
    each once, as the recording takes it, with an empty result.
    """
    newest = case.results.filter(calls_outside__gt=0).order_by("-run").first()
    if newest is None:
        return []
    steps = Step.objects.filter(result__case=case, result__run=newest.run_id, kind=Step.Kind.TOOLS)
    made = [call for step in steps for call in step.calls if not call["is_recorded"]]
    once = {canonical(call): call for call in made}
    return [
        {"name": call["name"], "arguments": call["arguments"], "result": ""}
        for call in once.values()
    ]


def as_recorded(calls: list[dict[str, Any]]) -> str:
    """The calls as lines of JSON, to be put into a recording."""
    return ",\n".join(json.dumps(call, ensure_ascii=False) for call in calls)
