"""The county's other learning systems, and what was refused: so that whoever looks after them has something to look at."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from passport_service.demo import county
from passport_service.demo.actions import VERB, completion
from passport_service.demo.playing import BY, SATURDAY
from passport_service.domain.calendar import business_date, start_of_day
from passport_service.domain.errors import Refused
from passport_service.services import keys, refusals, statements
from passport_service.services.keys import Key
from passport_service.store.database import Store
from passport_service.xapi.errors import Invalid
from passport_service.xapi.versions import Version

PLAYER = "https://player.harrowmere.example"
LIBRARY = "https://library.harrowmere.example"
MADE_BEFORE = timedelta(days=120)
SILENT_FOR = 12
HEARD_FOR = 70
BUSY_FOR = 7
OFFICE_HOURS = range(8, 18)
QUOTA = 50


def play_others(
    store: Store, moodle: Key, people: Sequence[county.Person], *, pepper: str, now: datetime
) -> None:
    """A library that fell silent, a course player that is busy, and a batch refused now and then."""
    library, player = (
        keys.create(
            store, label=label, purpose="xapi", pepper=pepper, by=BY, home_pages=[page], now=now - MADE_BEFORE
        ).key
        for label, page in (("E-learning library", LIBRARY), ("Course player (cmi5)", PLAYER))
    )
    with store.writing(now - MADE_BEFORE):
        _fall_silent(store, library, now)
        _be_busy(store, player, now)
        _be_refused(store, moodle, player, library, people, now)


def _fall_silent(store: Store, key: Key, now: datetime) -> None:
    """Every working day something, until it stops."""
    today = business_date(now)
    for back in range(HEARD_FOR, SILENT_FOR, -1):
        day = today - timedelta(days=back)
        if day.weekday() < SATURDAY:
            at = start_of_day(day) + timedelta(hours=6, minutes=30)
            _send(store, key, [_opened(LIBRARY, back + place, at) for place in range(3)], at)


def _be_busy(store: Store, key: Key, now: datetime) -> None:
    """Through the working days of a week, more about noon; now and then a course that nobody has mapped."""
    today = business_date(now)
    for back in range(BUSY_FOR, -1, -1):
        day = today - timedelta(days=back)
        for hour in OFFICE_HOURS:
            at = start_of_day(day) + timedelta(hours=hour, minutes=7)
            if day.weekday() >= SATURDAY or at >= now:
                continue
            sent = [_opened(PLAYER, hour + place, at) for place in range(4 + 3 * min(hour - 7, 18 - hour))]
            if hour % 3 == 0:
                sent.append(_satisfied(back * 100 + hour, at))
            _send(store, key, sent, at)


def _be_refused(
    store: Store, moodle: Key, player: Key, library: Key, people: Sequence[county.Person], now: datetime
) -> None:
    """One fault of each common kind: in one statement of several, in a body that broke off, of a foreign home page."""
    for days, person in ((2, people[0]), (6, people[1])):
        at = now - timedelta(days=days)
        good = [_opened(county.LMS, place, at) for place in range(2)]
        wrong = completion(person, "mca", at) | {"actor": {"mbox": person.email}}
        _send(store, moodle, [*good, wrong, _opened(county.LMS, 3, at)], at)
    at = now - timedelta(days=4)
    _send(
        store, moodle, [{name: one for name, one in _opened(county.LMS, 1, at).items() if name != "verb"}], at
    )
    _send(store, player, [_opened("https://elsewhere.example", 5, now)], now - timedelta(hours=3))
    at = now - timedelta(days=SILENT_FOR)
    _push(store, library, orjson.dumps([_opened(LIBRARY, 1, at)])[:-40], at)


def _send(store: Store, key: Key, sent: list[dict[str, Any]], at: datetime) -> None:
    _push(store, key, orjson.dumps(sent), at)


def _push(store: Store, key: Key, body: bytes, at: datetime) -> None:
    """As the door does: what is refused is kept with its reason."""
    try:
        with store.savepoint():
            statements.accept(store, key=key, body=body, now=at)
    except (Invalid, Refused) as fault:
        refusals.refuse(store, key=key, body=body, fault=fault, now=at, quota=QUOTA, version=Version.V1)


def _opened(page: str, number: int, at: datetime) -> dict[str, Any]:
    """Somebody opened something: it means nothing here."""
    return {
        "actor": {"account": {"homePage": page, "name": f"{1000 + number % 40}"}},
        "verb": {"id": f"{VERB}experienced", "display": {"en": "Experienced"}},
        "object": {"id": f"{page}/unit/{number % 12}", "definition": {"name": {"en": f"Unit {number % 12}"}}},
        "timestamp": at.isoformat(timespec="seconds"),
    }


def _satisfied(number: int, at: datetime) -> dict[str, Any]:
    """A course of the player that nobody has said the meaning of."""
    course = number % 4
    return _opened(PLAYER, number, at) | {
        "verb": {"id": "https://w3id.org/xapi/adl/verbs/satisfied", "display": {"en": "Satisfied"}},
        "object": {
            "id": f"{PLAYER}/course/{course}",
            "definition": {
                "type": "https://w3id.org/xapi/cmi5/activitytype/course",
                "name": {"en": f"Moving and handling, part {course + 1}"},
            },
        },
    }
