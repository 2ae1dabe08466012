"""The results of a run as a file: every trial a line, the way it stands."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from django.http import Http404, StreamingHttpResponse

from testing.exchange.cells import cell_of
from testing.models import Run
from testing.rendering import result_json

FORMATS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
AT_ONCE = 500


def results_file(run: Run, form: str) -> StreamingHttpResponse:
    """Every trial of a run as a file; 404 for a format there is not."""
    if form not in FORMATS:
        raise Http404
    response = StreamingHttpResponse(export_results(run, form), content_type=FORMATS[form])
    response["Content-Disposition"] = f'attachment; filename="run-{run.pk}.{form}"'
    return response


def export_results(run: Run, form: str) -> Iterator[str]:
    """The lines of a file in one of `FORMATS`, read from the database as they are sent."""
    rows = run.results.select_related("case", "release").prefetch_related("steps")
    plain = (
        result_json(row) | {"question": row.case.question}
        for row in rows.order_by("position", "id").iterator(chunk_size=AT_ONCE)
    )
    return (
        _csv(plain)
        if form == "csv"
        else (f"{json.dumps(row, ensure_ascii=False)}\n" for row in plain)
    )


def _csv(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    """A head and a line a trial; what a spreadsheet would run as a formula is kept a text."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for number, row in enumerate(rows):
        if number == 0:
            writer.writerow(row)
        writer.writerow(cell_of(value) for value in row.values())
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
