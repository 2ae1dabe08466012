"""Errors in OpenAI's shape."""

import json


class BadRequest(Exception):
    """The request cannot be answered; said in the words and with the status a client expects."""

    def __init__(
        self, message: str, *, status: int = 400, param: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.param = param
        self.code = code


def error_body(error: BadRequest) -> bytes:
    """Render an error as OpenAI does."""
    kind = "server_error" if error.status >= 500 else "invalid_request_error"
    shown = {"message": str(error), "type": kind, "param": error.param, "code": error.code}
    return json.dumps({"error": shown}).encode()
