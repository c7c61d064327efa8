"""Course completions as Moodle's plugin sends them: one batch, no ids, whole seconds.

The shapes are those of plugin 5 (`current`), 4.7 (`4`) and 3 (`3`).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from integrations.moodle.recogniser import ADL, INFO, PLUGIN, TINCAN

LOCAL = ZoneInfo("Europe/London")
CURRENT = "current"

FIRST_DAYS_AGO = 9
DAYS_APART = 17  # seven courses span some four months: well inside any validity

VERBS = {"3": f"{TINCAN}/verb/completed", "4": f"{ADL}/verbs/completed", CURRENT: f"{ADL}/verbs/completed"}
TYPES = {
    "3": f"{TINCAN}/activitytype/lms/course",
    "4": f"{TINCAN}/activitytype/lms/course",
    CURRENT: "https://w3id.org/xapi/cmi5/activitytype/course",
}


def course_completions(
    *,
    home_page: str,
    name: str,
    courses: Mapping[str, tuple[str, str]],
    now: datetime,
    generation: str = CURRENT,
) -> list[dict[str, Any]]:
    """One completion of each course by the account, oldest first, on weekday mornings of the last months.

    ``courses`` maps a slug to (activity id, title). ``generation`` is ``current``, ``4`` or ``3``; any
    other raises ValueError. The same arguments give the same batch.
    """
    generation = generation or CURRENT
    if generation not in VERBS:
        raise ValueError(f"There is no generation {generation}: choose {', '.join(VERBS)}.")
    count = len(courses)
    return [
        _completion(home_page, name, course, _morning(now, count - 1 - place), generation)
        for place, course in enumerate(courses.values())
    ]


def _completion(
    home_page: str, name: str, course: tuple[str, str], at: datetime, generation: str
) -> dict[str, Any]:
    activity_id, title = course
    current = generation == CURRENT
    typed = {"objectType": "Activity"} if current else {}
    return {
        "actor": {"name": f"User {name}", "account": {"homePage": home_page, "name": name}},
        "verb": {"id": VERBS[generation], "display": {"en": "Completed" if current else "completed"}},
        "object": {
            **typed,
            "id": activity_id,
            "definition": {"type": TYPES[generation], "name": {"en": title}},
        },
        "timestamp": at.isoformat(timespec="seconds"),
        "context": {
            **({} if current else {"platform": "Moodle"}),
            "language": "en",
            "registration": str(uuid5(NAMESPACE_URL, f"{home_page}#{at.isoformat()}")),
            "extensions": {INFO: _signature()},
            "contextActivities": _around(home_page, current),
        },
    }


def _signature() -> dict[str, str]:
    return {
        "http://moodle.org": "4.5 (Build: 20241007)",
        PLUGIN: "v5.0.1",
        "event_name": "\\core\\event\\course_completed",
        "event_function": "\\src\\transformer\\events\\core\\course_completed",
    }


def _around(home_page: str, current: bool) -> dict[str, Any]:
    site = _activity(home_page, f"{TINCAN}/activitytype/lms", "Learning site")
    if current:
        return {"category": [{"objectType": "Activity", **site}]}
    return {
        "grouping": [site],
        "category": [_activity("http://moodle.org", f"{TINCAN}/activitytype/source", "Moodle")],
    }


def _activity(activity_id: str, kind: str, name: str) -> dict[str, Any]:
    return {"id": activity_id, "definition": {"type": kind, "name": {"en": name}}}


def _morning(now: datetime, back: int) -> datetime:
    """A weekday morning in local time, some weeks before now, the later the smaller ``back``."""
    local = now.astimezone(LOCAL) - timedelta(days=FIRST_DAYS_AGO + back * DAYS_APART)
    local -= timedelta(days=max(0, local.weekday() - 4))
    return local.replace(
        hour=9 + back % 3, minute=(back * 13 + 11) % 60, second=(back * 7) % 60, microsecond=0
    )
