"""A learning system with a key, for the tests of its door."""

import base64
from typing import Any

import orjson
from flask import Flask
from werkzeug.test import Client, TestResponse

from passport_service.services.keys import Made

CONSISTENT = "X-Experience-API-Consistent-Through"
VERSION = "X-Experience-API-Version"


class Lms:
    """A learning system with a key: sends what it is told, as JSON, with the headers that all of them send."""

    def __init__(self, app: Flask, made: Made) -> None:
        self.client: Client = app.test_client()
        self.made = made
        secret = base64.b64encode(f"{made.key.id}:{made.secret}".encode()).decode()
        self.headers = {
            VERSION: "1.0.3",
            "Authorization": f"Basic {secret}",
            "Content-Type": "application/json",
        }

    def call(
        self, method: str, body: Any = None, *, path: str = "statements", **options: Any
    ) -> TestResponse:
        """Sends bytes as they are and any other value as JSON; a header of None is left out."""
        headers = {**self.headers, **options.pop("headers", {})}
        data = body if isinstance(body, bytes) or body is None else orjson.dumps(body)
        return self.client.open(
            f"/xapi/{path}",
            method=method,
            data=data,
            headers={name: value for name, value in headers.items() if value is not None},
            base_url="https://localhost",
            **options,
        )

    def get(self, **parameters: str) -> TestResponse:
        return self.call("GET", query_string=parameters)


def error_of(answer: TestResponse, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.get_data(as_text=True)
    error: dict[str, Any] = answer.get_json()["error"]
    return error
