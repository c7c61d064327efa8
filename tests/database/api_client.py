"""A case system for tests: a key with its rights, and a council with a few people to speak of."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from passport_service.services import decisions, items, keys, people, setup, training
from passport_service.services.setup import CORE
from passport_service.store.database import Store

PEPPER = "a secret that is only ever used in tests"
RIGHTS = ("may_confirm", "may_decide", "may_read")
PEOPLE = {
    "asha": {"role": "social_worker", "team": "North A", "name": "Asha", "email": "asha@council.example"},
    "ben": {"role": "social_worker", "team": "North B", "name": "Ben", "email": "ben@council.example"},
    "rhys": {"role": "ccv_reviewer", "team": "CCV", "name": "Rhys"},
    "rosa": {"role": "ccv_reviewer", "team": "CCV", "name": "Rosa"},
    "lena": {"role": "ccv_lead", "team": "CCV", "name": "Lena"},
}


class CaseSystem:
    """A program that speaks the API with one key."""

    def __init__(self, app: Flask, store: Store, now: datetime, *rights: str) -> None:
        made = keys.create(
            store,
            label="case system",
            purpose="api",
            pepper=PEPPER,
            by="test",
            now=now,
            **dict.fromkeys(rights, True),
        )
        self.app = app
        self.key = made.key
        self.credentials = f"{made.key.id}:{made.secret}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": "Basic " + b64encode(self.credentials.encode()).decode()}

    def post(self, path: str, body: Any = None, **kwargs: Any) -> TestResponse:
        headers = {**self.headers, **kwargs.pop("headers", {})}
        if body is not None:
            kwargs["json"] = body
        return self.app.test_client().post(f"/api/v1{path}", headers=headers, **kwargs)

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        return self.app.test_client().get(f"/api/v1{path}", headers=self.headers, **kwargs)

    def did(self, path: str, body: Mapping[str, Any], *, status: int = 201) -> dict[str, Any]:
        answer = self.post(path, dict(body))
        assert answer.status_code == status, answer.get_data(as_text=True)
        return dict(answer.get_json())

    def read(self, path: str) -> dict[str, Any]:
        answer = self.get(path)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return dict(answer.get_json())

    def refused(
        self, path: str, body: Any, status: int, code: str, where: str | None = None
    ) -> dict[str, Any]:
        answer = self.post(path, body)
        return refusal(answer, status, code, where)


def refusal(answer: TestResponse, status: int, code: str, where: str | None = None) -> dict[str, Any]:
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (status, code), error
    if where is not None:
        assert error["where"] == where, error
    assert error["message"]
    return dict(error)


def found_council(store: Store, now: datetime) -> dict[str, str]:
    """A council with its people; returns their streams by reference."""
    setup.set_up(store, now=now - timedelta(days=30))
    return {
        ref: people.register(store, ref=ref, attributes=known, now=now - timedelta(days=29), caused_by="test")
        for ref, known in PEOPLE.items()
    }


def train(store: Store, stream: str, now: datetime) -> None:
    """Everything that the core set needs, accepted as earlier learning."""
    for slug in CORE:
        training.approve_prior(
            store, stream, requirement=slug, completed_on=date(2025, 9, 1), by="A1", approver="A2", reason="certificate",
            now=now,
        )  # fmt: skip


@contextmanager
def quietly(store: Store) -> Iterator[Store]:
    """For a thread of its own: closes its connection at the end."""
    try:
        yield store
    finally:
        store.close()


def submit(store: Store, stream: str, item: str, now: datetime) -> None:
    items.submit(
        store, stream, item=item, kind="assessment", type="care_act_assessment", now=now, caused_by="test"
    )


def decide(store: Store, item: str, reviewer: str, now: datetime) -> None:
    decisions.record(store, item=item, outcome="approved", reviewer=reviewer, now=now, caused_by="test")
