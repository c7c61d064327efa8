"""What each step does: one call of the service that does it in earnest."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from passport_service.domain.streak import Outcome
from passport_service.scenarios import concern_steps, jobs, statements
from passport_service.scenarios.world import STORY, World, account_key
from passport_service.services import (
    decisions,
    items,
    people,
    policies,
    training,
)
from passport_service.store import lookups

Given = Mapping[str, Any]
Do = Callable[[World, Given, datetime | None], None]

SAID = "Recorded by the story."
NEED_WORDS = (Outcome.RETURNED, Outcome.CONCERN, Outcome.NOT_REVIEWABLE)


def do(world: World, word: str, given: Given, effective_at: datetime | None) -> None:
    """Do one step at the story's now. Raises Refused as the service does."""
    STEPS[word](world, given, effective_at)


def _statement(world: World, given: Given, effective_at: datetime | None) -> None:
    statements.step(world, given, effective_at)


def _void(world: World, given: Given, _: datetime | None) -> None:
    statements.void(world, given)


def _train(world: World, given: Given, _: datetime | None) -> None:
    statements.train(world, given)


def _link(world: World, given: Given, effective_at: datetime | None) -> None:
    stream = world.person(given["who"])
    key = account_key(*given["account"]) if "account" in given else _mailbox(given["mbox"])
    from_at = given.get("from") or effective_at
    held_by_another = any(
        one.until_at is None and one.person != stream for one in lookups.holders(world.store, key)
    )
    if from_at is None and held_by_another:
        from_at = world.now
    people.link(world.store, stream, key, now=world.now, caused_by=STORY, from_at=from_at)


def _mailbox(given: str) -> str:
    local, _, domain = given.removeprefix("mailto:").rpartition("@")
    return f"mbox|mailto:{local}@{domain.lower()}"


def _map(world: World, given: Given, _: datetime | None) -> None:
    training.map_activity(
        world.store,
        activity=given["activity"],
        course=given["requirement"],
        now=world.now,
        caused_by=STORY,
        from_on=given.get("from"),
        until_on=given.get("until"),
    )


def _prior(world: World, given: Given, _: datetime | None) -> None:
    training.approve_prior(
        world.store,
        world.person(given["who"]),
        requirement=given["requirement"],
        completed_on=given["on"],
        by=world.somebody(given["by"]),
        approver=world.somebody(given["approver"]),
        reason=given["reason"],
        now=world.now,
    )


def _waive(world: World, given: Given, _: datetime | None) -> None:
    training.waive(
        world.store,
        world.person(given["who"]),
        requirement=given["requirement"],
        from_on=given["on"],
        until_on=given.get("until"),
        by=world.somebody(given["by"]),
        approver=world.somebody(given["approver"]),
        reason=given["reason"],
        now=world.now,
    )


def _submit(world: World, given: Given, effective_at: datetime | None) -> None:
    items.submit(
        world.store,
        world.person(given["who"]),
        item=given["item"],
        kind=given["kind"],
        type=given["type"],
        facts=given.get("facts"),
        now=world.now,
        caused_by=STORY,
        effective_at=effective_at,
    )


def _decide(world: World, given: Given, effective_at: datetime | None) -> None:
    said = SAID if given["outcome"] in NEED_WORDS else ""
    decisions.record(
        world.store,
        item=given["item"],
        outcome=given["outcome"],
        reviewer=world.person(given["reviewer"]),
        reason=given.get("reason", said),
        category=given.get("category"),
        severity=given.get("severity", "standard"),
        facts=given.get("facts"),
        now=world.now,
        caused_by=STORY,
        effective_at=effective_at,
    )


def _correct(world: World, given: Given, _: datetime | None) -> None:
    decisions.correct(
        world.store,
        item=given["item"],
        outcome=given["outcome"],
        reviewer=world.person(given["reviewer"]),
        reason=given["reason"],
        now=world.now,
        caused_by=STORY,
    )


def _withdraw(world: World, given: Given, _: datetime | None) -> None:
    items.withdraw(world.store, item=given["item"], reason=given["reason"], now=world.now, caused_by=STORY)


def _check(world: World, given: Given, _: datetime | None) -> None:
    items.check(
        world.store,
        world.person(given["who"]),
        kind=given["kind"],
        type=given["type"],
        facts=given.get("facts"),
        id=given["id"],
        now=world.now,
        caused_by=STORY,
    )


def _confirm(world: World, given: Given, effective_at: datetime | None) -> None:
    items.confirm(
        world.store,
        check=given["check"],
        item=given["item"],
        facts=given.get("facts"),
        now=world.now,
        caused_by=STORY,
        effective_at=effective_at,
    )


def _absence(world: World, given: Given, _: datetime | None) -> None:
    people.record_absence(
        world.store,
        world.person(given["who"]),
        from_on=given["from"],
        until_on=given["until"],
        now=world.now,
        caused_by=STORY,
    )


def _eligibility(world: World, given: Given, effective_at: datetime | None) -> None:
    names = {"registered": "registration", "role": "role", "left": "left", "team": "team"}
    changes = {names[key]: value for key, value in given.items() if key in names}
    people.change(
        world.store,
        world.person(given["who"]),
        changes,
        now=world.now,
        caused_by=STORY,
        effective_at=effective_at,
    )


def _policy(world: World, given: Given, _: datetime | None) -> None:
    policies.publish(
        world.store,
        given["settings"],
        effective_from=given["effective_from"],
        author=given["author"],
        approver=given["approver"],
        now=world.now,
    )


def _draw(world: World, given: Given, _: datetime | None) -> None:
    jobs.draw(world, given["seed"])


def _tick(world: World, _: Given, __: datetime | None) -> None:
    jobs.sweep(world, world.now)


STEPS: dict[str, Do] = {
    "statement": _statement,
    "void": _void,
    "link": _link,
    "map": _map,
    "train": _train,
    "prior": _prior,
    "waive": _waive,
    "submit": _submit,
    "decide": _decide,
    "correct": _correct,
    "withdraw": _withdraw,
    "check": _check,
    "confirm": _confirm,
    "concern": concern_steps.record_concern,
    "second_read": concern_steps.second_read,
    "overturn": concern_steps.overturn,
    "answer": concern_steps.answer,
    "absence": _absence,
    "eligibility": _eligibility,
    "policy": _policy,
    "draw": _draw,
    "tick": _tick,
}
