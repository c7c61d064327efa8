"""A small council as workforce development staff meet it: learning systems that send, things that wait, teams."""

from datetime import date, timedelta
from typing import Any

from passport_service.evidence import Recognisers
from passport_service.plugins import load
from passport_service.services import keys, learning, people, refusals, setup, statements, training
from passport_service.services.keys import Key
from passport_service.store.database import Store
from passport_service.xapi.errors import Invalid
from tests import builders
from tests.people import BY, Town, town

PEPPER = "a secret that is only ever used in tests"
MOODLE = builders.MOODLE
COURSES = {slug: f"{MOODLE}/course/view.php?id={number}" for number, slug in enumerate(setup.CORE, 7)}
STAFF = {
    "mona": "team_manager", "milo": "team_manager", "wendy": "workforce_development", "sven": "service_manager",
    "olga": "administrator", "lara": "lms_administrator",
}  # fmt: skip
UNMAPPED = f"{MOODLE}/course/view.php?id=99"
SCORM = f"{MOODLE}/mod/scorm/view.php?id=31#sco"


def recognisers() -> Recognisers:
    return load(["integrations.*"]).recognisers


def workforce_town(store: Store, clock: Any) -> Town:
    """Two teams with a manager each, a practitioner in each who is known to the Moodle, and accounts for every role."""
    learning.use(recognisers())
    made = town(store, clock)
    made.person("mona", "team_manager", "North A")
    made.person("milo", "team_manager", "South B")
    made.person("asha", team="North A", manager="mona", locality="North")
    made.person("ben", team="South B", manager="milo", locality="South")
    made.person("wendy", "workforce_development", "Workforce")
    made.person("sven", "service_manager", "Services")
    made.person("olga", "administrator", "Systems")
    made.person("lara", "lms_administrator", "Systems")
    for ref, role in STAFF.items():
        made.account(ref, role)
    for slug, activity in COURSES.items():
        training.map_activity(store, activity=activity, course=slug, now=made.now, caused_by=BY)
    link(made, "asha", "12")
    return made


def link(made: Town, ref: str, name: str) -> None:
    people.link(made.store, made.streams[ref], f"account|{MOODLE}|{name}", now=made.now, caused_by=BY)


def moodle_key(made: Town, **may: Any) -> Key:
    return keys.create(
        made.store,
        label="County Moodle",
        purpose="xapi",
        pepper=PEPPER,
        by=BY,
        now=made.now,
        home_pages=[MOODLE],
        **may,
    ).key


def send(made: Town, key: Key, *sent: dict[str, Any]) -> list[str]:
    return statements.accept_values(made.store, key=key, values=list(sent), now=made.now).ids


def completion(number: int, *, who: str = "12", on: date = date(2026, 2, 2)) -> dict[str, Any]:
    return builders.moodle_course_completed(number, who=(MOODLE, who), at=f"{on.isoformat()}T09:00:00+00:00")


def refused_batch(made: Town, key: Key, body: bytes) -> int:
    fault = Invalid("Data 2.4.2", "must have an actor", "statements", 1, "actor")
    return refusals.refuse(made.store, key=key, body=body, fault=fault, now=made.now, quota=5)


def quiet_for(made: Town, key: Key, days: int) -> None:
    """The key sent something on each of ten working days, and then nothing for some days."""
    for _ in range(14):
        if made.now.weekday() < 5:
            send(made, key, completion(98, who="nobody", on=(made.now - timedelta(days=1)).date()))
        made.clock.move(days=1)
    made.clock.move(days=days)
