"""What each step does: one call of the service that does it in earnest."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from passport_service.domain.passport import Code
from passport_service.domain.streak import Outcome
from passport_service.scenarios import jobs, statements
from passport_service.scenarios.story import Malformed
from passport_service.scenarios.world import STORY, World, account_key
from passport_service.services import (
    concerns,
    decisions,
    dossiers,
    items,
    passports,
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


def _concern(world: World, given: Given, effective_at: datetime | None) -> None:
    concerns.record(
        world.store,
        items.owner(world.store, given["item"]),
        id=given["id"],
        item=given["item"],
        severity=given["severity"],
        source=given["source"],
        reader=world.person(given["reader"]),
        reason=SAID,
        occurred_on=given.get("occurred_on"),
        now=world.now,
        caused_by=STORY,
        effective_at=effective_at,
    )


def _second_read(world: World, given: Given, _: datetime | None) -> None:
    concerns.second_read(
        world.store,
        concern_named(world, given["of"]),
        reader=world.person(given["reader"]),
        agrees=given["agrees"],
        now=world.now,
        caused_by=STORY,
    )


def concern_named(world: World, name: str) -> str:
    """A concern by its own id, or by its item: then the one that a decision made, the latest of several."""
    if lookups.find_concern_owner(name) is not None:
        return name
    found = lookups.concerns_about(name)
    if not found:
        raise Malformed(f"there is no concern {name!r} at this point of the story", "of")
    return max(found, key=lambda one: (one.startswith("C-"), found.index(one)))


def _overturn(world: World, given: Given, _: datetime | None) -> None:
    concerns.overturn(
        world.store,
        concern_named(world, given["concern"]),
        by=world.person(given["by"]),
        reason=given["reason"],
        now=world.now,
        caused_by=STORY,
    )


def _answer(world: World, given: Given, _: datetime | None) -> None:
    by, of = world.person(given["by"]), given["of"]
    said = {
        "by": by,
        "outcome": given["outcome"],
        "reason": given["reason"],
        "now": world.now,
        "caused_by": STORY,
    }
    if isinstance(of, str):
        _answer_concern(world, concern_named(world, of), said)
    elif of["code"] == Code.AGREEMENT_NEEDED:
        if said.pop("outcome") != "upheld":
            passports.agree_to_reissue(world.store, world.person(of["who"]), **said)
    else:
        concerns.answer_notice(world.store, world.person(of["who"]), of["code"], **said)


def _answer_concern(world: World, concern: str, said: dict[str, Any]) -> None:
    """Decide a serious concern, or what rests on a concern and waits for a person: a challenge is not built yet."""
    stream = lookups.find_concern_owner(concern) or ""
    dossier = dossiers.load(world.store, stream)
    passport, is_serious = dossier.passport, dossier.concerns[concern].waits_for_a_person
    if passport is not None and not is_serious:
        proposed = passport.causes.get(Code.REPEATED_CONCERNS)
        if (proposed and concern in proposed.details) or (
            passport.reinstatement_open and concern in passport.relied_on
        ):
            concerns.answer_notice(world.store, stream, Code.REPEATED_CONCERNS, **said)
            return
    concerns.answer_concern(world.store, concern, **said)


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
    "concern": _concern,
    "second_read": _second_read,
    "overturn": _overturn,
    "answer": _answer,
    "absence": _absence,
    "eligibility": _eligibility,
    "policy": _policy,
    "draw": _draw,
    "tick": _tick,
}
