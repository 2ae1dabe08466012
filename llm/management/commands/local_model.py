"""`manage.py local_model`: the local model on a port, for other programs, load and fault tests."""

import json
import signal
from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvicorn
from django.core.management.base import BaseCommand

from llm.local.faults import Faults, FaultyModel


class Command(BaseCommand):
    """Serves the OpenAI HTTP surface of the local model until Ctrl-C, then says what it served."""

    help = "Serve the local model on a port, with latency and faults if wanted."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--port", type=int, default=8081)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--latency-ms", type=float, default=0.0)
        parser.add_argument("--seed", type=int, default=0)
        shares = {
            "--fail-429": "share of requests answered with 429 and Retry-After",
            "--fail-500": "share of requests answered with 500",
            "--drop": "share of connections dropped in the middle of the answer",
            "--malformed": "share of answers whose JSON is cut off",
            "--answer-noise": "share of an agent's answers that become a handover by chance",
            "--grade-noise": "share of a test case's grades that come out the other way",
        }
        for name, text in shares.items():
            parser.add_argument(name, type=float, default=0.0, help=text)
        parser.add_argument("--retry-after", type=float, default=1.0, help="seconds, sent with 429")
        text = "file of answers given before, used for the same questions and added to at the end"
        parser.add_argument("--remember", type=Path, help=text)
        self.add_batch_arguments(parser)

    def add_batch_arguments(self, parser: ArgumentParser) -> None:
        """Declare what files and batches do."""
        text = "where files and batches are kept (else they end with the server)"
        parser.add_argument("--batch-folder", type=Path, help=text)
        numbers = {
            "--batch-seconds": "how long a batch takes",
            "--batch-fail": "share of the lines of a batch that end in its error file",
            "--batch-expire": "share of its lines after which a batch expires",
        }
        for name, text in numbers.items():
            parser.add_argument(name, type=float, default=0.0, help=text)
        text = "fail every batch when its file is validated"
        parser.add_argument("--batch-refuse", action="store_true", help=text)
        text = "be a server without files and batches"
        parser.add_argument("--no-batches", action="store_true", help=text)

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve."""
        with TemporaryDirectory(prefix="local-model-") as folder:
            self.serve(options["batch_folder"] or Path(folder), options)

    def serve(self, folder: Path, options: dict[str, Any]) -> None:
        """Serve until Ctrl-C, with files and batches in a folder."""
        names = Faults.__dataclass_fields__
        faults = Faults(**{name: options[name] for name in names})
        host, port = options["host"], options["port"]
        self.stdout.write(f"local model: OPENAI_BASE_URL=http://{host}:{port}/v1")
        file: Path | None = options["remember"]
        answers = json.loads(file.read_text()) if file and file.exists() else {}
        model = FaultyModel(faults, folder, answers if file else None)
        server = uvicorn.Config(model, host=host, port=port, log_level="critical", access_log=False)
        # So that the temporary folder is removed whichever signal ends the server.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with suppress(KeyboardInterrupt):
            uvicorn.Server(server).run()
        if file:
            file.write_text(json.dumps(answers))
        self.stdout.write(json.dumps(model.served))
