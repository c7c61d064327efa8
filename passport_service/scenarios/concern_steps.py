"""The steps of a story about concerns: found, read again, overturned, answered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from passport_service.domain.passport import Code
from passport_service.scenarios.story import Malformed
from passport_service.scenarios.world import STORY, World
from passport_service.services import (
    concerns,
    dossiers,
    items,
    passports,
)
from passport_service.store import lookups

Given = Mapping[str, Any]

SAID = "Recorded by the story."


def record_concern(world: World, given: Given, effective_at: datetime | None) -> None:
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


def second_read(world: World, given: Given, _: datetime | None) -> None:
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


def overturn(world: World, given: Given, _: datetime | None) -> None:
    concerns.overturn(
        world.store,
        concern_named(world, given["concern"]),
        by=world.person(given["by"]),
        reason=given["reason"],
        now=world.now,
        caused_by=STORY,
    )


def answer(world: World, given: Given, _: datetime | None) -> None:
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
