"""Statements of stories: whole ones as given, short ones made into plain xAPI statements."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from passport_service.domain.calendar import start_of_day
from passport_service.domain.errors import Refused
from passport_service.scenarios.words import VERBS
from passport_service.scenarios.world import World, course_activity, statement_id
from passport_service.services import statements
from passport_service.xapi.errors import Invalid

VOIDED = "http://adlnet.gov/expapi/verbs/voided"
COURSE = "http://adlnet.gov/expapi/activities/course"
GOOD = {"success": True, "completion": True, "score": {"scaled": 1}}


def send(world: World, given: Any) -> None:
    """Put a statement, or a list of them, through the real validation and storage. Raises Refused."""
    try:
        statements.accept(world.store, key=world.key, body=orjson.dumps(given), now=world.now)
    except Invalid as fault:
        raise Refused("MALFORMED", str(fault), "xapi") from None
    except TypeError as fault:
        raise Refused("MALFORMED", f"not JSON: {fault}", "xapi") from None


def step(world: World, given: Mapping[str, Any], effective_at: datetime | None) -> None:
    """The step ``statement``."""
    if "xapi" in given:
        send(world, given["xapi"])
        return
    activity = course_activity(given["course"]) if "course" in given else given["activity"]
    at = given.get("timestamp") or effective_at or world.now
    statement = short(world, given["who"], given["verb"], activity, at)
    if "result" in given:
        statement["result"] = given["result"]
    if "id" in given:
        statement["id"] = statement_id(given["id"])
    send(world, statement)


def short(world: World, who: str, verb: str, activity: str, at: datetime) -> dict[str, Any]:
    """A plain statement about a course, sent as the person's first account."""
    home, name = world.story.people[who].sends_as
    return {
        "actor": {"objectType": "Agent", "account": {"homePage": home, "name": name}},
        "verb": {"id": verb},
        "object": {"objectType": "Activity", "id": activity, "definition": {"type": COURSE}},
        "timestamp": at.isoformat().replace("+00:00", "Z"),
    }


def void(world: World, given: Mapping[str, Any]) -> None:
    """The step ``void``."""
    target = {"objectType": "StatementRef", "id": statement_id(given["statement"])}
    actor = {"objectType": "Agent", "account": {"homePage": "https://lms.example", "name": "administrator"}}
    stamp = world.now.isoformat().replace("+00:00", "Z")
    send(world, {"actor": actor, "verb": {"id": VOIDED}, "object": target, "timestamp": stamp})


def train(world: World, given: Mapping[str, Any]) -> None:
    """The step ``train``: valid evidence for every core requirement at once, whatever it needs."""
    at = start_of_day(given["on"])
    wanted: Sequence[str] = [slug for slug in world.core() if slug not in given.get("except", ())]
    send(
        world,
        [
            short(world, given["who"], VERBS["passed"], course_activity(slug), at) | {"result": GOOD}
            for slug in wanted
        ],
    )
