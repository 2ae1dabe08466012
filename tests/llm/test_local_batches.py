"""Files and batches of the local model, as OpenAI's own client sees them."""

import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import openai
import pytest
from openai.types import Batch

from llm.local.batch_lines import Lines
from llm.local.faults import Faults
from llm.schemas import response_format
from tests.llm.material import AgentAnswer, make_call, serving_by_command, serving_from

ENDPOINT: Literal["/v1/chat/completions"] = "/v1/chat/completions"


@contextmanager
def client(folder: Path | None = None, **faults: Any) -> Iterator[openai.OpenAI]:
    """OpenAI's client on a local model of its own."""
    with (
        TemporaryDirectory() as temporary,
        serving_from(folder or Path(temporary), Faults(**faults)) as url,
        openai.OpenAI(api_key="any", base_url=url) as sdk,
    ):
        yield sdk


def line(name: str, question: str = "How long does delivery take?") -> dict[str, Any]:
    """One line of an input file."""
    body = {
        "model": "local-1",
        "messages": list(make_call(question).messages),
        "response_format": response_format(AgentAnswer),
    }
    return {"custom_id": name, "method": "POST", "url": ENDPOINT, "body": body}


def upload(sdk: openai.OpenAI, lines: list[Any], name: str = "in.jsonl") -> str:
    """Upload an input file; returns its id."""
    content = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines)
    return sdk.files.create(file=(name, io.BytesIO(content.encode())), purpose="batch").id


def make_batch(sdk: openai.OpenAI, lines: list[Any], **fields: Any) -> Batch:
    """A batch as it is when it was just made."""
    return sdk.batches.create(
        input_file_id=upload(sdk, lines), endpoint=ENDPOINT, completion_window="24h", **fields
    )


def ended(sdk: openai.OpenAI, batch: Batch) -> Batch:
    """The batch, once it ended."""
    while batch.status not in ("completed", "failed", "expired", "cancelled"):
        batch = sdk.batches.retrieve(batch.id)
    return batch


def results(sdk: openai.OpenAI, name: str | None) -> dict[str, dict[str, Any]]:
    """The lines of an output or error file by custom_id; none without a file."""
    rows = [json.loads(one) for one in sdk.files.content(name).iter_lines()] if name else []
    return {row["custom_id"]: row for row in rows}


def test_a_batch_answers_every_line_and_tells_the_bad_ones_apart() -> None:
    bad = line("c") | {"body": {"model": "local-1"}}
    with client() as sdk:
        made = make_batch(
            sdk, [line("a"), line("b", "How do I wash a down jacket?"), bad], metadata={"key": "k"}
        )
        assert (made.status, made.output_file_id, made.metadata) == (
            "validating",
            None,
            {"key": "k"},
        )
        batch = ended(sdk, made)
        good, errors = results(sdk, batch.output_file_id), results(sdk, batch.error_file_id)
    assert batch.status == "completed"
    assert batch.request_counts is not None
    assert (batch.request_counts.total, batch.request_counts.completed) == (3, 2)
    contents = {
        name: json.loads(row["response"]["body"]["choices"][0]["message"]["content"])
        for name, row in good.items()
    }
    assert {name: one["sources"] for name, one in contents.items()} == {
        "a": ["delivery"],
        "b": ["washing"],
    }
    assert {name: row["response"]["status_code"] for name, row in errors.items()} == {"c": 400}


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([], "empty_file"),
        (["not json"], "invalid_json_line"),
        ([line("a"), line("a")], "duplicate_custom_id"),
        ([line("a") | {"url": "/v1/embeddings"}], "invalid_url"),
        ([line("a"), line("b") | {"body": {"model": "gpt-9"}}], "mismatched_model"),
    ],
)
def test_a_file_that_is_wrong_fails_the_whole_batch(lines: list[Any], code: str) -> None:
    with client() as sdk:
        batch = ended(sdk, make_batch(sdk, lines))
    assert (batch.status, batch.output_file_id) == ("failed", None)
    assert batch.errors is not None and batch.errors.data is not None
    assert batch.errors.data[0].code == code


def test_a_batch_and_its_files_outlive_the_server(tmp_path: Path) -> None:
    with client(tmp_path) as sdk:
        made = make_batch(sdk, [line("a")])
    with client(tmp_path) as sdk:
        batch = ended(sdk, made)
        assert list(results(sdk, batch.output_file_id)) == ["a"]
    with client(tmp_path) as sdk:
        assert sdk.batches.retrieve(made.id) == batch


def test_a_slow_batch_shows_where_it_is() -> None:
    for seconds in (1.5, 10, 60):  # a busy machine may not look in time, and looks again slower
        order = stages(seconds)
        if len(order) == 4:
            break
    assert order == ["validating", "in_progress", "finalizing", "completed"]


def stages(seconds: float) -> list[str]:
    """What is seen of a batch that takes so long, looking as often as can be."""
    with client(batch_seconds=seconds) as sdk:
        batch = make_batch(sdk, [line(str(number)) for number in range(20)])
        seen = [batch.status]
        while seen[-1] != "completed":
            batch = sdk.batches.retrieve(batch.id)
            seen.append(batch.status)
            time.sleep(0.02)
    return list(dict.fromkeys(seen))


def test_lists_come_newest_first_in_pages() -> None:
    with client() as sdk:
        names = [upload(sdk, [line("a")], f"{number}.jsonl") for number in range(5)]
        made = [make_batch(sdk, [line("a")]).id for _ in range(5)]
        first = sdk.batches.list(limit=2)
        assert [one.id for one in first.data] == [made[4], made[3]]
        assert first.has_more
        assert [one.id for one in sdk.batches.list(limit=2)] == made[::-1]
        files = sdk.files.list(limit=2, after=names[4])
        assert [one.id for one in files.data] == [names[3], names[2]]
        sdk.files.delete(names[2])
        assert names[2] not in {one.id for one in sdk.files.list()}
        with pytest.raises(openai.NotFoundError):
            sdk.files.content(names[2])


def test_a_cancelled_batch_keeps_what_was_done_and_says_no_twice() -> None:
    with client(batch_seconds=1) as sdk:
        batch = make_batch(sdk, [line(str(number)) for number in range(8)])
        while not (batch.request_counts and batch.request_counts.completed):
            batch = sdk.batches.retrieve(batch.id)
        assert sdk.batches.cancel(batch.id).status == "cancelling"
        batch = ended(sdk, batch)
        good = results(sdk, batch.output_file_id)
        with pytest.raises(openai.ConflictError):
            sdk.with_options(max_retries=0).batches.cancel(batch.id)
    assert batch.status == "cancelled"
    assert 1 <= len(good) < 8


def test_an_expired_batch_has_partial_output_and_an_error_for_each_line_that_is_left() -> None:
    with client(batch_expire=0.5) as sdk:
        batch = ended(sdk, make_batch(sdk, [line(str(number)) for number in range(8)]))
        good, errors = results(sdk, batch.output_file_id), results(sdk, batch.error_file_id)
    assert batch.status == "expired"
    assert (list(good), list(errors)) == (list("0123"), list("4567"))
    assert {row["error"]["code"] for row in errors.values()} == {"batch_expired"}


def test_lines_fail_and_are_malformed_by_chance() -> None:
    with client(batch_fail=0.3, malformed=0.3, seed=3) as sdk:
        batch = ended(sdk, make_batch(sdk, [line(str(number)) for number in range(30)]))
        good, errors = results(sdk, batch.output_file_id), results(sdk, batch.error_file_id)
    texts = [row["response"]["body"]["choices"][0]["message"]["content"] for row in good.values()]
    cut = [text for text in texts if not text.endswith("}")]
    assert 0 < len(errors) < 20
    assert 0 < len(cut) < 20
    assert {row["response"]["status_code"] for row in errors.values()} == {500}


def test_a_server_may_refuse_files_or_have_no_batches() -> None:
    with client(batch_refuse=True) as sdk:
        assert ended(sdk, make_batch(sdk, [line("a")])).status == "failed"
    with client(no_batches=True) as sdk, pytest.raises(openai.NotFoundError, match="unknown path"):
        upload(sdk, [line("a")])


def test_an_id_is_never_a_way_out_of_the_folder(tmp_path: Path) -> None:
    with client(tmp_path) as sdk:
        for name in ("..%2f..%2fetc%2fpasswd", "file-x"):
            with pytest.raises(openai.NotFoundError):
                sdk.get(f"/files/{name}/content", cast_to=object)
        with pytest.raises(openai.NotFoundError, match="no such file"):
            sdk.batches.create(input_file_id="file-x", endpoint=ENDPOINT, completion_window="24h")


def test_lines_go_on_after_a_crash_where_the_last_whole_result_stands(tmp_path: Path) -> None:
    content = b"\n".join(json.dumps(line(str(number))).encode() for number in range(3))
    asked: list[str] = []

    def work(path: str, body: dict[str, Any]) -> dict[str, Any]:
        asked.append(path)
        return {"choices": []}

    def lines() -> Lines:
        return Lines(content, ENDPOINT, tmp_path / "results", work, (0, 0), 0)

    lines().work_to(2, 60)
    with (tmp_path / "results").open("ab") as file:
        file.write(b'{"custom_id": "2", "resp')
    again = lines()
    assert again.done == 2
    again.work_to(3, 60)
    assert (again.left, asked) == (0, ["/chat/completions"] * 3)
    good, bad = lines().results(expired=False)
    assert [json.loads(one)["custom_id"] for one in good] == ["0", "1", "2"]
    assert bad == []


def test_the_command_has_the_faults_of_batches(tmp_path: Path) -> None:
    options = ("--batch-folder", str(tmp_path), "--batch-expire", "0.5", "--batch-seconds", "0.1")
    with serving_by_command(*options) as url, openai.OpenAI(api_key="any", base_url=url) as sdk:
        batch = ended(sdk, make_batch(sdk, [line("a"), line("b")]))
        assert batch.status == "expired"
    assert (tmp_path / "batches" / f"{batch.id}.json").exists()
